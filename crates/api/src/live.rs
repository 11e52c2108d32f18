//! The live socket of signed-in people: `GET /api/v1/live`.
//!
//! After `hello` the server says `welcome`. Each subscribed topic begins with a `snapshot` and goes
//! on with `delta`s whose numbers follow each other without a gap. A client that sees a gap, or
//! comes back after a loss, subscribes again with the last number it has: the server sends what was
//! missed if it still has it, else a new snapshot. Heartbeats go both ways: a side that hears
//! nothing for `dead_after_ms` closes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    board::{BoardDelta, BoardView},
    desk::{DeskDelta, DeskView},
};

/// A stream of live state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// The signed-in agent's own desk.
    Desk,
    /// The floor, as far as the role may see it.
    Board,
}

/// What a browser says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum LiveRequest {
    /// Follow a topic, from after this number if given.
    Subscribe {
        /// Which.
        topic: Topic,
        /// Number of the last snapshot or delta seen.
        #[serde(default)]
        after: Option<u64>,
        /// Epoch of the stream that `after` belongs to, from `welcome`.
        #[serde(default)]
        epoch: Option<String>,
    },
    /// Follow it no longer.
    Unsubscribe {
        /// Which.
        topic: Topic,
    },
    /// The agent is typing in this contact's conversation; shown for six seconds.
    Typing {
        /// The contact.
        #[schema(value_type = Uuid)]
        contact: Uuid,
    },
    /// Still here. For an agent this is also the proof of life of the desk.
    Ping {
        /// Sent back in the pong.
        nonce: u64,
    },
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum LiveMessage {
    /// First message.
    Welcome {
        /// The server's clock, for running times on screen.
        server_time: String,
        /// Changes when numbers begin anew (a restart).
        epoch: String,
        /// Say `ping` this often.
        heartbeat_ms: u64,
        /// After this silence the other side is gone.
        dead_after_ms: u64,
    },
    /// The whole state of a topic.
    Snapshot {
        /// Number of this state.
        seq: u64,
        /// The state.
        view: TopicView,
    },
    /// What changed since `seq - 1`.
    Delta {
        /// Its number.
        seq: u64,
        /// The changes.
        change: TopicDelta,
    },
    /// Answer to a ping, with the server's clock.
    Pong {
        /// From the ping.
        nonce: u64,
        /// RFC 3339.
        server_time: String,
    },
    /// Something the browser said was not accepted; the connection goes on.
    Refused {
        /// Stable code.
        code: crate::error::ErrorCode,
        /// What happened.
        message: String,
        /// What to do.
        next: String,
    },
}

/// A topic's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "topic", content = "data")]
pub enum TopicView {
    /// The desk.
    Desk(Box<DeskView>),
    /// The board.
    Board(Box<BoardView>),
}

/// A topic's changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "topic", content = "data")]
pub enum TopicDelta {
    /// Of the desk.
    Desk(Box<DeskDelta>),
    /// Of the board.
    Board(Box<BoardDelta>),
}
