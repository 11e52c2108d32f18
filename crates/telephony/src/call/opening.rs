//! A call flow before the queue.

use std::collections::VecDeque;

use domain::Timestamp;

use super::{
    Ask, Call, Door, Fact, FlowPlan, GRACE, Input, Order, Ours, Route, Stage, Words,
    outside::ONWARD_MAX,
};
use crate::{
    flow::{self, End, Outcome, Output, Run},
    media::{MediaCommand, Play},
    sdp::Negotiation,
};

/// A flow under way.
#[derive(Debug)]
pub(super) struct Flowing {
    run: Run,
    plan: FlowPlan,
    /// What plays, by its id in the flow.
    playing: Option<u64>,
    /// When the flow's own time is over.
    pub(super) due: Option<Timestamp>,
    /// Steps that the caller answered with a key.
    answered: u8,
}

impl Call {
    /// Leads the caller through the flow, if there is one; otherwise into the queue.
    pub(super) fn enter(&mut self, now: Timestamp) {
        let Some(plan) = self.flow_plan.take() else {
            self.stage = Stage::Waiting;
            return self.arrive();
        };
        self.stage = Stage::Opening;
        if !self.accept() {
            return;
        }
        let (run, outputs) = Run::start(std::sync::Arc::clone(&plan.flow));
        self.flow = Some(Flowing { run, plan, playing: None, due: None, answered: 0 });
        self.follow(now, outputs);
    }

    /// Tells the flow under way of something.
    pub(super) fn tell_flow(&mut self, now: Timestamp, input: flow::Input) {
        let Some(flowing) = &mut self.flow else { return };
        let is_key = matches!(input, flow::Input::Key(_));
        let before = is_key.then(|| flowing.run.step().to_owned());
        let outputs = flowing.run.handle(input);
        if before.is_some_and(|before| before != flowing.run.step()) {
            flowing.answered = flowing.answered.saturating_add(1);
        }
        self.follow(now, outputs);
    }

    /// What the flow plays has ended.
    pub(super) fn flow_words_over(&mut self, now: Timestamp) {
        let playing = self.flow.as_mut().and_then(|flowing| flowing.playing.take());
        if let Some(id) = playing {
            self.tell_flow(now, flow::Input::PlayEnded(id));
        }
    }

    /// Carries out what the flow wants. A run that is not answered wants nothing more, so this ends.
    fn follow(&mut self, now: Timestamp, outputs: Vec<Output>) {
        let mut open = VecDeque::from(outputs);
        let mut unheard = None;
        loop {
            let Some(output) = open.pop_front() else {
                // Prompts that are gone since the flow was published are as good as said.
                let (Some(id), Some(flowing)) = (unheard.take(), &mut self.flow) else { return };
                open.extend(flowing.run.handle(flow::Input::PlayEnded(id)));
                continue;
            };
            let Some(flowing) = &mut self.flow else { return };
            match output {
                Output::Play { id, prompts, language, stop_on_digit } => {
                    let named = |name: String| flowing.plan.prompts.get(&(language, name)).cloned();
                    let found: Vec<_> = prompts.into_iter().filter_map(named).collect();
                    if found.is_empty() {
                        unheard = Some(id);
                        continue;
                    }
                    unheard = None;
                    let length = found.iter().map(|prompt| prompt.length()).sum();
                    let here = self.begin_words(Words::Menu);
                    if let Some(flowing) = &mut self.flow {
                        flowing.playing = Some(id);
                    }
                    self.words_until = Some(now + length + GRACE);
                    let play = Play { id: here, prompts: found, repeat: false, stop_on_digit };
                    self.media(MediaCommand::Play { leg: self.leg, play });
                }
                Output::SetTimer(time) => flowing.due = Some(now + time),
                Output::AskHours { calendar } => {
                    self.orders.push_back(Order::Ask(Ask::Hours { calendar }));
                }
                // Nothing is recorded before a person is there, and keys are never written down.
                Output::Sensitive(_) => {}
                Output::Done(outcome) => {
                    self.end_flow(now, *outcome);
                    return;
                }
            }
        }
    }

    fn end_flow(&mut self, now: Timestamp, outcome: Outcome) {
        let Some(flowing) = self.flow.take() else { return };
        self.words_until = None;
        if self.ordered.forget_words() {
            self.media(MediaCommand::StopPlaying { leg: self.leg });
        }
        if flowing.answered > 0 {
            self.fact(Fact::KeysPressed { steps: flowing.answered });
        }
        if let Some(sounds) = flowing.plan.sounds.get(&outcome.language) {
            self.sounds = sounds.clone();
        }
        let Outcome { end, language, head_start, skill, request_type, collected, was_lost } =
            outcome;
        let mut route = Box::new(Route {
            door: Door::Wait,
            queue: None,
            language,
            head_start,
            skill,
            request_type,
            collected,
            was_lost,
        });
        match end {
            End::Queue { queue } => route.queue = Some(queue),
            End::Callback { queue } => {
                route.queue = Some(queue);
                // Whoever cannot be called waits on the line.
                if self.rules.callable {
                    route.door = Door::Callback;
                    self.callback = true;
                }
            }
            End::Voicemail { queue } => {
                route.queue = Some(queue);
                self.route = Some(route);
                if !self.ask_for_message(now, None) {
                    self.stage = Stage::Waiting;
                    self.arrive();
                }
                return;
            }
            End::Transfer { number } => {
                self.route = Some(route);
                self.orders.push_back(Order::Ask(Ask::Onward { number }));
                return;
            }
            End::Hangup => return self.hang_up(Ours::Menu),
        }
        self.route = Some(route);
        self.stage = Stage::Waiting;
        self.arrive();
    }

    /// The way out that a flow asked for.
    pub(super) fn go_on(&mut self, now: Timestamp, input: Input) {
        let Input::Onward { leg, local, number, from, trunks } = input else { return };
        if self.stage != Stage::Opening || self.flow.is_some() || self.outside.is_some() {
            return self.media(MediaCommand::Close { leg });
        }
        let negotiation = Negotiation::new(super::low_bits(leg), local);
        self.invite_outside((leg, None), number, from, trunks, negotiation);
        self.onward_until = Some(now + ONWARD_MAX);
    }

    /// The number outside did not answer, or there is no way to it: a person takes the call.
    pub(super) fn nobody_outside(&mut self) {
        self.onward_until = None;
        // Only a flow that is over asks for a way out; what comes before is an answer to nothing.
        let asked = self.flow.is_none() && self.route.is_some();
        if self.stage == Stage::Opening && asked {
            self.stage = Stage::Waiting;
            self.arrive();
        }
    }
}
