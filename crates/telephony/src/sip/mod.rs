//! Trunks and desk phones: SIP turned into a few events and commands.
//!
//! Everything that the protocol wants on its own is done in here: transactions, digests,
//! retransmissions, reliable provisional answers, session timers, glare, registration and health of
//! trunks, and the protection against floods. What is left for a call to decide comes out.
//!
//! In reading order: [`config`] and the port (what goes in and comes out), [`message`] and [`uri`]
//! (text), [`digest`], [`number`]; `ua` is the user agent itself, without socket or clock, and `wire`
//! drives it with sockets.
//!
//! Not spoken: proxies and redirection (a 3xx ends the call), SRV and NAPTR look-ups, PRACK with an
//! offer of its own, `-sess` digests, subscriptions other than to a REFER, WebSocket.

pub mod config;
pub mod digest;
pub mod message;
pub mod number;
mod port;
mod tls;
mod ua;
pub mod uri;
mod wire;

use std::{collections::BTreeMap, io, net::SocketAddr, path::PathBuf, time::Duration};

use tokio::sync::{mpsc, oneshot, watch};

pub use config::*;
pub use number::{NumberForm, NumberRule};
pub use port::*;
pub use ua::Counters;

/// Why SIP cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SipError {
    /// A socket could not be had.
    #[error("cannot listen for SIP on {address} ({transport:?}); is another program there?")]
    Listen {
        /// By which transport.
        transport: Transport,
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Far ends could not reach us.
    #[error(
        "SIP listens on {0}, which is no address that a far end can be told; set the public address"
    )]
    NoPublicAddress(SocketAddr),
    /// TLS without a certificate.
    #[error(
        "SIP over TLS needs a certificate chain and its key; set both, or do not listen for TLS"
    )]
    NoCertificate,
    /// A certificate, key or list of authorities is of no use.
    #[error("cannot use {path} for SIP over TLS: {why}")]
    Certificate {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// It was stopped, or it died.
    #[error("SIP has stopped; nothing more can be sent")]
    Stopped,
}

/// Commands that wait for the user agent. A sender waits when they are as many: SIP never waits for
/// its own sender, so this cannot lock up.
const COMMANDS_MAX: usize = 1_024;

/// Events that wait to be taken. When they are as many, the user agent stops reading from the
/// network: datagrams are then lost and come again.
const EVENTS_MAX: usize = 4_096;

/// SIP, running. Dropping it stops everything at once; [`Sip::stop`] says good-bye first.
#[derive(Debug)]
pub struct Sip {
    orders: mpsc::Sender<wire::Order>,
    locals: BTreeMap<Transport, SocketAddr>,
    counters: watch::Receiver<Counters>,
}

impl Sip {
    /// Opens the sockets and starts. Events must be taken from the receiver for as long as it runs.
    ///
    /// # Errors
    /// When an address cannot be had, or the certificate is of no use.
    pub async fn start(config: SipConfig) -> Result<(Self, mpsc::Receiver<SipEvent>), SipError> {
        let (orders, orders_in) = mpsc::channel(COMMANDS_MAX);
        let (events_out, events) = mpsc::channel(EVENTS_MAX);
        let (counted, counters) = watch::channel(Counters::default());
        let wire = wire::Wire::open(config, orders_in, events_out, counted).await?;
        let locals = wire.locals();
        tokio::spawn(wire.run());
        Ok((Self { orders, locals, counters }, events))
    }

    /// Asks something of a leg.
    ///
    /// # Errors
    /// When SIP has stopped.
    pub async fn send(&self, command: SipCommand) -> Result<(), SipError> {
        self.order(wire::Order::Command(command)).await
    }

    /// Puts other trunks in the place of those that were. Calls over a trunk that is gone go on.
    ///
    /// # Errors
    /// When SIP has stopped.
    pub async fn set_trunks(&self, trunks: Vec<Trunk>) -> Result<(), SipError> {
        self.order(wire::Order::Trunks(trunks)).await
    }

    /// Puts other desk phones in the place of those that were. A phone that is gone loses its
    /// registration.
    ///
    /// # Errors
    /// When SIP has stopped.
    pub async fn set_phones(&self, phones: Vec<Phone>) -> Result<(), SipError> {
        self.order(wire::Order::Phones(phones)).await
    }

    /// Where it listens; `None` when it does not by this transport.
    pub fn local_addr(&self, transport: Transport) -> Option<SocketAddr> {
        self.locals.get(&transport).copied()
    }

    /// What there is now, and what was counted since the start.
    pub fn counters(&self) -> Counters {
        self.counters.borrow().clone()
    }

    /// The counters, for whoever wants to wait until they change. SIP stands still while they are
    /// borrowed: give back what was borrowed before the next `.await`.
    pub fn watch_counters(&self) -> watch::Receiver<Counters> {
        self.counters.clone()
    }

    /// Ends all legs, takes back registrations, waits for the answers for two seconds at most, and
    /// stops. Each leg is still told as ended to whoever takes the events.
    pub async fn stop(&self) {
        let (done, is_done) = oneshot::channel();
        if self.order(wire::Order::Stop(done)).await.is_ok() {
            // An error means that it is gone already, which is what was wanted.
            let _ = is_done.await;
        }
    }

    async fn order(&self, order: wire::Order) -> Result<(), SipError> {
        self.orders.send(order).await.map_err(|_| SipError::Stopped)
    }
}

/// How long [`Sip::stop`] waits for answers.
const GOODBYE_MAX: Duration = Duration::from_secs(2);
