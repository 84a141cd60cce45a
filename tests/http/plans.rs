//! How statements are carried out: each by an index, over few partitions, whatever values it is asked with. The test
//! shop is small, so reading whole tables is forbidden to the planner where an index could serve; benches/explain.sh
//! measures the same on millions of orders.

use crate::app::App;
use sqlx::{AssertSqlSafe, PgPool, Postgres, QueryBuilder, postgres::PgPoolOptions};
use techally::{
    auth::model::Role,
    list::{
        listing::{Listing, Paging},
        words::Compare,
    },
    orders::{
        list::{
            number::Number,
            search::Filter,
            sort::Sort,
            statements::{count_statement, list_statement, suggestion_statement},
            store::{Ask, list},
        },
        model::Status,
        store::{self, waiting_statement},
    },
    paging::{Cursor, Place},
    server::ids::life_of,
    users::{
        self,
        find::{Who, names_statement, people_statement},
        list::store::ListRow,
    },
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// The plan that a statement gets as the application's login, row security on. Values are written into its text, as
/// the planner sees them for a statement with bound values.
async fn plan(db: &PgPool, sql: &str) -> String {
    let settings = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off";
    plan_under(db, settings, sql).await
}

/// The plan under other settings.
async fn plan_under(db: &PgPool, settings: &'static str, sql: &str) -> String {
    let mut transaction = db.begin().await.expect("a transaction");
    sqlx::raw_sql(settings).execute(&mut *transaction).await.expect("settings");
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

fn sorted(place: Place, sort: Sort) -> Ask {
    Ask { paging: Paging { sort, place, limit: 50 }, ..newest(Filter::default()) }
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
            &[text(status.code()), time(window.0), time(window.1)],
        );
        let plan = plan(&app.staff, &sql).await;
        assert!(reads_little_else(&plan, status), "{status:?}\n{plan}");
        assert!((2..=4).contains(&partitions(&plan)), "{status:?}: the months of the window\n{plan}");
        // without a window all months are named, and still none is read or sorted as a whole
        let sql = with_values(
            list_statement(&Ask::newest(Filter::default(), Some(status), 50), None),
            &[text(status.code())],
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
            list_statement(&sorted(place.clone(), Sort::default()), Some(window)),
            &[id(middle), time(window.0), time(window.1)],
        );
        let plan = plan(&app.staff, &sql).await;
        assert!(!plan.contains("Sort") && plan.contains("_pkey"), "{place:?}\n{plan}");
        assert!((1..=4).contains(&partitions(&plan)), "{place:?}\n{plan}");
    }
}

#[tokio::test]
async fn a_number_and_its_end_are_found_by_index() {
    let app = App::start().await;
    let sql =
        with_values(list_statement(&newest(numbered(Number::Whole("TA-100500".into()))), None), &[text("TA-100500")]);
    let found = plan(&app.staff, &sql).await;
    assert!(found.contains("order_numbers_pkey") && !found.contains("Seq Scan"), "{found}");
    let sql =
        with_values(list_statement(&newest(numbered(Number::End("500".into()))), None), &[text("005"), text("005:")]);
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
        &[text("%07"), time(window.0), time(window.1)],
    );
    let found = plan(&app.staff, &sql).await;
    assert!(!found.contains("Sort") && partitions(&found) <= 4, "{found}");
}

#[tokio::test]
async fn parts_of_names_addresses_and_phones_are_found_by_index_and_orders_by_sku_parcel_and_customer() {
    let app = App::start().await;
    let people = |who: Who, value: &str| with_values(people_statement(&who, 200), &[text(value)]);
    for (sql, index) in [
        (people(Who::Name(vec!["brandt".into()]), "%brandt%"), "users_name_part_idx"),
        (people(Who::EmailPart("brandt".into()), "%brandt%"), "users_email_part_idx"),
        (people(Who::Phone("405550218".into()), "%405550218"), "users_phone_part_idx"),
        (people(Who::Email("a@b.example".into()), "a@b.example"), "users_email"),
        (people(Who::PhonePart("5502".into()), "%5502%"), "users_phone_part_idx"),
        (with_values(names_statement("brandt", false, 8), &[text("%brandt%")]), "users_name_part_idx"),
        (with_values(suggestion_statement("818", 8), &[text("818")]), "order_numbers_end_idx"),
    ] {
        let found = plan_under(&app.staff, "SET LOCAL enable_seqscan = off", &sql).await;
        assert!(found.contains(index) && !found.contains("Seq Scan"), "{index}\n{found}");
    }
    let statement = |filter: &Filter| list_statement(&newest(filter.clone()), None);
    for (filter, values, index) in [
        (Filter { sku: Some("LAP".into()), ..Filter::default() }, vec![texts("LAP")], "_sku_order_id_idx"),
        (
            Filter { tracking: Some("JJD1".into()), ..Filter::default() },
            vec![texts("JJD1"), texts("JJD1")],
            "_tracking_number_idx",
        ),
        (
            Filter { tracking: Some("JJD1".into()), ..Filter::default() },
            vec![texts("JJD1"), texts("JJD1")],
            "parcels_tracking_idx",
        ),
        (
            Filter { assigned: Some(vec![Uuid::nil()]), ..Filter::default() },
            vec![id(Uuid::nil())],
            "_assigned_to_id_idx",
        ),
        (
            Filter { customer: Some(Who::Ids(vec![Uuid::nil()])), ..Filter::default() },
            vec![format!("ARRAY[{}]", id(Uuid::nil()))],
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
        let ask = sorted(place, sort);
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
        let ask = Ask { tab: Some(status), ..sorted(Place::Start, Sort::parse("-total").expect("a sort")) };
        let sql = with_values(list_statement(&ask, None), &[text(status.code())]);
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
        let plan = plan_under(&app.staff, "SET LOCAL enable_seqscan = off", &sql).await;
        assert!(plan.contains(index) && !plan.contains("Seq Scan"), "{index}\n{plan}");
    }
}

/// What is asked of the list of users, with the values in the order in which they are bound, and an index that must serve it.
/// The test's shop is small, so a join is told to look up the other table by its key.
#[tokio::test]
async fn the_list_of_users_walks_an_index_for_each_sort_and_finds_what_is_rare_by_one() {
    let app = App::start().await;
    let now = OffsetDateTime::now_utc();
    let staff = || users::list::search::Filter { staff: true, ..Default::default() };
    let of = |filter: users::list::search::Filter, sort: &str, place: Place| users::list::store::Ask {
        filter,
        tab: None,
        paging: Paging::<ListRow> { sort: techally::list::sort::Sort::parse(sort).expect("a sort"), place, limit: 50 },
        now,
    };
    let nil = Uuid::nil();
    let after = |key: &str| Place::After(cursor(key, nil));
    let (moment, never) = ("to_timestamp(1700000000)".to_owned(), "1700000000000000");
    for (ask, values, index) in [
        (of(staff(), "", Place::Start), vec![], "users_created_idx"),
        (of(staff(), "created", after(never)), vec![moment.clone(), id(nil)], "users_created_idx"),
        (
            of(staff(), "-created", Place::Before(cursor(never, nil))),
            vec![moment.clone(), id(nil)],
            "users_created_idx",
        ),
        (of(staff(), "-seen", after("never")), vec![id(nil)], "users_seen_idx"),
        (of(staff(), "seen", after(never)), vec![moment.clone(), id(nil)], "users_seen_idx"),
        (of(staff(), "-spent", after("9990")), vec!["9990".into(), id(nil)], "user_facts_spent_idx"),
        (of(staff(), "spent", Place::Start), vec![], "user_facts_spent_idx"),
        (of(staff(), "-orders", after("3")), vec!["3".into(), id(nil)], "user_facts_orders_idx"),
    ] {
        let values = values.into_iter().chain(["51".to_owned()]).collect::<Vec<_>>();
        let found = plan(&app.staff, &with_values(ask.page_statement(), &values)).await;
        assert!(found.contains(index) && found.contains("Nested Loop"), "{ask:?}\n{found}");
        assert!(!found.contains("Seq Scan") && !found.contains("Sort  "), "{ask:?}\n{found}");
    }
    for (filter, values, index) in [
        (
            users::list::search::Filter { role: vec![Role::Support], ..staff() },
            vec![texts("support")],
            "idx_users_staff",
        ),
        (users::list::search::Filter { locked: Some(true), ..staff() }, vec![time(now)], "users_locked_idx"),
        (users::list::search::Filter { tags: vec!["vip".into()], ..staff() }, vec![texts("vip")], "users_tags_idx"),
        (
            users::list::search::Filter { country: vec!["FI".into()], ..staff() },
            vec![texts("FI")],
            "user_facts_country_idx",
        ),
        (
            users::list::search::Filter { spent: vec![(Compare::Over, 9_999_900)], ..staff() },
            vec!["9999900".into()],
            "user_facts_spent_idx",
        ),
        (
            users::list::search::Filter { orders: vec![(Compare::Over, 9_999)], ..staff() },
            vec!["9999".into()],
            "user_facts_orders_idx",
        ),
        (
            users::list::search::Filter { who: Some(Who::Ids(vec![nil])), ..staff() },
            vec![format!("ARRAY[{}]", id(nil))],
            "users_pkey",
        ),
    ] {
        // ordered by what no index has, so that the one of the filter is the way
        let ask = of(filter, "", Place::Start);
        let values = values.into_iter().chain(["51".to_owned()]).collect::<Vec<_>>();
        let sql = with_values(ask.page_statement(), &values)
            .replace("ORDER BY u.created_at", "ORDER BY u.created_at + interval '0'");
        let found = plan_under(
            &app.staff,
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off",
            &sql,
        )
        .await;
        assert!(found.contains(index) && !found.contains("Seq Scan"), "{index}\n{found}");
    }
    // a state that few have
    let ask = users::list::store::Ask { tab: Some(users::model::Status::Suspended), ..of(staff(), "", Place::Start) };
    let sql = with_values(ask.page_statement(), &[text("suspended"), "51".into()]);
    // the few of the demo are sorted as cheaply as they are walked
    let found = plan_under(&app.staff, "SET LOCAL enable_sort = off", &sql).await;
    assert!(found.contains("users_status_created_idx") && !found.contains("Sort  "), "{found}");
}

/// The statement of the build that has these words in it; the macros of sqlx keep each in a file of `.sqlx/`.
fn statement_with(words: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/.sqlx");
    let mut found = std::fs::read_dir(folder).expect("the folder of statements").filter_map(|file| {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("its text");
        let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        file["query"].as_str().filter(|sql| sql.contains(words)).map(str::to_owned)
    });
    let sql = found.next().unwrap_or_else(|| panic!("no statement with {words}"));
    assert_eq!(found.next(), None, "one statement with {words}");
    sql
}

/// The trails of an order are asked for the months of its life only, also by the plan that is kept.
#[tokio::test]
async fn the_page_of_an_order_looks_into_the_months_of_its_life() {
    let app = App::start().await;
    let newest: Uuid = sqlx::query_scalar("SELECT id FROM orders ORDER BY id DESC LIMIT 1")
        .fetch_one(&app.db)
        .await
        .expect("an order");
    let (from, until) = life_of(newest);
    let mut transaction = app.staff.begin().await.expect("a transaction");
    let kept = format!(
        "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; PREPARE kept AS {}",
        statement_with("latest_orders(")
    );
    sqlx::raw_sql(AssertSqlSafe(kept)).execute(&mut *transaction).await.expect("a statement");
    let values = [id(newest), id(Uuid::nil()), time(from), time(until)].join(", ");
    let found = sqlx::query_scalar::<_, String>(AssertSqlSafe(format!("EXPLAIN EXECUTE kept({values})")))
        .fetch_all(&mut *transaction)
        .await
        .expect("a plan")
        .join("\n");
    for trail in ["audit_log_y", "audit_personal_values_y", "stock_movements_y"] {
        let months = found.matches(&format!(" on {trail}")).count();
        assert!((1..=2).contains(&months), "{months} months of {trail}\n{found}");
    }
    assert!(!found.contains("Seq Scan on audit_log"), "{found}");
}

/// To plan for 43 months takes many times as long as to look into them.
#[tokio::test]
async fn what_is_in_any_month_is_planned_for_once_a_connection() {
    let app = App::start().await;
    let track = format!(
        "ALTER DATABASE {0} SET pg_stat_statements.track = 'all'; ALTER DATABASE {0} SET pg_stat_statements.track_planning = on",
        app.database
    );
    sqlx::raw_sql(AssertSqlSafe(track)).execute(&app.db).await.expect("settings");
    let options = app.staff.connect_options().as_ref().clone();
    let one = PgPoolOptions::new().max_connections(1).connect_with(options).await.expect("a connection");
    let (order, user, sku): (Uuid, Uuid, String) = sqlx::query_as(
        "SELECT o.id, o.user_id, i.sku FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.user_id IS NOT NULL ORDER BY o.id LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("an order");
    let asks = [
        newest(Filter::default()),
        sorted(Place::Start, Sort::parse("-total").expect("a sort")),
        newest(Filter { sku: Some(sku), ..Filter::default() }),
        newest(Filter { customer: Some(Who::Ids(vec![user])), ..Filter::default() }),
    ];
    for _ in 0..8 {
        store::whole(&one, order, user).await.expect("an order").expect("the order");
        for ask in &asks {
            let found = list(&one, ask, OffsetDateTime::now_utc()).await.expect("a list");
            assert!(!found.rows.is_empty(), "{ask:?}");
        }
    }
    let planned: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT query, calls, plans FROM pg_stat_statements
         WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND calls = 8 AND query ~ 'order_id|FROM orders'",
    )
    .fetch_all(&app.db)
    .await
    .expect("how often");
    // an order, its lines, its events and the customer's others; four lists
    assert_eq!(planned.len(), 8, "{planned:#?}");
    for (sql, _, plans) in planned {
        assert_eq!(plans, 1, "{sql}");
    }
}
