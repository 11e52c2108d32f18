//! The wire of a browser: ICE, DTLS and SRTP by str0m, on one UDP port that all browsers share.

use std::{
    collections::HashMap,
    io::ErrorKind,
    net::{IpAddr, SocketAddr, UdpSocket},
    sync::Arc,
    time::{Duration, Instant},
};

use str0m::{
    Candidate, Event, IceConnectionState, Input, Output, Rtc,
    change::SdpOffer,
    config::{CryptoProvider, DtlsCert},
    crypto::from_feature_flags,
    format::{Codec, FormatParams},
    media::{Direction, Frequency, Mid, Pt},
    net::{Protocol, Receive},
    rtp::{Extension, ExtensionMap, RtpWrite},
};

use super::{
    Law, MediaError,
    counters::Shared,
    leg::{Ear, Leg, Took, Wire, encoded},
    outbox::Outbox,
    trunk::Tick,
};
use crate::{
    FRAME,
    mix::Frame,
    rtp::{Header, event::Keypad},
};

/// The longest description that a browser may send. Chromium's for one line of audio has some 2 KiB.
const OFFER_MAX: usize = 32 * 1_024;

/// Read from the shared port in one tick; what is left waits in the system for the next.
const READS_MAX: usize = 32_768;

/// Datagrams from addresses that are not known yet, in one tick. Each is asked of all browsers in
/// turn, so that more would be a way to keep us busy; honest ones are sent again.
const STRANGERS_MAX: usize = 64;

/// Outputs of one connection in one go; it has never needed a tenth of them.
const OUTPUTS_MAX: usize = 1_000;

/// The longest datagram; a path carries no longer ones in one piece.
const DATAGRAM_MAX: usize = 1_500;

/// How often str0m tells its statistics.
const STATISTICS: Duration = Duration::from_secs(5);

/// What all browsers share, on the side of whoever answers their offers.
pub struct Peers {
    local: Arc<[SocketAddr]>,
    crypto: Arc<CryptoProvider>,
    certificate: DtlsCert,
    clock: fn() -> Instant,
}

impl Peers {
    /// On these addresses and this port.
    pub fn new(
        addresses: &[IpAddr],
        port: u16,
        clock: fn() -> Instant,
    ) -> Result<Self, MediaError> {
        let local: Arc<[SocketAddr]> =
            addresses.iter().map(|address| SocketAddr::new(*address, port)).collect();
        if local.is_empty() || local.iter().any(|address| address.ip().is_unspecified()) {
            let text = "browsers must be told an address at which they reach the media port: \
                        set the machine's public address";
            return Err(MediaError::Config(text.to_owned()));
        }
        let crypto = from_feature_flags();
        let certificate = crypto.dtls_provider.generate_certificate();
        let certificate = certificate.ok_or_else(|| {
            MediaError::Config("the DTLS certificate could not be made".to_owned())
        })?;
        Ok(Self { local, crypto: Arc::new(crypto), certificate, clock })
    }

    /// Where they are reached.
    pub fn local(&self) -> Arc<[SocketAddr]> {
        self.local.clone()
    }

    /// Answers an offer.
    pub fn answer(&self, offer: &str) -> Result<(Peer, String), MediaError> {
        let refuse = |why: String| MediaError::Offer(why);
        if offer.len() > OFFER_MAX {
            return Err(refuse(format!("it is longer than {OFFER_MAX} bytes")));
        }
        let offer = SdpOffer::from_sdp_string(offer).map_err(|fault| refuse(fault.to_string()))?;
        let mut extensions = ExtensionMap::empty();
        extensions.set(4, Extension::RtpMid);
        let mut config = Rtc::builder()
            .set_crypto_provider(self.crypto.clone())
            .set_dtls_cert(self.certificate.clone())
            .set_ice_lite(true)
            .set_rtp_mode(true)
            .set_stats_interval(Some(STATISTICS))
            .set_extension_map(extensions)
            .clear_codecs()
            .enable_pcmu(true, false);
        config.codec_config().add_config(
            Pt::new_with_value(126),
            None,
            Codec::Tele,
            Frequency::EIGHT_KHZ,
            None,
            FormatParams::default(),
        );
        let now = (self.clock)();
        let mut rtc = config.build(now);
        for address in self.local.iter() {
            let candidate = Candidate::host(*address, "udp")
                .map_err(|fault| MediaError::Config(format!("address {address}: {fault}")))?;
            rtc.add_local_candidate(candidate);
        }
        let answer =
            rtc.sdp_api().accept_offer(offer).map_err(|fault| refuse(fault.to_string()))?;
        let answer = answer.to_sdp_string();
        let mids: Vec<Mid> = mids(&answer).collect();
        let [mid] = mids[..] else {
            return Err(refuse(format!("it has {} lines of media instead of one", mids.len())));
        };
        let media = rtc.media(mid).filter(|media| media.kind().is_audio() && !media.disabled());
        let Some(media) = media else {
            return Err(refuse("it has no audio that we share".to_owned()));
        };
        let offered = media.remote_pts().to_vec();
        let direction = media.direction();
        let find = |codec: Codec, rate: u32| {
            rtc.codec_config()
                .params()
                .iter()
                .find(|params| {
                    offered.contains(&params.pt())
                        && params.spec().codec == codec
                        && params.spec().clock_rate.get() == rate
                })
                .map(|params| params.pt())
        };
        let Some(voice) = find(Codec::PCMU, 8_000) else {
            return Err(refuse("it does not offer PCMU".to_owned()));
        };
        let event = find(Codec::Tele, 8_000);
        let peer = Peer {
            rtc,
            mid,
            voice,
            event,
            // Ours: that we send, that we receive.
            sends: matches!(direction, Direction::SendRecv | Direction::SendOnly),
            listened_to: matches!(direction, Direction::SendRecv | Direction::RecvOnly),
            up: false,
            gone: None,
            happened: Happened::default(),
            sequence: u64::from(rand::random::<u16>() & 0x7fff),
            clock: rand::random(),
            marker: true,
            next_timeout: now,
            round_trip: None,
            remote_loss: None,
        };
        Ok((peer, answer))
    }
}

/// The names of the lines of media in a description.
fn mids(answer: &str) -> impl Iterator<Item = Mid> {
    answer.lines().filter_map(|line| line.strip_prefix("a=mid:")).map(|mid| mid.trim().into())
}

/// One browser's connection.
pub struct Peer {
    rtc: Rtc,
    mid: Mid,
    voice: Pt,
    event: Option<Pt>,
    sends: bool,
    listened_to: bool,
    up: bool,
    gone: Option<String>,
    happened: Happened,
    sequence: u64,
    clock: u32,
    marker: bool,
    next_timeout: Instant,
    /// By RTCP.
    pub round_trip: Option<Duration>,
    /// By RTCP.
    pub remote_loss: Option<u8>,
}

/// What happened to a connection in a tick.
#[derive(Debug, Default)]
pub struct Happened {
    /// Sound or a key came.
    pub heard: bool,
    /// It is up since now.
    pub up: bool,
    /// It is gone since now, and why.
    pub down: Option<String>,
    /// Keys pressed.
    pub digits: Vec<char>,
}

impl Peer {
    /// Sound flows.
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// Whether its microphone may be heard at all: its offer said that it sends.
    pub fn is_listened_to(&self) -> bool {
        self.listened_to
    }

    /// Whether it still has to connect, so that a datagram should not wait for the next tick.
    pub fn is_connecting(&self) -> bool {
        !self.up && self.gone.is_none()
    }

    /// Says goodbye.
    pub fn close(&mut self, outbox: &mut Outbox, ear: &mut Ear, tick: &Tick<'_>) {
        if self.rtc.is_alive() && self.rtc.close().is_ok() {
            self.drain(outbox, ear, tick);
        }
    }

    fn fail(&mut self, why: &str) {
        if self.gone.is_none() {
            self.gone = Some(why.to_owned());
        }
        self.rtc.disconnect();
    }

    /// Lets its timers run and sends what is due.
    pub fn poll(&mut self, outbox: &mut Outbox, ear: &mut Ear, tick: &Tick<'_>) {
        if tick.now >= self.next_timeout
            && let Err(fault) = self.rtc.handle_input(Input::Timeout(tick.now))
        {
            self.fail(&fault.to_string());
        }
        self.drain(outbox, ear, tick);
    }

    /// What happened since this was last asked.
    pub fn happened(&mut self) -> Happened {
        let mut happened = std::mem::take(&mut self.happened);
        if let Some(why) = &self.gone
            && std::mem::take(&mut self.up)
        {
            happened.down = Some(why.clone());
        }
        happened
    }

    fn drain(&mut self, outbox: &mut Outbox, ear: &mut Ear, tick: &Tick<'_>) {
        for _ in 0..OUTPUTS_MAX {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) => {
                    self.next_timeout = at;
                    return;
                }
                Ok(Output::Transmit(datagram)) => {
                    outbox.post(&datagram.contents, datagram.destination);
                }
                Ok(Output::Event(event)) => self.event(event, ear, tick),
                Err(fault) => {
                    self.fail(&fault.to_string());
                    return;
                }
            }
        }
    }

    fn event(&mut self, event: Event, ear: &mut Ear, tick: &Tick<'_>) {
        let happened = &mut self.happened;
        match event {
            Event::Connected => {
                self.up = true;
                happened.up = true;
            }
            // Killed or out of reach.
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                self.gone.get_or_insert_with(|| "the browser is out of reach".to_owned());
            }
            // Closed cleanly: DTLS said so, and ICE will say nothing.
            Event::Closed => {
                self.gone.get_or_insert_with(|| "the browser closed the connection".to_owned());
            }
            Event::RtpPacket(packet) => {
                Shared::add(&tick.shared.packets_in, 1);
                if !self.listened_to {
                    return;
                }
                let header = Header {
                    marker: packet.header.marker,
                    payload_type: *packet.header.payload_type,
                    sequence: packet.header.sequence_number,
                    timestamp: packet.header.timestamp,
                    ssrc: *packet.header.ssrc,
                };
                let events = [self.event.map(|pt| *pt), None];
                match ear.take(&header, &packet.payload, events, tick.samples()) {
                    Took::Digit(digit) => happened.digits.push(digit),
                    Took::Sound | Took::Other => {}
                    Took::Nothing => {
                        Shared::add(&tick.shared.invalid, 1);
                        return;
                    }
                }
                happened.heard = true;
            }
            Event::MediaEgressStats(stats) => {
                self.round_trip = stats.rtt.or(self.round_trip);
                self.remote_loss = stats
                    .loss
                    .map(|share| (share * 256.0).clamp(0.0, 255.0) as u8)
                    .or(self.remote_loss);
            }
            _ => {}
        }
    }

    /// Sends the tick's sound, or a digit instead of it.
    pub fn send(&mut self, frame: &Frame, keypad: &mut Keypad, tick: &Tick<'_>) {
        let timestamp = self.clock;
        self.clock = self.clock.wrapping_add(FRAME as u32);
        let digit = keypad.is_busy().then(|| keypad.tick(timestamp));
        if !self.up || !self.sends {
            return;
        }
        match digit {
            None => {
                let marker = std::mem::take(&mut self.marker);
                self.write(self.voice, timestamp, marker, &encoded(Law::Mu, frame), tick.now);
            }
            Some(digit) => {
                self.marker = true;
                let (Some(digit), Some(pt)) = (digit, self.event) else { return };
                self.write(pt, digit.timestamp, digit.marker, &digit.event.bytes(), tick.now);
            }
        }
        Shared::add(&tick.shared.packets_out, 1);
    }

    fn write(&mut self, pt: Pt, timestamp: u32, marker: bool, payload: &[u8], now: Instant) {
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_tx_by_mid(self.mid, None) else { return };
        let packet = RtpWrite::new(pt, self.sequence.into(), timestamp, now, payload);
        stream.write_rtp(packet.marker(marker));
        self.sequence += 1;
    }
}

/// Which browser a datagram on the shared port belongs to.
pub struct Doorman {
    outbox: Outbox,
    local: Arc<[SocketAddr]>,
    /// Addresses from which a browser was heard, with its leg's place.
    known: HashMap<SocketAddr, usize>,
}

impl Doorman {
    /// At the shared port.
    pub fn new(socket: UdpSocket, local: Arc<[SocketAddr]>) -> Self {
        Self { outbox: Outbox::new(socket), local, known: HashMap::new() }
    }

    /// The shared port, to send from; see [`Outbox::flush`].
    pub fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// Forgets the addresses of a place.
    pub fn forget(&mut self, place: usize) {
        self.known.retain(|_, known| *known != place);
    }

    /// Reads all that has come and gives it to whom it belongs.
    pub fn receive(&mut self, legs: &mut [Option<Leg>], tick: &mut Tick<'_>) {
        let mut strangers = 0;
        for _ in 0..READS_MAX {
            let (length, source) = match self.outbox.socket().recv_from(tick.buffer) {
                Ok(received) => received,
                Err(refused) if refused.kind() == ErrorKind::WouldBlock => return,
                Err(_) => continue,
            };
            let destination = self.destination(source);
            let mut datagram = [0; DATAGRAM_MAX];
            if length > DATAGRAM_MAX {
                Shared::add(&tick.shared.invalid, 1);
                continue;
            }
            datagram[..length].copy_from_slice(&tick.buffer[..length]);
            let Ok(datagram) =
                Receive::new(Protocol::Udp, source, destination, &datagram[..length])
            else {
                Shared::add(&tick.shared.invalid, 1);
                continue;
            };
            let input = Input::Receive(tick.now, datagram);
            let Some(place) = self.place(legs, source, &input, &mut strangers) else {
                Shared::add(&tick.shared.foreign, 1);
                continue;
            };
            let Some(Leg { wire: Wire::Peer(peer), ear, .. }) = &mut legs[place] else { continue };
            if let Err(fault) = peer.rtc.handle_input(input) {
                peer.fail(&fault.to_string());
            }
            // It holds one packet only: what comes out is taken before more goes in.
            peer.drain(&mut self.outbox, ear, tick);
        }
    }

    fn place(
        &mut self,
        legs: &[Option<Leg>],
        source: SocketAddr,
        input: &Input<'_>,
        strangers: &mut usize,
    ) -> Option<usize> {
        let accepts = |place: usize| match legs.get(place) {
            Some(Some(Leg { wire: Wire::Peer(peer), .. })) => peer.rtc.accepts(input),
            _ => false,
        };
        // The leg may have another browser by now, or the address may be another browser's: ask.
        if let Some(place) = self.known.get(&source).copied().filter(|place| accepts(*place)) {
            return Some(place);
        }
        *strangers += 1;
        if *strangers > STRANGERS_MAX {
            return None;
        }
        let place = (0..legs.len()).find(|place| accepts(*place))?;
        self.known.insert(source, place);
        Some(place)
    }

    /// Which of our addresses a browser there must have sent to: one of its own family, and the
    /// machine's own for a browser on the machine.
    fn destination(&self, source: SocketAddr) -> SocketAddr {
        let near = |address: &&SocketAddr| {
            address.is_ipv4() == source.is_ipv4()
                && address.ip().is_loopback() == source.ip().is_loopback()
        };
        let family = |address: &&SocketAddr| address.is_ipv4() == source.is_ipv4();
        let found = self.local.iter().find(near).or_else(|| self.local.iter().find(family));
        found.copied().unwrap_or(self.local[0])
    }
}
