//! The least agents with which a line keeps what was promised.

use domain::{Fault, words};

use crate::{
    check::{Check, refuse},
    erlang::{AGENTS_MAX, Figures, Level, Line},
    patience::Patience,
};

/// What shall hold, all of it together. Whatever is `None` is not asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Target {
    /// At least this service level.
    pub level: Option<LevelTarget>,
    /// At most this mean wait of the answered, in seconds.
    pub asa_s: Option<f64>,
    /// At most this share abandons.
    pub abandonment: Option<f64>,
    /// At most this share is turned away.
    pub blocking: Option<f64>,
    /// At most this share of the agents' time is busy.
    pub occupancy: Option<f64>,
    /// At least this share is answered without any wait: the 70 of "70/30".
    pub answered_live: Option<f64>,
    /// At most this mean wait of the answered who had to wait, in seconds: the 30 of "70/30".
    pub wait_of_waiting_s: Option<f64>,
}

/// A service level with its threshold and its definition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelTarget {
    /// Share from 0 to less than 1.
    pub share: f64,
    /// Threshold T in seconds.
    pub threshold_s: f64,
    /// Which service level.
    pub level: Level,
}

/// A demand that is staffed for.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// Contacts per second.
    pub arrivals_per_s: f64,
    /// Mean handle time in seconds.
    pub handle_s: f64,
    /// Waiting places; `None` for no limit.
    pub waiting_places: Option<u32>,
    /// How long people wait.
    pub patience: Patience,
}

/// An answer: so many agents, and how the line is with them.
#[derive(Clone, Debug, PartialEq)]
pub struct Staffing {
    /// Least agents at work with which everything asked for holds.
    pub required_agents: u32,
    /// Least agents on the roster, so that the required ones are at work after shrinkage.
    pub scheduled_agents: u32,
    /// The line with the required agents.
    pub figures: Figures,
    /// Its service level, by the definition asked for.
    pub service_level: f64,
    /// The service level with one agent less; 0 where the line would grow for ever or nobody works.
    pub service_level_with_one_less: f64,
}

/// Whole numbers and targets hold when they are missed by no more than this: 14 agents at 30 %
/// shrinkage are 20 scheduled, though 14 / 0.7 is 20.000000000000004 in binary.
const TOLERANCE: f64 = 1e-9;

impl Target {
    /// 70/30: 70 % answered live, the rest after 30 seconds on average.
    pub const SEVENTY_THIRTY: Self = Self {
        level: None,
        asa_s: None,
        abandonment: None,
        blocking: None,
        occupancy: None,
        answered_live: Some(0.7),
        wait_of_waiting_s: Some(30.0),
    };

    /// A target for the service level alone.
    pub fn level(share: f64, threshold_s: f64) -> Self {
        let level = LevelTarget { share, threshold_s, level: Level::default() };
        Self { level: Some(level), ..Self::default() }
    }

    fn check(&self, check: &mut Check) {
        if let Some(level) = &self.level {
            check.share_below_one("target", level.share, "0.8").not_negative(
                "threshold",
                level.threshold_s,
                "20",
            );
        }
        for (field, value, example) in
            [("max_asa", self.asa_s, "30"), ("wait_of_waiting", self.wait_of_waiting_s, "30")]
        {
            if let Some(value) = value {
                check.positive(field, value, example);
            }
        }
        for (field, value, example) in [
            ("max_abandonment", self.abandonment, "0.05"),
            ("max_blocking", self.blocking, "0.01"),
            ("max_occupancy", self.occupancy, "0.85"),
            ("answered_live", self.answered_live, "0.7"),
        ] {
            if let Some(value) = value {
                check.inner_share(field, value, example);
            }
        }
        if *self == Self::default() {
            check.fault(
                "target",
                "no_target",
                "names nothing that shall hold.",
                "Give at least one, such as a share of 0.8 within 20 s.",
            );
        }
    }

    /// The threshold that figures are computed for.
    fn threshold_s(&self) -> f64 {
        self.level.map_or(0.0, |level| level.threshold_s)
    }

    /// Whether a line's figures keep all of it.
    pub fn holds(&self, figures: &Figures) -> bool {
        let least = |want: Option<f64>, got: f64| want.is_none_or(|want| got >= want - TOLERANCE);
        let most = |want: Option<f64>, got: f64| {
            want.is_none_or(|want| got <= want + TOLERANCE * want.max(1.0))
        };
        self.level.is_none_or(|t| figures.level(t.level) >= t.share - TOLERANCE)
            && most(self.asa_s, figures.asa_served_s)
            && most(self.abandonment, figures.p_abandon)
            && most(self.blocking, figures.blocking)
            && most(self.occupancy, figures.occupancy)
            && least(self.answered_live, 1.0 - figures.p_wait - figures.blocking)
            && most(self.wait_of_waiting_s, figures.wait_of_waiting_s.unwrap_or(0.0))
    }
}

impl Demand {
    /// Contacts per second × mean handle time.
    pub fn load_erlangs(&self) -> f64 {
        self.arrivals_per_s * self.handle_s
    }

    /// The line that these agents make of the demand.
    pub fn line(&self, agents: u32) -> Line {
        Line {
            arrivals_per_s: self.arrivals_per_s,
            handle_s: self.handle_s,
            agents,
            waiting_places: self.waiting_places,
            patience: self.patience,
        }
    }

    /// The line's figures, or `None` where it would grow for ever or nobody works.
    fn figures(&self, agents: u32, threshold_s: f64) -> Option<Figures> {
        let endless = self.patience == Patience::Endless && self.waiting_places.is_none();
        let settles = agents > 0 && (!endless || f64::from(agents) > self.load_erlangs());
        settles.then(|| self.line(agents).settled(threshold_s))
    }
}

/// Agents on the roster of whom the required ones are at work when a share of the paid time is not
/// for contacts: required / (1 - shrinkage), rounded up.
///
/// # Errors
/// When the shrinkage is below 0, or 1 or more.
pub fn scheduled(required_agents: u32, shrinkage: f64) -> Result<u32, Vec<Fault>> {
    Check::default().share_below_one("shrinkage", shrinkage, "0.3").done()?;
    let scheduled = (f64::from(required_agents) / (1.0 - shrinkage) - TOLERANCE).ceil();
    Ok(scheduled.min(f64::from(u32::MAX)) as u32)
}

/// The least agents with which the target holds, and what they make of it.
///
/// Every part of a target is kept better with every agent more, so the answer is found by halving.
///
/// # Errors
/// All that is wrong with the numbers at once; or a target that more than [`AGENTS_MAX`] agents
/// would be needed for.
pub fn staff(demand: &Demand, target: &Target, shrinkage: f64) -> Result<Staffing, Vec<Fault>> {
    let mut check = Check::default();
    target.check(&mut check);
    check.share_below_one("shrinkage", shrinkage, "0.3");
    check.positive("arrivals_per_s", demand.arrivals_per_s, "0.1");
    check.positive("aht", demand.handle_s, "180");
    check.done()?;
    let load = demand.load_erlangs();
    if load < f64::from(AGENTS_MAX) {
        demand.line(AGENTS_MAX).check()?;
    }
    let threshold_s = target.threshold_s();
    let holds = |agents: u32| demand.figures(agents, threshold_s).is_some_and(|f| target.holds(&f));
    let Some(required_agents) = least(load, holds) else {
        return refuse(
            "target",
            "out_of_reach",
            words!("would need more than {} agents for {} erlangs.", AGENTS_MAX, load),
            "Give a target that is easier to keep, or a smaller load.",
        );
    };
    let figures = demand.line(required_agents).settled(threshold_s);
    let level = target.level.map(|target| target.level).unwrap_or_default();
    let with_one_less = demand.figures(required_agents - 1, threshold_s);
    Ok(Staffing {
        required_agents,
        scheduled_agents: scheduled(required_agents, shrinkage)?,
        service_level: figures.level(level),
        service_level_with_one_less: with_one_less.map_or(0.0, |figures| figures.level(level)),
        figures,
    })
}

/// The least count from 1 for which `holds` is true and stays so; looked for near the load first.
fn least(load: f64, holds: impl Fn(u32) -> bool) -> Option<u32> {
    let guess = (load + 0.5 * load.sqrt()).ceil().clamp(1.0, f64::from(AGENTS_MAX)) as u32;
    let mut step = (0.5 * load.sqrt()).ceil().max(1.0) as u32;
    // `low` does not hold (0 never does), `high` does.
    let (mut low, mut high);
    if holds(guess) {
        high = guess;
        loop {
            low = high.saturating_sub(step);
            if low == 0 || !holds(low) {
                break;
            }
            high = low;
            step = step.saturating_mul(2);
        }
    } else {
        low = guess;
        loop {
            if low >= AGENTS_MAX {
                return None;
            }
            high = low.saturating_add(step).min(AGENTS_MAX);
            if holds(high) {
                break;
            }
            low = high;
            step = step.saturating_mul(2);
        }
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Times;
    use proptest::prelude::*;

    fn demand(contacts: f64, interval_s: f64, handle_s: f64, patience_s: Option<f64>) -> Demand {
        Demand {
            arrivals_per_s: contacts / interval_s,
            handle_s,
            waiting_places: None,
            patience: patience_s.map_or(Patience::Endless, |mean| {
                Patience::Times(Times::exponential("patience", mean).expect("valid"))
            }),
        }
    }

    /// 200 contacts in half an hour of 180 s, 80/20, patience 180 s: the definitions differ.
    #[test]
    fn the_four_service_levels_ask_for_different_agents() {
        let c = staff(&demand(200.0, 1800.0, 180.0, None), &Target::level(0.8, 20.0), 0.3);
        let c = c.expect("staffable");
        assert_eq!((c.required_agents, c.scheduled_agents), (24, 35));
        let patient = demand(200.0, 1800.0, 180.0, Some(180.0));
        for (level, want) in
            [(Level::Offered, 23), (Level::ExcludingShortAbandons, 22), (Level::OfAnswered, 22)]
        {
            let level = LevelTarget { share: 0.8, threshold_s: 20.0, level };
            let target = Target { level: Some(level), ..Target::default() };
            let got = staff(&patient, &target, 0.0).expect("staffable");
            assert_eq!(got.required_agents, want, "{level:?}");
            assert!(got.service_level >= 0.8 && got.service_level_with_one_less < 0.8);
        }
    }

    #[test]
    fn shrinkage_is_rounded_as_people_count() {
        for (required, shrinkage, want) in
            [(14, 0.3, 20), (14, 0.0, 14), (1, 0.5, 2), (7, 0.3, 10), (15, 0.3, 22)]
        {
            assert_eq!(scheduled(required, shrinkage).expect("valid"), want);
        }
        assert!(scheduled(14, 1.0).is_err());
    }

    #[test]
    fn seventy_thirty_has_two_halves() {
        // One contact an hour of 5 minutes: live is easy with one agent, 30 s is not.
        let small = demand(1.0, 3600.0, 300.0, None);
        let live = Target { wait_of_waiting_s: None, ..Target::SEVENTY_THIRTY };
        assert_eq!(staff(&small, &live, 0.0).expect("staffable").required_agents, 1);
        // 1 / (nμ - λ) <= 30 s: n >= a + 300/30.
        let both = staff(&small, &Target::SEVENTY_THIRTY, 0.0).expect("staffable");
        assert_eq!(both.required_agents, 11);
        // Exactly on the boundary: 10 erlangs of 300 s, 20 agents give 30 s.
        let even = demand(120.0, 3600.0, 300.0, None);
        let waiting = Target { answered_live: None, ..Target::SEVENTY_THIRTY };
        assert_eq!(staff(&even, &waiting, 0.0).expect("staffable").required_agents, 20);
    }

    #[test]
    fn a_cap_on_occupancy_binds_small_waits_do_not() {
        let target = Target { occupancy: Some(0.8), ..Target::level(0.5, 60.0) };
        let got = staff(&demand(200.0, 1800.0, 180.0, None), &target, 0.0).expect("staffable");
        assert_eq!(got.required_agents, 25);
        assert!(got.figures.occupancy <= 0.8 + 1e-12);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let target = Target { occupancy: Some(1.2), ..Target::level(1.0, -1.0) };
        let faults = staff(&demand(0.0, 1800.0, 0.0, None), &target, 1.0).expect_err("all wrong");
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        let want = ["target", "threshold", "max_occupancy", "shrinkage", "arrivals_per_s", "aht"];
        assert_eq!(fields, want);
        let none = staff(&demand(1.0, 1.0, 1.0, None), &Target::default(), 0.0);
        assert_eq!(none.expect_err("nothing asked")[0].code, "no_target");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_answer_holds_and_one_less_does_not(
            load in 0.05..400.0f64, handle in 20.0..900.0f64, patience in prop::option::of(10.0..2000.0f64),
            share in 0.3..0.99f64, threshold in 0.0..120.0f64, occupancy in prop::option::of(0.3..0.95f64),
            abandonment in prop::option::of(0.01..0.3f64),
        ) {
            let demand = demand(load, handle, handle, patience);
            let target = Target { occupancy, abandonment, ..Target::level(share, threshold) };
            let got = staff(&demand, &target, 0.0).expect("staffable");
            prop_assert!(target.holds(&got.figures));
            if let Some(less) = demand.figures(got.required_agents - 1, threshold) {
                prop_assert!(!target.holds(&less));
            }
        }
    }
}
