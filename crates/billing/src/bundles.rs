//! Bundles: what is included in a billing period, and how it is used up.
//!
//! A bundle is the charge's, not the tariff's: where the tariff changes within the period, a charge of the same
//! name and unit goes on with what is left of it.

use std::collections::BTreeMap;

use domain::{
    Timestamp,
    tariff::{Beyond, Bundle, Charge, Unit, Unused},
};
use minicbor::{Decode, Encode};

use crate::{
    lines::Rule,
    positions::{Quantity, is_time, quantity},
    terms::{Segment, Terms},
};

/// A charge as it goes on from one tariff to the next: by its name, and by what it counts. One that is renamed, or
/// counts something else, is another charge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct ChargeKey {
    /// What the tariff calls it.
    #[n(0)]
    pub name: String,
    /// What it counts: [`Unit::kind`].
    #[n(1)]
    pub unit: String,
}

impl ChargeKey {
    /// The charge of a name and unit.
    pub fn new(name: &str, unit: &Unit) -> Self {
        Self { name: name.trim().to_owned(), unit: unit.kind().to_owned() }
    }
}

impl From<&Charge> for ChargeKey {
    fn from(charge: &Charge) -> Self {
        Self::new(&charge.name, &charge.unit)
    }
}

impl Terms {
    /// Whether two lines of a billing period are of one bundle.
    pub fn one_bundle(&self, one: Rule, other: Rule) -> bool {
        let of = |rule| match rule {
            Rule::Charge { tariff, charge, .. } => {
                let charge = &self.versions()[tariff].tariff.charges[charge];
                charge.bundle.map(|bundle| (ChargeKey::from(charge), bundle.beyond))
            }
            Rule::Free(_) => None,
        };
        of(one).is_some_and(|one| of(other) == Some(one))
    }
}

/// What is left of bundles of the billing period before, in seconds or pieces.
pub type Carried = BTreeMap<ChargeKey, u64>;

/// How far a bundle is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleUse {
    /// The charge it belongs to.
    pub name: String,
    /// The version of the contract whose tariff had it last in the billing period.
    pub version: u32,
    /// Included in this billing period; of packs what all that were begun hold.
    pub included: Quantity,
    /// Left over from the one before, and used first.
    pub carried: Quantity,
    /// Used so far, as billed.
    pub used: Quantity,
    /// Of it beyond the bundle, at a price.
    pub beyond: Quantity,
    /// Packs begun, for a charge in packs.
    pub packs: Option<u64>,
    /// The beginning of the contact with which the warning's share was reached.
    pub warned_at: Option<Timestamp>,
}

/// Place of a tariff in the terms, and of a charge in it.
pub(crate) type Place = (usize, usize);

/// The bundle of one charge through a billing period.
#[derive(Clone, Debug)]
struct Held {
    key: ChargeKey,
    beyond: Beyond,
    included: u64,
    carried: u64,
    used: u64,
    /// Packs begun, by the tariff that they are paid by.
    packs: BTreeMap<usize, u64>,
    /// The charge in the last tariff of the period that has it.
    last: Place,
    warned_at: Option<Timestamp>,
}

impl Held {
    fn all(&self) -> u64 {
        self.included.saturating_add(self.carried)
    }

    fn begin(&mut self, packs: u64, tariff: usize, size: u64) {
        *self.packs.entry(tariff).or_default() += packs;
        self.included = self.included.saturating_add(packs.saturating_mul(size));
    }

    /// What is left of what is included; what was carried over is used first, and lapses.
    fn left(&self) -> u64 {
        self.included.saturating_sub(self.used.saturating_sub(self.carried))
    }
}

/// All bundles of a billing period.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bundles {
    held: Vec<Held>,
    of: BTreeMap<Place, usize>,
}

impl Bundles {
    /// Full, as the billing period begins.
    ///
    /// A bundle beyond which there is a price has a share of each tariff's by days, cut off to whole seconds or pieces
    /// once; the first pack is that of the first tariff that holds a day.
    pub fn new(terms: &Terms, segments: &[Segment], carried: &Carried) -> Self {
        let mut all = Self::default();
        let mut shares: Vec<u64> = Vec::new();
        let of_days = segments.first().map_or(1, |segment| segment.of_days.max(1));
        for segment in segments {
            for (i, charge) in terms.versions()[segment.index].tariff.charges.iter().enumerate() {
                let Some(bundle) = &charge.bundle else { continue };
                let (key, place) = (ChargeKey::from(charge), (segment.index, i));
                let same = |held: &Held| held.key == key && held.beyond == bundle.beyond;
                let at = all.held.iter().position(same).unwrap_or_else(|| {
                    all.held.push(Held {
                        key: key.clone(),
                        beyond: bundle.beyond,
                        included: 0,
                        carried: 0,
                        used: 0,
                        packs: BTreeMap::new(),
                        last: place,
                        warned_at: None,
                    });
                    shares.push(0);
                    all.held.len() - 1
                });
                let held = &mut all.held[at];
                held.last = place;
                match bundle.beyond {
                    Beyond::Price => shares[at] += size(charge, bundle) * segment.days,
                    Beyond::AnotherPack if segment.days > 0 && held.packs.is_empty() => {
                        held.begin(1, segment.index, size(charge, bundle));
                    }
                    Beyond::AnotherPack => {}
                }
                all.of.insert(place, at);
            }
        }
        for (held, share) in all.held.iter_mut().zip(shares) {
            held.included += share / of_days;
        }
        for (key, left) in carried {
            if let Some(held) = all.held.iter_mut().find(|held| held.key == *key) {
                held.carried = *left;
            }
        }
        all
    }

    /// Uses so much, of a contact that began at `at`; what of it is included.
    pub fn take(&mut self, (index, i): Place, charge: &Charge, billed: u64, at: Timestamp) -> u64 {
        let Some(bundle) = &charge.bundle else { return 0 };
        let Some(held) = self.of.get(&(index, i)).and_then(|at| self.held.get_mut(*at)) else {
            return 0;
        };
        let left = held.all().saturating_sub(held.used);
        let (used, all) = (u128::from(held.used) + u128::from(billed), u128::from(held.all()));
        if billed > 0 && used * 100 >= all * u128::from(bundle.warn_percent) {
            held.warned_at.get_or_insert(at);
        }
        let included = match bundle.beyond {
            Beyond::Price => billed.min(left),
            Beyond::AnotherPack => {
                let size = size(charge, bundle).max(1);
                let packs = billed.saturating_sub(left).div_ceil(size);
                if packs > 0 {
                    held.begin(packs, index, size);
                }
                billed
            }
        };
        held.used = held.used.saturating_add(billed);
        included
    }

    /// Gives back what a charge has used of its bundle.
    pub fn give_back(&mut self, place: Place, billed: u64) {
        if let Some(held) = self.of.get(&place).and_then(|at| self.held.get_mut(*at)) {
            held.used = held.used.saturating_sub(billed);
        }
    }

    /// Packs that were begun under a tariff, and are paid by it.
    pub fn packs(&self, (index, i): Place) -> u64 {
        let held = self.of.get(&(index, i)).and_then(|at| self.held.get(*at));
        held.and_then(|held| held.packs.get(&index)).copied().unwrap_or(0)
    }

    /// What is left of those that roll over. The last tariff that has a bundle says whether it does.
    pub fn left(&self, terms: &Terms) -> Carried {
        let mut left = Carried::new();
        for held in &self.held {
            let (_, bundle) = last(terms, held);
            if bundle.is_some_and(|bundle| bundle.unused == Unused::RollOver) {
                *left.entry(held.key.clone()).or_default() += held.left();
            }
        }
        left
    }

    /// As they are shown.
    pub fn shown(&self, terms: &Terms) -> Vec<BundleUse> {
        let shown = |held: &Held| {
            let (charge, _) = last(terms, held);
            let of = |amount: u64| quantity(charge, amount);
            let is_packs = held.beyond == Beyond::AnotherPack;
            BundleUse {
                name: charge.name.clone(),
                version: terms.versions()[held.last.0].version,
                included: of(held.included),
                carried: of(held.carried),
                used: of(held.used),
                beyond: of(if is_packs { 0 } else { held.used.saturating_sub(held.all()) }),
                packs: is_packs.then(|| held.packs.values().sum()),
                warned_at: held.warned_at,
            }
        };
        self.held.iter().map(shown).collect()
    }
}

fn last<'a>(terms: &'a Terms, held: &Held) -> (&'a Charge, Option<&'a Bundle>) {
    let charge = &terms.versions()[held.last.0].tariff.charges[held.last.1];
    (charge, charge.bundle.as_ref())
}

/// What a whole bundle includes, in seconds or pieces.
fn size(charge: &Charge, bundle: &Bundle) -> u64 {
    u64::from(bundle.included) * if is_time(charge) { 60 } else { 1 }
}
