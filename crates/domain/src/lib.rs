//! The words everything else is made of: ids, time, money, telephone numbers, mail addresses,
//! languages, calendars, the contract and its tariff.
//!
//! Nothing here reads a clock, a socket or a store. Calendars and [`zone`] are the one place that knows
//! about time zones; calendars are compiled into [`Timeline`]s of UTC instants, and the rest of the product
//! reads only those. The type to read first is [`contract::Contract`].

pub mod calendar;
pub mod contract;
pub mod csv;
mod email;
pub mod fault;
pub mod id;
mod language;
mod money;
pub mod on_call;
pub mod party;
mod phone;
pub mod presence;
pub mod rhythm;
pub mod tariff;
mod time;
mod words;
pub mod zone;

pub use calendar::{Calendar, Timeline};
pub use email::{EmailAddress, EmailAddressError};
pub use fault::Fault;
pub use id::*;
pub use language::{Language, LanguageError};
pub use money::{Currency, Money, MoneyError, decimal};
pub use phone::{PhoneNumber, PhoneNumberError};
pub use time::{Timestamp, TimestampError};
pub use words::Words;
pub use zone::{Day, Span, Zone, ZoneError};
