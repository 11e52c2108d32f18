//! What the letters of scheduled reports say, in the languages of the screens.

use domain::Language;

/// The words of one language.
pub struct Words {
    /// Which report it is: its name, whose, of which days.
    pub here: &'static str,
    /// Contacts offered, answered, abandoned.
    pub figures: &'static str,
    /// Their service level.
    pub level: &'static str,
    /// How often agents answered.
    pub agents: &'static str,
    /// How many contacts are on the list.
    pub contacts: &'static str,
    /// Who sends it, who wanted it, where it is changed.
    pub why: &'static str,
    /// Before the decimals.
    pub point: char,
}

const EN: Words = Words {
    here: "attached is “{}” of {}: {}.",
    figures: "Offered {}, answered {}, abandoned {}",
    level: "; service level {} %",
    agents: "Answers: {}.",
    contacts: "Contacts on the list: {}.",
    why: "{} sends this because {} set it up. Who may change it does so at {}",
    point: '.',
};

const FR: Words = Words {
    here: "veuillez trouver ci-joint « {} » de {} : {}.",
    figures: "Présentés {}, traités {}, abandonnés {}",
    level: " ; niveau de service {} %",
    agents: "Réponses : {}.",
    contacts: "Contacts de la liste : {}.",
    why: "{} envoie ce rapport à la demande de {}. Il se modifie sur {}",
    point: ',',
};

const RU: Words = Words {
    here: "во вложении «{}», {}: {}.",
    figures: "Поступило {}, принято {}, ушли {}",
    level: "; уровень сервиса {} %",
    agents: "Принято: {}.",
    contacts: "Обращений в списке: {}.",
    why: "{} отправляет этот отчёт: его настроил пользователь {}. Изменить его можно на странице {}",
    point: ',',
};

/// The words of a language; English for one that has none.
pub fn words(language: &Language) -> &'static Words {
    match language.code() {
        "fr" => &FR,
        "ru" => &RU,
        _ => &EN,
    }
}
