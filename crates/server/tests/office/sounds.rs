//! What callers hear and are led through, set up through the interface: prompts, call flows, the
//! emergency broadcast.

use crate::house::{Answer, House};
use api::role::Role;
use reqwest::{Method, header};
use serde_json::{Value, json};
use testkit::both_engines;

both_engines!(open;
    a_prompt_is_uploaded_heard_replaced_and_kept_while_it_is_used,
    a_flow_is_published_without_a_fault_and_followed_by_a_number,
    a_lead_turns_the_broadcast_on_and_off,
    settings_for_calls_name_what_is_there,
);

async fn open(url: String) -> House {
    House::open(&url).await
}

/// Half a second of a tone, as a program would save it.
fn wav(hz: f64) -> Vec<u8> {
    let samples: Vec<i16> = (0..8_000)
        .map(|at| ((f64::from(at) * hz * std::f64::consts::TAU / 16_000.0).sin() * 9_000.0) as i16)
        .collect();
    let bytes = u32::try_from(samples.len() * 2).unwrap();
    let mut file = b"RIFF".to_vec();
    file.extend((bytes + 36).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(16_000u32.to_le_bytes());
    file.extend(32_000u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

struct At<'h> {
    house: &'h House,
    base: String,
}

impl At<'_> {
    fn of(house: &House) -> At<'_> {
        At { house, base: format!("/api/v1/clients/{}", house.first) }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let path = format!("{}{path}", self.base);
        self.house.ask(method, &path, self.house.person(Role::AccountManager), body).await
    }

    async fn send(&self, method: Method, path: &str, file: Vec<u8>) -> Answer {
        let path = format!("{}{path}", self.base);
        let who = self.house.person(Role::AccountManager);
        let request = self
            .house
            .request(method, &path, Some(who))
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .body(file);
        self.house.send(request).await
    }

    /// A flow that says `welcome` and queues the caller.
    async fn flow(&self, prompt: &str) -> String {
        let contract = self.ask(Method::GET, "/contract-draft", None).await.expect(200);
        let queues = contract["terms"]["queues"].as_array().unwrap().clone();
        let spoken =
            |queue: &&Value| queue["channels"].as_array().unwrap().contains(&json!("voice"));
        let queue = queues.iter().find(spoken).unwrap()["name"].as_str().unwrap();
        format!(
            "start = \"welcome\"\nperson = \"service\"\n\n[step.welcome]\nkind = \"play\"\n\
             prompt = \"{prompt}\"\nthen = \"service\"\n\n[step.service]\nkind = \"queue\"\n\
             queue = \"{queue}\"\n"
        )
    }
}

/// Lets the first queue of the client take calls.
async fn with_calls(house: &House) {
    let at = At::of(house);
    let draft = at.ask(Method::GET, "/contract-draft", None).await.expect(200);
    let mut terms = draft["terms"].clone();
    terms["queues"][0]["channels"].as_array_mut().unwrap().push(json!("voice"));
    let body = json!({
        "based_on": draft["based_on"], "valid_from": null, "note": "Takes calls", "terms": terms,
    });
    at.ask(Method::POST, "/contracts", Some(&body)).await.expect(201);
}

async fn a_prompt_is_uploaded_heard_replaced_and_kept_while_it_is_used(house: House) {
    let at = At::of(&house);
    with_calls(&house).await;
    for (path, file, code) in [
        ("/prompts?name=two words&language=fr", wav(440.0), "prompt_name"),
        ("/prompts?name=welcome&language=", wav(440.0), "language"),
        ("/prompts?name=welcome&language=fr", b"no sound at all".to_vec(), "prompt_unreadable"),
    ] {
        let refused = at.send(Method::POST, path, file).await.expect(422);
        assert_eq!(refused["faults"][0]["code"], code, "{refused}");
    }
    let made = at.send(Method::POST, "/prompts?name=welcome&language=fr", wav(440.0)).await;
    let made = made.expect(201);
    assert_eq!((&made["source"], &made["version"]), (&json!("upload"), &json!(1)));
    let length = made["length_ms"].as_u64().unwrap();
    assert!((480..=520).contains(&length), "{made}");
    let again = at.send(Method::POST, "/prompts?name=welcome&language=fr", wav(440.0)).await;
    assert_eq!(again.expect(409)["reason"], "prompt_there");
    at.send(Method::POST, "/prompts?name=welcome&language=en", wav(440.0)).await.expect(201);

    let id = made["id"].as_str().unwrap();
    let heard = at.ask(Method::GET, &format!("/prompts/{id}/audio"), None).await;
    assert_eq!(heard.headers[header::CONTENT_TYPE], "audio/wav");
    assert!(heard.text.starts_with("RIFF"), "{:.20}", heard.text);

    let other = format!("/prompts/{id}/audio?version=1");
    let changed = at.send(Method::PUT, &other, wav(600.0)).await.expect(200);
    assert_eq!(changed["version"], 2);
    at.send(Method::PUT, &other, wav(600.0)).await.expect(409);

    let flow = json!({ "text": at.flow("welcome").await, "version": 0 });
    at.ask(Method::PUT, "/flows/main", Some(&flow)).await.expect(200);
    let listed = at.ask(Method::GET, "/prompts", None).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert_eq!(listed["items"][0]["used_by"], json!(["main"]));
    let kept = at.ask(Method::DELETE, &format!("/prompts/{id}"), None).await.expect(409);
    assert_eq!(kept["reason"], "prompt_used");
    at.ask(Method::DELETE, "/flows/main", None).await.expect(204);
    at.ask(Method::DELETE, &format!("/prompts/{id}"), None).await.expect(204);
    at.ask(Method::GET, &format!("/prompts/{id}/audio"), None).await.expect(404);
    house.close().await.unwrap();
}

async fn a_flow_is_published_without_a_fault_and_followed_by_a_number(house: House) {
    let at = At::of(&house);
    with_calls(&house).await;
    let text = at.flow("nowhere").await.replace("then = \"service\"", "then = \"servce\"");
    let checked = at.ask(Method::POST, "/flows/check", Some(&json!({ "text": text }))).await;
    let checked = checked.expect(200);
    let faults: Vec<(u64, &str)> = checked["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["line"].as_u64().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    assert_eq!(faults, [(6, "unknown_prompt"), (7, "unknown_step")], "{checked}");

    // A draft may have faults; what calls follow may not.
    let draft = json!({ "text": text, "version": 0 });
    let draft = at.ask(Method::PUT, "/flows/main", Some(&draft)).await.expect(200);
    assert_eq!(draft["check"]["faults"].as_array().unwrap().len(), 2);
    let publish = |version: &Value| json!({ "version": version });
    let refused =
        at.ask(Method::POST, "/flows/main/publish", Some(&publish(&draft["version"]))).await;
    assert_eq!(refused.expect(422)["faults"].as_array().unwrap().len(), 2);
    for language in ["en", "fr"] {
        let path = format!("/prompts?name=welcome&language={language}");
        at.send(Method::POST, &path, wav(440.0)).await.expect(201);
    }
    let fine = json!({ "text": at.flow("welcome").await, "version": draft["version"] });
    let fine = at.ask(Method::PUT, "/flows/main", Some(&fine)).await.expect(200);
    assert_eq!(fine["check"]["faults"], json!([]));
    assert_eq!(
        fine["check"]["ways"][0],
        json!({ "from": "welcome", "on": "then", "to": "service" })
    );

    let contract = at.ask(Method::GET, "/contract-draft", None).await.expect(200);
    let number = json!({
        "number": "+33123456789", "client": house.first, "label": "", "flow": "main", "active": true,
        "queue": contract["terms"]["queues"][0]["id"], "version": 0,
    });
    let manager = house.person(Role::AccountManager);
    let at_number = "/api/v1/numbers/%2B33123456789";
    let early = house.ask(Method::PUT, at_number, manager, Some(&number)).await.expect(422);
    assert_eq!(early["faults"][0]["code"], "flow_unpublished");
    at.ask(Method::POST, "/flows/main/publish", Some(&publish(&draft["version"])))
        .await
        .expect(409);
    let published =
        at.ask(Method::POST, "/flows/main/publish", Some(&publish(&fine["version"]))).await;
    let published = published.expect(200);
    assert_eq!((&published["published"], &published["has_draft"]), (&json!(1), &json!(false)));
    let kept = house.ask(Method::PUT, at_number, manager, Some(&number)).await.expect(200);
    assert_eq!(kept["flow"], "main");

    // Calls follow the published text while another one is written.
    let next = json!({ "text": text, "version": published["version"] });
    let next = at.ask(Method::PUT, "/flows/main", Some(&next)).await.expect(200);
    assert_eq!((&next["published"], &next["has_draft"]), (&json!(1), &json!(true)));
    assert_eq!(next["numbers"], json!(["+33123456789"]));
    assert_eq!(next["versions"][0]["text"], fine["text"]);
    let gone = at.ask(Method::DELETE, "/flows/main", None).await.expect(409);
    assert_eq!(gone["reason"], "flow_published");
    let listed = at.ask(Method::GET, "/flows", None).await.expect(200);
    assert_eq!(listed[0]["numbers"], json!(["+33123456789"]));
    house.close().await.unwrap();
}

async fn a_lead_turns_the_broadcast_on_and_off(house: House) {
    let at = At::of(&house);
    let path = format!("/api/v1/clients/{}/broadcast", house.first);
    let lead = house.person(Role::ShiftLead);
    let turn = |on: bool| {
        let (house, path) = (&house, path.clone());
        async move { house.ask(Method::PUT, &path, lead, Some(&json!({ "on": on }))).await }
    };
    assert_eq!(turn(true).await.expect(409)["reason"], "broadcast_empty");
    let settings = json!({
        "record": false, "ring_s": 10, "broadcast": [{ "language": "fr", "text": "Panne." }],
        "broadcast_on": false,
    });
    at.ask(Method::PUT, "/voice", Some(&settings)).await.expect(200);
    assert_eq!(turn(true).await.expect(200), json!({ "on": true, "is_set": true }));
    let now = at.ask(Method::GET, "/voice", None).await.expect(200);
    assert_eq!(
        (&now["broadcast_on"], &now["broadcast"][0]["text"]),
        (&json!(true), &json!("Panne."))
    );
    assert_eq!(turn(false).await.expect(200)["on"], false);
    let audit = house.ask(
        Method::GET,
        "/api/v1/audit?action=broadcast.switched",
        house.person(Role::Administrator),
        None,
    );
    assert!(audit.await.text.contains("broadcast.switched"));
    house.close().await.unwrap();
}

async fn settings_for_calls_name_what_is_there(house: House) {
    let at = At::of(&house);
    let wrong = json!({
        "record": false, "ring_s": 10, "callback_key": "1", "voicemail_key": "1", "announce_s": 5,
        "voicemail_max_s": 5, "voicemail_due_h": 0, "sounds": { "music": "jazz" },
    });
    let refused = at.ask(Method::PUT, "/voice", Some(&wrong)).await.expect(422);
    let mut fields: Vec<&str> = refused["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["field"].as_str().unwrap())
        .collect();
    fields.sort_unstable();
    let all = ["announce_s", "sounds.music", "voicemail_due_h", "voicemail_key", "voicemail_max_s"];
    assert_eq!(fields, all);
    at.send(Method::POST, "/prompts?name=jazz&language=fr", wav(440.0)).await.expect(201);
    let fine = json!({
        "record": false, "ring_s": 10, "callback_key": "1", "voicemail_key": "2", "announce_s": null,
        "sounds": { "music": "jazz" },
    });
    let kept = at.ask(Method::PUT, "/voice", Some(&fine)).await.expect(200);
    assert_eq!((&kept["announce_s"], &kept["sounds"]["music"]), (&Value::Null, &json!("jazz")));
    let listed = at.ask(Method::GET, "/prompts", None).await.expect(200);
    assert_eq!(listed["items"][0]["used_by"], json!(["settings"]));
    house.close().await.unwrap();
}
