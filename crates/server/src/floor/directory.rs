//! Names, texts and compiled contracts of everything on the floor, as last published: what the
//! router does not carry and screens need.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use api::desk::DeskClient;
use domain::{
    AgentId, ClientId, Language, PoolId, QueueId, SkillId, TeamId, Timeline, Timestamp,
    contract::{ClosedRule, Contract, LocalisedText, Model, Period, compile_periods, model},
    presence::Presence,
    zone::Zone,
};
use routing::{AgentRules, ClientRules, PoolRules};
use store::{
    Store,
    records::{Agent, ClientDocumentKind, ClientStatus, ProviderScope},
};

use crate::admin::presence::presence_now;

/// Timelines begin at the start of the week before the last…
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// …and reach this many weeks from there, so that they change only once a week and never run out.
const WEEKS: u32 = 9;

/// Clients of one floor.
pub const CLIENTS_MAX: u32 = 10_000;

/// Everything that has a name.
#[derive(Debug)]
pub struct Directory {
    clients: BTreeMap<ClientId, ClientEntry>,
    queues: BTreeMap<QueueId, QueueEntry>,
    agents: HashMap<AgentId, Agent>,
    pools: BTreeMap<PoolId, (String, PoolRules)>,
    teams: HashMap<TeamId, String>,
    skills: BTreeMap<SkillId, String>,
    /// Versions of the lists of who is on call, so that desks hear of a change.
    on_call: HashMap<ClientId, u64>,
    /// When another contract comes into force, or what was said over the hours is over.
    next_change: Option<Timestamp>,
    floor_zone: Zone,
}

/// A client.
#[derive(Debug)]
pub struct ClientEntry {
    /// Its id.
    pub id: ClientId,
    /// Name.
    pub name: String,
    /// Two letters of its tag.
    pub initials: String,
    /// Hue of its tag.
    pub hue: u16,
    /// Its zone.
    pub zone: Zone,
    /// The contract in force of a client that is live.
    pub on_floor: Option<OnFloor>,
    /// What its people said over the hours.
    pub presence: Option<Presence>,
}

/// A contract in force, compiled.
#[derive(Debug)]
pub struct OnFloor {
    /// The contract.
    pub contract: Contract,
    /// The same, as the router reads it, with what was said over the hours.
    pub rules: ClientRules,
    /// The hours by the contract alone.
    pub agreed_hours: Timeline<bool>,
}

/// A queue of a contract in force.
#[derive(Debug)]
pub struct QueueEntry {
    /// Its id.
    pub id: QueueId,
    /// Its client.
    pub client: ClientId,
    /// Name.
    pub name: String,
    /// Words to say first, by language.
    pub greeting: Vec<LocalisedText>,
    /// The client's protocol text.
    pub protocol: String,
}

impl Directory {
    /// Reads what is published at `now`.
    ///
    /// # Errors
    /// What the store says. A contract that cannot be compiled keeps its client off the floor and
    /// is told in the log: it was validated when it was published, so its calendar has gone.
    pub async fn load(store: &Store, now: Timestamp) -> anyhow::Result<Self> {
        let scope = ProviderScope::granted();
        let mut view = store.view();
        let calendars: HashMap<_, _> = view
            .calendars(&scope)
            .await?
            .into_iter()
            .map(|record| (record.document.id, record.document))
            .collect();
        let mut contracts: HashMap<_, _> = view
            .contracts_in_force(&scope, now)
            .await?
            .into_iter()
            .map(|version| (version.client, version))
            .collect();
        let from = week_start(now) - WEEK;
        let until = from + WEEK * WEEKS;
        let mut directory = Self {
            clients: BTreeMap::new(),
            queues: BTreeMap::new(),
            agents: HashMap::new(),
            pools: BTreeMap::new(),
            teams: HashMap::new(),
            skills: BTreeMap::new(),
            on_call: HashMap::new(),
            next_change: view.next_contract_change(&scope, now).await?,
            floor_zone: Zone::get("UTC")?,
        };
        let mut said = HashMap::new();
        for kept in view.client_documents(&scope, ClientDocumentKind::Presence).await? {
            let presence: Option<Presence> = serde_json::from_value(kept.document)?;
            if let Some(presence) = presence.filter(|presence| !presence.is_over(now)) {
                let end = presence.span.until;
                let next = directory.next_change.map_or(end, |next| next.min(end));
                directory.next_change = Some(next);
                said.insert(kept.client, presence);
            }
        }
        let mut after = None;
        loop {
            let page = view.clients(&scope, None, after.as_deref(), 500).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.name.clone());
            for client in page {
                let contract = contracts.remove(&client.id);
                let presence = said.remove(&client.id);
                let contract = contract.filter(|_| client.status == ClientStatus::Live);
                let on_floor = contract.and_then(|mut version| {
                    version.document.version = version.version;
                    let hours = calendars
                        .get(&version.document.hours)
                        .ok_or_else(Vec::new)
                        .and_then(|calendar| calendar.compile(from, until));
                    let compiled = hours.and_then(|hours| {
                        let periods = compile_periods(&version.document, from, until)?;
                        let mut rules = ClientRules::compile(&version.document, &hours, &periods)?;
                        if let Some(presence) = &presence {
                            rules.open_at = presence.over(&hours);
                        }
                        Ok((rules, hours))
                    });
                    match compiled {
                        Ok((rules, agreed_hours)) => {
                            Some(OnFloor { contract: version.document, rules, agreed_hours })
                        }
                        Err(faults) => {
                            tracing::error!(
                                client.id = %client.id,
                                ?faults,
                                "a published contract cannot be compiled; its client takes no \
                                 contacts until a sound version is published"
                            );
                            None
                        }
                    }
                });
                directory.add_client(client, on_floor, presence)?;
            }
            if u32::try_from(directory.clients.len()).unwrap_or(u32::MAX) > CLIENTS_MAX {
                anyhow::bail!("one floor has at most {CLIENTS_MAX} clients; open a second floor");
            }
        }
        for agent in view.agents(&scope).await? {
            directory.agents.insert(agent.id, agent);
        }
        for pool in view.pools(&scope).await? {
            let rules =
                PoolRules { pool: pool.id, fairness_cap_percent: pool.fairness_cap_percent };
            directory.pools.insert(pool.id, (pool.name, rules));
        }
        for team in view.teams(&scope).await? {
            directory.teams.insert(team.id, team.name);
        }
        for skill in view.skills(&scope).await? {
            directory.skills.insert(skill.id, skill.name);
        }
        for list in view.client_documents(&scope, ClientDocumentKind::OnCall).await? {
            directory.on_call.insert(list.client, list.version);
        }
        if let Some(setting) = view.setting(&scope, "provider").await?
            && let Some(zone) = setting.value.get("zone").and_then(serde_json::Value::as_str)
        {
            directory.floor_zone = Zone::get(zone)?;
        }
        Ok(directory)
    }

    fn add_client(
        &mut self,
        client: store::records::Client,
        on_floor: Option<OnFloor>,
        presence: Option<Presence>,
    ) -> anyhow::Result<()> {
        let zone = on_floor.as_ref().map_or(client.zone.as_str(), |floor| &floor.contract.zone);
        let zone = Zone::get(zone)?;
        for queue in on_floor.iter().flat_map(|floor| &floor.contract.queues) {
            let entry = QueueEntry {
                id: queue.id,
                client: client.id,
                name: queue.name.clone(),
                greeting: queue.greeting.clone(),
                protocol: queue.protocol.clone(),
            };
            self.queues.insert(queue.id, entry);
        }
        let entry = ClientEntry {
            id: client.id,
            name: client.name,
            initials: client.initials,
            hue: client.hue,
            zone,
            on_floor,
            presence,
        };
        self.clients.insert(entry.id, entry);
        Ok(())
    }

    /// All clients, by id.
    pub fn clients(&self) -> impl Iterator<Item = &ClientEntry> {
        self.clients.values()
    }

    /// One client.
    pub fn client(&self, id: ClientId) -> Option<&ClientEntry> {
        self.clients.get(&id)
    }

    /// All queues of contracts in force, by id.
    pub fn queues(&self) -> impl Iterator<Item = &QueueEntry> {
        self.queues.values()
    }

    /// One queue.
    pub fn queue(&self, id: QueueId) -> Option<&QueueEntry> {
        self.queues.get(&id)
    }

    /// An agent's record.
    pub fn agent(&self, id: AgentId) -> Option<&Agent> {
        self.agents.get(&id)
    }

    /// All agents, in no order.
    pub fn agents(&self) -> impl Iterator<Item = &Agent> {
        self.agents.values()
    }

    /// An agent's name on the provider's screens.
    pub fn agent_name(&self, id: AgentId) -> String {
        self.agents.get(&id).map_or_else(|| id.to_string(), |agent| agent.name.clone())
    }

    /// An agent's name towards a client's customers.
    pub fn alias(&self, client: ClientId, id: AgentId) -> String {
        self.agents.get(&id).map(|agent| agent.alias_for(client).to_owned()).unwrap_or_default()
    }

    /// Pools with their names, by id.
    pub fn pools(&self) -> impl Iterator<Item = (PoolId, &str)> {
        self.pools.iter().map(|(id, (name, _))| (*id, name.as_str()))
    }

    /// A pool's name.
    pub fn pool_name(&self, id: PoolId) -> Option<&str> {
        self.pools.get(&id).map(|(name, _)| name.as_str())
    }

    /// A team's name.
    pub fn team_name(&self, id: TeamId) -> Option<&str> {
        self.teams.get(&id).map(String::as_str)
    }

    /// Skills with their names, by id.
    pub fn skills(&self) -> impl Iterator<Item = (SkillId, &str)> {
        self.skills.iter().map(|(id, name)| (*id, name.as_str()))
    }

    /// When another contract comes into force, or what was said over the hours is over.
    pub const fn next_change(&self) -> Option<Timestamp> {
        self.next_change
    }

    /// Version of a client's list of who is on call; 0 while nobody was ever named.
    pub fn on_call(&self, client: ClientId) -> u64 {
        self.on_call.get(&client).copied().unwrap_or(0)
    }

    /// The zone of the floor, for agents' days.
    pub fn floor_zone(&self) -> Zone {
        self.floor_zone.clone()
    }

    /// Says to the figures of today where each client's days and the floor's own begin.
    pub fn set_zones(&self, figures: &mut figures::Live) {
        figures.set_floor_zone(self.floor_zone());
        for client in self.clients.values() {
            figures.set_zone(client.id, client.zone.clone());
        }
    }

    /// A client as an agent's desk names it.
    pub fn desk_client(&self, client: ClientId, agent: AgentId) -> DeskClient {
        let entry = self.client(client);
        DeskClient {
            client: client.uuid(),
            name: entry.map(|entry| entry.name.clone()).unwrap_or_default(),
            initials: entry.map(|entry| entry.initials.clone()).unwrap_or_default(),
            hue: entry.map_or(0, |entry| entry.hue),
            alias: self.alias(client, agent),
            presence: entry.and_then(|entry| entry.presence.as_ref()).map(presence_now),
        }
    }

    /// What the router should know of pools.
    pub(super) fn pool_rules(&self) -> impl Iterator<Item = &PoolRules> {
        self.pools.values().map(|(_, rules)| rules)
    }

    /// What the router should know of agents who may take contacts.
    pub(super) fn agent_rules(&self) -> BTreeMap<AgentId, AgentRules> {
        self.agents
            .values()
            .filter(|agent| !agent.disabled)
            .map(|agent| {
                let rules = AgentRules {
                    agent: agent.id,
                    pools: agent.pools.clone(),
                    team: agent.team,
                    skills: agent.skills.iter().map(|s| (s.skill, s.level)).collect(),
                    languages: agent.languages.clone(),
                    sign_offs: agent.sign_offs().collect(),
                    site: agent.site,
                    channels: agent.channels.clone(),
                };
                (agent.id, rules)
            })
            .collect()
    }
}

impl ClientEntry {
    /// The contract in force, of a live client.
    pub fn contract(&self) -> Option<&Contract> {
        self.on_floor.as_ref().map(|floor| &floor.contract)
    }

    /// The period in force.
    pub fn period_at(&self, now: Timestamp) -> Option<&Period> {
        let OnFloor { contract, rules, .. } = self.on_floor.as_ref()?;
        contract.periods.get(usize::from(*rules.period_at.at(now)?))
    }

    /// Whether contacts are taken.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.hours().and_then(|hours| hours.at(now)).copied().unwrap_or(false)
    }

    /// When contacts are taken next, if it is closed now.
    pub fn opens(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_open(now) {
            return None;
        }
        let changes = &self.hours()?.changes;
        changes.iter().find(|(at, open)| *at > now && *open).map(|(at, _)| *at)
    }

    fn hours(&self) -> Option<&Timeline<bool>> {
        self.on_floor.as_ref().map(|floor| &floor.rules.open_at)
    }

    /// `shared`, `dedicated` or `hybrid`.
    pub fn model(&self) -> &'static str {
        match self.contract().map(model) {
            Some(Model::Dedicated) => "dedicated",
            Some(Model::Hybrid) => "hybrid",
            Some(Model::Shared) | None => "shared",
        }
    }

    /// Outside the hours contacts wait for the opening, rather than end as closed.
    pub fn closed_waits(&self) -> bool {
        self.on_floor.as_ref().is_some_and(|floor| floor.rules.closed_waits)
    }

    /// The words of the closed rule.
    pub fn closed_text(&self, language: Language) -> String {
        let Some(contract) = self.contract() else { return String::new() };
        let (ClosedRule::Message { text } | ClosedRule::Wait { text }) = &contract.closed;
        in_language(text, language).to_owned()
    }

    /// The words of the peak greeting in force.
    pub fn peak_greeting(&self, language: Language, now: Timestamp) -> Option<String> {
        let greeting = self.period_at(now)?.peak_greeting.as_ref()?;
        Some(in_language(&greeting.text, language).to_owned())
    }
}

impl QueueEntry {
    /// The words to say first, in the contact's language, with the agent's alias in the place of
    /// `{agent}`.
    pub fn greeting_in(&self, language: Language, alias: &str) -> String {
        in_language(&self.greeting, language).replace("{agent}", alias)
    }
}

/// The text of that language, else the first: contracts always have their first language.
pub fn in_language(texts: &[LocalisedText], language: Language) -> &str {
    texts
        .iter()
        .find(|text| text.language == language)
        .or(texts.first())
        .map_or("", |text| text.text.as_str())
}

/// The last Monday midnight in UTC.
fn week_start(now: Timestamp) -> Timestamp {
    let week = i64::try_from(WEEK.as_micros()).unwrap_or(i64::MAX);
    // 1970-01-05 was a Monday.
    let monday = 4 * 24 * 3_600_000_000;
    Timestamp::from_micros((now.micros() - monday).div_euclid(week) * week + monday)
}

/// The directory as everybody reads it; exchanged whole.
#[derive(Debug)]
pub(super) struct Shared(RwLock<Arc<Directory>>);

impl Shared {
    pub(super) fn new(directory: Directory) -> Self {
        Self(RwLock::new(Arc::new(directory)))
    }

    pub(super) fn get(&self) -> Arc<Directory> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn set(&self, directory: Directory) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(directory);
    }
}
