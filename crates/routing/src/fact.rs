//! What happens on the telephone beside the decisions: facts that are kept in the journal and change
//! nothing on the floor. Ids only; numbers, names and digits stay with the records.

use std::{fmt, str::FromStr};

use domain::{AgentId, ContactId, LegId, RecordingId, UserId};
use minicbor::{Decode, Encode};
use serde::Serialize;

/// A fact about a call, told by whoever carries its sound.
///
/// Taken while the contact is on the floor, and for the last
/// [`ENDED_CALLS_MAX`](crate::ENDED_CALLS_MAX) calls that left it: a leg is often hung up a moment
/// after the contact has ended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct CallFact {
    /// The contact.
    #[n(0)]
    pub contact: ContactId,
    /// What happened.
    #[n(1)]
    pub step: CallStep,
}

/// What happened on the telephone.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the fields are named for what they are; each variant says what happened
pub enum CallStep {
    /// Somebody is being connected.
    #[n(0)]
    LegStarted {
        #[n(0)]
        leg: LegId,
        #[n(1)]
        party: Party,
        #[n(2)]
        direction: Direction,
    },
    /// They answered: sound flows.
    #[n(1)]
    LegAnswered {
        #[n(0)]
        leg: LegId,
    },
    /// They are gone.
    #[n(2)]
    LegEnded {
        #[n(0)]
        leg: LegId,
        #[n(1)]
        ending: EndingCode,
    },
    /// The agent of this leg is not heard.
    #[n(3)]
    Muted {
        #[n(0)]
        leg: LegId,
    },
    /// And is heard again.
    #[n(4)]
    Unmuted {
        #[n(0)]
        leg: LegId,
    },
    /// The other side has put us on hold.
    #[n(5)]
    HeldByCustomer {
        #[n(0)]
        leg: LegId,
    },
    /// And takes us back.
    #[n(6)]
    ResumedByCustomer {
        #[n(0)]
        leg: LegId,
    },
    /// The call is recorded from now on.
    #[n(7)]
    RecordingStarted {
        #[n(0)]
        recording: RecordingId,
    },
    /// Silence is kept instead.
    #[n(8)]
    RecordingPaused {
        #[n(0)]
        recording: RecordingId,
    },
    /// And sound again.
    #[n(9)]
    RecordingResumed {
        #[n(0)]
        recording: RecordingId,
    },
    /// The recording is over.
    #[n(10)]
    RecordingStopped {
        #[n(0)]
        recording: RecordingId,
    },
    /// The caller has heard the greeting to its end.
    #[n(11)]
    GreetingPlayed,
    /// The caller was told position or expected wait.
    #[n(12)]
    AnnouncementPlayed,
    /// The caller went through so many steps of a menu that asked for keys.
    #[n(13)]
    DigitsCollected {
        #[n(0)]
        steps: u8,
    },
    /// A supervisor hears all, and is heard by nobody.
    #[n(14)]
    SupervisorListened {
        #[n(0)]
        user: UserId,
    },
    /// A supervisor speaks with the agent alone.
    #[n(15)]
    SupervisorWhispered {
        #[n(0)]
        user: UserId,
    },
    /// A supervisor speaks with all.
    #[n(16)]
    SupervisorBarged {
        #[n(0)]
        user: UserId,
    },
    /// The supervisor is gone.
    #[n(17)]
    SupervisorLeft {
        #[n(0)]
        user: UserId,
    },
}

/// Whose leg it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum Party {
    /// The customer's.
    #[n(0)]
    Customer,
    /// An agent's.
    #[n(1)]
    Agent(#[n(0)] AgentId),
    /// Of somebody outside who was called about the contact.
    #[n(2)]
    Outside,
    /// A supervisor's.
    #[n(3)]
    Supervisor(#[n(0)] UserId),
}

/// Which way a leg was set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Direction {
    /// They called us.
    #[n(0)]
    Inbound,
    /// We called them.
    #[n(1)]
    Outbound,
}

/// How a leg ended: a code of the table of call endings, such as `busy`. The table belongs to whoever
/// carries the sound; here it is a short word, so that it can grow without a new form of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Serialize)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct EndingCode(#[n(0)] String);

impl EndingCode {
    /// Longest code, in bytes.
    pub const MAX: usize = 32;

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EndingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is no code of a call's ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the code of a call's ending is 1 to 32 of a-z, 0-9 and _, such as `busy`")]
pub struct EndingCodeError;

impl FromStr for EndingCode {
    type Err = EndingCodeError;

    fn from_str(text: &str) -> Result<Self, EndingCodeError> {
        let is_code = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if text.is_empty() || text.len() > Self::MAX || !text.bytes().all(is_code) {
            return Err(EndingCodeError);
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'b, C> Decode<'b, C> for EndingCode {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        d.str()?.parse().map_err(|error: EndingCodeError| {
            minicbor::decode::Error::message(error.to_string()).at(at)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_short_word_wherever_it_comes_from() {
        for (text, good) in [
            ("busy", true),
            ("not_found_404", true),
            ("", false),
            ("Busy", false),
            ("no answer", false),
            (&"x".repeat(32), true),
            (&"x".repeat(33), false),
        ] {
            assert_eq!(text.parse::<EndingCode>().is_ok(), good, "{text}");
            let bytes = minicbor::to_vec(text).unwrap_or_default();
            assert_eq!(minicbor::decode::<EndingCode>(&bytes).is_ok(), good, "{text}");
        }
    }
}
