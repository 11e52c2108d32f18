//! Configuration: one typed struct, checked whole at start.
//!
//! A value comes from, later over earlier: the default, the TOML file, `PERMANENCE_…` in the
//! environment, a flag. Every key is known by one table, so that an unknown key or a value that
//! cannot be used is named with its source and an accepted example, all faults at once.

mod mail;
mod voice;

pub use mail::{MailConfig, MailTls, Password};
pub use voice::{Relay, VoiceConfig};

use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

/// How the server runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Folder of everything that is kept as files.
    pub data: PathBuf,
    /// Address of the database: `postgres://…`, or a SQLite file; by default one in `data`.
    pub database: String,
    /// Whether a commit of the journal waits for the disk (`strict`) or survives only the crash of
    /// this program (`process`).
    pub durability: store::Durability,
    /// Where the server listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address people use, when it is not the one listened on: behind a proxy, with TLS.
    pub public_url: Option<String>,
    /// Proxies whose `x-forwarded-for` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// What one caller and all together may ask for.
    pub limits: Limits,
    /// A session that is not used ends after this time.
    pub session_idle: Duration,
    /// A session ends after this time in any case.
    pub session_max: Duration,
    /// How long a stop waits for requests and sockets in hand.
    pub drain: Duration,
    /// What is logged, in the words of `tracing`: `info,server=debug`.
    pub log: String,
    /// Whether the log is written as JSON lines.
    pub log_json: bool,
    /// Telephony; `None` for none.
    pub voice: Option<VoiceConfig>,
    /// Mail that goes out; `None` for none.
    pub mail: Option<MailConfig>,
    /// What a new password's hash takes to make; no key sets it.
    pub password_cost: PasswordCost,
}

/// What a password's hash by Argon2id takes to make and to check. A hash tells its own cost, so
/// those that were made at another one go on to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl PasswordCost {
    /// 19 MiB, two passes, one lane: the first recommendation of OWASP's cheat sheet on storing
    /// passwords.
    pub const RECOMMENDED: Self = Self { memory_kib: 19 * 1_024, passes: 2 };

    /// The least that the method allows. For tests alone: it keeps nobody from guessing.
    pub const LEAST: Self = Self { memory_kib: 8, passes: 1 };
}

/// What one caller and all together may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a body, uploads apart.
    pub body_bytes: usize,
    /// Requests per second of one address, in the mean.
    pub requests_per_second: u32,
    /// Requests of one address at once, above the mean.
    pub requests_burst: u32,
    /// Connections at once.
    pub connections: usize,
    /// Failed tries to sign in with one login within 15 minutes.
    pub sign_in_tries: u32,
    /// Failed tries to sign in from one address within 15 minutes.
    pub sign_in_tries_address: u32,
    /// How long a request may take.
    pub request_time: Duration,
}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// The key.
    pub key: String,
    /// Where the value came from.
    pub source: String,
    /// What is wrong with it.
    pub message: String,
    /// A line that would be accepted.
    pub example: String,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (from {}): {}; for example {}",
            self.key, self.source, self.message, self.example
        )
    }
}

/// All faults of a configuration.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} fault(s):{}", .0.len(), .0.iter().map(|f| format!("\n  {f}")).collect::<String>())]
pub struct ConfigError(pub Vec<ConfigFault>);

/// `(key, default, accepted example)`: every key there is. A default of `""` means not set.
const KEYS: &[(&str, &str, &str)] = &[
    ("data", "./data", "data = \"/var/lib/permanence\""),
    ("database", "", "database = \"postgres://permanence:secret@localhost/permanence\""),
    ("journal.durability", "strict", "journal.durability = \"strict\" (or \"process\")"),
    ("listen", "127.0.0.1:8080", "listen = \"0.0.0.0:8080\""),
    ("public_url", "", "public_url = \"https://desk.example.org\""),
    ("trusted_proxies", "", "trusted_proxies = [\"127.0.0.1\", \"10.0.0.7\"]"),
    ("limits.body_bytes", "262144", "limits.body_bytes = 262144"),
    ("limits.requests_per_second", "200", "limits.requests_per_second = 200"),
    ("limits.requests_burst", "1000", "limits.requests_burst = 1000"),
    ("limits.connections", "20000", "limits.connections = 20000"),
    ("limits.sign_in_tries", "10", "limits.sign_in_tries = 10"),
    ("limits.sign_in_tries_address", "100", "limits.sign_in_tries_address = 100"),
    ("limits.request_seconds", "30", "limits.request_seconds = 30"),
    ("session.idle_minutes", "720", "session.idle_minutes = 720"),
    ("session.max_hours", "168", "session.max_hours = 168"),
    ("drain_seconds", "10", "drain_seconds = 10"),
    ("log.filter", "info", "log.filter = \"info,server=debug\""),
    ("log.json", "false", "log.json = true"),
    ("voice.sip", "", "voice.sip = [\"udp://0.0.0.0:5060\", \"tls://0.0.0.0:5061\"]"),
    ("voice.public_address", "", "voice.public_address = \"203.0.113.7\""),
    ("voice.rtp_ports", "20000-21999", "voice.rtp_ports = \"20000-21999\" (or \"any\")"),
    ("voice.browser_port", "8090", "voice.browser_port = 8090"),
    ("voice.tls_certificate", "", "voice.tls_certificate = \"/etc/permanence/sip.pem\""),
    ("voice.tls_key", "", "voice.tls_key = \"/etc/permanence/sip.key\""),
    ("voice.tls_authorities", "", "voice.tls_authorities = \"/etc/permanence/carriers.pem\""),
    ("voice.phone_networks", "", "voice.phone_networks = [\"10.0.0.0/8\"]"),
    (
        "voice.turn",
        "",
        "voice.turn = [\"turn:relay.example.org:3478\", \"turns:relay.example.org:443\"]",
    ),
    ("voice.turn_secret", "", "voice.turn_secret = \"a long random text\""),
    ("mail.host", "", "mail.host = \"smtp.example.org\""),
    ("mail.port", "", "mail.port = 587"),
    ("mail.tls", "starttls", "mail.tls = \"starttls\" (or \"tls\", or \"none\")"),
    ("mail.user", "", "mail.user = \"permanence@example.org\""),
    ("mail.password", "", "mail.password = \"the password of mail.user\""),
    ("mail.from", "", "mail.from = \"Relais <service@example.org>\""),
    ("mail.reply_to", "", "mail.reply_to = \"office@example.org\""),
    ("mail.tls_authorities", "", "mail.tls_authorities = \"/etc/permanence/mail.pem\""),
];

impl Config {
    /// The defaults with `data` as the folder; for tests and tools.
    pub fn in_folder(data: &Path) -> Result<Self, ConfigError> {
        Self::load(None, [], [("data".to_owned(), data.display().to_string())])
    }

    /// Reads the configuration and checks it whole.
    ///
    /// `environment` is the process's; `flags` are `(key, value)` of the command line.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut read = Reading::default();
        for (key, default, _) in KEYS {
            read.set(key, default, "the default");
        }
        if let Some(file) = file {
            read.file(file);
        }
        for (name, value) in environment {
            read.environment(&name, &value);
        }
        for (key, value) in flags {
            read.set(&key, &value, "a flag");
        }
        read.config()
    }

    /// Whether people reach this server by https: then cookies are for https only.
    pub fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// Values by key with their source, and the faults so far.
#[derive(Default)]
struct Reading {
    values: BTreeMap<String, (String, String)>,
    faults: Vec<ConfigFault>,
}

impl Reading {
    fn set(&mut self, key: &str, value: &str, source: &str) {
        if KEYS.iter().any(|(known, ..)| *known == key) {
            self.values.insert(key.to_owned(), (value.to_owned(), source.to_owned()));
        } else {
            let nearest = KEYS.iter().max_by_key(|(known, ..)| {
                known.bytes().zip(key.bytes()).filter(|(a, b)| a == b).count()
            });
            self.faults.push(ConfigFault {
                key: key.to_owned(),
                source: source.to_owned(),
                message: "there is no such key".to_owned(),
                example: nearest.map_or_else(String::new, |(.., example)| (*example).to_owned()),
            });
        }
    }

    fn file(&mut self, path: &Path) {
        let source = path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return self.unreadable(&source, &error.to_string()),
        };
        match text.parse::<toml::Table>() {
            Ok(table) => self.table("", &table, &source),
            Err(error) => self.unreadable(&source, error.message()),
        }
    }

    fn unreadable(&mut self, source: &str, why: &str) {
        self.faults.push(ConfigFault {
            key: "config".to_owned(),
            source: source.to_owned(),
            message: format!("the file cannot be read: {why}"),
            example: "listen = \"0.0.0.0:8080\"".to_owned(),
        });
    }

    fn table(&mut self, prefix: &str, table: &toml::Table, source: &str) {
        for (name, value) in table {
            let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            match value {
                toml::Value::Table(inner) => self.table(&key, inner, source),
                toml::Value::String(text) => self.set(&key, text, source),
                toml::Value::Array(items) => {
                    let items: Vec<_> = items
                        .iter()
                        .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                        .collect();
                    self.set(&key, &items.join(","), source);
                }
                other => self.set(&key, &other.to_string(), source),
            }
        }
    }

    /// `PERMANENCE_LIMITS_BODY_BYTES` is `limits.body_bytes`. Other names with the prefix belong to
    /// the tests and tools and are left alone.
    fn environment(&mut self, name: &str, value: &str) {
        let Some(rest) = name.strip_prefix("PERMANENCE_") else { return };
        let wanted = rest.to_lowercase();
        if let Some((key, ..)) = KEYS.iter().find(|(key, ..)| key.replace('.', "_") == wanted) {
            self.set(key, value, name);
        }
    }

    fn text(&self, key: &str) -> &str {
        self.values.get(key).map_or("", |(value, _)| value.as_str())
    }

    fn fault(&mut self, key: &str, message: String) {
        let source = self.values.get(key).map_or_else(String::new, |(_, source)| source.clone());
        let example = KEYS.iter().find(|(known, ..)| *known == key).map_or("", |(.., e)| e);
        self.faults.push(ConfigFault {
            key: key.to_owned(),
            source,
            message,
            example: example.to_owned(),
        });
    }

    fn parsed<T: FromStr>(&mut self, key: &str, expected: &str, otherwise: T) -> T {
        match self.text(key).trim().parse() {
            Ok(value) => value,
            Err(_) => {
                let message = format!("`{}` is not {expected}", self.text(key));
                self.fault(key, message);
                otherwise
            }
        }
    }

    fn number(&mut self, key: &str, range: std::ops::RangeInclusive<u64>) -> u64 {
        let (low, high) = (*range.start(), *range.end());
        let expected = format!("a whole number from {low} to {high}");
        let value = self.parsed(key, &expected, low);
        if !range.contains(&value) {
            self.fault(key, format!("`{value}` is not {expected}"));
        }
        value.clamp(low, high)
    }

    fn config(mut self) -> Result<Config, ConfigError> {
        let data = PathBuf::from(self.text("data"));
        if data.as_os_str().is_empty() {
            self.fault("data", "the folder has no name".to_owned());
        }
        let database = match self.text("database") {
            "" => format!("sqlite://{}", data.join("permanence.db").display()),
            given => given.to_owned(),
        };
        let durability = match self.text("journal.durability").parse() {
            Ok(durability) => durability,
            Err(message) => {
                self.fault("journal.durability", message);
                store::Durability::Strict
            }
        };
        let listen = self.parsed(
            "listen",
            "an address with a port",
            SocketAddr::from(([127, 0, 0, 1], 8080)),
        );
        let public_url = self.public_url();
        let trusted_proxies = self.proxies();
        let count = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let limits = Limits {
            body_bytes: size(self.number("limits.body_bytes", 1_024..=67_108_864)),
            requests_per_second: count(self.number("limits.requests_per_second", 1..=1_000_000)),
            requests_burst: count(self.number("limits.requests_burst", 1..=1_000_000)),
            connections: size(self.number("limits.connections", 1..=1_000_000)),
            sign_in_tries: count(self.number("limits.sign_in_tries", 1..=1_000)),
            sign_in_tries_address: count(self.number("limits.sign_in_tries_address", 1..=100_000)),
            request_time: Duration::from_secs(self.number("limits.request_seconds", 1..=600)),
        };
        let session_idle =
            Duration::from_secs(60 * self.number("session.idle_minutes", 1..=44_640));
        let session_max = Duration::from_secs(3_600 * self.number("session.max_hours", 1..=8_784));
        let drain = Duration::from_secs(self.number("drain_seconds", 0..=600));
        let log = self.text("log.filter").to_owned();
        let log_json = self.parsed("log.json", "true or false", false);
        let voice = self.voice();
        let mail = self.mail();
        if !self.faults.is_empty() {
            return Err(ConfigError(self.faults));
        }
        Ok(Config {
            voice,
            mail,
            password_cost: PasswordCost::RECOMMENDED,
            data,
            database,
            durability,
            listen,
            public_url,
            trusted_proxies,
            limits,
            session_idle,
            session_max,
            drain,
            log,
            log_json,
        })
    }

    fn public_url(&mut self) -> Option<String> {
        let url = self.text("public_url").trim().trim_end_matches('/').to_owned();
        if url.is_empty() {
            return None;
        }
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        if host.is_none_or(|host| host.is_empty() || host.contains(['/', ' ', '?', '#'])) {
            self.fault(
                "public_url",
                format!("`{url}` is not http(s):// and a host, without a path"),
            );
        }
        Some(url)
    }

    fn proxies(&mut self) -> Vec<IpAddr> {
        let text = self.text("trusted_proxies").to_owned();
        let mut proxies = Vec::new();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            match item.parse() {
                Ok(address) => proxies.push(address),
                Err(_) => self.fault("trusted_proxies", format!("`{item}` is not an IP address")),
            }
        }
        proxies
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_defaults_can_be_used() {
        let config = Config::load(None, [], []).unwrap();
        assert_eq!(config.database, "sqlite://./data/permanence.db");
        assert!(!config.is_https());
    }

    #[test]
    fn every_fault_is_named_at_once_with_an_example() {
        let faults = Config::load(
            None,
            flags(&[("PERMANENCE_LIMITS_BODY_BYTES", "many")]),
            flags(&[
                ("listen", "nowhere"),
                ("public_url", "desk.example.org"),
                ("session.idle_minutes", "0"),
                ("trusted_proxies", "10.0.0.1,proxy"),
                ("journal.durability", "perhaps"),
                ("lissten", "x"),
            ]),
        )
        .unwrap_err()
        .0;
        let mut keys: Vec<_> = faults.iter().map(|f| f.key.as_str()).collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "journal.durability",
                "limits.body_bytes",
                "lissten",
                "listen",
                "public_url",
                "session.idle_minutes",
                "trusted_proxies",
            ]
        );
        assert!(faults.iter().all(|f| f.example.contains('=')), "{faults:?}");
        let body = faults.iter().find(|f| f.key == "limits.body_bytes").unwrap();
        assert_eq!(body.source, "PERMANENCE_LIMITS_BODY_BYTES");
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("permanence.toml");
        std::fs::write(
            &file,
            "listen = \"127.0.0.1:1\"\ntrusted_proxies = [\"::1\"]\n[limits]\nbody_bytes = 2048\nconnections = 7\n",
        )
        .unwrap();
        let config = Config::load(
            Some(&file),
            flags(&[
                ("PERMANENCE_LISTEN", "127.0.0.1:2"),
                ("PERMANENCE_LIMITS_BODY_BYTES", "4096"),
            ]),
            flags(&[("listen", "127.0.0.1:3")]),
        )
        .unwrap();
        assert_eq!(config.listen.port(), 3);
        assert_eq!(config.limits.body_bytes, 4096);
        assert_eq!(config.limits.connections, 7);
        assert_eq!(config.trusted_proxies, ["::1".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn a_file_that_is_no_toml_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("permanence.toml");
        std::fs::write(&file, "listen = ").unwrap();
        let error = Config::load(Some(&file), [], []).unwrap_err();
        assert!(error.to_string().contains("cannot be read"), "{error}");
    }
}
