//! Lets simulated agents and customers in, and sees them out.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    agent,
    calls::{self, Telephone},
    cast::{COLLEAGUES, Company},
    customer,
    draw::Draw,
    seed::Password,
};

/// Simulated customers at once, all companies together; above it nobody new comes for a while.
const CUSTOMERS_MAX: usize = 120;

/// What the players need to know.
#[derive(Clone, Debug)]
pub struct Play {
    /// Where the server can be reached from here, such as `http://127.0.0.1:8080`.
    pub base: String,
    /// The password of everybody.
    pub password: Password,
    /// The telephone; without it nobody calls.
    pub telephone: Option<Telephone>,
    /// Public keys of the widgets.
    pub keys: BTreeMap<Company, String>,
    /// The same seed is the same play, as far as the people at the keyboards let it be.
    pub seed: u64,
    /// How many times as fast as people everybody lives; 1 to look at, more to test.
    pub pace: u32,
}

/// Plays until `stop` is cancelled; then everybody leaves, and it returns.
pub async fn play(play: Play, stop: CancellationToken) {
    let play = Arc::new(play);
    let mut players = JoinSet::new();
    for (n, colleague) in COLLEAGUES.iter().enumerate().filter(|(_, one)| !one.free) {
        let draw = Draw::of(play.seed, n as u64, play.pace);
        players.spawn(agent::work(Arc::clone(&play), colleague, draw, stop.clone()));
    }
    if let Some(telephone) = play.telephone {
        players.spawn(calls::ring(Arc::clone(&play), telephone, stop.clone()));
    }
    let room = Arc::new(Semaphore::new(CUSTOMERS_MAX));
    for (n, (company, key)) in play.keys.iter().enumerate() {
        let draw = Draw::of(play.seed, 1_000 + n as u64, play.pace);
        let arrivals = arrivals(
            Arc::clone(&play),
            *company,
            key.clone(),
            draw,
            Arc::clone(&room),
            stop.clone(),
        );
        players.spawn(arrivals);
    }
    while let Some(ended) = players.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a player of the demonstration failed");
        }
    }
}

/// Customers of one company come, more and fewer by turns.
async fn arrivals(
    play: Arc<Play>,
    company: Company,
    key: String,
    mut draw: Draw,
    room: Arc<Semaphore>,
    stop: CancellationToken,
) {
    let mut customers = JoinSet::new();
    let mut elapsed = Duration::ZERO;
    for n in 0u64.. {
        let gap = draw.exponential(mean_gap(company, elapsed));
        elapsed += gap * play.pace.max(1);
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(gap) => {}
        }
        while customers.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else { continue };
        let stream = Draw::of(play.seed, (company as u64 + 1) * 1_000_000 + n, play.pace);
        let (play, key, stop) = (Arc::clone(&play), key.clone(), stop.clone());
        customers.spawn(async move {
            if let Err(error) = customer::visit(&play, company, &key, stream, stop).await {
                tracing::debug!(%error, "a simulated customer gave up");
            }
            drop(place);
        });
    }
    while customers.join_next().await.is_some() {}
}

/// Mean time between two customers. It goes up and down over twelve minutes, each company in its own
/// turn, so that somebody watching for a quarter of an hour sees calm and peaks.
fn mean_gap(company: Company, elapsed: Duration) -> Duration {
    let (per_minute, turn) = match company {
        Company::Hotel => (5.0, 0.0),
        Company::Devices => (2.6, 0.33),
        Company::Clinic => (2.0, 0.66),
    };
    // The first minutes are lively: whoever starts it wants to see something.
    let wave = (std::f64::consts::TAU * (elapsed.as_secs_f64() / 720.0 + turn)).sin();
    let start = if elapsed < Duration::from_secs(60) { 0.6 } else { 0.0 };
    Duration::from_secs_f64(60.0 / (per_minute * (1.0 + 0.45 * wave + start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_and_calm_follow_each_other() {
        for company in Company::ALL {
            let gaps: Vec<u64> = (2..20)
                .map(|minute| {
                    mean_gap(company, Duration::from_secs(60 * minute)).as_millis() as u64
                })
                .collect();
            let (least, most) = (gaps.iter().min(), gaps.iter().max());
            assert!(most > least.map(|gap| gap * 2).as_ref(), "{company:?}: {gaps:?}");
        }
    }
}
