//! Those who should not be heard.

use std::{net::UdpSocket, time::Duration};

use telephony::{
    media::{Law, MediaCommand, MediaEvent},
    rtp::Outgoing,
};

use crate::{
    Floor, at,
    browser::{Browser, candidate},
    clock,
    far::Far,
    talk,
};

#[test]
fn a_stranger_does_not_take_a_call_over() {
    let mut floor = Floor::start();
    let (mut caller, mut agent) = (floor.far(300.0, Law::Mu), floor.far(600.0, Law::Mu));
    floor.hear(caller.leg, &[agent.leg]);
    floor.hear(agent.leg, &[caller.leg]);
    talk([&mut caller, &mut agent], Duration::from_millis(200));
    // It plays loudly to the caller's port, and hopes to be sent what the agent says.
    let local = agent_sends_from(&caller);
    let mut stranger = Far::new(floor.leg(), local, 1_500.0, Law::Mu);
    talk([&mut caller, &mut agent, &mut stranger], Duration::from_millis(2_000));
    let heard = agent.heard();
    assert_eq!(at(&heard, 500, 2_000), Some(300.0), "the agent hears the caller alone");
    assert_eq!(at(&caller.heard(), 500, 2_000), Some(600.0));
    assert!(stranger.heard().is_empty(), "not a packet goes to the stranger");
    assert!(floor.media.counters().foreign >= 90);
}

/// Where a far end's packets come from: the leg's own port.
fn agent_sends_from(far: &Far) -> std::net::SocketAddr {
    far.sources[0]
}

#[test]
fn a_caller_behind_nat_is_found() {
    let mut floor = Floor::start();
    let (mut caller, mut agent) = (floor.far(300.0, Law::Mu), floor.far(600.0, Law::Mu));
    // It said an address from which nothing will come: what it sends is mapped to another.
    let said = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    floor.agree(&caller, said.local_addr().unwrap());
    floor.hear(caller.leg, &[agent.leg]);
    floor.hear(agent.leg, &[caller.leg]);
    talk([&mut caller, &mut agent], Duration::from_millis(2_000));
    assert_eq!(at(&agent.heard(), 500, 1_800), Some(300.0));
    assert_eq!(at(&caller.heard(), 300, 1_500), Some(600.0), "and is answered where it is");
}

#[test]
fn a_hundred_thousand_datagrams_leave_a_call_untouched() {
    let mut floor = Floor::start();
    let (mut caller, mut agent) = (floor.far(300.0, Law::Mu), floor.far(600.0, Law::Mu));
    floor.hear(caller.leg, &[agent.leg]);
    floor.hear(agent.leg, &[caller.leg]);
    talk([&mut caller, &mut agent], Duration::from_millis(200));
    let rtp = agent_sends_from(&caller);
    let offer = Browser::new(true);
    let browser = floor.leg();
    let answer = floor.media.open_peer(browser, &offer.offer).unwrap();
    let peers = candidate(&answer);
    let span = Duration::from_secs(6);
    std::thread::scope(|scope| {
        scope.spawn(|| caller.talk(span));
        scope.spawn(|| agent.talk(span));
        scope.spawn(|| {
            let mut flood = Flood::new();
            let start = clock();
            // 400 every 20 ms: to the sound, to the reports, and to the browsers' port.
            for burst in 0..250 {
                for n in 0..400 {
                    let to = match n % 4 {
                        0 => rtp,
                        1 => (rtp.ip(), rtp.port() + 1).into(),
                        _ => peers,
                    };
                    flood.put(to);
                }
                flood.rest(start + Duration::from_millis(burst * 20 + 20));
            }
            assert_eq!(flood.sent, 100_000);
        });
    });
    for second in 1..5 {
        let (from, to) = (second * 1_000, second * 1_000 + 1_000);
        assert_eq!(at(&agent.heard(), from, to), Some(300.0), "{second}");
        assert_eq!(at(&caller.heard(), from, to), Some(600.0), "{second}");
    }
    for leg in [caller.leg, agent.leg] {
        floor.send(MediaCommand::Close { leg });
        let report = floor.until(|event| match event {
            MediaEvent::Quality { leg: l, report, last: true } if l == leg => Some(report),
            _ => None,
        });
        // None of another's; and of its own only what a full buffer of the system dropped, when the
        // machine was too busy to read it for several ticks.
        assert!((300..=310).contains(&report.received), "{report:?}");
    }
}

/// Datagrams that are nearly right.
struct Flood {
    socket: UdpSocket,
    state: u64,
    sent: u32,
    out: Outgoing,
}

impl Flood {
    fn new() -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        Self { socket, state: 0x9e37_79b9_7f4a_7c15, sent: 0, out: Outgoing::new(1, 1_000) }
    }

    fn random(&mut self) -> u64 {
        // xorshift64, so that a failure can be repeated.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    fn put(&mut self, to: std::net::SocketAddr) {
        let mut packet = [0; 200];
        let sound = [0x80; 160];
        let mut length = match self.random() % 4 {
            0 => self.out.packet(&mut packet, 0, self.sent * 160, false, &sound),
            // A STUN request, a DTLS record, a sender report.
            1 => put(
                &mut packet,
                &[
                    0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 0, 6,
                    0, 4, 97, 58, 98, 99,
                ],
            ),
            2 => put(
                &mut packet,
                &[
                    22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0,
                    4, 1, 2, 3, 4,
                ],
            ),
            _ => put(&mut packet, &[0x81, 200, 0, 12, 0, 0, 0, 1]).max(52),
        };
        for _ in 0..self.random() % 4 {
            let (at, byte) = (self.random() as usize % length, self.random() as u8);
            packet[at] = byte;
        }
        if self.random().is_multiple_of(3) {
            length = self.random() as usize % (length + 1);
        }
        // A full buffer drops it, as a network would.
        let _ = self.socket.send_to(&packet[..length], to);
        self.sent += 1;
    }

    /// Waits for an instant by listening to what nobody sends.
    fn rest(&mut self, due: std::time::Instant) {
        let left = due.saturating_duration_since(clock());
        if !left.is_zero() {
            self.socket.set_read_timeout(Some(left)).unwrap();
            let answered = self.socket.recv_from(&mut [0; 100]);
            assert!(answered.is_err(), "nothing is answered");
        }
    }
}

fn put(packet: &mut [u8], bytes: &[u8]) -> usize {
    packet[..bytes.len()].copy_from_slice(bytes);
    bytes.len()
}
