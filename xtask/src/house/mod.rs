//! House rules that no compiler knows: who may depend on whom, which words we use, what a file may
//! hold. Each is a function from the tree to its breaches, and has tests of its own.

mod arrows;
mod code;
mod docs;
mod pairs;
mod said;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write as _},
    fs,
    path::Path,
};

use anyhow::{Context, Result, bail};

use crate::process::{command, output, root};

/// All rules, in the order in which they are printed.
const RULES: &[Rule] = &[
    Rule { name: "crates depend along the arrows", check: arrows::crates_depend_along_the_arrows },
    Rule { name: "pure crates name only what they may", check: arrows::pure_crates_stay_pure },
    Rule { name: "every crate takes the workspace's lints", check: arrows::manifests_are_alike },
    Rule { name: "front-end versions are pinned", check: arrows::npm_versions_are_exact },
    Rule { name: "no order is inherited from a hash map", check: code::no_hash_order },
    Rule { name: "live time is read in one place", check: code::one_clock },
    Rule { name: "tests wait for conditions, not for time", check: code::no_sleeping_tests },
    Rule { name: "tests take the ports that the system gives", check: code::no_fixed_ports },
    Rule { name: "no path of somebody's own machine", check: code::no_foreign_paths },
    Rule { name: "files hold one noun", check: code::no_long_files },
    Rule { name: "no file is a shelf", check: words::no_shelves },
    Rule { name: "words of the trade", check: words::no_foreign_words },
    Rule { name: "migrations are numbered alike", check: pairs::migrations_are_numbered_alike },
    Rule { name: "message files say the same things", check: pairs::messages_are_complete },
    Rule { name: "what the server says has words", check: said::what_is_said_has_words },
    Rule { name: "decisions are whole", check: docs::decisions_are_whole },
    Rule { name: "the map names every crate", check: docs::the_map_names_every_crate },
    Rule { name: "every setting is explained", check: docs::configuration_is_documented },
    Rule { name: "links in documents lead somewhere", check: docs::links_resolve },
];

struct Rule {
    name: &'static str,
    check: fn(&Tree) -> Vec<Breach>,
}

/// One place where a rule does not hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Breach {
    /// Path from the root.
    pub file: String,
    /// Line, counted from 1, where there is one.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub what: String,
}

impl Breach {
    fn file(file: &str, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, what: what.into() }
    }

    fn line(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: Some(line), what: what.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

/// The files of the project: what is committed or about to be, never what is ignored.
#[derive(Default)]
pub struct Tree {
    /// Files with text, by path from the root.
    texts: BTreeMap<String, String>,
    /// Every file, with text or not.
    paths: BTreeSet<String>,
}

impl Tree {
    /// Reads the checkout.
    fn read() -> Result<Self> {
        let listed = output(command(
            "git",
            ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        ))
        .context("house rules read the files that git lists; run this in a clone")?;
        let mut tree = Self::default();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            // A file that is deleted but not yet committed is listed and gone.
            let Ok(bytes) = fs::read(root().join(path)) else { continue };
            tree.paths.insert(path.to_owned());
            if let Ok(text) = String::from_utf8(bytes) {
                tree.texts.insert(path.to_owned(), text);
            }
        }
        Ok(tree)
    }

    /// Files with text whose path satisfies `wanted`.
    fn texts<'a>(
        &'a self,
        wanted: impl Fn(&str) -> bool + 'a,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.texts
            .iter()
            .filter(move |(path, _)| wanted(path))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Whether there is such a file, or a folder that holds one.
    fn has(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.paths.contains(path)
            || self.paths.range(folder.clone()..).next().is_some_and(|p| p.starts_with(&folder))
    }

    #[cfg(test)]
    fn of(files: &[(&str, &str)]) -> Self {
        let texts: BTreeMap<String, String> =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self { paths: texts.keys().cloned().collect(), texts }
    }
}

/// Code that people write in: generated files and locks follow other rules.
fn is_code(path: &str) -> bool {
    [".rs", ".ts", ".tsx", ".sql", ".css", ".html"].iter().any(|end| path.ends_with(end))
        && !path.contains("__generated__/")
        && !path.contains("/vendor/")
}

/// Checks all rules, writing what they found to `log`.
///
/// # Errors
/// When a rule is broken.
pub fn check(log: &Path) -> Result<()> {
    let (text, broken) = judge(&Tree::read()?)?;
    fs::write(log, text)?;
    if broken == 0 { Ok(()) } else { bail!("{broken} house rules are broken") }
}

/// Checks all rules and prints what they found; says whether all hold.
///
/// # Errors
/// When the tree cannot be read.
pub fn report() -> Result<bool> {
    let (text, broken) = judge(&Tree::read()?)?;
    print!("{text}");
    Ok(broken == 0)
}

fn judge(tree: &Tree) -> Result<(String, usize)> {
    let mut text = String::new();
    let mut broken = 0;
    for rule in RULES {
        let breaches = (rule.check)(tree);
        let word = if breaches.is_empty() { "ok" } else { "BROKEN" };
        writeln!(text, "{word:<7} {}", rule.name)?;
        for breach in &breaches {
            writeln!(text, "        {breach}")?;
        }
        broken += usize::from(!breaches.is_empty());
    }
    writeln!(text, "{} passed, {broken} failed", RULES.len() - broken)?;
    Ok((text, broken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_tree_breaks_nothing() {
        let (text, broken) = judge(&Tree::default()).expect("writes to memory");
        assert_eq!(broken, 0, "{text}");
    }

    #[test]
    fn folders_count_as_being_there() {
        let tree = Tree::of(&[("docs/a/b.md", "")]);
        for (path, want) in
            [("docs", true), ("docs/a/", true), ("docs/a/b.md", true), ("doc", false)]
        {
            assert_eq!(tree.has(path), want, "{path}");
        }
    }
}
