//! Who may answer: skills, periods, overflow, walls, capacity, rules that change.

use super::*;

// ---- who may answer ----

#[test]
fn skills_relax_in_stated_steps() {
    let mut stage = stage_with(|rules| {
        rules.queues[0].skills = vec![SkillRule {
            skill: skill(1),
            level: 5,
            relax_after: Some(seconds(30)),
            relaxed_level: 2,
        }];
    });
    stage.agent("anna", |rules| rules.skills = vec![(skill(1), 3)]);
    let agent = stage.agent_id("anna");
    stage.input("09:00", Input::SignIn { agent, presence: Presence::Available });
    insta::assert_snapshot!(gist(&stage.play("09:01 call A; 09:02")), @"
    09:01:30 ring A SkillRelaxed
    09:01:30 offer A to anna until 09:01:50 Queue
    09:01:50 offer ended A at anna Missed
    09:01:50 queued A OfferEnded
    ");
}

/// Client 1 dedicated to [`TEAM`], with an overflow to [`SECOND_POOL`] as given.
fn dedicated(overflow: Option<OverflowRules>, nobody: NobodyRules) -> Stage {
    let mut stage = stage_with(|rules| {
        rules.periods = vec![PeriodRules {
            overflow,
            nobody_on_shift: nobody,
            ..period(ServiceRules::Dedicated(TEAM))
        }];
    });
    stage.agent("tom", |rules| (rules.pools, rules.team) = (vec![], Some(TEAM)));
    stage.agent("olga", |rules| rules.pools = vec![SECOND_POOL]);
    stage.agent("anna", |_| {});
    stage
}

#[test]
fn a_dedicated_contact_never_reaches_anyone_outside_the_team() {
    let mut stage = dedicated(None, NobodyRules::Wait);
    sign_in(&mut stage, "09:00", &["anna", "olga"]);
    insta::assert_snapshot!(gist(&stage.play("09:01 call A; 10:00")), @"");
    sign_in(&mut stage, "10:01", &["tom"]);
    insta::assert_snapshot!(gist(&stage.play(
        "10:01:01 tom answers A; 10:02 tom transfers A to anna; 10:02 tom consults A anna
         10:03 tom transfers A to skill 7; 10:10"
    )), @"
    10:01:01 answered A by tom after 3601s
    10:02:00 refused: agent anna may not take contact A: in none of the pools or teams that may answer now
    10:02:00 refused: agent anna may not take contact A: in none of the pools or teams that may answer now
    10:03:00 transferred A by tom
    10:03:00 part ended A of tom talk 119s hold 0s Transferred
    10:03:00 queued A Transferred
    ");
}

#[test]
fn overflow_opens_after_its_wait_and_marks_the_answer() {
    let rules = OverflowRules {
        after: Some(seconds(30)),
        below_projected_percent: None,
        pools: vec![SECOND_POOL],
    };
    let mut stage = dedicated(Some(rules), NobodyRules::Wait);
    sign_in(&mut stage, "09:00", &["anna", "olga"]);
    insta::assert_snapshot!(gist(&stage.play("09:01 call A; 09:01:40 olga answers A")), @"
    09:01:30 ring A OverflowWait overflow
    09:01:30 offer A to olga until 09:01:50 Queue
    09:01:40 answered A by olga after 40s overflow
    ");
}

#[test]
fn overflow_opens_when_the_projected_service_level_is_too_low() {
    let rules =
        OverflowRules { after: None, below_projected_percent: Some(80), pools: vec![SECOND_POOL] };
    let mut stage = dedicated(Some(rules), NobodyRules::Wait);
    sign_in(&mut stage, "09:00", &["olga"]);
    // A is in time until its 20 seconds have passed; the next look sees it.
    insta::assert_snapshot!(gist(&stage.play("09:01 call A; 09:02")), @"
    09:01:25 ring A OverflowProjected overflow
    09:01:25 offer A to olga until 09:01:45 Queue
    09:01:45 offer ended A at olga Missed
    09:01:45 queued A OfferEnded
    ");
    assert_eq!(stage.router.projected_service_level(client(1), queue(1)), Some(0));
}

#[test]
fn with_nobody_on_shift_a_contact_waits_overflows_or_is_closed() {
    let rules =
        |after| OverflowRules { after, below_projected_percent: None, pools: vec![SECOND_POOL] };
    let mut stage = dedicated(Some(rules(Some(seconds(600)))), NobodyRules::Overflow);
    sign_in(&mut stage, "09:00", &["olga"]);
    insta::assert_snapshot!(gist(&stage.play("09:01 call A; 09:01:10 olga answers A; 09:02 end A")), @"
    09:01:00 ring A NobodyOnShift overflow
    09:01:00 offer A to olga until 09:01:20 Queue
    09:01:10 answered A by olga after 10s overflow
    09:02:00 part ended A of olga talk 50s hold 0s Ended
    09:02:00 ended A Handled(Customer) wait 10s
    ");
    // Somebody of the team is there, if busy: no overflow before its time.
    sign_in(&mut stage, "09:03", &["tom"]);
    insta::assert_snapshot!(gist(&stage.play(
        "09:04 call B; 09:04:05 tom answers B; 09:05 call C; 09:06 tom out; 09:07 end B"
    )), @"
    09:04:00 offer B to tom until 09:04:20 Queue
    09:04:05 answered B by tom after 5s
    09:06:00 tom Talking next SignOut
    09:07:00 part ended B of tom talk 175s hold 0s Ended
    09:07:00 tom SignedOut
    09:07:00 ring C NobodyOnShift overflow
    09:07:00 ended B Handled(Customer) wait 5s
    09:07:00 offer C to olga until 09:07:20 Queue
    ");
    let mut stage = dedicated(None, NobodyRules::Close);
    sign_in(&mut stage, "09:00", &["tom"]);
    insta::assert_snapshot!(gist(&stage.play(
        "09:01 call A; 09:01:05 tom answers A; 09:02 call B; 09:02:10 call P; 09:02:20 callback P
         09:03 tom out; 09:04 end A; 09:05 call C"
    )), @"
    09:01:00 offer A to tom until 09:01:20 Queue
    09:01:05 answered A by tom after 5s
    09:02:20 callback P
    09:03:00 tom Talking next SignOut
    09:04:00 part ended A of tom talk 175s hold 0s Ended
    09:04:00 tom SignedOut
    09:04:00 ended B Closed wait 120s
    09:04:00 ended A Handled(Customer) wait 5s
    09:05:00 ended C Closed wait 0s
    ");
}

#[test]
fn the_period_in_force_decides_and_what_is_in_hand_goes_on() {
    let mut stage = Stage::new();
    let mut rules = client_rules(1);
    rules.periods =
        vec![period(ServiceRules::Dedicated(TEAM)), period(ServiceRules::Shared(vec![POOL]))];
    rules.period_at = Timeline {
        changes: vec![(Timestamp::MIN, 0), (at("18:00"), 1), (at("32:00"), 0)],
        compiled_until: at("48:00"),
    };
    stage.client(rules);
    stage.agent("tom", |rules| (rules.pools, rules.team) = (vec![], Some(TEAM)));
    stage.agent("anna", |_| {});
    sign_in(&mut stage, "17:00", &["anna", "tom"]);
    insta::assert_snapshot!(gist(&stage.play(
        "17:30 call A; 17:30:05 tom answers A; 17:31 call B; 18:00:01 anna answers B; 18:05 end A
         18:06 call C; 18:10 end B; 18:10:01 anna answers C; 31:59:50 end C; 31:59:55 call D; 32:00:01"
    )), @"
    17:30:00 offer A to tom until 17:30:20 Queue
    17:30:05 answered A by tom after 5s
    18:00:00 period 1 open
    18:00:00 offer B to anna until 18:00:20 Queue
    18:00:01 answered B by anna after 1741s
    18:05:00 part ended A of tom talk 2095s hold 0s Ended
    18:05:00 ended A Handled(Customer) wait 5s
    18:10:00 part ended B of anna talk 599s hold 0s Ended
    18:10:00 ended B Handled(Customer) wait 1741s
    18:10:00 offer C to anna until 18:10:20 Queue
    18:10:01 answered C by anna after 241s
    31:59:50 part ended C of anna talk 49789s hold 0s Ended
    31:59:50 ended C Handled(Customer) wait 241s
    31:59:55 offer D to anna until 32:00:15 Queue
    32:00:00 period 0 open
    32:00:00 offer ended D at anna TakenBack
    32:00:00 queued D OfferEnded
    32:00:00 offer D to tom until 32:00:20 Queue
    ");
}

#[test]
fn sites_sign_offs_and_channels_are_walls() {
    let mut stage = stage_with(|rules| rules.sites_allowed = Some(vec![SiteId::from_u128(1)]));
    stage.agent("far", |rules| rules.site = Some(SiteId::from_u128(2)));
    stage.agent("new", |rules| rules.sign_offs = vec![client(2)]);
    stage.agent("writer", |rules| rules.channels = vec![(Channel::Mail, 5)]);
    sign_in(&mut stage, "09:00", &["far", "new", "writer"]);
    insta::assert_snapshot!(gist(&stage.play("09:01 call A; 09:02 mail B")), @"09:02:00 offer B to writer until 09:02:20 Queue");
    let contact = stage.contact_id("A");
    let why = stage.router.why_waiting(contact).expect("it waits");
    insta::assert_snapshot!(format!("{:?} staffed {}", why.counts, why.staffed), @"[(NoSignOff, 1), (Site, 1), (Channel, 1)] staffed 0");
}

// ---- capacity ----

#[test]
fn three_chats_at_once_and_a_call_alone_unless_it_interrupts_mail() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in
         09:01 chat A; 09:01:01 anna answers A; 09:02 chat B; 09:02:01 anna answers B
         09:03 chat C; 09:03:01 anna answers C; 09:04 chat D; 09:04:01 call E; 09:05 end A
         09:05:01 anna answers D; 09:06 end B; 09:06 end C; 09:06 end D; 09:06:01 anna answers E; 09:07 end E
         09:08 mail M; 09:08:01 anna answers M; 09:09 call F; 09:09:01 anna answers F; 09:10 chat G"
    )), @"
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:01 answered A by anna after 1s
    09:02:00 offer B to anna until 09:02:20 Queue
    09:02:01 answered B by anna after 1s
    09:03:00 offer C to anna until 09:03:20 Queue
    09:03:01 answered C by anna after 1s
    09:05:00 part ended A of anna talk 239s hold 0s Ended
    09:05:00 ended A Handled(Customer) wait 1s
    09:05:00 offer D to anna until 09:05:20 Queue
    09:05:01 answered D by anna after 61s
    09:06:00 part ended B of anna talk 239s hold 0s Ended
    09:06:00 ended B Handled(Customer) wait 1s
    09:06:00 part ended C of anna talk 179s hold 0s Ended
    09:06:00 ended C Handled(Customer) wait 1s
    09:06:00 part ended D of anna talk 59s hold 0s Ended
    09:06:00 ended D Handled(Customer) wait 61s
    09:06:00 offer E to anna until 09:06:20 Queue
    09:06:01 answered E by anna after 120s
    09:07:00 part ended E of anna talk 59s hold 0s Ended
    09:07:00 ended E Handled(Customer) wait 120s
    09:08:00 offer M to anna until 09:08:20 Queue
    09:08:01 answered M by anna after 1s
    09:09:00 offer F to anna until 09:09:20 Queue
    09:09:01 answered F by anna after 1s
    ");
}

// ---- rules change ----

#[test]
fn an_offer_is_taken_back_when_the_agent_may_not_answer_any_more() {
    let mut stage = Stage::new();
    stage.play("09:00 anna in; 09:00:10 ben in; 09:01 call A");
    let mut rules = stage.agent_rules("anna");
    rules.sign_offs = vec![];
    stage.input("09:01:05", Input::SetAgent(Box::new(rules)));
    let log = stage.play("09:01:10 ben answers A");
    insta::assert_snapshot!(gist(&log), @"09:01:10 answered A by ben after 10s");
}

#[test]
fn a_queue_that_is_gone_ends_what_waits_and_lets_the_conversation_finish() {
    let mut stage = stage_with(|rules| rules.queues.push(queue_rules(7)));
    stage.play("09:00 anna in; 09:01 call A queue=7; 09:01 anna answers A; 09:02 call B queue=7");
    stage.input("09:03", Input::SetClient(Box::new(client_rules(1))));
    insta::assert_snapshot!(stage.play("09:04 call C queue=7; 09:05 end A; 09:06 call D"), @"
    09:04:00 refused: queue 00000000-0000-0000-0000-000000009007 is not part of the contract in force; choose one of its queues
    09:05:00 part ended A of anna talk 240s hold 0s Ended
    09:05:00 anna Available
    09:05:00 ended A Handled(Customer) wait 0s
    09:06:00 arrived D
    09:06:00 queued D Arrived
    09:06:00 offer D to anna until 09:06:20 Queue
    09:06:00 anna Offered
    ");
    stage.input("09:07", Input::RemoveClient(client(1)));
    insta::assert_snapshot!(stage.play("09:08 call E"), @"09:08:00 refused: client 00000000-0000-0000-0000-00000000c001 is not known to this floor; publish its contract first");
    assert_eq!(stage.router.contact_count(), 0);
}

#[test]
fn without_a_contract_a_conversation_is_handed_to_nobody_new() {
    let mut stage = Stage::new();
    stage.play("09:00 anna in; 09:00:10 ben in; 09:01 call A; 09:01 anna answers A");
    stage.input("09:02", Input::RemoveClient(client(1)));
    let log = stage.play("09:03 anna transfers A to ben; 09:04 end A");
    insta::assert_snapshot!(gist(&log), @"
    09:03:00 refused: client 00000000-0000-0000-0000-00000000c001 is not known to this floor; publish its contract first
    09:04:00 part ended A of anna talk 180s hold 0s Ended
    09:04:00 ended A Handled(Customer) wait 0s
    ");
}
