//! What came out of a comparison, as a screen and as a table show it.

use api::{
    admin::clients::ServiceModel,
    planning::{
        Estimate,
        compare::{
            CompareInterval, CompareNote, ComparedContract, ComparedGroup, ComparedOther,
            ComparedPosition, ComparisonView, TriedHybrid,
        },
    },
};
use domain::Currency;
use planning::{
    compare::{Compared, Comparison, Model, Note},
    sim,
};

use super::file::Interval;
use crate::admin::wire;

fn model(of: Model) -> ServiceModel {
    match of {
        Model::Shared => ServiceModel::Shared,
        Model::Dedicated => ServiceModel::Dedicated,
        Model::Hybrid => ServiceModel::Hybrid,
    }
}

fn estimate(of: sim::Estimate) -> Estimate {
    Estimate { mean: of.mean, half_width_95: of.half_width_95 }
}

fn notes(notes: Vec<Note>) -> Vec<CompareNote> {
    let note =
        |note: Note| CompareNote { code: note.code.to_owned(), text: note.text, args: note.args };
    notes.into_iter().map(note).collect()
}

/// What the screen shows of a comparison; `now` is the contract that the client has.
pub(super) fn view(
    of: Comparison,
    now: Option<ServiceModel>,
    week: Vec<Interval>,
) -> ComparisonView {
    let decimals = of.currency.parse::<Currency>().map_or(2, Currency::decimals);
    ComparisonView {
        client: of.client,
        currency: of.currency,
        decimals,
        period: of.period,
        now,
        seed: of.seed,
        replications: of.replications,
        simulations: of.simulations,
        contacts: estimate(of.contacts),
        handle_s: of.handle_s,
        intervals: week
            .into_iter()
            .map(|interval| CompareInterval {
                days: interval.days.iter().map(|day| wire::weekday_name(*day)).collect(),
                from_min: interval.from,
                until_min: interval.until,
            })
            .collect(),
        pool_without: of.pool_without,
        contracts: of.contracts.into_iter().map(contract).collect(),
        hybrids: of
            .hybrids
            .into_iter()
            .map(|tried| TriedHybrid {
                hours: tried.terms.hours,
                overflow_after_s: tried.terms.overflow_after_s,
                cost_minor: tried.cost_minor,
            })
            .collect(),
        warnings: notes(of.warnings),
        advice: of.advice.model.map(model),
        reasons: notes(of.advice.reasons),
    }
}

fn contract(of: Compared) -> ComparedContract {
    let (hours, overflow_after_s) = match of.hybrid {
        Some(terms) => (Some(terms.hours), terms.overflow_after_s),
        None => (None, None),
    };
    let positions = of.positions.into_iter().map(|position| ComparedPosition {
        kind: position.kind.to_owned(),
        name: position.name,
        unit: position.unit.to_owned(),
        quantity: position.quantity,
        amount_minor: position.amount_minor,
    });
    let groups = of.groups.into_iter().map(|group| ComparedGroup {
        name: group.name,
        agents: group.agents,
        agents_for_client: group.agents_for_client,
        agent_hours: group.agent_hours,
        cost_minor: group.cost_minor,
        occupancy: estimate(group.occupancy),
    });
    let others = of.others.into_iter().map(|other| ComparedOther {
        name: other.name,
        target_percent: other.target_percent,
        before: estimate(other.before),
        after: estimate(other.after),
    });
    ComparedContract {
        model: model(of.model),
        hours,
        overflow_after_s,
        least: of.least,
        threshold_s: of.promise.threshold_s,
        target_percent: of.promise.target_percent,
        service_level: estimate(of.promise.service_level),
        asa_s: estimate(of.asa_served),
        abandoned: estimate(of.p_abandon),
        agent_hours: of.agent_hours,
        paid_hours: of.paid_hours,
        cost_minor: of.cost_minor,
        price_minor: estimate(of.price_minor),
        margin_minor: estimate(of.margin_minor),
        once_minor: of.once_minor,
        positions: positions.collect(),
        groups: groups.collect(),
        contacts_by_interval: of.within.iter().map(|within| within.contacts).collect(),
        level_by_interval: of.within.iter().map(|within| estimate(within.service_level)).collect(),
        others: others.collect(),
    }
}

/// The results as a table.
pub(super) fn table<'a>(of: impl Iterator<Item = &'a ComparisonView>) -> String {
    let mut text = String::from("client,contract,figure,part,value,half_width_95\r\n");
    of.for_each(|of| rows(of, &mut text));
    text
}

fn rows(of: &ComparisonView, text: &mut String) {
    use domain::csv::cell;
    let client = cell(&of.client);
    let mut row = |contract: &str, figure: &str, part: &str, value: Estimate| {
        let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        let (mean, half) = (number(value.mean), number(value.half_width_95));
        *text += &format!("{client},{contract},{figure},{},{mean},{half}\r\n", cell(part));
    };
    let exactly = |value: f64| Estimate { mean: Some(value), half_width_95: None };
    for contract in &of.contracts {
        let word = match contract.model {
            ServiceModel::Shared => "shared",
            ServiceModel::Dedicated => "dedicated",
            ServiceModel::Hybrid => "hybrid",
        };
        row(word, "service_level", "", contract.service_level);
        row(word, "asa_s", "", contract.asa_s);
        row(word, "abandoned", "", contract.abandoned);
        row(word, "agent_hours", "", exactly(contract.agent_hours));
        row(word, "paid_hours", "", exactly(contract.paid_hours));
        row(word, "cost_minor", &of.currency, exactly(contract.cost_minor as f64));
        row(word, "price_minor", &of.currency, contract.price_minor);
        row(word, "margin_minor", &of.currency, contract.margin_minor);
        row(word, "once_minor", &of.currency, exactly(contract.once_minor as f64));
        for position in &contract.positions {
            row(word, "position_minor", &position.name, exactly(position.amount_minor));
        }
        for group in &contract.groups {
            row(word, "occupancy", &group.name, group.occupancy);
            for (interval, agents) in of.intervals.iter().zip(&group.agents_for_client) {
                let named = format!("{} {}", group.name, told(interval));
                row(word, "agents_for_client", &named, exactly(*agents as f64));
            }
        }
        for (interval, level) in of.intervals.iter().zip(&contract.level_by_interval) {
            row(word, "service_level_of_interval", &told(interval), *level);
        }
        for other in &contract.others {
            row(word, "service_level_of_other", &other.name, other.after);
        }
    }
}

fn told(interval: &CompareInterval) -> String {
    let days = interval.days.iter().map(|day| wire::weekday(*day)).collect();
    Interval { days, from: interval.from_min, until: interval.until_min }.name()
}
