//! The small words: money, numbers, addresses, languages, times of day, ids, instants.

#![allow(clippy::unwrap_used, reason = "a test that cannot parse its own input should fail")]

use domain::{
    AgentId, Currency, EmailAddress, Language, Money, MoneyError, PhoneNumber, Timestamp,
    calendar::MinuteOfDay,
};
use proptest::prelude::*;

fn money(amount_minor: i64, currency: &str) -> Money {
    Money::new(amount_minor, currency.parse().unwrap())
}

#[test]
fn money_prints_with_the_places_of_its_currency() {
    for (amount, currency, want) in [
        (1250, "EUR", "12.50 EUR"),
        (-1250, "EUR", "-12.50 EUR"),
        (5, "EUR", "0.05 EUR"),
        (-5, "EUR", "-0.05 EUR"),
        (0, "USD", "0.00 USD"),
        (1250, "JPY", "1250 JPY"),
        (1250, "TND", "1.250 TND"),
        (7, "TND", "0.007 TND"),
        (i64::MAX, "EUR", "92233720368547758.07 EUR"),
        (i64::MIN, "EUR", "-92233720368547758.08 EUR"),
    ] {
        assert_eq!(money(amount, currency).to_string(), want);
    }
}

#[test]
fn money_adds_only_within_its_currency_and_range() {
    assert_eq!(money(1, "EUR").checked_add(money(2, "EUR")), Ok(money(3, "EUR")));
    assert!(matches!(
        money(1, "EUR").checked_add(money(2, "USD")),
        Err(MoneyError::CurrencyMismatch { .. })
    ));
    assert_eq!(money(i64::MAX, "EUR").checked_add(money(1, "EUR")), Err(MoneyError::Overflow));
    for bad in ["", "eur", "EURO", "XXX", "€"] {
        assert!(bad.parse::<Currency>().is_err(), "{bad}");
    }
}

#[test]
fn telephone_numbers() {
    for (text, want) in [
        ("+33142345678", "+33142345678"),
        (" +33 (1) 42-34.56/78 ", "+33142345678"),
        ("+7 495 123-45-67", "+74951234567"),
        ("+2901234", "+2901234"),
        ("+123456789012345", "+123456789012345"),
    ] {
        let number: PhoneNumber = text.parse().unwrap();
        assert_eq!(number.as_str(), want, "{text}");
        assert_eq!(format!("{number:?}"), "PhoneNumber(<redacted>)");
    }
    for bad in [
        "",
        "+",
        "0142345678",
        "0033142345678",
        "+033142345678",
        "+123456",
        "+1234567890123456",
        "+33 1 42 CALL",
        "++33142345678",
    ] {
        assert!(bad.parse::<PhoneNumber>().is_err(), "{bad}");
    }
}

#[test]
fn mail_addresses() {
    for (text, want) in [
        ("anna@example.org", "anna@example.org"),
        (" Anna.Lee+x@EXAMPLE.Org ", "Anna.Lee+x@example.org"),
        ("почта@пример.рф", "почта@пример.рф"),
    ] {
        let address: EmailAddress = text.parse().unwrap();
        assert_eq!(address.as_str(), want);
        assert_eq!(format!("{address:?}"), "EmailAddress(<redacted>)");
    }
    let long = format!("{}@example.org", "a".repeat(65));
    for bad in [
        "",
        "anna",
        "@example.org",
        "anna@",
        "anna@example",
        "a b@example.org",
        "a..b@example.org",
        ".a@example.org",
        "a@-x.org",
        "a@x..org",
        "a@b@example.org",
        "a,b@example.org",
        "a@exa mple.org",
        &long,
    ] {
        assert!(bad.parse::<EmailAddress>().is_err(), "{bad}");
    }
}

#[test]
fn languages_and_times_of_day() {
    for (text, want) in [("fr", "fr"), ("fr-CA", "fr"), ("EN_us", "en"), ("gsw", "gsw")] {
        assert_eq!(text.parse::<Language>().unwrap().code(), want);
    }
    for bad in ["", "f", "fran", "f1", "-fr", "фр"] {
        assert!(bad.parse::<Language>().is_err(), "{bad}");
    }
    for (text, want) in [("00:00", 0), ("09:05", 545), ("23:59", 1439), ("24:00", 1440)] {
        let minute: MinuteOfDay = text.parse().unwrap();
        assert_eq!((minute.minutes(), minute.to_string().as_str()), (want, text));
        assert_eq!(MinuteOfDay::from_minutes(want), Some(minute));
    }
    for bad in
        ["", "9:00", "24:01", "25:00", "12:60", "+1:00", "-1:00", "12:+5", "12.30", "12:30:00"]
    {
        assert!(bad.parse::<MinuteOfDay>().is_err(), "{bad}");
    }
    assert_eq!(MinuteOfDay::from_minutes(1441), None);
}

proptest! {
    #[test]
    fn parsers_never_panic_and_read_back_what_they_print(text in "\\PC{0,40}|[+0-9() .-]{0,20}|[a-z.@-]{0,30}|[0-9:]{0,6}") {
        macro_rules! reads_back {
            ($($kind:ty),*) => {$(
                if let Ok(value) = text.parse::<$kind>() {
                    prop_assert_eq!(value.to_string().parse::<$kind>().ok(), Some(value));
                }
            )*};
        }
        reads_back!(PhoneNumber, EmailAddress, Language, MinuteOfDay, Currency, AgentId, Timestamp);
        let _ = domain::Zone::get(&text);
    }

    #[test]
    fn any_money_prints(amount in any::<i64>(), currency in proptest::sample::select(vec!["EUR", "JPY", "TND"])) {
        let text = money(amount, currency).to_string();
        let digits: String = text.chars().filter(|c| c.is_ascii_digit()).collect();
        prop_assert_eq!(digits.trim_start_matches('0').parse::<u64>().unwrap_or(0), amount.unsigned_abs());
    }
}
