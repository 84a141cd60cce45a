//! The right to know and the right to be forgotten: the map of personal data against the schema, a person's file, the erasure
//! by two colleagues, what a restore brings back, and what goes when its time is over.

use crate::{
    app::{App, Browser},
    jobs::{run_jobs, until},
    logs::lines,
    redis::Server,
};
use sqlx::AssertSqlSafe;
use std::io::{Cursor, Read};
use techally::{
    privacy::{again, retention},
    server::storage::clean,
};
use time::OffsetDateTime;
use uuid::Uuid;

async fn run(app: &App, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&app.db).await.expect(sql);
}

async fn one<T>(app: &App, sql: &str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&app.db).await.expect(sql)
}

/// What the map doesn't know of the schema, or knows wrongly.
const GAPS: &str = "
SELECT 'no line for the table ' || c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> '_sqlx_migrations'
  AND NOT EXISTS (SELECT 1 FROM personal_tables p WHERE p.table_name = c.relname)
UNION ALL
SELECT 'there is no table ' || p.table_name FROM personal_tables p WHERE to_regclass('public.' || p.table_name) IS NULL
UNION ALL
SELECT 'there is no column ' || k.table_name || '.' || k.column_name FROM personal_columns k
WHERE NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = to_regclass('public.' || k.table_name) AND a.attname = k.column_name AND NOT a.attisdropped)
UNION ALL
-- of a table that is blanked every text is in one class
SELECT 'blanked, and nothing said of ' || c.relname || '.' || a.attname
FROM personal_tables p JOIN pg_class c ON c.oid = to_regclass('public.' || p.table_name)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE p.fate = 'blanked' AND a.atttypid <> ALL ('{uuid,timestamptz,timestamp,bool,int2,int4,int8,numeric}'::regtype[])
  AND NOT EXISTS (SELECT 1 FROM personal_columns k WHERE k.table_name = c.relname AND k.column_name = a.attname)
UNION ALL
-- of others what looks personal
SELECT 'looks personal: ' || c.relname || '.' || a.attname
FROM personal_tables p JOIN pg_class c ON c.oid = to_regclass('public.' || p.table_name)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE p.fate IN ('none', 'kept')
  AND (a.attname ~ '(mail|phone|first_name|last_name|recipient|customer|billing|street|postal|city|birth|gender|avatar|last4|agent|^ip$|body|note|comment|message|reason|address|iban|person)'
       OR a.atttypid = ANY ('{jsonb,json,inet,cidr,date}'::regtype[])
       OR p.fate = 'none' AND EXISTS (SELECT 1 FROM pg_constraint f WHERE f.conrelid = c.oid AND f.confrelid = 'users'::regclass AND a.attnum = ANY (f.conkey)))
  AND NOT EXISTS (SELECT 1 FROM personal_columns k WHERE k.table_name = c.relname AND k.column_name = a.attname)
UNION ALL
-- what the audit trail takes for personal isn't kept without a word
SELECT 'personal for the audit trail: ' || a.table_name || '.' || a.column_name
FROM audit_columns a JOIN personal_tables p USING (table_name)
WHERE a.kind = 'personal' AND p.fate <> 'deleted'
  AND NOT EXISTS (SELECT 1 FROM personal_columns k WHERE k.table_name = a.table_name AND k.column_name = a.column_name)
UNION ALL
-- secrets are in nobody's file
SELECT 'a secret is exported: ' || a.table_name || '.' || a.column_name
FROM audit_columns a JOIN personal_tables p USING (table_name)
WHERE a.kind = 'secret' AND p.is_exported AND NOT a.column_name = ANY (p.not_exported)";

async fn gaps(app: &App) -> Vec<String> {
    sqlx::query_scalar(GAPS).fetch_all(&app.db).await.expect("gaps")
}

#[tokio::test]
async fn the_map_of_personal_data_knows_every_column_that_looks_personal() {
    let app = App::start().await;
    assert_eq!(
        gaps(&app).await,
        Vec::<String>::new(),
        "say in personal_tables and personal_columns what becomes of it"
    );
    // that it would be seen
    run(
        &app,
        "CREATE TABLE newsletter (id int, letter text);
         ALTER TABLE products ADD COLUMN supplier_email text;
         ALTER TABLE brands ADD COLUMN owner uuid REFERENCES users (id);
         ALTER TABLE orders ADD COLUMN gift_text text;
         DELETE FROM personal_columns WHERE table_name = 'refunds' AND column_name = 'reason';
         UPDATE personal_tables SET not_exported = '{}' WHERE table_name = 'payment_methods';
         INSERT INTO personal_columns VALUES ('orders', 'gone', NULL, 'x');",
    )
    .await;
    let found = gaps(&app).await;
    for gap in [
        "no line for the table newsletter",
        "looks personal: products.supplier_email",
        "looks personal: brands.owner",
        "blanked, and nothing said of orders.gift_text",
        "blanked, and nothing said of refunds.reason",
        "personal for the audit trail: refunds.reason",
        "a secret is exported: payment_methods.gateway_id",
        "there is no column orders.gone",
    ] {
        assert!(found.iter().any(|line| line == gap), "{gap}: {found:?}");
    }
}

/// Words that stand nowhere once the person is erased.
const MARKS: [&str; 11] = [
    "zacharias.quellwasser",
    "Quellwasser",
    "40 5550777",
    "Mondgasse",
    "203.0.113.77",
    "Kramerbrowser",
    "1931-02-03",
    "Hasenherz",
    "geheime-notiz",
    "Brunnenwort",
    "alt-quell",
];

/// A customer who left traces everywhere, with an account that was merged into theirs; all orders are over.
async fn zacharias(app: &App) -> Uuid {
    let (id, old) = (Uuid::new_v4(), Uuid::new_v4());
    let staff: Uuid = one(app, "SELECT id FROM users WHERE email = 'support@techally.test'").await;
    run(
        app,
        &format!(
            "SELECT set_config('app.current_user_id', '{staff}', false), set_config('app.actor_kind', 'system', false);
             INSERT INTO users (id, email, password_hash, first_name, last_name, phone_number, date_of_birth, gender, tags) VALUES
                 ('{id}', 'zacharias.quellwasser@mail.example', '!', 'Zacharias', 'Quellwasser', '+49 40 5550777', '1931-02-03', 'male', '{{vip}}'),
                 ('{old}', 'alt-quell@mail.example', '!', 'Z', 'Quellwasser', NULL, NULL, NULL, '{{}}');
             UPDATE users SET status = 'deleted', deleted_at = now(), merged_into = '{id}' WHERE id = '{old}';
             INSERT INTO user_merges (kept_id, merged_id, merged_by, reason, merged_status, replaced)
                 VALUES ('{id}', '{old}', '{staff}', 'Quellwasser twice', 'active', '{{\"phone_number\": \"+49 40 5550777\"}}');
             CREATE TEMP TABLE mine ON COMMIT DROP AS SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id JOIN refunds r ON r.order_id = o.id
                 WHERE o.status IN ('COMPLETED', 'RETURNED') AND r.status <> 'pending' GROUP BY o.id ORDER BY o.id DESC LIMIT 2;
             UPDATE orders SET user_id = '{id}', customer_name = 'Zacharias Quellwasser', customer_email = 'zacharias.quellwasser@mail.example',
                 customer_phone = '+49 40 5550777', billing_name = 'Zacharias Quellwasser', billing_street = 'Mondgasse 1', billing_city = 'Lübeck'
                 WHERE id IN (SELECT id FROM mine);
             UPDATE order_shipping SET recipient_name = 'Zacharias Quellwasser', street = 'Mondgasse 1', phone = '+49 40 5550777' WHERE order_id IN (SELECT id FROM mine);
             UPDATE payments SET card_last4 = '9182', failure_reason = 'Quellwasser refused' WHERE order_id IN (SELECT id FROM mine);
             UPDATE refunds SET reason = 'Quellwasser asked' WHERE order_id IN (SELECT id FROM mine);
             INSERT INTO payment_logs (payment_id, direction, event, payload) SELECT p.id, 'webhook', 'x', '{{\"name\": \"Quellwasser\"}}' FROM payments p WHERE p.order_id IN (SELECT id FROM mine);
             INSERT INTO order_notes (order_id, author_id, body) SELECT id, '{staff}', 'geheime-notiz' FROM mine;
             INSERT INTO user_notes (user_id, author_id, body) VALUES ('{id}', '{staff}', 'geheime-notiz von Zacharias');
             INSERT INTO addresses (user_id, recipient_name, street, postal_code, city, country, phone, is_default_shipping) VALUES
                 ('{id}', 'Zacharias Quellwasser', 'Mondgasse 1', '23552', 'Lübeck', 'DE', '+49 40 5550777', true), ('{old}', 'Z Quellwasser', 'Mondgasse 2', '23552', 'Lübeck', 'DE', NULL, false);
             UPDATE order_shipping SET address_id = (SELECT a.id FROM addresses a WHERE a.user_id = '{id}') WHERE order_id IN (SELECT id FROM mine);
             INSERT INTO payment_methods (user_id, method, card_brand, card_last4, card_exp_month, card_exp_year, gateway_id) VALUES ('{id}', 'card', 'visa', '9182', 12, 2030, 'x');
             UPDATE payments SET payment_method_id = (SELECT m.id FROM payment_methods m WHERE m.user_id = '{id}') WHERE order_id IN (SELECT id FROM mine);
             INSERT INTO user_sessions (user_id, token_hash, ip, user_agent, expires_at) VALUES ('{id}', sha256('z'), '203.0.113.77', 'Kramerbrowser/1.0', now());
             INSERT INTO user_activity (user_id, action_type, ip, user_agent, details) VALUES ('{id}', 'sign_in', '203.0.113.77', 'Kramerbrowser/1.0', '{{\"word\": \"Brunnenwort\"}}'),
                 ('{staff}', 'exported', '198.51.100.1', 'Officebrowser', '{{\"query\": \"q=zacharias.quellwasser@mail.example\"}}');
             INSERT INTO reviews (user_id, product_id, rating, title, body) SELECT '{id}', p.id, 5, 'Hasenherz', 'Hasenherz lobt' FROM products p ORDER BY p.id LIMIT 1;
             INSERT INTO review_images (review_id, url) SELECT r.id, '/Hasenherz.png' FROM reviews r WHERE r.user_id = '{id}';
             INSERT INTO review_votes (review_id, user_id, is_helpful) SELECT r.id, '{staff}', true FROM reviews r WHERE r.user_id = '{id}';
             INSERT INTO wishlists (user_id, product_id) SELECT '{id}', p.id FROM products p ORDER BY p.id LIMIT 1;
             INSERT INTO cart_items (user_id, product_id, quantity) SELECT '{id}', p.id, 1 FROM products p ORDER BY p.id LIMIT 1;
             INSERT INTO reveals (actor_id, user_id, field, reason) VALUES ('{staff}', '{id}', 'phone', 'Quellwasser calls');
             INSERT INTO user_views (actor_id, user_id) VALUES ('{staff}', '{id}');
             INSERT INTO mails (kind, idempotency_key, order_id, recipient, subject, body) SELECT 'order_confirmation', 'z' || id, id, 'zacharias.quellwasser@mail.example', 'For Zacharias Quellwasser', 'Dear Quellwasser' FROM mine;
             INSERT INTO saved_views (list, owner_id, name, query) VALUES ('users', '{staff}', 'Quell', 'q=zacharias.quellwasser%40mail.example'), ('users', '{staff}', 'One', 'q=zacharias.quellwasser@mail.example');
             INSERT INTO kept_forms (user_id, path, form, fields) VALUES ('{staff}', '/', 'f', '{{\"email\": \"zacharias.quellwasser@mail.example\"}}');
             INSERT INTO access_requests (user_id, right_name, reason, hours) VALUES ('{staff}', 'export_orders', 'Zacharias Quellwasser wants a list', 1);
             INSERT INTO jobs (kind, title, args, owner_id, total, done) VALUES ('users.bulk', 'For Zacharias Quellwasser', '{{\"query\": \"zacharias.quellwasser@mail.example\"}}', '{staff}', 1, 1);
             UPDATE jobs SET state = 'stopped', ended_at = now() WHERE kind = 'users.bulk';
             INSERT INTO job_rows (job_id, n, subject, label, state, undo) SELECT j.id, 1, '{id}', 'Zacharias Quellwasser', 'done', '{{\"tags\": [\"Brunnenwort\"]}}' FROM jobs j WHERE j.kind = 'users.bulk';
             -- rows that are long gone, whose history has what they said
             DELETE FROM wishlists WHERE user_id = '{id}';
             INSERT INTO addresses (user_id, recipient_name, street, postal_code, city, country) VALUES ('{id}', 'Q', 'Mondgasse 3', '1', 'X', 'DE');
             UPDATE addresses SET street = 'Mondgasse 4' WHERE street = 'Mondgasse 3';
             DELETE FROM addresses WHERE street = 'Mondgasse 4';
             SELECT set_config('app.current_user_id', '', false), set_config('app.actor_kind', '', false);"
        ),
    )
    .await;
    let orders: i64 = one(app, &format!("SELECT count(*) FROM orders WHERE user_id = '{id}'")).await;
    assert_eq!(orders, 2, "the demo shop has orders with payment and refund that are over");
    id
}

/// Where a mark stands: table and how often, of every row of every table.
async fn traces(app: &App) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition ORDER BY 1",
    )
    .fetch_all(&app.db)
    .await
    .expect("tables");
    let mut found = Vec::new();
    for table in tables {
        for mark in MARKS {
            let count: i64 = one(app, &format!("SELECT count(*) FROM {table} t WHERE t::text ILIKE '%{mark}%'")).await;
            if count > 0 {
                found.push(format!("{table}: {mark} ({count})"));
            }
        }
    }
    found
}

/// Where a mark stands outside of the database: in Redis, in a file of the storage, in a line of any server's log.
fn traces_outside(app: &App, redis: &Server) -> Vec<String> {
    let mut places = vec![("Redis".to_owned(), redis.contents()), ("a log".to_owned(), lines().text().into_bytes())];
    let mut folders = vec![app.state.config.files.folder.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                places.push((path.display().to_string(), std::fs::read(&path).expect("a file")));
            }
        }
    }
    let mut found = Vec::new();
    for (place, bytes) in places {
        let text = String::from_utf8_lossy(&bytes);
        found.extend(MARKS.iter().filter(|mark| text.contains(**mark)).map(|mark| format!("{place}: {mark}")));
    }
    found
}

async fn ask(browser: &Browser, person: Uuid) -> (u16, String) {
    let fields = [("erase", person.to_string()), ("reason", "Asked in writing, and knew the last order".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = browser.post(&format!("/users/{person}"), &fields).await;
    let to = answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
    (answer.status().as_u16(), to)
}

async fn decide(browser: &Browser, erasure: &str, version: i32, change: &str) -> (u16, String) {
    let version = version.to_string();
    let id = erasure.trim_start_matches("/privacy/");
    let fields = [("erasure", id), ("version", &version), ("change", change), ("reason", "as was agreed")];
    let answer = browser.post(erasure, &fields).await;
    (answer.status().as_u16(), answer.text().await.expect("a page"))
}

async fn job_of(app: &App, erasure: &str) -> Uuid {
    let id = erasure.trim_start_matches("/privacy/");
    one(app, &format!("SELECT job_id FROM erasures WHERE id = '{id}'")).await
}

#[tokio::test]
async fn two_colleagues_erase_a_person_and_no_trace_is_left_but_the_books() {
    let redis = Server::start();
    let url = redis.url();
    let app = App::start_with(|config, _| config.redis_url = Some(url.into())).await;
    run_jobs(&app);
    let id = zacharias(&app).await;
    let before = traces(&app).await;
    for table in [
        "users",
        "orders",
        "order_shipping",
        "payments",
        "reviews",
        "addresses",
        "user_sessions",
        "user_activity",
        "mails",
        "jobs",
        "job_rows",
        "saved_views",
        "reveals",
        "user_notes",
        "order_notes",
        "payment_logs",
        "audit_personal_values",
        "user_merges",
        "kept_forms",
        "access_requests",
    ] {
        assert!(before.iter().any(|line| line.starts_with(&format!("{table}: "))), "{table} has a trace: {before:?}");
    }
    let books = format!(
        "SELECT string_agg(concat_ws(' ', o.order_number, o.status, o.grand_total, o.tax_total, o.paid_total, o.refunded_total, o.billing_country, s.country,
                (SELECT sum(p.captured_amount) FROM payments p WHERE p.order_id = o.id), (SELECT sum(r.amount) FROM refunds r WHERE r.order_id = o.id),
                (SELECT string_agg(i.sku || i.line_total, ',' ORDER BY i.id) FROM order_items i WHERE i.order_id = o.id)), '|' ORDER BY o.id)
         FROM orders o JOIN order_shipping s ON s.order_id = o.id WHERE o.user_id = '{id}'"
    );
    let booked: String = one(&app, &books).await;
    // a list with the person in it that somebody exported
    let support = app.signed_in("support").await;
    let list = crate::jobs::preview(
        &support,
        &[("bulk", "export"), ("ids", ""), ("query", "status=COMPLETED&cols=order,customer,email"), ("text", "list")],
    )
    .await;
    until(&app, list, &["done"]).await;
    let file: String = one(&app, &format!("SELECT result ->> 'file' FROM jobs WHERE id = '{list}'")).await;
    assert_eq!(support.get(&format!("/files/{file}")).await.status(), 303);

    // somebody tries that address; a colleague looks for the person
    let wrong = [("email", "zacharias.quellwasser@mail.example"), ("password", "wrong")];
    app.browser().post("/login", &wrong).await;
    support.get("/users?q=Quellwasser").await;
    support.get("/search?q=Zacharias%20Quellwasser").await;

    // who may, and that it takes two
    assert_eq!(ask(&support, id).await.0, 403);
    let (admin, boss) = (app.signed_in("admin").await, app.signed_in("super").await);
    let page = admin.page(&format!("/users/{id}?act=erase")).await;
    assert!(page.contains("Ask to erase Zacharias Quellwasser") && page.contains("It is about 2 accounts"), "{page}");
    assert!(page.contains("Reviews (1)") && page.contains("A colleague decides"), "{page}");
    let (status, erasure) = ask(&admin, id).await;
    assert_eq!(status, 303, "{erasure}");
    assert_eq!(ask(&boss, id).await, (303, erasure.clone()), "asked twice is asked once");
    let inbox = boss.page("/inbox").await;
    assert!(inbox.contains("asks you to decide about the erasure of") && inbox.contains(&erasure), "{inbox}");
    let told = "SELECT count(*) FROM inbox_items WHERE kind = 'erasure'";
    let deciders = "SELECT count(*) FROM users WHERE role IN ('admin', 'super_admin') AND status = 'active' AND email <> 'admin@techally.test'";
    assert_eq!(one::<i64>(&app, told).await, one::<i64>(&app, deciders).await, "those who may decide, once");
    let page = admin.page(&erasure).await;
    assert!(
        page.contains("you asked for it yourself: a colleague decides") && page.contains("What becomes of it"),
        "{page}"
    );
    let (status, page) = decide(&admin, &erasure, 1, "grant").await;
    assert!(status == 403 && page.contains("You asked for it yourself"), "{status} {page}");
    let (status, page) = decide(&boss, &erasure, 7, "grant").await;
    assert!(status == 409 && page.contains("decided meanwhile"), "{status} {page}");
    assert_eq!(traces(&app).await.len(), before.len() + traces_of_asking(&app).await, "nothing is erased yet");
    let (status, page) = decide(&boss, &erasure, 1, "grant").await;
    assert_eq!(status, 303, "{page}");
    let job = job_of(&app, &erasure).await;
    assert_eq!(until(&app, job, &["done", "failed", "quarantined"]).await, "done");
    let inbox = admin.page("/inbox").await;
    assert!(inbox.contains("granted the erasure of") && inbox.contains("Erased customer"), "{inbox}");

    assert_eq!(traces(&app).await, Vec::<String>::new());
    let cards: i64 = one(&app, &format!("SELECT count(*) FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.user_id = '{id}' AND p.card_last4 IS NOT NULL")).await;
    assert_eq!(cards, 0);
    let booked_after: String = one(&app, &books).await;
    assert_eq!(booked, booked_after, "the books are as they were");
    let left: i64 = one(&app, "SELECT count(*) FROM check_invariants() WHERE violations <> 0").await;
    assert_eq!(left, 0, "the shop's invariants hold");
    // the list is withdrawn, and its object goes with the next look
    assert_eq!(support.get(&format!("/files/{file}")).await.status(), 404);
    while clean::drop_gone(&app.staff, &app.state.storage).await.expect("dropped") > 0 {}
    let names = app.state.storage.names(None, 1000).await.expect("names");
    assert!(!names.iter().any(|name| name.starts_with("export/")), "{names:?}");
    assert!(names.iter().any(|name| name == &format!("erased/{id}")), "{names:?}");
    assert_eq!(traces_outside(&app, &redis), Vec::<String>::new());
    // the pages say it, and the account never comes back
    let page = boss.page(&erasure).await;
    assert!(page.contains("What was done") && page.contains("Erasure of Erased customer"), "{page}");
    let page = boss.page(&format!("/users/{id}")).await;
    assert!(page.contains("Erased customer") && page.contains("See the erasure"), "{page}");
    let version: String = one(&app, &format!("SELECT version::text FROM users WHERE id = '{id}'")).await;
    let text = id.to_string();
    let restore = [("id", text.as_str()), ("version", &version), ("change", "restore"), ("reason", "by mistake")];
    let answer = boss.post(&format!("/users/{id}"), &restore).await;
    assert_eq!(answer.status(), 409);
    assert!(answer.text().await.expect("a page").contains("This person is erased, for good"));
    let error = sqlx::query("UPDATE users SET status = 'active', deleted_at = NULL WHERE id = $1")
        .bind(id)
        .execute(&app.staff)
        .await;
    assert!(error.expect_err("refused").to_string().contains("was erased"));
    // the chain still holds: values went, the log didn't change
    let mut connection = app.db.acquire().await.expect("a connection");
    techally::server::worker::seal_audit_log(&app.staff).await.expect("sealed");
    let report = techally::server::verify_audit::verify(&mut connection, None, |finding| panic!("{finding}"))
        .await
        .expect("verified");
    assert_eq!(report.findings, 0);
}

/// How many more places asking made: what was asked names nobody.
async fn traces_of_asking(app: &App) -> usize {
    let named: i64 = one(app, "SELECT count(*) FROM erasures e WHERE e::text ~ 'Quellwasser'").await;
    usize::try_from(named).expect("a count")
}

#[tokio::test]
async fn an_erasure_waits_for_open_orders_and_can_be_refused_or_withdrawn() {
    let app = App::start().await;
    let order = app.order_in("CONFIRMED").await;
    let id: Uuid = one(&app, &format!("SELECT user_id FROM orders WHERE id = '{order}'")).await;
    let (admin, boss) = (app.signed_in("admin").await, app.signed_in("super").await);
    let page = admin.page(&format!("/users/{id}?act=erase")).await;
    assert!(page.contains("not over yet. Complete, cancel or take back first"), "{page}");
    assert_eq!(ask(&admin, id).await.0, 409);
    let staff: Uuid = one(&app, "SELECT id FROM users WHERE email = 'support@techally.test'").await;
    assert_eq!(ask(&admin, staff).await.0, 409, "colleagues aren't erased here");

    let id = zacharias(&app).await;
    let (_, first) = ask(&admin, id).await;
    assert_eq!(decide(&boss, &first, 1, "withdraw").await.0, 403, "who asked withdraws");
    assert_eq!(decide(&boss, &first, 1, "refuse").await.0, 303);
    assert_eq!(decide(&boss, &first, 1, "refuse").await.0, 303, "sent twice");
    assert!(admin.page("/inbox").await.contains("refused the erasure of"));
    let told: i64 = one(&app, "SELECT count(*) FROM inbox_items i JOIN users u ON u.id = i.user_id WHERE i.kind = 'erasure' AND u.email = 'admin@techally.test'").await;
    assert_eq!(told, 1, "once");
    assert_eq!(decide(&admin, &first, 2, "withdraw").await.0, 409);
    let (_, second) = ask(&admin, id).await;
    assert_ne!(first, second);
    assert_eq!(decide(&admin, &second, 1, "withdraw").await.0, 303);
    assert!(boss.page("/inbox").await.contains("withdrew the erasure of"));
    let states: String = one(&app, "SELECT string_agg(state, ' ' ORDER BY id) FROM erasures").await;
    assert_eq!(states, "refused withdrawn");
    // the database guards itself
    for sql in [
        format!("SELECT erase_personal_rows('{id}', 'addresses')"),
        format!("SELECT erase_audit_of('{id}', '2026-01-01')"),
        format!("SELECT erase_audit_rows('users', ARRAY['{id}'], 'users', '{id}')"),
        "UPDATE erasures SET state = 'granted', decided_by = asked_by, decided_at = now()".to_owned(),
        "DELETE FROM erasures".to_owned(),
        "UPDATE reveals SET reason = 'x'".to_owned(),
        "UPDATE personal_tables SET fate = 'kept', position = NULL".to_owned(),
    ] {
        let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&app.staff).await;
        assert!(done.is_err(), "{sql}");
    }
    // the owner of the append-only tables can empty values, and nothing else
    let change = "SET ROLE techally_owner; UPDATE order_status_history SET reason = 'another' WHERE reason IS NOT NULL";
    let mut connection = app.db.acquire().await.expect("a connection");
    let done = sqlx::raw_sql(change).execute(&mut *connection).await;
    assert!(done.expect_err("refused").to_string().contains("can only be erased"));
}

#[tokio::test]
async fn who_was_erased_is_erased_again_when_a_backup_brings_them_back() {
    let app = App::start().await;
    run_jobs(&app);
    let id = zacharias(&app).await;
    let (admin, boss) = (app.signed_in("admin").await, app.signed_in("super").await);
    let (_, erasure) = ask(&admin, id).await;
    assert_eq!(decide(&boss, &erasure, 1, "grant").await.0, 303);
    assert_eq!(until(&app, job_of(&app, &erasure).await, &["done", "failed"]).await, "done");
    let now = OffsetDateTime::now_utc();
    assert_eq!(again::put_due(&app.staff, &app.state.storage, now).await.expect("looked"), 0);
    // a month of orders comes back from the archive
    run(
        &app,
        &format!(
            "SET session_replication_role = replica;
             UPDATE orders SET customer_name = 'Zacharias Quellwasser', customer_email = 'zacharias.quellwasser@mail.example' WHERE user_id = '{id}';
             SET session_replication_role = origin;"
        ),
    )
    .await;
    assert_eq!(again::put_due(&app.staff, &app.state.storage, now).await.expect("looked"), 1);
    all_done(&app).await;
    assert_eq!(traces(&app).await, Vec::<String>::new());
    // a backup of before, that knows nothing of the erasure
    run(
        &app,
        &format!(
            "SET session_replication_role = replica;
             DELETE FROM erasures; DELETE FROM jobs WHERE kind = 'privacy.erase';
             UPDATE users SET first_name = 'Zacharias', last_name = 'Quellwasser', email = 'zacharias.quellwasser@mail.example', status = 'active', deleted_at = NULL WHERE id = '{id}';
             INSERT INTO addresses (user_id, recipient_name, street, postal_code, city, country) VALUES ('{id}', 'Zacharias Quellwasser', 'Mondgasse 1', '1', 'X', 'DE');
             SET session_replication_role = origin;"
        ),
    )
    .await;
    assert_eq!(again::put_due(&app.staff, &app.state.storage, now).await.expect("looked"), 1);
    all_done(&app).await;
    assert_eq!(traces(&app).await, Vec::<String>::new());
    let state: String = one(&app, "SELECT state FROM erasures").await;
    assert_eq!(state, "done");
    assert_eq!(again::put_due(&app.staff, &app.state.storage, now).await.expect("looked"), 0);
}

async fn all_done(app: &App) {
    let job: Uuid = one(app, "SELECT id FROM jobs WHERE kind = 'privacy.erase' ORDER BY id DESC LIMIT 1").await;
    assert_eq!(until(app, job, &["done", "failed", "quarantined"]).await, "done");
}

#[tokio::test]
async fn a_person_gets_everything_about_them_as_a_file() {
    let app = App::start().await;
    run_jobs(&app);
    let id = zacharias(&app).await;
    let text = id.to_string();
    let (admin, support) = (app.signed_in("admin").await, app.signed_in("support").await);
    let fields = [("subject", text.as_str()), ("reason", "Asked in writing")];
    assert_eq!(support.post(&format!("/users/{id}"), &fields).await.status(), 403);
    let page = admin.page(&format!("/users/{id}?act=data")).await;
    assert!(page.contains("Everything about Zacharias Quellwasser") && page.contains("Orders (2)"), "{page}");
    let answer = admin.post(&format!("/users/{id}"), &fields).await;
    assert_eq!(answer.status(), 303);
    let to = answer.headers()["location"].to_str().expect("a page").to_owned();
    let job: Uuid = to.trim_start_matches("/jobs/").parse().expect("a job");
    assert_eq!(until(&app, job, &["done", "failed"]).await, "done");
    let file: String = one(&app, &format!("SELECT result ->> 'file' FROM jobs WHERE id = '{job}'")).await;
    assert_eq!(support.get(&format!("/files/{file}")).await.status(), 404, "it is whose who asked");
    let link = admin.get(&format!("/files/{file}")).await;
    let link = link.headers()["location"].to_str().expect("a link").to_owned();
    let bytes = admin.get(&link).await.bytes().await.expect("a file");
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a ZIP");
    let names: Vec<String> = zip.file_names().map(str::to_owned).collect();
    for name in [
        "README.txt",
        "data.json",
        "orders.csv",
        "order_items.csv",
        "addresses.csv",
        "payments.csv",
        "reviews.csv",
        "user_sessions.csv",
        "user_notes.csv",
    ] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    let mut json = String::new();
    zip.by_name("data.json").expect("it").read_to_string(&mut json).expect("text");
    for mark in MARKS {
        assert!(json.contains(mark) || mark == "Brunnenwort", "{mark} is in it");
    }
    let known: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(known["users"].as_array().map(Vec::len), Some(2), "the account that was merged is in it");
    for secret in ["password_hash", "mfa_secret", "token_hash", "gateway_id", "actor_id", "author_id"] {
        assert!(!json.contains(secret), "{secret}");
    }
    let recorded: String = one(&app, "SELECT details ->> 'query' FROM user_activity WHERE action_type = 'exported' AND details ->> 'list' = 'person'").await;
    assert_eq!(recorded, text);
    let days: f64 = one(
        &app,
        &format!("SELECT extract(epoch FROM expires_at - created_at)::float8 / 86400 FROM files WHERE id = '{file}'"),
    )
    .await;
    assert!((6.9..7.1).contains(&days), "{days}");
}

#[tokio::test]
async fn sessions_and_logs_go_when_their_time_is_over_and_the_logs_stay_a_year_in_the_archive() {
    let app = App::start().await;
    run_jobs(&app);
    run(
        &app,
        "SET session_replication_role = replica;
         SELECT ensure_partitions_between('2024-03-01', '2024-04-01');
         DELETE FROM user_activity WHERE \"timestamp\" < now() - interval '80 days';
         DELETE FROM payment_logs WHERE created_at < now() - interval '80 days';
         INSERT INTO user_activity (user_id, action_type, \"timestamp\", ip, user_agent, details)
             SELECT u.id, 'sign_in', '2024-03-10 12:00Z', '203.0.113.77', 'Kramerbrowser', '{\"request\": \"r1\", \"word\": \"Brunnenwort\"}' FROM users u LIMIT 3;
         INSERT INTO user_sessions (user_id, token_hash, ip, expires_at) SELECT u.id, sha256('old'), '203.0.113.99', now() - interval '31 days' FROM users u LIMIT 1;
         INSERT INTO user_sessions (user_id, token_hash, expires_at) SELECT u.id, sha256('new'), now() - interval '29 days' FROM users u LIMIT 1;
         SET session_replication_role = origin;
         ANALYZE user_activity; ANALYZE payment_logs;",
    )
    .await;
    let admin = app.signed_in("admin").await;
    let page = admin.page("/privacy").await;
    assert!(page.contains("Sign-ins and other acts since 2024-03") && page.contains("3 entries"), "{page}");
    let due = retention::due(&app.staff, OffsetDateTime::now_utc()).await.expect("due");
    assert!(due.iter().any(|month| month.table_name == "user_activity" && month.entries == 3));
    // nothing leaves that isn't in the archive
    let early =
        sqlx::query("SELECT drop_log_month('user_activity', '2024-03-01', NULL, 3, now())").execute(&app.staff).await;
    assert!(early.expect_err("refused").to_string().contains("not in the archive"));
    let young = sqlx::query("SELECT drop_log_month('user_activity', date_trunc('month', now())::date, NULL, 0, now())")
        .execute(&app.staff)
        .await;
    assert!(young.expect_err("refused").to_string().contains("not to be dropped yet"));
    let job: Uuid = one(&app, "INSERT INTO jobs (kind, title) VALUES ('privacy.retention', 'now') RETURNING id").await;
    assert_eq!(until(&app, job, &["done", "failed"]).await, "done");
    let left: i64 = one(&app, "SELECT count(*) FROM user_sessions WHERE token_hash = sha256('old')").await;
    let kept: i64 = one(&app, "SELECT count(*) FROM user_sessions WHERE token_hash = sha256('new')").await;
    assert_eq!((left, kept), (0, 1));
    let known: i64 =
        one(&app, "SELECT count(*) FROM audit_personal_values WHERE personal::text LIKE '%203.0.113.99%'").await;
    let erased: i64 =
        one(&app, "SELECT count(*) FROM audit_log WHERE action = 'ERASE' AND table_name = 'user_sessions'").await;
    assert_eq!((known, erased), (0, 1), "the trail forgets from where somebody signed in as well");
    let there: bool = one(&app, "SELECT to_regclass('user_activity_y2024m03') IS NOT NULL").await;
    assert!(!there, "the month is gone");
    let retired: i64 = one(&app, "SELECT count(*) FROM audit_log WHERE action = 'RETIRE' AND table_name = 'user_activity' AND row_id = '2024-03'").await;
    assert_eq!(retired, 1);
    let page = admin.page("/privacy").await;
    assert!(
        page.contains("Sign-ins and other acts before 2024-04-01")
            && page.contains("Archived")
            && page.contains("Sessions before"),
        "{page}"
    );
    let file: String =
        one(&app, "SELECT file_id::text FROM retention_runs WHERE rule = 'user_activity' AND rows_gone = 3").await;
    let months: f64 = one(
        &app,
        &format!("SELECT extract(epoch FROM expires_at - now())::float8 / 86400 FROM files WHERE id = '{file}'"),
    )
    .await;
    assert!((364.0..366.0).contains(&months), "{months}");
    let link = admin.get(&format!("/files/{file}")).await;
    let link = link.headers()["location"].to_str().expect("a link").to_owned();
    let text = admin.get(&link).await.text().await.expect("a file");
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(text.contains("sign_in") && text.contains("r1"));
    assert!(!text.contains("203.0.113") && !text.contains("Kramer") && !text.contains("Brunnenwort"), "{text}");
    let support = app.signed_in("support").await;
    assert_eq!(support.get(&format!("/files/{file}")).await.status(), 404);
}
