//! Templates by trade, and clients made of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    calendars::WeeklyRangeView,
    clients::{Checklist, ClientView, ServiceModel},
    contracts::ControlChoice,
    sounds::NewSpeech,
    tariff::TariffTerms,
    widgets::WidgetSetup,
};
use crate::desk::ChannelKind;

/// What a client of one trade begins with, in the words of one language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TemplateView {
    /// Its name in addresses: `medical_practice`.
    pub trade: String,
    /// What the trade is called.
    pub name: String,
    /// What is in it, in a sentence.
    pub why: String,
    /// Shared, dedicated or hybrid.
    pub model: ServiceModel,
    /// Who changes words and promises; in a hybrid contract of the team's hours.
    pub control: ControlChoice,
    /// The usual hours: those in which contacts are taken, or of the team when a pool answers around the
    /// clock beside it.
    pub weekly: Vec<WeeklyRangeView>,
    /// Contacts are taken day and night.
    pub around_the_clock: bool,
    /// Kinds of request.
    pub queues: Vec<TemplateQueue>,
    /// How contacts may end.
    pub dispositions: Vec<String>,
    /// Shortcuts of canned answers.
    pub answers: Vec<String>,
    /// What it costs.
    pub tariff: TariffTerms,
    /// What callers hear; empty without a menu.
    pub menu: Vec<String>,
}

/// One kind of request of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateQueue {
    /// Its name.
    pub name: String,
    /// Channels it is open to.
    pub channels: Vec<ChannelKind>,
    /// What agents are to do.
    pub protocol: String,
}

/// `POST /api/v1/templates/{trade}/clients`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewFromTemplate {
    /// The client's name.
    pub name: String,
    /// IANA zone.
    pub zone: String,
    /// Languages of its customers; the first is the default.
    pub languages: Vec<String>,
    /// Its hours, as [`TemplateView::weekly`].
    pub weekly: Vec<WeeklyRangeView>,
    /// The pool that answers; a new one when absent.
    #[serde(default)]
    pub pool: Option<Uuid>,
    /// Agents who are signed off for it.
    #[serde(default)]
    pub sign_offs: Vec<Uuid>,
    /// Agents of no team who form its team; for administrators.
    #[serde(default)]
    pub team: Vec<Uuid>,
    /// Pages that may open the chat.
    #[serde(default)]
    pub origins: Vec<String>,
    /// With the template's tariff; without one nothing is billed.
    pub with_tariff: bool,
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FromTemplateDone {
    /// The client, a draft with a contract in force.
    pub client: ClientView,
    /// The chat for its pages.
    pub widget: WidgetSetup,
    /// What is missing before it can go live.
    pub checklist: Checklist,
    /// Name of the call flow that was drafted; `null` without a menu.
    #[serde(default)]
    pub flow: Option<String>,
    /// What the flow says, still to be recorded or spoken.
    pub prompts: Vec<NewSpeech>,
}
