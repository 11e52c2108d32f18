//! The tariff: what a contract costs, as data with the contract's own date and version.
//!
//! It says what is counted, in which unit and increments, what is included, what is not billed, and in
//! which order all of that is applied (see `docs/billing.md`). Nothing here computes an
//! amount: that is `crates/billing`, for what happened and for what might.
//!
//! Whole amounts are minor units (`_minor`). A price of one unit is a [`Price`], a thousand times finer,
//! since a minute may cost less than a cent.

mod bands;
mod cycle;
mod validate;

pub use bands::compile_bands;
pub use cycle::{BillingPeriod, Cycle};
pub(crate) use validate::tariff_faults;
pub use validate::{Billed, INCREMENTS_S};

use serde::{Deserialize, Serialize};

use crate::{Currency, DispositionId, QueueId, calendar::WeeklyRange, contract::Channel};

/// The price of one unit, in thousandths of the minor unit: 1.75 EUR a minute is 175000.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Price(pub i64);

/// What a contract costs. The order of the fields is the order in which they are applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tariff {
    /// All amounts are in this currency.
    pub currency: Currency,
    /// What the agreement says in words beside all this, shown with the contract.
    pub terms: String,
    /// From which day to which day is billed.
    #[serde(default)]
    pub cycle: Cycle,
    /// Zone in which a billing period ends at midnight; `None` for the contract's.
    #[serde(default)]
    pub cut_off_zone: Option<String>,
    /// What is taken, but not billed.
    #[serde(default)]
    pub not_billed: NotBilled,
    /// Hours with another price; outside all of them the price is as it stands.
    #[serde(default)]
    pub bands: Vec<Band>,
    /// Which moment of a contact chooses its band.
    #[serde(default)]
    pub banded: Banded,
    /// What is metered.
    #[serde(default)]
    pub charges: Vec<Charge>,
    /// What is paid for being there, whether contacts come or not.
    #[serde(default)]
    pub seats: Vec<Seats>,
    /// The least that charges and seats of a billing period come to, before fees and credits; 0 for none.
    #[serde(default)]
    pub minimum_minor: i64,
    /// Set-up, numbers, and whatever else is paid by the piece.
    #[serde(default)]
    pub fees: Vec<Fee>,
    /// What the client gets back when the promise was not kept.
    #[serde(default)]
    pub credit: Option<ServiceCredit>,
    /// Tax on the rest; `None` where none is due.
    #[serde(default)]
    pub tax: Option<Tax>,
    /// Days of notice before the agreement ends.
    #[serde(default)]
    pub notice_days: u32,
}

/// What is taken but not billed. Each such contact is listed with an amount of zero and its reason.
///
/// A contact that nobody answered, and one that a fault of the provider's cut, is never billed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotBilled {
    /// Answered contacts that were over at once.
    #[serde(default)]
    pub short: Option<Short>,
    /// Contacts that ended so.
    #[serde(default)]
    pub dispositions: Vec<NotBilledDisposition>,
}

/// Answered contacts that were over at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Short {
    /// Talk and hold together lasted less than this.
    pub below_s: u32,
    /// Only the first so many of each billing period are free; `None` for all of them.
    #[serde(default)]
    pub free_max: Option<u32>,
}

/// A disposition with which a contact is not billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotBilledDisposition {
    /// The disposition.
    pub disposition: DispositionId,
    /// What it stands for.
    pub reason: NotBilledReason,
}

/// What a disposition stands for that is not billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotBilledReason {
    /// The customer wanted somebody else.
    WrongNumber,
    /// Nobody's customer.
    Spam,
    /// Somebody tried whether it works.
    Test,
    /// The client's own people called.
    OwnCall,
}

/// Hours with another price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// What people call it: `Night`.
    pub name: String,
    /// Hours of each week, in the contract's zone.
    #[serde(default)]
    pub weekly: Vec<WeeklyRange>,
    /// The whole of each holiday in the contract's hours; it wins over every other band.
    #[serde(default)]
    pub holidays: bool,
    /// The price there, in percent of the ordinary one: 150 is half as much again.
    pub percent: u16,
}

/// Which moment of a contact chooses its band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Banded {
    /// Each minute has the price of its own hour; what rounding adds has the price of the last one.
    #[default]
    ByMinute,
    /// All of it has the price of the instant at which it was answered.
    ByStart,
}

/// One thing that is metered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// What stands on the invoice: `Calls in office hours`.
    pub name: String,
    /// Which contacts it is for. Two charges in the same kind of unit never share a contact.
    #[serde(default)]
    pub scope: Scope,
    /// What is counted.
    pub unit: Unit,
    /// The price of a minute, contact, message or unit of work.
    #[serde(rename = "price_milli")]
    pub price: Price,
    /// What is included in each billing period; `None` for nothing.
    #[serde(default)]
    pub bundle: Option<Bundle>,
}

/// Which contacts; an empty list is any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// On these channels.
    #[serde(default)]
    pub channels: Vec<Channel>,
    /// In these queues, at arrival.
    #[serde(default)]
    pub queues: Vec<QueueId>,
    /// Answered by these.
    #[serde(default)]
    pub served: Vec<Served>,
    /// Who called.
    #[serde(default)]
    pub direction: Direction,
}

/// Who answered, as the contract's period at arrival and the overflow make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Served {
    /// A pool, in a shared period.
    Shared,
    /// The client's team, in a dedicated period.
    Dedicated,
    /// A pool that helped.
    Overflow,
}

/// Who called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Whoever.
    #[default]
    Any,
    /// The customer.
    Inbound,
    /// An agent.
    Outbound,
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Unit {
    /// Time, priced by the minute.
    Minute {
        /// Which spans count.
        counts: Vec<SpanClass>,
        /// To what the time is rounded up.
        increments: Increments,
        /// What is rounded: a contact, or each agent's part of it.
        #[serde(default)]
        rounded: Rounded,
        /// The least that a contact counts, in seconds; 0 for none.
        #[serde(default)]
        minimum_s: u32,
        /// Added to each contact after rounding, such as 60 for a minute of wrap-up; 0 for nothing.
        #[serde(default)]
        added_s: u32,
    },
    /// Answered contacts.
    Contact,
    /// Answered mails and messages, and messages left, spoken or written.
    Message,
    /// Units of work: so many for each answered contact, by how it ended.
    Work {
        /// Units by disposition.
        #[serde(default)]
        by_disposition: Vec<WorkUnits>,
        /// Units of a contact that ended otherwise.
        otherwise: u32,
    },
}

/// Units of work of one disposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkUnits {
    /// The disposition.
    pub disposition: DispositionId,
    /// How many units a contact with it is.
    pub units: u32,
}

/// A span of a contact that may be billed.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum SpanClass {
    /// Menus and automatic messages before the queue.
    #[n(0)]
    Automated,
    /// The peak greeting.
    #[n(1)]
    Greeting,
    /// Waiting otherwise, within the hours.
    #[n(2)]
    Queue,
    /// It rings at a customer whom an agent calls.
    #[n(3)]
    Ringing,
    /// An agent talks or writes with the customer, or asks a colleague for advice.
    #[n(4)]
    Talk,
    /// The agent has the customer on hold.
    #[n(5)]
    Hold,
    /// The agent's work afterwards.
    #[n(6)]
    WrapUp,
    /// The customer talks with somebody outside to whom the call was passed on.
    #[n(7)]
    Patch,
}

impl SpanClass {
    /// All of them, in a fixed order.
    pub const ALL: [Self; 8] = [
        Self::Automated,
        Self::Greeting,
        Self::Queue,
        Self::Ringing,
        Self::Talk,
        Self::Hold,
        Self::WrapUp,
        Self::Patch,
    ];
}

/// What is rounded up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounded {
    /// The counted time of the whole contact.
    #[default]
    Contact,
    /// That of each agent's part; what belongs to no agent is a part too.
    Part,
}

/// Time is billed in whole increments, the first one and then the others: `60/6` is a minute, then
/// six seconds at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Increments {
    /// The first increment, in seconds.
    pub first_s: u32,
    /// Each further one, in seconds.
    pub next_s: u32,
}

impl Increments {
    /// Seconds billed for a time in microseconds: rounded up, and nothing for nothing.
    pub const fn billed_s(self, us: u64) -> u64 {
        let (first, next) = (self.first_s as u64, self.next_s as u64);
        let seconds = us.div_ceil(1_000_000);
        if seconds == 0 {
            0
        } else if seconds <= first || next == 0 {
            // An increment of 0 passes no validation; here it must not divide.
            if seconds < first { first } else { seconds }
        } else {
            first + (seconds - first).div_ceil(next) * next
        }
    }
}

/// What is included in each billing period. It is used up in the order of time, in billed units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// Minutes, contacts, messages or units of work.
    pub included: u32,
    /// For how long it is included; nothing is until that is said.
    #[serde(default)]
    pub per: Option<BundlePer>,
    /// What it costs, used or not.
    pub fee_minor: i64,
    /// What becomes of the rest.
    #[serde(default)]
    pub unused: Unused,
    /// What follows when it is used up.
    #[serde(default)]
    pub beyond: Beyond,
    /// At this share of it, in percent, the client is warned.
    #[serde(default = "warn_percent")]
    pub warn_percent: u8,
}

const fn warn_percent() -> u8 {
    80
}

/// For how long something is included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BundlePer {
    /// Each billing period.
    BillingPeriod,
}

/// What becomes of what is included and was not used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unused {
    /// It lapses with the billing period.
    #[default]
    Lapse,
    /// It is used first in the next billing period, and lapses with that.
    RollOver,
}

/// What follows when the bundle is used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// Each further unit at the charge's price.
    #[default]
    Price,
    /// Another bundle of the same size and fee: a pack of hours after the other.
    AnotherPack,
}

/// Seats of the client's own team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seats {
    /// What stands on the invoice: `Team in office hours`.
    pub name: String,
    /// How many seats are staffed at once.
    pub count: u32,
    /// By what they are paid.
    pub basis: SeatBasis,
    /// Hours of each week in which they are staffed, in the contract's zone; not on the holidays of its
    /// hours.
    #[serde(default)]
    pub hours: Vec<WeeklyRange>,
    /// Taken off for each hour in which a seat is agreed and nobody sits there; `None` for nothing.
    #[serde(default, rename = "absent_hour_milli")]
    pub absent_hour: Option<Price>,
    /// Days of notice before the number of seats changes.
    #[serde(default)]
    pub notice_days: u32,
}

/// By what seats are paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SeatBasis {
    /// By the agreed hour.
    Hour {
        /// Of one seat and hour.
        #[serde(rename = "price_milli")]
        price: Price,
    },
    /// By the billing period.
    BillingPeriod {
        /// Of one seat.
        price_minor: i64,
    },
}

/// Something paid by the piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// What stands on the invoice: `Telephone number`.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// The price of one.
    pub price_minor: i64,
    /// When it is due.
    pub when: FeeWhen,
}

/// When a fee is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeWhen {
    /// Once, with the first tariff that has a fee of this name.
    Once,
    /// In each billing period.
    EachPeriod,
}

/// What the client gets back when the service level of a billing period was missed. The level is the
/// report's, each contact judged by the promise under which it arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCredit {
    /// The level below which it begins, in percent.
    pub target_percent: u8,
    /// Given for each whole percentage point missed.
    pub per_point: CreditPerPoint,
    /// At most this share of charges, seats and minimum, in percent.
    pub cap_percent: u8,
}

/// What is given for each whole percentage point missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum CreditPerPoint {
    /// An amount.
    Amount {
        /// In minor units.
        amount_minor: i64,
    },
    /// A share of charges, seats and minimum.
    Share {
        /// In thousandths.
        permille: u16,
    },
}

/// A tax on what is to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// Its name: `TVA`.
    pub name: String,
    /// Its rate in hundredths of a percent: 20 % is 2000.
    pub basis_points: u32,
}

impl Tariff {
    /// A tariff that costs nothing yet.
    pub fn new(currency: Currency) -> Self {
        Self {
            currency,
            terms: String::new(),
            cycle: Cycle::default(),
            cut_off_zone: None,
            not_billed: NotBilled::default(),
            bands: Vec::new(),
            banded: Banded::default(),
            charges: Vec::new(),
            seats: Vec::new(),
            minimum_minor: 0,
            fees: Vec::new(),
            credit: None,
            tax: None,
            notice_days: 0,
        }
    }

    /// Whether anything has a price. A tariff without is words only, and nothing is billed by it.
    pub fn is_priced(&self) -> bool {
        !self.charges.is_empty()
            || !self.seats.is_empty()
            || !self.fees.is_empty()
            || self.minimum_minor != 0
    }
}

impl Unit {
    /// The kind, without what it says.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Minute { .. } => "minute",
            Self::Contact => "contact",
            Self::Message => "message",
            Self::Work { .. } => "work",
        }
    }
}

impl Scope {
    /// Whether some contact could be in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        fn common<T: PartialEq>(a: &[T], b: &[T]) -> bool {
            a.is_empty() || b.is_empty() || a.iter().any(|one| b.contains(one))
        }
        let direction = self.direction == Direction::Any
            || other.direction == Direction::Any
            || self.direction == other.direction;
        direction
            && common(&self.channels, &other.channels)
            && common(&self.queues, &other.queues)
            && common(&self.served, &other.served)
    }
}
