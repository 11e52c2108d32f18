//! The first-run wizard.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    admin::{
        calendars::{CalendarHours, WeekdayName, WeeklyRangeView},
        clients::{NewClient, ServiceModel},
        widgets::NewWidget,
    },
    error::{ErrorCode, FaultView},
    role::Role,
    session::{FirstClient, FirstRun, FirstRunDone, FirstRunState},
};
use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    AgentId, Calendar, CalendarId, Language, PoolId, TeamId, Timestamp,
    contract::{Channel, Known},
};
use store::records::{
    Agent, AgentClient, Client, ClientScope, ClientStatus, ContractVersion, Pool, ProviderScope,
    Setting, Team, User, Widget,
};
use subtle::ConstantTimeEq;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    admin::{Faults, checklist, clients, first_terms::FirstTerms, settings, users, widgets, wire},
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::Json,
        limits::RequestId,
        password, session,
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(first_run_state, first_run))
}

/// Whether the first-run wizard is open.
#[utoipa::path(get, path = "/api/v1/first-run", operation_id = "first_run_state", tag = "first-run", responses((status = 200, description = "Done", body = FirstRunState)))]
pub async fn first_run_state(State(app): State<App>) -> Result<Json<FirstRunState>> {
    Ok(Json(FirstRunState { needed: app.first_run_token().is_some() }))
}

/// Sets up the provider, its administrator and the first client.
#[utoipa::path(post, path = "/api/v1/first-run", operation_id = "first_run", tag = "first-run", request_body = FirstRun, responses((status = 201, description = "Done", body = FirstRunDone)))]
pub async fn first_run(
    State(app): State<App>,
    Extension(request): Extension<RequestId>,
    Json(body): Json<FirstRun>,
) -> Result<Response> {
    let Some(token) = app.first_run_token() else {
        return Err(ApiError::conflict(
            "first_run_over",
            "This server has its users already, so the first run is over.",
            "Sign in.",
        ));
    };
    if !bool::from(token.as_bytes().ct_eq(body.token.as_bytes())) {
        return Err(ApiError::new(
            ErrorCode::WrongCredentials,
            "This is not the token of the first run.",
            "Open the link that the server printed when it started.",
        )
        .because("first_run_token"));
    }
    let begin = Beginning::checked(&app, &body).await?;
    let trail = Trail::of_user(&begin.user, app.clock.now(), &request);
    let (user, client, widget) = (begin.user.clone(), begin.client.id, begin.widget.clone());
    begin.keep(&app, &trail).await?;
    app.close_first_run();
    app.configuration_changed().await;

    let mut client = clients::find(&app, client.uuid()).await?;
    let list = checklist::of(&app, &client).await?;
    if list.ready {
        client.status = ClientStatus::Live;
        let entry =
            trail.entry("client.went_live", "client", client.id.uuid()).of_client(client.id);
        let live = client.clone();
        app.store
            .tx(move |tx| {
                Box::pin(async move {
                    tx.change_client(&ClientScope::of(live.id), &live).await?;
                    tx.audit(&entry).await
                })
            })
            .await?;
        app.configuration_changed().await;
    }
    let widget = widgets::view(&app, &widget);
    session::begin(&app, &user, &trail, StatusCode::CREATED, |session| {
        Json(FirstRunDone { session, client: client.id.uuid(), widget, checklist: list })
            .into_response()
    })
    .await
}

/// All that a first run makes, checked whole.
struct Beginning {
    provider: Setting,
    client: Client,
    calendar: Calendar,
    pool: Option<Pool>,
    team: Option<Team>,
    agent: Agent,
    user: User,
    contract: ContractVersion,
    widget: Widget,
}

impl Beginning {
    async fn checked(app: &App, body: &FirstRun) -> Result<Self> {
        let now = app.clock.now();
        let mut faults = Faults::default();
        let provider_name = faults.name("provider_name", &body.provider_name);
        faults.zone("provider_zone", &body.provider_zone);
        let user = administrator(app, body, &mut faults).await?;
        let client = first_client(app, &body.client, now, &mut faults).await?;
        let languages: Vec<Language> = body
            .client
            .languages
            .iter()
            .enumerate()
            .filter_map(|(i, text)| faults.language(&format!("client.languages[{i}]"), text))
            .collect();
        if body.client.languages.is_empty() {
            faults.add(
                "client.languages",
                "languages_missing",
                "The client's customers have no language.",
                "Add one, such as fr.",
            );
        }
        if body.client.hours.is_empty() {
            faults.add(
                "client.hours",
                "hours_missing",
                "There are no hours in which contacts are taken.",
                "Add at least one range, such as Monday to Friday 09:00 to 17:00.",
            );
        }
        // Name and zone are judged with the client; what is new here are the hours.
        let mut unread = Faults::default();
        let given = hours(&body.client, body.client.hours.clone());
        wire::calendar(CalendarId::from_uuid(Uuid::nil()), &given, &mut unread);
        for mut fault in unread.0 {
            if let Some(place) = fault.field.strip_prefix("weekly") {
                fault.field = format!("client.hours{place}");
                faults.0.push(fault);
            }
        }
        faults.none("first run")?;

        let mut faults = Faults::default();
        let open = hours(&body.client, taken(&body.client));
        let calendar = wire::calendar(CalendarId::from_uuid(Uuid::now_v7()), &open, &mut faults);
        let (pool, team) = crew(&client, body.client.model);
        let mut unread = Faults::default();
        let document = FirstTerms {
            name: &client.name,
            zone: &client.zone,
            model: body.client.model,
            team_hours: &body.client.hours,
            calendar: calendar.id.uuid(),
            pool: pool.as_ref().map(|pool| pool.id.uuid()),
            team: team.as_ref().map(|team| team.id.uuid()),
            languages: languages.iter().map(|language| language.code().to_owned()).collect(),
            greeting: &body.client.greeting,
        }
        .terms();
        let document = wire::contract(client.id, 1, now, &document, &mut unread);
        let known = Known {
            calendars: BTreeMap::from([(calendar.id, calendar.zone.clone())]),
            pools: pool.iter().map(|pool| pool.id).collect(),
            teams: team.iter().map(|team| (team.id, client.id)).collect(),
            ..Known::default()
        };
        unread.0.extend(document.validate(&known).into_iter().map(FaultView::from));
        let queues: BTreeSet<_> = document.queues.iter().map(|queue| queue.id).collect();
        let widget = NewWidget {
            name: client.name.clone(),
            queues: queues.iter().map(|queue| queue.uuid()).collect(),
            origins: body.client.origins.clone(),
            title: Vec::new(),
            identity_required: false,
        };
        let widget = widgets::made(client.id, &widget, &queues);
        if let Err(error) = &widget {
            unread.0.extend(error.faults.clone());
        }
        under("client", unread, &mut faults);
        faults.none("first run")?;
        let agent = first_agent(&user, &client, &languages, pool.as_ref(), team.as_ref());
        Ok(Self {
            provider: settings::provider(&provider_name, &body.provider_zone, 0),
            contract: ContractVersion {
                client: client.id,
                version: 1,
                valid_from: now,
                document,
                author: Some(user.id),
                author_name: user.name.clone(),
                note: String::new(),
                published: now,
            },
            widget: widget?,
            client,
            calendar,
            pool,
            team,
            user: User { agent: Some(agent.id), ..user },
            agent,
        })
    }

    /// Keeps all of it, or nothing.
    async fn keep(self, app: &App, trail: &Trail) -> Result<()> {
        let entries = [
            trail.entry("settings.changed", "settings", Uuid::nil()),
            trail.entry("user.created", "user", self.user.id.uuid()),
            trail.entry("agent.created", "agent", self.agent.id.uuid()),
            trail
                .entry("client.created", "client", self.client.id.uuid())
                .of_client(self.client.id),
            trail
                .entry("contract.published", "contract", self.client.id.uuid())
                .of_client(self.client.id),
            trail
                .entry("widget.created", "widget", self.widget.id.uuid())
                .of_client(self.client.id),
        ];
        app.store
            .tx(move |tx| {
                Box::pin(async move {
                    let provider = ProviderScope::granted();
                    let scope = ClientScope::of(self.client.id);
                    tx.save_setting(&provider, &self.provider).await?;
                    tx.create_client(&provider, &self.client).await?;
                    tx.create_calendar(&provider, &self.calendar).await?;
                    if let Some(pool) = &self.pool {
                        tx.create_pool(&provider, pool).await?;
                    }
                    if let Some(team) = &self.team {
                        tx.create_team(&scope, team).await?;
                    }
                    tx.create_agent(&provider, &self.agent).await?;
                    tx.create_user(&provider, &self.user).await?;
                    tx.publish_contract(&scope, &self.contract).await?;
                    tx.create_widget(&scope, &self.widget).await?;
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

/// Moves faults under a part of the body.
fn under(part: &str, from: Faults, to: &mut Faults) {
    for mut fault in from.0 {
        fault.field = format!("{part}.{}", fault.field);
        to.0.push(fault);
    }
}

async fn administrator(app: &App, body: &FirstRun, faults: &mut Faults) -> Result<User> {
    let given = &body.administrator;
    let draft = users::Draft {
        login: &given.login,
        name: &given.name,
        role: Role::Administrator,
        client: None,
        agent: None,
        language: &given.language,
    };
    let mut found = Faults::default();
    let mut user = draft.checked(app, &mut found).await?;
    found.0.extend(password::faults("password", &given.password, &user.login));
    let hash_it = found.0.is_empty();
    under("administrator", found, faults);
    if hash_it {
        user.password_hash = app.passwords.hash(&given.password).await?;
    }
    Ok(user)
}

async fn first_client(
    app: &App,
    given: &FirstClient,
    now: Timestamp,
    faults: &mut Faults,
) -> Result<Client> {
    let new =
        NewClient { name: given.name.clone(), initials: None, hue: None, zone: given.zone.clone() };
    match clients::checked(app, &new, now).await {
        Ok(client) => Ok(client),
        Err(error) if !error.faults.is_empty() => {
            under("client", Faults(error.faults.clone()), faults);
            // The faults just noted end the first run before this client is used.
            let sound = NewClient { name: "?".to_owned(), zone: "UTC".to_owned(), ..new };
            clients::checked(app, &sound, now).await
        }
        Err(error) => Err(error),
    }
}

/// The hours in which contacts are taken: day and night where a pool answers beside the team.
fn taken(client: &FirstClient) -> Vec<WeeklyRangeView> {
    use WeekdayName::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    match client.model {
        ServiceModel::Hybrid => vec![WeeklyRangeView {
            days: vec![Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday],
            from: "00:00".to_owned(),
            until: "24:00".to_owned(),
        }],
        ServiceModel::Shared | ServiceModel::Dedicated => client.hours.clone(),
    }
}

/// A calendar of the client with these hours.
fn hours(client: &FirstClient, weekly: Vec<WeeklyRangeView>) -> CalendarHours {
    CalendarHours {
        name: client.name.clone(),
        zone: client.zone.clone(),
        weekly,
        holidays: Vec::new(),
        closures: Vec::new(),
    }
}

/// The pool and the team that the model asks for.
fn crew(client: &Client, model: ServiceModel) -> (Option<Pool>, Option<Team>) {
    let pool = (model != ServiceModel::Dedicated).then(|| Pool {
        id: PoolId::from_uuid(Uuid::now_v7()),
        name: "Pool".to_owned(),
        fairness_cap_percent: 100,
        agents: 0,
        version: 1,
    });
    let team = (model != ServiceModel::Shared).then(|| Team {
        client: client.id,
        id: TeamId::from_uuid(Uuid::now_v7()),
        name: client.name.clone(),
        agents: 0,
        version: 1,
    });
    (pool, team)
}

/// The administrator as an agent, so that a desk works at once.
fn first_agent(
    user: &User,
    client: &Client,
    languages: &[Language],
    pool: Option<&Pool>,
    team: Option<&Team>,
) -> Agent {
    let first_name = user.name.split_whitespace().next().unwrap_or(&user.name);
    Agent {
        id: AgentId::from_uuid(Uuid::now_v7()),
        name: user.name.clone(),
        alias: first_name.to_owned(),
        team: team.map(|team| team.id),
        site: None,
        languages: languages.to_vec(),
        channels: vec![(Channel::Chat, 3)],
        pools: pool.map(|pool| pool.id).into_iter().collect(),
        skills: Vec::new(),
        clients: vec![AgentClient { client: client.id, signed_off: true, alias: None }],
        disabled: false,
        version: 1,
    }
}
