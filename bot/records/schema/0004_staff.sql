CREATE TABLE staff (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    is_single_use INTEGER NOT NULL,
    role TEXT NOT NULL,
    phone TEXT,
    created_at TEXT NOT NULL,
    disabled_at TEXT,
    CONSTRAINT role_known CHECK (role IN ('admin', 'mesa', 'promoter', 'reader'))
);
CREATE TABLE staff_scopes (
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (staff_id, kind, key),
    CONSTRAINT scope_kind_known CHECK (kind IN ('mesa', 'district', 'comunidad'))
);
CREATE TABLE desk_sessions (
    token_hash TEXT PRIMARY KEY,
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    notice TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL
);
CREATE INDEX desk_sessions_of_staff ON desk_sessions (staff_id);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    staff_id INTEGER REFERENCES staff (id),
    name TEXT NOT NULL,
    origin TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    details TEXT NOT NULL DEFAULT '{}',
    row_count INTEGER
);
CREATE INDEX audit_of_staff ON audit (staff_id, action, origin);
