//! The search of everything: what each role finds and is shown, what nobody finds, and how its statements are carried out.

use crate::app::{App, Browser};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder};
use techally::{
    orders::list::{search::Filter, statements::fitting_statement},
    search::store::{people_statement, product_statement},
};
use uuid::Uuid;

/// What the palette gets: kind, title, second line, address of each hit.
async fn hits(browser: &Browser, q: &str) -> (String, Vec<[String; 4]>) {
    let query: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
    let answer = browser.get(&format!("/search/hits?q={query}")).await;
    assert_eq!(answer.status(), 200, "{q}");
    let found: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut all = Vec::new();
    for group in found["groups"].as_array().expect("groups") {
        let own = group["hits"].as_array().expect("hits");
        assert!((1..=13).contains(&own.len()), "{q}: {group}");
        assert!(group["title"] == "Pages" || own.len() <= 6, "{q}: {group}");
        for hit in own {
            all.push([text(&group["title"]), text(&hit["title"]), text(&hit["about"]), text(&hit["to"])]);
        }
    }
    if let Some(more) = found["more"].as_object() {
        all.push(["More".into(), text(&more["title"]), text(&more["about"]), text(&more["to"])]);
    }
    (text(&found["problem"]), all)
}

fn of_kind<'a>(all: &'a [[String; 4]], kind: &str) -> Vec<&'a [String; 4]> {
    all.iter().filter(|hit| hit[0] == kind).collect()
}

fn orders(all: &[[String; 4]]) -> Vec<&[String; 4]> {
    of_kind(all, "Orders")
}

async fn an_order(app: &App) -> (Uuid, String, String, String) {
    sqlx::query_as(
        "SELECT o.id, o.order_number, u.first_name || ' ' || u.last_name, u.email FROM orders o JOIN users u ON u.id = o.user_id
         WHERE o.deleted_at IS NULL AND length(u.last_name) > 4 ORDER BY o.id DESC LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("an order")
}

#[tokio::test]
async fn orders_customers_products_and_pages_are_found_by_what_people_know_of_them() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    let (id, number, name, _) = an_order(&app).await;
    let end = &number[number.len() - 4..];
    for q in [number.clone(), number.to_lowercase(), end.to_owned(), format!("#{end}")] {
        let (_, all) = hits(&support, &q).await;
        let hit = orders(&all).into_iter().find(|hit| hit[1] == number).unwrap_or_else(|| panic!("{q}: {all:?}"));
        assert_eq!(hit[3], format!("/orders/{id}"));
        assert!(hit[2].starts_with(&name) && hit[2].matches(" · ").count() == 3 && hit[2].contains("EUR"), "{hit:?}");
    }
    // a name in any order of its words: the customer, and their newest orders
    let (first, last) = name.split_once(' ').expect("two names");
    let (_, all) = hits(&support, &format!("{} {}", last.to_uppercase(), first.to_lowercase())).await;
    let customer = of_kind(&all, "Customers").into_iter().find(|hit| hit[1] == name).expect("the customer").clone();
    assert!(customer[3].starts_with("/orders?q=customer%3A%22"), "{customer:?}");
    assert!(support.page(&customer[3]).await.contains(&number), "it leads to their orders");
    assert!(orders(&all).iter().any(|hit| hit[1] == number), "{all:?}");
    // a product by a part of its name and of its number; it leads to orders that have it
    let (sku, product): (String, String) = sqlx::query_as(
        "SELECT i.sku, p.name FROM order_items i JOIN products p ON p.id = i.product_id GROUP BY 1, 2 ORDER BY count(*) DESC, 1 LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("a product");
    for q in [sku.clone(), sku.to_lowercase(), sku[1..].to_owned()] {
        let (_, all) = hits(&support, &q).await;
        let hit = of_kind(&all, "Products").into_iter().find(|hit| hit[2].contains(&sku)).expect("the product").clone();
        assert!(hit[1].starts_with(&product) && hit[2].contains("EUR"), "{hit:?}");
        assert!(support.page(&hit[3]).await.contains("TA-"), "{hit:?} leads to orders with it");
    }
    let (_, all) = hits(&support, &product).await;
    assert!(of_kind(&all, "Products").iter().all(|hit| hit[1].starts_with(&product)), "{all:?}");
    // a parcel's number
    let (tracking, of): (String, Uuid) =
        sqlx::query_as("SELECT tracking_number, order_id FROM order_shipping WHERE tracking_number ~ '[0-9]' LIMIT 1")
            .fetch_one(&app.db)
            .await
            .expect("a parcel");
    let (_, all) = hits(&support, &tracking).await;
    assert!(orders(&all).iter().any(|hit| hit[3] == format!("/orders/{of}")), "{tracking}: {all:?}");
    // pages by name and address; nothing typed finds those of the navigation
    let (_, all) = hits(&support, "roles").await;
    assert!(of_kind(&all, "Pages").iter().any(|hit| hit[3] == "/settings/roles"), "{all:?}");
    let (_, all) = hits(&support, "").await;
    assert!(all.iter().all(|hit| hit[0] == "Pages") && all.iter().any(|hit| hit[3] == "/orders"), "{all:?}");
    // what no index serves is left to the list
    let (_, all) = hits(&support, "status:shipped total:>500").await;
    assert_eq!(orders(&all), Vec::<&[String; 4]>::new());
    let list = of_kind(&all, "More")[0].clone();
    assert!(support.page(&list[3]).await.contains("over 500"), "{list:?}");
}

#[tokio::test]
async fn the_page_shows_the_same_without_a_script() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    let (id, number, name, _) = an_order(&app).await;
    let page = support.page(&format!("/search?q={number}")).await;
    assert!(page.contains(&format!("href=\"/orders/{id}\"")) && page.contains(&name), "{page}");
    let page = support.page("/search").await;
    assert!(page.contains("action=\"/search\"") && page.contains("href=\"/settings/roles\""));
    assert!(support.page("/").await.contains("aria-keyshortcuts=\"Control+K Meta+K\""), "each page leads here");
    let page = support.page("/search?q=zzzzqqq").await;
    assert!(page.contains("Nothing found") && page.contains("0 hits") && page.contains("All orders for"), "{page}");
}

#[tokio::test]
async fn each_role_finds_what_it_may_see_and_no_more_than_in_the_list() {
    let app = App::start().await;
    let (_, number, name, email) = an_order(&app).await;
    let phone: String = sqlx::query_scalar(
        "SELECT u.phone_number FROM orders o JOIN users u ON u.id = o.user_id WHERE u.phone_number LIKE '+%' LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("a phone number");
    // as one word: with spaces it would be several
    let phone = phone.replace(' ', "");
    let moderator = app.signed_in("moderator").await;
    for q in [number.as_str(), &name, &email, &phone, "TA-", "lap"] {
        let (_, all) = hits(&moderator, q).await;
        assert!(all.iter().all(|hit| hit[0] == "Pages" && hit[3] != "/orders"), "{q}: {all:?}");
    }
    assert!(hits(&moderator, "").await.1.iter().all(|hit| hit[3] != "/orders"));
    // who sees no contacts finds nothing by them, who sees a mask by the whole address, others by parts
    let warehouse = app.signed_in("warehouse").await;
    for q in [email.as_str(), &email[..6], &phone] {
        let (problem, all) = hits(&warehouse, q).await;
        assert!(orders(&all).is_empty() && of_kind(&all, "Customers").is_empty(), "{q}: {all:?}");
        assert!(q == &email[..6] || problem.contains("Your role doesn't see"), "{q}: {problem}");
    }
    let support = app.signed_in("support").await;
    assert!(orders(&hits(&support, &email).await.1).iter().any(|hit| hit[1] == number));
    let (part, _) = email.split_at(email.find('@').expect("an address") + 2);
    let (problem, all) = hits(&support, part).await;
    assert!(problem.contains("whole e-mail address") && orders(&all).is_empty(), "{part}: {problem} {all:?}");
    let admin = app.signed_in("admin").await;
    assert!(orders(&hits(&admin, part).await.1).iter().any(|hit| hit[1] == number), "{part}");
    // and nobody is told an address or a phone number
    for browser in [&support, &admin, &warehouse] {
        for q in [number.as_str(), &name] {
            let (_, all) = hits(browser, q).await;
            assert!(!all.is_empty());
            assert!(
                all.iter().flatten().all(|text| !text.contains('@') && !text.contains(&phone[3..])),
                "{q}: {all:?}"
            );
        }
    }
    // colleagues are no customers
    let staff: String =
        sqlx::query_scalar("SELECT first_name || ' ' || last_name FROM users WHERE email = 'admin@techally.test'")
            .fetch_one(&app.db)
            .await
            .expect("a name");
    assert!(of_kind(&hits(&admin, &staff).await.1, "Customers").iter().all(|hit| hit[1] != staff));
    let stranger = app.browser();
    assert_eq!(stranger.get("/search/hits?q=a").await.status(), 401);
    assert_eq!(stranger.get("/search").await.status(), 303);
}

#[tokio::test]
async fn hostile_and_odd_texts_find_nothing_and_break_nothing() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    for q in [
        "%%%",
        "' OR 1=1 --",
        "\\",
        "\\\\%",
        "___",
        "<script>alert(1)</script>",
        "\u{0}abc",
        "\u{202e}abc",
        "customer:\"",
        "\"",
        "a\"b\"c",
        "::::",
        "sku:",
        "1",
        "12",
        "TA-",
        "TA-999999999999",
        "#",
        "+",
        "@",
        "a@",
        "x@y.z",
        "ä",
        "日本語の",
        "🙂🙂🙂",
        "status:x",
        "999999999999999999999",
    ] {
        let (_, all) = hits(&admin, q).await;
        assert!(orders(&all).is_empty() && of_kind(&all, "Products").is_empty(), "{q}: {all:?}");
        assert!(all.iter().all(|hit| hit[3].starts_with('/') && !hit[3].starts_with("//")), "{q}: {all:?}");
        let query: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let page = admin.page(&format!("/search?q={query}")).await;
        assert!(!page.contains("<script>alert"), "{q}");
    }
    let (problem, all) = hits(&admin, &"x".repeat(2_000)).await;
    assert!(problem.contains("longer than") && all.is_empty());
    assert_eq!(admin.get("/search/hits").await.status(), 200, "nothing asked");
    assert_eq!(admin.get("/search/hits?q=%ff%zz&q=b").await.status(), 200, "no text");
    // a customer with a name that a search would read as something else
    sqlx::query("UPDATE users SET first_name = 'Zoë \"total:>5\"', last_name = 'Quux%' WHERE role = 'customer' AND id = (SELECT user_id FROM orders ORDER BY id DESC LIMIT 1)")
        .execute(&app.db)
        .await
        .expect("renamed");
    let (_, all) = hits(&admin, "quux%").await;
    let hit = of_kind(&all, "Customers")[0].clone();
    assert!(admin.page(&hit[3]).await.contains("TA-"), "{hit:?}");
}

/// The plan of a statement with its values, as the application's login.
async fn plan(app: &App, statement: QueryBuilder<Postgres>, values: &[String]) -> String {
    let mut sql = statement.sql().as_str().to_owned();
    for (number, value) in values.iter().enumerate().rev() {
        sql = sql.replace(&format!("${}", number + 1), value);
    }
    assert!(!sql.contains('$'), "a value is missing: {sql}");
    let mut transaction = app.staff.begin().await.expect("a transaction");
    // the shop of the tests is small: a table would be read as a whole where an index serves
    sqlx::raw_sql("SET LOCAL enable_seqscan = off").execute(&mut *transaction).await.expect("a setting");
    sqlx::query_scalar::<_, String>(AssertSqlSafe(format!("EXPLAIN {sql}")))
        .fetch_all(&mut *transaction)
        .await
        .unwrap_or_else(|error| panic!("{error}: {sql}"))
        .join("\n")
}

#[tokio::test]
async fn everything_is_found_by_an_index() {
    let app = App::start().await;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let text = |text: &str| format!("'{text}'::text");
    let found =
        plan(&app, people_statement(&words(&["erika", "brandt"]), 20), &[text("%erika%"), text("%brandt%")]).await;
    assert!(found.contains("users_name_part_idx") && !found.contains("Seq Scan"), "{found}");
    let values = ["%usb hub%", "%usb%", "%hub%", "%usb hub%", "usb hub", "usb hub"].map(text);
    let found = plan(&app, product_statement(&words(&["usb", "hub"]), "usb hub", 6), &values).await;
    for index in ["products_name_trgm_idx", "products_sku_part_idx", "product_variants_sku_part_idx"] {
        assert!(found.contains(index), "{index}\n{found}");
    }
    assert!(!found.contains("Seq Scan"), "{found}");
    // which orders are in a list: by their ids, in their own months
    let now: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM orders ORDER BY id DESC LIMIT 2").fetch_all(&app.db).await.expect("orders");
    let filter = Filter { ids: now.clone(), ..Filter::default() };
    let id = |id: Uuid| format!("'{id}'::uuid");
    let ids = format!("ARRAY[{}, {}]", id(now[0]), id(now[1]));
    let found = plan(&app, fitting_statement(&filter, None), &[id(now[1]), id(now[0]), ids]).await;
    assert!(found.contains("_pkey") && !found.contains("Seq Scan"), "{found}");
    assert!((1..=2).contains(&found.matches(" on orders_y").count()), "{found}");
}

#[tokio::test]
async fn a_search_needs_few_statements_and_little_time() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    let (_, number, name, _) = an_order(&app).await;
    for q in [number, name, "usb".into()] {
        hits(&support, &q).await;
        let mut fastest = std::time::Duration::MAX;
        for _ in 0..5 {
            let began = std::time::Instant::now();
            hits(&support, &q).await;
            fastest = fastest.min(began.elapsed());
        }
        assert!(fastest < std::time::Duration::from_millis(50), "{q}: {fastest:?}");
    }
}
