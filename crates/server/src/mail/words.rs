//! What letters say, in the languages of the screens.

use domain::Language;

/// The words of one language.
pub struct Words {
    /// How a letter begins.
    pub good_day: &'static str,
    /// Subject of a mail that only says that mail arrives.
    pub test_subject: &'static str,
    /// Its text: who sent it, with which provider's name.
    pub test: &'static str,
}

const EN: Words = Words {
    good_day: "Good day,",
    test_subject: "Test: mail arrives",
    test: "{} sent this from {} to see whether mail arrives. It does.",
};

const FR: Words = Words {
    good_day: "Bonjour,",
    test_subject: "Essai : le courrier arrive à bon port",
    test: "{} a envoyé ce message depuis {} pour voir si le courrier arrive. C’est le cas.",
};

const RU: Words = Words {
    good_day: "Здравствуйте!",
    test_subject: "Проверка: почта доходит",
    test: "{} отправляет это письмо из {}, чтобы проверить, доходит ли почта. Доходит.",
};

/// The words of a language; English for one that has none.
pub fn words(language: &Language) -> &'static Words {
    match language.code() {
        "fr" => &FR,
        "ru" => &RU,
        _ => &EN,
    }
}
