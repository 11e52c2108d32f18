//! Simulated telephone calls, with sound.
//!
//! The callers are the other end of a trunk: a SIP user agent of its own on this machine, known to the
//! server as any carrier is. Some simulated agents have desk phones there too, so that a part of the
//! calls is answered by programs, and the rest rings at whoever connects a phone in the browser. What
//! they say is spoken by espeak-ng where it is installed, and hummed otherwise.
//!
//! In reading order: [`lines`] is what the floor has to know of them, [`exchange`] places and takes
//! calls, [`caller`] is a caller's life, [`handset`] a desk phone's, and [`ears`] tells a caller that a
//! person answered. [`words`] are what is said, [`speech`] says it.

mod caller;
mod ears;
mod exchange;
mod handset;
mod lines;
mod speech;
mod words;

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

pub use lines::{carrier, free_carrier, seed_lines};

use self::{caller::Callers, exchange::Exchange, speech::Speech};
use crate::{cast::Company, draw::Draw, play::Play};

/// Callers at once, all companies together: each costs some thousandths of a core. Above it nobody
/// new calls for a while.
const CALLERS_MAX: usize = 10;

/// What the callers need to know.
#[derive(Clone, Copy, Debug)]
pub struct Telephone {
    /// Where the server takes SIP over UDP.
    pub server: SocketAddr,
    /// Where the callers' carrier is, as the floor knows it: see [`carrier`].
    pub carrier: SocketAddr,
    /// A clock that does not run backwards.
    pub clock: fn() -> Instant,
}

/// Everything that callers and desk phones share.
pub(crate) struct Scene {
    play: Arc<Play>,
    exchange: Arc<Exchange>,
    speech: Speech,
    callers: Callers,
}

/// Lets people call until `stop` is cancelled.
pub(crate) async fn ring(play: Arc<Play>, telephone: Telephone, stop: CancellationToken) {
    let (exchange, incoming) = match Exchange::open(&telephone).await {
        Ok(open) => open,
        Err(error) => {
            tracing::warn!("the demonstration's callers stay at home: {error:#}");
            return;
        }
    };
    let scene = Arc::new(Scene {
        play,
        exchange: Arc::new(exchange),
        speech: Speech::new().await,
        callers: Callers::default(),
    });
    let mut players = JoinSet::new();
    players.spawn(handset::take_calls(Arc::clone(&scene), incoming, stop.clone()));
    players.spawn(ears::listen(Arc::clone(&scene), stop.clone()));
    let room = Arc::new(Semaphore::new(CALLERS_MAX));
    for (n, company) in Company::ALL.into_iter().enumerate() {
        let draw = Draw::of(scene.play.seed, 2_000 + n as u64, scene.play.pace);
        let (scene, room, stop) = (Arc::clone(&scene), Arc::clone(&room), stop.clone());
        players.spawn(calls_of(scene, company, draw, room, stop));
    }
    while let Some(ended) = players.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a caller of the demonstration failed");
        }
    }
    scene.exchange.close().await;
}

/// People call one company, now and then.
async fn calls_of(
    scene: Arc<Scene>,
    company: Company,
    mut draw: Draw,
    room: Arc<Semaphore>,
    stop: CancellationToken,
) {
    let mut calls = JoinSet::new();
    // Whoever starts it wants to hear something.
    let mut gap = draw.secs(3, 12);
    for n in 0u64.. {
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(gap) => {}
        }
        gap = draw.exponential(mean_gap(company));
        while calls.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else { continue };
        let stream =
            Draw::of(scene.play.seed, (company as u64 + 1) * 1_000_000_000 + n, scene.play.pace);
        let (scene, stop) = (Arc::clone(&scene), stop.clone());
        calls.spawn(async move {
            if let Err(error) = caller::call(&scene, company, stream, stop).await {
                tracing::debug!(%error, "a simulated caller gave up");
            }
            drop(place);
        });
    }
    while calls.join_next().await.is_some() {}
}

/// Mean time between two callers: somewhat less than the one program with a phone needs for a call, so
/// that a call waits for whoever opens a desk.
const fn mean_gap(company: Company) -> Duration {
    Duration::from_secs(match company {
        Company::Hotel => 28,
        Company::Devices => 36,
        Company::Clinic => 42,
    })
}
