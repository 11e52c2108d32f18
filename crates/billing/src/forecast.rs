//! What a billing period will come to if it goes on as it has begun.

use std::time::Duration;

use domain::Timestamp;

use crate::{
    Quantity,
    lines::cost,
    positions::{Beside, Sum, Use, positions, tax},
    statement::{Input, Statement, UsesOf},
    terms::Terms,
};

/// What a billing period will come to.
///
/// What is metered grows with the time of its tariff that has passed, its bands as so far; bundles,
/// seats, minimum, fees and the credit for the level so far are then applied as at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// Sum of the positions.
    pub net_minor: i64,
    /// Tax on it.
    pub tax_minor: i64,
    /// Both.
    pub total_minor: i64,
    /// How much of each bundle will be used, in the order of the statement's.
    pub bundles: Vec<Quantity>,
}

/// Less has passed than can say anything.
const LEAST: Duration = Duration::from_secs(86_400);

impl Statement {
    /// The forecast at `now`; `None` before a day has passed. When the period is over it is what is
    /// stated.
    pub fn forecast(&self, terms: &Terms, input: &Input<'_>, now: Timestamp) -> Option<Forecast> {
        let span = self.period.span;
        let begun = span.from.max(terms.begin());
        if now.since(begun) < LEAST.min(span.until.since(begun)) {
            return None;
        }
        let UsesOf(mut uses, mut bundles) = self.uses.clone();
        for segment in terms.segments(&self.period) {
            // The tariff of an earlier part of the period is done with; a later one has not begun.
            let from = segment.span.from.max(begun);
            if now <= from || now >= segment.span.until {
                continue;
            }
            let (passed, whole) = (now.since(from), segment.span.until.since(from));
            let tariff = &terms.versions()[segment.index].tariff;
            for (i, charge) in tariff.charges.iter().enumerate() {
                let Some(used) = uses.get_mut(&(segment.index, i)) else { continue };
                let scaled =
                    u128::from(used.billed) * whole.as_micros() / passed.as_micros().max(1);
                let billed = u64::try_from(scaled).unwrap_or(u64::MAX);
                // Packs that were begun stay so, and hold what will be used.
                bundles.give_back((segment.index, i), used.billed);
                let out_of_it = bundles.take((segment.index, i), charge, billed, now);
                let beyond = billed - out_of_it;
                // As so far, in whichever bands.
                let (weighted, so_far) = (used.weighted, used.billed.max(1));
                let percent = u64::try_from(weighted / u128::from(so_far)).unwrap_or(u64::MAX);
                let amount = cost(charge, tariff, None, beyond).times(percent, 100);
                let sum = |billed, amount| Sum { contacts: 0, billed, amount };
                *used = Use {
                    billed,
                    sums: [
                        ((true, None), sum(out_of_it, crate::Exact::ZERO)),
                        ((false, None), sum(beyond, amount)),
                    ]
                    .into(),
                    ..used.clone()
                };
            }
        }
        let beside = Beside { staffed: input.staffed, level: input.level };
        let stated = positions(terms, &self.period, &uses, &bundles, &beside);
        let net_minor = stated.iter().map(|position| position.amount_minor).sum();
        let tax_minor = tax(terms, &self.period, net_minor);
        Some(Forecast {
            net_minor,
            tax_minor,
            total_minor: net_minor + tax_minor,
            bundles: bundles.shown(terms).into_iter().map(|bundle| bundle.used).collect(),
        })
    }
}
