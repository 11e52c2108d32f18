//! Billing periods: from which day to which day is billed.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    zone::{Day, Span, Zone},
};

/// From which day to which day is billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Cycle {
    /// The calendar month.
    #[default]
    Month,
    /// Four weeks, again and again: 13.04 in a year.
    FourWeeks {
        /// The first day of one of them.
        first: Day,
    },
}

/// One billing period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillingPeriod {
    /// `2026-11` for a month, the first day for four weeks.
    pub name: String,
    /// Its first day.
    pub first: Day,
    /// The first day after it.
    pub until: Day,
    /// From midnight to midnight in the zone.
    pub span: Span,
}

const FOUR_WEEKS: i64 = 28;

impl Cycle {
    /// The billing period that holds a day.
    pub fn period_of(self, zone: &Zone, day: Day) -> BillingPeriod {
        match self {
            Self::Month => {
                let first = day.first_of_month();
                let until = first.plus(31).first_of_month();
                let name = first.to_string()[..7].to_owned();
                BillingPeriod::new(zone, name, first, until)
            }
            Self::FourWeeks { first } => {
                let begun = day.since(first).div_euclid(FOUR_WEEKS);
                let first = first.plus(begun * FOUR_WEEKS);
                BillingPeriod::new(zone, first.to_string(), first, first.plus(FOUR_WEEKS))
            }
        }
    }

    /// The billing period that holds an instant.
    pub fn period_at(self, zone: &Zone, at: Timestamp) -> BillingPeriod {
        self.period_of(zone, zone.day_at(at))
    }

    /// The billing period of a name, as in [`BillingPeriod::name`]; `None` when there is none.
    pub fn named(self, zone: &Zone, name: &str) -> Option<BillingPeriod> {
        let day = match self {
            Self::Month => format!("{name}-01").parse().ok()?,
            Self::FourWeeks { .. } => name.parse().ok()?,
        };
        let period = self.period_of(zone, day);
        (period.name == name).then_some(period)
    }

    /// The billing period before.
    pub fn before(self, zone: &Zone, period: &BillingPeriod) -> BillingPeriod {
        self.period_of(zone, period.first.previous())
    }
}

impl BillingPeriod {
    fn new(zone: &Zone, name: String, first: Day, until: Day) -> Self {
        let span = Span { from: zone.opening(first, 0), until: zone.opening(until, 0) };
        Self { name, first, until, span }
    }

    /// Its days.
    pub fn days(&self) -> impl Iterator<Item = Day> + use<> {
        let (first, until) = (self.first, self.until);
        std::iter::successors(Some(first), |day| Some(day.next())).take_while(move |d| *d < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_lies_in_one_period_and_its_name_leads_back() {
        let zone = Zone::get("Europe/Paris").unwrap();
        let first = "2026-01-05".parse().unwrap();
        for (cycle, day, name, until) in [
            (Cycle::Month, "2026-02-28", "2026-02", "2026-03-01"),
            (Cycle::Month, "2026-12-31", "2026-12", "2027-01-01"),
            (Cycle::FourWeeks { first }, "2026-01-05", "2026-01-05", "2026-02-02"),
            (Cycle::FourWeeks { first }, "2026-02-02", "2026-02-02", "2026-03-02"),
            (Cycle::FourWeeks { first }, "2026-01-04", "2025-12-08", "2026-01-05"),
        ] {
            let period = cycle.period_of(&zone, day.parse().unwrap());
            assert_eq!((period.name.as_str(), period.until.to_string().as_str()), (name, until));
            assert_eq!(cycle.named(&zone, name), Some(period.clone()));
            assert_eq!(cycle.before(&zone, &period).span.until, period.span.from, "no gap");
        }
        assert_eq!(Cycle::Month.named(&zone, "2026-13"), None);
        assert_eq!(Cycle::FourWeeks { first }.named(&zone, "2026-01-06"), None);
    }

    #[test]
    fn a_period_ends_at_midnight_of_its_zone() {
        let zone = Zone::get("Europe/Paris").unwrap();
        let october = Cycle::Month.named(&zone, "2026-10").unwrap();
        assert_eq!(october.span.from.to_string(), "2026-09-30T22:00:00Z");
        assert_eq!(october.span.until.to_string(), "2026-10-31T23:00:00Z");
        assert_eq!(october.days().count(), 31);
    }
}
