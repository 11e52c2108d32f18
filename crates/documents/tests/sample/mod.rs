//! Invoices to look at.

use billing::invoice::{
    Corrects, Counted, DocumentKind, Identity, Invoice, Item, ItemKind, ItemPrice, NoTax, Number,
    Part, Payment, TaxRate, TaxSum,
};

pub const UNTAXED: [NoTax; 3] = [NoTax::ReverseCharge, NoTax::Exempt, NoTax::OutOfScope];

fn tax() -> TaxRate {
    TaxRate { name: "TVA".to_owned(), basis_points: 2_000 }
}

fn item(kind: ItemKind, name: &str, quantity: u64, counted: Counted, amount_minor: i64) -> Item {
    Item {
        kind,
        name: name.to_owned(),
        band: None,
        quantity,
        counted,
        contacts: 0,
        price: None,
        amount_minor,
        tax: tax(),
        about: None,
        of: None,
    }
}

fn summed(invoice: Invoice) -> Invoice {
    let net_minor: i64 = invoice.items.iter().map(|item| item.amount_minor).sum();
    let rate = invoice.items[0].tax.clone();
    let tax_minor = (net_minor * i64::from(rate.basis_points) + 5_000) / 10_000;
    let taxes = vec![TaxSum { rate, net_minor, tax_minor }];
    Invoice { taxes, net_minor, tax_minor, total_minor: net_minor + tax_minor, ..invoice }
}

/// A month of a hotel, in its language.
pub fn invoice(language: &str) -> Invoice {
    let (calls, chats, night) = match language {
        "fr" => ("Appels", "Chats", "Nuit"),
        "ru" => ("Звонки", "Чаты", "Ночь"),
        _ => ("Calls", "Chats", "Night"),
    };
    let metered = |name: &str, seconds: u64, contacts: u64, price: i64, amount: i64| Item {
        contacts,
        price: Some(ItemPrice { price, per: 60 }),
        ..item(ItemKind::Metered, name, seconds, Counted::Seconds, amount)
    };
    let items = vec![
        item(ItemKind::Bundle, calls, 1, Counted::Pieces, 35_000),
        Item { contacts: 61, ..item(ItemKind::Included, calls, 7_500, Counted::Seconds, 0) },
        metered(calls, 25_266, 188, 17_500_000, 73_693),
        Item { band: Some(night.to_owned()), ..metered(calls, 4_020, 31, 26_250_000, 17_588) },
        metered(chats, 61_380, 402, 9_900_000, 101_277),
        item(ItemKind::Fee, "+33 2 40 00 00 00", 3, Counted::Pieces, 1_500),
        item(ItemKind::Credit, "", 3, Counted::Points, -4_200),
        Item {
            contacts: 2,
            about: Some("INV-000031".to_owned()),
            of: Some(Part { kind: ItemKind::Metered, name: calls.to_owned() }),
            ..item(ItemKind::Adjustment, "2026-10", 2, Counted::Pieces, 612)
        },
    ];
    summed(Invoice {
        kind: DocumentKind::Invoice,
        number: Some(Number { series: "INV".to_owned(), count: 42 }),
        period: "2026-11".to_owned(),
        from: "2026-11-01".to_owned(),
        through: "2026-11-30".to_owned(),
        zone: "Europe/Paris".to_owned(),
        currency: "EUR".to_owned(),
        language: language.to_owned(),
        seller: Identity {
            legal_name: "Accueil & Cie SAS".to_owned(),
            street: "12 quai de la Fosse".to_owned(),
            postcode: "44000".to_owned(),
            city: "Nantes".to_owned(),
            country: "FR".to_owned(),
            vat: "FR40303265045".to_owned(),
            registration: "303 265 045 RCS Nantes".to_owned(),
            email: "billing@accueil.example".to_owned(),
        },
        buyer: Identity {
            legal_name: match language {
                "ru" => "ООО «Гостиница Невская»",
                "fr" => "Hôtel Saint-Roch SARL",
                _ => "Saint Roch Hotels Limited",
            }
            .to_owned(),
            street: if language == "ru" { "Невский проспект, 28" } else { "3 rue d’Argenteuil" }.to_owned(),
            postcode: "75001".to_owned(),
            city: if language == "ru" { "Санкт-Петербург" } else { "Paris" }.to_owned(),
            country: "FR".to_owned(),
            vat: "FR83404833048".to_owned(),
            registration: String::new(),
            email: "compta@saint-roch.example".to_owned(),
        },
        payment: Payment {
            iban: "FR14 2004 1010 0505 0001 3M02 606".to_owned(),
            bic: "PSSTFRPPNTE".to_owned(),
            days: 30,
            reference: "PO 4711".to_owned(),
            footer: "SAS au capital de 50 000 € — Pénalités de retard : trois fois le taux légal ; indemnité forfaitaire de 40 €.".to_owned(),
        },
        issued_on: Some("2026-12-01".to_owned()),
        due_on: Some("2026-12-31".to_owned()),
        items,
        taxes: Vec::new(),
        net_minor: 0,
        tax_minor: 0,
        total_minor: 0,
        untaxed: None,
        corrects: None,
        reason: String::new(),
        lines: 684,
        lines_hash: Vec::new(),
    })
}

/// A part of it, given back.
pub fn credit_note(language: &str) -> Invoice {
    let whole = invoice(language);
    let disputed = item(ItemKind::Disputed, "Appels, 2026-11-14 10:12", 1, Counted::Pieces, -350);
    let tax_minor = -70;
    let taxes = vec![TaxSum { rate: tax(), net_minor: -350, tax_minor }];
    Invoice {
        kind: DocumentKind::CreditNote,
        number: Some(Number { series: "CN".to_owned(), count: 3 }),
        items: vec![disputed],
        taxes,
        net_minor: -350,
        tax_minor,
        total_minor: -420,
        corrects: Some(Corrects {
            number: "INV-000042".to_owned(),
            issued_on: "2026-12-01".to_owned(),
        }),
        reason: "L’appel était un essai de notre part.".to_owned(),
        lines: 0,
        due_on: Some("2026-12-01".to_owned()),
        ..whole
    }
}

/// Without tax, and why.
pub fn untaxed(why: NoTax) -> Invoice {
    let mut invoice = invoice("en");
    for item in &mut invoice.items {
        item.tax = TaxRate::default();
    }
    summed(Invoice { untaxed: Some(why), ..invoice })
}

/// More than a page holds, with long names and signs that XML reserves.
pub fn large() -> Invoice {
    let mut invoice = invoice("en");
    let long = "Calls <about> rooms & \"breakfast\" in the high season, taken by whoever speaks the guest's language";
    for n in 0..70 {
        let item = item(ItemKind::Metered, long, 60 * n, Counted::Seconds, 100);
        invoice.items.push(item);
    }
    summed(invoice)
}
