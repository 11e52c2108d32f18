//! Sound that callers hear, ready to be sent.
//!
//! A [`Prompt`] is uploaded ([`decode`]), spoken ([`speak`]) or made here ([`crate::tone`]). All are
//! ready in both laws before a call begins, so that nothing is decoded while it goes on.

mod decode;
mod speak;

use std::time::Duration;

use domain::PromptId;

use crate::{RATE, g711, media::Law};

pub use decode::{FILE_MAX, SECONDS_MAX, decode};
pub use speak::{TEXT_MAX, can_speak, speak};

/// Why there is no prompt.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// The file.
    #[error("the file has {0} bytes, and {FILE_MAX} are allowed; save it as MP3, or shorten it")]
    TooLarge(usize),
    /// The sound.
    #[error(
        "the sound is longer than {SECONDS_MAX} s; shorten it, music on hold repeats by itself"
    )]
    TooLong,
    /// Not a format we know, or broken.
    #[error("the file cannot be read: {0}; save it as WAV, MP3, Ogg Vorbis or FLAC and try again")]
    Unreadable(String),
    /// Nothing in it.
    #[error("there is no sound in it; choose another file or write a text")]
    NoSound,
    /// The text.
    #[error("the text has {0} bytes, and {TEXT_MAX} are allowed; split it into two prompts")]
    TextTooLong(usize),
    /// Not a language or voice of espeak-ng.
    #[error("there is no voice {0}; name a language such as fr or en-gb")]
    Voice(String),
    /// The program is missing.
    #[error(
        "text cannot be spoken here: install espeak-ng (Debian: apt-get install espeak-ng), or upload a recording"
    )]
    NoSpeech(#[source] std::io::Error),
    /// It did not end.
    #[error("espeak-ng did not finish within {0:?}; try again, or upload a recording")]
    SpeechHangs(Duration),
}

/// A prompt in both laws, so that nothing is converted while a call goes on.
#[derive(Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Which one.
    pub id: PromptId,
    /// Mu-law bytes, 8,000 a second.
    pub mu: Box<[u8]>,
    /// A-law bytes, as many.
    pub a: Box<[u8]>,
}

impl Prompt {
    /// Of samples, 8,000 a second.
    pub fn of_samples(id: PromptId, samples: &[i16]) -> Self {
        let encoded =
            |law| samples.iter().map(|sample| g711::encode_sample(law, *sample)).collect();
        Self { id, mu: encoded(Law::Mu), a: encoded(Law::A) }
    }

    /// How long it plays.
    pub fn length(&self) -> Duration {
        Duration::from_micros(self.mu.len() as u64 * 1_000_000 / u64::from(RATE))
    }
}

impl std::fmt::Debug for Prompt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prompt({}, {:?})", self.id, self.length())
    }
}
