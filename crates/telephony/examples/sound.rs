//! How many legs a core carries: `cargo run --release --example sound -- calls <calls> <seconds>`,
//! with trunk calls of two legs each, or `browsers` instead of `calls` for calls between a trunk and a
//! browser. Every call is recorded. The far ends are another process, so that each thread's own time
//! can be told. Prints one line of JSON.
#![allow(missing_docs, clippy::unwrap_used)] // a tool for whoever changes the media thread

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, UdpSocket},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{LegId, RecordingId};
use str0m::{
    Candidate, Event, Input, Output, Rtc,
    change::{SdpAnswer, SdpPendingOffer},
    media::{Direction, MediaKind, Mid, Pt},
    net::{Protocol, Receive},
    rtp::RtpWrite,
};
use telephony::{
    media::{
        Agreed, Channels, Counters, LATENESS_MS, Law, Media, MediaCommand, MediaConfig, MediaEvent,
    },
    rtp::Outgoing,
};

const TICK: Duration = Duration::from_millis(20);

fn clock() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|n| n.parse().ok()).unwrap_or(10);
    match arguments.first().map(String::as_str) {
        Some("calls") => measure(number(1) * 2, 0, number(2) as u64),
        Some("browsers") => measure(number(1), number(1), number(2) as u64),
        Some("far") => far(number(1), number(2)),
        _ => eprintln!("sound -- calls|browsers <calls> <seconds>"),
    }
}

fn measure(trunks: usize, browsers: usize, seconds: u64) {
    let config = MediaConfig { legs_max: 10_000, ..MediaConfig::on_loopback(clock) };
    let (media, mut events) = Media::start(config).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let empty_kib = resident();
    let mut child: Child = Command::new(std::env::current_exe().unwrap())
        .args(["far", &trunks.to_string(), &browsers.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut tell = child.stdin.take().unwrap();
    let legs: Vec<LegId> = (0..trunks + browsers).map(|n| LegId::from_u128(n as u128)).collect();
    // All of them first: two pipes that are written to at once may both be full.
    let told: Vec<String> = told.by_ref().take(legs.len()).collect();
    let mut told = told.into_iter();
    for leg in &legs[..trunks] {
        let remote: SocketAddr = told.next().unwrap().parse().unwrap();
        writeln!(tell, "{}", media.open_leg(*leg).unwrap().addr).unwrap();
        let rtcp = SocketAddr::new(remote.ip(), 9);
        let agreed = Agreed {
            remote,
            rtcp,
            law: Law::A,
            telephone_event: None,
            packet_time: TICK,
            send: true,
            receive: true,
            srtp: None,
        };
        media.send(MediaCommand::Agree { leg: *leg, agreed }).unwrap();
    }
    for leg in &legs[trunks..] {
        let offer = BASE64_STANDARD.decode(told.next().unwrap()).unwrap();
        let answer = media.open_peer(*leg, std::str::from_utf8(&offer).unwrap()).unwrap();
        writeln!(tell, "{}", BASE64_STANDARD.encode(answer)).unwrap();
    }
    tell.flush().unwrap();
    let half = legs.len() / 2;
    for n in 0..half {
        let (one, other) = (legs[n], legs[half + n]);
        media.send(MediaCommand::Hear { leg: one, others: vec![other] }).unwrap();
        media.send(MediaCommand::Hear { leg: other, others: vec![one] }).unwrap();
        let recording = RecordingId::from_u128(n as u128);
        let path = folder.path().join(format!("{n}.wav"));
        let channels = Channels { customer: vec![one], agents: vec![other] };
        media.send(MediaCommand::Record { recording, path, channels }).unwrap();
    }
    let (mut up, mut last) = (0, Vec::new());
    let start = clock();
    let mut wait = |until: Instant, all_up: bool| {
        while clock() < until && !(all_up && up == browsers) {
            match events.try_recv() {
                Ok(MediaEvent::PeerUp { .. }) => up += 1,
                Ok(MediaEvent::Quality { report, last: true, .. }) => last.push(report),
                Ok(_) => {}
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    };
    wait(start + Duration::from_secs(30), true);
    let connected = start.elapsed_by(clock());
    wait(clock() + Duration::from_secs(3), false);
    let (before, counted) = (threads(), media.counters());
    wait(clock() + Duration::from_secs(seconds), false);
    let (after, counters, full_kib) = (threads(), media.counters(), resident());
    for leg in &legs {
        media.send(MediaCommand::Close { leg: *leg }).unwrap();
    }
    wait(clock() + Duration::from_secs(2), false);
    drop(tell);
    child.wait().unwrap();
    media.stop();
    let spent = |name: &str, part: usize| {
        let of = |all: &[(String, [u64; 2])]| {
            all.iter().filter(|(thread, _)| thread == name).map(|(_, time)| time[part]).sum::<u64>()
        };
        // A hundredth of a second each: percent of one core.
        (of(&after) - of(&before)) as f64 / seconds as f64
    };
    let per_leg = |percent: f64| percent / legs.len() as f64;
    let (user, system) = (spent("media", 0), spent("media", 1));
    let recording = spent("recording", 0) + spent("recording", 1);
    let worst = last.iter().map(|report| report.mos).fold(5.0, f32::min);
    println!(
        "{}",
        serde_json::json!({
            "trunks": trunks, "browsers": browsers, "connected_in_ms": connected.as_millis() as u64,
            "calls": half, "legs": legs.len(),
            "media_user_percent": user, "media_system_percent": system,
            "recording_percent": recording,
            "user_percent_per_leg": per_leg(user), "system_percent_per_leg": per_leg(system),
            "recording_percent_per_leg": per_leg(recording),
            "kib_per_call": full_kib.saturating_sub(empty_kib) as f64 / half.max(1) as f64,
            "worst_tick_us": counters.worst_tick_us,
            "packets_in": counters.packets_in - counted.packets_in,
            "packets_out": counters.packets_out - counted.packets_out,
            "late_ticks": late(&counters, &counted),
            "ticks_skipped": counters.ticks_skipped - counted.ticks_skipped,
            "recording_frames_lost": counters.recording_frames_lost,
            "busy_us_per_tick": (counters.busy_us - counted.busy_us) / (counters.ticks - counted.ticks).max(1),
            "worst_mos": worst, "resident_kib": full_kib,
        })
    );
}

trait ElapsedBy {
    fn elapsed_by(self, now: Instant) -> Duration;
}

impl ElapsedBy for Instant {
    fn elapsed_by(self, now: Instant) -> Duration {
        now - self
    }
}

/// Ticks by their lateness, as `under 1 ms`, …
fn late(now: &Counters, before: &Counters) -> serde_json::Value {
    let classes = LATENESS_MS.iter().map(|ms| format!("under {ms} ms")).chain(["more".to_owned()]);
    let counts = now.lateness.iter().zip(before.lateness).map(|(now, before)| now - before);
    classes
        .zip(counts)
        .map(|(class, count)| (class, count.into()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Time of each thread in user and system, in hundredths of a second.
fn threads() -> Vec<(String, [u64; 2])> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks
        .filter_map(|task| {
            let path = task.ok()?.path();
            let name = std::fs::read_to_string(path.join("comm")).ok()?.trim().to_owned();
            let stat = std::fs::read_to_string(path.join("stat")).ok()?;
            let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
            Some((name, [fields.get(11)?.parse().ok()?, fields.get(12)?.parse().ok()?]))
        })
        .collect()
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

struct Browser {
    rtc: Rtc,
    socket: UdpSocket,
    pending: Option<SdpPendingOffer>,
    mid: Mid,
    connected: bool,
}

impl Browser {
    fn new() -> (Self, String) {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let config = Rtc::builder().set_rtp_mode(true).clear_codecs().enable_pcmu(true, false);
        let mut rtc = config.build(clock());
        let here = Candidate::host(socket.local_addr().unwrap(), "udp").unwrap();
        rtc.add_local_candidate(here);
        let mut api = rtc.sdp_api();
        let mid = api.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        let (offer, pending) = api.apply().unwrap();
        let offer = offer.to_sdp_string();
        (Self { rtc, socket, pending: Some(pending), mid, connected: false }, offer)
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => return,
                Output::Transmit(datagram) => {
                    let _ = self.socket.send_to(&datagram.contents, datagram.destination);
                }
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(_) => {}
            }
        }
    }

    fn turn(&mut self, n: u64) {
        let mut buffer = [0; 2_000];
        while let Ok((length, source)) = self.socket.recv_from(&mut buffer) {
            let here = self.socket.local_addr().unwrap();
            let Ok(datagram) = Receive::new(Protocol::Udp, source, here, &buffer[..length]) else {
                continue;
            };
            self.rtc.handle_input(Input::Receive(clock(), datagram)).unwrap();
            self.drain();
        }
        if self.connected {
            let mut api = self.rtc.direct_api();
            let stream = api.stream_tx_by_mid(self.mid, None).unwrap();
            let pt = Pt::new_with_value(0);
            let sound = [n as u8; 160];
            stream.write_rtp(RtpWrite::new(pt, n.into(), n as u32 * 160, clock(), &sound[..]));
        }
        self.rtc.handle_input(Input::Timeout(clock())).unwrap();
        self.drain();
    }
}

/// The far ends, until the other process is done.
fn far(trunks: usize, browsers: usize) {
    let sockets: Vec<UdpSocket> = (0..trunks)
        .map(|_| {
            let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
            socket.set_nonblocking(true).unwrap();
            println!("{}", socket.local_addr().unwrap());
            socket
        })
        .collect();
    let mut peers: Vec<Browser> = (0..browsers)
        .map(|_| {
            let (browser, offer) = Browser::new();
            println!("{}", BASE64_STANDARD.encode(offer));
            browser
        })
        .collect();
    let mut lines = std::io::stdin().lines().map(Result::unwrap);
    let targets: Vec<SocketAddr> =
        (0..trunks).map(|_| lines.next().unwrap().parse().unwrap()).collect();
    for peer in &mut peers {
        let answer = BASE64_STANDARD.decode(lines.next().unwrap()).unwrap();
        let answer = SdpAnswer::from_sdp_string(std::str::from_utf8(&answer).unwrap()).unwrap();
        peer.rtc.sdp_api().accept_answer(peer.pending.take().unwrap(), answer).unwrap();
    }
    drop(lines); // it holds standard input, at whose end this ends
    let over = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let told = over.clone();
    std::thread::spawn(move || {
        let _ = std::io::stdin().lines().next();
        told.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    let mut out: Vec<Outgoing> = (0..trunks).map(|n| Outgoing::new(n as u32, 0)).collect();
    let start = clock();
    let mut n = 0u64;
    while !over.load(std::sync::atomic::Ordering::Relaxed) {
        // Four times in a tick, a quarter each, so that not everything comes at once.
        for quarter in 0..4 {
            for at in (quarter..trunks).step_by(4) {
                let mut packet = [0; 172];
                out[at].packet(&mut packet, 8, n as u32 * 160, n == 0, &[n as u8; 160]);
                let _ = sockets[at].send_to(&packet, targets[at]);
                while sockets[at].recv_from(&mut packet).is_ok() {}
            }
            for at in (quarter..browsers).step_by(4) {
                peers[at].turn(n);
            }
            let due = start + TICK * n as u32 + TICK / 4 * (quarter as u32 + 1);
            std::thread::sleep(due.saturating_duration_since(clock()));
        }
        n += 1;
    }
}
