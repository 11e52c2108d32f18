//! What somebody at the board should look at, and how calls sound there.

use std::collections::BTreeMap;

use api::board::{AlertKind, BoardAlert, BoardView};
use domain::{AgentId, ContactId, Timestamp, TrunkId};
use telephony::sip::TrunkWhy;
use uuid::Uuid;

use super::{TrunkSound, Voice, plan::Plan};
use crate::live::instant;

/// Raised alerts, each with what it says, until it is over.
#[derive(Debug, Default)]
pub(super) struct Alerts {
    down: BTreeMap<TrunkId, (Timestamp, TrunkWhy)>,
    degraded: BTreeMap<TrunkId, (Timestamp, TrunkSound)>,
    paused: BTreeMap<ContactId, Timestamp>,
}

impl Alerts {
    /// A trunk can be used, or cannot.
    pub(super) fn trunk_is(&mut self, trunk: TrunkId, up: bool, why: TrunkWhy, now: Timestamp) {
        if up {
            self.down.remove(&trunk);
        } else {
            self.down.entry(trunk).or_insert((now, why)).1 = why;
        }
    }

    /// A trunk went into trouble or out of it.
    pub(super) fn trunk_sounds(&mut self, trunk: TrunkId, sound: TrunkSound, now: Timestamp) {
        if sound.trouble {
            self.degraded.insert(trunk, (now, sound));
        } else {
            self.degraded.remove(&trunk);
        }
    }

    /// A recording has paused for too long.
    pub(super) fn pause_left_open(&mut self, contact: ContactId, now: Timestamp) {
        self.paused.insert(contact, now);
    }

    /// It goes on, or is over.
    pub(super) fn pause_over(&mut self, contact: ContactId) {
        self.paused.remove(&contact);
    }

    /// As the board shows them, oldest first. A trunk that was removed or switched off is nobody's
    /// worry.
    fn shown(&self, plan: &Plan, agents_on: impl Fn(ContactId) -> String) -> Vec<BoardAlert> {
        let plain = |kind, id: Uuid, name: String, since: Timestamp| BoardAlert {
            kind,
            id,
            name,
            since: instant(since),
            why: None,
            mos_tenths: None,
            loss_permille: None,
        };
        let down = self.down.iter().filter_map(|(trunk, (since, why))| {
            let name = plan.active_trunk(*trunk)?;
            let alert = plain(AlertKind::TrunkDown, trunk.uuid(), name, *since);
            Some((*since, BoardAlert { why: Some(why.to_string()), ..alert }))
        });
        let degraded = self.degraded.iter().filter_map(|(trunk, (since, sound))| {
            let name = plan.active_trunk(*trunk)?;
            let alert = BoardAlert {
                mos_tenths: Some((sound.mos * 10.0).round() as u8),
                loss_permille: Some(sound.loss_permille),
                ..plain(AlertKind::TrunkDegraded, trunk.uuid(), name, *since)
            };
            Some((*since, alert))
        });
        let paused = self.paused.iter().map(|(contact, since)| {
            let (kind, name) = (AlertKind::PauseLeftOpen, agents_on(*contact));
            (*since, plain(kind, contact.uuid(), name, *since))
        });
        let mut all: Vec<_> = down.chain(degraded).chain(paused).collect();
        all.sort_by_key(|(since, alert)| (*since, alert.id));
        all.into_iter().map(|(_, alert)| alert).collect()
    }
}

impl Voice {
    /// Puts onto the board how its calls sound, and what somebody should look at.
    pub fn onto_board(&self, board: &mut BoardView) {
        {
            let listening = self.listening();
            for agent in &mut board.agents {
                let id = AgentId::from_uuid(agent.id);
                for held in &mut agent.contacts {
                    let contact = ContactId::from_uuid(held.contact);
                    (held.customer_sound, held.agent_sound) = listening.sounds(contact, id);
                }
            }
        }
        let agents_on = |contact: ContactId| {
            let on = board
                .agents
                .iter()
                .filter(|agent| agent.contacts.iter().any(|held| held.contact == contact.uuid()));
            on.map(|agent| agent.name.as_str()).collect::<Vec<_>>().join(", ")
        };
        board.alerts = self.alerts().shown(&self.plan(), agents_on);
    }
}

#[cfg(test)]
mod tests {
    use domain::LegId;
    use serde_json::json;
    use store::{ProviderScope, Store, records::Trunk};
    use telephony::quality::Measured;

    use super::{super::quality::Listening, *};

    const CARRIER: TrunkId = TrunkId::from_u128(1);
    const LEG: LegId = LegId::from_u128(2);
    const CALL: ContactId = ContactId::from_u128(3);

    async fn open(url: String) -> Store {
        Store::open(&url).await.expect("the store opens")
    }

    testkit::both_engines!(open; a_trunk_that_sounds_bad_is_on_the_board_until_it_sounds_well);

    async fn saved(store: &Store, active: bool, version: u64) -> Plan {
        let document = json!({
            "name": "Carrier", "active": active, "server": "", "transport": "udp",
            "addresses": ["127.0.0.1"], "register": false, "trusted": true, "number_form": "e164",
            "calls_max": 10, "calls_per_second": 10, "priority": 0,
        });
        let trunk = Trunk { id: CARRIER, document, secret: None, version };
        let kept = store.tx(move |tx| {
            let trunk = trunk.clone();
            Box::pin(async move { tx.save_trunk(&ProviderScope::granted(), &trunk).await })
        });
        kept.await.unwrap();
        Plan::load(store).await.unwrap()
    }

    fn at(s: i64) -> Timestamp {
        Timestamp::from_secs(1_795_000_000 + s)
    }

    async fn a_trunk_that_sounds_bad_is_on_the_board_until_it_sounds_well(store: Store) {
        let plan = saved(&store, true, 0).await;
        let nobody = |_| String::new();
        let (mut listening, mut alerts) = (Listening::default(), Alerts::default());
        listening.goes_by(LEG, Some(CARRIER));
        // A report each five seconds: well, then a fifth of all packets lost, then well again.
        let (mut played, mut lost, mut shown) = (0, 0, Vec::new());
        for n in 0..72 {
            played += 250;
            lost += if (12..36).contains(&n) { 50 } else { 0 };
            let received = played - lost;
            let report =
                Measured { received, lost, concealed: lost, played, ..Measured::default() };
            if let Some((trunk, sound)) = listening.reported(LEG, &report.report(), false) {
                alerts.trunk_sounds(trunk, sound, at(n * 5));
            }
            shown.push(alerts.shown(&plan, nobody));
        }
        let bad: Vec<usize> = (0..72).filter(|n| !shown[*n].is_empty()).collect();
        let (first, last) = (bad[0], bad[bad.len() - 1]);
        assert!((12..36).contains(&first) && (36..72).contains(&last), "{first} to {last}");
        assert_eq!(bad.len(), last - first + 1, "without a gap");
        let [alert] = shown[first].as_slice() else { panic!("{:?}", shown[first]) };
        assert_eq!((alert.kind, alert.id), (AlertKind::TrunkDegraded, CARRIER.uuid()));
        assert_eq!((alert.name.as_str(), alert.why.as_deref()), ("Carrier", None));
        assert_eq!(alert.since, instant(at(first as i64 * 5)));
        assert!(alert.mos_tenths.is_some_and(|mos| mos <= 36), "{alert:?}");
        assert!(alert.loss_permille.is_some_and(|loss| loss > 0 && loss <= 200), "{alert:?}");
        assert!(shown[first..=last].iter().all(|now| now[0].since == alert.since), "it stays");

        // Beside others the oldest comes first; a trunk that is switched off is nobody's worry.
        let sound = TrunkSound { mos: 2.04, loss_permille: 180, trouble: true };
        alerts.pause_left_open(CALL, at(1_000));
        alerts.trunk_sounds(CARRIER, sound, at(1_001));
        alerts.trunk_is(CARRIER, false, TrunkWhy::InviteUnanswered, at(999));
        alerts.trunk_is(CARRIER, false, TrunkWhy::InviteAnswered(503), at(1_002));
        let all = alerts.shown(&plan, |_| "Anna, Ben".to_owned());
        let kinds: Vec<AlertKind> = all.iter().map(|alert| alert.kind).collect();
        let (down, open, degraded) =
            (AlertKind::TrunkDown, AlertKind::PauseLeftOpen, AlertKind::TrunkDegraded);
        assert_eq!(kinds, [down, open, degraded]);
        assert_eq!(
            (all[0].why.as_deref(), all[0].since.clone()),
            (Some("invite_answered_503"), instant(at(999)))
        );
        assert_eq!(all[1].name, "Anna, Ben");
        assert_eq!((all[2].mos_tenths, all[2].loss_permille), (Some(20), Some(180)));
        let off = saved(&store, false, 1).await;
        let left: Vec<AlertKind> = alerts.shown(&off, nobody).iter().map(|one| one.kind).collect();
        assert_eq!(left, [open]);
        alerts.pause_over(CALL);
        alerts.trunk_sounds(CARRIER, TrunkSound { trouble: false, ..sound }, at(1_003));
        alerts.trunk_is(CARRIER, true, TrunkWhy::Registered, at(1_004));
        assert_eq!(alerts.shown(&plan, nobody), []);
        store.close().await;
    }
}
