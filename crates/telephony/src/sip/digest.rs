//! Who somebody is, by digest (RFC 7616, RFC 8760): our answers to carriers, and our challenges to
//! desk phones.

use std::{net::IpAddr, time::Duration};

use domain::Timestamp;
use md5::Digest as _;

use super::{
    config::{Credentials, PhoneSecret},
    message::split_outside,
};

/// By which function names and passwords are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// Broken, and what most carriers and phones still use.
    Md5,
    /// RFC 8760.
    Sha256,
}

impl Algorithm {
    fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    /// No algorithm named means MD5 (RFC 7616 section 3.3). The `-sess` forms are not known here.
    fn parse(text: Option<&str>) -> Option<Self> {
        match text {
            None => Some(Self::Md5),
            Some(text) if text.eq_ignore_ascii_case("MD5") => Some(Self::Md5),
            Some(text) if text.eq_ignore_ascii_case("SHA-256") => Some(Self::Sha256),
            Some(_) => None,
        }
    }

    /// H(text) in hexadecimal.
    pub fn hash(self, text: &str) -> String {
        match self {
            Self::Md5 => hex(&md5::Md5::digest(text)),
            Self::Sha256 => hex(&sha2::Sha256::digest(text)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The fields of `Digest a=b, c="d"`.
fn fields(header: &str) -> Option<Vec<(String, String)>> {
    let (scheme, rest) = header.trim().split_once([' ', '\t'])?;
    scheme.eq_ignore_ascii_case("Digest").then(|| {
        split_outside(rest, ',')
            .filter_map(|piece| {
                let (name, value) = piece.split_once('=')?;
                let value = value.trim();
                let value =
                    value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
                Some((name.trim().to_ascii_lowercase(), value.replace("\\\"", "\"")))
            })
            .collect()
    })
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// What a carrier asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// Whether the quality of protection `auth` is offered; without any, the old form of RFC 2069.
    qop: bool,
    /// Only the nonce was too old: the password need not be asked again.
    pub stale: bool,
}

impl Challenge {
    /// Reads one; `None` when it is none, or asks for what is not known here.
    pub fn parse(header: &str) -> Option<Self> {
        let fields = fields(header)?;
        let qop = field(&fields, "qop");
        let auth = qop.is_some_and(|q| q.split(',').any(|q| q.trim().eq_ignore_ascii_case("auth")));
        if qop.is_some() && !auth {
            return None;
        }
        Some(Self {
            realm: field(&fields, "realm")?.to_owned(),
            nonce: field(&fields, "nonce")?.to_owned(),
            opaque: field(&fields, "opaque").map(str::to_owned),
            algorithm: Algorithm::parse(field(&fields, "algorithm"))?,
            qop: auth,
            stale: field(&fields, "stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        })
    }

    /// The strongest of several (RFC 8760 section 2.4 leaves the choice to us).
    pub fn strongest<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Self> {
        headers.filter_map(Self::parse).max_by_key(|challenge| challenge.algorithm)
    }

    /// The value of Authorization or Proxy-Authorization.
    pub fn answer(&self, who: &Credentials, method: &str, uri: &str, cnonce: &str) -> String {
        let h = |text: String| self.algorithm.hash(&text);
        let ha1 = h(format!("{}:{}:{}", who.user, self.realm, who.password));
        let ha2 = h(format!("{method}:{uri}"));
        let nonce = &self.nonce;
        let response = if self.qop {
            h(format!("{ha1}:{nonce}:00000001:{cnonce}:auth:{ha2}"))
        } else {
            h(format!("{ha1}:{nonce}:{ha2}"))
        };
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let mut value = format!(
            "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{uri}\", response=\"{response}\", algorithm={}",
            quoted(&who.user),
            quoted(&self.realm),
            quoted(nonce),
            self.algorithm.as_str(),
        );
        if self.qop {
            value.push_str(&format!(", qop=auth, nc=00000001, cnonce=\"{cnonce}\""));
        }
        if let Some(opaque) = &self.opaque {
            value.push_str(&format!(", opaque=\"{}\"", quoted(opaque)));
        }
        value
    }
}

/// How long a nonce of ours holds. A phone answers at once; it may use it again for its next request.
const NONCE_LIFE: Duration = Duration::from_secs(300);

/// What somebody proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Who they say they are.
    Right,
    /// Right, but with a nonce that is too old or not for them: challenge again.
    Stale,
    /// Nothing.
    Wrong,
}

/// Our side of the challenge. Nonces carry their time and a seal, so that nothing is kept for those
/// who never answer.
#[derive(Debug)]
pub struct Challenger {
    key: [u8; 32],
    realm: String,
}

impl Challenger {
    /// With a key that nobody can guess.
    pub fn new(key: [u8; 32], realm: String) -> Self {
        Self { key, realm }
    }

    fn seal(&self, micros: i64, source: IpAddr) -> String {
        let hash = blake3::keyed_hash(&self.key, format!("{micros} {source}").as_bytes());
        hash.to_hex()[..32].to_owned()
    }

    fn nonce(&self, now: Timestamp, source: IpAddr) -> String {
        format!("{:x}-{}", now.micros(), self.seal(now.micros(), source))
    }

    fn is_ours(&self, nonce: &str, source: IpAddr) -> Option<Timestamp> {
        let (at, seal) = nonce.split_once('-')?;
        let at = i64::from_str_radix(at, 16).ok()?;
        (seal == self.seal(at, source)).then(|| Timestamp::from_micros(at))
    }

    /// Values of WWW-Authenticate, the strongest first; SHA-256 only where it can be checked.
    pub fn challenges(
        &self,
        now: Timestamp,
        source: IpAddr,
        stale: bool,
        sha256: bool,
    ) -> Vec<String> {
        let nonce = self.nonce(now, source);
        let stale = if stale { ", stale=true" } else { "" };
        let algorithms: &[Algorithm] =
            if sha256 { &[Algorithm::Sha256, Algorithm::Md5] } else { &[Algorithm::Md5] };
        algorithms
            .iter()
            .map(|algorithm| {
                format!(
                    "Digest realm=\"{}\", nonce=\"{nonce}\", algorithm={}, qop=\"auth\"{stale}",
                    self.realm,
                    algorithm.as_str()
                )
            })
            .collect()
    }

    /// The name that an Authorization header claims.
    pub fn claimed(header: &str) -> Option<String> {
        field(&fields(header)?, "username").map(str::to_owned)
    }

    /// Checks an Authorization header against a secret.
    pub fn check(
        &self,
        now: Timestamp,
        source: IpAddr,
        header: &str,
        method: &str,
        secret: &PhoneSecret,
    ) -> Proof {
        let Some(fields) = fields(header) else { return Proof::Wrong };
        let get = |name| field(&fields, name).unwrap_or("");
        let Some(algorithm) = Algorithm::parse(field(&fields, "algorithm")) else {
            return Proof::Wrong;
        };
        let ha1 = match (secret, algorithm) {
            (PhoneSecret::Password(password), _) => {
                algorithm.hash(&format!("{}:{}:{password}", get("username"), self.realm))
            }
            (PhoneSecret::Ha1 { md5, .. }, Algorithm::Md5) => md5.to_ascii_lowercase(),
            (PhoneSecret::Ha1 { sha256: Some(sha256), .. }, Algorithm::Sha256) => {
                sha256.to_ascii_lowercase()
            }
            (PhoneSecret::Ha1 { sha256: None, .. }, Algorithm::Sha256) => return Proof::Wrong,
        };
        let ha2 = algorithm.hash(&format!("{method}:{}", get("uri")));
        let nonce = get("nonce");
        let expected = if get("qop").eq_ignore_ascii_case("auth") {
            algorithm.hash(&format!("{ha1}:{nonce}:{}:{}:auth:{ha2}", get("nc"), get("cnonce")))
        } else {
            algorithm.hash(&format!("{ha1}:{nonce}:{ha2}"))
        };
        // Hashes of hashes take the same time to compare whatever a guesser knows.
        let given = blake3::hash(get("response").to_ascii_lowercase().as_bytes());
        if get("realm") != self.realm || given != blake3::hash(expected.as_bytes()) {
            return Proof::Wrong;
        }
        match self.is_ours(nonce, source) {
            Some(at) if at <= now && now.since(at) < NONCE_LIFE => Proof::Right,
            _ => Proof::Stale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn mufasa() -> Credentials {
        Credentials { user: "Mufasa".into(), password: "Circle of Life".into() }
    }

    /// The example of RFC 7616 section 3.9.1, with both algorithms.
    #[test]
    fn the_published_example_comes_out() {
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let challenge = Challenge::parse(&format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
                 nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            ))
            .unwrap();
            let answer = challenge.answer(
                &mufasa(),
                "GET",
                "/dir/index.html",
                "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            );
            assert!(answer.contains(&format!("response=\"{response}\"")), "{answer}");
            assert!(answer.contains(", qop=auth, nc=00000001,"), "{answer}");
        }
    }

    #[test]
    fn the_strongest_known_challenge_is_answered() {
        let headers = [
            "Digest realm=\"a\", nonce=\"1\", algorithm=MD5",
            "Digest realm=\"a\", nonce=\"2\", algorithm=SHA-256, qop=\"auth\"",
            "Digest realm=\"a\", nonce=\"3\", algorithm=SHA-512-256",
            "Basic realm=\"a\"",
        ];
        assert_eq!(Challenge::strongest(headers.into_iter()).unwrap().nonce, "2");
        assert_eq!(Challenge::strongest(["Digest realm=\"a\""].into_iter()), None);
        let old = Challenge::parse(headers[0]).unwrap().answer(&mufasa(), "A", "b", "c");
        assert!(!old.contains("qop"), "{old}");
    }

    #[test]
    fn a_phone_proves_itself_and_a_guesser_does_not() {
        let now = Timestamp::from_secs(1_000);
        let challenger = Challenger::new([7; 32], "floor".into());
        let phone = Credentials { user: "desk-1".into(), password: "s3cret".into() };
        let ha1 = |algorithm: Algorithm| algorithm.hash("desk-1:floor:s3cret");
        let secrets = [
            PhoneSecret::Password("s3cret".into()),
            PhoneSecret::Ha1 { md5: ha1(Algorithm::Md5), sha256: Some(ha1(Algorithm::Sha256)) },
        ];
        for challenge in challenger.challenges(now, FROM, false, true) {
            let answer =
                Challenge::parse(&challenge).unwrap().answer(&phone, "REGISTER", "sip:floor", "c");
            assert_eq!(Challenger::claimed(&answer).as_deref(), Some("desk-1"));
            for secret in &secrets {
                let check = |at, from, method| challenger.check(at, from, &answer, method, secret);
                assert_eq!(check(now, FROM, "REGISTER"), Proof::Right);
                assert_eq!(check(now, FROM, "INVITE"), Proof::Wrong);
                assert_eq!(check(now + NONCE_LIFE, FROM, "REGISTER"), Proof::Stale);
                assert_eq!(check(now, "::1".parse().unwrap(), "REGISTER"), Proof::Stale);
            }
            let other = PhoneSecret::Password("guess".into());
            assert_eq!(challenger.check(now, FROM, &answer, "REGISTER", &other), Proof::Wrong);
        }
        for header in ["", "Digest", "Digest username=\"desk-1\"", "Basic x"] {
            assert_eq!(challenger.check(now, FROM, header, "REGISTER", &secrets[0]), Proof::Wrong);
        }
    }
}
