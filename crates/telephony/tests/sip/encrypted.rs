//! SIP over TLS: between two of ours, and with openssl as a foreign end.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use telephony::sip::{Proxy, SipEvent, TlsFiles, Transport, Trunk};
use tempfile::TempDir;
use tokio::{io::AsyncReadExt, io::AsyncWriteExt, process::Command, time::timeout};

use crate::floor::*;

/// A certificate for this machine's own address, signed by itself.
fn certificate(dir: &TempDir) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into(), "localhost".into()])
        .expect("a certificate");
    let (chain, key) = (dir.path().join("chain.pem"), dir.path().join("key.pem"));
    std::fs::write(&chain, made.cert.pem()).expect("it is written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("it is written");
    (chain, key)
}

async fn encrypted(policy: Policy, chain: &Path, key: &Path, trunk: Option<Trunk>) -> Floor {
    Floor::with(policy, |config| {
        config.tls = Some(([127, 0, 0, 1], 0).into());
        config.tls_files = Some(TlsFiles { chain: chain.to_owned(), key: key.to_owned() });
        config.tls_authorities = Some(chain.to_owned());
        config.trunks.extend(trunk);
        if config.trunks.len() > 1 {
            config.trunks.remove(0);
        }
    })
    .await
}

fn over_tls(floor: &Floor) -> Trunk {
    let port = floor.port(Transport::Tls);
    let mut trunk = trunk(port);
    trunk.proxies =
        vec![Proxy { host: "127.0.0.1".into(), port: Some(port), transport: Transport::Tls }];
    trunk
}

#[tokio::test]
async fn a_call_over_tls_is_answered() {
    let dir = TempDir::new().expect("a directory");
    let (chain, key) = certificate(&dir);
    let called = encrypted(answers, &chain, &key, None).await;
    let calling = encrypted(hangs_up, &chain, &key, Some(over_tls(&called))).await;
    for n in 1..=5 {
        calling.calls_out(n).await;
    }
    calling.is_empty_again(5).await;
    called.is_empty_again(5).await;
    assert_eq!(calling.sip.counters().connections, 1, "one connection for all");
    assert!(calling.seen().iter().any(|event| matches!(event, SipEvent::Accepted { .. })));
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_ends_the_call() {
    let (ours, theirs) = (TempDir::new().expect("a directory"), TempDir::new().expect("another"));
    let ((chain, key), (other, other_key)) = (certificate(&ours), certificate(&theirs));
    let called = encrypted(answers, &other, &other_key, None).await;
    let calling = encrypted(hangs_up, &chain, &key, Some(over_tls(&called))).await;
    calling.calls_out(1).await;
    assert_eq!(calling.end(1).await.1.status, Some(408));
    assert!(!called.seen().iter().any(|event| matches!(event, SipEvent::Incoming { .. })));
}

#[tokio::test]
async fn openssl_is_answered() {
    let dir = TempDir::new().expect("a directory");
    let (chain, key) = certificate(&dir);
    let floor = encrypted(answers, &chain, &key, None).await;
    let to = format!("127.0.0.1:{}", floor.port(Transport::Tls));
    let mut client = Command::new("openssl")
        .args(["s_client", "-quiet", "-verify_return_error", "-connect", &to, "-CAfile"])
        .arg(&chain)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("openssl comes with Debian; `apt-get install openssl`");
    let ask = "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK1;rport\r\n\
        From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\
        Content-Length: 0\r\n\r\n";
    client.stdin.as_mut().expect("it is piped").write_all(ask.as_bytes()).await.expect("it reads");
    let mut answer = [0; 14];
    let read = client.stdout.as_mut().expect("it is piped").read_exact(&mut answer);
    timeout(LIMIT, read).await.expect("in time").expect("an answer");
    assert_eq!(&answer, b"SIP/2.0 200 OK");
}
