//! Who hears whom: the sum of what the others say.

use crate::FRAME;

/// One tick of sound.
pub type Frame = [i16; FRAME];

/// A sum in the making. It is wide enough for 65,535 voices at full strength, and limited only when
/// it is taken.
#[derive(Clone)]
pub struct Sum {
    total: [i32; FRAME],
    voices: u32,
}

impl Default for Sum {
    fn default() -> Self {
        Self { total: [0; FRAME], voices: 0 }
    }
}

impl Sum {
    /// Adds a voice.
    pub fn add(&mut self, voice: &[i16]) {
        for (total, sample) in self.total.iter_mut().zip(voice) {
            *total += i32::from(*sample);
        }
        self.voices += 1;
    }

    /// How many were added.
    pub fn voices(&self) -> u32 {
        self.voices
    }

    /// The sum, each sample at its limit where it would pass it.
    pub fn take(&self) -> Frame {
        self.total.map(|sum| sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16)
    }
}

/// What `listener` hears of `others`: everybody once, and never itself, even when it is listed.
/// `voice` gives what somebody says in this tick, or nothing.
pub fn heard<'a, T: PartialEq + 'a>(
    listener: &T,
    others: impl IntoIterator<Item = &'a T>,
    voice: impl Fn(&T) -> Option<&'a Frame>,
) -> Sum {
    let mut sum = Sum::default();
    for other in others {
        if other != listener
            && let Some(frame) = voice(other)
        {
            sum.add(frame);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_conference_is_everybody_without_oneself(
            voices in prop::collection::vec(any::<[i16; 4]>(), 1..12),
            said in prop::collection::vec(any::<bool>(), 12),
        ) {
            let frames: Vec<Frame> = voices
                .iter()
                .map(|four| std::array::from_fn(|at| four[at % 4]))
                .collect();
            let everybody: Vec<usize> = (0..frames.len()).collect();
            for listener in &everybody {
                let sum = heard(listener, &everybody, |other| said[*other].then_some(&frames[*other]));
                let heard = sum.take();
                for at in 0..FRAME {
                    let naive: i64 = everybody
                        .iter()
                        .filter(|other| *other != listener && said[**other])
                        .map(|other| i64::from(frames[*other][at]))
                        .sum();
                    prop_assert_eq!(i64::from(heard[at]), naive.clamp(-32_768, 32_767));
                }
            }
        }
    }

    #[test]
    fn nobody_is_silence() {
        let sum = heard(&1, &[1], |_| panic!("the listener is not asked"));
        assert_eq!((sum.voices(), sum.take()), (0, [0; FRAME]));
    }
}
