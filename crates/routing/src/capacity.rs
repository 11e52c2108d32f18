//! What an agent can carry at once: 100 points, of which each channel costs a share.

use domain::contract::Channel;

use crate::FloorRules;

/// The points of an agent.
pub(crate) const POINTS: u16 = 100;

/// The floor's costs and interruptions, ready for arithmetic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Capacity {
    /// Points by channel.
    pub cost: [u16; Channel::ALL.len()],
    /// For each channel, the channels whose points do not count against it.
    interrupts: [[bool; Channel::ALL.len()]; Channel::ALL.len()],
}

impl Default for Capacity {
    fn default() -> Self {
        Self::of(&FloorRules::default())
    }
}

impl Capacity {
    /// Reads the floor's rules; a channel without a cost takes the whole agent.
    pub fn of(rules: &FloorRules) -> Self {
        let mut cost = [POINTS; Channel::ALL.len()];
        for (to, from) in cost.iter_mut().zip(&rules.cost) {
            *to = u16::from(*from);
        }
        let mut interrupts = [[false; Channel::ALL.len()]; Channel::ALL.len()];
        for &(channel, other) in &rules.interrupts {
            interrupts[channel as usize][other as usize] = true;
        }
        Self { cost, interrupts }
    }

    /// Points in use by so many contacts in hand on each channel.
    pub fn points(&self, in_hand: &[u8; Channel::ALL.len()]) -> u16 {
        in_hand.iter().zip(&self.cost).map(|(&n, &cost)| u16::from(n) * cost).sum()
    }

    /// Whether one more contact on `channel` fits beside those in hand. Nobody speaks on two
    /// telephones, whatever the floor's costs say.
    pub fn fits(&self, channel: Channel, in_hand: &[u8; Channel::ALL.len()]) -> bool {
        let calls = Channel::ALL.into_iter().filter(|other| other.is_by_phone());
        if channel.is_by_phone() && calls.into_iter().any(|other| in_hand[other as usize] > 0) {
            return false;
        }
        let channel = channel as usize;
        let beside: u16 = (0..Channel::ALL.len())
            .filter(|&other| !self.interrupts[channel][other])
            .map(|other| u16::from(in_hand[other]) * self.cost[other])
            .sum();
        beside + self.cost[channel] <= POINTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_takes_the_whole_agent_and_interrupts_mail_only() {
        let capacity = Capacity::of(&FloorRules::default());
        let (voice, chat, mail) = (Channel::Voice, Channel::Chat, Channel::Mail);
        let mut in_hand = [0; Channel::ALL.len()];
        assert!(capacity.fits(voice, &in_hand));
        in_hand[chat as usize] = 1;
        assert!(!capacity.fits(voice, &in_hand));
        in_hand[chat as usize] = 0;
        in_hand[mail as usize] = 5;
        assert!(capacity.fits(voice, &in_hand));
        assert!(!capacity.fits(mail, &in_hand));
        in_hand[voice as usize] = 1;
        assert!(!capacity.fits(mail, &in_hand) && !capacity.fits(chat, &in_hand));
        assert_eq!(capacity.points(&in_hand), 200);
    }

    #[test]
    fn three_chats_fit_and_a_fourth_does_not() {
        let capacity = Capacity::of(&FloorRules::default());
        let chat = Channel::Chat;
        let mut in_hand = [0; Channel::ALL.len()];
        for held in 0..3 {
            in_hand[chat as usize] = held;
            assert!(capacity.fits(chat, &in_hand));
        }
        in_hand[chat as usize] = 3;
        assert!(!capacity.fits(chat, &in_hand));
    }

    #[test]
    fn nobody_speaks_on_two_telephones_however_cheap_they_are() {
        let capacity =
            Capacity::of(&FloorRules { cost: vec![10, 10, 10, 10, 10], ..FloorRules::default() });
        let mut in_hand = [0; Channel::ALL.len()];
        in_hand[Channel::Callback as usize] = 1;
        assert!(!capacity.fits(Channel::Voice, &in_hand));
        assert!(!capacity.fits(Channel::Callback, &in_hand));
        assert!(capacity.fits(Channel::Chat, &in_hand));
    }
}
