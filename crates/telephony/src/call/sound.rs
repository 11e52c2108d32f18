//! What was last ordered of the sound, and the orders that bring it to where the call stands.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domain::{LegId, Timestamp};

use super::{
    Call, Doing, Fact, GRACE, Recording, RecordingPlan, Signalling, Stage, Words,
    hearing::OutsideStage,
};
use crate::{
    media::{Channels, MediaCommand, Play},
    prompt::Prompt,
};

/// What plays by itself until something else does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Background {
    Music,
    Ringback,
}

/// What the sound was last told.
#[derive(Clone, Debug, Default)]
pub(super) struct Ordered {
    hearing: BTreeMap<LegId, BTreeSet<LegId>>,
    muted: BTreeSet<LegId>,
    background: BTreeMap<LegId, Background>,
    channels: Channels,
    /// The words that play to the customer.
    words: Option<u64>,
    /// The latest words.
    pub(super) said: Option<Words>,
    plays: u64,
    /// The customer's leg was told to close.
    closed: bool,
}

impl Ordered {
    /// Whether a play that has ended is the words under way.
    pub(super) fn is_words(&self, id: u64) -> bool {
        self.words == Some(id)
    }

    /// Whether words play.
    pub(super) fn has_words(&self) -> bool {
        self.words.is_some()
    }

    /// Words of this kind begin to play in place of what plays by itself: their id.
    fn begin(&mut self, words: Words) -> u64 {
        self.plays += 1;
        self.words = Some(self.plays);
        self.said = Some(words);
        self.plays
    }

    /// The words are over, or nobody listens to them any more. Whether there were any.
    pub(super) fn forget_words(&mut self) -> bool {
        self.words.take().is_some()
    }
}

impl Call {
    /// Plays words to the customer instead of the music.
    pub(super) fn say(&mut self, now: Timestamp, words: Words, prompts: Vec<Arc<Prompt>>) {
        let length = prompts.iter().map(|prompt| prompt.length()).sum();
        let id = self.begin_words(words);
        self.words_until = Some(now + length + GRACE);
        let play = Play { id, prompts, repeat: false, stop_on_digit: false };
        self.media(MediaCommand::Play { leg: self.leg, play });
        self.fact(Fact::WordsPlayed(words));
    }

    /// Words begin to play to the customer instead of what plays by itself: their id.
    pub(super) fn begin_words(&mut self, words: Words) -> u64 {
        self.ordered.background.remove(&self.leg);
        self.ordered.begin(words)
    }

    /// Orders whatever differs between where the call stands and what the sound was told.
    pub(super) fn settle(&mut self, now: Timestamp) {
        self.plan_announcement(now);
        self.settle_message();
        self.settle_recording();
        self.settle_hearing();
        self.settle_background();
        if self.stage == Stage::Over && !std::mem::replace(&mut self.ordered.closed, true) {
            self.media(MediaCommand::Close { leg: self.leg });
        }
    }

    fn settle_hearing(&mut self) {
        let hearing = if self.stage == Stage::Over && !self.outside_joined() {
            BTreeMap::new()
        } else {
            self.picture().hearing()
        };
        let muted: BTreeSet<LegId> = self
            .parts
            .iter()
            .filter(|part| self.muted.contains(&part.agent))
            .filter_map(|part| part.phone)
            .collect();
        let mut commands = Vec::new();
        // First whatever falls silent, then whatever is heard: nobody is heard in between.
        for (leg, others) in &self.ordered.hearing {
            let kept: BTreeSet<LegId> = match hearing.get(leg) {
                Some(wanted) => others.intersection(wanted).copied().collect(),
                None => BTreeSet::new(),
            };
            if kept.len() != others.len() && hearing.get(leg) != Some(&kept) {
                commands.push(hear(*leg, &kept));
            }
        }
        for leg in muted.difference(&self.ordered.muted) {
            commands.push(MediaCommand::Mute { leg: *leg, on: true });
        }
        for (leg, others) in &hearing {
            if self.ordered.hearing.get(leg) != Some(others) {
                commands.push(hear(*leg, others));
            }
        }
        for leg in self.ordered.muted.difference(&muted) {
            commands.push(MediaCommand::Mute { leg: *leg, on: false });
        }
        self.ordered.hearing = hearing;
        self.ordered.muted = muted;
        self.orders.extend(commands.into_iter().map(super::Order::Media));
    }

    /// Music for a customer with whom nobody speaks, ringback for an agent who calls somebody.
    fn settle_background(&mut self) {
        let mut wanted = BTreeMap::new();
        let listens = self.is_connected() && self.ordered.words.is_none();
        let waits = matches!(self.stage, Stage::Waiting | Stage::Talking);
        if listens && waits && !self.picture().customer_in_conversation() {
            wanted.insert(self.leg, Background::Music);
        }
        if let Some(outside) = &self.outside
            && outside.stage == OutsideStage::Ringing
            && (!outside.early_media || outside.by.is_none())
        {
            let part = |by| self.parts.iter().find(|part| part.agent == by);
            let hears = match outside.by {
                Some(by) => part(by).and_then(|part| part.phone),
                None => listens.then_some(self.leg),
            };
            wanted.extend(hears.map(|leg| (leg, Background::Ringback)));
        }
        if self.signalling == (Signalling::Dialling { early_media: false })
            && self.stage != Stage::Over
        {
            let talking = self.parts.iter().filter(|part| part.doing == Doing::Talking);
            wanted.extend(
                talking.filter_map(|part| part.phone).map(|leg| (leg, Background::Ringback)),
            );
        }
        let before = std::mem::take(&mut self.ordered.background);
        for leg in before.keys().filter(|leg| !wanted.contains_key(leg)) {
            self.media(MediaCommand::StopPlaying { leg: *leg });
        }
        for (leg, background) in &wanted {
            if before.get(leg) != Some(background) {
                let prompt = match background {
                    Background::Music => Arc::clone(&self.sounds.music),
                    Background::Ringback => Arc::clone(&self.sounds.ringback),
                };
                self.ordered.plays += 1;
                let id = self.ordered.plays;
                let play = Play { id, prompts: vec![prompt], repeat: true, stop_on_digit: false };
                self.media(MediaCommand::Play { leg: *leg, play });
            }
        }
        self.ordered.background = wanted;
    }

    fn settle_recording(&mut self) {
        let channels = self.picture().recorded();
        if self.stage == Stage::Over && self.outside.is_none() {
            if let Some(Recording { recording, .. }) = self.recording.take() {
                self.media(MediaCommand::StopRecording { recording });
                self.fact(Fact::RecordingStopped(recording));
            }
            return;
        }
        if let Some(Recording { recording, .. }) = self.recording {
            if channels != self.ordered.channels {
                self.ordered.channels = channels.clone();
                self.media(MediaCommand::SetChannels { recording, channels });
            }
            return;
        }
        if channels.customer.is_empty() {
            return;
        }
        if let Some(RecordingPlan { recording, path }) = self.plan.take() {
            self.recording = Some(Recording { recording, paused: None });
            self.ordered.channels = channels.clone();
            self.media(MediaCommand::Record { recording, path, channels });
            self.fact(Fact::RecordingStarted(recording));
        }
    }

    /// Pauses the recording, or goes on with it.
    pub(super) fn pause_recording(&mut self, now: Timestamp, on: bool) {
        let Some(under_way) = &mut self.recording else { return };
        if under_way.paused.is_some() == on {
            return;
        }
        under_way.paused = on.then_some((now, false));
        let recording = under_way.recording;
        self.media(MediaCommand::PauseRecording { recording, on });
        self.fact(Fact::RecordingPaused { recording, on });
    }
}

fn hear(leg: LegId, others: &BTreeSet<LegId>) -> MediaCommand {
    MediaCommand::Hear { leg, others: others.iter().copied().collect() }
}
