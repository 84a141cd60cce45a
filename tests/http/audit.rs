//! The audit trail: nothing is written without it, nobody changes it, and who does is named.

use crate::app::{App, login_as, superuser_url};
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, postgres::PgPoolOptions};
use std::{
    fmt::Write,
    time::{Duration, Instant},
};
use techally::server::verify_audit::{Finding, Head, Report, verify};

fn code(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned()
}

/// A row for tables that the demo shop leaves empty.
const FILL: &str = "
    INSERT INTO user_sessions (user_id, token_hash, expires_at) SELECT id, sha256('x'), now() + interval '1 hour' FROM users LIMIT 1;
    INSERT INTO stock_openings (inventory_id, quantity) SELECT id, 0 FROM inventory LIMIT 1;
    INSERT INTO checkout_requests (client, idempotency_key, request_hash, order_id) SELECT 'c', 'k', sha256('x'), id FROM orders LIMIT 1;
    INSERT INTO retired_months (month, state) VALUES ('2000-01-01', 'closing');
    INSERT INTO stale_views (view_name) VALUES ('product_ratings');
    INSERT INTO saved_views (list, owner_id, name, query) SELECT 'orders', id, 'Mine', 'q=x' FROM users LIMIT 1;
    INSERT INTO saved_view_pins (user_id, view_id, position) SELECT owner_id, id, 1 FROM saved_views LIMIT 1;
    INSERT INTO reveals (actor_id, user_id, field, reason) SELECT id, id, 'email', 'test' FROM users LIMIT 1;
    INSERT INTO jobs (kind, title) VALUES ('jobs.cleaning', 'x');
    INSERT INTO job_rows (job_id, n, subject, label) SELECT id, 1, id, 'x' FROM jobs LIMIT 1;
    INSERT INTO job_schedules (kind, planned_for) VALUES ('x', now());
    INSERT INTO inbox_items (user_id, kind) SELECT id, 'mention' FROM users LIMIT 1;
    INSERT INTO parcels (order_id, carrier, tracking_number) SELECT order_id, 'DHL', 'x' FROM stock_reservations WHERE status = 'fulfilled' LIMIT 1;
    INSERT INTO parcel_items (parcel_id, order_id, order_item_id, quantity)
        SELECT p.id, p.order_id, r.order_item_id, 1 FROM parcels p JOIN stock_reservations r ON r.order_id = p.order_id AND r.status = 'fulfilled' LIMIT 1;
    INSERT INTO mails (kind, idempotency_key, recipient, subject, body) VALUES ('order_confirmation', 'k', 'a@b.example', 'x', 'x');
    INSERT INTO files (purpose, name, content_type, owner_id, expires_at) SELECT 'export', 'x.csv', 'text/csv', id, now() + interval '7 days' FROM users LIMIT 1;
    INSERT INTO second_factors (user_id) SELECT id FROM users LIMIT 1;
    INSERT INTO recovery_codes (user_id, code_hash) SELECT id, sha256('x') FROM users LIMIT 1;
    INSERT INTO sign_in_steps (user_id, token_hash, expires_at) SELECT id, sha256('x'), now() FROM users LIMIT 1;
    INSERT INTO access_links (kind, user_id, email, expires_at) SELECT 'reset', id, email, now() FROM users LIMIT 1;
    INSERT INTO access_requests (user_id, right_name, reason, hours) SELECT id, 'export_orders', 'x', 1 FROM users LIMIT 1;
    INSERT INTO user_views (user_id, actor_id) SELECT id, id FROM users LIMIT 1;
    INSERT INTO user_notes (user_id, author_id, body) SELECT id, id, 'x' FROM users LIMIT 1;
    INSERT INTO user_merges (kept_id, merged_id, merged_by, reason, merged_status)
        SELECT a.id, b.id, a.id, 'x', 'active' FROM users a JOIN users b ON b.id <> a.id LIMIT 1;
    INSERT INTO user_merge_rows (merge_id, table_name, row_id) SELECT id, 'orders', id FROM user_merges;
    INSERT INTO erasures (user_id, reason, asked_by) SELECT id, 'x', id FROM users LIMIT 1;
    INSERT INTO retention_runs (rule, before, rows_gone) VALUES ('user_sessions', now(), 1);
    UPDATE users SET phone_number = '+49 1' WHERE id = (SELECT id FROM users LIMIT 1);
    INSERT INTO audit_checks (started_at, rows_sealed, rows_unsealed, found) VALUES (now(), 0, 0, 0);
    INSERT INTO audit_seals (number, up_to, last_id, rows_sealed, row_ids, row_names, row_digests, digest)
        VALUES (1, '1', 1, 1, '{1}', '{x}', sha256('x'), sha256('x'));";

/// Every table of the catalog, and of partitioned ones a partition as well, is written to in each way, as the owner of
/// the business tables: there is an audit row, or a reason why not in `audit_exemptions`, or a refusal.
#[tokio::test]
async fn every_write_to_every_table_is_audited_or_exempt_for_a_reason_or_refused() {
    let app = App::start().await;
    sqlx::raw_sql(FILL).execute(&app.db).await.expect("rows everywhere");
    let mut connection = PgConnection::connect(superuser_url(&app).expose_secret()).await.expect("a connection");
    let mut transaction = connection.begin().await.expect("a transaction");
    // only the triggers in question stay on, so that foreign keys and other rules don't come first
    sqlx::raw_sql(
        "DO $$ DECLARE t record; BEGIN
             FOR t IN SELECT c.oid::regclass AS name, c.oid FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relhastriggers LOOP
                 EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', t.name);
             END LOOP;
             FOR t IN SELECT tgrelid::regclass AS name, tgname FROM pg_trigger WHERE tgname ~ '^(audit_|append_only|erase_only)' LOOP
                 EXECUTE format('ALTER TABLE %s ENABLE TRIGGER %I', t.name, t.tgname);
             END LOOP;
         END $$",
    )
    .execute(&mut *transaction)
    .await
    .expect("other triggers off");
    let tables: Vec<(String, String, Option<String>)> = sqlx::query_as(
        "SELECT c.relname::text, pg_get_userbyid(c.relowner)::text,
                (SELECT max(i.inhrelid::regclass::text) FROM pg_inherits i WHERE i.inhparent = c.oid AND i.inhrelid::regclass::text LIKE '%' || to_char(now(), '\"y\"YYYY\"m\"MM'))
         FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> '_sqlx_migrations'
         ORDER BY 1",
    )
    .fetch_all(&mut *transaction)
    .await
    .expect("tables");
    assert!(tables.len() > 45, "{}", tables.len());
    let mut wrong = Vec::new();
    let mut audited = 0;
    for (table, owner, partition) in &tables {
        for target in [Some(table), partition.as_ref()].into_iter().flatten() {
            for operation in ["INSERT", "UPDATE", "DELETE", "TRUNCATE"] {
                let sql = write_sql(&mut transaction, target, operation).await;
                sqlx::raw_sql(AssertSqlSafe(format!("SAVEPOINT s; SET LOCAL ROLE {owner}")))
                    .execute(&mut *transaction)
                    .await
                    .expect("the owner");
                let before: i64 = rows_about(&mut transaction, table).await;
                let result = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut *transaction).await;
                let outcome = match result {
                    Err(error) if code(&error) == "42501" => "refused".to_owned(),
                    Err(error) => format!("{error}"),
                    Ok(_) if rows_about(&mut transaction, table).await > before => "audited".to_owned(),
                    Ok(_) => "untraced".to_owned(),
                };
                sqlx::raw_sql("ROLLBACK TO s; RESET ROLE").execute(&mut *transaction).await.expect("back");
                let exempt: bool = sqlx::query_scalar(
                    "SELECT EXISTS (SELECT 1 FROM audit_exemptions WHERE table_name = $1::name AND operation = $2)",
                )
                .bind(table)
                .bind(operation)
                .fetch_one(&mut *transaction)
                .await
                .expect("exempt");
                audited += i32::from(outcome == "audited");
                // the trail itself takes rows, and nothing else
                let own = table.starts_with("audit_")
                    && owner == "techally_audit"
                    && (operation == "INSERT" || table == "audit_salt");
                // has its one row
                let full = table == "shop_settings" && operation == "INSERT";
                if !(matches!(outcome.as_str(), "audited" | "refused") || exempt || own || full) {
                    wrong.push(format!("{operation} {target}: {outcome} ({sql})"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(audited > 130, "{audited}");
}

async fn rows_about(connection: &mut PgConnection, table: &str) -> i64 {
    sqlx::query("SAVEPOINT look").execute(&mut *connection).await.expect("a savepoint");
    sqlx::query("RESET ROLE").execute(&mut *connection).await.expect("superuser");
    let count = sqlx::query_scalar("SELECT count(*) FROM audit_log WHERE table_name = $1")
        .bind(table)
        .fetch_one(&mut *connection)
        .await
        .expect("a count");
    sqlx::query("ROLLBACK TO look").execute(&mut *connection).await.expect("as before");
    count
}

/// A write of that kind to one row: an insert puts a copy of a row back that was taken out before it began.
async fn write_sql(connection: &mut PgConnection, target: &str, operation: &str) -> String {
    match operation {
        "TRUNCATE" => format!("TRUNCATE {target} CASCADE"),
        "DELETE" => format!("DELETE FROM {target} WHERE ctid = (SELECT ctid FROM {target} LIMIT 1)"),
        "INSERT" => {
            let row = sqlx::query(AssertSqlSafe(format!(
                "SELECT (SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = '{target}'::regclass AND attnum > 0
                           AND NOT attisdropped AND attgenerated = '' AND attidentity = '') AS columns, (SELECT to_jsonb(t)::text FROM {target} t LIMIT 1) AS row"
            )))
            .fetch_one(&mut *connection)
            .await
            .expect("columns");
            let (columns, json): (String, Option<String>) = (row.get("columns"), row.get("row"));
            // keys are given up for a moment, so that the same row can come twice
            let keys: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
                "SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = '{target}'::regclass AND a.attnum > 0 AND format_type(a.atttypid, NULL) = 'uuid'
                   AND a.attname IN ('id', 'idempotency_key')"
            )))
            .fetch_all(connection)
            .await
            .expect("keys");
            let mut fresh = String::new();
            for key in &keys {
                write!(fresh, " || jsonb_build_object('{key}', gen_random_uuid())").expect("a text");
            }
            let json = json.unwrap_or_else(|| "{}".into()).replace('\'', "''");
            let unique = unique_columns(target);
            let unique = if unique.is_empty() { unique } else { format!(" || {unique}") };
            format!(
                "INSERT INTO {target} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{target}, '{json}'::jsonb{fresh}{unique})"
            )
        }
        _ => {
            let column = change_of(target);
            format!("UPDATE {target} SET {column} WHERE ctid = (SELECT ctid FROM {target} LIMIT 1)")
        }
    }
}

/// Other columns that must differ for a second row.
fn unique_columns(target: &str) -> String {
    let table = target.split("_y20").next().unwrap_or(target);
    // another id of the same month
    let another = |column: &str| {
        format!(
            "(SELECT overlay({column}::text PLACING left(gen_random_uuid()::text, 4) FROM 25 FOR 4) FROM {target} LIMIT 1)"
        )
    };
    match table {
        "users" => r#"'{"email": "twin@mail.example"}'::jsonb"#,
        "brands" => r#"'{"name": "Twin", "slug": "twin"}'::jsonb"#,
        "categories" => r#"'{"slug": "twin"}'::jsonb"#,
        "products" => r#"'{"sku": "TWIN", "slug": "twin"}'::jsonb"#,
        "product_variants" => r#"'{"sku": "TWIN"}'::jsonb"#,
        "product_specifications" | "variant_attributes" | "saved_views" => r#"'{"name": "Twin"}'::jsonb"#,
        "warehouses" => r#"'{"code": "TWIN"}'::jsonb"#,
        "user_sessions" | "sign_in_steps" => {
            r#"'{"token_hash": "\\x0000000000000000000000000000000000000000000000000000000000000000"}'::jsonb"#
        }
        "recovery_codes" => {
            r#"'{"code_hash": "\\x0000000000000000000000000000000000000000000000000000000000000000"}'::jsonb"#
        }
        "access_links" => r#"'{"kind": "email"}'::jsonb"#,
        "access_requests" => r#"'{"right_name": "twin"}'::jsonb"#,
        "payments" => r#"'{"reference": "twin"}'::jsonb"#,
        "order_numbers" => "jsonb_build_object('order_number', 'twin', 'order_id', gen_random_uuid())",
        "stock_movement_keys" | "checkout_requests" | "mails" => r#"'{"idempotency_key": "twin"}'::jsonb"#,
        "cart_items" | "wishlists" | "reviews" | "inventory" | "price_history" => {
            "jsonb_build_object('product_id', gen_random_uuid())"
        }
        "review_votes" | "user_preferences" | "second_factors" | "user_facts" => {
            "jsonb_build_object('user_id', gen_random_uuid())"
        }
        "addresses" | "payment_methods" => {
            r#"'{"is_default": false, "is_default_shipping": false, "is_default_billing": false}'::jsonb"#
        }
        "user_merges" => "jsonb_build_object('merged_id', gen_random_uuid())",
        "user_merge_rows" => "jsonb_build_object('row_id', gen_random_uuid())",
        "order_return_items" => "jsonb_build_object('return_id', gen_random_uuid())",
        "parcel_items" => "jsonb_build_object('parcel_id', gen_random_uuid())",
        "refund_items" => "jsonb_build_object('refund_id', gen_random_uuid())",
        "stock_openings" => "jsonb_build_object('inventory_id', gen_random_uuid())",
        "retired_months" => r#"'{"month": "2001-01-01"}'::jsonb"#,
        "order_status" => r#"'{"code": "TWIN", "position": 99}'::jsonb"#,
        "saved_view_pins" => "jsonb_build_object('view_id', gen_random_uuid())",
        "order_transitions" => r#"'{"from_status": "TWIN"}'::jsonb"#,
        "job_states" => r#"'{"from_state": "twin"}'::jsonb"#,
        "job_rows" => "jsonb_build_object('n', 2, 'subject', gen_random_uuid())",
        "job_schedules" => r#"'{"kind": "twin"}'::jsonb"#,
        "erasures" => r#"'{"state": "withdrawn"}'::jsonb"#,
        "partitioned_tables" | "audit_columns" | "audit_exemptions" | "personal_tables" | "personal_columns" => {
            r#"'{"table_name": "twin"}'::jsonb"#
        }
        "orders" => "jsonb_build_object('id', another(id))",
        "order_shipping" => "jsonb_build_object('order_id', another(order_id))",
        _ => "",
    }
    .replace("another(id)", &another("id"))
    .replace("another(order_id)", &another("order_id"))
}

/// A change that the audit trail must see.
fn change_of(target: &str) -> &'static str {
    let table = target.split("_y20").next().unwrap_or(target);
    match table {
        "order_status" | "job_rows" => "label = label || '!'",
        "order_transitions" => "allowed_roles = '{system}'",
        "job_states" => "to_state = to_state || '!'",
        "job_schedules" => "job_id = gen_random_uuid()",
        "partitioned_tables" => "kind = CASE kind WHEN 'time' THEN 'order' ELSE 'time' END",
        "audit_columns" => "kind = CASE kind WHEN 'secret' THEN 'ignored' ELSE 'secret' END",
        "audit_exemptions" => "reason = reason || '!'",
        "personal_tables" => "title = title || '!'",
        "personal_columns" => "erased_as = erased_as || '!'",
        "retention_runs" => "rows_gone = rows_gone + 1",
        "audit_log" | "audit_seals" => "digest = ''",
        "audit_personal_values" => "personal = '{}'",
        "audit_salt" => "salt = ''",
        "order_items" => "sku = sku || '!'",
        "order_return_items" | "parcel_items" | "refund_items" | "stock_openings" | "stock_movements" => {
            "quantity = quantity + 1"
        }
        "order_numbers" => "order_number = order_number || '!'",
        "variant_attributes" | "product_specifications" => "value = value || '!'",
        "stock_movement_keys" => "idempotency_key = idempotency_key || '!'",
        "user_activity" => "action_type = action_type || '!'",
        "order_status_history" => "reason = 'x'",
        "stale_views" => "view_name = 'category_counts'",
        "payment_logs" => "event = 'x'",
        "price_history" => "price = price + 1",
        "second_factors" => "confirmed_at = now()",
        "audit_checks" => "found = found + 1",
        "user_facts" => "orders = orders + 1",
        "access_requests" | "erasures" => "asked_at = asked_at + interval '1 millisecond'",
        "orders" => "item_count = item_count + 1",
        "user_merge_rows" => "row_id = gen_random_uuid()",
        "saved_view_pins" => "position = position + 1",
        "retired_months" => "closed_at = closed_at + interval '1 millisecond'",
        _ => "created_at = created_at + interval '1 millisecond'",
    }
}

async fn run_verify(app: &App, expect: Option<&Head>) -> (Report, Vec<Finding>) {
    let mut connection = app.db.acquire().await.expect("a connection");
    let mut findings = Vec::new();
    let report = verify(&mut connection, expect, |finding| findings.push(finding.clone())).await.expect("verified");
    (report, findings)
}

/// Seals until nothing is left; other tests' transactions hold the cluster's horizon back for a moment.
async fn seal_all(app: &App) -> Duration {
    let start = Instant::now();
    loop {
        techally::server::worker::seal_audit_log(&app.staff).await.expect("sealed");
        let age: Option<String> =
            sqlx::query_scalar("SELECT audit_unsealed_age()::text").fetch_one(&app.db).await.expect("an age");
        if age.is_none() {
            return start.elapsed();
        }
        assert!(start.elapsed() < Duration::from_secs(30), "unsealed for {age:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn whoever_tampers_with_the_trail_is_named_with_the_row() {
    let app = App::start().await;
    // several seals, with every kind of character that JSON treats apart
    for n in 0..6 {
        let change = format!(
            "BEGIN; SELECT set_config('app.reason', E'ä \"quoted\" \\\\ \\t \\n \\u0001 {n}', true), set_config('app.request_id', 'r{n}', true);
             UPDATE brands SET description = 'changed {n}'; COMMIT"
        );
        sqlx::raw_sql(AssertSqlSafe(change)).execute(&app.db).await.expect("a change");
        // transactions of other tests, which are older, keep rows from being sealed
        while sqlx::query_scalar::<_, bool>("SELECT seal_audit_log(7) IS NOT NULL AND audit_unsealed_age() IS NOT NULL")
            .fetch_one(&app.db)
            .await
            .expect("a seal")
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    seal_all(&app).await;
    let (report, findings) = run_verify(&app, None).await;
    assert_eq!(findings, []);
    assert!(report.seals >= 6 && report.rows > 60 && report.unsealed == 0, "{report:?}");
    let head = report.head.expect("a head");
    let kept = Head {
        number: 3,
        digest: sqlx::query_scalar("SELECT encode(digest, 'hex') FROM audit_seals WHERE number = 3")
            .fetch_one(&app.db)
            .await
            .expect("a digest"),
    };
    assert_eq!(run_verify(&app, Some(&kept)).await.1, [], "an older head is still in the chain");

    let mut superuser = PgConnection::connect(superuser_url(&app).expose_secret()).await.expect("a superuser");
    sqlx::query("SET session_replication_role = replica").execute(&mut superuser).await.expect("guards off");
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT id, table_name || '/' || row_id FROM audit_log ORDER BY transaction_id, id")
            .fetch_all(&app.db)
            .await
            .expect("rows");
    let ((a, a_name), (b, b_name)) = (rows[10].clone(), rows[40].clone());
    // every column of the catalog, one after the other, the digest as well
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'audit_log'::regclass AND attnum > 0 AND NOT attisdropped",
    )
    .fetch_all(&app.db)
    .await
    .expect("columns");
    assert!(columns.len() >= 13);
    for (column, kind) in columns {
        let value = match kind.as_str() {
            "bigint" => format!("{column} + 1000000"),
            "timestamp with time zone" => format!("{column} + interval '1 microsecond'"),
            "xid8" => format!("({column}::text::bigint - 1)::text::xid8"),
            "jsonb" => r#"'{"name": [1, 2]}'"#.to_owned(),
            "uuid" => "gen_random_uuid()".to_owned(),
            "bytea" => "sha256('forged')".to_owned(),
            _ if column == "action" => "'DELETE'".to_owned(),
            _ => format!("COALESCE({column}, '') || 'x'"),
        };
        tamper(&mut superuser, &format!("UPDATE audit_log SET {column} = {value} WHERE id = {a}"), async || {
            let findings = run_verify(&app, None).await.1;
            let named = |finding: &Finding| match finding {
                Finding::Changed { id, row } => {
                    *id == a && (*row == a_name || column == "table_name" || column == "row_id")
                }
                Finding::Deleted { id, row, .. } => *id == a && *row == a_name,
                _ => false,
            };
            assert!(findings.iter().any(named), "{column}: {findings:?}");
        })
        .await;
    }
    // a forger who makes the digest fit again
    let redo = "digest = audit_digest(id, occurred_at, transaction_id, table_name, row_id, action, changed, actor_id, actor_kind, db_user, request_id, reason)";
    tamper(
        &mut superuser,
        &format!(
            "UPDATE audit_log SET actor_kind = 'system' WHERE id = {a}; UPDATE audit_log SET {redo} WHERE id = {a}"
        ),
        async || assert_eq!(run_verify(&app, None).await.1, [Finding::Changed { id: a, row: a_name.clone() }]),
    )
    .await;
    tamper(&mut superuser, &format!("DELETE FROM audit_log WHERE id IN ({a}, {b})"), async || {
        let named: Vec<_> = run_verify(&app, None)
            .await
            .1
            .into_iter()
            .map(|finding| match finding {
                Finding::Deleted { id, row, .. } => (id, row),
                other => panic!("{other}"),
            })
            .collect();
        assert_eq!(named, [(a, a_name.clone()), (b, b_name.clone())]);
    })
    .await;
    let copy = "INSERT INTO audit_log (id, occurred_at, transaction_id, table_name, row_id, action, changed, actor_kind, db_user, digest)";
    tamper(
        &mut superuser,
        &format!("{copy} SELECT 999999, occurred_at, transaction_id, 'orders', 'forged', 'UPDATE', '{{}}', 'staff', 'x', digest FROM audit_log WHERE id = {a}; UPDATE audit_log SET {redo} WHERE id = 999999"),
        async || {
            let findings = run_verify(&app, None).await.1;
            assert!(matches!(&findings[..], [Finding::Inserted { id: 999_999, row, .. }] if row == "orders/forged"), "{findings:?}");
        },
    )
    .await;
    // two rows change places, with ids and transactions, and digests that fit
    let swap = format!(
        "CREATE TEMP TABLE s AS SELECT id, transaction_id FROM audit_log WHERE id IN ({a}, {b});
         UPDATE audit_log l SET id = 1000000000 + l.id WHERE id IN ({a}, {b});
         UPDATE audit_log l SET id = s.id, transaction_id = s.transaction_id FROM s WHERE l.id > 1000000000 AND s.id <> l.id - 1000000000;
         UPDATE audit_log SET {redo} WHERE id IN ({a}, {b}); DROP TABLE s"
    );
    tamper(&mut superuser, &swap, async || {
        let mut named: Vec<_> = run_verify(&app, None)
            .await
            .1
            .into_iter()
            .map(|finding| match finding {
                Finding::Changed { id, row } => (id, row),
                other => panic!("{other}"),
            })
            .collect();
        named.sort();
        assert_eq!(named, [(a, b_name.clone()), (b, a_name.clone())]);
    })
    .await;
    // seals: one that is gone, one that forgets a row, and an end that is cut off with its rows
    tamper(&mut superuser, "DELETE FROM audit_seals WHERE number = 2", async || {
        assert!(run_verify(&app, None).await.1.contains(&Finding::SealMissing { number: 2 }));
    })
    .await;
    tamper(&mut superuser, "UPDATE audit_seals SET row_names[1] = 'x/y' WHERE number = 2", async || {
        assert_eq!(run_verify(&app, None).await.1, [Finding::Seal { number: 2 }]);
    })
    .await;
    let cut = "DELETE FROM audit_log l USING audit_seals s WHERE s.number >= 4 AND l.id = ANY (s.row_ids); DELETE FROM audit_seals WHERE number >= 4";
    tamper(&mut superuser, cut, async || {
        assert_eq!(run_verify(&app, None).await.1, [], "what is left is whole");
        assert_eq!(
            run_verify(&app, Some(&head)).await.1,
            [Finding::Expected { head: head.clone(), found: None }],
            "the kept head tells"
        );
    })
    .await;
    assert_eq!(run_verify(&app, Some(&head)).await.1, [], "and all was put back");
}

/// Tampers, looks, and undoes it: from a copy, because what looks must see it committed.
async fn tamper(superuser: &mut PgConnection, sql: &str, look: impl AsyncFnOnce()) {
    sqlx::raw_sql("CREATE TABLE kept_log AS TABLE audit_log; CREATE TABLE kept_seals AS TABLE audit_seals")
        .execute(&mut *superuser)
        .await
        .expect("a copy");
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut *superuser)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    look().await;
    sqlx::raw_sql(
        "TRUNCATE audit_log, audit_seals; INSERT INTO audit_log TABLE kept_log; INSERT INTO audit_seals TABLE kept_seals; DROP TABLE kept_log, kept_seals",
    )
    .execute(superuser)
    .await
    .expect("put back");
}

#[tokio::test]
async fn no_role_of_ours_changes_the_trail_its_values_or_its_guards() {
    let app = App::start().await;
    sqlx::query("UPDATE users SET phone_number = '+49 40 111222' WHERE email = 'support@techally.test'")
        .execute(&app.db)
        .await
        .expect("a change");
    seal_all(&app).await;
    let month: String = sqlx::query_scalar("SELECT partition_name('audit_log', now()::date)::text")
        .fetch_one(&app.db)
        .await
        .expect("a partition");
    let values = month.replace("audit_log", "audit_personal_values");
    let tries = [
        "UPDATE {log} SET reason = 'x'",
        "DELETE FROM {log}",
        "TRUNCATE {log}",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "UPDATE audit_log SET changed = '{}'",
        "DELETE FROM audit_seals",
        "UPDATE audit_seals SET digest = ''",
        "TRUNCATE audit_seals",
        "DELETE FROM {values}",
        "TRUNCATE {values}",
        "TRUNCATE audit_personal_values",
        "UPDATE audit_personal_values SET personal = '{\"email\": [1, 2]}'",
        "DELETE FROM audit_personal_values",
    ];
    // what only an owner could do: the owner of all else is none
    let guards = [
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
        "ALTER TABLE {log} DISABLE TRIGGER append_only",
        "DROP TRIGGER append_only ON audit_log",
        "DROP TABLE {log}",
        "ALTER TABLE audit_log DETACH PARTITION {log}",
        "DROP TABLE audit_log CASCADE",
        "ALTER TABLE audit_log DROP COLUMN reason",
        "INSERT INTO {log} SELECT FROM audit_log",
        "CREATE OR REPLACE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "ALTER FUNCTION refuse_change() RENAME TO x",
        "SELECT salt FROM audit_salt",
        "SET session_replication_role = replica",
        "SET ROLE techally_audit",
    ];
    for (login, role) in [
        ("techally_audit_try_a", "techally_admin"),
        ("techally_audit_try_r", "techally_readonly"),
        ("techally_audit_try_s", "techally_app"),
    ] {
        let mut connection = login_as(&app, login, role).await;
        for sql in tries.iter().chain(&guards) {
            let sql = sql.replace("{log}", &month).replace("{values}", &values);
            let result = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut connection).await;
            assert_eq!(code(&result.expect_err(&sql)), "42501", "{role}: {sql}");
        }
    }
    for (role, all) in [("techally_owner", true), ("techally_audit", false)] {
        let mut connection = PgConnection::connect(superuser_url(&app).expose_secret()).await.expect("a connection");
        sqlx::raw_sql(AssertSqlSafe(format!("SET ROLE {role}"))).execute(&mut connection).await.expect("the role");
        // SET ROLE can't be undone into less than the superuser who began the session: those two are left to logins
        for sql in tries.iter().chain(guards.iter().filter(|sql| all && !sql.starts_with("SET "))) {
            let sql = sql.replace("{log}", &month).replace("{values}", &values);
            let result = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut connection).await;
            assert_eq!(code(&result.expect_err(&sql)), "42501", "{role}: {sql}");
        }
    }
    // values are lost by erasing only, which is itself on record; the chain is whole after
    let support: String = sqlx::query_scalar("SELECT id::text FROM users WHERE email = 'support@techally.test'")
        .fetch_one(&app.db)
        .await
        .expect("support");
    const ERASE: &str = "SELECT erase_audit_rows('users', ARRAY[$1::text], 'users', $1::text)";
    let alone = sqlx::query(ERASE).bind(&support).execute(&app.staff).await;
    assert_eq!(code(&alone.expect_err("two colleagues decide about an erasure")), "42501");
    let erased: i32 = sqlx::query_scalar(ERASE).bind(&support).fetch_one(&app.db).await.expect("erased");
    assert_eq!(erased, 1);
    let (left, noted): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM audit_personal_values WHERE personal::text LIKE '%111222%'), (SELECT count(*) FROM audit_log WHERE action = 'ERASE' AND row_id = $1)",
    )
    .bind(&support)
    .fetch_one(&app.db)
    .await
    .expect("counts");
    assert_eq!((left, noted), (0, 1));
    seal_all(&app).await;
    assert_eq!(run_verify(&app, None).await.1, []);
}

/// Transactions that begin early and end late, in other order than their ids: the seal misses none and never waits long.
#[tokio::test]
async fn the_seal_is_whole_while_many_write_and_seal_at_once() {
    let app = App::start().await;
    let pool =
        PgPoolOptions::new().max_connections(12).connect(superuser_url(&app).expose_secret()).await.expect("a pool");
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..8_u64 {
        let pool = pool.clone();
        tasks.spawn(async move {
            for n in 0..12_u64 {
                let mut transaction = pool.begin().await.expect("a transaction");
                for step in 0..3 {
                    sqlx::query("UPDATE user_preferences SET language = $1 WHERE user_id = (SELECT user_id FROM user_preferences ORDER BY user_id OFFSET $2 LIMIT 1)")
                        .bind(format!("{writer}.{n}.{step}"))
                        .bind(i64::try_from(writer).expect("small"))
                        .execute(&mut *transaction)
                        .await
                        .expect("a change");
                    tokio::time::sleep(Duration::from_millis((writer * 7 + n * 3) % 20)).await;
                }
                if n % 5 == 4 { transaction.rollback().await.expect("rolled back") } else { transaction.commit().await.expect("committed") }
            }
        });
    }
    for _ in 0..3 {
        let pool = pool.clone();
        tasks.spawn(async move {
            for _ in 0..60 {
                sqlx::query("SELECT seal_audit_log(10)").execute(&pool).await.expect("two at once are fine");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
    }
    tasks.join_all().await;
    let took = seal_all(&app).await;
    assert!(took < Duration::from_secs(10), "sealed after {took:?}");
    let (report, findings) = run_verify(&app, None).await;
    assert_eq!(findings, []);
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_log").fetch_one(&app.db).await.expect("rows");
    assert_eq!((report.rows, report.unsealed), (rows, 0));
    assert!(report.seals > 10, "{report:?}");
}
