//! What is counted of contacts: sums that add up, over any set of contacts.

use std::time::Duration;

use minicbor::{Decode, Encode};
use serde::Serialize;

use crate::{
    Levels, Share, Spread,
    book::{Fact, Origin},
    spread::mean,
};

/// Figures of a set of contacts: of a client, a queue or an agent, in an interval or a day.
///
/// How each fate counts:
///
/// - **answered**: once, at the first answer, by the promise in force at arrival. What follows
///   (transfer, second wait, second answer) changes nothing; later answers are `legs_answered` of
///   the queue in which they waited.
/// - **abandoned**: the customer left before any answer, greeting included; short ones too, and
///   counted apart as well. Who leaves while waiting again after an answer is `legs_abandoned`.
/// - **closed, queue_full, queue_removed, left_before_opening**: in no service level; never after an
///   answer or the promise of a callback, so `offered` is exactly `arrived` less these.
/// - **callbacks**: from the promise of a call back on, in no service level and no wait; the answer
///   is `callbacks_answered`.
/// - **voicemails**: left a message, spoken or written, instead of waiting on; neither answered nor abandoned.
/// - **cut**: ended by a fault of the provider's, answered or not; in no service level, and never
///   hidden among the abandoned.
/// - **outbound**: calls that agents placed. They did not arrive, are in no service level, and their
///   time is `outbound_us`, whoever spent it; what passing them on makes (offers, later answers)
///   counts as for any contact.
/// - A contact that waited for the opening waits from the opening on.
/// - Time belongs to the part of the agent who spent it: `talk`, `hold`, `wrap_up` of all who
///   answered, joined a conference or took over from the one who asked them. The time of those who
///   were only asked for advice is `consult`; to those who ask, it is talk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Encode, Decode)]
pub struct Tally {
    /// Came to the door, whatever followed.
    #[n(0)]
    pub arrived: u64,
    /// Came outside the hours and waited for the opening.
    #[n(1)]
    pub waited_for_opening: u64,
    /// Answered and abandoned, by promise.
    #[n(2)]
    pub levels: Levels,
    /// Wait of the answered.
    #[n(3)]
    pub wait: Spread,
    /// Wait of those who abandoned.
    #[n(4)]
    pub wait_abandoned: Spread,
    /// Answered by an agent of an overflow ring.
    #[n(5)]
    pub overflow_answered: u64,
    /// Given the emergency lane by a lead.
    #[n(6)]
    pub expedited: u64,
    /// Heard or read the peak greeting.
    #[n(7)]
    pub greeted: u64,
    /// Chose to be called or written back.
    #[n(8)]
    pub callbacks: u64,
    /// Of them taken up by an agent.
    #[n(9)]
    pub callbacks_answered: u64,
    /// Tries of callbacks that the customer did not answer.
    #[n(10)]
    pub callbacks_failed: u64,
    /// Callbacks that were not wanted any more, or whose queue left the floor.
    #[n(11)]
    pub callbacks_cancelled: u64,
    /// Callbacks given up after the last try; outbound calls are not among them.
    #[n(12)]
    pub not_reached: u64,
    /// Left a message.
    #[n(13)]
    pub voicemails: u64,
    /// Cut by a restart or lost sound, outbound calls among them.
    #[n(14)]
    pub cut: u64,
    /// Calls that agents placed.
    #[n(15)]
    pub outbound: u64,
    /// Of them answered by the customer.
    #[n(16)]
    pub outbound_answered: u64,
    /// Talk (ringing included), hold and wrap-up of these calls, in microseconds.
    #[n(17)]
    pub outbound_us: u64,
    /// Told that it is closed, or that nobody is on shift.
    #[n(18)]
    pub closed: u64,
    /// Found the queue full.
    #[n(19)]
    pub queue_full: u64,
    /// Lost their queue to a change of contract.
    #[n(20)]
    pub queue_removed: u64,
    /// Left before the hours began.
    #[n(21)]
    pub left_before_opening: u64,
    /// Were answered and have ended.
    #[n(22)]
    pub handled: u64,
    /// Passed on by an agent, counted each time.
    #[n(23)]
    pub transferred: u64,
    /// Answered after having been passed on or put back; taking over after advice is one of these.
    #[n(24)]
    pub legs_answered: u64,
    /// Their wait from the moment they were passed on.
    #[n(25)]
    pub legs_wait: Spread,
    /// Left while waiting again after an answer.
    #[n(26)]
    pub legs_abandoned: u64,
    /// Offers made to agents.
    #[n(27)]
    pub offers: u64,
    /// Offers that nobody reacted to.
    #[n(28)]
    pub offers_missed: u64,
    /// Offers that the agent refused.
    #[n(29)]
    pub offers_refused: u64,
    /// Offers that did not reach the agent: desk or phone busy or unreachable.
    #[n(30)]
    pub offers_failed: u64,
    /// Talk beyond the contract's limit, counted once for each agent's part.
    #[n(31)]
    pub talk_limit_passed: u64,
    /// Parts of agents that answered and are over.
    #[n(32)]
    pub parts: u64,
    /// Their talk, in microseconds.
    #[n(33)]
    pub talk_us: u64,
    /// Their hold, in microseconds.
    #[n(34)]
    pub hold_us: u64,
    /// Their wrap-up, in microseconds; of wrap-ups that are over.
    #[n(35)]
    pub wrap_up_us: u64,
    /// Time of agents asked for advice, in microseconds.
    #[n(36)]
    pub consult_us: u64,
}

/// A tally as it is shown: plain numbers, times in whole milliseconds, shares in permille.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)] // fields are those of `Tally`, or said here
pub struct Summary {
    pub arrived: u64,
    /// Arrived and neither closed nor turned away: answered, abandoned, called back, gone with a
    /// voicemail, cut or still open.
    pub offered: u64,
    pub answered: u64,
    pub answered_in_time: u64,
    /// Short ones included.
    pub abandoned: u64,
    pub abandoned_in_time: u64,
    pub short_abandoned: u64,
    /// Closed, queue full or queue removed.
    pub turned_away: u64,
    pub waited_for_opening: u64,
    pub left_before_opening: u64,
    pub overflow_answered: u64,
    pub callbacks: u64,
    pub callbacks_answered: u64,
    pub callbacks_failed: u64,
    pub callbacks_cancelled: u64,
    pub not_reached: u64,
    pub voicemails: u64,
    pub cut: u64,
    pub outbound: u64,
    pub outbound_answered: u64,
    /// Talk, hold and wrap-up of outbound calls.
    pub outbound_ms: u64,
    pub handled: u64,
    pub transferred: u64,
    /// First answers, later answers and callbacks together: the work of an agent.
    pub answers: u64,
    pub legs_answered: u64,
    pub offers: u64,
    pub offers_missed: u64,
    pub offers_refused: u64,
    pub offers_failed: u64,
    /// By the formula of each contact's own promise.
    pub service_level: Option<Share>,
    pub service_level_permille: Option<u16>,
    /// Abandoned of answered and abandoned, short ones included.
    pub abandonment_permille: Option<u16>,
    /// Of the answered.
    pub wait_ms: u64,
    /// Of the answered.
    pub wait_max_ms: u64,
    /// Of the answered.
    pub wait_mean_ms: Option<u64>,
    /// Of the answered; at most 0.8 % too high (see [`Spread`]).
    pub wait_p90_ms: Option<u64>,
    pub talk_ms: u64,
    pub hold_ms: u64,
    pub wrap_up_ms: u64,
    pub consult_ms: u64,
    /// Talk, hold and wrap-up of one answer. A contact passed on has several.
    pub handle_mean_ms: Option<u64>,
    /// Talk, hold and wrap-up of all answers of one contact.
    pub handle_per_contact_ms: Option<u64>,
}

impl Tally {
    /// Counts a fact.
    pub(crate) fn record(&mut self, origin: &Origin, fact: &Fact) {
        match fact {
            Fact::Arrived => self.arrived += 1,
            Fact::WaitedForOpening => self.waited_for_opening += 1,
            Fact::Greeted => self.greeted += 1,
            Fact::Expedited => self.expedited += 1,
            Fact::Answered { wait, overflow } => {
                self.level_of(origin).answer(*wait, &origin.promise);
                self.wait.record(*wait);
                self.overflow_answered += u64::from(*overflow);
            }
            Fact::LegAnswered { wait } => {
                self.legs_answered += 1;
                self.legs_wait.record(*wait);
            }
            Fact::CallbackPromised => self.callbacks += 1,
            Fact::CallbackAnswered => self.callbacks_answered += 1,
            Fact::CallbackFailed => self.callbacks_failed += 1,
            Fact::CallbackCancelled => self.callbacks_cancelled += 1,
            Fact::NotReached => self.not_reached += u64::from(!origin.outbound),
            Fact::Voicemail => self.voicemails += 1,
            Fact::Cut => self.cut += 1,
            Fact::CalledOut => self.outbound += 1,
            Fact::OutboundAnswered => self.outbound_answered += 1,
            Fact::Abandoned { wait } => {
                self.level_of(origin).abandon(*wait, &origin.promise);
                self.wait_abandoned.record(*wait);
            }
            Fact::LegAbandoned => self.legs_abandoned += 1,
            Fact::LeftBeforeOpening => self.left_before_opening += 1,
            Fact::Closed => self.closed += 1,
            Fact::QueueFull => self.queue_full += 1,
            Fact::QueueRemoved => self.queue_removed += 1,
            Fact::Handled => self.handled += u64::from(!origin.outbound),
            Fact::Transferred => self.transferred += 1,
            Fact::Offered => self.offers += 1,
            Fact::OfferMissed => self.offers_missed += 1,
            Fact::OfferRefused => self.offers_refused += 1,
            Fact::OfferFailed => self.offers_failed += 1,
            Fact::TalkLimitPassed => self.talk_limit_passed += 1,
            Fact::PartEnded { talk, hold, advice: false } if origin.outbound => {
                add(&mut self.outbound_us, *talk + *hold);
            }
            Fact::PartEnded { talk, hold, advice: false } => {
                self.parts += 1;
                add(&mut self.talk_us, *talk);
                add(&mut self.hold_us, *hold);
            }
            Fact::PartEnded { talk, hold, advice: true } => {
                add(&mut self.consult_us, *talk + *hold);
            }
            Fact::WrappedUp { length } if origin.outbound => add(&mut self.outbound_us, *length),
            Fact::WrappedUp { length } => add(&mut self.wrap_up_us, *length),
        }
    }

    /// Adds another tally: the figures of both sets of contacts together.
    pub fn merge(&mut self, other: &Self) {
        self.levels.merge(&other.levels);
        self.wait.merge(&other.wait);
        self.wait_abandoned.merge(&other.wait_abandoned);
        self.legs_wait.merge(&other.legs_wait);
        macro_rules! sum {
            ($($field:ident)*) => {$( self.$field = self.$field.saturating_add(other.$field); )*};
        }
        sum! {
            arrived waited_for_opening overflow_answered expedited greeted callbacks
            callbacks_answered callbacks_failed callbacks_cancelled not_reached voicemails cut
            outbound outbound_answered outbound_us closed queue_full queue_removed left_before_opening handled
            transferred legs_answered legs_abandoned offers offers_missed offers_refused
            offers_failed talk_limit_passed parts talk_us hold_us wrap_up_us consult_us
        }
    }

    /// The service level, each contact judged by its own promise and formula.
    pub fn level(&self) -> Option<Share> {
        self.levels.level()
    }

    /// Abandoned / (answered + abandoned), short abandons included.
    pub fn abandonment(&self) -> Option<Share> {
        let counts = self.levels.counts();
        Share::new(counts.abandoned, counts.answered + counts.abandoned)
    }

    /// Mean of talk, hold and wrap-up over the agents' parts.
    pub fn handle_mean(&self) -> Option<Duration> {
        mean(self.handle_us(), self.parts)
    }

    /// The figures as they are shown.
    pub fn summary(&self) -> Summary {
        let counts = self.levels.counts();
        let level = self.level();
        let turned_away = self.closed + self.queue_full + self.queue_removed;
        let gone = turned_away + self.left_before_opening;
        Summary {
            arrived: self.arrived,
            offered: self.arrived.saturating_sub(gone),
            answered: counts.answered,
            answered_in_time: counts.answered_in_time,
            abandoned: counts.abandoned,
            abandoned_in_time: counts.abandoned_in_time,
            short_abandoned: counts.short_abandoned,
            turned_away,
            waited_for_opening: self.waited_for_opening,
            left_before_opening: self.left_before_opening,
            overflow_answered: self.overflow_answered,
            callbacks: self.callbacks,
            callbacks_answered: self.callbacks_answered,
            callbacks_failed: self.callbacks_failed,
            callbacks_cancelled: self.callbacks_cancelled,
            not_reached: self.not_reached,
            voicemails: self.voicemails,
            cut: self.cut,
            outbound: self.outbound,
            outbound_answered: self.outbound_answered,
            outbound_ms: ms(Duration::from_micros(self.outbound_us)),
            handled: self.handled,
            transferred: self.transferred,
            answers: counts.answered + self.legs_answered + self.callbacks_answered,
            legs_answered: self.legs_answered,
            offers: self.offers,
            offers_missed: self.offers_missed,
            offers_refused: self.offers_refused,
            offers_failed: self.offers_failed,
            service_level: level,
            service_level_permille: level.map(Share::permille),
            abandonment_permille: self.abandonment().map(Share::permille),
            wait_ms: ms(self.wait.sum()),
            wait_max_ms: ms(self.wait.max()),
            wait_mean_ms: self.wait.mean().map(ms),
            wait_p90_ms: self.wait.percentile(90).map(ms),
            talk_ms: ms(Duration::from_micros(self.talk_us)),
            hold_ms: ms(Duration::from_micros(self.hold_us)),
            wrap_up_ms: ms(Duration::from_micros(self.wrap_up_us)),
            consult_ms: ms(Duration::from_micros(self.consult_us)),
            handle_mean_ms: self.handle_mean().map(ms),
            handle_per_contact_ms: mean(self.handle_us(), self.handled).map(ms),
        }
    }

    fn handle_us(&self) -> u128 {
        u128::from(self.talk_us) + u128::from(self.hold_us) + u128::from(self.wrap_up_us)
    }

    fn level_of(&mut self, origin: &Origin) -> &mut crate::ServiceLevelCounts {
        self.levels.of(origin.contract_version, origin.period, &origin.promise)
    }
}

fn add(sum_us: &mut u64, span: Duration) {
    *sum_us = sum_us.saturating_add(u64::try_from(span.as_micros()).unwrap_or(u64::MAX));
}

/// Half up.
pub(crate) fn ms(span: Duration) -> u64 {
    u64::try_from((span.as_micros() + 500) / 1000).unwrap_or(u64::MAX)
}
