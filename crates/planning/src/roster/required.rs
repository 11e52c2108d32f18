//! How many agents each interval needs, from a table or from a staffing.

use std::collections::BTreeMap;

use domain::{Day, Fault, calendar::MinuteOfDay};

use super::plan::SKILLS_MAX;
use crate::sim::Value;

/// Most intervals that a file may have.
const INTERVALS_MAX: usize = 100_000;
/// Most agents of one interval.
const AGENTS_MAX: u32 = 100_000;
/// Most faults that are told; so many are enough to see what is wrong.
const FAULTS_MAX: usize = 50;

/// Agents needed in each interval of the civil days of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Required {
    /// What is asked for; the empty name is what everybody can do.
    pub skills: Vec<String>,
    /// Length of an interval. Minutes.
    pub interval_min: u32,
    cells: BTreeMap<(Day, u16), Vec<u32>>,
}

fn fault(field: String, code: &str, message: String, next: &str) -> Fault {
    Fault::new(field, code, message.as_str(), next)
}

/// `2026-03-02T07:30`.
fn instant(text: &str) -> Option<(Day, u16)> {
    let (day, time) = text.split_once(['T', ' '])?;
    let minute = time.parse::<MinuteOfDay>().ok()?.minutes();
    (minute < 1440).then_some(())?;
    Some((day.parse().ok()?, minute))
}

impl Required {
    /// From rows of an interval's beginning and the agents for each skill.
    ///
    /// # Errors
    /// When intervals are there twice, differ in length or do not divide a day, or nothing is required.
    pub fn new(
        skills: Vec<String>,
        interval_min: u32,
        rows: Vec<(Day, u16, Vec<u32>)>,
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        if interval_min == 0 || !1440u32.is_multiple_of(interval_min) {
            let message = format!("It is {interval_min} min.");
            let next = "Give intervals that divide a day, such as 15 or 30 min.";
            return Err(vec![fault("interval".into(), "no_interval", message, next)]);
        }
        let mut cells = BTreeMap::new();
        for (day, minute, agents) in rows {
            if !u32::from(minute).is_multiple_of(interval_min) {
                let at = format!("{day}T{:02}:{:02}", minute / 60, minute % 60);
                let message = format!("It does not begin on an interval of {interval_min} min.");
                let next = "Give times on one grid, counted from midnight.";
                faults.push(fault(at, "off_the_grid", message, next));
            } else if cells.insert((day, minute), agents).is_some() {
                let at = format!("{day}T{:02}:{:02}", minute / 60, minute % 60);
                let message = "It is there twice.".to_owned();
                faults.push(fault(at, "twice", message, "Keep one of them."));
            }
            if faults.len() >= FAULTS_MAX {
                break;
            }
        }
        if faults.is_empty() && cells.values().flatten().all(|agents| *agents == 0) {
            let message = "Nobody is required at any time.".to_owned();
            let next = "Give at least one interval that needs agents.";
            faults.push(fault("required".into(), "empty", message, next));
        }
        if faults.is_empty() { Ok(Self { skills, interval_min, cells }) } else { Err(faults) }
    }

    /// Agents required at a minute of a day, for each skill; nobody where nothing is said.
    pub fn at(&self, day: Day, minute: u16) -> Vec<u32> {
        let interval = self.interval_min.max(1) as u16;
        let cell = self.cells.get(&(day, minute / interval * interval));
        cell.cloned().unwrap_or_else(|| vec![0; self.skills.len()])
    }

    /// The same, asked of people with this skill; only where it was asked of everybody.
    #[must_use]
    pub fn named(mut self, skill: &str) -> Self {
        if let [only] = self.skills.as_mut_slice()
            && only.is_empty()
        {
            skill.clone_into(only);
        }
        self
    }

    /// The first day that needs anybody.
    pub fn first_day(&self) -> Day {
        let needed = self.cells.iter().find(|(_, agents)| agents.iter().any(|n| *n > 0));
        needed.or(self.cells.iter().next()).map_or_else(day_zero, |((day, _), _)| *day)
    }

    /// Puts the needs of two files together, each with its own skills.
    ///
    /// # Errors
    /// When their intervals differ in length, a skill is in both, or there are too many.
    pub fn and(mut self, other: Self) -> Result<Self, Vec<Fault>> {
        if self.interval_min != other.interval_min {
            let message = format!(
                "It is {} min in one file, {} in another.",
                self.interval_min, other.interval_min
            );
            return Err(vec![fault("interval".into(), "differs", message, "Give one length.")]);
        }
        if let Some(twice) = other.skills.iter().find(|skill| self.skills.contains(skill)) {
            let message = format!("`{twice}` is asked for by two files.");
            return Err(vec![fault(
                "skills".into(),
                "twice",
                message,
                "Give each its own name: SKILL=FILE.",
            )]);
        }
        if self.skills.len() + other.skills.len() > SKILLS_MAX {
            let message = format!("There are {}.", self.skills.len() + other.skills.len());
            return Err(vec![fault("skills".into(), "too_many", message, "Ask for at most 12.")]);
        }
        let (mine, theirs) = (self.skills.len(), other.skills.len());
        for cell in self.cells.values_mut() {
            cell.resize(mine + theirs, 0);
        }
        for (at, agents) in other.cells {
            let cell = self.cells.entry(at).or_insert_with(|| vec![0; mine + theirs]);
            cell.splice(mine.., agents);
        }
        self.skills.extend(other.skills);
        Ok(self)
    }

    /// Reads CSV: a row for each interval, `from,agents` or `from,SKILL,SKILL…`.
    ///
    /// # Errors
    /// Every line that cannot be read, with its number.
    pub fn read_csv(text: &str) -> Result<Self, Vec<Fault>> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        const HEAD: &str = "Begin with a line such as `from,agents` or `from,sales,service`.";
        let head = lines.next().map_or("", |(_, line)| line.trim_start_matches('\u{feff}'));
        let names: Vec<String> = head.split(',').skip(1).map(|n| n.trim().to_owned()).collect();
        let mut faults = Vec::new();
        if !head.starts_with("from,") || names.iter().any(String::is_empty) {
            let shown: String = head.chars().take(60).collect();
            faults.push(fault("line 1".into(), "no_head", format!("It is `{shown}`."), HEAD));
        }
        if let Some(twice) = (1..names.len()).find(|at| names[..*at].contains(&names[*at])) {
            let message = format!("`{}` is there twice.", names[twice]);
            faults.push(fault(
                "line 1".into(),
                "twice",
                message,
                "Give each column a skill of its own.",
            ));
        }
        if names.len() > SKILLS_MAX {
            let message = format!("There are {} columns of skills.", names.len());
            faults.push(fault("line 1".into(), "too_many", message, "Ask for at most 12."));
        }
        let mut rows = Vec::new();
        for (at, line) in lines {
            let mut fields = line.split(',').map(str::trim);
            let begins = fields.next().and_then(instant);
            let agents: Option<Vec<u32>> =
                fields.map(|n| n.parse().ok().filter(|n| *n <= AGENTS_MAX)).collect();
            match (begins, agents.filter(|agents| agents.len() == names.len())) {
                (Some((day, minute)), Some(agents)) if rows.len() < INTERVALS_MAX => {
                    rows.push((day, minute, agents));
                }
                (Some(_), Some(_)) => {
                    let message = format!("There are more than {INTERVALS_MAX} intervals.");
                    faults.push(fault("lines".into(), "too_many", message, "Give fewer days."));
                    break;
                }
                _ => {
                    let shown: String = line.chars().take(60).collect();
                    let next =
                        "Write a local time and whole numbers of agents: 2026-03-02T07:30,12.";
                    let field = format!("line {}", at + 1);
                    faults.push(fault(field, "not_accepted", format!("It is `{shown}`."), next));
                }
            }
            if faults.len() >= FAULTS_MAX {
                break;
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let skills = match names.as_slice() {
            [one] if one == "agents" => vec![String::new()],
            _ => names,
        };
        Self::new(skills, spacing(&rows), rows)
    }

    /// Reads what `permanence plan staff --forecast FILE --json` prints; `agents` names the figure that is
    /// taken, `scheduled_agents` or `required_agents`.
    ///
    /// # Errors
    /// Every interval that cannot be read.
    pub fn read_staffing(value: &Value, skill: &str, agents: &str) -> Result<Self, Vec<Fault>> {
        const NEXT: &str = "Give what `permanence plan staff --forecast FILE --json` prints.";
        let get = |value: &Value, key: &str| match value {
            Value::Table(fields) => {
                fields.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
            }
            _ => None,
        };
        let seconds = match get(value, "interval") {
            Some(Value::Whole(seconds)) => u32::try_from(seconds).ok(),
            Some(Value::Number(seconds)) if seconds.fract() == 0.0 => Some(seconds as u32),
            _ => None,
        };
        let seconds =
            seconds.filter(|seconds| (60..=86_400).contains(seconds) && seconds % 60 == 0);
        let mut faults = Vec::new();
        if seconds.is_none() {
            let message = "It is no number of whole minutes, in seconds.".to_owned();
            faults.push(fault("interval".into(), "not_accepted", message, NEXT));
        }
        let Some(Value::List(intervals)) = get(value, "intervals") else {
            let message = "It is no list.".to_owned();
            faults.push(fault("intervals".into(), "not_accepted", message, NEXT));
            return Err(faults);
        };
        if intervals.len() > INTERVALS_MAX {
            let message = format!("There are {}.", intervals.len());
            faults.push(fault("intervals".into(), "too_many", message, "Give fewer days."));
        }
        let mut rows = Vec::new();
        for (at, interval) in intervals.iter().enumerate().take(INTERVALS_MAX) {
            let begins = match get(interval, "from") {
                Some(Value::Text(text)) => instant(&text),
                _ => None,
            };
            let number = match get(interval, agents) {
                Some(Value::Whole(n)) => u32::try_from(n).ok().filter(|n| *n <= AGENTS_MAX),
                _ => None,
            };
            match (begins, number) {
                (Some((day, minute)), Some(number)) => rows.push((day, minute, vec![number])),
                _ => {
                    let message = format!("It has no local time `from` or no `{agents}`.");
                    faults.push(fault(format!("intervals[{at}]"), "not_accepted", message, NEXT));
                }
            }
            if faults.len() >= FAULTS_MAX {
                break;
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Self::new(vec![skill.to_owned()], seconds.unwrap_or(0) / 60, rows)
    }
}

fn day_zero() -> Day {
    "1970-01-01".parse().expect("a date")
}

/// The shortest time between two rows of a day, which is the length of an interval; a day where there is
/// one row alone.
fn spacing(rows: &[(Day, u16, Vec<u32>)]) -> u32 {
    let mut at: Vec<(Day, u16)> = rows.iter().map(|(day, minute, _)| (*day, *minute)).collect();
    at.sort_unstable();
    at.dedup();
    at.windows(2)
        .filter(|pair| pair[0].0 == pair[1].0)
        .map(|pair| u32::from(pair[1].1 - pair[0].1))
        .min()
        .unwrap_or(1440)
}
