-- What clients wish their contracts to say: open until the provider accepts or refuses it, or the
-- client takes it back.

CREATE TABLE contract_proposal (
    client_id BLOB NOT NULL REFERENCES client (client_id),
    proposal_id BLOB NOT NULL,
    based_on INTEGER NOT NULL,
    document TEXT NOT NULL,
    note TEXT NOT NULL,
    author_id BLOB,
    author_name TEXT NOT NULL,
    proposed_us INTEGER NOT NULL,
    state TEXT NOT NULL,
    answer TEXT NOT NULL,
    decided_by TEXT,
    decided_us INTEGER,
    contract_version INTEGER,
    version INTEGER NOT NULL,
    PRIMARY KEY (client_id, proposal_id)
) STRICT;
CREATE INDEX contract_proposal_by_time ON contract_proposal (client_id, proposed_us, proposal_id);
CREATE INDEX contract_proposal_by_state ON contract_proposal (state, proposed_us, proposal_id);
