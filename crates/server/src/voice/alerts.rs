//! What somebody at the board should look at, and how calls sound there.

use std::collections::BTreeMap;

use api::board::{AlertKind, BoardAlert, BoardView};
use domain::{AgentId, ContactId, Timestamp, TrunkId};
use uuid::Uuid;

use super::{TrunkSound, Voice, plan::Plan};
use crate::live::instant;

/// Raised alerts, each with what it says, until it is over.
#[derive(Debug, Default)]
pub(super) struct Alerts {
    down: BTreeMap<TrunkId, (Timestamp, String)>,
    degraded: BTreeMap<TrunkId, (Timestamp, TrunkSound)>,
    paused: BTreeMap<ContactId, Timestamp>,
}

impl Alerts {
    /// A trunk can be used, or cannot.
    pub(super) fn trunk_is(&mut self, trunk: TrunkId, up: bool, why: &str, now: Timestamp) {
        if up {
            self.down.remove(&trunk);
        } else {
            self.down.entry(trunk).or_insert((now, String::new())).1 = why.to_owned();
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
            Some((*since, BoardAlert { why: Some(why.clone()), ..alert }))
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
