//! An agent's browser: a WebRTC client on a thread of its own, with a microphone that plays a tone.

use std::{
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use api::voice::{PhoneAnswer, PhoneOffer};
use server::clock::monotonic;
use str0m::{
    Candidate, Event, Input, Output, Rtc,
    change::{SdpAnswer, SdpPendingOffer},
    format::{Codec, FormatParams},
    media::{Direction, Frequency, MediaKind, Mid, Pt},
    net::{Protocol, Receive},
    rtp::RtpWrite,
};
use telephony::{RATE, g711, media::Law};

use super::TONES;
use crate::{agent::Person, wait};

/// A browser that speaks and listens until it is dropped.
pub struct Browser {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    silent: AtomicBool,
    /// All that was heard, of which a player would have played the same.
    heard: Mutex<Vec<i16>>,
}

impl Browser {
    /// Becomes the phone of somebody at a desk.
    pub async fn phone(person: &Person, hz: f64) -> Self {
        Self::phone_by(person, hz, "127.0.0.1").await
    }

    /// The same by another address of this machine.
    pub async fn phone_by(person: &Person, hz: f64, address: &str) -> Self {
        let (mut tab, offer) = Tab::new(hz, address);
        let answer = person.post_body("/api/v1/desk/phone", &PhoneOffer { sdp: offer }).await;
        tab.accept(&answer.good::<PhoneAnswer>().sdp);
        Self::run(tab)
    }

    fn run(mut tab: Tab) -> Self {
        let shared = Arc::<Shared>::default();
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::spawn(move || tab.live(&of_thread));
        Self { shared, thread: Some(thread) }
    }

    /// The browser's process is killed: it says nothing any more, no goodbye either.
    pub fn kill(mut self) {
        self.end();
    }

    /// Sends no sound any more, or again.
    pub fn mute(&self, on: bool) {
        self.shared.silent.store(on, Ordering::Relaxed);
    }

    /// All that was heard until now.
    pub fn heard(&self) -> Vec<i16> {
        self.shared.heard.lock().unwrap().clone()
    }

    /// Waits until one tone alone is heard for two seconds.
    pub async fn hears(&self, hz: f64) {
        self.listens(&format!("{hz} Hz is heard"), Some(hz)).await;
    }

    /// Waits until none of the tones is heard for two seconds.
    pub async fn hears_nobody(&self) {
        self.listens("nobody is heard", None).await;
    }

    async fn listens(&self, what: &str, wanted: Option<f64>) {
        let from = self.heard().len();
        wait::asking(what, || async {
            let sound = self.heard();
            let latest = sound[from..].rchunks_exact(2 * RATE as usize).next()?;
            let mut parts = latest.chunks_exact(4_000);
            let alike = parts.all(|part| telephony::tone::recognise(part, &TONES) == wanted);
            alike.then_some(())
        })
        .await;
    }

    fn end(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the browser ran well");
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

/// The connection itself.
struct Tab {
    rtc: Rtc,
    socket: UdpSocket,
    pending: Option<SdpPendingOffer>,
    mid: Mid,
    hz: f64,
    sample: u64,
    sequence: u64,
    connected: bool,
}

impl Tab {
    fn new(hz: f64, address: &str) -> (Self, String) {
        let socket = UdpSocket::bind((address, 0)).unwrap();
        let mut config = Rtc::builder().set_rtp_mode(true).clear_codecs().enable_pcmu(true, false);
        let (events, rate) = (Pt::new_with_value(110), Frequency::EIGHT_KHZ);
        let none = FormatParams::default();
        config.codec_config().add_config(events, None, Codec::Tele, rate, None, none);
        let mut rtc = config.build(monotonic());
        let here = Candidate::host(socket.local_addr().unwrap(), "udp").unwrap();
        rtc.add_local_candidate(here);
        let direction = Direction::SendRecv;
        let mut api = rtc.sdp_api();
        let mid = api.add_media(MediaKind::Audio, direction, None, None, None);
        let (offer, pending) = api.apply().unwrap();
        let (sample, sequence, connected) = (0, 100, false);
        let pending = Some(pending);
        let tab = Self { rtc, socket, pending, mid, hz, sample, sequence, connected };
        (tab, offer.to_sdp_string())
    }

    fn accept(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        self.rtc.sdp_api().accept_answer(self.pending.take().unwrap(), answer).unwrap();
    }

    fn live(&mut self, shared: &Shared) {
        let mut due = monotonic();
        while !shared.stop.load(Ordering::Relaxed) {
            due += Duration::from_millis(20);
            if self.connected && !shared.silent.load(Ordering::Relaxed) {
                self.say();
            }
            while monotonic() < due {
                self.turn(due, shared);
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
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(self.mid, None).unwrap();
        let pt = Pt::new_with_value(0);
        stream.write_rtp(RtpWrite::new(pt, self.sequence.into(), timestamp, monotonic(), sound));
        self.sequence += 1;
    }

    fn turn(&mut self, due: Instant, shared: &Shared) {
        let now = monotonic();
        let wake = self.drain(shared).min(due);
        let wait = wake.saturating_duration_since(now).max(Duration::from_millis(1));
        self.socket.set_read_timeout(Some(wait)).unwrap();
        let mut buffer = [0; 2_000];
        let here: SocketAddr = self.socket.local_addr().unwrap();
        let input = match self.socket.recv_from(&mut buffer) {
            Ok((length, source)) => {
                let datagram = Receive::new(Protocol::Udp, source, here, &buffer[..length]);
                Input::Receive(monotonic(), datagram.unwrap())
            }
            Err(_) => Input::Timeout(monotonic()),
        };
        self.rtc.handle_input(input).unwrap();
        self.drain(shared);
    }

    fn drain(&mut self, shared: &Shared) -> Instant {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(at) => return at,
                Output::Transmit(datagram) => {
                    // A network would drop it as well.
                    let _ = self.socket.send_to(&datagram.contents, datagram.destination);
                }
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::RtpPacket(packet)) if *packet.header.payload_type == 0 => {
                    let sound = packet.payload.iter();
                    let sound = sound.map(|byte| g711::decode_byte(Law::Mu, *byte));
                    shared.heard.lock().unwrap().extend(sound);
                }
                Output::Event(_) => {}
            }
        }
    }
}
