-- How a message that was left was answered; and lists of them over all clients, newest first, open
-- ones apart.

ALTER TABLE offline_message ADD COLUMN note TEXT;
CREATE INDEX offline_message_of_all_by_time ON offline_message (at_us, message_id);
CREATE INDEX offline_message_of_all_by_done ON offline_message (done_us, at_us, message_id);
