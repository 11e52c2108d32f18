-- Contacts that were lost although somebody could be called or written to: work until they are reached or
-- excused. Ids only; names and numbers stay with the call and the customer.
CREATE TABLE follow_up (
    client_id BLOB NOT NULL,
    contact_id BLOB NOT NULL,
    customer_id BLOB,
    lost_us INTEGER NOT NULL,
    since_us INTEGER NOT NULL,
    taken_by BLOB,
    outcome TEXT,
    closed_us INTEGER,
    by_contact BLOB,
    note TEXT,
    PRIMARY KEY (client_id, contact_id)
) STRICT;
CREATE INDEX follow_up_by_time ON follow_up (client_id, lost_us, contact_id);
CREATE INDEX follow_up_by_time_of_all ON follow_up (lost_us, contact_id);
CREATE INDEX follow_up_open ON follow_up (client_id, lost_us) WHERE closed_us IS NULL;
-- A contact that became a callback, or came as one: its agent's answer is not yet its customer's.
ALTER TABLE contact ADD COLUMN by_callback INTEGER NOT NULL DEFAULT 0;
