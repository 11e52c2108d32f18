//! Spans of a recording that do not leave the house: silent for everybody in the bytes that leave the
//! server, but for whoever asks for the original and may.

use std::{path::PathBuf, time::Duration};

use crate::house::{self, House, Person, chat, id, kept};
use api::role::Role;
use domain::{ClientId, ContactId, QueueId, RecordingId, Timestamp};
use reqwest::{Method, StatusCode, header};
use routing::Input;
use serde_json::{Value, json};
use store::{ClientScope, records::Recording};
use testkit::both_engines;
use uuid::Uuid;

both_engines!(open;
    what_is_redacted_is_silent_in_the_bytes_that_leave_the_server,
    only_the_providers_people_mark_and_the_client_hears_the_original_if_it_may,
    a_redaction_is_taken_back_and_put_there_again,
    what_is_erased_takes_its_redactions_along,
);

struct Place(String);

async fn open(url: String) -> Place {
    Place(url)
}

const CONTACT: ContactId = ContactId::from_u128(0xc1);
const RECORDING: RecordingId = RecordingId::from_u128(0x4e);
/// Of the same call, and still being written.
const WRITING: RecordingId = RecordingId::from_u128(0x4f);

/// Bytes before the sound, and bytes of sound in a millisecond.
const HEADER: usize = 58;
const MS: usize = 16;

/// What stands for silence in mu-law.
const SILENT: u8 = 0xff;

/// Length of the recording.
const LENGTH_MS: usize = 3_000;

/// A house with one call of the first client, recorded for three seconds in which nothing is silent.
struct Recorded {
    house: House,
    file: PathBuf,
    /// The bytes of the file.
    whole: Vec<u8>,
}

async fn recorded(place: Place) -> Recorded {
    let voice = [
        ("voice.sip", "udp://127.0.0.1:0"),
        ("voice.rtp_ports", "any"),
        ("voice.browser_port", "0"),
    ];
    let house = House::open_with(&place.0, &voice).await;
    let client = ClientId::from_uuid(house.first);
    let contracts = format!("/api/v1/clients/{}/contract", house.first);
    let manager = house.person(Role::ClientManager);
    let agreed = house.ask(Method::GET, &contracts, manager, None).await.expect(200);
    let queue = QueueId::from_uuid(id(&agreed["terms"]["queues"][0]["id"]));
    let arrives = Input::Arrive(chat(CONTACT, house.first, queue));
    house.app.floor.input(arrives).await.unwrap();
    // Loud, and another byte on each side.
    let sound = (0..LENGTH_MS * MS).map(|n| u8::try_from(n % 7 + n % 2 * 16).unwrap());
    let path = "2026/11/27/call.wav";
    let (file, whole) = kept::put_sound(&house, path, &sound.collect::<Vec<u8>>()).await;
    let (scope, now) = (ClientScope::of(client), house.app.clock.now());
    let call = kept::call(client, CONTACT, now);
    let recording = kept::recording(client, CONTACT, RECORDING, path, now);
    let writing = Recording {
        id: WRITING,
        path: "2026/11/27/writing.wav".to_owned(),
        started: now + Duration::from_secs(1),
        ..recording.clone()
    };
    tokio::fs::write(file.with_file_name("writing.wav"), &whole).await.unwrap();
    let bytes = whole.len() as u64;
    let kept = house.app.store.tx(move |tx| {
        Box::pin(async move {
            tx.start_call(&scope, &call).await?;
            tx.start_recording(&scope, &recording).await?;
            let length = Duration::from_millis(LENGTH_MS as u64);
            tx.finish_recording(&scope, RECORDING, length, bytes, [7; 32]).await?;
            tx.start_recording(&scope, &writing).await
        })
    });
    kept.await.unwrap();
    let there = Recorded { house, file, whole };
    // The contact reaches its record a moment later.
    let seen = async { while there.contact(manager_of(&there.house)).await.is_null() {} };
    tokio::time::timeout(Duration::from_secs(30), seen).await.unwrap();
    there
}

fn manager_of(house: &House) -> &Person {
    house.person(Role::ClientManager)
}

fn path(rest: &str) -> String {
    format!("/api/v1/recordings/{}{rest}", RECORDING.uuid())
}

fn span(from_ms: u64, until_ms: u64, side: &str) -> Value {
    json!({ "from_ms": from_ms, "until_ms": until_ms, "side": side, "reason": "payment_card" })
}

impl Recorded {
    /// The one recording in the contact's record; null as long as there is no record.
    async fn contact(&self, who: &Person) -> Value {
        let path = format!("/api/v1/contacts/{}", CONTACT.uuid());
        let answer = self.house.ask(Method::GET, &path, who, None).await;
        answer.body["call"]["recordings"][0].clone()
    }

    async fn redact(&self, who: &Person, body: &Value) -> house::Answer {
        self.house.ask(Method::POST, &path("/redactions"), who, Some(body)).await
    }

    /// The sound as somebody hears it: status, headers, bytes.
    async fn hear(
        &self,
        who: &Person,
        which: &str,
        range: Option<&str>,
    ) -> (StatusCode, header::HeaderMap, Vec<u8>) {
        let mut request =
            self.house.request(Method::GET, &path(&format!("/audio{which}")), Some(who));
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        (status, headers, answer.bytes().await.unwrap().to_vec())
    }

    /// The file with silence in spans: from and until in ms, whether of the customer, of the agents.
    fn without(&self, spans: &[(usize, usize, bool, bool)]) -> Vec<u8> {
        let mut bytes = self.whole.clone();
        for &(from, until, customer, agents) in spans {
            let (from, until) = (HEADER + from * MS, HEADER + until * MS);
            for (at, byte) in bytes.iter_mut().enumerate().take(until).skip(from) {
                if if at % 2 == 0 { customer } else { agents } {
                    *byte = SILENT;
                }
            }
        }
        bytes
    }

    async fn audited(&self, action: &str) -> Vec<Value> {
        let admin = self.house.person(Role::Administrator);
        let all = self.house.ask(Method::GET, "/api/v1/audit?limit=500", admin, None).await;
        let all = all.expect(200);
        let entries = all["items"].as_array().unwrap();
        entries.iter().filter(|entry| entry["action"] == action).cloned().collect()
    }
}

async fn what_is_redacted_is_silent_in_the_bytes_that_leave_the_server(place: Place) {
    let call = recorded(place).await;
    let (lead, manager) = (call.house.person(Role::TeamLead), manager_of(&call.house));
    let reader = call.house.person(Role::ClientReader);
    let (status, headers, heard) = call.hear(reader, "", None).await;
    assert_eq!((status, heard == call.whole), (StatusCode::OK, true), "nothing is redacted yet");
    assert_eq!(headers[header::CONTENT_TYPE], "audio/wav");
    let before = headers[header::ETAG].clone();

    call.redact(lead, &span(500, 1_000, "both")).await.expect(201);
    call.redact(lead, &span(1_500, 2_000, "customer")).await.expect(201);
    call.redact(lead, &span(1_800, 2_500, "agents")).await.expect(201);
    let redacted = call.without(&[
        (500, 1_000, true, true),
        (1_500, 2_000, true, false),
        (1_800, 2_500, false, true),
    ]);
    assert!(redacted != call.whole);
    for who in [reader, manager, lead] {
        let (status, headers, heard) = call.hear(who, "", None).await;
        assert_eq!(status, StatusCode::OK);
        assert!(heard == redacted, "silent there, the same everywhere else");
        assert_ne!(headers[header::ETAG], before, "another state has another name");
        assert_eq!(headers[header::CONTENT_LENGTH], call.whole.len().to_string().as_str());
    }
    // In parts, wherever these begin and end.
    let last = call.whole.len() - 1;
    for (from, until) in [(0, 57), (0, last), (8_059, 8_060), (9_001, 24_058), (40_000, last)] {
        let range = format!("bytes={from}-{until}");
        let (status, headers, heard) = call.hear(reader, "", Some(&range)).await;
        assert_eq!(status, StatusCode::PARTIAL_CONTENT, "{range}");
        let of = format!("bytes {from}-{until}/{}", call.whole.len());
        assert_eq!(headers[header::CONTENT_RANGE], of.as_str());
        assert!(heard == redacted[from..=until], "{range}");
    }
    let (status, _, heard) = call.hear(reader, "", Some("bytes=48000-")).await;
    assert_eq!((status, heard.as_slice()), (StatusCode::PARTIAL_CONTENT, &redacted[48_000..]));
    for range in ["bytes=9999999-", "bytes=-0"] {
        let (status, headers, body) = call.hear(reader, "", Some(range)).await;
        assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE, "after its end there is nothing");
        let of = format!("bytes */{}", call.whole.len());
        assert_eq!(headers[header::CONTENT_RANGE], of.as_str());
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["code"], "range_beyond_end", "{body}");
    }
    // Whoever holds a part from before gets no rest of another state.
    let request = call.house.request(Method::GET, &path("/audio"), Some(reader));
    let request = request.header(header::RANGE, "bytes=100-").header(header::IF_RANGE, before);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.bytes().await.unwrap() == redacted);

    // The waveform is flat there.
    let peaks = call.house.ask(Method::GET, &path("/peaks"), reader, None).await.expect(200);
    let step = peaks["step_ms"].as_u64().unwrap();
    for (side, flat) in
        [("customer", [(500, 1_000), (1_500, 2_000)]), ("agents", [(500, 1_000), (1_800, 2_500)])]
    {
        for (n, peak) in peaks[side].as_array().unwrap().iter().enumerate() {
            let (from, until) = (n as u64 * step, (n as u64 + 1) * step);
            let silent = flat.iter().any(|(begin, end)| *begin <= from && until <= *end);
            assert_eq!(peak == 0, silent, "{side} at {from} ms: {peaks}");
        }
    }
    let original = path("/peaks?original=true");
    let peaks = call.house.ask(Method::GET, &original, lead, None).await.expect(200);
    assert!(peaks["customer"].as_array().unwrap().iter().all(|peak| peak != 0), "{peaks}");

    let (_, _, heard) = call.hear(lead, "?original=true", None).await;
    assert!(heard == call.whole, "the file itself is as it was");
    assert!(tokio::fs::read(&call.file).await.unwrap() == call.whole);
    // Each listen is written down once, also one that does not begin at the beginning.
    let listens = |entries: Vec<Value>, who: &Person| {
        entries.iter().filter(|entry| entry["user"] == json!(who.user)).count()
    };
    assert_eq!(listens(call.audited("recording.heard").await, manager), 1);
    assert_eq!(listens(call.audited("recording.original_heard").await, lead), 1);
    let owner = call.house.person(Role::AccountManager);
    for _ in 0..2 {
        call.hear(owner, "", Some("bytes=1000-")).await;
    }
    assert_eq!(listens(call.audited("recording.heard").await, owner), 1);
    call.house.close().await.unwrap();
}

async fn only_the_providers_people_mark_and_the_client_hears_the_original_if_it_may(place: Place) {
    let call = recorded(place).await;
    let house = &call.house;
    let (lead, manager) = (house.person(Role::ShiftLead), manager_of(house));
    let reader = house.person(Role::ClientReader);
    for role in [Role::Agent, Role::Planner, Role::ClientReader, Role::ClientManager] {
        let refused = call.redact(house.person(role), &span(0, 1, "both")).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "forbidden"));
    }
    for (body, field) in [
        (span(10, 10, "both"), "until_ms"),
        (span(20, 10, "both"), "until_ms"),
        (span(0, 3_002, "both"), "until_ms"),
    ] {
        let refused = call.redact(lead, &body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
        assert_eq!(refused.body["faults"][0]["field"], field);
    }
    for body in [span(0, 1, "nobody"), json!({ "from_ms": -1, "until_ms": 1, "side": "both" })] {
        assert_eq!(call.redact(lead, &body).await.status, StatusCode::BAD_REQUEST);
    }
    let made = call.redact(lead, &span(100, 200, "customer")).await.expect(201);
    assert_eq!(made["by"], "shift_lead of the house");
    let nowhere = format!("/api/v1/recordings/{}/redactions", Uuid::from_u128(9));
    let refused = house.ask(Method::POST, &nowhere, lead, Some(&span(0, 1, "both"))).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);

    // What is still being written has nothing redacted yet, and does not leave the house.
    let writing = |rest: &str| format!("/api/v1/recordings/{}{rest}", WRITING.uuid());
    for what in ["/audio", "/peaks"] {
        for who in [reader, manager] {
            let refused = house.ask(Method::GET, &writing(what), who, None).await;
            assert_eq!(refused.status, StatusCode::CONFLICT, "{what}: {}", refused.text);
        }
        let answer = house.request(Method::GET, &writing(what), Some(lead)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{what}");
    }
    let (there, body) = (writing("/redactions"), span(0, 1, "both"));
    let refused = house.ask(Method::POST, &there, lead, Some(&body)).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);

    // What each side is told.
    let seen = call.contact(lead).await;
    assert_eq!((&seen["may_redact"], &seen["may_hear_original"]), (&json!(true), &json!(true)));
    assert_eq!(seen["redactions"], json!([made]));
    for who in [reader, manager] {
        let seen = call.contact(who).await;
        assert_eq!(
            (&seen["may_redact"], &seen["may_hear_original"]),
            (&json!(false), &json!(false))
        );
        let told = &seen["redactions"][0];
        assert_eq!((&told["from_ms"], &told["reason"]), (&json!(100), &json!("payment_card")));
        assert_eq!(told["by"], Value::Null, "a client is not told who of the provider it was");
        for what in ["/audio?original=true", "/peaks?original=true"] {
            let refused = house.ask(Method::GET, &path(what), who, None).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{what}");
            assert_eq!(refused.code(), "forbidden");
        }
    }
    for what in ["/audio", "/peaks", "/audio?original=true", "/peaks?original=true"] {
        let other = house.ask(Method::GET, &path(what), &house.stranger, None).await;
        assert_eq!(other.status, StatusCode::NOT_FOUND, "{what} of another client");
        let nobody = house.call(Method::GET, &path(what), None, None).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{what} as nobody");
    }

    // The provider gives the client's managers the original; its readers have it never.
    let of_client = format!("/api/v1/clients/{}/voice", house.first);
    let admin = house.person(Role::Administrator);
    let mut settings = house.ask(Method::GET, &of_client, admin, None).await.expect(200);
    assert_eq!(settings["originals_for_client"], false);
    settings["originals_for_client"] = json!(true);
    house.ask(Method::PUT, &of_client, admin, Some(&settings)).await.expect(200);
    assert_eq!(call.contact(manager).await["may_hear_original"], true);
    let (status, _, heard) = call.hear(manager, "?original=true", None).await;
    assert_eq!((status, heard == call.whole), (StatusCode::OK, true));
    let (_, _, heard) = call.hear(manager, "", None).await;
    assert!(heard == call.without(&[(100, 200, true, false)]), "not unless it is asked for");
    assert_eq!(call.hear(reader, "?original=true", None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(call.audited("recording.original_heard").await.len(), 1);
    call.house.close().await.unwrap();
}

async fn a_redaction_is_taken_back_and_put_there_again(place: Place) {
    let call = recorded(place).await;
    let house = &call.house;
    let (lead, admin) = (house.person(Role::TeamLead), house.person(Role::Administrator));
    let undo = |redaction: Value| json!({ "kind": "redaction", "object": redaction });
    let take_back = async |who: &Person, redaction: &Value| {
        house.ask(Method::POST, "/api/v1/undo", who, Some(&undo(redaction.clone()))).await
    };
    let silent = call.without(&[(0, 1_000, true, true)]);
    let made = call.redact(lead, &span(0, 1_000, "both")).await.expect(201);
    let refused = take_back(admin, &made["redaction"]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "somebody else's: {}", refused.text);
    let undone = take_back(lead, &made["redaction"]).await.expect(200);
    assert_eq!((&undone["action"], &undone["object"]), (&json!("redaction.created"), &Value::Null));
    assert!(call.hear(lead, "", None).await.2 == call.whole);

    let made = call.redact(lead, &span(0, 1_000, "both")).await.expect(201);
    let one = path(&format!("/redactions/{}", made["redaction"].as_str().unwrap()));
    for role in [Role::Agent, Role::Planner, Role::ClientReader, Role::ClientManager] {
        let refused = house.ask(Method::DELETE, &one, house.person(role), None).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", role.name());
    }
    house.ask(Method::DELETE, &one, lead, None).await.expect(204);
    let again = house.ask(Method::DELETE, &one, lead, None).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert!(call.hear(lead, "", None).await.2 == call.whole);
    let back = take_back(lead, &made["redaction"]).await.expect(200);
    assert_ne!(back["object"], made["redaction"], "it is there anew");
    assert!(call.hear(lead, "", None).await.2 == silent);
    let removed = call.audited("redaction.removed").await;
    let first = &removed[0];
    assert_eq!(first["before"]["reason"], "payment_card", "{first}");
    assert_eq!(first["client"], json!(house.first));
    call.house.close().await.unwrap();
}

async fn what_is_erased_takes_its_redactions_along(place: Place) {
    let call = recorded(place).await;
    let lead = call.house.person(Role::TeamLead);
    call.redact(lead, &span(0, 1_000, "both")).await.expect(201);
    let _: Timestamp = call.house.wait(Duration::from_secs(2 * 3_600));
    let erased = async { while call.contact(lead).await["status"] != "erased" {} };
    tokio::time::timeout(Duration::from_secs(30), erased).await.unwrap();
    assert_eq!(call.contact(lead).await["redactions"], json!([]));
    assert!(!call.file.exists());
    let refused = call.redact(lead, &span(0, 1_000, "both")).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(call.hear(lead, "", None).await.0, StatusCode::CONFLICT);
    call.house.close().await.unwrap();
}
