//! Whether a contract may be published: every fault at once, each saying what to do.

use std::{collections::BTreeSet, fmt::Display};

use super::{
    ClosedRule, Contract, Known, LocalisedText, NobodyOnShift, Overflow, Period, Queue, Service,
    ServicePromise, WrapUpRule, periods::period_faults,
};
use crate::{
    Fault, Language, PoolId, Words, calendar::unknown_zone, tariff::tariff_faults, zone::Zone,
};

/// Offers ring at least and at most so long, in seconds.
const OFFER_TIMEOUT_S: std::ops::RangeInclusive<u32> = 5..=120;
/// Levels of a skill.
const LEVELS: std::ops::RangeInclusive<u8> = 1..=10;
/// No promise, wait or greeting of a floor is longer, in seconds: a day.
const DAY_S: u32 = 86_400;
/// An hour in seconds.
const HOUR_S: u32 = 3_600;
/// Most waiting contacts of one queue.
const WAITING_MAX: u32 = 100_000;
/// Most queues of one contract.
const QUEUES_MAX: usize = 200;

impl Contract {
    /// Everything that is wrong with the contract, in the order of its fields; empty when it may be
    /// published.
    pub fn validate(&self, known: &Known) -> Vec<Fault> {
        let mut check = Check { contract: self, known, faults: Vec::new() };
        check.head();
        check.faults.extend(period_faults(self));
        for (i, period) in self.periods.iter().enumerate() {
            check.period(&format!("periods[{i}]"), period);
        }
        check.queues();
        check.tail();
        check.faults.extend(tariff_faults(self, known));
        check.faults
    }
}

struct Check<'a> {
    contract: &'a Contract,
    known: &'a Known,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn fault(
        &mut self,
        field: impl Into<String>,
        code: &str,
        message: impl Into<Words>,
        next: impl Into<Words>,
    ) {
        self.faults.push(Fault::new(field, code, message, next));
    }

    fn unknown(&mut self, field: String, kind: &str, id: impl Display) {
        self.fault(
            field,
            &format!("unknown_{kind}"),
            crate::words!("There is no {} {}.", kind, id),
            crate::words!("Choose a {} that exists, or create this one first.", kind),
        );
    }

    fn head(&mut self) {
        let (contract, known) = (self.contract, self.known);
        if contract.version == 0 {
            self.fault("version", "version_zero", "The version is 0.", "Count versions from 1.");
        }
        let zone = Zone::get(&contract.zone);
        if let Err(error) = &zone {
            self.faults.push(unknown_zone("zone", error));
        }
        match known.calendars.get(&contract.hours) {
            None => self.unknown("hours".to_owned(), "calendar", contract.hours),
            Some(other) if zone.is_ok() && *other != contract.zone => self.fault(
                "hours",
                "hours_in_other_zone",
                crate::words!("The hours are in {}, the contract in {}.", other, contract.zone),
                "Choose a calendar in the contract's zone, so that hours and periods change at the same minute.",
            ),
            Some(_) => {}
        }
    }

    fn period(&mut self, path: &str, period: &Period) {
        match &period.service {
            Service::Shared { pools } => {
                if pools.is_empty() {
                    self.fault(
                        format!("{path}.service.pools"),
                        "pools_missing",
                        crate::words!("`{}` is shared but names no pool.", period.name),
                        "Name at least one pool whose agents answer.",
                    );
                }
                self.pools(&format!("{path}.service.pools"), pools);
            }
            Service::Dedicated { team } => match self.known.teams.get(team) {
                None => self.unknown(format!("{path}.service.team"), "team", team),
                Some(other) if *other != self.contract.client => self.fault(
                    format!("{path}.service.team"),
                    "team_of_another_client",
                    crate::words!("Team {} serves client {}.", team, other),
                    "Choose a team of this client; a dedicated team serves one client only.",
                ),
                Some(_) => {}
            },
        }
        self.promise(&format!("{path}.promise"), &period.promise);
        if let Some(greeting) = &period.peak_greeting {
            let path = format!("{path}.peak_greeting");
            self.texts(&format!("{path}.text"), "greeting_language_missing", &greeting.text);
            if !(1..=600).contains(&greeting.length_s) {
                self.fault(
                    format!("{path}.length_s"),
                    "greeting_length",
                    crate::words!("The peak greeting lasts {} s.", greeting.length_s),
                    "Say how long the words take, 1 to 600 s, such as 12; without words remove the greeting.",
                );
            }
        }
        if let Some(overflow) = &period.overflow {
            self.overflow(&format!("{path}.overflow"), overflow);
        }
        let has_overflow = period.overflow.as_ref().is_some_and(|o| !o.pools.is_empty());
        if period.nobody_on_shift == NobodyOnShift::Overflow && !has_overflow {
            self.fault(
                format!("{path}.nobody_on_shift"),
                "overflow_missing",
                crate::words!(
                    "`{}` overflows when nobody is on shift, but no overflow pool is named.",
                    period.name
                ),
                "Add an overflow rule with a pool, or let contacts wait for the next shift.",
            );
        }
        if period.call_limit_s.is_some_and(|limit| !(10..=DAY_S).contains(&limit)) {
            self.fault(
                format!("{path}.call_limit_s"),
                "call_limit_range",
                crate::words!("The call limit is {} s.", period.call_limit_s.unwrap_or_default()),
                "Choose 10 to 86400 s, such as 300, or none for no limit.",
            );
        }
    }

    fn promise(&mut self, path: &str, promise: &ServicePromise) {
        if !(1..=DAY_S).contains(&promise.threshold_s) {
            self.fault(
                format!("{path}.threshold_s"),
                "threshold_range",
                crate::words!("The threshold is {} s.", promise.threshold_s),
                "Promise an answer within 1 to 86400 s, such as 20.",
            );
        }
        if !(1..=100).contains(&promise.target_percent) {
            self.fault(
                format!("{path}.target_percent"),
                "target_range",
                crate::words!("The target is {} %.", promise.target_percent),
                "Promise 1 to 100 %, such as 80.",
            );
        }
        if promise.short_abandon_s > promise.threshold_s {
            self.fault(
                format!("{path}.short_abandon_s"),
                "short_abandon_beyond_threshold",
                crate::words!(
                    "An abandon within {} s counts as short, but the threshold is {} s.",
                    promise.short_abandon_s,
                    promise.threshold_s
                ),
                "Make the short-abandon limit at most the threshold; 5 s is usual.",
            );
        }
    }

    fn overflow(&mut self, path: &str, overflow: &Overflow) {
        if overflow.after_s.is_none() && overflow.below_projected_percent.is_none() {
            self.fault(
                path,
                "overflow_without_trigger",
                "The overflow never opens: it has neither a wait nor a projected service level.",
                "Say after how many seconds, or below which percentage, it opens; or remove it.",
            );
        }
        if overflow.after_s.is_some_and(|after| after > DAY_S) {
            self.fault(
                format!("{path}.after_s"),
                "overflow_wait_range",
                crate::words!(
                    "The overflow opens after {} s.",
                    overflow.after_s.unwrap_or_default()
                ),
                "Choose at most 86400 s, such as 45.",
            );
        }
        if overflow.below_projected_percent.is_some_and(|percent| !(1..=100).contains(&percent)) {
            let percent = overflow.below_projected_percent.unwrap_or_default();
            self.fault(
                format!("{path}.below_projected_percent"),
                "overflow_percent_range",
                crate::words!(
                    "The overflow opens below a projected service level of {} %.",
                    percent
                ),
                "Choose 1 to 100 %, such as 70.",
            );
        }
        if overflow.pools.is_empty() {
            self.fault(
                format!("{path}.pools"),
                "overflow_pools_missing",
                "The overflow opens to no pool.",
                "Name at least one pool that helps, or remove the overflow.",
            );
        }
        self.pools(&format!("{path}.pools"), &overflow.pools);
    }

    fn pools(&mut self, path: &str, pools: &[PoolId]) {
        for (i, pool) in pools.iter().enumerate() {
            if !self.known.pools.contains(pool) {
                self.unknown(format!("{path}[{i}]"), "pool", pool);
            } else if pools[..i].contains(pool) {
                self.fault(
                    format!("{path}[{i}]"),
                    "pool_repeated",
                    crate::words!("Pool {} is named twice.", pool),
                    "Name each pool once.",
                );
            }
        }
    }

    fn queues(&mut self) {
        let queues = &self.contract.queues;
        if queues.is_empty() {
            self.fault(
                "queues",
                "queues_missing",
                "The contract has no queue, so nothing could come in.",
                "Add one, such as `Support` open to chat.",
            );
        }
        if queues.len() > QUEUES_MAX {
            self.fault(
                "queues",
                "too_many_queues",
                crate::words!("There are {} queues.", queues.len()),
                crate::words!("Keep at most {}.", QUEUES_MAX),
            );
        }
        let mut ids = BTreeSet::new();
        for (i, queue) in queues.iter().enumerate().take(QUEUES_MAX) {
            let path = format!("queues[{i}]");
            if !ids.insert(queue.id) {
                self.fault(
                    format!("{path}.id"),
                    "queue_repeated",
                    crate::words!("Two queues have the id {}.", queue.id),
                    "Give the new queue an id of its own.",
                );
            }
            self.queue(&path, queue);
        }
    }

    fn queue(&mut self, path: &str, queue: &Queue) {
        if queue.name.trim().is_empty() {
            self.fault(
                format!("{path}.name"),
                "name_missing",
                "The queue has no name.",
                "Give it one that agents recognise, such as `Support`.",
            );
        }
        if queue.channels.is_empty() {
            self.fault(
                format!("{path}.channels"),
                "channels_missing",
                crate::words!("`{}` is open to no channel.", queue.name),
                "Open it to at least one, such as chat.",
            );
        }
        self.texts(&format!("{path}.greeting"), "greeting_language_missing", &queue.greeting);
        for (i, ask) in queue.skills.iter().enumerate() {
            let path = format!("{path}.skills[{i}]");
            if !self.known.skills.contains(&ask.skill) {
                self.unknown(format!("{path}.skill"), "skill", ask.skill);
            }
            if queue.skills[..i].iter().any(|other| other.skill == ask.skill) {
                self.fault(
                    format!("{path}.skill"),
                    "skill_repeated",
                    crate::words!("Skill {} is asked twice.", ask.skill),
                    "Ask each skill once, at the level needed.",
                );
            }
            if !LEVELS.contains(&ask.level) {
                self.fault(
                    format!("{path}.level"),
                    "level_range",
                    crate::words!("The level asked is {}.", ask.level),
                    "Ask a level of 1 to 10.",
                );
            }
            match ask.relax_after_s {
                Some(0) => self.fault(
                    format!("{path}.relax_after_s"),
                    "relax_at_once",
                    "The ask relaxes after 0 s, so it never holds.",
                    "Say after how many seconds, such as 60, or ask the lower level at once.",
                ),
                Some(_) if ask.relaxed_level >= ask.level => self.fault(
                    format!("{path}.relaxed_level"),
                    "relaxed_level_not_lower",
                    crate::words!(
                        "The ask relaxes from level {} to {}.",
                        ask.level,
                        ask.relaxed_level
                    ),
                    "Relax to a lower level, or to 0 to drop the ask.",
                ),
                None if ask.relaxed_level > 0 => self.fault(
                    format!("{path}.relax_after_s"),
                    "relax_without_time",
                    crate::words!("The ask relaxes to level {}, but never.", ask.relaxed_level),
                    "Say after how many seconds, such as 60, or set the relaxed level to 0.",
                ),
                Some(_) | None => {}
            }
        }
        if !OFFER_TIMEOUT_S.contains(&queue.offer_timeout_s) {
            self.fault(
                format!("{path}.offer_timeout_s"),
                "offer_timeout_range",
                crate::words!("An offer rings for {} s.", queue.offer_timeout_s),
                "Let it ring for 5 to 120 s, such as 20.",
            );
        }
        if let WrapUpRule::Fixed { seconds, extend_s, extensions_max } = queue.wrap_up {
            if !(1..=DAY_S).contains(&seconds) {
                self.fault(
                    format!("{path}.wrap_up.seconds"),
                    "wrap_up_range",
                    crate::words!("The wrap-up lasts {} s.", seconds),
                    "Choose 1 to 86400 s, such as 30, or no wrap-up.",
                );
            }
            if extensions_max > 0 && !(1..=DAY_S).contains(&extend_s) {
                self.fault(
                    format!("{path}.wrap_up.extend_s"),
                    "extension_range",
                    crate::words!(
                        "Each of {} extensions of the wrap-up lasts {} s.",
                        extensions_max,
                        extend_s
                    ),
                    "Choose 1 to 86400 s, such as 30, or allow no extension.",
                );
            }
        }
        if queue.sticky.is_some_and(|s| s.within_hours == 0 || s.wait_s > DAY_S) {
            self.fault(
                format!("{path}.sticky"),
                "sticky_range",
                "The preference for the last agent holds for no hour, or waits longer than a day.",
                "Choose at least 1 hour and a wait of at most 86400 s, or no preference.",
            );
        }
        if !(1..=WAITING_MAX).contains(&queue.waiting_max) {
            self.fault(
                format!("{path}.waiting_max"),
                "waiting_max_range",
                crate::words!("{} contacts may wait in `{}`.", queue.waiting_max, queue.name),
                crate::words!("Let 1 to {} wait, such as 50.", WAITING_MAX),
            );
        }
    }

    fn tail(&mut self) {
        let contract = self.contract;
        if contract.languages.is_empty() {
            self.fault(
                "languages",
                "languages_missing",
                "The contract names no language.",
                "Name the languages of the customers, the default first, such as fr.",
            );
        }
        for (i, language) in contract.languages.iter().enumerate() {
            if contract.languages[..i].contains(language) {
                self.fault(
                    format!("languages[{i}]"),
                    "language_repeated",
                    crate::words!("`{}` is named twice.", language),
                    "Name each language once.",
                );
            }
        }
        match contract.sites_allowed.as_deref() {
            Some([]) => self.fault(
                "sites_allowed",
                "sites_missing",
                "No site may take this client's contacts.",
                "Name a site, or remove the limit.",
            ),
            Some(sites) => {
                for (i, site) in sites.iter().enumerate() {
                    if !self.known.sites.contains(site) {
                        self.unknown(format!("sites_allowed[{i}]"), "site", site);
                    }
                }
            }
            None => {}
        }
        let (ClosedRule::Message { text } | ClosedRule::Wait { text }) = &contract.closed;
        self.texts("closed.text", "closed_language_missing", text);
        let mut ids = BTreeSet::new();
        for (i, disposition) in contract.dispositions.iter().enumerate() {
            if !ids.insert(disposition.id) {
                self.fault(
                    format!("dispositions[{i}].id"),
                    "disposition_repeated",
                    crate::words!("Two dispositions have the id {}.", disposition.id),
                    "Give the new one an id of its own.",
                );
            }
            if disposition.label.trim().is_empty() {
                self.fault(
                    format!("dispositions[{i}].label"),
                    "name_missing",
                    "The disposition has no label.",
                    "Say how the contact ended, such as `Order taken`.",
                );
            }
        }
        if contract.retention_days == 0 {
            self.fault(
                "retention_days",
                "retention_zero",
                "Nothing would be kept, not even until the contact has ended.",
                "Keep it for at least 1 day, such as 90.",
            );
        }
        if !(10..=HOUR_S).contains(&contract.pause_max_s) {
            self.fault(
                "pause_max_s",
                "pause_range",
                "A recording that may pause hardly at all, or for hours, guards nothing.",
                "Let it pause for 10 seconds to an hour, such as 120.",
            );
        }
    }

    /// A text must be there in the first language, and in no language twice.
    fn texts(&mut self, path: &str, code: &str, texts: &[LocalisedText]) {
        let says = |language: &Language| {
            texts.iter().any(|t| t.language == *language && !t.text.trim().is_empty())
        };
        if let Some(first) = self.contract.languages.first()
            && !says(first)
        {
            self.fault(
                path,
                code,
                crate::words!(
                    "The words are missing in `{}`, the contract's first language.",
                    first
                ),
                crate::words!("Write them in `{}`; other languages may follow.", first),
            );
        }
        for (i, text) in texts.iter().enumerate() {
            if texts[..i].iter().any(|other| other.language == text.language) {
                self.fault(
                    format!("{path}[{i}].language"),
                    "language_repeated",
                    crate::words!("The words are there twice in `{}`.", text.language),
                    "Keep one text for each language.",
                );
            }
        }
    }
}
