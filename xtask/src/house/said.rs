//! What the server says in sentences has words in every other language of the screens.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Breach, Tree};

/// Where the words are, for each language but English, which is what the server says itself.
const WORDS: &[&str] = &["web/app/i18n/said.fr.json", "web/app/i18n/said.ru.json"];

/// Whose sentences reach a screen.
const SPEAKERS: &[&str] =
    &["crates/domain/src/", "crates/routing/src/", "crates/billing/src/", "crates/server/src/"];

/// Calls that give a sentence its code, and which of their arguments is the code.
const CALLS: &[(&str, usize, &str)] = &[
    ("Fault::new(", 1, ""),
    ("self.fault(", 1, ""),
    ("self.add(", 1, ""),
    ("faults.add(", 1, ""),
    ("self.texts(", 1, ""),
    ("self.unknown(", 1, "unknown_"),
    ("ApiError::fault(", 2, ""),
    ("Self::fault(", 2, ""),
    ("::conflict(", 0, ""),
    ("::forbidden(", 0, ""),
    (".because(", 0, ""),
    (" stands(", 0, ""),
    (" lacks(", 0, ""),
    (" said(", 0, ""),
];

/// Codes that are handed through: their literals stand where the function is called, or in a table.
const HANDED_THROUGH: &[&str] = &["code", "reason", "&format!(\"unknown_{kind}\")"];

/// Functions that are tables of codes.
const TABLES: &[(&str, &str)] = &[
    ("crates/server/src/chat/http.rs", "fn chat_reason("),
    ("crates/server/src/chat/http.rs", "fn refusal("),
];

/// The wire's codes of errors, each of which names a sentence too.
const ERROR_CODES: (&str, &str) = ("crates/api/src/error.rs", "enum ErrorCode");

pub fn what_is_said_has_words(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut codes: BTreeMap<String, (String, usize)> = BTreeMap::new();
    let sources = |path: &str| {
        path.ends_with(".rs")
            && SPEAKERS.iter().any(|at| path.starts_with(at))
            // Its faults are read by whoever starts the server, at a console.
            && !path.starts_with("crates/server/src/config")
    };
    for (path, text) in tree.texts(sources) {
        // What only tests say is said to nobody.
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
        for (call, place, prefix) in CALLS {
            for (at, _) in text.match_indices(call) {
                let line = text[..at].lines().count().max(1);
                let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
                let before = &text[start..at];
                if before.trim_start().starts_with("//") || before.trim_end().ends_with("fn") {
                    continue;
                }
                let Some(code) = argument(&text[at + call.len()..], *place) else { continue };
                let literal = code.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                match literal {
                    Some(code) => {
                        codes.insert(format!("{prefix}{code}"), (path.to_owned(), line));
                    }
                    None if HANDED_THROUGH.contains(&code) => {}
                    None => breaches.push(Breach::line(
                        path,
                        line,
                        format!("`{code}` is no literal; give the code of the sentence as one"),
                    )),
                }
            }
        }
    }
    for (path, head) in TABLES {
        let Some(text) = tree.texts.get(*path) else { continue };
        let Some((_, body)) = text.split_once(head) else {
            breaches.push(Breach::file(path, format!("`{head}` is not there; name its new place")));
            continue;
        };
        for arm in body.split("\n}").next().unwrap_or_default().split("=> \"").skip(1) {
            let code = arm.split('"').next().unwrap_or_default();
            codes.insert(code.to_owned(), ((*path).to_owned(), 1));
        }
    }
    let (path, head) = ERROR_CODES;
    if let Some((_, body)) = tree.texts.get(path).and_then(|text| text.split_once(head)) {
        for variant in body.split("\n}").next().unwrap_or_default().lines() {
            let name = variant.trim().trim_end_matches(',');
            if !name.is_empty() && name.chars().all(char::is_alphanumeric) {
                codes.insert(snake(name), (path.to_owned(), 1));
            }
        }
    }
    if codes.is_empty() {
        return breaches;
    }
    for words in WORDS {
        let parsed = tree.texts.get(*words).map(|text| serde_json::from_str::<Value>(text));
        let Some(Ok(Value::Object(said))) = parsed else {
            breaches.push(Breach::file(words, "is missing or no JSON object"));
            continue;
        };
        let known: BTreeSet<&str> = said.keys().map(String::as_str).collect();
        for (code, (path, line)) in &codes {
            if !known.contains(code.as_str()) {
                let what = format!("`{code}` has no words in {words}; add what it says there");
                breaches.push(Breach::line(path, *line, what));
            }
        }
        for code in known.into_iter().filter(|code| !codes.contains_key(*code)) {
            breaches.push(Breach::file(words, format!("nobody says `{code}`; take it out")));
        }
    }
    breaches
}

/// One argument of a call, from the text after its opening bracket.
fn argument(text: &str, place: usize) -> Option<&str> {
    let (mut depth, mut index, mut start) = (0_u32, 0, 0);
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                while let Some((_, c)) = chars.next() {
                    match c {
                        '\\' => {
                            chars.next();
                        }
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => {
                return (index == place).then(|| text[start..at].trim());
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                if index == place {
                    return Some(text[start..at].trim());
                }
                index += 1;
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// `NotFound` as serde writes it: `not_found`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(c.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const FR: &str = "web/app/i18n/said.fr.json";
    const RU: &str = "web/app/i18n/said.ru.json";
    const AT: &str = "crates/server/src/desk.rs";

    fn found(source: &str, fr: &str, ru: &str) -> Vec<String> {
        let tree = Tree::of(&[(AT, source), (FR, fr), (RU, ru)]);
        what_is_said_has_words(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_code_without_words_is_named_with_its_place() {
        let source = "fn f() {\n    ApiError::conflict(\"too_late\", words!(\"{} (is, late)\", a), \"Wait.\");\n}\n";
        let both = r#"{"too_late": ["Trop tard.", "Attendez."]}"#;
        assert!(found(source, both, both).is_empty());
        let lacking = found(source, both, "{}");
        assert_eq!(lacking.len(), 1);
        assert!(lacking[0].starts_with(&format!("{AT}:2: `too_late` has no words in {RU}")));
    }

    #[test]
    fn words_that_nobody_says_and_codes_that_are_no_literals_are_found() {
        let source = "fn f() {\n    faults.add(&field, \"twice\", \"Twice.\", \"Keep one.\");\n    faults.add(&field, &made, \"?\", \"?\");\n}\n";
        let both = r#"{"twice": ["Deux fois."], "old": ["Vieux."]}"#;
        let all = found(source, both, both);
        assert_eq!(all.len(), 3, "{all:?}");
        assert!(all[0].contains("`&made` is no literal"));
        assert!(all[1].contains("nobody says `old`"));
    }
}
