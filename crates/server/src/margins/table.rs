//! A month's margins as a table for spreadsheets.

use std::fmt::Write;

use api::{
    margin::{AgentTimeCost, ClientMargin, MarginView},
    statement::PositionChoice,
};
use domain::{csv, decimal};

/// Kinds of revenue, each a column.
const KINDS: [(PositionChoice, &str); 8] = [
    (PositionChoice::Included, "included"),
    (PositionChoice::Metered, "metered"),
    (PositionChoice::Bundle, "bundles"),
    (PositionChoice::Seats, "seats"),
    (PositionChoice::AbsentSeats, "empty_seats"),
    (PositionChoice::Minimum, "minimum"),
    (PositionChoice::Fee, "fees"),
    (PositionChoice::Credit, "credits"),
];

/// The clients, then nobody's time (RFC 4180). Amounts are decimal numbers with a point, hours to the
/// thousandth; what is not known is empty.
pub fn csv(month: &MarginView) -> String {
    let mut text = String::from("month,client,name,currency,contacts,revenue");
    for (_, name) in KINDS {
        let _ = write!(text, ",{name}");
    }
    text.push_str(",worked_hours,waiting_hours,cost_currency,cost,margin,margin_percent\r\n");
    for client in &month.clients {
        row(&mut text, month, client);
    }
    let _ = write!(text, "{},,,,,", month.month);
    text.push_str(&",".repeat(KINDS.len()));
    time(&mut text, month, &month.nobody);
    text.push_str(",,\r\n");
    text
}

fn row(text: &mut String, month: &MarginView, client: &ClientMargin) {
    let currency = client.currency.as_deref().unwrap_or_default();
    let places = currency.parse::<domain::Currency>().map_or(2, |currency| currency.decimals());
    let _ = write!(
        text,
        "{},{},{},{currency},{},{}",
        month.month,
        client.client,
        csv::cell(&client.name),
        client.contacts,
        decimal(client.revenue_minor.into(), places),
    );
    for (kind, _) in KINDS {
        let part = client.revenue.iter().find(|part| part.kind == kind);
        let _ =
            write!(text, ",{}", decimal(part.map_or(0, |part| part.amount_minor).into(), places));
    }
    time(text, month, &client.cost);
    let margin = client.margin_minor.map(|minor| decimal(minor.into(), month.decimals));
    let percent = client.margin_permille.map(|permille| decimal(permille.into(), 1));
    let _ = write!(text, ",{},{}\r\n", margin.unwrap_or_default(), percent.unwrap_or_default());
}

/// Hours with contacts and waiting, and what both cost.
fn time(text: &mut String, month: &MarginView, cost: &AgentTimeCost) {
    let hours = |ms: u64| decimal(i128::from(ms) / 3_600, 3);
    let minor = cost.cost_minor.map(|minor| decimal(minor.into(), month.decimals));
    let _ = write!(
        text,
        ",{},{},{},{}",
        hours(cost.worked_ms),
        hours(cost.waiting_ms),
        month.costs.currency,
        minor.unwrap_or_default(),
    );
}
