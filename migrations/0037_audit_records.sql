-- A record at any moment, and the checks of the seal.
SET ROLE techally_owner;

-- ── a row at a moment ──
CREATE FUNCTION watched_key(p_table text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT string_to_array(split_part(encode(t.tgargs, 'escape'), '\000', 2), ',')
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE t.tgname = 'audit_row' AND c.relname = p_table AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
$$;
COMMENT ON FUNCTION watched_key(text) IS 'The columns that name a row of a table in the audit trail; NULL when the trail does not watch it';

CREATE FUNCTION row_now(p_table text, p_row text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    keys text[] := watched_key(p_table);
    parts text[];
    fits text;
    hidden text[];
    found jsonb;
BEGIN
    IF keys IS NULL THEN
        RAISE EXCEPTION '% is no table that the audit trail watches', p_table USING ERRCODE = 'undefined_table';
    END IF;
    parts := CASE WHEN cardinality(keys) = 1 THEN ARRAY[p_row] ELSE string_to_array(p_row, '/') END;
    IF cardinality(parts) <> cardinality(keys) THEN
        RETURN NULL;
    END IF;
    -- each part as what its column is, so that the primary key finds it
    SELECT string_agg(format('t.%I = %L::%s', a.attname, parts[k.position], format_type(a.atttypid, NULL)), ' AND ') INTO fits
    FROM unnest(keys) WITH ORDINALITY AS k (name, position)
    JOIN pg_attribute a ON a.attrelid = format('public.%I', p_table)::regclass AND a.attname = k.name;
    SELECT COALESCE(array_agg(c.column_name::text), '{}') INTO hidden
    FROM audit_columns c WHERE c.table_name = p_table AND c.kind IN ('secret', 'ignored');
    EXECUTE format('SELECT to_jsonb(t) - $1 FROM public.%I t WHERE %s', p_table, fits) INTO found USING hidden;
    RETURN found;
EXCEPTION WHEN data_exception THEN
    -- an id that no row of this table can have
    RETURN NULL;
END $$;
COMMENT ON FUNCTION row_now(text, text) IS
    'A row as it is, by its name in the audit trail, without secrets and what the trail leaves out; NULL when there is none';

CREATE FUNCTION fields_before(p_table text, p_changed jsonb, p_personal jsonb) RETURNS TABLE (field text, base jsonb)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT k.field,
           -- the log itself has only the hash of a personal value
           CASE WHEN a.kind = 'personal' AND p_personal IS NULL THEN '"(erased)"'::jsonb
                ELSE COALESCE(p_personal -> k.field, p_changed -> k.field) -> 0 END
    FROM jsonb_object_keys(p_changed) AS k (field)
    LEFT JOIN audit_columns a ON a.table_name = p_table AND a.column_name = k.field
    WHERE a.kind IS DISTINCT FROM 'secret' AND jsonb_typeof(p_changed -> k.field) = 'array'
$$;
COMMENT ON FUNCTION fields_before(text, jsonb, jsonb) IS 'What the fields of an entry were before it; secrets are left out';

CREATE FUNCTION row_at(p_table text, p_row text, p_at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    -- rows of one record are written one after the other, so that their ids have the order that their times may not
    WITH ending AS MATERIALIZED (
        SELECT l.id, l.action, l.changed, v.personal
        FROM audit_log l LEFT JOIN audit_personal_values v ON v.occurred_at = l.occurred_at AND v.audit_id = l.id
        WHERE l.table_name = p_table AND l.row_id = p_row AND l.action IN ('INSERT', 'DELETE')
          AND l.occurred_at >= p_at AND l.occurred_at < now() + interval '1 day'
        ORDER BY l.id LIMIT 1)
    SELECT CASE e.action
               WHEN 'INSERT' THEN NULL
               WHEN 'DELETE' THEN COALESCE((SELECT jsonb_object_agg(f.field, f.base) FROM fields_before(p_table, e.changed, e.personal) f), '{}')
               ELSE row_now(p_table, p_row)
           END || COALESCE((
        SELECT jsonb_object_agg(c.field, c.base)
        FROM (SELECT DISTINCT ON (f.field) f.field, f.base
              FROM audit_log l
              LEFT JOIN audit_personal_values v ON v.occurred_at = l.occurred_at AND v.audit_id = l.id
              CROSS JOIN LATERAL fields_before(p_table, l.changed, v.personal) AS f
              WHERE l.table_name = p_table AND l.row_id = p_row AND l.action = 'UPDATE' AND (e.id IS NULL OR l.id < e.id)
                AND l.occurred_at >= p_at AND l.occurred_at < now() + interval '1 day'
              ORDER BY f.field, l.id) c), '{}')
    FROM (SELECT 1) AS one LEFT JOIN ending e ON true
$$;
COMMENT ON FUNCTION row_at(text, text, timestamptz) IS
    'A row of any watched table as it was just before a moment, deleted ones too, from the audit trail; NULL when it was not there';
GRANT EXECUTE ON FUNCTION watched_key(text), row_now(text, text), fields_before(text, jsonb, jsonb), row_at(text, text, timestamptz) TO techally_admin;

-- ── checks of the seal ──
CREATE TABLE audit_checks (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL DEFAULT now(),
    head text,
    rows_sealed bigint NOT NULL CHECK (rows_sealed >= 0),
    rows_unsealed bigint NOT NULL CHECK (rows_unsealed >= 0),
    found bigint NOT NULL CHECK (found >= 0),
    findings text[] NOT NULL DEFAULT '{}',
    CONSTRAINT chk_check_times CHECK (ended_at >= started_at),
    CONSTRAINT chk_check_findings CHECK (cardinality(findings) <= 100 AND (found > 0) = (cardinality(findings) > 0))
);
COMMENT ON TABLE audit_checks IS 'What each check of the audit trail''s seals found; append-only, one or a few a day';
COMMENT ON COLUMN audit_checks.head IS 'The last seal then, number:digest; NULL when nothing was sealed yet';
COMMENT ON COLUMN audit_checks.rows_sealed IS 'Entries that the seals cover and that were reckoned anew';
COMMENT ON COLUMN audit_checks.rows_unsealed IS 'Entries behind the last seal, which were reckoned too';
COMMENT ON COLUMN audit_checks.found IS 'How many things were not as they were written';
COMMENT ON COLUMN audit_checks.findings IS 'The first hundred of them, in words, each with the row that it is about';
INSERT INTO audit_exemptions VALUES ('audit_checks', 'INSERT', 'A trail itself: what a check of the audit trail found, when and up to where; append-only');
SELECT append_only_table('audit_checks');
ALTER TABLE audit_checks ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON audit_checks TO techally_admin USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON audit_checks TO techally_admin;

RESET ROLE;
