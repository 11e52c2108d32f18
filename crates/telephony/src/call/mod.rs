//! A call from its first ring to its last word: a state machine without socket, clock or thread.
//!
//! A [`Call`] is fed with what trunk, sound, floor and desks say ([`Input`]), and gives what it wants
//! of them ([`Order`]), in order. It decides when a caller is answered, what they hear while they
//! wait, and when their leg ends; who takes the contact is the floor's matter. Whom each leg hears is
//! computed anew from where the call stands ([`hearing`]), and only the differences are ordered, so
//! that no way through the states can leave somebody listening.

mod customer;
pub mod hearing;
mod message;
mod opening;
mod outside;
mod plan;
mod port;
mod queue;
mod sound;

#[cfg(test)]
mod tests;

use std::{collections::VecDeque, time::Duration};

use domain::{AgentId, ContactId, LegId, RecordingId, Timestamp, UserId};

use self::{
    hearing::{OutsideStage, Picture},
    message::Message,
    opening::Flowing,
    outside::Outside,
    queue::Told,
    sound::Ordered,
};
pub use self::{plan::*, port::*};
use crate::{
    flow,
    media::{MediaCommand, MediaEvent},
    sdp::Negotiation,
    sip::{Cause, Incoming, Side, SipCommand, SipEvent, Target},
};

/// Between two looks at a caller who waits for a key, and the longest that last words may take
/// beyond their length.
const GRACE: Duration = Duration::from_secs(3);

/// Q.850: normal call clearing.
const NORMAL: u8 = 16;

/// Where the customer's leg stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Notices play, or a flow; the contact has not arrived yet.
    Opening,
    /// Nobody is with the customer yet, or no longer.
    Waiting,
    /// Agents, or somebody outside, are on the contact.
    Talking,
    /// A voicemail is asked for, or spoken.
    Message,
    /// Last words play; then the leg ends.
    Closing(Ours),
    /// The leg is over.
    Over,
}

/// How far the customer's leg is with SIP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signalling {
    /// They call, and we have not answered.
    Ringing,
    /// We call, and they have not answered; with `early_media` their side plays something already.
    Dialling {
        early_media: bool,
    },
    /// Our 200 is on its way; with our offer when theirs came without.
    Accepted,
    Confirmed,
}

/// A recording under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Recording {
    recording: RecordingId,
    /// Since when it pauses, and whether the alarm has been raised.
    paused: Option<(Timestamp, bool)>,
}

/// The telephone side of one contact.
#[derive(Debug)]
pub struct Call {
    contact: ContactId,
    leg: LegId,
    offer: Option<String>,
    negotiation: Negotiation,
    signalling: Signalling,
    stage: Stage,
    sounds: Sounds,
    rules: Rules,
    plan: Option<RecordingPlan>,
    recording: Option<Recording>,
    /// Where a voicemail would be recorded.
    voicemail: Option<RecordingPlan>,
    message: Option<Message>,
    /// A voicemail was left.
    left: bool,
    /// The flow that has not begun, and the one under way.
    flow_plan: Option<FlowPlan>,
    flow: Option<Flowing>,
    /// Where a flow has led, until the contact arrives.
    route: Option<Box<Route>>,
    /// When a number outside that a flow led to is given up.
    onward_until: Option<Timestamp>,
    /// A flow has passed the caller on to somebody outside.
    passed_on: bool,
    told: Told,
    first_ring: Timestamp,
    /// The floor has the contact.
    arrived: bool,
    /// A callback was asked for, or promised.
    callback: bool,
    parts: Vec<Part>,
    muted: Vec<AgentId>,
    outside: Option<Outside>,
    /// The customer was passed on to nobody while the agent was not gone yet.
    unreached: bool,
    /// The latest one outside who did not come: whom, and how it ended.
    not_reached: Option<(String, LegEnd)>,
    supervisor: Option<(UserId, LegId, Supervision)>,
    held_by_customer: bool,
    /// The customer's leg has been silent since.
    silent: Option<Timestamp>,
    /// The next instant at which something is due without being told.
    ring_until: Option<Timestamp>,
    words_until: Option<Timestamp>,
    ordered: Ordered,
    end: Option<LegEnd>,
    orders: VecDeque<Order>,
}

impl Call {
    /// A call that arrives on a trunk. It rings, or is answered at once when there is something to be
    /// told first; a description that cannot be spoken is refused with 488.
    pub fn incoming(setup: Setup, incoming: &Incoming, now: Timestamp) -> Self {
        let mut call = Self::new(setup, now);
        let leg = call.leg;
        call.offer.clone_from(&incoming.offer);
        call.fact(Fact::LegStarted { leg, party: Party::Customer });
        if !call.sounds.notices.is_empty() {
            call.stage = Stage::Opening;
            if call.accept() {
                let notices = call.sounds.notices.clone();
                call.say(now, Words::Notices, notices);
            }
        } else if call.flow_plan.is_some() {
            call.enter(now);
        } else {
            call.ring_until = Some(now + call.rules.ring_at_most);
            call.sip(SipCommand::Ring { leg, answer: None });
            call.arrive();
        }
        call.settle(now);
        call
    }

    /// A call to the customer of a contact that the floor has given to an agent already. The agent
    /// hears it ring.
    pub fn outgoing(setup: Setup, to: Outgoing, now: Timestamp) -> Self {
        let mut call = Self::new(setup, now);
        let leg = call.leg;
        call.arrived = true;
        call.stage = Stage::Talking;
        call.signalling = Signalling::Dialling { early_media: false };
        let offer = call.negotiation.offers();
        let Outgoing { number, from, trunks } = to;
        let target = Target::Number { to: number, trunks };
        call.fact(Fact::LegStarted { leg, party: Party::Customer });
        call.sip(SipCommand::Invite { leg, target, from, from_name: None, offer });
        call.settle(now);
        call
    }

    fn new(setup: Setup, now: Timestamp) -> Self {
        let Setup { contact, leg, local, sounds, rules, recording, voicemail, flow } = setup;
        Self {
            contact,
            leg,
            offer: None,
            negotiation: Negotiation::new(low_bits(leg), local),
            signalling: Signalling::Ringing,
            stage: Stage::Waiting,
            sounds,
            rules,
            plan: recording,
            recording: None,
            voicemail,
            message: None,
            left: false,
            flow_plan: flow,
            flow: None,
            route: None,
            onward_until: None,
            passed_on: false,
            told: Told::default(),
            first_ring: now,
            arrived: false,
            callback: false,
            parts: Vec::new(),
            muted: Vec::new(),
            outside: None,
            unreached: false,
            not_reached: None,
            supervisor: None,
            held_by_customer: false,
            silent: None,
            ring_until: None,
            words_until: None,
            ordered: Ordered::default(),
            end: None,
            orders: VecDeque::new(),
        }
    }

    /// Takes in what was said. Words about legs that are not of this call change nothing.
    pub fn handle(&mut self, now: Timestamp, input: Input) {
        self.advance(now);
        match input {
            Input::Sip(event) => self.on_sip(now, event),
            Input::Media(event) => self.on_media(now, event),
            Input::Floor(said) => self.on_floor(now, said),
            Input::Desk(said) => self.on_desk(now, said),
            Input::Hours { open } => self.tell_flow(now, flow::Input::Hours { open }),
            Input::Place { ahead, wait } => self.tell_place(now, ahead, wait),
            input @ Input::Onward { .. } => self.go_on(now, input),
            Input::NoWayOut => self.nobody_outside(),
            Input::Cut => self.hang_up(Ours::Cut),
        }
        self.settle(now);
    }

    /// Does what is due by itself.
    pub fn advance(&mut self, now: Timestamp) {
        if self.ring_until.is_some_and(|at| at <= now) {
            self.ring_until = None;
            self.accept();
        }
        if self.words_until.is_some_and(|at| at <= now) {
            // The sound has not told of the end: the call goes on without it.
            self.words_until = None;
            self.words_over(now);
        }
        if let Some(flowing) = &mut self.flow
            && flowing.due.is_some_and(|at| at <= now)
        {
            flowing.due = None;
            self.tell_flow(now, flow::Input::Timeout);
        }
        if self.onward_until.is_some_and(|at| at <= now) {
            self.drop_outside();
        }
        if self.message_due().is_some_and(|at| at <= now) {
            self.end_message(now);
        }
        if self.told.at.is_some_and(|at| at <= now) {
            self.announce(now);
        }
        if self.silent.is_some_and(|since| since + self.rules.silence_max <= now)
            && !self.held_by_customer
        {
            self.silent = None;
            self.hang_up(Ours::Silence);
        }
        if let Some(recording) = &mut self.recording
            && let Some((since, alarmed)) = &mut recording.paused
            && !*alarmed
            && *since + self.rules.pause_max <= now
        {
            *alarmed = true;
            let recording = recording.recording;
            self.fact(Fact::PauseLeftOpen(recording));
        }
        self.settle(now);
    }

    /// When [`Call::advance`] has something to do.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let paused = self.recording.and_then(|recording| recording.paused);
        let alarm = paused.filter(|(_, alarmed)| !alarmed).map(|(at, _)| at + self.rules.pause_max);
        let silent = self.silent.filter(|_| !self.held_by_customer);
        let silence = silent.map(|since| since + self.rules.silence_max);
        let flow = self.flow.as_ref().and_then(|flowing| flowing.due);
        let (message, told, onward) = (self.message_due(), self.told.at, self.onward_until);
        [self.ring_until, self.words_until, silence, alarm, flow, message, told, onward]
            .into_iter()
            .flatten()
            .min()
    }

    /// What is wanted next, oldest first.
    pub fn next_order(&mut self) -> Option<Order> {
        self.orders.pop_front()
    }

    /// Whether every leg of its own is over. Agents' phones are not its own.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over && self.outside.is_none()
    }

    /// The contact.
    pub fn contact(&self) -> ContactId {
        self.contact
    }

    /// The legs that end with this call: the customer's and the one outside.
    pub fn legs(&self) -> impl Iterator<Item = LegId> {
        std::iter::once(self.leg).chain(self.outside.as_ref().map(|outside| outside.leg))
    }

    /// The customer's leg was answered, by us or by them, and is not over.
    pub fn is_connected(&self) -> bool {
        matches!(self.signalling, Signalling::Accepted | Signalling::Confirmed)
            && self.stage != Stage::Over
    }

    /// How the customer's leg ended.
    pub fn end(&self) -> Option<&LegEnd> {
        self.end.as_ref()
    }

    /// The customer's side has put us on hold.
    pub fn held_by_customer(&self) -> bool {
        self.held_by_customer
    }

    /// Agents whom nobody hears, by their own wish.
    pub fn muted(&self) -> &[AgentId] {
        &self.muted
    }

    /// When a paused recording raises its alarm.
    pub fn pause_until(&self) -> Option<Timestamp> {
        let (since, alarmed) = self.recording?.paused?;
        (!alarmed).then_some(since + self.rules.pause_max)
    }

    /// The recording under way, and since when it pauses.
    pub fn recording(&self) -> Option<(RecordingId, Option<Timestamp>)> {
        self.recording.map(|r| (r.recording, r.paused.map(|(since, _)| since)))
    }

    /// Whom somebody has called outside, and how that stands.
    pub fn outside(&self) -> Option<(&str, OutsideStage)> {
        self.outside.as_ref().map(|outside| (outside.number.as_str(), outside.stage))
    }

    /// The latest one outside who was called and did not answer, and how that ended.
    pub fn not_reached(&self) -> Option<(&str, &LegEnd)> {
        self.not_reached.as_ref().map(|(number, end)| (number.as_str(), end))
    }

    /// The supervisor who is there.
    pub fn supervisor(&self) -> Option<(UserId, Supervision)> {
        self.supervisor.map(|(user, _, mode)| (user, mode))
    }

    fn on_sip(&mut self, now: Timestamp, event: SipEvent) {
        match event {
            SipEvent::Confirmed { leg, answer } if leg == self.leg => {
                self.signalling = Signalling::Confirmed;
                if let Some(answer) = answer {
                    match self.negotiation.take_answer(&answer) {
                        Ok(agreed) => self.media(MediaCommand::Agree { leg, agreed }),
                        Err(_) => self.hang_up(Ours::NotAcceptable),
                    }
                }
            }
            SipEvent::Tried { leg, encrypted, .. } if leg == self.leg => {
                if let Signalling::Dialling { early_media } = &mut self.signalling {
                    *early_media = false;
                    self.negotiation.sent_as(encrypted);
                }
            }
            SipEvent::Ringing { leg, answer: Some(answer) } if leg == self.leg => {
                if let Signalling::Dialling { early_media } = &mut self.signalling
                    && let Ok(agreed) = self.negotiation.take_answer(&answer)
                {
                    *early_media = true;
                    self.media(MediaCommand::Agree { leg, agreed });
                }
            }
            SipEvent::Accepted { leg, answer } if leg == self.leg => self.reached(&answer),
            SipEvent::Offer { leg, offer } if leg == self.leg => self.renegotiate(offer),
            SipEvent::Digit { leg, digit } if leg == self.leg => self.on_digit(now, digit),
            SipEvent::Ended { leg, by, cause } if leg == self.leg => {
                self.leg_ended(by, cause, None)
            }
            SipEvent::Refer { leg, .. } if leg == self.leg => {
                // Whoever is called decides where a call goes; a carrier does not.
                self.sip(SipCommand::AnswerRefer { leg, accepted: false });
            }
            event => self.on_outside_sip(now, event),
        }
    }

    fn on_media(&mut self, now: Timestamp, event: MediaEvent) {
        match event {
            MediaEvent::Digit { leg, digit } if leg == self.leg => self.on_digit(now, digit),
            MediaEvent::PlayEnded { leg, id } if leg == self.leg && self.ordered.is_words(id) => {
                self.words_until = None;
                self.words_over(now);
            }
            MediaEvent::Silent { leg, since } if leg == self.leg && self.stage != Stage::Over => {
                self.silent = Some(now - since.min(self.rules.silence_max));
            }
            MediaEvent::Heard { leg } if leg == self.leg => self.silent = None,
            MediaEvent::Spoken { recording } => self.spoken(recording),
            _ => {}
        }
    }

    fn on_floor(&mut self, now: Timestamp, said: FloorSays) {
        match said {
            FloorSays::Greeting => {
                if let Some(greeting) = self.sounds.greeting.clone()
                    && self.stage == Stage::Waiting
                    && self.accept()
                {
                    self.say(now, Words::Greeting, vec![greeting]);
                }
            }
            FloorSays::ForOpening => {
                if self.stage == Stage::Waiting && self.accept() {
                    let closed = self.sounds.closed.clone();
                    let by_message = self.rules.message_when_closed && !self.callback;
                    if !by_message || !self.ask_for_message(now, closed.clone()) {
                        self.ordered.said = Some(Words::Closed);
                        match closed {
                            Some(closed) => self.say(now, Words::Closed, vec![closed]),
                            None => self.words_over(now),
                        }
                    }
                }
            }
            FloorSays::CallbackPromised => {
                self.callback = true;
                self.last_words(now, Ours::CallbackPromised);
            }
            FloorSays::CallbackRefused => self.callback = false,
            FloorSays::Parts(parts) => self.stand(parts),
            FloorSays::Ended(end) => {
                self.arrived = false;
                for part in std::mem::take(&mut self.parts) {
                    self.agent_left(part, At::Talking);
                }
                self.muted.clear();
                match end {
                    // It has ended with the message, or may end without waiting for it.
                    _ if self.stage == Stage::Message => {}
                    FloorEnd::Over => self.hang_up(Ours::Finished),
                    FloorEnd::Removed => self.hang_up(Ours::Removed),
                    FloorEnd::Closed | FloorEnd::Full => {
                        let (why, words) = match end {
                            FloorEnd::Full => (Ours::Full, self.sounds.full.clone()),
                            _ => (Ours::Closed, self.sounds.closed.clone()),
                        };
                        let asks = self.rules.message_when_closed && self.stage == Stage::Waiting;
                        if !asks || !self.ask_for_message(now, words) {
                            self.last_words(now, why);
                        }
                    }
                }
            }
            FloorSays::Refused => {
                self.arrived = false;
                if self.stage == Stage::Message {
                    return;
                }
                self.hang_up(Ours::Refused);
            }
        }
    }

    fn on_desk(&mut self, now: Timestamp, said: DeskSays) {
        match said {
            DeskSays::Mute { agent, on } => {
                let part = self.parts.iter().find(|part| part.agent == agent);
                if let Some(leg) = part.and_then(|part| part.phone)
                    && self.muted.contains(&agent) != on
                {
                    self.muted.retain(|muted| *muted != agent);
                    if on {
                        self.muted.push(agent);
                    }
                    self.fact(Fact::Muted { leg, on });
                }
            }
            DeskSays::Digits(digits) => {
                let leg = self.outside.as_ref().map_or(self.leg, |outside| outside.leg);
                self.media(MediaCommand::SendDigits { leg, digits });
            }
            DeskSays::PauseRecording(on) => self.pause_recording(now, on),
            said @ DeskSays::Outside { .. } => self.call_outside(now, said),
            DeskSays::Join => {
                if let Some(outside) = &mut self.outside
                    && outside.stage == OutsideStage::Private
                {
                    outside.stage = OutsideStage::Joined;
                }
            }
            DeskSays::DropOutside => self.drop_outside(),
            DeskSays::Supervise { user, leg, mode } => {
                if self.stage == Stage::Over {
                    self.media(MediaCommand::Close { leg });
                    return;
                }
                if let Some((other, before, _)) = self.supervisor {
                    if before != leg {
                        self.media(MediaCommand::Close { leg: before });
                    }
                    if other != user {
                        self.fact(Fact::Supervised { user: other, mode: None });
                    }
                }
                self.supervisor = Some((user, leg, mode));
                self.fact(Fact::Supervised { user, mode: Some(mode) });
            }
            DeskSays::StopSupervision { leg, user } => {
                let leaves = |(who, on, _): (UserId, LegId, Supervision)| {
                    leg.is_none_or(|leg| leg == on) && user.is_none_or(|user| user == who)
                };
                if self.supervisor.is_some_and(leaves) {
                    self.stop_supervision();
                }
            }
        }
    }

    /// Brings the agents on the contact to what the floor says.
    fn stand(&mut self, parts: Vec<Part>) {
        if self.stage == Stage::Over {
            return;
        }
        let before = std::mem::take(&mut self.parts);
        let handed_on = parts.is_empty() && self.outside.is_some();
        let at = if handed_on { At::Outside } else { At::Talking };
        for part in &before {
            if !parts.iter().any(|now| (now.agent, now.phone) == (part.agent, part.phone)) {
                self.agent_left(*part, at);
            }
        }
        for part in &parts {
            if let Some(leg) = part.phone
                && !before.iter().any(|was| (was.agent, was.phone) == (part.agent, part.phone))
            {
                self.fact(Fact::LegStarted { leg, party: Party::Agent(part.agent) });
                self.fact(Fact::LegAnswered { leg });
            }
        }
        self.muted.retain(|agent| parts.iter().any(|part| part.agent == *agent));
        self.parts = parts;
        // An agent who answers while a message is spoken takes the caller off it: there is a contact whose
        // end must be told.
        self.arrived |= !self.parts.is_empty();
        if matches!(self.stage, Stage::Closing(_) | Stage::Opening) {
            return;
        }
        if self.parts.is_empty() && self.unreached {
            self.come_back();
        } else if self.parts.is_empty() && self.passes_on() {
            // They hear it ring.
        } else if self.parts.is_empty() && !self.outside_joined() {
            self.drop_outside();
            if self.stage == Stage::Talking {
                self.stage = Stage::Waiting;
            }
        } else if self.accept() {
            self.stage = Stage::Talking;
            self.words_until = None;
            if self.ordered.forget_words() {
                self.media(MediaCommand::StopPlaying { leg: self.leg });
            }
        }
    }

    /// An agent is no longer on the contact; their phone goes on without it.
    fn agent_left(&mut self, part: Part, at: At) {
        let Some(leg) = part.phone else { return };
        if self.muted.contains(&part.agent) {
            self.fact(Fact::Muted { leg, on: false });
        }
        let cause = Cause { status: None, q850: Some(NORMAL), text: String::new() };
        let end = LegEnd { at, by: Side::Local, cause, ours: Some(Ours::Finished) };
        self.fact(Fact::LegEnded { leg, party: Party::Agent(part.agent), end });
    }

    /// Tells the floor that the contact is there.
    fn arrive(&mut self) {
        self.arrived = true;
        let (first_ring, route) = (self.first_ring, self.route.take());
        self.orders.push_back(Order::Ask(Ask::Arrive { first_ring, route }));
    }

    fn stop_supervision(&mut self) {
        if let Some((user, leg, _)) = self.supervisor.take() {
            self.media(MediaCommand::Close { leg });
            self.fact(Fact::Supervised { user, mode: None });
        }
    }

    fn picture(&self) -> Picture<'_> {
        let early = self.signalling == Signalling::Dialling { early_media: true };
        Picture {
            customer: self.is_connected().then_some(self.leg),
            early: early.then_some(self.leg),
            parts: &self.parts,
            outside: self.outside.as_ref().map(|outside| (outside.leg, outside.by, outside.stage)),
            supervisor: self.supervisor.map(|(_, leg, mode)| (leg, mode)),
        }
    }

    fn fact(&mut self, fact: Fact) {
        self.orders.push_back(Order::Fact(fact));
    }

    fn sip(&mut self, command: SipCommand) {
        self.orders.push_back(Order::Sip(command));
    }

    fn media(&mut self, command: MediaCommand) {
        self.orders.push_back(Order::Media(command));
    }
}

/// A number that tells descriptions of different legs apart.
fn low_bits(leg: LegId) -> u64 {
    // The lower half of a UUID is random but for its variant.
    u64::try_from(leg.uuid().as_u128() & u128::from(u64::MAX >> 1)).unwrap_or(1)
}
