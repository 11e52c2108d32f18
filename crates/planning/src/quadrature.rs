//! Integrals of `exp(f)` where `f` is concave: everything that a line's exact figures need.

/// A concave logarithm of a density on `x ≥ 0`, known with its slope.
pub(crate) trait LogConcave {
    /// The logarithm at `x`.
    fn ln(&self, x: f64) -> f64;
    /// Its slope at `x`, which never grows.
    fn slope(&self, x: f64) -> f64;
}

/// Where a density is worth integrating, and by how much it is scaled down there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Support {
    /// Below this the density is less than `exp(-DROP)` of its greatest.
    pub low: f64,
    /// Where it is greatest.
    pub mode: f64,
    /// Above this it is less than `exp(-DROP)` of its greatest.
    pub high: f64,
    /// The logarithm of its greatest value: subtracted before integrating, since in overload it
    /// reaches hundreds and more.
    pub peak: f64,
}

/// `exp(-46)` is 1e-20: nothing beside the peak in 16 digits.
const DROP: f64 = 46.0;

impl Support {
    /// Finds it. `scale` is any span of the size in which the density changes.
    pub(crate) fn of(density: &impl LogConcave, scale: f64) -> Self {
        let mode = if density.slope(0.0) <= 0.0 {
            0.0
        } else {
            let mut high = scale;
            while density.slope(high) > 0.0 && high < 1e300 {
                high *= 2.0;
            }
            bisect(0.0, high, 200, |x| density.slope(x) > 0.0)
        };
        let peak = density.ln(mode);
        let seen = |x: f64| density.ln(x) > peak - DROP;
        let mut step = scale;
        // First a step that is surely too long, then halved: the density may be far narrower.
        while seen(mode + step) && step < 1e300 {
            step *= 2.0;
        }
        let high = mode + bisect(0.0, step, 60, |x| seen(mode + x));
        let low = if mode == 0.0 || seen(0.0) { 0.0 } else { bisect(0.0, mode, 60, |x| !seen(x)) };
        Self { low, mode, high, peak }
    }
}

/// The place between `low` and `high` up to which `holds` is true.
fn bisect(mut low: f64, mut high: f64, times: u32, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..times {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high || high - low < 1e-14 * high {
            break;
        }
        if holds(middle) { low = middle } else { high = middle }
    }
    high
}

/// How well an integral can be known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Precision<const N: usize> {
    /// Relative error that is asked for.
    pub relative: f64,
    /// For each function the one whose rounding it carries: a small difference of large values is
    /// never smoother than they are.
    pub noise_of: [usize; N],
}

/// Integrates several functions at once over `from..until`, halving each piece until both halves
/// say what the whole said. The rule's error falls so fast that the halves are then exact far beyond
/// what was compared.
pub(crate) fn integrate<const N: usize>(
    from: f64,
    until: f64,
    precision: Precision<N>,
    f: &impl Fn(f64) -> [f64; N],
) -> [f64; N] {
    let mut sum = [0.0; N];
    if until > from {
        for piece in 0..PIECES {
            let at = |i: i32| from + (until - from) * f64::from(i) / f64::from(PIECES);
            let (low, high) = (at(piece), at(piece + 1));
            add(&mut sum, refine(low, high, rule(low, high, f), precision, f, DEPTH));
        }
    }
    sum
}

/// Pieces to begin with, and how often each may be halved: to a 4,096th of the support.
const PIECES: i32 = 4;
const DEPTH: u32 = 10;

fn refine<const N: usize>(
    low: f64,
    high: f64,
    whole: [f64; N],
    precision: Precision<N>,
    f: &impl Fn(f64) -> [f64; N],
    depth: u32,
) -> [f64; N] {
    let middle = 0.5 * (low + high);
    let (left, right) = (rule(low, middle, f), rule(middle, high, f));
    let mut halves = left;
    add(&mut halves, right);
    let agree = (0..N).all(|i| {
        let noise = 1e-15 * halves[precision.noise_of[i]].abs();
        (halves[i] - whole[i]).abs() <= precision.relative * halves[i].abs() + noise + 1e-290
    });
    if agree || depth == 0 {
        return halves;
    }
    let mut sum = refine(low, middle, left, precision, f, depth - 1);
    add(&mut sum, refine(middle, high, right, precision, f, depth - 1));
    sum
}

fn add<const N: usize>(sum: &mut [f64; N], more: [f64; N]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += more;
    }
}

/// The Gauss-Legendre rule of 16 points.
fn rule<const N: usize>(low: f64, high: f64, f: &impl Fn(f64) -> [f64; N]) -> [f64; N] {
    let (centre, half) = (0.5 * (low + high), 0.5 * (high - low));
    let mut sum = [0.0; N];
    for (node, weight) in NODES {
        for sign in [-1.0, 1.0] {
            let values = f(centre + sign * node * half);
            for (sum, value) in sum.iter_mut().zip(values) {
                *sum += weight * half * value;
            }
        }
    }
    sum
}

/// Zeros of the Legendre polynomial of degree 16 with their weights; mpmath, 40 digits.
#[rustfmt::skip]
const NODES: [(f64, f64); 8] = [
    (0.09501250983763744, 0.1894506104550685),
    (0.2816035507792589, 0.18260341504492358),
    (0.45801677765722737, 0.16915651939500254),
    (0.6178762444026438, 0.14959598881657674),
    (0.755404408355003, 0.12462897125553388),
    (0.8656312023878318, 0.09515851168249279),
    (0.9445750230732326, 0.062253523938647894),
    (0.9894009349916499, 0.027152459411754096),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A normal density with its mean at `mean`.
    struct Bell {
        mean: f64,
        deviation: f64,
    }

    impl LogConcave for Bell {
        fn ln(&self, x: f64) -> f64 {
            900.0 - 0.5 * ((x - self.mean) / self.deviation).powi(2)
        }
        fn slope(&self, x: f64) -> f64 {
            -(x - self.mean) / self.deviation.powi(2)
        }
    }

    #[test]
    fn a_bell_is_integrated_wherever_it_stands() {
        for (mean, deviation, scale) in [(1e6, 1e-2, 1.0), (5.0, 1.0, 1e9), (0.0, 3.0, 1e-9)] {
            let bell = Bell { mean, deviation };
            let support = Support::of(&bell, scale);
            let density = |x: f64| [(bell.ln(x) - support.peak).exp()];
            let precision = Precision { relative: 1e-12, noise_of: [0] };
            let [left] = integrate(support.low, support.mode, precision, &density);
            let [right] = integrate(support.mode, support.high, precision, &density);
            let half = deviation * (0.5 * std::f64::consts::PI).sqrt();
            assert!((right / half - 1.0).abs() < 1e-8, "{right} {half}");
            if mean > 0.0 {
                let all = left + right;
                let from_zero = crate::normal::below(mean / deviation) * 2.0 * half;
                assert!((all / from_zero - 1.0).abs() < 1e-10, "{all} {from_zero}");
            }
        }
    }
}
