//! Every endpoint that the OpenAPI document lists, tried as nobody, in the wrong role, as the wrong
//! client, from another site and with bodies that are none. An endpoint that a table here or in the
//! server does not know fails the test.

use crate::house::{self, Answer, House, Person};
use api::{admin::tokens::TokenScope, role::Role};
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
    a_token_does_what_it_is_for_and_no_more,
    a_token_is_void_once_it_is_revoked_or_over_or_its_owner_may_less,
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
        "/api/v1/follow-ups" => format!("/api/v1/follow-ups?client={first}"),
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
            "/api/v1/planning/schedules"
            | "/api/v1/planning/schedules/plan"
            | "/api/v1/planning/schedules/{schedule}"
            | "/api/v1/planning/schedules/{schedule}/check" => 4 * 1024 * 1024,
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

/// A new token as the administrator makes it: its id and secret.
async fn token(house: &House, body: &Value) -> (Uuid, String) {
    let admin = house.person(Role::Administrator);
    let made = house.ask(Method::POST, "/api/v1/tokens", admin, Some(body)).await.expect(201);
    (house::id(&made["token"]["id"]), made["secret"].as_str().unwrap().to_owned())
}

/// Asks as a program with a secret.
async fn by_token(house: &House, method: &Method, path: &str, secret: &str) -> Answer {
    let request = house.request(method.clone(), path, None).bearer_auth(secret);
    house.send(if *method == Method::GET { request } else { request.json(&json!({})) }).await
}

/// Why an operation was refused.
fn reason(answer: &Answer) -> &str {
    answer.body["reason"].as_str().unwrap_or_default()
}

async fn a_token_does_what_it_is_for_and_no_more(house: House) {
    let all = json!({ "name": "All", "scopes": ["recordings", "reports", "contacts"] });
    let (_, everything) = token(&house, &all).await;
    let mut single = Vec::new();
    for scope in TokenScope::ALL {
        let body = json!({ "name": scope.name(), "scopes": [scope], "days": 30 });
        single.push((scope, token(&house, &body).await.1));
    }
    let mut open = 0;
    for operation in operations() {
        let rule = access::rule(operation.method.as_str(), &operation.template).unwrap();
        let (name, path) = (operation.name(), operation.path(house.first));
        let answer = by_token(&house, &operation.method, &path, &everything).await;
        assert_not_our_fault(&operation, "a program", &answer);
        match (rule.who, rule.token) {
            (Who::Public, _) => continue,
            (_, None) => {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {}", answer.text);
                assert_eq!(reason(&answer), "token_never", "{name}");
                answer.assert_error(&name);
            }
            (_, Some(wanted)) => {
                open += 1;
                let refused = ["sign_in_needed", "forbidden", "csrf_mismatch"];
                assert!(!refused.contains(&answer.code()), "{name}: {}", answer.text);
                for (scope, secret) in &single {
                    let answer = by_token(&house, &operation.method, &path, secret).await;
                    let refused = reason(&answer) == "token_scope";
                    assert_eq!(refused, *scope != wanted, "{name}: {}", answer.text);
                    assert_eq!(answer.status == StatusCode::FORBIDDEN, refused, "{name}");
                }
            }
        }
    }
    assert!(open >= 5, "{open} operations are open to programs");

    // One that is for a client alone sees no other, by whatever way it asks.
    let of_second =
        json!({ "name": "Contoso", "scopes": ["reports", "contacts"], "client": house.second });
    let (_, secret) = token(&house, &of_second).await;
    let day = "from=2026-11-22T00:00:00Z&until=2026-11-23T00:00:00Z";
    for path in [
        format!("/api/v1/reports/intervals?client={}&{day}", house.first),
        format!("/api/v1/reports/contacts?client={}", house.first),
    ] {
        let answer = by_token(&house, &Method::GET, &path, &secret).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text);
        assert!(!answer.text.contains("Northwind"), "{path}: {}", answer.text);
    }
    let path = format!("/api/v1/reports/intervals?{day}");
    let own = by_token(&house, &Method::GET, &path, &secret).await.expect(200);
    assert_eq!(own["zone"], "America/New_York");

    // What it shall be is checked, and all faults are told at once.
    let admin = house.person(Role::Administrator);
    let planner = house.person(Role::Planner).user;
    let reader = house.person(Role::ClientReader).user;
    for (body, codes) in [
        (json!({ "name": "", "scopes": [], "days": 0 }), vec!["length", "range", "scopes_missing"]),
        (json!({ "name": "x", "scopes": ["reports"], "days": 731 }), vec!["range"]),
        (json!({ "name": "x", "scopes": ["reports"], "owner": reader }), vec!["owner_of_client"]),
        (json!({ "name": "x", "scopes": ["reports"], "owner": Uuid::nil() }), vec!["unknown"]),
        (json!({ "name": "x", "scopes": ["reports"], "client": Uuid::nil() }), vec!["unknown"]),
        (
            json!({ "name": "x", "scopes": ["recordings", "reports"], "owner": planner }),
            vec!["scope_beyond_owner"],
        ),
    ] {
        let refused = house.ask(Method::POST, "/api/v1/tokens", admin, Some(&body)).await;
        let refused = refused.expect(422);
        let mut found: Vec<&str> = refused["faults"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|f| f["code"].as_str())
            .collect();
        found.sort_unstable();
        assert_eq!(found, codes, "{body}");
    }

    // Whoever reads what is kept cannot act by it.
    let listed = house.ask(Method::GET, "/api/v1/tokens", admin, None).await;
    let audit = house.ask(Method::GET, "/api/v1/audit?limit=100", admin, None).await;
    assert!(audit.text.contains("token.created"), "{}", audit.text);
    for text in [&listed.text, &audit.text] {
        assert!(single.iter().all(|(_, secret)| !text.contains(secret)), "a secret is shown again");
    }
    let listed = listed.expect(200);
    assert_eq!(listed.as_array().unwrap().len(), 5);
    for row in listed.as_array().unwrap() {
        assert!(row["used"].is_string(), "each was used: {row}");
        let secret = match row["name"].as_str().unwrap() {
            "All" => &everything,
            "Contoso" => &secret,
            name => &single.iter().find(|(scope, _)| scope.name() == name).unwrap().1,
        };
        assert!(secret.ends_with(row["hint"].as_str().unwrap()), "{row}");
    }
    house.close().await.unwrap();
}

async fn a_token_is_void_once_it_is_revoked_or_over_or_its_owner_may_less(house: House) {
    let admin = house.person(Role::Administrator).clone();
    let lead = house.hire("second.lead", Role::TeamLead, None).await;
    let body = |owner: Uuid, days: Value| json!({ "name": "Till", "scopes": ["recordings", "reports"], "owner": owner, "days": days });
    let (_, lasting) = token(&house, &body(admin.user, Value::Null)).await;
    let (_, short) = token(&house, &body(admin.user, json!(1))).await;
    let (id, revoked) = token(&house, &body(admin.user, json!(30))).await;
    let (_, leads) = token(&house, &body(lead.user, Value::Null)).await;
    let reports = "/api/v1/reports/intervals?from=2026-11-22T00:00:00Z&until=2026-11-23T00:00:00Z";
    let ask = async |secret: &str| by_token(&house, &Method::GET, reports, secret).await;
    for secret in [&lasting, &short, &revoked, &leads] {
        ask(secret).await.expect(200);
    }
    for secret in ["pmt_", &lasting[..lasting.len() - 1], &format!("{lasting}x")] {
        let answer = ask(secret).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{secret}: {}", answer.text);
        assert_eq!((answer.code(), reason(&answer)), ("sign_in_needed", "token_unknown"));
        answer.assert_error(secret);
    }
    // Another way to prove oneself is none of ours.
    let request = house.request(Method::GET, reports, None).basic_auth("x", Some(&lasting));
    assert_eq!(house.send(request).await.code(), "sign_in_needed");
    let request = house.request(Method::GET, reports, Some(&admin)).basic_auth("x", Some("y"));
    house.send(request).await.expect(200);

    let path = format!("/api/v1/tokens/{id}");
    for _ in 0..2 {
        house.ask(Method::DELETE, &path, &admin, None).await.expect(204);
    }
    let answer = ask(&revoked).await;
    assert_eq!((answer.status, reason(&answer)), (StatusCode::UNAUTHORIZED, "token_revoked"));
    let audit = house.ask(Method::GET, "/api/v1/audit?limit=100", &admin, None).await;
    assert_eq!(audit.text.matches("token.revoked").count(), 1, "{}", audit.text);

    // Whoever may less lets their programs do less.
    let user = house.ask(Method::GET, &format!("/api/v1/users/{}", lead.user), &admin, None).await;
    let mut user = user.expect(200);
    user["role"] = json!("planner");
    let path = format!("/api/v1/users/{}", lead.user);
    let changed = house.ask(Method::PUT, &path, &admin, Some(&user)).await.expect(200);
    ask(&leads).await.expect(200);
    let calls = by_token(&house, &Method::GET, "/api/v1/calls", &leads).await;
    assert_eq!((calls.status, reason(&calls)), (StatusCode::FORBIDDEN, "role"), "{}", calls.text);
    user["version"] = changed["version"].clone();
    user["disabled"] = json!(true);
    house.ask(Method::PUT, &path, &admin, Some(&user)).await.expect(200);
    let answer = ask(&leads).await;
    assert_eq!((answer.status, reason(&answer)), (StatusCode::UNAUTHORIZED, "token_owner"));

    house.wait(std::time::Duration::from_secs(86_400 - 60));
    ask(&short).await.expect(200);
    house.wait(std::time::Duration::from_secs(60));
    let answer = ask(&short).await;
    assert_eq!((answer.status, reason(&answer)), (StatusCode::UNAUTHORIZED, "token_expired"));
    ask(&lasting).await.expect(200);
    house.close().await.unwrap();
}
