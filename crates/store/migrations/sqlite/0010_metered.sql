-- What happened to each contact that is over, as far as a tariff can ask: ids and instants only. Both
-- tables can be emptied at any time: the next statement fills them from the journal.

-- How far the journal is metered, and which contacts were under way then.
CREATE TABLE metered_until (
    floor_id BLOB NOT NULL,
    metering INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    mark BLOB NOT NULL,
    PRIMARY KEY (floor_id, metering)
) STRICT;

CREATE TABLE metered (
    client_id BLOB NOT NULL,
    metering INTEGER NOT NULL,
    began_us INTEGER NOT NULL,
    contact_id BLOB NOT NULL,
    floor_id BLOB NOT NULL,
    facts BLOB NOT NULL,
    PRIMARY KEY (client_id, metering, began_us, contact_id),
    -- A contact is metered once.
    CONSTRAINT metered_client_id_metering_contact_id UNIQUE (client_id, metering, contact_id)
) STRICT;

CREATE INDEX metered_floor ON metered (floor_id, metering);
