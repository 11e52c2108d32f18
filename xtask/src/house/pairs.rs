//! Things that exist twice or thrice and must stay alike.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Breach, Tree};

/// Plural categories of the languages of the screens, as CLDR has them.
const PLURALS: &[(&str, &[&str])] = &[
    ("en", &["one", "other"]),
    ("fr", &["one", "many", "other"]),
    ("ru", &["one", "few", "many", "other"]),
];

pub fn migrations_are_numbered_alike(tree: &Tree) -> Vec<Breach> {
    let folder = "crates/store/migrations";
    let names = |engine: &str| -> BTreeSet<&str> {
        let prefix = format!("{folder}/{engine}/");
        tree.paths.iter().filter_map(|path| path.strip_prefix(&prefix)).collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    let mut breaches: Vec<Breach> = sqlite
        .symmetric_difference(&postgres)
        .map(|name| {
            let lacks = if sqlite.contains(name) { "postgres" } else { "sqlite" };
            Breach::file(&format!("{folder}/{lacks}/{name}"), "is missing; the other engine has it")
        })
        .collect();
    for (at, name) in sqlite.iter().enumerate() {
        if !name.starts_with(&format!("{:04}_", at + 1)) || !name.ends_with(".sql") {
            let what = format!("should be number {:04}, named NNNN_what.sql without gaps", at + 1);
            breaches.push(Breach::file(&format!("{folder}/sqlite/{name}"), what));
        }
    }
    breaches
}

pub fn messages_are_complete(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    // Either `messages/en.json`, or `i18n/en/desk.json` for one part of the screens. A part that any
    // language has is asked of all.
    let sets: BTreeSet<(&str, &str)> = tree
        .paths
        .iter()
        .filter(|path| path.ends_with(".json"))
        .flat_map(|path| PLURALS.iter().map(move |(language, _)| (path, language)))
        .filter_map(|(path, language)| {
            let (before, after) = path.split_once(&format!("/{language}"))?;
            (after == ".json" || after.starts_with('/')).then_some((before, after))
        })
        .collect();
    for (before, after) in sets {
        let mut files = BTreeMap::new();
        for (language, plurals) in PLURALS {
            let path = format!("{before}/{language}{after}");
            match tree.texts.get(&path).map(|text| serde_json::from_str::<Value>(text)) {
                Some(Ok(messages)) => {
                    let mut flat = BTreeMap::new();
                    flatten("", &messages, &mut flat);
                    files.insert(*language, (path, flat, *plurals));
                }
                Some(Err(error)) => {
                    breaches.push(Breach::file(&path, format!("is no JSON: {error}")))
                }
                None => breaches.push(Breach::file(&path, "is missing")),
            }
        }
        // What must exist: every key of any language, with the marks of the first that has it.
        let mut wanted: BTreeMap<(String, bool), (BTreeSet<String>, &str)> = BTreeMap::new();
        for (language, (_, messages, plurals)) in &files {
            for (key, text) in messages {
                let (base, plural) = split_plural(key);
                if plural.is_some_and(|p| !plurals.contains(&p)) {
                    continue;
                }
                let entry = wanted
                    .entry((base.to_owned(), plural.is_some()))
                    .or_insert_with(|| (BTreeSet::new(), language));
                entry.0.extend(marks(text));
            }
        }
        for ((base, is_plural), (all_marks, first)) in &wanted {
            for (path, messages, plurals) in files.values() {
                let keys: Vec<String> = if *is_plural {
                    plurals.iter().map(|plural| format!("{base}_{plural}")).collect()
                } else {
                    vec![base.clone()]
                };
                let mut seen = BTreeSet::new();
                for key in keys {
                    match messages.get(&key) {
                        Some(text) if text.trim().is_empty() => {
                            breaches.push(Breach::file(path, format!("`{key}` is empty")));
                        }
                        Some(text) => seen.extend(marks(text)),
                        None => {
                            let what = format!("lacks `{key}`, which `{first}` has");
                            breaches.push(Breach::file(path, what));
                            seen.clone_from(all_marks);
                        }
                    }
                }
                if seen != *all_marks {
                    let what = format!("`{base}` fills {seen:?}, other languages {all_marks:?}");
                    breaches.push(Breach::file(path, what));
                }
            }
        }
    }
    breaches
}

/// `{"a": {"b": "text"}}` is `a.b`.
fn flatten(prefix: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&path, value, into);
            }
        }
        Value::String(text) => {
            into.insert(prefix.to_owned(), text.clone());
        }
        other => {
            into.insert(prefix.to_owned(), other.to_string());
        }
    }
}

/// `waiting_few` is the plural `few` of `waiting`.
fn split_plural(key: &str) -> (&str, Option<&str>) {
    match key.rsplit_once('_') {
        Some((base, plural @ ("zero" | "one" | "two" | "few" | "many" | "other"))) => {
            (base, Some(plural))
        }
        _ => (key, None),
    }
}

/// The names between `{{` and `}}`, or `{` and `}`.
fn marks(text: &str) -> BTreeSet<String> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_that_one_engine_lacks_is_a_breach() {
        let file =
            |engine: &str, name: &str| format!("crates/store/migrations/{engine}/{name}.sql");
        for (sqlite, postgres, breaches) in [
            (vec!["0001_first"], vec!["0001_first"], 0),
            (vec!["0001_first", "0002_more"], vec!["0001_first"], 1),
            (vec!["0001_first", "0003_more"], vec!["0001_first", "0003_more"], 1),
        ] {
            let mut files: Vec<String> = sqlite.iter().map(|n| file("sqlite", n)).collect();
            files.extend(postgres.iter().map(|n| file("postgres", n)));
            let files: Vec<(&str, &str)> = files.iter().map(|f| (f.as_str(), "")).collect();
            let found = migrations_are_numbered_alike(&Tree::of(&files));
            assert_eq!(found.len(), breaches, "{found:?}");
        }
    }

    #[test]
    fn a_message_that_one_language_lacks_is_a_breach() {
        for (en, fr, ru, breaches) in [
            (r#"{"a": "x"}"#, r#"{"a": "x"}"#, r#"{"a": "x"}"#, 0),
            (r#"{"a": "x", "b": "y"}"#, r#"{"a": "x", "b": ""}"#, r#"{"a": "x"}"#, 2),
            (r#"{"a": "{n} of {m}"}"#, r#"{"a": "{n} sur {m}"}"#, r#"{"a": "{n}"}"#, 1),
            (
                r#"{"n_one": "{{n}} a", "n_other": "{{n}} b"}"#,
                r#"{"n_one": "{{n}}", "n_many": "{{n}}", "n_other": "{{n}}"}"#,
                r#"{"n_one": "{{n}}", "n_few": "{{n}}", "n_other": "{{n}}"}"#,
                1,
            ),
            (r#"{"a": {"b": "x"}}"#, r#"{"a": {"b": "x"}}"#, r#"{"a": {}}"#, 1),
        ] {
            let tree = Tree::of(&[("w/en.json", en), ("w/fr.json", fr), ("w/ru.json", ru)]);
            let found = messages_are_complete(&tree);
            assert_eq!(found.len(), breaches, "{en} {found:?}");
        }
    }

    #[test]
    fn a_language_without_a_file_is_a_breach() {
        for files in [["w/en.json", "w/fr.json"], ["w/fr/desk.json", "w/ru/desk.json"]] {
            let tree = Tree::of(&files.map(|file| (file, "{}")));
            assert_eq!(messages_are_complete(&tree).len(), 1, "{files:?}");
        }
    }
}
