//! Who uses what: nothing is removed that a contract or an agent still names.

use store::records::ProviderScope;
use uuid::Uuid;

use crate::{
    App,
    http::error::{ApiError, Result},
};

/// Refuses to remove `id`, a `noun`, while an agent, or a contract that is in force or to come,
/// names it.
pub async fn unused(app: &App, noun: &str, id: Uuid) -> Result<()> {
    let provider = ProviderScope::granted();
    let mut records = app.store.view();
    let text = id.to_string();
    let mut users = Vec::new();
    for contract in records.contracts_from(&provider, app.clock.now()).await? {
        // An id is unlike any other text, so the document as text tells whether it is named.
        let named = serde_json::to_string(&contract.document)
            .map_err(|error| ApiError::internal(&error))?
            .contains(&text);
        if named {
            users.push(format!(
                "version {} of the contract of client {}",
                contract.version, contract.client
            ));
        }
    }
    for agent in records.agents(&provider).await? {
        let named = agent.pools.iter().any(|pool| pool.uuid() == id)
            || agent.team.is_some_and(|team| team.uuid() == id)
            || agent.site.is_some_and(|site| site.uuid() == id)
            || agent.skills.iter().any(|skill| skill.skill.uuid() == id);
        if named {
            users.push(format!("agent {}", agent.name));
        }
    }
    if users.is_empty() {
        return Ok(());
    }
    let count = users.len();
    users.truncate(5);
    let more = if count > 5 { format!(" and {} more", count - 5) } else { String::new() };
    Err(ApiError::conflict(
        "still_used",
        domain::words!("The {} is still used by {}{}.", noun, users.join(", "), more),
        "Take it away there first.",
    ))
}
