//! Taking away what nothing uses any more. What is still referred to by a row is refused by the
//! engine ([`StoreError::MissingReference`]); what a contract's document names is for the caller to
//! check first ([`View::contracts_from`]).

use domain::{CalendarId, PoolId, SiteId, SkillId, TeamId, Timestamp, WidgetId};

use super::{ClientScope, ContractVersion, ProviderScope};
use crate::{StoreError, Tx, View, value::args};

impl View {
    /// The contracts in force at `at`, and those that take force later.
    pub async fn contracts_from(
        &mut self,
        provider: &ProviderScope,
        at: Timestamp,
    ) -> Result<Vec<ContractVersion>, StoreError> {
        let mut contracts = self.contracts_in_force(provider, at).await?;
        let later: Vec<ContractVersion> = self
            .list(
                "SELECT client_id, version, valid_from_us, document, author_id, author_name, note,
                        published_us
                 FROM contract WHERE valid_from_us > $1 ORDER BY client_id, version",
                args![at],
            )
            .await?;
        contracts.extend(later);
        Ok(contracts)
    }
}

impl Tx {
    /// Removes a calendar. Whether there was one.
    pub async fn remove_calendar(
        &mut self,
        _: &ProviderScope,
        id: CalendarId,
    ) -> Result<bool, StoreError> {
        Ok(self.run("DELETE FROM calendar WHERE calendar_id = $1", args![id]).await? > 0)
    }

    /// Removes a pool. Whether there was one.
    pub async fn remove_pool(&mut self, _: &ProviderScope, id: PoolId) -> Result<bool, StoreError> {
        Ok(self.run("DELETE FROM pool WHERE pool_id = $1", args![id]).await? > 0)
    }

    /// Removes a team of the client. Whether there was one.
    pub async fn remove_team(
        &mut self,
        scope: &ClientScope,
        id: TeamId,
    ) -> Result<bool, StoreError> {
        let sql = "DELETE FROM team WHERE client_id = $1 AND team_id = $2";
        Ok(self.of(scope).run(sql, args![scope.client(), id]).await? > 0)
    }

    /// Removes a skill. Whether there was one.
    pub async fn remove_skill(
        &mut self,
        _: &ProviderScope,
        id: SkillId,
    ) -> Result<bool, StoreError> {
        Ok(self.run("DELETE FROM skill WHERE skill_id = $1", args![id]).await? > 0)
    }

    /// Removes a site. Whether there was one.
    pub async fn remove_site(&mut self, _: &ProviderScope, id: SiteId) -> Result<bool, StoreError> {
        Ok(self.run("DELETE FROM site WHERE site_id = $1", args![id]).await? > 0)
    }

    /// Removes a widget of the client that no conversation came by. Whether there was one.
    pub async fn remove_widget(
        &mut self,
        scope: &ClientScope,
        id: WidgetId,
    ) -> Result<bool, StoreError> {
        let sql = "DELETE FROM widget WHERE client_id = $1 AND widget_id = $2";
        Ok(self.of(scope).run(sql, args![scope.client(), id]).await? > 0)
    }
}
