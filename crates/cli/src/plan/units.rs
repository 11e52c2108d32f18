//! Spans as people type them, and figures as people read them.

use std::fmt::Write as _;

use domain::Fault;

/// Seconds, from `60s`, `1.5m`, `1h`, `500ms` or `2d`.
pub fn span(text: &str) -> Result<f64, String> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)];
    let number_end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(number_end);
    let factor = units.iter().find(|(name, _)| *name == unit).map(|(_, factor)| factor);
    match (number.trim().parse::<f64>(), factor) {
        (Ok(number), Some(factor)) if number.is_finite() => Ok(number * factor),
        _ => Err("a span is a number with its unit: 500ms, 60s, 3m or 1h".to_owned()),
    }
}

/// A share, from `0.8` or `80%`.
pub fn share(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.strip_suffix('%') {
        Some(number) => (number, 100.0),
        None => (text, 1.0),
    };
    match number.trim().parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number / unit),
        _ => Err("a share is a number such as 0.8 or 80%".to_owned()),
    }
}

/// One error of all faults, each under the flag that it came from.
pub fn refused(faults: Vec<Fault>) -> anyhow::Error {
    let mut text = String::from("this cannot be computed:");
    for fault in faults {
        let flag = fault.field.replace('_', "-");
        let _ = write!(text, "\n  --{flag} {} {}", fault.message, fault.next);
    }
    anyhow::anyhow!(text)
}

/// `label  value` in two columns.
pub fn table(rows: &[(String, String)]) -> String {
    let width = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    rows.iter().map(|(label, value)| format!("{label:<width$}  {value}\n")).collect()
}

/// A share in percent.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

/// Seconds.
pub fn seconds(span: f64) -> String {
    format!("{span:.2} s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_shares_as_people_type_them() {
        for (text, want) in [("60s", 60.0), ("30m", 1800.0), ("1.5h", 5400.0), ("500ms", 0.5)] {
            assert_eq!(span(text), Ok(want), "{text}");
        }
        for text in ["60", "", "s", "1 fortnight", "infs", "3x"] {
            assert!(span(text).is_err(), "{text}");
        }
        assert_eq!((share("0.8"), share("80%")), (Ok(0.8), Ok(0.8)));
        assert!(share("most").is_err());
    }
}
