//! `/audit`: words, filters, pages, masks, the page of an entry, files.

use crate::{
    app::{App, id_of},
    audit_seal::seal_all,
    lists::link,
};
use sqlx::AssertSqlSafe;
use techally::{
    audit::list::{search::Filter, statements::list_statement, store::Ask},
    list::listing::Paging,
    server::db::{Actor, transact},
};

/// Addresses of the entries on a page, in its order.
pub fn entries(page: &str) -> Vec<String> {
    page.split("href=\"/audit/")
        .skip(1)
        .filter_map(|rest| Some(format!("/audit/{}", rest.split(['"', '?']).next()?)))
        .filter(|address| address.len() == 43)
        .collect()
}

pub async fn run(app: &App, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&app.db).await.expect(sql);
}

/// Changes by a named actor in a request of its own.
pub async fn change(app: &App, actor: uuid::Uuid, request: &str, sql: &str) {
    run(
        app,
        &format!(
            "BEGIN; SELECT set_config('app.current_user_id', '{actor}', true), set_config('app.request_id', '{request}', true), \
             set_config('app.reason', 'for the test', true), set_config('app.actor_kind', 'staff', true); {sql}; COMMIT"
        ),
    )
    .await;
}

async fn number_of(app: &App, order: uuid::Uuid) -> String {
    let sql = "SELECT order_number FROM order_numbers WHERE order_id = $1";
    sqlx::query_scalar(sql).bind(order).fetch_one(&app.db).await.expect("a number")
}

#[tokio::test]
async fn what_was_done_is_found_by_words_and_read_field_by_field() {
    let app = App::start().await;
    let order = app.order_in("CONFIRMED").await;
    let admin = id_of(&app, "admin").await;
    let sql = format!(
        "UPDATE orders SET tags = '{{rare}}', customer_email = 'secret.person@mail.example' WHERE id = '{order}'"
    );
    change(&app, admin, "req-words", &sql).await;
    let browser = app.signed_in("admin").await;

    let page = browser.page("/audit?q=request%3Areq-words").await;
    let found = entries(&page);
    assert_eq!(found.len(), 1, "{found:?}");
    let number = number_of(&app, order).await;
    assert!(page.contains(&format!("Changed: order {number}")), "{page}");
    assert!(page.contains("for the test") && page.contains("rare"));
    assert!(!page.contains("secret.person"), "personal values are on the page of an entry only");
    for (words, fits) in [
        ("actor:me table:orders field:tags", true),
        ("action:update row:ID", true),
        ("kind:change table:orders created:today", true),
        ("NUMBER field:tags", true),
        ("order:NUMBER action:update", true),
        ("order:DIGITS action:update", true),
        ("order:TA-99999999 action:update", false),
        ("field:grand_total request:req-words", false),
        ("action:delete request:req-words", false),
        ("actor:system request:req-words", false),
        ("created:<2020 request:req-words", false),
    ] {
        let digits = number.trim_start_matches("TA-");
        let words = words.replace("NUMBER", &number).replace("DIGITS", digits).replace("ID", &order.to_string());
        let words = words.replace(':', "%3A").replace(' ', "%20").replace('<', "%3C");
        let page = browser.page(&format!("/audit?q={words}")).await;
        assert_eq!(entries(&page).contains(&found[0]), fits, "{words}");
    }
    let entry = browser.page(&found[0]).await;
    assert!(
        entry.contains("secret.person@mail.example") && entry.contains("req-words") && entry.contains("for the test")
    );
    assert!(
        entry.contains("As it was before")
            && entry.contains("Undo on its page")
            && entry.contains(&format!("/orders/{order}"))
    );

    // an id is told by the name of whom it is
    change(&app, admin, "req-care", &format!("UPDATE orders SET assigned_to = '{admin}' WHERE id = '{order}'")).await;
    let care = entries(&browser.page("/audit?q=request%3Areq-care").await)[0].clone();
    let care = browser.page(&care).await;
    assert!(care.contains(&format!("Adam Novak ({})", &admin.to_string()[..8])), "{care}");

    // what no page can set back isn't offered to be
    change(&app, admin, "req-final", &format!("UPDATE orders SET hold_expires_at = now() WHERE id = '{order}'")).await;
    let no_way = browser.page(&entries(&browser.page("/audit?q=request%3Areq-final").await)[0]).await;
    assert!(no_way.contains("As it was before") && !no_way.contains("Undo on its page"), "{no_way}");

    // the way back leads to the form that says what changed since
    let number: i64 =
        sqlx::query_scalar("SELECT id FROM audit_log WHERE request_id = 'req-words' AND table_name = 'orders'")
            .fetch_one(&app.db)
            .await
            .expect("an entry");
    let undo = format!("/orders/{order}?act=undo-{number}");
    assert!(entry.contains(&undo), "{entry}");
    let sheet = browser.page(&undo).await;
    assert!(
        sheet.contains("Undo this change") && sheet.contains("Tags, customer email: as before this change"),
        "{sheet}"
    );
    assert!(!sheet.contains("changed the same again"));
    change(&app, admin, "req-again", &format!("UPDATE orders SET tags = '{{other}}' WHERE id = '{order}'")).await;
    let sheet = browser.page(&undo).await;
    assert!(sheet.contains("changed the same again at") && sheet.contains("undo that one first"), "{sheet}");
    let answer = browser.post(&format!("/orders/{order}"), &[("undo", &number.to_string())]).await;
    assert_eq!(answer.status(), 409);
    assert!(browser.page(&format!("/orders/{order}?act=undo-1")).await.contains("older than a day, or isn"));

    // erased values stay erased here
    run(&app, &format!("SELECT erase_audit_rows('orders', ARRAY['{order}'], 'orders', '{order}')")).await;
    let entry = browser.page(&found[0]).await;
    assert!(!entry.contains("secret.person") && entry.contains("erased"));

    // who may not read it doesn't, by the page, the function or the file
    for who in ["support", "warehouse", "moderator"] {
        let browser = app.signed_in(who).await;
        for address in ["/audit", "/audit/export?format=csv", &found[0]] {
            assert_eq!(browser.get(address).await.status(), 403, "{who} {address}");
        }
    }
}

#[tokio::test]
async fn everything_of_an_order_is_found_by_its_number() {
    let app = App::start().await;
    let browser = app.signed_in("admin").await;
    let admin = id_of(&app, "admin").await;
    let (number, order): (String, uuid::Uuid) = sqlx::query_as(
        "SELECT n.order_number, n.order_id FROM order_numbers n JOIN payments p USING (order_id) JOIN order_items i USING (order_id) ORDER BY 1 LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("an order");
    change(
        &app,
        admin,
        "req-whole",
        &format!(
            "UPDATE orders SET tags = '{{a}}' WHERE id = '{order}'; UPDATE payments SET reference = 'ref-1' WHERE id = (SELECT id FROM payments WHERE order_id = '{order}' LIMIT 1);
             INSERT INTO order_notes (order_id, author_id, body) VALUES ('{order}', '{admin}', 'hello');
             INSERT INTO reveals (actor_id, user_id, order_id, field, reason, request_id) SELECT '{admin}', user_id, id, 'phone', 'called back', 'req-whole' FROM orders WHERE id = '{order}';
             UPDATE order_shipping SET tracking_number = 'T1' WHERE order_id = '{order}';
             UPDATE orders SET tags = '{{a}}' WHERE id = (SELECT id FROM orders WHERE id <> '{order}' LIMIT 1)"
        ),
    )
    .await;
    let page = browser.page(&format!("/audit?q=order%3A{number}%20request%3Areq-whole")).await;
    for what in [
        format!("Changed: order {number}"),
        format!("Changed: payment of order {number}"),
        format!("Added: note on order {number}"),
        format!("Changed: shipping of order {number}"),
        format!("Revealed a value of: order {number}"),
    ] {
        assert!(page.contains(&what), "{what}: {page}");
    }
    assert_eq!(entries(&page).len(), 5, "and of no other");
    // by its filter as well
    let filtered = browser.page(&format!("/audit?order={number}&request=req-whole")).await;
    assert_eq!(entries(&filtered), entries(&page));
    let all = entries(&browser.page("/audit?q=request%3Areq-whole").await);
    assert_eq!(all.len(), 6);
}

#[tokio::test]
async fn what_the_trail_tells_of_is_named_in_any_table() {
    let app = App::start().await;
    // of every table that is watched, a row that is there and one that isn't
    let named: Vec<(String, Option<String>, Option<String>)> = sqlx::query_as(
        "SELECT l.table_name, max(audit_subject(l.table_name, l.row_id)), max(audit_subject(l.table_name, '0192f3a4-5b6c-7000-8000-000000000000/x'))
         FROM (SELECT DISTINCT ON (table_name) table_name, row_id FROM audit_log ORDER BY table_name, id DESC) l GROUP BY 1
         UNION ALL SELECT 'orders', audit_subject('orders', '2024-01'), audit_subject('orders', '7')",
    )
    .fetch_all(&app.db)
    .await
    .expect("names");
    let name = |table: &str| named.iter().find(|(own, ..)| own == table).and_then(|(_, name, _)| name.clone());
    assert!(name("audit_columns").is_some_and(|name| name.contains('/')), "{named:?}");
    assert!(named.iter().all(|(.., gone)| gone.is_none()), "{named:?}");
    assert!(named.iter().any(|(_, name, _)| name.as_deref() == Some("2024-01")), "{named:?}");
    for (table, sql) in [
        ("inventory", "SELECT id, stock_sku(id) FROM inventory LIMIT 1"),
        ("reviews", "SELECT r.id, p.name FROM reviews r JOIN products p ON p.id = r.product_id LIMIT 1"),
        (
            "addresses",
            "SELECT a.id, u.first_name || ' ' || u.last_name FROM addresses a JOIN users u ON u.id = a.user_id LIMIT 1",
        ),
        ("refunds", "SELECT r.id, n.order_number FROM refunds r JOIN order_numbers n USING (order_id) LIMIT 1"),
        ("product_variants", "SELECT id, sku FROM product_variants LIMIT 1"),
        ("warehouses", "SELECT id, name FROM warehouses LIMIT 1"),
    ] {
        let (id, called): (uuid::Uuid, String) = sqlx::query_as(sql).fetch_one(&app.db).await.expect(sql);
        // as the server's own role
        let said: Option<String> = sqlx::query_scalar("SELECT audit_subject($1, $2)")
            .bind(table)
            .bind(id.to_string())
            .fetch_one(&app.staff)
            .await
            .expect(table);
        assert_eq!(said, Some(called), "{table}");
    }
}

#[tokio::test]
async fn sign_ins_reveals_exports_and_refusals_are_there_too() {
    let app = App::start().await;
    app.browser().post("/login", &[("email", "support@techally.test"), ("password", "wrong wrong wrong")]).await;
    let browser = app.signed_in("admin").await;
    let (admin, customer) = (id_of(&app, "admin").await, "(SELECT id FROM users WHERE role = 'customer' LIMIT 1)");
    run(
        &app,
        &format!("INSERT INTO reveals (actor_id, user_id, field, reason, request_id) VALUES ('{admin}', {customer}, 'email', 'asked by phone', 'req-reveal')"),
    )
    .await;
    let file = browser.get("/audit/export?format=csv&created=today&status=reveal").await;
    assert_eq!(file.status(), 200);
    let file = file.text().await.expect("a file");
    assert!(file.contains("asked by phone") && !file.contains("Sign in failed"), "{file}");
    for (tab, words) in
        [("reveal", "asked by phone"), ("refusal", "Sign in failed"), ("sign_in", "Sign in"), ("export", "Exported")]
    {
        let page = browser.page(&format!("/audit?status={tab}")).await;
        assert!(page.contains(words), "{tab}");
        let first = entries(&page).first().cloned().expect(tab);
        let entry = browser.page(&first).await;
        assert!(entry.contains("What happened") && !entry.contains("What was changed"), "{tab}");
    }
    let page = browser.page("/audit?q=request%3Areq-reveal").await;
    assert_eq!(entries(&page).len(), 1, "everything of one request");
    assert_eq!(browser.get("/audit?status=gossip").await.status(), 400);
    assert!(browser.page("/audit?q=colour%3Ared").await.contains("can't be searched by"));
}

#[tokio::test]
async fn pages_go_on_and_back_without_a_gap_and_strange_cursors_are_refused() {
    let app = App::start().await;
    let admin = id_of(&app, "admin").await;
    // one transaction: sixty rows of one moment, told apart by their numbers alone
    change(
        &app,
        admin,
        "req-many",
        "UPDATE products SET name = name || ' x' WHERE id IN (SELECT id FROM products ORDER BY id LIMIT 60)",
    )
    .await;
    let browser = app.signed_in("admin").await;
    let base = "/audit?q=request%3Areq-many%20table%3Aproducts&limit=25";
    let (mut seen, mut address, mut before) = (Vec::new(), base.to_owned(), None);
    while seen.len() < 5 {
        let page = browser.page(&address).await;
        seen.push(entries(&page));
        before = link(&page, "prev").or(before);
        let Some(next) = link(&page, "next") else { break };
        address = next;
    }
    assert_eq!(seen.iter().map(Vec::len).collect::<Vec<_>>(), [25, 25, 10]);
    let all: std::collections::BTreeSet<_> = seen.iter().flatten().collect();
    assert_eq!(all.len(), 60, "each once");
    let back = browser.page(&before.expect("a way back")).await;
    assert_eq!(entries(&back), seen[1], "the page before the last");
    for wrong in ["after=x", "after=1~2", "after=12.5~00000000-0000-0000-0000-000000000000", "sort=-total"] {
        assert_eq!(browser.get(&format!("/audit?{wrong}")).await.status(), 400, "{wrong}");
    }
}

#[tokio::test]
async fn each_trail_is_read_by_its_index_in_the_order_of_time() {
    let app = App::start().await;
    let plan = async |filter: Filter| {
        let ask = Ask { filter, paging: Paging::default(), is_window: false };
        let sql = list_statement(&ask).sql().as_str().to_owned();
        let (request, order) = (ask.filter.request.is_some(), ask.filter.order.is_some());
        let sql = (1..=9).rev().fold(sql, |sql, number| {
            let value = match number {
                1 | 2 if order => "'{orders}'",
                4 if order => "'TA-1'",
                1 | 3 | 5 | 8 | 9 if request => "'r'",
                _ => "51",
            };
            sql.replace(&format!("${number}"), value)
        });
        let mut transaction = app.db.begin().await.expect("a transaction");
        sqlx::raw_sql(
            "SET LOCAL ROLE techally_admin; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off",
        )
        .execute(&mut *transaction)
        .await
        .expect("settings");
        sqlx::query_scalar::<_, String>(AssertSqlSafe(format!("EXPLAIN {sql}")))
            .fetch_all(&mut *transaction)
            .await
            .unwrap_or_else(|error| panic!("{error}: {sql}"))
            .join("\n")
    };
    let all = plan(Filter::default()).await;
    for index in ["audit_log_y", "user_activity_y", "reveals_time_idx"] {
        assert!(all.contains(index), "{index}: {all}");
    }
    assert!(!all.contains("Seq Scan on audit_log"), "{all}");
    let one = plan(Filter { request: Some("r".into()), ..Filter::default() }).await;
    assert!(one.contains("request_id_occurred_at_id_idx") && one.contains("reveals_request_idx"), "{one}");
    let order = plan(Filter { order: Some("TA-1".into()), ..Filter::default() }).await;
    assert!(order.contains("table_name_row_id_occurred_at_idx") && order.contains("row_id = k.row_id"), "{order}");
}

#[tokio::test]
async fn the_state_of_the_seal_is_on_the_page_and_its_head_is_the_one_that_verifies() {
    let app = App::start().await;
    seal_all(&app).await;
    let head: String = sqlx::query_scalar(
        "SELECT number || ':' || encode(digest, 'hex') FROM audit_seals ORDER BY number DESC LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("a seal");
    let browser = app.signed_in("admin").await;
    let page = browser.page("/audit").await;
    assert!(page.contains("Sealed but for the last") || page.contains("Every entry is sealed."), "{page}");
    assert!(browser.page("/audit/seal").await.contains(&head));
    let admin = id_of(&app, "admin").await;
    change(
        &app,
        admin,
        "req-seal",
        "UPDATE products SET name = name || ' x' WHERE id = (SELECT id FROM products ORDER BY id LIMIT 1)",
    )
    .await;
    let entry = entries(&browser.page("/audit?q=request%3Areq-seal%20table%3Aproducts").await)[0].clone();
    assert!(browser.page(&entry).await.contains("Not sealed yet"));
    seal_all(&app).await;
    let page = browser.page(&entry).await;
    assert!(page.contains("Sealed") && !page.contains("Not sealed yet"));
}

#[tokio::test]
async fn the_list_is_a_json_file_and_can_be_saved_as_a_view() {
    let app = App::start().await;
    let order = app.order_in("CONFIRMED").await;
    let admin = id_of(&app, "admin").await;
    let sql = format!(
        "UPDATE orders SET tags = '{{rare}}', customer_email = 'secret.person@mail.example' WHERE id = '{order}'"
    );
    change(&app, admin, "req-json", &sql).await;
    let browser = app.signed_in("admin").await;
    let file =
        browser.get("/audit/export?format=json&q=request%3Areq-json&cols=what,who,changes,time,record,values").await;
    assert_eq!((file.status().as_u16(), file.headers()["content-type"].to_str().ok()), (200, Some("application/json")));
    let name = file.headers()["content-disposition"].to_str().expect("a name").to_owned();
    assert!(name.starts_with("attachment; filename=\"audit-20") && name.ends_with(".json\""), "{name}");
    let text = file.text().await.expect("a file");
    assert!(!text.contains("secret.person"));
    let rows: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&text).expect("an array");
    assert_eq!(rows.len(), 1, "{text}");
    assert_eq!(
        (rows[0]["What"].as_str(), rows[0]["Record"].as_str()),
        (Some(&*format!("Changed: order {}", number_of(&app, order).await)), Some(&*order.to_string()))
    );
    assert!(rows[0].keys().any(|name| name.starts_with("Time (")), "{text}");
    let values = rows[0]["Every field, before and after"].as_str().expect("all of it");
    let values: serde_json::Value = serde_json::from_str(values).expect("as the trail has it");
    assert_eq!(values["tags"][1], serde_json::json!(["rare"]));
    assert_eq!(values["customer_email"][1].as_str().map(str::len), Some(24), "a hash: {values}");
    let empty = browser.get("/audit/export?format=json&q=request%3Anothing").await.text().await.expect("a file");
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&empty).expect("an array").len(), 0);
    // other lists have it too
    let orders =
        browser.get("/orders/export?format=json&status=CONFIRMED&cols=order,total").await.text().await.expect("a file");
    let orders: Vec<serde_json::Value> = serde_json::from_str(&orders).expect("an array");
    assert!(
        !orders.is_empty() && orders[0]["Order"].as_str().is_some_and(|name| name.starts_with("TA-")),
        "{orders:?}"
    );

    let fields =
        [("list", "audit"), ("query", "q=request%3Areq-json&cols=what,reason"), ("name", "Odd ones"), ("pin", "yes")];
    assert_eq!(browser.post("/views", &fields).await.status(), 303);
    let view: uuid::Uuid =
        sqlx::query_scalar("SELECT id FROM saved_views WHERE list = 'audit'").fetch_one(&app.db).await.expect("a view");
    let page = browser.page(&format!("/audit?view={view}")).await;
    assert_eq!(entries(&page).len(), 1);
    assert!(page.contains("Odd ones") && page.contains("format=json"), "{page}");
    let refused = app.signed_in("support").await.post("/views", &fields).await;
    assert_eq!(refused.status(), 403);
}

/// Refused permissions of a person, oldest first: the right and the path. Waits until there are so many.
async fn refused(app: &App, who: &str, wanted: usize) -> Vec<(String, String)> {
    let (id, start) = (id_of(app, who).await, std::time::Instant::now());
    loop {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT details ->> 'right', details ->> 'path' FROM user_activity WHERE user_id = $1 AND action_type = 'permission_refused' \
             ORDER BY \"timestamp\", details ->> 'right'",
        )
        .bind(id)
        .fetch_all(&app.db)
        .await
        .expect("refusals");
        if rows.len() >= wanted || start.elapsed() > std::time::Duration::from_secs(20) {
            return rows;
        }
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    }
}

#[tokio::test]
async fn refused_permissions_are_noted_once_a_minute_with_what_was_missing() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    for _ in 0..5 {
        assert_eq!(support.get("/audit?q=whispered").await.status(), 403);
        assert_eq!(support.get("/audit/export?format=csv").await.status(), 403);
    }
    let pair = |right: &str, path: &str| (right.to_owned(), path.to_owned());
    assert_eq!(refused(&app, "support", 1).await, [pair("read_audit", "/audit")]);
    // another server says it no second time
    let other = app.another(|_| {}).await;
    let elsewhere = crate::app::Browser { client: support.client.clone(), url: other.url.clone() };
    assert_eq!(elsewhere.get("/audit").await.status(), 403);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(refused(&app, "support", 1).await.len(), 1);
    app.state.clock.advance(std::time::Duration::from_secs(61));
    assert_eq!(support.get("/audit").await.status(), 403);
    assert_eq!(refused(&app, "support", 2).await.len(), 2);

    // a function and a form, by the right that they lacked
    let call = support
        .client
        .post(format!("{}/api/techally/settings/api/save_shop", app.url))
        .header("origin", &app.url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("version=0&second_factor_days=&company=")
        .send()
        .await
        .expect("an answer");
    assert_eq!(call.status(), 403);
    let noted = refused(&app, "support", 3).await;
    assert!(noted.contains(&pair("edit_settings", "/api/techally/settings/api/save_shop")), "{noted:?}");
    let admin = app.signed_in("admin").await;
    let invite = [("first_name", "A"), ("last_name", "B"), ("email", "a@b.example"), ("role", "support")];
    assert_eq!(admin.post("/staff", &invite).await.status(), 403);
    assert_eq!(refused(&app, "admin", 1).await, [pair("manage_staff", "/staff")]);

    // what isn't about a right isn't one
    let before = refused(&app, "admin", 1).await.len();
    assert_eq!(admin.get("/orders/00000000-0000-0000-0000-000000000000").await.status(), 404);
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(refused(&app, "admin", before).await.len(), before);

    let page = admin.page("/audit?status=refusal&limit=100").await;
    assert!(page.contains("Permission refused") && page.contains("Read the audit trail"), "{page}");
    assert!(!page.contains("whispered"), "the query isn't kept");
    let entry =
        admin.page(entries(&admin.page("/audit?q=action%3Apermission_refused").await).first().expect("an entry")).await;
    assert!(entry.contains("Permission refused") && entry.contains("Request"), "{entry}");
}

#[tokio::test]
async fn sessions_are_made_and_ended_by_their_person_and_deleted_by_the_system() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let support = id_of(&app, "support").await;
    assert_eq!(browser.post("/logout", &[("sign_out", "yes")]).await.status(), 303);
    let rows = async || {
        let rows: Vec<(String, Option<uuid::Uuid>, String)> = sqlx::query_as(
            "SELECT action, actor_id, actor_kind FROM audit_log WHERE table_name = 'user_sessions' ORDER BY id",
        )
        .fetch_all(&app.db)
        .await
        .expect("entries");
        rows
    };
    let own = |action: &str| (action.to_owned(), Some(support), "staff".to_owned());
    assert_eq!(rows().await, [own("INSERT"), own("UPDATE")]);
    let old = "SET session_replication_role = replica; UPDATE user_sessions SET expires_at = now() - interval '31 days'; SET session_replication_role = origin";
    run(&app, old).await;
    let now = time::OffsetDateTime::now_utc();
    let deleted = transact(&app.staff, Actor::system("job:x", ""), move |connection| {
        Box::pin(async move { Ok(techally::server::sessions::delete_old(connection, now).await?) })
    })
    .await
    .expect("deleted");
    assert_eq!(deleted, 1);
    let system = |action: &str| (action.to_owned(), None, "system".to_owned());
    let all = rows().await;
    assert_eq!(all[all.len() - 2..], [system("DELETE"), system("ERASE")]);
    // what a row has by itself stands behind the rest, and a secret is told as one
    let admin = app.signed_in("admin").await;
    let page = admin.page("/audit?q=table%3Auser_sessions%20action%3Ainsert").await;
    let entry = admin.page(&entries(&page)[0]).await;
    assert!(entry.contains("a secret was set") && !entry.contains("another secret"), "{entry}");
    let (first, last) = (entry.find("expires at"), entry.find("created at"));
    assert!(first.is_some() && first < last, "{entry}");
}
