//! Waiting for a condition, with a limit.

use std::{fmt::Debug, future::Future, time::Duration};

use tokio::sync::watch;

/// The limit of every wait. Generous: a test machine may be busy with other things.
pub const LIMIT: Duration = Duration::from_secs(30);

/// Between two looks at something that cannot tell that it has changed.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Waits until the watched state satisfies `found`, and returns what it found.
pub async fn until<S: Debug, T>(
    states: &watch::Receiver<S>,
    what: &str,
    found: impl Fn(&S) -> Option<T>,
) -> T {
    let mut states = states.clone();
    let waited = tokio::time::timeout(LIMIT, async {
        loop {
            if let Some(value) = found(&states.borrow_and_update()) {
                return value;
            }
            states.changed().await.unwrap_or_else(|_| panic!("gone before: {what}"));
        }
    })
    .await;
    match waited {
        Ok(value) => value,
        Err(_) => panic!("within {LIMIT:?} never: {what}; last {:#?}", states.borrow()),
    }
}

/// Asks again and again until the answer is there.
pub async fn asking<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let asked = tokio::time::timeout(LIMIT, async {
        let mut pace = tokio::time::interval(LOOK_EVERY);
        loop {
            pace.tick().await;
            if let Some(value) = ask().await {
                return value;
            }
        }
    })
    .await;
    asked.unwrap_or_else(|_| panic!("within {LIMIT:?} never: {what}"))
}
