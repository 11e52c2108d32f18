//! A browser: a WebRTC client with a microphone that plays a tone.

use std::{
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use str0m::{
    Candidate, Event, Input, Output, Rtc,
    change::{SdpAnswer, SdpPendingOffer},
    format::{Codec, FormatParams},
    media::{Direction, Frequency, MediaKind, Mid, Pt},
    net::{Protocol, Receive},
    rtp::RtpWrite,
};
use telephony::{
    RATE, g711,
    media::{Law, MediaCommand, MediaError, MediaEvent},
    rtp::event::Keypad,
};

use crate::{Floor, at, clock};

pub struct Browser {
    rtc: Rtc,
    socket: UdpSocket,
    pending: Option<SdpPendingOffer>,
    mid: Mid,
    pub offer: String,
    hz: f64,
    sample: u64,
    sequence: u64,
    pub keypad: Keypad,
    pub heard: Vec<i16>,
    pub digits: usize,
    connected: bool,
}

/// The first address of a description's candidates.
pub fn candidate(answer: &str) -> SocketAddr {
    let line = answer.lines().find(|line| line.starts_with("a=candidate:")).unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    format!("{}:{}", words[4], words[5]).parse().unwrap()
}

impl Browser {
    /// With a microphone, or for listening only.
    pub fn new(microphone: bool) -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        let mut config = Rtc::builder().set_rtp_mode(true).clear_codecs().enable_pcmu(true, false);
        let rate = Frequency::EIGHT_KHZ;
        let events = Pt::new_with_value(110);
        config.codec_config().add_config(
            events,
            None,
            Codec::Tele,
            rate,
            None,
            FormatParams::default(),
        );
        let mut rtc = config.build(clock());
        let here = Candidate::host(socket.local_addr().unwrap(), "udp").unwrap();
        rtc.add_local_candidate(here);
        let direction = if microphone { Direction::SendRecv } else { Direction::RecvOnly };
        let mut api = rtc.sdp_api();
        let mid = api.add_media(MediaKind::Audio, direction, None, None, None);
        let (offer, pending) = api.apply().unwrap();
        Self {
            rtc,
            socket,
            pending: Some(pending),
            mid,
            offer: offer.to_sdp_string(),
            hz: 600.0,
            sample: 0,
            sequence: 100,
            keypad: Keypad::default(),
            heard: Vec::new(),
            digits: 0,
            connected: false,
        }
    }

    pub fn accept(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        self.rtc.sdp_api().accept_answer(self.pending.take().unwrap(), answer).unwrap();
    }

    /// Speaks and listens for so long.
    pub fn talk(&mut self, span: Duration) {
        let start = clock();
        for n in 0..span.as_millis() as u32 / 20 {
            if self.connected {
                self.say();
            }
            let due = start + Duration::from_millis(20) * (n + 1);
            while clock() < due {
                self.turn(due);
            }
        }
    }

    fn say(&mut self) {
        let timestamp = self.sample as u32;
        let wave = |at: u64| {
            (4_000.0 * (std::f64::consts::TAU * self.hz * at as f64 / f64::from(RATE)).sin()) as i16
        };
        let sound: Vec<u8> = (self.sample..self.sample + 160)
            .map(|at| g711::encode_sample(Law::Mu, wave(at)))
            .collect();
        self.sample += 160;
        let busy = self.keypad.is_busy();
        let packet = match self.keypad.tick(timestamp) {
            Some(press) => (110, press.timestamp, press.marker, press.event.bytes().to_vec()),
            None if busy => return,
            None => (0, timestamp, false, sound),
        };
        let (pt, timestamp, marker, payload) = packet;
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(self.mid, None).unwrap();
        let pt = Pt::new_with_value(pt);
        let packet = RtpWrite::new(pt, self.sequence.into(), timestamp, clock(), payload);
        stream.write_rtp(packet.marker(marker));
        self.sequence += 1;
    }

    fn turn(&mut self, due: Instant) {
        let now = clock();
        let wake = self.drain().min(due);
        let wait = wake.saturating_duration_since(now).max(Duration::from_millis(1));
        self.socket.set_read_timeout(Some(wait)).unwrap();
        let mut buffer = [0; 2_000];
        let input = match self.socket.recv_from(&mut buffer) {
            Ok((length, source)) => {
                let here = self.socket.local_addr().unwrap();
                let datagram =
                    Receive::new(Protocol::Udp, source, here, &buffer[..length]).unwrap();
                Input::Receive(clock(), datagram)
            }
            Err(_) => Input::Timeout(clock()),
        };
        self.rtc.handle_input(input).unwrap();
        self.drain();
    }

    fn drain(&mut self) -> Instant {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(at) => return at,
                Output::Transmit(datagram) => {
                    let _ = self.socket.send_to(&datagram.contents, datagram.destination);
                }
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::RtpPacket(packet)) => match *packet.header.payload_type {
                    0 => {
                        let sound = packet.payload.iter();
                        self.heard.extend(sound.map(|byte| g711::decode_byte(Law::Mu, *byte)));
                    }
                    _ => self.digits += 1,
                },
                Output::Event(_) => {}
            }
        }
    }

    /// Says goodbye, as a closed tab does.
    fn close(&mut self) {
        self.rtc.close().unwrap();
        self.drain();
    }
}

fn connected(floor: &mut Floor, browser: &mut Browser) -> domain::LegId {
    let leg = floor.leg();
    let answer = floor.media.open_peer(leg, &browser.offer).unwrap();
    browser.accept(&answer);
    browser.talk(Duration::from_millis(600));
    floor.until(|event| (event == MediaEvent::PeerUp { leg }).then_some(()));
    leg
}

#[test]
fn a_trunk_and_a_browser_hear_each_other() {
    let mut floor = Floor::start();
    let mut browser = Browser::new(true);
    let agent = connected(&mut floor, &mut browser);
    let mut caller = floor.far(300.0, Law::A);
    floor.hear(agent, &[caller.leg]);
    floor.hear(caller.leg, &[agent]);
    assert!(browser.keypad.dial("7*"));
    let before = browser.heard.len() / 8;
    std::thread::scope(|scope| {
        scope.spawn(|| caller.talk(Duration::from_millis(2_500)));
        scope.spawn(|| browser.talk(Duration::from_millis(2_500)));
    });
    assert_eq!(at(&browser.heard, before + 500, before + 2_000), Some(300.0));
    assert_eq!(at(&caller.heard(), 900, 2_400), Some(600.0));
    let digits: String = floor
        .told()
        .into_iter()
        .filter_map(|event| match event {
            MediaEvent::Digit { leg, digit } if leg == agent => Some(digit),
            _ => None,
        })
        .collect();
    assert_eq!(digits, "7*");
    floor.send(MediaCommand::SendDigits { leg: agent, digits: "5".to_owned() });
    browser.talk(Duration::from_millis(300));
    assert_eq!(browser.digits, 7, "five reports, and the end twice more");

    browser.close();
    let why = floor.until(|event| match event {
        MediaEvent::PeerDown { why, .. } => Some(why),
        _ => None,
    });
    assert!(why.contains("closed"), "{why}");
    // The tab is opened anew: the same leg, which still hears the caller.
    let mut browser = Browser::new(true);
    let answer = floor.media.open_peer(agent, &browser.offer).unwrap();
    browser.accept(&answer);
    std::thread::scope(|scope| {
        scope.spawn(|| caller.talk(Duration::from_millis(2_000)));
        scope.spawn(|| browser.talk(Duration::from_millis(2_000)));
    });
    let end = browser.heard.len() / 8;
    assert_eq!(at(&browser.heard, end - 1_000, end - 100), Some(300.0));
    assert_eq!(floor.media.counters().legs, 2);
}

#[test]
fn a_listeners_microphone_is_never_heard() {
    let mut floor = Floor::start();
    // A changed client: it tells us that it only receives, itself that it sends, and does.
    let mut listener = Browser::new(true);
    let leg = floor.leg();
    let offer = listener.offer.replace("a=sendrecv", "a=recvonly");
    let answer = floor.media.open_peer(leg, &offer).unwrap();
    assert!(answer.contains("a=sendonly"), "{answer}");
    listener.accept(&answer.replace("a=sendonly", "a=sendrecv"));
    listener.talk(Duration::from_millis(600));
    let (mut caller, mut agent) = (floor.far(300.0, Law::Mu), floor.far(900.0, Law::Mu));
    // Even where everybody would hear the listener.
    floor.hear(leg, &[caller.leg, agent.leg]);
    floor.hear(caller.leg, &[agent.leg, leg]);
    floor.hear(agent.leg, &[caller.leg, leg]);
    let before = listener.heard.len() / 8;
    std::thread::scope(|scope| {
        scope.spawn(|| caller.talk(Duration::from_millis(2_000)));
        scope.spawn(|| agent.talk(Duration::from_millis(2_000)));
        scope.spawn(|| listener.talk(Duration::from_millis(2_000)));
    });
    assert!(listener.sequence > 150, "it did send");
    assert_eq!(at(&caller.heard(), 400, 1_800), Some(900.0));
    assert_eq!(at(&agent.heard(), 400, 1_800), Some(300.0));
    for sound in [caller.heard(), agent.heard()] {
        let carried = telephony::tone::strength(&sound[3_200..14_400], 600.0);
        assert!(carried < 50.0, "{carried}");
    }
    let heard = &listener.heard[(before + 400) * 8..];
    for hz in [300.0, 900.0] {
        assert!(telephony::tone::strength(&heard[..8_000], hz) > 3_000.0, "it hears {hz}");
    }
}

#[test]
fn offers_that_cannot_be_answered_are_refused() {
    let mut floor = Floor::start();
    let good = Browser::new(true).offer;
    let leg = floor.leg();
    for (offer, why) in [
        (String::new(), "nothing"),
        ("v=0\r\n".to_owned(), "no media"),
        (good.replace("PCMU/8000", "opus/48000"), "no codec of ours"),
        (good.replace("m=audio", "m=video"), "no audio"),
        (good.replace("a=fingerprint", "a=finger"), "no fingerprint"),
        ("x".repeat(100_000), "too long"),
    ] {
        let refused = floor.media.open_peer(leg, &offer);
        assert!(matches!(refused, Err(MediaError::Offer(_))), "{why}: {refused:?}");
    }
    assert_eq!(floor.media.counters().legs, 0);
}
