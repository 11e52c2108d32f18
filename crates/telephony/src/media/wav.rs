//! The file of a recording: WAV with two channels of mu-law (format tag 7), 57.6 MB an hour.
//!
//! Its lengths stand at the front and are brought up to date every second, so that whatever cuts the
//! writing leaves a file that plays; [`repair`] counts in the last second.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    time::Duration,
};

use super::Law;
use crate::{RATE, g711};

/// Where the sound begins.
pub const HEADER: usize = 58;

/// The most sound in one file: 37 hours. WAV counts in 32 bits, and many readers take the upper one
/// for a sign.
pub const BYTES_MAX: u32 = 0x7fff_0000;

const CHANNELS: u32 = 2;

/// A header for so many bytes of sound.
pub fn header(bytes: u32) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        header[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(b"RIFF");
    put(&(bytes + HEADER as u32 - 8).to_le_bytes());
    put(b"WAVEfmt ");
    put(&18u32.to_le_bytes());
    put(&7u16.to_le_bytes()); // WAVE_FORMAT_MULAW
    put(&(CHANNELS as u16).to_le_bytes());
    put(&RATE.to_le_bytes());
    put(&(RATE * CHANNELS).to_le_bytes()); // bytes in a second
    put(&(CHANNELS as u16).to_le_bytes()); // bytes in a sample of all channels
    put(&8u16.to_le_bytes()); // bits in a sample of one
    put(&0u16.to_le_bytes()); // no further fields
    put(b"fact");
    put(&4u32.to_le_bytes());
    put(&(bytes / CHANNELS).to_le_bytes());
    put(b"data");
    put(&bytes.to_le_bytes());
    header
}

/// How long so many bytes play.
pub fn length(bytes: u64) -> Duration {
    Duration::from_micros(bytes * 1_000_000 / u64::from(RATE * CHANNELS))
}

const SILENCE: [u8; 320] = [g711::silence(Law::Mu); 320];

/// A recording being written.
pub struct Writer {
    file: File,
    bytes: u32,
    buffer: Vec<u8>,
    /// Sound that a failing disk did not take: silence in its place, before what is in the buffer.
    lost: usize,
}

/// Sound that waits for a failing disk: a minute. Then it is given up.
const WAITING_MAX: usize = 1 << 20;

impl Writer {
    /// A new file; it must not exist.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(&header(0))?;
        Ok(Self { file, bytes: 0, buffer: Vec::with_capacity(32_768), lost: 0 })
    }

    /// Adds sound, customer and agents in turn; `false` when the file is as long as it may be.
    pub fn push(&mut self, sound: &[u8]) -> bool {
        let after = self.bytes as usize + self.lost + self.buffer.len() + sound.len();
        if after > BYTES_MAX as usize {
            return false;
        }
        self.buffer.extend_from_slice(sound);
        true
    }

    /// Adds silence.
    pub fn pad(&mut self, bytes: usize) -> bool {
        let mut left = bytes;
        while left > 0 {
            let count = left.min(SILENCE.len());
            if !self.push(&SILENCE[..count]) {
                return false;
            }
            left -= count;
        }
        true
    }

    /// Bytes that are not in the file yet.
    pub fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// Writes what waits, then the lengths. What cannot be written waits on, up to a minute of it.
    pub fn flush(&mut self) -> io::Result<()> {
        let written = self.write();
        if written.is_err() && self.buffer.len() > WAITING_MAX {
            self.lost += self.buffer.len();
            self.buffer.clear();
        }
        written
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(HEADER as u64 + u64::from(self.bytes)))?;
        while self.lost > 0 {
            let count = self.lost.min(SILENCE.len());
            self.file.write_all(&SILENCE[..count])?;
            self.bytes += count as u32;
            self.lost -= count;
        }
        self.file.write_all(&self.buffer)?;
        self.bytes += self.buffer.len() as u32;
        self.buffer.clear();
        self.file.rewind()?;
        self.file.write_all(&header(self.bytes))
    }

    /// Brings it to the disk.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Bytes of sound in the file.
    pub fn bytes(&self) -> u64 {
        u64::from(self.bytes)
    }
}

/// Makes a recording whole that a crash left behind, and returns its length. A file that is whole
/// already is not touched.
pub fn repair(path: &Path) -> io::Result<Duration> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut found = [0; HEADER];
    file.read_exact(&mut found)?;
    let told = u32::from_le_bytes([found[54], found[55], found[56], found[57]]);
    // Our own header for the length that it tells, whatever that is worth.
    if told > BYTES_MAX || found != header(told) {
        let text = format!("{} is not a recording of ours; it was left as it is", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    let whole = file.metadata()?.len() - HEADER as u64;
    let bytes = u32::try_from(whole).unwrap_or(BYTES_MAX).min(BYTES_MAX) / CHANNELS * CHANNELS;
    if u64::from(bytes) != whole || bytes != told {
        file.set_len(HEADER as u64 + u64::from(bytes))?;
        file.rewind()?;
        file.write_all(&header(bytes))?;
        file.sync_all()?;
    }
    Ok(length(u64::from(bytes)))
}

/// The sound of a recording, one sample for each channel and eighth of a millisecond.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// What the customer said.
    pub customer: Vec<i16>,
    /// What the agents' side said.
    pub agents: Vec<i16>,
}

/// A span of a recording in whose place silence is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silenced {
    /// From its start.
    pub from: Duration,
    /// Until, not included.
    pub until: Duration,
    /// What the customer said.
    pub customer: bool,
    /// What the agents' side said.
    pub agents: bool,
}

/// Puts silence in the place of `spans` in a part of a recording's file that begins at byte `offset`
/// of it. Nothing else of the part changes, and its length stays.
pub fn silence(part: &mut [u8], offset: u64, spans: &[Silenced]) {
    // A sample that a span touches is silent, at both ends.
    let frame = |at: Duration, up: u128| {
        let frames = (at.as_nanos() * u128::from(RATE) + up) / 1_000_000_000;
        u64::try_from(frames).unwrap_or(u64::MAX)
    };
    let end = part.len();
    let place = |frame: u64| {
        let byte = frame.saturating_mul(u64::from(CHANNELS)).saturating_add(HEADER as u64);
        usize::try_from(byte.saturating_sub(offset)).unwrap_or(usize::MAX).min(end)
    };
    for span in spans {
        let (from, until) = (place(frame(span.from, 0)), place(frame(span.until, 999_999_999)));
        for (at, byte) in part.iter_mut().enumerate().take(until).skip(from) {
            let of_customer = (offset + at as u64).is_multiple_of(2); // the header has an even length
            if if of_customer { span.customer } else { span.agents } {
                *byte = g711::silence(Law::Mu);
            }
        }
    }
}

/// Reads a recording, also one that is still being written.
pub fn read(path: &Path) -> io::Result<Recorded> {
    read_silenced(path, &[])
}

/// The same with silence in the place of `spans`.
pub fn read_silenced(path: &Path, spans: &[Silenced]) -> io::Result<Recorded> {
    let mut bytes = std::fs::read(path)?;
    silence(&mut bytes, 0, spans);
    if bytes.len() < HEADER || !bytes.starts_with(b"RIFF") || bytes[20..22] != 7u16.to_le_bytes() {
        let text = format!("{} is not a recording of ours", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    let mut recorded = Recorded::default();
    for frame in bytes[HEADER..].chunks_exact(CHANNELS as usize) {
        recorded.customer.push(g711::decode_byte(Law::Mu, frame[0]));
        recorded.agents.push(g711::decode_byte(Law::Mu, frame[1]));
    }
    Ok(recorded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("read.wav");
        let mut writer = Writer::create(&path).unwrap();
        let (loud, soft) = (g711::encode_sample(Law::Mu, 7_932), g711::encode_sample(Law::Mu, -96));
        assert!(writer.push(&[loud, soft, soft, loud]));
        writer.flush().unwrap();
        let read = read(&path).unwrap();
        assert_eq!((read.customer, read.agents), (vec![7_932, -96], vec![-96, 7_932]));
        std::fs::write(&path, b"RIFF and nothing else").unwrap();
        assert!(super::read(&path).is_err());
    }

    #[test]
    fn silence_takes_the_place_of_spans_in_whichever_part_is_read() {
        let mut whole = header(8_000).to_vec();
        whole.extend((0..8_000u32).map(|n| (n % 100) as u8));
        let ms = Duration::from_millis;
        let span = |from, until, customer, agents| Silenced { from, until, customer, agents };
        let spans = [
            span(ms(100), ms(150), true, true),
            span(ms(200), ms(300), true, false),
            span(ms(250), Duration::from_micros(310_001), false, true),
            span(ms(490), ms(9_000), true, true),
        ];
        let mut want = whole.clone();
        for (at, byte) in want.iter_mut().enumerate().skip(HEADER) {
            let (frame, customer) = ((at - HEADER) / 2, (at - HEADER).is_multiple_of(2));
            let silent = match frame {
                800..1_200 | 3_920.. => true,
                1_600..2_400 if customer => true,
                // The sample that 310.001 ms lies in.
                2_000..2_481 => !customer,
                _ => false,
            };
            if silent {
                *byte = g711::silence(Law::Mu);
            }
        }
        for size in [1, 7, 58, 320, 4_096, whole.len()] {
            let mut read = whole.clone();
            for (n, part) in read.chunks_mut(size).enumerate() {
                silence(part, (n * size) as u64, &spans);
            }
            assert!(read == want, "in parts of {size}");
        }
        let mut untouched = whole.clone();
        silence(&mut untouched, 0, &[]);
        assert_eq!(untouched, whole);
    }

    #[test]
    fn a_cut_recording_is_made_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.wav");
        let mut writer = Writer::create(&path).unwrap();
        assert!(writer.push(&[1; 16_000]));
        writer.flush().unwrap();
        drop(writer);
        // The machine stopped in the next write: 801 bytes came, and no lengths.
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(&[2; 801]).unwrap();
        assert_eq!(repair(&path).unwrap(), Duration::from_millis(1_050));
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes.len(), HEADER + 16_800);
        assert_eq!(bytes[..HEADER], header(16_800));
        let written = std::fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(repair(&path).unwrap(), Duration::from_millis(1_050));
        assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), written, "untouched");
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("letter.wav");
        let letter = vec![b'x'; 500];
        std::fs::write(&path, &letter).unwrap();
        let refused = repair(&path).unwrap_err().to_string();
        assert!(refused.contains("not a recording of ours"), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), letter);
        std::fs::write(&path, "short").unwrap();
        assert!(repair(&path).is_err());
        assert!(Writer::create(&path).is_err(), "a file that exists is never written over");
    }
}
