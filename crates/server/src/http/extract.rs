//! Extractors whose refusals speak our errors.

use api::error::ErrorCode;
use axum::{
    body::{Body, Bytes},
    extract::{
        FromRequest, FromRequestParts, Request,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};

use super::error::ApiError;

/// A JSON body, read or written.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

/// Parameters in the path.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

/// Parameters after the question mark.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let read = Request::from_parts(parts.clone(), body);
        let bytes = Bytes::from_request(read, state).await.map_err(|refusal| {
            if refusal.status() == StatusCode::PAYLOAD_TOO_LARGE {
                too_large()
            } else {
                ApiError::malformed("The body did not arrive whole.", "Send it again.")
            }
        })?;
        if holds_nul(&bytes) {
            return Err(unkept_sign());
        }
        let request = Request::from_parts(parts, Body::from(bytes));
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(refusal) => Err(json_error(&refusal)),
        }
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => Err(ApiError::malformed(
                "An id in the path cannot be read.",
                "Ids are UUIDs such as 0190b3c4-5d6e-7f80-9a0b-1c2d3e4f5061.",
            )),
            Err(other) => Err(ApiError::internal(&other)),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(unkept_sign());
        }
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(QueryRejection::FailedToDeserializeQueryString(fault)) => Err(ApiError::malformed(
                domain::words!("A parameter cannot be read: {}", short(&fault.body_text())),
                "See /api/openapi.json for the parameters and their types.",
            )),
            Err(other) => Err(ApiError::malformed(
                domain::words!("{}", short(&other.body_text())),
                "Correct the address.",
            )),
        }
    }
}

/// Says of a refused body what is wrong and where.
fn json_error(refusal: &JsonRejection) -> ApiError {
    match refusal {
        JsonRejection::JsonDataError(fault) => ApiError::malformed(
            domain::words!(
                "The body does not have the expected form: {}",
                short(&fault.body_text())
            ),
            "Correct that field; /api/openapi.json has the form.",
        ),
        JsonRejection::JsonSyntaxError(fault) => ApiError::malformed(
            domain::words!("The body is not JSON: {}", short(&fault.body_text())),
            "Send well-formed JSON.",
        ),
        JsonRejection::MissingJsonContentType(_) => ApiError::new(
            ErrorCode::UnsupportedType,
            "The body has no `content-type: application/json`.",
            "Send JSON with that header.",
        ),
        other => ApiError::malformed(
            domain::words!("The body could not be read: {}", short(&other.body_text())),
            "Send it again.",
        ),
    }
}

fn too_large() -> ApiError {
    ApiError::new(
        ErrorCode::TooLarge,
        "The body is larger than this server takes.",
        "Send less at once.",
    )
}

fn unkept_sign() -> ApiError {
    ApiError::malformed(
        "A text holds the sign U+0000, which no database keeps.",
        "Leave that sign out.",
    )
}

/// Whether JSON text holds U+0000, written out or as the escape `\u0000`.
fn holds_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, 0 | b'\\')) {
        match rest.get(at..) {
            Some([0, ..]) => return true,
            Some([b'\\', b'u', b'0', b'0', b'0', b'0', ..]) => return true,
            // Whatever is escaped is skipped, a second backslash above all.
            _ => rest = rest.get(at + 2..).unwrap_or_default(),
        }
    }
    false
}

/// The reader's own words, without the library's preamble, at most 300 characters.
fn short(text: &str) -> String {
    let text = text.rsplit_once("target type: ").map_or(text, |(_, rest)| rest);
    let text = text.strip_prefix("Failed to parse the request body as JSON: ").unwrap_or(text);
    let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(text);
    text.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::holds_nul;

    #[test]
    fn a_nul_is_found_however_it_is_written() {
        for (json, holds) in [
            (r#"{"a":"b"}"#, false),
            (r#"{"a":"\u0000"}"#, true),
            (r#"{"a":"\\u0000"}"#, false),
            (r#"{"a":"\\\u0000"}"#, true),
            (r#"{"a":"\u00001"}"#, true),
            ("{\"a\":\"\0\"}", true),
            (r#"{"a":"\u0001 \n"}"#, false),
            ("\\", false),
        ] {
            assert_eq!(holds_nul(json.as_bytes()), holds, "{json}");
        }
    }
}
