//! Strangers, floods and broken messages beside a live call.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng};
use telephony::sip::{SipEvent, Transport};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::timeout,
};

use crate::floor::*;

/// A carrier written out by hand, with one call.
struct Caller {
    socket: UdpSocket,
    here: String,
    tag: String,
}

impl Caller {
    async fn new(floor: &Floor, address: &str) -> Self {
        let socket = UdpSocket::bind(address).await.expect("a port");
        socket.connect(("127.0.0.1", floor.port(Transport::Udp))).await.expect("it is there");
        let here = socket.local_addr().expect("it is bound").to_string();
        Self { socket, here, tag: String::new() }
    }

    fn request(&self, method: &str, seq: u32, call: &str, more: &str) -> String {
        let here = &self.here;
        let tag = if self.tag.is_empty() { String::new() } else { format!(";tag={}", self.tag) };
        format!(
            "{method} sip:0123456789@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{call}{seq}{method};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:+33611111111@{here}>;tag={call}\r\nTo: <sip:0123456789@127.0.0.1>{tag}\r\n\
             Call-ID: {call}\r\nCSeq: {seq} {method}\r\nContact: <sip:ann@{here}>\r\n{more}\r\n"
        )
    }

    async fn says(&self, text: &str) {
        self.socket.send(text.as_bytes()).await.expect("loopback");
    }

    /// Waits for a message that begins so.
    async fn hears(&self, start: &str) -> String {
        let mut buffer = vec![0; 65_535];
        let heard = timeout(LIMIT, async {
            loop {
                let length = self.socket.recv(&mut buffer).await.expect("loopback");
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                if text.starts_with(start) {
                    return text;
                }
            }
        });
        heard.await.unwrap_or_else(|_| panic!("never heard {start}"))
    }

    /// Gets its call answered.
    async fn gets_through(&mut self) {
        let offer = self.request("INVITE", 1, "live", "Content-Type: application/sdp\r\n") + SDP;
        self.says(&offer).await;
        let ok = self.hears("SIP/2.0 200").await;
        let to = ok.lines().find(|line| line.starts_with("To:")).expect("it has To");
        self.tag = to.split("tag=").nth(1).expect("our tag").trim().to_owned();
        self.says(&self.request("ACK", 1, "live", "")).await;
    }
}

/// Answers the call named `live`, and leaves all others to themselves.
fn answers_the_live_one(event: &SipEvent) -> Vec<telephony::sip::SipCommand> {
    match event {
        SipEvent::Incoming { call, .. } if call.call_id == "live" => answers(event),
        _ => vec![],
    }
}

fn mutated(rng: &mut StdRng, corpus: &[String]) -> Vec<u8> {
    let mut below = |n: usize| rng.next_u64() as usize % n.max(1);
    let mut bytes = corpus[below(corpus.len())].clone().into_bytes();
    for _ in 0..1 + below(6) {
        let at = below(bytes.len());
        match below(7) {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => bytes[at] = below(256) as u8,
            2 if !bytes.is_empty() => drop(bytes.remove(at)),
            3 => bytes.insert(at, b"\r\n:;,<>\"@ =%\0\xff"[below(14)]),
            4 => {
                let end = (at + below(60)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = below(bytes.len());
                bytes.splice(to..to, piece);
            }
            5 => {
                let number = [&b"99999999999"[..], b"-1", b"0", b"4294967296"][below(4)];
                if let Some(digit) = bytes.iter().skip(at).position(u8::is_ascii_digit) {
                    bytes.splice(at + digit..=at + digit, number.iter().copied());
                }
            }
            _ => {
                let lines: Vec<Vec<u8>> =
                    bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
                let (from, to) = (below(lines.len()), below(lines.len()));
                let mut lines = lines;
                lines.swap(from, to);
                bytes = lines.join(&b'\n');
            }
        }
        if bytes.is_empty() {
            bytes.push(b'\n');
        }
    }
    bytes
}

#[tokio::test]
async fn broken_datagrams_leave_a_live_call_alone() {
    const DATAGRAMS: u64 = 100_000;
    let seed = std::env::var("PERMANENCE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(rand::random::<u64>);
    println!("again with PERMANENCE_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let floor = Floor::with(answers_the_live_one, |config| {
        config.trunks[0].networks = vec!["127.0.0.0/8".parse().expect("a network")];
        config.trunks[0].calls_per_second = 100_000;
        config.limits.trunk_messages_per_second = 1_000_000;
        config.limits.undecided_max = Duration::from_secs(1);
    })
    .await;
    let mut live = Caller::new(&floor, "127.0.0.1:0").await;
    live.gets_through().await;
    let other = Caller::new(&floor, "127.0.0.2:0").await;
    let corpus: Vec<String> = [
        "INVITE", "BYE", "CANCEL", "ACK", "OPTIONS", "REGISTER", "PRACK", "UPDATE", "INFO",
        "REFER", "NOTIFY",
    ]
    .iter()
    .map(|method| {
        other.request(
            method,
            2,
            "other",
            "Content-Type: application/sdp\r\nRequire: 100rel\r\n\
            Session-Expires: 90;refresher=uac\r\nRefer-To: <sip:a@b?Replaces=c%3Bto-tag%3Dd>\r\n\
            RAck: 1 1 INVITE\r\nP-Asserted-Identity: \"x\" <tel:+331>\r\nDiversion: <sip:a@b>\r\n",
        ) + SDP
    })
    .chain([other.request("SIP/2.0 200", 2, "other", "").replacen(
        "SIP/2.0 200 sip:0123456789@127.0.0.1 SIP/2.0",
        "SIP/2.0 200 OK",
        1,
    )])
    .collect();
    let taken = |c: &telephony::sip::Counters| c.messages + c.malformed + c.flooded;
    let before = taken(&floor.sip.counters());
    for sent in 1..=DATAGRAMS {
        let bytes = mutated(&mut rng, &corpus);
        other.socket.send(&bytes).await.expect("loopback");
        if sent % 40 == 0 {
            // Not faster than they are taken: none shall be lost before it was looked at.
            floor.counted(|counters| taken(counters) >= before + sent).await;
        }
    }
    // The call lives: it is asked within, and then hung up, and only that ends it.
    let ended = |seen: &[SipEvent], id| {
        seen.iter().any(|e| matches!(e, SipEvent::Ended { leg, .. } if *leg == id))
    };
    let id = floor
        .seen()
        .iter()
        .find_map(|event| match event {
            SipEvent::Confirmed { leg, .. } => Some(*leg),
            _ => None,
        })
        .expect("it was answered");
    assert!(!ended(&floor.seen(), id), "seed {seed}");
    live.says(&live.request("OPTIONS", 2, "live", "")).await;
    live.hears("SIP/2.0 200").await;
    live.says(&live.request("BYE", 3, "live", "")).await;
    floor.until(|seen| ended(seen, id)).await;
    let legs = floor.seen().iter().filter(|e| matches!(e, SipEvent::Incoming { .. })).count();
    floor.is_empty_again(legs).await;
}

#[tokio::test]
async fn strangers_hear_nothing() {
    let floor = Floor::open(answers).await;
    let stranger = Caller::new(&floor, "127.0.0.3:0").await;
    for n in 1..=100 {
        stranger.says(&stranger.request("OPTIONS", n, "stranger", "")).await;
        stranger.says(&stranger.request("INVITE", n, "stranger", "")).await;
        let unknown = u64::from(n) * 2;
        floor.counted(|counters| counters.unknown == unknown).await;
    }
    // Whatever was to be sent has been sent by now.
    let mut buffer = [0; 100];
    assert!(stranger.socket.try_recv(&mut buffer).is_err());
    assert_eq!(floor.sip.counters().transactions, 0);
    // A connection of a stranger is closed at once.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 3], 0).into()).expect("a port");
    let to = ([127, 0, 0, 1], floor.port(Transport::Tcp)).into();
    let mut stream = socket.connect(to).await.expect("it listens");
    let read = timeout(LIMIT, stream.read(&mut buffer)).await.expect("closed in time");
    assert!(matches!(read, Ok(0) | Err(_)));
}

#[tokio::test]
async fn a_connection_that_does_not_speak_sip_is_closed_and_others_go_on() {
    let floor = Floor::open(answers).await;
    let to = ("127.0.0.1", floor.port(Transport::Tcp));
    for garbage in
        ["GET / HTTP/1.1\r\n\r\n", "OPTIONS sip:a SIP/2.0\r\nContent-Length: 99999999\r\n\r\n"]
    {
        let mut stream = TcpStream::connect(to).await.expect("it listens");
        stream.write_all(garbage.as_bytes()).await.expect("it reads");
        let mut buffer = [0; 100];
        let read = timeout(LIMIT, stream.read(&mut buffer)).await.expect("closed in time");
        assert!(matches!(read, Ok(0) | Err(_)), "{garbage}");
    }
    // Two empty lines are answered by one (RFC 5626 section 4.4.1).
    let mut stream = TcpStream::connect(to).await.expect("it listens");
    stream.write_all(b"\r\n\r\n").await.expect("it reads");
    let mut buffer = [0; 2];
    timeout(LIMIT, stream.read_exact(&mut buffer)).await.expect("in time").expect("answered");
    assert_eq!(&buffer, b"\r\n");
    drop(stream);
    floor.counted(|counters| counters.connections == 0).await;
}
