//! Staffing across skills, where the answer is known.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use planning::{
    Demand, Level, Patience, Target, Times,
    sim::{self, Shift, ShiftTime, Value, simulate},
    skills::{Options, Phase, Plan, Progress, Staffed, Watch},
    staff,
    staffing::LevelTarget,
};
use rosters::Unplanned;

/// Time stands still; it may be stopped once adding begins.
#[derive(Default)]
struct Patient {
    stops: bool,
    stop: AtomicBool,
}

impl Watch for Patient {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn progress(&self, progress: Progress) {
        if self.stops && progress.phase != Phase::Formulas && progress.round > 1 {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

fn plan(text: &str) -> Plan {
    let value: Value = toml::from_str(text).expect("TOML");
    Plan::read(&value).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn staffed(text: &str) -> Staffed {
    let staffed = rosters::skills::staff(&plan(text), Options::default(), &Patient::default());
    staffed.unwrap_or_else(|error| panic!("{error:#?}"))
}

/// A client with one queue: its name, its pools and its contacts in an hour.
fn client(name: &str, pools: &str, per_hour: u32) -> String {
    format!(
        r#"
[[clients]]
name = "{name}"
pools = {pools}
promise = {{ target = "80%", within = "20s", formula = "of_offered" }}
[[clients.queues]]
demand = {{ kind = "constant", per_hour = {per_hour} }}
handle = {{ kind = "exponential", mean = "3m" }}
patience = {{ kind = "exponential", mean = "3m" }}
"#
    )
}

/// Groups with the pools that each serves and what it costs.
fn floor(hours: u32, clients: &[String], groups: &[(&str, &str, f64)]) -> String {
    let mut text = format!("[run]\nlength = \"{hours}h\"\nreplications = 6\n");
    for (name, ..) in groups {
        text += &format!("[[pools]]\nname = \"{name}\"\n");
    }
    text += &clients.concat();
    for (name, pools, _) in groups {
        text += &format!("[[groups]]\nname = \"{name}\"\npools = {pools}\n");
    }
    text += "[staffing]\ninterval = \"1h\"\n";
    for (name, _, cost) in groups {
        text += &format!("[[staffing.groups]]\nname = \"{name}\"\ncost_per_hour = {cost:.1}\n");
    }
    text
}

fn by_formula(per_hour: f64) -> u32 {
    let patience = Times::exponential("patience", 180.0).expect("valid");
    let demand = Demand {
        arrivals_per_s: per_hour / 3600.0,
        handle_s: 180.0,
        waiting_places: None,
        patience: Patience::Times(patience),
    };
    let level = LevelTarget { share: 0.8, threshold_s: 20.0, level: Level::Offered };
    let target = Target { level: Some(level), ..Target::default() };
    staff(&demand, &target, 0.0).expect("staffable").required_agents
}

#[test]
fn one_group_and_one_client_is_what_staff_says() {
    let one = staffed(&floor(6, &[client("Acme", r#"["a"]"#, 400)], &[("a", r#"["a"]"#, 2.0)]));
    // 200 contacts in half an hour of 180 s, 80/20, patience 180 s: 23 agents.
    assert_eq!(by_formula(400.0), 23);
    assert_eq!(one.groups[0].agents, [23; 6]);
    assert!(one.kept && !one.interrupted, "{one:#?}");
    assert_eq!((one.cost, one.cost_by_formula, one.cost_if_separate), (276.0, 276.0, 276.0));
    assert_eq!(one.worst_client.as_deref(), Some("Acme"));
    let worst = one.clients[0].worst_interval.as_ref().expect("enough contacts");
    assert!(worst.service_level > 0.6 && worst.contacts > 300.0, "{worst:?}");
}

#[test]
fn together_never_takes_more_than_apart() {
    let clients = |pools: [&str; 2]| [client("Acme", pools[0], 120), client("Bolt", pools[1], 120)];
    let apart = staffed(&floor(
        4,
        &clients([r#"["a"]"#, r#"["b"]"#]),
        &[("a", r#"["a"]"#, 1.0), ("b", r#"["b"]"#, 1.0)],
    ));
    let together =
        staffed(&floor(4, &clients([r#"["a"]"#, r#"["a"]"#]), &[("a", r#"["a"]"#, 1.0)]));
    let alone = by_formula(120.0);
    assert_eq!(apart.groups[0].agents, [alone; 4]);
    assert_eq!(apart.groups[1].agents, [alone; 4]);
    assert_eq!(together.groups[0].agents, [by_formula(240.0); 4]);
    assert!(together.cost < apart.cost && together.kept && apart.kept);
}

/// Whether every promise is kept with as many of each group all the time.
fn keeps(text: &str, agents: &[u32]) -> bool {
    let mut plan = plan(text);
    for (group, agents) in plan.scenario.groups.iter_mut().zip(agents) {
        group.shifts = vec![Shift { agents: *agents, hours: ShiftTime::Always }];
    }
    let outcome = simulate(&plan.scenario, sim::Options::default(), &()).expect("it plays");
    outcome.clients.iter().all(|client| client.promise.service_level.mean >= Some(0.8))
}

#[test]
fn in_the_n_model_some_who_can_do_both_do() {
    // Acme is answered by both groups, Bolt by the dearer one alone.
    let clients = [client("Acme", r#"["a"]"#, 200), client("Bolt", r#"["b"]"#, 100)];
    let groups = [("a", r#"["a"]"#, 1.0), ("b", r#"["a", "b"]"#, 1.3)];
    let text = floor(8, &clients, &groups);
    let both = staffed(&text);
    assert!(both.kept, "{both:#?}");
    let (pooled, apart) = (by_formula(300.0), by_formula(200.0) + by_formula(100.0));
    assert!(pooled < apart);
    let total = |at: usize| both.groups[0].agents[at] + both.groups[1].agents[at];
    // Nobody pools better than those who all can do all.
    assert!((0..8).map(total).sum::<u32>() >= 8 * (pooled - 1), "{both:#?}");
    // Whoever can do both is taken for Acme too, so it may take more than apart: every pair is tried.
    let mut best = f64::INFINITY;
    for b in 7..=11 {
        for a in 6..=13 {
            let cost = 8.0 * (f64::from(a) + 1.3 * f64::from(b));
            if cost < best && keeps(&text, &[a, b]) {
                best = cost;
            }
        }
    }
    assert!(both.cost <= 1.04 * best, "{} and {best} with as many all day", both.cost);
    let separate = 8.0 * (f64::from(by_formula(200.0)) + 1.3 * f64::from(by_formula(100.0)));
    assert!((both.cost_if_separate - separate).abs() < 1e-6);
    // The same on one core and on two.
    let on = |cores: usize| {
        let options = Options { cores: std::num::NonZeroUsize::new(cores), ..Options::default() };
        let text = floor(2, &clients, &groups);
        rosters::skills::staff(&plan(&text), options, &Patient::default()).expect("staffed")
    };
    assert_eq!(on(1), on(2));
}

#[test]
fn unlike_skills_each_get_their_own() {
    let clients = [client("Acme", r#"["a"]"#, 200), client("Bolt", r#"["b"]"#, 100)];
    let groups = [("a", r#"["a"]"#, 1.0), ("b", r#"["b"]"#, 1.3)];
    let two = staffed(&floor(4, &clients, &groups));
    assert_eq!(two.groups[0].agents, [by_formula(200.0); 4]);
    assert_eq!(two.groups[1].agents, [by_formula(100.0); 4]);
    assert!((two.cost - two.cost_if_separate).abs() < 1e-9);
}

#[test]
fn what_cannot_be_staffed_says_so_and_why() {
    let refused = |text: &str| {
        let refused = rosters::skills::staff(&plan(text), Options::default(), &Patient::default());
        match refused.expect_err("it cannot be staffed") {
            Unplanned::Faults(faults) => faults[0].message.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let text = floor(2, &[client("Acme", r#"["a"]"#, 400)], &[("a", r#"["a"]"#, 2.0)]);
    let few = refused(&text.replace("cost_per_hour = 2.0\n", "cost_per_hour = 2.0\nmost = 20\n"));
    assert!(few.contains("Acme needs 3.0 agents more at 2026-01-05T00:00"), "{few}");
    assert!(few.contains("in 2 intervals in all"), "{few}");
    // It rings for longer than the promise lasts.
    let rings =
        "pools = [\"a\"]\nanswer_after = { kind = \"deterministic\", value = \"25s\" }\n[staffing]";
    let slow = refused(&text.replace("pools = [\"a\"]\n[staffing]", rings));
    assert!(slow.contains("however many agents are added"), "{slow}");
}

#[test]
fn whoever_stops_it_gets_what_there_is() {
    let clients = [client("Acme", r#"["a"]"#, 200), client("Bolt", r#"["b"]"#, 100)];
    let groups = [("a", r#"["a"]"#, 1.0), ("b", r#"["a", "b"]"#, 1.3)];
    let watch = Patient { stops: true, ..Patient::default() };
    let text = floor(4, &clients, &groups);
    let stopped = rosters::skills::staff(&plan(&text), Options::default(), &watch);
    let stopped = stopped.expect("what there is");
    assert!(stopped.interrupted && watch.stop());
    assert!(stopped.clients.iter().all(|client| client.service_level.mean.is_some()));
}
