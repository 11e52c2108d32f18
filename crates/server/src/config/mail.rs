//! The part of the configuration by which mail goes out.

use std::{net::IpAddr, path::PathBuf};

use lettre::message::Mailbox;

use super::Reading;

/// The mail server, and from whom mail comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailConfig {
    /// Its name, as its certificate shows it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How connections are encrypted.
    pub tls: MailTls,
    /// Who signs in there; `None` for nobody.
    pub user: Option<(String, Password)>,
    /// From whom mail comes.
    pub from: Mailbox,
    /// Whom an answer goes to, when not to `from`.
    pub reply_to: Option<Mailbox>,
    /// Certificates of authorities that are believed besides the machine's own, PEM.
    pub tls_authorities: Option<PathBuf>,
}

/// How connections to the mail server are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// After `STARTTLS` (RFC 3207); a server that does not offer it is refused.
    Starttls,
    /// From the first byte (RFC 8314).
    Wrapped,
    /// Not at all.
    None,
}

/// A password that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<redacted>")
    }
}

impl Reading {
    /// Mail, when `mail.host` is set.
    pub(super) fn mail(&mut self) -> Option<MailConfig> {
        let host = self.text("mail.host").trim().to_owned();
        if host.is_empty() {
            return None;
        }
        if host.contains(|c: char| c.is_whitespace() || matches!(c, ':' | '/' | '@')) {
            self.fault(
                "mail.host",
                format!("`{host}` is not the name of a host, and nothing else"),
            );
        }
        let tls = match self.text("mail.tls") {
            "starttls" => MailTls::Starttls,
            "tls" => MailTls::Wrapped,
            "none" => MailTls::None,
            other => {
                self.fault("mail.tls", format!("`{other}` is not starttls, tls or none"));
                MailTls::Starttls
            }
        };
        // Ports of submission (RFC 6409, RFC 8314) and of relays.
        let usual = match tls {
            MailTls::Starttls => 587,
            MailTls::Wrapped => 465,
            MailTls::None => 25,
        };
        let port = match self.text("mail.port") {
            "" => usual,
            _ => self.parsed("mail.port", "a TCP port from 1 to 65535", usual),
        };
        let (user, password) =
            (self.text("mail.user").to_owned(), self.text("mail.password").to_owned());
        if user.is_empty() != password.is_empty() {
            let key = if user.is_empty() { "mail.user" } else { "mail.password" };
            self.fault(key, "a user and a password belong together".to_owned());
        }
        let is_here = host == "localhost"
            || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if tls == MailTls::None && !user.is_empty() && !is_here {
            let message = "the password would be sent unencrypted".to_owned();
            self.fault("mail.tls", message);
        }
        let from = self.mailbox("mail.from");
        if from.is_none() && self.text("mail.from").is_empty() {
            self.fault("mail.from", "mail must come from somebody".to_owned());
        }
        let reply_to = self.mailbox("mail.reply_to");
        let tls_authorities = Some(PathBuf::from(self.text("mail.tls_authorities")))
            .filter(|p| !p.as_os_str().is_empty());
        let user = (!user.is_empty()).then_some((user, Password(password)));
        Some(MailConfig { host, port, tls, user, from: from?, reply_to, tls_authorities })
    }

    /// A name with an address, or an address alone.
    fn mailbox(&mut self, key: &str) -> Option<Mailbox> {
        let text = self.text(key).trim().to_owned();
        if text.is_empty() {
            return None;
        }
        let parsed = text.parse::<Mailbox>().ok();
        if parsed.is_none() {
            self.fault(key, format!("`{text}` is not a mail address with or without a name"));
        }
        parsed
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn load(pairs: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let flags = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::load(None, [], flags).map_err(|e| e.0.into_iter().map(|f| f.key).collect())
    }

    #[test]
    fn a_host_and_a_sender_are_enough() {
        let config =
            load(&[("mail.host", "smtp.example.org"), ("mail.from", "Relais <a@b.example>")]);
        let mail = config.unwrap().mail.unwrap();
        assert_eq!((mail.port, mail.tls), (587, super::MailTls::Starttls));
        assert_eq!(mail.from.name.as_deref(), Some("Relais"));
        assert_eq!(load(&[]).unwrap().mail, None);
    }

    #[test]
    fn what_cannot_be_used_is_named_and_the_password_never_printed() {
        for (pairs, keys) in [
            (&[("mail.host", "a:25"), ("mail.from", "x@y.example")][..], &["mail.host"][..]),
            (&[("mail.host", "a.example")], &["mail.from"]),
            (
                &[("mail.host", "a.example"), ("mail.from", "nobody"), ("mail.reply_to", "x@")],
                &["mail.from", "mail.reply_to"],
            ),
            (
                &[
                    ("mail.host", "a.example"),
                    ("mail.from", "x@y.example"),
                    ("mail.tls", "none"),
                    ("mail.user", "u"),
                    ("mail.password", "p"),
                ],
                &["mail.tls"],
            ),
            (
                &[
                    ("mail.host", "a.example"),
                    ("mail.from", "x@y.example"),
                    ("mail.port", "many"),
                    ("mail.user", "u"),
                ],
                &["mail.password", "mail.port"],
            ),
        ] {
            let mut found = load(pairs).unwrap_err();
            found.sort();
            assert_eq!(found, keys, "{pairs:?}");
        }
        let config = load(&[
            ("mail.host", "a.example"),
            ("mail.from", "x@y.example"),
            ("mail.user", "u"),
            ("mail.password", "sesame"),
        ]);
        assert!(!format!("{:?}", config.unwrap()).contains("sesame"));
    }
}
