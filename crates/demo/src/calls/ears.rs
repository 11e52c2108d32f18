//! How a caller knows that a person has answered. People hear it; these programs look at the board, and
//! at whose number the contact is.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use anyhow::{Result, bail};
use api::{
    board::BoardAgent,
    desk::ChannelKind,
    live::{LiveMessage, LiveRequest, Topic, TopicDelta, TopicView},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Scene, caller::Answer};
use crate::{agent::Desk, cast::COLLEAGUES, socket::Socket};

/// Who looks: a lead may see the whole floor.
const LEAD: &str = "lea";

/// Answered contacts remembered; beyond it all are looked at anew, which is harmless.
const SEEN_MAX: usize = 2_000;

/// Listens until `stop`, and comes back after every loss.
pub(super) async fn listen(scene: Arc<Scene>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            ended = follow(&scene) => if let Err(error) = ended {
                tracing::debug!(%error, "the simulated callers listen anew");
            },
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(3)) => {}
        }
    }
}

async fn follow(scene: &Scene) -> Result<()> {
    let desk = Desk::sign_in(&scene.play, LEAD).await?;
    let mut socket = Socket::open(&scene.play.base, "/api/v1/live", Some(desk.cookie())).await?;
    socket.say(&LiveRequest::Subscribe { topic: Topic::Board, after: None, epoch: None }).await?;
    let mut seen = BTreeSet::new();
    let mut beat = tokio::time::interval(Duration::from_secs(5));
    let mut nonce = 0;
    loop {
        let message = tokio::select! {
            _ = beat.tick() => {
                nonce += 1;
                socket.say(&LiveRequest::Ping { nonce }).await?;
                continue;
            }
            heard = socket.hear::<LiveMessage>() => heard?,
        };
        let agents = match message {
            None => bail!("the live socket was closed"),
            Some(LiveMessage::Snapshot { view: TopicView::Board(board), .. }) => board.agents,
            Some(LiveMessage::Delta { change: TopicDelta::Board(change), .. }) => change.agents,
            Some(LiveMessage::Refused { message, .. }) => bail!("refused: {message}"),
            Some(_) => continue,
        };
        for contact in agents.iter().filter(|agent| is_person(agent)).flat_map(calls) {
            if seen.len() > SEEN_MAX {
                seen.clear();
            }
            if seen.insert(contact)
                && let Some(number) = number_of(&desk, contact).await?
            {
                // Whoever is no caller of ours is a real one.
                let _ = scene.callers.answered(&number, Answer::Person);
            }
        }
    }
}

/// Not a program with a desk phone, which tells its caller itself.
fn is_person(agent: &BoardAgent) -> bool {
    !COLLEAGUES.iter().any(|colleague| colleague.phone && colleague.name == agent.name)
}

fn calls(agent: &BoardAgent) -> impl Iterator<Item = Uuid> {
    let talking = agent.contacts.iter().filter(|contact| {
        matches!(contact.channel, ChannelKind::Voice) && contact.state == "talking"
    });
    talking.map(|contact| contact.contact)
}

async fn number_of(desk: &Desk, contact: Uuid) -> Result<Option<String>> {
    let record = desk.read(&format!("contacts/{contact}")).await?;
    Ok(record["call"]["number"].as_str().map(str::to_owned))
}
