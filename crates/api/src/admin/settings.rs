//! Settings of the provider.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/settings`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettingsView {
    /// Name of the provider, on screens and mail.
    pub provider_name: String,
    /// Version, for a change.
    pub version: u64,
}
