//! Staffing across skills: the cheapest agents of each interval that carry what its queues ask, by integer
//! programs; then corrected by the simulator (`planning::skills`).

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{Fault, words};
use planning::skills::{self, Agents, Needs, Phase, Plan, Problem, Progress, Staffed, Watch};

use crate::{
    Unplanned,
    solver::{Integer, Program, solve},
};

/// Longest for one interval.
const LIMIT: Duration = Duration::from_secs(5);
/// With more groups than this in an interval parts of agents are chosen, and rounded: whole ones would take
/// minutes for a week of forty groups, and the simulator has the last word anyway.
const GROUPS_WHOLE: usize = 4;
/// An interval's agents cost at most this share more than the least that the program knows of.
const GAP: f64 = 0.002;

/// Agents by group and interval for all clients of a plan, under their promises, at least cost.
///
/// # Errors
/// Queues that nobody may answer, groups that are too small, promises that no number of agents keeps: each
/// in a sentence. A solver that fails.
pub fn staff(
    plan: &Plan,
    options: skills::Options,
    watch: &dyn Watch,
) -> Result<Staffed, Unplanned> {
    let needs = plan.needs().map_err(Unplanned::Faults)?;
    let first = by_formulas(plan, &needs, options, watch)?;
    skills::correct(plan, &needs, first, options, watch).map_err(Unplanned::Faults)
}

/// The agents of the formulas alone, each interval by itself.
///
/// # Errors
/// Groups that are too small for what is asked, each client's first such interval.
pub fn by_formulas(
    plan: &Plan,
    needs: &Needs,
    options: skills::Options,
    watch: &dyn Watch,
) -> Result<Agents, Unplanned> {
    let mut agents = plan.nobody_at_work();
    // Nights and Sundays are alike: what was solved once is not solved again.
    let mut solved: BTreeMap<Vec<u64>, Chosen> = BTreeMap::new();
    let mut short: BTreeMap<usize, (usize, f64, usize)> = BTreeMap::new();
    for (interval, problem) in needs.problems.iter().enumerate() {
        if watch.stop() || watch.elapsed() >= options.time_limit {
            return Err(Unplanned::NothingFound);
        }
        let progress =
            Progress { phase: Phase::Formulas, round: interval as u32, cost: 0.0, broken: 0 };
        watch.progress(progress);
        let key = key(problem);
        if !solved.contains_key(&key) {
            solved.insert(key.clone(), choose(plan, problem)?);
        }
        let chosen = &solved[&key];
        for (group, count) in &chosen.agents {
            agents[*group][interval] = *count;
        }
        for (client, missing) in &chosen.short {
            let told = short.entry(*client).or_insert((interval, *missing, 0));
            told.2 += 1;
        }
    }
    if short.is_empty() {
        return Ok(agents);
    }
    let fault = |(client, (interval, missing, times)): (&usize, &(usize, f64, usize))| {
        Fault::new(
            "staffing.groups",
            "cannot_be_staffed",
            words!(
                "{} needs {} agents more at {} than there can be of the groups that may answer it, and in {} intervals in all.",
                plan.scenario.clients[*client].name,
                format!("{missing:.1}"),
                plan.local(*interval),
                times
            ),
            "Allow more of a group, or let another one answer it.",
        )
    };
    Err(Unplanned::Faults(short.iter().map(fault).collect()))
}

/// The agents of an interval, and by client how many are missing.
struct Chosen {
    agents: Vec<(usize, u32)>,
    short: Vec<(usize, f64)>,
}

/// What makes two intervals the same.
fn key(problem: &Problem) -> Vec<u64> {
    let mut key = Vec::new();
    for queue in &problem.queues {
        key.extend([queue.client as u64, queue.agents.to_bits(), queue.able.len() as u64]);
        for (group, worth) in &queue.able {
            key.extend([*group as u64, worth.to_bits()]);
        }
    }
    key
}

/// Whole agents of each group, as cheap as they can be, whose time is shared out over the queues.
fn choose(plan: &Plan, problem: &Problem) -> Result<Chosen, Unplanned> {
    let mut program = Program::default();
    let dearest = plan.groups.iter().map(|terms| terms.cost_per_hour).fold(1.0, f64::max);
    let mut groups: BTreeMap<usize, (usize, Vec<(usize, f64)>)> = BTreeMap::new();
    let mut missing = Vec::new();
    let able = problem.queues.iter().flat_map(|queue| &queue.able).map(|(group, _)| *group);
    let whole = if able.collect::<BTreeSet<usize>>().len() <= GROUPS_WHOLE {
        Integer::Yes
    } else {
        Integer::No
    };
    for queue in &problem.queues {
        let mut carried = Vec::new();
        for (group, worth) in &queue.able {
            let terms = &plan.groups[*group];
            let (_, given) = groups.entry(*group).or_insert_with(|| {
                let most = f64::from(terms.most);
                (program.variable(terms.cost_per_hour, 0.0, most, whole), Vec::new())
            });
            let part = program.variable(0.0, 0.0, f64::from(terms.most), Integer::No);
            given.push((part, 1.0));
            carried.push((part, *worth));
        }
        // Dearer than any agent: somebody is missing only where nobody can be added.
        let short = program.variable(dearest * 1e3, 0.0, queue.agents, Integer::No);
        missing.push((queue.client, short));
        carried.push((short, 1.0));
        program.row(queue.agents, &carried, f64::INFINITY);
    }
    for (agents, given) in groups.values() {
        let mut terms = given.clone();
        terms.push((*agents, -1.0));
        program.row(f64::NEG_INFINITY, &terms, 0.0);
    }
    let solved = solve(program, None, LIMIT, GAP, None)?;
    let best = solved.best.ok_or(Unplanned::NothingFound)?;
    let agents = groups.iter().map(|(group, (agents, _))| (*group, best.values[*agents]));
    let agents = rounded(agents.collect());
    let mut by_client: BTreeMap<usize, f64> = BTreeMap::new();
    for (client, short) in missing {
        *by_client.entry(client).or_default() += best.values[short];
    }
    let short = by_client.into_iter().filter(|(_, missing)| *missing > 1e-6);
    Ok(Chosen { agents, short: short.collect() })
}

/// As many whole agents as the parts come to: of each group at least its whole ones, and one more of those
/// with the largest parts.
fn rounded(parts: Vec<(usize, f64)>) -> Vec<(usize, u32)> {
    // What is a whole number but for the solver's tolerance is that number.
    let whole = |part: f64| (part + 1e-6).floor().max(0.0);
    let sum: f64 = parts.iter().map(|(_, part)| part).sum();
    let wanted = (sum - 1e-6).ceil().max(0.0) as usize;
    let given: f64 = parts.iter().map(|(_, part)| whole(*part)).sum();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|a, b| {
        let over = |at: usize| parts[at].1 - whole(parts[at].1);
        over(*b).total_cmp(&over(*a)).then(a.cmp(b))
    });
    let more: BTreeSet<usize> =
        order.into_iter().take(wanted.saturating_sub(given as usize)).collect();
    let of = |(at, (group, part)): (usize, &(usize, f64))| {
        (*group, whole(*part) as u32 + u32::from(more.contains(&at)))
    };
    parts.iter().enumerate().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_agents_become_as_many_whole_ones() {
        for (parts, want) in [
            (vec![3.0, 2.000_000_000_1], vec![3, 2]),
            (vec![1.5, 1.5], vec![2, 1]),
            (vec![0.2, 0.7, 0.9, 2.3], vec![0, 1, 1, 3]),
            (vec![2.999_999_9, 0.0], vec![3, 0]),
            (vec![], vec![]),
        ] {
            let numbered = parts.iter().copied().enumerate().collect();
            let got: Vec<u32> = rounded(numbered).into_iter().map(|(_, agents)| agents).collect();
            assert_eq!(got, want, "{parts:?}");
        }
    }
}
