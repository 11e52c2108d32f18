//! How well each day of the journal replays, night by night.

use domain::{Day, FloorId, Timestamp};
use serde_json::Value;

use super::{
    ProviderScope,
    closed_day::{packed, unpacked},
    page,
};
use crate::{
    StoreError, Tx, View,
    db::FromRow,
    value::{Row, args, read_json},
};

/// What a night's replay of one day came to.
#[derive(Clone, Debug, PartialEq)]
pub struct FidelityDay {
    /// The floor.
    pub floor: FloorId,
    /// The day, in `zone`.
    pub day: Day,
    /// Name of the zone in which the day was counted.
    pub zone: String,
    /// Every event and every figure came out as it was recorded.
    pub is_equal: bool,
    /// Version of the program that replayed.
    pub program: String,
    /// When it was replayed.
    pub made: Timestamp,
    /// How long that took, in milliseconds.
    pub took_ms: u64,
    /// The report of it, without its clients.
    pub report: Value,
}

/// What takes more room, for one day: read when somebody looks at it.
#[derive(Clone, Debug, PartialEq)]
pub struct FidelityDetails {
    /// The report's clients.
    pub clients: Value,
    /// What the simulator made of the day's contacts, if it was asked.
    pub played: Option<Value>,
}

impl FromRow for FidelityDay {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let day: String = row.get("day")?;
        Ok(Self {
            floor: row.get("floor_id")?,
            day: day.parse().map_err(|error| StoreError::corrupt("column day", error))?,
            zone: row.get("zone")?,
            is_equal: row.get("is_equal")?,
            program: row.get("program")?,
            made: row.get("made_us")?,
            took_ms: row.get("took_ms")?,
            report: read_json(row, "report")?,
        })
    }
}

impl FromRow for FidelityDetails {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let clients: Vec<u8> = row.get("clients")?;
        let played: Option<Vec<u8>> = row.get("played")?;
        Ok(Self {
            clients: document(&clients)?,
            played: played.map(|bytes| document(&bytes)).transpose()?,
        })
    }
}

fn document(bytes: &[u8]) -> Result<Value, StoreError> {
    serde_json::from_slice(&unpacked(bytes)?)
        .map_err(|error| StoreError::corrupt("a day's fidelity", error))
}

fn bytes(value: &Value) -> Result<Vec<u8>, StoreError> {
    packed(value.to_string().as_bytes())
}

impl View {
    /// The days of a floor before `before`, or of all of them, the latest first.
    pub async fn fidelity_days(
        &mut self,
        _: &ProviderScope,
        floor: FloorId,
        before: Option<Day>,
        limit: u32,
    ) -> Result<Vec<FidelityDay>, StoreError> {
        self.list(
            "SELECT floor_id, day, zone, is_equal, program, made_us, took_ms, report
             FROM fidelity_day WHERE floor_id = $1 AND ($2 IS NULL OR day < $2)
             ORDER BY day DESC LIMIT $3",
            args![floor, before.map(|day| day.to_string()), page(limit)],
        )
        .await
    }

    /// One day of a floor.
    pub async fn fidelity_day(
        &mut self,
        _: &ProviderScope,
        floor: FloorId,
        day: Day,
    ) -> Result<Option<FidelityDay>, StoreError> {
        self.find(
            "SELECT floor_id, day, zone, is_equal, program, made_us, took_ms, report
             FROM fidelity_day WHERE floor_id = $1 AND day = $2",
            args![floor, day.to_string()],
        )
        .await
    }

    /// The rest of what is kept of one day.
    pub async fn fidelity_details(
        &mut self,
        _: &ProviderScope,
        floor: FloorId,
        day: Day,
    ) -> Result<Option<FidelityDetails>, StoreError> {
        self.find(
            "SELECT clients, played FROM fidelity_day WHERE floor_id = $1 AND day = $2",
            args![floor, day.to_string()],
        )
        .await
    }
}

impl Tx {
    /// Keeps a day's replay, instead of an earlier one of the same day.
    pub async fn keep_fidelity(
        &mut self,
        _: &ProviderScope,
        kept: &FidelityDay,
        details: &FidelityDetails,
    ) -> Result<(), StoreError> {
        let FidelityDay { floor, day, zone, is_equal, program, made, took_ms, report } =
            kept.clone();
        let played = details.played.as_ref().map(bytes).transpose()?;
        self.run(
            "INSERT INTO fidelity_day (floor_id, day, zone, is_equal, program, made_us, took_ms,
                 report, clients, played)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (floor_id, day) DO UPDATE SET zone = $3, is_equal = $4, program = $5,
                 made_us = $6, took_ms = $7, report = $8, clients = $9, played = $10",
            args![
                floor,
                day.to_string(),
                zone,
                is_equal,
                program,
                made,
                took_ms,
                report,
                bytes(&details.clients)?,
                played
            ],
        )
        .await
        .map(drop)
    }
}
