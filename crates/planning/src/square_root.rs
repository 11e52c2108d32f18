//! Square-root staffing: how many agents on top of the load, for large lines.
//!
//! n = a + β √a. These are limits for large loads, within one agent of the exact answer from 20 to
//! 10,000 erlangs; [`crate::staffing`] gives the exact one and starts its search here.

use domain::Fault;

use crate::{check::Check, normal};

/// Chance to wait with `beta` agents above the load in units of its root, where nobody abandons
/// (Halfin & Whitt 1981): α = [1 + β Φ(β) / φ(β)]⁻¹.
///
/// # Errors
/// When `beta` is not above 0.
pub fn halfin_whitt_p_wait(beta: f64) -> Result<f64, Vec<Fault>> {
    Check::default().positive("beta", beta, "1.06").done()?;
    Ok(without_patience(beta))
}

/// The β at which this share waits: the inverse of [`halfin_whitt_p_wait`].
///
/// # Errors
/// When the share is not between 0 and 1.
pub fn halfin_whitt_beta(p_wait: f64) -> Result<f64, Vec<Fault>> {
    Check::default().inner_share("p_wait", p_wait, "0.2").done()?;
    Ok(falling_to(p_wait, 0.0, 40.0, without_patience))
}

/// Chance to wait where patience is exponential (Garnett, Mandelbaum & Reiman 2002):
/// [1 + √(θ/μ) h(β √(μ/θ)) / h(-β)]⁻¹, with h the hazard of the normal distribution. β may be below 0.
///
/// # Errors
/// When a mean is not above 0, or `beta` is no number.
pub fn garnett_p_wait(beta: f64, handle_s: f64, patience_s: f64) -> Result<f64, Vec<Fault>> {
    check_means(handle_s, patience_s)?;
    if !beta.is_finite() {
        Check::default().not_negative("beta", beta, "0.5").done()?;
    }
    Ok(with_patience(beta, handle_s, patience_s))
}

/// The β at which this share waits: the inverse of [`garnett_p_wait`].
///
/// # Errors
/// When a mean is not above 0, or the share not between 0 and 1.
pub fn garnett_beta(p_wait: f64, handle_s: f64, patience_s: f64) -> Result<f64, Vec<Fault>> {
    check_means(handle_s, patience_s)?;
    Check::default().inner_share("p_wait", p_wait, "0.2").done()?;
    Ok(falling_to(p_wait, -1e4, 40.0, |beta| with_patience(beta, handle_s, patience_s)))
}

/// a + β √a, rounded up; at least 1.
pub fn agents(load_erlangs: f64, beta: f64) -> u32 {
    (load_erlangs + beta * load_erlangs.sqrt()).ceil().clamp(1.0, f64::from(u32::MAX)) as u32
}

fn check_means(handle_s: f64, patience_s: f64) -> Result<(), Vec<Fault>> {
    Check::default().positive("aht", handle_s, "180").positive("patience", patience_s, "120").done()
}

fn without_patience(beta: f64) -> f64 {
    1.0 / (1.0 + beta * normal::below(beta) / normal::density(beta))
}

fn with_patience(beta: f64, handle_s: f64, patience_s: f64) -> f64 {
    // θ/μ is handle over patience.
    let root = (handle_s / patience_s).sqrt();
    1.0 / (1.0 + root * normal::hazard(beta / root) / normal::hazard(-beta))
}

fn falling_to(want: f64, mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if f(middle) > want { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Line, Patience, Times};

    #[test]
    fn published_betas() {
        // Halfin & Whitt's function, recomputed with 40 digits.
        for (alpha, beta) in [(0.2, 1.061_5), (0.1, 1.420_2), (0.05, 1.739_8)] {
            let got = halfin_whitt_beta(alpha).expect("a share");
            assert!((got - beta).abs() < 5e-5, "{alpha}: {got}");
            let back = halfin_whitt_p_wait(got).expect("positive");
            assert!((back - alpha).abs() < 1e-12);
        }
    }

    #[test]
    fn both_come_near_the_exact_chance_and_nearer_with_size() {
        for (patience_s, patient) in [(None, "endless"), (Some(90.0), "90 s")] {
            let mut before = f64::INFINITY;
            for load in [20.0, 200.0, 2_000.0, 20_000.0_f64] {
                let agents = (load + load.sqrt()).round();
                let beta = (agents - load) / load.sqrt();
                let patience = patience_s.map_or(Patience::Endless, |mean| {
                    Patience::Times(Times::exponential("patience", mean).expect("valid"))
                });
                let line = Line {
                    arrivals_per_s: load / 180.0,
                    handle_s: 180.0,
                    agents: agents as u32,
                    waiting_places: None,
                    patience,
                };
                let exact = line.figures(20.0).expect("settles").p_wait;
                let near = match patience_s {
                    None => halfin_whitt_p_wait(beta),
                    Some(mean) => garnett_p_wait(beta, 180.0, mean),
                };
                let off = (near.expect("valid") - exact).abs();
                assert!(off < before && off < 0.05, "{patient}, {load} erlangs: off by {off}");
                before = off;
            }
        }
    }

    #[test]
    fn a_share_of_nothing_or_of_all_is_refused() {
        for share in [0.0, 1.0, -0.1, f64::NAN] {
            assert!(halfin_whitt_beta(share).is_err(), "{share}");
            assert!(garnett_beta(share, 180.0, 90.0).is_err(), "{share}");
        }
        assert!(halfin_whitt_p_wait(0.0).is_err());
    }
}
