//! A day on which one client has more than was forecast, and another has agents to spare.

use super::*;
use crate::sim::Value;

const DAY: &str = r#"
name = "Today"
[run]
length = "10h"
replications = 12
seed = 3
[[pools]]
name = "a"
[[pools]]
name = "b"
[[clients]]
name = "Acme"
pools = ["a"]
promise = { target = "80%", within = "20s", formula = "of_offered" }
[[clients.queues]]
demand = { kind = "constant", per_hour = 120 }
handle = { kind = "exponential", mean = "4m" }
patience = { kind = "exponential", mean = "3m" }
[[clients]]
name = "Bolt"
pools = ["b"]
promise = { target = "80%", within = "20s", formula = "of_offered" }
[[clients.queues]]
demand = { kind = "constant", per_hour = 120 }
handle = { kind = "exponential", mean = "4m" }
patience = { kind = "exponential", mean = "3m" }
[[groups]]
name = "A"
pools = ["a"]
agents = 14
[[groups]]
name = "B"
pools = ["b"]
agents = 9
[intraday]
interval = "30m"
[[intraday.clients]]
name = "Acme"
counts = [60, 60, 60, 60, 60, 60]
[[intraday.clients]]
name = "Bolt"
counts = [60, 60, 60, 60, 60, 60]
[[intraday.moves]]
from = "A"
to = "B"
most = 4
[[intraday.moves]]
from = "B"
to = "A"
most = 4
"#;

fn today(text: &str) -> Today {
    let value: Value = toml::from_str(text).expect("TOML");
    Today::read(&value).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn replanned(text: &str) -> Replanned {
    replan(&today(text), Options::default(), &|| false).expect("replanned")
}

#[test]
fn agents_go_where_they_are_missing_and_back() {
    let day = replanned(DAY);
    assert_eq!((day.now.as_str(), day.intervals.len()), ("2026-01-05T03:00", 14));
    // 8 erlangs: 9 agents are too few and 14 more than enough.
    let alert = &day.alerts[0];
    assert_eq!((alert.client.as_str(), alert.from.as_str()), ("Bolt", "2026-01-05T03:00"));
    assert!(alert.service_level < 0.7 && alert.contacts > 100.0, "{alert:?}");
    assert!(day.alerts.iter().all(|alert| alert.client == "Bolt"), "{:?}", day.alerts);
    let first = &day.moves[0];
    assert_eq!((first.from.as_str(), first.to.as_str()), ("A", "B"));
    assert!((2..=4).contains(&first.agents), "{first:?}");
    let effect = |name: &str| {
        let found = first.effects.iter().find(|effect| effect.client == name);
        found.unwrap_or_else(|| panic!("{name} is not in {first:?}"))
    };
    assert!(effect("Bolt").after > effect("Bolt").before + 0.1);
    assert!(effect("Acme").after < effect("Acme").before && effect("Acme").after > 0.75);
    assert!(first.text.starts_with(&format!("{} from A to B", first.agents)), "{}", first.text);
    assert!(first.text.contains("Acme ") && first.text.contains("→"), "{}", first.text);
    let bolt = &day.clients[1];
    assert!(bolt.rest_with_moves.mean > bolt.rest.mean.map(|mean| mean + 0.08), "{bolt:?}");
    assert_eq!(day, replanned(DAY), "the same seed gives the same");
}

#[test]
fn what_has_come_changes_what_is_expected_as_far_as_it_tells() {
    let busy = DAY.replace(
        "name = \"Acme\"\ncounts = [60, 60, 60, 60, 60, 60]",
        "name = \"Acme\"\nday_error = \"10%\"\ncounts = [72, 72, 72, 72, 72, 72]",
    );
    let today = today(&busy);
    let day = replan(&today, Options::default(), &|| false).expect("replanned");
    let acme = &day.clients[0];
    // (1/0.1² + 432) / (1/0.1² + 360), known to 1/√532.
    assert!((acme.factor - 532.0 / 460.0).abs() < 1e-12, "{acme:?}");
    assert!((acme.factor_cv - 532f64.sqrt().recip()).abs() < 1e-12);
    assert_eq!((acme.seen, acme.expected.round()), (432, 360.0));
    let mean = acme.contacts.iter().sum::<f64>() / 14.0;
    assert!((mean / (60.0 * acme.factor) - 1.0).abs() < 0.05, "{mean}");
    assert!((day.clients[1].factor - 1.0).abs() < 1e-9);
}

#[test]
fn where_nothing_helps_nothing_is_proposed() {
    let calm = replanned(&DAY.replace("agents = 9", "agents = 14"));
    assert_eq!((calm.alerts, calm.moves), (vec![], vec![]));
    // Everybody is short: to take from one what the other needs helps nobody.
    let short = replanned(&DAY.replace("agents = 14", "agents = 9"));
    assert!(short.alerts.len() >= 2);
    assert_eq!(short.moves, vec![]);
}

#[test]
fn agents_of_a_day_come_from_shifts_or_as_they_are() {
    let shifts = DAY.replace(
        "agents = 14\n",
        "[[groups.shifts]]\nagents = 6\n[[groups.shifts]]\nagents = 8\nfrom = \"02:00\"\nuntil = \"06:00\"\nbreaks = [{ after = \"1h\", length = \"30m\" }]\n",
    );
    let agents = today(&shifts).agents;
    assert_eq!(agents[0][..8], [6, 6, 6, 6, 14, 14, 6, 14]);
    assert_eq!((agents[0][11], agents[0][12]), (14, 6));
    let told = format!("{DAY}[[intraday.groups]]\nname = \"B\"\nagents = {:?}\n", [7; 20]);
    assert_eq!(today(&told).agents[1], [7; 20]);
}

#[test]
fn everything_wrong_is_told_at_once() {
    let wrong = DAY
        .replace("from = \"A\"\nto = \"B\"", "from = \"A\"\nto = \"A\"")
        .replace("from = \"B\"\nto = \"A\"", "from = \"C\"\nto = \"A\"")
        .replace("name = \"Bolt\"\ncounts = [60, 60, 60,", "name = \"Bolt\"\ncounts = [60,")
        + "[[intraday.groups]]\nname = \"B\"\nagents = [1, 2]\nspeed = 1\n[[intraday.clients]]\nname = \"Cedar\"\ncounts = [-1]\n";
    let value: Value = toml::from_str(&wrong).expect("TOML");
    let faults = Today::read(&value).expect_err("all of it is wrong");
    for (field, code) in [
        ("intraday.moves[0].to", "same_group"),
        ("intraday.moves[1].from", "unknown_name"),
        ("intraday.clients", "counts_differ"),
        ("intraday.groups[0].agents", "not_a_day"),
        ("intraday.groups[0].speed", ""),
        ("intraday.clients[2].name", "unknown_name"),
        ("intraday.clients[2].counts", "not_a_count"),
    ] {
        let found = faults.iter().any(|f| f.field == field && f.code.contains(code));
        assert!(found, "{field} {code}: {faults:#?}");
    }
    let none: Value =
        toml::from_str(&DAY.replace("[intraday]", "[other]").replace("[[intraday.", "[[other_"))
            .expect("TOML");
    let faults = Today::read(&none).expect_err("nothing of today");
    assert!(faults.iter().any(|fault| fault.field == "intraday"), "{faults:#?}");
}

#[test]
fn whoever_stops_it_before_anything_is_told_so() {
    let faults = replan(&today(DAY), Options::default(), &|| true).expect_err("nothing");
    assert_eq!(faults[0].code, "nothing_played");
}
