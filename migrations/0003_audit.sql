-- The audit trail: one generic trigger, personal values apart, sealed in a hash chain. It belongs to a role of its own
-- that has no members, so that not even the owner of the business tables can switch its guards off.
SET ROLE techally_owner;

CREATE TABLE audit_columns (
    table_name name NOT NULL,
    column_name name NOT NULL,
    kind text NOT NULL CHECK (kind IN ('personal', 'secret', 'ignored')),
    PRIMARY KEY (table_name, column_name)
);
COMMENT ON TABLE audit_columns IS 'Columns that the audit trail treats apart: personal values hashed, secrets never written, ignored left out. Free texts in which people are named count as personal';

CREATE TABLE audit_exemptions (
    table_name name NOT NULL,
    operation text NOT NULL CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    reason text NOT NULL CHECK (length(reason) > 20),
    PRIMARY KEY (table_name, operation)
);
COMMENT ON TABLE audit_exemptions IS 'Writes that leave no audit row, each with its reason; a test tries all others on every table';
GRANT SELECT ON audit_columns, audit_exemptions TO techally_admin, techally_audit;

RESET ROLE;
SET ROLE techally_audit;

CREATE SEQUENCE audit_log_id_seq;
COMMENT ON SEQUENCE audit_log_id_seq IS 'Ids of audit rows';
CREATE TABLE audit_log (
    id bigint NOT NULL DEFAULT nextval('audit_log_id_seq'),
    occurred_at timestamptz NOT NULL DEFAULT now(),
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    table_name text NOT NULL,
    row_id text NOT NULL,
    action text NOT NULL CHECK (action IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'ERASE', 'RETIRE', 'RESTORE')),
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
COMMENT ON TABLE audit_log IS 'Every change of a business row: who, when, why, which fields before and after. Append-only for every role';
COMMENT ON COLUMN audit_log.action IS 'What a trigger saw, or ERASE (personal values of this row''s history), RETIRE and RESTORE (a month of orders)';
COMMENT ON COLUMN audit_log.changed IS '{"field": [before, after]}; personal values as salted hashes, secrets as "secret"';
COMMENT ON COLUMN audit_log.transaction_id IS 'Only rows of transactions that are surely over are sealed';
COMMENT ON COLUMN audit_log.actor_kind IS 'staff, customer, system, or database for an operator without an actor';
COMMENT ON COLUMN audit_log.reason IS 'Why, in the actor''s words. Can''t be erased: forms that ask for it say that people are not to be named';
COMMENT ON COLUMN audit_log.digest IS 'SHA-256 of all other columns (audit_digest); the seal chains these';

CREATE TABLE audit_personal_values (
    audit_id bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    personal jsonb,
    erased_at timestamptz,
    PRIMARY KEY (occurred_at, audit_id),
    CONSTRAINT chk_erased CHECK ((personal IS NULL) = (erased_at IS NOT NULL))
) PARTITION BY RANGE (occurred_at);
COMMENT ON TABLE audit_personal_values IS 'Personal data of audit rows, apart so that it can be erased while the log stays unchanged';
COMMENT ON COLUMN audit_personal_values.personal IS '{"field": [before, after]} in clear; NULL once erased';

CREATE TABLE audit_salt (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    salt bytea NOT NULL
);
INSERT INTO audit_salt (salt) VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
COMMENT ON TABLE audit_salt IS 'Salt of the hashes of personal values; one row, readable by the trail''s owner alone';

CREATE TABLE audit_seals (
    number bigint PRIMARY KEY,
    up_to xid8 NOT NULL,
    last_id bigint NOT NULL,
    rows_sealed int NOT NULL,
    row_ids bigint[] NOT NULL,
    row_names text[] NOT NULL,
    row_digests bytea NOT NULL,
    digest bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT chk_seal_rows CHECK (rows_sealed = cardinality(row_ids) AND rows_sealed = cardinality(row_names)
                                    AND length(row_digests) = 32 * rows_sealed AND rows_sealed > 0)
);
COMMENT ON TABLE audit_seals IS 'The hash chain over audit_log, in the order (transaction_id, id). A seal remembers its rows, so that a changed, deleted or added one can be named';
COMMENT ON COLUMN audit_seals.up_to IS 'Transaction of the last row; with last_id the place where the next seal begins';
COMMENT ON COLUMN audit_seals.row_names IS 'table/row of each row, to name one that is gone';
COMMENT ON COLUMN audit_seals.row_digests IS 'The digests of the rows, 32 bytes each';
COMMENT ON COLUMN audit_seals.digest IS 'SHA-256 over the previous seal''s digest and all of this one (seal_digest): the head to keep elsewhere';

-- ── writing ────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION audit_digest(
    p_id bigint, p_occurred_at timestamptz, p_transaction_id xid8, p_table_name text, p_row_id text, p_action text, p_changed jsonb,
    p_actor_id uuid, p_actor_kind text, p_db_user text, p_request_id text, p_reason text
) RETURNS bytea LANGUAGE sql IMMUTABLE
    -- the text of an array of texts: lengths and NULLs can't be confused
    RETURN sha256(convert_to(jsonb_build_array(
        p_id::text, ((extract(epoch FROM p_occurred_at) * 1000000)::bigint)::text, p_transaction_id::text, p_table_name, p_row_id, p_action,
        p_changed::text, p_actor_id::text, p_actor_kind, p_db_user, p_request_id, p_reason)::text, 'UTF8'));
COMMENT ON FUNCTION audit_digest(bigint, timestamptz, xid8, text, text, text, jsonb, uuid, text, text, text, text) IS
    'Digest of an audit row: every column but the digest itself. `techally verify-audit` reckons the same by itself';

CREATE FUNCTION current_actor_kind() RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN NULLIF(current_setting('app.current_user_id', true), '') IS NULL AND NULLIF(current_setting('app.actor_kind', true), '') IS NULL THEN 'database'
        -- the storefront is never taken for staff or system, whatever it says
        WHEN pg_has_role(session_user, 'techally_app', 'USAGE') AND NOT pg_has_role(session_user, 'techally_admin', 'USAGE') THEN 'customer'
        ELSE COALESCE(NULLIF(current_setting('app.actor_kind', true), ''), 'staff')
    END
$$;
COMMENT ON FUNCTION current_actor_kind() IS 'Kind of this transaction''s actor: staff, customer, system, or database when nobody is named';

CREATE FUNCTION audit_write(p_table text, p_row text, p_action text, p_changed jsonb, p_personal jsonb DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    new_id bigint := nextval('audit_log_id_seq');
    actor uuid := NULLIF(current_setting('app.current_user_id', true), '')::uuid;
    kind text := current_actor_kind();
    request text := NULLIF(current_setting('app.request_id', true), '');
    why text := NULLIF(current_setting('app.reason', true), '');
BEGIN
    INSERT INTO audit_log (id, occurred_at, transaction_id, table_name, row_id, action, changed, actor_id, actor_kind, db_user, request_id, reason, digest)
    VALUES (new_id, now(), pg_current_xact_id(), p_table, p_row, p_action, p_changed, actor, kind, session_user, request, why,
            audit_digest(new_id, now(), pg_current_xact_id(), p_table, p_row, p_action, p_changed, actor, kind, session_user, request, why));
    IF p_personal IS NOT NULL THEN
        INSERT INTO audit_personal_values (audit_id, occurred_at, personal) VALUES (new_id, now(), p_personal);
    END IF;
    RETURN new_id;
END $$;
COMMENT ON FUNCTION audit_write(text, text, text, jsonb, jsonb) IS 'Adds a row to the audit trail with actor, request and reason of the transaction';

CREATE FUNCTION audit_hash(p_salt bytea, p_value jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN left(encode(sha256(p_salt || convert_to(p_value #>> '{}', 'UTF8')), 'hex'), 24);
COMMENT ON FUNCTION audit_hash(bytea, jsonb) IS 'What the log says of a personal value: equal values look equal, nobody can tell which';

CREATE FUNCTION audit_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    -- a trigger of a partitioned table runs under its partition's name, so the table is an argument
    audited text := TG_ARGV[0];
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    changes jsonb;
    personal jsonb;
    row_key text;
BEGIN
    SELECT jsonb_object_agg(d.key, CASE d.kind
               WHEN 'secret' THEN '"secret"'::jsonb
               WHEN 'personal' THEN jsonb_build_array(audit_hash(d.salt, d.old_value), audit_hash(d.salt, d.new_value))
               ELSE jsonb_build_array(d.old_value, d.new_value) END),
           jsonb_object_agg(d.key, jsonb_build_array(d.old_value, d.new_value)) FILTER (WHERE d.kind = 'personal')
    INTO changes, personal
    FROM (SELECT k.key, before -> k.key AS old_value, after -> k.key AS new_value, a.kind,
                 CASE a.kind WHEN 'personal' THEN (SELECT s.salt FROM audit_salt s) END AS salt
          FROM jsonb_object_keys(COALESCE(after, before)) AS k(key)
          LEFT JOIN audit_columns a ON a.table_name = audited AND a.column_name = k.key) AS d
    WHERE d.kind IS DISTINCT FROM 'ignored' AND COALESCE(d.old_value, 'null') <> COALESCE(d.new_value, 'null');
    -- an update that changed nothing but ignored columns leaves no trace
    IF TG_OP = 'UPDATE' AND COALESCE(changes, '{}') - 'version' - 'updated_at' = '{}' THEN
        RETURN NULL;
    END IF;
    SELECT string_agg(COALESCE(before, after) ->> k.name, '/' ORDER BY k.position) INTO row_key
    FROM unnest(string_to_array(TG_ARGV[1], ',')) WITH ORDINALITY AS k(name, position);
    PERFORM audit_write(audited, row_key, TG_OP, COALESCE(changes, '{}'), personal);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION audit_row() IS 'AFTER trigger of every business table; arguments: table, key columns by comma';

CREATE FUNCTION audit_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM audit_write(TG_ARGV[0], TG_TABLE_NAME, 'TRUNCATE', '{}');
    RETURN NULL;
END $$;
COMMENT ON FUNCTION audit_truncate() IS 'AFTER TRUNCATE trigger of every business table and its partitions';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_ARGV[0], TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
COMMENT ON FUNCTION refuse_change() IS 'Guard of append-only tables, for their owner too';

-- ── putting a table under audit; both run as the migration's role ──────────────────────────────
CREATE FUNCTION audit_table(p_table name, p_key text, p_operations text DEFAULT 'INSERT OR UPDATE OR DELETE') RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER audit_row AFTER %s ON %I FOR EACH ROW EXECUTE FUNCTION audit_row(%L, %L)', p_operations, p_table, p_table, p_key);
    EXECUTE format('CREATE TRIGGER audit_truncate AFTER TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION audit_truncate(%L)', p_table, p_table);
    PERFORM copy_truncate_triggers(p_table, c.relname) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = format('public.%I', p_table)::regclass;
END $$;
COMMENT ON FUNCTION audit_table(name, text, text) IS 'Puts a table under audit; key columns by comma. For migrations';

CREATE FUNCTION append_only_table(p_table name) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change(%L)', p_table, p_table);
    EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(%L)', p_table, p_table);
    PERFORM copy_truncate_triggers(p_table, c.relname) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = format('public.%I', p_table)::regclass;
END $$;
COMMENT ON FUNCTION append_only_table(name) IS 'Makes a table append-only, its partitions too. For migrations';

GRANT EXECUTE ON FUNCTION audit_row(), audit_truncate(), refuse_change(), audit_table(name, text, text), append_only_table(name),
    audit_write(text, text, text, jsonb, jsonb) TO techally_owner;
GRANT EXECUTE ON FUNCTION current_actor_kind() TO techally_owner, techally_admin, techally_app;
RESET ROLE;
GRANT EXECUTE ON FUNCTION copy_truncate_triggers(name, name) TO techally_audit;
SET ROLE techally_audit;
SELECT append_only_table('audit_log');
SELECT append_only_table('audit_seals');

CREATE FUNCTION erase_only() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.personal IS NULL AND NEW.erased_at IS NOT NULL
       AND (NEW.audit_id, NEW.occurred_at) = (OLD.audit_id, OLD.occurred_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% can only be erased: % refused', TG_ARGV[0], TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
COMMENT ON FUNCTION erase_only() IS 'Guard of audit_personal_values: values can be lost, never changed';
CREATE TRIGGER erase_only BEFORE UPDATE OR DELETE ON audit_personal_values FOR EACH ROW EXECUTE FUNCTION erase_only('audit_personal_values');
CREATE TRIGGER erase_only_truncate BEFORE TRUNCATE ON audit_personal_values FOR EACH STATEMENT EXECUTE FUNCTION erase_only('audit_personal_values');

CREATE FUNCTION erase_audit_values(p_table text, p_row text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    erased int;
BEGIN
    UPDATE audit_personal_values v SET personal = NULL, erased_at = now()
    FROM audit_log l WHERE l.table_name = p_table AND l.row_id = p_row AND v.audit_id = l.id AND v.occurred_at = l.occurred_at AND v.erased_at IS NULL;
    GET DIAGNOSTICS erased = ROW_COUNT;
    PERFORM audit_write(p_table, p_row, 'ERASE', jsonb_build_object('audit_rows', erased));
    RETURN erased;
END $$;
COMMENT ON FUNCTION erase_audit_values(text, text) IS 'Erases the personal values in the history of a row, which leaves an audit row itself; returns of how many entries';

-- ── sealing ────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION seal_digest(p_previous bytea, p_number bigint, p_up_to xid8, p_last_id bigint, p_row_ids bigint[], p_row_names text[], p_row_digests bytea)
RETURNS bytea LANGUAGE sql IMMUTABLE
    RETURN sha256(COALESCE(p_previous, ''::bytea)
        || convert_to(jsonb_build_array(p_number::text, p_up_to::text, p_last_id::text, array_to_string(p_row_ids, ','))::text, 'UTF8')
        || convert_to(to_jsonb(p_row_names)::text, 'UTF8') || p_row_digests);
COMMENT ON FUNCTION seal_digest(bytea, bigint, xid8, bigint, bigint[], text[], bytea) IS 'Digest of a seal, over the previous one''s';

CREATE FUNCTION seal_audit_log(p_rows int DEFAULT 5000) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    safe xid8;
    last record;
    new record;
    sealed bigint := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('seal_audit_log'));
    -- every transaction before this one is over: no row of theirs can still appear. Asked in a statement of its own,
    -- so that the later ones, each with a newer snapshot, see all their rows
    safe := pg_snapshot_xmin(pg_current_snapshot());
    SELECT s.number, s.up_to, s.last_id, s.digest INTO last FROM audit_seals s ORDER BY s.number DESC LIMIT 1;
    IF last.up_to >= safe THEN
        RAISE EXCEPTION 'the audit trail is from a cluster that was ahead of this one: transaction % was sealed, here % is next', last.up_to, safe
            USING HINT = 'A dump was restored into a new cluster. Restore a physical backup, or move the counter on with pg_resetwal -x and -e.';
    END IF;
    LOOP
        SELECT (array_agg(b.transaction_id ORDER BY b.transaction_id DESC, b.id DESC))[1] AS up_to,
               (array_agg(b.id ORDER BY b.transaction_id DESC, b.id DESC))[1] AS last_id, count(*)::int AS rows_sealed, array_agg(b.id ORDER BY b.transaction_id, b.id) AS row_ids,
               array_agg(b.table_name || '/' || b.row_id ORDER BY b.transaction_id, b.id) AS row_names,
               string_agg(b.digest, ''::bytea ORDER BY b.transaction_id, b.id) AS row_digests
        INTO new
        FROM (SELECT l.transaction_id, l.id, l.table_name, l.row_id, l.digest FROM audit_log l
              WHERE (l.transaction_id, l.id) > (COALESCE(last.up_to, '0'::xid8), COALESCE(last.last_id, 0)) AND l.transaction_id < safe
              ORDER BY l.transaction_id, l.id LIMIT p_rows) AS b;
        EXIT WHEN new.rows_sealed = 0;
        INSERT INTO audit_seals (number, up_to, last_id, rows_sealed, row_ids, row_names, row_digests, digest)
        VALUES (COALESCE(last.number, 0) + 1, new.up_to, new.last_id, new.rows_sealed, new.row_ids, new.row_names, new.row_digests,
                seal_digest(last.digest, COALESCE(last.number, 0) + 1, new.up_to, new.last_id, new.row_ids, new.row_names, new.row_digests))
        RETURNING number, up_to, last_id, digest INTO last;
        sealed := sealed + new.rows_sealed;
        -- a backlog is sealed bit by bit: the next call goes on
        EXIT WHEN new.rows_sealed < p_rows OR sealed >= 20 * p_rows;
    END LOOP;
    RETURN sealed;
END $$;
COMMENT ON FUNCTION seal_audit_log(int) IS 'Seals the audit rows of finished transactions into the hash chain, so many a seal; returns how many rows';

CREATE FUNCTION audit_unsealed_age() RETURNS interval
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT now() - min(l.occurred_at) FROM audit_log l
    WHERE (l.transaction_id, l.id) > (COALESCE((SELECT s.up_to FROM audit_seals s ORDER BY s.number DESC LIMIT 1), '0'::xid8),
                                      COALESCE((SELECT s.last_id FROM audit_seals s ORDER BY s.number DESC LIMIT 1), 0))
$$;
COMMENT ON FUNCTION audit_unsealed_age() IS 'Age of the oldest audit row that isn''t sealed; over 10 s is an alarm. NULL when all are';

CREATE FUNCTION make_audit_partitions(p_from date, p_to date) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT make_partitions(p_from, p_to)
$$;
COMMENT ON FUNCTION make_audit_partitions(date, date) IS 'Makes the missing partitions of the audit trail; part of ensure_partitions_between';

GRANT SELECT ON audit_log, audit_personal_values, audit_seals TO techally_admin;
GRANT EXECUTE ON FUNCTION seal_audit_log(int), audit_unsealed_age(), erase_audit_values(text, text) TO techally_admin;
GRANT EXECUTE ON FUNCTION make_audit_partitions(date, date) TO techally_owner;

RESET ROLE;
SET ROLE techally_owner;
INSERT INTO partitioned_tables VALUES ('audit_log', 'time'), ('audit_personal_values', 'time');
RESET ROLE;
