-- Draws the map of the database from its catalog, as Markdown: one row a line. Run by tools/db-map.sh, and by the test
-- that compares it with docs/database.md.
WITH tables AS (
    SELECT c.oid, c.relname::text AS name, c.relkind, c.relrowsecurity, obj_description(c.oid, 'pg_class') AS said
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND c.relname <> '_sqlx_migrations'
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), keys AS (
    SELECT f.confrelid, f.conrelid, child.name AS child, parent.name AS parent,
           (SELECT string_agg(a.attname::text, ', ' ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY AS k(number, place)
            JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number) AS columns,
           (SELECT bool_and(a.attnotnull) FROM pg_attribute a WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey)) AS required,
           EXISTS (SELECT 1 FROM pg_constraint u WHERE u.conrelid = f.conrelid AND u.contype IN ('p', 'u')
                   AND u.conkey <@ f.conkey) AS one
    FROM pg_constraint f
    JOIN tables child ON child.oid = f.conrelid
    JOIN tables parent ON parent.oid = f.confrelid
    WHERE f.contype = 'f' AND f.conparentid = 0
), lines AS (
    SELECT 1 AS part, place::text COLLATE "C" AS a, ''::text COLLATE "C" AS b, line
    FROM unnest(ARRAY['```mermaid', 'erDiagram']) WITH ORDINALITY AS l(line, place)
    UNION ALL
    SELECT 2, parent, child || columns, format('    %s %s--%s %s : "%s"', parent, CASE WHEN required THEN '||' ELSE '|o' END,
                                               CASE WHEN one THEN 'o|' ELSE 'o{' END, child, columns) FROM keys
    UNION ALL
    SELECT 3, place::text, '', line
    FROM unnest(ARRAY['```', '', '| table | what it is | partitions | row security | audited | indexes |', '|---|---|---|:-:|:-:|--:|'])
         WITH ORDINALITY AS l(line, place)
    UNION ALL
    SELECT 4, name, '', format('| `%s` | %s | %s | %s | %s | %s |', name, replace(said, '|', '\|'),
           COALESCE((SELECT CASE kind WHEN 'order' THEN 'month of the order''s id' ELSE 'month' END FROM partitioned_tables p WHERE p.table_name = name), ''),
           CASE WHEN relrowsecurity THEN 'yes' ELSE '' END,
           CASE WHEN EXISTS (SELECT 1 FROM pg_trigger g WHERE g.tgrelid = t.oid AND g.tgname LIKE '%audit_row%') THEN 'yes' ELSE '' END,
           (SELECT count(*) FROM pg_index i WHERE i.indrelid = t.oid))
    FROM tables t WHERE relkind IN ('r', 'p')
    UNION ALL
    SELECT 5, place::text, '', line FROM unnest(ARRAY['', '| view | what it shows |', '|---|---|']) WITH ORDINALITY AS l(line, place)
    UNION ALL
    SELECT 6, name, '', format('| `%s`%s | %s |', name, CASE WHEN relkind = 'm' THEN ' (materialized)' ELSE '' END, replace(said, '|', '\|'))
    FROM tables WHERE relkind IN ('v', 'm')
)
SELECT line FROM lines ORDER BY part, a, b;
