//! What people at the desk and on the board need to know of a contact beside the router's state:
//! who it is, where its conversation is, how it was decided. Kept while it is on the floor or in
//! somebody's wrap-up.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Mutex, PoisonError},
};

use domain::{
    AgentId, ClientId, ContactId, ConversationId, Language, QueueId, Timestamp, contract::Channel,
};
use routing::{
    AgentView, ContactState, ContactView, Decision, Ending, Event, OfferEnd, OfferKind, QueuedWhy,
    Stamped,
};

/// Offers kept for each contact; older ones are in the journal.
const OFFERS_KEPT: usize = 20;

/// One contact.
#[derive(Clone, Debug)]
pub struct Card {
    /// The contact.
    pub contact: ContactId,
    /// Its client.
    pub client: ClientId,
    /// Its queue now.
    pub queue: QueueId,
    /// How it came.
    pub channel: Channel,
    /// Its language.
    pub language: Language,
    /// Start of its clock.
    pub arrived: Timestamp,
    /// Start of the wait under way: of its clock, or of the requeue after an answer.
    pub waits_since: Timestamp,
    /// Threshold of its promise, in seconds.
    pub threshold_s: u32,
    /// Version of the contract it arrived under.
    pub contract_version: u32,
    /// Written conversation behind it.
    pub conversation: Option<ConversationId>,
    /// The customer as the desk shows them.
    pub customer: api::desk::DeskCustomer,
    /// The overflow ring is open.
    pub overflow: bool,
    /// Talk passed the limit.
    pub over_limit: bool,
    /// Waits for the opening.
    pub for_opening: bool,
    /// Waits in a queue now.
    pub waiting: bool,
    /// Who passed it on or asks for advice last.
    pub from: Option<AgentId>,
    /// Offers so far, counted.
    pub offers_count: u32,
    /// The latest offers with their decisions.
    pub offers: VecDeque<Offer>,
    /// Agents with a part in it, ringing and wrap-up included.
    pub parts: HashSet<AgentId>,
    /// Of them those who have answered and not left: with the customer, or with each other.
    pub together: HashSet<AgentId>,
    /// Who put it on hold last, and has not taken it back.
    pub held_by: Option<AgentId>,
    /// How it left the floor.
    pub ended: Option<Ending>,
}

/// An offer and what came of it.
#[derive(Clone, Debug)]
pub struct Offer {
    /// When.
    pub at: Timestamp,
    /// To whom.
    pub agent: AgentId,
    /// What kind.
    pub kind: OfferKind,
    /// Why, unless decisions are not recorded.
    pub decision: Option<Box<Decision>>,
    /// What came of it; `None` while it rings.
    pub outcome: Option<Outcome>,
}

/// What came of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered.
    Answered,
    /// Not answered.
    Ended(OfferEnd),
}

impl Offer {
    /// Whether the agent answered it.
    pub fn is_answered(&self) -> bool {
        self.outcome == Some(Outcome::Answered)
    }
}

/// All cards.
#[derive(Debug, Default)]
pub struct Cards(Mutex<HashMap<ContactId, Card>>);

impl Cards {
    /// Puts a card down before its contact arrives. The event `Arrived` completes it.
    pub fn put(&self, card: Card) {
        self.lock().insert(card.contact, card);
    }

    /// The card of a contact.
    pub fn get(&self, contact: ContactId) -> Option<Card> {
        self.lock().get(&contact).cloned()
    }

    /// Takes a card back whose contact did not arrive.
    pub fn remove(&self, contact: ContactId) {
        self.lock().remove(&contact);
    }

    /// Changes a card, if it is there.
    pub fn change<T>(&self, contact: ContactId, change: impl FnOnce(&mut Card) -> T) -> Option<T> {
        self.lock().get_mut(&contact).map(change)
    }

    /// Cards of contacts that wait now, in no order.
    pub fn waiting(&self) -> Vec<Card> {
        self.lock().values().filter(|card| card.waits()).cloned().collect()
    }

    /// Contacts whose talk has passed its limit.
    pub fn over_limit(&self) -> HashSet<ContactId> {
        self.lock().values().filter(|card| card.over_limit).map(|card| card.contact).collect()
    }

    /// Takes in what happened. A card leaves when its contact has ended and nobody works on it.
    pub fn apply(&self, stamped: &Stamped) {
        let mut cards = self.lock();
        let Some(contact) = contact_of(&stamped.event) else { return };
        if let Event::Arrived { .. } | Event::CalledOut { .. } = stamped.event {
            let card = cards.entry(contact).or_insert_with(|| Card::unknown(contact));
            card.arrive(stamped);
            return;
        }
        let Some(card) = cards.get_mut(&contact) else { return };
        card.apply(stamped);
        if card.ended.is_some() && card.parts.is_empty() {
            cards.remove(&contact);
        }
    }

    /// Brings the cards to a floor that was rebuilt: what `history` tells, and for what is older or
    /// differs, where contacts and agents are now.
    pub fn rebuild<'a>(
        &self,
        contacts: &[ContactView],
        agents: impl Iterator<Item = &'a AgentView>,
        history: &[Stamped],
    ) {
        for stamped in history {
            self.apply(stamped);
        }
        let mut cards = self.lock();
        let mut held: HashMap<ContactId, HashSet<AgentId>> = HashMap::new();
        for view in agents {
            for work in &view.work {
                held.entry(work.contact).or_default().insert(view.agent);
                let card = cards.entry(work.contact).or_insert_with(|| Card::unknown(work.contact));
                (card.client, card.queue, card.channel) = (work.client, work.queue, work.channel);
            }
        }
        for view in contacts {
            cards.entry(view.contact).or_insert_with(|| Card::unknown(view.contact)).stand(view);
        }
        let here: HashSet<ContactId> = contacts.iter().map(|view| view.contact).collect();
        cards.retain(|contact, card| {
            card.parts = held.remove(contact).unwrap_or_default();
            // One that was put down for a contact that has not arrived yet stays.
            here.contains(contact) || !card.parts.is_empty() || card.contract_version == 0
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ContactId, Card>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Card {
    /// A card of which only the contact is known yet.
    pub fn unknown(contact: ContactId) -> Self {
        Self {
            contact,
            client: ClientId::from_u128(0),
            queue: QueueId::from_u128(0),
            channel: Channel::Chat,
            language: Language::EN,
            arrived: Timestamp::MIN,
            waits_since: Timestamp::MIN,
            threshold_s: 0,
            contract_version: 0,
            conversation: None,
            customer: api::desk::DeskCustomer {
                customer: None,
                name: String::new(),
                verified: false,
                email: None,
                page: None,
                contacts_before: 0,
            },
            overflow: false,
            over_limit: false,
            for_opening: false,
            waiting: false,
            from: None,
            offers_count: 0,
            offers: VecDeque::new(),
            parts: HashSet::new(),
            together: HashSet::new(),
            held_by: None,
            ended: None,
        }
    }

    /// The kind of the latest offer to an agent.
    pub fn kind_for(&self, agent: AgentId) -> OfferKind {
        let latest = self.offers.iter().rev().find(|offer| offer.agent == agent);
        latest.map_or(OfferKind::Queue, |offer| offer.kind)
    }

    /// Whether it waits: in a queue, for the opening, or while it rings at an agent.
    pub fn waits(&self) -> bool {
        self.waiting || self.for_opening || self.rings_at().is_some()
    }

    /// The agent at whose desk it rings, consults left out.
    pub fn rings_at(&self) -> Option<AgentId> {
        let latest = self.offers.iter().rev().find(|offer| offer.kind != OfferKind::Consult)?;
        latest.outcome.is_none().then_some(latest.agent)
    }

    /// Takes over where the router has the contact.
    fn stand(&mut self, view: &ContactView) {
        self.client = view.client;
        self.queue = view.queue;
        self.channel = view.channel;
        self.language = view.language;
        self.arrived = view.clock_start;
        self.waits_since = if view.answered { view.since } else { view.clock_start };
        let threshold = view.promised.since(view.clock_start).as_secs();
        self.threshold_s = u32::try_from(threshold).unwrap_or(u32::MAX);
        self.overflow = view.overflow_open;
        self.waiting = view.state == ContactState::Waiting;
        self.for_opening = view.state == ContactState::WaitsForOpening;
        self.together = view.agents.iter().copied().collect();
    }

    fn arrive(&mut self, stamped: &Stamped) {
        if let Event::CalledOut {
            client, queue, agent, language, contract_version, promise, ..
        } = &stamped.event
        {
            (self.client, self.queue) = (*client, *queue);
            (self.channel, self.language) = (Channel::Voice, *language);
            self.contract_version = *contract_version;
            self.threshold_s = promise.threshold_s;
            (self.arrived, self.waits_since) = (stamped.at, stamped.at);
            self.parts.insert(*agent);
            self.together.insert(*agent);
            return;
        }
        let Event::Arrived {
            client,
            queue,
            channel,
            language,
            contract_version,
            promise,
            clock_start,
            ..
        } = &stamped.event
        else {
            return;
        };
        self.client = *client;
        self.queue = *queue;
        self.channel = *channel;
        self.language = *language;
        self.contract_version = *contract_version;
        self.threshold_s = promise.threshold_s;
        self.arrived = *clock_start;
        self.waits_since = *clock_start;
    }

    fn apply(&mut self, Stamped { at, event }: &Stamped) {
        match event {
            Event::WaitsForOpening { .. } => self.for_opening = true,
            Event::Queued { queue, why, .. } => {
                self.queue = *queue;
                // Whoever was answered before waits anew, as the figures count it.
                if matches!(
                    why,
                    QueuedWhy::Transferred | QueuedWhy::Released | QueuedWhy::TriedAgain
                ) {
                    self.waits_since = *at;
                }
                self.waiting = true;
                self.for_opening = false;
            }
            Event::RingOpened { overflow, .. } => self.overflow |= overflow,
            Event::Offered { agent, kind, decision, .. } => {
                self.waiting &= *kind == OfferKind::Consult;
                if *kind == OfferKind::Consult {
                    // Whoever asks has put the customer on hold.
                    self.from = self.held_by.or(self.from);
                }
                self.offers_count += 1;
                self.parts.insert(*agent);
                if self.offers.len() == OFFERS_KEPT {
                    self.offers.pop_front();
                }
                self.offers.push_back(Offer {
                    at: *at,
                    agent: *agent,
                    kind: *kind,
                    decision: decision.clone(),
                    outcome: None,
                });
            }
            Event::OfferEnded { agent, why, .. } => {
                self.parts.remove(agent);
                self.close_offer(*agent, Outcome::Ended(*why));
            }
            Event::Held { agent, .. } => self.held_by = Some(*agent),
            Event::Resumed { .. } => self.held_by = None,
            Event::Answered { agent, .. } => {
                self.waiting = false;
                self.together.insert(*agent);
                self.close_offer(*agent, Outcome::Answered);
            }
            Event::ConsultStarted { by, to, .. } => {
                self.from = Some(*by);
                self.together.insert(*to);
                self.close_offer(*to, Outcome::Answered);
            }
            Event::Transferred { by, .. } => self.from = Some(*by),
            Event::TalkLimitPassed { .. } => self.over_limit = true,
            Event::PartEnded { agent, .. } => {
                self.parts.remove(agent);
                self.together.remove(agent);
            }
            Event::WrapUpEnded { agent, .. } => {
                self.parts.remove(agent);
            }
            Event::WrapUpStarted { agent, .. } => {
                self.parts.insert(*agent);
            }
            Event::Ended { ending, .. } => {
                self.ended = Some(*ending);
                self.waiting = false;
                self.for_opening = false;
            }
            _ => {}
        }
    }

    fn close_offer(&mut self, agent: AgentId, outcome: Outcome) {
        let open = self.offers.iter_mut().rev().find(|o| o.agent == agent && o.outcome.is_none());
        if let Some(offer) = open {
            offer.outcome = Some(outcome);
        }
    }
}

/// The contact an event is about, if it is about one.
pub fn contact_of(event: &Event) -> Option<ContactId> {
    use Event as E;
    match event {
        E::Arrived { contact, .. }
        | E::WaitsForOpening { contact, .. }
        | E::Queued { contact, .. }
        | E::GreetingStarted { contact, .. }
        | E::RingOpened { contact, .. }
        | E::Offered { contact, .. }
        | E::OfferEnded { contact, .. }
        | E::Answered { contact, .. }
        | E::Held { contact, .. }
        | E::Resumed { contact, .. }
        | E::ConsultStarted { contact, .. }
        | E::ConferenceStarted { contact, .. }
        | E::PartEnded { contact, .. }
        | E::WrapUpStarted { contact, .. }
        | E::WrapUpExtended { contact, .. }
        | E::WrapUpEnded { contact, .. }
        | E::Transferred { contact, .. }
        | E::CallbackPromised { contact, .. }
        | E::Ended { contact, .. }
        | E::TalkLimitPassed { contact, .. }
        | E::Call { contact, .. }
        | E::CalledOut { contact, .. }
        | E::CustomerAnswered { contact, .. }
        | E::CallbackFailed { contact, .. }
        | E::Expedited { contact, .. } => Some(*contact),
        E::AgentState { .. } | E::PeriodChanged { .. } | E::Phone { .. } => None,
    }
}
