//! The wire of a leg to a trunk or desk phone: RTP and RTCP on two ports of its own.

use std::{
    io::ErrorKind,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use super::{
    Agreed,
    counters::Shared,
    leg::{Ear, Took, encoded},
    ports::Sockets,
};
use crate::{
    FRAME,
    mix::Frame,
    rtp::{
        self, HEADER, Outgoing, PAYLOAD_MAX,
        event::Keypad,
        rtcp::{self, COMPOUND_MAX},
        srtp::{Protect, TAG_MAX, Unprotect},
    },
};

/// Read from one socket in one tick; what is left waits in the system for the next.
const READS_MAX: usize = 1_024;

/// After an agreement, how long the agreed address takes over from whoever was taken for it.
const WINDOW: Duration = Duration::from_secs(5);

/// Without a packet for so long, it may move as well.
const MOVED_AFTER: Duration = Duration::from_secs(3);

/// Packets in a row by which a stranger at the agreed IP address, and one elsewhere, becomes the far
/// end.
const PROBATION_NEAR: u32 = 2;
const PROBATION_FAR: u32 = 5;

/// Whose packets are taken.
#[derive(Debug, Default)]
struct Source {
    /// Taken, and sent to.
    locked: Option<SocketAddr>,
    /// Until then, the agreed address takes over from a stranger that was faster.
    open_until: Option<Instant>,
    last_packet: Option<Instant>,
    candidate: Option<Candidate>,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    from: SocketAddr,
    ssrc: u32,
    next: u16,
    packets: u32,
}

impl Source {
    /// The far end has said where it is.
    fn agree(&mut self, moved: bool, now: Instant) {
        if moved {
            self.locked = None;
            self.candidate = None;
            self.open_until = Some(now + WINDOW);
        }
    }

    /// Whether a packet is to be taken.
    fn takes(
        &mut self,
        from: SocketAddr,
        agreed: SocketAddr,
        header: &rtp::Header,
        now: Instant,
    ) -> bool {
        if self.locked == Some(from) {
            self.last_packet = Some(now);
            return true;
        }
        let quiet = self.last_packet.is_none_or(|last| now.duration_since(last) > MOVED_AFTER);
        let open = self.open_until.is_some_and(|until| now < until);
        if from == agreed && (self.locked.is_none() || open || quiet) {
            self.lock(from, now);
            return true;
        }
        // A stream that flows is not taken away by anybody else.
        if self.locked.is_some() && !quiet {
            return false;
        }
        let packets = match self.candidate {
            Some(known)
                if known.from == from
                    && known.ssrc == header.ssrc
                    && header.sequence.wrapping_sub(known.next) < 16 =>
            {
                known.packets + 1
            }
            _ => 1,
        };
        let next = header.sequence.wrapping_add(1);
        self.candidate = Some(Candidate { from, ssrc: header.ssrc, next, packets });
        let near = from.ip() == agreed.ip();
        let needed = if near { PROBATION_NEAR } else { PROBATION_FAR };
        if packets < needed {
            return false;
        }
        self.lock(from, now);
        true
    }

    fn lock(&mut self, from: SocketAddr, now: Instant) {
        self.locked = Some(from);
        self.last_packet = Some(now);
        self.candidate = None;
    }
}

/// A trunk's wire.
pub struct Trunk {
    sockets: Sockets,
    agreed: Option<Agreed>,
    source: Source,
    out: Outgoing,
    protect: Option<Protect>,
    unprotect: Option<Unprotect>,
    /// Of the next sample that is encoded.
    clock: u32,
    /// Sound of a packet that is not full yet.
    pending: [u8; PAYLOAD_MAX],
    filled: usize,
    /// The next packet is the first after a pause.
    marker: bool,
    name: [u8; 8],
    /// The far end's last report: middle of its time, and when it came.
    last_report: Option<(u32, Instant)>,
    /// By RTCP.
    pub round_trip: Option<Duration>,
    /// By RTCP.
    pub remote_loss: Option<u8>,
}

/// What a tick needs of the engine.
pub struct Tick<'a> {
    /// When it began.
    pub now: Instant,
    /// Since the engine's start.
    pub elapsed: Duration,
    /// Where datagrams are read into.
    pub buffer: &'a mut [u8; 2_048],
    /// Counters.
    pub shared: &'a Shared,
}

impl Tick<'_> {
    /// Since the engine's start, in samples.
    pub fn samples(&self) -> u64 {
        self.elapsed.as_micros() as u64 * 8 / 1_000
    }
}

impl Trunk {
    /// On these sockets, silent until something is agreed.
    pub fn new(sockets: Sockets) -> Self {
        Self {
            sockets,
            agreed: None,
            source: Source::default(),
            out: Outgoing::new(rand::random(), rand::random()),
            protect: None,
            unprotect: None,
            clock: rand::random(),
            pending: [0; PAYLOAD_MAX],
            filled: 0,
            marker: true,
            name: std::array::from_fn(|_| b'a' + rand::random::<u8>() % 26),
            last_report: None,
            round_trip: None,
            remote_loss: None,
        }
    }

    /// What was agreed last.
    pub fn agreed(&self) -> Option<&Agreed> {
        self.agreed.as_ref()
    }

    /// Speaks so from now on.
    pub fn agree(&mut self, agreed: Agreed, now: Instant) {
        let before = self.agreed.as_ref();
        let moved = before.is_none_or(|before| before.remote != agreed.remote);
        self.source.agree(moved, now);
        // Keys that stay keep their counters: a far end that holds and resumes has counted on.
        let (was, is) = (before.and_then(|before| before.srtp.as_ref()), agreed.srtp.as_ref());
        if was.map(|srtp| &srtp.ours) != is.map(|srtp| &srtp.ours) {
            self.protect = is.map(|srtp| Protect::new(&srtp.ours));
        }
        if was.map(|srtp| &srtp.theirs) != is.map(|srtp| &srtp.theirs) {
            self.unprotect = is.map(|srtp| Unprotect::new(&srtp.theirs));
        }
        let law_changed = before.is_some_and(|before| before.law != agreed.law);
        if law_changed || before.is_some_and(|before| before.send && !agreed.send) {
            self.filled = 0;
            self.marker = true;
        }
        self.agreed = Some(agreed);
    }

    /// Reads what has come; calls `pressed` for each key. Returns whether any packet was taken.
    pub fn receive(
        &mut self,
        ear: &mut Ear,
        tick: &mut Tick<'_>,
        mut pressed: impl FnMut(char),
    ) -> bool {
        let mut heard = false;
        for _ in 0..READS_MAX {
            let (length, from) = match self.sockets.rtp.recv_from(tick.buffer) {
                Ok(received) => received,
                Err(refused) if refused.kind() == ErrorKind::WouldBlock => break,
                // ICMP told that nobody listens there: the datagram was ours, nothing was read.
                Err(_) => continue,
            };
            let from = canonical(from);
            if self.agreed.is_none() {
                Shared::add(&tick.shared.foreign, 1);
                continue;
            }
            if rtp::is_rtcp(&tick.buffer[..length]) {
                self.report(length, from, tick);
                continue;
            }
            if let Some(took) = self.packet(length, from, ear, tick) {
                heard = true;
                if let Took::Digit(digit) = took {
                    pressed(digit);
                }
            }
        }
        heard
    }

    fn packet(
        &mut self,
        length: usize,
        from: SocketAddr,
        ear: &mut Ear,
        tick: &mut Tick<'_>,
    ) -> Option<Took> {
        let agreed = self.agreed.as_ref()?;
        let mut packet = &mut tick.buffer[..length];
        let invalid = |shared: &Shared| Shared::add(&shared.invalid, 1);
        let Some((header, _)) = rtp::parse_header(packet) else {
            invalid(tick.shared);
            return None;
        };
        let events =
            [agreed.telephone_event.map(|e| e.receive), agreed.telephone_event.map(|e| e.send)];
        let known = matches!(header.payload_type, 0 | 8 | 13)
            || events.contains(&Some(header.payload_type));
        if !known {
            invalid(tick.shared);
            return None;
        }
        if let Some(unprotect) = &mut self.unprotect {
            // Whoever has the key is the far end, wherever it is: its address is not guessed.
            let Some(length) = unprotect.packet(packet) else {
                invalid(tick.shared);
                return None;
            };
            packet = &mut packet[..length];
            self.source.lock(from, tick.now);
        } else if !self.source.takes(from, canonical(agreed.remote), &header, tick.now) {
            Shared::add(&tick.shared.foreign, 1);
            return None;
        }
        let Some((header, payload)) = rtp::parse(packet) else {
            invalid(tick.shared);
            return None;
        };
        Shared::add(&tick.shared.packets_in, 1);
        // What a far end says that should be quiet is not for anybody's ears.
        if !agreed.receive {
            return Some(Took::Other);
        }
        let arrival = tick.elapsed.as_micros() as u64 * 8 / 1_000;
        let took = ear.take(&header, payload, events, arrival);
        if took == Took::Nothing {
            invalid(tick.shared);
            return None;
        }
        Some(took)
    }

    /// Reads reports on their own port.
    pub fn receive_reports(&mut self, tick: &mut Tick<'_>) {
        for _ in 0..READS_MAX {
            match self.sockets.rtcp.recv_from(tick.buffer) {
                Ok((length, from)) => self.report(length, canonical(from), tick),
                Err(refused) if refused.kind() == ErrorKind::WouldBlock => break,
                Err(_) => {}
            }
        }
    }

    fn report(&mut self, length: usize, from: SocketAddr, tick: &mut Tick<'_>) {
        let Some(agreed) = &self.agreed else { return };
        let mut packet = &mut tick.buffer[..length];
        if let Some(unprotect) = &mut self.unprotect {
            let Some(length) = unprotect.report(packet) else { return };
            packet = &mut packet[..length];
        } else if from.ip() != self.far(agreed).ip() && from.ip() != agreed.rtcp.ip() {
            Shared::add(&tick.shared.foreign, 1);
            return;
        }
        let Some(heard) = rtcp::parse(packet, self.out.ssrc) else { return };
        if let Some((_, sent)) = heard.sent {
            self.last_report = Some((rtcp::middle(sent.ntp), tick.now));
        }
        if let Some(block) = heard.block {
            self.remote_loss = Some(block.fraction_lost);
            let now = rtcp::middle(rtcp::ntp(tick.elapsed));
            self.round_trip = rtcp::round_trip(now, &block).or(self.round_trip);
        }
    }

    /// Where the far end is, as far as we know.
    fn far(&self, agreed: &Agreed) -> SocketAddr {
        self.source.locked.unwrap_or(agreed.remote)
    }

    /// Sends the tick's sound, or a digit instead of it.
    pub fn send(&mut self, frame: &Frame, keypad: &mut Keypad, tick: &mut Tick<'_>) {
        let timestamp = self.clock;
        self.clock = self.clock.wrapping_add(FRAME as u32);
        let Some(agreed) = &self.agreed else { return };
        let busy = keypad.is_busy();
        let digit = if busy { keypad.tick(timestamp) } else { None };
        if !agreed.send {
            return;
        }
        let far = self.far(agreed);
        let (law, packet_time) = (agreed.law, agreed.packet_time);
        if busy {
            self.filled = 0;
            self.marker = true;
            if let (Some(digit), Some(events)) = (digit, agreed.telephone_event) {
                let bytes = digit.event.bytes();
                self.packet_out(far, events.send, digit.timestamp, digit.marker, &bytes, tick);
            }
            return;
        }
        let whole = (packet_time.as_millis() as usize * 8).clamp(80, PAYLOAD_MAX);
        let sound = encoded(law, frame);
        let payload_type = match law {
            super::Law::Mu => rtp::payload::PCMU,
            super::Law::A => rtp::payload::PCMA,
        };
        let mut done = 0;
        while done < FRAME {
            let count = (FRAME - done).min(whole.saturating_sub(self.filled)).max(1);
            let end = (self.filled + count).min(PAYLOAD_MAX);
            self.pending[self.filled..end].copy_from_slice(&sound[done..done + end - self.filled]);
            done += end - self.filled;
            self.filled = end;
            if self.filled >= whole {
                let first = timestamp.wrapping_add(done as u32).wrapping_sub(self.filled as u32);
                let payload = self.pending;
                let marker = std::mem::take(&mut self.marker);
                let filled = std::mem::take(&mut self.filled);
                self.packet_out(far, payload_type, first, marker, &payload[..filled], tick);
            }
        }
    }

    fn packet_out(
        &mut self,
        far: SocketAddr,
        payload_type: u8,
        timestamp: u32,
        marker: bool,
        payload: &[u8],
        tick: &mut Tick<'_>,
    ) {
        let mut packet = [0; HEADER + PAYLOAD_MAX + TAG_MAX];
        let room = &mut packet[..HEADER + PAYLOAD_MAX];
        let mut length = self.out.packet(room, payload_type, timestamp, marker, payload);
        if let Some(protect) = &mut self.protect {
            length = protect.packet(&mut packet, length);
        }
        // A send that fails is a packet lost on the way: the next one comes in 20 ms.
        let _ = self.sockets.rtp.send_to(&packet[..length], far);
        Shared::add(&tick.shared.packets_out, 1);
    }

    /// Sends a report, at the end with a goodbye.
    pub fn send_report(&mut self, ear: &mut Ear, tick: &mut Tick<'_>, goodbye: bool) {
        let Some(agreed) = &self.agreed else { return };
        let far = self.far(agreed);
        let mux = agreed.rtcp == agreed.remote;
        // A far end behind NAT has its reports mapped as unknowably as its sound: the next port of
        // where its sound comes from is the best guess, unless it is where it said.
        let to = if mux {
            far
        } else if far == agreed.remote {
            agreed.rtcp
        } else {
            SocketAddr::new(far.ip(), far.port().saturating_add(1))
        };
        let (packets, bytes) = self.out.sent();
        let sent = (packets > 0).then(|| rtcp::Sent {
            ntp: rtcp::ntp(tick.elapsed),
            timestamp: self.clock,
            packets,
            bytes,
        });
        let block = ear.reception.ssrc().map(|ssrc| {
            let (last_report, delay) = self.last_report.map_or((0, 0), |(middle, at)| {
                let since = tick.now.duration_since(at);
                (middle, rtcp::middle(rtcp::ntp(since)))
            });
            rtcp::Block {
                ssrc,
                fraction_lost: ear.reception.fraction_lost(),
                lost: i32::try_from(ear.reception.lost()).unwrap_or(i32::MAX),
                highest: ear.reception.highest(),
                jitter: ear.reception.jitter(),
                last_report,
                delay,
            }
        });
        let mut compound = [0; COMPOUND_MAX];
        let mut length =
            rtcp::write(&mut compound, self.out.ssrc, &self.name, sent, block, goodbye);
        let mut packet = [0; COMPOUND_MAX + TAG_MAX + 4];
        packet[..length].copy_from_slice(&compound[..length]);
        if let Some(protect) = &mut self.protect {
            length = protect.report(&mut packet, length);
        }
        let socket = if mux { &self.sockets.rtp } else { &self.sockets.rtcp };
        let _ = socket.send_to(&packet[..length], to);
    }
}

/// An IPv4 address as such, also when a socket of both families shows it as IPv6.
fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        IpAddr::V6(_) => address,
    }
}
