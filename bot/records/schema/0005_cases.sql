CREATE TABLE mesas (
    key TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    name_es TEXT NOT NULL,
    name_quz TEXT NOT NULL DEFAULT '',
    hours_to_answer INTEGER NOT NULL,
    head_staff_id INTEGER REFERENCES staff (id)
);
CREATE TABLE mesa_routes (
    topic TEXT NOT NULL,
    district TEXT NOT NULL,
    mesa TEXT NOT NULL REFERENCES mesas (key),
    PRIMARY KEY (topic, district)
);
CREATE TABLE cases (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    mesa TEXT NOT NULL REFERENCES mesas (key),
    kind TEXT NOT NULL,
    topic TEXT NOT NULL DEFAULT '',
    district TEXT NOT NULL DEFAULT '',
    comunidad TEXT NOT NULL DEFAULT '',
    about TEXT NOT NULL DEFAULT '',
    person_id INTEGER NOT NULL REFERENCES people (id),
    language TEXT NOT NULL,
    medium TEXT NOT NULL,
    is_anonymous INTEGER NOT NULL DEFAULT 0,
    is_sure INTEGER NOT NULL DEFAULT 1,
    state TEXT NOT NULL,
    joined_to INTEGER REFERENCES cases (id),
    assigned_to INTEGER REFERENCES staff (id),
    created_at TEXT NOT NULL,
    said_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    answered_at TEXT,
    closed_at TEXT,
    escalated_at TEXT,
    reopened INTEGER NOT NULL DEFAULT 0,
    served TEXT NOT NULL DEFAULT '',
    CONSTRAINT case_state_known CHECK (state IN ('open', 'answered', 'closed')),
    CONSTRAINT case_kind_known CHECK (kind IN ('complaint', 'suggestion', 'thanks', 'need')),
    CONSTRAINT case_served_known CHECK (served IN ('', 'asked', 'yes', 'no'))
);
CREATE INDEX cases_of_person ON cases (person_id, said_at);
CREATE INDEX cases_by_mesa ON cases (mesa, state, due_at);
CREATE INDEX cases_by_day ON cases (created_at);
CREATE INDEX cases_joined ON cases (joined_to) WHERE joined_to IS NOT NULL;
CREATE TABLE case_entries (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    body TEXT NOT NULL DEFAULT '',
    other_body TEXT NOT NULL DEFAULT '',
    folded TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    staff_id INTEGER REFERENCES staff (id),
    inbound_id INTEGER REFERENCES inbound (id),
    file_id TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    CONSTRAINT case_entry_kind_known
        CHECK (kind IN ('said', 'photo', 'answer', 'note', 'moved', 'joined', 'assigned', 'closed', 'reopened'))
);
CREATE INDEX case_entries_of_case ON case_entries (case_id, id);
CREATE TABLE canned_answers (
    key TEXT PRIMARY KEY,
    mesa TEXT NOT NULL DEFAULT '',
    body_es TEXT NOT NULL,
    body_quz TEXT NOT NULL,
    changed_at TEXT NOT NULL
);
CREATE TABLE privacy_notices (
    person_id INTEGER NOT NULL REFERENCES people (id),
    version TEXT NOT NULL,
    language TEXT NOT NULL,
    shown_at TEXT NOT NULL,
    PRIMARY KEY (person_id, version)
);
ALTER TABLE people ADD COLUMN shown TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN shown_at TEXT NOT NULL DEFAULT '';
ALTER TABLE inbound ADD COLUMN waits_at TEXT NOT NULL DEFAULT '';
