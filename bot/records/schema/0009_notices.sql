CREATE TABLE notices (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    about TEXT NOT NULL DEFAULT '',
    topic TEXT NOT NULL DEFAULT '',
    text_es TEXT NOT NULL DEFAULT '',
    text_quz TEXT NOT NULL DEFAULT '',
    fields TEXT NOT NULL DEFAULT '{}',
    audience TEXT NOT NULL DEFAULT '{}',
    rule TEXT NOT NULL DEFAULT '',
    series_id INTEGER REFERENCES notices (id),
    is_urgent INTEGER NOT NULL DEFAULT 0,
    urgent_because TEXT NOT NULL DEFAULT '',
    starts_at TEXT,
    expires_at TEXT,
    held_on TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL,
    stopped_because TEXT NOT NULL DEFAULT '',
    staff_id INTEGER REFERENCES staff (id),
    promoter TEXT NOT NULL DEFAULT '',
    author TEXT NOT NULL,
    approved_by INTEGER REFERENCES staff (id),
    approved_at TEXT,
    frozen_up_to INTEGER NOT NULL DEFAULT 0,
    forgiven INTEGER NOT NULL DEFAULT 0,
    forgiven_failed INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    begun_at TEXT,
    frozen_at TEXT,
    closed_at TEXT,
    CONSTRAINT notice_state_known CHECK (state IN
        ('draft', 'awaiting', 'scheduled', 'repeating', 'freezing', 'sending', 'paused', 'cancelled', 'done'))
);
CREATE INDEX notices_open ON notices (state, starts_at) WHERE state IN ('scheduled', 'repeating', 'freezing', 'sending');
CREATE INDEX notices_of_series ON notices (series_id, starts_at) WHERE series_id IS NOT NULL;
CREATE INDEX notices_about ON notices (about) WHERE about <> '';
CREATE TABLE notice_texts (
    notice_id INTEGER NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
    language TEXT NOT NULL,
    medium TEXT NOT NULL,
    body TEXT NOT NULL,
    unfolded TEXT,
    options TEXT NOT NULL DEFAULT '[]',
    encoding TEXT NOT NULL,
    segments INTEGER NOT NULL,
    PRIMARY KEY (notice_id, language, medium)
);
CREATE TABLE notice_recipients (
    notice_id INTEGER NOT NULL REFERENCES notices (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    language TEXT NOT NULL,
    channel TEXT NOT NULL,
    medium TEXT NOT NULL,
    comunidad TEXT NOT NULL DEFAULT '',
    segments INTEGER NOT NULL,
    outbox_id INTEGER,
    left_out TEXT NOT NULL DEFAULT '',
    is_raised INTEGER NOT NULL DEFAULT 0,
    answer TEXT NOT NULL DEFAULT '',
    answered_at TEXT,
    PRIMARY KEY (notice_id, person_id)
);
CREATE INDEX notice_recipients_of_person ON notice_recipients (person_id, notice_id);
CREATE INDEX notice_recipients_waiting ON notice_recipients (notice_id, channel, person_id)
    WHERE outbox_id IS NULL AND left_out = '';
CREATE TABLE notice_templates (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    topic TEXT NOT NULL DEFAULT '',
    version INTEGER NOT NULL,
    text_es TEXT NOT NULL,
    text_quz TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    retired_at TEXT
);
CREATE TABLE notice_template_versions (
    template_id INTEGER NOT NULL REFERENCES notice_templates (id),
    version INTEGER NOT NULL,
    text_es TEXT NOT NULL,
    text_quz TEXT NOT NULL,
    staff_id INTEGER REFERENCES staff (id),
    author TEXT NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (template_id, version)
);
CREATE TABLE topic_choices (
    person_id INTEGER NOT NULL REFERENCES people (id),
    topic TEXT NOT NULL,
    is_wanted INTEGER NOT NULL,
    said_by TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    PRIMARY KEY (person_id, topic)
);
CREATE TABLE interests (
    person_id INTEGER NOT NULL REFERENCES people (id),
    about TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    PRIMARY KEY (person_id, about)
);
CREATE INDEX interests_in ON interests (about, person_id);
CREATE INDEX interests_by_day ON interests (asked_at);
CREATE TABLE promoter_pins (
    phone TEXT PRIMARY KEY REFERENCES promoters (phone) ON DELETE CASCADE,
    pin_hash TEXT NOT NULL,
    set_at TEXT NOT NULL,
    wrong_tries INTEGER NOT NULL DEFAULT 0,
    wrong_on TEXT NOT NULL DEFAULT ''
);
CREATE TABLE promoter_pin_days (
    address TEXT PRIMARY KEY,
    phone TEXT NOT NULL REFERENCES promoters (phone) ON DELETE CASCADE,
    day TEXT NOT NULL
);
ALTER TABLE outbox ADD COLUMN notice_id INTEGER REFERENCES notices (id);
ALTER TABLE outbox ADD COLUMN begun_at TEXT;
ALTER TABLE outbox ADD COLUMN attachment TEXT NOT NULL DEFAULT '';
CREATE INDEX outbox_of_notice ON outbox (notice_id, state) WHERE notice_id IS NOT NULL;
CREATE INDEX people_of_comunidad ON people (comunidad) WHERE comunidad IS NOT NULL;
CREATE INDEX cases_late ON cases (due_at) WHERE state = 'open' AND escalated_at IS NULL AND joined_to IS NULL;
