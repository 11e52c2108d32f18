//! Mail addresses.

use std::{fmt, str::FromStr};

/// A mail address, as far as it can be checked without sending a mail; the domain in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// A text that should have been a mail address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: expected a mail address such as anna@example.org")]
pub struct EmailAddressError {
    what: &'static str,
}

impl EmailAddress {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = EmailAddressError;

    /// Lengths from RFC 5321 section 4.5.3.1 (64 octets before the sign, 254 in all); quoted local
    /// parts and address literals are refused, which no mailbox of a person has needed in years.
    fn from_str(text: &str) -> Result<Self, EmailAddressError> {
        let fail = |what| Err(EmailAddressError { what });
        let text = text.trim();
        if text.len() > 254 {
            return fail("the address is longer than 254 octets");
        }
        let Some((local, domain)) = text.rsplit_once('@') else {
            return fail("the address has no @");
        };
        let bad_local = |c: char| {
            c.is_whitespace()
                || c.is_control()
                || matches!(
                    c,
                    '@' | '"' | '(' | ')' | ',' | ':' | ';' | '<' | '>' | '[' | ']' | '\\'
                )
        };
        if local.is_empty() || local.len() > 64 || local.contains(bad_local) {
            return fail("the part before @ is empty, too long or holds a forbidden sign");
        }
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return fail("the part before @ has a misplaced point");
        }
        let label_ok = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c == '-' || c.is_alphanumeric())
        };
        if !domain.contains('.') || !domain.split('.').all(label_ok) {
            return fail("the part after @ is not a host name");
        }
        Ok(Self(format!("{local}@{}", domain.to_lowercase())))
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailAddressError;

    fn try_from(text: String) -> Result<Self, EmailAddressError> {
        text.parse()
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EmailAddress {
    /// Never the address itself: it is personal data, and logs are read by many.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(<redacted>)")
    }
}
