//! A far end: a plain RTP phone that plays a tone and keeps what it hears.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use domain::LegId;
use telephony::{
    RATE, g711,
    media::{Law, Srtp},
    rtp::{
        self, Outgoing,
        event::{Event, Keypad, Presses},
        srtp::{Protect, Unprotect},
    },
};

use crate::clock;

/// What happens to a packet on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Arrives,
    Lost,
    Twice,
    /// After the next one.
    Overtaken,
}

pub struct Far {
    pub leg: LegId,
    pub law: Law,
    pub packet_ms: usize,
    pub fate: fn(u32) -> Fate,
    pub socket: UdpSocket,
    to: SocketAddr,
    hz: f64,
    out: Outgoing,
    protect: Option<(Protect, Unprotect)>,
    sample: u64,
    sent: u32,
    held: Option<Vec<u8>>,
    pub keypad: Keypad,
    /// What was heard, by its place in time.
    heard: BTreeMap<u32, Vec<i16>>,
    first: Option<u32>,
    presses: Presses,
    pub digits: String,
    pub sources: Vec<SocketAddr>,
}

impl Far {
    pub fn new(leg: LegId, to: SocketAddr, hz: f64, law: Law) -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        Self {
            leg,
            law,
            packet_ms: 20,
            fate: |_| Fate::Arrives,
            socket,
            to,
            hz,
            out: Outgoing::new(leg.uuid().as_u128() as u32, 1_000),
            protect: None,
            sample: 0,
            sent: 0,
            held: None,
            keypad: Keypad::default(),
            heard: BTreeMap::new(),
            first: None,
            presses: Presses::default(),
            digits: String::new(),
            sources: Vec::new(),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// `srtp` as the other side sees it.
    pub fn secure(&mut self, srtp: &Srtp) {
        self.protect = Some((Protect::new(&srtp.theirs), Unprotect::new(&srtp.ours)));
    }

    /// Plays and listens for so long, in real time.
    pub fn talk(&mut self, span: Duration) {
        let start = clock();
        let packets = span.as_millis() as usize / self.packet_ms;
        for n in 0..packets {
            self.say();
            let due = start + Duration::from_millis(((n + 1) * self.packet_ms) as u64);
            while let left = due.saturating_duration_since(clock())
                && !left.is_zero()
            {
                self.listen(left);
            }
        }
    }

    fn say(&mut self) {
        let length = self.packet_ms * 8;
        let timestamp = self.sample as u32;
        let wave = |at: u64| {
            (4_000.0 * (std::f64::consts::TAU * self.hz * at as f64 / f64::from(RATE)).sin()) as i16
        };
        let sound: Vec<u8> = (self.sample..self.sample + length as u64)
            .map(|at| g711::encode_sample(self.law, wave(at)))
            .collect();
        self.sample += length as u64;
        let mut packet = vec![0; 700];
        let busy = self.keypad.is_busy();
        let length = match self.keypad.tick(timestamp) {
            Some(press) => {
                let bytes = press.event.bytes();
                self.out.packet(&mut packet, 96, press.timestamp, press.marker, &bytes)
            }
            None if busy => return,
            None => {
                let kind = if self.law == Law::Mu { 0 } else { 8 };
                self.out.packet(&mut packet, kind, timestamp, self.sent == 0, &sound)
            }
        };
        let length = match &mut self.protect {
            Some((protect, _)) => protect.packet(&mut packet, length),
            None => length,
        };
        packet.truncate(length);
        self.sent += 1;
        match (self.fate)(self.sent) {
            Fate::Lost => {}
            Fate::Overtaken => {
                self.held = Some(packet);
                return;
            }
            Fate::Twice => {
                self.put(&packet);
                self.put(&packet);
            }
            Fate::Arrives => self.put(&packet),
        }
        if let Some(held) = self.held.take() {
            self.put(&held);
        }
    }

    fn put(&self, packet: &[u8]) {
        self.socket.send_to(packet, self.to).unwrap();
    }

    fn listen(&mut self, wait: Duration) {
        self.socket.set_read_timeout(Some(wait)).unwrap();
        let mut packet = [0; 2_048];
        let Ok((length, from)) = self.socket.recv_from(&mut packet) else { return };
        let length = match &mut self.protect {
            Some((_, unprotect)) => unprotect.packet(&mut packet[..length]).expect("it is ours"),
            None => length,
        };
        if !self.sources.contains(&from) {
            self.sources.push(from);
        }
        let Some((header, payload)) = rtp::parse(&packet[..length]) else { return };
        match header.payload_type {
            101 => {
                let event = Event::parse(payload).unwrap();
                self.digits.extend(self.presses.hear(header.timestamp, event));
            }
            kind => {
                assert_eq!(kind, if self.law == Law::Mu { 0 } else { 8 });
                let first = *self.first.get_or_insert(header.timestamp);
                let at = header.timestamp.wrapping_sub(first);
                let sound = payload.iter().map(|byte| g711::decode_byte(self.law, *byte)).collect();
                assert!(self.heard.insert(at, sound).is_none(), "no place is told twice");
            }
        }
    }

    /// All that was heard until now; places at which nothing came are silent.
    pub fn heard(&self) -> Vec<i16> {
        let mut sound = Vec::new();
        for (at, samples) in &self.heard {
            sound.resize(*at as usize, 0);
            sound.extend(samples);
        }
        sound
    }
}
