//! Disputes: what a client says against a line of an invoice, and the provider's answer.

use api::invoices::{AnswerDispute, DisputeView, RaiseDispute};
use axum::{extract::State, http::StatusCode};
use domain::{ClientId, DisputeId};
use store::records::{ClientScope, Dispute, DisputeState, ProviderScope};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{details, find, mail::Sending, make, steps, view};
use crate::{
    App,
    admin::Faults,
    http::{
        audit::{Told, Trail},
        error::{ApiError, Result},
        extract::{Json, Path},
        session::Caller,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(open)).routes(routes!(raise)).routes(routes!(answer))
}

/// Disputes of all clients that wait for an answer, the one that waits longest first.
#[utoipa::path(get, path = "/api/v1/disputes", operation_id = "disputes_open", tag = "invoices", responses((status = 200, description = "Done", body = Vec<DisputeView>)))]
pub async fn open(State(app): State<App>, caller: Caller) -> Result<Json<Vec<DisputeView>>> {
    let found = app.store.view().open_disputes(&ProviderScope::granted()).await?;
    Ok(Json(found.iter().map(|dispute| view::dispute(dispute, &caller)).collect()))
}

/// Says something against a line of an invoice; once a line.
#[utoipa::path(post, path = "/api/v1/clients/{client}/invoices/{invoice}/disputes", operation_id = "disputes_raise", tag = "invoices", params(("client" = Uuid, Path), ("invoice" = Uuid, Path)), request_body = RaiseDispute, responses((status = 201, description = "Done", body = DisputeView)))]
pub async fn raise(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, invoice)): Path<(Uuid, Uuid)>,
    Json(body): Json<RaiseDispute>,
) -> Result<(StatusCode, Json<DisputeView>)> {
    let row = find(&app, &caller, client, invoice).await?;
    let mut faults = Faults::default();
    let reason = faults.text("reason", &body.reason, 1, 2_000);
    faults.none("dispute")?;
    let kept = make::kept(&app, &row).await?;
    let line = kept.lines.0.iter().find(|line| line.line == body.line);
    let line = line.ok_or_else(|| ApiError::not_found("line of the invoice"))?;
    let dispute = Dispute {
        client: row.client,
        id: DisputeId::from_uuid(Uuid::now_v7()),
        invoice: row.id,
        line: line.line.clone(),
        contact: line.contact,
        reason,
        raised_by: trail.name().to_owned(),
        raised: trail.at(),
        state: DisputeState::Open,
        answer: String::new(),
        answered_by: None,
        answered: None,
        note: None,
        version: 1,
    };
    let shown = view::dispute(&dispute, &caller);
    let entry = trail
        .entry("dispute.raised", "dispute", shown.id)
        .of_client(row.client)
        .changed(&(), &shown);
    let done = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                tx.raise_dispute(&ClientScope::of(dispute.client), &dispute).await?;
                tx.audit(&entry).await
            })
        })
        .await;
    match done {
        Err(error) if error.is_conflict_of("dispute_client_id_invoice_id_line") => {
            Err(ApiError::conflict(
                "disputed_already",
                "This line was disputed before.",
                "Read the answer, or write to your account manager.",
            ))
        }
        done => {
            done?;
            Ok((StatusCode::CREATED, Json(shown)))
        }
    }
}

/// Answers a dispute: stands by the line, or gives an amount back by a credit note.
#[utoipa::path(post, path = "/api/v1/clients/{client}/disputes/{dispute}/answer", operation_id = "disputes_answer", tag = "invoices", params(("client" = Uuid, Path), ("dispute" = Uuid, Path)), request_body = AnswerDispute, responses((status = 200, description = "Done", body = DisputeView)))]
pub async fn answer(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path((client, dispute)): Path<(Uuid, Uuid)>,
    Json(body): Json<AnswerDispute>,
) -> Result<Json<DisputeView>> {
    let scope = ClientScope::of(ClientId::from_uuid(client));
    let found = app.store.view().dispute(&scope, DisputeId::from_uuid(dispute)).await?;
    let found = found.ok_or_else(|| ApiError::not_found("dispute"))?;
    if found.state != DisputeState::Open {
        return Err(ApiError::conflict(
            "dispute_answered",
            domain::words!("The dispute is {} already.", found.state.word()),
            "Load the invoice again to see the answer.",
        ));
    }
    let mut faults = Faults::default();
    let text = faults.text("answer", &body.answer, 1, 500);
    faults.none("answer")?;
    let answered = Dispute {
        state: if body.credit_minor.is_some() {
            DisputeState::Accepted
        } else {
            DisputeState::Refused
        },
        answer: text.clone(),
        answered_by: Some(trail.name().to_owned()),
        answered: Some(trail.at()),
        version: body.version,
        ..found
    };
    let entry = trail
        .entry("dispute.answered", "dispute", answered.id.uuid())
        .of_client(answered.client)
        .changed(&(), &view::dispute(&answered, &caller));
    let Some(net_minor) = body.credit_minor else {
        let kept = answered.clone();
        app.store
            .tx(move |tx| {
                Box::pin(async move {
                    tx.answer_dispute(&scope, &kept).await?;
                    tx.audit(&entry).await
                })
            })
            .await?;
        let shown = Dispute { version: answered.version + 1, ..answered };
        return Ok(Json(view::dispute(&shown, &caller)));
    };
    let row = find(&app, &caller, client, answered.invoice.uuid()).await?;
    let steps::Creditable { invoice, notes, series } = steps::creditable(&app, &row).await?;
    let kept = make::kept(&app, &row).await?;
    let line = kept.lines.0.iter().find(|line| line.line == answered.line);
    let name = line.map_or_else(String::new, |line| {
        let charge = line.charge.as_deref().unwrap_or("–");
        let at = domain::Zone::get(&invoice.zone).map(|zone| zone.minute_at(line.at));
        let at = at.map(|(day, minute)| format!("{day} {:02}:{:02}", minute / 60, minute % 60));
        format!("{charge}, {}", at.unwrap_or_else(|_| line.at.to_string()))
    });
    let note = invoice.partly_credited(&notes, net_minor, &name, &series, &text);
    let note = note.ok_or_else(|| {
        ApiError::fault(
            "answer",
            "credit_minor",
            "credit_range",
            "More than nothing, and at most what is left of the invoice, can be given back.",
            "Give a smaller amount before tax, or credit the whole invoice.",
        )
    })?;
    let buyer = details::buyer(&app, row.client).await?.0;
    let sending = Sending::on_issue(&app, &buyer, trail.name());
    let noted = steps::Noting::of(&row, note, &trail, sending);
    let told = trail
        .entry("invoice.credited", "invoice", row.id.uuid())
        .of_client(row.client)
        .changed(&(), &net_minor);
    let kept = answered.clone();
    let note = app
        .store
        .tx(move |tx| {
            Box::pin(async move {
                // What is left depends on all credit notes, so they take turns.
                tx.touch_invoice(&scope, row.id, row.version).await?;
                let note = noted.done(tx, &series, told).await?;
                tx.answer_dispute(&scope, &Dispute { note: Some(note), ..kept }).await?;
                tx.audit(&entry).await?;
                Ok::<_, store::StoreError>(note)
            })
        })
        .await?;
    app.mail.queued();
    let shown = Dispute { note: Some(note), version: answered.version + 1, ..answered };
    Ok(Json(view::dispute(&shown, &caller)))
}
