//! Known answers: every line below was computed apart, with 40 digits and by other means (mpmath):
//! birth-death chains summed state by state, incomplete beta functions for waits, integrals by
//! another rule, and the chain on the stages of everybody waiting for Erlang patience in a finite line.

use proptest::prelude::*;

use super::*;
use crate::Times;

fn patience(shape: &str, mean_s: f64) -> Patience {
    if shape == "endless" {
        return Patience::Endless;
    }
    let shape = shape.parse().expect("a shape");
    Patience::Times(Times::new("patience", mean_s, shape).expect("valid"))
}

fn line(per_hour: f64, handle_s: f64, agents: u32, patience: Patience) -> Line {
    Line { arrivals_per_s: per_hour / 3600.0, handle_s, agents, waiting_places: None, patience }
}

/// Near to within a share of the value, or to within what is nothing beside a share of 1.
#[track_caller]
fn near(got: f64, want: f64, what: &str) {
    let off = (got - want).abs();
    assert!(off <= 1e-10 * want.abs() + 1e-15, "{what}: {got}, not {want}");
}

type Patient = (f64, f64, u32, f64, &'static str, f64, [f64; 6]);
type Placed = (f64, f64, u32, u32, f64, &'static str, [f64; 4]);

/// Contacts an hour, handle, agents, mean patience and its shape, threshold; then the share that waits,
/// the share that abandons, the mean wait of all and of the served, the shares served and abandoned
/// in time.
#[rustfmt::skip]
const WITH_PATIENCE: &[Patient] = &[
    (2880.0, 60.0, 50, 120.0, "exponential", 20.0, [0.4677740685537904, 0.03091224916219322, 3.709469899463186, 3.615900239553114, 0.943018954746981, 0.02984543696082703]),
    (400.0, 180.0, 22, 180.0, "exponential", 20.0, [0.3563023515857365, 0.04897482902436465, 8.815469224385637, 8.172711521032596, 0.7979053290706777, 0.02860554711266339]),
    (1.0, 300.0, 1, 60.0, "exponential", 10.0, [0.07791571186191704, 0.06501145765699552, 3.900687459419731, 0.6929305292323351, 0.9244087096838357, 0.01177224974663275]),
    (1.0, 300.0, 3, 1000000.0, "exponential", 0.0, [9.127391947981346e-5, 9.38715387759697e-9, 0.009387153877596971, 0.00938618853768942, 0.9999087260805202, 5.645728714189163e-34]),
    (7200.0, 240.0, 400, 90.0, "exponential", 30.0, [0.9892515746394047, 0.1667869921698005, 15.01082929528204, 16.12687849102867, 0.8070471528348733, 0.1658760107407615]),
    (100000.0, 300.0, 8300, 200.0, "exponential", 20.0, [0.5812840339330493, 0.007123007662865814, 1.424601532573163, 1.421439495379982, 0.9928769923362168, 0.007123007662864068]),
    (1200000.0, 300.0, 100000, 120.0, "exponential", 20.0, [0.3879413854703518, 0.001545603629782431, 0.1854724355738917, 0.1851775097552986, 0.9984543963702176, 0.001545603629782431]),
    (1190000.0, 300.0, 100000, 600.0, "exponential", 5.0, [0.004333225576964831, 2.317152588353107e-6, 0.001390291553011864, 0.001389585032647344, 0.9999976828452254, 2.31715258771489e-6]),
    (400.0, 180.0, 22, 180.0, "deterministic", 20.0, [0.5354566939159189, 0.007512059068065366, 33.99331081378916, 32.88819826958073, 0.5862085215327973, 0.0]),
    (400.0, 180.0, 22, 180.0, "uniform", 20.0, [0.4014590764699937, 0.03852393583638291, 12.75548190204992, 12.10882656047148, 0.7482370489002425, 0.01783095330660419]),
    (400.0, 180.0, 18, 180.0, "erlang2", 20.0, [0.8042209376327256, 0.1304854595967142, 44.23237732806132, 42.54642247071343, 0.318846511623253, 0.01546314328821718]),
    (400.0, 180.0, 22, 180.0, "lognormal", 20.0, [0.417306724552847, 0.03485621906066158, 13.47126881277651, 12.39029416949927, 0.734710523417324, 0.003897191924995982]),
    (400.0, 180.0, 17, 120.0, "lognormal:1.5", 30.0, [0.7138926960247427, 0.1906368140912839, 21.20068978889895, 19.67266553828467, 0.5828212500395127, 0.1212486962750354]),
    (400.0, 180.0, 22, 180.0, "hyperexponential", 20.0, [0.3222387945979672, 0.05685836346124794, 6.502068022135593, 5.853612023487952, 0.8322236576177608, 0.03806263228734748]),
    (2880.0, 60.0, 45, 40.0, "uniform", 20.0, [0.7173288900680653, 0.09048749173811578, 6.564450053411453, 6.475887592826498, 0.8613331387563739, 0.08668710288503757]),
];

#[test]
fn lines_with_patience() {
    for (per_hour, handle, agents, mean, shape, threshold, want) in WITH_PATIENCE {
        let line = line(*per_hour, *handle, *agents, patience(shape, *mean));
        let figures = line.figures(*threshold).expect("settles");
        let got = [
            figures.p_wait,
            figures.p_abandon,
            figures.mean_wait_all_s,
            figures.asa_served_s,
            figures.served_in_time,
            figures.abandoned_in_time,
        ];
        for (i, (got, want)) in got.into_iter().zip(want).enumerate() {
            near(got, *want, &format!("figure {i} of {agents} agents, {shape} {mean}"));
        }
        near(
            figures.mean_queue_length,
            line.arrivals_per_s * want[2],
            "Little: the queue is the arrivals times their mean wait",
        );
    }
}

/// Contacts an hour, handle, agents, waiting places, mean patience and its shape; then the share that
/// waits, the share that abandons, the mean wait of all, the share turned away.
#[rustfmt::skip]
const WITH_PLACES: &[Placed] = &[
    (2880.0, 60.0, 50, 10, 120.0, "exponential", [0.3911400174047686, 0.01763215693466079, 2.115858832159295, 0.0208828118034497]),
    (400.0, 180.0, 15, 5, 60.0, "exponential", [0.6561019144711385, 0.2230750153250883, 13.3845009195053, 0.06073415019843268]),
    (2880.0, 60.0, 50, 30, 0.0, "endless", [0.6098613986757107, 0.0, 9.159373176898253, 0.01015163198152563]),
    (2880.0, 60.0, 40, 3, 0.0, "endless", [0.4124884798651046, 0.0, 1.312257306823602, 0.1958187069249727]),
    (60.0, 180.0, 3, 1, 60.0, "erlang2", [0.2903225806451613, 0.1290322580645161, 9.67741935483871, 0.1612903225806452]),
    (120.0, 180.0, 4, 4, 90.0, "erlang2", [0.7146626942699549, 0.3199963859578473, 36.90769012007939, 0.06891962930011335]),
];

#[test]
fn lines_with_waiting_places() {
    for (per_hour, handle, agents, places, mean, shape, want) in WITH_PLACES {
        let line = Line {
            waiting_places: Some(*places),
            ..line(*per_hour, *handle, *agents, patience(shape, *mean))
        };
        let figures = line.figures(20.0).expect("settles");
        let got = [figures.p_wait, figures.p_abandon, figures.mean_wait_all_s, figures.blocking];
        for (i, (got, want)) in got.into_iter().zip(want).enumerate() {
            near(got, *want, &format!("figure {i} of {agents} agents, {places} places, {shape}"));
        }
    }
}

/// Load, agents, Erlang B by its recursion.
#[rustfmt::skip]
const LOSS: &[(f64, u32, f64)] = &[
    (0.1, 1, 0.09090909090909091),
    (10.0, 14, 0.05681914338652086),
    (48.0, 50, 0.08333735349348304),
    (1000.0, 1000, 0.02481191764616041),
    (99000.0, 100000, 8.225775598504222e-6),
    (200000.0, 100000, 0.500004999800016),
];

#[test]
fn erlang_b_and_both_its_inverses() {
    for (load, agents, want) in LOSS {
        near(blocking(*load, *agents).expect("valid"), *want, &format!("{load} on {agents}"));
        assert_eq!(agents_for_blocking(*load, *want).expect("valid"), *agents);
        near(load_for_blocking(*agents, *want).expect("valid"), *load, "the load back");
        let none = Line {
            waiting_places: Some(0),
            ..line(load * 3600.0, 1.0, *agents, Patience::Endless)
        };
        near(none.figures(20.0).expect("settles").blocking, *want, "a line without places");
    }
    // 9.2e-612 is less than any number that a double can be.
    assert_eq!(blocking(100.0, 1000).expect("valid"), 0.0);
}

/// Load, agents, Erlang C.
#[rustfmt::skip]
const DELAY: &[(f64, u32, f64)] = &[
    (10.0, 14, 0.1741319335950498),
    (48.0, 50, 0.6944556111968343),
    (0.5, 1, 0.5),
    (99900.0, 100000, 0.6579935117953026),
    (5000.0, 5050, 0.3681729261531938),
];

#[test]
fn erlang_c() {
    for (load, agents, want) in DELAY {
        let figures =
            line(load * 20.0, 180.0, *agents, Patience::Endless).figures(20.0).expect("settles");
        near(figures.p_wait, *want, &format!("{load} on {agents}"));
        let spare = (f64::from(*agents) - load) / 180.0;
        near(figures.asa_served_s, want / spare, "mean wait");
        near(figures.level(Level::Offered), 1.0 - want * (-spare * 20.0).exp(), "within 20 s");
    }
    // Published: 10 erlangs, 14 agents, 180 s: 17.41 % wait, 88.8 % within 20 s.
    let figures = line(200.0, 180.0, 14, Patience::Endless).figures(20.0).expect("settles");
    assert_eq!(format!("{:.4} {:.3}", figures.p_wait, figures.served_in_time), "0.1741 0.888");
}

/// The comparison of Garnett, Mandelbaum & Reiman 2002: 50 agents, 48 a minute, 1 minute each, with
/// and without patience of 2 minutes.
#[test]
fn the_published_comparison_of_erlang_a_and_c() {
    let c = line(2880.0, 60.0, 50, Patience::Endless).figures(20.0).expect("settles");
    assert_eq!(
        format!("{:.1} {:.0} {:.2}", c.asa_served_s, c.mean_queue_length, c.occupancy),
        "20.8 17 0.96"
    );
    let a = line(2880.0, 60.0, 50, patience("exponential", 120.0)).figures(20.0).expect("settles");
    let got = format!(
        "{:.1} {:.1} {:.0} {:.2}",
        a.p_abandon * 100.0,
        a.mean_wait_all_s,
        a.mean_queue_length,
        a.occupancy
    );
    assert_eq!(got, "3.1 3.7 3 0.93");
}

#[test]
fn a_line_that_never_settles_says_what_would() {
    for agents in [47, 48] {
        let faults =
            line(2880.0, 60.0, agents, Patience::Endless).figures(20.0).expect_err("grows");
        assert_eq!(faults[0].field, "agents");
        assert!(faults[0].next.contains("at least 49 agents"), "{}", faults[0]);
    }
    assert!(line(2880.0, 60.0, 48, patience("uniform", 60.0)).figures(20.0).is_ok());
    let bad = line(0.0, -1.0, 0, Patience::Endless).figures(20.0).expect_err("three things");
    assert_eq!(bad.len(), 3);
    let late =
        line(60.0, 60.0, 3, Patience::Endless).figures(-1.0).expect_err("a threshold below 0");
    assert_eq!(late[0].field, "threshold");
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()) + 1e-13
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_walk_and_the_integral_agree(
        agents in 1u32..400, busy in 0.05..1.6f64, handle in 5.0..2000.0f64,
        patience_s in 1.0..5000.0f64, threshold in 0.0..90.0f64,
    ) {
        let load = busy * f64::from(agents);
        let line = line(load / handle * 3600.0, handle, agents, patience("exponential", patience_s));
        let Some(walk) = line.by_walk(threshold) else { return Ok(()) };
        let integral = line.by_integral(threshold);
        for (a, b, what) in [
            (walk.waiting, integral.waiting, "waiting"),
            (walk.abandoned, integral.abandoned, "abandoned"),
            (walk.wait_sum, integral.wait_sum, "wait"),
            (walk.wait_of_served, integral.wait_of_served, "wait of served"),
            (walk.wait_of_abandoned, integral.wait_of_abandoned, "wait of abandoned"),
            (walk.served_in_time, integral.served_in_time, "served in time"),
            (walk.abandoned_in_time, integral.abandoned_in_time, "abandoned in time"),
        ] {
            prop_assert!(close(a, b), "{}: {} by the walk, {} by the integral", what, a, b);
        }
    }

    /// Whatever the line: shares add up, one agent more never makes the wait longer, and Little's law
    /// and the balance of the agents' work hold.
    #[test]
    fn what_holds_for_any_line(
        agents in 1u32..1500, busy in 0.01..2.0f64, handle in 1.0..5000.0f64,
        mean in 1.0..5000.0f64, shape in 0usize..7, places in prop::option::of(0u32..200), threshold in 0.0..300.0f64,
    ) {
        let shapes =
            ["exponential", "deterministic", "uniform", "erlang3", "lognormal", "lognormal:2", "hyperexponential"];
        let load = busy * f64::from(agents);
        let of = |agents| Line {
            waiting_places: places,
            ..line(load / handle * 3600.0, handle, agents, patience(shapes[shape], mean))
        };
        let (one, more) = (of(agents).figures(threshold), of(agents + 1).figures(threshold));
        let (one, more) = (one.expect("settles"), more.expect("settles"));
        for share in [one.blocking, one.p_wait, one.p_abandon, one.served_in_time, one.abandoned_in_time, one.occupancy] {
            prop_assert!((-1e-12..=1.0 + 1e-12).contains(&share), "{:?}", one);
        }
        prop_assert!(one.p_abandon <= one.p_wait + 1e-12, "{:?}", one);
        prop_assert!(one.abandoned_in_time <= one.p_abandon + 1e-12, "{:?}", one);
        prop_assert!(one.served_in_time <= one.served() + 1e-12, "{:?}", one);
        prop_assert!(more.blocking + more.p_abandon <= one.blocking + one.p_abandon + 1e-10, "{:?} {:?}", one, more);
        prop_assert!(more.served_in_time >= one.served_in_time - 1e-10);
        prop_assert!(one.asa_served_s >= -1e-12);
        let parts = one.asa_served_s * one.served() + one.mean_wait_abandoned_s.unwrap_or(0.0) * one.p_abandon;
        prop_assert!(close(parts, one.mean_wait_all_s), "{:?}", one);
        for (level, _) in Level::ALL {
            prop_assert!(one.level(level) >= one.level(Level::Offered) - 1e-12);
        }
    }

    /// Exponential patience at its limits: none at all is Erlang B, endless is Erlang C.
    #[test]
    fn erlang_a_lies_between_b_and_c(agents in 1u32..200, busy in 0.1..0.98f64) {
        let load = busy * f64::from(agents);
        let at = |mean| line(load * 3600.0, 1.0, agents, patience("exponential", mean)).settled(0.0);
        let b = blocking(load, agents).expect("valid");
        let c = line(load * 3600.0, 1.0, agents, Patience::Endless).settled(0.0).p_wait;
        prop_assert!((at(1e-9).p_wait - b).abs() < 1e-6);
        prop_assert!((at(1e12).p_wait - c).abs() < 1e-6);
        prop_assert!(at(1.0).p_wait > b - 1e-12 && at(1.0).p_wait < c + 1e-12);
    }
}
