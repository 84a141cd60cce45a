//! Pages as they are drawn: status, content, paging, masks.

use crate::app::App;

/// Order numbers on a page, in order.
fn numbers(page: &str) -> Vec<String> {
    page.split("class=\"name\">")
        .skip(1)
        .filter_map(|part| part.split_once('<').map(|(number, _)| number.to_owned()))
        .collect()
}

fn link(page: &str, rel: &str) -> Option<String> {
    let tag = page.split("<a ").find(|tag| tag.contains(&format!("rel=\"{rel}\"")))?;
    let href = tag.split("href=\"").nth(1)?.split('"').next()?;
    Some(href.replace("&amp;", "&"))
}

#[tokio::test]
async fn the_list_is_newest_first_and_pages_both_ways_over_all_orders() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let all: Vec<String> = sqlx::query_scalar("SELECT order_number FROM orders ORDER BY id DESC")
        .fetch_all(&app.db)
        .await
        .expect("orders");
    let first = browser.page("/orders?limit=100").await;
    let (mut page, mut seen, mut pages) = (first.clone(), numbers(&first), 1);
    while let Some(next) = link(&page, "next") {
        page = browser.page(&next).await;
        seen.extend(numbers(&page));
        pages += 1;
    }
    assert_eq!(seen, all, "every order once, newest first");
    assert!(pages >= 4);
    let mut back = numbers(&page);
    while let Some(previous) = link(&page, "prev") {
        page = browser.page(&previous).await;
        let mut rows = numbers(&page);
        rows.extend(back);
        back = rows;
        pages -= 1;
    }
    assert_eq!(pages, 1);
    assert_eq!(back, all, "and back again");
    assert_eq!(numbers(&browser.page("/orders").await).len(), 50, "50 rows unless told");
}

#[tokio::test]
async fn the_list_filters_by_status_and_finds_numbers_and_their_ends() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    for status in ["PENDING", "RETURNED", "COMPLETED"] {
        let wanted: Vec<String> =
            sqlx::query_scalar("SELECT order_number FROM orders WHERE status = $1 ORDER BY id DESC LIMIT 50")
                .bind(status)
                .fetch_all(&app.db)
                .await
                .expect("orders");
        assert_eq!(numbers(&browser.page(&format!("/orders?status={status}")).await), wanted, "{status}");
    }
    let number: String = sqlx::query_scalar("SELECT order_number FROM orders ORDER BY id LIMIT 1 OFFSET 37")
        .fetch_one(&app.db)
        .await
        .expect("one");
    assert_eq!(
        numbers(&browser.page(&format!("/orders?q={}", number.to_lowercase())).await),
        std::slice::from_ref(&number)
    );
    let end = &number[number.len() - 3..];
    let found = numbers(&browser.page(&format!("/orders?q={end}")).await);
    assert!(found.contains(&number) && found.iter().all(|one| one.ends_with(end)), "{found:?}");
    let page = browser.page("/orders?q=stauts:shipped").await;
    assert!(page.contains("can't be searched by") && page.contains("You can search by"), "a wrong word is explained");
    assert!(browser.page("/orders?q=TA-1").await.contains("No orders match"));
}

#[tokio::test]
async fn addresses_that_make_no_sense_are_a_clear_4xx() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    for (path, status) in [
        ("/orders?after=1%27%3B--", 400),
        ("/orders?status=SOLD", 400),
        ("/orders/not-an-id", 404),
        ("/orders/0192f3a4-5b6c-7000-8000-000000000000", 404),
        ("/nowhere", 404),
        ("/orders/%FF%FE", 404),
    ] {
        let answer = browser.get(path).await;
        let got = answer.status().as_u16();
        let page = answer.text().await.expect("a page");
        assert!(got == status || (got == 400 && status == 404), "{path}: {got}");
        assert!(got == 400 || page.contains("</html>"), "{path}: a whole page");
    }
}

#[tokio::test]
async fn every_page_is_whole_private_and_has_its_title() {
    let app = App::start().await;
    let browser = app.signed_in("admin").await;
    let id = app.order_in("SHIPPED").await;
    let number: String = sqlx::query_scalar("SELECT order_number FROM orders WHERE id = $1")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a number");
    for (path, title) in [("/", "Today, Adam"), ("/orders", "Orders"), (&*format!("/orders/{id}"), number.as_str())] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
        let page = answer.text().await.expect("a page");
        assert!(page.contains(&format!("<title>{title} · TechAlly</title>")), "{path}");
        assert!(page.contains("</html>"), "{path}");
        assert_eq!(page.matches("<h1").count(), 1, "{path}");
    }
}

#[tokio::test]
async fn personal_data_is_shown_by_role_and_nowhere_else_in_the_page() {
    let app = App::start().await;
    let (shipped, confirmed) = (app.order_in("SHIPPED").await, app.order_in("CONFIRMED").await);
    let data = async |id: uuid::Uuid| -> (String, String, String) {
        sqlx::query_as("SELECT o.customer_email, s.street, s.city FROM orders o JOIN order_shipping s ON s.order_id = o.id WHERE o.id = $1")
            .bind(id)
            .fetch_one(&app.db)
            .await
            .expect("the order")
    };
    let ((email, street, city), (email2, street2, _)) = (data(shipped).await, data(confirmed).await);

    let page = app.signed_in("admin").await.page(&format!("/orders/{shipped}")).await;
    assert!(page.contains(&email) && page.contains(&street), "admins see all");

    let page = app.signed_in("support").await.page(&format!("/orders/{shipped}")).await;
    assert!(!page.contains(&email) && !page.contains(&street), "masked, also in the hydration data");
    assert!(page.contains("•••@") && page.contains(&city), "enough to recognise");

    let warehouse = app.signed_in("warehouse").await;
    let page = warehouse.page(&format!("/orders/{shipped}")).await;
    assert!(page.contains(&street) && !page.contains(&email), "the address of a parcel, no contact");
    let page = warehouse.page(&format!("/orders/{confirmed}")).await;
    assert!(!page.contains(&street2) && !page.contains(&email2), "not before it is prepared");
}

#[tokio::test]
async fn the_start_page_counts_what_waits_for_the_role() {
    let app = App::start().await;
    let pending: i64 = sqlx::query_scalar("SELECT count(*) FROM orders WHERE status = 'PENDING'")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    let page = app.signed_in("support").await.page("/").await;
    assert!(
        page.contains("/orders?status=PENDING") && page.contains(&format!("<b class=\"work-count\">{pending}</b>")),
        "{pending}"
    );
    // what needs somebody: the number is that of the list it leads to
    let overdue: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM orders WHERE status IN ('CONFIRMED', 'PREPARING') AND status_changed_at < now() - interval '2 days'",
    )
    .fetch_one(&app.db)
    .await
    .expect("a count");
    let page = app.signed_in("warehouse").await.page("/").await;
    let card = page.split("Overdue in the warehouse").nth(1).expect("a card");
    assert!(card.split("</li>").next().expect("its end").contains(&format!(">{overdue}<")), "{overdue}: {card:.200}");
    let to = "/orders?q=status%3Aconfirmed%2Cpreparing&age=%3E2d";
    assert!(page.replace("&amp;", "&").contains(to));
    let list = app.signed_in("warehouse").await.page(to).await;
    assert_eq!(crate::lists::numbers(&list).len(), usize::try_from(overdue.min(50)).expect("few"));
    let page = app.signed_in("moderator").await.page("/").await;
    assert!(
        page.contains("Nothing waits for you here") && !page.contains("href=\"/orders\""),
        "no link to what one can't open"
    );
}

#[tokio::test]
async fn list_statements_read_the_index_of_a_few_partitions() {
    use techally::orders::{
        list::{search::Filter, statements::list_statement, store::Ask},
        model::Status,
    };
    let app = App::start().await;
    let now = time::OffsetDateTime::now_utc();
    let window = (now - time::Duration::days(62), now + time::Duration::DAY);
    for (name, status) in [("all", None), ("rare", Some(Status::Failed)), ("common", Some(Status::Completed))] {
        let mut transaction = app.staff.begin().await.expect("a transaction");
        // the test's tables are so small that reading them whole would be cheapest
        for setting in ["SET LOCAL enable_seqscan = off", "SET LOCAL enable_bitmapscan = off"] {
            sqlx::query(setting).execute(&mut *transaction).await.expect(setting);
        }
        let sql = list_statement(&Ask::newest(Filter::default(), status, 50), Some(window));
        let explained = sql.sql().as_str().to_owned();
        let mut query = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(format!("EXPLAIN {explained}")));
        if let Some(status) = status {
            query = query.bind(status.code());
        }
        let plan = query.bind(window.0).bind(window.1).fetch_all(&mut *transaction).await.expect("a plan").join("\n");
        assert!(!plan.contains("Sort"), "{name}: read in order, not sorted\n{plan}");
        let partitions = plan.matches(" on orders_y").count();
        assert!((2..=4).contains(&partitions), "{name}: the window's months, not all 43\n{plan}");
    }
}
