ALTER TABLE inbound ADD COLUMN reviewed_at TEXT;
CREATE INDEX inbound_worded ON inbound (received_at) WHERE body IS NOT NULL;
CREATE INDEX outbox_worded ON outbox (created_at) WHERE body <> '';
CREATE INDEX outbox_troubled ON outbox (closed_at) WHERE state IN ('failed', 'dropped', 'unknown');
CREATE INDEX case_entries_worded ON case_entries (created_at) WHERE body <> '' OR other_body <> '' OR file_id <> '';
CREATE INDEX cases_open ON cases (mesa, district, due_at, is_sure) WHERE state = 'open' AND joined_to IS NULL;
CREATE INDEX patients_named ON patients (created_at) WHERE erased_at IS NULL;
CREATE INDEX consents_worded ON consents (decided_at) WHERE said_by <> '';
CREATE INDEX dead_letters_worded ON dead_letters (arrived_at) WHERE payload <> '';
