-- Reports that are made and mailed by themselves, each day, week or month.
CREATE TABLE mailing (
    mailing_id BYTEA NOT NULL PRIMARY KEY,
    -- Whose figures; nothing for those of all clients.
    client_id BYTEA REFERENCES client (client_id),
    -- Whether it is the client's own, rather than one that the provider made for it.
    of_client BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    -- Which report, how often, to whom.
    document TEXT NOT NULL,
    -- When it is made next; nothing while it is off.
    next_us BIGINT,
    -- When it was made last, and what came of it.
    last_us BIGINT,
    last_document TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX mailing_by_next ON mailing (next_us, mailing_id);
CREATE INDEX mailing_by_client ON mailing (client_id, mailing_id);
