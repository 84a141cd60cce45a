//! Server safety: slow and rude clients, a full pool, a stop, what machines ask.

use crate::app::{API_KEY, App};
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

async fn connect(app: &App) -> TcpStream {
    TcpStream::connect(app.url.trim_start_matches("http://")).await.expect("a connection")
}

/// Reads until the server closes; fails the test when it doesn't in time.
async fn until_closed(stream: &mut TcpStream, within: Duration) -> Vec<u8> {
    let mut bytes = Vec::new();
    // a reset is a close as well
    let _ = tokio::time::timeout(within, stream.read_to_end(&mut bytes)).await.expect("the server closes in time");
    bytes
}

async fn impatient_app() -> App {
    App::start_with(|_, limits| {
        limits.head = Duration::from_millis(800);
        limits.stalled = Duration::from_millis(800);
        limits.connections = 30;
    })
    .await
}

/// Waits until a figure of the server has come down.
async fn connections_come_down_to(app: &App, wanted: i64) {
    let from = Instant::now();
    while app.state.metrics.connections.load(Ordering::Relaxed) > wanted {
        assert!(from.elapsed() < Duration::from_secs(10), "{:?}", app.state.metrics.connections);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_head_that_comes_slowly_and_a_connection_that_idles_are_cut_off() {
    let app = impatient_app().await;
    for start in ["", "GET / HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let mut stream = connect(&app).await;
        stream.write_all(start.as_bytes()).await.expect("sent");
        let (mut reader, mut writer) = stream.split();
        let trickle = async {
            // a byte now and then doesn't buy time
            while !start.is_empty() && writer.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            std::future::pending::<()>().await;
        };
        let mut bytes = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(3), reader.read_to_end(&mut bytes));
        tokio::select! { closed = closed => assert!(closed.is_ok(), "{start}"), () = trickle => {} }
    }
}

#[tokio::test]
async fn slow_senders_on_every_connection_there_is_do_not_keep_people_out() {
    let app = impatient_app().await;
    let mut slow = Vec::new();
    for _ in 0..30 {
        let mut stream = connect(&app).await;
        stream.write_all(b"GET /login HTTP/1.1\r\nhost: x\r\n").await.expect("sent");
        slow.push(stream);
    }
    let from = Instant::now();
    assert_eq!(app.browser().get("/login").await.status(), 200);
    assert!(from.elapsed() < Duration::from_secs(3), "{:?}", from.elapsed());
}

#[tokio::test]
async fn bodies_that_come_slowly_hold_no_database_connection() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let mut slow = Vec::new();
    for path in ["/login", "/api/techally/auth/api/sign_in", "/api/orders"].into_iter().cycle().take(60) {
        let mut stream = connect(&app).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\norigin: http://x\r\nauthorization: Bearer {API_KEY}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\nemail="
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        slow.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let from = Instant::now();
    for _ in 0..5 {
        assert_eq!(browser.get("/orders").await.status(), 200);
    }
    assert!(from.elapsed() < Duration::from_secs(3), "{:?}", from.elapsed());
}

#[tokio::test]
async fn readers_that_stop_reading_are_cut_off() {
    let app = impatient_app().await;
    let request = b"GET /login HTTP/1.1\r\nhost: x\r\n\r\n".repeat(400);
    let before = app.state.metrics.connections.load(Ordering::Relaxed);
    let mut stopped = Vec::new();
    for _ in 0..5 {
        let mut stream = connect(&app).await;
        // as many requests as the server takes while nobody reads its answers
        let _ =
            tokio::time::timeout(Duration::from_secs(4), async { while stream.write_all(&request).await.is_ok() {} })
                .await;
        stopped.push(stream);
    }
    connections_come_down_to(&app, before).await;
    assert_eq!(app.browser().get("/login").await.status(), 200);
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_with_a_length_and_without() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let id = app.order_in("CONFIRMED").await;
    for (path, kind) in [
        (format!("/orders/{id}"), "application/x-www-form-urlencoded"),
        ("/login".to_owned(), "application/x-www-form-urlencoded"),
        ("/api/techally/orders/api/add_note".to_owned(), "application/x-www-form-urlencoded"),
        ("/api/techally/orders/api/list_orders".to_owned(), "application/json"),
        ("/api/techally/orders/api/list_orders".to_owned(), "multipart/form-data; boundary=x"),
        ("/api/orders".to_owned(), "application/json"),
    ] {
        let post = || {
            browser
                .client
                .post(format!("{}{path}", app.url))
                .header("origin", &app.url)
                .header("content-type", kind)
                .header("idempotency-key", "k")
                .bearer_auth(API_KEY)
        };
        let sized = post().body("x".repeat(400_000)).send().await.expect("an answer");
        assert_eq!(sized.status(), 413, "{path} {kind} with a length");
        let mut stream = connect(&app).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\norigin: http://x\r\nauthorization: Bearer {API_KEY}\r\nidempotency-key: k\r\n\
             content-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        let chunk = format!("2710\r\n{}\r\n", "x".repeat(10_000));
        let _ = stream.write_all(format!("{head}{}0\r\n\r\n", chunk.repeat(40)).as_bytes()).await;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 413", "{path} {kind} in chunks");
    }
    assert_eq!(browser.get("/orders").await.status(), 200);
}

#[tokio::test]
async fn a_full_pool_is_503_within_a_second_and_recovers() {
    let app = App::start_with(|config, _| config.database_wait = Duration::from_millis(800)).await;
    let browser = app.signed_in("support").await;
    let id = app.order_in("CONFIRMED").await;
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(app.staff.acquire().await.expect("a connection"));
    }
    let json = |path: &str, body: &'static str| {
        browser
            .client
            .post(format!("{}{path}", app.url))
            .header("origin", &app.url)
            .header("content-type", "application/json")
            .header("idempotency-key", "k")
            .bearer_auth(API_KEY)
            .body(body)
    };
    let order = r#"{"customer":{"email":"a@b.example","first_name":"A","last_name":"B"},"items":[{"sku":"A","quantity":1}],
        "shipping_address":{"recipient_name":"A","street":"B","postal_code":"1","city":"C","country":"DE"}}"#;
    let list = r#"{"query":{"q":"","status":"","after":"","before":"","limit":""}}"#;
    let get = |path: &str| browser.client.get(format!("{}{path}", app.url)).header("accept", "text/html");
    let form = |client: &reqwest::Client, path: &str, body: &'static str| {
        client
            .post(format!("{}{path}", app.url))
            .header("origin", &app.url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    };
    let stranger = app.browser();
    for (name, request) in [
        ("a page", get("/orders")),
        ("a page with an id", get(&format!("/orders/{id}"))),
        ("readiness", get("/readyz")),
        ("a form", form(&browser.client, &format!("/orders/{id}"), "note=x")),
        ("sign-in", form(&stranger.client, "/login", "email=support%40techally.test&password=x")),
        ("a function", json("/api/techally/orders/api/list_orders", list)),
        (
            "sign-in by function",
            form(&stranger.client, "/api/techally/auth/api/sign_in", "email=a%40b.example&password=x"),
        ),
        ("the checkout", json("/api/orders", order)),
    ] {
        let from = Instant::now();
        let answer = request.send().await.expect("an answer");
        let took = from.elapsed();
        assert_eq!(answer.status(), 503, "{name}");
        assert!(answer.headers().contains_key("retry-after"), "{name}");
        assert!(took < Duration::from_millis(1_300), "{name}: {took:?}");
        if name.contains("page") {
            assert!(answer.text().await.expect("a page").trim_end().ends_with("</html>"), "{name}");
        }
    }
    drop(held);
    assert_eq!(browser.get("/orders").await.status(), 200, "still signed in");
    let page = browser.page("/orders").await;
    assert!(page.contains("</html>"));
}

#[tokio::test]
async fn more_requests_than_there_is_room_for_are_refused_at_once() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let room = app.state.places.available_permits();
    let taken = app.state.places.clone().try_acquire_many_owned(u32::try_from(room).expect("a number")).expect("all");
    let answer = browser.get("/orders").await;
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(browser.get("/healthz").await.status(), 200, "machines are asked for, too");
    drop(taken);
    assert_eq!(browser.get("/orders").await.status(), 200);
}

#[tokio::test]
async fn a_panic_is_a_plain_500_with_its_headers_and_nothing_of_the_cause() {
    use techally::server::{accept, router};
    let app = App::start().await;
    async fn panics() -> &'static str {
        panic!("secret-cause-4711")
    }
    let routes = axum::Router::new().route("/panics", axum::routing::get(panics));
    let around = router::around(routes, app.state.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/panics", listener.local_addr().expect("an address"));
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    tokio::spawn(accept::serve(listener, around, accept::Limits::default(), std::sync::Arc::default(), stopped));
    for accept in ["text/html", "application/json"] {
        let answer = app.browser().client.get(&url).header("accept", accept).send().await.expect("an answer");
        assert_eq!(answer.status(), 500);
        let id = answer.headers()["x-request-id"].to_str().expect("text").to_owned();
        assert!(answer.headers()["content-security-policy"].to_str().expect("text").contains("frame-ancestors 'none'"));
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let body = answer.text().await.expect("a body");
        assert!(!body.contains("4711"), "{body}");
        assert_eq!(body.contains("</html>") && body.contains(&id), accept == "text/html", "{body}");
    }
    assert_eq!(app.state.metrics.panics.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_stop_lets_requests_end_and_has_a_hard_end() {
    let app = App::start_with(|_, limits| limits.grace = Duration::from_secs(2)).await;
    let browser = app.signed_in("support").await;
    let id = app.order_in("CONFIRMED").await;
    // a request that waits for a lock which we hold
    let mut lock = app.db.begin().await.expect("a transaction");
    sqlx::query("SELECT 1 FROM orders WHERE id = $1 FOR UPDATE").bind(id).execute(&mut *lock).await.expect("a lock");
    let post = {
        let (client, url) = (browser.client.clone(), app.url.clone());
        tokio::spawn(async move {
            client
                .post(format!("{url}/orders/{id}"))
                .header("origin", &url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body("note=last+words")
                .send()
                .await
        })
    };
    let mut half = connect(&app).await;
    half.write_all(b"POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n").await.expect("sent");
    tokio::time::sleep(Duration::from_millis(500)).await;
    app.stop.send(true).expect("a server");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(TcpStream::connect(app.url.trim_start_matches("http://")).await.is_err(), "the port is closed");
    lock.rollback().await.expect("released");
    assert_eq!(post.await.expect("joined").expect("an answer").status(), 303, "what ran is answered");
    until_closed(&mut half, Duration::from_secs(4)).await;
}

#[tokio::test]
async fn readiness_knows_the_schema_and_a_stop() {
    let app = App::start().await;
    let browser = app.browser();
    let ready = async || browser.get("/readyz").await.status().as_u16();
    assert_eq!(ready().await, 200);
    let last: i64 = sqlx::query_scalar(
        "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations) RETURNING version",
    )
    .fetch_one(&app.db)
    .await
    .expect("the last migration");
    assert_eq!(ready().await, 503, "older than the program");
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES ($1, 'next', true, '', 0)",
    )
    .bind(last + 1)
    .execute(&app.db)
    .await
    .expect("a newer schema");
    assert_eq!(ready().await, 200, "newer is what a rollout looks like");
    app.state.draining.store(true, Ordering::Relaxed);
    assert_eq!(ready().await, 503);
    assert_eq!(browser.get("/healthz").await.status(), 200, "stopping is not dead");
}

#[tokio::test]
async fn figures_are_for_those_with_the_token_and_name_no_one() {
    let app = App::start_with(|config, _| config.metrics_token = Some("figures".to_owned().into())).await;
    let browser = app.signed_in("support").await;
    let id = app.order_in("CONFIRMED").await;
    browser.page(&format!("/orders/{id}")).await;
    browser.page("/orders?q=TA-1").await;
    browser.get("/no-such-page-98765").await;
    let get = |token: &str| app.browser().client.get(format!("{}/metrics", app.url)).bearer_auth(token).send();
    assert_eq!(app.browser().get("/metrics").await.status(), 404);
    assert_eq!(get("wrong").await.expect("an answer").status(), 404);
    let answer = get("figures").await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.expect("figures");
    assert!(text.contains(r#"techally_requests_total{method="GET",route="/orders/{id}",status="200"} 1"#), "{text}");
    assert!(text.contains(r#"techally_request_seconds_bucket{route="/orders",le="+Inf"} 1"#), "{text}");
    assert!(text.contains(r#"techally_sign_ins_total{result="success"} 1"#), "{text}");
    assert!(text.contains(r#"techally_database_connections{state="most"} 8"#), "{text}");
    assert!(!text.contains(&id.to_string()) && !text.contains("98765") && !text.contains("TA-1"), "{text}");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let value = line.rsplit(' ').next().expect("a value");
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
}

#[tokio::test]
async fn a_body_that_comes_slowly_is_answered_or_cut_off_and_changes_nothing() {
    let app = impatient_app().await;
    let id = app.order_in("PENDING").await;
    let before = app.status(id).await;
    let mut stream = connect(&app).await;
    let head = format!(
        "POST /orders/{id} HTTP/1.1\r\nhost: x\r\norigin: {}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 1000\r\n\r\nnote=",
        app.url
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let start = Instant::now();
    let answer = until_closed(&mut stream, Duration::from_secs(5)).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(app.status(id).await, before);
    connections_come_down_to(&app, 0).await;
    assert_eq!(reqwest::get(format!("{}/healthz", app.url)).await.expect("an answer").status(), 200);
}
