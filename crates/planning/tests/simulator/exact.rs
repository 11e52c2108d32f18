//! Exact answers by other means than the crate's own: textbook recursions and a chain solved by
//! iteration.

/// What is known of a queue in equilibrium; seconds and shares.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub p_wait: f64,
    pub p_abandon: f64,
    pub mean_wait: f64,
    pub mean_queue: f64,
    pub served_in_time: f64,
    pub in_time_or_left: f64,
    pub occupancy: f64,
}

/// Erlang's C: `agents`, load in erlangs, mean handle and threshold in seconds.
pub fn erlang_c(agents: u32, erlangs: f64, mean_s: f64, threshold_s: f64) -> Known {
    let blocked = (1..=agents).fold(1.0, |b, k| erlangs * b / (f64::from(k) + erlangs * b));
    let n = f64::from(agents);
    let p_wait = n * blocked / (n - erlangs * (1.0 - blocked));
    let spare = (n - erlangs) / mean_s;
    let mean_wait = p_wait / spare;
    let served_in_time = 1.0 - p_wait * (-spare * threshold_s).exp();
    Known {
        p_wait,
        p_abandon: 0.0,
        mean_wait,
        mean_queue: erlangs / mean_s * mean_wait,
        served_in_time,
        in_time_or_left: served_in_time,
        occupancy: erlangs / n,
    }
}

/// M/M/n+M by its birth-death chain up to 3,000 in the queue; the waits by following a tagged customer
/// through the chain of those before them.
pub fn erlang_a(
    agents: u32,
    erlangs: f64,
    mean_s: f64,
    patience_s: f64,
    threshold_s: f64,
) -> Known {
    let (mu, theta, n) = (1.0 / mean_s, 1.0 / patience_s, agents as usize);
    let lambda = erlangs * mu;
    let size = n + 3_000;
    // From the largest term outwards nothing overflows; here logarithms do it.
    let mut logs = vec![0.0f64];
    for k in 1..=size {
        let leave = (k.min(n)) as f64 * mu + (k.saturating_sub(n)) as f64 * theta;
        logs.push(logs[k - 1] + (lambda / leave).ln());
    }
    let top = logs.iter().copied().fold(f64::MIN, f64::max);
    let weights: Vec<f64> = logs.iter().map(|log| (log - top).exp()).collect();
    let total: f64 = weights.iter().sum();
    let chance = |k: usize| weights[k] / total;
    let p_wait: f64 = (n..=size).map(chance).sum();
    let mean_queue: f64 = (n..=size).map(|k| (k - n) as f64 * chance(k)).sum();
    let busy: f64 = (0..=size).map(|k| k.min(n) as f64 * chance(k)).sum();
    // Who finds j before them is served at the (j+1)-th departure. Chance that j departures at rates
    // n mu + i theta happen within T, by forward equations of the pure death chain in small steps.
    let steps = 4_000;
    let step = threshold_s / steps as f64;
    let places = 400;
    // state[j]: chance that the tagged customer is still there and j are before them; served, left.
    let mut state: Vec<f64> = (0..places).map(|j| chance(n + j)).collect();
    let (mut served, mut left) = ((0..n).map(chance).sum::<f64>(), 0.0);
    let rates = |state: &[f64]| {
        let mut change = vec![0.0; state.len()];
        let (mut serve, mut leave) = (0.0, 0.0);
        for (j, p) in state.iter().enumerate() {
            let ahead = n as f64 * mu + j as f64 * theta;
            change[j] -= (ahead + theta) * p;
            leave += theta * p;
            if j == 0 { serve += ahead * p } else { change[j - 1] += ahead * p }
        }
        (change, serve, leave)
    };
    for _ in 0..steps {
        // Heun's method: the error of 4,000 steps is far below what a simulation can see.
        let (first, serve_1, leave_1) = rates(&state);
        let guess: Vec<f64> = state.iter().zip(&first).map(|(p, d)| p + step * d).collect();
        let (second, serve_2, leave_2) = rates(&guess);
        for ((p, a), b) in state.iter_mut().zip(&first).zip(&second) {
            *p += step * (a + b) / 2.0;
        }
        served += step * (serve_1 + serve_2) / 2.0;
        left += step * (leave_1 + leave_2) / 2.0;
    }
    Known {
        p_wait,
        p_abandon: theta * mean_queue / lambda,
        mean_wait: mean_queue / lambda,
        mean_queue,
        served_in_time: served,
        in_time_or_left: served + left,
        occupancy: busy / n as f64,
    }
}

/// Two clients, one team for the first alone and one for both; one rate of service. The first client's
/// contacts take their own team first, then the other, and go before the second client's in the
/// queue.
pub struct NModel {
    pub own: usize,
    pub both: usize,
    pub arrivals: [f64; 2],
    pub service: f64,
    pub leaving: [f64; 2],
    /// Places in each queue; more are never taken with the loads used.
    pub places: usize,
}

impl NModel {
    /// The equilibrium of both clients, by Gauss-Seidel on the balance equations.
    pub fn solve(&self) -> [Known; 2] {
        let (sizes, mut states) = (self.sizes(), Vec::new());
        for a in 0..=self.own {
            for b in 0..=self.both {
                for q in 0..=self.places {
                    for r in 0..=self.places {
                        let first_waits = q > 0 && !(a == self.own && b == self.both);
                        let second_waits = r > 0 && b < self.both;
                        if !first_waits && !second_waits {
                            states.push([a, b, q, r]);
                        }
                    }
                }
            }
        }
        let index = |s: [usize; 4]| ((s[0] * sizes[1] + s[1]) * sizes[2] + s[2]) * sizes[3] + s[3];
        let mut into: Vec<Vec<(usize, f64)>> = vec![Vec::new(); sizes.iter().product()];
        let mut out = vec![0.0; into.len()];
        for &state in &states {
            for (to, rate) in self.moves(state) {
                into[index(to)].push((index(state), rate));
                out[index(state)] += rate;
            }
        }
        let mut p = vec![0.0; into.len()];
        for &state in &states {
            p[index(state)] = 1.0;
        }
        for round in 0.. {
            let mut change = 0.0f64;
            for &state in &states {
                let at = index(state);
                let new =
                    into[at].iter().map(|(from, rate)| p[*from] * rate).sum::<f64>() / out[at];
                change = change.max((new - p[at]).abs());
                p[at] = new;
            }
            let total: f64 = p.iter().sum();
            p.iter_mut().for_each(|x| *x /= total);
            if change / total.max(1.0) < 1e-13 || round > 20_000 {
                break;
            }
        }
        let mean = |of: &dyn Fn([usize; 4]) -> f64| -> f64 {
            states.iter().map(|s| of(*s) * p[index(*s)]).sum()
        };
        let waits = [
            mean(&|s| f64::from(s[0] == self.own && s[1] == self.both)),
            mean(&|s| f64::from(s[1] == self.both)),
        ];
        [0, 1].map(|client| {
            let queue = mean(&|s| s[2 + client] as f64);
            let lambda = self.arrivals[client];
            Known {
                p_wait: waits[client],
                p_abandon: self.leaving[client] * queue / lambda,
                mean_wait: queue / lambda,
                mean_queue: queue,
                served_in_time: f64::NAN,
                in_time_or_left: f64::NAN,
                occupancy: f64::NAN,
            }
        })
    }

    fn sizes(&self) -> [usize; 4] {
        [self.own + 1, self.both + 1, self.places + 1, self.places + 1]
    }

    /// Where the chain may go, and how fast.
    fn moves(&self, [a, b, q, r]: [usize; 4]) -> Vec<([usize; 4], f64)> {
        let mut moves = Vec::new();
        let [first, second] = self.arrivals;
        if a < self.own {
            moves.push(([a + 1, b, q, r], first));
        } else if b < self.both {
            moves.push(([a, b + 1, q, r], first));
        } else if q < self.places {
            moves.push(([a, b, q + 1, r], first));
        }
        if b < self.both {
            moves.push(([a, b + 1, q, r], second));
        } else if r < self.places {
            moves.push(([a, b, q, r + 1], second));
        }
        if a > 0 {
            let to = if q > 0 { [a, b, q - 1, r] } else { [a - 1, b, q, r] };
            moves.push((to, a as f64 * self.service));
        }
        if b > 0 {
            let to = if q > 0 {
                [a, b, q - 1, r]
            } else if r > 0 {
                [a, b, q, r - 1]
            } else {
                [a, b - 1, q, r]
            };
            moves.push((to, b as f64 * self.service));
        }
        if q > 0 {
            moves.push(([a, b, q - 1, r], q as f64 * self.leaving[0]));
        }
        if r > 0 {
            moves.push(([a, b, q, r - 1], r as f64 * self.leaving[1]));
        }
        moves
    }
}
