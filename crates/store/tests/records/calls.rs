//! Telephony: trunks, numbers, settings, calls with their legs, recordings.

use std::time::Duration;

use domain::{LegId, PhoneNumber, PromptId, RecordingId, RedactionId, TrunkId};
use testkit::both_engines;

use super::*;

both_engines!(open;
    trunks_keep_their_secret_until_there_is_a_new_one,
    a_desk_phone_is_one_agents_and_its_name_one_phones,
    a_number_belongs_to_one_client,
    settings_are_each_clients_own,
    a_call_is_kept_with_its_legs_from_the_first_ring_to_the_end,
    calls_of_a_server_that_is_gone_are_cut,
    a_recording_is_linked_paused_finished_and_erased_in_time,
    spans_of_a_recording_are_redacted_and_let_be_heard_again,
    a_redaction_never_outlives_the_sound,
    a_recording_that_lost_sound_stays_damaged_when_it_ends,
    a_prompt_keeps_its_sound_and_its_name_is_its_own_in_a_language,
    a_flow_is_drafted_published_and_followed,
    a_voicemail_is_work_with_a_deadline,
    calls_are_found_by_number_and_those_that_never_ended_before_they_are_cut,
);

const TRUNK: TrunkId = TrunkId::from_u128(0x71);
const CONTACT: ContactId = ContactId::from_u128(0xc1);
const LEG: LegId = LegId::from_u128(0x1e);
const RECORDING: RecordingId = RecordingId::from_u128(0x4e);

fn call() -> Call {
    Call {
        client: ONE.client(),
        contact: CONTACT,
        direction: CallDirection::Inbound,
        trunk: Some(TRUNK),
        number: Some("+33987654321".to_owned()),
        dialled: Some("+33123456789".to_owned()),
        started: at(100),
        ended: None,
        ending: None,
    }
}

fn leg(started: i64) -> CallLeg {
    CallLeg {
        client: ONE.client(),
        contact: CONTACT,
        leg: LEG,
        started: at(started),
        party: LegParty::Agent,
        agent: Some(ANNA),
        answered: None,
        ended: None,
        ending: None,
        quality: None,
    }
}

fn recording() -> Recording {
    Recording {
        client: ONE.client(),
        id: RECORDING,
        contact: CONTACT,
        kind: RecordingKind::Call,
        path: "2026/01/02/a.wav".to_owned(),
        started: at(101),
        length: None,
        bytes: None,
        hash: None,
        status: RecordingStatus::Writing,
        kept_until: Some(at(1_000)),
    }
}

async fn a_desk_phone_is_one_agents_and_its_name_one_phones(store: Store) {
    let phone = DeskPhone {
        agent: ANNA,
        name: "anna".into(),
        document: serde_json::json!({ "name": "anna" }),
        ha1_md5: Some("md5".into()),
        ha1_sha256: Some("sha".into()),
        version: 0,
    };
    let (first, again) = (phone.clone(), phone.clone());
    write!(store, |tx| tx.save_desk_phone(&P, &first)).unwrap();
    let again = write!(store, |tx| tx.save_desk_phone(&P, &again));
    assert!(matches!(again, Err(StoreError::Stale { .. })), "{again:?}");
    let taken = DeskPhone { agent: BEN, ..phone.clone() };
    let refused = write!(store, |tx| tx.save_desk_phone(&P, &taken));
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    let fixed = DeskPhone { ha1_md5: None, ha1_sha256: None, version: 1, ..phone.clone() };
    let second = fixed.clone();
    write!(store, |tx| tx.save_desk_phone(&P, &second)).unwrap();
    let kept = store.view().desk_phones(&P).await.unwrap();
    assert_eq!(kept, [DeskPhone { version: 2, ..fixed }]);
    assert!(write!(store, |tx| tx.remove_desk_phone(&P, ANNA)).unwrap());
    assert!(!write!(store, |tx| tx.remove_desk_phone(&P, ANNA)).unwrap());
}

async fn trunks_keep_their_secret_until_there_is_a_new_one(store: Store) {
    let trunk = Trunk {
        id: TRUNK,
        document: json!({ "name": "Carrier" }),
        secret: Some("s3cret".to_owned()),
        version: 0,
    };
    let first = trunk.clone();
    write!(store, |tx| tx.save_trunk(&P, &first)).unwrap();
    let changed = Trunk { secret: None, version: 1, ..trunk.clone() };
    let second = changed.clone();
    write!(store, |tx| tx.save_trunk(&P, &second)).unwrap();
    let kept = store.view().trunks(&P).await.unwrap();
    assert_eq!(kept, [Trunk { version: 2, ..trunk.clone() }]);
    assert!(!format!("{kept:?}").contains("s3cret"), "a log never shows it");
    let stale = write!(store, |tx| tx.save_trunk(&P, &changed));
    assert!(matches!(stale, Err(StoreError::Stale { .. })));
    assert!(write!(store, |tx| tx.remove_trunk(&P, TRUNK)).unwrap());
}

async fn a_number_belongs_to_one_client(store: Store) {
    let number: PhoneNumber = "+33123456789".parse().unwrap();
    let line = PhoneLine {
        number: number.clone(),
        client: ONE.client(),
        queue: QUEUE,
        flow: Some("main".to_owned()),
        label: "Bookings".to_owned(),
        active: true,
        version: 0,
    };
    let (first, again) = (line.clone(), line.clone());
    write!(store, |tx| tx.save_phone_line(&P, &first)).unwrap();
    let twice = write!(store, |tx| tx.save_phone_line(&P, &again));
    assert!(matches!(twice, Err(StoreError::Stale { .. })));
    let moved = PhoneLine { client: TWO.client(), flow: None, active: false, version: 1, ..line };
    let second = moved.clone();
    write!(store, |tx| tx.save_phone_line(&P, &second)).unwrap();
    let kept = store.view().phone_lines(&P).await.unwrap();
    assert_eq!(kept, [PhoneLine { version: 2, ..moved }]);
    assert!(write!(store, |tx| tx.remove_phone_line(&P, &number)).unwrap());
}

async fn settings_are_each_clients_own(store: Store) {
    assert_eq!(store.view().voice_settings(&ONE).await.unwrap(), None);
    write!(store, |tx| tx.save_voice_settings(&ONE, &json!({ "record": true }), 0)).unwrap();
    write!(store, |tx| tx.save_voice_settings(&ONE, &json!({ "record": false }), 1)).unwrap();
    let stale = write!(store, |tx| tx.save_voice_settings(&ONE, &json!({}), 1));
    assert!(matches!(stale, Err(StoreError::Stale { .. })));
    let kept = store.view().voice_settings(&ONE).await.unwrap().unwrap();
    assert_eq!((kept.document, kept.version), (json!({ "record": false }), 2));
    assert_eq!(store.view().voice_settings(&TWO).await.unwrap(), None);
    assert_eq!(store.view().all_voice_settings(&P).await.unwrap().len(), 1);

    assert_eq!(store.view().phone_book(&ONE).await.unwrap(), None);
    for (written, version) in [(json!([{ "name": "Expert" }]), 0), (json!([]), 1)] {
        write!(store, |tx| tx.save_phone_book(&ONE, &written, version)).unwrap();
    }
    let stale = write!(store, |tx| tx.save_phone_book(&ONE, &json!([]), 1));
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    let kept = store.view().phone_book(&ONE).await.unwrap().unwrap();
    assert_eq!((kept.version, kept.document), (2, json!([])));
    assert_eq!(store.view().phone_book(&TWO).await.unwrap(), None);
}

async fn a_call_is_kept_with_its_legs_from_the_first_ring_to_the_end(store: Store) {
    let tx = write!(store, |tx| async {
        tx.start_call(&ONE, &call()).await?;
        tx.start_leg(&ONE, &leg(110)).await?;
        tx.answer_leg(&ONE, CONTACT, LEG, at(111)).await?;
        tx.end_leg(&ONE, CONTACT, LEG, "ended_by_agent", at(120)).await?;
        // The same phone again, after a transfer back.
        tx.start_leg(&ONE, &leg(130)).await?;
        tx.rate_leg(&ONE, CONTACT, LEG, &json!({ "mos": 4.2 })).await?;
        tx.end_call(&ONE, CONTACT, "ended_by_customer", at(140)).await?;
        tx.end_call(&ONE, CONTACT, "late", at(150)).await
    });
    tx.unwrap();
    let kept = store.view().call(&ONE, CONTACT).await.unwrap().unwrap();
    let ending = Some("ended_by_customer".to_owned());
    assert_eq!(kept, Call { ended: Some(at(140)), ending, ..call() });
    assert_eq!(store.view().call(&TWO, CONTACT).await.unwrap(), None, "another client's");
    let legs = store.view().call_legs(&ONE, CONTACT).await.unwrap();
    assert_eq!(legs.len(), 2);
    assert_eq!((legs[0].answered, legs[0].ended), (Some(at(111)), Some(at(120))));
    assert_eq!((legs[0].quality.clone(), legs[1].ended), (None, None));
    assert_eq!(legs[1].quality, Some(json!({ "mos": 4.2 })));
    assert!(store.view().call_legs(&TWO, CONTACT).await.unwrap().is_empty());
}

async fn calls_of_a_server_that_is_gone_are_cut(store: Store) {
    let cut = write!(store, |tx| async {
        tx.start_call(&ONE, &call()).await?;
        tx.start_leg(&ONE, &leg(110)).await?;
        tx.cut_calls(at(200), at(210), "cut").await
    });
    assert_eq!(cut.unwrap(), 1);
    let kept = store.view().call(&ONE, CONTACT).await.unwrap().unwrap();
    assert_eq!((kept.ended, kept.ending.as_deref()), (Some(at(210)), Some("cut")));
    let legs = store.view().call_legs(&ONE, CONTACT).await.unwrap();
    assert_eq!(legs[0].ending.as_deref(), Some("cut"));
}

async fn a_recording_is_linked_paused_finished_and_erased_in_time(store: Store) {
    let kept = write!(store, |tx| async {
        tx.start_call(&ONE, &call()).await?;
        tx.start_recording(&ONE, &recording()).await?;
        tx.pause_recording(&ONE, RECORDING, true, at(105)).await?;
        tx.pause_recording(&ONE, RECORDING, false, at(107)).await?;
        tx.pause_recording(&ONE, RECORDING, true, at(109)).await
    });
    kept.unwrap();
    let mut view = store.view();
    assert_eq!(view.recordings_unfinished(&P, at(200), 10).await.unwrap().len(), 1);
    assert_eq!(view.recordings_unlinked(&P, at(200)).await.unwrap(), 1, "no contact is kept yet");
    assert_eq!(view.recordings_unlinked(&P, at(101)).await.unwrap(), 0, "too new to say");
    drop(view);
    let length = Duration::from_millis(12_340);
    write!(store, |tx| tx.finish_recording(&ONE, RECORDING, length, 98_776, [7; 32])).unwrap();
    let mut view = store.view();
    let done = view.recording(&ONE, RECORDING).await.unwrap().unwrap();
    assert_eq!((done.length, done.bytes, done.hash), (Some(length), Some(98_776), Some([7; 32])));
    assert_eq!(done.status, RecordingStatus::Done);
    assert_eq!(view.recordings_of(&ONE, CONTACT).await.unwrap(), [done]);
    assert_eq!(view.recording(&TWO, RECORDING).await.unwrap(), None, "another client's");
    assert_eq!(view.client_of_recording(&P, RECORDING).await.unwrap(), Some(ONE.client()));
    for (after, last, found) in [(0x4d, 0x4e, 1), (0x4e, 0x4f, 0), (0x4c, 0x4d, 0), (0, 0x99, 1)] {
        let (after, last) = (RecordingId::from_u128(after), RecordingId::from_u128(last));
        let between = view.recordings_between(&P, after, last, 10).await.unwrap();
        assert_eq!(between, [RECORDING][..found], "after {after} to {last}");
    }
    let pauses = view.recording_pauses(&ONE, RECORDING).await.unwrap();
    assert_eq!(
        pauses,
        [
            RecordingPause { from: at(105), until: Some(at(107)) },
            RecordingPause { from: at(109), until: None },
        ]
    );
    assert!(view.recordings_due(&P, at(999), 10).await.unwrap().is_empty());
    assert_eq!(view.recordings_due(&P, at(1_000), 10).await.unwrap().len(), 1);
    drop(view);
    write!(store, |tx| tx.redact(&ONE, &redaction(1, 500))).unwrap();
    write!(store, |tx| tx.erase_recording(&ONE, RECORDING)).unwrap();
    let mut view = store.view();
    assert!(view.recordings_due(&P, at(1_000), 10).await.unwrap().is_empty());
    let erased = view.recording(&ONE, RECORDING).await.unwrap().unwrap();
    assert_eq!(erased.status, RecordingStatus::Erased);
    assert!(view.redactions(&ONE, RECORDING).await.unwrap().is_empty(), "gone with the sound");
}

fn redaction(n: u128, from_ms: u64) -> Redaction {
    Redaction {
        id: RedactionId::from_u128(n),
        recording: RECORDING,
        from: Duration::from_millis(from_ms),
        until: Duration::from_millis(from_ms + 250),
        side: RedactedSide::Customer,
        reason: "payment_card".to_owned(),
        user: UserId::from_u128(9),
        user_name: "Ada".to_owned(),
        at: at(150),
    }
}

/// Whichever of the two comes first, and however they meet: what is redacted never outlives the sound.
async fn a_redaction_never_outlives_the_sound(store: Store) {
    let kept = write!(store, |tx| async {
        tx.start_call(&ONE, &call()).await?;
        tx.start_recording(&ONE, &recording()).await
    });
    kept.unwrap();
    // One erases and waits before it is done; the other redacts meanwhile, and is kept after it or refused.
    for erases_first in [true, false] {
        let whole = RecordingStatus::Done;
        write!(store, |tx| tx.mark_recording(&ONE, RECORDING, whole)).unwrap();
        let n = u128::from(erases_first) + 1;
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (go_on, may_go_on) = tokio::sync::oneshot::channel::<()>();
        let first = store.tx(move |tx| {
            Box::pin(async move {
                let redacted = match erases_first {
                    true => tx.erase_recording(&ONE, RECORDING).await.map(|()| true)?,
                    false => tx.redact(&ONE, &redaction(n, 500)).await?,
                };
                begun.send(()).unwrap();
                // On SQLite nobody else writes until this is done, so nobody says to go on.
                let _ = tokio::time::timeout(Duration::from_millis(200), may_go_on).await;
                Ok::<_, StoreError>(redacted)
            })
        });
        let second = async {
            has_begun.await.unwrap();
            let done = store.tx(move |tx| {
                Box::pin(async move {
                    match erases_first {
                        true => tx.redact(&ONE, &redaction(n, 500)).await,
                        false => tx.erase_recording(&ONE, RECORDING).await.map(|()| true),
                    }
                })
            });
            let done = done.await;
            drop(go_on);
            done
        };
        let (first, second) = tokio::join!(first, second);
        assert_eq!((first.unwrap(), second.unwrap()), (true, !erases_first));
        let mut view = store.view();
        let erased = view.recording(&ONE, RECORDING).await.unwrap().unwrap();
        assert_eq!(erased.status, RecordingStatus::Erased);
        assert!(view.redactions(&ONE, RECORDING).await.unwrap().is_empty(), "{erases_first}");
    }
}

async fn spans_of_a_recording_are_redacted_and_let_be_heard_again(store: Store) {
    let (late, early) = (redaction(1, 4_000), redaction(2, 1_000));
    let (nowhere, first, second) = (late.clone(), late.clone(), early.clone());
    assert!(!write!(store, |tx| tx.redact(&ONE, &nowhere)).unwrap(), "no recording");
    let kept = write!(store, |tx| async {
        tx.start_call(&ONE, &call()).await?;
        tx.start_recording(&ONE, &recording()).await?;
        let both = [tx.redact(&ONE, &first).await?, tx.redact(&ONE, &second).await?];
        Ok::<_, StoreError>(both)
    });
    assert_eq!(kept.unwrap(), [true; 2]);
    let mut view = store.view();
    assert_eq!(view.redactions(&ONE, RECORDING).await.unwrap(), [early.clone(), late.clone()]);
    assert!(view.redactions(&TWO, RECORDING).await.unwrap().is_empty(), "another client's");
    drop(view);
    let other = RecordingId::from_u128(0x99);
    for (scope, of) in [(&TWO, RECORDING), (&ONE, other)] {
        assert!(!write!(store, |tx| tx.unredact(scope, of, late.id)).unwrap());
    }
    assert!(write!(store, |tx| tx.unredact(&ONE, RECORDING, late.id)).unwrap());
    assert!(!write!(store, |tx| tx.unredact(&ONE, RECORDING, late.id)).unwrap(), "once");
    assert_eq!(store.view().redactions(&ONE, RECORDING).await.unwrap(), [early]);
}

async fn a_recording_that_lost_sound_stays_damaged_when_it_ends(store: Store) {
    let kept = write!(store, |tx| async {
        tx.start_call(&ONE, &call()).await?;
        tx.start_recording(&ONE, &recording()).await?;
        tx.mark_recording(&ONE, RECORDING, RecordingStatus::Damaged).await?;
        tx.finish_recording(&ONE, RECORDING, Duration::from_secs(1), 8_000, [1; 32]).await
    });
    kept.unwrap();
    let done = store.view().recording(&ONE, RECORDING).await.unwrap().unwrap();
    assert_eq!(done.status, RecordingStatus::Damaged);
    let damaged = store.view().recordings_with(&P, RecordingStatus::Damaged, 9).await.unwrap();
    assert_eq!(damaged, [done]);
    assert!(store.view().recordings_with(&P, RecordingStatus::Done, 9).await.unwrap().is_empty());
}

async fn a_prompt_keeps_its_sound_and_its_name_is_its_own_in_a_language(store: Store) {
    let prompt = |n: u128, language| PromptRecord {
        client: ONE.client(),
        id: PromptId::from_u128(n),
        name: "welcome".to_owned(),
        language,
        kind: PromptKind::Speech,
        words: "Bonjour".to_owned(),
        length: Duration::from_millis(500),
        version: 0,
    };
    let sound = |byte| PromptSound { mu: vec![byte; 4_000], a: vec![byte ^ 0x55; 4_000] };
    let (french, english) = (prompt(1, Language::FR), prompt(2, Language::EN));
    let (one, two) = (french.clone(), english.clone());
    let kept = write!(store, |tx| async {
        tx.save_prompt(&ONE, &one, &sound(1)).await?;
        tx.save_prompt(&ONE, &two, &sound(2)).await
    });
    kept.unwrap();
    let taken = prompt(3, Language::FR);
    let taken = write!(store, |tx| tx.save_prompt(&ONE, &taken, &sound(3))).unwrap_err();
    assert!(matches!(taken, StoreError::Conflict { .. }), "{taken:?}");
    // Another client may have the same name.
    let theirs = PromptRecord { client: TWO.client(), ..prompt(4, Language::FR) };
    write!(store, |tx| tx.save_prompt(&TWO, &theirs, &sound(4))).unwrap();
    let mut view = store.view();
    let names = view.prompts(&ONE).await.unwrap();
    let want = [PromptRecord { version: 1, ..english }, PromptRecord { version: 1, ..french }];
    assert_eq!(names, want);
    assert_eq!(view.prompts_of_all_clients(&P).await.unwrap().len(), 3);
    let id = want[1].id;
    assert_eq!(view.prompt_sound(&ONE, id).await.unwrap(), Some(sound(1)));
    assert_eq!(view.prompt_sound(&TWO, id).await.unwrap(), None, "another client's");
    drop(view);
    let changed = PromptRecord { words: "Salut".to_owned(), ..want[1].clone() };
    let (first, again) = (changed.clone(), changed.clone());
    write!(store, |tx| tx.save_prompt(&ONE, &first, &sound(9))).unwrap();
    let stale = write!(store, |tx| tx.save_prompt(&ONE, &again, &sound(8))).unwrap_err();
    assert!(matches!(stale, StoreError::Stale { .. }), "{stale:?}");
    let mut view = store.view();
    assert_eq!(view.prompt(&ONE, id).await.unwrap(), Some(PromptRecord { version: 2, ..changed }));
    assert_eq!(view.prompt_sound(&ONE, id).await.unwrap(), Some(sound(9)));
    drop(view);
    assert!(!write!(store, |tx| tx.remove_prompt(&TWO, id)).unwrap());
    assert!(write!(store, |tx| tx.remove_prompt(&ONE, id)).unwrap());
}

async fn a_flow_is_drafted_published_and_followed(store: Store) {
    let save = async |text: &'static str, version, s| {
        write!(store, |tx| tx.save_call_flow(&ONE, "main", text, version, at(s)))
    };
    let publish = async |version, s| {
        write!(store, |tx| tx.publish_call_flow(&ONE, "main", version, "Ada", at(s)))
    };
    assert!(publish(0, 1).await.is_err(), "there is none");
    save("one", 0, 10).await.unwrap();
    assert!(save("other", 0, 11).await.is_err(), "there is one");
    assert!(store.view().published_call_flows(&P).await.unwrap().is_empty(), "a draft");
    assert_eq!(publish(1, 12).await.unwrap(), 1);
    assert!(publish(1, 13).await.is_err(), "changed since");
    save("two", 2, 20).await.unwrap();
    let followed = store.view().published_call_flows(&P).await.unwrap();
    assert_eq!((followed.len(), followed[0].text.as_str()), (1, "one"), "until it is published");
    assert_eq!(publish(3, 21).await.unwrap(), 2);
    let mut view = store.view();
    let followed = view.published_call_flows(&P).await.unwrap();
    let want = CallFlowVersion {
        client: ONE.client(),
        name: "main".to_owned(),
        number: 2,
        text: "two".to_owned(),
        author_name: "Ada".to_owned(),
        published: at(21),
    };
    assert_eq!(followed, [want]);
    let texts: Vec<_> =
        view.call_flow_versions(&ONE, "main").await.unwrap().into_iter().map(|v| v.text).collect();
    assert_eq!(texts, ["two", "one"]);
    let kept = view.call_flow(&ONE, "main").await.unwrap().unwrap();
    assert_eq!((kept.text.as_str(), kept.published, kept.version), ("two", Some(2), 4));
    assert_eq!(kept.changed, at(20));
    assert_eq!(view.call_flows(&ONE).await.unwrap(), [kept]);
    assert_eq!(view.call_flow(&TWO, "main").await.unwrap(), None, "another client's");
    drop(view);
    assert!(!write!(store, |tx| tx.remove_call_flow(&ONE, "main")).unwrap(), "calls followed it");
    write!(store, |tx| tx.save_call_flow(&TWO, "draft", "x", 0, at(1))).unwrap();
    assert!(write!(store, |tx| tx.remove_call_flow(&TWO, "draft")).unwrap());
}

async fn a_voicemail_is_work_with_a_deadline(store: Store) {
    let id = MessageId::from_u128(0x5e);
    let left = OfflineMessage {
        client: ONE.client(),
        id,
        client_message_id: id.uuid(),
        kind: LeftKind::Voicemail,
        widget: None,
        queue: Some(QUEUE),
        name: None,
        email: None,
        phone: Some("+33987654321".to_owned()),
        language: Language::FR,
        body: String::new(),
        recording: Some(RECORDING),
        contact: Some(CONTACT),
        due: Some(at(500)),
        taken_by: None,
        done: None,
        note: None,
        at: at(140),
    };
    let nowhere = left.clone();
    let error = write!(store, |tx| tx.leave_message(&ONE, &nowhere)).unwrap_err();
    assert!(matches!(error, StoreError::MissingReference { .. }), "no recording: {error:?}");
    let (first, again) = (left.clone(), left.clone());
    let kept = write!(store, |tx| async {
        tx.start_call(&ONE, &call()).await?;
        let sound = Recording { kind: RecordingKind::Voicemail, ..recording() };
        tx.start_recording(&ONE, &sound).await?;
        tx.leave_message(&ONE, &first).await
    });
    assert!(kept.unwrap());
    assert!(!write!(store, |tx| tx.leave_message(&ONE, &again)).unwrap(), "it is there");
    let mut view = store.view();
    assert_eq!(view.offline_message(&ONE, id).await.unwrap(), Some(left.clone()));
    assert_eq!(view.offline_messages(&ONE, &open_only(true), 9).await.unwrap().rows, [left]);
    assert_eq!(view.recordings_of(&ONE, CONTACT).await.unwrap()[0].kind, RecordingKind::Voicemail);
    assert_eq!(view.count_overdue_messages(&P, at(499)).await.unwrap(), 0);
    assert_eq!(view.count_overdue_messages(&P, at(500)).await.unwrap(), 1);
    drop(view);
    write!(store, |tx| tx.finish_offline_message(&ONE, id, ANNA, "Called", at(600))).unwrap();
    assert_eq!(store.view().count_overdue_messages(&P, at(900)).await.unwrap(), 0);
}

async fn calls_are_found_by_number_and_those_that_never_ended_before_they_are_cut(store: Store) {
    let second = Call { contact: ContactId::from_u128(0xc2), started: at(300), ..call() };
    let later = second.clone();
    let kept = write!(store, |tx| async {
        tx.start_call(&ONE, &call()).await?;
        tx.start_call(&ONE, &later).await?;
        let theirs = Call { client: TWO.client(), ..call() };
        tx.start_call(&TWO, &theirs).await?;
        tx.end_call(&TWO, CONTACT, "ended_by_customer", at(150)).await
    });
    kept.unwrap();
    let mut view = store.view();
    let found = view.calls_of_number(&ONE, "+33987654321", 9).await.unwrap();
    assert_eq!(found, [second, call()], "newest first, and another client's are not among them");
    assert!(view.calls_of_number(&ONE, "+33000000000", 9).await.unwrap().is_empty());
    assert_eq!(view.calls_open(&P, at(300), 9).await.unwrap(), [call()]);
    assert_eq!(view.calls_open(&P, at(301), 9).await.unwrap().len(), 2);
}
