//! Transactions (RFC 3261 section 17, RFC 6026): what is sent again, until when, and what belongs
//! together. One request and its responses each.

use std::{collections::HashMap, time::Duration};

use domain::{LegId, Timestamp, TrunkId};

use super::io::{Hop, Io, Timer};
use crate::sip::{
    message::{Message, Method, Start, reason_of},
    uri::{Address, Via},
};

/// Timers of RFC 3261 section 17.1.1.1, all from T1.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Round trip.
    pub t1: Duration,
    /// The longest wait between retransmissions: 8 * T1 = 4 s.
    pub t2: Duration,
    /// How long a message may stay in the network: 10 * T1 = 5 s.
    pub t4: Duration,
    /// 64 * T1 = 32 s: timers B, F, H, L, M.
    pub all: Duration,
}

impl Times {
    /// From a round trip.
    pub fn new(t1: Duration) -> Self {
        Self { t1, t2: t1 * 8, t4: t1 * 10, all: t1 * 64 }
    }
}

/// For whom a request of ours was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The call of a leg.
    Invite(LegId),
    /// A call that nobody wants any more. If it is answered all the same, it is ended.
    Orphan,
    /// Keeps a session alive (RFC 4028).
    Refresh(LegId),
    /// A PRACK or NOTIFY within a leg.
    Within(LegId),
    /// REGISTER at a trunk.
    Register(TrunkId),
    /// OPTIONS to a trunk.
    Qualify(TrunkId),
    /// Nobody waits for its outcome: BYE, CANCEL.
    Nobody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// Nothing came back.
    Trying,
    /// A provisional response came.
    Proceeding,
    /// Refused and acknowledged.
    Completed,
    /// Taken and acknowledged; more answers may come from other ends (RFC 6026).
    Accepted,
}

/// A request of ours.
#[derive(Debug)]
pub struct Client {
    /// As it was sent.
    pub request: Message,
    /// Where it was sent.
    pub hop: Hop,
    /// For whom.
    pub purpose: Purpose,
    /// How often it was answered with a challenge.
    pub challenged: u8,
    phase: Asked,
    again: Option<(Timestamp, Duration)>,
    until: Timestamp,
    /// CANCEL is wanted; it may be sent once a provisional response came (RFC 3261 section 9.1).
    cancel: Option<String>,
    /// An ACK for each far end that took the call, by its tag, to be sent again.
    acks: Vec<(String, Hop, Vec<u8>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Served {
    Proceeding,
    /// A final response was sent, and for INVITE is sent again until its ACK.
    Completed,
    /// A 2xx to INVITE was sent, and is sent again until its ACK.
    Accepted,
    /// The ACK came: stragglers are absorbed.
    Confirmed,
}

/// A request of theirs.
#[derive(Debug)]
pub struct Server {
    /// As it came, with `received` and `rport` in its Via.
    pub request: Message,
    /// Where answers go.
    pub hop: Hop,
    /// Our tag in the answers.
    pub tag: String,
    /// The leg whose INVITE it is.
    pub leg: Option<LegId>,
    response: Option<Vec<u8>>,
    phase: Served,
    again: Option<(Timestamp, Duration)>,
    until: Option<Timestamp>,
}

impl Server {
    /// Whether a final response was sent.
    pub fn is_answered(&self) -> bool {
        self.phase != Served::Proceeding
    }
}

/// What a timer of a transaction brought to light.
#[derive(Debug, PartialEq, Eq)]
pub enum Expired {
    /// Nothing that concerns anybody.
    Nothing,
    /// No final response came.
    Unanswered(Purpose),
    /// Nobody acknowledged our 2xx.
    Unacknowledged(LegId, String),
}

/// All transactions.
pub struct Transactions {
    times: Times,
    /// By branch; a CANCEL has `|CANCEL` behind it, since it shares the branch of its INVITE.
    clients: HashMap<String, Client>,
    servers: HashMap<String, Server>,
}

/// The key under which a request of theirs is known (RFC 3261 section 17.2.3). Without the cookie in
/// its branch it comes from before RFC 3261 and is known by its call. `None` without what it needs.
pub fn server_key(request: &Message, method: &Method) -> Option<String> {
    let via = Via::parse(request.values("Via").next()?)?;
    match via.branch() {
        Some(branch) if branch.starts_with("z9hG4bK") => {
            Some(format!("{branch}|{}:{:?}|{method}", via.host.to_ascii_lowercase(), via.port))
        }
        _ => {
            let from = Address::parse(request.get("From")?)?;
            let (number, _) = request.cseq()?;
            let (call, tag) = (request.get("Call-ID")?, from.tag().unwrap_or(""));
            Some(format!("{call}|{tag}|{number}|{via}|{method}"))
        }
    }
}

fn client_key(message: &Message) -> Option<String> {
    let via = Via::parse(message.values("Via").next()?)?;
    let (_, method) = message.cseq()?;
    let branch = via.branch()?;
    Some(if method == Method::Cancel { format!("{branch}|CANCEL") } else { branch.to_owned() })
}

/// A response to a request: what it must repeat, with our tag.
pub fn response(request: &Message, status: u16, tag: &str) -> Message {
    let mut response = Message {
        start: Start::Response { status, reason: reason_of(status).to_owned() },
        headers: Vec::new(),
        body: Vec::new(),
    };
    for line in request.lines("Via") {
        response.push("Via", line);
    }
    response.push("From", request.get("From").unwrap_or_default());
    let to = request.get("To").unwrap_or_default();
    let tagged = Address::parse(to).is_some_and(|to| to.tag().is_some());
    if status == 100 || tagged {
        response.push("To", to);
    } else {
        response.push("To", format!("{to};tag={tag}"));
    }
    response.push("Call-ID", request.get("Call-ID").unwrap_or_default());
    response.push("CSeq", request.get("CSeq").unwrap_or_default());
    response
}

impl Transactions {
    /// None yet.
    pub fn new(times: Times) -> Self {
        Self { times, clients: HashMap::new(), servers: HashMap::new() }
    }

    /// How many there are: ours and theirs.
    pub fn count(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    /// Whether any request of ours waits for its final response.
    pub fn is_waiting(&self) -> bool {
        self.clients.values().any(|c| matches!(c.phase, Asked::Trying | Asked::Proceeding))
    }

    /// A request of ours.
    pub fn client(&self, key: &str) -> Option<&Client> {
        self.clients.get(key)
    }

    /// A request of theirs.
    pub fn server(&self, key: &str) -> Option<&Server> {
        self.servers.get(key)
    }

    /// Sends a request whose Via has a branch of its own, and returns its key.
    pub fn send(
        &mut self,
        io: &mut Io,
        hop: Hop,
        request: Message,
        purpose: Purpose,
        challenged: u8,
    ) -> String {
        let key = client_key(&request).unwrap_or_default();
        let bytes = request.to_bytes();
        let again = (!hop.transport.is_reliable()).then(|| (io.now + self.times.t1, self.times.t1));
        let until = io.now + self.times.all;
        io.send(&hop, bytes);
        io.wake(until, Timer::Client(key.clone()));
        if let Some((at, _)) = again {
            io.wake(at, Timer::Client(key.clone()));
        }
        let client = Client {
            request,
            hop,
            purpose,
            challenged,
            phase: Asked::Trying,
            again,
            until,
            cancel: None,
            acks: Vec::new(),
        };
        self.clients.insert(key.clone(), client);
        key
    }

    /// Takes an INVITE back: at once when something was heard, otherwise as soon as it is. Whatever
    /// comes of it concerns nobody any more.
    pub fn cancel(&mut self, io: &mut Io, key: &str, reason: Option<String>) {
        let Some(client) = self.clients.get_mut(key) else { return };
        client.purpose = Purpose::Orphan;
        client.cancel = Some(reason.unwrap_or_default());
        if client.phase == Asked::Proceeding {
            self.send_cancel(io, key);
        }
    }

    fn send_cancel(&mut self, io: &mut Io, key: &str) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let Some(reason) = client.cancel.take() else { return };
        // Far ends that never answer must not hold the transaction for ever (section 9.1).
        client.until = io.now + self.times.all;
        io.wake(client.until, Timer::Client(key.to_owned()));
        let mut cancel = bare(&client.request, Method::Cancel);
        if !reason.is_empty() {
            cancel.push("Reason", reason);
        }
        let hop = client.hop.clone();
        self.send(io, hop, cancel, Purpose::Nobody, 0);
    }

    /// Gives a request of ours another purpose.
    pub fn orphan(&mut self, key: &str) {
        if let Some(client) = self.clients.get_mut(key) {
            client.purpose = Purpose::Orphan;
        }
    }

    /// Keeps the ACK to a 2xx, for when that comes again.
    pub fn acknowledged(&mut self, key: &str, tag: String, hop: Hop, ack: Vec<u8>) {
        if let Some(client) = self.clients.get_mut(key) {
            // More far ends than this do not take one call.
            if client.acks.len() < 16 {
                client.acks.push((tag, hop, ack));
            }
        }
    }

    /// Takes a response; gives its transaction's key when somebody should see it.
    pub fn response(&mut self, io: &mut Io, message: &Message) -> Option<String> {
        let key = client_key(message)?;
        let status = message.status()?;
        let client = self.clients.get_mut(&key)?;
        let (_, method) = message.cseq()?;
        let invite = client.request.method() == Some(&Method::Invite);
        if client.request.method() != Some(&method) {
            return None;
        }
        if status < 200 {
            match client.phase {
                Asked::Trying | Asked::Proceeding => {
                    client.phase = Asked::Proceeding;
                    if invite {
                        client.again = None;
                        if client.cancel.is_some() {
                            self.send_cancel(io, &key);
                        }
                    } else if let Some((_, interval)) = &mut client.again {
                        *interval = self.times.t2;
                    }
                    return Some(key);
                }
                Asked::Completed | Asked::Accepted => return None,
            }
        }
        if !invite {
            return Some(key);
        }
        client.again = None;
        if status >= 300 {
            // The ACK to a refusal belongs to the transaction (section 17.1.1.3).
            let mut ack = bare(&client.request, Method::Ack);
            ack.set("To", message.get("To").unwrap_or_default());
            let bytes = ack.to_bytes();
            io.send(&client.hop.clone(), bytes);
            if client.phase == Asked::Completed {
                return None;
            }
            client.phase = Asked::Completed;
            client.until = io.now
                + if client.hop.transport.is_reliable() { Duration::ZERO } else { self.times.all };
            io.wake(client.until, Timer::Client(key.clone()));
            return Some(key);
        }
        let tag = Address::parse(message.get("To")?).and_then(|to| to.tag().map(str::to_owned));
        if let Some((_, hop, ack)) = client.acks.iter().find(|(t, _, _)| Some(t) == tag.as_ref()) {
            let (hop, ack) = (hop.clone(), ack.clone());
            io.send(&hop, ack);
            return None;
        }
        if client.phase == Asked::Completed {
            return None;
        }
        if client.phase != Asked::Accepted {
            client.phase = Asked::Accepted;
            client.until = io.now + self.times.all;
            io.wake(client.until, Timer::Client(key.clone()));
        }
        Some(key)
    }

    /// Ends a request of ours that had its final response, and gives it away. An INVITE stays for
    /// stragglers; of it a copy is given.
    pub fn finish(&mut self, key: &str) -> Option<(Message, Hop, Purpose, u8)> {
        let client = self.clients.get(key)?;
        let parts =
            (client.request.clone(), client.hop.clone(), client.purpose.clone(), client.challenged);
        if client.request.method() != Some(&Method::Invite) {
            self.clients.remove(key);
        }
        Some(parts)
    }

    /// A connection broke, or a datagram could not be sent: requests that wait there for their first
    /// response will not get one. Returns whom to tell.
    pub fn broken(&mut self, hop: &Hop) -> Vec<Purpose> {
        let keys: Vec<String> = self
            .clients
            .iter()
            .filter(|(_, c)| {
                c.hop.transport == hop.transport && c.hop.to == hop.to && c.phase == Asked::Trying
            })
            .map(|(key, _)| key.clone())
            .collect();
        let mut purposes: Vec<_> = keys
            .iter()
            .filter_map(|key| self.clients.remove(key))
            .map(|c| (c.until, c.purpose))
            .collect();
        purposes.sort_by_key(|(until, _)| *until);
        purposes.into_iter().map(|(_, purpose)| purpose).collect()
    }

    /// A request of theirs that was seen before: answers it as before. `false` when it is new.
    pub fn again(&mut self, io: &mut Io, key: &str) -> bool {
        let Some(server) = self.servers.get(key) else { return false };
        let resend = matches!(server.phase, Served::Proceeding | Served::Completed);
        if let (Some(bytes), true) = (&server.response, resend) {
            let (hop, bytes) = (server.hop.clone(), bytes.clone());
            io.send(&hop, bytes);
        }
        true
    }

    /// A new request of theirs.
    pub fn open(
        &mut self,
        io: &mut Io,
        key: String,
        hop: Hop,
        request: Message,
        leg: Option<LegId>,
    ) {
        let tag = io.token();
        let server = Server {
            request,
            hop,
            tag,
            leg,
            response: None,
            phase: Served::Proceeding,
            again: None,
            until: None,
        };
        self.servers.insert(key, server);
    }

    /// Sets our tag, for requests within a dialog that has one.
    pub fn tag(&mut self, key: &str, tag: &str) {
        if let Some(server) = self.servers.get_mut(key) {
            server.tag = tag.to_owned();
        }
    }

    /// A response to be completed and then given to [`Transactions::answer`].
    pub fn prepare(&self, key: &str, status: u16) -> Option<Message> {
        let server = self.servers.get(key)?;
        Some(response(&server.request, status, &server.tag))
    }

    /// Answers a request of theirs. After a final response, another is not sent.
    pub fn answer(&mut self, io: &mut Io, key: &str, response: &Message) {
        let Some(server) = self.servers.get_mut(key) else { return };
        if server.phase != Served::Proceeding {
            return;
        }
        let Some(status) = response.status() else { return };
        let bytes = response.to_bytes();
        io.send(&server.hop, bytes.clone());
        server.response = Some(bytes);
        if status < 200 {
            return;
        }
        let invite = server.request.method() == Some(&Method::Invite);
        let reliable = server.hop.transport.is_reliable();
        server.phase = if invite && status < 300 { Served::Accepted } else { Served::Completed };
        // A 2xx is sent again over any transport: it must arrive end to end (section 13.3.1.4).
        if invite && (status < 300 || !reliable) {
            let at = io.now + self.times.t1;
            server.again = Some((at, self.times.t1));
            io.wake(at, Timer::Server(key.to_owned()));
        }
        // Nothing comes twice over a connection (timer J is 0 there); an INVITE waits for its ACK.
        let lingers = invite || !reliable;
        let until = io.now + if lingers { self.times.all } else { Duration::ZERO };
        server.until = Some(until);
        io.wake(until, Timer::Server(key.to_owned()));
    }

    /// The ACK of an INVITE came.
    pub fn acked(&mut self, io: &mut Io, key: &str) {
        let Some(server) = self.servers.get_mut(key) else { return };
        if matches!(server.phase, Served::Completed | Served::Accepted) {
            // Timer I; an INVITE that was taken absorbs stragglers for timer L, already set.
            if server.phase == Served::Completed {
                let reliable = server.hop.transport.is_reliable();
                let until = io.now + if reliable { Duration::ZERO } else { self.times.t4 };
                server.until = Some(until);
                io.wake(until, Timer::Server(key.to_owned()));
            }
            server.phase = Served::Confirmed;
            server.again = None;
        }
    }

    /// A timer of a request of ours.
    pub fn client_due(&mut self, io: &mut Io, key: &str) -> Expired {
        let Some(client) = self.clients.get_mut(key) else { return Expired::Nothing };
        let invite = client.request.method() == Some(&Method::Invite);
        // An INVITE that rings is ended by its leg, not by a timer of the transaction.
        let held = invite
            && client.phase == Asked::Proceeding
            && !matches!(client.purpose, Purpose::Orphan);
        if client.until <= io.now && !held {
            let silent = matches!(client.phase, Asked::Trying | Asked::Proceeding);
            let purpose = client.purpose.clone();
            self.clients.remove(key);
            return if silent { Expired::Unanswered(purpose) } else { Expired::Nothing };
        }
        if let Some((at, interval)) = client.again
            && at <= io.now
        {
            let doubled = interval * 2;
            let next = if invite { doubled } else { doubled.min(self.times.t2) };
            let at = io.now + next;
            client.again = Some((at, next));
            let bytes = client.request.to_bytes();
            io.send(&client.hop.clone(), bytes);
            io.wake(at, Timer::Client(key.to_owned()));
        }
        Expired::Nothing
    }

    /// A timer of a request of theirs.
    pub fn server_due(&mut self, io: &mut Io, key: &str) -> Expired {
        let Some(server) = self.servers.get_mut(key) else { return Expired::Nothing };
        if server.until.is_some_and(|until| until <= io.now) {
            let unacknowledged = server.phase == Served::Accepted;
            let leg = server.leg;
            self.servers.remove(key);
            return match leg {
                Some(leg) if unacknowledged => Expired::Unacknowledged(leg, key.to_owned()),
                _ => Expired::Nothing,
            };
        }
        if let (Some((at, interval)), Some(bytes)) = (server.again, &server.response)
            && at <= io.now
        {
            let next = (interval * 2).min(self.times.t2);
            let at = io.now + next;
            server.again = Some((at, next));
            let (hop, bytes) = (server.hop.clone(), bytes.clone());
            io.send(&hop, bytes);
            io.wake(at, Timer::Server(key.to_owned()));
        }
        Expired::Nothing
    }
}

/// CANCEL, or the ACK to a refusal: the INVITE's own Via, From, To, Call-ID, Route and number.
fn bare(invite: &Message, method: Method) -> Message {
    let Start::Request { uri, .. } = &invite.start else {
        return Message::request(method, "sip:invalid");
    };
    let number = invite.cseq().map_or(1, |(number, _)| number);
    let mut message = Message::request(method.clone(), uri.clone());
    for name in ["Via", "Max-Forwards", "Route", "From", "To", "Call-ID"] {
        for line in invite.lines(name) {
            message.push(name, line);
        }
    }
    message.push("CSeq", format!("{number} {method}"));
    message
}
