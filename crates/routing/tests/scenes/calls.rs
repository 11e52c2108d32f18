//! Telephone calls: phones, calls out, callbacks, and the ends that only calls have.

use super::*;

#[test]
fn a_phone_that_goes_takes_its_ring_along_and_is_no_miss() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(stage.play(
        "09:00 anna in; 09:01 call A; 09:01:05 anna phone gone; 09:01:06 anna phone gone
         09:01:10 chat B; 09:01:15 anna phone ready; 09:01:20 anna answers B; 09:02 end B"
    ), @"
    09:00:00 anna Available
    09:01:00 arrived A
    09:01:00 queued A Arrived
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 anna Offered
    09:01:05 phone of anna gone
    09:01:05 offer ended A at anna Unreachable
    09:01:05 anna Available
    09:01:05 queued A OfferEnded
    09:01:10 arrived B
    09:01:10 queued B Arrived
    09:01:10 offer B to anna until 09:01:30 Queue
    09:01:10 anna Offered
    09:01:15 phone of anna ready
    09:01:20 answered B by anna after 10s
    09:01:20 anna Talking
    09:02:00 part ended B of anna talk 40s hold 0s Ended
    09:02:00 anna Available
    09:02:00 ended B Handled(Customer) wait 10s
    09:02:00 offer A to anna until 09:02:20 Queue
    09:02:00 anna Offered
    ");
    let anna = stage.agent_id("anna");
    assert_eq!(stage.router.agent_view(anna).map(|view| view.misses), Some(0));
}

#[test]
fn a_conversation_outlives_the_phone() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(stage.play(
        "09:00 anna in; 09:01 call A; 09:01:05 anna answers A; 09:02 anna phone gone
         09:02:10 anna holds A; 09:02:20 anna resumes A; 09:03 end A; 09:03:10 call B"
    ), @"
    09:00:00 anna Available
    09:01:00 arrived A
    09:01:00 queued A Arrived
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 anna Offered
    09:01:05 answered A by anna after 5s
    09:01:05 anna Talking
    09:02:00 phone of anna gone
    09:02:10 held A by anna
    09:02:10 anna Holding
    09:02:20 resumed A by anna
    09:02:20 anna Talking
    09:03:00 part ended A of anna talk 105s hold 10s Ended
    09:03:00 anna Available
    09:03:00 ended A Handled(Customer) wait 5s
    09:03:10 arrived B
    09:03:10 queued B Arrived
    ");
    let (anna, b) = (stage.agent_id("anna"), stage.contact_id("B"));
    assert_eq!(stage.router.eligible(anna, b), Some(Err(Ineligible::PhoneNotReady)));
    assert_eq!(Ineligible::PhoneNotReady.to_string(), "phone not ready");
}

#[test]
fn nobody_is_named_for_a_call_without_a_phone() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:00 ben in; 09:00:30 ben phone gone; 09:01 call A; 09:01 anna answers A
         09:02 anna transfers A to ben; 09:02 anna consults A ben; 09:03 end A
         09:04 chat B; 09:04 anna answers B; 09:05 anna transfers B to ben"
    )), @"
    09:00:30 phone of ben gone
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 answered A by anna after 0s
    09:02:00 refused: agent ben may not take contact A: phone not ready
    09:02:00 refused: agent ben may not take contact A: phone not ready
    09:03:00 part ended A of anna talk 120s hold 0s Ended
    09:03:00 ended A Handled(Customer) wait 0s
    09:04:00 offer B to ben until 09:04:20 Queue
    09:04:00 refused: agent anna has no offer of contact B; it was taken back, missed or answered
    09:04:20 offer ended B at ben Missed
    09:04:20 queued B OfferEnded
    09:04:20 offer B to anna until 09:04:40 Queue
    09:04:40 offer ended B at anna Missed
    09:04:40 queued B OfferEnded
    09:04:50 offer B to ben until 09:05:10 Queue
    09:05:00 refused: agent anna is not on contact B
    ");
}

#[test]
fn a_call_that_is_kept_for_a_phone_that_goes_is_for_everybody() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:00 ben in; 09:01 call A; 09:01 anna answers A; 09:01 call B
         09:01 ben answers B; 09:02 anna transfers A to ben; 09:02:05 ben phone gone
         09:02:40 anna ready"
    )), @"
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 answered A by anna after 0s
    09:01:00 offer B to ben until 09:01:20 Queue
    09:01:00 answered B by ben after 0s
    09:02:00 transferred A by anna
    09:02:00 part ended A of anna talk 60s hold 0s Transferred
    09:02:00 queued A Transferred
    09:02:05 phone of ben gone
    09:02:05 ring A StickyExpired
    09:02:30 offer A to anna until 09:02:50 Queue
    ");
}

#[test]
fn a_call_out_begins_with_the_agent_and_counts_in_no_promise() {
    let mut stage = Stage::new();
    let mut rules = client_rules(1);
    rules.queues[0].wrap_up = WrapUpRule::Fixed { seconds: 30, extend_s: 0, extensions_max: 0 };
    stage.client(rules);
    insta::assert_snapshot!(stage.play(
        "09:00 anna in; 09:01 anna calls A; 09:01:10 reached A; 09:01:11 reached A; 09:02 end A; 09:02:30"
    ), @"
    09:00:00 anna Available
    09:01:00 called out A by anna
    09:01:00 anna Talking
    09:01:10 reached A
    09:01:11 refused: contact A is with the customer already; that is not possible now
    09:02:00 part ended A of anna talk 60s hold 0s Ended
    09:02:00 wrap-up A of anna until 09:02:30
    09:02:00 anna WrapUp
    09:02:00 ended A Handled(Customer) wait 0s
    09:02:30 wrap-up ended A of anna after 30s
    09:02:30 anna Available
    ");
    assert_eq!(stage.router.projected_service_level(client(1), queue(1)), None);
    insta::assert_snapshot!(gist(&stage.play("09:03 anna calls C; 09:03:05 call B; 09:04 end C")), @"
    09:03:00 called out C by anna
    09:04:00 part ended C of anna talk 60s hold 0s Ended
    09:04:00 wrap-up C of anna until 09:04:30
    09:04:00 ended C NotReached wait 0s
    ");
}

#[test]
fn a_call_out_that_nobody_answers_was_not_reached() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in break; 09:01 anna calls A; 09:01:20 anna transfers A to queue 1; 09:01:30 end A
         09:02 anna calls B; 09:02:05 anna released B
         09:03 anna calls C; 09:03:05 reached C; 09:03:10 anna released C; 09:04 abandon C"
    )), @"
    09:00:00 anna Away(Break)
    09:01:00 called out A by anna
    09:01:20 refused: contact A is ringing at the customer; that is not possible now
    09:01:30 part ended A of anna talk 30s hold 0s Ended
    09:01:30 anna Away(Break)
    09:01:30 ended A NotReached wait 0s
    09:02:00 called out B by anna
    09:02:05 part ended B of anna talk 5s hold 0s Released
    09:02:05 anna Away(Break)
    09:02:05 ended B NotReached wait 0s
    09:03:00 called out C by anna
    09:03:05 reached C
    09:03:10 part ended C of anna talk 10s hold 0s Released
    09:03:10 anna Away(Break)
    09:03:10 queued C Released
    09:04:00 ended C Handled(Customer) wait 0s
    ");
}

#[test]
fn who_may_not_call_out_is_told_why() {
    let mut stage = Stage::new();
    stage.agent("ben", |rules| rules.sign_offs.clear());
    stage.agent("dora", |rules| rules.channels.retain(|(channel, _)| *channel == Channel::Chat));
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna calls A; 09:00 anna in; 09:00 ben in; 09:00 dora in
         09:01 ben calls A; 09:01 dora calls A; 09:02 anna phone gone; 09:02 anna calls A
         09:03 anna phone ready; 09:03 call B; 09:03:01 anna calls A; 09:03:02 anna answers B
         09:03:03 anna calls A; 09:04 end B; 09:04 anna lost; 09:04:01 anna calls A
         09:04:02 anna restored; 09:05 anna calls A; 09:05 anna calls A"
    )), @"
    09:00:00 refused: agent anna is not known to this floor; create the agent first
    09:01:00 refused: agent ben may not take contact A: not signed off for this client
    09:01:00 refused: agent dora may not take contact A: does not take this channel
    09:02:00 phone of anna gone
    09:02:00 refused: agent anna may not take contact A: phone not ready
    09:03:00 phone of anna ready
    09:03:00 offer B to anna until 09:03:20 Queue
    09:03:01 refused: agent anna may not take contact A: another offer is ringing
    09:03:02 answered B by anna after 2s
    09:03:03 refused: agent anna may not take contact A: no capacity left
    09:04:00 part ended B of anna talk 58s hold 0s Ended
    09:04:00 ended B Handled(Customer) wait 2s
    09:04:00 anna Lost
    09:04:01 refused: agent anna may not take contact A: desk not answering
    09:05:00 called out A by anna
    09:05:00 refused: contact A is already on the floor; each contact arrives once
    ");
}

#[test]
fn a_customer_handed_outside_ends_with_the_leg_outside() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(stage.play(
        "09:00 anna in; 09:01 call A; 09:01 anna answers A; 09:02 anna transfers A outside
         09:02:10 chat B; 09:02:11 anna answers B; 09:02:20 anna transfers B outside; 09:03 anna holds A
         09:04 abandon A; 09:05 end A"
    ), @"
    09:00:00 anna Available
    09:01:00 arrived A
    09:01:00 queued A Arrived
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 anna Offered
    09:01:00 answered A by anna after 0s
    09:01:00 anna Talking
    09:02:00 transferred A by anna
    09:02:00 part ended A of anna talk 60s hold 0s Transferred
    09:02:00 anna Available
    09:02:10 arrived B
    09:02:10 queued B Arrived
    09:02:10 offer B to anna until 09:02:30 Queue
    09:02:10 anna Offered
    09:02:11 answered B by anna after 1s
    09:02:11 anna Talking
    09:02:20 refused: contact B is no telephone call; pass it on to a queue or an agent
    09:03:00 refused: agent anna is not on contact A
    09:04:00 refused: contact A is with somebody outside; that is not possible now
    09:05:00 ended A Handled(Customer) wait 0s
    ");
}

#[test]
fn a_callback_that_fails_keeps_its_place_and_is_tried_three_times() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(stage.play(
        "09:00 call A; 09:00:30 callback A; 09:01 anna in; 09:01:05 anna answers A
         09:01:30 failed A until 09:10; 09:05 call B; 09:05 anna answers B; 09:06 call C
         09:11; 09:12 end B; 09:12:05 anna answers A; 09:12:30 failed A until 09:00
         09:12:35 anna answers A; 09:12:40 failed A until 09:30; 09:13 anna answers C"
    ), @"
    09:00:00 arrived A
    09:00:00 queued A Arrived
    09:00:30 callback A
    09:01:00 anna Available
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 anna Offered
    09:01:05 answered A by anna after 65s
    09:01:05 anna Talking
    09:01:30 part ended A of anna talk 25s hold 0s NotReached
    09:01:30 anna Available
    09:01:30 failed A of anna try 1 again 09:10:00
    09:05:00 arrived B
    09:05:00 queued B Arrived
    09:05:00 offer B to anna until 09:05:20 Queue
    09:05:00 anna Offered
    09:05:00 answered B by anna after 0s
    09:05:00 anna Talking
    09:06:00 arrived C
    09:06:00 queued C Arrived
    09:10:00 queued A TriedAgain
    09:12:00 part ended B of anna talk 420s hold 0s Ended
    09:12:00 anna Available
    09:12:00 ended B Handled(Customer) wait 0s
    09:12:00 offer A to anna until 09:12:20 Queue
    09:12:00 anna Offered
    09:12:05 answered A by anna after 125s again
    09:12:05 anna Talking
    09:12:30 part ended A of anna talk 25s hold 0s NotReached
    09:12:30 anna Available
    09:12:30 failed A of anna try 2 again 09:12:30
    09:12:30 queued A TriedAgain
    09:12:30 offer A to anna until 09:12:50 Queue
    09:12:30 anna Offered
    09:12:35 answered A by anna after 5s again
    09:12:35 anna Talking
    09:12:40 part ended A of anna talk 5s hold 0s NotReached
    09:12:40 anna Available
    09:12:40 failed A of anna try 3 again never
    09:12:40 ended A NotReached wait 65s
    09:12:40 offer C to anna until 09:13:00 Queue
    09:12:40 anna Offered
    09:13:00 offer ended C at anna Missed
    09:13:00 anna Available
    09:13:00 queued C OfferEnded
    09:13:00 refused: agent anna has no offer of contact C; it was taken back, missed or answered
    ");
}

#[test]
fn a_callback_reached_cannot_fail_and_one_in_the_night_waits_for_the_morning() {
    let mut stage = Stage::new();
    let mut rules = client_rules(1);
    rules.open_at = Timeline {
        changes: vec![(at("08:00"), true), (at("10:00"), false), (at("20:00"), true)],
        compiled_until: Timestamp::MAX,
    };
    stage.client(rules);
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 call A; 09:00 callback A; 09:00 anna in; 09:01 anna answers A; 09:01 failed A until 12:00
         12:00; 20:00; 20:00:01 anna answers A; 20:00:10 reached A; 20:00:20 failed A until 21:00; 20:01 end A"
    )), @"
    09:00:00 callback A
    09:00:00 offer A to anna until 09:00:20 Queue
    09:00:20 offer ended A at anna Missed
    09:00:20 queued A OfferEnded
    09:00:50 offer A to anna until 09:01:10 Queue
    09:01:00 answered A by anna after 60s
    09:01:00 part ended A of anna talk 0s hold 0s NotReached
    09:01:00 failed A of anna try 1 again 12:00:00
    10:00:00 period 0 closed
    12:00:00 waits A for the opening at 20:00:00
    20:00:00 period 0 open
    20:00:00 queued A Opened
    20:00:00 offer A to anna until 20:00:20 Queue
    20:00:01 answered A by anna after 28801s again
    20:00:10 reached A
    20:00:20 refused: contact A is not promised a callback; that is not possible now
    20:01:00 part ended A of anna talk 59s hold 0s Ended
    20:01:00 ended A Handled(Customer) wait 60s
    ");
}

#[test]
fn a_promised_callback_can_be_taken_back_until_somebody_calls() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 call A; 09:00 cancel A; 09:00:10 callback A; 09:01 cancel A
         09:02 call B; 09:02 callback B; 09:03 anna in; 09:03:05 cancel B
         09:04 call C; 09:04:01 anna refuses C; 09:04:02 callback C; 09:04:40 anna answers C; 09:05 cancel C"
    )), @"
    09:00:00 refused: contact A is not promised a callback; that is not possible now
    09:00:10 callback A
    09:01:00 ended A CallbackCancelled wait 60s
    09:02:00 callback B
    09:03:00 offer B to anna until 09:03:20 Queue
    09:03:05 offer ended B at anna ContactGone
    09:03:05 ended B CallbackCancelled wait 65s
    09:04:00 offer C to anna until 09:04:20 Queue
    09:04:01 offer ended C at anna Refused
    09:04:01 queued C OfferEnded
    09:04:02 callback C
    09:04:31 offer C to anna until 09:04:51 Queue
    09:04:40 answered C by anna after 40s
    09:05:00 refused: contact C is in conversation with an agent; that is not possible now
    ");
}

#[test]
fn voicemail_and_a_cut_are_ends_of_their_own() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 call A; 09:00:10 voicemail A; 09:01 anna in; 09:02 call B; 09:02:05 voicemail B
         09:03 call C; 09:03 anna answers C; 09:03:10 voicemail C; 09:04 cut C
         09:05 anna break; 09:06 call D; 09:06:10 cut D; 09:07 chat E; 09:07 cut E; 09:07 voicemail E
         09:08 call F; 09:08 callback F; 09:08 cut F; 09:08 voicemail F"
    )), @"
    09:00:10 ended A Voicemail wait 10s
    09:02:00 offer B to anna until 09:02:20 Queue
    09:02:05 offer ended B at anna ContactGone
    09:02:05 ended B Voicemail wait 5s
    09:03:00 offer C to anna until 09:03:20 Queue
    09:03:00 answered C by anna after 0s
    09:03:10 refused: contact C is in conversation with an agent; that is not possible now
    09:04:00 part ended C of anna talk 60s hold 0s Ended
    09:04:00 ended C Cut wait 0s
    09:05:00 anna Away(Break)
    09:06:10 ended D Cut wait 10s
    09:07:00 refused: contact E is no telephone call; pass it on to a queue or an agent
    09:07:00 refused: contact E is no telephone call; pass it on to a queue or an agent
    09:08:00 callback F
    09:08:00 refused: contact F is promised a callback; that is not possible now
    09:08:00 refused: contact F is promised a callback; that is not possible now
    ");
}

#[test]
fn facts_of_a_call_are_taken_a_while_after_its_end_and_change_nothing() {
    let mut stage = Stage::new();
    stage.play("09:00 call A; 09:00 chat B; 09:00 abandon B");
    let before = stage.router.state_hash();
    insta::assert_snapshot!(stage.play("09:00 greeted A; 09:00 greeted B; 09:00 greeted C"), @"
    09:00:00 fact A GreetingPlayed
    09:00:00 refused: contact B is not on the floor; it has ended or never arrived
    09:00:00 refused: contact C is not on the floor; it has ended or never arrived
    ");
    assert_eq!(stage.router.state_hash(), before);
    insta::assert_snapshot!(stage.play("09:01 abandon A; 09:01 greeted A"), @"
    09:01:00 ended A Abandoned wait 60s
    09:01:00 fact A GreetingPlayed
    ");
    for n in 0..ENDED_CALLS_MAX {
        stage.play(&format!("09:02 call N{n}; 09:02 abandon N{n}"));
    }
    insta::assert_snapshot!(stage.play("09:03 greeted A; 09:03 greeted N0"), @"
    09:03:00 refused: contact A is not on the floor; it has ended or never arrived
    09:03:00 fact N0 GreetingPlayed
    ");
}

#[test]
fn a_flow_leads_to_a_callback_or_a_voicemail_without_an_offer_of_the_call() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(stage.play(
        "09:00 anna in; 09:01 call A led=voicemail; 09:01:10 call B led=callback
         09:01:20 anna answers B; 09:01:30 reached B; 09:02 end B; 09:02:10 chat C led=callback"
    ), @"
    09:00:00 anna Available
    09:01:00 arrived A
    09:01:00 ended A Voicemail wait 0s
    09:01:10 arrived B
    09:01:10 queued B Arrived
    09:01:10 callback B
    09:01:10 offer B to anna until 09:01:30 Queue
    09:01:10 anna Offered
    09:01:20 answered B by anna after 10s
    09:01:20 anna Talking
    09:01:30 reached B
    09:02:00 part ended B of anna talk 40s hold 0s Ended
    09:02:00 anna Available
    09:02:00 ended B Handled(Customer) wait 10s
    09:02:10 refused: contact C is no telephone call; pass it on to a queue or an agent
    ");
}

#[test]
fn a_customer_whom_nobody_outside_answers_waits_again() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(stage.play(
        "09:00 anna in; 09:01 call A; 09:01 anna answers A; 09:01:30 nobody outside A
         09:02 anna transfers A outside; 09:02:10 ben in; 09:02:20 nobody outside A; 09:02:30 ben answers A
         09:03 end A"
    ), @"
    09:00:00 anna Available
    09:01:00 arrived A
    09:01:00 queued A Arrived
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 anna Offered
    09:01:00 answered A by anna after 0s
    09:01:00 anna Talking
    09:01:30 refused: contact A is in conversation with an agent; that is not possible now
    09:02:00 transferred A by anna
    09:02:00 part ended A of anna talk 60s hold 0s Transferred
    09:02:00 anna Available
    09:02:10 ben Available
    09:02:20 queued A Transferred
    09:02:20 offer A to ben until 09:02:40 Queue
    09:02:20 ben Offered
    09:02:30 answered A by ben after 10s again
    09:02:30 ben Talking
    09:03:00 part ended A of ben talk 30s hold 0s Ended
    09:03:00 ben Available
    09:03:00 ended A Handled(Customer) wait 0s
    ");
}

#[test]
fn a_callback_whose_customer_is_on_the_line_waits_as_a_call() {
    let mut stage = Stage::new();
    // Ben takes no callbacks: what he is offered is a call.
    stage.agent("ben", |ben| ben.channels.retain(|(channel, _)| *channel != Channel::Callback));
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 call A; 09:00:10 callback A; 09:01 anna in; 09:01:05 anna answers A; 09:01:10 reached A
         09:02 anna transfers A outside; 09:02:10 ben in; 09:02:20 nobody outside A; 09:02:30 ben answers A
         09:03 ben transfers A to queue 1; 09:03:05 anna answers A; 09:03:20 anna transfers A outside
         09:03:30 anna break; 09:03:31 ben break; 09:03:40 nobody outside A; 09:04 callback A; 09:05 anna ready
         09:05:05 anna answers A; 09:05:10 reached A; 09:05:20 anna transfers A outside; 09:05:30 anna break
         09:05:40 nobody outside A; 09:06 abandon A"
    )), @"
    09:00:10 callback A
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:05 answered A by anna after 65s
    09:01:10 reached A
    09:02:00 transferred A by anna
    09:02:00 part ended A of anna talk 55s hold 0s Transferred
    09:02:20 queued A Transferred
    09:02:20 offer A to ben until 09:02:40 Queue
    09:02:30 answered A by ben after 10s again
    09:03:00 transferred A by ben
    09:03:00 part ended A of ben talk 30s hold 0s Transferred
    09:03:00 queued A Transferred
    09:03:00 offer A to anna until 09:03:20 Queue
    09:03:05 answered A by anna after 5s again
    09:03:20 transferred A by anna
    09:03:20 part ended A of anna talk 15s hold 0s Transferred
    09:03:30 anna Away(Break)
    09:03:31 ben Away(Break)
    09:03:40 queued A Transferred
    09:04:00 callback A
    09:05:00 offer A to anna until 09:05:20 Queue
    09:05:05 answered A by anna after 85s again
    09:05:10 reached A
    09:05:20 transferred A by anna
    09:05:20 part ended A of anna talk 15s hold 0s Transferred
    09:05:30 anna Away(Break)
    09:05:40 queued A Transferred
    09:06:00 ended A Handled(Customer) wait 65s
    ");
}

#[test]
fn a_call_that_was_cut_waits_as_a_callback_in_its_place() {
    let mut stage = Stage::new();
    // In conversation, on offer, and waiting; and one that is a callback already.
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:01 call A; 09:01:05 anna answers A; 09:01:10 call B; 09:01:20 ben in
         09:01:30 again B; 09:01:31 again A; 09:01:40 ben answers B; 09:01:45 reached B; 09:01:50 anna answers A
         09:02:20 call C; 09:02:21 again C; 09:03 again C"
    )), @"
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:05 answered A by anna after 5s
    09:01:20 offer B to ben until 09:01:40 Queue
    09:01:30 offer ended B at ben TakenBack
    09:01:30 callback B
    09:01:30 queued B OfferEnded
    09:01:30 offer B to ben until 09:01:50 Queue
    09:01:31 part ended A of anna talk 26s hold 0s Released
    09:01:31 callback A
    09:01:31 queued A Released
    09:01:31 offer A to anna until 09:01:51 Queue
    09:01:40 answered B by ben after 30s
    09:01:45 reached B
    09:01:50 answered A by anna after 19s again
    09:02:21 callback C
    09:03:00 refused: contact C is promised a callback; that is not possible now
    ");
}

#[test]
fn whoever_was_on_a_call_that_was_cut_wraps_up_and_did_not_in_old_journals() {
    let mut rules = client_rules(1);
    rules.queues[0].wrap_up = WrapUpRule::Fixed { seconds: 30, extend_s: 0, extensions_max: 0 };
    let mut stage = Stage::new();
    stage.client(rules);
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:01 call A; 09:01 anna answers A; 09:02 again A; 09:02:30; 09:02:35 anna answers A
         09:03 end A; 09:04 call B; 09:04 anna answers B; 09:05 again B unwrapped"
    )), @"
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 answered A by anna after 0s
    09:02:00 part ended A of anna talk 60s hold 0s Released
    09:02:00 wrap-up A of anna until 09:02:30
    09:02:00 callback A
    09:02:00 queued A Released
    09:02:30 wrap-up ended A of anna after 30s
    09:02:30 offer A to anna until 09:02:50 Queue
    09:02:35 answered A by anna after 35s again
    09:03:00 part ended A of anna talk 25s hold 0s Ended
    09:03:00 wrap-up A of anna until 09:03:30
    09:03:00 ended A Handled(Customer) wait 0s
    09:03:30 wrap-up ended A of anna after 30s
    09:04:00 offer B to anna until 09:04:20 Queue
    09:04:00 answered B by anna after 0s
    09:05:00 part ended B of anna talk 60s hold 0s Released
    09:05:00 callback B
    09:05:00 queued B Released
    09:05:00 offer B to anna until 09:05:20 Queue
    ");
    /// The input as it was written before there was a choice.
    #[derive(minicbor::Encode)]
    enum Before {
        #[n(51)]
        CallAgain {
            #[n(0)]
            contact: domain::ContactId,
        },
    }
    let (contact, wraps_up) = (domain::ContactId::from_u128(7), false);
    let before = minicbor::to_vec(Before::CallAgain { contact }).unwrap();
    let read: Input = minicbor::decode(&before).unwrap();
    assert_eq!(read, Input::CallAgain { contact, wraps_up });
}

#[test]
fn a_lead_takes_a_call_over_at_once() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(stage.play(
        "09:00 anna in; 09:01 call A; 09:01 anna answers A; 09:02 anna over A ben; 09:02:10 ben in
         09:02:20 anna over A ben; 09:02:30 anna holds A; 09:03 end A"
    ), @"
    09:00:00 anna Available
    09:01:00 arrived A
    09:01:00 queued A Arrived
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 anna Offered
    09:01:00 answered A by anna after 0s
    09:01:00 anna Talking
    09:02:00 refused: agent ben is not known to this floor; create the agent first
    09:02:10 ben Available
    09:02:20 part ended A of anna talk 80s hold 0s Released
    09:02:20 anna Available
    09:02:20 queued A Released
    09:02:20 offer A to ben until 09:02:40 Transfer
    09:02:20 ben Offered
    09:02:20 answered A by ben after 0s again
    09:02:20 ben Talking
    09:02:30 refused: agent anna is not on contact A
    09:03:00 part ended A of ben talk 40s hold 0s Ended
    09:03:00 ben Available
    09:03:00 ended A Handled(Customer) wait 0s
    ");
}

#[test]
fn a_customer_who_has_not_been_reached_cannot_be_handed_on_outside() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 call A; 09:00:30 callback A; 09:01 anna in; 09:01:05 anna answers A
         09:01:10 anna transfers A outside; 09:01:20 reached A; 09:01:30 anna transfers A outside"
    )), @"
    09:00:30 callback A
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:05 answered A by anna after 65s
    09:01:10 refused: contact A is ringing at the customer; that is not possible now
    09:01:20 reached A
    09:01:30 transferred A by anna
    09:01:30 part ended A of anna talk 25s hold 0s Transferred
    ");
}
