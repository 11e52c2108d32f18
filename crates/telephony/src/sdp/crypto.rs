//! Keys of SRTP as descriptions carry them (RFC 4568).

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

use crate::media::SrtpKey;

/// A key is refused that would be worn out sooner: 2^20 packets are almost six hours at 20 ms each.
const LIFETIME_MIN: u64 = 1 << 20;
/// No key may protect more packets (RFC 3711, section 9.2).
const LIFETIME_MAX: u64 = 1 << 48;

/// An `a=crypto` line with a suite that we know: AES_CM_128_HMAC_SHA1_80 or _32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crypto {
    /// Names the line; an answer repeats that of the line it takes.
    pub tag: u32,
    /// Key, salt and length of the authentication tag.
    pub key: SrtpKey,
    /// How many packets the key protects, if said.
    pub lifetime: Option<Lifetime>,
    /// The key's name in each packet, if it has one.
    pub mki: Option<Mki>,
    /// What else the line asks, as written: `KDR=1`, `UNENCRYPTED_SRTP`.
    pub parameters: Vec<String>,
}

/// For how many packets a key may be used, in the form it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// `2^20`.
    Power(u8),
    /// `1048576`.
    Packets(u64),
}

impl Lifetime {
    /// In packets; more than can be counted is the largest number.
    pub fn packets(self) -> u64 {
        match self {
            Self::Power(power) => 1u64.checked_shl(u32::from(power)).unwrap_or(u64::MAX),
            Self::Packets(packets) => packets,
        }
    }
}

/// A master key identifier: its value, and its length in each packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mki {
    /// Value.
    pub value: u64,
    /// Bytes, 1 to 128.
    pub length: u8,
}

impl Crypto {
    /// Reads what stands after `a=crypto:`. `None` for suites that we do not know, for several keys
    /// in one line, and for lines that make no sense: such a line is not taken.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let mut parts = value.split_whitespace();
        let tag = parts.next()?;
        if tag.is_empty() || tag.len() > 9 || !tag.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let short_tag = match parts.next()?.to_ascii_uppercase().as_str() {
            "AES_CM_128_HMAC_SHA1_80" => false,
            "AES_CM_128_HMAC_SHA1_32" => true,
            _ => return None,
        };
        let (method, key) = parts.next()?.split_once(':')?;
        if !method.eq_ignore_ascii_case("inline") || key.contains(';') {
            return None;
        }
        let mut fields = key.split('|');
        let bytes = STANDARD_NO_PAD.decode(fields.next()?.trim_end_matches('=')).ok()?;
        let key = SrtpKey { key_and_salt: bytes.try_into().ok()?, short_tag };
        let (mut lifetime, mut mki) = (None, None);
        for field in fields {
            // Both are optional; a colon tells them apart.
            match field.split_once(':') {
                Some((value, length)) if mki.is_none() => {
                    let length = length.parse().ok().filter(|length| (1..=128).contains(length))?;
                    mki = Some(Mki { value: value.parse().ok()?, length });
                }
                None if lifetime.is_none() && mki.is_none() => {
                    lifetime = Some(match field.split_once('^') {
                        Some(("2", power)) => Lifetime::Power(power.parse().ok()?),
                        Some(_) => return None,
                        None => Lifetime::Packets(field.parse().ok()?),
                    });
                }
                _ => return None,
            }
        }
        let parameters = parts.map(str::to_owned).collect();
        Some(Self { tag: tag.parse().ok()?, key, lifetime, mki, parameters })
    }

    /// What stands after `a=crypto:`.
    pub(super) fn write(&self) -> String {
        let bits = if self.key.short_tag { 32 } else { 80 };
        let key = STANDARD_NO_PAD.encode(self.key.key_and_salt);
        let mut line = format!("{} AES_CM_128_HMAC_SHA1_{bits} inline:{key}", self.tag);
        match self.lifetime {
            None => {}
            Some(Lifetime::Power(power)) => line.push_str(&format!("|2^{power}")),
            Some(Lifetime::Packets(packets)) => line.push_str(&format!("|{packets}")),
        }
        if let Some(Mki { value, length }) = self.mki {
            line.push_str(&format!("|{value}:{length}"));
        }
        for parameter in &self.parameters {
            line.push(' ');
            line.push_str(parameter);
        }
        line
    }

    /// Whether we can speak so. A key identifier would stand in each packet, where our sound does not
    /// look for it; a parameter that we do not know may not be passed over (RFC 4568, section 6.3.7),
    /// save a hint on the replay window and those marked optional by a dash.
    pub fn is_usable(&self) -> bool {
        let lasts = self
            .lifetime
            .is_none_or(|lifetime| (LIFETIME_MIN..=LIFETIME_MAX).contains(&lifetime.packets()));
        let known = |parameter: &String| {
            parameter.starts_with('-') || parameter.to_ascii_uppercase().starts_with("WSH=")
        };
        lasts && self.mki.is_none() && self.parameters.iter().all(known)
    }
}
