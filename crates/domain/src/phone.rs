//! Telephone numbers in E.164 form.

use std::{fmt, str::FromStr};

/// A number in E.164 form, such as `+33142345678`. Whoever holds one need not check it again.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// A text that should have been a number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: expected E.164 with its country code, such as +33142345678")]
pub struct PhoneNumberError {
    what: &'static str,
}

impl PhoneNumber {
    /// The number with its plus sign.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneNumberError;

    /// Accepts the usual separators (space, point, hyphen, brackets) and drops them.
    ///
    /// E.164 allows up to 15 digits after the plus sign; country codes never begin with 0. The
    /// shortest subscriber numbers in use have 7 digits with their country code.
    fn from_str(text: &str) -> Result<Self, PhoneNumberError> {
        let fail = |what| Err(PhoneNumberError { what });
        let Some(rest) = text.trim().strip_prefix('+') else {
            return fail("the number does not begin with +");
        };
        let mut number = String::with_capacity(16);
        number.push('+');
        for c in rest.chars() {
            match c {
                '0'..='9' => number.push(c),
                ' ' | '\u{a0}' | '.' | '-' | '(' | ')' | '/' => {}
                _ => return fail("the number holds something other than digits"),
            }
            if number.len() > 16 {
                return fail("the number has more than 15 digits");
            }
        }
        match number.as_bytes().get(1) {
            Some(b'0') => fail("a country code never begins with 0"),
            Some(_) if number.len() >= 8 => Ok(Self(number)),
            _ => fail("the number has fewer than 7 digits"),
        }
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = PhoneNumberError;

    fn try_from(text: String) -> Result<Self, PhoneNumberError> {
        text.parse()
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    /// Never the number itself: it is personal data, and logs are read by many.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(<redacted>)")
    }
}
