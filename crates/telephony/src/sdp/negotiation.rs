//! Offer and answer of one leg (RFC 3264).

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::{Crypto, Direction, Host, Map, Media, Origin, SdpError, Session};
use crate::{
    media::{Agreed, EventPayload, Law, Srtp, SrtpKey},
    sip::Offers,
};

/// Payload type of telephone events in our offers.
const EVENT_PAYLOAD: u8 = 101;
/// Sound in a packet, in milliseconds: what we can be talked into.
const PACKET_MS: std::ops::RangeInclusive<u32> = 10..=60;

/// Whether sound is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Neither offered nor taken.
    Never,
    /// Taken when it is offered, and preferred where there is a choice; our offers are without.
    Taken,
    /// Offered and demanded.
    Required,
}

/// Our end of a leg.
#[derive(Clone)]
pub struct Local {
    /// Where we receive: the address that the far end can reach.
    pub address: SocketAddr,
    /// Laws that we take, our favourite first.
    pub laws: Vec<Law>,
    /// Sound in a packet where the far end wishes nothing else; 20 ms is usual.
    pub packet_time: Duration,
    /// RTCP may share the port.
    pub rtcp_mux: bool,
    /// Whether sound is encrypted.
    pub encryption: Encryption,
    /// What we encrypt with, drawn anew for each leg.
    pub key: [u8; 30],
}

impl fmt::Debug for Local {
    /// Never the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Local");
        out.field("address", &self.address).field("laws", &self.laws);
        out.field("packet_time", &self.packet_time).field("rtcp_mux", &self.rtcp_mux);
        out.field("encryption", &self.encryption).finish_non_exhaustive()
    }
}

/// Why a description is not taken, and what SIP answers: 488, Not Acceptable Here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// Status of the refusal.
    pub status: u16,
    /// Why.
    pub reason: Reason,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { status: 488, reason }
    }
}

/// Why a description is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// It cannot be read.
    #[error("the description cannot be read: {0}")]
    Unreadable(#[from] SdpError),
    /// No stream of sound, or all refused.
    #[error("the description has no stream of sound")]
    NoAudio,
    /// A transport other than RTP.
    #[error("sound is described over {0}; we speak RTP/AVP and RTP/SAVP")]
    Profile(String),
    /// No encoding in common.
    #[error("the description has neither PCMA nor PCMU; allow G.711 on the trunk")]
    NoLaw,
    /// A name, a multicast, or an address of a family that our side has not.
    #[error("sound would go to {0}, which cannot be reached; expected an address like ours")]
    Address(String),
    /// We demand encryption.
    #[error("the description is not encrypted, and this trunk demands it; offer RTP/SAVP")]
    NotEncrypted,
    /// We do not encrypt.
    #[error("the description is encrypted, and this trunk is set to go without; offer RTP/AVP")]
    Encrypted,
    /// No key that we can use.
    #[error("the description has no usable key: expected AES_CM_128_HMAC_SHA1_80 or _32, no MKI")]
    NoKey,
    /// An answer although nothing was offered.
    #[error("an answer came although nothing was offered")]
    NotAsked,
    /// An answer to other streams than were offered.
    #[error("the answer has {answered} streams; {offered} were offered")]
    Streams {
        /// In our offer.
        offered: usize,
        /// In the answer.
        answered: usize,
    },
}

/// What one leg offered, answered and agreed.
///
/// A refusal changes nothing: what was agreed before stays in force. The same answer may be sent
/// again as it is, and an answer may be taken again, as 183 and 200 want it.
#[derive(Clone, Debug)]
pub struct Negotiation {
    local: Local,
    id: u64,
    /// The description that we sent last.
    sent: Option<Session>,
    /// Its streams are what an answer must match.
    asked: bool,
    established: Option<Established>,
}

/// What is in force, and what a later offer of ours must repeat.
#[derive(Clone, Debug)]
struct Established {
    agreed: Agreed,
    /// All streams, the refused ones as well: none ever goes away (RFC 3264, section 8).
    media: Vec<Media>,
    /// Which of them is ours.
    stream: usize,
    /// Numbers that mean something else in the far end's description of it.
    taken: Vec<u8>,
}

/// One stream of an offer or answer that we can speak on.
struct Fit<'a> {
    media: &'a Media,
    remote: SocketAddr,
    rtcp: SocketAddr,
    law: Law,
    events: Option<u8>,
    crypto: Option<&'a Crypto>,
    packet_time: Duration,
    send: bool,
    receive: bool,
}

impl Negotiation {
    /// A leg on which nothing is agreed yet. `id` should be unlike that of any other leg.
    pub fn new(id: u64, local: Local) -> Self {
        Self { local, id, sent: None, asked: false, established: None }
    }

    /// What is in force.
    pub fn agreed(&self) -> Option<&Agreed> {
        self.established.as_ref().map(|established| &established.agreed)
    }

    /// Our end.
    pub fn local(&self) -> &Local {
        &self.local
    }

    /// Another end from now on, such as another port; told to the far end with the next description.
    pub fn set_local(&mut self, local: Local) {
        self.local = local;
    }

    /// Our first offers of a leg that we call: with keys and without. Which of them went out is told by
    /// [`Negotiation::sent_as`].
    pub fn offers(&mut self) -> Offers {
        self.sent_as(true);
        let encrypted = self.sent.as_ref().map(Session::write);
        self.sent_as(false);
        let plain = self.sent.as_ref().map(Session::write).unwrap_or_default();
        Offers { plain, encrypted }
    }

    /// This one of our [`Negotiation::offers`] goes out now, to somebody to whom nothing was said yet.
    /// Whatever was agreed with whom it went to before is void, and the leg stays as encrypted as it
    /// begins.
    pub fn sent_as(&mut self, encrypted: bool) {
        self.local.encryption = match encrypted {
            true => Encryption::Required,
            false => Encryption::Never,
        };
        (self.established, self.sent) = (None, None);
        self.offer();
    }

    /// Our offer: for a new leg, or anew within one. It always wants sound both ways.
    pub fn offer(&mut self) -> String {
        let audio = self.our_stream();
        let media = match &self.established {
            None => vec![audio],
            Some(established) => {
                let mut media: Vec<Media> = established.media.iter().map(Media::refused).collect();
                // The stream exists: `media` is the description that `stream` was found in.
                media[established.stream] = audio;
                media
            }
        };
        self.asked = true;
        self.send((0, 0), media)
    }

    /// Answers the far end's offer.
    pub fn answer(&mut self, offer: &str) -> Result<(String, Agreed), Refusal> {
        let offer = Session::parse(offer).map_err(Reason::from)?;
        if let Some(paused) = self.all_streams_over(&offer) {
            return Ok(paused);
        }
        let (stream, fit) = self.choose(&offer)?;
        let packet_ms = u32::try_from(fit.packet_time.as_millis()).unwrap_or(20);
        let ours = fit.crypto.map(|crypto| Crypto {
            tag: crypto.tag,
            key: self.key(crypto.key.short_tag),
            lifetime: None,
            mki: None,
            parameters: Vec::new(),
        });
        let mut audio = Media {
            kind: fit.media.kind.clone(),
            port: self.local.address.port(),
            profile: fit.media.profile.clone(),
            packet_ms: Some(packet_ms),
            direction: Some(Direction::of(fit.send, fit.receive)),
            rtcp_mux: self.local.rtcp_mux && fit.media.rtcp_mux,
            crypto: ours.iter().cloned().collect(),
            ..Media::default()
        };
        add_law(&mut audio, fit.law);
        if let Some(payload) = fit.events {
            add_events(&mut audio, payload);
        }
        let agreed = Agreed {
            remote: fit.remote,
            rtcp: fit.rtcp,
            law: fit.law,
            // Each side may choose its number; repeating the offer's keeps them alike.
            telephone_event: fit
                .events
                .map(|payload| EventPayload { send: payload, receive: payload }),
            packet_time: fit.packet_time,
            send: fit.send,
            receive: fit.receive,
            srtp: fit
                .crypto
                .zip(ours)
                .map(|(theirs, ours)| Srtp { ours: ours.key, theirs: theirs.key.clone() }),
        };
        let mut media: Vec<Media> = offer.media.iter().map(Media::refused).collect();
        media[stream] = audio;
        self.asked = false;
        let taken = fit.media.other_numbers();
        self.established =
            Some(Established { agreed: agreed.clone(), media: media.clone(), stream, taken });
        Ok((self.send(offer.time, media), agreed))
    }

    /// Takes the far end's answer to our last offer.
    pub fn take_answer(&mut self, answer: &str) -> Result<Agreed, Refusal> {
        let offer = self.sent.as_ref().filter(|_| self.asked).ok_or(Reason::NotAsked)?;
        let answer = Session::parse(answer).map_err(Reason::from)?;
        if answer.media.len() != offer.media.len() {
            let (offered, answered) = (offer.media.len(), answer.media.len());
            return Err(Reason::Streams { offered, answered }.into());
        }
        let stream = self.established.as_ref().map_or(0, |established| established.stream);
        let (asked, media) = (&offer.media[stream], &answer.media[stream]);
        if media.port != 0 && media.is_encrypted() != asked.is_encrypted() {
            return Err(Reason::Profile(media.profile.clone()).into());
        }
        let fit = self.fit(&answer, media, Order::Theirs)?;
        let ours = match fit.crypto {
            None => None,
            Some(theirs) => {
                Some(asked.crypto.iter().find(|ours| ours.tag == theirs.tag).ok_or(Reason::NoKey)?)
            }
        };
        let suites_differ =
            |theirs: &Crypto| ours.is_some_and(|ours| ours.key.short_tag != theirs.key.short_tag);
        if fit.crypto.is_some_and(suites_differ) {
            return Err(Reason::NoKey.into());
        }
        let events = asked.telephone_event();
        let agreed = Agreed {
            remote: fit.remote,
            rtcp: if asked.rtcp_mux { fit.rtcp } else { own_rtcp(fit.media, fit.remote) },
            law: fit.law,
            telephone_event: fit
                .events
                .zip(events)
                .map(|(send, receive)| EventPayload { send, receive }),
            packet_time: fit.packet_time,
            send: fit.send,
            receive: fit.receive,
            srtp: fit
                .crypto
                .zip(ours)
                .map(|(theirs, ours)| Srtp { ours: ours.key.clone(), theirs: theirs.key.clone() }),
        };
        let (media, taken) = (offer.media.clone(), fit.media.other_numbers());
        self.established = Some(Established { agreed: agreed.clone(), media, stream, taken });
        Ok(agreed)
    }

    /// The stream we offer.
    fn our_stream(&self) -> Media {
        let before = self.agreed();
        let encrypted = match before {
            // A leg does not change its profile on its way.
            Some(agreed) => agreed.srtp.is_some(),
            None => self.local.encryption == Encryption::Required,
        };
        let short_tag =
            before.and_then(|agreed| agreed.srtp.as_ref()).is_some_and(|srtp| srtp.ours.short_tag);
        let mut audio = Media {
            kind: "audio".to_owned(),
            port: self.local.address.port(),
            profile: match &self.established {
                Some(established) => established.media[established.stream].profile.clone(),
                None if encrypted => "RTP/SAVP".to_owned(),
                None => "RTP/AVP".to_owned(),
            },
            packet_ms: u32::try_from(self.local.packet_time.as_millis()).ok(),
            direction: Some(Direction::SendRecv),
            rtcp_mux: self.local.rtcp_mux,
            ..Media::default()
        };
        for law in &self.local.laws {
            add_law(&mut audio, *law);
        }
        // Within a leg a number keeps its meaning (RFC 3264, section 8.3.2).
        let taken = self.established.as_ref().map_or(&[][..], |established| &established.taken);
        let free = || (EVENT_PAYLOAD..128).chain(96..EVENT_PAYLOAD).find(|n| !taken.contains(n));
        let events = before.and_then(|agreed| agreed.telephone_event);
        if let Some(payload) = events.map(|events| events.receive).or_else(free) {
            add_events(&mut audio, payload);
        }
        if encrypted {
            audio.crypto.push(Crypto {
                tag: 1,
                key: self.key(short_tag),
                lifetime: None,
                mki: None,
                parameters: Vec::new(),
            });
        }
        audio
    }

    fn key(&self, short_tag: bool) -> SrtpKey {
        SrtpKey { key_and_salt: self.local.key, short_tag }
    }

    /// Within a leg, an offer in which every stream is over is a pause: nothing flows, the leg stays.
    fn all_streams_over(&mut self, offer: &Session) -> Option<(String, Agreed)> {
        let over = !offer.media.is_empty() && offer.media.iter().all(|media| media.port == 0);
        let established = self.established.as_mut().filter(|_| over)?;
        established.agreed.send = false;
        established.agreed.receive = false;
        established.media = offer.media.iter().map(Media::refused).collect();
        established.stream = established.stream.min(established.media.len() - 1);
        let (agreed, media) = (established.agreed.clone(), established.media.clone());
        self.asked = false;
        Some((self.send(offer.time, media), agreed))
    }

    /// The stream to speak on: the one spoken on so far, then encrypted ones, then the first.
    fn choose<'a>(&self, offer: &'a Session) -> Result<(usize, Fit<'a>), Reason> {
        let mut order: Vec<usize> = (0..offer.media.len()).collect();
        let current = self.established.as_ref().map(|established| established.stream);
        order.sort_by_key(|at| (Some(*at) != current, !offer.media[*at].is_encrypted(), *at));
        let mut why = Reason::NoAudio;
        for at in order {
            match self.fit(offer, &offer.media[at], Order::Ours) {
                Ok(fit) => return Ok((at, fit)),
                // Of several reasons, one about sound says more than that there is other than sound.
                Err(Reason::NoAudio) => {}
                Err(reason) => why = reason,
            }
        }
        Err(why)
    }

    /// Whether and how we can speak on one stream of a description.
    fn fit<'a>(
        &self,
        session: &Session,
        media: &'a Media,
        order: Order,
    ) -> Result<Fit<'a>, Reason> {
        if media.kind != "audio" || media.port == 0 {
            return Err(Reason::NoAudio);
        }
        let encrypted = media.is_encrypted();
        if !encrypted && !matches!(media.profile.as_str(), "RTP/AVP" | "RTP/AVPF") {
            return Err(Reason::Profile(media.profile.clone()));
        }
        let crypto = match (encrypted, self.local.encryption) {
            (false, Encryption::Required) => return Err(Reason::NotEncrypted),
            (true, Encryption::Never) => return Err(Reason::Encrypted),
            (true, _) => {
                Some(media.crypto.iter().find(|crypto| crypto.is_usable()).ok_or(Reason::NoKey)?)
            }
            (false, _) => None,
        };
        let offers = |law: &Law| {
            media.payloads().any(|payload| payload == payload_of(*law))
                && media.means(payload_of(*law), encoding(*law))
        };
        let law = match order {
            Order::Ours => self.local.laws.iter().copied().find(offers),
            Order::Theirs => media
                .payloads()
                .filter_map(|payload| {
                    [Law::A, Law::Mu].into_iter().find(|l| payload_of(*l) == payload)
                })
                .find(|law| self.local.laws.contains(law) && offers(law)),
        };
        let law = law.ok_or(Reason::NoLaw)?;
        let remote = self.reachable(session, media)?;
        let flows = media.flows(session);
        let muxed = self.local.rtcp_mux && media.rtcp_mux;
        Ok(Fit {
            media,
            remote,
            rtcp: if muxed { remote } else { own_rtcp(media, remote) },
            law,
            events: media.telephone_event(),
            crypto,
            packet_time: self.packet_time(media),
            // The old way to hold names no address to send to (RFC 3264, section 8.4).
            send: flows.receives() && !remote.ip().is_unspecified(),
            receive: flows.sends(),
        })
    }

    fn reachable(&self, session: &Session, media: &Media) -> Result<SocketAddr, Reason> {
        let nowhere = || Reason::Address("no address at all".to_owned());
        match media.host(session).ok_or_else(nowhere)? {
            Host::Ip(ip) => {
                let ip = ip.to_canonical();
                let alike = ip.is_ipv4() == self.local.address.ip().to_canonical().is_ipv4();
                let reachable = alike && !ip.is_multicast() || ip.is_unspecified();
                if !reachable {
                    return Err(Reason::Address(ip.to_string()));
                }
                Ok(SocketAddr::new(ip, media.port))
            }
            Host::Name(name) => Err(Reason::Address(name.clone())),
        }
    }

    /// What the far end wishes, in whole tens of milliseconds, as far as we can be talked into it.
    fn packet_time(&self, media: &Media) -> Duration {
        let ours = u32::try_from(self.local.packet_time.as_millis()).unwrap_or(u32::MAX);
        let wished = media.packet_ms.unwrap_or(ours).min(media.packet_ms_max.unwrap_or(u32::MAX));
        let ms = wished.clamp(*PACKET_MS.start(), *PACKET_MS.end()) / 10 * 10;
        Duration::from_millis(u64::from(ms))
    }

    /// The version rises when the description differs from the one sent last, and only then.
    fn send(&mut self, time: (u64, u64), media: Vec<Media>) -> String {
        let host = Host::Ip(self.local.address.ip());
        let version = self.sent.as_ref().map_or(1, |sent| sent.origin.version);
        let origin = Origin { user: "-".to_owned(), id: self.id, version, host: host.clone() };
        let mut session = Session { origin, connection: Some(host), time, direction: None, media };
        if self.sent.as_ref().is_some_and(|sent| *sent != session) {
            session.origin.version += 1;
        }
        let body = session.write();
        self.sent = Some(session);
        body
    }
}

/// Whose order of laws decides: ours in our answer, theirs in their answer.
#[derive(Clone, Copy)]
enum Order {
    Ours,
    Theirs,
}

impl Media {
    fn is_encrypted(&self) -> bool {
        matches!(self.profile.as_str(), "RTP/SAVP" | "RTP/SAVPF")
    }

    /// Dynamic numbers that mean anything but telephone events.
    fn other_numbers(&self) -> Vec<u8> {
        let dynamic = self.payloads().filter(|payload| *payload >= 96);
        dynamic.filter(|payload| !self.means(*payload, "telephone-event")).collect()
    }
}

/// Where RTCP goes that does not share the stream's port.
fn own_rtcp(media: &Media, remote: SocketAddr) -> SocketAddr {
    match &media.rtcp {
        None => SocketAddr::new(remote.ip(), remote.port().checked_add(1).unwrap_or(0)),
        Some(rtcp) => {
            let own = match rtcp.host {
                Some(Host::Ip(ip)) if ip.is_ipv4() == remote.ip().is_ipv4() => Some(ip),
                _ => None,
            };
            let ip: IpAddr = own.unwrap_or(remote.ip());
            SocketAddr::new(ip, rtcp.port)
        }
    }
}

fn payload_of(law: Law) -> u8 {
    match law {
        Law::Mu => 0,
        Law::A => 8,
    }
}

fn encoding(law: Law) -> &'static str {
    match law {
        Law::Mu => "PCMU",
        Law::A => "PCMA",
    }
}

fn add_law(media: &mut Media, law: Law) {
    add_map(media, payload_of(law), encoding(law));
}

fn add_events(media: &mut Media, payload: u8) {
    add_map(media, payload, "telephone-event");
    // The keys of a telephone: 0 to 9, *, #, A to D (RFC 4733, section 3.2).
    media.parameters.push((payload, "0-15".to_owned()));
}

fn add_map(media: &mut Media, payload: u8, encoding: &str) {
    media.formats.push(payload.to_string());
    media.maps.push(Map { payload, encoding: encoding.to_owned(), rate: crate::RATE, channels: 1 });
}
