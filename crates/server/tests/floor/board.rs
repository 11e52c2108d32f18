//! The supervisor's board, and what a lead does there.

use std::time::Duration;

use api::{
    admin::{Page, audit::AuditView},
    board::{BoardView, LeadSetsPresence, MoveAgent, MoveDone, PoolName},
    desk::{AgentStateKind, AwayReasonKind, DeskContactState as At, FinishRequest, PresenceChoice},
    live::Topic,
    why::WhyView,
    widget::{ConversationState, WidgetRequest},
};
use domain::{ContactId, contract::Channel};
use routing::{Arrival, Input};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    fixture::{Engine, Floor, both},
    seed::{self, Plan},
    wait::asking,
};

both! {
    snapshot_and_deltas_are_the_same_as_a_fresh_snapshot,
    board_report_table_and_portal_count_the_abandoned_alike,
    an_agent_is_moved_between_pools_and_back,
    a_lead_sets_a_presence_takes_a_contact_away_and_lets_one_pass,
    the_board_is_for_those_who_may_see_it,
}

fn sorted(mut board: BoardView) -> BoardView {
    board.clients.sort_by_key(|row| row.id);
    board.queues.sort_by_key(|row| row.id);
    board.agents.sort_by_key(|row| row.id);
    board.waiting.sort_by_key(|row| row.id);
    board
}

async fn snapshot_and_deltas_are_the_same_as_a_fresh_snapshot(engine: Engine) {
    let floor = Floor::planned(engine, Plan { chats: 2, ..Plan::default() }).await;
    let lead = floor.person("lead").await;
    let watched = lead.follow(Topic::Board).await;
    watched.until("a snapshot", |seen| seen.board.as_ref().map(drop)).await;
    let anna = floor.agent("anna").await;
    let ben = floor.agent("ben").await;
    let finish = FinishRequest { disposition: Some(seed::DONE.uuid()), note: String::new() };
    let mut here = Vec::new();
    for n in 0..8 {
        let customer = floor.customer(seed::SHARED_WIDGET).await;
        let first = customer.start(&format!("Question {n}"));
        customer.acked(first).await;
        here.push(customer);
        floor.pass(Duration::from_secs(3));
        watched
            .until("it is counted", |seen| {
                (seen.board.as_ref()?.floor.offered == n + 1).then_some(())
            })
            .await;
    }
    let one = anna.answer().await.contact;
    anna.act(one, "hold").await.done();
    let two = ben.answer().await.contact;
    ben.act(two, "end").await.done();
    ben.contact_is(two, At::WrapUp).await;
    ben.act_with(two, "finish", &finish).await.done();
    here[7].say(WidgetRequest::End);
    here[7].state(ConversationState::Ended).await;
    floor.pass(Duration::from_secs(70));
    ben.set(PresenceChoice::Away(AwayReasonKind::Lunch)).await.done();

    let equal = asking("equal numbers, equal boards", || async {
        let fresh = lead.follow(Topic::Board).await;
        let (seq, snapshot) =
            fresh.until("a snapshot", |seen| Some((seen.seq, seen.board.clone()?))).await;
        let old = watched.until("as far", |seen| (seen.seq >= seq).then(|| seen.clone())).await;
        (old.seq == seq).then(|| (sorted(snapshot), sorted(old.board.unwrap()), old.deltas))
    });
    let (fresh, kept, deltas) = equal.await;
    assert_eq!(fresh, kept);
    assert!(deltas > 3, "only {deltas} deltas were told");
    assert_eq!(watched.seen.borrow().snapshots, 1);
    assert_eq!(fresh.floor.offered, 8);
}

async fn board_report_table_and_portal_count_the_abandoned_alike(engine: Engine) {
    let floor = Floor::open(engine).await;
    let lead = floor.person("lead").await;
    let arrive = async |n: u128| {
        let contact = ContactId::from_u128(n);
        let arrival = Arrival {
            contact,
            client: seed::SHARED,
            queue: seed::SHARED_QUEUE,
            channel: Channel::Chat,
            language: None,
            first_ring: None,
            customer: None,
            head_start: None,
            emergency: false,
        };
        floor.app.floor.input(Input::Arrive(arrival)).await.unwrap();
        contact
    };
    let from = floor.clock.now();
    // One leaves at once, one after its patience, and one is answered.
    let contact = arrive(0xa1).await;
    floor.app.floor.input(Input::Abandon { contact }).await.unwrap();
    let contact = arrive(0xa2).await;
    floor.pass(Duration::from_secs(40));
    floor.app.floor.input(Input::Abandon { contact }).await.unwrap();
    let contact = arrive(0xa3).await;
    let anna = floor.agent("anna").await;
    assert_eq!(anna.answer().await.contact, contact.uuid());

    let of = |figures: &Value| {
        ["abandoned", "short_abandoned", "abandonment_permille"].map(|name| figures[name].clone())
    };
    let want = [2, 1, 667].map(Value::from);
    let board = lead.follow(Topic::Board).await;
    let (sum, row) = board
        .until("the board counts the answer", |seen| {
            let board = seen.board.as_ref()?;
            let row = board.clients.iter().find(|row| row.id == seed::SHARED.uuid())?;
            (row.day.answered == 1).then(|| (board.floor.clone(), row.day.clone()))
        })
        .await;
    assert_eq!(of(&serde_json::to_value(sum).unwrap()), want, "the floor's sum");
    assert_eq!(of(&serde_json::to_value(row).unwrap()), want, "the client's row");

    let span = format!("from={from}&until={}&length=day", floor.clock.now());
    let path = format!("/api/v1/reports/intervals?{span}");
    let report: Value = lead.get(&path).await.good();
    assert_eq!(report["zone"], lead.session.zone, "days are the floor's");
    assert_eq!(of(&report["total"]), want, "the report");
    let portal: Value = floor.person("reader").await.get(&path).await.good();
    assert_eq!(of(&portal["total"]), want, "the portal");
    let table = lead.table(&path).await;
    let (names, line) = table.split_once('\n').unwrap();
    let cell = |name: &str| {
        let at = names.trim().split(',').position(|column| column == name).unwrap();
        line.lines().next().unwrap().split(',').nth(at).unwrap().to_owned()
    };
    assert_eq!((cell("abandoned"), cell("short_abandoned")), ("2".to_owned(), "1".to_owned()));
    assert_eq!(cell("abandonment_permille"), "667", "the table: {table}");
}

async fn an_agent_is_moved_between_pools_and_back(engine: Engine) {
    let floor = Floor::open(engine).await;
    let olga = floor.agent("olga").await;
    let customer = floor.customer(seed::SHARED_WIDGET).await;
    customer.start("Anybody?");
    customer.state(ConversationState::Waiting).await;
    let lead = floor.person("lead").await;
    let board = lead.follow(Topic::Board).await;
    let waiting =
        board.until("it waits", |seen| seen.board.as_ref()?.waiting.first().cloned()).await;
    let why: WhyView = lead.get(&format!("/api/v1/board/contacts/{}/why", waiting.id)).await.good();
    assert!(why.sentence.contains("the pool Days"), "{}", why.sentence);
    assert!(why.sentence.contains("Nobody who fits is signed in."), "{}", why.sentence);

    let pools: Vec<PoolName> = lead.get("/api/v1/board/pools").await.good();
    assert_eq!(
        pools.iter().map(|pool| pool.name.as_str()).collect::<Vec<_>>(),
        ["Days", "Evenings"]
    );
    let path = format!("/api/v1/board/agents/{}/move", seed::OLGA.uuid());
    let to = |pools: Vec<Uuid>, reason: &str| MoveAgent { pools, reason: reason.to_owned() };
    lead.post_body(&path, &to(vec![seed::POOL.uuid()], " ")).await.refused(422, "invalid");
    lead.post_body(&path, &to(vec![Uuid::new_v4()], "peak")).await.refused(422, "invalid");
    let moved: MoveDone = lead.post_body(&path, &to(vec![seed::POOL.uuid()], "peak")).await.good();
    assert_eq!(
        (&moved.before, &moved.after),
        (&vec![seed::OTHER_POOL.uuid()], &vec![seed::POOL.uuid()])
    );
    // At once: the waiting contact rings at her desk.
    assert_eq!(olga.contact(At::Offered).await.contact, waiting.id);
    let pools_are = |pools: Vec<Uuid>| {
        board.until("the board shows the pools", move |seen| {
            let agents = &seen.board.as_ref()?.agents;
            let row = agents.iter().find(|row| row.id == seed::OLGA.uuid())?;
            (row.pools == pools).then_some(())
        })
    };
    pools_are(vec![seed::POOL.uuid()]).await;
    let undo = format!("/api/v1/board/moves/{}/undo", moved.undo);
    lead.post(&undo).await.done();
    pools_are(vec![seed::OTHER_POOL.uuid()]).await;
    lead.post(&undo).await.refused(404, "not_found");

    // A move after which somebody else has moved the agent is not taken back.
    let first: MoveDone = lead.post_body(&path, &to(vec![seed::POOL.uuid()], "peak")).await.good();
    lead.post_body(&path, &to(vec![], "no pool")).await.done();
    lead.post(&format!("/api/v1/board/moves/{}/undo", first.undo)).await.refused(409, "conflict");
    let told = audit(&floor, "board.").await;
    let actions: Vec<&str> = told.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["board.move", "board.move", "board.undo_move", "board.move"]);
}

/// The audit log's entries of these actions, newest first.
async fn audit(floor: &Floor, action: &str) -> Vec<AuditView> {
    let admin = floor.person("admin").await;
    let page: Page<AuditView> = admin.get(&format!("/api/v1/audit?action={action}")).await.good();
    page.items
}

async fn a_lead_sets_a_presence_takes_a_contact_away_and_lets_one_pass(engine: Engine) {
    let plan = Plan { chats: 1, announce: false, ..Plan::default() };
    let floor = Floor::planned(engine, plan).await;
    let anna = floor.agent("anna").await;
    let talking = floor.customer(seed::SHARED_WIDGET).await;
    talking.start("First");
    let contact = anna.answer().await.contact;
    let mut line = Vec::new();
    for words in ["Second", "Third"] {
        let customer = floor.customer(seed::SHARED_WIDGET).await;
        let first = customer.start(words);
        customer.acked(first).await;
        line.push(customer);
        floor.pass(Duration::from_secs(2));
    }
    let lead = floor.person("lead").await;
    let board = lead.follow(Topic::Board).await;
    let last = board
        .until("two wait", |seen| {
            let waiting = &seen.board.as_ref()?.waiting;
            (waiting.len() == 2)
                .then(|| waiting.iter().max_by_key(|row| row.since.clone()).cloned())?
        })
        .await;

    // The last one first.
    lead.post(&format!("/api/v1/board/contacts/{}/expedite", last.id)).await.done();
    lead.post(&format!("/api/v1/board/contacts/{}/expedite", Uuid::new_v4()))
        .await
        .refused(404, "not_found");
    // Taken away from Anna, who does not react, and who is away from then on.
    let path = format!("/api/v1/board/agents/{}/presence", seed::ANNA.uuid());
    let ready = LeadSetsPresence { presence: PresenceChoice::Available, reason: "go".into() };
    lead.post_body(&path, &ready).await.refused(409, "conflict");
    let reason = "does not react".to_owned();
    let away = PresenceChoice::Away(AwayReasonKind::SetByLead);
    lead.post_body(&path, &LeadSetsPresence { presence: away, reason }).await.done();
    let release = format!("/api/v1/board/agents/{}/contacts/{contact}/release", seed::ANNA.uuid());
    lead.post(&release).await.done();
    assert_eq!(anna.gone(contact).await, "released");
    anna.until("away", |desk| {
        let state = &desk.me.state;
        (state.kind == AgentStateKind::Away && state.reason == Some(AwayReasonKind::SetByLead))
            .then_some(())
    })
    .await;
    lead.post(&release).await.refused(404, "not_found");

    // Ben gets the one let pass first, then the one taken away, then the other.
    let ben = floor.agent("ben").await;
    let finish = FinishRequest { disposition: None, note: String::new() };
    let (mut order, mut served) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let taken = ben.answer().await;
        served.push(taken.contact);
        order.push(taken.messages[0].body.clone());
        ben.act(taken.contact, "end").await.done();
        ben.contact_is(taken.contact, At::WrapUp).await;
        ben.act_with(taken.contact, "finish", &finish).await.done();
    }
    assert_eq!(order, ["Third", "First", "Second"]);
    talking.state(ConversationState::Ended).await;

    // A promised call back is taken back, once.
    let path = format!("/api/v1/board/agents/{}/presence", seed::BEN.uuid());
    let reason = "nobody shall answer".to_owned();
    lead.post_body(&path, &LeadSetsPresence { presence: away, reason }).await.done();
    let customer = floor.customer(seed::SHARED_WIDGET).await;
    let first = customer.start("Call me");
    customer.acked(first).await;
    let promised = board
        .until("another one waits", |seen| {
            // Those who were served may be shown a moment longer.
            let waiting = &seen.board.as_ref()?.waiting;
            waiting.iter().find(|row| !served.contains(&row.id)).cloned()
        })
        .await
        .id;
    let cancel = format!("/api/v1/board/contacts/{promised}/cancel-callback");
    lead.post(&cancel).await.refused(409, "conflict");
    let contact = ContactId::from_uuid(promised);
    floor.app.floor.input(Input::RequestCallback { contact }).await.expect("it waits");
    let why = format!("/api/v1/board/contacts/{promised}/why");
    assert!(lead.get(&why).await.good::<WhyView>().callback);
    lead.post(&cancel).await.done();
    lead.post(&cancel).await.refused(404, "not_found");

    let told = audit(&floor, "board.").await;
    let actions: Vec<&str> = told.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "board.cancel_callback",
            "board.presence",
            "board.release",
            "board.presence",
            "board.expedite"
        ]
    );
    assert!(told.iter().all(|entry| entry.user_name == "lead the user"), "{told:?}");
}

async fn the_board_is_for_those_who_may_see_it(engine: Engine) {
    let floor = Floor::open(engine).await;
    for login in ["anna", "reader"] {
        let person = floor.person(login).await;
        let board = person.follow(Topic::Board).await;
        let refused = board.until("a refusal", |seen| seen.refused.first().cloned()).await;
        assert_eq!(refused, "Your role does not see the board.");
        assert!(board.seen.borrow().board.is_none());
        person.get("/api/v1/board/pools").await.refused(403, "forbidden");
        let path = format!("/api/v1/board/agents/{}/move", seed::ANNA.uuid());
        let body = MoveAgent { pools: vec![], reason: "mischief".into() };
        person.post_body(&path, &body).await.refused(403, "forbidden");
    }
    // And the desk is for agents.
    let lead = floor.person("lead").await;
    let desk = lead.follow(Topic::Desk).await;
    let refused = desk.until("a refusal", |seen| seen.refused.first().cloned()).await;
    assert_eq!(refused, "This sign-in does not belong to an agent.");
}
