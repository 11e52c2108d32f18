//! The words of the trade, and names that say nothing.

use super::{Breach, Tree, is_code};

/// Words that are never ours, with the one we use.
const FOREIGN: &[(&str, &str)] = &[
    ("tenant", "client"),
    ("tenancy", "client"),
    ("account", "client (the company) or user (who signs in)"),
    ("ticket", "contact or case"),
    ("interaction", "contact"),
    ("sla", "service_level"),
    ("acw", "wrap_up"),
];

/// A foreign word with those before or after it that make it another word: a role, an idiom, a name
/// that a browser or a standard gave.
const IDIOMS: &[(&str, &[&str], &[&str])] = &[
    (
        "account",
        &["into", "service", "of", "on", "financial"],
        &["manager", "managers", "for", "of"],
    ),
    ("interaction", &["require"], &[]), // Notification.requireInteraction
];

/// Names of files that name a shelf and not a thing.
const SHELVES: &[&str] =
    &["util", "utils", "helper", "helpers", "common", "misc", "manager", "lib2"];

pub fn no_shelves(tree: &Tree) -> Vec<Breach> {
    tree.paths
        .iter()
        .filter(|path| is_code(path))
        .filter_map(|path| {
            let shelf = path.split('/').find(|part| {
                let name = part.split('.').next().unwrap_or(part);
                SHELVES.contains(&name.to_lowercase().as_str())
            })?;
            Some(Breach::file(
                path,
                format!("`{shelf}` names a shelf; name the thing that it holds"),
            ))
        })
        .collect()
}

pub fn no_foreign_words(tree: &Tree) -> Vec<Breach> {
    let wanted = |path: &str| {
        (is_code(path) || path.ends_with(".md"))
            // These two say which words are not used.
            && !path.starts_with("xtask/src/house/")
            && path != "docs/glossary.md"
    };
    let mut breaches = Vec::new();
    for (path, text) in tree.texts(wanted) {
        for (at, line) in text.lines().enumerate() {
            let words = words(line);
            for (place, word) in words.iter().enumerate() {
                let single = word.strip_suffix('s').filter(|_| word != "sla").unwrap_or(word);
                let Some((foreign, ours)) = FOREIGN.iter().find(|(f, _)| f == word || *f == single)
                else {
                    continue;
                };
                let before = place.checked_sub(1).and_then(|i| words.get(i)).map(String::as_str);
                let after = words.get(place + 1).map(String::as_str);
                let idiom = IDIOMS.iter().any(|(word, befores, afters)| {
                    word == foreign
                        && (before.is_some_and(|w| befores.contains(&w))
                            || after.is_some_and(|w| afters.contains(&w)))
                });
                if !idiom {
                    let what = format!("`{foreign}` is not a word of ours: say {ours}");
                    breaches.push(Breach::line(path, at + 1, what));
                }
            }
        }
    }
    breaches
}

/// The words of a line in lower case; `accountManager`, `account_manager` and `account manager` are
/// the same two.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower_before = false;
    for c in line.chars() {
        let starts_word = c.is_uppercase() && lower_before;
        if (!c.is_alphabetic() || starts_word) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphabetic() {
            word.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_spelling() {
        assert_eq!(
            words("let accountManager = TENANT_ID;"),
            ["let", "account", "manager", "tenant", "id"]
        );
    }

    #[test]
    fn foreign_words_are_refused_and_idioms_are_not() {
        for (line, breaches) in [
            ("struct TenantId(Uuid);", 1),
            ("the account of the agent", 0),
            ("Role::AccountManager", 0),
            ("account_managers", 0),
            ("takes this into account", 0),
            ("PayeePartyCreditorFinancialAccount", 0),
            ("let account = 5;", 1),
            ("open_tickets", 1),
            ("the SLA", 1),
            ("a translation", 0),
            ("maintenant", 0),
            ("user interactions", 1),
            ("requireInteraction: true", 0),
        ] {
            let tree = Tree::of(&[("crates/a/src/lib.rs", line)]);
            assert_eq!(no_foreign_words(&tree).len(), breaches, "{line}");
        }
    }

    #[test]
    fn shelves_are_refused() {
        for (path, breaches) in [
            ("crates/server/src/utils.rs", 1),
            ("web/app/helpers/time.ts", 1),
            ("crates/server/src/desk.rs", 0),
            ("web/app/ui/common.test.tsx", 1),
        ] {
            assert_eq!(no_shelves(&Tree::of(&[(path, "")])).len(), breaches, "{path}");
        }
    }
}
