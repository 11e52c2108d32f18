//! Whose calls come in on which number, how each client's calls are treated, and by which trunks calls
//! go: as last saved, read whole at each change.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use api::admin::voice::{
    DeskPhoneSetup, NumberFormView, SipTransport, SoundEncryption, TrunkSetup, VoiceSettings,
};
use domain::{AgentId, Calendar, ClientId, Language, PhoneNumber, QueueId, TrunkId};
use store::{ProviderScope, Store, records};
use telephony::{
    sdp::Encryption,
    sip::{self, NumberForm, NumberRule, PhoneSecret, Proxy, Transport, TrunkWhy},
};

use super::{
    desk_phones,
    led::{self, FlowEntry},
};
use crate::floor::Directory;

/// A number that belongs to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NumberEntry {
    pub(super) number: PhoneNumber,
    pub(super) client: ClientId,
    pub(super) queue: QueueId,
    pub(super) language: Language,
    /// What its callers go through before.
    pub(super) flow: Option<FlowEntry>,
}

/// Everything that was saved.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    lines: Vec<records::PhoneLine>,
    settings: HashMap<ClientId, VoiceSettings>,
    trunks: Vec<(TrunkId, TrunkSetup, Option<String>)>,
    desks: HashMap<AgentId, (DeskPhoneSetup, Option<PhoneSecret>)>,
    /// Published flows by client and name.
    flows: HashMap<(ClientId, String), (u32, String)>,
    calendars: HashMap<String, Calendar>,
}

impl Plan {
    /// Reads what is saved. A document that cannot be read any more is told in the log and left out.
    pub(super) async fn load(store: &Store) -> Result<Self, store::StoreError> {
        let scope = ProviderScope::granted();
        let mut view = store.view();
        let mut plan = Self { lines: view.phone_lines(&scope).await?, ..Self::default() };
        for record in view.all_voice_settings(&scope).await? {
            match serde_json::from_value::<VoiceSettings>(record.document) {
                Ok(settings) => {
                    let settings = VoiceSettings { version: record.version, ..settings };
                    plan.settings.insert(record.client, settings);
                }
                Err(error) => tracing::error!(
                    client.id = %record.client,
                    "settings for calls cannot be read, the defaults hold: {error}"
                ),
            }
        }
        for flow in view.published_call_flows(&scope).await? {
            plan.flows.insert((flow.client, flow.name), (flow.number, flow.text));
        }
        for record in view.calendars(&scope).await? {
            plan.calendars.insert(record.document.name.clone(), record.document);
        }
        for record in view.trunks(&scope).await? {
            match serde_json::from_value::<TrunkSetup>(record.document) {
                Ok(setup) => plan.trunks.push((record.id, setup, record.secret)),
                Err(error) => tracing::error!(
                    trunk.id = %record.id,
                    "a trunk cannot be read and is not used: {error}"
                ),
            }
        }
        for record in view.desk_phones(&scope).await? {
            let secret = record.ha1_md5.map(|md5| {
                let sha256 = record.ha1_sha256;
                PhoneSecret::Ha1 { md5, sha256 }
            });
            match serde_json::from_value::<DeskPhoneSetup>(record.document) {
                Ok(setup) => drop(plan.desks.insert(record.agent, (setup, secret))),
                Err(error) => tracing::error!(
                    agent.id = %record.agent,
                    "a desk phone cannot be read and is not used: {error}"
                ),
            }
        }
        plan.trunks.sort_by_key(|(id, setup, _)| (setup.priority, *id));
        Ok(plan)
    }

    /// Whose number was dialled. Its client must be live, and the queue in its contract.
    pub(super) fn number(&self, dialled: &str, directory: &Directory) -> Option<NumberEntry> {
        let number: PhoneNumber = dialled.parse().ok()?;
        let line = self.lines.iter().find(|line| line.number == number && line.active)?;
        let contract = directory.client(line.client)?.contract()?;
        contract.queues.iter().find(|queue| queue.id == line.queue)?;
        Some(NumberEntry {
            number,
            client: line.client,
            queue: line.queue,
            language: contract.languages.first().copied().unwrap_or(Language::EN),
            flow: line
                .flow
                .as_ref()
                .and_then(|name| self.flow(line.client, name, &contract.languages)),
        })
    }

    /// A client's flow as it was published.
    fn flow(&self, client: ClientId, name: &str, languages: &[Language]) -> Option<FlowEntry> {
        let (version, text) = self.flows.get(&(client, name.to_owned()))?;
        let Some(flow) = led::published(text, languages) else {
            tracing::error!(
                client.id = %client, name, version,
                "a published call flow cannot be read any more; its calls go to the queue"
            );
            return None;
        };
        Some(FlowEntry { name: name.to_owned(), version: *version, flow: Arc::new(flow) })
    }

    /// A calendar.
    pub(super) fn calendar(&self, name: &str) -> Option<&Calendar> {
        self.calendars.get(name)
    }

    /// Whether a client has numbers that take calls.
    pub(super) fn has_number(&self, client: ClientId) -> bool {
        self.lines.iter().any(|line| line.client == client && line.active)
    }

    /// Within which time a voicemail is to be answered.
    pub(super) fn message_due(&self, client: ClientId) -> std::time::Duration {
        std::time::Duration::from_secs(u64::from(self.settings(client).voicemail_due_h) * 3600)
    }

    /// Whether a client's callers may leave a voicemail: by a key, outside the hours, or led by a flow.
    pub(super) fn takes_messages(&self, client: ClientId) -> bool {
        let settings = self.settings(client);
        settings.voicemail_closed
            || settings.voicemail_key.is_some()
            || self.lines.iter().any(|line| line.client == client && line.flow.is_some())
    }

    /// How a client's calls are treated.
    pub(super) fn settings(&self, client: ClientId) -> VoiceSettings {
        self.settings.get(&client).cloned().unwrap_or_default()
    }

    /// The number shown when we call for a client: the one set, or its first one.
    pub(super) fn shown_number(&self, client: ClientId) -> Option<String> {
        let of_client = |line: &&records::PhoneLine| line.client == client && line.active;
        let first =
            || self.lines.iter().find(of_client).map(|line| line.number.as_str().to_owned());
        let set = self.settings.get(&client).and_then(|settings| settings.outbound_number.clone());
        let owned = |number: &String| {
            self.lines.iter().filter(of_client).any(|line| line.number.as_str() == number)
        };
        set.filter(owned).or_else(first)
    }

    /// The name of a trunk that is in use.
    pub(super) fn active_trunk(&self, trunk: TrunkId) -> Option<String> {
        let (_, setup, _) = self.trunks.iter().find(|(id, ..)| *id == trunk)?;
        setup.active.then(|| setup.name.clone())
    }

    /// Trunks by which calls go out, in their order.
    pub(super) fn outgoing(&self) -> Vec<TrunkId> {
        let active = self.trunks.iter().filter(|(_, setup, _)| setup.active);
        active.map(|(id, ..)| *id).collect()
    }

    /// A number as somebody typed it, in E.164 by the home country of the first trunk.
    pub(super) fn in_e164(&self, typed: &str) -> Result<PhoneNumber, domain::PhoneNumberError> {
        let rule = self.trunks.iter().find(|(_, setup, _)| setup.active);
        let rule = rule.map(|(_, setup, _)| number_rule(setup)).unwrap_or_default();
        let plain: String = typed.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        rule.to_e164(&plain).unwrap_or(plain).parse()
    }

    /// The desk phones that may register, as SIP takes them.
    pub(super) fn sip_phones(&self) -> Vec<sip::Phone> {
        let registering = self.desks.values().filter(|(setup, _)| setup.address.is_none());
        registering
            .filter_map(|(setup, secret)| {
                let (name, secret) = (setup.name.clone(), secret.clone()?);
                Some(sip::Phone { name, secret })
            })
            .collect()
    }

    /// The agents with a desk phone. One at a fixed address is presumed there; of others their
    /// registration tells.
    pub(super) fn desks(&self) -> Vec<(AgentId, Option<bool>)> {
        let there = |setup: &DeskPhoneSetup| setup.address.is_some().then_some(true);
        self.desks.iter().map(|(agent, (setup, _))| (*agent, there(setup))).collect()
    }

    /// Where an agent's desk phone is called.
    pub(super) fn desk_target(&self, agent: AgentId) -> Option<sip::Target> {
        let (setup, _) = self.desks.get(&agent)?;
        let transport = transport_of(setup.transport);
        desk_phones::target(&setup.name, setup.address.as_deref(), transport)
    }

    /// Whose desk phone registers by this name.
    pub(super) fn agent_of_phone(&self, name: &str) -> Option<AgentId> {
        let found = self.desks.iter().find(|(_, (setup, _))| setup.name == name);
        found.map(|(agent, _)| *agent)
    }

    /// Whether the sound of a trunk's calls is encrypted.
    pub(super) fn encryption(&self, id: TrunkId) -> Encryption {
        let trunk = self.trunks.iter().find(|(of, ..)| *of == id);
        trunk.map_or(Encryption::Never, |(_, setup, _)| match encryption_of(setup) {
            SoundEncryption::Never => Encryption::Never,
            SoundEncryption::WhenOffered => Encryption::Taken,
            SoundEncryption::Required => Encryption::Required,
        })
    }

    /// Name of a trunk.
    pub(super) fn trunk_name(&self, id: TrunkId) -> Option<String> {
        self.trunks.iter().find(|(of, ..)| *of == id).map(|(_, setup, _)| setup.name.clone())
    }

    /// The trunks as SIP takes them.
    pub(super) fn sip_trunks(&self) -> Vec<sip::Trunk> {
        self.trunks
            .iter()
            .filter(|(_, setup, _)| setup.active)
            .map(|(id, setup, secret)| sip_trunk(*id, setup, secret.as_deref()))
            .collect()
    }
}

/// A trunk as SIP takes it. What was saved has been checked by [`trunk_faults`]; an address that
/// cannot be read all the same is left out.
fn sip_trunk(id: TrunkId, setup: &TrunkSetup, secret: Option<&str>) -> sip::Trunk {
    let transport = transport_of(setup.transport);
    let mut trunk = sip::Trunk::new(id, setup.name.clone());
    if let Some((host, port)) = host_and_port(&setup.server) {
        trunk.proxies = vec![Proxy { host, port, transport }];
        trunk.qualify = Some(QUALIFY);
    }
    trunk.networks = setup.addresses.iter().filter_map(|text| text.parse().ok()).collect();
    if let (Some(user), Some(password)) = (&setup.username, secret) {
        let (user, password) = (user.clone(), password.to_owned());
        trunk.credentials = Some(sip::Credentials { user, password });
    }
    if let Some(user) = setup.username.clone().filter(|_| setup.register) {
        trunk.registration = Some(sip::Registration { user, expires: REGISTRATION });
    }
    trunk.trusted = setup.trusted;
    trunk.encrypted = encryption_of(setup) == SoundEncryption::Required;
    trunk.numbers = number_rule(setup);
    trunk.calls_max = usize::try_from(setup.calls_max).unwrap_or(usize::MAX);
    trunk.calls_per_second = setup.calls_per_second;
    trunk
}

fn transport_of(transport: SipTransport) -> Transport {
    match transport {
        SipTransport::Udp => Transport::Udp,
        SipTransport::Tcp => Transport::Tcp,
        SipTransport::Tls => Transport::Tls,
    }
}

/// Whether a trunk's sound is encrypted where nothing was said: with TLS alone, since otherwise the
/// keys would travel in the clear.
fn encryption_of(setup: &TrunkSetup) -> SoundEncryption {
    setup.encryption.unwrap_or(match setup.transport {
        SipTransport::Tls => SoundEncryption::Required,
        SipTransport::Udp | SipTransport::Tcp => SoundEncryption::Never,
    })
}

/// How often a carrier is asked whether it lives.
const QUALIFY: std::time::Duration = std::time::Duration::from_secs(30);

/// How long a registration should hold.
const REGISTRATION: std::time::Duration = std::time::Duration::from_secs(300);

fn number_rule(setup: &TrunkSetup) -> NumberRule {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    NumberRule {
        country: text(&setup.country),
        national_prefix: text(&setup.national_prefix),
        international_prefix: text(&setup.international_prefix),
        form: match setup.number_form {
            NumberFormView::E164 => NumberForm::E164,
            NumberFormView::WithoutPlus => NumberForm::WithoutPlus,
            NumberFormView::Dialled => NumberForm::Dialled,
        },
    }
}

/// Host and port of `host`, `host:port`, `[v6]` or `[v6]:port`.
pub fn host_and_port(text: &str) -> Option<(String, Option<u16>)> {
    let text = text.trim();
    if text.is_empty() || text.len() > 255 || text.contains(char::is_whitespace) {
        return None;
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host.to_owned(), Some(port.parse().ok().filter(|p| *p != 0)?))),
            None if rest.is_empty() => Some((host.to_owned(), None)),
            None => None,
        };
    }
    match text.split_once(':') {
        Some((host, port)) if !host.is_empty() => {
            Some((host.to_owned(), Some(port.parse().ok().filter(|p| *p != 0)?)))
        }
        Some(_) => None,
        None => Some((text.to_owned(), None)),
    }
}

/// The plan as everybody reads it, and how the trunks are.
#[derive(Debug, Default)]
pub(super) struct Shared {
    plan: RwLock<Arc<Plan>>,
    health: Mutex<HashMap<TrunkId, (bool, TrunkWhy)>>,
}

impl Shared {
    pub(super) fn new(plan: Plan) -> Self {
        Self { plan: RwLock::new(Arc::new(plan)), health: Mutex::default() }
    }

    pub(super) fn get(&self) -> Arc<Plan> {
        Arc::clone(&self.plan.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn set(&self, plan: Plan) {
        *self.plan.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(plan);
    }

    /// A trunk can or cannot be used.
    pub(super) fn set_health(&self, trunk: TrunkId, up: bool, why: TrunkWhy) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.insert(trunk, (up, why));
    }

    /// How a trunk is; `None` before anything is known.
    pub(super) fn health(&self, trunk: TrunkId) -> Option<(bool, TrunkWhy)> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).get(&trunk).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_host_with_perhaps_a_port() {
        let some = |host: &str, port| Some((host.to_owned(), port));
        for (text, want) in [
            ("sip.carrier.example", some("sip.carrier.example", None)),
            ("192.0.2.1:5080", some("192.0.2.1", Some(5080))),
            ("[2001:db8::1]", some("2001:db8::1", None)),
            ("[2001:db8::1]:5061", some("2001:db8::1", Some(5061))),
            ("", None),
            (":5060", None),
            ("host:0", None),
            ("host:99999", None),
            ("[nonsense]", None),
            ("two words", None),
        ] {
            assert_eq!(host_and_port(text), want, "{text}");
        }
    }
}
