//! A customer with a contact.

use domain::ContactId;

/// Where a contact is, as its customer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Waits or rings.
    Waiting,
    /// With an agent.
    Talking,
    /// Gone; the agent may still be wrapping up.
    Gone,
    /// Gave up, and will try again.
    Retrying,
    /// Nobody: the place is free.
    Free,
}

/// A customer with a contact.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub id: ContactId,
    /// Whose draws these are: the number in its queue, and which try.
    pub index: u64,
    pub attempt: u32,
    /// Start of the clock.
    pub clock: i64,
    pub queue: u32,
    /// In which stretch it arrived.
    pub stretch: u32,
    /// The agent who has it, or has had it.
    pub agent: u32,
    /// Goes up with everything that outdates what was planned.
    pub number: u32,
    /// Offers so far: which draw says how long one rings.
    pub rings: u32,
    /// Goes up with every offer at this place, whoever has it: an answer that was planned for an
    /// earlier one is known by it.
    pub offer: u32,
    pub answers: u32,
    pub stage: Stage,
    pub ringing: bool,
    pub waited: bool,
    pub callback: bool,
    pub before_opening: bool,
    pub wrapping_up: bool,
}

impl Caller {
    /// A free place.
    pub fn nobody() -> Self {
        Self {
            id: ContactId::from_u128(0),
            index: 0,
            attempt: 0,
            clock: 0,
            queue: 0,
            stretch: 0,
            agent: 0,
            number: 0,
            rings: 0,
            offer: 0,
            answers: 0,
            stage: Stage::Free,
            ringing: false,
            waited: false,
            callback: false,
            before_opening: false,
            wrapping_up: false,
        }
    }
}

/// The address of a draw: the contact's number, its try, and which answer or ring of it.
pub(crate) fn key(index: u64, attempt: u32, nth: u32) -> u64 {
    index | (u64::from(attempt) << 48) | (u64::from(nth) << 56)
}

/// The place of a contact whose id is one of ours.
pub(crate) fn slot_of(contact: ContactId) -> usize {
    (contact.uuid().as_u128() as u32) as usize
}
