//! What a caller may be led through before and while they wait: a flow, announcements, a voicemail.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::Language;

use super::port::Sounds;
use crate::{
    flow::{Collected, Flow},
    prompt::Prompt,
};

/// A call flow with all that it may play.
#[derive(Clone, Debug)]
pub struct FlowPlan {
    /// The flow, as it was published when the call began.
    pub flow: Arc<Flow>,
    /// The client's prompts, by language and name.
    pub prompts: Arc<BTreeMap<(Language, String), Arc<Prompt>>>,
    /// What is heard after the flow, for each language that may be chosen in it.
    pub sounds: BTreeMap<Language, Sounds>,
}

/// What waiting callers are told from time to time, in one language. What is missing is not said.
#[derive(Clone, Debug, Default)]
pub struct Announcements {
    /// That so many are before them.
    pub ahead: BTreeMap<u32, Arc<Prompt>>,
    /// That it takes at most so long.
    pub waits: BTreeMap<Duration, Arc<Prompt>>,
    /// By which key they are called back.
    pub callback: Option<Arc<Prompt>>,
    /// By which key they leave a voicemail.
    pub voicemail: Option<Arc<Prompt>>,
}

/// Where a flow has led a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// What the caller does there.
    pub door: Door,
    /// The queue's name; `None` for that of the number.
    pub queue: Option<String>,
    /// The caller's language.
    pub language: Language,
    /// Head start in the queue.
    pub head_start: Duration,
    /// A skill that the agent should have.
    pub skill: Option<String>,
    /// What it is about, for the agent.
    pub request_type: Option<String>,
    /// What the caller typed.
    pub collected: Vec<Collected>,
    /// A person was wanted because the flow went on for too long.
    pub was_lost: bool,
}

/// What a caller does in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Waits on the line.
    Wait,
    /// Waits to be called back.
    Callback,
    /// Has left a voicemail.
    Voicemail,
}
