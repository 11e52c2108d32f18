//! Statements as they are shown, and as a table.

use std::{collections::BTreeMap, fmt::Write};

use api::statement::{
    BundleView, CountedIn, DatedTariff, ForecastView, FreeChoice, NotBilledCount, PositionChoice,
    PositionView, StatementLine,
};
use billing::{
    BundleUse, Free, Line, Position, PositionKind, Quantity, Rule, TariffVersion, Terms,
};
use domain::{
    Timestamp, csv, decimal,
    tariff::{Charge, Tariff, Unit},
};

use crate::admin::tariff;

/// A position, as shown.
pub fn position(terms: &Terms, position: &Position) -> PositionView {
    let (quantity, counted_in) = counted(position.quantity);
    let (kind, band) = match position.kind {
        PositionKind::Included => (PositionChoice::Included, None),
        PositionKind::Metered { band } => (PositionChoice::Metered, band),
        PositionKind::Bundle => (PositionChoice::Bundle, None),
        PositionKind::Seats => (PositionChoice::Seats, None),
        PositionKind::AbsentSeats => (PositionChoice::AbsentSeats, None),
        PositionKind::Minimum => (PositionChoice::Minimum, None),
        PositionKind::Fee => (PositionChoice::Fee, None),
        PositionKind::Credit => (PositionChoice::Credit, None),
    };
    let version = terms.versions().iter().find(|version| version.version == position.version);
    PositionView {
        kind,
        name: position.name.clone(),
        band: version.and_then(|version| band_name(&version.tariff, band)),
        version: position.version,
        quantity,
        counted_in,
        contacts: position.contacts,
        amount_minor: position.amount_minor,
    }
}

/// A bundle's use, as shown; `forecast` is what will be used.
pub fn bundle(bundle: &BundleUse, forecast: Option<Quantity>) -> BundleView {
    let (included, counted_in) = counted(bundle.included);
    BundleView {
        name: bundle.name.clone(),
        counted_in,
        included,
        carried: counted(bundle.carried).0,
        used: counted(bundle.used).0,
        beyond: counted(bundle.beyond).0,
        packs: bundle.packs,
        warned_at: bundle.warned_at.map(|at| at.to_string()),
        forecast: forecast.map(|forecast| counted(forecast).0),
    }
}

/// Contacts that are not billed, by reason.
pub fn not_billed(counts: &BTreeMap<Free, u64>) -> Vec<NotBilledCount> {
    let count =
        |(why, contacts): (&Free, &u64)| NotBilledCount { reason: free(*why), contacts: *contacts };
    counts.iter().map(count).collect()
}

/// A forecast, as shown.
pub fn forecast(forecast: &billing::Forecast) -> ForecastView {
    ForecastView {
        net_minor: forecast.net_minor,
        tax_minor: forecast.tax_minor,
        total_minor: forecast.total_minor,
    }
}

/// A line, as shown.
pub fn line(terms: &Terms, line: &Line) -> StatementLine {
    let (charge, band, included, not_billed, counted_in) = match line.rule {
        Rule::Free(why) => (None, None, false, Some(free(why)), CountedIn::Pieces),
        Rule::Charge { tariff, charge, band, included } => {
            let tariff = &terms.versions()[tariff].tariff;
            let charge = &tariff.charges[charge];
            let name = Some(charge.name.clone());
            (name, band_name(tariff, band), included, None, counted_by(charge))
        }
    };
    StatementLine {
        line: line.id(),
        contact: line.contact.uuid(),
        at: line.at.to_string(),
        charge,
        band,
        included,
        not_billed,
        counted_ms: line.counted_us / 1_000,
        billed: line.billed,
        counted_in,
        amount_milli: line.amount.milli(),
    }
}

fn counted(quantity: Quantity) -> (u64, CountedIn) {
    match quantity {
        Quantity::Seconds(seconds) => (seconds, CountedIn::Seconds),
        Quantity::Pieces(pieces) => (pieces, CountedIn::Pieces),
        Quantity::Points(points) => (points, CountedIn::Points),
    }
}

fn counted_by(charge: &Charge) -> CountedIn {
    match charge.unit {
        Unit::Minute { .. } => CountedIn::Seconds,
        Unit::Contact | Unit::Message | Unit::Work { .. } => CountedIn::Pieces,
    }
}

/// What holds beside `shown` from an instant on, versions of one content as one.
pub fn other_tariffs(terms: &Terms, from: Timestamp, shown: &TariffVersion) -> Vec<DatedTariff> {
    let versions = terms.versions();
    let same =
        |a: &TariffVersion, b: &TariffVersion| a.until == Some(b.from) && a.tariff == b.tariff;
    let runs = versions.chunk_by(same).filter(|run| {
        let last = run.last().and_then(|version| version.until);
        last.is_none_or(|until| until > from) && !run.contains(shown)
    });
    let dated = runs.filter_map(|run| {
        let (first, last) = (run.first()?, run.last()?);
        Some(DatedTariff {
            from: first.from.to_string(),
            until: last.until.map(|until| until.to_string()),
            tariff: tariff::terms(&first.tariff),
        })
    });
    dated.collect()
}

fn band_name(tariff: &Tariff, band: Option<u16>) -> Option<String> {
    band.and_then(|band| tariff.bands.get(usize::from(band))).map(|band| band.name.clone())
}

/// Why a contact is not billed, as shown.
pub const fn free(why: Free) -> FreeChoice {
    match why {
        Free::NoTariff => FreeChoice::NoTariff,
        Free::NotAnswered => FreeChoice::NotAnswered,
        Free::Cut => FreeChoice::Cut,
        Free::NotReached => FreeChoice::NotReached,
        Free::Short => FreeChoice::Short,
        Free::WrongNumber => FreeChoice::WrongNumber,
        Free::Spam => FreeChoice::Spam,
        Free::Test => FreeChoice::Test,
        Free::OwnCall => FreeChoice::OwnCall,
        Free::Seats => FreeChoice::Seats,
        Free::NoCharge => FreeChoice::NoCharge,
        Free::NothingCounted => FreeChoice::NothingCounted,
    }
}

/// The lines as a table for spreadsheets (RFC 4180). Amounts are decimal numbers with a point, exact to
/// the thousandth of the minor unit.
pub fn csv(terms: &Terms, lines: &[Line]) -> String {
    let mut text = String::from(
        "line,contact,began,local,charge,band,included,not_billed,counted_ms,billed,counted_in,\
         amount,currency\r\n",
    );
    for line in lines {
        let why = match line.rule {
            Rule::Free(why) => why.name(),
            Rule::Charge { .. } => "",
        };
        let shown = self::line(terms, line);
        let counted_in = match (&shown.charge, shown.counted_in) {
            (None, _) => "",
            (_, CountedIn::Seconds) => "seconds",
            (_, CountedIn::Pieces | CountedIn::Points) => "pieces",
        };
        let _ = write!(
            text,
            "{},{},{},{},{},{},{},{why},{},{},{counted_in},{},{}\r\n",
            shown.line,
            shown.contact,
            shown.at,
            terms.zone().local(line.at),
            csv::cell(shown.charge.as_deref().unwrap_or_default()),
            csv::cell(shown.band.as_deref().unwrap_or_default()),
            shown.included,
            shown.counted_ms,
            shown.billed,
            decimal(i128::from(shown.amount_milli), terms.currency().decimals() + 3),
            terms.currency(),
        );
    }
    text
}
