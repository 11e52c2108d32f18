//! The lines of one contact: what it counts for, or why it counts for nothing.

use domain::{
    ContactId, Timeline, Timestamp,
    contract::Channel,
    tariff::{
        Banded, Charge, Direction, NotBilledReason, Rounded, Served, SpanClass, Tariff, Unit,
    },
};

use crate::{
    exact::Exact,
    facts::{Facts, Fate, Spent},
};

/// One line: a contact under one rule. There is at most one for each pair of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The contact.
    pub contact: ContactId,
    /// When it began.
    pub at: Timestamp,
    /// By what it is rated.
    pub rule: Rule,
    /// Time that counts, in microseconds, before anything is rounded.
    pub counted_us: u64,
    /// Seconds billed, or pieces.
    pub billed: u64,
    /// What that costs.
    pub amount: Exact,
}

impl Line {
    /// Its id: `contact.free`, or `contact.` with charge, band and whether it is included.
    pub fn id(&self) -> String {
        match self.rule {
            Rule::Free(_) => format!("{}.free", self.contact),
            Rule::Charge { charge, band, included, .. } => {
                let band = band.map_or_else(|| "-".to_owned(), |band| band.to_string());
                let how = if included { "in" } else { "at" };
                format!("{}.{charge}.{band}.{how}", self.contact)
            }
        }
    }
}

/// By what a line is rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// By a charge of a tariff.
    Charge {
        /// Place of the tariff in the terms.
        tariff: usize,
        /// Place of the charge in the tariff.
        charge: usize,
        /// Place of the band in the tariff; `None` for the ordinary price.
        band: Option<u16>,
        /// Out of the bundle, at no price.
        included: bool,
    },
    /// It is not billed.
    Free(Free),
}

/// Why a contact is not billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Free {
    /// No tariff held when it began.
    NoTariff,
    /// Nobody answered it.
    NotAnswered,
    /// A fault of the provider's cut it.
    Cut,
    /// The customer whom an agent called did not answer.
    NotReached,
    /// It was over at once.
    Short,
    /// Somebody else was wanted.
    WrongNumber,
    /// Nobody's customer.
    Spam,
    /// Somebody tried whether it works.
    Test,
    /// The client's own people called.
    OwnCall,
    /// Seats are paid for, whatever they answer.
    Seats,
    /// No charge is for such a contact.
    NoCharge,
    /// What a charge counts did not happen.
    NothingCounted,
}

impl Free {
    /// All of them, in a fixed order.
    pub const ALL: [Self; 12] = [
        Self::NoTariff,
        Self::NotAnswered,
        Self::Cut,
        Self::NotReached,
        Self::Short,
        Self::WrongNumber,
        Self::Spam,
        Self::Test,
        Self::OwnCall,
        Self::Seats,
        Self::NoCharge,
        Self::NothingCounted,
    ];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoTariff => "no_tariff",
            Self::NotAnswered => "not_answered",
            Self::Cut => "cut",
            Self::NotReached => "not_reached",
            Self::Short => "short",
            Self::WrongNumber => "wrong_number",
            Self::Spam => "spam",
            Self::Test => "test",
            Self::OwnCall => "own_call",
            Self::Seats => "seats",
            Self::NoCharge => "no_charge",
            Self::NothingCounted => "nothing_counted",
        }
    }
}

impl From<NotBilledReason> for Free {
    fn from(reason: NotBilledReason) -> Self {
        match reason {
            NotBilledReason::WrongNumber => Self::WrongNumber,
            NotBilledReason::Spam => Self::Spam,
            NotBilledReason::Test => Self::Test,
            NotBilledReason::OwnCall => Self::OwnCall,
        }
    }
}

/// What one charge counts of a contact, by band in the order of time.
pub(crate) struct Counted {
    pub charge: usize,
    pub bands: Vec<InBand>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct InBand {
    pub band: Option<u16>,
    pub counted_us: u64,
    pub billed: u64,
}

/// Why a contact is not billed, whatever the charges say. `shorts` counts those that were free.
pub(crate) fn exempt(facts: &Facts, tariff: &Tariff, shorts: &mut u32) -> Option<Free> {
    match facts.fate {
        Fate::Abandoned | Fate::TurnedAway => return Some(Free::NotAnswered),
        Fate::Cut => return Some(Free::Cut),
        Fate::NotReached => return Some(Free::NotReached),
        Fate::Voicemail | Fate::Answered => {}
    }
    let said = facts.disposition.and_then(|said| {
        tariff.not_billed.dispositions.iter().find(|entry| entry.disposition == said)
    });
    if let Some(entry) = said {
        return Some(entry.reason.into());
    }
    let short = tariff.not_billed.short.filter(|_| facts.fate == Fate::Answered)?;
    let spoken = facts.time_us(&[SpanClass::Talk, SpanClass::Hold]);
    let is_short = spoken < u64::from(short.below_s) * 1_000_000;
    if is_short && short.free_max.is_none_or(|max| *shorts < max) {
        *shorts += 1;
        return Some(Free::Short);
    }
    None
}

/// Whether a charge is for this contact.
pub(crate) fn applies(charge: &Charge, facts: &Facts, served: Served) -> bool {
    let scope = &charge.scope;
    let direction = match scope.direction {
        Direction::Any => true,
        Direction::Inbound => !facts.outbound,
        Direction::Outbound => facts.outbound,
    };
    let answered = facts.fate == Fate::Answered;
    let unit = match charge.unit {
        Unit::Message => {
            facts.fate == Fate::Voicemail
                || (answered && matches!(facts.channel, Channel::Mail | Channel::Message))
        }
        Unit::Minute { .. } | Unit::Contact | Unit::Work { .. } => answered,
    };
    fn named<T: PartialEq>(list: &[T], one: &T) -> bool {
        list.is_empty() || list.contains(one)
    }
    unit && direction
        && named(&scope.channels, &facts.channel)
        && named(&scope.queues, &facts.queue)
        && named(&scope.served, &served)
}

/// What a charge counts of a contact.
pub(crate) fn count(
    index: usize,
    charge: &Charge,
    tariff: &Tariff,
    facts: &Facts,
    bands: &Timeline<Option<u16>>,
) -> Counted {
    let start = facts.answered.unwrap_or(facts.began);
    let at_start = bands.at(start).copied().flatten();
    let pieces = |billed: u64| InBand { band: at_start, counted_us: 0, billed };
    let bands = match &charge.unit {
        Unit::Contact | Unit::Message => vec![pieces(1)],
        Unit::Work { by_disposition, otherwise } => {
            let by = facts
                .disposition
                .and_then(|said| by_disposition.iter().find(|entry| entry.disposition == said));
            vec![pieces(u64::from(by.map_or(*otherwise, |entry| entry.units)))]
        }
        Unit::Minute { counts, increments, rounded, minimum_s, added_s } => {
            let spans = facts.spans.iter().filter(|span| counts.contains(&span.class));
            let mut in_bands: Vec<InBand> = Vec::new();
            let (mut raw, mut parts) = (0, [0_u64; 256]);
            for span in spans {
                raw += span.length_us();
                parts[usize::from(span.part)] += span.length_us();
                match tariff.banded {
                    Banded::ByStart => add(&mut in_bands, at_start, span.length_us()),
                    Banded::ByMinute => cut(span, bands, &mut in_bands),
                }
            }
            // A part that did not happen rounds to nothing.
            let billed = match rounded {
                Rounded::Contact => increments.billed_s(raw),
                Rounded::Part => parts.iter().map(|us| increments.billed_s(*us)).sum(),
            };
            let billed = match billed {
                0 => 0,
                some => some.max(u64::from(*minimum_s)) + u64::from(*added_s),
            };
            share_out(billed, &mut in_bands);
            in_bands
        }
    };
    Counted { charge: index, bands }
}

/// Cuts a span where another band begins.
fn cut(span: &Spent, bands: &Timeline<Option<u16>>, in_bands: &mut Vec<InBand>) {
    let mut from = span.from;
    while from < span.until {
        let until = bands.next_change(from).map_or(span.until, |(at, _)| (*at).min(span.until));
        let length = u64::try_from(until.since(from).as_micros()).unwrap_or(u64::MAX);
        add(in_bands, bands.at(from).copied().flatten(), length);
        from = until;
    }
}

fn add(in_bands: &mut Vec<InBand>, band: Option<u16>, us: u64) {
    match in_bands.iter_mut().find(|entry| entry.band == band) {
        Some(entry) => entry.counted_us += us,
        None => in_bands.push(InBand { band, counted_us: us, billed: 0 }),
    }
}

/// Each band but the last gets the whole seconds that were spent in it; the last one the rest of what
/// is billed, with all that rounding adds.
fn share_out(billed: u64, in_bands: &mut [InBand]) {
    let (mut before_us, mut given) = (0, 0);
    let last = in_bands.len().saturating_sub(1);
    for (i, entry) in in_bands.iter_mut().enumerate() {
        before_us += entry.counted_us;
        let up_to = if i == last { billed } else { (before_us / 1_000_000).min(billed) };
        entry.billed = up_to - given;
        given = up_to;
    }
}

/// What `billed` of a charge costs in a band.
pub(crate) fn cost(charge: &Charge, tariff: &Tariff, band: Option<u16>, billed: u64) -> Exact {
    let percent = percent(tariff, band);
    match charge.unit {
        Unit::Minute { .. } => Exact::of_seconds(billed, charge.price.0, percent),
        Unit::Contact | Unit::Message | Unit::Work { .. } => {
            Exact::of_pieces(billed, charge.price.0, percent)
        }
    }
}

/// The price in a band, in percent of the ordinary one.
pub(crate) fn percent(tariff: &Tariff, band: Option<u16>) -> u16 {
    band.and_then(|band| tariff.bands.get(usize::from(band))).map_or(100, |band| band.percent)
}
