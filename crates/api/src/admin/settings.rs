//! Settings of the provider.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/settings`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettingsView {
    /// Name of the provider, on screens and mail.
    pub provider_name: String,
    /// IANA zone of the provider's floor, such as `Europe/Paris`: its agents' days begin at midnight there.
    pub provider_zone: String,
    /// Version, for a change.
    pub version: u64,
}
