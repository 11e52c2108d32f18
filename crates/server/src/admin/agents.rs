//! Agents and their sign-offs.

use std::collections::{BTreeMap, BTreeSet};

use api::admin::{
    Page,
    agents::{AgentProfile, AgentSkill, AgentView, ChangeAgent, ChannelCapacity, ClientAlias},
};
use axum::{extract::State, http::StatusCode};
use domain::{AgentId, ClientId, PoolId, SiteId, SkillId, TeamId};
use routing::AgentState;
use serde::Deserialize;
use store::records::{Agent, AgentClient, AgentSkill as KeptSkill, PAGE_MAX, ProviderScope, fold};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Faults, clients, wire};
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        paging::{after, limit, page},
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, change))
        .routes(routes!(sign_off, withdraw_sign_off))
}

/// Which agents.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct AgentQuery {
    /// Words of the name.
    q: Option<String>,
    /// Of this pool.
    pool: Option<Uuid>,
    /// Of this team.
    team: Option<Uuid>,
    /// From a page's `next`.
    cursor: Option<String>,
    /// Rows at most, 1 to 500; 100 when absent.
    limit: Option<u32>,
}

/// Agents, by name.
#[utoipa::path(get, path = "/api/v1/agents", operation_id = "agents_list", tag = "agents", params(AgentQuery), responses((status = 200, description = "Done", body = Page<AgentView>)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<AgentQuery>,
) -> Result<Json<Page<AgentView>>> {
    let limit = limit(query.limit);
    let last = after::<String>(query.cursor.as_deref())?;
    let words = fold(query.q.as_deref().unwrap_or_default().trim());
    let users = users(&app).await?;
    let mut agents = app.store.view().agents(&ProviderScope::granted()).await?;
    agents.sort_by_cached_key(place);
    let views = agents
        .iter()
        .filter(|agent| fold(&agent.name).contains(&words) || fold(&agent.alias).contains(&words))
        .filter(|agent| query.pool.is_none_or(|id| agent.pools.contains(&PoolId::from_uuid(id))))
        .filter(|agent| query.team.is_none_or(|id| agent.team == Some(TeamId::from_uuid(id))))
        .filter(|agent| last.as_ref().is_none_or(|last| place(agent) > *last))
        .take(limit as usize)
        .map(|agent| view(agent, &users))
        .collect();
    Ok(Json(page(views, limit, |agent: &AgentView| {
        format!("{}/{}", fold(&agent.profile.name), agent.id)
    })))
}

/// Creates an agent.
#[utoipa::path(post, path = "/api/v1/agents", operation_id = "agents_create", tag = "agents", request_body = AgentProfile, responses((status = 201, description = "Done", body = AgentView)))]
pub async fn create(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<AgentProfile>,
) -> Result<(StatusCode, Json<AgentView>)> {
    let id = AgentId::from_uuid(Uuid::now_v7());
    let made = checked(&app, id, 1, false, &body).await?;
    let shown = view(&made, &BTreeMap::new());
    let entry = trail.entry("agent.created", "agent", id.uuid()).changed(&(), &shown);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_agent(&ProviderScope::granted(), &made).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// One agent.
#[utoipa::path(get, path = "/api/v1/agents/{agent}", operation_id = "agents_get", tag = "agents", params(("agent" = Uuid, Path)), responses((status = 200, description = "Done", body = AgentView)))]
pub async fn get(State(app): State<App>, Path(agent): Path<Uuid>) -> Result<Json<AgentView>> {
    let found = find(&app, agent).await?;
    Ok(Json(view(&found, &users(&app).await?)))
}

/// Changes an agent.
#[utoipa::path(put, path = "/api/v1/agents/{agent}", operation_id = "agents_change", tag = "agents", params(("agent" = Uuid, Path)), request_body = ChangeAgent, responses((status = 200, description = "Done", body = AgentView)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Path(agent): Path<Uuid>,
    Json(body): Json<ChangeAgent>,
) -> Result<Json<AgentView>> {
    let before = find(&app, agent).await?;
    let after = checked(&app, before.id, body.version, body.disabled, &body.profile).await?;
    if after.disabled && !before.disabled {
        signed_out(&app, before.id).await?;
    }
    save(&app, &trail, "agent.changed", None, &before, after).await
}

/// Signs an agent off for a client.
#[utoipa::path(put, path = "/api/v1/agents/{agent}/sign-offs/{client}", operation_id = "agents_sign_off", tag = "agents", params(("agent" = Uuid, Path), ("client" = Uuid, Path)), responses((status = 200, description = "Done", body = AgentView)))]
pub async fn sign_off(
    State(app): State<App>,
    trail: Trail,
    Path((agent, client)): Path<(Uuid, Uuid)>,
) -> Result<Json<AgentView>> {
    set_sign_off(&app, &trail, agent, client, true).await
}

/// Withdraws the sign-off; contacts in hand go on.
#[utoipa::path(delete, path = "/api/v1/agents/{agent}/sign-offs/{client}", operation_id = "agents_withdraw_sign_off", tag = "agents", params(("agent" = Uuid, Path), ("client" = Uuid, Path)), responses((status = 200, description = "Done", body = AgentView)))]
pub async fn withdraw_sign_off(
    State(app): State<App>,
    trail: Trail,
    Path((agent, client)): Path<(Uuid, Uuid)>,
) -> Result<Json<AgentView>> {
    set_sign_off(&app, &trail, agent, client, false).await
}

async fn set_sign_off(
    app: &App,
    trail: &Trail,
    agent: Uuid,
    client: Uuid,
    signed_off: bool,
) -> Result<Json<AgentView>> {
    let before = find(app, agent).await?;
    let client = clients::find(app, client).await?.id;
    let mut after = before.clone();
    match after.clients.iter_mut().find(|link| link.client == client) {
        Some(link) => link.signed_off = signed_off,
        None => after.clients.push(AgentClient { client, signed_off, alias: None }),
    }
    after.clients.retain(|link| link.signed_off || link.alias.is_some());
    let action = if signed_off { "agent.signed_off" } else { "agent.sign_off_withdrawn" };
    save(app, trail, action, Some(client), &before, after).await
}

async fn save(
    app: &App,
    trail: &Trail,
    action: &str,
    client: Option<ClientId>,
    before: &Agent,
    mut after: Agent,
) -> Result<Json<AgentView>> {
    let users = users(app).await?;
    let mut entry = trail
        .entry(action, "agent", after.id.uuid())
        .changed(&view(before, &users), &view(&after, &users));
    entry.client = client;
    let kept = after.clone();
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.change_agent(&ProviderScope::granted(), &kept).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    app.configuration_changed().await;
    after.version += 1;
    Ok(Json(view(&after, &users)))
}

/// Refuses while the agent is signed in on the floor: work in hand is never cut off by a form.
async fn signed_out(app: &App, id: AgentId) -> Result<()> {
    let state =
        app.floor.look(move |router, _| router.agent_view(id).map(|view| view.state)).await?;
    match state {
        None | Some(AgentState::SignedOut) => Ok(()),
        Some(_) => Err(ApiError::conflict(
            "agent_signed_in",
            "The agent is signed in on the floor.",
            "Wait until the agent has signed out, then disable them.",
        )),
    }
}

async fn find(app: &App, id: Uuid) -> Result<Agent> {
    let found = app.store.view().agent(&ProviderScope::granted(), AgentId::from_uuid(id)).await?;
    found.ok_or_else(|| ApiError::not_found("agent"))
}

/// Where an agent stands in the list.
fn place(agent: &Agent) -> String {
    format!("{}/{}", fold(&agent.name), agent.id)
}

/// Which user is which agent.
async fn users(app: &App) -> Result<BTreeMap<AgentId, Uuid>> {
    let mut users = BTreeMap::new();
    let mut last: Option<String> = None;
    loop {
        let rows =
            app.store.view().users(&ProviderScope::granted(), last.as_deref(), PAGE_MAX).await?;
        let more = rows.len() >= PAGE_MAX as usize;
        last = rows.last().map(|user| user.login.clone());
        users.extend(rows.iter().filter_map(|user| Some((user.agent?, user.id.uuid()))));
        if !more {
            return Ok(users);
        }
    }
}

/// The agent that a profile makes, or every fault of it.
pub async fn checked(
    app: &App,
    id: AgentId,
    version: u64,
    disabled: bool,
    profile: &AgentProfile,
) -> Result<Agent> {
    let mut faults = Faults::default();
    let provider = ProviderScope::granted();
    let mut records = app.store.view();
    let name = faults.name("name", &profile.name);
    let alias = faults.name("alias", &profile.alias);
    let languages: Vec<_> = profile
        .languages
        .iter()
        .enumerate()
        .filter_map(|(i, text)| faults.language(&format!("languages[{i}]"), text))
        .collect();
    if profile.languages.is_empty() {
        faults.add(
            "languages",
            "languages_missing",
            "The agent speaks no language.",
            "Add one, such as fr.",
        );
    }
    check_channels(&profile.channels, &mut faults);

    let pools: BTreeSet<_> =
        records.pools(&provider).await?.iter().map(|pool| pool.id.uuid()).collect();
    for (i, pool) in profile.pools.iter().enumerate() {
        known(&mut faults, &format!("pools[{i}]"), pools.contains(pool), "pool");
        once(&mut faults, &format!("pools[{i}]"), &profile.pools[..i], pool);
    }
    let teams = records.teams(&provider).await?;
    if let Some(team) = profile.team {
        known(&mut faults, "team", teams.iter().any(|found| found.id.uuid() == team), "team");
    }
    let sites = records.sites(&provider).await?;
    if let Some(site) = profile.site {
        known(&mut faults, "site", sites.iter().any(|found| found.id.uuid() == site), "site");
    }
    let skills: BTreeSet<_> =
        records.skills(&provider).await?.iter().map(|skill| skill.id.uuid()).collect();
    let asked: Vec<Uuid> = profile.skills.iter().map(|skill| skill.skill).collect();
    for (i, skill) in profile.skills.iter().enumerate() {
        let field = format!("skills[{i}]");
        known(&mut faults, &field, skills.contains(&skill.skill), "skill");
        once(&mut faults, &field, &asked[..i], &skill.skill);
        faults.range(&format!("{field}.level"), skill.level, 1, 10);
    }
    let mut links: BTreeMap<ClientId, AgentClient> = BTreeMap::new();
    for (i, client) in profile.sign_offs.iter().enumerate() {
        let exists = clients::find(app, *client).await.is_ok();
        known(&mut faults, &format!("sign_offs[{i}]"), exists, "client");
        let client = ClientId::from_uuid(*client);
        links.insert(client, AgentClient { client, signed_off: true, alias: None });
    }
    for (i, given) in profile.aliases.iter().enumerate() {
        let exists = clients::find(app, given.client).await.is_ok();
        known(&mut faults, &format!("aliases[{i}].client"), exists, "client");
        let alias = faults.name(&format!("aliases[{i}].alias"), &given.alias);
        let client = ClientId::from_uuid(given.client);
        links
            .entry(client)
            .or_insert(AgentClient { client, signed_off: false, alias: None })
            .alias = Some(alias);
    }
    faults.none("agent")?;
    Ok(Agent {
        id,
        name,
        alias,
        team: profile.team.map(TeamId::from_uuid),
        site: profile.site.map(SiteId::from_uuid),
        languages,
        channels: profile
            .channels
            .iter()
            .map(|capacity| (wire::channel(capacity.channel), capacity.max))
            .collect(),
        pools: profile.pools.iter().copied().map(PoolId::from_uuid).collect(),
        skills: profile
            .skills
            .iter()
            .map(|skill| KeptSkill { skill: SkillId::from_uuid(skill.skill), level: skill.level })
            .collect(),
        clients: links.into_values().collect(),
        disabled,
        version,
    })
}

fn check_channels(channels: &[ChannelCapacity], faults: &mut Faults) {
    if channels.is_empty() {
        faults.add(
            "channels",
            "no_capacity",
            "The agent takes no channel and so could never be offered anything.",
            "Add a channel, such as chat with at most 3 at once.",
        );
    }
    for (i, capacity) in channels.iter().enumerate() {
        let field = format!("channels[{i}]");
        faults.range(&format!("{field}.max"), capacity.max, 1, 10);
        if channels[..i].iter().any(|other| other.channel == capacity.channel) {
            faults.add(&field, "twice", "The channel is listed twice.", "Keep one of them.");
        }
    }
}

fn known(faults: &mut Faults, field: &str, exists: bool, noun: &str) {
    if !exists {
        faults.add(
            field,
            "unknown",
            domain::words!("There is no such {}.", noun),
            "Choose one of the list.",
        );
    }
}

fn once(faults: &mut Faults, field: &str, earlier: &[Uuid], id: &Uuid) {
    if earlier.contains(id) {
        faults.add(field, "twice", "It is listed twice.", "Keep one of them.");
    }
}

fn view(agent: &Agent, users: &BTreeMap<AgentId, Uuid>) -> AgentView {
    AgentView {
        id: agent.id.uuid(),
        profile: AgentProfile {
            name: agent.name.clone(),
            alias: agent.alias.clone(),
            aliases: agent
                .clients
                .iter()
                .filter_map(|link| {
                    Some(ClientAlias { client: link.client.uuid(), alias: link.alias.clone()? })
                })
                .collect(),
            pools: agent.pools.iter().map(|pool| pool.uuid()).collect(),
            team: agent.team.map(TeamId::uuid),
            skills: agent
                .skills
                .iter()
                .map(|skill| AgentSkill { skill: skill.skill.uuid(), level: skill.level })
                .collect(),
            languages: agent.languages.iter().map(|language| language.code().to_owned()).collect(),
            channels: agent
                .channels
                .iter()
                .map(|(channel, max)| ChannelCapacity {
                    channel: wire::channel_kind(*channel),
                    max: *max,
                })
                .collect(),
            sign_offs: agent.sign_offs().map(ClientId::uuid).collect(),
            site: agent.site.map(SiteId::uuid),
        },
        user: users.get(&agent.id).copied(),
        disabled: agent.disabled,
        version: agent.version,
    }
}
