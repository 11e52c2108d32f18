//! The customer's leg: answered, told things, renegotiated, ended.

use domain::Timestamp;

use super::{
    Ask, At, Call, Fact, LegEnd, NORMAL, Order, Ours, Party, Signalling, Stage, Who, Words,
};
use crate::{
    flow,
    media::MediaCommand,
    sip::{Cause, Side, SipCommand},
};

/// Q.850: recovery on timer expiry.
const TIMER_EXPIRED: u8 = 102;
/// Q.850: temporary failure.
const TEMPORARY_FAILURE: u8 = 41;

impl Call {
    /// Answers the customer, once. `false` when there is nobody to answer.
    pub(super) fn accept(&mut self) -> bool {
        if self.stage == Stage::Over {
            return false;
        }
        if self.signalling != Signalling::Ringing {
            return true;
        }
        let leg = self.leg;
        let body = match self.offer.take() {
            None => self.negotiation.offer(),
            Some(offer) => match self.negotiation.answer(&offer) {
                Ok((answer, agreed)) => {
                    self.media(MediaCommand::Agree { leg, agreed });
                    answer
                }
                Err(refusal) => {
                    let status = refusal.status;
                    self.sip(SipCommand::Reject { leg, status, retry_after: None });
                    let cause =
                        Cause { status: Some(status), q850: None, text: refusal.to_string() };
                    self.leg_ended(Side::Local, cause, Some(Ours::NotAcceptable));
                    return false;
                }
            },
        };
        self.ring_until = None;
        self.signalling = Signalling::Accepted;
        self.sip(SipCommand::Accept { leg, body });
        self.fact(Fact::LegAnswered { leg });
        true
    }

    /// The customer whom we called has answered.
    pub(super) fn reached(&mut self, answer: &str) {
        if !matches!(self.signalling, Signalling::Dialling { .. }) || self.stage == Stage::Over {
            return;
        }
        let leg = self.leg;
        self.signalling = Signalling::Confirmed;
        match self.negotiation.take_answer(answer) {
            Ok(agreed) => {
                self.media(MediaCommand::Agree { leg, agreed });
                self.fact(Fact::LegAnswered { leg });
                self.orders.push_back(Order::Ask(Ask::Reached));
            }
            Err(_) => self.hang_up(Ours::NotAcceptable),
        }
    }

    pub(super) fn renegotiate(&mut self, offer: Option<String>) {
        let leg = self.leg;
        let answer = match offer {
            None => Ok(self.negotiation.offer()),
            Some(offer) => match self.negotiation.answer(&offer) {
                Ok((answer, agreed)) => {
                    let held = !agreed.send;
                    self.media(MediaCommand::Agree { leg, agreed });
                    if held != self.held_by_customer {
                        self.held_by_customer = held;
                        self.silent = None;
                        self.fact(Fact::HeldByCustomer { leg, on: held });
                    }
                    Ok(answer)
                }
                Err(refusal) => Err(refusal.status),
            },
        };
        self.sip(SipCommand::AnswerOffer { leg, answer });
    }

    pub(super) fn on_digit(&mut self, now: Timestamp, digit: char) {
        if self.flow.is_some() {
            return self.tell_flow(now, flow::Input::Key(digit));
        }
        if self.stage == Stage::Message {
            return self.message_key(now, digit);
        }
        let asks = self.stage == Stage::Waiting && self.arrived && !self.callback;
        if asks && self.rules.callback_key == Some(digit) && self.is_connected() {
            self.callback = true;
            self.orders.push_back(Order::Ask(Ask::RequestCallback));
        } else if asks && self.rules.voicemail_key == Some(digit) && self.is_connected() {
            self.ask_for_message(now, None);
        }
    }

    /// Words have come to their end.
    pub(super) fn words_over(&mut self, now: Timestamp) {
        self.ordered.forget_words();
        match self.stage {
            Stage::Opening if self.flow.is_some() => self.flow_words_over(now),
            Stage::Opening => self.enter(now),
            Stage::Message => self.begin_message(now),
            Stage::Closing(why) => self.hang_up(why),
            Stage::Waiting if self.ordered.said == Some(Words::Closed) => {
                // Nobody holds a line until the morning: they are called back, or write the number
                // down and call again.
                if !self.callback && self.rules.callback_key.is_some() {
                    self.callback = true;
                    self.orders.push_back(Order::Ask(Ask::RequestCallback));
                } else {
                    self.hang_up(Ours::Closed);
                }
            }
            Stage::Waiting | Stage::Talking | Stage::Over => {}
        }
    }

    /// Says why the call ends here, then ends it.
    pub(super) fn last_words(&mut self, now: Timestamp, why: Ours) {
        if self.stage == Stage::Over {
            return;
        }
        let (words, prompt) = match why {
            Ours::CallbackPromised => {
                (Words::CallbackPromised, self.sounds.callback_promised.clone())
            }
            Ours::Full => (Words::Full, self.sounds.full.clone()),
            _ => (Words::Closed, self.sounds.closed.clone()),
        };
        match prompt {
            Some(prompt) => {
                if self.accept() {
                    self.stage = Stage::Closing(why);
                    self.say(now, words, vec![prompt]);
                }
            }
            None => self.hang_up(why),
        }
    }

    /// Ends the customer's leg from our side.
    pub(super) fn hang_up(&mut self, why: Ours) {
        if self.stage == Stage::Over {
            return;
        }
        let q850 = match why {
            Ours::Silence => TIMER_EXPIRED,
            Ours::Cut => TEMPORARY_FAILURE,
            _ => NORMAL,
        };
        if matches!(self.signalling, Signalling::Ringing) {
            let status = if why == Ours::Cut { 503 } else { 480 };
            self.sip(SipCommand::Reject { leg: self.leg, status, retry_after: None });
        } else {
            self.sip(SipCommand::Hangup { leg: self.leg, q850 });
        }
        let cause = Cause { status: None, q850: Some(q850), text: String::new() };
        self.leg_ended(Side::Local, cause, Some(why));
    }

    /// The customer's leg is over; told by SIP, or ordered by us.
    pub(super) fn leg_ended(&mut self, by: Side, cause: Cause, ours: Option<Ours>) {
        if self.stage == Stage::Over {
            return;
        }
        let at = match self.stage {
            _ if matches!(self.signalling, Signalling::Dialling { .. }) => At::Ringing,
            Stage::Talking if self.passed_on => At::Outside,
            Stage::Talking if self.parts.is_empty() && self.outside.is_some() => At::Outside,
            Stage::Talking if !self.picture().customer_in_conversation() => At::Held,
            Stage::Talking => At::Talking,
            Stage::Opening => At::Opening,
            Stage::Message => At::Message,
            Stage::Closing(_) => At::Closing,
            Stage::Waiting | Stage::Over if self.signalling == Signalling::Ringing => At::Ringing,
            Stage::Waiting | Stage::Over => At::Waiting,
        };
        let promised = matches!(self.stage, Stage::Closing(Ours::CallbackPromised))
            || ours == Some(Ours::CallbackPromised);
        let ours = ours.or(match self.stage {
            // Whoever hangs up during the last words has heard them.
            Stage::Closing(why) => Some(why),
            Stage::Message if self.left => Some(Ours::MessageLeft),
            _ => None,
        });
        let end = LegEnd { at, by, cause, ours };
        self.end = Some(end.clone());
        let was = std::mem::replace(&mut self.stage, Stage::Over);
        self.fact(Fact::LegEnded { leg: self.leg, party: Party::Customer, end });
        if std::mem::take(&mut self.arrived) && !promised {
            let who = match (by, ours) {
                (Side::Remote, _) => Who::Customer,
                _ => Who::System,
            };
            self.orders.push_back(Order::Ask(match was {
                Stage::Talking => Ask::End { by: who },
                _ => Ask::Abandon,
            }));
        }
        // The floor says so as well, to a call that may be forgotten by then.
        for part in std::mem::take(&mut self.parts) {
            self.agent_left(part, At::Talking);
        }
        self.muted.clear();
        self.ring_until = None;
        self.words_until = None;
        self.onward_until = None;
        self.silent = None;
        self.flow = None;
        self.ordered.forget_words();
        self.drop_outside();
        self.stop_supervision();
    }
}
