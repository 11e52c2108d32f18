//! The demonstration on a real server, twenty times as fast as life.

use std::time::Duration;

use demo::{Company, Password, Play};
use futures_util::{SinkExt, StreamExt};
use routing::{Ending, Event};
use serde_json::{Value, json};
use server::{clock::Clock, config::Config, http::password::Passwords, serve::Server};
use store::{Store, journal::Entry};
use testkit::{Step, check, print_steps};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};
use tokio_util::sync::CancellationToken;

/// Nothing in here takes longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(150);

async fn journal(store: &Store) -> Vec<Entry> {
    let mut all = Vec::new();
    for floor in store.floors().await.expect("the floors") {
        let mut reader = store.read_journal(floor, 1);
        while let Some(entries) = reader.next().await.expect("a frame") {
            all.extend(entries);
        }
    }
    all
}

/// Looks again and again until it holds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let mut looks = tokio::time::interval(Duration::from_millis(200));
    let done = tokio::time::timeout(PATIENCE, async {
        loop {
            looks.tick().await;
            if holds().await {
                return;
            }
        }
    });
    done.await.unwrap_or_else(|_| panic!("waited {PATIENCE:?} in vain: {what}"));
}

/// Anna sits down at her desk, as a person would, and answers the first contact that rings.
async fn anna_answers(base: &str, password: &str) {
    let http = reqwest::Client::new();
    let answer = http
        .post(format!("{base}/api/v1/session"))
        .json(&json!({ "login": "anna", "password": password }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    let cookie: Vec<String> = answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .filter_map(|value| Some(value.to_str().ok()?.split(';').next()?.to_owned()))
        .collect();
    let cookie = cookie.join("; ");
    let session: Value = answer.json().await.expect("a session");
    let csrf = session["csrf"].as_str().expect("a token").to_owned();
    let post = |path: String, body: Value| {
        let request = http.post(format!("{base}/api/v1/desk/{path}"));
        request.header("cookie", &cookie).header("x-csrf-token", &csrf).json(&body).send()
    };

    let address = format!("{}/api/v1/live", base.replacen("http", "ws", 1));
    let mut request = address.into_client_request().expect("an address");
    request.headers_mut().insert("cookie", cookie.parse().expect("a cookie"));
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.expect("a socket");
    let subscribe = json!({ "type": "subscribe", "topic": "desk" }).to_string();
    socket.send(Message::Text(subscribe.into())).await.expect("a request");
    let answering = async {
        let mut begun = false;
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            let told: Value = serde_json::from_str(text.as_str()).expect("JSON");
            if told["type"] == "snapshot" && !begun {
                begun = true;
                let presence = json!({ "presence": { "kind": "available" } });
                let status =
                    post("sign-in".to_owned(), presence).await.expect("an answer").status();
                assert!(status.is_success(), "signing in to the floor: {status}");
            }
            let at_desk = ["view", "change"]
                .into_iter()
                .filter_map(|part| told[part]["data"]["contacts"].as_array())
                .flatten();
            let offered = at_desk.into_iter().find(|contact| contact["state"] == "offered");
            let Some(id) = offered.and_then(|contact| contact["contact"].as_str()) else {
                continue;
            };
            let answer = post(format!("contacts/{id}/answer"), json!({})).await.expect("an answer");
            match answer.status().as_u16() {
                204 => return,
                // The customer was faster and has left; customers in a hurry do.
                404 | 409 => {}
                other => panic!("answering: {other}"),
            }
        }
        panic!("the socket closed before anything could be answered");
    };
    tokio::time::timeout(PATIENCE, answering).await.expect("something is answered in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_floor_lives_and_people_can_join_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = Config::in_folder(folder.path()).expect("a configuration");
    config.listen = "127.0.0.1:0".parse().expect("an address");
    let clock = Clock::system();
    let password = Password::of_folder(folder.path()).expect("a password");
    assert_eq!(password, Password::of_folder(folder.path()).expect("the same"));

    let store = Store::open(&config.database).await.expect("a store");
    assert!(demo::has_nobody(&store).await.expect("a look"));
    let hash = Passwords::new(config.password_cost).hash(password.reveal()).await.expect("a hash");
    demo::seed(&store, clock.now(), &hash).await.expect("an empty store takes it");
    let again = demo::seed(&store, clock.now(), &hash).await.map_err(|error| error.to_string());
    assert!(again.is_err_and(|error| error.contains("needs an empty one")));
    let keys = demo::widget_keys(&store).await.expect("the keys");
    assert_eq!(keys.len(), Company::ALL.len());

    let server = Server::open(config, clock).await.expect("a server");
    let server = server.with_pages(demo::pages(&keys));
    let base = format!("http://{}", server.local_address());
    let stop = CancellationToken::new();
    let serving = tokio::spawn(server.run(stop.clone().cancelled_owned()));
    let play = Play {
        base: base.clone(),
        password: password.clone(),
        telephone: None,
        keys: keys.clone(),
        seed: 0x5a17,
        pace: 20,
    };
    let curtain = CancellationToken::new();
    let playing = tokio::spawn(demo::play(play, curtain.clone()));

    for (company, key) in &keys {
        let page = reqwest::get(format!("{base}/demo/{}", company.slug())).await.expect("a page");
        let text = page.text().await.expect("a text");
        assert!(text.contains(company.name()) && text.contains(key), "{text}");
    }
    anna_answers(&base, password.reveal()).await;

    until(
        "each company's customers are served, and some wrap-up has its disposition",
        async || {
            let mut handled = std::collections::BTreeMap::<_, u32>::new();
            let mut disposed = 0;
            for stamped in journal(&store).await.into_iter().flat_map(|entry| entry.events) {
                match stamped.event {
                    Event::Ended { client, ending: Ending::Handled(_), .. } => {
                        *handled.entry(client).or_default() += 1;
                    }
                    Event::WrapUpEnded { disposition: Some(_), .. } => disposed += 1,
                    _ => {}
                }
            }
            handled.len() == Company::ALL.len() && handled.values().all(|n| *n >= 3) && disposed > 5
        },
    )
    .await;

    curtain.cancel();
    playing.await.expect("the players leave");
    stop.cancel();
    serving.await.expect("the server ends").expect("and ends well");

    // The laws of the floor hold for what real sockets and a real clock made of it.
    let steps: Vec<Step> = journal(&store)
        .await
        .into_iter()
        .flat_map(|entry| {
            let at = entry.at;
            let input = entry.input.map(|input| Step::Accepted { at, input: Box::new(input) });
            let events = entry.events.into_iter().map(|event| Step::Event(Box::new(event)));
            input.into_iter().chain(events).chain([Step::Settled { at }]).collect::<Vec<_>>()
        })
        .collect();
    store.close().await;
    if let Some(broken) = check(&steps).first() {
        let from = broken.step.saturating_sub(40);
        panic!("{broken}\n{}", print_steps(&steps[from..steps.len().min(broken.step + 1)]));
    }
}
