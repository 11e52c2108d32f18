//! Frames: how entries are written down.

use std::io::Read;

use domain::{FloorId, Timestamp};
use minicbor::Encoder;

use super::{Entry, Owned};
use crate::{StoreError, db::FromRow, value::Row};

/// Number of the form in which entries are written. A form once released decodes for ever: golden
/// files in the tests hold each of them.
pub const SCHEMA: u16 = 1;

/// Smaller bodies are not worth compressing.
const COMPRESS_ABOVE: usize = 512;

/// A body never unpacks to more than this; a frame holds at most some 256 KiB, or one large entry.
const UNPACKED_MAX: u64 = 256 * 1024 * 1024;

/// How the body of a frame is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// CBOR (RFC 8949).
    Cbor,
    /// CBOR compressed with zstd (RFC 8878).
    CborZstd,
}

impl Codec {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Cbor => 0,
            Self::CborZstd => 1,
        }
    }

    fn from_number(n: u8) -> Result<Self, StoreError> {
        match n {
            0 => Ok(Self::Cbor),
            1 => Ok(Self::CborZstd),
            _ => Err(StoreError::corrupt("journal_frame", format!("codec {n} is unknown"))),
        }
    }
}

/// Why a frame cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum FrameError {
    #[error("a frame holds at least one entry")]
    Empty,
    #[error("an entry of the frame cannot be encoded: {0}")]
    Encode(String),
    #[error("the frame cannot be compressed or unpacked: {0}")]
    Compress(#[from] std::io::Error),
    #[error(
        "frame {first_seq} of floor {floor} is written in form {schema}, and this program knows \
         forms up to {SCHEMA}; use a newer release"
    )]
    Schema { floor: FloorId, first_seq: u64, schema: u16 },
    #[error(
        "frame {first_seq} of floor {floor} holds an input or event that this program does not \
         know; use the release that wrote it, or a newer one"
    )]
    Unknown { floor: FloorId, first_seq: u64 },
    #[error("frame {first_seq} of floor {floor} is damaged: {why}")]
    Damaged { floor: FloorId, first_seq: u64, why: String },
}

impl From<FrameError> for StoreError {
    fn from(error: FrameError) -> Self {
        Self::corrupt("the journal", error)
    }
}

/// Entries of one commit, as they are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The floor.
    pub floor: FloorId,
    /// Number of its first entry.
    pub first_seq: u64,
    /// How many entries it holds.
    pub entries: u32,
    /// Ownership under which it was written.
    pub epoch: u64,
    /// Time of its last entry.
    pub at: Timestamp,
    /// How the body is written.
    pub codec: Codec,
    /// Form of the entries.
    pub schema: u16,
    /// Hash of the frame before it; zeros for the first.
    pub prev_hash: [u8; 32],
    /// BLAKE3 of everything else here.
    pub hash: [u8; 32],
    /// CRC-32C of the body, the quick check.
    pub crc: u32,
    /// The entries.
    pub body: Vec<u8>,
}

/// Entries encoded one by one, until they become the body of a frame.
#[derive(Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    entries: u32,
    first_seq: u64,
    at: Timestamp,
}

impl Batch {
    /// Adds an entry, already encoded by [`encode`].
    pub(crate) fn push(&mut self, entry: &Entry, encoded: &[u8]) {
        if self.entries == 0 {
            self.first_seq = entry.seq;
        }
        self.entries += 1;
        self.at = entry.at;
        self.bytes.extend_from_slice(encoded);
    }

    pub(crate) fn len(&self) -> u32 {
        self.entries
    }

    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Makes the frame that follows the head of `owned`.
    pub(crate) fn seal(self, owned: &Owned) -> Result<Frame, FrameError> {
        if self.entries == 0 {
            return Err(FrameError::Empty);
        }
        let mut body = Vec::with_capacity(self.bytes.len() + 5);
        Encoder::new(&mut body)
            .array(u64::from(self.entries))
            .map_err(|error| FrameError::Encode(error.to_string()))?;
        body.extend_from_slice(&self.bytes);
        let codec = if body.len() > COMPRESS_ABOVE {
            body = zstd::encode_all(body.as_slice(), 3)?;
            Codec::CborZstd
        } else {
            Codec::Cbor
        };
        let mut frame = Frame {
            floor: owned.floor,
            first_seq: self.first_seq,
            entries: self.entries,
            epoch: owned.epoch,
            at: self.at,
            codec,
            schema: SCHEMA,
            prev_hash: owned.hash,
            hash: [0; 32],
            crc: crc32c::crc32c(&body),
            body,
        };
        frame.hash = frame.hash_of_content();
        Ok(frame)
    }
}

/// One entry in the current form.
pub(crate) fn encode(entry: &Entry) -> Result<Vec<u8>, FrameError> {
    minicbor::to_vec(entry).map_err(|error| FrameError::Encode(error.to_string()))
}

impl Frame {
    /// Makes the frame of `entries` that follows the head of `owned`.
    pub fn seal(owned: &Owned, entries: &[Entry]) -> Result<Self, FrameError> {
        let mut batch = Batch::default();
        for entry in entries {
            batch.push(entry, &encode(entry)?);
        }
        batch.seal(owned)
    }

    /// Number of its last entry.
    pub fn last_seq(&self) -> u64 {
        self.first_seq + u64::from(self.entries) - 1
    }

    fn hash_of_content(&self) -> [u8; 32] {
        let mut hash = blake3::Hasher::new();
        hash.update(self.floor.uuid().as_bytes());
        for number in [self.first_seq, u64::from(self.entries), self.epoch] {
            hash.update(&number.to_be_bytes());
        }
        hash.update(&self.at.micros().to_be_bytes());
        hash.update(&[self.codec.number()]);
        hash.update(&self.schema.to_be_bytes());
        hash.update(&self.prev_hash);
        hash.update(&self.body);
        *hash.finalize().as_bytes()
    }

    /// The entries, after checking that they are what was written. An event or input that this
    /// program does not know is an error: a replay that skips one gives another floor.
    pub fn open(&self) -> Result<Vec<Entry>, FrameError> {
        let (floor, first_seq) = (self.floor, self.first_seq);
        let damaged = |why: String| FrameError::Damaged { floor, first_seq, why };
        if self.schema > SCHEMA {
            return Err(FrameError::Schema { floor, first_seq, schema: self.schema });
        }
        let crc = crc32c::crc32c(&self.body);
        if crc != self.crc {
            return Err(damaged(format!("its checksum is {crc:08x}, not {:08x}", self.crc)));
        }
        if self.hash_of_content() != self.hash {
            return Err(damaged("its hash does not match its content".to_owned()));
        }
        let unpacked;
        let body = match self.codec {
            Codec::Cbor => self.body.as_slice(),
            Codec::CborZstd => {
                let mut bytes = Vec::new();
                zstd::Decoder::new(self.body.as_slice())?
                    .take(UNPACKED_MAX)
                    .read_to_end(&mut bytes)?;
                unpacked = bytes;
                unpacked.as_slice()
            }
        };
        let entries: Vec<Entry> =
            minicbor::decode(body).map_err(|error| damaged(error.to_string()))?;
        // minicbor reads an unknown variant inside an `Option` as `None`. What was lost that way shows
        // when the entries are written again.
        let again =
            minicbor::to_vec(&entries).map_err(|error| FrameError::Encode(error.to_string()))?;
        if self.schema == SCHEMA && again != body {
            return Err(FrameError::Unknown { floor, first_seq });
        }
        let numbered = entries.iter().zip(first_seq..).all(|(entry, seq)| entry.seq == seq);
        if !numbered || entries.len() as u64 != u64::from(self.entries) {
            return Err(damaged(format!(
                "it should hold entries {first_seq} to {}",
                self.last_seq()
            )));
        }
        Ok(entries)
    }
}

impl FromRow for Frame {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let crc: u32 = row.get("crc")?;
        Ok(Self {
            floor: row.get("floor_id")?,
            first_seq: row.get("first_seq")?,
            entries: row.get("entries")?,
            epoch: row.get("epoch")?,
            at: row.get("at_us")?,
            codec: Codec::from_number(row.get("codec")?)?,
            schema: row.get("schema")?,
            prev_hash: row.get("prev_hash")?,
            hash: row.get("hash")?,
            crc,
            body: row.get("body")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forged(body: Vec<u8>, entries: u32) -> Frame {
        let owned = Owned { floor: FloorId::from_u128(1), epoch: 1, seq: 0, hash: [0; 32] };
        let mut frame = Frame {
            floor: owned.floor,
            first_seq: 1,
            entries,
            epoch: 1,
            at: Timestamp::from_secs(1),
            codec: Codec::Cbor,
            schema: SCHEMA,
            prev_hash: owned.hash,
            hash: [0; 32],
            crc: crc32c::crc32c(&body),
            body,
        };
        frame.hash = frame.hash_of_content();
        frame
    }

    #[test]
    fn what_this_program_does_not_know_is_an_error_and_never_skipped() {
        // [[1, 1000000, input, events]], by hand.
        let body = |input: &[u8], events: &[u8]| {
            let mut bytes = vec![0x81, 0x84, 0x01, 0x1a, 0x00, 0x0f, 0x42, 0x40];
            bytes.extend_from_slice(input);
            bytes.extend_from_slice(events);
            bytes
        };
        let (null, none) = ([0xf6].as_slice(), [0x80].as_slice());
        assert_eq!(forged(body(null, none), 1).open().expect("well formed").len(), 1);
        for (what, input, events) in [
            // [99, []]
            ("an input", [0x82, 0x18, 0x63, 0x80].as_slice(), none),
            // [[1000000, [99, []]]]
            (
                "an event",
                null,
                [0x81, 0x82, 0x1a, 0x00, 0x0f, 0x42, 0x40, 0x82, 0x18, 0x63, 0x80].as_slice(),
            ),
        ] {
            let error = forged(body(input, events), 1).open().expect_err(what).to_string();
            let known = error.contains("unknown") || error.contains("does not know");
            assert!(known, "{what}: {error}");
        }
    }

    #[test]
    fn a_frame_that_lies_about_its_entries_is_refused() {
        let entry = Entry { seq: 1, at: Timestamp::from_secs(1), input: None, events: vec![] };
        let owned = Owned { floor: FloorId::from_u128(1), epoch: 1, seq: 0, hash: [0; 32] };
        let body = Frame::seal(&owned, &[entry]).expect("a frame").body;
        assert!(forged(body.clone(), 1).open().is_ok());
        assert!(forged(body, 2).open().is_err());
        assert!(forged(vec![0x80], 0).open().expect("empty but whole").is_empty());
        assert!(forged(vec![0xff, 0x00], 1).open().is_err());
        assert!(matches!(Frame::seal(&owned, &[]), Err(FrameError::Empty)));
    }

    proptest::proptest! {
        /// Whatever stands in the database, reading it is an answer or an error.
        #[test]
        fn no_body_makes_reading_panic(
            body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
            zstd in proptest::prelude::any::<bool>(),
        ) {
            let mut frame = forged(body, 1);
            frame.codec = if zstd { Codec::CborZstd } else { Codec::Cbor };
            frame.hash = frame.hash_of_content();
            let _ = frame.open();
        }
    }
}
