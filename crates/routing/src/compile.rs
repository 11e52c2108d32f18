//! From the contract that people write to the rules that the router reads.

use std::time::Duration;

use domain::{
    Fault, Timeline,
    contract::{ClosedRule, Contract, NobodyOnShift, Overflow, Period, Queue, Service, SkillAsk},
};

use crate::{
    ClientRules, NobodyRules, OverflowRules, PeriodRules, QueueRules, ServiceRules, SkillRule,
};

impl ClientRules {
    /// Compiles a contract. `hours` are the opening hours and `periods` the index of the period in
    /// force, both already in UTC. The contract is expected to have been validated; what the
    /// router could not live with is refused here again, every fault at once.
    pub fn compile(
        contract: &Contract,
        hours: &Timeline<bool>,
        periods: &Timeline<u16>,
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        if contract.periods.is_empty() {
            faults.push(Fault::new(
                "periods",
                "required",
                "The contract has no period.",
                "Add a period that holds always.",
            ));
        }
        if contract.queues.is_empty() {
            faults.push(Fault::new(
                "queues",
                "required",
                "The contract has no queue.",
                "Add a queue such as `Support`.",
            ));
        }
        if periods.changes.is_empty() || hours.changes.is_empty() {
            faults.push(Fault::new(
                "hours",
                "not_compiled",
                "The hours or the periods were compiled for no time at all.",
                "Compile them from before now until well after now.",
            ));
        }
        for (_, period) in &periods.changes {
            if usize::from(*period) >= contract.periods.len() && !contract.periods.is_empty() {
                faults.push(Fault::new(
                    "periods",
                    "unknown_period",
                    domain::words!(
                        "The timeline names period {}, which the contract does not have.",
                        period
                    ),
                    "Compile the periods of this very version of the contract.",
                ));
                break;
            }
        }
        if contract.languages.is_empty() {
            faults.push(Fault::new(
                "languages",
                "required",
                "The contract has no language.",
                "Name at least the default language, such as `en`.",
            ));
        }
        let Some(default_language) =
            contract.languages.first().copied().filter(|_| faults.is_empty())
        else {
            return Err(faults);
        };
        Ok(Self {
            client: contract.client,
            contract_version: contract.version,
            period_at: periods.clone(),
            open_at: hours.clone(),
            periods: contract.periods.iter().map(period).collect(),
            queues: contract.queues.iter().map(queue).collect(),
            sites_allowed: contract.sites_allowed.clone(),
            closed_waits: matches!(contract.closed, ClosedRule::Wait { .. }),
            default_language,
        })
    }
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(u64::from(seconds))
}

fn period(period: &Period) -> PeriodRules {
    PeriodRules {
        service: match &period.service {
            Service::Shared { pools } => ServiceRules::Shared(pools.clone()),
            Service::Dedicated { team } => ServiceRules::Dedicated(*team),
        },
        promise: period.promise.clone(),
        peak_greeting: period.peak_greeting.as_ref().map(|greeting| seconds(greeting.length_s)),
        overflow: period.overflow.as_ref().map(overflow),
        nobody_on_shift: match period.nobody_on_shift {
            NobodyOnShift::WaitForNextShift => NobodyRules::Wait,
            NobodyOnShift::Overflow => NobodyRules::Overflow,
            NobodyOnShift::Close => NobodyRules::Close,
        },
        talk_limit: period.call_limit_s.map(seconds),
    }
}

fn overflow(overflow: &Overflow) -> OverflowRules {
    OverflowRules {
        after: overflow.after_s.map(seconds),
        below_projected_percent: overflow.below_projected_percent,
        pools: overflow.pools.clone(),
    }
}

fn queue(queue: &Queue) -> QueueRules {
    QueueRules {
        queue: queue.id,
        channels: queue.channels.clone(),
        skills: queue.skills.iter().map(skill).collect(),
        language_required: queue.language_required,
        head_start: seconds(u32::from(queue.head_start_min) * 60),
        selection: queue.selection,
        sticky: queue.sticky,
        offer_timeout: seconds(queue.offer_timeout_s),
        wrap_up: queue.wrap_up,
        announce_position: queue.announce_position,
        waiting_max: queue.waiting_max,
    }
}

fn skill(ask: &SkillAsk) -> SkillRule {
    SkillRule {
        skill: ask.skill,
        level: ask.level,
        relax_after: ask.relax_after_s.map(seconds),
        relaxed_level: ask.relaxed_level,
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        CalendarId, ClientId, Language, PoolId, QueueId, SkillId, TeamId, Timestamp,
        contract::{
            Channel, ClockStart, Control, LocalisedText, PeakGreeting, PeriodHours, Selection,
            ServiceLevelFormula, ServicePromise, Sticky, WrapUpRule,
        },
    };

    use super::*;

    fn contract() -> Contract {
        let text =
            |text: &str| vec![LocalisedText { language: Language::FR, text: text.to_owned() }];
        let promise = ServicePromise {
            threshold_s: 20,
            target_percent: 80,
            formula: ServiceLevelFormula::OfOffered,
            clock: ClockStart::FirstRing,
            short_abandon_s: 5,
        };
        Contract {
            client: ClientId::from_u128(1),
            version: 3,
            valid_from: Timestamp::from_secs(0),
            zone: "Europe/Paris".to_owned(),
            hours: CalendarId::from_u128(2),
            periods: vec![Period {
                name: "Office hours".to_owned(),
                when: PeriodHours::Always,
                service: Service::Dedicated { team: TeamId::from_u128(3) },
                promise,
                peak_greeting: Some(PeakGreeting { text: text("Un instant"), length_s: 8 }),
                overflow: Some(Overflow {
                    after_s: Some(45),
                    below_projected_percent: Some(70),
                    pools: vec![PoolId::from_u128(4)],
                }),
                nobody_on_shift: NobodyOnShift::Overflow,
                call_limit_s: Some(300),
                control: Control::Client,
            }],
            queues: vec![Queue {
                id: QueueId::from_u128(5),
                name: "Support".to_owned(),
                channels: vec![Channel::Chat],
                greeting: text("Bonjour"),
                protocol: String::new(),
                skills: vec![SkillAsk {
                    skill: SkillId::from_u128(6),
                    level: 5,
                    relax_after_s: Some(30),
                    relaxed_level: 2,
                }],
                language_required: true,
                head_start_min: 5,
                selection: Selection::ProficiencyFirst,
                sticky: Some(Sticky { within_hours: 4, wait_s: 10 }),
                offer_timeout_s: 25,
                wrap_up: WrapUpRule::UntilDone,
                announce_position: true,
                waiting_max: 50,
            }],
            languages: vec![Language::FR, Language::EN],
            sites_allowed: None,
            closed: ClosedRule::Wait { text: text("A demain") },
            dispositions: vec![],
            retention_days: 90,
            pause_max_s: 120,
            tariff: None,
        }
    }

    #[test]
    fn every_rule_of_the_contract_reaches_the_router() {
        let contract = contract();
        let (hours, periods) = (Timeline::constant(true), Timeline::constant(0));
        let rules = ClientRules::compile(&contract, &hours, &periods).expect("nothing is wrong");
        assert_eq!((rules.contract_version, rules.closed_waits), (3, true));
        assert_eq!(rules.default_language, Language::FR);
        let period = &rules.periods[0];
        assert_eq!(period.service, ServiceRules::Dedicated(TeamId::from_u128(3)));
        assert_eq!(period.peak_greeting, Some(seconds(8)));
        assert_eq!(period.talk_limit, Some(seconds(300)));
        assert_eq!(period.nobody_on_shift, NobodyRules::Overflow);
        let overflow = period.overflow.as_ref().expect("the contract has one");
        assert_eq!(
            (overflow.after, overflow.below_projected_percent),
            (Some(seconds(45)), Some(70))
        );
        let queue = &rules.queues[0];
        assert_eq!((queue.head_start, queue.offer_timeout), (seconds(300), seconds(25)));
        assert_eq!((queue.announce_position, queue.language_required), (true, true));
        assert_eq!((queue.waiting_max, queue.wrap_up), (50, WrapUpRule::UntilDone));
        assert_eq!(queue.sticky, Some(Sticky { within_hours: 4, wait_s: 10 }));
        let skill = &queue.skills[0];
        assert_eq!(
            (skill.level, skill.relax_after, skill.relaxed_level),
            (5, Some(seconds(30)), 2)
        );
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let mut contract = contract();
        contract.queues.clear();
        contract.languages.clear();
        let hours = Timeline { changes: vec![], compiled_until: Timestamp::MAX };
        let faults = ClientRules::compile(&contract, &hours, &Timeline::constant(4));
        let codes: Vec<(String, String)> = faults
            .expect_err("much is wrong")
            .into_iter()
            .map(|fault| (fault.field, fault.code))
            .collect();
        let expected = [
            ("queues", "required"),
            ("hours", "not_compiled"),
            ("periods", "unknown_period"),
            ("languages", "required"),
        ];
        assert_eq!(codes, expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    }
}
