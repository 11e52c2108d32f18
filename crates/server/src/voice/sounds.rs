//! What callers hear: built-in music and tones, prompts of the clients, and words, spoken.
//!
//! Prompts are read and words are spoken once, ahead of any call, and kept in memory. Where the
//! machine cannot speak, callers hear music instead, and the log says so once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::{ClientId, Language, PromptId, Timestamp};
use store::{ClientScope, ProviderScope, Store, StoreError};
use telephony::{
    call::{Announcements, Sounds},
    prompt::{self, Prompt},
    tone::{self, Plan as TonePlan},
};
use uuid::Uuid;

use super::{phrases, plan::Plan};
use crate::floor::{ClientEntry, Directory, in_language};

/// Words kept at once; beyond it those that no client uses any more go first.
const WORDS_MAX: usize = 5_000;

/// A client's prompts, by language and name.
pub(super) type Prompts = Arc<BTreeMap<(Language, String), Arc<Prompt>>>;

/// Prompts and spoken words. Clones share them.
#[derive(Clone)]
pub(super) struct SoundBook(Arc<Inner>);

struct Inner {
    music: Arc<Prompt>,
    beep: Arc<Prompt>,
    ringback: Arc<Prompt>,
    /// Spoken words by language and text.
    spoken: Mutex<BTreeMap<(Language, String), Arc<Prompt>>>,
    prompts: Mutex<BTreeMap<ClientId, Prompts>>,
    /// The versions of what is in `prompts`.
    read: tokio::sync::Mutex<BTreeMap<PromptId, u64>>,
    silent: AtomicBool,
}

impl SoundBook {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner {
            music: Arc::new(made(&tone::hold_music())),
            beep: Arc::new(made(&tone::beep())),
            ringback: Arc::new(made(&tone::ringback(TonePlan::Europe))),
            spoken: Mutex::default(),
            prompts: Mutex::default(),
            read: tokio::sync::Mutex::default(),
            silent: AtomicBool::new(false),
        }))
    }

    /// A client's prompts.
    pub(super) fn prompts(&self, client: ClientId) -> Prompts {
        locked(&self.0.prompts).get(&client).cloned().unwrap_or_default()
    }

    /// What the callers of a client hear, in their language.
    pub(super) fn of(
        &self,
        client: &ClientEntry,
        plan: &Plan,
        language: Language,
        now: Timestamp,
    ) -> Sounds {
        let settings = plan.settings(client.id);
        let prompts = self.prompts(client.id);
        let spoken = locked(&self.0.spoken);
        let say = |text: &str| spoken.get(&(language, text.to_owned())).map(Arc::clone);
        let own = |name: &Option<String>| {
            let name = name.clone()?;
            prompts.get(&(language, name)).map(Arc::clone)
        };
        let words = |name: &Option<String>, text: Option<String>| {
            own(name).or_else(|| text.as_deref().and_then(say))
        };
        let sounds = &settings.sounds;
        let mut notices = Vec::new();
        if settings.broadcast_on {
            notices.extend(words(&sounds.broadcast, spoken_text(&settings.broadcast, language)));
        }
        if settings.record {
            notices.extend(words(&sounds.notice, spoken_text(&settings.notice, language)));
        }
        let mut announcements = Announcements::default();
        if settings.announce_s.is_some() {
            let ahead = |n| Some((n, say(&phrases::ahead(language, n))?));
            announcements.ahead = (0..=phrases::AHEAD_MAX).filter_map(ahead).collect();
            let wait = |minutes: u32| {
                let told = say(&phrases::wait(language, minutes))?;
                Some((Duration::from_secs(u64::from(minutes) * 60), told))
            };
            announcements.waits = phrases::WAITS_MIN.into_iter().filter_map(wait).collect();
        }
        let key = |key: &Option<String>| key.as_deref().and_then(|key| key.chars().next());
        announcements.callback = key(&settings.callback_key)
            .and_then(|key| say(&phrases::callback_offer(language, key)));
        announcements.voicemail = key(&settings.voicemail_key)
            .and_then(|key| say(&phrases::voicemail_offer(language, key)));
        Sounds {
            notices,
            // The words are the contract's; a recording takes their place where they are due.
            greeting: client
                .peak_greeting(language, now)
                .and_then(|text| words(&sounds.greeting, Some(text))),
            music: own(&sounds.music).unwrap_or_else(|| Arc::clone(&self.0.music)),
            closed: words(&sounds.closed, Some(client.closed_text(language))),
            full: words(&sounds.full, Some(phrases::full(language).to_owned())),
            callback_promised: say(phrases::callback_promised(language)),
            announcements,
            voicemail: words(&sounds.voicemail, Some(phrases::voicemail(language).to_owned())),
            voicemail_thanks: say(phrases::voicemail_thanks(language)),
            beep: Arc::clone(&self.0.beep),
            ringback: Arc::clone(&self.0.ringback),
        }
    }

    /// Reads prompts that have changed since the last time.
    pub(super) async fn read(&self, store: &Store) -> Result<(), StoreError> {
        // One at a time, so that what is read last is what is kept.
        let mut read = self.0.read.lock().await;
        let records = store.view().prompts_of_all_clients(&ProviderScope::granted()).await?;
        let mut all: BTreeMap<ClientId, BTreeMap<(Language, String), Arc<Prompt>>> =
            BTreeMap::new();
        let mut versions = BTreeMap::new();
        let known: BTreeMap<PromptId, Arc<Prompt>> = locked(&self.0.prompts)
            .values()
            .flat_map(|prompts| prompts.values())
            .map(|prompt| (prompt.id, Arc::clone(prompt)))
            .collect();
        for record in records {
            let kept =
                known.get(&record.id).filter(|_| read.get(&record.id) == Some(&record.version));
            let prompt = match kept {
                Some(prompt) => Arc::clone(prompt),
                None => {
                    let scope = ClientScope::of(record.client);
                    // Removed meanwhile: the next reading leaves it out.
                    let Some(sound) = store.view().prompt_sound(&scope, record.id).await? else {
                        continue;
                    };
                    Arc::new(Prompt { id: record.id, mu: sound.mu.into(), a: sound.a.into() })
                }
            };
            versions.insert(record.id, record.version);
            all.entry(record.client).or_default().insert((record.language, record.name), prompt);
        }
        *read = versions;
        let shared = all.into_iter().map(|(client, prompts)| (client, Arc::new(prompts)));
        *locked(&self.0.prompts) = shared.collect();
        Ok(())
    }

    /// Speaks whatever any client's callers may hear and was not spoken yet.
    pub(super) async fn prepare(&self, directory: &Directory, plan: &Plan) {
        let (mut first, mut then) = (BTreeSet::new(), BTreeSet::new());
        for client in directory.clients().filter(|client| plan.has_number(client.id)) {
            words_of(client, plan, &mut first, &mut then);
        }
        {
            let mut spoken = locked(&self.0.spoken);
            if spoken.len() + first.len() + then.len() > WORDS_MAX {
                spoken.retain(|words, _| first.contains(words) || then.contains(words));
            }
            first.retain(|words| !spoken.contains_key(words));
            then.retain(|words| !spoken.contains_key(words));
        }
        for (language, text) in first.into_iter().chain(then).take(WORDS_MAX) {
            let id = PromptId::from_uuid(Uuid::now_v7());
            match prompt::speak(id, &text, language.code(), None).await {
                Ok(prompt) => {
                    locked(&self.0.spoken).insert((language, text), Arc::new(prompt));
                }
                Err(error) => {
                    if !self.0.silent.swap(true, Ordering::Relaxed) {
                        tracing::warn!(
                            "words cannot be spoken to callers, who hear music instead: {error}"
                        );
                    }
                    return;
                }
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A prompt of samples that were computed here.
fn made(samples: &[i16]) -> Prompt {
    Prompt::of_samples(PromptId::from_uuid(Uuid::now_v7()), samples)
}

/// Everything that a client's callers may be told: its own words, and then ours.
fn words_of(
    client: &ClientEntry,
    plan: &Plan,
    first: &mut BTreeSet<(Language, String)>,
    then: &mut BTreeSet<(Language, String)>,
) {
    let Some(contract) = client.contract() else { return };
    let settings = plan.settings(client.id);
    for language in contract.languages.iter().copied() {
        let greetings = contract.periods.iter().filter_map(|period| period.peak_greeting.as_ref());
        let greetings = greetings.map(|greeting| in_language(&greeting.text, language).to_owned());
        let notices = [&settings.broadcast, &settings.notice];
        let own = greetings
            .chain(notices.into_iter().filter_map(|texts| spoken_text(texts, language)))
            .chain([client.closed_text(language)])
            .filter(|text| !text.trim().is_empty());
        first.extend(own.map(|text| (language, text)));
        let mut ours = vec![phrases::full(language).to_owned()];
        let key = |key: &Option<String>| key.as_deref().and_then(|key| key.chars().next());
        if let Some(key) = key(&settings.callback_key) {
            ours.push(phrases::callback_offer(language, key));
        }
        ours.push(phrases::callback_promised(language).to_owned());
        if let Some(key) = key(&settings.voicemail_key) {
            ours.push(phrases::voicemail_offer(language, key));
        }
        if plan.takes_messages(client.id) {
            ours.push(phrases::voicemail(language).to_owned());
            ours.push(phrases::voicemail_thanks(language).to_owned());
        }
        if settings.announce_s.is_some() {
            ours.extend((0..=phrases::AHEAD_MAX).map(|n| phrases::ahead(language, n)));
            ours.extend(phrases::WAITS_MIN.map(|minutes| phrases::wait(language, minutes)));
        }
        then.extend(ours.into_iter().map(|text| (language, text)));
    }
}

/// The text of that language, if there is one: a notice in a language that nobody chose for it would
/// be no notice.
fn spoken_text(
    texts: &[api::admin::contracts::LocalisedTextView],
    language: Language,
) -> Option<String> {
    let found = texts.iter().find(|text| text.language == language.code())?;
    Some(found.text.clone()).filter(|text| !text.trim().is_empty())
}

/// The clients whose calls are recorded although no notice says so in their first language.
pub(super) fn without_notice(directory: &Directory, plan: &Plan) -> Vec<ClientId> {
    let silent = |client: &&ClientEntry| {
        let settings = plan.settings(client.id);
        let first = client.contract().and_then(|contract| contract.languages.first().copied());
        settings.record
            && settings.sounds.notice.is_none()
            && first.is_some_and(|language| spoken_text(&settings.notice, language).is_none())
    };
    directory.clients().filter(silent).map(|client| client.id).collect()
}
