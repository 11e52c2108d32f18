-- Contacts with an outcome that few have are found without looking at all the others.
CREATE INDEX contact_by_outcome
    ON contact (client_id, COALESCE(ending, 'open'), arrived_us, contact_id);
CREATE INDEX contact_by_outcome_of_all
    ON contact (COALESCE(ending, 'open'), arrived_us, contact_id);
