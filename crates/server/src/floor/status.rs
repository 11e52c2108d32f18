//! How the floor is, for `/health` and `/metrics`.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64},
};

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// Bounds of the time from input to durable, in seconds. A quarter of a second is where people at
/// their desks begin to notice, and where an operator should look at the disk.
const COMMIT_BOUNDS: [f64; 9] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0];

/// Counters of a floor since the server's start.
#[derive(Debug)]
pub struct Status {
    /// Ready to take inputs.
    pub ready: AtomicBool,
    /// Why it is not, when the store failed.
    trouble: Mutex<Option<String>>,
    /// Inputs taken.
    pub inputs: Counter,
    /// Inputs that the router refused.
    pub refused: Counter,
    /// Facts that the router decided.
    pub events: Counter,
    /// How often the floor was rebuilt from its journal after a failure of the store.
    pub rebuilds: Counter,
    /// Number of the last journal entry given to the writer.
    pub seq: Gauge<u64, AtomicU64>,
    /// Time from an input to its being durable, the disk included, in seconds.
    pub commit_seconds: Histogram,
}

impl Default for Status {
    fn default() -> Self {
        Self {
            ready: AtomicBool::default(),
            trouble: Mutex::default(),
            inputs: Counter::default(),
            refused: Counter::default(),
            events: Counter::default(),
            rebuilds: Counter::default(),
            seq: Gauge::default(),
            commit_seconds: Histogram::new(COMMIT_BOUNDS),
        }
    }
}

impl Status {
    /// Remembers why the floor takes no inputs, or that it does again.
    pub fn set_trouble(&self, why: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// Why the floor takes no inputs, when the store failed.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds the counters to what `/metrics` shows.
    pub fn register(&self, registry: &mut Registry) {
        let floor = registry.sub_registry_with_prefix("floor");
        floor.register("inputs", "Inputs taken by the router", self.inputs.clone());
        floor.register("inputs_refused", "Inputs refused by the router", self.refused.clone());
        floor.register("events", "Facts decided by the router", self.events.clone());
        floor.register(
            "rebuilds",
            "Times the floor was rebuilt after a failure of the store",
            self.rebuilds.clone(),
        );
        floor.register("journal_seq", "Number of the last journal entry", self.seq.clone());
        floor.register(
            "commit_seconds",
            "Time from an input to its being durable",
            self.commit_seconds.clone(),
        );
    }
}
