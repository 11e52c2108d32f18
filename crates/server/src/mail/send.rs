//! The task that sends what waits, one mail after another.

use std::time::Duration;

use api::error::ErrorCode;
use domain::Timestamp;
use store::{
    ProviderScope, StoreError,
    records::{Mail, MailState},
};
use tokio_util::sync::CancellationToken;

use super::{
    letter::letter,
    post::{Post, Refused},
};
use crate::App;

/// How long after each try the next one follows. After the last the mail is given up: some four and a half
/// days, as RFC 5321 section 4.5.4.1 advises.
const AGAIN: [Duration; 11] = [
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(15 * 60),
    Duration::from_secs(3_600),
    Duration::from_secs(3 * 3_600),
    Duration::from_secs(6 * 3_600),
    Duration::from_secs(12 * 3_600),
    Duration::from_secs(12 * 3_600),
    Duration::from_secs(24 * 3_600),
    Duration::from_secs(24 * 3_600),
    Duration::from_secs(24 * 3_600),
];

/// A try that says nothing for so long has ended with its process; longer than any try takes.
const LOST_AFTER: Duration = Duration::from_secs(10 * 60);

/// No other mail is tried for so long after a server was not reached.
const PAUSE: Duration = Duration::from_secs(30);

/// How often the queue is looked at when nothing is due and nobody says anything.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What ended is kept for so long.
const KEPT: Duration = Duration::from_secs(90 * 86_400);

/// How long a stop waits for the mail in hand.
const LAST: Duration = Duration::from_secs(5);

/// Sends what waits, until `stop`; nothing where no mail server is configured.
pub async fn send(app: App, stop: CancellationToken) {
    let Some(post) = app.mail.post.clone() else { return };
    // While nobody is let in, no mail is tried before this.
    let mut paused_until = Timestamp::MIN;
    while !stop.is_cancelled() {
        let next = app.store.view().next_mail(&ProviderScope::granted()).await;
        let look = app.clock.now() + LOOK_EVERY;
        let (mail, due) = match next {
            Ok(Some(mail)) => {
                let due = mail.next.max(paused_until);
                (Some(mail), due.min(look))
            }
            Ok(None) => (None, look),
            Err(error) => {
                log(&error);
                (None, app.clock.now() + PAUSE)
            }
        };
        if let Some(mail) = mail
            && mail.next.max(paused_until) <= app.clock.now()
        {
            let one = one(&app, &post, mail);
            tokio::select! {
                done = one => match done {
                    Ok(Reached::Yes) => {}
                    Ok(Reached::No) => paused_until = app.clock.now() + PAUSE,
                    Err(error) => {
                        log(&error);
                        paused_until = app.clock.now() + PAUSE;
                    }
                },
                // What is cut here is tried again by the next process: twice is better than never.
                () = async { stop.cancelled().await; tokio::time::sleep(LAST).await } => return,
            }
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = app.mail.queued.notified() => {}
            () = app.clock.sleep_until(due) => {}
        }
    }
}

fn log(error: &StoreError) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "the queue of mails could not be read or written; trying again"
    );
}

/// Whether there was somebody to take a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    Yes,
    No,
}

/// One try of one mail.
async fn one(app: &App, post: &Post, mail: Mail) -> Result<Reached, StoreError> {
    let scope = ProviderScope::granted();
    let again = app.clock.now() + LOST_AFTER;
    let taken = mail.clone();
    let ours = app
        .store
        .tx(move |tx| Box::pin(async move { tx.take_mail(&scope, &taken, again).await }))
        .await?;
    if !ours {
        return Ok(Reached::Yes);
    }
    let sent = match letter(app, &mail).await {
        Ok(letter) => post.send(&mail, letter).await,
        Err(error) if error.code == ErrorCode::NotFound => {
            Err(Refused::Never("what this mail is about is not there any more".to_owned()))
        }
        Err(error) => Err(Refused::NotNow(error.to_string())),
    };
    let (id, now) = (mail.id, app.clock.now());
    let tries = usize::try_from(mail.tries).unwrap_or(usize::MAX);
    let (outcome, reached) = match sent {
        Ok(()) => (Outcome::Ended(MailState::Sent, String::new()), Reached::Yes),
        Err(Refused::Never(said)) => (Outcome::Ended(MailState::Failed, said), Reached::Yes),
        Err(Refused::NotNow(said)) => (Outcome::after(tries, now, said), Reached::Yes),
        Err(Refused::Nobody(said)) => (Outcome::after(tries, now, said), Reached::No),
    };
    // What the server said may name the address; it is shown on the screen, and kept out of the log.
    match &outcome {
        Outcome::Ended(MailState::Sent, _) => {
            tracing::info!(mail.id = %id, kind = mail.kind.word(), "a mail was sent");
        }
        Outcome::Ended(..) => {
            tracing::warn!(mail.id = %id, kind = mail.kind.word(), "a mail was refused for good: see the screen Mail");
        }
        Outcome::Again(..) => {
            tracing::warn!(mail.id = %id, kind = mail.kind.word(), tries = tries + 1, "a mail was not taken; trying again later");
        }
    }
    app.store
        .tx(move |tx| {
            Box::pin(async move {
                match &outcome {
                    Outcome::Ended(state, said) => {
                        tx.end_mail(&scope, id, *state, now, said).await?;
                        tx.drop_old_mails(&scope, now - KEPT).await.map(drop)
                    }
                    Outcome::Again(at, said) => tx.defer_mail(&scope, id, *at, said).await,
                }
            })
        })
        .await?;
    Ok(reached)
}

/// How a try ended.
enum Outcome {
    Ended(MailState, String),
    Again(Timestamp, String),
}

impl Outcome {
    /// After a failure that may pass, when `tries` were made before this one.
    fn after(tries: usize, now: Timestamp, said: String) -> Self {
        match AGAIN.get(tries) {
            Some(span) => Self::Again(now + *span, said),
            None => Self::Ended(MailState::Failed, said),
        }
    }
}
