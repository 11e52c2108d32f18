//! Sound as ITU-T G.711 carries it: eight bits a sample, mu-law or A-law.
//!
//! Samples are 16 bits, linear; mu-law keeps 14 of them and A-law 12, as the reference code of ITU-T
//! G.191 reads them. Decoding and encoding are one look-up each, in tables that are computed while
//! compiling: half a kilobyte to decode, 16 KiB (mu) and 4 KiB (A) to encode.

use crate::media::Law;

/// What stands for silence in each law.
pub const fn silence(law: Law) -> u8 {
    match law {
        Law::Mu => 0xff,
        Law::A => 0xd5,
    }
}

static MU_DECODE: [i16; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = expand_mu(at as u8);
        at += 1;
    }
    table
};

static A_DECODE: [i16; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = expand_a(at as u8);
        at += 1;
    }
    table
};

/// Indexed by the upper 14 bits of a sample.
static MU_ENCODE: [u8; 1 << 14] = {
    let mut table = [0; 1 << 14];
    let mut at = 0;
    while at < 1 << 14 {
        table[at] = compress_mu(((at as u16) << 2) as i16);
        at += 1;
    }
    table
};

/// Indexed by the upper 12 bits of a sample.
static A_ENCODE: [u8; 1 << 12] = {
    let mut table = [0; 1 << 12];
    let mut at = 0;
    while at < 1 << 12 {
        table[at] = compress_a(((at as u16) << 4) as i16);
        at += 1;
    }
    table
};

/// One byte of mu-law as a sample, up to ±32,124.
const fn expand_mu(byte: u8) -> i16 {
    let bits = !byte;
    let segment = (bits >> 4) & 7;
    let step = (bits & 15) as i16;
    // Every value carries the bias of 33 quarter steps (132 in 16 bits), taken off at the end.
    let magnitude = (((step << 3) + 132) << segment) - 132;
    if bits & 0x80 == 0 { magnitude } else { -magnitude }
}

/// One sample as a byte of mu-law. Louder than 32,635 is clipped.
const fn compress_mu(sample: i16) -> u8 {
    let negative = sample < 0;
    let magnitude = (if negative { !sample } else { sample }) as u16 >> 2;
    let biased = if magnitude + 33 > 0x1fff { 0x1fff } else { magnitude + 33 };
    // 33 has its highest bit at 5, which is segment 0.
    let segment = 10 - biased.leading_zeros() as u16;
    let step = (biased >> (segment + 1)) & 15;
    let bits = (segment << 4 | step) as u8;
    if negative { !(bits | 0x80) } else { !bits }
}

/// One byte of A-law as a sample, up to ±32,256.
const fn expand_a(byte: u8) -> i16 {
    let bits = byte ^ 0x55;
    let segment = (bits >> 4) & 7;
    let step = (bits & 15) as i16;
    let magnitude = match segment {
        0 => (step << 4) + 8,
        _ => ((step << 4) + 0x108) << (segment - 1),
    };
    if bits & 0x80 != 0 { magnitude } else { -magnitude }
}

/// One sample as a byte of A-law.
const fn compress_a(sample: i16) -> u8 {
    let negative = sample < 0;
    let magnitude = (if negative { !sample } else { sample }) as u16 >> 4;
    let bits = if magnitude < 32 {
        magnitude
    } else {
        let segment = 12 - magnitude.leading_zeros() as u16;
        segment << 4 | ((magnitude >> (segment - 1)) & 15)
    } as u8;
    (if negative { bits } else { bits | 0x80 }) ^ 0x55
}

/// A byte as a sample.
pub fn decode_byte(law: Law, byte: u8) -> i16 {
    match law {
        Law::Mu => MU_DECODE[usize::from(byte)],
        Law::A => A_DECODE[usize::from(byte)],
    }
}

/// A sample as a byte.
pub fn encode_sample(law: Law, sample: i16) -> u8 {
    let bits = sample as u16;
    match law {
        Law::Mu => MU_ENCODE[usize::from(bits >> 2)],
        Law::A => A_ENCODE[usize::from(bits >> 4)],
    }
}

/// Decodes as many bytes as there is room for.
pub fn decode(law: Law, bytes: &[u8], samples: &mut [i16]) {
    let table = match law {
        Law::Mu => &MU_DECODE,
        Law::A => &A_DECODE,
    };
    for (sample, byte) in samples.iter_mut().zip(bytes) {
        *sample = table[usize::from(*byte)];
    }
}

/// Encodes as many samples as there is room for.
pub fn encode(law: Law, samples: &[i16], bytes: &mut [u8]) {
    for (byte, sample) in bytes.iter_mut().zip(samples) {
        *byte = encode_sample(law, *sample);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One period of 1 kHz at 0 dBm0, G.711 tables 5 and 6.
    const MILLIWATT_A: [u8; 8] = [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4];
    const MILLIWATT_MU: [u8; 8] = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e];

    #[test]
    fn decoder_outputs_of_the_recommendation() {
        // Tables 1 and 2 of G.711, values scaled to 16 bits: mu-law by 4, A-law by 8.
        for (law, byte, want) in [
            (Law::Mu, 0x80, 8031 * 4),
            (Law::Mu, 0x8f, 4191 * 4),
            (Law::Mu, 0x9f, 2079 * 4),
            (Law::Mu, 0xaf, 1023 * 4),
            (Law::Mu, 0xbf, 495 * 4),
            (Law::Mu, 0xcf, 231 * 4),
            (Law::Mu, 0xdf, 99 * 4),
            (Law::Mu, 0xef, 33 * 4),
            (Law::Mu, 0xfe, 2 * 4),
            (Law::Mu, 0xff, 0),
            (Law::Mu, 0x00, -8031 * 4),
            (Law::A, 0xd5, 8),
            (Law::A, 0xaa, 4032 * 8),
            (Law::A, 0x2a, -4032 * 8),
        ] {
            let want = i16::try_from(want).unwrap();
            assert_eq!(decode_byte(law, byte), want, "{law:?} {byte:#x}");
        }
    }

    #[test]
    fn every_byte_survives_and_every_sample_is_near() {
        for law in [Law::Mu, Law::A] {
            for byte in 0..=255 {
                let back = encode_sample(law, decode_byte(law, byte));
                // Mu-law has two zeros, and writes the positive one.
                let want = if law == Law::Mu && byte == 0x7f { 0xff } else { byte };
                assert_eq!(back, want, "{law:?} {byte:#x}");
            }
            let mut before = i16::MIN;
            for sample in i16::MIN..=i16::MAX {
                let heard = decode_byte(law, encode_sample(law, sample));
                assert!(heard >= before, "{law:?} falls at {sample}");
                before = heard;
                // Sixteen steps in each doubling: half a step is a thirty-second, and then clipping.
                let error = (i32::from(heard) - i32::from(sample)).abs();
                let allowed = (i32::from(sample).abs() + 132) / 32 + 4;
                let clipped = i32::from(sample).abs() > 32_124;
                assert!(error <= allowed || clipped, "{law:?} {sample} is heard as {heard}");
            }
        }
    }

    #[test]
    fn the_digital_milliwatt_has_its_level_in_both_laws() {
        // Full scale is 3.14 dBm0 in A-law and 3.17 dBm0 in mu-law (G.711, section 4).
        for (law, wave, peak, above) in
            [(Law::A, MILLIWATT_A, 4096.0 * 8.0, 314), (Law::Mu, MILLIWATT_MU, 8159.0 * 4.0, 317)]
        {
            let power: f64 =
                wave.iter().map(|byte| f64::from(decode_byte(law, *byte)).powi(2)).sum::<f64>();
            let rms = (power / 8.0).sqrt();
            let want = peak / 2f64.sqrt() / 10f64.powf(f64::from(above) / 2_000.0);
            assert!((rms / want - 1.0).abs() < 0.01, "{law:?}: {rms} instead of {want}");
        }
    }

    #[test]
    fn silence_is_silent() {
        for law in [Law::Mu, Law::A] {
            assert_eq!(silence(law), encode_sample(law, 0));
            assert!(decode_byte(law, silence(law)).abs() <= 8);
        }
    }
}
