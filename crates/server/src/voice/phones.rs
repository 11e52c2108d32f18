//! Agents' phones: a standing connection from the browser for the shift, or a desk phone; and whether
//! sound flows.

use std::collections::HashMap;

use api::voice::{PhoneState, PhoneView};
use domain::{AgentId, LegId};
use uuid::Uuid;

/// An agent's browser as phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Phone {
    /// Its leg; it stays when the browser connects anew, so that a call under way goes on.
    leg: LegId,
    state: PhoneState,
}

/// An agent's desk phone, which has a leg only while it rings or is lifted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Desk {
    /// It can be called.
    there: bool,
    leg: Option<LegId>,
    lifted: bool,
}

/// All phones.
#[derive(Debug, Default)]
pub(super) struct Phones {
    by_agent: HashMap<AgentId, Phone>,
    by_leg: HashMap<LegId, AgentId>,
    desks: HashMap<AgentId, Desk>,
}

impl Phones {
    /// The leg on which the agent's browser connects now.
    pub(super) fn connecting(&mut self, agent: AgentId) -> LegId {
        let phone = self.by_agent.entry(agent).or_insert_with(|| Phone {
            leg: LegId::from_uuid(Uuid::now_v7()),
            state: PhoneState::Connecting,
        });
        if phone.state != PhoneState::Ready {
            phone.state = PhoneState::Connecting;
        }
        self.by_leg.insert(phone.leg, agent);
        phone.leg
    }

    /// Sound flows on this leg, or no longer. Whose it is, if that is news.
    pub(super) fn set(&mut self, leg: LegId, up: bool) -> Option<AgentId> {
        let agent = *self.by_leg.get(&leg)?;
        let phone = self.by_agent.get_mut(&agent)?;
        let state = if up { PhoneState::Ready } else { PhoneState::Lost };
        (std::mem::replace(&mut phone.state, state) != state).then_some(agent)
    }

    /// The agent hangs the phone up for good. Its leg, if there was one.
    pub(super) fn remove(&mut self, agent: AgentId) -> Option<LegId> {
        let phone = self.by_agent.remove(&agent)?;
        self.by_leg.remove(&phone.leg);
        Some(phone.leg)
    }

    /// Whether a leg is a browser's.
    pub(super) fn has(&self, leg: LegId) -> bool {
        self.by_leg.contains_key(&leg)
    }

    /// The leg that an agent hears and speaks on, while there is one: the handset that is lifted, or
    /// else the browser.
    pub(super) fn leg(&self, agent: AgentId) -> Option<LegId> {
        let desk = self.desks.get(&agent).filter(|desk| desk.lifted).and_then(|desk| desk.leg);
        desk.or_else(|| {
            let browser = self.by_agent.get(&agent)?;
            // A browser that is lost and may come back is no reason to be without the desk phone.
            let other = browser.state != PhoneState::Ready && self.is_there(agent);
            (!other).then_some(browser.leg)
        })
    }

    /// Whether calls may be offered.
    pub(super) fn is_ready(&self, agent: AgentId) -> bool {
        self.has_browser(agent) || self.is_there(agent)
    }

    /// As the desk shows it.
    pub(super) fn view(&self, agent: AgentId) -> PhoneView {
        let browser = self.by_agent.get(&agent).map(|phone| phone.state);
        match (browser, self.desks.get(&agent)) {
            (Some(PhoneState::Ready), _) | (_, None) => {
                PhoneView { state: browser.unwrap_or(PhoneState::None), desk_phone: false }
            }
            (_, Some(desk)) => {
                let state = if desk.there { PhoneState::Ready } else { PhoneState::Lost };
                PhoneView { state, desk_phone: true }
            }
        }
    }

    /// These agents have a desk phone; whether it can be called is known for some of them. Those whose
    /// phone came or went.
    pub(super) fn set_desks(&mut self, desks: Vec<(AgentId, Option<bool>)>) -> Vec<AgentId> {
        let before = std::mem::take(&mut self.desks);
        for (agent, there) in desks {
            let old = before.get(&agent).copied().unwrap_or_default();
            self.desks.insert(agent, Desk { there: there.unwrap_or(old.there), ..old });
        }
        let mut all: Vec<AgentId> = before.keys().chain(self.desks.keys()).copied().collect();
        all.sort_unstable();
        all.dedup();
        let there = |desks: &HashMap<AgentId, Desk>, agent: &AgentId| {
            desks.get(agent).map(|desk| desk.there)
        };
        all.retain(|agent| there(&before, agent) != there(&self.desks, agent));
        all
    }

    /// Whether an agent's desk phone can be called; `None` for one without.
    pub(super) fn desk_there(&self, agent: AgentId) -> Option<bool> {
        self.desks.get(&agent).map(|desk| desk.there)
    }

    /// An agent's desk phone can be called, or no longer. Whether that is news.
    pub(super) fn desk_is(&mut self, agent: AgentId, there: bool) -> bool {
        let desk = self.desks.get_mut(&agent);
        desk.is_some_and(|desk| std::mem::replace(&mut desk.there, there) != there)
    }

    /// Whether calls ring at the agent's desk phone: it is there, and no browser is the phone.
    pub(super) fn uses_desk(&self, agent: AgentId) -> bool {
        self.is_there(agent) && !self.has_browser(agent)
    }

    /// It rings on this leg.
    pub(super) fn desk_rings(&mut self, agent: AgentId, leg: LegId) {
        if let Some(desk) = self.desks.get_mut(&agent) {
            (desk.leg, desk.lifted) = (Some(leg), false);
        }
    }

    /// It is lifted.
    pub(super) fn desk_lifted(&mut self, agent: AgentId, leg: LegId) {
        if let Some(desk) = self.desks.get_mut(&agent).filter(|desk| desk.leg == Some(leg)) {
            desk.lifted = true;
        }
    }

    /// It rings or is lifted on this leg.
    pub(super) fn desk_leg(&self, agent: AgentId) -> Option<LegId> {
        self.desks.get(&agent)?.leg
    }

    /// It neither rings nor is lifted any more. The leg, if there was one.
    pub(super) fn desk_down(&mut self, agent: AgentId) -> Option<LegId> {
        let desk = self.desks.get_mut(&agent)?;
        desk.lifted = false;
        desk.leg.take()
    }

    fn has_browser(&self, agent: AgentId) -> bool {
        self.by_agent.get(&agent).is_some_and(|phone| phone.state == PhoneState::Ready)
    }

    fn is_there(&self, agent: AgentId) -> bool {
        self.desks.get(&agent).is_some_and(|desk| desk.there)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: AgentId = AgentId::from_u128(1);
    const DESK: LegId = LegId::from_u128(2);

    #[test]
    fn a_browser_that_comes_back_keeps_its_leg() {
        let mut phones = Phones::default();
        assert_eq!(phones.view(ANN), PhoneView::NONE);
        let leg = phones.connecting(ANN);
        assert!(!phones.is_ready(ANN), "not before sound flows");
        assert_eq!(phones.set(leg, true), Some(ANN));
        assert_eq!(phones.set(leg, true), None, "no news");
        assert_eq!(phones.set(leg, false), Some(ANN));
        assert!(!phones.is_ready(ANN));
        assert_eq!(phones.view(ANN).state, PhoneState::Lost);
        assert_eq!(phones.connecting(ANN), leg);
        assert_eq!(phones.remove(ANN), Some(leg));
        assert_eq!(phones.set(leg, true), None, "nobody's leg");
    }

    #[test]
    fn a_desk_phone_is_a_phone_while_it_is_there_and_no_browser_is() {
        let mut phones = Phones::default();
        assert_eq!(phones.set_desks(vec![(ANN, None)]), [ANN]);
        assert!(!phones.is_ready(ANN), "it has not registered");
        assert!(phones.view(ANN).desk_phone);
        assert!(phones.desk_is(ANN, true) && !phones.desk_is(ANN, true));
        assert!(phones.is_ready(ANN) && phones.uses_desk(ANN));
        assert_eq!(phones.leg(ANN), None, "nothing is heard before it is lifted");
        phones.desk_rings(ANN, DESK);
        assert_eq!((phones.desk_leg(ANN), phones.leg(ANN)), (Some(DESK), None));
        phones.desk_lifted(ANN, DESK);
        assert_eq!(phones.leg(ANN), Some(DESK));
        // Saved anew in the middle of a call.
        assert_eq!(phones.set_desks(vec![(ANN, None)]), []);
        assert_eq!(phones.leg(ANN), Some(DESK));
        assert_eq!(phones.desk_down(ANN), Some(DESK));
        let browser = phones.connecting(ANN);
        assert_eq!(phones.leg(ANN), None, "the browser is not there yet, the desk phone is");
        phones.set(browser, true);
        assert_eq!((phones.leg(ANN), phones.uses_desk(ANN)), (Some(browser), false));
        assert_eq!(phones.set_desks(vec![]), [ANN]);
        assert!(!phones.view(ANN).desk_phone);
    }
}
