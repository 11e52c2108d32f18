//! What workbooks say, in the languages of the screens.

use api::{
    desk::ChannelKind,
    reports::{ContactState, IntervalFigures},
};
use documents::workbook::Cell;
use domain::Language;

/// Whose figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Of contacts; says nothing of a single agent.
    Contacts,
    /// Of agents alone.
    Agents,
    /// Of both.
    Both,
}

/// One figure of a report.
pub struct Figure {
    /// Its stable name, as on the wire.
    pub key: &'static str,
    /// Its name in English, French and Russian.
    pub names: [&'static str; 3],
    /// Whose it is.
    pub of: Of,
    /// Its value.
    pub cell: fn(&IntervalFigures) -> Cell,
}

const fn figure(
    key: &'static str,
    of: Of,
    names: [&'static str; 3],
    cell: fn(&IntervalFigures) -> Cell,
) -> Figure {
    Figure { key, names, of, cell }
}

fn millis(ms: Option<u64>) -> Cell {
    ms.map_or(Cell::Empty, Cell::Millis)
}

fn share(permille: Option<u16>) -> Cell {
    permille.map_or(Cell::Empty, Cell::Permille)
}

/// All figures, in the order of the columns; new ones are added at the end.
#[rustfmt::skip]
pub static FIGURES: [Figure; 26] = [
    figure("offered", Of::Contacts, ["Offered", "Présentés", "Поступило"], |f| Cell::Count(f.offered)),
    figure("answered", Of::Both, ["Answered", "Traités", "Принято"], |f| Cell::Count(f.answered)),
    figure("answered_in_time", Of::Contacts, ["Answered in time", "Traités à temps", "Принято вовремя"], |f| Cell::Count(f.answered_in_time)),
    figure("abandoned", Of::Contacts, ["Abandoned", "Abandonnés", "Ушли"], |f| Cell::Count(f.abandoned)),
    figure("abandoned_in_time", Of::Contacts, ["Abandoned within the threshold", "Abandonnés avant le seuil", "Ушли в пределах порога"], |f| Cell::Count(f.abandoned_in_time)),
    figure("short_abandoned", Of::Contacts, ["Abandoned at once", "Partis aussitôt", "Ушли сразу"], |f| Cell::Count(f.short_abandoned)),
    figure("turned_away", Of::Contacts, ["Turned away", "Refusés", "Отклонено"], |f| Cell::Count(f.turned_away)),
    figure("callbacks", Of::Contacts, ["Callbacks promised", "Rappels promis", "Обещано перезвонить"], |f| Cell::Count(f.callbacks)),
    figure("overflow_answered", Of::Contacts, ["Answered by overflow", "Traités en débordement", "Принято при переливе"], |f| Cell::Count(f.overflow_answered)),
    figure("transferred", Of::Both, ["Transferred", "Transférés", "Переведено"], |f| Cell::Count(f.transferred)),
    figure("missed", Of::Agents, ["Offers missed", "Offres manquées", "Пропущено предложений"], |f| Cell::Count(f.missed)),
    figure("refused", Of::Agents, ["Offers refused", "Offres refusées", "Отклонено предложений"], |f| Cell::Count(f.refused)),
    figure("service_level_permille", Of::Contacts, ["Service level", "Niveau de service", "Уровень сервиса"], |f| share(f.service_level_permille)),
    figure("wait_ms", Of::Contacts, ["Wait, sum", "Attente, total", "Ожидание, всего"], |f| Cell::Millis(f.wait_ms)),
    figure("wait_max_ms", Of::Contacts, ["Longest wait", "Attente la plus longue", "Самое долгое ожидание"], |f| Cell::Millis(f.wait_max_ms)),
    figure("wait_mean_ms", Of::Both, ["Mean wait", "Attente moyenne", "Среднее ожидание"], |f| millis(f.wait_mean_ms)),
    figure("wait_p90_ms", Of::Contacts, ["9 of 10 answered within", "9 sur 10 en", "9 из 10 до"], |f| millis(f.wait_p90_ms)),
    figure("talk_ms", Of::Both, ["Talk", "Conversation", "Разговор"], |f| Cell::Millis(f.talk_ms)),
    figure("hold_ms", Of::Both, ["Hold", "Mise en attente", "Удержание"], |f| Cell::Millis(f.hold_ms)),
    figure("wrap_up_ms", Of::Both, ["Wrap-up", "Post-traitement", "Постобработка"], |f| Cell::Millis(f.wrap_up_ms)),
    figure("handle_mean_ms", Of::Both, ["Mean handle", "Durée moyenne", "Средняя работа"], |f| millis(f.handle_mean_ms)),
    figure("signed_in_ms", Of::Agents, ["Signed in", "En service", "На смене"], |f| Cell::Millis(f.signed_in_ms)),
    figure("available_ms", Of::Agents, ["Available", "Disponible", "Доступен"], |f| Cell::Millis(f.available_ms)),
    figure("away_ms", Of::Agents, ["Away", "Absent", "Отсутствует"], |f| Cell::Millis(f.away_ms)),
    figure("occupancy_permille", Of::Agents, ["Occupancy", "Occupation", "Занятость"], |f| share(f.occupancy_permille)),
    figure("abandonment_permille", Of::Contacts, ["Abandonment", "Taux d’abandon", "Доля ушедших"], |f| share(f.abandonment_permille)),
];

/// The words of one language.
pub struct Words {
    /// Its place in [`Figure::names`].
    pub place: usize,
    /// Title of a workbook of figures.
    pub figures: &'static str,
    /// Name of a sheet of contacts.
    pub contacts: &'static str,
    /// Name of the sheet of the whole range.
    pub whole: &'static str,
    /// Name of the sheet of intervals.
    pub intervals: &'static str,
    /// Name of the sheet of days.
    pub days: &'static str,
    pub client: &'static str,
    pub queue: &'static str,
    pub channel: &'static str,
    pub agent: &'static str,
    pub day: &'static str,
    pub from: &'static str,
    pub until: &'static str,
    pub zone: &'static str,
    /// When the workbook was made.
    pub made: &'static str,
    /// All rows as one.
    pub together: &'static str,
    pub yes: &'static str,
    /// Heads of a list of contacts.
    pub contact_columns: [&'static str; 12],
    channels: [&'static str; 5],
    states: [&'static str; 11],
}

impl Words {
    /// The name of a channel.
    pub const fn channel(&self, channel: ChannelKind) -> &'static str {
        self.channels[match channel {
            ChannelKind::Voice => 0,
            ChannelKind::Chat => 1,
            ChannelKind::Mail => 2,
            ChannelKind::Message => 3,
            ChannelKind::Callback => 4,
        }]
    }

    /// How a contact stands.
    pub const fn state(&self, state: ContactState) -> &'static str {
        self.states[match state {
            ContactState::Open => 0,
            ContactState::Handled => 1,
            ContactState::Abandoned => 2,
            ContactState::ShortAbandoned => 3,
            ContactState::Closed => 4,
            ContactState::QueueFull => 5,
            ContactState::QueueRemoved => 6,
            ContactState::Voicemail => 7,
            ContactState::Cut => 8,
            ContactState::NotReached => 9,
            ContactState::CallbackCancelled => 10,
        }]
    }
}

#[rustfmt::skip]
static EN: Words = Words {
    place: 0,
    figures: "Figures", contacts: "Contacts", whole: "Whole range", intervals: "Intervals", days: "Days",
    client: "Client", queue: "Queue", channel: "Channel", agent: "Agent", day: "Day",
    from: "From", until: "Until", zone: "Time zone", made: "Made", together: "Together", yes: "yes",
    contact_columns: ["Arrived", "Client", "Queue", "Channel", "Customer", "Outcome", "Waited", "Answered", "Ended", "Agents", "Ended as", "Recorded"],
    channels: ["Call", "Chat", "Mail", "Message", "Callback"],
    states: ["open", "handled", "abandoned", "left at once", "outside hours", "queue full", "queue removed", "message left", "cut by a fault", "not reached", "call back cancelled"],
};

#[rustfmt::skip]
static FR: Words = Words {
    place: 1,
    figures: "Chiffres", contacts: "Contacts", whole: "Période entière", intervals: "Intervalles", days: "Jours",
    client: "Donneur d’ordre", queue: "File", channel: "Canal", agent: "Agent", day: "Jour",
    from: "Du", until: "Au", zone: "Fuseau horaire", made: "Établi", together: "Ensemble", yes: "oui",
    contact_columns: ["Arrivé", "Donneur d’ordre", "File", "Canal", "Client", "État", "Attente", "Traité", "Terminé", "Agents", "Issue", "Enregistré"],
    channels: ["Appel", "Chat", "E-mail", "Message", "Rappel"],
    states: ["en cours", "traité", "abandonné", "parti aussitôt", "hors horaires", "file pleine", "file supprimée", "message laissé", "coupé par une panne", "non joint", "rappel annulé"],
};

#[rustfmt::skip]
static RU: Words = Words {
    place: 2,
    figures: "Показатели", contacts: "Обращения", whole: "Весь период", intervals: "Интервалы", days: "Дни",
    client: "Заказчик", queue: "Очередь", channel: "Канал", agent: "Оператор", day: "День",
    from: "С", until: "По", zone: "Часовой пояс", made: "Составлено", together: "Вместе", yes: "да",
    contact_columns: ["Поступило", "Заказчик", "Очередь", "Канал", "Клиент", "Состояние", "Ожидание", "Принято", "Завершено", "Операторы", "Итог", "Запись"],
    channels: ["Звонок", "Чат", "Почта", "Сообщение", "Обратный звонок"],
    states: ["открыто", "обработано", "ушёл", "ушёл сразу", "вне часов", "очередь полна", "очередь удалена", "оставлено сообщение", "прервано из-за сбоя", "не дозвонились", "обратный звонок отменён"],
};

/// The words of a language; English for one that has none.
pub fn words(language: &Language) -> &'static Words {
    match language.code() {
        "fr" => &FR,
        "ru" => &RU,
        _ => &EN,
    }
}
