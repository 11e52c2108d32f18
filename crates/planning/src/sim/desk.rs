//! An agent's desk: shifts, breaks, absence, outages.

use domain::Day;
use routing::{AgentState, AwayReason, Input, Presence};

use super::{drive::Drive, floor::agent_id, scenario::ShiftTime, turn::Turn};

/// An agent whom the router set away for missing offers comes back after this time.
const BACK_AFTER_US: i64 = 60_000_000;

/// What the driver keeps of an agent.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    /// The state told last, and since when.
    pub state: AgentState,
    pub since: i64,
    /// Between the beginning and the end of a shift.
    pub on_shift: bool,
    /// Length of the break that begins after the work in hand.
    pub break_us: i64,
    /// Times away: by this the return from an earlier one is known.
    pub aways: u32,
    /// Contacts in conversation.
    pub in_hand: i32,
}

impl Desk {
    pub fn new(now: i64) -> Self {
        Self {
            state: AgentState::SignedOut,
            since: now,
            on_shift: false,
            break_us: 0,
            aways: 0,
            in_hand: 0,
        }
    }
}

impl Drive<'_> {
    pub fn next_day(&mut self) {
        let Some(day) = self.day else { return };
        self.plan_shifts(day);
        let next = day.next();
        self.day = Some(next);
        let begins = self.floor.scenario.run.zone.opening(next, 0).micros();
        self.agenda.plan(begins.max(self.now + 1), Turn::Day.of(0, 0));
    }

    pub fn sign_out(&mut self, at: usize) {
        if self.desks[at].on_shift {
            self.desks[at].on_shift = false;
            self.feed(Input::SignOut { agent: agent_id(at) });
        }
    }

    /// A break begins, after the work in hand.
    pub fn take_break(&mut self, at: usize, seconds: u32) {
        let desk = &mut self.desks[at];
        if desk.on_shift {
            desk.break_us = i64::from(seconds) * 1_000_000;
            let presence = Presence::Away(AwayReason::Break);
            self.feed(Input::SetPresence { agent: agent_id(at), presence });
        }
    }

    /// The agent is back from what `aways` counts.
    pub fn come_back(&mut self, at: usize, aways: u32) {
        let desk = &self.desks[at];
        if desk.on_shift && desk.aways == aways {
            let presence = Presence::Available;
            self.feed(Input::SetPresence { agent: agent_id(at), presence });
        }
    }

    pub fn agent_state(&mut self, at: usize, state: AgentState) {
        let now = self.now;
        let desk = &mut self.desks[at];
        self.teller.agent(self.floor.agents[at].group, desk.state, desk.since, now);
        desk.state = state;
        desk.since = now;
        let back = match state {
            AgentState::Away(AwayReason::Break) => Some(desk.break_us),
            AgentState::Away(AwayReason::NoAnswer) => Some(BACK_AFTER_US),
            _ => None,
        };
        if let Some(after) = back {
            desk.aways = desk.aways.wrapping_add(1);
            self.agenda.plan(now + after, Turn::Back.of(at, desk.aways));
        }
    }

    /// Shifts that begin on a civil day.
    pub fn plan_shifts(&mut self, day: Day) {
        let zone = &self.floor.scenario.run.zone;
        let weekday = day.weekday().index();
        let number = zone.day(day).from.micros().div_euclid(86_400_000_000).unsigned_abs();
        for (at, agent) in self.floor.agents.iter().enumerate() {
            let ShiftTime::Weekly(hours) = agent.hours else { continue };
            if !hours.days[weekday] {
                continue;
            }
            let begins = zone.opening(day, hours.from).micros();
            let last_day = if hours.until > hours.from { day } else { day.next() };
            let ends = zone.closing(last_day, hours.until).micros();
            let absence = self.floor.scenario.groups[agent.group].absence;
            let address = number.wrapping_mul(1 << 20) | agent.nth as u64;
            let away = absence > 0.0 && self.absence[agent.group].at(address).chance(absence);
            if ends <= self.floor.start || begins > self.floor.last || away {
                continue;
            }
            self.agenda.plan(begins.max(self.floor.start), Turn::SignIn.of(at, 0));
            self.agenda.plan(ends, Turn::SignOut.of(at, 0));
            for (after, length) in &hours.breaks {
                let pause = begins + after;
                if pause >= self.floor.start && pause < ends {
                    let seconds = (length / 1_000_000) as u32;
                    self.agenda.plan(pause, Turn::Break.of(at, seconds));
                }
            }
        }
    }

    pub fn sign_in(&mut self, at: usize) {
        let desk = &mut self.desks[at];
        desk.on_shift = true;
        let (agent, presence) = (agent_id(at), Presence::Available);
        if desk.state == AgentState::SignedOut {
            self.feed(Input::SignIn { agent, presence });
        } else {
            // Still at the last contact of the shift before: they simply stay.
            self.feed(Input::SetPresence { agent, presence });
        }
    }

    pub fn outage(&mut self, at: usize, over: bool) {
        let group = self.floor.scenario.outages[at].group;
        for agent in 0..self.desks.len() {
            if group.is_some_and(|group| self.floor.agents[agent].group != group)
                || self.desks[agent].state == AgentState::SignedOut
            {
                continue;
            }
            let id = agent_id(agent);
            if over {
                self.feed(Input::ConnectionRestored { agent: id });
                if self.desks[agent].state == AgentState::Away(AwayReason::ConnectionLost) {
                    let presence = Presence::Available;
                    self.feed(Input::SetPresence { agent: id, presence });
                }
            } else {
                self.feed(Input::ConnectionLost { agent: id });
            }
        }
    }
}
