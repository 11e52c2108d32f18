//! A client of a scenario: its contract in a short form, and what comes in.

use std::collections::BTreeMap;

use domain::{
    CalendarId, Language, Timestamp,
    contract::{
        Channel, ClockStart, ClosedRule, Contract, Control, Known, LocalisedText, NobodyOnShift,
        Overflow, Period, PeriodHours, Queue, Selection, Service, ServiceLevelFormula,
        ServicePromise, SkillAsk, WrapUpRule,
    },
};

use super::{
    distribution::micros,
    floor::{pool_id, queue_id, skill_id, team_id},
    parse::{
        Names, channel_of, client_id, distribution, distribution_of, hours, names_of, place, weekly,
    },
    scenario::{CallbackPlan, ClientPlan, Demand, DemandKind, QueuePlan, Retry},
    value::{Reader, Value, span_of},
};
use crate::survival::Survival;

const DAY_S: f64 = 86_400.0;
/// Most contacts an hour of one queue.
const PER_HOUR_MAX: f64 = 1e9;
/// Most numbers in one list of counts or instants.
const LISTED_MAX: usize = 5_000_000;

/// Reads the client at place `at`.
pub(crate) fn read(
    reader: &Reader<'_>,
    at: usize,
    zone: &str,
    names: &mut Names,
    teams_of: &mut BTreeMap<usize, usize>,
) -> Option<ClientPlan> {
    let name = reader.text("name", "Write a name.").unwrap_or_default().to_owned();
    let hours = hours(reader, at, zone);
    let periods = periods(reader, at, names, teams_of);
    let closed_text =
        || vec![LocalisedText { language: Language::EN, text: "We are closed.".to_owned() }];
    let closed = match reader.word("closed", &["message", "wait"]) {
        "wait" => ClosedRule::Wait { text: closed_text() },
        _ => ClosedRule::Message { text: closed_text() },
    };
    let mut plans = Vec::new();
    let mut queues = Vec::new();
    let given = reader.tables("queues", "Write [[clients.queues]] with demand and handle.");
    if given.is_empty() {
        reader.missing("queues", "Add at least one, with demand and handle.");
    }
    for (n, queue) in given.into_iter().enumerate() {
        let (plan, rules) = read_queue(&queue, at, n, names);
        plans.push(plan);
        queues.push(rules);
        queue.done();
    }
    let contract = Contract {
        client: client_id(at),
        version: 1,
        valid_from: Timestamp::MIN,
        zone: zone.to_owned(),
        hours: CalendarId::from_u128(at as u128 + 1),
        periods,
        queues,
        languages: vec![Language::EN],
        sites_allowed: None,
        closed,
        dispositions: vec![],
        retention_days: 365,
        pause_max_s: 120,
        tariff: None,
    };
    validate(reader, &contract, names, teams_of);
    let queues: Option<Vec<QueuePlan>> = plans.into_iter().collect();
    Some(ClientPlan { name, contract, hours, queues: queues? })
}

/// What production would refuse is refused here, in its words.
fn validate(
    reader: &Reader<'_>,
    contract: &Contract,
    names: &Names,
    teams_of: &BTreeMap<usize, usize>,
) {
    let known = Known {
        calendars: [(contract.hours, contract.zone.clone())].into(),
        pools: (0..names.pools.len()).map(pool_id).collect(),
        teams: teams_of.iter().map(|(team, client)| (team_id(*team), client_id(*client))).collect(),
        skills: (0..names.skills.len()).map(skill_id).collect(),
        sites: Default::default(),
        billed: None,
    };
    for fault in contract.validate(&known) {
        let field = reader.at(&format!("contract.{}", fault.field));
        reader.faults.add(&field, &fault.code, fault.message, fault.next);
    }
}

pub(crate) fn periods(
    reader: &Reader<'_>,
    at: usize,
    names: &mut Names,
    teams_of: &mut BTreeMap<usize, usize>,
) -> Vec<Period> {
    let model = reader.word("model", &["shared", "dedicated", "hybrid"]);
    let pools: Vec<_> =
        names_of(reader, "pools", "pools", &names.pools).into_iter().map(pool_id).collect();
    let team = reader.text("team", "Write the name of the client's own team.");
    let team = team.map(|team| {
        let place = place(&mut names.teams, team);
        teams_of.entry(place).or_insert(at);
        team_id(place)
    });
    let office = weekly(reader, "dedicated_hours");
    let promise = promise(reader);
    let overflow = reader.table("overflow").map(|given| {
        let overflow = Overflow {
            after_s: given.span("after", 0.0, DAY_S).map(|after| after.round() as u32),
            below_projected_percent: given
                .share("below_projected")
                .map(|share| (share * 100.0).round() as u8),
            pools: names_of(&given, "pools", "pools", &names.pools)
                .into_iter()
                .map(pool_id)
                .collect(),
        };
        given.done();
        overflow
    });
    let nobody = match reader.word("nobody_on_shift", &["wait", "overflow", "close"]) {
        "overflow" => NobodyOnShift::Overflow,
        "close" => NobodyOnShift::Close,
        _ => NobodyOnShift::WaitForNextShift,
    };
    let needs_team = model != "shared";
    let needs_pools = model == "shared" || (model == "hybrid" && !office.is_empty());
    if needs_team && team.is_none() && !reader.has("team") {
        reader.missing("team", "Name the client's own team, such as \"acme\".");
    }
    if needs_pools && pools.is_empty() && !reader.has("pools") {
        reader.missing("pools", "Name the pools whose agents answer, such as [\"front\"].");
    }
    let unused = [
        ("team", !needs_team, "A shared client has no team."),
        ("pools", model == "dedicated", "A dedicated client has no pools but those of overflow."),
        ("dedicated_hours", model != "hybrid", "Only a hybrid client has dedicated hours."),
    ];
    for (key, is_unused, message) in unused {
        if is_unused && reader.has(key) {
            reader.fault(key, "not_of_this_model", message, "Remove it, or write another model.");
        }
    }
    if model == "hybrid" && office.is_empty() && overflow.is_none() {
        reader.missing(
            "dedicated_hours",
            "Say when the team answers, or after which wait pools help it by overflow.",
        );
    }
    let period =
        |name: &str, when: PeriodHours, service: Service, overflow: Option<Overflow>| Period {
            name: name.to_owned(),
            when,
            service,
            promise: promise.clone(),
            peak_greeting: None,
            overflow,
            nobody_on_shift: nobody,
            call_limit_s: None,
            control: Control::Provider,
        };
    let shared = || Service::Shared { pools: pools.clone() };
    let Some(team) = team.filter(|_| needs_team) else {
        return vec![period("Always", PeriodHours::Always, shared(), overflow)];
    };
    let dedicated = Service::Dedicated { team };
    if model == "hybrid" && !office.is_empty() {
        let when = PeriodHours::Weekly { weekly: office };
        let mut otherwise = period("Otherwise", PeriodHours::Otherwise, shared(), None);
        if nobody == NobodyOnShift::Overflow {
            // Only the team overflows: the pools have nobody behind them.
            otherwise.nobody_on_shift = NobodyOnShift::WaitForNextShift;
        }
        return vec![period("Dedicated hours", when, dedicated, overflow), otherwise];
    }
    vec![period("Always", PeriodHours::Always, dedicated, overflow)]
}

fn promise(reader: &Reader<'_>) -> ServicePromise {
    let mut promise = ServicePromise {
        threshold_s: 20,
        target_percent: 80,
        formula: ServiceLevelFormula::OfOffered,
        clock: ClockStart::FirstRing,
        short_abandon_s: 5,
    };
    let Some(given) = reader.table("promise") else { return promise };
    if let Some(within) = given.span("within", 0.0, DAY_S) {
        promise.threshold_s = within.round() as u32;
        promise.short_abandon_s = promise.short_abandon_s.min(promise.threshold_s);
    }
    if let Some(target) = given.share("target") {
        promise.target_percent = (target * 100.0).round() as u8;
    }
    if let Some(short) = given.span("short_abandon", 0.0, DAY_S) {
        promise.short_abandon_s = short.round() as u32;
    }
    let names: Vec<&'static str> = ["of_offered"]
        .into_iter()
        .chain(ServiceLevelFormula::ALL.iter().map(|f| f.name()))
        .collect();
    let word = given.word("formula", &names);
    if let Some(formula) = ServiceLevelFormula::ALL.into_iter().find(|f| f.name() == word) {
        promise.formula = formula;
    }
    given.done();
    promise
}

/// One queue: what comes in, and the rules of the contract for it.
fn read_queue(
    reader: &Reader<'_>,
    client: usize,
    n: usize,
    names: &mut Names,
) -> (Option<QueuePlan>, Queue) {
    let name = reader.text("name", "Write a name.").unwrap_or("Support").to_owned();
    let channel = channel_of(reader.word("channel", &["voice", "chat", "mail", "message"]));
    let channel = channel.unwrap_or(Channel::Voice);
    let wrap_up = distribution(reader, "wrap_up");
    let mut skills = Vec::new();
    for ask in reader.tables("skills", "Write [{ name = \"billing\", level = 3 }].") {
        if let Some(skill) = ask.text("name", "Write the name of a skill.") {
            skills.push(SkillAsk {
                skill: skill_id(place(&mut names.skills, skill)),
                level: ask.whole("level", 1, 10).unwrap_or(1) as u8,
                relax_after_s: ask
                    .span("relax_after", 1.0, DAY_S)
                    .map(|after| after.round() as u32),
                relaxed_level: ask.whole("relaxed_level", 0, 10).unwrap_or(0) as u8,
            });
        } else if !ask.has("name") {
            ask.missing("name", "Write the name of a skill.");
        }
        ask.done();
    }
    let head_start = reader.span("head_start", 0.0, 60.0 * f64::from(u16::MAX)).unwrap_or(0.0);
    let proficiency = reader.word("selection", &["longest_idle", "proficiency_first"]);
    let rules = Queue {
        id: queue_id(client, n),
        name: name.clone(),
        channels: vec![channel],
        greeting: vec![LocalisedText { language: Language::EN, text: "Hello.".to_owned() }],
        protocol: String::new(),
        skills,
        // All speak the one language of the scenario: nobody is preferred for it.
        language_required: true,
        head_start_min: (head_start / 60.0).round() as u16,
        selection: if proficiency == "proficiency_first" {
            Selection::ProficiencyFirst
        } else {
            Selection::LongestIdle
        },
        sticky: None,
        offer_timeout_s: reader
            .span("offer_timeout", 5.0, 120.0)
            .map_or(20, |timeout| timeout.round() as u32),
        wrap_up: if wrap_up.is_some() { WrapUpRule::UntilDone } else { WrapUpRule::None },
        announce_position: reader.bool("announce_position").unwrap_or(false),
        waiting_max: reader.whole("waiting_max", 1, 100_000).unwrap_or(100_000),
    };
    let demand = read_demand(reader);
    let handle = distribution(reader, "handle");
    if handle.is_none() && !reader.has("handle") {
        reader.missing("handle", "Write { kind = \"exponential\", mean = \"4m\" }.");
    }
    let mut handle_by_group = vec![None; names.groups.len()];
    if let Some(given) = reader.table("handle_by_group") {
        for (group, value) in given.entries() {
            let Some(at) = names.groups.iter().position(|known| known == group) else {
                let next = "Write the name of a group, as in [[groups]].";
                given.fault(group, "unknown_name", format!("There is no group `{group}`."), next);
                continue;
            };
            if let Some(table) = Reader::new(value, given.at(group), reader.faults) {
                handle_by_group[at] = distribution_of(&table);
                table.done();
            }
        }
    }
    let patience = distribution(reader, "patience");
    let retry = read_retry(reader);
    let callback = read_callback(reader);
    let plan = || {
        Some(QueuePlan {
            name,
            channel,
            demand: demand?,
            handle: handle?,
            handle_by_group,
            wrap_up,
            patience,
            retry,
            callback,
            taken: vec![],
            survival: Survival::default(),
        })
    };
    (plan(), rules)
}

fn read_retry(reader: &Reader<'_>) -> Option<Retry> {
    let given = reader.table("retry")?;
    let share = given.share("share");
    let after = distribution(&given, "after");
    let most = given.whole("most", 1, 20).unwrap_or(1);
    if share.is_none() && !given.has("share") {
        given.missing("share", "Write how many try again, such as 0.4.");
    }
    if after.is_none() && !given.has("after") {
        given.missing("after", "Write { kind = \"exponential\", mean = \"5m\" }.");
    }
    given.done();
    Some(Retry { share: share?, after: after?, most })
}

fn read_callback(reader: &Reader<'_>) -> Option<CallbackPlan> {
    let given = reader.table("callback")?;
    let share = given.share("share");
    if share.is_none() && !given.has("share") {
        given.missing("share", "Write how many ask for it, such as 0.3.");
    }
    let after = given.span("after", 0.0, DAY_S).unwrap_or(60.0);
    let reached = given.share("reached").unwrap_or(1.0);
    let retry_after = given.span("retry_after", 1.0, 7.0 * DAY_S).unwrap_or(3600.0);
    given.done();
    Some(CallbackPlan { share: share?, after, reached, retry_after })
}

fn read_demand(reader: &Reader<'_>) -> Option<Demand> {
    let Some(given) = reader.table("demand") else {
        if !reader.has("demand") {
            reader.missing("demand", "Write { kind = \"constant\", per_hour = 120 }.");
        }
        return None;
    };
    let kinds = ["constant", "intervals", "weekly", "recorded"];
    if !given.has("kind") {
        given.missing("kind", &format!("Write one of {}.", kinds.join(", ")));
    }
    let kind = match given.word("kind", &kinds) {
        "intervals" => {
            let interval = given.span("interval", 1.0, 7.0 * DAY_S);
            if interval.is_none() && !given.has("interval") {
                given.missing("interval", "Write the length of an interval, such as \"30m\".");
            }
            let counts = counts(&given);
            let repeat = given.bool("repeat").unwrap_or(false);
            interval.zip(counts).map(|(interval, counts)| DemandKind::Intervals {
                interval_us: micros(interval),
                counts,
                repeat,
            })
        }
        "weekly" => weekly_profile(&given),
        "recorded" => recorded(&given),
        _ => {
            let accepted = "Write contacts an hour, such as 120.";
            let per_hour = given.number("per_hour", 0.0, PER_HOUR_MAX, accepted);
            if per_hour.is_none() && !given.has("per_hour") {
                given.missing("per_hour", accepted);
            }
            per_hour.map(|rate| {
                if rate > 0.0 { DemandKind::Constant(rate / 3600.0) } else { DemandKind::Nothing }
            })
        }
    };
    let accepted = "Write standard deviation / mean of a day's busyness, 0 to 3, such as 0.06.";
    let day_cv = given.number("day_cv", 0.0, 3.0, accepted).unwrap_or(0.0);
    if day_cv > 0.0 && matches!(kind, Some(DemandKind::Recorded(_))) {
        let next = "Remove it: recorded contacts arrive when they arrived.";
        given.fault("day_cv", "not_of_this_kind", "Recorded contacts are no draw.", next);
    }
    given.done();
    Some(Demand { kind: kind?, day_cv })
}

fn counts(given: &Reader<'_>) -> Option<Vec<f64>> {
    let accepted = "Write contacts expected in each interval, such as [12, 30.5, 41].";
    let list = given.list("counts", accepted);
    if list.is_empty() {
        given.missing("counts", accepted);
        return None;
    }
    if list.len() > LISTED_MAX {
        let message = format!("There are {}.", list.len());
        given.fault("counts", "too_many", message, format!("Keep at most {LISTED_MAX}."));
        return None;
    }
    let number = |value: &Value| match value {
        Value::Whole(whole) => Some(*whole as f64),
        Value::Number(number) => Some(*number),
        _ => None,
    };
    let mut counts = Vec::with_capacity(list.len());
    for (i, value) in list.iter().enumerate() {
        match number(value).filter(|count| (0.0..=PER_HOUR_MAX).contains(count)) {
            Some(count) => counts.push(count),
            None => {
                let message = "It is no number of contacts, 0 or more.";
                given.fault(&format!("counts[{i}]"), "not_a_count", message, accepted);
            }
        }
    }
    (counts.len() == list.len()).then_some(counts)
}

fn weekly_profile(given: &Reader<'_>) -> Option<DemandKind> {
    let interval = given.span("interval", 60.0, DAY_S);
    if interval.is_none() && !given.has("interval") {
        given.missing("interval", "Write the length of an interval, such as \"30m\".");
    }
    let counts = counts(given);
    let (interval, counts) = (interval?, counts?);
    let minutes = (interval / 60.0).round() as u16;
    if f64::from(minutes) * 60.0 != interval || 1440 % minutes != 0 {
        given.fault(
            "interval",
            "not_part_of_a_day",
            format!("{interval} s do not divide a day into whole minutes."),
            "Write 5m, 6m, 10m, 15m, 30m or 1h.",
        );
        return None;
    }
    let expected = 7 * 1440 / usize::from(minutes);
    if counts.len() != expected {
        given.fault(
            "counts",
            "not_a_week",
            format!("There are {} counts.", counts.len()),
            format!("Write {expected}: a week of {minutes} minutes each, from Monday 00:00."),
        );
        return None;
    }
    Some(DemandKind::Weekly { interval_min: minutes, counts })
}

fn recorded(given: &Reader<'_>) -> Option<DemandKind> {
    let accepted =
        "Write spans after the start of the run, ascending, such as [\"12s\", 47.5, 60].";
    let list = given.list("times", accepted);
    if list.is_empty() {
        given.missing("times", accepted);
        return None;
    }
    if list.len() > LISTED_MAX {
        let message = format!("There are {}.", list.len());
        given.fault("times", "too_many", message, format!("Keep at most {LISTED_MAX}."));
        return None;
    }
    let mut times: Vec<i64> = Vec::with_capacity(list.len());
    for (i, value) in list.iter().enumerate() {
        let field = format!("times[{i}]");
        let Some(span) = span_of(value).filter(|span| *span >= 0.0) else {
            given.fault(&field, "not_a_span", "It is no span after the start.", accepted);
            continue;
        };
        let at = micros(span);
        // Two in one instant are no fault: most records are to the second.
        if let Some(before) = times.last().filter(|before| at < **before) {
            given.fault(
                &field,
                "not_sorted",
                format!("{span} s comes after {} s.", *before as f64 / 1e6),
                "Sort the arrivals by their time.",
            );
        }
        times.push(at);
    }
    (times.len() == list.len()).then_some(DemandKind::Recorded(times))
}
