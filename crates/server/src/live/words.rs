//! The router's words as the wire has them.

use std::time::Duration;

use api::desk::{AgentStateKind, AgentStateView, AwayReasonKind, ChannelKind, PresenceChoice};
use domain::{Timestamp, contract::Channel};
use routing::{AgentState, AwayReason, NextState, Presence};

/// RFC 3339 in UTC.
pub fn instant(at: Timestamp) -> String {
    at.to_string()
}

/// Whole milliseconds.
pub fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// A channel.
pub fn channel(channel: Channel) -> ChannelKind {
    match channel {
        Channel::Voice => ChannelKind::Voice,
        Channel::Chat => ChannelKind::Chat,
        Channel::Mail => ChannelKind::Mail,
        Channel::Message => ChannelKind::Message,
        Channel::Callback => ChannelKind::Callback,
    }
}

/// A state with its clock.
pub fn state_view(state: AgentState, since: Timestamp) -> AgentStateView {
    let (kind, reason) = match state {
        AgentState::SignedOut => (AgentStateKind::SignedOut, None),
        AgentState::Available => (AgentStateKind::Available, None),
        AgentState::Offered => (AgentStateKind::Offered, None),
        AgentState::Talking => (AgentStateKind::Talking, None),
        AgentState::Holding => (AgentStateKind::Holding, None),
        AgentState::Consulting => (AgentStateKind::Consulting, None),
        AgentState::WrapUp => (AgentStateKind::WrapUp, None),
        AgentState::Away(reason) => (AgentStateKind::Away, Some(away(reason))),
        AgentState::Lost => (AgentStateKind::Lost, None),
    };
    AgentStateView { kind, reason, since: instant(since) }
}

/// A reason to be away.
pub fn away(reason: AwayReason) -> AwayReasonKind {
    match reason {
        AwayReason::Break => AwayReasonKind::Break,
        AwayReason::Lunch => AwayReasonKind::Lunch,
        AwayReason::Training => AwayReasonKind::Training,
        AwayReason::Meeting => AwayReasonKind::Meeting,
        AwayReason::OtherWork => AwayReasonKind::OtherWork,
        AwayReason::NoAnswer => AwayReasonKind::NoAnswer,
        AwayReason::ConnectionLost => AwayReasonKind::ConnectionLost,
        AwayReason::SetByLead => AwayReasonKind::SetByLead,
    }
}

/// What comes after the work in hand.
pub fn presence_choice(next: NextState) -> PresenceChoice {
    match next {
        NextState::SignOut => PresenceChoice::SignOut,
        NextState::Presence(Presence::Available) => PresenceChoice::Available,
        NextState::Presence(Presence::Away(reason)) => PresenceChoice::Away(away(reason)),
    }
}
