CREATE TABLE districts (
    key TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    ubigeo TEXT NOT NULL UNIQUE,
    aliases TEXT NOT NULL DEFAULT '[]',
    neighbours TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE comunidades (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    district TEXT NOT NULL REFERENCES districts (key),
    aliases TEXT NOT NULL DEFAULT '[]',
    is_sample INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX comunidades_of_district ON comunidades (district);
CREATE TABLE funds (
    key TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    name_es TEXT NOT NULL,
    name_quz TEXT NOT NULL DEFAULT ''
);
CREATE TABLE fund_incomes (
    fund TEXT NOT NULL REFERENCES funds (key),
    year INTEGER NOT NULL,
    soles INTEGER NOT NULL,
    PRIMARY KEY (fund, year)
);
CREATE TABLE works (
    key TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    name_es TEXT NOT NULL,
    name_quz TEXT NOT NULL DEFAULT '',
    short_es TEXT NOT NULL DEFAULT '',
    short_quz TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT '',
    is_programme INTEGER NOT NULL DEFAULT 0,
    is_sample INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE work_topics (
    work TEXT NOT NULL REFERENCES works (key) ON DELETE CASCADE,
    topic TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (work, topic)
);
CREATE INDEX work_topics_by_topic ON work_topics (topic);
CREATE TABLE work_districts (
    work TEXT NOT NULL REFERENCES works (key) ON DELETE CASCADE,
    district TEXT NOT NULL REFERENCES districts (key),
    position INTEGER NOT NULL,
    PRIMARY KEY (work, district)
);
CREATE INDEX work_districts_by_district ON work_districts (district);
CREATE TABLE work_amounts (
    work TEXT NOT NULL REFERENCES works (key) ON DELETE CASCADE,
    year INTEGER NOT NULL,
    soles INTEGER NOT NULL,
    fund TEXT REFERENCES funds (key),
    PRIMARY KEY (work, year)
);
CREATE TABLE campaigns (
    key TEXT PRIMARY KEY,
    name_es TEXT NOT NULL,
    name_quz TEXT NOT NULL DEFAULT '',
    topic TEXT NOT NULL,
    district TEXT NOT NULL REFERENCES districts (key),
    place TEXT NOT NULL,
    held_on TEXT NOT NULL,
    opens TEXT,
    closes TEXT,
    places_per_specialty INTEGER,
    bring_es TEXT NOT NULL DEFAULT '',
    bring_quz TEXT NOT NULL DEFAULT '',
    cost_es TEXT NOT NULL DEFAULT '',
    cost_quz TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT '',
    is_sample INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX campaigns_by_day ON campaigns (held_on);
CREATE TABLE campaign_specialties (
    campaign TEXT NOT NULL REFERENCES campaigns (key) ON DELETE CASCADE,
    specialty TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (campaign, specialty)
);
CREATE TABLE fairs (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    aliases TEXT NOT NULL DEFAULT '[]',
    district TEXT REFERENCES districts (key),
    comunidad TEXT REFERENCES comunidades (key) ON DELETE SET NULL,
    place TEXT NOT NULL DEFAULT '',
    rule TEXT NOT NULL,
    opens TEXT,
    closes TEXT,
    products TEXT NOT NULL DEFAULT '[]',
    note TEXT NOT NULL DEFAULT '',
    exceptions TEXT NOT NULL DEFAULT '[]',
    source TEXT NOT NULL DEFAULT '',
    is_sample INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE promoters (
    phone TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    CONSTRAINT promoter_language_known CHECK (language IN ('es', 'quz'))
);
CREATE TABLE promoter_comunidades (
    phone TEXT NOT NULL REFERENCES promoters (phone) ON DELETE CASCADE,
    comunidad TEXT NOT NULL REFERENCES comunidades (key),
    position INTEGER NOT NULL,
    PRIMARY KEY (phone, comunidad)
);
