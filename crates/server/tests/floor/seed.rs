//! A small floor in the records: three clients under the three contracts, six agents, a lead and an
//! administrator. Everybody's password is [`PASSWORD`].

use argon2::{Argon2, Params, PasswordHasher, password_hash::SaltString};
use domain::{
    AgentId, Calendar, CalendarId, ClientId, DispositionId, Language, PoolId, QueueId, SkillId,
    TeamId, Timestamp, UserId, WidgetId,
    calendar::{MinuteOfDay, Weekday, WeeklyRange},
    contract::{
        Channel, ClockStart, ClosedRule, Contract, Control, Disposition, LocalisedText,
        NobodyOnShift, Overflow, PeakGreeting, Period, PeriodHours, Queue, Selection, Service,
        ServiceLevelFormula, ServicePromise, SkillAsk, WrapUpRule,
    },
};
use server::config::VoiceConfig;
use store::{
    ClientScope, ProviderScope, Store,
    records::{
        Agent, AgentClient, AgentSkill, Client, ClientStatus, ContractVersion, Pool, Skill, Team,
        User, Widget,
    },
};

/// Everybody's password.
pub const PASSWORD: &str = "a long enough password";

/// Pages that may show the widgets.
pub const ORIGIN: &str = "https://shop.example";

/// Secret by which a client's page vouches for its customers.
pub const WIDGET_SECRET: &str = "the client and the provider know this and nobody else";

/// The clients.
/// How long a recording may pause, other than by default. In seconds.
pub const PAUSE_MAX_S: u32 = 60;
pub const SHARED: ClientId = ClientId::from_u128(0xC1);
pub const DEDICATED: ClientId = ClientId::from_u128(0xC2);
pub const HYBRID: ClientId = ClientId::from_u128(0xC3);

/// Their queues.
pub const SHARED_QUEUE: QueueId = QueueId::from_u128(0x11);
pub const SHARED_BILLING: QueueId = QueueId::from_u128(0x12);
pub const DEDICATED_QUEUE: QueueId = QueueId::from_u128(0x21);
pub const HYBRID_QUEUE: QueueId = QueueId::from_u128(0x31);

/// The widgets' keys.
pub const SHARED_WIDGET: &str = "wk_shared";
pub const DEDICATED_WIDGET: &str = "wk_dedicated";
pub const HYBRID_WIDGET: &str = "wk_hybrid";

/// Pools, teams, a skill, a disposition.
pub const POOL: PoolId = PoolId::from_u128(0xA1);
pub const OTHER_POOL: PoolId = PoolId::from_u128(0xA2);
pub const DEDICATED_TEAM: TeamId = TeamId::from_u128(0xB1);
pub const HYBRID_TEAM: TeamId = TeamId::from_u128(0xB2);
pub const BILLING: SkillId = SkillId::from_u128(0xD1);
pub const DONE: DispositionId = DispositionId::from_u128(0xE1);

/// The agents: Anna and Ben in the pool, Ben with the skill; Dora and Dan in the dedicated team;
/// Hanna in the hybrid client's; Olga in the other pool.
pub const ANNA: AgentId = AgentId::from_u128(1);
pub const BEN: AgentId = AgentId::from_u128(2);
pub const DORA: AgentId = AgentId::from_u128(3);
pub const DAN: AgentId = AgentId::from_u128(4);
pub const HANNA: AgentId = AgentId::from_u128(5);
pub const OLGA: AgentId = AgentId::from_u128(6);

/// How the floor differs from the ordinary one.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Offers ring this long.
    pub offer_timeout_s: u32,
    /// Most waiting contacts of the shared client's first queue.
    pub waiting_max: u32,
    /// Open hours of all clients on each day.
    pub open: (u16, u16),
    /// Outside them.
    pub closed_waits: bool,
    /// The shared client's widget wants proof of who one is.
    pub identity_required: bool,
    /// The hybrid client's office hours on each day, in minutes.
    pub office: (u16, u16),
    /// Chats at once of each agent.
    pub chats: u8,
    /// Customers are told their place.
    pub announce: bool,
    /// The shared client pays for each message.
    pub messages_cost: bool,
    /// There is telephony, and queues take calls.
    pub calls: bool,
    /// Telephony by other settings than the usual ones.
    pub voice: Option<VoiceConfig>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            offer_timeout_s: 20,
            waiting_max: 100,
            open: (0, 1440),
            closed_waits: false,
            identity_required: false,
            office: (8 * 60, 18 * 60),
            chats: 3,
            announce: true,
            messages_cost: false,
            calls: false,
            voice: None,
        }
    }
}

/// A hash that costs nothing, of [`PASSWORD`]: the parameters travel with it.
fn cheap_hash() -> String {
    let argon = Argon2::new(
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        Params::new(Params::MIN_M_COST, 1, 1, None).unwrap(),
    );
    let salt = SaltString::encode_b64(b"salt of the test").unwrap();
    argon.hash_password(PASSWORD.as_bytes(), &salt).unwrap().to_string()
}

/// Writes the floor.
pub async fn sow(store: &Store, plan: &Plan, now: Timestamp) {
    let plan = plan.clone();
    store.tx(move |tx| Box::pin(async move { sow_in(tx, &plan, now).await })).await.unwrap();
}

async fn sow_in(tx: &mut store::Tx, plan: &Plan, now: Timestamp) -> Result<(), store::StoreError> {
    let provider = ProviderScope::granted();
    let hours = CalendarId::from_u128(0xF1);
    let calendar = Calendar {
        id: hours,
        name: "Hours".into(),
        zone: "Europe/Paris".into(),
        weekly: vec![daily(plan.open)],
        holidays: vec![],
        closures: vec![],
    };
    tx.create_calendar(&provider, &calendar).await?;
    for (id, name) in [(POOL, "Days"), (OTHER_POOL, "Evenings")] {
        let pool = Pool { id, name: name.into(), fairness_cap_percent: 100, agents: 0, version: 0 };
        tx.create_pool(&provider, &pool).await?;
    }
    let skill = Skill { id: BILLING, name: "Billing".into(), agents: 0, version: 0 };
    tx.create_skill(&provider, &skill).await?;
    for (id, name, key) in [
        (SHARED, "Alpine Hotel", SHARED_WIDGET),
        (DEDICATED, "Borealis Insurance", DEDICATED_WIDGET),
        (HYBRID, "Cadence Telecom", HYBRID_WIDGET),
    ] {
        let scope = ClientScope::of(id);
        let client = Client {
            id,
            name: name.into(),
            initials: name[..2].to_uppercase(),
            hue: 120,
            status: ClientStatus::Live,
            zone: "Europe/Paris".into(),
            created: now,
            version: 0,
        };
        tx.create_client(&provider, &client).await?;
        for (team_id, of, team_name) in
            [(DEDICATED_TEAM, DEDICATED, "Polar team"), (HYBRID_TEAM, HYBRID, "Office team")]
        {
            if of == id {
                let team =
                    Team { client: id, id: team_id, name: team_name.into(), agents: 0, version: 0 };
                tx.create_team(&scope, &team).await?;
            }
        }
        let document = contract(id, hours, plan, now);
        let queues = document.queues.iter().map(|queue| queue.id).collect();
        let version = ContractVersion {
            client: id,
            version: 1,
            valid_from: document.valid_from,
            document,
            author: None,
            author_name: "Test".into(),
            note: String::new(),
            published: now,
        };
        tx.publish_contract(&scope, &version).await?;
        let widget = Widget {
            client: id,
            id: WidgetId::from_u128(id.uuid().as_u128()),
            name: "Page".into(),
            queues,
            origins: vec![ORIGIN.into()],
            key: key.into(),
            secret: WIDGET_SECRET.into(),
            texts: serde_json::json!({ "colour": "#1a5fb4", "title": [{ "language": "en", "text": "Welcome." }] }),
            identity_required: plan.identity_required && id == SHARED,
            version: 0,
        };
        tx.create_widget(&scope, &widget).await?;
    }
    let hash = cheap_hash();
    for (id, name, team, pools, clients) in [
        (ANNA, "Anna", None, vec![POOL], vec![SHARED, HYBRID]),
        (BEN, "Ben", None, vec![POOL], vec![SHARED, HYBRID]),
        (DORA, "Dora", Some(DEDICATED_TEAM), vec![], vec![DEDICATED]),
        (DAN, "Dan", Some(DEDICATED_TEAM), vec![], vec![DEDICATED]),
        (HANNA, "Hanna", Some(HYBRID_TEAM), vec![], vec![HYBRID]),
        (OLGA, "Olga", None, vec![OTHER_POOL], vec![SHARED, HYBRID]),
    ] {
        let agent = Agent {
            id,
            name: format!("{name} of the floor"),
            alias: name.to_owned(),
            team,
            site: None,
            languages: vec![Language::EN, Language::FR],
            channels: match plan.calls {
                true => {
                    vec![(Channel::Chat, plan.chats), (Channel::Voice, 1), (Channel::Callback, 1)]
                }
                false => vec![(Channel::Chat, plan.chats)],
            },
            pools,
            skills: if id == BEN { vec![AgentSkill { skill: BILLING, level: 5 }] } else { vec![] },
            clients: clients
                .into_iter()
                .map(|client| AgentClient {
                    client,
                    signed_off: true,
                    alias: (client == SHARED).then(|| format!("{name} at the desk")),
                })
                .collect(),
            disabled: false,
            version: 0,
        };
        tx.create_agent(&provider, &agent).await?;
        create_user(tx, &name.to_lowercase(), "agent", Some(id), None, &hash).await?;
    }
    create_user(tx, "lead", "team_lead", None, None, &hash).await?;
    create_user(tx, "admin", "administrator", None, None, &hash).await?;
    create_user(tx, "reader", "client_reader", None, Some(SHARED), &hash).await
}

async fn create_user(
    tx: &mut store::Tx,
    login: &str,
    role: &str,
    agent: Option<AgentId>,
    client: Option<ClientId>,
    hash: &str,
) -> Result<(), store::StoreError> {
    let user = User {
        id: UserId::from_uuid(uuid::Uuid::now_v7()),
        login: login.to_owned(),
        name: format!("{login} the user"),
        password_hash: hash.to_owned(),
        role: role.to_owned(),
        client,
        agent,
        language: Language::EN,
        disabled: false,
        version: 0,
    };
    tx.create_user(&ProviderScope::granted(), &user).await
}

fn daily((from, until): (u16, u16)) -> WeeklyRange {
    WeeklyRange {
        days: Weekday::ALL.to_vec(),
        from: MinuteOfDay::from_minutes(from).unwrap(),
        until: MinuteOfDay::from_minutes(until).unwrap(),
    }
}

fn contract(client: ClientId, hours: CalendarId, plan: &Plan, now: Timestamp) -> Contract {
    let shared = || Service::Shared { pools: vec![POOL] };
    let dedicated = |team| Service::Dedicated { team };
    let mut queues = Vec::new();
    let periods = match client {
        SHARED => {
            queues.push(queue(SHARED_QUEUE, "Reception", plan));
            let mut billing = queue(SHARED_BILLING, "Billing", plan);
            billing.skills =
                vec![SkillAsk { skill: BILLING, level: 3, relax_after_s: None, relaxed_level: 0 }];
            queues.push(billing);
            vec![period("Always", PeriodHours::Always, shared())]
        }
        DEDICATED => {
            queues.push(queue(DEDICATED_QUEUE, "Claims", plan));
            vec![period("Always", PeriodHours::Always, dedicated(DEDICATED_TEAM))]
        }
        _ => {
            queues.push(queue(HYBRID_QUEUE, "Support", plan));
            let office = PeriodHours::Weekly { weekly: vec![daily(plan.office)] };
            let mut office = period("Office hours", office, dedicated(HYBRID_TEAM));
            office.overflow = Some(Overflow {
                after_s: Some(60),
                below_projected_percent: None,
                pools: vec![POOL],
            });
            vec![office, period("Out of office", PeriodHours::Otherwise, shared())]
        }
    };
    Contract {
        client,
        version: 1,
        valid_from: now - std::time::Duration::from_secs(3600),
        zone: "Europe/Paris".into(),
        hours,
        periods,
        queues,
        languages: vec![Language::EN, Language::FR],
        sites_allowed: None,
        closed: if plan.closed_waits {
            ClosedRule::Wait { text: text("We open again soon; you keep your place.") }
        } else {
            ClosedRule::Message { text: text("We are closed; leave us a message.") }
        },
        dispositions: vec![Disposition { id: DONE, label: "Question answered".into() }],
        retention_days: 365,
        pause_max_s: PAUSE_MAX_S,
        tariff: priced(client, plan),
    }
}

/// Half a euro for each message, of the shared client where it is planned so.
fn priced(client: ClientId, plan: &Plan) -> Option<domain::tariff::Tariff> {
    let tariff = || {
        serde_json::from_value(serde_json::json!({
            "currency": "EUR", "terms": "",
            "charges": [{ "name": "Messages", "unit": { "kind": "message" }, "price_milli": 50_000 }],
        }))
    };
    (plan.messages_cost && client == SHARED).then(|| tariff().expect("a tariff"))
}

fn text(words: &str) -> Vec<LocalisedText> {
    vec![LocalisedText { language: Language::EN, text: words.into() }]
}

fn queue(id: QueueId, name: &str, plan: &Plan) -> Queue {
    Queue {
        id,
        name: name.into(),
        channels: match plan.calls {
            true => vec![Channel::Chat, Channel::Voice],
            false => vec![Channel::Chat],
        },
        greeting: text("Hello, this is {agent}, how can I help?"),
        protocol: format!("Protocol of {name}: ask for the booking number first."),
        skills: vec![],
        language_required: false,
        head_start_min: 0,
        selection: Selection::LongestIdle,
        sticky: None,
        offer_timeout_s: plan.offer_timeout_s,
        wrap_up: WrapUpRule::Fixed { seconds: 30, extend_s: 30, extensions_max: 1 },
        announce_position: plan.announce,
        waiting_max: plan.waiting_max,
    }
}

fn period(name: &str, when: PeriodHours, service: Service) -> Period {
    Period {
        name: name.into(),
        when,
        service,
        promise: ServicePromise {
            threshold_s: 20,
            target_percent: 80,
            formula: ServiceLevelFormula::OfOffered,
            clock: ClockStart::FirstRing,
            short_abandon_s: 5,
        },
        peak_greeting: Some(PeakGreeting {
            text: text("Everybody is busy; somebody will be with you shortly."),
            length_s: 1,
        }),
        overflow: None,
        nobody_on_shift: NobodyOnShift::WaitForNextShift,
        call_limit_s: None,
        control: Control::Provider,
    }
}
