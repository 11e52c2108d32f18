//! `kill -9` in the middle of a call that is recorded, while another caller waits.

use std::path::{Path, PathBuf};

use api::{
    admin::voice::{
        ChangeNumber, ChangeTrunk, NumberFormView, NumberSetup, SipTransport, TrunkSetup,
        VoiceSettings,
    },
    desk::{ChannelKind, DeskContactState},
    voice::PhoneState,
};
use reqwest::Method;
use serde_json::json;
use telephony::tone;

use self::{
    browser::Browser,
    foreign::{Baresip, Setup},
};
use crate::{
    agent::{Desk, Person},
    process::Server,
    seed, wait,
};

#[allow(dead_code)] // shared with the server's own tests, which use all of it
#[path = "../../../server/tests/floor/telephone/browser.rs"]
mod browser;
#[allow(dead_code)]
#[path = "../../../server/tests/floor/telephone/foreign.rs"]
mod foreign;

const NUMBER: &str = "+33123456789";
/// What the callers play, in hertz, and the agent.
const CALLER: f64 = 300.0;
const ANNA: f64 = 600.0;
const TONES: [f64; 2] = [CALLER, ANNA];

/// Telephony on this machine alone.
const VOICE: [(&str, &str); 3] = [
    ("PERMANENCE_VOICE_SIP", "udp://127.0.0.1:0"),
    ("PERMANENCE_VOICE_RTP_PORTS", "any"),
    ("PERMANENCE_VOICE_BROWSER_PORT", "0"),
];

/// For how many seconds at most one tone is heard without a break.
fn longest(sound: &[i16], hz: f64) -> f64 {
    let (mut most, mut now) = (0_u32, 0_u32);
    for part in sound.chunks_exact(4_000) {
        now = if tone::recognise(part, &TONES) == Some(hz) { now + 1 } else { 0 };
        most = most.max(now);
    }
    f64::from(most) / 2.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_call_is_kept_and_called_back_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = format!("sqlite://{}", folder.path().join("permanence.db").display());
    a_killed_call_is_kept_and_called_back(folder.path(), &database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_call_is_kept_and_called_back_on_postgres() {
    let Some(cluster) = testkit::pg::cluster() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let database = cluster.database(None).expect("a database");
    a_killed_call_is_kept_and_called_back(folder.path(), &database).await;
}

async fn set_up(server: &Server) {
    let admin = Person::sign_in(server.address, "admin").await;
    let trunk = TrunkSetup {
        name: "Carrier".into(),
        active: true,
        server: String::new(),
        transport: SipTransport::Udp,
        encryption: None,
        addresses: vec!["127.0.0.1".into()],
        register: false,
        username: None,
        trusted: true,
        country: None,
        national_prefix: None,
        international_prefix: None,
        number_form: NumberFormView::E164,
        calls_max: 10,
        calls_per_second: 10,
        priority: 0,
    };
    let change = ChangeTrunk { version: 0, setup: trunk, secret: None };
    admin.post_body("/api/v1/trunks", &change).await.done();
    let setup = NumberSetup {
        number: NUMBER.into(),
        client: seed::SHARED.uuid(),
        label: "Reception".into(),
        queue: seed::SHARED_QUEUE.uuid(),
        flow: None,
        active: true,
    };
    let number = json!(ChangeNumber { version: 0, setup });
    let path = format!("/api/v1/numbers/{NUMBER}");
    admin.ask(Method::PUT, &path, Some(number)).await.done();
    let settings = json!(VoiceSettings { record: true, ring_s: 1, ..VoiceSettings::default() });
    let path = format!("/api/v1/clients/{}/voice", seed::SHARED.uuid());
    admin.ask(Method::PUT, &path, Some(settings)).await.done();
}

async fn at_desk(server: &Server) -> (Desk, Browser) {
    let anna = Desk::open(server.address, "anna").await;
    let browser = Browser::phone(&anna.person, ANNA).await;
    anna.until("the phone is ready", |desk| {
        (desk.me.phone.state == PhoneState::Ready).then_some(())
    })
    .await;
    (anna, browser)
}

async fn caller(server: &Server, user: &str) -> Baresip {
    Baresip::start(Setup {
        user,
        server: server.sip.expect("it takes calls").to_string(),
        transport: "udp",
        hz: CALLER,
        identity: ";regint=0".into(),
        listens: 0,
        config: String::new(),
    })
    .await
}

fn recordings(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => recordings(&path),
            path => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|ending| ending == "wav"))
        .collect()
}

async fn a_killed_call_is_kept_and_called_back(folder: &Path, database: &str) {
    let store = store::Store::open(database).await.expect("a store");
    let plan = seed::Plan { calls: true, offer_timeout_s: 120, ..seed::Plan::default() };
    seed::sow(&store, &plan, server::clock::Clock::system().now()).await;
    store.close().await;
    let server = Server::start_with(folder, database, &VOICE).await;
    set_up(&server).await;
    let (anna, browser) = at_desk(&server).await;
    anna.become_available().await;
    let talks = caller(&server, "+33987654321").await;
    talks.calls(NUMBER).await;
    let contact = anna.contact(DeskContactState::Offered).await.contact;
    anna.act(contact, "answer").await.done();
    let waits = caller(&server, "+33987654322").await;
    waits.calls(NUMBER).await;
    waits.says("established").await;
    wait::asking("the call has gone on for a while", || async {
        (longest(&browser.heard(), CALLER) >= 5.0).then_some(())
    })
    .await;
    let heard = longest(&browser.heard(), CALLER);

    server.kill().await;
    let server = Server::start_with(folder, database, &VOICE).await;

    // Marked as cut, with its recording, up to the last second.
    let admin = Person::sign_in(server.address, "admin").await;
    let call = wait::asking("the call is over in its record", || async {
        let call = admin.get(&format!("/api/v1/contacts/{contact}")).await.body["call"].clone();
        (!call["ending"].is_null()).then_some(call)
    })
    .await;
    assert_eq!((&call["ending"], &call["fault"]), (&json!("server_restart"), &json!("provider")));
    let kept = call["recordings"].as_array().expect("a list");
    assert_eq!(kept.len(), 1, "{call}");
    assert_eq!(kept[0]["status"], "done", "{call}");
    let files = recordings(folder);
    let [file] = files.as_slice() else { panic!("one file: {files:?}") };
    let sound = telephony::media::read_recording(file).expect("it can be read");
    let recorded = longest(&sound.customer, CALLER);
    assert!(recorded >= heard - 1.0, "heard {heard} s, recorded {recorded} s");
    let metrics =
        reqwest::get(format!("http://{}/metrics", server.address)).await.expect("an answer");
    let metrics = metrics.text().await.expect("a text");
    assert!(metrics.lines().any(|line| line.ends_with("recordings_unlinked 0")), "{metrics}");

    // Both customers are owed a call, whoever was in conversation first.
    let (anna, _browser) = at_desk(&server).await;
    for _ in 0..2 {
        let offered = anna.contact(DeskContactState::Offered).await;
        assert_eq!(offered.channel, ChannelKind::Callback, "{offered:?}");
        anna.act(offered.contact, "answer").await.done();
        let held = anna.contact_is(offered.contact, DeskContactState::Talking).await;
        assert!(held.customer.name.starts_with("+3398765432"), "{held:?}");
        anna.act(offered.contact, "not-reached").await.done();
        anna.gone(offered.contact).await;
    }
    server.kill().await;
}
