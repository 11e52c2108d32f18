//! A voicemail: asked for, recorded, and kept once there is something in it.

use std::sync::Arc;

use domain::{RecordingId, Timestamp};

use super::{Ask, Call, Door, Fact, Order, Ours, Stage, Words};
use crate::{
    media::{Channels, MediaCommand},
    prompt::Prompt,
};

/// The key that ends a message.
const END_KEY: char = '#';

/// A voicemail under way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Message {
    /// The words that ask for it play.
    Asked,
    /// It is recorded.
    Spoken {
        recording: RecordingId,
        since: Timestamp,
        /// There is something in it, and others know of it.
        kept: bool,
    },
}

impl Call {
    /// Asks the caller for a voicemail, after some words of ours. `false` when none can be taken.
    pub(super) fn ask_for_message(&mut self, now: Timestamp, first: Option<Arc<Prompt>>) -> bool {
        if self.voicemail.is_none() || !self.accept() {
            return false;
        }
        self.stage = Stage::Message;
        self.message = Some(Message::Asked);
        let invite = self.sounds.voicemail.clone();
        let beep = Arc::clone(&self.sounds.beep);
        let prompts = first.into_iter().chain(invite).chain([beep]).collect();
        self.say(now, Words::Voicemail, prompts);
        true
    }

    /// The words that asked for it are over.
    pub(super) fn begin_message(&mut self, now: Timestamp) {
        let Some(plan) = self.voicemail.take() else { return };
        let recording = plan.recording;
        let channels = Channels { customer: vec![self.leg], agents: Vec::new() };
        self.media(MediaCommand::Record { recording, path: plan.path, channels });
        self.fact(Fact::MessageStarted(recording));
        self.message = Some(Message::Spoken { recording, since: now, kept: false });
    }

    /// When something is due of the message.
    pub(super) fn message_due(&self) -> Option<Timestamp> {
        match self.message? {
            Message::Asked => None,
            Message::Spoken { since, .. } => Some(since + self.rules.message_max),
        }
    }

    /// Somebody was heard in a recording: if it is the message, there is one from now on. Whoever hangs up
    /// before, or says nothing, has left none.
    pub(super) fn spoken(&mut self, heard_in: RecordingId) {
        if let Some(Message::Spoken { recording, kept, .. }) = &mut self.message
            && *recording == heard_in
            && !std::mem::replace(kept, true)
        {
            let recording = *recording;
            self.left = true;
            if std::mem::take(&mut self.arrived) {
                self.orders.push_back(Order::Ask(Ask::Voicemail));
            } else if let Some(route) = &mut self.route {
                route.door = Door::Voicemail;
                self.arrive();
                self.arrived = false;
            }
            self.fact(Fact::MessageLeft(recording));
        }
    }

    /// A key while a message is asked for or spoken.
    pub(super) fn message_key(&mut self, now: Timestamp, key: char) {
        if key == END_KEY && matches!(self.message, Some(Message::Spoken { .. })) {
            self.end_message(now);
        }
    }

    /// Thanks the caller, and hangs up.
    pub(super) fn end_message(&mut self, now: Timestamp) {
        let thanks = self.sounds.voicemail_thanks.clone().filter(|_| self.left);
        match thanks {
            Some(thanks) => {
                self.stage = Stage::Closing(Ours::MessageLeft);
                self.say(now, Words::VoicemailThanks, vec![thanks]);
            }
            None => self.hang_up(if self.left { Ours::MessageLeft } else { Ours::Finished }),
        }
    }

    /// Ends the recording of a message that goes on no longer.
    pub(super) fn settle_message(&mut self) {
        if self.stage == Stage::Message {
            return;
        }
        if let Some(Message::Spoken { recording, .. }) = self.message.take() {
            self.media(MediaCommand::StopRecording { recording });
            self.fact(Fact::MessageStopped(recording));
        }
    }
}
