//! One billing period under two tariffs, contact by contact, with the reason for each difference.

use std::collections::BTreeMap;

use domain::{
    ContactId, Timestamp,
    tariff::{Charge, Unit},
};

use crate::{
    exact::Exact,
    lines::{Line, Rule},
    statement::Statement,
    terms::Terms,
};

/// Why a contact costs something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Differs {
    /// It was not billed, and now is.
    Billed,
    /// It was billed, and now is not.
    NotBilled,
    /// It is counted in something else: minutes, contacts, messages, units of work.
    Unit,
    /// Other spans of it count.
    Counted,
    /// As much counts, but it is rounded otherwise, or something is added.
    Rounded,
    /// Another part of it is out of a bundle.
    Included,
    /// Its hours have another band.
    Band,
    /// A unit has another price.
    Price,
}

/// One contact under both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The contact.
    pub contact: ContactId,
    /// When it began.
    pub at: Timestamp,
    /// Its lines as they are.
    pub own: Vec<Line>,
    /// Its lines under the other tariff.
    pub other: Vec<Line>,
    /// Why they differ; empty when they do not.
    pub why: Vec<Differs>,
}

impl Pair {
    /// What its own lines come to.
    pub fn own_amount(&self) -> Exact {
        self.own.iter().map(|line| line.amount).sum()
    }

    /// What the others come to.
    pub fn other_amount(&self) -> Exact {
        self.other.iter().map(|line| line.amount).sum()
    }
}

/// Every contact of two statements of the same facts, by its beginning.
pub fn pairs(own: (&Terms, &Statement), other: (&Terms, &Statement)) -> Vec<Pair> {
    let mut pairs: BTreeMap<(Timestamp, ContactId), Pair> = BTreeMap::new();
    for (which, (_, statement)) in [own, other].into_iter().enumerate() {
        for line in &statement.lines {
            let pair = pairs.entry((line.at, line.contact)).or_insert_with(|| Pair {
                contact: line.contact,
                at: line.at,
                own: Vec::new(),
                other: Vec::new(),
                why: Vec::new(),
            });
            if which == 0 { &mut pair.own } else { &mut pair.other }.push(*line);
        }
    }
    let mut pairs: Vec<Pair> = pairs.into_values().collect();
    for pair in &mut pairs {
        pair.why = why(
            Side { terms: own.0, lines: &pair.own },
            Side { terms: other.0, lines: &pair.other },
        );
    }
    pairs
}

/// One contact's lines with the terms that made them.
#[derive(Clone, Copy)]
struct Side<'a> {
    terms: &'a Terms,
    lines: &'a [Line],
}

impl<'a> Side<'a> {
    /// Lines that are billed, each with its charge and percent.
    fn billed(self) -> Vec<(&'a Line, &'a Charge, u16)> {
        let of = |line: &'a Line| match line.rule {
            Rule::Free(_) => None,
            Rule::Charge { tariff, charge, band, .. } => {
                let tariff = &self.terms.versions()[tariff].tariff;
                let band = band.and_then(|band| tariff.bands.get(usize::from(band)));
                let percent = band.map_or(100, |band| band.percent);
                Some((line, &tariff.charges[charge], percent))
            }
        };
        self.lines.iter().filter_map(of).collect()
    }
}

/// The same question of both sides' lines.
fn same<T: PartialEq>(
    own: &[(&Line, &Charge, u16)],
    other: &[(&Line, &Charge, u16)],
    of: impl Fn(&[(&Line, &Charge, u16)]) -> T,
) -> bool {
    of(own) == of(other)
}

fn why(own: Side<'_>, other: Side<'_>) -> Vec<Differs> {
    let (own, other) = (own.billed(), other.billed());
    match (own.is_empty(), other.is_empty()) {
        (true, true) => return Vec::new(),
        (true, false) => return vec![Differs::Billed],
        (false, true) => return vec![Differs::NotBilled],
        (false, false) => {}
    }
    let unit = |charge: &Charge| match charge.unit {
        Unit::Minute { .. } => 0,
        Unit::Contact => 1,
        Unit::Message => 2,
        Unit::Work { .. } => 3,
    };
    let units = |lines: &[(&Line, &Charge, u16)]| {
        let mut units: Vec<i32> = lines.iter().map(|(_, charge, _)| unit(charge)).collect();
        units.sort_unstable();
        units.dedup();
        units
    };
    let counted =
        |lines: &[(&Line, &Charge, u16)]| lines.iter().map(|(l, ..)| l.counted_us).sum::<u64>();
    let billed =
        |lines: &[(&Line, &Charge, u16)]| lines.iter().map(|(l, ..)| l.billed).sum::<u64>();
    let included = |lines: &[(&Line, &Charge, u16)]| {
        let out_of_it = |line: &&Line| matches!(line.rule, Rule::Charge { included: true, .. });
        lines.iter().map(|(l, ..)| *l).filter(out_of_it).map(|line| line.billed).sum::<u64>()
    };
    // What is included costs nothing in any band and at any price.
    let priced = |lines: &[(&Line, &Charge, u16)], of: fn(&Charge, u16) -> i64| {
        let at = |line: &&Line| matches!(line.rule, Rule::Charge { included: false, .. });
        let mut all: Vec<i64> = lines
            .iter()
            .filter(|(l, ..)| at(l))
            .map(|(_, charge, percent)| of(charge, *percent))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let bands = |lines: &[(&Line, &Charge, u16)]| priced(lines, |_, percent| i64::from(percent));
    let prices = |lines: &[(&Line, &Charge, u16)]| priced(lines, |charge, _| charge.price.0);
    let mut why = Vec::new();
    if !same(&own, &other, units) {
        why.push(Differs::Unit);
    } else if !same(&own, &other, counted) {
        why.push(Differs::Counted);
    } else if !same(&own, &other, billed) {
        why.push(Differs::Rounded);
    }
    let both_priced = !prices(&own).is_empty() && !prices(&other).is_empty();
    for (differs, is_same) in [
        (Differs::Included, same(&own, &other, included)),
        (Differs::Band, !both_priced || same(&own, &other, bands)),
        (Differs::Price, !both_priced || same(&own, &other, prices)),
    ] {
        if !is_same {
            why.push(differs);
        }
    }
    why
}
