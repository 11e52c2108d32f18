//! The sound: one thread with a tick of 20 ms that owns every RTP socket, browser connection,
//! player and recorder.
//!
//! It is told what to do by [`MediaCommand`]s and tells what happened by [`MediaEvent`]s. It knows
//! legs and who hears whom, but nothing of calls, clients or agents.
//!
//! [`Media`] is the way in. A leg is opened by [`Media::open_leg`] (a trunk or a desk phone: a pair of
//! UDP ports of its own) or by [`Media::open_peer`] (a browser: one UDP port that all share), and from
//! then on both are alike.

mod counters;
mod engine;
mod leg;
mod outbox;
mod outlet;
mod peer;
mod player;
mod port;
mod ports;
mod recording;
mod trunk;
mod wav;

use std::{
    net::{IpAddr, SocketAddr, UdpSocket},
    ops::RangeInclusive,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

pub use counters::{Counters, LATENESS_MS};
use domain::LegId;
pub use port::*;
pub use ports::LocalRtp;
use tokio::sync::mpsc;
pub use wav::{
    Recorded, Silenced, header as recording_header, read as read_recording,
    read_silenced as read_recording_silenced, repair, silence,
};

use self::{
    counters::Shared,
    engine::{Engine, Order},
    peer::Peers,
    ports::Ports,
};

/// Commands that may wait for the next tick. A full channel refuses ([`MediaError::Busy`]): the
/// thread hangs, and more would not help.
const ORDERS_MAX: usize = 8_192;

/// Events that may wait to be read. Behind a full channel they wait in the thread, in order; see
/// `outlet`.
const EVENTS_MAX: usize = 4_096;

/// Bytes that the system shall keep for us at the browsers' port: a second of 100 of them.
const PEER_BUFFER: usize = 4 * 1024 * 1024;

/// How the sound runs. There are no defaults but [`MediaConfig::on_loopback`].
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// Where sockets are bound; may be unspecified (`0.0.0.0`).
    pub bind: IpAddr,
    /// The address that far ends are told to send to.
    pub public: IpAddr,
    /// Ports of trunk legs, taken in pairs from an even one. Outside the range from which the system
    /// gives ports, or a stream of a call that ended may meet somebody else's socket. `None` takes
    /// pairs that the system gives, for tests.
    pub rtp_ports: Option<RangeInclusive<u16>>,
    /// The one UDP port of all browsers; 0 takes one that the system gives.
    pub peer_port: u16,
    /// Addresses told to browsers, each of which must reach that port.
    pub peer_addresses: Vec<IpAddr>,
    /// Legs at once; one more is refused.
    pub legs_max: usize,
    /// Without sound for so long, a far end that should send is told as silent.
    pub silent_after: Duration,
    /// The clock. It must not run backwards.
    pub clock: fn() -> Instant,
}

impl MediaConfig {
    /// On 127.0.0.1, with ports of the system's choice.
    pub fn on_loopback(clock: fn() -> Instant) -> Self {
        let loopback = IpAddr::from([127, 0, 0, 1]);
        Self {
            bind: loopback,
            public: loopback,
            rtp_ports: None,
            peer_port: 0,
            peer_addresses: vec![loopback],
            legs_max: 1_000,
            silent_after: Duration::from_secs(5),
            clock,
        }
    }
}

/// Why the sound refuses.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The port of the browsers.
    #[error("cannot listen on UDP {address}; free it, or set another media port")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// None left.
    #[error("no pair of RTP ports is free between {first} and {last}; widen the range")]
    NoPorts {
        /// First of the range.
        first: u16,
        /// Last of the range.
        last: u16,
    },
    /// The system refused a socket for another reason.
    #[error("cannot open an RTP socket on {address}; look at the limit of open files")]
    Socket {
        /// Where.
        address: IpAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The range has no pair, or none of the addresses can be used.
    #[error("{0}")]
    Config(String),
    /// As many legs as are allowed.
    #[error("{0} legs are open, and no more are allowed; end some, or raise the limit of calls")]
    Full(usize),
    /// A browser's offer cannot be answered.
    #[error("the browser's offer cannot be answered: {0}; reload the desk and try again")]
    Offer(String),
    /// The thread does not keep up.
    #[error("the media thread has {ORDERS_MAX} orders waiting; this one was not taken")]
    Busy,
    /// It is over.
    #[error("the media thread has stopped")]
    Stopped,
    /// The system gave no thread.
    #[error("cannot start the media thread")]
    Thread(#[source] std::io::Error),
}

/// The sound of all calls. Shared freely; the last to let go stops it.
pub struct Media {
    orders: SyncSender<Order>,
    ports: Mutex<Ports>,
    peers: Peers,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    legs_max: usize,
}

impl Media {
    /// Starts the thread. Whoever reads the events must keep reading.
    pub fn start(config: MediaConfig) -> Result<(Self, mpsc::Receiver<MediaEvent>), MediaError> {
        let ports = Ports::new(config.bind, config.public, config.rtp_ports.clone())?;
        let address = SocketAddr::new(config.bind, config.peer_port);
        let socket = UdpSocket::bind(address)
            .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
            .map_err(|source| MediaError::Listen { address, source })?;
        let port =
            socket.local_addr().map_err(|source| MediaError::Listen { address, source })?.port();
        // What the system allows of it (net.core.rmem_max) is taken; less only means that a stall of
        // the machine loses packets earlier.
        let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(PEER_BUFFER);
        let peers = Peers::new(&config.peer_addresses, port, config.clock)?;
        let shared = Arc::new(Shared::default());
        let (orders, inbox) = sync_channel(ORDERS_MAX);
        let (events, outbox) = mpsc::channel(EVENTS_MAX);
        let legs_max = config.legs_max;
        let mut engine = Engine::new(config, inbox, events, socket, peers.local(), shared.clone())
            .map_err(MediaError::Thread)?;
        let thread = std::thread::Builder::new()
            .name("media".to_owned())
            .spawn(move || {
                goes_first();
                engine.run();
            })
            .map_err(MediaError::Thread)?;
        let thread = Mutex::new(Some(thread));
        Ok((Self { orders, ports: Mutex::new(ports), peers, shared, thread, legs_max }, outbox))
    }

    /// Opens a leg to a trunk or desk phone and says where it receives. It stays silent both ways
    /// until [`MediaCommand::Agree`]. A leg of the same name is closed.
    pub fn open_leg(&self, leg: LegId) -> Result<LocalRtp, MediaError> {
        self.room()?;
        let (local, sockets) = {
            let mut ports = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
            ports.open()?
        };
        self.order(Order::Trunk { leg, sockets: Box::new(sockets) })?;
        Ok(local)
    }

    /// Opens a leg to a browser, or connects the browser of an open one anew, and answers its offer.
    ///
    /// The offer has one line of audio with PCMU. If it only receives, whatever it sends all the same
    /// is never listened to: this is how a supervisor listens in with a microphone that cannot open.
    /// [`MediaEvent::PeerUp`] follows when it is connected.
    pub fn open_peer(&self, leg: LegId, offer: &str) -> Result<String, MediaError> {
        self.room()?;
        let (peer, answer) = self.peers.answer(offer)?;
        self.order(Order::Peer { leg, peer: Box::new(peer) })?;
        Ok(answer)
    }

    /// Gives a command. It is carried out at the next tick, after those given before.
    pub fn send(&self, command: MediaCommand) -> Result<(), MediaError> {
        self.order(Order::Command(command))
    }

    /// What was counted until now.
    pub fn counters(&self) -> Counters {
        self.shared.read()
    }

    /// Ends all legs and recordings, and waits for the thread. Recordings are whole when it returns.
    pub fn stop(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        // Waits for a place in the queue; fails only if the thread is gone already.
        let _ = self.orders.send(Order::Stop);
        if thread.join().is_err() {
            tracing::error!("the media thread had panicked");
        }
    }

    fn room(&self) -> Result<(), MediaError> {
        if self.shared.read().legs >= self.legs_max as u64 {
            return Err(MediaError::Full(self.legs_max));
        }
        Ok(())
    }

    fn order(&self, order: Order) -> Result<(), MediaError> {
        self.orders.try_send(order).map_err(|refused| match refused {
            TrySendError::Full(_) => MediaError::Busy,
            TrySendError::Disconnected(_) => MediaError::Stopped,
        })
    }
}

/// A late tick is heard by everybody. Minus ten of twenty: what the system itself must do still goes before.
#[cfg(target_os = "linux")]
const NICE: i32 = -10;

/// Lets this thread go before others, where that is permitted (`CAP_SYS_NICE`, or systemd's `LimitNICE`).
/// Elsewhere it is a thread like any other.
fn goes_first() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "the sound has the priority of everything else");
    }
}

impl Drop for Media {
    fn drop(&mut self) {
        self.stop();
    }
}

impl std::fmt::Debug for Media {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Media").field("counters", &self.counters()).finish_non_exhaustive()
    }
}
