//! Contracts compared: what is known must come out, and what cannot be compared is said.

use domain::contract::ServiceLevelFormula;
use planning::{
    compare::{Compared, Comparison, Model, NotCompared, Plan, compare},
    sim::{Options, Value},
};

const EXAMPLE: &str = include_str!("../../../docs/examples/comparison.toml");

fn value(text: &str) -> Value {
    toml::from_str(text).expect("TOML")
}

fn run_on(text: &str, cores: usize) -> Comparison {
    let plan = Plan::read(&value(text), None).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let options = Options { cores: std::num::NonZeroUsize::new(cores), ..Options::default() };
    compare(&plan, options, &|_| true).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn run(text: &str) -> Comparison {
    run_on(text, 2)
}

fn of(comparison: &Comparison, model: Model) -> &Compared {
    comparison.contracts.iter().find(|contract| contract.model == model).expect("compared")
}

/// A day of clients with one queue each: name, contacts an hour, handle time.
fn floor(clients: &[(&str, f64, &str)], further: &str) -> String {
    let mut text = String::from(
        "[run]\nlength = \"1d\"\nstart = \"2026-11-02\"\nreplications = 2\nseed = 3\n[[pools]]\nname = \"front\"\n",
    );
    for (name, per_hour, handle) in clients {
        text += &format!(
            "[[clients]]\nname = \"{name}\"\npools = [\"front\"]\n[[clients.queues]]\n\
             demand = {{ kind = \"constant\", per_hour = {per_hour} }}\nhandle = {handle}\n\
             patience = {{ kind = \"exponential\", mean = \"4m\" }}\n"
        );
    }
    text += "[[groups]]\nname = \"agents\"\nagents = 3\npools = [\"front\"]\n";
    text += "[compare]\nclient = \"Acme\"\n[compare.pool]\nname = \"front\"\ngroup = \"agents\"\ncost_per_hour_minor = 2000\n";
    text += "[compare.team]\ncost_per_hour_minor = 2000\n";
    text += further;
    for tariff in ["shared", "dedicated"] {
        text += &format!(
            "[compare.tariffs.{tariff}]\ncurrency = \"EUR\"\nterms = \"\"\n[[compare.tariffs.{tariff}.charges]]\n\
             name = \"Calls\"\nprice_milli = 100000\n\
             unit = {{ kind = \"minute\", counts = [\"talk\"], increments = {{ first_s = 60, next_s = 60 }} }}\n"
        );
    }
    text
}

const EXPONENTIAL: &str = "{ kind = \"exponential\", mean = \"3m\" }";

#[test]
fn a_client_alone_in_its_pool_is_dedicated_by_another_name() {
    let compared = run(&floor(&[("Acme", 40.0, EXPONENTIAL)], ""));
    assert_eq!(compared.pool_without, [0]);
    let (shared, dedicated) = (of(&compared, Model::Shared), of(&compared, Model::Dedicated));
    assert!(shared.least && dedicated.least);
    assert_eq!(shared.groups[0].agents, dedicated.groups[0].agents);
    assert_eq!(shared.groups[0].occupancy, dedicated.groups[0].occupancy);
    let figures = |c: &Compared| {
        (c.promise.clone(), c.asa_served, c.p_abandon, c.counts, c.cost_minor, c.price_minor)
    };
    assert_eq!(figures(shared), figures(dedicated));
    let level = shared.promise.service_level.mean.expect("contacts came");
    assert_eq!(shared.promise.formula, ServiceLevelFormula::OfOffered.name());
    assert!(level >= 0.8, "{level}");
    // 30 days in November, and nobody is away.
    let hours = f64::from(shared.groups[0].agents[0]) * 30.0 * 24.0;
    assert_eq!((shared.agent_hours, shared.cost_minor), (hours, (hours * 2000.0) as i64));
}

#[test]
fn clients_alike_need_no_more_agents_together_than_apart() {
    let clients =
        [("Acme", 30.0, EXPONENTIAL), ("Bolt", 30.0, EXPONENTIAL), ("Corda", 30.0, EXPONENTIAL)];
    let compared = run(&floor(&clients, ""));
    let (shared, dedicated) = (of(&compared, Model::Shared), of(&compared, Model::Dedicated));
    assert!(shared.agent_hours < dedicated.agent_hours, "{shared:#?} {dedicated:#?}");
    for contract in &compared.contracts {
        assert_eq!(contract.others.len(), 2);
        for other in &contract.others {
            let (before, after) =
                (other.before.mean.expect("came"), other.after.mean.expect("came"));
            assert!(before >= 0.8 && after >= 0.8, "{}: {before} {after}", other.name);
        }
    }
    assert_eq!(compared.advice.model, Some(Model::Shared));
}

/// Two minutes each, billed by the whole minute at 1.00: 2.00 a contact that was answered.
#[test]
fn the_price_is_what_a_hand_computes_from_the_answers() {
    let fixed = "{ kind = \"deterministic\", value = \"2m\" }";
    let compared = run(&floor(&[("Acme", 20.0, fixed)], ""));
    for contract in &compared.contracts {
        // Each replication is one day, billed for the 30 days of the month.
        let answered = contract.counts.answered as f64 / 2.0 * 30.0;
        assert_eq!(contract.price_minor.mean, Some(answered * 200.0));
        assert_eq!(contract.positions.len(), 1);
        let position = &contract.positions[0];
        assert_eq!((position.kind, position.unit), ("metered", "seconds"));
        assert_eq!(
            (position.quantity, position.amount_minor),
            (answered * 120.0, answered * 200.0)
        );
        let margin = answered * 200.0 - contract.cost_minor as f64;
        assert_eq!(contract.margin_minor.mean, Some(margin));
    }
}

#[test]
fn what_nobody_can_keep_is_a_sentence() {
    let text = floor(&[("Acme", 20.0, EXPONENTIAL)], "").replace(
        "agents = 3\n",
        "agents = 3\nanswer_after = { kind = \"deterministic\", value = \"25s\" }\n",
    );
    let text = text.replace(
        "patience = { kind = \"exponential\", mean = \"4m\" }\n",
        "offer_timeout = \"60s\"\n",
    );
    let plan = Plan::read(&value(&text), None).expect("a plan");
    let compared = compare(&plan, Options::default(), &|_| true);
    let Err(NotCompared::Faults(faults)) = compared else { panic!("25 s are more than 20") };
    assert_eq!(faults[0].code, "cannot_be_staffed");
    assert!(
        faults[0].message.starts_with("Acme is promised 80 % within 20 s and gets 0.0 %"),
        "{}",
        faults[0]
    );
}

#[test]
fn whoever_listens_can_end_it() {
    let plan =
        Plan::read(&value(&floor(&[("Acme", 20.0, EXPONENTIAL)], "")), None).expect("a plan");
    // The whole comparison takes six.
    for most in [0, 1, 4] {
        let compared = compare(&plan, Options::default(), &|step| step.simulations < most);
        assert_eq!(compared, Err(NotCompared::Stopped), "after {most}");
    }
}

/// Seats are as many as the staff takes, so the price is the team's hours at that price.
#[test]
fn seats_as_staffed_are_priced_by_the_hours_of_the_staff() {
    let text =
        floor(&[("Acme", 30.0, EXPONENTIAL)], "[compare.seats]\nprice_per_hour_minor = 3000\n");
    // The dedicated tariff has no price of its own.
    let (before, _) = text.split_once("[[compare.tariffs.dedicated.charges]]").expect("there");
    let compared = run(before);
    let dedicated = of(&compared, Model::Dedicated);
    let hours = dedicated.agent_hours;
    assert_eq!(dedicated.price_minor.mean, Some(hours * 3000.0));
    assert_eq!(dedicated.positions[0].kind, "seats");
    assert!(compared.warnings.iter().all(|note| note.code != "seats_differ"));
}

/// The last Sunday of October has 25 hours, so that a week in which clocks change is not 168 hours long.
#[test]
fn days_are_those_of_the_clock() {
    let text = floor(&[("Acme", 10.0, EXPONENTIAL)], "").replace(
        "length = \"1d\"\nstart = \"2026-11-02\"",
        "zone = \"Europe/Paris\"\nlength = \"25h\"\nstart = \"2026-10-25\"",
    );
    let compared = run(&text);
    let dedicated = of(&compared, Model::Dedicated);
    // 31 such days, of which one has an hour more than its agents are counted in: minutes of the week.
    let agents = f64::from(dedicated.groups[0].agents[0]);
    assert_eq!((compared.period.as_str(), dedicated.agent_hours), ("2026-10", agents * 744.0));
    let faults = Plan::read(&value(&text.replace("25h", "26h")), None).expect_err("no whole day");
    assert_eq!(faults[0].field, "run.length");
}

#[test]
fn what_the_client_gets_by_interval_adds_up_to_the_whole() {
    let hours = "[[compare.intervals]]\nname = \"mornings\"\nhours = [{ from = \"08:00\", until = \"12:00\" }]\n";
    let compared = run(&floor(&[("Acme", 20.0, EXPONENTIAL)], hours));
    assert_eq!(compared.intervals, ["mornings", "otherwise"]);
    for contract in &compared.contracts {
        // Two replications of a day, told as of a week.
        let counts = &contract.counts;
        let all = (counts.answered + counts.abandoned) as f64 / 2.0 * 7.0;
        let sum: f64 = contract.within.iter().map(|of| of.contacts).sum();
        assert!((sum - all).abs() < 1e-6, "{sum} of {all}");
        let levels = contract.within.iter().filter_map(|of| of.service_level.mean);
        assert!(levels.clone().all(|level| (0.0..=1.0).contains(&level)));
        assert_eq!(levels.count(), 2);
    }
}

#[test]
fn every_fault_is_told_at_once() {
    let text = floor(&[("Acme", 20.0, EXPONENTIAL)], "skills = { dutch = 3 }\n")
        .replace(
            "client = \"Acme\"",
            "client = \"Acne\"\nshrinkage = 1.5\ninterval = \"7m\"\ncolour = 1",
        )
        .replace("group = \"agents\"\ncost_per_hour_minor = 2000", "group = \"agent\"")
        .replacen("currency = \"EUR\"", "currency = \"XXX\"", 1);
    let faults = Plan::read(&value(&text), None).expect_err("all wrong");
    let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
    for field in [
        "compare.client",
        "compare.shrinkage",
        "compare.interval",
        "compare.colour",
        "compare.pool.group",
        "compare.pool.cost_per_hour_minor",
        "compare.team.skills.dutch",
        "compare.tariffs.shared",
    ] {
        assert!(fields.contains(&field), "{field} is not in {fields:#?}");
    }
    let none = Plan::read(&value(&text[..text.find("[compare]").expect("there")]), None);
    assert_eq!(none.expect_err("nothing to compare")[0].field, "compare");
    let hours =
        floor(&[("Acme", 20.0, EXPONENTIAL)], "").replace("length = \"1d\"", "length = \"30h\"");
    let faults = Plan::read(&value(&hours), None).expect_err("no whole days");
    assert_eq!(faults[0].field, "run.length");
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_cores() {
    let hybrids = "[[compare.intervals]]\nname = \"mornings\"\nhours = [{ from = \"08:00\", until = \"12:00\" }]\n\
                   [[compare.hybrids]]\nname = \"mornings\"\nhours = [{ from = \"08:00\", until = \"12:00\" }]\n\
                   [compare.tariffs.hybrid]\ncurrency = \"EUR\"\nterms = \"\"\nminimum_minor = 500000\n";
    let text = floor(&[("Acme", 10.0, EXPONENTIAL), ("Bolt", 8.0, EXPONENTIAL)], hybrids);
    let json = |cores| serde_json::to_string(&run_on(&text, cores)).expect("JSON");
    assert_eq!(json(1), json(2));
}

/// The example of docs/comparing-contracts.md, with fewer replications and hybrids.
#[test]
fn the_worked_example_is_compared() {
    let text = EXAMPLE.replace("replications = 4", "replications = 2");
    let compared = run(&text.replace("[\"10s\", \"30s\"]", "[\"30s\"]"));
    assert_eq!((compared.contracts.len(), compared.hybrids.len()), (3, 2));
    // Nobody works when all are closed, and who comes then is no contact: 18 an hour for 210 hours.
    assert_eq!(compared.pool_without[2], 0);
    let contacts = compared.contacts.mean.expect("contacts came");
    assert!((3400.0..4200.0).contains(&contacts), "{contacts}");
    for contract in &compared.contracts {
        assert!(contract.least);
        assert!(contract.promise.service_level.mean.expect("contacts") >= 0.8);
        for other in &contract.others {
            let target = f64::from(other.target_percent) / 100.0;
            assert!(other.after.mean.expect("contacts") >= target, "{other:?}");
        }
    }
    // 21 weekdays in November 2026, ten hours, two seats at 35.00.
    assert_eq!(of(&compared, Model::Dedicated).price_minor.mean, Some(21.0 * 10.0 * 2.0 * 3500.0));
    let hybrid = of(&compared, Model::Hybrid);
    let best = compared.hybrids.iter().filter_map(|tried| tried.cost_minor).min();
    assert_eq!(Some(hybrid.cost_minor), best);
    assert!(compared.advice.reasons.len() >= 6);
}
