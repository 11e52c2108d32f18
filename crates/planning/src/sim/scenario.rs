//! A floor to be simulated, checked: whoever holds one need not look at it again.

use domain::{
    CustomerId, Language, SkillId, Timestamp, Zone,
    calendar::Calendar,
    contract::{Channel, Contract},
};

use super::distribution::Distribution;
use crate::survival::Survival;

/// Clients with their contracts, agents with their shifts, and how long to watch them.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// When and how often.
    pub run: Run,
    /// What each channel costs of an agent's 100 points, by [`Channel`] in its order.
    pub cost: [u8; Channel::ALL.len()],
    /// Pools by name, with the most that one client may take of each while others wait, in percent.
    pub pools: Vec<(String, u8)>,
    /// Dedicated teams by name.
    pub teams: Vec<String>,
    /// Skills by name.
    pub skills: Vec<String>,
    /// The clients.
    pub clients: Vec<ClientPlan>,
    /// The agents.
    pub groups: Vec<GroupPlan>,
    /// Times at which desks of a group are not reachable.
    pub outages: Vec<Outage>,
}

/// When, how long and how often.
#[derive(Clone, Debug)]
pub struct Run {
    /// The first instant.
    pub start: Timestamp,
    /// Zone of shifts, hours, periods and weekly profiles.
    pub zone: Zone,
    /// From the first instant to the last arrival that counts, in microseconds.
    pub length_us: i64,
    /// Of this so much at the beginning counts in no figure.
    pub warm_up_us: i64,
    /// After the length contacts go on arriving, uncounted, until all that count have ended, but no
    /// longer than this.
    pub drain_us: i64,
    /// How often, each time on other random numbers.
    pub replications: u32,
    /// What the random numbers begin with.
    pub seed: u64,
}

/// A client: the contract as production reads it, and what comes in under it.
#[derive(Clone, Debug)]
pub struct ClientPlan {
    /// Its name.
    pub name: String,
    /// The contract.
    pub contract: Contract,
    /// Hours in which contacts are taken; `None` for always.
    pub hours: Option<Calendar>,
    /// What comes in, by queue of the contract in its order.
    pub queues: Vec<QueuePlan>,
}

/// What comes into one queue.
#[derive(Clone, Debug)]
pub struct QueuePlan {
    /// Its name.
    pub name: String,
    /// How contacts come.
    pub channel: Channel,
    /// When they come.
    pub demand: Demand,
    /// How long an agent is busy with one, wrap-up aside.
    pub handle: Distribution,
    /// The same for agents of single groups, by group.
    pub handle_by_group: Vec<Option<Distribution>>,
    /// Work after the contact; `None` for none.
    pub wrap_up: Option<Distribution>,
    /// How long a customer waits; `None` for as long as it takes.
    pub patience: Option<Distribution>,
    /// Those who gave up may try again.
    pub retry: Option<Retry>,
    /// Those who wait may ask to be called back.
    pub callback: Option<CallbackPlan>,
    /// What is known of each arrival of a recorded demand, in its order; empty for any other.
    pub taken: Vec<Taken>,
    /// The patience of recorded contacts that were not tried to the end.
    pub survival: Survival,
}

/// What is known of a contact that came.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// How it came.
    pub channel: Channel,
    /// Language of the customer.
    pub language: Option<Language>,
    /// The customer, for the preference of the last agent.
    pub customer: Option<CustomerId>,
    /// A skill that a call flow asked for.
    pub skill: Option<SkillId>,
    /// Between its first ring and its arrival, in microseconds.
    pub rang_us: i64,
    /// From the arrival until it was answered or gone, in microseconds.
    pub stayed_us: i64,
    /// How that ended.
    pub fate: Fate,
    /// Talk and hold of all who answered, in microseconds; `None` when nobody did.
    pub talk_us: Option<i64>,
    /// Wrap-up of all who answered, in microseconds.
    pub wrap_up_us: Option<i64>,
    /// The group of whoever answered first.
    pub group: Option<usize>,
}

/// How a customer's wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Answered, or ended by somebody else: they would have waited longer.
    Stayed,
    /// Left by themselves: that was their patience.
    Left,
    /// Asked to be called back.
    Callback,
}

/// Arrivals.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// By what they are drawn.
    pub kind: DemandKind,
    /// Coefficient of variation of the busyness of a civil day, which multiplies all of its rates;
    /// 0 for none.
    pub day_cv: f64,
}

/// How arrivals are described.
#[derive(Clone, Debug, PartialEq)]
pub enum DemandKind {
    /// Nothing comes.
    Nothing,
    /// A Poisson process of this rate, per second.
    Constant(f64),
    /// Poisson with a rate that is constant within intervals from the first instant; nothing comes
    /// afterwards, or all begins again.
    Intervals {
        /// Length of an interval in microseconds.
        interval_us: i64,
        /// Contacts expected in each.
        counts: Vec<f64>,
        /// Begin again at the end.
        repeat: bool,
    },
    /// The same for a civil week from Monday 00:00 in the zone of the run.
    Weekly {
        /// Minutes of an interval.
        interval_min: u16,
        /// Contacts expected in each.
        counts: Vec<f64>,
    },
    /// These very arrivals, in microseconds after the first instant, ascending.
    Recorded(Vec<i64>),
}

/// What customers do who have given up.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// So many of them try again.
    pub share: f64,
    /// After this time.
    pub after: Distribution,
    /// At most so often.
    pub most: u32,
}

/// What customers do who would rather be called back.
#[derive(Clone, Debug, PartialEq)]
pub struct CallbackPlan {
    /// So many of those who still wait after `after`.
    pub share: f64,
    /// After this wait, in seconds.
    pub after: f64,
    /// So many of them answer when they are called.
    pub reached: f64,
    /// Others are called again after this time, in seconds.
    pub retry_after: f64,
}

/// Agents alike.
#[derive(Clone, Debug)]
pub struct GroupPlan {
    /// Its name.
    pub name: String,
    /// Pools they serve, by index.
    pub pools: Vec<usize>,
    /// Their team, by index.
    pub team: Option<usize>,
    /// Languages they speak.
    pub languages: Vec<Language>,
    /// Skills with their levels, by index.
    pub skills: Vec<(usize, u8)>,
    /// Clients they are signed off for, by index.
    pub sign_offs: Vec<usize>,
    /// Clients whose contract keeps its contacts from their site, by index: nothing signs them off.
    pub barred: Vec<usize>,
    /// Channels with the most contacts at once.
    pub channels: Vec<(Channel, u8)>,
    /// When they work.
    pub shifts: Vec<Shift>,
    /// Chance that an agent does not come on a day.
    pub absence: f64,
    /// How long an offer rings before the agent answers; `None` for not at all.
    pub answer_after: Option<Distribution>,
    /// With so many other contacts in hand at the answer, handling takes `1 + slowdown × others` times
    /// as long.
    pub slowdown: f64,
}

/// Agents who work at the same hours.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// How many.
    pub agents: u32,
    /// When.
    pub hours: ShiftTime,
}

/// When a shift is worked.
#[derive(Clone, Debug, PartialEq)]
pub enum ShiftTime {
    /// Always.
    Always,
    /// At the same hours of each week.
    Weekly(ShiftHours),
    /// In these stretches, in microseconds after the first instant, ascending.
    Recorded(Vec<(i64, i64)>),
}

/// Hours of a shift, in civil time of the run's zone.
#[derive(Clone, Debug, PartialEq)]
pub struct ShiftHours {
    /// On which days it begins, from Monday.
    pub days: [bool; 7],
    /// Minute of the day at which it begins.
    pub from: u16,
    /// Minute at which it ends; on the next day when that is not later than `from`.
    pub until: u16,
    /// Breaks: microseconds after the beginning, and length.
    pub breaks: Vec<(i64, i64)>,
}

/// Desks of a group that are not reachable.
#[derive(Clone, Debug, PartialEq)]
pub struct Outage {
    /// The group, by index; `None` for all.
    pub group: Option<usize>,
    /// Microseconds after the first instant.
    pub from_us: i64,
    /// And the end.
    pub until_us: i64,
}

impl Scenario {
    /// How many agents there are.
    pub fn agents(&self) -> u64 {
        let shifts = self.groups.iter().flat_map(|group| &group.shifts);
        shifts.map(|shift| u64::from(shift.agents)).sum()
    }
}
