//! From what somebody wrote to a scenario: every fault at once.

use std::collections::BTreeMap;

use domain::{
    CalendarId, ClientId, Day, Fault, Language, Zone,
    calendar::{Calendar, MinuteOfDay, Weekday, WeeklyRange},
    contract::Channel,
};

use super::{
    distribution::{Distribution, micros},
    parse_client,
    scenario::{GroupPlan, Outage, Run, Scenario, Shift, ShiftHours, ShiftTime},
    value::{Faults, Reader, Value},
};

/// Most agents of a scenario.
pub const AGENTS_MAX: u64 = 100_000;
/// Most clients, pools, groups of a scenario, and most names in a list.
const NAMES_MAX: usize = 5_000;
const YEAR_S: f64 = 366.0 * 86_400.0;
/// Most replications of a run.
pub const REPLICATIONS_MAX: u32 = 100_000;
const CHANNELS: [(&str, Channel); 5] = [
    ("voice", Channel::Voice),
    ("chat", Channel::Chat),
    ("mail", Channel::Mail),
    ("message", Channel::Message),
    ("callback", Channel::Callback),
];

/// The names that a scenario uses, with their places.
#[derive(Default)]
pub(crate) struct Names {
    pub pools: Vec<String>,
    pub teams: Vec<String>,
    pub skills: Vec<String>,
    pub clients: Vec<String>,
    pub groups: Vec<String>,
}

/// The place of a name that may be new.
pub(crate) fn place(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

/// The channel of a word.
pub(crate) fn channel_of(word: &str) -> Option<Channel> {
    CHANNELS.iter().find(|(name, _)| *name == word).map(|(_, channel)| *channel)
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// Every fault at once, each with its field, its value and what would be accepted.
    pub fn read(value: &Value) -> Result<Self, Vec<Fault>> {
        Self::of(value, Agents::Given)
    }

    /// Reads a scenario whose groups may have no agents yet: `skills` says how many.
    pub(crate) fn read_to_be_staffed(value: &Value) -> Result<Self, Vec<Fault>> {
        Self::of(value, Agents::Open)
    }

    fn of(value: &Value, agents: Agents) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let Some(reader) = Reader::new(value, String::new(), &faults) else {
            return Err(faults.all());
        };
        let scenario = read(&reader, &faults, agents);
        // A comparison of contracts, what groups cost and what has come today stand beside what they speak
        // of; they are read by `compare`, `skills` and `intraday`.
        let _ = (reader.get("compare"), reader.get("staffing"), reader.get("intraday"));
        reader.done();
        match scenario {
            Some(scenario) if faults.is_empty() => Ok(scenario),
            _ => Err(faults.all()),
        }
    }
}

/// Whether a scenario says how many agents its groups have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Agents {
    Given,
    Open,
}

fn read(reader: &Reader<'_>, faults: &Faults, given: Agents) -> Option<Scenario> {
    let name = reader.text("name", "Write a name, such as \"Monday\".").unwrap_or("scenario");
    let run = read_run(reader);
    let cost = read_cost(reader);
    let mut names = Names::default();
    let pools = reader.tables("pools", "Write [[pools]] with a name each.");
    let mut caps = Vec::new();
    for pool in pools {
        if let Some(name) = new_name(&pool, &mut names.pools) {
            let cap = pool.share("fairness_cap").map_or(100, |cap| (cap * 100.0).round() as u8);
            caps.push((name, cap));
        }
        pool.done();
    }
    let group_readers = reader.tables("groups", "Write [[groups]] with a name each.");
    let client_readers = reader.tables("clients", "Write [[clients]] with a name each.");
    // Names first: clients speak of groups and groups of clients.
    for group in &group_readers {
        new_name(group, &mut names.groups);
        if let Some(team) = group.text("team", "Write the name of a team.") {
            place(&mut names.teams, team);
        }
    }
    for client in &client_readers {
        new_name(client, &mut names.clients);
    }
    for (what, list, next) in [
        ("clients", &names.clients, "Add at least one, with its queues."),
        ("groups", &names.groups, "Add at least one, with its agents."),
    ] {
        if list.is_empty() {
            reader.missing(what, next);
        } else if list.len() > NAMES_MAX {
            let (message, next) =
                (format!("There are {}.", list.len()), format!("Keep at most {NAMES_MAX}."));
            reader.fault(what, "too_many", message, next);
        }
    }
    let zone = run.as_ref().map_or("UTC".to_owned(), |run| run.zone.name().to_owned());
    let mut clients = Vec::new();
    let mut teams_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, client) in client_readers.into_iter().enumerate() {
        clients.extend(parse_client::read(&client, at, &zone, &mut names, &mut teams_of));
        client.done();
    }
    let mut groups = Vec::new();
    for group in group_readers {
        groups.push(read_group(&group, given, &mut names, &clients, &teams_of));
        group.done();
    }
    let mut outages = Vec::new();
    for outage in reader.tables("outages", "Write [[outages]] with from and until.") {
        outages.extend(read_outage(&outage, &names));
        outage.done();
    }
    let scenario = Scenario {
        name: name.to_owned(),
        run: run?,
        cost,
        pools: caps,
        teams: names.teams,
        skills: names.skills,
        clients,
        groups,
        outages,
    };
    let agents = scenario.agents();
    if agents == 0 && faults.is_empty() && given == Agents::Given {
        reader.missing("groups[0].agents", "Let at least one agent work.");
    } else if agents > AGENTS_MAX {
        reader.fault(
            "groups",
            "too_many_agents",
            format!("There are {agents} agents."),
            format!("Keep at most {AGENTS_MAX}."),
        );
    }
    Some(scenario)
}

/// The name of a table, noted; a name that is there already is a fault.
fn new_name(reader: &Reader<'_>, names: &mut Vec<String>) -> Option<String> {
    let accepted = "Write a name that no other has, such as \"front\".";
    let Some(name) = reader.text("name", accepted) else {
        if !reader.has("name") {
            reader.missing("name", accepted);
        }
        // The place is kept, so that others keep theirs.
        names.push(format!("{} (without a name)", reader.path));
        return None;
    };
    if names.iter().any(|known| known == name) {
        reader.fault("name", "name_repeated", format!("`{name}` is there already."), accepted);
    }
    names.push(name.to_owned());
    Some(name.to_owned())
}

fn read_run(reader: &Reader<'_>) -> Option<Run> {
    let Some(run) = reader.table("run") else {
        if !reader.has("run") {
            reader.missing("run", "Write [run] with a length, such as \"8h\".");
        }
        return None;
    };
    let zone_name = run.text("zone", "Write an IANA name such as \"Europe/Paris\".");
    let zone = match Zone::get(zone_name.unwrap_or("UTC")) {
        Ok(zone) => Some(zone),
        Err(error) => {
            let next = "Write an IANA name such as \"Europe/Paris\".";
            run.fault("zone", "unknown_zone", format!("{error}."), next);
            None
        }
    };
    let accepted = "Write a date such as \"2026-11-23\".";
    // A Monday, so that weekly profiles begin with the run.
    let day: Option<Day> = match run.text("start", accepted).unwrap_or("2026-01-05").parse() {
        Ok(day) => Some(day),
        Err(error) => {
            run.fault("start", "not_a_date", format!("{error}."), accepted);
            None
        }
    };
    let length = run.span("length", 60.0, 10.0 * YEAR_S);
    if length.is_none() && !run.has("length") {
        run.missing("length", "Write how long, such as \"8h\" or \"7d\".");
    }
    let length = length.unwrap_or(3600.0);
    let warm_up = run.span("warm_up", 0.0, 10.0 * YEAR_S).unwrap_or(0.0);
    if warm_up >= length {
        run.fault(
            "warm_up",
            "warm_up_too_long",
            format!("The warm-up of {warm_up} s leaves nothing of {length} s to count."),
            "Write less than the length.",
        );
    }
    let drain = run.span("drain", 0.0, YEAR_S).unwrap_or(4.0 * 3600.0);
    let replications = run.whole("replications", 1, REPLICATIONS_MAX).unwrap_or(10);
    let seed = run.whole("seed", 0, u32::MAX).unwrap_or(1);
    run.done();
    let zone = zone?;
    Some(Run {
        start: zone.opening(day?, 0),
        zone,
        length_us: micros(length),
        warm_up_us: micros(warm_up),
        drain_us: micros(drain),
        replications,
        seed: u64::from(seed),
    })
}

fn read_cost(reader: &Reader<'_>) -> [u8; Channel::ALL.len()] {
    let mut cost = [100, 33, 20, 20, 100];
    let Some(floor) = reader.table("floor") else { return cost };
    if let Some(given) = floor.table("cost") {
        for (word, channel) in CHANNELS {
            if let Some(points) = given.whole(word, 1, 100) {
                cost[channel as usize] = points as u8;
            }
        }
        given.done();
    }
    floor.done();
    cost
}

/// Names in a list of texts, each of which must be among `known`; their places.
pub(crate) fn names_of(
    reader: &Reader<'_>,
    key: &'static str,
    kind: &str,
    known: &[String],
) -> Vec<usize> {
    let accepted = format!("Write a list of names of {kind}, such as [\"front\"].");
    let mut places = Vec::new();
    for (i, value) in reader.list(key, &accepted).iter().enumerate() {
        let field = format!("{key}[{i}]");
        let Value::Text(name) = value else {
            reader.fault(&field, "not_a_name", "It is no name.", accepted.clone());
            continue;
        };
        match known.iter().position(|known| known == name) {
            Some(at) if places.contains(&at) => reader.fault(
                &field,
                "name_repeated",
                format!("`{name}` is there twice."),
                "Name each once.",
            ),
            Some(at) => places.push(at),
            None => reader.fault(
                &field,
                "unknown_name",
                format!("There is no `{name}`."),
                format!("Write one of the {kind}: {}.", some_of(known)),
            ),
        }
    }
    places
}

fn some_of(known: &[String]) -> String {
    match known.len() {
        0 => "there is none yet, add one first".to_owned(),
        1..=8 => known.join(", "),
        more => format!("{} and {} others", known[..8].join(", "), more - 8),
    }
}

fn read_group(
    reader: &Reader<'_>,
    given: Agents,
    names: &mut Names,
    clients: &[super::scenario::ClientPlan],
    teams_of: &BTreeMap<usize, usize>,
) -> GroupPlan {
    let name = reader.text("name", "Write a name.").unwrap_or_default().to_owned();
    let pools = names_of(reader, "pools", "pools", &names.pools);
    let team = reader.text("team", "Write the name of a team.").map(|team| {
        let at = place(&mut names.teams, team);
        if !teams_of.contains_key(&at) {
            reader.fault(
                "team",
                "unknown_name",
                format!("No client has a team `{team}`."),
                "Write the team of a dedicated or hybrid client.",
            );
        }
        at
    });
    if pools.is_empty() && team.is_none() && !reader.has("pools") {
        reader.missing("pools", "Say which pools they serve, or which team they are of.");
    }
    let mut skills = Vec::new();
    if let Some(given) = reader.table("skills") {
        for (skill, value) in given.entries() {
            match value {
                Value::Whole(level @ 1..=10) => {
                    skills.push((place(&mut names.skills, skill), *level as u8));
                }
                _ => given.fault(
                    skill,
                    "level_range",
                    "It is no level.",
                    "Write a level of 1 to 10, such as { billing = 5 }.",
                ),
            }
        }
    }
    let sign_offs = if reader.has("sign_offs") {
        names_of(reader, "sign_offs", "clients", &names.clients)
    } else {
        all_of(clients, &pools, team)
    };
    let channels = read_channels(reader);
    let shifts = read_shifts(reader, given);
    let absence = reader.share("absence").unwrap_or(0.0);
    let answer_after = distribution(reader, "answer_after");
    let slowdown = reader.number("slowdown", 0.0, 10.0, "Write a number of 0 to 10, such as 0.3.");
    GroupPlan {
        name,
        pools,
        team,
        languages: vec![Language::EN],
        skills,
        sign_offs,
        barred: vec![],
        channels,
        shifts,
        absence,
        answer_after,
        slowdown: slowdown.unwrap_or(0.0),
    }
}

/// The clients whose contracts name one of the pools, or the team.
fn all_of(
    clients: &[super::scenario::ClientPlan],
    pools: &[usize],
    team: Option<usize>,
) -> Vec<usize> {
    let fits = |client: &super::scenario::ClientPlan| {
        client.contract.periods.iter().any(|period| {
            let overflow = period.overflow.as_ref().map_or(&[][..], |overflow| &overflow.pools);
            let (named, of_team) = match &period.service {
                domain::contract::Service::Shared { pools } => (pools.as_slice(), None),
                domain::contract::Service::Dedicated { team } => (&[][..], Some(*team)),
            };
            let mut all = named.iter().chain(overflow);
            all.any(|pool| pools.iter().any(|at| super::floor::pool_id(*at) == *pool))
                || team.is_some_and(|team| of_team == Some(super::floor::team_id(team)))
        })
    };
    (0..clients.len()).filter(|at| fits(&clients[*at])).collect()
}

/// What agents take at once, by channel; voice and callbacks when nothing is said.
pub(crate) fn read_channels(reader: &Reader<'_>) -> Vec<(Channel, u8)> {
    let Some(given) = reader.table("channels") else {
        return vec![(Channel::Voice, 1), (Channel::Callback, 1)];
    };
    let mut channels = Vec::new();
    for (word, channel) in CHANNELS {
        if let Some(most) = given.whole(word, 1, 100) {
            channels.push((channel, most as u8));
        }
    }
    if channels.is_empty() {
        given.fault(
            "voice",
            "channels_missing",
            "They take no channel.",
            "Say how many at once, such as { voice = 1, chat = 3 }.",
        );
    }
    given.done();
    channels
}

fn read_shifts(reader: &Reader<'_>, open: Agents) -> Vec<Shift> {
    let given = reader.tables("shifts", "Write [[groups.shifts]] with agents, from and until.");
    let agents = reader.whole("agents", 1, AGENTS_MAX as u32);
    if given.is_empty() {
        if agents.is_none() && open == Agents::Open {
            return Vec::new();
        }
        if agents.is_none() && !reader.has("agents") {
            reader.missing("agents", "Say how many there are, such as 12, or give their shifts.");
        }
        return vec![Shift { agents: agents.unwrap_or(0), hours: ShiftTime::Always }];
    }
    if agents.is_some() {
        reader.fault(
            "agents",
            "agents_beside_shifts",
            "The group has agents and shifts.",
            "Say in each shift how many work it.",
        );
    }
    let mut shifts = Vec::new();
    for shift in given {
        let agents = shift.whole("agents", 1, AGENTS_MAX as u32);
        if agents.is_none() && !shift.has("agents") {
            shift.missing("agents", "Say how many work it, such as 12.");
        }
        let days = days(&shift);
        let (from, until) = (minute(&shift, "from", 0), minute(&shift, "until", 1440));
        // A shift of a whole day is one to 24:00; an end that is not later is on the next day.
        let span = if until > from { until - from } else { until + 1440 - from };
        let mut breaks = Vec::new();
        for pause in shift.tables("breaks", "Write [{ after = \"2h\", length = \"15m\" }].") {
            let longest = f64::from(span) * 60.0;
            let after = pause.span("after", 0.0, longest);
            let length = pause.span("length", 1.0, longest);
            for (key, given) in [("after", after), ("length", length)] {
                if given.is_none() && !pause.has(key) {
                    pause.missing(key, "Write a span such as \"15m\".");
                }
            }
            if let (Some(after), Some(length)) = (after, length) {
                breaks.push((micros(after), micros(length)));
            }
            pause.done();
        }
        breaks.sort_unstable();
        let hours = ShiftTime::Weekly(ShiftHours { days, from, until, breaks });
        shifts.push(Shift { agents: agents.unwrap_or(0), hours });
        shift.done();
    }
    shifts
}

/// Days of the week: `"mon-fri"`, `"sat,sun"`; all of them when nothing is said.
pub(crate) fn days(reader: &Reader<'_>) -> [bool; 7] {
    let accepted = "Write days such as \"mon-fri\" or \"sat,sun\".";
    let Some(text) = reader.text("days", accepted) else { return [true; 7] };
    let index = |word: &str| {
        let word = word.trim();
        Weekday::ALL.iter().position(|day| day.short().eq_ignore_ascii_case(word))
    };
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (Some(first), Some(last)) = (index(first), index(last)) else {
            reader.fault("days", "not_days", format!("`{part}` is no day."), accepted);
            return [true; 7];
        };
        let mut day = first;
        days[day] = true;
        while day != last {
            day = (day + 1) % 7;
            days[day] = true;
        }
    }
    days
}

/// A time of day in minutes.
pub(crate) fn minute(reader: &Reader<'_>, key: &'static str, otherwise: u16) -> u16 {
    let accepted = "Write a time of day such as \"08:30\"; the end of the day is \"24:00\".";
    let Some(text) = reader.text(key, accepted) else { return otherwise };
    match text.parse::<MinuteOfDay>() {
        Ok(minute) => minute.minutes(),
        Err(error) => {
            reader.fault(key, "not_a_time", format!("{error}."), accepted);
            otherwise
        }
    }
}

/// Ranges of the week; a range over midnight becomes two.
pub(crate) fn weekly(reader: &Reader<'_>, key: &'static str) -> Vec<WeeklyRange> {
    let accepted = "Write [{ days = \"mon-fri\", from = \"08:00\", until = \"18:00\" }].";
    let mut ranges = Vec::new();
    for range in reader.tables(key, accepted) {
        let days = days(&range);
        let (from, until) = (minute(&range, "from", 0), minute(&range, "until", 1440));
        let of = |shift: usize| -> Vec<Weekday> {
            let on = (0..7).filter(|day| days[*day]);
            on.map(|day| Weekday::ALL[(day + shift) % 7]).collect()
        };
        let mut add = |days: Vec<Weekday>, from: u16, until: u16| {
            let ends = (MinuteOfDay::from_minutes(from), MinuteOfDay::from_minutes(until));
            if let (Some(from), Some(until)) = ends
                && from < until
            {
                ranges.push(WeeklyRange { days, from, until });
            }
        };
        if until > from {
            add(of(0), from, until);
        } else {
            add(of(0), from, 1440);
            add(of(1), 0, until);
        }
        range.done();
    }
    ranges
}

/// The hours of a client as a calendar; `None` when it is always open.
pub(crate) fn hours(reader: &Reader<'_>, at: usize, zone: &str) -> Option<Calendar> {
    let weekly = weekly(reader, "hours");
    if weekly.is_empty() {
        return None;
    }
    let calendar = Calendar {
        id: CalendarId::from_u128(at as u128 + 1),
        name: "Hours".to_owned(),
        zone: zone.to_owned(),
        weekly,
        holidays: vec![],
        closures: vec![],
    };
    for fault in calendar.validate() {
        reader.faults.add(&reader.at("hours"), &fault.code, fault.message, fault.next);
    }
    Some(calendar)
}

fn read_outage(reader: &Reader<'_>, names: &Names) -> Option<Outage> {
    let group = match reader.text("group", "Write the name of a group.") {
        None => None,
        Some(name) => {
            let at = names.groups.iter().position(|known| known == name);
            if at.is_none() {
                let next = format!("Write one of the groups: {}.", some_of(&names.groups));
                reader.fault("group", "unknown_name", format!("There is no `{name}`."), next);
            }
            Some(at?)
        }
    };
    let from = reader.span("from", 0.0, 10.0 * YEAR_S);
    let length = reader.span("length", 1.0, YEAR_S);
    for (key, given) in [("from", from), ("length", length)] {
        if given.is_none() && !reader.has(key) {
            reader.missing(key, "Write a span such as \"2h\": from the first instant of the run.");
        }
    }
    let (from_us, length_us) = (micros(from?), micros(length?));
    Some(Outage { group, from_us, until_us: from_us + length_us })
}

/// A distribution of spans; `None` when it is not given or not understood.
pub(crate) fn distribution(reader: &Reader<'_>, key: &'static str) -> Option<Distribution> {
    let table = reader.table(key)?;
    let found = distribution_of(&table);
    table.done();
    found
}

/// The distribution that a table describes.
pub(crate) fn distribution_of(table: &Reader<'_>) -> Option<Distribution> {
    let kinds = ["exponential", "deterministic", "erlang", "lognormal", "uniform", "empirical"];
    if !table.has("kind") {
        table.missing("kind", &format!("Write one of {}.", kinds.join(", ")));
        return None;
    }
    let required = |key: &'static str, least: f64| {
        let span = table.span(key, least, YEAR_S);
        if span.is_none() && !table.has(key) {
            table.missing(key, "Write a span such as \"4m\".");
        }
        span
    };
    // The least mean is a millisecond: of nothing no rate can be made.
    Some(match table.word("kind", &kinds) {
        "deterministic" => Distribution::Deterministic(required("value", 0.0)?),
        "erlang" => {
            let (k, mean) = (table.whole("k", 1, 1000), required("mean", 0.001));
            if k.is_none() && !table.has("k") {
                table.missing("k", "Write a whole number such as 3.");
            }
            Distribution::Erlang { k: k?, mean: mean? }
        }
        "lognormal" => {
            let accepted = "Write standard deviation / mean, 0.01 to 20, such as 1.2.";
            let (mean, cv) = (required("mean", 0.001), table.number("cv", 0.01, 20.0, accepted));
            if cv.is_none() && !table.has("cv") {
                table.missing("cv", accepted);
            }
            Distribution::Lognormal { mean: mean?, cv: cv? }
        }
        "uniform" => {
            let (from, until) = (required("from", 0.0), required("until", 0.0));
            let (from, until) = (from?, until?);
            if from >= until {
                table.fault(
                    "until",
                    "reversed",
                    format!("It ends at {until} s and begins at {from} s."),
                    "Let it end after its beginning.",
                );
            }
            Distribution::Uniform { from, until }
        }
        "empirical" => {
            let accepted = "Write a list of spans, such as [\"90s\", \"4m\"].";
            let given = table.list("values", accepted);
            let mut values = Vec::with_capacity(given.len());
            for (i, value) in given.iter().enumerate() {
                match super::value::span_of(value).filter(|span| (0.0..=YEAR_S).contains(span)) {
                    Some(span) => values.push(span),
                    None => {
                        let field = format!("values[{i}]");
                        table.fault(&field, "not_a_span", "It is no span.", accepted);
                    }
                }
            }
            if given.is_empty() {
                table.missing("values", accepted);
            }
            Distribution::Empirical(values)
        }
        _ => Distribution::Exponential(required("mean", 0.001)?),
    })
}

/// The id of the client at a place.
pub(crate) fn client_id(at: usize) -> ClientId {
    ClientId::from_u128(at as u128 + 1)
}
