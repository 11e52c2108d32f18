//! Whose the agents' time is, and what it costs.

use std::collections::BTreeMap;

use billing::cost::{AgentTime, Allotted, HourCosts, Place, allotted, by_days};
use domain::{ClientId, PoolId, SiteId};
use proptest::prelude::*;

const HOUR: u64 = 3_600_000_000;
const POOL: PoolId = PoolId::from_u128(9);
const A: ClientId = ClientId::from_u128(0xa);
const B: ClientId = ClientId::from_u128(0xb);

fn agent(at_work: u64, worked: u64, by: &[(ClientId, u64)]) -> AgentTime {
    AgentTime {
        site: None,
        team_of: None,
        pools: vec![POOL],
        at_work_us: at_work,
        worked_us: worked,
        by_client: by.iter().copied().collect(),
    }
}

fn of(places: &BTreeMap<Place, Allotted>, client: Option<ClientId>) -> (u64, u64) {
    let time = places.get(&(client, None)).copied().unwrap_or_default();
    (time.worked_us, time.waiting_us)
}

#[test]
fn a_shared_agent_waits_for_those_they_worked_for() {
    // Two chats at once: four hours of seconds in three hours of work, three of them for A.
    let both = agent(8 * HOUR, 3 * HOUR, &[(A, 3 * HOUR), (B, HOUR)]);
    let places = allotted(&[both]);
    assert_eq!(of(&places, Some(A)), (9 * HOUR / 4, 15 * HOUR / 4));
    assert_eq!(of(&places, Some(B)), (3 * HOUR / 4, 5 * HOUR / 4));
}

#[test]
fn a_team_waits_for_its_client_alone() {
    let helper = AgentTime { team_of: Some(A), ..agent(8 * HOUR, HOUR, &[(B, HOUR)]) };
    let places = allotted(&[helper]);
    assert_eq!(of(&places, Some(A)), (0, 7 * HOUR));
    assert_eq!(of(&places, Some(B)), (HOUR, 0));
}

#[test]
fn who_had_no_contact_waited_for_those_of_the_pool_then_of_all_then_for_nobody() {
    let (idle, busy) = (agent(4 * HOUR, 0, &[]), agent(HOUR, HOUR, &[(A, HOUR)]));
    let places = allotted(&[idle.clone(), busy.clone()]);
    assert_eq!(of(&places, Some(A)), (HOUR, 4 * HOUR));
    let elsewhere = AgentTime { pools: vec![PoolId::from_u128(8)], ..idle.clone() };
    assert_eq!(of(&allotted(&[elsewhere.clone(), busy]), Some(A)), (HOUR, 4 * HOUR));
    // Advice alone is work for no client.
    let adviser = AgentTime { worked_us: HOUR, ..elsewhere };
    assert_eq!(of(&allotted(&[adviser]), None), (0, 4 * HOUR));
}

#[test]
fn an_hour_costs_what_its_site_says_and_what_shrinkage_adds() {
    let site = SiteId::from_u128(7);
    let costs = HourCosts {
        usual_minor: 2_400,
        sites: [(site, 900)].into_iter().collect(),
        shrinkage_permille: 250,
    };
    for (site, us, minor) in [
        (None, HOUR, 3_200),
        (Some(site), HOUR, 1_200),
        (Some(SiteId::from_u128(8)), 2 * HOUR, 6_400),
        // 1 s at 24.00 / 0.75 an hour is 0.889 cents.
        (None, 1_000_000, 1),
        (None, 0, 0),
    ] {
        assert_eq!(costs.cost_minor(site, us), minor, "{site:?} {us}");
    }
}

#[test]
fn four_weeks_count_by_their_days_in_the_month() {
    for (amount, days, of, want) in [(2_800, 3, 28, 300), (-2_801, 14, 28, -1_401), (5, 0, 28, 0)] {
        assert_eq!(by_days(amount, days, of), want);
    }
}

proptest! {
    #[test]
    fn nobodys_time_is_lost_or_counted_twice(
        agents in proptest::collection::vec(
            (0_u64..9 * HOUR, 0_u64..9 * HOUR, proptest::collection::btree_map(0_u128..4, 0_u64..HOUR, 0..4), 0_u128..6, 0_u128..3, 0_u128..3),
            0..8,
        ),
    ) {
        let agents: Vec<AgentTime> = agents
            .into_iter()
            .map(|(at_work_us, worked_us, by, team, pool, site)| AgentTime {
                site: (site > 0).then(|| SiteId::from_u128(site)),
                team_of: (team > 2).then(|| ClientId::from_u128(team - 3)),
                pools: (pool > 0).then(|| PoolId::from_u128(pool)).into_iter().collect(),
                at_work_us,
                worked_us,
                by_client: by.into_iter().map(|(c, us)| (ClientId::from_u128(c), us)).collect(),
            })
            .collect();
        let mut by_site: BTreeMap<Option<SiteId>, u64> = BTreeMap::new();
        for agent in &agents {
            *by_site.entry(agent.site).or_default() += agent.at_work_us;
        }
        by_site.retain(|_, us| *us > 0);
        let mut told: BTreeMap<Option<SiteId>, u64> = BTreeMap::new();
        for ((_, site), time) in allotted(&agents) {
            *told.entry(site).or_default() += time.worked_us + time.waiting_us;
        }
        prop_assert_eq!(told, by_site);
    }
}
