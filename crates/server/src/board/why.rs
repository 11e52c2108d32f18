//! Why a contact waits, in words, from the router's own reasons and its decisions so far.

use api::why::{
    AgentChosenBy, ContactChosenBy, DecisionFacts, DecisionKind, DecisionOutcome, DecisionView,
    NotAsked, NotAskedAgent, NotAskedCount, ServiceKind, WhyAgent, WhyChange, WhyNext, WhyReason,
    WhyStand, WhyView, WhyWho,
};
use domain::{ContactId, contract::Service};
use routing::{
    AgentRule, ContactRule, ContactState, Decision, Ineligible, NextChange, OfferEnd, OfferKind,
    WhyWaiting,
};

use crate::{
    App,
    floor::{Card, Directory, Offer, Outcome},
    http::error::{ApiError, Result},
    live::instant,
};

/// Answers for a contact on the floor.
///
/// # Errors
/// 404 when it has left; its timeline then tells the rest.
pub async fn why(app: &App, contact: ContactId) -> Result<WhyView> {
    let card = app.cards.get(contact).ok_or_else(|| ApiError::not_found("contact on the floor"))?;
    let (waiting, view) = app
        .floor
        .look(move |router, _| (router.why_waiting(contact), router.contact_view(contact)))
        .await?;
    let callback = view.as_ref().is_some_and(|view| view.callback && view.agents.is_empty());
    let directory = app.floor.directory();
    let decisions = card.offers.iter().map(|offer| decision(offer, &directory)).collect();
    let Some(why) = waiting else {
        let (stand, sentence) = match view.map(|view| view.state) {
            Some(ContactState::Offered) => (WhyStand::Rings, "It rings at an agent right now."),
            Some(ContactState::Talking) => (WhyStand::Talks, "It is with an agent."),
            Some(ContactState::Holding) => (WhyStand::Holds, "It is with an agent, on hold."),
            Some(ContactState::Outside) => {
                (WhyStand::Outside, "It was passed on to somebody outside.")
            }
            Some(_) => (WhyStand::LookedAt, "It waits, and is looked at again this moment."),
            None => (WhyStand::Left, "It has left the floor; only its wrap-up goes on."),
        };
        return Ok(WhyView {
            sentence: sentence.to_owned(),
            stand,
            who: None,
            opens: None,
            reasons: Vec::new(),
            agents: Vec::new(),
            ahead: None,
            next: None,
            callback,
            decisions,
        });
    };
    let mut reasons: Vec<WhyReason> = why
        .counts
        .iter()
        .map(|(reason, agents)| WhyReason {
            code: not_asked(*reason),
            text: reason.to_string(),
            agents: *agents,
        })
        .collect();
    reasons.sort_by(|a, b| (b.agents, &a.code).cmp(&(a.agents, &b.code)));
    let client = directory.client(card.client);
    let opens =
        client.filter(|_| card.for_opening).and_then(|client| client.opens(app.clock.now()));
    let who = who(&why, &card, &directory);
    Ok(WhyView {
        sentence: if card.for_opening {
            match &opens {
                Some(opens) => format!("It waits for the opening at {opens}."),
                None => "It waits for the opening; the calendar has none in sight.".to_owned(),
            }
        } else {
            sentence(&who, why.ahead)
        },
        stand: if card.for_opening { WhyStand::WaitsForOpening } else { WhyStand::Waits },
        who: (!card.for_opening).then_some(who),
        opens: opens.map(|opens| opens.to_string()),
        agents: why
            .agents
            .iter()
            .map(|(agent, reason)| WhyAgent {
                agent: agent.uuid(),
                name: directory.agent_name(*agent),
                code: not_asked(*reason),
                text: reason.to_string(),
            })
            .collect(),
        ahead: Some(why.ahead),
        next: why.next_change.map(|(at, change)| {
            let (code, text) = next_change(change);
            WhyNext { at: instant(at), code, text: text.to_owned() }
        }),
        reasons,
        callback,
        decisions,
    })
}

/// Who may answer, how many of them there are, and what keeps it.
fn who(why: &WhyWaiting, card: &Card, directory: &Directory) -> WhyWho {
    let period = directory
        .client(card.client)
        .and_then(|client| client.contract())
        .and_then(|contract| contract.periods.get(usize::from(why.period)));
    WhyWho {
        team: why.team.map(|team| directory.team_name(team).unwrap_or("of the client").to_owned()),
        pools: why
            .pools
            .iter()
            .filter_map(|pool| directory.pool_name(*pool))
            .map(ToOwned::to_owned)
            .collect(),
        period: period.map(|period| period.name.clone()),
        service: period.map(|period| match period.service {
            Service::Shared { .. } => ServiceKind::Shared,
            Service::Dedicated { .. } => ServiceKind::Dedicated,
        }),
        staffed: why.staffed,
        kept_for: why.reserved_for.map(|(agent, _)| directory.agent_name(agent)),
        overflow_open: why.overflow_open,
    }
}

/// The same in English.
fn sentence(who: &WhyWho, ahead: u32) -> String {
    let mut rings: Vec<String> = Vec::new();
    if let Some(team) = &who.team {
        rings.push(format!("the team {team}"));
    }
    if !who.pools.is_empty() {
        let word = if who.pools.len() == 1 { "the pool" } else { "the pools" };
        rings.push(format!("{word} {}", who.pools.join(", ")));
    }
    let period = match (&who.period, who.service) {
        (Some(period), Some(ServiceKind::Shared)) => format!(" in the period “{period}” (shared)"),
        (Some(period), _) => format!(" in the period “{period}” (dedicated)"),
        (None, _) => String::new(),
    };
    let rings = if rings.is_empty() { "nobody".to_owned() } else { rings.join(" and ") };
    let staffed = match who.staffed {
        0 => "Nobody who fits is signed in.".to_owned(),
        1 => "One agent who fits is signed in, and is not free.".to_owned(),
        n => format!("{n} agents who fit are signed in, and none is free."),
    };
    let kept = who.kept_for.as_ref().map_or_else(String::new, |agent| {
        format!(" It is kept for {agent}, who served this customer last.")
    });
    let ahead = match ahead {
        0 => " It is first in its queue.".to_owned(),
        1 => " One contact of its queue is ahead.".to_owned(),
        n => format!(" {n} contacts of its queue are ahead."),
    };
    let overflow = if who.overflow_open { " The overflow is open." } else { "" };
    format!("It may be answered by {rings}{period}. {staffed}{kept}{ahead}{overflow}")
}

const fn next_change(change: NextChange) -> (WhyChange, &'static str) {
    match change {
        NextChange::Opening => (WhyChange::Opening, "the hours begin"),
        NextChange::SkillRelaxes => (WhyChange::SkillRelaxes, "a skill that is asked relaxes"),
        NextChange::OverflowOpens => (WhyChange::OverflowOpens, "the overflow opens"),
        NextChange::ReservationEnds => {
            (WhyChange::ReservationEnds, "the agent it is kept for is not waited for any longer")
        }
        NextChange::AskedAgain => {
            (WhyChange::AskedAgain, "an agent who missed or refused it may be asked again")
        }
        NextChange::PeriodChanges => {
            (WhyChange::PeriodChanges, "another period of the contract begins")
        }
        NextChange::CalledAgain => (WhyChange::CalledAgain, "the customer is called again"),
    }
}

/// A decision as a sentence.
pub(crate) fn decision(offer: &Offer, directory: &Directory) -> DecisionView {
    let name = directory.agent_name(offer.agent);
    let sentence = match (&offer.decision, offer.kind) {
        (Some(decision), _) => decision.sentence(offer.agent, |agent| directory.agent_name(agent)),
        (None, OfferKind::Queue) => format!("Offered to {name}."),
        (None, OfferKind::Transfer) => format!("Passed on to {name} by name."),
        (None, OfferKind::Consult) => format!("{name} was asked for advice."),
    };
    let outcome = offer.outcome.map(|outcome| match outcome {
        Outcome::Answered => DecisionOutcome::Answered,
        Outcome::Ended(OfferEnd::Missed) => DecisionOutcome::Missed,
        Outcome::Ended(OfferEnd::Refused) => DecisionOutcome::Refused,
        Outcome::Ended(OfferEnd::Busy) => DecisionOutcome::Busy,
        Outcome::Ended(OfferEnd::Unreachable) => DecisionOutcome::Unreachable,
        Outcome::Ended(OfferEnd::ContactGone) => DecisionOutcome::CustomerLeft,
        Outcome::Ended(OfferEnd::TakenBack) => DecisionOutcome::TakenBack,
    });
    DecisionView {
        at: instant(offer.at),
        agent: offer.agent.uuid(),
        name,
        sentence,
        kind: match offer.kind {
            OfferKind::Queue => DecisionKind::Queue,
            OfferKind::Transfer => DecisionKind::Transfer,
            OfferKind::Consult => DecisionKind::Consult,
        },
        facts: offer.decision.as_ref().map(|decision| facts(decision, directory)),
        outcome,
    }
}

/// What led to a decision, with names.
fn facts(decision: &Decision, directory: &Directory) -> DecisionFacts {
    DecisionFacts {
        agent_rule: match decision.agent_rule {
            AgentRule::LongestIdle => AgentChosenBy::LongestIdle,
            AgentRule::Proficiency => AgentChosenBy::Proficiency,
            AgentRule::Sticky => AgentChosenBy::Sticky,
            AgentRule::Named => AgentChosenBy::Named,
            AgentRule::CameFree => AgentChosenBy::CameFree,
        },
        contact_rule: match decision.contact_rule {
            ContactRule::JustArrived => ContactChosenBy::JustArrived,
            ContactRule::NearestBreach => ContactChosenBy::NearestBreach,
            ContactRule::FairnessCap => ContactChosenBy::FairnessCap,
            ContactRule::Emergency => ContactChosenBy::Emergency,
        },
        others: decision.eligible_count.saturating_sub(1),
        others_named: decision.eligible.iter().map(|id| directory.agent_name(*id)).collect(),
        not_asked: decision
            .ineligible
            .iter()
            .map(|(id, why)| NotAskedAgent {
                name: directory.agent_name(*id),
                code: not_asked(*why),
            })
            .collect(),
        not_asked_counts: decision
            .ineligible_counts
            .iter()
            .map(|(why, agents)| NotAskedCount { code: not_asked(*why), agents: *agents })
            .collect(),
        waited_ms: u64::try_from(decision.waited.as_millis()).unwrap_or(u64::MAX),
        waiting_behind: decision.waiting_behind,
        contract_version: decision.contract_version,
        period: u32::from(decision.period) + 1,
        overflow: decision.overflow,
        skills_relaxed: decision.skills_relaxed,
    }
}

const fn not_asked(reason: Ineligible) -> NotAsked {
    match reason {
        Ineligible::SignedOut => NotAsked::SignedOut,
        Ineligible::NotInRing => NotAsked::NotInRing,
        Ineligible::NoSignOff => NotAsked::NoSignOff,
        Ineligible::Site => NotAsked::Site,
        Ineligible::Channel => NotAsked::Channel,
        Ineligible::Language => NotAsked::Language,
        Ineligible::Skill => NotAsked::Skill,
        Ineligible::Away => NotAsked::Away,
        Ineligible::Lost => NotAsked::Lost,
        Ineligible::PhoneNotReady => NotAsked::PhoneNotReady,
        Ineligible::OfferRinging => NotAsked::OfferRinging,
        Ineligible::AtCapacity => NotAsked::AtCapacity,
        Ineligible::MissedBefore => NotAsked::MissedBefore,
        Ineligible::ReservedForAnother => NotAsked::ReservedForAnother,
    }
}
