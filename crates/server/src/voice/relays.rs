//! Relays for browsers that cannot send UDP to the server: an agent at home, an office behind a firewall.

use std::time::Duration;

use api::voice::{RelayView, RelaysView};
use axum::extract::State;
use telephony::turn;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    http::{error::Result, extract::Json, session::Caller},
};

/// Longer than any shift: a relay lets a connection go whose sign-in has ended.
const VALID: Duration = Duration::from_secs(24 * 60 * 60);

/// The endpoint.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(relays))
}

/// What a browser may send its sound by if it cannot reach the server itself, for the provider's people.
#[utoipa::path(get, path = "/api/v1/voice/relays", operation_id = "voice_relays", tag = "desk", responses((status = 200, description = "None where the server has no relay", body = RelaysView)))]
async fn relays(State(app): State<App>, caller: Caller) -> Result<Json<RelaysView>> {
    let relay = app.telephony()?.relay();
    let relays = relay.map(|relay| {
        let until = app.clock.now() + VALID;
        let turn::SignIn { username, password } =
            turn::sign_in(&relay.secret, &caller.user.to_string(), until);
        RelayView { urls: relay.urls.clone(), username, credential: password }
    });
    Ok(Json(RelaysView { relays: relays.into_iter().collect() }))
}
