//! Typed ids: no call can take an agent for a queue.
//!
//! Each id is a UUID of version 7, made at the edge (the driver, an importer), never in the core.

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// A text that should have been an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {kind}: expected a UUID such as 0190b3c4-5d6e-7f80-9a0b-1c2d3e4f5061")]
pub struct IdError {
    kind: &'static str,
    text: String,
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// What the id names, with its article, for messages.
            pub const KIND: &'static str = $kind;

            /// Takes a UUID for an id of this kind; the caller knows that it is one.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// An id of small numbers, for scripts and tests that want to read what they wrote.
            pub const fn from_u128(n: u128) -> Self {
                Self(Uuid::from_u128(n))
            }

            /// The UUID within.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text)
                    .map(Self)
                    .map_err(|_| IdError { kind: $kind, text: text.chars().take(64).collect() })
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(self.0.as_bytes())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let at = d.position();
                Uuid::from_slice(d.bytes()?)
                    .map(Self)
                    .map_err(|_| minicbor::decode::Error::message(concat!($kind, ": expected 16 bytes")).at(at))
            }
        }
    )*};
}

id! {
    /// A company whose contacts are taken.
    ClientId = "a client";
    /// A person who takes contacts.
    AgentId = "an agent";
    /// Somebody who signs in: an agent, a lead, a planner, a client's manager.
    UserId = "a user";
    /// One call, chat, mail or message thread, whatever its channel.
    ContactId = "a contact";
    /// A queue of a client: one kind of request on one or more channels.
    QueueId = "a queue";
    /// A set of agents who serve several clients under shared contracts.
    PoolId = "a pool";
    /// A set of agents who serve one client only.
    TeamId = "a team";
    /// Something an agent can do, with a level.
    SkillId = "a skill";
    /// A place that agents work from.
    SiteId = "a site";
    /// A calendar of opening hours.
    CalendarId = "a calendar";
    /// A person who calls or writes to a client.
    CustomerId = "a customer";
    /// The written exchange behind a chat contact.
    ConversationId = "a conversation";
    /// One message of a conversation.
    MessageId = "a message";
    /// A file that a customer or an agent sent.
    AttachmentId = "an attachment";
    /// How a contact ended, in the client's words.
    DispositionId = "a disposition";
    /// A chat widget on the pages of a client.
    WidgetId = "a widget";
    /// One floor: its pools, teams and clients, decided by one router.
    FloorId = "a floor";
    /// A browser session of a user.
    SessionId = "a session";
    /// What a program proves by that it acts for a user.
    TokenId = "an API token";
    /// One entry of the audit log.
    AuditId = "an audit entry";
    /// What a client wishes its contract to say.
    ProposalId = "a proposal";
    /// What a client is asked to pay for a billing period, or is given back.
    InvoiceId = "an invoice";
    /// What a client says against a line of an invoice.
    DisputeId = "a dispute";
    /// One mail to one address.
    MailId = "a mail";
    /// A report that is mailed by itself, again and again.
    MailingId = "a scheduled report";
    /// Long planning work that somebody asked for: a comparison, a what-if, a forecast.
    JobId = "a planning job";
    /// A schedule of shifts.
    ScheduleId = "a schedule";
    /// One party's connection to a call: a customer on a trunk, an agent's phone, a supervisor.
    LegId = "a leg";
    /// A carrier's connection to the public telephone network.
    TrunkId = "a trunk";
    /// What one call sounded like, kept.
    RecordingId = "a recording";
    /// A span of a recording that is not handed out.
    RedactionId = "a redaction";
    /// Sound that callers hear: a greeting, music, a menu's words.
    PromptId = "a prompt";
    /// Somebody at a client who may be on call.
    OnCallPersonId = "a person who may be on call";
}
