//! The tariff between the wire and the domain.

use api::admin::tariff as terms;
use domain::{
    Currency, DispositionId, QueueId,
    tariff::{
        Band, Banded, Beyond, Bundle, BundlePer, Charge, CreditPerPoint, Cycle, Direction, Fee,
        FeeWhen, Increments, NotBilled, NotBilledDisposition, NotBilledReason, Price, Rounded,
        Scope, SeatBasis, Seats, Served, ServiceCredit, Short, SpanClass, Tariff, Tax, Unit,
        Unused, WorkUnits,
    },
};

use super::{Faults, wire};

/// Pairs of the domain's and the wire's words, in both directions.
macro_rules! pairs {
    ($to:ident, $from:ident, $domain:ident, $wire:ident: $($word:ident)+) => {
        const fn $to(choice: terms::$wire) -> $domain {
            match choice { $(terms::$wire::$word => $domain::$word,)+ }
        }

        const fn $from(value: $domain) -> terms::$wire {
            match value { $($domain::$word => terms::$wire::$word,)+ }
        }
    };
}

pairs!(reason, reason_choice, NotBilledReason, NotBilledChoice: WrongNumber Spam Test OwnCall);
pairs!(banded, banded_choice, Banded, BandedChoice: ByMinute ByStart);
pairs!(served, served_choice, Served, ServedChoice: Shared Dedicated Overflow);
pairs!(direction, direction_choice, Direction, DirectionChoice: Any Inbound Outbound);
pairs!(rounded, rounded_choice, Rounded, RoundedChoice: Contact Part);
pairs!(per, per_choice, BundlePer, BundlePerChoice: BillingPeriod);
pairs!(unused, unused_choice, Unused, UnusedChoice: Lapse RollOver);
pairs!(beyond, beyond_choice, Beyond, BeyondChoice: Price AnotherPack);
pairs!(when, when_choice, FeeWhen, FeeWhenChoice: Once EachPeriod);

const fn class(choice: terms::SpanChoice) -> SpanClass {
    match choice {
        terms::SpanChoice::Automated => SpanClass::Automated,
        terms::SpanChoice::Greeting => SpanClass::Greeting,
        terms::SpanChoice::Queue => SpanClass::Queue,
        terms::SpanChoice::Ringing => SpanClass::Ringing,
        terms::SpanChoice::Talk => SpanClass::Talk,
        terms::SpanChoice::Hold => SpanClass::Hold,
        terms::SpanChoice::WrapUp => SpanClass::WrapUp,
        terms::SpanChoice::Patch => SpanClass::Patch,
    }
}

/// A class of a span, as shown.
pub const fn span_choice(class: SpanClass) -> terms::SpanChoice {
    match class {
        SpanClass::Automated => terms::SpanChoice::Automated,
        SpanClass::Greeting => terms::SpanChoice::Greeting,
        SpanClass::Queue => terms::SpanChoice::Queue,
        SpanClass::Ringing => terms::SpanChoice::Ringing,
        SpanClass::Talk => terms::SpanChoice::Talk,
        SpanClass::Hold => terms::SpanChoice::Hold,
        SpanClass::WrapUp => terms::SpanChoice::WrapUp,
        SpanClass::Patch => terms::SpanChoice::Patch,
    }
}

/// The tariff that the terms make; what cannot be read goes to `faults`.
pub fn tariff(terms: &terms::TariffTerms, faults: &mut Faults) -> Option<Tariff> {
    let currency: Option<Currency> = match terms.currency.trim().parse() {
        Ok(currency) => Some(currency),
        Err(error) => {
            faults.add(
                "tariff.currency",
                "currency",
                domain::words!("{}.", error),
                "Give an ISO 4217 code such as EUR.",
            );
            None
        }
    };
    let cycle = match &terms.cycle {
        terms::CycleTerms::Month => Cycle::Month,
        terms::CycleTerms::FourWeeks { first } => match first.trim().parse() {
            Ok(first) => Cycle::FourWeeks { first },
            Err(error) => {
                let error: domain::zone::DayError = error;
                faults.add(
                    "tariff.cycle.first",
                    "bad_date",
                    domain::words!("{}.", error),
                    "Write the date as 2026-12-25.",
                );
                Cycle::Month
            }
        },
    };
    let bands = terms.bands.iter().enumerate().map(|(i, band)| Band {
        name: faults.text(&format!("tariff.bands[{i}].name"), &band.name, 0, 80),
        weekly: wire::weekly(&format!("tariff.bands[{i}].weekly"), &band.weekly, faults),
        holidays: band.holidays,
        percent: band.percent,
    });
    let bands = bands.collect();
    let charges = terms.charges.iter().enumerate().map(|(i, charge)| Charge {
        name: faults.text(&format!("tariff.charges[{i}].name"), &charge.name, 0, 80),
        scope: Scope {
            channels: charge.scope.channels.iter().copied().map(wire::channel).collect(),
            queues: charge.scope.queues.iter().copied().map(QueueId::from_uuid).collect(),
            served: charge.scope.served.iter().copied().map(served).collect(),
            direction: direction(charge.scope.direction),
        },
        unit: unit(&charge.unit),
        price: Price(charge.price_milli),
        bundle: charge.bundle.map(|bundle| Bundle {
            included: bundle.included,
            per: bundle.per.map(per),
            fee_minor: bundle.fee_minor,
            unused: unused(bundle.unused),
            beyond: beyond(bundle.beyond),
            warn_percent: bundle.warn_percent,
        }),
    });
    let charges = charges.collect();
    let seats = terms.seats.iter().enumerate().map(|(i, seat)| Seats {
        name: faults.text(&format!("tariff.seats[{i}].name"), &seat.name, 0, 80),
        count: seat.count,
        basis: match seat.basis {
            terms::SeatBasisTerms::Hour { price_milli } => {
                SeatBasis::Hour { price: Price(price_milli) }
            }
            terms::SeatBasisTerms::BillingPeriod { price_minor } => {
                SeatBasis::BillingPeriod { price_minor }
            }
        },
        hours: wire::weekly(&format!("tariff.seats[{i}].hours"), &seat.hours, faults),
        absent_hour: seat.absent_hour_milli.map(Price),
        notice_days: seat.notice_days,
    });
    let seats = seats.collect();
    let fees = terms.fees.iter().enumerate().map(|(i, fee)| Fee {
        name: faults.text(&format!("tariff.fees[{i}].name"), &fee.name, 0, 80),
        quantity: fee.quantity,
        price_minor: fee.price_minor,
        when: when(fee.when),
    });
    let fees = fees.collect();
    let words = faults.text("tariff.terms", &terms.terms, 0, 20_000);
    let tax = terms.tax.as_ref().map(|tax| Tax {
        name: faults.text("tariff.tax.name", &tax.name, 0, 40),
        basis_points: tax.basis_points,
    });
    Some(Tariff {
        currency: currency?,
        terms: words,
        cycle,
        cut_off_zone: terms
            .cut_off_zone
            .as_deref()
            .map(str::trim)
            .filter(|zone| !zone.is_empty())
            .map(str::to_owned),
        not_billed: NotBilled {
            short: terms
                .not_billed
                .short
                .map(|short| Short { below_s: short.below_s, free_max: short.free_max }),
            dispositions: terms
                .not_billed
                .dispositions
                .iter()
                .map(|entry| NotBilledDisposition {
                    disposition: DispositionId::from_uuid(entry.disposition),
                    reason: reason(entry.reason),
                })
                .collect(),
        },
        bands,
        banded: banded(terms.banded),
        charges,
        seats,
        minimum_minor: terms.minimum_minor,
        fees,
        credit: terms.credit.map(|credit| ServiceCredit {
            target_percent: credit.target_percent,
            per_point: match credit.per_point {
                terms::CreditPerPointTerms::Amount { amount_minor } => {
                    CreditPerPoint::Amount { amount_minor }
                }
                terms::CreditPerPointTerms::Share { permille } => {
                    CreditPerPoint::Share { permille }
                }
            },
            cap_percent: credit.cap_percent,
        }),
        tax,
        notice_days: terms.notice_days,
    })
}

fn unit(unit: &terms::UnitTerms) -> Unit {
    match unit {
        terms::UnitTerms::Minute { counts, first_s, next_s, rounded: by, minimum_s, added_s } => {
            Unit::Minute {
                counts: counts.iter().copied().map(class).collect(),
                increments: Increments { first_s: *first_s, next_s: *next_s },
                rounded: rounded(*by),
                minimum_s: *minimum_s,
                added_s: *added_s,
            }
        }
        terms::UnitTerms::Contact => Unit::Contact,
        terms::UnitTerms::Message => Unit::Message,
        terms::UnitTerms::Work { by_disposition, otherwise } => Unit::Work {
            by_disposition: by_disposition
                .iter()
                .map(|entry| WorkUnits {
                    disposition: DispositionId::from_uuid(entry.disposition),
                    units: entry.units,
                })
                .collect(),
            otherwise: *otherwise,
        },
    }
}

/// The terms of a tariff, as shown.
pub fn terms(tariff: &Tariff) -> terms::TariffTerms {
    terms::TariffTerms {
        currency: tariff.currency.to_string(),
        terms: tariff.terms.clone(),
        cycle: match tariff.cycle {
            Cycle::Month => terms::CycleTerms::Month,
            Cycle::FourWeeks { first } => terms::CycleTerms::FourWeeks { first: first.to_string() },
        },
        cut_off_zone: tariff.cut_off_zone.clone(),
        not_billed: terms::NotBilledTerms {
            short: tariff.not_billed.short.map(|short| terms::ShortTerms {
                below_s: short.below_s,
                free_max: short.free_max,
            }),
            dispositions: tariff
                .not_billed
                .dispositions
                .iter()
                .map(|entry| terms::NotBilledDispositionTerms {
                    disposition: entry.disposition.uuid(),
                    reason: reason_choice(entry.reason),
                })
                .collect(),
        },
        bands: tariff
            .bands
            .iter()
            .map(|band| terms::BandTerms {
                name: band.name.clone(),
                weekly: wire::weekly_view(&band.weekly),
                holidays: band.holidays,
                percent: band.percent,
            })
            .collect(),
        banded: banded_choice(tariff.banded),
        charges: tariff.charges.iter().map(charge_terms).collect(),
        seats: tariff
            .seats
            .iter()
            .map(|seat| terms::SeatsTerms {
                name: seat.name.clone(),
                count: seat.count,
                basis: match seat.basis {
                    SeatBasis::Hour { price } => {
                        terms::SeatBasisTerms::Hour { price_milli: price.0 }
                    }
                    SeatBasis::BillingPeriod { price_minor } => {
                        terms::SeatBasisTerms::BillingPeriod { price_minor }
                    }
                },
                hours: wire::weekly_view(&seat.hours),
                absent_hour_milli: seat.absent_hour.map(|price| price.0),
                notice_days: seat.notice_days,
            })
            .collect(),
        minimum_minor: tariff.minimum_minor,
        fees: tariff
            .fees
            .iter()
            .map(|fee| terms::FeeTerms {
                name: fee.name.clone(),
                quantity: fee.quantity,
                price_minor: fee.price_minor,
                when: when_choice(fee.when),
            })
            .collect(),
        credit: tariff.credit.as_ref().map(|credit| terms::CreditTerms {
            target_percent: credit.target_percent,
            per_point: match credit.per_point {
                CreditPerPoint::Amount { amount_minor } => {
                    terms::CreditPerPointTerms::Amount { amount_minor }
                }
                CreditPerPoint::Share { permille } => {
                    terms::CreditPerPointTerms::Share { permille }
                }
            },
            cap_percent: credit.cap_percent,
        }),
        tax: tariff
            .tax
            .as_ref()
            .map(|tax| terms::TaxTerms { name: tax.name.clone(), basis_points: tax.basis_points }),
        notice_days: tariff.notice_days,
    }
}

/// A charge, as shown.
pub fn charge_terms(charge: &Charge) -> terms::ChargeTerms {
    terms::ChargeTerms {
        name: charge.name.clone(),
        scope: terms::ScopeTerms {
            channels: charge.scope.channels.iter().copied().map(wire::channel_kind).collect(),
            queues: charge.scope.queues.iter().map(|queue| queue.uuid()).collect(),
            served: charge.scope.served.iter().copied().map(served_choice).collect(),
            direction: direction_choice(charge.scope.direction),
        },
        unit: match &charge.unit {
            Unit::Minute { counts, increments, rounded, minimum_s, added_s } => {
                terms::UnitTerms::Minute {
                    counts: counts.iter().copied().map(span_choice).collect(),
                    first_s: increments.first_s,
                    next_s: increments.next_s,
                    rounded: rounded_choice(*rounded),
                    minimum_s: *minimum_s,
                    added_s: *added_s,
                }
            }
            Unit::Contact => terms::UnitTerms::Contact,
            Unit::Message => terms::UnitTerms::Message,
            Unit::Work { by_disposition, otherwise } => terms::UnitTerms::Work {
                by_disposition: by_disposition
                    .iter()
                    .map(|entry| terms::WorkUnitsTerms {
                        disposition: entry.disposition.uuid(),
                        units: entry.units,
                    })
                    .collect(),
                otherwise: *otherwise,
            },
        },
        price_milli: charge.price.0,
        bundle: charge.bundle.map(|bundle| terms::BundleTerms {
            included: bundle.included,
            per: bundle.per.map(per_choice),
            fee_minor: bundle.fee_minor,
            unused: unused_choice(bundle.unused),
            beyond: beyond_choice(bundle.beyond),
            warn_percent: bundle.warn_percent,
        }),
    }
}
