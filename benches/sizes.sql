-- Size of each table with its partitions, and of each index over all of them; the largest first.
\pset footer off
SELECT COALESCE(i.inhparent, c.oid)::regclass AS "table", sum(c.reltuples)::bigint AS "rows",
       pg_size_pretty(sum(pg_table_size(c.oid))) AS heap, pg_size_pretty(sum(pg_indexes_size(c.oid))) AS indexes,
       round(sum(pg_total_relation_size(c.oid)) / greatest(sum(c.reltuples), 1)) AS "bytes a row"
FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
GROUP BY 1 ORDER BY sum(pg_total_relation_size(c.oid)) DESC LIMIT 20;
SELECT COALESCE(h.inhparent, i.indexrelid)::regclass AS index, pg_size_pretty(sum(pg_relation_size(i.indexrelid))) AS size,
       round(sum(pg_relation_size(i.indexrelid)) / greatest(sum(c.reltuples), 1)::numeric, 1) AS "bytes an entry"
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace
GROUP BY 1 ORDER BY sum(pg_relation_size(i.indexrelid)) DESC LIMIT 30;
SELECT pg_size_pretty(pg_database_size(current_database())) AS "the database";
