//! What a scheduled report is, read from its terms: when its turns are, which days each looks back on, and its file.

use api::{
    admin::calendars::WeekdayName,
    mailings::{MailedReport, MailingRhythm, MailingTerms, ReportFormat},
    reports::ReportGroup,
};
use domain::{
    ClientId, Day, EmailAddress, Language, Span, Timestamp, Zone,
    calendar::{MinuteOfDay, Weekday},
    rhythm::{LAST_DAY, Rhythm},
};

use crate::{
    App,
    admin::{Faults, wire},
    http::{
        error::{ApiError, Result},
        session::screen_language,
    },
    mail,
    reports::{
        Ask, ContactQuery, File, Form, all_contacts, contacts_file, figures_file, interval_report,
    },
};

/// More addresses than a report is mailed to.
const RECIPIENTS_MAX: usize = 10;

/// A scheduled report that can be carried out.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whose figures; `None` for those of all clients.
    pub client: Option<ClientId>,
    /// Which report.
    pub report: MailedReport,
    /// As what.
    pub form: Form,
    /// How often.
    pub rhythm: Rhythm,
    /// At which time of the day.
    pub at: MinuteOfDay,
    /// In which zone.
    pub zone: Zone,
    /// Language of letter and workbook.
    pub language: Language,
    /// To whom.
    pub recipients: Vec<EmailAddress>,
    /// Whether agents are called by their alias.
    pub aliases: bool,
}

/// A report as it is mailed.
#[derive(Clone, Debug)]
pub struct Made {
    /// The file.
    pub file: File,
    /// What the letter says of it.
    pub gist: Gist,
}

/// The few figures that a letter names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gist {
    /// Of figures.
    Figures {
        /// Contacts offered.
        offered: u64,
        /// Of them answered.
        answered: u64,
        /// Of them abandoned.
        abandoned: u64,
        /// Their service level.
        level: Option<u16>,
    },
    /// Of agents, how often they answered: nobody is offered to one of them alone.
    Agents(u64),
    /// Of a list, how many contacts are on it.
    Contacts(usize),
}

impl Plan {
    /// The plan of terms that were handed in, and the terms as they are kept; what is wrong with them goes to `faults`.
    pub fn checked(
        terms: MailingTerms,
        client: Option<ClientId>,
        of_client: bool,
        faults: &mut Faults,
    ) -> (Option<Self>, MailingTerms) {
        let name = faults.name("name", &terms.name);
        let at = match terms.at.parse::<MinuteOfDay>() {
            Ok(at) if at < MinuteOfDay::END => Some(at),
            _ => {
                let text = terms.at.chars().take(16).collect::<String>();
                faults.add(
                    "at",
                    "time_of_day",
                    domain::words!("`{}` is no time of day.", text),
                    "Give hours and minutes, such as 07:00.",
                );
                None
            }
        };
        if let MailingRhythm::Monthly { day } = terms.rhythm {
            faults.range("rhythm.day", day, 1, LAST_DAY);
        }
        faults.zone("zone", &terms.zone);
        let language = screen_language("language", &terms.language);
        let language = language.map_err(|fault| faults.0.push(fault)).ok();
        let recipients = mail::addresses(faults, "recipients", &terms.recipients, RECIPIENTS_MAX);
        if recipients.is_empty() && terms.recipients.iter().all(|text| text.trim().is_empty()) {
            faults.add(
                "recipients",
                "recipients_missing",
                "Nobody would get it.",
                "Give one mail address at least.",
            );
        }
        let as_client = client.is_some() && (of_client || terms.as_client);
        let kept = MailingTerms {
            name,
            recipients: recipients.iter().map(|to| to.as_str().to_owned()).collect(),
            as_client,
            ..terms
        };
        let plan = Self::of_parts(&kept, client, at, language, recipients);
        (plan, kept)
    }

    /// The plan of kept terms.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn of(terms: &MailingTerms, client: Option<ClientId>) -> Result<Self> {
        let mut faults = Faults::default();
        let (plan, _) = Self::checked(terms.clone(), client, terms.as_client, &mut faults);
        faults.none("scheduled report")?;
        plan.ok_or_else(|| ApiError::internal(&"a kept plan without a fault"))
    }

    fn of_parts(
        terms: &MailingTerms,
        client: Option<ClientId>,
        at: Option<MinuteOfDay>,
        language: Option<Language>,
        recipients: Vec<EmailAddress>,
    ) -> Option<Self> {
        Some(Self {
            client,
            report: terms.report,
            form: match terms.format {
                ReportFormat::Csv => Form::Csv,
                ReportFormat::Xlsx => Form::Xlsx,
            },
            rhythm: match terms.rhythm {
                MailingRhythm::Daily => Rhythm::Daily,
                MailingRhythm::Weekly { day } => Rhythm::Weekly { day: weekday(day) },
                MailingRhythm::Monthly { day } => Rhythm::Monthly { day },
            },
            at: at?,
            zone: Zone::get(&terms.zone).ok()?,
            language: language?,
            recipients,
            aliases: terms.as_client,
        })
    }

    /// The first turn after an instant.
    pub fn next(&self, after: Timestamp) -> Timestamp {
        self.rhythm.next(&self.zone, self.at, after)
    }

    /// Whether an instant is one of its turns.
    pub fn is_turn(&self, at: Timestamp) -> bool {
        self.next(at - std::time::Duration::from_micros(1)) == at
    }

    /// The days that a turn looks back on: the first, and the first after.
    pub fn days(&self, turn: Timestamp) -> (Day, Day) {
        self.rhythm.looks_back(self.zone.day_at(turn))
    }

    /// The report of some days, as it can be downloaded by whoever sees what the plan sees.
    ///
    /// # Errors
    /// What the store says, or that there is too much for a file.
    pub async fn file(&self, app: &App, days: (Day, Day)) -> Result<Made> {
        let span = Span { from: self.zone.opening(days.0, 0), until: self.zone.opening(days.1, 0) };
        let (file, gist) = match self.report {
            MailedReport::Figures { group, length, channel } => {
                let ask = Ask {
                    client: self.client,
                    queue: None,
                    channel: channel.map(wire::channel),
                    agent: None,
                    span,
                    zone: self.zone.clone(),
                    group,
                    length,
                    aliases: self.aliases,
                };
                let report = interval_report(app, ask).await?;
                let total = &report.total;
                let gist = match group {
                    ReportGroup::Agent => Gist::Agents(total.answered),
                    _ => Gist::Figures {
                        offered: total.offered,
                        answered: total.answered,
                        abandoned: total.abandoned,
                        level: total.service_level_permille,
                    },
                };
                (figures_file(app, report, self.form, &self.language).await?, gist)
            }
            MailedReport::Contacts { channel, state } => {
                let query = ContactQuery::arrived(span, channel, state);
                let lines = all_contacts(app, self.client, self.aliases, &query).await?;
                let gist = Gist::Contacts(lines.len());
                let zone = self.zone.clone();
                (contacts_file(app, lines, zone, self.form, &self.language).await?, gist)
            }
        };
        let (kind, ending) = (file.name.split('.').next().unwrap_or_default(), file.form.ending());
        let last = days.1.previous();
        let name = match days.0 == last {
            true => format!("{kind}-{last}.{ending}"),
            false => format!("{kind}-{}-{last}.{ending}", days.0),
        };
        Ok(Made { file: File { name, ..file }, gist })
    }
}

const fn weekday(day: WeekdayName) -> Weekday {
    match day {
        WeekdayName::Monday => Weekday::Monday,
        WeekdayName::Tuesday => Weekday::Tuesday,
        WeekdayName::Wednesday => Weekday::Wednesday,
        WeekdayName::Thursday => Weekday::Thursday,
        WeekdayName::Friday => Weekday::Friday,
        WeekdayName::Saturday => Weekday::Saturday,
        WeekdayName::Sunday => Weekday::Sunday,
    }
}
