-- A row as it was at a moment, from the audit trail.
SET ROLE techally_owner;

CREATE FUNCTION row_as_of(p_table text, p_row text, p_now jsonb, p_at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT p_now || COALESCE((
        SELECT jsonb_object_agg(c.field, c.base)
        FROM (SELECT DISTINCT ON (k.field) k.field,
                     -- the log itself has only the hash of a personal value
                     CASE WHEN a.kind = 'personal' AND v.personal IS NULL THEN '"(erased)"'::jsonb
                          ELSE COALESCE(v.personal -> k.field, l.changed -> k.field) -> 0 END AS base
              FROM audit_log l
              LEFT JOIN audit_personal_values v ON v.occurred_at = l.occurred_at AND v.audit_id = l.id
              CROSS JOIN LATERAL jsonb_object_keys(l.changed) AS k (field)
              LEFT JOIN audit_columns a ON a.table_name = p_table AND a.column_name = k.field
              WHERE l.table_name = p_table AND l.row_id = p_row AND l.action = 'UPDATE'
                AND l.occurred_at >= p_at AND l.occurred_at < now() + interval '1 day'
              ORDER BY k.field, l.occurred_at, l.id) c), '{}')
$$;
COMMENT ON FUNCTION row_as_of(text, text, jsonb, timestamptz) IS
    'A row as it was just before a moment: what it is now, with each field that changed since set to what it was before its first change';
GRANT EXECUTE ON FUNCTION row_as_of(text, text, jsonb, timestamptz) TO techally_admin;

RESET ROLE;
