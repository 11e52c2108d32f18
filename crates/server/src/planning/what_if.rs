//! Recorded days once more with something otherwise: beside what happened, and beside the same days
//! played unchanged.

use api::{
    admin::{calendars::WeeklyRangeView, clients::ServiceModel},
    desk::ChannelKind,
    planning::{
        JobKind, JobPhase, JobView,
        what_if::{
            Played as PlayedView, WhatIfChange, WhatIfClient, WhatIfFigure, WhatIfJob,
            WhatIfRequest, WhatIfView,
        },
    },
};
use axum::{extract::State, http::StatusCode};
use domain::{ClientId, Fault, PoolId, TeamId, Zone};
use planning::{
    recorded::{Agreement, House, Of, WhatIf, play},
    sim::Value,
};
use serde::Deserialize;
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    NotDone, Order, Work,
    basis::{self, Days, Read},
    compare::days,
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

/// Most things that are otherwise at once.
const CHANGES_MAX: usize = 20;

/// The endpoints.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(get))
}

/// Begins to play recorded days once more, with something otherwise.
#[utoipa::path(post, path = "/api/v1/planning/what-ifs", operation_id = "planning_what_if", tag = "planning", request_body = WhatIfRequest, responses((status = 202, description = "Begun", body = JobView)))]
pub async fn begin(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<WhatIfRequest>,
) -> Result<(StatusCode, Json<JobView>)> {
    let asked = Asked::read(&app, body).await?;
    let order = Order {
        kind: JobKind::WhatIf,
        about: String::new(),
        days: Some((asked.days.first, asked.days.last)),
        asked: serde_json::to_value(&asked.request).unwrap_or_default(),
    };
    let begun = app.jobs.begun(order, &trail, move |work| asked.played(work)).await?;
    Ok((StatusCode::ACCEPTED, Json(begun)))
}

/// A what-if: how far it is, what was asked, and what came out.
#[utoipa::path(get, path = "/api/v1/planning/what-ifs/{job}", operation_id = "planning_what_if_get", tag = "planning", params(("job" = Uuid, Path)), responses((status = 200, description = "Done", body = WhatIfJob)))]
pub async fn get(State(app): State<App>, Path(job): Path<Uuid>) -> Result<Json<WhatIfJob>> {
    let (job, asked, result) = app.jobs.asked(job, JobKind::WhatIf).await?;
    Ok(Json(WhatIfJob { job, asked, result }))
}

/// What was asked, understood.
struct Asked {
    request: WhatIfRequest,
    days: Days,
    /// The file that the same would be on the command line.
    value: Value,
}

impl Asked {
    async fn read(app: &App, request: WhatIfRequest) -> Result<Self> {
        let mut faults = Faults::default();
        let zone = Zone::get(request.zone.trim());
        if let Err(error) = &zone {
            let said = domain::words!("{}.", error);
            faults.add("zone", "unknown_zone", said, "Write an IANA zone such as Europe/Paris.");
        }
        let zone = zone.unwrap_or(Zone::get("UTC").map_err(|error| ApiError::internal(&error))?);
        let days = Days::read(&request.first_day, &request.last_day, zone.clone(), &mut faults);
        faults.range("replications", request.replications, 2, 200);
        faults.range("changes", request.changes.len(), 1, CHANGES_MAX);
        let house = replay::house(&app.store, app.clock.now(), &zone).await?;
        let mut file = Names { house: &house, faults: &mut faults }.file(&request.changes);
        faults.none("what-if")?;
        file["replications"] = json!(request.replications);
        file["seed"] = json!(request.seed);
        let value = Value::deserialize(file).unwrap_or(Value::Table(Vec::new()));
        match days {
            Some(days) => Ok(Self { request, days, value }),
            // It has said its fault.
            None => Err(ApiError::not_found("day")),
        }
    }

    fn played(self, work: &Work) -> Result<WhatIfView, NotDone> {
        let Read { house, recorded, real } = basis::read(work, &self.days)?;
        let (replications, seed) = (self.request.replications, self.request.seed);
        let scenario = recorded.scenario(&house, replications, u64::from(seed))?;
        let otherwise = WhatIf::read(&self.value, scenario.clone(), &house)?;
        let all = u64::from(replications) * 2;
        let play = |scenario, before: u64| {
            let heard = |done: u32| {
                work.told(JobPhase::Playing, before + u64::from(done), all);
                work.is_stopped()
            };
            let played = play(scenario, &real, Some(work.cores()), &heard)?;
            if played.interrupted { Err(NotDone::Stopped) } else { Ok(played) }
        };
        let unchanged = play(&scenario, 0)?;
        let changed = play(&otherwise.scenario, u64::from(replications))?;
        let within =
            recorded.contacts.iter().filter(|contact| self.days.span.contains(contact.at)).count();
        let after = std::iter::once(&changed.all).chain(&changed.clients);
        let clients = std::iter::once(&unchanged.all).chain(&unchanged.clients).zip(after);
        Ok(WhatIfView {
            changes: otherwise.changes,
            contacts: within as u64,
            left_out: recorded.left_out(&house) as u64,
            unfinished: recorded.unfinished as u64,
            replications: unchanged.replications,
            clients: clients.enumerate().map(|(at, (was, is))| client(at, was, is)).collect(),
        })
    }
}

/// All clients come first, without a name.
fn client(at: usize, unchanged: &Of, otherwise: &Of) -> WhatIfClient {
    let played = |of: &Agreement| PlayedView {
        mean: of.mean,
        half_width_95: of.half_width_95,
        spread_95: of.spread_95,
    };
    let figures = unchanged.figures.iter().zip(&otherwise.figures).map(|(was, is)| WhatIfFigure {
        figure: was.figure.clone().into_owned(),
        real: was.real,
        unchanged: played(was),
        otherwise: Some(played(is)),
        agrees: was.agrees,
        differs: differs(was, is),
    });
    let name = if at == 0 { String::new() } else { unchanged.name.clone() };
    WhatIfClient { name, figures: figures.collect() }
}

/// Whether the 95 % intervals of two means do not meet. Figures without chance have intervals of nothing.
fn differs(was: &Agreement, is: &Agreement) -> bool {
    let (Some(a), Some(b)) = (was.mean, is.mean) else { return was.mean != is.mean };
    let wide = was.half_width_95.unwrap_or(0.0) + is.half_width_95.unwrap_or(0.0);
    (a - b).abs() > wide + 1e-9 * a.abs().max(b.abs())
}

/// From ids to the names that a file has.
struct Names<'a> {
    house: &'a House,
    faults: &'a mut Faults,
}

impl Names<'_> {
    fn file(&mut self, changes: &[WhatIfChange]) -> serde_json::Value {
        let (mut clients, mut roster, mut demand) = (Vec::new(), Vec::new(), Vec::new());
        for (at, change) in changes.iter().enumerate() {
            let field = |name: &str| format!("changes[{at}].{name}");
            match change {
                WhatIfChange::Contract {
                    client,
                    model,
                    pool,
                    team,
                    team_hours,
                    overflow_after_s,
                } => {
                    let name = self.client(&field("client"), *client);
                    let mut table = json!({ "name": name });
                    let pool = || self.house_pool(*pool);
                    let (pool, team_name) = (pool(), self.house_team(*team));
                    if *model != ServiceModel::Shared {
                        self.wanted(&field("team"), team_name.is_some(), "team");
                        table["team"] = json!(team_name);
                    }
                    if *model != ServiceModel::Dedicated {
                        self.wanted(&field("pool"), pool.is_some(), "pool");
                    }
                    table["model"] = json!(match model {
                        ServiceModel::Shared => "shared",
                        ServiceModel::Dedicated => "dedicated",
                        ServiceModel::Hybrid => "hybrid",
                    });
                    match model {
                        ServiceModel::Shared => table["pools"] = json!([pool]),
                        ServiceModel::Dedicated => {}
                        ServiceModel::Hybrid => {
                            let hours = self.hours(&field("team_hours"), team_hours);
                            if !hours.is_empty() {
                                table["dedicated_hours"] = json!(hours);
                                table["pools"] = json!([pool]);
                            }
                            if let Some(after) = overflow_after_s {
                                let after = format!("{after}s");
                                table["overflow"] = json!({ "after": after, "pools": [pool] });
                                table["nobody_on_shift"] = json!("overflow");
                            }
                        }
                    }
                    clients.push(table);
                }
                WhatIfChange::Agents { pool, team, change, days: on, from, until } => {
                    let mut table = json!({ "change": change, "from": from, "until": until });
                    let (pool, team) = (self.house_pool(*pool), self.house_team(*team));
                    self.wanted(&field("pool"), pool.is_some() || team.is_some(), "pool");
                    match (pool, team) {
                        (_, Some(team)) => table["team"] = json!(team),
                        (pool, None) => table["pool"] = json!(pool),
                    }
                    if !on.is_empty() {
                        let on: Vec<_> = on.iter().map(|day| wire::weekday(*day)).collect();
                        table["days"] = json!(days(&on));
                    }
                    roster.push(table);
                }
                WhatIfChange::Demand { client, channel, percent } => {
                    let mut table = json!({ "factor": f64::from(*percent) / 100.0 });
                    if let Some(client) = client {
                        table["client"] = json!(self.client(&field("client"), *client));
                    }
                    let word = channel.map(|channel| match channel {
                        ChannelKind::Voice => "voice",
                        ChannelKind::Chat => "chat",
                        ChannelKind::Mail => "mail",
                        ChannelKind::Message => "message",
                        ChannelKind::Callback => "any",
                    });
                    if let Some(word) = word {
                        table["channel"] = json!(word);
                    }
                    demand.push(table);
                }
            }
        }
        json!({ "clients": clients, "roster": roster, "demand": demand })
    }

    fn client(&mut self, field: &str, id: Uuid) -> String {
        let id = ClientId::from_uuid(id);
        let found = self.house.clients.iter().find(|one| one.id == id);
        self.wanted(field, found.is_some(), "client");
        found.map(|one| one.name.clone()).unwrap_or_default()
    }

    fn house_pool(&self, id: Option<Uuid>) -> Option<String> {
        let id = id.map(PoolId::from_uuid)?;
        self.house.pools.iter().find(|(pool, _, _)| *pool == id).map(|(_, name, _)| name.clone())
    }

    fn house_team(&self, id: Option<Uuid>) -> Option<String> {
        let id = id.map(TeamId::from_uuid)?;
        self.house.teams.iter().find(|(team, _, _)| *team == id).map(|(_, _, name)| name.clone())
    }

    fn wanted(&mut self, field: &str, is_there: bool, what: &str) {
        if !is_there {
            let fault = Fault::new(
                field,
                "choose_one",
                domain::words!("No {} is chosen, or it is gone.", what),
                "Choose one of the list.",
            );
            self.faults.0.push(fault.into());
        }
    }

    fn hours(&mut self, field: &str, ranges: &[WeeklyRangeView]) -> Vec<serde_json::Value> {
        let ranges = wire::weekly(field, ranges, self.faults);
        let of = |range: &domain::calendar::WeeklyRange| json!({ "days": days(&range.days), "from": range.from, "until": range.until });
        ranges.iter().map(of).collect()
    }
}
