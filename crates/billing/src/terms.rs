//! The tariffs of a client, each with the time in which it holds.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Currency, Fault, Timestamp, Zone,
    calendar::{Holiday, unknown_zone},
    contract::{Contract, Service},
    tariff::{BillingPeriod, Cycle, FeeWhen, Served, Tariff},
    zone::{Day, Span},
};

use crate::facts::Facts;

/// One tariff and when it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TariffVersion {
    /// The contract's version with which it came.
    pub version: u32,
    /// First instant.
    pub from: Timestamp,
    /// First instant after; `None` while it is the last.
    pub until: Option<Timestamp>,
    /// Zone of its bands and of the hours of its seats.
    pub zone: String,
    /// What it costs.
    pub tariff: Tariff,
}

/// All that a client is billed by.
#[derive(Clone, Debug)]
pub struct Terms {
    versions: Vec<TariffVersion>,
    holidays: Vec<Holiday>,
    /// Who answers in each period of each version of the contract.
    served: BTreeMap<u32, Vec<Served>>,
    /// Who is supposed to have answered everything.
    everybody: Option<Served>,
    currency: Currency,
    cycle: Cycle,
    zone: Zone,
}

/// The part of a billing period in which one tariff holds. A civil day belongs to the tariff in force
/// at its end.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    /// Place of the tariff in the terms.
    pub index: usize,
    /// Its days, as a span.
    pub span: Span,
    /// How many.
    pub days: u64,
    /// Days of the whole billing period.
    pub of_days: u64,
}

/// Days from `first` through `last`.
fn days(first: Day, last: Day) -> u64 {
    u64::try_from(last.since(first) + 1).unwrap_or(0)
}

impl Terms {
    /// Terms of these tariffs; `None` when none of them has a price. Neighbours that are equal are one:
    /// a contract changes often for other reasons.
    ///
    /// # Errors
    /// All faults: tariffs that overlap, a currency or cycle that differs, a zone that does not exist.
    pub fn new(
        mut versions: Vec<TariffVersion>,
        holidays: Vec<Holiday>,
    ) -> Result<Option<Self>, Vec<Fault>> {
        versions.sort_by_key(|version| (version.from, version.version));
        versions.retain(|version| version.tariff.is_priced());
        versions.dedup_by(|later, earlier| {
            let same = later.tariff == earlier.tariff
                && later.zone == earlier.zone
                && earlier.until == Some(later.from);
            if same {
                earlier.until = later.until;
            }
            same
        });
        let Some(first) = versions.first() else { return Ok(None) };
        let mut faults = Vec::new();
        for (i, pair) in versions.windows(2).enumerate() {
            let [before, after] = pair else { continue };
            if before.until.is_none_or(|until| until > after.from) {
                faults.push(Fault::new(
                    format!("versions[{}].from", i + 1),
                    "tariff_overlap",
                    domain::words!(
                        "The tariffs of versions {} and {} both hold at {}.",
                        before.version,
                        after.version,
                        after.from
                    ),
                    "Let the earlier one end when the later one begins.",
                ));
            }
        }
        for (i, version) in versions.iter().enumerate() {
            let (was, is) = (&first.tariff, &version.tariff);
            if was.currency != is.currency {
                faults.push(Fault::new(
                    format!("versions[{i}].tariff.currency"),
                    "currency_differs",
                    domain::words!(
                        "The tariff is in {}, but the client has been billed in {}.",
                        is.currency,
                        was.currency
                    ),
                    domain::words!("Write the tariff in {}.", was.currency),
                ));
            }
            if was.cycle != is.cycle {
                faults.push(Fault::new(
                    format!("versions[{i}].tariff.cycle"),
                    "cycle_differs",
                    "The client has been billed by another cycle.",
                    "Keep the cycle: otherwise a day would be billed twice or never.",
                ));
            }
            if let Err(error) = Zone::get(&version.zone) {
                faults.push(unknown_zone(&format!("versions[{i}].zone"), &error));
            }
        }
        let cut_off = first.tariff.cut_off_zone.as_ref().unwrap_or(&first.zone);
        match Zone::get(cut_off) {
            Ok(zone) if faults.is_empty() => Ok(Some(Self {
                currency: first.tariff.currency,
                cycle: first.tariff.cycle,
                zone,
                versions,
                holidays,
                served: BTreeMap::new(),
                everybody: None,
            })),
            Ok(_) => Err(faults),
            Err(error) => {
                faults.push(unknown_zone("versions[0].tariff.cut_off_zone", &error));
                Err(faults)
            }
        }
    }

    /// Terms of a client's contracts, in any order; `None` when nothing has a price yet. Each holds
    /// from its date until that of the next; of two with one date the later version does.
    ///
    /// # Errors
    /// As [`Terms::new`].
    pub fn of(contracts: &[Contract], holidays: Vec<Holiday>) -> Result<Option<Self>, Vec<Fault>> {
        let mut sorted: Vec<&Contract> = contracts.iter().collect();
        sorted.sort_by_key(|contract| (contract.valid_from, contract.version));
        let next = |i: usize| sorted.get(i + 1).map(|contract| contract.valid_from);
        let versions = sorted.iter().enumerate().filter_map(|(i, contract)| {
            let tariff = contract.tariff.clone()?;
            let version = TariffVersion {
                version: contract.version,
                from: contract.valid_from,
                until: next(i),
                zone: contract.zone.clone(),
                tariff,
            };
            (version.until != Some(version.from)).then_some(version)
        });
        let terms = Self::new(versions.collect(), holidays)?;
        let served = |contract: &&Contract| {
            let periods = contract.periods.iter().map(|period| match period.service {
                Service::Shared { .. } => Served::Shared,
                Service::Dedicated { .. } => Served::Dedicated,
            });
            (contract.version, periods.collect())
        };
        Ok(terms.map(|terms| Self { served: sorted.iter().map(served).collect(), ..terms }))
    }

    /// The same client under another tariff, for all time: what it would have cost.
    ///
    /// # Errors
    /// As [`Terms::new`]; the tariff must have a price.
    pub fn under(&self, tariff: Tariff) -> Result<Option<Self>, Vec<Fault>> {
        let zone = self.versions.last().map_or("UTC", |version| &version.zone).to_owned();
        let version = TariffVersion { version: 0, from: Timestamp::MIN, until: None, zone, tariff };
        let terms = Self::new(vec![version], self.holidays.clone())?;
        Ok(terms.map(|terms| Self { served: self.served.clone(), ..terms }))
    }

    /// The same as if all of it had been answered by these, whoever did.
    #[must_use]
    pub fn answered_by(self, served: Served) -> Self {
        Self { everybody: Some(served), ..self }
    }

    /// Currency of every amount.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The tariffs, by the time in which they hold.
    pub fn versions(&self) -> &[TariffVersion] {
        &self.versions
    }

    /// Zone in which billing periods end at midnight.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The billing period that holds an instant.
    pub fn period_at(&self, at: Timestamp) -> BillingPeriod {
        self.cycle.period_at(&self.zone, at)
    }

    /// The billing period that holds a day.
    pub fn period_of(&self, day: Day) -> BillingPeriod {
        self.cycle.period_of(&self.zone, day)
    }

    /// The billing period of a name: `2026-11`.
    pub fn named(&self, name: &str) -> Option<BillingPeriod> {
        self.cycle.named(&self.zone, name)
    }

    /// The billing period before.
    pub fn before(&self, period: &BillingPeriod) -> BillingPeriod {
        self.cycle.before(&self.zone, period)
    }

    /// From when anything is billed.
    pub fn begin(&self) -> Timestamp {
        self.versions.first().map_or(Timestamp::MAX, |version| version.from)
    }

    /// The tariff in force at an instant.
    pub fn tariff_at(&self, at: Timestamp) -> Option<&TariffVersion> {
        self.index_at(at).and_then(|index| self.versions.get(index))
    }

    /// The version of the contract whose tariff is in force at an instant.
    pub fn version_at(&self, at: Timestamp) -> Option<u32> {
        self.tariff_at(at).map(|version| version.version)
    }

    /// The tax of a billing period: that of its last tariff.
    pub fn tax_of(&self, period: &BillingPeriod) -> Option<&domain::tariff::Tax> {
        let last = self.segments(period).last().map(|segment| segment.index);
        last.and_then(|index| self.versions[index].tariff.tax.as_ref())
    }

    pub(crate) fn holidays(&self) -> &[Holiday] {
        &self.holidays
    }

    /// Place of the tariff in force at an instant.
    pub(crate) fn index_at(&self, at: Timestamp) -> Option<usize> {
        let index = self.versions.partition_point(|version| version.from <= at).checked_sub(1)?;
        let holds = self.versions.get(index)?.until.is_none_or(|until| at < until);
        holds.then_some(index)
    }

    /// Who answered a contact.
    pub(crate) fn served(&self, facts: &Facts) -> Served {
        if let Some(everybody) = self.everybody {
            return everybody;
        }
        if facts.overflow {
            return Served::Overflow;
        }
        let periods = self.served.get(&facts.contract_version);
        let served = periods.and_then(|periods| periods.get(usize::from(facts.period)));
        served.copied().unwrap_or(Served::Shared)
    }

    /// The tariffs of a billing period. One that was replaced within a day has no days: contacts are rated by it, and
    /// nothing else is due.
    pub(crate) fn segments(&self, period: &BillingPeriod) -> Vec<Segment> {
        let of_days = days(period.first, period.until.previous());
        let touched = |i: &usize| {
            let version = &self.versions[*i];
            version.from < period.span.until
                && version.until.is_none_or(|until| until > period.span.from)
        };
        let segment = |index: usize| {
            let version = &self.versions[index];
            let first = match version.from > period.span.from {
                true => self.zone.day_at(version.from),
                false => period.first,
            };
            let last = match version.until.filter(|until| *until < period.span.until) {
                Some(until) => self.zone.day_at(until).previous(),
                None => period.until.previous(),
            };
            let from = version.from.max(period.span.from);
            let days = days(first, last);
            let span = match days {
                0 => Span { from, until: from },
                _ => Span { from: self.zone.day(first).from, until: self.zone.day(last).until },
            };
            Segment { index, span, days, of_days }
        };
        (0..self.versions.len()).filter(touched).map(segment).collect()
    }

    /// Whether a tariff holds at the end of any day.
    fn holds_a_day(&self, version: &TariffVersion) -> bool {
        version
            .until
            .is_none_or(|until| self.zone.day(self.zone.day_at(version.from)).until <= until)
    }

    /// Names of fees that are due once, and not for the first time, in the tariff at `index`. A tariff that was replaced
    /// within a day has charged none.
    pub(crate) fn fees_before(&self, index: usize) -> BTreeSet<&str> {
        let once = |fee: &&domain::tariff::Fee| fee.when == FeeWhen::Once;
        let earlier = self.versions[..index].iter().filter(|version| self.holds_a_day(version));
        earlier
            .flat_map(|v| v.tariff.fees.iter().filter(once))
            .map(|fee| fee.name.as_str())
            .collect()
    }
}
