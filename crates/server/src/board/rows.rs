//! The rows of the board, computed from the agents' views, the waiting contacts' cards and the
//! figures of today; the same figures that reports show.

use std::collections::HashSet;

use api::board::{
    BoardAgent, BoardAgentContact, BoardClient, BoardContact, BoardDelta, BoardQueue, BoardView,
    DayFigures, FloorFigures,
};
use domain::{ContactId, Timestamp, contract::ServicePromise};
use figures::{ContactsRow, LiveView};
use routing::{AgentState, WorkState};
use uuid::Uuid;

use crate::{
    floor::{Card, ClientEntry, Directory},
    live::{Agents, Staff, channel, instant, presence_choice, state_view},
};

/// Waiting contacts shown; the sum counts all.
const WAITING_SHOWN: usize = 200;

/// The whole board, but for what telephony adds.
pub fn view(
    agents: &Agents,
    cards: &[Card],
    over_limit: &HashSet<ContactId>,
    figures: &LiveView,
    directory: &Directory,
    staff: &Staff,
    now: Timestamp,
) -> BoardView {
    let nothing = ContactsRow::default();
    let signed_in = agents.values().filter(|view| view.state != AgentState::SignedOut);
    let available = agents.values().filter(|view| view.state == AgentState::Available).count();
    let floor = FloorFigures {
        waiting: figures.floor.waiting + figures.floor.for_opening,
        talking: figures.floor.talking,
        longest_since: figures.floor.longest_since.map(instant),
        offered: count(figures.floor.today.offered),
        answered: count(figures.floor.today.answered),
        abandoned: count(figures.floor.today.abandoned),
        short_abandoned: count(figures.floor.today.short_abandoned),
        abandonment_permille: figures.floor.today.abandonment_permille,
        agents_signed_in: u32::try_from(signed_in.count()).unwrap_or(u32::MAX),
        agents_available: u32::try_from(available).unwrap_or(u32::MAX),
        occupancy_permille: figures.ledger.occupancy().map(|share| share.permille()),
    };
    let mut clients: Vec<BoardClient> = directory
        .clients()
        .filter_map(|client| {
            client_row(client, figures.clients.get(&client.id).unwrap_or(&nothing), now)
        })
        .collect();
    clients.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    let mut queues: Vec<BoardQueue> = directory
        .queues()
        .map(|queue| {
            let day = figures.queues.get(&queue.id).map_or(&nothing, |(_, row)| row);
            let (agents_staffed, agents_available) =
                staff.get(&queue.id).copied().unwrap_or_default();
            BoardQueue {
                id: queue.id.uuid(),
                client: queue.client.uuid(),
                name: queue.name.clone(),
                day: day_figures(day),
                agents_staffed,
                agents_available,
            }
        })
        .collect();
    queues.sort_by(|a, b| (a.client, &a.name, a.id).cmp(&(b.client, &b.name, b.id)));
    let mut rows: Vec<BoardAgent> =
        agents.values().map(|view| agent_row(view, figures, directory, over_limit)).collect();
    rows.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    let mut waiting: Vec<BoardContact> =
        cards.iter().map(|card| contact_row(card, directory)).collect();
    waiting.sort_by(|a, b| (&a.since, a.id).cmp(&(&b.since, b.id)));
    waiting.truncate(WAITING_SHOWN);
    BoardView { floor, clients, queues, agents: rows, waiting, alerts: Vec::new() }
}

/// Brings the board to a new state; the delta carries the rows that differ.
pub fn change(board: &mut BoardView, new: BoardView) -> Option<BoardDelta> {
    let mut gone = Vec::new();
    let delta = BoardDelta {
        floor: (board.floor != new.floor).then(|| new.floor.clone()),
        clients: changed(&board.clients, &new.clients, |row| row.id, &mut gone),
        queues: changed(&board.queues, &new.queues, |row| row.id, &mut gone),
        agents: changed(&board.agents, &new.agents, |row| row.id, &mut gone),
        waiting: changed(&board.waiting, &new.waiting, |row| row.id, &mut gone),
        alerts: (board.alerts != new.alerts).then(|| new.alerts.clone()),
        gone,
    };
    *board = new;
    (delta != BoardDelta::default()).then_some(delta)
}

/// Rows of `new` that are not in `old` as they are; ids that are in `old` alone go to `gone`.
fn changed<R: Clone + PartialEq>(
    old: &[R],
    new: &[R],
    id: impl Fn(&R) -> Uuid,
    gone: &mut Vec<Uuid>,
) -> Vec<R> {
    let before: std::collections::HashMap<Uuid, &R> =
        old.iter().map(|row| (id(row), row)).collect();
    let now: HashSet<Uuid> = new.iter().map(&id).collect();
    gone.extend(old.iter().map(&id).filter(|id| !now.contains(id)));
    new.iter().filter(|row| before.get(&id(row)) != Some(row)).cloned().collect()
}

fn client_row(client: &ClientEntry, day: &ContactsRow, now: Timestamp) -> Option<BoardClient> {
    let period = client.period_at(now)?;
    let ServicePromise { threshold_s, target_percent, formula, .. } = &period.promise;
    Some(BoardClient {
        id: client.id.uuid(),
        name: client.name.clone(),
        initials: client.initials.clone(),
        hue: client.hue,
        model: client.model().to_owned(),
        period: period.name.clone(),
        service: match period.service {
            domain::contract::Service::Shared { .. } => "shared",
            domain::contract::Service::Dedicated { .. } => "dedicated",
        }
        .to_owned(),
        open: client.is_open(now),
        presence: crate::admin::presence::holding(client, now),
        target_percent: *target_percent,
        threshold_s: *threshold_s,
        formula: formula.name().to_owned(),
        day: day_figures(day),
    })
}

fn agent_row(
    view: &routing::AgentView,
    figures: &LiveView,
    directory: &Directory,
    over_limit: &HashSet<ContactId>,
) -> BoardAgent {
    let day = figures.agents.get(&view.agent);
    let record = directory.agent(view.agent);
    BoardAgent {
        id: view.agent.uuid(),
        name: directory.agent_name(view.agent),
        state: state_view(view.state, view.since),
        next: view.next.map(presence_choice),
        pools: record.map(|a| a.pools.iter().map(|p| p.uuid()).collect()).unwrap_or_default(),
        team: record.and_then(|a| a.team).map(|team| team.uuid()),
        contacts: view
            .work
            .iter()
            .map(|part| BoardAgentContact {
                contact: part.contact.uuid(),
                client: part.client.uuid(),
                channel: channel(part.channel),
                since: instant(part.since),
                state: match part.stage {
                    WorkState::Ringing => "offered",
                    WorkState::Talking => "talking",
                    WorkState::Holding => "holding",
                    WorkState::Consulting => "consulting",
                    WorkState::WrapUp => "wrap_up",
                }
                .to_owned(),
                over_limit: over_limit.contains(&part.contact),
                customer_sound: None,
                agent_sound: None,
            })
            .collect(),
        points_used: u8::try_from(view.points.min(100)).unwrap_or(100),
        answered: day.map_or(0, |day| count(day.today.answers)),
        missed: day.map_or(0, |day| count(day.today.offers_missed)),
        occupancy_permille: day
            .and_then(|day| day.ledger.occupancy())
            .map(|share| share.permille()),
    }
}

fn contact_row(card: &Card, directory: &Directory) -> BoardContact {
    BoardContact {
        id: card.contact.uuid(),
        client: card.client.uuid(),
        queue: card.queue.uuid(),
        channel: channel(card.channel),
        language: card.language.to_string(),
        since: instant(card.waits_since),
        breaches_at: instant(
            card.waits_since + std::time::Duration::from_secs(u64::from(card.threshold_s)),
        ),
        offers: card.offers_count,
        overflow: card.overflow,
        for_opening: card.for_opening,
        rings_at: card.rings_at().map(|agent| directory.agent_name(agent)),
    }
}

/// A row of figures as the wire has it.
fn day_figures(row: &ContactsRow) -> DayFigures {
    let today = &row.today;
    DayFigures {
        waiting: row.waiting + row.for_opening,
        talking: row.talking,
        longest_since: row.longest_since.map(instant),
        offered: count(today.offered),
        answered: count(today.answered),
        abandoned: count(today.abandoned),
        short_abandoned: count(today.short_abandoned),
        abandonment_permille: today.abandonment_permille,
        overflow_answered: count(today.overflow_answered),
        service_level_permille: today.service_level_permille,
        projected_permille: row.projected.map(|share| share.permille()),
        wait_mean_ms: today.wait_mean_ms,
        wait_p90_ms: today.wait_p90_ms,
        handle_mean_ms: today.handle_mean_ms,
        recent_offered: row.recent.iter().map(|bucket| bucket.arrived).collect(),
        recent_in_time: row.recent.iter().map(|bucket| bucket.in_time).collect(),
    }
}

fn count(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
