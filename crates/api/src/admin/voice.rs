//! Administration of telephony: trunks, numbers, and each client's settings.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::contracts::LocalisedTextView;

/// How SIP travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum SipTransport {
    Udp,
    Tcp,
    Tls,
}

/// How a carrier wants numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NumberFormView {
    /// `+33123456789`.
    E164,
    /// `33123456789`.
    WithoutPlus,
    /// `0123456789` at home, `0044…` abroad: as one dials.
    Dialled,
}

/// Whether a trunk's sound is encrypted (SRTP with the keys in SIP, RFC 4568).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SoundEncryption {
    /// Calls with keys are refused.
    Never,
    /// Calls in are taken with keys and without; calls out go without.
    WhenOffered,
    /// Calls without keys are refused; calls out offer them.
    Required,
}

/// What a trunk is; its secret is never shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrunkSetup {
    /// Its name on the provider's screens.
    pub name: String,
    /// Used at all.
    pub active: bool,
    /// Where calls are sent: `sip.carrier.example`, with a port if need be; empty when calls only come
    /// in.
    pub server: String,
    /// How.
    pub transport: SipTransport,
    /// Whether its sound is encrypted; left out, it is with TLS and is not otherwise. Anything but
    /// `never` needs TLS, which hides the keys.
    #[serde(default)]
    pub encryption: Option<SoundEncryption>,
    /// Where its calls come from: addresses or networks such as `203.0.113.0/24`.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// Registers there, if the carrier wants it.
    pub register: bool,
    /// Name for the carrier's challenge.
    #[serde(default)]
    pub username: Option<String>,
    /// Its caller identity headers are believed.
    pub trusted: bool,
    /// Country prefix of numbers without one, such as `33`.
    #[serde(default)]
    pub country: Option<String>,
    /// Prefix of national numbers, such as `0`.
    #[serde(default)]
    pub national_prefix: Option<String>,
    /// What one dials before a country code, such as `00`.
    #[serde(default)]
    pub international_prefix: Option<String>,
    /// How numbers are written to the carrier.
    pub number_form: NumberFormView,
    /// Calls at once.
    pub calls_max: u32,
    /// New calls in a second.
    pub calls_per_second: u32,
    /// Place in the order in which outgoing calls try trunks; lower first.
    pub priority: u32,
}

/// How a trunk's calls sound from its side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrunkSoundView {
    /// Mean opinion score times ten: 43 is 4.3.
    pub mos_tenths: u8,
    /// Packets lost of those that should have come, in permille.
    pub loss_permille: u32,
    /// It is in trouble, and somebody should look.
    pub trouble: bool,
}

/// A trunk with its health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrunkView {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    #[serde(flatten)]
    pub setup: TrunkSetup,
    /// A secret is kept.
    pub has_secret: bool,
    /// `up`, `down` or `unknown`.
    pub health: String,
    /// Why, as a code, with the status that was answered behind it where there is one, such as
    /// `options_answered` or `registrar_answered_403`; empty while nothing is known.
    pub health_why: String,
    /// How its calls of the latest minutes sound, once there is enough to say.
    #[serde(default)]
    pub sound: Option<TrunkSoundView>,
    /// Version, for a change.
    pub version: u64,
}

/// `POST /api/v1/trunks`, and `PUT /api/v1/trunks/{trunk}` with the version.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeTrunk {
    /// Version this change was made from; 0 for a new one.
    #[serde(default)]
    pub version: u64,
    /// What it is from now on.
    #[serde(flatten)]
    pub setup: TrunkSetup,
    /// A new secret; left out to keep the one before.
    #[serde(default)]
    pub secret: Option<String>,
}

impl std::fmt::Debug for ChangeTrunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangeTrunk").field("setup", &self.setup).finish_non_exhaustive()
    }
}

/// A telephone number of the provider's, and whose calls come in on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NumberSetup {
    /// In E.164: `+33123456789`.
    pub number: String,
    /// The client.
    pub client: Uuid,
    /// What it is for, on the provider's screens.
    pub label: String,
    /// The queue its calls wait in.
    pub queue: Uuid,
    /// The client's call flow that its callers follow before; none when left out.
    #[serde(default)]
    pub flow: Option<String>,
    /// Calls are taken.
    pub active: bool,
}

/// A number as listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NumberView {
    /// What it is.
    #[serde(flatten)]
    pub setup: NumberSetup,
    /// The client's name.
    pub client_name: String,
    /// Version, for a change.
    pub version: u64,
}

/// `PUT /api/v1/numbers/{number}`: creates with version 0, changes otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeNumber {
    /// Version this change was made from; 0 for a new one.
    #[serde(default)]
    pub version: u64,
    /// What it is from now on.
    #[serde(flatten)]
    pub setup: NumberSetup,
}

/// How a client's calls are treated, beside the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VoiceSettings {
    /// Calls are recorded.
    pub record: bool,
    /// Spoken to every caller of a client whose calls are recorded, before anything else; required by
    /// law in many places. None is spoken in a language that is left out.
    #[serde(default)]
    pub notice: Vec<LocalisedTextView>,
    /// Emergency broadcast: spoken to every caller before anything else, while it is on.
    #[serde(default)]
    pub broadcast: Vec<LocalisedTextView>,
    /// The broadcast is on.
    #[serde(default = "on")]
    pub broadcast_on: bool,
    /// A key by which a waiting caller asks to be called back; `None` for no such offer.
    #[serde(default)]
    pub callback_key: Option<String>,
    /// Between two announcements of place and expected wait, in seconds; `null` for none.
    #[serde(default = "announce_s")]
    pub announce_s: Option<u32>,
    /// A key by which a waiting caller leaves a voicemail instead; `None` for no such offer.
    #[serde(default)]
    pub voicemail_key: Option<String>,
    /// Whoever calls outside the hours, or when as many wait as may, is asked for a voicemail.
    #[serde(default)]
    pub voicemail_closed: bool,
    /// The longest voicemail, in seconds.
    #[serde(default = "voicemail_max_s")]
    pub voicemail_max_s: u32,
    /// A voicemail is to be answered within so many hours.
    #[serde(default = "voicemail_due_h")]
    pub voicemail_due_h: u32,
    /// Prompts in place of spoken words.
    #[serde(default)]
    pub sounds: SoundChoice,
    /// The client's managers may hear recordings as they are, without the silence in the place of what
    /// was redacted. Everybody else of the client hears what is left.
    #[serde(default)]
    pub originals_for_client: bool,
    /// A waiting caller hears it ring for so long, then music, in seconds.
    pub ring_s: u32,
    /// Number shown when we call for this client: one of the client's.
    #[serde(default)]
    pub outbound_number: Option<String>,
    /// Version, for a change; 0 for settings that were never set.
    #[serde(default)]
    pub version: u64,
}

impl Default for VoiceSettings {
    fn default() -> Self {
        Self {
            record: false,
            notice: Vec::new(),
            broadcast: Vec::new(),
            broadcast_on: true,
            callback_key: None,
            announce_s: announce_s(),
            voicemail_key: None,
            voicemail_closed: false,
            voicemail_max_s: voicemail_max_s(),
            voicemail_due_h: voicemail_due_h(),
            sounds: SoundChoice::default(),
            originals_for_client: false,
            ring_s: 10,
            outbound_number: None,
            version: 0,
        }
    }
}

/// An agent's desk phone: another phone than the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeskPhoneSetup {
    /// What it registers with, or the user part that it answers to.
    pub name: String,
    /// Where it always is, an IP address with perhaps a port; left out for a phone that registers.
    #[serde(default)]
    pub address: Option<String>,
    /// How it is called at that address.
    pub transport: SipTransport,
}

/// A desk phone as listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeskPhoneView {
    /// Whose.
    pub agent: Uuid,
    /// The agent's name.
    pub agent_name: String,
    /// What it is.
    #[serde(flatten)]
    pub setup: DeskPhoneSetup,
    /// A secret is kept.
    pub has_secret: bool,
    /// It can be called: it is registered, or has a fixed address.
    pub there: bool,
    /// Version, for a change.
    pub version: u64,
}

/// `PUT /api/v1/desk-phones/{agent}`: creates with version 0, changes otherwise.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeDeskPhone {
    /// Version this change was made from; 0 for a new one.
    #[serde(default)]
    pub version: u64,
    /// What it is from now on.
    #[serde(flatten)]
    pub setup: DeskPhoneSetup,
    /// A new secret; left out to keep the one before, which holds for its name alone.
    #[serde(default)]
    pub secret: Option<String>,
}

impl std::fmt::Debug for ChangeDeskPhone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangeDeskPhone").field("setup", &self.setup).finish_non_exhaustive()
    }
}

const fn on() -> bool {
    true
}

/// Twice a minute would be a nuisance, less than once in two minutes leaves people alone.
const fn announce_s() -> Option<u32> {
    Some(60)
}

const fn voicemail_max_s() -> u32 {
    180
}

const fn voicemail_due_h() -> u32 {
    24
}

/// Names of prompts that callers hear in place of spoken words. Where a prompt is missing in a
/// caller's language the words are spoken, and the built-in music plays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct SoundChoice {
    /// While waiting, and on hold.
    pub music: Option<String>,
    /// When nobody is free, where the contract has a peak greeting.
    pub greeting: Option<String>,
    /// That calls are recorded.
    pub notice: Option<String>,
    /// The emergency broadcast.
    pub broadcast: Option<String>,
    /// Outside the hours.
    pub closed: Option<String>,
    /// When as many wait as may.
    pub full: Option<String>,
    /// Asks for a voicemail.
    pub voicemail: Option<String>,
}
