//! Who is on call at a client: people in an order, by entries with a beginning and an end, and by a
//! default whenever no entry holds.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{EmailAddress, Fault, OnCallPersonId, PhoneNumber, Timestamp, Words, words};

/// People that a client may name.
const PEOPLE_MAX: usize = 200;

/// Entries that are kept at once.
const ENTRIES_MAX: usize = 400;

/// People in one order.
const ORDER_MAX: usize = 20;

/// Longest entry: a year and a day.
const LONGEST: Duration = Duration::from_secs(367 * 86_400);

/// How long an entry is kept after its end, so that last month can be looked up.
const KEPT: Duration = Duration::from_secs(62 * 86_400);

/// A client's list: who may be called, and who is when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCallList {
    /// Everybody who may be on call.
    pub people: Vec<OnCallPerson>,
    /// Who is called, in this order, when no entry holds.
    pub standing: Vec<OnCallPersonId>,
    /// Who is called in a stretch of time.
    pub entries: Vec<OnCallEntry>,
}

/// Somebody who may be on call.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCallPerson {
    /// Their id.
    pub id: OnCallPersonId,
    /// Their name.
    pub name: String,
    /// Where they are called.
    pub phone: Option<PhoneNumber>,
    /// Where they are written to.
    pub email: Option<EmailAddress>,
    /// What an agent should know: `not after 22:00 for bookings`. May be empty.
    pub note: String,
}

impl std::fmt::Debug for OnCallPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OnCallPerson({}, <redacted>)", self.id)
    }
}

/// Who is called from one instant to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCallEntry {
    /// First instant.
    pub from: Timestamp,
    /// First instant after.
    pub until: Timestamp,
    /// In this order.
    pub people: Vec<OnCallPersonId>,
    /// Why, for those who look at the list: `Léa is on holiday`. May be empty.
    pub note: String,
}

/// Who is on call at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnCallNow<'a> {
    /// In this order; empty when the client has named nobody.
    pub people: &'a [OnCallPersonId],
    /// The entry that holds, by its place; `None` for the default.
    pub entry: Option<usize>,
    /// When somebody else will be; `None` when nothing that is known changes it.
    pub until: Option<Timestamp>,
}

impl OnCallList {
    /// Who is on call. Of entries that hold at once the one that began last does, and of those the last
    /// in the list: what is entered for tonight stands above what is entered for the week, and when it
    /// is over the week goes on.
    pub fn at(&self, now: Timestamp) -> OnCallNow<'_> {
        let entry = self.entry_at(now);
        let mut changes: Vec<Timestamp> = self
            .entries
            .iter()
            .flat_map(|entry| [entry.from, entry.until])
            .filter(|at| *at > now)
            .collect();
        changes.sort_unstable();
        let people = self.people_of(entry);
        let until = changes.into_iter().find(|at| self.people_of(self.entry_at(*at)) != people);
        OnCallNow { people, entry, until }
    }

    /// One of the people.
    pub fn person(&self, id: OnCallPersonId) -> Option<&OnCallPerson> {
        self.people.iter().find(|person| person.id == id)
    }

    /// The list without entries that ended long ago.
    #[must_use]
    pub fn without_old(mut self, now: Timestamp) -> Self {
        self.entries.retain(|entry| entry.until + KEPT > now);
        self
    }

    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Found::default();
        for (what, count, most) in [
            ("people", self.people.len(), PEOPLE_MAX),
            ("entries", self.entries.len(), ENTRIES_MAX),
        ] {
            if count > most {
                faults.add(
                    what.to_owned(),
                    "too_many_on_call",
                    words!("There are {}.", count),
                    words!("Keep at most {}.", most),
                );
            }
        }
        let mut known = BTreeSet::new();
        for (i, person) in self.people.iter().enumerate() {
            if !known.insert(person.id) {
                faults.add(
                    format!("people[{i}].id"),
                    "person_twice",
                    "This person is in the list twice.",
                    "Remove one of the two.",
                );
            }
            if person.phone.is_none() && person.email.is_none() {
                faults.add(
                    format!("people[{i}].phone"),
                    "not_reachable",
                    words!("{} has neither a number nor a mail address.", person.name),
                    "Give one of both, so that an agent can reach them.",
                );
            }
        }
        if !self.people.is_empty() && self.standing.is_empty() {
            faults.add(
                "standing".to_owned(),
                "nobody_standing",
                "Nobody is on call when no entry holds.",
                "Name at least one person, so that a message never waits in silence.",
            );
        }
        let orders = self.entries.iter().map(|entry| &entry.people);
        let orders = std::iter::once(&self.standing).chain(orders);
        for (i, order) in orders.enumerate() {
            let field = match i {
                0 => "standing".to_owned(),
                n => format!("entries[{}].people", n - 1),
            };
            if i > 0 && order.is_empty() {
                faults.add(
                    field.clone(),
                    "entry_empty",
                    "The entry names nobody.",
                    "Name somebody, or remove it.",
                );
            }
            if order.len() > ORDER_MAX {
                faults.add(
                    field.clone(),
                    "too_many_on_call",
                    words!("There are {}.", order.len()),
                    words!("Keep at most {}.", ORDER_MAX),
                );
            }
            let unique: BTreeSet<_> = order.iter().collect();
            if unique.len() != order.len() {
                faults.add(
                    field.clone(),
                    "person_twice",
                    "This person is in the list twice.",
                    "Remove one of the two.",
                );
            }
            if unique.iter().any(|id| !known.contains(id)) {
                faults.add(
                    field,
                    "person_unknown",
                    "It names somebody who is not among the people.",
                    "Add the person first, or remove them here too.",
                );
            }
        }
        for (i, entry) in self.entries.iter().enumerate() {
            if entry.until <= entry.from {
                faults.add(
                    format!("entries[{i}].until"),
                    "entry_reversed",
                    "The entry ends before it begins.",
                    "Choose a later end.",
                );
            } else if entry.until.since(entry.from) > LONGEST {
                faults.add(
                    format!("entries[{i}].until"),
                    "entry_too_long",
                    "The entry is longer than a year.",
                    "Make it the default instead, or end it sooner.",
                );
            }
        }
        faults.0
    }

    fn entry_at(&self, now: Timestamp) -> Option<usize> {
        let holding =
            self.entries.iter().enumerate().filter(|(_, e)| e.from <= now && now < e.until);
        holding.max_by_key(|(i, entry)| (entry.from, *i)).map(|(i, _)| i)
    }

    fn people_of(&self, entry: Option<usize>) -> &[OnCallPersonId] {
        entry.map_or(&self.standing, |entry| &self.entries[entry].people)
    }
}

/// Faults as they are found.
#[derive(Default)]
struct Found(Vec<Fault>);

impl Found {
    fn add(
        &mut self,
        field: String,
        code: &str,
        message: impl Into<Words>,
        next: impl Into<Words>,
    ) {
        self.0.push(Fault::new(field, code, message, next));
    }
}
