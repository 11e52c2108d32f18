//! A simulated agent: signs in like anybody, follows the desk's live topic, and acts over HTTP.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use api::{
    chat::{Author, MessageView, SendMessage},
    desk::{
        AgentStateKind, AwayReasonKind, ChannelKind, DeskContact, DeskContactState, DeskDelta,
        DeskSelf, DeskView, FinishRequest, OfferKindView, PresenceChoice, SetPresence,
        TransferRequest, TransferTo,
    },
    live::{LiveMessage, LiveRequest, Topic, TopicDelta, TopicView},
    session::{SessionView, SignIn},
};
use reqwest::{Client, Method, StatusCode, header};
use tokio::{sync::mpsc, task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{cast::Colleague, dialogues, draw::Draw, play::Play, socket::Socket};

/// How long a request may take before the agent gives it up.
const REQUEST: Duration = Duration::from_secs(15);

/// Things an agent means to do; more than so many at once, and the agent forgets the newest.
const INTENTIONS: usize = 256;

/// An agent's working life: signs in, works, and comes back after every loss, until `stop`.
pub(crate) async fn work(
    play: Arc<Play>,
    colleague: &'static Colleague,
    mut draw: Draw,
    stop: CancellationToken,
) {
    // Nobody arrives at the same second.
    let mut pause = draw.secs(0, 6);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(pause) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            ended = shift(&play, colleague, &mut draw) => if let Err(error) = ended {
                tracing::debug!(login = colleague.login, %error, "a simulated agent starts again");
            },
        }
        pause = draw.secs(3, 12);
    }
}

async fn shift(play: &Play, colleague: &Colleague, draw: &mut Draw) -> Result<()> {
    let desk = Desk::sign_in(play, colleague.login).await?;
    let mut socket = Socket::open(&play.base, "/api/v1/live", Some(&desk.cookie)).await?;
    socket.say(&LiveRequest::Subscribe { topic: Topic::Desk, after: None, epoch: None }).await?;
    let (intend, mut intentions) = mpsc::channel(INTENTIONS);
    let mut agent = Agent {
        desk,
        draw,
        contacts: BTreeMap::new(),
        later: JoinSet::new(),
        intend,
        ready: false,
    };
    let mut beat = tokio::time::interval(Duration::from_secs(5));
    let mut coffee = Box::pin(sleep(agent.draw.secs(240, 900)));
    let mut nonce = 0;
    loop {
        tokio::select! {
            _ = beat.tick() => {
                nonce += 1;
                socket.say(&LiveRequest::Ping { nonce }).await?;
                while agent.later.try_join_next().is_some() {}
            }
            () = &mut coffee => {
                agent.take_a_break().await;
                coffee = Box::pin(sleep(agent.draw.secs(300, 1200)));
            }
            Some(intention) = intentions.recv() => agent.act(intention).await,
            heard = socket.hear::<LiveMessage>() => match heard? {
                Some(message) => agent.hear(message).await?,
                None => bail!("the live socket was closed"),
            },
        }
    }
}

/// The desk over HTTP.
pub(crate) struct Desk {
    http: Client,
    base: String,
    cookie: String,
    csrf: String,
}

impl Desk {
    pub(crate) async fn sign_in(play: &Play, login: &str) -> Result<Self> {
        let http = Client::builder().timeout(REQUEST).build()?;
        let sign_in =
            SignIn { login: login.to_owned(), password: play.password.reveal().to_owned() };
        let address = format!("{}/api/v1/session", play.base);
        let answer = http.post(address).json(&sign_in).send().await?;
        if answer.status() != StatusCode::OK {
            bail!("signing in was answered with {}", answer.status());
        }
        let cookie = answer
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok()?.split(';').next())
            .collect::<Vec<_>>()
            .join("; ");
        let session: SessionView = answer.json().await.context("reading the session")?;
        Ok(Self { http, base: play.base.clone(), cookie, csrf: session.csrf })
    }

    /// The cookie of the session, for the live socket.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Reads something, such as `contacts/…`.
    pub(crate) async fn read(&self, path: &str) -> Result<serde_json::Value> {
        let address = format!("{}/api/v1/{path}", self.base);
        let asked = self.http.get(address).header(header::COOKIE, &self.cookie).send().await?;
        Ok(asked.error_for_status()?.json().await?)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl serde::Serialize>,
    ) -> Result<StatusCode> {
        let address = format!("{}/api/v1/desk/{path}", self.base);
        let mut request = self
            .http
            .request(method, address)
            .header(header::COOKIE, &self.cookie)
            .header("x-csrf-token", &self.csrf);
        if let Some(body) = body {
            request = request.json(body);
        }
        Ok(request.send().await?.status())
    }

    async fn post(&self, path: &str) -> Result<StatusCode> {
        self.send(Method::POST, path, None::<&()>).await
    }

    async fn presence(&self, path: &str, presence: PresenceChoice) -> Result<StatusCode> {
        self.send(Method::POST, path, Some(&SetPresence { presence })).await
    }
}

/// A contact as the agent keeps it in mind.
struct Held {
    contact: DeskContact,
    state: DeskContactState,
    /// Number of the last message that was answered.
    answered: u64,
    /// Where an answer is being written.
    writing: bool,
    greeted: bool,
}

/// Something the agent means to do in a while.
#[derive(Debug)]
enum Intention {
    Answer(Uuid),
    Refuse(Uuid),
    Greet(Uuid),
    Write(Uuid),
    Hold(Uuid),
    Resume(Uuid),
    PassOn(Uuid),
    CallBack(Uuid),
    NotReached(Uuid),
    End(Uuid, u64),
    Finish(Uuid),
    Return,
}

struct Agent<'d> {
    desk: Desk,
    draw: &'d mut Draw,
    contacts: BTreeMap<Uuid, Held>,
    later: JoinSet<()>,
    intend: mpsc::Sender<Intention>,
    ready: bool,
}

impl Agent<'_> {
    /// Will do something after a while.
    fn later(&mut self, after: Duration, intention: Intention) {
        let intend = self.intend.clone();
        self.later.spawn(async move {
            sleep(after).await;
            // A full queue or a shift that has ended: then it is not done.
            if intend.try_send(intention).is_err() {
                tracing::trace!("a simulated agent forgot something");
            }
        });
    }

    async fn hear(&mut self, message: LiveMessage) -> Result<()> {
        match message {
            LiveMessage::Snapshot { view: TopicView::Desk(view), .. } => self.look(*view).await?,
            LiveMessage::Delta { change: TopicDelta::Desk(change), .. } => self.notice(*change),
            LiveMessage::Refused { message, .. } => bail!("refused: {message}"),
            _ => {}
        }
        Ok(())
    }

    /// The whole desk: at the beginning, and after a gap.
    async fn look(&mut self, view: DeskView) -> Result<()> {
        if !self.ready {
            let status = if view.me.state.kind == AgentStateKind::SignedOut {
                self.desk.presence("sign-in", PresenceChoice::Available).await?
            } else {
                self.desk.presence("presence", PresenceChoice::Available).await?
            };
            if !status.is_success() {
                bail!("the floor answered {status} to the beginning of the shift");
            }
            self.ready = true;
        }
        self.see(&view.me);
        self.contacts.retain(|id, _| view.contacts.iter().any(|contact| contact.contact == *id));
        for contact in view.contacts {
            self.take(contact);
        }
        Ok(())
    }

    fn notice(&mut self, change: DeskDelta) {
        if let Some(me) = change.me {
            self.see(&me);
        }
        for gone in change.gone {
            self.contacts.remove(&gone.contact);
        }
        for contact in change.contacts {
            self.take(contact);
        }
        for new in change.messages {
            if let Some(held) = self.contacts.get_mut(&new.contact)
                && !held.contact.messages.iter().any(|known| known.seq == new.message.seq)
            {
                held.contact.messages.push(new.message);
                self.consider(new.contact);
            }
        }
    }

    /// Set away by the router: back after a look at the screen.
    fn see(&mut self, me: &DeskSelf) {
        let by_router = [Some(AwayReasonKind::NoAnswer), Some(AwayReasonKind::ConnectionLost)];
        if me.state.kind == AgentStateKind::Away && by_router.contains(&me.state.reason) {
            let after = self.draw.secs(8, 40);
            self.later(after, Intention::Return);
        }
    }

    fn take(&mut self, mut contact: DeskContact) {
        let id = contact.contact;
        let before = self.contacts.remove(&id);
        let was = before.as_ref().map(|held| held.state);
        let state = contact.state;
        // Whoever takes over, or comes back, does not answer what a colleague has answered.
        let last_words = contact.messages.iter().filter(|m| m.author == Author::Agent);
        let last_words = last_words.map(|message| message.seq).max().unwrap_or(0);
        let (mut answered, mut writing, mut greeted) = (last_words, false, false);
        if let Some(before) = before {
            (answered, writing, greeted) = (before.answered, before.writing, before.greeted);
            // A change comes without the messages that were told already.
            if contact.messages.is_empty() {
                contact.messages = before.contact.messages;
            }
        }
        let consult = contact.kind == OfferKindView::Consult;
        let is_call = contact.channel == ChannelKind::Voice;
        let to_call_back = contact.channel == ChannelKind::Callback;
        self.contacts.insert(id, Held { contact, state, answered, writing, greeted });
        self.consider(id);
        if was == Some(state) {
            return;
        }
        match state {
            // Answered by lifting the handset, and ended by the caller.
            DeskContactState::Offered if is_call => {}
            DeskContactState::Talking if is_call => {
                let after = self.draw.secs(200, 260);
                self.later(after, Intention::End(id, u64::MAX));
            }
            DeskContactState::Talking if to_call_back => {
                let after = self.draw.secs(2, 5);
                self.later(after, Intention::CallBack(id));
            }
            DeskContactState::Offered => {
                let (after, what) = match self.draw.chance(93) {
                    true => (self.draw.secs(1, 5), Intention::Answer(id)),
                    false if self.draw.chance(50) => (self.draw.secs(2, 6), Intention::Refuse(id)),
                    false => return, // looks elsewhere
                };
                self.later(after, what);
            }
            DeskContactState::Talking if was != Some(DeskContactState::Holding) && !consult => {
                let after = self.draw.secs(1, 3);
                self.later(after, Intention::Greet(id));
                if self.draw.chance(10) {
                    let after = self.draw.secs(15, 40);
                    self.later(after, Intention::Hold(id));
                }
                self.maybe_pass_on(id);
            }
            DeskContactState::Holding => {
                let after = self.draw.secs(6, 18);
                self.later(after, Intention::Resume(id));
            }
            DeskContactState::WrapUp => {
                let after = self.draw.secs(5, 30);
                self.later(after, Intention::Finish(id));
            }
            DeskContactState::Talking | DeskContactState::Consulting => {}
        }
    }

    /// Now and then a contact belongs to the other queue of its client.
    fn maybe_pass_on(&mut self, id: Uuid) {
        if self.draw.chance(5) {
            let after = self.draw.secs(20, 45);
            self.later(after, Intention::PassOn(id));
        }
    }

    /// There is something to answer: begins to write.
    fn consider(&mut self, id: Uuid) {
        let Some(held) = self.contacts.get_mut(&id) else { return };
        let open = held.state == DeskContactState::Talking && held.greeted && !held.writing;
        let newest = newest_of_customer(&held.contact.messages);
        if open && newest.is_some_and(|message| message.seq > held.answered) {
            held.writing = true;
            let after = self.draw.secs(7, 20);
            self.later(after, Intention::Write(id));
        }
    }

    async fn act(&mut self, intention: Intention) {
        let done = self.carry_out(&intention).await;
        if let Err(error) = done {
            tracing::debug!(?intention, %error, "a simulated agent could not do something");
        }
    }

    async fn carry_out(&mut self, intention: &Intention) -> Result<()> {
        match *intention {
            Intention::Answer(id) => self.simply(id, "answer").await,
            Intention::Refuse(id) => self.simply(id, "refuse").await,
            Intention::Hold(id) => self.simply(id, "hold").await,
            Intention::Resume(id) => self.simply(id, "resume").await,
            Intention::Return => {
                self.desk.presence("presence", PresenceChoice::Available).await.map(drop)
            }
            Intention::Greet(id) => {
                let Some(held) = self.contacts.get_mut(&id) else { return Ok(()) };
                // Whoever took over from a colleague does not greet again.
                let greet = !held.contact.messages.iter().any(|m| m.author == Author::Agent);
                let said = newest_of_customer(&held.contact.messages).map_or(0, |m| m.seq);
                held.greeted = true;
                if greet {
                    let words = held.contact.greeting.clone();
                    self.write(id, &words).await?;
                }
                self.consider(id);
                // Somebody who never says another word is seen out.
                let after = self.draw.secs(100, 160);
                self.later(after, Intention::End(id, said));
                Ok(())
            }
            Intention::Write(id) => self.write_answer(id).await,
            Intention::PassOn(id) => self.pass_on(id).await,
            Intention::CallBack(id) => {
                let after = self.draw.secs(60, 90);
                self.later(after, Intention::NotReached(id));
                self.simply(id, "call-back").await
            }
            Intention::NotReached(id) => {
                let over = |held: &Held| {
                    held.contact.call.as_ref().is_none_or(|call| call.state == "ended")
                };
                let talking = |held: &&Held| held.state == DeskContactState::Talking;
                match self.contacts.get(&id).filter(talking) {
                    Some(held) if over(held) => self.simply(id, "not-reached").await,
                    Some(_) => self.simply(id, "end").await,
                    None => Ok(()),
                }
            }
            Intention::End(id, answered) => {
                let silent = self.contacts.get(&id).is_some_and(|held| {
                    held.state == DeskContactState::Talking
                        && newest_of_customer(&held.contact.messages)
                            .is_none_or(|message| message.seq <= answered)
                });
                if silent { self.simply(id, "end").await } else { Ok(()) }
            }
            Intention::Finish(id) => {
                let Some(held) = self.contacts.get(&id) else { return Ok(()) };
                let dispositions = &held.contact.dispositions;
                let disposition = self.draw.pick(dispositions).map(|one| one.id);
                let body = FinishRequest { disposition, note: String::new() };
                let path = format!("contacts/{id}/finish");
                self.desk.send(Method::POST, &path, Some(&body)).await.map(drop)
            }
        }
    }

    async fn simply(&self, id: Uuid, what: &str) -> Result<()> {
        if !self.contacts.contains_key(&id) {
            return Ok(()); // gone meanwhile
        }
        let status = self.desk.post(&format!("contacts/{id}/{what}")).await?;
        // A conflict is ordinary life: the customer was faster.
        if !status.is_success() && status != StatusCode::CONFLICT {
            bail!("{what} was answered with {status}");
        }
        Ok(())
    }

    async fn write(&mut self, id: Uuid, words: &str) -> Result<()> {
        let body = SendMessage {
            client_id: self.draw.id(),
            body: words.to_owned(),
            note: false,
            attachment: None,
        };
        self.desk.send(Method::POST, &format!("contacts/{id}/messages"), Some(&body)).await?;
        Ok(())
    }

    async fn write_answer(&mut self, id: Uuid) -> Result<()> {
        let Some(held) = self.contacts.get_mut(&id) else { return Ok(()) };
        held.writing = false;
        if held.state != DeskContactState::Talking {
            return Ok(());
        }
        let Some(newest) = newest_of_customer(&held.contact.messages) else { return Ok(()) };
        let (seq, line, language) =
            (newest.seq, newest.body.clone(), held.contact.language.clone());
        held.answered = seq;
        let words = match dialogues::answer(&line) {
            Some(words) => words,
            None => self.draw.pick(dialogues::phrases(&language)).copied().unwrap_or("…"),
        };
        self.write(id, words).await?;
        // Most customers leave by themselves; the others are seen out.
        let after = self.draw.secs(80, 140);
        self.later(after, Intention::End(id, seq));
        self.consider(id);
        Ok(())
    }

    /// To the client's other queue, with a note for whoever takes it.
    async fn pass_on(&mut self, id: Uuid) -> Result<()> {
        let Some(held) = self.contacts.get(&id) else { return Ok(()) };
        if held.state != DeskContactState::Talking {
            return Ok(());
        }
        let address = format!("{}/api/v1/desk/contacts/{id}/targets", self.desk.base);
        let targets: api::desk::TransferTargets = self
            .desk
            .http
            .get(address)
            .header(header::COOKIE, &self.desk.cookie)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        let other = targets.queues.iter().find(|queue| queue.queue != held.contact.queue_id);
        let Some(other) = other else { return Ok(()) };
        let body = TransferRequest {
            to: TransferTo::Queue(other.queue),
            note: "Belongs to the other queue; everything is said above.".to_owned(),
        };
        self.desk
            .send(Method::POST, &format!("contacts/{id}/transfer"), Some(&body))
            .await
            .map(drop)
    }

    async fn take_a_break(&mut self) {
        let away = PresenceChoice::Away(AwayReasonKind::Break);
        match self.desk.presence("presence", away).await {
            Ok(_) => {
                let after = self.draw.secs(40, 120);
                self.later(after, Intention::Return);
            }
            Err(error) => tracing::debug!(%error, "a simulated agent could not take a break"),
        }
    }
}

fn newest_of_customer(messages: &[MessageView]) -> Option<&MessageView> {
    messages.iter().filter(|message| message.author == Author::Customer).max_by_key(|m| m.seq)
}
