//! Uploaded sound as a prompt: decoded, brought to one channel and 8 kHz, and to an even loudness.

use std::{io::Cursor, panic::catch_unwind};

use domain::PromptId;
use rubato::{Fft, FixedSync, Resampler, audioadapter_buffers::owned::InterleavedOwned};
use symphonia::core::{
    codecs::audio::AudioDecoderOptions,
    errors::Error,
    formats::{FormatOptions, TrackType, probe::Hint},
    io::MediaSourceStream,
    meta::MetadataOptions,
};

use super::{Prompt, PromptError};
use crate::RATE;

/// The largest file: half an hour of MP3 at 128 kbit/s is 29 MB.
pub const FILE_MAX: usize = 32 * 1024 * 1024;

/// The longest prompt, in seconds. Music on hold repeats anyway.
pub const SECONDS_MAX: usize = 600;

/// Rates that microphones and editors use; others are a broken header.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;

/// Where the loud parts of a prompt shall lie: -16 dBm0 (RMS of 1,860), the loudness of a person on
/// the telephone.
const LOUDNESS: f64 = 1_860.0;

/// What is made louder is mostly noise beyond 20 dB.
const GAIN_MAX: f64 = 10.0;

/// No peak above this: 1 dB under the loudest sample of both laws.
const PEAK_MAX: f64 = 28_600.0;

/// Decodes a WAV, MP3, Ogg Vorbis, FLAC or M4A file.
pub fn decode(id: PromptId, file: &[u8]) -> Result<Prompt, PromptError> {
    if file.len() > FILE_MAX {
        return Err(PromptError::TooLarge(file.len()));
    }
    // The decoders panic on some broken files where numbers are checked for overflow (a WAV whose
    // header multiplies to more than 32 bits, symphonia 0.6.1): that is the file's fault as well.
    let (sound, rate) = catch_unwind(|| read(file))
        .unwrap_or_else(|_| Err(PromptError::Unreadable("its decoder gave up on it".to_owned())))?;
    let sound = resample(sound, rate)?;
    Ok(Prompt::of_samples(id, &level(&sound)))
}

/// One channel, as it was sampled.
fn read(file: &[u8]) -> Result<(Vec<f32>, u32), PromptError> {
    let unreadable = |fault: Error| PromptError::Unreadable(fault.to_string());
    let source = MediaSourceStream::new(Box::new(Cursor::new(file)), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), source, FormatOptions::default(), MetadataOptions::default())
        .map_err(unreadable)?;
    let track = format.default_track(TrackType::Audio).ok_or(PromptError::NoSound)?;
    let id = track.id;
    let parameters = track.codec_params.as_ref().and_then(|params| params.audio());
    let parameters = parameters.ok_or(PromptError::NoSound)?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(unreadable)?;
    let mut sound: Vec<f32> = Vec::new();
    let mut rate = None;
    let mut interleaved: Vec<f32> = Vec::new();
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            // A second stream behind the first is not what somebody meant to upload.
            Ok(None) | Err(Error::ResetRequired) => break,
            // The end is cut off: what came before it is still a prompt.
            Err(Error::IoError(_)) if !sound.is_empty() => break,
            Err(fault) => return Err(unreadable(fault)),
        };
        if packet.track_id != id {
            continue;
        }
        let decoded = match decoder.decode(&packet) {
            Ok(decoded) => decoded,
            // One bad packet is a click, and not worth refusing the whole.
            Err(Error::DecodeError(_) | Error::IoError(_)) => continue,
            Err(fault) => return Err(unreadable(fault)),
        };
        let here = decoded.spec().rate();
        let channels = decoded.spec().channels().count();
        if !RATES.contains(&here) || *rate.get_or_insert(here) != here || channels == 0 {
            return Err(PromptError::Unreadable(format!(
                "its sample rate of {here} Hz changes or is absurd"
            )));
        }
        decoded.copy_to_vec_interleaved(&mut interleaved);
        let share = 1.0 / channels as f32;
        sound.extend(interleaved.chunks_exact(channels).map(|all| all.iter().sum::<f32>() * share));
        if sound.len() > SECONDS_MAX * here as usize {
            return Err(PromptError::TooLong);
        }
    }
    match rate {
        Some(rate) if !sound.is_empty() => Ok((sound, rate)),
        _ => Err(PromptError::NoSound),
    }
}

fn resample(sound: Vec<f32>, rate: u32) -> Result<Vec<f32>, PromptError> {
    if rate == RATE {
        return Ok(sound);
    }
    let broken =
        |fault: String| PromptError::Unreadable(format!("it cannot be resampled: {fault}"));
    let mut resampler = Fft::<f32>::new(rate as usize, RATE as usize, 1_024, 1, FixedSync::Both)
        .map_err(|fault| broken(fault.to_string()))?;
    let frames = sound.len();
    let sound = InterleavedOwned::new_from(sound, 1, frames).map_err(|f| broken(f.to_string()))?;
    let out = resampler.process_all(&sound, frames, None).map_err(|f| broken(f.to_string()))?;
    Ok(out.take_data())
}

/// Brings the loud parts (the upper half of its 20 ms pieces by energy) to a telephone's loudness.
fn level(sound: &[f32]) -> Vec<i16> {
    // Whatever is not a number is silence.
    let wide: Vec<f64> = sound
        .iter()
        .map(|sample| if sample.is_finite() { f64::from(*sample) * 32_768.0 } else { 0.0 })
        .collect();
    let mut energies: Vec<f64> = wide
        .chunks(crate::FRAME)
        .map(|piece| piece.iter().map(|sample| sample * sample).sum::<f64>() / piece.len() as f64)
        .collect();
    energies.sort_by(f64::total_cmp);
    let loud = &energies[energies.len() / 2..];
    let rms = (loud.iter().sum::<f64>() / loud.len().max(1) as f64).sqrt();
    let peak = wide.iter().fold(1.0f64, |peak, sample| peak.max(sample.abs()));
    let gain = (LOUDNESS / rms.max(1.0)).min(GAIN_MAX).min(PEAK_MAX / peak);
    wide.iter().map(|sample| (sample * gain).clamp(-32_768.0, 32_767.0) as i16).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        g711,
        media::Law,
        tone::{recognise, strength},
    };

    /// A WAV of 16 bits with the same tone in all channels.
    fn wav(rate: u32, channels: u16, hz: f64, ms: u32, peak: f64) -> Vec<u8> {
        let frames = rate / 1_000 * ms + rate % 1_000 * ms / 1_000;
        let bytes = frames * u32::from(channels) * 2;
        let mut file = Vec::new();
        file.extend(b"RIFF");
        file.extend((bytes + 36).to_le_bytes());
        file.extend(b"WAVEfmt ");
        file.extend(16u32.to_le_bytes());
        file.extend(1u16.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend((rate * u32::from(channels) * 2).to_le_bytes());
        file.extend((channels * 2).to_le_bytes());
        file.extend(16u16.to_le_bytes());
        file.extend(b"data");
        file.extend(bytes.to_le_bytes());
        for at in 0..frames {
            let phase = std::f64::consts::TAU * hz * f64::from(at) / f64::from(rate);
            for _ in 0..channels {
                file.extend(((phase.sin() * peak) as i16).to_le_bytes());
            }
        }
        file
    }

    fn heard(prompt: &Prompt, law: Law) -> Vec<i16> {
        let bytes = if law == Law::Mu { &prompt.mu } else { &prompt.a };
        bytes.iter().map(|byte| g711::decode_byte(law, *byte)).collect()
    }

    #[test]
    fn any_rate_and_channels_become_a_prompt_of_the_same_tone_length_and_loudness() {
        for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000] {
            for (channels, peak) in [(1, 300.0), (2, 32_000.0)] {
                let prompt =
                    decode(PromptId::from_u128(1), &wav(rate, channels, 600.0, 2_000, peak));
                let prompt = prompt.unwrap();
                let length = prompt.length().as_millis();
                assert!((1_980..=2_020).contains(&length), "{rate}: {length} ms");
                for law in [Law::Mu, Law::A] {
                    let sound = heard(&prompt, law);
                    let middle = &sound[4_000..12_000];
                    assert_eq!(recognise(middle, &[300.0, 600.0, 1_200.0]), Some(600.0), "{rate}");
                    // An RMS of 1,860 is a peak of 2,630.
                    let found = strength(middle, 600.0);
                    assert!((2_500.0..2_760.0).contains(&found), "{rate} {peak}: {found}");
                }
            }
        }
    }

    #[test]
    fn what_a_telephone_cannot_carry_does_not_fold_into_what_it_can() {
        let prompt =
            decode(PromptId::from_u128(1), &wav(44_100, 1, 7_000.0, 1_000, 20_000.0)).unwrap();
        let folded = strength(&heard(&prompt, Law::Mu)[1_000..7_000], 1_000.0);
        assert!(folded < 100.0, "{folded}");
    }

    #[test]
    fn faults_say_what_to_do() {
        let id = PromptId::from_u128(1);
        for (file, wanted) in [
            (b"no sound at all".to_vec(), "WAV"),
            (Vec::new(), "WAV"),
            (wav(8_000, 1, 600.0, 0, 1.0), "no sound"),
            (wav(8_000, 1, 600.0, 601_000, 1.0), "shorten"),
            (vec![0; FILE_MAX + 1], "MP3"),
        ] {
            let fault = decode(id, &file).unwrap_err().to_string();
            assert!(fault.contains(wanted), "{fault}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_changed_file_is_read_or_refused(
            changes in prop::collection::vec((0usize..2_000, any::<u8>()), 1..20),
        ) {
            let mut file = wav(16_000, 2, 500.0, 30, 9_000.0);
            for (at, byte) in changes {
                let length = file.len();
                file[at % length] = byte;
            }
            let _ = decode(PromptId::from_u128(1), &file);
        }
    }
}
