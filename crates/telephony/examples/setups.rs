//! How many calls a second are set up: `cargo run --release --example setups -- <per second> <seconds>`.
//! A carrier, which is another process, calls at an even rate; each call is answered by the state machine of
//! calls, recorded, and hung up after three seconds. Between an INVITE and its 200 lie SIP, the state
//! machine, two legs at the sound and a recording, but no floor and no store. Prints one line of JSON.
#![allow(missing_docs, clippy::unwrap_used)] // a tool for whoever changes how calls are set up

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use domain::{AgentId, ContactId, LegId, PromptId, RecordingId, Timestamp, TrunkId};
use telephony::{
    call::{
        Announcements, Ask, Call, Doing, FloorSays, Input, Order, Part, RecordingPlan, Rules,
        Setup, Sounds,
    },
    media::{Law, Media, MediaConfig, MediaEvent},
    prompt::Prompt,
    sdp::{Encryption, Local, Negotiation},
    sip::{Proxy, Sip, SipCommand, SipConfig, SipEvent, Target, Transport, Trunk},
    tone,
};
use tokio::runtime::Runtime;

const CARRIER: TrunkId = TrunkId::from_u128(1);
const HELD: Duration = Duration::from_secs(3);

/// Calls that are over are waited for so long.
const LAST: Duration = Duration::from_secs(20);

fn clock() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|n| n.parse::<u64>().ok());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match (arguments.first().map(String::as_str), number(1), number(2), number(3)) {
        (Some("carrier"), Some(port), Some(rate), Some(seconds)) => {
            runtime.block_on(carrier(port as u16, rate, seconds));
        }
        _ => match (number(0), number(1)) {
            (Some(rate), Some(seconds)) if rate > 0 => measure(&runtime, rate, seconds),
            _ => eprintln!("setups -- <per second> <seconds>"),
        },
    }
}

/// A trunk without limits of its own.
fn trunk(rate: u64) -> Trunk {
    let mut trunk = Trunk::new(CARRIER, "carrier");
    trunk.networks = vec!["127.0.0.1".parse().unwrap()];
    trunk.calls_max = 100_000;
    trunk.calls_per_second = 10 * rate as u32;
    trunk
}

fn config(rate: u64) -> SipConfig {
    let mut config = SipConfig::new("Permanence/bench");
    config.udp = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    config.limits.legs_max = 100_000;
    config.limits.transactions_max = 1_000_000;
    config.limits.trunk_messages_per_second = 100_000;
    config.trunks = vec![trunk(rate)];
    config
}

/// Who is called.
struct Near {
    sip: Sip,
    media: Media,
    calls: HashMap<LegId, Call>,
    phones: HashMap<LegId, LegId>,
    sounds: Sounds,
    begun: Instant,
    count: u128,
}

fn measure(runtime: &Runtime, rate: u64, seconds: u64) {
    let folder = tempfile::tempdir().unwrap();
    let (near, done, counted) = runtime.block_on(async {
        let (sip, mut sip_events) = Sip::start(config(rate)).await.unwrap();
        let port = sip.local_addr(Transport::Udp).unwrap().port();
        let config = MediaConfig { legs_max: 100_000, ..MediaConfig::on_loopback(clock) };
        let (media, mut media_events) = Media::start(config).unwrap();
        let silence: std::sync::Arc<Prompt> =
            Prompt::of_samples(PromptId::from_u128(1), &tone::sine(440.0, 1_000)).into();
        let sounds = Sounds {
            notices: Vec::new(),
            greeting: None,
            music: silence.clone(),
            closed: None,
            full: None,
            callback_promised: None,
            announcements: Announcements::default(),
            voicemail: None,
            voicemail_thanks: None,
            beep: silence.clone(),
            ringback: silence,
        };
        let (calls, phones) = (HashMap::new(), HashMap::new());
        let mut near = Near { sip, media, calls, phones, sounds, begun: clock(), count: 0 };
        let mut child = far(port, rate, seconds);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told = tokio::task::spawn_blocking(move || lines.map_while(Result::ok).last());
        tokio::pin!(told);
        let (mut recorded, mut counted) = (0_u64, None);
        let mut until = clock() + Duration::from_secs(seconds) + HELD + LAST;
        loop {
            let left = until.saturating_duration_since(clock());
            tokio::select! {
                Some(event) = sip_events.recv() => near.on_sip(event, folder.path()).await,
                Some(event) = media_events.recv() => {
                    if matches!(event, MediaEvent::RecordingDone { .. }) {
                        recorded += 1;
                    }
                }
                line = &mut told, if counted.is_none() => {
                    counted = line.unwrap();
                    // What is still being sealed.
                    until = clock() + Duration::from_secs(2);
                }
                () = tokio::time::sleep(left) => break,
            }
        }
        child.wait().unwrap();
        (near, recorded, counted)
    });
    let carrier: serde_json::Value = serde_json::from_str(&counted.unwrap()).unwrap();
    let counters = near.media.counters();
    let [user, system] = spent();
    near.media.stop();
    println!(
        "{}",
        serde_json::json!({
            "wanted_per_second": rate, "carrier": carrier, "calls": near.count as u64,
            "recordings": done,
            // Of one core, over all of the time that calls came in.
            "user_percent": user as f64 / seconds as f64,
            "system_percent": system as f64 / seconds as f64,
            "worst_tick_us": counters.worst_tick_us, "ticks_skipped": counters.ticks_skipped,
            "recording_frames_lost": counters.recording_frames_lost,
        })
    );
}

fn far(port: u16, rate: u64, seconds: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["carrier", &port.to_string(), &rate.to_string(), &seconds.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

impl Near {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_795_000_000) + self.begun.elapsed_by(clock())
    }

    async fn on_sip(&mut self, event: SipEvent, folder: &Path) {
        let now = self.now();
        match event {
            SipEvent::Incoming { leg, call } => {
                self.count += 1;
                let recording = RecordingId::from_u128(self.count);
                let path = folder.join(format!("{}.wav", self.count));
                let setup = Setup {
                    contact: ContactId::from_u128(self.count),
                    leg,
                    local: local(self.media.open_leg(leg).unwrap().addr),
                    sounds: self.sounds.clone(),
                    rules: Rules::default(),
                    recording: Some(RecordingPlan { recording, path }),
                    voicemail: None,
                    flow: None,
                };
                self.calls.insert(leg, Call::incoming(setup, &call, now));
                self.carry_out(leg).await;
            }
            SipEvent::Confirmed { leg, .. } | SipEvent::Ended { leg, .. } => {
                if let Some(call) = self.calls.get_mut(&leg) {
                    call.handle(now, Input::Sip(event));
                    self.carry_out(leg).await;
                }
            }
            _ => {}
        }
    }

    async fn carry_out(&mut self, leg: LegId) {
        let now = self.now();
        loop {
            let Some(call) = self.calls.get_mut(&leg) else { return };
            let Some(order) = call.next_order() else { break };
            match order {
                Order::Sip(command) => self.sip.send(command).await.unwrap(),
                Order::Media(command) => self.media.send(command).unwrap(),
                // An agent answers at once.
                Order::Ask(Ask::Arrive { .. }) => {
                    let phone = LegId::from_u128(u128::MAX - leg.uuid().as_u128());
                    self.media.open_leg(phone).unwrap();
                    self.phones.insert(leg, phone);
                    let agent = AgentId::from_u128(leg.uuid().as_u128());
                    let part = Part { agent, phone: Some(phone), doing: Doing::Talking };
                    call.handle(now, Input::Floor(FloorSays::Parts(vec![part])));
                }
                _ => {}
            }
        }
        if self.calls.get(&leg).is_some_and(Call::is_over) {
            self.calls.remove(&leg);
            if let Some(phone) = self.phones.remove(&leg) {
                self.media.send(telephony::media::MediaCommand::Close { leg: phone }).unwrap();
            }
        }
    }
}

fn local(address: SocketAddr) -> Local {
    Local {
        address,
        laws: vec![Law::A, Law::Mu],
        packet_time: Duration::from_millis(20),
        rtcp_mux: false,
        encryption: Encryption::Never,
        key: [7; 30],
    }
}

/// Calls at an even rate, hangs up after a while, and says how long it took until somebody answered.
async fn carrier(port: u16, rate: u64, seconds: u64) {
    let mut config = config(rate);
    config.trunks[0].proxies =
        vec![Proxy { host: "127.0.0.1".into(), port: Some(port), transport: Transport::Udp }];
    let (sip, mut events) = Sip::start(config).await.unwrap();
    let sip = std::sync::Arc::new(sip);
    let wanted = rate * seconds;
    let calling = std::sync::Arc::clone(&sip);
    let (placed, mut placing) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let begun = clock();
        for n in 0..wanted {
            let due = begun + Duration::from_micros(n * 1_000_000 / rate);
            tokio::time::sleep_until(due.into()).await;
            let leg = LegId::from_u128(u128::from(n) + 1);
            // Nobody listens there; what the sound sends costs it as much.
            let here = SocketAddr::from(([127, 0, 0, 1], 9));
            let offer = Negotiation::new(n, local(here)).offers();
            let target = Target::Number { to: "+33123456789".into(), trunks: vec![CARRIER] };
            let (from, from_name) = ("+33987654321".to_owned(), None);
            // Its receiver lives as long as this.
            let _ = placed.send((leg, clock()));
            calling.send(SipCommand::Invite { leg, target, from, from_name, offer }).await.unwrap();
        }
    });
    let (mut since, mut took) = (HashMap::new(), Vec::new());
    let (mut ended, mut failed) = (0_u64, 0_u64);
    let begun = clock();
    let limit = begun + Duration::from_secs(seconds) + HELD + LAST;
    let mut last = begun;
    while ended < wanted && clock() < limit {
        let event = tokio::select! {
            Some((leg, at)) = placing.recv() => {
                since.insert(leg, at);
                continue;
            }
            event = events.recv() => event,
            () = tokio::time::sleep(Duration::from_millis(100)) => continue,
        };
        match event {
            Some(SipEvent::Accepted { leg, .. }) => {
                while let Ok((leg, at)) = placing.try_recv() {
                    since.insert(leg, at);
                }
                last = clock();
                took.push((last - since[&leg]).as_secs_f64() * 1_000.0);
                let sip = std::sync::Arc::clone(&sip);
                tokio::spawn(async move {
                    tokio::time::sleep(HELD).await;
                    sip.send(SipCommand::Hangup { leg, q850: 16 }).await.unwrap();
                });
            }
            Some(SipEvent::Ended { cause, .. }) => {
                ended += 1;
                failed += u64::from(cause.status.is_some_and(|status| status >= 300));
            }
            Some(_) => {}
            None => break,
        }
    }
    took.sort_by(f64::total_cmp);
    let at = |share: usize| took.get((took.len() * share / 100).min(took.len().saturating_sub(1)));
    println!(
        "{}",
        serde_json::json!({
            "placed": wanted, "answered": took.len(), "failed": failed, "never_ended": wanted - ended,
            "answered_per_second": took.len() as f64 / (last - begun).as_secs_f64().max(0.001),
            "p50_ms": at(50), "p99_ms": at(99), "max_ms": took.last(),
        })
    );
}

/// Time of this process in user and system, in hundredths of a second.
fn spent() -> [u64; 2] {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    [fields[11].parse().unwrap(), fields[12].parse().unwrap()]
}

trait ElapsedBy {
    fn elapsed_by(self, now: Instant) -> Duration;
}

impl ElapsedBy for Instant {
    fn elapsed_by(self, now: Instant) -> Duration {
        now - self
    }
}
