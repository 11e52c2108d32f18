//! What customers write and what agents answer.
//!
//! A turn is a line of the customer and the agent's answer to it. Agents know the answers by the
//! lines; to words that are in none of these (those of the person at the keyboard) they say something
//! that fits anywhere.

use domain::Language;

use crate::cast::Company;

/// One conversation.
#[derive(Debug)]
pub(crate) struct Dialogue {
    /// Its language.
    pub language: Language,
    /// Which of the client's queues it is for.
    pub queue: usize,
    /// Lines with their answers; two at least.
    pub turns: &'static [(&'static str, &'static str)],
}

const EN: Language = Language::EN;
const FR: Language = Language::FR;
const RU: Language = Language::RU;

/// The conversations of a company's customers.
pub(crate) fn of(company: Company) -> &'static [Dialogue] {
    match company {
        Company::Hotel => HOTEL,
        Company::Devices => DEVICES,
        Company::Clinic => CLINIC,
    }
}

/// The answer to a customer's line, if it is one of ours.
pub(crate) fn answer(line: &str) -> Option<&'static str> {
    let all = [HOTEL, DEVICES, CLINIC].into_iter().flatten().flat_map(|dialogue| dialogue.turns);
    all.into_iter().find(|(said, _)| *said == line).map(|(_, answer)| *answer)
}

/// Something to say to words that nobody has written before.
pub(crate) fn phrases(language: &str) -> &'static [&'static str] {
    match language {
        "fr" => &[
            "Je comprends. Je regarde cela tout de suite.",
            "Merci pour ces précisions, un instant je vous prie.",
            "C’est noté. Puis-je vous aider pour autre chose ?",
        ],
        "ru" => &[
            "Понимаю. Сейчас посмотрю.",
            "Спасибо за уточнение, одну минуту.",
            "Записала. Могу ли я ещё чем-нибудь помочь?",
        ],
        _ => &[
            "I see. Let me have a look.",
            "Thank you, that helps. One moment, please.",
            "I have noted that. Is there anything else I can do for you?",
        ],
    }
}

/// Names that customers give.
pub(crate) fn names(language: Language) -> &'static [&'static str] {
    match language {
        Language::FR => &[
            "Camille Lefèvre",
            "Julien Moreau",
            "Inès Caron",
            "Mathieu Girard",
            "Sarah Lopez",
            "Nathalie Brun",
            "Karim Haddad",
            "Jeanne Perrin",
            "Olivier Renaud",
            "Aïcha Diallo",
        ],
        Language::RU => {
            &["Ольга Смирнова", "Игорь Лебедев", "Марина Соколова", "Павел Орлов", "Ирина Белова"]
        }
        _ => &[
            "Grace Miller",
            "Owen Price",
            "Priya Nair",
            "Daniel Cho",
            "Lucy Ward",
            "Marta Silva",
            "James Okafor",
            "Ellen Berg",
            "Noah Fischer",
            "Ruth Adams",
        ],
    }
}

const HOTEL: &[Dialogue] = &[
    Dialogue {
        language: FR,
        queue: 0,
        turns: &[
            (
                "Bonjour, auriez-vous une chambre double du 12 au 14 ?",
                "Oui, il me reste une Classique côté cour à 148 € et une côté jardin à 176 €, petit déjeuner à 17 €.",
            ),
            (
                "Côté jardin, c’est calme ?",
                "Très calme, elle donne sur la cour plantée et les fenêtres sont doubles.",
            ),
            (
                "Parfait, je la prends. On peut annuler ?",
                "Sans frais jusqu’à 18 h la veille. Je vous envoie le lien de paiement par courriel, la chambre est à votre nom.",
            ),
        ],
    },
    Dialogue {
        language: FR,
        queue: 0,
        turns: &[
            (
                "Bonsoir, je dois décaler ma réservation d’une nuit, c’est possible ?",
                "Bien sûr. Sous quel nom, et de quelle date à quelle date ?",
            ),
            (
                "Au nom de Moreau, du 20 au 21 plutôt que du 19 au 20.",
                "C’est modifié, au même tarif. Vous recevez la confirmation dans une minute.",
            ),
        ],
    },
    Dialogue {
        language: FR,
        queue: 1,
        turns: &[
            (
                "J’ai laissé une écharpe bleue dans la chambre 27 ce matin.",
                "Je demande aux étages. Elle est en laine, avec des franges ?",
            ),
            (
                "Oui, c’est bien celle-là !",
                "Elle est à la réception. Préférez-vous passer la prendre ou que nous vous l’envoyions ?",
            ),
            (
                "Je passe demain vers 10 h, merci beaucoup.",
                "Elle vous attend. Bonne soirée à vous !",
            ),
        ],
    },
    Dialogue {
        language: EN,
        queue: 0,
        turns: &[
            (
                "Hello! Do you have a family room for three nights from the 3rd?",
                "Hello! Yes, the family room for four is free on those nights, at €232 with cots at no charge.",
            ),
            (
                "We arrive late, around 23:30. Is that a problem?",
                "Not at all, the desk is open all night. I have noted your arrival for 23:30.",
            ),
            (
                "Great, please book it.",
                "It is held in your name. The payment link is on its way, and you can cancel until 18:00 the day before.",
            ),
        ],
    },
    Dialogue {
        language: EN,
        queue: 1,
        turns: &[
            (
                "Hi, is there a garage near the hotel?",
                "There is, in rue Saint-Roch, 80 metres away. We can keep a place for you at €24 a night.",
            ),
            ("Yes please, for two nights.", "Done. May I have the number plate?"),
            ("GF-482-KM", "Thank you. The barrier will know you from 14:00 on."),
        ],
    },
    Dialogue {
        language: EN,
        queue: 1,
        turns: &[
            (
                "Could we check out at 1 pm on Sunday? Our train is at 3.",
                "Let me ask housekeeping... Yes, 13:00 is fine and free of charge. We can keep your bags as well.",
            ),
            ("Wonderful, thank you.", "With pleasure. Enjoy your stay!"),
        ],
    },
    Dialogue {
        language: RU,
        queue: 0,
        turns: &[
            (
                "Здравствуйте! Есть номер на двоих с 5 по 8 мая?",
                "Здравствуйте! Да, свободен «Классик» за 148 € и номер с видом на сад за 176 €.",
            ),
            ("А завтрак включён?", "Завтрак отдельно, 17 € с человека, с 6:30 до 10:30."),
            (
                "Хорошо, забронируйте с видом на сад.",
                "Готово. Ссылку на оплату отправила вам по почте, отмена бесплатная до 18:00 накануне.",
            ),
        ],
    },
    Dialogue {
        language: RU,
        queue: 1,
        turns: &[
            (
                "Добрый день, можно заказать такси в аэропорт на завтра, 6 утра?",
                "Добрый день! Конечно. Шарль-де-Голль или Орли, и сколько вас будет?",
            ),
            (
                "Шарль-де-Голль, двое и три чемодана.",
                "Машина будет у входа в 6:00, цена 62 €. Завтрак соберём вам с собой.",
            ),
        ],
    },
];

const DEVICES: &[Dialogue] = &[
    Dialogue {
        language: EN,
        queue: 0,
        turns: &[
            (
                "My Hub has been stuck at 0 % sync since this morning.",
                "I am sorry about that. Which version does the app show under Settings, About?",
            ),
            (
                "It says 4.2.0",
                "That version has a known fault. 4.2.1 repairs it: please tap Check for updates on the same screen.",
            ),
            (
                "Updating... it is at 40 % now, looks good!",
                "Wonderful. It may take ten minutes for the whole history. Nothing is lost.",
            ),
        ],
    },
    Dialogue {
        language: EN,
        queue: 0,
        turns: &[
            (
                "I can't pair my new Tag, it just keeps searching.",
                "Let us start fresh: Bluetooth off and on, then hold the Tag's button for 8 seconds.",
            ),
            (
                "It blinked three times.",
                "That is what we want. Now tap Add a Tag and hold it close to the phone.",
            ),
            ("It's there! Thanks.", "Glad to hear it. It may take a minute to show its place."),
        ],
    },
    Dialogue {
        language: EN,
        queue: 0,
        turns: &[
            (
                "The Gate opens for my phone but not for my wife's.",
                "Is she in your household in the app, or does she have a login of her own?",
            ),
            (
                "Her own login, I think.",
                "Then please invite her: Household, Add person. She will get a mail and can open the Gate as soon as she accepts.",
            ),
            (
                "Invited her, she's in. It works.",
                "Perfect. You can set hours for each person on the same screen.",
            ),
        ],
    },
    Dialogue {
        language: EN,
        queue: 0,
        turns: &[
            (
                "App crashes every time I open the map.",
                "Thank you for telling us. Could you send a report: Settings, Help, Send report, and tell me the number?",
            ),
            (
                "Number is 88213",
                "I have it, thank you. It crashes on an old saved place; I have asked engineering, you will get a mail today.",
            ),
        ],
    },
    Dialogue {
        language: EN,
        queue: 1,
        turns: &[
            (
                "I'd like to return a Tag I bought last week, never opened.",
                "Of course. May I have your order number?",
            ),
            (
                "NW2048817",
                "Thank you. The free label is in your mail; the refund follows within five working days of its arrival.",
            ),
            ("That was easy, thanks.", "You are welcome. Have a good day!"),
        ],
    },
    Dialogue {
        language: EN,
        queue: 1,
        turns: &[
            (
                "Order NW2050113 says delivered but there's nothing here.",
                "I am sorry to hear that. Have you had a chance to ask your neighbours?",
            ),
            (
                "Yes, nobody has it.",
                "Then I open a search with the carrier now. You will hear from us within two working days, and we send a new one if it is lost.",
            ),
        ],
    },
];

const CLINIC: &[Dialogue] = &[
    Dialogue {
        language: FR,
        queue: 0,
        turns: &[
            (
                "Bonjour, je voudrais un rendez-vous avec le docteur Amari cette semaine.",
                "Bonjour, j’ai jeudi à 9 h 20 ou à 16 h 40. Qu’est-ce qui vous convient ?",
            ),
            ("16 h 40 s’il vous plaît.", "C’est réservé. Êtes-vous déjà venu à la clinique ?"),
            (
                "Oui, l’an dernier.",
                "Très bien, votre dossier est là. Pensez à votre carte Vitale, à jeudi.",
            ),
        ],
    },
    Dialogue {
        language: FR,
        queue: 0,
        turns: &[
            (
                "Il me faut une échographie, j’ai une ordonnance.",
                "Bien sûr. L’imagerie a un créneau demain à 7 h 50 ou samedi à 11 h 10.",
            ),
            (
                "Samedi, c’est mieux. Faut-il être à jeun ?",
                "Oui, six heures avant, l’eau est permise. Samedi 11 h 10 est à votre nom.",
            ),
        ],
    },
    Dialogue {
        language: FR,
        queue: 0,
        turns: &[
            (
                "Je dois annuler mon rendez-vous de mercredi avec le Dr Belle.",
                "Merci de prévenir. Voulez-vous que je vous propose une autre date ?",
            ),
            (
                "Oui, la semaine prochaine si possible.",
                "Vendredi à 14 h 10 est libre. Je l’échange ?",
            ),
            ("Oui, merci.", "C’est fait. Vous recevez un rappel la veille."),
        ],
    },
    Dialogue {
        language: FR,
        queue: 1,
        turns: &[
            (
                "Pouvez-vous demander au docteur Amari de me rappeler pour mon traitement ?",
                "Bien sûr. À quel numéro, et jusqu’à quelle heure ce soir ?",
            ),
            (
                "Au 01 99 00 12 34, jusqu’à 20 h.",
                "C’est transmis. Cela peut-il attendre demain si une consultation se prolonge ?",
            ),
            (
                "Oui, ce n’est pas urgent.",
                "Merci, le docteur vous rappelle au plus tard demain avant midi.",
            ),
        ],
    },
    Dialogue {
        language: EN,
        queue: 0,
        turns: &[
            (
                "Hello, do you have a doctor who speaks English?",
                "Hello! Dr Amari does, on Mondays, Tuesdays and Thursdays. Shall I look for an appointment?",
            ),
            (
                "Yes, for my son, he is six. He needs a certificate for judo.",
                "Tuesday at 17:00 is free. Please bring his health book.",
            ),
            ("Perfect, we take it.", "It is booked. The entrance is at number 14, first floor."),
        ],
    },
    Dialogue {
        language: EN,
        queue: 1,
        turns: &[
            (
                "I was there yesterday and forgot to ask for a sick note.",
                "I can pass that on to the doctor. Whom did you see, and for which days?",
            ),
            (
                "Dr Belle, yesterday and today.",
                "Thank you. I have asked Dr Belle; the note will be in your mail by this evening.",
            ),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_one_answer_and_each_dialogue_two_turns() {
        let mut lines = std::collections::BTreeSet::new();
        for dialogue in Company::ALL.into_iter().flat_map(of) {
            assert!(dialogue.turns.len() >= 2, "{dialogue:?}");
            for (line, said) in dialogue.turns {
                assert!(lines.insert(*line), "`{line}` is in two dialogues");
                assert_eq!(answer(line), Some(*said));
            }
        }
    }
}
