//! Who is on the demonstration floor: companies, agents, and everybody who signs in.

use domain::Language;

/// A client company of the demonstration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Company {
    /// A hotel in Paris under a shared contract.
    Hotel,
    /// A maker of devices in London with a team of its own.
    Devices,
    /// A clinic in Paris under a hybrid contract.
    Clinic,
}

impl Company {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Hotel, Self::Devices, Self::Clinic];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hotel => "Hôtel Saint-Roch",
            Self::Devices => "Northwind Devices",
            Self::Clinic => "Clinique Belleville",
        }
    }

    /// Two letters and a hue for its tag.
    pub const fn tag(self) -> (&'static str, u16) {
        match self {
            Self::Hotel => ("SR", 28),
            Self::Devices => ("NW", 222),
            Self::Clinic => ("CB", 172),
        }
    }

    /// Its accent colour, dark enough for white text.
    pub const fn colour(self) -> &'static str {
        match self {
            Self::Hotel => "#8a4b12",
            Self::Devices => "#1d4f91",
            Self::Clinic => "#0b6b5d",
        }
    }

    /// Its zone.
    pub const fn zone(self) -> &'static str {
        match self {
            Self::Hotel | Self::Clinic => "Europe/Paris",
            Self::Devices => "Europe/London",
        }
    }

    /// The last part of the address of its page.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Hotel => "hotel",
            Self::Devices => "devices",
            Self::Clinic => "clinic",
        }
    }

    /// Its contract, in the words that the page and the start-up text use.
    pub const fn contract(self) -> &'static str {
        match self {
            Self::Hotel => "shared",
            Self::Devices => "dedicated",
            Self::Clinic => "hybrid",
        }
    }
}

/// Where an agent works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crew {
    /// The pool that serves the hotel, and the clinic at night or when it takes too long.
    Reception,
    /// The team of one company.
    Team(Company),
}

/// An agent of the floor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Colleague {
    pub login: &'static str,
    pub name: &'static str,
    /// Name towards customers.
    pub alias: &'static str,
    pub crew: Crew,
    pub languages: &'static [Language],
    /// Levels of the skills, in the order of [`SKILLS`].
    pub skills: &'static [(usize, u8)],
    /// Kept free for the person at the keyboard.
    pub free: bool,
    /// Takes calls, on a desk phone, and nothing else.
    pub phone: bool,
}

/// Skills asked on this floor.
pub(crate) const SKILLS: [&str; 3] =
    ["Hotel reservations", "Northwind software", "Medical secretariat"];

const EN: Language = Language::EN;
const FR: Language = Language::FR;
const RU: Language = Language::RU;

/// Language, name and role of one agent a line.
pub(crate) const COLLEAGUES: [Colleague; 18] = [
    reception("anna", "Anna Kovalenko", "Anna", &[FR, EN, RU], &[(0, 6), (2, 4)], true),
    reception("ben", "Ben Carter", "Ben", &[EN, FR], &[(0, 5), (2, 3)], false),
    reception("chloe", "Chloé Marchand", "Chloé", &[FR, EN], &[(0, 8), (2, 5)], false),
    reception("dmitri", "Dmitri Volkov", "Dmitri", &[RU, FR, EN], &[(0, 4)], false),
    reception("elena", "Elena Petrova", "Elena", &[RU, EN], &[(0, 7)], false),
    reception("farid", "Farid Benali", "Farid", &[FR, EN], &[(0, 3), (2, 6)], false),
    reception("gabriel", "Gabriel Roux", "Gabriel", &[FR, EN], &[(0, 5), (2, 5)], false),
    reception("hannah", "Hannah Stein", "Hannah", &[EN, FR], &[(0, 6), (2, 4)], true),
    on_the_phone(reception("ines", "Inès Moreau", "Inès", &[FR, EN], &[(0, 5), (2, 4)], false)),
    team(Company::Devices, "tom", "Tom Baker", "Tom", &[EN], &[(1, 6)], true),
    team(Company::Devices, "uma", "Uma Shah", "Uma", &[EN], &[(1, 9)], false),
    team(Company::Devices, "victor", "Victor Lund", "Victor", &[EN], &[(1, 5)], false),
    team(Company::Devices, "wendy", "Wendy Hughes", "Wendy", &[EN], &[(1, 4)], false),
    on_the_phone(team(Company::Devices, "zoe", "Zoe Clarke", "Zoe", &[EN], &[(1, 5)], false)),
    team(Company::Clinic, "claire", "Claire Dubois", "Claire", &[FR, EN], &[(2, 8)], true),
    team(Company::Clinic, "denis", "Denis Garnier", "Denis", &[FR, EN], &[(2, 6)], false),
    team(Company::Clinic, "emilie", "Émilie Faure", "Émilie", &[FR, EN], &[(2, 9)], false),
    on_the_phone(team(
        Company::Clinic,
        "fanny",
        "Fanny Lopez",
        "Fanny",
        &[FR, EN],
        &[(2, 5)],
        false,
    )),
];

const fn on_the_phone(colleague: Colleague) -> Colleague {
    Colleague { phone: true, ..colleague }
}

const fn reception(
    login: &'static str,
    name: &'static str,
    alias: &'static str,
    languages: &'static [Language],
    skills: &'static [(usize, u8)],
    free: bool,
) -> Colleague {
    Colleague { login, name, alias, crew: Crew::Reception, languages, skills, free, phone: false }
}

const fn team(
    company: Company,
    login: &'static str,
    name: &'static str,
    alias: &'static str,
    languages: &'static [Language],
    skills: &'static [(usize, u8)],
    free: bool,
) -> Colleague {
    Colleague {
        login,
        name,
        alias,
        crew: Crew::Team(company),
        languages,
        skills,
        free,
        phone: false,
    }
}

/// Somebody who signs in and takes no contacts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Officer {
    pub login: &'static str,
    pub name: &'static str,
    pub role: api::role::Role,
    pub company: Option<Company>,
    pub language: Language,
    /// What they are here for, in the start-up text.
    pub what: &'static str,
}

/// Leads, owners and the clients' own people.
pub(crate) const OFFICERS: [Officer; 6] = [
    Officer {
        login: "lea",
        name: "Léa Fontaine",
        role: api::role::Role::ShiftLead,
        company: None,
        language: EN,
        what: "shift lead: the board",
    },
    Officer {
        login: "paul",
        name: "Paul Mercier",
        role: api::role::Role::AccountManager,
        company: None,
        language: EN,
        what: "account manager: clients and contracts",
    },
    Officer {
        login: "admin",
        name: "Ada Laurent",
        role: api::role::Role::Administrator,
        company: None,
        language: EN,
        what: "administrator: everything",
    },
    Officer {
        login: "sophie",
        name: "Sophie Blanc",
        role: api::role::Role::ClientReader,
        company: Some(Company::Hotel),
        language: FR,
        what: "reads the figures of Hôtel Saint-Roch",
    },
    Officer {
        login: "nick",
        name: "Nick West",
        role: api::role::Role::ClientReader,
        company: Some(Company::Devices),
        language: EN,
        what: "reads the figures of Northwind Devices",
    },
    Officer {
        login: "hugo",
        name: "Hugo Belle",
        role: api::role::Role::ClientReader,
        company: Some(Company::Clinic),
        language: FR,
        what: "reads the figures of Clinique Belleville",
    },
];

/// A sign-in that the start-up text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login {
    /// The name to sign in with.
    pub login: &'static str,
    /// What it shows.
    pub what: &'static str,
}

/// The sign-ins that nobody simulates, for the person at the keyboard.
pub fn logins() -> Vec<Login> {
    let free = COLLEAGUES.iter().filter(|colleague| colleague.free).map(|colleague| Login {
        login: colleague.login,
        what: match colleague.crew {
            Crew::Reception => "agent of the pool Reception: the desk",
            Crew::Team(Company::Devices) => "agent of the Northwind team: the desk",
            Crew::Team(_) => "agent of the clinic's team: the desk (7 to 21 in Paris)",
        },
    });
    let officers = OFFICERS.iter().map(|o| Login { login: o.login, what: o.what });
    free.chain(officers).collect()
}
