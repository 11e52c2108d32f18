-- Invoices: drafts, what was issued, credit notes, and what clients say against a line.

-- How a client is billed: its legal identity, the language of its invoices, its terms of payment.
CREATE TABLE client_billing (
    client_id BLOB NOT NULL PRIMARY KEY REFERENCES client (client_id),
    document TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

-- The last number given in each series. It is raised in the transaction that issues a document, so a
-- series has no gap.
CREATE TABLE invoice_series (
    series TEXT NOT NULL PRIMARY KEY,
    last_number INTEGER NOT NULL
) STRICT;

CREATE TABLE invoice (
    client_id BLOB NOT NULL REFERENCES client (client_id),
    invoice_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    -- The number as it is printed, and folded for the search; empty before it is issued.
    label TEXT NOT NULL,
    label_folded TEXT NOT NULL,
    series TEXT,
    number INTEGER,
    period TEXT NOT NULL,
    -- The billing period, while this is its one invoice; nothing for credit notes and what was credited.
    claims TEXT,
    from_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    currency TEXT NOT NULL,
    net_minor INTEGER NOT NULL,
    tax_minor INTEGER NOT NULL,
    total_minor INTEGER NOT NULL,
    -- What is printed, and the hash of these bytes once it is issued; the lines likewise.
    document BLOB NOT NULL,
    lines BLOB NOT NULL,
    hash BLOB,
    corrects_id BLOB,
    made_us INTEGER NOT NULL,
    reviewed_by TEXT,
    issued_us INTEGER,
    due_on TEXT,
    paid_on TEXT,
    paid_reference TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (client_id, invoice_id),
    -- A billing period is invoiced once.
    CONSTRAINT invoice_client_id_claims UNIQUE (client_id, claims),
    -- A number is given once.
    CONSTRAINT invoice_series_number UNIQUE (series, number),
    FOREIGN KEY (client_id, corrects_id) REFERENCES invoice (client_id, invoice_id)
) STRICT;
CREATE INDEX invoice_by_time ON invoice (made_us, invoice_id);
CREATE INDEX invoice_corrects ON invoice (client_id, corrects_id);

-- Contacts that became known after their billing period was invoiced, and the later invoice that has
-- them: each is adjusted once.
CREATE TABLE invoice_late (
    client_id BLOB NOT NULL,
    contact_id BLOB NOT NULL,
    period TEXT NOT NULL,
    invoice_id BLOB NOT NULL,
    PRIMARY KEY (client_id, contact_id),
    FOREIGN KEY (client_id, invoice_id) REFERENCES invoice (client_id, invoice_id)
) STRICT;
CREATE INDEX invoice_late_of ON invoice_late (client_id, invoice_id);

CREATE TABLE dispute (
    client_id BLOB NOT NULL,
    dispute_id BLOB NOT NULL,
    invoice_id BLOB NOT NULL,
    line TEXT NOT NULL,
    contact_id BLOB NOT NULL,
    reason TEXT NOT NULL,
    raised_by TEXT NOT NULL,
    raised_us INTEGER NOT NULL,
    state TEXT NOT NULL,
    answer TEXT NOT NULL,
    answered_by TEXT,
    answered_us INTEGER,
    note_id BLOB,
    version INTEGER NOT NULL,
    PRIMARY KEY (client_id, dispute_id),
    -- A line is disputed once.
    CONSTRAINT dispute_client_id_invoice_id_line UNIQUE (client_id, invoice_id, line),
    FOREIGN KEY (client_id, invoice_id) REFERENCES invoice (client_id, invoice_id),
    FOREIGN KEY (client_id, note_id) REFERENCES invoice (client_id, invoice_id)
) STRICT;
