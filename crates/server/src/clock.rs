//! The one place where live time is read.
//!
//! Everything else is told the time: the router with each input, the store with each record. A
//! server started with an adjustable clock runs on time that a test moves forward.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use domain::Timestamp;
use tokio::sync::watch;

/// A clock that the whole server shares.
#[derive(Clone, Debug)]
pub struct Clock {
    shift_us: Arc<AtomicI64>,
    moved: Option<watch::Sender<i64>>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self { shift_us: Arc::default(), moved: None }
    }

    /// The machine's clock plus a shift that [`Clock::set`] changes. For tests of whole days.
    pub fn adjustable() -> Self {
        Self { shift_us: Arc::default(), moved: Some(watch::Sender::new(0)) }
    }

    /// Whether [`Clock::set`] works.
    pub fn is_adjustable(&self) -> bool {
        self.moved.is_some()
    }

    /// The instant now.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(machine_us().saturating_add(self.shift_us.load(Ordering::Relaxed)))
    }

    /// Moves an adjustable clock to `at` and wakes everybody who sleeps on it. `false` when the
    /// clock is the machine's own, or `at` lies in the past: time never runs backwards here.
    pub fn set(&self, at: Timestamp) -> bool {
        let Some(moved) = &self.moved else { return false };
        if at < self.now() {
            return false;
        }
        let shift = at.micros().saturating_sub(machine_us());
        self.shift_us.store(shift, Ordering::Relaxed);
        moved.send_replace(shift);
        true
    }

    /// Sleeps until `at`; returns at once when it has passed.
    pub async fn sleep_until(&self, at: Timestamp) {
        let mut moves = self.moved.as_ref().map(watch::Sender::subscribe);
        loop {
            let left = at.since(self.now());
            if left.is_zero() {
                return;
            }
            // Instants far away (a calendar's next change) are slept towards in steps, so that a
            // step of the machine's clock is noticed within the minute.
            let nap = tokio::time::sleep(left.min(Duration::from_secs(60)));
            match &mut moves {
                None => nap.await,
                Some(moves) => {
                    tokio::select! {
                        () = nap => {}
                        _ = moves.changed() => {}
                    }
                }
            }
        }
    }

    /// Sleeps for `span` on this clock.
    pub async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now() + span).await;
    }
}

/// Microseconds of the machine's clock since the epoch.
#[allow(clippy::disallowed_methods)] // this is the one place
fn machine_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// A stopwatch for latencies that are reported, never decided upon.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts.
    #[allow(clippy::disallowed_methods)] // monotonic, for metrics only
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A clock that never runs backwards, for sound: what it says means nothing but the spans between.
#[allow(clippy::disallowed_methods)] // monotonic, for the media thread alone
pub fn monotonic() -> std::time::Instant {
    std::time::Instant::now()
}
