//! A mail server of another make (`aiosmtpd`, after STARTTLS and AUTH), and a house that sends through it.

use std::{process::Stdio, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use super::House;

/// A database, whose address the engine gives.
pub struct Place(pub String);

/// How long a mail may take on a machine with other work.
pub const LIMIT: Duration = Duration::from_secs(120);

/// The foreign mail server.
pub struct Peer {
    port: u16,
    authority: String,
    said: Lines<BufReader<ChildStdout>>,
    _child: Child,
    _folder: tempfile::TempDir,
}

impl Peer {
    /// `None` where its Python is not; `cargo xtask test` makes it and says where.
    pub async fn start() -> Option<Self> {
        let Some(python) = std::env::var_os("PERMANENCE_MAIL_PYTHON") else {
            eprintln!("skipped: `cargo xtask test` runs this against aiosmtpd");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
        std::fs::write(&chain, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/post.py");
        let mut child = Command::new(python)
            .arg(script)
            .args([&chain, &key])
            .args(["relais", "open sesame"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = said.next_line().await.unwrap().unwrap().parse().unwrap();
        let authority = chain.display().to_string();
        Some(Self { port, authority, said, _child: child, _folder: folder })
    }

    /// The settings by which the house sends through it.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("mail.host", "127.0.0.1".to_owned()),
            ("mail.port", self.port.to_string()),
            ("mail.user", "relais".to_owned()),
            ("mail.password", "open sesame".to_owned()),
            ("mail.from", "Relais Grün <service@relais.example>".to_owned()),
            ("mail.reply_to", "office@relais.example".to_owned()),
            ("mail.tls_authorities", self.authority.clone()),
        ]
    }

    pub async fn house(&self, place: &Place) -> House {
        self.house_but(place, &[]).await
    }

    /// As [`Peer::house`], with other values of some settings.
    pub async fn house_but(&self, place: &Place, but: &[(&str, &str)]) -> House {
        let mine = self.settings();
        let mut settings: Vec<(&str, &str)> = mine.iter().map(|(k, v)| (*k, v.as_str())).collect();
        settings.extend(but);
        House::open_with(&place.0, &settings).await
    }

    /// The next mail that it took.
    pub async fn mail(&mut self) -> Value {
        let line = tokio::time::timeout(LIMIT, self.said.next_line()).await.expect("no mail came");
        let mail: Value = serde_json::from_str(&line.unwrap().unwrap()).unwrap();
        assert_eq!((&mail["encrypted"], &mail["signed_in"]), (&true.into(), &true.into()));
        assert_eq!(mail["defects"], json!([]));
        mail
    }
}

/// Asks until the mails of the screen are as wanted.
pub async fn until(house: &House, wanted: impl Fn(&Value) -> bool) -> Value {
    let admin = house.sign_in("administrator").await;
    let all = async {
        loop {
            let list = house.ask(Method::GET, "/api/v1/mail", &admin, None).await.expect(200);
            if wanted(&list) {
                return list;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, all).await.expect("the queue does not get there")
}
