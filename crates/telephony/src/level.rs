//! How loud sound is: enough to be heard, or no more than the noise of a quiet line.

/// Below this a frame holds nobody: 42 dB under a full scale of 32,768, in root mean square. Speech has
/// 26 dB under full scale in the mean, and what lies 15.9 dB under the mean of speech is a pause of it
/// (ITU-T P.56).
const HEARD_RMS: i64 = 260;

/// Whether somebody can be heard in a frame.
pub fn is_heard(frame: &[i16]) -> bool {
    let energy: i64 = frame.iter().map(|sample| i64::from(*sample).pow(2)).sum();
    !frame.is_empty() && energy >= HEARD_RMS.pow(2) * frame.len() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FRAME, g711, media::Law};

    /// A tone so many decibels under full scale, as it comes out of G.711.
    fn tone(db: f64, hz: f64) -> Vec<i16> {
        let most = 32_768.0 * 10_f64.powf(-db / 20.0) * 2_f64.sqrt();
        let sample = |n: usize| most * (n as f64 * hz * std::f64::consts::TAU / 8_000.0).sin();
        let coded = |n| {
            let byte = g711::encode_sample(Law::A, sample(n) as i16);
            g711::decode_byte(Law::A, byte)
        };
        (0..FRAME).map(coded).collect()
    }

    #[test]
    fn speech_is_heard_and_the_noise_of_a_line_is_not() {
        for (db, heard) in [(3.1, true), (26.0, true), (40.0, true), (44.0, false), (60.0, false)] {
            for hz in [300.0, 1_000.0, 3_000.0] {
                assert_eq!(is_heard(&tone(db, hz)), heard, "{db} dB under full scale, {hz} Hz");
            }
        }
        let nothing: [(&[i16], &str); 4] = [
            (&[0; FRAME], "digital silence"),
            (&[8; FRAME], "the least that A-law says"),
            (&[-8; FRAME], "the same below"),
            (&[], "nothing at all"),
        ];
        for (frame, what) in nothing {
            assert!(!is_heard(frame), "{what}");
        }
    }
}
