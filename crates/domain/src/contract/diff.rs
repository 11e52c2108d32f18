//! What changed between two versions of a contract, for people who read its history.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Contract;

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where, as a path: `periods[Office hours].promise.threshold_s`. Entries of a list are named by
    /// their id or name where they have one, otherwise by their place.
    pub field: String,
    /// The value before; `None` when it was added.
    pub before: Option<Value>,
    /// The value after; `None` when it was removed.
    pub after: Option<Value>,
}

impl Contract {
    /// What differs in `later`, in the order of the contract's fields; empty when nothing does.
    pub fn diff(&self, later: &Self) -> Vec<Change> {
        let tree = |contract: &Self| {
            serde_json::to_value(contract).expect("a contract has only text keys and plain values")
        };
        let mut changes = Vec::new();
        walk(String::new(), Some(&tree(self)), Some(&tree(later)), &mut changes);
        changes
    }
}

fn walk(field: String, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    match (before, after) {
        (a, b) if a == b => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let path = if field.is_empty() { key.clone() } else { format!("{field}.{key}") };
                walk(path, a.get(key), b.get(key), changes);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            let (a, b) = match (named(a), named(b)) {
                (Some(a), Some(b)) => (a, b),
                _ => (placed(a), placed(b)),
            };
            for (name, value) in &a {
                let path = format!("{field}[{name}]");
                walk(path, Some(value), find(&b, name), changes);
            }
            for (name, value) in b.iter().filter(|(name, _)| find(&a, name).is_none()) {
                walk(format!("{field}[{name}]"), None, Some(value), changes);
            }
        }
        _ => changes.push(Change { field, before: before.cloned(), after: after.cloned() }),
    }
}

fn find<'a>(list: &[(String, &'a Value)], name: &str) -> Option<&'a Value> {
    list.iter().find(|(other, _)| other == name).map(|(_, value)| *value)
}

/// Entries by their id, name, language or skill, when all have one and no two the same.
fn named(list: &[Value]) -> Option<Vec<(String, &Value)>> {
    ["id", "name", "language", "skill"].iter().find_map(|key| {
        let entries: Option<Vec<_>> =
            list.iter().map(|entry| Some((entry.get(key)?.as_str()?.to_owned(), entry))).collect();
        entries.filter(|entries| {
            (1..entries.len()).all(|i| entries[..i].iter().all(|e| e.0 != entries[i].0))
        })
    })
}

fn placed(list: &[Value]) -> Vec<(String, &Value)> {
    list.iter().enumerate().map(|(i, entry)| (i.to_string(), entry)).collect()
}
