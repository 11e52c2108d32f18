//! Live state for signed-in people: the desks and the board as numbered streams.

mod publisher;
mod socket;
mod stream;
mod words;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use api::{
    board::{BoardDelta, BoardView},
    desk::{DeskDelta, DeskView},
};
use domain::{AgentId, ContactId};

pub use publisher::{Agents, Publisher, Staff, publish};
pub use socket::routes;
pub use stream::{Numbered, Start, Stream};
pub use words::{channel, instant, millis, presence_choice, state_view};

/// A desk's stream.
pub type DeskStream = Stream<Option<DeskView>, DeskDelta>;
/// The board's stream.
pub type BoardStream = Stream<BoardView, BoardDelta>;

/// All streams. Clones share them.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    /// Changes at each start of the server, when numbers begin anew.
    epoch: String,
    desks: Mutex<HashMap<AgentId, Desk>>,
    /// Whose desks show a contact. Taken after a stream's lock, never before it.
    holders: Mutex<HashMap<ContactId, Vec<AgentId>>>,
    board: BoardStream,
}

struct Desk {
    stream: Arc<DeskStream>,
    /// Sockets that follow this desk.
    sockets: usize,
}

impl Default for Desk {
    fn default() -> Self {
        Self { stream: Arc::new(Stream::new(None)), sockets: 0 }
    }
}

impl Live {
    /// Empty streams of a server that starts with this epoch.
    pub fn new(epoch: String) -> Self {
        Self(Arc::new(Inner {
            epoch,
            desks: Mutex::new(HashMap::new()),
            holders: Mutex::new(HashMap::new()),
            board: Stream::new(BoardView::default()),
        }))
    }

    /// Names the numbers of all streams.
    pub fn epoch(&self) -> &str {
        &self.0.epoch
    }

    /// The board.
    pub fn board(&self) -> &BoardStream {
        &self.0.board
    }

    /// An agent's desk.
    pub fn desk(&self, agent: AgentId) -> Arc<DeskStream> {
        Arc::clone(&self.desks().entry(agent).or_default().stream)
    }

    /// Whether a browser follows this agent's desk.
    pub fn desk_is_connected(&self, agent: AgentId) -> bool {
        self.desks().get(&agent).is_some_and(|desk| desk.sockets > 0)
    }

    /// A browser begins to follow; `true` when it is the first.
    fn desk_joined(&self, agent: AgentId) -> bool {
        let mut desks = self.desks();
        let desk = desks.entry(agent).or_default();
        desk.sockets += 1;
        desk.sockets == 1
    }

    /// A browser stops following; `true` when it was the last.
    fn desk_left(&self, agent: AgentId) -> bool {
        let mut desks = self.desks();
        let desk = desks.entry(agent).or_default();
        desk.sockets = desk.sockets.saturating_sub(1);
        desk.sockets == 0
    }

    /// Changes what lies on an agent's desk. `contacts` are those that may lie there afterwards; they
    /// are found by [`Live::at_desks_of`] before `change` reads what was said in them, so that a word
    /// said meanwhile is either read by `change` or told to the desk after it.
    pub fn lay_desk(
        &self,
        agent: AgentId,
        contacts: &[ContactId],
        change: impl FnOnce(&mut Option<DeskView>) -> Option<DeskDelta>,
    ) {
        self.desk(agent).update(|desk| {
            let before = held(desk.as_ref());
            self.hold(agent, contacts);
            let delta = change(desk);
            let after = held(desk.as_ref());
            self.hold(agent, &after);
            let gone = before.iter().chain(contacts).filter(|contact| !after.contains(contact));
            self.release(agent, gone);
            delta
        });
    }

    /// Changes the desk of every agent who has this contact.
    pub fn at_desks_of(
        &self,
        contact: ContactId,
        mut change: impl FnMut(&mut api::desk::DeskContact) -> Option<DeskDelta>,
    ) {
        let agents = self.holders().get(&contact).cloned().unwrap_or_default();
        for agent in agents {
            self.desk(agent).update(|view| {
                let held = view.as_mut()?.contacts.iter_mut();
                held.into_iter().find(|held| held.contact == contact.uuid()).and_then(&mut change)
            });
        }
    }

    fn hold(&self, agent: AgentId, contacts: &[ContactId]) {
        let mut holders = self.holders();
        for contact in contacts {
            let agents = holders.entry(*contact).or_default();
            if !agents.contains(&agent) {
                agents.push(agent);
            }
        }
    }

    fn release<'a>(&self, agent: AgentId, contacts: impl Iterator<Item = &'a ContactId>) {
        let mut holders = self.holders();
        for contact in contacts {
            let Some(agents) = holders.get_mut(contact) else { continue };
            agents.retain(|holder| *holder != agent);
            if agents.is_empty() {
                holders.remove(contact);
            }
        }
    }

    fn desks(&self) -> MutexGuard<'_, HashMap<AgentId, Desk>> {
        self.0.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn holders(&self) -> MutexGuard<'_, HashMap<ContactId, Vec<AgentId>>> {
        self.0.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The contacts that lie on a desk.
fn held(desk: Option<&DeskView>) -> Vec<ContactId> {
    let contacts = desk.map(|desk| desk.contacts.as_slice()).unwrap_or_default();
    contacts.iter().map(|held| ContactId::from_uuid(held.contact)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::{collection, prelude::*};
    use serde_json::{Value, json};

    use super::*;

    const AGENTS: u8 = 4;
    const CONTACTS: u8 = 6;

    fn agent(n: u8) -> AgentId {
        AgentId::from_u128(0xA00 + u128::from(n))
    }

    fn contact(n: u8) -> ContactId {
        ContactId::from_u128(0xC00 + u128::from(n))
    }

    /// A contact on a desk; its `queue` says whose desk it is.
    fn on_desk(whose: u8, n: u8) -> Value {
        let nobody = uuid::Uuid::nil();
        json!({
            "contact": contact(n).uuid(), "channel": "chat", "state": "talking", "since": "",
            "arrived": "", "threshold_ms": 0, "queue": whose.to_string(), "queue_id": nobody,
            "client": { "client": nobody, "name": "", "initials": "", "hue": 0, "alias": "" },
            "greeting": "", "protocol": "", "language": "en", "kind": "queue", "dispositions": [],
            "customer": { "name": "", "verified": false, "contacts_before": 0 },
            "can_extend": false, "overflow": false, "over_limit": false,
        })
    }

    fn desk(whose: u8, contacts: &BTreeSet<u8>) -> DeskView {
        let contacts: Vec<Value> = contacts.iter().map(|n| on_desk(whose, *n)).collect();
        let me = json!({
            "agent": agent(whose).uuid(), "name": "", "misses": 0, "points_used": 0,
            "state": { "kind": "available", "since": "" },
            "today": { "answered": 0, "missed": 0, "signed_in_ms": 0 },
            "phone": { "state": "off" },
        });
        serde_json::from_value(json!({ "me": me, "contacts": contacts })).unwrap()
    }

    fn ids(contacts: &BTreeSet<u8>) -> Vec<ContactId> {
        contacts.iter().map(|n| contact(*n)).collect()
    }

    /// On whose desks a contact is found.
    fn found(live: &Live, n: u8) -> BTreeSet<u8> {
        let mut found = BTreeSet::new();
        live.at_desks_of(contact(n), |held| {
            assert!(found.insert(held.queue.parse().unwrap()), "a desk is told once");
            None
        });
        found
    }

    fn some() -> impl Strategy<Value = BTreeSet<u8>> {
        collection::btree_set(0..CONTACTS, 0..=usize::from(CONTACTS))
    }

    proptest! {
        /// Whatever is laid, taken, passed on, or announced and then not laid after all.
        #[test]
        fn a_contact_is_found_at_the_desks_that_show_it_and_at_no_other(
            days in collection::vec((0..AGENTS, some(), any::<bool>()), 1..40)
        ) {
            let live = Live::new(String::new());
            let mut shown = vec![BTreeSet::new(); usize::from(AGENTS)];
            for (whose, contacts, changes) in days {
                live.lay_desk(agent(whose), &ids(&contacts), |view| {
                    if changes {
                        *view = Some(desk(whose, &contacts));
                    }
                    None
                });
                if changes {
                    shown[usize::from(whose)] = contacts;
                }
                for n in 0..CONTACTS {
                    let shows = |a: &u8| shown[usize::from(*a)].contains(&n);
                    prop_assert_eq!(found(&live, n), (0..AGENTS).filter(shows).collect());
                }
            }
            for whose in 0..AGENTS {
                live.lay_desk(agent(whose), &[], |view| {
                    *view = None;
                    None
                });
            }
            prop_assert!(live.holders().is_empty(), "nothing is kept of what nobody has");
        }
    }

    #[test]
    fn a_word_said_while_a_contact_is_being_laid_finds_the_desk() {
        let live = Live::new(String::new());
        live.lay_desk(agent(1), &[contact(1)], |view| {
            // Whoever speaks now looks here, and then waits until the desk is laid.
            assert_eq!(live.holders().get(&contact(1)), Some(&vec![agent(1)]));
            *view = Some(desk(1, &BTreeSet::from([1])));
            None
        });
        assert_eq!(found(&live, 1), BTreeSet::from([1]));
    }
}
