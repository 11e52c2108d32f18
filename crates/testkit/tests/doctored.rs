//! Each law can fail: a day that holds all of them is doctored in one place, and the law says so.

use std::time::Duration;

use domain::contract::Channel;
use routing::{
    AgentRules, AgentState, AwayReason, Ending, Event, FloorRules, Input, OfferKind, Presence,
};
use testkit::{Day, DayShape, Law, Restless, Step, check, drive};

/// What was done to the log.
type Doctor = fn(&mut Vec<Step>);

fn each_event(steps: &mut [Step], mut change: impl FnMut(&mut Event)) {
    for step in steps {
        if let Step::Event(stamped) = step {
            change(&mut stamped.event);
        }
    }
}

fn each_input(steps: &mut [Step], mut change: impl FnMut(&mut Input)) {
    for step in steps {
        if let Step::Accepted { input, .. } = step {
            change(input);
        }
    }
}

fn each_agent(steps: &mut [Step], mut change: impl FnMut(&mut AgentRules)) {
    each_input(steps, |input| {
        if let Input::SetAgent(rules) = input {
            change(rules);
        }
    });
}

fn floor(steps: &mut [Step], mut change: impl FnMut(&mut FloorRules)) {
    each_input(steps, |input| {
        if let Input::SetFloor(rules) = input {
            change(rules);
        }
    });
}

/// Where the first event is that `wanted` wants.
fn place(steps: &[Step], wanted: impl Fn(&Event) -> bool) -> usize {
    steps
        .iter()
        .position(|step| matches!(step, Step::Event(stamped) if wanted(&stamped.event)))
        .expect("a busy day has such an event")
}

const DOCTORS: [(Law, Doctor); 27] = [
    (Law::EndsOnce, |steps| {
        let ended = place(steps, |event| matches!(event, Event::Ended { .. }));
        steps.insert(ended, steps[ended].clone());
    }),
    (Law::EndsTruly, |steps| {
        each_event(steps, |event| {
            if let Event::Ended { ending: ending @ Ending::Handled(_), .. } = event {
                *ending = Ending::Abandoned;
            }
        });
    }),
    (Law::OneAgent, |steps| {
        let offered =
            place(steps, |event| matches!(event, Event::Offered { kind: OfferKind::Queue, .. }));
        steps.insert(offered, steps[offered].clone());
    }),
    (Law::Capacity, |steps| floor(steps, |rules| rules.cost = vec![100; 5])),
    (Law::Ring, |steps| {
        each_agent(steps, |rules| {
            rules.pools.clear();
            rules.team = None;
        });
    }),
    (Law::SignOff, |steps| each_agent(steps, |rules| rules.sign_offs.clear())),
    (Law::Asked, |steps| each_agent(steps, |rules| rules.languages.clear())),
    (Law::Skill, |steps| each_agent(steps, |rules| rules.skills.clear())),
    (Law::Available, |steps| {
        let offered = place(steps, |event| matches!(event, Event::Offered { .. }));
        let Step::Event(stamped) = &steps[offered] else { return };
        let Event::Offered { agent, .. } = stamped.event else { return };
        let presence = Presence::Away(AwayReason::Lunch);
        let input = Box::new(Input::SetPresence { agent, presence });
        steps.insert(offered, Step::Accepted { at: stamped.at, input });
    }),
    (Law::Reoffer, |steps| {
        floor(steps, |rules| rules.reoffer_after = Duration::from_secs(24 * 3600));
    }),
    (Law::NobodyIdle, |steps| {
        // The agents know more than the router did.
        each_agent(steps, |rules| {
            rules.skills = (1..=3).map(|n| (testkit::ids::skill(n), 10)).collect();
            rules.sign_offs = (1..=9).map(testkit::ids::client).collect();
        });
    }),
    (Law::TrueState, |steps| {
        let told = place(steps, |event| {
            matches!(event, Event::AgentState { state: AgentState::Talking, .. })
        });
        steps.remove(told);
    }),
    (Law::Ledger, |steps| {
        let told = place(steps, |event| {
            matches!(event, Event::AgentState { state: AgentState::SignedOut, .. })
        });
        steps.remove(told);
    }),
    (Law::Overtaking, |steps| {
        let mut odd = false;
        each_input(steps, |input| {
            if let Input::Arrive(arrival) = input {
                odd = !odd;
                arrival.head_start = odd.then_some(Duration::from_secs(3600));
            }
        });
    }),
    (Law::Fairness, |steps| {
        // The pools had a cap that the router did not know of.
        let mut others = 0;
        each_input(steps, |input| {
            if let Input::SetPool(rules) = input {
                rules.fairness_cap_percent = 45;
                others += 1;
            }
        });
        assert!(others > 0, "a floor has pools");
    }),
    (Law::WrapUp, |steps| {
        each_event(steps, |event| {
            if let Event::WrapUpStarted { until: Some(until), .. } = event {
                *until = *until + Duration::from_secs(1);
            }
        });
    }),
    (Law::Greeting, |steps| {
        let greeting = place(steps, |event| matches!(event, Event::GreetingStarted { .. }));
        steps.insert(greeting, steps[greeting].clone());
    }),
    (Law::Clock, |steps| {
        each_event(steps, |event| {
            if let Event::Answered { wait, .. } = event {
                *wait += Duration::from_micros(1);
            }
        });
    }),
    (Law::Promise, |steps| {
        each_event(steps, |event| {
            if let Event::Arrived { contract_version, .. } = event {
                *contract_version += 1;
            }
        });
    }),
    (Law::Told, |steps| {
        for step in steps {
            if let Step::Told { at, ahead_max, .. } = step {
                // One more every minute.
                *ahead_max += u32::try_from(at.micros() / 60_000_000 % 10_000).unwrap_or(0);
            }
        }
    }),
    (Law::OfferEnds, |steps| {
        let ended = place(steps, |event| matches!(event, Event::OfferEnded { .. }));
        steps.remove(ended);
    }),
    (Law::Overflow, |steps| {
        each_input(steps, |input| {
            if let Input::SetClient(rules) = input {
                for overflow in rules.periods.iter_mut().filter_map(|p| p.overflow.as_mut()) {
                    overflow.after = overflow.after.map(|after| after + Duration::from_secs(60));
                }
            }
        });
    }),
    (Law::Refusal, |steps| {
        for step in steps {
            if let Step::Refused { changed, .. } = step {
                *changed = true;
            }
        }
    }),
    (Law::Time, |steps| {
        let ended = place(steps, |event| matches!(event, Event::Ended { .. }));
        if let Step::Event(stamped) = &mut steps[ended] {
            stamped.at = stamped.at - Duration::from_secs(3600);
        }
    }),
    (Law::Phone, |steps| {
        // Nobody's phone was ever ready.
        each_input(steps, |input| {
            if let Input::Phone { ready, .. } = input {
                *ready = false;
            }
        });
    }),
    (Law::OneCall, |steps| {
        // The chats were calls.
        each_event(steps, |event| {
            if let Event::Arrived { channel, .. } = event {
                *channel = Channel::Voice;
            }
        });
    }),
    (Law::Outbound, |steps| {
        each_event(steps, |event| {
            if let Event::Ended { ending: ending @ Ending::NotReached, .. } = event {
                *ending = Ending::Abandoned;
            }
        });
    }),
];

#[test]
fn each_law_can_fail() {
    let laws: std::collections::BTreeSet<Law> = DOCTORS.iter().map(|(law, _)| *law).collect();
    assert_eq!(laws.len(), Law::ALL.len(), "a law has no doctor");
    // The last day is for the fairness between clients: its pool has no cap until it is doctored.
    let days: Vec<Vec<Step>> = (0x600..0x603)
        .map(|seed| Day::random(seed, DayShape::BUSY))
        .chain([Day::crowded(1, 100)])
        .map(|day| drive(&day, &mut Restless::new(day.seed, &day.plan), true).steps)
        .collect();
    for steps in &days {
        assert_eq!(check(steps), [], "the days are sound before they are doctored");
    }
    for (law, doctor) in DOCTORS {
        let caught = days.iter().any(|steps| {
            let mut steps = steps.clone();
            doctor(&mut steps);
            check(&steps).iter().any(|broken| broken.law == law)
        });
        assert!(caught, "{law:?} did not notice what was done to it");
    }
}
