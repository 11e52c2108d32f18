//! Agents by interval, from contacts, handle times and promises.

use api::forecast::{StaffingAsked, StaffingInterval, StaffingRequest, StaffingView};
use domain::{Fault, words};
use planning::{
    Demand, Level, Patience, Shape, Target, Times,
    staffing::{LevelTarget, staff},
};

use crate::http::{
    error::{ApiError, Result},
    extract::Json,
};

/// Most intervals of one request: eight weeks of quarters of an hour, and a little.
const INTERVALS_MAX: usize = 6_000;

/// Most faults that are told at once.
const FAULTS_MAX: usize = 20;

/// Least agents of each interval with which its promise is kept.
#[utoipa::path(post, path = "/api/v1/planning/staffing", operation_id = "staffing", tag = "planning", request_body = StaffingRequest, responses((status = 200, description = "Done", body = StaffingView)))]
pub async fn staffing(Json(body): Json<StaffingRequest>) -> Result<Json<StaffingView>> {
    let working = tokio::task::spawn_blocking(move || staffed(&body));
    let done = working.await.map_err(|error| ApiError::internal(&error))?;
    done.map(Json).map_err(|faults| {
        ApiError::invalid("staffing", faults.into_iter().map(Into::into).collect())
    })
}

fn staffed(body: &StaffingRequest) -> std::result::Result<StaffingView, Vec<Fault>> {
    if body.intervals.len() > INTERVALS_MAX {
        return Err(vec![Fault::new(
            "intervals",
            "too_many_intervals",
            words!("There are {}.", body.intervals.len()),
            words!("Give at most {}.", INTERVALS_MAX),
        )]);
    }
    if !(60..=86_400).contains(&body.interval_s) {
        return Err(vec![Fault::new(
            "interval_s",
            "interval_seconds",
            words!("It is {} s.", body.interval_s),
            "Give seconds from a minute to a day, such as 1800.",
        )]);
    }
    let patience = match body.patience_s {
        None => Patience::Endless,
        Some(mean) => Patience::Times(Times::new("patience_s", mean, Shape::Exponential)?),
    };
    let (mut intervals, mut faults) = (Vec::with_capacity(body.intervals.len()), Vec::new());
    for (at, asked) in body.intervals.iter().enumerate() {
        match interval(body, asked, patience) {
            Ok(done) => intervals.push(done),
            Err(found) => {
                faults.extend(found.into_iter().map(|fault| Fault {
                    field: format!("intervals[{at}].{}", fault.field),
                    ..fault
                }))
            }
        }
        if faults.len() >= FAULTS_MAX {
            break;
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let hours = f64::from(body.interval_s) / 3_600.0;
    let sum = |of: fn(&StaffingInterval) -> u32| {
        intervals.iter().map(|interval| f64::from(of(interval))).sum::<f64>() * hours
    };
    Ok(StaffingView {
        required_hours: sum(|interval| interval.required_agents),
        scheduled_hours: sum(|interval| interval.scheduled_agents),
        intervals,
    })
}

fn interval(
    body: &StaffingRequest,
    asked: &StaffingAsked,
    patience: Patience,
) -> std::result::Result<StaffingInterval, Vec<Fault>> {
    let level = LevelTarget {
        share: asked.target,
        threshold_s: asked.threshold_s,
        level: Level::default(),
    };
    let target = Target { level: Some(level), occupancy: body.max_occupancy, ..Target::default() };
    let demand = Demand {
        arrivals_per_s: asked.contacts / f64::from(body.interval_s),
        handle_s: asked.handle_s,
        waiting_places: None,
        patience,
    };
    // Where nobody comes nobody is needed, and whoever is there keeps every promise.
    if asked.contacts == 0.0 {
        return Ok(StaffingInterval {
            from: asked.from.clone(),
            load_erlangs: 0.0,
            required_agents: 0,
            scheduled_agents: 0,
            service_level: 1.0,
            service_level_with_one_less: 1.0,
            occupancy: 0.0,
            wait_s: 0.0,
            service_level_on_duty: asked.on_duty.map(|_| 1.0),
            occupancy_on_duty: asked.on_duty.map(|_| 0.0),
        });
    }
    let staffing = staff(&demand, &target, body.shrinkage)?;
    // Agents who can never work the load off answer nobody in time.
    let on_duty = asked.on_duty.map(|agents| {
        let settled = (agents > 0).then(|| demand.line(agents).figures(asked.threshold_s).ok());
        settled
            .flatten()
            .map_or((0.0, 1.0), |figures| (figures.level(Level::default()), figures.occupancy))
    });
    Ok(StaffingInterval {
        from: asked.from.clone(),
        load_erlangs: demand.load_erlangs(),
        required_agents: staffing.required_agents,
        scheduled_agents: staffing.scheduled_agents,
        service_level: staffing.service_level,
        service_level_with_one_less: staffing.service_level_with_one_less,
        occupancy: staffing.figures.occupancy,
        wait_s: staffing.figures.asa_served_s,
        service_level_on_duty: on_duty.map(|(level, _)| level),
        occupancy_on_duty: on_duty.map(|(_, occupancy)| occupancy),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(contacts: f64, on_duty: Option<u32>) -> StaffingAsked {
        StaffingAsked {
            from: "2026-11-30T08:00".to_owned(),
            contacts,
            handle_s: 180.0,
            threshold_s: 20.0,
            target: 0.8,
            on_duty,
        }
    }

    fn request(intervals: Vec<StaffingAsked>) -> StaffingRequest {
        StaffingRequest {
            interval_s: 1_800,
            intervals,
            shrinkage: 0.3,
            max_occupancy: None,
            patience_s: None,
        }
    }

    #[test]
    fn the_staffing_of_an_interval_is_that_of_the_formulas() {
        // 200 contacts of 180 s in half an hour are 20 erlangs: 24 agents, 34.3 rounded up on the roster.
        let done =
            staffed(&request(vec![asked(200.0, Some(21)), asked(0.0, Some(2))])).expect("good");
        let [busy, quiet] = done.intervals.as_slice() else { panic!("{done:?}") };
        assert_eq!((busy.required_agents, busy.scheduled_agents), (24, 35));
        assert!(busy.service_level >= 0.8 && busy.service_level_with_one_less < 0.8, "{busy:?}");
        let with_21 = busy.service_level_on_duty.expect("asked");
        assert!(with_21 < busy.service_level_with_one_less, "{busy:?}");
        assert!((busy.load_erlangs - 20.0).abs() < 1e-9);
        assert_eq!((quiet.required_agents, quiet.service_level_on_duty), (0, Some(1.0)));
        assert!(
            (done.required_hours - 12.0).abs() < 1e-9 && (done.scheduled_hours - 17.5).abs() < 1e-9
        );
        // 19 agents would have a line that grows for ever.
        let short = staffed(&request(vec![asked(200.0, Some(19))])).expect("good");
        assert_eq!(short.intervals[0].service_level_on_duty, Some(0.0));
    }

    #[test]
    fn a_cap_of_occupancy_asks_for_more_and_patience_for_fewer() {
        let mut capped = request(vec![asked(200.0, None)]);
        capped.max_occupancy = Some(0.75);
        assert_eq!(staffed(&capped).expect("good").intervals[0].required_agents, 27);
        let mut patient = request(vec![asked(200.0, None)]);
        patient.patience_s = Some(180.0);
        assert!(staffed(&patient).expect("good").intervals[0].required_agents < 24);
    }

    #[test]
    fn what_cannot_be_staffed_is_named_with_its_interval() {
        let mut bad = asked(10.0, None);
        bad.target = 1.0;
        let faults =
            staffed(&request(vec![asked(10.0, None), bad])).expect_err("a target of 100 %");
        assert_eq!(faults[0].field, "intervals[1].target");
        let mut none = request(vec![asked(10.0, None)]);
        none.interval_s = 0;
        assert_eq!(staffed(&none).expect_err("no interval")[0].code, "interval_seconds");
        let negative = staffed(&request(vec![asked(-1.0, None)])).expect_err("fewer than none");
        assert_eq!(negative[0].field, "intervals[0].arrivals_per_s");
    }
}
