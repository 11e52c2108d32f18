//! What this machine has, and how it gets what it lacks.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::process::{command, output, root, shown, stream, which};

/// Something the project needs from the machine: how to see that it is there, and the Debian
/// packages that bring it.
pub struct Need {
    /// What it is, for people.
    pub what: &'static str,
    /// Packages of Debian and Ubuntu that bring it.
    pub packages: &'static [&'static str],
    /// Whether it is there.
    pub present: fn() -> bool,
}

/// A C compiler: SQLite, zstd and the password hash are built from C.
pub const COMPILER: Need = Need {
    what: "a C compiler",
    packages: &["build-essential"],
    present: || which("cc").is_some(),
};

/// What HiGHS, the solver behind shift schedules, is built with: C++, CMake, and libclang for its bindings.
pub const SOLVER: Need = Need {
    what: "a C++ compiler, CMake and libclang",
    packages: &["g++", "cmake", "libclang-dev"],
    present: || which("c++").is_some() && which("cmake").is_some() && has_libclang(),
};

/// Whether libclang lies where its packages put it, or somebody said where.
fn has_libclang() -> bool {
    let names = |folder: &Path| -> Vec<String> {
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        files.map(|file| file.file_name().to_string_lossy().into_owned()).collect()
    };
    let holds = |folder: &Path| names(folder).iter().any(|name| is_libclang(name));
    let versions = names(Path::new("/usr/lib"));
    let of_llvm = versions.iter().filter(|name| name.starts_with("llvm"));
    std::env::var_os("LIBCLANG_PATH").is_some()
        || of_llvm.map(|name| Path::new("/usr/lib").join(name).join("lib")).any(|f| holds(&f))
        || ["/usr/lib64", "/usr/lib", "/usr/local/lib"].iter().any(|f| holds(Path::new(f)))
        || cfg!(target_os = "macos") // Apple's comes with the compiler.
}

/// `libclang.so`, `libclang-14.so.1`, but not the C++ library `libclang-cpp.so.14`.
fn is_libclang(name: &str) -> bool {
    let rest = name.strip_prefix("libclang");
    rest.is_some_and(|rest| {
        rest.starts_with(".so")
            || (rest.starts_with("-1") || rest.starts_with("-2")) && rest.contains(".so")
    })
}

/// Node.js and npm, for building the screens.
pub const NODE: Need = Need {
    what: "Node.js and npm",
    packages: &["nodejs", "npm"],
    present: || which("node").is_some() && which("npm").is_some(),
};

/// PostgreSQL's own programs; the tests start servers of their own from them.
pub const POSTGRES: Need = Need {
    what: "PostgreSQL",
    packages: &["postgresql"],
    present: || {
        std::env::var_os("PERMANENCE_PG_BIN").is_some()
            || which("initdb").is_some()
            || fs::read_dir("/usr/lib/postgresql").is_ok_and(|versions| {
                versions.flatten().any(|version| version.path().join("bin/initdb").is_file())
            })
    },
};

/// SQLite's own program, by which backups are made; the test of backup and restore runs it.
pub const SQLITE: Need =
    Need { what: "sqlite3", packages: &["sqlite3"], present: || which("sqlite3").is_some() };

/// A browser for the tests of the screens.
pub const CHROMIUM: Need =
    Need { what: "Chromium", packages: &["chromium"], present: || chromium().is_some() };

/// Foreign ends for the tests of telephony: carriers and callers from scripts, a desk phone, a proxy
/// that challenges; and a relay for browsers.
pub const SIP_ENDS: Need = Need {
    what: "sipp, baresip, Kamailio and coturn",
    packages: &["sip-tester", "baresip", "kamailio", "coturn"],
    present: || {
        which("sipp").is_some()
            && which("turnserver").is_some()
            && which("baresip").is_some()
            && (which("kamailio").is_some() || Path::new("/usr/sbin/kamailio").is_file())
    },
};

/// Speaks contracts' words to callers; a server without it plays music instead.
pub const SPEECH: Need =
    Need { what: "espeak-ng", packages: &["espeak-ng"], present: || which("espeak-ng").is_some() };

/// Letters for what the screens' own font lacks, so that screenshots show no empty boxes.
pub const FONTS: Need = Need {
    what: "fonts with Latin, Cyrillic and symbols",
    packages: &["fonts-dejavu-core"],
    present: || {
        Path::new("/usr/share/fonts/truetype/dejavu").is_dir()
            || Path::new("/usr/share/fonts/truetype/noto").is_dir()
            || cfg!(not(target_os = "linux"))
    },
};

/// Python with which foreign libraries of the tests are installed, each in a folder of its own.
pub const PYTHON: Need = Need {
    what: "Python 3 with venv",
    packages: &["python3", "python3-venv"],
    present: || {
        which("python3").is_some()
            && output(command("python3", ["-c", "import ensurepip, venv"])).is_ok()
    },
};

/// The foreign library that reads our invoices, and what it needs, each in one exact version.
const FACTUR_X: [&str; 12] = [
    "factur-x==7.8",
    // Runs the business rules, which are XSLT 2.
    "saxonche==13.1.1",
    "lxml==6.1.3",
    "pypdf==7.1.1",
    "iso4217==1.16.20260101",
    "python-stdnum==2.2",
    "requests==2.34.2",
    "certifi==2026.10.19.post1",
    "charset-normalizer==3.5.3",
    "idna==3.20",
    "urllib3==2.8.0",
    "setuptools==65.5.0",
];

/// The foreign mail server that takes what the tests send, and what it needs.
const MAIL: [&str; 3] = ["aiosmtpd==1.4.6", "atpublic==9.0.0", "attrs==26.1.0"];

/// The foreign library that reads our workbooks, and what it needs.
const OPENPYXL: [&str; 2] = ["openpyxl==3.1.5", "et-xmlfile==2.0.0"];

/// Simulators of other makes, and what they need.
const SIMULATORS: [&str; 5] =
    ["simpy==4.1.2", "ciw==3.2.7", "networkx==3.6.1", "numpy==2.4.6", "tqdm==4.70.1"];

/// The Python that has `factur-x`, installed below `folder` the first time.
///
/// # Errors
/// When the packages cannot be fetched.
pub fn factur_x(folder: &Path) -> Result<PathBuf> {
    python_with(&folder.join("foreign/factur-x-7.8"), &FACTUR_X, "facturx, saxonche")
}

/// The Python that has `aiosmtpd`, installed below `folder` the first time.
///
/// # Errors
/// When the packages cannot be fetched.
pub fn mail_server(folder: &Path) -> Result<PathBuf> {
    python_with(&folder.join("foreign/aiosmtpd-1.4.6"), &MAIL, "aiosmtpd.smtp")
}

/// The Python that has `openpyxl`, installed below `folder` the first time.
///
/// # Errors
/// When the packages cannot be fetched.
pub fn workbook_reader(folder: &Path) -> Result<PathBuf> {
    python_with(&folder.join("foreign/openpyxl-3.1.5"), &OPENPYXL, "openpyxl")
}

/// The Python that has SimPy and Ciw, installed below `folder` the first time.
///
/// # Errors
/// When the packages cannot be fetched.
pub fn simulators(folder: &Path) -> Result<PathBuf> {
    python_with(&folder.join("foreign/simulators-1"), &SIMULATORS, "simpy, ciw")
}

/// A Python of its own at `home` with these packages; `modules` are what it must then be able to import.
fn python_with(home: &Path, packages: &[&str], modules: &str) -> Result<PathBuf> {
    let python = home.join("bin/python");
    let name = python.to_string_lossy().into_owned();
    let import = format!("import {modules}");
    let is_there = || output(command(name.as_str(), ["-c", import.as_str()])).is_ok();
    if !is_there() {
        // Half an installation is none.
        let _ = fs::remove_dir_all(home);
        stream(command("python3", ["-m", "venv", &home.to_string_lossy()]))?;
        let mut words = vec!["-m", "pip", "install", "--quiet", "--no-deps"];
        words.extend(packages);
        stream(command(name.as_str(), words))
            .with_context(|| format!("installing {} from PyPI", packages[0]))?;
        if !is_there() {
            bail!("{modules} was installed but cannot be imported by {}", python.display());
        }
    }
    Ok(python)
}

/// Node must be at least this: Vite and Vitest refuse older ones.
const NODE_MIN: [u32; 3] = [20, 19, 0];

/// The browser that tests drive: `CHROMIUM`, or the first one on the PATH.
pub fn chromium() -> Option<String> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        return Some(path.to_string_lossy().into_owned());
    }
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(which)
        .map(|path| path.to_string_lossy().into_owned())
}

/// Sees to it that all of `needs` are there, by installing what is missing where that is allowed.
///
/// # Errors
/// When something is missing and cannot be installed from here: the message has the command.
pub fn provide(needs: &[&Need]) -> Result<()> {
    let missing: Vec<&&Need> = needs.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|need| need.what).collect();
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    install(&packages).with_context(|| format!("this machine lacks {}", names.join(", ")))?;
    match missing.iter().find(|need| !(need.present)()) {
        Some(need) => bail!("{} was installed but is still not found", need.what),
        None => Ok(()),
    }
}

fn install(packages: &[&str]) -> Result<()> {
    let by_hand = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if which("apt-get").is_none() {
        bail!(
            "install it with your system's packages (on Debian: `{by_hand}`), then run this again"
        );
    }
    let Some(prefix) = privilege() else {
        bail!("run `sudo {by_hand}`, then run this again");
    };
    println!("installing {}", packages.join(", "));
    let apt = |args: &[&str]| {
        let words: Vec<&str> = prefix
            .iter()
            .copied()
            .chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
            .chain(args.iter().copied())
            .collect();
        command(words[0], &words[1..])
    };
    let mut args = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    args.extend(packages);
    // The package lists of a fresh image are old or missing: only then are they worth fetching.
    if stream(apt(&args)).is_err() {
        stream(apt(&["update", "--quiet"]))?;
        let again = apt(&args);
        let words = shown(&again);
        stream(again).with_context(|| format!("installing packages; try `{words}` by hand"))?;
    }
    Ok(())
}

/// What to put before a command that needs root: nothing for root, `sudo -n` where that asks no
/// password, and `None` where neither is so.
fn privilege() -> Option<&'static [&'static str]> {
    if output(command("id", ["-u"])).is_ok_and(|id| id.trim() == "0") {
        return Some(&[]);
    }
    which("sudo")?;
    output(command("sudo", ["-n", "true"])).ok().map(|_| &["sudo", "-n"] as &[&str])
}

/// Checks that the compiler is at least what the workspace asks for. Cargo checks it too, but
/// crate by crate and late.
///
/// # Errors
/// When it is older, or cannot be asked.
pub fn check_rust() -> Result<()> {
    let wanted = rust_version()?;
    let found = output(command("rustc", ["--version"]))?;
    if version(&found) < version(&wanted) {
        bail!(
            "the project needs Rust {wanted} and this is {}; run `rustup update`, or install a newer toolchain",
            found.trim()
        );
    }
    Ok(())
}

/// The `rust-version` of the workspace.
///
/// # Errors
/// When the manifest cannot be read.
pub fn rust_version() -> Result<String> {
    let manifest: toml::Value = toml::from_str(&fs::read_to_string(root().join("Cargo.toml"))?)?;
    manifest["workspace"]["package"]["rust-version"]
        .as_str()
        .map(str::to_owned)
        .context("Cargo.toml names no workspace.package.rust-version")
}

/// Checks Node's version.
///
/// # Errors
/// When it is too old: then its packages fail in ways that say nothing.
pub fn check_node() -> Result<()> {
    let found = output(command("node", ["--version"]))?;
    if version(&found) < NODE_MIN {
        let [major, minor, _] = NODE_MIN;
        bail!(
            "building the screens needs Node.js {major}.{minor} or newer and this is {}; install a newer one from https://nodejs.org or your distribution (Debian 13 has it)",
            found.trim()
        );
    }
    Ok(())
}

/// The first number with dots in a text: `rustc 1.95.0 (…)` is 1.95.0, `v20.19.2` is 20.19.2.
pub fn version(text: &str) -> [u32; 3] {
    let start = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let mut parts = text[start..]
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .next()
        .unwrap_or("")
        .split('.')
        .map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (text, want) in [
            ("rustc 1.95.0 (59807616e 2026-04-14)", [1, 95, 0]),
            ("v20.19.2\n", [20, 19, 2]),
            ("1.94", [1, 94, 0]),
            ("none", [0, 0, 0]),
        ] {
            assert_eq!(version(text), want, "{text}");
        }
        assert!(version("1.100") > version("1.95.3"));
    }

    #[test]
    fn libclang_is_told_from_its_neighbours() {
        for (name, is) in [
            ("libclang.so", true),
            ("libclang.so.1", true),
            ("libclang-14.so.1", true),
            ("libclang-cpp.so.14", false),
            ("libclangAST.a", false),
        ] {
            assert_eq!(is_libclang(name), is, "{name}");
        }
    }

    #[test]
    fn what_is_there_is_not_installed_again() {
        let there = Need { what: "x", packages: &["no-such-package"], present: || true };
        assert!(provide(&[&there]).is_ok());
    }
}
