//! How soon the statement has a contact that has just ended.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use api::desk::DeskContactState;
use serde_json::Value;
use server::clock::Stopwatch;
use uuid::Uuid;

use crate::bench::{
    agent::{Agent, Told},
    percentiles::Percentiles,
    served::Served,
    set_up::{CLIENT, Floor, Person, own_address},
    visitor::Visitor,
};

/// Chats that end one after the other.
const CHATS: u32 = 20;
/// A statement that has not got a contact by now never will.
const PATIENCE: Duration = Duration::from_secs(60);

/// Lets chats be answered and end on the floor's own client; times from each end to the first statement
/// that counts it.
///
/// # Errors
/// When the server refuses, or a statement never has the contact.
pub async fn contacts_end(served: &Served, floor: &Floor) -> Result<Value> {
    let admin = Person::sign_in(&served.base(), own_address(0), "admin").await?;
    let clients = admin.get(&format!("/api/v1/clients?q={CLIENT}")).await?;
    let client = clients["items"][0]["id"].as_str().context("the floor's own client is gone")?;
    let statement = format!("/api/v1/clients/{client}/statement?limit=1");
    let contacts = async || {
        let statement = admin.get(&statement).await?;
        statement["contacts"].as_u64().context("a statement without contacts")
    };
    let login = floor.logins.first().context("the floor has no agent")?;
    let mut agent = Agent::open(served, own_address(2), login, "available").await?;
    let mut spans = Percentiles::default();
    for n in 0..CHATS {
        let before = contacts().await?;
        let mut visitor = Visitor::open(served, own_address(10_000 + n), &floor.widget).await?;
        visitor.start(Uuid::now_v7()).await?;
        let contact = offered(&mut agent).await?;
        agent.act(contact, "answer").await?;
        agent.act(contact, "end").await?;
        let ended = Stopwatch::start();
        while contacts().await? == before {
            if ended.elapsed() > PATIENCE {
                bail!("the statement does not count contact {contact}");
            }
        }
        spans.add(ended.elapsed());
    }
    Ok(spans.json())
}

async fn offered(agent: &mut Agent) -> Result<Uuid> {
    loop {
        let Told::Contacts(contacts) = agent.told().await? else { continue };
        let found = contacts.iter().find(|one| one.state == DeskContactState::Offered);
        if let Some(found) = found {
            return Ok(found.contact);
        }
    }
}
