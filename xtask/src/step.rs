//! Named steps with a time each, a log each, and a summary that is printed whatever fails.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Result;

use crate::{
    clock::Stopwatch,
    process::{log_folder, logged},
};

/// No step takes longer than this on the smallest machine; one that does hangs.
const LIMIT: Duration = Duration::from_secs(45 * 60);
/// How much of a failed step's log is shown; the rest stays in its file.
const SHOWN_LINES: usize = 150;

/// Tests counted in what a runner printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Ran and held.
    pub passed: u64,
    /// Ran and did not hold.
    pub failed: u64,
    /// Did not run.
    pub skipped: u64,
}

/// How a step ended.
enum Fate {
    Passed,
    Failed(String),
    /// Another step, named here, failed first.
    NotRun(&'static str),
}

struct Outcome {
    name: &'static str,
    fate: Fate,
    took: Duration,
    count: Count,
}

/// Runs steps one after the other and remembers how each ended.
pub struct Steps {
    folder: PathBuf,
    outcomes: Vec<Outcome>,
}

impl Steps {
    /// No step has run yet.
    ///
    /// # Errors
    /// When the folder for logs cannot be made.
    pub fn new() -> Result<Self> {
        Ok(Self { folder: log_folder()?, outcomes: Vec::new() })
    }

    /// Runs commands, one after the other until one fails, as the step `name`.
    pub fn commands(
        &mut self,
        name: &'static str,
        needs: &[&'static str],
        commands: impl FnOnce() -> Result<Vec<Command>>,
    ) {
        let log = self.log(name);
        self.work(name, needs, || {
            for command in commands()? {
                logged(command, &log, LIMIT)?;
            }
            Ok(())
        });
    }

    /// Runs `work` as the step `name`; what it says in its error goes to the log.
    pub fn work(
        &mut self,
        name: &'static str,
        needs: &[&'static str],
        work: impl FnOnce() -> Result<()>,
    ) {
        if let Some(missing) = needs.iter().find(|need| !self.has_passed(need)) {
            println!("{name:<18} not run: `{missing}` failed");
            let fate = Fate::NotRun(missing);
            let count = Count::default();
            self.outcomes.push(Outcome { name, fate, took: Duration::ZERO, count });
            return;
        }
        let log = self.log(name);
        let _ = fs::remove_file(&log); // a log of an earlier run, if there is one
        println!("{name:<18} …");
        let watch = Stopwatch::start();
        let result = work();
        let took = watch.elapsed();
        let printed = fs::read_to_string(&log).unwrap_or_default();
        let fate = match result {
            Ok(()) => Fate::Passed,
            Err(error) => Fate::Failed(format!("{error:#}")),
        };
        let count = counted(&printed, matches!(fate, Fate::Passed));
        match &fate {
            Fate::Failed(why) => {
                println!("{}", tail(&printed, SHOWN_LINES));
                println!("{}", broken(&printed));
                println!("{name:<18} FAILED after {:.1} s: {why}", took.as_secs_f64());
                println!("{:<18} whole log: {}", "", log.display());
            }
            _ => println!("{name:<18} passed in {:.1} s", took.as_secs_f64()),
        }
        self.outcomes.push(Outcome { name, fate, took, count });
    }

    /// Where the step `name` writes.
    pub fn log(&self, name: &str) -> PathBuf {
        log_of(&self.folder, name)
    }

    fn has_passed(&self, name: &str) -> bool {
        // A step that was not asked for this time does not stand in the way.
        self.outcomes.iter().all(|o| o.name != name || matches!(o.fate, Fate::Passed))
    }

    /// Prints every step, its time and its tests, then the one line that machines read. Says
    /// whether all is well.
    pub fn summary(&self) -> bool {
        println!();
        let mut total = Count::default();
        let mut took = Duration::ZERO;
        for outcome in &self.outcomes {
            let word = match &outcome.fate {
                Fate::Passed => "passed".to_owned(),
                Fate::Failed(_) => "FAILED".to_owned(),
                Fate::NotRun(because) => format!("not run: `{because}` failed"),
            };
            let Count { passed, failed, skipped } = outcome.count;
            let mut tests = String::new();
            if passed + failed + skipped > 0 {
                tests = format!("  {passed} passed");
                if failed > 0 {
                    tests += &format!(", {failed} failed");
                }
                if skipped > 0 {
                    tests += &format!(", {skipped} skipped");
                }
            }
            println!("{:<18} {:>7.1} s  {word}{tests}", outcome.name, outcome.took.as_secs_f64());
            took += outcome.took;
            total.passed += passed;
            total.failed += failed;
            total.skipped += skipped;
            // A step without tests of its own counts as one, and so does one that broke otherwise.
            match outcome.fate {
                Fate::Passed if passed + failed + skipped == 0 => total.passed += 1,
                Fate::Failed(_) | Fate::NotRun(_) if failed == 0 => total.failed += 1,
                _ => {}
            }
        }
        println!("{:<18} {:>7.1} s", "whole run", took.as_secs_f64());
        println!();
        match total.skipped {
            0 => println!("{} passed, {} failed", total.passed, total.failed),
            skipped => {
                println!("{} passed, {} failed, {skipped} skipped", total.passed, total.failed)
            }
        }
        total.failed == 0
    }
}

fn log_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{}.log", name.replace(' ', "-")))
}

fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    let from = all.len().saturating_sub(lines);
    let mut shown = all[from..].join("\n");
    if from > 0 {
        shown.insert_str(0, &format!("… {from} lines before\n"));
    }
    shown
}

/// What cargo's runner tells of each test that did not hold: its name and what it printed.
///
/// A run goes on after a failure, so that this stands far above the end of the log, out of reach
/// of [`tail`]. A test that prints without end is cut to its last [`SHOWN_LINES`].
fn broken(printed: &str) -> String {
    let mut shown = String::new();
    let mut block: Option<Vec<&str>> = None;
    for line in printed.lines() {
        if line.trim() == "failures:" && block.is_none() {
            block = Some(Vec::new());
        }
        let Some(lines) = &mut block else { continue };
        lines.push(line);
        if line.starts_with("test result: ") {
            shown += &tail(&lines.join("\n"), SHOWN_LINES);
            shown.push('\n');
            block = None;
        }
    }
    shown
}

/// Adds up the closing lines of the runners we use: cargo's own, nextest, Vitest, Playwright, and
/// our own `N passed, N failed`.
///
/// Playwright writes one line for each kind of outcome, so its counts are read line by line; all
/// others write one closing line.
fn counted(printed: &str, passed: bool) -> Count {
    let mut sum = Count::default();
    for line in printed.lines().map(str::trim) {
        let words: Option<&str> = if let Some(rest) = line.strip_prefix("test result: ") {
            rest.split_once(". ").map(|(_, rest)| rest)
        } else if line.starts_with("Summary [") {
            line.split_once("run: ").map(|(_, rest)| rest)
        } else if let Some(rest) = line.strip_prefix("Tests ") {
            Some(rest)
        } else if line.starts_with(|c: char| c.is_ascii_digit()) {
            Some(line)
        } else {
            None
        };
        let Some(words) = words else { continue };
        let parts: BTreeMap<&str, u64> = words
            .split([';', ',', '|'])
            .filter_map(|part| {
                let mut words = part.split_whitespace();
                let number = words.next()?.parse().ok()?;
                let what = words.next()?;
                // `5 passed (12.3s)` and `5 passed (5)` are ours, `5 passed the exam` is prose.
                let rest = words.next().unwrap_or("");
                let fits = rest.is_empty() || rest.starts_with('(') || rest == "out";
                (fits || what == "filtered").then_some((what, number))
            })
            .collect();
        let of = |names: &[&str]| names.iter().filter_map(|name| parts.get(name)).sum::<u64>();
        sum.passed += of(&["passed", "flaky"]);
        sum.failed += of(&["failed", "timed"]);
        sum.skipped += of(&["skipped", "ignored", "todo"]);
    }
    if !passed && sum.failed == 0 {
        // It broke outside of any test, for instance while compiling.
        sum.failed = 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_every_runner_are_counted() {
        for (line, want) in [
            (
                "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.01s",
                (5, 0, 1),
            ),
            (
                "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
                (5, 2, 0),
            ),
            ("     Summary [   0.123s] 12 tests run: 11 passed, 1 failed, 3 skipped", (11, 1, 3)),
            ("     Summary [  12.123s] 1 test run: 1 passed (1 slow), 0 skipped", (1, 0, 0)),
            ("      Tests  6 passed (6)", (6, 0, 0)),
            ("      Tests  1 failed | 5 passed | 2 skipped (8)", (5, 1, 2)),
            ("  3 passed (12.3s)\n  1 skipped\n  2 failed", (3, 2, 1)),
            ("14 passed, 0 failed", (14, 0, 0)),
            ("3 passed the door", (0, 0, 0)),
            ("Test Files  2 passed (2)", (0, 0, 0)),
        ] {
            let (passed, failed, skipped) = want;
            assert_eq!(counted(line, true), Count { passed, failed, skipped }, "{line}");
        }
    }

    #[test]
    fn a_step_that_breaks_before_its_tests_counts_as_failed() {
        assert_eq!(counted("error[E0308]: mismatched types", false).failed, 1);
    }

    #[test]
    fn a_failure_far_above_the_end_is_shown_with_what_it_printed() {
        let failed = "failures:\n\n---- chat::lost stdout ----\nseed 7\n\nfailures:\n    chat::lost\n\n\
                      test result: FAILED. 1 passed; 1 failed";
        let after = "test other ... ok\ntest result: ok. 1 passed; 0 failed\n".repeat(200);
        assert_eq!(
            broken(&format!("test chat::lost ... FAILED\n\n{failed}\n{after}")).trim(),
            failed
        );
        assert_eq!(broken(&after), "");
    }

    #[test]
    fn a_long_log_is_shown_from_its_end() {
        assert_eq!(tail("a\nb\nc", 2), "… 1 lines before\nb\nc");
        assert_eq!(tail("a\nb", 2), "a\nb");
    }
}
