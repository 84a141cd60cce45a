-- Signing in: browsers that are known, forms that outlived their session.
SET ROLE techally_owner;

CREATE TABLE known_devices (
    token_hash bytea NOT NULL CHECK (length(token_hash) = 32),
    user_id uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (token_hash, user_id)
);
CREATE INDEX known_devices_user_idx ON known_devices (user_id);
CREATE INDEX known_devices_age_idx ON known_devices (last_used_at);
COMMENT ON TABLE known_devices IS 'Browsers that a person signed in with: guessing from elsewhere does not make them wait. Not audited: each row repeats a sign-in of user_activity';
COMMENT ON COLUMN known_devices.token_hash IS 'SHA-256 of the cookie''s 128 random bits, new at each sign-in; one browser may be known for several people';

CREATE TABLE kept_forms (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id),
    path text NOT NULL CHECK (length(path) BETWEEN 1 AND 2000),
    form text NOT NULL CHECK (length(form) BETWEEN 1 AND 200),
    fields jsonb NOT NULL CHECK (jsonb_typeof(fields) = 'object' AND pg_column_size(fields) < 200000),
    kept_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX kept_forms_user_idx ON kept_forms (user_id, kept_at DESC);
CREATE INDEX kept_forms_age_idx ON kept_forms (kept_at);
COMMENT ON TABLE kept_forms IS 'What was typed when the session had ended: for ten minutes, for the same person, without passwords. Not audited: nothing of it has happened';

INSERT INTO audit_exemptions
SELECT t.name, operation, t.reason
FROM (VALUES ('known_devices'::name, 'each row repeats a sign-in that user_activity has'),
             ('kept_forms'::name, 'input that was never carried out and is gone after ten minutes')) AS t (name, reason),
     unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS operation;

GRANT SELECT, INSERT, UPDATE, DELETE ON known_devices, kept_forms TO techally_admin;
ALTER TABLE known_devices ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON known_devices FOR ALL TO techally_admin USING (true) WITH CHECK (true);
ALTER TABLE kept_forms ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON kept_forms FOR ALL TO techally_admin USING (true) WITH CHECK (true);

-- the limit pages of attempts and the staff page read them by network
CREATE INDEX user_activity_ip_idx ON user_activity (ip, "timestamp" DESC) WHERE action_type IN ('sign_in_failed', 'sign_in_limited');

RESET ROLE;

-- /readyz compares the schema's version with the program's; where plain psql applies the migrations there is no such table
DO $$
BEGIN
    IF to_regclass('_sqlx_migrations') IS NOT NULL THEN
        GRANT SELECT ON _sqlx_migrations TO techally_admin;
    END IF;
END $$;
