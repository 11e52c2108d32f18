//! The task that takes the turns of scheduled reports, one after another, and sending one by hand.

use std::time::Duration;

use api::error::{ErrorCode, FaultView};
use domain::{Day, Timestamp};
use serde::{Deserialize, Serialize};
use store::{
    StoreError, Tx,
    records::{MailKind, MailState, Mailing, QueuedMail},
};
use tokio_util::sync::CancellationToken;

use super::{
    SCOPE,
    letter::{Mailed, subject},
    of_company,
    plan::Plan,
    view,
};
use crate::{
    App,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
    },
    mail::{self, Order},
};

/// How often turns are looked for when nobody says anything.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// After a failure that may pass, it is tried again so much later.
const PAUSE: Duration = Duration::from_secs(30);

/// So many turns that were missed are made up for at most; nobody reads a month of daily reports at once.
const MADE_UP_MAX: usize = 7;

/// What came of one time, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The first day of the report.
    pub first: Day,
    /// The first day after it.
    pub until: Day,
    /// Who sent it by hand; empty when it went by itself.
    pub by: String,
    /// Why nothing was sent.
    pub failure: Option<FaultView>,
}

/// Takes turns as they come, until `stop`.
pub async fn keep(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let now = app.clock.now();
        let wake = match app.store.view().next_mailing(&SCOPE).await {
            Ok(Some(mailing)) if mailing.next.is_some_and(|due| due <= now) => {
                let id = mailing.id;
                match turn(&app, &mailing).await {
                    Ok(()) => continue,
                    Err(error) => {
                        tracing::warn!(%error, mailing.id = %id, "a scheduled report could not be made; trying again");
                        now + PAUSE
                    }
                }
            }
            Ok(next) => {
                let look = now + LOOK_EVERY;
                next.and_then(|mailing| mailing.next).map_or(look, |due| due.min(look))
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "scheduled reports could not be read; trying again"
                );
                now + PAUSE
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = app.mail.mailings() => {}
            () = app.clock.sleep_until(wake) => {}
        }
    }
}

/// The turn to take of those that are due: the first, unless too many were missed.
fn due_turn(plan: &Plan, due: Timestamp, now: Timestamp) -> Timestamp {
    let mut turns = std::collections::VecDeque::from([due]);
    while let Some(next) = turns.back().map(|last| plan.next(*last)).filter(|next| *next <= now) {
        turns.push_back(next);
        if turns.len() > MADE_UP_MAX {
            turns.pop_front();
        }
    }
    turns.front().copied().unwrap_or(due)
}

/// Takes the turn of one: its mails are queued, or what stood in the way is kept, and the next turn is written.
///
/// # Errors
/// What may pass; nothing was changed then.
async fn turn(app: &App, mailing: &Mailing) -> Result<()> {
    let now = app.clock.now();
    let Some(due) = mailing.next else { return Ok(()) };
    let plan = view::terms(mailing).and_then(|terms| Plan::of(&terms, mailing.client));
    let plan = match plan {
        Ok(plan) => plan,
        // It can never be made: it is turned off, and says why.
        Err(error) => {
            let day = domain::Zone::get("UTC").map(|zone| zone.day_at(due));
            let Ok(day) = day else { return Err(error) };
            let failure = Some(failure(&error));
            let outcome = Outcome { first: day, until: day, by: String::new(), failure };
            return written(app, mailing, None, now, &outcome, Vec::new()).await;
        }
    };
    let due = due_turn(&plan, due, now);
    let days = plan.days(due);
    let tried = match app.mail.needed() {
        Ok(()) => plan.file(app, days).await.map(drop),
        Err(error) => Err(error),
    };
    let mut outcome = Outcome { first: days.0, until: days.1, by: String::new(), failure: None };
    let orders = match tried {
        Ok(()) => {
            let by = mailing.created_by.clone();
            orders(app, mailing, &plan, days, now, by, |to| format!("{}:{}:{to}", days.0, days.1))
                .await?
        }
        Err(error) if error.code == ErrorCode::Unavailable => return Err(error),
        Err(error) => {
            tracing::warn!(%error, mailing.id = %mailing.id, "a scheduled report was not made: see the screen of reports");
            outcome.failure = Some(failure(&error));
            Vec::new()
        }
    };
    written(app, mailing, Some(plan.next(due)), now, &outcome, orders).await
}

/// Queues the mails of a turn and writes the next one, both or neither.
async fn written(
    app: &App,
    mailing: &Mailing,
    next: Option<Timestamp>,
    now: Timestamp,
    outcome: &Outcome,
    orders: Vec<Order>,
) -> Result<()> {
    let (read, mut outcome, count) = (mailing.clone(), outcome.clone(), orders.len());
    let done = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                if queue(tx, orders).await?.contains(&QueuedMail::Full) {
                    outcome.failure = mail::full(QueuedMail::Full).err().as_ref().map(failure);
                }
                let kept = view::kept(&outcome)?;
                tx.turn_mailing(&SCOPE, &read, next, now, &kept).await
            })
        })
        .await;
    match done {
        // Another process was faster, or somebody changed it meanwhile: it is read again.
        Err(StoreError::Stale { .. }) => return Ok(()),
        done => done?,
    }
    if count > 0 {
        tracing::info!(mailing.id = %mailing.id, mails = count, "a scheduled report was queued to be mailed");
        app.mail.queued();
    }
    Ok(())
}

async fn queue(
    tx: &mut Tx,
    orders: Vec<Order>,
) -> std::result::Result<Vec<QueuedMail>, StoreError> {
    let mut queued = Vec::new();
    for order in orders {
        queued.push(order.queue(tx).await?);
    }
    Ok(queued)
}

/// A mail for each recipient; `once` tells what makes it one of a kind, beside which report it is.
async fn orders(
    app: &App,
    mailing: &Mailing,
    plan: &Plan,
    days: (Day, Day),
    at: Timestamp,
    by: String,
    once: impl Fn(&str) -> String,
) -> Result<Vec<Order>> {
    let (terms, by_whom) = (view::terms(mailing)?, mailing.created_by.clone());
    let mailed = Mailed { terms, by: by_whom, first: days.0, until: days.1 };
    let document = serde_json::to_value(&mailed).map_err(|error| ApiError::internal(&error))?;
    let subject = subject(app, mailing.client, plan, &mailed).await?;
    let order = |to: &domain::EmailAddress| Order {
        client: mailing.client,
        kind: MailKind::Report,
        about: Some(mailing.id.uuid()),
        document: document.clone(),
        once: format!("mailing:{}:{}", mailing.id, once(to.as_str())),
        to: to.clone(),
        language: plan.language,
        subject: subject.clone(),
        by: by.clone(),
        at,
    };
    Ok(plan.recipients.iter().map(order).collect())
}

/// Sends one at once, of the days that its last turn would have looked back on.
pub async fn by_hand(app: &App, trail: &Trail, mailing: &Mailing) -> Result<()> {
    let plan = Plan::of(&view::terms(mailing)?, mailing.client)?;
    let now = trail.at();
    let days = plan.rhythm.looks_back(plan.zone.day_at(now));
    plan.file(app, days).await?;
    // Two presses at once make one mail; what has left can be sent once more.
    let last = match mailing.last {
        Some(last) => app.store.view().mails_queued_at(&SCOPE, mailing.id.uuid(), last).await?,
        None => Vec::new(),
    };
    let waiting = last.iter().any(|(_, state)| *state == MailState::Queued);
    let outcome: Option<Outcome> = view::outcome(mailing)?;
    let same = outcome.is_some_and(|last| (last.first, last.until) == days && !last.by.is_empty());
    if waiting && same {
        return Err(ApiError::conflict(
            "mailing_waiting",
            "This report already waits to leave.",
            "Wait until it has left, or look at the screen Mail why it does not.",
        ));
    }
    let orders = orders(app, mailing, &plan, days, now, trail.name().to_owned(), |to| {
        format!("by hand {}:{to}", now.micros())
    })
    .await?;
    let outcome =
        Outcome { first: days.0, until: days.1, by: trail.name().to_owned(), failure: None };
    let entry = trail.entry("mailing.sent", "mailing", mailing.id.uuid());
    let told = serde_json::json!({ "from": days.0, "until": days.1, "addresses": orders.len() });
    let entry = of_company(entry, mailing).changed(&(), &told);
    let id = mailing.id;
    let queued = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                let queued = queue(tx, orders).await?;
                tx.note_mailing(&SCOPE, id, now, &view::kept(&outcome)?).await?;
                tx.audit(&entry).await?;
                Ok::<_, StoreError>(queued)
            })
        })
        .await?;
    for one in queued {
        mail::full(one)?;
    }
    app.mail.queued();
    Ok(())
}

/// What stood in the way, as it is shown.
fn failure(error: &ApiError) -> FaultView {
    if let Some(fault) = error.faults.first() {
        return fault.clone();
    }
    let code = serde_json::to_value(error.code).ok();
    let code = code.as_ref().and_then(|code| code.as_str()).unwrap_or_default();
    FaultView {
        field: String::new(),
        code: error.said.reason.unwrap_or(code).to_owned(),
        message: error.message.clone(),
        next: error.next.clone(),
        args: error.said.args.clone(),
    }
}

#[cfg(test)]
mod tests {
    use api::mailings::{MailedReport, MailingRhythm, MailingTerms, ReportFormat};

    use super::*;

    fn daily() -> Plan {
        let terms = MailingTerms {
            name: "Yesterday".to_owned(),
            report: MailedReport::Contacts { channel: None, state: None },
            format: ReportFormat::Csv,
            rhythm: MailingRhythm::Daily,
            at: "07:00".to_owned(),
            zone: "Europe/Paris".to_owned(),
            language: "fr".to_owned(),
            recipients: vec!["a@b.example".to_owned()],
            as_client: false,
            on: true,
        };
        Plan::of(&terms, None).unwrap()
    }

    #[test]
    fn what_was_missed_is_made_up_for_within_limits() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let plan = daily();
        for (now, taken) in [
            ("2026-11-20T06:00:00Z", "2026-11-20T06:00:00Z"),
            ("2026-11-22T12:00:00Z", "2026-11-20T06:00:00Z"),
            ("2026-11-26T06:00:00Z", "2026-11-20T06:00:00Z"),
            ("2026-11-27T06:00:00Z", "2026-11-21T06:00:00Z"),
            ("2027-11-27T06:00:00Z", "2027-11-21T06:00:00Z"),
        ] {
            assert_eq!(due_turn(&plan, at("2026-11-20T06:00:00Z"), at(now)), at(taken), "{now}");
        }
        assert_eq!(plan.days(at("2026-11-20T06:00:00Z")).0.to_string(), "2026-11-19");
        assert!(
            plan.is_turn(at("2026-11-20T06:00:00Z")) && !plan.is_turn(at("2026-11-20T06:00:01Z"))
        );
    }
}
