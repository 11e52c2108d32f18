//! Work that customers left behind: messages outside the hours or instead of waiting, and contacts
//! that were lost. One agent has each, until it is done.

mod left;
mod lost;

use domain::{AgentId, ClientId};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use crate::{
    App,
    floor::Directory,
    http::{
        error::{ApiError, Result},
        session::Caller,
    },
};
use api::role::Role;

/// Longest note, in characters.
const NOTE_MAX: usize = 4_000;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(left::routes()).merge(lost::routes())
}

/// Whose work somebody sees.
enum Reach {
    /// One client's.
    Client(ClientId),
    /// All clients', or with an agent those of the clients they are signed off for.
    All(Option<AgentId>),
}

impl Reach {
    fn of(app: &App, caller: &Caller, asked: Option<Uuid>, what: &str) -> Result<Self> {
        let client = caller.client_scope(asked.map(ClientId::from_uuid))?;
        let agent = match caller.role {
            Role::Agent => Some(caller.desk()?),
            _ => None,
        };
        match (client, agent) {
            (Some(client), Some(agent)) => {
                must_answer(app, agent, client, what)?;
                Ok(Self::Client(client))
            }
            (Some(client), None) => Ok(Self::Client(client)),
            (None, agent) => Ok(Self::All(agent)),
        }
    }
}

/// Refuses an agent who is not signed off for the client: 404, as if `what` did not exist.
fn must_answer(app: &App, agent: AgentId, client: ClientId, what: &str) -> Result<()> {
    if may_answer(&app.floor.directory(), agent, client) {
        return Ok(());
    }
    Err(ApiError::not_found(what))
}

fn may_answer(directory: &Directory, agent: AgentId, client: ClientId) -> bool {
    directory
        .agent(agent)
        .is_some_and(|agent| agent.sign_offs().any(|signed_off| signed_off == client))
}

/// Whether the caller may take back what others did.
const fn leads(caller: &Caller) -> bool {
    matches!(caller.role, Role::TeamLead | Role::ShiftLead | Role::Administrator)
}

/// How an agent is called: a client's people know them by their alias.
fn name(directory: &Directory, caller: &Caller, client: ClientId, agent: AgentId) -> String {
    match caller.role.is_client() {
        true => directory.alias(client, agent),
        false => directory.agent_name(agent),
    }
}
