//! The statement of a billing period.

use std::collections::{BTreeMap, btree_map::Entry};

use domain::{
    ContactId, Currency, Fault, Timeline,
    tariff::{BillingPeriod, Tariff, compile_bands},
};
use figures::Share;

use crate::{
    bundles::{BundleUse, Bundles, Carried, Place},
    exact::Exact,
    facts::Facts,
    lines::{Free, Line, Rule, applies, cost, count, exempt, percent},
    positions::{Beside, Position, PositionKind, Uses, positions, tax},
    terms::Terms,
};

/// What is rated.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The billing period.
    pub period: &'a BillingPeriod,
    /// Facts of the client's contacts, in any order. Those that began in another period are left out,
    /// and of two of one contact the one that ended later counts.
    pub facts: &'a [Facts],
    /// What is left of bundles of the billing period before.
    pub carried: &'a Carried,
    /// How many of the client's team are there, in thousandths; `None` when nobody has looked, and then nothing is taken
    /// off for empty seats.
    pub staffed: Option<&'a Timeline<u32>>,
    /// The service level of the billing period, as reported; `None` without one.
    pub level: Option<Share>,
}

/// What one client owes for one billing period, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The billing period.
    pub period: BillingPeriod,
    /// Currency of every amount.
    pub currency: Currency,
    /// One for each contact and rule, by the contact's beginning.
    pub lines: Vec<Line>,
    /// In the order of application.
    pub positions: Vec<Position>,
    /// Sum of the positions.
    pub net_minor: i64,
    /// Tax on it, rounded once.
    pub tax_minor: i64,
    /// Both.
    pub total_minor: i64,
    /// How far each bundle is used.
    pub bundles: Vec<BundleUse>,
    /// What is left of bundles that roll over, for the next billing period.
    pub left: Carried,
    pub(crate) uses: UsesOf,
}

/// Kept for the forecast; says nothing that the positions do not.
#[derive(Clone, Debug, Default)]
pub(crate) struct UsesOf(pub Uses, pub Bundles);

impl PartialEq for UsesOf {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Rates the contacts of a billing period.
///
/// # Errors
/// Faults of the terms' hours or zones; published contracts have none.
pub fn rate(terms: &Terms, input: &Input<'_>) -> Result<Statement, Vec<Fault>> {
    let facts = in_order(input);
    let bands = bands(terms, &facts)?;
    let mut walk = Walk::new(terms, input);
    for fact in facts {
        walk.contact(fact, &bands);
    }
    Ok(walk.stated(input))
}

/// Each contact of the billing period once, by its beginning.
fn in_order<'a>(input: &Input<'a>) -> Vec<&'a Facts> {
    let mut once: BTreeMap<ContactId, &Facts> = BTreeMap::new();
    for facts in input.facts.iter().filter(|facts| input.period.span.contains(facts.began)) {
        match once.entry(facts.contact) {
            Entry::Vacant(entry) => {
                entry.insert(facts);
            }
            Entry::Occupied(mut entry) => {
                let known = entry.get();
                if (facts.ended, facts) > (known.ended, *known) {
                    entry.insert(facts);
                }
            }
        }
    }
    let mut sorted: Vec<&Facts> = once.into_values().collect();
    sorted.sort_by_key(|facts| (facts.began, facts.contact));
    sorted
}

type Bands = Vec<Timeline<Option<u16>>>;

/// The bands of each tariff over all the time that the contacts took.
fn bands(terms: &Terms, facts: &[&Facts]) -> Result<Bands, Vec<Fault>> {
    let from = facts.iter().map(|f| f.began).min();
    let until = facts.iter().map(|f| f.ended).max();
    terms
        .versions()
        .iter()
        .map(|version| match (from, until) {
            (Some(from), Some(until)) if !version.tariff.bands.is_empty() => {
                // Rings may come before the clock's start, and a horizon is never empty.
                let second = std::time::Duration::from_secs(3_600);
                let (from, until) = (from - second, until + second);
                compile_bands(&version.tariff, &version.zone, terms.holidays(), from, until)
            }
            _ => Ok(Timeline::constant(None)),
        })
        .collect()
}

struct Walk<'a> {
    terms: &'a Terms,
    lines: Vec<Line>,
    uses: Uses,
    bundles: Bundles,
    /// Short contacts of the billing period that were free, whatever the tariff.
    shorts: u32,
}

impl<'a> Walk<'a> {
    fn new(terms: &'a Terms, input: &Input<'_>) -> Self {
        let bundles = Bundles::new(terms, &terms.segments(input.period), input.carried);
        Self { terms, lines: Vec::new(), uses: Uses::new(), bundles, shorts: 0 }
    }

    fn contact(&mut self, facts: &Facts, bands: &Bands) {
        let terms = self.terms;
        let Some(index) = terms.index_at(facts.began) else {
            return self.free(facts, Free::NoTariff);
        };
        let tariff = &terms.versions()[index].tariff;
        if let Some(free) = exempt(facts, tariff, &mut self.shorts) {
            return self.free(facts, free);
        }
        let served = terms.served(facts);
        let (mut applied, before) = (false, self.lines.len());
        for (i, charge) in tariff.charges.iter().enumerate() {
            if applies(charge, facts, served) {
                applied = true;
                self.charge(facts, (index, i), tariff, &bands[index]);
            }
        }
        if self.lines.len() == before {
            let free = match applied {
                true => Free::NothingCounted,
                false
                    if served == domain::tariff::Served::Dedicated && !tariff.seats.is_empty() =>
                {
                    Free::Seats
                }
                false => Free::NoCharge,
            };
            self.free(facts, free);
        }
    }

    fn free(&mut self, facts: &Facts, why: Free) {
        self.lines.push(Line {
            contact: facts.contact,
            at: facts.began,
            rule: Rule::Free(why),
            counted_us: 0,
            billed: 0,
            amount: Exact::ZERO,
        });
    }

    fn charge(
        &mut self,
        facts: &Facts,
        place: Place,
        tariff: &Tariff,
        bands: &Timeline<Option<u16>>,
    ) {
        let (index, i) = place;
        let charge = &tariff.charges[i];
        let counted = count(i, charge, tariff, facts, bands);
        for in_band in counted.bands.iter().filter(|in_band| in_band.billed > 0) {
            let used = self.uses.entry(place).or_default();
            let out_of_it = self.bundles.take(place, charge, in_band.billed, facts.began);
            let mut told_us = 0;
            for (billed, included) in [(out_of_it, true), (in_band.billed - out_of_it, false)] {
                if billed == 0 {
                    continue;
                }
                let amount = match included {
                    true => Exact::ZERO,
                    false => cost(charge, tariff, in_band.band, billed),
                };
                // A line that the bundle's end cuts in two shows its time in proportion.
                let counted_us = match billed == in_band.billed {
                    true => in_band.counted_us,
                    false if included => share(in_band.counted_us, billed, in_band.billed),
                    false => in_band.counted_us - told_us,
                };
                told_us = counted_us;
                let band = in_band.band;
                self.lines.push(Line {
                    contact: facts.contact,
                    at: facts.began,
                    rule: Rule::Charge { tariff: index, charge: counted.charge, band, included },
                    counted_us,
                    billed,
                    amount,
                });
                // What is included has one position, whatever the hour.
                let sum = used.sums.entry((included, band.filter(|_| !included))).or_default();
                sum.contacts += 1;
                sum.billed += billed;
                sum.amount += amount;
            }
            used.billed += in_band.billed;
            used.weighted += u128::from(in_band.billed) * u128::from(percent(tariff, in_band.band));
        }
    }

    fn stated(self, input: &Input<'_>) -> Statement {
        let Self { terms, lines, uses, bundles, .. } = self;
        let beside = Beside { staffed: input.staffed, level: input.level };
        let positions = positions(terms, input.period, &uses, &bundles, &beside);
        let net_minor = positions.iter().map(|position| position.amount_minor).sum();
        let tax_minor = tax(terms, input.period, net_minor);
        Statement {
            period: input.period.clone(),
            currency: terms.currency(),
            lines,
            positions,
            net_minor,
            tax_minor,
            total_minor: net_minor + tax_minor,
            bundles: bundles.shown(terms),
            left: bundles.left(terms),
            uses: UsesOf(uses, bundles),
        }
    }
}

/// `part` of `whole` of a time.
fn share(us: u64, part: u64, whole: u64) -> u64 {
    let us = u128::from(us) * u128::from(part) / u128::from(whole.max(1));
    u64::try_from(us).unwrap_or(u64::MAX)
}

impl Statement {
    /// The same with every amount given back: what a credit note of the whole says. Both together are
    /// nothing, position by position.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let lines = self.lines.iter().map(|line| Line { amount: -line.amount, ..*line });
        let positions = self.positions.iter().map(|position| Position {
            exact: -position.exact,
            amount_minor: -position.amount_minor,
            ..position.clone()
        });
        Self {
            lines: lines.collect(),
            positions: positions.collect(),
            net_minor: -self.net_minor,
            tax_minor: -self.tax_minor,
            total_minor: -self.total_minor,
            ..self.clone()
        }
    }

    /// How many contacts are not billed, by reason.
    pub fn free(&self) -> BTreeMap<Free, u64> {
        let mut counts = BTreeMap::new();
        for line in &self.lines {
            if let Rule::Free(why) = line.rule {
                *counts.entry(why).or_default() += 1;
            }
        }
        counts
    }

    /// What contacts have come to, before rounding: the sum of all lines.
    pub fn metered(&self) -> Exact {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// The same, from the positions.
    pub fn metered_positions(&self) -> Exact {
        let metered = |position: &&Position| {
            matches!(position.kind, PositionKind::Metered { .. } | PositionKind::Included)
        };
        self.positions.iter().filter(metered).map(|position| position.exact).sum()
    }
}
