-- A day's entries are looked up by their time: figures of today begin in the middle of a journal.

CREATE INDEX journal_frame_by_time ON journal_frame (floor_id, at_us, first_seq);
