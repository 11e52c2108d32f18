//! Facts that were asked for lately, in memory: of a client's tens of thousands of contacts a month, reading
//! costs far more than rating.

use std::sync::Arc;

use billing::Facts;
use domain::{ClientId, Span};

/// Facts in memory at most, of all clients together: some 300 bytes each.
const MOST: usize = 200_000;

/// So few are read as fast as they are found here.
const FEWEST: usize = 500;

/// The facts of stretches of time, the one that was asked for last at the end.
#[derive(Debug, Default)]
pub struct AtHand {
    stretches: Vec<Stretch>,
}

#[derive(Debug)]
struct Stretch {
    client: ClientId,
    span: Span,
    /// By beginning, then contact.
    facts: Arc<Vec<Facts>>,
}

impl AtHand {
    /// Facts of a client's contacts that began within `span`, if they are here.
    pub fn get(&mut self, client: ClientId, span: Span) -> Option<Arc<Vec<Facts>>> {
        let is_it = |stretch: &Stretch| stretch.client == client && stretch.span == span;
        let place = self.stretches.iter().position(is_it)?;
        let stretch = self.stretches.remove(place);
        let facts = Arc::clone(&stretch.facts);
        self.stretches.push(stretch);
        Some(facts)
    }

    /// Keeps what was read, and lets go of what nobody asked for the longest.
    pub fn put(&mut self, client: ClientId, span: Span, facts: &Arc<Vec<Facts>>) {
        if facts.len() < FEWEST || facts.len() > MOST {
            return;
        }
        self.stretches.retain(|stretch| stretch.client != client || stretch.span != span);
        self.stretches.push(Stretch { client, span, facts: Arc::clone(facts) });
        let mut held: usize = self.stretches.iter().map(|stretch| stretch.facts.len()).sum();
        while held > MOST {
            held -= self.stretches.remove(0).facts.len();
        }
    }

    /// A contact is over: it belongs to each stretch that holds its beginning.
    pub fn add(&mut self, new: &Facts) {
        let holds = |stretch: &&mut Stretch| {
            stretch.client == new.client && stretch.span.contains(new.began)
        };
        for stretch in self.stretches.iter_mut().filter(holds) {
            let facts = Arc::make_mut(&mut stretch.facts);
            match facts.binary_search_by_key(&(new.began, new.contact), |f| (f.began, f.contact)) {
                // Whoever read it before this was told has it already.
                Ok(place) => facts[place].clone_from(new),
                Err(place) => facts.insert(place, new.clone()),
            }
        }
    }

    /// Anything may be another now.
    pub fn clear(&mut self) {
        self.stretches.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use billing::Fate;
    use domain::{ContactId, QueueId, Timestamp, contract::Channel};

    use super::*;

    const CLIENT: ClientId = ClientId::from_u128(1);

    fn at(s: u64) -> Timestamp {
        Timestamp::from_secs(1_790_000_000) + Duration::from_secs(s)
    }

    fn fact(contact: u128, began: u64) -> Facts {
        Facts {
            contact: ContactId::from_u128(contact),
            client: CLIENT,
            queue: QueueId::from_u128(1),
            channel: Channel::Chat,
            outbound: false,
            contract_version: 1,
            period: 0,
            overflow: false,
            began: at(began),
            answered: None,
            ended: at(began + 1),
            fate: Fate::Abandoned,
            disposition: None,
            spans: Vec::new(),
        }
    }

    fn many(first: u64, count: usize) -> Arc<Vec<Facts>> {
        Arc::new((first..).take(count).map(|n| fact(u128::from(n) * 10, n)).collect())
    }

    fn span(from: u64, until: u64) -> Span {
        Span { from: at(from), until: at(until) }
    }

    #[test]
    fn what_is_over_is_added_once_at_its_place_and_where_it_belongs() {
        let mut held = AtHand::default();
        let (early, late) = (span(0, 1_000), span(1_000, 2_000));
        held.put(CLIENT, early, &many(0, 600));
        held.put(CLIENT, late, &many(1_000, 600));
        let read = held.get(CLIENT, early).expect("it was kept");
        for _ in 0..2 {
            held.add(&fact(55, 5));
        }
        held.add(&Facts { client: ClientId::from_u128(2), ..fact(57, 5) });
        let facts = held.get(CLIENT, early).expect("it is kept");
        assert_eq!(read.len(), 600, "whoever read it before has what they read");
        assert_eq!(facts.len(), 601);
        assert!(facts.is_sorted_by_key(|facts| (facts.began, facts.contact)));
        assert_eq!(held.get(CLIENT, late).expect("it is kept").len(), 600);
        assert_eq!(held.get(ClientId::from_u128(2), early), None);
        held.clear();
        assert_eq!(held.get(CLIENT, early), None);
    }

    #[test]
    fn what_nobody_asked_for_the_longest_goes_first() {
        let mut held = AtHand::default();
        let month = |n: u64| span(n * 1_000_000, (n + 1) * 1_000_000);
        for n in 0..3 {
            held.put(CLIENT, month(n), &many(n * 1_000_000, MOST / 3));
        }
        assert!(held.get(CLIENT, month(0)).is_some());
        held.put(CLIENT, month(3), &many(3_000_000, MOST / 3));
        let here: Vec<bool> = (0..4).map(|n| held.get(CLIENT, month(n)).is_some()).collect();
        assert_eq!(here, [true, false, true, true]);
        held.put(CLIENT, month(4), &many(4_000_000, FEWEST - 1));
        assert_eq!(held.get(CLIENT, month(4)), None, "few are read as fast");
    }
}
