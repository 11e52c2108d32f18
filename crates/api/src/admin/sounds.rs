//! What a client's callers hear and are led through: prompts and call flows.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::FaultView;

/// Where a prompt comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromptSource {
    /// Somebody sent a file.
    Upload,
    /// Spoken by the server from words.
    Speech,
}

/// A prompt: sound with a name of its own in a language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PromptView {
    /// Its id.
    pub id: Uuid,
    /// Its name, by which flows and settings call it.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Where it comes from.
    pub source: PromptSource,
    /// The words, of spoken ones.
    #[serde(default)]
    pub words: String,
    /// How long it plays.
    pub length_ms: u64,
    /// What uses it: names of flows, and `settings`. While there is any it cannot be removed.
    #[serde(default)]
    pub used_by: Vec<String>,
    /// Version, for a change.
    pub version: u64,
}

/// `GET …/prompts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Prompts {
    /// By name and language.
    pub items: Vec<PromptView>,
    /// Words can be spoken on this server.
    pub can_speak: bool,
}

/// `POST …/prompts/speech`: words to be spoken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewSpeech {
    /// Its name: letters, digits, `-` and `_`, at most 40.
    pub name: String,
    /// Its language.
    pub language: String,
    /// What is said.
    pub words: String,
}

/// `PUT …/prompts/{prompt}/speech`: other words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeSpeech {
    /// What is said from now on.
    pub words: String,
    /// The version it was made from.
    pub version: u64,
}

/// A call flow in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlowRow {
    /// Its name.
    pub name: String,
    /// When its text was changed last.
    pub changed: String,
    /// The version that calls follow; none while there is only a draft.
    #[serde(default)]
    pub published: Option<u32>,
    /// The text differs from what calls follow.
    pub has_draft: bool,
    /// Numbers whose calls follow it.
    pub numbers: Vec<String>,
    /// Version, for a change.
    pub version: u64,
}

/// A version of a flow that was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlowVersionView {
    /// Counts from 1.
    pub number: u32,
    /// The text.
    pub text: String,
    /// Who published it.
    pub author: String,
    /// When.
    pub at: String,
}

/// A call flow to work on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlowView {
    /// Its row.
    #[serde(flatten)]
    pub row: FlowRow,
    /// The latest text.
    pub text: String,
    /// What is wrong with it.
    pub check: FlowCheck,
    /// What was published, newest first.
    pub versions: Vec<FlowVersionView>,
}

/// `POST …/flows/check`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckFlow {
    /// A text.
    pub text: String,
}

/// What a text is, faults or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlowCheck {
    /// Every fault, in the order of the text.
    pub faults: Vec<FlowFault>,
    /// The steps that could be read, in the order of the text.
    pub steps: Vec<FlowStep>,
    /// The ways between them.
    pub ways: Vec<FlowWay>,
}

/// A fault of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlowFault {
    /// In which line, from 1; 0 for the whole.
    pub line: u32,
    /// What it is.
    #[serde(flatten)]
    pub fault: FaultView,
}

/// A step of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlowStep {
    /// Its name.
    pub name: String,
    /// `play`, `menu`, `language`, `hours`, `collect`, `check`, `set`, `queue`, `voicemail`,
    /// `callback`, `transfer` or `hangup`.
    pub kind: String,
}

/// A way from a step to a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlowWay {
    /// From this step.
    pub from: String,
    /// A key, `then`, `timeout`, `invalid`, `failed`, `open`, `closed`, `case 1`, `otherwise`.
    pub on: String,
    /// To this step.
    pub to: String,
}

/// `PUT …/flows/{flow}`: another text; calls follow the published one until this is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SaveFlow {
    /// The text, with its faults.
    pub text: String,
    /// The version it was made from; 0 for a new flow.
    pub version: u64,
}

/// `POST …/flows/{flow}/publish`: calls follow the latest text from now on, if it has no fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublishFlow {
    /// The version that was looked at.
    pub version: u64,
}

/// `PUT …/broadcast`: the emergency broadcast goes on or off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SwitchBroadcast {
    /// On from now on.
    pub on: bool,
}

/// The emergency broadcast of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BroadcastView {
    /// Every caller hears it.
    pub on: bool,
    /// There is something to hear.
    pub is_set: bool,
}
