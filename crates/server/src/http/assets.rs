//! The screens' files, embedded when the server is built.
//!
//! Files under `/assets/` carry a hash in their name and never change; everything else is asked for
//! again each time (by its ETag). A path that is no file and no API is a screen: it gets
//! `index.html`, with a fresh nonce for the style sheets that the screens make while they run.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::error::ApiError;
use api::error::ErrorCode;

/// The files of `web/dist`, or one page that says they are missing.
#[derive(RustEmbed)]
#[folder = "$OUT_DIR/web"]
struct Files;

/// Where `index.html` takes the nonce.
const NONCE_SLOT: &str = "<meta name=\"csp-nonce\" content=\"\"";

/// Prefixes that never fall back to a screen.
const NO_SCREENS: [&str; 5] = ["api/", "assets/", "widget/", "demo/", "test/"];

/// Answers what no route answered: a file, a screen, or 404.
pub async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let known_path = NO_SCREENS.iter().any(|prefix| path.starts_with(prefix)) || path == "api";
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let code = if known_path { ErrorCode::NotFound } else { ErrorCode::MethodNotAllowed };
        return ApiError::new(
            code,
            domain::words!("There is nothing at /{} that takes {}.", path, request.method()),
            "See /api/openapi.json for what there is.",
        )
        .into_response();
    }
    if path != "index.html"
        && let Some(response) = file(&path, request.headers())
    {
        return response;
    }
    if known_path || path.rsplit('/').next().is_some_and(|last| last.contains('.')) {
        return ApiError::new(
            ErrorCode::NotFound,
            domain::words!("There is nothing at /{}.", path.chars().take(120).collect::<String>()),
            "See /api/openapi.json for what there is.",
        )
        .into_response();
    }
    screen()
}

/// The embedded file at `path`, in the smallest form that the browser takes; for pages whose headers
/// their own handler adds.
pub fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    if path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let plain = Files::get(path)?;
    let etag = etag(&plain);
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == etag.as_bytes())
    {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let (body, encoding) = smallest(path, plain, headers);
        let mut response = Body::from(body.data.into_owned()).into_response();
        if let Some(encoding) = encoding {
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    Some(response)
}

/// The text of an embedded file, for handlers that fill something in.
pub fn text(path: &str) -> Option<String> {
    let file = Files::get(path)?;
    String::from_utf8(file.data.into_owned()).ok()
}

/// `index.html` with a fresh nonce.
fn screen() -> Response {
    let Some(page) = text("index.html") else {
        return ApiError::internal(&"index.html is not in this build").into_response();
    };
    let nonce = STANDARD_NO_PAD.encode(rand::random::<[u8; 16]>());
    let page = page.replace(NONCE_SLOT, &format!("<meta name=\"csp-nonce\" content=\"{nonce}\""));
    let mut response = page.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(policy) = HeaderValue::from_str(&policy(&nonce)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// What a screen may load: its own files, its own styles, its own sockets.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; \
         media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
         frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

fn smallest(
    path: &str,
    plain: EmbeddedFile,
    headers: &HeaderMap,
) -> (EmbeddedFile, Option<&'static str>) {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let takes = |name: &str| {
        accepted.split(',').any(|item| {
            let mut parts = item.split(';').map(str::trim);
            parts.next() == Some(name) && parts.next() != Some("q=0")
        })
    };
    for (name, ending) in [("br", "br"), ("gzip", "gz")] {
        if takes(name)
            && let Some(packed) = Files::get(&format!("{path}.{ending}"))
        {
            return (packed, Some(name));
        }
    }
    (plain, None)
}

fn etag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    format!("\"{}\"", STANDARD_NO_PAD.encode(&hash[..12]))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}
