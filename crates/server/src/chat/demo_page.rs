//! A page of a client's own site, for trying its chat before it is on the real one.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::ClientId;
use store::ClientScope;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    http::{
        assets,
        error::{ApiError, Result},
        extract::Path,
    },
};

/// Where the page takes the widget's script.
const SLOT: &str = "<script type=\"text/plain\" data-slot=\"widget\"></script>";

/// Languages of the page.
const LANGUAGES: [&str; 3] = ["en", "fr", "ru"];

/// The endpoint.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(demo_page))
}

/// A test page with the client's first widget on it.
#[utoipa::path(get, path = "/demo/{client}", operation_id = "demo_page", tag = "widget", params(("client" = Uuid, Path)), responses((status = 200, description = "A page", content_type = "text/html")))]
pub async fn demo_page(
    State(app): State<App>,
    Path(client): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Response> {
    let scope = ClientScope::of(ClientId::from_uuid(client));
    let mut records = app.store.view();
    let client = records.client(&scope).await?.ok_or_else(|| ApiError::not_found("client"))?;
    let widgets = records.widgets(&scope).await?;
    let widget = widgets.first().ok_or_else(|| ApiError::not_found("widget of this client"))?;
    let page = assets::text("widget/v1/demo.html").ok_or_else(|| {
        ApiError::unavailable("The chat is not part of this build of the server.")
    })?;
    let language = language_of(&headers);
    let page = page
        .replacen("<html lang=\"en\">", &format!("<html lang=\"{language}\">"), 1)
        .replace("{{client}}", &escaped(&client.name))
        .replace("{{initials}}", &escaped(&client.initials))
        .replace(
            SLOT,
            &format!(
                "<script async src=\"/widget/v1/loader.js\" data-widget=\"{}\"></script>",
                escaped(&widget.key)
            ),
        );
    let mut response = page.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
             frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    );
    Ok(response)
}

/// The first language of the reader that the page has; English otherwise.
fn language_of(headers: &HeaderMap) -> &'static str {
    let wanted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    wanted
        .split(',')
        .find_map(|tag| {
            let tag = tag.trim().to_ascii_lowercase();
            LANGUAGES.into_iter().find(|language| tag.starts_with(language))
        })
        .unwrap_or("en")
}

/// Text made harmless inside HTML.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_become_markup() {
        assert_eq!(
            escaped("<b>Dupont & \"Fils\"'s</b>"),
            "&lt;b&gt;Dupont &amp; &quot;Fils&quot;&#39;s&lt;/b&gt;"
        );
    }

    #[test]
    fn the_page_speaks_the_first_language_it_has() {
        for (header, want) in [("de-DE,fr;q=0.8,en", "fr"), ("ru", "ru"), ("de", "en"), ("", "en")]
        {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(header));
            assert_eq!(language_of(&headers), want, "{header}");
        }
    }
}
