-- What clients wish their contracts to say: open until the provider accepts or refuses it, or the
-- client takes it back.

CREATE TABLE contract_proposal (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    proposal_id BYTEA NOT NULL,
    based_on BIGINT NOT NULL,
    document TEXT NOT NULL,
    note TEXT NOT NULL,
    author_id BYTEA,
    author_name TEXT NOT NULL,
    proposed_us BIGINT NOT NULL,
    state TEXT NOT NULL,
    answer TEXT NOT NULL,
    decided_by TEXT,
    decided_us BIGINT,
    contract_version BIGINT,
    version BIGINT NOT NULL,
    PRIMARY KEY (client_id, proposal_id)
);
CREATE INDEX contract_proposal_by_time ON contract_proposal (client_id, proposed_us, proposal_id);
CREATE INDEX contract_proposal_by_state ON contract_proposal (state, proposed_us, proposal_id);
