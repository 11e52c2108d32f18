//! Contacts: whose turn it is, offers, arrival, hours and limits.

use super::*;

// ---- contacts: whose turn it is ----

#[test]
fn a_freed_agent_takes_the_contact_nearest_to_breaching_its_own_promise() {
    let mut stage = Stage::new();
    let mut quick = client_rules(2);
    quick.periods[0].promise.threshold_s = 10;
    stage.client(quick);
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 call A; 09:00:05 call B client=2; 09:00:15 call C client=2; 09:01 anna in
         09:01:01 anna answers B; 09:01:02 end B; 09:01:03 anna answers A; 09:01:04 end A"
    )), @"
    09:01:00 offer B to anna until 09:01:20 Queue
    09:01:01 answered B by anna after 56s
    09:01:02 part ended B of anna talk 1s hold 0s Ended
    09:01:02 ended B Handled(Customer) wait 56s
    09:01:02 offer A to anna until 09:01:22 Queue
    09:01:03 answered A by anna after 63s
    09:01:04 part ended A of anna talk 1s hold 0s Ended
    09:01:04 ended A Handled(Customer) wait 63s
    09:01:04 offer C to anna until 09:01:24 Queue
    ");
}

#[test]
fn a_head_start_is_worth_its_seconds_and_no_more() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 call A; 09:04 call B ahead=300; 09:06 call C ahead=300; 09:07 anna in
         09:07:01 anna answers B; 09:07:02 end B; 09:07:03 anna answers A; 09:07:04 end A"
    )), @"
    09:07:00 offer B to anna until 09:07:20 Queue
    09:07:01 answered B by anna after 181s
    09:07:02 part ended B of anna talk 1s hold 0s Ended
    09:07:02 ended B Handled(Customer) wait 181s
    09:07:02 offer A to anna until 09:07:22 Queue
    09:07:03 answered A by anna after 423s
    09:07:04 part ended A of anna talk 1s hold 0s Ended
    09:07:04 ended A Handled(Customer) wait 423s
    09:07:04 offer C to anna until 09:07:24 Queue
    ");
}

#[test]
fn one_client_in_a_peak_leaves_room_for_the_others() {
    let mut stage = Stage::new();
    stage.client(client_rules(2));
    stage.input("00:00", Input::SetPool(PoolRules { pool: POOL, fairness_cap_percent: 50 }));
    // A to D of client 1 came first; with two of four agents its fill is had.
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 call A; 09:00 call B; 09:00 call C; 09:00 call D; 09:00:10 call E client=2
         09:01 anna in; 09:01 ben in break; 09:01 carl in break; 09:01 dora in break
         09:01 ben ready; 09:01 carl ready; 09:01 dora ready"
    )), @"
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 ben Away(Break)
    09:01:00 carl Away(Break)
    09:01:00 dora Away(Break)
    09:01:00 offer B to ben until 09:01:20 Queue
    09:01:00 offer E to carl until 09:01:20 Queue
    09:01:00 offer C to dora until 09:01:20 Queue
    ");
}

#[test]
fn nobody_passes_where_positions_are_told_but_the_emergency_lane() {
    let mut stage = stage_with(|rules| rules.queues[0].announce_position = true);
    stage.play("09:00 call A; 09:01 call B; 09:02 call C ahead=3600; 09:03 call D");
    let place = |stage: &mut Stage, name: &str| {
        let contact = stage.contact_id(name);
        let place = stage.router.place(contact).expect("it waits");
        (place.ahead, place.told_max)
    };
    let places = ["A", "B", "C", "D"].map(|name| place(&mut stage, name));
    assert_eq!(places, [(0, 0), (1, 1), (2, 2), (3, 3)]);
    insta::assert_snapshot!(gist(&stage.play("09:04 expedite D; 09:04 call E emergency")), @"09:04:00 expedited D");
    // Two are ahead of everybody now; nobody is told a higher number than before.
    let places = ["D", "E", "A", "B", "C"].map(|name| place(&mut stage, name));
    assert_eq!(places, [(0, 0), (1, 1), (2, 0), (3, 1), (4, 2)]);
    insta::assert_snapshot!(gist(&stage.play(
        "09:05 anna in; 09:05:01 anna answers D; 09:05:02 end D; 09:05:03 anna answers E; 09:05:04 end E"
    )), @"
    09:05:00 offer D to anna until 09:05:20 Queue
    09:05:01 answered D by anna after 121s
    09:05:02 part ended D of anna talk 1s hold 0s Ended
    09:05:02 ended D Handled(Customer) wait 121s
    09:05:02 offer E to anna until 09:05:22 Queue
    09:05:03 answered E by anna after 63s
    09:05:04 part ended E of anna talk 1s hold 0s Ended
    09:05:04 ended E Handled(Customer) wait 63s
    09:05:04 offer A to anna until 09:05:24 Queue
    ");
}

// ---- offers ----

#[test]
fn a_missed_contact_keeps_its_place_and_the_agent_is_away_after_two() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(stage.play("09:00 anna in; 09:05 call A; 09:05:10 call B; 09:05:20; 09:05:40; 09:06:40 anna ready"), @"
    09:00:00 anna Available
    09:05:00 arrived A
    09:05:00 queued A Arrived
    09:05:00 offer A to anna until 09:05:20 Queue
    09:05:00 anna Offered
    09:05:10 arrived B
    09:05:10 queued B Arrived
    09:05:20 offer ended A at anna Missed
    09:05:20 anna Available
    09:05:20 queued A OfferEnded
    09:05:20 offer B to anna until 09:05:40 Queue
    09:05:20 anna Offered
    09:05:40 offer ended B at anna Missed
    09:05:40 anna Away(NoAnswer)
    09:05:40 queued B OfferEnded
    09:06:40 anna Available
    09:06:40 offer A to anna until 09:07:00 Queue
    09:06:40 anna Offered
    ");
}

#[test]
fn refused_busy_and_unreachable_are_not_misses() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:05 call A; 09:05:02 anna refuses A; 09:05:40 anna busy A; 09:06:20 anna unreachable A; 09:06:50"
    )), @"
    09:05:00 offer A to anna until 09:05:20 Queue
    09:05:02 offer ended A at anna Refused
    09:05:02 queued A OfferEnded
    09:05:32 offer A to anna until 09:05:52 Queue
    09:05:40 offer ended A at anna Busy
    09:05:40 queued A OfferEnded
    09:06:10 offer A to anna until 09:06:30 Queue
    09:06:20 offer ended A at anna Unreachable
    09:06:20 anna Lost
    09:06:20 queued A OfferEnded
    09:06:40 anna Away(ConnectionLost)
    ");
    let anna = stage.agent_id("anna");
    assert_eq!(stage.router.agent_view(anna).expect("she is known").misses, 0);
}

#[test]
fn an_answer_forgives_misses() {
    let mut stage = Stage::new();
    stage.play("09:00 anna in; 09:05 call A; 09:05:20; 09:05:50; 09:05:55 anna answers A; 09:06 end A; 09:06 call B; 09:06:20");
    let anna = stage.agent_id("anna");
    let view = stage.router.agent_view(anna).expect("she is known");
    assert_eq!((view.state, view.misses), (AgentState::Available, 1));
}

#[test]
fn a_late_answer_says_what_happened() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play("09:00 anna in; 09:05 call A; 09:05:20 anna answers A; 09:05:21 abandon A; 09:05:22 abandon A")), @"
    09:05:00 offer A to anna until 09:05:20 Queue
    09:05:20 offer ended A at anna Missed
    09:05:20 queued A OfferEnded
    09:05:20 refused: agent anna has no offer of contact A; it was taken back, missed or answered
    09:05:21 ended A Abandoned wait 21s
    09:05:22 refused: contact A is not on the floor; it has ended or never arrived
    ");
}

// ---- arrival, greeting, hours, limits ----

#[test]
fn the_peak_greeting_starts_only_when_nobody_is_free_and_never_twice() {
    let mut stage = stage_with(|rules| rules.periods[0].peak_greeting = Some(seconds(8)));
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 anna in; 09:01 call A; 09:01:03 anna answers A; 09:02 call B; 09:02:05 end A; 09:02:25; 09:02:40 mail M"
    )), @"
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:03 answered A by anna after 3s
    09:02:00 greeting B 8s
    09:02:05 part ended A of anna talk 62s hold 0s Ended
    09:02:05 ended A Handled(Customer) wait 3s
    09:02:05 offer B to anna until 09:02:25 Queue
    09:02:25 offer ended B at anna Missed
    09:02:25 queued B OfferEnded
    09:02:40 offer M to anna until 09:03:00 Queue
    ");
}

#[test]
fn abandons_are_told_from_short_ones_at_the_limit() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 call A; 09:00 call B; 09:00:05 abandon A; 09:00:06 abandon B; 09:01 call C since=09:00:50; 09:01 abandon C"
    )), @"
    09:00:05 ended A ShortAbandoned wait 5s
    09:00:06 ended B Abandoned wait 6s
    09:01:00 ended C Abandoned wait 10s
    ");
}

fn with_hours(closed_waits: bool) -> Stage {
    stage_with(|rules| {
        rules.closed_waits = closed_waits;
        rules.open_at = Timeline {
            changes: vec![(Timestamp::MIN, false), (at("09:00"), true), (at("18:00"), false)],
            compiled_until: at("24:00"),
        };
    })
}

#[test]
fn outside_the_hours_a_contact_waits_for_the_opening_or_ends_as_closed() {
    let mut stage = with_hours(true);
    insta::assert_snapshot!(gist(&stage.play("08:00 anna in; 08:50 call A; 08:55 call B; 09:00:01; 19:00 call C")), @"
    08:50:00 waits A for the opening at 09:00:00
    08:55:00 waits B for the opening at 09:00:00
    09:00:00 period 0 open
    09:00:00 queued A Opened
    09:00:00 queued B Opened
    09:00:00 offer A to anna until 09:00:20 Queue
    09:00:20 offer ended A at anna Missed
    09:00:20 queued A OfferEnded
    09:00:20 offer B to anna until 09:00:40 Queue
    09:00:40 offer ended B at anna Missed
    09:00:40 anna Away(NoAnswer)
    09:00:40 queued B OfferEnded
    18:00:00 period 0 closed
    19:00:00 waits C for the opening at never
    ");
    let mut stage = with_hours(false);
    insta::assert_snapshot!(gist(&stage.play("08:00 anna in; 08:50 call A; 09:00 call B")), @"
    08:50:00 ended A Closed wait 0s
    09:00:00 period 0 open
    09:00:00 offer B to anna until 09:00:20 Queue
    ");
}

#[test]
fn limits_are_told_and_hold() {
    let mut stage = stage_with(|rules| rules.queues[0].waiting_max = 1);
    stage.floor(|rules| (rules.contacts_max, rules.agents_max) = (2, 1));
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 call A; 09:00 call B; 09:01 anna in; 09:01 call C; 09:01 call D; 09:02 ben in"
    )), @"
    09:00:00 ended B QueueFull wait 0s
    09:01:00 offer A to anna until 09:01:20 Queue
    09:01:00 refused: the number of contacts on the floor is at its limit of 2; try again when some have ended, or raise `contacts_max` of the floor
    00:00:00 refused: the number of agents is at its limit of 1; remove an agent who has left, or raise `agents_max` of the floor
    09:01:20 offer ended A at anna Missed
    09:01:20 queued A OfferEnded
    09:01:20 offer C to anna until 09:01:40 Queue
    09:01:40 offer ended C at anna Missed
    09:01:40 anna Away(NoAnswer)
    09:01:40 queued C OfferEnded
    09:02:00 refused: agent ben is not known to this floor; create the agent first
    ");
}

#[test]
fn a_callback_keeps_the_place_and_cannot_be_abandoned() {
    let mut stage = Stage::new();
    insta::assert_snapshot!(gist(&stage.play(
        "09:00 call A; 09:01 call B; 09:02 callback A; 09:03 abandon A; 09:05 anna in; 09:05:05 anna answers A"
    )), @"
    09:02:00 callback A
    09:03:00 refused: contact A is promised a callback; that is not possible now
    09:05:00 offer A to anna until 09:05:20 Queue
    09:05:05 answered A by anna after 305s
    ");
    let anna = stage.agent_id("anna");
    assert_eq!(stage.router.agent_view(anna).expect("known").work[0].channel, Channel::Callback);
}

#[test]
fn among_hundreds_of_clients_an_agent_finds_the_nearest_of_their_own() {
    let mut stage = Stage::new();
    for n in 1..=400 {
        stage.client(client_rules(n));
    }
    for n in 1..=400 {
        let time = format!("09:{:02}:{:02}", n / 60, n % 60);
        stage.play(&format!("{time} call C{n} client={n}"));
    }
    // Three hundred and more wait before the first that Anna may take; Ben may take any.
    stage.agent("anna", |rules| rules.sign_offs = vec![client(390), client(380), client(395)]);
    stage.agent("ben", |rules| rules.sign_offs = (1..=400).map(client).collect());
    sign_in(&mut stage, "09:10", &["anna", "ben"]);
    insta::assert_snapshot!(gist(&stage.play(
        "09:10:01 anna answers C380; 09:10:02 end C380; 09:10:03 anna refuses C390"
    )), @"
    09:10:01 answered C380 by anna after 221s
    09:10:02 part ended C380 of anna talk 1s hold 0s Ended
    09:10:02 ended C380 Handled(Customer) wait 221s
    09:10:02 offer C390 to anna until 09:10:22 Queue
    09:10:03 offer ended C390 at anna Refused
    09:10:03 queued C390 OfferEnded
    09:10:03 offer C395 to anna until 09:10:23 Queue
    ");
    let ben = stage.agent_id("ben");
    let first = stage.contact_id("C1");
    assert_eq!(stage.router.agent_view(ben).expect("known").work[0].contact, first);
}
