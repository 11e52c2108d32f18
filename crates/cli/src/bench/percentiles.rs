//! Latencies, sorted.

use std::time::Duration;

use serde_json::{Value, json};

/// Measured spans.
#[derive(Debug, Default)]
pub struct Percentiles {
    spans: Vec<Duration>,
}

impl Percentiles {
    /// Adds one.
    pub fn add(&mut self, span: Duration) {
        self.spans.push(span);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Count, median, 99th percentile (nearest rank) and longest, in milliseconds.
    pub fn json(&mut self) -> Value {
        self.spans.sort_unstable();
        let at = |percent: usize| {
            let rank = (self.spans.len() * percent).div_ceil(100).max(1);
            self.spans.get(rank - 1).copied().map(millis)
        };
        json!({
            "count": self.spans.len(),
            "p50_ms": at(50),
            "p99_ms": at(99),
            "max_ms": self.spans.last().copied().map(millis),
        })
    }
}

impl Extend<Duration> for Percentiles {
    fn extend<I: IntoIterator<Item = Duration>>(&mut self, spans: I) {
        self.spans.extend(spans);
    }
}

/// Milliseconds, to the hundredth.
pub fn millis(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e5).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_take_the_nearest_rank() {
        let mut spans = Percentiles::default();
        spans.extend((1..=200).rev().map(Duration::from_millis));
        let want = json!({"count": 200, "p50_ms": 100.0, "p99_ms": 198.0, "max_ms": 200.0});
        assert_eq!(spans.json(), want);
        assert_eq!(Percentiles::default().json()["p50_ms"], Value::Null);
    }
}
