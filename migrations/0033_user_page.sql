-- What the page of a person needs: notes by staff, suspension for a time, a password that must be chosen anew, values seen
-- there for a reason, and how many of those an hour may be.
SET ROLE techally_owner;

-- ── notes ──
CREATE TABLE user_notes (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    user_id uuid NOT NULL REFERENCES users (id),
    author_id uuid NOT NULL REFERENCES users (id),
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 4000),
    pinned boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    version int NOT NULL DEFAULT 1
);
CREATE INDEX user_notes_user_idx ON user_notes (user_id, id DESC);
CREATE INDEX user_notes_author_idx ON user_notes (author_id);
COMMENT ON TABLE user_notes IS 'What staff should know of a person: shown on their page and at every decision about them; only staff see it';
COMMENT ON COLUMN user_notes.pinned IS 'Stands first, and in the forms of acts on this person';
CREATE TRIGGER touch_row BEFORE UPDATE ON user_notes FOR EACH ROW EXECUTE FUNCTION touch_row();
INSERT INTO audit_columns VALUES ('user_notes', 'body', 'personal');
SELECT audit_table('user_notes', 'id');

-- ── suspension for a time, a password to be chosen anew ──
ALTER TABLE users ADD COLUMN suspended_until timestamptz;
ALTER TABLE users ADD COLUMN reset_due boolean NOT NULL DEFAULT false;
-- safe: one look at each row, all of which have none
ALTER TABLE users ADD CONSTRAINT chk_suspended_until CHECK (suspended_until IS NULL OR status = 'suspended') NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT chk_suspended_until;
-- safe: hardly anybody is suspended for a time
CREATE INDEX users_suspended_until_idx ON users (suspended_until) WHERE suspended_until IS NOT NULL;
COMMENT ON COLUMN users.suspended_until IS 'When a suspension ends by itself: the worker reactivates the account then; nothing: a colleague does';
COMMENT ON COLUMN users.reset_due IS 'The shop asks for a new password at the next sign-in and takes the old one no more; staff get a mail with a link instead';

CREATE FUNCTION end_suspension() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.suspended_until := NULL;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION end_suspension() IS 'BEFORE UPDATE to another status than suspended: no end is left to wait for';
CREATE TRIGGER end_suspension BEFORE UPDATE OF status ON users FOR EACH ROW
    WHEN (NEW.status <> 'suspended' AND OLD.suspended_until IS NOT NULL) EXECUTE FUNCTION end_suspension();

CREATE FUNCTION end_reset_due() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.reset_due := false;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION end_reset_due() IS 'BEFORE UPDATE to a new password: none is due any more';
CREATE TRIGGER end_reset_due BEFORE UPDATE OF password_hash ON users FOR EACH ROW
    WHEN (OLD.reset_due AND NEW.password_hash IS DISTINCT FROM OLD.password_hash) EXECUTE FUNCTION end_reset_due();
GRANT SELECT (reset_due) ON users TO techally_app;

-- ── values seen for a reason ──
ALTER TABLE reveals DROP CONSTRAINT reveals_field_check;
ALTER TABLE reveals ADD CONSTRAINT reveals_field_check CHECK (field IN ('email', 'phone', 'ship_to', 'bill_to', 'birth', 'addresses')) NOT VALID;
ALTER TABLE reveals VALIDATE CONSTRAINT reveals_field_check;
COMMENT ON COLUMN reveals.order_id IS 'Where it was looked at; nothing: on the person''s own page. No foreign key: who saw what stays known when a month of orders is archived';

CREATE FUNCTION reveal_norm() RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS 'SELECT 20';
COMMENT ON FUNCTION reveal_norm() IS 'Masked values that a person may see in an hour before a colleague must grant more';

CREATE FUNCTION keep_reveal_norm() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    -- one at a time for each person, so that many at once can't pass together
    PERFORM pg_advisory_xact_lock(hashtextextended('techally:reveals:' || NEW.actor_id, 0));
    IF (SELECT count(*) FROM reveals r WHERE r.actor_id = NEW.actor_id AND r.created_at > now() - interval '1 hour') >= reveal_norm()
       AND NOT EXISTS (SELECT 1 FROM access_requests a WHERE a.user_id = NEW.actor_id AND a.right_name = 'reveal_more'
                       AND a.state = 'granted' AND a.ends_at > now()) THEN
        RAISE EXCEPTION 'this person saw % masked values in the last hour', reveal_norm() USING ERRCODE = 'TA008';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_reveal_norm() IS 'BEFORE INSERT: more than the norm in an hour only with the right reveal_more, which a colleague grants (TA008)';
CREATE TRIGGER keep_reveal_norm BEFORE INSERT ON reveals FOR EACH ROW EXECUTE FUNCTION keep_reveal_norm();

ALTER TABLE inbox_items DROP CONSTRAINT inbox_items_kind_check;
ALTER TABLE inbox_items ADD CONSTRAINT inbox_items_kind_check CHECK (kind IN ('mention', 'assignment', 'job', 'access', 'norm')) NOT VALID;
ALTER TABLE inbox_items VALIDATE CONSTRAINT inbox_items_kind_check;
COMMENT ON TABLE inbox_items IS 'What a person should see: mentions in notes, orders given to them, jobs that ended, rights asked for and decided, colleagues who wanted to see more than the norm';

-- ── access ──
GRANT SELECT, INSERT ON user_notes TO techally_admin;
GRANT UPDATE (body, pinned, deleted_at) ON user_notes TO techally_admin;
GRANT EXECUTE ON FUNCTION reveal_norm() TO techally_admin;
ALTER TABLE user_notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON user_notes FOR ALL TO techally_admin USING (true) WITH CHECK (true);

RESET ROLE;
