//! What came out.

use serde::Serialize;

use super::{
    run::Stretches,
    scenario::Scenario,
    sums::{
        Counts, Estimate, Figures, Sums, counts, figures, figures_of_all, figures_of_group, level,
    },
};

/// What a simulation says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Name of the scenario.
    pub scenario: String,
    /// The seed that gives the same again.
    pub seed: u64,
    /// So many replications count. The intervals are over them; of one alone, over its batches.
    pub replications: u32,
    /// Somebody stopped it before its end.
    pub interrupted: bool,
    /// By client, in the order of the scenario.
    pub clients: Vec<ClientOutcome>,
    /// By group, in the order of the scenario: of the contacts that its agents answered.
    pub groups: Vec<GroupOutcome>,
    /// All together.
    pub all: AllOutcome,
}

/// What came out for a client.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClientOutcome {
    /// Its name.
    pub name: String,
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// What was promised, and kept.
    pub promise: Kept,
    /// What they are made of.
    pub counts: Counts,
}

/// A promise and the level that was reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kept {
    /// T, in seconds.
    pub threshold_s: u32,
    /// The share promised, in percent.
    pub target_percent: u8,
    /// By which formula, as the glossary names it.
    pub formula: &'static str,
    /// The share reached.
    pub service_level: Estimate,
}

/// What came out for a group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupOutcome {
    /// Its name.
    pub name: String,
    /// The figures; what belongs to no group (abandons, queues) is `null`.
    #[serde(flatten)]
    pub figures: Figures,
    /// How many it answered.
    pub answered: u64,
}

/// What came out in all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AllOutcome {
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// What they are made of.
    pub counts: Counts,
}

impl Outcome {
    pub(crate) fn of(scenario: &Scenario, stretches: Stretches, interrupted: bool) -> Self {
        let none = |n: usize| vec![Vec::new(); n];
        let by_client = if stretches.clients.is_empty() {
            none(scenario.clients.len())
        } else {
            stretches.clients
        };
        let by_group = if stretches.groups.is_empty() {
            none(scenario.groups.len())
        } else {
            stretches.groups
        };
        let all = all_of(&by_client, &by_group);
        let clients = scenario.clients.iter().zip(&by_client).filter_map(|(client, sums)| {
            let promise = &client.contract.periods.first()?.promise;
            Some(ClientOutcome {
                name: client.name.clone(),
                figures: figures(sums),
                promise: Kept {
                    threshold_s: promise.threshold_s,
                    target_percent: promise.target_percent,
                    formula: promise.formula.name(),
                    service_level: level(sums, promise.formula),
                },
                counts: counts(sums),
            })
        });
        let groups = scenario.groups.iter().zip(&by_group).map(|(group, sums)| GroupOutcome {
            name: group.name.clone(),
            figures: figures_of_group(sums),
            answered: counts(sums).answered,
        });
        Self {
            scenario: scenario.name.clone(),
            seed: scenario.run.seed,
            replications: stretches.replications,
            interrupted,
            clients: clients.collect(),
            groups: groups.collect(),
            all: AllOutcome { figures: figures_of_all(&all, &by_client), counts: counts(&all) },
        }
    }
}

/// Contacts are summed over clients and agents' time over groups.
fn all_of(by_client: &[Vec<Sums>], by_group: &[Vec<Sums>]) -> Vec<Sums> {
    let stretches = by_client.first().map_or(0, Vec::len);
    (0..stretches)
        .map(|at| {
            let mut sum = Sums::default();
            for client in by_client {
                sum.add(&client[at]);
            }
            (sum.worked_us, sum.available_us) = (0, 0);
            for group in by_group {
                sum.worked_us += group[at].worked_us;
                sum.available_us += group[at].available_us;
            }
            sum.window_us = by_client[0][at].window_us;
            sum
        })
        .collect()
}
