//! What SIP tells a call, and what a call tells SIP.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use domain::{LegId, TrunkId};

/// What carries SIP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A connection in the clear.
    Tcp,
    /// An encrypted connection.
    Tls,
}

impl Transport {
    /// Whether it loses nothing, so that nothing is sent twice over it.
    pub fn is_reliable(self) -> bool {
        self != Self::Udp
    }

    /// As Via and `transport=` name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }

    /// The port when none is given.
    pub fn default_port(self) -> u16 {
        if self == Self::Tls { 5061 } else { 5060 }
    }
}

/// How a leg ended or was refused, as far as the protocol says.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Cause {
    /// Final status of the INVITE, or 200 for a BYE.
    pub status: Option<u16>,
    /// Q.850 cause of a Reason header (RFC 3326).
    pub q850: Option<u8>,
    /// For people.
    pub text: String,
}

/// Which side did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The far end: carrier, caller or phone.
    Remote,
    /// Us.
    Local,
    /// Neither: a timer ran out.
    Timeout,
}

/// A number or address as SIP carries it, already split.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Party {
    /// The user part: a number in E.164 where the trunk's rule can tell, otherwise as sent, such as
    /// `3900` or `anonymous`.
    pub user: String,
    /// Its host.
    pub host: String,
    /// Display name, if any.
    pub name: Option<String>,
}

/// A call that arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// By which trunk; `None` from a registered desk phone.
    pub trunk: Option<TrunkId>,
    /// Whom the caller dialled (request URI, or To where the trunk says so).
    pub to: Party,
    /// Who calls: P-Asserted-Identity where the trunk is trusted, From otherwise.
    pub from: Party,
    /// The caller asked not to be shown (Privacy: id, or an anonymous From).
    pub withheld: bool,
    /// Who sent the call on (Diversion, History-Info), latest first.
    pub diverted_by: Vec<Party>,
    /// The offer; `None` when the far end wants ours.
    pub offer: Option<String>,
    /// The leg that this call takes the place of, for an attended transfer between phones (RFC
    /// 3891); connected to whom that leg was, it is then hung up.
    pub replaces: Option<LegId>,
    /// Where it came from.
    pub source: IpAddr,
    /// Call-ID, for the logs of both sides.
    pub call_id: String,
}

/// Where an outgoing leg goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To a number through the first of these trunks that takes it.
    Number {
        /// Whom, in E.164 (`+33…`); the trunk's rule turns it into what the carrier wants.
        to: String,
        /// Fail-over order.
        trunks: Vec<TrunkId>,
    },
    /// To a desk phone: its registered name.
    Phone {
        /// The name it registered with.
        name: String,
    },
    /// To a desk phone that does not register, where it always is.
    Device {
        /// The user part that it answers to.
        user: String,
        /// Where.
        address: SocketAddr,
        /// How.
        transport: Transport,
    },
}

/// What we offer to the far end of a call: by some ways with keys, by others without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offers {
    /// Without encryption.
    pub plain: String,
    /// With keys. A trunk that is offered encryption is passed over when there is none.
    pub encrypted: Option<String>,
}

impl From<String> for Offers {
    fn from(plain: String) -> Self {
        Self { plain, encrypted: None }
    }
}

impl From<&str> for Offers {
    fn from(plain: &str) -> Self {
        plain.to_owned().into()
    }
}

/// What a call asks of SIP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SipCommand {
    /// 180, or 183 with early media when there is a body.
    Ring {
        /// An incoming leg.
        leg: LegId,
        /// Answer for early media.
        answer: Option<String>,
    },
    /// 200 with our answer, or with our offer when the INVITE had none.
    Accept {
        /// An incoming leg.
        leg: LegId,
        /// Our description.
        body: String,
    },
    /// Refuses an incoming leg.
    Reject {
        /// An incoming leg.
        leg: LegId,
        /// 4xx, 5xx or 6xx.
        status: u16,
        /// For a 503 or 486: when to try again.
        retry_after: Option<Duration>,
    },
    /// Calls somebody. [`SipEvent::Ringing`], [`SipEvent::Accepted`] or [`SipEvent::Ended`] follow.
    Invite {
        /// A new leg.
        leg: LegId,
        /// Whom.
        target: Target,
        /// The number shown, in E.164.
        from: String,
        /// Name shown, if the trunk takes it.
        from_name: Option<String>,
        /// What we offer; which of both goes out depends on the trunk.
        offer: Offers,
    },
    /// Answers [`SipEvent::Offer`].
    AnswerOffer {
        /// The leg.
        leg: LegId,
        /// Our answer, or the status of the refusal (488).
        answer: Result<String, u16>,
    },
    /// Answers [`SipEvent::Refer`].
    AnswerRefer {
        /// The leg.
        leg: LegId,
        /// Taken: then its outcome follows as `ReferDone`. Otherwise refused with 603.
        accepted: bool,
    },
    /// Reports the outcome of an accepted REFER (NOTIFY with a sipfrag).
    ReferDone {
        /// The leg.
        leg: LegId,
        /// Status of the new leg: 200 when it was answered.
        status: u16,
    },
    /// Ends a leg in whatever state it is: CANCEL, BYE or a final refusal.
    Hangup {
        /// The leg.
        leg: LegId,
        /// Q.850 cause put into the Reason header; 16 is normal clearing.
        q850: u8,
    },
}

/// What SIP tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SipEvent {
    /// A call arrives. It must be answered, refused or given a ring; undecided ones end with 480.
    Incoming {
        /// A new leg.
        leg: LegId,
        /// The call.
        call: Box<Incoming>,
    },
    /// Our INVITE goes this way now. Told before anything that the far end says; told again when
    /// another way is tried, and then all that was agreed before is void.
    Tried {
        /// An outgoing leg.
        leg: LegId,
        /// By which trunk; `None` for a desk phone.
        trunk: Option<TrunkId>,
        /// Which of our offers went out.
        encrypted: bool,
    },
    /// The far end rings; with early media when there is an answer.
    Ringing {
        /// An outgoing leg.
        leg: LegId,
        /// Answer for early media.
        answer: Option<String>,
    },
    /// The far end took our INVITE.
    Accepted {
        /// An outgoing leg.
        leg: LegId,
        /// Its answer.
        answer: String,
    },
    /// The far end acknowledged our 200; with its answer when ours held the offer.
    Confirmed {
        /// An incoming leg.
        leg: LegId,
        /// Answer to our offer.
        answer: Option<String>,
    },
    /// The far end offers anew (re-INVITE or UPDATE): hold, resume, another address, another codec.
    Offer {
        /// The leg.
        leg: LegId,
        /// The offer; `None` when it wants ours.
        offer: Option<String>,
    },
    /// The far end asks us to connect it elsewhere.
    Refer {
        /// The leg.
        leg: LegId,
        /// To whom.
        to: Party,
        /// Call-ID of the dialog it replaces, for an attended transfer (RFC 3891), with its leg if
        /// that dialog is ours.
        replaces: Option<LegId>,
    },
    /// A key press by SIP INFO (`application/dtmf-relay`).
    Digit {
        /// The leg.
        leg: LegId,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
    },
    /// The leg is over. Told once for each leg, whatever ended it.
    Ended {
        /// The leg.
        leg: LegId,
        /// By whom.
        by: Side,
        /// Why.
        cause: Cause,
    },
    /// A desk phone has registered, or its registration is over.
    PhoneRegistered {
        /// The name it registers with.
        name: String,
        /// It can be called.
        registered: bool,
    },
    /// A trunk can or cannot be used: registration, OPTIONS, or a call told so.
    TrunkHealth {
        /// The trunk.
        trunk: TrunkId,
        /// Usable.
        up: bool,
        /// Why.
        why: TrunkWhy,
    },
}

/// Why a trunk can or cannot be used. As text it is a code of small letters, with the status that was
/// answered behind it where there is one: `registrar_answered_403`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrunkWhy {
    /// It can: the carrier answers OPTIONS.
    OptionsAnswered,
    /// It can: it is registered, and is not asked for OPTIONS.
    Registered,
    /// It can, as far as anybody knows: it neither registers nor is asked for OPTIONS.
    NothingAgainst,
    /// Not yet: the registration is under way.
    NotRegistered,
    /// Not yet: the first OPTIONS is under way.
    NotAsked,
    /// OPTIONS had no answer.
    OptionsUnanswered,
    /// An INVITE had no answer.
    InviteUnanswered,
    /// An INVITE was answered so: the carrier is overloaded.
    InviteAnswered(u16),
    /// A REGISTER had no answer.
    RegisterUnanswered,
    /// There was no connection for the REGISTER.
    RegisterUnconnected,
    /// The registrar wants another interval than any that is offered.
    RegisterInterval,
    /// The registrar refused.
    RegistrarAnswered(u16),
}

impl std::fmt::Display for TrunkWhy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::OptionsAnswered => "options_answered",
            Self::Registered => "registered",
            Self::NothingAgainst => "nothing_against",
            Self::NotRegistered => "not_registered",
            Self::NotAsked => "not_asked",
            Self::OptionsUnanswered => "options_unanswered",
            Self::InviteUnanswered => "invite_unanswered",
            Self::InviteAnswered(status) => return write!(f, "invite_answered_{status}"),
            Self::RegisterUnanswered => "register_unanswered",
            Self::RegisterUnconnected => "register_unconnected",
            Self::RegisterInterval => "register_interval",
            Self::RegistrarAnswered(status) => return write!(f, "registrar_answered_{status}"),
        })
    }
}
