//! `/audit/record`: a record at any moment equals what was written then, by a random course of changes; deleted rows,
//! personal values, secrets, and addresses that name nothing.

use crate::{
    app::{App, Browser, id_of},
    audit_page::{change, entries},
};
use serde_json::{Map, Value, json};
use sqlx::AssertSqlSafe;
use std::{collections::BTreeMap, time::Duration};
use techally::stamp::Zone;
use time::OffsetDateTime;
use uuid::Uuid;

/// The page's data.
async fn record(browser: &Browser, query: &str) -> (u16, Value) {
    let answer = browser
        .client
        .post(format!("{}/api/techally/audit/api/get_audit_record", browser.url))
        .header("origin", &browser.url)
        .json(&json!({ "address": format!("/audit/record?{query}") }))
        .send()
        .await
        .expect("an answer");
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

fn card(page: &Value, id: &str) -> Vec<Vec<String>> {
    let cards: Vec<Vec<Vec<String>>> = serde_json::from_value(page["cards"].clone()).expect("cards");
    cards.into_iter().find(|card| card[0][0] == id).unwrap_or_else(|| panic!("no card {id}: {page}"))
}

/// What the page says differs: field, then, now.
fn differing(page: &Value) -> BTreeMap<String, [String; 2]> {
    let card = card(page, "differences");
    let Some(sides) = card.iter().find(|line| line[0] == "sides") else { return BTreeMap::new() };
    sides[4..].chunks(3).map(|row| (row[0].clone(), [row[1].clone(), row[2].clone()])).collect()
}

/// As the page writes a value; nothing for times, which it writes by the reader's clock.
fn told(value: Option<&Value>) -> Option<String> {
    match value {
        None | Some(Value::Null) => Some(String::new()),
        Some(Value::Bool(is)) => Some(if *is { "yes" } else { "no" }.into()),
        Some(Value::String(text)) if text.len() > 19 && text.as_bytes()[10] == b'T' => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Array(list)) => Some(list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")),
        Some(other) => Some(other.to_string().trim_end_matches(".0").to_owned()),
    }
}

fn without_nulls(row: Option<Value>) -> Option<Map<String, Value>> {
    let row = row?.as_object()?.clone();
    Some(row.into_iter().filter(|(_, value)| !value.is_null()).collect())
}

/// What a row was; nothing: it wasn't there.
type Stood = Option<Map<String, Value>>;

/// A row that the test changes: its table, its name in the trail, how it is found.
struct Row {
    table: &'static str,
    name: String,
    is: String,
}

/// The row as it stands, without what the trail leaves out.
async fn stands(app: &App, row: &Row) -> Stood {
    let sql = format!(
        "SELECT to_jsonb(t) - COALESCE((SELECT array_agg(column_name::text) FROM audit_columns WHERE table_name = '{0}' AND kind <> 'personal'), '{{}}') \
         FROM {0} t WHERE {1}",
        row.table, row.is
    );
    let found: Option<Value> =
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_optional(&app.db).await.expect("the row as it stands");
    without_nulls(found)
}

/// The next change of a row, in SQL; of one that isn't there it is an insert.
fn next_change(random: &mut fastrand::Rng, row: &Row, is_there: bool, step: usize) -> String {
    let (table, is) = (row.table, &row.is);
    let text = format!("'step {step} ä'");
    let nothing = |random: &mut fastrand::Rng| if random.bool() { "NULL".to_owned() } else { format!("'+49 {step}'") };
    match (table, is_there) {
        ("users", _) => match random.u8(0..4) {
            0 => format!("UPDATE users SET first_name = {text} WHERE {is}"),
            1 => format!("UPDATE users SET phone_number = {} WHERE {is}", nothing(random)),
            2 => format!("UPDATE users SET tags = '{{t{step},b}}', last_name = {text} WHERE {is}"),
            // twice in one transaction: the trail has one moment for both
            _ => format!(
                "UPDATE users SET first_name = 'between' WHERE {is}; UPDATE users SET first_name = {text} WHERE {is}"
            ),
        },
        ("addresses", false) => format!(
            "INSERT INTO addresses (id, user_id, recipient_name, street, postal_code, city, country, region) \
             SELECT '{}', id, {text}, 'Ring {step}', '{step}', 'Bonn', 'DE', {} FROM users WHERE role = 'customer' ORDER BY id LIMIT 1",
            row.name,
            nothing(random)
        ),
        ("addresses", true) => match random.u8(0..4) {
            0 => format!("DELETE FROM addresses WHERE {is}"),
            1 => format!("UPDATE addresses SET kind = 'work', phone = {} WHERE {is}", nothing(random)),
            2 => format!("UPDATE addresses SET city = {text}, street2 = {} WHERE {is}", nothing(random)),
            _ => format!("UPDATE addresses SET deleted_at = now(), kind = 'home' WHERE {is}"),
        },
        (_, false) => {
            let variant = row.name.split('/').next().expect("a variant");
            format!(
                "INSERT INTO variant_attributes (variant_id, name, value) VALUES ('{variant}', 'Test size', {text})"
            )
        }
        (_, true) if random.u8(0..3) == 0 => format!("DELETE FROM {table} WHERE {is}"),
        (_, true) => format!("UPDATE {table} SET value = {text} WHERE {is}"),
    }
}

#[tokio::test]
async fn any_moment_is_what_was_written_and_any_two_differ_in_what_was_changed_between() {
    let app = App::start().await;
    let seed = std::env::var("RECORD_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_129);
    let mut random = fastrand::Rng::with_seed(seed);
    let (admin, browser) = (id_of(&app, "admin").await, app.signed_in("admin").await);
    let one = async |sql: &'static str| {
        let id: String = sqlx::query_scalar(sql).fetch_one(&app.db).await.expect(sql);
        id
    };
    let person = one("SELECT id::text FROM users WHERE role = 'customer' ORDER BY id LIMIT 1").await;
    let variant = one("SELECT id::text FROM product_variants ORDER BY id LIMIT 1").await;
    let address = Uuid::new_v4();
    let rows = [
        Row { table: "users", is: format!("id = '{person}'"), name: person },
        Row { table: "addresses", is: format!("id = '{address}'"), name: address.to_string() },
        Row {
            table: "variant_attributes",
            is: format!("variant_id = '{variant}' AND name = 'Test size'"),
            name: format!("{variant}/Test size"),
        },
    ];
    // what each row was at each moment
    let mut moments: Vec<(OffsetDateTime, Vec<Stood>)> = Vec::new();
    for step in 0..36 {
        let row = &rows[random.usize(0..rows.len())];
        let is_there = stands(&app, row).await.is_some();
        let sql = next_change(&mut random, row, is_there, step);
        change(&app, admin, &format!("step-{step}"), &sql).await;
        let at = sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(&app.db).await.expect("a moment");
        let mut states = Vec::new();
        for row in &rows {
            states.push(stands(&app, row).await);
        }
        moments.push((at, states));
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    assert!(
        moments.iter().any(|(_, states)| states[1].is_none()) && moments.iter().any(|(_, states)| states[1].is_some()),
        "rows come and go, RECORD_SEED={seed}"
    );
    for (at, states) in &moments {
        for (row, wanted) in rows.iter().zip(states) {
            let then: Option<Value> = sqlx::query_scalar("SELECT row_at($1, $2, $3)")
                .bind(row.table)
                .bind(&row.name)
                .bind(at)
                .fetch_one(&app.staff)
                .await
                .expect("the row then");
            assert_eq!(&without_nulls(then), wanted, "RECORD_SEED={seed}: {} at {at}", row.table);
        }
    }
    for _ in 0..120 {
        let mut pair = [random.usize(0..moments.len()), random.usize(0..moments.len())];
        pair.sort_unstable();
        let which = random.usize(0..rows.len());
        let (row, [first, second]) = (&rows[which], pair.map(|at| &moments[at]));
        let query = format!(
            "table={}&row={}&from={}&to={}",
            row.table,
            row.name.replace('/', "%2F").replace(' ', "+"),
            Zone::exact(first.0),
            Zone::exact(second.0)
        );
        let (status, page) = record(&browser, &query).await;
        assert_eq!(status, 200, "{query}");
        let (then, now) = (first.1[which].clone().unwrap_or_default(), second.1[which].clone().unwrap_or_default());
        let found = differing(&page);
        let wanted: Vec<String> = then
            .keys()
            .chain(now.keys())
            .filter(|name| then.get(*name) != now.get(*name))
            .map(|name| name.replace('_', " "))
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        assert_eq!(found.keys().cloned().collect::<Vec<_>>(), wanted, "RECORD_SEED={seed}: {query}");
        for (label, sides) in &found {
            let name = label.replace(' ', "_");
            for (side, shown) in [then.get(&name), now.get(&name)].into_iter().zip(sides) {
                if let Some(told) = told(side) {
                    // of an id that leads somewhere the name, and its beginning
                    let id = told.parse::<Uuid>().ok().map(|_| format!(" ({})", &told[..8]));
                    if id.is_some_and(|id| shown.ends_with(&id) && shown.len() > id.len()) {
                        continue;
                    }
                    assert_eq!(shown, &told, "RECORD_SEED={seed}: {label} in {query}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_record_is_reached_from_its_entry_and_its_pages_and_shows_what_it_may() {
    let app = App::start().await;
    let (order, admin) = (app.order_in("CONFIRMED").await, id_of(&app, "admin").await);
    let browser = app.signed_in("admin").await;
    let sql = format!(
        "UPDATE orders SET customer_email = 'first.person@mail.example', tags = '{{rare}}' WHERE id = '{order}'"
    );
    change(&app, admin, "req-one", &sql).await;
    let sql = format!("UPDATE orders SET customer_email = 'second.person@mail.example' WHERE id = '{order}'");
    change(&app, admin, "req-two", &sql).await;

    // without moments: the last change against now
    let page = browser.page(&format!("/audit/record?table=orders&row={order}")).await;
    assert!(page.contains("first.person@mail.example") && page.contains("second.person@mail.example"), "{page}");
    assert!(page.contains("rare") && page.contains("Its changes") && page.contains("Changed"));
    assert!(page.contains(&format!("href=\"/orders/{order}\"")), "its own page");
    let (_, whole) = record(&browser, &format!("table=orders&row={order}")).await;
    let found = differing(&whole);
    assert_eq!(found["customer email"], ["first.person@mail.example", "second.person@mail.example"]);
    assert!(!found.contains_key("tags"));
    let listed = card(&whole, "changes").into_iter().filter(|line| line[0] == "record").count();
    assert!(listed >= 2, "{listed}");

    // from the entry: before it against now
    let list = browser.page("/audit?q=request%3Areq-one%20table%3Aorders").await;
    let entry = entries(&list).first().cloned().expect("an entry");
    let entry = browser.page(&entry).await;
    let to = entry.split("href=\"").find(|rest| rest.starts_with("/audit/record?")).expect("a link");
    let to = to.split('"').next().expect("an address").replace("&amp;", "&");
    let (_, since) = record(&browser, to.split_once('?').expect("a query").1).await;
    let found = differing(&since);
    assert_eq!(
        (found["customer email"][1].as_str(), found["tags"][1].as_str()),
        ("second.person@mail.example", "rare")
    );

    // from the pages of the order and the person, for who may read the trail
    let (history, person) = (format!("/orders/{order}/history"), format!("/users/{admin}?part=history"));
    for (address, record) in [(&history, "/audit/record?table=orders"), (&person, "/audit/record?table=users")] {
        assert!(browser.page(address).await.contains(record), "{address}");
    }
    let support = app.signed_in("support").await;
    assert!(!support.page(&history).await.contains("/audit/record"));
    let of_order = format!("/audit/record?table=orders&row={order}");
    for who in ["support", "warehouse", "moderator"] {
        let answer = app.signed_in(who).await.get(&of_order).await;
        assert_eq!(answer.status(), 403, "{who}");
        assert!(!answer.text().await.expect("a page").contains("second.person"), "{who}");
    }

    // erased values stay erased, and are told to have changed
    change(
        &app,
        admin,
        "req-erase",
        &format!("SELECT erase_audit_rows('orders', ARRAY['{order}'], 'orders', '{order}')"),
    )
    .await;
    let (_, erased) = record(&browser, to.split_once('?').expect("a query").1).await;
    assert_eq!(differing(&erased)["customer email"], ["erased", "second.person@mail.example"]);
    assert!(!erased.to_string().contains("first.person"));

    // secrets never
    let sql = "UPDATE users SET password_hash = '$argon2id$v=19$m=1,t=1,p=1$bm90YXNlY3JldA$forged' WHERE email = 'support@techally.test'";
    change(&app, admin, "req-secret", sql).await;
    let support = id_of(&app, "support").await;
    let (_, page) = record(&browser, &format!("table=users&row={support}")).await;
    assert_eq!(differing(&page)["password hash"], ["a secret", "another secret"]);
    assert!(!page.to_string().contains("argon2id"));
}

#[tokio::test]
async fn what_was_deleted_is_there_and_what_never_was_is_not() {
    let app = App::start().await;
    let (admin, browser) = (id_of(&app, "admin").await, app.signed_in("admin").await);
    let spec = Uuid::new_v4();
    let product = "(SELECT id FROM products ORDER BY id LIMIT 1)";
    let insert = format!(
        "INSERT INTO product_specifications (id, product_id, name, value) VALUES ('{spec}', {product}, 'Weight of it', '12 kg')"
    );
    change(&app, admin, "req-in", &insert).await;
    change(&app, admin, "req-up", &format!("UPDATE product_specifications SET value = '13 kg' WHERE id = '{spec}'"))
        .await;
    change(&app, admin, "req-out", &format!("DELETE FROM product_specifications WHERE id = '{spec}'")).await;
    let address = format!("/audit/record?table=product_specifications&row={spec}");
    let page = browser.page(&address).await;
    assert!(page.contains("Deleted on") && page.contains("Weight of it") && page.contains("13 kg"), "{page}");
    assert!(page.contains("Now (not there)"), "{page}");

    for (query, status) in [
        ("", 404),
        ("table=orders", 404),
        ("table=orders&row=%00", 404),
        ("table=orders&row=nonsense", 404),
        (&format!("table=users&row={}", Uuid::new_v4()), 404),
        ("table=order_items&row=a%2Fb", 404),
        ("table=order_items&row=a", 404),
        ("table=audit_salt&row=true", 400),
        ("table=pg_authid&row=1", 400),
        ("table=users%3B+DROP+TABLE+users&row=1", 400),
        (&format!("table=product_specifications&row={spec}&from=yesterday"), 400),
        (&format!("table=product_specifications&row={spec}&to=2026-02-30T00:00"), 400),
    ] {
        assert_eq!(browser.get(&format!("/audit/record?{query}")).await.status().as_u16(), status, "{query}");
    }
    for value in crate::abuse::nonsense() {
        for name in ["table", "row", "from", "to", "at"] {
            let valid = [("table", "users"), ("row", &admin.to_string()), ("from", ""), ("to", ""), ("at", "")];
            let fields =
                valid.map(|(field, valid)| (field, if field == name { value.clone() } else { valid.to_owned() }));
            let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            let status = browser.get(&format!("/audit/record?{query}")).await.status().as_u16();
            assert!(status < 500, "{name}={value:.40}: {status}");
        }
    }
    // no role but the staff's reads a row that way
    let row = sqlx::query("SELECT row_now('users', '1')")
        .execute(&mut crate::app::login_as(&app, "techally_test_reader", "techally_readonly").await)
        .await;
    assert!(row.is_err());
}
