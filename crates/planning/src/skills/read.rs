//! From what somebody wrote to a plan: every fault at once.

use domain::Fault;

use crate::sim::{
    Scenario, Value,
    read::{Faults, Reader},
};

/// Most intervals of a plan: four weeks of quarter hours.
pub const INTERVALS_MAX: usize = 2_688;
const AGENTS_MAX: u32 = 10_000;
const COST_MAX: f64 = 1e6;

/// What is to be staffed.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Clients with their contracts and demand, groups with what they can do.
    pub scenario: Scenario,
    /// Length of an interval in microseconds.
    pub interval_us: i64,
    /// Terms of each group, in the order of the scenario.
    pub groups: Vec<GroupTerms>,
}

/// What a group costs, and how large it can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupTerms {
    /// What an agent costs in an hour, in any unit.
    pub cost_per_hour: f64,
    /// Most agents at work at once.
    pub most: u32,
}

impl Plan {
    /// Reads a scenario with its section `staffing`.
    ///
    /// # Errors
    /// Every fault at once, each with its field, its value and what would be accepted.
    pub fn read(value: &Value) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let mut all = Vec::new();
        let scenario = Scenario::read_to_be_staffed(value).map_err(|found| all = found).ok();
        let Some(reader) = Reader::new(value, String::new(), &faults) else {
            return Err(all);
        };
        let plan = read(&reader, scenario);
        all.extend(faults.all());
        match plan {
            Some(plan) if all.is_empty() => Ok(plan),
            _ => Err(all),
        }
    }

    /// How many intervals there are.
    pub fn intervals(&self) -> usize {
        let run = &self.scenario.run;
        usize::try_from((run.length_us - run.warm_up_us) / self.interval_us).unwrap_or(0)
    }

    /// The first instant of an interval, in microseconds.
    pub fn begin(&self, interval: usize) -> i64 {
        let run = &self.scenario.run;
        run.start.micros() + run.warm_up_us + interval as i64 * self.interval_us
    }

    /// What these agents cost.
    pub fn cost(&self, agents: &[Vec<u32>]) -> f64 {
        let hours = self.interval_us as f64 / 3.6e9;
        let of = |(group, terms): (&Vec<u32>, &GroupTerms)| {
            group.iter().map(|n| u64::from(*n)).sum::<u64>() as f64 * terms.cost_per_hour * hours
        };
        agents.iter().zip(&self.groups).map(of).sum()
    }
}

fn read(reader: &Reader<'_>, scenario: Option<Scenario>) -> Option<Plan> {
    let section = reader.table("staffing");
    let interval = section.as_ref().and_then(|section| section.span("interval", 300.0, 86_400.0));
    let interval_s = interval.unwrap_or(1800.0);
    let at_fault = |message: String, next: &str| match &section {
        Some(section) => section.fault("interval", "no_part_of_the_run", message, next),
        None => reader.fault("staffing.interval", "no_part_of_the_run", message, next),
    };
    let minutes = interval_s / 60.0;
    if minutes.fract() != 0.0 || 1440.0 % minutes != 0.0 {
        let message = format!("{interval_s} s are no part of a day.");
        at_fault(message, "Write 5m, 10m, 15m, 30m, 1h or another part of a day.");
        return None;
    }
    let interval_us = (interval_s * 1e6) as i64;
    if let Some(run) = scenario.as_ref().map(|scenario| &scenario.run) {
        let counted = run.length_us - run.warm_up_us;
        if counted % interval_us != 0 {
            let hours = counted as f64 / 3.6e9;
            let message = format!("The {hours} h of the run, warm-up aside, are no whole number.");
            at_fault(message, "Write an interval that divides them, or a longer run.");
        } else if counted / interval_us > INTERVALS_MAX as i64 {
            let message = format!("There are {} intervals.", counted / interval_us);
            at_fault(
                message,
                "Write a longer interval or a shorter run: at most 2688 are staffed.",
            );
        }
    }
    let names: Option<Vec<&str>> =
        scenario.as_ref().map(|s| s.groups.iter().map(|group| group.name.as_str()).collect());
    let count = names.as_ref().map_or(0, Vec::len);
    let mut groups = vec![GroupTerms { cost_per_hour: 1.0, most: AGENTS_MAX }; count];
    let mut told = vec![false; count];
    if let Some(section) = &section {
        for table in section.tables("groups", "Write [[staffing.groups]] with a name and its cost.")
        {
            let terms = terms(&table);
            let next = "Write the name of a group of the scenario.";
            match (table.text("name", next), &names) {
                (Some(name), Some(names)) => match names.iter().position(|known| *known == name) {
                    None => {
                        table.fault("name", "unknown_name", format!("There is no `{name}`."), next)
                    }
                    Some(at) if told[at] => {
                        let message = format!("`{name}` is there twice.");
                        table.fault("name", "twice", message, "Keep one of them.");
                    }
                    Some(at) => (groups[at], told[at]) = (terms, true),
                },
                (None, _) if !table.has("name") => table.missing("name", next),
                _ => {}
            }
            table.done();
        }
    }
    if let Some(section) = section {
        section.done();
    }
    Some(Plan { scenario: scenario?, interval_us, groups })
}

fn terms(table: &Reader<'_>) -> GroupTerms {
    const NEXT: &str = "Write what an agent costs in an hour, above 0 and up to 1000000.";
    let cost = table.number("cost_per_hour", 0.0, COST_MAX, NEXT);
    if cost == Some(0.0) {
        table.fault("cost_per_hour", "not_above_zero", "It is 0.", NEXT);
    }
    let most = table.whole("most", 1, AGENTS_MAX);
    GroupTerms { cost_per_hour: cost.unwrap_or(1.0), most: most.unwrap_or(AGENTS_MAX) }
}
