//! The service level: what is divided by what, and for whom.

use std::time::Duration;

use domain::contract::{ServiceLevelFormula, ServicePromise};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::Share;

/// What every formula of the service level is made of. Counts of contacts, each counted once.
///
/// A contact that was answered stays answered, whatever follows (a transfer, a second wait). Other
/// endings are in none of these: closed, queue full, queue removed, callbacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct ServiceLevelCounts {
    /// Answered by an agent.
    #[n(0)]
    pub answered: u64,
    /// Of them within the threshold.
    #[n(1)]
    pub answered_in_time: u64,
    /// Left before an answer; short abandons included.
    #[n(2)]
    pub abandoned: u64,
    /// Of them within the threshold.
    #[n(3)]
    pub abandoned_in_time: u64,
    /// Of them within the short-abandon limit.
    #[n(4)]
    pub short_abandoned: u64,
}

/// The counts of one promise: of one period in one version of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct LevelPart {
    /// Version of the contract at arrival.
    #[n(0)]
    pub contract_version: u32,
    /// Index of its period at arrival.
    #[n(1)]
    pub period: u16,
    /// The promise in force at arrival.
    #[n(2)]
    pub promise: ServicePromise,
    /// What happened.
    #[n(3)]
    pub counts: ServiceLevelCounts,
}

/// The service level over promises: each contact is judged by the promise in force at its arrival.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Encode, Decode)]
pub struct Levels {
    #[n(0)]
    parts: Vec<LevelPart>,
}

impl ServiceLevelCounts {
    /// The service level by a formula; `None` when nothing is to be divided.
    pub fn level(&self, formula: ServiceLevelFormula) -> Option<Share> {
        use ServiceLevelFormula as F;
        let Self { answered, answered_in_time, abandoned, abandoned_in_time, short_abandoned } =
            *self;
        let all = answered + abandoned;
        match formula {
            F::AnsweredOrAbandonedInTime => Share::new(answered_in_time + abandoned_in_time, all),
            F::OfAnswered => Share::new(answered_in_time, answered),
            F::OfOffered => Share::new(answered_in_time, all),
            F::ExcludingAbandonedInTime => {
                Share::new(answered_in_time, all.saturating_sub(abandoned_in_time))
            }
            F::ShortAbandonsInTime => Share::new(answered_in_time + short_abandoned, all),
            F::ExcludingShortAbandons => {
                Share::new(answered_in_time, all.saturating_sub(short_abandoned))
            }
        }
    }

    /// Counts an answer after a wait.
    pub fn answer(&mut self, wait: Duration, promise: &ServicePromise) {
        self.answered += 1;
        self.answered_in_time += u64::from(in_time(wait, promise));
    }

    /// Counts a customer who left after a wait.
    pub fn abandon(&mut self, wait: Duration, promise: &ServicePromise) {
        self.abandoned += 1;
        self.abandoned_in_time += u64::from(in_time(wait, promise));
        self.short_abandoned += u64::from(is_short(wait, promise));
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: &Self) {
        self.answered += other.answered;
        self.answered_in_time += other.answered_in_time;
        self.abandoned += other.abandoned;
        self.abandoned_in_time += other.abandoned_in_time;
        self.short_abandoned += other.short_abandoned;
    }
}

/// A wait of exactly the threshold is in time.
pub(crate) fn in_time(wait: Duration, promise: &ServicePromise) -> bool {
    wait <= Duration::from_secs(u64::from(promise.threshold_s))
}

fn is_short(wait: Duration, promise: &ServicePromise) -> bool {
    wait <= Duration::from_secs(u64::from(promise.short_abandon_s))
}

impl Levels {
    /// The parts, by contract version, then period.
    pub fn parts(&self) -> &[LevelPart] {
        &self.parts
    }

    /// All counts together, each contact judged by its own promise.
    pub fn counts(&self) -> ServiceLevelCounts {
        let mut all = ServiceLevelCounts::default();
        self.parts.iter().for_each(|part| all.merge(&part.counts));
        all
    }

    /// The service level over all parts, each by its own formula: numerators and denominators are
    /// added, so every contact weighs the same.
    pub fn level(&self) -> Option<Share> {
        self.level_with(0, 0)
    }

    /// The same with further contacts of which `in_time` of `more` will be answered in time.
    pub(crate) fn level_with(&self, in_time: u64, more: u64) -> Option<Share> {
        let shares = self.parts.iter().filter_map(|part| part.counts.level(part.promise.formula));
        let (part, whole) = shares
            .fold((in_time, more), |(part, whole), share| (part + share.part, whole + share.whole));
        Share::new(part, whole)
    }

    /// The counts of one promise, to add to.
    pub fn of(
        &mut self,
        contract_version: u32,
        period: u16,
        promise: &ServicePromise,
    ) -> &mut ServiceLevelCounts {
        let key = |version: u32, period: u16, p: &ServicePromise| {
            let formula = (p.formula as u8, p.clock as u8);
            (version, period, p.threshold_s, p.target_percent, formula, p.short_abandon_s)
        };
        let wanted = key(contract_version, period, promise);
        let found = self
            .parts
            .binary_search_by_key(&wanted, |p| key(p.contract_version, p.period, &p.promise));
        let at = found.unwrap_or_else(|at| {
            let promise = promise.clone();
            let counts = ServiceLevelCounts::default();
            self.parts.insert(at, LevelPart { contract_version, period, promise, counts });
            at
        });
        &mut self.parts[at].counts
    }

    /// Adds other parts.
    pub fn merge(&mut self, other: &Self) {
        for part in &other.parts {
            self.of(part.contract_version, part.period, &part.promise).merge(&part.counts);
        }
    }
}
