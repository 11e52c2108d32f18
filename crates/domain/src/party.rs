//! Who bills and who is billed: legal identities, bank details, VAT numbers.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{EmailAddress, Fault, Language};

/// A text that should have been an identifier of a company, a country or a bank.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PartyError(&'static str);

/// A text that was checked and put into its one form.
macro_rules! checked {
    ($($(#[$doc:meta])* $name:ident by $check:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = PartyError;

            fn from_str(text: &str) -> Result<Self, PartyError> {
                if text.len() > 64 {
                    return Err(PartyError("it is longer than 64 octets"));
                }
                let bare = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '\u{a0}'));
                let bare: String = bare.collect::<String>().to_uppercase();
                $check(&bare)?;
                Ok(Self(bare))
            }
        }

        impl TryFrom<String> for $name {
            type Error = PartyError;

            fn try_from(text: String) -> Result<Self, PartyError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

checked! {
    /// Where money goes, by its international number (ISO 13616), its check digits right.
    Iban by iban;
    /// A bank by its code of 8 or 11 signs (ISO 9362).
    Bic by bic;
    /// A VAT number with its country's prefix, such as `FR40303265045`. Only its form is checked:
    /// whether it is in use, the tax office knows.
    VatNumber by vat;
    /// A country by its two letters (ISO 3166-1).
    Country by country;
}

impl Iban {
    /// In groups of four, as it is printed.
    pub fn printed(&self) -> String {
        let groups: Vec<&str> = self
            .0
            .as_bytes()
            .chunks(4)
            .filter_map(|group| std::str::from_utf8(group).ok())
            .collect();
        groups.join(" ")
    }
}

/// Lengths of IBANs by country, from the IBAN registry (ISO 13616); a country that is not
/// here may have 15 to 34 signs.
const IBAN_LENGTHS: [(&str, usize); 34] = [
    ("AT", 20),
    ("BE", 16),
    ("BG", 22),
    ("CH", 21),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("EE", 20),
    ("ES", 24),
    ("FI", 18),
    ("FR", 27),
    ("GB", 22),
    ("GR", 27),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IT", 27),
    ("KZ", 20),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MT", 31),
    ("NL", 18),
    ("NO", 15),
    ("PL", 28),
    ("PT", 25),
    ("RO", 24),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("TN", 24),
];

/// Modulus 97-10 of ISO 7064: the first four signs go to the end, letters count from A = 10.
fn iban(text: &str) -> Result<(), PartyError> {
    if !(15..=34).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(PartyError("an IBAN has 15 to 34 letters and digits"));
    }
    let (country, rest) = text.split_at(2);
    if !country.bytes().all(|b| b.is_ascii_uppercase())
        || !rest.as_bytes()[..2].iter().all(u8::is_ascii_digit)
    {
        return Err(PartyError("an IBAN begins with two letters and two digits"));
    }
    if let Some((_, length)) = IBAN_LENGTHS.iter().find(|(of, _)| *of == country)
        && *length != text.len()
    {
        return Err(PartyError("an IBAN of this country has another length"));
    }
    let turned = text.bytes().cycle().skip(4).take(text.len());
    let rest = turned.fold(0_u32, |rest, sign| match sign {
        b'0'..=b'9' => (rest * 10 + u32::from(sign - b'0')) % 97,
        _ => (rest * 100 + u32::from(sign - b'A') + 10) % 97,
    });
    if rest == 1 {
        Ok(())
    } else {
        Err(PartyError("its check digits are wrong; a sign was mistyped"))
    }
}

fn bic(text: &str) -> Result<(), PartyError> {
    let sound = matches!(text.len(), 8 | 11)
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
        && text.as_bytes()[..6].iter().all(u8::is_ascii_uppercase);
    if sound {
        Ok(())
    } else {
        Err(PartyError("a bank's code has 8 or 11 signs, six letters first"))
    }
}

fn vat(text: &str) -> Result<(), PartyError> {
    let sound = (4..=17).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
        && text.bytes().skip(2).any(|b| b.is_ascii_digit());
    // EL is Greece's prefix, and XI Northern Ireland's (directive 2006/112/EC, article 215).
    let prefixed =
        text.get(..2).is_some_and(|two| matches!(two, "EL" | "XI") || country(two).is_ok());
    if sound && prefixed {
        Ok(())
    } else {
        Err(PartyError(
            "a VAT number begins with its country's letters and has 2 to 15 signs after them",
        ))
    }
}

/// ISO 3166-1, alpha-2.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE \
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM \
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC \
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA \
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO \
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

fn country(text: &str) -> Result<(), PartyError> {
    let known = text.len() == 2 && COUNTRIES.split(' ').any(|code| code == text);
    if known { Ok(()) } else { Err(PartyError("a country has two letters, such as FR")) }
}

/// A company as the law knows it. What is not known yet is empty: an invoice is issued only when
/// nothing is [missing](Party::missing).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Its name in the register.
    pub legal_name: String,
    /// Street and number.
    pub street: String,
    /// Postal code.
    pub postcode: String,
    /// City.
    pub city: String,
    /// Country.
    pub country: Option<Country>,
    /// VAT number; a company that owes no VAT has none.
    pub vat: Option<VatNumber>,
    /// Number in its register, such as a SIREN.
    #[serde(default)]
    pub registration: String,
    /// Where mail about invoices goes.
    pub email: Option<EmailAddress>,
}

impl Party {
    /// What an invoice needs and is not known, each with its field under `prefix`.
    pub fn missing(&self, prefix: &str) -> Vec<Fault> {
        let at = |field: &str| format!("{prefix}.{field}");
        let all = [
            (
                self.legal_name.is_empty(),
                lacks("missing_legal_name", at("legal_name"), "The legal name is missing."),
            ),
            (
                self.street.is_empty(),
                lacks("missing_street", at("street"), "The street is missing."),
            ),
            (
                self.postcode.is_empty(),
                lacks("missing_postcode", at("postcode"), "The postal code is missing."),
            ),
            (self.city.is_empty(), lacks("missing_city", at("city"), "The city is missing.")),
            (
                self.country.is_none(),
                lacks("missing_country", at("country"), "The country is missing."),
            ),
        ];
        all.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, fault)| fault).collect()
    }
}

/// The provider, as it bills.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    /// Who it is.
    pub party: Party,
    /// Where to pay.
    pub iban: Option<Iban>,
    /// The bank; needed outside the euro area only.
    pub bic: Option<Bic>,
    /// Days from the issue to the due date.
    pub payment_days: u16,
    /// Series of invoices, the part of a number before its counter: `INV`.
    pub series: String,
    /// Series of credit notes.
    pub credit_series: String,
    /// Stands under every invoice.
    #[serde(default)]
    pub footer: String,
}

impl Default for Seller {
    fn default() -> Self {
        Self {
            party: Party::default(),
            iban: None,
            bic: None,
            payment_days: 30,
            series: "INV".to_owned(),
            credit_series: "CN".to_owned(),
            footer: String::new(),
        }
    }
}

/// A client, as it is billed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    /// Who it is.
    pub party: Party,
    /// The language of its invoices.
    pub language: Language,
    /// Days from the issue to the due date; `None` for the provider's own.
    pub payment_days: Option<u16>,
    /// What the client wants to read on its invoices: an order number, a cost centre.
    #[serde(default)]
    pub reference: String,
    /// Why its invoices bear no tax, where the tariff has none.
    pub untaxed: Option<Untaxed>,
    /// Whom its invoices are mailed to; where there is nobody, the party's own address.
    #[serde(default)]
    pub contacts: Vec<EmailAddress>,
    /// Whether what is issued is mailed at once.
    #[serde(default)]
    pub mail_on_issue: bool,
}

impl Buyer {
    /// Whom its invoices are mailed to.
    pub fn mailed_to(&self) -> Vec<EmailAddress> {
        if self.contacts.is_empty() {
            self.party.email.clone().into_iter().collect()
        } else {
            self.contacts.clone()
        }
    }
}

impl Default for Buyer {
    fn default() -> Self {
        Self {
            party: Party::default(),
            language: Language::EN,
            payment_days: None,
            reference: String::new(),
            untaxed: None,
            contacts: Vec::new(),
            mail_on_issue: false,
        }
    }
}

/// Why no tax is due (codes of UNTDID 5305, as EN 16931 wants them).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Untaxed {
    /// `AE`: the client owes it (directive 2006/112/EC, article 196).
    ReverseCharge,
    /// `E`: the service is exempt.
    Exempt,
    /// `O`: the tax is not that of this invoice's countries.
    OutOfScope,
}

/// What is missing before `seller` may bill `buyer`, all of it; `taxed` says whether the invoice bears tax.
pub fn missing(seller: &Seller, buyer: &Buyer, taxed: bool) -> Vec<Fault> {
    let mut faults = seller.party.missing("provider");
    if seller.iban.is_none() {
        let fault = lacks("missing_iban", "provider.iban", "The IBAN to be paid into is missing.");
        faults.push(fault);
    }
    let untaxed = buyer.untaxed.filter(|_| !taxed);
    // EN 16931, BR-S-02 and BR-AE-02; BR-O-02 forbids it instead.
    if seller.party.vat.is_none() && untaxed != Some(Untaxed::OutOfScope) {
        let fault = lacks("missing_vat", "provider.vat", "The VAT number is missing.");
        faults.push(fault);
    }
    // EN 16931, BR-CO-26: who bills is known by a number, of the tax or of a register.
    if untaxed == Some(Untaxed::OutOfScope) && seller.party.registration.is_empty() {
        let field = "provider.registration";
        let fault = lacks("missing_registration", field, "The register number is missing.");
        faults.push(fault);
    }
    faults.extend(buyer.party.missing("client"));
    if buyer.party.vat.is_none() && untaxed == Some(Untaxed::ReverseCharge) {
        let fault = lacks("missing_vat", "client.vat", "The VAT number is missing.");
        faults.push(fault);
    }
    if !taxed && buyer.untaxed.is_none() {
        faults.push(Fault::new(
            "client.untaxed",
            "missing_untaxed",
            "The tariff has no tax, and nothing says why none is due.",
            "Choose the reason in the client's billing details, or give the tariff its tax.",
        ));
    }
    faults
}

fn lacks(code: &str, field: impl Into<String>, words: &'static str) -> Fault {
    Fault::new(field, code, words, "Write it into the billing details.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ibans_are_read_with_their_check_digits() {
        // Examples of the IBAN registry.
        for good in [
            "GB82 WEST 1234 5698 7654 32",
            "DE89 3704 0044 0532 0130 00",
            "fr14 2004 1010 0505 0001 3m02 606",
            "CH93-0076-2011-6238-5295-7",
        ] {
            let read: Iban = good.parse().unwrap_or_else(|error| panic!("{good}: {error}"));
            assert_eq!(read.printed().replace(' ', ""), read.as_str());
        }
        for bad in [
            "",
            "GB82",
            "GB82 WEST 1234 5698 7654 33",
            "DE89 3704 0044 0532 0130 0",
            "8289370400440532013000",
            "FR1420041010050500013M0260é",
            "XX00000000000000000000000000000000000000000000000000000000000000000",
        ] {
            assert!(bad.parse::<Iban>().is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_of_companies_and_banks_have_their_form() {
        for (good, want) in [
            ("FR 40 303265045", "FR40303265045"),
            ("el123456789", "EL123456789"),
            ("CHE-123.456.788", "CHE123456788"),
        ] {
            assert_eq!(good.parse::<VatNumber>().map(String::from), Ok(want.to_owned()));
        }
        for bad in ["", "FR", "12345678", "ZZ123456", "FRABCDEF", "FR1234567890123456"] {
            assert!(bad.parse::<VatNumber>().is_err(), "{bad}");
        }
        assert!("DEUTDEFF500".parse::<Bic>().is_ok() && "DEUTDEFF50".parse::<Bic>().is_err());
        assert!("fr".parse::<Country>().is_ok() && "UK".parse::<Country>().is_err());
    }

    #[test]
    fn everything_missing_is_named_at_once() {
        let (seller, mut buyer) = (Seller::default(), Buyer::default());
        let fields = |faults: Vec<Fault>| faults.into_iter().map(|f| f.field).collect::<Vec<_>>();
        assert_eq!(
            fields(missing(&seller, &buyer, true)),
            [
                "provider.legal_name",
                "provider.street",
                "provider.postcode",
                "provider.city",
                "provider.country",
                "provider.iban",
                "provider.vat",
                "client.legal_name",
                "client.street",
                "client.postcode",
                "client.city",
                "client.country",
            ]
        );
        assert!(fields(missing(&seller, &buyer, false)).contains(&"client.untaxed".to_owned()));
        buyer.untaxed = Some(Untaxed::ReverseCharge);
        assert!(fields(missing(&seller, &buyer, false)).contains(&"client.vat".to_owned()));
    }

    #[test]
    fn whoever_bills_outside_the_tax_is_known_by_the_register() {
        let mut seller = Seller::default();
        let buyer = Buyer { untaxed: Some(Untaxed::OutOfScope), ..Buyer::default() };
        let is_missing = |seller: &Seller, field: &str, taxed: bool| {
            missing(seller, &buyer, taxed).iter().any(|fault| fault.field == field)
        };
        assert!(is_missing(&seller, "provider.registration", false));
        assert!(!is_missing(&seller, "provider.vat", false));
        // Where the tariff has tax, the reason does not count, and the tax's own number says who bills.
        assert!(!is_missing(&seller, "provider.registration", true));
        assert!(is_missing(&seller, "provider.vat", true));
        seller.party.registration = "RCS Lyon 123 456 789".to_owned();
        assert!(!is_missing(&seller, "provider.registration", false));
    }
}
