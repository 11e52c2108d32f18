//! Text spoken by espeak-ng, a program of its own that need not be there.

use std::{process::Stdio, time::Duration};

use domain::PromptId;
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

use super::{Prompt, PromptError, decode::decode};

/// The program.
const PROGRAM: &str = "espeak-ng";

/// The longest text; some four minutes.
pub const TEXT_MAX: usize = 4_000;

/// It speaks a hundred times as fast as a person: what takes longer hangs.
const LIMIT: Duration = Duration::from_secs(20);

/// Words a minute. Its default of 175 is hard to follow on a telephone.
const SPEED: &str = "150";

/// Speaks a text. `language` is a tag such as `fr` or `en-GB`, `voice` a variant of it such as `f3`.
/// It takes a part of a second: whoever asks keeps the result.
pub async fn speak(
    id: PromptId,
    text: &str,
    language: &str,
    voice: Option<&str>,
) -> Result<Prompt, PromptError> {
    speak_by(PROGRAM, id, text, language, voice).await
}

/// Whether text can be spoken on this machine.
pub async fn can_speak() -> bool {
    let version = Command::new(PROGRAM)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status();
    matches!(timeout(LIMIT, version).await, Ok(Ok(status)) if status.success())
}

async fn speak_by(
    program: &str,
    id: PromptId,
    text: &str,
    language: &str,
    voice: Option<&str>,
) -> Result<Prompt, PromptError> {
    if text.trim().is_empty() {
        return Err(PromptError::NoSound);
    }
    if text.len() > TEXT_MAX {
        return Err(PromptError::TextTooLong(text.len()));
    }
    // What names a voice is an argument of a program: nothing but a name.
    let plain = |part: &str| {
        let fine = part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        fine && !part.is_empty() && !part.starts_with('-') && part.len() <= 32
    };
    if !plain(language) || voice.is_some_and(|voice| !plain(voice)) {
        return Err(PromptError::Voice(language.to_owned()));
    }
    let language = language.to_ascii_lowercase();
    let voice = match voice {
        Some(variant) => format!("{language}+{variant}"),
        None => language.clone(),
    };
    let mut child = Command::new(program)
        .args(["-v", &voice, "-s", SPEED, "-b", "1", "--stdin", "--stdout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(PromptError::NoSpeech)?;
    let mut input = child.stdin.take();
    let text = text.to_owned();
    let spoken = timeout(LIMIT, async {
        // It reads the whole text before it speaks, so that neither waits for the other.
        if let Some(mut input) = input.take() {
            // It ended early: what it says of that is read below.
            let _ = input.write_all(text.as_bytes()).await;
        }
        child.wait_with_output().await
    });
    let output = match spoken.await {
        Ok(Ok(output)) => output,
        Ok(Err(fault)) => return Err(PromptError::NoSpeech(fault)),
        Err(_) => return Err(PromptError::SpeechHangs(LIMIT)),
    };
    if !output.status.success() || output.stdout.is_empty() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said: String = said.trim().chars().take(200).collect();
        return Err(PromptError::Voice(format!("{voice} ({said})")));
    }
    decode(id, &whole(output.stdout))
}

/// A WAV written into a pipe cannot know its length, and claims two gigabytes: the true lengths are
/// put in.
fn whole(mut wav: Vec<u8>) -> Vec<u8> {
    const DATA: usize = 40;
    let length = u32::try_from(wav.len()).unwrap_or(u32::MAX);
    if wav.len() > DATA + 4 && &wav[36..40] == b"data" {
        wav[4..8].copy_from_slice(&(length - 8).to_le_bytes());
        wav[DATA..DATA + 4].copy_from_slice(&(length - DATA as u32 - 4).to_le_bytes());
    }
    wav
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_text_is_spoken_or_it_is_said_why_not() {
        let id = PromptId::from_u128(1);
        let spoken = speak(id, "Bonjour, vous êtes en ligne.", "fr-FR", None).await;
        if can_speak().await {
            let length = spoken.unwrap().length().as_millis();
            assert!((1_000..5_000).contains(&length), "{length} ms");
            let refused = speak(id, "Hello", "xx-nowhere", None).await;
            assert!(matches!(refused, Err(PromptError::Voice(_))), "{refused:?}");
        } else {
            let refused = spoken.unwrap_err().to_string();
            assert!(refused.contains("install espeak-ng"), "{refused}");
        }
    }

    #[tokio::test]
    async fn what_is_no_name_never_reaches_the_program() {
        let id = PromptId::from_u128(1);
        for (language, voice) in
            [("-w", None), ("fr; rm", None), ("", None), ("fr", Some("../f3")), ("fr", Some("-f"))]
        {
            let refused = speak(id, "Hello", language, voice).await;
            assert!(matches!(refused, Err(PromptError::Voice(_))), "{language} {voice:?}");
        }
        let long = "a".repeat(TEXT_MAX + 1);
        assert!(matches!(speak(id, &long, "fr", None).await, Err(PromptError::TextTooLong(_))));
        assert!(matches!(speak(id, " ", "fr", None).await, Err(PromptError::NoSound)));
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let refused = speak_by("no-such-voice", PromptId::from_u128(1), "Hello", "en", None).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("install espeak-ng"), "{refused}");
    }
}
