//! The billing run: which billing periods of all clients are over and have no invoice yet. Each is drafted,
//! read and issued by the steps of one invoice.

use std::collections::{BTreeMap, BTreeSet};

use api::invoices::{BillingRun, PeriodDue};
use axum::extract::State;
use domain::{ClientId, Timestamp};
use store::{
    ProviderScope,
    records::{ClientStatus, PAGE_MAX},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    admin::clients,
    http::{error::Result, extract::Json},
    statements::{periods, rated},
};

const SCOPE: ProviderScope = ProviderScope::granted();

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(due))
}

/// What is to be invoiced, of all clients that take contacts or did.
#[utoipa::path(get, path = "/api/v1/billing-run", operation_id = "billing_run", tag = "invoices", responses((status = 200, description = "Done", body = BillingRun)))]
pub async fn due(State(app): State<App>) -> Result<Json<BillingRun>> {
    let now = app.clock.now();
    let invoiced = app.store.view().invoiced_periods(&SCOPE).await?;
    let invoiced: BTreeSet<(ClientId, String)> =
        invoiced.into_iter().map(|one| (one.client, one.period)).collect();
    let mut contracts: BTreeMap<ClientId, Vec<_>> = BTreeMap::new();
    for version in app.store.view().contracts_from(&SCOPE, Timestamp::MIN).await? {
        contracts.entry(version.client).or_default().push(version);
    }
    let calendars = app.store.view().calendars(&SCOPE).await?;
    let mut due = Vec::new();
    for client in clients::all(&app).await? {
        let versions =
            contracts.remove(&client.id).filter(|_| client.status != ClientStatus::Draft);
        let Some(terms) = rated::terms_of(versions.unwrap_or_default(), &calendars)? else {
            continue;
        };
        for name in periods(&terms, now) {
            let Some(period) = terms.named(&name) else { continue };
            let until = period.span.until;
            if until <= now && !invoiced.contains(&(client.id, name)) {
                due.push((until, client.name.clone(), client.id, period));
            }
        }
    }
    due.sort_by(|a, b| (a.0, &a.1, a.2).cmp(&(b.0, &b.1, b.2)));
    let total = due.len() as u64;
    due.truncate(PAGE_MAX as usize);
    let shown = due.into_iter().map(|(_, client_name, client, period)| PeriodDue {
        client: client.uuid(),
        client_name,
        period: period.name,
        until: period.until.to_string(),
    });
    Ok(Json(BillingRun { due: shown.collect(), total }))
}
