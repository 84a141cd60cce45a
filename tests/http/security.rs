//! Cross-site posts, headers, and what a hang-up leaves behind.

use crate::app::App;
use sqlx::Row;
use std::time::{Duration, Instant};

#[tokio::test]
async fn cross_site_posts_are_refused_on_every_kind_of_address() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let id = app.order_in("CONFIRMED").await;
    for path in [format!("/orders/{id}"), "/logout".into(), "/login".into(), "/api/techally/orders/api/add_note".into()]
    {
        let post = || {
            browser
                .client
                .post(format!("{}{path}", app.url))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(format!("id={id}&note=evil&sign_out=1&email=a&password=b"))
        };
        let foreign = post().header("origin", "https://evil.example").send().await.expect("an answer");
        assert_eq!(foreign.status(), 403, "{path} from elsewhere");
        let foreign = post().header("sec-fetch-site", "cross-site").send().await.expect("an answer");
        assert_eq!(foreign.status(), 403, "{path} cross-site");
        let silent = post().send().await.expect("an answer");
        assert_eq!(silent.status(), 403, "{path} with our cookie and no word where from");
    }
    let notes: i64 = sqlx::query_scalar("SELECT count(*) FROM order_notes WHERE body = 'evil'")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!(notes, 0);
    assert_eq!(browser.get("/orders").await.status(), 200, "still signed in");
}

#[tokio::test]
async fn server_functions_answer_no_get_and_no_stranger() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let moderator = app.signed_in("moderator").await;
    for function in ["list_orders", "get_order", "add_note", "move_order"] {
        let path = format!("/api/techally/orders/api/{function}");
        let get = browser.get(&path).await;
        assert!(get.status().is_client_error(), "GET {function}: {}", get.status());
        let (kind, body) = match function {
            "list_orders" => ("application/json", r#"{"query":[["limit","25"]]}"#),
            "get_order" => ("application/json", r#"{"id":"x"}"#),
            _ => (
                "application/x-www-form-urlencoded",
                "id=0192f3a4-5b6c-7000-8000-000000000000&note=x&version=1&status=PREPARING",
            ),
        };
        let send = |client: &reqwest::Client| {
            client
                .post(format!("{}{path}", app.url))
                .header("origin", &app.url)
                .header("content-type", kind)
                .body(body)
                .send()
        };
        let stranger = send(&app.browser().client).await.expect("an answer");
        assert_eq!(stranger.status(), 401, "{function} without a session: {}", stranger.text().await.expect("text"));
        let forbidden = send(&moderator.client).await.expect("an answer");
        assert_eq!(forbidden.status(), 403, "{function} without the right");
    }
}

#[tokio::test]
async fn every_kind_of_answer_has_its_headers() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    for path in
        ["/orders", "/nowhere", "/login", "/api/openapi.json", "/healthz", "/pkg/none.js", "/demo/pictures/none.svg"]
    {
        let answer = browser.get(path).await;
        let header = |name: &str| {
            answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(!header("x-request-id").is_empty(), "{path}");
        assert!(!header("cache-control").contains("immutable"), "{path}");
    }
    let csp = browser.get("/orders").await.headers()["content-security-policy"].to_str().expect("text").to_owned();
    let page = browser.page("/orders").await;
    assert!(csp.contains("'nonce-") && !csp.contains("unsafe-inline") && !csp.contains("'unsafe-eval'"), "{csp}");
    let nonce = page.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a nonce");
    assert!(nonce.len() >= 16 && !csp.contains(nonce), "a new nonce for each page");
}

#[tokio::test]
async fn clients_that_hang_up_leave_no_connection_inside_a_transaction() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let id = app.order_in("CONFIRMED").await;
    // each page that is being drawn holds the state, so that one that is never taken apart shows in how often it is held
    let held = || app.state.holders();
    browser.page("/orders").await;
    let at_rest = held();
    // hang up at random points of 1,000 requests: writes, pages, functions, sign-ins
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..1_000_u64 {
        let url = |path: String| format!("{}{path}", app.url);
        let post = |path: String, body: String| {
            browser.client.post(url(path)).header("content-type", "application/x-www-form-urlencoded").body(body)
        };
        let request = match n % 8 {
            0 => browser.client.get(url("/orders".into())),
            1 => browser.client.get(url(format!("/orders/{id}"))),
            2 => post("/api/techally/orders/api/add_note".into(), format!("id={id}&note=hang-up+{n}")),
            4 => browser.client.get(url("/nowhere".into())),
            3 if n < 100 => post("/login".into(), "email=support%40techally.test&password=techally-demo".into()),
            _ => post(format!("/orders/{id}"), format!("note=hang-up+{n}")),
        };
        let request = request.header("origin", &app.url).timeout(Duration::from_micros(200 + (n * 7_919) % 30_000));
        tasks.spawn(async move { request.send().await.is_ok() });
        if n % 20 == 19 {
            while tasks.len() > 10 {
                tasks.join_next().await;
            }
        }
    }
    let answered = tasks.join_all().await.into_iter().filter(|answered| *answered).count();
    assert!(answered < 1_000, "some did hang up");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let stuck: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND state LIKE 'idle in transaction%'",
    )
    .bind(&app.database)
    .fetch_one(&app.db)
    .await
    .expect("a count");
    assert_eq!(stuck, 0);
    let still = Instant::now() + Duration::from_secs(20);
    while held() > at_rest + 30 {
        assert!(Instant::now() < still, "{} holders of the state at rest, {} after hang-ups", at_rest, held());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // every write that is acknowledged from now on is there for others
    for n in 0..20 {
        let text = format!("after {n}");
        let answer = browser.post(&format!("/orders/{id}"), &[("note", &text)]).await;
        assert_eq!(answer.status(), 303);
        let there: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM order_notes WHERE order_id = $1 AND body = $2)")
                .bind(id)
                .bind(&text)
                .fetch_one(&app.db)
                .await
                .expect("a look");
        assert!(there, "{text}");
    }
}

#[tokio::test]
async fn a_poisoned_connection_is_not_handed_out() {
    let app = App::start().await;
    // what sqlx 0.9.0 leaves behind when a BEGIN is cut off: a pooled connection inside a transaction
    let (mut held, mut poisoned) = (Vec::new(), Vec::new());
    for n in 0..8 {
        let mut connection = app.staff.acquire().await.expect("a connection");
        sqlx::raw_sql("BEGIN").execute(&mut *connection).await.expect("begin");
        if n % 2 == 1 {
            sqlx::raw_sql("SELECT 1 / 0").execute(&mut *connection).await.expect_err("a failed transaction");
        } else {
            let row = sqlx::raw_sql("SELECT pg_backend_pid()").fetch_one(&mut *connection).await.expect("its process");
            poisoned.push(row.get::<i32, _>(0));
        }
        held.push(connection);
    }
    drop(held);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let (mut held, mut served) = (Vec::new(), Vec::new());
    for _ in 0..8 {
        let mut connection = app.staff.acquire().await.expect("a connection");
        // by the simple protocol, where both are the same time outside of a transaction
        let row = sqlx::raw_sql("SELECT now() <> statement_timestamp(), pg_backend_pid()")
            .fetch_one(&mut *connection)
            .await
            .expect("an answer");
        assert!(!row.get::<bool, _>(0));
        served.push(row.get::<i32, _>(1));
        held.push(connection);
    }
    // and none was thrown away: making another takes longer on a busy machine than a request waits
    assert!(poisoned.iter().all(|one| served.contains(one)), "{poisoned:?} {served:?}");
}
