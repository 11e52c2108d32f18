//! In conversation and after it.

use super::*;

// ---- in conversation ----

#[test]
fn hold_counts_apart_from_talk() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(stage.play(
        "09:00 anna in; 09:01 call A; 09:01 anna answers A; 09:02 anna holds A; 09:02:30 anna resumes A; 09:03 end A; 09:03 anna holds A"
    ), @"
    09:00:00 anna Available
    09:01:00 arrived A
    09:01:00 queued A Arrived
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 anna Offered
    09:01:00 answered A by anna after 0s
    09:01:00 anna Talking
    09:02:00 held A by anna
    09:02:00 anna Holding
    09:02:30 resumed A by anna
    09:02:30 anna Talking
    09:03:00 part ended A of anna talk 90s hold 30s Ended
    09:03:00 anna Available
    09:03:00 ended A Handled(Customer) wait 0s
    09:03:00 refused: contact A is not on the floor; it has ended or never arrived
    ");
}

#[test]
fn a_consult_becomes_a_conference_and_ends_with_one_agent() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(stage.play(
        "09:00 anna in; 09:00:10 ben in; 09:01 call A; 09:01:05 anna answers A
         09:02 anna consults A ben; 09:02:10 ben answers A; 09:03 anna conference A
         09:04 anna leaves A; 09:04:30 ben leaves A; 09:05 end A"
    ), @"
    09:00:00 anna Available
    09:00:10 ben Available
    09:01:00 arrived A
    09:01:00 queued A Arrived
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 anna Offered
    09:01:05 answered A by anna after 5s
    09:01:05 anna Talking
    09:02:00 held A by anna
    09:02:00 anna Holding
    09:02:00 offer A to ben until 09:02:20 Consult
    09:02:00 ben Offered
    09:02:10 consult A anna with ben
    09:02:10 anna Consulting
    09:02:10 ben Consulting
    09:03:00 conference A by anna
    09:03:00 anna Talking
    09:03:00 ben Talking
    09:04:00 part ended A of anna talk 165s hold 10s Left
    09:04:00 anna Available
    09:04:30 refused: contact A is in conversation with an agent; that is not possible now
    09:05:00 part ended A of ben talk 170s hold 0s Ended
    09:05:00 ben Available
    09:05:00 ended A Handled(Customer) wait 5s
    ");
}

#[test]
fn a_consulted_agent_takes_over_without_ringing_again() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:00:10 ben in; 09:01 call A; 09:01:05 anna answers A
         09:02 anna consults A ben; 09:02:10 ben answers A; 09:03 anna transfers A to ben; 09:04 end A"
    )), @"
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:05 answered A by anna after 5s
    09:02:00 held A by anna
    09:02:00 offer A to ben until 09:02:20 Consult
    09:02:10 consult A anna with ben
    09:03:00 transferred A by anna
    09:03:00 part ended A of anna talk 105s hold 10s Transferred
    09:04:00 part ended A of ben talk 110s hold 0s Ended
    09:04:00 ended A Handled(Customer) wait 5s
    ");
}

#[test]
fn a_consult_that_is_missed_left_or_taken_back_leaves_the_customer_on_hold_or_in_talk() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:00:10 ben in; 09:01 call A; 09:01:05 anna answers A
         09:02 anna consults A ben; 09:02:20; 09:02:30 anna consults A ben; 09:02:35 anna resumes A
         09:03 anna consults A ben; 09:03:05 ben answers A; 09:03:30 ben leaves A; 09:04 anna resumes A
         09:05 anna consults A ben; 09:05:05 end A"
    )), @"
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:05 answered A by anna after 5s
    09:02:00 held A by anna
    09:02:00 offer A to ben until 09:02:20 Consult
    09:02:20 offer ended A at ben Missed
    09:02:30 offer A to ben until 09:02:50 Consult
    09:02:35 offer ended A at ben TakenBack
    09:02:35 resumed A by anna
    09:03:00 held A by anna
    09:03:00 offer A to ben until 09:03:20 Consult
    09:03:05 consult A anna with ben
    09:03:30 part ended A of ben talk 25s hold 0s Left
    09:03:30 held A by anna
    09:04:00 resumed A by anna
    09:05:00 held A by anna
    09:05:00 offer A to ben until 09:05:20 Consult
    09:05:05 offer ended A at ben ContactGone
    09:05:05 part ended A of anna talk 165s hold 75s Ended
    09:05:05 ended A Handled(Customer) wait 5s
    ");
}

#[test]
fn a_transfer_to_a_queue_keeps_the_clock_and_goes_to_another_agent() {
    let mut stage = stage_with(|rules| rules.queues.push(queue_rules(7)));
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:01 call A; 09:01:05 anna answers A; 09:02 call B queue=7
         09:03 anna transfers A to queue 7; 09:04 ben in; 09:04:01 ben answers A; 09:05 end A"
    )), @"
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:05 answered A by anna after 5s
    09:03:00 transferred A by anna
    09:03:00 part ended A of anna talk 115s hold 0s Transferred
    09:03:00 queued A Transferred
    09:03:00 offer B to anna until 09:03:20 Queue
    09:03:20 offer ended B at anna Missed
    09:03:20 queued B OfferEnded
    09:03:30 offer A to anna until 09:03:50 Queue
    09:03:50 offer ended A at anna Missed
    09:03:50 anna Away(NoAnswer)
    09:03:50 queued A OfferEnded
    09:04:00 offer A to ben until 09:04:20 Queue
    09:04:01 answered A by ben after 61s again
    09:05:00 part ended A of ben talk 59s hold 0s Ended
    09:05:00 ended A Handled(Customer) wait 5s
    09:05:00 offer B to ben until 09:05:20 Queue
    ");
}

#[test]
fn a_transfer_to_an_agent_rings_waits_for_them_and_falls_back() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:00:10 ben in; 09:00:20 carl in
         09:01 call A; 09:01:05 anna answers A; 09:02 anna transfers A to ben; 09:02:20; 09:02:25 carl answers A
         09:03 carl transfers A to ben; 09:03:05 ben answers A
         09:04 call B; 09:04:05 anna answers B; 09:04:10 anna transfers B to ben; 09:04:20 end A
         09:04:25 ben answers B; 09:04:30 call C; 09:04:31 carl answers C; 09:04:40 carl transfers C to ben; 09:05:05"
    )), @"
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:05 answered A by anna after 5s
    09:02:00 transferred A by anna
    09:02:00 part ended A of anna talk 55s hold 0s Transferred
    09:02:00 queued A Transferred
    09:02:00 offer A to ben until 09:02:20 Transfer
    09:02:20 offer ended A at ben Missed
    09:02:20 queued A OfferEnded
    09:02:20 offer A to carl until 09:02:40 Queue
    09:02:25 answered A by carl after 25s again
    09:03:00 transferred A by carl
    09:03:00 part ended A of carl talk 35s hold 0s Transferred
    09:03:00 queued A Transferred
    09:03:00 offer A to ben until 09:03:20 Transfer
    09:03:05 answered A by ben after 5s again
    09:04:00 offer B to anna until 09:04:20 Queue
    09:04:05 answered B by anna after 5s
    09:04:10 transferred B by anna
    09:04:10 part ended B of anna talk 5s hold 0s Transferred
    09:04:10 queued B Transferred
    09:04:20 part ended A of ben talk 75s hold 0s Ended
    09:04:20 ended A Handled(Customer) wait 5s
    09:04:20 offer B to ben until 09:04:40 Transfer
    09:04:25 answered B by ben after 15s again
    09:04:30 offer C to carl until 09:04:50 Queue
    09:04:31 answered C by carl after 1s
    09:04:40 transferred C by carl
    09:04:40 part ended C of carl talk 9s hold 0s Transferred
    09:04:40 queued C Transferred
    09:05:00 ring C StickyExpired
    09:05:00 offer C to anna until 09:05:20 Queue
    ");
}

#[test]
fn a_transfer_to_a_skill_asks_it_on_top() {
    let mut stage = Stage::new();
    stage.agent("eve", |rules| rules.skills = vec![(skill(7), 1)]);
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:00:10 ben in; 09:01 call A; 09:01:05 anna answers A; 09:02 anna transfers A to skill 7"
    )), @"
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:05 answered A by anna after 5s
    09:02:00 transferred A by anna
    09:02:00 part ended A of anna talk 55s hold 0s Transferred
    09:02:00 queued A Transferred
    ");
    sign_in(&mut stage, "09:03", &["eve"]);
    insta::assert_snapshot!(gist(&stage.play("09:03:05 eve answers A")), @"09:03:05 answered A by eve after 65s again");
}

#[test]
fn long_talk_is_flagged_once_and_nothing_is_cut() {
    let mut stage = stage_with(|rules| rules.periods[0].talk_limit = Some(seconds(300)));
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:01 call A; 09:01 anna answers A; 09:03 anna holds A; 09:04 anna resumes A; 09:10 end A"
    )), @"
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 answered A by anna after 0s
    09:03:00 held A by anna
    09:04:00 resumed A by anna
    09:07:00 long talk A of anna
    09:10:00 part ended A of anna talk 480s hold 60s Ended
    09:10:00 ended A Handled(Customer) wait 0s
    ");
}

#[test]
fn a_lead_takes_a_contact_back_and_another_agent_gets_it() {
    let mut stage = stage_with(|rules| rules.queues[0].wrap_up = WrapUpRule::UntilDone);
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:00:10 ben in; 09:01 chat A; 09:01:05 anna answers A; 09:02 anna released A
         09:02:05 ben answers A; 09:03 end A; 09:04 ben released A"
    )), @"
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:05 answered A by anna after 5s
    09:02:00 part ended A of anna talk 55s hold 0s Released
    09:02:00 queued A Released
    09:02:00 offer A to ben until 09:02:20 Queue
    09:02:05 answered A by ben after 5s again
    09:03:00 part ended A of ben talk 55s hold 0s Ended
    09:03:00 wrap-up A of ben until done
    09:03:00 ended A Handled(Customer) wait 5s
    09:04:00 wrap-up ended A of ben after 60s
    ");
}

// ---- wrap-up ----

#[test]
fn wrap_up_is_a_state_that_ends_by_itself_early_or_later() {
    let mut stage = stage_with(|rules| {
        rules.queues[0].wrap_up =
            WrapUpRule::Fixed { seconds: 30, extend_s: 20, extensions_max: 1 };
    });
    insta::assert_snapshot!(stage.play(
        "09:00 anna in; 09:01 call A; 09:01 anna answers A; 09:02 end A; 09:02:30
         09:03 call B; 09:03 anna answers B; 09:04 end B; 09:04:10 anna finishes B
         09:05 call C; 09:05 anna answers C; 09:06 end C; 09:06:10 anna extends C; 09:06:11 anna extends C; 09:06:50"
    ), @"
    09:00:00 anna Available
    09:01:00 arrived A
    09:01:00 queued A Arrived
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 anna Offered
    09:01:00 answered A by anna after 0s
    09:01:00 anna Talking
    09:02:00 part ended A of anna talk 60s hold 0s Ended
    09:02:00 wrap-up A of anna until 09:02:30
    09:02:00 anna WrapUp
    09:02:00 ended A Handled(Customer) wait 0s
    09:02:30 wrap-up ended A of anna after 30s
    09:02:30 anna Available
    09:03:00 arrived B
    09:03:00 queued B Arrived
    09:03:00 offer B to anna until 09:03:20 Queue
    09:03:00 anna Offered
    09:03:00 answered B by anna after 0s
    09:03:00 anna Talking
    09:04:00 part ended B of anna talk 60s hold 0s Ended
    09:04:00 wrap-up B of anna until 09:04:30
    09:04:00 anna WrapUp
    09:04:00 ended B Handled(Customer) wait 0s
    09:04:10 wrap-up ended B of anna after 10s
    09:04:10 anna Available
    09:05:00 arrived C
    09:05:00 queued C Arrived
    09:05:00 offer C to anna until 09:05:20 Queue
    09:05:00 anna Offered
    09:05:00 answered C by anna after 0s
    09:05:00 anna Talking
    09:06:00 part ended C of anna talk 60s hold 0s Ended
    09:06:00 wrap-up C of anna until 09:06:30
    09:06:00 anna WrapUp
    09:06:00 ended C Handled(Customer) wait 0s
    09:06:10 wrap-up C of anna extended until 09:06:50
    09:06:11 refused: no extension is left for this wrap-up
    09:06:50 wrap-up ended C of anna after 50s
    09:06:50 anna Available
    ");
    let mut stage = stage_with(|rules| rules.queues[0].wrap_up = WrapUpRule::UntilDone);
    // The points stay in use until the work is done.
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:01 call A; 09:01 anna answers A; 09:02 end A; 09:03 chat B; 09:30 anna finishes A"
    )), @"
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 answered A by anna after 0s
    09:02:00 part ended A of anna talk 60s hold 0s Ended
    09:02:00 wrap-up A of anna until done
    09:02:00 ended A Handled(Customer) wait 0s
    09:30:00 wrap-up ended A of anna after 1680s
    09:30:00 offer B to anna until 09:30:20 Queue
    ");
}
