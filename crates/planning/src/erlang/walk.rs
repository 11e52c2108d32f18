//! Erlang A by walking outward from a full house: the fast way for lines of a usual size.

use super::{Line, Parts, loss};

/// The walk is taken for no more agents than this; beyond, the integral costs less.
const AGENTS_MOST: u32 = 3_000;
/// Nor for longer queues than this.
const QUEUE_MOST: u32 = 20_000;

/// Exact figures of M/M/n+M (Palm 1957; Mandelbaum & Zeltyn, "Service engineering in action: the
/// Palm/Erlang-A queue", 2007), or `None` where the walk would be long or leave the range of
/// numbers.
///
/// With q_j the chance of j waiting beside that of a full house and none waiting,
/// q_j = q_(j-1) λ / (nμ + jθ). Whoever finds j waiting is offered a wait that is the sum of
/// exponential spans with rates nμ + iθ, i = 0..j; it exceeds T with the probability
/// I_x(nμ/θ, j+1), x = exp(-θT), and tilted by its own patience with I_x(nμ/θ + 1, j+1).
pub(super) fn parts(line: &Line, patience_s: f64, threshold_s: f64) -> Option<Parts> {
    let leaving = 1.0 / patience_s;
    let serving = f64::from(line.agents) / line.handle_s;
    let rate = line.arrivals_per_s;
    // Powers of x below are exp of minus these.
    if line.agents > AGENTS_MOST || (serving + leaving) * threshold_s > 600.0 {
        return None;
    }
    let patient = (-leaving * threshold_s).exp();
    let impatient = -(-leaving * threshold_s).exp_m1();
    let ratio = serving / leaving;

    let mut q = 1.0;
    // Probabilities that the offered wait exceeds T, plain and tilted, for j = 0, and what one more
    // who waits adds to them.
    let mut late = (-serving * threshold_s).exp();
    let mut late_step = late;
    let mut tilted = late * patient;
    let mut tilted_step = tilted;
    let mut mean_of_tilted = 0.0;

    let mut sum = Sums::default();
    let mut j = 0;
    loop {
        let count = f64::from(j);
        let served = serving / (serving + (count + 1.0) * leaving);
        mean_of_tilted += 1.0 / (serving + (count + 1.0) * leaving);
        let lost = (count + 1.0) * leaving / (serving + (count + 1.0) * leaving);
        let served_late = served * tilted;
        sum.waiting += q;
        sum.abandoned += q * lost;
        sum.wait_of_served += q * served * mean_of_tilted;
        sum.wait_of_abandoned += q * (lost * patience_s - served * mean_of_tilted);
        sum.served_late += q * served_late;
        sum.abandoned_late += q * (late * patient - served_late).max(0.0);
        sum.wait += q * lost * patience_s;

        j += 1;
        let count = f64::from(j);
        let fall = rate / (serving + count * leaving);
        if fall < 1.0 && q * fall < sum.waiting * (1.0 - fall) * 1e-17 {
            break;
        }
        q *= fall;
        if j > QUEUE_MOST || sum.waiting > 1e250 {
            return None;
        }
        late_step *= impatient * (ratio + count - 1.0) / count;
        late += late_step;
        tilted_step *= impatient * (ratio + count) / count;
        tilted += tilted_step;
    }
    let idle = loss::reciprocal(line.load_erlangs(), line.agents) - 1.0;
    if idle.is_infinite() {
        return None;
    }
    let all = idle + sum.waiting;
    let waiting = sum.waiting / all;
    let abandoned = sum.abandoned / all;
    let served_after_waiting = waiting - abandoned;
    Some(Parts {
        blocked: 0.0,
        waiting,
        abandoned,
        wait_sum: sum.wait / all,
        wait_of_served: sum.wait_of_served / all,
        wait_of_abandoned: sum.wait_of_abandoned / all,
        served_in_time: (idle + sum.waiting - sum.abandoned - sum.served_late) / all,
        abandoned_in_time: (sum.abandoned - sum.abandoned_late) / all,
        served_after_waiting,
    })
}

#[derive(Default)]
struct Sums {
    waiting: f64,

    abandoned: f64,
    wait: f64,
    wait_of_served: f64,
    wait_of_abandoned: f64,
    served_late: f64,
    abandoned_late: f64,
}
