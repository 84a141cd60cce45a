//! The list of orders as data: sorts with their cursors, columns, filters with parameters of their own, numbers of rows,
//! neighbours of an order in the list it was opened from.

use crate::app::{App, Browser};
use sqlx::AssertSqlSafe;

/// Order numbers of a page, in its order.
pub fn numbers(page: &str) -> Vec<String> {
    page.split("href=\"/orders/")
        .skip(1)
        .filter_map(|rest| {
            let text = rest.split('>').nth(1)?.split('<').next()?;
            text.starts_with("TA-").then(|| text.to_owned())
        })
        .collect()
}

/// The address behind a link of this relation.
pub fn link(page: &str, rel: &str) -> Option<String> {
    let at = page.find(&format!("rel=\"{rel}\""))?;
    let tag = &page[page[..at].rfind("<a")?..];
    Some(tag.split("href=\"").nth(1)?.split('"').next()?.replace("&amp;", "&"))
}

async fn wanted(app: &App, sql: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(&app.db).await.expect("orders")
}

/// All pages of a list, forwards, and whether the way back has the same rows.
async fn walk(browser: &Browser, address: &str, most: usize) -> Vec<String> {
    let (mut all, mut pages) = (Vec::new(), vec![address.to_owned()]);
    loop {
        let page = browser.page(pages.last().expect("a page")).await;
        all.extend(numbers(&page));
        match link(&page, "next") {
            Some(next) if all.len() < most => pages.push(next),
            _ => break,
        }
    }
    let mut back = browser.page(pages.last().expect("a page")).await;
    let mut rows = vec![numbers(&back)];
    while let Some(previous) = link(&back, "prev") {
        back = browser.page(&previous).await;
        rows.push(numbers(&back));
        assert!(rows.len() <= pages.len(), "{address}: the way back is longer");
    }
    rows.reverse();
    assert_eq!(rows.concat(), all, "{address}: back as forth");
    all
}

#[tokio::test]
async fn every_sort_is_paged_both_ways_without_loss_or_doubles() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    // many rows with the same key, so that the id decides
    sqlx::query("UPDATE orders SET updated_at = date_trunc('month', updated_at)").execute(&app.db).await.expect("ties");
    for (sort, order) in [
        ("", "id DESC"),
        ("placed", "id"),
        ("-total", "grand_total DESC, id DESC"),
        ("total", "grand_total, id"),
        ("-updated", "updated_at DESC, id DESC"),
        ("updated", "updated_at, id"),
    ] {
        for (filter, condition) in
            [("", "true"), ("&status=CANCELLED", "status = 'CANCELLED'"), ("&status=FAILED", "status = 'FAILED'")]
        {
            let sql = format!(
                "SELECT order_number FROM orders WHERE deleted_at IS NULL AND {condition} ORDER BY {order} LIMIT 200"
            );
            let all = walk(
                &admin,
                &format!(
                    "/orders?limit=50{}{filter}",
                    if sort.is_empty() { String::new() } else { format!("&sort={sort}") }
                ),
                200,
            )
            .await;
            let wanted = wanted(&app, &sql).await;
            assert_eq!(all[..wanted.len().min(all.len())], wanted[..], "{sort}{filter}");
        }
    }
}

#[tokio::test]
async fn cursors_of_another_order_or_made_up_are_refused() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    let nil = "00000000-0000-0000-0000-000000000000";
    for wrong in [
        format!("sort=-total&after={nil}"),
        format!("after=12.50~{nil}"),
        format!("sort=total&after=1e9~{nil}"),
        format!("sort=total&after=-1~{nil}"),
        format!("sort=updated&after=abc~{nil}"),
        format!("sort=updated&after=99999999999999999999~{nil}"),
        format!("after={nil}&before={nil}"),
        "sort=grand_total".into(),
        "sort=total;drop".into(),
        "after='%20OR%201=1".into(),
        "status=GONE".into(),
    ] {
        let answer = admin.get(&format!("/orders?{wrong}")).await;
        assert_eq!(answer.status(), 400, "{wrong}");
    }
    // one that is sound and beyond all rows is an empty page with a way back
    let page = admin.page(&format!("/orders?sort=-total&after=0.00~{nil}")).await;
    assert!(numbers(&page).is_empty() && page.contains("Show all orders"), "{page}");
}

#[tokio::test]
async fn filters_have_parameters_of_their_own_and_are_chips() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    sqlx::query("UPDATE orders SET tags = '{gift}' WHERE id IN (SELECT id FROM orders ORDER BY id DESC LIMIT 7)")
        .execute(&app.db)
        .await
        .expect("tags");
    let recent = "o.id >= uuid_v7_floor(now() - interval '366 days')";
    let house = "EXISTS (SELECT 1 FROM stock_reservations r JOIN inventory v ON v.id = r.inventory_id JOIN warehouses w ON w.id = v.warehouse_id \
                 WHERE r.order_id = o.id AND r.status <> 'released' AND w.code = ";
    let code: String = sqlx::query_scalar("SELECT code FROM warehouses ORDER BY code LIMIT 1")
        .fetch_one(&app.db)
        .await
        .expect("a warehouse");
    for (query, condition, chip) in [
        ("payment=paid&min=100&max=200.50".to_owned(), "o.payment_status = 'paid' AND o.grand_total BETWEEN 100 AND 200.50".to_owned(), "up to 200.50"),
        ("country=at,ch".into(), "o.billing_country IN ('AT', 'CH')".into(), "AT or CH"),
        ("source=phone".into(), "o.source = 'phone'".into(), "phone"),
        ("carrier=dhl".into(), "(SELECT s.carrier FROM order_shipping s WHERE s.order_id = o.id) = 'DHL'".into(), "DHL"),
        (format!("warehouse={code}"), format!("{house}'{code}')"), "Warehouse"),
        ("tag=gift".into(), "'gift' = ANY (o.tags)".into(), "gift"),
        ("age=%3E7d&status=DELIVERED".into(), "o.status = 'DELIVERED' AND o.status_changed_at < now() - interval '7 days'".into(), "over 7 days"),
        ("from=2026-02-01&to=2026-03-31".into(), "o.created_at >= timestamptz '2026-02-01 00:00 Europe/Berlin' AND o.created_at < timestamptz '2026-04-01 00:00 Europe/Berlin'".into(), "until 2026-03-31"),
    ] {
        let sql = format!("SELECT order_number FROM orders o WHERE {condition} AND {recent} ORDER BY o.id DESC LIMIT 50");
        let wanted = wanted(&app, &sql).await;
        let page = admin.page(&format!("/orders?{query}")).await;
        assert_eq!(numbers(&page), wanted, "{query}");
        assert!(!wanted.is_empty(), "{query}: the shop has such orders");
        assert!(page.contains("Remove filter") && page.contains(chip), "{query}: {chip}");
    }
    for (query, why) in [
        ("min=cheap", "is no amount"),
        ("warehouse=Atlantis", "is no warehouse"),
        ("age=old", "is no age"),
        ("tag=a;b", "is no tag"),
        ("from=2026-99-01", "is no time"),
    ] {
        let page = admin.page(&format!("/orders?{query}")).await;
        assert!(page.contains(why) && numbers(&page).is_empty(), "{query}");
    }
    // what a form sends without a script is tidied
    let answer = admin.get("/orders?q=&payment=paid&min=&status=").await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["location"].to_str().expect("text")),
        (303, "/orders?payment=paid")
    );
}

#[tokio::test]
async fn columns_are_chosen_and_ordered_and_masked() {
    let app = App::start().await;
    let heads = |page: &str| -> Vec<String> {
        let head =
            page.split("<thead>").nth(1).and_then(|rest| rest.split("</thead>").next()).expect("a head").to_owned();
        head.split("<th ")
            .skip(1)
            .filter(|cell| !cell.contains("choose"))
            .map(|cell| {
                let mut text = String::new();
                let mut inside = true;
                for letter in cell.chars() {
                    match letter {
                        '<' => inside = true,
                        '>' => inside = false,
                        _ if !inside => text.push(letter),
                        _ => {}
                    }
                }
                text
            })
            .collect()
    };
    let admin = app.signed_in("admin").await;
    let page = admin.page("/orders?limit=25").await;
    assert_eq!(heads(&page), ["Order", "Placed", "Customer", "Status", "Payment", "Items", "Total"]);
    let page = admin.page("/orders?limit=25&cols=total,email,nonsense,order,total,tracking,due").await;
    assert_eq!(heads(&page), ["Total", "Email", "Order", "Tracking", "Due"]);
    assert!(page.contains('@'), "an admin sees addresses");
    let email: String = sqlx::query_scalar("SELECT customer_email FROM orders ORDER BY id DESC LIMIT 1")
        .fetch_one(&app.db)
        .await
        .expect("one");
    assert!(page.contains(&email));
    for role in ["support", "warehouse"] {
        let page = app.signed_in(role).await.page("/orders?limit=25&cols=order,email").await;
        assert!(!page.contains(&email), "{role} sees no whole address, not in the hydration data either");
    }
    let page = admin.page("/orders?limit=25&panel=columns&cols=order,total").await;
    assert!(page.contains("cols=total%2Corder&amp;panel=columns"), "moved to the left: {page}");
}

#[tokio::test]
async fn the_number_of_rows_is_exact_while_it_is_cheap() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    let failed: i64 = sqlx::query_scalar("SELECT count(*) FROM orders WHERE status = 'FAILED'")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    let all: i64 = sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(&app.db).await.expect("a count");
    let page = admin.page("/orders?limit=25&status=FAILED").await;
    let words = if failed <= 25 { format!("{failed} orders") } else { format!("25 of {failed} orders") };
    assert!(page.contains(&words), "{words}");
    let grouped = if all > 999 { format!("{},{:03}", all / 1000, all % 1000) } else { all.to_string() };
    assert!(admin.page("/orders?limit=25").await.contains(&format!("25 of {grouped} orders")));
    assert!(admin.page("/orders?q=TA-1&limit=25").await.contains("No orders match"));
}

#[tokio::test]
async fn an_order_knows_its_neighbours_in_the_list_it_was_opened_from() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    for list in
        ["status=CANCELLED", "sort=-total", "sort=updated&status=COMPLETED", "q=total%3A%3E300", "payment=failed"]
    {
        let page = admin.page(&format!("/orders?limit=25&{list}")).await;
        let rows = numbers(&page);
        assert!(rows.len() > 2, "{list}");
        let address = page
            .split("href=\"")
            .filter_map(|rest| rest.split('"').next())
            .filter(|href| href.starts_with("/orders/0"))
            .nth(1)
            .expect("the second row")
            .replace("&amp;", "&");
        let order = admin.page(&address).await;
        let (previous, next) = (link(&order, "prev").expect("one before"), link(&order, "next").expect("one behind"));
        assert!(admin.page(&previous).await.contains(&rows[0]), "{list}");
        let behind = admin.page(&next).await;
        assert!(behind.contains(&rows[2]), "{list}");
        assert!(link(&admin.page(&previous).await, "prev").is_none(), "{list}: the first has none before it");
        assert!(order.contains("Back to the list") && order.contains(&format!("/orders?{}", "limit=25")), "{list}");
    }
    // from another page of it: the way back leads to that page
    let second = link(&admin.page("/orders?limit=25&sort=-total").await, "next").expect("another page");
    let page = admin.page(&second).await;
    let order = page
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|href| href.starts_with("/orders/0"))
        .expect("a row")
        .replace("&amp;", "&");
    assert!(admin.page(&order).await.replace("&amp;", "&").contains(&format!("href=\"{second}\"")), "{second}");
    // opened by itself, or from a list that can't be read
    let id: uuid::Uuid =
        sqlx::query_scalar("SELECT id FROM orders ORDER BY id DESC LIMIT 1").fetch_one(&app.db).await.expect("one");
    assert!(!admin.page(&format!("/orders/{id}")).await.contains("Back to the list"));
    for hostile in ["sort%3Dnonsense", "after%3Dx", "%00", "status%3D'"] {
        let answer = admin.get(&format!("/orders/{id}?in={hostile}")).await;
        assert_eq!(answer.status(), 200, "{hostile}");
    }
}

#[tokio::test]
async fn tags_are_put_on_an_order_and_never_over_a_colleagues_change() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    let id = app.order_in("CONFIRMED").await;
    let path = format!("/orders/{id}");
    let version = async || -> String {
        let version: i32 = sqlx::query_scalar("SELECT version FROM orders WHERE id = $1")
            .bind(id)
            .fetch_one(&app.db)
            .await
            .expect("one");
        version.to_string()
    };
    let first = version().await;
    assert_eq!(support.post(&path, &[("version", &first), ("tags", "VIP,  Gift wrap, vip")]).await.status(), 303);
    let tags: Vec<String> =
        sqlx::query_scalar("SELECT tags FROM orders WHERE id = $1").bind(id).fetch_one(&app.db).await.expect("tags");
    assert_eq!(tags, ["vip", "gift wrap"]);
    assert!(support.page(&path).await.contains("vip, gift wrap"));
    assert_eq!(numbers(&support.page("/orders?tag=gift%20wrap").await).len(), 1);
    let stale = support.post(&path, &[("version", &first), ("tags", "other")]).await;
    assert_eq!(stale.status(), 409);
    let page = stale.text().await.expect("a page");
    assert!(page.contains("they are now: vip, gift wrap") && page.contains("value=\"other\""), "{page}");
    // the same again is done already
    assert_eq!(support.post(&path, &[("version", &first), ("tags", "vip, gift wrap")]).await.status(), 303);
    let wrong = support.post(&path, &[("version", &version().await), ("tags", "a;b")]).await;
    assert!(wrong.status() == 422 && wrong.text().await.expect("a page").contains("is no tag"));
    assert_eq!(support.post(&path, &[("version", &version().await), ("tags", " , ")]).await.status(), 303);
    let changed: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM audit_log WHERE table_name LIKE 'orders%' AND row_id = $1::text AND changed ? 'tags'",
    )
    .bind(id)
    .fetch_one(&app.db)
    .await
    .expect("the trail");
    assert_eq!(changed, 2);
    let refused = sqlx::query("UPDATE orders SET tags = '{\"A\"}' WHERE id = $1").bind(id).execute(&app.db).await;
    assert!(refused.is_err(), "the database has its own opinion of tags");
}
