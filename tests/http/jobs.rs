//! Jobs and bulk acts: previewed, run once a row, stopped, resumed, tried again, set back; and nobody else's business.

use crate::app::{App, Browser};
use serde_json::Value as Json;
use sqlx::PgPool;
use std::time::{Duration, Instant};
use techally::jobs::{
    queue::{New, NewRow, put, take},
    runner, schedule,
};
use time::OffsetDateTime;
use uuid::Uuid;

/// Runs the jobs of this instance, until the test ends.
pub fn run_jobs(app: &App) {
    tokio::spawn(runner::run(app.state.clone()));
}

async fn scalar<T>(db: &PgPool, sql: &str, job: Uuid) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).bind(job).fetch_one(db).await.expect(sql)
}

async fn state(app: &App, job: Uuid) -> String {
    scalar(&app.db, "SELECT state FROM jobs WHERE id = $1", job).await
}

/// Waits until a job is in one of these states.
pub async fn until(app: &App, job: Uuid, wanted: &[&str]) -> String {
    let from = Instant::now();
    loop {
        let state = state(app, job).await;
        if wanted.contains(&state.as_str()) {
            return state;
        }
        assert!(from.elapsed() < Duration::from_mins(1), "the job is {state}, not {wanted:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Previews a bulk act; the job that waits for a word.
pub async fn preview(browser: &Browser, fields: &[(&str, &str)]) -> Uuid {
    let answer = browser.post("/orders/bulk", fields).await;
    let status = answer.status();
    let to = answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!(status, 303, "{}", answer.text().await.expect("a page"));
    to.trim_start_matches("/jobs/").parse().unwrap_or_else(|_| panic!("it leads to {to}"))
}

pub async fn change(browser: &Browser, job: Uuid, change: &str) {
    let id = job.to_string();
    let answer = browser.post(&format!("/jobs/{job}"), &[("change", change), ("id", &id)]).await;
    let status = answer.status();
    assert_eq!(status, 303, "{change}: {}", answer.text().await.expect("a page"));
}

/// Where a refused or done change leads.
async fn changed_to(browser: &Browser, job: Uuid, change: &str) -> (u16, String) {
    let id = job.to_string();
    let answer = browser.post(&format!("/jobs/{job}"), &[("change", change), ("id", &id)]).await;
    let to = answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
    (answer.status().as_u16(), to)
}

/// So many orders in a state: how many the demo shop has depends on the hour for those that pass within days.
async fn ids(app: &App, status: &str, count: usize) -> Vec<Uuid> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM orders WHERE status = $1 AND deleted_at IS NULL ORDER BY id LIMIT $2")
            .bind(status)
            .bind(i64::try_from(count).expect("few"))
            .fetch_all(&app.db)
            .await
            .expect("orders");
    assert_eq!(ids.len(), count, "orders in {status}");
    ids
}

fn dotted(ids: &[Uuid]) -> String {
    ids.iter().map(Uuid::to_string).collect::<Vec<_>>().join(".")
}

#[tokio::test]
async fn checked_orders_are_cancelled_and_those_that_cannot_say_why() {
    let app = App::start().await;
    run_jobs(&app);
    let support = app.signed_in("support").await;
    let mut chosen = ids(&app, "CONFIRMED", 5).await;
    let open = chosen.clone();
    chosen.extend(ids(&app, "COMPLETED", 3).await);
    // as the list's form sends them
    let query: String = chosen.iter().map(|id| format!("id={id}")).collect::<Vec<_>>().join("&");
    let page = support.page(&format!("/orders/bulk?{query}&do=move")).await;
    assert!(page.contains("8 orders that you chose.") && page.contains("name=\"status\""), "{page}");
    let listed = dotted(&chosen);
    let fields = [("bulk", "move"), ("ids", listed.as_str()), ("query", ""), ("status", "CANCELLED")];
    let refused = support.post("/orders/bulk", &fields).await;
    assert_eq!(refused.status(), 422);
    assert!(refused.text().await.expect("a page").contains("Say why, for the colleagues."));
    let job = preview(&support, &[fields.as_slice(), &[("reason", "Recall of a lot")]].concat()).await;
    let page = support.page(&format!("/jobs/{job}")).await;
    for words in [
        "5 orders become cancelled: 5 confirmed now.",
        "reserved piece",
        "stay paid until they are refunded.",
        "3 orders left out: It is completed; only pending and confirmed orders become cancelled.",
        "Run for 5",
        "Discard",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert_eq!(app.status(open[0]).await.0, "CONFIRMED", "a preview changes nothing");
    // one of them moves on meanwhile
    let warehouse = app.signed_in("warehouse").await;
    assert_eq!(warehouse.move_order(&app, open[4], "PREPARING", &[]).await.status(), 303);
    change(&support, job, "run").await;
    // sent twice, it runs once
    change(&support, job, "run").await;
    until(&app, job, &["done"]).await;
    for id in &open[..4] {
        assert_eq!(app.status(*id).await.0, "CANCELLED");
    }
    assert_eq!(app.status(open[4]).await.0, "PREPARING");
    let page = support.page(&format!("/jobs/{job}?rows=failed")).await;
    assert!(page.contains("can't become cancelled"), "{page}");
    assert!(!page.contains("A move can’t") && page.contains("Try the 1 failed again"));
    assert!(!page.contains("Set back what it did"), "moves have no way back");
    let file = support.get(&format!("/jobs/{job}/rows.csv")).await.text().await.expect("a file");
    assert_eq!(file.lines().count(), 1 + 1 + 3, "{file}");
    let (by, reason): (String, String) = sqlx::query_as(
        "SELECT l.request_id, h.reason FROM order_status_history h
         JOIN audit_log l ON l.table_name = 'orders' AND l.row_id = h.order_id::text AND l.changed ? 'status'
         WHERE h.order_id = $1 AND h.to_status = 'CANCELLED' ORDER BY l.id DESC LIMIT 1",
    )
    .bind(open[0])
    .fetch_one(&app.db)
    .await
    .expect("history and audit");
    assert_eq!((by, reason.as_str()), (format!("job:{job}"), "Recall of a lot"));
    assert_eq!(app.broken_invariants().await, []);
}

#[tokio::test]
async fn tags_of_a_whole_filter_are_changed_and_set_back_but_for_what_others_did_since() {
    let app = App::start().await;
    run_jobs(&app);
    let support = app.signed_in("support").await;
    let fields =
        [("bulk", "tags"), ("ids", ""), ("query", "status=DELIVERED"), ("add", "Recall, late"), ("remove", "")];
    let job = preview(&support, &fields).await;
    let tagged = "SELECT count(*) FROM orders WHERE status = 'DELIVERED' AND tags @> '{recall,late}'";
    let all: i64 = sqlx::query_scalar("SELECT count(*) FROM orders WHERE status = 'DELIVERED' AND deleted_at IS NULL")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert!(all > 20, "{all}");
    change(&support, job, "run").await;
    until(&app, job, &["done"]).await;
    assert_eq!(sqlx::query_scalar::<_, i64>(tagged).fetch_one(&app.db).await.expect("a count"), all);
    // what a colleague does since stays
    let id = app.order_in("DELIVERED").await;
    sqlx::query("UPDATE orders SET tags = '{late,vip}' WHERE id = $1")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("a change");
    let (status, to) = changed_to(&support, job, "revert").await;
    assert_eq!(status, 303);
    let back: Uuid = to.trim_start_matches("/jobs/").parse().expect("another job");
    assert_ne!(back, job);
    change(&support, back, "run").await;
    until(&app, back, &["done"]).await;
    assert_eq!(sqlx::query_scalar::<_, i64>(tagged).fetch_one(&app.db).await.expect("a count"), 0);
    let tags: Vec<String> = scalar(&app.db, "SELECT tags FROM orders WHERE id = $1", id).await;
    assert_eq!(tags, ["vip"]);
    assert!(!support.page(&format!("/jobs/{job}")).await.contains("Set back what it did"), "once only");
    let (status, _) = changed_to(&support, job, "revert").await;
    assert_eq!(status, 409);
    assert_eq!(app.broken_invariants().await, []);
}

#[tokio::test]
async fn notes_and_assignments_are_set_back_where_nobody_went_on() {
    let app = App::start().await;
    run_jobs(&app);
    let support = app.signed_in("support").await;
    let chosen = ids(&app, "DELIVERED", 3).await;
    let listed = dotted(&chosen);
    let note =
        preview(&support, &[("bulk", "note"), ("ids", &listed), ("text", "Call before the parcel leaves")]).await;
    change(&support, note, "run").await;
    until(&app, note, &["done"]).await;
    let noted = "SELECT count(*) FROM order_notes n JOIN job_rows r ON r.subject = n.order_id AND r.job_id = $1
                 WHERE n.body = 'Call before the parcel leaves' AND n.deleted_at IS NULL";
    assert_eq!(scalar::<i64>(&app.db, noted, note).await, 3);
    sqlx::query(
        "UPDATE order_notes SET body = 'Called', edited_at = now() WHERE order_id = $1 AND body LIKE 'Call before%'",
    )
    .bind(chosen[0])
    .execute(&app.db)
    .await
    .expect("an edit");
    let (_, to) = changed_to(&support, note, "revert").await;
    let back: Uuid = to.trim_start_matches("/jobs/").parse().expect("a job");
    change(&support, back, "run").await;
    until(&app, back, &["done"]).await;
    assert_eq!(scalar::<i64>(&app.db, noted, note).await, 0);
    assert_eq!(scalar::<i32>(&app.db, "SELECT failed FROM jobs WHERE id = $1", back).await, 1);

    let colleague: Uuid = sqlx::query_scalar("SELECT id FROM users WHERE email = 'admin@techally.test'")
        .fetch_one(&app.db)
        .await
        .expect("the admin");
    let to = colleague.to_string();
    let give = preview(&support, &[("bulk", "assign"), ("ids", &listed), ("assignee", &to)]).await;
    change(&support, give, "run").await;
    until(&app, give, &["done"]).await;
    let items: i64 = sqlx::query_scalar("SELECT count(*) FROM inbox_items WHERE user_id = $1 AND kind = 'assignment'")
        .bind(colleague)
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!(items, 3, "a few are told one by one");
    sqlx::query(
        "UPDATE orders SET assigned_to = (SELECT id FROM users WHERE email = 'super@techally.test') WHERE id = $1",
    )
    .bind(chosen[1])
    .execute(&app.db)
    .await
    .expect("a change");
    let (_, to) = changed_to(&support, give, "revert").await;
    let back: Uuid = to.trim_start_matches("/jobs/").parse().expect("a job");
    change(&support, back, "run").await;
    until(&app, back, &["done"]).await;
    let page = support.page(&format!("/jobs/{back}?rows=failed")).await;
    assert!(page.contains("It was given to somebody else since."), "{page}");
    let free: i64 =
        scalar(&app.db, "SELECT count(*) FROM orders o JOIN job_rows r ON r.subject = o.id AND r.job_id = $1 WHERE o.assigned_to IS NULL", give).await;
    assert_eq!(free, 2);
}

#[tokio::test]
async fn what_somebody_holds_fails_and_is_tried_again_when_asked() {
    let app = App::start().await;
    run_jobs(&app);
    let support = app.signed_in("support").await;
    let chosen = ids(&app, "DELIVERED", 4).await;
    let job = preview(&support, &[("bulk", "tags"), ("ids", &dotted(&chosen)), ("add", "held")]).await;
    // a pool of its own: the lock must not take what the page needs
    let mut holder = app.db.begin().await.expect("a transaction");
    sqlx::query("SELECT 1 FROM orders WHERE id = $1 FOR UPDATE")
        .bind(chosen[1])
        .execute(&mut *holder)
        .await
        .expect("a lock");
    change(&support, job, "run").await;
    until(&app, job, &["done"]).await;
    let why: String = scalar(&app.db, "SELECT why FROM job_rows WHERE job_id = $1 AND state = 'failed'", job).await;
    assert!(why.contains("A colleague is changing the same rows"), "{why}");
    holder.rollback().await.expect("let go");
    change(&support, job, "retry").await;
    until(&app, job, &["done"]).await;
    let counts: (i32, i32) = sqlx::query_as("SELECT done, failed FROM jobs WHERE id = $1")
        .bind(job)
        .fetch_one(&app.db)
        .await
        .expect("counts");
    assert_eq!(counts, (4, 0));
    let item: i64 = scalar(&app.db, "SELECT count(*) FROM inbox_items WHERE kind = 'job' AND job_id = $1", job).await;
    assert_eq!(item, 1, "the end with failures is told, the good one was seen");
    assert!(support.page("/inbox").await.contains("Change tags of orders"));
}

#[tokio::test]
async fn a_stopped_job_keeps_what_it_did_and_goes_on_where_it_ended() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    let job = preview(&support, &[("bulk", "tags"), ("ids", ""), ("query", ""), ("add", "slow")]).await;
    change(&support, job, "run").await;
    change(&support, job, "stop").await;
    assert_eq!(state(&app, job).await, "stopped", "nobody runs it: at once");
    change(&support, job, "resume").await;
    run_jobs(&app);
    let done = "SELECT done FROM jobs WHERE id = $1";
    let from = Instant::now();
    while scalar::<i32>(&app.db, done, job).await < 20 {
        assert!(from.elapsed() < Duration::from_secs(20), "it runs");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    change(&support, job, "stop").await;
    until(&app, job, &["stopped"]).await;
    let (at_stop, total): (i32, i32) = sqlx::query_as("SELECT done, total FROM jobs WHERE id = $1")
        .bind(job)
        .fetch_one(&app.db)
        .await
        .expect("counts");
    assert!(at_stop >= 20 && at_stop < total, "{at_stop} of {total}");
    assert_eq!(app.broken_invariants().await, []);
    change(&support, job, "resume").await;
    until(&app, job, &["done"]).await;
    assert_eq!(scalar::<i32>(&app.db, done, job).await, total);
    let page = support.page("/jobs").await;
    assert!(page.contains("Change tags of orders") && page.contains("Done"), "{page}");
}

#[tokio::test]
async fn a_job_is_its_owners_and_the_managers() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    let job = preview(&support, &[("bulk", "tags"), ("ids", ""), ("query", "status=PENDING"), ("add", "mine")]).await;
    let warehouse = app.signed_in("warehouse").await;
    let admin = app.signed_in("admin").await;
    assert_eq!(warehouse.get(&format!("/jobs/{job}")).await.status(), 404);
    assert_eq!(warehouse.get(&format!("/jobs/{job}/rows.csv")).await.status(), 404);
    assert_eq!(changed_to(&warehouse, job, "run").await.0, 404);
    assert!(!warehouse.page("/jobs").await.contains("Change tags"));
    assert!(admin.page("/jobs").await.contains("Change tags"));
    assert!(!admin.page("/jobs?whose=mine").await.contains("Change tags"));
    assert_eq!(changed_to(&admin, job, "run").await.0, 403, "it would be done in another's name");
    assert!(!admin.page(&format!("/jobs/{job}")).await.contains("Run for"));
    change(&support, job, "run").await;
    change(&admin, job, "stop").await;
    assert_eq!(state(&app, job).await, "stopped");
    // a moderator has no orders to change
    let moderator = app.signed_in("moderator").await;
    assert_eq!(moderator.get("/orders/bulk").await.status(), 403);
    assert_eq!(moderator.post("/orders/bulk", &[("bulk", "note"), ("text", "x")]).await.status(), 403);
}

#[tokio::test]
async fn who_may_no_longer_sign_in_has_nothing_done_in_his_name() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    let chosen = ids(&app, "DELIVERED", 4).await;
    let job = preview(&support, &[("bulk", "tags"), ("ids", &dotted(&chosen)), ("add", "late")]).await;
    change(&support, job, "run").await;
    sqlx::query("UPDATE users SET status = 'suspended' WHERE email = 'support@techally.test'")
        .execute(&app.db)
        .await
        .expect("suspended");
    run_jobs(&app);
    until(&app, job, &["stopped"]).await;
    let (done, why): (i32, String) = sqlx::query_as("SELECT done, last_error FROM jobs WHERE id = $1")
        .bind(job)
        .fetch_one(&app.db)
        .await
        .expect("why");
    assert_eq!(done, 0);
    assert!(why.contains("may no longer sign in"), "{why}");
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused_beside_its_field() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    let many = "x,".repeat(21).replace('x', "tag");
    let numbered: String = (0..21).map(|n| format!("t{n}")).collect::<Vec<_>>().join(",");
    for (fields, words) in [
        (vec![("bulk", "move"), ("status", "SHIPPED")], "Choose one of these."),
        (vec![("bulk", "move"), ("status", "CANCELLED"), ("reason", "a\0b")], "can't be stored"),
        (vec![("bulk", "tags")], "Name a tag to put on or to take off."),
        (vec![("bulk", "tags"), ("add", "a,b"), ("remove", "b")], "can't be put on and taken off"),
        (vec![("bulk", "tags"), ("add", "<b>")], "is no tag"),
        (vec![("bulk", "tags"), ("add", &numbered)], "at most 20 tags"),
        (vec![("bulk", "assign"), ("assignee", "nobody")], "Choose one of the colleagues."),
        (vec![("bulk", "note"), ("text", "  ")], "Write something first."),
        (vec![("bulk", "none")], "There is no such act."),
        (vec![("bulk", "note"), ("text", "x"), ("ids", "1.2")], "is no order"),
        (vec![("bulk", "note"), ("text", "x"), ("query", "q=colour:red")], "colour"),
        (vec![("bulk", "note"), ("text", "x"), ("query", "q=TA-000000")], "No order fits"),
        (vec![("bulk", "move"), ("status", "DELIVERED"), ("query", "status=PENDING")], "to none of these orders"),
        (vec![("bulk", "tags"), ("add", &many), ("query", "status=NONE")], "is no order status"),
    ] {
        let answer = support.post("/orders/bulk", &fields).await;
        assert_eq!(answer.status(), 422, "{fields:?}");
        let page = answer.text().await.expect("a page").replace("<!>", "").replace("&#x27;", "'");
        assert!(page.contains(words), "{words} for {fields:?} in {page}");
    }
    let none: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs").fetch_one(&app.db).await.expect("a count");
    assert_eq!(none, 0);
    for address in ["/orders/bulk?id=7", "/orders/bulk?ids=1.2", "/orders/bulk?status=NONE"] {
        assert_eq!(support.get(address).await.status(), 400, "{address}");
    }
    assert_eq!(support.get("/jobs/7").await.status(), 404);
    assert_eq!(support.get("/jobs?before=x").await.status(), 200);
}

#[tokio::test]
async fn a_file_made_by_a_job_is_the_one_of_the_list_and_its_owners_alone() {
    let app = App::start().await;
    run_jobs(&app);
    let support = app.signed_in("support").await;
    let columns = "cols=order,customer,email,total";
    let fields = [("bulk", "export"), ("ids", ""), ("query", &format!("status=COMPLETED&{columns}")), ("text", "done")];
    let job = preview(&support, &fields).await;
    until(&app, job, &["done"]).await;
    let page = support.page(&format!("/jobs/{job}")).await;
    let file: String = scalar(&app.db, "SELECT result ->> 'file' FROM jobs WHERE id = $1", job).await;
    assert!(page.contains(&format!("/files/{file}")) && page.contains("Download, "), "{page}");
    let link = support.get(&format!("/files/{file}")).await;
    assert_eq!(link.status(), 303);
    let link = link.headers()["location"].to_str().expect("a link").to_owned();
    let answer = support.get(&link).await;
    assert!(answer.headers()["content-disposition"].to_str().expect("text").contains("done.csv"));
    let made = answer.text().await.expect("a file");
    let list = support.get(&format!("/orders/export?format=csv&status=COMPLETED&{columns}")).await;
    let list = list.text().await.expect("a file");
    assert!(list.lines().count() > 100);
    assert_eq!(made, list);
    let admin = app.signed_in("admin").await;
    assert_eq!(admin.get(&format!("/files/{file}")).await.status(), 404);
    assert!(!admin.page(&format!("/jobs/{job}")).await.contains("Download, "));
    let moderator = app.signed_in("moderator").await;
    assert_eq!(moderator.post("/orders/bulk", &fields).await.status(), 403);
    let taken: i64 = sqlx::query_scalar("SELECT count(*) FROM user_activity WHERE action_type = 'exported'")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!(taken, 2);
    for name in ["", "a/b", &"x".repeat(101)] {
        let answer = support.post("/orders/bulk", &[("bulk", "export"), ("text", name)]).await;
        assert_eq!(answer.status(), 422, "{name}");
    }
}

#[tokio::test]
async fn packing_slips_of_many_orders_are_one_page_to_print() {
    let app = App::start().await;
    let warehouse = app.signed_in("warehouse").await;
    let chosen = [ids(&app, "PREPARING", 1).await, ids(&app, "SHIPPED", 2).await].concat();
    let pending = app.order_in("PENDING").await;
    let listed = dotted(&[chosen.as_slice(), &[pending]].concat());
    let page = warehouse.page(&format!("/orders/slips?ids={listed}")).await;
    assert_eq!(page.matches("<article class=\"paper").count(), 3);
    assert!(
        page.contains("3 packing slips") && page.contains("no packing slip, there is one once the order is confirmed."),
        "{page}"
    );
    let all = warehouse.page("/orders/slips?status=COMPLETED").await;
    assert_eq!(all.matches("<article class=\"paper").count(), 100);
    assert!(all.contains("These are the first 100 orders"));
    assert_eq!(warehouse.get("/orders/slips?status=NONE").await.status(), 400);
    assert_eq!(warehouse.get(&format!("/orders/slips?ids={}", Uuid::new_v4())).await.status(), 404);
}

async fn put_one(app: &App, new: New) -> Option<Uuid> {
    let mut connection = app.staff.acquire().await.expect("a connection");
    put(&mut connection, new).await.expect("put")
}

fn bulk(title: &str) -> New {
    let args = serde_json::json!({ "act": "tags", "add": ["x"], "remove": [] });
    let rows = vec![NewRow { subject: Uuid::new_v4(), label: "x".into(), why_not: None }];
    New { kind: "orders.bulk", title: title.into(), args, rows, ..New::default() }
}

#[tokio::test]
async fn jobs_are_taken_once_by_priority_and_no_more_of_a_kind_than_it_allows() {
    let app = App::start().await;
    let lease = Duration::from_secs(30);
    for (title, priority) in [("third", 0), ("first", 9), ("second", 5), ("fourth", -1)] {
        put_one(&app, New { priority, ..bulk(title) }).await.expect("a job");
    }
    let takes = (0..8).map(|_| take(&app.staff, "one", lease));
    let mut taken: Vec<Uuid> = Vec::new();
    for take in futures_util::future::join_all(takes).await {
        taken.extend(take.expect("taken").map(|taken| taken.id));
    }
    let titles: Vec<String> = sqlx::query_scalar("SELECT title FROM jobs WHERE id = ANY ($1) ORDER BY priority DESC")
        .bind(&taken)
        .fetch_all(&app.db)
        .await
        .expect("titles");
    assert_eq!(titles, ["first", "second"], "two of this kind at a time");
    let unique = || New {
        only_one: Some("the only".into()),
        kind: "jobs.cleaning",
        args: Json::Object(serde_json::Map::new()),
        ..bulk("u")
    };
    let first = put_one(&app, unique()).await;
    assert!(first.is_some() && put_one(&app, unique()).await.is_none());
}

#[tokio::test]
async fn the_database_refuses_states_that_cannot_follow_and_fences_that_go_back() {
    let app = App::start().await;
    let job = put_one(&app, bulk("x")).await.expect("a job");
    for (sql, code) in [
        ("UPDATE jobs SET state = 'done', ended_at = now() WHERE id = $1", "TA002"),
        ("UPDATE jobs SET fence = -1 WHERE id = $1", "TA002"),
        ("UPDATE jobs SET done = 2 WHERE id = $1", "23514"),
        ("UPDATE jobs SET ended_at = now() WHERE id = $1", "23514"),
        ("UPDATE jobs SET owner_id = NULL WHERE id = $1", "42501"),
        ("UPDATE job_rows SET subject = gen_random_uuid() WHERE job_id = $1", "42501"),
        ("UPDATE job_rows SET state = 'failed' WHERE job_id = $1", "23514"),
    ] {
        let error =
            sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).bind(job).execute(&app.staff).await.expect_err(sql);
        let found =
            error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned();
        assert_eq!(found, code, "{sql}");
    }
}

#[tokio::test]
async fn a_scheduled_time_comes_once_however_many_instances_ask() {
    let app = App::start().await;
    let zone = techally::stamp::Zone::named("Europe/Berlin");
    let now = OffsetDateTime::now_utc();
    assert_eq!(schedule::put_due(&app.staff, &zone, now).await.expect("asked"), 0, "it begins to count");
    let tomorrow = now + time::Duration::DAY;
    let asks = (0..8).map(|_| schedule::put_due(&app.staff, &zone, tomorrow));
    let put: i64 = futures_util::future::join_all(asks).await.into_iter().map(|count| count.expect("asked")).sum();
    let kinds = techally::jobs::kind::KINDS.iter().filter(|kind| !kind.every.is_empty()).count();
    assert_eq!(usize::try_from(put), Ok(kinds), "each once");
    assert_eq!(schedule::put_due(&app.staff, &zone, tomorrow).await.expect("asked"), 0);
    // an old preview and an old job go, with their rows
    let old = put_one(&app, New { is_preview: true, ..bulk("old") }).await.expect("a job");
    sqlx::query("UPDATE jobs SET created_at = now() - interval '25 hours' WHERE id = $1")
        .bind(old)
        .execute(&app.db)
        .await
        .expect("aged");
    let fresh = put_one(&app, New { is_preview: true, ..bulk("fresh") }).await.expect("a job");
    run_jobs(&app);
    let cleaning: Uuid = sqlx::query_scalar("SELECT job_id FROM job_schedules WHERE kind = 'jobs.cleaning'")
        .fetch_one(&app.db)
        .await
        .expect("the job");
    until(&app, cleaning, &["done"]).await;
    let left: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM jobs WHERE state = 'preview'").fetch_all(&app.db).await.expect("ids");
    assert_eq!(left, [fresh]);
}

#[tokio::test]
async fn arguments_that_this_version_cannot_read_are_an_error_that_is_tried_again_later() {
    let app = App::start().await;
    let args = serde_json::json!({ "act": "teleport" });
    let job = put_one(&app, New { args, ..bulk("of a newer version") }).await.expect("a job");
    run_jobs(&app);
    let from = Instant::now();
    while scalar::<i32>(&app.db, "SELECT attempts FROM jobs WHERE id = $1", job).await == 0 {
        assert!(from.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (state, waits, error): (String, bool, String) =
        sqlx::query_as("SELECT state, due_at > now() + interval '3 seconds', last_error FROM jobs WHERE id = $1")
            .bind(job)
            .fetch_one(&app.db)
            .await
            .expect("the job");
    assert_eq!((state.as_str(), waits), ("waiting", true));
    assert!(error.contains("teleport"), "{error}");
}
