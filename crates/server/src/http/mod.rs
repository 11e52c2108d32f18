//! The HTTP door: routes, access, limits, errors, the screens' files.
//!
//! A request passes, from the outside in: its id and the shape of errors ([`error::finish`]), figures
//! and the log ([`watch`]), the rate of its address ([`limits::admit`]), the headers that every answer
//! carries, the time it may take, and the table of access ([`access::enforce`]). Then comes the handler.

pub mod access;
pub mod assets;
pub mod audit;
pub mod error;
pub mod extract;
pub mod health;
pub mod limits;
pub mod openapi;
pub mod paging;
pub mod password;
pub mod session;
mod test_clock;
pub mod token;

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State, ws::WebSocketUpgrade},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    App, admin, board, chat, clock::Stopwatch, desk, fidelity, first_run, forecasts, imports,
    invoices, live, mail, mailings, margins, planning, reports, schedules, statements, templates,
    voice, work,
};

/// What one socket reads at once and writes before it hands over, in bytes. Our messages are short;
/// the library's own 128 KiB would be the larger part of what a held conversation costs.
const SOCKET_BUFFER: usize = 4 * 1024;

/// A socket with buffers for short messages, which takes none larger than `message_max` bytes.
pub fn sized(upgrade: WebSocketUpgrade, message_max: usize) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(SOCKET_BUFFER)
        .write_buffer_size(SOCKET_BUFFER)
        .max_message_size(message_max)
}

/// Every endpoint that the OpenAPI document describes.
pub fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::frame())
        .merge(health::routes())
        .merge(session::routes())
        .merge(first_run::routes())
        .merge(admin::routes())
        .merge(reports::routes())
        .merge(statements::routes())
        .merge(margins::routes())
        .merge(invoices::routes())
        .merge(imports::routes())
        .merge(templates::routes())
        .merge(planning::routes())
        .merge(schedules::routes())
        .merge(fidelity::routes())
        .merge(forecasts::routes())
        .merge(desk::routes())
        .merge(board::routes())
        .merge(live::routes())
        .merge(mail::routes())
        .merge(mailings::routes())
        .merge(chat::routes())
        .merge(voice::routes())
        .merge(work::routes())
        .merge(chat::public_routes())
}

/// The whole door. `pages` are public pages beside the screens, such as those of a demonstration;
/// they pass the same limits as everything else.
pub fn router(app: App, pages: Router<App>) -> Router {
    let (routes, _) = described().split_for_parts();
    routes
        .fallback(assets::serve)
        .layer(middleware::from_fn_with_state(app.clone(), access::enforce))
        .merge(test_clock::routes(&app))
        .merge(pages)
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            app.config.limits.request_time,
        ))
        .layer(DefaultBodyLimit::max(app.config.limits.body_bytes))
        .layer(middleware::from_fn_with_state(app.clone(), dress))
        .layer(middleware::from_fn_with_state(app.clone(), limits::admit))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(error::finish))
        .layer(middleware::from_fn_with_state(app.clone(), watch))
        .with_state(app)
}

/// Whether a request comes from a page of this server, or from a program that is no browser and says
/// no origin.
pub fn is_own_origin(app: &App, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let from = origin.strip_prefix("http://").or(origin.strip_prefix("https://"));
    origin == app.address() || (host.is_some() && from == host)
}

/// Names the request, counts it, and writes it to the log.
async fn watch(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = limits::RequestId::default();
    request.extensions_mut().insert(id.clone());
    let method = word(request.method());
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "(a file or screen)".to_owned(), |path| path.as_str().to_owned());
    let watch = Stopwatch::start();
    let in_hand = app.metrics.begin();
    let response = next.run(request).await;
    drop(in_hand);
    let (status, took) = (response.status().as_u16(), watch.elapsed());
    app.metrics.answered(method, &path, status, took);
    tracing::debug!(
        request.id = id.as_str(),
        method,
        path,
        status,
        took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    response
}

/// The method as one of a known few, so that figures cannot be made to grow.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Headers that every answer carries.
async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(
        header::HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), payment=(), usb=()",
    );
    if api {
        set(header::CACHE_CONTROL, "no-store");
        set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    }
    if app.config.is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}
