//! Errors as HTTP answers: one table from code to status, one shape of body for all of them.
//!
//! A handler returns an [`ApiError`]; whatever else answers with a status of 400 or more (the
//! router's own 404 and 405, a limit, a panic) is given the same shape by [`finish`].

use std::time::Duration;

use api::error::{ErrorBody, ErrorCode, FaultView};
use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{Words, words};

use super::limits::RequestId;

/// What a handler returns.
pub type Result<T, E = ApiError> = std::result::Result<T, E>;

/// An error on its way out; the request's id is added at the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// Stable code.
    pub code: ErrorCode,
    /// What happened, to what.
    pub message: String,
    /// What to do next.
    pub next: String,
    /// By what screens find the two sentences in their reader's language. Boxed, since most results
    /// are no errors.
    pub said: Box<Said>,
    /// Every fault of what was handed in.
    pub faults: Vec<FaultView>,
    /// When it may be tried again.
    pub retry_after: Option<Duration>,
    /// Bytes of the whole, of which a part beyond the end was asked for.
    pub whole_bytes: Option<u64>,
}

/// What is needed to say an error in another language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The finer code of the sentences, where the error's code does not name them.
    pub reason: Option<&'static str>,
    /// What they filled in.
    pub args: Vec<String>,
}

impl ApiError {
    /// An error of that code. Screens say it in the words they have for the code; one that needs
    /// words of its own is told by [`Self::because`].
    pub fn new(code: ErrorCode, message: impl Into<Words>, next: impl Into<Words>) -> Self {
        let (message, next) = (message.into(), next.into());
        Self {
            code,
            message: message.text,
            next: next.text,
            said: Box::new(Said { reason: None, args: [message.args, next.args].concat() }),
            faults: Vec::new(),
            retry_after: None,
            whole_bytes: None,
        }
    }

    /// Names the two sentences, so that they are said in the reader's language.
    #[must_use]
    pub fn because(mut self, reason: &'static str) -> Self {
        self.said.reason = Some(reason);
        self
    }

    /// 400: what was sent cannot be read.
    pub fn malformed(message: impl Into<Words>, next: impl Into<Words>) -> Self {
        Self::new(ErrorCode::Malformed, message, next)
    }

    /// 404: there is none, or not for whoever asks.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            ErrorCode::NotFound,
            words!("There is no such {}, or it is not yours to see.", what),
            "Go back to the list and choose one that is shown there.",
        )
    }

    /// 409: it has changed meanwhile, or is not in a state for this; `reason` names which.
    pub fn conflict(
        reason: &'static str,
        message: impl Into<Words>,
        next: impl Into<Words>,
    ) -> Self {
        Self::new(ErrorCode::Conflict, message, next).because(reason)
    }

    /// 416: a part was asked for that begins after the end of what has `whole` bytes.
    pub fn beyond_end(whole: u64) -> Self {
        Self {
            whole_bytes: Some(whole),
            ..Self::new(
                ErrorCode::RangeBeyondEnd,
                words!("The part begins after the end: the whole has {} bytes.", whole),
                "Ask for a part within it, or for the whole.",
            )
        }
    }

    /// 422: readable, but with faults.
    pub fn invalid(what: &str, faults: Vec<FaultView>) -> Self {
        let count = faults.len();
        let s = if count == 1 { "" } else { "s" };
        Self {
            faults,
            ..Self::new(
                ErrorCode::Invalid,
                words!("The {} has {} fault{}.", what, count, s),
                "Correct each field named in `faults` and send it again.",
            )
        }
    }

    /// 422 with one fault.
    pub fn fault(
        what: &str,
        field: &str,
        code: &str,
        message: impl Into<Words>,
        next: impl Into<Words>,
    ) -> Self {
        Self::invalid(what, vec![domain::Fault::new(field, code, message, next).into()])
    }

    /// 403: the role does not permit it; `reason` names why.
    pub fn forbidden(reason: &'static str, message: impl Into<Words>) -> Self {
        Self::new(
            ErrorCode::Forbidden,
            message,
            "Ask an administrator of the provider for the right to do this.",
        )
        .because(reason)
    }

    /// 503: the store or the floor is not available.
    pub fn unavailable(message: impl Into<Words>) -> Self {
        Self {
            retry_after: Some(Duration::from_secs(2)),
            ..Self::new(
                ErrorCode::Unavailable,
                message,
                "Nothing was changed. Try again in a few seconds.",
            )
        }
    }

    /// 500: our fault. The cause goes to the log, never to whoever asked.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(cause = %cause, "a request failed for a reason of ours");
        Self::new(
            ErrorCode::Internal,
            "The server failed to do this.",
            "Try again; if it stays, tell the operator the request id.",
        )
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.message, self.next)
    }
}

impl std::error::Error for ApiError {}

/// The status of each code: the one table.
pub const fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::Malformed => StatusCode::BAD_REQUEST,
        ErrorCode::SignInNeeded | ErrorCode::WrongCredentials => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden | ErrorCode::CsrfMismatch | ErrorCode::OriginNotAllowed => {
            StatusCode::FORBIDDEN
        }
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::Conflict => StatusCode::CONFLICT,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::RangeBeyondEnd => StatusCode::RANGE_NOT_SATISFIABLE,
        ErrorCode::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl IntoResponse for ApiError {
    /// An empty answer that carries the error to [`finish`], which knows the request's id.
    fn into_response(self) -> Response {
        let mut response = status(self.code).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives every answer its request id, and every error the one shape.
pub async fn finish(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        response = body_of(error, &id);
    } else if response.status().is_client_error() || response.status().is_server_error() {
        let json = response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        if !json {
            response = body_of(named(response.status(), &method, &path), &id);
        }
    }
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// The answer with the error as its body.
fn body_of(error: ApiError, id: &RequestId) -> Response {
    let body = ErrorBody {
        code: error.code,
        message: error.message,
        next: error.next,
        request_id: id.as_str().to_owned(),
        reason: error.said.reason.map(str::to_owned),
        args: error.said.args,
        faults: error.faults,
    };
    let mut response = (status(error.code), Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(after) = error.retry_after {
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    if let Some(whole) = error.whole_bytes
        && let Ok(of) = HeaderValue::from_str(&format!("bytes */{whole}"))
    {
        // RFC 9110 section 15.5.17.
        response.headers_mut().insert(header::CONTENT_RANGE, of);
    }
    response
}

/// Words for a status that came without any.
fn named(status: StatusCode, method: &axum::http::Method, path: &str) -> ApiError {
    let path: String = path.chars().take(120).collect();
    match status {
        StatusCode::NOT_FOUND => ApiError::new(
            ErrorCode::NotFound,
            words!("There is nothing at {}.", path),
            "See /api/openapi.json for what there is.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => ApiError::new(
            ErrorCode::MethodNotAllowed,
            words!("{} does not take {}.", path, method),
            "See /api/openapi.json for the methods of each path.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(
            ErrorCode::TooLarge,
            "The body is larger than this server takes.",
            "Send less at once.",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::new(
            ErrorCode::UnsupportedType,
            "This type of content is not taken here.",
            "Send application/json.",
        ),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => {
            ApiError::unavailable("The server did not get to this in time.")
        }
        status if status.is_client_error() => ApiError::malformed(
            words!("The request to {} cannot be read ({}).", path, status),
            "See /api/openapi.json for what is expected.",
        ),
        status => ApiError::internal(&format!("{method} {path} answered {status} without a word")),
    }
}

impl From<store::StoreError> for ApiError {
    /// What a failure of the store means to whoever asked.
    fn from(error: store::StoreError) -> Self {
        use store::StoreError as E;
        match error {
            E::Unavailable(_) | E::Full(_) | E::Busy(_) | E::Stopping => {
                tracing::warn!(%error, "the store did not do what was asked");
                Self::unavailable(words!("{}", capital(&error.to_string())))
            }
            E::Conflict { constraint } => taken(&constraint),
            E::MissingReference { .. } => Self::fault(
                "change",
                "",
                "reference",
                "It refers to something that does not exist, or something still refers to it.",
                "Reload the page: somebody may have removed what you chose.",
            ),
            E::Stale { what } => Self::conflict(
                "changed_meanwhile",
                words!("{} was changed by somebody else meanwhile.", capital(what)),
                "Load it again and repeat your change.",
            ),
            E::Refused { .. } | E::Migration { .. } | E::Corrupt { .. } | E::Query(_) => {
                Self::internal(&Chain(&error))
            }
        }
    }
}

/// An error with everything that caused it, for the log.
struct Chain<'e>(&'e dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// The field whose value must be unique and is taken.
fn taken(constraint: &str) -> ApiError {
    let field = match constraint {
        "app_user_login" => "login",
        "app_user_agent_id" => "agent",
        "canned_answer_client_id_shortcut_language" => "shortcut",
        _ => "name",
    };
    ApiError::fault(
        "change",
        field,
        "taken",
        "This value is taken; it must be unique.",
        "Choose another.",
    )
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
