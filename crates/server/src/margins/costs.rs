//! What an hour of an agent costs: one setting, which margins and comparisons of contracts read.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    margin::{AgentCostTerms, SiteCost},
    planning::compare::AgentCosts,
};
use axum::extract::State;
use billing::cost::HourCosts;
use domain::{Currency, SiteId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{ProviderScope, Store, records::Setting};
use uuid::Uuid;

use crate::{
    App,
    admin::Faults,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::Json,
    },
};

const SCOPE: ProviderScope = ProviderScope::granted();

/// Setting that holds what an hour of an agent costs.
const KEY: &str = "planning_costs";

/// Most that an hour may cost, in minor units.
const HOUR_MAX: u32 = 100_000_000;

/// Most paid time that is no time at work, in thousandths.
const SHRINKAGE_MAX: u16 = 900;

/// The setting as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    agent_hour_minor: u32,
    shrinkage_permille: u16,
    #[serde(default)]
    currency: Option<Currency>,
    #[serde(default)]
    sites: BTreeMap<SiteId, u32>,
    /// Somebody who answers for the margins has said it; then no comparison changes it.
    #[serde(default)]
    stated: bool,
}

/// What an hour of an agent costs.
#[utoipa::path(get, path = "/api/v1/agent-costs", operation_id = "agent_costs", tag = "margins", responses((status = 200, description = "Done", body = AgentCostTerms)))]
pub async fn get(State(app): State<App>) -> Result<Json<AgentCostTerms>> {
    Ok(Json(terms(&app).await?))
}

/// Says what an hour of an agent costs.
#[utoipa::path(put, path = "/api/v1/agent-costs", operation_id = "agent_costs_change", tag = "margins", request_body = AgentCostTerms, responses((status = 200, description = "Done", body = AgentCostTerms)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<AgentCostTerms>,
) -> Result<Json<AgentCostTerms>> {
    let mut faults = Faults::default();
    let currency = body.currency.parse::<Currency>();
    if currency.is_err() {
        faults.add(
            "currency",
            "currency",
            domain::words!(
                "`{}` is no currency.",
                body.currency.chars().take(8).collect::<String>()
            ),
            "Write its code of three letters, such as EUR.",
        );
    }
    faults.range("agent_hour_minor", body.agent_hour_minor, 1, HOUR_MAX);
    faults.range("shrinkage_permille", body.shrinkage_permille, 0, SHRINKAGE_MAX);
    let known: BTreeSet<Uuid> =
        app.store.view().sites(&SCOPE).await?.iter().map(|site| site.id.uuid()).collect();
    let mut sites = BTreeMap::new();
    for (i, cost) in body.sites.iter().enumerate() {
        faults.range(&format!("sites[{i}].agent_hour_minor"), cost.agent_hour_minor, 1, HOUR_MAX);
        let is_first = sites.insert(SiteId::from_uuid(cost.site), cost.agent_hour_minor).is_none();
        if !known.contains(&cost.site) || !is_first {
            faults.add(
                &format!("sites[{i}].site"),
                "unknown_site",
                "There is no such site, or it is named twice.",
                "Choose each site once.",
            );
        }
    }
    faults.none("costs")?;
    let before = terms(&app).await?;
    let kept = Kept {
        agent_hour_minor: body.agent_hour_minor,
        shrinkage_permille: body.shrinkage_permille,
        currency: currency.ok(),
        sites,
        stated: true,
    };
    let entry = trail.entry("agent_costs.changed", "settings", Uuid::nil()).changed(&before, &body);
    let setting = setting(&kept, body.version);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_setting(&SCOPE, &setting).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    Ok(Json(terms(&app).await?))
}

/// What hours cost, to be computed with; `None` while nobody has said it.
pub fn computable(terms: &AgentCostTerms) -> Option<HourCosts> {
    let of_site = |cost: &SiteCost| (SiteId::from_uuid(cost.site), cost.agent_hour_minor);
    (terms.agent_hour_minor > 0).then(|| HourCosts {
        usual_minor: terms.agent_hour_minor,
        sites: terms.sites.iter().map(of_site).collect(),
        shrinkage_permille: terms.shrinkage_permille,
    })
}

/// What hours cost, as shown. Without a currency of their own they are in that of the first tariff.
pub async fn terms(app: &App) -> Result<AgentCostTerms> {
    let (kept, version) = match app.store.view().setting(&SCOPE, KEY).await? {
        None => (None, 0),
        Some(setting) => (serde_json::from_value::<Kept>(setting.value).ok(), setting.version),
    };
    let currency = match kept.as_ref().and_then(|kept| kept.currency) {
        Some(currency) => currency,
        None => usual_currency(app).await?,
    };
    let kept = kept.as_ref();
    let sites = kept
        .iter()
        .flat_map(|kept| &kept.sites)
        .map(|(site, minor)| SiteCost { site: site.uuid(), agent_hour_minor: *minor });
    Ok(AgentCostTerms {
        version,
        currency: currency.to_string(),
        agent_hour_minor: kept.map_or(0, |kept| kept.agent_hour_minor),
        shrinkage_permille: kept.map_or(0, |kept| kept.shrinkage_permille),
        sites: sites.collect(),
    })
}

async fn usual_currency(app: &App) -> Result<Currency> {
    let contracts = app.store.view().contracts_from(&SCOPE, Timestamp::MIN).await?;
    let priced = contracts.iter().find_map(|contract| contract.document.tariff.as_ref());
    Ok(priced.map_or(Currency::EUR, |tariff| tariff.currency))
}

/// What a comparison of contracts begins with.
///
/// # Errors
/// When the store fails.
pub async fn of_comparison(store: &Store) -> Result<Option<AgentCosts>, ApiError> {
    let setting = store.view().setting(&SCOPE, KEY).await?;
    Ok(setting.and_then(|setting| serde_json::from_value(setting.value).ok()))
}

/// Keeps what a comparison was given, for the next one, until somebody has said what hours cost.
///
/// # Errors
/// When the store fails.
pub async fn keep_of_comparison(store: &Store, given: &AgentCosts) -> Result<(), ApiError> {
    let before = store.view().setting(&SCOPE, KEY).await?;
    let version = before.as_ref().map_or(0, |before| before.version);
    let before = before.and_then(|before| serde_json::from_value::<Kept>(before.value).ok());
    if before.as_ref().is_some_and(|before| before.stated) {
        return Ok(());
    }
    let kept = Kept {
        agent_hour_minor: given.agent_hour_minor,
        shrinkage_permille: given.shrinkage_permille,
        currency: None,
        sites: BTreeMap::new(),
        stated: false,
    };
    if before.as_ref() == Some(&kept) {
        return Ok(());
    }
    let setting = setting(&kept, version);
    let kept = store.tx(move |tx| Box::pin(async move { tx.save_setting(&SCOPE, &setting).await }));
    match kept.await {
        // Somebody else gave theirs at the same moment; the next one sees those.
        Ok(()) | Err(store::StoreError::Stale { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn setting(kept: &Kept, version: u64) -> Setting {
    // Ids as keys and numbers: a table that JSON can hold.
    Setting { key: KEY.to_owned(), value: serde_json::to_value(kept).unwrap_or_default(), version }
}
