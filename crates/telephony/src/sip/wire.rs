//! Drives the user agent with sockets: one task that reads datagrams, takes what connections read,
//! hands both to it and carries out what it decides.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use domain::{Timestamp, TrunkId};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
    sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{debug, warn};

use super::{
    GOODBYE_MAX, Phone, SipCommand, SipConfig, SipError, SipEvent, Transport, Trunk,
    message::{Framed, Framer, Message},
    tls::Tls,
    ua::{Counters, Hop, Output, Ua},
};

/// What the handle asks for.
pub enum Order {
    Command(SipCommand),
    Trunks(Vec<Trunk>),
    Phones(Vec<Phone>),
    Stop(oneshot::Sender<()>),
}

/// What connections and look-ups bring.
enum Input {
    Message(Hop, Message),
    /// A connection opened by the far end is ready to be written to.
    Opened(Hop, mpsc::Sender<Vec<u8>>, u64),
    /// A connection ended, or could not be opened.
    Closed(Hop, u64),
    Resolved(TrunkId, Vec<Hop>),
}

/// Messages from connections that wait. When they are as many, connections are read no further.
const INPUTS_MAX: usize = 1_024;

/// Messages that wait for one connection. When they are as many the far end does not read, and the
/// connection is closed.
const WRITES_MAX: usize = 256;

/// Datagrams taken in one turn, so that timers and commands get theirs.
const BATCH: usize = 64;

/// How long a connection may take to open, TLS included.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// How long a connection may be silent.
const IDLE_MAX: Duration = Duration::from_secs(900);

/// How often names of proxies are looked up.
const RESOLVE_EVERY: Duration = Duration::from_secs(60);

/// The largest datagram there is.
const DATAGRAM_MAX: usize = 65_535;

struct Connection {
    writes: mpsc::Sender<Vec<u8>>,
    /// Tells a connection from the one before it with the same far end.
    number: u64,
}

pub struct Wire {
    ua: Ua,
    started: Instant,
    udp: Option<UdpSocket>,
    tcp: Option<TcpListener>,
    tls: Option<TcpListener>,
    tls_setup: Tls,
    locals: BTreeMap<Transport, SocketAddr>,
    connections: HashMap<(Transport, SocketAddr), Connection>,
    places: Arc<Semaphore>,
    numbers: u64,
    inputs: (mpsc::Sender<Input>, mpsc::Receiver<Input>),
    orders: mpsc::Receiver<Order>,
    events: mpsc::Sender<SipEvent>,
    waiting: VecDeque<SipEvent>,
    counted: watch::Sender<Counters>,
    trunks: Vec<Trunk>,
    stopping: Option<(Instant, oneshot::Sender<()>)>,
    token: CancellationToken,
    _stop_with_me: DropGuard,
}

fn listening(transport: Transport, address: SocketAddr) -> impl FnOnce(std::io::Error) -> SipError {
    move |source| SipError::Listen { transport, address, source }
}

impl Wire {
    /// Opens the sockets.
    pub async fn open(
        config: SipConfig,
        orders: mpsc::Receiver<Order>,
        events: mpsc::Sender<SipEvent>,
        counted: watch::Sender<Counters>,
    ) -> Result<Self, SipError> {
        let tls_setup = Tls::new(&config)?;
        let mut locals = BTreeMap::new();
        let mut note = |transport, address: std::io::Result<SocketAddr>, asked| {
            let address = address.map_err(listening(transport, asked))?;
            locals.insert(transport, address);
            Ok::<_, SipError>(())
        };
        let udp = match config.udp {
            Some(asked) => {
                let socket =
                    UdpSocket::bind(asked).await.map_err(listening(Transport::Udp, asked))?;
                note(Transport::Udp, socket.local_addr(), asked)?;
                Some(socket)
            }
            None => None,
        };
        let tcp = match config.tcp {
            Some(asked) => {
                let socket =
                    TcpListener::bind(asked).await.map_err(listening(Transport::Tcp, asked))?;
                note(Transport::Tcp, socket.local_addr(), asked)?;
                Some(socket)
            }
            None => None,
        };
        let tls = match config.tls {
            Some(_) if !tls_setup.accepts() => return Err(SipError::NoCertificate),
            Some(asked) => {
                let socket =
                    TcpListener::bind(asked).await.map_err(listening(Transport::Tls, asked))?;
                note(Transport::Tls, socket.local_addr(), asked)?;
                Some(socket)
            }
            None => None,
        };
        let mut shown = locals.clone();
        for address in shown.values_mut() {
            match config.public {
                Some(public) => address.set_ip(public),
                None if address.ip().is_unspecified() => {
                    return Err(SipError::NoPublicAddress(*address));
                }
                None => {}
            }
        }
        let places = Arc::new(Semaphore::new(config.limits.connections_max));
        let trunks = config.trunks.clone();
        let ua = Ua::new(config, shown, rand::random());
        let token = CancellationToken::new();
        Ok(Self {
            ua,
            started: Instant::now(),
            udp,
            tcp,
            tls,
            tls_setup,
            locals,
            connections: HashMap::new(),
            places,
            numbers: 0,
            inputs: mpsc::channel(INPUTS_MAX),
            orders,
            events,
            waiting: VecDeque::new(),
            counted,
            trunks,
            stopping: None,
            _stop_with_me: token.clone().drop_guard(),
            token,
        })
    }

    /// Where it listens.
    pub fn locals(&self) -> BTreeMap<Transport, SocketAddr> {
        self.locals.clone()
    }

    /// The user agent's time begins at the start and never goes back. The days of the floor are not
    /// its concern: all it measures are spans.
    fn now(&self) -> Timestamp {
        Timestamp::default() + self.started.elapsed()
    }

    /// Runs until it is stopped, or nobody holds its handle or its events any more.
    pub async fn run(mut self) {
        let mut datagram = vec![0; DATAGRAM_MAX];
        let mut resolve_at = self.started;
        let events = self.events.clone();
        self.ua.start(self.now());
        self.carry_out();
        loop {
            let wake = self.ua.deadline().map_or(self.started + RESOLVE_EVERY * 1_000_000, |at| {
                self.started + at.since(Timestamp::default())
            });
            let wake = self.stopping.as_ref().map_or(wake, |(at, _)| wake.min(*at));
            // While nobody takes events, nothing new is read: the network is the queue.
            let reading = self.waiting.len() < super::EVENTS_MAX;
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(Order::Stop(done)) => {
                        self.ua.stop(self.now());
                        self.stopping = Some((Instant::now() + GOODBYE_MAX, done));
                    }
                    Some(order) => self.order(order),
                    None => return,
                },
                input = self.inputs.1.recv(), if reading => {
                    if let Some(input) = input {
                        self.input(input);
                    }
                }
                read = receive(self.udp.as_ref(), &mut datagram), if reading => {
                    self.datagrams(read, &mut datagram);
                }
                accepted = accept(self.tcp.as_ref()) => self.accepted(Transport::Tcp, accepted),
                accepted = accept(self.tls.as_ref()) => self.accepted(Transport::Tls, accepted),
                permit = events.reserve(), if !self.waiting.is_empty() => match permit {
                    Ok(permit) => {
                        if let Some(event) = self.waiting.pop_front() {
                            permit.send(event);
                        }
                    }
                    Err(_) => return,
                },
                () = sleep_until(wake) => {}
                () = sleep_until(resolve_at) => {
                    resolve_at = Instant::now() + RESOLVE_EVERY;
                    self.resolve();
                }
            }
            let now = self.now();
            self.ua.tick(now);
            self.carry_out();
            let quiet = self.ua.is_quiet() && self.waiting.is_empty();
            if let Some((at, _)) = &self.stopping
                && (quiet || *at <= Instant::now())
            {
                while let Some(event) = self.waiting.pop_front() {
                    // Whoever takes no events does not want the last ones either.
                    let _ = self.events.try_send(event);
                }
                if let Some((_, done)) = self.stopping.take() {
                    let _ = done.send(());
                }
                return;
            }
        }
    }

    fn order(&mut self, order: Order) {
        let now = self.now();
        match order {
            Order::Command(command) => self.ua.command(now, command),
            Order::Trunks(trunks) => {
                self.trunks.clone_from(&trunks);
                self.ua.set_trunks(now, trunks);
                self.resolve();
            }
            Order::Phones(phones) => self.ua.set_phones(now, phones),
            // Seen before it comes here.
            Order::Stop(_) => {}
        }
    }

    fn input(&mut self, input: Input) {
        let now = self.now();
        match input {
            // Each message counts, whoever opened the connection, and whoever was known then may be
            // known no more.
            Input::Message(hop, message) => {
                if self.ua.admits(now, &hop) {
                    self.ua.message(now, hop, message);
                }
            }
            Input::Opened(hop, writes, number) => {
                self.connections.insert((hop.transport, hop.to), Connection { writes, number });
            }
            Input::Closed(hop, number) => {
                let key = (hop.transport, hop.to);
                if self.connections.get(&key).is_some_and(|open| open.number == number) {
                    self.connections.remove(&key);
                    self.ua.broken(now, &hop);
                }
            }
            Input::Resolved(trunk, hops) => self.ua.resolved(now, trunk, hops),
        }
    }

    fn datagrams(&mut self, first: std::io::Result<(usize, SocketAddr)>, buffer: &mut [u8]) {
        let now = self.now();
        let mut read = first;
        for _ in 0..BATCH {
            // An error here tells of an earlier datagram that nobody took (ICMP): its transaction
            // finds out by itself.
            if let Ok((length, from)) = read {
                let hop = Hop::new(Transport::Udp, from);
                if self.ua.admits(now, &hop) {
                    match Message::parse(&buffer[..length]) {
                        Ok(message) => self.ua.message(now, hop, message),
                        Err(error) => {
                            self.ua.malformed();
                            debug!(%from, %error, "a datagram is not SIP");
                        }
                    }
                }
            }
            let Some(udp) = &self.udp else { return };
            match udp.try_recv_from(buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                next => read = next,
            }
        }
    }

    fn accepted(
        &mut self,
        transport: Transport,
        accepted: std::io::Result<(TcpStream, SocketAddr)>,
    ) {
        let Ok((stream, from)) = accepted else { return };
        let hop = Hop::new(transport, from);
        if !self.ua.admits(self.now(), &hop) {
            return;
        }
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            warn!(%from, "a SIP connection is refused: there are too many");
            return;
        };
        let (number, inputs, token) = self.for_connection();
        let tls = self.tls_setup.clone();
        tokio::spawn(token.run_until_cancelled_owned(async move {
            let (writes, writes_out) = mpsc::channel(WRITES_MAX);
            if inputs.send(Input::Opened(hop.clone(), writes, number)).await.is_err() {
                return;
            }
            if transport == Transport::Tls {
                match timeout(CONNECT_MAX, tls.accept(stream)).await {
                    Ok(Ok(stream)) => talk(stream, &hop, &inputs, writes_out).await,
                    Ok(Err(error)) => debug!(%from, %error, "a TLS handshake failed"),
                    Err(_) => debug!(%from, "a TLS handshake took too long"),
                }
            } else {
                talk(stream, &hop, &inputs, writes_out).await;
            }
            drop::<OwnedSemaphorePermit>(place);
            // The driver may be gone.
            let _ = inputs.send(Input::Closed(hop, number)).await;
        }));
    }

    fn for_connection(&mut self) -> (u64, mpsc::Sender<Input>, CancellationToken) {
        self.numbers += 1;
        (self.numbers, self.inputs.0.clone(), self.token.child_token())
    }

    fn connect(&mut self, hop: &Hop) {
        let (number, inputs, token) = self.for_connection();
        let (writes, writes_out) = mpsc::channel(WRITES_MAX);
        self.connections.insert((hop.transport, hop.to), Connection { writes, number });
        let (tls, hop) = (self.tls_setup.clone(), hop.clone());
        tokio::spawn(token.run_until_cancelled_owned(async move {
            let opened = timeout(CONNECT_MAX, TcpStream::connect(hop.to)).await;
            match opened {
                Ok(Ok(stream)) if hop.transport == Transport::Tls => {
                    match timeout(CONNECT_MAX, tls.connect(stream, &hop)).await {
                        Ok(Ok(stream)) => talk(stream, &hop, &inputs, writes_out).await,
                        Ok(Err(error)) => warn!(to = %hop.to, %error, "no TLS connection"),
                        Err(_) => warn!(to = %hop.to, "a TLS handshake took too long"),
                    }
                }
                Ok(Ok(stream)) => talk(stream, &hop, &inputs, writes_out).await,
                Ok(Err(error)) => debug!(to = %hop.to, %error, "no connection"),
                Err(_) => debug!(to = %hop.to, "no connection in time"),
            }
            // The driver may be gone.
            let _ = inputs.send(Input::Closed(hop, number)).await;
        }));
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.ua.next_output() {
            match output {
                Output::Event(event) => self.waiting.push_back(event),
                Output::Send { hop, bytes } => self.send(&hop, bytes),
            }
        }
        let counters = self.ua.counters(self.connections.len());
        self.counted.send_if_modified(|old| {
            let changed = *old != counters;
            *old = counters;
            changed
        });
    }

    fn send(&mut self, hop: &Hop, bytes: Vec<u8>) {
        if hop.transport == Transport::Udp {
            // A full buffer loses the datagram as the network might: it is sent again.
            if let Some(udp) = &self.udp
                && let Err(error) = udp.try_send_to(&bytes, hop.to)
            {
                debug!(to = %hop.to, %error, "a datagram was not sent");
            }
            return;
        }
        let key = (hop.transport, hop.to);
        if !self.connections.contains_key(&key) {
            self.connect(hop);
        }
        let sent = self.connections.get(&key).map(|open| open.writes.try_send(bytes));
        if let Some(Err(_)) = sent {
            warn!(to = %hop.to, "a SIP connection does not read; it is closed");
            self.connections.remove(&key);
            let now = self.now();
            self.ua.broken(now, hop);
        }
    }

    /// Looks up the proxies that have names. Addresses need no look-up: the user agent reads them.
    fn resolve(&self) {
        for trunk in &self.trunks {
            if trunk.proxies.iter().all(|proxy| proxy.host.parse::<IpAddr>().is_ok()) {
                continue;
            }
            let (id, proxies) = (trunk.id, trunk.proxies.clone());
            let (inputs, token) = (self.inputs.0.clone(), self.token.child_token());
            tokio::spawn(token.run_until_cancelled_owned(async move {
                let mut hops = Vec::new();
                for proxy in proxies {
                    let port = proxy.port.unwrap_or(proxy.transport.default_port());
                    match tokio::net::lookup_host((proxy.host.as_str(), port)).await {
                        Ok(found) => hops.extend(found.map(|to| Hop {
                            transport: proxy.transport,
                            to,
                            name: Some(proxy.host.as_str().into()),
                        })),
                        Err(error) => {
                            warn!(host = proxy.host, %error, "a trunk's name is not found");
                        }
                    }
                }
                // Names that are not found for once leave the addresses that were known.
                if !hops.is_empty() {
                    let _ = inputs.send(Input::Resolved(id, hops)).await;
                }
            }));
        }
    }
}

async fn receive(
    udp: Option<&UdpSocket>,
    buffer: &mut [u8],
) -> std::io::Result<(usize, SocketAddr)> {
    match udp {
        Some(udp) => udp.recv_from(buffer).await,
        None => std::future::pending().await,
    }
}

async fn accept(listener: Option<&TcpListener>) -> std::io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => {
            let accepted = listener.accept().await;
            if accepted.is_err() {
                // Out of files, most likely: trying again at once would leave time for nothing else.
                sleep(Duration::from_millis(100)).await;
            }
            accepted
        }
        None => std::future::pending().await,
    }
}

/// Reads and writes one connection until either side has enough.
async fn talk<S: AsyncRead + AsyncWrite>(
    stream: S,
    hop: &Hop,
    inputs: &mpsc::Sender<Input>,
    mut writes: mpsc::Receiver<Vec<u8>>,
) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let pinged = Notify::new();
    let reading = async {
        let mut framer = Framer::default();
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let length = match timeout(IDLE_MAX, reader.read(&mut buffer)).await {
                Ok(Ok(length)) if length > 0 => length,
                _ => return,
            };
            framer.push(&buffer[..length]);
            loop {
                match framer.take() {
                    Ok(Framed::Message(message)) => {
                        if inputs.send(Input::Message(hop.clone(), message)).await.is_err() {
                            return;
                        }
                    }
                    Ok(Framed::Ping) => pinged.notify_one(),
                    Ok(Framed::More) => break,
                    Err(error) => {
                        debug!(from = %hop.to, %error, "a connection does not speak SIP");
                        return;
                    }
                }
            }
        }
    };
    let writing = async {
        loop {
            let bytes = tokio::select! {
                bytes = writes.recv() => match bytes {
                    Some(bytes) => bytes,
                    None => return,
                },
                () = pinged.notified() => b"\r\n".to_vec(),
            };
            match timeout(CONNECT_MAX, writer.write_all(&bytes)).await {
                Ok(Ok(())) => {}
                _ => return,
            }
        }
    };
    tokio::select! {
        () = reading => {}
        () = writing => {}
    }
}
