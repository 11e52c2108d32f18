//! What is to be compared, read from a scenario's file: every fault at once.

use domain::{
    Currency, Fault, Timestamp,
    calendar::WeeklyRange,
    tariff::{Price, Tariff},
};

use super::{
    tariff::tariff,
    week::{WEEK_MIN, Week},
};
use crate::sim::{
    Distribution, GroupPlan, Scenario, Value,
    read::{Faults, Reader, distribution, read_channels, weekly},
};

/// Most intervals of a week: half-hours.
const INTERVALS_MAX: usize = 336;
/// Most hybrid contracts that are tried.
pub(super) const HYBRIDS_MAX: usize = 24;
const DAY_S: f64 = 86_400.0;
const DAY_US: i64 = 86_400_000_000;

/// A scenario, one of its clients, and the contracts that it could have.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The floor as it is.
    pub scenario: Scenario,
    /// The client, by its place in the scenario.
    pub(super) client: usize,
    /// The pool's place, and that of the group whose agents are counted.
    pub(super) pool: usize,
    pub(super) pool_group: usize,
    pub(super) pool_cost: Cost,
    /// The team that the client would have.
    pub(super) team: GroupPlan,
    /// How long a contact takes the team's agents, if not as long as the queue says.
    pub(super) team_handle: Option<Distribution>,
    pub(super) team_cost: Cost,
    pub(super) week: Week,
    /// Least agents wherever contacts come.
    pub(super) least: u32,
    /// Paid time that is no time at work, as a share.
    pub(super) shrinkage: f64,
    pub(super) shared: Tariff,
    pub(super) dedicated: Tariff,
    pub(super) hybrid: Option<Tariff>,
    pub(super) hybrids: Vec<Hybrid>,
    /// The client wants to control protocol, routing and promises itself.
    pub(super) client_controls: bool,
    /// The price of an hour of a seat, where there are as many seats as the staff takes, in a tariff that has none.
    pub(super) seat_hour: Option<Price>,
    /// What the client would pay for a billing period at most.
    pub(super) budget_minor: Option<i64>,
}

/// What an agent's paid hour costs, and where.
#[derive(Clone, Debug)]
pub(super) struct Cost {
    pub site: Option<String>,
    pub per_hour_minor: i64,
}

/// A hybrid contract that is tried.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hybrid {
    pub name: String,
    /// When the team answers; always when empty.
    pub hours: Vec<WeeklyRange>,
    /// After which wait the pool helps; `None` for never.
    pub overflow_after_s: Option<u32>,
}

impl Plan {
    /// Reads a scenario with its section `compare`. `client` names the client, if the section does not
    /// or another is meant.
    ///
    /// # Errors
    /// Every fault at once, each with its field, its value and what would be accepted.
    pub fn read(value: &Value, client: Option<&str>) -> Result<Self, Vec<Fault>> {
        Self::of(Scenario::read(value)?, value, client)
    }

    /// Reads the section `compare` for a scenario that is there.
    pub(super) fn of(
        scenario: Scenario,
        value: &Value,
        client: Option<&str>,
    ) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let Some(all) = Reader::new(value, String::new(), &faults) else {
            return Err(faults.all());
        };
        let Some(section) = all.table("compare") else {
            if !all.has("compare") {
                let next = "Write [compare] with client, pool, team and tariffs, as in docs/comparing-contracts.md.";
                all.missing("compare", next);
            }
            return Err(faults.all());
        };
        let plan = read(&section, scenario, client);
        section.done();
        match plan {
            Some(plan) if faults.is_empty() => {
                let faults = plan.faults();
                if faults.is_empty() { Ok(plan) } else { Err(faults) }
            }
            _ => Err(faults.all()),
        }
    }

    /// The client's name.
    pub fn client(&self) -> &str {
        self.scenario.clients.get(self.client).map_or("", |client| &client.name)
    }

    /// How many days count, by the clock of the run's zone: where clocks change a day is an hour
    /// shorter or longer. `None` when they are not whole.
    pub(super) fn days(&self) -> Option<i64> {
        let run = &self.scenario.run;
        let from = Timestamp::from_micros(run.start.micros() + run.warm_up_us);
        let until = Timestamp::from_micros(run.start.micros() + run.length_us);
        let counted_us = until.micros() - from.micros();
        let ((first, begins), (last, ends)) = (run.zone.minute_at(from), run.zone.minute_at(until));
        let within = |at: Timestamp| at.micros().rem_euclid(60_000_000);
        let days = match begins == ends && within(from) == within(until) {
            true => last.since(first),
            // Counted in hours of the sun, whatever the clocks do.
            false if counted_us % DAY_US == 0 => counted_us / DAY_US,
            false => 0,
        };
        (days > 0).then_some(days)
    }

    /// The interval of the week that an instant lies in.
    pub(super) fn interval_at(&self, at: Timestamp) -> usize {
        let (day, minute) = self.scenario.run.zone.minute_at(at);
        self.week.at(day.weekday().index() * 1440 + usize::from(minute))
    }

    /// Currency of every amount.
    pub fn currency(&self) -> Currency {
        self.shared.currency
    }
}

fn read(section: &Reader<'_>, scenario: Scenario, client: Option<&str>) -> Option<Plan> {
    let clients: Vec<&str> = scenario.clients.iter().map(|client| client.name.as_str()).collect();
    let written = section.text("client", "Write the name of a client.");
    let wanted = client.or(written);
    let client = match wanted {
        Some(name) => known(section, "client", name, &clients),
        None => {
            let next = format!("Write the name of a client: {}.", some_of(&clients));
            section.missing("client", &next);
            None
        }
    };
    let pool = read_pool(section, &scenario);
    let team = read_team(section, &scenario);
    let seat_hour = read_seat_hour(section);
    let week = read_week(section);
    let least = section.whole("least_agents", 0, 1000).unwrap_or(1);
    let shrinkage =
        section.number("shrinkage", 0.0, 0.9, "Write a share of 0 to 0.9, such as 0.3.");
    let overflow = read_overflow(section);
    let hybrids = read_hybrids(section, &overflow);
    let tariffs = section.table("tariffs");
    if tariffs.is_none() && !section.has("tariffs") {
        let next = "Write [compare.tariffs.shared] and [compare.tariffs.dedicated], as a contract has them.";
        section.missing("tariffs", next);
    }
    let mut shared = None;
    let mut dedicated = None;
    let mut hybrid = None;
    if let Some(tariffs) = tariffs {
        let own = client.and_then(|at| scenario.clients.get(at)?.contract.tariff.as_ref());
        let read = |key, needed, seats| read_tariff(&tariffs, key, needed, seats, own);
        shared = read("shared", true, false);
        dedicated = read("dedicated", true, seat_hour.is_some());
        hybrid = read("hybrid", !hybrids.is_empty(), seat_hour.is_some());
        tariffs.done();
    }
    if hybrid.is_some() && hybrids.is_empty() {
        let next = "Write [[compare.hybrids]] with hours, or remove the tariff.";
        section.missing("hybrids", next);
    }
    for (key, tariff) in [("dedicated", &dedicated), ("hybrid", &hybrid)] {
        if let (Some(shared), Some(tariff)) = (&shared, tariff)
            && (shared.currency != tariff.currency || shared.cycle != tariff.cycle)
        {
            let message = format!(
                "It is in {}, and the shared one in {}, or their cycles differ.",
                tariff.currency, shared.currency
            );
            let next = format!("Write all tariffs in {} and by one cycle.", shared.currency);
            section.fault(&format!("tariffs.{key}"), "tariffs_differ", message, next);
        }
    }
    let client_controls = section.word("control", &["provider", "client"]) == "client";
    let budget_minor = section.whole("budget_minor", 1, u32::MAX).map(i64::from);
    let (pool, pool_group, pool_cost) = pool?;
    let (team, team_handle, team_cost) = team?;
    Some(Plan {
        client: client?,
        pool,
        pool_group,
        pool_cost,
        team,
        team_handle,
        team_cost,
        week: week?,
        least,
        shrinkage: shrinkage.unwrap_or(0.0),
        shared: shared?,
        dedicated: dedicated?,
        hybrid,
        hybrids,
        client_controls,
        seat_hour,
        budget_minor,
        scenario,
    })
}

/// The place of a name among those that exist.
fn known(reader: &Reader<'_>, key: &str, name: &str, names: &[&str]) -> Option<usize> {
    let at = names.iter().position(|known| *known == name);
    if at.is_none() {
        let next = format!("Write one of {}.", some_of(names));
        reader.fault(key, "unknown_name", format!("There is no `{name}`."), next);
    }
    at
}

fn some_of(names: &[&str]) -> String {
    match names.len() {
        0 => "none, since there is none yet".to_owned(),
        1..=8 => names.join(", "),
        more => format!("{} and {} others", names[..8].join(", "), more - 8),
    }
}

fn named(reader: &Reader<'_>, key: &'static str, names: &[&str]) -> Option<usize> {
    let next = format!("Write one of {}.", some_of(names));
    match reader.text(key, &next) {
        Some(name) => known(reader, key, name, names),
        None => {
            if !reader.has(key) {
                reader.missing(key, &next);
            }
            None
        }
    }
}

fn read_cost(reader: &Reader<'_>) -> Option<Cost> {
    let site = reader.text("site", "Write the name of a site.").map(str::to_owned);
    let per_hour = reader.whole("cost_per_hour_minor", 0, 100_000_000);
    if per_hour.is_none() && !reader.has("cost_per_hour_minor") {
        let next = "Write what a paid hour costs in minor units, such as 2850 for 28.50.";
        reader.missing("cost_per_hour_minor", next);
    }
    Some(Cost { site, per_hour_minor: i64::from(per_hour?) })
}

fn read_pool(section: &Reader<'_>, scenario: &Scenario) -> Option<(usize, usize, Cost)> {
    let Some(reader) = section.table("pool") else {
        if !section.has("pool") {
            section
                .missing("pool", "Write [compare.pool] with name, group and cost_per_hour_minor.");
        }
        return None;
    };
    let pools: Vec<&str> = scenario.pools.iter().map(|(name, _)| name.as_str()).collect();
    let groups: Vec<&str> = scenario.groups.iter().map(|group| group.name.as_str()).collect();
    let pool = named(&reader, "name", &pools);
    let group = named(&reader, "group", &groups);
    let cost = read_cost(&reader);
    if let (Some(pool), Some(at)) = (pool, group)
        && let Some(group) = scenario.groups.get(at)
        && !group.pools.contains(&pool)
    {
        let message = format!("`{}` does not serve this pool.", group.name);
        reader.fault("group", "not_of_the_pool", message, "Name a group that serves the pool.");
    }
    reader.done();
    Some((pool?, group?, cost?))
}

fn read_team(
    section: &Reader<'_>,
    scenario: &Scenario,
) -> Option<(GroupPlan, Option<Distribution>, Cost)> {
    let Some(reader) = section.table("team") else {
        if !section.has("team") {
            section.missing("team", "Write [compare.team] with name and cost_per_hour_minor.");
        }
        return None;
    };
    let name = reader.text("name", "Write a name.").unwrap_or("the client's team").to_owned();
    if scenario.groups.iter().any(|group| group.name == name) {
        let message = format!("A group of the scenario is called `{name}`.");
        reader.fault("name", "name_repeated", message, "Write a name that no group has.");
    }
    let mut skills = Vec::new();
    if let Some(given) = reader.table("skills") {
        for (skill, level) in given.entries() {
            let at = scenario.skills.iter().position(|known| known == skill);
            match (at, level) {
                (Some(at), Value::Whole(level @ 1..=10)) => skills.push((at, *level as u8)),
                (Some(_), _) => given.fault(
                    skill,
                    "level_range",
                    "It is no level.",
                    "Write a level of 1 to 10, such as { billing = 5 }.",
                ),
                (None, _) => {
                    let known: Vec<&str> = scenario.skills.iter().map(String::as_str).collect();
                    let next = format!("Write one of {}.", some_of(&known));
                    given.fault(skill, "unknown_name", "No queue or group has such a skill.", next);
                }
            }
        }
    }
    let channels = read_channels(&reader);
    let absence = reader.share("absence").unwrap_or(0.0);
    let answer_after = distribution(&reader, "answer_after");
    let slowdown = reader.number("slowdown", 0.0, 10.0, "Write a number of 0 to 10, such as 0.3.");
    let handle = distribution(&reader, "handle");
    let cost = read_cost(&reader);
    reader.done();
    let team = GroupPlan {
        name,
        pools: vec![],
        team: None,
        languages: vec![domain::Language::EN],
        skills,
        sign_offs: vec![],
        barred: vec![],
        channels,
        shifts: vec![],
        absence,
        answer_after,
        slowdown: slowdown.unwrap_or(0.0),
    };
    Some((team, handle, cost?))
}

fn read_week(section: &Reader<'_>) -> Option<Week> {
    let intervals = section.tables("intervals", "Write [[compare.intervals]] with name and hours.");
    let even = section.span("interval", 900.0, 7.0 * DAY_S);
    if even.is_some() && !intervals.is_empty() {
        let message = "There are intervals with names as well.";
        section.fault("interval", "interval_beside_intervals", message, "Write one of the two.");
        return None;
    }
    if let Some(length) = even {
        let minutes = (length / 60.0).round() as usize;
        if minutes as f64 * 60.0 != length
            || !1440usize.is_multiple_of(minutes)
            || WEEK_MIN / minutes > INTERVALS_MAX
        {
            let message = format!("{length} s are no part of a day that can be staffed.");
            section.fault(
                "interval",
                "not_part_of_a_day",
                message,
                "Write 30m, 1h, 2h, 4h, 8h or 24h.",
            );
            return None;
        }
        return Some(Week::even(minutes));
    }
    if intervals.is_empty() {
        return Some(Week::constant());
    }
    let mut named = Vec::new();
    for reader in intervals {
        let hours = weekly(&reader, "hours");
        if hours.is_empty() && !reader.has("hours") {
            reader.missing(
                "hours",
                "Write [{ days = \"mon-fri\", from = \"08:00\", until = \"18:00\" }].",
            );
        }
        match reader.text("name", "Write a name, such as \"office\".") {
            Some(name) => named.push((name.to_owned(), hours)),
            None if reader.has("name") => {}
            None => reader.missing("name", "Write a name, such as \"office\"."),
        }
        reader.done();
    }
    if named.len() >= INTERVALS_MAX {
        let message = format!("There are {}.", named.len());
        section.fault(
            "intervals",
            "too_many",
            message,
            format!("Keep fewer than {INTERVALS_MAX}."),
        );
        return None;
    }
    match Week::named(&named) {
        Ok(week) => Some(week),
        Err(at) => {
            let message = "It holds a minute that an earlier one holds.";
            let field = format!("intervals[{at}].hours");
            section.fault(
                &field,
                "intervals_overlap",
                message,
                "Let each minute lie in one interval.",
            );
            None
        }
    }
}

/// After which waits the pool helps a team.
fn read_overflow(section: &Reader<'_>) -> Vec<Option<u32>> {
    let accepted = "Write a list of spans, such as [\"20s\", \"60s\", \"never\"].";
    let mut found = Vec::new();
    for (i, value) in section.list("overflow_after", accepted).iter().enumerate() {
        let span = crate::sim::read::span_of(value).filter(|span| (0.0..=DAY_S).contains(span));
        match (value, span) {
            (Value::Text(text), _) if text == "never" => found.push(None),
            (_, Some(span)) => found.push(Some(span.round() as u32)),
            _ => {
                let field = format!("overflow_after[{i}]");
                section.fault(&field, "not_a_span", "It is no span.", accepted);
            }
        }
    }
    if found.is_empty() { vec![Some(30)] } else { found }
}

fn read_hybrids(section: &Reader<'_>, overflow: &[Option<u32>]) -> Vec<Hybrid> {
    let mut hybrids = Vec::new();
    for reader in section.tables("hybrids", "Write [[compare.hybrids]] with name and hours.") {
        let hours = weekly(&reader, "hours");
        let name = reader.text("name", "Write a name, such as \"office\".").unwrap_or("always");
        reader.done();
        for overflow_after_s in overflow {
            // A team that is alone all the time is the dedicated contract.
            if !hours.is_empty() || overflow_after_s.is_some() {
                let (name, hours) = (name.to_owned(), hours.clone());
                hybrids.push(Hybrid { name, hours, overflow_after_s: *overflow_after_s });
            }
        }
    }
    if hybrids.len() > HYBRIDS_MAX {
        let message = format!("There are {} hours and thresholds to be tried.", hybrids.len());
        section.fault(
            "hybrids",
            "too_many",
            message,
            format!("Keep at most {HYBRIDS_MAX} together."),
        );
    }
    hybrids
}

/// `[compare.seats]`: the price of an hour of a seat, as many seats as the staff takes, in a tariff that has none.
fn read_seat_hour(section: &Reader<'_>) -> Option<Price> {
    let reader = section.table("seats")?;
    let price = reader.whole("price_per_hour_minor", 1, 100_000_000);
    if price.is_none() && !reader.has("price_per_hour_minor") {
        let next =
            "Write what an hour of a seat is priced at in minor units, such as 2950 for 29.50.";
        reader.missing("price_per_hour_minor", next);
    }
    reader.done();
    Some(Price(i64::from(price?) * 1_000))
}

/// A tariff, or `"contract"` for the one that the client has; without a price of its own where `seats`
/// have one.
fn read_tariff(
    tariffs: &Reader<'_>,
    key: &'static str,
    needed: bool,
    seats: bool,
    own: Option<&Tariff>,
) -> Option<Tariff> {
    let accepted = "Write a tariff as a contract has it; docs/billing.md describes it.";
    let Some(value) = tariffs.get(key) else {
        if needed {
            tariffs.missing(key, accepted);
        }
        return None;
    };
    if *value == Value::Text("contract".to_owned()) {
        if own.is_none() {
            let message = "The client's contract has no tariff.";
            tariffs.fault(key, "no_tariff", message, accepted);
        }
        return own.cloned();
    }
    match tariff(value) {
        Ok(tariff) if seats || tariff.is_priced() => Some(tariff),
        Ok(_) => {
            tariffs.fault(key, "no_price", "Nothing in it has a price.", accepted);
            None
        }
        Err(error) => {
            tariffs.fault(key, "not_a_tariff", format!("{error}."), accepted);
            None
        }
    }
}
