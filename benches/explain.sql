-- Every list, detail and search statement of our pages and of the specification's index table (section 9.1), with rare
-- and common values, EXPLAINed (ANALYZE, BUFFERS) as a member of techally_admin. Run by explain.sh.
-- The texts mirror src/orders/list/statements.rs, src/users/list/statements.rs, src/users/find.rs, src/orders/store.rs, src/auth/store.rs and src/server/sessions.rs; tests/http/plans.rs looks at the
-- plans of the real ones.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
\pset footer off

-- Runs a statement five times and keeps what its plan says. Partitions and indexes count when they were really read.
CREATE FUNCTION pg_temp.measure(p_sql text) RETURNS TABLE (plan_ms numeric, ms numeric, worst_ms numeric, buffers bigint,
    "rows" bigint, parts bigint, how text) LANGUAGE plpgsql AS $$
DECLARE
    explained json;
    one jsonb;
    times numeric[] := '{}';
    plans numeric[] := '{}';
BEGIN
    FOR run IN 1..5 LOOP
        EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || p_sql INTO explained;
        one := explained::jsonb -> 0;
        times := times || (one ->> 'Execution Time')::numeric;
        plans := plans || (one ->> 'Planning Time')::numeric;
    END LOOP;
    RETURN QUERY
    WITH nodes AS (
        SELECT DISTINCT n FROM jsonb_path_query(one, 'lax $.**') AS n
        WHERE jsonb_typeof(n) = 'object' AND n ? 'Node Type' AND (n ->> 'Actual Loops')::numeric > 0)
    SELECT round((SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(plans) AS t)::numeric, 2),
           round((SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(times) AS t)::numeric, 2),
           round((SELECT max(t) FROM unnest(times) AS t), 2),
           (one #>> '{Plan,Shared Hit Blocks}')::bigint + (one #>> '{Plan,Shared Read Blocks}')::bigint,
           (one #>> '{Plan,Actual Rows}')::bigint,
           (SELECT count(DISTINCT n ->> 'Relation Name') FROM nodes WHERE n ->> 'Relation Name' ~ '_y\d{4}m\d\d$'),
           concat_ws(', ',
               (SELECT string_agg(DISTINCT regexp_replace(n ->> 'Index Name', '_y\d{4}m\d\d', ''), ' ') FROM nodes WHERE n ? 'Index Name'),
               -- months without rows have nothing to index
               (SELECT 'SEQ ' || string_agg(DISTINCT n ->> 'Relation Name', ' ') FROM nodes WHERE n ->> 'Node Type' = 'Seq Scan'
                AND n ->> 'Relation Name' NOT IN ('warehouses', 'order_status')
                AND COALESCE((n ->> 'Actual Rows')::numeric, 0) + COALESCE((n ->> 'Rows Removed by Filter')::numeric, 0) > 0),
               (SELECT 'sort' FROM nodes WHERE n ->> 'Node Type' LIKE '%Sort' LIMIT 1));
END $$;
CREATE TEMP TABLE measured (number serial, statement text, sql text);

-- ── values ─────────────────────────────────────────────────────────────────────────────────────
SELECT id AS oldest FROM orders ORDER BY id LIMIT 1 \gset
SELECT id AS newest FROM orders ORDER BY id DESC LIMIT 1 \gset
SELECT id AS page_10000 FROM orders ORDER BY id DESC OFFSET (SELECT least(499999, count(*) / 2) FROM order_numbers) LIMIT 1 \gset
SELECT order_number AS number, right(order_number, 6) AS number_end, right(order_number, 2) AS short_end
FROM orders WHERE id = :'page_10000' \gset
SELECT user_id AS regular FROM orders WHERE id > uuid_v7_floor(now() - interval '20 days') GROUP BY user_id
ORDER BY count(*) DESC LIMIT 1 \gset
SELECT id AS nobody FROM users u WHERE role <> 'customer' AND NOT EXISTS (SELECT 1 FROM orders WHERE user_id = u.id) LIMIT 1 \gset
SELECT email FROM users WHERE id = :'regular' \gset
SELECT category_id AS large_category FROM products GROUP BY category_id ORDER BY count(*) DESC LIMIT 1 \gset
SELECT category_id AS small_category FROM products GROUP BY category_id ORDER BY count(*) LIMIT 1 \gset
SELECT product_id, warehouse_id FROM inventory WHERE quantity_reserved > 0 LIMIT 1 \gset
SELECT product_id AS sold FROM order_items WHERE order_id > uuid_v7_floor(now() - interval '2 days') GROUP BY 1 ORDER BY count(*) DESC LIMIT 1 \gset
SELECT sku, slug FROM products WHERE id = :'product_id' \gset
SELECT tracking_number AS tracking FROM order_shipping WHERE order_id > uuid_v7_floor(now() - interval '30 days') AND tracking_number IS NOT NULL LIMIT 1 \gset

-- ── order list ─────────────────────────────────────────────────────────────────────────────────
\set list 'SELECT id, order_number, created_at, customer_name, billing_city, billing_country, status, payment_status, item_count, grand_total, currency FROM orders WHERE deleted_at IS NULL'
-- constants, as the planner sees the list's bound values: it leaves out the other months
SELECT format(' AND id >= %L AND id < %L', uuid_v7_floor(now() - interval '62 days'), uuid_v7_floor(now() + interval '1 day')) AS window,
       uuid_v7_floor(uuid_v7_time(:'page_10000') - interval '62 days') AS before_it, uuid_v7_floor(uuid_v7_time(:'page_10000') + interval '62 days') AS after_it,
       uuid_v7_floor(uuid_v7_time(:'oldest') + interval '62 days') AS after_oldest \gset
INSERT INTO measured (statement, sql)
SELECT format('list, first page, %s rows', l), :'list' || :'window' || format(' ORDER BY id DESC LIMIT %s', l + 1) FROM unnest(ARRAY[25, 50, 100]) AS l;
INSERT INTO measured (statement, sql)
SELECT format('list, %s', code), :'list' || format(' AND status = %L', code) || :'window' || ' ORDER BY id DESC LIMIT 51'
FROM order_status ORDER BY position;
INSERT INTO measured (statement, sql)
SELECT format('list, %s, all months', code), :'list' || format(' AND status = %L', code) || ' ORDER BY id DESC LIMIT 51'
FROM order_status ORDER BY position;
INSERT INTO measured (statement, sql) VALUES
    ('list, page 10,000', :'list' || format(' AND id < %L AND id >= %L ORDER BY id DESC LIMIT 51', :'page_10000', :'before_it')),
    ('list, page 9,999 backwards', :'list' || format(' AND id > %L AND id < %L ORDER BY id LIMIT 51', :'page_10000', :'after_it')),
    ('list, COMPLETED from page 10,000 on', :'list' || format(' AND status = ''COMPLETED'' AND id < %L AND id >= %L ORDER BY id DESC LIMIT 51', :'page_10000', :'before_it')),
    ('list, after the oldest, all months', :'list' || format(' AND id < %L ORDER BY id DESC LIMIT 51', :'oldest')),
    ('list, before the oldest', :'list' || format(' AND id > %L AND id < %L ORDER BY id LIMIT 51', :'oldest', :'after_oldest')),
    ('list, PENDING before the oldest, all months', :'list' || format(' AND status = ''PENDING'' AND id > %L ORDER BY id LIMIT 51', :'oldest')),
    ('search, number', :'list' || format(' AND id = (SELECT order_id FROM order_numbers WHERE order_number = %L) ORDER BY id DESC LIMIT 51', :'number')),
    ('search, no such number', :'list' || ' AND id = (SELECT order_id FROM order_numbers WHERE order_number = ''TA-1'') ORDER BY id DESC LIMIT 51'),
    ('search, six digits at the end', format('SELECT id, order_number, created_at, customer_name, status, grand_total FROM (SELECT order_id FROM (SELECT order_id FROM order_numbers WHERE reverse(order_number) LIKE %L OFFSET 0) m ORDER BY order_id DESC LIMIT 1000) n CROSS JOIN LATERAL (SELECT id, order_number, created_at, customer_name, status, grand_total FROM orders WHERE id = n.order_id AND deleted_at IS NULL LIMIT 1) o ORDER BY n.order_id DESC LIMIT 51', reverse(:'number_end') || '%')),
    ('search, three digits at the end', format('SELECT id, order_number, created_at, customer_name, status, grand_total FROM (SELECT order_id FROM (SELECT order_id FROM order_numbers WHERE reverse(order_number) LIKE %L OFFSET 0) m ORDER BY order_id DESC LIMIT 1000) n CROSS JOIN LATERAL (SELECT id, order_number, created_at, customer_name, status, grand_total FROM orders WHERE id = n.order_id AND deleted_at IS NULL LIMIT 1) o ORDER BY n.order_id DESC LIMIT 51', reverse(right(:'number_end', 3)) || '%')),
    ('search, three digits, of a rare state', format('SELECT id, order_number, created_at, customer_name, status, grand_total FROM (SELECT order_id FROM (SELECT order_id FROM order_numbers WHERE reverse(order_number) LIKE %L OFFSET 0) m ORDER BY order_id DESC LIMIT 1000) n CROSS JOIN LATERAL (SELECT id, order_number, created_at, customer_name, status, grand_total FROM orders WHERE id = n.order_id AND deleted_at IS NULL AND status = ''PENDING'' LIMIT 1) o ORDER BY n.order_id DESC LIMIT 51', reverse(right(:'number_end', 3)) || '%')),
    ('search, two digits at the end', :'list' || format(' AND order_number LIKE %L', '%' || :'short_end') || :'window' || ' ORDER BY id DESC LIMIT 51'),
    ('search, two digits, PENDING, all months', :'list' || format(' AND order_number LIKE %L AND status = ''PENDING'' ORDER BY id DESC LIMIT 51', '%' || :'short_end'));

-- ── words of the search (src/orders/list/statements.rs) ─────────────────────────────────────────────
SELECT last_name AS common_name FROM users WHERE role = 'customer' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1 \gset
SELECT first_name || ' ' || last_name AS full_name, right(regexp_replace(phone_number, '\D', '', 'g'), 8) AS phone FROM users WHERE role = 'customer' AND phone_number IS NOT NULL ORDER BY id LIMIT 1 \gset
SELECT array_agg(id) AS people FROM (SELECT id FROM users WHERE lower(first_name || ' ' || last_name) LIKE '%' || lower(:'full_name') || '%' LIMIT 200) p \gset
SELECT array_agg(id) AS many_people FROM (SELECT id FROM users WHERE role = 'customer' LIMIT 200) p \gset
SELECT sku AS best_sku FROM order_items WHERE order_id > uuid_v7_floor(now() - interval '20 days') GROUP BY 1 ORDER BY count(*) DESC LIMIT 1 \gset
SELECT format(' AND id >= %L AND id < %L', uuid_v7_floor(now() - interval '366 days'), uuid_v7_floor(now() + interval '1 day')) AS year \gset
INSERT INTO measured (statement, sql) VALUES
    ('people, a common name', format('WITH fit AS MATERIALIZED (SELECT id FROM users WHERE lower(first_name || '' '' || last_name) LIKE %L) SELECT id FROM fit LIMIT 201', '%' || lower(:'common_name') || '%')),
    ('people, first and last name', format('WITH fit AS MATERIALIZED (SELECT id FROM users WHERE lower(first_name || '' '' || last_name) LIKE %L AND lower(first_name || '' '' || last_name) LIKE %L) SELECT id FROM fit LIMIT 201', '%' || lower(split_part(:'full_name', ' ', 1)) || '%', '%' || lower(split_part(:'full_name', ' ', 2)) || '%')),
    ('people, nobody by that name', 'WITH fit AS MATERIALIZED (SELECT id FROM users WHERE lower(first_name || '' '' || last_name) LIKE ''%xyz%'') SELECT id FROM fit LIMIT 201'),
    ('people, part of an address', format('WITH fit AS MATERIALIZED (SELECT id FROM users WHERE email LIKE %L) SELECT id FROM fit LIMIT 201', '%' || split_part(:'email', '@', 1) || '%')),
    ('people, end of a phone number', format('WITH fit AS MATERIALIZED (SELECT id FROM users WHERE regexp_replace(phone_number, ''\D'', '''', ''g'') LIKE %L) SELECT id FROM fit LIMIT 201', '%' || :'phone')),
    ('search, orders of one name, two months', :'list' || format(' AND user_id = ANY (%L::uuid[])', :'people') || :'window' || ' ORDER BY id DESC LIMIT 51'),
    ('search, orders of 200 people, two months', :'list' || format(' AND user_id = ANY (%L::uuid[])', :'many_people') || :'window' || ' ORDER BY id DESC LIMIT 51'),
    ('search, a common name, two months', :'list' || format(' AND lower(customer_name) LIKE %L', '%' || lower(:'common_name') || '%') || :'window' || ' ORDER BY id DESC LIMIT 51'),
    ('search, total over 5,000, two months', :'list' || ' AND grand_total > 5000' || :'window' || ' ORDER BY id DESC LIMIT 51'),
    ('search, total over 50,000, a year', :'list' || ' AND grand_total > 50000' || :'year' || ' ORDER BY id DESC LIMIT 51'),
    ('search, payment failed, a country, a year', :'list' || ' AND payment_status = ANY (''{failed}'') AND billing_country = ''AT''' || :'year' || ' ORDER BY id DESC LIMIT 51'),
    ('search, a SKU that sells', format('SELECT id, order_number, status FROM (SELECT order_id FROM (SELECT DISTINCT order_id FROM order_items WHERE sku = ANY (%L) OFFSET 0) m ORDER BY order_id DESC LIMIT 10000) n CROSS JOIN LATERAL (SELECT id, order_number, status FROM orders WHERE id = n.order_id AND deleted_at IS NULL LIMIT 1) o ORDER BY n.order_id DESC LIMIT 51', ARRAY[:'best_sku'])),
    ('search, SKU or parcel', format('SELECT id, order_number, status FROM (SELECT order_id FROM (SELECT DISTINCT order_id FROM order_items WHERE sku = ANY (%1$L) UNION SELECT order_id FROM order_shipping WHERE tracking_number = ANY (%1$L) OFFSET 0) m ORDER BY order_id DESC LIMIT 10000) n CROSS JOIN LATERAL (SELECT id, order_number, status FROM orders WHERE id = n.order_id AND deleted_at IS NULL LIMIT 1) o ORDER BY n.order_id DESC LIMIT 51', ARRAY[:'tracking'])),
    ('list by total, first page', :'list' || ' ORDER BY grand_total DESC, id DESC LIMIT 51'),
    ('list by total, from the middle', :'list' || ' AND (grand_total, id) < (400, ''01900000-0000-7000-8000-000000000000'') ORDER BY grand_total DESC, id DESC LIMIT 51'),
    ('list by total, PENDING', :'list' || ' AND status = ''PENDING'' ORDER BY grand_total + 0 DESC, id DESC LIMIT 51'),
    ('list by total, DELIVERED', :'list' || ' AND status = ''DELIVERED'' ORDER BY grand_total + 0 DESC, id DESC LIMIT 51'),
    ('list by total, COMPLETED', :'list' || ' AND status = ''COMPLETED'' ORDER BY grand_total DESC, id DESC LIMIT 51'),
    ('list by update, first page', :'list' || ' ORDER BY updated_at DESC, id DESC LIMIT 51'),
    ('list by update, oldest first', :'list' || ' ORDER BY updated_at, id LIMIT 51'),
    ('number of rows, all', 'SELECT count(*) FROM (SELECT 1 FROM orders WHERE deleted_at IS NULL LIMIT 10001) fit'),
    ('number of rows, PENDING', 'SELECT count(*) FROM (SELECT 1 FROM orders WHERE deleted_at IS NULL AND status = ''PENDING'' LIMIT 10001) fit'),
    ('number of rows, COMPLETED', 'SELECT count(*) FROM (SELECT 1 FROM orders WHERE deleted_at IS NULL AND status = ''COMPLETED'' LIMIT 10001) fit'),
    ('number of rows, payment failed, a year', 'SELECT count(*) FROM (SELECT 1 FROM orders WHERE deleted_at IS NULL AND payment_status = ANY (''{failed}'')' || :'year' || ' LIMIT 10001) fit'),
    ('filter, a warehouse, two months', :'list' || ' AND EXISTS (SELECT 1 FROM stock_reservations r JOIN inventory v ON v.id = r.inventory_id WHERE r.order_id = orders.id AND r.status <> ''released'' AND v.warehouse_id = ANY (ARRAY(SELECT id FROM warehouses ORDER BY code LIMIT 1)))' || :'window' || ' ORDER BY id DESC LIMIT 51'),
    ('filter, a carrier, two months', :'list' || ' AND EXISTS (SELECT 1 FROM order_shipping s WHERE s.order_id = orders.id AND s.carrier = ''DHL'')' || :'window' || ' ORDER BY id DESC LIMIT 51'),
    ('filter, PREPARING for over 2 days', :'list' || ' AND status = ''PREPARING'' AND status_changed_at < now() - interval ''2 days''' || :'window' || ' ORDER BY id DESC LIMIT 51'),
    ('filter, a tag nobody has, two months', :'list' || ' AND tags @> ''{nosuchtag}'' AND tags <> ''{}''' || :'window' || ' ORDER BY id DESC LIMIT 51');

-- ── the list of users (src/users/list/statements.rs) ────────────────────────────────────────────────
\set users 'SELECT u.id, u.first_name || '' '' || u.last_name AS name, u.email, u.phone_number, u.role, u.status, u.email_verified, u.locked_until, u.last_login_at, u.created_at, u.tags, f.orders, f.spent_minor, f.currency, f.country FROM users u JOIN user_facts f ON f.user_id = u.id WHERE u.deleted_at IS NULL'
\set newest_users ' ORDER BY u.created_at DESC, u.id DESC LIMIT 51'
\set seen 'COALESCE(u.last_login_at, ''-infinity''::timestamptz)'
SELECT created_at AS user_at, id AS user_page FROM users ORDER BY created_at DESC, id DESC OFFSET (SELECT least(499999, count(*) / 2) FROM users) LIMIT 1 \gset
SELECT array_agg(id) AS thousand FROM (SELECT id FROM users WHERE role = 'customer' ORDER BY id LIMIT 1000) p \gset
SELECT lower(last_name) AS common_last FROM users WHERE role = 'customer' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1 \gset
INSERT INTO measured (statement, sql) VALUES
    ('users, first page', :'users' || :'newest_users'),
    ('users, first page, customers only', :'users' || ' AND u.role = ''customer''' || :'newest_users'),
    ('users, page 10,000', :'users' || format(' AND (u.created_at, u.id) < (%L, %L)', :'user_at', :'user_page') || :'newest_users'),
    ('users, page 9,999 backwards', :'users' || format(' AND (u.created_at, u.id) > (%L, %L)', :'user_at', :'user_page') || ' ORDER BY u.created_at, u.id LIMIT 51'),
    ('users by last sign-in', :'users' || ' ORDER BY ' || :'seen' || ' DESC, u.id DESC LIMIT 51'),
    ('users by last sign-in, never first', :'users' || ' ORDER BY ' || :'seen' || ', u.id LIMIT 51'),
    ('users by spent', :'users' || ' ORDER BY f.spent_minor DESC, f.user_id DESC LIMIT 51'),
    ('users by spent, from the middle', :'users' || ' AND (f.spent_minor, f.user_id) < (40000, ''80000000-0000-7000-8000-000000000000'') ORDER BY f.spent_minor DESC, f.user_id DESC LIMIT 51'),
    ('users by spent, suspended', :'users' || ' AND u.status = ''suspended'' ORDER BY f.spent_minor DESC, f.user_id DESC LIMIT 51'),
    ('users by orders', :'users' || ' ORDER BY f.orders DESC, f.user_id DESC LIMIT 51'),
    ('users, suspended', :'users' || ' AND u.status = ''suspended''' || :'newest_users'),
    ('users, deleted', replace(:'users', 'u.deleted_at IS NULL', 'true') || ' AND u.status = ''deleted''' || :'newest_users'),
    ('users, role support', :'users' || ' AND u.role = ANY (''{support}'') AND u.role <> ''customer''' || :'newest_users'),
    ('users, not confirmed', :'users' || ' AND NOT u.email_verified' || :'newest_users'),
    ('users, locked', :'users' || ' AND u.locked_until > now()' || :'newest_users'),
    ('users, without orders', :'users' || ' AND f.orders = 0' || :'newest_users'),
    ('users, with orders', :'users' || ' AND f.orders >= 1' || :'newest_users'),
    ('users, spent over 500', :'users' || ' AND f.spent_minor > 50000' || :'newest_users'),
    ('users, spent over 50,000', :'users' || ' AND f.spent_minor > 5000000' || :'newest_users'),
    ('users, a country', :'users' || ' AND f.country = ANY (''{AT}'')' || :'newest_users'),
    ('users, a country in which 1 % live', :'users' || ' AND f.country = ANY (''{FI}'')' || :'newest_users'),
    ('users, created in a week, without orders', :'users' || ' AND f.orders = 0 AND u.created_at >= now() - interval ''7 days''' || :'newest_users'),
    ('users, last sign-in this week', :'users' || ' AND ' || :'seen' || ' >= now() - interval ''7 days''' || :'newest_users'),
    ('users, never signed in', :'users' || ' AND ' || :'seen' || ' = ''-infinity''' || :'newest_users'),
    ('users, last sign-in over a year ago', :'users' || ' AND ' || :'seen' || ' > ''-infinity'' AND ' || :'seen' || ' < now() - interval ''365 days''' || :'newest_users'),
    ('users, a tag nobody has', :'users' || ' AND u.tags @> ''{nosuchtag}'' AND u.tags <> ''{}''' || :'newest_users'),
    ('users, suspended, a country, spent over 500', :'users' || ' AND u.status = ''suspended'' AND f.country = ANY (''{AT}'') AND f.spent_minor > 50000' || :'newest_users'),
    ('users found, a common name, up to 1,000', format('WITH fit AS MATERIALIZED (SELECT users.id FROM users WHERE lower(users.first_name || '' '' || users.last_name) LIKE %L) SELECT id FROM fit LIMIT 1001', '%' || :'common_last' || '%')),
    ('users found, three letters that many have', 'WITH fit AS MATERIALIZED (SELECT users.id FROM users WHERE lower(users.first_name || '' '' || users.last_name) LIKE ''%ann%'') SELECT id FROM fit LIMIT 1001'),
    ('users found, four digits of a number', 'WITH fit AS MATERIALIZED (SELECT users.id FROM users WHERE regexp_replace(users.phone_number, ''\D'', '''', ''g'') LIKE ''%5502%'') SELECT id FROM fit LIMIT 1001'),
    ('users, of 1,000 found', :'users' || format(' AND u.id = ANY (%L::uuid[])', :'thousand') || :'newest_users'),
    ('users, of 1,000 found, by spent', :'users' || format(' AND u.id = ANY (%L::uuid[])', :'thousand') || ' ORDER BY f.spent_minor DESC, f.user_id DESC LIMIT 51'),
    ('number of users, all', 'SELECT count(*) FROM (SELECT 1 FROM users u WHERE u.deleted_at IS NULL LIMIT 10001) fit'),
    ('number of users, suspended', 'SELECT count(*) FROM (SELECT 1 FROM users u WHERE u.deleted_at IS NULL AND u.status = ''suspended'' LIMIT 10001) fit'),
    ('number of users, without orders', 'SELECT count(*) FROM (SELECT 1 FROM users u JOIN user_facts f ON f.user_id = u.id WHERE u.deleted_at IS NULL AND f.orders = 0 LIMIT 10001) fit'),
    ('number of users, a common name', format('SELECT count(*) FROM (SELECT 1 FROM users u WHERE u.deleted_at IS NULL AND lower(u.first_name || '' '' || u.last_name) LIKE %L LIMIT 10001) fit', '%' || :'common_last' || '%'));

-- ── an order ───────────────────────────────────────────────────────────────────────────────────
INSERT INTO measured (statement, sql)
SELECT 'order, head, ' || which, format('SELECT o.id, o.version, o.order_number, o.status, o.grand_total, s.method, s.recipient_name, s.street, s.city
    FROM orders o JOIN order_shipping s ON s.order_id = %L WHERE o.id = %1$L AND o.deleted_at IS NULL', id)
FROM (VALUES ('newest', :'newest'), ('oldest', :'oldest')) AS v(which, id);
INSERT INTO measured (statement, sql)
SELECT 'order, lines, ' || which, format('SELECT i.id, i.sku, i.product_name, i.quantity, i.line_total,
    (SELECT string_agg(DISTINCT concat_ws('' '', w.name, v.bin_location), '', '') FROM stock_reservations r
     JOIN inventory v ON v.id = r.inventory_id JOIN warehouses w ON w.id = v.warehouse_id
     WHERE r.order_id = %L AND r.order_item_id = i.id AND r.status <> ''released'') AS stock
    FROM order_items i WHERE i.order_id = %1$L ORDER BY i.position, i.id', id)
FROM (VALUES ('newest', :'newest'), ('oldest', :'oldest')) AS v(which, id);
INSERT INTO measured (statement, sql)
SELECT 'order, events, ' || which, format('SELECT e.kind, e.id, e.at, u.first_name || '' '' || u.last_name AS actor, e.text, e.amount
    FROM (SELECT ''moved'' AS kind, h.id, h.created_at AS at, h.actor_id, h.reason AS text, NULL::numeric AS amount
          FROM order_status_history h WHERE h.order_id = %L
          UNION ALL SELECT ''noted'', n.id, n.created_at, n.author_id, n.body, NULL FROM order_notes n WHERE n.order_id = %1$L AND n.deleted_at IS NULL
          UNION ALL SELECT ''payment'', p.id, p.created_at, NULL, p.failure_reason, p.amount FROM payments p WHERE p.order_id = %1$L) e
    LEFT JOIN users u ON u.id = e.actor_id ORDER BY e.at DESC, e.id DESC', id)
FROM (VALUES ('newest', :'newest'), ('oldest', :'oldest')) AS v(which, id);

-- ── start page, signing in, sessions ───────────────────────────────────────────────────────────
INSERT INTO measured (statement, sql)
SELECT 'start page, ' || who, string_agg(format('SELECT %L AS status, count(*), uuid_v7_time((array_agg(id ORDER BY id))[1])
    FROM (SELECT id FROM orders WHERE status = %1$L AND deleted_at IS NULL AND id >= %2$L ORDER BY id LIMIT 1000) o', state, uuid_v7_floor(now() - interval '90 days')), ' UNION ALL ')
FROM (VALUES ('every state', (SELECT array_agg(code ORDER BY position) FROM order_status)),
             ('support', ARRAY['PENDING', 'PROCESSING', 'CONFIRMED']),
             ('warehouse', ARRAY['CONFIRMED', 'PREPARING', 'SHIPPED'])) AS v(who, states), unnest(states) AS state GROUP BY who;
INSERT INTO measured (statement, sql) VALUES
    ('sign-in look-up, known', format('SELECT id, password_hash, role FROM users WHERE email = %L', :'email')),
    ('sign-in look-up, unknown', 'SELECT id, password_hash, role FROM users WHERE email = ''nobody@nowhere.example'''),
    ('session load', 'SELECT s.data, u.id, u.role, p.time_zone FROM user_sessions s JOIN users u ON u.id = s.user_id
        LEFT JOIN user_preferences p ON p.user_id = u.id WHERE s.token_hash = sha256(''a''::bytea) AND s.revoked_at IS NULL
        AND s.expires_at > now() AND u.status = ''active''');

-- ── section 9.1 of the specification ───────────────────────────────────────────────────────────
INSERT INTO measured (statement, sql) VALUES
    ('9.1 full text, an article number', format('SELECT id, name FROM products WHERE search_vector @@ websearch_to_tsquery(''simple'', %L) AND deleted_at IS NULL LIMIT 51', :'sku')),
    ('9.1 full text, no match', 'SELECT id, name FROM products WHERE search_vector @@ websearch_to_tsquery(''english'', ''zeppelin'') AND deleted_at IS NULL LIMIT 51'),
    ('9.1 full text, a common word', 'SELECT id, name FROM products WHERE search_vector @@ websearch_to_tsquery(''english'', ''battery'') AND deleted_at IS NULL LIMIT 51'),
    ('9.1 full text, common, best of 1,000', 'SELECT id, name FROM (SELECT id, name, search_vector FROM products WHERE search_vector @@ websearch_to_tsquery(''english'', ''battery'') AND deleted_at IS NULL LIMIT 1000) p ORDER BY ts_rank(search_vector, websearch_to_tsquery(''english'', ''battery'')) DESC, id LIMIT 51'),
    ('9.1 full text, common, best of all', 'SELECT id, name FROM products WHERE search_vector @@ websearch_to_tsquery(''english'', ''battery'') AND deleted_at IS NULL ORDER BY ts_rank(search_vector, websearch_to_tsquery(''english'', ''battery'')) DESC, id LIMIT 51'),
    ('9.1 category, the largest', format('SELECT id, name FROM products WHERE category_id = %L AND is_published AND deleted_at IS NULL LIMIT 51', :'large_category')),
    ('9.1 category, the smallest', format('SELECT id, name FROM products WHERE category_id = %L AND is_published AND deleted_at IS NULL LIMIT 51', :'small_category')),
    ('9.1 category, the largest, by name', format('SELECT id, name FROM products WHERE category_id = %L AND is_published AND deleted_at IS NULL ORDER BY name, id LIMIT 51', :'large_category')),
    ('9.1 orders of a regular customer', format('SELECT id, order_number, status FROM orders WHERE user_id = %L AND deleted_at IS NULL ORDER BY created_at DESC LIMIT 51', :'regular')),
    ('9.1 orders of somebody who has none', format('SELECT id, order_number, status FROM orders WHERE user_id = %L AND deleted_at IS NULL ORDER BY created_at DESC LIMIT 51', :'nobody')),
    ('9.1 stock of an article in a warehouse', format('SELECT id, quantity_available FROM inventory WHERE product_id = %L AND warehouse_id = %L', :'product_id', :'warehouse_id'));

-- ── indexes whose pages are still to come ──────────────────────────────────────────────────────
INSERT INTO measured (statement, sql) VALUES
    ('product by slug', format('SELECT id, name FROM products WHERE slug = %L', :'slug')),
    ('products whose name holds "aero 14"', 'SELECT id, name FROM products WHERE name ILIKE ''%aero 14%'' LIMIT 51'),
    ('orders that hold an article, newest', format('SELECT order_id FROM order_items WHERE product_id = %L ORDER BY order_id DESC LIMIT 51', :'sold')),
    ('order by tracking number', format('SELECT order_id FROM order_shipping WHERE tracking_number = %L', :'tracking')),
    ('reviews to moderate, oldest first', 'SELECT id, title FROM reviews WHERE moderator_status = ''pending'' AND deleted_at IS NULL ORDER BY created_at LIMIT 51'),
    ('reviews approved, oldest first', 'SELECT id, title FROM reviews WHERE moderator_status = ''approved'' AND deleted_at IS NULL ORDER BY created_at LIMIT 51'),
    ('movements of a stock line, newest', format('SELECT id, quantity FROM stock_movements WHERE inventory_id = (SELECT id FROM inventory WHERE product_id = %L LIMIT 1) ORDER BY created_at DESC LIMIT 51', :'sold')),
    ('payments pending, newest', 'SELECT id, order_id FROM payments WHERE status = ''pending'' ORDER BY id DESC LIMIT 51'),
    ('expired holds (worker)', 'SELECT o.id FROM orders o WHERE o.status = ''PENDING'' AND o.hold_expires_at < now() AND o.deleted_at IS NULL ORDER BY o.hold_expires_at LIMIT 100');

SELECT statement, plan_ms, ms, worst_ms, buffers, "rows", parts, how
FROM (SELECT m.number, m.statement, r.plan_ms, r.ms, r.worst_ms, r.buffers, r.rows, r.parts, r.how
      FROM measured m CROSS JOIN LATERAL pg_temp.measure(m.sql) AS r) AS all_of_them ORDER BY number;
