//! Errors on the wire: a stable code, what happened, what to do next, and the request's id.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body of every answer with a status of 400 or more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// Stable; programs branch on it.
    pub code: ErrorCode,
    /// What happened, to what.
    pub message: String,
    /// What to do next.
    pub next: String,
    /// Names this request in the log.
    pub request_id: String,
    /// A finer stable code of what happened, where `code` alone does not name the sentence:
    /// `offer_not_answered`. Screens that have words for it say them in their reader's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What `message` and then `next` filled in, for saying them in another language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Every fault of a body that did not validate; empty otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultView>,
}

/// One fault of what was handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FaultView {
    /// Where, as a path into the body.
    pub field: String,
    /// Stable code of the fault.
    pub code: String,
    /// What is wrong, with the value found.
    pub message: String,
    /// What would be accepted.
    pub next: String,
    /// What `message` and then `next` filled in, for saying them in another language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
}

/// Stable codes. New ones are added; none changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 400: the body or a parameter cannot be read.
    Malformed,
    /// 401: not signed in, or the session has ended.
    SignInNeeded,
    /// 401: name or password is wrong.
    WrongCredentials,
    /// 403: the role does not permit it.
    Forbidden,
    /// 403: the CSRF token is missing or wrong.
    CsrfMismatch,
    /// 403: the page's origin is not allowed for this widget.
    OriginNotAllowed,
    /// 404: there is none, or not for you.
    NotFound,
    /// 405: the path exists, the method does not.
    MethodNotAllowed,
    /// 409: it has changed, or is not in a state for this.
    Conflict,
    /// 413: too large.
    TooLarge,
    /// 415: this type of content is not taken.
    UnsupportedType,
    /// 416: the part that was asked for begins after the end; `Content-Range` says how long the whole is.
    RangeBeyondEnd,
    /// 422: readable, but with faults; see `faults`.
    Invalid,
    /// 429: too often; `Retry-After` says when.
    TooManyRequests,
    /// 500: our fault; the request id names it in the log.
    Internal,
    /// 503: the store or the floor is not available; try again.
    Unavailable,
}

impl From<domain::Fault> for FaultView {
    fn from(fault: domain::Fault) -> Self {
        let domain::Fault { field, code, message, next, args } = fault;
        Self { field, code, message, next, args }
    }
}
