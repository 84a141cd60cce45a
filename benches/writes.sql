-- What a write costs: with and without the audit trail, and how many updates are HOT at which fillfactor.
-- As superuser (make psql ARGS='-d DATABASE -f benches/writes.sql'). All of it is rolled back or in temporary tables.
\set QUIET on
\pset footer off
SET client_min_messages = warning;
SET jit = off;

-- ── audit: order moves and notes, 2,000 each, twice: the first run warms and writes the full pages ──
CREATE FUNCTION pg_temp.moves(p_from text, p_to text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE n int := 0; o uuid;
BEGIN
    FOR o IN SELECT id FROM orders WHERE status = p_from AND deleted_at IS NULL ORDER BY id DESC LIMIT 2000 LOOP
        UPDATE orders SET status = p_to WHERE id = o;
        n := n + 1;
    END LOOP;
    RETURN n;
END $$;
CREATE FUNCTION pg_temp.notes() RETURNS int LANGUAGE plpgsql AS $$
DECLARE n int := 0; o uuid; who uuid := (SELECT id FROM users WHERE role = 'support' LIMIT 1);
BEGIN
    FOR o IN SELECT id FROM orders ORDER BY id DESC LIMIT 2000 LOOP
        INSERT INTO order_notes (order_id, author_id, body) VALUES (o, who, 'The customer asked when it will arrive; answered by telephone.');
        n := n + 1;
    END LOOP;
    RETURN n;
END $$;
CREATE FUNCTION pg_temp.cost(p_what text, p_call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE from_time timestamptz; from_wal pg_lsn; n int;
BEGIN
    from_time := clock_timestamp(); from_wal := pg_current_wal_insert_lsn();
    EXECUTE 'SELECT ' || p_call INTO n;
    RETURN format('| %s | %s | %s | %s |', p_what, n,
        round((extract(epoch FROM clock_timestamp() - from_time) * 1e6 / n)::numeric), round((pg_current_wal_insert_lsn() - from_wal) / n));
END $$;
\echo '| write | number | µs each | WAL bytes each |'
\echo '|---|--:|--:|--:|'
BEGIN; SELECT pg_temp.moves('DELIVERED', 'COMPLETED') \g /dev/null
SELECT pg_temp.notes() \g /dev/null
ROLLBACK;
\t on
\pset format unaligned
BEGIN; SELECT pg_temp.cost('move of an order, audited', $$pg_temp.moves('DELIVERED', 'COMPLETED')$$); ROLLBACK;
BEGIN; ALTER TABLE orders DISABLE TRIGGER audit_row;
SELECT pg_temp.cost('move of an order, audit off', $$pg_temp.moves('DELIVERED', 'COMPLETED')$$); ROLLBACK;
BEGIN; SELECT pg_temp.cost('note, audited', 'pg_temp.notes()'); ROLLBACK;
BEGIN; ALTER TABLE order_notes DISABLE TRIGGER audit_row;
SELECT pg_temp.cost('note, audit off', 'pg_temp.notes()'); ROLLBACK;

-- ── fillfactor: 20,000 rows, each updated as in real life, then how many updates stayed on their page ──
CREATE FUNCTION pg_temp.hot(p_table text, p_fill int, p_rows text, p_updates text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE u text; size bigint; updated bigint; stayed bigint; name text := 'f_' || p_table || p_fill;
BEGIN
    EXECUTE format('CREATE TEMP TABLE %I (LIKE public.%I INCLUDING ALL) WITH (fillfactor = %s)', name, p_table, p_fill);
    EXECUTE format('INSERT INTO %I (%s) SELECT %2$s FROM public.%I %s', name,
        (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
         WHERE attrelid = format('public.%I', p_table)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''), p_table, p_rows);
    size := pg_relation_size(name::regclass);
    FOREACH u IN ARRAY p_updates LOOP
        EXECUTE format('UPDATE %I SET %s', name, u);
    END LOOP;
    SELECT pg_stat_get_xact_tuples_updated(name::regclass), pg_stat_get_xact_tuples_hot_updated(name::regclass) INTO updated, stayed;
    RETURN format('| %s | %s | %s | %s %% | %s kB | %s kB |', p_table, p_fill, updated, round(100.0 * stayed / greatest(updated, 1), 1),
                  size / 1024, pg_relation_size(name::regclass) / 1024);
END $$;
\echo
\echo '| table | fillfactor | updates | HOT | heap before | heap after |'
\echo '|---|--:|--:|--:|--:|--:|'
BEGIN; SELECT pg_temp.hot('orders', f, 'ORDER BY id DESC LIMIT 20000', ARRAY['paid_total = grand_total, payment_status = ''paid''']) FROM unnest(ARRAY[100, 90, 80, 50]) AS f; ROLLBACK;
BEGIN; SELECT pg_temp.hot('inventory', f, 'LIMIT 20000', ARRAY['quantity_on_hand = quantity_on_hand + 1 WHERE abs(hashtext(id::text)) % 5 = 0', 'quantity_on_hand = quantity_on_hand + 1 WHERE abs(hashtext(id::text)) % 7 = 0']) FROM unnest(ARRAY[100, 90, 80, 70]) AS f; ROLLBACK;
BEGIN;
ALTER TABLE user_sessions DISABLE TRIGGER ALL;
INSERT INTO user_sessions (user_id, token_hash, expires_at) SELECT (SELECT id FROM users LIMIT 1), sha256(n::text::bytea), now() + interval '1 hour' FROM generate_series(1, 5000) AS n;
SELECT pg_temp.hot('user_sessions', f, '', ARRAY['last_seen_at = now() + interval ''1 s'' WHERE abs(hashtext(id::text)) % 4 = 0', 'last_seen_at = now() + interval ''2 s'' WHERE abs(hashtext(id::text)) % 5 = 0']) FROM unnest(ARRAY[100, 80, 50]) AS f;
ROLLBACK;
BEGIN; SELECT pg_temp.hot('stock_reservations', f, 'ORDER BY id DESC LIMIT 20000', ARRAY['status = ''firm'', expires_at = NULL', 'status = ''fulfilled''']) FROM unnest(ARRAY[100, 90]) AS f; ROLLBACK;
BEGIN; SELECT pg_temp.hot('payments', f, 'ORDER BY id DESC LIMIT 20000', ARRAY['captured_amount = captured_amount, updated_at = now()']) FROM unnest(ARRAY[100, 90]) AS f; ROLLBACK;
