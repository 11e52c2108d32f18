//! Trunks over TLS, whose sound is encrypted: baresip is the carrier's end.

use std::path::PathBuf;

use api::{
    admin::voice::{SipTransport, SoundEncryption, TrunkSetup},
    desk::{DeskContactState, FinishRequest},
};
use server::config::VoiceConfig;
use tempfile::TempDir;

use super::{
    ANNA, CALLER, Exchange, NUMBER, answered,
    foreign::{Baresip, Setup},
    longest, trunk,
};
use crate::seed::Plan;

/// A certificate for this machine's own address, signed by itself; chain, key, and both in one.
fn certificate(dir: &TempDir) -> (PathBuf, PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into(), "localhost".into()])
        .expect("a certificate");
    let [chain, key, both] = ["chain.pem", "key.pem", "both.pem"].map(|n| dir.path().join(n));
    let (cert, secret) = (made.cert.pem(), made.signing_key.serialize_pem());
    std::fs::write(&both, format!("{secret}{cert}")).expect("it is written");
    std::fs::write(&chain, cert).expect("it is written");
    std::fs::write(&key, secret).expect("it is written");
    (chain, key, both)
}

struct Encrypted {
    exchange: Exchange,
    both: PathBuf,
    chain: PathBuf,
    _files: TempDir,
}

impl Encrypted {
    async fn open(trunk: TrunkSetup) -> Self {
        let files = TempDir::new().expect("a directory");
        let (chain, key, both) = certificate(&files);
        let voice = VoiceConfig {
            udp: None,
            tls: Some(([127, 0, 0, 1], 0).into()),
            tls_files: Some((chain.clone(), key)),
            tls_authorities: Some(chain.clone()),
            ..VoiceConfig::on_loopback()
        };
        let plan = Plan { calls: true, voice: Some(voice), ..Plan::default() };
        Self { exchange: Exchange::planned(plan, trunk).await, both, chain, _files: files }
    }

    /// A phone over TLS, which encrypts its sound or does not.
    async fn caller(&self, encryption: &str, listens: Option<u16>) -> Baresip {
        let (chain, both) = (self.chain.display(), self.both.display());
        Baresip::start(Setup {
            user: "+33987654321",
            server: format!("127.0.0.1:{}", self.exchange.sip("tls")),
            transport: "tls",
            hz: CALLER,
            identity: format!(";regint=0;answermode=auto{encryption}"),
            listens: listens.map_or(0, |port| port - 1),
            config: format!("sip_cafile {chain}\nsip_certificate {both}\n"),
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_over_tls_is_encrypted_and_heard_both_ways() {
    let world = Encrypted::open(trunk(SipTransport::Tls)).await;
    let (anna, browser) = world.exchange.agent("anna", ANNA).await;
    let caller = world.caller(";mediaenc=srtp-mand", None).await;
    caller.calls(NUMBER).await;
    let contact = answered(&anna).await.contact;
    browser.hears(CALLER).await;
    anna.act(contact, "end").await.done();
    let [customer, agents] = world.exchange.recorded(contact).await;
    assert!(longest(&customer, CALLER) >= 1.5, "the caller is recorded");
    assert!(longest(&agents, ANNA) >= 1.5, "the agent is recorded");
    caller.has_heard(ANNA).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_without_keys_is_refused_where_they_are_required() {
    let world = Encrypted::open(trunk(SipTransport::Tls)).await;
    let (anna, _browser) = world.exchange.agent("anna", ANNA).await;
    let caller = world.caller("", None).await;
    caller.calls(NUMBER).await;
    caller.says("488 Not Acceptable Here").await;
    assert!(anna.view().contacts.iter().all(|held| held.state != DeskContactState::Talking));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trunk_that_takes_both_takes_calls_without_keys() {
    let setup =
        TrunkSetup { encryption: Some(SoundEncryption::WhenOffered), ..trunk(SipTransport::Tls) };
    let world = Encrypted::open(setup).await;
    let (anna, browser) = world.exchange.agent("anna", ANNA).await;
    for encryption in ["", ";mediaenc=srtp-mand"] {
        let caller = world.caller(encryption, None).await;
        caller.calls(NUMBER).await;
        let contact = answered(&anna).await.contact;
        browser.hears(CALLER).await;
        anna.act(contact, "end").await.done();
        anna.contact_is(contact, DeskContactState::WrapUp).await;
        let finish = FinishRequest { disposition: None, note: String::new() };
        anna.act_with(contact, "finish", &finish).await.done();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_out_over_tls_offers_keys() {
    let port = testkit::port::free();
    let setup = TrunkSetup { server: format!("127.0.0.1:{port}"), ..trunk(SipTransport::Tls) };
    let world = Encrypted::open(setup).await;
    let called = world.caller(";mediaenc=srtp-mand", Some(port)).await;
    let (anna, browser) = world.exchange.agent("anna", ANNA).await;
    let body = serde_json::json!({
        "client": crate::seed::SHARED.uuid(), "number": "+33987654321",
    });
    let dialled = anna.person.post_body("/api/v1/desk/dial", &body).await;
    let contact = dialled.good::<api::voice::Dialled>().contact;
    browser.hears(CALLER).await;
    anna.act(contact, "end").await.done();
    let [customer, agents] = world.exchange.recorded(contact).await;
    assert!(longest(&customer, CALLER) >= 1.5 && longest(&agents, ANNA) >= 1.5);
    called.has_heard(ANNA).await;
}
