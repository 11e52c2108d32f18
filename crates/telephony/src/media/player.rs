//! What plays to a leg.

use super::{Law, Play};
use crate::{FRAME, g711, mix::Frame};

/// Plays prompts one after the other.
#[derive(Debug)]
pub struct Player {
    play: Play,
    prompt: usize,
    at: usize,
}

impl Player {
    /// From the beginning.
    pub fn new(play: Play) -> Self {
        Self { play, prompt: 0, at: 0 }
    }

    /// Named in [`super::MediaEvent::PlayEnded`].
    pub fn id(&self) -> u64 {
        self.play.id
    }

    /// Whether a digit ends it.
    pub fn stops_on_digit(&self) -> bool {
        self.play.stop_on_digit
    }

    /// The next frame; `false` when nothing was left.
    pub fn next(&mut self, frame: &mut Frame) -> bool {
        let mut filled = 0;
        let mut turns = 0;
        while filled < FRAME {
            let Some(prompt) = self.play.prompts.get(self.prompt) else {
                // A list without a single sample would turn for ever.
                turns += 1;
                if !self.play.repeat || turns > 1 && filled == 0 {
                    break;
                }
                (self.prompt, self.at) = (0, 0);
                continue;
            };
            let left = prompt.mu.get(self.at..).unwrap_or_default();
            let count = left.len().min(FRAME - filled);
            g711::decode(Law::Mu, &left[..count], &mut frame[filled..filled + count]);
            filled += count;
            self.at += count;
            if self.at >= prompt.mu.len() {
                (self.prompt, self.at) = (self.prompt + 1, 0);
            }
        }
        frame[filled..].fill(0);
        filled > 0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::PromptId;

    use super::*;
    use crate::prompt::Prompt;

    fn play(lengths: &[usize], repeat: bool) -> Player {
        let prompt = |(n, length): (usize, &usize)| {
            let byte = g711::encode_sample(Law::Mu, 1_000 * (n as i16 + 1));
            let bytes = vec![byte; *length].into_boxed_slice();
            Arc::new(Prompt { id: PromptId::from_u128(n as u128), mu: bytes.clone(), a: bytes })
        };
        let prompts = lengths.iter().enumerate().map(prompt).collect();
        Player::new(Play { id: 1, prompts, repeat, stop_on_digit: false })
    }

    #[test]
    fn prompts_follow_each_other_without_a_gap() {
        let mut player = play(&[200, 0, 50], false);
        let mut heard = Vec::new();
        let mut frame = [0; FRAME];
        while player.next(&mut frame) {
            heard.extend(frame);
        }
        assert_eq!(heard.len(), 320);
        assert!(heard[..200].iter().all(|sample| (900..1_100).contains(sample)));
        assert!(heard[200..250].iter().all(|sample| (2_900..3_100).contains(sample)));
        assert!(heard[250..].iter().all(|sample| *sample == 0));
    }

    #[test]
    fn what_repeats_has_no_end_and_nothing_repeated_is_nothing() {
        let mut frame = [0; FRAME];
        let mut player = play(&[30, 40], true);
        for _ in 0..100 {
            assert!(player.next(&mut frame));
            assert!(frame.iter().all(|sample| *sample > 900), "no gap where it begins anew");
        }
        for lengths in [&[][..], &[0, 0]] {
            assert!(!play(lengths, true).next(&mut frame), "{lengths:?}");
        }
    }
}
