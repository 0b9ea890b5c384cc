CREATE TABLE published_months (
    month TEXT PRIMARY KEY,
    tables TEXT NOT NULL,
    published_at TEXT NOT NULL
);
