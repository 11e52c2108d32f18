//! `cargo xtask test`: everything that must hold, from formatting to the browser.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{
    house, licences,
    machine::{
        self, CHROMIUM, COMPILER, FONTS, NODE, POSTGRES, PYTHON, SIP_ENDS, SOLVER, SPEECH, SQLITE,
    },
    process::{command, logged, root, target_folder},
    step::Steps,
    web,
};

#[derive(Args)]
pub struct Options {
    /// Formatting, lints, house rules, Rust tests that start neither server nor database, and unit
    /// tests of the screens: what one runs before each commit.
    #[arg(long)]
    fast: bool,
    /// Draws new cases for the property tests, so that a series of runs finds what one does not.
    /// Without it every run judges the same cases, and a red run is red for everybody.
    #[arg(long)]
    fresh: bool,
    /// Runs only tests whose name contains this, in every runner, and none of the checks.
    filter: Option<String>,
}

/// npm fetches from elsewhere; past this something is wrong there.
const NPM_LIMIT: Duration = Duration::from_secs(900);

/// Scripts that `web/package.json` must offer, each a step here: without the check a renamed
/// script would silently stop being run.
const SCRIPTS: [&str; 7] = ["lint", "types", "test", "build", "sizes", "api", "e2e"];

/// Runs all steps; says whether all is well.
///
/// # Errors
/// When the machine lacks something that cannot be installed.
pub fn run(options: &Options) -> Result<bool> {
    let fast = options.fast;
    let checks = options.filter.is_none();
    let filter = options.filter.as_deref();
    let mut steps = Steps::new()?;

    let screens = web::folder().is_some();
    steps.work("machine", &[], || {
        machine::check_rust()?;
        let mut needs = vec![&COMPILER, &SOLVER, &SPEECH];
        if screens {
            needs.push(&NODE);
        }
        if !fast {
            needs.extend([&POSTGRES, &SQLITE, &CHROMIUM, &FONTS, &SIP_ENDS, &PYTHON]);
        }
        machine::provide(&needs)?;
        if screens {
            machine::check_node()?;
        }
        if !fast {
            machine::factur_x(&target_folder()?)?;
            machine::mail_server(&target_folder()?)?;
            machine::workbook_reader(&target_folder()?)?;
        }
        Ok(())
    });

    if checks {
        steps.commands("format", &[], || Ok(vec![command("cargo", ["fmt", "--all", "--check"])]));
        let log = steps.log("house rules");
        steps.work("house rules", &[], || house::check(&log));
        let log = steps.log("dependencies");
        steps.work("dependencies", &[], || licences::check(&log));
    }
    if screens {
        screens_steps(&mut steps, fast, checks, filter);
    }
    if checks {
        steps.commands("clippy", &["machine"], || {
            let args = [
                "clippy",
                "--workspace",
                "--all-targets",
                "--locked",
                "--quiet",
                "--keep-going",
                "--",
                "-D",
                "warnings",
            ];
            Ok(vec![command("cargo", args)])
        });
    }
    steps.commands("rust tests", &["machine"], || Ok(vec![rust_tests(options)?]));
    if !fast && checks {
        steps.commands("doc tests", &["machine"], || {
            Ok(vec![command("cargo", ["test", "--workspace", "--doc", "--locked", "--quiet"])])
        });
    }
    if !fast && screens {
        steps.commands("browser tests", &["machine", "web packages", "web build"], || {
            // As the Rust tests build it: nothing is compiled again for other features.
            let mut build = rust_tests(&Options { fast: false, fresh: false, filter: None })?;
            build.arg("--no-run");
            let mut e2e = web::npm("web", &["run", "e2e"]);
            if let Some(filter) = filter {
                e2e.args(["--", "--grep", filter, "--pass-with-no-tests"]);
            }
            let binary = target_folder()?.join("debug/permanence");
            e2e.env("PERMANENCE_BIN", binary);
            e2e.env("CHROMIUM", machine::chromium().unwrap_or_default());
            Ok(vec![build, e2e])
        });
    }
    Ok(steps.summary())
}

fn screens_steps(steps: &mut Steps, fast: bool, checks: bool, filter: Option<&str>) {
    let log = steps.log("web packages");
    steps.work("web packages", &["machine"], || {
        let offered = web::scripts("web")?;
        let missing: Vec<_> = SCRIPTS.iter().filter(|s| !offered.iter().any(|o| o == *s)).collect();
        if !missing.is_empty() {
            bail!("web/package.json lacks the scripts {missing:?}, which this command runs");
        }
        install_packages(&log)
    });
    let mut script = |name: &'static str, args: &[&str], needs: &[&'static str]| {
        steps.commands(name, needs, || Ok(vec![web::npm("web", &[&["run"], args].concat())]));
    };
    let packages = &["web packages"];
    if checks {
        script("web lint", &["lint"], packages);
        script("web types", &["types"], packages);
    }
    match filter {
        None => script("web tests", &["test"], packages),
        Some(filter) => {
            script("web tests", &["test", "--", "-t", filter, "--passWithNoTests"], packages)
        }
    }
    if !fast {
        script("web build", &["build"], packages);
        if checks {
            script("web sizes", &["sizes"], &["web packages", "web build"]);
            api_types(steps);
        }
    }
}

/// The types that the screens take from the server's API description are what the generator makes
/// of it today.
fn api_types(steps: &mut Steps) {
    let log = steps.log("api types");
    steps.work("api types", &["web packages"], || {
        let before = generated()?;
        logged(web::npm("web", &["run", "api"]), &log, NPM_LIMIT)?;
        let after = generated()?;
        for (path, text) in &before {
            fs::write(path, text)?; // a check leaves the checkout as it was
        }
        if before != after {
            bail!(
                "the generated API types are stale: run `npm run api --prefix web` and commit them"
            );
        }
        Ok(())
    });
}

/// The generated files and what they hold.
fn generated() -> Result<BTreeMap<PathBuf, String>> {
    let folder = root().join("web/app/api/__generated__");
    let files = fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
    files
        .map(|file| {
            let path = file?.path();
            let text = fs::read_to_string(&path)?;
            Ok((path, text))
        })
        .collect()
}

/// `npm ci`, when the lock file is not what is installed.
fn install_packages(log: &Path) -> Result<()> {
    if !web::is_installed("web") {
        logged(web::npm("web", &["ci"]), log, NPM_LIMIT)?;
        web::mark_installed("web")?;
    }
    Ok(())
}

/// Crates whose every test is quick: they start neither a server nor a database.
const QUICK: [&str; 6] = ["domain", "routing", "figures", "planning", "api", "testkit"];

/// Where property tests begin to draw unless fresh cases are asked for.
const PROPERTY_SEED: &str = "20260601";

/// All Rust tests, with cargo's own runner: it keeps the tests of a file in one process, which
/// share one PostgreSQL server.
fn rust_tests(options: &Options) -> Result<Command> {
    let mut tests = command("cargo", ["test", "--no-fail-fast", "--workspace", "--locked"]);
    tests.args(["--lib", "--bins"]);
    if options.fast {
        // Named one by one, so that cargo builds dependencies with the features it always uses.
        for name in QUICK {
            let Ok(files) = fs::read_dir(root().join("crates").join(name).join("tests")) else {
                continue;
            };
            for file in files {
                let path = file?.path();
                if let (Some("rs"), Some(stem)) =
                    (path.extension().and_then(OsStr::to_str), path.file_stem())
                {
                    tests.arg("--test").arg(stem);
                }
            }
        }
    } else {
        tests.arg("--tests");
        // More random days than a developer waits for, and no silent skip of an engine.
        tests.env("REQUIRE_PG", "1").env("PERMANENCE_DAYS", "200");
        // A library of another make reads the invoices; the machine's step has installed it.
        tests.env("PERMANENCE_FACTURX_PYTHON", machine::factur_x(&target_folder()?)?);
        // A mail server of another make takes what is sent.
        tests.env("PERMANENCE_MAIL_PYTHON", machine::mail_server(&target_folder()?)?);
        // A library of another make reads the workbooks.
        tests.env("PERMANENCE_XLSX_PYTHON", machine::workbook_reader(&target_folder()?)?);
    }
    if !options.fresh {
        tests.env("PROPTEST_RNG_SEED", PROPERTY_SEED);
    }
    tests.args(options.filter.as_deref());
    tests.env("CARGO_TERM_COLOR", "never").env("RUST_BACKTRACE", "1");
    Ok(tests)
}
