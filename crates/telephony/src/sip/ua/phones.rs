//! Desk phones: their registrations, and the proof that they are who they say.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
    time::Duration,
};

use domain::Timestamp;

use super::{
    Ua,
    io::{Hop, Timer},
    leg::Peer,
};
use crate::sip::{
    config::{Phone, PhoneSecret},
    digest::{Challenger, Proof},
    message::Message,
    port::SipEvent,
    uri::Address,
};

/// Wrong proofs from one address before it is not heard for [`LOCKED`].
const WRONG_MAX: u32 = 10;
const LOCKED: Duration = Duration::from_secs(60);
/// Addresses whose wrong proofs are counted at once; beyond, those counts start anew.
const GUESSERS_MAX: usize = 1_024;

/// Where a phone is.
struct Binding {
    contact: String,
    hop: Hop,
    until: Timestamp,
    call_id: String,
    number: u32,
}

/// Phones and where they are.
pub struct Phones {
    challenger: Challenger,
    secrets: BTreeMap<String, PhoneSecret>,
    bindings: BTreeMap<String, Binding>,
    wrong: HashMap<IpAddr, (u32, Timestamp)>,
    sha256: bool,
    /// Of whom it was told that they are there.
    told: BTreeSet<String>,
}

impl Phones {
    /// None is registered yet.
    pub fn new(challenger: Challenger, phones: Vec<Phone>, sha256: bool) -> Self {
        let mut all = Self {
            challenger,
            secrets: BTreeMap::new(),
            bindings: BTreeMap::new(),
            wrong: HashMap::new(),
            sha256,
            told: BTreeSet::new(),
        };
        all.set(phones);
        all
    }

    /// Others in their place; who is gone, or has another secret, must register anew.
    pub fn set(&mut self, phones: Vec<Phone>) {
        let old = std::mem::take(&mut self.secrets);
        self.secrets = phones.into_iter().map(|phone| (phone.name, phone.secret)).collect();
        let secrets = &self.secrets;
        self.bindings
            .retain(|name, _| secrets.contains_key(name) && secrets.get(name) == old.get(name));
    }

    /// How many are registered.
    pub fn count(&self, now: Timestamp) -> usize {
        self.bindings.values().filter(|binding| binding.until > now).count()
    }

    /// Forgets those whose time is over.
    pub fn expire(&mut self, now: Timestamp) {
        self.bindings.retain(|_, binding| binding.until > now);
    }

    /// Who has come and who has gone since it was last asked.
    fn changes(&mut self, now: Timestamp) -> Vec<(String, bool)> {
        let here =
            |(name, binding): (&String, &Binding)| (binding.until > now).then(|| name.clone());
        let now: BTreeSet<String> = self.bindings.iter().filter_map(here).collect();
        let gone = self.told.difference(&now).map(|name| (name.clone(), false));
        let changes = gone.chain(now.difference(&self.told).map(|name| (name.clone(), true)));
        let changes = changes.collect();
        self.told = now;
        changes
    }

    /// Where a phone is reached.
    pub fn reach(&self, now: Timestamp, name: &str) -> Option<(&str, &Hop)> {
        let binding = self.bindings.get(name).filter(|binding| binding.until > now)?;
        Some((&binding.contact, &binding.hop))
    }

    /// Who sent a request, if it proves it; otherwise whether its nonce was only too old, and whether
    /// the address guesses too much to be answered at all.
    fn proven(
        &mut self,
        now: Timestamp,
        source: IpAddr,
        message: &Message,
        method: &str,
    ) -> Result<String, Wrong> {
        if self.wrong.get(&source).is_some_and(|(n, at)| *n >= WRONG_MAX && now.since(*at) < LOCKED)
        {
            return Err(Wrong::Locked);
        }
        let header = message.get("Authorization").or_else(|| message.get("Proxy-Authorization"));
        let Some(header) = header else { return Err(Wrong::Unproven { stale: false }) };
        let name = Challenger::claimed(header).unwrap_or_default();
        // A name that is not there takes as long as one that is.
        let nobody = PhoneSecret::Password(String::new());
        let known = self.secrets.get(&name);
        let proof = self.challenger.check(now, source, header, method, known.unwrap_or(&nobody));
        match (proof, known.is_some()) {
            (Proof::Right, true) => {
                self.wrong.remove(&source);
                Ok(name)
            }
            (Proof::Stale, true) => Err(Wrong::Unproven { stale: true }),
            _ => {
                if self.wrong.len() >= GUESSERS_MAX {
                    self.wrong.clear();
                }
                let (count, at) = self.wrong.entry(source).or_insert((0, now));
                if now.since(*at) >= LOCKED {
                    *count = 0;
                }
                *count += 1;
                *at = now;
                Err(Wrong::Unproven { stale: false })
            }
        }
    }

    fn challenges(
        &self,
        now: Timestamp,
        source: IpAddr,
        stale: bool,
    ) -> Vec<(&'static str, String)> {
        // One list for all does not tell a stranger who is known.
        let checked = self.secrets.values().all(|secret| match secret {
            PhoneSecret::Password(_) => true,
            PhoneSecret::Ha1 { sha256, .. } => sha256.is_some(),
        });
        self.challenger
            .challenges(now, source, stale, self.sha256 && checked)
            .into_iter()
            .map(|challenge| ("WWW-Authenticate", challenge))
            .collect()
    }
}

enum Wrong {
    Unproven { stale: bool },
    Locked,
}

impl Ua {
    /// Tells who has come and who has gone.
    pub(super) fn tell_phones(&mut self) {
        for (name, registered) in self.phones.changes(self.io.now) {
            self.io.tell(SipEvent::PhoneRegistered { name, registered });
        }
    }

    pub(super) fn is_phone_network(&self, hop: &Hop) -> bool {
        self.phone_networks.iter().any(|network| network.contains(hop.to.ip()))
    }

    /// The phone that sent a request; `None` when it was challenged, or is not heard.
    fn phone_of(&mut self, hop: &Hop, back: &Hop, message: &Message) -> Option<String> {
        if !self.is_phone_network(hop) {
            self.counted.unknown += 1;
            return None;
        }
        let (now, source) = (self.io.now, hop.to.ip().to_canonical());
        let method = message.method().map_or("", |method| method.as_str()).to_owned();
        match self.phones.proven(now, source, message, &method) {
            Ok(name) => Some(name),
            Err(Wrong::Locked) => {
                self.counted.flooded += 1;
                None
            }
            Err(Wrong::Unproven { stale }) => {
                let challenges = self.phones.challenges(now, source, stale);
                self.refuse(back, message, 401, &challenges);
                None
            }
        }
    }

    /// REGISTER (RFC 3261 section 10.3). One contact for each phone: the last one.
    pub(super) fn phone_registers(&mut self, hop: &Hop, back: Hop, message: &Message) {
        let Some(name) = self.phone_of(hop, &back, message) else { return };
        let own = message.get("To").and_then(Address::parse).is_some_and(|to| to.uri.user == name);
        if !own {
            self.refuse(&back, message, 403, &[]);
            return;
        }
        let now = self.io.now;
        let most = self.limits.registration_max.as_secs();
        let (number, _) = message.cseq().unwrap_or((0, super::Method::Register));
        let call_id = message.get("Call-ID").unwrap_or_default().to_owned();
        if let Some(old) = self.phones.bindings.get(&name)
            && old.call_id == call_id
            && number <= old.number
        {
            self.refuse(&back, message, 500, &[]);
            return;
        }
        let all = message.get("Expires").and_then(|text| text.trim().parse::<u64>().ok());
        let first = message.values("Contact").next().map(str::to_owned);
        let mut more = Vec::new();
        match first.as_deref() {
            Some("*") => {
                self.phones.bindings.remove(&name);
            }
            Some(contact) => {
                let Some(contact) = Address::parse(contact) else {
                    self.refuse(&back, message, 400, &[]);
                    return;
                };
                let secs = contact.params.get("expires").and_then(|text| text.parse().ok());
                let secs = secs.or(all).unwrap_or(most).min(most);
                let until = now + Duration::from_secs(secs);
                if secs == 0 {
                    self.phones.bindings.remove(&name);
                } else {
                    self.phones.bindings.insert(
                        name.clone(),
                        Binding {
                            contact: contact.uri.to_string(),
                            hop: hop.clone(),
                            until,
                            call_id,
                            number,
                        },
                    );
                    self.io.wake(until, Timer::Phones);
                }
            }
            // Only asks what is there.
            None => {}
        }
        if let Some(binding) = self.phones.bindings.get(&name) {
            let left = binding.until.since(now).as_secs();
            more.push(("Contact", format!("<{}>;expires={left}", binding.contact)));
        }
        self.refuse(&back, message, 200, &more);
        self.tell_phones();
    }

    /// INVITE from an address that is no trunk's: a phone that proves itself may call.
    pub(super) fn phone_calls(&mut self, hop: &Hop, back: Hop, key: String, message: Message) {
        let Some(name) = self.phone_of(hop, &back, &message) else { return };
        if self.stopping || self.legs.len() >= self.limits.legs_max {
            self.counted.calls_refused += 1;
            self.refuse(&back, &message, 503, &[("Retry-After", "5".into())]);
            return;
        }
        self.arrive(Peer::Phone(name), hop, back, key, message);
    }
}
