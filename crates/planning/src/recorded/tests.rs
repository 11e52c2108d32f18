//! A floor is simulated, and what the router said is taken for what happened: then it is known what
//! a replay must give.

use domain::{
    ClientId, Span, Timestamp,
    calendar::{Calendar, MinuteOfDay, Weekday, WeeklyRange},
};
use routing::{Input, Stamped};

use super::*;
use crate::sim::{
    Scenario, Value,
    play::{Floor, client_id, listen, pool_id, skill_id, team_id},
};

/// Everybody is answered before they would leave, by one group, in time that hardly varies.
const PATIENT: &str = r#"
[run]
length = "24h"
[[pools]]
name = "front"
[[clients]]
name = "Acme"
pools = ["front"]
[[clients.queues]]
demand = { kind = "intervals", interval = "6h", counts = [20, 420, 400, 60] }
handle = { kind = "lognormal", mean = "4m", cv = 0.8 }
wrap_up = { kind = "uniform", from = "10s", until = "50s" }
[[groups]]
name = "agents"
pools = ["front"]
[[groups.shifts]]
agents = 4
[[groups.shifts]]
agents = 4
from = "06:00"
until = "18:00"
"#;

/// Two clients; one has a team that is too small for it, and its customers leave.
const HURRIED: &str = r#"
[run]
length = "24h"
[[pools]]
name = "front"
[[clients]]
name = "Acme"
pools = ["front"]
[[clients.queues]]
demand = { kind = "constant", per_hour = 60 }
handle = { kind = "exponential", mean = "4m" }
patience = { kind = "exponential", mean = "3m" }
[[clients]]
name = "Bolt"
model = "dedicated"
team = "bolt"
[[clients.queues]]
name = "Calls"
demand = { kind = "constant", per_hour = 40 }
handle = { kind = "exponential", mean = "5m" }
wrap_up = { kind = "deterministic", value = "30s" }
patience = { kind = "exponential", mean = "2m" }
[[clients.queues]]
name = "Mail"
channel = "mail"
demand = { kind = "constant", per_hour = 6 }
handle = { kind = "exponential", mean = "6m" }
[[groups]]
name = "front agents"
pools = ["front"]
agents = 5
answer_after = { kind = "uniform", from = "2s", until = "6s" }
[[groups]]
name = "bolt agents"
team = "bolt"
channels = { voice = 1, mail = 2 }
agents = 4
answer_after = { kind = "uniform", from = "2s", until = "6s" }
"#;

/// Two clients share a pool that is large enough for both.
const SHARED: &str = r#"
[run]
length = "24h"
[[pools]]
name = "front"
[[clients]]
name = "Acme"
pools = ["front"]
[[clients.queues]]
demand = { kind = "constant", per_hour = 40 }
handle = { kind = "exponential", mean = "3m" }
patience = { kind = "exponential", mean = "3m" }
[[clients]]
name = "Bolt"
pools = ["front"]
[[clients.queues]]
demand = { kind = "constant", per_hour = 30 }
handle = { kind = "exponential", mean = "3m" }
patience = { kind = "exponential", mean = "3m" }
[[groups]]
name = "front agents"
pools = ["front"]
agents = 6
"#;

struct Past {
    recorded: Recorded,
    house: House,
    real: Vec<OneDay>,
}

fn value(text: &str) -> Value {
    toml::from_str(text).expect("TOML")
}

/// A simulated day as the past of a floor.
fn past(text: &str) -> Past {
    let scenario = Scenario::read(&value(text)).expect("no faults");
    let floor = Floor::new(&scenario).expect("the router takes it");
    let span = Span {
        from: Timestamp::from_micros(floor.start),
        until: Timestamp::from_micros(floor.counted_until),
    };
    let mut recorder = Recorder::new(span);
    for agent in floor.router.agents() {
        let rules = floor.router.agent_rules(agent.agent).expect("known").clone();
        recorder.entry(span.from, Some(&Input::SetAgent(Box::new(rules))), &[]);
    }
    let clients: Vec<ClientId> = (0..scenario.clients.len()).map(client_id).collect();
    let mut real = Real::new(span, &scenario.run.zone, clients).expect("a day");
    let mut ear = |stamped: &Stamped| {
        recorder.entry(stamped.at, None, std::slice::from_ref(stamped));
        real.apply(stamped);
    };
    listen(&floor, 0, &mut ear);
    let always = |at: usize| Calendar {
        id: domain::CalendarId::from_u128(at as u128 + 1),
        name: "Hours".to_owned(),
        zone: "UTC".to_owned(),
        weekly: vec![WeeklyRange {
            days: Weekday::ALL.to_vec(),
            from: MinuteOfDay::START,
            until: MinuteOfDay::END,
        }],
        holidays: vec![],
        closures: vec![],
    };
    let house = House {
        name: "yesterday".to_owned(),
        zone: scenario.run.zone.clone(),
        pools: scenario
            .pools
            .iter()
            .enumerate()
            .map(|(at, (name, cap))| (pool_id(at), name.clone(), *cap))
            .collect(),
        teams: scenario
            .teams
            .iter()
            .enumerate()
            // The only team of these floors is the second client's.
            .map(|(at, name)| (team_id(at), client_id(1), name.clone()))
            .collect(),
        skills: scenario
            .skills
            .iter()
            .enumerate()
            .map(|(at, name)| (skill_id(at), name.clone()))
            .collect(),
        clients: scenario
            .clients
            .iter()
            .enumerate()
            .map(|(at, client)| HouseClient {
                id: client_id(at),
                name: client.name.clone(),
                contract: client.contract.clone(),
                hours: always(at),
            })
            .collect(),
    };
    Past { recorded: recorder.finish(), house, real: real.finish() }
}

impl Past {
    fn scenario(&self) -> Scenario {
        self.recorded.scenario(&self.house, 12, 1).expect("it can be played")
    }

    fn what_if(&self, text: &str) -> Result<WhatIf, Vec<domain::Fault>> {
        WhatIf::read(&value(text), self.scenario(), &self.house)
    }

    fn played(&self, scenario: &Scenario) -> Played {
        play(scenario, &self.real, None, &|_| false).expect("it plays")
    }

    fn played_if(&self, text: &str) -> Played {
        self.played(&self.what_if(text).expect("no faults").scenario)
    }
}

fn figure<'a>(of: &'a Of, name: &str) -> &'a Agreement {
    of.figures.iter().find(|figure| figure.figure == name).expect("a figure")
}

fn mean(of: &Of, name: &str) -> f64 {
    figure(of, name).mean.expect("something to divide by")
}

#[test]
fn where_nothing_is_drawn_the_unchanged_day_comes_out_to_the_microsecond() {
    let past = past(PATIENT);
    assert!(past.recorded.contacts.len() > 700);
    assert_eq!(past.recorded.left_out(&past.house), 0);
    let played = past.played(&past.scenario());
    assert_eq!(played.replications, 12);
    for figure in &played.all.figures {
        let (real, mean) = (figure.real.expect("it happened"), figure.mean.expect("it was played"));
        assert!((real - mean).abs() <= 1e-6 * real.max(1.0), "{figure:?}");
        assert_eq!(figure.agrees, Some(true), "{figure:?}");
    }
}

#[test]
fn a_day_on_which_customers_leave_agrees_within_what_is_drawn() {
    let past = past(HURRIED);
    let played = past.played(&past.scenario());
    assert!(past.real[0].abandoned > 50.0, "{:?}", past.real[0]);
    for of in std::iter::once(&played.all).chain(&played.clients) {
        assert_eq!(figure(of, "offered").mean, figure(of, "offered").real, "{}", of.name);
        for name in ["service_level", "abandoned", "answered", "handle_s"] {
            let figure = figure(of, name);
            let (real, mean) = (figure.real.expect("real"), figure.mean.expect("played"));
            // The offers' ringing is drawn anew, so customers meet other agents: a few percent.
            let near = (real - mean).abs() <= 0.08 * real.max(10.0);
            assert!(figure.agrees == Some(true) || near, "{} {figure:?}", of.name);
        }
    }
    let again = past.played(&past.scenario());
    assert_eq!(played, again, "the same seed gives the same");
}

#[test]
fn a_change_does_what_it_says() {
    let past = past(HURRIED);
    let base = past.played(&past.scenario());
    let (acme, bolt) = (0, 1);
    let level = |played: &Played, client: usize| mean(&played.clients[client], "service_level");

    let fewer = past.played_if(
        "[[roster]]\npool = \"front\"\nfrom = \"08:00\"\nuntil = \"20:00\"\nchange = -2",
    );
    assert!(level(&fewer, acme) < level(&base, acme) - 0.05);
    assert_eq!(level(&fewer, bolt), level(&base, bolt), "the team is another group");

    let more = past.played_if("[[roster]]\nteam = \"bolt\"\nchange = 3");
    assert!(level(&more, bolt) > level(&base, bolt) + 0.05);

    let mail = past.played_if("[[demand]]\nclient = \"Bolt\"\nchannel = \"mail\"\nfactor = 2");
    let offered = |played: &Played, client: usize| mean(&played.clients[client], "offered");
    let mails = past.recorded.contacts.iter();
    let mails = mails.filter(|c| c.channel == domain::contract::Channel::Mail);
    let mails = mails.filter(|c| past.recorded.span.contains(c.at)).count() as f64;
    assert_eq!(offered(&mail, bolt), offered(&base, bolt) + mails);
    assert_eq!(offered(&mail, acme), offered(&base, acme));

    let none = past.what_if("[[demand]]\nclient = \"Acme\"\nfactor = 0").expect("no faults");
    assert_eq!(mean(&past.played(&none.scenario).clients[acme], "offered"), 0.0);
    let same = past.what_if("[[demand]]\nfactor = 1.0").expect("no faults");
    assert_eq!(past.played(&same.scenario), base, "a factor of one changes nothing");

    // Bolt on shared: its team is idle, and the pool has to answer its calls as well.
    let shared =
        past.what_if("[[clients]]\nname = \"Bolt\"\nmodel = \"shared\"\npools = [\"front\"]");
    let shared = shared.expect("no faults");
    assert_eq!(shared.changes, ["Bolt is shared, and 5 agents are signed off for it"]);
    assert!(level(&past.played(&shared.scenario), acme) < level(&base, acme) - 0.1);
}

#[test]
fn as_many_go_home_as_are_said_to() {
    let past = past(HURRIED);
    let at_work = |what_if: &WhatIf| {
        let noon = what_if.scenario.run.length_us / 2;
        let shifts = what_if.scenario.groups.iter().flat_map(|group| &group.shifts);
        let there = shifts.filter(|shift| match &shift.hours {
            crate::sim::ShiftTime::Recorded(s) => s.iter().any(|s| s.0 <= noon && noon < s.1),
            _ => true,
        });
        there.map(|shift| shift.agents).sum::<u32>()
    };
    // Nine at work. Of four who come on top, one goes home again.
    let text =
        "[[roster]]\npool = \"front\"\nchange = 4\n[[roster]]\npool = \"front\"\nchange = -1";
    assert_eq!(at_work(&past.what_if(text).expect("no faults")), 12);
    let all = past.what_if("[[roster]]\npool = \"front\"\nchange = -8").expect("five are there");
    assert_eq!(at_work(&all), 4);
    let said = &all.changes[0];
    assert!(said.ends_with("though in 1 of 1 stretches not as many were at work"), "{said}");
    let twice =
        "[[roster]]\npool = \"front\"\nchange = -5\n[[roster]]\npool = \"front\"\nchange = -1";
    let faults = past.what_if(twice).expect_err("nobody is left");
    assert_eq!((faults[0].field.as_str(), faults[0].code.as_str()), ("roster[1].change", "nobody"));
}

#[test]
fn who_sits_where_a_client_is_not_answered_is_not_signed_off_by_a_change() {
    let mut past = past(HURRIED);
    let here = domain::SiteId::from_u128(1);
    past.house.clients[1].contract.sites_allowed = Some(vec![here]);
    for (at, agent) in past.recorded.agents.iter_mut().enumerate() {
        // Of the pool three sit where Bolt may be answered, and two at home.
        let of_pool = !agent.rules.pools.is_empty();
        agent.rules.site = (!of_pool || at % 2 == 0).then_some(here);
    }
    let may = past.recorded.agents.iter().filter(|agent| !agent.rules.pools.is_empty());
    let may = may.filter(|agent| agent.rules.site.is_some()).count();
    assert!((2..=3).contains(&may), "{may}");
    let text = "[[clients]]\nname = \"Bolt\"\nmodel = \"shared\"\npools = [\"front\"]";
    let shared = past.what_if(text).expect("no faults");
    assert_eq!(shared.changes, [format!("Bolt is shared, and {may} agents are signed off for it")]);
}

#[test]
fn every_group_has_a_name_of_its_own() {
    let mut past = past(SHARED);
    past.house.pools[0].1 = "front 2".to_owned();
    past.house.pools.push((pool_id(1), "front".to_owned(), 100));
    for (at, agent) in past.recorded.agents.iter_mut().enumerate() {
        // Two groups of a pool that is called as the second group of the other would be.
        agent.rules.pools = vec![pool_id(usize::from(at >= 2))];
        agent.rules.languages = match at % 2 {
            0 => vec![domain::Language::EN],
            _ => vec![domain::Language::FR],
        };
    }
    let groups = past.scenario().groups;
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["front 2", "front 2 2", "front", "front 3"]);
}

#[test]
fn handle_is_per_contact_handled_callbacks_too() {
    let text = HURRIED.replace(
        "patience = { kind = \"exponential\", mean = \"3m\" }",
        "patience = { kind = \"exponential\", mean = \"3m\" }\ncallback = { share = 1.0, after = \"30s\", reached = 0.5, retry_after = \"10m\" }",
    );
    let past = past(&text);
    let acme = &past.real[1];
    assert!(acme.offered > acme.answered + acme.abandoned + 50.0, "many are called back: {acme:?}");
    // Called in vain one time in two: answered calls and callbacks all last 4 min on average.
    let handle_s = acme.handle_s.expect("handled");
    assert!((handle_s / 240.0 - 1.0).abs() < 0.12, "{handle_s}");
}

#[test]
fn every_fault_of_what_is_asked_is_told_at_once() {
    let past = past(HURRIED);
    let faults = past.what_if(
        r#"
        [[clients]]
        name = "Acmee"
        [[clients]]
        name = "Acme"
        model = "dedicated"
        team = "bolt"
        [[roster]]
        pool = "front"
        change = 0
        [[roster]]
        pool = "front"
        change = -1
        days = "someday"
        [[demand]]
        client = "Bolt"
        factor = -1
        [[queues]]
        client = "Bolt"
        name = "Calls"
        [[pools]]
        name = "back"
        colour = "red"
        "#,
    );
    let faults = faults.expect_err("all of it is wrong");
    for (field, code) in [
        ("clients[0].name", "unknown_name"),
        ("clients[1].team", "unknown_name"),
        ("roster[0].change", "not_a_change"),
        ("roster[1].days", "not_days"),
        ("demand[0].factor", ""),
        ("queues[0].head_start", ""),
        ("pools[0].name", "unknown_name"),
        ("pools[0].colour", ""),
    ] {
        let found = faults.iter().any(|f| f.field == field && f.code.contains(code));
        assert!(found, "{field} {code}: {faults:#?}");
    }
    let nothing = past.what_if("replications = 5").expect_err("nothing changes");
    assert_eq!(nothing[0].code, "nothing_changes");
}

#[test]
fn a_stretch_in_which_nothing_happened_is_told_and_not_played() {
    let past = past(PATIENT);
    let nobody = Recorded { contacts: vec![], agents: vec![], ..past.recorded.clone() };
    let faults = nobody.scenario(&past.house, 3, 1).expect_err("nothing to play");
    let codes: Vec<&str> = faults.iter().map(|fault| fault.code.as_str()).collect();
    assert_eq!(codes, ["nothing_recorded", "nobody_at_work"]);
}

#[test]
fn the_example_of_the_documentation_is_played() {
    let past = past(HURRIED);
    let example = include_str!("../../../../docs/examples/what-if.toml");
    let what_if = past.what_if(example).expect("no faults");
    assert_eq!(what_if.scenario.run.replications, 30);
    assert_eq!(what_if.changes.len(), 5, "{:?}", what_if.changes);
    let played = past.played(&what_if.scenario);
    assert_eq!((played.replications, played.interrupted), (30, false));
    assert_eq!(past.played_if("replications = 2\n[[demand]]\nfactor = 2").replications, 2);
}

#[test]
fn whoever_wants_to_stop_gets_what_is_done() {
    let past = past(PATIENT);
    let one = std::num::NonZeroUsize::new(1);
    let played = play(&past.scenario(), &past.real, one, &|done| done == 3).expect("it plays");
    assert_eq!((played.replications, played.interrupted), (3, true));
}

#[test]
fn contracts_are_compared_on_what_came_in() {
    use crate::{
        compare::{Model, Plan, compare},
        sim::Options,
    };
    let past = past(SHARED);
    let example = value(include_str!("../../../../docs/examples/recorded-comparison.toml"));
    let plan = Plan::of_recorded(&past.recorded, &past.house, &example, None);
    let plan = plan.unwrap_or_else(|faults| panic!("{faults:#?}"));
    let compared = compare(&plan, Options::default(), &|_| true);
    let compared = compared.unwrap_or_else(|faults| panic!("{faults:#?}"));
    let models: Vec<Model> = compared.contracts.iter().map(|one| one.model).collect();
    assert_eq!(models, [Model::Shared, Model::Dedicated, Model::Hybrid]);
    // A billing period of 31 days of it, give or take the months.
    let contacts = compared.contacts.mean.expect("counted") / 30.4;
    assert!((contacts / past.real[1].offered - 1.0).abs() < 0.05, "{contacts}");
    for contract in &compared.contracts {
        let level = contract.promise.service_level.mean.expect("answered");
        assert!(level >= f64::from(contract.promise.target_percent) / 100.0, "{contract:?}");
        assert!(contract.cost_minor > 0 && contract.price_minor.mean > Some(0.0));
    }
    // What is wrong is told with its field.
    let wrong = value("speed = 1\n[compare]\nclient = \"Acme\"");
    let faults = Plan::of_recorded(&past.recorded, &past.house, &wrong, None);
    assert_eq!(faults.expect_err("speed").iter().map(|f| &*f.field).collect::<Vec<_>>(), ["speed"]);
    let wrong = value("[compare]\nclient = \"Nobody\"");
    let faults = Plan::of_recorded(&past.recorded, &past.house, &wrong, None).expect_err("nobody");
    for field in ["compare.client", "compare.pool", "compare.team", "compare.tariffs"] {
        assert!(faults.iter().any(|fault| fault.field == field), "{field}: {faults:#?}");
    }
}
