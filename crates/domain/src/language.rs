//! Languages, as BCP 47 primary subtags.

use std::{fmt, str::FromStr};

/// A language, by its primary subtag of two or three letters (`fr`, `ru`, `en`).
///
/// Regions are dropped: an agent who speaks French is offered `fr-CA` as well.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Language([u8; 3]);

/// A text that should have been a language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a language: expected a BCP 47 tag such as fr or fr-CA")]
pub struct LanguageError(String);

impl Language {
    /// English.
    pub const EN: Self = Self(*b"en\0");
    /// French.
    pub const FR: Self = Self(*b"fr\0");
    /// Russian.
    pub const RU: Self = Self(*b"ru\0");

    /// The subtag.
    pub fn code(&self) -> &str {
        let end = if self.0[2] == 0 { 2 } else { 3 };
        std::str::from_utf8(&self.0[..end]).unwrap_or("und")
    }
}

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Self, LanguageError> {
        let fail = || LanguageError(text.chars().take(32).collect());
        let primary = text.trim().split(['-', '_']).next().unwrap_or_default();
        if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(fail());
        }
        let mut code = [0; 3];
        for (to, from) in code.iter_mut().zip(primary.bytes()) {
            *to = from.to_ascii_lowercase();
        }
        Ok(Self(code))
    }
}

impl TryFrom<String> for Language {
    type Error = LanguageError;

    fn try_from(text: String) -> Result<Self, LanguageError> {
        text.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.code().to_owned()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl<C> minicbor::Encode<C> for Language {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(self.code())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Language {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        d.str()?.parse().map_err(|e| minicbor::decode::Error::custom(e).at(at))
    }
}
