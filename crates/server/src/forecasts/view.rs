//! A forecast as it is shown.

use std::fmt::Write;

use api::forecast::{
    DemandForecast, ForecastDay, ForecastHandle, ForecastJudged, ForecastLeftOut, ForecastSlot,
    SpecialDay,
};
use domain::{ClientId, Day, Zone};
use planning::forecast::{Forecast, History, handle::HandleTimes};

use crate::App;

/// The forecast and its history; what only the journal knows is filled in later.
pub fn view(
    said: &Forecast,
    history: &History,
    special: &[SpecialDay],
    coverage: f64,
) -> DemandForecast {
    let days = (0..history.days()).filter_map(|place| history.counts(place));
    let judged = said.judged.iter().map(|judged| ForecastJudged {
        method: judged.method.name().to_owned(),
        wape: judged.wape,
        wape_of_days: judged.wape_of_days,
    });
    let slots = said.slots.iter().map(|slot| ForecastSlot {
        from: local(slot.day, slot.second),
        contacts: slot.contacts,
        low: slot.low,
        high: slot.high,
        handle_s: None,
        threshold_s: None,
        target_percent: None,
    });
    let history_days: Vec<ForecastDay> = days
        .map(|(day, counts)| ForecastDay { day: day.to_string(), counts: counts.to_vec() })
        .collect();
    let first = history_days.first().map(|day| day.day.clone()).unwrap_or_default();
    let last = said.slots.last().map(|slot| slot.day.to_string()).unwrap_or_default();
    let within = |day: &&SpecialDay| day.day >= first && day.day <= last;
    DemandForecast {
        client: None,
        channel: None,
        file: None,
        zone: None,
        interval_s: said.step_s,
        coverage,
        method: said.method.to_owned(),
        held_back_days: said.held_back as u32,
        judged: judged.collect(),
        history: history_days,
        left_out: history
            .left_out()
            .iter()
            .map(|(day, why)| ForecastLeftOut { day: day.to_string(), why: (*why).to_owned() })
            .collect(),
        slots: slots.collect(),
        handle: None,
        patience_s: None,
        special_days: special.iter().filter(within).cloned().collect(),
    }
}

fn local(day: Day, second: u32) -> String {
    format!("{day}T{:02}:{:02}", second / 3_600, second / 60 % 60)
}

/// Day and seconds after its midnight of a slot's beginning.
fn place(slot: &ForecastSlot) -> Option<(Day, u32)> {
    let (day, time) = slot.from.split_once('T')?;
    let (hour, minute) = time.split_once(':')?;
    let seconds = hour.parse::<u32>().ok()? * 3_600 + minute.parse::<u32>().ok()? * 60;
    Some((day.parse().ok()?, seconds))
}

/// Fills in how long contacts will take.
pub fn with_handle(view: &mut DemandForecast, times: Option<&HandleTimes>) {
    let Some(times) = times else { return };
    let mut of_day: Option<(Day, Vec<f64>)> = None;
    for slot in &mut view.slots {
        let Some((day, second)) = place(slot) else { continue };
        if of_day.as_ref().is_none_or(|(known, _)| *known != day) {
            of_day = Some((day, times.says(day)));
        }
        let said =
            of_day.as_ref().and_then(|(_, said)| said.get((second / view.interval_s) as usize));
        slot.handle_s = said.copied();
    }
    view.handle = Some(ForecastHandle {
        method: times.method.name().to_owned(),
        held_back_days: times.held_back as u32,
        judged: times
            .judged
            .iter()
            .map(|judged| ForecastJudged {
                method: judged.method.name().to_owned(),
                wape: Some(judged.wape),
                wape_of_days: None,
            })
            .collect(),
        mean_s: times.mean_s(),
    });
}

/// Fills in what the contract promises at the beginning of each interval.
pub fn with_promises(view: &mut DemandForecast, app: &App, client: ClientId, zone: &Zone) {
    let directory = app.floor.directory();
    let Some(entry) = directory.client(client) else { return };
    for slot in &mut view.slots {
        let Some((day, second)) = place(slot) else { continue };
        let minute = u16::try_from(second / 60).unwrap_or(0);
        if let Some(period) = entry.period_at(zone.opening(day, minute)) {
            slot.threshold_s = Some(period.promise.threshold_s);
            slot.target_percent = Some(period.promise.target_percent);
        }
    }
}

/// The intervals to come as a table for spreadsheets (RFC 4180).
pub fn csv(view: &DemandForecast) -> String {
    let mut text = String::from("from,contacts,low,high,handle_s\r\n");
    for slot in &view.slots {
        let handle = slot.handle_s.map(|handle| format!("{handle:.1}")).unwrap_or_default();
        let _ = write!(
            text,
            "{},{:.3},{:.3},{:.3},{handle}\r\n",
            slot.from, slot.contacts, slot.low, slot.high
        );
    }
    text
}
