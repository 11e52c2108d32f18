//! The warning before overage, as a mail: when so much of a bundle is used that the client is to be warned,
//! its billing contacts are told, once in each billing period.

use std::{collections::BTreeMap, time::Duration};

use api::statement::{BundleView, CountedIn};
use documents::{day, filled};
use domain::{ClientId, Language, Timestamp};
use serde::{Deserialize, Serialize};
use store::{
    StoreError,
    records::{ClientStatus, Mail, MailKind},
};
use tokio_util::sync::CancellationToken;

use super::{FactsState, asked, rated, view};
use crate::{
    App,
    admin::{clients, settings},
    http::error::{ApiError, Result},
    invoices::billing_contacts,
    mail::{self, Letter, Order},
};

/// Between two looks at a client of whom something new is known, where its bundle is nearly used so far.
const LOOK_EVERY: Duration = Duration::from_secs(300);

/// The same where nothing, or little, is used: rating hundreds of clients anew each time would be for nothing.
const LOOK_AT_LEAST: Duration = Duration::from_secs(3_600);

/// What a mail keeps, from which its letter is made.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Warned {
    /// How far the bundle was used.
    bundle: BundleView,
    /// The last day of the billing period, `YYYY-MM-DD`.
    last: String,
}

/// What is known of a client that was looked at.
struct Looked {
    /// Its facts then.
    state: FactsState,
    /// Nothing is to be told before this.
    next: Timestamp,
}

/// Warns as bundles are used, until `stop`.
pub async fn keep(app: App, stop: CancellationToken) {
    let mut seen = BTreeMap::new();
    while !stop.is_cancelled() {
        // Counted from before the look: what happens during it is not waited for twice.
        let next = app.clock.now() + LOOK_EVERY;
        if app.mail.is_on() {
            let looking = look(&app, &mut seen);
            tokio::select! {
                () = stop.cancelled() => return,
                done = looking => if let Err(error) = done {
                    tracing::warn!(%error, "bundles could not be looked at; trying again");
                },
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = app.clock.sleep_until(next) => {}
        }
    }
}

/// Looks at the clients of whom something new is known.
async fn look(app: &App, seen: &mut BTreeMap<ClientId, Looked>) -> Result<()> {
    rated::meter(app).await?;
    for client in clients::all(app).await? {
        let (state, now) = (app.metering.state(client.id), app.clock.now());
        let is_known = |looked: &Looked| looked.state == state || now < looked.next;
        if client.status == ClientStatus::Draft || seen.get(&client.id).is_some_and(is_known) {
            continue;
        }
        match warn(app, client.id, now).await {
            Ok(next) => {
                seen.insert(client.id, Looked { state, next });
            }
            // One client's trouble is not the others'.
            Err(error) => {
                tracing::warn!(%error, client.id = %client.id, "its bundles could not be looked at; trying again");
            }
        }
    }
    Ok(())
}

/// Queues a mail to each billing contact for each bundle that is used so far, unless that was done before. Says
/// when to look again.
async fn warn(app: &App, client: ClientId, now: Timestamp) -> Result<Timestamp> {
    let later = now + LOOK_AT_LEAST;
    let Some(terms) = rated::terms_if_priced(app, client).await? else { return Ok(later) };
    let charges = terms.versions().iter().flat_map(|version| &version.tariff.charges);
    let warned_at = charges.filter_map(|charge| charge.bundle.as_ref().map(|it| it.warn_percent));
    let Some(percent) = warned_at.min() else { return Ok(later) };
    let (contacts, language) = billing_contacts(app, client).await?;
    let period = asked(&terms, None, now)?;
    let begun = period.span.from.max(terms.begin());
    if contacts.is_empty() || now < begun {
        return Ok(later);
    }
    let zone = terms.zone().clone();
    let rated = rated::rated(app, client, terms, period.clone()).await?;
    let by = settings::provider_name(app).await?;
    let (mut orders, mut next) = (Vec::new(), period.span.until);
    for (i, bundle) in rated.statement.bundles.iter().enumerate() {
        if bundle.warned_at.is_none() {
            let used = view::bundle(bundle, None);
            next = next.min(now + pause(&used, percent, now.since(begun)));
            continue;
        }
        let forecast = rated.forecast.as_ref().and_then(|forecast| forecast.bundles.get(i));
        let warned = Warned {
            bundle: view::bundle(bundle, forecast.copied()),
            last: zone.day_at(period.span.until).previous().to_string(),
        };
        let subject = subject(&language, &warned.bundle);
        let document = serde_json::to_value(&warned).map_err(|error| ApiError::internal(&error))?;
        for to in &contacts {
            orders.push(Order {
                client: Some(client),
                kind: MailKind::Bundle,
                about: None,
                document: document.clone(),
                once: format!("bundle:{client}:{}:{}:{}", period.name, bundle.name, to.as_str()),
                to: to.clone(),
                language,
                subject: subject.clone(),
                by: by.clone(),
                at: now,
            });
        }
    }
    if orders.is_empty() {
        return Ok(next);
    }
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                for order in orders {
                    order.queue(tx).await?;
                }
                Ok::<_, StoreError>(())
            })
        })
        .await?;
    app.mail.queued();
    Ok(next)
}

/// A quarter of the time in which, at the pace of what has passed, so many percent of a bundle will be used.
fn pause(bundle: &BundleView, percent: u8, passed: Duration) -> Duration {
    let wanted = held(bundle).saturating_mul(u64::from(percent)) / 100;
    if bundle.used == 0 {
        return LOOK_AT_LEAST;
    }
    let left = wanted.saturating_sub(bundle.used);
    let micros = passed.as_micros() * u128::from(left) / u128::from(bundle.used) / 4;
    let pause = Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX));
    pause.clamp(LOOK_EVERY, LOOK_AT_LEAST)
}

/// All that the bundle holds.
const fn held(bundle: &BundleView) -> u64 {
    bundle.included.saturating_add(bundle.carried)
}

fn subject(language: &Language, bundle: &BundleView) -> String {
    let percent = bundle.used.saturating_mul(100) / held(bundle).max(1);
    filled(words(language).subject, &[&bundle.name, &percent.to_string()])
}

/// So much, as people say it: minutes and seconds, or a number.
fn quantity(words: &Words, quantity: u64, counted_in: CountedIn) -> String {
    match counted_in {
        CountedIn::Seconds if quantity.is_multiple_of(60) => {
            format!("{} {}", quantity / 60, words.minutes)
        }
        CountedIn::Seconds => {
            format!("{}:{:02} {}", quantity / 60, quantity % 60, words.minutes)
        }
        CountedIn::Pieces | CountedIn::Points => quantity.to_string(),
    }
}

/// The letter of such a mail.
pub(crate) async fn letter(app: &App, mail: &Mail) -> Result<Letter> {
    let warned: Warned = serde_json::from_value(mail.document.clone())
        .map_err(|error| ApiError::internal(&error))?;
    let (words, bundle) = (words(&mail.language), &warned.bundle);
    let so_much = |of: u64| quantity(words, of, bundle.counted_in);
    let last = day(mail.language.code(), &warned.last);
    let used = [&*bundle.name, &so_much(bundle.used), &so_much(held(bundle)), &last];
    let mut text = filled(words.used, &used);
    if let Some(forecast) = bundle.forecast {
        text.push_str(&filled(words.forecast, &[&so_much(forecast)]));
    }
    let beyond = filled(words.beyond, &[&format!("{}/billing", app.address())]);
    let good_day = mail::words(&mail.language).good_day;
    let provider = settings::provider_name(app).await?;
    let text = format!("{good_day}\n\n{text}\n\n{beyond}\n\n{provider}\n");
    Ok(Letter { text, files: Vec::new() })
}

/// What the letters say, in the languages of the screens.
struct Words {
    /// The bundle, and how much of it is used, in percent.
    subject: &'static str,
    /// The bundle, how much is used, how much is included, the last day.
    used: &'static str,
    /// How much will be used.
    forecast: &'static str,
    /// Where the statement is.
    beyond: &'static str,
    /// The unit.
    minutes: &'static str,
}

const EN: Words = Words {
    subject: "“{}”: {} % of what is included is used",
    used: "“{}”: {} of {}, which are included until {}, are used.",
    forecast: " If it goes on like this, it will be {}.",
    beyond: "What goes beyond is billed as your tariff says. The statement so far: {}",
    minutes: "min",
};

const FR: Words = Words {
    subject: "« {} » : {} % de ce qui est inclus sont utilisés",
    used: "« {} » : {} sur {}, inclus jusqu’au {}, sont utilisés.",
    forecast: " À ce rythme, ce sera {}.",
    beyond: "Au-delà, votre tarif s’applique. Le relevé à ce jour : {}",
    minutes: "min",
};

const RU: Words = Words {
    subject: "«{}»: использовано {} % включённого",
    used: "«{}»: использовано {} из {}, включённых до {}",
    forecast: " Если так пойдёт дальше, будет {}.",
    beyond: "Сверх этого действуют цены вашего тарифа. Отчёт на сегодня: {}",
    minutes: "мин",
};

fn words(language: &Language) -> &'static Words {
    match language.code() {
        "fr" => &FR,
        "ru" => &RU,
        _ => &EN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(used: u64) -> BundleView {
        BundleView {
            name: "Calls".to_owned(),
            counted_in: CountedIn::Seconds,
            included: 5_400,
            carried: 600,
            used,
            beyond: 0,
            packs: None,
            warned_at: None,
            forecast: None,
        }
    }

    #[test]
    fn it_is_looked_at_the_oftener_the_more_is_used() {
        let hours = |h: u64| Duration::from_secs(h * 3_600);
        // 80 % of 100 minutes are 80: after 60 of them in 6 hours, 20 are left, 2 hours, and a quarter of that.
        assert_eq!(pause(&used(3_600), 80, hours(6)), Duration::from_secs(1_800));
        assert_eq!(pause(&used(4_740), 80, hours(6)), LOOK_EVERY, "one minute is left");
        assert_eq!(pause(&used(4_800), 80, hours(6)), LOOK_EVERY);
        assert_eq!(pause(&used(60), 80, hours(6)), LOOK_AT_LEAST);
        assert_eq!(pause(&used(0), 80, hours(6)), LOOK_AT_LEAST, "nothing yet");
    }

    #[test]
    fn time_is_said_in_minutes_and_the_rest_as_a_number() {
        assert_eq!(quantity(&EN, 7_500, CountedIn::Seconds), "125 min");
        assert_eq!(quantity(&RU, 7_505, CountedIn::Seconds), "125:05 мин");
        assert_eq!(quantity(&FR, 12, CountedIn::Pieces), "12");
        assert_eq!(
            subject(&Language::EN, &used(4_800)),
            "“Calls”: 80 % of what is included is used"
        );
    }
}
