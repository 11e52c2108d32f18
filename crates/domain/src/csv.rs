//! Texts in tables for spreadsheets (RFC 4180).

/// A text as a quoted cell; one that a spreadsheet would take for a formula begins with an apostrophe.
pub fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        assert_eq!(cell("Anna \"A\" Martin"), "\"Anna \"\"A\"\" Martin\"");
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
    }
}
