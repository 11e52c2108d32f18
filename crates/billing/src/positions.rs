//! The positions of a statement: what stands on an invoice, in the order in which it is applied.

use std::collections::BTreeMap;

use domain::{
    Timeline,
    tariff::{Beyond, BillingPeriod, Charge, CreditPerPoint, FeeWhen, SeatBasis, Tariff, Unit},
};
use figures::Share;

use crate::{
    bundles::{Bundles, Place},
    exact::{Exact, divided},
    staffing,
    terms::{Segment, Terms},
};

/// One position. Its amount is rounded here, and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// What it is.
    pub kind: PositionKind,
    /// What the tariff calls it.
    pub name: String,
    /// The version of the contract whose tariff it is by.
    pub version: u32,
    /// How much of it.
    pub quantity: Quantity,
    /// Contacts in it; 0 where it is not made of contacts.
    pub contacts: u64,
    /// Before rounding.
    pub exact: Exact,
    /// The amount, in minor units; negative when given back.
    pub amount_minor: i64,
}

/// What a position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PositionKind {
    /// Metered, out of a bundle.
    Included,
    /// Metered, at its price.
    Metered {
        /// Place of the band in the tariff; `None` for the ordinary price.
        band: Option<u16>,
    },
    /// A bundle's fee, or packs.
    Bundle,
    /// Seats.
    Seats,
    /// Seats that were empty.
    AbsentSeats,
    /// What was missing to the minimum.
    Minimum,
    /// By the piece.
    Fee,
    /// Given back for a missed promise.
    Credit,
}

/// How much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Time, in seconds.
    Seconds(u64),
    /// Pieces: contacts, messages, units of work, packs, seats, numbers.
    Pieces(u64),
    /// Whole percentage points missed.
    Points(u64),
}

/// What one charge of one segment has come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Use {
    /// All that was billed, in seconds or pieces, whether included or not.
    pub billed: u64,
    /// The same, each with the percent of its band.
    pub weighted: u128,
    /// Positions, by band, and those that are included.
    pub sums: BTreeMap<(bool, Option<u16>), Sum>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    pub contacts: u64,
    pub billed: u64,
    pub amount: Exact,
}

/// By segment's tariff and charge.
pub(crate) type Uses = BTreeMap<Place, Use>;

/// What has no contact behind it.
pub(crate) struct Beside<'a> {
    /// How many of the client's team are there, in thousandths.
    pub staffed: Option<&'a Timeline<u32>>,
    /// The service level of the billing period, as reported.
    pub level: Option<Share>,
}

pub(crate) fn is_time(charge: &Charge) -> bool {
    matches!(charge.unit, Unit::Minute { .. })
}

pub(crate) fn quantity(charge: &Charge, billed: u64) -> Quantity {
    if is_time(charge) { Quantity::Seconds(billed) } else { Quantity::Pieces(billed) }
}

/// All positions, in the order of application.
pub(crate) fn positions(
    terms: &Terms,
    period: &BillingPeriod,
    uses: &Uses,
    bundles: &Bundles,
    beside: &Beside<'_>,
) -> Vec<Position> {
    let segments = terms.segments(period);
    let mut all = Positions::default();
    let of = |segment: &Segment| &terms.versions()[segment.index];
    for segment in &segments {
        let version = of(segment);
        all.version = version.version;
        all.charges(segment, &version.tariff, uses, bundles);
        all.seats(terms, segment, beside.staffed);
    }
    let minimum: Exact =
        segments.iter().map(|segment| by_days(of(segment).tariff.minimum_minor, segment)).sum();
    all.minimum(minimum.minor());
    let base: i64 = all.sum();
    for segment in &segments {
        let version = of(segment);
        all.version = version.version;
        all.fees(terms, segment, period, &version.tariff);
    }
    if let (Some(segment), Some(level)) = (segments.last(), beside.level) {
        all.version = of(segment).version;
        all.credit(&of(segment).tariff, base, level);
    }
    all.list
}

/// The tax on a net amount, by the last tariff of the billing period.
pub(crate) fn tax(terms: &Terms, period: &BillingPeriod, net_minor: i64) -> i64 {
    let rate = terms.tax_of(period).map_or(0, |tax| tax.basis_points);
    divided(i128::from(net_minor) * i128::from(rate), 10_000)
}

/// The share of a recurring amount by the days of a segment.
fn by_days(minor: i64, segment: &Segment) -> Exact {
    Exact::of_minor(minor).times(segment.days, segment.of_days)
}

#[derive(Default)]
struct Positions {
    version: u32,
    list: Vec<Position>,
}

impl Positions {
    fn sum(&self) -> i64 {
        self.list.iter().map(|position| position.amount_minor).sum()
    }

    fn put(
        &mut self,
        kind: PositionKind,
        name: &str,
        quantity: Quantity,
        contacts: u64,
        exact: Exact,
    ) {
        let (name, version, amount_minor) = (name.to_owned(), self.version, exact.minor());
        self.list.push(Position { kind, name, version, quantity, contacts, exact, amount_minor });
    }

    fn charges(&mut self, segment: &Segment, tariff: &Tariff, uses: &Uses, bundles: &Bundles) {
        for (i, charge) in tariff.charges.iter().enumerate() {
            let place = (segment.index, i);
            let used = uses.get(&place);
            if let Some(bundle) = &charge.bundle {
                let (packs, fee) = match bundle.beyond {
                    Beyond::Price => (segment.days.min(1), by_days(bundle.fee_minor, segment)),
                    Beyond::AnotherPack => {
                        let packs = bundles.packs(place);
                        (packs, Exact::of_minor(bundle.fee_minor).times(packs, 1))
                    }
                };
                if packs > 0 {
                    let packs = Quantity::Pieces(packs);
                    self.put(PositionKind::Bundle, &charge.name, packs, 0, fee);
                }
            }
            for ((included, band), sum) in used.into_iter().flat_map(|used| &used.sums) {
                let kind = match included {
                    true => PositionKind::Included,
                    false => PositionKind::Metered { band: *band },
                };
                let quantity = quantity(charge, sum.billed);
                self.put(kind, &charge.name, quantity, sum.contacts, sum.amount);
            }
        }
    }

    fn seats(&mut self, terms: &Terms, segment: &Segment, staffed: Option<&Timeline<u32>>) {
        let version = &terms.versions()[segment.index];
        let (zone, holidays, span) = (&version.zone, terms.holidays(), segment.span);
        // A tariff that was corrected on its first day has nobody sit anywhere.
        for seat in version.tariff.seats.iter().filter(|_| segment.days > 0) {
            match seat.basis {
                SeatBasis::Hour { price } => {
                    let one = staffing::agreed_s(&seat.hours, zone, holidays, span);
                    let seconds = one * u64::from(seat.count);
                    let exact = by_the_hour(seconds, price.0);
                    self.put(PositionKind::Seats, &seat.name, Quantity::Seconds(seconds), 0, exact);
                }
                SeatBasis::BillingPeriod { price_minor } => {
                    let count = u64::from(seat.count);
                    let exact = by_days(price_minor, segment).times(count, 1);
                    self.put(PositionKind::Seats, &seat.name, Quantity::Pieces(count), 0, exact);
                }
            }
            if let (Some(price), Some(staffed)) = (seat.absent_hour, staffed) {
                let seconds =
                    staffing::absent_s(&seat.hours, zone, holidays, span, seat.count, staffed);
                if seconds > 0 {
                    let exact = -by_the_hour(seconds, price.0);
                    let quantity = Quantity::Seconds(seconds);
                    self.put(PositionKind::AbsentSeats, &seat.name, quantity, 0, exact);
                }
            }
        }
    }

    fn minimum(&mut self, minimum: i64) {
        let missing = minimum - self.sum();
        if missing > 0 {
            let exact = Exact::of_minor(missing);
            self.put(PositionKind::Minimum, "", Quantity::Pieces(1), 0, exact);
        }
    }

    fn fees(&mut self, terms: &Terms, segment: &Segment, period: &BillingPeriod, tariff: &Tariff) {
        let before = terms.fees_before(segment.index);
        let begins = period.span.contains(terms.versions()[segment.index].from);
        for fee in tariff.fees.iter().filter(|_| segment.days > 0) {
            let whole = Exact::of_minor(fee.price_minor).times(u64::from(fee.quantity), 1);
            let exact = match fee.when {
                FeeWhen::Once if begins && !before.contains(fee.name.as_str()) => whole,
                FeeWhen::Once => continue,
                FeeWhen::EachPeriod => whole.times(segment.days, segment.of_days),
            };
            let quantity = Quantity::Pieces(u64::from(fee.quantity));
            self.put(PositionKind::Fee, &fee.name, quantity, 0, exact);
        }
    }

    fn credit(&mut self, tariff: &Tariff, base: i64, level: Share) {
        let Some(credit) = &tariff.credit else { return };
        // Whole points missed: target − level, rounded down.
        let (part, whole) = (i128::from(level.part), i128::from(level.whole.max(1)));
        let missed = (i128::from(credit.target_percent) * whole - 100 * part) / whole;
        let points = u64::try_from(missed).unwrap_or(0);
        if points == 0 {
            return;
        }
        let base = Exact::of_minor(base.max(0));
        let given = match credit.per_point {
            CreditPerPoint::Amount { amount_minor } => {
                Exact::of_minor(amount_minor).times(points, 1)
            }
            CreditPerPoint::Share { permille } => base.times(points * u64::from(permille), 1_000),
        };
        let given = given.min(base.times(u64::from(credit.cap_percent), 100));
        self.put(PositionKind::Credit, "", Quantity::Points(points), 0, -given);
    }
}

/// Seconds at a price of an hour, in thousandths of the minor unit.
fn by_the_hour(seconds: u64, price: i64) -> Exact {
    Exact::of_seconds(seconds, price, 100).times(1, 60)
}
