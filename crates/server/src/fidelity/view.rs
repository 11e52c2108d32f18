//! A day's replay, from what is kept to what is shown.

use api::fidelity::{
    FidelityAgreement, FidelityClient, FidelityDay, FidelityDetails, FidelityDifference,
    FidelityFigures, FidelityFirst, FidelityPart, FidelityPlayed, FidelityPlayedRow,
};
use planning::{
    recorded::{Agreement, Of},
    replay::{Fidelity, OfClient, Side},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::records;

use super::nights::{KeptPlayed, PLAYED_LEVEL};
use crate::{
    http::error::{ApiError, Result},
    reports::Names,
};

fn read<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| ApiError::internal(&error))
}

/// One day of the list.
pub fn day(kept: &records::FidelityDay, names: &Names<'_>) -> Result<FidelityDay> {
    let mut report = kept.report.clone();
    // Clients are kept apart, see `records::FidelityDetails`.
    report["clients"] = Value::Array(Vec::new());
    let played_level: Option<Agreement> = read(report[PLAYED_LEVEL].take())?;
    let report: Fidelity = read(report)?;
    let (before, within) = (&report.before, &report.within);
    Ok(FidelityDay {
        day: kept.day.to_string(),
        zone: kept.zone.clone(),
        is_equal: kept.is_equal,
        made: kept.made.to_string(),
        took_ms: kept.took_ms,
        program: kept.program.clone(),
        offered: report.all.recorded.offered,
        events_equal: before.events_equal + within.events_equal,
        events_missing: before.events_missing + within.events_missing,
        events_added: before.events_added + within.events_added,
        inputs_refused: before.inputs_refused + within.inputs_refused,
        contacts_open: report.contacts_open,
        first_difference: report.first_difference.map(|first| FidelityFirst {
            seq: first.seq,
            at: first.at.to_string(),
            text: first.text,
        }),
        differences: report
            .differences
            .into_iter()
            .map(|differs| FidelityDifference {
                figure: differs.figure,
                recorded: differs.recorded,
                replayed: differs.replayed,
                difference: differs.difference,
                clients: differs
                    .parts
                    .iter()
                    .map(|part| FidelityPart {
                        client: part.client.uuid(),
                        name: names.client(part.client),
                        difference: part.difference,
                    })
                    .collect(),
            })
            .collect(),
        recorded: figures(&report.all.recorded),
        replayed: figures(&report.all.replayed),
        played_level: played_level.as_ref().map(agreement),
    })
}

/// One day with its clients.
pub fn details(
    kept: &records::FidelityDay,
    details: records::FidelityDetails,
    names: &Names<'_>,
) -> Result<FidelityDetails> {
    let clients: Vec<OfClient> = read(details.clients)?;
    let mut clients: Vec<FidelityClient> = clients
        .iter()
        .map(|of| FidelityClient {
            client: of.client.uuid(),
            name: names.client(of.client),
            recorded: figures(&of.sides.recorded),
            replayed: figures(&of.sides.replayed),
        })
        .collect();
    clients.sort_by(|a, b| (&a.name, a.client).cmp(&(&b.name, b.client)));
    let played = details.played.map(read::<KeptPlayed>).transpose()?.map(|kept| {
        let mut rows = vec![row(None, &kept.played.all)];
        rows.extend(kept.played.clients.iter().map(|of| row(Some(of.name.clone()), of)));
        FidelityPlayed {
            replications: kept.played.replications,
            contacts: kept.contacts,
            left_out: kept.left_out,
            rows,
        }
    });
    Ok(FidelityDetails { day: day(kept, names)?, clients, played })
}

fn row(name: Option<String>, of: &Of) -> FidelityPlayedRow {
    FidelityPlayedRow { name, figures: of.figures.iter().map(agreement).collect() }
}

fn agreement(figure: &Agreement) -> FidelityAgreement {
    FidelityAgreement {
        figure: figure.figure.clone().into_owned(),
        recorded: figure.real,
        mean: figure.mean,
        half_width_95: figure.half_width_95,
        spread_95: figure.spread_95,
        agrees: figure.agrees,
    }
}

fn figures(side: &Side) -> FidelityFigures {
    let millis = |seconds: f64| (seconds * 1_000.0).round() as u64;
    FidelityFigures {
        offered: side.offered,
        answered: side.answered,
        abandoned: side.abandoned,
        service_level_permille: side.service_level.map(|share| u32::from(share.permille())),
        wait_mean_ms: side.wait_mean_s().map(millis),
        handle_mean_ms: side.handle_mean_s().map(millis),
    }
}
