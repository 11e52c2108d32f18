//! What simulated people say, as sound: by espeak-ng, or hummed where it is not installed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{Language, PromptId};
use telephony::{
    prompt::{self, Prompt},
    tone,
};
use uuid::Uuid;

/// Sentences kept: there are not so many.
const KEPT_MAX: usize = 1_000;

/// What was spoken: the sentence in its language and voice.
type Spoken = HashMap<(Language, &'static str, &'static str), Arc<Prompt>>;

/// Speaks, and keeps what was spoken.
pub(super) struct Speech {
    speaks: bool,
    spoken: Mutex<Spoken>,
}

impl Speech {
    pub(super) async fn new() -> Self {
        let speaks = prompt::can_speak().await;
        if !speaks {
            tracing::info!("espeak-ng is not installed: the simulated callers hum");
        }
        Self { speaks, spoken: Mutex::default() }
    }

    /// A sentence in a voice.
    pub(super) async fn say(
        &self,
        language: Language,
        voice: &'static str,
        words: &'static str,
    ) -> Arc<Prompt> {
        let key = (language, voice, words);
        let known = self.locked().get(&key).map(Arc::clone);
        if let Some(known) = known {
            return known;
        }
        let id = PromptId::from_uuid(Uuid::now_v7());
        let made = match self.speaks {
            true => prompt::speak(id, words, language.code(), Some(voice)).await.ok(),
            false => None,
        };
        let made = Arc::new(made.unwrap_or_else(|| Prompt::of_samples(id, &hum(voice, words))));
        let mut spoken = self.locked();
        if spoken.len() < KEPT_MAX {
            spoken.insert(key, Arc::clone(&made));
        }
        made
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Spoken> {
        self.spoken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A sentence hummed: a tone for each word, as long as the word, that goes down towards the end.
fn hum(voice: &str, words: &str) -> Vec<i16> {
    let low = if voice.starts_with('f') { 220.0 } else { 130.0 };
    let all = words.split_whitespace().count().max(1);
    let mut sound = Vec::new();
    for (n, word) in words.split_whitespace().enumerate() {
        let hz = low * (1.3 - 0.3 * n as f64 / all as f64);
        sound.extend(tone::sine(hz, 60 * word.chars().count().min(12)));
        sound.extend(std::iter::repeat_n(0, 8 * 90));
    }
    sound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hummed_sentence_is_as_long_as_its_words() {
        let long = hum("f2", "Could you hold my room until nine?").len();
        let short = hum("f2", "Hello?").len();
        assert!(long > 4 * short && short > 8 * 300, "{short} {long}");
    }
}
