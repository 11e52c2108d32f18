//! Addresses inside SIP headers: URIs, names with addresses, Via. All parsers are total.

use std::fmt;

use super::{
    message::split_outside,
    port::{Party, Transport},
};

/// `;name` or `;name=value`, in order.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Params(Vec<(String, Option<String>)>);

impl Params {
    fn parse(text: &str) -> Self {
        Self(
            split_outside(text, ';')
                .map(|piece| match piece.split_once('=') {
                    Some((name, value)) => {
                        (name.trim().to_owned(), Some(unquoted(value.trim()).to_owned()))
                    }
                    None => (piece.to_owned(), None),
                })
                .collect(),
        )
    }

    /// Its value; empty for a flag. `None` when it is not there.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_deref().unwrap_or(""))
    }

    /// Sets one.
    pub fn set(&mut self, name: &str, value: String) {
        match self.0.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, old)) => *old = Some(value),
            None => self.0.push((name.to_owned(), Some(value))),
        }
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.0 {
            match value {
                Some(value) if value.chars().all(is_token) => write!(f, ";{name}={value}")?,
                Some(value) => write!(f, ";{name}=\"{}\"", value.replace(['"', '\\'], ""))?,
                None => write!(f, ";{name}")?,
            }
        }
        Ok(())
    }
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-.!%*_+`'~:[]/@".contains(c)
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// A `sip:`, `sips:` or `tel:` URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri {
    /// Its scheme, in small letters.
    pub scheme: String,
    /// Who; empty when the URI names only a host.
    pub user: String,
    /// Where; empty for `tel:`.
    pub host: String,
    /// Its port, if any.
    pub port: Option<u16>,
    /// What follows.
    pub params: Params,
    /// Headers behind the question mark, as they stand.
    pub headers: String,
}

impl Uri {
    /// A plain SIP URI.
    pub fn sip(user: &str, host: &str) -> Self {
        Self {
            scheme: "sip".into(),
            user: user.into(),
            host: host.into(),
            port: None,
            params: Params::default(),
            headers: String::new(),
        }
    }

    /// Reads one; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once(':')?;
        let scheme = scheme.to_ascii_lowercase();
        if scheme == "tel" {
            let (user, params) = rest.split_once(';').unwrap_or((rest, ""));
            return Some(Self {
                scheme,
                user: user.to_owned(),
                host: String::new(),
                port: None,
                params: Params::parse(params),
                headers: String::new(),
            });
        }
        if scheme != "sip" && scheme != "sips" {
            return None;
        }
        let (user, rest) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (rest, headers) = rest.split_once('?').unwrap_or((rest, ""));
        let (place, params) = rest.split_once(';').unwrap_or((rest, ""));
        let (host, port) = host_port(place)?;
        Some(Self {
            scheme,
            // A password before the `@` is nothing that anybody should still use.
            user: user.split_once(':').map_or(user, |(user, _)| user).to_owned(),
            host,
            port,
            params: Params::parse(params),
            headers: headers.to_owned(),
        })
    }

    /// By which transport it wants to be reached.
    pub fn transport(&self) -> Transport {
        match self.params.get("transport") {
            _ if self.scheme == "sips" => Transport::Tls,
            Some(name) if name.eq_ignore_ascii_case("tcp") => Transport::Tcp,
            Some(name) if name.eq_ignore_ascii_case("tls") => Transport::Tls,
            _ => Transport::Udp,
        }
    }

    /// One of the headers behind the question mark, decoded.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.split('&').find_map(|piece| {
            let (known, value) = piece.split_once('=')?;
            known.eq_ignore_ascii_case(name).then(|| percent_decoded(value))
        })
    }

    /// As a party: the user decoded and without what number portability hung on it.
    pub fn party(&self, name: Option<String>) -> Party {
        let user = self.user.split(';').next().unwrap_or("");
        Party { user: percent_decoded(user), host: self.host.clone(), name }
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme, self.user)?;
        if !self.user.is_empty() && !self.host.is_empty() {
            f.write_str("@")?;
        }
        f.write_str(&self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "{}", self.params)?;
        if !self.headers.is_empty() {
            write!(f, "?{}", self.headers)?;
        }
        Ok(())
    }
}

/// `host`, `host:port`, `[2001:db8::1]:5060`. An IPv6 host keeps its brackets.
pub fn host_port(text: &str) -> Option<(String, Option<u16>)> {
    let text = text.trim();
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (inner, after) = rest.split_once(']')?;
        (format!("[{inner}]"), after.strip_prefix(':'))
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host.trim().to_owned(), Some(port.trim())),
            None => (text.to_owned(), None),
        }
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        return None;
    }
    match port {
        Some(port) => Some((host, Some(port.parse().ok()?))),
        None => Some((host, None)),
    }
}

/// `%2B` becomes `+`; what is not such a code stays.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match code {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// An address with its display name and its parameters: From, To, Contact, Route and their like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Display name, if any.
    pub name: Option<String>,
    /// The address.
    pub uri: Uri,
    /// Parameters of the header, such as the tag.
    pub params: Params,
}

impl Address {
    /// Reads one value of a header; `None` when there is no address in it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let angle = find_outside_quotes(text, '<');
        let Some(open) = angle else {
            // Without brackets, parameters belong to the header (RFC 3261 section 20.10).
            let (uri, params) = text.split_once(';').unwrap_or((text, ""));
            return Some(Self { name: None, uri: Uri::parse(uri)?, params: Params::parse(params) });
        };
        let close = open + text[open..].find('>')?;
        let name = unquoted(text[..open].trim()).replace("\\\"", "\"").replace("\\\\", "\\");
        Some(Self {
            name: (!name.is_empty()).then_some(name),
            uri: Uri::parse(&text[open + 1..close])?,
            params: Params::parse(text[close + 1..].trim_start().trim_start_matches(';')),
        })
    }

    /// Its tag, unless empty.
    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }

    /// Whom it names.
    pub fn party(&self) -> Party {
        self.uri.party(self.name.clone())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "\"{}\" ", name.replace('\\', "\\\\").replace('"', "\\\""))?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

fn find_outside_quotes(text: &str, wanted: char) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().find_map(|(at, c)| {
        if escaped {
            escaped = false;
        } else {
            match c {
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                c if c == wanted && !quoted => return Some(at),
                _ => {}
            }
        }
        None
    })
}

/// One Via: who sent a message and where its answer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// `UDP`, `TCP`, `TLS`, …, as written.
    pub transport: String,
    /// Host of sent-by.
    pub host: String,
    /// Port of sent-by.
    pub port: Option<u16>,
    /// Branch, received, rport.
    pub params: Params,
}

impl Via {
    /// Reads one value; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (protocol, rest) = text.trim().split_once([' ', '\t'])?;
        let mut parts = protocol.split('/');
        let known = parts.next()?.eq_ignore_ascii_case("SIP") && parts.next()? == "2.0";
        let transport = parts.next()?.to_owned();
        let (place, params) = rest.split_once(';').unwrap_or((rest, ""));
        let (host, port) = host_port(place)?;
        known.then(|| Self { transport, host, port, params: Params::parse(params) })
    }

    /// Its branch, unless empty.
    pub fn branch(&self) -> Option<&str> {
        self.params.get("branch").filter(|branch| !branch.is_empty())
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "{}", self.params)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn uris_are_read_and_written_alike() {
        for text in [
            "sip:+33123456789@carrier.example:5070;user=phone",
            "sips:bob@[2001:db8::1]:5061;transport=tcp",
            "sip:198.51.100.7",
            "sip:a@b;lr",
            "sip:c@d?Replaces=12%40x%3Bto-tag%3Da%3Bfrom-tag%3Db",
        ] {
            assert_eq!(Uri::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "http://x", "sip:", "sip:a@b:port", "sip:a@b c"] {
            assert_eq!(Uri::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_party_has_its_number_bare() {
        let uri = Uri::parse("sip:%2B33123456789;npdi;rn=+3399@x;user=phone").unwrap();
        assert_eq!(uri.party(None).user, "+33123456789");
        let uri = Uri::parse("tel:0123456789;phone-context=+33").unwrap();
        assert_eq!(uri.party(None).user, "0123456789");
    }

    #[test]
    fn names_in_quotes_may_hold_anything() {
        let address =
            Address::parse(r#""Smith, \"Al\" <x>" <sip:al@x.example;lr>;tag=77;x="a;b""#).unwrap();
        assert_eq!(address.name.as_deref(), Some(r#"Smith, "Al" <x>"#));
        assert_eq!(address.tag(), Some("77"));
        assert_eq!(address.uri.host, "x.example");
        assert_eq!(Address::parse(&address.to_string()).unwrap(), address);
        let bare = Address::parse("sip:a@b;tag=1").unwrap();
        assert_eq!((bare.tag(), bare.uri.to_string().as_str()), (Some("1"), "sip:a@b"));
    }

    #[test]
    fn headers_of_a_uri_are_decoded() {
        let uri = Uri::parse("sip:c@d?Replaces=12%40x%3Bto-tag%3Da&X=1").unwrap();
        assert_eq!(uri.header("replaces").as_deref(), Some("12@x;to-tag=a"));
    }

    #[test]
    fn a_via_tells_where_answers_go() {
        let via = Via::parse("SIP/2.0/UDP [::1]:5070;branch=z9hG4bKx;rport").unwrap();
        assert_eq!((via.host.as_str(), via.port), ("[::1]", Some(5070)));
        assert_eq!(via.branch(), Some("z9hG4bKx"));
        assert_eq!(via.params.get("rport"), Some(""));
        assert_eq!(Via::parse("SIP/2.0/UDP"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in ".{0,80}", uri in "sips?:[ -~]{0,60}") {
            let _ = (Address::parse(&text), Uri::parse(&text), Via::parse(&text));
            let _ = (Address::parse(&uri), Uri::parse(&uri).map(|uri| uri.party(None)));
        }
    }
}
