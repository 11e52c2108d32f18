//! Several kinds of contacts before the same agents, the more urgent first; nobody who is being
//! served is interrupted.

use domain::{Fault, words};

use crate::{
    check::{Check, refuse},
    erlang::{AGENTS_MAX, reciprocal},
};

/// Mean wait in seconds of each class, most urgent first (Cobham 1954, for n equal agents and one
/// mean handle time): W(k) = C / (nμ) / ((1 - s(k-1)) (1 - s(k))), where C is Erlang C of all
/// together and s(k) the load of the classes 1 to k over the agents.
///
/// # Errors
/// When a rate, the handle time or the agents are out of range, or all together are more than the
/// agents can work off.
pub fn mean_waits_s(
    arrivals_per_s: &[f64],
    handle_s: f64,
    agents: u32,
) -> Result<Vec<f64>, Vec<Fault>> {
    let mut check = Check::default();
    check.positive("aht", handle_s, "180").count("agents", agents, AGENTS_MAX);
    for (class, rate) in arrivals_per_s.iter().enumerate() {
        check.positive(&format!("classes[{class}].arrivals_per_s"), *rate, "0.05");
    }
    check.done()?;
    let n = f64::from(agents);
    let load: f64 = arrivals_per_s.iter().map(|rate| rate * handle_s).sum();
    if load >= n {
        return refuse(
            "agents",
            "line_never_settles",
            words!("is {}, and all classes together are {} erlangs.", agents, load),
            words!("Give at least {} agents.", load.floor() + 1.0),
        );
    }
    if arrivals_per_s.is_empty() {
        return Ok(Vec::new());
    }
    let blocked = 1.0 / reciprocal(load, agents);
    let waiting = blocked / (1.0 - load / n * (1.0 - blocked));
    let one = waiting * handle_s / n;
    let mut before = 0.0;
    let mut waits = Vec::with_capacity(arrivals_per_s.len());
    for rate in arrivals_per_s {
        let with = before + rate * handle_s / n;
        waits.push(one / ((1.0 - before) * (1.0 - with)));
        before = with;
    }
    Ok(waits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Line, Patience};
    use proptest::prelude::*;

    #[test]
    fn one_agent_and_two_classes_by_hand() {
        // M/M/1, 0.3 and 0.4 erlangs of 1 s: R = 0.7; W1 = 0.7/0.7 = 1, W2 = 0.7/(0.7 × 0.3).
        let waits = mean_waits_s(&[0.3, 0.4], 1.0, 1).expect("settles");
        assert!((waits[0] - 1.0).abs() < 1e-12 && (waits[1] - 0.7 / 0.21).abs() < 1e-12);
    }

    proptest! {
        /// The order of service moves waits between classes and makes none (Kleinrock's law).
        #[test]
        fn urgent_ones_wait_less_and_the_sum_is_that_of_one_line(
            shares in prop::collection::vec(0.01..1.0f64, 1..6), agents in 1u32..60, busy in 0.1..0.99f64,
        ) {
            let all: f64 = shares.iter().sum();
            let rates: Vec<f64> =
                shares.iter().map(|s| s / all * busy * f64::from(agents) / 200.0).collect();
            let waits = mean_waits_s(&rates, 200.0, agents).expect("settles");
            prop_assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
            let total: f64 = rates.iter().sum();
            let line = Line {
                arrivals_per_s: total, handle_s: 200.0, agents,
                waiting_places: None, patience: Patience::Endless,
            };
            let one = line.figures(20.0).expect("settles").mean_wait_all_s;
            let mixed: f64 = rates.iter().zip(&waits).map(|(r, w)| r * w).sum::<f64>() / total;
            prop_assert!((mixed / one - 1.0).abs() < 1e-10, "{} {}", mixed, one);
        }
    }

    #[test]
    fn too_much_for_the_agents_is_refused() {
        let faults = mean_waits_s(&[0.5, 0.5], 1.0, 1).expect_err("as much as there are agents");
        assert_eq!(faults[0].field, "agents");
        assert!(faults[0].next.contains("2 agents"), "{}", faults[0]);
    }
}
