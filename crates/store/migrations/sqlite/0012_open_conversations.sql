-- What a restart takes up again, and whether a customer is in a conversation, without looking through
-- all that were ever had: of a million conversations some hundred are open.
CREATE INDEX conversation_open ON conversation (client_id, started_us, conversation_id)
    WHERE state <> 'ended';
