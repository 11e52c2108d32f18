//! Telephone calls on the wire: the agent's phone, calls at the desk, supervision, recordings.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// `POST /api/v1/desk/phone`: the browser offers its standing connection for the shift, or offers it
/// anew after a loss. One for each agent; an older one is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhoneOffer {
    /// Session description of the browser: one audio line, PCMU and telephone-event.
    pub sdp: String,
}

/// Answer to a [`PhoneOffer`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhoneAnswer {
    /// The server's description.
    pub sdp: String,
}

/// `GET /api/v1/voice/relays`: what carries the sound of a browser that cannot reach the server by UDP.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RelaysView {
    /// As `RTCPeerConnection` takes them; none where the server has no relay.
    pub relays: Vec<RelayView>,
}

/// A TURN server with a sign-in that is good for a day.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RelayView {
    /// Its addresses: `turn:` and `turns:`.
    pub urls: Vec<String>,
    /// Its own end in seconds since 1970, a colon, and the user's id.
    pub username: String,
    /// The seal on the name.
    pub credential: String,
}

/// How an agent's audio path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PhoneState {
    /// This server has no telephony.
    Off,
    /// No phone: no calls are offered.
    None,
    /// Connecting; no calls are offered yet.
    Connecting,
    /// Sound flows both ways.
    Ready,
    /// It was there and is gone: no calls are offered.
    Lost,
}

/// The agent's phone as the desk shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhoneView {
    /// How it is.
    pub state: PhoneState,
    /// It is a desk phone, which rings by itself: no browser need be connected.
    #[serde(default)]
    pub desk_phone: bool,
}

impl PhoneView {
    /// No telephony here.
    pub const OFF: Self = Self { state: PhoneState::Off, desk_phone: false };

    /// Nothing connected yet.
    pub const NONE: Self = Self { state: PhoneState::None, desk_phone: false };
}

/// Which way a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallDirection {
    /// The customer called.
    Inbound,
    /// We called.
    Outbound,
}

/// How the recording of a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordingState {
    /// The client's contract wants none.
    Off,
    /// Running.
    On,
    /// Paused by an agent: silence is kept.
    Paused,
    /// It should run and cannot: somebody must look.
    Failed,
}

/// Somebody outside whom the agent has called about this contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutsideView {
    /// Whom, as dialled.
    pub number: String,
    /// `ringing`, `talking`, `joined` (all hear each other) or `failed`.
    pub state: String,
    /// When failed: how it ended, a stable code.
    #[serde(default)]
    pub ending: Option<String>,
}

/// Who of a call is not heard although they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unheard {
    /// Nothing comes from the customer's side.
    Customer,
    /// Nothing comes from the agent's phone, or what we send does not arrive at the customer's side.
    Agent,
}

/// The telephone side of a contact at the desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeskCall {
    /// Which way.
    pub direction: CallDirection,
    /// The customer's number in E.164, unless withheld.
    #[serde(default)]
    pub number: Option<String>,
    /// The number the customer dialled, or that we show.
    #[serde(default)]
    pub dialled: Option<String>,
    /// `ringing`, `connected` or `ended`: the customer's leg.
    pub state: String,
    /// Agents whom nobody hears, by their own wish.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub muted: Vec<Uuid>,
    /// Recording.
    pub recording: RecordingState,
    /// With a paused recording: when the alarm goes.
    #[serde(default)]
    pub pause_until: Option<String>,
    /// The carrier's side has put us on hold.
    pub held_by_customer: bool,
    /// For five seconds at least somebody has not been heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unheard: Option<Unheard>,
    /// Somebody outside.
    #[serde(default)]
    pub outside: Option<OutsideView>,
    /// A supervisor speaks with me (`whisper`) or with all (`barge`); listening is not shown.
    #[serde(default)]
    pub supervisor: Option<String>,
    /// What it is about, as the call flow found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_type: Option<String>,
    /// What the caller typed before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collected: Vec<CollectedView>,
    /// When ended: how, a stable code of the table of call endings.
    #[serde(default)]
    pub ending: Option<String>,
}

/// Somebody whom a client's customers may be passed on to, outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhoneBookEntry {
    /// Who, in the agents' words.
    pub name: String,
    /// In E.164; with its country code when written.
    pub number: String,
    /// When to pass somebody on.
    #[serde(default)]
    pub note: String,
}

/// A client's phone book.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhoneBookView {
    /// By name.
    pub entries: Vec<PhoneBookEntry>,
    /// Whoever reads it may write in it; not looked at when it is written.
    #[serde(default)]
    pub may_change: bool,
    /// Version, for a change; 0 for a book that nobody has written in.
    pub version: u64,
}

/// Something that a caller typed in a call flow.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CollectedView {
    /// The name that the flow gives it.
    pub name: String,
    /// The digits; none of what is sensitive, which is shown to nobody.
    #[serde(default)]
    pub digits: Option<String>,
}

impl std::fmt::Debug for CollectedView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CollectedView({}, <redacted>)", self.name)
    }
}

/// `POST …/mute`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MuteRequest {
    /// Muted from now on.
    pub on: bool,
}

/// `POST …/digits`: keys pressed towards the customer or the one outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DigitsRequest {
    /// 1 to 32 of `0`-`9`, `*`, `#`, `A`-`D`.
    pub digits: String,
}

/// `POST …/recording`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordingRequest {
    /// Paused from now on, or going on.
    pub paused: bool,
}

/// How a recording is after it was paused or went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordingAnswer {
    /// `off` when the call is not recorded at all.
    pub recording: RecordingState,
    /// When paused: from when on somebody is alarmed.
    #[serde(default)]
    pub pause_until: Option<String>,
}

/// An agent in conversation in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallingAgent {
    /// The agent.
    pub agent: Uuid,
    /// Their name.
    pub name: String,
}

/// A call under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallUnderWay {
    /// Its contact.
    pub contact: Uuid,
    /// Its client.
    pub client: Uuid,
    /// The client's name.
    pub client_name: String,
    /// Start of its clock.
    pub arrived: String,
    /// Which way.
    pub direction: CallDirection,
    /// The customer's number in E.164, unless withheld.
    #[serde(default)]
    pub number: Option<String>,
    /// The number the customer dialled, or that we show.
    #[serde(default)]
    pub dialled: Option<String>,
    /// `ringing` or `connected`: the customer's leg.
    pub state: String,
    /// Who is in conversation in it.
    pub agents: Vec<CallingAgent>,
    /// Recording.
    pub recording: RecordingState,
    /// With a paused recording: from when on somebody is alarmed.
    #[serde(default)]
    pub pause_until: Option<String>,
}

/// `POST …/outside`: call somebody outside about the contact. The customer hears music meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutsideRequest {
    /// Whom, in E.164 or as dialled at the client's place.
    pub number: String,
    /// The customer is passed on without asking there first: they hear it ring, and my part is over.
    #[serde(default)]
    pub transfer: bool,
}

/// `POST …/outside/act`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutsideAct {
    /// What.
    pub act: OutsideActKind,
}

/// What becomes of the one outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutsideActKind {
    /// All hear each other.
    Join,
    /// Customer and outside go on; my part is over.
    Transfer,
    /// Hang up outside; back to the customer.
    Drop,
}

/// `POST /api/v1/desk/dial`: call somebody for a client, with that client's number shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DialRequest {
    /// For whom.
    pub client: Uuid,
    /// Whom, in E.164 or as dialled at the client's place.
    pub number: String,
    /// The queue it counts for; the client's first one that takes calls when left out.
    #[serde(default)]
    pub queue: Option<Uuid>,
}

/// The contact that a [`DialRequest`] became.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Dialled {
    /// The contact.
    pub contact: Uuid,
}

/// How a supervisor is with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuperviseMode {
    /// Hears all, is heard by nobody: the connection cannot carry their voice.
    Listen,
    /// Heard by the agent alone.
    Whisper,
    /// Heard by all.
    Barge,
}

/// `POST /api/v1/board/contacts/{contact}/supervise`: the supervisor's browser joins a call, or changes
/// how. Each way has a connection of its own: one for listening cannot carry a voice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuperviseRequest {
    /// How.
    pub mode: SuperviseMode,
    /// Session description; receive-only for listening.
    pub sdp: String,
}

/// A recording of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordingView {
    /// Its id.
    pub recording: Uuid,
    /// The contact.
    pub contact: Uuid,
    /// When it began.
    pub started: String,
    /// Its length; `None` while it is written.
    #[serde(default)]
    pub length_ms: Option<u64>,
    /// `writing`, `done`, `damaged` or `erased`.
    pub status: String,
    /// Spans that were paused, for the waveform.
    #[serde(default)]
    pub pauses: Vec<SpanView>,
    /// Spans in whose place silence is handed out, the first one first.
    #[serde(default)]
    pub redactions: Vec<RedactionView>,
    /// Whoever reads this may hear the original as well.
    #[serde(default)]
    pub may_hear_original: bool,
    /// Whoever reads this may redact it.
    #[serde(default)]
    pub may_redact: bool,
    /// Kept until.
    #[serde(default)]
    pub kept_until: Option<String>,
}

/// Whose words a redaction takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RedactedSide {
    /// The customer's and the agents'.
    Both,
    /// The customer's.
    Customer,
    /// The agents'.
    Agents,
}

/// Why a span is redacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RedactionReason {
    /// Digits of a card, or of where money goes.
    PaymentCard,
    /// Somebody's health.
    Health,
    /// A password, a code, an answer that proves who somebody is.
    Secret,
    /// Somebody else than the customer.
    ThirdParty,
    /// What the provider's people say among themselves.
    Internal,
    /// Something else.
    SomethingElse,
}

/// `POST …/recordings/{recording}/redactions`: silence is handed out in the place of this span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewRedaction {
    /// From the recording's start.
    pub from_ms: u64,
    /// Until; after `from_ms`, and within the recording.
    pub until_ms: u64,
    /// Whose words.
    pub side: RedactedSide,
    /// Why.
    pub reason: RedactionReason,
}

/// A span of a recording in whose place silence is handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RedactionView {
    /// Its id.
    pub redaction: Uuid,
    /// The recording.
    pub recording: Uuid,
    /// Where, whose words, why.
    #[serde(flatten)]
    pub span: NewRedaction,
    /// Who marked it; `None` towards a client's people.
    #[serde(default)]
    pub by: Option<String>,
    /// When.
    pub at: String,
}

/// A span within a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpanView {
    /// From its start.
    pub from_ms: u64,
    /// Until; `None` for its end.
    #[serde(default)]
    pub until_ms: Option<u64>,
}

/// `GET …/recordings/{recording}/peaks`: the waveform. Each value is a peak of 0 to 100.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PeaksView {
    /// Width of one value.
    pub step_ms: u32,
    /// The customer's channel.
    pub customer: Vec<u8>,
    /// The agents' channel.
    pub agents: Vec<u8>,
}

/// How a leg sounded, or how it sounds over its latest five seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QualityView {
    /// Packets lost of those that should have come, in permille.
    pub loss_permille: u32,
    /// Interarrival jitter.
    pub jitter_ms: u32,
    /// Frames made up of those played, in permille.
    pub concealed_permille: u32,
    /// Round trip, if known.
    #[serde(default)]
    pub round_trip_ms: Option<u32>,
    /// Mean opinion score times ten: 43 is 4.3.
    pub mos_tenths: u8,
}

/// A leg of a call, in the record of its contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LegView {
    /// Its id.
    pub leg: Uuid,
    /// `customer`, `agent`, `outside`, `supervisor`.
    pub party: String,
    /// The agent's name.
    #[serde(default)]
    pub agent_name: Option<String>,
    /// When it began.
    pub started: String,
    /// When it was answered.
    #[serde(default)]
    pub answered: Option<String>,
    /// When it ended.
    #[serde(default)]
    pub ended: Option<String>,
    /// How, a stable code of the table of call endings.
    #[serde(default)]
    pub ending: Option<String>,
    /// How it sounded.
    #[serde(default)]
    pub quality: Option<QualityView>,
}

/// The telephone side of a contact's record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CallRecordView {
    /// Which way.
    pub direction: CallDirection,
    /// The customer's number, unless withheld or erased.
    #[serde(default)]
    pub number: Option<String>,
    /// The number dialled, or shown by us.
    #[serde(default)]
    pub dialled: Option<String>,
    /// Name of the trunk.
    #[serde(default)]
    pub trunk: Option<String>,
    /// How the customer's leg ended, a stable code.
    #[serde(default)]
    pub ending: Option<String>,
    /// Whose fault, as the table says: `customer`, `agent`, `provider`, `carrier`, `nobody`.
    #[serde(default)]
    pub fault: Option<String>,
    /// Counts for the bill.
    #[serde(default)]
    pub billable: Option<bool>,
    /// Legs, first one first.
    pub legs: Vec<LegView>,
    /// Recordings.
    pub recordings: Vec<RecordingView>,
}
