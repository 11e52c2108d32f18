//! A small language for whole scenes: `09:00 anna ready; 09:05 call A` in, what happened out.
//!
//! A script is a list of `HH:MM[:SS] words` parted by `;` or line ends. Names are made up as they
//! come: each agent, contact, client and queue gets the id of its first use, so a scene reads alone.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use domain::{
    AgentId, ClientId, ContactId, CustomerId, Language, PoolId, QueueId, SiteId, SkillId, TeamId,
    Timeline, Timestamp,
    contract::{Channel, ClockStart, Selection, ServiceLevelFormula, ServicePromise, WrapUpRule},
};
use routing::*;

/// A stage for one scene.
pub struct Stage {
    pub router: Router,
    names: BTreeMap<String, u128>,
    log: String,
}

/// The pool that everybody is in unless a scene says otherwise.
pub const POOL: PoolId = PoolId::from_u128(900);
/// The overflow pool.
pub const SECOND_POOL: PoolId = PoolId::from_u128(901);
/// The dedicated team.
pub const TEAM: TeamId = TeamId::from_u128(902);

pub fn at(text: &str) -> Timestamp {
    let mut parts = text.split(':').map(|part| part.parse::<i64>().expect("a number"));
    let mut next = || parts.next().unwrap_or(0);
    Timestamp::from_secs((next() * 60 + next()) * 60 + next())
}

pub fn client(n: u128) -> ClientId {
    ClientId::from_u128(0xC000 + n)
}

pub fn queue(n: u128) -> QueueId {
    QueueId::from_u128(0x9000 + n)
}

pub fn skill(n: u128) -> SkillId {
    SkillId::from_u128(0x5000 + n)
}

/// A promise of 20 seconds with a short-abandon limit of 5.
pub fn promise() -> ServicePromise {
    ServicePromise {
        threshold_s: 20,
        target_percent: 80,
        formula: ServiceLevelFormula::OfOffered,
        clock: ClockStart::FirstRing,
        short_abandon_s: 5,
    }
}

/// A queue of the client with the number, open to everything, without wrap-up.
pub fn queue_rules(n: u128) -> QueueRules {
    QueueRules {
        queue: queue(n),
        channels: Channel::ALL.to_vec(),
        skills: Vec::new(),
        language_required: false,
        head_start: Duration::ZERO,
        selection: Selection::LongestIdle,
        sticky: None,
        offer_timeout: Duration::from_secs(20),
        wrap_up: WrapUpRule::None,
        announce_position: false,
        waiting_max: 1_000,
    }
}

pub fn period(service: ServiceRules) -> PeriodRules {
    PeriodRules {
        service,
        promise: promise(),
        peak_greeting: None,
        overflow: None,
        nobody_on_shift: NobodyRules::Wait,
        talk_limit: None,
    }
}

/// A client served by [`POOL`] round the clock, with the queue of its own number.
pub fn client_rules(n: u128) -> ClientRules {
    ClientRules {
        client: client(n),
        contract_version: 1,
        period_at: Timeline::constant(0),
        open_at: Timeline::constant(true),
        periods: vec![period(ServiceRules::Shared(vec![POOL]))],
        queues: vec![queue_rules(n)],
        sites_allowed: None,
        closed_waits: true,
        default_language: Language::EN,
    }
}

impl Stage {
    /// A floor with two pools and client 1.
    pub fn new() -> Self {
        let mut stage = Self { router: Router::new(), names: BTreeMap::new(), log: String::new() };
        stage.floor(|_| {});
        for pool in [POOL, SECOND_POOL] {
            stage.input("00:00", Input::SetPool(PoolRules { pool, fairness_cap_percent: 100 }));
        }
        stage.client(client_rules(1));
        stage.log.clear();
        stage
    }

    /// Changes the rules of the floor; scenes record no decisions unless they ask for them.
    pub fn floor(&mut self, change: impl FnOnce(&mut FloorRules)) {
        let mut rules = FloorRules { record_decisions: false, ..FloorRules::default() };
        change(&mut rules);
        self.input("00:00", Input::SetFloor(rules));
    }

    pub fn client(&mut self, rules: ClientRules) {
        self.input("00:00", Input::SetClient(Box::new(rules)));
        self.log.clear();
    }

    /// An agent of [`POOL`], signed off for clients 1 to 3, for every channel.
    pub fn agent_rules(&mut self, name: &str) -> AgentRules {
        AgentRules {
            agent: self.agent_id(name),
            pools: vec![POOL],
            team: None,
            skills: Vec::new(),
            languages: vec![Language::EN],
            sign_offs: (1..=3).map(client).collect(),
            site: Some(SiteId::from_u128(1)),
            channels: Channel::ALL.map(|channel| (channel, 3)).to_vec(),
        }
    }

    pub fn agent(&mut self, name: &str, change: impl FnOnce(&mut AgentRules)) {
        let mut rules = self.agent_rules(name);
        change(&mut rules);
        self.input("00:00", Input::SetAgent(Box::new(rules)));
    }

    pub fn agent_id(&mut self, name: &str) -> AgentId {
        AgentId::from_u128(self.id("agent", name))
    }

    pub fn contact_id(&mut self, name: &str) -> ContactId {
        ContactId::from_u128(self.id("contact", name))
    }

    fn id(&mut self, kind: &str, name: &str) -> u128 {
        let next = self.names.len() as u128 + 1;
        *self.names.entry(format!("{kind} {name}")).or_insert(next)
    }

    fn name(&self, kind: &str, id: u128) -> String {
        let kind = format!("{kind} ");
        self.names
            .iter()
            .find(|(name, at)| **at == id && name.starts_with(&kind))
            .map_or_else(|| format!("#{id}"), |(name, _)| name[kind.len()..].to_owned())
    }

    fn agent_name(&self, agent: AgentId) -> String {
        self.name("agent", agent.uuid().as_u128())
    }

    /// Hands one input in and logs what comes out.
    pub fn input(&mut self, time: &str, input: Input) {
        if let Err(refused) = self.router.handle(at(time), input) {
            self.drain();
            let mut text = refused.to_string();
            for (name, id) in &self.names {
                let (_, name) = name.split_once(' ').expect("kind and name");
                text = text.replace(&domain::AgentId::from_u128(*id).to_string(), name);
            }
            let _ = writeln!(self.log, "{} refused: {text}", clock(at(time)));
            return;
        }
        self.drain();
    }

    pub fn advance(&mut self, time: &str) {
        self.router.advance(at(time));
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(stamped) = self.router.next_event() {
            if let Some(line) = self.line(&stamped.event) {
                let _ = writeln!(self.log, "{} {line}", clock(stamped.at));
            }
        }
    }

    /// Plays the script and returns what happened, line by line.
    pub fn play(&mut self, script: &str) -> String {
        self.log.clear();
        let lines: Vec<&str> =
            script.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty()).collect();
        for line in lines {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (time, words) = words.split_first().expect("a time");
            if words.is_empty() {
                self.advance(time);
                continue;
            }
            let input = self.read(words);
            self.input(time, input);
        }
        std::mem::take(&mut self.log)
    }

    fn read(&mut self, words: &[&str]) -> Input {
        let presence = |word: &str| match word {
            "ready" => Some(Presence::Available),
            "break" => Some(Presence::Away(AwayReason::Break)),
            "lunch" => Some(Presence::Away(AwayReason::Lunch)),
            _ => None,
        };
        match *words {
            [kind @ ("call" | "chat" | "mail"), name, ref rest @ ..] => {
                let channel = match kind {
                    "call" => Channel::Voice,
                    "chat" => Channel::Chat,
                    _ => Channel::Mail,
                };
                let mut arrival = Arrival {
                    contact: self.contact_id(name),
                    client: client(1),
                    queue: queue(1),
                    channel,
                    language: None,
                    first_ring: None,
                    customer: None,
                    head_start: None,
                    emergency: false,
                };
                let mut door = None;
                for word in rest {
                    let (key, value) = word.split_once('=').unwrap_or((word, ""));
                    match key {
                        "client" => {
                            let n = value.parse().expect("the number of a client");
                            (arrival.client, arrival.queue) = (client(n), queue(n));
                        }
                        "queue" => arrival.queue = queue(value.parse().expect("a queue")),
                        "in" => arrival.language = Some(value.parse().expect("a language")),
                        "from" => {
                            arrival.customer =
                                Some(CustomerId::from_u128(self.id("customer", value)));
                        }
                        "since" => arrival.first_ring = Some(at(value)),
                        "ahead" => {
                            let seconds = value.parse().expect("seconds of head start");
                            arrival.head_start = Some(Duration::from_secs(seconds));
                        }
                        "emergency" => arrival.emergency = true,
                        "led" => {
                            door = Some(match value {
                                "callback" => Door::Callback,
                                "voicemail" => Door::Voicemail,
                                _ => Door::Wait,
                            });
                        }
                        _ => panic!("`{word}` is no property of a contact"),
                    }
                }
                match door {
                    None => Input::Arrive(arrival),
                    Some(door) => Input::ArriveLed(Led { arrival, skill: None, door }),
                }
            }
            ["abandon", name] => Input::Abandon { contact: self.contact_id(name) },
            ["callback", name] => Input::RequestCallback { contact: self.contact_id(name) },
            ["expedite", name] => Input::Expedite { contact: self.contact_id(name) },
            ["end", name] => Input::End { contact: self.contact_id(name), by: EndedBy::Customer },
            ["voicemail", name] => Input::LeaveVoicemail { contact: self.contact_id(name) },
            ["again", name] => Input::CallAgain { contact: self.contact_id(name), wraps_up: true },
            // As journals had it before agents wrapped such a call up.
            ["again", name, "unwrapped"] => {
                Input::CallAgain { contact: self.contact_id(name), wraps_up: false }
            }
            ["cut", name] => Input::Cut { contact: self.contact_id(name) },
            ["nobody", "outside", name] => Input::OutsideFailed { contact: self.contact_id(name) },
            ["cancel", name] => Input::CancelCallback { contact: self.contact_id(name) },
            ["reached", name] => Input::CustomerAnswered { contact: self.contact_id(name) },
            ["failed", name, "until", retry_at] => {
                let contact = self.contact_id(name);
                Input::CallbackFailed { contact, retry_at: at(retry_at) }
            }
            ["greeted", name] => {
                let contact = self.contact_id(name);
                Input::Call(CallFact { contact, step: CallStep::GreetingPlayed })
            }
            [agent, "phone", state] => {
                Input::Phone { agent: self.agent_id(agent), ready: state == "ready" }
            }
            [agent, "calls", name] => Input::CallOut(CallOut {
                contact: self.contact_id(name),
                client: client(1),
                queue: queue(1),
                agent: self.agent_id(agent),
                language: None,
                customer: None,
            }),
            [agent, "out"] => Input::SignOut { agent: self.agent_id(agent) },
            [agent, "lost"] => Input::ConnectionLost { agent: self.agent_id(agent) },
            [agent, "restored"] => Input::ConnectionRestored { agent: self.agent_id(agent) },
            [agent, "in"] => self.sign_in(agent, Presence::Available),
            [agent, "in", word] => self.sign_in(agent, presence(word).expect("a presence")),
            [agent, word] if presence(word).is_some() => Input::SetPresence {
                agent: self.agent_id(agent),
                presence: presence(word).expect("just looked"),
            },
            [agent, verb, contact, ref rest @ ..] => {
                let (agent, contact) = (self.agent_id(agent), self.contact_id(contact));
                match (verb, rest) {
                    ("answers", _) => Input::Answer { contact, agent },
                    ("refuses", _) => Input::Refuse { contact, agent },
                    ("busy", _) => Input::OfferFailed { contact, agent, cause: OfferFailure::Busy },
                    ("unreachable", _) => {
                        Input::OfferFailed { contact, agent, cause: OfferFailure::Unreachable }
                    }
                    ("holds", _) => Input::Hold { contact, agent },
                    ("resumes", _) => Input::Resume { contact, agent },
                    ("leaves", _) => Input::Leave { contact, agent },
                    ("extends", _) => Input::ExtendWrapUp { contact, agent },
                    ("finishes", _) => Input::FinishWrapUp { contact, agent, disposition: None },
                    ("over", [by]) => {
                        Input::TakeOver { contact, from: agent, by: self.agent_id(by) }
                    }
                    ("released", _) => Input::Release { contact, agent },
                    ("conference", _) => Input::Conference { contact, by: agent },
                    ("consults", [to]) => {
                        Input::Consult { contact, by: agent, to: self.agent_id(to) }
                    }
                    ("transfers", ["to", "queue", to]) => Input::Transfer {
                        contact,
                        by: agent,
                        to: TransferTarget::Queue(queue(to.parse().expect("a queue"))),
                    },
                    ("transfers", ["to", "skill", to]) => Input::Transfer {
                        contact,
                        by: agent,
                        to: TransferTarget::Skill(skill(to.parse().expect("a skill"))),
                    },
                    ("transfers", ["outside"]) => {
                        Input::Transfer { contact, by: agent, to: TransferTarget::Outside }
                    }
                    ("transfers", ["to", to]) => Input::Transfer {
                        contact,
                        by: agent,
                        to: TransferTarget::Agent(self.agent_id(to)),
                    },
                    _ => panic!("`{}` is no line of a script", words.join(" ")),
                }
            }
            _ => panic!("`{}` is no line of a script", words.join(" ")),
        }
    }

    fn sign_in(&mut self, agent: &str, presence: Presence) -> Input {
        let id = self.agent_id(agent);
        if self.router.agent_view(id).is_none() {
            self.agent(agent, |_| {});
        }
        Input::SignIn { agent: id, presence }
    }

    fn line(&self, event: &Event) -> Option<String> {
        let c = |id: &ContactId| self.name("contact", id.uuid().as_u128());
        let a = |id: &AgentId| self.agent_name(*id);
        let s = |span: &Duration| format!("{}s", span.as_secs());
        Some(match event {
            Event::Arrived { contact, .. } => format!("arrived {}", c(contact)),
            Event::WaitsForOpening { contact, opens, .. } => {
                let opens = opens.map_or_else(|| "never".to_owned(), clock);
                format!("waits {} for the opening at {opens}", c(contact))
            }
            Event::Queued { contact, why, .. } => format!("queued {} {why:?}", c(contact)),
            Event::GreetingStarted { contact, length, .. } => {
                format!("greeting {} {}", c(contact), s(length))
            }
            Event::RingOpened { contact, why, overflow, .. } => {
                format!("ring {} {why:?}{}", c(contact), if *overflow { " overflow" } else { "" })
            }
            Event::Offered { contact, agent, until, kind, .. } => {
                format!("offer {} to {} until {} {kind:?}", c(contact), a(agent), clock(*until))
            }
            Event::OfferEnded { contact, agent, why, .. } => {
                format!("offer ended {} at {} {why:?}", c(contact), a(agent))
            }
            Event::Answered { contact, agent, wait, first, overflow, .. } => format!(
                "answered {} by {} after {}{}{}",
                c(contact),
                a(agent),
                s(wait),
                if *first { "" } else { " again" },
                if *overflow { " overflow" } else { "" }
            ),
            Event::Held { contact, agent, .. } => format!("held {} by {}", c(contact), a(agent)),
            Event::Resumed { contact, agent, .. } => {
                format!("resumed {} by {}", c(contact), a(agent))
            }
            Event::ConsultStarted { contact, by, to, .. } => {
                format!("consult {} {} with {}", c(contact), a(by), a(to))
            }
            Event::ConferenceStarted { contact, by, .. } => {
                format!("conference {} by {}", c(contact), a(by))
            }
            Event::PartEnded { contact, agent, talk, hold, why, .. } => format!(
                "part ended {} of {} talk {} hold {} {why:?}",
                c(contact),
                a(agent),
                s(talk),
                s(hold)
            ),
            Event::WrapUpStarted { contact, agent, until, .. } => {
                let until = until.map_or_else(|| "done".to_owned(), clock);
                format!("wrap-up {} of {} until {until}", c(contact), a(agent))
            }
            Event::WrapUpExtended { contact, agent, until, .. } => {
                format!("wrap-up {} of {} extended until {}", c(contact), a(agent), clock(*until))
            }
            Event::WrapUpEnded { contact, agent, length, .. } => {
                format!("wrap-up ended {} of {} after {}", c(contact), a(agent), s(length))
            }
            Event::Transferred { contact, by, .. } => {
                format!("transferred {} by {}", c(contact), a(by))
            }
            Event::CallbackPromised { contact, .. } => format!("callback {}", c(contact)),
            Event::Ended { contact, ending, wait, .. } => {
                format!("ended {} {ending:?} wait {}", c(contact), s(wait))
            }
            Event::TalkLimitPassed { contact, agent, .. } => {
                format!("long talk {} of {}", c(contact), a(agent))
            }
            Event::AgentState { agent, state, next } => {
                let next = next.map_or_else(String::new, |next| format!(" next {next:?}"));
                format!("{} {state:?}{next}", a(agent))
            }
            Event::PeriodChanged { period, open, .. } => {
                format!("period {period} {}", if *open { "open" } else { "closed" })
            }
            Event::Expedited { contact, .. } => format!("expedited {}", c(contact)),
            Event::Call { contact, step, .. } => format!("fact {} {step:?}", c(contact)),
            Event::Phone { agent, ready } => {
                format!("phone of {} {}", a(agent), if *ready { "ready" } else { "gone" })
            }
            Event::CalledOut { contact, agent, .. } => {
                format!("called out {} by {}", c(contact), a(agent))
            }
            Event::CustomerAnswered { contact, .. } => format!("reached {}", c(contact)),
            Event::CallbackFailed { contact, agent, tries, retry_at, .. } => {
                let retry_at = retry_at.map_or_else(|| "never".to_owned(), clock);
                format!("failed {} of {} try {tries} again {retry_at}", c(contact), a(agent))
            }
        })
    }
}

fn clock(at: Timestamp) -> String {
    let seconds = at.micros().div_euclid(1_000_000);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
