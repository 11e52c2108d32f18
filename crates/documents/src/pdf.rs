//! An invoice on paper: A4, as many pages as it needs.

use billing::invoice::{DocumentKind, Identity, Invoice, Item};
use domain::Currency;
use krilla::{
    Document, SerializeSettings,
    configure::{Archival, ConfigurationBuilder},
    embed::{AssociationKind, EmbeddedFile, MimeType},
    metadata::{DateTime, Metadata},
    page::PageSettings,
};

use crate::{
    DocumentError, archive,
    cii::cii,
    page::{ACCENT, Canvas, Fonts, HAIR, INK, SOFT, Style, bold, regular},
    words::{Words, filled, words},
};

/// A4, in points.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
const LEFT: f32 = 52.0;
const RIGHT: f32 = WIDTH - 52.0;
/// Below this stands the foot of a page.
const BOTTOM: f32 = HEIGHT - 92.0;
/// Right edges of the columns of numbers.
const QUANTITY: f32 = 352.0;
const PRICE: f32 = 452.0;

const BODY: Style = regular(9.0, INK);
const STRONG: Style = bold(9.0, INK);
const SMALL: Style = regular(8.0, SOFT);
const LABEL: Style = regular(8.0, SOFT);

/// The invoice as PDF/A-3b with its structured form within.
///
/// # Errors
/// When it is not issued; a refusal of the PDF writer is a fault of this program.
pub fn pdf(invoice: &Invoice) -> Result<Vec<u8>, DocumentError> {
    let number = invoice.number.as_ref().ok_or(DocumentError::NotIssued)?.to_string();
    let issued_on = invoice.issued_on.as_deref().ok_or(DocumentError::NotIssued)?;
    let structured = cii(invoice)?;
    let (words, fonts) = (words(&invoice.language), Fonts::new()?);
    let fault = |error: &dyn std::fmt::Debug| DocumentError::Pdf(format!("{error:?}"));
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_B)
        .finish()
        .map_err(|error| fault(&error))?;
    let mut document =
        Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let title = format!("{} {number}", title(invoice, words));
    let at = date(issued_on);
    document.set_metadata(
        Metadata::new()
            .title(title.clone())
            .description(format!("{title}, {}", invoice.buyer.legal_name))
            .authors(vec![invoice.seller.legal_name.clone()])
            .language(words.code.to_owned())
            .creator("Permanence".to_owned())
            .creation_date(at)
            .document_id(number.clone()),
    );
    let embedded = document.embed_file(EmbeddedFile {
        path: archive::FILE_NAME.to_owned(),
        mime_type: MimeType::new("text/xml"),
        description: Some("Factur-X".to_owned()),
        association_kind: AssociationKind::Alternative,
        data: structured.into_bytes().into(),
        modification_date: Some(at),
        compress: Some(true),
        location: None,
    });
    embedded.ok_or_else(|| DocumentError::Pdf("the structured invoice is in twice".to_owned()))?;
    let sheets = Sheets { invoice, words, fonts: &fonts, number: &number };
    let pages = sheets.paged();
    for (at, items) in pages.iter().enumerate() {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT)
            .ok_or_else(|| DocumentError::Pdf("A4 is no size".to_owned()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        let mut canvas = Canvas { surface: &mut surface, fonts: &fonts };
        sheets.draw(&mut canvas, at, pages.len(), items);
        surface.finish();
        page.finish();
    }
    archive::marked(document.finish().map_err(|error| fault(&error))?)
}

fn title(invoice: &Invoice, words: &Words) -> &'static str {
    match invoice.kind {
        DocumentKind::Invoice => words.invoice,
        DocumentKind::CreditNote => words.credit_note,
    }
}

fn date(day: &str) -> DateTime {
    let mut parts = day.split('-').map(|part| part.parse::<u16>().unwrap_or_default());
    let mut next = || parts.next().unwrap_or_default();
    let (year, month, day) = (next(), next(), next());
    let small = |n: u16| u8::try_from(n).unwrap_or(1);
    DateTime::new(year)
        .month(small(month))
        .day(small(day))
        .hour(0)
        .minute(0)
        .second(0)
        .utc_offset_hour(0)
}

/// A document on its way to paper.
struct Sheets<'a> {
    invoice: &'a Invoice,
    words: &'static Words,
    fonts: &'a Fonts,
    number: &'a str,
}

/// An item with its text in lines.
struct Row<'a> {
    item: &'a Item,
    name: Vec<String>,
    more: String,
}

impl Row<'_> {
    fn height(&self) -> f32 {
        let more = if self.more.is_empty() { 0.0 } else { 11.0 };
        12.0 * self.name.len() as f32 + more + 9.0
    }
}

impl<'a> Sheets<'a> {
    /// Items by page: the first page has a head, the last one the sums.
    fn paged(&self) -> Vec<Vec<Row<'a>>> {
        let mut pages = vec![Vec::new()];
        let mut y = self.table_top(true) + 24.0;
        let count = self.invoice.items.len();
        for (i, item) in self.invoice.items.iter().enumerate() {
            let (name, more) = self.words.item(item);
            let name = self.fonts.wrapped(&name, BODY, QUANTITY - 78.0 - LEFT);
            let row = Row { item, name, more };
            // The sums never stand alone.
            let below = if i + 1 == count { self.sums_height() } else { 0.0 };
            if y + row.height() + below > BOTTOM && !pages.last().is_none_or(Vec::is_empty) {
                pages.push(Vec::new());
                y = self.table_top(false) + 24.0;
            }
            y += row.height();
            if let Some(page) = pages.last_mut() {
                page.push(row);
            }
        }
        pages
    }

    fn sums_height(&self) -> f32 {
        let reason = if self.invoice.reason.is_empty() { 0.0 } else { 40.0 };
        150.0 + 16.0 * self.invoice.taxes.len() as f32 + reason
    }

    fn table_top(&self, first: bool) -> f32 {
        if first { 286.0 } else { 96.0 }
    }

    fn draw(&self, canvas: &mut Canvas<'_, '_>, at: usize, of: usize, rows: &[Row<'_>]) {
        canvas.bar(0.0, 0.0, WIDTH, 5.0, ACCENT);
        if at == 0 {
            self.head(canvas);
        } else {
            canvas.text(LEFT, 58.0, &self.invoice.seller.legal_name, STRONG);
            let title = format!("{} {}", title(self.invoice, self.words), self.number);
            canvas.right(RIGHT, 58.0, &title, SMALL);
        }
        let mut y = self.table(canvas, self.table_top(at == 0), rows);
        if at + 1 == of {
            y = self.sums(canvas, y);
            self.notes(canvas, y);
        }
        self.foot(canvas, at, of);
    }

    /// Who bills whom, with the facts of the document beside it.
    fn head(&self, canvas: &mut Canvas<'_, '_>) {
        let (invoice, words) = (self.invoice, self.words);
        canvas.text(LEFT, 66.0, &invoice.seller.legal_name, bold(13.0, INK));
        let mut y = 82.0;
        for line in address(&invoice.seller) {
            canvas.text(LEFT, y, &line, SMALL);
            y += 11.5;
        }
        canvas.right(RIGHT, 70.0, title(invoice, words), bold(22.0, ACCENT));
        canvas.right(RIGHT, 86.0, self.number, bold(10.0, INK));

        let top = 150.0;
        canvas.text(LEFT, top, words.billed_to, LABEL);
        let mut y = top + 15.0;
        for name in self.fonts.wrapped(&invoice.buyer.legal_name, bold(11.0, INK), 230.0) {
            canvas.text(LEFT, y, &name, bold(11.0, INK));
            y += 14.0;
        }
        let mut lines = address(&invoice.buyer);
        if !invoice.buyer.vat.is_empty() {
            lines.push(format!("{} {}", words.vat_number, invoice.buyer.vat));
        }
        for line in lines {
            canvas.text(LEFT, y, &line, BODY);
            y += 12.5;
        }
        let mut facts = vec![
            (words.issued, words.day(invoice.issued_on.as_deref().unwrap_or_default())),
            (words.period, words.period(invoice)),
        ];
        if invoice.kind == DocumentKind::Invoice {
            facts.insert(1, (words.due, words.day(invoice.due_on.as_deref().unwrap_or_default())));
        }
        if !invoice.payment.reference.is_empty() {
            facts.push((words.reference, invoice.payment.reference.clone()));
        }
        if let Some(corrects) = &invoice.corrects {
            let of = format!("{}, {}", corrects.number, words.day(&corrects.issued_on));
            facts.push((words.corrects, of));
        }
        let mut y = top;
        for (label, value) in facts {
            canvas.text(330.0, y, label, LABEL);
            canvas.right(RIGHT, y, &value, BODY);
            y += 11.0;
            canvas.bar(330.0, y - 5.0, RIGHT - 330.0, 0.5, HAIR);
            y += 7.0;
        }
    }

    fn table(&self, canvas: &mut Canvas<'_, '_>, top: f32, rows: &[Row<'_>]) -> f32 {
        let words = self.words;
        canvas.text(LEFT, top, words.description, LABEL);
        canvas.right(QUANTITY, top, words.quantity, LABEL);
        canvas.right(PRICE, top, words.price, LABEL);
        let amount = format!("{}, {}", words.amount, self.invoice.currency);
        canvas.right(RIGHT, top, &amount, LABEL);
        canvas.bar(LEFT, top + 7.0, RIGHT - LEFT, 0.9, INK);
        let mut y = top + 24.0;
        for row in rows {
            let (quantity, price) = match row.item.contacts {
                0 if row.item.price.is_none() && row.item.quantity <= 1 => Default::default(),
                _ => (words.quantity(row.item), words.item_price(row.item, self.decimals())),
            };
            canvas.right(QUANTITY, y, &quantity, BODY);
            canvas.right(PRICE, y, &price, BODY);
            canvas.right(RIGHT, y, &self.money(row.item.amount_minor), BODY);
            let bottom = y + row.height();
            for line in &row.name {
                canvas.text(LEFT, y, line, BODY);
                y += 12.0;
            }
            canvas.text(LEFT, y - 1.0, &row.more, SMALL);
            canvas.bar(LEFT, bottom - 14.5, RIGHT - LEFT, 0.5, HAIR);
            y = bottom;
        }
        y
    }

    fn sums(&self, canvas: &mut Canvas<'_, '_>, from: f32) -> f32 {
        let (invoice, words) = (self.invoice, self.words);
        let mut y = from + 8.0;
        let left = 330.0;
        let mut row = |canvas: &mut Canvas<'_, '_>, label: &str, minor: i64, style: Style| {
            canvas.text(left, y, label, style);
            canvas.right(RIGHT, y, &self.money(minor), style);
            y += 16.0;
        };
        row(canvas, words.net, invoice.net_minor, BODY);
        for sum in invoice.taxes.iter().filter(|sum| sum.rate.basis_points > 0) {
            let label = format!("{} {}", sum.rate.name, words.rate(sum.rate.basis_points));
            row(canvas, &label, sum.tax_minor, BODY);
        }
        let (label, minor) = match invoice.kind {
            DocumentKind::Invoice => (words.to_pay, invoice.total_minor),
            DocumentKind::CreditNote => (words.given_back, -invoice.total_minor),
        };
        canvas.bar(left, y - 6.0, RIGHT - left, 0.9, INK);
        y += 12.0;
        canvas.text(left, y, label, bold(12.0, INK));
        let total = format!("{} {}", self.money(minor), invoice.currency);
        canvas.right(RIGHT, y, &total, bold(14.0, ACCENT));
        y + 30.0
    }

    /// How to pay it, why no tax is due, and where to look further.
    fn notes(&self, canvas: &mut Canvas<'_, '_>, from: f32) {
        let (invoice, words) = (self.invoice, self.words);
        let mut y = from + 6.0;
        if invoice.kind == DocumentKind::Invoice && !invoice.payment.iban.is_empty() {
            canvas.bar(LEFT, y - 11.0, 2.0, 30.0, ACCENT);
            canvas.text(LEFT + 10.0, y, words.pay_to, LABEL);
            let mut to = format!("IBAN {}", invoice.payment.iban);
            if !invoice.payment.bic.is_empty() {
                to = format!("{to} · BIC {}", invoice.payment.bic);
            }
            canvas.text(LEFT + 10.0, y + 14.0, &format!("{to} · {}", self.number), STRONG);
            y += 40.0;
        }
        let mut texts = Vec::new();
        if !invoice.reason.is_empty() {
            texts.push(filled(words.reason, &[&invoice.reason]));
        }
        if let Some(why) = invoice.untaxed {
            texts.push(words.untaxed(why).to_owned());
        }
        if invoice.lines > 0 {
            texts.push(filled(words.lines, &[&words.number(i128::from(invoice.lines), 0)]));
        }
        for text in texts {
            for line in self.fonts.wrapped(&text, SMALL, RIGHT - LEFT) {
                canvas.text(LEFT, y, &line, SMALL);
                y += 11.0;
            }
            y += 4.0;
        }
    }

    fn foot(&self, canvas: &mut Canvas<'_, '_>, at: usize, of: usize) {
        let (seller, words) = (&self.invoice.seller, self.words);
        let mut y = HEIGHT - 62.0;
        canvas.bar(LEFT, y - 12.0, RIGHT - LEFT, 0.5, HAIR);
        let mut parts = vec![seller.legal_name.clone()];
        if !seller.registration.is_empty() {
            parts.push(format!("{} {}", words.registration, seller.registration));
        }
        if !seller.vat.is_empty() {
            parts.push(format!("{} {}", words.vat_number, seller.vat));
        }
        if !seller.email.is_empty() {
            parts.push(seller.email.clone());
        }
        let style = regular(7.5, SOFT);
        let page = filled(words.page, &[&(at + 1).to_string(), &of.to_string()]);
        canvas.right(RIGHT, y, &page, style);
        for line in self.fonts.wrapped(&parts.join(" · "), style, RIGHT - LEFT - 90.0) {
            canvas.text(LEFT, y, &line, style);
            y += 10.0;
        }
        for line in
            self.fonts.wrapped(&self.invoice.payment.footer, style, RIGHT - LEFT).iter().take(3)
        {
            canvas.text(LEFT, y, line, style);
            y += 10.0;
        }
    }

    fn decimals(&self) -> u32 {
        self.invoice.currency.parse::<Currency>().map_or(2, Currency::decimals)
    }

    fn money(&self, minor: i64) -> String {
        self.words.number(i128::from(minor), self.decimals())
    }
}

fn address(party: &Identity) -> Vec<String> {
    let city = format!("{} {}", party.postcode, party.city);
    let lines = [party.street.clone(), format!("{}, {}", city.trim(), party.country)];
    lines.into_iter().filter(|line| line.trim_matches([' ', ',']).len() > 1).collect()
}
