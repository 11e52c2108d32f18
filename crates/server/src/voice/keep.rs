//! What is written down of calls: a task of its own, so that no call waits for the disk.
//!
//! In order, and tried again while the store is away; what is gone with a server that dies is at most
//! what the last moment told. The journal has the facts in any case.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use domain::{
    ClientId, ContactId, Language, LegId, MessageId, QueueId, RecordingId, Timestamp, TrunkId,
};
use serde_json::{Value, json};
use store::{
    ClientScope, Store, StoreError, Tx,
    records::{
        Call, CallDirection, CallLeg, LeftKind, LegParty, OfflineMessage, Recording, RecordingKind,
        RecordingStatus,
    },
};
use telephony::{
    call::{Fact, LegEnd, Party},
    ending::{Direction, Whose},
    quality::QualityReport,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::quality;

/// Writes taken in one transaction.
const AT_ONCE: usize = 256;

/// Between two tries while the store is away.
const AGAIN: Duration = Duration::from_millis(500);

/// Calls that are over and still known, for what is told late.
const OVER_KEPT: usize = 1_000;

/// A call as it is first written down.
#[derive(Clone, Debug)]
pub(super) struct CallKept {
    pub(super) contact: ContactId,
    pub(super) client: ClientId,
    pub(super) queue: QueueId,
    pub(super) language: Language,
    pub(super) direction: CallDirection,
    pub(super) trunk: Option<TrunkId>,
    pub(super) number: Option<String>,
    pub(super) dialled: Option<String>,
    pub(super) at: Timestamp,
    /// Where it is recorded, if it is.
    pub(super) recording: Option<RecordingKept>,
    /// Where a voicemail is, if one may be left.
    pub(super) voicemail: Option<RecordingKept>,
}

/// Where a call is recorded.
#[derive(Clone, Debug)]
pub(super) struct RecordingKept {
    /// Its id.
    pub(super) recording: RecordingId,
    /// Its file, from the folder of recordings on.
    pub(super) path: String,
    /// Until when it is kept.
    pub(super) until: Option<Timestamp>,
}

/// Something to write down.
#[derive(Clone, Debug)]
pub(super) enum Kept {
    /// A call has begun.
    Call(CallKept),
    /// A flow has led it to another queue, perhaps in another language.
    Led { contact: ContactId, queue: QueueId, language: Language },
    /// A voicemail is work, to be done by then.
    Message { contact: ContactId, recording: RecordingId, at: Timestamp, due: Timestamp },
    /// Something happened in it.
    Fact { contact: ContactId, at: Timestamp, fact: Fact },
    /// How a leg sounded, at its end or until now.
    Quality { contact: Option<ContactId>, leg: LegId, report: QualityReport, last: bool },
    /// A recording is whole.
    RecordingDone { recording: RecordingId, length: Duration, bytes: u64, hash: [u8; 32] },
    /// A recording lost sound.
    RecordingFault { recording: RecordingId },
}

/// What is known of calls whose legs or recordings are still being written about.
#[derive(Default)]
struct Known {
    calls: HashMap<ContactId, CallKept>,
    recordings: HashMap<RecordingId, ClientId>,
    /// When voicemails began of which nothing is written down yet.
    begun: HashMap<RecordingId, Timestamp>,
    /// Calls that are over, oldest first.
    over: VecDeque<ContactId>,
}

/// Writes until the senders are gone, or until `stop` and nothing is left.
pub(super) async fn keep(
    store: Store,
    mut kept: mpsc::UnboundedReceiver<Kept>,
    stop: CancellationToken,
) {
    let mut known = Known::default();
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            biased;
            n = kept.recv_many(&mut batch, AT_ONCE) => if n == 0 { return },
            () = stop.cancelled() => return,
        }
        let writes: Vec<Write> = batch.drain(..).flat_map(|kept| known.writes(kept)).collect();
        if writes.is_empty() {
            continue;
        }
        loop {
            let again = writes.clone();
            let tried = store.tx(|tx| {
                Box::pin(async move {
                    for write in &again {
                        write.run(tx).await?;
                    }
                    Ok(())
                })
            });
            match tried.await {
                Ok(()) => break,
                Err(
                    error
                    @ (StoreError::Unavailable(_) | StoreError::Full(_) | StoreError::Busy(_)),
                ) => {
                    tracing::warn!(%error, "calls cannot be written down yet; trying again");
                    tokio::select! {
                        () = tokio::time::sleep(AGAIN) => {}
                        () = stop.cancelled() => return,
                    }
                }
                Err(error) => {
                    tracing::error!(%error, writes = writes.len(), "calls could not be written down");
                    break;
                }
            }
        }
    }
}

/// One write.
#[derive(Clone, Debug)]
enum Write {
    Call(Call),
    EndCall(ClientId, ContactId, &'static str, Timestamp),
    Leg(CallLeg),
    Answer(ClientId, ContactId, LegId, Timestamp),
    EndLeg(ClientId, ContactId, LegId, &'static str, Timestamp),
    Rate(ClientId, ContactId, LegId, Value),
    Recording(Recording),
    Pause(ClientId, RecordingId, bool, Timestamp),
    Message(Box<OfflineMessage>),
    Done(ClientId, RecordingId, Duration, u64, [u8; 32]),
    Damaged(ClientId, RecordingId),
}

impl Write {
    async fn run(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let of = |client: &ClientId| ClientScope::of(*client);
        match self {
            Self::Call(call) => tx.start_call(&of(&call.client), call).await,
            Self::EndCall(client, contact, ending, at) => {
                tx.end_call(&of(client), *contact, ending, *at).await
            }
            Self::Leg(leg) => tx.start_leg(&of(&leg.client), leg).await,
            Self::Answer(client, contact, leg, at) => {
                tx.answer_leg(&of(client), *contact, *leg, *at).await
            }
            Self::EndLeg(client, contact, leg, ending, at) => {
                tx.end_leg(&of(client), *contact, *leg, ending, *at).await
            }
            Self::Rate(client, contact, leg, quality) => {
                tx.rate_leg(&of(client), *contact, *leg, quality).await
            }
            Self::Recording(recording) => {
                tx.start_recording(&of(&recording.client), recording).await
            }
            Self::Pause(client, recording, on, at) => {
                tx.pause_recording(&of(client), *recording, *on, *at).await
            }
            Self::Message(message) => {
                tx.leave_message(&of(&message.client), message).await.map(drop)
            }
            Self::Done(client, recording, length, bytes, hash) => {
                tx.finish_recording(&of(client), *recording, *length, *bytes, *hash).await
            }
            Self::Damaged(client, recording) => {
                tx.mark_recording(&of(client), *recording, RecordingStatus::Damaged).await
            }
        }
    }
}

impl Known {
    fn writes(&mut self, kept: Kept) -> Vec<Write> {
        if let Kept::Fact { contact, at, fact } = kept {
            return self.fact(contact, at, fact);
        }
        self.write(kept).into_iter().collect()
    }

    fn write(&mut self, kept: Kept) -> Option<Write> {
        match kept {
            Kept::Call(call) => {
                let record = Call {
                    client: call.client,
                    contact: call.contact,
                    direction: call.direction,
                    trunk: call.trunk,
                    number: call.number.clone(),
                    dialled: call.dialled.clone(),
                    started: call.at,
                    ended: None,
                    ending: None,
                };
                self.calls.insert(call.contact, call);
                Some(Write::Call(record))
            }
            Kept::Quality { contact, leg, report, last: true } => {
                let contact = contact?;
                let client = self.calls.get(&contact)?.client;
                Some(Write::Rate(client, contact, leg, json!(quality::view(&report))))
            }
            Kept::Quality { .. } | Kept::Fact { .. } => None,
            Kept::Led { contact, queue, language } => {
                if let Some(call) = self.calls.get_mut(&contact) {
                    (call.queue, call.language) = (queue, language);
                }
                None
            }
            Kept::Message { contact, recording, at, due } => {
                let call = self.calls.get(&contact)?;
                let id = Uuid::now_v7();
                Some(Write::Message(Box::new(OfflineMessage {
                    client: call.client,
                    id: MessageId::from_uuid(id),
                    client_message_id: id,
                    kind: LeftKind::Voicemail,
                    widget: None,
                    queue: Some(call.queue),
                    name: None,
                    email: None,
                    phone: call.number.clone(),
                    language: call.language,
                    body: String::new(),
                    recording: Some(recording),
                    contact: Some(contact),
                    due: Some(due),
                    taken_by: None,
                    done: None,
                    note: None,
                    at,
                })))
            }
            Kept::RecordingDone { recording, length, bytes, hash } => {
                let client = self.recordings.remove(&recording)?;
                Some(Write::Done(client, recording, length, bytes, hash))
            }
            Kept::RecordingFault { recording } => {
                Some(Write::Damaged(*self.recordings.get(&recording)?, recording))
            }
        }
    }

    fn fact(&mut self, contact: ContactId, at: Timestamp, fact: Fact) -> Vec<Write> {
        let Some(call) = self.calls.get(&contact) else { return Vec::new() };
        let client = call.client;
        vec![match fact {
            Fact::LegStarted { leg, party } => {
                let (party, agent) = match party {
                    Party::Customer => (LegParty::Customer, None),
                    Party::Agent(agent) => (LegParty::Agent, Some(agent)),
                    Party::Outside => (LegParty::Outside, None),
                    Party::Supervisor(_) => (LegParty::Supervisor, None),
                };
                Write::Leg(CallLeg {
                    client,
                    contact,
                    leg,
                    started: at,
                    party,
                    agent,
                    answered: None,
                    ended: None,
                    ending: None,
                    quality: None,
                })
            }
            Fact::LegAnswered { leg } => Write::Answer(client, contact, leg, at),
            Fact::LegEnded { leg, party, end } => {
                let ending = code(&end, party, call.direction);
                let leg = Write::EndLeg(client, contact, leg, ending, at);
                if party != Party::Customer {
                    return vec![leg];
                }
                self.forget_later(contact);
                return vec![leg, Write::EndCall(client, contact, ending, at)];
            }
            Fact::RecordingStarted(recording) => {
                let Some(kept) = call.recording.clone() else { return Vec::new() };
                self.recordings.insert(recording, client);
                started(call, kept, RecordingKind::Call, at)
            }
            // A recording belongs to a contact that arrives with the message: before there is anything
            // in it, neither is there.
            Fact::MessageStarted(recording) => {
                self.begun.insert(recording, at);
                return Vec::new();
            }
            Fact::MessageLeft(recording) => {
                let Some(kept) = call.voicemail.clone() else { return Vec::new() };
                let began = self.begun.remove(&recording).unwrap_or(at);
                self.recordings.insert(recording, client);
                started(call, kept, RecordingKind::Voicemail, began)
            }
            Fact::MessageStopped(recording) => {
                self.begun.remove(&recording);
                return Vec::new();
            }
            Fact::RecordingPaused { recording, on } => Write::Pause(client, recording, on, at),
            Fact::Muted { .. }
            | Fact::HeldByCustomer { .. }
            | Fact::WordsPlayed(_)
            | Fact::PauseLeftOpen(_)
            | Fact::RecordingStopped(_)
            | Fact::KeysPressed { .. }
            | Fact::Supervised { .. } => return Vec::new(),
        }]
    }

    /// What a leg sounded like and the end of a recording are told after the call is over.
    fn forget_later(&mut self, contact: ContactId) {
        self.over.push_back(contact);
        if self.over.len() > OVER_KEPT
            && let Some(oldest) = self.over.pop_front()
        {
            self.calls.remove(&oldest);
        }
    }
}

/// A recording that begins.
fn started(call: &CallKept, kept: RecordingKept, kind: RecordingKind, at: Timestamp) -> Write {
    let RecordingKept { recording, path, until } = kept;
    Write::Recording(Recording {
        client: call.client,
        id: recording,
        contact: call.contact,
        kind,
        path,
        started: at,
        length: None,
        bytes: None,
        hash: None,
        status: RecordingStatus::Writing,
        kept_until: until,
    })
}

/// The code of the table of call endings for a leg that is over.
pub(super) fn code(end: &LegEnd, party: Party, direction: CallDirection) -> &'static str {
    let whose = match party {
        Party::Customer => Whose::Customer,
        Party::Agent(_) | Party::Supervisor(_) => Whose::Agent,
        Party::Outside => Whose::Third,
    };
    let direction = match direction {
        CallDirection::Inbound => Direction::Inbound,
        CallDirection::Outbound => Direction::Outbound,
    };
    end.code(whose, direction).as_str()
}
