//! A difference in a sentence.

use routing::{Event, InputError, Stamped};

/// What the journal says and what the replay says.
pub(super) fn difference(
    recorded: Option<&Stamped>,
    replayed: Option<&Stamped>,
    refused: Option<&InputError>,
) -> String {
    let because = refused.map_or(String::new(), |error| {
        format!(" The replay refuses the input that was taken: {error}.")
    });
    let text = match (recorded, replayed) {
        (Some(recorded), Some(replayed)) if said(recorded) == said(replayed) => format!(
            "The journal and the replay both say: {}; what they say of it differs (its instant, its \
             decision or its spans).",
            said(recorded)
        ),
        (Some(recorded), Some(replayed)) => {
            format!("The journal says: {}; the replay says: {}.", said(recorded), said(replayed))
        }
        (Some(recorded), None) => {
            format!("The journal says: {}; the replay says nothing more.", said(recorded))
        }
        (None, Some(replayed)) => {
            format!("The replay says: {}; the journal says nothing of it.", said(replayed))
        }
        (None, None) => "The input was taken and nothing followed.".to_owned(),
    };
    text + &because
}

fn said(stamped: &Stamped) -> String {
    use Event as E;
    let text = match &stamped.event {
        E::Arrived { contact, .. } => format!("contact {contact} arrived"),
        E::WaitsForOpening { contact, .. } => format!("contact {contact} waits for the opening"),
        E::Queued { contact, .. } => format!("contact {contact} waits in its queue"),
        E::GreetingStarted { contact, .. } => format!("contact {contact} is greeted"),
        E::RingOpened { contact, .. } => format!("a further ring opened for contact {contact}"),
        E::Offered { contact, agent, .. } => {
            format!("contact {contact} was offered to agent {agent}")
        }
        E::OfferEnded { contact, agent, .. } => {
            format!("the offer of contact {contact} to agent {agent} ended")
        }
        E::Answered { contact, agent, .. } => format!("agent {agent} answered contact {contact}"),
        E::Held { contact, agent, .. } => format!("agent {agent} put contact {contact} on hold"),
        E::Resumed { contact, agent, .. } => format!("agent {agent} took contact {contact} back"),
        E::ConsultStarted { contact, by, to, .. } => {
            format!("agent {by} asked agent {to} about contact {contact}")
        }
        E::ConferenceStarted { contact, .. } => format!("contact {contact} became a conference"),
        E::PartEnded { contact, agent, .. } => {
            format!("the part of agent {agent} in contact {contact} ended")
        }
        E::WrapUpStarted { contact, agent, .. } => {
            format!("agent {agent} began to wrap up contact {contact}")
        }
        E::WrapUpExtended { contact, agent, .. } => {
            format!("agent {agent} took more time to wrap up contact {contact}")
        }
        E::WrapUpEnded { contact, agent, .. } => {
            format!("agent {agent} finished the wrap-up of contact {contact}")
        }
        E::Transferred { contact, by, .. } => format!("agent {by} passed contact {contact} on"),
        E::CallbackPromised { contact, .. } => {
            format!("a callback was promised for contact {contact}")
        }
        E::Ended { contact, .. } => format!("contact {contact} ended"),
        E::TalkLimitPassed { contact, .. } => format!("contact {contact} passed the talk limit"),
        E::AgentState { agent, .. } => format!("the state of agent {agent} changed"),
        E::PeriodChanged { client, .. } => {
            format!("another period of client {client} came into force")
        }
        E::Expedited { contact, .. } => format!("contact {contact} was expedited"),
        E::Call { contact, .. } => format!("a fact about call {contact} was told"),
        E::Phone { agent, .. } => format!("the phone of agent {agent} came or went"),
        E::CalledOut { contact, agent, .. } => {
            format!("agent {agent} called out as contact {contact}")
        }
        E::CustomerAnswered { contact, .. } => {
            format!("the customer of contact {contact} answered")
        }
        E::CallbackFailed { contact, .. } => {
            format!("the callback of contact {contact} was not answered")
        }
    };
    format!("{text} at {}", stamped.at)
}
