//! How calls end, whose fault it was, whether they may be billed, and whether to try again.
//!
//! [`Code`] is the table: one row for each way to end. [`Finish::code`] finds the row from what is
//! known of a leg when it is over. Both are total: every status, cause, stage and side has an answer.

mod q850;
#[cfg(test)]
mod tests;

use std::str::FromStr;

pub use q850::{q850_of, status_of};

use crate::sip::{Cause, Side};

/// Whose fault an ending was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultOf {
    /// Who called, or was called.
    Customer,
    /// The agent.
    Agent,
    /// Us: too few agents, a setting, the software.
    Provider,
    /// The carrier or the network.
    Carrier,
    /// A call like it should be, or one of which nobody is to blame.
    Nobody,
}

/// Whether to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// No.
    Never,
    /// The same number, some time later.
    Later,
    /// Another number of the same person.
    OtherNumber,
    /// We owe or offer the customer a call back.
    Callback,
}

impl FaultOf {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Agent => "agent",
            Self::Provider => "provider",
            Self::Carrier => "carrier",
            Self::Nobody => "nobody",
        }
    }
}

impl Retry {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Later => "later",
            Self::OtherNumber => "other_number",
            Self::Callback => "callback",
        }
    }
}

/// How a call ended, with what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ending {
    /// Which ending: `abandoned_in_queue`. Stable, and translated for people.
    pub code: &'static str,
    /// Whose fault.
    pub fault: FaultOf,
    /// It may stand on the client's bill: somebody or something of ours took the call, and no fault
    /// of ours cut it. What it costs, and from which length, is the contract's matter.
    pub billable: bool,
    /// Whether to try again.
    pub retry: Retry,
}

macro_rules! table {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $fault:ident, $bill:ident, $retry:ident;)*) => {
        /// The ways to end, each with its row.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The row.
            pub const fn ending(self) -> Ending {
                match self {
                    $(Self::$name => Ending {
                        code: $code,
                        fault: FaultOf::$fault,
                        billable: table!(@ $bill),
                        retry: Retry::$retry,
                    },)*
                }
            }
        }
    };
    (@ billed) => { true };
    (@ free) => { false };
}

table! {
    // Taken by an agent, and over.
    /// The customer hung up after a conversation.
    AnsweredNormalCustomer = "answered_normal_customer", Nobody, billed, Never;
    /// The agent hung up after a conversation.
    AnsweredNormalAgent = "answered_normal_agent", Nobody, billed, Never;
    /// Somebody outside, to whom the call was passed on, hung up.
    AnsweredNormalThird = "answered_normal_third", Nobody, billed, Never;
    /// This leg made room for another in the same call.
    TransferredAway = "transferred_away", Nobody, billed, Never;
    /// The customer hung up while on hold.
    HungUpOnHold = "hung_up_on_hold", Agent, billed, Callback;
    /// The network cut a conversation.
    CarrierCut = "carrier_cut", Carrier, billed, Callback;
    /// The far end vanished from a conversation: no sound came any more.
    MediaTimeout = "media_timeout", Carrier, billed, Callback;
    /// The far end no longer answered when asked whether the call goes on (RFC 4028).
    SessionExpired = "session_expired", Carrier, billed, Callback;
    /// The agent's phone was lost and came back too late.
    AgentLost = "agent_lost", Provider, free, Callback;
    /// Cut because the server stopped.
    ServerRestart = "server_restart", Provider, free, Callback;

    // Came in, and was not taken by an agent.
    /// The caller was gone before anything was played or rang.
    AbandonedAtOnce = "abandoned_at_once", Customer, free, Never;
    /// The caller left the menu.
    AbandonedInMenu = "abandoned_in_menu", Customer, free, Never;
    /// The caller left during the peak greeting.
    AbandonedInGreeting = "abandoned_in_greeting", Provider, free, Callback;
    /// The caller left the queue.
    AbandonedInQueue = "abandoned_in_queue", Provider, free, Callback;
    /// The caller left while an agent's phone rang.
    AbandonedRinging = "abandoned_ringing", Provider, free, Callback;
    /// The network cut the call while it waited.
    CarrierCutWaiting = "carrier_cut_waiting", Carrier, free, Callback;
    /// The caller vanished while waiting.
    MediaTimeoutWaiting = "media_timeout_waiting", Carrier, free, Callback;
    /// The far end never acknowledged that we took its call.
    TimeoutNoAck = "timeout_no_ack", Carrier, free, Callback;
    /// The carrier rang several places, and another one answered.
    AnsweredElsewhere = "answered_elsewhere", Nobody, free, Never;
    /// The caller heard that we are closed.
    Closed = "closed", Nobody, free, Later;
    /// The menu said all there was to say.
    EndedByMenu = "ended_by_menu", Nobody, free, Never;
    /// The queue was full.
    QueueFull = "queue_full", Provider, free, Later;
    /// The queue was removed with the caller in it.
    QueueRemoved = "queue_removed", Provider, free, Callback;
    /// The caller left a voicemail, which is work from then on.
    VoicemailLeft = "voicemail_left", Nobody, billed, Never;
    /// The caller was asked for a voicemail and left none.
    VoicemailEmpty = "voicemail_empty", Customer, free, Never;
    /// The caller asked for a call back.
    CallbackPromised = "callback_promised", Nobody, free, Callback;

    // Came in, and was refused by us.
    /// The number that was dialled belongs to no client.
    NumberNotOurs = "number_not_ours", Provider, free, Never;
    /// Callers without a number are not taken here.
    AnonymousRefused = "anonymous_refused", Customer, free, Never;
    /// Too many calls from one place in too short a time.
    FloodRefused = "flood_refused", Nobody, free, Later;
    /// The trunk carries as many calls as it may.
    TrunkFull = "trunk_full", Provider, free, Later;
    /// Nothing that both ends can speak.
    NotAcceptable = "not_acceptable", Provider, free, Never;
    /// Refused or ended by us for any other reason.
    Refused = "refused", Provider, free, Later;

    // Went out, and was not answered.
    /// Nobody answered.
    NoAnswer = "no_answer", Nobody, free, Later;
    /// Busy.
    Busy = "busy", Nobody, free, Later;
    /// Declined.
    Rejected = "rejected", Customer, free, Later;
    /// Declined by somebody, or something for them, who wants no such calls.
    Unwanted = "unwanted", Customer, free, Never;
    /// Switched off, or out of reach.
    Unreachable = "unreachable", Nobody, free, Later;
    /// Nobody has this number.
    UnallocatedNumber = "unallocated_number", Customer, free, OtherNumber;
    /// The number has changed.
    NumberChanged = "number_changed", Customer, free, OtherNumber;
    /// No number at all, or an incomplete one.
    InvalidNumber = "invalid_number", Agent, free, OtherNumber;
    /// We were sent on to somewhere else, and do not follow.
    Redirected = "redirected", Nobody, free, OtherNumber;
    /// The carrier does not let us call there.
    Forbidden = "forbidden", Provider, free, Never;
    /// The carrier does not believe who we are.
    Unauthorized = "unauthorized", Provider, free, Later;
    /// The far end wants to see a number, or a better proof of it.
    IdentityWanted = "identity_wanted", Provider, free, Later;
    /// Too much traffic somewhere on the way.
    Congestion = "congestion", Carrier, free, Later;
    /// Something on the way is broken.
    CarrierFailure = "carrier_failure", Carrier, free, Later;
    /// The carrier said nothing at all.
    CarrierSilent = "carrier_silent", Carrier, free, Later;
    /// The agent hung up before an answer.
    CancelledByAgent = "cancelled_by_agent", Agent, free, Never;
    /// No longer wanted: somebody else answered, or who waited has left.
    Cancelled = "cancelled", Nobody, free, Never;

    // Rang at an agent's phone.
    /// The agent did not answer.
    AgentMissed = "agent_missed", Agent, free, Later;
    /// The agent's phone was busy.
    AgentBusy = "agent_busy", Agent, free, Later;
    /// The agent declined.
    AgentRefused = "agent_refused", Agent, free, Later;
    /// The agent's phone could not be reached.
    AgentUnreachable = "agent_unreachable", Provider, free, Later;
}

impl Code {
    /// The stable word, as kept and translated.
    pub const fn as_str(self) -> &'static str {
        self.ending().code
    }
}

impl FromStr for Code {
    type Err = ();

    fn from_str(code: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|known| known.as_str() == code).ok_or(())
    }
}

/// Every code, for translations and reports.
pub fn codes() -> impl ExactSizeIterator<Item = &'static str> {
    Code::ALL.iter().map(|code| code.as_str())
}

/// Which way the call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The customer called.
    Inbound,
    /// We called.
    Outbound,
}

/// Whose leg it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The customer's.
    Customer,
    /// An agent's: a browser or a desk phone.
    Agent,
    /// That of somebody outside, consulted or called in.
    Third,
}

/// What was going on in the leg when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// A call came in, and nothing was decided yet.
    Arriving,
    /// A menu or an announcement before the queue.
    Menu,
    /// The message that we are closed.
    Closed,
    /// The peak greeting.
    Greeting,
    /// Waiting.
    Queue,
    /// We called, and nothing came back yet.
    Dialling,
    /// A phone rings: for the customer of an inbound call an agent's, otherwise this leg's own.
    Ringing,
    /// In conversation.
    Talking,
    /// On hold.
    Held,
    /// Passed on to somebody outside; no agent is in it.
    Outside,
    /// Asked for a voicemail; nothing worth keeping was said yet.
    Voicemail,
    /// A voicemail is kept.
    VoicemailLeft,
    /// A call back is promised, and the closing words play.
    Callback,
    /// After the conversation.
    WrapUp,
}

/// Why we ended a leg ourselves, where it was for more than that somebody hung up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ours {
    /// The server stops, or has come back without the call.
    Restart,
    /// No sound came for too long.
    MediaTimeout,
    /// The agent's phone did not come back.
    AgentLost,
    /// The far end did not refresh the session.
    SessionExpired,
    /// No ACK came.
    NoAck,
    /// It rang for as long as we let it.
    RingTimeout,
    /// Offer and answer came to nothing.
    NotAcceptable,
    /// Nobody's number was dialled.
    NumberNotOurs,
    /// A caller without a number.
    Anonymous,
    /// Too many calls.
    Flood,
    /// The trunk is full.
    TrunkFull,
    /// Outside the hours.
    Closed,
    /// The queue is full.
    QueueFull,
    /// The queue is gone.
    QueueRemoved,
    /// A menu's last step.
    Menu,
    /// Another leg takes its place.
    Replaced,
}

/// What is known of a leg that is over.
#[derive(Clone, Copy, Debug)]
pub struct Finish<'a> {
    /// Which way the call went.
    pub direction: Direction,
    /// Whose leg.
    pub whose: Whose,
    /// What was going on.
    pub stage: Stage,
    /// Who ended it.
    pub by: Side,
    /// What the protocol says.
    pub cause: &'a Cause,
    /// Why, if it was us.
    pub ours: Option<Ours>,
}

impl Stage {
    /// Somebody of ours took the call before or at this stage.
    fn is_answered(self) -> bool {
        matches!(self, Self::Talking | Self::Held | Self::Outside | Self::WrapUp)
    }
}

impl Finish<'_> {
    /// The ending.
    pub fn ending(&self) -> Ending {
        self.code().ending()
    }

    /// The row of the table.
    pub fn code(&self) -> Code {
        if let Some(ours) = self.ours {
            return self.by_us(ours);
        }
        let called_by_us = self.direction == Direction::Outbound;
        match self.stage {
            Stage::Talking | Stage::Held | Stage::Outside | Stage::WrapUp => self.answered(),
            Stage::VoicemailLeft => Code::VoicemailLeft,
            Stage::Callback => Code::CallbackPromised,
            // Only customers wait; everybody else is called by us.
            _ if self.whose != Whose::Customer => self.unanswered(),
            Stage::Dialling | Stage::Ringing if called_by_us => self.unanswered(),
            Stage::Voicemail => Code::VoicemailEmpty,
            Stage::Closed => Code::Closed,
            Stage::Arriving
            | Stage::Menu
            | Stage::Greeting
            | Stage::Queue
            | Stage::Dialling
            | Stage::Ringing => self.waiting(),
        }
    }

    fn by_us(&self, ours: Ours) -> Code {
        match ours {
            // What was left or promised stays so, whatever happens during the last words.
            _ if self.stage == Stage::VoicemailLeft => Code::VoicemailLeft,
            _ if self.stage == Stage::Callback => Code::CallbackPromised,
            Ours::Restart => Code::ServerRestart,
            Ours::MediaTimeout if self.stage.is_answered() => Code::MediaTimeout,
            Ours::MediaTimeout => Code::MediaTimeoutWaiting,
            Ours::AgentLost => Code::AgentLost,
            Ours::SessionExpired if self.stage.is_answered() => Code::SessionExpired,
            Ours::SessionExpired => Code::MediaTimeoutWaiting,
            Ours::NoAck => Code::TimeoutNoAck,
            Ours::RingTimeout if self.whose == Whose::Agent => Code::AgentMissed,
            Ours::RingTimeout => Code::NoAnswer,
            Ours::NotAcceptable => Code::NotAcceptable,
            Ours::NumberNotOurs => Code::NumberNotOurs,
            Ours::Anonymous => Code::AnonymousRefused,
            Ours::Flood => Code::FloodRefused,
            Ours::TrunkFull => Code::TrunkFull,
            Ours::Closed => Code::Closed,
            Ours::QueueFull => Code::QueueFull,
            Ours::QueueRemoved => Code::QueueRemoved,
            Ours::Menu => Code::EndedByMenu,
            Ours::Replaced if self.stage.is_answered() => Code::TransferredAway,
            Ours::Replaced => Code::Cancelled,
        }
    }

    fn answered(&self) -> Code {
        match (self.by, self.whose, self.stage) {
            (Side::Timeout, ..) => Code::SessionExpired,
            (Side::Remote, ..) if self.was_cut() => Code::CarrierCut,
            (Side::Remote, Whose::Customer, Stage::Held) => Code::HungUpOnHold,
            (Side::Remote, Whose::Customer, _) => Code::AnsweredNormalCustomer,
            (Side::Remote, Whose::Agent, _) => Code::AnsweredNormalAgent,
            (Side::Remote, Whose::Third, _) => Code::AnsweredNormalThird,
            // We end a leg because somebody else in the call has hung up.
            (Side::Local, Whose::Customer, Stage::Outside) => Code::AnsweredNormalThird,
            (Side::Local, Whose::Customer, _) => Code::AnsweredNormalAgent,
            (Side::Local, Whose::Agent, Stage::Outside) => Code::TransferredAway,
            (Side::Local, Whose::Agent, _) => Code::AnsweredNormalCustomer,
            (Side::Local, Whose::Third, Stage::Outside) => Code::AnsweredNormalCustomer,
            (Side::Local, Whose::Third, _) => Code::AnsweredNormalAgent,
        }
    }

    /// An inbound call that no agent took.
    fn waiting(&self) -> Code {
        match self.by {
            Side::Timeout => Code::TimeoutNoAck,
            // Non-selected user clearing.
            Side::Remote if self.cause.q850 == Some(26) => Code::AnsweredElsewhere,
            Side::Remote if self.was_cut() => Code::CarrierCutWaiting,
            Side::Remote => match self.stage {
                Stage::Menu => Code::AbandonedInMenu,
                Stage::Greeting => Code::AbandonedInGreeting,
                Stage::Queue => Code::AbandonedInQueue,
                Stage::Ringing => Code::AbandonedRinging,
                _ => Code::AbandonedAtOnce,
            },
            Side::Local if self.stage == Stage::Menu => Code::EndedByMenu,
            Side::Local => match self.cause.status {
                Some(404 | 604) => Code::NumberNotOurs,
                Some(415 | 488 | 606) => Code::NotAcceptable,
                Some(433) => Code::AnonymousRefused,
                _ => Code::Refused,
            },
        }
    }

    /// A leg that we called and that was not answered.
    fn unanswered(&self) -> Code {
        let code = match self.by {
            Side::Local if self.whose == Whose::Customer => Code::CancelledByAgent,
            Side::Local => Code::Cancelled,
            Side::Timeout if self.stage == Stage::Dialling => Code::CarrierSilent,
            Side::Timeout => Code::NoAnswer,
            Side::Remote => of_cause(self.cause, self.stage),
        };
        match (self.whose, code) {
            (Whose::Customer | Whose::Third, code) => code,
            (Whose::Agent, Code::Cancelled | Code::AnsweredElsewhere) => code,
            (Whose::Agent, Code::NoAnswer) => Code::AgentMissed,
            (Whose::Agent, Code::Busy) => Code::AgentBusy,
            (Whose::Agent, Code::Rejected | Code::Unwanted) => Code::AgentRefused,
            (Whose::Agent, _) => Code::AgentUnreachable,
        }
    }

    /// The network says that it could not keep the call, which no telephone would: preemption, a
    /// class of missing resources, an order that failed, a timer or a protocol that broke.
    fn was_cut(&self) -> bool {
        matches!(self.cause.q850, Some(8 | 9 | 25 | 27 | 32..=47 | 95..=111))
    }
}

/// What a final refusal tells. A cause of Q.850 is closer to the one who refused than the status that
/// some gateway made of it; causes that say nothing in particular leave the word to the status.
fn of_cause(cause: &Cause, stage: Stage) -> Code {
    match cause.q850 {
        None | Some(0 | 16 | 31 | 127..) => of_status(cause.status, stage),
        Some(q850) => of_q850(q850),
    }
}

fn of_q850(q850: u8) -> Code {
    match q850 {
        1 => Code::UnallocatedNumber,
        // No route to the destination, a wrong prefix, an incomplete number.
        3 | 5 | 28 => Code::InvalidNumber,
        17 => Code::Busy,
        18 | 19 => Code::NoAnswer,
        20 | 27 => Code::Unreachable,
        21 | 24 => Code::Rejected,
        22 | 23 => Code::NumberChanged,
        26 => Code::AnsweredElsewhere,
        // Preemption, circuits, switches, channels, resources, bearers: none free at present.
        8 | 9 | 34 | 42 | 44 | 46 | 47 | 58 => Code::Congestion,
        // Barred, in or out, by a group or for this kind of call.
        52..=55 | 57 | 87 => Code::Forbidden,
        65 | 66 | 70 | 88 => Code::NotAcceptable,
        _ => Code::CarrierFailure,
    }
}

fn of_status(status: Option<u16>, stage: Stage) -> Code {
    match status.unwrap_or(500) {
        // Hung up before it was answered, which only a phone of ours does.
        0..=299 | 487 => Code::Cancelled,
        300..=399 => Code::Redirected,
        401 | 402 | 407 => Code::Unauthorized,
        403 => Code::Forbidden,
        404 | 604 => Code::UnallocatedNumber,
        406 | 415 | 488 | 493 | 606 => Code::NotAcceptable,
        408 if stage == Stage::Dialling => Code::CarrierSilent,
        408 => Code::NoAnswer,
        410 => Code::NumberChanged,
        414 | 416 | 484 | 485 => Code::InvalidNumber,
        428 | 433 | 436..=438 => Code::IdentityWanted,
        480 => Code::Unreachable,
        486 | 600 => Code::Busy,
        503 => Code::Congestion,
        607 | 608 => Code::Unwanted,
        601..=699 => Code::Rejected,
        _ => Code::CarrierFailure,
    }
}
