//! Contracts compared on recorded days, of one client or of several after another: from the form of a
//! screen to the plan that `planning` compares ([`file`]), and back to what the screen shows ([`view`]).

mod file;
mod view;

use api::{
    admin::clients::ServiceModel,
    planning::{
        JobKind, JobPhase, JobView,
        compare::{CompareRequest, ComparisonJob, ComparisonView},
    },
};
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{ClientId, Currency, Fault, PoolId, calendar::WeeklyRange};
use planning::{
    compare::{NotCompared, Plan, compare},
    recorded::{House, Recorded},
    sim::Options,
};
use serde::{Deserialize, Serialize};
use store::{
    ProviderScope,
    records::{ClientScope, ContractVersion},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use self::{
    file::Interval,
    view::{table, view},
};
use super::{
    NotDone, Order, Work,
    basis::{self, Days, Read},
};
use crate::{
    App,
    admin::{Faults, wire},
    http::{
        audit::Trail,
        error::{ApiError, Result},
        extract::{Json, Path},
    },
    margins::costs,
};

pub(super) use file::days;

/// Most clients that one job compares.
const CLIENTS_MAX: usize = 12;

/// Most hours of a team that are tried, and most waits with each of them.
const HYBRIDS_MAX: usize = 4;

/// The endpoints.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(get)).routes(routes!(csv))
}

/// Begins to compare the contracts that a client could have, on recorded days. Of several clients each is
/// compared by itself, while the others stay as they are.
#[utoipa::path(post, path = "/api/v1/planning/comparisons", operation_id = "planning_compare", tag = "planning", request_body = CompareRequest, responses((status = 202, description = "Begun", body = JobView)))]
pub async fn begin(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<CompareRequest>,
) -> Result<(StatusCode, Json<JobView>)> {
    let asked = Asked::read(&app, body).await?;
    let order = Order {
        kind: JobKind::Comparison,
        about: asked.clients.join(", "),
        days: Some((asked.days.first, asked.days.last)),
        asked: serde_json::to_value(&asked.request).unwrap_or_default(),
    };
    let given = asked.request.costs.clone();
    let begun = app.jobs.begun(order, &trail, move |work| asked.compared(work)).await?;
    costs::keep_of_comparison(&app.store, &given).await?;
    Ok((StatusCode::ACCEPTED, Json(begun)))
}

/// A comparison: how far it is, what was asked, and what came out.
#[utoipa::path(get, path = "/api/v1/planning/comparisons/{job}", operation_id = "planning_comparison", tag = "planning", params(("job" = Uuid, Path)), responses((status = 200, description = "Done", body = ComparisonJob)))]
pub async fn get(State(app): State<App>, Path(job): Path<Uuid>) -> Result<Json<ComparisonJob>> {
    let (job, asked, came_out) = app.jobs.asked::<_, CameOut>(job, JobKind::Comparison).await?;
    let (result, more_results) = came_out.map(|of| (of.first, of.more)).unzip();
    Ok(Json(ComparisonJob { job, asked, result, more_results: more_results.unwrap_or_default() }))
}

/// The same as a table: a row for each figure of each contract of each client.
#[utoipa::path(get, path = "/api/v1/planning/comparisons/{job}/csv", operation_id = "planning_comparison_csv", tag = "planning", params(("job" = Uuid, Path)), responses((status = 200, description = "Done", body = String, content_type = "text/csv")))]
pub async fn csv(State(app): State<App>, Path(job): Path<Uuid>) -> Result<Response> {
    let kept = app.jobs.find(job, Some(JobKind::Comparison)).await?;
    let came_out: Option<CameOut> = app.jobs.result(&kept)?;
    let CameOut { first, more } = came_out.ok_or_else(|| ApiError::not_found("result"))?;
    let mut response = table(std::iter::once(&first).chain(&more)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"comparison.csv\""),
    );
    Ok(response)
}

/// What a job keeps: one comparison for each client, in the order in which they were asked.
#[derive(Debug, Serialize, Deserialize)]
struct CameOut {
    #[serde(flatten)]
    first: ComparisonView,
    /// Of the further clients.
    #[serde(default)]
    more: Vec<ComparisonView>,
}

/// What was asked, understood.
struct Asked {
    request: CompareRequest,
    /// Names of the clients; at least one.
    clients: Vec<String>,
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
        let contracts = view.contracts_in_force(&scope, app.clock.now()).await?;
        let mut found = Clients::default();
        faults.range("more_clients", request.more_clients.len(), 0, CLIENTS_MAX - 1);
        for (at, id) in request.clients().take(CLIENTS_MAX).enumerate() {
            let client = view.client(&ClientScope::of(ClientId::from_uuid(id))).await?;
            let contract = contracts.iter().find(|version| version.client.uuid() == id);
            let field = match at {
                0 => "client".to_owned(),
                at => format!("more_clients[{}]", at - 1),
            };
            found.add(&field, client.map(|client| client.name), contract, &mut faults);
        }
        let pools = view.pools(&scope).await?;
        let wanted = PoolId::from_uuid(request.pool);
        let pool = pools.into_iter().find(|pool| pool.id == wanted);
        if pool.is_none() {
            faults.add("pool", "unknown_pool", "There is no such pool.", "Choose a pool.");
        }
        let zone = found.zone.as_deref().unwrap_or("UTC");
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
        match (pool, days) {
            (Some(pool), Some(days)) => {
                Ok(Self { request, clients: found.names, pool: pool.name, days, hybrids })
            }
            // Each of them has said its fault.
            _ => Err(ApiError::not_found("pool")),
        }
    }

    /// Reads the journal, compares, and says what came out. What is wrong with the plan of any client is
    /// said before the first one is compared.
    fn compared(self, work: &Work) -> Result<CameOut, NotDone> {
        let Read { house, recorded, .. } = basis::read(work, &self.days)?;
        let (mut planned, mut faults) = (Vec::new(), Vec::new());
        for client in &self.clients {
            match self.planned(client, &house, &recorded) {
                Ok(plan) => planned.push(plan),
                Err(found) => faults.extend(self.named(client, found)),
            }
        }
        if !faults.is_empty() {
            return Err(NotDone::Faults(faults));
        }
        let of_all = planned.into_iter().enumerate();
        let views: Result<Vec<ComparisonView>, _> =
            of_all.map(|(at, planned)| self.compared_for(at, planned, work)).collect();
        let mut views = views?.into_iter();
        match views.next() {
            Some(first) => Ok(CameOut { first, more: views.collect() }),
            None => Err(NotDone::Failed(anyhow::anyhow!("a comparison of no client was begun"))),
        }
    }

    fn planned(
        &self,
        client: &str,
        house: &House,
        recorded: &Recorded,
    ) -> Result<Planned, Vec<Fault>> {
        let own = house.clients.iter().find(|one| one.name == client);
        let team = team_name(client, house.teams.iter().map(|(.., name)| name.as_str()));
        let (week, value) = self.file(client, own.map(|one| &one.contract), &team);
        let plan = Plan::of_recorded(recorded, house, &value, Some(client))?;
        Ok(Planned { plan, week, now: own.map(|one| wire::model(&one.contract)) })
    }

    fn compared_for(
        &self,
        at: usize,
        planned: Planned,
        work: &Work,
    ) -> Result<ComparisonView, NotDone> {
        let Planned { plan, week, now } = planned;
        let options = Options { cores: Some(work.cores()), until_half_width: None };
        let compared = compare(&plan, options, &|step| {
            let (done, of) = (at * step.of + step.done, self.clients.len() * step.of);
            work.told(JobPhase::Staffing, done as u64, of as u64);
            !work.is_stopped()
        });
        match compared {
            Ok(comparison) => Ok(view(comparison, now, week)),
            Err(NotCompared::Stopped) => Err(NotDone::Stopped),
            Err(NotCompared::Faults(faults)) => {
                Err(NotDone::Faults(self.named(plan.client(), faults)))
            }
        }
    }

    /// Of several clients a fault says first whose it is.
    fn named(&self, client: &str, mut faults: Vec<Fault>) -> Vec<Fault> {
        if self.clients.len() > 1 {
            for fault in &mut faults {
                fault.field = match fault.field.as_str() {
                    "" => client.to_owned(),
                    field => format!("{client}: {field}"),
                };
            }
        }
        faults
    }
}

/// A client's plan, with what its view needs besides.
struct Planned {
    plan: Plan,
    week: Vec<Interval>,
    /// The contract that the client has.
    now: Option<ServiceModel>,
}

/// Clients that were asked for, as far as they were found.
#[derive(Default)]
struct Clients {
    names: Vec<String>,
    /// The zone of the first one's contract.
    zone: Option<String>,
    currency: Option<Currency>,
}

impl Clients {
    fn add(
        &mut self,
        field: &str,
        name: Option<String>,
        contract: Option<&ContractVersion>,
        faults: &mut Faults,
    ) {
        let (Some(name), Some(contract)) = (name, contract) else {
            faults.add(
                field,
                "client_without_contract",
                "There is no such client with a contract in force.",
                "Choose a client that has a contract.",
            );
            return;
        };
        if self.names.contains(&name) {
            faults.add(
                field,
                "client_twice",
                domain::words!("{} is asked for twice.", name),
                "Name each client once.",
            );
        }
        self.zone.get_or_insert_with(|| contract.document.zone.clone());
        // The prices of the form are in one currency.
        if let Some(currency) = contract.document.tariff.as_ref().map(|tariff| tariff.currency) {
            let usual = *self.currency.get_or_insert(currency);
            if usual != currency {
                faults.add(
                    field,
                    "another_currency",
                    domain::words!(
                        "{} is billed in {}, not in {}.",
                        name,
                        currency.code(),
                        usual.code()
                    ),
                    "Compare clients of one currency at a time.",
                );
            }
        }
        self.names.push(name);
    }
}

/// The name of the team that is compared: none that a team of the house has, since the client may
/// have one of its own already.
fn team_name<'a>(client: &str, teams: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut name = format!("{client} team");
    while teams.clone().any(|team| team == name) {
        name.push_str(" (new)");
    }
    name
}
