//! Billing periods under another tariff, beside what they are: "what would last quarter have cost on
//! dedicated?" Nothing is kept.

use std::collections::BTreeSet;

use api::{
    admin::{Page, tariff::ServedChoice},
    error::FaultView,
    rerate::{
        ContactRatedTwice, DiffersChoice, OneRating, RatedTwice, RerateRequest, RerateTariff,
        RerateView,
    },
};
use axum::extract::State;
use billing::{
    Carried, Input, Statement, Terms,
    rerate::{Differs, Pair, pairs},
};
use domain::{
    ClientId, ContactId, Fault,
    tariff::{BillingPeriod, Served, Tariff},
};
use store::records::{ClientScope, ProviderScope};
use uuid::Uuid;

use super::{asked, rated, rated::Rated, view};
use crate::{
    App,
    admin::{Faults, clients, contracts, tariff, wire},
    http::{
        error::{ApiError, Result},
        extract::{Json, Path},
        paging::{after, cursor, limit},
    },
};

/// Billing periods that are rated at once.
const AT_ONCE: usize = 12;

/// What billing periods would have cost under another tariff, contact by contact. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/clients/{client}/rerating", operation_id = "rerate", tag = "statements", params(("client" = Uuid, Path)), request_body = RerateRequest, responses((status = 200, description = "Done", body = RerateView)))]
pub async fn rerate(
    State(app): State<App>,
    Path(client): Path<Uuid>,
    Json(body): Json<RerateRequest>,
) -> Result<Json<RerateView>> {
    let client = clients::find(&app, client).await?.id;
    let own = rated::terms(&app, client).await?;
    let mut faults = Faults::default();
    faults.range("periods", body.periods.len(), 1, AT_ONCE);
    let periods = chosen(&app, &own, &body, &mut faults);
    let wanted = other_tariff(&app, client, &own, &body.tariff, &mut faults).await?;
    faults.none("question")?;
    let wanted = wanted.ok_or_else(|| ApiError::not_found("tariff with prices"))?;
    let mut other = own.under(wanted.clone()).map_err(|faults| refused(&faults))?;
    if let Some(by) = body.answered_by {
        other = other.map(|terms| terms.answered_by(served(by)));
    }
    let other = other.ok_or_else(no_price)?;
    let lines_of = match body.lines_of.as_deref() {
        None => periods.last(),
        Some(name) => periods.iter().find(|period| period.name == name.trim()),
    };
    let lines_of = lines_of.or(periods.last()).map(|p| p.name.clone()).unwrap_or_default();
    let has_team = has_team(&app, client).await?;
    let (mut carried, mut before) = (Carried::new(), None::<BillingPeriod>);
    let (mut shown, mut listed) = (Vec::new(), Vec::new());
    for period in periods {
        // What is left rolls over to the very next period; from what was before nothing does.
        if before.is_none_or(|before| before.until != period.first) {
            carried.clear();
        }
        let rated = rated::rated(&app, client, own.clone(), period.clone()).await?;
        let twice =
            under(&app, client, &rated, &other, std::mem::take(&mut carried), has_team).await?;
        shown.push(twice_view(&app, &rated, &other, &twice));
        if period.name == lines_of {
            listed = pairs((&own, &rated.statement), (&other, &twice.statement));
        }
        carried = twice.statement.left;
        before = Some(period);
    }
    let differing = listed.iter().filter(|pair| !pair.why.is_empty()).count() as u64;
    Ok(Json(RerateView {
        client: client.uuid(),
        currency: own.currency().to_string(),
        decimals: own.currency().decimals(),
        tariff: tariff::terms(&wanted),
        net_minor: shown.iter().map(|one| one.own.net_minor).sum(),
        other_net_minor: shown.iter().map(|one| one.other.net_minor).sum(),
        periods: shown,
        lines_of,
        contacts: page(&own, &other, listed, &body)?,
        differing,
    }))
}

/// The billing periods that were chosen, the oldest first, each once.
fn chosen(app: &App, own: &Terms, body: &RerateRequest, faults: &mut Faults) -> Vec<BillingPeriod> {
    let now = app.clock.now();
    let mut periods: Vec<BillingPeriod> = Vec::new();
    for (i, name) in body.periods.iter().enumerate().take(AT_ONCE) {
        match asked(own, Some(name), now) {
            Ok(period) if periods.contains(&period) => {}
            Ok(period) => periods.push(period),
            Err(error) => faults.0.extend(
                error
                    .faults
                    .into_iter()
                    .map(|fault| FaultView { field: format!("periods[{i}]"), ..fault }),
            ),
        }
    }
    periods.sort_by_key(|period| period.first);
    periods
}

/// The other tariff, with the cycle of the client's own: otherwise no period could be compared.
async fn other_tariff(
    app: &App,
    client: ClientId,
    own: &Terms,
    from: &RerateTariff,
    faults: &mut Faults,
) -> Result<Option<Tariff>> {
    let versions = contracts::versions(app, client).await?;
    let like = &own.versions()[0].tariff;
    let same_cycle = |tariff: Tariff| Tariff {
        cycle: like.cycle,
        cut_off_zone: like.cut_off_zone.clone(),
        ..tariff
    };
    match from {
        RerateTariff::Version { version } => {
            let found = versions.iter().find(|found| found.version == *version);
            let tariff = found.and_then(|found| found.document.tariff.clone());
            if tariff.as_ref().is_none_or(|tariff| !tariff.is_priced()) {
                faults.add(
                    "tariff.version",
                    "version_without_prices",
                    domain::words!(
                        "Version {} of the contract has no tariff with prices.",
                        version
                    ),
                    "Choose a version that has one, or write the tariff by hand.",
                );
            }
            Ok(tariff.map(same_cycle))
        }
        RerateTariff::Terms { terms } => {
            // Checked as a part of the newest contract, as it would be when it is published.
            let Some(newest) = versions.first() else { return Ok(None) };
            let mut unread = Faults::default();
            let Some(tariff) = tariff::tariff(terms, &mut unread).map(same_cycle) else {
                faults.0.extend(unread.0);
                return Ok(None);
            };
            let mut contract = newest.document.clone();
            contract.tariff = Some(tariff.clone());
            let of_contract = wire::terms(&contract);
            contracts::checked(app, client, 1, newest.valid_from, &of_contract, &mut unread)
                .await?;
            let of_tariff = unread.0.into_iter().filter(|fault| fault.field.starts_with("tariff"));
            faults.0.extend(of_tariff);
            if !tariff.is_priced() {
                faults.0.push(FaultView::from(unpriced()));
            }
            Ok(Some(tariff))
        }
    }
}

fn unpriced() -> Fault {
    Fault::new(
        "tariff",
        "tariff_without_prices",
        "The tariff has no price, so nothing could be rated by it.",
        "Give it a charge, a seat, a fee or a minimum.",
    )
}

fn no_price() -> ApiError {
    ApiError::invalid("tariff", vec![unpriced().into()])
}

fn refused(faults: &[Fault]) -> ApiError {
    ApiError::invalid("tariff", faults.iter().cloned().map(FaultView::from).collect())
}

/// Whether anybody is in a team of the client's.
async fn has_team(app: &App, client: ClientId) -> Result<bool> {
    let teams = app.store.view().teams_of(&ClientScope::of(client)).await?;
    let teams: BTreeSet<_> = teams.into_iter().map(|team| team.id).collect();
    let agents = app.store.view().agents(&ProviderScope::granted()).await?;
    Ok(agents.iter().any(|agent| agent.team.is_some_and(|team| teams.contains(&team))))
}

/// A billing period under the other tariff.
struct Under {
    statement: Statement,
    seats_taken_for_full: bool,
}

async fn under(
    app: &App,
    client: ClientId,
    own: &Rated,
    other: &Terms,
    carried: Carried,
    has_team: bool,
) -> Result<Under> {
    let period = own.statement.period.clone();
    let now = app.clock.now();
    let deducts = other
        .versions()
        .iter()
        .any(|version| version.tariff.seats.iter().any(|seat| seat.absent_hour.is_some()));
    let staffed = match has_team {
        true => rated::staffed(app, client, other, &period, now).await?,
        false => None,
    };
    let level = rated::level(app, client, other, &period, now).await?;
    let (facts, other) = (own.facts.clone(), other.clone());
    let work = move || {
        let input = Input {
            period: &period,
            facts: &facts,
            carried: &carried,
            staffed: staffed.as_ref(),
            level,
        };
        billing::rate(&other, &input)
    };
    let done = tokio::task::spawn_blocking(work).await;
    let statement =
        done.map_err(|error| ApiError::internal(&error))?.map_err(|faults| refused(&faults))?;
    Ok(Under { statement, seats_taken_for_full: deducts && !has_team })
}

fn twice_view(app: &App, own: &Rated, other: &Terms, under: &Under) -> RatedTwice {
    let period = &own.statement.period;
    let mut contacts: Vec<ContactId> =
        own.statement.lines.iter().map(|line| line.contact).collect();
    contacts.dedup();
    RatedTwice {
        period: period.name.clone(),
        goes_on: app.clock.now() < period.span.until,
        contacts: contacts.len() as u64,
        own: one(&own.terms, &own.statement),
        other: one(other, &under.statement),
        seats_taken_for_full: under.seats_taken_for_full,
    }
}

fn one(terms: &Terms, statement: &Statement) -> OneRating {
    OneRating {
        positions: statement.positions.iter().map(|p| view::position(terms, p)).collect(),
        net_minor: statement.net_minor,
        total_minor: statement.total_minor,
        not_billed: view::not_billed(&statement.free()),
    }
}

/// A page of the contacts, the largest difference first.
fn page(
    own: &Terms,
    other: &Terms,
    mut listed: Vec<Pair>,
    body: &RerateRequest,
) -> Result<Page<ContactRatedTwice>> {
    listed.retain(|pair| body.unchanged || !pair.why.is_empty());
    let by = |pair: &Pair| (pair.other_amount().milli() - pair.own_amount().milli()).abs();
    listed.sort_by_key(|pair| (std::cmp::Reverse(by(pair)), pair.at, pair.contact));
    let first = after::<usize>(body.cursor.as_deref())?.unwrap_or_default();
    let limit = limit(body.limit) as usize;
    let items = listed.iter().skip(first).take(limit).map(|pair| ContactRatedTwice {
        contact: pair.contact.uuid(),
        at: pair.at.to_string(),
        own: pair.own.iter().map(|line| view::line(own, line)).collect(),
        other: pair.other.iter().map(|line| view::line(other, line)).collect(),
        own_milli: pair.own_amount().milli(),
        other_milli: pair.other_amount().milli(),
        why: pair.why.iter().copied().map(differs).collect(),
    });
    let items: Vec<ContactRatedTwice> = items.collect();
    let next = (first + limit < listed.len()).then(|| cursor(&(first + limit).to_string()));
    Ok(Page { items, next })
}

const fn differs(why: Differs) -> DiffersChoice {
    match why {
        Differs::Billed => DiffersChoice::Billed,
        Differs::NotBilled => DiffersChoice::NotBilled,
        Differs::Unit => DiffersChoice::Unit,
        Differs::Counted => DiffersChoice::Counted,
        Differs::Rounded => DiffersChoice::Rounded,
        Differs::Included => DiffersChoice::Included,
        Differs::Band => DiffersChoice::Band,
        Differs::Price => DiffersChoice::Price,
    }
}

const fn served(choice: ServedChoice) -> Served {
    match choice {
        ServedChoice::Shared => Served::Shared,
        ServedChoice::Dedicated => Served::Dedicated,
        ServedChoice::Overflow => Served::Overflow,
    }
}
