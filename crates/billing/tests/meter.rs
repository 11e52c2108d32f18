//! The meter and the figures read one journal, and say the same of it.

use std::{collections::BTreeMap, time::Duration};

use billing::{Facts, Fate, Meter};
use domain::{ClientId, Span, Timestamp, Zone, tariff::SpanClass};
use figures::{Group, Intervals, Key, Query};
use routing::{Event, Stamped};
use testkit::{Day, DayShape, Restless};

fn events(seed: u64) -> Vec<Stamped> {
    let day = Day::random(seed, DayShape::BUSY);
    let mut people = Restless::new(seed, &day.plan);
    testkit::drive(&day, &mut people, false).events
}

fn metered(events: &[Stamped]) -> Vec<Facts> {
    let (mut meter, mut all) = (Meter::default(), Vec::new());
    events.iter().for_each(|stamped| meter.apply(stamped, &mut |facts| all.push(facts)));
    meter.flush(&mut |facts| all.push(facts));
    all
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Sums {
    contacts: u64,
    answered: u64,
    talk_us: u64,
    hold_us: u64,
    wrap_up_us: u64,
    outbound_us: u64,
}

/// By client, of those contacts that the meter has given away.
fn by_figures(events: &[Stamped]) -> BTreeMap<ClientId, Sums> {
    let at = |i: usize| events[i].at;
    let span = Span {
        from: at(0) - Duration::from_secs(86_400),
        until: at(events.len() - 1) + Duration::from_secs(86_400),
    };
    let mut report = Intervals::new(Query {
        zone: Zone::get("UTC").expect("there is UTC"),
        span,
        length: Duration::from_secs(86_400 * 30),
        group: Group::Client,
        client: None,
        queue: None,
        channel: None,
        agent: None,
    })
    .expect("a sound query");
    events.iter().for_each(|stamped| report.apply(stamped));
    let mut all: BTreeMap<ClientId, Sums> = BTreeMap::new();
    for row in report.finish(span.until) {
        let Key::Client(client) = row.key else { continue };
        let sums = all.entry(client).or_default();
        let summary = row.tally.summary();
        sums.contacts += row.tally.arrived + row.tally.outbound;
        sums.answered += summary.answered;
        sums.talk_us += row.tally.talk_us;
        sums.hold_us += row.tally.hold_us;
        sums.wrap_up_us += row.tally.wrap_up_us;
        sums.outbound_us += row.tally.outbound_us;
    }
    all
}

fn by_meter(facts: &[Facts]) -> BTreeMap<ClientId, Sums> {
    let mut all: BTreeMap<ClientId, Sums> = BTreeMap::new();
    for facts in facts {
        let sums = all.entry(facts.client).or_default();
        let us = |classes: &[SpanClass]| facts.time_us(classes);
        sums.contacts += 1;
        if facts.outbound {
            use SpanClass::{Hold, Ringing, Talk, WrapUp};
            sums.outbound_us += us(&[Talk, Ringing, Hold, WrapUp]);
        } else {
            // A callback's answer is no answer of a service level.
            let callback = facts.spans.iter().any(|span| span.class == SpanClass::Ringing);
            sums.answered += u64::from(facts.answered.is_some() && !callback);
            sums.talk_us += us(&[SpanClass::Talk, SpanClass::Ringing]);
            sums.hold_us += us(&[SpanClass::Hold]);
            sums.wrap_up_us += us(&[SpanClass::WrapUp]);
        }
    }
    all
}

/// Events of contacts that are over, and nothing else: the figures count those under way too.
fn of_the_over(events: &[Stamped], facts: &[Facts]) -> Vec<Stamped> {
    let over: std::collections::BTreeSet<_> = facts.iter().map(|facts| facts.contact).collect();
    let is_over = |stamped: &&Stamped| {
        let value = match &stamped.event {
            Event::Arrived { contact, .. }
            | Event::CalledOut { contact, .. }
            | Event::Queued { contact, .. }
            | Event::WaitsForOpening { contact, .. }
            | Event::Answered { contact, .. }
            | Event::ConsultStarted { contact, .. }
            | Event::ConferenceStarted { contact, .. }
            | Event::PartEnded { contact, .. }
            | Event::WrapUpStarted { contact, .. }
            | Event::WrapUpEnded { contact, .. }
            | Event::Transferred { contact, .. }
            | Event::CallbackPromised { contact, .. }
            | Event::CallbackFailed { contact, .. }
            | Event::CustomerAnswered { contact, .. }
            | Event::Ended { contact, .. } => contact,
            _ => return false,
        };
        over.contains(value)
    };
    events.iter().filter(is_over).cloned().collect()
}

/// Menus and announcements before the queue are automated minutes, wherever the client's promise starts
/// its clock.
#[test]
fn what_a_caller_hears_before_the_queue_is_automated_with_either_clock() {
    use domain::contract::{Channel, ClockStart, ServiceLevelFormula, ServicePromise};
    let at = |s: u64| Timestamp::from_micros(1_790_000_000_000_000) + Duration::from_secs(s);
    for clock in [ClockStart::FirstRing, ClockStart::QueueEntry] {
        let (clock_start, first_ring) = match clock {
            ClockStart::FirstRing => (at(0), None),
            ClockStart::QueueEntry => (at(40), Some(at(0))),
        };
        let (contact, client) = (domain::ContactId::from_u128(7), ClientId::from_u128(1));
        let (queue, agent) = (domain::QueueId::from_u128(2), domain::AgentId::from_u128(3));
        let promise = ServicePromise {
            threshold_s: 20,
            target_percent: 80,
            formula: ServiceLevelFormula::OfOffered,
            clock,
            short_abandon_s: 5,
        };
        let arrived = Event::Arrived {
            contact,
            client,
            queue,
            channel: Channel::Voice,
            language: domain::Language::EN,
            contract_version: 1,
            period: 0,
            promise,
            clock_start,
            first_ring,
        };
        let wait = at(50).since(clock_start);
        let answered =
            Event::Answered { contact, client, queue, agent, wait, first: true, overflow: false };
        let by = routing::EndedBy::Customer;
        let ending = routing::Ending::Handled(by);
        let ended = Event::Ended { contact, client, queue, wait, ending };
        let left = Event::PartEnded {
            contact,
            client,
            queue,
            agent,
            talk: Duration::from_secs(30),
            hold: Duration::ZERO,
            why: routing::PartEnd::Ended,
        };
        let events = [(40, arrived), (50, answered), (80, left), (80, ended)];
        let facts = metered(&events.map(|(s, event)| Stamped { at: at(s), event }));
        let time = |class| facts[0].time_us(&[class]) / 1_000_000;
        assert_eq!((time(SpanClass::Automated), time(SpanClass::Queue)), (40, 10), "{clock:?}");
        assert_eq!(facts[0].began, clock_start, "the billing period is that of the report");
    }
}

#[test]
fn every_second_of_an_agent_is_that_of_the_figures() {
    let mut spoken = 0;
    for seed in 0..40 {
        let events = events(seed);
        let facts = metered(&events);
        let of_the_over = of_the_over(&events, &facts);
        let (mut ours, mut theirs) = (by_meter(&facts), by_figures(&of_the_over));
        // Callbacks on other channels than voice cannot be told from answers by their spans alone.
        ours.values_mut().chain(theirs.values_mut()).for_each(|sums| sums.answered = 0);
        assert_eq!(ours, theirs, "seed {seed}");
        spoken += facts.iter().map(|f| f.time_us(&[SpanClass::Talk])).sum::<u64>();
    }
    assert!(spoken > 3_600_000_000, "the days were empty: {spoken} us of talk");
}

#[test]
fn facts_are_sound_and_each_contact_is_told_once() {
    let (mut fates, mut classes) = (BTreeMap::new(), BTreeMap::new());
    for seed in 100..140 {
        let events = events(seed);
        let facts = metered(&events);
        let mut seen = std::collections::BTreeSet::new();
        for facts in &facts {
            assert!(seen.insert(facts.contact), "{} is told twice", facts.contact);
            *fates.entry(facts.fate).or_insert(0) += 1;
            for span in &facts.spans {
                *classes.entry(span.class).or_insert(0) += 1;
                assert!(span.from < span.until, "{span:?}");
                // A caller may hear much before the clock of the promise starts.
                let begins = facts.began <= span.from || span.class == SpanClass::Automated;
                assert!(begins && span.until <= facts.ended, "{facts:?}");
                assert_eq!(span.agent.is_some(), span.part > 0);
            }
            // One agent's part is in one state at a time.
            for part in 1..=u8::MAX {
                let spans: Vec<_> = facts.spans.iter().filter(|s| s.part == part).collect();
                assert!(spans.windows(2).all(|w| w[0].until <= w[1].from), "{facts:?}");
                if spans.is_empty() {
                    break;
                }
            }
            assert!(facts.fate != Fate::Answered || facts.answered.is_some(), "{facts:?}");
            assert_eq!(Facts::decoded(&facts.encoded()), Ok(facts.clone()));
        }
        let ended = events.iter().filter(|s| matches!(s.event, Event::Ended { .. })).count();
        assert!(
            facts.len() <= ended && facts.len() * 10 >= ended * 9,
            "{} of {ended}",
            facts.len()
        );
    }
    assert!(fates.len() >= 4 && classes.len() >= 5, "{fates:?} {classes:?}");
}

#[test]
fn a_meter_goes_on_where_it_was_marked() {
    let events = events(7);
    let whole = metered(&events);
    for cut in [1, events.len() / 3, events.len() / 2, events.len() - 1] {
        let (mut first, mut all) = (Meter::default(), Vec::new());
        events[..cut].iter().for_each(|s| first.apply(s, &mut |facts| all.push(facts)));
        let mut second = Meter::resume(&first.mark()).expect("its own mark reads back");
        events[cut..].iter().for_each(|s| second.apply(s, &mut |facts| all.push(facts)));
        second.flush(&mut |facts| all.push(facts));
        assert_eq!(all, whole, "cut at {cut}");
    }
    assert!(Meter::resume(b"nonsense").is_err());
    assert!(Facts::decoded(b"nonsense").is_err());
    assert!(whole.iter().all(|facts| facts.began < Timestamp::MAX));
}
