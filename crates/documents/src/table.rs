//! Lines of an invoice as a table for spreadsheets (RFC 4180).

use std::fmt::Write;

use billing::invoice::{Change, Counted, Invoice, Lines};
use domain::{Currency, Zone, csv::cell, decimal};

/// All lines. Amounts are decimal numbers with a point, exact to the thousandth of the minor unit.
pub fn csv(invoice: &Invoice, lines: &Lines) -> String {
    let places = invoice.currency.parse::<Currency>().map_or(2, Currency::decimals) + 3;
    let zone = Zone::get(&invoice.zone).ok();
    let mut text = String::from(
        "invoice,line,contact,began,local,charge,band,included,not_billed,late_of,change,counted_ms,\
         billed,counted_in,amount,currency\r\n",
    );
    let number = invoice.number.as_ref().map(ToString::to_string).unwrap_or_default();
    for line in &lines.0 {
        let counted_in = match (&line.charge, line.counted) {
            (None, _) => "",
            (_, Counted::Seconds) => "seconds",
            (_, Counted::Pieces | Counted::Points) => "pieces",
        };
        let _ = write!(
            text,
            "{number},{},{},{},{},{},{},{},{},{},{},{},{},{counted_in},{},{}\r\n",
            line.line,
            line.contact,
            line.at,
            zone.as_ref().map(|zone| zone.local(line.at)).unwrap_or_default(),
            cell(line.charge.as_deref().unwrap_or_default()),
            cell(line.band.as_deref().unwrap_or_default()),
            line.included,
            line.free.as_deref().unwrap_or_default(),
            line.late_of.as_deref().unwrap_or_default(),
            match line.change {
                None => "",
                Some(Change::TakenBack) => "taken_back",
                Some(Change::Anew) => "anew",
            },
            line.counted_us / 1_000,
            line.billed,
            decimal(i128::from(line.amount_milli), places),
            invoice.currency,
        );
    }
    text
}
