//! Contracts compared on recorded days: from the form of a screen to the plan that `planning` compares,
//! and back to what the screen shows.

use std::collections::{BTreeMap, BTreeSet};

use api::admin::clients::ServiceModel;
use api::planning::{
    Estimate, JobKind, JobPhase, JobView,
    compare::{
        CompareDetail, CompareInterval, CompareNote, ComparePrices, CompareRequest,
        ComparedContract, ComparedGroup, ComparedOther, ComparedPosition, ComparisonJob,
        ComparisonView, TriedHybrid,
    },
};
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    ClientId, Currency, PoolId, Timestamp,
    calendar::{MinuteOfDay, Weekday, WeeklyRange},
    contract::{Channel, Contract},
    tariff::{
        Bundle, BundlePer, Charge, Fee, FeeWhen, Increments, Price, Scope, Served, SpanClass,
        Tariff, Unit,
    },
};
use planning::{
    compare::{Compared, Comparison, Model, NotCompared, Note, Plan, compare},
    sim::{self, Options, Value},
};
use serde::Deserialize;
use serde_json::json;
use store::ProviderScope;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    NotDone, Order, Work,
    basis::{self, Days},
};
use crate::{
    App,
    admin::{Faults, wire},
    http::{
        audit::Trail,
        error::{ApiError, Result},
        extract::{Json, Path},
    },
    replay,
};

/// Most hours of a team that are tried, and most waits with each of them.
const HYBRIDS_MAX: usize = 4;

/// The endpoints.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(get)).routes(routes!(csv))
}

/// Begins to compare the contracts that a client could have, on recorded days.
#[utoipa::path(post, path = "/api/v1/planning/comparisons", operation_id = "planning_compare", tag = "planning", request_body = CompareRequest, responses((status = 202, description = "Begun", body = JobView)))]
pub async fn begin(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<CompareRequest>,
) -> Result<(StatusCode, Json<JobView>)> {
    let asked = Asked::read(&app, body).await?;
    let order = Order {
        kind: JobKind::Comparison,
        about: asked.client.clone(),
        days: Some((asked.days.first, asked.days.last)),
        asked: serde_json::to_value(&asked.request).unwrap_or_default(),
    };
    let costs = asked.request.costs.clone();
    let id = app.jobs.begin(order, &trail, move |work| asked.compared(work)).await?;
    basis::keep_costs(&app.store, &costs).await?;
    let kept = app.jobs.find(id.uuid(), None).await?;
    Ok((StatusCode::ACCEPTED, Json(app.jobs.view(&kept)?)))
}

/// A comparison: how far it is, what was asked, and what came out.
#[utoipa::path(get, path = "/api/v1/planning/comparisons/{job}", operation_id = "planning_comparison", tag = "planning", params(("job" = Uuid, Path)), responses((status = 200, description = "Done", body = ComparisonJob)))]
pub async fn get(State(app): State<App>, Path(job): Path<Uuid>) -> Result<Json<ComparisonJob>> {
    let kept = app.jobs.find(job, Some(JobKind::Comparison)).await?;
    let asked =
        CompareRequest::deserialize(&kept.asked).map_err(|error| ApiError::internal(&error))?;
    let result = app.jobs.result(&kept)?;
    Ok(Json(ComparisonJob { job: app.jobs.view(&kept)?, asked, result }))
}

/// The same as a table: a row for each figure of each contract.
#[utoipa::path(get, path = "/api/v1/planning/comparisons/{job}/csv", operation_id = "planning_comparison_csv", tag = "planning", params(("job" = Uuid, Path)), responses((status = 200, description = "Done", body = String, content_type = "text/csv")))]
pub async fn csv(State(app): State<App>, Path(job): Path<Uuid>) -> Result<Response> {
    let kept = app.jobs.find(job, Some(JobKind::Comparison)).await?;
    let result: Option<ComparisonView> = app.jobs.result(&kept)?;
    let result = result.ok_or_else(|| ApiError::not_found("result"))?;
    let mut response = table(&result).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"comparison.csv\""),
    );
    Ok(response)
}

/// What was asked, understood.
struct Asked {
    request: CompareRequest,
    client: String,
    pool: String,
    days: Days,
    /// Hours that are tried, by name.
    hybrids: Vec<(String, Vec<WeeklyRange>)>,
}

impl Asked {
    async fn read(app: &App, request: CompareRequest) -> Result<Self> {
        let mut faults = Faults::default();
        let scope = ProviderScope::granted();
        let mut view = app.store.view();
        let id = ClientId::from_uuid(request.client);
        let client = view.client(&store::records::ClientScope::of(id)).await?;
        let contract = view
            .contracts_in_force(&scope, app.clock.now())
            .await?
            .into_iter()
            .find(|version| version.client == id);
        if client.is_none() || contract.is_none() {
            faults.add(
                "client",
                "client_without_contract",
                "There is no such client with a contract in force.",
                "Choose a client that has a contract.",
            );
        }
        let pools = view.pools(&scope).await?;
        let wanted = PoolId::from_uuid(request.pool);
        let pool = pools.into_iter().find(|pool| pool.id == wanted);
        if pool.is_none() {
            faults.add("pool", "unknown_pool", "There is no such pool.", "Choose a pool.");
        }
        let zone = contract.as_ref().map_or("UTC", |version| version.document.zone.as_str());
        let zone = domain::Zone::get(zone).map_err(|error| ApiError::internal(&error))?;
        let days = Days::read(&request.first_day, &request.last_day, zone, &mut faults);
        faults.range("replications", request.replications, 2, 50);
        faults.range("costs.agent_hour_minor", request.costs.agent_hour_minor, 1, 100_000_000);
        faults.range("costs.shrinkage_permille", request.costs.shrinkage_permille, 0, 900);
        for (field, price) in [
            ("prices.minute_minor", request.prices.minute_minor),
            ("prices.seat_hour_minor", request.prices.seat_hour_minor),
        ] {
            faults.range(field, price, 1, 10_000_000);
        }
        for (field, price) in [
            ("prices.written_minor", request.prices.written_minor),
            ("prices.bundle_fee_minor", request.prices.bundle_fee_minor),
            ("prices.fixed_minor", request.prices.fixed_minor),
        ] {
            faults.range(field, price, 0, 100_000_000);
        }
        faults.range("hybrids", request.hybrids.len(), 0, HYBRIDS_MAX);
        let least = usize::from(!request.hybrids.is_empty());
        faults.range("overflow_after_s", request.overflow_after_s.len(), least, HYBRIDS_MAX);
        for (at, after) in request.overflow_after_s.iter().enumerate() {
            faults.range(&format!("overflow_after_s[{at}]"), *after, 0, 3_600);
        }
        let mut hybrids: Vec<(String, Vec<WeeklyRange>)> = Vec::new();
        for (at, hours) in request.hybrids.iter().enumerate() {
            let name = faults.name(&format!("hybrids[{at}].name"), &hours.name);
            let field = format!("hybrids[{at}].weekly");
            let weekly = wire::weekly(&field, &hours.weekly, &mut faults);
            if weekly.iter().any(|range| range.from >= range.until) || weekly.is_empty() {
                faults.add(
                    &field,
                    "team_hours_empty",
                    "The team would answer at no time, or until before it begins.",
                    "Write hours such as 08:00 to 18:00; a night is two ranges.",
                );
            }
            hybrids.push((name, weekly));
        }
        faults.none("comparison")?;
        match (client, pool, days) {
            (Some(client), Some(pool), Some(days)) => {
                Ok(Self { request, client: client.name, pool: pool.name, days, hybrids })
            }
            // Each of them has said its fault.
            _ => Err(ApiError::not_found("client")),
        }
    }

    /// Reads the journal, compares, and says what came out.
    fn compared(self, work: &Work) -> Result<ComparisonView, NotDone> {
        let (floor, head) = basis::floor(work)?;
        let Days { span, zone, .. } = &self.days;
        // The contracts of the last day: terms that changed meanwhile are compared as they ended.
        let at = Timestamp::from_micros(span.until.micros() - 1);
        let house = work.wait(replay::house(work.store(), at, zone))?;
        let told = |seq| {
            work.told(JobPhase::Reading, seq, head);
            !work.is_stopped()
        };
        let recorded = work.wait(replay::recorded(work.store(), floor, *span, &house, told));
        if work.is_stopped() {
            return Err(NotDone::Stopped);
        }
        let (recorded, _) = recorded?;
        let own = house.clients.iter().find(|one| one.name == self.client);
        let team = self.team_name(house.teams.iter().map(|(.., name)| name.as_str()));
        let (week, value) = self.value(own.map(|one| &one.contract), &team);
        let plan = Plan::of_recorded(&recorded, &house, &value, Some(&self.client))?;
        let options = Options { cores: Some(work.cores()), until_half_width: None };
        let comparison = compare(&plan, options, &|step| {
            work.told(JobPhase::Staffing, step.done as u64, step.of as u64);
            !work.is_stopped()
        });
        match comparison {
            Ok(comparison) => Ok(view(comparison, own.map(|one| wire::model(&one.contract)), week)),
            Err(NotCompared::Stopped) => Err(NotDone::Stopped),
            Err(NotCompared::Faults(faults)) => Err(NotDone::Faults(faults)),
        }
    }

    /// The name of the team that is compared: none that a team of the house has, since the client may
    /// have one of its own already.
    fn team_name<'a>(&self, teams: impl Iterator<Item = &'a str> + Clone) -> String {
        let mut name = format!("{} team", self.client);
        while teams.clone().any(|team| team == name) {
            name.push_str(" (new)");
        }
        name
    }

    /// The file that the same comparison would be on the command line, with its intervals.
    fn value(&self, own: Option<&Contract>, team: &str) -> (Vec<Interval>, Value) {
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
            "client": self.client,
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
pub(super) fn days(days: &[Weekday]) -> String {
    let names: Vec<&str> = days.iter().map(|day| day.short()).collect();
    names.join(",")
}

/// An interval of the week.
#[derive(Clone, Debug, PartialEq)]
struct Interval {
    days: Vec<Weekday>,
    from: u16,
    until: u16,
}

impl Interval {
    fn name(&self) -> String {
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

fn view(of: Comparison, now: Option<ServiceModel>, week: Vec<Interval>) -> ComparisonView {
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

/// The result as a table.
fn table(of: &ComparisonView) -> String {
    use domain::csv::cell;
    let mut text = String::from("contract,figure,part,value,half_width_95\r\n");
    let mut row = |contract: &str, figure: &str, part: &str, value: Estimate| {
        let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        let (mean, half) = (number(value.mean), number(value.half_width_95));
        text += &format!("{contract},{figure},{},{mean},{half}\r\n", cell(part));
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
    text
}

fn told(interval: &CompareInterval) -> String {
    let days = interval.days.iter().map(|day| wire::weekday(*day)).collect();
    Interval { days, from: interval.from_min, until: interval.until_min }.name()
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
