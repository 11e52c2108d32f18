//! The figures of both sides, and what differs between them.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use domain::{ClientId, Span, Timestamp, Zone};
use figures::{Group, Intervals, Key, Ledger, Query, QueryError, Row, Share, Tally};
use routing::{AgentState, AwayReason, Stamped};
use serde::{Deserialize, Serialize};

use super::OfClient;

/// Intervals are added up again: this is as fine as a stretch may be cut.
const LENGTH: Duration = Duration::from_secs(900);

/// One side's report in the making: by client, and the agents' time.
#[derive(Debug)]
pub(super) struct Book {
    clients: Intervals,
    agents: Intervals,
}

impl Book {
    pub fn new(span: Span, zone: &Zone) -> Result<Self, QueryError> {
        let of = |group| {
            Intervals::new(Query {
                zone: zone.clone(),
                span,
                length: LENGTH,
                group,
                client: None,
                queue: None,
                channel: None,
                agent: None,
            })
        };
        Ok(Self { clients: of(Group::Client)?, agents: of(Group::Agent)? })
    }

    pub fn apply(&mut self, stamped: &Stamped) {
        self.clients.apply(stamped);
        self.agents.apply(stamped);
    }

    pub fn finish(self, now: Timestamp) -> Counted {
        let rows = self.clients.finish(now);
        let clients = Row::totals(&rows).into_iter().filter_map(|row| match row.key {
            Key::Client(client) => Some((client, row.tally)),
            Key::Queue(_) | Key::Channel(_) | Key::Agent(_) => None,
        });
        let (all, _) = Row::total(&rows);
        let (_, ledger) = Row::total(&self.agents.finish(now));
        Counted { clients: clients.collect(), all, ledger }
    }
}

/// What one side came to.
pub(super) struct Counted {
    clients: BTreeMap<ClientId, Tally>,
    all: Tally,
    ledger: Ledger,
}

/// The figures of one side; times in whole microseconds, so that nothing that differs is rounded away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// Arrived and not turned away.
    pub offered: u64,
    /// Answered, at the first answer.
    pub answered: u64,
    /// Of them within their promise.
    pub answered_in_time: u64,
    /// Left before any answer, short ones included.
    pub abandoned: u64,
    /// Closed, queue full or queue removed.
    pub turned_away: u64,
    /// Chose to be called or written back.
    pub callbacks: u64,
    /// Were answered and have ended.
    pub handled: u64,
    /// By the formula of each contact's own promise.
    pub service_level: Option<Share>,
    /// Wait of the answered, summed.
    pub wait_us: u64,
    /// The longest of them.
    pub wait_max_us: u64,
    /// Wait of those who left, summed.
    pub wait_abandoned_us: u64,
    /// Offers made to agents.
    pub offers: u64,
    /// Offers that nobody reacted to.
    pub offers_missed: u64,
    /// Talk of all agents' parts.
    pub talk_us: u64,
    /// Hold of all agents' parts.
    pub hold_us: u64,
    /// Wrap-up of all agents' parts.
    pub wrap_up_us: u64,
    /// The agents' time in each state; empty for a client.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<StateTime>,
}

/// Time of all agents in one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateTime {
    /// The state, as the glossary names it.
    pub state: Cow<'static, str>,
    /// How long, in microseconds.
    pub us: u64,
}

/// What happened, and what the replay gives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sides {
    /// What the journal says.
    pub recorded: Side,
    /// What came out now.
    pub replayed: Side,
}

/// A figure that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Its name, as in [`Side`]; of agents' time `state.` and the state.
    pub figure: String,
    /// What the journal says.
    pub recorded: f64,
    /// What came out now.
    pub replayed: f64,
    /// The second less the first.
    pub difference: f64,
    /// By client, those that differ; of sums these add up to the difference.
    pub parts: Vec<Part>,
}

/// One client's part of a difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The client.
    pub client: ClientId,
    /// Replayed less recorded.
    pub difference: f64,
}

impl Side {
    fn of(tally: &Tally, ledger: Option<&Ledger>) -> Self {
        let shown = tally.summary();
        let us = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        Self {
            offered: shown.offered,
            answered: shown.answered,
            answered_in_time: shown.answered_in_time,
            abandoned: shown.abandoned,
            turned_away: shown.turned_away,
            callbacks: shown.callbacks,
            handled: shown.handled,
            service_level: shown.service_level,
            wait_us: us(tally.wait.sum()),
            wait_max_us: us(tally.wait.max()),
            wait_abandoned_us: us(tally.wait_abandoned.sum()),
            offers: tally.offers,
            offers_missed: tally.offers_missed,
            talk_us: tally.talk_us,
            hold_us: tally.hold_us,
            wrap_up_us: tally.wrap_up_us,
            states: ledger.map_or_else(Vec::new, |ledger| {
                let states = ledger.states();
                states
                    .map(|(at, span)| StateTime { state: word(at).into(), us: us(span) })
                    .collect()
            }),
        }
    }

    /// Mean wait of the answered, in seconds.
    pub fn wait_mean_s(&self) -> Option<f64> {
        (self.answered > 0).then(|| self.wait_us as f64 / 1e6 / self.answered as f64)
    }

    /// Talk, hold and wrap-up per contact that was handled, in seconds.
    pub fn handle_mean_s(&self) -> Option<f64> {
        let us = self.talk_us + self.hold_us + self.wrap_up_us;
        (self.handled > 0).then(|| us as f64 / 1e6 / self.handled as f64)
    }

    /// Every figure with its name.
    fn figures(&self) -> Vec<(String, f64)> {
        let mut all: Vec<(String, f64)> = [
            ("offered", self.offered),
            ("answered", self.answered),
            ("answered_in_time", self.answered_in_time),
            ("abandoned", self.abandoned),
            ("turned_away", self.turned_away),
            ("callbacks", self.callbacks),
            ("handled", self.handled),
            ("wait_us", self.wait_us),
            ("wait_max_us", self.wait_max_us),
            ("wait_abandoned_us", self.wait_abandoned_us),
            ("offers", self.offers),
            ("offers_missed", self.offers_missed),
            ("talk_us", self.talk_us),
            ("hold_us", self.hold_us),
            ("wrap_up_us", self.wrap_up_us),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value as f64))
        .collect();
        let level = self.service_level.map_or(0.0, |s| s.part as f64 / s.whole as f64);
        all.push(("service_level".to_owned(), level));
        all.extend(self.states.iter().map(|s| (format!("state.{}", s.state), s.us as f64)));
        all
    }
}

/// Both sides, all together and by client.
pub(super) fn sides(recorded: Counted, replayed: Counted) -> (Sides, Vec<OfClient>) {
    let all = Sides {
        recorded: Side::of(&recorded.all, Some(&recorded.ledger)),
        replayed: Side::of(&replayed.all, Some(&replayed.ledger)),
    };
    let mut clients: BTreeMap<ClientId, Sides> = BTreeMap::new();
    for (client, tally) in &recorded.clients {
        clients.entry(*client).or_default().recorded = Side::of(tally, None);
    }
    for (client, tally) in &replayed.clients {
        clients.entry(*client).or_default().replayed = Side::of(tally, None);
    }
    let clients = clients.into_iter().map(|(client, sides)| OfClient { client, sides });
    (all, clients.collect())
}

/// What differs. A state that only one side knows differs from none at all.
pub(super) fn differences(all: &Sides, clients: &[OfClient]) -> Vec<Difference> {
    let of = |sides: &Sides| {
        let mut both: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for (name, value) in sides.recorded.figures() {
            both.entry(name).or_default().0 = value;
        }
        for (name, value) in sides.replayed.figures() {
            both.entry(name).or_default().1 = value;
        }
        both
    };
    let by_client: Vec<_> =
        clients.iter().map(|client| (client.client, of(&client.sides))).collect();
    let mut differences = Vec::new();
    for (figure, (recorded, replayed)) in of(all) {
        let parts: Vec<Part> = by_client
            .iter()
            .filter_map(|(client, figures)| {
                let (recorded, replayed) = figures.get(&figure)?;
                let difference = replayed - recorded;
                (difference != 0.0).then_some(Part { client: *client, difference })
            })
            .collect();
        // Two clients may differ by as much to either side.
        if recorded != replayed || !parts.is_empty() {
            let difference = replayed - recorded;
            differences.push(Difference { figure, recorded, replayed, difference, parts });
        }
    }
    differences
}

fn word(state: AgentState) -> &'static str {
    match state {
        AgentState::SignedOut => "signed_out",
        AgentState::Available => "available",
        AgentState::Offered => "offered",
        AgentState::Talking => "talking",
        AgentState::Holding => "holding",
        AgentState::Consulting => "consulting",
        AgentState::WrapUp => "wrap_up",
        AgentState::Lost => "lost",
        AgentState::Away(reason) => match reason {
            AwayReason::Break => "away.break",
            AwayReason::Lunch => "away.lunch",
            AwayReason::Training => "away.training",
            AwayReason::Meeting => "away.meeting",
            AwayReason::OtherWork => "away.other_work",
            AwayReason::NoAnswer => "away.no_answer",
            AwayReason::ConnectionLost => "away.connection_lost",
            AwayReason::SetByLead => "away.set_by_lead",
        },
    }
}
