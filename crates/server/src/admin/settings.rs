//! Settings of the provider.

use api::admin::settings::SettingsView;
use axum::extract::State;
use serde_json::json;
use store::records::{ProviderScope, Setting};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::Faults;
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::Result,
        extract::Json,
    },
};

/// Key of the provider's settings.
const KEY: &str = "provider";

/// What the provider is called until it is given a name.
const UNNAMED: &str = "Permanence";

/// Zone of the floor of a provider that was set up before its zone was asked for.
const UNZONED: &str = "UTC";

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get, change))
}

/// Settings of the provider.
#[utoipa::path(get, path = "/api/v1/settings", operation_id = "settings_get", tag = "settings", responses((status = 200, description = "Done", body = SettingsView)))]
pub async fn get(State(app): State<App>) -> Result<Json<SettingsView>> {
    Ok(Json(read(&app).await?))
}

/// Changes the settings of the provider.
#[utoipa::path(put, path = "/api/v1/settings", operation_id = "settings_change", tag = "settings", request_body = SettingsView, responses((status = 200, description = "Done", body = SettingsView)))]
pub async fn change(
    State(app): State<App>,
    trail: Trail,
    Json(body): Json<SettingsView>,
) -> Result<Json<SettingsView>> {
    let mut faults = Faults::default();
    let provider_name = faults.name("provider_name", &body.provider_name);
    faults.zone("provider_zone", &body.provider_zone);
    faults.none("settings")?;
    let kept = kept(&app).await?;
    let before = view(kept.as_ref());
    let mut setting = provider(&provider_name, &body.provider_zone, body.version);
    // What else is said of the provider stays.
    if let (Some(kept), Some(all)) =
        (kept.and_then(|kept| kept.value.as_object().cloned()), setting.value.as_object_mut())
    {
        for (what, said) in kept {
            all.entry(what).or_insert(said);
        }
    }
    let entry = trail.entry("settings.changed", "settings", Uuid::nil()).changed(&before, &body);
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                tx.save_setting(&ProviderScope::granted(), &setting).await?;
                tx.audit(&entry).await
            })
        })
        .await?;
    if before.provider_zone != body.provider_zone {
        app.configuration_changed().await;
    }
    Ok(Json(read(&app).await?))
}

/// The setting that says what the provider is called, and where its floor stands.
pub fn provider(name: &str, zone: &str, version: u64) -> Setting {
    Setting { key: KEY.to_owned(), value: json!({ "name": name, "zone": zone }), version }
}

/// Name of the provider.
pub async fn provider_name(app: &App) -> Result<String> {
    Ok(read(app).await?.provider_name)
}

async fn read(app: &App) -> Result<SettingsView> {
    Ok(view(kept(app).await?.as_ref()))
}

async fn kept(app: &App) -> Result<Option<Setting>> {
    Ok(app.store.view().setting(&ProviderScope::granted(), KEY).await?)
}

fn view(setting: Option<&Setting>) -> SettingsView {
    let text = |what| setting.and_then(|setting| setting.value[what].as_str());
    SettingsView {
        provider_name: text("name").unwrap_or(UNNAMED).to_owned(),
        provider_zone: text("zone").unwrap_or(UNZONED).to_owned(),
        version: setting.map_or(0, |setting| setting.version),
    }
}
