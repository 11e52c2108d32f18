//! Whether a tariff may be published: every fault at once, each saying what to do.

use std::collections::BTreeSet;

use super::{
    Band, Bundle, Charge, CreditPerPoint, Cycle, Fee, SeatBasis, Seats, ServiceCredit, Tariff, Unit,
};
use crate::{
    Currency, DispositionId, Fault, QueueId, Words,
    calendar::{WeeklyRange, check_weekly, unknown_zone},
    contract::{Contract, Known},
    zone::Zone,
};

/// Increments in use in the trade, in seconds.
pub const INCREMENTS_S: [u32; 5] = [1, 6, 15, 30, 60];

/// Most charges, seats, fees or bands of one tariff; more could not be told apart on an invoice.
const ENTRIES_MAX: usize = 50;
/// No minimum or addition of one contact is longer, in seconds.
const HOUR_S: u32 = 3_600;
/// A year of notice.
const NOTICE_MAX: u32 = 366;
/// Ten times the ordinary price.
const PERCENT_MAX: u16 = 1_000;
/// A tax of 100 %.
const TAX_MAX: u32 = 10_000;
/// The highest price of a unit and the highest amount: a million of most currencies. Ten thousand
/// million such units in one period still fit into 128 bits many times over.
const MINOR_MAX: i64 = 100_000_000;

/// How a client has been billed since its first tariff with a price. What is here never changes:
/// otherwise two billing periods would overlap, or a day lie in none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Billed {
    /// In this currency.
    pub currency: Currency,
    /// By this cycle.
    pub cycle: Cycle,
    /// With billing periods that end at midnight of this zone.
    pub zone: String,
}

impl Billed {
    /// How a contract bills, if its tariff has a price.
    pub fn by(contract: &Contract) -> Option<Self> {
        let tariff = contract.tariff.as_ref().filter(|tariff| tariff.is_priced())?;
        let zone = tariff.cut_off_zone.as_ref().unwrap_or(&contract.zone).clone();
        Some(Self { currency: tariff.currency, cycle: tariff.cycle, zone })
    }
}

/// Everything that is wrong with the contract's tariff.
pub(crate) fn tariff_faults(contract: &Contract, known: &Known) -> Vec<Fault> {
    let Some(tariff) = &contract.tariff else { return Vec::new() };
    let mut check = Check {
        queues: contract.queues.iter().map(|queue| queue.id).collect(),
        dispositions: contract.dispositions.iter().map(|d| d.id).collect(),
        faults: Vec::new(),
    };
    check.head(tariff);
    if let (Some(before), Some(now)) = (&known.billed, Billed::by(contract)) {
        check.as_before(before, &now);
    }
    check.bands(&tariff.bands);
    check.charges(&tariff.charges);
    check.seats(&tariff.seats);
    check.fees(&tariff.fees);
    if let Some(credit) = &tariff.credit {
        check.credit(credit);
    }
    check.faults
}

struct Check {
    queues: BTreeSet<QueueId>,
    dispositions: BTreeSet<DispositionId>,
    faults: Vec<Fault>,
}

impl Check {
    fn fault(
        &mut self,
        field: impl Into<String>,
        code: &str,
        message: impl Into<Words>,
        next: impl Into<Words>,
    ) {
        self.faults.push(Fault::new(field, code, message, next));
    }

    fn amount(&mut self, field: impl Into<String>, amount: i64) {
        if !(0..=MINOR_MAX).contains(&amount) {
            self.fault(
                field,
                "amount_range",
                crate::words!("The amount is {} minor units.", amount),
                crate::words!(
                    "Write an amount of 0 to {} minor units; what is given back is a credit.",
                    MINOR_MAX
                ),
            );
        }
    }

    fn price(&mut self, field: impl Into<String>, price: super::Price) {
        if !(0..=MINOR_MAX * 1_000).contains(&price.0) {
            self.fault(
                field,
                "price_range",
                crate::words!("The price is {} thousandths of the minor unit.", price.0),
                "Write a price that is not negative, such as 175000 for 1.75 a minute; what is given back is a credit.",
            );
        }
    }

    fn percent(&mut self, field: impl Into<String>, percent: u8, least: u8) {
        if !(least..=100).contains(&percent) {
            self.fault(
                field,
                "percent_range",
                crate::words!("It is {} %.", percent),
                crate::words!("Choose {} to 100 %.", least),
            );
        }
    }

    fn notice(&mut self, field: impl Into<String>, days: u32) {
        if days > NOTICE_MAX {
            self.fault(
                field,
                "notice_range",
                crate::words!("The notice is {} days.", days),
                crate::words!("Choose at most {} days.", NOTICE_MAX),
            );
        }
    }

    /// Names tell the positions of an invoice apart.
    fn names<'a>(&mut self, list: &str, names: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        let mut count = 0;
        for (i, name) in names.enumerate() {
            count += 1;
            if name.trim().is_empty() {
                self.fault(
                    format!("{list}[{i}].name"),
                    "name_missing",
                    "It has no name.",
                    "Give it the name that shall stand on the invoice.",
                );
            } else if !seen.insert(name.trim()) {
                self.fault(
                    format!("{list}[{i}].name"),
                    "price_name_repeated",
                    crate::words!("Two prices are called `{}`.", name),
                    "Give each its own name; the invoice tells them apart by it.",
                );
            }
        }
        if count > ENTRIES_MAX {
            self.fault(
                list,
                "too_many_prices",
                crate::words!("There are {} entries.", count),
                crate::words!("Keep at most {}.", ENTRIES_MAX),
            );
        }
    }

    fn disposition(&mut self, field: String, id: DispositionId) {
        if !self.dispositions.contains(&id) {
            self.fault(
                field,
                "unknown_disposition",
                crate::words!("The contract has no disposition {}.", id),
                "Choose one of the contract's dispositions.",
            );
        }
    }

    fn head(&mut self, tariff: &Tariff) {
        if let Some(zone) = &tariff.cut_off_zone
            && let Err(error) = Zone::get(zone)
        {
            self.faults.push(unknown_zone("tariff.cut_off_zone", &error));
        }
        if tariff.not_billed.short.is_some_and(|short| !(1..=HOUR_S).contains(&short.below_s)) {
            let below = tariff.not_billed.short.map_or(0, |short| short.below_s);
            self.fault(
                "tariff.not_billed.short.below_s",
                "short_range",
                crate::words!("Contacts below {} s are not billed.", below),
                "Choose 1 to 3600 s, such as 30, or remove the rule.",
            );
        }
        let mut seen = BTreeSet::new();
        for (i, entry) in tariff.not_billed.dispositions.iter().enumerate() {
            let field = format!("tariff.not_billed.dispositions[{i}].disposition");
            self.disposition(field.clone(), entry.disposition);
            if !seen.insert(entry.disposition) {
                self.fault(
                    field,
                    "disposition_named_twice",
                    "The disposition is named twice.",
                    "Name each disposition once.",
                );
            }
        }
        self.amount("tariff.minimum_minor", tariff.minimum_minor);
        if let Some(tax) = &tariff.tax {
            if tax.basis_points > TAX_MAX {
                self.fault(
                    "tariff.tax.basis_points",
                    "tax_range",
                    crate::words!("The tax is {} hundredths of a percent.", tax.basis_points),
                    "Choose 0 to 10000; 20 % is 2000.",
                );
            }
            if tax.name.trim().is_empty() {
                self.fault(
                    "tariff.tax.name",
                    "name_missing",
                    "The tax has no name.",
                    "Give it the name that shall stand on the invoice, such as TVA.",
                );
            }
        }
        self.notice("tariff.notice_days", tariff.notice_days);
    }

    fn as_before(&mut self, before: &Billed, now: &Billed) {
        if before.currency != now.currency {
            self.fault(
                "tariff.currency",
                "currency_differs",
                crate::words!(
                    "The tariff is in {}, but the client has been billed in {}.",
                    now.currency,
                    before.currency
                ),
                crate::words!("Write the tariff in {}.", before.currency),
            );
        }
        if before.cycle != now.cycle {
            self.fault(
                "tariff.cycle",
                "cycle_differs",
                "The client has been billed by another cycle.",
                "Keep the cycle: otherwise a day would be billed twice or never.",
            );
        }
        if before.zone != now.zone {
            self.fault(
                "tariff.cut_off_zone",
                "cut_off_differs",
                crate::words!(
                    "Billing periods would end at midnight in {}, but so far they end in {}.",
                    now.zone,
                    before.zone
                ),
                crate::words!("Set the cut-off zone to {}.", before.zone),
            );
        }
    }

    fn bands(&mut self, bands: &[Band]) {
        self.names("tariff.bands", bands.iter().map(|band| band.name.as_str()));
        for (i, band) in bands.iter().enumerate() {
            let path = format!("tariff.bands[{i}]");
            if band.weekly.is_empty() && !band.holidays {
                self.fault(
                    format!("{path}.weekly"),
                    "hours_missing",
                    crate::words!("`{}` holds at no hour of the week.", band.name),
                    "Add its hours, or remove it.",
                );
            }
            if band.percent > PERCENT_MAX {
                self.fault(
                    format!("{path}.percent"),
                    "band_percent_range",
                    crate::words!(
                        "`{}` costs {} % of the ordinary price.",
                        band.name,
                        band.percent
                    ),
                    crate::words!("Choose 0 to {} %, such as 150.", PERCENT_MAX),
                );
            }
            check_weekly(&format!("{path}.weekly"), &band.weekly, &mut self.faults);
            let shared = bands[..i].iter().find(|other| {
                (band.holidays && other.holidays) || share_an_hour(&band.weekly, &other.weekly)
            });
            if let Some(other) = shared {
                self.fault(
                    path,
                    "band_overlap",
                    crate::words!("`{}` and `{}` claim the same hours.", other.name, band.name),
                    "Take these hours from one of the two.",
                );
            }
        }
    }

    fn charges(&mut self, charges: &[Charge]) {
        self.names("tariff.charges", charges.iter().map(|charge| charge.name.as_str()));
        for (i, charge) in charges.iter().enumerate() {
            let path = format!("tariff.charges[{i}]");
            self.price(format!("{path}.price_milli"), charge.price);
            for (k, queue) in charge.scope.queues.iter().enumerate() {
                if !self.queues.contains(queue) {
                    self.fault(
                        format!("{path}.scope.queues[{k}]"),
                        "unknown_queue",
                        crate::words!("The contract has no queue {}.", queue),
                        "Choose one of the contract's queues.",
                    );
                }
            }
            self.unit(&path, charge);
            if let Some(bundle) = &charge.bundle {
                self.bundle(&format!("{path}.bundle"), bundle);
            }
            let same = charges[..i].iter().find(|other| {
                other.unit.kind() == charge.unit.kind()
                    && other.scope.overlaps(&charge.scope)
                    && !counts_apart(&other.unit, &charge.unit)
            });
            if let Some(other) = same {
                self.fault(
                    format!("{path}.scope"),
                    "charge_overlap",
                    crate::words!(
                        "`{}` and `{}` would both bill the same contacts.",
                        other.name,
                        charge.name
                    ),
                    "Let them differ in channel, queue, direction, who answers, or in what they count.",
                );
            }
        }
    }

    fn unit(&mut self, path: &str, charge: &Charge) {
        match &charge.unit {
            Unit::Minute { counts, increments, minimum_s, added_s, .. } => {
                if counts.is_empty() {
                    self.fault(
                        format!("{path}.unit.counts"),
                        "counts_missing",
                        crate::words!(
                            "`{}` is priced by the minute but counts nothing.",
                            charge.name
                        ),
                        "Say what counts, such as talk, hold and wrap-up.",
                    );
                }
                for (field, seconds) in
                    [("first_s", increments.first_s), ("next_s", increments.next_s)]
                {
                    if !INCREMENTS_S.contains(&seconds) {
                        self.fault(
                            format!("{path}.unit.{field}"),
                            "increment_unknown",
                            crate::words!("The increment is {} s.", seconds),
                            "Choose 1, 6, 15, 30 or 60 s.",
                        );
                    }
                }
                for (field, seconds) in [("minimum_s", *minimum_s), ("added_s", *added_s)] {
                    if seconds > HOUR_S {
                        self.fault(
                            format!("{path}.unit.{field}"),
                            "added_range",
                            crate::words!("It is {} s for each contact.", seconds),
                            "Choose 0 to 3600 s.",
                        );
                    }
                }
            }
            Unit::Work { by_disposition, otherwise } => {
                let mut seen = BTreeSet::new();
                for (k, entry) in by_disposition.iter().enumerate() {
                    let field = format!("{path}.unit.by_disposition[{k}].disposition");
                    self.disposition(field.clone(), entry.disposition);
                    if !seen.insert(entry.disposition) {
                        self.fault(
                            field,
                            "disposition_named_twice",
                            "The disposition is named twice.",
                            "Name each disposition once.",
                        );
                    }
                }
                let most = by_disposition.iter().map(|entry| entry.units).chain([*otherwise]).max();
                if !(1..=1_000).contains(&most.unwrap_or(0)) {
                    self.fault(
                        format!("{path}.unit"),
                        "work_units_range",
                        crate::words!("A contact is at most {} units of work.", most.unwrap_or(0)),
                        "Let it be 1 to 1000 units, such as 1.",
                    );
                }
            }
            Unit::Contact | Unit::Message => {}
        }
    }

    fn bundle(&mut self, path: &str, bundle: &Bundle) {
        if bundle.included == 0 {
            self.fault(
                format!("{path}.included"),
                "bundle_empty",
                "The bundle includes nothing.",
                "Say how much is included, such as 125 minutes, or remove the bundle.",
            );
        }
        if bundle.per.is_none() {
            self.fault(
                format!("{path}.per"),
                "bundle_period_missing",
                "It is not said for how long the bundle is.",
                "Say that it is for each billing period.",
            );
        }
        self.amount(format!("{path}.fee_minor"), bundle.fee_minor);
        self.percent(format!("{path}.warn_percent"), bundle.warn_percent, 1);
    }

    fn seats(&mut self, seats: &[Seats]) {
        self.names("tariff.seats", seats.iter().map(|seat| seat.name.as_str()));
        for (i, seat) in seats.iter().enumerate() {
            let path = format!("tariff.seats[{i}]");
            if !(1..=10_000).contains(&seat.count) {
                self.fault(
                    format!("{path}.count"),
                    "seats_range",
                    crate::words!("There are {} seats.", seat.count),
                    "Choose 1 to 10000 seats, or remove them.",
                );
            }
            match seat.basis {
                SeatBasis::Hour { price } => self.price(format!("{path}.basis.price_milli"), price),
                SeatBasis::BillingPeriod { price_minor } => {
                    self.amount(format!("{path}.basis.price_minor"), price_minor);
                }
            }
            if let Some(price) = seat.absent_hour {
                self.price(format!("{path}.absent_hour_milli"), price);
            }
            check_weekly(&format!("{path}.hours"), &seat.hours, &mut self.faults);
            let by_hour = matches!(seat.basis, SeatBasis::Hour { .. });
            if seat.hours.is_empty() && (by_hour || seat.absent_hour.is_some()) {
                self.fault(
                    format!("{path}.hours"),
                    "seat_hours_missing",
                    crate::words!("It is not said when the seats of `{}` are staffed.", seat.name),
                    "Add the hours of the week.",
                );
            }
            self.notice(format!("{path}.notice_days"), seat.notice_days);
        }
    }

    fn fees(&mut self, fees: &[Fee]) {
        self.names("tariff.fees", fees.iter().map(|fee| fee.name.as_str()));
        for (i, fee) in fees.iter().enumerate() {
            let path = format!("tariff.fees[{i}]");
            if !(1..=10_000).contains(&fee.quantity) {
                self.fault(
                    format!("{path}.quantity"),
                    "fee_quantity_range",
                    crate::words!("`{}` is there {} times.", fee.name, fee.quantity),
                    "Choose 1 to 10000, or remove the fee.",
                );
            }
            self.amount(format!("{path}.price_minor"), fee.price_minor);
        }
    }

    fn credit(&mut self, credit: &ServiceCredit) {
        self.percent("tariff.credit.target_percent", credit.target_percent, 1);
        self.percent("tariff.credit.cap_percent", credit.cap_percent, 1);
        match credit.per_point {
            CreditPerPoint::Amount { amount_minor } => {
                self.amount("tariff.credit.per_point.amount_minor", amount_minor);
            }
            CreditPerPoint::Share { permille } if permille > 1_000 => self.fault(
                "tariff.credit.per_point.permille",
                "permille_range",
                crate::words!("Each point gives back {} thousandths.", permille),
                "Choose 0 to 1000, such as 20 for 2 %.",
            ),
            CreditPerPoint::Share { .. } => {}
        }
    }
}

/// Two charges by the minute may share a contact when no span counts in both: talk in one, time after
/// a patch in the other.
fn counts_apart(one: &Unit, other: &Unit) -> bool {
    match (one, other) {
        (Unit::Minute { counts: a, .. }, Unit::Minute { counts: b, .. }) => {
            a.iter().all(|class| !b.contains(class))
        }
        _ => false,
    }
}

fn share_an_hour(one: &[WeeklyRange], other: &[WeeklyRange]) -> bool {
    one.iter().any(|a| {
        other.iter().any(|b| {
            a.from < b.until && b.from < a.until && a.days.iter().any(|day| b.days.contains(day))
        })
    })
}
