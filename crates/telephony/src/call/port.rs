//! What a call is told, and what it orders.

use std::{path::PathBuf, sync::Arc, time::Duration};

use domain::{AgentId, ContactId, LegId, PhoneNumber, RecordingId, Timestamp, TrunkId, UserId};

use super::plan::{Announcements, FlowPlan, Route};
use crate::{
    ending,
    media::{MediaCommand, MediaEvent},
    prompt::Prompt,
    sdp::Local,
    sip::{Cause, SipCommand, SipEvent},
};

/// What a call needs to know at its beginning.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The contact that it is.
    pub contact: ContactId,
    /// The customer's leg, already open at the media.
    pub leg: LegId,
    /// Where we receive on that leg.
    pub local: Local,
    /// What is played.
    pub sounds: Sounds,
    /// How it is treated.
    pub rules: Rules,
    /// Where it is recorded; `None` when it is not.
    pub recording: Option<RecordingPlan>,
    /// Where a voicemail is recorded; `None` when none is taken.
    pub voicemail: Option<RecordingPlan>,
    /// What the caller is led through before the queue.
    pub flow: Option<FlowPlan>,
}

/// Whom a call goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The customer's number, in E.164.
    pub number: String,
    /// The number shown, in E.164.
    pub from: String,
    /// Fail-over order.
    pub trunks: Vec<TrunkId>,
}

/// A recording that has not begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingPlan {
    /// Its id.
    pub recording: RecordingId,
    /// Its file, which does not exist yet.
    pub path: PathBuf,
}

/// What the people of a call hear, in the caller's language.
#[derive(Clone, Debug)]
pub struct Sounds {
    /// Before anything else: an emergency broadcast, the notice that calls are recorded.
    pub notices: Vec<Arc<Prompt>>,
    /// When nobody is free.
    pub greeting: Option<Arc<Prompt>>,
    /// While waiting, and on hold.
    pub music: Arc<Prompt>,
    /// Outside the hours.
    pub closed: Option<Arc<Prompt>>,
    /// When as many wait as may.
    pub full: Option<Arc<Prompt>>,
    /// After a callback was asked for.
    pub callback_promised: Option<Arc<Prompt>>,
    /// What a waiting caller is told from time to time.
    pub announcements: Announcements,
    /// Asks for a voicemail.
    pub voicemail: Option<Arc<Prompt>>,
    /// After one was left.
    pub voicemail_thanks: Option<Arc<Prompt>>,
    /// Where a voicemail begins.
    pub beep: Arc<Prompt>,
    /// What an agent hears while somebody outside is called.
    pub ringback: Arc<Prompt>,
}

/// How a call is treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A waiting caller hears it ring for so long, then music. Callers pay from then on in some
    /// places, and some carriers end a call that rings for ever.
    pub ring_at_most: Duration,
    /// A key by which a waiting caller asks to be called back. Only where the number is known.
    pub callback_key: Option<char>,
    /// The caller's number is known, so that they can be called back.
    pub callable: bool,
    /// A key by which a waiting caller leaves a voicemail instead.
    pub voicemail_key: Option<char>,
    /// Whoever calls outside the hours, or when too many wait, is asked for a voicemail.
    pub message_when_closed: bool,
    /// The longest voicemail.
    pub message_max: Duration,
    /// Between two announcements of place and wait; none when left out.
    pub announce: Option<Duration>,
    /// A leg that should send sound and does not is given up after so long.
    pub silence_max: Duration,
    /// A paused recording raises an alarm after so long.
    pub pause_max: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            ring_at_most: Duration::from_secs(10),
            callback_key: None,
            callable: false,
            voicemail_key: None,
            message_when_closed: false,
            message_max: Duration::from_secs(180),
            announce: None,
            silence_max: Duration::from_secs(20),
            pause_max: Duration::from_secs(120),
        }
    }
}

/// What an agent does in the contact, as the floor has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// With the customer.
    Talking,
    /// The customer is on hold.
    Holding,
    /// Asking or advising a colleague; the customer hears neither.
    Consulting,
}

/// An agent's part in the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Who.
    pub agent: AgentId,
    /// The leg of their phone; `None` while they have none.
    pub phone: Option<LegId>,
    /// What they do.
    pub doing: Doing,
}

/// What the floor says of the contact. Each is true once it is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FloorSays {
    /// It waits in a queue, and nobody is free: the greeting is due.
    Greeting,
    /// It waits for the opening.
    ForOpening,
    /// It waits as a callback: the customer may hang up.
    CallbackPromised,
    /// No callback can be promised at this moment: an agent is about to answer.
    CallbackRefused,
    /// These agents are on it, and no others.
    Parts(Vec<Part>),
    /// It has left the floor.
    Ended(FloorEnd),
    /// The floor never took it.
    Refused,
}

/// How the contact left the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloorEnd {
    /// The conversation is over, or the customer has left.
    Over,
    /// Outside the hours.
    Closed,
    /// As many wait as may.
    Full,
    /// Its queue is gone.
    Removed,
}

/// What people at desks want.
#[derive(Clone, Debug)]
pub enum DeskSays {
    /// The customer, and everybody else, hears this agent or not.
    Mute {
        /// Who.
        agent: AgentId,
        /// Muted.
        on: bool,
    },
    /// Keys are pressed towards the one outside, or the customer when nobody is outside.
    Digits(String),
    /// The recording pauses or goes on.
    PauseRecording(bool),
    /// Somebody outside is called about the contact.
    Outside {
        /// The agent who wants it.
        by: AgentId,
        /// A new leg, open at the media.
        leg: LegId,
        /// Where we receive on it.
        local: Local,
        /// Whom, in E.164.
        number: String,
        /// The number shown.
        from: String,
        /// Fail-over order.
        trunks: Vec<TrunkId>,
        /// The customer is passed on unannounced: they hear it ring, and are with the one outside from
        /// the answer on. The agent is about to leave.
        passes_on: bool,
    },
    /// The one outside and all others hear each other.
    Join,
    /// The one outside is let go.
    DropOutside,
    /// A supervisor is there from now on, in this way.
    Supervise {
        /// Who.
        user: UserId,
        /// The leg of the supervisor's browser, already open.
        leg: LegId,
        /// How.
        mode: Supervision,
    },
    /// The supervisor leaves, if it is the one on this leg, and this one.
    StopSupervision {
        /// On this leg; any when left out.
        leg: Option<LegId>,
        /// This one; any when left out.
        user: Option<UserId>,
    },
}

/// How a supervisor is with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supervision {
    /// Hears all, is heard by nobody.
    Listen,
    /// Heard by the agents alone.
    Whisper,
    /// Heard by all.
    Barge,
}

/// What a call is told.
#[derive(Clone, Debug)]
pub enum Input {
    /// By a trunk or phone.
    Sip(SipEvent),
    /// By the sound.
    Media(MediaEvent),
    /// By the floor.
    Floor(FloorSays),
    /// By a desk.
    Desk(DeskSays),
    /// Whether we are open, as asked by [`Ask::Hours`].
    Hours {
        /// Open.
        open: bool,
    },
    /// The answer to [`Ask::Place`].
    Place {
        /// So many are before the caller; `None` when that is not told.
        ahead: Option<u32>,
        /// How long it will take, where that can be said.
        wait: Option<Duration>,
    },
    /// The way to the number of [`Ask::Onward`].
    Onward {
        /// A new leg, open at the media.
        leg: LegId,
        /// Where we receive on it.
        local: Local,
        /// Whom, in E.164.
        number: String,
        /// The number shown.
        from: String,
        /// Fail-over order.
        trunks: Vec<TrunkId>,
    },
    /// There is no way to it.
    NoWayOut,
    /// The server stops, or the caller's number is blocked: the call ends now.
    Cut,
}

/// What a call wants of others.
#[derive(Clone, Debug)]
pub enum Order {
    /// Of SIP.
    Sip(SipCommand),
    /// Of the sound.
    Media(MediaCommand),
    /// Of the floor.
    Ask(Ask),
    /// To be written down.
    Fact(Fact),
}

/// What a call asks of the floor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The contact arrives.
    Arrive {
        /// When it rang first.
        first_ring: Timestamp,
        /// Where a flow has led it; `None` without a flow.
        route: Option<Box<Route>>,
    },
    /// Whether we are open, by this calendar or by the contract's own.
    Hours {
        /// Its name.
        calendar: Option<String>,
    },
    /// Where the contact stands in its queue.
    Place,
    /// The waiting customer leaves a voicemail instead.
    Voicemail,
    /// The caller is passed on to a number outside.
    Onward {
        /// Which.
        number: PhoneNumber,
    },
    /// The customer was passed on to a number outside where nobody came, and waits again.
    Return,
    /// The customer left before an answer.
    Abandon,
    /// The customer whom we called has answered.
    Reached,
    /// The conversation is over.
    End {
        /// By whom.
        by: Who,
    },
    /// The customer wants to be called back.
    RequestCallback,
}

/// Whose doing it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The customer.
    Customer,
    /// An agent.
    Agent,
    /// Nobody in the conversation: silence, a limit, a fault.
    System,
}

/// Whose leg it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The customer.
    Customer,
    /// An agent; the leg is their phone's, which outlives the call.
    Agent(AgentId),
    /// Somebody outside.
    Outside,
    /// A supervisor.
    Supervisor(UserId),
}

/// What has happened in a call; the server keeps it with its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A leg has begun.
    LegStarted {
        /// Which.
        leg: LegId,
        /// Whose.
        party: Party,
    },
    /// It was answered.
    LegAnswered {
        /// Which.
        leg: LegId,
    },
    /// It is over.
    LegEnded {
        /// Which.
        leg: LegId,
        /// Whose.
        party: Party,
        /// How.
        end: LegEnd,
    },
    /// An agent is muted or heard again.
    Muted {
        /// Whose leg.
        leg: LegId,
        /// Muted.
        on: bool,
    },
    /// The customer's side put us on hold, or took us back.
    HeldByCustomer {
        /// The customer's leg.
        leg: LegId,
        /// On hold.
        on: bool,
    },
    /// A greeting, a notice or other words began to play.
    WordsPlayed(Words),
    /// The caller answered so many steps of a flow with a key.
    KeysPressed {
        /// How many.
        steps: u8,
    },
    /// A voicemail is recorded from now on.
    MessageStarted(RecordingId),
    /// There is something in it: it is work from now on.
    MessageLeft(RecordingId),
    /// It is over.
    MessageStopped(RecordingId),
    /// The recording began.
    RecordingStarted(RecordingId),
    /// It pauses, or goes on.
    RecordingPaused {
        /// Which.
        recording: RecordingId,
        /// Paused.
        on: bool,
    },
    /// A pause has been left open for too long: somebody must look.
    PauseLeftOpen(RecordingId),
    /// The recording ended; its file is whole when the sound says so.
    RecordingStopped(RecordingId),
    /// A supervisor came, changed how, or left.
    Supervised {
        /// Who.
        user: UserId,
        /// How; `None` for left.
        mode: Option<Supervision>,
    },
}

/// Words played to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// Broadcast and recording notice.
    Notices,
    /// A flow's.
    Menu,
    /// Place, wait, and what may be pressed.
    Announcement,
    /// A voicemail is asked for.
    Voicemail,
    /// It was left.
    VoicemailThanks,
    /// Nobody was free.
    Greeting,
    /// Outside the hours.
    Closed,
    /// Too many wait.
    Full,
    /// A callback was promised.
    CallbackPromised,
}

/// How a leg ended, as far as the call knows; [`crate::ending`] tells whose fault it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegEnd {
    /// Where the call stood for this leg.
    pub at: At,
    /// Who ended it.
    pub by: crate::sip::Side,
    /// What the protocol said.
    pub cause: Cause,
    /// Why we ended it, when it was us.
    pub ours: Option<Ours>,
}

impl LegEnd {
    /// The row of the table of call endings.
    pub fn code(&self, whose: ending::Whose, direction: ending::Direction) -> ending::Code {
        use ending::{Code, Finish, Stage, Whose};
        if self.ours == Some(Ours::Refused) {
            return Code::Refused;
        }
        let outbound = direction == ending::Direction::Outbound || whose == Whose::Third;
        let stage = match self.at {
            At::Ringing if outbound => Stage::Ringing,
            At::Ringing | At::Waiting => Stage::Queue,
            At::Opening => Stage::Menu,
            At::Message | At::Closing if self.ours == Some(Ours::MessageLeft) => {
                Stage::VoicemailLeft
            }
            At::Message => Stage::Voicemail,
            At::Talking => Stage::Talking,
            At::Held => Stage::Held,
            At::Outside => Stage::Outside,
            At::Closing if self.ours == Some(Ours::CallbackPromised) => Stage::Callback,
            At::Closing => Stage::Closed,
        };
        let ours = self.ours.and_then(|ours| match ours {
            // Hung up because the conversation was over, or the promise was told.
            Ours::Finished | Ours::CallbackPromised | Ours::MessageLeft | Ours::Refused => None,
            Ours::Menu => Some(ending::Ours::Menu),
            Ours::Closed => Some(ending::Ours::Closed),
            Ours::Full => Some(ending::Ours::QueueFull),
            Ours::Removed => Some(ending::Ours::QueueRemoved),
            Ours::Silence => Some(ending::Ours::MediaTimeout),
            Ours::NotAcceptable => Some(ending::Ours::NotAcceptable),
            Ours::Cut => Some(ending::Ours::Restart),
        });
        Finish { direction, whose, stage, by: self.by, cause: &self.cause, ours }.code()
    }
}

/// Where a call stood when a leg ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Ringing, not answered yet.
    Ringing,
    /// Notices or a menu.
    Opening,
    /// Waiting for an agent.
    Waiting,
    /// A voicemail is asked for, or spoken.
    Message,
    /// With agents.
    Talking,
    /// On hold.
    Held,
    /// With somebody outside, and no agent.
    Outside,
    /// Last words.
    Closing,
}

/// Why we ended a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ours {
    /// The conversation was over.
    Finished,
    /// Outside the hours.
    Closed,
    /// As many wait as may.
    Full,
    /// The queue is gone.
    Removed,
    /// The floor did not take the contact.
    Refused,
    /// A callback was promised.
    CallbackPromised,
    /// A voicemail was left.
    MessageLeft,
    /// A flow's last step.
    Menu,
    /// No sound came any more.
    Silence,
    /// Their description cannot be spoken.
    NotAcceptable,
    /// The server cut it.
    Cut,
}
