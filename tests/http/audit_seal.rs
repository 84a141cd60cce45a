//! The seal's checks: by a job, kept, told with the row that was tampered with; the head as a file.

use crate::{
    app::{App, Browser, id_of},
    audit_page::{change, run},
    jobs::{run_jobs, until},
};
use sqlx::AssertSqlSafe;
use std::time::{Duration, Instant};
use techally::server::verify_audit::{Check, Head, verify};
use uuid::Uuid;

/// Seals what there is; other tests' transactions hold the cluster's horizon back for a moment.
pub async fn seal_all(app: &App) {
    let start = Instant::now();
    loop {
        let is_open: bool =
            sqlx::query_scalar("SELECT seal_audit_log() IS NOT NULL AND audit_unsealed_age() IS NOT NULL")
                .fetch_one(&app.db)
                .await
                .expect("sealed");
        if !is_open {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "not sealed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn head_of(app: &App) -> String {
    sqlx::query_scalar("SELECT number || ':' || encode(digest, 'hex') FROM audit_seals ORDER BY number DESC LIMIT 1")
        .fetch_one(&app.db)
        .await
        .expect("a head")
}

/// Asks for a check on the page and waits for it.
async fn check(app: &App, browser: &Browser) {
    let answer = browser.post("/audit/seal", &[("seal", "now"), ("change", "check")]).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/audit/seal");
    let job: Uuid = sqlx::query_scalar("SELECT id FROM jobs WHERE kind = 'audit.verify' ORDER BY id DESC LIMIT 1")
        .fetch_one(&app.db)
        .await
        .expect("a job");
    until(app, job, &["done"]).await;
}

/// Past the guards of the trail, as only a superuser can.
async fn tamper(app: &App, sql: &str) {
    run(app, &format!("BEGIN; SET LOCAL session_replication_role = replica; {sql}; COMMIT")).await;
}

/// A brand that somebody changed; the number of the entry.
async fn changed_brand(app: &App, text: &str) -> (Uuid, i64) {
    let admin = id_of(app, "admin").await;
    let brand: Uuid =
        sqlx::query_scalar("SELECT id FROM brands ORDER BY id LIMIT 1").fetch_one(&app.db).await.expect("a brand");
    change(app, admin, text, &format!("UPDATE brands SET description = '{text}' WHERE id = '{brand}'")).await;
    let number = sqlx::query_scalar("SELECT id FROM audit_log WHERE request_id = $1")
        .bind(text)
        .fetch_one(&app.db)
        .await
        .expect("an entry");
    (brand, number)
}

#[tokio::test]
async fn a_row_that_was_tampered_with_is_named_on_the_page() {
    let app = App::start().await;
    let browser = app.signed_in("admin").await;
    assert!(browser.page("/audit/seal").await.contains("Never checked"));
    assert!(browser.page("/audit").await.contains("It was not checked yet"));
    assert_eq!(browser.get("/audit/head").await.status(), 404, "there is no head yet");
    let (brand, number) = changed_brand(&app, "seal-one").await;
    seal_all(&app).await;
    run_jobs(&app);
    check(&app, &browser).await;

    let head = head_of(&app).await;
    let page = browser.page("/audit/seal").await;
    assert!(page.contains("As written") && page.contains("Nothing: every entry is as it was written."), "{page}");
    assert!(page.contains(&head) && !page.contains("Never checked"));
    let list = browser.page("/audit").await;
    assert!(list.contains("all as they were written") && !list.contains("role=\"alert\""));
    let file = browser.get("/audit/head").await;
    assert_eq!(file.status(), 200);
    assert_eq!(file.headers()["cache-control"], "no-store");
    let name = file.headers()["content-disposition"].to_str().expect("a name").to_owned();
    assert!(name.starts_with("attachment; filename=\"audit-head-20"), "{name}");
    assert_eq!(file.text().await.expect("a head"), format!("{head}\n"));

    tamper(&app, &format!("UPDATE audit_log SET reason = 'nothing to see here' WHERE id = {number}")).await;
    check(&app, &browser).await;
    let record = format!("/audit/record?table=brands&amp;row={brand}");
    for address in ["/audit/seal", "/audit"] {
        let page = browser.page(address).await;
        assert!(page.contains(&format!("changed: audit row {number}, brands/{brand}")), "{address}: {page}");
        assert!(page.contains(&record), "{address} leads to the record");
    }
    assert!(browser.page("/audit").await.contains("role=\"alert\""));
    let page = browser.page("/audit/seal").await;
    assert!(page.contains("1 finding") && page.contains("Earlier checks"));
    // those who may read the trail are told, once until they have read it
    check(&app, &browser).await;
    for (who, told) in [("admin", 1), ("super", 1), ("support", 0)] {
        let inbox = app.signed_in(who).await.page("/inbox").await;
        assert_eq!(inbox.contains("found something that is not as it was written:"), told == 1, "{who}: {inbox}");
        let items = "SELECT count(*) FROM inbox_items WHERE kind = 'seal' AND user_id = $1";
        let items: i64 =
            sqlx::query_scalar(items).bind(id_of(&app, who).await).fetch_one(&app.db).await.expect("a count");
        assert_eq!(items, told, "{who}");
        assert_eq!(inbox.contains("href=\"/audit/seal\""), told == 1, "{who}");
    }
    assert_eq!(browser.get(&record.replace("&amp;", "&")).await.status(), 200);

    // what was found stays found
    for sql in ["UPDATE audit_checks SET found = 0, findings = '{}'", "DELETE FROM audit_checks"] {
        let done = sqlx::query(sql).execute(&app.db).await;
        assert!(done.is_err(), "{sql}");
    }
    assert_eq!(browser.post("/audit/seal", &[("seal", "now"), ("change", "gossip")]).await.status(), 422);
    for who in ["support", "moderator"] {
        let browser = app.signed_in(who).await;
        assert_eq!(browser.get("/audit/seal").await.status(), 403, "{who}");
        assert_eq!(browser.get("/audit/head").await.status(), 403, "{who}");
        assert_eq!(browser.post("/audit/seal", &[("seal", "now"), ("change", "check")]).await.status(), 403, "{who}");
    }
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_seen_by_the_head_of_the_last_good_check() {
    let app = App::start().await;
    let browser = app.signed_in("super").await;
    changed_brand(&app, "cut-one").await;
    seal_all(&app).await;
    changed_brand(&app, "cut-two").await;
    seal_all(&app).await;
    run_jobs(&app);
    check(&app, &browser).await;
    let last = "(SELECT max(number) FROM audit_seals)";
    tamper(
        &app,
        &format!(
            "DELETE FROM audit_log l USING audit_seals s WHERE s.number = {last} AND l.id = ANY (s.row_ids); DELETE FROM audit_seals WHERE number = {last}"
        ),
    )
    .await;
    for _ in 0..2 {
        // again and again: what is kept is the head of the last check that found nothing
        check(&app, &browser).await;
        let page = browser.page("/audit/seal").await;
        assert!(page.contains("missing: seal") && page.contains("that was kept as"), "{page}");
    }
}

#[tokio::test]
async fn a_check_goes_on_where_it_stopped_and_finds_the_same() {
    let app = App::start().await;
    let (_, number) = changed_brand(&app, "steps-one").await;
    seal_all(&app).await;
    changed_brand(&app, "steps-two").await;
    tamper(&app, &format!("UPDATE audit_log SET action = 'DELETE' WHERE id = {number} OR request_id = 'steps-two'"))
        .await;
    let mut connection = app.db.acquire().await.expect("a connection");
    let mut whole = Vec::new();
    let report = verify(&mut connection, None, |finding| whole.push(finding.clone())).await.expect("verified");
    let (mut check, mut found, mut steps) = (Check::default(), Vec::new(), 0);
    while check.step(&mut connection, None, |finding| found.push(finding.clone())).await.expect("a step") {
        // as the job keeps it between two steps
        let kept = serde_json::to_value(&check).expect("it can be kept");
        check = serde_json::from_value(kept).expect("it can be read");
        steps += 1;
    }
    assert!(steps >= 3, "{steps}");
    assert_eq!((found.len(), &found), (2, &whole));
    let numbers = |report: &techally::server::verify_audit::Report| {
        (
            report.seals,
            report.rows,
            report.unsealed,
            report.findings,
            report.head.clone().map(|head: Head| head.to_string()),
        )
    };
    assert_eq!(numbers(&check.report), numbers(&report));
}

#[tokio::test]
async fn a_check_comes_every_night_once_and_only_one_runs() {
    let app = App::start().await;
    let browser = app.signed_in("admin").await;
    for _ in 0..2 {
        let answer = browser.post("/audit/seal", &[("seal", "now"), ("change", "check")]).await;
        assert_eq!(answer.status(), 303);
    }
    let count = async |sql: &str| {
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&app.db).await.expect("a count");
        count
    };
    assert_eq!(count("SELECT count(*) FROM jobs WHERE kind = 'audit.verify'").await, 1, "one at a time");
    assert!(browser.page("/audit/seal").await.contains("A check runs"));
    run_jobs(&app);
    let start = Instant::now();
    while count("SELECT count(*) FROM audit_checks").await == 0 {
        assert!(start.elapsed() < Duration::from_mins(1), "it runs");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let kinds = techally::jobs::kind::find("audit.verify").map(|kind| (kind.every, kind.at_once));
    assert_eq!(kinds, Some(("41 3 * * *", 1)));
}
