//! How each fate of a contact counts.

use std::time::Duration;

use domain::{Span, Timestamp};
use figures::{Group, Key, Row, Summary};
use routing::{AgentState, AwayReason, Ending, OfferEnd, PartEnd, QueuedWhy, Stamped};

use crate::log::*;

const START: &str = "2026-06-01T08:00:00Z";

fn life(version: u32) -> Life {
    Life::new(1, 1, version, at(START), Duration::ZERO).queued(QueuedWhy::Arrived)
}

fn day(group: Group, events: &[Stamped]) -> Vec<Row> {
    let span = zone("Europe/Paris").day("2026-06-01".parse().unwrap());
    Row::totals(&report(query("Europe/Paris", span, secs(900), group), events))
}

/// The figures of client 1.
fn figures(life: Life) -> Summary {
    let rows = day(Group::Client, &life.events);
    assert_eq!(rows.len(), 1);
    rows[0].tally.summary()
}

#[test]
fn an_answer_is_in_time_up_to_the_threshold() {
    for (wait, in_time) in [(us(0), 1), (secs(20), 1), (us(20_000_001), 0)] {
        let f = figures(life(1).after(wait).answered(1, false));
        assert_eq!((f.arrived, f.offered, f.answered, f.answered_in_time), (1, 1, 1, in_time));
    }
    // The clock may have started before the contact came to the queue.
    let rung = Life::new(1, 1, 1, at(START), secs(15)).after(secs(10)).answered(1, true);
    let f = figures(rung);
    assert_eq!((f.answered, f.answered_in_time, f.wait_ms), (1, 0, 25_000));
    assert_eq!(f.overflow_answered, 1);
}

#[test]
fn handle_is_talk_and_hold_and_wrap_up_whichever_order_the_end_has() {
    let talk = |life: Life| {
        life.after(secs(4)).answered(1, false).after(secs(100)).part_ended(
            1,
            secs(70),
            secs(30),
            PartEnd::Ended,
        )
    };
    let wrapped = |life: Life| life.after(secs(25)).wrapped_up(1, queue(1, 1), secs(25));
    for life in [
        wrapped(talk(life(1)).ended(HANDLED).wrap_up(1)),
        wrapped(talk(life(1)).wrap_up(1).ended(HANDLED)),
    ] {
        let f = figures(life);
        assert_eq!((f.talk_ms, f.hold_ms, f.wrap_up_ms), (70_000, 30_000, 25_000));
        assert_eq!((f.handle_mean_ms, f.handle_per_contact_ms), (Some(125_000), Some(125_000)));
        assert_eq!((f.handled, f.wait_mean_ms, f.wait_p90_ms), (1, Some(4_000), Some(4_000)));
    }
}

#[test]
fn abandons_count_with_the_greeting_and_short_ones_apart() {
    for (wait, in_time, short) in [(secs(5), 1, 1), (secs(6), 1, 0), (secs(21), 0, 0)] {
        let f = figures(life(1).greeted().after(wait).ended(Ending::Abandoned));
        assert_eq!((f.offered, f.answered, f.abandoned), (1, 0, 1));
        assert_eq!((f.abandoned_in_time, f.short_abandoned), (in_time, short), "{wait:?}");
        assert_eq!(f.wait_mean_ms, None, "the mean wait is of the answered");
        assert_eq!(f.abandonment_permille, Some(1000));
    }
}

#[test]
fn other_endings_are_in_no_service_level() {
    for (ending, offered, turned_away) in
        [(Ending::Closed, 0, 1), (Ending::QueueFull, 0, 1), (Ending::QueueRemoved, 0, 1)]
    {
        let f = figures(life(1).after(secs(3)).ended(ending));
        assert_eq!((f.arrived, f.offered, f.turned_away), (1, offered, turned_away));
        assert_eq!((f.answered, f.abandoned, f.service_level), (0, 0, None), "{ending:?}");
    }
    let f = figures(
        life(1).after(secs(60)).callback().after(secs(600)).answered(1, false).ended(HANDLED),
    );
    assert_eq!((f.offered, f.callbacks, f.callbacks_answered, f.answers), (1, 1, 1, 1));
    assert_eq!((f.answered, f.wait_mean_ms, f.service_level), (0, None, None));
}

#[test]
fn losing_the_next_queue_turns_nobody_away_who_was_answered_or_promised_a_callback() {
    let passed_on = |life: Life| {
        life.after(secs(60))
            .part_ended(1, secs(60), Duration::ZERO, PartEnd::Released)
            .queued(QueuedWhy::Released)
            .after(secs(30))
            .ended(Ending::QueueRemoved)
    };
    let f = figures(passed_on(life(1).after(secs(4)).answered(1, false)));
    assert_eq!((f.arrived, f.offered, f.answered, f.handled, f.turned_away), (1, 1, 1, 1, 0));
    let f = figures(passed_on(Life::called_out(1, 1, 1, at(START)).reached()));
    assert_eq!((f.arrived, f.offered, f.outbound, f.handled, f.turned_away), (0, 0, 1, 0, 0));
    let f = figures(life(1).callback().after(secs(600)).ended(Ending::QueueRemoved));
    assert_eq!((f.offered, f.callbacks, f.callbacks_cancelled, f.turned_away), (1, 1, 1, 0));
}

#[test]
fn voicemails_and_cuts_are_apart_from_the_abandoned() {
    for (ending, voicemails, cut) in [(Ending::Voicemail, 1, 0), (Ending::Cut, 0, 1)] {
        let f = figures(life(1).after(secs(30)).ended(ending));
        assert_eq!((f.arrived, f.offered, f.voicemails, f.cut), (1, 1, voicemails, cut));
        assert_eq!((f.abandoned, f.handled, f.service_level), (0, 0, None), "{ending:?}");
        let f = figures(life(1).after(secs(30)).answered(1, false).ended(ending));
        assert_eq!((f.answered, f.handled, f.voicemails, f.cut), (1, 1, voicemails, cut));
    }
}

#[test]
fn calls_out_are_counted_apart_and_in_no_service_level() {
    let call = || Life::called_out(1, 1, 2, at(START));
    let over = |life: Life, ending| {
        life.after(secs(60))
            .part_ended(2, secs(50), secs(10), PartEnd::Ended)
            .ended(ending)
            .wrap_up(2)
            .after(secs(5))
            .wrapped_up(2, queue(1, 1), secs(5))
    };
    for (life, reached) in
        [(over(call().after(secs(9)).reached(), HANDLED), 1), (over(call(), Ending::NotReached), 0)]
    {
        let f = figures(life.clone());
        assert_eq!((f.outbound, f.outbound_answered, f.outbound_ms), (1, reached, 65_000));
        let promised = (f.arrived, f.offered, f.answered, f.abandoned, f.handled);
        assert_eq!(promised, (0, 0, 0, 0, 0));
        assert_eq!((f.answers, f.not_reached, f.service_level), (0, 0, None));
        assert_eq!((f.talk_ms, f.wrap_up_ms, f.handle_mean_ms), (0, 0, None));
        let rows = day(Group::Agent, &life.events);
        assert_eq!(rows[0].key, Key::Agent(agent(2)));
        assert_eq!((rows[0].tally.outbound, rows[0].tally.outbound_us), (1, 65_000_000));
    }
    // Put back into the queue: whoever answers has a leg, and who leaves has left one.
    let back = || {
        call()
            .reached()
            .after(secs(9))
            .part_ended(2, secs(9), Duration::ZERO, PartEnd::Released)
            .queued(QueuedWhy::Released)
            .after(secs(30))
    };
    let f = figures(back().answered(3, false).ended(HANDLED));
    assert_eq!((f.answered, f.legs_answered, f.handled, f.service_level), (0, 1, 0, None));
    let f = figures(back().ended(HANDLED));
    assert_eq!((f.abandoned, f.handled, f.service_level), (0, 0, None));
}

#[test]
fn a_callback_counts_its_tries_and_how_it_ended() {
    let tried = |life: Life, tries, again| {
        life.after(secs(60))
            .answered(1, false)
            .after(secs(20))
            .part_ended(1, secs(20), Duration::ZERO, PartEnd::NotReached)
            .failed(1, tries, again)
    };
    let once = tried(life(1).callback(), 1, true);
    let again = || once.clone().after(secs(600)).queued(QueuedWhy::TriedAgain);
    let f = figures(tried(again(), 2, false).ended(Ending::NotReached));
    assert_eq!((f.callbacks, f.callbacks_answered, f.callbacks_failed), (1, 1, 2));
    assert_eq!((f.not_reached, f.handled, f.talk_ms, f.service_level), (1, 0, 40_000, None));
    let f = figures(again().ended(Ending::CallbackCancelled));
    assert_eq!((f.callbacks_failed, f.callbacks_cancelled, f.abandoned), (1, 1, 0));
    let f = figures(life(1).callback().after(secs(9)).ended(Ending::CallbackCancelled));
    assert_eq!((f.callbacks, f.callbacks_cancelled, f.service_level), (1, 1, None));
}

#[test]
fn who_was_passed_on_outside_is_handled_when_the_leg_outside_ends() {
    let f = figures(
        life(1)
            .after(secs(4))
            .answered(1, false)
            .after(secs(60))
            .outside(1)
            .part_ended(1, secs(60), Duration::ZERO, PartEnd::Transferred)
            .after(secs(900))
            .ended(HANDLED),
    );
    assert_eq!((f.transferred, f.handled, f.talk_ms, f.legs_answered), (1, 1, 60_000, 0));
}

#[test]
fn a_contact_that_waits_for_the_opening_waits_from_the_opening() {
    let night = Life::new(1, 1, 1, at(START), Duration::ZERO).for_opening();
    let f = figures(
        night.clone().after(secs(3600)).queued(QueuedWhy::Opened).after(secs(7)).answered(1, false),
    );
    assert_eq!((f.waited_for_opening, f.answered_in_time, f.wait_ms), (1, 1, 7_000));
    let f = figures(night.after(secs(3600)).ended(Ending::Abandoned));
    assert_eq!((f.left_before_opening, f.abandoned, f.offered), (1, 0, 0));
}

#[test]
fn a_transfer_leaves_the_first_answer_and_counts_a_leg_in_its_own_queue() {
    let first = life(1).after(secs(3)).answered(1, false).after(secs(50)).part_ended(
        1,
        secs(50),
        Duration::ZERO,
        PartEnd::Transferred,
    );
    let passed = first.transferred(1).wrap_up(1);
    let done = passed
        .clone()
        .after(secs(40))
        .wrapped_up(1, queue(1, 1), secs(40))
        .answered(2, true)
        .after(secs(100))
        .part_ended(2, secs(90), secs(10), PartEnd::Ended)
        .ended(HANDLED);
    let f = figures(done.clone());
    assert_eq!((f.arrived, f.answered, f.answered_in_time, f.legs_answered), (1, 1, 1, 1));
    assert_eq!((f.transferred, f.handled, f.answers, f.overflow_answered), (1, 1, 2, 0));
    assert_eq!((f.handle_mean_ms, f.handle_per_contact_ms), (Some(95_000), Some(190_000)));

    let by_queue = day(Group::Queue, &done.events);
    let of = |n| by_queue.iter().find(|row| row.key == Key::Queue(queue(1, n))).unwrap();
    let (a, b) = (of(1).tally.summary(), of(2).tally.summary());
    assert_eq!(
        (a.arrived, a.answered, a.legs_answered, a.talk_ms, a.wrap_up_ms),
        (1, 1, 0, 50_000, 40_000)
    );
    assert_eq!(
        (b.arrived, b.answered, b.legs_answered, b.talk_ms, b.hold_ms),
        (0, 0, 1, 90_000, 10_000)
    );
    assert_eq!(of(2).tally.legs_wait.mean(), Some(secs(40)));

    // Who leaves while waiting again stays answered, by whichever name the end goes.
    for ending in [Ending::Abandoned, HANDLED] {
        let rows = day(Group::Client, &passed.clone().after(secs(90)).ended(ending).events);
        let f = rows[0].tally.summary();
        assert_eq!((f.answered, f.abandoned, rows[0].tally.legs_abandoned), (1, 0, 1));
    }
}

#[test]
fn who_takes_over_after_advice_has_answered() {
    let asked = life(1).answered(1, false).consult(1, 6).after(secs(30));
    let over = asked.clone().part_ended(1, secs(30), Duration::ZERO, PartEnd::Transferred);
    let done = |life: Life| {
        life.after(secs(50)).part_ended(6, secs(80), Duration::ZERO, PartEnd::Ended).ended(HANDLED)
    };
    let by_agent = |life: Life| {
        let rows = day(Group::Agent, &life.events);
        rows.iter().find(|r| r.key == Key::Agent(agent(6))).unwrap().tally.summary()
    };
    let f = by_agent(done(over));
    assert_eq!((f.answers, f.legs_answered, f.talk_ms, f.consult_ms), (1, 1, 80_000, 0));
    // In a conference the time is talk as well, but the contact is still the other's.
    let joined = asked.conference(1).after(secs(1));
    let f = by_agent(done(joined.part_ended(1, secs(31), Duration::ZERO, PartEnd::Ended)));
    assert_eq!((f.answers, f.talk_ms, f.consult_ms), (0, 80_000, 0));
}

#[test]
fn offers_and_advice_belong_to_the_agent() {
    let events = life(1)
        .offered(5)
        .after(secs(20))
        .offer_ended(5, OfferEnd::Missed)
        .offered(6)
        .offer_ended(6, OfferEnd::Refused)
        .offered(7)
        .offer_ended(7, OfferEnd::Busy)
        .offered(1)
        .offer_ended(1, OfferEnd::TakenBack)
        .offered(1)
        .answered(1, false)
        .consult(1, 6)
        .after(secs(30))
        .part_ended(6, secs(30), Duration::ZERO, PartEnd::Left)
        .part_ended(1, secs(10), secs(20), PartEnd::Ended)
        .ended(HANDLED)
        .events;
    let rows = day(Group::Agent, &events);
    let of = |n| rows.iter().find(|r| r.key == Key::Agent(agent(n))).unwrap().tally.summary();
    assert_eq!((of(5).offers, of(5).offers_missed, of(5).answers), (1, 1, 0));
    assert_eq!((of(6).offers, of(6).offers_refused, of(6).consult_ms), (1, 1, 30_000));
    assert_eq!((of(6).handle_mean_ms, of(6).talk_ms), (None, 0), "advice is not handle");
    assert_eq!((of(7).offers_failed, of(7).offers_missed), (1, 0));
    assert_eq!((of(1).offers, of(1).answers, of(1).talk_ms, of(1).hold_ms), (2, 1, 10_000, 20_000));
    let client = day(Group::Client, &events)[0].tally.summary();
    assert_eq!((client.offers, client.offers_missed, client.handle_mean_ms), (5, 1, Some(30_000)));
}

#[test]
fn the_formula_in_force_at_arrival_stays_with_the_figure() {
    let answered = |n, version, wait| {
        let start = at(START) + secs(60 * n as u64);
        Life::new(n, 1, version, start, Duration::ZERO).after(wait).answered(1, false).events
    };
    // 30 s is late for version 1 (20 s) and in time for version 2 (40 s).
    let events = journal([
        answered(1, 1, secs(30)),
        answered(2, 1, secs(10)),
        answered(3, 2, secs(30)),
        answered(4, 2, secs(10)),
    ]);
    let rows = day(Group::Client, &events);
    let parts = rows[0].tally.levels.parts();
    let told: Vec<_> = parts
        .iter()
        .map(|p| {
            (
                p.contract_version,
                p.promise.threshold_s,
                p.counts.answered,
                p.counts.answered_in_time,
            )
        })
        .collect();
    assert_eq!(told, [(1, 20, 2, 1), (2, 40, 2, 2)]);
    assert_eq!(rows[0].tally.level().unwrap().to_string(), "75.0 %");
}

#[test]
fn a_ledger_is_cut_at_the_bounds_and_occupancy_leaves_out_ringing_and_breaks() {
    use AgentState as S;
    let start = at("2026-06-01T08:04:00Z");
    let states = [
        (0, S::Available),
        (600, S::Offered),
        (610, S::Talking),
        (910, S::WrapUp),
        (1000, S::Holding),
        (1010, S::Away(AwayReason::Lunch)),
        (2000, S::SignedOut),
    ];
    let events: Vec<_> =
        states.iter().map(|(s, state)| agent_state(start + secs(*s), 1, *state)).collect();
    let span = Span { from: at("2026-06-01T08:00:00Z"), until: at("2026-06-01T09:00:00Z") };
    let rows = report(query("Europe/Paris", span, secs(900), Group::Agent), &events);
    let told: Vec<_> = rows
        .iter()
        .map(|r| {
            (
                r.span.from.to_string(),
                r.ledger.signed_in().as_secs(),
                r.ledger.time(S::Talking).as_secs(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("2026-06-01T08:00:00Z".to_owned(), 660, 50),
            ("2026-06-01T08:15:00Z".to_owned(), 900, 250),
            ("2026-06-01T08:30:00Z".to_owned(), 440, 0),
        ]
    );
    let ledger = Row::total(&rows).1;
    assert_eq!(ledger.signed_in(), secs(2000));
    assert_eq!(ledger.away_for(AwayReason::Lunch), secs(990));
    // (300 talk + 90 wrap-up + 10 hold) / (that + 600 available)
    assert_eq!(ledger.occupancy().unwrap().to_string(), "40.0 %");
}

#[test]
fn a_filter_leaves_only_what_is_asked() {
    let mine = life(1).after(secs(1)).answered(1, false).events;
    let other = Life::new(2, 2, 1, at(START), Duration::ZERO).after(secs(1)).answered(1, false);
    let shift = vec![
        agent_state(at(START), 1, AgentState::Available),
        agent_state(at(START) + secs(60), 1, AgentState::SignedOut),
    ];
    let events = journal([mine, other.events, shift]);
    let span = zone("Europe/Paris").day("2026-06-01".parse().unwrap());
    let mut asked = query("Europe/Paris", span, secs(900), Group::Agent);
    let all = Row::total(&report(asked.clone(), &events));
    assert_eq!((all.0.summary().answers, all.1.signed_in()), (2, secs(60)));
    asked.client = Some(client(1));
    let one = Row::total(&report(asked, &events));
    assert_eq!((one.0.summary().answers, one.1.signed_in()), (1, secs(0)), "time is no client's");
}

#[test]
fn a_log_that_begins_in_the_middle_says_so() {
    let events = life(1).after(secs(1)).answered(1, false).events;
    let span = Span { from: at(START), until: at(START) + secs(60) };
    let mut intervals =
        figures::Intervals::new(query("UTC", span, secs(900), Group::Client)).unwrap();
    events[1..].iter().for_each(|stamped| intervals.apply(stamped));
    assert_eq!(intervals.strangers(), 2);
    assert_eq!(intervals.finish(at(START)), []);
}

#[test]
fn a_query_that_makes_no_sense_is_refused() {
    let ask = |from: &str, until: &str, length| {
        let span = Span { from: at(from), until: at(until) };
        figures::Intervals::new(query("Europe/Paris", span, length, Group::Client)).err()
    };
    use figures::QueryError as E;
    assert_eq!(ask(START, START, secs(900)), Some(E::Reversed));
    assert_eq!(ask("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", secs(900)), None);
    assert_eq!(ask("2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z", secs(900)), Some(E::TooLong));
    assert_eq!(ask("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", secs(0)), Some(E::TooLong));
    let span = Span { from: Timestamp::MIN, until: Timestamp::MAX };
    let endless = query("Europe/Paris", span, Duration::MAX, Group::Client);
    assert_eq!(figures::Intervals::new(endless).err(), Some(E::TooLong));
}
