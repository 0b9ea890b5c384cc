ALTER TABLE receipts ADD COLUMN is_early INTEGER NOT NULL DEFAULT 0;
UPDATE receipts SET is_early = 1 WHERE state <> 'sent' AND NOT EXISTS (
    SELECT 1 FROM outbox o WHERE o.channel = receipts.channel AND o.provider_id = receipts.provider_id);
CREATE INDEX receipts_early ON receipts (channel, provider_id) WHERE is_early = 1;
