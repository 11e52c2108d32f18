//! Carries out what has become durable: figures, cards, conversations, desks, board.
//!
//! One task, in the order of the journal. What agents must see at once (their desk) leaves first;
//! the board is gathered and leaves at most ten times a second.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use api::desk::DeskContact;
use domain::{AgentId, ContactId, QueueId, Timestamp};
use routing::{AgentView, ContactView, Event, OfferEnd, PartEnd, Stamped};
use tokio::sync::{Notify, mpsc::UnboundedReceiver, oneshot};
use tokio_util::sync::CancellationToken;

use super::Live;
use crate::{
    board,
    chat::Chat,
    clock::Clock,
    desk,
    floor::{AgentNow, Cards, Directory, Floor, InFlight, Published},
    voice::{self, Voice},
};

/// Steps taken in one go.
const STEPS_AT_ONCE: usize = 64;

/// The board leaves at most this often…
const BOARD_EVERY: Duration = Duration::from_millis(100);

/// …and at least this often, since clocks and intervals move by themselves.
const BOARD_AT_LEAST: Duration = Duration::from_secs(1);

/// Queues whose staff is looked at in one tick.
const QUEUES_AT_ONCE: usize = 100;

/// What the publishing task needs.
pub struct Publisher {
    /// The floor, for its directory.
    pub floor: Floor,
    /// The streams.
    pub live: Live,
    /// Contacts on the floor.
    pub cards: Arc<Cards>,
    /// Figures of today.
    pub figures: Arc<Mutex<figures::Live>>,
    /// Conversations.
    pub chat: Chat,
    /// Calls.
    pub voice: Option<Voice>,
    /// The clock.
    pub clock: Clock,
    /// Told when there is something new in the journal.
    pub changed: Arc<Notify>,
}

/// Runs until `stop`, or until the floor has ended. `ready` is told when the desks may be opened.
pub async fn publish(
    publisher: Publisher,
    mut published: UnboundedReceiver<InFlight>,
    ready: oneshot::Sender<()>,
    stop: CancellationToken,
) {
    let mut state = State {
        publisher,
        ready: Some(ready),
        agents: BTreeMap::new(),
        staff: Staff::new(),
        staff_at: None,
        shown: None,
        dirty: true,
    };
    let mut steps = Vec::with_capacity(STEPS_AT_ONCE);
    let mut tick = tokio::time::interval(BOARD_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut ticks_since_board = 0;
    loop {
        tokio::select! {
            n = published.recv_many(&mut steps, STEPS_AT_ONCE) => {
                if n == 0 {
                    return;
                }
                for InFlight { what, permit } in steps.drain(..) {
                    state.carry_out(what).await;
                    drop(permit);
                }
            }
            _ = tick.tick() => {
                state.show_directory();
                ticks_since_board += 1;
                let due = ticks_since_board * BOARD_EVERY.as_millis() >= BOARD_AT_LEAST.as_millis();
                if state.dirty || due {
                    ticks_since_board = 0;
                    state.dirty = false;
                    state.show_board().await;
                }
            }
            () = stop.cancelled() => return,
        }
    }
}

struct State {
    publisher: Publisher,
    /// Told once, when everything known from before the start is there again.
    ready: Option<oneshot::Sender<()>>,
    agents: BTreeMap<AgentId, AgentView>,
    staff: Staff,
    /// The queue looked at last, so that many queues are looked at in turn.
    staff_at: Option<QueueId>,
    /// The directory that the desks show.
    shown: Option<Arc<Directory>>,
    dirty: bool,
}

impl State {
    async fn carry_out(&mut self, what: Published) {
        self.dirty = true;
        match what {
            Published::Rebuilt { agents, contacts, history, now } => {
                self.rebuilt(agents, &contacts, &history, now).await;
                if let Some(ready) = self.ready.take() {
                    // Nobody waits for it any more when the start was given up.
                    let _ = ready.send(());
                }
            }
            Published::Step { events, agents, .. } => {
                {
                    let mut figures = self.figures();
                    for event in &events {
                        figures.apply(event);
                    }
                }
                for event in &events {
                    self.publisher.cards.apply(event);
                }
                let touched: Vec<AgentId> = agents.iter().map(|(agent, _)| *agent).collect();
                self.take(agents);
                for agent in touched {
                    self.show_desk(agent, &events);
                }
                if let Some(voice) = &self.publisher.voice {
                    voice.carry_out(&events, &self.agents);
                }
                self.publisher.chat.carry_out(&events).await;
                self.publisher.changed.notify_one();
            }
        }
    }

    async fn rebuilt(
        &mut self,
        agents: Vec<AgentNow>,
        contacts: &[ContactView],
        history: &[Stamped],
        now: Timestamp,
    ) {
        {
            let directory = self.publisher.floor.directory();
            let mut figures = figures::Live::new(directory.floor_zone());
            directory.set_zones(&mut figures);
            for event in history {
                figures.apply(event);
            }
            *self.figures() = figures;
        }
        tracing::debug!(%now, events = history.len(), "figures of today are read from the journal");
        self.agents.clear();
        self.take(agents);
        self.publisher.cards.rebuild(contacts, self.agents.values(), history);
        self.publisher.chat.rebuilt(contacts, self.agents.values(), history).await;
        if let Some(voice) = &self.publisher.voice {
            voice.rebuilt(contacts, &self.agents);
        }
        let all: Vec<AgentId> = self.agents.keys().copied().collect();
        for agent in all {
            self.show_desk(agent, &[]);
        }
    }

    fn take(&mut self, agents: Vec<AgentNow>) {
        for (agent, view) in agents {
            match view {
                Some(view) => self.agents.insert(agent, view),
                None => self.agents.remove(&agent),
            };
        }
    }

    /// Shows an agent what changed at their desk.
    fn show_desk(&self, agent: AgentId, events: &[Stamped]) {
        let Some(view) = self.agents.get(&agent) else { return };
        let Publisher { floor, live, cards, chat, voice, clock, .. } = &self.publisher;
        let directory = floor.directory();
        let phone = voice::phone_of(voice.as_ref(), agent);
        let today = desk::figures(&self.figures().agent(agent, clock.now()));
        let me = desk::own(view, &directory, today, phone);
        let contacts = desk::contacts(view, cards, &directory);
        let gone = |contact| gone_why(events, agent, contact).to_owned();
        let fresh = |held: &mut DeskContact| {
            chat.fill(held, agent);
            if let Some(voice) = voice {
                voice.fill(held);
            }
        };
        let ids: Vec<ContactId> =
            contacts.iter().map(|held| ContactId::from_uuid(held.contact)).collect();
        live.lay_desk(agent, &ids, |desk| desk::change(desk, me, contacts, gone, fresh));
    }

    /// Shows every desk what was saved: another protocol, another list of who is on call.
    fn show_directory(&mut self) {
        let directory = self.publisher.floor.directory();
        if self.shown.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, &directory)) {
            return;
        }
        directory.set_zones(&mut self.figures());
        // The first one is what desks are laid with.
        if self.shown.replace(directory).is_some() {
            for agent in self.agents.keys() {
                self.show_desk(*agent, &[]);
            }
        }
    }

    async fn show_board(&mut self) {
        self.look_at_staff().await;
        let Publisher { floor, live, cards, clock, .. } = &self.publisher;
        let figures = self.figures().view(clock.now());
        let directory = floor.directory();
        let (cards, cards_over) = (cards.waiting(), cards.over_limit());
        let mut view = board::view(
            &self.agents,
            &cards,
            &cards_over,
            &figures,
            &directory,
            &self.staff,
            clock.now(),
        );
        if let Some(voice) = &self.publisher.voice {
            voice.onto_board(&mut view);
        }
        live.board().update(|board| board::change(board, view));
        self.publisher.chat.tell_places().await;
    }

    /// Asks the router how the next queues in turn are staffed.
    async fn look_at_staff(&mut self) {
        let directory = self.publisher.floor.directory();
        let after = |queue: &QueueId| self.staff_at.is_none_or(|last| *queue > last);
        let queues: Vec<QueueId> =
            directory.queues().map(|queue| queue.id).filter(after).take(QUEUES_AT_ONCE).collect();
        self.staff_at = queues.last().copied().filter(|_| queues.len() == QUEUES_AT_ONCE);
        self.staff.retain(|queue, _| directory.queue(*queue).is_some());
        let look = move |router: &routing::Router, _| {
            queues.into_iter().filter_map(|queue| router.staffing(queue)).collect::<Vec<_>>()
        };
        // While the floor is rebuilt the last answers stand.
        for row in self.publisher.floor.look(look).await.unwrap_or_default() {
            self.staff.insert(row.queue, (row.signed_in, row.available));
        }
    }

    fn figures(&self) -> std::sync::MutexGuard<'_, figures::Live> {
        self.publisher.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a contact left an agent's desk, by what just happened.
fn gone_why(events: &[Stamped], agent: AgentId, contact: ContactId) -> &'static str {
    events
        .iter()
        .rev()
        .find_map(|stamped| match &stamped.event {
            Event::OfferEnded { contact: c, agent: a, why, .. } if (*c, *a) == (contact, agent) => {
                Some(match why {
                    OfferEnd::Missed => "missed",
                    OfferEnd::Refused => "refused",
                    OfferEnd::ContactGone => "customer_left",
                    OfferEnd::Busy | OfferEnd::Unreachable | OfferEnd::TakenBack => "taken_back",
                })
            }
            Event::WrapUpEnded { contact: c, agent: a, .. } if (*c, *a) == (contact, agent) => {
                Some("finished")
            }
            Event::PartEnded { contact: c, agent: a, why, .. } if (*c, *a) == (contact, agent) => {
                Some(match why {
                    PartEnd::Ended | PartEnd::Left => "finished",
                    PartEnd::Transferred => "transferred",
                    PartEnd::Released => "released",
                    PartEnd::NotReached => "not_reached",
                })
            }
            _ => None,
        })
        .unwrap_or("released")
}

/// Agents by id, as the board takes them.
pub type Agents = BTreeMap<AgentId, AgentView>;

/// Staff by queue: signed in who may answer, of them available.
pub type Staff = HashMap<QueueId, (u32, u32)>;
