//! Canned answers of a client.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A canned answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CannedView {
    /// Its id.
    pub id: Uuid,
    /// The client.
    pub client: Uuid,
    /// What an agent types after `/`.
    pub shortcut: String,
    /// Language, such as `fr`.
    pub language: String,
    /// The text.
    pub text: String,
    /// Version, for a change.
    pub version: u64,
}

/// `POST /api/v1/clients/{client}/canned-answers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewCanned {
    /// 1 to 32 letters, digits or `-`.
    pub shortcut: String,
    /// Language.
    pub language: String,
    /// At most 4,000 characters.
    pub text: String,
}

/// `PUT /api/v1/clients/{client}/canned-answers/{answer}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeCanned {
    /// Version this change was made from.
    pub version: u64,
    /// What it is from now on.
    #[serde(flatten)]
    pub answer: NewCanned,
}
