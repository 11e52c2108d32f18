//! What calls ask of the floor: of one contact in order, of many at once, and asked again when the floor
//! could not take it.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use domain::{AgentId, ContactId, Timestamp};
use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use routing::{EndedBy, Input};
use telephony::call::FloorSays;
use tokio::sync::mpsc;

use super::driver::Told;
use crate::floor::{Floor, FloorError};

/// What is kept while the floor is away. Beyond it facts for the journal are let go, and only they: who
/// has hung up is still told.
const KEPT_MAX: usize = 65_536;

/// Who is asked: [`Floor::input`].
type AskFloor =
    Arc<dyn Fn(Input) -> BoxFuture<'static, Result<Timestamp, FloorError>> + Send + Sync>;

/// What comes to be asked.
pub(super) enum Asked {
    /// A question of a call, or a fact of it.
    Input(Input),
    /// The floor was rebuilt: what it could not take before it can take now.
    FloorIsBack,
}

/// What questions are about. Two of one subject are asked one after the other, each once the one before
/// it is durable; those of different subjects share a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Contact(ContactId),
    Agent(AgentId),
    /// Whatever names neither.
    Floor,
}

impl Subject {
    fn of(input: &Input) -> Self {
        match (input.contact(), input) {
            (Some(contact), _) => Self::Contact(contact),
            (None, Input::Phone { agent, .. }) => Self::Agent(*agent),
            (None, _) => Self::Floor,
        }
    }
}

/// The questions of one subject.
#[derive(Default)]
struct Line {
    /// The first of them is being asked; otherwise they wait for the floor to come back.
    under_way: bool,
    /// Oldest first, each with its place among all. The one that is asked stays until it is answered.
    waiting: VecDeque<(u64, Input)>,
}

/// How a question ended.
enum Answer {
    /// It was taken, or refused for good.
    Done,
    /// The floor could not take it: it can once it is back.
    Away,
}

/// Asks the floor on behalf of the calls.
pub(super) struct Asks {
    floor: AskFloor,
    told: mpsc::UnboundedSender<Told>,
    lines: HashMap<Subject, Line>,
    under_way: FuturesUnordered<BoxFuture<'static, (Subject, u64, Answer)>>,
    /// How often the floor came back. A question that was asked before it last did is asked again at
    /// once: what it waits for has happened.
    returns: u64,
    asked: u64,
    kept: usize,
    lost: u64,
}

impl Asks {
    pub(super) fn new(floor: Floor, told: mpsc::UnboundedSender<Told>) -> Self {
        Self::of(
            Arc::new(move |input| {
                let floor = floor.clone();
                Box::pin(async move { floor.input(input).await })
            }),
            told,
        )
    }

    fn of(floor: AskFloor, told: mpsc::UnboundedSender<Told>) -> Self {
        Self {
            floor,
            told,
            lines: HashMap::new(),
            under_way: FuturesUnordered::new(),
            returns: 0,
            asked: 0,
            kept: 0,
            lost: 0,
        }
    }

    /// Asks until the senders are gone.
    pub(super) async fn run(mut self, mut asked: mpsc::UnboundedReceiver<Asked>) {
        loop {
            tokio::select! {
                Some((subject, returns, answer)) = self.under_way.next() => {
                    self.answered(subject, returns, &answer);
                }
                next = asked.recv() => match next {
                    None => return,
                    Some(Asked::FloorIsBack) => self.ask_again(),
                    Some(Asked::Input(input)) => self.take(input),
                },
            }
        }
    }

    fn take(&mut self, input: Input) {
        let subject = Subject::of(&input);
        if self.kept >= KEPT_MAX && matches!(input, Input::Call(_)) {
            self.lost += 1;
            return;
        }
        self.asked += 1;
        self.kept += 1;
        let line = self.lines.entry(subject).or_default();
        let first = line.waiting.is_empty();
        line.waiting.push_back((self.asked, input));
        if first {
            self.ask_first(subject);
        }
    }

    fn answered(&mut self, subject: Subject, asked_at: u64, answer: &Answer) {
        let Some(line) = self.lines.get_mut(&subject) else { return };
        line.under_way = false;
        match answer {
            Answer::Away if asked_at == self.returns => return,
            Answer::Away => {}
            Answer::Done => {
                line.waiting.pop_front();
                self.kept -= 1;
            }
        }
        if line.waiting.is_empty() {
            self.lines.remove(&subject);
        } else {
            self.ask_first(subject);
        }
    }

    fn ask_again(&mut self) {
        self.returns += 1;
        if self.lost > 0 {
            tracing::error!(facts = self.lost, "facts of calls are missing in the journal");
            self.lost = 0;
        }
        // Among subjects too in the order in which they were asked, so far as it matters to anybody.
        let idle = self.lines.iter().filter(|(_, line)| !line.under_way);
        let first = |line: &Line| line.waiting.front().map(|(place, _)| *place);
        let idle: BTreeMap<u64, Subject> =
            idle.filter_map(|(subject, line)| Some((first(line)?, *subject))).collect();
        for subject in idle.into_values() {
            self.ask_first(subject);
        }
    }

    /// Begins to ask the oldest question of a subject.
    fn ask_first(&mut self, subject: Subject) {
        let Some(line) = self.lines.get_mut(&subject) else { return };
        let Some((_, input)) = line.waiting.front() else { return };
        line.under_way = true;
        let question = Question { floor: Arc::clone(&self.floor), told: self.told.clone() };
        let (input, returns) = (input.clone(), self.returns);
        self.under_way.push(Box::pin(async move { (subject, returns, question.ask(input).await) }));
    }
}

/// One question, on its way.
struct Question {
    floor: AskFloor,
    told: mpsc::UnboundedSender<Told>,
}

impl Question {
    async fn ask(&self, input: Input) -> Answer {
        let mut input = input;
        let mut tried_otherwise = false;
        loop {
            let refused = match (self.floor)(input.clone()).await {
                Ok(_) => return Answer::Done,
                Err(FloorError::Unavailable(_)) if can_wait(&input) => return Answer::Away,
                Err(refused) => refused,
            };
            match other_end(&input) {
                Some(other) if !tried_otherwise => (input, tried_otherwise) = (other, true),
                _ => {
                    self.refused(&input, &refused);
                    return Answer::Done;
                }
            }
        }
    }

    /// Tells the call of a question that was refused, where it must know.
    fn refused(&self, input: &Input, error: &FloorError) {
        let (contact, says) = match (input.arrival(), input) {
            (Some(arrival), _) => {
                let contact = arrival.contact;
                tracing::warn!(contact.id = %contact, "a call could not arrive: {error}");
                (contact, FloorSays::Refused)
            }
            (None, Input::RequestCallback { contact }) => {
                tracing::debug!(contact.id = %contact, "a callback was not promised: {error}");
                (*contact, FloorSays::CallbackRefused)
            }
            _ => {
                // Both sides may end a conversation in the same instant: the second is late.
                tracing::debug!("the floor refused what a call asked: {error}");
                return;
            }
        };
        self.tell(contact, says);
    }

    fn tell(&self, contact: ContactId, says: FloorSays) {
        // Its receiver ends only with the calls.
        let _ = self.told.send(Told::Floor(vec![(contact, says)]));
    }
}

/// Whether a question is still worth asking in a minute. Whoever calls just now is refused at once, so
/// that their carrier tries another way; and whoever has pressed a key presses it again.
fn can_wait(input: &Input) -> bool {
    input.arrival().is_none() && !matches!(input, Input::RequestCallback { .. })
}

/// How a contact ends whose customer has hung up, if it is no longer where the call saw it: an agent
/// answered, or passed it on, in the same instant.
fn other_end(input: &Input) -> Option<Input> {
    match *input {
        Input::Abandon { contact } => Some(Input::End { contact, by: EndedBy::Customer }),
        Input::End { contact, .. } => Some(Input::Abandon { contact }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::oneshot;

    use super::*;

    type Answering = oneshot::Sender<Result<Timestamp, FloorError>>;

    /// A floor that answers when it is told to.
    struct Slow {
        asked: mpsc::UnboundedSender<Asked>,
        heard: mpsc::UnboundedReceiver<(Input, Answering)>,
        told: mpsc::UnboundedReceiver<Told>,
    }

    impl Slow {
        fn new() -> Self {
            let (asked, questions) = mpsc::unbounded_channel();
            let (hears, heard) = mpsc::unbounded_channel();
            let (tell, told) = mpsc::unbounded_channel();
            let hears = Mutex::new(hears);
            let floor: AskFloor = Arc::new(move |input| {
                let (reply, answer) = oneshot::channel();
                let heard = hears.lock().unwrap().send((input, reply));
                Box::pin(async move {
                    heard.unwrap();
                    answer.await.unwrap()
                })
            });
            tokio::spawn(Asks::of(floor, tell).run(questions));
            Self { asked, heard, told }
        }

        fn ask(&self, input: Input) {
            assert!(self.asked.send(Asked::Input(input)).is_ok());
        }

        fn is_back(&self) {
            assert!(self.asked.send(Asked::FloorIsBack).is_ok());
        }

        async fn next(&mut self) -> (Input, Answering) {
            self.heard.recv().await.unwrap()
        }

        /// Whatever could be asked has been asked: one question about another contact comes through.
        async fn nothing_else(&mut self) {
            let probe = Input::Expedite { contact: contact(99) };
            self.ask(probe.clone());
            let (input, answer) = self.next().await;
            assert_eq!(input, probe, "nothing was to be asked");
            yes(answer);
        }
    }

    fn contact(n: u128) -> ContactId {
        ContactId::from_u128(n)
    }

    fn leaves(n: u128) -> Input {
        Input::LeaveVoicemail { contact: contact(n) }
    }

    fn ends(n: u128) -> Input {
        Input::End { contact: contact(n), by: EndedBy::System }
    }

    fn yes(answer: Answering) {
        answer.send(Ok(Timestamp::from_secs(0))).unwrap();
    }

    fn away(answer: Answering) {
        answer.send(Err(FloorError::Unavailable("gone".to_owned()))).unwrap();
    }

    #[tokio::test]
    async fn one_contact_waits_for_itself_and_for_nobody_else() {
        let mut floor = Slow::new();
        floor.ask(leaves(1));
        floor.ask(ends(1));
        floor.ask(leaves(2));
        let (first, of_first) = floor.next().await;
        let (other, of_other) = floor.next().await;
        assert_eq!((first, other), (leaves(1), leaves(2)), "before the first is answered");
        floor.nothing_else().await;
        yes(of_first);
        let (second, of_second) = floor.next().await;
        assert_eq!(second, ends(1));
        yes(of_second);
        yes(of_other);
        floor.nothing_else().await;
    }

    #[tokio::test]
    async fn what_the_floor_could_not_take_is_asked_again_in_order_once_it_is_back() {
        let mut floor = Slow::new();
        floor.ask(leaves(1));
        floor.ask(leaves(2));
        away(floor.next().await.1);
        let (_, late) = floor.next().await;
        floor.ask(ends(1));
        floor.nothing_else().await;
        floor.is_back();
        let (again, answer) = floor.next().await;
        assert_eq!(again, leaves(1), "the oldest first");
        // What is told to be away after the floor came back was asked before: it is asked again at once.
        away(late);
        let (again, of_second) = floor.next().await;
        assert_eq!(again, leaves(2));
        yes(answer);
        let (next, answer) = floor.next().await;
        assert_eq!(next, ends(1));
        // Away for a second time: nothing is lost, and nothing is asked twice.
        away(answer);
        yes(of_second);
        floor.nothing_else().await;
        floor.is_back();
        let (again, answer) = floor.next().await;
        assert_eq!(again, ends(1));
        yes(answer);
        floor.is_back();
        floor.nothing_else().await;
    }

    #[tokio::test]
    async fn whoever_presses_a_key_while_the_floor_is_away_is_told_and_presses_again() {
        let mut floor = Slow::new();
        floor.ask(Input::RequestCallback { contact: contact(1) });
        away(floor.next().await.1);
        let told = floor.told.recv().await.unwrap();
        let Told::Floor(says) = told else { panic!("of the floor") };
        assert!(matches!(says.as_slice(), [(of, FloorSays::CallbackRefused)] if *of == contact(1)));
        floor.is_back();
        floor.nothing_else().await;
    }
}
