-- Who can decide an erasure finds it in the inbox, and who asked for it what was decided. What is due of logs is estimated.
-- Two questions to the trail that took a minute at 50 million entries take no time.
SET ROLE techally_owner;

-- safe: the table is small, and its rows keep the kinds that they had
ALTER TABLE inbox_items DROP CONSTRAINT inbox_items_kind_check;
ALTER TABLE inbox_items ADD CONSTRAINT inbox_items_kind_check CHECK (kind IN ('mention', 'assignment', 'job', 'access', 'norm', 'erasure')) NOT VALID;
ALTER TABLE inbox_items VALIDATE CONSTRAINT inbox_items_kind_check;
ALTER TABLE inbox_items ADD COLUMN erasure_id uuid REFERENCES erasures (id);
-- safe: the column is new, so that the index has no row to read
CREATE INDEX inbox_items_erasure_idx ON inbox_items (erasure_id) WHERE erasure_id IS NOT NULL;
COMMENT ON TABLE inbox_items IS 'What a person should see: mentions in notes, orders given to them, jobs that ended, rights asked for and decided, colleagues who wanted to see more than the norm, erasures asked for and decided';

CREATE OR REPLACE FUNCTION due_log_months(p_now timestamptz) RETURNS TABLE (table_name name, month date, entries bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first date;
    part name;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['user_activity', 'payment_logs']::name[] LOOP
        SELECT min(to_date(right(c.relname, 8), '"y"YYYY"m"MM')) INTO first
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = format('public.%I', due_log_months.table_name)::regclass;
        FOR month IN SELECT m::date FROM generate_series(first, p_now - interval '90 days', interval '1 month') AS m
                     WHERE month_start((m + interval '1 month')::date) <= p_now - interval '90 days' LOOP
            part := partition_name(table_name, month);
            CONTINUE WHEN to_regclass(format('public.%I', part)) IS NULL;
            -- a month that is over changes no more: what its statistics say is near enough to tell how much goes
            SELECT c.reltuples::bigint INTO entries FROM pg_class c WHERE c.oid = format('public.%I', part)::regclass;
            IF entries < 0 THEN
                EXECUTE format('SELECT count(*) FROM %I', part) INTO entries;
            END IF;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END $$;
COMMENT ON FUNCTION due_log_months(timestamptz) IS 'Months of logs that ended 90 days ago or more, with about how many entries: they leave the database for the archive';

-- ── what every page of an order asks ──
CREATE FUNCTION latest_orders(p_user uuid, p_most int)
RETURNS TABLE (id uuid, order_number text, status text, currency text, grand_total numeric, created_at timestamptz)
-- a plan for all months, made once a connection: made for each call it took ten times as long as what it does
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT o.id, o.order_number::text, o.status::text, o.currency::text, o.grand_total, o.created_at
                 FROM orders o WHERE o.user_id = p_user AND o.deleted_at IS NULL ORDER BY o.created_at DESC LIMIT p_most;
END $$;
COMMENT ON FUNCTION latest_orders(uuid, int) IS 'The latest orders of a person, newest first';
GRANT EXECUTE ON FUNCTION latest_orders(uuid, int) TO techally_admin;

-- ── a trail of 50 million entries ──
CREATE OR REPLACE FUNCTION row_at(p_table text, p_row text, p_at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    -- a value, not now() in the statements, so that they aren't planned for the months to come
    until timestamptz := now() + interval '1 day';
    ending record;
    was jsonb;
BEGIN
    -- rows of one record are written one after the other, so that their ids have the order that their times may not
    SELECT l.id, l.action, l.changed, v.personal INTO ending
    FROM audit_log l LEFT JOIN audit_personal_values v ON v.occurred_at = l.occurred_at AND v.audit_id = l.id AND v.occurred_at >= p_at AND v.occurred_at < until
    WHERE l.table_name = p_table AND l.row_id = p_row AND l.action IN ('INSERT', 'DELETE') AND l.occurred_at >= p_at AND l.occurred_at < until
    ORDER BY l.id LIMIT 1;
    IF ending.action = 'INSERT' THEN
        RETURN NULL;
    ELSIF ending.action = 'DELETE' THEN
        SELECT COALESCE(jsonb_object_agg(f.field, f.base), '{}') INTO was FROM fields_before(p_table, ending.changed, ending.personal) AS f;
    ELSE
        was := row_now(p_table, p_row);
    END IF;
    IF was IS NULL THEN
        RETURN NULL;
    END IF;
    -- the first change of each field says what it was: few, also of a record that was changed a hundred thousand times
    RETURN was || COALESCE((
        WITH firsts AS MATERIALIZED (
            SELECT k.field, min(l.id) AS id
            FROM audit_log l CROSS JOIN LATERAL jsonb_each(l.changed) AS k (field, value)
            WHERE l.table_name = p_table AND l.row_id = p_row AND l.action = 'UPDATE' AND jsonb_typeof(k.value) = 'array'
              AND (ending.id IS NULL OR l.id < ending.id) AND l.occurred_at >= p_at AND l.occurred_at < until
            GROUP BY k.field)
        SELECT jsonb_object_agg(f.field, f.base)
        FROM audit_log l
        LEFT JOIN audit_personal_values v ON v.occurred_at = l.occurred_at AND v.audit_id = l.id AND v.occurred_at >= p_at AND v.occurred_at < until
        CROSS JOIN LATERAL fields_before(p_table, l.changed, v.personal) AS f
        JOIN firsts c ON c.field = f.field AND c.id = l.id
        WHERE l.table_name = p_table AND l.row_id = p_row AND l.action = 'UPDATE' AND l.id = ANY (ARRAY(SELECT c.id FROM firsts c))
          AND l.occurred_at >= p_at AND l.occurred_at < until), '{}');
END $$;

CREATE OR REPLACE FUNCTION row_as_of(p_table text, p_row text, p_now jsonb, p_at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    until timestamptz := now() + interval '1 day';
BEGIN
    RETURN p_now || COALESCE((
        SELECT jsonb_object_agg(c.field, c.base)
        FROM (SELECT DISTINCT ON (k.field) k.field,
                     -- the log itself has only the hash of a personal value
                     CASE WHEN a.kind = 'personal' AND v.personal IS NULL THEN '"(erased)"'::jsonb
                          ELSE COALESCE(v.personal -> k.field, l.changed -> k.field) -> 0 END AS base
              FROM audit_log l
              LEFT JOIN audit_personal_values v ON v.occurred_at = l.occurred_at AND v.audit_id = l.id AND v.occurred_at >= p_at AND v.occurred_at < until
              CROSS JOIN LATERAL jsonb_object_keys(l.changed) AS k (field)
              LEFT JOIN audit_columns a ON a.table_name = p_table AND a.column_name = k.field
              WHERE l.table_name = p_table AND l.row_id = p_row AND l.action = 'UPDATE' AND l.occurred_at >= p_at AND l.occurred_at < until
              ORDER BY k.field, l.occurred_at, l.id) c), '{}');
END $$;

RESET ROLE;
SET ROLE techally_audit;

CREATE OR REPLACE FUNCTION audit_unsealed_age() RETURNS interval
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- in the order of the seal, whose index finds the first at once; the oldest by its time was looked for from the beginning of the trail on
    RETURN (SELECT now() - min(f.occurred_at)
            FROM (SELECT l.occurred_at FROM audit_log l
                  WHERE (l.transaction_id, l.id) > (COALESCE((SELECT s.up_to FROM audit_seals s ORDER BY s.number DESC LIMIT 1), '0'::xid8),
                                                    COALESCE((SELECT s.last_id FROM audit_seals s ORDER BY s.number DESC LIMIT 1), 0))
                  ORDER BY l.transaction_id, l.id LIMIT 1000) AS f);
END $$;

RESET ROLE;
