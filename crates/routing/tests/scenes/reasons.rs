//! Decisions explained, waits foretold.

use super::*;

#[test]
fn a_decision_reads_as_sentences() {
    let mut stage = Stage::new();
    stage.floor(|rules| rules.record_decisions = true);
    stage.agent("eve", |rules| rules.sign_offs = vec![]);
    sign_in(&mut stage, "09:00", &["eve"]);
    stage.play("09:00 anna in; 09:01 ben in; 09:02 carl in; 09:03 dora in break");
    let contact = stage.contact_id("A");
    let arrival = Arrival {
        contact,
        client: client(1),
        queue: queue(1),
        channel: Channel::Voice,
        language: None,
        first_ring: None,
        customer: None,
        head_start: None,
        emergency: false,
    };
    stage.router.handle(at("09:05"), Input::Arrive(arrival)).expect("it may arrive");
    let names = ["eve", "anna", "ben", "carl", "dora"].map(|name| (stage.agent_id(name), name));
    let name =
        |agent| names.iter().find(|(id, _)| *id == agent).map_or("?", |(_, name)| *name).to_owned();
    let sentence =
        std::iter::from_fn(|| stage.router.next_event()).find_map(|stamped| match stamped.event {
            Event::Offered { agent, decision, .. } => Some(decision?.sentence(agent, name)),
            _ => None,
        });
    insta::assert_snapshot!(sentence.expect("somebody is free"), @"Offered to anna who had the least work in hand and was idle longest. 2 other agents were free, next in order ben, carl. Not asked: eve (not signed off for this client), dora (away). On the whole floor: 1 not signed off for this client, 1 away. It had waited 0 s, with 0 of its queue behind it; contract version 1, period 1.");
}

#[test]
fn an_expected_wait_is_told_only_while_it_comes_true() {
    let mut stage = Stage::new();
    stage.play("08:59 anna in; 09:00 call C0; 09:00 anna answers C0; 09:00 call C1; 09:00 call C2");
    let mut told = Vec::new();
    let mut minute = 540;
    for n in 1..26 {
        // A minute each at first; from the sixteenth on the calls take twenty.
        minute += if n < 16 { 1 } else { 20 };
        let time = format!("{:02}:{:02}", minute / 60, minute % 60);
        stage.play(&format!(
            "{time} end C{}; {time} anna answers C{n}; {time} call C{}",
            n - 1,
            n + 2
        ));
        let contact = stage.contact_id(&format!("C{}", n + 2));
        let place = stage.router.place(contact).expect("it waits");
        told.push(place.expected_wait.map(|wait| wait.as_secs()));
        assert_eq!(place.ahead, 1);
    }
    insta::assert_snapshot!(format!("{told:?}"), @"[None, None, None, None, None, None, None, None, None, None, None, Some(120), Some(120), Some(120), Some(120), None, None, None, None, None, None, None, None, None, None]");
}
