-- What the parts of the audit trail cost at scale, as the application's login; prints words and milliseconds. For benches/audit.sh.
\set QUIET on
SELECT 'entries: ' || sum(c.reltuples)::bigint || ', with indexes ' || pg_size_pretty(sum(pg_total_relation_size(c.oid)))
FROM pg_partition_tree('audit_log') t JOIN pg_class c ON c.oid = t.relid WHERE t.isleaf;
SELECT id AS hot FROM inventory ORDER BY id LIMIT 1 \gset
SELECT row_id AS few FROM audit_log WHERE table_name = 'orders' AND occurred_at > now() - interval '1 day' LIMIT 1 \gset
SELECT id AS person FROM users WHERE role = 'customer' ORDER BY id LIMIT 1 \gset
SELECT 'changes of the row with many: ' || count(*) FROM audit_log WHERE table_name = 'inventory' AND row_id = :'hot';
\timing on
\echo a record with many changes, a day ago
SELECT count(row_at('inventory', :'hot', now() - interval '1 day'));
\echo the same, a month ago
SELECT count(row_at('inventory', :'hot', now() - interval '30 days'));
\echo the same, a year ago
SELECT count(row_at('inventory', :'hot', now() - interval '365 days'));
\echo a record with few changes, a year ago
SELECT count(row_at('orders', :'few', now() - interval '365 days'));
\echo sealing 100,000 entries
SELECT seal_audit_log(5000);
\echo age of what is not sealed, when it is nearly everything
SELECT audit_unsealed_age() IS NOT NULL;
\echo the same, when it is the last hundred entries
SET session_replication_role = replica;
BEGIN;
INSERT INTO audit_seals (number, up_to, last_id, rows_sealed, row_ids, row_names, row_digests, digest)
SELECT 1000000, l.transaction_id, l.id, 1, ARRAY[l.id], ARRAY['a/b'], sha256('a'), sha256('b') FROM audit_log l ORDER BY l.transaction_id DESC, l.id DESC OFFSET 100 LIMIT 1;
SELECT audit_unsealed_age() IS NOT NULL;
ROLLBACK;
\echo a month of an erasure
BEGIN;
SET LOCAL ROLE techally_owner;
SELECT erase_audit_month(:'person', (now() - interval '3 months')::date, ARRAY[:'person'], ARRAY[]::text[], words_of(ARRAY[:'person'::uuid]));
ROLLBACK;
