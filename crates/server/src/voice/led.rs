//! What a call is led through before it arrives, and what it asks on the way: flows, hours, place, the
//! way to a number outside, a voicemail.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use api::voice::CollectedView;
use domain::{
    Calendar, ContactId, Language, LegId, PhoneNumber, QueueId, RecordingId, SkillId, Timestamp,
    contract::Contract,
};
use routing::{Arrival, Led};
use telephony::{
    call::{Door, FlowPlan, Input, RecordingPlan, Route, Rules, Setup},
    flow::{Flow, World},
    sdp::Encryption,
};
use uuid::Uuid;

use super::{
    Voice, VoiceError,
    driver::Told,
    keep::RecordingKept,
    plan::{NumberEntry, Plan},
    retention,
};
use crate::floor::ClientEntry;

/// How far around now a calendar is looked at for one question.
const AROUND: Duration = Duration::from_secs(48 * 3600);

/// A flow that calls follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FlowEntry {
    /// Its name.
    pub(super) name: String,
    /// The version that was published.
    pub(super) version: u32,
    /// The flow itself.
    pub(super) flow: Arc<Flow>,
}

/// Reads a flow that was published. What it names was there then; what is gone since is left out when
/// a call comes to it.
pub(super) fn published(text: &str, languages: &[Language]) -> Option<Flow> {
    let world = World { languages: languages.to_vec(), any_name: true, ..World::default() };
    Flow::parse(text, &world).ok()
}

/// What a flow may name, for its check: the client's languages, prompts and queues that take calls, and
/// the provider's calendars. The skills are for the caller to add.
pub fn world(
    contract: &Contract,
    calendars: impl Iterator<Item = String>,
    prompts: impl Iterator<Item = (String, Language)>,
) -> World {
    let spoken = contract
        .queues
        .iter()
        .filter(|queue| queue.channels.contains(&domain::contract::Channel::Voice));
    World {
        languages: contract.languages.clone(),
        prompts: prompts.collect(),
        queues: spoken.map(|queue| queue.name.clone()).collect(),
        calendars: calendars.collect(),
        ..World::default()
    }
}

/// Whether it is open now, by a calendar or by the contract's hours.
pub(super) fn is_open(
    client: &ClientEntry,
    plan: &Plan,
    calendar: Option<&str>,
    now: Timestamp,
) -> bool {
    let Some(name) = calendar else { return client.is_open(now) };
    let Some(calendar) = plan.calendar(name) else {
        tracing::warn!(client.id = %client.id, name, "a call flow asks for a calendar that is gone");
        return client.is_open(now);
    };
    open_by(calendar, now).unwrap_or_else(|| client.is_open(now))
}

fn open_by(calendar: &Calendar, now: Timestamp) -> Option<bool> {
    let hours = calendar.compile(now - AROUND, now + AROUND).ok()?;
    hours.at(now).copied()
}

impl Voice {
    /// Adds to what a call needs to begin what it may be led through; beside it where a voicemail is
    /// kept.
    pub(super) fn lead(
        &self,
        setup: &mut Setup,
        entry: &NumberEntry,
        now: Timestamp,
    ) -> Option<RecordingKept> {
        let (directory, plan) = (self.0.floor.directory(), self.plan());
        let client = directory.client(entry.client)?;
        let settings = plan.settings(entry.client);
        let key = |key: &Option<String>| key.as_deref().and_then(|key| key.chars().next());
        setup.rules = Rules {
            voicemail_key: key(&settings.voicemail_key),
            message_when_closed: settings.voicemail_closed,
            message_max: Duration::from_secs(u64::from(settings.voicemail_max_s)),
            announce: settings.announce_s.map(|s| Duration::from_secs(u64::from(s))),
            ..setup.rules.clone()
        };
        if let Some(entry) = &entry.flow {
            let contract = client.contract()?;
            let sounds = contract
                .languages
                .iter()
                .map(|language| (*language, self.0.sounds.of(client, &plan, *language, now)));
            setup.flow = Some(FlowPlan {
                flow: Arc::clone(&entry.flow),
                prompts: self.0.sounds.prompts(client.id),
                sounds: sounds.collect::<BTreeMap<_, _>>(),
            });
        }
        // A flow may lead to a message whatever the settings say.
        if !plan.takes_messages(entry.client) && setup.flow.is_none() {
            return None;
        }
        let recording = RecordingId::from_uuid(Uuid::now_v7());
        match self.new_recording(client, recording, now) {
            Ok((plan, kept)) => {
                setup.voicemail = Some(plan);
                Some(kept)
            }
            Err(error) => {
                tracing::error!("voicemails cannot be recorded: {error}");
                None
            }
        }
    }

    /// Where something is recorded: its file, and until when it is kept.
    pub(super) fn new_recording(
        &self,
        client: &ClientEntry,
        recording: RecordingId,
        now: Timestamp,
    ) -> Result<(RecordingPlan, RecordingKept), VoiceError> {
        let path = format!("{}/{}/{recording}.wav", retention::day(now), client.id);
        let days = client.contract().map(|contract| contract.retention_days);
        let until = days.map(|days| now + Duration::from_secs(u64::from(days) * 86_400));
        let file = self.0.recordings.join(&path);
        let folder = file.parent().unwrap_or(&self.0.recordings);
        std::fs::create_dir_all(folder).map_err(VoiceError::Folder)?;
        Ok((RecordingPlan { recording, path: file }, RecordingKept { recording, path, until }))
    }

    /// Asks the floor where a contact stands, and tells its call.
    pub(super) fn look_up_place(&self, contact: ContactId) {
        let voice = self.clone();
        tokio::spawn(async move {
            let place = voice.0.floor.look(move |router, _| router.place(contact)).await;
            // While the floor is rebuilt nothing is told; the next turn makes up for it.
            let Ok(Some(place)) = place else { return };
            let directory = voice.0.floor.directory();
            let Some(card) = voice.0.cards.get(contact) else { return };
            let contract = directory.client(card.client).and_then(|client| client.contract());
            let queue = contract
                .and_then(|contract| contract.queues.iter().find(|queue| queue.id == card.queue));
            let told = queue.is_some_and(|queue| queue.announce_position);
            let ahead = told.then_some(place.ahead.min(place.told_max));
            let input = Input::Place { ahead, wait: place.expected_wait };
            voice.tell(Told::Answer { contact, input: Box::new(input) });
        });
    }

    /// The way to a number outside that a flow leads to.
    pub(super) fn way_out(&self, client: domain::ClientId, number: &PhoneNumber) -> Input {
        let plan = self.plan();
        let leg = LegId::from_uuid(Uuid::now_v7());
        let (Some(from), Ok(local)) =
            (plan.shown_number(client), self.local(leg, Encryption::Never))
        else {
            tracing::warn!(client.id = %client, "a call flow leads outside, and there is no way");
            return Input::NoWayOut;
        };
        let (number, trunks) = (number.as_str().to_owned(), plan.outgoing());
        Input::Onward { leg, local, number, from, trunks }
    }

    /// The queue that a flow names, if the client still has it and it takes calls.
    pub(super) fn queue_named(&self, client: domain::ClientId, name: &str) -> Option<QueueId> {
        let directory = self.0.floor.directory();
        let contract = directory.client(client)?.contract()?;
        let mut spoken = contract
            .queues
            .iter()
            .filter(|queue| queue.channels.contains(&domain::contract::Channel::Voice));
        let found = spoken.find(|queue| queue.name == name).map(|queue| queue.id);
        if found.is_none() {
            tracing::warn!(client.id = %client, name, "a call flow names a queue that is gone");
        }
        found
    }

    fn skill_named(&self, name: &str) -> Option<SkillId> {
        let directory = self.0.floor.directory();
        directory.skills().find(|(_, known)| *known == name).map(|(id, _)| id)
    }

    /// A contact as a flow has led it.
    pub(super) fn led(&self, arrival: Arrival, route: &Route) -> Led {
        let head_start = Some(route.head_start).filter(|time| !time.is_zero());
        Led {
            arrival: Arrival { head_start, language: Some(route.language), ..arrival },
            skill: route.skill.as_deref().and_then(|name| self.skill_named(name)),
            door: match route.door {
                Door::Wait => routing::Door::Wait,
                Door::Callback => routing::Door::Callback,
                Door::Voicemail => routing::Door::Voicemail,
            },
        }
    }
}

/// What a caller typed, as desks show it: nothing of what is sensitive.
pub(super) fn collected(route: &Route) -> Vec<CollectedView> {
    let shown = route.collected.iter().map(|value| CollectedView {
        name: value.name.clone(),
        digits: (!value.sensitive).then(|| value.digits.as_str().to_owned()),
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use telephony::flow::{Collected, Input, Run};

    use super::*;

    const TEXT: &str = "start = \"number\"\nperson = \"sales\"\n\
        [step.number]\nkind = \"collect\"\nprompt = \"number\"\ninto = \"card\"\nmax = 2\n\
        sensitive = true\nthen = \"sales\"\n[step.sales]\nkind = \"queue\"\nqueue = \"Sales\"\n";

    #[test]
    fn what_was_published_is_followed_although_its_names_are_gone() {
        let flow = published(TEXT, &[Language::EN]).expect("it names nothing that is there");
        let (run, _) = Run::start(Arc::new(flow));
        assert_eq!(run.step(), "number");
        assert!(published("start = 1", &[Language::EN]).is_none());
    }

    #[test]
    fn sensitive_digits_are_shown_to_nobody() {
        let (mut run, _) = Run::start(Arc::new(published(TEXT, &[Language::EN]).unwrap()));
        run.handle(Input::Key('4'));
        let done = run.handle(Input::Key('2'));
        let Some(telephony::flow::Output::Done(outcome)) = done.last() else { panic!("{done:?}") };
        let [Collected { sensitive: true, .. }] = &outcome.collected[..] else { panic!() };
        let route = Route {
            door: Door::Wait,
            queue: None,
            language: Language::EN,
            head_start: Duration::ZERO,
            skill: None,
            request_type: None,
            collected: outcome.collected.clone(),
            was_lost: false,
        };
        let shown = collected(&route);
        assert_eq!((shown[0].name.as_str(), &shown[0].digits), ("card", &None));
    }
}
