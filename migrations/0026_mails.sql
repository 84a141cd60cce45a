-- The outbox: mails to customers, written in the transaction of what they tell of, sent by the worker.
SET ROLE techally_owner;

CREATE TABLE mails (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    kind text NOT NULL CHECK (kind IN ('order_confirmation')),
    idempotency_key text NOT NULL UNIQUE CHECK (length(idempotency_key) BETWEEN 1 AND 100),
    order_id uuid,
    recipient text NOT NULL CHECK (length(recipient) BETWEEN 3 AND 255),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 300 AND subject !~ '[[:cntrl:]]'),
    body text NOT NULL,
    requested_by uuid REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    next_try_at timestamptz DEFAULT now(),
    attempts int NOT NULL DEFAULT 0,
    sent_at timestamptz,
    last_error text,
    CONSTRAINT chk_mail_done CHECK (sent_at IS NULL OR next_try_at IS NULL)
);
CREATE INDEX mails_due_idx ON mails (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX mails_order_idx ON mails (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX mails_requested_by_idx ON mails (requested_by) WHERE requested_by IS NOT NULL;
COMMENT ON TABLE mails IS 'Outbox: every mail to a customer, waiting, sent or given up; kept 90 days';
COMMENT ON COLUMN mails.order_id IS 'What it is about; no foreign key, as the month of an order may be archived while its mails are kept';
COMMENT ON COLUMN mails.next_try_at IS 'When it is due; nothing once it was sent or given up';
COMMENT ON COLUMN mails.last_error IS 'What the mail server said the last time';
INSERT INTO audit_columns VALUES ('mails', 'recipient', 'personal'), ('mails', 'subject', 'personal'), ('mails', 'body', 'ignored'),
    ('mails', 'last_error', 'personal');
SELECT audit_table('mails', 'id');

GRANT SELECT, INSERT ON mails TO techally_admin;
GRANT UPDATE (next_try_at, attempts, sent_at, last_error) ON mails TO techally_admin;
GRANT DELETE ON mails TO techally_admin;
ALTER TABLE mails ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON mails FOR ALL TO techally_admin USING (true) WITH CHECK (true);

CREATE TRIGGER hint_of_order AFTER INSERT OR UPDATE ON mails FOR EACH ROW WHEN (NEW.order_id IS NOT NULL) EXECUTE FUNCTION hint_of_order('order_id');
CREATE TRIGGER hint_of_order AFTER INSERT OR UPDATE ON parcels FOR EACH ROW EXECUTE FUNCTION hint_of_order('order_id');

RESET ROLE;
