ALTER TABLE campaign_specialties RENAME TO clinics;
ALTER TABLE clinics ADD COLUMN places INTEGER;
ALTER TABLE clinics ADD COLUMN per_hour INTEGER;
ALTER TABLE clinics ADD COLUMN opens TEXT;
ALTER TABLE clinics ADD COLUMN closes TEXT;
ALTER TABLE clinics ADD COLUMN sex TEXT NOT NULL DEFAULT '';
ALTER TABLE clinics ADD COLUMN age_from_years INTEGER;
ALTER TABLE clinics ADD COLUMN age_to_years INTEGER;
UPDATE clinics SET places = (SELECT c.places_per_specialty FROM campaigns c WHERE c.key = clinics.campaign);
ALTER TABLE campaigns DROP COLUMN places_per_specialty;
ALTER TABLE campaigns ADD COLUMN cancelled_at TEXT;
CREATE TABLE slots (
    campaign TEXT NOT NULL,
    specialty TEXT NOT NULL,
    number INTEGER NOT NULL,
    starts TEXT,
    appointment_id INTEGER UNIQUE,
    PRIMARY KEY (campaign, specialty, number),
    FOREIGN KEY (campaign, specialty) REFERENCES clinics (campaign, specialty) ON DELETE CASCADE
);
CREATE TABLE patients (
    id INTEGER PRIMARY KEY,
    person_id INTEGER REFERENCES people (id),
    name TEXT NOT NULL,
    kin TEXT NOT NULL DEFAULT '',
    age_months INTEGER,
    aged_on TEXT,
    comunidad TEXT,
    promoter TEXT,
    consent TEXT NOT NULL DEFAULT '',
    code TEXT UNIQUE,
    created_at TEXT NOT NULL,
    erased_at TEXT,
    CONSTRAINT consent_known CHECK (consent IN ('', 'asked', 'given', 'refused'))
);
CREATE INDEX patients_of_person ON patients (person_id);
CREATE INDEX patients_of_promoter ON patients (promoter);
CREATE TABLE appointments (
    id INTEGER PRIMARY KEY,
    campaign TEXT NOT NULL REFERENCES campaigns (key) ON DELETE CASCADE,
    specialty TEXT NOT NULL,
    patient_id INTEGER NOT NULL REFERENCES patients (id),
    code TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    arrival INTEGER NOT NULL,
    offers INTEGER NOT NULL DEFAULT 0,
    offer_told_at TEXT,
    hold_until TEXT,
    booked_at TEXT,
    booked_by TEXT NOT NULL,
    confirmed_at TEXT,
    reminded_eve_at TEXT,
    reminded_day_at TEXT,
    created_at TEXT NOT NULL,
    closed_at TEXT,
    closed_by TEXT NOT NULL DEFAULT '',
    CONSTRAINT one_arrival_at_a_time UNIQUE (campaign, specialty, arrival),
    CONSTRAINT appointment_state_known
        CHECK (state IN ('waiting', 'offered', 'booked', 'cancelled', 'lapsed', 'came', 'absent'))
);
CREATE INDEX appointments_of_clinic ON appointments (campaign, specialty, state);
CREATE INDEX appointments_of_patient ON appointments (patient_id);
CREATE INDEX appointments_offered ON appointments (hold_until) WHERE state = 'offered';
CREATE TABLE promoter_addresses (
    address TEXT PRIMARY KEY,
    phone TEXT NOT NULL REFERENCES promoters (phone) ON DELETE CASCADE,
    linked_at TEXT NOT NULL
);
CREATE TABLE quiet_days (
    day TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    set_by TEXT NOT NULL
);
CREATE TABLE outreach (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES people (id),
    flow TEXT NOT NULL,
    given TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    is_urgent INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    closed_at TEXT,
    outcome TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outreach_open ON outreach (id) WHERE closed_at IS NULL;
ALTER TABLE outbox ADD COLUMN is_urgent INTEGER NOT NULL DEFAULT 0;
