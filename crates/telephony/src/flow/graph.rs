//! What leads where: loops, steps that nobody reaches, callers who find no person, prompts that are
//! missing in a language that a caller may have chosen.

use std::collections::{BTreeMap, BTreeSet};

use domain::Language;

use super::{Act, By, Draft, End, World};

pub fn check(draft: &mut Draft, world: &World) {
    person_is_a_queue(draft);
    values(draft);
    if !world.any_name {
        prompts(draft, world);
    }
    loops(draft);
    // Where a way is broken, whatever it was meant to lead to would look forgotten.
    if !draft.is_broken {
        unreachable(draft);
        nobody(draft);
        silent(draft);
    }
}

fn person_is_a_queue(draft: &mut Draft) {
    let Some(step) = draft.person.map(|at| &draft.steps[at]) else { return };
    if !matches!(step.act, Some(Act::End { end: End::Queue { .. }, .. }) | None) {
        let what = format!("`person` names `{}`, which is a {} step.", step.name, step.kind);
        let (line, next) = (step.line, "Name a queue step: it takes whoever is lost.");
        draft.fault(line, "person", "bad_person", &what, next);
    }
}

/// A value that is looked at must be collected somewhere, and be sensitive everywhere or nowhere.
fn values(draft: &mut Draft) {
    let mut collected: BTreeMap<String, bool> = BTreeMap::new();
    let mut faults = Vec::new();
    for step in &draft.steps {
        let Some(Act::Collect { entry, .. }) = &step.act else { continue };
        let before = *collected.entry(entry.into.clone()).or_insert(entry.sensitive);
        if before != entry.sensitive {
            let what = format!("`{}` is sensitive in one step and not in another.", entry.into);
            faults.push((step.line, format!("step.{}.sensitive", step.name), what));
        }
    }
    for (line, field, what) in faults {
        let next = "Make it sensitive in both, or give them two names.";
        draft.fault(line, &field, "sensitive_differs", &what, next);
    }
    let unknown: Vec<_> = draft
        .values
        .iter()
        .filter(|value| !collected.contains_key(&value.name))
        .map(|value| (value.line, value.field.clone(), value.name.clone()))
        .collect();
    for (line, field, name) in unknown {
        let what = format!("no step collects `{name}`.");
        let next = "Collect it before, with into = and the same name.";
        draft.fault(line, &field, "unknown_value", &what, next);
    }
}

/// Each prompt must be there in every language that a caller may have when it plays.
fn prompts(draft: &mut Draft, world: &World) {
    let spoken = spoken(draft);
    let mut faults = Vec::new();
    for used in &draft.prompts {
        let there = |language: &Language| world.prompts.contains(&(used.name.clone(), *language));
        let missing: Vec<&str> =
            spoken[used.step].iter().filter(|l| !there(l)).map(Language::code).collect();
        if missing.is_empty() {
            continue;
        }
        let (at, name) = ((used.line, used.field.clone()), &used.name);
        if world.prompts.iter().any(|(known, _)| known == name) {
            let what = format!("the prompt `{name}` is missing in {}.", missing.join(", "));
            let next = format!("Record or speak `{name}` in {}.", missing.join(", "));
            faults.push((at, "missing_prompt", what, next));
        } else {
            let what = format!("there is no prompt called `{name}`.");
            let next = format!("Record or speak `{name}` in {}.", missing.join(", "));
            faults.push((at, "unknown_prompt", what, next));
        }
    }
    for ((line, field), code, what, next) in faults {
        draft.fault(line, &field, code, &what, &next);
    }
}

/// The languages that a caller may have at each step. Steps that nobody reaches count as the start.
fn spoken(draft: &Draft) -> Vec<BTreeSet<Language>> {
    let usual = BTreeSet::from([draft.language]);
    let mut spoken = vec![BTreeSet::new(); draft.steps.len()];
    let mut open: Vec<usize> = Vec::new();
    for root in [draft.start, draft.person].into_iter().flatten() {
        spoken[root].clone_from(&usual);
        open.push(root);
    }
    let mut everywhere = usual.clone();
    while let Some(at) = open.pop() {
        let mut after = spoken[at].clone();
        match &draft.steps[at].act {
            // Whoever presses nothing keeps the language before.
            Some(Act::Language { keys, .. }) => after.extend(keys.iter().map(|(_, l)| *l)),
            Some(Act::Set { set, .. }) => {
                if let Some(language) = set.language {
                    after = BTreeSet::from([language]);
                }
            }
            _ => {}
        }
        everywhere.extend(&after);
        for way in draft.ways.iter().filter(|way| way.from == at) {
            let before = spoken[way.to].len();
            spoken[way.to].extend(&after);
            if spoken[way.to].len() > before {
                open.push(way.to);
            }
        }
    }
    // Anybody may be lost, in any language, and is then told what the person's step says.
    if let Some(person) = draft.person {
        spoken[person] = everywhere;
    }
    for languages in spoken.iter_mut().filter(|languages| languages.is_empty()) {
        languages.clone_from(&usual);
    }
    spoken
}

/// A circle in which the caller presses nothing would go round for ever.
fn loops(draft: &mut Draft) {
    let mut left: BTreeSet<usize> = (0..draft.steps.len()).collect();
    let by_itself = |draft: &Draft, left: &BTreeSet<usize>, from: usize| {
        draft
            .ways
            .iter()
            .filter(|way| way.from == from && way.by != By::Caller && left.contains(&way.to))
            .map(|way| way.to)
            .collect::<Vec<usize>>()
    };
    // What leads into no circle falls away, step by step.
    loop {
        let ends: Vec<usize> =
            left.iter().copied().filter(|at| by_itself(draft, &left, *at).is_empty()).collect();
        if ends.is_empty() {
            break;
        }
        for at in ends {
            left.remove(&at);
        }
    }
    // Each that is left leads into a circle: walk on until a step comes again.
    let mut told = BTreeSet::new();
    for first in left.clone() {
        let mut walk = vec![first];
        let circle = loop {
            let at = walk[walk.len() - 1];
            // A step without such a way would have fallen away.
            let Some(next) = by_itself(draft, &left, at).first().copied() else { break None };
            match walk.iter().position(|before| *before == next) {
                Some(begin) => break Some(walk.split_off(begin)),
                None => walk.push(next),
            }
        };
        let Some(circle) = circle else { continue };
        let least = circle.iter().copied().min().unwrap_or(first);
        if told.insert(least) {
            let at = circle.iter().position(|step| *step == least).unwrap_or(0);
            let mut names: Vec<&str> = (0..=circle.len())
                .map(|i| draft.steps[circle[(at + i) % circle.len()]].name.as_str())
                .collect();
            if names.len() > 12 {
                names.splice(6..names.len() - 5, ["…"]);
            }
            let what = format!("{} goes round without a key pressed.", names.join(" → "));
            let (line, field) = (draft.steps[least].line, draft.steps[least].name.clone());
            let next = "Lead one of these steps to a queue, or ask for a key.";
            draft.fault(line, &format!("step.{field}"), "loop", &what, next);
        }
    }
}

/// The steps that are reached from `roots` over such ways, roots included.
fn reached(draft: &Draft, roots: &[usize], takes: impl Fn(By) -> bool) -> BTreeSet<usize> {
    let mut reached: BTreeSet<usize> = roots.iter().copied().collect();
    let mut open = roots.to_vec();
    while let Some(at) = open.pop() {
        for way in draft.ways.iter().filter(|way| way.from == at && takes(way.by)) {
            if reached.insert(way.to) {
                open.push(way.to);
            }
        }
    }
    reached
}

fn unreachable(draft: &mut Draft) {
    let roots: Vec<usize> = [draft.start, draft.person].into_iter().flatten().collect();
    let reached = reached(draft, &roots, |_| true);
    for at in (0..draft.steps.len()).filter(|at| !reached.contains(at)) {
        let step = &draft.steps[at];
        let what = format!("no way leads to `{}`.", step.name);
        let (line, field) = (step.line, format!("step.{}", step.name));
        draft.fault(line, &field, "unreachable", &what, "Lead a step to it, or remove it.");
    }
}

fn is_person(draft: &Draft, at: usize) -> bool {
    matches!(&draft.steps[at].act, Some(Act::End { end, .. }) if end.is_person())
}

/// While we are open, every step must leave a way to a person.
fn nobody(draft: &mut Draft) {
    let Some(start) = draft.start else { return };
    for at in reached(draft, &[start], |by| by != By::Closed) {
        let step = &draft.steps[at];
        if matches!(step.act, Some(Act::End { .. }) | None) {
            continue;
        }
        let found = reached(draft, &[at], |by| by != By::Closed);
        if !found.into_iter().any(|at| is_person(draft, at)) {
            let what = format!("from `{}` no way leads to a person while you are open.", step.name);
            let next = "Lead it to a menu, a queue, a callback or a voicemail.";
            let (line, field) = (step.line, format!("step.{}", step.name));
            draft.fault(line, &field, "no_person", &what, next);
        }
    }
}

/// While we are open, a caller who presses nothing must come to a person.
fn silent(draft: &mut Draft) {
    let Some(start) = draft.start else { return };
    for at in reached(draft, &[start], |by| by == By::Itself) {
        let step = &draft.steps[at];
        if matches!(step.act, Some(Act::End { .. })) && !is_person(draft, at) {
            let what = format!("a caller who presses nothing is hung up on at `{}`.", step.name);
            let next = "Lead whoever presses nothing to a queue, a callback or a voicemail.";
            let (line, field) = (step.line, format!("step.{}", step.name));
            draft.fault(line, &field, "silent_caller", &what, next);
        }
    }
}
