//! Margins: what each client brought in during a month, less what its agents' time cost. For the
//! provider's owners alone.
//!
//! Revenue is what the client's statement says, kept for months that are over ([`earned`]); time is the agents' ledger, allotted by
//! [`billing::cost::allotted`]. `docs/margins.md` says the rules.

pub mod costs;
mod earned;
mod table;

use std::collections::BTreeMap;

use api::margin::{
    AgentCostTerms, AgentTimeCost, ClientMargin, MarginMonth, MarginTrend, MarginView, SiteTimeCost,
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use billing::cost::{AgentTime, Allotted, HourCosts, Place, allotted};
use domain::{
    AgentId, ClientId, Currency, SiteId, Timestamp, Zone,
    tariff::{BillingPeriod, Cycle},
};
use figures::{Group, Key, Row};
use serde::Deserialize;
use store::{
    ProviderScope,
    records::{Agent, CalendarRecord, Client, ContractVersion, Team},
};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use self::earned::Earned;
pub use self::earned::Lately;
use crate::{
    App,
    admin::{Faults, clients},
    http::{
        error::{ApiError, Result},
        extract::{Json, Query},
    },
    live::millis,
    statements::rated::{self, DAY},
};

/// Months that can be asked for.
const MONTHS_MAX: usize = 24;

/// Months of a trend.
const TREND_MONTHS: usize = 12;

const SCOPE: ProviderScope = ProviderScope::granted();

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(costs::get, costs::change))
        .routes(routes!(get))
        .routes(routes!(trend))
}

/// Which month.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct MarginQuery {
    /// `2026-11`; the current one when absent.
    month: Option<String>,
}

/// Revenue, cost and margin of a month, by client; as JSON, or as CSV by `Accept`.
#[utoipa::path(get, path = "/api/v1/margins", operation_id = "margins", tag = "margins", params(MarginQuery), responses((status = 200, description = "Done", body = MarginView)))]
pub async fn get(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query<MarginQuery>,
) -> Result<Response> {
    let basis = Basis::read(&app).await?;
    let month = asked(query.month.as_deref(), &basis)?;
    let view = basis.month(&app, &month).await?;
    let accepts = headers.get(header::ACCEPT);
    if !accepts.is_some_and(|accept| accept.as_bytes().starts_with(b"text/csv")) {
        return Ok(Json(view).into_response());
    }
    let mut response = table::csv(&view).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let name = format!("attachment; filename=\"margins-{}.csv\"", view.month);
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// Whose trend.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct TrendQuery {
    /// One client's; of all together when absent.
    client: Option<Uuid>,
}

/// Revenue, cost and margin of the last twelve months, the oldest first.
#[utoipa::path(get, path = "/api/v1/margins/trend", operation_id = "margins_trend", tag = "margins", params(TrendQuery), responses((status = 200, description = "Done", body = MarginTrend)))]
pub async fn trend(
    State(app): State<App>,
    Query(query): Query<TrendQuery>,
) -> Result<Json<MarginTrend>> {
    let basis = Basis::read(&app).await?;
    if let Some(client) = query.client {
        let known = basis.clients.iter().any(|one| one.id.uuid() == client);
        known.then_some(()).ok_or_else(|| ApiError::not_found("client"))?;
    }
    let mut months = Vec::new();
    for month in basis.months.iter().take(TREND_MONTHS).rev() {
        let Some(month) = Cycle::Month.named(&basis.zone, month) else { continue };
        let view = basis.month(&app, &month).await?;
        let of_client = |one: &&ClientMargin| query.client == Some(one.client);
        let (revenue_minor, cost_minor, margin_minor) = match query.client {
            None => (view.revenue_minor, view.cost_minor, view.margin_minor),
            Some(_) => match view.clients.iter().find(of_client) {
                Some(one) => (one.revenue_minor, one.cost.cost_minor, one.margin_minor),
                None => (0, basis.hours().map(|_| 0), basis.hours().map(|_| 0)),
            },
        };
        let (month, goes_on) = (view.month, view.goes_on);
        months.push(MarginMonth { month, goes_on, revenue_minor, cost_minor, margin_minor });
    }
    Ok(Json(MarginTrend {
        currency: basis.costs.currency.clone(),
        decimals: basis.currency().decimals(),
        months,
    }))
}

/// What months are computed from, read once.
struct Basis {
    zone: Zone,
    now: Timestamp,
    /// The newest first.
    months: Vec<String>,
    clients: Vec<Client>,
    contracts: Vec<ContractVersion>,
    calendars: Vec<CalendarRecord>,
    terms: BTreeMap<ClientId, String>,
    teams: Vec<Team>,
    agents: Vec<Agent>,
    costs: AgentCostTerms,
    sites: BTreeMap<SiteId, String>,
}

impl Basis {
    async fn read(app: &App) -> Result<Self> {
        let zone = app.floor.directory().floor_zone();
        let now = app.clock.now();
        // What months are rated by is read before any of them is.
        let contracts = app.store.view().contracts_from(&SCOPE, Timestamp::MIN).await?;
        let calendars = app.store.view().calendars(&SCOPE).await?;
        let teams = app.store.view().teams(&SCOPE).await?;
        let agents = app.store.view().agents(&SCOPE).await?;
        let sites = app.store.view().sites(&SCOPE).await?;
        let read = earned::Read {
            contracts: &contracts,
            calendars: &calendars,
            teams: &teams,
            agents: &agents,
        };
        Ok(Self {
            months: months(&contracts, &zone, now),
            clients: clients::all(app).await?,
            terms: earned::terms(&read),
            contracts,
            calendars,
            costs: costs::terms(app).await?,
            sites: sites.into_iter().map(|site| (site.id, site.name)).collect(),
            zone,
            now,
            teams,
            agents,
        })
    }

    fn hours(&self) -> Option<HourCosts> {
        costs::computable(&self.costs)
    }

    fn currency(&self) -> Currency {
        // Kept as a currency, so it is one.
        self.costs.currency.parse().unwrap_or(Currency::EUR)
    }

    async fn month(&self, app: &App, month: &BillingPeriod) -> Result<MarginView> {
        let (now, costs) = (self.now, &self.costs);
        let read = earned::Read {
            contracts: &self.contracts,
            calendars: &self.calendars,
            teams: &self.teams,
            agents: &self.agents,
        };
        let by = (&read, &self.terms);
        let mut earned = earned::earned(app, &self.clients, by, month, now).await?;
        let mut work: BTreeMap<AgentId, BTreeMap<ClientId, u64>> = BTreeMap::new();
        for (client, earned) in &earned {
            for (agent, us) in &earned.work {
                work.entry(*agent).or_default().insert(*client, *us);
            }
        }
        let times = self.times(app, month, work).await?;
        let allotted = allotted(&times);
        let priced = Priced { hours: self.hours(), currency: self.currency(), sites: &self.sites };
        let clients: Vec<ClientMargin> = self
            .clients
            .iter()
            .map(|client| {
                let earned = earned.remove(&client.id).unwrap_or_default();
                priced.client(client, earned, &allotted)
            })
            .filter(|client| {
                client.revenue_minor != 0 || client.contacts > 0 || !client.sites.is_empty()
            })
            .collect();
        let nobody = priced.of(None, &allotted).0;
        let in_currency =
            |client: &&ClientMargin| client.currency.as_ref() == Some(&costs.currency);
        let revenue_minor = clients.iter().filter(in_currency).map(|one| one.revenue_minor).sum();
        let all = clients.iter().map(|client| &client.cost).chain([&nobody]);
        let cost_minor =
            priced.hours.as_ref().map(|_| all.filter_map(|cost| cost.cost_minor).sum());
        let other =
            clients.iter().any(|one| one.currency.as_ref().is_some_and(|c| *c != costs.currency));
        let margin_minor = cost_minor.filter(|_| !other).map(|cost: i64| revenue_minor - cost);
        Ok(MarginView {
            month: month.name.clone(),
            months: self.months.clone(),
            from: month.span.from.to_string(),
            until: month.span.until.to_string(),
            zone: self.zone.name().to_owned(),
            goes_on: now < month.span.until,
            decimals: priced.currency.decimals(),
            costs: costs.clone(),
            clients,
            nobody,
            revenue_minor,
            cost_minor,
            margin_minor,
        })
    }

    /// Each agent's time in the month, with what they did for whom.
    async fn times(
        &self,
        app: &App,
        month: &BillingPeriod,
        mut work: BTreeMap<AgentId, BTreeMap<ClientId, u64>>,
    ) -> Result<Vec<AgentTime>> {
        let teams: BTreeMap<_, _> = self.teams.iter().map(|team| (team.id, team.client)).collect();
        let agents: BTreeMap<_, _> = self.agents.iter().map(|agent| (agent.id, agent)).collect();
        let (zone, span) = (&self.zone, month.span);
        let rows = rated::rows(app, zone, span, DAY, Group::Agent, None, self.now).await?;
        let micros =
            |span: std::time::Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        let time = |row: Row| {
            let Key::Agent(id) = row.key else { return None };
            let agent = agents.get(&id);
            let team = agent.and_then(|agent| agent.team);
            Some(AgentTime {
                site: agent.and_then(|agent| agent.site),
                team_of: team.and_then(|team| teams.get(&team).copied()),
                pools: agent.map(|agent| agent.pools.clone()).unwrap_or_default(),
                at_work_us: micros(row.ledger.at_work()),
                worked_us: micros(row.ledger.worked()),
                by_client: work.remove(&id).unwrap_or_default(),
            })
        };
        Ok(Row::totals(&rows).into_iter().filter_map(time).collect())
    }
}

/// Months since the first contract, the newest first.
fn months(contracts: &[ContractVersion], zone: &Zone, now: Timestamp) -> Vec<String> {
    let first = contracts.iter().map(|contract| contract.document.valid_from).min();
    let first = first.map_or(now, |first| first.min(now));
    let (mut names, mut month) = (Vec::new(), Cycle::Month.period_at(zone, now));
    while month.span.until > first && names.len() < MONTHS_MAX {
        let before = Cycle::Month.before(zone, &month);
        names.push(month.name);
        month = before;
    }
    names
}

fn asked(name: Option<&str>, basis: &Basis) -> Result<BillingPeriod> {
    let newest = Cycle::Month.period_at(&basis.zone, basis.now);
    let Some(name) = name else { return Ok(newest) };
    let known = basis.months.iter().find(|month| *month == name.trim());
    if let Some(month) = known.and_then(|month| Cycle::Month.named(&basis.zone, month)) {
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

/// Time, put at its price.
struct Priced<'b> {
    hours: Option<HourCosts>,
    currency: Currency,
    sites: &'b BTreeMap<SiteId, String>,
}

impl Priced<'_> {
    fn client(
        &self,
        client: &Client,
        earned: Earned,
        allotted: &BTreeMap<Place, Allotted>,
    ) -> ClientMargin {
        let (cost, sites) = self.of(Some(client.id), allotted);
        let revenue = earned.parts;
        let revenue_minor: i64 = revenue.iter().map(|part| part.amount_minor).sum();
        let comparable = earned.currency.is_none_or(|currency| currency == self.currency);
        let margin_minor = cost.cost_minor.filter(|_| comparable).map(|cost| revenue_minor - cost);
        let margin_permille = margin_minor
            .filter(|_| revenue_minor > 0)
            .map(|margin| (i128::from(margin) * 1_000).div_euclid(i128::from(revenue_minor)))
            .and_then(|permille| i64::try_from(permille).ok());
        ClientMargin {
            client: client.id.uuid(),
            name: client.name.clone(),
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
