//! Events out of the thread, which never waits for their reader.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::mpsc::{Sender, error::TrySendError};

use super::{MediaEvent, counters::Shared};

/// Events that wait behind a full channel. One more pushes the oldest out, which is counted.
const BACKLOG_MAX: usize = 65_536;

/// Where events leave.
pub struct Outlet {
    events: Sender<MediaEvent>,
    backlog: VecDeque<MediaEvent>,
    shared: Arc<Shared>,
}

impl Outlet {
    /// To this channel.
    pub fn new(events: Sender<MediaEvent>, shared: Arc<Shared>) -> Self {
        Self { events, backlog: VecDeque::new(), shared }
    }

    /// Tells. A report of quality that is not the last is dropped when the reader lags: the next one
    /// says more.
    pub fn tell(&mut self, event: MediaEvent) {
        if self.backlog.is_empty() {
            match self.events.try_send(event) {
                Err(TrySendError::Full(event)) => self.keep(event),
                Ok(()) | Err(TrySendError::Closed(_)) => {}
            }
        } else {
            self.keep(event);
        }
    }

    fn keep(&mut self, event: MediaEvent) {
        if matches!(event, MediaEvent::Quality { last: false, .. }) {
            return;
        }
        if self.backlog.len() >= BACKLOG_MAX {
            self.backlog.pop_front();
            Shared::add(&self.shared.events_lost, 1);
        }
        self.backlog.push_back(event);
    }

    /// Passes on what waited, as far as there is room.
    pub fn flush(&mut self) {
        while let Some(event) = self.backlog.pop_front() {
            if let Err(TrySendError::Full(event)) = self.events.try_send(event) {
                self.backlog.push_front(event);
                return;
            }
        }
    }
}
