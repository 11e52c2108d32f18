//! What the user agent may do to the world: send, tell, ask to be woken. Filled while it decides and
//! emptied by its driver.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::Arc,
};

use domain::{LegId, Timestamp, TrunkId};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::sip::port::{SipEvent, Transport};

/// The next stop of a message, or where one came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hop {
    /// How.
    pub transport: Transport,
    /// Where. For connections this is the key by which an open one is found.
    pub to: SocketAddr,
    /// The name that a certificate must show when a connection is opened to it.
    pub name: Option<Arc<str>>,
}

impl Hop {
    /// Without a name to check.
    pub fn new(transport: Transport, to: SocketAddr) -> Self {
        Self { transport, to, name: None }
    }
}

/// What the driver carries out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Bytes to send.
    Send {
        /// Where to.
        hop: Hop,
        /// One message.
        bytes: Vec<u8>,
    },
    /// Something that a call wants to know.
    Event(SipEvent),
}

/// Why to be woken. Timers are never taken back: who is woken looks whether there is anything to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A client transaction.
    Client(String),
    /// A server transaction.
    Server(String),
    /// A leg.
    Leg(LegId),
    /// A trunk.
    Trunk(TrunkId),
    /// Registrations of desk phones.
    Phones,
}

/// The queue to the world.
pub struct Io {
    /// The instant of the input that is being handled.
    pub now: Timestamp,
    /// Whatever was decided and not yet carried out.
    pub out: VecDeque<Output>,
    timers: BTreeMap<(Timestamp, u64), Timer>,
    count: u64,
    rng: StdRng,
}

impl Io {
    /// Empty, with randomness from a seed.
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            now: Timestamp::default(),
            out: VecDeque::new(),
            timers: BTreeMap::new(),
            count: 0,
            rng: StdRng::from_seed(seed),
        }
    }

    /// Sends a message.
    pub fn send(&mut self, hop: &Hop, bytes: Vec<u8>) {
        self.out.push_back(Output::Send { hop: hop.clone(), bytes });
    }

    /// Tells a call something.
    pub fn tell(&mut self, event: SipEvent) {
        self.out.push_back(Output::Event(event));
    }

    /// Asks to be woken.
    pub fn wake(&mut self, at: Timestamp, timer: Timer) {
        self.count += 1;
        self.timers.insert((at, self.count), timer);
    }

    /// When the next timer is due.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.timers.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next timer that is due now.
    pub fn due(&mut self) -> Option<Timer> {
        let entry = self.timers.first_entry()?;
        (entry.key().0 <= self.now).then(|| entry.remove())
    }

    /// 96 random bits as text: a tag, a branch, a Call-ID that nobody can guess.
    pub fn token(&mut self) -> String {
        format!("{:016x}{:08x}", self.rng.next_u64(), self.rng.next_u32())
    }

    /// 128 random bits.
    pub fn bits(&mut self) -> u128 {
        u128::from(self.rng.next_u64()) << 64 | u128::from(self.rng.next_u64())
    }

    /// A number below `below`, which is not 0.
    pub fn below(&mut self, below: u64) -> u64 {
        self.rng.next_u64() % below
    }
}
