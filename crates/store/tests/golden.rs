//! What was once written decodes for ever: a frame of each form, with every input and event there
//! was, beside what it must print as.
//!
//! `UPDATE_GOLDEN=1 cargo test -p permanence-store --test golden` writes the files of the current
//! form. After a release that is allowed for a new form only; the files of old ones never change.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use std::{path::PathBuf, time::Duration};

use domain::{
    AgentId, ClientId, ContactId, CustomerId, DispositionId, FloorId, Language, LegId, PoolId,
    QueueId, RecordingId, SiteId, SkillId, TeamId, Timeline, Timestamp, UserId,
    contract::{
        Channel, ClockStart, Selection, ServiceLevelFormula, ServicePromise, Sticky, WrapUpRule,
    },
};
use routing::*;
use serde_json::{Value, json};
use store::{
    Entry, Owned,
    journal::{Codec, Frame, SCHEMA, print},
};

const CONTACT: ContactId = ContactId::from_u128(0xc0);
const CLIENT: ClientId = ClientId::from_u128(0xc1);
const QUEUE: QueueId = QueueId::from_u128(0x90);
const ANNA: AgentId = AgentId::from_u128(0xa0);
const BEN: AgentId = AgentId::from_u128(0xb0);

fn at(s: i64) -> Timestamp {
    Timestamp::from_secs(1_795_000_000 + s)
}

fn promise() -> ServicePromise {
    ServicePromise {
        threshold_s: 20,
        target_percent: 80,
        formula: ServiceLevelFormula::ExcludingShortAbandons,
        clock: ClockStart::FirstRing,
        short_abandon_s: 5,
    }
}

fn client_rules() -> ClientRules {
    let secs = Duration::from_secs;
    let period = |service, nobody_on_shift| PeriodRules {
        service,
        promise: promise(),
        peak_greeting: Some(secs(12)),
        overflow: Some(OverflowRules {
            after: Some(secs(30)),
            below_projected_percent: Some(75),
            pools: vec![PoolId::from_u128(2)],
        }),
        nobody_on_shift,
        talk_limit: Some(secs(300)),
    };
    ClientRules {
        client: CLIENT,
        contract_version: 3,
        period_at: Timeline { changes: vec![(at(-9), 0), (at(9), 1)], compiled_until: at(99) },
        open_at: Timeline { changes: vec![(at(-9), true)], compiled_until: at(99) },
        periods: vec![
            period(ServiceRules::Shared(vec![PoolId::from_u128(1)]), NobodyRules::Overflow),
            period(ServiceRules::Dedicated(TeamId::from_u128(1)), NobodyRules::Wait),
        ],
        queues: vec![QueueRules {
            queue: QUEUE,
            channels: Channel::ALL.to_vec(),
            skills: vec![SkillRule {
                skill: SkillId::from_u128(1),
                level: 4,
                relax_after: Some(secs(60)),
                relaxed_level: 2,
            }],
            language_required: true,
            head_start: secs(300),
            selection: Selection::ProficiencyFirst,
            sticky: Some(Sticky { within_hours: 48, wait_s: 15 }),
            offer_timeout: secs(20),
            wrap_up: WrapUpRule::Fixed { seconds: 60, extend_s: 30, extensions_max: 2 },
            announce_position: true,
            waiting_max: 100,
        }],
        sites_allowed: Some(vec![SiteId::from_u128(1)]),
        closed_waits: true,
        default_language: Language::FR,
    }
}

fn agent_rules() -> AgentRules {
    AgentRules {
        agent: ANNA,
        pools: vec![PoolId::from_u128(1)],
        team: Some(TeamId::from_u128(1)),
        skills: vec![(SkillId::from_u128(1), 7)],
        languages: vec![Language::FR, Language::RU],
        sign_offs: vec![CLIENT],
        site: Some(SiteId::from_u128(1)),
        channels: vec![(Channel::Chat, 3), (Channel::Voice, 1)],
    }
}

fn decision() -> Decision {
    Decision {
        contract_version: 3,
        period: 1,
        agent_rule: AgentRule::LongestIdle,
        contact_rule: ContactRule::NearestBreach,
        overflow: true,
        skills_relaxed: 1,
        waited: Duration::from_millis(1_500),
        waiting_behind: 4,
        eligible: vec![BEN],
        eligible_count: 2,
        ineligible: vec![(AgentId::from_u128(0xd0), Ineligible::NoSignOff)],
        ineligible_counts: vec![(Ineligible::NoSignOff, 1), (Ineligible::Away, 5)],
    }
}

fn arrival() -> Arrival {
    Arrival {
        contact: CONTACT,
        client: CLIENT,
        queue: QUEUE,
        channel: Channel::Chat,
        language: Some(Language::EN),
        first_ring: Some(at(0)),
        customer: Some(CustomerId::from_u128(0xcc)),
        head_start: Some(Duration::from_secs(60)),
        emergency: true,
    }
}

fn inputs() -> Vec<Input> {
    let (contact, agent) = (CONTACT, ANNA);
    vec![
        Input::SetFloor(FloorRules::default()),
        Input::SetPool(PoolRules { pool: PoolId::from_u128(1), fairness_cap_percent: 60 }),
        Input::SetClient(Box::new(client_rules())),
        Input::RemoveClient(CLIENT),
        Input::SetAgent(Box::new(agent_rules())),
        Input::RemoveAgent(ANNA),
        Input::SignIn { agent, presence: Presence::Available },
        Input::SignOut { agent },
        Input::SetPresence { agent, presence: Presence::Away(AwayReason::Lunch) },
        Input::ConnectionLost { agent },
        Input::ConnectionRestored { agent },
        Input::Arrive(arrival()),
        Input::Abandon { contact },
        Input::Answer { contact, agent },
        Input::Refuse { contact, agent },
        Input::OfferFailed { contact, agent, cause: OfferFailure::Unreachable },
        Input::Hold { contact, agent },
        Input::Resume { contact, agent },
        Input::Consult { contact, by: ANNA, to: BEN },
        Input::Conference { contact, by: ANNA },
        Input::Leave { contact, agent },
        Input::Transfer { contact, by: ANNA, to: TransferTarget::Queue(QUEUE) },
        Input::Transfer { contact, by: ANNA, to: TransferTarget::Agent(BEN) },
        Input::Transfer { contact, by: ANNA, to: TransferTarget::Skill(SkillId::from_u128(1)) },
        Input::End { contact, by: EndedBy::Customer },
        Input::ExtendWrapUp { contact, agent },
        Input::FinishWrapUp { contact, agent, disposition: Some(DispositionId::from_u128(0xdd)) },
        Input::RequestCallback { contact },
        Input::Expedite { contact },
        Input::Release { contact, agent },
        Input::Transfer { contact, by: ANNA, to: TransferTarget::Outside },
        Input::Phone { agent, ready: false },
        Input::CallOut(CallOut {
            contact,
            client: CLIENT,
            queue: QUEUE,
            agent,
            language: Some(Language::RU),
            customer: Some(CustomerId::from_u128(0xcc)),
        }),
        Input::CustomerAnswered { contact },
        Input::CancelCallback { contact },
        Input::CallbackFailed { contact, retry_at: at(900) },
        Input::LeaveVoicemail { contact },
        Input::Cut { contact },
        Input::ArriveLed(Led {
            arrival: arrival(),
            skill: Some(SkillId::from_u128(1)),
            door: Door::Callback,
        }),
        Input::TakeOver { contact, from: ANNA, by: BEN },
        Input::OutsideFailed { contact },
        Input::CallAgain { contact, wraps_up: true },
    ]
    .into_iter()
    .chain(steps().into_iter().map(|step| Input::Call(CallFact { contact, step })))
    .collect()
}

/// Everything that is told of a call.
fn steps() -> Vec<CallStep> {
    let (leg, recording) = (LegId::from_u128(0x1e), RecordingId::from_u128(0x4e));
    let user = UserId::from_u128(0xee);
    let started = |party, direction| CallStep::LegStarted { leg, party, direction };
    vec![
        started(Party::Customer, Direction::Inbound),
        started(Party::Agent(ANNA), Direction::Outbound),
        started(Party::Outside, Direction::Outbound),
        started(Party::Supervisor(user), Direction::Inbound),
        CallStep::LegAnswered { leg },
        CallStep::LegEnded { leg, ending: "busy".parse().unwrap() },
        CallStep::Muted { leg },
        CallStep::Unmuted { leg },
        CallStep::HeldByCustomer { leg },
        CallStep::ResumedByCustomer { leg },
        CallStep::RecordingStarted { recording },
        CallStep::RecordingPaused { recording },
        CallStep::RecordingResumed { recording },
        CallStep::RecordingStopped { recording },
        CallStep::GreetingPlayed,
        CallStep::AnnouncementPlayed,
        CallStep::DigitsCollected { steps: 3 },
        CallStep::SupervisorListened { user },
        CallStep::SupervisorWhispered { user },
        CallStep::SupervisorBarged { user },
        CallStep::SupervisorLeft { user },
    ]
}

fn events() -> Vec<Event> {
    let (contact, client, queue, agent) = (CONTACT, CLIENT, QUEUE, ANNA);
    let (secs, until) = (Duration::from_secs, at(60));
    vec![
        Event::Arrived {
            contact,
            client,
            queue,
            channel: Channel::Chat,
            language: Language::EN,
            contract_version: 3,
            period: 1,
            promise: promise(),
            clock_start: at(0),
            first_ring: None,
        },
        Event::WaitsForOpening { contact, client, opens: Some(at(3_600)) },
        Event::Queued { contact, client, queue, why: QueuedWhy::OfferEnded },
        Event::GreetingStarted { contact, client, length: secs(12) },
        Event::RingOpened { contact, client, why: RingWhy::OverflowProjected, overflow: true },
        Event::Offered {
            contact,
            client,
            queue,
            agent,
            until,
            kind: OfferKind::Transfer,
            decision: Some(Box::new(decision())),
        },
        Event::OfferEnded { contact, client, agent, why: OfferEnd::Missed },
        Event::Answered {
            contact,
            client,
            queue,
            agent,
            wait: Duration::from_micros(1_234_567),
            first: true,
            overflow: false,
        },
        Event::Held { contact, client, agent },
        Event::Resumed { contact, client, agent },
        Event::ConsultStarted { contact, client, by: ANNA, to: BEN },
        Event::ConferenceStarted { contact, client, by: ANNA },
        Event::PartEnded {
            contact,
            client,
            queue,
            agent,
            talk: secs(90),
            hold: secs(5),
            why: PartEnd::Transferred,
        },
        Event::WrapUpStarted { contact, client, agent, until: Some(until) },
        Event::WrapUpExtended { contact, client, agent, until },
        Event::WrapUpEnded {
            contact,
            client,
            queue,
            agent,
            length: secs(30),
            disposition: Some(DispositionId::from_u128(0xdd)),
        },
        Event::Transferred { contact, client, by: ANNA, to: TransferTarget::Agent(BEN) },
        Event::CallbackPromised { contact, client },
        Event::Ended {
            contact,
            client,
            queue,
            ending: Ending::Handled(EndedBy::Agent),
            wait: secs(2),
        },
        Event::Ended { contact, client, queue, ending: Ending::ShortAbandoned, wait: secs(2) },
        Event::TalkLimitPassed { contact, client, agent },
        Event::AgentState {
            agent,
            state: AgentState::Away(AwayReason::NoAnswer),
            next: Some(NextState::Presence(Presence::Available)),
        },
        Event::AgentState { agent, state: AgentState::WrapUp, next: Some(NextState::SignOut) },
        Event::PeriodChanged { client, period: 1, open: true },
        Event::Expedited { contact, client },
        Event::Queued { contact, client, queue, why: QueuedWhy::TriedAgain },
        Event::PartEnded {
            contact,
            client,
            queue,
            agent,
            talk: secs(20),
            hold: secs(0),
            why: PartEnd::NotReached,
        },
        Event::Ended { contact, client, queue, ending: Ending::Voicemail, wait: secs(2) },
        Event::Ended { contact, client, queue, ending: Ending::Cut, wait: secs(2) },
        Event::Ended { contact, client, queue, ending: Ending::NotReached, wait: secs(2) },
        Event::Ended { contact, client, queue, ending: Ending::CallbackCancelled, wait: secs(2) },
        Event::Phone { agent, ready: false },
        Event::CalledOut {
            contact,
            client,
            queue,
            agent,
            language: Language::RU,
            contract_version: 3,
            period: 1,
            promise: promise(),
        },
        Event::CustomerAnswered { contact, client },
        Event::CallbackFailed { contact, client, agent, tries: 1, retry_at: Some(at(900)) },
        Event::CallbackFailed { contact, client, agent, tries: 3, retry_at: None },
    ]
    .into_iter()
    .chain(steps().into_iter().map(|step| Event::Call { contact, client, step }))
    .collect()
}

/// Every input, then deadlines that fired with every event.
fn entries() -> Vec<Entry> {
    let mut entries: Vec<Entry> = inputs()
        .into_iter()
        .zip(1..)
        .map(|(input, seq)| Entry { seq, at: at(seq as i64), input: Some(input), events: vec![] })
        .collect();
    let seq = entries.len() as u64 + 1;
    let events = events().into_iter().map(|event| Stamped { at: at(70), event }).collect();
    entries.push(Entry { seq, at: at(71), input: None, events });
    entries
}

fn owned() -> Owned {
    Owned { floor: FloorId::from_u128(0xf1), epoch: 7, seq: 0, hash: [9; 32] }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn to_file(frame: &Frame) -> String {
    let file = json!({
        "floor": frame.floor,
        "first_seq": frame.first_seq,
        "entries": frame.entries,
        "epoch": frame.epoch,
        "at": frame.at,
        "zstd": frame.codec == Codec::CborZstd,
        "schema": frame.schema,
        "prev_hash": hex(&frame.prev_hash),
        "hash": hex(&frame.hash),
        "crc": frame.crc,
        "body": hex(&frame.body),
    });
    format!("{file:#}\n")
}

fn from_file(text: &str) -> Frame {
    let file: Value = serde_json::from_str(text).unwrap();
    let number = |key: &str| file[key].as_u64().unwrap();
    Frame {
        floor: file["floor"].as_str().unwrap().parse().unwrap(),
        first_seq: number("first_seq"),
        entries: number("entries").try_into().unwrap(),
        epoch: number("epoch"),
        at: file["at"].as_str().unwrap().parse().unwrap(),
        codec: if file["zstd"].as_bool().unwrap() { Codec::CborZstd } else { Codec::Cbor },
        schema: number("schema").try_into().unwrap(),
        prev_hash: unhex(&file["prev_hash"]).try_into().unwrap(),
        hash: unhex(&file["hash"]).try_into().unwrap(),
        crc: number("crc").try_into().unwrap(),
        body: unhex(&file["body"]),
    }
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

#[test]
fn every_frame_ever_written_still_reads() {
    let small = &entries()[9..11];
    let mut second = owned();
    second.seq = 9;
    let frames = [
        ("all", Frame::seal(&owned(), &entries()).unwrap()),
        ("small", Frame::seal(&second, small).unwrap()),
    ];
    assert_eq!((frames[0].1.codec, frames[1].1.codec), (Codec::CborZstd, Codec::Cbor));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        for (name, frame) in &frames {
            let name = format!("schema-{SCHEMA}-{name}");
            std::fs::write(golden(&format!("{name}.json")), to_file(frame)).unwrap();
            let lines = print(frame).unwrap().join("\n") + "\n";
            std::fs::write(golden(&format!("{name}.jsonl")), lines).unwrap();
        }
    }
    let mut read = 0;
    for schema in 1..=SCHEMA {
        for (name, now) in &frames {
            let name = format!("schema-{schema}-{name}");
            let text = std::fs::read_to_string(golden(&format!("{name}.json"))).unwrap();
            let frame = from_file(&text);
            assert_eq!(frame.schema, schema, "{name}");
            let lines = print(&frame).unwrap().join("\n") + "\n";
            let want = std::fs::read_to_string(golden(&format!("{name}.jsonl"))).unwrap();
            assert_eq!(lines, want, "{name} reads otherwise than it did");
            if schema == SCHEMA {
                let (then, now) = (frame.open().unwrap(), now.open().unwrap());
                assert_eq!(then, now, "{name}: a new input or event needs the golden file renewed");
            }
            read += 1;
        }
    }
    assert_eq!(read, 2 * usize::from(SCHEMA));
}

#[test]
fn a_printed_line_has_ids_and_rfc_3339_times() {
    let frame = Frame::seal(&owned(), &entries()).unwrap();
    let lines = print(&frame).unwrap();
    assert_eq!(lines.len(), entries().len());
    let arrive: Value = serde_json::from_str(&lines[11]).unwrap();
    assert_eq!(arrive["seq"], 12);
    assert_eq!(arrive["epoch"], 7);
    assert_eq!(arrive["at"], at(12).to_string());
    assert_eq!(arrive["input"]["arrive"]["contact"], CONTACT.to_string());
    let timers: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(timers["input"], Value::Null);
    assert_eq!(timers["events"][5]["event"]["agent"], ANNA.to_string());
    assert_eq!(timers["events"][5]["event"]["event"], "offered");
}
