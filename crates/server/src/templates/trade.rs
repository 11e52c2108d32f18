//! A template as its file says it, and the contract that it makes.

use std::collections::BTreeMap;

use api::{
    admin::{
        calendars::WeeklyRangeView,
        clients::ServiceModel,
        contracts::{
            ClockChoice, ClosedTerms, ContractTerms, ControlChoice, DispositionTerms,
            FormulaChoice, LocalisedTextView, NobodyOnShiftChoice, OverflowTerms,
            PeakGreetingTerms, PeriodTerms, PeriodWhen, PromiseTerms, QueueTerms, SelectionChoice,
            ServiceTerms, SkillAskTerms, WrapUpTerms,
        },
        tariff::{NotBilledChoice, NotBilledDispositionTerms, TariffTerms},
    },
    desk::ChannelKind,
};
use domain::contract::PAUSE_MAX_S;
use serde::Deserialize;
use toml::Value;
use uuid::Uuid;

/// The files, by trade, in the order in which they are shown.
const FILES: [(&str, &str); 5] = [
    ("medical_practice", include_str!("../../templates/medical_practice.toml")),
    ("law_office", include_str!("../../templates/law_office.toml")),
    ("property_management", include_str!("../../templates/property_management.toml")),
    ("online_shop", include_str!("../../templates/online_shop.toml")),
    ("help_desk", include_str!("../../templates/help_desk.toml")),
];

/// Languages in which every text of every file is there.
const LANGUAGES: [&str; 3] = ["en", "fr", "ru"];

/// A template in one language.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trade {
    pub name: String,
    pub why: String,
    pub model: ServiceModel,
    pub control: ControlChoice,
    pub weekly: Vec<WeeklyRangeView>,
    /// A pool answers beside the team, day and night.
    #[serde(default)]
    pub around_the_clock: bool,
    threshold_s: u32,
    target_percent: u8,
    call_limit_s: Option<u32>,
    retention_days: u32,
    peak: String,
    peak_s: u32,
    closed: String,
    pub queues: Vec<Request>,
    pub dispositions: Vec<Ending>,
    pub canned: Vec<Answer>,
    pub tariff: TariffTerms,
    pub menu: Option<Menu>,
}

/// One kind of request.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// By which the menu names it.
    key: String,
    pub name: String,
    pub channels: Vec<ChannelKind>,
    greeting: String,
    pub protocol: String,
    #[serde(default)]
    head_start_min: u16,
    #[serde(default)]
    wrap_up_s: u32,
    #[serde(default)]
    until_done: bool,
    #[serde(default)]
    pub skills: Vec<Skill>,
}

/// A skill that is asked, by its name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skill {
    pub name: String,
    pub level: u8,
    relax_after_s: Option<u32>,
    #[serde(default)]
    relaxed_level: u8,
}

/// How a contact may end.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    pub label: String,
    not_billed: Option<NotBilledChoice>,
}

/// A canned answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub shortcut: String,
    pub text: String,
}

/// What callers hear before a queue.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Menu {
    flow: String,
    pub prompts: BTreeMap<String, String>,
}

/// The trades, in the order in which they are shown.
pub fn trades() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(trade, _)| *trade)
}

/// A trade's template in a language; in English for one that it does not speak. `None` when there is no
/// such trade.
///
/// # Errors
/// When the file does not read, which a test rules out.
pub fn read(trade: &str, language: &str) -> Result<Option<Trade>, toml::de::Error> {
    let Some((_, text)) = FILES.iter().find(|(name, _)| *name == trade) else { return Ok(None) };
    let language = language.split('-').next().unwrap_or("en");
    let language = if LANGUAGES.contains(&language) { language } else { "en" };
    let file = Value::Table(toml::from_str(text)?);
    in_language(file, language).try_into().map(Some)
}

/// Whatever is said in all languages, said in one.
fn in_language(value: Value, language: &str) -> Value {
    match value {
        Value::Table(mut table) => {
            let is_text = table.len() == LANGUAGES.len()
                && LANGUAGES.iter().all(|one| table.get(*one).is_some_and(Value::is_str));
            match table.remove(language) {
                Some(text) if is_text => text,
                Some(other) => {
                    table.insert(language.to_owned(), other);
                    each(table, language)
                }
                None => each(table, language),
            }
        }
        Value::Array(all) => {
            Value::Array(all.into_iter().map(|one| in_language(one, language)).collect())
        }
        plain => plain,
    }
}

fn each(table: toml::Table, language: &str) -> Value {
    Value::Table(
        table.into_iter().map(|(key, value)| (key, in_language(value, language))).collect(),
    )
}

/// A template for one client.
#[derive(Clone, Debug)]
pub struct ForClient<'a> {
    /// The client's name, for the words.
    pub name: &'a str,
    pub zone: &'a str,
    /// The template in each of the client's languages; the first is the default.
    pub spoken: &'a [(String, Trade)],
    /// Hours of the team in a hybrid contract.
    pub team_hours: &'a [WeeklyRangeView],
    pub calendar: Uuid,
    pub pool: Option<Uuid>,
    pub team: Option<Uuid>,
    /// Skills by the name in the default language.
    pub skills: &'a BTreeMap<String, Uuid>,
    pub with_tariff: bool,
}

impl ForClient<'_> {
    fn first(&self) -> &Trade {
        // Whoever makes one has at least one language.
        &self.spoken[0].1
    }

    /// A text with the client's name in it.
    fn fill(&self, text: &str) -> String {
        text.replace("{client}", self.name).trim().to_owned()
    }

    fn each(&self, of: impl Fn(&Trade) -> &str) -> Vec<LocalisedTextView> {
        self.spoken
            .iter()
            .map(|(language, trade)| LocalisedTextView {
                language: language.clone(),
                text: self.fill(of(trade)),
            })
            .collect()
    }

    /// The terms of its contract.
    pub fn contract(&self) -> ContractTerms {
        let trade = self.first();
        let dispositions: Vec<DispositionTerms> = trade
            .dispositions
            .iter()
            .map(|ending| DispositionTerms { id: Uuid::now_v7(), label: ending.label.clone() })
            .collect();
        let tariff = self.with_tariff.then(|| {
            let mut tariff = trade.tariff.clone();
            let free = trade.dispositions.iter().zip(&dispositions);
            tariff.not_billed.dispositions = free
                .filter_map(|(ending, made)| {
                    let reason = ending.not_billed?;
                    Some(NotBilledDispositionTerms { disposition: made.id, reason })
                })
                .collect();
            // Seats are paid for when the team is there.
            for seat in &mut tariff.seats {
                seat.hours = self.team_hours.to_vec();
            }
            tariff
        });
        ContractTerms {
            zone: self.zone.to_owned(),
            hours: self.calendar,
            periods: self.periods(),
            queues: trade.queues.iter().enumerate().map(|(i, of)| self.queue(i, of)).collect(),
            languages: self.spoken.iter().map(|(language, _)| language.clone()).collect(),
            sites_allowed: None,
            closed: ClosedTerms::Message { text: self.each(|trade| &trade.closed) },
            dispositions,
            retention_days: trade.retention_days,
            pause_max_s: PAUSE_MAX_S,
            tariff,
        }
    }

    fn queue(&self, place: usize, of: &Request) -> QueueTerms {
        let wrap_up = match (of.until_done, of.wrap_up_s) {
            (true, _) => WrapUpTerms::UntilDone,
            (false, 0) => WrapUpTerms::None,
            (false, seconds) => WrapUpTerms::Fixed { seconds, extend_s: 60, extensions_max: 2 },
        };
        let skill = |ask: &Skill| SkillAskTerms {
            skill: self.skills.get(&ask.name).copied().unwrap_or_default(),
            level: ask.level,
            relax_after_s: ask.relax_after_s,
            relaxed_level: ask.relaxed_level,
        };
        QueueTerms {
            id: Uuid::now_v7(),
            name: of.name.clone(),
            channels: of.channels.clone(),
            // Every language has the same queues, which a test holds the files to.
            greeting: self.each(|trade| &trade.queues[place].greeting),
            protocol: self.fill(&of.protocol),
            skills: of.skills.iter().map(skill).collect(),
            language_required: false,
            head_start_min: of.head_start_min,
            selection: if of.skills.is_empty() {
                SelectionChoice::LongestIdle
            } else {
                SelectionChoice::ProficiencyFirst
            },
            sticky: None,
            offer_timeout_s: 20,
            wrap_up,
            announce_position: false,
            waiting_max: 100,
        }
    }

    fn periods(&self) -> Vec<PeriodTerms> {
        let shared = ServiceTerms::Shared { pools: self.pool.into_iter().collect() };
        let own = ServiceTerms::Dedicated { team: self.team.unwrap_or_default() };
        let language = self.spoken[0].0.split('-').next().unwrap_or("en");
        let (always, team, otherwise) = match language {
            "fr" => ("Toujours", "Équipe", "Autres heures"),
            "ru" => ("Всегда", "Команда", "В остальное время"),
            _ => ("Always", "Team", "Otherwise"),
        };
        match self.first().model {
            ServiceModel::Shared => vec![self.period(always, PeriodWhen::Always, shared)],
            ServiceModel::Dedicated => vec![self.period(always, PeriodWhen::Always, own)],
            ServiceModel::Hybrid => vec![
                self.period(team, PeriodWhen::Weekly { weekly: self.team_hours.to_vec() }, own),
                self.period(otherwise, PeriodWhen::Otherwise, shared),
            ],
        }
    }

    fn period(&self, name: &str, when: PeriodWhen, service: ServiceTerms) -> PeriodTerms {
        let trade = self.first();
        let is_shared = matches!(service, ServiceTerms::Shared { .. });
        let helped = !is_shared && trade.model == ServiceModel::Hybrid;
        let pools: Vec<Uuid> = self.pool.into_iter().collect();
        PeriodTerms {
            name: name.to_owned(),
            when,
            promise: PromiseTerms {
                threshold_s: trade.threshold_s,
                target_percent: trade.target_percent,
                formula: FormulaChoice::ExcludingShortAbandons,
                clock: ClockChoice::FirstRing,
                short_abandon_s: 5,
            },
            peak_greeting: is_shared.then(|| PeakGreetingTerms {
                text: self.each(|trade| &trade.peak),
                length_s: trade.peak_s,
            }),
            overflow: helped.then_some(OverflowTerms {
                after_s: Some(30),
                below_projected_percent: None,
                pools,
            }),
            nobody_on_shift: if helped {
                NobodyOnShiftChoice::Overflow
            } else {
                NobodyOnShiftChoice::WaitForNextShift
            },
            call_limit_s: trade.call_limit_s.filter(|_| is_shared),
            // The pool serves others too: its hours stay the provider's in a hybrid contract.
            control: match trade.model {
                ServiceModel::Hybrid if is_shared => ControlChoice::Provider,
                _ => trade.control,
            },
            service,
        }
    }

    /// The text of its call flow; `None` without a menu.
    pub fn flow(&self) -> Option<String> {
        let trade = self.first();
        let text = trade.menu.as_ref()?.flow.trim_start().to_owned();
        let named =
            |text: String, of: &Request| text.replace(&format!("{{queue.{}}}", of.key), &of.name);
        Some(trade.queues.iter().fold(text, named))
    }

    /// What the flow says: name, language, words.
    pub fn prompts(&self) -> Vec<(String, String, String)> {
        let of = |(language, trade): &(String, Trade)| {
            let prompts = trade.menu.iter().flat_map(|menu| &menu.prompts);
            prompts
                .map(|(name, words)| (name.clone(), language.clone(), self.fill(words)))
                .collect::<Vec<_>>()
        };
        self.spoken.iter().flat_map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::{CalendarId, ClientId, PoolId, SkillId, TeamId, Timestamp, contract::Known};
    use telephony::flow;

    use super::*;
    use crate::{
        admin::{Faults, wire},
        voice,
    };

    #[test]
    fn every_template_makes_a_contract_and_a_call_flow_without_a_fault_in_every_language() {
        let (calendar, pool, team) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        for trade in trades() {
            for languages in [vec!["en"], vec!["fr", "ru"], vec!["ru", "en", "fr"], vec!["de"]] {
                let spoken: Vec<(String, Trade)> = languages
                    .iter()
                    .map(|one| ((*one).to_owned(), read(trade, one).unwrap().unwrap()))
                    .collect();
                let names = spoken[0].1.queues.iter().flat_map(|queue| &queue.skills);
                let skills: BTreeMap<String, Uuid> =
                    names.zip(10..).map(|(s, n)| (s.name.clone(), Uuid::from_u128(n))).collect();
                let made = ForClient {
                    name: "Northwind",
                    zone: "Europe/Paris",
                    spoken: &spoken,
                    team_hours: &spoken[0].1.weekly,
                    calendar,
                    pool: Some(pool),
                    team: Some(team),
                    skills: &skills,
                    with_tariff: true,
                };
                let client = ClientId::from_u128(1);
                let mut faults = Faults::default();
                let terms = made.contract();
                let contract =
                    wire::contract(client, 1, Timestamp::from_secs(0), &terms, &mut faults);
                let known = Known {
                    calendars: [(CalendarId::from_uuid(calendar), "Europe/Paris".to_owned())]
                        .into(),
                    pools: [PoolId::from_uuid(pool)].into(),
                    teams: [(TeamId::from_uuid(team), client)].into(),
                    skills: skills.values().copied().map(SkillId::from_uuid).collect(),
                    ..Known::default()
                };
                assert_eq!(faults.0, [], "{trade} in {languages:?}");
                assert_eq!(contract.validate(&known), [], "{trade} in {languages:?}");
                assert!(contract.tariff.as_ref().is_some_and(|tariff| tariff.is_priced()));
                assert!(!contract.tariff.unwrap().not_billed.dispositions.is_empty(), "{trade}");
                let text = serde_json::to_string(&terms).unwrap();
                assert!(text.contains("Northwind") && !text.contains("{client}"), "{text}");

                let prompts = made.prompts();
                assert!(prompts.iter().all(|(_, _, words)| !words.contains('{')), "{prompts:?}");
                let mut again = Faults::default();
                let contract =
                    wire::contract(client, 1, Timestamp::from_secs(0), &terms, &mut again);
                let world = voice::world(
                    &contract,
                    std::iter::empty(),
                    prompts
                        .iter()
                        .map(|(name, language, _)| (name.clone(), language.parse().unwrap())),
                );
                let flow = made.flow().unwrap();
                assert_eq!(
                    flow::check(&flow, &world).faults,
                    [],
                    "{trade} in {languages:?}: {flow}"
                );
            }
        }
    }

    #[test]
    fn every_language_says_the_same_in_its_own_words() {
        for trade in trades() {
            let shape = |language: &str| {
                let of = read(trade, language).unwrap().unwrap();
                let queues: Vec<_> =
                    of.queues.iter().map(|q| (q.key.clone(), q.channels.clone())).collect();
                let shortcuts: BTreeSet<String> =
                    of.canned.iter().map(|a| a.shortcut.clone()).collect();
                assert_eq!(shortcuts.len(), of.canned.len(), "{trade}");
                let prompts: Vec<String> =
                    of.menu.iter().flat_map(|m| m.prompts.keys().cloned()).collect();
                (queues, shortcuts, prompts, of.dispositions.len())
            };
            assert_eq!(shape("en"), shape("fr"), "{trade}");
            assert_eq!(shape("en"), shape("ru-RU"), "{trade}");
            let names: BTreeSet<String> = LANGUAGES
                .iter()
                .map(|one| read(trade, one).unwrap().unwrap().queues[0].greeting.clone())
                .collect();
            assert_eq!(names.len(), 3, "{trade}");
        }
        assert_eq!(read("circus", "en").unwrap(), None);
    }
}
