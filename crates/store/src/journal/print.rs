//! The journal for people and scripts: JSON, one line per entry.

use domain::Timestamp;
use routing::{Input, Stamped};
use serde::Serialize;

use super::{Entry, Frame, FrameError};

#[derive(Serialize)]
struct Line<'e> {
    seq: u64,
    at: Timestamp,
    epoch: u64,
    input: &'e Option<Input>,
    events: &'e [Stamped],
}

/// One JSON text per entry of `frame`: number, time (RFC 3339), input and events. Everybody in it is
/// an id; names and texts are not in the journal.
pub fn print(frame: &Frame) -> Result<Vec<String>, FrameError> {
    frame
        .open()?
        .iter()
        .map(|Entry { seq, at, input, events }| {
            serde_json::to_string(&Line { seq: *seq, at: *at, epoch: frame.epoch, input, events })
                .map_err(|error| FrameError::Encode(error.to_string()))
        })
        .collect()
}
