//! Set-up in minutes: what clients of one trade begin with, and a client made of it.
//!
//! The templates are files in `crates/server/templates`; what they make passes the checks that any
//! contract passes, and all of it is kept in one transaction or nothing.

mod trade;

use std::collections::{BTreeMap, BTreeSet};

use api::{
    admin::{
        calendars::{CalendarHours, WeekdayName, WeeklyRangeView},
        clients::{NewClient, ServiceModel},
        sounds::NewSpeech,
        templates::{FromTemplateDone, NewFromTemplate, TemplateQueue, TemplateView},
        widgets::NewWidget,
    },
    error::FaultView,
    role::Role,
};
use axum::{extract::State, http::StatusCode};
use domain::{AgentId, Calendar, CalendarId, ClientId, Language, PoolId, SkillId, TeamId};
use serde::Deserialize;
use store::{
    ProviderScope,
    records::{
        Agent, AgentClient, AgentSkill, CannedAnswer, Client, ClientScope, ContractVersion, Pool,
        Skill, Team, Widget, fold,
    },
};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use self::trade::{ForClient, Trade};
use crate::{
    App,
    admin::{Faults, checklist, clients, contracts, widgets, wire},
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        session::Caller,
    },
};

const SCOPE: ProviderScope = ProviderScope::granted();

/// Name of the call flow that is drafted.
const FLOW: &str = "main";

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(make))
}

/// In which language.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct TemplateQuery {
    /// A tag such as `fr`; English when absent, and where a template does not speak it.
    language: Option<String>,
}

/// Templates by trade.
#[utoipa::path(get, path = "/api/v1/templates", operation_id = "templates", tag = "clients", params(TemplateQuery), responses((status = 200, description = "Done", body = Vec<TemplateView>)))]
pub async fn list(Query(query): Query<TemplateQuery>) -> Result<Json<Vec<TemplateView>>> {
    let language = query.language.as_deref().unwrap_or("en");
    let views: Result<Vec<TemplateView>> =
        trade::trades().map(|name| Ok(view(name, read(name, language)?))).collect();
    Ok(Json(views?))
}

fn read(name: &str, language: &str) -> Result<Trade> {
    let found = trade::read(name, language).map_err(|error| ApiError::internal(&error))?;
    found.ok_or_else(|| ApiError::not_found("template"))
}

fn view(name: &str, trade: Trade) -> TemplateView {
    let queue = |queue: trade::Request| TemplateQueue {
        name: queue.name,
        channels: queue.channels,
        protocol: queue.protocol.trim().to_owned(),
    };
    TemplateView {
        trade: name.to_owned(),
        name: trade.name,
        why: trade.why,
        model: trade.model,
        control: trade.control,
        weekly: trade.weekly,
        around_the_clock: trade.around_the_clock,
        queues: trade.queues.into_iter().map(queue).collect(),
        dispositions: trade.dispositions.into_iter().map(|ending| ending.label).collect(),
        answers: trade.canned.into_iter().map(|answer| answer.shortcut).collect(),
        tariff: trade.tariff,
        menu: trade.menu.into_iter().flat_map(|menu| menu.prompts.into_values()).collect(),
    }
}

/// Makes a client of a template: contract, hours, queues, dispositions, answers, chat, and a call flow as
/// a draft. It takes no contact until it goes live.
#[utoipa::path(post, path = "/api/v1/templates/{trade}/clients", operation_id = "templates_make", tag = "clients", params(("trade" = String, Path)), request_body = NewFromTemplate, responses((status = 201, description = "Done", body = FromTemplateDone)))]
pub async fn make(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(trade): Path<String>,
    Json(body): Json<NewFromTemplate>,
) -> Result<(StatusCode, Json<FromTemplateDone>)> {
    let made = Made::checked(&app, &caller, &trail, &trade, &body).await?;
    let (client, widget, prompts) = (made.client.id, made.widget.clone(), made.prompts.clone());
    let flow = made.flow.as_ref().map(|_| FLOW.to_owned());
    made.keep(&app, &trail, &trade).await?;
    app.configuration_changed().await;
    let client = clients::find(&app, client.uuid()).await?;
    let checklist = checklist::of(&app, &client).await?;
    let done = FromTemplateDone {
        client: clients::shown(&app, &client).await?,
        widget: widgets::view(&app, &widget),
        checklist,
        flow,
        prompts,
    };
    Ok((StatusCode::CREATED, Json(done)))
}

/// All that a template makes, checked whole.
struct Made {
    client: Client,
    calendar: Calendar,
    pool: Option<Pool>,
    team: Option<Team>,
    skills: Vec<Skill>,
    contract: ContractVersion,
    widget: Widget,
    answers: Vec<CannedAnswer>,
    flow: Option<String>,
    prompts: Vec<NewSpeech>,
    agents: Vec<Agent>,
}

impl Made {
    async fn checked(
        app: &App,
        caller: &Caller,
        trail: &Trail,
        trade: &str,
        body: &NewFromTemplate,
    ) -> Result<Self> {
        let default = read(trade, body.languages.first().map_or("en", String::as_str))?;
        let now = app.clock.now();
        let mut faults = Faults::default();
        let new = NewClient {
            name: body.name.clone(),
            initials: None,
            hue: None,
            zone: body.zone.clone(),
        };
        let client = match clients::checked(app, &new, now).await {
            Ok(client) => Some(client),
            Err(error) if !error.faults.is_empty() => {
                faults.0.extend(error.faults);
                None
            }
            Err(error) => return Err(error),
        };
        let spoken = spoken(trade, body, &mut faults)?;
        let is_hybrid = default.model == ServiceModel::Hybrid;
        let calendar = calendar(app, &default, body, &mut faults).await?;
        let agents = app.store.view().agents(&SCOPE).await?;
        let (chosen, members) = crew(caller, body, is_hybrid, &agents, &mut faults);
        let pool = pool(app, &default, body, &mut faults).await?;
        faults.none("set-up")?;
        let mut faults = Faults::default();
        // Each of them has said its fault.
        let client = client.ok_or_else(|| ApiError::not_found("client"))?;

        let team = (default.model != ServiceModel::Shared).then(|| Team {
            client: client.id,
            id: TeamId::from_uuid(Uuid::now_v7()),
            name: client.name.clone(),
            agents: 0,
            version: 1,
        });
        let (known, skills) = skills(app, &default).await?;
        let maker = ForClient {
            name: &client.name,
            zone: &client.zone,
            spoken: &spoken,
            team_hours: &body.weekly,
            calendar: calendar.id.uuid(),
            pool: pool.as_ref().map(|(pool, _)| pool.id.uuid()),
            team: team.as_ref().map(|team| team.id.uuid()),
            skills: &known,
            with_tariff: body.with_tariff,
        };
        let document = wire::contract(client.id, 1, now, &maker.contract(), &mut faults);
        let mut refers = contracts::known(app, client.id).await?;
        refers.calendars.insert(calendar.id, calendar.zone.clone());
        refers.pools.extend(pool.as_ref().map(|(pool, _)| pool.id));
        refers.teams.extend(team.as_ref().map(|team| (team.id, client.id)));
        refers.skills.extend(skills.iter().map(|skill| skill.id));
        faults.0.extend(document.validate(&refers).into_iter().map(FaultView::from));
        let queues: BTreeSet<_> = document.queues.iter().map(|queue| queue.id).collect();
        let widget = NewWidget {
            name: client.name.clone(),
            queues: document.queues.iter().map(|queue| queue.id.uuid()).collect(),
            origins: body.origins.clone(),
            title: Vec::new(),
            identity_required: false,
        };
        let widget = widgets::made(client.id, &widget, &queues);
        if let Err(error) = &widget {
            faults.0.extend(error.faults.clone());
        }
        faults.none("set-up")?;
        let joined = joined(&client, &default, &known, team.as_ref(), agents, &chosen, &members);
        Ok(Self {
            answers: answers(client.id, &spoken),
            flow: maker.flow(),
            prompts: maker
                .prompts()
                .into_iter()
                .map(|(name, language, words)| NewSpeech { name, language, words })
                .collect(),
            contract: ContractVersion {
                client: client.id,
                version: 1,
                valid_from: now,
                document,
                author: trail.user(),
                author_name: trail.name().to_owned(),
                note: default.name.clone(),
                published: now,
            },
            widget: widget?,
            calendar,
            pool: pool.and_then(|(pool, is_new)| is_new.then_some(pool)),
            team,
            skills,
            agents: joined,
            client,
        })
    }

    /// Keeps all of it, or nothing.
    async fn keep(self, app: &App, trail: &Trail, trade: &str) -> Result<()> {
        let of_client = |action: &str, kind: &str, object: Uuid| {
            trail.entry(action, kind, object).of_client(self.client.id)
        };
        let client = self.client.id.uuid();
        let mut entries = vec![
            of_client("client.created", "client", client).changed(&(), &trade),
            of_client("contract.published", "contract", client),
            of_client("widget.created", "widget", self.widget.id.uuid()),
            trail.entry("calendar.created", "calendar", self.calendar.id.uuid()),
        ];
        entries.extend(self.pool.iter().map(|p| trail.entry("pool.created", "pool", p.id.uuid())));
        entries.extend(self.team.iter().map(|t| of_client("team.created", "team", t.id.uuid())));
        entries
            .extend(self.skills.iter().map(|s| trail.entry("skill.created", "skill", s.id.uuid())));
        entries.extend(
            self.answers.iter().map(|a| of_client("canned_answer.created", "canned_answer", a.id)),
        );
        entries.extend(
            self.agents.iter().map(|a| of_client("agent.signed_off", "agent", a.id.uuid())),
        );
        entries.extend(self.flow.iter().map(|_| of_client("call_flow.saved", "client", client)));
        let now = app.clock.now();
        app.store
            .tx(move |tx| {
                Box::pin(async move {
                    let scope = ClientScope::of(self.client.id);
                    tx.create_client(&SCOPE, &self.client).await?;
                    tx.create_calendar(&SCOPE, &self.calendar).await?;
                    if let Some(pool) = &self.pool {
                        tx.create_pool(&SCOPE, pool).await?;
                    }
                    if let Some(team) = &self.team {
                        tx.create_team(&scope, team).await?;
                    }
                    for skill in &self.skills {
                        tx.create_skill(&SCOPE, skill).await?;
                    }
                    tx.publish_contract(&scope, &self.contract).await?;
                    tx.create_widget(&scope, &self.widget).await?;
                    for answer in &self.answers {
                        tx.create_canned_answer(&scope, answer).await?;
                    }
                    for agent in &self.agents {
                        tx.change_agent(&SCOPE, agent).await?;
                    }
                    if let Some(text) = &self.flow {
                        tx.save_call_flow(&scope, FLOW, text, 0, now).await?;
                    }
                    for entry in &entries {
                        tx.audit(entry).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(())
    }
}

/// The template in each of the client's languages.
fn spoken(
    trade: &str,
    body: &NewFromTemplate,
    faults: &mut Faults,
) -> Result<Vec<(String, Trade)>> {
    let mut spoken: Vec<(String, Trade)> = Vec::new();
    for (i, text) in body.languages.iter().enumerate() {
        let Some(language) = faults.language(&format!("languages[{i}]"), text) else { continue };
        let code = language.code().to_owned();
        if spoken.iter().all(|(other, _)| *other != code) {
            spoken.push((code, read(trade, text)?));
        }
    }
    if body.languages.is_empty() {
        faults.add(
            "languages",
            "languages_missing",
            "The client's customers have no language.",
            "Add one, such as fr.",
        );
    }
    Ok(spoken)
}

/// The calendar of the hours in which contacts are taken.
async fn calendar(
    app: &App,
    trade: &Trade,
    body: &NewFromTemplate,
    faults: &mut Faults,
) -> Result<Calendar> {
    use WeekdayName::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    if body.weekly.is_empty() {
        faults.add(
            "weekly",
            "hours_missing",
            "There are no hours in which contacts are taken.",
            "Add at least one range, such as Monday to Friday 09:00 to 17:00.",
        );
    }
    let always = WeeklyRangeView {
        days: vec![Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday],
        from: "00:00".to_owned(),
        until: "24:00".to_owned(),
    };
    let taken: BTreeSet<String> = app
        .store
        .view()
        .calendars(&SCOPE)
        .await?
        .into_iter()
        .map(|record| fold(&record.document.name))
        .collect();
    // Another client's hours may have the name already.
    let name: String = body.name.trim().chars().take(72).collect();
    let mut names = std::iter::once(name.clone()).chain((2..).map(|n| format!("{name} ({n})")));
    let free = names.find(|name| !taken.contains(&fold(name))).unwrap_or(name);
    let id = CalendarId::from_uuid(Uuid::now_v7());
    // Name and zone are judged with the client; what is new here are the hours, also those of a team.
    let hours = |weekly: Vec<WeeklyRangeView>| CalendarHours {
        name: free.clone(),
        zone: body.zone.clone(),
        weekly,
        holidays: Vec::new(),
        closures: Vec::new(),
    };
    let mut found = Faults::default();
    let given = wire::calendar(id, &hours(body.weekly.clone()), &mut found);
    faults.0.extend(found.0.into_iter().filter(|fault| fault.field.starts_with("weekly")));
    Ok(match trade.around_the_clock {
        true => wire::calendar(id, &hours(vec![always]), &mut Faults::default()),
        false => given,
    })
}

/// Agents to be signed off, and those of them who form the team.
fn crew(
    caller: &Caller,
    body: &NewFromTemplate,
    has_team: bool,
    agents: &[Agent],
    faults: &mut Faults,
) -> (BTreeSet<AgentId>, BTreeSet<AgentId>) {
    let mut read = |field: &str, ids: &[Uuid], joins: bool| {
        let mut chosen = BTreeSet::new();
        for (i, id) in ids.iter().enumerate() {
            let id = AgentId::from_uuid(*id);
            let agent = agents.iter().find(|agent| agent.id == id && !agent.disabled);
            if agent.is_none_or(|agent| joins && agent.team.is_some()) {
                faults.add(
                    &format!("{field}[{i}]"),
                    "agent_not_free",
                    "There is no such agent, or they are in another team.",
                    "Choose agents who work, for the team those who are in none.",
                );
            }
            chosen.insert(id);
        }
        chosen
    };
    let signed = read("sign_offs", &body.sign_offs, false);
    let members = read("team", &body.team, true);
    let may = has_team && caller.role == Role::Administrator;
    if !members.is_empty() && !may {
        faults.add(
            "team",
            "team_by_administrator",
            "Only an administrator puts agents into a team, and only where the contract has one.",
            "Leave the team empty; the checklist says what is missing.",
        );
    }
    (signed.union(&members).copied().collect(), members)
}

/// The pool, and whether it is made for this.
async fn pool(
    app: &App,
    trade: &Trade,
    body: &NewFromTemplate,
    faults: &mut Faults,
) -> Result<Option<(Pool, bool)>> {
    if trade.model == ServiceModel::Dedicated {
        return Ok(None);
    }
    let pools = app.store.view().pools(&SCOPE).await?;
    if let Some(id) = body.pool {
        let found = pools.into_iter().find(|pool| pool.id.uuid() == id);
        if found.is_none() {
            faults.add("pool", "unknown_pool", "There is no such pool.", "Choose a pool.");
        }
        return Ok(found.map(|pool| (pool, false)));
    }
    let taken: BTreeSet<String> = pools.iter().map(|pool| fold(&pool.name)).collect();
    let name: String = body.name.trim().chars().take(72).collect();
    let mut names = std::iter::once(name.clone()).chain((2..).map(|n| format!("{name} ({n})")));
    let name = names.find(|name| !taken.contains(&fold(name))).unwrap_or(name);
    let id = PoolId::from_uuid(Uuid::now_v7());
    Ok(Some((Pool { id, name, fairness_cap_percent: 100, agents: 0, version: 1 }, true)))
}

/// Skills that the queues ask, by name, and those that there are not yet.
async fn skills(app: &App, trade: &Trade) -> Result<(BTreeMap<String, Uuid>, Vec<Skill>)> {
    let there = app.store.view().skills(&SCOPE).await?;
    let (mut known, mut new): (BTreeMap<String, Uuid>, Vec<Skill>) = Default::default();
    for ask in trade.queues.iter().flat_map(|queue| &queue.skills) {
        if known.contains_key(&ask.name) {
            continue;
        }
        let found = there.iter().find(|skill| fold(&skill.name) == fold(&ask.name));
        let id = found.map_or_else(|| SkillId::from_uuid(Uuid::now_v7()), |skill| skill.id);
        if found.is_none() {
            new.push(Skill { id, name: ask.name.clone(), agents: 0, version: 1 });
        }
        known.insert(ask.name.clone(), id.uuid());
    }
    Ok((known, new))
}

/// The agents as they are then: signed off, and members of the team with the skills that it needs.
fn joined(
    client: &Client,
    trade: &Trade,
    skills: &BTreeMap<String, Uuid>,
    team: Option<&Team>,
    agents: Vec<Agent>,
    chosen: &BTreeSet<AgentId>,
    members: &BTreeSet<AgentId>,
) -> Vec<Agent> {
    let asks: Vec<AgentSkill> = trade
        .queues
        .iter()
        .flat_map(|queue| &queue.skills)
        .filter_map(|ask| {
            let skill = SkillId::from_uuid(*skills.get(&ask.name)?);
            Some(AgentSkill { skill, level: ask.level })
        })
        .collect();
    let mut joined: Vec<Agent> =
        agents.into_iter().filter(|agent| chosen.contains(&agent.id)).collect();
    for agent in &mut joined {
        agent.clients.push(AgentClient { client: client.id, signed_off: true, alias: None });
        if members.contains(&agent.id) {
            agent.team = team.map(|team| team.id);
            for ask in &asks {
                if agent.skills.iter().all(|has| has.skill != ask.skill) {
                    agent.skills.push(*ask);
                }
            }
        }
    }
    joined
}

fn answers(client: ClientId, spoken: &[(String, Trade)]) -> Vec<CannedAnswer> {
    let of = |(language, trade): &(String, Trade)| {
        let language = language.parse().unwrap_or(Language::EN);
        let made = |answer: &trade::Answer| CannedAnswer {
            client,
            id: Uuid::now_v7(),
            shortcut: answer.shortcut.clone(),
            language,
            body: answer.text.clone(),
            version: 1,
        };
        trade.canned.iter().map(made).collect::<Vec<_>>()
    };
    spoken.iter().flat_map(of).collect()
}
