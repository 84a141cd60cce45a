-- Fills the audit trail of a demo shop for benches/audit.sh: :rows entries over 13 months, :part of :parts, as writing the
-- shop would have left them: digests that are right, people who acted, requests of three entries, one inventory row with a
-- long history, every 40th entry about a new address with its personal values.
SET session_replication_role = replica;
SET synchronous_commit = off;
CREATE TEMP TABLE staff AS SELECT array_agg(id ORDER BY id) AS ids FROM users WHERE role <> 'customer';
CREATE TEMP TABLE people AS SELECT array_agg(id ORDER BY id) AS ids FROM users WHERE role = 'customer';
CREATE TEMP TABLE hot AS SELECT id::text AS id FROM inventory ORDER BY id LIMIT 1;
INSERT INTO audit_log (id, occurred_at, transaction_id, table_name, row_id, action, changed, actor_id, actor_kind, db_user, request_id, digest)
SELECT e.n, e.at, e.xact, e.tab, e.row_id, e.action, e.changed, e.actor, 'staff', 'techally_staff', 'req-' || e.n / 3,
       audit_digest(e.n, e.at, e.xact, e.tab, e.row_id, e.action, e.changed, e.actor, 'staff', 'techally_staff', 'req-' || e.n / 3, NULL)
FROM (SELECT n, date_trunc('microseconds', now() - interval '395 days' * (1 - n::float8 / :rows)) AS at, (3 + n * 900 / :rows)::text::xid8 AS xact,
             staff.ids[1 + n % cardinality(staff.ids)] AS actor,
             CASE WHEN n % 40 = 7 THEN 'addresses' WHEN n % 100003 = 8 THEN 'brands' WHEN n % 3 = 0 THEN 'orders' WHEN n % 3 = 1 THEN 'inventory' ELSE 'payments' END AS tab,
             -- a history of one change in a thousand of the stock is long; other rows have a few entries each
             CASE WHEN n % 40 = 7 OR n % 3 <> 1 THEN md5((n % (:rows / 8))::text)::uuid::text WHEN n % 300 = 1 THEN hot.id ELSE md5('i' || n % 50000)::uuid::text END AS row_id,
             CASE WHEN n % 40 = 7 THEN 'INSERT' ELSE 'UPDATE' END AS action,
             CASE WHEN n % 40 = 7 THEN jsonb_build_object('user_id', jsonb_build_array(NULL, people.ids[1 + n % cardinality(people.ids)]),
                                                          'line1', jsonb_build_array(NULL, md5(n::text)), 'city', jsonb_build_array(NULL, md5((n % 100)::text)))
                  WHEN n % 3 = 1 THEN jsonb_build_object('reserved', jsonb_build_array(n % 50, n % 51), 'version', jsonb_build_array(n / 300, n / 300 + 1))
                  ELSE '{"status": ["PENDING", "CONFIRMED"], "version": [1, 2]}' END AS changed
      FROM generate_series(:rows::bigint * (:part - 1) / :parts + 1, :rows::bigint * :part / :parts) AS n, staff, people, hot) AS e;
INSERT INTO audit_personal_values (audit_id, occurred_at, personal)
SELECT n, date_trunc('microseconds', now() - interval '395 days' * (1 - n::float8 / :rows)),
       jsonb_build_object('line1', jsonb_build_array(NULL, 'Beispielweg ' || n % 5000), 'city', jsonb_build_array(NULL, 'Ort ' || n % 100))
FROM generate_series(:rows::bigint * (:part - 1) / :parts + 1, :rows::bigint * :part / :parts) AS n WHERE n % 40 = 7;
