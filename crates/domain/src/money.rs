//! Money: integer minor units with their currency.

use std::{fmt, str::FromStr};

/// An ISO 4217 currency code, such as `EUR`.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// An amount in the smallest unit of its currency: 12.50 EUR is 1250. Sums check the currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Money {
    /// The amount in minor units (cents, pence, kopecks).
    pub amount_minor: i64,
    /// Its currency.
    pub currency: Currency,
}

/// Why an amount could not be read or computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three capital letters of a currency we know.
    #[error("`{0}` is not a currency: expected an ISO 4217 code such as EUR")]
    UnknownCurrency(String),
    /// Amounts of two currencies cannot be added.
    #[error("{left} and {right} are different currencies; convert one of them first")]
    CurrencyMismatch {
        /// Currency of the left amount.
        left: Currency,
        /// Currency of the right amount.
        right: Currency,
    },
    /// The sum leaves the range of 64 bits.
    #[error("the amount does not fit into 64 bits of minor units")]
    Overflow,
}

/// The currencies we know, with their number of decimal places (ISO 4217).
const CURRENCIES: [(&[u8; 3], u32); 14] = [
    (b"CAD", 2),
    (b"CHF", 2),
    (b"CZK", 2),
    (b"DKK", 2),
    (b"EUR", 2),
    (b"GBP", 2),
    (b"JPY", 0),
    (b"KZT", 2),
    (b"NOK", 2),
    (b"PLN", 2),
    (b"RUB", 2),
    (b"SEK", 2),
    (b"TND", 3),
    (b"USD", 2),
];

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Decimal places of the minor unit: 2 for EUR, 0 for JPY.
    pub fn decimals(self) -> u32 {
        CURRENCIES.iter().find(|(code, _)| **code == self.0).map_or(2, |(_, places)| *places)
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        CURRENCIES
            .iter()
            .find(|(code, _)| code.as_slice() == text.as_bytes())
            .map(|(code, _)| Self(**code))
            .ok_or_else(|| MoneyError::UnknownCurrency(text.chars().take(16).collect()))
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Money {
    /// An amount of minor units.
    pub const fn new(amount_minor: i64, currency: Currency) -> Self {
        Self { amount_minor, currency }
    }

    /// The sum of two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch {
                left: self.currency,
                right: other.currency,
            });
        }
        let amount_minor =
            self.amount_minor.checked_add(other.amount_minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount_minor, ..self })
    }
}

impl fmt::Display for Money {
    /// With a point and the code, independent of any locale: `-12.50 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = decimal(i128::from(self.amount_minor), self.currency.decimals());
        write!(f, "{amount} {}", self.currency)
    }
}

/// A whole number of parts as a decimal number with a point, whatever the locale: 21250 with five places is
/// `0.21250`.
pub fn decimal(parts: i128, places: u32) -> String {
    let (sign, parts) = (if parts < 0 { "-" } else { "" }, parts.unsigned_abs());
    let unit = 10_u128.pow(places);
    match places {
        0 => format!("{sign}{parts}"),
        _ => format!("{sign}{}.{:0width$}", parts / unit, parts % unit, width = places as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_shown_exactly() {
        for (parts, places, shown) in [
            (21_250, 5, "0.21250"),
            (-350_000, 5, "-3.50000"),
            (0, 5, "0.00000"),
            (1_500, 3, "1.500"),
            (-42, 0, "-42"),
        ] {
            assert_eq!(decimal(parts, places), shown);
        }
    }
}
