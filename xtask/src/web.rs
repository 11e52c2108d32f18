//! The screens: their packages and their build.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::process::{command, root};

/// The folder of the front end, when this checkout has one.
pub fn folder() -> Option<PathBuf> {
    let folder = root().join("web");
    folder.join("package.json").is_file().then_some(folder)
}

/// `npm --prefix FOLDER …`, quiet and without colours. The folder stands first: what follows a `--` is the
/// script's.
pub fn npm(folder: &str, args: &[&str]) -> Command {
    let mut npm = command("npm", ["--prefix", folder]);
    npm.args(args).env("NO_COLOR", "1").env("npm_config_fund", "false");
    npm.env("npm_config_audit", "false").env("npm_config_update_notifier", "false");
    npm
}

/// Whether the installed packages are those of the lock file: a copy of the lock is kept beside
/// them by [`mark_installed`].
pub fn is_installed(folder: &str) -> bool {
    let (lock, mark) = lock_and_mark(folder);
    match (fs::read(lock), fs::read(mark)) {
        (Ok(lock), Ok(mark)) => lock == mark,
        _ => false,
    }
}

/// Remembers which lock file the installed packages came from.
///
/// # Errors
/// When the copy cannot be written.
pub fn mark_installed(folder: &str) -> Result<()> {
    let (lock, mark) = lock_and_mark(folder);
    fs::copy(&lock, &mark).with_context(|| format!("writing {}", mark.display()))?;
    Ok(())
}

fn lock_and_mark(folder: &str) -> (PathBuf, PathBuf) {
    let folder = root().join(folder);
    (folder.join("package-lock.json"), folder.join("node_modules/.installed-lock.json"))
}

/// The scripts that `FOLDER/package.json` offers.
///
/// # Errors
/// When it cannot be read.
pub fn scripts(folder: &str) -> Result<Vec<String>> {
    let path = root().join(folder).join("package.json");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let manifest: serde_json::Value = serde_json::from_str(&text)?;
    Ok(manifest["scripts"].as_object().map(|s| s.keys().cloned().collect()).unwrap_or_default())
}
