//! Words of a document in its language, and how that language writes numbers and days.

use billing::invoice::{Counted, Invoice, Item, ItemKind, NoTax};
use domain::{Day, decimal};

/// One language.
pub struct Words {
    pub code: &'static str,
    /// Between thousands, and before decimals.
    marks: (&'static str, char),
    months: [&'static str; 12],
    /// Months as a name by itself, where the language tells them apart.
    months_alone: [&'static str; 12],
    pub invoice: &'static str,
    pub credit_note: &'static str,
    pub billed_to: &'static str,
    pub issued: &'static str,
    pub due: &'static str,
    pub period: &'static str,
    pub reference: &'static str,
    pub corrects: &'static str,
    pub reason: &'static str,
    pub description: &'static str,
    pub quantity: &'static str,
    pub price: &'static str,
    pub amount: &'static str,
    pub net: &'static str,
    pub to_pay: &'static str,
    pub given_back: &'static str,
    pub pay_to: &'static str,
    pub vat_number: &'static str,
    pub registration: &'static str,
    pub lines: &'static str,
    pub page: &'static str,
    minutes: &'static str,
    points: &'static str,
    a_minute: &'static str,
    kinds: [&'static str; 10],
    about: &'static str,
    untaxed: [&'static str; 3],
    /// Of a letter: the kind, the number, the seller.
    pub subject: &'static str,
    pub good_day: &'static str,
    /// The number, its day, the period, the amount, the day that it is due.
    pub here_invoice: &'static str,
    /// The number, its day, the invoice's number, the amount.
    pub here_credit_note: &'static str,
    pub attached: &'static str,
    pub attached_alone: &'static str,
}

const EN: Words = Words {
    code: "en",
    marks: (",", '.'),
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    months_alone: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    invoice: "Invoice",
    credit_note: "Credit note",
    billed_to: "Billed to",
    issued: "Date",
    due: "Due",
    period: "Period",
    reference: "Your reference",
    corrects: "Corrects",
    reason: "Reason: {}",
    description: "Description",
    quantity: "Quantity",
    price: "Price",
    amount: "Amount",
    net: "Net",
    to_pay: "To pay",
    given_back: "Credited to you",
    pay_to: "Please pay to",
    vat_number: "VAT no.",
    registration: "Reg. no.",
    lines: "Each line, with its contact and why it costs what it costs, is in your portal under Billing. Lines: {}.",
    page: "Page {} of {}",
    minutes: "min",
    points: "points",
    a_minute: "a minute",
    kinds: [
        "{}, included",
        "{}",
        "{}, bundle",
        "{}, seats",
        "{}, empty seats deducted",
        "Difference to the agreed minimum",
        "{}",
        "Service credit",
        "Adjustment for {}",
        "Credit: {}",
    ],
    about: "known after {}",
    untaxed: [
        "Reverse charge: VAT is due from the recipient (article 196 of Directive 2006/112/EC).",
        "Exempt from VAT.",
        "Not subject to VAT.",
    ],
    subject: "{} {} from {}",
    good_day: "Good day,",
    here_invoice: "Here is invoice {} of {} for {}: {}, due on {}.",
    here_credit_note: "Here is credit note {} of {} to invoice {}: {} in your favour.",
    attached: "Attached are the document as PDF, which carries it as structured data too (Factur-X, EN 16931), and each of its lines as a table (CSV).",
    attached_alone: "Attached is the document as PDF, which carries it as structured data too (Factur-X, EN 16931).",
};

const FR: Words = Words {
    code: "fr",
    marks: ("\u{202f}", ','),
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    months_alone: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    invoice: "Facture",
    credit_note: "Avoir",
    billed_to: "Facturé à",
    issued: "Date",
    due: "Échéance",
    period: "Période",
    reference: "Votre référence",
    corrects: "Rectifie",
    reason: "Motif : {}",
    description: "Désignation",
    quantity: "Quantité",
    price: "Prix",
    amount: "Montant",
    net: "Total HT",
    to_pay: "À payer",
    given_back: "En votre faveur",
    pay_to: "À payer sur le compte",
    vat_number: "N° TVA",
    registration: "N° d’immatriculation",
    lines: "Chaque ligne, avec son contact et le détail de son prix, est dans votre portail, sous Facturation. Lignes : {}.",
    page: "Page {} sur {}",
    minutes: "min",
    points: "points",
    a_minute: "la minute",
    kinds: [
        "{}, inclus",
        "{}",
        "{}, forfait",
        "{}, positions",
        "{}, positions vides déduites",
        "Complément au minimum convenu",
        "{}",
        "Avoir de service",
        "Régularisation pour {}",
        "Avoir : {}",
    ],
    about: "connu après {}",
    untaxed: [
        "Autoliquidation : TVA due par le preneur (article 196 de la directive 2006/112/CE).",
        "Exonéré de TVA.",
        "Non soumis à la TVA.",
    ],
    subject: "{} {} de {}",
    good_day: "Bonjour,",
    here_invoice: "Voici la facture {} du {} pour la période {} : {}, à payer pour le {}.",
    here_credit_note: "Voici l’avoir {} du {} sur la facture {} : {} en votre faveur.",
    attached: "Vous trouverez en pièces jointes le document en PDF, qui le contient aussi en données structurées (Factur-X, EN 16931), et chacune de ses lignes dans un tableau (CSV).",
    attached_alone: "Vous trouverez en pièce jointe le document en PDF, qui le contient aussi en données structurées (Factur-X, EN 16931).",
};

const RU: Words = Words {
    code: "ru",
    marks: ("\u{a0}", ','),
    months: [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ],
    months_alone: [
        "январь",
        "февраль",
        "март",
        "апрель",
        "май",
        "июнь",
        "июль",
        "август",
        "сентябрь",
        "октябрь",
        "ноябрь",
        "декабрь",
    ],
    invoice: "Счёт",
    credit_note: "Корректировочный счёт",
    billed_to: "Плательщик",
    issued: "Дата",
    due: "Оплатить до",
    period: "Период",
    reference: "Ваш номер",
    corrects: "К счёту",
    reason: "Причина: {}",
    description: "Наименование",
    quantity: "Количество",
    price: "Цена",
    amount: "Сумма",
    net: "Итого без налога",
    to_pay: "К оплате",
    given_back: "В вашу пользу",
    pay_to: "Просим оплатить на",
    vat_number: "Номер НДС",
    registration: "Рег. номер",
    lines: "Каждая строка, с её контактом и расчётом, есть в вашем портале, в разделе «Счета». Строк: {}.",
    page: "Страница {} из {}",
    minutes: "мин",
    points: "пунктов",
    a_minute: "за минуту",
    kinds: [
        "{}, в пакете",
        "{}",
        "{}, пакет",
        "{}, рабочие места",
        "{}, вычет за пустые места",
        "Доплата до согласованного минимума",
        "{}",
        "Скидка за уровень сервиса",
        "Корректировка за {}",
        "Возврат: {}",
    ],
    about: "стало известно после {}",
    untaxed: [
        "НДС уплачивает получатель (статья 196 директивы 2006/112/EC).",
        "Освобождено от НДС.",
        "НДС не облагается.",
    ],
    subject: "{} {} от {}",
    good_day: "Здравствуйте!",
    here_invoice: "Направляем счёт {} от {} за период: {}. Сумма {}, оплатить до {}.",
    here_credit_note: "Направляем корректировочный счёт {} от {} к счёту {}: {} в вашу пользу.",
    attached: "Во вложении документ в формате PDF, который содержит его и как структурированные данные (Factur-X, EN 16931), и каждая его строка в таблице (CSV).",
    attached_alone: "Во вложении документ в формате PDF, который содержит его и как структурированные данные (Factur-X, EN 16931).",
};

/// The words of a language; English for one that has none.
pub fn words(language: &str) -> &'static Words {
    match language {
        "fr" => &FR,
        "ru" => &RU,
        _ => &EN,
    }
}

/// A pattern with its gaps, `{}`, filled in their order; a gap without a value is left empty.
pub fn filled(pattern: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let mut text = String::new();
    for (i, piece) in pattern.split("{}").enumerate() {
        if i > 0 {
            text.push_str(values.next().unwrap_or(&""));
        }
        text.push_str(piece);
    }
    text
}

/// A day, `YYYY-MM-DD`, as a language writes it; as it is when it is none.
pub fn day(language: &str, day: &str) -> String {
    words(language).day(day)
}

impl Words {
    /// A number of parts with so many decimals, thousands set apart.
    pub fn number(&self, parts: i128, places: u32) -> String {
        let plain = decimal(parts.abs(), places);
        let (whole, rest) = plain.split_once('.').unwrap_or((&plain, ""));
        let mut grouped = String::new();
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i) % 3 == 0 {
                grouped.push_str(self.marks.0);
            }
            grouped.push(digit);
        }
        // A real minus, as wide as a digit.
        let sign = if parts < 0 { "\u{2212}" } else { "" };
        match rest {
            "" => format!("{sign}{grouped}"),
            rest => format!("{sign}{grouped}{}{rest}", self.marks.1),
        }
    }

    /// A number without needless zeros beyond `least` decimals.
    fn price(&self, parts: i128, places: u32, least: u32) -> String {
        let (mut parts, mut places) = (parts, places);
        while places > least && parts % 10 == 0 {
            (parts, places) = (parts / 10, places - 1);
        }
        self.number(parts, places)
    }

    /// `2026-12-01` as people write it.
    pub fn day(&self, day: &str) -> String {
        let Some((year, month, number)) = parts(day) else { return day.to_owned() };
        let month = self.months[month];
        match (self.code, number) {
            ("fr", 1) => format!("1er {month} {year}"),
            ("ru", _) => format!("{number} {month} {year} г."),
            _ => format!("{number} {month} {year}"),
        }
    }

    /// A billing period: the month, or from which day to which.
    pub fn period_of(&self, name: &str) -> Option<String> {
        let (year, month, _) = parts(&format!("{name}-01")).filter(|_| name.len() == 7)?;
        let month = self.months_alone[month];
        Some(match self.code {
            "ru" => format!("{month} {year} г."),
            _ => format!("{month} {year}"),
        })
    }

    /// The billing period of an invoice.
    pub fn period(&self, invoice: &Invoice) -> String {
        let days = || format!("{} – {}", self.day(&invoice.from), self.day(&invoice.through));
        self.period_of(&invoice.period).unwrap_or_else(days)
    }

    /// What an item is, on a line and in smaller words below it.
    pub fn item(&self, item: &Item) -> (String, String) {
        let name = match (&item.of, item.kind) {
            (Some(part), _) => {
                let period = self.period_of(&item.name).unwrap_or_else(|| item.name.clone());
                let part = filled(self.kinds[place(part.kind)], &[&part.name]);
                format!("{period} – {part}")
            }
            (None, ItemKind::Adjustment) => {
                self.period_of(&item.name).unwrap_or_else(|| item.name.clone())
            }
            (None, _) => item.name.clone(),
        };
        let about = item.about.as_ref().map(|about| filled(self.about, &[about]));
        let more = [item.band.clone(), about].into_iter().flatten().collect::<Vec<_>>();
        (filled(self.kinds[place(item.kind)], &[&name]), more.join(" · "))
    }

    /// How much of an item.
    pub fn quantity(&self, item: &Item) -> String {
        let seconds = item.quantity;
        match item.counted {
            Counted::Seconds => {
                let minutes = self.number(i128::from(seconds / 60), 0);
                match seconds % 60 {
                    0 => format!("{minutes} {}", self.minutes),
                    rest => format!("{minutes}:{rest:02} {}", self.minutes),
                }
            }
            Counted::Pieces => self.number(i128::from(item.quantity), 0),
            Counted::Points => format!("{} {}", item.quantity, self.points),
        }
    }

    /// What one of it costs, where that explains the amount.
    pub fn item_price(&self, item: &Item, decimals: u32) -> String {
        let Some(price) = item.price else { return String::new() };
        let text = self.price(i128::from(price.price), decimals + 5, decimals);
        if price.per == 60 { format!("{text} {}", self.a_minute) } else { text }
    }

    /// A rate of tax: `20 %`.
    pub fn rate(&self, basis_points: u32) -> String {
        let rate = self.price(i128::from(basis_points), 2, 0);
        if self.code == "en" { format!("{rate}%") } else { format!("{rate}\u{a0}%") }
    }

    /// Why no tax is due.
    pub fn untaxed(&self, why: NoTax) -> &'static str {
        match why {
            NoTax::ReverseCharge => self.untaxed[0],
            NoTax::Exempt => self.untaxed[1],
            NoTax::OutOfScope => self.untaxed[2],
        }
    }
}

/// Place of a kind's words.
const fn place(kind: ItemKind) -> usize {
    match kind {
        ItemKind::Included => 0,
        ItemKind::Metered => 1,
        ItemKind::Bundle => 2,
        ItemKind::Seats => 3,
        ItemKind::AbsentSeats => 4,
        ItemKind::Minimum => 5,
        ItemKind::Fee => 6,
        ItemKind::Credit => 7,
        ItemKind::Adjustment => 8,
        ItemKind::Disputed => 9,
    }
}

/// Year, month from 0, and day of a date that exists.
fn parts(day: &str) -> Option<(u32, usize, u32)> {
    day.parse::<Day>().ok()?;
    let mut parts = day.split('-').map(|part| part.parse::<u32>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    Some((year, usize::try_from(month).ok()?.checked_sub(1)?, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adjustment_says_which_position_of_which_period_it_changes() {
        let item = |of: Option<(ItemKind, &str)>| Item {
            kind: ItemKind::Adjustment,
            name: "2026-03".to_owned(),
            band: None,
            quantity: 1,
            counted: Counted::Pieces,
            contacts: 1,
            price: None,
            amount_minor: 0,
            tax: billing::invoice::TaxRate::default(),
            about: Some("INV-000007".to_owned()),
            of: of.map(|(kind, name)| billing::invoice::Part { kind, name: name.to_owned() }),
        };
        let said = |words: &Words, of| words.item(&item(of)).0;
        assert_eq!(said(&EN, None), "Adjustment for March 2026");
        let included = Some((ItemKind::Included, "Calls"));
        assert_eq!(said(&EN, included), "Adjustment for March 2026 – Calls, included");
        let minimum = Some((ItemKind::Minimum, ""));
        assert!(
            said(&FR, minimum).starts_with("Régularisation pour mars 2026 – "),
            "{}",
            said(&FR, minimum)
        );
        assert_eq!(EN.item(&item(included)).1, "known after INV-000007");
    }

    #[test]
    fn numbers_and_days_are_written_as_the_language_does() {
        for (language, number, day, period) in [
            ("en", "−1,234,567.89", "1 March 2026", "March 2026"),
            ("fr", "−1\u{202f}234\u{202f}567,89", "1er mars 2026", "mars 2026"),
            ("ru", "−1\u{a0}234\u{a0}567,89", "1 марта 2026 г.", "март 2026 г."),
            ("de", "−1,234,567.89", "1 March 2026", "March 2026"),
        ] {
            let words = words(language);
            assert_eq!(words.number(-123_456_789, 2), number);
            assert_eq!(words.day("2026-03-01"), day);
            assert_eq!(words.period_of("2026-03").as_deref(), Some(period));
        }
        assert_eq!(EN.number(5, 0), "5");
        assert_eq!((EN.rate(2_000), FR.rate(550)), ("20%".into(), "5,5\u{a0}%".into()));
        assert_eq!(EN.price(17_530_000, 7, 2), "1.753");
        assert_eq!(EN.period_of("2026-03-02"), None);
        assert_eq!(FR.day("soon"), "soon");
    }
}
