//! A simulated customer: opens the widget's socket, writes, waits, answers, leaves.

use std::time::Duration;

use anyhow::{Result, bail};
use api::{
    chat::Author,
    widget::{ConversationState, WidgetMessage, WidgetRequest},
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    cast::Company,
    dialogues::{self, Dialogue},
    draw::Draw,
    play::Play,
    socket::Socket,
};

/// Nobody stays longer, whatever happens.
const VISIT_MAX: Duration = Duration::from_secs(15 * 60);

/// An agent who says nothing for so long has forgotten the customer, who leaves.
const FORGOTTEN: Duration = Duration::from_secs(150);

/// One visit, from the first words to the end.
pub(crate) async fn visit(
    play: &Play,
    company: Company,
    key: &str,
    mut draw: Draw,
    stop: CancellationToken,
) -> Result<()> {
    let Some(dialogue) = draw.pick(dialogues::of(company)) else { return Ok(()) };
    let path = format!("/widget/v1/socket?widget={key}");
    let socket = Socket::open(&play.base, &path, None).await?;
    let mut visit = Visit {
        socket,
        name: draw.pick(dialogues::names(dialogue.language)).copied().unwrap_or("Guest"),
        patience: draw.exponential(Duration::from_secs(110)) + draw.secs(8, 12),
        dialogue,
        draw,
        said: 0,
        started: false,
        greeted: false,
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = sleep(VISIT_MAX) => visit.socket.say(&WidgetRequest::End).await?,
        ended = visit.run(company) => ended?,
    }
    visit.socket.close().await;
    Ok(())
}

struct Visit {
    socket: Socket,
    name: &'static str,
    patience: Duration,
    dialogue: &'static Dialogue,
    draw: Draw,
    /// Lines of the dialogue written so far.
    said: usize,
    started: bool,
    greeted: bool,
}

impl Visit {
    async fn run(&mut self, company: Company) -> Result<()> {
        let hello = WidgetRequest::Hello {
            token: None,
            identity: None,
            last_seq: 0,
            language: Some(self.dialogue.language.to_string()),
            page: Some(format!("https://www.example.org/{}", company.slug())),
        };
        self.socket.say(&hello).await?;
        let heartbeat = Duration::from_secs(20);
        let mut beat = tokio::time::interval(heartbeat);
        // What the customer does next, when nothing happens before: loses patience, writes, leaves.
        let next = sleep(self.patience);
        tokio::pin!(next);
        let mut mood = Mood::Waiting;
        let mut nonce = 0;
        loop {
            tokio::select! {
                _ = beat.tick() => {
                    nonce += 1;
                    self.socket.say(&WidgetRequest::Ping { nonce }).await?;
                }
                () = &mut next => {
                    let pause = match mood {
                        Mood::Waiting | Mood::Leaving | Mood::Listening => {
                            self.socket.say(&WidgetRequest::End).await?;
                            mood = Mood::Gone;
                            Duration::from_secs(5)
                        }
                        Mood::Gone | Mood::Over => return Ok(()),
                        Mood::Thinking => {
                            self.socket.say(&WidgetRequest::Typing).await?;
                            mood = Mood::Typing;
                            self.draw.secs(3, 9)
                        }
                        Mood::Typing => {
                            self.write().await?;
                            mood = if self.said == self.dialogue.turns.len() {
                                Mood::Leaving
                            } else {
                                Mood::Listening
                            };
                            // After the last words the answer is read; then the customer leaves.
                            if mood == Mood::Leaving { self.draw.secs(25, 45) } else { self.draw.paced(FORGOTTEN) }
                        }
                    };
                    next.as_mut().reset(tokio::time::Instant::now() + pause);
                }
                heard = self.socket.hear::<WidgetMessage>() => {
                    let Some(message) = heard? else { return Ok(()) };
                    if let Some((then, pause)) = self.hear(message, mood).await? {
                        mood = then;
                        next.as_mut().reset(tokio::time::Instant::now() + pause);
                    }
                }
            }
            if mood == Mood::Over {
                return Ok(());
            }
        }
    }

    /// What a message does to the customer: another mood, for so long; `None` for nothing.
    async fn hear(
        &mut self,
        message: WidgetMessage,
        mood: Mood,
    ) -> Result<Option<(Mood, Duration)>> {
        Ok(match message {
            WidgetMessage::Welcome { widget, .. } if !self.started => {
                if !widget.open {
                    bail!("{} is closed", widget.client_name);
                }
                self.started = true;
                let queue = widget.queues.get(self.dialogue.queue).map(|queue| queue.queue);
                let body = self.line();
                let client_id = self.draw.id();
                let name = Some(self.name.to_owned());
                let start = WidgetRequest::Start { client_id, body, name, email: None, queue };
                self.socket.say(&start).await?;
                self.said = 1;
                None
            }
            WidgetMessage::Conversation { conversation } => match conversation.state {
                ConversationState::Ended => Some((Mood::Over, Duration::ZERO)),
                ConversationState::WithAgent if mood == Mood::Waiting => {
                    Some((Mood::Listening, self.draw.paced(FORGOTTEN)))
                }
                _ => None,
            },
            WidgetMessage::Message { message } if message.author == Author::Agent => {
                self.socket.say(&WidgetRequest::Read { upto: message.seq }).await?;
                match mood {
                    Mood::Leaving => Some((Mood::Leaving, self.draw.secs(4, 9))),
                    Mood::Waiting | Mood::Listening | Mood::Thinking => {
                        // The first words are a greeting; the answer to the question may follow.
                        let (least, most) = if self.greeted { (5, 18) } else { (24, 32) };
                        self.greeted = true;
                        Some((Mood::Thinking, self.draw.secs(least, most)))
                    }
                    _ => None,
                }
            }
            WidgetMessage::Refused { message, fatal, .. } => {
                if fatal || self.said <= 1 {
                    bail!("refused: {message}");
                }
                None
            }
            _ => None,
        })
    }

    fn line(&self) -> String {
        let turn = self.dialogue.turns.get(self.said);
        turn.map(|(line, _)| (*line).to_owned()).unwrap_or_default()
    }

    async fn write(&mut self) -> Result<()> {
        let body = self.line();
        let client_id = self.draw.id();
        self.said += 1;
        self.socket.say(&WidgetRequest::Message { client_id, body, attachment: None }).await
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// For an agent.
    Waiting,
    /// An agent has the word.
    Listening,
    Thinking,
    Typing,
    /// Everything is said.
    Leaving,
    /// Has ended the conversation and waits to be told so.
    Gone,
    Over,
}
