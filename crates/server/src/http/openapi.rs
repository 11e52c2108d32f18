//! The OpenAPI document, generated from the handlers and the wire types.

use api::{board, chat, desk, error, live, widget};
use utoipa::{
    OpenApi,
    openapi::{
        Content, OpenApi as Document, Ref, RefOr, Response, ResponseBuilder,
        path::{Operation, PathItem},
        security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        },
    },
};

/// Types that travel over sockets only, and so appear in no operation, and the document's frame.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Permanence",
        description = "The API of Permanence. Errors have the form of `ErrorBody`; instants are RFC 3339 in UTC; \
                       spans end in `_ms`; whatever can be changed carries a `version`."
    ),
    components(schemas(
        error::ErrorBody,
        live::LiveRequest,
        live::LiveMessage,
        board::BoardView,
        board::BoardDelta,
        board::MoveAgent,
        board::MoveDone,
        board::LeadSetsPresence,
        desk::DeskView,
        desk::DeskDelta,
        desk::SetPresence,
        desk::TransferRequest,
        desk::ConsultRequest,
        desk::TransferTargets,
        desk::FinishRequest,
        desk::DraftRequest,
        desk::ReadRequest,
        chat::MessageView,
        chat::AttachmentView,
        chat::SendMessage,
        widget::WidgetRequest,
        widget::WidgetMessage,
    ))
)]
struct Frame;

/// The document before the operations are added.
pub fn frame() -> Document {
    let mut document = Frame::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    document.info.license = None;
    document.info.contact = None;
    document
}

/// The whole document: operations, and what holds for all of them.
pub fn document() -> Document {
    complete(super::described().into_openapi())
}

/// Adds the answer that every operation may give, and how one proves who one is.
pub fn complete(mut document: Document) -> Document {
    for item in document.paths.paths.values_mut() {
        for operation in operations_mut(item) {
            operation
                .responses
                .responses
                .entry("default".to_owned())
                .or_insert_with(|| RefOr::T(error_response()));
        }
    }
    name_tokens(&mut document);
    let components = document.components.get_or_insert_default();
    components.security_schemes.insert(
        "session".to_owned(),
        RefOr::T(SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(super::session::COOKIE)))),
    );
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    let bearer = bearer.description(Some("The secret of an API token; see `POST /api/v1/tokens`."));
    let bearer = RefOr::T(SecurityScheme::Http(bearer.build()));
    components.security_schemes.insert("token".to_owned(), bearer);
    document
}

/// Says of the operations that take tokens what those must be for.
fn name_tokens(document: &mut Document) {
    for rule in super::access::TABLE {
        let Some(scope) = rule.token else { continue };
        let item = document.paths.paths.get_mut(rule.path);
        let operation = item.and_then(|item| match rule.method {
            "GET" => item.get.as_mut(),
            "POST" => item.post.as_mut(),
            "PUT" => item.put.as_mut(),
            "DELETE" => item.delete.as_mut(),
            _ => None,
        });
        if let Some(operation) = operation {
            operation.security = Some(vec![
                SecurityRequirement::new("session", Vec::<String>::new()),
                SecurityRequirement::new("token", [scope.name()]),
            ]);
        }
    }
}

/// The operations of a path.
fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
        &mut item.head,
        &mut item.options,
        &mut item.trace,
    ]
    .into_iter()
    .flatten()
}

/// The one form of an error.
fn error_response() -> Response {
    ResponseBuilder::new()
        .description("An error; the status is that of its code.")
        .content(
            "application/json",
            Content::new(Some(RefOr::Ref(Ref::from_schema_name("ErrorBody")))),
        )
        .build()
}
