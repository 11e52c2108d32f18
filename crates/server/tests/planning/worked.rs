//! Days on which the first client's contacts are answered, one after another.

use std::time::Duration;

use api::role::Role;
use domain::{AgentId, ClientId, ContactId, Language, QueueId, Zone, contract::Channel};
use reqwest::Method;
use routing::{Arrival, EndedBy, Input, Presence};

use crate::house::{House, id};

/// The first client's queue, and the administrator, who answers as an agent.
pub struct Worked<'a> {
    house: &'a House,
    agent: AgentId,
    client: ClientId,
    queue: QueueId,
}

impl<'a> Worked<'a> {
    pub async fn of(house: &'a House) -> Self {
        let admin = house.person(Role::Administrator);
        let me = house.ask(Method::GET, "/api/v1/session", admin, None).await.expect(200);
        let contract = format!("/api/v1/clients/{}/contracts/1", house.first);
        let contract = house.ask(Method::GET, &contract, admin, None).await.expect(200);
        Self {
            house,
            agent: AgentId::from_uuid(id(&me["agent"])),
            client: ClientId::from_uuid(house.first),
            queue: QueueId::from_uuid(id(&contract["terms"]["queues"][0]["id"])),
        }
    }

    /// The zone of the client.
    pub fn zone(&self) -> Zone {
        self.house.app.floor.directory().client(self.client).unwrap().zone.clone()
    }

    /// The agent is there while these are answered: each waits, and is over after its handle.
    pub async fn answered(
        &self,
        contacts: impl Iterator<Item = u128>,
        (wait, handle): (Duration, Duration),
    ) {
        let (floor, agent) = (&self.house.app.floor, self.agent);
        floor.input(Input::SignIn { agent, presence: Presence::Available }).await.unwrap();
        for contact in contacts.map(ContactId::from_u128) {
            let arrival = Arrival {
                contact,
                client: self.client,
                queue: self.queue,
                channel: Channel::Chat,
                language: Some(Language::FR),
                first_ring: None,
                customer: None,
                head_start: None,
                emergency: false,
            };
            floor.input(Input::Arrive(arrival)).await.unwrap();
            if !wait.is_zero() {
                self.house.wait(wait);
            }
            floor.input(Input::Answer { contact, agent }).await.unwrap();
            self.house.wait(handle);
            floor.input(Input::End { contact, by: EndedBy::Customer }).await.unwrap();
            let done = Input::FinishWrapUp { contact, agent, disposition: None };
            floor.input(done).await.unwrap();
        }
        floor.input(Input::SignOut { agent }).await.unwrap();
    }
}
