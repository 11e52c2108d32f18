//! Documents: decisions that are whole, links that lead somewhere.

use super::{Breach, Tree};

/// What every decision says, each as the start of a line.
const PARTS: &[&str] = &["Date", "Question", "Options", "Choice", "Why"];

pub fn decisions_are_whole(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.texts(|p| p.starts_with("docs/decisions/") && p.ends_with(".md")) {
        let name = path.trim_start_matches("docs/decisions/");
        if name == "README.md" {
            continue;
        }
        let numbered = name.len() > 5
            && name[..4].chars().all(|c| c.is_ascii_digit())
            && name[4..].starts_with('-');
        if !numbered {
            breaches.push(Breach::file(path, "should be named NNNN-what.md"));
        }
        for part in PARTS {
            let said = text
                .lines()
                .any(|line| line.trim_start_matches(['#', '*', '-', '|', ' ']).starts_with(part));
            if !said {
                breaches.push(Breach::file(path, format!("has no line that starts with `{part}`")));
            }
        }
    }
    breaches
}

pub fn links_resolve(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.texts(|path| path.ends_with(".md")) {
        for (line, target) in links(text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { path.to_owned() } else { resolve(path, file) };
            if !tree.has(&file) {
                breaches.push(Breach::line(path, line, format!("`{target}` leads nowhere")));
            } else if !anchor.is_empty()
                && let Some(text) = tree.texts.get(&file)
                && file.ends_with(".md")
                && !headings(text).any(|heading| heading == anchor)
            {
                let what = format!("`{target}`: {file} has no heading `{anchor}`");
                breaches.push(Breach::line(path, line, what));
            }
        }
    }
    breaches
}

pub fn configuration_is_documented(tree: &Tree) -> Vec<Breach> {
    let page = "docs/operating.md";
    let source = "crates/server/src/config.rs";
    let Some(code) = tree.texts.get(source) else { return Vec::new() };
    let manual = tree.texts.get(page).map_or("", String::as_str);
    code.split_once("const KEYS")
        .and_then(|(_, rest)| rest.split_once("];"))
        .map_or("", |(table, _)| table)
        .lines()
        .filter_map(|line| line.trim().strip_prefix("(\"")?.split('"').next())
        .filter(|key| !manual.lines().any(|line| line.starts_with(&format!("| `{key}` |"))))
        .map(|key| Breach::file(page, format!("does not explain the key `{key}` of {source}")))
        .collect()
}

pub fn the_map_names_every_crate(tree: &Tree) -> Vec<Breach> {
    let page = "ARCHITECTURE.md";
    let map = tree.texts.get(page).map_or("", String::as_str);
    tree.paths
        .iter()
        .filter_map(|path| path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml"))
        .filter(|name| !map.lines().any(|line| line.starts_with(&format!("| `{name}` |"))))
        .map(|name| Breach::file(page, format!("has no row for the crate `{name}` in its map")))
        .collect()
}

/// Targets of `[text](target)`, with their lines, outside of code blocks.
fn links(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().flat_map(move |(at, line)| {
        fenced ^= line.trim_start().starts_with("```");
        let line = if fenced { "" } else { line };
        line.split("](").skip(1).filter_map(move |rest| {
            let target = rest.split(')').next()?.split_whitespace().next()?;
            Some((at + 1, target))
        })
    })
}

/// A path relative to the file that names it, from the root.
fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => from.split('/').collect(),
    };
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Headings as the anchors that a viewer makes of them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter(|line| line.starts_with('#')).map(|line| {
        line.trim_start_matches('#')
            .trim()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_without_its_reason_is_a_breach() {
        let whole = "# 1\nDate: 2026-11-22\n## Question\n## Options\n## Choice\n## Why\n";
        for (path, text, breaches) in [
            ("docs/decisions/0001-core.md", whole.to_owned(), 0),
            ("docs/decisions/0001-core.md", whole.replace("## Why", ""), 1),
            ("docs/decisions/core.md", whole.to_owned(), 1),
        ] {
            assert_eq!(
                decisions_are_whole(&Tree::of(&[(path, &text)])).len(),
                breaches,
                "{path} {text}"
            );
        }
    }

    #[test]
    fn a_link_to_nothing_is_a_breach() {
        for (link, breaches) in [
            ("[a](docs/a.md)", 0),
            ("[a](docs/a.md#the-second-part)", 0),
            ("[a](docs/a.md#the-third-part)", 1),
            ("[a](docs/b.md)", 1),
            ("[a](https://example.org/x)", 0),
            ("![a](docs/a.png \"shown\")", 1),
            ("```\n[a](docs/b.md)\n```", 0),
            ("[docs](docs/)", 0),
        ] {
            let tree = Tree::of(&[("README.md", link), ("docs/a.md", "# A\n## The second part\n")]);
            assert_eq!(links_resolve(&tree).len(), breaches, "{link}");
        }
    }

    #[test]
    fn a_key_that_the_manual_does_not_explain_is_a_breach() {
        let code = "const KEYS: &[(&str, &str)] = &[\n    (\"data\", \"x\"),\n    (\"listen\", \"y\"),\n];";
        let tree = Tree::of(&[
            ("crates/server/src/config.rs", code),
            ("docs/operating.md", "| key | meaning |\n| `data` | where |\n"),
        ]);
        let breaches = configuration_is_documented(&tree);
        assert_eq!(breaches.len(), 1, "{breaches:?}");
        assert!(breaches[0].what.contains("`listen`"));
    }

    #[test]
    fn a_crate_that_the_map_leaves_out_is_a_breach() {
        let map = ("ARCHITECTURE.md", "| crate | its job |\n| `domain` | words |\n");
        let crates = [("crates/domain/Cargo.toml", ""), ("crates/store/Cargo.toml", "")];
        assert_eq!(the_map_names_every_crate(&Tree::of(&[map, crates[0]])), []);
        assert_eq!(the_map_names_every_crate(&Tree::of(&[map, crates[0], crates[1]])).len(), 1);
    }

    #[test]
    fn links_are_relative_to_their_page() {
        let tree = Tree::of(&[
            ("docs/a.md", "[r](../README.md) [s](b/c.md)"),
            ("README.md", ""),
            ("docs/b/c.md", "[a](../a.md)"),
        ]);
        assert_eq!(links_resolve(&tree), []);
    }
}
