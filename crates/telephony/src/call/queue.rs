//! What a waiting caller is told from time to time, and may press.

use std::{sync::Arc, time::Duration};

use domain::Timestamp;

use super::{Ask, Call, Order, Stage, Words};
use crate::prompt::Prompt;

/// The first announcement comes so long after the caller hears music.
const FIRST: Duration = Duration::from_secs(4);

/// What a waiting caller was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// When something is told next.
    pub(super) at: Option<Timestamp>,
    /// Anything was told.
    any: bool,
    /// The place told last; a higher one is never told after it.
    ahead: Option<u32>,
    /// The wait told last; a longer one is never told after it.
    wait: Option<Duration>,
}

impl Call {
    /// Sets or takes back the time of the next announcement, by where the call stands.
    pub(super) fn plan_announcement(&mut self, now: Timestamp) {
        let listens = self.stage == Stage::Waiting
            && self.arrived
            && !self.callback
            && self.is_connected()
            && !self.ordered.has_words();
        if !listens {
            self.told.at = None;
        } else if self.told.at.is_none() {
            let wait = match (self.told.any, self.rules.announce) {
                (true, every) => every,
                (false, Some(_)) => Some(FIRST),
                (false, None) => (!self.offers().is_empty()).then_some(FIRST),
            };
            self.told.at = wait.map(|wait| now + wait);
        }
    }

    /// The time has come to tell something.
    pub(super) fn announce(&mut self, now: Timestamp) {
        self.told.at = None;
        match self.rules.announce {
            Some(_) => {
                // The answer may never come; the next turn asks again.
                self.told.any = true;
                self.orders.push_back(Order::Ask(Ask::Place));
            }
            None => {
                let offers = self.offers();
                self.tell_waiting(now, offers);
            }
        }
    }

    /// Tells the caller their place, as far as it is no worse than what they were told.
    pub(super) fn tell_place(
        &mut self,
        now: Timestamp,
        ahead: Option<u32>,
        wait: Option<Duration>,
    ) {
        if self.stage != Stage::Waiting
            || !self.arrived
            || self.callback
            || !self.is_connected()
            || self.ordered.has_words()
        {
            return;
        }
        let words = &self.sounds.announcements;
        let mut prompts = Vec::new();
        let ahead = ahead.filter(|ahead| self.told.ahead.is_none_or(|told| *ahead <= told));
        if let Some(ahead) = ahead
            && let Some(prompt) = words.ahead.get(&ahead)
        {
            prompts.push(Arc::clone(prompt));
            self.told.ahead = Some(ahead);
        }
        let wait = wait.and_then(|wait| words.waits.range(wait..).next());
        if let Some((wait, prompt)) = wait
            && self.told.wait.is_none_or(|told| *wait <= told)
        {
            prompts.push(Arc::clone(prompt));
            self.told.wait = Some(*wait);
        }
        prompts.extend(self.offers());
        self.tell_waiting(now, prompts);
    }

    fn tell_waiting(&mut self, now: Timestamp, prompts: Vec<Arc<Prompt>>) {
        self.told.any = true;
        if !prompts.is_empty() {
            self.say(now, Words::Announcement, prompts);
        }
    }

    /// What may be pressed, in words.
    fn offers(&self) -> Vec<Arc<Prompt>> {
        let words = &self.sounds.announcements;
        let callback = words.callback.iter().filter(|_| self.rules.callback_key.is_some());
        let may_speak = self.rules.voicemail_key.is_some() && self.voicemail.is_some();
        let voicemail = words.voicemail.iter().filter(|_| may_speak);
        callback.chain(voicemail).cloned().collect()
    }
}
