-- What a client has beside its contract and changes by itself: who is on call.

CREATE TABLE client_document (
    client_id BLOB NOT NULL REFERENCES client (client_id),
    kind TEXT NOT NULL,
    document TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (client_id, kind)
) STRICT;
CREATE INDEX client_document_by_kind ON client_document (kind, client_id);
