//! The floor under each contract that is compared.

use domain::{
    Fault,
    contract::{Contract, Control, Known, NobodyOnShift, Overflow, Period, PeriodHours, Service},
    tariff::Tariff,
};
use serde::Serialize;

use super::{
    plan::{Hybrid, Plan},
    week::Profile,
};
use crate::sim::{
    Demand, DemandKind, Scenario,
    play::{client_id, pool_id, skill_id, team_id},
};

/// A contract that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// The pool answers.
    Shared,
    /// A team of the client's own answers.
    Dedicated,
    /// A team in some hours, the pool otherwise; and the pool helps the team.
    Hybrid,
}

/// Which floor is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Floor<'a> {
    /// Nobody calls for the client.
    Without,
    Shared,
    Dedicated,
    Hybrid(&'a Hybrid),
}

/// Who is at work.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Staff {
    pub pool: Profile,
    pub team: Profile,
}

impl Plan {
    /// The scenario with this contract and this staff. The client keeps its place and so do its
    /// contacts: whatever the contract, the same customers call at the same time.
    pub(super) fn floor(&self, floor: Floor<'_>, staff: &Staff) -> Scenario {
        let mut scenario = self.scenario.clone();
        let (old_teams, team) = (self.old_teams(), scenario.teams.len());
        scenario.teams.push(self.team.name.clone());
        // Whoever had been this client's team alone has nobody left to serve.
        for group in &mut scenario.groups {
            if group.team.is_some_and(|team| old_teams.contains(&team)) {
                group.team = None;
                if group.pools.is_empty() {
                    group.shifts.clear();
                }
            }
        }
        if let Some(group) = scenario.groups.get_mut(self.pool_group) {
            group.shifts = self.week.shifts(&staff.pool);
            if !group.sign_offs.contains(&self.client) {
                group.sign_offs.push(self.client);
            }
        }
        let mut own = self.team.clone();
        own.team = Some(team);
        own.sign_offs = vec![self.client];
        own.shifts = self.week.shifts(&staff.team);
        scenario.groups.push(own);
        for (at, client) in scenario.clients.iter_mut().enumerate() {
            for queue in &mut client.queues {
                let own = self.team_handle.clone().filter(|_| at == self.client);
                queue.handle_by_group.push(own);
            }
        }
        if let Some(client) = scenario.clients.get_mut(self.client) {
            client.contract = self.contract(floor);
            if floor == Floor::Without {
                for queue in &mut client.queues {
                    queue.demand = Demand { kind: DemandKind::Nothing, day_cv: 0.0 };
                }
            }
        }
        scenario
    }

    /// Teams that the client's contract names now.
    fn old_teams(&self) -> Vec<usize> {
        let Some(client) = self.scenario.clients.get(self.client) else { return Vec::new() };
        let named = |at: &usize| {
            let id = team_id(*at);
            let mut periods = client.contract.periods.iter();
            periods.any(|period| period.service == Service::Dedicated { team: id })
        };
        (0..self.scenario.teams.len()).filter(named).collect()
    }

    /// The client's contract on a floor: the same hours, queues and promise, other people.
    pub(super) fn contract(&self, floor: Floor<'_>) -> Contract {
        let now = &self.scenario.clients[self.client].contract;
        let pools = vec![pool_id(self.pool)];
        let shared = Service::Shared { pools: pools.clone() };
        let dedicated = Service::Dedicated { team: team_id(self.scenario.teams.len()) };
        let period = |name: &str, when: PeriodHours, service: Service| Period {
            name: name.to_owned(),
            when,
            service,
            // Every period of a scenario's contract makes the same promise.
            promise: now.periods[0].promise.clone(),
            peak_greeting: None,
            overflow: None,
            nobody_on_shift: NobodyOnShift::WaitForNextShift,
            call_limit_s: None,
            control: Control::Provider,
        };
        let periods = match floor {
            Floor::Without | Floor::Shared => {
                vec![period("Always", PeriodHours::Always, shared)]
            }
            Floor::Dedicated => vec![period("Always", PeriodHours::Always, dedicated)],
            Floor::Hybrid(hybrid) => {
                let when = match hybrid.hours.as_slice() {
                    [] => PeriodHours::Always,
                    weekly => PeriodHours::Weekly { weekly: weekly.to_vec() },
                };
                let mut team = period("Team", when, dedicated);
                if let Some(after_s) = hybrid.overflow_after_s {
                    let (after_s, below_projected_percent) = (Some(after_s), None);
                    team.overflow = Some(Overflow { after_s, below_projected_percent, pools });
                    team.nobody_on_shift = NobodyOnShift::Overflow;
                }
                match hybrid.hours.is_empty() {
                    true => vec![team],
                    false => vec![team, period("Otherwise", PeriodHours::Otherwise, shared)],
                }
            }
        };
        Contract { periods, tariff: self.written_tariff(floor).cloned(), ..now.clone() }
    }

    fn written_tariff(&self, floor: Floor<'_>) -> Option<&Tariff> {
        match floor {
            Floor::Without => None,
            Floor::Shared => Some(&self.shared),
            Floor::Dedicated => Some(&self.dedicated),
            Floor::Hybrid(_) => self.hybrid.as_ref(),
        }
    }

    /// The tariff on a floor, with the seats of this staff where they are priced as staffed.
    pub(super) fn tariff(&self, floor: Floor<'_>, staff: &Staff) -> Option<Tariff> {
        let mut tariff = self.written_tariff(floor)?.clone();
        if let Some(price) = self.seat_hour
            && tariff.seats.is_empty()
            && matches!(floor, Floor::Dedicated | Floor::Hybrid(_))
        {
            tariff.seats.extend(self.week.seats(&staff.team, price));
        }
        Some(tariff)
    }

    /// What cannot be compared, and what production would refuse of a contract, in its words.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.days().is_none() {
            let run = &self.scenario.run;
            faults.push(Fault::new(
                "run.length",
                "not_whole_days",
                domain::words!(
                    "{} h count, and a bill is made of whole days.",
                    (run.length_us - run.warm_up_us) as f64 / 3.6e9
                ),
                "Let length less warm_up be whole days, such as \"7d\" of a warm_up of \"0s\".",
            ));
        }
        for hybrid in self.hybrids.iter().filter(|hybrid| !self.week.fits(&hybrid.hours)) {
            faults.push(Fault::new(
                "compare.hybrids.hours",
                "hours_cut_interval",
                domain::words!("The hours of `{}` begin or end within an interval.", hybrid.name),
                "Write [[compare.intervals]] that begin and end with them: agents are counted by interval.",
            ));
        }
        let teams = self.scenario.teams.len() + 1;
        let known = Known {
            calendars: [(self.contract(Floor::Shared).hours, self.contract(Floor::Shared).zone)]
                .into(),
            pools: (0..self.scenario.pools.len()).map(pool_id).collect(),
            teams: (0..teams).map(|team| (team_id(team), client_id(self.client))).collect(),
            skills: (0..self.scenario.skills.len()).map(skill_id).collect(),
            sites: Default::default(),
            billed: None,
        };
        let mut check = |floor, key: &str| {
            for fault in self.contract(floor).validate(&known) {
                let field = match fault.field.strip_prefix("tariff") {
                    Some(rest) => format!("compare.tariffs.{key}{rest}"),
                    None => format!("compare.{key}.contract.{}", fault.field),
                };
                if !faults
                    .iter()
                    .any(|known: &Fault| known.field == field && known.code == fault.code)
                {
                    faults.push(Fault { field, ..fault });
                }
            }
        };
        check(Floor::Shared, "shared");
        check(Floor::Dedicated, "dedicated");
        for hybrid in &self.hybrids {
            check(Floor::Hybrid(hybrid), "hybrid");
        }
        let Some(client) = self.scenario.clients.get(self.client) else { return faults };
        let pool = &self.scenario.groups[self.pool_group];
        for queue in &client.contract.queues {
            let wanted = queue.skills.iter().filter(|ask| ask.relax_after_s.is_none());
            for ask in wanted {
                for (group, field) in
                    [(pool, "compare.pool.group"), (&self.team, "compare.team.skills")]
                {
                    let able = |(skill, level): &(usize, u8)| {
                        skill_id(*skill) == ask.skill && *level >= ask.level
                    };
                    if !group.skills.iter().any(able) {
                        let skill = (0..self.scenario.skills.len())
                            .find(|at| skill_id(*at) == ask.skill)
                            .map_or("", |at| &self.scenario.skills[at]);
                        faults.push(Fault::new(
                            field,
                            "skill_missing",
                            domain::words!(
                                "Queue {} asks {} of level {}, and `{}` has less.",
                                queue.name,
                                skill,
                                ask.level,
                                group.name
                            ),
                            domain::words!(
                                "Give them the skill, such as {{ {} = {} }}.",
                                skill,
                                ask.level
                            ),
                        ));
                    }
                }
            }
        }
        for (n, queue) in client.queues.iter().enumerate() {
            for (group, field) in
                [(pool, "compare.pool.group"), (&self.team, "compare.team.channels")]
            {
                if !group.channels.iter().any(|(channel, _)| *channel == queue.channel) {
                    faults.push(Fault::new(
                        field,
                        "channel_missing",
                        domain::words!(
                            "Queue {} of the client is on a channel that `{}` does not take.",
                            n + 1,
                            group.name
                        ),
                        "Give the group the channel, such as { voice = 1, chat = 3 }.",
                    ));
                }
            }
        }
        faults
    }
}
