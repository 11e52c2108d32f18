//! The one place where xtask reads the time: how long a step took.

use std::time::{Duration, Instant};

/// Measures from its making.
#[derive(Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[allow(clippy::disallowed_methods)] // a build tool measures its own steps; nothing is decided by it
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
