//! The chat's doors: the widget's frame and socket, files, and the conversation at the desk.

use std::net::IpAddr;

use api::{
    chat::{AttachmentView, MessageView, SendMessage},
    error::ErrorCode,
    widget::UploadDone,
};
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State, ws::WebSocketUpgrade},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{ContactId, words};
use serde::Deserialize;
use store::{ClientScope, records::Widget};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    ChatError, FILE_MAX,
    socket::{MESSAGE_MAX, Session},
};
use crate::{
    App, desk,
    floor::FloorError,
    http::{
        assets,
        error::{ApiError, Result},
        extract::{Json, Path, Query},
        is_own_origin,
        limits::Address,
        session::Caller,
    },
};

/// The customers' endpoints.
pub fn public_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(frame))
        .routes(routes!(socket))
        .routes(routes!(file))
        .merge(super::demo_page::routes())
        .merge(OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::max(FILE_MAX)))
}

/// The desk's endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(messages, send)).merge(
        OpenApiRouter::new().routes(routes!(desk_file)).layer(DefaultBodyLimit::max(FILE_MAX)),
    )
}

/// Which widget.
#[derive(Debug, Deserialize, IntoParams)]
pub struct WidgetKey {
    /// The widget's public key.
    #[serde(default)]
    widget: String,
}

/// Which widget, and the file's name.
#[derive(Debug, Deserialize, IntoParams)]
pub struct UploadName {
    /// The widget's public key.
    #[serde(default)]
    widget: String,
    /// Name of the file.
    name: String,
}

/// Name of a file.
#[derive(Debug, Deserialize, IntoParams)]
pub struct FileName {
    /// Name of the file.
    name: String,
}

/// The page inside the widget's frame; only pages of the widget's addresses may embed it.
#[utoipa::path(get, path = "/widget/v1/frame.html", operation_id = "widget_frame", tag = "widget", params(WidgetKey), responses((status = 200, description = "A page", content_type = "text/html")))]
pub async fn frame(State(app): State<App>, Query(query): Query<WidgetKey>) -> Result<Response> {
    let widget = widget_of(&app, &query.widget).await?;
    let page = assets::text("widget/v1/frame.html").ok_or_else(|| {
        ApiError::unavailable("The chat is not part of this build of the server.")
    })?;
    let mut origins: Vec<&str> = widget.origins.iter().map(String::as_str).collect();
    origins.push("'self'");
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' \
         data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors {}",
        origins.join(" ")
    );
    let mut response = page.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let policy = HeaderValue::from_str(&policy).map_err(|error| ApiError::internal(&error))?;
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// The customer's socket; see the module `widget` of the API for its messages.
#[utoipa::path(get, path = "/widget/v1/socket", operation_id = "widget_socket", tag = "widget", params(WidgetKey), responses((status = 101, description = "Speaks `WidgetRequest` and `WidgetMessage`")))]
pub async fn socket(
    State(app): State<App>,
    Query(query): Query<WidgetKey>,
    Extension(Address(address)): Extension<Address>,
    headers: HeaderMap,
    upgrade: std::result::Result<
        WebSocketUpgrade,
        axum::extract::ws::rejection::WebSocketUpgradeRejection,
    >,
) -> Result<Response> {
    let upgrade = upgrade.map_err(|error| {
        ApiError::malformed(words!("{}", error.body_text()), "Open this address as a WebSocket.")
    })?;
    let widget = widget_of(&app, &query.widget).await?;
    if !origin_is_allowed(&app, &widget, &headers) {
        return Err(ApiError::new(
            ErrorCode::OriginNotAllowed,
            "This chat may not be opened from this page.",
            "Add the page's origin to the widget's addresses.",
        ));
    }
    let chat = app.chat.clone();
    let address: IpAddr = address;
    Ok(crate::http::sized(upgrade, MESSAGE_MAX).on_upgrade(move |socket| async move {
        Session::new(chat, widget, address, socket).run().await;
    }))
}

/// Takes a customer's file. The body is the file; the visitor's token stands in `authorization`.
#[utoipa::path(post, path = "/widget/v1/uploads", operation_id = "widget_upload", tag = "widget", params(UploadName), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, description = "Kept", body = UploadDone)))]
pub async fn upload(
    State(app): State<App>,
    Query(query): Query<UploadName>,
    headers: HeaderMap,
    body: std::result::Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<(StatusCode, Json<UploadDone>)> {
    let widget = widget_of(&app, &query.widget).await?;
    let now = app.clock.now();
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let visitor = app.chat.0.tokens.read(token, widget.id, now).ok_or_else(|| {
        ApiError::new(
            ErrorCode::SignInNeeded,
            "The visitor's token is missing, over, or another widget's.",
            "Open the chat again; it says hello and gets a new token.",
        )
    })?;
    let scope = ClientScope::of(widget.client);
    if app.chat.open_room_of(&scope, visitor.customer).await?.is_none() {
        return Err(ApiError::conflict(
            "no_conversation",
            "Files can be sent in a conversation only.",
            "Write a message first.",
        ));
    }
    app.chat.0.uploads.take(visitor.customer.uuid(), now).map_err(ChatError::TooOften)?;
    let body = body.map_err(|_| ChatError::File(super::FileError::TooLarge))?;
    let attachment = app.chat.keep_file(scope, &query.name, &body, true).await?;
    Ok((StatusCode::CREATED, Json(UploadDone { attachment })))
}

/// A file that was sent, to whoever has its address. Never shown inline unless it is a picture.
#[utoipa::path(get, path = "/widget/v1/files/{token}", operation_id = "widget_file", tag = "widget", params(("token" = String, Path)), responses((status = 200, description = "The file", content_type = "application/octet-stream")))]
pub async fn file(State(app): State<App>, Path(token): Path<String>) -> Result<Response> {
    let (client, id) = app
        .chat
        .0
        .tokens
        .read_file(&token, app.clock.now())
        .ok_or_else(|| ApiError::not_found("file"))?;
    let kept = app.store.view().attachment(&ClientScope::of(client), id).await?;
    let kept = kept.ok_or_else(|| ApiError::not_found("file"))?;
    let content = tokio::fs::read(app.chat.file_path(&kept.file)).await.map_err(|error| {
        tracing::error!(attachment.id = %kept.id, "a kept file cannot be read: {error}");
        ApiError::not_found("file")
    })?;
    let inline = kept.content_type.starts_with("image/");
    let name: String =
        kept.name.chars().map(|c| if c.is_ascii() && c != '"' { c } else { '_' }).collect();
    let kind = if inline { "inline" } else { "attachment" };
    let mut response = Body::from(content).into_response();
    let headers = response.headers_mut();
    let text = |text: &str| HeaderValue::from_str(text).map_err(|error| ApiError::internal(&error));
    headers.insert(header::CONTENT_TYPE, text(&kept.content_type)?);
    headers.insert(header::CONTENT_DISPOSITION, text(&format!("{kind}; filename=\"{name}\""))?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    Ok(response)
}

/// Everything said in the conversation of a contact that is at the own desk.
#[utoipa::path(get, path = "/api/v1/desk/contacts/{contact}/messages", operation_id = "desk_messages", tag = "desk", params(("contact" = Uuid, Path)), responses((status = 200, description = "Oldest first", body = Vec<MessageView>)))]
pub async fn messages(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
) -> Result<Json<Vec<MessageView>>> {
    let contact = ContactId::from_uuid(contact);
    desk::must_hold(&app, caller.desk()?, contact).await?;
    Ok(Json(app.chat.room_of(contact)?.messages()))
}

/// Writes to the customer, or a note to colleagues.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/messages", operation_id = "desk_send", tag = "desk", params(("contact" = Uuid, Path)), request_body = SendMessage, responses((status = 200, description = "Kept", body = MessageView)))]
pub async fn send(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
    Json(body): Json<SendMessage>,
) -> Result<Json<MessageView>> {
    let agent = caller.desk()?;
    let contact = ContactId::from_uuid(contact);
    let note = body.note;
    if note {
        desk::must_hold(&app, agent, contact).await?;
    } else {
        desk::must_speak(&app, agent, contact).await?;
    }
    Ok(Json(app.chat.say_as_agent(contact, agent, body).await?))
}

/// Takes an agent's file for a conversation at the own desk. The body is the file.
#[utoipa::path(post, path = "/api/v1/desk/contacts/{contact}/files", operation_id = "desk_file", tag = "desk", params(("contact" = Uuid, Path), FileName), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, description = "Kept", body = AttachmentView)))]
pub async fn desk_file(
    State(app): State<App>,
    caller: Caller,
    Path(contact): Path<Uuid>,
    Query(query): Query<FileName>,
    body: std::result::Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<(StatusCode, Json<AttachmentView>)> {
    let contact = ContactId::from_uuid(contact);
    desk::must_speak(&app, caller.desk()?, contact).await?;
    let room = app.chat.room_of(contact)?;
    let body = body.map_err(|_| ChatError::File(super::FileError::TooLarge))?;
    let kept = app.chat.keep_file(room.scope(), &query.name, &body, false).await?;
    Ok((StatusCode::CREATED, Json(kept)))
}

async fn widget_of(app: &App, key: &str) -> Result<Widget> {
    let widget = app.store.view().widget_by_key(key).await?;
    widget.ok_or_else(|| {
        ApiError::new(
            ErrorCode::NotFound,
            "There is no widget with this key.",
            "Copy the widget's snippet again from its client's page.",
        )
    })
}

/// The frame's own page, or an address of the widget. A program that is no browser sends none.
fn origin_is_allowed(app: &App, widget: &Widget, headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    is_own_origin(app, headers)
        || widget.origins.iter().any(|allowed| Some(allowed.as_str()) == origin)
}

impl From<ChatError> for ApiError {
    fn from(error: ChatError) -> Self {
        let text = words!("{}", error);
        let reason = chat_reason(&error);
        match error {
            ChatError::Unknown | ChatError::NoFile => Self::not_found("conversation or file"),
            ChatError::Over | ChatError::NotInService => {
                Self::conflict(reason, text, "Look again: the conversation has moved on.")
            }
            ChatError::Empty | ChatError::UnknownQueue | ChatError::IdentityNeeded => {
                Self::malformed(text, "Correct it and send it again.").because(reason)
            }
            ChatError::TooLong | ChatError::File(super::FileError::TooLarge) => {
                Self::new(ErrorCode::TooLarge, text, "Send less at once.").because(reason)
            }
            ChatError::TooOften(after) => Self {
                retry_after: Some(after),
                ..Self::new(ErrorCode::TooManyRequests, text, "Wait as long as `Retry-After` says.")
            },
            ChatError::Email(error) => {
                Self::malformed(words!("{}", error), "Correct the address.").because(reason)
            }
            ChatError::File(_) => Self::new(
                ErrorCode::UnsupportedType,
                text,
                "Send a picture, a PDF, a text or an office document.",
            )
            .because(reason),
            ChatError::Floor(error) => error.into(),
            ChatError::Store(error) => error.into(),
            ChatError::Io(error) => Self::internal(&error),
        }
    }
}

impl From<FloorError> for ApiError {
    fn from(error: FloorError) -> Self {
        use routing::InputError as I;
        match error {
            FloorError::Refused(refused) => {
                let text = words!("{}", refused);
                let reason = refusal(&refused);
                match refused {
                    I::ContactGone(_)
                    | I::UnknownAgent(_)
                    | I::UnknownClient(_)
                    | I::UnknownQueue(_)
                    | I::UnknownPool(_)
                    | I::NotOnContact { .. } => {
                        Self { message: text.text, ..Self::not_found("contact").because(reason) }
                    }
                    I::Limit { .. } => Self::unavailable(text).because(reason),
                    _ => Self::conflict(
                        reason,
                        text,
                        "Look at the desk or the board: things have moved on.",
                    ),
                }
            }
            FloorError::Unavailable(why) => {
                Self::unavailable(words!("The floor is not available: {}.", why))
            }
            FloorError::Configuration(why) => Self::internal(&why),
        }
    }
}

/// The finer code of what the chat did not take.
const fn chat_reason(error: &ChatError) -> &'static str {
    match error {
        ChatError::Over => "conversation_over",
        ChatError::NotInService => "chat_not_in_service",
        ChatError::Empty => "message_empty",
        ChatError::UnknownQueue => "unknown_subject",
        ChatError::IdentityNeeded => "identity_needed",
        ChatError::TooLong => "message_too_long",
        ChatError::File(super::FileError::TooLarge) => "file_too_large",
        ChatError::File(_) => "file_type",
        ChatError::Email(_) => "bad_email",
        // These have words by their code alone.
        ChatError::Unknown | ChatError::NoFile => "not_found",
        ChatError::TooOften(_) => "too_many_requests",
        ChatError::Floor(_) | ChatError::Store(_) => "unavailable",
        ChatError::Io(_) => "internal",
    }
}

/// The finer code of what the floor refused.
const fn refusal(error: &routing::InputError) -> &'static str {
    use routing::InputError as I;
    match error {
        I::UnknownAgent(_) => "unknown_agent",
        I::UnknownClient(_) => "unknown_client",
        I::UnknownQueue(_) => "unknown_queue",
        I::UnknownPool(_) => "unknown_pool",
        I::ContactGone(_) => "contact_gone",
        I::ContactKnown(_) => "contact_known",
        I::NotOffered { .. } => "not_offered",
        I::NotOnContact { .. } => "not_on_contact",
        I::SignedOut(_) => "signed_out",
        I::AlreadySignedIn(_) => "already_signed_in",
        I::StillSignedIn(_) => "still_signed_in",
        I::WrongState { .. } => "wrong_state",
        I::ChannelClosed { .. } => "channel_closed",
        I::NotEligible { .. } => "not_eligible",
        I::NotACall(_) => "not_a_call",
        I::NoExtensionLeft => "no_extension_left",
        I::ReservedPresence(..) => "reserved_presence",
        I::Limit { .. } => "floor_limit",
        I::BadRules { .. } | I::BadFloor(_) => "bad_rules",
    }
}
