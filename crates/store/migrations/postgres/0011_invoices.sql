-- Invoices: drafts, what was issued, credit notes, and what clients say against a line.

-- How a client is billed: its legal identity, the language of its invoices, its terms of payment.
CREATE TABLE client_billing (
    client_id BYTEA NOT NULL PRIMARY KEY REFERENCES client (client_id),
    document TEXT NOT NULL,
    version BIGINT NOT NULL
);

-- The last number given in each series. It is raised in the transaction that issues a document, so a
-- series has no gap.
CREATE TABLE invoice_series (
    series TEXT NOT NULL PRIMARY KEY,
    last_number BIGINT NOT NULL
);

CREATE TABLE invoice (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    invoice_id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    -- The number as it is printed, and folded for the search; empty before it is issued.
    label TEXT NOT NULL,
    label_folded TEXT NOT NULL,
    series TEXT,
    number BIGINT,
    period TEXT NOT NULL,
    -- The billing period, while this is its one invoice; nothing for credit notes and what was credited.
    claims TEXT,
    from_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    currency TEXT NOT NULL,
    net_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    total_minor BIGINT NOT NULL,
    -- What is printed, and the hash of these bytes once it is issued; the lines likewise.
    document BYTEA NOT NULL,
    lines BYTEA NOT NULL,
    hash BYTEA,
    corrects_id BYTEA,
    made_us BIGINT NOT NULL,
    reviewed_by TEXT,
    issued_us BIGINT,
    due_on TEXT,
    paid_on TEXT,
    paid_reference TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (client_id, invoice_id),
    -- A billing period is invoiced once.
    CONSTRAINT invoice_client_id_claims UNIQUE (client_id, claims),
    -- A number is given once.
    CONSTRAINT invoice_series_number UNIQUE (series, number),
    FOREIGN KEY (client_id, corrects_id) REFERENCES invoice (client_id, invoice_id)
);
CREATE INDEX invoice_by_time ON invoice (made_us, invoice_id);
CREATE INDEX invoice_corrects ON invoice (client_id, corrects_id);

-- Contacts that became known after their billing period was invoiced, and the later invoice that has
-- them: each is adjusted once.
CREATE TABLE invoice_late (
    client_id BYTEA NOT NULL,
    contact_id BYTEA NOT NULL,
    period TEXT NOT NULL,
    invoice_id BYTEA NOT NULL,
    PRIMARY KEY (client_id, contact_id),
    FOREIGN KEY (client_id, invoice_id) REFERENCES invoice (client_id, invoice_id)
);
CREATE INDEX invoice_late_of ON invoice_late (client_id, invoice_id);

CREATE TABLE dispute (
    client_id BYTEA NOT NULL,
    dispute_id BYTEA NOT NULL,
    invoice_id BYTEA NOT NULL,
    line TEXT NOT NULL,
    contact_id BYTEA NOT NULL,
    reason TEXT NOT NULL,
    raised_by TEXT NOT NULL,
    raised_us BIGINT NOT NULL,
    state TEXT NOT NULL,
    answer TEXT NOT NULL,
    answered_by TEXT,
    answered_us BIGINT,
    note_id BYTEA,
    version BIGINT NOT NULL,
    PRIMARY KEY (client_id, dispute_id),
    -- A line is disputed once.
    CONSTRAINT dispute_client_id_invoice_id_line UNIQUE (client_id, invoice_id, line),
    FOREIGN KEY (client_id, invoice_id) REFERENCES invoice (client_id, invoice_id),
    FOREIGN KEY (client_id, note_id) REFERENCES invoice (client_id, invoice_id)
);
