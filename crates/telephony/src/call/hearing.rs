//! Who hears whom: one function of where the call stands, so that nobody is heard by accident.

use std::collections::{BTreeMap, BTreeSet};

use domain::{AgentId, LegId};

use super::port::{Doing, Part, Supervision};
use crate::media::Channels;

/// Where somebody outside stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutsideStage {
    /// It rings there; what comes from there is early media.
    Ringing,
    /// The agent who called speaks with them alone.
    Private,
    /// They are in the conversation.
    Joined,
}

/// Everybody who may hear or be heard, and how they stand.
#[derive(Clone, Debug, Default)]
pub struct Picture<'a> {
    /// The customer's leg, once answered.
    pub customer: Option<LegId>,
    /// The customer's leg, while we call and their side plays something before the answer.
    pub early: Option<LegId>,
    /// The agents on the contact.
    pub parts: &'a [Part],
    /// Somebody outside, and who called them.
    pub outside: Option<(LegId, Option<AgentId>, OutsideStage)>,
    /// A supervisor.
    pub supervisor: Option<(LegId, Supervision)>,
}

/// Whom each leg hears. A leg that is not named hears nobody.
pub type Hearing = BTreeMap<LegId, BTreeSet<LegId>>;

impl Picture<'_> {
    /// Whom each leg hears.
    pub fn hearing(&self) -> Hearing {
        let mut hearing = Hearing::new();
        let conversation = self.conversation();
        let consulting: BTreeSet<LegId> = self.phones(Doing::Consulting).collect();
        for together in [&conversation, &consulting] {
            for leg in together {
                hearing.entry(*leg).or_default().extend(together.iter().filter(|o| *o != leg));
            }
        }
        if let Some((outside, by)) = self.private()
            && let Some(phone) = self.phone_of(by)
        {
            hearing.entry(phone).or_default().insert(outside);
            if matches!(self.outside, Some((.., OutsideStage::Private))) {
                hearing.entry(outside).or_default().insert(phone);
            }
        }
        if let Some(early) = self.early {
            for phone in self.phones(Doing::Talking) {
                hearing.entry(phone).or_default().insert(early);
            }
        }
        if let Some((supervisor, mode)) = self.supervisor {
            let agents = self.parts.iter().filter_map(|part| part.phone);
            let outside = self.outside.map(|(leg, ..)| leg);
            let others: BTreeSet<LegId> =
                self.customer.into_iter().chain(agents).chain(outside).collect();
            let to: BTreeSet<LegId> = match mode {
                Supervision::Listen => BTreeSet::new(),
                Supervision::Whisper => self.parts.iter().filter_map(|part| part.phone).collect(),
                Supervision::Barge => {
                    let agents = self.parts.iter().filter_map(|part| part.phone);
                    conversation.iter().copied().chain(agents).collect()
                }
            };
            for leg in to {
                hearing.entry(leg).or_default().insert(supervisor);
            }
            hearing.insert(supervisor, others);
        }
        hearing.retain(|_, others| !others.is_empty());
        hearing
    }

    /// What a recording holds: the customer while an agent is on the contact, and on the other
    /// channel everybody who speaks to them or about them; never a supervisor whom they cannot hear.
    pub fn recorded(&self) -> Channels {
        let joined = matches!(self.outside, Some((_, _, OutsideStage::Joined)));
        if self.parts.is_empty() && !joined {
            return Channels::default();
        }
        let supervisor = match self.supervisor {
            Some((leg, Supervision::Barge)) => Some(leg),
            _ => None,
        };
        let outside = match self.outside {
            Some((leg, _, OutsideStage::Private | OutsideStage::Joined)) => Some(leg),
            _ => None,
        };
        let agents = self.parts.iter().filter_map(|part| part.phone);
        Channels {
            customer: self.customer.into_iter().collect(),
            agents: agents.chain(outside).chain(supervisor).collect(),
        }
    }

    /// Whether the customer is in a conversation; otherwise music plays.
    pub fn customer_in_conversation(&self) -> bool {
        self.customer.is_some_and(|customer| self.conversation().contains(&customer))
    }

    /// All who hear all others: the customer with the agents who talk and whoever has joined.
    fn conversation(&self) -> BTreeSet<LegId> {
        let private = self.private().and_then(|(_, by)| self.phone_of(by));
        let mut legs: BTreeSet<LegId> =
            self.phones(Doing::Talking).filter(|phone| Some(*phone) != private).collect();
        if let Some((leg, _, OutsideStage::Joined)) = self.outside {
            legs.insert(leg);
        }
        if !legs.is_empty() {
            legs.extend(self.customer);
        }
        legs
    }

    /// The one outside with whom an agent speaks alone.
    fn private(&self) -> Option<(LegId, Option<AgentId>)> {
        self.outside
            .filter(|(.., stage)| *stage != OutsideStage::Joined)
            .map(|(leg, by, _)| (leg, by))
    }

    fn phones(&self, doing: Doing) -> impl Iterator<Item = LegId> {
        self.parts.iter().filter(move |part| part.doing == doing).filter_map(|part| part.phone)
    }

    fn phone_of(&self, agent: Option<AgentId>) -> Option<LegId> {
        let agent = agent?;
        self.parts.iter().find(|part| part.agent == agent)?.phone
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection, option, prelude::*};

    use super::*;

    const CUSTOMER: LegId = LegId::from_u128(1);
    const OUTSIDE: LegId = LegId::from_u128(2);
    const SUPERVISOR: LegId = LegId::from_u128(3);

    fn part(n: u128, doing: Doing) -> Part {
        let agent = AgentId::from_u128(n);
        Part { agent, phone: Some(LegId::from_u128(100 + n)), doing }
    }

    fn doing() -> impl Strategy<Value = Doing> {
        prop_oneof![Just(Doing::Talking), Just(Doing::Holding), Just(Doing::Consulting)]
    }

    fn mode() -> impl Strategy<Value = Supervision> {
        prop_oneof![Just(Supervision::Listen), Just(Supervision::Whisper), Just(Supervision::Barge)]
    }

    fn stage() -> impl Strategy<Value = OutsideStage> {
        prop_oneof![
            Just(OutsideStage::Ringing),
            Just(OutsideStage::Private),
            Just(OutsideStage::Joined)
        ]
    }

    fn parts() -> impl Strategy<Value = Vec<Part>> {
        collection::vec((doing(), any::<bool>()), 0..4).prop_map(|list| {
            list.into_iter()
                .zip(1..)
                .map(|((doing, has_phone), n)| {
                    let part = part(n, doing);
                    Part { phone: part.phone.filter(|_| has_phone), ..part }
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn nobody_is_heard_who_should_not_be(
            parts in parts(),
            answered: bool,
            outside in option::of(stage()),
            supervisor in option::of(mode()),
        ) {
            let picture = Picture {
                customer: answered.then_some(CUSTOMER),
                early: None,
                parts: &parts,
                outside: outside.map(|stage| (OUTSIDE, Some(AgentId::from_u128(1)), stage)),
                supervisor: supervisor.map(|mode| (SUPERVISOR, mode)),
            };
            let hearing = picture.hearing();
            let heard_by = |leg| hearing.iter().filter(move |(_, o)| o.contains(&leg)).map(|(l, _)| *l);
            for (leg, others) in &hearing {
                prop_assert!(!others.contains(leg), "nobody hears themselves");
            }
            match supervisor {
                None | Some(Supervision::Listen) => {
                    prop_assert_eq!(heard_by(SUPERVISOR).count(), 0);
                }
                Some(Supervision::Whisper) => {
                    prop_assert!(heard_by(SUPERVISOR).all(|leg| leg != CUSTOMER && leg != OUTSIDE));
                }
                Some(Supervision::Barge) => {}
            }
            let customers = hearing.get(&CUSTOMER).cloned().unwrap_or_default();
            for part in &parts {
                let Some(phone) = part.phone else { continue };
                if part.doing != Doing::Talking {
                    prop_assert!(!customers.contains(&phone), "on hold or aside, and heard");
                    let own = hearing.get(&phone).cloned().unwrap_or_default();
                    prop_assert!(!own.contains(&CUSTOMER), "a customer on hold is heard");
                }
            }
            if outside != Some(OutsideStage::Joined) {
                prop_assert!(!customers.contains(&OUTSIDE));
            }
            let hears_people = customers.iter().any(|leg| *leg != SUPERVISOR);
            prop_assert_eq!(picture.customer_in_conversation(), hears_people);
            let recorded = picture.recorded();
            if !matches!(supervisor, Some(Supervision::Barge)) {
                prop_assert!(!recorded.agents.contains(&SUPERVISOR));
            }
            prop_assert!(!recorded.customer.contains(&SUPERVISOR));
        }
    }

    #[test]
    fn a_conversation_of_three_and_a_whisper() {
        let parts = [part(1, Doing::Talking), part(2, Doing::Talking)];
        let (one, two) = (LegId::from_u128(101), LegId::from_u128(102));
        let picture = Picture {
            customer: Some(CUSTOMER),
            early: None,
            parts: &parts,
            outside: None,
            supervisor: Some((SUPERVISOR, Supervision::Whisper)),
        };
        let hearing = picture.hearing();
        assert_eq!(hearing[&CUSTOMER], BTreeSet::from([one, two]));
        assert_eq!(hearing[&one], BTreeSet::from([CUSTOMER, two, SUPERVISOR]));
        assert_eq!(hearing[&two], BTreeSet::from([CUSTOMER, one, SUPERVISOR]));
        assert_eq!(hearing[&SUPERVISOR], BTreeSet::from([CUSTOMER, one, two]));
    }

    #[test]
    fn a_consult_leaves_the_customer_with_music() {
        let parts = [part(1, Doing::Consulting), part(2, Doing::Consulting)];
        let picture = Picture { customer: Some(CUSTOMER), parts: &parts, ..Picture::default() };
        assert!(!picture.customer_in_conversation());
        let hearing = picture.hearing();
        assert!(!hearing.contains_key(&CUSTOMER));
        assert_eq!(hearing[&LegId::from_u128(101)], BTreeSet::from([LegId::from_u128(102)]));
    }

    #[test]
    fn one_outside_is_asked_alone_and_then_joins() {
        let parts = [part(1, Doing::Holding)];
        let agent = Some(AgentId::from_u128(1));
        let one = LegId::from_u128(101);
        let mut picture = Picture {
            customer: Some(CUSTOMER),
            early: None,
            parts: &parts,
            outside: Some((OUTSIDE, agent, OutsideStage::Private)),
            supervisor: None,
        };
        assert_eq!(picture.hearing()[&one], BTreeSet::from([OUTSIDE]));
        assert!(!picture.customer_in_conversation());
        picture.outside = Some((OUTSIDE, agent, OutsideStage::Joined));
        let parts = [part(1, Doing::Talking)];
        picture.parts = &parts;
        assert_eq!(picture.hearing()[&CUSTOMER], BTreeSet::from([OUTSIDE, one]));
        // The agent has left: the two go on.
        picture.parts = &[];
        assert_eq!(picture.hearing()[&CUSTOMER], BTreeSet::from([OUTSIDE]));
    }
}
