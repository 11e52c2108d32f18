//! Margins: what each client brought in during a month, less what its agents' time cost. For the
//! provider's owners alone.
//!
//! Revenue is what the client's statement says; time is the agents' ledger, allotted by
//! [`billing::cost::allotted`]. `docs/margins.md` says the rules.

pub mod costs;

use std::collections::BTreeMap;

use api::{
    margin::{AgentTimeCost, ClientMargin, MarginView, RevenuePart, SiteTimeCost},
    statement::PositionChoice,
};
use axum::extract::State;
use billing::cost::{AgentTime, Allotted, HourCosts, Place, add_work, allotted, by_days};
use domain::{
    AgentId, ClientId, Currency, SiteId, Timestamp, Zone,
    tariff::{BillingPeriod, Cycle},
};
use figures::{Group, Key, Row};
use serde::Deserialize;
use store::{
    ProviderScope,
    records::{Client, PAGE_MAX},
};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    admin::Faults,
    http::{
        error::Result,
        extract::{Json, Query},
    },
    live::millis,
    statements::{
        position_view,
        rated::{self, DAY},
    },
};

/// Months that can be asked for.
const MONTHS_MAX: usize = 24;

const SCOPE: ProviderScope = ProviderScope::granted();

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(costs::get, costs::change)).routes(routes!(get))
}

/// Which month.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct MarginQuery {
    /// `2026-11`; the current one when absent.
    month: Option<String>,
}

/// Revenue, cost and margin of a month, by client.
#[utoipa::path(get, path = "/api/v1/margins", operation_id = "margins", tag = "margins", params(MarginQuery), responses((status = 200, description = "Done", body = MarginView)))]
pub async fn get(
    State(app): State<App>,
    Query(query): Query<MarginQuery>,
) -> Result<Json<MarginView>> {
    let zone = app.floor.directory().floor_zone();
    let now = app.clock.now();
    let months = months(&app, &zone, now).await?;
    let month = asked(query.month.as_deref(), &zone, &months, now)?;
    let (mut earned, mut work) = (Vec::new(), BTreeMap::new());
    for client in clients(&app).await? {
        earned.push(revenue(&app, client, &month, now, &mut work).await?);
    }
    let times = times(&app, &zone, &month, now, work).await?;
    let costs = costs::terms(&app).await?;
    let names = app.store.view().sites(&SCOPE).await?;
    let priced = Priced {
        hours: costs::computable(&costs),
        // Kept as a currency, so it is one.
        currency: costs.currency.parse().unwrap_or(Currency::EUR),
        sites: names.into_iter().map(|site| (site.id, site.name)).collect(),
    };
    let allotted = allotted(&times);
    let clients: Vec<ClientMargin> = earned
        .into_iter()
        .map(|earned| priced.client(earned, &allotted))
        .filter(|client| {
            client.revenue_minor != 0 || client.contacts > 0 || !client.sites.is_empty()
        })
        .collect();
    let nobody = priced.of(None, &allotted).0;
    let in_currency = |client: &&ClientMargin| client.currency.as_ref() == Some(&costs.currency);
    let revenue_minor = clients.iter().filter(in_currency).map(|one| one.revenue_minor).sum();
    let all = clients.iter().map(|client| &client.cost).chain([&nobody]);
    let cost_minor = priced.hours.as_ref().map(|_| all.filter_map(|cost| cost.cost_minor).sum());
    let other =
        clients.iter().any(|one| one.currency.as_ref().is_some_and(|c| *c != costs.currency));
    let margin_minor = cost_minor.filter(|_| !other).map(|cost: i64| revenue_minor - cost);
    Ok(Json(MarginView {
        month: month.name.clone(),
        months,
        from: month.span.from.to_string(),
        until: month.span.until.to_string(),
        zone: zone.name().to_owned(),
        goes_on: now < month.span.until,
        decimals: priced.currency.decimals(),
        costs,
        clients,
        nobody,
        revenue_minor,
        cost_minor,
        margin_minor,
    }))
}

/// Months since the first contract, the newest first.
async fn months(app: &App, zone: &Zone, now: Timestamp) -> Result<Vec<String>> {
    let contracts = app.store.view().contracts_from(&SCOPE, Timestamp::MIN).await?;
    let first = contracts.iter().map(|contract| contract.document.valid_from).min();
    let first = first.map_or(now, |first| first.min(now));
    let (mut names, mut month) = (Vec::new(), Cycle::Month.period_at(zone, now));
    while month.span.until > first && names.len() < MONTHS_MAX {
        let before = Cycle::Month.before(zone, &month);
        names.push(month.name);
        month = before;
    }
    Ok(names)
}

fn asked(
    name: Option<&str>,
    zone: &Zone,
    months: &[String],
    now: Timestamp,
) -> Result<BillingPeriod> {
    let newest = Cycle::Month.period_at(zone, now);
    let Some(name) = name else { return Ok(newest) };
    let known = months.iter().find(|month| *month == name.trim());
    if let Some(month) = known.and_then(|month| Cycle::Month.named(zone, month)) {
        return Ok(month);
    }
    let mut faults = Faults::default();
    faults.add(
        "month",
        "no_such_month",
        domain::words!(
            "`{}` is no month with a contract.",
            name.chars().take(32).collect::<String>()
        ),
        domain::words!("Choose one such as {}.", newest.name),
    );
    faults.none("month")?;
    Ok(newest)
}

async fn clients(app: &App) -> Result<Vec<Client>> {
    let (mut all, mut after): (Vec<Client>, Option<String>) = (Vec::new(), None);
    loop {
        let page = app.store.view().clients(&SCOPE, None, after.as_deref(), PAGE_MAX).await?;
        let more = page.len() >= PAGE_MAX as usize;
        after = page.last().map(|client| client.name.clone());
        all.extend(page);
        if !more {
            return Ok(all);
        }
    }
}

/// What a client brought in.
struct Earned {
    client: Client,
    currency: Option<Currency>,
    contacts: u64,
    by_days: bool,
    parts: Vec<RevenuePart>,
}

impl Earned {
    fn add(&mut self, kind: PositionChoice, amount_minor: i64) {
        match self.parts.iter_mut().find(|part| part.kind == kind) {
            Some(part) => part.amount_minor += amount_minor,
            None => self.parts.push(RevenuePart { kind, amount_minor }),
        }
    }
}

/// A client's revenue of a month, by the days of its billing periods in it; what agents did for it goes to
/// `work`.
async fn revenue(
    app: &App,
    client: Client,
    month: &BillingPeriod,
    now: Timestamp,
    work: &mut BTreeMap<AgentId, BTreeMap<ClientId, u64>>,
) -> Result<Earned> {
    let id = client.id;
    let terms = rated::terms_if_priced(app, id).await?;
    let mut earned = Earned {
        client,
        currency: terms.as_ref().map(billing::Terms::currency),
        contacts: 0,
        by_days: false,
        parts: Vec::new(),
    };
    let mut own = None;
    if let Some(terms) = terms {
        let mut period = terms.period_of(month.until.previous());
        while period.until > month.first && period.span.until > terms.begin() {
            let before = terms.before(&period);
            if period.span.from <= now {
                let (of_days, days) = (
                    period.days().count() as u64,
                    period.days().filter(|day| (month.first..month.until).contains(day)).count()
                        as u64,
                );
                earned.by_days |= days != of_days;
                let same = period.span == month.span;
                let rated = rated::rated(app, id, terms.clone(), period).await?;
                for position in &rated.statement.positions {
                    let kind = position_view(&terms, position).kind;
                    earned.add(kind, by_days(position.amount_minor, days, of_days));
                }
                own = same.then_some(rated.facts).or(own);
            }
            period = before;
        }
    }
    let facts = match own {
        Some(facts) => facts,
        None => rated::facts(app, id, month.span).await?,
    };
    earned.contacts = facts.len() as u64;
    add_work(work, id, &facts);
    Ok(earned)
}

/// Each agent's time in the month, with what they did for whom.
async fn times(
    app: &App,
    zone: &Zone,
    month: &BillingPeriod,
    now: Timestamp,
    mut work: BTreeMap<AgentId, BTreeMap<ClientId, u64>>,
) -> Result<Vec<AgentTime>> {
    let teams = app.store.view().teams(&SCOPE).await?;
    let teams: BTreeMap<_, _> = teams.into_iter().map(|team| (team.id, team.client)).collect();
    let agents = app.store.view().agents(&SCOPE).await?;
    let agents: BTreeMap<_, _> = agents.into_iter().map(|agent| (agent.id, agent)).collect();
    let rows = rated::rows(app, zone, month.span, DAY, Group::Agent, None, now).await?;
    let micros = |span: std::time::Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    let time = |row: Row| {
        let Key::Agent(id) = row.key else { return None };
        let agent = agents.get(&id);
        Some(AgentTime {
            site: agent.and_then(|agent| agent.site),
            team_of: agent.and_then(|agent| agent.team).and_then(|team| teams.get(&team).copied()),
            pools: agent.map(|agent| agent.pools.clone()).unwrap_or_default(),
            at_work_us: micros(row.ledger.at_work()),
            worked_us: micros(row.ledger.worked()),
            by_client: work.remove(&id).unwrap_or_default(),
        })
    };
    Ok(Row::totals(&rows).into_iter().filter_map(time).collect())
}

/// Time, put at its price.
struct Priced {
    hours: Option<HourCosts>,
    currency: Currency,
    sites: BTreeMap<SiteId, String>,
}

impl Priced {
    fn client(&self, earned: Earned, allotted: &BTreeMap<Place, Allotted>) -> ClientMargin {
        let (cost, sites) = self.of(Some(earned.client.id), allotted);
        let revenue = earned.parts;
        let revenue_minor: i64 = revenue.iter().map(|part| part.amount_minor).sum();
        let comparable = earned.currency.is_none_or(|currency| currency == self.currency);
        let margin_minor = cost.cost_minor.filter(|_| comparable).map(|cost| revenue_minor - cost);
        let margin_permille = margin_minor
            .filter(|_| revenue_minor > 0)
            .map(|margin| (i128::from(margin) * 1_000).div_euclid(i128::from(revenue_minor)))
            .and_then(|permille| i64::try_from(permille).ok());
        ClientMargin {
            client: earned.client.id.uuid(),
            name: earned.client.name,
            currency: earned.currency.map(|currency| currency.to_string()),
            contacts: earned.contacts,
            revenue_minor,
            revenue,
            by_days: earned.by_days,
            cost,
            sites,
            margin_minor,
            margin_permille,
        }
    }

    /// What is a client's, or nobody's: all together, and by site.
    fn of(
        &self,
        client: Option<ClientId>,
        allotted: &BTreeMap<Place, Allotted>,
    ) -> (AgentTimeCost, Vec<SiteTimeCost>) {
        let mut all = self.time(None, Allotted::default());
        let mut sites = Vec::new();
        for ((_, site), time) in allotted.iter().filter(|((whose, _), _)| *whose == client) {
            let cost = self.time(*site, *time);
            let add = |a: Option<i64>, b: Option<i64>| Some(a? + b?);
            all = AgentTimeCost {
                worked_ms: all.worked_ms + cost.worked_ms,
                waiting_ms: all.waiting_ms + cost.waiting_ms,
                worked_minor: add(all.worked_minor, cost.worked_minor),
                waiting_minor: add(all.waiting_minor, cost.waiting_minor),
                cost_minor: add(all.cost_minor, cost.cost_minor),
            };
            sites.push(SiteTimeCost {
                site: site.map(SiteId::uuid),
                name: site.and_then(|site| self.sites.get(&site).cloned()).unwrap_or_default(),
                agent_hour_minor: self.hours.as_ref().map(|hours| hours.hour_minor(*site)),
                cost,
            });
        }
        (all, sites)
    }

    fn time(&self, site: Option<SiteId>, time: Allotted) -> AgentTimeCost {
        let of = |us: u64| self.hours.as_ref().map(|hours| hours.cost_minor(site, us));
        let (worked, waiting) = (of(time.worked_us), of(time.waiting_us));
        AgentTimeCost {
            worked_ms: millis(std::time::Duration::from_micros(time.worked_us)),
            waiting_ms: millis(std::time::Duration::from_micros(time.waiting_us)),
            worked_minor: worked,
            waiting_minor: waiting,
            cost_minor: worked.zip(waiting).map(|(worked, waiting)| worked + waiting),
        }
    }
}
