//! Invoices, credit notes, disputes, and the details that both sides are billed by.
//!
//! Amounts end in `_minor` (minor units). An issued document never changes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    error::FaultView,
    mail::MailStateView,
    statement::{CountedIn, StatementLine},
};

/// A company as the law knows it; what is not known yet is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartyTerms {
    /// Its name in the register.
    pub legal_name: String,
    /// Street and number.
    pub street: String,
    /// Postal code.
    pub postcode: String,
    /// City.
    pub city: String,
    /// Two letters (ISO 3166-1).
    pub country: String,
    /// VAT number with its country's prefix.
    pub vat: String,
    /// Number in its register, such as a SIREN.
    pub registration: String,
    /// Where mail about invoices goes.
    pub email: String,
}

/// `GET` and `PUT /api/v1/billing-details`: the provider, as it bills.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SellerTerms {
    /// Who it is.
    pub party: PartyTerms,
    /// Where to pay (ISO 13616).
    pub iban: String,
    /// The bank (ISO 9362); empty where it is not needed.
    pub bic: String,
    /// Days from the issue to the due date.
    pub payment_days: u16,
    /// Series of invoices, the part of a number before its count: `INV`. A new series begins at 1.
    pub series: String,
    /// Series of credit notes.
    pub credit_series: String,
    /// Stands under every invoice.
    pub footer: String,
    /// Version, for a change.
    pub version: u64,
}

/// Why no tax is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UntaxedChoice {
    /// The client owes it.
    ReverseCharge,
    /// The service is exempt.
    Exempt,
    /// Not a tax of these countries.
    OutOfScope,
}

/// `GET` and `PUT /api/v1/clients/{client}/billing-details`: a client, as it is billed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BuyerTerms {
    /// Who it is.
    pub party: PartyTerms,
    /// Language of its invoices: `en`, `fr` or `ru`.
    pub language: String,
    /// Days from the issue to the due date; `null` for the provider's own.
    #[serde(default)]
    pub payment_days: Option<u16>,
    /// What the client wants to read on its invoices.
    pub reference: String,
    /// Why its invoices bear no tax, where the tariff has none.
    #[serde(default)]
    pub untaxed: Option<UntaxedChoice>,
    /// Whom its invoices are mailed to, 10 at most; where there is nobody, the party's own address.
    #[serde(default)]
    pub contacts: Vec<String>,
    /// Whether what is issued is mailed at once.
    #[serde(default)]
    pub mail_on_issue: bool,
    /// Version, for a change.
    pub version: u64,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceKindView {
    /// Asks for an amount.
    Invoice,
    /// Gives one back; its amounts are negative.
    CreditNote,
}

/// Where a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStateView {
    /// Made; can be made anew.
    Draft,
    /// Somebody has read it.
    Reviewed,
    /// It has its number, and never changes again.
    Issued,
    /// The money has come.
    Paid,
    /// A credit note has given it back.
    Credited,
}

/// `GET /api/v1/billing-run`: the billing periods of all clients that are over and that no invoice has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BillingRun {
    /// The oldest first, then by the client's name; 500 at most.
    pub due: Vec<PeriodDue>,
    /// All there are.
    pub total: u64,
}

/// A billing period that is to be invoiced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PeriodDue {
    /// Whose.
    pub client: Uuid,
    /// The client's name.
    pub client_name: String,
    /// `2026-11` for a month, its first day for four weeks.
    pub period: String,
    /// The first day after it, where the client is.
    pub until: String,
}

/// A document in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceSummary {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub client: Uuid,
    /// The client's name.
    pub client_name: String,
    /// What it is.
    pub kind: InvoiceKindView,
    /// Where it stands.
    pub state: InvoiceStateView,
    /// Its number; `null` before it is issued.
    #[serde(default)]
    pub number: Option<String>,
    /// The billing period.
    pub period: String,
    /// ISO 4217.
    pub currency: String,
    /// Decimal places of the minor unit.
    pub decimals: u32,
    /// Sum of its items.
    pub net_minor: i64,
    /// Tax on it.
    pub tax_minor: i64,
    /// Both.
    pub total_minor: i64,
    /// The invoice that a credit note corrects.
    #[serde(default)]
    pub corrects: Option<Uuid>,
    /// When it was made.
    pub made: String,
    /// Who read it; not told to clients.
    #[serde(default)]
    pub reviewed_by: Option<String>,
    /// When it was issued.
    #[serde(default)]
    pub issued: Option<String>,
    /// When it is due, `YYYY-MM-DD`.
    #[serde(default)]
    pub due_on: Option<String>,
    /// Whether that day is over, and it is not paid.
    pub overdue: bool,
    /// When it was paid.
    #[serde(default)]
    pub paid_on: Option<String>,
    /// What the payment said.
    pub paid_reference: String,
    /// Version, for a change.
    pub version: u64,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemChoice {
    /// Metered, out of a bundle.
    Included,
    /// Metered, at its price.
    Metered,
    /// A bundle's fee, or packs.
    Bundle,
    /// Seats.
    Seats,
    /// Seats that were empty.
    AbsentSeats,
    /// What was missing to the minimum.
    Minimum,
    /// By the piece.
    Fee,
    /// Given back for a missed promise.
    Credit,
    /// What became known of an earlier billing period after its invoice was issued.
    Adjustment,
    /// Given back for a disputed line.
    Disputed,
}

/// One item of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceItem {
    /// What it is.
    pub kind: ItemChoice,
    /// What the tariff calls it; for an adjustment the billing period it is about.
    pub name: String,
    /// The band.
    #[serde(default)]
    pub band: Option<String>,
    /// How much.
    pub quantity: u64,
    /// In what.
    pub counted_in: CountedIn,
    /// Contacts in it; 0 where it is not made of contacts.
    pub contacts: u64,
    /// Price of a minute or a piece, in thousandths of the minor unit, where it explains the amount.
    #[serde(default)]
    pub price_milli: Option<i64>,
    /// The amount.
    pub amount_minor: i64,
    /// Rate of the tax on it, in hundredths of a percent.
    pub tax_basis_points: u32,
    /// The document it is about.
    #[serde(default)]
    pub about: Option<String>,
    /// Of an adjustment, the position of the earlier billing period that it changes.
    #[serde(default)]
    pub of: Option<ItemPart>,
}

/// A position of an earlier billing period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemPart {
    /// What it is.
    pub kind: ItemChoice,
    /// What the tariff calls it; empty for the minimum and the credit.
    pub name: String,
}

/// The tax of one rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceTax {
    /// Its name; empty where none is due.
    pub name: String,
    /// Hundredths of a percent.
    pub basis_points: u32,
    /// On what.
    pub net_minor: i64,
    /// How much.
    pub tax_minor: i64,
}

/// A document with all that is printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceView {
    /// As in a list.
    pub summary: InvoiceSummary,
    /// First day of the billing period.
    pub from: String,
    /// Its last day.
    pub through: String,
    /// Zone of its days and lines.
    pub zone: String,
    /// Language of its words.
    pub language: String,
    /// Who bills.
    pub seller: PartyTerms,
    /// Who is billed.
    pub buyer: PartyTerms,
    /// Where to pay.
    pub iban: String,
    /// Days to the due date.
    pub payment_days: u16,
    /// What it is made of.
    pub items: Vec<InvoiceItem>,
    /// The tax of each rate.
    pub taxes: Vec<InvoiceTax>,
    /// Number of the invoice that a credit note corrects.
    #[serde(default)]
    pub corrects_number: Option<String>,
    /// Why a credit note gives back.
    pub reason: String,
    /// How many lines it has.
    pub lines: u64,
    /// BLAKE3 of the bytes that were issued, in hexadecimal; `null` before.
    #[serde(default)]
    pub hash: Option<String>,
    /// Its credit notes.
    pub notes: Vec<InvoiceSummary>,
    /// What of its total no credit note has given back.
    pub left_minor: i64,
    /// What the client says against its lines.
    pub disputes: Vec<DisputeView>,
    /// What is missing before it can be issued; empty afterwards.
    pub missing: Vec<FaultView>,
    /// To whom it was mailed; a client is told of those that went out.
    pub mails: Vec<InvoiceMail>,
    /// Whom it would be mailed to now; not told to clients.
    pub contacts: Vec<String>,
    /// Whether a mail server is configured.
    pub mail_on: bool,
}

/// An invoice on its way to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceMail {
    /// To whom.
    pub to: String,
    /// Where it stands.
    pub state: MailStateView,
    /// When it was sent or given up, or queued.
    pub at: String,
    /// Why it has not gone out, in the words of the mail server.
    pub error: String,
}

/// `POST /api/v1/clients/{client}/invoices/{invoice}/mail`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailInvoice {
    /// The version that was read.
    pub version: u64,
    /// To whom, 10 at most; the client's billing contacts when there is nobody.
    pub to: Vec<String>,
}

/// What an adjustment does to a line that was billed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineChange {
    /// It is taken back as it was billed; its amount has the other sign.
    TakenBack,
    /// It is billed in place of what was taken back.
    Anew,
}

/// A line of an invoice, as it was billed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceLine {
    /// The line.
    pub line: StatementLine,
    /// The earlier billing period that it belongs to, where it came late or what came late changes it.
    #[serde(default)]
    pub late_of: Option<String>,
    /// Of a contact that an earlier invoice has: how what came late changes it.
    #[serde(default)]
    pub change: Option<LineChange>,
    /// What became of the client's dispute of it.
    #[serde(default)]
    pub disputed: Option<DisputeStateView>,
}

/// `POST /api/v1/clients/{client}/invoices`: a draft for a billing period that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewInvoice {
    /// `2026-11` for a month, its first day for four weeks.
    pub period: String,
}

/// A step of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceStep {
    /// The version that was read.
    pub version: u64,
}

/// The money has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PayInvoice {
    /// The version that was read.
    pub version: u64,
    /// On which day, `YYYY-MM-DD`.
    pub paid_on: String,
    /// What the payment said; may be empty.
    #[serde(default)]
    pub reference: String,
}

/// Gives a whole invoice back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreditInvoice {
    /// The version that was read.
    pub version: u64,
    /// Why; it is printed.
    pub reason: String,
}

/// An invoice beside what rating gives today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceCompared {
    /// Whether every item is the same.
    pub same: bool,
    /// Sum of the items as invoiced, without adjustments of earlier billing periods.
    pub invoiced_minor: i64,
    /// Sum of the positions that rating the same contacts gives today.
    pub rated_minor: i64,
    /// Contacts of the billing period that came after the invoice; the next one has them.
    pub late_contacts: u64,
    /// Items that differ.
    pub differences: Vec<ItemDifference>,
}

/// An item that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemDifference {
    /// What it is.
    pub kind: ItemChoice,
    /// What the tariff calls it.
    pub name: String,
    /// The band.
    #[serde(default)]
    pub band: Option<String>,
    /// As invoiced.
    pub invoiced_minor: i64,
    /// As rated today.
    pub rated_minor: i64,
}

/// What became of a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisputeStateView {
    /// The provider has not answered yet.
    Open,
    /// The provider gives back.
    Accepted,
    /// The provider stands by the line.
    Refused,
}

/// What a client says against a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DisputeView {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub client: Uuid,
    /// The invoice.
    pub invoice: Uuid,
    /// The line.
    pub line: String,
    /// The line's contact.
    pub contact: Uuid,
    /// The line as it was billed; told with its invoice, not in a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<StatementLine>,
    /// What the client says.
    pub reason: String,
    /// Who said it.
    pub raised_by: String,
    /// When.
    pub raised: String,
    /// What became of it.
    pub state: DisputeStateView,
    /// What the provider answered.
    pub answer: String,
    /// Who answered; not told to clients.
    #[serde(default)]
    pub answered_by: Option<String>,
    /// When.
    #[serde(default)]
    pub answered: Option<String>,
    /// The credit note that it led to.
    #[serde(default)]
    pub note: Option<Uuid>,
    /// Version, for an answer.
    pub version: u64,
}

/// Says something against a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RaiseDispute {
    /// The line.
    pub line: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Answers a dispute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnswerDispute {
    /// The version that was read.
    pub version: u64,
    /// What is given back before tax, by a credit note; `null` to stand by the line.
    #[serde(default)]
    pub credit_minor: Option<i64>,
    /// The answer; it is printed on the credit note.
    pub answer: String,
}
