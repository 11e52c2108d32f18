//! Somebody outside whom an agent calls about the contact.

use domain::{AgentId, LegId, Timestamp, TrunkId};

use super::{
    Ask, At, Call, DeskSays, Fact, LegEnd, NORMAL, Order, Ours, Party, Stage, Who,
    hearing::OutsideStage,
};
use crate::{
    media::MediaCommand,
    sdp::Negotiation,
    sip::{Cause, Side, SipCommand, SipEvent, Target},
};

/// A number outside that a customer goes on to alone rings for so long; then they wait for a person.
pub(super) const ONWARD_MAX: std::time::Duration = std::time::Duration::from_secs(45);

/// The leg outside.
#[derive(Debug)]
pub(super) struct Outside {
    pub(super) leg: LegId,
    /// The agent who called them and speaks with them first; `None` when the customer goes on alone.
    pub(super) by: Option<AgentId>,
    /// An agent has passed the customer on unannounced.
    pub(super) passed_on: bool,
    pub(super) number: String,
    pub(super) stage: OutsideStage,
    /// What comes before the answer is played to the agent instead of our ringback.
    pub(super) early_media: bool,
    pub(super) negotiation: Negotiation,
}

impl Call {
    /// Calls somebody for an agent, who speaks with them first, or is about to leave the customer to
    /// them.
    pub(super) fn call_outside(&mut self, now: Timestamp, said: DeskSays) {
        let DeskSays::Outside { by, leg, local, number, from, trunks, passes_on } = said else {
            return;
        };
        let here = self.parts.iter().any(|part| part.agent == by);
        let there = self.is_connected() || !passes_on;
        if self.outside.is_some() || !here || !there || self.stage != Stage::Talking {
            self.media(MediaCommand::Close { leg });
            return;
        }
        self.not_reached = None;
        self.unreached = false;
        let negotiation = Negotiation::new(super::low_bits(leg), local);
        let by = (!passes_on).then_some(by);
        self.invite_outside((leg, by), number, from, trunks, negotiation);
        if passes_on {
            self.onward_until = Some(now + ONWARD_MAX);
        }
    }

    /// Invites somebody outside.
    pub(super) fn invite_outside(
        &mut self,
        (leg, by): (LegId, Option<AgentId>),
        number: String,
        from: String,
        trunks: Vec<TrunkId>,
        mut negotiation: Negotiation,
    ) {
        let offer = negotiation.offers();
        let target = Target::Number { to: number.clone(), trunks };
        self.sip(SipCommand::Invite { leg, target, from, from_name: None, offer });
        self.fact(Fact::LegStarted { leg, party: Party::Outside });
        self.outside = Some(Outside {
            leg,
            by,
            // A flow leads on before the contact arrives.
            passed_on: by.is_none() && self.arrived,
            number,
            stage: OutsideStage::Ringing,
            early_media: false,
            negotiation,
        });
    }

    pub(super) fn on_outside_sip(&mut self, _now: Timestamp, event: SipEvent) {
        let Some(outside) = &mut self.outside else { return };
        let leg = outside.leg;
        match event {
            SipEvent::Tried { leg: of, encrypted, .. } if of == leg => {
                outside.early_media = false;
                outside.negotiation.sent_as(encrypted);
            }
            SipEvent::Ringing { leg: of, answer: Some(answer) } if of == leg => {
                if let Ok(agreed) = outside.negotiation.take_answer(&answer) {
                    outside.early_media = true;
                    self.media(MediaCommand::Agree { leg, agreed });
                }
            }
            SipEvent::Accepted { leg: of, answer } if of == leg => {
                match outside.negotiation.take_answer(&answer) {
                    Ok(agreed) => {
                        let onward = outside.by.is_none();
                        outside.stage = match onward {
                            false => OutsideStage::Private,
                            true => OutsideStage::Joined,
                        };
                        if onward && outside.passed_on {
                            self.onward_until = None;
                        } else if onward {
                            // Nobody of ours is there: nothing is recorded.
                            (self.stage, self.plan, self.onward_until) =
                                (Stage::Talking, None, None);
                            self.passed_on = true;
                        }
                        self.media(MediaCommand::Agree { leg, agreed });
                        self.fact(Fact::LegAnswered { leg });
                    }
                    Err(refusal) => {
                        self.sip(SipCommand::Hangup { leg, q850: 88 });
                        let cause = Cause {
                            status: Some(refusal.status),
                            q850: Some(88),
                            text: refusal.to_string(),
                        };
                        self.outside_ended(Side::Local, cause, Some(Ours::NotAcceptable));
                    }
                }
            }
            SipEvent::Offer { leg: of, offer } if of == leg => {
                let answer = match offer {
                    None => Ok(outside.negotiation.offer()),
                    Some(offer) => match outside.negotiation.answer(&offer) {
                        Ok((answer, agreed)) => {
                            self.media(MediaCommand::Agree { leg, agreed });
                            Ok(answer)
                        }
                        Err(refusal) => Err(refusal.status),
                    },
                };
                self.sip(SipCommand::AnswerOffer { leg, answer });
            }
            SipEvent::Refer { leg: of, .. } if of == leg => {
                self.sip(SipCommand::AnswerRefer { leg, accepted: false });
            }
            SipEvent::Ended { leg: of, by, cause } if of == leg => {
                self.outside_ended(by, cause, None);
            }
            _ => {}
        }
    }

    /// Whether the one outside is in the conversation.
    pub(super) fn outside_joined(&self) -> bool {
        self.outside.as_ref().is_some_and(|outside| outside.stage == OutsideStage::Joined)
    }

    /// Whether the customer was passed on unannounced, and it rings there.
    pub(super) fn passes_on(&self) -> bool {
        let rings = |outside: &Outside| outside.passed_on && outside.stage == OutsideStage::Ringing;
        self.outside.as_ref().is_some_and(rings)
    }

    /// Lets the one outside go.
    pub(super) fn drop_outside(&mut self) {
        self.unreached = false;
        let Some(outside) = &self.outside else { return };
        self.sip(SipCommand::Hangup { leg: outside.leg, q850: NORMAL });
        let cause = Cause { status: None, q850: Some(NORMAL), text: String::new() };
        self.outside_ended(Side::Local, cause, Some(Ours::Finished));
    }

    /// The customer who was passed on to nobody waits again.
    pub(super) fn come_back(&mut self) {
        self.unreached = false;
        if self.stage == Stage::Talking {
            self.stage = Stage::Waiting;
            self.orders.push_back(Order::Ask(Ask::Return));
        }
    }

    fn outside_ended(&mut self, by: Side, cause: Cause, ours: Option<Ours>) {
        let Some(outside) = self.outside.take() else { return };
        let at = match outside.stage {
            OutsideStage::Ringing => At::Ringing,
            OutsideStage::Private | OutsideStage::Joined => At::Talking,
        };
        let leg = outside.leg;
        self.media(MediaCommand::Close { leg });
        let end = LegEnd { at, by, cause, ours };
        let passed_on = outside.passed_on && at == At::Ringing;
        if at == At::Ringing && (ours.is_none() || passed_on) {
            self.not_reached = Some((outside.number, end.clone()));
        }
        self.fact(Fact::LegEnded { leg, party: Party::Outside, end });
        // The two went on by themselves: without the one there is no conversation.
        let alone = outside.stage == OutsideStage::Joined && self.parts.is_empty();
        if alone && self.stage == Stage::Talking {
            match self.arrived {
                true => self.orders.push_back(Order::Ask(Ask::End { by: Who::Customer })),
                false => self.hang_up(Ours::Finished),
            }
        } else if passed_on {
            self.onward_until = None;
            if self.parts.is_empty() {
                self.come_back();
            } else {
                // The agent is about to leave, or has taken it back.
                self.unreached = ours.is_none();
            }
        } else if outside.by.is_none() {
            self.nobody_outside();
        }
    }
}
