//! The commands through the parser that people's arguments go through.

use clap::Parser;
use serde_json::Value;

use super::Plan;

#[derive(Debug, Parser)]
struct Typed {
    #[command(subcommand)]
    plan: Plan,
}

fn run(line: &str) -> Result<String, String> {
    let words = std::iter::once("plan").chain(line.split_whitespace());
    let typed = Typed::try_parse_from(words).map_err(|error| error.to_string())?;
    typed.plan.printed_now().map_err(|error| format!("{error:#}"))
}

fn json(line: &str) -> Value {
    let printed = run(line).expect(line);
    assert_eq!(printed.lines().count(), 1, "one object: {printed}");
    serde_json::from_str(&printed).expect("JSON")
}

fn number(object: &Value, key: &str) -> f64 {
    object[key].as_f64().unwrap_or_else(|| panic!("no number `{key}` in {object}"))
}

const LINE: &str = "erlang --arrivals-per-hour 2880 --aht 60s --agents 50 --threshold 20s --json";

#[test]
fn erlang_a_prints_every_promised_key() {
    let got = json(&format!("{LINE} --model a --patience 120s"));
    // The same line computed apart with 40 digits; see the known answers of the crate.
    for (key, want) in [
        ("offered_load_erlangs", 48.0),
        ("p_wait", 0.4677740685537904),
        ("p_abandon", 0.03091224916219322),
        ("mean_wait_all", 3.709469899463186),
        ("asa_served", 3.615900239553114),
        ("sl_offered", 0.943018954746981),
        ("sl_excl_short_abandons", 0.943018954746981 / (1.0 - 0.02984543696082703)),
        ("sl_of_answered", 0.943018954746981 / (1.0 - 0.03091224916219322)),
        ("sl_or_abandoned_within_T", 0.943018954746981 + 0.02984543696082703),
        ("mean_queue_length", 0.8 * 3.709469899463186),
        ("occupancy", 0.96 * (1.0 - 0.03091224916219322)),
    ] {
        assert!((number(&got, key) - want).abs() < 1e-9, "{key}: {}", got[key]);
    }
    assert!(number(&got, "mean_wait_abandoned") > number(&got, "asa_served"));
    assert_eq!(got.get("blocking"), None);
}

#[test]
fn the_other_models() {
    let c = json(&format!("{LINE} --model c"));
    assert!((number(&c, "asa_served") - 20.833_668_335_905_03).abs() < 1e-8, "{c}");
    assert_eq!(c["mean_wait_abandoned"], Value::Null);
    let b = json(&format!("{LINE} --model b"));
    assert!((number(&b, "blocking") - 0.08333735349348303).abs() < 1e-12, "{b}");
    let k = json(&format!("{LINE} --model a --patience 120s --waiting-places 10"));
    assert!((number(&k, "blocking") - 0.0208828118034497).abs() < 1e-12, "{k}");
    let uniform = json(&format!("{LINE} --model a --patience 120s --patience-dist uniform"));
    let memoryless = json(&format!("{LINE} --model a --patience 120s"));
    assert!(number(&uniform, "p_abandon") < number(&memoryless, "p_abandon"));
}

#[test]
fn staff_prints_every_promised_key() {
    let got = json(
        "staff --model c --contacts 200 --interval 30m --aht 180s --threshold 20s --target 0.8 \
         --shrinkage 0.3 --json",
    );
    assert_eq!((&got["required_agents"], &got["scheduled_agents"]), (&24.into(), &35.into()));
    assert!(number(&got, "service_level") >= 0.8);
    assert!(number(&got, "service_level_with_one_less") < 0.8);
    for key in ["occupancy", "p_wait", "asa"] {
        number(&got, key);
    }
    let capped = json(
        "staff --model c --contacts 200 --interval 30m --aht 180s --target 80% --max-occupancy 0.8 --json",
    );
    assert_eq!(capped["required_agents"], 25);
    let seventy_thirty = json(
        "staff --model c --arrivals-per-hour 1 --aht 300s --answered-live 0.7 --wait-of-waiting 30s --json",
    );
    assert_eq!(seventy_thirty["required_agents"], 11);
}

#[test]
fn people_get_a_table() {
    let printed = run("staff --model c --contacts 200 --interval 30m --aht 180s --target 0.8")
        .expect("a table");
    assert!(printed.contains("required agents"), "{printed}");
    let printed =
        run("erlang --model c --arrivals-per-hour 60 --aht 60s --agents 3").expect("a table");
    assert!(printed.contains("nobody abandons") && printed.contains("sl_of_answered"), "{printed}");
}

#[test]
fn what_is_wrong_is_said_with_its_flag_its_value_and_what_is_accepted() {
    let staff = "staff --model c --contacts 200 --interval 30m --aht 180s --target 0.8";
    for (line, said) in [
        (
            "erlang --model c --arrivals-per-hour 2880 --aht 60s --agents 48",
            vec!["--agents is 48", "at least 49"],
        ),
        (
            "erlang --model c --arrivals-per-hour 0 --aht 60s --agents 48",
            vec!["--arrivals-per-hour is 0", "above 0"],
        ),
        (
            "erlang --model c --arrivals-per-hour -5 --aht 60s --agents 48",
            vec!["--arrivals-per-hour is -5"],
        ),
        (
            "erlang --model c --arrivals-per-hour 5 --aht -60s --agents 0",
            vec!["--aht is -60", "--agents is 0"],
        ),
        ("erlang --model c --arrivals-per-hour 5 --aht 60 --agents 3", vec!["60s, 3m or 1h"]),
        (
            "erlang --model a --arrivals-per-hour 5 --aht 60s --agents 3",
            vec!["--patience is missing", "120s"],
        ),
        (
            "erlang --model a --arrivals-per-hour 5 --aht 60s --agents 3 --patience 60s --patience-dist weibull",
            vec!["--patience-dist is `weibull`", "lognormal"],
        ),
        (
            "erlang --model b --arrivals-per-hour 5 --aht 60s --agents 3 --waiting-places 4",
            vec!["--waiting-places is 4"],
        ),
        ("erlang --model c --aht 60s --agents 3", vec!["--contacts 200 with --interval 30m"]),
        (&staff.replace("0.8", "1.0"), vec!["--target is 1", "less than 1"]),
        (&staff.replace("200", "0"), vec!["--contacts is 0"]),
        (
            &format!("{staff} --shrinkage 1 --max-occupancy 1.5"),
            vec!["--shrinkage is 1", "--max-occupancy is 1.5"],
        ),
        (&staff.replace("--target 0.8", ""), vec!["Give at least one"]),
        (&format!("{staff} --service-level best"), vec!["sl_of_answered"]),
    ] {
        let error = run(line).expect_err(line);
        for said in said {
            assert!(error.contains(said), "{line}\nsaid: {error}\nand not: {said}");
        }
    }
}

#[test]
fn skills_staffs_the_example_of_the_documentation() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/skills.toml");
    let folder = std::env::temp_dir().join(format!("permanence-skills-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let csv = folder.join("agents.csv");
    let line = format!("skills {file} --replications 2 --time-limit 10s --csv {}", csv.display());
    let got = json(&format!("{line} --json"));
    for key in ["cost", "cost_by_formula", "cost_if_separate", "agent_hours"] {
        assert!(number(&got, key) > 0.0, "{key}");
    }
    assert_eq!(got["intervals"].as_array().map(Vec::len), Some(24));
    let both = &got["groups"][2];
    assert!(both["agents"].as_array().expect("agents").iter().all(|n| n.as_u64() <= Some(12)));
    assert!(number(&got["clients"][0]["service_level"], "mean") > 0.5);
    // The agents are what a roster is made for.
    let text = std::fs::read_to_string(&csv).expect("written");
    let required = planning::roster::Required::read_csv(&text).expect("required agents");
    assert_eq!(required.skills, ["front", "technical", "both"]);
    std::fs::remove_dir_all(&folder).expect("removed");
    let missing = run("skills nowhere.toml").expect_err("no such file");
    assert!(missing.contains("reading nowhere.toml"), "{missing}");
}

#[test]
fn intraday_replans_the_example_of_the_documentation() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/intraday.toml");
    let got = json(&format!("intraday {file} --replications 4 --json"));
    assert_eq!(got["now"], "2026-11-27T11:30");
    assert_eq!(got["intervals"].as_array().map(Vec::len), Some(25));
    let bolt = &got["clients"][1];
    assert!(number(bolt, "factor") > 1.1 && number(bolt, "factor_cv") < 0.08, "{bolt}");
    assert!(!got["alerts"].as_array().expect("alerts").is_empty());
    let said = run(&format!("intraday {file} --replications 4")).expect("a table");
    assert!(said.contains("! Bolt 11:30") && said.contains("until now"), "{said}");
}
