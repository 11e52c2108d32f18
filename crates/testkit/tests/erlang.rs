//! The router as an M/M/c queue, held to the formula: 10 erlangs and 14 agents.
//!
//! Erlang C gives a wait for 17.41 % of the calls; with a mean handle time of 180 s, 88.8 % are
//! answered within 20 s. The driven router must agree within the confidence of the run itself,
//! found by batch means: successive calls see the same queue and are not independent.

use std::time::Duration;

use domain::{Timestamp, contract::Channel};
use routing::{Arrival, Event, Input, Presence};
use testkit::{Day, Draw, FloorPlan, Instant, Purpose, drive, ids};

const AGENTS: u128 = 14;
const HANDLE: Duration = Duration::from_secs(180);
const CALLS: u64 = 200_000;
const BATCHES: usize = 30;

/// The first calls meet an empty floor and are not counted.
const WARM_UP: usize = 1_000;

fn day(seed: u64) -> Day {
    let start = Timestamp::from_secs(1_930_287_600);
    let plan = FloorPlan::one_pool(AGENTS);
    let mut script: Vec<(Timestamp, Input)> = plan
        .agents
        .iter()
        .map(|a| (start, Input::SignIn { agent: a.agent, presence: Presence::Available }))
        .collect();
    let mut draw = Draw::of(seed, Purpose::Arrivals, 0);
    let mut at = start;
    for n in 1..=CALLS {
        at = at + draw.exponential(HANDLE / 10); // 10 erlangs
        script.push((
            at,
            Input::Arrive(Arrival {
                contact: ids::contact(u128::from(n)),
                client: plan.clients[0].client,
                queue: plan.clients[0].queues[0].queue,
                channel: Channel::Voice,
                language: None,
                first_ring: None,
                customer: None,
                head_start: None,
                emergency: false,
            }),
        ));
    }
    Day { seed, plan, start, end: at, script, jitter_percent: 0 }
}

/// Mean of the batches and half the width of its 99 % confidence interval, in percent.
fn share(waits: &[Duration], counts: impl Fn(&Duration) -> bool) -> (f64, f64) {
    let size = waits.len() / BATCHES;
    let means: Vec<f64> = waits
        .chunks_exact(size)
        .take(BATCHES)
        .map(|batch| 100.0 * batch.iter().filter(|wait| counts(wait)).count() as f64 / size as f64)
        .collect();
    let n = means.len() as f64;
    let mean = means.iter().sum::<f64>() / n;
    let variance = means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / (n - 1.0);
    // Student's t for 29 degrees of freedom, two-sided 99 %.
    (mean, 2.756 * (variance / n).sqrt())
}

#[test]
fn ten_erlangs_on_fourteen_agents_wait_as_erlang_says() {
    let day = day(0x0e71);
    let mut people = Instant { seed: day.seed, handle: HANDLE };
    let driven = drive(&day, &mut people, false);
    let waits: Vec<Duration> = driven
        .events
        .iter()
        .filter_map(|stamped| match stamped.event {
            Event::Answered { wait, first: true, .. } => Some(wait),
            _ => None,
        })
        .skip(WARM_UP)
        .collect();
    assert_eq!(waits.len() + WARM_UP, CALLS as usize, "every call is answered");
    for (what, want, (got, half)) in [
        ("wait at all", 17.41, share(&waits, |wait| !wait.is_zero())),
        ("answered in 20 s", 88.8, share(&waits, |wait| *wait <= Duration::from_secs(20))),
    ] {
        println!("{what}: {got:.2} % ± {half:.2} (99 %), Erlang C {want} %");
        assert!((got - want).abs() <= half, "{what}: {got:.2} % ± {half:.2}, Erlang C {want} %");
        assert!(half < 1.8, "{what}: ± {half:.2} is too wide to mean anything; more calls");
    }
}
