//! The rehearsal of backup and restore: the commands of `docs/operating.md`, word for word, against
//! the real binary while people talk. What was there at the backup is there again; what came after
//! is not.

#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

#[allow(dead_code)] // shared with the server's own tests, which use all of it
#[path = "../../../server/tests/floor/agent.rs"]
mod agent;
#[allow(dead_code)]
#[path = "../../../server/tests/floor/customer.rs"]
mod customer;
#[path = "../process/mod.rs"]
mod process;
#[allow(dead_code)]
#[path = "../../../server/tests/floor/seed.rs"]
mod seed;
#[allow(dead_code)]
#[path = "../../../server/tests/floor/wait.rs"]
mod wait;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use api::{
    chat::{AttachmentView, MessageView},
    desk::DeskContactState as At,
    widget::{ConversationState, WidgetRequest},
};
use uuid::Uuid;

use crate::{
    agent::Desk,
    customer::{Customer, Door},
    process::Server,
};

/// The commands of one engine: to back up, and to restore.
struct Rehearsal {
    back_up: Vec<String>,
    restore: Vec<String>,
}

impl Rehearsal {
    /// What the page says of an engine: the indented blocks after its name, the first to back up,
    /// the second to restore, of which the last line starts the server.
    fn of(engine: &str) -> Self {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operating.md");
        let page = std::fs::read_to_string(page).unwrap();
        let section = page.split("\n## ").find(|s| s.starts_with("Back up and restore")).unwrap();
        let (_, rest) = section.split_once(&format!("**{engine}.**")).unwrap();
        let of_engine = rest.split("\n**").next().unwrap();
        let mut blocks: Vec<Vec<String>> = Vec::new();
        let mut within = false;
        for line in of_engine.lines() {
            match line.strip_prefix("    ") {
                Some(command) if within => blocks.last_mut().unwrap().push(command.to_owned()),
                Some(command) => blocks.push(vec![command.to_owned()]),
                None => {}
            }
            within = line.starts_with("    ");
        }
        let [back_up, restore] = <[_; 2]>::try_from(blocks).expect("two blocks of commands");
        Self { back_up, restore }
    }
}

/// What the commands are told.
struct Place {
    data: PathBuf,
    backup: PathBuf,
    database: String,
    empty: String,
}

impl Place {
    /// Runs commands as an operator's shell would, and stops at the first that fails.
    fn run(&self, commands: &[String]) {
        let mut path = std::env::var_os("PATH").unwrap_or_default();
        if let Some(bin) = testkit::pg::binaries() {
            // The programs of the server's own release come before what else the machine has.
            let found = std::env::split_paths(&path).collect::<Vec<_>>();
            path = std::env::join_paths([bin].into_iter().chain(found)).unwrap();
        }
        let done = Command::new("sh")
            .args(["-euc", &commands.join("\n")])
            .env("PATH", path)
            .env("DATA", &self.data)
            .env("BACKUP", &self.backup)
            .env("DATABASE", &self.database)
            .env("EMPTY", &self.empty)
            .output()
            .unwrap();
        assert!(done.status.success(), "{commands:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_backed_up_is_restored_on_sqlite() {
    if Command::new("sqlite3").arg("--version").output().is_err() {
        let what = "no sqlite3 found: install the Debian package sqlite3";
        assert!(std::env::var("REQUIRE_PG").as_deref() != Ok("1"), "{what}");
        // Written past the test harness, which swallows what passing tests print.
        let _ = writeln!(std::io::stderr(), "SKIPPED: backup and restore on SQLite: {what}");
        return;
    }
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let url = |folder: &Path| format!("sqlite://{}", folder.join("permanence.db").display());
    let (database, empty) = (url(old.path()), url(new.path()));
    rehearse(&Rehearsal::of("SQLite"), old.path(), new.path(), &database, &empty).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_backed_up_is_restored_on_postgres() {
    let Some(cluster) = testkit::pg::cluster() else { return };
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (database, empty) = (cluster.database(None).unwrap(), cluster.database(None).unwrap());
    rehearse(&Rehearsal::of("PostgreSQL"), old.path(), new.path(), &database, &empty).await;
}

async fn rehearse(page: &Rehearsal, old: &Path, new: &Path, database: &str, empty: &str) {
    let store = store::Store::open(database).await.unwrap();
    let plan = seed::Plan { chats: 1, ..seed::Plan::default() };
    seed::sow(&store, &plan, server::clock::Clock::system().now()).await;
    store.close().await;
    let server = Server::start(old, database).await;
    let anna = Desk::open(server.address, "anna").await;
    anna.become_available().await;
    let talking = Customer::arrive(Door::new(server.address, seed::SHARED_WIDGET)).await;
    let first = talking.start("I talk");
    talking.acked(first).await;
    let contact = anna.answer().await.contact;
    let mut line = Vec::new();
    for words in ["first in line", "second in line"] {
        let customer = Customer::arrive(Door::new(server.address, seed::SHARED_WIDGET)).await;
        let id = customer.start(words);
        customer.acked(id).await;
        line.push(customer);
    }
    let (status, body) = talking.upload("list.txt", b"one lamp".to_vec()).await;
    assert_eq!(status, 201, "{body}");
    let file: AttachmentView = serde_json::from_value(body["attachment"].clone()).unwrap();
    let client_id = Uuid::new_v4();
    let message = WidgetRequest::Message {
        client_id,
        body: "My list.".to_owned(),
        attachment: Some(file.id),
    };
    talking.say(message);
    talking.acked(client_id).await;
    anna.write(contact, "before the backup").await;

    // The old server runs on while it is backed up, and for a while after.
    let backup = tempfile::tempdir().unwrap();
    let place = |data: &Path| Place {
        data: data.to_owned(),
        backup: backup.path().to_owned(),
        database: database.to_owned(),
        empty: empty.to_owned(),
    };
    place(old).run(&page.back_up);
    anna.write(contact, "after the backup").await;
    server.kill().await;

    let (start, commands) = page.restore.split_last().unwrap();
    assert!(start.starts_with("permanence serve --data \"$DATA\""), "{start}");
    place(new).run(commands);
    let server = Server::start(new, empty).await;
    let anna = Desk::open(server.address, "anna").await;
    let held = anna.contact_is(contact, At::Talking).await;
    let said = |words: &str| held.messages.iter().filter(|m| m.body == words).count();
    assert_eq!((said("I talk"), said("My list.")), (1, 1));
    assert_eq!((said("before the backup"), said("after the backup")), (1, 0));
    let with_file: Option<&MessageView> = held.messages.iter().find(|m| m.body == "My list.");
    let url = &with_file.unwrap().attachment.as_ref().expect("it has its file").url;
    let kept = reqwest::get(format!("http://{}{url}", server.address)).await.unwrap();
    assert!(kept.status().is_success(), "{kept:?}");
    assert_eq!(kept.bytes().await.unwrap().as_ref(), b"one lamp");

    // Whoever waited waits, in the same place, and the floor goes on from there.
    for customer in &line {
        customer.come_back_to(server.address).await;
        customer.state(ConversationState::Waiting).await;
    }
    let ben = Desk::open(server.address, "ben").await;
    ben.become_available().await;
    assert_eq!(ben.answer().await.messages[0].body, "first in line");
    line[0].state(ConversationState::WithAgent).await;
    anna.write(contact, "after the restore").await;
    let lead = agent::Person::sign_in(server.address, "lead").await;
    assert!(lead.get("/health").await.status.is_success());
    server.kill().await;
}
