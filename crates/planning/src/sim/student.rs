//! Quantiles of Student's t, for 95 % intervals.

/// The 97.5 % quantile of the normal distribution.
const NORMAL: f64 = 1.959_963_984_540_054;

/// The exact quantiles for few degrees of freedom, where the series below is too short: from the
/// inverse of the closed form of the distribution function, to ten digits.
const FEW: [f64; 6] = [
    12.706_204_736_2,
    4.302_652_729_7,
    3.182_446_305_3,
    2.776_445_105_2,
    2.570_581_835_6,
    2.446_911_851_1,
];

/// The 97.5 % quantile with so many degrees of freedom; infinite with none.
///
/// From 7 on by the series of Cornish and Fisher in 1/degrees (Abramowitz and Stegun 26.7.5), whose
/// error is then below 1e-4.
pub(crate) fn quantile_975(degrees: usize) -> f64 {
    if degrees == 0 {
        return f64::INFINITY;
    }
    if let Some(exact) = FEW.get(degrees - 1) {
        return *exact;
    }
    let (x, n) = (NORMAL, degrees as f64);
    let x3 = x.powi(3);
    let x5 = x.powi(5);
    let x7 = x.powi(7);
    let x9 = x.powi(9);
    x + (x3 + x) / (4.0 * n)
        + (5.0 * x5 + 16.0 * x3 + 3.0 * x) / (96.0 * n * n)
        + (3.0 * x7 + 19.0 * x5 + 17.0 * x3 - 15.0 * x) / (384.0 * n.powi(3))
        + (79.0 * x9 + 776.0 * x7 + 1482.0 * x5 - 1920.0 * x3 - 945.0 * x) / (92_160.0 * n.powi(4))
}

#[cfg(test)]
mod tests {
    use super::quantile_975;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (degrees, want) in [
            (1, 12.706),
            (2, 4.303),
            (5, 2.571),
            (6, 2.447),
            (7, 2.365),
            (9, 2.262),
            (10, 2.228),
            (19, 2.093),
            (29, 2.045),
            (60, 2.000),
            (120, 1.980),
            (100_000, 1.960),
        ] {
            assert!((quantile_975(degrees) - want).abs() < 6e-4, "{degrees}");
        }
        assert_eq!(quantile_975(0), f64::INFINITY);
    }
}
