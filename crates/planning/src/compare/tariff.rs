//! A tariff out of a file: the values of the file, as serde reads them.

use domain::tariff::Tariff;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
    value::{Error, StrDeserializer},
};

use crate::sim::Value;

/// The tariff that a value describes, in the shape in which a contract keeps it.
///
/// # Errors
/// What does not fit, with its path.
pub(super) fn tariff(value: &Value) -> Result<Tariff, String> {
    let tariff: Tariff =
        serde::Deserialize::deserialize(Of(value)).map_err(|error: Error| error.to_string())?;
    let kept = serde_json::to_value(&tariff).map_err(|error| error.to_string())?;
    match unknown(value, &kept, "") {
        Some(unknown) => Err(unknown),
        None => Ok(tariff),
    }
}

/// The first field that was given and not kept. A contract from a later version may hold more; here it
/// would be a slip of the pen.
fn unknown(given: &Value, kept: &serde_json::Value, place: &str) -> Option<String> {
    match (given, kept) {
        (Value::Table(fields), serde_json::Value::Object(known)) => {
            fields.iter().find_map(|(name, value)| match known.get(name) {
                Some(kept) => unknown(value, kept, &format!("{place}{name}: ")),
                None => {
                    let known: Vec<&str> = known.keys().map(String::as_str).collect();
                    let known = known.join(", ");
                    Some(format!("{place}there is no field `{name}`; fields are {known}"))
                }
            })
        }
        (Value::List(values), serde_json::Value::Array(kept)) => {
            let each = values.iter().zip(kept).enumerate();
            let mut each = each.map(|(at, (v, kept))| unknown(v, kept, &format!("{place}[{at}] ")));
            each.find_map(|unknown| unknown)
        }
        _ => None,
    }
}

struct Of<'a>(&'a Value);

impl<'de> Deserializer<'de> for Of<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Whole(value) => visitor.visit_i64(*value),
            Value::Number(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_str(text),
            Value::List(values) => visitor.visit_seq(Items(values.iter(), 0)),
            Value::Table(values) => visitor.visit_map(Fields(values.iter(), None)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Text(text) => visitor.visit_enum(Word(text)),
            _ => Err(Error::custom("write one word")),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'a>(std::slice::Iter<'a, Value>, usize);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(value) = self.0.next() else { return Ok(None) };
        self.1 += 1;
        let place = self.1 - 1;
        let read = seed.deserialize(Of(value));
        read.map(Some).map_err(|error| Error::custom(format!("[{place}] {error}")))
    }
}

struct Fields<'a>(std::slice::Iter<'a, (String, Value)>, Option<&'a (String, Value)>);

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        self.1 = self.0.next();
        let Some((key, _)) = self.1 else { return Ok(None) };
        let key: StrDeserializer<'_, Error> = key.as_str().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let Some((key, value)) = self.1 else {
            return Err(Error::custom("a value without a name"));
        };
        seed.deserialize(Of(value)).map_err(|error| Error::custom(format!("{key}: {error}")))
    }
}

/// A word that names a variant.
struct Word<'a>(&'a str);

impl<'de> EnumAccess<'de> for Word<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Error> {
        let word: StrDeserializer<'_, Error> = self.0.into_deserializer();
        Ok((seed.deserialize(word)?, self))
    }
}

impl<'de> VariantAccess<'de> for Word<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Error> {
        Err(Error::custom("write one word"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("write one word"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        Err(Error::custom("write one word"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Tariff, String> {
        tariff(&toml::from_str(text).expect("TOML"))
    }

    #[test]
    fn a_tariff_is_read_as_a_contract_keeps_it() {
        let text = r#"
            currency = "EUR"
            terms = "By the minute."
            bands = [{ name = "Night", weekly = [{ days = ["monday"], from = "22:00", until = "24:00" }], percent = 150 }]
            banded = "by_start"
            [[charges]]
            name = "Calls"
            price_milli = 95000
            unit = { kind = "minute", counts = ["talk", "hold"], increments = { first_s = 60, next_s = 6 } }
            [[seats]]
            name = "Team"
            count = 3
            basis = { kind = "hour", price_milli = 3500000 }
        "#;
        let read = read(text).expect("a tariff");
        let json = serde_json::to_value(&read).expect("JSON");
        assert_eq!(serde_json::from_value::<Tariff>(json).expect("the same"), read);
        assert_eq!((read.charges.len(), read.seats[0].count), (1, 3));
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let told = read("currency = \"EUR\"\nterms = \"\"\n[[charges]]\nname = 5").unwrap_err();
        assert!(told.starts_with("charges: [0] name: "), "{told}");
        let told = read("currency = \"EUR\"\nterms = \"\"\nminimum = 5").unwrap_err();
        assert!(told.starts_with("there is no field `minimum`"), "{told}");
        assert!(read("terms = \"\"").unwrap_err().contains("currency"));
        for (field, wrong, told) in [
            (
                "counts = [\"talk\"]",
                "rounding = \"up\"",
                "charges: [0] unit: there is no field `rounding`",
            ),
            (
                "first_s = 60",
                "last_s = 6",
                "charges: [0] unit: increments: there is no field `last_s`",
            ),
            ("price_milli = 3500000", "per = 2", "seats: [0] basis: there is no field `per`"),
        ] {
            let text = r#"
                currency = "EUR"
                terms = "By the minute."
                [[charges]]
                name = "Calls"
                price_milli = 95000
                unit = { kind = "minute", counts = ["talk"], increments = { first_s = 60, next_s = 6 } }
                [[seats]]
                name = "Team"
                count = 3
                basis = { kind = "hour", price_milli = 3500000 }
            "#;
            assert!(read(text).is_ok());
            let error = read(&text.replace(field, &format!("{field}, {wrong}"))).unwrap_err();
            assert!(error.starts_with(told), "{wrong}: {error}");
        }
    }
}
