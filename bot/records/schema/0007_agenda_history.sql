CREATE TABLE agenda_changes (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    staff_id INTEGER REFERENCES staff (id),
    name TEXT NOT NULL,
    way TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    before TEXT,
    after TEXT,
    CONSTRAINT agenda_change_way_known CHECK (way IN ('desk', 'import', 'undo')),
    CONSTRAINT agenda_change_says_something CHECK (before IS NOT NULL OR after IS NOT NULL)
);
CREATE INDEX agenda_changes_of_row ON agenda_changes (kind, key, id);
CREATE TABLE uploads (
    token_hash TEXT PRIMARY KEY REFERENCES desk_sessions (token_hash) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL
);
