//! A stretch of the journal, handed to the router again: the fidelity of the twin.
//!
//! The floor is one deterministic router, so its journal replayed unchanged must give the events and
//! the figures that it gave. [`Replay`] hears the journal entry by entry, drives a router of its own
//! with the recorded inputs, and counts twice: what was recorded and what came out now. What differs
//! is in the [`Fidelity`] report, to the microsecond and with its parts; a difference is never
//! averaged away.
//!
//! Begin with a router that stands before the stretch: an empty one at the journal's first entry, or
//! one restored from a snapshot. What was decided between that place and the stretch is replayed and
//! compared as well, and counted apart.

mod sides;
mod told;

use std::collections::BTreeSet;

use domain::{AgentId, ClientId, ContactId, Span, Timestamp, Zone};
use routing::{Event, Input, Router, Stamped};
use serde::{Deserialize, Serialize};

use self::sides::Book;
pub use self::sides::{Difference, Part, Side, Sides, StateTime};
pub use figures::QueryError;

/// Replays entry by entry.
#[derive(Debug)]
pub struct Replay {
    span: Span,
    zone: Zone,
    router: Router,
    begins_after: u64,
    recorded: Book,
    replayed: Book,
    before: Counts,
    within: Counts,
    first: Option<FirstDifference>,
    last: Timestamp,
    /// Contacts of the stretch that have not ended, and wrap-ups after them.
    open: BTreeSet<ContactId>,
    wrapping_up: BTreeSet<(ContactId, AgentId)>,
    /// Ended in the entry in hand: their wrap-up begins in the same one, or not at all.
    just_ended: Vec<ContactId>,
}

/// How entries compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Entries of the journal.
    pub entries: u64,
    /// Of them inputs; in the others only deadlines fired.
    pub inputs: u64,
    /// Inputs that were taken then and are refused now.
    pub inputs_refused: u64,
    /// Events recorded that came out alike, at the same place of the same entry.
    pub events_equal: u64,
    /// Events recorded that came out otherwise, or not at all.
    pub events_missing: u64,
    /// Events that came out and were not recorded so.
    pub events_added: u64,
}

impl Counts {
    /// Whether everything came out as it was recorded.
    pub fn is_equal(&self) -> bool {
        self.inputs_refused == 0 && self.events_missing == 0 && self.events_added == 0
    }
}

/// The first entry that came out otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstDifference {
    /// The entry of the journal.
    pub seq: u64,
    /// Its instant.
    pub at: Timestamp,
    /// What the journal says and what the replay says, in a sentence.
    pub text: String,
}

/// How a replay compares with what happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fidelity {
    /// The stretch.
    pub span: Span,
    /// Zone in which its days are counted.
    pub zone: String,
    /// The entry after which the replay began; 0 for the journal's beginning.
    pub begins_after: u64,
    /// The last instant that was replayed; later than the stretch, so that its contacts could end.
    pub until: Timestamp,
    /// Everything from the beginning of the replay came out as it was recorded, and so did every
    /// figure.
    pub is_equal: bool,
    /// Entries before the stretch.
    pub before: Counts,
    /// Entries of the stretch, and of the time after it in which its contacts ended.
    pub within: Counts,
    /// The first difference of all.
    pub first_difference: Option<FirstDifference>,
    /// Contacts of the stretch that had not ended, wrap-up included, when the journal did.
    pub contacts_open: u64,
    /// The figures of both, all clients together, with the agents' time.
    pub all: Sides,
    /// By client, in the order of their ids. Agents' time belongs to no client alone.
    pub clients: Vec<OfClient>,
    /// Figures that differ, each with the clients that make the difference.
    pub differences: Vec<Difference>,
}

/// The figures of one client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfClient {
    /// The client.
    pub client: ClientId,
    /// Both sides.
    #[serde(flatten)]
    pub sides: Sides,
}

impl Replay {
    /// A replay of `span` by a router that stands after entry `begins_after`. Figures are those of
    /// whole quarters of an hour, so a stretch begins and ends with one.
    ///
    /// # Errors
    /// A stretch that is reversed, or longer than a report may be.
    pub fn new(
        span: Span,
        zone: &Zone,
        router: Router,
        begins_after: u64,
    ) -> Result<Self, QueryError> {
        Ok(Self {
            span,
            zone: zone.clone(),
            last: router.now(),
            router,
            begins_after,
            recorded: Book::new(span, zone)?,
            replayed: Book::new(span, zone)?,
            before: Counts::default(),
            within: Counts::default(),
            first: None,
            open: BTreeSet::new(),
            wrapping_up: BTreeSet::new(),
            just_ended: Vec::new(),
        })
    }

    /// Hears an event from before the place where the replay begins: so both books know who is on
    /// the floor.
    pub fn known(&mut self, stamped: &Stamped) {
        self.recorded.apply(stamped);
        self.replayed.apply(stamped);
        self.follow(stamped);
    }

    /// Replays one entry: `input` at `at`, or deadlines up to it when there is none, and what was
    /// recorded then.
    pub fn entry(&mut self, seq: u64, at: Timestamp, input: Option<Input>, events: &[Stamped]) {
        self.last = self.last.max(at);
        self.just_ended.clear();
        let is_input = input.is_some();
        let refused = match input {
            Some(input) => self.router.handle(at, input).err(),
            None => {
                self.router.advance(at);
                None
            }
        };
        let mut counts = Counts {
            entries: 1,
            inputs: u64::from(is_input),
            inputs_refused: u64::from(refused.is_some()),
            ..Counts::default()
        };
        let mut differs: Option<(Option<Stamped>, Option<Stamped>)> = None;
        for recorded in events {
            self.recorded.apply(recorded);
            self.follow(recorded);
            let replayed = self.router.next_event();
            if let Some(replayed) = &replayed {
                self.replayed.apply(replayed);
            }
            if replayed.as_ref() == Some(recorded) {
                counts.events_equal += 1;
                continue;
            }
            counts.events_missing += 1;
            counts.events_added += u64::from(replayed.is_some());
            differs.get_or_insert((Some(recorded.clone()), replayed));
        }
        while let Some(added) = self.router.next_event() {
            self.replayed.apply(&added);
            counts.events_added += 1;
            differs.get_or_insert((None, Some(added)));
        }
        if self.first.is_none() && !counts.is_equal() {
            let (recorded, replayed) = differs.unwrap_or((None, None));
            let text = told::difference(recorded.as_ref(), replayed.as_ref(), refused.as_ref());
            self.first = Some(FirstDifference { seq, at, text });
        }
        let sum = if at < self.span.from { &mut self.before } else { &mut self.within };
        sum.entries += counts.entries;
        sum.inputs += counts.inputs;
        sum.inputs_refused += counts.inputs_refused;
        sum.events_equal += counts.events_equal;
        sum.events_missing += counts.events_missing;
        sum.events_added += counts.events_added;
    }

    /// Whether what comes later can still change a figure: until the stretch is over and its contacts
    /// have ended, wrap-up included. Further ones arrive meanwhile and count in no figure.
    pub fn wants_more(&self) -> bool {
        self.last < self.span.until || !self.open.is_empty() || !self.wrapping_up.is_empty()
    }

    /// The report.
    pub fn finish(self) -> Fidelity {
        let open: BTreeSet<ContactId> =
            self.wrapping_up.iter().map(|(contact, _)| *contact).chain(self.open).collect();
        let now = self.last.min(self.span.until);
        let (all, clients) = sides::sides(self.recorded.finish(now), self.replayed.finish(now));
        let differences = sides::differences(&all, &clients);
        Fidelity {
            span: self.span,
            zone: self.zone.name().to_owned(),
            begins_after: self.begins_after,
            until: self.last,
            is_equal: self.before.is_equal() && self.within.is_equal() && differences.is_empty(),
            before: self.before,
            within: self.within,
            first_difference: self.first,
            contacts_open: open.len() as u64,
            all,
            clients,
            differences,
        }
    }

    fn follow(&mut self, stamped: &Stamped) {
        match &stamped.event {
            Event::Arrived { contact, .. } | Event::CalledOut { contact, .. }
                if self.span.contains(stamped.at) =>
            {
                self.open.insert(*contact);
            }
            Event::WrapUpStarted { contact, agent, .. }
                if self.open.contains(contact) || self.just_ended.contains(contact) =>
            {
                self.wrapping_up.insert((*contact, *agent));
            }
            Event::WrapUpEnded { contact, agent, .. } => {
                self.wrapping_up.remove(&(*contact, *agent));
            }
            Event::Ended { contact, .. } if self.open.remove(contact) => {
                self.just_ended.push(*contact);
            }
            _ => {}
        }
    }
}
