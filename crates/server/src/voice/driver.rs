//! The task that owns the calls.

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
};

use api::voice::{CollectedView, DeskCall, OutsideView, RecordingState};
use domain::{
    AgentId, ContactId, Language, LegId, PhoneNumber, RecordingId, Timestamp, contract::Channel,
};
use routing::{Arrival, EndedBy, Input as FloorInput};
use store::records::CallDirection;
use telephony::{
    call::{
        Ask, At, Call, DeskSays, Fact, FloorSays, Input, Order, Ours, Outgoing, Party, Route,
        Setup, Supervision, Who, hearing::OutsideStage,
    },
    media::{MediaCommand, MediaEvent},
    sip::{Incoming, SipEvent},
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Voice, VoiceError,
    desk_phones::{DeskLegs, Move},
    floor_side,
    keep::{self, CallKept, Kept},
    led,
};
use crate::{floor::Card, live::instant};

/// When a carrier may try again after a refusal for want of room.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(30);

/// How long a stop waits for recordings.
const SEALED_WITHIN: std::time::Duration = std::time::Duration::from_secs(3);

/// What the task is told by others than trunk and sound.
pub(super) enum Told {
    /// The floor has decided; for each contact that may be a call.
    Floor(Vec<(ContactId, FloorSays)>),
    /// A desk wants something of a call.
    Desk { contact: ContactId, says: Box<DeskSays>, reply: oneshot::Sender<Result<(), VoiceError>> },
    /// The floor has decided something that moves desk phones.
    Moves(Vec<(AgentId, Move)>),
    /// An agent is about to call out: a desk phone is rung first.
    Lift { agent: AgentId, reply: oneshot::Sender<Result<(), VoiceError>> },
    /// Nothing came of it.
    PutDown(AgentId),
    /// The answer to a question of a call.
    Answer { contact: ContactId, input: Box<Input> },
    /// A customer is called for a contact that the floor has given to an agent.
    Dial { dial: Box<Dial>, reply: oneshot::Sender<Result<(), VoiceError>> },
}

/// A call to a customer.
pub(super) struct Dial {
    pub(super) setup: Setup,
    pub(super) to: Outgoing,
    pub(super) kept: CallKept,
    /// The customer was promised it.
    pub(super) promised: bool,
}

/// What the task listens to.
pub(super) struct Ears {
    pub(super) sip: mpsc::Receiver<SipEvent>,
    pub(super) media: mpsc::Receiver<MediaEvent>,
    pub(super) told: mpsc::UnboundedReceiver<Told>,
}

/// A call under way, with what the desk shows beside its own state.
struct Live {
    call: Call,
    direction: CallDirection,
    client: domain::ClientId,
    queue: domain::QueueId,
    language: Language,
    number: Option<String>,
    dialled: Option<String>,
    recording_failed: bool,
    armed: Option<Timestamp>,
    /// Facts from before the contact arrives, which the floor takes only after it; `None` from then on.
    early: Option<Vec<FloorInput>>,
    /// The customer is called as they were promised.
    promised: bool,
    /// What a flow has found out for the agent.
    request_type: Option<String>,
    collected: Vec<CollectedView>,
}

/// Owns the calls.
pub(super) struct Driver {
    pub(super) voice: Voice,
    calls: HashMap<ContactId, Live>,
    /// Legs of calls, and of the desk phones of agents on them.
    pub(super) contact_of: HashMap<LegId, ContactId>,
    pub(super) desk: DeskLegs,
    recordings: HashMap<RecordingId, ContactId>,
    /// Files of recordings of which nothing is written down.
    unkept: HashMap<RecordingId, PathBuf>,
    deadlines: BTreeSet<(Timestamp, ContactId)>,
}

impl Driver {
    pub(super) fn new(voice: Voice) -> Self {
        Self {
            voice,
            calls: HashMap::new(),
            contact_of: HashMap::new(),
            desk: DeskLegs::default(),
            recordings: HashMap::new(),
            unkept: HashMap::new(),
            deadlines: BTreeSet::new(),
        }
    }

    /// Runs until `stop`; then every call is cut, so that no caller talks to nobody.
    pub(super) async fn run(mut self, mut ears: Ears, stop: CancellationToken) {
        loop {
            let due = self.deadlines.first().map(|(at, _)| *at);
            let clock = self.voice.0.clock.clone();
            let due = async {
                match due {
                    Some(at) => clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                event = ears.sip.recv() => match event {
                    Some(event) => self.on_sip(event).await,
                    None => break,
                },
                event = ears.media.recv() => match event {
                    Some(event) => self.on_media(event).await,
                    None => break,
                },
                told = ears.told.recv() => match told {
                    Some(told) => self.on_told(told).await,
                    None => break,
                },
                () = due => self.on_time().await,
                () = stop.cancelled() => break,
            }
        }
        let open: Vec<ContactId> = self.calls.keys().copied().collect();
        for contact in open {
            self.tell(contact, Input::Cut).await;
        }
        self.voice.0.sip.stop().await;
        // What is recorded is sealed and written down; what is not by then is made whole at the next
        // start.
        let sealed = async {
            while !self.recordings.is_empty() {
                let Some(event) = ears.media.recv().await else { return };
                self.on_media(event).await;
            }
        };
        let late = tokio::time::timeout(SEALED_WITHIN, sealed).await;
        if late.is_err() {
            tracing::warn!("some recordings were not sealed in time");
        }
    }

    async fn on_time(&mut self) {
        let now = self.voice.0.clock.now();
        let due: Vec<ContactId> =
            self.deadlines.iter().take_while(|(at, _)| *at <= now).map(|(_, c)| *c).collect();
        for contact in due {
            if let Some(live) = self.calls.get_mut(&contact) {
                live.call.advance(now);
            }
            self.carry_out(contact).await;
        }
    }

    async fn on_sip(&mut self, event: SipEvent) {
        let leg = match event {
            SipEvent::Incoming { leg, call } => return self.arrive(leg, &call).await,
            SipEvent::TrunkHealth { trunk, up, why } => {
                return self.voice.trunk_is(trunk, up, why);
            }
            SipEvent::PhoneRegistered { name, registered } => {
                return self.phone_registered(&name, registered);
            }
            SipEvent::Tried { leg, trunk, .. } => {
                self.voice.listening().goes_by(leg, trunk);
                leg
            }
            SipEvent::Ringing { leg, .. }
            | SipEvent::Accepted { leg, .. }
            | SipEvent::Confirmed { leg, .. }
            | SipEvent::Offer { leg, .. }
            | SipEvent::Refer { leg, .. }
            | SipEvent::Digit { leg, .. }
            | SipEvent::Ended { leg, .. } => leg,
        };
        if self.desk.has(leg) {
            return self.on_desk_sip(leg, event).await;
        }
        if let Some(contact) = self.contact_of.get(&leg).copied() {
            self.tell(contact, Input::Sip(event)).await;
        }
    }

    async fn on_media(&mut self, event: MediaEvent) {
        let leg = match &event {
            // A browser that is connected and sends nothing is as little of a phone as one that is gone.
            MediaEvent::PeerUp { leg }
            | MediaEvent::PeerDown { leg, .. }
            | MediaEvent::Silent { leg, .. }
            | MediaEvent::Heard { leg }
                if self.voice.phones().has(*leg) =>
            {
                let up = matches!(event, MediaEvent::PeerUp { .. } | MediaEvent::Heard { .. });
                // Not within `if let`: the lock would be held while the phone is told of.
                let news = self.voice.phones().set(*leg, up);
                if let Some(agent) = news {
                    self.voice.tell_phone(agent);
                }
                return;
            }
            MediaEvent::PeerUp { .. } => return,
            MediaEvent::PeerDown { leg, .. } => {
                // A supervisor's page is gone.
                let says = DeskSays::StopSupervision { leg: Some(*leg), user: None };
                if let Some(contact) = self.contact_of.get(leg).copied() {
                    self.tell(contact, Input::Desk(says)).await;
                }
                return;
            }
            MediaEvent::Quality { leg, report, last } => {
                let contact = self.contact_of.get(leg).copied();
                if *last {
                    self.contact_of.remove(leg);
                }
                let news = self.voice.listening().reported(*leg, report, *last);
                if let Some((trunk, sound)) = news {
                    self.voice.trunk_sounds(trunk, sound);
                }
                let calls = self.voice.listening().calls_of(*leg);
                calls.into_iter().for_each(|contact| self.show(contact));
                self.voice.keep(Kept::Quality { contact, leg: *leg, report: *report, last: *last });
                return;
            }
            MediaEvent::Spoken { recording } => {
                // Where there is a conversation, somebody speaks in it.
                if self.unkept.contains_key(recording)
                    && let Some(contact) = self.recordings.get(recording).copied()
                {
                    self.tell(contact, Input::Media(event)).await;
                }
                return;
            }
            MediaEvent::RecordingFault { recording, why } => {
                tracing::error!(recording.id = %recording, why, "a recording lost sound");
                if let Some(contact) = self.recordings.get(recording).copied() {
                    if let Some(live) = self.calls.get_mut(&contact) {
                        live.recording_failed = true;
                    }
                    self.show(contact);
                }
                return self.voice.keep(Kept::RecordingFault { recording: *recording });
            }
            MediaEvent::RecordingDone { recording, length, bytes, hash } => {
                self.recordings.remove(recording);
                // A voicemail with nothing in it is nobody's.
                if let Some(path) = self.unkept.remove(recording)
                    && let Err(error) = tokio::fs::remove_file(&path).await
                {
                    tracing::warn!(recording.id = %recording, "cannot be removed: {error}");
                }
                let (recording, length, bytes, hash) = (*recording, *length, *bytes, *hash);
                return self.voice.keep(Kept::RecordingDone { recording, length, bytes, hash });
            }
            MediaEvent::Digit { leg, .. }
            | MediaEvent::PlayEnded { leg, .. }
            | MediaEvent::Silent { leg, .. }
            | MediaEvent::Heard { leg } => *leg,
        };
        if let Some(contact) = self.contact_of.get(&leg).copied() {
            self.tell(contact, Input::Media(event)).await;
        }
    }

    async fn on_told(&mut self, told: Told) {
        match told {
            Told::Floor(says) => {
                for (contact, said) in says {
                    self.tell(contact, Input::Floor(said)).await;
                }
            }
            Told::Desk { contact, says, reply } => {
                let known = self.calls.contains_key(&contact);
                if let DeskSays::Outside { leg, .. } | DeskSays::Supervise { leg, .. } = &*says {
                    if known {
                        self.contact_of.insert(*leg, contact);
                    } else {
                        self.voice.close(*leg);
                    }
                }
                self.tell(contact, Input::Desk(*says)).await;
                // Whoever asked may have gone.
                let _ = reply.send(if known { Ok(()) } else { Err(VoiceError::NoCall) });
            }
            Told::Moves(moves) => self.on_moves(moves).await,
            Told::Lift { agent, reply } => self.lift(agent, reply).await,
            Told::PutDown(agent) => self.put_down(agent).await,
            Told::Answer { contact, input } => {
                if let Input::Onward { leg, .. } = &*input {
                    match self.calls.contains_key(&contact) {
                        true => drop(self.contact_of.insert(*leg, contact)),
                        false => self.voice.close(*leg),
                    }
                }
                self.tell(contact, *input).await;
            }
            Told::Dial { dial, reply } => {
                let Dial { setup, to, kept, promised } = *dial;
                let now = self.voice.0.clock.now();
                let (contact, leg) = (setup.contact, setup.leg);
                if self.calls.contains_key(&contact) {
                    self.voice.close(leg);
                    let _ = reply.send(Err(VoiceError::CallThere));
                    return;
                }
                let live = Live {
                    direction: CallDirection::Outbound,
                    client: kept.client,
                    queue: kept.queue,
                    language: kept.language,
                    number: Some(to.number.clone()),
                    dialled: Some(to.from.clone()),
                    recording_failed: false,
                    armed: None,
                    early: None,
                    promised,
                    request_type: None,
                    collected: Vec::new(),
                    call: Call::outgoing(setup, to, now),
                };
                self.voice.keep(Kept::Call(kept));
                self.contact_of.insert(leg, contact);
                self.calls.insert(contact, live);
                self.carry_out(contact).await;
                let _ = reply.send(Ok(()));
            }
        }
    }

    /// A call arrives on a trunk.
    async fn arrive(&mut self, leg: LegId, incoming: &Incoming) {
        let voice = self.voice.clone();
        let directory = voice.0.floor.directory();
        let Some(entry) = voice.plan().number(&incoming.to.user, &directory) else {
            tracing::info!(to = incoming.to.user, "a call to a number that belongs to no client");
            return voice.reject(leg, 404, None).await;
        };
        let contact = ContactId::from_uuid(Uuid::now_v7());
        let now = voice.0.clock.now();
        let number = (!incoming.withheld).then(|| incoming.from.user.clone());
        // A number that can be called, so that a call back can be promised.
        let callable = number.as_deref().is_some_and(|n| n.parse::<PhoneNumber>().is_ok());
        let (mut setup, recording) =
            match voice.setup(contact, leg, &entry, incoming.trunk, callable, now) {
                Ok(setup) => setup,
                Err(error) => {
                    tracing::error!("a call cannot be taken: {error}");
                    return voice.reject(leg, 503, Some(AGAIN)).await;
                }
            };
        let voicemail = voice.lead(&mut setup, &entry, now);
        if let Some(flow) = &entry.flow {
            let (name, version) = (&flow.name, flow.version);
            tracing::debug!(contact.id = %contact, flow = name, version, "a call follows a flow");
        }
        let (client, queue, language) = (entry.client, entry.queue, entry.language);
        voice.0.cards.put(Card {
            client,
            queue,
            channel: Channel::Voice,
            language,
            arrived: now,
            customer: super::customer_of(number.as_deref(), incoming.from.name.as_deref()),
            ..Card::unknown(contact)
        });
        let kept = CallKept {
            contact,
            client,
            queue,
            language,
            direction: CallDirection::Inbound,
            trunk: incoming.trunk,
            number: number.clone(),
            dialled: Some(entry.number.as_str().to_owned()),
            at: now,
            recording,
            voicemail,
        };
        voice.keep(Kept::Call(kept));
        let live = Live {
            direction: CallDirection::Inbound,
            client,
            queue,
            language,
            number,
            dialled: Some(entry.number.as_str().to_owned()),
            recording_failed: false,
            armed: None,
            early: Some(Vec::new()),
            promised: false,
            request_type: None,
            collected: Vec::new(),
            call: Call::incoming(setup, incoming, now),
        };
        self.contact_of.insert(leg, contact);
        self.voice.listening().goes_by(leg, incoming.trunk);
        self.calls.insert(contact, live);
        self.carry_out(contact).await;
    }

    async fn tell(&mut self, contact: ContactId, input: Input) {
        let Some(live) = self.calls.get_mut(&contact) else { return };
        live.call.handle(self.voice.0.clock.now(), input);
        self.carry_out(contact).await;
    }

    /// Carries out what a call ordered, in order.
    async fn carry_out(&mut self, contact: ContactId) {
        let now = self.voice.0.clock.now();
        loop {
            let Some(live) = self.calls.get_mut(&contact) else { return };
            let Some(order) = live.call.next_order() else { break };
            match order {
                Order::Sip(command) => {
                    if let Err(error) = self.voice.0.sip.send(command).await {
                        tracing::error!(contact.id = %contact, "{error}");
                    }
                }
                Order::Media(command) => {
                    if let MediaCommand::Record { recording, path, .. } = &command {
                        self.recordings.insert(*recording, contact);
                        self.unkept.insert(*recording, path.clone());
                    }
                    self.voice.sound(command);
                }
                Order::Ask(Ask::Hours { calendar }) => {
                    let (directory, plan) = (self.voice.0.floor.directory(), self.voice.plan());
                    let client = directory.client(live.client);
                    let open = client
                        .is_none_or(|client| led::is_open(client, &plan, calendar.as_deref(), now));
                    live.call.handle(now, Input::Hours { open });
                }
                Order::Ask(Ask::Onward { number }) => {
                    let input = self.voice.way_out(live.client, &number);
                    if let Input::Onward { leg, .. } = &input {
                        self.contact_of.insert(*leg, contact);
                    }
                    live.call.handle(now, input);
                }
                Order::Ask(Ask::Place) => self.voice.look_up_place(contact),
                Order::Ask(ask) => {
                    if let Ask::Arrive { route: Some(route), .. } = &ask {
                        self.voice.follow(contact, live, route);
                    }
                    let input = live.input(&self.voice, contact, ask);
                    let early = live.early.take();
                    input.into_iter().for_each(|input| self.voice.ask(input));
                    early.into_iter().flatten().for_each(|fact| self.voice.ask(fact));
                }
                Order::Fact(fact) => {
                    self.voice.listen(contact, live.client, &fact);
                    if let Some(fact) = floor_side::journalled(contact, &fact, live.direction) {
                        match &mut live.early {
                            Some(early) => early.push(fact),
                            None => self.voice.ask(fact),
                        }
                    }
                    let left = match fact {
                        Fact::MessageLeft(recording) => Some(recording),
                        _ => None,
                    };
                    if let Fact::MessageLeft(recording) | Fact::RecordingStarted(recording) = fact {
                        self.unkept.remove(&recording);
                    }
                    self.voice.keep(Kept::Fact { contact, at: now, fact });
                    if let Some(recording) = left {
                        let due = now + self.voice.plan().message_due(live.client);
                        self.voice.keep(Kept::Message { contact, recording, at: now, due });
                    }
                }
            }
        }
        self.rearm(contact);
        self.show(contact);
        let over = self.calls.get(&contact).is_some_and(|live| live.call.is_over());
        if over {
            // Its legs are known until the sound has told the last of them.
            self.calls.remove(&contact);
            self.deadlines.retain(|(_, of)| *of != contact);
        }
    }

    /// The customer's number in a call.
    pub(super) fn number_of(&self, contact: ContactId) -> Option<String> {
        self.calls.get(&contact)?.number.clone()
    }

    fn rearm(&mut self, contact: ContactId) {
        let Some(live) = self.calls.get_mut(&contact) else { return };
        let next = live.call.next_deadline();
        if next != live.armed {
            if let Some(at) = live.armed {
                self.deadlines.remove(&(at, contact));
            }
            if let Some(at) = next {
                self.deadlines.insert((at, contact));
            }
            live.armed = next;
        }
    }

    /// Shows the call at the desks that have the contact.
    fn show(&self, contact: ContactId) {
        if let Some(live) = self.calls.get(&contact) {
            let unheard = self.voice.listening().unheard(contact);
            let call = live.view();
            // On hold by their side nobody need be heard.
            let unheard = unheard.filter(|_| call.state == "connected" && !call.held_by_customer);
            self.voice.show(contact, DeskCall { unheard, ..call });
        }
    }
}

impl Voice {
    /// Takes over what a flow has found out of a call that arrives now.
    fn follow(&self, contact: ContactId, live: &mut Live, route: &Route) {
        live.language = route.language;
        if let Some(queue) =
            route.queue.as_ref().and_then(|name| self.queue_named(live.client, name))
        {
            live.queue = queue;
        }
        live.request_type.clone_from(&route.request_type);
        live.collected = led::collected(route);
        let (queue, language) = (live.queue, live.language);
        self.0.cards.change(contact, |card| (card.queue, card.language) = (queue, language));
        self.keep(Kept::Led { contact, queue, language });
    }
}

impl Live {
    /// What the floor is told for a question of the call.
    fn input(&self, voice: &Voice, contact: ContactId, ask: Ask) -> Option<FloorInput> {
        let arrival = |first_ring| Arrival {
            contact,
            client: self.client,
            queue: self.queue,
            channel: Channel::Voice,
            language: Some(self.language),
            first_ring: Some(first_ring),
            customer: None,
            head_start: None,
            emergency: false,
        };
        Some(match ask {
            Ask::Arrive { first_ring, route: None } => FloorInput::Arrive(arrival(first_ring)),
            Ask::Arrive { first_ring, route: Some(route) } => {
                FloorInput::ArriveLed(voice.led(arrival(first_ring), &route))
            }
            Ask::Hours { .. } | Ask::Onward { .. } | Ask::Place => return None,
            Ask::Voicemail => FloorInput::LeaveVoicemail { contact },
            Ask::Return => FloorInput::OutsideFailed { contact },
            // The floor keeps whom a stop of ours has cut, and the next start takes them up.
            Ask::Abandon | Ask::End { .. } if self.was_cut() => return None,
            Ask::Abandon => FloorInput::Abandon { contact },
            Ask::Reached => FloorInput::CustomerAnswered { contact },
            // Whoever was promised a call is still owed it: the agent calls again, or says that they
            // were not reached.
            Ask::End { .. } if self.promised && self.was_not_reached() => return None,
            Ask::End { by } => FloorInput::End {
                contact,
                by: match by {
                    Who::Customer => EndedBy::Customer,
                    Who::Agent => EndedBy::Agent,
                    Who::System => EndedBy::System,
                },
            },
            Ask::RequestCallback => FloorInput::RequestCallback { contact },
        })
    }

    /// Whether we have cut the call.
    fn was_cut(&self) -> bool {
        self.call.end().is_some_and(|end| end.ours == Some(Ours::Cut))
    }

    /// Whether the customer never answered.
    fn was_not_reached(&self) -> bool {
        self.call.end().is_some_and(|end| end.at == At::Ringing)
    }

    /// The call as every desk shows it; whether an agent is muted is their own matter.
    fn view(&self) -> DeskCall {
        let call = &self.call;
        let recording = match call.recording() {
            _ if self.recording_failed => RecordingState::Failed,
            None => RecordingState::Off,
            Some((_, None)) => RecordingState::On,
            Some((_, Some(_))) => RecordingState::Paused,
        };
        let state = match (call.is_over() || call.end().is_some(), call.is_connected()) {
            (true, _) => "ended",
            (false, true) => "connected",
            (false, false) => "ringing",
        };
        DeskCall {
            direction: match self.direction {
                CallDirection::Inbound => api::voice::CallDirection::Inbound,
                CallDirection::Outbound => api::voice::CallDirection::Outbound,
            },
            number: self.number.clone(),
            dialled: self.dialled.clone(),
            state: state.to_owned(),
            muted: call.muted().iter().map(|agent| agent.uuid()).collect(),
            recording,
            pause_until: call.pause_until().map(instant),
            held_by_customer: call.held_by_customer(),
            unheard: None,
            outside: self.outside(),
            supervisor: call.supervisor().and_then(|(_, mode)| match mode {
                Supervision::Listen => None,
                Supervision::Whisper => Some("whisper".to_owned()),
                Supervision::Barge => Some("barge".to_owned()),
            }),
            request_type: self.request_type.clone(),
            collected: self.collected.clone(),
            ending: call
                .end()
                .map(|end| keep::code(end, Party::Customer, self.direction).to_owned()),
        }
    }

    /// Somebody outside, or the latest one who could not be reached.
    fn outside(&self) -> Option<OutsideView> {
        if let Some((number, stage)) = self.call.outside() {
            let state = match stage {
                OutsideStage::Ringing => "ringing",
                OutsideStage::Private => "talking",
                OutsideStage::Joined => "joined",
            };
            let (number, state) = (number.to_owned(), state.to_owned());
            return Some(OutsideView { number, state, ending: None });
        }
        let (number, end) = self.call.not_reached()?;
        Some(OutsideView {
            number: number.to_owned(),
            state: "failed".to_owned(),
            ending: Some(keep::code(end, Party::Outside, self.direction).to_owned()),
        })
    }
}
