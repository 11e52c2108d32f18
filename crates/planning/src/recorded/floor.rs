//! From what was recorded to a floor that can be played.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AgentId, CalendarId, ClientId, Fault, PoolId, QueueId, SiteId, SkillId, TeamId, Timestamp,
    contract::{Contract, Queue, Service, SkillAsk, WrapUpRule},
};

use super::{House, Recorded, RecordedAgent, RecordedContact};
use crate::{
    sim::{
        ClientPlan, Demand, DemandKind, Distribution, GroupPlan, QueuePlan, Run, Scenario, Shift,
        ShiftTime, Taken,
        play::{client_id, pool_id, queue_id, skill_id, team_id},
    },
    survival::Survival,
};

/// Most contacts of a stretch that is played: a month of a floor with 20,000 contacts a day.
pub const CONTACTS_MAX: usize = 600_000;
/// A group's handle times say something when it answered so many of a queue.
const ANSWERED_FEW: usize = 30;
/// Customers of a queue of which so few left are as patient as the client's.
const LEFT_FEW: usize = 20;
/// Contacts of the stretch may end so much later.
const DRAIN_US: i64 = 24 * 3_600_000_000;

/// The places of ids in a scenario.
struct Places {
    pools: BTreeMap<PoolId, usize>,
    teams: BTreeMap<TeamId, usize>,
    skills: BTreeMap<SkillId, usize>,
    clients: BTreeMap<ClientId, usize>,
}

impl Recorded {
    /// Contacts of queues that no contract of the house has any more; they are not played.
    pub fn left_out(&self, house: &House) -> usize {
        let queues: BTreeSet<QueueId> = house
            .clients
            .iter()
            .flat_map(|client| client.contract.queues.iter().map(|queue| queue.id))
            .collect();
        self.contacts.iter().filter(|contact| !queues.contains(&contact.queue)).count()
    }

    /// The floor as it was, to be played `replications` times from `seed`.
    ///
    /// **Carried over**: arrivals with their channel, language, customer and asked skill; of each
    /// answered contact its talk (hold in it) and its wrap-up, scaled by the means of the two groups
    /// when another group answers it than did (each needs 30 contacts of the queue); the wait of who
    /// left or asked for a callback, as their patience; when each agent was at work; rules of agents
    /// and contracts.
    ///
    /// **Drawn**: how much longer than their wait those would have waited who were answered, from the
    /// product-limit estimate of their queue (of the client, then of all, where fewer than 20 left);
    /// how long an offer rings, from the group's own; talk and wrap-up of contacts that nobody
    /// answered, from those of the queue (of the client, then of all, where there are none).
    ///
    /// **Left out**: what was on the floor before the stretch, missed and refused offers, transfers and
    /// consults as such (their talk counts as the contact's), calls that agents placed, interruptions.
    /// A contact passed on is answered once.
    ///
    /// # Errors
    /// Too many contacts; a client without a contract; none or nobody at work.
    pub fn scenario(
        &self,
        house: &House,
        replications: u32,
        seed: u64,
    ) -> Result<Scenario, Vec<Fault>> {
        let mut faults = self.faults(house);
        let places = Places {
            pools: house.pools.iter().enumerate().map(|(at, pool)| (pool.0, at)).collect(),
            teams: house.teams.iter().enumerate().map(|(at, team)| (team.0, at)).collect(),
            skills: house.skills.iter().enumerate().map(|(at, skill)| (skill.0, at)).collect(),
            clients: house.clients.iter().enumerate().map(|(at, one)| (one.id, at)).collect(),
        };
        let start = self.span.from.micros();
        let groups = self.groups(house, &places, start);
        let group_of: BTreeMap<AgentId, usize> = groups
            .iter()
            .enumerate()
            .flat_map(|(at, (_, agents))| agents.iter().map(move |agent| (*agent, at)))
            .collect();
        let groups: Vec<GroupPlan> = groups.into_iter().map(|(plan, _)| plan).collect();
        let mut by_queue: BTreeMap<QueueId, Vec<&RecordedContact>> = BTreeMap::new();
        for contact in &self.contacts {
            by_queue.entry(contact.queue).or_default().push(contact);
        }
        let waits = |contacts: &mut dyn Iterator<Item = &RecordedContact>| {
            Survival::of(contacts.map(|contact| {
                (contact.stayed_us as f64 / 1e6, contact.fate == crate::sim::Fate::Left)
            }))
        };
        let left = |contacts: &mut dyn Iterator<Item = &RecordedContact>| {
            contacts.filter(|contact| contact.fate == crate::sim::Fate::Left).count()
        };
        let mut clients = Vec::new();
        for (at, one) in house.clients.iter().enumerate() {
            let contract = match remapped(&one.contract, at, &places) {
                Ok(contract) => contract,
                Err(fault) => {
                    faults.push(fault);
                    continue;
                }
            };
            let mut queues = Vec::new();
            for (queue, rules) in one.contract.queues.iter().zip(&contract.queues) {
                let none = Vec::new();
                let contacts = by_queue.get(&queue.id).unwrap_or(&none);
                let of_client = || self.contacts.iter().filter(|c| c.client == one.id);
                let survival = if left(&mut contacts.iter().copied()) >= LEFT_FEW {
                    waits(&mut contacts.iter().copied())
                } else if left(&mut of_client()) >= LEFT_FEW {
                    waits(&mut of_client())
                } else {
                    waits(&mut self.contacts.iter())
                };
                let answered = |contacts: &mut dyn Iterator<Item = &RecordedContact>| {
                    contacts.filter_map(|c| c.talk_us).map(seconds).collect::<Vec<f64>>()
                };
                let mut talks = answered(&mut contacts.iter().copied());
                if talks.is_empty() {
                    talks = answered(&mut of_client());
                }
                if talks.is_empty() {
                    talks = answered(&mut self.contacts.iter());
                }
                let known = Known { start, groups: groups.len(), group_of: &group_of };
                queues.push(queue_plan(rules, contacts, &known, &places, survival, talks));
            }
            let hours = Some(one.hours.clone());
            clients.push(ClientPlan { name: one.name.clone(), contract, hours, queues });
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Scenario {
            name: house.name.clone(),
            run: Run {
                start: self.span.from,
                zone: house.zone.clone(),
                length_us: self.span.until.micros() - start,
                warm_up_us: 0,
                drain_us: DRAIN_US,
                replications,
                seed,
            },
            cost: costs(&self.floor.cost),
            pools: house.pools.iter().map(|(_, name, cap)| (name.clone(), *cap)).collect(),
            teams: house.teams.iter().map(|(_, _, name)| name.clone()).collect(),
            skills: house.skills.iter().map(|(_, name)| name.clone()).collect(),
            clients,
            groups,
            outages: vec![],
        })
    }

    /// The same, but that whoever serves this pool can do all that anybody of it can: skills at their
    /// best level, every language, channel, pool and sign-off, at any site, and in no team. So that
    /// they may be counted.
    #[must_use]
    pub fn with_alike(&self, pool: PoolId) -> Self {
        let mut all = self.clone();
        let of_pool = |agent: &&RecordedAgent| agent.rules.pools.contains(&pool);
        let (mut skills, mut channels) = (BTreeMap::new(), BTreeMap::new());
        let (mut languages, mut pools, mut sign_offs) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for agent in self.agents.iter().filter(of_pool) {
            for (skill, level) in &agent.rules.skills {
                let best = skills.entry(*skill).or_insert(*level);
                *best = (*level).max(*best);
            }
            for (channel, most) in &agent.rules.channels {
                let best = channels.entry(*channel as usize).or_insert((*channel, *most));
                best.1 = best.1.max(*most);
            }
            languages.extend(agent.rules.languages.iter().copied());
            pools.extend(agent.rules.pools.iter().copied());
            sign_offs.extend(agent.rules.sign_offs.iter().copied());
        }
        for agent in &mut all.agents {
            if agent.rules.pools.contains(&pool) {
                agent.rules.skills = skills.iter().map(|(skill, level)| (*skill, *level)).collect();
                agent.rules.channels = channels.values().copied().collect();
                agent.rules.languages = languages.iter().copied().collect();
                agent.rules.pools = pools.iter().copied().collect();
                agent.rules.sign_offs = sign_offs.iter().copied().collect();
                agent.rules.team = None;
            }
        }
        all
    }

    fn faults(&self, house: &House) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.contacts.is_empty() {
            faults.push(Fault::new(
                "from",
                "nothing_recorded",
                domain::words!(
                    "No contact arrived from {} to {}.",
                    self.span.from,
                    self.span.until
                ),
                "Choose days on which the floor was open.",
            ));
        }
        if !self.contacts.is_empty() && self.contacts.iter().all(|c| c.talk_us.is_none()) {
            faults.push(Fault::new(
                "from",
                "nothing_answered",
                domain::words!(
                    "No contact was answered from {} to {}, so no handle time is known.",
                    self.span.from,
                    self.span.until
                ),
                "Choose days on which somebody answered.",
            ));
        }
        if self.contacts.len() > CONTACTS_MAX {
            faults.push(Fault::new(
                "from",
                "too_many_contacts",
                domain::words!("{} contacts arrived in this time.", self.contacts.len()),
                domain::words!("Choose fewer days, with at most {} contacts.", CONTACTS_MAX),
            ));
        }
        if self.agents.is_empty() {
            faults.push(Fault::new(
                "from",
                "nobody_at_work",
                domain::words!("Nobody worked from {} to {}.", self.span.from, self.span.until),
                "Choose days on which somebody was signed in.",
            ));
        }
        if house.clients.is_empty() {
            faults.push(Fault::new(
                "clients",
                "no_contracts",
                "No client has a contract.",
                "Publish a contract first.",
            ));
        }
        faults
    }

    /// Agents alike are a group. Gives each group with its agents, in the order of its shifts.
    fn groups(&self, house: &House, places: &Places, start: i64) -> Vec<(GroupPlan, Vec<AgentId>)> {
        let mut groups: Vec<(GroupPlan, Vec<AgentId>)> = Vec::new();
        for agent in &self.agents {
            let plan = group_plan(agent, house, places);
            let worked = agent.worked.iter();
            // Whoever was at work when the last of it was heard works on: what is played may last longer.
            let until = |at: Timestamp| match at >= self.heard_until {
                true => at.micros() - start + DRAIN_US,
                false => at.micros() - start,
            };
            let hours = ShiftTime::Recorded(
                worked.map(|s| (s.from.micros() - start, until(s.until))).collect(),
            );
            let shift = Shift { agents: 1, hours };
            let alike = |(other, _): &&mut (GroupPlan, Vec<AgentId>)| {
                other.pools == plan.pools
                    && other.team == plan.team
                    && other.skills == plan.skills
                    && other.languages == plan.languages
                    && other.sign_offs == plan.sign_offs
                    && other.barred == plan.barred
                    && other.channels == plan.channels
            };
            let found = groups.iter_mut().find(alike);
            let (group, agents) = match found {
                Some(group) => group,
                None => {
                    groups.push((plan, Vec::new()));
                    let last = groups.len() - 1;
                    &mut groups[last]
                }
            };
            group.shifts.push(shift);
            agents.push(agent.rules.agent);
        }
        for at in 0..groups.len() {
            let base = base_name(&groups[at].0, house);
            let taken = |name: &str| groups[..at].iter().any(|(group, _)| group.name == name);
            let numbered = (2..).map(|number| format!("{base} {number}"));
            let name = std::iter::once(base.clone()).chain(numbered).find(|name| !taken(name));
            let name = name.unwrap_or(base);
            let (group, agents) = &mut groups[at];
            group.name = name;
            let rang = self.contacts.iter().filter_map(|contact| {
                let by = contact.answered_by?;
                let us = contact.rang_us?;
                agents.contains(&by).then_some(us as f64 / 1e6)
            });
            let rang: Vec<f64> = rang.collect();
            group.answer_after = (!rang.is_empty()).then_some(Distribution::Empirical(rang));
        }
        groups
    }
}

fn base_name(group: &GroupPlan, house: &House) -> String {
    let pools = group.pools.iter().filter_map(|at| house.pools.get(*at)).map(|pool| &pool.1);
    let team = group.team.and_then(|at| house.teams.get(at)).map(|team| &team.2);
    let names: Vec<&str> = pools.chain(team).map(String::as_str).collect();
    if names.is_empty() { "Nobody's".to_owned() } else { names.join(" + ") }
}

fn group_plan(agent: &RecordedAgent, house: &House, places: &Places) -> GroupPlan {
    let rules = &agent.rules;
    let forbids = |sites: &Vec<SiteId>| !rules.site.is_some_and(|site| sites.contains(&site));
    let barred = house.clients.iter().enumerate().filter(|(_, client)| {
        // A site that may not answer is the same to routing as no sign-off.
        client.contract.sites_allowed.as_ref().is_some_and(forbids)
    });
    let barred: Vec<usize> = barred.map(|(at, _)| at).collect();
    let signed = rules.sign_offs.iter().filter_map(|client| places.clients.get(client).copied());
    let mut sign_offs: Vec<usize> = signed.filter(|at| !barred.contains(at)).collect();
    sign_offs.sort_unstable();
    let mut pools: Vec<usize> =
        rules.pools.iter().filter_map(|pool| places.pools.get(pool).copied()).collect();
    pools.sort_unstable();
    let mut skills: Vec<(usize, u8)> = rules
        .skills
        .iter()
        .filter_map(|(skill, level)| Some((*places.skills.get(skill)?, *level)))
        .collect();
    skills.sort_unstable();
    let mut languages = rules.languages.clone();
    languages.sort_unstable();
    GroupPlan {
        name: String::new(),
        pools,
        team: rules.team.and_then(|team| places.teams.get(&team).copied()),
        languages,
        skills,
        sign_offs,
        barred,
        channels: rules.channels.clone(),
        shifts: vec![],
        absence: 0.0,
        answer_after: None,
        slowdown: 0.0,
    }
}

fn costs(given: &[u8]) -> [u8; domain::contract::Channel::ALL.len()] {
    let mut cost = [100; domain::contract::Channel::ALL.len()];
    for (to, from) in cost.iter_mut().zip(given) {
        *to = *from;
    }
    cost
}

/// The contract with the ids of the scenario. Wrap-ups last until done, since their length is known.
fn remapped(contract: &Contract, at: usize, places: &Places) -> Result<Contract, Fault> {
    let unknown = |what: &'static str| {
        Fault::new(
            format!("clients[{at}].contract"),
            "unknown_id",
            domain::words!("It names a {} that is gone.", what),
            "Publish the contract anew.",
        )
    };
    let pools = |pools: &mut Vec<PoolId>| {
        for pool in pools {
            let place = places.pools.get(pool).ok_or_else(|| unknown("pool"))?;
            *pool = pool_id(*place);
        }
        Ok::<(), Fault>(())
    };
    let mut new = contract.clone();
    new.client = client_id(at);
    new.hours = CalendarId::from_u128(at as u128 + 1);
    new.sites_allowed = None;
    for period in &mut new.periods {
        match &mut period.service {
            Service::Shared { pools: named } => pools(named)?,
            Service::Dedicated { team } => {
                let place = places.teams.get(team).ok_or_else(|| unknown("team"))?;
                *team = team_id(*place);
            }
        }
        if let Some(overflow) = &mut period.overflow {
            pools(&mut overflow.pools)?;
        }
    }
    for (n, queue) in new.queues.iter_mut().enumerate() {
        let charges = new.tariff.iter_mut().flat_map(|tariff| &mut tariff.charges);
        for named in charges.flat_map(|charge| &mut charge.scope.queues) {
            if *named == queue.id {
                *named = queue_id(at, n);
            }
        }
        queue.id = queue_id(at, n);
        if queue.wrap_up != WrapUpRule::None {
            queue.wrap_up = WrapUpRule::UntilDone;
        }
        for SkillAsk { skill, .. } in &mut queue.skills {
            let place = places.skills.get(skill).ok_or_else(|| unknown("skill"))?;
            *skill = skill_id(*place);
        }
    }
    Ok(new)
}

fn seconds(us: i64) -> f64 {
    us as f64 / 1e6
}

/// What is known of the whole floor.
struct Known<'a> {
    start: i64,
    groups: usize,
    group_of: &'a BTreeMap<AgentId, usize>,
}

fn queue_plan(
    rules: &Queue,
    contacts: &[&RecordedContact],
    known: &Known<'_>,
    places: &Places,
    survival: Survival,
    talks: Vec<f64>,
) -> QueuePlan {
    let Known { start, groups, group_of } = *known;
    let group = |contact: &RecordedContact| {
        contact.answered_by.and_then(|agent| group_of.get(&agent).copied())
    };
    let wraps: Vec<f64> = contacts.iter().filter_map(|c| c.wrap_up_us).map(seconds).collect();
    let handle_by_group = (0..groups).map(|at| {
        let own = contacts.iter().filter(|contact| group(contact) == Some(at));
        let own: Vec<f64> = own.filter_map(|contact| contact.talk_us).map(seconds).collect();
        (own.len() >= ANSWERED_FEW).then_some(Distribution::Empirical(own))
    });
    let taken = contacts.iter().map(|contact| Taken {
        channel: contact.channel,
        language: Some(contact.language),
        customer: contact.customer,
        skill: contact.skill.and_then(|skill| places.skills.get(&skill)).map(|at| skill_id(*at)),
        rang_us: i64::try_from(contact.at.since(contact.clock_start).as_micros()).unwrap_or(0),
        stayed_us: contact.stayed_us,
        fate: contact.fate,
        talk_us: contact.talk_us,
        wrap_up_us: contact.wrap_up_us,
        group: group(contact),
    });
    // One where nothing came still waits on a channel of its own.
    let usual = rules.channels.first().copied().unwrap_or(domain::contract::Channel::Voice);
    let channel = contacts.first().map_or(usual, |contact| contact.channel);
    let times = contacts.iter().map(|contact| contact.at.micros() - start).collect();
    QueuePlan {
        name: rules.name.clone(),
        channel,
        demand: Demand {
            kind: match contacts.is_empty() {
                true => DemandKind::Nothing,
                false => DemandKind::Recorded(times),
            },
            day_cv: 0.0,
        },
        handle: Distribution::Empirical(talks),
        handle_by_group: handle_by_group.collect(),
        wrap_up: (!wraps.is_empty()).then_some(Distribution::Empirical(wraps)),
        patience: None,
        retry: None,
        callback: None,
        taken: taken.collect(),
        survival,
    }
}
