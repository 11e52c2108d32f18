//! Desk phones of simulated agents, and customers who are called: whatever rings at the carrier's end.

use std::sync::Arc;

use anyhow::Result;
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{
    Scene,
    caller::{self, Answer},
    exchange::Rings,
    lines, words,
};
use crate::draw::Draw;

/// Takes whatever rings, until `stop`.
pub(super) async fn take_calls(
    scene: Arc<Scene>,
    mut incoming: mpsc::Receiver<Rings>,
    stop: CancellationToken,
) {
    let mut calls = JoinSet::new();
    for n in 0u64.. {
        let rings = tokio::select! {
            () = stop.cancelled() => break,
            rings = incoming.recv() => rings,
        };
        let Some(rings) = rings else { break };
        while calls.try_join_next().is_some() {}
        let draw = Draw::of(scene.play.seed, 5_000_000_000 + n, scene.play.pace);
        let (scene, stop) = (Arc::clone(&scene), stop.clone());
        calls.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                taken = take(&scene, rings, draw) => if let Err(error) = taken {
                    tracing::debug!(%error, "a simulated phone could not take a call");
                },
            }
        });
    }
    while calls.join_next().await.is_some() {}
}

async fn take(scene: &Scene, rings: Rings, mut draw: Draw) -> Result<()> {
    let Rings { mut line, call } = rings;
    let offer = call.offer.as_deref();
    let Some(voice) = lines::voice_of(&call.to.user) else {
        let company = lines::company_of(&call.from.user);
        return caller::called(scene, company, line, offer, draw).await;
    };
    line.ring().await;
    if line.listen(draw.secs(2, 5)).await.is_err() {
        // The offer was over before the handset was lifted.
        return Ok(());
    }
    line.accept(offer).await?;
    // The caller speaks with whoever has lifted; a customer who is to be called back does not wait.
    let unanswered =
        scene.callers.answered(&call.from.user, Answer::Handset(Box::new(line), voice));
    if let Some(Answer::Handset(mut line, voice)) = unanswered {
        let company = lines::company_of(&call.from.user);
        let language = words::language(company);
        if line
            .say(scene.speech.say(language, voice, words::greeting(language)).await)
            .await
            .is_ok()
        {
            line.stay().await;
        }
    }
    Ok(())
}
