//! Tones: those that callers know, a melody to wait by, and ears that tell one tone from another.
//!
//! Everything is made here, so that no sound of somebody else's is needed. The ears are Goertzel
//! filters; tests listen with them.

use std::f64::consts::TAU;

use crate::RATE;

/// Which country's tones a caller expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// 425 Hz, as ETSI TR 101 041 lists it for most of Europe.
    Europe,
    /// Pairs of 350, 440, 480 and 620 Hz, the precise tone plan.
    NorthAmerica,
}

/// Peak of each partial of a tone: about -18 dBm0.
const LOUDNESS: f64 = 4_000.0;

/// One turn of a cadence: sound, then silence.
fn cadence(partials: &[f64], on_ms: usize, off_ms: usize) -> Vec<i16> {
    let mut samples = mixed(partials, on_ms);
    samples.resize(samples.len() + off_ms * 8, 0);
    samples
}

fn mixed(partials: &[f64], ms: usize) -> Vec<i16> {
    let wave = |at: usize| {
        let sum: f64 =
            partials.iter().map(|hz| (TAU * hz * at as f64 / f64::from(RATE)).sin()).sum();
        (sum * LOUDNESS) as i16
    };
    (0..ms * 8).map(wave).collect()
}

/// A plain tone.
pub fn sine(hz: f64, ms: usize) -> Vec<i16> {
    mixed(&[hz], ms)
}

/// The other side rings. One turn, to be repeated.
pub fn ringback(plan: Plan) -> Vec<i16> {
    match plan {
        Plan::Europe => cadence(&[425.0], 1_000, 4_000),
        Plan::NorthAmerica => cadence(&[440.0, 480.0], 2_000, 4_000),
    }
}

/// The other side is busy. One turn, to be repeated.
pub fn busy(plan: Plan) -> Vec<i16> {
    match plan {
        Plan::Europe => cadence(&[425.0], 500, 500),
        Plan::NorthAmerica => cadence(&[480.0, 620.0], 500, 500),
    }
}

/// Speak after this one.
pub fn beep() -> Vec<i16> {
    sine(1_000.0, 400)
}

/// Music to wait by: 32 seconds of broken chords, to be repeated without a seam.
pub fn hold_music() -> Vec<i16> {
    /// Semitones above middle C of the chords' three notes, two beats each.
    const CHORDS: [[i32; 3]; 16] = [
        [0, 4, 7],
        [-3, 0, 4],
        [-7, -3, 0],
        [-5, -1, 2],
        [0, 4, 9],
        [-3, 0, 4],
        [-8, -5, -1],
        [-5, -1, 2],
        [-7, -3, 0],
        [-5, -1, 2],
        [-8, -5, -1],
        [-3, 0, 4],
        [-10, -7, -3],
        [-5, -1, 2],
        [0, 4, 7],
        [0, 4, 7],
    ];
    /// Which note of the chord each eighth plays, and how many octaves up.
    const FIGURE: [(usize, i32); 8] =
        [(0, 0), (2, 0), (1, 1), (2, 0), (0, 1), (2, 0), (1, 1), (2, 0)];
    const EIGHTH: usize = RATE as usize / 4;
    let mut sound = vec![0f64; CHORDS.len() * FIGURE.len() * EIGHTH];
    let mut start = 0;
    for chord in CHORDS {
        for (note, octave) in FIGURE {
            let semitones = chord[note] + 12 * octave;
            pluck(&mut sound, start, 261.626 * 2f64.powf(f64::from(semitones) / 12.0));
            start += EIGHTH;
        }
    }
    let peak = sound.iter().fold(1.0, |peak: f64, sample| peak.max(sample.abs()));
    sound.into_iter().map(|sample| (sample / peak * 9_000.0) as i16).collect()
}

/// Adds a plucked note of a second and a half, whose end may fall into the next turn.
fn pluck(sound: &mut [f64], start: usize, hz: f64) {
    let length = sound.len();
    for at in 0..RATE as usize * 3 / 2 {
        let time = at as f64 / f64::from(RATE);
        let envelope = (time / 0.008).min(1.0) * (-time * 3.5).exp();
        let wave = (TAU * hz * time).sin()
            + 0.35 * (TAU * 2.0 * hz * time).sin() * (-time * 3.0).exp()
            + 0.12 * (TAU * 3.0 * hz * time).sin() * (-time * 6.0).exp();
        sound[(start + at) % length] += envelope * wave;
    }
}

/// The peak of the tone `hz` in `samples`, by the Goertzel algorithm.
pub fn strength(samples: &[i16], hz: f64) -> f64 {
    if samples.is_empty() {
        return 0.0;
    }
    let turn = TAU * hz / f64::from(RATE);
    let coefficient = 2.0 * turn.cos();
    let (mut before, mut last) = (0.0, 0.0);
    for sample in samples {
        (before, last) = (last, f64::from(*sample) + coefficient * last - before);
    }
    let power = last * last + before * before - coefficient * last * before;
    2.0 * power.max(0.0).sqrt() / samples.len() as f64
}

/// Which of these tones makes up most of the sound. `None` when it is something else, or nothing.
pub fn recognise(samples: &[i16], tones: &[f64]) -> Option<f64> {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let mean = energy / samples.len().max(1) as f64;
    // Quieter than -55 dBm0 is nothing.
    if mean < 40.0 * 40.0 {
        return None;
    }
    let loudest = tones
        .iter()
        .map(|hz| (*hz, strength(samples, *hz)))
        .max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    (loudest.1.powi(2) / 2.0 > mean * 0.6).then_some(loudest.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cadences_as_the_countries_have_them() {
        let ring = ringback(Plan::Europe);
        assert_eq!(ring.len(), 5 * 8_000);
        assert_eq!(recognise(&ring[..8_000], &[350.0, 425.0, 440.0]), Some(425.0));
        assert_eq!(recognise(&ring[8_000..], &[350.0, 425.0, 440.0]), None);
        let ring = ringback(Plan::NorthAmerica);
        assert_eq!(ring.len(), 6 * 8_000);
        for hz in [440.0, 480.0] {
            assert!((strength(&ring[..8_000], hz) - LOUDNESS).abs() < 20.0);
        }
        assert_eq!(busy(Plan::Europe).len(), 8_000);
    }

    #[test]
    fn an_ear_tells_tones_apart() {
        let sound = sine(600.0, 1_000);
        assert!((strength(&sound, 600.0) - LOUDNESS).abs() < 5.0);
        assert!(strength(&sound, 300.0) < 5.0);
        let both: Vec<i16> = mixed(&[300.0, 600.0], 1_000);
        assert_eq!(recognise(&both, &[300.0, 600.0]), None, "two are not one");
        assert_eq!(recognise(&[], &[300.0]), None);
    }

    #[test]
    fn the_melody_has_no_seam_and_is_neither_loud_nor_silent() {
        let music = hold_music();
        assert_eq!(music.len(), 32 * RATE as usize);
        let peak = music.iter().map(|sample| sample.unsigned_abs()).max();
        assert_eq!(peak, Some(9_000));
        for second in music.chunks(RATE as usize) {
            assert!(second.iter().any(|sample| sample.unsigned_abs() > 2_000));
        }
        let seam = i32::from(music[0]) - i32::from(music[music.len() - 1]);
        assert!(seam.abs() < 2_000, "{seam}");
    }
}
