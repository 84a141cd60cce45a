//! `/audit`: words, filters, pages, masks, the page of an entry, files.

use crate::{
    app::{App, id_of},
    lists::link,
};
use sqlx::AssertSqlSafe;
use techally::{
    audit::list::{search::Filter, statements::list_statement, store::Ask},
    list::listing::Paging,
};

/// Addresses of the entries on a page, in its order.
fn entries(page: &str) -> Vec<String> {
    page.split("href=\"/audit/")
        .skip(1)
        .filter_map(|rest| Some(format!("/audit/{}", rest.split(['"', '?']).next()?)))
        .filter(|address| address.len() == 43)
        .collect()
}

async fn run(app: &App, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&app.db).await.expect(sql);
}

/// Changes by a named actor in a request of its own.
async fn change(app: &App, actor: uuid::Uuid, request: &str, sql: &str) {
    run(
        app,
        &format!(
            "BEGIN; SELECT set_config('app.current_user_id', '{actor}', true), set_config('app.request_id', '{request}', true), \
             set_config('app.reason', 'for the test', true), set_config('app.actor_kind', 'staff', true); {sql}; COMMIT"
        ),
    )
    .await;
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
    assert!(page.contains("Changed: order") && page.contains("for the test") && page.contains("rare"));
    assert!(!page.contains("secret.person"), "personal values are on the page of an entry only");
    for (words, fits) in [
        ("actor:me table:orders field:tags", true),
        ("action:update row:ID", true),
        ("kind:change table:orders created:today", true),
        ("field:grand_total request:req-words", false),
        ("action:delete request:req-words", false),
        ("actor:system request:req-words", false),
        ("created:<2020 request:req-words", false),
    ] {
        let words = words.replace("ID", &order.to_string()).replace(':', "%3A").replace(' ', "%20").replace('<', "%3C");
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

    // erased values stay erased here
    run(&app, &format!("SELECT erase_audit_values('orders', '{order}')")).await;
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
        let request = ask.filter.request.is_some();
        let sql = (1..=9).rev().fold(sql, |sql, number| {
            sql.replace(&format!("${number}"), if request && !matches!(number, 2 | 4 | 6 | 7) { "'r'" } else { "51" })
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
}

#[tokio::test]
async fn the_state_of_the_seal_is_on_the_page_and_its_head_is_the_one_that_verifies() {
    let app = App::start().await;
    run(&app, "SELECT seal_audit_log()").await;
    let head: String = sqlx::query_scalar(
        "SELECT number || ':' || encode(digest, 'hex') FROM audit_seals ORDER BY number DESC LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("a seal");
    let browser = app.signed_in("admin").await;
    assert!(browser.page("/audit").await.contains(&head));
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
    run(&app, "SELECT seal_audit_log()").await;
    let page = browser.page(&entry).await;
    assert!(page.contains("Sealed") && !page.contains("Not sealed yet"));
}
