//! A decision in words.

use std::fmt::Write as _;

use domain::AgentId;

use crate::{AgentRule, ContactRule, Decision};

impl Decision {
    /// The decision as English sentences. `chosen` is the agent of the offer, `name` gives the
    /// names of agents.
    pub fn sentence(&self, chosen: AgentId, name: impl Fn(AgentId) -> String) -> String {
        let mut text = format!("Offered to {} ", name(chosen));
        let others = self.eligible_count.saturating_sub(1);
        text += match self.agent_rule {
            AgentRule::LongestIdle => "who had the least work in hand and was idle longest",
            AgentRule::Proficiency => "who had the highest levels in the skills asked",
            AgentRule::Sticky => "who served this customer last",
            AgentRule::Named => "who was asked for by name",
            AgentRule::CameFree => "who came free",
        };
        text += match self.contact_rule {
            ContactRule::JustArrived => "",
            ContactRule::NearestBreach => {
                "; of those waiting this one was nearest to breaking its promise"
            }
            ContactRule::FairnessCap => {
                "; nearer ones belong to a client that has its share of the pool already"
            }
            ContactRule::Emergency => "; it was in the emergency lane",
        };
        let _ = match others {
            0 => write!(text, ". Nobody else was free."),
            1 => write!(text, ". One other agent was free"),
            n => write!(text, ". {n} other agents were free"),
        };
        if others > 0 {
            if !self.eligible.is_empty() {
                let names: Vec<String> = self.eligible.iter().map(|agent| name(*agent)).collect();
                let _ = write!(text, ", next in order {}", names.join(", "));
            }
            text.push('.');
        }
        if !self.ineligible.is_empty() {
            let named: Vec<String> = self
                .ineligible
                .iter()
                .map(|(agent, reason)| format!("{} ({reason})", name(*agent)))
                .collect();
            let _ = write!(text, " Not asked: {}.", named.join(", "));
        }
        if !self.ineligible_counts.is_empty() {
            let counted: Vec<String> = self
                .ineligible_counts
                .iter()
                .map(|(reason, count)| format!("{count} {reason}"))
                .collect();
            let _ = write!(text, " On the whole floor: {}.", counted.join(", "));
        }
        let _ = write!(
            text,
            " It had waited {} s, with {} of its queue behind it; contract version {}, period {}",
            self.waited.as_secs(),
            self.waiting_behind,
            self.contract_version,
            self.period + 1,
        );
        if self.overflow {
            text += ", overflow open";
        }
        match self.skills_relaxed {
            0 => {}
            1 => text += ", one skill relaxed",
            n => {
                let _ = write!(text, ", {n} skills relaxed");
            }
        }
        text.push('.');
        text
    }
}
