//! How a carrier writes telephone numbers, to and from E.164.

/// The form in which a carrier wants numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum NumberForm {
    /// `+33123456789`, also for numbers at home.
    #[default]
    E164,
    /// `33123456789`.
    WithoutPlus,
    /// `0123456789` at home, `0044…` abroad: as one dials.
    Dialled,
}

/// One carrier's habits. The default takes and writes only E.164.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct NumberRule {
    /// Country code without plus: `33`. Empty when numbers always have theirs.
    pub country: String,
    /// What one dials before a number at home: `0` in most of Europe, empty in Italy or Spain.
    pub national_prefix: String,
    /// What one dials before a country code: `00`, `011`. Empty when never.
    pub international_prefix: String,
    /// How numbers are written to the carrier.
    pub form: NumberForm,
}

/// Digits of E.164 without its plus: at most 15, and none is shorter than 7 with its country.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

impl NumberRule {
    /// A number as the carrier wrote it, in E.164; `None` when it is no number that this rule
    /// understands: a short code, `anonymous`, a name.
    pub fn to_e164(&self, written: &str) -> Option<String> {
        let bare: String = written.chars().filter(|c| !" -.()".contains(*c)).collect();
        let (plus, digits) = match bare.strip_prefix('+') {
            Some(digits) => (true, digits),
            None => (false, bare.as_str()),
        };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        if plus {
            return e164(digits.to_owned());
        }
        if let Some(rest) = stripped(digits, &self.international_prefix) {
            return e164(rest.to_owned());
        }
        if self.country.is_empty() {
            return (self.form == NumberForm::WithoutPlus)
                .then(|| e164(digits.to_owned()))
                .flatten();
        }
        if let Some(rest) = stripped(digits, &self.national_prefix) {
            return e164(format!("{}{rest}", self.country));
        }
        // A country code without any sign of it: only from a carrier that writes so, since a number
        // at home may well begin with the same digits.
        if self.form == NumberForm::WithoutPlus && digits.starts_with(&self.country) {
            return e164(digits.to_owned());
        }
        // Where numbers at home have a prefix, this one is a short code of the carrier.
        if self.national_prefix.is_empty() {
            return e164(format!("{}{digits}", self.country));
        }
        None
    }

    /// A number in E.164 as this carrier wants it; anything else is handed on as it is.
    pub fn to_wire(&self, number: &str) -> String {
        let Some(digits) = number.strip_prefix('+') else { return number.to_owned() };
        match self.form {
            NumberForm::E164 => number.to_owned(),
            NumberForm::WithoutPlus => digits.to_owned(),
            NumberForm::Dialled => match stripped(digits, &self.country) {
                Some(home) => format!("{}{home}", self.national_prefix),
                None if self.international_prefix.is_empty() => number.to_owned(),
                None => format!("{}{digits}", self.international_prefix),
            },
        }
    }
}

fn stripped<'a>(digits: &'a str, prefix: &str) -> Option<&'a str> {
    if prefix.is_empty() { None } else { digits.strip_prefix(prefix) }
}

fn e164(digits: String) -> Option<String> {
    (DIGITS.contains(&digits.len()) && !digits.starts_with('0')).then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(country: &str, national: &str, form: NumberForm) -> NumberRule {
        NumberRule {
            country: country.into(),
            national_prefix: national.into(),
            international_prefix: "00".into(),
            form,
        }
    }

    #[test]
    fn each_carrier_writes_numbers_its_own_way() {
        use NumberForm::*;
        for (rule, wire, number) in [
            (rule("33", "0", E164), "+33123456789", "+33123456789"),
            (rule("33", "0", WithoutPlus), "33123456789", "+33123456789"),
            (rule("33", "0", Dialled), "0123456789", "+33123456789"),
            (rule("33", "0", Dialled), "00442071234567", "+442071234567"),
            (rule("34", "", Dialled), "912345678", "+34912345678"),
            (rule("39", "", Dialled), "0612345678", "+390612345678"),
            (rule("7", "8", Dialled), "84951234567", "+74951234567"),
        ] {
            assert_eq!(rule.to_e164(wire).as_deref(), Some(number), "{rule:?} {wire}");
            assert_eq!(rule.to_wire(number), wire, "{rule:?} {number}");
        }
    }

    #[test]
    fn both_forms_are_read_whatever_the_carrier_wants() {
        let rule = rule("33", "0", NumberForm::E164);
        for wire in ["+33 1 23 45 67 89", "0033123456789", "0123456789", "01.23.45.67.89"] {
            assert_eq!(rule.to_e164(wire).as_deref(), Some("+33123456789"), "{wire}");
        }
    }

    #[test]
    fn what_is_no_number_stays_what_it_is() {
        let rule = rule("33", "0", NumberForm::Dialled);
        for text in ["", "anonymous", "3900", "+", "+12", "+0123456789", "+1234567890123456", "0x1"]
        {
            assert_eq!(rule.to_e164(text), None, "{text}");
        }
        assert_eq!(rule.to_wire("alice"), "alice");
        assert_eq!(NumberRule::default().to_e164("0123456789"), None);
    }

    proptest! {
        #[test]
        fn a_number_survives_the_way_to_a_carrier_and_back(
            digits in "[1-9][0-9]{8,13}",
            form in prop_oneof![Just(NumberForm::E164), Just(NumberForm::Dialled)],
        ) {
            let rule = rule("33", "0", form);
            let number = format!("+{digits}");
            prop_assume!(!digits.starts_with("330") && digits.len() > 9);
            prop_assert_eq!(rule.to_e164(&rule.to_wire(&number)), Some(number));
        }

        #[test]
        fn any_text_is_read_without_harm(text in ".{0,40}") {
            let rule = rule("33", "0", NumberForm::Dialled);
            let _ = rule.to_e164(&text);
            let _ = rule.to_wire(&text);
        }
    }
}
