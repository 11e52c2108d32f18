//! Contacts as a list shows them: with whom it was, who answered, what it came to.
//!
//! A page is one statement, whatever it shows of each contact. The page is chosen first, by an index on
//! time; the rest is looked up for the contacts of the page alone.

use domain::{AgentId, ClientId, ContactId, ConversationId, DispositionId, QueueId, Timestamp};
use std::time::Duration;

use super::{ClientScope, Contact, ProviderScope, containing, page};
use crate::{
    StoreError, View,
    db::FromRow,
    value::{Row, Value, args},
};

/// Contacts looked through at most for one page of a search; its `next` goes on from there.
pub const LOOKED_THROUGH: u32 = 5_000;

/// Fewer digits than these are no number that somebody looks for.
const DIGITS_MIN: usize = 3;

/// Which contacts are asked for.
#[derive(Clone, Debug)]
pub struct ContactFilter {
    /// Arrived at or after.
    pub from: Timestamp,
    /// Arrived before.
    pub until: Timestamp,
    /// In this queue.
    pub queue: Option<QueueId>,
    /// Answered by this agent.
    pub agent: Option<AgentId>,
    /// On this channel.
    pub channel: Option<String>,
    /// With this ending; `open` for those on the floor.
    pub ending: Option<String>,
    /// Only with a recording that is not erased.
    pub recorded: bool,
    /// With this in the name or address of the customer, in the number of a call, or in what was
    /// written.
    pub words: Option<String>,
    /// Older than this one (where the page before ended).
    pub before: Option<(Timestamp, ContactId)>,
}

impl Default for ContactFilter {
    fn default() -> Self {
        Self {
            from: Timestamp::MIN,
            until: Timestamp::MAX,
            queue: None,
            agent: None,
            channel: None,
            ending: None,
            recorded: false,
            words: None,
            before: None,
        }
    }
}

/// A contact in a list.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactLine {
    /// The contact.
    pub contact: Contact,
    /// What was written, if anything was.
    pub conversation: Option<ConversationId>,
    /// Name of the customer, or the address, or the number of the call.
    pub customer: Option<String>,
    /// Who answered, in their order.
    pub agents: Vec<AgentId>,
    /// How the last agent who said so said that it ended.
    pub disposition: Option<DispositionId>,
    /// It has a recording that is not erased.
    pub recorded: bool,
}

impl std::fmt::Debug for ContactLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ContactLine({:?}, {:?}, <redacted>)", self.contact, self.agents)
    }
}

/// A page of such contacts, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactLines {
    /// The contacts.
    pub lines: Vec<ContactLine>,
    /// Where the next page goes on; `None` after the last one. A page of a search may be short, or
    /// empty, and still have a next one: it looks through [`LOOKED_THROUGH`] contacts.
    pub next: Option<(Timestamp, ContactId)>,
}

/// Any outcome, or the one that is `$7`. Two texts, so that a rare one is found by its index instead of
/// among all contacts.
macro_rules! outcome {
    (any) => {
        "$7 IS NULL"
    };
    (one) => {
        "COALESCE(ending, 'open') = $7"
    };
}

/// The one statement, with the condition that says whose contacts they are. `$1` is the client.
macro_rules! lines {
    ($whose:literal, $outcome:ident) => {
        concat!(
            "SELECT c.client_id, c.contact_id, c.floor_id, c.queue_id, c.channel, c.language,
                    c.contract_version, c.customer_id, c.arrived_us, c.clock_start_us,
                    c.answered_us, c.ended_us, c.ending, c.wait_us, c.agent_id, c.overflow,
                    c.by_callback, c.first_seq, c.last_seq, c.conversation_id, c.known_as,
                    (SELECT d.disposition_id FROM disposition_given d
                     WHERE d.client_id = c.client_id AND d.contact_id = c.contact_id
                       AND d.disposition_id IS NOT NULL
                     ORDER BY d.at_us DESC, d.agent_id DESC LIMIT 1) AS disposition_id,
                    EXISTS (SELECT 1 FROM recording r
                     WHERE r.client_id = c.client_id AND r.contact_id = c.contact_id
                       AND r.status <> 'erased') AS recorded,
                    a.agent_id AS part_agent_id
             FROM (SELECT l.*, v.conversation_id,
                          COALESCE(u.name, u.email, CASE WHEN l.channel IN ('voice', 'callback')
                                                         THEN k.number END, o.name, o.email)
                              AS known_as
                   FROM (",
            chosen!($whose, $outcome, "*", "$11"),
            ") l
                   LEFT JOIN conversation v
                     ON v.client_id = l.client_id AND v.contact_id = l.contact_id
                   LEFT JOIN customer u ON u.client_id = l.client_id
                    AND u.customer_id = COALESCE(v.customer_id, l.customer_id)
                   LEFT JOIN call k ON k.client_id = l.client_id AND k.contact_id = l.contact_id
                   LEFT JOIN offline_message o ON l.channel = 'chat' AND l.ending = 'voicemail'
                    AND o.client_id = l.client_id AND o.contact_id = l.contact_id
                   WHERE $12 IS NULL OR u.search_text LIKE $12 ESCAPE '!' OR k.number LIKE $13
                      OR EXISTS (SELECT 1 FROM message m
                          WHERE m.client_id = v.client_id
                            AND m.conversation_id = v.conversation_id
                            AND m.search_text LIKE $12 ESCAPE '!')
                   ORDER BY l.arrived_us DESC, l.contact_id DESC LIMIT $14) c
             LEFT JOIN contact_agent a
               ON a.client_id = c.client_id AND a.contact_id = c.contact_id
             ORDER BY c.arrived_us DESC, c.contact_id DESC, a.answered_us, a.agent_id"
        )
    };
}

/// Contacts by what their own rows say, newest first, at most so many.
macro_rules! chosen {
    ($whose:literal, $outcome:ident, $columns:literal, $limit:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM contact c WHERE ",
            $whose,
            " AND arrived_us >= $2 AND arrived_us < $3
               AND ($4 IS NULL OR queue_id = $4)
               AND ($5 IS NULL OR EXISTS (SELECT 1 FROM contact_agent ca
                    WHERE ca.client_id = c.client_id AND ca.contact_id = c.contact_id
                      AND ca.agent_id = $5))
               AND ($6 IS NULL OR channel = $6)
               AND ",
            outcome!($outcome),
            "
               AND (NOT $8 OR EXISTS (SELECT 1 FROM recording r
                    WHERE r.client_id = c.client_id AND r.contact_id = c.contact_id
                      AND r.status <> 'erased'))
               AND (arrived_us, contact_id) < ($9, $10)
             ORDER BY arrived_us DESC, contact_id DESC LIMIT ",
            $limit
        )
    };
}
impl View {
    /// A page of a client's contacts.
    pub async fn contact_lines(
        &mut self,
        scope: &ClientScope,
        filter: &ContactFilter,
        limit: u32,
    ) -> Result<ContactLines, StoreError> {
        let asked = Asked::new(Some(scope.client()), filter, limit);
        let sql = match filter.ending {
            None => lines!("client_id = $1", any),
            Some(_) => lines!("client_id = $1", one),
        };
        let rows = self.of(scope).all(sql, asked.values()).await?;
        let mut found = asked.page(&rows)?;
        if asked.looks_on(&found) {
            let sql = match filter.ending {
                None => chosen!("client_id = $1", any, "arrived_us, contact_id", "1 OFFSET $11"),
                Some(_) => chosen!("client_id = $1", one, "arrived_us, contact_id", "1 OFFSET $11"),
            };
            found.next = place(self.of(scope).one(sql, asked.last_looked_at()).await?)?;
        }
        Ok(found)
    }

    /// A page of all clients' contacts.
    pub async fn contact_lines_of_all_clients(
        &mut self,
        _: &ProviderScope,
        filter: &ContactFilter,
        limit: u32,
    ) -> Result<ContactLines, StoreError> {
        let asked = Asked::new(None, filter, limit);
        let sql = match filter.ending {
            None => lines!("$1 IS NULL", any),
            Some(_) => lines!("$1 IS NULL", one),
        };
        let rows = self.all(sql, asked.values()).await?;
        let mut found = asked.page(&rows)?;
        if asked.looks_on(&found) {
            let sql = match filter.ending {
                None => chosen!("$1 IS NULL", any, "arrived_us, contact_id", "1 OFFSET $11"),
                Some(_) => chosen!("$1 IS NULL", one, "arrived_us, contact_id", "1 OFFSET $11"),
            };
            found.next = place(self.one(sql, asked.last_looked_at()).await?)?;
        }
        Ok(found)
    }
}

/// A page that is asked for.
struct Asked {
    /// `$1` to `$10`.
    chosen: Vec<Value>,
    words: Option<String>,
    number: Option<String>,
    limit: u32,
}

impl Asked {
    fn new(client: Option<ClientId>, filter: &ContactFilter, limit: u32) -> Self {
        let ContactFilter { from, until, queue, agent, channel, ending, recorded, words, before } =
            filter.clone();
        let (at, id) = before.unwrap_or((Timestamp::MAX, ContactId::from_u128(u128::MAX)));
        // Said in the span too: by it the index is entered where the page begins.
        let until = until.min(at + Duration::from_micros(1));
        let words = words.filter(|words| !words.trim().is_empty());
        Self {
            chosen: args![client, from, until, queue, agent, channel, ending, recorded, at, id],
            number: words.as_deref().and_then(number),
            words: words.map(|words| containing(words.trim())),
            limit: page(limit),
        }
    }

    /// Of all that the statement asks for.
    fn values(&self) -> Vec<Value> {
        let looked = if self.words.is_some() { LOOKED_THROUGH } else { self.limit };
        let mut values = self.chosen.clone();
        values.extend(args![looked, self.words.clone(), self.number.clone(), self.limit]);
        values
    }

    /// Of the question which contact was looked at last.
    fn last_looked_at(&self) -> Vec<Value> {
        let mut values = self.chosen.clone();
        values.extend(args![LOOKED_THROUGH - 1]);
        values
    }

    fn page(&self, rows: &[Row]) -> Result<ContactLines, StoreError> {
        let mut lines: Vec<ContactLine> = Vec::new();
        for row in rows {
            let agent: Option<AgentId> = row.get("part_agent_id")?;
            let contact: ContactId = row.get("contact_id")?;
            match lines.last_mut().filter(|line| line.contact.id == contact) {
                Some(line) => line.agents.extend(agent),
                None => lines.push(ContactLine {
                    contact: Contact::from_row(row)?,
                    conversation: row.get("conversation_id")?,
                    customer: row.get("known_as")?,
                    agents: agent.into_iter().collect(),
                    disposition: row.get("disposition_id")?,
                    recorded: row.get("recorded")?,
                }),
            }
        }
        let is_full = lines.len() >= self.limit as usize;
        let last = lines.last().map(|line| (line.contact.arrived, line.contact.id));
        Ok(ContactLines { lines, next: last.filter(|_| is_full) })
    }

    /// Whether contacts may be left that a search has not looked at.
    fn looks_on(&self, found: &ContactLines) -> bool {
        self.words.is_some() && found.next.is_none()
    }
}

fn place(row: Option<Row>) -> Result<Option<(Timestamp, ContactId)>, StoreError> {
    row.map(|row| Ok((row.get("arrived_us")?, row.get("contact_id")?))).transpose()
}

/// The pattern of a number that somebody typed as people write them: `06 12 34 56 78` finds
/// `+33612345678`.
pub(super) fn number(words: &str) -> Option<String> {
    digits(words).map(|digits| format!("%{digits}%"))
}

/// The digits of such a number, without what is dialled before it.
pub(super) fn digits(words: &str) -> Option<String> {
    let written =
        |c: char| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '.' | '/' | '(' | ')');
    let digits: String = words.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    (words.chars().all(written) && digits.len() >= DIGITS_MIN).then(|| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_written() {
        for (words, want) in [
            ("06 12 34 56 78", Some("%612345678%")),
            ("+33 6 12 34", Some("%3361234%")),
            ("0033-612", Some("%33612%")),
            ("12", None),
            ("007", None),
            ("order 612345", None),
            ("", None),
        ] {
            assert_eq!(number(words).as_deref(), want, "{words}");
        }
    }
}
