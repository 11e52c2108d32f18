-- Reports that are made and mailed by themselves, each day, week or month.
CREATE TABLE mailing (
    mailing_id BLOB NOT NULL PRIMARY KEY,
    -- Whose figures; nothing for those of all clients.
    client_id BLOB REFERENCES client (client_id),
    -- Whether it is the client's own, rather than one that the provider made for it.
    of_client INTEGER NOT NULL,
    name TEXT NOT NULL,
    -- Which report, how often, to whom.
    document TEXT NOT NULL,
    -- When it is made next; nothing while it is off.
    next_us INTEGER,
    -- When it was made last, and what came of it.
    last_us INTEGER,
    last_document TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX mailing_by_next ON mailing (next_us, mailing_id);
CREATE INDEX mailing_by_client ON mailing (client_id, mailing_id);
