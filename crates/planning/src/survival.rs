//! How long people wait, from records in which most of them were answered before they left.
//!
//! Who was answered is *censored*: their patience is only known to exceed their wait. The mean wait of
//! those who left is no patience, and neither is the mean of all.

/// The share who would still wait after a time, estimated from censored waits by the product-limit
/// estimator (Kaplan and Meier 1958).
///
/// Beyond the longest wait that was seen nothing is known: there the mean rate at which people left
/// goes on, as if they forgot how long they have waited.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survival {
    /// Ascending waits after which somebody left, with the share who wait longer.
    steps: Vec<(f64, f64)>,
    /// People who left, per second of waiting.
    rate: f64,
}

impl Survival {
    /// Estimates it from waits in seconds, each with whether it ended by leaving.
    pub fn of(waits: impl IntoIterator<Item = (f64, bool)>) -> Self {
        let mut waits: Vec<(f64, bool)> =
            waits.into_iter().filter(|(wait, _)| wait.is_finite() && *wait >= 0.0).collect();
        // At the same wait those who left come first: whoever was answered then had not left yet.
        waits.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let total: f64 = waits.iter().map(|(wait, _)| wait).sum();
        let left = waits.iter().filter(|(_, left)| *left).count() as f64;
        let mut steps: Vec<(f64, f64)> = Vec::new();
        let mut share = 1.0;
        for (at, (wait, has_left)) in waits.iter().enumerate() {
            if !has_left {
                continue;
            }
            let there = (waits.len() - at) as f64;
            share *= 1.0 - 1.0 / there;
            match steps.last_mut() {
                Some(step) if step.0 == *wait => step.1 = share,
                _ => steps.push((*wait, share)),
            }
        }
        Self { steps, rate: if total > 0.0 { left / total } else { 0.0 } }
    }

    /// Nobody was seen to leave.
    pub fn is_endless(&self) -> bool {
        self.steps.is_empty()
    }

    /// The share who wait longer than so many seconds.
    pub fn longer_than(&self, seconds: f64) -> f64 {
        let at = self.steps.partition_point(|(wait, _)| *wait <= seconds);
        let share = at.checked_sub(1).map_or(1.0, |at| self.steps[at].1);
        match self.steps.last() {
            Some((last, _)) if seconds > *last => share * (-self.rate * (seconds - last)).exp(),
            _ => share,
        }
    }

    /// The patience, in seconds, of somebody who is known to have waited `known` of them; `unit` is a
    /// draw between 0 and 1. `None` when nobody was ever seen to leave.
    pub fn beyond(&self, known: f64, unit: f64) -> Option<f64> {
        let (last, least) = *self.steps.last()?;
        let share = self.longer_than(known) * unit;
        if share >= least {
            let at = self.steps.partition_point(|(_, longer)| *longer > share);
            if let Some((wait, _)) = self.steps.get(at).filter(|(wait, _)| *wait > known) {
                return Some(*wait);
            }
        }
        if least <= 0.0 || self.rate <= 0.0 {
            // All who stayed so long left then: they leave at once, or at that wait.
            return Some(known.max(last));
        }
        Some(last + (least / share.max(f64::MIN_POSITIVE)).ln().max(0.0) / self.rate)
            .map(|patience| patience.max(known))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_product_limit_is_that_of_the_textbook() {
        // Freireich and others 1963, 6-MP: weeks of remission, + censored. The shares are in every
        // textbook of survival analysis.
        let left = [6, 6, 6, 7, 10, 13, 16, 22, 23];
        let stayed = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
        let waits = left.iter().map(|w| (f64::from(*w), true));
        let survival = Survival::of(waits.chain(stayed.iter().map(|w| (f64::from(*w), false))));
        for (at, share) in
            [(5.9, 1.0), (6.0, 0.857), (7.0, 0.807), (10.0, 0.753), (13.0, 0.690), (16.0, 0.627)]
                .into_iter()
                .chain([(21.9, 0.627), (22.0, 0.538), (23.0, 0.448)])
        {
            assert!((survival.longer_than(at) - share).abs() < 0.0006, "at {at}");
        }
        // 9 left in 359 weeks.
        assert!((survival.longer_than(33.0) - 0.448 * (-90.0f64 / 359.0).exp()).abs() < 0.0006);
    }

    #[test]
    fn without_anybody_who_left_patience_has_no_end() {
        let survival = Survival::of([(10.0, false), (20.0, false)]);
        assert!(survival.is_endless());
        assert_eq!(survival.beyond(5.0, 0.5), None);
        assert_eq!(survival.longer_than(1e9), 1.0);
    }

    proptest! {
        #[test]
        fn who_has_waited_waits_on_and_the_impatient_leave_first(
            waits in proptest::collection::vec((0.0f64..600.0, any::<bool>()), 0..60),
            known in 0.0f64..900.0,
            (low, high) in (1e-9f64..1.0, 1e-9f64..1.0),
        ) {
            let survival = Survival::of(waits.clone());
            let any_left = waits.iter().any(|(_, left)| *left);
            prop_assert_eq!(survival.is_endless(), !any_left);
            let draw = |unit| survival.beyond(known, unit);
            if let (Some(a), Some(b)) = (draw(low.min(high)), draw(low.max(high))) {
                prop_assert!(a.is_finite() && b >= known, "{a} {b}");
                prop_assert!(a >= b, "the smaller the share, the longer the wait: {a} {b}");
            }
            prop_assert!(survival.longer_than(known) <= survival.longer_than(known / 2.0));
        }
    }
}
