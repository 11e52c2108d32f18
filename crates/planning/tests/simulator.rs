//! The simulator against what is known exactly: queueing formulas, a Markov chain solved by other
//! means, and what must hold whatever the numbers.

#[path = "simulator/exact.rs"]
mod exact;

use planning::sim::{self, Estimate, Options, Outcome, Scenario, Value};
use proptest::prelude::*;

fn read(text: &str) -> Scenario {
    let value: Value = toml::from_str(text).expect("TOML");
    Scenario::read(&value).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn play(text: &str) -> Outcome {
    sim::simulate(&read(text), Options::default(), &()).expect("the router takes it")
}

/// Whether the truth lies within the 99.9 % interval around an estimate, which must not be wider
/// than a share of the truth: t of 95 and of 99.9 % differ by 1.9 with the 19 degrees used here.
fn agrees(what: &str, got: Estimate, truth: f64, width_max: f64) {
    let (mean, half) = (got.mean.expect(what), got.half_width_95.expect(what));
    assert!((mean - truth).abs() <= 1.9 * half, "{what}: {mean} ± {half}, exact {truth}");
    assert!(half <= width_max * truth.abs(), "{what}: ± {half} is too wide for {truth}");
}

fn one_pool(agents: u32, per_hour: f64, mean_s: f64, patience: &str, run: &str) -> String {
    format!(
        r#"
        [run]
        {run}
        [[pools]]
        name = "front"
        [[clients]]
        name = "Acme"
        pools = ["front"]
        [[clients.queues]]
        demand = {{ kind = "constant", per_hour = {per_hour} }}
        handle = {{ kind = "exponential", mean = {mean_s} }}
        {patience}
        [[groups]]
        name = "agents"
        agents = {agents}
        pools = ["front"]
        "#
    )
}

#[test]
fn a_pool_without_abandonment_is_erlang_c() {
    for (agents, erlangs, run) in [
        (14, 10.0, "length = \"24h\"\nwarm_up = \"2h\"\nreplications = 20\nseed = 3"),
        (3, 2.0, "length = \"90h\"\nwarm_up = \"2h\"\nreplications = 20\nseed = 5"),
    ] {
        let mean = 180.0;
        let outcome = play(&one_pool(agents, erlangs / mean * 3600.0, mean, "", run));
        let truth = exact::erlang_c(agents, erlangs, mean, 20.0);
        let figures = outcome.all.figures;
        agrees("load", figures.offered_load_erlangs, erlangs, 0.02);
        agrees("p_wait", figures.p_wait, truth.p_wait, 0.1);
        agrees("asa", figures.asa_served, truth.mean_wait, 0.25);
        agrees("mean wait", figures.mean_wait_all, truth.mean_wait, 0.25);
        agrees("level", figures.sl_offered, truth.served_in_time, 0.03);
        agrees("queue", figures.mean_queue_length, truth.mean_queue, 0.25);
        agrees("occupancy", figures.occupancy, erlangs / f64::from(agents), 0.02);
        assert_eq!(figures.p_abandon.mean, Some(0.0));
        assert_eq!(outcome.all.counts.unfinished, 0);
    }
}

#[test]
fn a_pool_with_impatient_customers_is_erlang_a() {
    // The example of the literature: 48 a minute, one minute each, two minutes of patience.
    let run = "length = \"3h\"\nwarm_up = \"20m\"\nreplications = 20\nseed = 11";
    let patience = "patience = { kind = \"exponential\", mean = \"2m\" }";
    let outcome = play(&one_pool(50, 2880.0, 60.0, patience, run));
    let truth = exact::erlang_a(50, 48.0, 60.0, 120.0, 20.0);
    assert!((truth.p_abandon - 0.031).abs() < 0.0005, "{}", truth.p_abandon);
    let figures = outcome.all.figures;
    agrees("p_wait", figures.p_wait, truth.p_wait, 0.06);
    agrees("p_abandon", figures.p_abandon, truth.p_abandon, 0.12);
    agrees("mean wait", figures.mean_wait_all, truth.mean_wait, 0.12);
    agrees("queue", figures.mean_queue_length, truth.mean_queue, 0.12);
    agrees("level", figures.sl_offered, truth.served_in_time, 0.02);
    agrees("abandoned in time", figures.sl_or_abandoned_within_T, truth.in_time_or_left, 0.02);
    agrees("occupancy", figures.occupancy, truth.occupancy, 0.02);
    // Exponential patience: whoever left waited as everybody did who had to, in the mean of Little.
    let left = figures.mean_wait_abandoned.mean.expect("some left");
    let all = figures.mean_wait_all.mean.expect("some came");
    assert!(left > all);
}

#[test]
fn a_head_start_beyond_every_wait_is_a_non_pre_emptive_priority() {
    let outcome = play(
        r#"
        [run]
        length = "60h"
        warm_up = "3h"
        replications = 20
        seed = 2
        [[pools]]
        name = "front"
        [[clients]]
        name = "First"
        pools = ["front"]
        [[clients.queues]]
        head_start = "600h"
        demand = { kind = "constant", per_hour = 36 }
        handle = { kind = "exponential", mean = "3m" }
        [[clients]]
        name = "Second"
        pools = ["front"]
        [[clients.queues]]
        head_start = "300h"
        demand = { kind = "constant", per_hour = 24 }
        handle = { kind = "exponential", mean = "3m" }
        [[clients]]
        name = "Third"
        pools = ["front"]
        [[clients.queues]]
        demand = { kind = "constant", per_hour = 12 }
        handle = { kind = "exponential", mean = "3m" }
        [[groups]]
        name = "agents"
        agents = 5
        pools = ["front"]
        "#,
    );
    // Cobham 1954, for one mean of all classes.
    let (agents, mean) = (5, 180.0);
    let truth = exact::erlang_c(agents, 3.6, mean, 20.0);
    let per_server = truth.p_wait * mean / f64::from(agents);
    let mut load = 0.0;
    for (client, erlangs) in outcome.clients.iter().zip([1.8, 1.2, 0.6]) {
        let before = load;
        load += erlangs / f64::from(agents);
        let wait = per_server / ((1.0 - before) * (1.0 - load));
        agrees(&client.name, client.figures.mean_wait_all, wait, 0.12);
        agrees(&client.name, client.figures.p_wait, truth.p_wait, 0.06);
    }
}

#[test]
fn the_n_model_is_the_markov_chain_that_it_is() {
    // One team takes the first client alone, the other both; the first client's contacts go to its
    // own people if one is free, and come first where both wait.
    let outcome = play(
        r#"
        [run]
        length = "60h"
        warm_up = "1h"
        replications = 20
        seed = 4
        [[pools]]
        name = "front"
        [[clients]]
        name = "First"
        pools = ["front"]
        [[clients.queues]]
        head_start = "600h"
        selection = "proficiency_first"
        skills = [{ name = "first", level = 1 }]
        demand = { kind = "constant", per_hour = 60 }
        handle = { kind = "exponential", mean = "4m" }
        patience = { kind = "exponential", mean = "3m" }
        [[clients]]
        name = "Second"
        pools = ["front"]
        [[clients.queues]]
        demand = { kind = "constant", per_hour = 40 }
        handle = { kind = "exponential", mean = "4m" }
        patience = { kind = "exponential", mean = "5m" }
        [[groups]]
        name = "own"
        agents = 3
        pools = ["front"]
        sign_offs = ["First"]
        skills = { first = 10 }
        [[groups]]
        name = "both"
        agents = 4
        pools = ["front"]
        skills = { first = 1 }
        "#,
    );
    let chain = exact::NModel {
        own: 3,
        both: 4,
        arrivals: [60.0 / 3600.0, 40.0 / 3600.0],
        service: 1.0 / 240.0,
        leaving: [1.0 / 180.0, 1.0 / 300.0],
        places: 40,
    };
    let truth = chain.solve();
    for (client, truth) in outcome.clients.iter().zip(truth) {
        agrees(&client.name, client.figures.p_abandon, truth.p_abandon, 0.1);
        agrees(&client.name, client.figures.mean_queue_length, truth.mean_queue, 0.1);
        agrees(&client.name, client.figures.p_wait, truth.p_wait, 0.05);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_one_core_and_on_two() {
    let text = FLOOR;
    let on = |cores, seed: &str| {
        let scenario = read(&text.replace("seed = 7", seed));
        let options = Options { cores: std::num::NonZeroUsize::new(cores), ..Options::default() };
        format!("{:?}", sim::simulate(&scenario, options, &()).expect("the router takes it"))
    };
    let one = on(1, "seed = 7");
    assert_eq!(one, on(2, "seed = 7"));
    assert_eq!(one, on(3, "seed = 7"));
    assert_ne!(one, on(2, "seed = 8"));
}

#[test]
fn a_run_stops_at_the_precision_that_was_asked_for_at_the_same_replication_on_any_cores() {
    let run = "length = \"1h\"\nreplications = 5\nseed = 9";
    let patience = "patience = { kind = \"exponential\", mean = \"2m\" }";
    let scenario = read(&one_pool(12, 200.0, 180.0, patience, run));
    let on = |cores| {
        let cores = std::num::NonZeroUsize::new(cores);
        let options = Options { cores, until_half_width: Some(0.02) };
        sim::simulate(&scenario, options, &()).expect("the router takes it")
    };
    let outcome = on(1);
    let half = outcome.clients[0].figures.sl_offered.half_width_95.expect("several replications");
    assert!(half <= 0.02, "{half}");
    assert!(outcome.replications > 5, "five were not enough: {}", outcome.replications);
    assert_eq!(outcome, on(2));
}

#[test]
fn whoever_stops_a_run_gets_the_results_so_far() {
    use std::sync::atomic::{AtomicU32, Ordering};
    struct Impatient(AtomicU32, u32);
    impl sim::Watch for Impatient {
        fn stop(&self) -> bool {
            self.0.fetch_add(1, Ordering::Relaxed) >= self.1
        }
    }
    let run = "length = \"40h\"\nreplications = 50\nseed = 9";
    let scenario = read(&one_pool(12, 200.0, 180.0, "", run));
    let options = Options { cores: std::num::NonZeroUsize::new(1), ..Options::default() };
    // Looked at every 4,096 steps, of which one replication has about 16,000.
    for (looks, done) in [(2, 0), (12, 2)] {
        let watch = Impatient(AtomicU32::new(0), looks);
        let outcome = sim::simulate(&scenario, options, &watch).expect("the router takes it");
        assert!(outcome.interrupted);
        assert!(outcome.replications >= done && outcome.replications < 50, "{outcome:?}");
        assert!(outcome.all.counts.answered > 500, "{:?}", outcome.all.counts);
        let level = outcome.all.figures.sl_offered;
        assert!(level.mean.is_some() && level.half_width_95.is_some(), "{level:?}");
    }
}

const FLOOR: &str = include_str!("simulator/everything.toml");

#[test]
fn the_examples_of_the_documentation_are_scenarios() {
    let text = include_str!("../../../docs/simulation.md");
    let examples: Vec<&str> = text.split("```toml").skip(1).collect();
    assert_eq!(examples.len(), 2);
    for example in examples {
        let text = example.split("```").next().expect("an end");
        let outcome = play(&text.replace("replications = ", "replications = 2 # "));
        assert!(outcome.all.counts.answered > 100, "{:?}", outcome.all.counts);
    }
}

#[test]
fn every_fault_is_named_at_once_with_its_field() {
    let text = r#"
        [run]
        zone = "Mars/Olympus"
        length = 10
        warm_up = "-5s"
        replications = 0
        colour = "blue"
        [[pools]]
        name = "front"
        [[clients]]
        name = "Acme"
        model = "sharde"
        pools = ["front", "back"]
        promise = { within = "20s", target = "180%" }
        [[clients.queues]]
        demand = { kind = "constant", per_hour = -3 }
        handle = { kind = "gaussian", mean = "4m" }
        patience = { kind = "lognormal", mean = 0, cv = 1 }
        [[clients.queues]]
        name = "Old calls"
        demand = { kind = "recorded", times = ["10s", "5s", "soon"] }
        handle_by_group = { nights = { kind = "exponential", mean = "4m" } }
        [[clients]]
        name = "Acme"
        model = "dedicated"
        [[clients.queues]]
        demand = { kind = "weekly", interval = "7m", counts = [1, 2] }
        handle = { kind = "uniform", from = "5m", until = "1m" }
        [[groups]]
        name = "agents"
        pools = ["front"]
        agents = 0
        channels = { voice = 0 }
        [[groups]]
        name = "nobody"
        team = "ghosts"
        [[groups.shifts]]
        days = "mon-someday"
        from = "25:00"
    "#;
    let value: Value = toml::from_str(text).expect("TOML");
    let faults = Scenario::read(&value).expect_err("much is wrong");
    let told: Vec<String> = faults.iter().map(|f| format!("{} {}", f.field, f.code)).collect();
    for expected in [
        "run.zone unknown_zone",
        "run.length not_accepted",
        "run.warm_up not_accepted",
        "run.replications not_accepted",
        "run.colour unknown_field",
        "clients[0].model unknown_word",
        "clients[0].pools[1] unknown_name",
        "clients[0].promise.target not_accepted",
        "clients[0].queues[0].demand.per_hour not_accepted",
        "clients[0].queues[0].handle.kind unknown_word",
        "clients[0].queues[0].patience.mean not_accepted",
        "clients[0].queues[1].demand.times[1] not_sorted",
        "clients[0].queues[1].demand.times[2] not_a_span",
        "clients[0].queues[1].handle missing",
        "clients[0].queues[1].handle_by_group.nights unknown_name",
        "clients[1].name name_repeated",
        "clients[1].team missing",
        "clients[1].queues[0].demand.interval not_part_of_a_day",
        "clients[1].queues[0].handle.until reversed",
        "groups[0].agents not_accepted",
        "groups[0].channels.voice not_accepted",
        "groups[1].team unknown_name",
        "groups[1].shifts[0].days not_days",
        "groups[1].shifts[0].from not_a_time",
        "groups[1].shifts[0].agents missing",
    ] {
        assert!(told.iter().any(|told| told == expected), "{expected} is not among {told:#?}");
    }
    for fault in faults {
        assert!(!fault.message.is_empty() && !fault.next.is_empty(), "{fault:?}");
    }
}

#[test]
fn on_a_floor_with_everything_clients_sum_to_the_whole() {
    let outcome = play(FLOOR);
    let all = outcome.all.counts;
    let sum = |of: fn(&sim::Counts) -> u64| -> u64 {
        outcome.clients.iter().map(|c| of(&c.counts)).sum()
    };
    assert_eq!(all.arrived, sum(|c| c.arrived));
    assert_eq!(all.answered, sum(|c| c.answered));
    assert_eq!(all.abandoned, sum(|c| c.abandoned));
    assert_eq!(all.callbacks, sum(|c| c.callbacks));
    assert_eq!(all.answered, outcome.groups.iter().map(|group| group.answered).sum::<u64>());
    let mean = |estimate: Estimate| estimate.mean.expect("something came");
    let queue: f64 = outcome.clients.iter().map(|c| mean(c.figures.mean_queue_length)).sum();
    let load: f64 = outcome.clients.iter().map(|c| mean(c.figures.offered_load_erlangs)).sum();
    assert!((mean(outcome.all.figures.mean_queue_length) - queue).abs() < 1e-9);
    assert!((mean(outcome.all.figures.offered_load_erlangs) - load).abs() < 1e-9);
    // Every part of the scenario was played.
    let shared = outcome.clients[0].counts;
    assert!(shared.retries > 0 && shared.callbacks > 0 && shared.abandoned > 0, "{shared:?}");
    for group in &outcome.groups {
        assert!(group.answered > 0, "{}", group.name);
        let busy = mean(group.figures.occupancy);
        assert!((0.01..=1.0).contains(&busy), "{}: {busy}", group.name);
    }
    for client in &outcome.clients {
        let gone = client.counts.answered + client.counts.abandoned + client.counts.callbacks;
        let counted = gone + client.counts.turned_away + client.counts.left_before_opening;
        assert_eq!(client.counts.arrived, counted + client.counts.unfinished, "{}", client.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// In one pool without abandonment the first come is served first and a contact brings its
    /// handle time along, so another agent can only help (Kiefer and Wolfowitz 1955).
    #[test]
    fn one_more_agent_never_lengthens_anyones_wait(
        agents in 1u32..8,
        load in 0.3f64..1.2,
        seed in 0u32..1000,
        kind in 0usize..3,
    ) {
        let handle = [
            "{ kind = \"exponential\", mean = \"3m\" }",
            "{ kind = \"lognormal\", mean = \"3m\", cv = 1.5 }",
            "{ kind = \"deterministic\", value = \"3m\" }",
        ][kind];
        let per_hour = load * f64::from(agents) * 20.0;
        let with = |agents: u32| {
            let run = format!("length = \"4h\"\nseed = {seed}\ndrain = \"100h\"");
            let text = one_pool(agents, per_hour, 180.0, "", &run)
                .replace("{ kind = \"exponential\", mean = 180 }", handle);
            let mut waits = sim::trace(&read(&text), 0).expect("the router takes it");
            waits.sort();
            waits
        };
        let (few, many) = (with(agents), with(agents + 1));
        prop_assert_eq!(few.len(), many.len());
        for (few, many) in few.iter().zip(&many) {
            prop_assert_eq!((few.queue, few.index), (many.queue, many.index));
            prop_assert!(many.wait_us <= few.wait_us, "{:?} {:?}", few, many);
        }
    }

    /// The same people for the same contacts: together they wait no longer than apart.
    #[test]
    fn for_identical_clients_pooled_is_no_worse_than_separate(
        clients in 2usize..5,
        agents in 2u32..6,
        load in 0.6f64..0.95,
        seed in 0u32..1000,
    ) {
        let floor = |pools: usize| {
            let mut text = format!(
                "[run]\nlength = \"24h\"\nreplications = 4\nseed = {seed}\ndrain = \"48h\"\n"
            );
            for n in 0..pools {
                text += &format!("[[pools]]\nname = \"pool {n}\"\n");
            }
            for n in 0..clients {
                text += &format!(
                    "[[clients]]\nname = \"client {n}\"\npools = [\"pool {}\"]\n\
                     [[clients.queues]]\n\
                     demand = {{ kind = \"constant\", per_hour = {} }}\n\
                     handle = {{ kind = \"exponential\", mean = \"3m\" }}\n\
                     [[groups]]\nname = \"group {n}\"\nagents = {agents}\npools = [\"pool {}\"]\n",
                    n % pools, load * f64::from(agents) * 20.0, n % pools,
                );
            }
            play(&text).all
        };
        let (pooled, separate) = (floor(1), floor(clients));
        prop_assert_eq!(pooled.counts.arrived, separate.counts.arrived);
        let wait = |all: sim::AllOutcome| all.figures.mean_wait_all.mean.expect("some came");
        let (pooled, separate) = (wait(pooled), wait(separate));
        prop_assert!(pooled <= separate, "{pooled} s pooled, {separate} s separate");
    }
}
