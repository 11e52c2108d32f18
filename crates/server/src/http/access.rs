//! Who may call what: one table of every operation, enforced before any handler runs.
//!
//! A route that is missing here is refused, and a test holds the table to the OpenAPI document, so
//! a new endpoint cannot be reachable by accident. What a role may see *within* an operation (its
//! own client, its own desk) is the row's [`Scope`]; the handler asks [`Caller::client_scope`]
//! for the client it may read.

use api::{admin::tokens::TokenScope, error::ErrorCode, role::Role};
use axum::{
    RequestExt,
    extract::{MatchedPath, RawPathParams, Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::ClientId;
use uuid::Uuid;

use super::{
    error::{ApiError, Result},
    session::{self, Caller},
    token,
};
use crate::App;

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody, signed in or not.
    Public,
    /// Everybody who is signed in.
    SignedIn,
    /// These roles.
    Roles(&'static [Role]),
}

/// How far those see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Nothing that belongs to anybody.
    Nothing,
    /// Their own user and session.
    Own,
    /// The provider's whole business.
    Provider,
    /// The provider's people everything, a client's people their own client only.
    OwnClient,
    /// The desk of the agent that the signed-in user is.
    OwnAgent,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `GET`, `POST`, `PUT`, `DELETE`.
    pub method: &'static str,
    /// Path template, as in the OpenAPI document.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
    /// How far they see.
    pub scope: Scope,
    /// What an API token must be for, besides that its owner may call it; `None` for no token at all.
    pub token: Option<TokenScope>,
}

impl Rule {
    /// Programs may call it as well, with a token for this.
    const fn by_token(self, scope: TokenScope) -> Self {
        Self { token: Some(scope), ..self }
    }
}

const ADMINISTRATOR: &[Role] = &[Role::Administrator];
const OWNERS: &[Role] = &[Role::AccountManager, Role::Administrator];
const PLANNERS: &[Role] = &[Role::AccountManager, Role::Planner, Role::Administrator];
const LEADS: &[Role] = &[Role::TeamLead, Role::ShiftLead, Role::Administrator];
const LEADS_AND_OWNERS: &[Role] =
    &[Role::TeamLead, Role::ShiftLead, Role::AccountManager, Role::Administrator];
const OFFICE: &[Role] =
    &[Role::TeamLead, Role::ShiftLead, Role::AccountManager, Role::Planner, Role::Administrator];
const PROVIDER: &[Role] = &[
    Role::Agent,
    Role::TeamLead,
    Role::ShiftLead,
    Role::AccountManager,
    Role::Planner,
    Role::Administrator,
];
const OFFICE_AND_CLIENT: &[Role] = &[
    Role::TeamLead,
    Role::ShiftLead,
    Role::AccountManager,
    Role::Planner,
    Role::ClientReader,
    Role::ClientManager,
    Role::Administrator,
];

const CLIENT_MANAGER: &[Role] = &[Role::ClientManager];
const WRITERS_OF_WORDS: &[Role] = &[
    Role::TeamLead,
    Role::ShiftLead,
    Role::AccountManager,
    Role::ClientManager,
    Role::Administrator,
];

const READERS: &[Role] = &[
    Role::TeamLead,
    Role::ShiftLead,
    Role::AccountManager,
    Role::ClientReader,
    Role::ClientManager,
    Role::Administrator,
];

/// Who may see what a client pays.
const PAYERS: &[Role] = &[Role::AccountManager, Role::ClientManager, Role::Administrator];

/// Who may let a client's people in.
const MANAGERS_OF_PEOPLE: &[Role] = &[Role::ClientManager, Role::Administrator];

const EVERYBODY: &[Role] = &Role::ALL;

const fn row(method: &'static str, path: &'static str, who: Who, scope: Scope) -> Rule {
    Rule { method, path, who, scope, token: None }
}

const fn provider(method: &'static str, path: &'static str, roles: &'static [Role]) -> Rule {
    row(method, path, Who::Roles(roles), Scope::Provider)
}

const fn both_sides(method: &'static str, path: &'static str, roles: &'static [Role]) -> Rule {
    row(method, path, Who::Roles(roles), Scope::OwnClient)
}

const fn desk(method: &'static str, path: &'static str) -> Rule {
    row(method, path, Who::Roles(PROVIDER), Scope::OwnAgent)
}

/// The table. Sorted by subject; an operation that is not here is refused.
pub const TABLE: &[Rule] = &[
    // The door.
    row("GET", "/api/openapi.json", Who::Public, Scope::Nothing),
    row("GET", "/health", Who::Public, Scope::Nothing),
    row("GET", "/metrics", Who::Public, Scope::Nothing),
    row("GET", "/api/v1/first-run", Who::Public, Scope::Nothing),
    row("POST", "/api/v1/first-run", Who::Public, Scope::Nothing),
    row("POST", "/api/v1/session", Who::Public, Scope::Nothing),
    // Proven by the key of an invitation.
    row("POST", "/api/v1/invitation", Who::Public, Scope::Nothing),
    row("POST", "/api/v1/invitation/password", Who::Public, Scope::Nothing),
    row("GET", "/api/v1/session", Who::SignedIn, Scope::Own),
    row("DELETE", "/api/v1/session", Who::SignedIn, Scope::Own),
    row("PUT", "/api/v1/session/password", Who::SignedIn, Scope::Own),
    row("PUT", "/api/v1/session/preferences", Who::SignedIn, Scope::Own),
    // Users, settings, audit.
    provider("GET", "/api/v1/users", ADMINISTRATOR),
    provider("POST", "/api/v1/users", ADMINISTRATOR),
    provider("GET", "/api/v1/users/{user}", ADMINISTRATOR),
    provider("PUT", "/api/v1/users/{user}", ADMINISTRATOR),
    provider("PUT", "/api/v1/users/{user}/password", ADMINISTRATOR),
    provider("POST", "/api/v1/users/{user}/invitation", ADMINISTRATOR),
    provider("GET", "/api/v1/settings", PROVIDER),
    provider("PUT", "/api/v1/settings", ADMINISTRATOR),
    provider("GET", "/api/v1/audit", ADMINISTRATOR),
    provider("GET", "/api/v1/tokens", ADMINISTRATOR),
    provider("POST", "/api/v1/tokens", ADMINISTRATOR),
    provider("DELETE", "/api/v1/tokens/{token}", ADMINISTRATOR),
    // Mail that goes out: whoever sends invoices sees what became of them.
    provider("GET", "/api/v1/mail", OWNERS),
    provider("POST", "/api/v1/mail/test", ADMINISTRATOR),
    provider("POST", "/api/v1/mail/{mail}/retry", OWNERS),
    provider("POST", "/api/v1/mail/{mail}/cancel", OWNERS),
    // Reports that are mailed by themselves: the provider's, and a client's own.
    provider("GET", "/api/v1/mailings", OFFICE),
    provider("POST", "/api/v1/mailings", OFFICE),
    provider("PUT", "/api/v1/mailings/{mailing}", OFFICE),
    provider("DELETE", "/api/v1/mailings/{mailing}", OFFICE),
    provider("POST", "/api/v1/mailings/{mailing}/send", OFFICE),
    both_sides("GET", "/api/v1/clients/{client}/mailings", CLIENT_MANAGER),
    both_sides("POST", "/api/v1/clients/{client}/mailings", CLIENT_MANAGER),
    both_sides("PUT", "/api/v1/clients/{client}/mailings/{mailing}", CLIENT_MANAGER),
    both_sides("DELETE", "/api/v1/clients/{client}/mailings/{mailing}", CLIENT_MANAGER),
    both_sides("POST", "/api/v1/clients/{client}/mailings/{mailing}/send", CLIENT_MANAGER),
    provider("POST", "/api/v1/undo", OFFICE),
    // The agent's desk.
    desk("POST", "/api/v1/desk/sign-in"),
    desk("POST", "/api/v1/desk/sign-out"),
    desk("POST", "/api/v1/desk/presence"),
    desk("GET", "/api/v1/desk/canned"),
    desk("POST", "/api/v1/desk/contacts/{contact}/answer"),
    desk("POST", "/api/v1/desk/contacts/{contact}/refuse"),
    desk("POST", "/api/v1/desk/contacts/{contact}/hold"),
    desk("POST", "/api/v1/desk/contacts/{contact}/resume"),
    desk("POST", "/api/v1/desk/contacts/{contact}/end"),
    desk("POST", "/api/v1/desk/contacts/{contact}/leave"),
    desk("POST", "/api/v1/desk/contacts/{contact}/conference"),
    desk("POST", "/api/v1/desk/contacts/{contact}/extend"),
    desk("POST", "/api/v1/desk/contacts/{contact}/finish"),
    desk("POST", "/api/v1/desk/contacts/{contact}/transfer"),
    desk("POST", "/api/v1/desk/contacts/{contact}/consult"),
    desk("POST", "/api/v1/desk/contacts/{contact}/read"),
    desk("POST", "/api/v1/desk/contacts/{contact}/messages"),
    desk("POST", "/api/v1/desk/contacts/{contact}/files"),
    desk("PUT", "/api/v1/desk/contacts/{contact}/draft"),
    desk("GET", "/api/v1/desk/contacts/{contact}/messages"),
    desk("GET", "/api/v1/desk/contacts/{contact}/targets"),
    desk("GET", "/api/v1/desk/contacts/{contact}/history"),
    desk("GET", "/api/v1/desk/contacts/{contact}/on-call"),
    // The agent's phone, and calls at the desk.
    desk("POST", "/api/v1/desk/phone"),
    desk("DELETE", "/api/v1/desk/phone"),
    provider("GET", "/api/v1/voice/relays", PROVIDER),
    desk("GET", "/api/v1/desk/clients"),
    desk("GET", "/api/v1/desk/shifts"),
    desk("POST", "/api/v1/desk/dial"),
    desk("POST", "/api/v1/desk/contacts/{contact}/call-back"),
    desk("POST", "/api/v1/desk/contacts/{contact}/not-reached"),
    desk("POST", "/api/v1/desk/contacts/{contact}/mute"),
    desk("POST", "/api/v1/desk/contacts/{contact}/digits"),
    desk("POST", "/api/v1/desk/contacts/{contact}/recording"),
    desk("POST", "/api/v1/desk/contacts/{contact}/outside"),
    desk("POST", "/api/v1/desk/contacts/{contact}/outside/act"),
    row("GET", "/api/v1/live", Who::SignedIn, Scope::Own),
    // The supervisor's board.
    provider("GET", "/api/v1/board/contacts/{contact}/why", OFFICE),
    provider("GET", "/api/v1/board/adherence", OFFICE),
    provider("GET", "/api/v1/board/pools", OFFICE),
    provider("POST", "/api/v1/board/contacts/{contact}/expedite", LEADS),
    provider("POST", "/api/v1/board/contacts/{contact}/cancel-callback", LEADS),
    provider("POST", "/api/v1/board/agents/{agent}/contacts/{contact}/release", LEADS),
    row(
        "POST",
        "/api/v1/board/agents/{agent}/contacts/{contact}/take-over",
        Who::Roles(LEADS),
        Scope::OwnAgent,
    ),
    provider("POST", "/api/v1/board/agents/{agent}/presence", LEADS),
    provider("POST", "/api/v1/board/agents/{agent}/move", LEADS),
    provider("POST", "/api/v1/board/moves/{undo}/undo", LEADS),
    provider("POST", "/api/v1/board/contacts/{contact}/supervise", LEADS),
    provider("DELETE", "/api/v1/board/contacts/{contact}/supervise", LEADS),
    // Calls under way.
    provider("GET", "/api/v1/calls", LEADS).by_token(TokenScope::Recordings),
    provider("POST", "/api/v1/calls/{contact}/recording", LEADS).by_token(TokenScope::Recordings),
    // Recordings: whoever may read what was written may hear what was said.
    row("GET", "/api/v1/recordings/{recording}/audio", Who::Roles(READERS), Scope::OwnClient),
    row("GET", "/api/v1/recordings/{recording}/peaks", Who::Roles(READERS), Scope::OwnClient),
    provider("POST", "/api/v1/recordings/{recording}/redactions", LEADS_AND_OWNERS),
    provider("DELETE", "/api/v1/recordings/{recording}/redactions/{redaction}", LEADS_AND_OWNERS),
    // Telephony.
    provider("GET", "/api/v1/trunks", OFFICE),
    provider("POST", "/api/v1/trunks", ADMINISTRATOR),
    provider("PUT", "/api/v1/trunks/{trunk}", ADMINISTRATOR),
    provider("DELETE", "/api/v1/trunks/{trunk}", ADMINISTRATOR),
    provider("GET", "/api/v1/desk-phones", OFFICE),
    provider("PUT", "/api/v1/desk-phones/{agent}", ADMINISTRATOR),
    provider("DELETE", "/api/v1/desk-phones/{agent}", ADMINISTRATOR),
    provider("GET", "/api/v1/numbers", OFFICE),
    provider("PUT", "/api/v1/numbers/{number}", OWNERS),
    provider("DELETE", "/api/v1/numbers/{number}", OWNERS),
    provider("GET", "/api/v1/clients/{client}/voice", OFFICE),
    provider("PUT", "/api/v1/clients/{client}/voice", OWNERS),
    provider("GET", "/api/v1/clients/{client}/broadcast", OFFICE),
    provider("PUT", "/api/v1/clients/{client}/broadcast", LEADS_AND_OWNERS),
    provider("GET", "/api/v1/clients/{client}/prompts", OFFICE),
    provider("POST", "/api/v1/clients/{client}/prompts", OWNERS),
    provider("POST", "/api/v1/clients/{client}/prompts/speech", OWNERS),
    provider("PUT", "/api/v1/clients/{client}/prompts/{prompt}/speech", OWNERS),
    provider("GET", "/api/v1/clients/{client}/prompts/{prompt}/audio", OFFICE),
    provider("PUT", "/api/v1/clients/{client}/prompts/{prompt}/audio", OWNERS),
    provider("DELETE", "/api/v1/clients/{client}/prompts/{prompt}", OWNERS),
    provider("GET", "/api/v1/clients/{client}/flows", OFFICE),
    provider("POST", "/api/v1/clients/{client}/flows/check", OFFICE),
    provider("GET", "/api/v1/clients/{client}/flows/{flow}", OFFICE),
    provider("PUT", "/api/v1/clients/{client}/flows/{flow}", OWNERS),
    provider("DELETE", "/api/v1/clients/{client}/flows/{flow}", OWNERS),
    provider("POST", "/api/v1/clients/{client}/flows/{flow}/publish", OWNERS),
    // Messages that customers left.
    row("GET", "/api/v1/left-messages", Who::Roles(EVERYBODY), Scope::OwnClient),
    row(
        "GET",
        "/api/v1/left-messages/{client}/{message}/audio",
        Who::Roles(EVERYBODY),
        Scope::OwnClient,
    ),
    desk("POST", "/api/v1/left-messages/{client}/{message}/take"),
    desk("POST", "/api/v1/left-messages/{client}/{message}/done"),
    provider("POST", "/api/v1/left-messages/{client}/{message}/reopen", PROVIDER),
    // Contacts that were lost, and the work of reaching their customers.
    row("GET", "/api/v1/follow-ups", Who::Roles(EVERYBODY), Scope::OwnClient),
    desk("POST", "/api/v1/follow-ups/{client}/{contact}/take"),
    desk("POST", "/api/v1/follow-ups/{client}/{contact}/close"),
    provider("POST", "/api/v1/follow-ups/{client}/{contact}/reopen", PROVIDER),
    // The customers' chat: proven by a widget's key, its origins and the visitor's token.
    row("GET", "/demo/{client}", Who::Public, Scope::Nothing),
    row("GET", "/widget/v1/frame.html", Who::Public, Scope::Nothing),
    row("GET", "/widget/v1/socket", Who::Public, Scope::Nothing),
    row("POST", "/widget/v1/uploads", Who::Public, Scope::Nothing),
    row("GET", "/widget/v1/files/{token}", Who::Public, Scope::Nothing),
    // Clients and their contracts.
    provider("GET", "/api/v1/clients", OFFICE),
    provider("POST", "/api/v1/clients", OWNERS),
    provider("GET", "/api/v1/clients/{client}", OFFICE),
    provider("PUT", "/api/v1/clients/{client}", OWNERS),
    provider("GET", "/api/v1/clients/{client}/checklist", OFFICE),
    provider("POST", "/api/v1/clients/{client}/go-live", OWNERS),
    provider("POST", "/api/v1/clients/{client}/suspend", OWNERS),
    both_sides("GET", "/api/v1/clients/{client}/contracts", OFFICE_AND_CLIENT),
    provider("POST", "/api/v1/clients/{client}/contracts", OWNERS),
    provider("POST", "/api/v1/clients/{client}/contracts/validate", PLANNERS),
    both_sides("GET", "/api/v1/clients/{client}/contracts/diff", OFFICE_AND_CLIENT),
    both_sides("GET", "/api/v1/clients/{client}/contracts/{version}", OFFICE_AND_CLIENT),
    provider("GET", "/api/v1/clients/{client}/contract-draft", PLANNERS),
    provider("PUT", "/api/v1/clients/{client}/contract-draft", OWNERS),
    provider("DELETE", "/api/v1/clients/{client}/contract-draft", OWNERS),
    // Set-up from templates and tables.
    provider("GET", "/api/v1/templates", OWNERS),
    provider("POST", "/api/v1/templates/{trade}/clients", OWNERS),
    provider("POST", "/api/v1/imports/{kind}", OWNERS),
    // The client's part of its contract, and what it proposes.
    both_sides("GET", "/api/v1/clients/{client}/contract", OFFICE_AND_CLIENT),
    both_sides("PUT", "/api/v1/clients/{client}/contract", CLIENT_MANAGER),
    both_sides("POST", "/api/v1/clients/{client}/contract/preview", CLIENT_MANAGER),
    provider("GET", "/api/v1/proposals", OFFICE),
    both_sides("GET", "/api/v1/clients/{client}/proposals", OFFICE_AND_CLIENT),
    both_sides("POST", "/api/v1/clients/{client}/proposals", CLIENT_MANAGER),
    provider("POST", "/api/v1/clients/{client}/proposals/{proposal}/accept", OWNERS),
    provider("POST", "/api/v1/clients/{client}/proposals/{proposal}/refuse", OWNERS),
    both_sides("POST", "/api/v1/clients/{client}/proposals/{proposal}/withdraw", CLIENT_MANAGER),
    // The client's own people.
    both_sides("GET", "/api/v1/clients/{client}/users", MANAGERS_OF_PEOPLE),
    both_sides("POST", "/api/v1/clients/{client}/users", MANAGERS_OF_PEOPLE),
    both_sides("PUT", "/api/v1/clients/{client}/users/{user}", MANAGERS_OF_PEOPLE),
    both_sides("PUT", "/api/v1/clients/{client}/users/{user}/password", MANAGERS_OF_PEOPLE),
    both_sides("POST", "/api/v1/clients/{client}/users/{user}/invitation", MANAGERS_OF_PEOPLE),
    // Who is on call at the client.
    both_sides("GET", "/api/v1/clients/{client}/on-call", OFFICE_AND_CLIENT),
    both_sides("PUT", "/api/v1/clients/{client}/on-call", WRITERS_OF_WORDS),
    // Who answers for the client right now.
    both_sides("GET", "/api/v1/clients/{client}/presence", OFFICE_AND_CLIENT),
    both_sides("PUT", "/api/v1/clients/{client}/presence", WRITERS_OF_WORDS),
    provider("GET", "/api/v1/clients/{client}/widgets", OWNERS),
    provider("POST", "/api/v1/clients/{client}/widgets", OWNERS),
    provider("PUT", "/api/v1/clients/{client}/widgets/{widget}", OWNERS),
    provider("DELETE", "/api/v1/clients/{client}/widgets/{widget}", OWNERS),
    provider("POST", "/api/v1/clients/{client}/widgets/{widget}/rotate-secret", OWNERS),
    both_sides("GET", "/api/v1/clients/{client}/phone-book", OFFICE_AND_CLIENT),
    both_sides("PUT", "/api/v1/clients/{client}/phone-book", WRITERS_OF_WORDS),
    both_sides("GET", "/api/v1/clients/{client}/canned-answers", OFFICE_AND_CLIENT),
    both_sides("POST", "/api/v1/clients/{client}/canned-answers", WRITERS_OF_WORDS),
    both_sides("PUT", "/api/v1/clients/{client}/canned-answers/{answer}", WRITERS_OF_WORDS),
    both_sides("DELETE", "/api/v1/clients/{client}/canned-answers/{answer}", WRITERS_OF_WORDS),
    // Planning: work that takes long.
    provider("GET", "/api/v1/planning/jobs", PLANNERS),
    provider("GET", "/api/v1/planning/jobs/{job}", PLANNERS),
    provider("DELETE", "/api/v1/planning/jobs/{job}", PLANNERS),
    provider("GET", "/api/v1/planning/basis", PLANNERS),
    provider("POST", "/api/v1/planning/comparisons", PLANNERS),
    provider("GET", "/api/v1/planning/comparisons/{job}", PLANNERS),
    provider("GET", "/api/v1/planning/comparisons/{job}/csv", PLANNERS),
    provider("POST", "/api/v1/planning/what-ifs", PLANNERS),
    provider("GET", "/api/v1/planning/what-ifs/{job}", PLANNERS),
    // Schedules of shifts.
    provider("GET", "/api/v1/planning/schedules", OFFICE),
    provider("POST", "/api/v1/planning/schedules", PLANNERS),
    provider("POST", "/api/v1/planning/schedules/plan", PLANNERS),
    provider("GET", "/api/v1/planning/schedules/plan/{job}", PLANNERS),
    provider("GET", "/api/v1/planning/schedules/{schedule}", OFFICE),
    provider("PUT", "/api/v1/planning/schedules/{schedule}", PLANNERS),
    provider("DELETE", "/api/v1/planning/schedules/{schedule}", PLANNERS),
    provider("POST", "/api/v1/planning/schedules/{schedule}/check", PLANNERS),
    provider("POST", "/api/v1/planning/schedules/{schedule}/publish", PLANNERS),
    provider("POST", "/api/v1/planning/schedules/{schedule}/withdraw", PLANNERS),
    provider("POST", "/api/v1/planning/schedules/{schedule}/copy", PLANNERS),
    provider("GET", "/api/v1/planning/schedules/{schedule}/csv", OFFICE),
    provider("GET", "/api/v1/planning/schedules/{schedule}/calendar", OFFICE),
    // What it costs.
    both_sides("GET", "/api/v1/clients/{client}/statement", PAYERS),
    both_sides("GET", "/api/v1/clients/{client}/statement/lines/{line}", PAYERS),
    provider("POST", "/api/v1/clients/{client}/rerating", OWNERS),
    // What it costs the provider, and what is left.
    provider("GET", "/api/v1/agent-costs", OWNERS),
    provider("PUT", "/api/v1/agent-costs", OWNERS),
    provider("GET", "/api/v1/margins", OWNERS),
    provider("GET", "/api/v1/margins/trend", OWNERS),
    // Invoices.
    provider("GET", "/api/v1/billing-details", OWNERS),
    provider("PUT", "/api/v1/billing-details", OWNERS),
    both_sides("GET", "/api/v1/clients/{client}/billing-details", PAYERS),
    provider("PUT", "/api/v1/clients/{client}/billing-details", OWNERS),
    provider("GET", "/api/v1/invoices", OWNERS),
    provider("GET", "/api/v1/billing-run", OWNERS),
    both_sides("GET", "/api/v1/clients/{client}/invoices", PAYERS),
    provider("POST", "/api/v1/clients/{client}/invoices", OWNERS),
    both_sides("GET", "/api/v1/clients/{client}/invoices/{invoice}", PAYERS),
    provider("DELETE", "/api/v1/clients/{client}/invoices/{invoice}", OWNERS),
    both_sides("GET", "/api/v1/clients/{client}/invoices/{invoice}/lines", PAYERS),
    both_sides("GET", "/api/v1/clients/{client}/invoices/{invoice}/pdf", PAYERS),
    both_sides("GET", "/api/v1/clients/{client}/invoices/{invoice}/xml", PAYERS),
    both_sides("GET", "/api/v1/clients/{client}/invoices/{invoice}/csv", PAYERS),
    provider("GET", "/api/v1/clients/{client}/invoices/{invoice}/compare", OWNERS),
    provider("POST", "/api/v1/clients/{client}/invoices/{invoice}/remake", OWNERS),
    provider("POST", "/api/v1/clients/{client}/invoices/{invoice}/review", OWNERS),
    provider("POST", "/api/v1/clients/{client}/invoices/{invoice}/issue", OWNERS),
    provider("POST", "/api/v1/clients/{client}/invoices/{invoice}/pay", OWNERS),
    provider("POST", "/api/v1/clients/{client}/invoices/{invoice}/unpay", OWNERS),
    provider("POST", "/api/v1/clients/{client}/invoices/{invoice}/credit", OWNERS),
    provider("POST", "/api/v1/clients/{client}/invoices/{invoice}/mail", OWNERS),
    both_sides("POST", "/api/v1/clients/{client}/invoices/{invoice}/disputes", CLIENT_MANAGER),
    provider("GET", "/api/v1/disputes", OWNERS),
    provider("POST", "/api/v1/clients/{client}/disputes/{dispute}/answer", OWNERS),
    // Planning.
    provider("GET", "/api/v1/planning/fidelity", PLANNERS),
    provider("GET", "/api/v1/planning/fidelity/{day}", PLANNERS),
    provider("GET", "/api/v1/planning/forecast", PLANNERS),
    provider("POST", "/api/v1/planning/forecast", PLANNERS),
    provider("GET", "/api/v1/planning/special-days", PLANNERS),
    provider("PUT", "/api/v1/planning/special-days", PLANNERS),
    provider("POST", "/api/v1/planning/staffing", PLANNERS),
    // What contracts and agents are made of.
    provider("GET", "/api/v1/calendars", OFFICE),
    provider("POST", "/api/v1/calendars", PLANNERS),
    provider("POST", "/api/v1/calendars/preview", OFFICE),
    provider("GET", "/api/v1/calendars/{calendar}", OFFICE),
    provider("PUT", "/api/v1/calendars/{calendar}", PLANNERS),
    provider("DELETE", "/api/v1/calendars/{calendar}", PLANNERS),
    provider("GET", "/api/v1/pools", OFFICE),
    provider("POST", "/api/v1/pools", OWNERS),
    provider("PUT", "/api/v1/pools/{pool}", OWNERS),
    provider("DELETE", "/api/v1/pools/{pool}", OWNERS),
    provider("GET", "/api/v1/teams", OFFICE),
    provider("POST", "/api/v1/teams", OWNERS),
    provider("PUT", "/api/v1/teams/{team}", OWNERS),
    provider("DELETE", "/api/v1/teams/{team}", OWNERS),
    provider("GET", "/api/v1/skills", OFFICE),
    provider("POST", "/api/v1/skills", OWNERS),
    provider("PUT", "/api/v1/skills/{skill}", OWNERS),
    provider("DELETE", "/api/v1/skills/{skill}", OWNERS),
    provider("GET", "/api/v1/sites", OFFICE),
    provider("POST", "/api/v1/sites", OWNERS),
    provider("PUT", "/api/v1/sites/{site}", OWNERS),
    provider("DELETE", "/api/v1/sites/{site}", OWNERS),
    provider("GET", "/api/v1/agents", OFFICE),
    provider("POST", "/api/v1/agents", LEADS),
    provider("GET", "/api/v1/agents/{agent}", OFFICE),
    provider("PUT", "/api/v1/agents/{agent}", LEADS),
    provider("PUT", "/api/v1/agents/{agent}/sign-offs/{client}", LEADS_AND_OWNERS),
    provider("DELETE", "/api/v1/agents/{agent}/sign-offs/{client}", LEADS_AND_OWNERS),
    // Reports.
    provider("GET", "/api/v1/reports/adherence", OFFICE),
    row("GET", "/api/v1/reports/intervals", Who::Roles(OFFICE_AND_CLIENT), Scope::OwnClient)
        .by_token(TokenScope::Reports),
    row("GET", "/api/v1/reports/contacts", Who::Roles(OFFICE_AND_CLIENT), Scope::OwnClient)
        .by_token(TokenScope::Contacts),
    row("GET", "/api/v1/contacts/{contact}", Who::Roles(OFFICE_AND_CLIENT), Scope::OwnClient)
        .by_token(TokenScope::Contacts),
];

/// The row of an operation.
pub fn rule(method: &str, path: &str) -> Option<&'static Rule> {
    TABLE.iter().find(|rule| rule.method == method && rule.path == path)
}

/// Whether a token for this may do anything that this role may.
pub fn token_may(role: Role, scope: TokenScope) -> bool {
    let allowed = |rule: &Rule| match rule.who {
        Who::Public | Who::SignedIn => true,
        Who::Roles(roles) => roles.contains(&role),
    };
    TABLE.iter().any(|rule| rule.token == Some(scope) && allowed(rule))
}

/// 401: not signed in.
pub fn sign_in_needed() -> ApiError {
    ApiError::new(
        ErrorCode::SignInNeeded,
        "You are not signed in, or your session has ended.",
        "Sign in and repeat what you did.",
    )
}

/// Lets a request through if the table says so, with the [`Caller`] among its extensions.
pub async fn enforce(
    State(app): State<App>,
    path: Option<MatchedPath>,
    mut request: Request,
    next: Next,
) -> Response {
    let asked = asked_client(&mut request).await;
    let allowed = match path.as_ref().map(MatchedPath::as_str) {
        Some(path) => {
            admit(&app, path, asked, request.method().clone(), request.headers().clone()).await
        }
        // No route matched: the fallback answers 404.
        None => Ok(None),
    };
    match allowed {
        Ok(caller) => {
            if let Some(caller) = caller {
                request.extensions_mut().insert(caller);
            }
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}

async fn admit(
    app: &App,
    path: &str,
    client: Option<ClientId>,
    method: Method,
    headers: HeaderMap,
) -> Result<Option<Caller>> {
    // HEAD is answered by GET's handler and so by GET's rule.
    let asked = if method == Method::HEAD { "GET" } else { method.as_str() };
    let Some(rule) = rule(asked, path) else {
        if TABLE.iter().any(|rule| rule.path == path) {
            return Err(ApiError::new(
                ErrorCode::MethodNotAllowed,
                domain::words!("{} does not take {}.", path, method),
                "See /api/openapi.json for the methods of each path.",
            ));
        }
        tracing::error!(%method, path, "a route is missing from the table of access");
        return Err(ApiError::forbidden(
            "no_rule_of_access",
            "This operation has no rule of access, so nobody may use it.",
        ));
    };
    let changes = !matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && rule.path.starts_with("/api/") {
        same_site(&headers)?;
    }
    if rule.who == Who::Public {
        return Ok(None);
    }
    let caller = match token::bearer(&headers) {
        Some(secret) => by_token(app, secret, rule).await?,
        None => {
            let (caller, csrf) = session::caller(app, &headers).await?;
            if changes {
                session::check_csrf(&headers, &csrf)?;
            }
            caller
        }
    };
    match rule.who {
        Who::Public | Who::SignedIn => {}
        Who::Roles(roles) if roles.contains(&caller.role) => {}
        Who::Roles(_) => {
            return Err(ApiError::forbidden(
                "role",
                domain::words!("Your role `{}` may not do this.", caller.role.name()),
            ));
        }
    }
    within_scope(rule.scope, &caller, client)?;
    Ok(Some(caller))
}

/// The caller whom a token acts for, if it is for this.
async fn by_token(app: &App, secret: &str, rule: &Rule) -> Result<Caller> {
    let (caller, scopes) = token::caller(app, secret).await?;
    let Some(wanted) = rule.token else {
        return Err(ApiError::forbidden("token_never", "No API token may do this."));
    };
    if !scopes.contains(&wanted) {
        return Err(ApiError::forbidden(
            "token_scope",
            domain::words!("This API token is not for `{}`.", wanted.name()),
        ));
    }
    Ok(caller)
}

/// The client that the path names.
async fn asked_client(request: &mut Request) -> Option<ClientId> {
    let params: RawPathParams = request.extract_parts().await.ok()?;
    let (_, text) = params.iter().find(|(name, _)| *name == "client")?;
    Uuid::parse_str(text).ok().map(ClientId::from_uuid)
}

/// What the path itself already tells about whose it is.
fn within_scope(scope: Scope, caller: &Caller, client: Option<ClientId>) -> Result<()> {
    match scope {
        Scope::Nothing | Scope::Own => Ok(()),
        Scope::Provider if caller.role.is_client() => {
            Err(ApiError::forbidden("provider_only", "This is for the provider's people."))
        }
        // Of the provider's own only a token is for one client alone.
        Scope::Provider => caller.client_scope(client).map(drop),
        Scope::OwnAgent => caller.desk().map(drop),
        Scope::OwnClient => {
            if caller.role.is_client() && caller.client.is_none() {
                return Err(ApiError::forbidden("no_client", "Your user belongs to no client."));
            }
            caller.client_scope(client).map(drop)
        }
    }
}

/// Refuses a change that another site's page asked for. Browsers say where a request comes from;
/// programs that are no browsers say nothing and are let through to the other checks.
fn same_site(headers: &HeaderMap) -> Result<()> {
    let foreign = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site.as_bytes() == b"cross-site" || site.as_bytes() == b"same-site");
    let origin_differs = match (headers.get(header::ORIGIN), headers.get(header::HOST)) {
        (Some(origin), Some(host)) => match (origin.to_str(), host.to_str()) {
            (Ok(origin), Ok(host)) => {
                headers.get("sec-fetch-site").is_none()
                    && origin.split_once("://").is_none_or(|(_, from)| from != host)
            }
            _ => true,
        },
        _ => false,
    };
    if foreign || origin_differs {
        return Err(ApiError::new(
            ErrorCode::CsrfMismatch,
            "The request comes from a page of another site.",
            "Use the screens of this server.",
        ));
    }
    Ok(())
}
