//! Agents: whose turn it is, presence.

use super::*;

// ---- agents: whose turn it is ----

#[test]
fn a_call_is_offered_to_the_longest_idle_agent_and_taken_to_its_end() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(stage.play(
        "09:00 anna in; 09:01 ben in; 09:05 call A; 09:05:04 anna answers A; 09:08 end A; 09:08 call B"
    ), @"
    09:00:00 anna Available
    09:01:00 ben Available
    09:05:00 arrived A
    09:05:00 queued A Arrived
    09:05:00 offer A to anna until 09:05:20 Queue
    09:05:00 anna Offered
    09:05:04 answered A by anna after 4s
    09:05:04 anna Talking
    09:08:00 part ended A of anna talk 176s hold 0s Ended
    09:08:00 anna Available
    09:08:00 ended A Handled(Customer) wait 4s
    09:08:00 arrived B
    09:08:00 queued B Arrived
    09:08:00 offer B to ben until 09:08:20 Queue
    09:08:00 ben Offered
    ");
}

#[test]
fn a_missed_offer_does_not_count_as_handled_work() {
    let mut stage = Stage::new();
    // Anna misses A and is still the longest idle when C comes.
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:01 ben in; 09:05 call A; 09:05:21 ben answers A; 09:06 carl in; 09:06 call C"
    )), @"
    09:05:00 offer A to anna until 09:05:20 Queue
    09:05:20 offer ended A at anna Missed
    09:05:20 queued A OfferEnded
    09:05:20 offer A to ben until 09:05:40 Queue
    09:05:21 answered A by ben after 21s
    09:06:00 offer C to anna until 09:06:20 Queue
    ");
}

#[test]
fn the_agent_with_the_least_work_in_hand_comes_first() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:01 ben in; 09:05 chat A; 09:05:01 anna answers A; 09:06 chat B; 09:06:01 ben answers B; 09:07 chat C"
    )), @"
    09:05:00 offer A to anna until 09:05:20 Queue
    09:05:01 answered A by anna after 1s
    09:06:00 offer B to ben until 09:06:20 Queue
    09:06:01 answered B by ben after 1s
    09:07:00 offer C to anna until 09:07:20 Queue
    ");
}

#[test]
fn equal_idleness_is_decided_by_the_lower_id() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play("09:00 anna in; 09:00 ben in; 09:05 call A")), @"09:05:00 offer A to anna until 09:05:20 Queue");
}

#[test]
fn the_highest_level_in_the_skills_asked_comes_first_where_the_contract_says_so() {
    let mut stage = stage_with(|rules| {
        rules.queues[0].selection = Selection::ProficiencyFirst;
        rules.queues[0].skills =
            vec![SkillRule { skill: skill(1), level: 2, relax_after: None, relaxed_level: 0 }];
    });
    stage.agent("anna", |rules| rules.skills = vec![(skill(1), 3)]);
    stage.agent("ben", |rules| rules.skills = vec![(skill(1), 8)]);
    stage.agent("carl", |rules| rules.skills = vec![(skill(1), 1)]);
    let at_nine = |stage: &mut Stage, name: &str| {
        let agent = stage.agent_id(name);
        stage.input("09:00", Input::SignIn { agent, presence: Presence::Available });
    };
    for name in ["anna", "ben", "carl"] {
        at_nine(&mut stage, name);
    }
    insta::assert_snapshot!(gist(&stage.play("09:05 call A; 09:05 call B; 09:05 call C")), @"
    09:05:00 offer A to ben until 09:05:20 Queue
    09:05:00 offer B to anna until 09:05:20 Queue
    ");
}

#[test]
fn the_language_is_preferred_or_a_must() {
    let mut stage = Stage::new();
    stage.agent("ben", |rules| rules.languages = vec![Language::FR]);
    let script = "09:00 anna in; 09:01 call A in=fr; 09:01 abandon A";
    let ben = stage.agent_id("ben");
    stage.input("09:00:30", Input::SignIn { agent: ben, presence: Presence::Available });
    insta::assert_snapshot!(gist(&stage.play(script)), @"
    09:01:00 offer A to ben until 09:01:20 Queue
    09:01:00 offer ended A at ben ContactGone
    09:01:00 ended A ShortAbandoned wait 0s
    ");
    let mut must = client_rules(2);
    must.queues[0].language_required = true;
    stage.client(must);
    insta::assert_snapshot!(gist(&stage.play(
        "09:02 ben break; 09:03 call B client=2 in=fr; 09:04 ben ready"
    )), @"
    09:02:00 ben Away(Break)
    09:04:00 offer B to ben until 09:04:20 Queue
    ");
}

#[test]
fn the_agent_who_served_the_customer_last_is_preferred_then_waited_for_then_given_up() {
    let mut stage = stage_with(|rules| {
        rules.queues[0].sticky = Some(Sticky { within_hours: 2, wait_s: 10 });
    });
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:01 ben in
         09:05 call A from=zoe; 09:05:02 anna answers A; 09:06 end A
         09:07 call B from=zoe; 09:07:02 anna answers B
         09:07:30 call C from=zoe; 09:07:35 end B; 09:07:36 anna answers C
         09:08 call D from=zoe; 09:08:12; 09:08:13 ben answers D; 09:09 end C; 09:09 end D
         13:00 call E from=zoe"
    )), @"
    09:05:00 offer A to anna until 09:05:20 Queue
    09:05:02 answered A by anna after 2s
    09:06:00 part ended A of anna talk 58s hold 0s Ended
    09:06:00 ended A Handled(Customer) wait 2s
    09:07:00 offer B to anna until 09:07:20 Queue
    09:07:02 answered B by anna after 2s
    09:07:35 part ended B of anna talk 33s hold 0s Ended
    09:07:35 ended B Handled(Customer) wait 2s
    09:07:35 offer C to anna until 09:07:55 Queue
    09:07:36 answered C by anna after 6s
    09:08:10 ring D StickyExpired
    09:08:10 offer D to ben until 09:08:30 Queue
    09:08:13 answered D by ben after 13s
    09:09:00 part ended C of anna talk 84s hold 0s Ended
    09:09:00 ended C Handled(Customer) wait 6s
    09:09:00 part ended D of ben talk 47s hold 0s Ended
    09:09:00 ended D Handled(Customer) wait 13s
    13:00:00 offer E to anna until 13:00:20 Queue
    ");
}

#[test]
fn a_preferred_agent_who_goes_away_is_not_waited_for() {
    let mut stage = stage_with(|rules| {
        rules.queues[0].sticky = Some(Sticky { within_hours: 2, wait_s: 60 });
    });
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:05 call A from=zoe; 09:05:02 anna answers A; 09:06 ben in
         09:07 call B from=zoe; 09:07:05 anna break"
    )), @"
    09:05:00 offer A to anna until 09:05:20 Queue
    09:05:02 answered A by anna after 2s
    09:07:05 anna Talking next Presence(Away(Break))
    09:07:05 ring B StickyExpired
    09:07:05 offer B to ben until 09:07:25 Queue
    ");
}

#[test]
fn a_lead_who_took_a_contact_over_is_not_the_customers_agent() {
    let mut stage = stage_with(|rules| {
        rules.queues[0].sticky = Some(Sticky { within_hours: 2, wait_s: 10 });
    });
    // Kim takes over twice, once from somebody who took over themselves; then hands on as anybody does.
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:01 ben in; 09:02 kim in
         09:05 call A from=zoe; 09:05:02 anna answers A; 09:06 anna over A ben; 09:06:30 ben over A kim; 09:07 end A
         09:08 call B from=zoe; 09:08:02 anna answers B; 09:08:30 anna over B kim; 09:08:40 kim transfers B to ben
         09:08:45 ben answers B; 09:09 end B; 09:10 call C from=zoe"
    )), @"
    09:05:00 offer A to anna until 09:05:20 Queue
    09:05:02 answered A by anna after 2s
    09:06:00 part ended A of anna talk 58s hold 0s Released
    09:06:00 queued A Released
    09:06:00 offer A to ben until 09:06:20 Transfer
    09:06:00 answered A by ben after 0s again
    09:06:30 part ended A of ben talk 30s hold 0s Released
    09:06:30 queued A Released
    09:06:30 offer A to kim until 09:06:50 Transfer
    09:06:30 answered A by kim after 0s again
    09:07:00 part ended A of kim talk 30s hold 0s Ended
    09:07:00 ended A Handled(Customer) wait 2s
    09:08:00 offer B to anna until 09:08:20 Queue
    09:08:02 answered B by anna after 2s
    09:08:30 part ended B of anna talk 28s hold 0s Released
    09:08:30 queued B Released
    09:08:30 offer B to kim until 09:08:50 Transfer
    09:08:30 answered B by kim after 0s again
    09:08:40 transferred B by kim
    09:08:40 part ended B of kim talk 10s hold 0s Transferred
    09:08:40 queued B Transferred
    09:08:40 offer B to ben until 09:09:00 Transfer
    09:08:45 answered B by ben after 5s again
    09:09:00 part ended B of ben talk 15s hold 0s Ended
    09:09:00 ended B Handled(Customer) wait 2s
    09:10:00 offer C to ben until 09:10:20 Queue
    ");
}

// ---- agents: presence ----

#[test]
fn the_next_state_is_taken_after_the_work_and_survives_a_miss() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(stage.play(
        "09:00 anna in; 09:01 chat A; 09:01 anna answers A; 09:02 anna break; 09:03 chat B; 09:04 end A; 09:05 anna ready
         09:05:05 anna lunch; 09:05:25"
    ), @"
    09:00:00 anna Available
    09:01:00 arrived A
    09:01:00 queued A Arrived
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 anna Offered
    09:01:00 answered A by anna after 0s
    09:01:00 anna Talking
    09:02:00 anna Talking next Presence(Away(Break))
    09:03:00 arrived B
    09:03:00 queued B Arrived
    09:04:00 part ended A of anna talk 180s hold 0s Ended
    09:04:00 anna Away(Break)
    09:04:00 ended A Handled(Customer) wait 0s
    09:05:00 anna Available
    09:05:00 offer B to anna until 09:05:20 Queue
    09:05:00 anna Offered
    09:05:05 anna Offered next Presence(Away(Lunch))
    09:05:20 offer ended B at anna Missed
    09:05:20 anna Away(Lunch)
    09:05:20 queued B OfferEnded
    ");
}

#[test]
fn signing_out_while_working_waits_for_the_end_and_can_be_undone() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(stage.play(
        "09:00 anna in; 09:01 call A; 09:01 anna answers A; 09:02 anna out; 09:02:10 anna ready; 09:02:20 anna out; 09:03 end A
         09:04 anna out; 09:05 anna in; 09:05 anna in"
    ), @"
    09:00:00 anna Available
    09:01:00 arrived A
    09:01:00 queued A Arrived
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 anna Offered
    09:01:00 answered A by anna after 0s
    09:01:00 anna Talking
    09:02:00 anna Talking next SignOut
    09:02:10 anna Talking
    09:02:20 anna Talking next SignOut
    09:03:00 part ended A of anna talk 120s hold 0s Ended
    09:03:00 anna SignedOut
    09:03:00 ended A Handled(Customer) wait 0s
    09:04:00 refused: agent anna is signed out; sign in first
    09:05:00 anna Available
    09:05:00 refused: agent anna is already signed in
    ");
}

#[test]
fn a_lost_desk_has_its_grace_then_the_agent_is_away_and_never_silently_ready() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(stage.play(
        "09:00 anna in; 09:01 chat A; 09:01 anna answers A; 09:02 chat B; 09:02:05 anna lost; 09:02:15 anna restored
         09:02:40 anna answers B; 09:03 anna lost; 09:03:20; 09:04 anna restored; 09:05 anna ready"
    ), @"
    09:00:00 anna Available
    09:01:00 arrived A
    09:01:00 queued A Arrived
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 anna Offered
    09:01:00 answered A by anna after 0s
    09:01:00 anna Talking
    09:02:00 arrived B
    09:02:00 queued B Arrived
    09:02:00 offer B to anna until 09:02:20 Queue
    09:02:05 offer ended B at anna TakenBack
    09:02:05 anna Lost
    09:02:05 queued B OfferEnded
    09:02:15 anna Talking
    09:02:15 offer B to anna until 09:02:35 Queue
    09:02:35 offer ended B at anna Missed
    09:02:35 queued B OfferEnded
    09:02:40 refused: agent anna has no offer of contact B; it was taken back, missed or answered
    09:03:00 anna Lost
    09:03:20 part ended A of anna talk 140s hold 0s Released
    09:03:20 anna Away(ConnectionLost)
    09:03:20 queued A Released
    09:05:00 anna Available
    09:05:00 offer A to anna until 09:05:20 Queue
    09:05:00 anna Offered
    ");
}

#[test]
fn only_the_router_says_no_answer() {
    let mut stage = Stage::new();
    stage.play("09:00 anna in");
    let agent = stage.agent_id("anna");
    let refused = stage.router.handle(
        at("09:01"),
        Input::SetPresence { agent, presence: Presence::Away(AwayReason::NoAnswer) },
    );
    assert_eq!(refused, Err(InputError::ReservedPresence(agent, "no answer")));
}

#[test]
fn among_many_free_agents_the_longest_idle_still_comes_first() {
    let mut stage = Stage::new();
    for n in (0..50).rev() {
        stage.play(&format!("09:00:{:02} agent{n} in", 50 - n));
    }
    let mut offered = Vec::new();
    for n in 0..50 {
        let log = stage.play(&format!("09:01 call C{n}"));
        let line = log.lines().find(|line| line.contains("offer")).expect("somebody is free");
        offered.push(line.split_whitespace().nth(4).expect("an agent").to_owned());
    }
    let in_order: Vec<String> = (0..50).rev().map(|n| format!("agent{n}")).collect();
    assert_eq!(offered, in_order);
}
