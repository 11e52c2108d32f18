//! Mixed-integer programs, and HiGHS that solves them: the only place that speaks to it.

use std::{
    sync::mpsc::{RecvTimeoutError, sync_channel},
    time::Duration,
};

use highs::{Col, HighsModelStatus, HighsSolutionStatus, RowProblem, Sense};

use crate::{Unplanned, Watch};

/// A program: minimise costs times variables under rows.
#[derive(Clone, Debug, Default)]
pub struct Program {
    problem: RowProblem,
    columns: Vec<Col>,
    integer: bool,
    /// Whether nothing at all keeps every row.
    zero_fails: bool,
}

/// Whether a variable is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integer {
    /// Whole.
    Yes,
    /// Any number.
    No,
}

impl Program {
    /// A variable from `least` to `most` that costs `cost` each; its place is given back.
    pub fn variable(&mut self, cost: f64, least: f64, most: f64, integer: Integer) -> usize {
        let whole = integer == Integer::Yes;
        self.integer |= whole;
        self.columns.push(self.problem.add_column_with_integrality(cost, least..=most, whole));
        self.columns.len() - 1
    }

    /// `least ≤ Σ factor × variable ≤ most`.
    pub fn row(&mut self, least: f64, terms: &[(usize, f64)], most: f64) {
        self.zero_fails |= least > 0.0 || most < 0.0;
        // HiGHS refuses a variable that stands twice in a row.
        let mut terms = terms.to_vec();
        terms.sort_by_key(|(place, _)| *place);
        let mut merged: Vec<(Col, f64)> = Vec::with_capacity(terms.len());
        for (place, factor) in terms {
            match merged.last_mut() {
                Some((column, sum)) if *column == self.columns[place] => *sum += factor,
                _ => merged.push((self.columns[place], factor)),
            }
        }
        self.problem.add_row(least..=most, merged);
    }

    /// Variables so far.
    pub fn variables(&self) -> usize {
        self.columns.len()
    }
}

/// What the solver found.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The value of each variable.
    pub values: Vec<f64>,
    /// What they cost.
    pub cost: f64,
}

/// How solving ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Solved {
    /// The best that was found.
    pub best: Option<Solution>,
    /// Nothing costs less than this; `None` when nothing was proven.
    pub bound: Option<f64>,
    /// There is no solution at all: proven.
    pub infeasible: bool,
    /// Somebody stopped it.
    pub stopped: bool,
}

/// Longest that the solver may overrun its limit before nobody listens to it any more.
const GRACE: Duration = Duration::from_secs(20);

/// Solves a program within a limit of time, to within a share of the least cost, from a solution that is
/// already known.
///
/// It runs on a thread of its own. When `watch` stops it, or it overruns its limit, it is left behind: it
/// holds memory until it sees its own limit, and nothing else.
///
/// # Errors
/// When the solver refuses the program.
pub fn solve(
    program: Program,
    start: Option<Vec<f64>>,
    limit: Duration,
    gap: f64,
    watch: Option<&dyn Watch>,
) -> Result<Solved, Unplanned> {
    // HiGHS has no status for a program without variables.
    if program.columns.is_empty() {
        let infeasible = program.zero_fails;
        let best = (!infeasible).then(|| Solution { values: vec![], cost: 0.0 });
        return Ok(Solved { best, bound: Some(0.0), infeasible, stopped: false });
    }
    // One answer; the solver's thread ends whether or not somebody still wants it.
    let (send, receive) = sync_channel(1);
    std::thread::Builder::new()
        .name("solver".to_owned())
        .spawn(move || {
            let _ = send.send(run(program, start.as_deref(), limit, gap));
        })
        .map_err(|error| Unplanned::Solver(error.to_string()))?;
    let mut waited = Duration::ZERO;
    const POLL: Duration = Duration::from_millis(50);
    loop {
        match receive.recv_timeout(POLL) {
            Ok(solved) => return solved.map_err(Unplanned::Solver),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Unplanned::Solver("its thread broke off".to_owned()));
            }
            Err(RecvTimeoutError::Timeout) => waited += POLL,
        }
        if watch.is_some_and(Watch::stop) || waited > limit + GRACE {
            return Ok(Solved { best: None, bound: None, infeasible: false, stopped: true });
        }
    }
}

fn run(
    program: Program,
    start: Option<&[f64]>,
    limit: Duration,
    gap: f64,
) -> Result<Solved, String> {
    let integer = program.integer;
    let problem = program.problem;
    let mut model = problem.try_optimise(Sense::Minimise).map_err(|s| format!("{s:?}"))?;
    model.make_quiet();
    // One thread, always: HiGHS keeps one pool of threads for the process, and the same program shall
    // give the same answer on any number of cores.
    let options = [("time_limit", limit.as_secs_f64()), ("mip_rel_gap", gap)];
    for (name, value) in options {
        model.try_set_option(name, value).map_err(|_| format!("it has no option {name}"))?;
    }
    model.try_set_option("threads", 1).map_err(|_| "it has no option threads".to_owned())?;
    model.try_set_option("parallel", "off").map_err(|_| "it has no option parallel".to_owned())?;
    if let Some(start) = start {
        // Only a hint: a solver that does not want it finds its own.
        let _ = model.try_set_solution(Some(start), None, None, None);
    }
    let solved = model.try_solve().map_err(|status| format!("{status:?}"))?;
    let status = solved.status();
    let infeasible =
        matches!(status, HighsModelStatus::Infeasible | HighsModelStatus::UnboundedOrInfeasible);
    // Asked for by number: where there is no solution HiGHS may say a number that its bindings do not know.
    let feasible = HighsSolutionStatus::Feasible as i64;
    let primal = solved.int_info_value(c"primal_solution_status");
    let found = primal == Ok(feasible) && !infeasible;
    let cost = solved.objective_value();
    let best = found.then(|| Solution { values: solved.get_solution().columns().to_vec(), cost });
    let bound = if integer {
        solved.double_info_value(c"mip_dual_bound").ok()
    } else {
        (status == HighsModelStatus::Optimal).then_some(cost)
    };
    Ok(Solved { best, bound: bound.filter(|b| b.is_finite()), infeasible, stopped: false })
}
