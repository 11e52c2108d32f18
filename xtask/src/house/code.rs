//! Rules about code that a line or a file can break.

use std::collections::BTreeSet;

use super::{Breach, Tree, is_code};

/// Past this a file is refused; past 600 one looks for the second noun.
const LINES_MAX: usize = 700;

/// Files that read live time, and why.
const CLOCKS: &[&str] = &[
    "crates/server/src/clock.rs", // the floor's one clock
    "xtask/src/clock.rs",         // how long a step took
];

/// Code of tests: files of tests, and what follows `#[cfg(test)]` in other files.
fn test_lines<'a>(path: &str, text: &'a str) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
    let whole = path.contains("/tests/")
        || path.starts_with("web/e2e/")
        || path.contains(".test.")
        || path.contains(".spec.");
    let mut inside = whole;
    text.lines().enumerate().filter_map(move |(at, line)| {
        inside |= line.trim_start().starts_with("#[cfg(test)]");
        inside.then_some((at + 1, line))
    })
}

pub fn no_hash_order(tree: &Tree) -> Vec<Breach> {
    let pure = ["domain", "routing", "figures", "planning", "billing"];
    let mut breaches = Vec::new();
    for name in pure {
        let folder = format!("crates/{name}/src/");
        let files: Vec<(&str, &str)> =
            tree.texts(|path| path.ends_with(".rs") && path.starts_with(&folder)).collect();
        let maps: BTreeSet<&str> =
            files.iter().flat_map(|(_, text)| text.lines()).filter_map(declared_hash_map).collect();
        for (path, text) in files {
            for (at, line) in text.lines().enumerate() {
                let named = line.contains("std::collections") || line.contains("collections::{");
                if named && (line.contains("HashMap") || line.contains("HashSet")) {
                    let what =
                        "decisions may not depend on the order of a hash map: take a BTreeMap";
                    breaches.push(Breach::line(path, at + 1, what));
                }
                if let Some(map) = maps.iter().find(|map| walks_over(line, map)) {
                    let what = format!(
                        "`{map}` is a hash map, for looking up alone: its order is nobody's"
                    );
                    breaches.push(Breach::line(path, at + 1, what));
                }
            }
        }
    }
    breaches
}

/// The name that a line declares as a hash map: `index: Map<…>`, where `Map` is the router's own
/// name for one with a fixed hash.
fn declared_hash_map(line: &str) -> Option<&str> {
    let (name, kind) = line.split_once(": ")?;
    let kind = kind.trim_start_matches("hashbrown::");
    let is_map = ["Map<", "HashMap<", "HashSet<"].iter().any(|of| kind.starts_with(of));
    let name = name.rsplit(' ').next()?;
    (is_map && name.chars().all(|c| c.is_alphanumeric() || c == '_')).then_some(name)
}

/// Whether a line goes through the entries of `map` in their order.
fn walks_over(line: &str, map: &str) -> bool {
    line.match_indices(map).any(|(start, _)| {
        let before = &line[..start];
        let after = &line[start + map.len()..];
        // Only a field or variable of exactly this name.
        let whole = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let walks = [
            "iter()",
            "iter_mut()",
            "keys()",
            "values()",
            "values_mut()",
            "into_iter()",
            "drain()",
        ]
        .iter()
        .any(|call| after.strip_prefix('.').is_some_and(|rest| rest.starts_with(call)));
        let looped = before.trim_start().starts_with("for ")
            && before.contains(" in ")
            && after.trim_start().starts_with('{');
        whole && (walks || looped)
    })
}

pub fn one_clock(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let wanted = |path: &str| {
        path.ends_with(".rs")
            && !path.starts_with("xtask/src/house/")
            && !path.contains("/benches/")
            && !CLOCKS.contains(&path)
    };
    for (path, text) in tree.texts(wanted) {
        for (at, line) in text.lines().enumerate() {
            if line.contains("clippy::disallowed_methods") {
                let what = "live time is read by the clocks listed in xtask alone: ask one of them";
                breaches.push(Breach::line(path, at + 1, what));
            }
        }
    }
    breaches
}

pub fn no_sleeping_tests(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.texts(|path| is_code(path) && !path.starts_with("xtask/src/house/")) {
        for (at, line) in test_lines(path, text) {
            let sleeps = ["thread::sleep(", "time::sleep(", "waitForTimeout("]
                .iter()
                .any(|call| line.contains(call))
                || (line.contains("setTimeout(") && line.contains("new Promise"));
            if sleeps {
                breaches.push(Breach::line(path, at, "wait for a condition with a limit instead"));
            }
        }
    }
    breaches
}

pub fn no_fixed_ports(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.texts(|path| is_code(path) && !path.starts_with("xtask/")) {
        for (at, line) in test_lines(path, text) {
            let binds =
                line.contains("bind(") || line.contains("--listen") || line.contains("listen(");
            let fixed = ["127.0.0.1:", "localhost:", "0.0.0.0:"].iter().any(|host| {
                line.split(host)
                    .skip(1)
                    .any(|rest| rest.starts_with(|c: char| ('1'..='9').contains(&c)))
            });
            if binds && fixed {
                breaches.push(Breach::line(path, at, "listen on port 0 and ask which it became"));
            }
        }
    }
    breaches
}

pub fn no_foreign_paths(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.texts(|path| !path.starts_with("xtask/src/house/")) {
        for (at, line) in text.lines().enumerate() {
            let found = ["/work/", "/tmp/", "/home/", "/root/"].iter().find(|folder| {
                line.match_indices(**folder).any(|(start, _)| {
                    // The start of a path, not the middle of an address or a module's name.
                    line[..start].chars().next_back().is_none_or(|c| " \"'`=(:".contains(c))
                })
            });
            if let Some(folder) = found {
                let what = format!("`{folder}…` exists on one machine: ask for a temporary folder");
                breaches.push(Breach::line(path, at + 1, what));
            }
        }
    }
    breaches
}

pub fn no_long_files(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.texts(|path| is_code(path) && !path.ends_with(".css")) {
        let lines = text.lines().count();
        if lines > LINES_MAX {
            let what =
                format!("{lines} lines: there is a second noun inside (at most {LINES_MAX})");
            breaches.push(Breach::file(path, what));
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many breaches `check` finds in one file.
    fn count(check: fn(&Tree) -> Vec<Breach>, path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn hash_maps_are_refused_where_decisions_are_made() {
        let line = "use std::collections::{BTreeMap, HashMap};";
        assert_eq!(count(no_hash_order, "crates/routing/src/router.rs", line), 1);
        assert_eq!(count(no_hash_order, "crates/server/src/desk.rs", line), 0);
        let line = "use std::collections::BTreeMap;";
        assert_eq!(count(no_hash_order, "crates/routing/src/router.rs", line), 0);
    }

    #[test]
    fn a_hash_map_is_for_looking_up_alone() {
        for (line, breaches) in [
            ("let x = self.index.get(&id);", 0),
            ("self.index.retain(|_, at| *at > 5);", 0),
            ("for (id, x) in &self.index {", 1),
            ("let all: Vec<_> = self.index.values().collect();", 1),
            ("for id in self.reindex.keys() {", 0),
        ] {
            let text =
                format!("struct Floor {{\n    pub(crate) index: Map<AgentId, u32>,\n}}\n{line}");
            assert_eq!(
                count(no_hash_order, "crates/routing/src/floor.rs", &text),
                breaches,
                "{line}"
            );
        }
    }

    #[test]
    fn a_second_clock_is_refused() {
        let line = "#[allow(clippy::disallowed_methods)]";
        for (path, breaches) in [
            ("crates/server/src/clock.rs", 0),
            ("crates/server/src/floor.rs", 1),
            ("crates/routing/benches/decisions.rs", 0),
        ] {
            assert_eq!(count(one_clock, path, line), breaches, "{path}");
        }
    }

    #[test]
    fn sleeping_is_refused_in_tests_only() {
        let sleep = "tokio::time::sleep(pause).await;";
        for (path, text, breaches) in [
            ("crates/server/src/floor.rs", sleep.to_owned(), 0),
            ("crates/server/src/floor.rs", format!("#[cfg(test)]\nmod tests {{ {sleep} }}"), 1),
            ("crates/server/tests/desk.rs", sleep.to_owned(), 1),
            ("web/e2e/chat.spec.ts", "await page.waitForTimeout(500)".to_owned(), 1),
            (
                "web/app/live/clock.test.ts",
                "await new Promise(r => setTimeout(r, 5))".to_owned(),
                1,
            ),
        ] {
            assert_eq!(count(no_sleeping_tests, path, &text), breaches, "{path} {text}");
        }
    }

    #[test]
    fn a_port_of_ones_own_choice_is_refused_in_tests() {
        for (line, breaches) in [
            ("TcpListener::bind(\"127.0.0.1:0\")", 0),
            ("TcpListener::bind(\"127.0.0.1:8080\")", 1),
            ("\"--listen localhost:9000\"", 1),
            ("assert_eq!(peer, \"127.0.0.1:4000\")", 0),
        ] {
            assert_eq!(count(no_fixed_ports, "crates/server/tests/a.rs", line), breaches, "{line}");
        }
    }

    #[test]
    fn paths_of_one_machine_are_refused() {
        for (line, breaches) in [
            ("let folder = \"/tmp/x\";", 1),
            ("see /home/anna/notes", 1),
            ("https://example.org/work/of/art", 0),
            ("crates/home/src", 0),
        ] {
            assert_eq!(count(no_foreign_paths, "crates/a/src/lib.rs", line), breaches, "{line}");
        }
    }

    #[test]
    fn long_files_are_refused() {
        let long = "x\n".repeat(LINES_MAX + 1);
        assert_eq!(count(no_long_files, "crates/a/src/lib.rs", &long), 1);
        assert_eq!(count(no_long_files, "web/app/api/__generated__/schema.d.ts", &long), 0);
        assert_eq!(count(no_long_files, "Cargo.lock", &long), 0);
    }
}
