//! How calls sound: each leg's part in a call, and each trunk over its latest minutes.
//!
//! The sound reports on every leg each five seconds, since the leg began. An agent's browser is one leg for the
//! whole shift, so that its part in a call is the difference of two reports.

use std::collections::{HashMap, VecDeque};

use api::voice::{QualityView, Unheard};
use domain::{AgentId, ContactId, LegId, TrunkId};
use telephony::{call::Party, quality::QualityReport};

/// Reports that a trunk is judged by: a dozen is a minute of one call.
const WINDOW: usize = 24;
/// Fewer say nothing.
const ENOUGH: usize = 6;
/// Below this score in the mean a trunk is in trouble: "many users dissatisfied" by ITU-T G.107, annex B.
const TROUBLE: f32 = 3.6;
/// And again well from this on: "some users dissatisfied" is over. Between both it stays as it is.
const WELL: f32 = 4.0;

/// More of what we send lost than this, in 1/256, and whoever should hear it hears nobody.
const NOTHING_ARRIVES: u8 = 230;

/// A trunk's sound over its latest reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrunkSound {
    /// Mean opinion score.
    pub mos: f32,
    /// Packets lost of those that should have come, in permille.
    pub loss_permille: u32,
    /// It is in trouble, and somebody should look.
    pub trouble: bool,
}

#[derive(Debug, Default)]
struct Trunk {
    latest: VecDeque<QualityReport>,
    trouble: bool,
}

/// Everything that was reported and is still of use.
#[derive(Debug, Default)]
pub(super) struct Listening {
    /// Of each leg, since it began.
    latest: HashMap<LegId, QualityReport>,
    /// As it was when a leg's part in a call began.
    begun: HashMap<(ContactId, LegId), QualityReport>,
    /// What happened between the latest two reports of a leg.
    recent: HashMap<LegId, QualityReport>,
    /// Who speaks in each call.
    calls: HashMap<ContactId, Vec<(LegId, Party)>>,
    by_trunk: HashMap<LegId, TrunkId>,
    trunks: HashMap<TrunkId, Trunk>,
}

impl Listening {
    /// A leg goes by this trunk.
    pub(super) fn goes_by(&mut self, leg: LegId, trunk: Option<TrunkId>) {
        match trunk {
            Some(trunk) => self.by_trunk.insert(leg, trunk),
            None => self.by_trunk.remove(&leg),
        };
    }

    /// A leg's part in a call begins.
    pub(super) fn begins(&mut self, contact: ContactId, leg: LegId, party: Party) {
        let now = self.latest.get(&leg).copied().unwrap_or_default();
        self.begun.insert((contact, leg), now);
        // What was before says nothing of this call.
        self.recent.remove(&leg);
        self.calls.entry(contact).or_default().push((leg, party));
    }

    /// It is over. How it sounded, unless nothing was reported meanwhile.
    pub(super) fn ends(&mut self, contact: ContactId, leg: LegId) -> Option<QualityReport> {
        if let Some(legs) = self.calls.get_mut(&contact) {
            legs.retain(|(of, _)| *of != leg);
            if legs.is_empty() {
                self.calls.remove(&contact);
            }
        }
        let before = self.begun.remove(&(contact, leg))?;
        let part = self.latest.get(&leg)?.since(&before);
        (part.received > 0 || part.lost > 0).then_some(part)
    }

    /// A report. The sound of its trunk, if that went into trouble or out of it.
    pub(super) fn reported(
        &mut self,
        leg: LegId,
        report: &QualityReport,
        last: bool,
    ) -> Option<(TrunkId, TrunkSound)> {
        let before = self.latest.insert(leg, *report).unwrap_or_default();
        self.recent.insert(leg, report.since(&before));
        let trunk = self.by_trunk.get(&leg).copied();
        if last {
            self.latest.remove(&leg);
            self.recent.remove(&leg);
            self.by_trunk.remove(&leg);
        }
        let id = trunk?;
        let part = report.since(&before);
        if part.received == 0 && part.lost == 0 {
            return None;
        }
        let trunk = self.trunks.entry(id).or_default();
        trunk.latest.push_back(part);
        if trunk.latest.len() > WINDOW {
            trunk.latest.pop_front();
        }
        let sound = self.of(id)?;
        let trunk = self.trunks.get_mut(&id)?;
        let trouble = match trunk.trouble {
            false => sound.mos < TROUBLE,
            true => sound.mos < WELL,
        };
        let news = std::mem::replace(&mut trunk.trouble, trouble) != trouble;
        news.then_some((id, TrunkSound { trouble, ..sound }))
    }

    /// The calls in which a leg speaks.
    pub(super) fn calls_of(&self, leg: LegId) -> Vec<ContactId> {
        let speaks = |legs: &Vec<(LegId, Party)>| legs.iter().any(|(of, _)| *of == leg);
        self.calls.iter().filter(|(_, legs)| speaks(legs)).map(|(contact, _)| *contact).collect()
    }

    /// How the customer's side of a call sounds, and that agent's phone in it.
    pub(super) fn sounds(
        &self,
        contact: ContactId,
        agent: AgentId,
    ) -> (Option<QualityView>, Option<QualityView>) {
        let of = |wanted: Party| {
            let (leg, _) = self.calls.get(&contact)?.iter().find(|(_, party)| *party == wanted)?;
            self.recent.get(leg).map(view)
        };
        (of(Party::Customer), of(Party::Agent(agent)))
    }

    /// Who of a call has not been heard between the latest two reports. Nothing at all is missing only
    /// where sound should come even from whoever is silent.
    pub(super) fn unheard(&self, contact: ContactId) -> Option<Unheard> {
        let legs = self.calls.get(&contact)?;
        let recent = |wanted: fn(&Party) -> bool| {
            legs.iter()
                .filter(move |(_, party)| wanted(party))
                .filter_map(|(leg, _)| self.recent.get(leg))
        };
        let customer = |party: &Party| matches!(party, Party::Customer);
        let agent = |party: &Party| matches!(party, Party::Agent(_));
        let deaf =
            recent(customer).any(|part| part.remote_loss.is_some_and(|l| l >= NOTHING_ARRIVES));
        if recent(customer).any(|part| part.received == 0) {
            Some(Unheard::Customer)
        } else if deaf || recent(agent).any(|part| part.received == 0) {
            Some(Unheard::Agent)
        } else {
            None
        }
    }

    /// How a trunk sounds; `None` before there is enough to say.
    pub(super) fn of(&self, id: TrunkId) -> Option<TrunkSound> {
        let trunk = self.trunks.get(&id).filter(|trunk| trunk.latest.len() >= ENOUGH)?;
        let (mut mos, mut lost, mut all) = (0.0, 0, 0);
        for part in &trunk.latest {
            mos += part.mos;
            lost += part.lost;
            all += part.lost + part.received;
        }
        let loss = (lost * 1_000).checked_div(all).unwrap_or(0);
        Some(TrunkSound {
            mos: mos / trunk.latest.len() as f32,
            loss_permille: u32::try_from(loss).unwrap_or(u32::MAX),
            trouble: trunk.trouble,
        })
    }
}

/// A report as it is shown and kept.
pub(super) fn view(part: &QualityReport) -> QualityView {
    let permille = |some: u64, of: u64| {
        u32::try_from((some * 1_000).checked_div(of).unwrap_or(0)).unwrap_or(1_000)
    };
    let millis = |time: std::time::Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    QualityView {
        loss_permille: permille(part.lost, part.lost + part.received),
        jitter_ms: millis(part.jitter),
        concealed_permille: permille(part.concealed, part.played),
        round_trip_ms: part.round_trip.map(millis),
        // A whole number: what has a fraction, even of nothing, is not read back as one.
        mos_tenths: (part.mos * 10.0).round() as u8,
    }
}

#[cfg(test)]
mod tests {
    use telephony::quality::Measured;

    use super::*;

    const CALL: ContactId = ContactId::from_u128(1);
    const BROWSER: LegId = LegId::from_u128(2);
    const CARRIER: TrunkId = TrunkId::from_u128(3);
    const CUSTOMER: LegId = LegId::from_u128(4);
    const ANN: Party = Party::Agent(AgentId::from_u128(5));

    /// Since the leg began: so many frames, of which so many were lost and made up.
    fn report(played: u64, lost: u64) -> QualityReport {
        let received = played - lost;
        Measured { received, lost, concealed: lost, played, ..Measured::default() }.report()
    }

    #[test]
    fn a_part_of_a_standing_leg_counts_for_its_call_alone() {
        let mut listening = Listening::default();
        listening.reported(BROWSER, &report(1_000, 100), false);
        listening.begins(CALL, BROWSER, ANN);
        assert_eq!(listening.ends(CALL, BROWSER), None, "nothing was heard meanwhile");
        listening.begins(CALL, BROWSER, ANN);
        listening.reported(BROWSER, &report(1_250, 100), false);
        let part = listening.ends(CALL, BROWSER).expect("it was heard");
        assert_eq!((part.received, part.lost), (250, 0));
        assert!(part.mos > 4.2, "the loss before the call is not the call's: {}", part.mos);
        assert_eq!(listening.ends(CALL, BROWSER), None, "told once");
    }

    #[test]
    fn whoever_is_not_heard_is_told_and_whoever_is_silent_is_not() {
        let mut listening = Listening::default();
        let lost_there = |played, remote_loss| QualityReport { remote_loss, ..report(played, 0) };
        listening.begins(CALL, CUSTOMER, Party::Customer);
        listening.begins(CALL, BROWSER, ANN);
        assert_eq!(listening.unheard(CALL), None, "nothing was reported");
        // Customer, agent, what the customer's side says of us, who is not heard.
        let steps = [
            (250, 250, None, None),
            (500, 250, None, Some(Unheard::Agent)),
            (500, 500, None, Some(Unheard::Customer)),
            (750, 750, Some(20), None),
            (1_000, 1_000, Some(255), Some(Unheard::Agent)),
            (1_250, 1_250, Some(0), None),
        ];
        for (customer, agent, remote, want) in steps {
            listening.reported(CUSTOMER, &lost_there(customer, remote), false);
            listening.reported(BROWSER, &report(agent, 0), false);
            assert_eq!(listening.unheard(CALL), want, "{customer} {agent} {remote:?}");
        }
        assert_eq!(listening.calls_of(BROWSER), [CALL]);
        let (of_customer, of_agent) = listening.sounds(CALL, AgentId::from_u128(5));
        assert_eq!(
            (of_customer.map(|s| s.loss_permille), of_agent.map(|s| s.loss_permille)),
            (Some(0), Some(0))
        );
        assert!(of_customer.is_some_and(|sound| sound.mos_tenths > 42), "{of_customer:?}");
        listening.ends(CALL, BROWSER);
        listening.ends(CALL, CUSTOMER);
        assert_eq!((listening.unheard(CALL), listening.calls_of(CUSTOMER)), (None, vec![]));
    }

    #[test]
    fn a_trunk_goes_into_trouble_and_out_of_it_once_each() {
        let mut listening = Listening::default();
        let leg = LegId::from_u128(9);
        listening.goes_by(leg, Some(CARRIER));
        let (mut played, mut lost, mut told) = (0, 0, Vec::new());
        // A minute well, a minute with every tenth packet lost, then well again.
        for n in 0..72 {
            played += 250;
            lost += if (12..24).contains(&n) { 25 } else { 0 };
            if let Some((trunk, sound)) = listening.reported(leg, &report(played, lost), false) {
                assert_eq!(trunk, CARRIER);
                told.push((n, sound.trouble));
            }
        }
        let [(bad, true), (good, false)] = told.as_slice() else { panic!("{told:?}") };
        assert!((12..24).contains(bad) && *good > 24, "{told:?}");
        // A leg by no trunk says nothing of one.
        assert_eq!(listening.reported(BROWSER, &report(1_000, 500), false), None);
    }
}
