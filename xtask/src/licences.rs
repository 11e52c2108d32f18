//! What the project is made of: licences and compiler versions of its dependencies, against the
//! written list in `xtask/allow.toml`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use spdx::{Expression, ParseMode};

use crate::{
    machine::{rust_version, version},
    process::{command, output, root},
};

/// `xtask/allow.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    /// Licences of what reaches a user.
    pub licences: Vec<String>,
    /// Further licences of what only builds or tests.
    pub tool_licences: Vec<String>,
    /// npm packages that say nothing or something unreadable about their licence.
    pub npm_exceptions: BTreeMap<String, String>,
}

/// A dependency as far as it matters here.
struct Dependency {
    name: String,
    version: String,
    licence: Option<String>,
    rust_version: Option<String>,
    /// Part of what a user gets, rather than of the build or the tests.
    shipped: bool,
}

/// Checks every dependency, writing what was seen to `log`.
///
/// # Errors
/// When one of them does not fit, with all that do not.
pub fn check(log: &Path) -> Result<()> {
    let path = root().join("xtask/allow.toml");
    let allow: Allow = toml::from_str(&fs::read_to_string(&path)?).context("xtask/allow.toml")?;
    let metadata = output(command("cargo", ["metadata", "--format-version", "1", "--locked"]))
        .context("Cargo.lock must fit the manifests: run `cargo check` and commit it")?;
    let mut seen = crates(&serde_json::from_str(&metadata)?)?;
    let ours = rust_version()?;
    let mut faults = faults(&seen, &allow, &ours);
    for lock in ["web/package-lock.json", "web/codegen/package-lock.json"] {
        if let Ok(text) = fs::read_to_string(root().join(lock)) {
            let packages =
                npm_packages(&serde_json::from_str(&text)?, &allow, lock.contains("codegen"));
            faults.extend(self::faults(&packages, &allow, &ours));
            seen.extend(packages);
        }
    }
    let mut text = String::new();
    for fault in &faults {
        writeln!(text, "{fault}")?;
    }
    let shipped = seen.iter().filter(|d| d.shipped).count();
    writeln!(text, "{} dependencies read, {shipped} of them shipped", seen.len())?;
    fs::write(log, text)?;
    if faults.is_empty() { Ok(()) } else { bail!("{} dependencies do not fit", faults.len()) }
}

/// Reads `cargo metadata`. What the binary links is found by walking its normal dependencies;
/// procedural macros run while building, and so does all that only they need.
fn crates(metadata: &Value) -> Result<Vec<Dependency>> {
    let packages = metadata["packages"].as_array().context("cargo metadata has no packages")?;
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .context("cargo metadata has no resolve")?
        .iter()
        .filter_map(|node| Some((node["id"].as_str()?, node)))
        .collect();
    let is_macro = |package: &Value| {
        package["targets"].as_array().is_some_and(|targets| {
            targets.iter().any(|target| target["kind"][0].as_str() == Some("proc-macro"))
        })
    };
    let macros: BTreeSet<&str> =
        packages.iter().filter(|p| is_macro(p)).filter_map(|p| p["id"].as_str()).collect();
    let mut shipped = BTreeSet::new();
    let mut queue: Vec<&str> = packages
        .iter()
        .filter(|package| package["name"] == "permanence-cli")
        .filter_map(|package| package["id"].as_str())
        .collect();
    while let Some(id) = queue.pop() {
        if macros.contains(id) || !shipped.insert(id) {
            continue;
        }
        let normal = nodes.get(id).into_iter().flat_map(|node| node["deps"].as_array()).flatten();
        queue.extend(normal.filter_map(|dep| {
            let kinds = dep["dep_kinds"].as_array()?;
            kinds.iter().any(|kind| kind["kind"].is_null()).then(|| dep["pkg"].as_str())?
        }));
    }
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Ok(packages
        .iter()
        .map(|package| Dependency {
            name: text(&package["name"]).unwrap_or_default(),
            version: text(&package["version"]).unwrap_or_default(),
            licence: text(&package["license"]),
            rust_version: text(&package["rust_version"]),
            shipped: package["id"].as_str().is_some_and(|id| shipped.contains(id)),
        })
        .collect())
}

/// Reads an npm lock file of version 2 or 3. Packages marked `dev` only build or test.
fn npm_packages(lock: &Value, allow: &Allow, all_tools: bool) -> Vec<Dependency> {
    let Some(packages) = lock["packages"].as_object() else { return Vec::new() };
    packages
        .iter()
        .filter(|(path, package)| !path.is_empty() && package["link"].as_bool() != Some(true))
        .map(|(path, package)| {
            let name = path.rsplit("node_modules/").next().unwrap_or(path).to_owned();
            let licence = package["license"].as_str().map(str::to_owned);
            Dependency {
                licence: licence.or_else(|| allow.npm_exceptions.get(&name).cloned()),
                version: package["version"].as_str().unwrap_or_default().to_owned(),
                rust_version: None,
                shipped: !all_tools
                    && package["dev"].as_bool() != Some(true)
                    && package["devOptional"].as_bool() != Some(true),
                name,
            }
        })
        .collect()
}

fn faults(dependencies: &[Dependency], allow: &Allow, ours: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for Dependency { name, version: at, licence, rust_version, shipped } in dependencies {
        if let Some(wanted) = rust_version
            && version(wanted) > version(ours)
        {
            faults.push(format!(
                "{name} {at} wants Rust {wanted}, we build with {ours}: choose an older version of it"
            ));
        }
        let Some(licence) = licence else {
            faults.push(format!("{name} {at} names no licence: choose something else"));
            continue;
        };
        let Ok(expression) = Expression::parse_mode(licence, ParseMode::LAX) else {
            faults.push(format!("{name} {at}: `{licence}` is no licence expression"));
            continue;
        };
        let allowed = expression.evaluate(|wanted| {
            let wanted = wanted.to_string();
            allow.licences.contains(&wanted) || (!shipped && allow.tool_licences.contains(&wanted))
        });
        if !allowed {
            let place = if *shipped { "shipped" } else { "a tool" };
            faults.push(format!(
                "{name} {at} ({place}) is under `{licence}`, which xtask/allow.toml does not list"
            ));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow() -> Allow {
        Allow {
            licences: vec!["MIT".into(), "Apache-2.0".into()],
            tool_licences: vec!["MPL-2.0".into()],
            npm_exceptions: BTreeMap::from([("quiet".into(), "MIT".into())]),
        }
    }

    fn dependency(licence: Option<&str>, rust: Option<&str>, shipped: bool) -> Dependency {
        Dependency {
            name: "x".into(),
            version: "1.0.0".into(),
            licence: licence.map(Into::into),
            rust_version: rust.map(Into::into),
            shipped,
        }
    }

    #[test]
    fn licences_outside_the_list_are_refused() {
        for (licence, shipped, faults_wanted) in [
            (Some("MIT"), true, 0),
            (Some("MIT/Apache-2.0"), true, 0),
            (Some("MIT OR GPL-3.0-only"), true, 0),
            (Some("MIT AND GPL-3.0-only"), true, 1),
            (Some("GPL-3.0-only"), false, 1),
            (Some("MPL-2.0"), true, 1),
            (Some("MPL-2.0"), false, 0),
            (Some("see the file"), true, 1),
            (None, true, 1),
        ] {
            let found = faults(&[dependency(licence, None, shipped)], &allow(), "1.95");
            assert_eq!(found.len(), faults_wanted, "{licence:?} {found:?}");
        }
    }

    #[test]
    fn a_dependency_that_wants_a_newer_compiler_is_refused() {
        for (wanted, refused) in [("1.95", false), ("1.94.1", false), ("1.96", true), ("2.0", true)]
        {
            let found = faults(&[dependency(Some("MIT"), Some(wanted), true)], &allow(), "1.95");
            assert_eq!(!found.is_empty(), refused, "{wanted}");
        }
    }

    #[test]
    fn npm_locks_tell_what_is_shipped() {
        let lock = serde_json::json!({"packages": {
            "": {"name": "web"},
            "node_modules/a": {"version": "1.0.0", "license": "MIT"},
            "node_modules/b": {"version": "1.0.0", "license": "MPL-2.0", "dev": true},
            "node_modules/a/node_modules/@s/quiet": {"version": "2.0.0"},
            "node_modules/quiet": {"version": "2.0.0"},
        }});
        let seen = npm_packages(&lock, &allow(), false);
        let names: Vec<_> = seen.iter().map(|d| (d.name.as_str(), d.shipped)).collect();
        assert_eq!(names, [("a", true), ("@s/quiet", true), ("b", false), ("quiet", true)]);
        assert_eq!(faults(&seen, &allow(), "1.95").len(), 1, "only @s/quiet has no licence");
    }

    #[test]
    fn what_only_a_macro_needs_is_not_shipped() {
        let metadata = serde_json::json!({
            "packages": [
                {"id": "cli", "name": "permanence-cli", "targets": [{"kind": ["bin"]}]},
                {"id": "lib", "name": "lib", "targets": [{"kind": ["lib"]}]},
                {"id": "mac", "name": "mac", "targets": [{"kind": ["proc-macro"]}]},
                {"id": "under", "name": "under", "targets": [{"kind": ["lib"]}]},
                {"id": "dev", "name": "dev", "targets": [{"kind": ["lib"]}]},
            ],
            "resolve": {"nodes": [
                {"id": "cli", "deps": [
                    {"pkg": "lib", "dep_kinds": [{"kind": null}]},
                    {"pkg": "mac", "dep_kinds": [{"kind": null}]},
                    {"pkg": "dev", "dep_kinds": [{"kind": "dev"}]},
                ]},
                {"id": "mac", "deps": [{"pkg": "under", "dep_kinds": [{"kind": null}]}]},
            ]},
        });
        let seen = crates(&metadata).expect("complete");
        let shipped: Vec<_> = seen.iter().filter(|d| d.shipped).map(|d| d.name.as_str()).collect();
        assert_eq!(shipped, ["permanence-cli", "lib"]);
    }
}
