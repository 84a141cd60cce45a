//! The list of users: filters, sorts, search and files as the database has them, and nothing of a person that a role
//! doesn't see; what is done to many at once.

use crate::{
    app::{App, Browser, PASSWORD},
    jobs::{change, until},
    lists::link,
};
use sqlx::AssertSqlSafe;
use std::io::Read;
use techally::jobs::runner;
use uuid::Uuid;

const ADDRESS: &str = "erika.brandt.special@mail.example";

/// Ids of the users on a page, in its order.
fn ids(page: &str) -> Vec<Uuid> {
    page.split("value=\"")
        .skip(1)
        .filter_map(|rest| {
            let (id, rest) = rest.split_once('"')?;
            rest.starts_with(" aria-label=\"Select user").then(|| id.parse().ok()).flatten()
        })
        .collect()
}

async fn wanted(app: &App, condition: &str, order: &str, most: usize) -> Vec<Uuid> {
    let sql = format!(
        "SELECT u.id FROM users u JOIN user_facts f ON f.user_id = u.id WHERE {condition} ORDER BY {order} LIMIT {most}"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&app.db).await.expect("users")
}

async fn run(app: &App, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&app.db).await.expect(sql);
}

async fn one<T>(app: &App, sql: &str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&app.db).await.expect(sql)
}

/// A customer whose contacts can be told from all others.
async fn erika(app: &App) -> Uuid {
    let id =
        one(app, "SELECT id FROM users WHERE role = 'customer' AND status = 'active' ORDER BY created_at DESC LIMIT 1")
            .await;
    run(
        app,
        &format!("UPDATE users SET email = '{ADDRESS}', first_name = 'Erika', last_name = 'Brandtmann', phone_number = '+49 30 9910364' WHERE id = '{id}'"),
    )
    .await;
    id
}

async fn some_of_everything(app: &App) {
    run(
        app,
        "UPDATE users SET tags = '{vip,press}' WHERE id IN (SELECT id FROM users WHERE role = 'customer' AND deleted_at IS NULL ORDER BY id LIMIT 7);
         UPDATE users SET locked_until = now() + interval '1 hour' WHERE id IN (SELECT id FROM users WHERE role = 'customer' AND deleted_at IS NULL ORDER BY id DESC LIMIT 5);
         UPDATE users SET locked_until = now() - interval '1 hour' WHERE id IN (SELECT id FROM users WHERE role = 'customer' AND deleted_at IS NULL ORDER BY id DESC OFFSET 5 LIMIT 5);
         UPDATE users SET status = 'suspended' WHERE id IN (SELECT id FROM users WHERE role = 'customer' AND status = 'active' ORDER BY id LIMIT 3);
         UPDATE users SET status = 'deleted', deleted_at = now() WHERE id IN (SELECT id FROM users WHERE role = 'customer' AND status = 'active' ORDER BY id DESC LIMIT 2)",
    )
    .await;
}

#[tokio::test]
async fn every_filter_finds_what_the_database_has_by_address_and_by_word() {
    let app = App::start().await;
    some_of_everything(&app).await;
    erika(&app).await;
    let admin = app.signed_in("admin").await;
    let there = "u.deleted_at IS NULL";
    let berlin = |day: &str| format!("timestamptz '{day} 00:00 Europe/Berlin'");
    for (query, word, condition, chip) in [
        ("role=support", "role:support", "u.role = 'support'".to_owned(), "Support"),
        ("role=staff", "role:staff", "u.role <> 'customer'".into(), "Warehouse manager"),
        ("role=customer", "role:customer", "u.role = 'customer'".into(), "Customer"),
        ("verified=no", "verified:no", "NOT u.email_verified".into(), "E-mail confirmed"),
        ("verified=yes", "verified:yes", "u.email_verified".into(), "E-mail confirmed"),
        ("locked=yes", "locked:yes", "u.locked_until > now()".into(), "Locked"),
        ("locked=no", "locked:no", "(u.locked_until IS NULL OR u.locked_until <= now())".into(), "Locked"),
        ("orders=yes", "orders:yes", "f.orders > 0".into(), "some"),
        ("orders=no", "orders:no", "f.orders = 0".into(), "none"),
        ("q=orders%3A2..4", "orders:2..4", "f.orders BETWEEN 2 AND 4".into(), "2 to 4"),
        ("min=200&max=900.50", "spent:200..900.50", "f.spent BETWEEN 200 AND 900.50".into(), "900.50"),
        ("country=at,ch", "country:at,ch", "f.country IN ('AT', 'CH')".into(), "AT or CH"),
        ("created=90d", "created:90d", "u.created_at >= (date_trunc('day', now() AT TIME ZONE 'Europe/Berlin') - interval '89 days') AT TIME ZONE 'Europe/Berlin'".into(), "last 90 days"),
        ("from=2026-01-01&to=2026-06-30", "created:2026-01..2026-06", format!("u.created_at >= {} AND u.created_at < {}", berlin("2026-01-01"), berlin("2026-07-01")), "2026-"),
        ("seen=never", "seen:never", "u.last_login_at IS NULL".into(), "never"),
        ("seen_from=2026-10-01&seen_to=2026-11-10", "seen:>=2026-10-01 seen:<=2026-11-10", format!("u.last_login_at >= {} AND u.last_login_at < {}", berlin("2026-10-01"), berlin("2026-11-11")), "until 2026-11-10"),
        ("q=seen%3A%3C2026", "seen:<2026", format!("u.last_login_at < {}", berlin("2026-01-01")), "before 2026"),
        ("tag=press", "tag:press,vip", "'press' = ANY (u.tags)".into(), "press"),
        ("name=brandtm", "name:brandtm", "u.last_name = 'Brandtmann'".into(), "brandtm"),
        ("status=suspended", "status:suspended", "u.status = 'suspended'".into(), "Suspended"),
        ("status=inactive", "status:inactive", "u.status = 'inactive'".into(), "Inactive"),
        ("status=active&orders=no", "status:active orders:no", "u.status = 'active' AND f.orders = 0".into(), "none"),
    ] {
        let wanted = wanted(&app, &format!("{condition} AND {there}"), "u.created_at DESC, u.id DESC", 50).await;
        let page = admin.page(&format!("/users?{query}")).await;
        assert_eq!(ids(&page), wanted, "{query}");
        assert!(page.contains(chip), "{query}: {chip}");
        let word: String = form_urlencoded::byte_serialize(word.as_bytes()).collect();
        assert_eq!(ids(&admin.page(&format!("/users?q={word}")).await), wanted, "{word}");
        assert!(!wanted.is_empty() || condition.contains("timestamptz"), "{query}: the shop has such users");
    }
    // who was deleted is there for those who ask
    let gone = wanted(&app, "u.status = 'deleted'", "u.created_at DESC, u.id DESC", 50).await;
    assert!(gone.len() >= 2);
    assert_eq!(ids(&admin.page("/users?status=deleted").await), gone);
    let both = wanted(&app, "u.status IN ('deleted', 'suspended')", "u.created_at DESC, u.id DESC", 50).await;
    assert_eq!(ids(&admin.page("/users?q=status%3Adeleted,suspended").await), both);
    for (query, why) in [
        ("min=cheap", "is no amount"),
        ("role=boss", "is no role"),
        ("verified=perhaps", "neither yes nor no"),
        ("tag=a;b", "is no tag"),
        ("country=Germany", "two letters"),
        ("seen_from=2026-99-01", "is no time"),
        ("q=total%3A5", "can&#x27;t be searched by"),
    ] {
        let page = admin.page(&format!("/users?{query}")).await;
        let page = page.replace("&#39;", "&#x27;").replace("can't", "can&#x27;t");
        assert!(page.contains(why) && ids(&page).is_empty(), "{query}: {why}");
    }
}

#[tokio::test]
async fn every_sort_is_paged_both_ways_without_loss_or_doubles() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    // many rows with the same key, so that the id decides
    run(
        &app,
        "UPDATE users SET created_at = date_trunc('year', created_at), last_login_at = date_trunc('month', last_login_at);
         UPDATE users SET last_login_at = NULL WHERE id IN (SELECT id FROM users WHERE role = 'customer' ORDER BY id LIMIT 60)",
    )
    .await;
    let seen = "COALESCE(u.last_login_at, '-infinity')";
    for (sort, order) in [
        ("", "u.created_at DESC, u.id DESC".to_owned()),
        ("created", "u.created_at, u.id".into()),
        ("-seen", format!("{seen} DESC, u.id DESC")),
        ("seen", format!("{seen}, u.id")),
        ("-spent", "f.spent DESC, u.id DESC".into()),
        ("spent", "f.spent, u.id".into()),
        ("-orders", "f.orders DESC, u.id DESC".into()),
        ("orders", "f.orders, u.id".into()),
    ] {
        let wanted = wanted(&app, "u.deleted_at IS NULL", &order, 1_000).await;
        let mut pages = vec![format!("/users?limit=50&sort={sort}").trim_end_matches("&sort=").to_owned()];
        let mut all = Vec::new();
        loop {
            let page = admin.page(pages.last().expect("a page")).await;
            all.extend(ids(&page));
            let Some(next) = link(&page, "next") else { break };
            pages.push(next);
        }
        assert_eq!(all, wanted, "{sort}");
        assert!(pages.len() > 5, "{sort}: {} pages", pages.len());
        let mut back = admin.page(pages.last().expect("a page")).await;
        let mut rows = vec![ids(&back)];
        while let Some(previous) = link(&back, "prev") {
            back = admin.page(&previous).await;
            rows.push(ids(&back));
            assert!(rows.len() <= pages.len(), "{sort}: the way back is longer");
        }
        rows.reverse();
        assert_eq!(rows.concat(), all, "{sort}: back as forth");
    }
    let nil = Uuid::nil();
    for wrong in [
        format!("after={nil}"),
        format!("sort=-spent&after=never~{nil}"),
        format!("sort=-spent&after=1e9~{nil}"),
        format!("sort=orders&after=-1~{nil}"),
        format!("sort=seen&after=soon~{nil}"),
        format!("after={nil}&before={nil}"),
        // what may be masked has no order
        "sort=email".into(),
        "sort=-phone".into(),
        "sort=name".into(),
        "status=GONE".into(),
    ] {
        assert_eq!(admin.get(&format!("/users?{wrong}")).await.status(), 400, "{wrong}");
    }
}

#[tokio::test]
async fn people_are_found_by_parts_of_what_the_role_sees_and_by_no_part_of_what_it_does_not() {
    let app = App::start().await;
    let id = erika(&app).await;
    let (admin, support) = (app.signed_in("admin").await, app.signed_in("support").await);
    let find = async |browser: &Browser, q: &str| {
        let q: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let page = browser.page(&format!("/users?q={q}")).await;
        let problem = page.contains("This can't be searched for") || page.contains("This can&#x27;t be searched for");
        (ids(&page), problem)
    };
    for q in ["Brandtm", "erika brandtmann", "name:\"Brandtmann\"", "brandt.spec", "@mail.example Erika"] {
        let (found, problem) = find(&admin, q).await;
        let is_one = found == [id];
        // an address without @ is a name; two ways at once are refused
        let wanted = !q.starts_with("brandt.spec") && !q.contains("@mail");
        assert_eq!(is_one, wanted, "{q}: {found:?} {problem}");
    }
    for q in [
        "email:brandt.spec",
        "brandt.special@",
        ADDRESS,
        "phone:0364",
        "99103",
        "+49309910364",
        "030/9910364",
        &id.to_string(),
    ] {
        assert!(find(&admin, q).await.0.contains(&id), "admin: {q}");
    }
    for q in [
        "Brandtm",
        ADDRESS,
        "email:ERIKA.brandt.special@mail.example",
        "+49309910364",
        "phone:9910364",
        &id.to_string(),
    ] {
        assert!(find(&support, q).await.0.contains(&id), "support: {q}");
    }
    for q in ["email:brandt.spec", "brandt.special@", "@mail.example", "phone:0364", "+910364"] {
        assert_eq!(find(&support, q).await, (Vec::new(), true), "support: {q}");
    }
    assert!(!find(&support, "99103").await.0.contains(&id), "digits alone are no part of a number for support");
    // a whole address that nobody has finds nobody, and that is no problem
    assert_eq!(find(&support, "nobody@mail.example").await, (Vec::new(), false));
    for (who, wanted) in [(&admin, true), (&support, true)] {
        let answer = who.post("/api/techally/users/api/suggest_users", &[("q", "country:AT brandtm")]).await;
        let suggested = answer.text().await.expect("a body");
        assert_eq!(suggested.contains("country:AT name:\\\"Erika Brandtmann\\\""), wanted, "{suggested}");
    }
    for part in ["erika.brandt.sp", "email:erika", "9910"] {
        let answer = support.post("/api/techally/users/api/suggest_users", &[("q", part)]).await;
        let suggested = answer.text().await.expect("a body");
        assert!(!suggested.contains('@') && !suggested.contains("9910364"), "{part}: {suggested}");
    }
    let answer = support.post("/api/techally/users/api/suggest_users", &[("q", "status:s")]).await;
    assert_eq!(answer.text().await.expect("a body"), "[\"status:suspended\"]");
}

#[tokio::test]
async fn contacts_are_masked_on_the_page_in_its_data_and_in_files() {
    let app = App::start().await;
    let id = erika(&app).await;
    let columns = "cols=user,email,phone,role,status,verified,locked,orders,spent,country,tags,created,seen";
    let address = format!("/users?q={id}&{columns}");
    let page = app.signed_in("admin").await.page(&address).await;
    assert!(page.contains(ADDRESS) && page.contains("+49 30 9910364"), "an admin sees them");
    let support = app.signed_in("support").await;
    let page = support.page(&address).await;
    assert_eq!(ids(&page), [id]);
    assert!(page.contains("e•••@mail.example") && page.contains("•••• ••• 364"), "{page}");
    let json = serde_json::json!({"query": [["q", id.to_string()], ["cols", "user,email,phone"]]});
    let data = support
        .client
        .post(format!("{}/api/techally/users/api/list_users", app.url))
        .header("origin", &app.url)
        .header("content-type", "application/json")
        .body(json.to_string())
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a body");
    assert!(data.contains("e•••@mail.example"), "{data}");
    let csv = support.get(&format!("/users/export?format=csv&id={id}&{columns}")).await.text().await.expect("a file");
    assert!(csv.contains("e•••@mail.example") && csv.contains("Erika Brandtmann"), "{csv}");
    let bytes =
        support.get(&format!("/users/export?format=xlsx&id={id}&{columns}")).await.bytes().await.expect("a file");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a workbook");
    let mut sheet = String::new();
    zip.by_name("xl/worksheets/sheet1.xml").expect("a sheet").read_to_string(&mut sheet).expect("text");
    assert!(sheet.contains("e•••@mail.example"));
    let bulk = support.page(&format!("/users/bulk?id={id}&do=suspend&in=q%3D{id}")).await;
    for text in [page, data, csv, sheet, bulk] {
        // what a mask leaves is no secret: the first letter, the host, three digits
        for part in ["brandt.special", "9910364", "991036", "erika.b"] {
            assert!(!text.contains(part), "{part} in {text:.2000}");
        }
    }
    // what stands in a cell is no formula
    run(&app, &format!("UPDATE users SET first_name = '=HYPERLINK(\"http://evil.example\")' WHERE id = '{id}'")).await;
    let csv = support.get(&format!("/users/export?format=csv&id={id}&cols=user")).await.text().await.expect("a file");
    assert!(csv.contains("\"'=HYPERLINK("), "{csv}");
}

#[tokio::test]
async fn colleagues_are_in_the_list_of_those_who_may_see_staff_and_other_roles_have_no_list() {
    let app = App::start().await;
    let staff: Uuid = one(&app, "SELECT id FROM users WHERE email = 'warehouse@techally.test'").await;
    let everybody: i64 = one(&app, "SELECT count(*) FROM users WHERE deleted_at IS NULL").await;
    let customers: i64 = one(&app, "SELECT count(*) FROM users WHERE deleted_at IS NULL AND role = 'customer'").await;
    for (who, count) in [("super", everybody), ("admin", everybody), ("support", customers)] {
        let browser = app.signed_in(who).await;
        let page = browser.page("/users?limit=25").await;
        assert!(page.contains(&format!("25 of {count} users")), "{who}: {count}");
        let sees = count == everybody;
        assert_eq!(page.contains("id=\"filter-role\""), sees, "{who}");
        for query in [staff.to_string(), "warehouse@techally.test".into(), "name:Wanda".into()] {
            let found = ids(&browser.page(&format!("/users?q={query}")).await);
            assert_eq!(found.contains(&staff), sees, "{who}: {query}");
        }
        let page = browser.page("/users?role=support").await;
        assert_eq!(page.contains("the right “See staff”"), !sees, "{who}");
        let csv = browser.get(&format!("/users/export?format=csv&cols=user&id={staff}")).await;
        assert_eq!(csv.text().await.expect("a file").lines().count(), if sees { 2 } else { 1 }, "{who}");
        let suggested = browser.post("/api/techally/users/api/suggest_users", &[("q", "Wand")]).await;
        assert_eq!(suggested.text().await.expect("a body").contains("Wanda"), sees, "{who}");
    }
    for who in ["warehouse", "moderator"] {
        let browser = app.signed_in(who).await;
        for path in ["/users", "/users/bulk", "/users/export?format=csv"] {
            assert_eq!(browser.get(path).await.status(), 403, "{who} {path}");
        }
    }
}

#[tokio::test]
async fn orders_spent_and_country_follow_orders_payments_and_addresses() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    let buyer: Uuid =
        one(&app, "SELECT user_id FROM orders WHERE paid_total > 0 AND refunded_total = 0 ORDER BY id DESC LIMIT 1")
            .await;
    let facts = async |id: Uuid| -> (i32, String, Option<String>, Option<String>) {
        sqlx::query_as("SELECT orders, spent::text, currency, country FROM user_facts WHERE user_id = $1")
            .bind(id)
            .fetch_one(&app.db)
            .await
            .expect("facts")
    };
    assert_eq!(app.broken_invariants().await, [], "the demo's are sound");
    let before = facts(buyer).await;
    let other: Uuid = one(&app, "INSERT INTO users (email, password_hash, first_name, last_name) VALUES ('new@mail.example', '!', 'Neue', 'Kundin') RETURNING id").await;
    assert_eq!(facts(other).await, (0, "0.00".into(), None, None));
    assert!(admin.page("/users?q=new%40mail.example").await.contains("Neue Kundin"));
    run(&app, &format!("UPDATE orders SET user_id = '{other}' WHERE user_id = '{buyer}'")).await;
    let moved = facts(other).await;
    assert_eq!((moved.0, &moved.1, moved.2.as_deref()), (before.0, &before.1, Some("EUR")));
    assert_eq!((facts(buyer).await.0, facts(buyer).await.1), (0, "0.00".into()));
    run(&app, &format!("UPDATE orders SET deleted_at = now() WHERE user_id = '{other}'")).await;
    assert_eq!(facts(other).await.0, 0);
    run(&app, &format!("UPDATE orders SET deleted_at = NULL WHERE user_id = '{other}'")).await;
    let address = |country: &str, shipping: bool| {
        format!(
            "INSERT INTO addresses (user_id, recipient_name, street, postal_code, city, country, is_default_shipping)
                 VALUES ('{other}', 'x', 'x', '1', 'x', '{country}', {shipping})"
        )
    };
    run(&app, &address("FR", false)).await;
    assert_eq!(facts(other).await.3.as_deref(), Some("FR"));
    run(&app, &address("NL", true)).await;
    assert_eq!(facts(other).await.3.as_deref(), Some("NL"), "where things are sent");
    run(&app, &format!("UPDATE addresses SET deleted_at = now() WHERE user_id = '{other}' AND country = 'NL'")).await;
    assert_eq!(facts(other).await.3.as_deref(), Some("FR"));
    assert_eq!(app.broken_invariants().await, []);
    // an order of the checkout counts at once, money when it is paid
    let pending = app.order_in("PENDING").await;
    let owner: Uuid = one(&app, &format!("SELECT user_id FROM orders WHERE id = '{pending}'")).await;
    let was = facts(owner).await;
    let support = app.signed_in("support").await;
    assert_eq!(support.move_order(&app, pending, "CANCELLED", &[("reason", "no stock")]).await.status(), 303);
    assert_eq!(facts(owner).await, was, "a cancelled order was placed");
    // nobody writes facts by hand
    let refused = sqlx::query("UPDATE user_facts SET spent = 0").execute(&app.staff).await;
    assert!(refused.is_err());
    assert_eq!(app.broken_invariants().await, []);
}

#[tokio::test]
async fn a_file_has_all_rows_of_the_filter_at_once_or_by_a_job() {
    let app = App::start().await;
    tokio::spawn(runner::run(app.state.clone()));
    let support = app.signed_in("support").await;
    let columns = "cols=user,orders,spent,created,email";
    let answer = support.get(&format!("/users/export?format=csv&orders=yes&{columns}")).await;
    assert_eq!(answer.status(), 200);
    let name = answer.headers()["content-disposition"].to_str().expect("text").to_owned();
    assert!(name.starts_with("attachment; filename=\"users-20"), "{name}");
    let list = answer.text().await.expect("a file");
    let lines: Vec<&str> = list.trim_start_matches('\u{feff}').split_terminator("\r\n").collect();
    assert_eq!(lines[0], "Name,Orders,Spent,Currency,Created (Europe/Berlin),E-mail");
    let wanted: Vec<String> = sqlx::query_scalar(
        "SELECT u.first_name || ' ' || u.last_name || ',' || f.orders || ',' || f.spent || ',EUR,' || to_char(u.created_at AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-DD HH24:MI:SS')
         FROM users u JOIN user_facts f ON f.user_id = u.id WHERE f.orders > 0 AND u.deleted_at IS NULL AND u.role = 'customer' ORDER BY u.created_at DESC, u.id DESC",
    )
    .fetch_all(&app.db)
    .await
    .expect("users");
    assert!(wanted.len() > 100, "{}", wanted.len());
    let told: Vec<&str> = lines[1..].iter().map(|line| line.rsplit_once(',').expect("an address").0).collect();
    assert_eq!(told, wanted);
    let query = format!("orders=yes&{columns}");
    let fields = [("bulk", "export"), ("query", query.as_str()), ("text", "all")];
    let job = bulk(&support, &fields).await;
    until(&app, job, &["done"]).await;
    let file: String = one(&app, &format!("SELECT result ->> 'file' FROM jobs WHERE id = '{job}'")).await;
    let link = support.get(&format!("/files/{file}")).await.headers()["location"].to_str().expect("text").to_owned();
    let made = support.client.get(absolute(&app, &link)).send().await.expect("an answer").text().await.expect("a file");
    assert_eq!(made, list);
    let taken: i64 =
        one(&app, "SELECT count(*) FROM user_activity WHERE action_type = 'exported' AND details ->> 'list' = 'users'")
            .await;
    assert_eq!(taken, 2);
    for (query, why) in
        [("", "format=csv"), ("format=csv&id=1", "is no user"), ("format=csv&sort=email", "no order of this list")]
    {
        let answer = support.get(&format!("/users/export?{query}")).await;
        assert_eq!(answer.status(), 400, "{query}");
        assert!(answer.text().await.expect("text").contains(why), "{query}");
    }
}

fn absolute(app: &App, link: &str) -> String {
    if link.starts_with('/') { format!("{}{link}", app.url) } else { link.to_owned() }
}

/// Previews a bulk act, or asks for a file; the job.
async fn bulk(browser: &Browser, fields: &[(&str, &str)]) -> Uuid {
    let answer = browser.post("/users/bulk", fields).await;
    let status = answer.status();
    let to = answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!(status, 303, "{}", answer.text().await.expect("a page"));
    to.trim_start_matches("/jobs/").parse().unwrap_or_else(|_| panic!("it leads to {to}"))
}

async fn statuses(app: &App, ids: &[Uuid]) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT u.status FROM unnest($1::uuid[]) WITH ORDINALITY AS i (id, n) JOIN users u USING (id) ORDER BY n",
    )
    .bind(ids)
    .fetch_all(&app.db)
    .await
    .expect("states")
}

#[tokio::test]
async fn many_are_suspended_with_a_reason_and_a_fresh_proof_and_set_back_for_a_day() {
    let app = App::start().await;
    tokio::spawn(runner::run(app.state.clone()));
    let admin = app.signed_in("admin").await;
    let customers: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM users WHERE role = 'customer' AND status = 'active' ORDER BY id LIMIT 3")
            .fetch_all(&app.db)
            .await
            .expect("customers");
    let suspended: Uuid = one(&app, "SELECT id FROM users WHERE status = 'inactive' LIMIT 1").await;
    run(&app, &format!("UPDATE users SET status = 'suspended' WHERE id = '{suspended}'")).await;
    run(
        &app,
        &format!("INSERT INTO user_sessions (user_id, token_hash, expires_at) VALUES ('{}', sha256('a'), now() + interval '1 hour')", customers[0]),
    )
    .await;
    let colleague: Uuid = one(&app, "SELECT id FROM users WHERE email = 'moderator@techally.test'").await;
    let chosen: Vec<Uuid> = customers.iter().copied().chain([suspended, colleague]).collect();
    let checked: String = chosen.iter().map(|id| format!("id={id}")).collect::<Vec<_>>().join("&");
    let page = admin.page(&format!("/users/bulk?{checked}&do=suspend")).await;
    assert!(page.contains("5 users that you chose.") && page.contains("name=\"reason\""), "{page}");
    let listed = chosen.iter().map(Uuid::to_string).collect::<Vec<_>>().join(".");
    let fields = [("bulk", "suspend"), ("ids", listed.as_str()), ("query", "")];
    let refused = admin.post("/users/bulk", &[fields.as_slice(), &[("reason", " ")]].concat()).await;
    assert_eq!(refused.status(), 422);
    assert!(refused.text().await.expect("a page").contains("Say why"));
    let job = bulk(&admin, &[fields.as_slice(), &[("reason", "Card testing")]].concat()).await;
    let page = admin.page(&format!("/jobs/{job}")).await;
    for words in [
        "3 users can’t sign in to the shop",
        "1 open session of theirs end at once",
        "Card testing",
        "1 user left out: It is suspended already.",
        "1 user left out: This is a colleague",
        "Run for 3",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(page.contains(&format!("href=\"/users/{}\"", customers[0])), "rows lead to the person");
    assert_eq!(statuses(&app, &customers).await, ["active"; 3], "a preview changes nothing");
    // somebody who walked up to the screen can't
    app.state.clock.advance(std::time::Duration::from_mins(11));
    let id = job.to_string();
    let run_it = [("change", "run"), ("id", id.as_str())];
    let answer = admin.post(&format!("/jobs/{job}"), &run_it).await;
    assert!(answer.status().is_client_error() && answer.text().await.expect("a page").contains("name=\"proof\""));
    assert_eq!(statuses(&app, &customers).await, ["active"; 3]);
    let answer = admin.post(&format!("/jobs/{job}"), &[run_it.as_slice(), &[("proof", PASSWORD)]].concat()).await;
    assert_eq!(answer.status(), 303);
    until(&app, job, &["done"]).await;
    assert_eq!(statuses(&app, &customers).await, ["suspended"; 3]);
    assert_eq!(statuses(&app, &[colleague]).await, ["active"]);
    let open: i64 = one(
        &app,
        &format!("SELECT count(*) FROM user_sessions WHERE user_id = '{}' AND revoked_at IS NULL", customers[0]),
    )
    .await;
    assert_eq!(open, 0, "the trigger ended it");
    let reason: String = one(
        &app,
        &format!("SELECT reason FROM audit_log WHERE table_name = 'users' AND row_id = '{}' AND changed ? 'status' ORDER BY id DESC LIMIT 1", customers[0]),
    )
    .await;
    assert_eq!(reason, "Card testing");
    // one is let in again by somebody else meanwhile: that stays
    let (support, third) = (app.signed_in("support").await, customers[2].to_string());
    let again = [("bulk", "reactivate"), ("ids", third.as_str()), ("query", ""), ("reason", "A mistake")];
    let other = bulk(&support, &again).await;
    change(&support, other, "run").await;
    until(&app, other, &["done"]).await;
    assert_eq!(statuses(&app, &customers).await, ["suspended", "suspended", "active"]);
    change(&admin, job, "revert").await;
    let back: Uuid = one(&app, &format!("SELECT id FROM jobs WHERE reverts = '{job}'")).await;
    change(&admin, back, "run").await;
    until(&app, back, &["done"]).await;
    assert_eq!(statuses(&app, &customers).await, ["active"; 3]);
    let page = admin.page(&format!("/jobs/{back}?rows=failed")).await;
    assert!(page.contains("It was changed since: it is active now, and stays so."), "{page}");
    assert_eq!(app.broken_invariants().await, []);
}

#[tokio::test]
async fn tags_are_put_on_all_that_fit_a_filter_and_taken_off_again() {
    let app = App::start().await;
    tokio::spawn(runner::run(app.state.clone()));
    let support = app.signed_in("support").await;
    let fits = "u.deleted_at IS NULL AND u.role = 'customer' AND f.country = 'AT'";
    let wanted = wanted(&app, fits, "u.created_at DESC, u.id DESC", 1_000).await;
    assert!(wanted.len() > 2);
    run(&app, &format!("UPDATE users SET tags = '{{press}}' WHERE id = '{}'", wanted[0])).await;
    let page = support.page("/users/bulk?country=AT").await;
    assert!(page.contains(&format!("{} users: all that fit the list’s filter.", wanted.len())), "{page}");
    let job =
        bulk(&support, &[("bulk", "tags"), ("query", "country=AT"), ("add", "Alpine, press"), ("remove", "")]).await;
    change(&support, job, "run").await;
    until(&app, job, &["done"]).await;
    assert_eq!(ids(&support.page("/users?tag=alpine,press&limit=100").await), wanted[..wanted.len().min(100)]);
    change(&support, job, "revert").await;
    let back: Uuid = one(&app, &format!("SELECT id FROM jobs WHERE reverts = '{job}'")).await;
    change(&support, back, "run").await;
    until(&app, back, &["done"]).await;
    assert_eq!(ids(&support.page("/users?tag=press").await), [wanted[0]], "what was there before stays");
    for (fields, why) in [
        (vec![("bulk", "tags"), ("query", "country=AT")], "Name a tag"),
        (vec![("bulk", "tags"), ("query", "country=AT"), ("add", "a;b")], "is no tag"),
        (vec![("bulk", "tags"), ("query", "q=nobody%40mail.example"), ("add", "a")], "No user fits this search"),
        (vec![("bulk", "none"), ("query", "")], "no such act"),
        (vec![("bulk", "tags"), ("ids", "7"), ("add", "a")], "is no user"),
    ] {
        let answer = support.post("/users/bulk", &fields).await;
        assert_eq!(answer.status(), 422, "{fields:?}");
        assert!(answer.text().await.expect("a page").contains(why), "{fields:?}: {why}");
    }
}

#[tokio::test]
async fn a_view_of_users_is_saved_pinned_and_counted() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    let answer = support
        .post(
            "/views",
            &[("list", "users"), ("query", "status=suspended&sort=-spent"), ("name", "Kept out"), ("pin", "yes")],
        )
        .await;
    assert_eq!(answer.status(), 303);
    let to = answer.headers()["location"].to_str().expect("text").to_owned();
    assert!(to.starts_with("/users?view="), "{to}");
    let suspended: i64 = one(&app, "SELECT count(*) FROM users WHERE status = 'suspended' AND role = 'customer'").await;
    let page = support.page(&to).await;
    assert_eq!(i64::try_from(ids(&page).len()).expect("few"), suspended);
    let nav =
        page.split("id=\"nav-views\"").nth(1).and_then(|rest| rest.split("</ul>").next()).expect("the pinned views");
    assert!(nav.contains("Kept out") && nav.contains(&format!(">{suspended}<")), "{nav}");
    // an own view of the list, seen by nobody without the right
    let moderator = app.signed_in("moderator").await;
    assert_eq!(moderator.post("/views", &[("list", "users"), ("query", ""), ("name", "x")]).await.status(), 403);
}
