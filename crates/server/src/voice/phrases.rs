//! What callers are told in our own words, where their client has recorded nothing of its own.

use domain::Language;

/// Numbers of callers ahead that are told; of more than these nothing is said.
pub(super) const AHEAD_MAX: u32 = 10;

/// Waits that are told, in minutes: the least that is no shorter than what is expected.
pub(super) const WAITS_MIN: [u32; 8] = [1, 2, 3, 5, 10, 15, 20, 30];

/// When as many wait as the contract lets.
pub(super) fn full(language: Language) -> &'static str {
    match language {
        Language::FR => {
            "Trop de personnes attendent en ce moment. Merci de rappeler un peu plus tard."
        }
        Language::RU => "Сейчас ждёт слишком много людей. Пожалуйста, перезвоните немного позже.",
        _ => "Too many people are waiting right now. Please call again a little later.",
    }
}

/// After a callback was asked for.
pub(super) fn callback_promised(language: Language) -> &'static str {
    match language {
        Language::FR => "Merci. Vous gardez votre place, nous vous rappelons.",
        Language::RU => "Спасибо. Ваше место в очереди сохранено, мы вам перезвоним.",
        _ => "Thank you. You keep your place, and we will call you back.",
    }
}

/// So many wait before the caller.
pub(super) fn ahead(language: Language, n: u32) -> String {
    match (language, n) {
        (Language::FR, 0) => "Vous êtes la prochaine personne.".to_owned(),
        (Language::FR, 1) => "Une personne attend avant vous.".to_owned(),
        (Language::FR, n) => format!("{n} personnes attendent avant vous."),
        (Language::RU, 0) => "Вы следующий в очереди.".to_owned(),
        (Language::RU, n) => format!("Перед вами в очереди: {n}."),
        (_, 0) => "You are next.".to_owned(),
        (_, 1) => "One caller is waiting before you.".to_owned(),
        (_, n) => format!("{n} callers are waiting before you."),
    }
}

/// It takes at most so many minutes.
pub(super) fn wait(language: Language, minutes: u32) -> String {
    match (language, minutes) {
        (Language::FR, 1) => "L'attente est de moins d'une minute environ.".to_owned(),
        (Language::FR, n) => format!("L'attente est de {n} minutes environ."),
        (Language::RU, 1) => "Ожидание около одной минуты.".to_owned(),
        (Language::RU, n) => format!("Ожидание в минутах, примерно: {n}."),
        (_, 1) => "Your wait is about one minute.".to_owned(),
        (_, n) => format!("Your wait is about {n} minutes."),
    }
}

/// By which key one is called back.
pub(super) fn callback_offer(language: Language, key: char) -> String {
    let key = key_word(language, key);
    match language {
        Language::FR => format!("Pour être rappelé et garder votre place, appuyez sur {key}."),
        Language::RU => format!("Чтобы мы вам перезвонили и сохранили ваше место, нажмите {key}."),
        _ => format!("To be called back and keep your place, press {key}."),
    }
}

/// By which key one leaves a voicemail.
pub(super) fn voicemail_offer(language: Language, key: char) -> String {
    let key = key_word(language, key);
    match language {
        Language::FR => format!("Pour laisser un message, appuyez sur {key}."),
        Language::RU => format!("Чтобы оставить сообщение, нажмите {key}."),
        _ => format!("To leave a message, press {key}."),
    }
}

/// Asks for a voicemail.
pub(super) fn voicemail(language: Language) -> &'static str {
    match language {
        Language::FR => "Laissez un message après le signal, puis appuyez sur dièse ou raccrochez.",
        Language::RU => {
            "Оставьте сообщение после сигнала, затем нажмите решётку или положите трубку."
        }
        _ => "Please leave a message after the tone, then press hash or hang up.",
    }
}

/// After one was left.
pub(super) fn voicemail_thanks(language: Language) -> &'static str {
    match language {
        Language::FR => "Merci. Nous avons bien reçu votre message.",
        Language::RU => "Спасибо. Мы получили ваше сообщение.",
        _ => "Thank you. We have your message.",
    }
}

/// A key as it is said.
fn key_word(language: Language, key: char) -> String {
    match (key, language) {
        ('*', Language::FR) => "étoile".to_owned(),
        ('*', Language::RU) => "звёздочку".to_owned(),
        ('*', _) => "star".to_owned(),
        ('#', Language::FR) => "dièse".to_owned(),
        ('#', Language::RU) => "решётку".to_owned(),
        ('#', _) => "hash".to_owned(),
        (digit, _) => digit.to_string(),
    }
}
