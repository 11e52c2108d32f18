//! Whole scenes, one for each thing the router promises.

mod agents;
mod calls;
mod contacts;
mod play;
mod reasons;
mod rings;
mod talk;

use std::time::Duration;

use domain::{
    Language, SiteId, Timeline, Timestamp,
    contract::{Channel, Selection, Sticky, WrapUpRule},
};
use play::{
    POOL, SECOND_POOL, Stage, TEAM, at, client, client_rules, period, queue, queue_rules, skill,
};
use routing::*;

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Client 1 with its rules changed.
fn stage_with(change: impl FnOnce(&mut ClientRules)) -> Stage {
    let mut stage = Stage::new();
    let mut rules = client_rules(1);
    change(&mut rules);
    stage.client(rules);
    stage
}

/// What the scene says, without arrivals and the agents' states.
fn gist(text: &str) -> String {
    let kept = text.lines().filter(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let state = ["Available", "Offered", "Talking", "Holding", "Consulting", "WrapUp"];
        !(words[1] == "arrived"
            || words[1] == "queued" && words[3] == "Arrived"
            || words.len() == 3 && state.contains(&words[2]))
    });
    kept.collect::<Vec<_>>().join("\n")
}

fn sign_in(stage: &mut Stage, time: &str, names: &[&str]) {
    for name in names {
        let agent = stage.agent_id(name);
        stage.input(time, Input::SignIn { agent, presence: Presence::Available });
    }
}
