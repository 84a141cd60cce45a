-- Staff access: a second factor, one-time links by mail, rights for a time, the last super admin.
SET ROLE techally_owner;

-- ── people ──
ALTER TABLE users ADD COLUMN role_since timestamptz NOT NULL DEFAULT now();
ALTER TABLE users ADD COLUMN password_changed_at timestamptz;
COMMENT ON COLUMN users.mfa_secret IS 'AES-256-GCM under a key with an id, bound to the person; never in clear. What the codes of a confirmed second factor come from';
COMMENT ON COLUMN users.role_since IS 'When the role was given: a second factor that the role must have is waited for from then on';
COMMENT ON COLUMN users.password_changed_at IS 'When the person last chose a password';
-- safe: a check over a column that nothing has used so far
ALTER TABLE users ADD CONSTRAINT chk_mfa CHECK (mfa_enabled = (mfa_secret IS NOT NULL)) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT chk_mfa;
INSERT INTO audit_columns VALUES ('users', 'role_since', 'ignored'), ('users', 'password_changed_at', 'ignored');

ALTER TABLE user_sessions ADD COLUMN proved_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN user_sessions.proved_at IS 'When the person last showed by password or code who they are; acts that need a fresh proof look at it';
INSERT INTO audit_columns VALUES ('user_sessions', 'proved_at', 'ignored');

ALTER TABLE user_preferences ADD COLUMN locale text NOT NULL DEFAULT 'en-GB' CHECK (length(locale) BETWEEN 2 AND 20);
ALTER TABLE user_preferences ADD COLUMN start_page text NOT NULL DEFAULT '/' CHECK (start_page ~ '^/([a-z-]+(/[a-z-]+)*)?$' AND length(start_page) <= 100);
COMMENT ON TABLE user_preferences IS 'Settings of a person: language, locale of dates, IANA time zone, look, first page, notifications';
COMMENT ON COLUMN user_preferences.start_page IS 'Where a sign-in leads that was not on its way elsewhere';
COMMENT ON COLUMN user_preferences.notifications IS 'What the person does not want to be told of: {"mention": false}; what is missing is wanted';

ALTER TABLE shop_settings ADD COLUMN second_factor_grace_days int DEFAULT 14 CHECK (second_factor_grace_days BETWEEN 0 AND 365);
COMMENT ON COLUMN shop_settings.second_factor_grace_days IS 'Days from when an admin got the role until the second factor is required; nothing: never';
GRANT UPDATE (second_factor_grace_days) ON shop_settings TO techally_admin;

-- ── second factor ──
CREATE TABLE second_factors (
    user_id uuid PRIMARY KEY REFERENCES users (id),
    pending_secret varchar(255),
    pending_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0,
    wrong_codes int NOT NULL DEFAULT 0 CHECK (wrong_codes >= 0),
    wrong_at timestamptz,
    confirmed_at timestamptz,
    CONSTRAINT chk_pending CHECK ((pending_secret IS NULL) = (pending_at IS NULL))
);
COMMENT ON TABLE second_factors IS 'What belongs to a person''s second factor besides users.mfa_secret';
COMMENT ON COLUMN second_factors.pending_secret IS 'A secret that is shown and not confirmed yet; as users.mfa_secret';
COMMENT ON COLUMN second_factors.last_step IS 'The step of 30 seconds whose code was used last: a code is good for a later one only, so none works twice';
COMMENT ON COLUMN second_factors.wrong_codes IS 'Wrong codes in a row, on all instances together; from the sixth on each makes the wait longer';
INSERT INTO audit_columns VALUES ('second_factors', 'pending_secret', 'secret'), ('second_factors', 'last_step', 'ignored'),
    ('second_factors', 'wrong_codes', 'ignored'), ('second_factors', 'wrong_at', 'ignored');
SELECT audit_table('second_factors', 'user_id');

CREATE TABLE recovery_codes (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    user_id uuid NOT NULL REFERENCES users (id),
    code_hash bytea NOT NULL UNIQUE CHECK (length(code_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz
);
CREATE INDEX recovery_codes_user_idx ON recovery_codes (user_id);
COMMENT ON TABLE recovery_codes IS 'Codes for who lost the second factor; each works once, and all go when new ones are made';
COMMENT ON COLUMN recovery_codes.code_hash IS 'SHA-256 of 120 random bits; the code itself is nowhere';
INSERT INTO audit_columns VALUES ('recovery_codes', 'code_hash', 'secret');
SELECT audit_table('recovery_codes', 'id');

CREATE TABLE sign_in_steps (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id uuid NOT NULL REFERENCES users (id),
    next text NOT NULL DEFAULT '' CHECK (length(next) <= 2000),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sign_in_steps_user_idx ON sign_in_steps (user_id);
CREATE INDEX sign_in_steps_expiry_idx ON sign_in_steps (expires_at);
COMMENT ON TABLE sign_in_steps IS 'Browsers between password and code: no session, so nothing answers them but the page for the code';
COMMENT ON COLUMN sign_in_steps.token_hash IS 'SHA-256 of the 128 random bits in the browser''s cookie';

-- ── one-time links ──
CREATE TABLE access_links (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind text NOT NULL CHECK (kind IN ('invitation', 'reset', 'email')),
    user_id uuid NOT NULL REFERENCES users (id),
    email varchar(255) NOT NULL,
    created_by uuid REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT chk_link_end CHECK (used_at IS NULL OR ended_at IS NULL)
);
CREATE INDEX access_links_user_idx ON access_links (user_id, created_at DESC);
CREATE INDEX access_links_created_by_idx ON access_links (created_by) WHERE created_by IS NOT NULL;
CREATE UNIQUE INDEX access_links_one_open ON access_links (user_id, kind) WHERE used_at IS NULL AND ended_at IS NULL;
COMMENT ON TABLE access_links IS 'Links that were mailed to choose a password or to confirm an address. No secret is kept: a link is signed with a key that the database does not have';
COMMENT ON COLUMN access_links.email IS 'The address it was sent to: for kind email the new one, else the one the person had';
COMMENT ON COLUMN access_links.ended_at IS 'When it died unused: another took its place, or address or password changed';
INSERT INTO audit_columns VALUES ('access_links', 'email', 'personal');
SELECT audit_table('access_links', 'id');

-- safe: the table is small, and its rows keep the kind that they had
ALTER TABLE mails DROP CONSTRAINT mails_kind_check;
ALTER TABLE mails ADD CONSTRAINT mails_kind_check CHECK (kind IN ('order_confirmation', 'invitation', 'reset', 'email', 'notice')) NOT VALID;
ALTER TABLE mails VALIDATE CONSTRAINT mails_kind_check;
ALTER TABLE mails ADD COLUMN link_id uuid REFERENCES access_links (id);
-- safe: the column is new, so that the index has no row to read
CREATE INDEX mails_link_idx ON mails (link_id) WHERE link_id IS NOT NULL;
COMMENT ON TABLE mails IS 'Outbox: every mail to a customer or a colleague, waiting, sent or given up; kept 90 days';
COMMENT ON COLUMN mails.link_id IS 'The link that stands for {link} in the body, where it is put in when the mail leaves';

-- ── rights for a time ──
CREATE TABLE access_requests (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    user_id uuid NOT NULL REFERENCES users (id),
    right_name text NOT NULL CHECK (right_name ~ '^[a-z_]{1,50}$'),
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 500),
    hours int NOT NULL CHECK (hours BETWEEN 1 AND 72),
    state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'granted', 'refused', 'withdrawn', 'ended')),
    asked_at timestamptz NOT NULL DEFAULT now(),
    decided_by uuid REFERENCES users (id),
    decided_at timestamptz,
    ends_at timestamptz,
    ended_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    version int NOT NULL DEFAULT 1,
    CONSTRAINT chk_request_decided CHECK ((state IN ('asked', 'withdrawn')) = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT chk_request_other CHECK (decided_by <> user_id),
    CONSTRAINT chk_request_ends CHECK ((state IN ('granted', 'ended')) = (ends_at IS NOT NULL)),
    CONSTRAINT chk_request_ended CHECK ((state IN ('withdrawn', 'ended')) = (ended_at IS NOT NULL))
);
CREATE INDEX access_requests_user_idx ON access_requests (user_id, id DESC);
CREATE INDEX access_requests_asked_idx ON access_requests (id) WHERE state = 'asked';
CREATE INDEX access_requests_granted_idx ON access_requests (user_id, ends_at) WHERE state = 'granted';
CREATE INDEX access_requests_decided_by_idx ON access_requests (decided_by) WHERE decided_by IS NOT NULL;
CREATE UNIQUE INDEX access_requests_one_asked ON access_requests (user_id, right_name) WHERE state = 'asked';
COMMENT ON TABLE access_requests IS 'Rights that a person asked for, for a time: who, why, how long, who decided';
COMMENT ON COLUMN access_requests.state IS 'asked → granted, refused or withdrawn; granted → ended, before its time. What is granted holds until ends_at and needs nobody to end it';
CREATE TRIGGER touch_row BEFORE UPDATE ON access_requests FOR EACH ROW EXECUTE FUNCTION touch_row();
INSERT INTO audit_columns VALUES ('access_requests', 'reason', 'personal');
SELECT audit_table('access_requests', 'id');

CREATE FUNCTION follow_access_request() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.user_id, NEW.right_name, NEW.reason, NEW.hours, NEW.asked_at) IS DISTINCT FROM (OLD.user_id, OLD.right_name, OLD.reason, OLD.hours, OLD.asked_at)
        OR NOT (NEW.state = OLD.state OR (OLD.state = 'asked' AND NEW.state IN ('granted', 'refused', 'withdrawn')) OR (OLD.state = 'granted' AND NEW.state = 'ended')) THEN
        RAISE EXCEPTION 'a request for a right does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'TA002';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION follow_access_request() IS 'BEFORE UPDATE: a request goes from state to state as its table says, and what was asked stays as it was';
CREATE TRIGGER follow_states BEFORE UPDATE ON access_requests FOR EACH ROW EXECUTE FUNCTION follow_access_request();

-- safe: the table is small, and its rows keep the kinds that they had
ALTER TABLE inbox_items DROP CONSTRAINT inbox_items_kind_check;
ALTER TABLE inbox_items ADD CONSTRAINT inbox_items_kind_check CHECK (kind IN ('mention', 'assignment', 'job', 'access')) NOT VALID;
ALTER TABLE inbox_items VALIDATE CONSTRAINT inbox_items_kind_check;
ALTER TABLE inbox_items ADD COLUMN access_request_id uuid REFERENCES access_requests (id);
-- safe: the column is new, so that the index has no row to read
CREATE INDEX inbox_items_access_request_idx ON inbox_items (access_request_id) WHERE access_request_id IS NOT NULL;
COMMENT ON TABLE inbox_items IS 'What a person should see: mentions in notes, orders given to them, jobs that ended, rights asked for and decided';

-- safe: the table is small, and its rows keep the purposes that they had
ALTER TABLE files DROP CONSTRAINT files_purpose_check;
ALTER TABLE files ADD CONSTRAINT files_purpose_check CHECK (purpose IN ('export', 'picture', 'avatar')) NOT VALID;
ALTER TABLE files VALIDATE CONSTRAINT files_purpose_check;

-- ── what follows from a change of a person ──
-- Roles: given by a super admin, never one's own, and the shop always has one super admin who can sign in.
CREATE FUNCTION guard_roles() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    actor uuid := NULLIF(current_setting('app.current_user_id', true), '')::uuid;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.role <> OLD.role THEN
        IF NEW.id = actor THEN
            RAISE EXCEPTION 'nobody changes their own role' USING ERRCODE = 'TA007';
        END IF;
        IF current_setting('app.actor_kind', true) = 'staff' AND NOT EXISTS (SELECT 1 FROM users WHERE id = actor AND role = 'super_admin') THEN
            RAISE EXCEPTION 'a super admin gives roles' USING ERRCODE = 'TA007';
        END IF;
        NEW.role_since := now();
    END IF;
    IF OLD.role = 'super_admin' AND OLD.status = 'active' AND (TG_OP = 'DELETE' OR NEW.role <> 'super_admin' OR NEW.status <> 'active') THEN
        -- one at a time: of two who demote each other at the same moment the second sees what the first did
        PERFORM pg_advisory_xact_lock(hashtextextended('techally:last super admin', 0));
        -- who was invited and has no password yet can't sign in
        IF NOT EXISTS (SELECT 1 FROM users WHERE role = 'super_admin' AND status = 'active' AND id <> OLD.id AND password_hash <> '!invited') THEN
            RAISE EXCEPTION 'the last super admin stays' USING ERRCODE = 'TA006';
        END IF;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
COMMENT ON FUNCTION guard_roles() IS 'BEFORE UPDATE or DELETE: a super admin gives roles, never one''s own (TA007), and the last super admin stays (TA006)';
-- before touch_row, and before anything that looks at role_since
CREATE TRIGGER guard_roles BEFORE UPDATE OF role, status, deleted_at ON users FOR EACH ROW
    WHEN ((OLD.role, OLD.status) IS DISTINCT FROM (NEW.role, NEW.status)) EXECUTE FUNCTION guard_roles();
CREATE TRIGGER guard_roles_deleted BEFORE DELETE ON users FOR EACH ROW WHEN (OLD.role = 'super_admin') EXECUTE FUNCTION guard_roles();

-- Sessions end with role and status; links and half sign-ins with address and password; rights for a time with the role.
CREATE FUNCTION end_access() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (OLD.role, OLD.status) IS DISTINCT FROM (NEW.role, NEW.status) THEN
        UPDATE user_sessions SET revoked_at = now() WHERE user_id = NEW.id AND revoked_at IS NULL;
        UPDATE access_requests SET state = 'ended', ended_at = now() WHERE user_id = NEW.id AND state = 'granted';
        UPDATE access_requests SET state = 'withdrawn', ended_at = now() WHERE user_id = NEW.id AND state = 'asked';
    END IF;
    -- the same password, hashed anew: nothing was given or taken
    IF current_setting('app.rehash', true) = 'yes' AND (OLD.role, OLD.status, OLD.email) IS NOT DISTINCT FROM (NEW.role, NEW.status, NEW.email) THEN
        RETURN NULL;
    END IF;
    DELETE FROM sign_in_steps WHERE user_id = NEW.id;
    UPDATE access_links SET ended_at = now() WHERE user_id = NEW.id AND used_at IS NULL AND ended_at IS NULL;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION end_access() IS 'AFTER UPDATE: sessions end with role and status, links and half sign-ins with address and password, rights for a time with the role';
CREATE TRIGGER end_access AFTER UPDATE OF role, status, email, password_hash ON users FOR EACH ROW
    WHEN ((OLD.role, OLD.status, OLD.email, OLD.password_hash) IS DISTINCT FROM (NEW.role, NEW.status, NEW.email, NEW.password_hash))
    EXECUTE FUNCTION end_access();

-- ── access ──
INSERT INTO audit_exemptions
SELECT 'sign_in_steps', operation, 'a sign-in that is not done yet; user_activity has its end, and it is gone after ten minutes'
FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS operation;

GRANT SELECT, INSERT, DELETE ON sign_in_steps, recovery_codes TO techally_admin;
GRANT UPDATE (used_at) ON recovery_codes TO techally_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON second_factors TO techally_admin;
GRANT SELECT, INSERT ON access_links, access_requests TO techally_admin;
GRANT UPDATE (used_at, ended_at) ON access_links TO techally_admin;
GRANT UPDATE (state, decided_by, decided_at, ends_at, ended_at) ON access_requests TO techally_admin;
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['second_factors', 'recovery_codes', 'sign_in_steps', 'access_links', 'access_requests'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY staff ON %I FOR ALL TO techally_admin USING (true) WITH CHECK (true)', t);
    END LOOP;
END $$;

RESET ROLE;
