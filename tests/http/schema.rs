//! The schema looked at from its own catalog: what the field's linters ask of a PostgreSQL schema, and what we ask.

use crate::app::App;
use sqlx::AssertSqlSafe;

/// Each returns the names of what breaks the rule; "ours" leaves out what extensions brought.
const LINTS: &[(&str, &str)] = &[
    (
        "policies without row security",
        "SELECT DISTINCT c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE NOT c.relrowsecurity",
    ),
    (
        "row security without policies",
        "SELECT relname FROM pg_class c WHERE relrowsecurity AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid)",
    ),
    (
        "row security without a policy for a role that may read",
        "SELECT DISTINCT c.relname || ' for ' || r.rolname FROM pg_class c, pg_roles r
         WHERE c.relrowsecurity AND r.rolname IN ('techally_app', 'techally_readonly', 'techally_admin') AND has_any_column_privilege(r.oid, c.oid, 'SELECT')
           AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND r.oid = ANY (p.polroles) AND p.polcmd IN ('r', '*'))",
    ),
    (
        "policies that say nothing of what is written",
        "SELECT c.relname || '.' || p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
         WHERE p.polcmd IN ('*', 'a', 'w') AND p.polwithcheck IS NULL",
    ),
    (
        "policies for everybody",
        "SELECT c.relname || '.' || p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE 0 = ANY (p.polroles)",
    ),
    (
        "tables that the storefront reads without row security; the states of an order are the same for all",
        "SELECT relname FROM pg_class c WHERE relkind IN ('r', 'p') AND NOT relrowsecurity AND relnamespace = 'public'::regnamespace
           AND has_any_column_privilege('techally_app', oid, 'SELECT') AND relname NOT IN ('order_status', 'order_transitions')",
    ),
    (
        "tables with personal data that reports read",
        "SELECT DISTINCT a.table_name FROM audit_columns a WHERE a.kind IN ('personal', 'secret')
           AND has_any_column_privilege('techally_readonly', a.table_name::regclass, 'SELECT')",
    ),
    (
        "columns that look personal or secret and that the audit trail takes for plain",
        "SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
          WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
            AND a.attname ~ '(email|phone|first_name|last_name|recipient|customer_name|billing_name|street|postal|birth|gender|avatar|password|secret|token|last4|user_agent|^ip$|^body$|reason|reference|gateway_id)'
            AND a.attname NOT IN ('email_verified') AND c.relname NOT LIKE 'audit%' AND c.relname NOT IN ('warehouses', 'shop_settings')
            AND EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'audit_row' AND t.tgtype & 4 <> 0)
            AND NOT EXISTS (SELECT 1 FROM audit_columns k WHERE k.table_name = c.relname AND k.column_name = a.attname)",
    ),
    (
        "views that run as their owner, filter, and are no barrier",
        "SELECT relname FROM pg_class c WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace
           AND (has_any_column_privilege('techally_app', oid, 'SELECT') OR has_any_column_privilege('techally_readonly', oid, 'SELECT'))
           AND pg_get_viewdef(oid) ~ 'WHERE' AND NOT COALESCE(reloptions::text ~ 'security_barrier=(true|on)|security_invoker=(true|on)', false)",
    ),
    (
        "views that run as their owner and that the storefront reads, but the one for ratings",
        "SELECT relname FROM pg_class c WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace AND has_any_column_privilege('techally_app', oid, 'SELECT')
           AND NOT COALESCE(reloptions::text ~ 'security_invoker=(true|on)', false) AND relname <> 'public_product_ratings'",
    ),
    (
        "materialized views that the storefront reads",
        "SELECT relname FROM pg_class WHERE relkind = 'm' AND has_any_column_privilege('techally_app', oid, 'SELECT')",
    ),
    (
        "partitions with rights or without their table's row security behind them",
        "SELECT relname FROM pg_class WHERE relispartition AND relkind IN ('r', 'p') AND EXISTS (
             SELECT 1 FROM aclexplode(relacl) a WHERE a.grantee <> relowner)",
    ),
    (
        "columns granted to everybody",
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND EXISTS (SELECT 1 FROM aclexplode(c.relacl) a WHERE a.grantee = 0)
         UNION SELECT c.relname || '.' || t.attname FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid
         WHERE c.relnamespace = 'public'::regnamespace AND EXISTS (SELECT 1 FROM aclexplode(t.attacl) a WHERE a.grantee = 0)",
    ),
    (
        "functions of ours that everybody may run",
        "SELECT p.oid::regprocedure::text FROM our_functions p WHERE p.proacl IS NULL OR EXISTS (SELECT 1 FROM aclexplode(p.proacl) a WHERE a.grantee = 0)",
    ),
    (
        "functions whose names a search_path could redirect",
        "SELECT p.oid::regprocedure::text FROM our_functions p
         WHERE p.prosqlbody IS NULL AND NOT COALESCE(p.proconfig::text LIKE '%search_path=public, pg_temp%', false)",
    ),
    (
        "SECURITY DEFINER functions that the storefront or reports may run",
        "SELECT p.oid::regprocedure::text FROM our_functions p WHERE p.prosecdef
           AND (has_function_privilege('techally_app', p.oid, 'EXECUTE') OR has_function_privilege('techally_readonly', p.oid, 'EXECUTE'))",
    ),
    (
        "functions that the storefront may run, but ids, the time in them, who it is, and what a CHECK asks",
        "SELECT p.proname FROM our_functions p WHERE has_function_privilege('techally_app', p.oid, 'EXECUTE')
           AND p.proname NOT IN ('uuid_v7', 'uuid_v7_floor', 'uuid_v7_time', 'current_customer', 'is_storefront', 'current_actor_kind', 'are_tags')",
    ),
    (
        "tables without a primary key",
        "SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> '_sqlx_migrations'
           AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)",
    ),
    (
        "foreign keys without an index on their side and without a comment why",
        "SELECT f.conrelid::regclass || '.' || f.conname FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
         WHERE f.contype = 'f' AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND f.conparentid = 0
           AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = f.conrelid AND i.indkey[0] = ANY (f.conkey))
           AND COALESCE(obj_description(f.oid, 'pg_constraint'), '') NOT LIKE 'No index:%'",
    ),
    (
        "indexes that another one makes useless",
        "SELECT a.indexrelid::regclass::text || ' by ' || b.indexrelid::regclass::text
         FROM pg_index a JOIN pg_index b ON a.indrelid = b.indrelid AND a.indexrelid <> b.indexrelid JOIN pg_class c ON c.oid = a.indexrelid
         WHERE a.indrelid::regclass::text NOT LIKE 'pg\\_%' AND NOT c.relispartition AND NOT a.indisunique AND a.indpred IS NULL AND b.indpred IS NULL
           AND a.indexprs IS NULL AND b.indexprs IS NULL AND a.indclass::text = b.indclass::text AND a.indoption::text = b.indoption::text AND a.indkey::text = b.indkey::text
           -- the specification has it beside the unique constraint
           AND a.indexrelid::regclass::text <> 'idx_users_email'",
    ),
    ("indexes and constraints that are not valid", "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid UNION SELECT conname FROM pg_constraint WHERE NOT convalidated"),
    (
        "triggers that are switched off",
        "SELECT tgrelid::regclass || '.' || tgname FROM pg_trigger WHERE tgenabled = 'D'",
    ),
    (
        "objects without a comment",
        "SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S') AND NOT relispartition
           AND obj_description(oid, 'pg_class') IS NULL AND relname <> '_sqlx_migrations'
           AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'i'))
         UNION SELECT p.oid::regprocedure::text FROM our_functions p WHERE obj_description(p.oid, 'pg_proc') IS NULL
         UNION SELECT rolname FROM pg_roles WHERE rolname IN ('techally_owner', 'techally_audit', 'techally_app', 'techally_readonly', 'techally_admin')
           AND shobj_description(oid, 'pg_authid') IS NULL",
    ),
    (
        "objects with a wrong owner: the audit trail has one of its own",
        "SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S') AND relname <> '_sqlx_migrations'
           AND relowner <> (CASE WHEN relname ~ '^audit_(log|personal_values|salt|seals)' THEN 'techally_audit' ELSE 'techally_owner' END)::regrole
           AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
         UNION SELECT p.oid::regprocedure::text FROM our_functions p WHERE p.proowner::regrole::text NOT IN ('techally_owner', 'techally_audit')",
    ),
    (
        "roles that could pass by everything, and members that the owners must not have",
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'techally%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)
         UNION SELECT rolname FROM pg_roles WHERE rolname IN ('techally_owner', 'techally_audit', 'techally_app', 'techally_readonly', 'techally_admin') AND rolcanlogin
         UNION SELECT member::regrole::text FROM pg_auth_members WHERE roleid IN ('techally_owner'::regrole, 'techally_audit'::regrole)",
    ),
    (
        "times without a zone, text limited to one character, money as float",
        "SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
           -- a schedule is read on the clock on the wall, on purpose
           AND c.relname || '.' || a.attname <> 'job_schedules.planned_for'
           AND format_type(a.atttypid, a.atttypmod) IN ('timestamp without time zone', 'time without time zone', 'real', 'double precision', 'money', 'json', 'character(1)')",
    ),
    (
        "partitions that lack a TRUNCATE guard of their table",
        "SELECT i.inhrelid::regclass || '.' || t.tgname FROM pg_inherits i JOIN pg_trigger t ON t.tgrelid = i.inhparent AND t.tgtype & 32 <> 0
         WHERE NOT EXISTS (SELECT 1 FROM pg_trigger p WHERE p.tgrelid = i.inhrelid AND p.tgname = t.tgname AND p.tgfoid = t.tgfoid AND p.tgargs = t.tgargs)",
    ),
];

#[tokio::test]
async fn the_schema_passes_every_lint() {
    let app = App::start().await;
    let ours = "CREATE TEMP VIEW our_functions AS SELECT p.oid, p.proname, p.proacl, p.prosqlbody, p.proconfig, p.prosecdef, p.proowner
                FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
                  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')";
    let mut connection = app.db.acquire().await.expect("a connection");
    sqlx::raw_sql(ours).execute(&mut *connection).await.expect("the view");
    let mut broken = Vec::new();
    for (rule, sql) in LINTS {
        let names: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!("SELECT x::text FROM ({sql}) AS l(x)")))
            .fetch_all(&mut *connection)
            .await
            .unwrap_or_else(|error| panic!("{rule}: {error}"));
        if !names.is_empty() {
            broken.push(format!("{rule}: {}", names.join(", ")));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
