//! What customers say, and who they are, is in no log, at `debug` too.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use api::desk::{DeskContactState as At, FinishRequest};
use tracing::instrument::WithSubscriber;

use crate::{
    fixture::{Engine, Floor},
    seed,
};

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// On one thread, so that every task of the server logs to this test's log.
#[tokio::test]
async fn no_word_name_address_or_number_of_a_customer_is_in_the_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    // While there is one subscriber alone, a place that logs for the first time asks the subscriber of its
    // own thread whether it ever shall: another test's thread would silence it for this one too. Beside a
    // second one, all are asked.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let _guard = tracing::subscriber::set_default(subscriber);
    a_whole_contact().with_current_subscriber().await;
    let text = String::from_utf8_lossy(&log.bytes()).into_owned();
    assert!(text.contains("the floor is rebuilt from its journal"), "the log is not the server's");
    for secret in [
        "tourmaline",
        "Ottoline",
        "ottoline@secret.example",
        "+33 6 12 34 56 78",
        "obsidian",
        "malachite",
        "chalcedony",
        "carnelian",
        "nobody@",
        "peridot",
    ] {
        let line = text.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} is in the log: {line:?}");
    }
}

async fn a_whole_contact() {
    let mut floor = Floor::open(Engine::Sqlite).await;
    let anna = floor.agent("anna").await;
    let customer = floor.customer(seed::SHARED_WIDGET).await;
    let words = "My tourmaline is lost, call +33 6 12 34 56 78";
    let first = customer.start_as(words, Some("Ottoline"), Some("ottoline@secret.example"), None);
    customer.acked(first).await;
    let contact = anna.answer().await.contact;
    anna.write(contact, "We look for the malachite.").await;
    anna.send(contact, "A note about obsidian.", true).await.done();
    customer.say_raw("{ chalcedony");
    customer.say_raw(r#"{"type":"message","client_id":"carnelian","body":"carnelian"}"#);
    let nonsense = customer.start_as("x", None, Some("nobody@"), None);
    customer.acked(nonsense).await;
    customer.upload("peridot.exe", b"peridot".to_vec()).await;
    customer.upload("peridot.txt", b"peridot".to_vec()).await;
    anna.act(contact, "end").await.done();
    anna.contact_is(contact, At::WrapUp).await;
    let finish = FinishRequest { disposition: None, note: "Found the obsidian.".to_owned() };
    anna.act_with(contact, "finish", &finish).await.done();
    anna.gone(contact).await;
    floor.restart().await;
    customer.come_back_to(floor.address()).await;
    floor.stop().await;
}
