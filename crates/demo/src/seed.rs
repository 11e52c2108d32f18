//! Fills an empty store.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use domain::{
    AgentId, Calendar, CalendarId, ClientId, Language, PoolId, SkillId, TeamId, Timestamp, UserId,
    WidgetId, Zone,
    calendar::{MinuteOfDay, Weekday, WeeklyRange},
    contract::{Channel, Contract, Known},
};
use rand::{RngExt, distr::Alphanumeric};
use serde_json::json;
use store::{
    ClientScope, ProviderScope, Store,
    records::{
        Agent, AgentClient, AgentSkill, CannedAnswer, Client, ClientStatus, ContractVersion, Pool,
        Setting, Skill, Team, User, Widget,
    },
};
use uuid::Uuid;

use crate::{
    cast::{COLLEAGUES, Colleague, Company, Crew, OFFICERS, SKILLS},
    contracts::{Named, contract},
    past,
    tariffs::{AGENT_HOUR_MINOR, SHRINKAGE_PERMILLE},
};

/// Name of the provider.
const PROVIDER: &str = "Permanence Demo";

/// Where the key of each company's widget is remembered.
const KEYS: &str = "demo";

/// What an hour at work costs: the setting that planning begins with.
const COSTS: &str = "planning_costs";

/// The one password of the demonstration: made once, kept beside the data, printed at each start.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(<redacted>)")
    }
}

impl Password {
    /// The password kept in the data folder, or a new one that is kept there now.
    pub fn of_folder(data: &std::path::Path) -> Result<Self> {
        let file = data.join("demo-password");
        match std::fs::read_to_string(&file) {
            Ok(text) if !text.trim().is_empty() => return Ok(Self(text.trim().to_owned())),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| format!("reading {}", file.display()));
            }
        }
        let letters = |n| -> String {
            let letters = rand::rng().sample_iter(Alphanumeric).map(char::from);
            letters.filter(|c| !"0O1lI".contains(*c)).take(n).collect()
        };
        let made = Self(format!("{}-{}-{}", letters(4), letters(4), letters(4)));
        std::fs::create_dir_all(data).with_context(|| format!("making {}", data.display()))?;
        write_private(&file, &made.0).with_context(|| format!("writing {}", file.display()))?;
        Ok(made)
    }

    /// The words.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Writes a file that only its owner can read.
fn write_private(file: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text.as_bytes())
}

/// Whether nobody can sign in yet, so that the store may be filled.
pub async fn has_nobody(store: &Store) -> Result<bool> {
    Ok(store.view().is_first_run().await?)
}

/// The public key of each company's widget; empty when the store was not filled by [`seed`].
pub async fn widget_keys(store: &Store) -> Result<BTreeMap<Company, String>> {
    let setting = store.view().setting(&ProviderScope::granted(), KEYS).await?;
    let Some(setting) = setting else { return Ok(BTreeMap::new()) };
    let key =
        |company: Company| Some((company, setting.value[company.slug()].as_str()?.to_owned()));
    Ok(Company::ALL.into_iter().filter_map(key).collect())
}

/// Fills the store with the demonstration, in one transaction. `password_hash` is that of everybody.
/// Refuses a store in which somebody can sign in already.
pub async fn seed(store: &Store, now: Timestamp, password_hash: &str) -> Result<()> {
    if !has_nobody(store).await? {
        bail!("this store has users already; the demonstration needs an empty one");
    }
    let plan = Plan::new(now, password_hash)?;
    store.tx(move |tx| Box::pin(async move { plan.keep(tx).await })).await?;
    Ok(())
}

struct House {
    company: Company,
    client: Client,
    calendar: Calendar,
    team: Option<Team>,
    contract: Contract,
    widget: Widget,
    canned: Vec<CannedAnswer>,
}

struct Plan {
    pool: Pool,
    skills: Vec<Skill>,
    houses: Vec<House>,
    agents: Vec<Agent>,
    users: Vec<User>,
}

impl Plan {
    fn new(now: Timestamp, password_hash: &str) -> Result<Self> {
        let pool = Pool {
            id: PoolId::from_uuid(Uuid::now_v7()),
            name: "Reception".to_owned(),
            fairness_cap_percent: 75,
            agents: 0,
            version: 1,
        };
        let skills: Vec<Skill> = SKILLS
            .iter()
            .map(|name| Skill {
                id: SkillId::from_uuid(Uuid::now_v7()),
                name: (*name).to_owned(),
                agents: 0,
                version: 1,
            })
            .collect();
        let houses = Company::ALL
            .into_iter()
            .map(|company| house(company, now, &pool, &skills))
            .collect::<Result<Vec<_>>>()?;
        let agents: Vec<Agent> =
            COLLEAGUES.iter().map(|one| agent(one, &pool, &skills, &houses)).collect();
        let user = |login: &str, name: &str, role: api::role::Role| User {
            id: UserId::from_uuid(Uuid::now_v7()),
            login: login.to_owned(),
            name: name.to_owned(),
            password_hash: password_hash.to_owned(),
            role: role.name().to_owned(),
            client: None,
            agent: None,
            language: Language::EN,
            disabled: false,
            version: 1,
        };
        let at_desks = COLLEAGUES.iter().zip(&agents).map(|(one, agent)| User {
            agent: Some(agent.id),
            ..user(one.login, one.name, api::role::Role::Agent)
        });
        let officers = OFFICERS.iter().map(|one| User {
            client: one.company.and_then(|company| {
                houses.iter().find(|house| house.company == company).map(|house| house.client.id)
            }),
            language: one.language,
            ..user(one.login, one.name, one.role)
        });
        let users = at_desks.chain(officers).collect();
        Ok(Self { pool, skills, houses, agents, users })
    }

    async fn keep(self, tx: &mut store::Tx) -> std::result::Result<(), store::StoreError> {
        let provider = ProviderScope::granted();
        let named = json!({ "name": PROVIDER, "zone": "Europe/Paris" });
        let named = Setting { key: "provider".to_owned(), value: named, version: 0 };
        tx.save_setting(&provider, &named).await?;
        let keys: serde_json::Map<String, serde_json::Value> = self
            .houses
            .iter()
            .map(|house| (house.company.slug().to_owned(), json!(house.widget.key)))
            .collect();
        let keys = Setting { key: KEYS.to_owned(), value: keys.into(), version: 0 };
        tx.save_setting(&provider, &keys).await?;
        let costs = json!({ "agent_hour_minor": AGENT_HOUR_MINOR, "shrinkage_permille": SHRINKAGE_PERMILLE });
        let costs = Setting { key: COSTS.to_owned(), value: costs, version: 0 };
        tx.save_setting(&provider, &costs).await?;
        tx.create_pool(&provider, &self.pool).await?;
        for skill in &self.skills {
            tx.create_skill(&provider, skill).await?;
        }
        for house in &self.houses {
            tx.create_client(&provider, &house.client).await?;
            tx.create_calendar(&provider, &house.calendar).await?;
            if let Some(team) = &house.team {
                tx.create_team(&ClientScope::of(house.client.id), team).await?;
            }
        }
        for agent in &self.agents {
            tx.create_agent(&provider, agent).await?;
        }
        for user in &self.users {
            tx.create_user(&provider, user).await?;
        }
        let author = self.users.iter().find(|user| user.login == "paul");
        for house in &self.houses {
            let scope = ClientScope::of(house.client.id);
            let version = ContractVersion {
                client: house.client.id,
                version: house.contract.version,
                valid_from: house.contract.valid_from,
                document: house.contract.clone(),
                author: author.map(|user| user.id),
                author_name: author.map(|user| user.name.clone()).unwrap_or_default(),
                note: "First version, as signed.".to_owned(),
                published: house.contract.valid_from,
            };
            tx.publish_contract(&scope, &version).await?;
            tx.create_widget(&scope, &house.widget).await?;
            for answer in &house.canned {
                tx.create_canned_answer(&scope, answer).await?;
            }
        }
        Ok(())
    }
}

fn house(company: Company, now: Timestamp, pool: &Pool, skills: &[Skill]) -> Result<House> {
    let (initials, hue) = company.tag();
    // Contracts are as old as the past that is made for the floor.
    let since = past::begins(&Zone::get(company.zone())?, now);
    let client = Client {
        id: ClientId::from_uuid(Uuid::now_v7()),
        name: company.name().to_owned(),
        initials: initials.to_owned(),
        hue,
        status: ClientStatus::Live,
        zone: company.zone().to_owned(),
        created: since,
        version: 1,
    };
    let calendar = Calendar {
        id: CalendarId::from_uuid(Uuid::now_v7()),
        name: format!("{}, day and night", company.name()),
        zone: company.zone().to_owned(),
        weekly: vec![WeeklyRange {
            days: Weekday::ALL.to_vec(),
            from: MinuteOfDay::START,
            until: MinuteOfDay::END,
        }],
        holidays: Vec::new(),
        closures: Vec::new(),
    };
    let team = (company != Company::Hotel).then(|| Team {
        client: client.id,
        id: TeamId::from_uuid(Uuid::now_v7()),
        name: format!("{} team", company.name()),
        agents: 0,
        version: 1,
    });
    let named = Named {
        client: client.id,
        hours: calendar.id,
        pool: pool.id,
        team: team.as_ref().map(|team| team.id),
        skills: skills.iter().map(|skill| skill.id).collect(),
        since,
    };
    let contract = contract(company, &named);
    let known = Known {
        calendars: BTreeMap::from([(calendar.id, calendar.zone.clone())]),
        pools: [pool.id].into(),
        teams: team.iter().map(|team| (team.id, client.id)).collect(),
        skills: named.skills.iter().copied().collect(),
        ..Known::default()
    };
    let faults = contract.validate(&known);
    if !faults.is_empty() {
        bail!("the demonstration contract of {} has faults: {faults:?}", company.name());
    }
    let mut rng = rand::rng();
    let mut random = |n: usize| -> String {
        (&mut rng).sample_iter(Alphanumeric).map(char::from).take(n).collect()
    };
    let widget = Widget {
        client: client.id,
        id: WidgetId::from_uuid(Uuid::now_v7()),
        name: format!("{} website", company.name()),
        queues: contract.queues.iter().map(|queue| queue.id).collect(),
        origins: Vec::new(),
        key: random(24),
        secret: random(43),
        texts: json!({ "title": [], "colour": company.colour() }),
        identity_required: false,
        version: 1,
    };
    let canned = canned(company)
        .iter()
        .map(|(shortcut, language, body)| CannedAnswer {
            client: client.id,
            id: Uuid::now_v7(),
            shortcut: (*shortcut).to_owned(),
            language: *language,
            body: (*body).to_owned(),
            version: 1,
        })
        .collect();
    Ok(House { company, client, calendar, team, contract, widget, canned })
}

fn agent(one: &Colleague, pool: &Pool, skills: &[Skill], houses: &[House]) -> Agent {
    let serves = |company: Company| match one.crew {
        Crew::Reception => company != Company::Devices,
        Crew::Team(own) => company == own,
    };
    let own = |house: &&House| one.crew == Crew::Team(house.company);
    Agent {
        id: AgentId::from_uuid(Uuid::now_v7()),
        name: one.name.to_owned(),
        alias: one.alias.to_owned(),
        team: houses.iter().find(own).and_then(|house| house.team.as_ref()).map(|team| team.id),
        site: None,
        languages: one.languages.to_vec(),
        channels: match (one.phone, one.free) {
            (true, _) => vec![(Channel::Voice, 1), (Channel::Callback, 1)],
            (false, true) => vec![(Channel::Chat, 3), (Channel::Voice, 1), (Channel::Callback, 1)],
            (false, false) => vec![(Channel::Chat, 2)],
        },
        pools: if one.crew == Crew::Reception { vec![pool.id] } else { Vec::new() },
        skills: one
            .skills
            .iter()
            .filter_map(|(nth, level)| {
                skills.get(*nth).map(|skill| AgentSkill { skill: skill.id, level: *level })
            })
            .collect(),
        clients: houses
            .iter()
            .filter(|house| serves(house.company))
            .map(|house| AgentClient { client: house.client.id, signed_off: true, alias: None })
            .collect(),
        disabled: false,
        version: 1,
    }
}

/// Shortcut, language, text.
fn canned(company: Company) -> &'static [(&'static str, Language, &'static str)] {
    const EN: Language = Language::EN;
    const FR: Language = Language::FR;
    const RU: Language = Language::RU;
    match company {
        Company::Hotel => &[
            ("cancel", EN, "You can cancel free of charge until 18:00 the day before you arrive."),
            (
                "cancel",
                FR,
                "Vous pouvez annuler sans frais jusqu’à 18 h la veille de votre arrivée.",
            ),
            ("cancel", RU, "Бесплатная отмена — до 18:00 накануне заезда."),
            (
                "garage",
                EN,
                "The garage in rue Saint-Roch keeps a place for you at €24 a night; just tell us your number plate.",
            ),
            (
                "garage",
                FR,
                "Le garage de la rue Saint-Roch vous garde une place à 24 € la nuit ; il nous faut seulement votre immatriculation.",
            ),
            (
                "breakfast",
                EN,
                "Breakfast is from 6:30 to 10:30, until 11:00 at weekends, and costs €17.",
            ),
        ],
        Company::Devices => &[
            (
                "pair",
                EN,
                "Please turn Bluetooth off and on, then hold the Tag's button for 8 seconds until it blinks three times.",
            ),
            (
                "update",
                EN,
                "Version 4.2.1 repairs this. In the app: Settings → About → Check for updates.",
            ),
            (
                "report",
                EN,
                "In the app, Settings → Help → Send report. Please tell me the number it shows.",
            ),
        ],
        Company::Clinic => &[
            (
                "papers",
                FR,
                "Pensez à votre carte Vitale, une pièce d’identité et le courrier de votre médecin.",
            ),
            (
                "papers",
                EN,
                "Please bring your insurance card, an identity card and your doctor's letter.",
            ),
            ("urgent", FR, "S’il s’agit d’une urgence vitale, appelez le 15 tout de suite."),
            ("urgent", EN, "If a life is in danger, please call 15 at once."),
        ],
    }
}
