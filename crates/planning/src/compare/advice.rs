//! What to beware of, and what to choose, in sentences.

use domain::{Words, words};
use serde::Serialize;

use super::{Compared, Comparison, Model, plan::Plan, search::Survey};
use crate::{Demand, Patience, Target, sim::Estimate, staffing::staff};

/// A contact longer than this is not what a shared contract is made for, in seconds.
const FIVE_MINUTES_S: f64 = 300.0;
/// Handle times that differ by this factor are unlike.
const UNLIKE: f64 = 2.0;
/// Fewer contacts a month than this hardly keep an agent busy.
const FEW: f64 = 100.0;

/// Something to beware of, or a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Its stable name.
    pub code: &'static str,
    /// The sentence.
    pub text: String,
    /// What the sentence filled in, for saying it in another language. Contracts are `shared`,
    /// `dedicated` and `hybrid`.
    pub args: Vec<String>,
}

impl Note {
    fn new(code: &'static str, words: Words) -> Self {
        Self { code, text: words.text, args: words.args }
    }
}

/// What to choose, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// The contract; `None` when none fits what is wanted.
    pub model: Option<Model>,
    /// The reasons, one a sentence.
    pub reasons: Vec<Note>,
}

impl Model {
    fn word(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Dedicated => "dedicated",
            Self::Hybrid => "hybrid",
        }
    }
}

/// Fills in warnings and advice.
pub(super) fn advise(plan: &Plan, survey: &Survey, served: &[usize], to: &mut Comparison) {
    to.warnings = warnings(plan, survey, served, to);
    to.advice = choose(plan, survey, to);
}

fn of(to: &Comparison, model: Model) -> Option<&Compared> {
    to.contracts.iter().find(|contract| contract.model == model)
}

fn price(contract: &Compared) -> f64 {
    contract.price_minor.mean.unwrap_or(0.0)
}

/// An amount as people read it, in whole units of its currency.
fn money(plan: &Plan, minor: f64) -> String {
    let currency = plan.currency();
    let unit = 10f64.powi(currency.decimals() as i32);
    format!("{:.0} {}", minor / unit, currency.code())
}

/// A number as people read it, without decimals.
fn whole(number: f64) -> String {
    format!("{number:.0}")
}

fn percent(estimate: Estimate) -> String {
    estimate.mean.map_or("-".to_owned(), |mean| format!("{:.1} %", mean * 100.0))
}

fn warnings(plan: &Plan, survey: &Survey, served: &[usize], to: &Comparison) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |code, text: Words| notes.push(Note::new(code, text));
    let others: Vec<usize> = served.iter().copied().filter(|at| *at != plan.client).collect();
    let weight = |at: usize| survey.rates[at].iter().sum::<f64>();
    let rate: f64 = others.iter().map(|at| weight(*at)).sum();
    let pool_handle = (rate > 0.0).then(|| {
        let busy = others.iter().map(|at| weight(*at) * survey.handle_s[*at]);
        busy.sum::<f64>() / rate
    });
    if let Some(pool) = pool_handle.filter(|pool| *pool > 0.0) {
        let ratio = to.handle_s / pool;
        if !(1.0 / UNLIKE..UNLIKE).contains(&ratio) {
            note(
                "unlike_handle_times",
                words!(
                    "A contact of {} takes {} s and one of the pool's others {} s: where handle times are so unlike, the short ones wait behind the long ones, and pooling gains less or costs.",
                    to.client,
                    whole(to.handle_s),
                    whole(pool)
                ),
            );
        }
    }
    if let (Some(shared), Some(dedicated)) = (of(to, Model::Shared), of(to, Model::Dedicated)) {
        if shared.agent_hours > dedicated.agent_hours {
            note(
                "pooling_hurts",
                words!(
                    "The pool needs {} agent hours more with {} than without, and a team of its own {}: here pooling costs agents instead of saving them.",
                    whole(shared.agent_hours),
                    to.client,
                    whole(dedicated.agent_hours)
                ),
            );
        }
        let cheaper_price = if price(shared) <= price(dedicated) { shared } else { dedicated };
        let cheaper_cost =
            if shared.cost_minor <= dedicated.cost_minor { shared } else { dedicated };
        if cheaper_price.model != cheaper_cost.model {
            note(
                "price_is_not_service",
                words!(
                    "By price the {} contract is cheaper ({} against {}), but at equal service the {} one takes less agent cost ({} against {}): the break-even of the price is not that of the service.",
                    cheaper_price.model.word(),
                    money(plan, price(cheaper_price)),
                    money(plan, price(shared).max(price(dedicated))),
                    cheaper_cost.model.word(),
                    money(plan, cheaper_cost.cost_minor as f64),
                    money(plan, shared.cost_minor.max(dedicated.cost_minor) as f64),
                ),
            );
        }
        if let Some(contacts) = break_even(to, shared, dedicated) {
            note(
                "price_break_even",
                words!(
                    "At about {} contacts in a billing period the two prices are equal, if each contact costs what it does now; {} has {}. The agents that equal service takes do not follow that line.",
                    whole(contacts),
                    to.client,
                    whole(to.contacts.mean.unwrap_or(0.0))
                ),
            );
        }
    }
    if to.handle_s > FIVE_MINUTES_S {
        note(
            "over_five_minutes",
            words!(
                "A contact takes {} s; shared contracts are made for contacts of up to {} s.",
                whole(to.handle_s),
                whole(FIVE_MINUTES_S)
            ),
        );
    }
    if let Some(text) = seventy_thirty(plan, survey, served, to) {
        note("seventy_thirty_out_of_reach", text);
    }
    for contract in &to.contracts {
        let word = contract.model.word();
        let level = contract.promise.service_level;
        let target = f64::from(contract.promise.target_percent) / 100.0;
        if let (Some(mean), Some(half)) = (level.mean, level.half_width_95)
            && mean - half < target
        {
            note(
                "not_significant",
                words!(
                    "Under the {} contract the promise is kept in the mean ({}), but its interval of ± {} points reaches below {} %: more replications tell more.",
                    word,
                    percent(level),
                    format!("{:.1}", half * 100.0),
                    contract.promise.target_percent
                ),
            );
        }
        if let Some((seats, team)) = seats(plan, contract) {
            note(
                "seats_differ",
                words!(
                    "The {} tariff is for {} seats at once, and equal service takes up to {} of the team: its price is not that of this staff.",
                    word,
                    seats,
                    team
                ),
            );
        }
        if !contract.least {
            note(
                "search_ended",
                words!(
                    "The search for the {} contract ended before it was known that no agent less will do.",
                    word
                ),
            );
        }
        if contract.margin_minor.mean.is_some_and(|margin| margin < 0.0) {
            note("loss", words!("The {} contract costs more than it brings in.", word));
        }
    }
    let days = plan.days().unwrap_or(1);
    let period = plan.period();
    if days % 7 != 0 && days < period.until.since(period.first) {
        note(
            "weekdays",
            words!(
                "The billing period is made of {} simulated days again and again, whatever the weekday; simulate whole weeks where weekdays differ.",
                days
            ),
        );
    }
    notes
}

/// Seats at once by the tariff and agents of the team at once, where both are and they differ.
fn seats(plan: &Plan, contract: &Compared) -> Option<(u32, u32)> {
    let tariff = match contract.model {
        Model::Shared => return None,
        Model::Dedicated => &plan.dedicated,
        Model::Hybrid => plan.hybrid.as_ref()?,
    };
    // Seats of other hours are others: the largest of them is what is there at once at least.
    let seats = tariff.seats.iter().map(|seats| seats.count).max()?;
    let team = contract.groups.iter().find(|group| group.name == plan.team.name)?;
    let team = team.agents.iter().copied().max()?;
    (seats != team).then_some((seats, team))
}

/// Contacts of a billing period at which two prices are equal, each being what does not depend on
/// contacts and so much for each of them.
fn break_even(to: &Comparison, shared: &Compared, dedicated: &Compared) -> Option<f64> {
    let contacts = to.contacts.mean.filter(|contacts| *contacts > 0.0)?;
    let split = |contract: &Compared| {
        let metered = contract.positions.iter().filter(|position| position.kind == "metered");
        let metered: f64 = metered.map(|position| position.amount_minor).sum();
        (price(contract) - metered, metered / contacts)
    };
    let ((fixed_s, each_s), (fixed_d, each_d)) = (split(shared), split(dedicated));
    let at = (fixed_d - fixed_s) / (each_s - each_d);
    at.is_finite().then_some(at).filter(|at| *at > 0.0)
}

/// Whether the pool is too small for 70/30 in its busiest interval.
fn seventy_thirty(
    plan: &Plan,
    survey: &Survey,
    served: &[usize],
    to: &Comparison,
) -> Option<Words> {
    let shared = of(to, Model::Shared)?;
    let pool = &plan.scenario.groups[plan.pool_group].name;
    let agents = &shared.groups.iter().find(|group| group.name == *pool)?.agents;
    let load_at = |interval: usize| -> (f64, f64) {
        served.iter().fold((0.0, 0.0), |(rate, load), at| {
            let more = survey.rates[*at][interval];
            (rate + more, load + more * survey.handle_s[*at])
        })
    };
    let busiest = (0..agents.len()).max_by(|a, b| load_at(*a).1.total_cmp(&load_at(*b).1))?;
    let (rate, load) = load_at(busiest);
    let demand = Demand {
        arrivals_per_s: rate,
        handle_s: load / rate,
        waiting_places: None,
        patience: Patience::Endless,
    };
    let needed = staff(&demand, &Target::SEVENTY_THIRTY, 0.0).ok()?.required_agents;
    (needed > agents[busiest]).then(|| {
        words!(
            "70/30 is out of the pool's reach: its 30 s for those who wait take about {} spare agents at a mean handle of {} s, so {} agents in its busiest interval, and the promises here take {}.",
            whole(demand.handle_s / 30.0),
            whole(demand.handle_s),
            needed,
            agents[busiest]
        )
    })
}

fn choose(plan: &Plan, survey: &Survey, to: &Comparison) -> Advice {
    let mut reasons = Vec::new();
    let mut say = |code, text: Words| reasons.push(Note::new(code, text));
    let fits = |contract: &&Compared| {
        (!plan.client_controls || contract.model != Model::Shared)
            && plan.budget_minor.is_none_or(|budget| price(contract) <= budget as f64)
    };
    let best = to
        .contracts
        .iter()
        .filter(fits)
        .min_by(|a, b| a.cost_minor.cmp(&b.cost_minor).then(price(a).total_cmp(&price(b))));
    match best {
        None => {
            let none = "No contract fits both what the client wants to control and its budget.";
            say("take_none", none.into())
        }
        Some(best) => {
            let others: Vec<&Compared> =
                to.contracts.iter().filter(|other| other.model != best.model).collect();
            let cost = |contract: &Compared| money(plan, contract.cost_minor as f64);
            say(
                "take",
                words!(
                    "Take the {} contract: with every promise kept its agents cost {} in {}.",
                    best.model.word(),
                    cost(best),
                    to.period
                ),
            );
            if let Some(terms) = &best.hybrid {
                match terms.overflow_after_s {
                    Some(after) => say(
                        "take_hours",
                        words!(
                            "Its team answers in the hours `{}`, and the pool helps after {} s.",
                            terms.hours,
                            after
                        ),
                    ),
                    None => say(
                        "take_hours_alone",
                        words!(
                            "Its team answers in the hours `{}`, and the pool does not help it.",
                            terms.hours
                        ),
                    ),
                }
            }
            for other in others {
                let (word, cost) = (other.model.word(), cost(other));
                say("take_not", words!("The {} contract would take agents for {}.", word, cost));
            }
        }
    }
    let contacts = to.contacts.mean.unwrap_or(0.0);
    if contacts < FEW {
        say(
            "volume_small",
            words!(
                "Volume: {} contacts in the billing period are fewer than {}; a team of its own would mostly wait.",
                whole(contacts),
                whole(FEW)
            ),
        );
    } else {
        let rates = survey.rates[plan.client].iter().zip(plan.week.minutes());
        let (came, open) = rates.filter(|(rate, _)| **rate > 0.0).fold(
            (0.0, 0.0),
            |(came, open), (rate, minutes)| {
                (came + rate * f64::from(minutes), open + f64::from(minutes))
            },
        );
        let load = came / open * to.handle_s;
        say(
            "volume",
            words!(
                "Volume: {} contacts in the billing period keep {} agents busy in the mean of the hours in which they come.",
                whole(contacts),
                format!("{load:.2}")
            ),
        );
    }
    if let Some(cv) = variability(&survey.hourly) {
        say(
            "variability",
            words!(
                "Variability: contacts an hour vary by {} % of their mean; the more they do, the more a pool evens out.",
                whole(cv * 100.0)
            ),
        );
    }
    let handle = whole(to.handle_s);
    if to.handle_s > FIVE_MINUTES_S {
        say(
            "handle_beyond",
            words!(
                "Handle time: {} s is beyond the five-minute point up to which a shared contract is made.",
                handle
            ),
        );
    } else {
        say(
            "handle_within",
            words!(
                "Handle time: {} s is within the five-minute point up to which a shared contract is made.",
                handle
            ),
        );
    }
    let busy = |rates: &&f64| **rates > 0.0;
    let minutes = plan.week.minutes();
    let open: u32 = survey.rates[plan.client]
        .iter()
        .zip(&minutes)
        .filter(|(r, _)| busy(r))
        .map(|(_, m)| *m)
        .sum();
    say(
        "hours",
        words!(
            "Hours: contacts come in intervals of {} h a week; each of them takes at least {} of a team's agents, and none more of a pool that is there anyway.",
            open / 60,
            plan.least
        ),
    );
    if plan.client_controls {
        say(
            "control_client",
            "Control: the client wants to change protocol, routing and promises itself, which a shared contract does not give.".into(),
        );
    } else {
        say(
            "control_provider",
            "Control: the provider keeps it, which every contract allows.".into(),
        );
    }
    match plan.budget_minor {
        Some(budget) => {
            let within = to.contracts.iter().filter(|contract| price(contract) <= budget as f64);
            let within: Vec<&str> = within.map(|contract| contract.model.word()).collect();
            let budget = money(plan, budget as f64);
            if within.is_empty() {
                say(
                    "budget_none",
                    words!("Budget: no contract is within {} in a billing period.", budget),
                );
            }
            for model in within {
                say(
                    "budget_within",
                    words!(
                        "Budget: the {} contract is within {} in a billing period.",
                        model,
                        budget
                    ),
                );
            }
        }
        None => say("budget_open", "Budget: none was given.".into()),
    }
    Advice { model: best.map(|best| best.model), reasons }
}

/// Standard deviation / mean of the contacts of an hour.
fn variability(hourly: &[f64]) -> Option<f64> {
    let n = hourly.len() as f64;
    let mean = hourly.iter().sum::<f64>() / n;
    let variance = hourly.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    (mean > 0.0).then(|| variance.sqrt() / mean)
}
