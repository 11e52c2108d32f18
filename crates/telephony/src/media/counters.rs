//! What the media thread counts for the metrics and the bench.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Upper bounds of the classes of lateness, in milliseconds; one more class has none.
pub const LATENESS_MS: [u64; 6] = [1, 2, 5, 10, 20, 50];

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Shared with the thread.
        #[derive(Debug, Default)]
        pub(super) struct Shared {
            $(pub(super) $name: AtomicU64,)*
            pub(super) lateness: [AtomicU64; LATENESS_MS.len() + 1],
        }

        /// Since the start, except where something is open now.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counters {
            $($(#[$doc])* pub $name: u64,)*
            /// Ticks by how late they began, in the classes of [`LATENESS_MS`].
            pub lateness: [u64; LATENESS_MS.len() + 1],
        }

        impl Shared {
            pub(super) fn read(&self) -> Counters {
                let mut lateness = [0; LATENESS_MS.len() + 1];
                for (read, count) in lateness.iter_mut().zip(&self.lateness) {
                    *read = count.load(Relaxed);
                }
                Counters { $($name: self.$name.load(Relaxed),)* lateness }
            }
        }
    };
}

counters! {
    /// Legs open now.
    legs,
    /// Of these, legs of browsers.
    peers,
    /// Recordings open now.
    recordings,
    /// Ticks made.
    ticks,
    /// Ticks left out because the machine slept or hung.
    ticks_skipped,
    /// The latest that a tick has begun, in microseconds.
    worst_tick_us,
    /// Time spent in ticks, in microseconds.
    busy_us,
    /// Packets of sound received.
    packets_in,
    /// Packets of sound sent.
    packets_out,
    /// Packets of somebody else, dropped.
    foreign,
    /// Datagrams that are no packets, dropped.
    invalid,
    /// Frames of recordings lost because the disk did not keep up.
    recording_frames_lost,
    /// Events lost because nobody read them.
    events_lost,
}

impl Shared {
    pub(super) fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Relaxed);
    }

    /// Counts a tick that began so late.
    pub(super) fn tick(&self, late_us: u64) {
        Self::add(&self.ticks, 1);
        self.worst_tick_us.fetch_max(late_us, Relaxed);
        let class = LATENESS_MS.iter().position(|bound| late_us < bound * 1_000);
        Self::add(&self.lateness[class.unwrap_or(LATENESS_MS.len())], 1);
    }
}
