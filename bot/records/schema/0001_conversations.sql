CREATE TABLE people (
    id INTEGER PRIMARY KEY,
    language TEXT,
    language_is_chosen INTEGER NOT NULL DEFAULT 0,
    is_greeted INTEGER NOT NULL DEFAULT 0,
    district TEXT,
    comunidad TEXT,
    opted_out_at TEXT,
    unanswered_in_a_row INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    erased_at TEXT,
    CONSTRAINT language_known CHECK (language IS NULL OR language IN ('es', 'quz'))
);
CREATE TABLE addresses (
    address TEXT PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES people (id),
    unusable_since TEXT,
    unusable_because TEXT
);
CREATE INDEX addresses_of_person ON addresses (person_id);
CREATE TABLE consents (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES people (id),
    decision TEXT NOT NULL,
    said_by TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    CONSTRAINT decision_known CHECK (decision IN ('out', 'in'))
);
CREATE TABLE sessions (
    person_id INTEGER PRIMARY KEY REFERENCES people (id),
    state TEXT NOT NULL,
    changed_at TEXT NOT NULL
);
CREATE TABLE inbound (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    medium TEXT NOT NULL,
    person_id INTEGER REFERENCES people (id),
    kind TEXT NOT NULL,
    body TEXT,
    language TEXT,
    intent TEXT,
    state TEXT NOT NULL,
    sent_at TEXT,
    received_at TEXT NOT NULL,
    CONSTRAINT inbound_state_known CHECK (state IN ('answered', 'not_understood', 'silent', 'failed')),
    CONSTRAINT inbound_once UNIQUE (channel, provider_id)
);
CREATE INDEX inbound_of_person ON inbound (person_id, received_at);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    inbound_id INTEGER REFERENCES inbound (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    body TEXT NOT NULL,
    unfolded TEXT,
    options TEXT NOT NULL DEFAULT '[]',
    encoding TEXT NOT NULL,
    segments INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at TEXT NOT NULL,
    expires_at TEXT,
    claimed_at TEXT,
    lease_until TEXT,
    provider_id TEXT,
    error_class TEXT,
    error_code TEXT,
    created_at TEXT NOT NULL,
    closed_at TEXT,
    CONSTRAINT outbox_state_known CHECK (state IN ('waiting', 'sending', 'sent', 'delivered', 'failed', 'dropped', 'unknown'))
);
CREATE INDEX outbox_to_send ON outbox (channel, priority, due_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX outbox_by_provider ON outbox (channel, provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX outbox_of_person ON outbox (person_id, created_at);
CREATE TABLE receipts (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    state TEXT NOT NULL,
    error_code TEXT,
    arrived_at TEXT NOT NULL
);
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    payload TEXT NOT NULL,
    reason TEXT NOT NULL,
    arrived_at TEXT NOT NULL
);
CREATE TABLE facts (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE erased_addresses (
    address_hash TEXT PRIMARY KEY,
    erased_at TEXT NOT NULL
);
