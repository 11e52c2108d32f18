//! A sentence together with what it speaks of, so that it can be said in another language.

/// An English sentence and the values in it, in their order. Made by [`words!`](crate::words), or
/// from a plain `&str` when nothing is filled in.
///
/// Beside the sentence travels a stable code; a screen that has words for the code in its reader's
/// language fills in the same values, and any other shows the English.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The sentence in English.
    pub text: String,
    /// What was filled in, first to last.
    pub args: Vec<String>,
}

impl From<&str> for Words {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), args: Vec::new() }
    }
}

/// `format!` that remembers what it filled in: `words!("The level asked is {}.", level)`. Values are
/// named after the text, not in its braces, since only those are seen.
#[macro_export]
macro_rules! words {
    ($text:literal $(, $value:expr)* $(,)?) => {
        $crate::Words {
            text: ::std::format!($text $(, $value)*),
            args: ::std::vec![$(::std::string::ToString::to_string(&$value)),*],
        }
    };
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn the_values_are_kept_in_their_order() {
        let words = words!("{} of {} agents", 3, "Nordwind");
        assert_eq!(words.text, "3 of Nordwind agents");
        assert_eq!(words.args, ["3", "Nordwind"]);
        assert_eq!(Words::from("None."), words!("None."));
    }
}
