-- Statistics of partitioned tables as a whole: autovacuum analyzes each month, never the parent.
SET ROLE techally_owner;

CREATE FUNCTION analyze_partitioned_table() RETURNS name
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    the_table name;
BEGIN
    SELECT p.table_name INTO the_table
    FROM partitioned_tables p JOIN pg_class c ON c.oid = format('public.%I', p.table_name)::regclass
    JOIN pg_stat_all_tables s ON s.relid = c.oid
    WHERE c.relowner = current_user::regrole AND COALESCE(s.last_analyze, '-infinity') < now() - interval '1 day'
    ORDER BY s.last_analyze NULLS FIRST, p.table_name LIMIT 1;
    IF the_table IS NOT NULL THEN
        EXECUTE format('ANALYZE %I', the_table);
    END IF;
    RETURN the_table;
END $$;
COMMENT ON FUNCTION analyze_partitioned_table() IS 'Analyzes the one partitioned table whose statistics are oldest and older than a day; returns its name, NULL when all are fresh';
GRANT EXECUTE ON FUNCTION analyze_partitioned_table() TO techally_admin;

RESET ROLE;
