//! Lost contacts as work: who has which, who was reached, and why nobody needs to be.

use std::{fmt::Write, time::Duration};

use api::{
    follow_ups::{
        CloseFollowUp, FollowUpOutcome, FollowUpState, FollowUpView, FollowUps, ReopenFollowUp,
    },
    reports::ContactState,
};
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::{AgentId, ClientId, ContactId, Timestamp, csv::cell};
use serde::Deserialize;
use serde_json::json;
use store::{
    ClientScope, ProviderScope, StoreError,
    records::{AuditEntry, FollowUp, FollowUpFilter, FollowUpOutcome as Kept, PAGE_MAX},
};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{NOTE_MAX, Reach, leads, may_answer, must_answer, name};
use crate::{
    App,
    admin::Faults,
    floor::Directory,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        paging::{after_at, cursor_at, limit},
        session::{Caller, instant as read_instant},
    },
    live::{instant, millis},
    reports::{self, File, Form, word},
};

/// What a lost contact is called where there is none.
const WHAT: &str = "lost contact";

/// A lost contact is work for a week; whoever is to be reached later has found another way.
const WORK_FOR: Duration = Duration::from_secs(7 * 86_400);

/// Rows of one file at most.
const FILE_MAX: usize = 10_000;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(take))
        .routes(routes!(close))
        .routes(routes!(reopen))
}

/// Which lost contacts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct FollowUpQuery {
    /// Of this client.
    client: Option<Uuid>,
    /// Only those of the last seven days that wait to be followed up.
    open: bool,
    /// Lost at this instant or later, RFC 3339.
    from: Option<String>,
    /// Lost before this instant.
    until: Option<String>,
    /// Words of the customer's name or address, or digits of the number.
    q: Option<String>,
    /// From a page's `next`.
    before: Option<String>,
    /// Rows at most, 1 to 500; 100 when absent.
    limit: Option<u32>,
}

/// How many of those in reach wait to be followed up.
pub(super) async fn count_open(app: &App, reach: &Reach) -> Result<u64> {
    let since = app.clock.now() - WORK_FOR;
    let mut records = app.store.view();
    Ok(match reach {
        Reach::Client(client) => {
            records.count_open_follow_ups(&ClientScope::of(*client), since).await?
        }
        Reach::All(agent) => {
            let provider = ProviderScope::granted();
            records.count_open_follow_ups_of_all_clients(&provider, *agent, since).await?
        }
    })
}

/// Lost contacts whose customers can be reached, newest first: a page as JSON, or all as CSV by `Accept`; the
/// audit log notes who took a file. Agents see those of the clients they are signed off for, a client's people
/// those of their own.
#[utoipa::path(get, path = "/api/v1/follow-ups", operation_id = "follow_ups", tag = "follow-ups", params(FollowUpQuery), responses((status = 200, description = "Newest first", body = FollowUps)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    headers: HeaderMap,
    Query(query): Query<FollowUpQuery>,
) -> Result<Response> {
    let reach = Reach::of(&app, &caller, query.client, WHAT)?;
    let mut filter = filter(&app, &query)?;
    if Form::asked(&headers) == Some(Form::Csv) {
        let rows = all(&app, &reach, &mut filter).await?;
        let (client, object) = match reach {
            Reach::Client(client) => (Some(client), client.uuid()),
            Reach::All(_) => (None, Uuid::nil()),
        };
        let mut entry = trail
            .entry("follow_ups.exported", "client", object)
            .changed(&(), &json!({ "contacts": rows.len() }));
        if let Some(client) = client {
            entry = entry.of_client(client);
        }
        let directory = app.floor.directory();
        let rows: Vec<_> = rows.iter().map(|row| view(&directory, &caller, row)).collect();
        let file =
            File { name: "follow-ups.csv".to_owned(), form: Form::Csv, bytes: table(&rows).into() };
        app.store.tx(move |tx| Box::pin(async move { tx.audit(&entry).await })).await?;
        return Ok(file.into_response());
    }
    let limit = limit(query.limit);
    let rows = page(&app, &reach, &filter, limit).await?;
    let next = rows.last().filter(|_| rows.len() >= limit as usize);
    let next = next.map(|last| cursor_at(last.lost, last.contact));
    let open = count_open(&app, &reach).await?;
    let directory = app.floor.directory();
    let items = rows.iter().map(|row| view(&directory, &caller, row)).collect();
    Ok(Json(FollowUps { items, next, open }).into_response())
}

/// Takes a lost contact, so that nobody else calls the customer.
#[utoipa::path(post, path = "/api/v1/follow-ups/{client}/{contact}/take", operation_id = "follow_up_take", tag = "follow-ups", params(("client" = Uuid, Path), ("contact" = Uuid, Path)), responses((status = 200, description = "Yours", body = FollowUpView)))]
pub async fn take(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, contact)): Path<(Uuid, Uuid)>,
) -> Result<Json<FollowUpView>> {
    let agent = caller.desk()?;
    let lost = found(&app, client, contact).await?;
    must_answer(&app, agent, lost.client, WHAT)?;
    let entry = entry(&trail, "follow_up.taken", &lost, FollowUpState::Taken, Some(agent));
    let (scope, id) = (ClientScope::of(lost.client), lost.contact);
    let done = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                tx.take_follow_up(&scope, id, agent).await?;
                tx.audit(&entry).await
            })
        })
        .await;
    settled(&app, &caller, &lost, done).await
}

/// Says what it came to: the customer was reached, or need not be. One that nobody has taken is taken with it.
#[utoipa::path(post, path = "/api/v1/follow-ups/{client}/{contact}/close", operation_id = "follow_up_close", tag = "follow-ups", params(("client" = Uuid, Path), ("contact" = Uuid, Path)), request_body = CloseFollowUp, responses((status = 200, description = "Closed", body = FollowUpView)))]
pub async fn close(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, contact)): Path<(Uuid, Uuid)>,
    Json(body): Json<CloseFollowUp>,
) -> Result<Json<FollowUpView>> {
    let agent = caller.desk()?;
    let lost = found(&app, client, contact).await?;
    must_answer(&app, agent, lost.client, WHAT)?;
    let (outcome, least, becomes, action) = match body.outcome {
        FollowUpOutcome::Reached => (Kept::Reached, 0, FollowUpState::Reached, "follow_up.reached"),
        FollowUpOutcome::Excused => (Kept::Excused, 1, FollowUpState::Excused, "follow_up.excused"),
    };
    let mut faults = Faults::default();
    let note = faults.text("note", &body.note, least, NOTE_MAX);
    faults.none("note")?;
    let entry = entry(&trail, action, &lost, becomes, Some(agent));
    let (scope, id, now) = (ClientScope::of(lost.client), lost.contact, app.clock.now());
    let done = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                tx.close_follow_up(&scope, id, agent, outcome, &note, now).await?;
                tx.audit(&entry).await
            })
        })
        .await;
    settled(&app, &caller, &lost, done).await
}

/// Takes the last step back: by the agent who has it, by a lead, or, where it was closed by itself, by anybody
/// who may do the work.
#[utoipa::path(post, path = "/api/v1/follow-ups/{client}/{contact}/reopen", operation_id = "follow_up_reopen", tag = "follow-ups", params(("client" = Uuid, Path), ("contact" = Uuid, Path)), request_body = ReopenFollowUp, responses((status = 200, description = "One step back", body = FollowUpView)))]
pub async fn reopen(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, contact)): Path<(Uuid, Uuid)>,
    Json(body): Json<ReopenFollowUp>,
) -> Result<Json<FollowUpView>> {
    let lost = found(&app, client, contact).await?;
    let leads = leads(&caller);
    if !leads {
        must_answer(&app, caller.desk()?, lost.client, WHAT)?;
    }
    let now = state(&lost);
    if now != body.from || now == FollowUpState::Open {
        return Err(ApiError::conflict(
            "follow_up_state",
            "The lost contact stands otherwise by now, so there is nothing of this to take back.",
            "Load the list again and look at it as it is now.",
        ));
    }
    if let Some(holder) = lost.taken_by
        && !leads
        && caller.agent != Some(holder)
    {
        return Err(held_by(&app, holder));
    }
    let (becomes, kept, released) = match (now, lost.taken_by) {
        (FollowUpState::Taken, holder) => (FollowUpState::Open, None, holder),
        (_, Some(holder)) => (FollowUpState::Taken, Some(holder), None),
        (_, None) => (FollowUpState::Open, None, None),
    };
    let entry = entry(&trail, "follow_up.reopened", &lost, becomes, kept);
    let (scope, id, at) = (ClientScope::of(lost.client), lost.contact, app.clock.now());
    let done = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                match released {
                    Some(holder) => tx.release_follow_up(&scope, id, holder).await?,
                    None => tx.resume_follow_up(&scope, id, at).await?,
                }
                tx.audit(&entry).await
            })
        })
        .await;
    settled(&app, &caller, &lost, done).await
}

fn filter(app: &App, query: &FollowUpQuery) -> Result<FollowUpFilter> {
    let read = |field, text: &Option<String>| {
        text.as_deref().map(|text| read_instant(field, text)).transpose()
    };
    let mut from = read("from", &query.from)?.unwrap_or(Timestamp::MIN);
    if query.open {
        from = from.max(app.clock.now() - WORK_FOR);
    }
    let until = read("until", &query.until)?.unwrap_or(Timestamp::MAX);
    let before = after_at(query.before.as_deref())?;
    Ok(FollowUpFilter { open: query.open, from, until, words: query.q.clone(), before })
}

async fn page(
    app: &App,
    reach: &Reach,
    filter: &FollowUpFilter,
    limit: u32,
) -> Result<Vec<FollowUp>> {
    let mut records = app.store.view();
    Ok(match reach {
        Reach::Client(client) => {
            records.follow_ups(&ClientScope::of(*client), filter, limit).await?
        }
        Reach::All(agent) => {
            let provider = ProviderScope::granted();
            records.follow_ups_of_all_clients(&provider, *agent, filter, limit).await?
        }
    })
}

/// The whole list, for a file; refused when it is longer than [`FILE_MAX`].
async fn all(app: &App, reach: &Reach, filter: &mut FollowUpFilter) -> Result<Vec<FollowUp>> {
    let mut rows: Vec<FollowUp> = Vec::new();
    loop {
        let page = page(app, reach, filter, PAGE_MAX).await?;
        let whole = page.len() < PAGE_MAX as usize;
        filter.before = page.last().map(|last| (last.lost, last.contact));
        rows.extend(page);
        if rows.len() > FILE_MAX {
            return Err(ApiError::fault(
                "list",
                "from",
                "too_many_contacts",
                domain::words!("The list has more than {} contacts.", FILE_MAX),
                "Choose fewer days, or one client.",
            ));
        }
        if whole {
            return Ok(rows);
        }
    }
}

async fn found(app: &App, client: Uuid, contact: Uuid) -> Result<FollowUp> {
    let scope = ClientScope::of(ClientId::from_uuid(client));
    let lost = app.store.view().follow_up(&scope, ContactId::from_uuid(contact)).await?;
    lost.ok_or_else(|| ApiError::not_found(WHAT))
}

/// How it stands after a change; when somebody else was faster, a conflict that says who.
async fn settled(
    app: &App,
    caller: &Caller,
    before: &FollowUp,
    done: std::result::Result<(), StoreError>,
) -> Result<Json<FollowUpView>> {
    let lost = found(app, before.client.uuid(), before.contact.uuid()).await?;
    match done {
        Ok(()) => Ok(Json(view(&app.floor.directory(), caller, &lost))),
        Err(StoreError::Stale { .. }) => Err(match (lost.taken_by, lost.closed) {
            (Some(holder), None) => held_by(app, holder),
            (_, Some(_)) => ApiError::conflict(
                "follow_up_closed",
                "This customer was reached or excused meanwhile.",
                "Load the list again and take another one.",
            ),
            (None, None) => ApiError::conflict(
                "follow_up_given_back",
                "It was given back meanwhile.",
                "Load the list again and take it anew.",
            ),
        }),
        Err(error) => Err(error.into()),
    }
}

fn held_by(app: &App, holder: AgentId) -> ApiError {
    ApiError::conflict(
        "follow_up_taken",
        domain::words!("{} calls this customer back.", app.floor.directory().agent_name(holder)),
        "Take another one, or ask them to give it back.",
    )
}

const fn state(lost: &FollowUp) -> FollowUpState {
    match (lost.outcome, lost.taken_by) {
        (Some(Kept::Reached), _) => FollowUpState::Reached,
        (Some(Kept::Excused), _) => FollowUpState::Excused,
        (Some(Kept::Again), _) => FollowUpState::Again,
        (None, Some(_)) => FollowUpState::Taken,
        (None, None) => FollowUpState::Open,
    }
}

/// An entry of the audit log, without the note.
fn entry(
    trail: &Trail,
    action: &str,
    lost: &FollowUp,
    becomes: FollowUpState,
    agent: Option<AgentId>,
) -> AuditEntry {
    trail.entry(action, "contact", lost.contact.uuid()).of_client(lost.client).changed(
        &json!({ "state": state(lost), "agent": lost.taken_by }),
        &json!({ "state": becomes, "agent": agent }),
    )
}

fn view(directory: &Directory, caller: &Caller, lost: &FollowUp) -> FollowUpView {
    let client = directory.client(lost.client);
    FollowUpView {
        contact: lost.contact.uuid(),
        client: lost.client.uuid(),
        client_name: client.map(|client| client.name.clone()).unwrap_or_default(),
        client_initials: client.map(|client| client.initials.clone()).unwrap_or_default(),
        client_hue: client.map_or(0, |client| client.hue),
        queue: lost.queue.uuid(),
        queue_name: directory.queue(lost.queue).map(|queue| queue.name.clone()),
        channel: reports::channel(&lost.channel).unwrap_or(api::desk::ChannelKind::Voice),
        ending: reports::state(Some(&lost.ending)).unwrap_or(ContactState::Abandoned),
        name: lost.name.clone(),
        email: lost.email.clone(),
        phone: lost.phone.clone(),
        language: lost.language.to_string(),
        lost: instant(lost.lost),
        wait_ms: lost.wait.map(millis),
        state: state(lost),
        // A client's people know agents by their alias.
        taken_by: lost.taken_by.filter(|_| !caller.role.is_client()).map(|agent| agent.uuid()),
        taken_by_name: lost.taken_by.map(|agent| name(directory, caller, lost.client, agent)),
        closed: lost.closed.map(instant),
        by_contact: lost.by_contact.map(|contact| contact.uuid()),
        note: lost.note.clone(),
        may_answer: caller.agent.is_some_and(|agent| may_answer(directory, agent, lost.client)),
    }
}

/// The rows as a table, in the order of the list.
fn table(rows: &[FollowUpView]) -> String {
    let mut text = String::from(
        "contact,client,client_name,queue_name,channel,ending,lost,wait_ms,name,email,phone,state,agent,closed,\
         by_contact,note\r\n",
    );
    for row in rows {
        let or_empty = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n",
            row.contact,
            row.client,
            cell(&row.client_name),
            or_empty(&row.queue_name),
            word(&row.channel),
            word(&row.ending),
            row.lost,
            row.wait_ms.map(|ms| ms.to_string()).unwrap_or_default(),
            or_empty(&row.name),
            or_empty(&row.email),
            or_empty(&row.phone),
            word(&row.state),
            or_empty(&row.taken_by_name),
            row.closed.as_deref().unwrap_or_default(),
            row.by_contact.map(|contact| contact.to_string()).unwrap_or_default(),
            or_empty(&row.note),
        );
    }
    text
}
