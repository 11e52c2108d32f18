//! The pages that a client's people open, over a database of a million contacts.

mod live;
mod past;

use anyhow::{Context, Result};
use clap::Args;
use domain::{ClientId, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use server::clock::{Clock, Stopwatch};

use super::{
    engine::{Database, Engine},
    percentiles::{Percentiles, millis},
    served::Served,
    set_up::{Floor, PASSWORD, Person, own_address, price},
};

/// Agents of the floor.
const AGENTS: u32 = 10;

/// How it is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// Contacts of all clients, over ninety days; a tenth of them are the measured client's.
    #[arg(long, default_value_t = 1_000_000)]
    contacts: u32,
    /// The database.
    #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
    engine: Engine,
    /// How often each page is asked for.
    #[arg(long, default_value_t = 100)]
    times: u32,
}

/// Fills a database and asks for pages.
///
/// # Errors
/// When the server refuses, or the database cannot be made.
pub async fn run(options: &Options) -> Result<Value> {
    let database = Database::make(options.engine)?;
    let served = Served::start_on(database.folder(), database.url(), "process").await?;
    let floor = Floor::set_up(&served, AGENTS).await?;
    price(&served).await?;
    served.kill().await?;
    let filling = Stopwatch::start();
    let store = database.open().await?;
    let client = past::fill(&store, options.contacts, Clock::system().now()).await?;
    store.close().await;
    database.analyze()?;
    let filled = filling.elapsed();

    let served = Served::start_on(database.folder(), database.url(), "strict").await?;
    let first = Stopwatch::start();
    let invoiced = invoice(&served, client).await?;
    let first = first.elapsed();
    let pages = pages(&served, client, &invoiced, options.times).await?;
    let after_contact = live::contacts_end(&served, &floor).await?;
    let (memory, _) = served.memory_mib()?;
    served.kill().await?;
    Ok(json!({
        "bench": "portal",
        "engine": options.engine.name(),
        "contacts": options.contacts,
        "fill_s": filled.as_secs(),
        "first_ms": millis(first),
        "after_contact": after_contact,
        "memory_mib": memory,
        "pages": pages,
    }))
}

/// Lets somebody of the client in, and issues the invoice of last month; gives its id. It is the first
/// look at the journal: its days are closed and its contacts metered by it.
async fn invoice(served: &Served, client: ClientId) -> Result<String> {
    let admin = Person::sign_in(&served.base(), own_address(0), "admin").await?;
    let of = format!("/api/v1/clients/{client}");
    let manager = json!({
        "login": "portal", "name": "Portal", "role": "client_manager", "language": "en",
        "password": PASSWORD,
    });
    admin.post(&format!("{of}/users"), &manager).await?;
    let party = |name: &str, vat: &str| {
        json!({
            "legal_name": name, "street": "1 rue", "postcode": "75001", "city": "Paris",
            "country": "FR", "vat": vat, "registration": "", "email": "",
        })
    };
    let seller = json!({
        "party": party("Relais SAS", "FR40303265045"), "iban": "FR1420041010050500013M02606",
        "bic": "", "payment_days": 30, "series": "INV", "credit_series": "CN", "footer": "",
        "version": 0,
    });
    let buyer = json!({
        "party": party("Measured SARL", ""), "language": "fr", "reference": "", "version": 0,
    });
    let _: Value = admin.ask(Method::PUT, "/api/v1/billing-details", &seller).await?;
    let _: Value = admin.ask(Method::PUT, &format!("{of}/billing-details"), &buyer).await?;
    let statement = admin.get_when_metered(&format!("{of}/statement?limit=1")).await?;
    let period = statement["periods"][1].as_str().context("no billing period is over")?;
    let mut invoice = admin.post(&format!("{of}/invoices"), &json!({"period": period})).await?;
    let id = invoice["summary"]["id"].as_str().context("the invoice has no id")?.to_owned();
    for step in ["review", "issue"] {
        let version = json!({"version": invoice["summary"]["version"]});
        invoice = admin.post(&format!("{of}/invoices/{id}/{step}"), &version).await?;
    }
    Ok(id)
}

/// Each page of the portal, so many times.
async fn pages(served: &Served, client: ClientId, invoice: &str, times: u32) -> Result<Vec<Value>> {
    let portal = Person::sign_in(&served.base(), own_address(1), "portal").await?;
    let of = format!("/api/v1/clients/{client}");
    let now = Clock::system().now();
    let days_ago = |days: u64| now - past::DAY * u32::try_from(days).unwrap_or(0);
    let intervals = |from: Timestamp, with: &str| {
        format!("/api/v1/reports/intervals?from={from}&until={now}&{with}")
    };
    let contacts = |with: &str| format!("/api/v1/reports/contacts?limit=100{with}");
    let some = portal.get(&contacts(&format!("&until={}", days_ago(20)))).await?;
    let some: Vec<&str> = some["items"]
        .as_array()
        .context("no contacts")?
        .iter()
        .filter_map(|line| line["contact"].as_str())
        .collect();
    let last_month = portal.get(&format!("{of}/statement?limit=1")).await?;
    let last_month = last_month["periods"][1].as_str().context("no billing period is over")?;
    let one = |page: &'static str, path: String| (page, vec![path]);
    let asked = [
        one("overview: today", intervals(days_ago(1), "length=hour&group=channel")),
        one("overview: the month", intervals(days_ago(30), "length=day&group=channel")),
        one("overview: the latest contacts", "/api/v1/reports/contacts?limit=6".to_owned()),
        one("contacts", contacts("")),
        one("contacts of sixty days ago", contacts(&format!("&until={}", days_ago(60)))),
        one("contacts: calls with a recording", contacts("&channel=voice&recorded=true")),
        one("contacts: abandoned chats", contacts("&channel=chat&state=abandoned")),
        one("contacts: what there is none of", contacts("&state=queue_full")),
        one("contacts: search of a name", contacts("&q=martin")),
        one("contacts: search of a number", contacts("&q=06%2012%2034")),
        one("contacts: search of what nobody wrote", contacts("&q=zeppelin")),
        ("one contact", some.iter().map(|id| format!("/api/v1/contacts/{id}")).collect()),
        one("messages left", "/api/v1/left-messages?limit=50".to_owned()),
        one("messages left: open ones", "/api/v1/left-messages?open=true&limit=50".to_owned()),
        one("statement of the month", format!("{of}/statement")),
        one("statement of last month", format!("{of}/statement?period={last_month}")),
        one(
            "reports: a month by quarter of an hour",
            intervals(days_ago(31), "length=quarter&group=queue"),
        ),
        one("invoices", format!("{of}/invoices")),
        one("one invoice", format!("{of}/invoices/{invoice}")),
        one("lines of an invoice", format!("{of}/invoices/{invoice}/lines")),
    ];
    let mut pages = Vec::new();
    for (page, paths) in asked {
        let mut spans = Percentiles::default();
        // The first one finds nothing ready; it is told apart.
        let cold = Stopwatch::start();
        let path = paths.first().context("no contact to open")?;
        portal.get(path).await.with_context(|| page.to_owned())?;
        let cold = cold.elapsed();
        for path in paths.iter().cycle().take(times as usize) {
            let watch = Stopwatch::start();
            portal.get(path).await?;
            spans.add(watch.elapsed());
        }
        let mut told = spans.json();
        told["page"] = json!(page);
        told["first_ms"] = json!(millis(cold));
        eprintln!("{page}: {told}");
        pages.push(told);
    }
    Ok(pages)
}
