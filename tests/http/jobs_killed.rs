//! Jobs whose servers are killed, put to sleep, or lose their database in the middle: each row once, whatever happens.
//!
//! `TEST_ROUNDS` says how often; 3 without it, 20 in `make test-slow`.

use crate::{
    app::{App, Browser, KEYS, PASSWORD},
    command_line::serving,
    jobs::{change, preview, until},
};
use sqlx::PgPool;
use std::{
    process::Stdio,
    time::{Duration, Instant},
};
use techally::jobs::queue::MOST_DEATHS;
use tokio::process::{Child, Command};
use uuid::Uuid;

fn rounds() -> u32 {
    std::env::var("TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3)
}

/// A short lease, so that a lost runner is missed soon.
fn settings() -> [(&'static str, String); 1] {
    [("JOB_LEASE_SECONDS", "1".into())]
}

/// Everything about a job that stands still.
async fn how_it_is(db: &PgPool, job: Uuid) -> String {
    sqlx::query_scalar("SELECT to_jsonb(j)::text FROM jobs j WHERE id = $1")
        .bind(job)
        .fetch_one(db)
        .await
        .expect("the job")
}

async fn counts(db: &PgPool, job: Uuid) -> (i32, i32, i32) {
    sqlx::query_as("SELECT done, failed, total FROM jobs WHERE id = $1").bind(job).fetch_one(db).await.expect("the job")
}

/// Waits until some rows more are over than before.
async fn goes_on(db: &PgPool, job: Uuid) {
    let from = Instant::now();
    // the database itself may be coming up again
    let over = async || {
        sqlx::query_as::<_, (i32,)>("SELECT done + failed FROM jobs WHERE id = $1").bind(job).fetch_one(db).await.ok()
    };
    let before = loop {
        if let Some((before,)) = over().await {
            break before;
        }
        assert!(from.elapsed() < Duration::from_secs(30), "the database is back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    while over().await.is_none_or(|(now,)| now < before + 40) {
        assert!(from.elapsed() < Duration::from_secs(30), "the job goes on behind {before}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Each order has the note once, and the job says so.
async fn each_once(db: &PgPool, job: Uuid, text: &str) {
    let (done, failed, total) = counts(db, job).await;
    assert_eq!((done, failed), (total, 0));
    let (notes, orders): (i64, i64) =
        sqlx::query_as("SELECT count(*), count(DISTINCT order_id) FROM order_notes WHERE body = $1")
            .bind(text)
            .fetch_one(db)
            .await
            .expect("notes");
    assert_eq!((notes, orders), (i64::from(total), i64::from(total)), "each order once");
    let broken: Vec<(String, i64)> =
        sqlx::query_as("SELECT name, violations FROM check_invariants() WHERE violations <> 0")
            .fetch_all(db)
            .await
            .expect("check_invariants");
    assert_eq!(broken, []);
}

/// Waits until a server that was started takes requests.
async fn serves(address: &str) {
    let from = Instant::now();
    while tokio::net::TcpStream::connect(address).await.is_err() {
        assert!(from.elapsed() < Duration::from_secs(20), "it serves");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn signed_in_at(url: &str, client: reqwest::Client) -> Browser {
    let browser = Browser { url: url.into(), client };
    let answer = browser.post("/login", &[("email", "super@techally.test"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status(), 303);
    browser
}

async fn signal(server: &Child, signal: &str) {
    let id = server.id().expect("it lives").to_string();
    assert!(Command::new("kill").args([signal, &id]).status().await.expect("kill").success());
}

/// Services of the test's own, so that their PostgreSQL can be killed.
struct Services {
    folder: String,
}

impl Services {
    async fn run(&self, what: &str) {
        let done = Command::new("tools/services.sh")
            .arg(what)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("TECHALLY_SERVICES", &self.folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await
            .expect("tools/services.sh");
        assert!(done.success(), "services {what}");
    }

    fn superuser(&self) -> String {
        let env = std::fs::read_to_string(format!("{}/services.env", self.folder)).expect("services.env");
        let line = env.lines().find_map(|line| line.strip_prefix("SUPERUSER_URL=")).expect("an address");
        line.trim_matches('\'').to_owned()
    }

    /// kill -9 of the postmaster, as the kernel does when memory runs out; then it comes up again.
    async fn crash_postgres(&self) {
        let pid = std::fs::read_to_string(format!("{}/pg/postmaster.pid", self.folder)).expect("a pid");
        let pid = pid.lines().next().expect("a pid").to_owned();
        assert!(Command::new("kill").args(["-9", &pid]).status().await.expect("kill").success());
        self.run("start").await;
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        drop(
            std::process::Command::new("tools/services.sh")
                .arg("remove")
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .env("TECHALLY_SERVICES", &self.folder)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status(),
        );
    }
}

/// A server and its database are killed in turn in the middle of a job of ten thousand orders.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_of_ten_thousand_orders_survives_its_servers_and_its_database() {
    let services = Services { folder: format!("/tmp/techally-jobs-{}", Uuid::new_v4().simple()) };
    services.run("start").await;
    let url = services.superuser();
    let techally = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_techally"));
        command
            .env_clear()
            .env("DATABASE_URL", &url)
            .env("ENCRYPTION_KEYS", KEYS)
            .env("MIGRATION_DATABASE_URL", &url)
            .args(arguments);
        command
    };
    for arguments in [
        &["migrate"][..],
        &["demo-data", "--orders", "60000", "--users", "600", "--products", "300", "--reviews", "10"],
    ] {
        let output = techally(arguments).output().await.expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let db = sqlx::postgres::PgPoolOptions::new().max_connections(2).connect_lazy(&url).expect("a pool");
    let address = {
        let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        free.local_addr().expect("an address").to_string()
    };
    let serve = || {
        let mut command = techally(&["serve"]);
        let root = format!("http://{address}");
        command.env("LEPTOS_SITE_ADDR", &address).env("PUBLIC_URL", root).env("JOB_LEASE_SECONDS", "1");
        command.env("STORAGE_DIR", format!("{}/files", services.folder));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        command.spawn().expect("it runs")
    };
    let mut server = serve();
    serves(&address).await;
    let client = reqwest::Client::builder()
        .cookie_store(true)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let browser = signed_in_at(&format!("http://{address}"), client).await;
    let text = "Ten thousand";
    let job = preview(&browser, &[("bulk", "note"), ("ids", ""), ("query", "q=placed:130d"), ("text", text)]).await;
    let (_, _, total) = counts(&db, job).await;
    assert!((10_000..20_000).contains(&total), "{total}");
    change(&browser, job, "run").await;
    let from = Instant::now();
    for round in 0..rounds() {
        goes_on(&db, job).await;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..300))).await;
        if round % 2 == 0 {
            server.kill().await.expect("killed");
            server = serve();
        } else {
            services.crash_postgres().await;
        }
    }
    let took = loop {
        let state: Result<String, _> =
            sqlx::query_scalar("SELECT state FROM jobs WHERE id = $1").bind(job).fetch_one(&db).await;
        match state.as_deref() {
            Ok("done") => break from.elapsed(),
            Ok("waiting" | "running") | Err(_) => {}
            Ok(other) => panic!("the job is {other}"),
        }
        assert!(from.elapsed() < Duration::from_secs(400), "it comes to its end");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    println!("{total} orders in {took:?}, with {} kills between", rounds());
    each_once(&db, job, text).await;

    // a file of all orders, in several parts
    let columns = "cols=order,placed,customer,status,payment,items,total,updated,age,email,paid,refunded,due,source,tags,carrier,tracking";
    let job = preview(&browser, &[("bulk", "export"), ("ids", ""), ("query", columns), ("text", "all")]).await;
    let from = Instant::now();
    let mut killed = 0;
    for _ in 0..rounds() {
        // only a runner that has it, and not the third without a part stored between them: that would be the quarantine
        let may_die = "SELECT fence FROM jobs WHERE id = $1 AND (state = 'done' OR state = 'running' AND deaths < 2 AND fence > $2)";
        killed = loop {
            let fence = sqlx::query_scalar::<_, i64>(may_die).bind(job).bind(killed).fetch_optional(&db).await;
            if let Some(fence) = fence.expect("the job") {
                break fence;
            }
            assert!(from.elapsed() < Duration::from_secs(200), "it goes on: {}", how_it_is(&db, job).await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..1_000))).await;
        server.kill().await.expect("killed");
        server = serve();
    }
    let (file, bytes): (String, i64) = loop {
        let result = sqlx::query_as(
            "SELECT result ->> 'file', (result ->> 'bytes')::bigint FROM jobs WHERE id = $1 AND state = 'done'",
        )
        .bind(job)
        .fetch_optional(&db)
        .await
        .expect("the job");
        if let Some(result) = result {
            break result;
        }
        assert!(from.elapsed() < Duration::from_secs(200), "the file is made");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    serves(&address).await;
    let link = browser.get(&format!("/files/{file}")).await;
    let link = link.headers()["location"].to_str().expect("a link").to_owned();
    let contents = browser.get(&link).await.text().await.expect("a file");
    assert_eq!(contents.len(), usize::try_from(bytes).expect("a size"));
    let mut numbers: Vec<&str> = contents.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    let lines = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    let orders: i64 = sqlx::query_scalar("SELECT count(*) FROM orders WHERE deleted_at IS NULL")
        .fetch_one(&db)
        .await
        .expect("a count");
    assert_eq!((lines, numbers.len()), (usize::try_from(orders).expect("a count"), lines), "each order once");
    println!("{lines} orders, {bytes} bytes in {:?}, with {} kills between", from.elapsed(), rounds());
    server.kill().await.expect("killed");
}

/// One server sleeps past its lease; the other goes on; what the sleeper had in hand is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_runner_writes_after_its_lease_is_refused() {
    let app = App::start().await;
    let (sleeper, url) = serving(&app, &settings()).await;
    let browser = signed_in_at(&url, app.browser().client).await;
    let job = preview(&browser, &[("bulk", "note"), ("ids", ""), ("query", ""), ("text", "Once each")]).await;
    change(&browser, job, "run").await;
    goes_on(&app.db, job).await;
    signal(&sleeper, "-STOP").await;
    let (other, _) = serving(&app, &settings()).await;
    let fence = "SELECT fence FROM jobs WHERE id = $1";
    let from = Instant::now();
    while sqlx::query_scalar::<_, i64>(fence).bind(job).fetch_one(&app.db).await.expect("a fence") < 2 {
        assert!(from.elapsed() < Duration::from_secs(20), "the other takes it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    goes_on(&app.db, job).await;
    // it wakes up in the middle of a row, and believes that the job is its own
    signal(&sleeper, "-CONT").await;
    until(&app, job, &["done"]).await;
    each_once(&app.db, job, "Once each").await;
    drop((sleeper, other));
}

/// An order at which each server dies: after the third the job is put aside, and says at which order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_kills_its_servers_is_put_into_quarantine() {
    let app = App::start().await;
    // the first row waits for this lock, and its server is killed while it does
    let mut holder = app.db.begin().await.expect("a transaction");
    let orders: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM orders WHERE status = 'DELIVERED' ORDER BY id DESC LIMIT 3")
            .fetch_all(&app.db)
            .await
            .expect("orders");
    sqlx::query("SELECT 1 FROM orders WHERE id = $1 FOR UPDATE")
        .bind(orders[0])
        .execute(&mut *holder)
        .await
        .expect("a lock");
    let ids = orders.iter().map(Uuid::to_string).collect::<Vec<_>>().join(".");
    let owner = app.signed_in("support").await;
    let job = preview(&owner, &[("bulk", "tags"), ("ids", &ids), ("add", "poison")]).await;
    change(&owner, job, "run").await;
    for death in 1..=MOST_DEATHS {
        let (mut server, _) = serving(&app, &settings()).await;
        let from = Instant::now();
        let waits = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%tags%' AND datname = current_database())";
        while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&app.db).await.expect("waiting") {
            assert!(from.elapsed() < Duration::from_secs(20), "server {death} comes to the order");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server.kill().await.expect("killed");
        // its connection ends with it, not with its wait
        sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() AND query LIKE '%tags%'")
            .execute(&app.db)
            .await
            .expect("ended");
    }
    let (server, _) = serving(&app, &settings()).await;
    assert_eq!(until(&app, job, &["quarantined"]).await, "quarantined");
    holder.rollback().await.expect("let go");
    let (why, done): (String, i32) = sqlx::query_as("SELECT last_error, done FROM jobs WHERE id = $1")
        .bind(job)
        .fetch_one(&app.db)
        .await
        .expect("why");
    let number: String = sqlx::query_scalar("SELECT order_number FROM orders WHERE id = $1")
        .bind(orders[0])
        .fetch_one(&app.db)
        .await
        .expect("a number");
    assert_eq!(done, 0);
    assert!(why.contains(&number) && why.contains("3 times"), "{why}");
    let page = owner.page(&format!("/jobs/{job}")).await;
    assert!(page.contains("Quarantined") && page.contains(&number) && page.contains("Resume"), "{page}");
    change(&owner, job, "resume").await;
    until(&app, job, &["done"]).await;
    drop(server);
}

/// A server that is asked to stop hands its job back between two rows, and the next goes on at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_hands_its_job_back() {
    let app = App::start().await;
    // with a lease of an hour nobody would take it before
    let (mut first, url) = serving(&app, &[("JOB_LEASE_SECONDS", "3600".into())]).await;
    let browser = signed_in_at(&url, app.browser().client).await;
    let job = preview(&browser, &[("bulk", "note"), ("ids", ""), ("query", ""), ("text", "Handed over")]).await;
    change(&browser, job, "run").await;
    goes_on(&app.db, job).await;
    signal(&first, "-TERM").await;
    let ended = tokio::time::timeout(Duration::from_secs(10), first.wait()).await.expect("in time").expect("a status");
    assert!(ended.success(), "{ended}");
    let (state, deaths, attempts): (String, i32, i32) =
        sqlx::query_as("SELECT state, deaths, attempts FROM jobs WHERE id = $1")
            .bind(job)
            .fetch_one(&app.db)
            .await
            .expect("the job");
    assert_eq!((state.as_str(), deaths, attempts), ("waiting", 0, 0));
    let (second, _) = serving(&app, &settings()).await;
    until(&app, job, &["done"]).await;
    each_once(&app.db, job, "Handed over").await;
    drop(second);
}
