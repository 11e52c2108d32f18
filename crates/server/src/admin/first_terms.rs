//! A first contract to start from: plain terms that somebody then changes.

use api::{
    admin::{
        calendars::WeeklyRangeView,
        clients::ServiceModel,
        contracts::{
            ClockChoice, ClosedTerms, ContractTerms, ControlChoice, DispositionTerms,
            FormulaChoice, LocalisedTextView, NobodyOnShiftChoice, OverflowTerms,
            PeakGreetingTerms, PeriodTerms, PeriodWhen, PromiseTerms, QueueTerms, SelectionChoice,
            ServiceTerms, WrapUpTerms,
        },
    },
    desk::ChannelKind,
};
use store::records::{Client, ProviderScope};
use uuid::Uuid;

use crate::{App, http::error::Result};

/// What a first contract is made of.
#[derive(Clone, Debug)]
pub struct FirstTerms<'p> {
    /// The client's name, for the words.
    pub name: &'p str,
    /// Its zone.
    pub zone: &'p str,
    /// Shared, dedicated or hybrid.
    pub model: ServiceModel,
    /// Hours of the client's own team under a hybrid contract.
    pub team_hours: &'p [WeeklyRangeView],
    /// Calendar of the hours in which contacts are taken.
    pub calendar: Uuid,
    /// The pool, for shared and hybrid.
    pub pool: Option<Uuid>,
    /// The team, for dedicated and hybrid.
    pub team: Option<Uuid>,
    /// Languages; the first is the default.
    pub languages: Vec<String>,
    /// Words an agent writes first; made from the name when empty.
    pub greeting: &'p str,
}

/// The terms proposed for a client without a contract: the first calendar, pool and own team there are.
pub async fn terms(app: &App, client: &Client) -> Result<ContractTerms> {
    let provider = ProviderScope::granted();
    let mut records = app.store.view();
    let pool = records.pools(&provider).await?.first().map(|pool| pool.id.uuid());
    let teams = records.teams(&provider).await?;
    let team = teams.iter().find(|team| team.client == client.id).map(|team| team.id.uuid());
    let calendars = records.calendars(&provider).await?;
    let calendar = calendars
        .iter()
        .find(|record| record.document.zone == client.zone)
        .or(calendars.first())
        .map_or(Uuid::nil(), |record| record.document.id.uuid());
    let model = if team.is_some() { ServiceModel::Dedicated } else { ServiceModel::Shared };
    Ok(FirstTerms {
        name: &client.name,
        zone: &client.zone,
        model,
        team_hours: &[],
        calendar,
        pool,
        team,
        languages: vec!["en".to_owned()],
        greeting: "",
    }
    .terms())
}

impl FirstTerms<'_> {
    /// The terms.
    pub fn terms(&self) -> ContractTerms {
        let default = self.languages.first().map_or("en", String::as_str);
        ContractTerms {
            zone: self.zone.to_owned(),
            hours: self.calendar,
            periods: self.periods(default),
            queues: vec![QueueTerms {
                id: Uuid::now_v7(),
                name: words(default, "Questions", "Questions", "Вопросы"),
                channels: vec![ChannelKind::Chat],
                greeting: self.greetings(default),
                protocol: String::new(),
                skills: Vec::new(),
                language_required: false,
                head_start_min: 0,
                selection: SelectionChoice::LongestIdle,
                sticky: None,
                offer_timeout_s: 20,
                wrap_up: WrapUpTerms::Fixed { seconds: 60, extend_s: 60, extensions_max: 2 },
                announce_position: false,
                waiting_max: 100,
            }],
            languages: self.languages.clone(),
            sites_allowed: None,
            closed: ClosedTerms::Message { text: self.each(closed_words) },
            dispositions: vec![
                disposition(default, "Answered", "Répondu", "Отвечено"),
                disposition(default, "Passed on", "Transmis", "Передано"),
                disposition(default, "No answer", "Sans réponse", "Без ответа"),
            ],
            retention_days: 365,
            pause_max_s: 120,
            tariff: None,
        }
    }

    fn periods(&self, default: &str) -> Vec<PeriodTerms> {
        let shared = ServiceTerms::Shared { pools: self.pool.into_iter().collect() };
        let own = ServiceTerms::Dedicated { team: self.team.unwrap_or(Uuid::nil()) };
        let always = words(default, "Always", "Toujours", "Всегда");
        match self.model {
            ServiceModel::Shared => vec![self.period(always, PeriodWhen::Always, shared)],
            ServiceModel::Dedicated => vec![self.period(always, PeriodWhen::Always, own)],
            ServiceModel::Hybrid => vec![
                self.period(
                    words(default, "Own team", "Équipe dédiée", "Своя команда"),
                    PeriodWhen::Weekly { weekly: self.team_hours.to_vec() },
                    own,
                ),
                self.period(
                    words(default, "Otherwise", "Autres heures", "В остальное время"),
                    PeriodWhen::Otherwise,
                    shared,
                ),
            ],
        }
    }

    /// Shared periods promise 70 % at once and greet at a peak; a dedicated one is answered by a
    /// person without a greeting and, in a hybrid contract, falls to the pool after half a minute.
    fn period(&self, name: String, when: PeriodWhen, service: ServiceTerms) -> PeriodTerms {
        let is_shared = matches!(service, ServiceTerms::Shared { .. });
        let helped = !is_shared && self.model == ServiceModel::Hybrid;
        PeriodTerms {
            name,
            when,
            promise: PromiseTerms {
                threshold_s: 30,
                target_percent: if is_shared { 70 } else { 80 },
                formula: FormulaChoice::ExcludingShortAbandons,
                clock: ClockChoice::FirstRing,
                short_abandon_s: 5,
            },
            peak_greeting: is_shared
                .then(|| PeakGreetingTerms { text: self.each(peak_words), length_s: 10 }),
            overflow: helped.then(|| OverflowTerms {
                after_s: Some(30),
                below_projected_percent: None,
                pools: self.pool.into_iter().collect(),
            }),
            nobody_on_shift: if helped {
                NobodyOnShiftChoice::Overflow
            } else {
                NobodyOnShiftChoice::WaitForNextShift
            },
            call_limit_s: is_shared.then_some(300),
            control: if is_shared { ControlChoice::Provider } else { ControlChoice::Client },
            service,
        }
    }

    fn greetings(&self, default: &str) -> Vec<LocalisedTextView> {
        let mut texts = self.each(greeting_words);
        if !self.greeting.trim().is_empty() {
            for text in texts.iter_mut().filter(|text| text.language == default) {
                text.text = self.greeting.trim().to_owned();
            }
        }
        texts
    }

    fn each(&self, words: impl Fn(&str, &str) -> String) -> Vec<LocalisedTextView> {
        self.languages
            .iter()
            .map(|language| LocalisedTextView {
                language: language.clone(),
                text: words(language, self.name),
            })
            .collect()
    }
}

/// One of three texts; English for a language that the product does not speak.
fn words(language: &str, en: &str, fr: &str, ru: &str) -> String {
    match language.split('-').next() {
        Some("fr") => fr,
        Some("ru") => ru,
        _ => en,
    }
    .to_owned()
}

fn greeting_words(language: &str, name: &str) -> String {
    words(
        language,
        &format!("Welcome to {name}, how may I help you?"),
        &format!("Bienvenue chez {name}, que puis-je faire pour vous ?"),
        &format!("Здравствуйте, это {name}. Чем могу помочь?"),
    )
}

fn peak_words(language: &str, name: &str) -> String {
    words(
        language,
        &format!("Thank you for contacting {name}. Somebody will be with you in a moment."),
        &format!("Merci de contacter {name}. Quelqu’un s’occupe de vous dans un instant."),
        &format!("Спасибо, что обратились в {name}. Вам ответят через минуту."),
    )
}

fn closed_words(language: &str, name: &str) -> String {
    words(
        language,
        &format!("{name} is closed at the moment. Leave a message and we will answer it."),
        &format!("{name} est fermé pour le moment. Laissez un message, nous y répondrons."),
        &format!("{name} сейчас не работает. Оставьте сообщение, и мы ответим."),
    )
}

fn disposition(language: &str, en: &str, fr: &str, ru: &str) -> DispositionTerms {
    DispositionTerms { id: Uuid::now_v7(), label: words(language, en, fr, ru) }
}
