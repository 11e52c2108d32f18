//! What somebody wrote, before anybody has looked whether it makes sense.

use std::fmt;

use domain::Fault;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::cell::RefCell;

/// A value of a file, in whatever format the file is: TOML, JSON. Read by [`Reader`], which names every
/// fault at once where a derived reader would stop at the first.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// Any other number.
    Number(f64),
    /// A text; a date of TOML is its text.
    Text(String),
    /// Several values.
    List(Vec<Value>),
    /// Named values in their order.
    Table(Vec<(String, Value)>),
}

impl Value {
    /// The same table with another value of a field.
    #[must_use]
    pub fn with(mut self, key: &str, value: Value) -> Self {
        if let Self::Table(fields) = &mut self {
            fields.retain(|(name, _)| name != key);
            fields.push((key.to_owned(), value));
        }
        self
    }

    /// As it was written, cut short, for messages.
    fn shown(&self) -> String {
        let text = match self {
            Self::Bool(value) => value.to_string(),
            Self::Whole(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Text(value) => value.clone(),
            Self::List(values) => format!("a list of {}", values.len()),
            Self::Table(_) => "a table".to_owned(),
        };
        text.chars().take(60).collect()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Whole(value))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
                Ok(i64::try_from(value).map_or(Value::Number(value as f64), Value::Whole))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(Value::Number(value))
            }
            fn visit_str<E>(self, value: &str) -> Result<Value, E> {
                Ok(Value::Text(value.to_owned()))
            }
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Text("null".to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(Value::List(values))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut values: Vec<(String, Value)> = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    values.push(entry);
                }
                // How the toml crate hands a date over.
                if let [(key, Value::Text(date))] = values.as_slice()
                    && key.starts_with("$__toml_private")
                {
                    return Ok(Value::Text(date.clone()));
                }
                Ok(Value::Table(values))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Faults found so far.
#[derive(Debug, Default)]
pub(crate) struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    pub fn add(
        &self,
        field: &str,
        code: &str,
        message: impl Into<String>,
        next: impl Into<String>,
    ) {
        let (message, next): (String, String) = (message.into(), next.into());
        self.0.borrow_mut().push(Fault::new(field, code, message.as_str(), next.as_str()));
    }

    pub fn all(self) -> Vec<Fault> {
        self.0.into_inner()
    }

    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }
}

/// Reads one table field by field. A field of the wrong kind is a fault and reads as if it were not
/// there; what nobody asked for by [`done`](Self::done) is a fault as well.
pub(crate) struct Reader<'a> {
    values: &'a [(String, Value)],
    pub path: String,
    pub faults: &'a Faults,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Reader<'a> {
    pub fn new(value: &'a Value, path: String, faults: &'a Faults) -> Option<Self> {
        match value {
            Value::Table(values) => {
                Some(Self { values, path, faults, asked: RefCell::new(Vec::new()) })
            }
            other => {
                faults.add(
                    &path,
                    "not_a_table",
                    format!("It is `{}`.", other.shown()),
                    "Write a table, such as { kind = \"exponential\", mean = \"4m\" }.",
                );
                None
            }
        }
    }

    /// The path of a field.
    pub fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub fn fault(
        &self,
        key: &str,
        code: &str,
        message: impl Into<String>,
        next: impl Into<String>,
    ) {
        self.faults.add(&self.at(key), code, message, next);
    }

    fn wrong(&self, key: &str, value: &Value, accepted: &str) {
        self.fault(key, "not_accepted", format!("It is `{}`.", value.shown()), accepted);
    }

    /// Says that a field must be there.
    pub fn missing(&self, key: &str, accepted: &str) {
        self.fault(key, "missing", "It is not given.", accepted);
    }

    pub fn get(&self, key: &'static str) -> Option<&'a Value> {
        self.asked.borrow_mut().push(key);
        self.values.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub fn has(&self, key: &str) -> bool {
        self.values.iter().any(|(name, _)| name == key)
    }

    pub fn text(&self, key: &'static str, accepted: &str) -> Option<&'a str> {
        match self.get(key)? {
            Value::Text(text) if !text.trim().is_empty() => Some(text.as_str()),
            other => {
                self.wrong(key, other, accepted);
                None
            }
        }
    }

    /// One of several words; the first is what holds when nothing is said.
    pub fn word(&self, key: &'static str, words: &[&'static str]) -> &'static str {
        let first = words.first().copied().unwrap_or_default();
        let accepted = format!("Write one of {}.", words.join(", "));
        let Some(text) = self.text(key, &accepted) else { return first };
        match words.iter().find(|word| **word == text) {
            Some(word) => word,
            None => {
                self.fault(key, "unknown_word", format!("It is `{text}`."), accepted);
                first
            }
        }
    }

    /// A number within bounds, both included.
    pub fn number(&self, key: &'static str, least: f64, most: f64, accepted: &str) -> Option<f64> {
        let value = self.get(key)?;
        let number = number_of(value).filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.wrong(key, value, accepted);
        }
        number
    }

    /// A whole number within bounds, both included.
    pub fn whole(&self, key: &'static str, least: u32, most: u32) -> Option<u32> {
        let value = self.get(key)?;
        let whole = match value {
            Value::Whole(whole) => u32::try_from(*whole).ok(),
            _ => None,
        };
        let whole = whole.filter(|whole| (least..=most).contains(whole));
        if whole.is_none() {
            self.wrong(key, value, &format!("Write a whole number from {least} to {most}."));
        }
        whole
    }

    pub fn bool(&self, key: &'static str) -> Option<bool> {
        match self.get(key)? {
            Value::Bool(value) => Some(*value),
            other => {
                self.wrong(key, other, "Write true or false.");
                None
            }
        }
    }

    /// A share of 0 to 1: `0.8` or `"80%"`.
    pub fn share(&self, key: &'static str) -> Option<f64> {
        let value = self.get(key)?;
        let share = share_of(value).filter(|share| (0.0..=1.0).contains(share));
        if share.is_none() {
            self.wrong(key, value, "Write a share of 0 to 1, such as 0.8 or \"80%\".");
        }
        share
    }

    /// A span in seconds within bounds, both included: `"20s"`, `"1h30m"`, or a number of seconds.
    pub fn span(&self, key: &'static str, least: f64, most: f64) -> Option<f64> {
        let value = self.get(key)?;
        let span = span_of(value).filter(|span| (least..=most).contains(span));
        if span.is_none() {
            let (least, most) = (shown_span(least), shown_span(most));
            self.wrong(
                key,
                value,
                &format!(
                    "Write a span of {least} to {most}, such as \"90s\", \"4m\" or \"1h30m\"."
                ),
            );
        }
        span
    }

    pub fn list(&self, key: &'static str, accepted: &str) -> &'a [Value] {
        match self.get(key) {
            None => &[],
            Some(Value::List(values)) => values,
            Some(other) => {
                self.wrong(key, other, accepted);
                &[]
            }
        }
    }

    pub fn table(&self, key: &'static str) -> Option<Reader<'a>> {
        Reader::new(self.get(key)?, self.at(key), self.faults)
    }

    /// The tables of a list, with their paths.
    pub fn tables(&self, key: &'static str, accepted: &str) -> Vec<Reader<'a>> {
        let all = self.list(key, accepted).iter().enumerate();
        all.filter_map(|(i, value)| {
            Reader::new(value, format!("{}[{i}]", self.at(key)), self.faults)
        })
        .collect()
    }

    /// All fields, for tables whose keys are names.
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Nothing else is read: whatever is left is a fault.
    pub fn done(self) {
        let asked = self.asked.borrow();
        for (name, _) in self.values {
            if !asked.iter().any(|asked| asked == name) {
                let mut known: Vec<&str> = asked.clone();
                known.sort_unstable();
                known.dedup();
                self.faults.add(
                    &self.at(name),
                    "unknown_field",
                    "There is no such field here.",
                    format!("Fields here are {}.", known.join(", ")),
                );
            }
        }
    }
}

fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Whole(whole) => Some(*whole as f64),
        Value::Number(number) => Some(*number).filter(|number| number.is_finite()),
        _ => None,
    }
}

fn share_of(value: &Value) -> Option<f64> {
    match value {
        Value::Text(text) => {
            text.trim().strip_suffix('%')?.trim().parse::<f64>().ok().map(|percent| percent / 100.0)
        }
        other => number_of(other),
    }
}

/// Seconds of a span as people write it.
pub(crate) fn span_of(value: &Value) -> Option<f64> {
    match value {
        Value::Text(text) => seconds(text),
        other => number_of(other),
    }
}

fn seconds(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(end);
        let number: f64 = number.parse().ok()?;
        let unit_end = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        total += number
            * match unit {
                "ms" => 0.001,
                "s" => 1.0,
                "m" | "min" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                "w" => 7.0 * 86_400.0,
                _ => return None,
            };
        rest = tail.trim_start();
    }
    Some(total)
}

/// A span as one would write it.
fn shown_span(seconds: f64) -> String {
    for (unit, length) in [("d", 86_400.0), ("h", 3600.0), ("m", 60.0)] {
        if seconds >= length && seconds % length == 0.0 {
            return format!("{}{unit}", seconds / length);
        }
    }
    format!("{seconds}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        for (text, want) in [
            ("20s", Some(20.0)),
            ("1h30m", Some(5400.0)),
            ("1h 30m", Some(5400.0)),
            ("1.5m", Some(90.0)),
            ("250ms", Some(0.25)),
            ("2d", Some(172_800.0)),
            ("20", None),
            ("s", None),
            ("", None),
            ("-5s", None),
            ("5 parsecs", None),
        ] {
            assert_eq!(seconds(text), want, "{text}");
        }
        assert_eq!(shown_span(5400.0), "90m");
        assert_eq!(shown_span(0.0), "0s");
    }
}
