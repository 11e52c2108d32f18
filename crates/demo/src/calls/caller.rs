//! A caller's life: calls, waits, says what it is about, and hangs up.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    Scene,
    exchange::{HungUp, Line},
    lines,
    words::{self, Caller, Turn},
};
use crate::{cast::Company, draw::Draw};

/// Who has answered a caller.
pub(super) enum Answer {
    /// Somebody with a browser: what they say is not understood here, so the caller leaves pauses.
    Person,
    /// A program with a desk phone, which speaks in turn with the caller.
    Handset(Box<Line>, &'static str),
}

/// Callers who wait for an answer, by their numbers.
#[derive(Default)]
pub(super) struct Callers(Mutex<HashMap<String, mpsc::UnboundedSender<Answer>>>);

impl Callers {
    fn begin(&self, number: &str) -> mpsc::UnboundedReceiver<Answer> {
        let (answered, answer) = mpsc::unbounded_channel();
        self.locked().insert(number.to_owned(), answered);
        answer
    }

    fn end(&self, number: &str) {
        self.locked().remove(number);
    }

    /// Somebody has answered this caller. Comes back when there is no such caller.
    pub(super) fn answered(&self, number: &str, answer: Answer) -> Option<Answer> {
        match self.locked().get(number) {
            Some(caller) => caller.send(answer).err().map(|unsent| unsent.0),
            None => Some(answer),
        }
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<String, mpsc::UnboundedSender<Answer>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One call, from the first ring to the last word.
pub(super) async fn call(
    scene: &Arc<Scene>,
    company: Company,
    mut draw: Draw,
    stop: CancellationToken,
) -> Result<()> {
    let Some(caller) = draw.pick(words::callers(company)) else { return Ok(()) };
    let number = lines::somebodys_number(company, &mut draw);
    let mut answers = scene.callers.begin(&number);
    let mut line = scene.exchange.call(&number, caller.name, lines::number(company)).await?;
    let patience = draw.secs(40, 110);
    let waited = async {
        if line.taken().await.is_err() {
            return None;
        }
        tokio::select! {
            () = line.stay() => None,
            answer = answers.recv() => answer,
        }
    };
    let answer = tokio::select! {
        () = stop.cancelled() => None,
        () = tokio::time::sleep(patience) => None,
        answer = waited => answer,
    };
    if let Some(answer) = answer {
        let talk = talk(scene, caller, answer, &mut line, &mut answers, &mut draw);
        tokio::select! {
            () = stop.cancelled() => {}
            // Who hung up first is no matter here.
            _ = talk => {}
        }
    }
    scene.callers.end(&number);
    line.hang_up().await;
    Ok(())
}

/// Says everything, in turn with a program or with pauses for a person.
async fn talk(
    scene: &Scene,
    caller: &Caller,
    answer: Answer,
    line: &mut Line,
    answers: &mut mpsc::UnboundedReceiver<Answer>,
    draw: &mut Draw,
) -> Result<(), HungUp> {
    let say = |words| scene.speech.say(caller.language, caller.voice, words);
    let mut other = match answer {
        Answer::Person => {
            line.listen(Duration::from_millis(1_500)).await?;
            None
        }
        Answer::Handset(mut handset, voice) => {
            let greeting = words::greeting(caller.language);
            let greeted =
                handset.say(scene.speech.say(caller.language, voice, greeting).await).await;
            greeted.is_ok().then_some((handset, voice))
        }
    };
    for Turn { says, hears } in caller.turns {
        // Passed on meanwhile.
        if let Ok(next) = answers.try_recv() {
            other = match next {
                Answer::Person => None,
                Answer::Handset(handset, voice) => Some((handset, voice)),
            };
        }
        line.say(say(says).await).await?;
        let gone = match &mut other {
            None => {
                line.listen(draw.secs(4, 8)).await?;
                false
            }
            Some((handset, voice)) => {
                let reply = scene.speech.say(caller.language, voice, hears).await;
                handset.say(reply).await.is_err()
            }
        };
        if gone {
            other = None;
        }
        line.listen(Duration::from_millis(600)).await?;
    }
    line.say(say(words::goodbye(caller.language)).await).await
}

/// Somebody who is called by the provider: lifts, says why they had called, and hangs up after a while.
pub(super) async fn called(
    scene: &Scene,
    company: Company,
    mut line: Line,
    offer: Option<&str>,
    mut draw: Draw,
) -> Result<()> {
    let Some(caller) = draw.pick(words::callers(company)) else { return Ok(()) };
    line.ring().await;
    if line.listen(draw.secs(2, 6)).await.is_err() {
        return Ok(());
    }
    line.accept(offer).await?;
    let say = |words| scene.speech.say(caller.language, caller.voice, words);
    let spoken = async {
        line.say(say(words::hello(caller.language)).await).await?;
        line.listen(draw.secs(3, 5)).await?;
        for turn in caller.turns {
            line.say(say(turn.says).await).await?;
            line.listen(draw.secs(4, 8)).await?;
        }
        line.say(say(words::goodbye(caller.language)).await).await
    };
    // Who hung up first is no matter here.
    let _: Result<(), HungUp> = spoken.await;
    line.hang_up().await;
    Ok(())
}
