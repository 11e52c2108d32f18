//! Telephone calls, up to "a call arrived, was answered, ended".
//!
//! Two halves that meet in [`call`]. [`sip`] speaks to trunks and desk phones: it turns messages into
//! a few [`sip::SipEvent`]s and carries out [`sip::SipCommand`]s. [`media`] owns the sound: one thread
//! with a tick of 20 ms that receives, mixes, plays, records and sends; it is steered by
//! [`media::MediaCommand`]s. [`call::Call`] stands between them and decides: a state machine without
//! socket, clock or thread, fed by both halves and by what the floor says, so that a call can be
//! played from a script in a test.
//!
//! What is here knows neither the floor's rules nor how anything is kept: the server translates
//! between calls and the router, and keeps the facts.
//!
//! Pure modules, in reading order: [`sdp`] and [`rtp`] (what crosses the wire), [`g711`] and [`tone`]
//! (sound as samples), [`level`] (how loud it is), [`jitter`] (packets into an even stream), [`mix`] (who hears whom),
//! [`quality`], [`ending`] (how calls end and whose fault it was), [`flow`] (menus).

pub mod call;
pub mod ending;
pub mod flow;
pub mod g711;
pub mod jitter;
pub mod level;
pub mod media;
pub mod mix;
pub mod prompt;
pub mod quality;
pub mod rtp;
pub mod sdp;
pub mod sip;
pub mod tone;
pub mod turn;

/// Samples in a second: G.711 and everything inside this crate.
pub const RATE: u32 = 8_000;

/// Samples in one tick of 20 ms.
pub const FRAME: usize = 160;
