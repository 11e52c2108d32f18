//! The server's planner: this very program once more, as `permanence schedule`, in a process of its own.
//!
//! HiGHS may abort the process that it runs in, or run past its limit of time. Here it ends a command, and
//! the floor goes on.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context, anyhow};
use domain::{Day, Span, Timestamp};
use planning::roster::{Duty, Plan, Roster};
use serde::Deserialize;
use server::{
    clock::Stopwatch,
    schedules::{Files, Found, NotFound, Planner},
};

/// How often it is asked whether it is done.
const LOOK: Duration = Duration::from_millis(50);
/// It may need so long beyond its limit to give shifts to people, and is ended then.
const GRACE: Duration = Duration::from_secs(180);
/// What a command says of its failure is no longer than this.
const SAID_MAX: u64 = 64 * 1024;

/// Plans by a program.
#[derive(Clone, Debug)]
pub struct OwnProcess {
    program: PathBuf,
}

impl OwnProcess {
    /// Plans by the program that runs now.
    ///
    /// # Errors
    /// When the system does not tell where that is.
    pub fn find() -> anyhow::Result<Self> {
        Ok(Self { program: std::env::current_exe().context("looking for the program that runs")? })
    }
}

impl Planner for OwnProcess {
    fn plan(
        &self,
        files: &Files,
        told: &(dyn Fn(Duration) -> bool + Sync),
    ) -> Result<Found, NotFound> {
        let (plan, _) = files.read().map_err(|faults| {
            let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
            NotFound::Refused(all.join(" "))
        })?;
        let folder = tempfile::tempdir().context("making a folder").map_err(NotFound::Failed)?;
        let (status, stopped) = self.run(files, folder.path(), told).map_err(NotFound::Failed)?;
        if stopped {
            return Err(NotFound::Stopped);
        }
        let said = text(&folder.path().join("said")).map_err(NotFound::Failed)?;
        match status {
            Some(status) if status.success() => {
                let found = std::fs::read_to_string(folder.path().join("found"))
                    .context("reading what was found");
                found.and_then(|found| read(&found, &plan)).map_err(NotFound::Failed)
            }
            // The command itself says why, after its name.
            Some(status) if status.code() == Some(1) => {
                let why = said.trim();
                Err(NotFound::Refused(why.strip_prefix("permanence: ").unwrap_or(why).to_owned()))
            }
            Some(status) => {
                Err(NotFound::Failed(anyhow!("the planner ended with {status}: {said}")))
            }
            None => {
                let why = "it did not end in time; give it fewer people, or coarser starts";
                Err(NotFound::Refused(why.to_owned()))
            }
        }
    }
}

impl OwnProcess {
    /// Runs the command, and ends it when it is told to or does not end by itself. Whether it was told to.
    fn run(
        &self,
        files: &Files,
        folder: &Path,
        told: &(dyn Fn(Duration) -> bool + Sync),
    ) -> anyhow::Result<(Option<ExitStatus>, bool)> {
        let (plan, required) = (folder.join("plan.json"), folder.join("required.csv"));
        std::fs::write(&plan, serde_json::to_string(&files.plan)?).context("writing the plan")?;
        std::fs::write(&required, &files.required).context("writing what is required")?;
        let watch = Stopwatch::start();
        let child = Command::new(&self.program)
            .arg("schedule")
            .arg(&plan)
            .arg("--required")
            .arg(&required)
            .arg("--time-limit")
            .arg(format!("{}s", files.time_limit.as_secs().max(1)))
            .arg("--gap")
            .arg(files.gap.to_string())
            .arg("--json")
            .stdin(Stdio::null())
            .stdout(File::create(folder.join("found"))?)
            .stderr(File::create(folder.join("said"))?)
            .spawn()
            .with_context(|| format!("starting {}", self.program.display()))?;
        let mut child = Ended(child);
        loop {
            if let Some(status) = child.0.try_wait().context("waiting for the planner")? {
                return Ok((Some(status), false));
            }
            if told(watch.elapsed()) {
                return Ok((None, true));
            }
            if watch.elapsed() > files.time_limit + GRACE {
                return Ok((None, false));
            }
            std::thread::sleep(LOOK);
        }
    }
}

/// A process that does not outlive whoever waits for it.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn text(path: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(SAID_MAX).read_to_end(&mut bytes))
        .with_context(|| format!("reading {}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What `permanence schedule --json` prints, as far as it is needed.
#[derive(Deserialize)]
struct Printed {
    bound: Option<f64>,
    ended_early: bool,
    time_used: f64,
    duties: Vec<PrintedDuty>,
}

#[derive(Deserialize)]
struct PrintedDuty {
    person: String,
    shift: String,
    day: String,
    from: String,
    until: String,
    breaks: Vec<PrintedSpan>,
}

#[derive(Deserialize)]
struct PrintedSpan {
    from: String,
    until: String,
}

fn read(printed: &str, plan: &Plan) -> anyhow::Result<Found> {
    let printed: Printed = serde_json::from_str(printed).context("reading the planner's answer")?;
    let people: BTreeMap<&str, usize> =
        plan.people.iter().enumerate().map(|(at, person)| (person.name.as_str(), at)).collect();
    let shifts: BTreeMap<&str, usize> =
        plan.shifts.iter().enumerate().map(|(at, shift)| (shift.name.as_str(), at)).collect();
    let mut roster = Roster::default();
    for duty in &printed.duties {
        let place = |of: &BTreeMap<&str, usize>, name: &str| {
            of.get(name).copied().with_context(|| format!("`{name}` is not in the plan"))
        };
        let breaks: anyhow::Result<Vec<Span>> =
            duty.breaks.iter().map(|of| span(&of.from, &of.until)).collect();
        let Span { from, until } = span(&duty.from, &duty.until)?;
        roster.duties.push(Duty {
            person: place(&people, &duty.person)?,
            day: duty.day.parse::<Day>().map_err(|error| anyhow!("{}: {error}", duty.day))?,
            from,
            until,
            shift: place(&shifts, &duty.shift)?,
            breaks: breaks?,
        });
    }
    Ok(Found {
        roster,
        bound: printed.bound,
        early: printed.ended_early,
        took: Duration::from_secs_f64(printed.time_used.max(0.0)),
    })
}

fn span(from: &str, until: &str) -> anyhow::Result<Span> {
    let instant = |text: &str| text.parse::<Timestamp>().with_context(|| format!("`{text}`"));
    Ok(Span { from: instant(from)?, until: instant(until)? })
}
