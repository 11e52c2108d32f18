//! The tariff on the wire. Meaning and units are those of the domain's tariff; currency, zone, dates and
//! hours are text, so that a form with ten mistakes is told of all ten.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::calendars::WeeklyRangeView;
use crate::desk::ChannelKind;

/// What a contract costs, in the order in which it is applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TariffTerms {
    /// ISO 4217, such as `EUR`.
    pub currency: String,
    /// What the agreement says in words beside all this.
    pub terms: String,
    /// From which day to which day is billed.
    #[serde(default)]
    pub cycle: CycleTerms,
    /// IANA zone in which a billing period ends at midnight; `null` for the contract's.
    #[serde(default)]
    pub cut_off_zone: Option<String>,
    /// What is taken, but not billed.
    #[serde(default)]
    pub not_billed: NotBilledTerms,
    /// Hours with another price.
    #[serde(default)]
    pub bands: Vec<BandTerms>,
    /// Which moment of a contact chooses its band.
    #[serde(default)]
    pub banded: BandedChoice,
    /// What is metered.
    #[serde(default)]
    pub charges: Vec<ChargeTerms>,
    /// What is paid for being there.
    #[serde(default)]
    pub seats: Vec<SeatsTerms>,
    /// The least that charges and seats of a billing period come to, in minor units; 0 for none.
    #[serde(default)]
    pub minimum_minor: i64,
    /// Set-up, numbers, and whatever else is paid by the piece.
    #[serde(default)]
    pub fees: Vec<FeeTerms>,
    /// What the client gets back when the promise was not kept; `null` for nothing.
    #[serde(default)]
    pub credit: Option<CreditTerms>,
    /// Tax on the rest; `null` where none is due.
    #[serde(default)]
    pub tax: Option<TaxTerms>,
    /// Days of notice before the agreement ends.
    #[serde(default)]
    pub notice_days: u32,
}

/// From which day to which day is billed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum CycleTerms {
    /// The calendar month.
    #[default]
    Month,
    /// Four weeks, again and again.
    FourWeeks {
        /// The first day of one of them, `YYYY-MM-DD`.
        first: String,
    },
}

/// What is taken, but not billed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotBilledTerms {
    /// Answered contacts that were over at once; `null` for no such rule.
    #[serde(default)]
    pub short: Option<ShortTerms>,
    /// Contacts that ended so.
    #[serde(default)]
    pub dispositions: Vec<NotBilledDispositionTerms>,
}

/// Answered contacts that were over at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShortTerms {
    /// Talk and hold together lasted less than this, in seconds.
    pub below_s: u32,
    /// Only the first so many of each billing period are free; `null` for all.
    #[serde(default)]
    pub free_max: Option<u32>,
}

/// A disposition with which a contact is not billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotBilledDispositionTerms {
    /// The disposition.
    pub disposition: Uuid,
    /// What it stands for.
    pub reason: NotBilledChoice,
}

/// What a disposition stands for that is not billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotBilledChoice {
    /// Somebody else was wanted.
    WrongNumber,
    /// Nobody's customer.
    Spam,
    /// Somebody tried whether it works.
    Test,
    /// The client's own people called.
    OwnCall,
}

/// Hours with another price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BandTerms {
    /// What people call it.
    pub name: String,
    /// Hours of each week, in the contract's zone.
    #[serde(default)]
    pub weekly: Vec<WeeklyRangeView>,
    /// The whole of each holiday; it wins over every other band.
    #[serde(default)]
    pub holidays: bool,
    /// The price there, in percent of the ordinary one.
    pub percent: u16,
}

/// Which moment of a contact chooses its band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BandedChoice {
    /// Each minute has the price of its own hour.
    #[default]
    ByMinute,
    /// All of it has the price of the instant at which it was answered.
    ByStart,
}

/// One thing that is metered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChargeTerms {
    /// What stands on the invoice.
    pub name: String,
    /// Which contacts it is for.
    #[serde(default)]
    pub scope: ScopeTerms,
    /// What is counted.
    pub unit: UnitTerms,
    /// The price of one, in thousandths of the minor unit: 1.75 EUR is 175000.
    pub price_milli: i64,
    /// What is included in each billing period; `null` for nothing.
    #[serde(default)]
    pub bundle: Option<BundleTerms>,
}

/// Which contacts; an empty list is any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScopeTerms {
    /// On these channels.
    #[serde(default)]
    pub channels: Vec<ChannelKind>,
    /// In these queues, at arrival.
    #[serde(default)]
    pub queues: Vec<Uuid>,
    /// Answered by these.
    #[serde(default)]
    pub served: Vec<ServedChoice>,
    /// Who called.
    #[serde(default)]
    pub direction: DirectionChoice,
}

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServedChoice {
    /// A pool, in a shared period.
    Shared,
    /// The client's team, in a dedicated period.
    Dedicated,
    /// A pool that helped.
    Overflow,
}

/// Who called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DirectionChoice {
    /// Whoever.
    #[default]
    Any,
    /// The customer.
    Inbound,
    /// An agent.
    Outbound,
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum UnitTerms {
    /// Time, priced by the minute.
    Minute {
        /// Which spans count.
        counts: Vec<SpanChoice>,
        /// The first increment, in seconds: 1, 6, 15, 30 or 60.
        first_s: u32,
        /// Each further one.
        next_s: u32,
        /// What is rounded.
        #[serde(default)]
        rounded: RoundedChoice,
        /// The least that a contact counts, in seconds.
        #[serde(default)]
        minimum_s: u32,
        /// Added to each contact after rounding, in seconds.
        #[serde(default)]
        added_s: u32,
    },
    /// Answered contacts.
    Contact,
    /// Answered mails and messages, and voicemails left.
    Message,
    /// Units of work.
    Work {
        /// Units by disposition.
        #[serde(default)]
        by_disposition: Vec<WorkUnitsTerms>,
        /// Units of a contact that ended otherwise.
        otherwise: u32,
    },
}

/// A span of a contact that may be billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpanChoice {
    /// Menus and automatic messages before the queue.
    Automated,
    /// The peak greeting.
    Greeting,
    /// Waiting otherwise.
    Queue,
    /// It rings at a customer whom an agent calls.
    Ringing,
    /// In conversation.
    Talk,
    /// On hold.
    Hold,
    /// Work afterwards.
    WrapUp,
    /// With somebody outside to whom it was passed on.
    Patch,
}

/// What is rounded up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoundedChoice {
    /// The counted time of the whole contact.
    #[default]
    Contact,
    /// That of each agent's part.
    Part,
}

/// Units of work of one disposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkUnitsTerms {
    /// The disposition.
    pub disposition: Uuid,
    /// How many units a contact with it is.
    pub units: u32,
}

/// What is included in each billing period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BundleTerms {
    /// Minutes, contacts, messages or units of work.
    pub included: u32,
    /// For how long; a bundle without is a fault.
    #[serde(default)]
    pub per: Option<BundlePerChoice>,
    /// What it costs, in minor units.
    pub fee_minor: i64,
    /// What becomes of the rest.
    #[serde(default)]
    pub unused: UnusedChoice,
    /// What follows when it is used up.
    #[serde(default)]
    pub beyond: BeyondChoice,
    /// At this share of it, in percent, the client is warned; 80 when absent.
    #[serde(default = "warn_percent")]
    pub warn_percent: u8,
}

const fn warn_percent() -> u8 {
    80
}

/// For how long something is included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BundlePerChoice {
    /// Each billing period.
    BillingPeriod,
}

/// What becomes of what was not used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnusedChoice {
    /// It lapses with the billing period.
    #[default]
    Lapse,
    /// It is used first in the next one, and lapses with that.
    RollOver,
}

/// What follows when the bundle is used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BeyondChoice {
    /// Each further unit at the charge's price.
    #[default]
    Price,
    /// Another bundle of the same size and fee.
    AnotherPack,
}

/// Seats of the client's own team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeatsTerms {
    /// What stands on the invoice.
    pub name: String,
    /// How many are staffed at once.
    pub count: u32,
    /// By what they are paid.
    pub basis: SeatBasisTerms,
    /// When they are staffed, in the contract's zone.
    #[serde(default)]
    pub hours: Vec<WeeklyRangeView>,
    /// Taken off for each absent seat-hour, in thousandths of the minor unit; `null` for nothing.
    #[serde(default)]
    pub absent_hour_milli: Option<i64>,
    /// Days of notice before their number changes.
    #[serde(default)]
    pub notice_days: u32,
}

/// By what seats are paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SeatBasisTerms {
    /// By the agreed hour.
    Hour {
        /// Of one seat and hour, in thousandths of the minor unit.
        price_milli: i64,
    },
    /// By the billing period.
    BillingPeriod {
        /// Of one seat, in minor units.
        price_minor: i64,
    },
}

/// Something paid by the piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeeTerms {
    /// What stands on the invoice.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// The price of one, in minor units.
    pub price_minor: i64,
    /// When it is due.
    pub when: FeeWhenChoice,
}

/// When a fee is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeeWhenChoice {
    /// Once, with the first tariff that has it.
    Once,
    /// In each billing period.
    EachPeriod,
}

/// What the client gets back when the service level was missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreditTerms {
    /// The level below which it begins, in percent.
    pub target_percent: u8,
    /// Given for each whole percentage point missed.
    pub per_point: CreditPerPointTerms,
    /// At most this share of charges, seats and minimum, in percent.
    pub cap_percent: u8,
}

/// What is given for each whole percentage point missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum CreditPerPointTerms {
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaxTerms {
    /// Its name.
    pub name: String,
    /// Its rate in hundredths of a percent: 20 % is 2000.
    pub basis_points: u32,
}
