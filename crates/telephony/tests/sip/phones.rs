//! baresip as a desk phone.

use std::{net::SocketAddr, time::Duration};

use telephony::sip::{Phone, PhoneSecret, Side, SipCommand, SipEvent, Target, Transport};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    floor::*,
    process::{Foreign, filled},
};

struct Desk {
    baresip: Foreign,
    control: u16,
}

impl Desk {
    fn start(floor: &Floor, transport: Transport) -> Self {
        let control = testkit::port::free();
        let sip = floor.port(transport).to_string();
        let name = transport.as_str().to_lowercase();
        let marks = [("CONTROL", control.to_string()), ("SIP", sip), ("TRANSPORT", name)];
        let marks: Vec<(&str, &str)> = marks.iter().map(|(m, v)| (*m, v.as_str())).collect();
        let dir = filled("baresip", &marks);
        Self { baresip: Foreign::start("baresip", "baresip", &["-f", "."], dir, false), control }
    }

    /// Presses a key of the phone, so to say.
    async fn does(&self, command: &str, params: &str) {
        let to = SocketAddr::from(([127, 0, 0, 1], self.control));
        let text = format!("{{\"command\":\"{command}\",\"params\":\"{params}\",\"token\":\"1\"}}");
        let frame = format!("{}:{text},", text.len());
        let sent = timeout(LIMIT, async {
            let mut stream = TcpStream::connect(to).await?;
            stream.write_all(frame.as_bytes()).await?;
            // Events come between; without waiting for the answer the command may be lost.
            let mut heard = Vec::new();
            while !String::from_utf8_lossy(&heard).contains("\"response\"") {
                if stream.read_buf(&mut heard).await? == 0 {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
            }
            Ok::<(), std::io::Error>(())
        })
        .await;
        assert!(matches!(sent, Ok(Ok(()))), "{command}: {sent:?}\n{}", self.baresip.log());
    }
}

async fn floor_with_a_desk(policy: Policy) -> Floor {
    Floor::with(policy, |config| {
        config.trunks.clear();
        config.phone_networks = vec!["127.0.0.0/8".parse().expect("a network")];
        let secret = PhoneSecret::Password("s3cret".into());
        config.phones = vec![Phone { name: "desk-1".into(), secret }];
    })
    .await
}

#[tokio::test]
async fn a_desk_phone_registers_is_called_and_calls() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let floor = floor_with_a_desk(answers).await;
        let desk = Desk::start(&floor, transport);
        floor.counted(|counters| counters.phones == 1).await;

        let target = Target::Phone { name: "desk-1".into() };
        let (from, from_name) = ("+33611111111".into(), Some("Ann".into()));
        floor
            .orders(SipCommand::Invite { leg: leg(1), target, from, from_name, offer: SDP.into() })
            .await;
        let up =
            |event: &SipEvent| matches!(event, SipEvent::Accepted { leg: l, .. } if *l == leg(1));
        floor.until(|seen| seen.iter().any(up)).await;
        // Holds and resumes.
        desk.does("hold", "").await;
        floor.until(|seen| offers(seen) == 1).await;
        // The phone forgets a wish to resume while it still waits for our answer to the hold.
        let mut resumed = false;
        for _ in 0..20 {
            desk.does("resume", "").await;
            resumed = floor.sees(Duration::from_secs(1), |seen| offers(seen) == 2).await;
            if resumed {
                break;
            }
        }
        assert!(resumed, "{}", desk.baresip.log());
        floor.orders(SipCommand::Hangup { leg: leg(1), q850: 16 }).await;
        assert_eq!(floor.end(1).await.0, Side::Local);

        desk.does("dial", &format!("sip:0123456789@127.0.0.1:{}", floor.port(transport))).await;
        let taken = |event: &SipEvent| matches!(event, SipEvent::Confirmed { .. });
        floor.until(|seen| seen.iter().any(taken)).await;
        assert!(floor.seen().iter().any(|event| matches!(
            event,
            SipEvent::Incoming { call, .. } if call.trunk.is_none() && call.from.user == "desk-1"
        )));
        desk.does("hangup", "").await;
        floor.is_empty_again(2).await;
    }
}

fn offers(seen: &[SipEvent]) -> usize {
    seen.iter().filter(|event| matches!(event, SipEvent::Offer { .. })).count()
}
