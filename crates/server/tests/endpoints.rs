//! Every endpoint that the OpenAPI document lists, tried as nobody, in the wrong role, as the wrong
//! client, from another site and with bodies that are none. An endpoint that a table here or in the
//! server does not know fails the test.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

mod house;

use api::role::Role;
use house::{Answer, House, Person};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use server::http::access::{self, Scope, Who};
use testkit::both_engines;
use uuid::Uuid;

both_engines!(open;
    nobody_and_no_wrong_role_gets_anywhere,
    a_clients_people_never_see_another_client,
    a_change_needs_the_sessions_own_token_and_page,
    what_cannot_be_read_is_refused_in_words,
);

async fn open(url: String) -> House {
    House::open(&url).await
}

/// An operation of the document.
struct Operation {
    method: Method,
    template: String,
    takes_json: bool,
    takes_body: bool,
}

fn operations() -> Vec<Operation> {
    let document: Value =
        serde_json::from_str(&server::http::openapi::document().to_json().unwrap()).unwrap();
    let mut all = Vec::new();
    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let body = &operation["requestBody"]["content"];
            all.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                template: template.clone(),
                takes_json: body["application/json"].is_object(),
                takes_body: body.is_object(),
            });
        }
    }
    assert!(all.len() > 80, "the document lists only {} operations", all.len());
    all
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// The path with the first client where a client is asked, and ids of nothing elsewhere.
    fn path(&self, client: Uuid) -> String {
        let mut path = String::new();
        for (i, part) in self.template.split(['{', '}']).enumerate() {
            path += &match (i % 2, part) {
                (0, text) => text.to_owned(),
                (_, "client") => client.to_string(),
                (_, "version") => "1".to_owned(),
                _ => Uuid::from_u128(0x404).to_string(),
            };
        }
        path
    }

    fn changes(&self) -> bool {
        self.method != Method::GET
    }
}

#[test]
fn the_table_of_access_and_the_document_list_the_same_operations() {
    let listed = operations();
    for operation in &listed {
        let rule = access::rule(operation.method.as_str(), &operation.template);
        assert!(rule.is_some(), "{} is missing from access::TABLE", operation.name());
    }
    for rule in access::TABLE {
        let known =
            listed.iter().any(|o| o.method.as_str() == rule.method && o.template == rule.path);
        assert!(known, "{} {} of access::TABLE does not exist", rule.method, rule.path);
        let twice = access::TABLE.iter().filter(|r| (r.method, r.path) == (rule.method, rule.path));
        assert_eq!(twice.count(), 1, "{} {} is in the table twice", rule.method, rule.path);
    }
}

fn assert_not_our_fault(operation: &Operation, who: &str, answer: &Answer) {
    // Without `web/dist` the pages of the chat say that they are not there, and nothing else does.
    let unbuilt = answer.text.contains("not part of this build")
        && (operation.template == "/demo/{client}" || operation.template.starts_with("/widget/"));
    assert!(
        !answer.status.is_server_error() || unbuilt,
        "{} as {who}: {} {}",
        operation.name(),
        answer.status,
        answer.text
    );
}

async fn nobody_and_no_wrong_role_gets_anywhere(house: House) {
    let empty = json!({});
    for operation in operations() {
        let (name, path) = (operation.name(), operation.path(house.first));
        let rule = access::rule(operation.method.as_str(), &operation.template).unwrap();
        let body = operation.takes_json.then_some(&empty);

        let answer = house.call(operation.method.clone(), &path, None, body).await;
        assert_not_our_fault(&operation, "nobody", &answer);
        if rule.who == Who::Public {
            assert_ne!(answer.code(), "sign_in_needed", "{name} is public");
        } else {
            assert_eq!(
                answer.status,
                StatusCode::UNAUTHORIZED,
                "{name} as nobody: {}",
                answer.text
            );
            assert_eq!(answer.code(), "sign_in_needed", "{name}");
            answer.assert_error(&name);
        }

        for role in Role::ALL {
            let allowed = match rule.who {
                Who::Public => continue,
                Who::SignedIn => true,
                Who::Roles(roles) => roles.contains(&role),
            };
            // Whoever may sign out does so in a session of its own.
            let who = match operation.template.as_str() {
                "/api/v1/session" if operation.method == Method::DELETE => {
                    house.sign_in(&house.person(role).login).await
                }
                _ => house.person(role).clone(),
            };
            let answer = house.ask(operation.method.clone(), &path, &who, body).await;
            assert_not_our_fault(&operation, role.name(), &answer);
            assert_ne!(answer.status, StatusCode::UNAUTHORIZED, "{name} as {}", role.name());
            let has_no_desk =
                rule.scope == Scope::OwnAgent && !matches!(role, Role::Agent | Role::Administrator);
            if allowed && !has_no_desk {
                let own = answer.code() == "forbidden" || answer.code() == "csrf_mismatch";
                assert!(!own, "{name} as {}: {}", role.name(), answer.text);
            } else {
                assert_eq!(
                    answer.status,
                    StatusCode::FORBIDDEN,
                    "{name} as {}: {}",
                    role.name(),
                    answer.text
                );
                assert_eq!(answer.code(), "forbidden", "{name} as {}", role.name());
                answer.assert_error(&name);
            }
        }
    }
    house.close().await.unwrap();
}

/// How an operation that a client's people may call is tried as the wrong client. Nothing of the
/// first client may be in the answer.
fn as_wrong_client(operation: &Operation, first: Uuid) -> String {
    let day = "from=2026-11-22T00:00:00Z&until=2026-11-23T00:00:00Z";
    match operation.template.as_str() {
        "/api/v1/reports/intervals" => format!("/api/v1/reports/intervals?client={first}&{day}"),
        "/api/v1/reports/contacts" => format!("/api/v1/reports/contacts?client={first}"),
        "/api/v1/left-messages" => format!("/api/v1/left-messages?client={first}"),
        "/api/v1/contacts/{contact}" => format!("/api/v1/contacts/{}", Uuid::from_u128(0x404)),
        "/api/v1/recordings/{recording}/audio"
        | "/api/v1/recordings/{recording}/peaks"
        | "/api/v1/left-messages/{client}/{message}/audio" => operation.path(first),
        theirs if theirs.starts_with("/api/v1/clients/{client}/") => operation.path(first),
        other => {
            panic!("{other} is open to a client's people: say here how to try the wrong client")
        }
    }
}

async fn a_clients_people_never_see_another_client(house: House) {
    let manager = house.hire("their.manager", Role::ClientManager, Some(house.second)).await;
    for operation in operations() {
        let rule = access::rule(operation.method.as_str(), &operation.template).unwrap();
        let Who::Roles(roles) = rule.who else { continue };
        if !roles.iter().any(|role| role.is_client()) {
            continue;
        }
        assert_eq!(rule.scope, Scope::OwnClient, "{}", operation.name());
        let path = as_wrong_client(&operation, house.first);
        let stranger = match rule.who {
            Who::Roles(roles) if !roles.contains(&Role::ClientReader) => &manager,
            _ => &house.stranger,
        };
        let answer = house.ask(operation.method.clone(), &path, stranger, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text);
        answer.assert_error(&path);
        assert!(!answer.text.contains("Northwind"), "{path}: {}", answer.text);
    }
    // Without a client, they get their own only.
    let day = "from=2026-11-22T00:00:00Z&until=2026-11-23T00:00:00Z";
    let path = format!("/api/v1/reports/intervals?{day}");
    let own = house.ask(Method::GET, &path, &house.stranger, None).await.expect(200);
    assert_eq!(own["zone"], "America/New_York");
    house.close().await.unwrap();
}

async fn a_change_needs_the_sessions_own_token_and_page(house: House) {
    let admin = house.person(Role::Administrator);
    let forged = Person { csrf: house.person(Role::Planner).csrf.clone(), ..admin.clone() };
    for operation in operations() {
        let rule = access::rule(operation.method.as_str(), &operation.template).unwrap();
        let path = operation.path(house.first);
        let empty = json!({});
        let body = operation.takes_json.then_some(&empty);
        if !operation.changes() || !operation.template.starts_with("/api/") {
            continue;
        }
        if rule.who != Who::Public {
            let answer = house.ask(operation.method.clone(), &path, &forged, body).await;
            assert_eq!(answer.code(), "csrf_mismatch", "{}: {}", operation.name(), answer.text);
            answer.assert_error(&operation.name());
        }
        for (header, value) in [
            (header::ORIGIN.as_str(), "https://elsewhere.example"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let request = house
                .request(operation.method.clone(), &path, Some(admin))
                .header(header, value)
                .json(&json!({}));
            let answer = house.send(request).await;
            assert_eq!(answer.code(), "csrf_mismatch", "{}: {}", operation.name(), answer.text);
        }
    }
    house.close().await.unwrap();
}

async fn what_cannot_be_read_is_refused_in_words(house: House) {
    let admin = house.person(Role::Administrator);
    // Whoever may ask: the administrator, but for what only a client does.
    let asker = |operation: &Operation| {
        let rule = access::rule(operation.method.as_str(), &operation.template).unwrap();
        match rule.who {
            Who::Roles(roles) if !roles.contains(&Role::Administrator) => house.person(roles[0]),
            _ => admin,
        }
    };
    for operation in operations().into_iter().filter(|operation| operation.takes_body) {
        let path = operation.path(house.first);
        // A staffing of many weeks is sent in one piece.
        let most = match operation.template.as_str() {
            "/api/v1/planning/staffing" => 2 * 1024 * 1024,
            _ => 262_144,
        };
        let large = format!("{{\"name\": \"{}\"}}", "x".repeat(most + 40_000));
        for (kind, body) in [
            ("application/json", "{\"name\": "),
            ("application/json", "[[]]"),
            ("application/json", "null"),
            ("application/json", "\"words\""),
            ("application/json", ""),
            ("text/plain", "{}"),
            ("application/json", large.as_str()),
        ] {
            let about = format!("{} with {kind} {:.20}", operation.name(), body);
            let request = house
                .request(operation.method.clone(), &path, Some(asker(&operation)))
                .header(header::CONTENT_TYPE, kind)
                .body(body.to_owned());
            let answer = house.send(request).await;
            answer.assert_error(&about);
            if !operation.takes_json {
                continue;
            }
            let expected = match kind {
                "text/plain" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                _ if body.len() > most => StatusCode::PAYLOAD_TOO_LARGE,
                _ => StatusCode::BAD_REQUEST,
            };
            assert_eq!(answer.status, expected, "{about}: {}", answer.text);
        }
    }
    for path in [
        "/api/v1/clients?q=%00",
        "/api/v1/clients/not-an-id",
        "/api/v1/clients?limit=many",
        "/api/v1/clients?cursor=§",
    ] {
        let answer = house.ask(Method::GET, path, admin, None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.text);
        answer.assert_error(path);
    }
    for (method, path, status) in [
        (Method::GET, "/api/v1/nothing", StatusCode::NOT_FOUND),
        (Method::POST, "/api/v1/nothing", StatusCode::NOT_FOUND),
        (Method::PATCH, "/api/v1/clients", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/assets/none-0000.js", StatusCode::NOT_FOUND),
    ] {
        let answer = house.ask(method, path, admin, None).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        answer.assert_error(path);
    }
    house.close().await.unwrap();
}
