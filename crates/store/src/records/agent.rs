//! Agents: the people who take contacts, and what they may take.

use std::collections::BTreeMap;

use domain::{AgentId, ClientId, Language, PoolId, SiteId, SkillId, TeamId, contract::Channel};

use super::{ClientScope, ProviderScope, changed, fold};
use crate::{
    StoreError, Tx, View,
    db::FromRow,
    value::{Row, Value, args, json, read_json},
};

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// Name on the provider's screens.
    pub name: String,
    /// Name towards customers, where a client has no other for them.
    pub alias: String,
    /// The dedicated team.
    pub team: Option<TeamId>,
    /// Where the agent works from.
    pub site: Option<SiteId>,
    /// Languages spoken.
    pub languages: Vec<Language>,
    /// Channels taken, with the most contacts at once on each.
    pub channels: Vec<(Channel, u8)>,
    /// Pools served, by id.
    pub pools: Vec<PoolId>,
    /// Skills, by id.
    pub skills: Vec<AgentSkill>,
    /// What the agent is to single clients, by client.
    pub clients: Vec<AgentClient>,
    /// Takes no contacts any more.
    pub disabled: bool,
    /// Raised by each change.
    pub version: u64,
}

/// A skill with its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentSkill {
    /// The skill.
    pub skill: SkillId,
    /// 1 to 10.
    pub level: u8,
}

/// What an agent is to one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentClient {
    /// The client.
    pub client: ClientId,
    /// May take its contacts.
    pub signed_off: bool,
    /// Name towards its customers; the agent's own alias when `None`.
    pub alias: Option<String>,
}

impl Agent {
    /// The agent's name towards customers of `client`.
    pub fn alias_for(&self, client: ClientId) -> &str {
        self.clients
            .iter()
            .find(|c| c.client == client)
            .and_then(|c| c.alias.as_deref())
            .unwrap_or(&self.alias)
    }

    /// The clients the agent is signed off for.
    pub fn sign_offs(&self) -> impl Iterator<Item = ClientId> + '_ {
        self.clients.iter().filter(|c| c.signed_off).map(|c| c.client)
    }
}

impl FromRow for Agent {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get("agent_id")?,
            name: row.get("name")?,
            alias: row.get("alias")?,
            team: row.get("team_id")?,
            site: row.get("site_id")?,
            languages: read_json(row, "languages")?,
            channels: read_json(row, "channels")?,
            pools: Vec::new(),
            skills: Vec::new(),
            clients: Vec::new(),
            disabled: row.get("disabled")?,
            version: row.get("version")?,
        })
    }
}

impl View {
    /// All agents, by name.
    pub async fn agents(&mut self, _: &ProviderScope) -> Result<Vec<Agent>, StoreError> {
        let agents = self
            .list(
                "SELECT agent_id, name, alias, team_id, site_id, languages, channels, disabled,
                        version
                 FROM agent ORDER BY name_folded, agent_id",
                args![],
            )
            .await?;
        let pools = self
            .all("SELECT agent_id, pool_id FROM agent_pool ORDER BY agent_id, pool_id", args![])
            .await?;
        let skills = self
            .all(
                "SELECT agent_id, skill_id, level FROM agent_skill ORDER BY agent_id, skill_id",
                args![],
            )
            .await?;
        let clients = self
            .all(
                "SELECT client_id, agent_id, signed_off, alias FROM agent_client
                 ORDER BY agent_id, client_id",
                args![],
            )
            .await?;
        assemble(agents, &pools, &skills, &clients)
    }

    /// One agent.
    pub async fn agent(
        &mut self,
        _: &ProviderScope,
        id: AgentId,
    ) -> Result<Option<Agent>, StoreError> {
        let agents = self
            .list(
                "SELECT agent_id, name, alias, team_id, site_id, languages, channels, disabled,
                        version
                 FROM agent WHERE agent_id = $1",
                args![id],
            )
            .await?;
        let pools = self
            .all(
                "SELECT agent_id, pool_id FROM agent_pool WHERE agent_id = $1 ORDER BY pool_id",
                args![id],
            )
            .await?;
        let skills = self
            .all(
                "SELECT agent_id, skill_id, level FROM agent_skill WHERE agent_id = $1
                 ORDER BY skill_id",
                args![id],
            )
            .await?;
        let clients = self
            .all(
                "SELECT client_id, agent_id, signed_off, alias FROM agent_client
                 WHERE agent_id = $1 ORDER BY client_id",
                args![id],
            )
            .await?;
        Ok(assemble(agents, &pools, &skills, &clients)?.pop())
    }

    /// The names under which agents speak for the client of the scope; nothing else about them.
    pub async fn agent_aliases(
        &mut self,
        scope: &ClientScope,
    ) -> Result<BTreeMap<AgentId, String>, StoreError> {
        let rows = self
            .of(scope)
            .all(
                "SELECT a.agent_id, COALESCE(c.alias, a.alias) AS alias
                 FROM agent a LEFT JOIN agent_client c
                     ON c.agent_id = a.agent_id AND c.client_id = $1",
                args![scope.client()],
            )
            .await?;
        rows.iter().map(|row| Ok((row.get("agent_id")?, row.get("alias")?))).collect()
    }
}

fn assemble(
    agents: Vec<Agent>,
    pools: &[Row],
    skills: &[Row],
    clients: &[Row],
) -> Result<Vec<Agent>, StoreError> {
    let mut agents = agents;
    let place: BTreeMap<AgentId, usize> =
        agents.iter().enumerate().map(|(i, agent)| (agent.id, i)).collect();
    // Rows of an agent created since the first statement have no place yet.
    let at = |row: &Row| row.get::<AgentId>("agent_id").map(|id| place.get(&id).copied());
    for row in pools {
        if let Some(i) = at(row)? {
            agents[i].pools.push(row.get("pool_id")?);
        }
    }
    for row in skills {
        if let Some(i) = at(row)? {
            let skill = AgentSkill { skill: row.get("skill_id")?, level: row.get("level")? };
            agents[i].skills.push(skill);
        }
    }
    for row in clients {
        if let Some(i) = at(row)? {
            agents[i].clients.push(AgentClient {
                client: row.get("client_id")?,
                signed_off: row.get("signed_off")?,
                alias: row.get("alias")?,
            });
        }
    }
    Ok(agents)
}

impl Tx {
    /// Creates an agent, with version 1.
    pub async fn create_agent(
        &mut self,
        _: &ProviderScope,
        agent: &Agent,
    ) -> Result<(), StoreError> {
        let mut values = columns(agent)?;
        values.extend(args![agent.id]);
        self.run(
            "INSERT INTO agent (name, name_folded, alias, team_id, site_id, languages, channels,
                 disabled, agent_id, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
            values,
        )
        .await?;
        self.save_agent_links(agent).await
    }

    /// Changes an agent, from the version it was read with.
    pub async fn change_agent(
        &mut self,
        _: &ProviderScope,
        agent: &Agent,
    ) -> Result<(), StoreError> {
        let mut values = columns(agent)?;
        values.extend(args![agent.id, agent.version]);
        let rows = self
            .run(
                "UPDATE agent SET name = $1, name_folded = $2, alias = $3, team_id = $4,
                     site_id = $5, languages = $6, channels = $7, disabled = $8,
                     version = version + 1
                 WHERE agent_id = $9 AND version = $10",
                values,
            )
            .await?;
        changed(rows, "the agent")?;
        self.run("DELETE FROM agent_pool WHERE agent_id = $1", args![agent.id]).await?;
        self.run("DELETE FROM agent_skill WHERE agent_id = $1", args![agent.id]).await?;
        self.run("DELETE FROM agent_client WHERE agent_id = $1", args![agent.id]).await?;
        self.save_agent_links(agent).await
    }

    async fn save_agent_links(&mut self, agent: &Agent) -> Result<(), StoreError> {
        for pool in &agent.pools {
            self.run(
                "INSERT INTO agent_pool (agent_id, pool_id) VALUES ($1, $2)
                 ON CONFLICT (agent_id, pool_id) DO NOTHING",
                args![agent.id, *pool],
            )
            .await?;
        }
        for AgentSkill { skill, level } in &agent.skills {
            self.run(
                "INSERT INTO agent_skill (agent_id, skill_id, level) VALUES ($1, $2, $3)",
                args![agent.id, *skill, *level],
            )
            .await?;
        }
        for AgentClient { client, signed_off, alias } in &agent.clients {
            self.run(
                "INSERT INTO agent_client (client_id, agent_id, signed_off, alias)
                 VALUES ($1, $2, $3, $4)",
                args![*client, agent.id, *signed_off, alias.clone()],
            )
            .await?;
        }
        Ok(())
    }
}

fn columns(agent: &Agent) -> Result<Vec<Value>, StoreError> {
    Ok(args![
        agent.name.as_str(),
        fold(&agent.name),
        agent.alias.as_str(),
        agent.team,
        agent.site,
        json(&agent.languages)?,
        json(&agent.channels)?,
        agent.disabled
    ])
}
