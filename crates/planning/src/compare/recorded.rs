//! Contracts compared on what really came in.

use domain::{Fault, Language, contract::Channel};

use super::Plan;
use crate::{
    recorded::{House, Recorded},
    sim::{
        GroupPlan, REPLICATIONS_MAX, Scenario, Value,
        play::skill_id,
        read::{Faults, Reader},
    },
};

impl Plan {
    /// Reads a file that holds only the section `compare`, besides `replications` and `seed`, for a
    /// recorded stretch.
    ///
    /// Of the section less need be written: the group of the pool is everybody who serves it, taken as
    /// alike ([`Recorded::with_alike`]); the team takes the pool's channels, speaks the contract's
    /// languages, and has the skills that the client's queues ask.
    ///
    /// # Errors
    /// Every fault at once, each with its field, its value and what would be accepted; and what
    /// [`Recorded::scenario`] says.
    pub fn of_recorded(
        recorded: &Recorded,
        house: &House,
        value: &Value,
        client: Option<&str>,
    ) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let Some(reader) = Reader::new(value, String::new(), &faults) else {
            return Err(faults.all());
        };
        let replications = reader.whole("replications", 1, REPLICATIONS_MAX).unwrap_or(5);
        let seed = reader.whole("seed", 0, u32::MAX).unwrap_or(1);
        let _ = reader.get("compare");
        reader.done();
        if !faults.is_empty() {
            return Err(faults.all());
        }
        let pool_name = text(value, &["compare", "pool", "name"]);
        let pool = house.pools.iter().find(|(_, name, _)| Some(name.as_str()) == pool_name);
        let alike = pool.map(|(pool, _, _)| recorded.with_alike(*pool));
        let scenario =
            alike.as_ref().unwrap_or(recorded).scenario(house, replications, u64::from(seed))?;
        let at = house.pools.iter().position(|(_, name, _)| Some(name.as_str()) == pool_name);
        let serving = |group: &&GroupPlan| at.is_some_and(|at| group.pools.contains(&at));
        let group = scenario.groups.iter().find(serving).cloned();
        let wanted = client.or_else(|| text(value, &["compare", "client"]));
        let one = scenario.clients.iter().position(|one| Some(one.name.as_str()) == wanted);
        let mut written = value.clone();
        if let Some(group) = &group {
            put(&mut written, &["compare", "pool", "group"], Value::Text(group.name.clone()));
            put(&mut written, &["compare", "team", "channels"], channels(group));
        }
        if let Some(one) = one {
            put(&mut written, &["compare", "team", "skills"], skills(&scenario, one));
        }
        let mut plan = Self::of(scenario, &written, client)?;
        let languages: &[Language] = match plan.scenario.clients.get(plan.client) {
            Some(one) => &one.contract.languages,
            None => &[],
        };
        plan.team.languages = languages.to_vec();
        // A team picks up as fast as the pool does, when nothing else is written.
        if plan.team.answer_after.is_none() {
            plan.team.answer_after = group.and_then(|group| group.answer_after);
        }
        Ok(plan)
    }
}

/// A text at a path of tables.
fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    match (value, path) {
        (Value::Text(text), []) => Some(text),
        (Value::Table(entries), [key, rest @ ..]) => {
            text(&entries.iter().find(|(name, _)| name == key)?.1, rest)
        }
        _ => None,
    }
}

/// Writes a value at a path of tables that are there, unless something is written.
fn put(value: &mut Value, path: &[&str], new: Value) {
    let (Value::Table(entries), [key, rest @ ..]) = (value, path) else { return };
    let found = entries.iter_mut().find(|(name, _)| name == key);
    match (found, rest) {
        (Some((_, inner)), [_, ..]) => put(inner, rest, new),
        (None, []) => entries.push(((*key).to_owned(), new)),
        _ => {}
    }
}

fn channels(group: &GroupPlan) -> Value {
    let word = |channel: &Channel| match channel {
        Channel::Voice => "voice",
        Channel::Chat => "chat",
        Channel::Mail => "mail",
        Channel::Message => "message",
        Channel::Callback => "callback",
    };
    let of = |(channel, most): &(Channel, u8)| {
        (word(channel).to_owned(), Value::Whole(i64::from(*most)))
    };
    Value::Table(group.channels.iter().map(of).collect())
}

/// The highest level that the client's queues ask of each skill.
fn skills(scenario: &Scenario, client: usize) -> Value {
    let mut levels: Vec<(String, Value)> = Vec::new();
    for (at, name) in scenario.skills.iter().enumerate() {
        let queues = &scenario.clients[client].contract.queues;
        let asks = queues.iter().flat_map(|queue| &queue.skills);
        let level = asks.filter(|ask| ask.skill == skill_id(at)).map(|ask| ask.level).max();
        levels.extend(level.map(|level| (name.clone(), Value::Whole(i64::from(level)))));
    }
    Value::Table(levels)
}
