//! What agents' time costs the provider, and whose it is: the other side of a statement.
//!
//! An agent's time at work is cut in two. What was spent with contacts belongs to the clients whose
//! contacts they were; the rest, in which the agent was there for whoever came, is allotted by
//! [`allotted`]. Both parts together are the ledger's time at work, to the microsecond.

use std::collections::BTreeMap;

use domain::{AgentId, ClientId, PoolId, SiteId, tariff::SpanClass};

use crate::{exact::divided, facts::Facts};

/// One agent's time in a stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentTime {
    /// Where they work from.
    pub site: Option<SiteId>,
    /// The client whose team they are in.
    pub team_of: Option<ClientId>,
    /// Pools they serve.
    pub pools: Vec<PoolId>,
    /// Time at work, by the ledger.
    pub at_work_us: u64,
    /// Of it with contacts, by the ledger.
    pub worked_us: u64,
    /// Seconds with contacts by client, as [`add_work`] counts them: with several contacts at once they are
    /// more than the ledger's, and only their proportion is used.
    pub by_client: BTreeMap<ClientId, u64>,
}

/// Time that is one client's, or nobody's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allotted {
    /// With contacts.
    pub worked_us: u64,
    /// There, for whoever would come.
    pub waiting_us: u64,
}

/// Whose time, at which site; `None` for nobody's, and for agents without a site.
pub type Place = (Option<ClientId>, Option<SiteId>);

/// What an hour of an agent costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourCosts {
    /// A paid hour with all that comes on top, in minor units, where a site has no cost of its own.
    pub usual_minor: u32,
    /// The same by site.
    pub sites: BTreeMap<SiteId, u32>,
    /// Paid time that is no time at work, in thousandths.
    pub shrinkage_permille: u16,
}

impl HourCosts {
    /// What a paid hour costs at a site.
    pub fn hour_minor(&self, site: Option<SiteId>) -> u32 {
        site.and_then(|site| self.sites.get(&site).copied()).unwrap_or(self.usual_minor)
    }

    /// What time at work costs there, rounded once, half away from zero: paid hours = hours at work /
    /// (1 − shrinkage).
    pub fn cost_minor(&self, site: Option<SiteId>, us: u64) -> i64 {
        let paid = 1_000 - i128::from(self.shrinkage_permille.min(999));
        let exact = i128::from(us) * i128::from(self.hour_minor(site)) * 1_000;
        divided(exact, 3_600_000_000 * paid)
    }
}

/// Adds what agents spent with one client's contacts: talk, hold, wrap-up, and ringing at a customer whom
/// they call.
pub fn add_work(
    work: &mut BTreeMap<AgentId, BTreeMap<ClientId, u64>>,
    client: ClientId,
    facts: &[Facts],
) {
    use SpanClass as S;
    for span in facts.iter().flat_map(|facts| &facts.spans) {
        let works = matches!(span.class, S::Talk | S::Hold | S::WrapUp | S::Ringing);
        if let Some(agent) = span.agent.filter(|_| works) {
            *work.entry(agent).or_default().entry(client).or_default() += span.length_us();
        }
    }
}

/// Whose the agents' time is.
///
/// - **With contacts**: by the seconds that the agent spent with each client's.
/// - **Waiting**, of an agent in a client's team: that client's, since the team is there for it alone.
/// - **Waiting**, of any other agent: in the proportion of the agent's own seconds with contacts; of one who
///   had none, in that of all who share a pool with them; then of all agents in no team; else nobody's.
pub fn allotted(agents: &[AgentTime]) -> BTreeMap<Place, Allotted> {
    let mut places: BTreeMap<Place, Allotted> = BTreeMap::new();
    let shared = || agents.iter().filter(|agent| agent.team_of.is_none());
    for agent in agents {
        let mut add = |client: Option<ClientId>, us: u64, worked: bool| {
            let place = places.entry((client, agent.site)).or_default();
            let part = if worked { &mut place.worked_us } else { &mut place.waiting_us };
            *part += us;
        };
        let has_worked = agent.by_client.values().any(|us| *us > 0);
        let worked_us = agent.worked_us.min(agent.at_work_us);
        // Who only gave advice has worked for no client.
        let worked_us = if has_worked { worked_us } else { 0 };
        for (client, us) in split(worked_us, &agent.by_client) {
            add(Some(client), us, true);
        }
        let waiting_us = agent.at_work_us - worked_us;
        if let Some(client) = agent.team_of {
            add(Some(client), waiting_us, false);
            continue;
        }
        let beside = |other: &&AgentTime| agent.pools.iter().any(|pool| other.pools.contains(pool));
        let of_pools = || sum(agents.iter().filter(beside));
        let by = match has_worked {
            true => agent.by_client.clone(),
            false => Some(of_pools()).filter(|by| !by.is_empty()).unwrap_or_else(|| sum(shared())),
        };
        if by.is_empty() {
            add(None, waiting_us, false);
        }
        for (client, us) in split(waiting_us, &by) {
            add(Some(client), us, false);
        }
    }
    places.retain(|_, time| time.worked_us > 0 || time.waiting_us > 0);
    places
}

/// A part of a billing period's amount, by days, rounded half away from zero.
pub fn by_days(amount_minor: i64, days: u64, of_days: u64) -> i64 {
    divided(i128::from(amount_minor) * i128::from(days), i128::from(of_days.max(1)))
}

/// What agents did for each client, together.
fn sum<'a>(agents: impl Iterator<Item = &'a AgentTime>) -> BTreeMap<ClientId, u64> {
    let mut by: BTreeMap<ClientId, u64> = BTreeMap::new();
    for (client, us) in agents.flat_map(|agent| &agent.by_client).filter(|(_, us)| **us > 0) {
        *by.entry(*client).or_default() += us;
    }
    by
}

/// Time in the proportion of weights; the parts sum to the whole.
fn split(us: u64, weights: &BTreeMap<ClientId, u64>) -> Vec<(ClientId, u64)> {
    let all: u128 = weights.values().map(|weight| u128::from(*weight)).sum();
    let (mut passed, mut given) = (0_u128, 0_u64);
    let part = |(client, weight): (&ClientId, &u64)| {
        passed += u128::from(*weight);
        // At most `us`, since `passed` is at most `all`.
        let until = u64::try_from(u128::from(us) * passed / all.max(1)).unwrap_or(us);
        let part = until - given;
        given = until;
        (*client, part)
    };
    weights.iter().map(part).filter(|(_, us)| *us > 0).collect()
}
