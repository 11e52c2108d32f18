//! What the billing period costs: the contacts of a replication, read by the meter of production and
//! rated by the rating of production.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use billing::{Carried, Facts, Fate, Input, Meter, PositionKind, Quantity, Statement, Terms, rate};
use domain::{
    ContactId, Fault, Timestamp,
    contract::{Contract, ServicePromise},
    tariff::BillingPeriod,
    words,
};
use figures::ServiceLevelCounts;
use routing::{Ending, Event, QueuedWhy, Stamped};
use serde::Serialize;

use super::{
    Within,
    model::{Floor, Staff},
    plan::Plan,
};
use crate::sim::{Estimate, Outcome, Scenario, play};

/// Contacts of one billing period that are rated, at most.
const CONTACTS_MAX: usize = 3_000_000;

/// A position of the bill, in the mean of all replications.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BilledPosition {
    /// What it is: `metered`, `included`, `bundle`, `seats`, `minimum`, `fee`, `credit`.
    pub kind: &'static str,
    /// What the tariff calls it.
    pub name: String,
    /// Of what `quantity` counts: `seconds`, `pieces`, `points`.
    pub unit: &'static str,
    /// How much.
    pub quantity: f64,
    /// Its amount in minor units; negative when given back.
    pub amount_minor: f64,
}

/// All replications of a floor, played and billed.
pub(super) struct Played {
    pub outcome: Outcome,
    /// Net amounts, by replication; nothing where nobody is billed.
    pub bills: Vec<Statement>,
    /// Contacts of the billing period that were not turned away, by replication.
    pub contacts: Vec<usize>,
    /// What the client gets, by interval.
    pub within: Vec<Within>,
}

/// One replication, played and billed.
struct One {
    book: play::Book,
    bill: Option<Statement>,
    contacts: usize,
    levels: Vec<ServiceLevelCounts>,
}

/// Counts how the client's contacts were answered, by the interval of the week in which they arrived or
/// their hours opened.
struct Levels<'a> {
    plan: &'a Plan,
    promise: &'a ServicePromise,
    counted: std::ops::Range<i64>,
    waiting: BTreeMap<ContactId, usize>,
    of: Vec<ServiceLevelCounts>,
}

impl<'a> Levels<'a> {
    fn new(plan: &'a Plan, counted: std::ops::Range<i64>) -> Self {
        let promise = &plan.scenario.clients[plan.client].contract.periods[0].promise;
        let of = vec![ServiceLevelCounts::default(); plan.week.len()];
        Self { plan, promise, counted, waiting: BTreeMap::new(), of }
    }

    fn hear(&mut self, stamped: &Stamped) {
        let client = play::client_id(self.plan.client);
        match &stamped.event {
            Event::Arrived { contact, client: of, .. }
            | Event::Queued { contact, client: of, why: QueuedWhy::Opened, .. }
                if *of == client && self.counted.contains(&stamped.at.micros()) =>
            {
                self.waiting.insert(*contact, self.plan.interval_at(stamped.at));
            }
            Event::Answered { contact, wait, .. } => {
                if let Some(interval) = self.waiting.remove(contact) {
                    self.of[interval].answer(*wait, self.promise);
                }
            }
            Event::Ended { contact, ending, wait, .. } => {
                let left = matches!(ending, Ending::Abandoned | Ending::ShortAbandoned);
                if let Some(interval) = self.waiting.remove(contact).filter(|_| left) {
                    self.of[interval].abandon(*wait, self.promise);
                }
            }
            _ => {}
        }
    }
}

impl Plan {
    /// The billing period that the first counted instant lies in.
    pub(super) fn period(&self) -> BillingPeriod {
        let run = &self.scenario.run;
        let from = Timestamp::from_micros(run.start.micros() + run.warm_up_us);
        let cycle = self.shared.cycle;
        cycle.period_at(&run.zone, from)
    }

    /// What the client is billed by on a floor.
    pub(super) fn terms(
        &self,
        floor: Floor<'_>,
        staff: &Staff,
    ) -> Result<Option<Terms>, Vec<Fault>> {
        let Some(tariff) = self.tariff(floor, staff) else { return Ok(None) };
        Terms::of(&[Contract { tariff: Some(tariff), ..self.contract(floor) }], vec![])
    }

    /// Plays every replication once more and bills what happened.
    pub(super) fn bill(
        &self,
        floor: Floor<'_>,
        staff: &Staff,
        scenario: &Scenario,
        cores: Option<NonZeroUsize>,
    ) -> Result<Played, Vec<Fault>> {
        let terms = self.terms(floor, staff)?;
        let made = play::Floor::new(scenario)?;
        let replications = scenario.run.replications;
        let cores = cores.or_else(|| std::thread::available_parallelism().ok());
        let cores = cores.map_or(1, NonZeroUsize::get).min(replications as usize);
        let next = AtomicU32::new(0);
        let done = Mutex::new(BTreeMap::new());
        std::thread::scope(|scope| {
            for _ in 0..cores {
                scope.spawn(|| {
                    loop {
                        let replication = next.fetch_add(1, Ordering::Relaxed);
                        if replication >= replications {
                            return;
                        }
                        let one = self.bill_one(&made, replication, terms.as_ref());
                        if let Ok(mut done) = done.lock() {
                            done.insert(replication, one);
                        }
                    }
                });
            }
        });
        let (mut books, mut bills, mut contacts) = (Vec::new(), Vec::new(), Vec::new());
        let mut levels = Vec::new();
        for one in done.into_inner().unwrap_or_default().into_values() {
            let one = one?;
            books.push(one.book);
            bills.extend(one.bill);
            contacts.push(one.contacts);
            levels.push(one.levels);
        }
        let within = self.within(&levels);
        Ok(Played { outcome: play::outcome(scenario, books), bills, contacts, within })
    }

    /// The client's contacts and service level by interval, over the replications.
    fn within(&self, levels: &[Vec<ServiceLevelCounts>]) -> Vec<Within> {
        let formula = self.scenario.clients[self.client].contract.periods[0].promise.formula;
        let weeks = self.days().unwrap_or(7) as f64 / 7.0;
        let of = |interval: usize| {
            let here = levels.iter().map(|of| &of[interval]);
            let share = |share: figures::Share| share.part as f64 / share.whole as f64;
            let values: Vec<f64> =
                here.clone().filter_map(|counts| counts.level(formula)).map(share).collect();
            let count: u64 = here.map(|counts| counts.answered + counts.abandoned).sum();
            Within {
                contacts: count as f64 / levels.len().max(1) as f64 / weeks,
                service_level: estimate(&values),
            }
        };
        (0..self.week.len()).map(of).collect()
    }

    fn bill_one(
        &self,
        floor: &play::Floor<'_>,
        replication: u32,
        terms: Option<&Terms>,
    ) -> Result<One, Vec<Fault>> {
        let (book, facts, levels) = self.facts(floor, replication);
        let Some(terms) = terms else {
            return Ok(One { book, bill: None, contacts: 0, levels });
        };
        let period = self.period();
        let facts = self.through(&period, &facts)?;
        let (clients, _) = book.whole();
        let promise = &floor.scenario.clients[self.client].contract.periods[0].promise;
        let level = clients[self.client].level.level(promise.formula);
        let carried = Carried::new();
        // The simulated team sits in its seats: nothing is taken off for empty ones.
        let input =
            Input { period: &period, facts: &facts, carried: &carried, staffed: None, level };
        let bill = rate(terms, &input)?;
        let taken = facts.iter().filter(|facts| facts.fate != Fate::TurnedAway).count();
        Ok(One { book, bill: Some(bill), contacts: taken, levels })
    }

    /// The client's contacts of one replication that count, as the meter of production tells them, and
    /// how they were answered by the interval of their arrival.
    pub(super) fn facts(
        &self,
        floor: &play::Floor<'_>,
        replication: u32,
    ) -> (play::Book, Vec<Facts>, Vec<ServiceLevelCounts>) {
        let client = play::client_id(self.client);
        let counted = floor.counted_from..floor.counted_until;
        let mut kept = Vec::new();
        let mut keep = |facts: Facts| {
            if facts.client == client && counted.contains(&facts.began.micros()) {
                kept.push(facts);
            }
        };
        let mut meter = Meter::default();
        let mut levels = Levels::new(self, counted.clone());
        let book = play::listen(floor, replication, &mut |stamped| {
            levels.hear(stamped);
            meter.apply(stamped, &mut keep);
        });
        meter.flush(&mut keep);
        (book, kept, levels.of)
    }

    /// The contacts of the billing period: what was simulated, again and again from its first day to
    /// its last, at the same time of day.
    pub(super) fn through(
        &self,
        period: &BillingPeriod,
        facts: &[Facts],
    ) -> Result<Vec<Facts>, Vec<Fault>> {
        let days = self.days().unwrap_or(1);
        let of_period = period.until.since(period.first);
        let most = of_period / days + 2;
        let mut through = Vec::new();
        for fact in facts {
            for turn in -most..=most {
                let by_us = self.shift(fact.began, turn * days);
                let began = Timestamp::from_micros(fact.began.micros() + by_us);
                if !period.span.contains(began) {
                    continue;
                }
                if through.len() >= CONTACTS_MAX {
                    return Err(vec![Fault::new(
                        "clients.queues.demand",
                        "too_many_contacts",
                        words!(
                            "A billing period has more than {} contacts of the client.",
                            CONTACTS_MAX
                        ),
                        "Compare a smaller client, or a part of its contacts.",
                    )]);
                }
                through.push(moved(fact, by_us, turn));
            }
        }
        Ok(through)
    }

    /// Microseconds from an instant to the same time of day some days later.
    fn shift(&self, at: Timestamp, days: i64) -> i64 {
        let zone = &self.scenario.run.zone;
        let (day, minute) = zone.minute_at(at);
        let within = at.micros().rem_euclid(60_000_000);
        zone.opening(day.plus(days), minute).micros() + within - at.micros()
    }

    /// Agents' hours in the billing period.
    pub(super) fn hours(&self, period: &BillingPeriod, profile: &super::week::Profile) -> f64 {
        let minutes = self.week.agent_minutes(profile);
        let sum: u64 = period.days().map(|day| minutes[day.weekday().index()]).sum();
        sum as f64 / 60.0
    }
}

/// The same contact at another time; an id of its own.
fn moved(facts: &Facts, by_us: i64, turn: i64) -> Facts {
    let later = |at: Timestamp| Timestamp::from_micros(at.micros() + by_us);
    let mut moved = facts.clone();
    let id = facts.contact.uuid().as_u128()
        ^ (u128::from(turn.unsigned_abs() * 2 + u64::from(turn < 0)) << 100);
    moved.contact = ContactId::from_u128(id);
    moved.began = later(facts.began);
    moved.answered = facts.answered.map(later);
    moved.ended = later(facts.ended);
    for span in &mut moved.spans {
        (span.from, span.until) = (later(span.from), later(span.until));
    }
    moved
}

/// The mean of some amounts with its interval.
pub(super) fn estimate(values: &[f64]) -> Estimate {
    let n = values.len();
    if n == 0 {
        return Estimate::default();
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let half =
        (n > 1).then(|| play::quantile_975(n - 1) * (squares / ((n - 1) as f64 * n as f64)).sqrt());
    Estimate { mean: Some(mean), half_width_95: half }
}

/// Positions in the mean of all bills, in the order of application.
pub(super) fn positions(bills: &[Statement]) -> Vec<BilledPosition> {
    let mut found: Vec<BilledPosition> = Vec::new();
    for bill in bills {
        for position in &bill.positions {
            let kind = match position.kind {
                PositionKind::Included => "included",
                PositionKind::Metered { .. } => "metered",
                PositionKind::Bundle => "bundle",
                PositionKind::Seats => "seats",
                PositionKind::AbsentSeats => "absent_seats",
                PositionKind::Minimum => "minimum",
                PositionKind::Fee => "fee",
                PositionKind::Credit => "credit",
            };
            let (unit, quantity) = match position.quantity {
                Quantity::Seconds(n) => ("seconds", n),
                Quantity::Pieces(n) => ("pieces", n),
                Quantity::Points(n) => ("points", n),
            };
            let share = 1.0 / bills.len() as f64;
            let (quantity, amount) =
                (quantity as f64 * share, position.amount_minor as f64 * share);
            let same =
                |known: &&mut BilledPosition| known.kind == kind && known.name == position.name;
            match found.iter_mut().find(same) {
                Some(known) => {
                    known.quantity += quantity;
                    known.amount_minor += amount;
                }
                None => found.push(BilledPosition {
                    kind,
                    name: position.name.clone(),
                    unit,
                    quantity,
                    amount_minor: amount,
                }),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Value;
    use std::collections::BTreeSet;

    fn plan(length: &str, start: &str) -> Plan {
        let text = format!(
            r#"
            [run]
            zone = "Europe/Paris"
            start = "{start}"
            length = "{length}"
            replications = 1
            [[pools]]
            name = "front"
            [[clients]]
            name = "Acme"
            pools = ["front"]
            [[clients.queues]]
            demand = {{ kind = "constant", per_hour = 4 }}
            handle = {{ kind = "exponential", mean = "3m" }}
            [[groups]]
            name = "agents"
            pools = ["front"]
            agents = 2
            [compare]
            client = "Acme"
            pool = {{ name = "front", group = "agents", cost_per_hour_minor = 2000 }}
            team = {{ cost_per_hour_minor = 2000 }}
            [compare.tariffs.dedicated]
            currency = "EUR"
            terms = ""
            minimum_minor = 1
            [compare.tariffs.shared]
            currency = "EUR"
            terms = ""
            bands = [{{ name = "Night", weekly = [{{ days = ["monday", "sunday"], from = "00:00", until = "07:00" }}], percent = 150 }}]
            [[compare.tariffs.shared.charges]]
            name = "Calls"
            price_milli = 95500
            unit = {{ kind = "minute", counts = ["talk", "queue"], increments = {{ first_s = 30, next_s = 1 }} }}
            bundle = {{ included = 500, per = "billing_period", fee_minor = 40000 }}
            "#
        );
        let value: Value = toml::from_str(&text).expect("TOML");
        Plan::read(&value, None).unwrap_or_else(|faults| panic!("{faults:#?}"))
    }

    #[test]
    fn a_whole_month_is_billed_as_billing_bills_it() {
        let plan = plan("30d", "2026-11-01");
        let staff = super::super::model::Staff { pool: vec![2], team: vec![0] };
        let scenario = plan.floor(Floor::Shared, &staff);
        let floor = play::Floor::new(&scenario).expect("a floor");
        let (book, facts, levels) = plan.facts(&floor, 0);
        let counted: u64 = levels.iter().map(|of| of.answered + of.abandoned).sum();
        assert_eq!(counted as usize, facts.len());
        assert!(facts.len() > 2_000, "{}", facts.len());
        let terms = plan.terms(Floor::Shared, &staff).expect("terms").expect("priced");
        let level = book.whole().0[0].level;
        let level = level.level(scenario.clients[0].contract.periods[0].promise.formula);
        let (period, carried) = (terms.named("2026-11").expect("a month"), Carried::new());
        let input =
            Input { period: &period, facts: &facts, carried: &carried, staffed: None, level };
        let truth = rate(&terms, &input).expect("rated");
        let played = plan.bill(Floor::Shared, &staff, &scenario, None).expect("billed");
        assert_eq!(played.bills, [truth]);
        assert_eq!(played.contacts, [facts.len()]);
    }

    #[test]
    fn a_week_fills_the_month_at_the_same_time_of_the_same_weekday() {
        let plan = plan("7d", "2026-10-19");
        let staff = super::super::model::Staff { pool: vec![2], team: vec![0] };
        let scenario = plan.floor(Floor::Shared, &staff);
        let floor = play::Floor::new(&scenario).expect("a floor");
        let (_, facts, _) = plan.facts(&floor, 0);
        let through = plan.through(&plan.period(), &facts).expect("few");
        let zone = &plan.scenario.run.zone;
        let place = |facts: &Facts| {
            let (day, minute) = zone.minute_at(facts.began);
            (day.weekday().index(), minute)
        };
        let known: BTreeSet<_> = facts.iter().map(place).collect();
        let ids: BTreeSet<ContactId> = through.iter().map(|facts| facts.contact).collect();
        assert_eq!(ids.len(), through.len());
        // On the 25th the clocks change within the month and within the week.
        assert!(through.iter().all(|facts| known.contains(&place(facts))));
        for day in plan.period().days() {
            let on = |facts: &&Facts| zone.day_at(facts.began) == day;
            let of = |facts: &&Facts| zone.day_at(facts.began).weekday() == day.weekday();
            let (there, simulated) =
                (through.iter().filter(on).count(), facts.iter().filter(of).count());
            assert!(there.abs_diff(simulated) <= 8, "{day}: {there} of {simulated}");
        }
    }
}
