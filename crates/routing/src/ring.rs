//! Who may answer what: eligibility, and the classes of contacts that ask for the same.

use std::collections::{BTreeSet, VecDeque};

use domain::{Language, SkillId, contract::Channel};

use crate::{
    Ending, Ineligible, NobodyRules, RingWhy, Router, ServiceRules, agent::WorkStage, bits::Bits,
};

/// Classes kept beyond those in which somebody waits; the empty ones are dropped above it.
const CLASSES_KEPT: usize = 50_000;

/// What waits first in a class: rank, arrival number, class, client.
pub(crate) type Head = (i64, u64, u32, u32);

/// The heads of the classes that a pool or a team may answer, by channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heads(pub [BTreeSet<Head>; Channel::ALL.len()]);

/// Everything that decides which agents fit a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClassKey {
    pub queue: u32,
    pub period: u16,
    pub overflow: bool,
    /// Bit per skill of the queue that has relaxed.
    pub relaxed: u16,
    pub language: Language,
    pub channel: Channel,
    /// Asked on top, by a transfer.
    pub skill: Option<SkillId>,
}

/// Waiting contacts that ask for the same agents.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub key: ClassKey,
    pub client: u32,
    pub pools: Vec<u32>,
    pub team: Option<u32>,
    /// Agents who fit, signed in or not.
    pub members: Bits,
    /// Agents who will fit once every skill has relaxed; `None` when nothing is left to relax.
    reachable: Option<Bits>,
    /// In the order of service.
    pub waiting: VecDeque<(i64, u64, u32)>,
    /// The head under which the class stands at its pools and team.
    head: Option<(i64, u64)>,
}

impl Class {
    pub fn set_member(&mut self, agent: u32, member: bool, reachable: bool) {
        self.members.set(agent, member);
        if let Some(set) = &mut self.reachable {
            set.set(agent, reachable);
        }
    }
}

/// Whether the agent fits the class by what does not change from minute to minute.
pub(crate) fn fits_class(router: &Router, agent: u32, class: u32, relaxed: bool) -> bool {
    let class = &router.classes[class];
    let mut key = class.key;
    if relaxed {
        key.relaxed |= relaxable(router, key.queue);
    }
    router.static_reason(agent, &key, true).is_ok()
}

/// Bits of the skills that relax at all.
fn relaxable(router: &Router, queue: u32) -> u16 {
    let skills = router.queues[queue].rules.skills.iter().enumerate();
    skills.filter(|(_, skill)| skill.relax_after.is_some()).fold(0, |bits, (at, _)| bits | 1 << at)
}

impl Router {
    /// The class that a contact belongs to now.
    pub(crate) fn key_of(&self, slot: u32) -> ClassKey {
        let contact = &self.contacts[slot];
        let client = &self.clients[contact.client];
        ClassKey {
            queue: contact.queue,
            period: client.period,
            overflow: contact.overflow && client.overflow().is_some(),
            relaxed: contact.relaxed,
            language: contact.language,
            channel: contact.work_channel(),
            skill: contact.extra_skill,
        }
    }

    pub(crate) fn class_of(&mut self, slot: u32) -> u32 {
        let key = self.key_of(slot);
        if let Some(&class) = self.class_at.get(&key) {
            return class;
        }
        if self.classes.len() >= CLASSES_KEPT {
            self.drop_classes_where(|class| class.waiting.is_empty());
        }
        let class = self.build_class(key);
        let class = self.classes.insert(class);
        self.class_at.insert(key, class);
        class
    }

    /// A class with the agents who fit, and nobody waiting in it.
    pub(crate) fn build_class(&self, key: ClassKey) -> Class {
        let (pools, team) = self.ring(&key);
        let members = self.members(&key, &pools, team);
        let all = relaxable(self, key.queue);
        let reachable = (all & !key.relaxed != 0)
            .then(|| self.members(&ClassKey { relaxed: key.relaxed | all, ..key }, &pools, team));
        Class {
            key,
            client: self.queues[key.queue].client,
            pools,
            team,
            members,
            reachable,
            waiting: VecDeque::new(),
            head: None,
        }
    }

    /// The open rings: pools and team.
    fn ring(&self, key: &ClassKey) -> (Vec<u32>, Option<u32>) {
        let client = &self.clients[self.queues[key.queue].client];
        let Some(period) = client.rules.periods.get(usize::from(key.period)) else {
            return (Vec::new(), None);
        };
        let (mut pools, team) = match &period.service {
            ServiceRules::Shared(pools) => (self.pool_slots(pools), None),
            ServiceRules::Dedicated(team) => (Vec::new(), self.team_at.get(team).copied()),
        };
        if key.overflow
            && let Some(overflow) = &period.overflow
        {
            pools.extend(self.pool_slots(&overflow.pools));
        }
        pools.sort_unstable();
        pools.dedup();
        (pools, team)
    }

    fn pool_slots(&self, pools: &[domain::PoolId]) -> Vec<u32> {
        pools.iter().filter_map(|pool| self.pool_at.get(pool).copied()).collect()
    }

    fn members(&self, key: &ClassKey, pools: &[u32], team: Option<u32>) -> Bits {
        let mut set = Bits::default();
        for &pool in pools {
            set.add(&self.pools[pool as usize].members);
        }
        if let Some(team) = team {
            set.add(&self.teams[team as usize].members);
        }
        let client = &self.clients[self.queues[key.queue].client].rules;
        let nobody = Bits::default();
        set.keep(self.signed_off.get(&client.client).unwrap_or(&nobody));
        set.keep(&self.takes[key.channel as usize]);
        let out: Vec<u32> =
            set.iter().filter(|agent| self.static_reason(*agent, key, true).is_err()).collect();
        for agent in out {
            set.set(agent, false);
        }
        set
    }

    /// Why the agent does not fit, by what does not change from minute to minute. The signed-out
    /// are not told apart here. `skills` is `false` for agents asked for by name.
    pub(crate) fn static_reason(
        &self,
        slot: u32,
        key: &ClassKey,
        skills: bool,
    ) -> Result<(), Ineligible> {
        let agent = &self.agents[slot];
        let queue = &self.queues[key.queue];
        let client = &self.clients[queue.client].rules;
        let Some(period) = client.periods.get(usize::from(key.period)) else {
            return Err(Ineligible::NotInRing);
        };
        let first = match &period.service {
            ServiceRules::Shared(pools) => {
                pools.iter().any(|pool| agent.rules.pools.contains(pool))
            }
            ServiceRules::Dedicated(team) => agent.rules.team == Some(*team),
        };
        let overflow = || {
            key.overflow
                && period.overflow.as_ref().is_some_and(|overflow| {
                    overflow.pools.iter().any(|pool| agent.rules.pools.contains(pool))
                })
        };
        if !first && !overflow() {
            return Err(Ineligible::NotInRing);
        }
        if !agent.clients.get(queue.client) {
            return Err(Ineligible::NoSignOff);
        }
        if let Some(sites) = &client.sites_allowed
            && !agent.rules.site.is_some_and(|site| sites.contains(&site))
        {
            return Err(Ineligible::Site);
        }
        if agent.takes[key.channel as usize] == 0 {
            return Err(Ineligible::Channel);
        }
        if !skills {
            return Ok(());
        }
        if queue.rules.language_required && !agent.rules.languages.contains(&key.language) {
            return Err(Ineligible::Language);
        }
        let lacks = queue.rules.skills.iter().enumerate().any(|(at, ask)| {
            let level = if key.relaxed >> at & 1 == 1 { ask.relaxed_level } else { ask.level };
            agent.level(ask.skill) < level
        });
        if lacks || key.skill.is_some_and(|skill| agent.level(skill) == 0) {
            return Err(Ineligible::Skill);
        }
        Ok(())
    }

    /// Why the agent may not be offered the contact now; the first reason that holds.
    pub(crate) fn reason(&self, agent: u32, contact: u32) -> Result<(), Ineligible> {
        let key = self.key_of(contact);
        if !self.agents[agent].signed_in {
            return Err(Ineligible::SignedOut);
        }
        self.static_reason(agent, &key, true)?;
        self.present(agent, key.channel)?;
        self.not_busy(agent, key.channel)?;
        let entry = &self.contacts[contact];
        if entry.is_excluded(self.agents[agent].id()) {
            return Err(Ineligible::MissedBefore);
        }
        if entry.reserved.is_some_and(|reserved| reserved.agent != agent) {
            return Err(Ineligible::ReservedForAnother);
        }
        Ok(())
    }

    /// Why an agent asked for by name may not be given the contact; what they do right now and
    /// their skills are left out.
    pub(crate) fn may_be_named(&self, agent: u32, contact: u32) -> Result<(), Ineligible> {
        if !self.agents[agent].signed_in {
            return Err(Ineligible::SignedOut);
        }
        let key = self.key_of(contact);
        self.static_reason(agent, &key, false)?;
        self.present(agent, key.channel)
    }

    /// Why an offer that rings may not go on ringing under the rules now in force.
    pub(crate) fn may_keep_ringing(&self, agent: u32, contact: u32) -> Result<(), Ineligible> {
        self.static_reason(agent, &self.key_of(contact), false)
    }

    fn present(&self, slot: u32, channel: Channel) -> Result<(), Ineligible> {
        if self.agents[slot].is_away() {
            Err(Ineligible::Away)
        } else {
            self.reachable(slot, channel)
        }
    }

    /// Whether desk and phone carry what the channel needs.
    pub(crate) fn reachable(&self, slot: u32, channel: Channel) -> Result<(), Ineligible> {
        let agent = &self.agents[slot];
        if agent.lost_until.is_some() {
            Err(Ineligible::Lost)
        } else if channel.is_by_phone() && !agent.phone_ready {
            Err(Ineligible::PhoneNotReady)
        } else {
            Ok(())
        }
    }

    pub(crate) fn not_busy(&self, slot: u32, channel: Channel) -> Result<(), Ineligible> {
        let agent = &self.agents[slot];
        if agent.work.iter().any(|work| work.stage == WorkStage::Ringing) {
            Err(Ineligible::OfferRinging)
        } else if agent.free >> channel as usize & 1 == 0 {
            Err(Ineligible::AtCapacity)
        } else {
            Ok(())
        }
    }

    /// Whether the agent belongs to the first ring of the period in force.
    pub(crate) fn in_first_ring(&self, agent: u32, contact: u32) -> bool {
        let client = &self.clients[self.contacts[contact].client];
        let agent = &self.agents[agent].rules;
        match &client.period_rules().service {
            ServiceRules::Shared(pools) => pools.iter().any(|pool| agent.pools.contains(pool)),
            ServiceRules::Dedicated(team) => agent.team == Some(*team),
        }
    }

    /// Lets the contact wait in its class, after looking whether its ring is due to widen or is
    /// empty. It is looked at again at the end of the step.
    pub(crate) fn enqueue(&mut self, slot: u32) {
        // While it rang elsewhere nobody looked whether it may be offered again.
        let now = self.now;
        self.contacts[slot].missed.retain(|(_, until)| *until > now);
        self.open_due(slot);
        let class = self.class_of(slot);
        if !self.is_staffed(class) && self.empty_ring(slot) {
            return;
        }
        self.join_class(slot);
        self.fresh.push(slot);
    }

    /// Puts the contact into its class, and nothing else.
    pub(crate) fn join_class(&mut self, slot: u32) {
        let class = self.class_of(slot);
        let contact = &mut self.contacts[slot];
        contact.class = Some(class);
        let (rank, seq) = (contact.rank, contact.seq);
        let waiting = &mut self.classes[class].waiting;
        let at = waiting.partition_point(|(r, s, _)| (*r, *s) < (rank, seq));
        waiting.insert(at, (rank, seq, slot));
        if at == 0 {
            self.sync_head(class);
        }
        self.arm_contact(slot);
        if self.may_overflow_by_projection(slot) {
            let queue = self.contacts[slot].queue;
            self.arm_projection(queue);
        }
    }

    /// Takes the contact out of its class, if it is in one.
    pub(crate) fn leave_class(&mut self, slot: u32) {
        let contact = &mut self.contacts[slot];
        let Some(class) = contact.class.take() else { return };
        let (rank, seq) = (contact.rank, contact.seq);
        let waiting = &mut self.classes[class].waiting;
        let at = waiting.partition_point(|(r, s, _)| (*r, *s) < (rank, seq));
        if waiting.get(at).is_some_and(|(_, _, contact)| *contact == slot) {
            waiting.remove(at);
        }
        if at == 0 {
            self.sync_head(class);
        }
    }

    /// Tells the pools and the team of a class who waits first in it.
    fn sync_head(&mut self, slot: u32) {
        let class = &mut self.classes[slot];
        let head = class.waiting.front().map(|(rank, seq, _)| (*rank, *seq));
        let before = std::mem::replace(&mut class.head, head);
        if before == head {
            return;
        }
        let (channel, client) = (class.key.channel as usize, class.client);
        if let Some(team) = class.team {
            move_head(
                &mut self.teams[team as usize].heads.0[channel],
                before,
                head,
                (slot, client),
            );
        }
        for &pool in &class.pools {
            move_head(
                &mut self.pools[pool as usize].heads.0[channel],
                before,
                head,
                (slot, client),
            );
        }
        let client = &mut self.clients[class.client];
        if before.is_none() {
            client.waiting_classes.push(slot);
        } else if head.is_none() {
            client.waiting_classes.retain(|class| *class != slot);
        }
    }

    /// Widens the ring where the time for it has come: skills relax, overflow opens.
    pub(crate) fn open_due(&mut self, slot: u32) -> bool {
        let contact = &self.contacts[slot];
        let waited = self.now.since(contact.wait_base);
        let skills = &self.queues[contact.queue].rules.skills;
        let mut opened = Vec::new();
        let mut relaxed = contact.relaxed;
        for (at, ask) in skills.iter().enumerate() {
            if relaxed >> at & 1 == 0 && ask.relax_after.is_some_and(|after| after <= waited) {
                relaxed |= 1 << at;
                opened.push(RingWhy::SkillRelaxed);
            }
        }
        let overflow = !contact.overflow
            && self.clients[contact.client]
                .overflow()
                .and_then(|overflow| overflow.after)
                .is_some_and(|after| after <= waited);
        if overflow {
            opened.push(RingWhy::OverflowWait);
        }
        self.contacts[slot].relaxed = relaxed;
        self.contacts[slot].overflow |= overflow;
        let any = !opened.is_empty();
        for why in opened {
            self.tell_ring(slot, why);
        }
        any
    }

    /// Whether anybody who fits, now or after relaxing, is signed in.
    pub(crate) fn is_staffed(&self, class: u32) -> bool {
        let class = &self.classes[class];
        class.reachable.as_ref().unwrap_or(&class.members).meets(&self.signed_in)
    }

    /// Nobody on shift: applies the contract's rule to a contact that is in no class. `true` when
    /// the contact has ended.
    fn empty_ring(&mut self, slot: u32) -> bool {
        let contact = &self.contacts[slot];
        let client = &self.clients[contact.client];
        match client.period_rules().nobody_on_shift {
            NobodyRules::Wait => false,
            NobodyRules::Overflow => {
                if !contact.overflow && client.overflow().is_some() {
                    self.contacts[slot].overflow = true;
                    self.tell_ring(slot, RingWhy::NobodyOnShift);
                }
                false
            }
            NobodyRules::Close => {
                // A callback is promised: it waits for the next shift.
                if contact.callback {
                    return false;
                }
                self.end_contact(slot, Ending::Closed);
                true
            }
        }
    }

    /// An agent has signed out: looks at what waited for them.
    pub(crate) fn look_for_empty_rings(&mut self, agent: u32) {
        let mut classes: Vec<u32> = Vec::new();
        let (pools, team) = (&self.agents[agent].pools, self.agents[agent].team);
        let heads = pools.iter().map(|pool| &self.pools[*pool as usize].heads);
        for heads in heads.chain(team.map(|team| &self.teams[team as usize].heads)) {
            classes.extend(heads.0.iter().flatten().map(|(_, _, class, _)| *class));
        }
        self.apply_empty_rings(classes);
    }

    /// An agent's rules have changed: looks at all that waits.
    pub(crate) fn look_for_empty_rings_everywhere(&mut self) {
        let classes = self.class_slots();
        self.apply_empty_rings(classes);
    }

    fn apply_empty_rings(&mut self, classes: Vec<u32>) {
        let mut waiting: Vec<(i64, u64, u32)> = Vec::new();
        for class in classes {
            if !self.is_staffed(class) {
                waiting.extend(self.classes[class].waiting.iter());
            }
        }
        waiting.sort_unstable();
        waiting.dedup();
        for (_, _, slot) in waiting {
            self.leave_class(slot);
            self.enqueue(slot);
        }
    }

    pub(crate) fn class_slots(&self) -> Vec<u32> {
        self.classes.iter().map(|(slot, _)| slot).collect()
    }

    pub(crate) fn drop_classes_of(&mut self, client: u32) {
        self.drop_classes_where(|class| class.client == client);
    }

    pub(crate) fn drop_classes_where(&mut self, drop: impl Fn(&Class) -> bool) {
        let gone: Vec<(u32, ClassKey)> = self
            .classes
            .iter()
            .filter(|(_, class)| class.waiting.is_empty() && drop(class))
            .map(|(slot, class)| (slot, class.key))
            .collect();
        for (slot, key) in gone {
            self.class_at.remove(&key);
            self.classes.remove(slot);
        }
    }
}

fn move_head(
    set: &mut BTreeSet<Head>,
    before: Option<(i64, u64)>,
    head: Option<(i64, u64)>,
    (class, client): (u32, u32),
) {
    if let Some((rank, seq)) = before {
        set.remove(&(rank, seq, class, client));
    }
    if let Some((rank, seq)) = head {
        set.insert((rank, seq, class, client));
    }
}
