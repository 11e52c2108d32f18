//! How well past days replay: the fidelity of the twin.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The days that were replayed, the latest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FidelityDays {
    /// Zone in which a day counts from now on.
    pub zone: String,
    /// When the next day is replayed, RFC 3339.
    pub next: String,
    /// The days.
    pub days: Vec<FidelityDay>,
}

/// How one day replayed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FidelityDay {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// Zone in which it was counted.
    pub zone: String,
    /// Every event and every figure came out as it was recorded.
    pub is_equal: bool,
    /// When it was replayed, RFC 3339.
    pub made: String,
    /// How long that took.
    pub took_ms: u64,
    /// Version of the program that replayed it.
    pub program: String,
    /// Contacts offered on that day.
    pub offered: u64,
    /// Events recorded that came out alike.
    pub events_equal: u64,
    /// Events recorded that came out otherwise, or not at all.
    pub events_missing: u64,
    /// Events that came out and were not recorded so.
    pub events_added: u64,
    /// Inputs that were taken then and are refused now.
    pub inputs_refused: u64,
    /// Contacts that had not ended when the journal did.
    pub contacts_open: u64,
    /// The first entry that came out otherwise.
    pub first_difference: Option<FidelityFirst>,
    /// Figures that differ.
    pub differences: Vec<FidelityDifference>,
    /// What happened, by figure.
    pub recorded: FidelityFigures,
    /// What came out now.
    pub replayed: FidelityFigures,
    /// The service level of the day's contacts as the simulator plays them; nothing when it could not.
    pub played_level: Option<FidelityAgreement>,
}

/// The first entry of the journal that came out otherwise.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FidelityFirst {
    /// Its number.
    pub seq: u64,
    /// Its instant, RFC 3339.
    pub at: String,
    /// What the journal says and what the replay says.
    pub text: String,
}

/// A figure that differs. Of a figure that ends in `_us` the values are microseconds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FidelityDifference {
    /// Its name; of agents' time `state.` and the state.
    pub figure: String,
    /// What the journal says.
    pub recorded: f64,
    /// What came out now.
    pub replayed: f64,
    /// The second less the first.
    pub difference: f64,
    /// The clients that make the difference.
    pub clients: Vec<FidelityPart>,
}

/// One client's part of a difference.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FidelityPart {
    /// The client.
    pub client: Uuid,
    /// Its name.
    pub name: String,
    /// Replayed less recorded.
    pub difference: f64,
}

/// Figures of one side.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct FidelityFigures {
    /// Arrived and not turned away.
    pub offered: u64,
    /// Answered, at the first answer.
    pub answered: u64,
    /// Left before any answer.
    pub abandoned: u64,
    /// By the formula of each contact's own promise, in thousandths.
    pub service_level_permille: Option<u32>,
    /// Mean wait of the answered.
    pub wait_mean_ms: Option<u64>,
    /// Talk, hold and wrap-up of an answered contact.
    pub handle_mean_ms: Option<u64>,
}

/// One day with its clients, and what the simulator makes of its contacts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FidelityDetails {
    /// The day.
    pub day: FidelityDay,
    /// By client.
    pub clients: Vec<FidelityClient>,
    /// The day's contacts played by the simulator, unchanged, beside what happened; nothing when they
    /// could not be played.
    pub played: Option<FidelityPlayed>,
}

/// One client's figures.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FidelityClient {
    /// The client.
    pub client: Uuid,
    /// Its name.
    pub name: String,
    /// What happened.
    pub recorded: FidelityFigures,
    /// What came out now.
    pub replayed: FidelityFigures,
}

/// What the simulator makes of a day's contacts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FidelityPlayed {
    /// How often it played them.
    pub replications: u32,
    /// Contacts of the day.
    pub contacts: u64,
    /// Of them contacts of queues that no contract has any more; they were left out.
    pub left_out: u64,
    /// All clients together, then each by name.
    pub rows: Vec<FidelityPlayedRow>,
}

/// One client's figures, or those of all.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FidelityPlayedRow {
    /// Name of the client; nothing for all together.
    pub name: Option<String>,
    /// Figure by figure.
    pub figures: Vec<FidelityAgreement>,
}

/// One figure, as it was and as it was played. Shares from 0 to 1, times in seconds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FidelityAgreement {
    /// `offered`, `answered`, `abandoned`, `service_level`, `wait_s` or `handle_s`.
    pub figure: String,
    /// What happened.
    pub recorded: Option<f64>,
    /// Mean of what was played.
    pub mean: Option<f64>,
    /// Half of the 95 % interval of that mean.
    pub half_width_95: Option<f64>,
    /// Half of the interval in which 95 of 100 such days lie.
    pub spread_95: Option<f64>,
    /// Whether what happened lies within.
    pub agrees: Option<bool>,
}
