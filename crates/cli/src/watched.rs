//! Long work on a thread of its own, with a line that says how far it is, until it is done or stopped.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::{Context, Result, bail};

/// Waits for `job`. Ctrl+C asks it to end with what there is, by `stop`; once more ends the command.
///
/// # Errors
/// No thread; a job that broke off; a second Ctrl+C.
pub async fn watched<T: Send + 'static>(
    name: &str,
    stop: &AtomicBool,
    mut draw: impl FnMut(),
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    // One answer, and nobody else sends.
    let (send, mut receive) = tokio::sync::oneshot::channel();
    // Not one of the runtime's threads: it would wait for them when the command ends.
    std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _ = send.send(job());
    })?;
    let mut ticks = tokio::time::interval(Duration::from_millis(200));
    loop {
        tokio::select! {
            done = &mut receive => {
                return done.with_context(|| format!("{name} broke off; please report this with the files"));
            }
            _ = tokio::signal::ctrl_c() => {
                if stop.swap(true, Ordering::Relaxed) {
                    bail!("stopped twice: there is no result of {name}");
                }
            }
            _ = ticks.tick() => draw(),
        }
    }
}
