//! The file that a comparison would be on the command line: the tariffs of the form's prices, and the
//! intervals of the week.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    admin::clients::ServiceModel,
    planning::compare::{CompareDetail, ComparePrices},
};
use domain::{
    Currency,
    calendar::{MinuteOfDay, Weekday, WeeklyRange},
    contract::{Channel, Contract},
    tariff::{
        Bundle, BundlePer, Charge, Fee, FeeWhen, Increments, Price, Scope, Served, SpanClass,
        Tariff, Unit,
    },
};
use planning::sim::Value;
use serde::Deserialize;
use serde_json::json;

use super::Asked;
use crate::admin::wire;

impl Asked {
    /// The file for one of the clients, with its intervals.
    pub(super) fn file(
        &self,
        client: &str,
        own: Option<&Contract>,
        team: &str,
    ) -> (Vec<Interval>, Value) {
        let request = &self.request;
        let week = intervals(request.detail, &self.hybrids);
        let tariff = own.and_then(|contract| contract.tariff.as_ref());
        let model = own.map(wire::model);
        let priced = request.own_tariff && tariff.is_some_and(|tariff| tariff.is_priced());
        let of = |wanted: ServiceModel| match priced && model == Some(wanted) {
            true => json!("contract"),
            false => written(&made(wanted, &request.prices, tariff)),
        };
        let mut tariffs = serde_json::Map::new();
        tariffs.insert("shared".to_owned(), of(ServiceModel::Shared));
        tariffs.insert("dedicated".to_owned(), of(ServiceModel::Dedicated));
        if !self.hybrids.is_empty() {
            tariffs.insert("hybrid".to_owned(), of(ServiceModel::Hybrid));
        }
        let hours = |ranges: &[WeeklyRange]| -> Vec<serde_json::Value> {
            let of = |range: &WeeklyRange| json!({ "days": days(&range.days), "from": range.from, "until": range.until });
            ranges.iter().map(of).collect()
        };
        let named: Vec<serde_json::Value> = week
            .iter()
            .map(|interval| json!({ "name": interval.name(), "hours": hours(&[interval.range()]) }))
            .collect();
        let hybrids: Vec<serde_json::Value> = self
            .hybrids
            .iter()
            .map(|(name, ranges)| json!({ "name": name, "hours": hours(ranges) }))
            .collect();
        let after: Vec<String> =
            request.overflow_after_s.iter().map(|after| format!("{after}s")).collect();
        let cost = request.costs.agent_hour_minor;
        let mut compare = json!({
            "client": client,
            "pool": { "name": self.pool, "cost_per_hour_minor": cost },
            "team": { "name": team, "cost_per_hour_minor": cost },
            "seats": { "price_per_hour_minor": request.prices.seat_hour_minor },
            "intervals": named,
            "shrinkage": f64::from(request.costs.shrinkage_permille) / 1_000.0,
            "hybrids": hybrids,
            "overflow_after": after,
            "control": if request.client_controls { "client" } else { "provider" },
            "tariffs": tariffs,
        });
        if let Some(budget) = request.budget_minor {
            compare["budget_minor"] = json!(budget);
        }
        let file = json!({
            "replications": request.replications,
            "seed": request.seed,
            "compare": compare,
        });
        // What is made here is a table of texts and numbers, which every such value can hold.
        let value = Value::deserialize(file).unwrap_or(Value::Table(Vec::new()));
        (week, value)
    }
}

/// The tariff of a contract that the client does not have.
fn made(model: ServiceModel, prices: &ComparePrices, like: Option<&Tariff>) -> Tariff {
    let price = |minor: u32| Price(i64::from(minor) * 1_000);
    let pool = |channels: &[Channel]| Scope {
        channels: channels.to_vec(),
        served: match model {
            ServiceModel::Hybrid => vec![Served::Shared, Served::Overflow],
            ServiceModel::Shared | ServiceModel::Dedicated => Vec::new(),
        },
        ..Scope::default()
    };
    let mut tariff = Tariff::new(like.map_or(Currency::EUR, |like| like.currency));
    if let Some(like) = like {
        tariff.cycle = like.cycle;
        tariff.cut_off_zone.clone_from(&like.cut_off_zone);
    }
    if model != ServiceModel::Dedicated {
        let bundle = (prices.bundle_minutes > 0 && model == ServiceModel::Shared).then(|| Bundle {
            included: prices.bundle_minutes,
            per: Some(BundlePer::BillingPeriod),
            fee_minor: i64::from(prices.bundle_fee_minor),
            unused: Default::default(),
            beyond: Default::default(),
            warn_percent: 80,
        });
        tariff.charges.push(Charge {
            name: "Calls".to_owned(),
            scope: pool(&[Channel::Voice, Channel::Callback]),
            unit: Unit::Minute {
                counts: vec![SpanClass::Talk, SpanClass::Hold],
                increments: Increments { first_s: 60, next_s: 6 },
                rounded: Default::default(),
                minimum_s: 0,
                added_s: 0,
            },
            price: price(prices.minute_minor),
            bundle,
        });
        if prices.written_minor > 0 {
            tariff.charges.push(Charge {
                name: "Written contacts".to_owned(),
                scope: pool(&[Channel::Chat, Channel::Mail, Channel::Message]),
                unit: Unit::Contact,
                price: price(prices.written_minor),
                bundle: None,
            });
        }
    }
    if prices.fixed_minor > 0 {
        tariff.fees.push(Fee {
            name: "Fixed fee".to_owned(),
            quantity: 1,
            price_minor: i64::from(prices.fixed_minor),
            when: FeeWhen::EachPeriod,
        });
    }
    tariff
}

/// A tariff as a file has it: what is `null` is not there.
fn written(tariff: &Tariff) -> serde_json::Value {
    fn without_null(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) => {
                fields.retain(|_, value| !value.is_null());
                fields.values_mut().for_each(without_null);
            }
            serde_json::Value::Array(values) => values.iter_mut().for_each(without_null),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(tariff).unwrap_or_default();
    without_null(&mut value);
    value
}

/// Days as a file names them.
pub(in crate::planning) fn days(days: &[Weekday]) -> String {
    let names: Vec<&str> = days.iter().map(|day| day.short()).collect();
    names.join(",")
}

/// An interval of the week.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Interval {
    pub days: Vec<Weekday>,
    pub from: u16,
    pub until: u16,
}

impl Interval {
    /// As a file calls it.
    pub fn name(&self) -> String {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        format!("{} {}-{}", days(&self.days), clock(self.from), clock(self.until))
    }

    fn range(&self) -> WeeklyRange {
        let at = |minute| MinuteOfDay::from_minutes(minute).unwrap_or(MinuteOfDay::START);
        WeeklyRange { days: self.days.clone(), from: at(self.from), until: at(self.until) }
    }
}

/// The week in intervals: working days apart from the weekend, and days on which the team's hours differ
/// apart from each other; cut where the team's hours begin and end too.
fn intervals(detail: CompareDetail, hybrids: &[(String, Vec<WeeklyRange>)]) -> Vec<Interval> {
    let step = match detail {
        CompareDetail::Parts => 240,
        CompareDetail::TwoHours => 120,
        CompareDetail::Hours => 60,
    };
    let cuts_of = |day: Weekday| -> BTreeSet<u16> {
        let ranges = hybrids.iter().flat_map(|(_, ranges)| ranges);
        let on = ranges.filter(|range| range.days.contains(&day));
        on.flat_map(|range| [range.from.minutes(), range.until.minutes()]).collect()
    };
    let mut alike: BTreeMap<(bool, BTreeSet<u16>), Vec<Weekday>> = BTreeMap::new();
    for day in Weekday::ALL {
        let weekend = matches!(day, Weekday::Saturday | Weekday::Sunday);
        alike.entry((weekend, cuts_of(day))).or_default().push(day);
    }
    let mut week = Vec::new();
    for ((_, mut cuts), days) in alike {
        cuts.extend((0..=1_440).step_by(step));
        let cuts: Vec<u16> = cuts.into_iter().collect();
        week.extend(cuts.windows(2).map(|ends| Interval {
            days: days.clone(),
            from: ends[0],
            until: ends[1],
        }));
    }
    week
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(days: &[Weekday], from: u16, until: u16) -> (String, Vec<WeeklyRange>) {
        let interval = Interval { days: days.to_vec(), from, until };
        ("office".to_owned(), vec![interval.range()])
    }

    #[test]
    fn intervals_hold_each_minute_once_and_end_with_the_hours_of_the_team() {
        let office = hours(&Weekday::ALL[..6], 450, 1_110);
        for detail in [CompareDetail::Parts, CompareDetail::TwoHours, CompareDetail::Hours] {
            let week = intervals(detail, std::slice::from_ref(&office));
            let mut held = vec![0; 7 * 1_440];
            for interval in &week {
                for day in &interval.days {
                    let first = *day as usize * 1_440;
                    let minutes = usize::from(interval.from)..usize::from(interval.until);
                    minutes.for_each(|minute| held[first + minute] += 1);
                }
                let cut = |at: u16| interval.from < at && at < interval.until;
                let with_team = interval.days.iter().any(|day| *day != Weekday::Sunday);
                assert!(!with_team || !cut(450) && !cut(1_110), "{interval:?}");
            }
            assert!(held.iter().all(|count| *count == 1));
            // Working days, Saturdays and Sundays differ.
            assert_eq!(
                week.iter().map(|interval| &interval.days).collect::<BTreeSet<_>>().len(),
                3
            );
        }
    }

    #[test]
    fn a_tariff_is_made_of_the_prices_of_the_form() {
        let prices = ComparePrices {
            minute_minor: 110,
            written_minor: 300,
            bundle_minutes: 1_000,
            bundle_fee_minor: 90_000,
            seat_hour_minor: 2_900,
            fixed_minor: 5_000,
        };
        let shared = made(ServiceModel::Shared, &prices, None);
        assert_eq!((shared.charges.len(), shared.fees.len()), (2, 1));
        assert_eq!(shared.charges[0].price, Price(110_000));
        assert!(shared.charges[0].bundle.is_some() && shared.charges[0].scope.served.is_empty());
        let hybrid = made(ServiceModel::Hybrid, &prices, None);
        assert_eq!(hybrid.charges[0].scope.served, [Served::Shared, Served::Overflow]);
        assert!(hybrid.charges[0].bundle.is_none());
        // Its seats are those of the staff.
        assert!(made(ServiceModel::Dedicated, &prices, None).charges.is_empty());
        assert!(!written(&shared).to_string().contains("null"));
    }
}
