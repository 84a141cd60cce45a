-- The audit trail: one generic trigger, personal values apart, sealed in a hash chain.
SET ROLE techally_owner;

CREATE SEQUENCE audit_log_id_seq;
CREATE TABLE audit_log (
    id bigint NOT NULL DEFAULT nextval('audit_log_id_seq'),
    occurred_at timestamptz NOT NULL DEFAULT now(),
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    table_name text NOT NULL,
    row_id text NOT NULL,
    action text NOT NULL CHECK (action IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    changed jsonb NOT NULL,
    actor_id uuid,
    actor_kind text NOT NULL,
    db_user text NOT NULL,
    request_id text,
    reason text,
    digest bytea NOT NULL,
    PRIMARY KEY (occurred_at, id)
) PARTITION BY RANGE (occurred_at);
ALTER SEQUENCE audit_log_id_seq OWNED BY audit_log.id;
CREATE INDEX audit_log_row_idx ON audit_log (table_name, row_id, occurred_at DESC);
CREATE INDEX audit_log_actor_idx ON audit_log (actor_id, occurred_at DESC);
CREATE INDEX audit_log_seal_idx ON audit_log (transaction_id, id);
INSERT INTO partitioned_tables (table_name, kind) VALUES ('audit_log', 'time');
COMMENT ON TABLE audit_log IS 'Every change of a business row: who, when, why, which fields before and after. Append-only for every role';
COMMENT ON COLUMN audit_log.changed IS '{"field": [before, after]}; personal values as salted hashes, secrets as "secret"';
COMMENT ON COLUMN audit_log.transaction_id IS 'Only rows of transactions that are surely over are sealed';
COMMENT ON COLUMN audit_log.digest IS 'SHA-256 of the row''s content; the seal chains these';
COMMENT ON COLUMN audit_log.actor_kind IS 'staff, customer, system, or database for an operator without an actor';

CREATE TABLE audit_personal_values (
    audit_id bigint NOT NULL,
    field text NOT NULL,
    before text,
    after text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (audit_id, field)
);
COMMENT ON TABLE audit_personal_values IS 'Personal data of audit rows, apart so that it can be erased while the log stays unchanged';

CREATE TABLE audit_columns (
    table_name name NOT NULL,
    column_name name NOT NULL,
    kind text NOT NULL CHECK (kind IN ('personal', 'secret', 'ignored')),
    PRIMARY KEY (table_name, column_name)
);
COMMENT ON TABLE audit_columns IS 'Columns that the audit trail treats apart: personal values hashed, secrets never written, ignored left out';

CREATE TABLE audit_salt (salt bytea NOT NULL);
CREATE UNIQUE INDEX audit_salt_one ON audit_salt ((true));
INSERT INTO audit_salt VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
COMMENT ON TABLE audit_salt IS 'Salt of the hashes of personal values; one row, readable by the owner alone';

CREATE TABLE audit_seals (
    number bigint PRIMARY KEY,
    up_to xid8 NOT NULL,
    rows_sealed bigint NOT NULL,
    last_id bigint,
    digest bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE audit_seals IS 'The hash chain over audit_log: digest = sha256(previous digest || digests of the rows of transactions before up_to)';

CREATE FUNCTION audit_digest(p_table text, p_row text, p_action text, p_changed jsonb, p_actor uuid, p_at timestamptz) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(convert_to(concat_ws('|', p_table, p_row, p_action, p_changed::text, p_actor::text, extract(epoch FROM p_at)::text), 'UTF8'))
$$;
COMMENT ON FUNCTION audit_digest(text, text, text, jsonb, uuid, timestamptz) IS 'Digest of an audit row''s content';

CREATE FUNCTION audit_write(p_table text, p_row text, p_action text, p_changed jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    actor uuid := NULLIF(current_setting('app.current_user_id', true), '')::uuid;
    new_id bigint;
BEGIN
    INSERT INTO audit_log (table_name, row_id, action, changed, actor_id, actor_kind, db_user, request_id, reason, digest)
    VALUES (p_table, p_row, p_action, p_changed, actor,
            COALESCE(NULLIF(current_setting('app.actor_kind', true), ''), CASE WHEN actor IS NULL THEN 'database' ELSE 'staff' END),
            session_user,
            NULLIF(current_setting('app.request_id', true), ''),
            NULLIF(current_setting('app.reason', true), ''),
            audit_digest(p_table, p_row, p_action, p_changed, actor, now()))
    RETURNING id INTO new_id;
    RETURN new_id;
END $$;
COMMENT ON FUNCTION audit_write(text, text, text, jsonb) IS 'Adds a row to the audit trail with actor, request and reason of the transaction';

CREATE FUNCTION audit_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    -- a trigger of a partitioned table runs under its partition's name, so the table is an argument
    audited text := TG_ARGV[0];
    key_columns text[] := string_to_array(TG_ARGV[1], ',');
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    salt bytea;
    changes jsonb := '{}';
    personal jsonb[] := '{}';
    row_key text;
    audit_id bigint;
    c record;
BEGIN
    FOR c IN
        SELECT k.key, before -> k.key AS old_value, after -> k.key AS new_value, a.kind
        FROM jsonb_object_keys(COALESCE(after, before)) AS k(key)
        LEFT JOIN audit_columns a ON a.table_name = audited AND a.column_name = k.key
        WHERE before -> k.key IS DISTINCT FROM after -> k.key
          AND NOT (TG_OP = 'INSERT' AND after -> k.key = 'null')
    LOOP
        IF c.kind IS NULL THEN
            changes := changes || jsonb_build_object(c.key, jsonb_build_array(c.old_value, c.new_value));
        ELSIF c.kind = 'secret' THEN
            changes := changes || jsonb_build_object(c.key, 'secret');
        ELSIF c.kind = 'personal' THEN
            IF salt IS NULL THEN
                SELECT s.salt INTO salt FROM audit_salt s;
            END IF;
            changes := changes || jsonb_build_object(c.key, jsonb_build_array(
                left(encode(sha256(salt || convert_to(c.old_value ->> 0, 'UTF8')), 'hex'), 24),
                left(encode(sha256(salt || convert_to(c.new_value ->> 0, 'UTF8')), 'hex'), 24)));
            personal := personal || jsonb_build_object('field', c.key, 'before', c.old_value, 'after', c.new_value);
        END IF;
    END LOOP;
    -- an update that changed nothing but ignored columns leaves no trace
    IF TG_OP = 'UPDATE' AND changes - 'version' - 'updated_at' = '{}' THEN
        RETURN NULL;
    END IF;
    SELECT string_agg(COALESCE(after, before) ->> k.name, '/' ORDER BY k.position) INTO row_key
    FROM unnest(key_columns) WITH ORDINALITY AS k(name, position);
    audit_id := audit_write(audited, row_key, TG_OP, changes);
    INSERT INTO audit_personal_values (audit_id, field, before, after)
    SELECT audit_id, p ->> 'field', p ->> 'before', p ->> 'after' FROM unnest(personal) AS p;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION audit_row() IS 'AFTER trigger of every business table; arguments: table, key columns by comma';

CREATE FUNCTION audit_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM audit_write(TG_ARGV[0], TG_TABLE_NAME, 'TRUNCATE', '{}');
    RETURN NULL;
END $$;
COMMENT ON FUNCTION audit_truncate() IS 'AFTER TRUNCATE trigger of every business table';

CREATE FUNCTION audit_table(p_table name, p_key text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION audit_row(%L, %L)',
                   p_table, p_table, p_key);
    EXECUTE format('CREATE TRIGGER audit_truncate AFTER TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION audit_truncate(%L)',
                   p_table, p_table);
    UPDATE partitioned_tables SET audit_key = p_key WHERE table_name = p_table;
END $$;
COMMENT ON FUNCTION audit_table(name, text) IS 'Puts a table under audit; key columns by comma. For migrations';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_ARGV[0], TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
COMMENT ON FUNCTION refuse_change() IS 'Guard of append-only tables, for their owner too';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change('audit_log');
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('audit_log');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_seals FOR EACH ROW EXECUTE FUNCTION refuse_change('audit_seals');
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit_seals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('audit_seals');

CREATE FUNCTION seal_audit_log() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    -- every transaction before this one is over: no row of theirs can still appear
    safe xid8 := pg_snapshot_xmin(pg_current_snapshot());
    last audit_seals%ROWTYPE;
    sealed bigint;
    final_id bigint;
    digests bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('seal_audit_log'));
    SELECT s.number, s.up_to, s.rows_sealed, s.last_id, s.digest, s.sealed_at INTO last
    FROM audit_seals s ORDER BY s.number DESC LIMIT 1;
    SELECT count(*), max(l.id), string_agg(l.digest, ''::bytea ORDER BY l.transaction_id, l.id) INTO sealed, final_id, digests
    FROM audit_log l WHERE l.transaction_id >= COALESCE(last.up_to, '0'::xid8) AND l.transaction_id < safe;
    IF sealed > 0 THEN
        INSERT INTO audit_seals (number, up_to, rows_sealed, last_id, digest)
        VALUES (COALESCE(last.number, 0) + 1, safe, sealed, final_id, sha256(COALESCE(last.digest, ''::bytea) || digests));
    END IF;
    RETURN sealed;
END $$;
COMMENT ON FUNCTION seal_audit_log() IS 'Seals the audit rows of finished transactions into the hash chain; returns how many';

GRANT SELECT ON audit_log, audit_personal_values, audit_seals, audit_columns TO techally_admin;
GRANT EXECUTE ON FUNCTION seal_audit_log() TO techally_admin;

RESET ROLE;
