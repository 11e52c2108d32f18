//! The three contracts, in full: what a client's account manager would have agreed.

use domain::{
    CalendarId, ClientId, DispositionId, Language, PoolId, QueueId, SkillId, TeamId, Timestamp,
    calendar::{MinuteOfDay, Weekday, WeeklyRange},
    contract::{
        Channel, ClockStart, ClosedRule, Contract, Control, Disposition, LocalisedText,
        NobodyOnShift, Overflow, PeakGreeting, Period, PeriodHours, Queue, Selection, Service,
        ServiceLevelFormula, ServicePromise, SkillAsk, Sticky, WrapUpRule,
    },
};
use uuid::Uuid;

use crate::{cast::Company, tariffs::tariff};

/// What a contract names beside itself.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub client: ClientId,
    pub hours: CalendarId,
    pub pool: PoolId,
    pub team: Option<TeamId>,
    /// In the order of [`crate::cast::SKILLS`].
    pub skills: Vec<SkillId>,
    /// Since when it is in force.
    pub since: Timestamp,
}

/// The contract of a company.
pub(crate) fn contract(company: Company, named: &Named) -> Contract {
    let (periods, queues, dispositions, closed) = match company {
        Company::Hotel => hotel(named),
        Company::Devices => devices(named),
        Company::Clinic => clinic(named),
    };
    Contract {
        client: named.client,
        version: 1,
        valid_from: named.since,
        zone: company.zone().to_owned(),
        hours: named.hours,
        periods,
        queues,
        languages: match company {
            Company::Hotel => vec![Language::FR, Language::EN, Language::RU],
            Company::Devices => vec![Language::EN],
            Company::Clinic => vec![Language::FR, Language::EN],
        },
        sites_allowed: None,
        closed: ClosedRule::Message { text: closed },
        dispositions: dispositions
            .iter()
            .map(|label| Disposition {
                id: DispositionId::from_uuid(Uuid::now_v7()),
                label: (*label).to_owned(),
            })
            .collect(),
        retention_days: 365,
        pause_max_s: 120,
        tariff: Some(tariff(company)),
    }
}

type Parts = (Vec<Period>, Vec<Queue>, &'static [&'static str], Vec<LocalisedText>);

fn texts(all: &[(Language, &str)]) -> Vec<LocalisedText> {
    all.iter()
        .map(|(language, text)| LocalisedText { language: *language, text: (*text).to_owned() })
        .collect()
}

const EN: Language = Language::EN;
const FR: Language = Language::FR;
const RU: Language = Language::RU;

fn promise(threshold_s: u32, target_percent: u8) -> ServicePromise {
    ServicePromise {
        threshold_s,
        target_percent,
        formula: ServiceLevelFormula::ExcludingShortAbandons,
        clock: ClockStart::FirstRing,
        short_abandon_s: 5,
    }
}

fn queue(
    name: &str,
    skill: Option<(SkillId, u8)>,
    greeting: Vec<LocalisedText>,
    protocol: &str,
) -> Queue {
    Queue {
        id: QueueId::from_uuid(Uuid::now_v7()),
        name: name.to_owned(),
        channels: vec![Channel::Chat, Channel::Voice],
        greeting,
        protocol: protocol.to_owned(),
        skills: skill
            .map(|(skill, level)| SkillAsk {
                skill,
                level,
                relax_after_s: Some(20),
                relaxed_level: 0,
            })
            .into_iter()
            .collect(),
        language_required: true,
        head_start_min: 0,
        selection: Selection::LongestIdle,
        sticky: Some(Sticky { within_hours: 24, wait_s: 0 }),
        offer_timeout_s: 20,
        wrap_up: WrapUpRule::Fixed { seconds: 45, extend_s: 60, extensions_max: 2 },
        announce_position: true,
        waiting_max: 200,
    }
}

/// Shared: the pool Reception, with the hotel's own greeting at a peak.
fn hotel(named: &Named) -> Parts {
    let period = Period {
        name: "Day and night".to_owned(),
        when: PeriodHours::Always,
        service: Service::Shared { pools: vec![named.pool] },
        promise: promise(30, 70),
        peak_greeting: Some(PeakGreeting {
            text: texts(&[
                (
                    FR,
                    "Merci de contacter l’Hôtel Saint-Roch. Toute l’équipe est en ligne ; quelqu’un vous répond dans un instant.",
                ),
                (
                    EN,
                    "Thank you for contacting Hôtel Saint-Roch. Everybody is with a guest; somebody will be with you in a moment.",
                ),
                (
                    RU,
                    "Спасибо, что обратились в отель «Сен-Рок». Все сотрудники сейчас заняты, вам ответят через минуту.",
                ),
            ]),
            length_s: 8,
        }),
        overflow: None,
        nobody_on_shift: NobodyOnShift::WaitForNextShift,
        call_limit_s: Some(300),
        control: Control::Provider,
    };
    let booking = queue(
        "Reservations",
        named.skills.first().map(|skill| (*skill, 3)),
        texts(&[
            (FR, "Hôtel Saint-Roch, bonjour ! Pour quelles dates puis-je vérifier nos chambres ?"),
            (EN, "Hôtel Saint-Roch, good day! For which dates may I look at our rooms?"),
            (RU, "Отель «Сен-Рок», здравствуйте! На какие даты посмотреть номера?"),
        ]),
        "1. Dates, number of guests, children (cots are free).\n\
         2. Offer the Classic first (€148), then the Garden side (€176). Breakfast is €17.\n\
         3. Free cancellation until 18:00 the day before. Say it before you book.\n\
         4. Never take card numbers in the chat: send the payment link from the booking tool.\n\
         5. Groups of more than five rooms: leave a message for Mme Aubry.",
    );
    let mut desk = queue(
        "Front desk",
        None,
        texts(&[
            (FR, "Réception de l’Hôtel Saint-Roch, bonjour. Que puis-je faire pour vous ?"),
            (EN, "Front desk of Hôtel Saint-Roch, good day. What can I do for you?"),
            (RU, "Ресепшен отеля «Сен-Рок», здравствуйте. Чем могу помочь?"),
        ]),
        "Guests in the house come first: ask for the room number, never say a guest's name yourself.\n\
         Late check-out until 13:00 is free when housekeeping agrees (extension 12), €40 until 16:00.\n\
         Lost property: describe it, note the room, promise an answer by 17:00.\n\
         Noise, illness, a lift that stands still: call the night manager at once.",
    );
    desk.head_start_min = 1;
    let closed = texts(&[
        (
            FR,
            "La réception en ligne est fermée. Laissez-nous un message, nous vous répondons ce matin.",
        ),
        (
            EN,
            "The online reception is closed. Leave us a message and we will answer in the morning.",
        ),
        (RU, "Онлайн-ресепшен закрыт. Оставьте сообщение, мы ответим утром."),
    ]);
    (
        vec![period],
        vec![booking, desk],
        &[
            "Booked",
            "Changed or cancelled",
            "Question answered",
            "Message for the hotel",
            "Not for us",
        ],
        closed,
    )
}

/// Dedicated: Northwind's own team and nobody else, ever.
fn devices(named: &Named) -> Parts {
    let Some(team) = named.team else { return (Vec::new(), Vec::new(), &[], Vec::new()) };
    let period = Period {
        name: "Day and night".to_owned(),
        when: PeriodHours::Always,
        service: Service::Dedicated { team },
        promise: promise(60, 80),
        peak_greeting: None,
        overflow: None,
        nobody_on_shift: NobodyOnShift::WaitForNextShift,
        call_limit_s: None,
        control: Control::Client,
    };
    let mut help = queue(
        "Software help",
        named.skills.get(1).map(|skill| (*skill, 3)),
        texts(&[(
            EN,
            "Hello, this is Northwind software help. Which device and which version are we looking at?",
        )]),
        "Ask for: device (Hub, Tag or Gate), app version (Settings → About), what changed last.\n\
         Pairing fails: Bluetooth off and on, then hold the Tag's button for 8 seconds (three blinks).\n\
         Sync stuck at 0 %: version 4.2.0 has a known fault; update to 4.2.1.\n\
         Never ask for a password. Logs: Settings → Help → Send report, note the number.\n\
         Hardware that is hot, swollen or wet: tell them to unplug it, then pass on to Returns.",
    );
    help.selection = Selection::ProficiencyFirst;
    let returns = queue(
        "Orders and returns",
        None,
        texts(&[(EN, "Hello, Northwind orders and returns. May I have your order number?")]),
        "Order numbers start with NW and have seven digits.\n\
         Returns within 30 days: free label by mail, refund within 5 working days of arrival.\n\
         Out of warranty: offer the repair at a fixed £39.\n\
         A parcel that the carrier calls delivered: open a search, answer within 2 working days.",
    );
    (
        vec![period],
        vec![help, returns],
        &[
            "Solved",
            "Known fault, told when",
            "Report received",
            "Return agreed",
            "Passed to engineering",
        ],
        texts(&[(EN, "Northwind help is closed. Leave a message; the first of us answers at 8.")]),
    )
}

/// Hybrid: the clinic's own secretaries in its consultation hours, the pool at night and when it
/// takes too long.
fn clinic(named: &Named) -> Parts {
    let Some(team) = named.team else { return (Vec::new(), Vec::new(), &[], Vec::new()) };
    let office = WeeklyRange {
        days: Weekday::ALL.to_vec(),
        from: MinuteOfDay::from_minutes(7 * 60).unwrap_or(MinuteOfDay::START),
        until: MinuteOfDay::from_minutes(21 * 60).unwrap_or(MinuteOfDay::END),
    };
    let own = Period {
        name: "Consultation hours".to_owned(),
        when: PeriodHours::Weekly { weekly: vec![office] },
        service: Service::Dedicated { team },
        promise: promise(20, 80),
        peak_greeting: None,
        overflow: Some(Overflow {
            after_s: Some(25),
            below_projected_percent: Some(60),
            pools: vec![named.pool],
        }),
        nobody_on_shift: NobodyOnShift::Overflow,
        call_limit_s: None,
        control: Control::Client,
    };
    let evening = Period {
        name: "Night".to_owned(),
        when: PeriodHours::Otherwise,
        service: Service::Shared { pools: vec![named.pool] },
        promise: promise(30, 70),
        peak_greeting: Some(PeakGreeting {
            text: texts(&[
                (
                    FR,
                    "Vous êtes bien à la Clinique Belleville. Nous vous répondons dans un instant. En cas d’urgence vitale, appelez le 15.",
                ),
                (
                    EN,
                    "This is Clinique Belleville. Somebody will be with you in a moment. If a life is in danger, call 15.",
                ),
            ]),
            length_s: 8,
        }),
        overflow: None,
        nobody_on_shift: NobodyOnShift::WaitForNextShift,
        call_limit_s: Some(300),
        control: Control::Provider,
    };
    let appointments = queue(
        "Appointments",
        named.skills.get(2).map(|skill| (*skill, 3)),
        texts(&[
            (
                FR,
                "Clinique Belleville, bonjour. Pour quelle consultation souhaitez-vous un rendez-vous ?",
            ),
            (EN, "Clinique Belleville, good day. Which appointment may I arrange for you?"),
        ]),
        "Chest pain, trouble breathing, a child under 3 months with fever: stop, tell them to call 15.\n\
         New patients: family name, date of birth, reason in one sentence. No details in writing.\n\
         Dr Amari: Mon, Tue, Thu. Dr Belle: Wed, Fri. Imaging: every day, 7:30 to 19:00.\n\
         A slot is held for 10 minutes; confirm it before you say goodbye.\n\
         Results are never given in the chat: the doctor calls back the same day.",
    );
    let mut today = queue(
        "Message for a doctor",
        None,
        texts(&[
            (
                FR,
                "Clinique Belleville, bonjour. Quel message puis-je transmettre, et à quel médecin ?",
            ),
            (EN, "Clinique Belleville, good day. What message may I pass on, and to which doctor?"),
        ]),
        "Take: name, number to call back, doctor, the message in the caller's own words.\n\
         Read it back. Ask whether it can wait until tomorrow.\n\
         It cannot: dispatch to the doctor on call and say that they will call within 30 minutes.",
    );
    today.head_start_min = 5;
    (
        vec![own, evening],
        vec![appointments, today],
        &[
            "Appointment made",
            "Appointment moved",
            "Message dispatched",
            "Sent to emergency services",
            "Question answered",
        ],
        texts(&[
            (FR, "Le secrétariat est fermé. Laissez un message. En cas d’urgence, appelez le 15."),
            (EN, "The office is closed. Please leave a message. In an emergency call 15."),
        ]),
    )
}
