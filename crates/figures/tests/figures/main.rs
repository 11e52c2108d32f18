//! Figures against known answers and on random days.

#![allow(clippy::unwrap_used, reason = "a test that cannot parse its own input should fail")]

mod days;
mod fates;
mod floor;
mod laws;
mod log;
mod today;

use domain::contract::ServiceLevelFormula as F;
use figures::{ServiceLevelCounts, Share};

/// The published example: 1,000 answered, 860 of them within 20 s; 60 abandoned, 20 of them within
/// 20 s, 10 within 5 s.
#[test]
fn six_formulas_on_one_day() {
    let counts = ServiceLevelCounts {
        answered: 1000,
        answered_in_time: 860,
        abandoned: 60,
        abandoned_in_time: 20,
        short_abandoned: 10,
    };
    for (formula, want, share) in [
        (F::AnsweredOrAbandonedInTime, "83.0 %", (880, 1060)),
        (F::OfAnswered, "86.0 %", (860, 1000)),
        (F::OfOffered, "81.1 %", (860, 1060)),
        (F::ExcludingAbandonedInTime, "82.7 %", (860, 1040)),
        (F::ShortAbandonsInTime, "82.1 %", (870, 1060)),
        (F::ExcludingShortAbandons, "81.9 %", (860, 1050)),
    ] {
        let level = counts.level(formula).unwrap();
        assert_eq!((level.to_string().as_str(), (level.part, level.whole)), (want, share));
        assert_eq!(ServiceLevelCounts::default().level(formula), None, "{formula:?} of nothing");
    }
}

#[test]
fn shares_round_half_up_when_shown_and_are_exact_before() {
    for (part, whole, want) in [
        (0, 7, "0.0 %"),
        (1, 3, "33.3 %"),
        (2, 3, "66.7 %"),
        (1, 2000, "0.1 %"),    // 0.05 % is shown as 0.1 %
        (999, 2001, "49.9 %"), // 49.925 %
        (7, 7, "100.0 %"),
        (u64::MAX, u64::MAX, "100.0 %"),
    ] {
        assert_eq!(Share::new(part, whole).unwrap().to_string(), want, "{part}/{whole}");
    }
    // 79.96 % is shown as 80.0 %, and does not reach 80 %.
    let share = Share::new(7996, 10_000).unwrap();
    assert_eq!((share.to_string().as_str(), share.reaches(80)), ("80.0 %", false));
    assert!(Share::new(8, 10).unwrap().reaches(80));
}
