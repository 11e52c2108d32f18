//! When contacts arrive.

use domain::{Timestamp, Zone};

use super::{
    scenario::{Demand, DemandKind},
    stream::Stream,
};

const DAY_US: i64 = 86_400_000_000;

/// The arrivals of one queue, one after the other.
///
/// The n-th contact uses the n-th draw of its stream, whatever the rates are: when demand grows by a
/// tenth, the same contacts come a little earlier.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    demand: &'a Demand,
    zone: &'a Zone,
    gaps: Stream,
    days: Stream,
    start: i64,
    /// Nothing is asked for after this instant.
    last: i64,
    /// The instant of the last arrival, and how many there were.
    at: i64,
    index: u64,
    /// The rate from `at` to the end of the segment, per microsecond.
    rate: f64,
    segment_end: i64,
}

impl<'a> Source<'a> {
    pub fn new(
        demand: &'a Demand,
        zone: &'a Zone,
        (gaps, days): (Stream, Stream),
        start: i64,
        last: i64,
    ) -> Self {
        Self {
            demand,
            zone,
            gaps,
            days,
            start,
            last,
            at: start,
            index: 0,
            rate: 0.0,
            segment_end: start,
        }
    }

    /// The next arrival with its number, or none until the end.
    pub fn next(&mut self) -> Option<(i64, u64)> {
        let index = self.index;
        self.index += 1;
        if let DemandKind::Recorded(times) = &self.demand.kind {
            let at = self.start + times.get(usize::try_from(index).ok()?)?;
            return (at <= self.last).then_some((at, index));
        }
        let mut need = self.gaps.at(index).exponential();
        while self.at <= self.last {
            if self.at >= self.segment_end {
                self.look_up();
            }
            let span = (self.segment_end - self.at) as f64;
            if self.rate * span > need {
                let gap = (need / self.rate).round() as i64;
                self.at = (self.at + gap).min(self.segment_end);
                return Some((self.at, index));
            }
            need -= self.rate * span;
            self.at = self.segment_end;
        }
        None
    }

    /// The rate from now on, and until when.
    fn look_up(&mut self) {
        let at = self.at;
        let (rate, mut end) = match &self.demand.kind {
            DemandKind::Nothing | DemandKind::Recorded(_) => (0.0, i64::MAX / 4),
            DemandKind::Constant(per_s) => (per_s / 1e6, i64::MAX / 4),
            DemandKind::Intervals { interval_us, counts, repeat } => {
                let n = (at - self.start) / interval_us;
                let place = usize::try_from(n).unwrap_or(0);
                let count = if *repeat {
                    counts.get(place % counts.len().max(1))
                } else {
                    counts.get(place)
                };
                let end = self.start + (n + 1) * interval_us;
                (count.copied().unwrap_or(0.0) / *interval_us as f64, end)
            }
            DemandKind::Weekly { interval_min, counts } => {
                let (day, minute) = self.zone.minute_at(Timestamp::from_micros(at));
                let of_day = usize::from(1440 / interval_min);
                let within = minute / interval_min;
                let place = day.weekday().index() * of_day + usize::from(within);
                let interval_us = i64::from(*interval_min) * 60_000_000;
                let end = self.zone.opening(day, (within + 1) * interval_min).micros();
                // In an hour that clocks repeat the same civil time lies behind us.
                let end = if end > at { end } else { at + interval_us };
                (counts.get(place).copied().unwrap_or(0.0) / interval_us as f64, end)
            }
        };
        let mut factor = 1.0;
        if self.demand.day_cv > 0.0 {
            let day = self.zone.day_at(Timestamp::from_micros(at));
            let span = self.zone.day(day);
            end = end.min(span.until.micros());
            let number = span.from.micros().div_euclid(DAY_US).unsigned_abs();
            factor = self.days.at(number).gamma(self.demand.day_cv.powi(-2));
        }
        self.rate = rate * factor;
        self.segment_end = end.max(at + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::stream::Purpose;

    fn all(demand: &Demand, zone: &str, start: i64, hours: i64) -> Vec<i64> {
        let zone = Zone::get(zone).expect("in the zone data");
        let streams = (Stream::of(1, 0, Purpose::Arrivals, 0), Stream::of(1, 0, Purpose::Day, 0));
        let last = start + hours * 3_600_000_000;
        let mut source = Source::new(demand, &zone, streams, start, last);
        std::iter::from_fn(|| source.next()).map(|(at, _)| at).take_while(|at| *at < last).collect()
    }

    #[test]
    fn counts_follow_the_profile_within_its_randomness() {
        let kind = DemandKind::Intervals {
            interval_us: 1_800_000_000,
            counts: vec![1000.0, 0.0, 4000.0],
            repeat: false,
        };
        let times = all(&Demand { kind, day_cv: 0.0 }, "UTC", 0, 24);
        let within = |from: i64| {
            times.iter().filter(|at| (from..from + 1_800_000_000).contains(*at)).count() as f64
        };
        for (half_hour, expected) in [(0, 1000.0), (1, 0.0), (2, 4000.0), (3, 0.0)] {
            let got = within(half_hour * 1_800_000_000);
            assert!((got - expected).abs() <= 5.0 * f64::sqrt(expected), "{half_hour}: {got}");
        }
        assert!(times.is_sorted());
    }

    #[test]
    fn a_week_is_civil_and_a_day_may_have_23_hours() {
        // 2026-03-29 in Paris: a Sunday without the hour from 02:00.
        let zone = Zone::get("Europe/Paris").expect("in the zone data");
        let sunday = zone.opening("2026-03-29".parse().expect("a date"), 0).micros();
        let mut counts = vec![0.0; 168];
        counts[6 * 24 + 2] = 1000.0; // the hour that is not there
        counts[6 * 24 + 9] = 1000.0;
        let kind = DemandKind::Weekly { interval_min: 60, counts };
        let times = all(&Demand { kind, day_cv: 0.0 }, "Europe/Paris", sunday, 23);
        let nine = zone.opening("2026-03-29".parse().expect("a date"), 9 * 60).micros();
        assert!((times.len() as f64 - 1000.0).abs() < 160.0, "{}", times.len());
        assert!(times.iter().all(|at| (nine..nine + 3_600_000_000).contains(at)));
    }

    #[test]
    fn the_busyness_of_days_has_the_spread_that_was_asked_for() {
        let demand = Demand { kind: DemandKind::Constant(0.1), day_cv: 0.3 };
        let times = all(&demand, "UTC", 0, 24 * 400);
        let mut days = vec![0.0; 400];
        for at in times {
            days[(at / DAY_US) as usize] += 1.0;
        }
        let mean = days.iter().sum::<f64>() / 400.0;
        let cv = (days.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 399.0).sqrt() / mean;
        assert!((mean / 8640.0 - 1.0).abs() < 0.08, "{mean}");
        assert!((cv - 0.3).abs() < 0.06, "{cv}");
    }

    #[test]
    fn more_demand_brings_the_same_contacts_earlier() {
        let few = all(&Demand { kind: DemandKind::Constant(0.1), day_cv: 0.0 }, "UTC", 0, 10);
        let many = all(&Demand { kind: DemandKind::Constant(0.11), day_cv: 0.0 }, "UTC", 0, 10);
        assert!(many.len() > few.len());
        for (few, many) in few.iter().zip(&many) {
            assert!((*many as f64 - *few as f64 / 1.1).abs() < 2000.0, "{few} {many}");
        }
    }
}
