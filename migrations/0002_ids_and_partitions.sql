-- UUIDv7 ids and monthly partitions.
SET ROLE techally_owner;

CREATE FUNCTION uuid_v7(ts timestamptz DEFAULT clock_timestamp()) RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    -- 48 bits of milliseconds over a random version 4 id; two more bits make its version 7
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
               PLACING substring(int8send(floor(extract(epoch FROM ts) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;
COMMENT ON FUNCTION uuid_v7(timestamptz) IS 'A new UUIDv7 of that time: sorts by time to the millisecond';

CREATE FUNCTION uuid_v7_floor(ts timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex(floor(extract(epoch FROM ts) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
COMMENT ON FUNCTION uuid_v7_floor(timestamptz) IS 'Lower bound of all UUIDv7 of that millisecond: turns a date filter into a range of ids';

CREATE FUNCTION uuid_v7_time(id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_timestamp(('x0000' || left(replace(id::text, '-', ''), 12))::bit(64)::bigint / 1000.0)
$$;
COMMENT ON FUNCTION uuid_v7_time(uuid) IS 'The time in a UUIDv7';

CREATE FUNCTION touch_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION touch_row() IS 'BEFORE UPDATE: counts the row''s version and notes the time; forms carry the version they were drawn from';

CREATE TABLE partitioned_tables (
    table_name name PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('order', 'time')),
    audit_key text
);
COMMENT ON TABLE partitioned_tables IS 'Tables that get a partition a month; kind: by the id of the order, or by time';
COMMENT ON COLUMN partitioned_tables.audit_key IS 'Set when TRUNCATE of a partition must be audited';

CREATE FUNCTION ensure_partitions_between(p_from date, p_to date) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    made int := 0;
    month date;
    partition_name text;
    t record;
    lower text;
    upper text;
BEGIN
    -- two at once: the second waits and finds all there
    PERFORM pg_advisory_xact_lock(hashtext('ensure_partitions'));
    FOR month IN SELECT generate_series(date_trunc('month', p_from), date_trunc('month', p_to), interval '1 month')::date LOOP
        FOR t IN SELECT table_name, kind, audit_key FROM partitioned_tables ORDER BY table_name <> 'orders', table_name LOOP
            partition_name := format('%s_%s', t.table_name, to_char(month, '"y"YYYY"m"MM'));
            CONTINUE WHEN to_regclass(format('public.%I', partition_name)) IS NOT NULL;
            -- months are UTC months, whatever the session's time zone
            lower := (month::timestamp AT TIME ZONE 'UTC')::text;
            upper := ((month + interval '1 month')::timestamp AT TIME ZONE 'UTC')::text;
            IF t.kind = 'order' THEN
                lower := uuid_v7_floor(lower::timestamptz)::text;
                upper := uuid_v7_floor(upper::timestamptz)::text;
            END IF;
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', partition_name, t.table_name, lower, upper);
            IF t.audit_key IS NOT NULL THEN
                EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION audit_truncate(%L)',
                               'audit_truncate', partition_name, t.table_name);
            END IF;
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;
COMMENT ON FUNCTION ensure_partitions_between(date, date) IS 'Makes the missing partitions of these months; returns how many it made';

CREATE FUNCTION ensure_partitions(p_months_ahead int DEFAULT 12) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT ensure_partitions_between((now() AT TIME ZONE 'UTC')::date, ((now() AT TIME ZONE 'UTC') + make_interval(months => p_months_ahead))::date)
$$;
COMMENT ON FUNCTION ensure_partitions(int) IS 'Keeps partitions for this month and so many ahead';

CREATE FUNCTION partitions_ahead() RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE(min(ahead), 0)::int FROM (
        SELECT (SELECT count(*) FROM generate_series(1, 120) AS n
                WHERE to_regclass(format('public.%I', format('%s_%s', t.table_name,
                      to_char((now() AT TIME ZONE 'UTC') + make_interval(months => n), '"y"YYYY"m"MM')))) IS NOT NULL) AS ahead
        FROM partitioned_tables t) AS each
$$;
COMMENT ON FUNCTION partitions_ahead() IS 'Months ahead for which every partitioned table has its partition; under 3 is an alarm';

GRANT EXECUTE ON FUNCTION uuid_v7(timestamptz), uuid_v7_floor(timestamptz), uuid_v7_time(uuid)
    TO techally_admin, techally_app, techally_readonly;
GRANT EXECUTE ON FUNCTION touch_row() TO techally_admin, techally_app;
GRANT EXECUTE ON FUNCTION ensure_partitions(int), partitions_ahead() TO techally_admin;
GRANT SELECT ON partitioned_tables TO techally_admin;

RESET ROLE;
