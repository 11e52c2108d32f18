-- What happened to each contact that is over, as far as a tariff can ask: ids and instants only. Both
-- tables can be emptied at any time: the next statement fills them from the journal.

-- How far the journal is metered, and which contacts were under way then.
CREATE TABLE metered_until (
    floor_id BYTEA NOT NULL,
    metering BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    mark BYTEA NOT NULL,
    PRIMARY KEY (floor_id, metering)
);

CREATE TABLE metered (
    client_id BYTEA NOT NULL,
    metering BIGINT NOT NULL,
    began_us BIGINT NOT NULL,
    contact_id BYTEA NOT NULL,
    floor_id BYTEA NOT NULL,
    facts BYTEA NOT NULL,
    PRIMARY KEY (client_id, metering, began_us, contact_id),
    -- A contact is metered once.
    CONSTRAINT metered_client_id_metering_contact_id UNIQUE (client_id, metering, contact_id)
);

CREATE INDEX metered_floor ON metered (floor_id, metering);
