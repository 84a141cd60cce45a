-- UUIDv7 ids and monthly partitions.
SET ROLE techally_owner;

-- Functions with a RETURN body are bound to their operators when they are made: no search_path can redirect them.
CREATE FUNCTION uuid_v7(ts timestamptz DEFAULT clock_timestamp()) RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
    -- 48 bits of milliseconds over a random version 4 id; two more bits make its version 7
    RETURN encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
               PLACING substring(int8send(floor(extract(epoch FROM ts) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;
COMMENT ON FUNCTION uuid_v7(timestamptz) IS 'A new UUIDv7 of that time: sorts by time to the millisecond';

CREATE FUNCTION uuid_v7_floor(ts timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (lpad(to_hex(floor(extract(epoch FROM ts) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
COMMENT ON FUNCTION uuid_v7_floor(timestamptz) IS 'Lower bound of all UUIDv7 of that millisecond: turns a date filter into a range of ids';

CREATE FUNCTION uuid_v7_time(id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_timestamp(('x0000' || left(replace(id::text, '-', ''), 12))::bit(64)::bigint / 1000.0);
COMMENT ON FUNCTION uuid_v7_time(uuid) IS 'The time in a UUIDv7';

CREATE FUNCTION touch_row() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.updated_at := now();
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION touch_row() IS 'BEFORE UPDATE: counts the row''s version and notes the time; forms carry the version they were drawn from';

CREATE TABLE partitioned_tables (
    table_name name PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('order', 'time'))
);
COMMENT ON TABLE partitioned_tables IS 'Tables that get a partition a month; kind: by the id of the order, or by time';

CREATE FUNCTION partition_name(p_table name, p_month date) RETURNS name
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (p_table || '_y' || lpad(extract(year FROM p_month)::text, 4, '0') || 'm' || lpad(extract(month FROM p_month)::text, 2, '0'))::name;
COMMENT ON FUNCTION partition_name(name, date) IS 'Name of a table''s partition for a month: orders_y2026m11';

CREATE FUNCTION month_start(p_month date) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN date_trunc('month', p_month::timestamp) AT TIME ZONE 'UTC';
COMMENT ON FUNCTION month_start(date) IS 'When a month begins: months are UTC months, whatever the session''s time zone';

-- Row triggers come to partitions by themselves, statement triggers don't: TRUNCATE of a partition would pass by.
CREATE FUNCTION copy_truncate_triggers(p_table name, p_partition name) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    definition text;
BEGIN
    FOR definition IN
        SELECT regexp_replace(pg_get_triggerdef(t.oid), ' ON (public\.)?\w+ ', format(' ON public.%I ', p_partition))
        FROM pg_trigger t
        WHERE t.tgrelid = format('public.%I', p_table)::regclass AND NOT t.tgisinternal AND t.tgtype & 32 <> 0
          AND NOT EXISTS (SELECT 1 FROM pg_trigger p WHERE p.tgrelid = format('public.%I', p_partition)::regclass AND p.tgname = t.tgname)
    LOOP
        EXECUTE definition;
    END LOOP;
END $$;
COMMENT ON FUNCTION copy_truncate_triggers(name, name) IS 'Gives a partition the TRUNCATE triggers of its table that it lacks';

-- Not SECURITY DEFINER: each owner makes the partitions of its own tables. The short lock_timeout is below
-- deadlock_timeout: it is this function that gives way to orders being written, never the other way round.
CREATE FUNCTION make_partitions(p_from date, p_to date) RETURNS int
LANGUAGE plpgsql SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    made int := 0;
    month date;
    partition name;
    t record;
    lower text;
    upper text;
BEGIN
    FOR month IN SELECT generate_series(date_trunc('month', p_from::timestamp), p_to::timestamp, interval '1 month')::date LOOP
        FOR t IN
            SELECT p.table_name, p.kind FROM partitioned_tables p JOIN pg_class c ON c.oid = format('public.%I', p.table_name)::regclass
            WHERE c.relowner = current_user::regrole ORDER BY p.table_name <> 'orders', p.table_name
        LOOP
            partition := partition_name(t.table_name, month);
            CONTINUE WHEN to_regclass(format('public.%I', partition)) IS NOT NULL;
            lower := month_start(month)::text;
            upper := month_start((month + interval '1 month')::date)::text;
            IF t.kind = 'order' THEN
                lower := uuid_v7_floor(lower::timestamptz)::text;
                upper := uuid_v7_floor(upper::timestamptz)::text;
            END IF;
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', partition, t.table_name, lower, upper);
            PERFORM copy_truncate_triggers(t.table_name, partition);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;
COMMENT ON FUNCTION make_partitions(date, date) IS 'Makes the missing partitions of the caller''s own tables for these months; returns how many it made';

CREATE FUNCTION ensure_partitions_between(p_from date, p_to date) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- two at once: the second waits and finds all there
    PERFORM pg_advisory_xact_lock(hashtext('ensure_partitions'));
    RETURN make_partitions(p_from, p_to) + make_audit_partitions(p_from, p_to);
END $$;
COMMENT ON FUNCTION ensure_partitions_between(date, date) IS 'Makes the missing partitions of these months; returns how many it made';

CREATE FUNCTION ensure_partitions(p_months_ahead int DEFAULT 12) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT ensure_partitions_between((now() AT TIME ZONE 'UTC')::date, ((now() AT TIME ZONE 'UTC') + make_interval(months => p_months_ahead))::date)
$$;
COMMENT ON FUNCTION ensure_partitions(int) IS 'Keeps partitions for this month and so many ahead';

CREATE FUNCTION partitions_ahead() RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- the first month that one of the tables lacks ends the count
    SELECT COALESCE(min(n) - 1, 120)::int
    FROM partitioned_tables t, generate_series(0, 120) AS n
    WHERE to_regclass(format('public.%I', partition_name(t.table_name, ((now() AT TIME ZONE 'UTC') + make_interval(months => n))::date))) IS NULL
$$;
COMMENT ON FUNCTION partitions_ahead() IS 'Whole months after this one for which every partitioned table has its partition; under 3 is an alarm, -1 when this month lacks one';

GRANT EXECUTE ON FUNCTION uuid_v7(timestamptz), uuid_v7_floor(timestamptz), uuid_v7_time(uuid)
    TO techally_admin, techally_app, techally_readonly, techally_audit;
GRANT EXECUTE ON FUNCTION partition_name(name, date), month_start(date), copy_truncate_triggers(name, name), make_partitions(date, date) TO techally_audit;
GRANT EXECUTE ON FUNCTION partition_name(name, date), month_start(date) TO techally_admin;
GRANT EXECUTE ON FUNCTION ensure_partitions(int), partitions_ahead() TO techally_admin;
GRANT SELECT ON partitioned_tables TO techally_admin, techally_audit;

RESET ROLE;
