-- What was left in a widget is a contact, as a voicemail is; its page asks for the words.
CREATE INDEX offline_message_by_contact ON offline_message (client_id, contact_id);
