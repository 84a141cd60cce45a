-- Who can decide an erasure finds it in the inbox, and who asked for it what was decided. What is due of logs is estimated.
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

RESET ROLE;
