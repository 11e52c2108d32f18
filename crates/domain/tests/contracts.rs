//! Contracts: every fault at once, periods in UTC, what changed between versions.

#![allow(clippy::unwrap_used, reason = "a test that cannot parse its own input should fail")]

use std::{collections::BTreeMap, time::Duration};

use domain::{
    CalendarId, ClientId, DispositionId, Language, PoolId, QueueId, SiteId, SkillId, TeamId,
    Timestamp, Zone,
    calendar::{MinuteOfDay, Weekday, WeeklyRange},
    contract::*,
};
use proptest::prelude::*;

const CLIENT: ClientId = ClientId::from_u128(1);
const POOL: PoolId = PoolId::from_u128(2);
const HELP: PoolId = PoolId::from_u128(3);
const TEAM: TeamId = TeamId::from_u128(4);
const OTHER_TEAM: TeamId = TeamId::from_u128(5);
const SKILL: SkillId = SkillId::from_u128(6);
const SITE: SiteId = SiteId::from_u128(7);
const HOURS: CalendarId = CalendarId::from_u128(8);
const NEW_YORK_HOURS: CalendarId = CalendarId::from_u128(9);
const NOWHERE: u128 = 0xdead;

fn known() -> Known {
    Known {
        calendars: BTreeMap::from([
            (HOURS, "Europe/Paris".to_owned()),
            (NEW_YORK_HOURS, "America/New_York".to_owned()),
        ]),
        pools: [POOL, HELP].into(),
        teams: BTreeMap::from([(TEAM, CLIENT), (OTHER_TEAM, ClientId::from_u128(99))]),
        skills: [SKILL].into(),
        sites: [SITE].into(),
        billed: None,
    }
}

fn words(language: Language) -> Vec<LocalisedText> {
    vec![LocalisedText { language, text: "Bonjour".to_owned() }]
}

fn on(days: &[Weekday], from: &str, until: &str) -> WeeklyRange {
    WeeklyRange { days: days.to_vec(), from: from.parse().unwrap(), until: until.parse().unwrap() }
}

fn period(name: &str, when: PeriodHours, service: Service) -> Period {
    Period {
        name: name.to_owned(),
        when,
        service,
        promise: ServicePromise {
            threshold_s: 20,
            target_percent: 80,
            formula: ServiceLevelFormula::AnsweredOrAbandonedInTime,
            clock: ClockStart::FirstRing,
            short_abandon_s: 5,
        },
        peak_greeting: Some(PeakGreeting { text: words(Language::FR), length_s: 12 }),
        overflow: Some(Overflow {
            after_s: Some(45),
            below_projected_percent: Some(70),
            pools: vec![HELP],
        }),
        nobody_on_shift: NobodyOnShift::Overflow,
        call_limit_s: Some(300),
        control: Control::Provider,
    }
}

/// Dedicated in office hours, shared otherwise.
fn sound() -> Contract {
    let office = PeriodHours::Weekly { weekly: vec![on(&Weekday::ALL[..5], "09:00", "18:00")] };
    Contract {
        client: CLIENT,
        version: 1,
        valid_from: Timestamp::from_secs(0),
        zone: "Europe/Paris".to_owned(),
        hours: HOURS,
        periods: vec![
            period("Office hours", office, Service::Dedicated { team: TEAM }),
            period("Nights", PeriodHours::Otherwise, Service::Shared { pools: vec![POOL] }),
        ],
        queues: vec![Queue {
            id: QueueId::from_u128(20),
            name: "Support".to_owned(),
            channels: vec![Channel::Chat, Channel::Voice],
            greeting: words(Language::FR),
            protocol: "Ask for the order number.".to_owned(),
            skills: vec![SkillAsk {
                skill: SKILL,
                level: 5,
                relax_after_s: Some(60),
                relaxed_level: 2,
            }],
            language_required: true,
            head_start_min: 0,
            selection: Selection::LongestIdle,
            sticky: Some(Sticky { within_hours: 24, wait_s: 10 }),
            offer_timeout_s: 20,
            wrap_up: WrapUpRule::Fixed { seconds: 30, extend_s: 30, extensions_max: 2 },
            announce_position: false,
            waiting_max: 50,
        }],
        languages: vec![Language::FR, Language::EN],
        sites_allowed: Some(vec![SITE]),
        closed: ClosedRule::Message { text: words(Language::FR) },
        dispositions: vec![Disposition {
            id: DispositionId::from_u128(30),
            label: "Order taken".to_owned(),
        }],
        retention_days: 90,
        pause_max_s: 120,
        tariff: None,
    }
}

fn weekly(contract: &mut Contract, index: usize) -> &mut Vec<WeeklyRange> {
    match &mut contract.periods[index].when {
        PeriodHours::Weekly { weekly } => weekly,
        other => panic!("period {index} holds {other:?}"),
    }
}

/// Three periods that cover the week without an `Otherwise`.
fn covering(contract: &mut Contract) {
    contract.periods[1].when = PeriodHours::Weekly {
        weekly: vec![
            on(&Weekday::ALL[..5], "00:00", "09:00"),
            on(&Weekday::ALL[..5], "18:00", "24:00"),
        ],
    };
    let weekend = PeriodHours::Weekly { weekly: vec![on(&Weekday::ALL[5..], "00:00", "24:00")] };
    contract.periods.push(period("Weekend", weekend, Service::Shared { pools: vec![POOL] }));
}

fn overflow(contract: &mut Contract) -> &mut Overflow {
    contract.periods[0].overflow.as_mut().unwrap()
}

#[test]
fn a_sound_contract_has_no_fault() {
    let mut contract = sound();
    assert_eq!(contract.validate(&known()), []);
    covering(&mut contract);
    assert_eq!(contract.validate(&known()), []);
    contract.periods.truncate(1);
    contract.periods[0].when = PeriodHours::Always;
    assert_eq!(contract.validate(&known()), []);
}

#[test]
fn each_fault_is_found_alone_with_its_field() {
    type Spoil = fn(&mut Contract);
    #[rustfmt::skip]
    let cases: &[(&str, &str, Spoil)] = &[
        ("version", "version_zero", |c| c.version = 0),
        ("zone", "unknown_zone", |c| c.zone = "Europe/Lutetia".to_owned()),
        ("hours", "unknown_calendar", |c| c.hours = CalendarId::from_u128(NOWHERE)),
        ("hours", "hours_in_other_zone", |c| c.hours = NEW_YORK_HOURS),
        ("periods", "periods_missing", |c| c.periods.clear()),
        ("periods", "too_many_periods", |c| { let p = c.periods[0].clone(); c.periods.resize(33, p); }),
        ("periods[1].name", "name_missing", |c| c.periods[1].name = String::new()),
        ("periods[1].name", "name_repeated", |c| c.periods[1].name = "Office hours".to_owned()),
        ("periods[0].when", "always_beside_others", |c| c.periods[0].when = PeriodHours::Always),
        ("periods[1].when", "two_otherwise", |c| c.periods[0].when = PeriodHours::Otherwise),
        ("periods[0].when.weekly", "hours_missing", |c| weekly(c, 0).clear()),
        ("periods[0].when.weekly[1].days", "days_missing", |c| weekly(c, 0).push(on(&[], "01:00", "02:00"))),
        ("periods[0].when.weekly[1]", "range_reversed", |c| weekly(c, 0).push(on(&[Weekday::Sunday], "22:00", "06:00"))),
        ("periods[0].when.weekly[1]", "range_overlap", |c| weekly(c, 0).push(on(&[Weekday::Friday], "17:00", "19:00"))),
        ("periods", "period_hole", |c| { covering(c); weekly(c, 1)[1].days.remove(1); }),
        ("periods[2].when.weekly", "period_overlap", |c| { covering(c); weekly(c, 2).push(on(&[Weekday::Friday], "17:00", "18:00")); }),
        ("periods[1].service.pools", "pools_missing", |c| c.periods[1].service = Service::Shared { pools: vec![] }),
        ("periods[1].service.pools[1]", "unknown_pool", |c| c.periods[1].service = Service::Shared { pools: vec![POOL, PoolId::from_u128(NOWHERE)] }),
        ("periods[1].service.pools[1]", "pool_repeated", |c| c.periods[1].service = Service::Shared { pools: vec![POOL, POOL] }),
        ("periods[0].service.team", "unknown_team", |c| c.periods[0].service = Service::Dedicated { team: TeamId::from_u128(NOWHERE) }),
        ("periods[0].service.team", "team_of_another_client", |c| c.periods[0].service = Service::Dedicated { team: OTHER_TEAM }),
        ("periods[0].promise.threshold_s", "threshold_range", |c| { c.periods[0].promise.threshold_s = 0; c.periods[0].promise.short_abandon_s = 0; }),
        ("periods[0].promise.target_percent", "target_range", |c| c.periods[0].promise.target_percent = 101),
        ("periods[0].promise.target_percent", "target_range", |c| c.periods[0].promise.target_percent = 0),
        ("periods[0].promise.short_abandon_s", "short_abandon_beyond_threshold", |c| c.periods[0].promise.short_abandon_s = 21),
        ("periods[0].peak_greeting.text", "greeting_language_missing", |c| c.periods[0].peak_greeting.as_mut().unwrap().text = words(Language::EN)),
        ("periods[0].peak_greeting.text", "greeting_language_missing", |c| c.periods[0].peak_greeting.as_mut().unwrap().text[0].text = " ".to_owned()),
        ("periods[0].peak_greeting.length_s", "greeting_length", |c| c.periods[0].peak_greeting.as_mut().unwrap().length_s = 0),
        ("periods[0].overflow", "overflow_without_trigger", |c| { overflow(c).after_s = None; overflow(c).below_projected_percent = None; }),
        ("periods[0].overflow.after_s", "overflow_wait_range", |c| overflow(c).after_s = Some(86_401)),
        ("periods[0].overflow.below_projected_percent", "overflow_percent_range", |c| overflow(c).below_projected_percent = Some(101)),
        ("periods[0].overflow.pools", "overflow_pools_missing", |c| { overflow(c).pools.clear(); c.periods[0].nobody_on_shift = NobodyOnShift::Close; }),
        ("periods[0].overflow.pools[0]", "unknown_pool", |c| overflow(c).pools = vec![PoolId::from_u128(NOWHERE)]),
        ("periods[0].nobody_on_shift", "overflow_missing", |c| c.periods[0].overflow = None),
        ("periods[0].call_limit_s", "call_limit_range", |c| c.periods[0].call_limit_s = Some(0)),
        ("queues", "queues_missing", |c| c.queues.clear()),
        ("queues[1].id", "queue_repeated", |c| { let q = c.queues[0].clone(); c.queues.push(q); }),
        ("queues[0].name", "name_missing", |c| c.queues[0].name = String::new()),
        ("queues[0].channels", "channels_missing", |c| c.queues[0].channels.clear()),
        ("queues[0].greeting", "greeting_language_missing", |c| c.queues[0].greeting.clear()),
        ("queues[0].greeting[1].language", "language_repeated", |c| { let g = c.queues[0].greeting[0].clone(); c.queues[0].greeting.push(g); }),
        ("queues[0].skills[0].skill", "unknown_skill", |c| c.queues[0].skills[0].skill = SkillId::from_u128(NOWHERE)),
        ("queues[0].skills[1].skill", "skill_repeated", |c| { let s = c.queues[0].skills[0].clone(); c.queues[0].skills.push(s); }),
        ("queues[0].skills[0].level", "level_range", |c| c.queues[0].skills[0].level = 11),
        ("queues[0].skills[0].relaxed_level", "relaxed_level_not_lower", |c| c.queues[0].skills[0].relaxed_level = 5),
        ("queues[0].skills[0].relax_after_s", "relax_without_time", |c| c.queues[0].skills[0].relax_after_s = None),
        ("queues[0].skills[0].relax_after_s", "relax_at_once", |c| c.queues[0].skills[0].relax_after_s = Some(0)),
        ("queues[0].offer_timeout_s", "offer_timeout_range", |c| c.queues[0].offer_timeout_s = 4),
        ("queues[0].offer_timeout_s", "offer_timeout_range", |c| c.queues[0].offer_timeout_s = 121),
        ("queues[0].wrap_up.seconds", "wrap_up_range", |c| c.queues[0].wrap_up = WrapUpRule::Fixed { seconds: 0, extend_s: 0, extensions_max: 0 }),
        ("queues[0].wrap_up.extend_s", "extension_range", |c| c.queues[0].wrap_up = WrapUpRule::Fixed { seconds: 5, extend_s: 0, extensions_max: 1 }),
        ("queues[0].sticky", "sticky_range", |c| c.queues[0].sticky = Some(Sticky { within_hours: 0, wait_s: 0 })),
        ("queues[0].waiting_max", "waiting_max_range", |c| c.queues[0].waiting_max = 0),
        ("languages", "languages_missing", |c| c.languages.clear()),
        ("languages[2]", "language_repeated", |c| c.languages.push(Language::FR)),
        ("sites_allowed", "sites_missing", |c| c.sites_allowed = Some(vec![])),
        ("sites_allowed[0]", "unknown_site", |c| c.sites_allowed = Some(vec![SiteId::from_u128(NOWHERE)])),
        ("closed.text", "closed_language_missing", |c| c.closed = ClosedRule::Wait { text: vec![] }),
        ("dispositions[1].id", "disposition_repeated", |c| { let d = c.dispositions[0].clone(); c.dispositions.push(d); }),
        ("dispositions[0].label", "name_missing", |c| c.dispositions[0].label = String::new()),
        ("retention_days", "retention_zero", |c| c.retention_days = 0),
        ("pause_max_s", "pause_range", |c| c.pause_max_s = 9),
        ("pause_max_s", "pause_range", |c| c.pause_max_s = 3_601),
    ];
    for (field, code, spoil) in cases {
        let mut contract = sound();
        spoil(&mut contract);
        let faults = contract.validate(&known());
        let got: Vec<_> = faults.iter().map(|f| (f.field.as_str(), f.code.as_str())).collect();
        assert_eq!(got, [(*field, *code)]);
        assert!(faults[0].message.ends_with('.') && faults[0].next.ends_with('.'), "{}", faults[0]);
    }
}

#[test]
fn twelve_faults_come_back_as_twelve() {
    let mut contract = sound();
    contract.zone = "Nowhere".to_owned();
    contract.hours = CalendarId::from_u128(NOWHERE);
    contract.periods[0].promise.threshold_s = 0; // and with it the short abandon is beyond it
    contract.periods[0].promise.target_percent = 200;
    contract.periods[1].service = Service::Shared { pools: vec![] };
    contract.periods[1].overflow = None;
    contract.queues[0].channels.clear();
    contract.queues[0].skills[0].level = 0; // and the relaxed level is not below it
    contract.queues[0].offer_timeout_s = 1;
    contract.retention_days = 0;
    let codes: Vec<_> = contract.validate(&known()).into_iter().map(|f| f.code).collect();
    assert_eq!(
        codes,
        [
            "unknown_zone",
            "unknown_calendar",
            "threshold_range",
            "target_range",
            "short_abandon_beyond_threshold",
            "pools_missing",
            "overflow_missing",
            "channels_missing",
            "level_range",
            "relaxed_level_not_lower",
            "offer_timeout_range",
            "retention_zero",
        ]
    );
}

#[test]
fn holes_and_overlaps_are_named() {
    let message = |spoil: fn(&mut Contract)| {
        let mut contract = sound();
        covering(&mut contract);
        spoil(&mut contract);
        let faults = contract.validate(&known());
        faults.into_iter().map(|f| f.message).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        message(|c| weekly(c, 1)[1].days.retain(|day| *day != Weekday::Tuesday)),
        "Tue 18:00–24:00 is covered by no period."
    );
    assert_eq!(
        message(|c| weekly(c, 0)[0].until = "19:30".parse().unwrap()),
        "Mon 18:00–19:30 belongs to `Office hours` and to `Nights`."
    );
}

#[test]
fn periods_change_at_their_hour_in_the_contracts_zone() {
    let timeline = |from: &str, until: &str| {
        let (from, until) = (from.parse().unwrap(), until.parse().unwrap());
        let timeline = compile_periods(&sound(), from, until).unwrap();
        assert_eq!(timeline.compiled_until, until);
        timeline.changes.iter().map(|(at, i)| format!("{at}={i}")).collect::<Vec<_>>().join(" ")
    };
    // Friday to Monday around the change to summer time on Sunday 2026-03-29.
    assert_eq!(
        timeline("2026-03-27T12:00:00Z", "2026-03-30T20:00:00Z"),
        "2026-03-27T12:00:00Z=0 2026-03-27T17:00:00Z=1 2026-03-30T07:00:00Z=0 2026-03-30T16:00:00Z=1"
    );
    // A horizon that begins exactly at a change, and one that sees none.
    assert_eq!(timeline("2026-03-30T07:00:00Z", "2026-03-30T08:00:00Z"), "2026-03-30T07:00:00Z=0");
    assert_eq!(timeline("2026-03-28T01:00:00Z", "2026-03-28T02:00:00Z"), "2026-03-28T01:00:00Z=1");
    let mut always = sound();
    always.periods.truncate(1);
    always.periods[0].when = PeriodHours::Always;
    let year = compile_periods(&always, Timestamp::from_secs(0), Timestamp::from_secs(31_536_000));
    assert_eq!(year.unwrap().changes, [(Timestamp::from_secs(0), 0)]);
}

#[test]
fn a_period_that_begins_in_a_gap_or_a_fold() {
    let mut contract = sound();
    let sunday = &[Weekday::Sunday];
    contract.periods[0].when = PeriodHours::Weekly { weekly: vec![on(sunday, "02:30", "06:00")] };
    let changes = |from: &str, until: &str| {
        compile_periods(&contract, from.parse().unwrap(), until.parse().unwrap()).unwrap().changes
    };
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    assert_eq!(
        changes("2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z")[1..],
        [(at("2026-03-29T01:00:00Z"), 0), (at("2026-03-29T04:00:00Z"), 1)]
    );
    // At the first 02:30, and it stays in force while the hour repeats.
    assert_eq!(
        changes("2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z")[1..],
        [(at("2026-10-25T00:30:00Z"), 0), (at("2026-10-25T05:00:00Z"), 1)]
    );
}

#[test]
fn faulty_periods_are_not_compiled() {
    let mut contract = sound();
    contract.zone = "Nowhere".to_owned();
    contract.periods[1].when = PeriodHours::Weekly { weekly: vec![] };
    let (from, until) = (Timestamp::from_secs(0), Timestamp::from_secs(-1));
    let faults = compile_periods(&contract, from, until).unwrap_err();
    let codes: Vec<_> = faults.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["unknown_zone", "hours_missing", "bad_horizon"]);
}

#[test]
fn formulas_have_one_name_on_the_wire_and_in_the_glossary() {
    let glossary = include_str!("../../../docs/glossary.md");
    for formula in ServiceLevelFormula::ALL {
        let on_the_wire = serde_json::to_value(formula).unwrap();
        assert_eq!(on_the_wire, formula.name());
        assert!(glossary.contains(&format!("| `{}` |", formula.name())), "{}", formula.name());
    }
}

#[test]
fn the_model_follows_from_the_periods() {
    let shared = || Service::Shared { pools: vec![POOL] };
    let dedicated = || Service::Dedicated { team: TEAM };
    for (services, overflow, want) in [
        (vec![shared()], true, Model::Shared),
        (vec![shared(), shared()], false, Model::Shared),
        (vec![dedicated()], false, Model::Dedicated),
        (vec![dedicated()], true, Model::Hybrid),
        (vec![dedicated(), shared()], false, Model::Hybrid),
    ] {
        let mut contract = sound();
        contract.periods = services
            .into_iter()
            .map(|service| Period {
                overflow: contract.periods[0].overflow.clone().filter(|_| overflow),
                ..period("x", PeriodHours::Otherwise, service)
            })
            .collect();
        assert_eq!(model(&contract), want);
    }
}

#[test]
fn a_diff_names_what_changed() {
    let before = sound();
    assert_eq!(before.diff(&before), []);
    let mut after = sound();
    after.version = 2;
    after.periods[1].promise.threshold_s = 30;
    after.periods[1].overflow = None;
    after.periods.swap(0, 1); // the place in the list says nothing
    after.queues[0].channels.push(Channel::Mail);
    after.languages = vec![Language::FR];
    after.dispositions[0].label = "Order placed".to_owned();
    after
        .dispositions
        .push(Disposition { id: DispositionId::from_u128(31), label: "Wrong number".to_owned() });
    let text = |value: &Option<serde_json::Value>| match value {
        Some(value) if value.is_object() => "{…}".to_owned(),
        Some(value) => value.to_string(),
        None => "-".to_owned(),
    };
    let mut changes: Vec<_> = before
        .diff(&after)
        .iter()
        .map(|c| format!("{}: {} -> {}", c.field, text(&c.before), text(&c.after)))
        .collect();
    changes.sort();
    let (first, second) = (DispositionId::from_u128(30), DispositionId::from_u128(31));
    assert_eq!(
        changes,
        [
            format!("dispositions[{first}].label: \"Order taken\" -> \"Order placed\""),
            format!("dispositions[{second}]: - -> {{…}}"),
            "languages[1]: \"en\" -> -".to_owned(),
            "periods[Nights].overflow: {…} -> null".to_owned(),
            "periods[Nights].promise.threshold_s: 20 -> 30".to_owned(),
            format!("queues[{}].channels[2]: - -> \"mail\"", QueueId::from_u128(20)),
            "version: 1 -> 2".to_owned(),
        ]
    );
}

#[test]
fn a_client_changes_its_own_part_and_nothing_else() {
    let mine = |contract: &Contract, change: fn(&mut Contract)| {
        let mut asked = contract.clone();
        change(&mut asked);
        assert_ne!(*contract, asked, "the change changes something");
        let beyond = contract.beyond_client(&asked);
        let kept = contract.with_part_of_client(&asked);
        // What is not beyond the client is exactly what is kept.
        assert_eq!(beyond.is_empty(), kept == asked);
        assert!(kept.beyond_client(&kept.with_part_of_client(&asked)).is_empty());
        beyond.is_empty()
    };
    type Edit = fn(&mut Contract);
    let of_periods: [Edit; 5] = [
        |c| c.periods[0].promise.threshold_s = 30,
        |c| c.periods[0].peak_greeting = None,
        |c| c.periods[0].nobody_on_shift = NobodyOnShift::Close,
        |c| c.periods[0].call_limit_s = None,
        |c| c.periods[0].overflow.as_mut().unwrap().after_s = Some(20),
    ];
    let of_the_whole: [Edit; 6] = [
        |c| c.queues[0].protocol = "Ask for the name.".to_owned(),
        |c| c.queues[0].greeting = words(Language::EN),
        |c| c.queues[0].wrap_up = WrapUpRule::None,
        |c| c.queues[0].skills.clear(),
        |c| c.closed = ClosedRule::Wait { text: words(Language::FR) },
        |c| c.dispositions[0].label = "Done".to_owned(),
    ];
    let agreed: [Edit; 14] = [
        |c| c.zone = "Europe/Lisbon".to_owned(),
        |c| c.hours = NEW_YORK_HOURS,
        |c| c.periods[0].name = "Days".to_owned(),
        |c| c.periods[0].when = PeriodHours::Always,
        |c| c.periods[0].service = Service::Shared { pools: vec![POOL] },
        |c| c.periods[0].overflow = None,
        |c| c.periods[0].overflow.as_mut().unwrap().pools = vec![POOL],
        |c| c.periods[0].control = Control::Provider,
        |c| c.periods.truncate(1),
        |c| c.queues[0].channels.push(Channel::Mail),
        |c| c.queues.clear(),
        |c| c.retention_days = 1,
        |c| c.pause_max_s = 60,
        |c| c.sites_allowed = None,
    ];
    let mut contract = sound();
    assert_eq!(contract.controlled(), Controlled::Provider);
    for edit in of_periods.iter().chain(&of_the_whole) {
        assert!(!mine(&contract, *edit), "the provider controls every period");
    }
    contract.periods[0].control = Control::Client;
    assert_eq!(contract.controlled(), Controlled::Shared);
    for edit in of_periods {
        assert!(mine(&contract, edit), "the period is the client's");
    }
    for edit in of_the_whole.iter().chain(&agreed) {
        assert!(!mine(&contract, *edit), "it holds in the provider's period too");
    }
    assert!(!mine(&contract, |c| c.periods[1].promise.threshold_s = 30), "the other period");
    contract.periods[1].control = Control::Client;
    assert_eq!(contract.controlled(), Controlled::Client);
    for edit in of_periods.iter().chain(&of_the_whole) {
        assert!(mine(&contract, *edit), "every period is the client's");
    }
    for edit in agreed {
        assert!(!mine(&contract, edit), "it is agreed between both");
    }
    // Queues and periods are known by id and name, wherever they stand in the list.
    let mut asked = contract.clone();
    asked.periods.swap(0, 1);
    asked.periods[1].promise.threshold_s = 45;
    let kept = contract.with_part_of_client(&asked);
    assert_eq!(
        (kept.periods[0].promise.threshold_s, kept.periods[1].promise.threshold_s),
        (45, 20)
    );
}

proptest! {
    /// Outside gaps and folds the period in force is the one that owns the minute on the wall.
    #[test]
    fn periods_agree_with_the_wall_clock(
        cuts in proptest::collection::btree_set((0_usize..7, 0_u16..1440), 1..8),
        zone in proptest::sample::select(vec!["Europe/Paris", "Australia/Lord_Howe", "Africa/Cairo"]),
        start_day in 0_u64..365,
        minutes in proptest::collection::vec(0_u64..4 * 1440, 40),
    ) {
        // Between two cuts of a day the first and the other period take turns.
        let mut ranges = Vec::new();
        for (i, (day, from)) in cuts.iter().enumerate() {
            let until = cuts.iter().find(|(d, f)| d == day && f > from).map_or(1440, |(_, f)| *f);
            if i % 2 == 0 {
                ranges.push((*day, *from, until));
            }
        }
        let minute_of = |m: u16| MinuteOfDay::from_minutes(m).unwrap();
        let mut contract = sound();
        contract.zone = zone.to_owned();
        contract.periods[0].when = PeriodHours::Weekly {
            weekly: ranges.iter().map(|(day, from, until)| WeeklyRange {
                days: vec![Weekday::ALL[*day]], from: minute_of(*from), until: minute_of(*until),
            }).collect(),
        };
        let start = "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap()
            + Duration::from_secs(start_day * 86_400);
        let timeline =
            compile_periods(&contract, start, start + Duration::from_secs(4 * 86_400)).unwrap();
        prop_assert!(timeline.changes.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 != w[1].1));
        let zone = Zone::get(zone).unwrap();
        for minute in minutes {
            let at = start + Duration::from_secs(minute * 60);
            let (day, on_clock) = zone.minute_at(at);
            // Around a fold the beginning counts, not the clock; two hours later they agree again.
            if (0..=8).any(|q| {
                let (d, m) = zone.minute_at(at - Duration::from_secs(q * 900));
                zone.opening(d, m) != zone.closing(d, m)
            }) {
                continue;
            }
            let first = ranges.iter().any(|(d, from, until)| {
                Weekday::ALL[*d] == day.weekday() && (*from..*until).contains(&on_clock)
            });
            prop_assert_eq!(timeline.at(at).copied(), Some(u16::from(!first)), "{}", at);
        }
    }

    #[test]
    fn nothing_that_parses_makes_validation_panic(
        zone in "\\PC{0,12}", level in any::<u8>(), threshold in any::<u32>(),
        from in 0_u16..=1440, until in 0_u16..=1440,
    ) {
        let mut contract = sound();
        contract.zone = zone;
        contract.queues[0].skills[0].level = level;
        contract.periods[0].promise.threshold_s = threshold;
        let range = &mut weekly(&mut contract, 0)[0];
        range.from = MinuteOfDay::from_minutes(from).unwrap();
        range.until = MinuteOfDay::from_minutes(until).unwrap();
        let faults = contract.validate(&known());
        prop_assert_eq!(from >= until, faults.iter().any(|f| f.code == "range_reversed"));
    }
}
