//! What a floor is made of beside its agents: calendars, pools, teams, skills, sites.

use domain::{Calendar, CalendarId, ClientId, PoolId, SiteId, SkillId, TeamId};

use super::{ClientScope, ProviderScope, changed, record};
use crate::{
    StoreError, Tx, View,
    value::{args, json},
};

record! {
    /// A calendar of opening hours.
    #[derive(Clone, Debug, PartialEq)]
    pub struct CalendarRecord {
        /// What it says; its id and name are in it.
        pub document: Calendar = json,
        /// Raised by each change.
        pub version: u64,
    }
}

record! {
    /// A pool of agents who serve several clients.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Pool {
        /// Its id.
        pub id: PoolId = "pool_id",
        /// Its name.
        pub name: String,
        /// Most of the pool that one client may have while others wait, in percent.
        pub fairness_cap_percent: u8,
        /// Agents in it who are not disabled.
        pub agents: u32,
        /// Raised by each change.
        pub version: u64,
    }
}

record! {
    /// A team of agents who serve one client only.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Team {
        /// The client it serves.
        pub client: ClientId = "client_id",
        /// Its id.
        pub id: TeamId = "team_id",
        /// Its name.
        pub name: String,
        /// Agents in it who are not disabled.
        pub agents: u32,
        /// Raised by each change.
        pub version: u64,
    }
}

record! {
    /// Something an agent can do.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Skill {
        /// Its id.
        pub id: SkillId = "skill_id",
        /// Its name.
        pub name: String,
        /// Agents who have it and are not disabled.
        pub agents: u32,
        /// Raised by each change.
        pub version: u64,
    }
}

record! {
    /// A place that agents work from.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Site {
        /// Its id.
        pub id: SiteId = "site_id",
        /// Its name.
        pub name: String,
        /// Agents who work there and are not disabled.
        pub agents: u32,
        /// Raised by each change.
        pub version: u64,
    }
}

impl View {
    /// All calendars, by name.
    pub async fn calendars(
        &mut self,
        _: &ProviderScope,
    ) -> Result<Vec<CalendarRecord>, StoreError> {
        self.list("SELECT document, version FROM calendar ORDER BY name", args![]).await
    }

    /// One calendar.
    pub async fn calendar(
        &mut self,
        _: &ProviderScope,
        id: CalendarId,
    ) -> Result<Option<CalendarRecord>, StoreError> {
        self.find("SELECT document, version FROM calendar WHERE calendar_id = $1", args![id]).await
    }

    /// All pools, by name.
    pub async fn pools(&mut self, _: &ProviderScope) -> Result<Vec<Pool>, StoreError> {
        self.list(
            "SELECT p.pool_id, p.name, p.fairness_cap_percent, p.version,
                    (SELECT COUNT(*) FROM agent_pool ap JOIN agent a ON a.agent_id = ap.agent_id
                     WHERE ap.pool_id = p.pool_id AND a.disabled = FALSE) AS agents
             FROM pool p ORDER BY p.name",
            args![],
        )
        .await
    }

    /// The teams of all clients, by name.
    pub async fn teams(&mut self, _: &ProviderScope) -> Result<Vec<Team>, StoreError> {
        self.list(
            "SELECT t.client_id, t.team_id, t.name, t.version,
                    (SELECT COUNT(*) FROM agent a
                     WHERE a.team_id = t.team_id AND a.disabled = FALSE) AS agents
             FROM team t ORDER BY t.name, t.team_id",
            args![],
        )
        .await
    }

    /// The teams of one client, by name.
    pub async fn teams_of(&mut self, scope: &ClientScope) -> Result<Vec<Team>, StoreError> {
        self.of(scope)
            .list(
                "SELECT t.client_id, t.team_id, t.name, t.version,
                        (SELECT COUNT(*) FROM agent a
                         WHERE a.team_id = t.team_id AND a.disabled = FALSE) AS agents
                 FROM team t WHERE t.client_id = $1 ORDER BY t.name",
                args![scope.client()],
            )
            .await
    }

    /// All skills, by name.
    pub async fn skills(&mut self, _: &ProviderScope) -> Result<Vec<Skill>, StoreError> {
        self.list(
            "SELECT s.skill_id, s.name, s.version,
                    (SELECT COUNT(*) FROM agent_skill x JOIN agent a ON a.agent_id = x.agent_id
                     WHERE x.skill_id = s.skill_id AND a.disabled = FALSE) AS agents
             FROM skill s ORDER BY s.name",
            args![],
        )
        .await
    }

    /// All sites, by name.
    pub async fn sites(&mut self, _: &ProviderScope) -> Result<Vec<Site>, StoreError> {
        self.list(
            "SELECT s.site_id, s.name, s.version,
                    (SELECT COUNT(*) FROM agent a
                     WHERE a.site_id = s.site_id AND a.disabled = FALSE) AS agents
             FROM site s ORDER BY s.name",
            args![],
        )
        .await
    }
}

impl Tx {
    /// Creates a calendar, with version 1.
    pub async fn create_calendar(
        &mut self,
        _: &ProviderScope,
        calendar: &Calendar,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO calendar (calendar_id, name, document, version) VALUES ($1, $2, $3, 1)",
            args![calendar.id, calendar.name.as_str(), json(calendar)?],
        )
        .await
        .map(drop)
    }

    /// Changes a calendar, from the version it was read with.
    pub async fn change_calendar(
        &mut self,
        _: &ProviderScope,
        CalendarRecord { document, version }: &CalendarRecord,
    ) -> Result<(), StoreError> {
        let rows = self
            .run(
                "UPDATE calendar SET name = $1, document = $2, version = version + 1
                 WHERE calendar_id = $3 AND version = $4",
                args![document.name.as_str(), json(document)?, document.id, *version],
            )
            .await?;
        changed(rows, "the calendar")
    }

    /// Creates a pool, with version 1.
    pub async fn create_pool(&mut self, _: &ProviderScope, pool: &Pool) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO pool (pool_id, name, fairness_cap_percent, version)
             VALUES ($1, $2, $3, 1)",
            args![pool.id, pool.name.as_str(), pool.fairness_cap_percent],
        )
        .await
        .map(drop)
    }

    /// Changes a pool, from the version it was read with.
    pub async fn change_pool(&mut self, _: &ProviderScope, pool: &Pool) -> Result<(), StoreError> {
        let rows = self
            .run(
                "UPDATE pool SET name = $1, fairness_cap_percent = $2, version = version + 1
                 WHERE pool_id = $3 AND version = $4",
                args![pool.name.as_str(), pool.fairness_cap_percent, pool.id, pool.version],
            )
            .await?;
        changed(rows, "the pool")
    }

    /// Creates a team, with version 1.
    pub async fn create_team(
        &mut self,
        scope: &ClientScope,
        team: &Team,
    ) -> Result<(), StoreError> {
        self.of(scope)
            .run(
                "INSERT INTO team (client_id, team_id, name, version) VALUES ($1, $2, $3, 1)",
                args![scope.client(), team.id, team.name.as_str()],
            )
            .await
            .map(drop)
    }

    /// Changes a team, from the version it was read with.
    pub async fn change_team(
        &mut self,
        scope: &ClientScope,
        team: &Team,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE team SET name = $2, version = version + 1
                 WHERE client_id = $1 AND team_id = $3 AND version = $4",
                args![scope.client(), team.name.as_str(), team.id, team.version],
            )
            .await?;
        changed(rows, "the team")
    }

    /// Creates a skill, with version 1.
    pub async fn create_skill(
        &mut self,
        _: &ProviderScope,
        skill: &Skill,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO skill (skill_id, name, version) VALUES ($1, $2, 1)",
            args![skill.id, skill.name.as_str()],
        )
        .await
        .map(drop)
    }

    /// Changes a skill, from the version it was read with.
    pub async fn change_skill(
        &mut self,
        _: &ProviderScope,
        skill: &Skill,
    ) -> Result<(), StoreError> {
        let rows = self
            .run(
                "UPDATE skill SET name = $1, version = version + 1
                 WHERE skill_id = $2 AND version = $3",
                args![skill.name.as_str(), skill.id, skill.version],
            )
            .await?;
        changed(rows, "the skill")
    }

    /// Creates a site, with version 1.
    pub async fn create_site(&mut self, _: &ProviderScope, site: &Site) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO site (site_id, name, version) VALUES ($1, $2, 1)",
            args![site.id, site.name.as_str()],
        )
        .await
        .map(drop)
    }

    /// Changes a site, from the version it was read with.
    pub async fn change_site(&mut self, _: &ProviderScope, site: &Site) -> Result<(), StoreError> {
        let rows = self
            .run(
                "UPDATE site SET name = $1, version = version + 1
                 WHERE site_id = $2 AND version = $3",
                args![site.name.as_str(), site.id, site.version],
            )
            .await?;
        changed(rows, "the site")
    }
}
