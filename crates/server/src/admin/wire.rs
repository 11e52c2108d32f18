//! Calendars and contracts between the wire, where civil times and languages are text, and the
//! domain, where they are checked. What cannot be read is named with its path and left out, so that
//! everything else can still be validated in the same go.

use api::{
    admin::{
        calendars::{
            CalendarHours, ClosureView, DayRangeView, HolidayView, WeekdayName, WeeklyRangeView,
        },
        clients::ServiceModel,
        contracts as terms,
    },
    desk::ChannelKind,
};
use domain::{
    Calendar, CalendarId, ClientId, DispositionId, Language, PoolId, QueueId, SiteId, SkillId,
    TeamId, Timestamp,
    calendar::{Closure, DayRange, Holiday, MinuteOfDay, Weekday, WeeklyRange},
    contract::{
        self, Channel, ClockStart, ClosedRule, Contract, Control, Disposition, LocalisedText,
        Model, NobodyOnShift, Overflow, PeakGreeting, Period, PeriodHours, Queue, Selection,
        Service, ServiceLevelFormula, ServicePromise, SkillAsk, Sticky, WrapUpRule,
    },
};

use super::{Faults, tariff};

/// The calendar that these hours make; every fault of them goes to `faults`.
pub fn calendar(id: CalendarId, hours: &CalendarHours, faults: &mut Faults) -> Calendar {
    let known = faults.0.len();
    let calendar = Calendar {
        id,
        name: faults.name("name", &hours.name),
        zone: hours.zone.trim().to_owned(),
        weekly: weekly("weekly", &hours.weekly, faults),
        holidays: hours
            .holidays
            .iter()
            .enumerate()
            .map(|(i, holiday)| Holiday {
                date: holiday.date.trim().to_owned(),
                name: faults.text(&format!("holidays[{i}].name"), &holiday.name, 0, 80),
                hours: holiday
                    .hours
                    .iter()
                    .enumerate()
                    .filter_map(|(k, range)| {
                        let field = format!("holidays[{i}].hours[{k}]");
                        let (from, until) = ends(&field, &range.from, &range.until, faults)?;
                        Some(DayRange { from, until })
                    })
                    .collect(),
            })
            .collect(),
        closures: hours
            .closures
            .iter()
            .enumerate()
            .map(|(i, closure)| Closure {
                from: closure.from.trim().to_owned(),
                until: closure.until.trim().to_owned(),
                reason: faults.text(&format!("closures[{i}].reason"), &closure.reason, 0, 200),
            })
            .collect(),
    };
    merge(faults, known, calendar.validate());
    calendar
}

/// Adds the domain's faults, but none twice for one field.
fn merge(faults: &mut Faults, known: usize, found: Vec<domain::Fault>) {
    for fault in found {
        let named = faults.0[known..].iter().any(|other| other.field == fault.field);
        if !named {
            faults.0.push(fault.into());
        }
    }
}

/// A calendar as shown.
pub fn hours(calendar: &Calendar) -> CalendarHours {
    CalendarHours {
        name: calendar.name.clone(),
        zone: calendar.zone.clone(),
        weekly: weekly_view(&calendar.weekly),
        holidays: calendar
            .holidays
            .iter()
            .map(|holiday| HolidayView {
                date: holiday.date.clone(),
                name: holiday.name.clone(),
                hours: holiday
                    .hours
                    .iter()
                    .map(|range| DayRangeView {
                        from: range.from.into(),
                        until: range.until.into(),
                    })
                    .collect(),
            })
            .collect(),
        closures: calendar
            .closures
            .iter()
            .map(|closure| ClosureView {
                from: closure.from.clone(),
                until: closure.until.clone(),
                reason: closure.reason.clone(),
            })
            .collect(),
    }
}

pub(crate) fn weekly(
    field: &str,
    ranges: &[WeeklyRangeView],
    faults: &mut Faults,
) -> Vec<WeeklyRange> {
    ranges
        .iter()
        .enumerate()
        .filter_map(|(i, range)| {
            let (from, until) = ends(&format!("{field}[{i}]"), &range.from, &range.until, faults)?;
            Some(WeeklyRange {
                days: range.days.iter().map(|day| weekday(*day)).collect(),
                from,
                until,
            })
        })
        .collect()
}

pub(super) fn weekly_view(ranges: &[WeeklyRange]) -> Vec<WeeklyRangeView> {
    ranges
        .iter()
        .map(|range| WeeklyRangeView {
            days: range.days.iter().map(|day| weekday_name(*day)).collect(),
            from: range.from.into(),
            until: range.until.into(),
        })
        .collect()
}

fn ends(
    field: &str,
    from: &str,
    until: &str,
    faults: &mut Faults,
) -> Option<(MinuteOfDay, MinuteOfDay)> {
    let from = minute(&format!("{field}.from"), from, faults);
    let until = minute(&format!("{field}.until"), until, faults);
    Some((from?, until?))
}

fn minute(field: &str, text: &str, faults: &mut Faults) -> Option<MinuteOfDay> {
    match MinuteOfDay::try_from(text.trim().to_owned()) {
        Ok(minute) => Some(minute),
        Err(error) => {
            faults.add(field, "time", domain::words!("{}.", error), "Give a time such as 09:00.");
            None
        }
    }
}

pub(crate) const fn weekday(day: WeekdayName) -> Weekday {
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

pub(crate) const fn weekday_name(day: Weekday) -> WeekdayName {
    match day {
        Weekday::Monday => WeekdayName::Monday,
        Weekday::Tuesday => WeekdayName::Tuesday,
        Weekday::Wednesday => WeekdayName::Wednesday,
        Weekday::Thursday => WeekdayName::Thursday,
        Weekday::Friday => WeekdayName::Friday,
        Weekday::Saturday => WeekdayName::Saturday,
        Weekday::Sunday => WeekdayName::Sunday,
    }
}

/// A channel of the domain.
pub const fn channel(kind: ChannelKind) -> Channel {
    match kind {
        ChannelKind::Voice => Channel::Voice,
        ChannelKind::Chat => Channel::Chat,
        ChannelKind::Mail => Channel::Mail,
        ChannelKind::Message => Channel::Message,
        ChannelKind::Callback => Channel::Callback,
    }
}

/// A channel on the wire.
pub const fn channel_kind(channel: Channel) -> ChannelKind {
    match channel {
        Channel::Voice => ChannelKind::Voice,
        Channel::Chat => ChannelKind::Chat,
        Channel::Mail => ChannelKind::Mail,
        Channel::Message => ChannelKind::Message,
        Channel::Callback => ChannelKind::Callback,
    }
}

/// The model of a contract on the wire.
pub fn model(contract: &Contract) -> ServiceModel {
    match contract::model(contract) {
        Model::Shared => ServiceModel::Shared,
        Model::Dedicated => ServiceModel::Dedicated,
        Model::Hybrid => ServiceModel::Hybrid,
    }
}

/// The contract that these terms make. What cannot be read goes to `faults`; what can be read but
/// does not fit together is for [`Contract::validate`].
pub fn contract(
    client: ClientId,
    version: u32,
    valid_from: Timestamp,
    terms: &terms::ContractTerms,
    faults: &mut Faults,
) -> Contract {
    Contract {
        client,
        version,
        valid_from,
        zone: terms.zone.trim().to_owned(),
        hours: CalendarId::from_uuid(terms.hours),
        periods: terms
            .periods
            .iter()
            .enumerate()
            .map(|(i, period)| self::period(&format!("periods[{i}]"), period, faults))
            .collect(),
        queues: terms
            .queues
            .iter()
            .enumerate()
            .map(|(i, queue)| self::queue(&format!("queues[{i}]"), queue, faults))
            .collect(),
        languages: terms
            .languages
            .iter()
            .enumerate()
            .filter_map(|(i, text)| faults.language(&format!("languages[{i}]"), text))
            .collect(),
        sites_allowed: terms
            .sites_allowed
            .as_ref()
            .map(|sites| sites.iter().copied().map(SiteId::from_uuid).collect()),
        closed: match &terms.closed {
            terms::ClosedTerms::Message { text } => {
                ClosedRule::Message { text: texts("closed.text", text, faults) }
            }
            terms::ClosedTerms::Wait { text } => {
                ClosedRule::Wait { text: texts("closed.text", text, faults) }
            }
        },
        dispositions: terms
            .dispositions
            .iter()
            .enumerate()
            .map(|(i, disposition)| Disposition {
                id: DispositionId::from_uuid(disposition.id),
                label: faults.text(&format!("dispositions[{i}].label"), &disposition.label, 1, 80),
            })
            .collect(),
        retention_days: terms.retention_days,
        pause_max_s: terms.pause_max_s,
        tariff: terms.tariff.as_ref().and_then(|terms| tariff::tariff(terms, faults)),
    }
}

fn period(field: &str, period: &terms::PeriodTerms, faults: &mut Faults) -> Period {
    use terms::{ClockChoice, ControlChoice, NobodyOnShiftChoice, PeriodWhen, ServiceTerms};
    Period {
        name: faults.name(&format!("{field}.name"), &period.name),
        when: match &period.when {
            PeriodWhen::Always => PeriodHours::Always,
            PeriodWhen::Otherwise => PeriodHours::Otherwise,
            PeriodWhen::Weekly { weekly } => PeriodHours::Weekly {
                weekly: self::weekly(&format!("{field}.when.weekly"), weekly, faults),
            },
        },
        service: match &period.service {
            ServiceTerms::Shared { pools } => Service::Shared { pools: pool_ids(pools) },
            ServiceTerms::Dedicated { team } => {
                Service::Dedicated { team: TeamId::from_uuid(*team) }
            }
        },
        promise: ServicePromise {
            threshold_s: period.promise.threshold_s,
            target_percent: period.promise.target_percent,
            formula: formula(period.promise.formula),
            clock: match period.promise.clock {
                ClockChoice::FirstRing => ClockStart::FirstRing,
                ClockChoice::QueueEntry => ClockStart::QueueEntry,
            },
            short_abandon_s: period.promise.short_abandon_s,
        },
        peak_greeting: period.peak_greeting.as_ref().map(|greeting| PeakGreeting {
            text: texts(&format!("{field}.peak_greeting.text"), &greeting.text, faults),
            length_s: greeting.length_s,
        }),
        overflow: period.overflow.as_ref().map(|overflow| Overflow {
            after_s: overflow.after_s,
            below_projected_percent: overflow.below_projected_percent,
            pools: pool_ids(&overflow.pools),
        }),
        nobody_on_shift: match period.nobody_on_shift {
            NobodyOnShiftChoice::WaitForNextShift => NobodyOnShift::WaitForNextShift,
            NobodyOnShiftChoice::Overflow => NobodyOnShift::Overflow,
            NobodyOnShiftChoice::Close => NobodyOnShift::Close,
        },
        call_limit_s: period.call_limit_s,
        control: match period.control {
            ControlChoice::Provider => Control::Provider,
            ControlChoice::Client => Control::Client,
        },
    }
}

fn pool_ids(pools: &[uuid::Uuid]) -> Vec<PoolId> {
    pools.iter().copied().map(PoolId::from_uuid).collect()
}

const fn formula(choice: terms::FormulaChoice) -> ServiceLevelFormula {
    use terms::FormulaChoice as C;
    match choice {
        C::AnsweredOrAbandonedInTime => ServiceLevelFormula::AnsweredOrAbandonedInTime,
        C::OfAnswered => ServiceLevelFormula::OfAnswered,
        C::OfOffered => ServiceLevelFormula::OfOffered,
        C::ExcludingAbandonedInTime => ServiceLevelFormula::ExcludingAbandonedInTime,
        C::ShortAbandonsInTime => ServiceLevelFormula::ShortAbandonsInTime,
        C::ExcludingShortAbandons => ServiceLevelFormula::ExcludingShortAbandons,
    }
}

const fn formula_choice(formula: ServiceLevelFormula) -> terms::FormulaChoice {
    use terms::FormulaChoice as C;
    match formula {
        ServiceLevelFormula::AnsweredOrAbandonedInTime => C::AnsweredOrAbandonedInTime,
        ServiceLevelFormula::OfAnswered => C::OfAnswered,
        ServiceLevelFormula::OfOffered => C::OfOffered,
        ServiceLevelFormula::ExcludingAbandonedInTime => C::ExcludingAbandonedInTime,
        ServiceLevelFormula::ShortAbandonsInTime => C::ShortAbandonsInTime,
        ServiceLevelFormula::ExcludingShortAbandons => C::ExcludingShortAbandons,
    }
}

/// Texts by language, as the domain keeps them.
pub fn texts(
    field: &str,
    texts: &[terms::LocalisedTextView],
    faults: &mut Faults,
) -> Vec<LocalisedText> {
    texts
        .iter()
        .enumerate()
        .filter_map(|(i, text)| {
            let language: Option<Language> =
                faults.language(&format!("{field}[{i}].language"), &text.language);
            let words = faults.text(&format!("{field}[{i}].text"), &text.text, 0, 4_000);
            Some(LocalisedText { language: language?, text: words })
        })
        .collect()
}

/// Texts by language, as shown.
pub fn text_views(texts: &[LocalisedText]) -> Vec<terms::LocalisedTextView> {
    texts
        .iter()
        .map(|text| terms::LocalisedTextView {
            language: text.language.code().to_owned(),
            text: text.text.clone(),
        })
        .collect()
}

fn queue(field: &str, queue: &terms::QueueTerms, faults: &mut Faults) -> Queue {
    Queue {
        id: QueueId::from_uuid(queue.id),
        name: faults.name(&format!("{field}.name"), &queue.name),
        channels: queue.channels.iter().map(|kind| channel(*kind)).collect(),
        greeting: texts(&format!("{field}.greeting"), &queue.greeting, faults),
        protocol: faults.text(&format!("{field}.protocol"), &queue.protocol, 0, 50_000),
        skills: queue
            .skills
            .iter()
            .map(|ask| SkillAsk {
                skill: SkillId::from_uuid(ask.skill),
                level: ask.level,
                relax_after_s: ask.relax_after_s,
                relaxed_level: ask.relaxed_level,
            })
            .collect(),
        language_required: queue.language_required,
        head_start_min: queue.head_start_min,
        selection: match queue.selection {
            terms::SelectionChoice::LongestIdle => Selection::LongestIdle,
            terms::SelectionChoice::ProficiencyFirst => Selection::ProficiencyFirst,
        },
        sticky: queue
            .sticky
            .map(|sticky| Sticky { within_hours: sticky.within_hours, wait_s: sticky.wait_s }),
        offer_timeout_s: queue.offer_timeout_s,
        wrap_up: match queue.wrap_up {
            terms::WrapUpTerms::None => WrapUpRule::None,
            terms::WrapUpTerms::UntilDone => WrapUpRule::UntilDone,
            terms::WrapUpTerms::Fixed { seconds, extend_s, extensions_max } => {
                WrapUpRule::Fixed { seconds, extend_s, extensions_max }
            }
        },
        announce_position: queue.announce_position,
        waiting_max: queue.waiting_max,
    }
}

/// The terms of a contract, as shown.
pub fn terms(contract: &Contract) -> terms::ContractTerms {
    terms::ContractTerms {
        zone: contract.zone.clone(),
        hours: contract.hours.uuid(),
        periods: contract.periods.iter().map(period_terms).collect(),
        queues: contract.queues.iter().map(queue_terms).collect(),
        languages: contract.languages.iter().map(|language| language.code().to_owned()).collect(),
        sites_allowed: contract
            .sites_allowed
            .as_ref()
            .map(|sites| sites.iter().map(|site| site.uuid()).collect()),
        closed: match &contract.closed {
            ClosedRule::Message { text } => terms::ClosedTerms::Message { text: text_views(text) },
            ClosedRule::Wait { text } => terms::ClosedTerms::Wait { text: text_views(text) },
        },
        dispositions: contract
            .dispositions
            .iter()
            .map(|disposition| terms::DispositionTerms {
                id: disposition.id.uuid(),
                label: disposition.label.clone(),
            })
            .collect(),
        retention_days: contract.retention_days,
        pause_max_s: contract.pause_max_s,
        tariff: contract.tariff.as_ref().map(tariff::terms),
    }
}

fn period_terms(period: &Period) -> terms::PeriodTerms {
    use terms::{ClockChoice, ControlChoice, NobodyOnShiftChoice, PeriodWhen, ServiceTerms};
    terms::PeriodTerms {
        name: period.name.clone(),
        when: match &period.when {
            PeriodHours::Always => PeriodWhen::Always,
            PeriodHours::Otherwise => PeriodWhen::Otherwise,
            PeriodHours::Weekly { weekly } => PeriodWhen::Weekly { weekly: weekly_view(weekly) },
        },
        service: match &period.service {
            Service::Shared { pools } => {
                ServiceTerms::Shared { pools: pools.iter().map(|pool| pool.uuid()).collect() }
            }
            Service::Dedicated { team } => ServiceTerms::Dedicated { team: team.uuid() },
        },
        promise: terms::PromiseTerms {
            threshold_s: period.promise.threshold_s,
            target_percent: period.promise.target_percent,
            formula: formula_choice(period.promise.formula),
            clock: match period.promise.clock {
                ClockStart::FirstRing => ClockChoice::FirstRing,
                ClockStart::QueueEntry => ClockChoice::QueueEntry,
            },
            short_abandon_s: period.promise.short_abandon_s,
        },
        peak_greeting: period.peak_greeting.as_ref().map(|greeting| terms::PeakGreetingTerms {
            text: text_views(&greeting.text),
            length_s: greeting.length_s,
        }),
        overflow: period.overflow.as_ref().map(|overflow| terms::OverflowTerms {
            after_s: overflow.after_s,
            below_projected_percent: overflow.below_projected_percent,
            pools: overflow.pools.iter().map(|pool| pool.uuid()).collect(),
        }),
        nobody_on_shift: match period.nobody_on_shift {
            NobodyOnShift::WaitForNextShift => NobodyOnShiftChoice::WaitForNextShift,
            NobodyOnShift::Overflow => NobodyOnShiftChoice::Overflow,
            NobodyOnShift::Close => NobodyOnShiftChoice::Close,
        },
        call_limit_s: period.call_limit_s,
        control: match period.control {
            Control::Provider => ControlChoice::Provider,
            Control::Client => ControlChoice::Client,
        },
    }
}

fn queue_terms(queue: &Queue) -> terms::QueueTerms {
    terms::QueueTerms {
        id: queue.id.uuid(),
        name: queue.name.clone(),
        channels: queue.channels.iter().map(|channel| channel_kind(*channel)).collect(),
        greeting: text_views(&queue.greeting),
        protocol: queue.protocol.clone(),
        skills: queue
            .skills
            .iter()
            .map(|ask| terms::SkillAskTerms {
                skill: ask.skill.uuid(),
                level: ask.level,
                relax_after_s: ask.relax_after_s,
                relaxed_level: ask.relaxed_level,
            })
            .collect(),
        language_required: queue.language_required,
        head_start_min: queue.head_start_min,
        selection: match queue.selection {
            Selection::LongestIdle => terms::SelectionChoice::LongestIdle,
            Selection::ProficiencyFirst => terms::SelectionChoice::ProficiencyFirst,
        },
        sticky: queue
            .sticky
            .map(|s| terms::StickyTerms { within_hours: s.within_hours, wait_s: s.wait_s }),
        offer_timeout_s: queue.offer_timeout_s,
        wrap_up: match queue.wrap_up {
            WrapUpRule::None => terms::WrapUpTerms::None,
            WrapUpRule::UntilDone => terms::WrapUpTerms::UntilDone,
            WrapUpRule::Fixed { seconds, extend_s, extensions_max } => {
                terms::WrapUpTerms::Fixed { seconds, extend_s, extensions_max }
            }
        },
        announce_position: queue.announce_position,
        waiting_max: queue.waiting_max,
    }
}
