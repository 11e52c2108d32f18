//! A client's people against another client's data: random calls of every operation that asks for a client
//! or for something of one, with ids mixed from both clients, none of which may show or change anything.
//!
//! `PERMANENCE_SEED=0x7f3a` replays a run, `PERMANENCE_ATTEMPTS=100000` makes it longer.

use std::{collections::BTreeSet, env, sync::Arc, time::Duration};

use crate::house::{
    self, House, Person, chat,
    desk::{Desk, SECOND},
    id, kept,
};
use api::role::Role;
use domain::{ClientId, ContactId, Language, MessageId, QueueId, RecordingId};
use reqwest::{Method, StatusCode};
use routing::Input;
use serde_json::{Value, json};
use server::http::access::{self, Who};
use store::records::{Author, ClientScope, LeftKind, NewMessage, OfflineMessage};
use testkit::{Draw, Purpose, both_engines};
use uuid::Uuid;

both_engines!(open; no_attempt_reaches_the_other_clients_data);

async fn open(url: String) -> House {
    House::open(&url).await
}

/// Attempts unless more are asked for: some seconds of a quiet machine on each engine.
const ATTEMPTS: u64 = 10_000;

/// Attempts under way at once.
const AT_ONCE: u64 = 16;

/// Words that stand in the first client's data and nowhere else.
const SECRETS: [&str; 13] = [
    "Northwind",
    "Zoé Lambert",
    "chambre",
    "Karim",
    "bonsoir",
    "maud.of",
    "PO 77",
    "a test of ours",
    "pivoines",
    "+33987654321",
    "Dr Lemaire",
    "compta@relais",
    SOUND,
];

/// What a recording of theirs holds, where others have sound.
const SOUND: &str = "carillon";

const CONTACT: ContactId = ContactId::from_u128(0xa1);
/// A contact that stands on an invoice.
const BILLED: ContactId = ContactId::from_u128(0xb1);
const LEFT: MessageId = MessageId::from_u128(0xc1);
const RECORDING: RecordingId = RecordingId::from_u128(0xd1);

/// One who tries.
struct Attacker {
    /// Both roles of the other client.
    people: Vec<Person>,
    operations: Vec<(Method, String)>,
    /// Ids of the client that is attacked.
    theirs: Vec<Uuid>,
    /// Ids of the attacker's own client, and of nothing.
    own: Vec<Uuid>,
    first: Uuid,
    second: Uuid,
    seed: u64,
}

/// What an attempt was, for telling of it.
struct Attempt {
    method: Method,
    path: String,
    /// Whether the path asks for the other client by its id.
    names_them: bool,
    body: Option<Value>,
}

impl Attacker {
    fn attempt(&self, n: u64) -> (Attempt, &Person) {
        let mut draw = Draw::of(self.seed, Purpose::Nonsense, n);
        let (method, template) = draw.pick(&self.operations).unwrap().clone();
        let any = |draw: &mut Draw| {
            let from = if draw.chance(75) { &self.theirs } else { &self.own };
            *draw.pick(from).unwrap()
        };
        let (mut path, mut names_them) = (String::new(), false);
        for (i, part) in template.split(['{', '}']).enumerate() {
            path += &match (i % 2, part) {
                (0, text) => text.to_owned(),
                (_, "client") => {
                    let client = match draw.index(4) {
                        0 => self.second,
                        1 => any(&mut draw),
                        _ => self.first,
                    };
                    names_them |= client == self.first;
                    client.to_string()
                }
                (_, "version") => draw.between(0, 3).to_string(),
                (_, "line") => format!("{}.{}", any(&mut draw), draw.between(0, 3)),
                _ => any(&mut draw).to_string(),
            };
        }
        let mut separator = '?';
        for name in ["client", "queue", "contact", "q", "from", "until", "group", "state", "cursor"]
        {
            if !draw.chance(25) {
                continue;
            }
            let value = match name {
                "q" => (*draw.pick(&["zoé", "chambre", "", "bonsoir"]).unwrap()).to_owned(),
                "from" => "2020-01-01T00:00:00Z".to_owned(),
                "until" => "2020-01-31T00:00:00Z".to_owned(),
                "group" => "queue".to_owned(),
                "state" => "open".to_owned(),
                "cursor" => any(&mut draw).to_string(),
                "client" if draw.chance(80) => self.first.to_string(),
                _ => any(&mut draw).to_string(),
            };
            path += &format!("{separator}{name}={value}");
            separator = '&';
        }
        let body = (method != Method::GET && method != Method::DELETE).then(|| {
            let one = any(&mut draw);
            let version = draw.between(0, 3);
            json!({
                "version": version, "based_on": version, "client": self.first, "id": one, "line": one,
                "login": format!("x{n}"), "name": "x", "role": "client_reader", "language": "en",
                "password": house::PASSWORD, "new": "short", "disabled": false,
                "shortcut": format!("s{n}"), "text": "x", "note": "x", "reason": "x", "answer": "x",
                "people": [], "standing": [], "entries": []
            })
        });
        let who = draw.pick(&self.people).unwrap();
        (Attempt { method, path, names_them, body }, who)
    }

    async fn try_all(self: Arc<Self>, house: Arc<House>, attempts: u64, lane: u64) -> u64 {
        let mut answered = 0;
        for n in (lane..attempts).step_by(usize::try_from(AT_ONCE).unwrap()) {
            let (attempt, who) = self.attempt(n);
            let Attempt { method, path, names_them, body } = &attempt;
            let answer = house.call(method.clone(), path, Some(who), body.as_ref()).await;
            let about = format!(
                "attempt {n}: {method} {path} with {body:?} answered {}: {}\nPERMANENCE_SEED={:#x}",
                answer.status, answer.text, self.seed
            );
            assert!(!answer.status.is_server_error(), "{about}");
            assert_ne!(answer.status, StatusCode::UNAUTHORIZED, "{about}");
            for secret in SECRETS {
                assert!(!answer.text.contains(secret), "{secret} is shown; {about}");
            }
            assert!(!names_them || !answer.status.is_success(), "{about}");
            answered += u64::from(answer.status.is_success());
        }
        answered
    }
}

/// Operations that a client's people may reach, and that ask for something. What signs out, changes the
/// attacker's own password, or opens a socket is no way to others' data and would end the attempts.
fn operations() -> Vec<(Method, String)> {
    let rules = access::TABLE.iter().filter(|rule| match rule.who {
        Who::Public => false,
        Who::SignedIn => !rule.path.starts_with("/api/v1/session") && rule.path != "/api/v1/live",
        Who::Roles(_) => rule.path.starts_with("/api/v1/"),
    });
    rules.map(|rule| (rule.method.parse().unwrap(), rule.path.to_owned())).collect()
}

/// What the first client is billed: a contact on an invoice that was issued, a dispute about it, and a
/// report that is mailed.
async fn bill(desk: &mut Desk) -> Vec<Uuid> {
    desk.serve(BILLED.uuid().as_u128(), 80 * SECOND).await;
    let period = desk.close_period().await;
    let invoice = desk.issued(&period).await;
    let path = desk.of(&invoice);
    let lines = desk.manager(Method::GET, &format!("{path}/lines"), None).await.expect(200);
    let line = &lines["items"][0]["line"]["line"];
    let reason = json!({ "line": line, "reason": "That was a test of ours." });
    let raised = desk.manager(Method::POST, &format!("{path}/disputes"), Some(&reason)).await;
    let mailing = json!({
        "name": "Figures", "report": { "kind": "figures", "group": "queue", "length": "hour" },
        "format": "csv", "rhythm": { "kind": "daily" }, "at": "07:00", "zone": "Europe/Paris",
        "language": "fr", "recipients": ["compta@relais.example"], "on": false,
    });
    let mailing = desk.manager(Method::POST, &desk.path("/mailings"), Some(&mailing)).await;
    let invoice = id(&invoice["summary"]["id"]);
    vec![invoice, id(&raised.expect(201)["id"]), id(&mailing.expect(201)["id"]), BILLED.uuid()]
}

/// What the first client has: a contact with a conversation, canned answers, people, who is on call, a
/// proposal, a phone book, a call with its recording, a message that was left.
async fn fill(house: &House) -> Vec<Uuid> {
    let (admin, manager) = (house.person(Role::Administrator), house.person(Role::ClientManager));
    let at = |part: &str| format!("/api/v1/clients/{}/{part}", house.first);
    let read = house.ask(Method::GET, &at("contract"), manager, None).await.expect(200);
    let queue = QueueId::from_uuid(id(&read["terms"]["queues"][0]["id"]));
    let client = ClientId::from_uuid(house.first);
    let arrives = Input::Arrive(chat(CONTACT, house.first, queue));
    house.app.floor.input(arrives).await.unwrap();
    house.app.floor.input(Input::Abandon { contact: CONTACT }).await.unwrap();
    write(house, client, queue).await;
    record(house, client).await;

    let expert = json!({ "name": "Dr Lemaire", "number": "+33142345678", "note": "" });
    let book = json!({ "entries": [expert], "version": 0 });
    house.ask(Method::PUT, &at("phone-book"), admin, Some(&book)).await.expect(200);
    let canned = json!({ "shortcut": "soir", "language": "fr", "text": "bonsoir" });
    let canned = house.ask(Method::POST, &at("canned-answers"), admin, Some(&canned)).await;
    let people = json!([{ "id": Uuid::from_u128(0x77), "name": "Karim", "phone": "+33142345678" }]);
    let list = json!({ "version": 0, "people": people, "standing": [Uuid::from_u128(0x77)], "entries": [] });
    house.ask(Method::PUT, &at("on-call"), manager, Some(&list)).await.expect(200);
    let maud = json!({
        "login": "maud.of.northwind", "name": "Maud", "role": "client_reader", "language": "fr",
        "password": house::PASSWORD
    });
    let maud = house.ask(Method::POST, &at("users"), manager, Some(&maud)).await.expect(201);
    let mut terms = read["terms"].clone();
    terms["queues"][0]["protocol"] = json!("bonsoir, then the name");
    let wish = json!({ "based_on": read["version"], "note": "x", "terms": terms });
    let wish = house.ask(Method::POST, &at("proposals"), manager, Some(&wish)).await;
    let mut ids = vec![
        house.first,
        CONTACT.uuid(),
        queue.uuid(),
        Uuid::from_u128(0x77),
        Uuid::from_u128(1),
        LEFT.uuid(),
        RECORDING.uuid(),
        id(&canned.expect(201)["id"]),
        id(&maud["id"]),
        id(&wish.expect(201)["id"]),
    ];
    ids.extend(house.people.values().map(|person| person.user));
    let pools = house.ask(Method::GET, "/api/v1/pools", admin, None).await.expect(200);
    ids.extend(pools.as_array().unwrap().iter().map(|pool| id(&pool["id"])));
    ids
}

async fn write(house: &House, client: ClientId, queue: QueueId) {
    let (scope, now) = (ClientScope::of(client), house.app.clock.now());
    let customer = kept::customer(client, now);
    let conversation = kept::conversation(client, CONTACT, queue, None, now);
    let message = NewMessage {
        conversation: conversation.id,
        id: MessageId::from_u128(1),
        client_message_id: Uuid::from_u128(1),
        author: Author::Customer,
        agent: None,
        author_name: "Zoé Lambert".to_owned(),
        body: "Une chambre pour deux ?".to_owned(),
        attachment: None,
        at: now,
    };
    let kept = house.app.store.tx(move |tx| {
        Box::pin(async move {
            tx.save_customer(&scope, &customer).await?;
            tx.start_conversation(&scope, &conversation).await?;
            tx.append_message(&scope, &message).await.map(drop)
        })
    });
    kept.await.unwrap();
}

/// A call whose recording holds [`SOUND`], and a message that was left.
async fn record(house: &House, client: ClientId) {
    let (scope, now) = (ClientScope::of(client), house.app.clock.now());
    let sound: Vec<u8> = SOUND.bytes().cycle().take(80_000).collect();
    let path = "2026/11/27/theirs.wav";
    let (_, whole) = kept::put_sound(house, path, &sound).await;
    let call = kept::call(client, CONTACT, now);
    let recording = kept::recording(client, CONTACT, RECORDING, path, now);
    let left = OfflineMessage {
        client,
        id: LEFT,
        client_message_id: LEFT.uuid(),
        kind: LeftKind::Form,
        widget: None,
        queue: None,
        name: Some("Zoé Lambert".to_owned()),
        email: None,
        phone: None,
        language: Language::FR,
        body: "Les pivoines sont fanées.".to_owned(),
        recording: None,
        contact: None,
        due: None,
        taken_by: None,
        done: None,
        note: None,
        at: now,
    };
    let bytes = whole.len() as u64;
    let kept = house.app.store.tx(move |tx| {
        Box::pin(async move {
            tx.start_call(&scope, &call).await?;
            tx.start_recording(&scope, &recording).await?;
            tx.finish_recording(&scope, RECORDING, Duration::from_secs(5), bytes, [7; 32]).await?;
            tx.leave_message(&scope, &left).await.map(drop)
        })
    });
    kept.await.unwrap();
}

/// Everything of the first client that its own manager reads.
async fn seen(house: &House, invoice: Uuid) -> Vec<String> {
    let manager = house.person(Role::ClientManager);
    let of = |part: &str| format!("/api/v1/clients/{}/{part}", house.first);
    let mut paths = [
        "contract",
        "contracts",
        "proposals",
        "canned-answers",
        "on-call",
        "users",
        "phone-book",
        "mailings",
        "billing-details",
        "invoices",
    ]
    .map(of)
    .to_vec();
    for rest in ["", "/lines"] {
        paths.push(of(&format!("invoices/{invoice}{rest}")));
    }
    paths.push(format!("/api/v1/contacts/{CONTACT}"));
    paths.push(format!("/api/v1/recordings/{}/audio", RECORDING.uuid()));
    paths.push("/api/v1/left-messages".to_owned());
    let mut all = Vec::new();
    for path in paths {
        let answer = house.ask(Method::GET, &path, manager, None).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
        all.push(answer.text);
    }
    all
}

async fn no_attempt_reaches_the_other_clients_data(house: House) {
    let mut desk = Desk::open(house, false).await;
    let mut theirs = bill(&mut desk).await;
    let (invoice, mut house) = (theirs[0], desk.house);
    house.sign_all_in().await;
    theirs.extend(fill(&house).await);
    // Until the contact and its end are in the records, nobody's attempts are what changes them.
    let path = format!("/api/v1/contacts/{CONTACT}");
    let manager = house.person(Role::ClientManager).clone();
    let there = async {
        while house.ask(Method::GET, &path, &manager, None).await.body["line"]["ended"].is_null() {}
    };
    tokio::time::timeout(Duration::from_secs(30), there).await.unwrap();
    let before = seen(&house, invoice).await;
    let shown: BTreeSet<&str> =
        SECRETS.into_iter().filter(|secret| before.iter().any(|t| t.contains(secret))).collect();
    assert_eq!(shown.len(), SECRETS.len(), "the data holds only {shown:?}");

    let other = house.hire("their.manager", Role::ClientManager, Some(house.second)).await;
    let number = |name: &str| {
        let text = env::var(name).ok()?;
        let hex = text.strip_prefix("0x").map(|hex| u64::from_str_radix(hex, 16));
        hex.unwrap_or_else(|| text.parse()).ok()
    };
    let seed = number("PERMANENCE_SEED").unwrap_or_else(|| Uuid::new_v4().as_u64_pair().1);
    let attempts = number("PERMANENCE_ATTEMPTS").unwrap_or(ATTEMPTS);
    println!("PERMANENCE_SEED={seed:#x}");
    let own = vec![house.second, other.user, house.stranger.user, Uuid::from_u128(0x404)];
    let attacker = Arc::new(Attacker {
        people: vec![other, house.stranger.clone()],
        operations: operations(),
        theirs,
        own,
        first: house.first,
        second: house.second,
        seed,
    });
    let shared = Arc::new(house);
    let mut lanes = tokio::task::JoinSet::new();
    for lane in 0..AT_ONCE {
        lanes.spawn(Arc::clone(&attacker).try_all(Arc::clone(&shared), attempts, lane));
    }
    let mut answered = 0;
    while let Some(done) = lanes.join_next().await {
        answered += done.unwrap();
    }
    // What was tried was no nonsense: some of it is the attacker's own and was answered.
    assert!(answered > 0, "no attempt was answered at all; PERMANENCE_SEED={seed:#x}");
    house = Arc::into_inner(shared).unwrap();
    for (after, before) in seen(&house, invoice).await.iter().zip(&before) {
        assert_eq!(after, before, "something was changed; PERMANENCE_SEED={seed:#x}");
    }
    house.close().await.unwrap();
}
