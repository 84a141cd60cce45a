//! How statements are carried out: each by an index, over few partitions, whatever values it is asked with. The test
//! shop is small, so reading whole tables is forbidden to the planner where an index could serve; benches/explain.sh
//! measures the same on millions of orders.

use crate::app::App;
use sqlx::{AssertSqlSafe, PgPool, Postgres, QueryBuilder};
use techally::{
    orders::{
        list::{
            search::{Customer, Filter, Number},
            sort::Sort,
            statements::{count_statement, list_statement, people_statement, suggestion_statement},
            store::Ask,
        },
        model::Status,
        store::waiting_statement,
    },
    paging::{Cursor, Place},
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// The plan that a statement gets as the application's login, row security on. Values are written into its text, as
/// the planner sees them for a statement with bound values.
async fn plan(db: &PgPool, sql: &str) -> String {
    let mut transaction = db.begin().await.expect("a transaction");
    sqlx::raw_sql("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off")
        .execute(&mut *transaction)
        .await
        .expect("settings");
    sqlx::query_scalar::<_, String>(AssertSqlSafe(format!("EXPLAIN {sql}")))
        .fetch_all(&mut *transaction)
        .await
        .unwrap_or_else(|error| panic!("{error}: {sql}"))
        .join("\n")
}

/// The list's own text with `values` in the order in which they are bound.
fn with_values(statement: QueryBuilder<Postgres>, values: &[String]) -> String {
    let mut sql = statement.sql().as_str().to_owned();
    for (number, value) in values.iter().enumerate().rev() {
        sql = sql.replace(&format!("${}", number + 1), value);
    }
    assert!(!sql.contains('$'), "a value is missing: {sql}");
    sql
}

fn text(value: &str) -> String {
    format!("'{value}'::text")
}

fn numbered(number: Number) -> Filter {
    Filter { number: Some(number), ..Filter::default() }
}

fn newest(filter: Filter) -> Ask {
    Ask::newest(filter, None, 50)
}

fn cursor(key: &str, id: Uuid) -> Cursor {
    Cursor { key: key.to_owned(), id }
}

fn texts(value: &str) -> String {
    format!("'{{{value}}}'::text[]")
}

fn id(value: Uuid) -> String {
    format!("'{value}'::uuid")
}

fn time(value: OffsetDateTime) -> String {
    format!("to_timestamp({})", value.unix_timestamp())
}

fn partitions(plan: &str) -> usize {
    plan.matches(" on orders_y").count()
}

/// By the index of states, or by the partial one that has this state's orders only and is as good where there are few.
/// Nearly all old orders are COMPLETED, so walking them by id finds a page as soon.
fn reads_little_else(plan: &str, status: Status) -> bool {
    let by_id = plan.contains("_pkey") && status != Status::Completed;
    let own = match status {
        Status::Delivered => plan.contains("_status_changed_at_idx"),
        Status::Pending => plan.contains("_hold_expires_at_idx"),
        _ => false,
    };
    (own || plan.contains("_status_id_idx")) && !plan.contains("Seq Scan") && !by_id
}

#[tokio::test]
async fn the_list_of_a_state_reads_the_index_of_states_however_rare() {
    let app = App::start().await;
    let now = OffsetDateTime::now_utc();
    let window = (now - Duration::days(62), now + Duration::DAY);
    for status in Status::ALL {
        let sql = with_values(
            list_statement(&Ask::newest(Filter::default(), Some(status), 50), Some(window)),
            &[text(status.code()), time(window.0), time(window.1), "51".into()],
        );
        let plan = plan(&app.staff, &sql).await;
        assert!(reads_little_else(&plan, status), "{status:?}\n{plan}");
        assert!((2..=4).contains(&partitions(&plan)), "{status:?}: the months of the window\n{plan}");
        // without a window all months are named, and still none is read or sorted as a whole
        let sql = with_values(
            list_statement(&Ask::newest(Filter::default(), Some(status), 50), None),
            &[text(status.code()), "51".into()],
        );
        let plan = self::plan(&app.staff, &sql).await;
        assert!(reads_little_else(&plan, status), "{status:?}\n{plan}");
    }
}

#[tokio::test]
async fn a_page_far_back_reads_as_few_months_as_the_first() {
    let app = App::start().await;
    let middle: Uuid = sqlx::query_scalar("SELECT id FROM orders ORDER BY id OFFSET 500 LIMIT 1")
        .fetch_one(&app.db)
        .await
        .expect("an order");
    let at: OffsetDateTime =
        sqlx::query_scalar("SELECT uuid_v7_time($1)").bind(middle).fetch_one(&app.db).await.expect("its time");
    for (place, window) in [
        (Place::After(cursor("", middle)), (at - Duration::days(62), at + Duration::DAY)),
        (Place::Before(cursor("", middle)), (at, at + Duration::days(62))),
    ] {
        let sql = with_values(
            list_statement(&Ask { place: place.clone(), ..newest(Filter::default()) }, Some(window)),
            &[id(middle), time(window.0), time(window.1), "51".into()],
        );
        let plan = plan(&app.staff, &sql).await;
        assert!(!plan.contains("Sort") && plan.contains("_pkey"), "{place:?}\n{plan}");
        assert!((1..=4).contains(&partitions(&plan)), "{place:?}\n{plan}");
    }
}

#[tokio::test]
async fn a_number_and_its_end_are_found_by_index() {
    let app = App::start().await;
    let sql = with_values(
        list_statement(&newest(numbered(Number::Whole("TA-100500".into()))), None),
        &[text("TA-100500"), "51".into()],
    );
    let found = plan(&app.staff, &sql).await;
    assert!(found.contains("order_numbers_pkey") && !found.contains("Seq Scan"), "{found}");
    let sql =
        with_values(list_statement(&newest(numbered(Number::End("500".into()))), None), &[text("005%"), "51".into()]);
    let found = plan(&app.staff, &sql).await;
    assert!(
        found.contains("Index Only Scan using order_numbers_end_idx"),
        "matches are sorted from the index\n{found}"
    );
    assert!(found.contains("Nested Loop") && found.contains("Index Cond: (id = "), "each by its own month\n{found}");
    // a digit or two: found soon by walking the window
    let now = OffsetDateTime::now_utc();
    let window = (now - Duration::days(62), now + Duration::DAY);
    let sql = with_values(
        list_statement(&newest(numbered(Number::End("07".into()))), Some(window)),
        &[text("%07"), time(window.0), time(window.1), "51".into()],
    );
    let found = plan(&app.staff, &sql).await;
    assert!(!found.contains("Sort") && partitions(&found) <= 4, "{found}");
}

#[tokio::test]
async fn parts_of_names_addresses_and_phones_are_found_by_index_and_orders_by_sku_parcel_and_customer() {
    let app = App::start().await;
    let people = |customer: Customer, value: &str| with_values(people_statement(&customer), &[text(value)]);
    let suggested = |word: &str, is_number: bool, value: &str| {
        with_values(suggestion_statement(word, is_number, 8), &[text(value)])
    };
    for (sql, index) in [
        (people(Customer::Name(vec!["brandt".into()]), "%brandt%"), "users_name_part_idx"),
        (people(Customer::EmailPart("brandt".into()), "%brandt%"), "users_email_part_idx"),
        (people(Customer::Phone("405550218".into()), "%405550218"), "users_phone_part_idx"),
        (people(Customer::Email("a@b.example".into()), "a@b.example"), "users_email"),
        (suggested("brandt", false, "%brandt%"), "users_name_part_idx"),
        (suggested("818", true, "818"), "order_numbers_end_idx"),
    ] {
        let mut transaction = app.staff.begin().await.expect("a transaction");
        sqlx::raw_sql("SET LOCAL enable_seqscan = off").execute(&mut *transaction).await.expect("a setting");
        let found = sqlx::query_scalar::<_, String>(AssertSqlSafe(format!("EXPLAIN {sql}")))
            .fetch_all(&mut *transaction)
            .await
            .expect("a plan")
            .join("\n");
        assert!(found.contains(index) && !found.contains("Seq Scan"), "{index}\n{found}");
    }
    let statement = |filter: &Filter| list_statement(&newest(filter.clone()), None);
    for (filter, values, index) in [
        (Filter { sku: Some("LAP".into()), ..Filter::default() }, vec![texts("LAP"), "51".into()], "_sku_order_id_idx"),
        (
            Filter { tracking: Some("JJD1".into()), ..Filter::default() },
            vec![texts("JJD1"), texts("JJD1"), "51".into()],
            "_tracking_number_idx",
        ),
        (
            Filter { tracking: Some("JJD1".into()), ..Filter::default() },
            vec![texts("JJD1"), texts("JJD1"), "51".into()],
            "parcels_tracking_idx",
        ),
        (
            Filter { assigned: Some(vec![Uuid::nil()]), ..Filter::default() },
            vec![id(Uuid::nil()), "51".into()],
            "_assigned_to_id_idx",
        ),
        (
            Filter { customer: Some(Customer::Ids(vec![Uuid::nil()])), ..Filter::default() },
            vec![format!("ARRAY[{}]", id(Uuid::nil())), "51".into()],
            "_user_id_created_at_idx",
        ),
    ] {
        let found = plan(&app.staff, &with_values(statement(&filter), &values)).await;
        assert!(found.contains(index) && !found.contains("Seq Scan"), "{index}\n{found}");
    }
}

#[tokio::test]
async fn other_sorts_walk_their_own_index_from_any_page() {
    let app = App::start().await;
    let at = Uuid::nil();
    for (sort, place, values, index) in [
        ("-total", Place::Start, vec![], "_grand_total_id_idx"),
        ("total", Place::After(cursor("99.90", at)), vec!["99.90".into(), id(at)], "_grand_total_id_idx"),
        ("-total", Place::Before(cursor("99.90", at)), vec!["99.90".into(), id(at)], "_grand_total_id_idx"),
        ("-updated", Place::Start, vec![], "_updated_at_id_idx"),
        (
            "updated",
            Place::After(cursor("1700000000000000", at)),
            vec!["to_timestamp(1700000000)".into(), id(at)],
            "_updated_at_id_idx",
        ),
    ] {
        let sort = Sort::parse(sort).expect("a sort");
        let ask = Ask { sort, place, ..newest(Filter::default()) };
        let values = values.into_iter().chain(["51".to_owned()]).collect::<Vec<_>>();
        let found = plan(&app.staff, &with_values(list_statement(&ask, None), &values)).await;
        assert!(found.contains(index) && found.contains("Merge Append"), "{ask:?}\n{found}");
        assert!(!found.contains("Seq Scan") && !found.contains("Sort  "), "{ask:?}\n{found}");
    }
}

/// At ten million orders the planner would read nine million of them by total to find fifty that are PENDING.
#[tokio::test]
async fn open_states_are_found_by_their_index_and_sorted_whatever_the_sort() {
    let app = App::start().await;
    for status in [Status::Pending, Status::Preparing] {
        let ask = Ask { tab: Some(status), sort: Sort::parse("-total").expect("a sort"), ..newest(Filter::default()) };
        let sql = with_values(list_statement(&ask, None), &[text(status.code()), "51".into()]);
        let found = plan(&app.staff, &sql).await;
        assert!(reads_little_else(&found, status) && !found.contains("_grand_total_id_idx"), "{found}");
    }
}

#[tokio::test]
async fn numbers_of_rows_are_counted_no_further_than_told() {
    let app = App::start().await;
    let count = async |filter: Filter, status| -> i64 {
        count_statement(&filter, status, None, 100).build_query_scalar().fetch_one(&app.staff).await.expect("a number")
    };
    assert_eq!(count(Filter::default(), None).await, 101, "one more, so that it is known that there are more");
    let failed: i64 = sqlx::query_scalar("SELECT count(*) FROM orders WHERE status = 'FAILED'")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert!(failed < 100, "{failed}");
    assert_eq!(count(Filter::default(), Some(Status::Failed)).await, failed);
    let sku: String = sqlx::query_scalar("SELECT sku FROM order_items GROUP BY sku ORDER BY count(*), sku LIMIT 1")
        .fetch_one(&app.db)
        .await
        .expect("a SKU");
    let with_sku: i64 = sqlx::query_scalar("SELECT count(DISTINCT order_id) FROM order_items WHERE sku = $1")
        .bind(&sku)
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!(count(Filter { sku: Some(sku), ..Filter::default() }, None).await, with_sku);
}

#[tokio::test]
async fn what_waits_is_counted_from_the_index_alone() {
    let app = App::start().await;
    sqlx::raw_sql("VACUUM orders").execute(&app.db).await.expect("pages are all visible");
    let now = OffsetDateTime::now_utc();
    let from = time(now - Duration::days(90));
    let states = [Status::Pending, Status::Confirmed, Status::Shipped];
    let sql = with_values(waiting_statement(&states, now), &[from.clone(), from.clone(), from]);
    let found = plan(&app.staff, &sql).await;
    assert!(found.contains("Index Only Scan Backward using orders_y"), "{found}");
    assert!(!found.contains("Seq Scan") && !found.contains("_pkey"), "{found}");
    // this month, three back and what is kept ahead, for each state
    assert!(partitions(&found) <= 3 * 17, "{found}");
}

#[tokio::test]
async fn the_specifications_index_table_is_served() {
    let app = App::start().await;
    let nobody = Uuid::nil();
    for (sql, index) in [
        (
            "SELECT id FROM products WHERE search_vector @@ to_tsquery('english', 'battery')".to_owned(),
            "products_search_idx",
        ),
        (format!("SELECT id FROM products WHERE category_id = '{nobody}' AND is_published"), "products_category_idx"),
        // with the warehouse too, the test's three would be cheaper by their own index
        (format!("SELECT id FROM inventory WHERE product_id = '{nobody}'"), "inventory_one_line"),
        (
            format!("SELECT id FROM orders WHERE user_id = '{nobody}' ORDER BY created_at DESC LIMIT 51"),
            "_user_id_created_at_idx",
        ),
        ("SELECT id FROM users WHERE email = 'a@b.example'".to_owned(), "users_email"),
    ] {
        // a GIN index is read by bitmap only
        let mut transaction = app.staff.begin().await.expect("a transaction");
        sqlx::raw_sql("SET LOCAL enable_seqscan = off").execute(&mut *transaction).await.expect("a setting");
        let plan = sqlx::query_scalar::<_, String>(AssertSqlSafe(format!("EXPLAIN {sql}")))
            .fetch_all(&mut *transaction)
            .await
            .expect("a plan")
            .join("\n");
        assert!(plan.contains(index) && !plan.contains("Seq Scan"), "{index}\n{plan}");
    }
}
