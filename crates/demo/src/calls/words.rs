//! What callers say on the telephone, and what simulated agents answer them.

use domain::Language;

use crate::cast::Company;

/// Somebody who calls.
#[derive(Debug)]
pub(super) struct Caller {
    /// The name that the carrier shows.
    pub(super) name: &'static str,
    /// A variant of espeak-ng.
    pub(super) voice: &'static str,
    pub(super) language: Language,
    pub(super) turns: &'static [Turn],
}

/// What the caller says, and what a simulated agent answers.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) says: &'static str,
    pub(super) hears: &'static str,
}

const fn turn(says: &'static str, hears: &'static str) -> Turn {
    Turn { says, hears }
}

const fn caller(
    name: &'static str,
    voice: &'static str,
    language: Language,
    turns: &'static [Turn],
) -> Caller {
    Caller { name, voice, language, turns }
}

/// The language of a company's callers: the first of its contract.
pub(super) const fn language(company: Company) -> Language {
    match company {
        Company::Hotel | Company::Clinic => Language::FR,
        Company::Devices => Language::EN,
    }
}

/// How an agent answers.
pub(super) const fn greeting(language: Language) -> &'static str {
    match language {
        Language::FR => "Bonjour, que puis-je faire pour vous ?",
        _ => "Good day, what can I do for you?",
    }
}

/// How somebody answers who is called.
pub(super) const fn hello(language: Language) -> &'static str {
    match language {
        Language::FR => "Allô, oui ?",
        _ => "Hello?",
    }
}

/// The last words.
pub(super) const fn goodbye(language: Language) -> &'static str {
    match language {
        Language::FR => "Merci beaucoup, au revoir.",
        _ => "Thank you very much, goodbye.",
    }
}

/// Those who call a company.
pub(super) const fn callers(company: Company) -> &'static [Caller] {
    match company {
        Company::Hotel => &HOTEL,
        Company::Devices => &DEVICES,
        Company::Clinic => &CLINIC,
    }
}

const HOTEL: [Caller; 4] = [
    caller(
        "M. Lambert",
        "m3",
        Language::FR,
        &[
            turn(
                "Bonjour, j’arrive ce soir vers vingt-trois heures. Gardez-vous ma chambre ?",
                "Oui, la réception est ouverte toute la nuit. À quel nom, s’il vous plaît ?",
            ),
            turn("Lambert, deux nuits, une chambre côté jardin.", "C’est noté, Monsieur Lambert."),
            turn("Et le petit déjeuner, à quelle heure commence-t-il ?", "À six heures et demie."),
        ],
    ),
    caller(
        "Mme Perrin",
        "f2",
        Language::FR,
        &[
            turn(
                "Bonjour, je crois avoir oublié un foulard bleu dans la chambre deux cent douze.",
                "Je demande tout de suite au service d’étage. Quel jour êtes-vous partie ?",
            ),
            turn(
                "Hier matin. C’est un cadeau de ma fille.",
                "Nous vous rappelons avant dix-sept heures.",
            ),
        ],
    ),
    caller(
        "M. Haddad",
        "m7",
        Language::FR,
        &[
            turn(
                "Bonjour, est-ce que je peux annuler ma réservation de samedi ?",
                "Oui, sans frais jusqu’à la veille à dix-huit heures. Quel est le numéro ?",
            ),
            turn("Quatre mille deux cent dix-huit.", "Votre réservation est annulée."),
            turn(
                "Est-ce que vous m’envoyez un message pour le confirmer ?",
                "Vous le recevez à l’instant.",
            ),
        ],
    ),
    caller(
        "Mme Colin",
        "f4",
        Language::FR,
        &[
            turn(
                "Bonjour, nous viendrons en voiture. Y a-t-il un garage près de l’hôtel ?",
                "Oui, rue Saint-Roch, à vingt-quatre euros la nuit.",
            ),
            turn("Parfait. Pouvez-vous réserver une place pour jeudi ?", "Bien sûr, c’est fait."),
        ],
    ),
];

const DEVICES: [Caller; 3] = [
    caller(
        "Mr Osei",
        "m3",
        Language::EN,
        &[
            turn(
                "Hello, my Tag does not pair with the new telephone.",
                "Please turn Bluetooth off and on, then hold the button of the Tag for eight seconds.",
            ),
            turn("It blinks three times now. Is that right?", "That is right. Now open the app."),
            turn("Wonderful, there it is.", "I am glad to hear that."),
        ],
    ),
    caller(
        "Ms Hollis",
        "f2",
        Language::EN,
        &[
            turn(
                "Good morning, the synchronisation has been stuck at zero per cent since yesterday.",
                "Version four two nought has a known fault. Which version do you see in the settings?",
            ),
            turn("Four two nought, indeed.", "Please update to four two one, and it will go on."),
        ],
    ),
    caller(
        "Mr Kaur",
        "m7",
        Language::EN,
        &[
            turn(
                "Hello, the Hub has been hot since the night, and I have unplugged it.",
                "That was right, please leave it unplugged. Do you have the order number?",
            ),
            turn("N W, one seven five, two two, nought four.", "A new one leaves our house today."),
        ],
    ),
];

const CLINIC: [Caller; 3] = [
    caller(
        "Mme Garcia",
        "f4",
        Language::FR,
        &[
            turn(
                "Bonjour, je voudrais un rendez-vous avec le docteur Amari.",
                "Il consulte lundi, mardi et jeudi. Quel jour vous convient ?",
            ),
            turn("Jeudi matin, si possible.", "Jeudi à neuf heures vingt. À quel nom ?"),
            turn(
                "Garcia, née le quatre mai mille neuf cent soixante-douze.",
                "C’est noté, Madame.",
            ),
        ],
    ),
    caller(
        "M. Petit",
        "m3",
        Language::FR,
        &[
            turn(
                "Bonjour, je dois déplacer mon rendez-vous d’imagerie de demain.",
                "Je regarde. Après-demain à onze heures, est-ce possible ?",
            ),
            turn("Oui, très bien. Dois-je venir à jeun ?", "Non, ce n’est pas nécessaire."),
        ],
    ),
    caller(
        "Mme Roche",
        "f2",
        Language::FR,
        &[
            turn(
                "Bonjour, j’ai un message pour le docteur Belle : l’ordonnance est arrivée incomplète.",
                "Je le lui transmets. À quel numéro peut-elle vous rappeler ?",
            ),
            turn(
                "À ce numéro, jusqu’à vingt heures.",
                "C’est noté, elle vous rappelle aujourd’hui.",
            ),
        ],
    ),
];
