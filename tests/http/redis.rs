//! With Redis, and with Redis gone, slow or a black hole: people stay signed in, pages stay quick, limits hold.

use crate::app::{App, PASSWORD};
use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A Redis of one test; ends with it.
pub struct Server {
    process: Child,
    port: u16,
    folder: std::path::PathBuf,
}

impl Server {
    pub fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        Self::start_on(port)
    }

    fn start_on(port: u16) -> Self {
        let folder = std::env::temp_dir().join(format!("techally-redis-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&folder).expect("a folder");
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--rdbcompression", "no", "--dir"])
            .arg(&folder)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        Self { process, port, folder }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// All that it holds, as it writes it to a disk.
    pub fn contents(&self) -> Vec<u8> {
        assert_eq!(self.cli(&["SAVE"]).trim(), "OK");
        std::fs::read(self.folder.join("dump.rdb")).expect("a dump")
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.process.id().to_string()]).status().expect("kill");
        assert!(sent.success());
    }

    fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }

    fn cli(&self, args: &[&str]) -> String {
        let output =
            Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(args).output().expect("redis-cli");
        String::from_utf8(output.stdout).expect("text")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn app_with(url: &str, patient: bool) -> App {
    let app = App::start_with(|config, _| {
        config.redis_url = Some(url.to_owned().into());
        config.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
    })
    .await;
    if patient {
        until_up(&app, true).await;
    }
    app
}

async fn until_up(app: &App, up: bool) {
    let redis = app.state.redis.as_ref().expect("configured");
    let from = Instant::now();
    while redis.is_up() != up {
        assert!(from.elapsed() < Duration::from_secs(10), "Redis should be up: {up}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn revoked_on_one_instance_or_by_sql_is_dead_on_the_other_at_the_next_click() {
    let redis = Server::start();
    let one = app_with(&redis.url(), true).await;
    let two = one.another(|_| {}).await;
    until_up(&two, true).await;
    for round in 0..6 {
        let browser = one.signed_in("support").await;
        let elsewhere = async || {
            browser.client.get(format!("{}/orders", two.url)).send().await.expect("an answer").status().as_u16()
        };
        // one host, two ports: a cookie goes to both
        assert_eq!(elsewhere().await, 200, "{round}");
        assert_eq!(elsewhere().await, 200, "{round}");
        let sql = match round {
            0 => {
                assert_eq!(browser.post("/logout", &[("sign_out", "1")]).await.status(), 303);
                "SELECT 1"
            }
            1 => "UPDATE user_sessions SET revoked_at = now()",
            2 => "UPDATE users SET status = 'suspended' WHERE email = 'support@techally.test'",
            3 => "UPDATE users SET role = 'customer' WHERE email = 'support@techally.test'",
            4 => "DELETE FROM user_sessions",
            _ => "UPDATE users SET status = 'deleted', deleted_at = now() WHERE email = 'support@techally.test'",
        };
        sqlx::query(sql).execute(&one.db).await.expect(sql);
        assert_eq!(elsewhere().await, 303, "{sql}");
        assert_eq!(browser.get("/orders").await.status(), 303, "{sql}");
        sqlx::query("UPDATE users SET status = 'active', role = 'support', deleted_at = NULL WHERE email = 'support@techally.test'")
            .execute(&one.db)
            .await
            .expect("restored");
    }
}

#[tokio::test]
async fn redis_has_the_data_of_a_session_by_its_hash_and_no_longer_than_it_lives() {
    let redis = Server::start();
    let app = app_with(&redis.url(), true).await;
    let browser = app.signed_in("support").await;
    let id = app.order_in("CONFIRMED").await;
    assert_eq!(browser.post(&format!("/orders/{id}"), &[("note", "x")]).await.status(), 303);
    let keys = redis.cli(&["--scan", "--pattern", "techally:session:*"]);
    let key = keys.trim();
    assert_eq!(key.len(), "techally:session:".len() + 64, "{keys}");
    assert!(redis.cli(&["GET", key]).contains("Note added."), "the message waits in Redis");
    let written: i64 = sqlx::query_scalar("SELECT count(*) FROM user_sessions WHERE data ? 'flash'")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!(written, 0, "and cost the database no write");
    assert!(browser.page(&format!("/orders/{id}")).await.contains("Note added."));
    assert!(!browser.page(&format!("/orders/{id}")).await.contains("Note added."), "once");
    let ttl: i64 = redis.cli(&["TTL", key]).trim().parse().expect("seconds");
    assert!((1_700..=1_800).contains(&ttl), "half an hour: {ttl}");
    // ten minutes before the absolute end
    for _ in 0..29 {
        app.state.clock.advance(Duration::from_mins(24));
        assert_eq!(browser.get("/").await.status(), 200);
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    app.state.clock.advance(Duration::from_mins(14));
    assert_eq!(browser.post(&format!("/orders/{id}"), &[("note", "y")]).await.status(), 303);
    let ttl: i64 = redis.cli(&["TTL", key]).trim().parse().expect("seconds");
    assert!(ttl <= 600, "its own end: {ttl}");
    assert_eq!(browser.post("/logout", &[("sign_out", "1")]).await.status(), 303);
    assert_eq!(redis.cli(&["EXISTS", key]).trim(), "0");
}

/// Every kind of request, with Redis in trouble: quick, and nobody is signed out.
async fn pages_are_quick(app: &App, browser: &crate::app::Browser, when: &str) {
    let id = app.order_in("CONFIRMED").await;
    for path in ["/", "/orders", &format!("/orders/{id}")] {
        let from = Instant::now();
        assert_eq!(browser.get(path).await.status(), 200, "{path} {when}");
        assert!(from.elapsed() < Duration::from_secs(2), "{path} {when}: {:?}", from.elapsed());
    }
    let from = Instant::now();
    assert_eq!(browser.post(&format!("/orders/{id}"), &[("note", when)]).await.status(), 303);
    assert!(from.elapsed() < Duration::from_secs(2), "a post {when}: {:?}", from.elapsed());
    assert!(browser.page(&format!("/orders/{id}")).await.contains("Note added."), "{when}: the message is kept");
    let from = Instant::now();
    app.signed_in("moderator").await;
    assert!(from.elapsed() < Duration::from_secs(2), "sign-in {when}: {:?}", from.elapsed());
}

#[tokio::test]
async fn redis_killed_stopped_and_back_signs_nobody_out() {
    let mut redis = Server::start();
    let app = app_with(&redis.url(), true).await;
    let browser = app.signed_in("support").await;
    pages_are_quick(&app, &browser, "with Redis").await;
    redis.signal("-STOP");
    pages_are_quick(&app, &browser, "while it hangs").await;
    redis.signal("-CONT");
    until_up(&app, true).await;
    pages_are_quick(&app, &browser, "after it hung").await;
    redis.kill();
    pages_are_quick(&app, &browser, "while it is gone").await;
    until_up(&app, false).await;
    let _again = Server::start_on(redis.port);
    until_up(&app, true).await;
    pages_are_quick(&app, &browser, "with an empty one").await;
}

#[tokio::test]
async fn a_black_hole_instead_of_redis_costs_a_request_nothing() {
    let hole = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("redis://{}/", hole.local_addr().expect("an address"));
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = hole.accept().await {
            held.push(stream);
        }
    });
    let app = app_with(&url, false).await;
    let browser = app.signed_in("support").await;
    pages_are_quick(&app, &browser, "with a black hole").await;
    let from = Instant::now();
    for _ in 0..20 {
        assert_eq!(browser.get("/").await.status(), 200);
    }
    assert!(from.elapsed() < Duration::from_secs(2), "no wait for each: {:?}", from.elapsed());
}

#[tokio::test]
async fn instances_count_failed_sign_ins_together_and_each_alone_without_redis() {
    let mut redis = Server::start();
    let one = app_with(&redis.url(), true).await;
    let two = one.another(|_| {}).await;
    until_up(&two, true).await;
    let try_on = async |app: &App, n: usize| {
        let email = format!("nobody{n}@techally.test");
        let browser = app.browser_from("203.0.113.7");
        browser.post("/login", &[("email", &email), ("password", "wrong")]).await.status().as_u16()
    };
    for n in 0..20 {
        assert_eq!(try_on(if n % 2 == 0 { &one } else { &two }, n).await, 401, "{n}");
    }
    assert_eq!(try_on(&one, 20).await, 429);
    assert_eq!(try_on(&two, 21).await, 429);
    let keys = redis.cli(&["--scan", "--pattern", "techally:limit:*"]);
    assert!(!keys.is_empty() && !keys.contains('@') && !keys.contains("203.0.113"), "hashes only: {keys}");
    redis.kill();
    until_up(&one, false).await;
    for n in 30..40 {
        assert_eq!(try_on(&one, n).await, 401, "its own ten are on record: {n}");
    }
    assert_eq!(try_on(&one, 40).await, 429, "limited without Redis, too");
    let browser = one.browser_from("203.0.113.8");
    let fields = [("email", "support@techally.test"), ("password", PASSWORD)];
    assert_eq!(browser.post("/login", &fields).await.status(), 303, "and open for others");
}
