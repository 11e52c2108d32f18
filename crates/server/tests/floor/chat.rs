//! A chat end to end.

use api::{
    chat::{AttachmentView, Author, SendMessage},
    desk::{DeskContactState as At, DeskSignal, FinishRequest, OfferKindView, PresenceChoice},
    live::{LiveRequest, Topic},
    reports::{ContactState, ContactView},
    widget::{ConversationState, WidgetRequest},
};
use uuid::Uuid;

use crate::{
    fixture::{Engine, Floor, both},
    seed,
    wait::asking,
};

both! { a_chat_is_taken_from_the_first_word_to_the_last_note }

async fn a_chat_is_taken_from_the_first_word_to_the_last_note(engine: Engine) {
    let floor = Floor::open(engine).await;
    let anna = floor.agent("anna").await;
    let customer = floor.customer(seed::SHARED_WIDGET).await;
    let widget = customer.known.borrow().widget.clone().unwrap();
    assert_eq!((widget.client_name.as_str(), widget.open), ("Alpine Hotel", true));
    assert_eq!(widget.queues.len(), 2);

    // It rings, with everything the agent needs before the first word.
    let first = customer.start_as("Is breakfast included?", Some("Maria"), Some("m@x.org"), None);
    assert_eq!(customer.acked(first).await, 1);
    let offered = anna.contact(At::Offered).await;
    assert_eq!(offered.client.name, "Alpine Hotel");
    assert_eq!(offered.client.alias, "Anna at the desk");
    assert_eq!(offered.greeting, "Hello, this is Anna at the desk, how can I help?");
    assert!(offered.protocol.contains("booking number"), "{}", offered.protocol);
    assert_eq!(offered.queue, "Reception");
    assert_eq!(offered.customer.name, "Maria");
    assert_eq!(offered.customer.email.as_deref(), Some("m@x.org"));
    assert_eq!(offered.customer.page.as_deref(), Some("https://shop.example/help"));
    assert!(!offered.customer.verified && offered.until.is_some());
    assert_eq!(offered.messages.len(), 1);
    let contact = offered.contact;

    // Nothing is said from a desk that only rings.
    anna.send(contact, "too early", false).await.refused(409, "conflict");

    let talking = anna.answer().await;
    assert_eq!(talking.contact, contact);
    let with = customer.state(ConversationState::WithAgent).await;
    assert_eq!(with.agent_name.as_deref(), Some("Anna at the desk"));

    // Words, typing and read marks, both ways.
    let said = anna.write(contact, "It is, until ten.").await;
    let heard = customer.message("It is, until ten.").await;
    assert_eq!((heard.seq, heard.author, heard.id), (said.seq, Author::Agent, said.id));
    assert_eq!(heard.author_name, "Anna at the desk");
    let more = customer.write("And dinner?");
    let seq = customer.acked(more).await;
    assert_eq!(anna.message(contact, "And dinner?").await.seq, seq);
    customer.say(WidgetRequest::Typing);
    anna.live
        .until("the customer types", |seen| {
            seen.signals.contains(&DeskSignal::Typing { contact }).then_some(())
        })
        .await;
    anna.live.say(LiveRequest::Typing { contact });
    let typing = customer.until("the agent types", |known| known.typing.first().cloned()).await;
    assert_eq!(typing, "Anna at the desk");
    customer.say(WidgetRequest::Read { upto: said.seq });
    anna.until("read by the customer", |desk| {
        (desk.contacts[0].customer_read == said.seq).then_some(())
    })
    .await;
    anna.act_with(contact, "read", &api::desk::ReadRequest { upto: seq }).await.done();
    customer.until("read by the agent", |known| (known.agent_read == seq).then_some(())).await;

    // Files, up and down.
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01".to_vec();
    let (status, body) = customer.upload("passport.png", png.clone()).await;
    assert_eq!(status, 201, "{body}");
    let up: AttachmentView = serde_json::from_value(body["attachment"].clone()).unwrap();
    let client_id = Uuid::new_v4();
    let attachment = Some(up.id);
    customer.say(WidgetRequest::Message { client_id, body: String::new(), attachment });
    let seq = customer.acked(client_id).await;
    let got = anna
        .until("the file", |desk| {
            let messages = &desk.contacts[0].messages;
            messages.iter().find(|message| message.seq == seq)?.attachment.clone()
        })
        .await;
    assert_eq!((got.name.as_str(), got.content_type.as_str()), ("passport.png", "image/png"));
    assert_eq!(customer.fetch(&got).await, png);
    let down: AttachmentView = anna
        .person
        .upload(
            &format!("/api/v1/desk/contacts/{contact}/files?name=menu.txt"),
            b"soup, fish".to_vec(),
        )
        .await
        .good();
    let message = SendMessage {
        client_id: Uuid::new_v4(),
        body: "The menu.".into(),
        note: false,
        attachment: Some(down.id),
    };
    anna.act_with(contact, "messages", &message).await.done();
    let file = customer.message("The menu.").await.attachment.unwrap();
    assert_eq!(customer.fetch(&file).await, b"soup, fish");
    let (status, body) = customer.upload("run.exe", b"MZ\x90\0\x03\0\0\0".to_vec()).await;
    assert_eq!((status, body["code"].as_str()), (415, Some("unsupported_type")), "{body}");

    // A note stays among colleagues: the customer model fails on a note.
    anna.send(contact, "Sounds tired; be kind.", true).await.done();
    anna.message(contact, "Sounds tired; be kind.").await;

    // Hold and resume.
    anna.act(contact, "hold").await.done();
    anna.contact_is(contact, At::Holding).await;
    anna.act(contact, "resume").await.done();
    anna.contact_is(contact, At::Talking).await;

    // A second agent is asked, joins, and leaves.
    let ben = floor.agent("ben").await;
    let consult = api::desk::ConsultRequest { agent: seed::BEN.uuid() };
    anna.act_with(contact, "consult", &consult).await.done();
    let asked = ben.contact(At::Offered).await;
    assert_eq!((asked.contact, asked.kind), (contact, OfferKindView::Consult));
    assert_eq!(asked.from.as_deref(), Some("Anna of the floor"));
    assert!(asked.messages.iter().any(|m| m.body == "Sounds tired; be kind."));
    ben.act(contact, "answer").await.done();
    ben.contact_is(contact, At::Consulting).await;
    anna.act(contact, "conference").await.done();
    let both = ben.contact_is(contact, At::Talking).await;
    assert_eq!(both.with, ["Anna of the floor"]);
    anna.until("the colleague is named", |desk| {
        (desk.contacts[0].with == ["Ben of the floor"]).then_some(())
    })
    .await;
    ben.write(contact, "Dinner is at seven.").await;
    assert_eq!(customer.message("Dinner is at seven.").await.author_name, "Ben at the desk");
    anna.message(contact, "Dinner is at seven.").await;
    ben.act(contact, "leave").await.done();
    ben.contact_is(contact, At::WrapUp).await;
    anna.until("alone again", |desk| desk.contacts[0].with.is_empty().then_some(())).await;
    ben.act_with(contact, "finish", &FinishRequest { disposition: None, note: String::new() })
        .await
        .done();
    assert_eq!(ben.gone(contact).await, "finished");

    // The end, by the agent; wrap-up is extended once and then finished with a disposition.
    anna.act(contact, "end").await.done();
    let wrap_up = anna.contact_is(contact, At::WrapUp).await;
    customer.state(ConversationState::Ended).await;
    assert!(wrap_up.can_extend);
    assert_eq!(wrap_up.dispositions.len(), 1);
    anna.act(contact, "extend").await.done();
    let longer = anna
        .until("extended", |desk| {
            let held = desk.contacts.first()?;
            (!held.can_extend).then(|| held.clone())
        })
        .await;
    assert!(longer.until > wrap_up.until, "{:?} {:?}", longer.until, wrap_up.until);
    anna.act(contact, "extend").await.refused(409, "conflict");
    anna.send(contact, "too late", false).await.refused(409, "conflict");
    anna.send(contact, "Wants a room with a view next time.", true).await.done();
    let finish = FinishRequest { disposition: Some(Uuid::new_v4()), note: String::new() };
    anna.act_with(contact, "finish", &finish).await.refused(422, "invalid");
    let finish =
        FinishRequest { disposition: Some(seed::DONE.uuid()), note: "Happy in the end.".into() };
    anna.act_with(contact, "finish", &finish).await.done();
    assert_eq!(anna.gone(contact).await, "finished");
    assert_eq!(anna.view().me.today.answered, 1);

    // Anna goes for lunch, and her own desk says so.
    anna.set(PresenceChoice::Away(api::desk::AwayReasonKind::Lunch)).await.done();
    anna.until("away", |desk| {
        (desk.me.state.kind == api::desk::AgentStateKind::Away).then_some(())
    })
    .await;

    // The board, the contact's record and its timeline all tell the same.
    let lead = floor.person("lead").await;
    let board = lead.follow(Topic::Board).await;
    board
        .until("the board has counted it", |seen| {
            let board = seen.board.as_ref()?;
            let client = board.clients.iter().find(|row| row.id == seed::SHARED.uuid())?;
            let anna = board.agents.iter().find(|row| row.id == seed::ANNA.uuid())?;
            (client.day.offered == 1
                && client.day.answered == 1
                && client.day.service_level_permille == Some(1000)
                && client.day.waiting == 0
                && anna.answered == 1
                && anna.contacts.is_empty())
            .then_some(())
        })
        .await;
    let told = asking("the contact's record", || async {
        let answer = lead.get(&format!("/api/v1/contacts/{contact}")).await;
        let view: ContactView = answer.status.is_success().then(|| answer.good())?;
        (view.line.state == ContactState::Handled).then_some(view)
    })
    .await;
    assert_eq!(told.line.customer, "Maria");
    assert_eq!(told.line.disposition.as_deref(), Some("Question answered"));
    assert_eq!(told.notes, ["Happy in the end."]);
    let words: Vec<&str> = told.messages.iter().map(|m| m.body.as_str()).collect();
    for said in ["Is breakfast included?", "Dinner is at seven.", "Sounds tired; be kind."] {
        assert!(words.contains(&said), "{said} is not in {words:?}");
    }
    let happened: Vec<&str> = told.timeline.iter().map(|entry| entry.event.as_str()).collect();
    for event in ["arrived", "queued", "offered", "answered", "ended"] {
        assert!(happened.contains(&event), "{event} is not in {happened:?}");
    }
    assert!(told.decisions[0].sentence.contains("Anna of the floor"), "{:?}", told.decisions);
}
