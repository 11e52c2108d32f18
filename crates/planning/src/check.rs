//! Numbers that people type, looked over before anything is computed with them.

use domain::{Fault, words};

/// Collects what is wrong with a set of numbers, so that all of it is told at once.
#[derive(Default)]
pub(crate) struct Check {
    faults: Vec<Fault>,
}

impl Check {
    pub(crate) fn positive(&mut self, field: &str, value: f64, example: &str) -> &mut Self {
        if !(value > 0.0 && value.is_finite()) {
            self.fault(
                field,
                "not_positive",
                words!("is {}.", value),
                words!("Give a number above 0, such as {}.", example),
            );
        }
        self
    }

    pub(crate) fn not_negative(&mut self, field: &str, value: f64, example: &str) -> &mut Self {
        if !(value >= 0.0 && value.is_finite()) {
            self.fault(
                field,
                "negative",
                words!("is {}.", value),
                words!("Give 0 or more, such as {}.", example),
            );
        }
        self
    }

    /// A share from 0 up to, but without, the whole.
    pub(crate) fn share_below_one(&mut self, field: &str, value: f64, example: &str) -> &mut Self {
        if !(0.0..1.0).contains(&value) {
            self.fault(
                field,
                "not_a_share",
                words!("is {}.", value),
                words!("Give a share from 0 to less than 1, such as {}.", example),
            );
        }
        self
    }

    /// A share strictly between nothing and the whole.
    pub(crate) fn inner_share(&mut self, field: &str, value: f64, example: &str) -> &mut Self {
        if !(value > 0.0 && value < 1.0) {
            self.fault(
                field,
                "not_an_inner_share",
                words!("is {}.", value),
                words!("Give a share above 0 and below 1, such as {}.", example),
            );
        }
        self
    }

    /// A whole number from 1 to a limit.
    pub(crate) fn count(&mut self, field: &str, value: u32, most: u32) -> &mut Self {
        if !(1..=most).contains(&value) {
            self.fault(
                field,
                "count_out_of_range",
                words!("is {}.", value),
                words!("Give a whole number from 1 to {}.", most),
            );
        }
        self
    }

    pub(crate) fn fault(
        &mut self,
        field: &str,
        code: &str,
        message: impl Into<domain::Words>,
        next: impl Into<domain::Words>,
    ) {
        self.faults.push(Fault::new(field, code, message, next));
    }

    pub(crate) fn done(&mut self) -> Result<(), Vec<Fault>> {
        if self.faults.is_empty() { Ok(()) } else { Err(std::mem::take(&mut self.faults)) }
    }
}

/// One fault where a function can find only one.
pub(crate) fn refuse<T>(
    field: &str,
    code: &str,
    message: impl Into<domain::Words>,
    next: impl Into<domain::Words>,
) -> Result<T, Vec<Fault>> {
    Err(vec![Fault::new(field, code, message, next)])
}
