//! Who is heard in each moment of a call: on hold, after a transfer, in a conference; and with packets of
//! another length, that are lost, or that come by IPv6.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use api::{
    admin::voice::{SipTransport, TrunkSetup},
    desk::{ConsultRequest, DeskContactState, TransferTo},
    voice::Dialled,
};
use server::config::VoiceConfig;
use telephony::tone;

use super::{
    ANNA, BEN, CALLER, Exchange, NUMBER, answered, customer,
    foreign::{Baresip, Setup},
    heard, longest, trunk,
};
use crate::{
    seed::{self, Plan},
    wait,
};

/// Waits until the customer's phone hears one tone for two seconds.
pub async fn customer_hears(caller: &Baresip, hz: f64) {
    let from = caller.heard().len();
    wait::asking(&format!("the customer hears {hz} Hz"), || async {
        let sound = caller.heard();
        (longest(&sound[from.min(sound.len())..], hz) >= 2.0).then_some(())
    })
    .await;
}

/// The tones that were heard, each span once, without what was heard for half a second only.
pub fn spans(sound: &[i16]) -> Vec<Option<f64>> {
    let halves = heard(sound);
    let mut spans: Vec<(Option<f64>, usize)> = Vec::new();
    for tone in halves {
        match spans.last_mut() {
            Some((last, length)) if *last == tone => *length += 1,
            _ => spans.push((tone, 1)),
        }
    }
    let mut kept: Vec<Option<f64>> =
        spans.into_iter().filter(|(_, length)| *length > 2).map(|(tone, _)| tone).collect();
    kept.dedup();
    kept
}

/// The tones that were heard, one after the other, however long nobody was heard between them: how long
/// the next agent takes to answer is the machine's affair.
pub fn voices(sound: &[i16]) -> Vec<Option<f64>> {
    let mut voices = spans(sound);
    voices.retain(Option::is_some);
    voices.dedup();
    voices
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_held_taken_back_and_passed_on() {
    let exchange = Exchange::open().await;
    let (anna, anna_hears) = exchange.agent("anna", ANNA).await;
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    anna_hears.hears(CALLER).await;
    customer_hears(&caller, ANNA).await;
    anna.act(contact, "hold").await.done();
    anna_hears.hears_nobody().await;
    let held_from = caller.heard().len();
    wait::asking("the customer hears music, and none of us", || async {
        let sound = caller.heard();
        let music = &sound[held_from..];
        let loud = music.iter().any(|sample| sample.unsigned_abs() > 500);
        (music.len() > 24_000 && loud && longest(music, ANNA) == 0.0).then_some(())
    })
    .await;
    anna.act(contact, "resume").await.done();
    anna_hears.hears(CALLER).await;

    let (ben, ben_hears) = exchange.agent("ben", BEN).await;
    anna.transfer(contact, TransferTo::Agent(seed::BEN.uuid()), "").await.done();
    assert_eq!(answered(&ben).await.contact, contact);
    ben_hears.hears(CALLER).await;
    customer_hears(&caller, BEN).await;
    anna_hears.hears_nobody().await;
    ben.act(contact, "end").await.done();

    let [customer, agents] = exchange.recorded(contact).await;
    let (low, anna, ben) = (Some(CALLER), Some(ANNA), Some(BEN));
    // One recording goes through hold and transfer; on hold the agent's side is kept as well.
    assert_eq!(voices(&customer), [low]);
    assert!(longest(&customer, CALLER) >= 4.0, "{:?}", heard(&customer));
    assert_eq!(voices(&agents), [anna, ben]);
    let heard: Vec<_> = spans(&caller.heard()).into_iter().skip_while(|t| *t != anna).collect();
    let (held, passed_on) = heard.split_at(heard.len().min(3));
    assert_eq!(held, [anna, None, anna], "the customer's side: music, and nobody, on hold");
    assert!(passed_on.contains(&ben) && !passed_on.contains(&anna), "then Ben alone: {heard:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_in_a_conference_hear_the_other_two() {
    let exchange = Exchange::open().await;
    let (anna, anna_hears) = exchange.agent("anna", ANNA).await;
    let caller = customer(&exchange).await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    anna_hears.hears(CALLER).await;
    let (ben, ben_hears) = exchange.agent("ben", BEN).await;
    let asks = ConsultRequest { agent: seed::BEN.uuid() };
    anna.act_with(contact, "consult", &asks).await.done();
    let offered = ben.contact(DeskContactState::Offered).await.contact;
    ben.act(offered, "answer").await.done();
    // Aside: the two hear each other alone.
    anna_hears.hears(BEN).await;
    ben_hears.hears(ANNA).await;
    anna.act(contact, "conference").await.done();
    let both = |sound: &[i16], wanted: [f64; 2], not: f64| {
        let Some(latest) = sound.rchunks_exact(8_000).next() else { return false };
        wanted.iter().all(|hz| tone::strength(latest, *hz) > 1_500.0)
            && tone::strength(latest, not) < 300.0
    };
    wait::asking("each hears the other two", || async {
        let all = both(&anna_hears.heard(), [CALLER, BEN], ANNA)
            && both(&ben_hears.heard(), [CALLER, ANNA], BEN)
            && both(&caller.heard(), [ANNA, BEN], CALLER);
        all.then_some(())
    })
    .await;
    anna.act(contact, "end").await.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_goes_by_ipv6() {
    // Out, since baresip describes its sound by IPv4 unless it answers an offer by IPv6.
    let carrier = testkit::port::free();
    let here = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let voice = VoiceConfig {
        udp: Some(SocketAddr::new(here, 0)),
        public: here,
        bind: here,
        ..VoiceConfig::on_loopback()
    };
    let plan = Plan { calls: true, voice: Some(voice), ..Plan::default() };
    let setup = TrunkSetup { server: format!("[::1]:{carrier}"), ..trunk(SipTransport::Udp) };
    let exchange = Exchange::planned(plan, setup).await;
    let anna = crate::agent::Desk::open(exchange.floor.address(), "anna").await;
    let hears = super::browser::Browser::phone_by(&anna.person, ANNA, "::1").await;
    anna.until("the phone is ready", |desk| {
        (desk.me.phone.state == api::voice::PhoneState::Ready).then_some(())
    })
    .await;
    anna.become_available().await;
    let called = Baresip::start(Setup {
        user: "+33987654321",
        server: format!("[::1]:{}", exchange.sip("udp")),
        transport: "udp",
        hz: CALLER,
        identity: ";regint=0;answermode=auto".into(),
        listens: carrier,
        config: String::new(),
    })
    .await;
    let body = serde_json::json!({ "client": seed::SHARED.uuid(), "number": "+33987654321" });
    let dialled = anna.person.post_body("/api/v1/desk/dial", &body).await;
    let contact = dialled.good::<Dialled>().contact;
    hears.hears(CALLER).await;
    customer_hears(&called, ANNA).await;
    anna.act(contact, "end").await.done();
}

/// By sipp, which sends back whatever sound it is sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_comes_by_ipv6() {
    let here = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let voice = VoiceConfig {
        udp: Some(SocketAddr::new(here, 0)),
        public: here,
        bind: here,
        ..VoiceConfig::on_loopback()
    };
    let plan = Plan { calls: true, voice: Some(voice), ..Plan::default() };
    let exchange = Exchange::planned(plan, trunk(SipTransport::Udp)).await;
    let anna = crate::agent::Desk::open(exchange.floor.address(), "anna").await;
    let hears = super::browser::Browser::phone_by(&anna.person, ANNA, "::1").await;
    anna.until("the phone is ready", |desk| {
        (desk.me.phone.state == api::voice::PhoneState::Ready).then_some(())
    })
    .await;
    anna.become_available().await;
    let server = format!("[::1]:{}", exchange.sip("udp"));
    let (number, port) = (NUMBER, testkit::port::free().to_string());
    let options = ["-i", "::1", "-p", &port, "-sn", "uac", "-s", number, "-rtp_echo", "-d", "8000"];
    let sipp = tokio::process::Command::new("sipp")
        .args(options)
        .args(["-m", "1", "-nostdin", "-timeout", "60s", "-timeout_error", &server])
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .kill_on_drop(true)
        .output();
    let sipp = tokio::spawn(sipp);
    let contact = answered(&anna).await.contact;
    hears.hears(ANNA).await;
    let ended =
        sipp.await.expect("it is awaited").expect("sipp runs; `apt-get install sip-tester`");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let call = exchange.record(contact).await;
    assert_eq!(call["ending"], "answered_normal_customer", "{call}");
    let [customer, agents] = exchange.recorded(contact).await;
    assert!(longest(&customer, ANNA) >= 2.0 && longest(&agents, ANNA) >= 2.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packets_of_30_ms_are_heard_both_ways() {
    let exchange = Exchange::open().await;
    let (anna, hears) = exchange.agent("anna", ANNA).await;
    let caller = Baresip::start(Setup {
        user: "+33987654321",
        server: format!("127.0.0.1:{}", exchange.sip("udp")),
        transport: "udp",
        hz: CALLER,
        identity: ";regint=0;ptime=30".into(),
        listens: 0,
        config: String::new(),
    })
    .await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    hears.hears(CALLER).await;
    customer_hears(&caller, ANNA).await;
    anna.act(contact, "end").await.done();
}
