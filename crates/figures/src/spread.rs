//! How a span of time is spread over contacts: mean, percentile, longest.

use std::{collections::BTreeMap, time::Duration};

use minicbor::{Decode, Encode};
use serde::Serialize;

/// Spans, added up exactly and counted in classes for percentiles.
///
/// Mean and longest are exact. A percentile is the upper edge of its class, never beyond the
/// longest: up to 256 ms it is exact to the millisecond, above it is at most 1/128 (0.8 %) too high
/// and never too low. There are at most some 6,300 classes, whatever is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Encode, Decode)]
pub struct Spread {
    #[n(0)]
    count: u64,
    #[cbor(n(1), with = "wide")]
    sum_us: u128,
    #[n(2)]
    max_us: u64,
    #[n(3)]
    classes: BTreeMap<u16, u64>,
}

/// Each power of two of milliseconds is divided into this many classes.
const CLASSES: u64 = 128;

impl Spread {
    /// Counts one span.
    pub fn record(&mut self, span: Duration) {
        let us = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        self.count += 1;
        self.sum_us += u128::from(us);
        self.max_us = self.max_us.max(us);
        *self.classes.entry(class_of(us.div_ceil(1000))).or_default() += 1;
    }

    /// Adds another spread, as if its spans had been recorded here.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum_us += other.sum_us;
        self.max_us = self.max_us.max(other.max_us);
        for (class, count) in &other.classes {
            *self.classes.entry(*class).or_default() += count;
        }
    }

    /// How many spans.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    pub fn sum(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.sum_us).unwrap_or(u64::MAX))
    }

    /// The longest; zero when there is none.
    pub fn max(&self) -> Duration {
        Duration::from_micros(self.max_us)
    }

    /// The mean, rounded half up to the microsecond.
    pub fn mean(&self) -> Option<Duration> {
        mean(self.sum_us, self.count)
    }

    /// The least span that at least `percent` of all spans do not exceed (nearest rank).
    pub fn percentile(&self, percent: u8) -> Option<Duration> {
        let rank = (u128::from(self.count) * u128::from(percent.min(100))).div_ceil(100).max(1);
        let mut seen = 0;
        self.classes.iter().find_map(|(class, count)| {
            seen += u128::from(*count);
            let edge = Duration::from_millis(upper_edge_ms(*class));
            (seen >= rank).then(|| edge.min(self.max()))
        })
    }
}

/// Half up, to the microsecond.
pub(crate) fn mean(sum_us: u128, count: u64) -> Option<Duration> {
    let half = u128::from(count / 2);
    let mean = (sum_us + half).checked_div(u128::from(count))?;
    Some(Duration::from_micros(u64::try_from(mean).unwrap_or(u64::MAX)))
}

/// Milliseconds below 256 have a class each; above, 128 to each power of two.
fn class_of(ms: u64) -> u16 {
    let class = match ms.checked_ilog2() {
        Some(log) if ms >= 2 * CLASSES => {
            let shift = u64::from(log) - 7;
            shift * CLASSES + (ms >> shift)
        }
        _ => ms,
    };
    u16::try_from(class).unwrap_or(u16::MAX)
}

/// The greatest number of milliseconds in a class.
fn upper_edge_ms(class: u16) -> u64 {
    let class = u64::from(class);
    if class < 2 * CLASSES {
        return class;
    }
    let shift = class / CLASSES - 1;
    let first = (class - shift * CLASSES) << shift;
    first + ((1 << shift) - 1)
}

/// A number of 128 bits as two of 64, which is all that CBOR's plain numbers hold.
mod wide {
    use minicbor::{Decode as _, Decoder, Encode as _, Encoder};

    type Refused<W> = minicbor::encode::Error<<W as minicbor::encode::Write>::Error>;

    pub(super) fn encode<C, W: minicbor::encode::Write>(
        wide: &u128,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), Refused<W>> {
        let low = u64::try_from(wide & u128::from(u64::MAX)).unwrap_or(u64::MAX);
        let high = u64::try_from(wide >> 64).unwrap_or(u64::MAX);
        [high, low].encode(e, ctx)
    }

    pub(super) fn decode<'b, C>(
        d: &mut Decoder<'b>,
        ctx: &mut C,
    ) -> Result<u128, minicbor::decode::Error> {
        let [high, low] = <[u64; 2]>::decode(d, ctx)?;
        Ok(u128::from(high) << 64 | u128::from(low))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn mean_and_percentile_of_known_spans() {
        let mut waits = Spread::default();
        assert_eq!((waits.mean(), waits.percentile(90), waits.max()), (None, None, Duration::ZERO));
        for ms in 1..=100 {
            waits.record(Duration::from_millis(ms));
        }
        assert_eq!(waits.mean(), Some(Duration::from_micros(50_500)));
        assert_eq!(waits.percentile(90), Some(Duration::from_millis(90)));
        assert_eq!(waits.percentile(0), Some(Duration::from_millis(1)));
        assert_eq!(waits.percentile(100), Some(Duration::from_millis(100)));
        assert_eq!(waits.max(), Duration::from_millis(100));
    }

    proptest! {
        #[test]
        fn a_percentile_is_close_and_never_too_low(
            mut spans in proptest::collection::vec(prop_oneof![0_u64..300_000, 0..10_u64.pow(13), any::<u64>()], 1..60),
            percent in 1_u8..=100,
            split in any::<prop::sample::Index>(),
        ) {
            let spread = |spans: &[u64]| {
                let mut spread = Spread::default();
                spans.iter().for_each(|us| spread.record(Duration::from_micros(*us)));
                spread
            };
            let whole = spread(&spans);
            let at = split.index(spans.len());
            let mut merged = spread(&spans[at..]);
            merged.merge(&spread(&spans[..at]));
            prop_assert_eq!(&merged, &whole);
            spans.sort_unstable();
            let exact = spans[(spans.len() * usize::from(percent)).div_ceil(100).max(1) - 1];
            let got = u64::try_from(whole.percentile(percent).unwrap().as_micros()).unwrap();
            prop_assert!(got >= exact, "{got} < {exact}");
            prop_assert!(got - exact <= exact / 128 + 1_000, "{got} is far from {exact}");
        }
    }
}
