-- Contacts that were lost although somebody could be called or written to: work until they are reached or
-- excused. Ids only; names and numbers stay with the call and the customer.
CREATE TABLE follow_up (
    client_id BYTEA NOT NULL,
    contact_id BYTEA NOT NULL,
    customer_id BYTEA,
    lost_us BIGINT NOT NULL,
    since_us BIGINT NOT NULL,
    taken_by BYTEA,
    outcome TEXT,
    closed_us BIGINT,
    by_contact BYTEA,
    note TEXT,
    PRIMARY KEY (client_id, contact_id)
);
CREATE INDEX follow_up_by_time ON follow_up (client_id, lost_us, contact_id);
CREATE INDEX follow_up_by_time_of_all ON follow_up (lost_us, contact_id);
CREATE INDEX follow_up_open ON follow_up (client_id, lost_us) WHERE closed_us IS NULL;
-- A contact that became a callback, or came as one: its agent's answer is not yet its customer's.
ALTER TABLE contact ADD COLUMN by_callback BOOLEAN NOT NULL DEFAULT FALSE;
