//! The set-up checklist of a client: what is done, and what stands in the way of going live.

use std::collections::BTreeSet;

use api::admin::clients::{Checklist, ChecklistCode, ChecklistPoint};
use domain::{
    Language, PoolId, TeamId, Words,
    contract::{ClosedRule, Contract, LocalisedText, NobodyOnShift, Period, Service},
    words,
};
use store::records::{Agent, CallFlow, Client, ClientScope, PhoneLine, ProviderScope};

use super::{calendars, contracts};
use crate::{App, http::error::Result};

/// The checklist of a client, now.
pub async fn of(app: &App, client: &Client) -> Result<Checklist> {
    let now = app.clock.now();
    let (scope, provider) = (ClientScope::of(client.id), ProviderScope::granted());
    let mut records = app.store.view();
    let in_force = records.contract_in_force(&scope, now).await?;
    let newest = records.contract_versions(&scope).await?.into_iter().next();
    let contract = in_force.as_ref().or(newest.as_ref());
    let agents = records.agents(&provider).await?;
    let agents: Vec<&Agent> = agents
        .iter()
        .filter(|agent| !agent.disabled && agent.sign_offs().any(|id| id == client.id))
        .collect();

    let mut list = List { client, points: Vec::new() };
    let Some(contract) = contract else {
        list.without_contract();
        return Ok(list.finish());
    };
    let faults = contract.document.validate(&contracts::known(app, client.id).await?);
    match (&in_force, faults.first()) {
        (_, Some(fault)) => list.point(
            ChecklistCode::Contract,
            lacks(
                "contract_faults",
                words!("The contract has {} fault(s); the first: {}", faults.len(), fault.message),
                words!("Correct it: {}", fault.next),
            ),
        ),
        (Some(contract), None) => list.point(
            ChecklistCode::Contract,
            stands("contract_in_force", words!("Version {} is in force.", contract.version)),
        ),
        (None, None) => list.point(
            ChecklistCode::Contract,
            lacks(
                "contract_later",
                words!("Version {} holds only from {}.", contract.version, contract.valid_from),
                "Go live then, or publish a version that holds from now.",
            ),
        ),
    }
    let contract = &contract.document;
    let calendar = records.calendar(&provider, contract.hours).await?;
    list.point(
        ChecklistCode::Calendar,
        match calendar {
            None => lacks(
                "calendar_unknown",
                "The contract's calendar does not exist.",
                "Choose a calendar in the contract.",
            ),
            Some(record) => {
                let spans = calendars::open_spans(&record.document, now, now + calendars::AHEAD);
                match spans.as_deref() {
                    Ok([first, ..]) => stands(
                        "calendar_opens",
                        words!("{} opens next at {}.", record.document.name, first.from),
                    ),
                    Ok([]) | Err(_) => lacks(
                        "calendar_shut",
                        words!("{} does not open within two weeks.", record.document.name),
                        "Give it opening hours.",
                    ),
                }
            }
        },
    );
    let language = contract.languages.first().copied();
    list.point(ChecklistCode::Greeting, greetings(contract, language));
    list.point(ChecklistCode::Agents, staffed(contract, &agents));
    list.point(ChecklistCode::Fallback, fallback(contract, language, &agents));
    let queues: BTreeSet<_> = contract.queues.iter().map(|queue| queue.id).collect();
    let widgets = records.widgets(&scope).await?;
    let widgets = widgets.iter().filter(|w| w.queues.iter().any(|queue| queues.contains(queue)));
    let numbers = records.phone_lines(&ProviderScope::granted()).await?;
    let leads = |number: &&PhoneLine| {
        number.client == client.id && number.active && queues.contains(&number.queue)
    };
    let numbers: Vec<&PhoneLine> = numbers.iter().filter(leads).collect();
    let flows = records.call_flows(&scope).await?;
    list.point(
        ChecklistCode::WayIn,
        match widgets.count() + numbers.len() {
            0 => lacks(
                "ways_missing",
                "No widget and no number leads to a queue of the contract.",
                "Make a widget and choose its queues, or give the client a number.",
            ),
            n => stands(
                "ways",
                words!("{} widget(s) or number(s) lead to the contract's queues.", n),
            ),
        },
    );
    if let Some(found) = menu(&flows, &numbers) {
        list.point(ChecklistCode::Menu, found);
    }
    Ok(list.finish())
}

/// What callers hear before a queue; nothing is said of a client without a call flow.
fn menu(flows: &[CallFlow], numbers: &[&PhoneLine]) -> Option<Found> {
    let first = flows.first()?;
    let published =
        |name: &String| flows.iter().any(|flow| flow.name == *name && flow.published.is_some());
    let through =
        numbers.iter().filter(|number| number.flow.as_ref().is_some_and(published)).count();
    let of_published = flows.iter().find(|flow| flow.published.is_some());
    Some(match (numbers.is_empty(), through, of_published) {
        (true, ..) => stands(
            "menu_waits",
            words!("The menu `{}` is heard once a number leads to it.", first.name),
        ),
        (false, 0, None) => lacks(
            "menu_draft",
            words!("The menu `{}` is a draft, so callers do not hear it.", first.name),
            "Record its words and publish it, or remove it.",
        ),
        (false, 0, Some(flow)) => lacks(
            "menu_unused",
            words!("The menu `{}` is published, but no number leads through it.", flow.name),
            "Choose it at the number.",
        ),
        (false, n, _) => stands("menu_leads", words!("{} number(s) lead through a menu.", n)),
    })
}

/// What stands, or what stands in the way and what to do.
struct Found {
    done: bool,
    finding: &'static str,
    message: Words,
    next: Words,
}

fn stands(finding: &'static str, message: impl Into<Words>) -> Found {
    Found { done: true, finding, message: message.into(), next: Words::default() }
}

fn lacks(finding: &'static str, message: impl Into<Words>, next: impl Into<Words>) -> Found {
    Found { done: false, finding, message: message.into(), next: next.into() }
}

struct List<'c> {
    client: &'c Client,
    points: Vec<ChecklistPoint>,
}

impl List<'_> {
    fn point(&mut self, code: ChecklistCode, found: Found) {
        let client = self.client.id;
        let link = match code {
            ChecklistCode::Contract | ChecklistCode::Greeting | ChecklistCode::Fallback => {
                format!("/admin/clients/{client}/contract")
            }
            ChecklistCode::Calendar => "/admin/calendars".to_owned(),
            ChecklistCode::Agents => "/admin/agents".to_owned(),
            ChecklistCode::WayIn => format!("/admin/clients/{client}/widgets"),
            ChecklistCode::Menu => format!("/admin/clients/{client}/flows"),
        };
        self.points.push(ChecklistPoint {
            code,
            done: found.done,
            message: found.message.text,
            next: found.next.text,
            finding: found.finding.to_owned(),
            args: [found.message.args, found.next.args].concat(),
            link,
        });
    }

    fn without_contract(&mut self) {
        let missing = |what: &str| -> Found {
            lacks(
                "part_of_contract",
                words!("{} is part of the contract, and there is none.", what),
                "Publish a contract.",
            )
        };
        self.point(
            ChecklistCode::Contract,
            lacks("contract_missing", "There is no contract.", "Write one and publish it."),
        );
        self.point(ChecklistCode::Calendar, missing("The calendar"));
        self.point(ChecklistCode::Greeting, missing("A queue's greeting"));
        self.point(ChecklistCode::Agents, missing("Who may answer"));
        self.point(ChecklistCode::Fallback, missing("What happens outside the hours"));
        self.point(
            ChecklistCode::WayIn,
            lacks(
                "way_in_without_contract",
                "A widget leads to queues of a contract, and there is none.",
                "Publish a contract, then make a widget.",
            ),
        );
    }

    fn finish(self) -> Checklist {
        Checklist { ready: self.points.iter().all(|point| point.done), points: self.points }
    }
}

fn has_words(texts: &[LocalisedText], language: Option<Language>) -> bool {
    texts.iter().any(|text| Some(text.language) == language && !text.text.trim().is_empty())
}

fn greetings(contract: &Contract, language: Option<Language>) -> Found {
    let silent: Vec<&str> = contract
        .queues
        .iter()
        .filter(|queue| !has_words(&queue.greeting, language))
        .map(|queue| queue.name.as_str())
        .collect();
    if contract.queues.is_empty() {
        lacks("queues_none", "The contract has no queue.", "Add a queue with its greeting.")
    } else if silent.is_empty() {
        stands("greetings", words!("{} queue(s) have their greeting.", contract.queues.len()))
    } else {
        lacks(
            "greetings_missing",
            words!("No greeting in the default language: {}.", silent.join(", ")),
            "Write what an agent says first.",
        )
    }
}

fn in_pools(agents: &[&Agent], pools: &[PoolId]) -> bool {
    agents.iter().any(|agent| agent.pools.iter().any(|pool| pools.contains(pool)))
}

fn in_team(agents: &[&Agent], team: TeamId) -> bool {
    agents.iter().any(|agent| agent.team == Some(team))
}

fn has_agent(period: &Period, agents: &[&Agent]) -> bool {
    match &period.service {
        Service::Shared { pools } => in_pools(agents, pools),
        Service::Dedicated { team } => in_team(agents, *team),
    }
}

fn staffed(contract: &Contract, agents: &[&Agent]) -> Found {
    let empty: Vec<&str> = contract
        .periods
        .iter()
        .filter(|period| !has_agent(period, agents))
        .map(|period| period.name.as_str())
        .collect();
    if contract.periods.is_empty() {
        lacks("periods_none", "The contract has no period.", "Say who answers when.")
    } else if empty.is_empty() {
        stands("agents", words!("{} agent(s) are signed off for this client.", agents.len()))
    } else {
        lacks(
            "agents_missing",
            words!(
                "No agent who is signed off for this client may answer in: {}.",
                empty.join(", ")
            ),
            "Sign an agent of the pool or team off for this client.",
        )
    }
}

fn fallback(contract: &Contract, language: Option<Language>, agents: &[&Agent]) -> Found {
    let (ClosedRule::Message { text } | ClosedRule::Wait { text }) = &contract.closed;
    if !has_words(text, language) {
        return lacks(
            "closed_words_missing",
            "There are no words for customers who come outside the hours.",
            "Write them in the default language.",
        );
    }
    let nobody = contract.periods.iter().find(|period| {
        period.nobody_on_shift == NobodyOnShift::Overflow
            && !period.overflow.as_ref().is_some_and(|over| in_pools(agents, &over.pools))
    });
    match nobody {
        None => stands(
            "fallback",
            "Customers are told outside the hours, and every period has its rule.",
        ),
        Some(period) => lacks(
            "overflow_unstaffed",
            words!("In {} nobody of the overflow pools is signed off.", period.name),
            "Sign an agent of those pools off, or choose another rule for an empty shift.",
        ),
    }
}
