//! Who changes a contract: what its periods give to the client, and what stays with the provider.

use super::{Change, Contract, Control, Overflow, Period, Queue};

/// Who changes protocol, routing and promises over the whole week, as the periods make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Controlled {
    /// The provider, in every period.
    Provider,
    /// The provider in some periods, the client in others.
    Shared,
    /// The client, in every period.
    Client,
}

impl Contract {
    /// Who changes it.
    pub fn controlled(&self) -> Controlled {
        let clients = self.periods.iter().filter(|period| is_clients(period)).count();
        match clients {
            0 => Controlled::Provider,
            n if n == self.periods.len() => Controlled::Client,
            _ => Controlled::Shared,
        }
    }

    /// This contract with the client's part of it as in `asked`, and everything else as it is.
    ///
    /// A period under the client's control gives the client its promise, peak greeting, limits of
    /// overflow, and what happens when nobody is on shift. What holds in every period (the words and
    /// rules of the queues, dispositions, words outside the hours) is the client's when every period
    /// is. Who may answer, the hours, channels, sites, the tariff, and control itself are agreed
    /// between both and change by a proposal only.
    #[must_use]
    pub fn with_part_of_client(&self, asked: &Self) -> Self {
        let mut kept =
            Self { version: asked.version, valid_from: asked.valid_from, ..self.clone() };
        for period in kept.periods.iter_mut().filter(|period| is_clients(period)) {
            if let Some(asked) = asked.periods.iter().find(|asked| asked.name == period.name) {
                take_period(period, asked);
            }
        }
        if self.controlled() == Controlled::Client {
            for queue in &mut kept.queues {
                if let Some(asked) = asked.queues.iter().find(|asked| asked.id == queue.id) {
                    take_queue(queue, asked);
                }
            }
            kept.closed = asked.closed.clone();
            kept.dispositions = asked.dispositions.clone();
        }
        kept
    }

    /// What differs in `asked` although this contract does not leave it to the client.
    pub fn beyond_client(&self, asked: &Self) -> Vec<Change> {
        self.with_part_of_client(asked).diff(asked)
    }
}

fn is_clients(period: &Period) -> bool {
    period.control == Control::Client
}

// Both take the asked one apart whole: whoever adds a field is asked here whose it is.

fn take_period(period: &mut Period, asked: &Period) {
    let Period {
        name: _,
        when: _,
        service: _,
        promise,
        peak_greeting,
        overflow,
        nobody_on_shift,
        call_limit_s,
        control: _,
    } = asked;
    period.promise = promise.clone();
    period.peak_greeting = peak_greeting.clone();
    period.nobody_on_shift = *nobody_on_shift;
    period.call_limit_s = *call_limit_s;
    // Whether pools help, and which, is what the provider staffs; when they do is the client's.
    if let (Some(kept), Some(asked)) = (&mut period.overflow, overflow) {
        let Overflow { after_s, below_projected_percent, pools: _ } = asked;
        kept.after_s = *after_s;
        kept.below_projected_percent = *below_projected_percent;
    }
}

fn take_queue(queue: &mut Queue, asked: &Queue) {
    let Queue {
        id: _,
        name,
        channels: _,
        greeting,
        protocol,
        skills,
        language_required,
        head_start_min,
        selection,
        sticky,
        offer_timeout_s,
        wrap_up,
        announce_position,
        waiting_max,
    } = asked.clone();
    *queue = Queue {
        id: queue.id,
        name,
        channels: std::mem::take(&mut queue.channels),
        greeting,
        protocol,
        skills,
        language_required,
        head_start_min,
        selection,
        sticky,
        offer_timeout_s,
        wrap_up,
        announce_position,
        waiting_max,
    };
}
