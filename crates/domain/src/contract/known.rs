//! What a contract may refer to.

use std::collections::{BTreeMap, BTreeSet};

use crate::{CalendarId, ClientId, PoolId, SiteId, SkillId, TeamId, tariff::Billed};

/// The things that exist outside a contract and that it names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Calendars, with their zones.
    pub calendars: BTreeMap<CalendarId, String>,
    /// Pools.
    pub pools: BTreeSet<PoolId>,
    /// Dedicated teams, with the one client that each serves.
    pub teams: BTreeMap<TeamId, ClientId>,
    /// Skills.
    pub skills: BTreeSet<SkillId>,
    /// Sites.
    pub sites: BTreeSet<SiteId>,
    /// How the client has been billed since its first tariff with a price; `None` before.
    pub billed: Option<Billed>,
}
