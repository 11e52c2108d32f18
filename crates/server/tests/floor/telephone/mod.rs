//! Real calls through the whole server: foreign programs call and are called, an agent's browser is a
//! WebRTC client, and what is judged is the sound. Everybody plays a tone of their own; recordings are
//! cut into seconds, and each says who was heard in it.

mod away;
mod browser;
mod by_program;
mod callback;
mod cut;
mod desk_phone;
mod encrypted;
mod foreign;
mod passed_on;
mod seen;
mod sound;

use std::path::{Path, PathBuf};

use api::{
    admin::voice::{
        ChangeNumber, ChangeTrunk, NumberFormView, NumberSetup, SipTransport, TrunkSetup,
        VoiceSettings,
    },
    desk::{DeskContact, DeskContactState},
};
use reqwest::Method;
use serde::Serialize;
use telephony::tone;
use uuid::Uuid;

use self::{
    browser::Browser,
    foreign::{Baresip, Setup},
};
use crate::{
    agent::{Answer, Desk, Person},
    fixture::{Engine, Floor},
    seed::{self, Plan},
    wait,
};

/// The client's number.
pub const NUMBER: &str = "+33123456789";

/// What a caller plays, in hertz.
pub const CALLER: f64 = 300.0;
/// What the first agent plays.
pub const ANNA: f64 = 600.0;
/// What the second agent plays.
pub const BEN: f64 = 900.0;

const TONES: [f64; 5] = [CALLER, ANNA, BEN, 1_200.0, 1_500.0];

/// A floor with telephony, and an administrator at it.
pub struct Exchange {
    pub floor: Floor,
    pub admin: Person,
}

/// A trunk whose calls come from this machine.
pub fn trunk(transport: SipTransport) -> TrunkSetup {
    TrunkSetup {
        name: "Carrier".into(),
        active: true,
        server: String::new(),
        transport,
        encryption: None,
        addresses: vec!["127.0.0.1".into(), "::1".into()],
        register: false,
        username: None,
        trusted: true,
        country: Some("33".into()),
        national_prefix: Some("0".into()),
        international_prefix: Some("00".into()),
        number_form: NumberFormView::E164,
        calls_max: 10,
        calls_per_second: 10,
        priority: 0,
    }
}

impl Exchange {
    /// Over UDP, with one trunk.
    pub async fn open() -> Self {
        let plan = Plan { calls: true, ..Plan::default() };
        Self::planned(plan, trunk(SipTransport::Udp)).await
    }

    /// Another plan or trunk. The shared client's number is given to its first queue, and its calls are
    /// recorded.
    pub async fn planned(plan: Plan, trunk: TrunkSetup) -> Self {
        Self::on(Floor::planned(Engine::Sqlite, plan).await, trunk).await
    }

    /// The same on a floor that is open already.
    pub async fn on(floor: Floor, trunk: TrunkSetup) -> Self {
        let admin = floor.person("admin").await;
        let exchange = Self { floor, admin };
        exchange.add(trunk).await;
        let number = NumberSetup {
            number: NUMBER.into(),
            client: seed::SHARED.uuid(),
            label: "Reception".into(),
            queue: seed::SHARED_QUEUE.uuid(),
            flow: None,
            active: true,
        };
        let body = ChangeNumber { version: 0, setup: number };
        exchange.put(&format!("/api/v1/numbers/{NUMBER}"), &body).await.done();
        let settings = VoiceSettings { record: true, ring_s: 1, ..VoiceSettings::default() };
        let of_client = format!("/api/v1/clients/{}/voice", seed::SHARED.uuid());
        exchange.put(&of_client, &settings).await.done();
        exchange
    }

    /// Adds a trunk.
    pub async fn add(&self, setup: TrunkSetup) {
        let body = ChangeTrunk { version: 0, setup, secret: None };
        self.admin.post_body("/api/v1/trunks", &body).await.done();
    }

    pub async fn put(&self, path: &str, body: &impl Serialize) -> Answer {
        let body = serde_json::to_value(body).expect("requests are JSON");
        self.admin.ask(Method::PUT, path, Some(body)).await
    }

    /// Where SIP is taken: `udp`, `tcp` or `tls`.
    pub fn sip(&self, transport: &str) -> u16 {
        let voice = self.floor.app.voice.as_ref().expect("there is telephony");
        let addresses = voice.addresses();
        let address = addresses.iter().find_map(|a| a.strip_prefix(&format!("{transport}://")));
        let address: std::net::SocketAddr = address.expect("it listens").parse().unwrap();
        address.port()
    }

    /// An agent who is available, with a browser that plays a tone as phone.
    pub async fn agent(&self, login: &str, hz: f64) -> (Desk, Browser) {
        let desk = Desk::open(self.floor.address(), login).await;
        let browser = Browser::phone(&desk.person, hz).await;
        desk.until("the phone is ready", |desk| {
            (desk.me.phone.state == api::voice::PhoneState::Ready).then_some(())
        })
        .await;
        desk.become_available().await;
        (desk, browser)
    }

    /// What is recorded of the only call, once its file is whole: customer and agents.
    pub async fn recorded(&self, contact: Uuid) -> [Vec<i16>; 2] {
        let path = format!("/api/v1/contacts/{contact}");
        let whole = wait::asking("the recording is whole", || async {
            let answer = self.admin.get(&path).await;
            let recordings = answer.body["call"]["recordings"].as_array()?.clone();
            let done = recordings.iter().all(|recording| recording["status"] == "done");
            (done && !recordings.is_empty()).then_some(recordings.len())
        })
        .await;
        assert_eq!(whole, 1, "one recording holds all of a call");
        let files = wav_files(&self.floor.recordings());
        let [file] = files.as_slice() else { panic!("one file: {files:?}") };
        let sound = telephony::media::read_recording(file).expect("it can be read");
        [sound.customer, sound.agents]
    }

    /// The record of a contact, once its call is over.
    pub async fn record(&self, contact: Uuid) -> serde_json::Value {
        let path = format!("/api/v1/contacts/{contact}");
        wait::asking("the call is over in its record", || async {
            let answer = self.admin.get(&path).await;
            let call = answer.body["call"].clone();
            let legs = call["legs"].as_array()?;
            let over = legs.iter().all(|leg| !leg["ended"].is_null());
            (over && !call["ending"].is_null()).then_some(call)
        })
        .await
    }
}

/// A customer who calls by the trunk over UDP.
pub async fn customer(exchange: &Exchange) -> Baresip {
    Baresip::start(Setup {
        user: "+33987654321",
        server: format!("127.0.0.1:{}", exchange.sip("udp")),
        transport: "udp",
        hz: CALLER,
        identity: ";regint=0".into(),
        listens: 0,
        config: String::new(),
    })
    .await
}

/// Waits until the desk has a conversation, and returns it.
pub async fn answered(desk: &Desk) -> DeskContact {
    let offered = desk.contact(DeskContactState::Offered).await;
    desk.act(offered.contact, "answer").await.done();
    desk.contact_is(offered.contact, DeskContactState::Talking).await
}

/// Who is heard in each whole half second.
pub fn heard(sound: &[i16]) -> Vec<Option<f64>> {
    sound.chunks_exact(4_000).map(|part| tone::recognise(part, &TONES)).collect()
}

/// For how many seconds at most one tone is heard without a break.
pub fn longest(sound: &[i16], hz: f64) -> f64 {
    let (mut most, mut now) = (0_u32, 0_u32);
    for tone in heard(sound) {
        now = if tone == Some(hz) { now + 1 } else { 0 };
        most = most.max(now);
    }
    f64::from(most) / 2.0
}

fn wav_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(wav_files(&path));
        } else if path.extension().is_some_and(|ext| ext == "wav") {
            found.push(path);
        }
    }
    found
}
