//! Browser safety on every kind of response: one table of kinds, one list of demands.

use crate::app::{API_KEY, App, PASSWORD};
use reqwest::{Response, header::HeaderMap};
use std::time::Duration;

/// What a kind of response may be kept for.
#[derive(PartialEq)]
enum Cache {
    /// `no-store`.
    Never,
    /// By anyone, for a while.
    Public,
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn check(kind: &str, answer: &Response, status: u16, cache: &Cache, tls: bool) {
    assert_eq!(answer.status().as_u16(), status, "{kind}");
    let headers = answer.headers();
    let csp = text(headers, "content-security-policy");
    assert!(
        csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'") || csp.contains("sandbox"),
        "{kind}: {csp}"
    );
    assert!(
        !csp.contains("'unsafe-eval'") && (!csp.contains("unsafe-inline") || csp.contains("sandbox")),
        "{kind}: {csp}"
    );
    assert_eq!(text(headers, "x-content-type-options"), "nosniff", "{kind}");
    assert_eq!(text(headers, "referrer-policy"), "same-origin", "{kind}");
    assert_eq!(text(headers, "cross-origin-opener-policy"), "same-origin", "{kind}");
    assert_eq!(text(headers, "cross-origin-resource-policy"), "same-origin", "{kind}");
    assert!(text(headers, "permissions-policy").contains("camera=()"), "{kind}");
    assert!(!text(headers, "x-request-id").is_empty(), "{kind}");
    match cache {
        Cache::Never => assert_eq!(text(headers, "cache-control"), "no-store", "{kind}"),
        Cache::Public => assert!(text(headers, "cache-control").starts_with("public"), "{kind}"),
    }
    let hsts = text(headers, "strict-transport-security");
    assert_eq!(hsts.contains("max-age=63072000") && hsts.contains("includeSubDomains"), tls, "{kind}: {hsts}");
    assert!(text(headers, "server").is_empty() && text(headers, "x-powered-by").is_empty(), "{kind}");
}

async fn every_kind(tls: bool) {
    let app = App::start_with(|config, _| {
        config.database_wait = Duration::from_millis(800);
        if tls {
            config.public_url = "https://admin.techally.test".into();
        }
    })
    .await;
    let url = &app.url;
    let client = app.browser().client;
    // by hand: no browser sends a Secure cookie to http://
    let sign_in = client
        .post(format!("{url}/login"))
        .header("origin", url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("email=support%40techally.test&password={PASSWORD}"))
        .send()
        .await
        .expect("an answer");
    check("sign-in", &sign_in, 303, &Cache::Never, tls);
    let set: Vec<String> =
        sign_in.headers().get_all("set-cookie").iter().map(|value| value.to_str().expect("text").to_owned()).collect();
    assert_eq!(set.len(), 2, "session and device: {set:?}");
    for cookie in &set {
        assert_eq!(cookie.starts_with("__Host-techally"), tls, "{cookie}");
        assert_eq!(cookie.contains("; Secure"), tls, "{cookie}");
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
            "{cookie}"
        );
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    let cookie = set.iter().map(|cookie| cookie.split(';').next().expect("a pair")).collect::<Vec<_>>().join("; ");
    let fresh = || app.browser().client;
    let get = |path: &str| fresh().get(format!("{url}{path}")).header("cookie", &cookie).header("accept", "text/html");
    let post = |path: &str| fresh().post(format!("{url}{path}")).header("cookie", &cookie).header("origin", url);
    let form = |path: &str, body: &'static str| {
        post(path).header("content-type", "application/x-www-form-urlencoded").body(body)
    };
    let id = app.order_in("CONFIRMED").await;
    let order = format!("/orders/{id}");
    let picture: String =
        sqlx::query_scalar("SELECT url FROM product_images WHERE url LIKE '/demo/pictures/%' LIMIT 1")
            .fetch_one(&app.db)
            .await
            .expect("a picture");
    let never = &Cache::Never;
    for (kind, request, status, cache) in [
        ("a page", get("/orders"), 200, never),
        ("a page with an id", get(&order), 200, never),
        ("the sign-in page", get("/login"), 200, never),
        ("HEAD of a page", fresh().head(format!("{url}/orders")).header("cookie", &cookie), 200, never),
        ("a redirect to sign in", fresh().get(format!("{url}/orders")), 303, never),
        ("a redirect after a form", form(&order, "note=x"), 303, never),
        ("a form refused", form(&order, "note="), 422, never),
        ("a form nobody has", form(&order, "colour=red"), 422, never),
        ("400", get("/orders?after=x"), 400, never),
        ("400 by bytes", form(&order, "note=%FF"), 400, never),
        (
            "401 of a function",
            fresh().post(format!("{url}/api/techally/home/api/days_work")).header("origin", url),
            401,
            never,
        ),
        ("403 from another site", post(&order).header("sec-fetch-site", "cross-site").body("note=x"), 403, never),
        (
            "403 of a silent post",
            fresh().post(format!("{url}{order}")).header("cookie", &cookie).body("note=x"),
            403,
            never,
        ),
        ("404", get("/nowhere"), 404, never),
        ("404 of an order", get("/orders/0192f3a4-5b6c-7000-8000-000000000000"), 404, never),
        ("404 of a file", get("/pkg/none.js"), 404, never),
        ("404 of a picture", get("/demo/pictures/none.svg"), 404, never),
        ("405", fresh().delete(format!("{url}/orders")).header("cookie", &cookie).header("origin", url), 405, never),
        (
            "413",
            post(&order).header("content-type", "application/x-www-form-urlencoded").body("x".repeat(100_000)),
            413,
            never,
        ),
        ("413 far too large", post(&order).body("x".repeat(400_000)), 413, never),
        ("415", post(&order).header("content-type", "text/csv").body("a"), 415, never),
        (
            "a function",
            post("/api/techally/home/api/days_work").header("content-type", "application/x-www-form-urlencoded"),
            200,
            never,
        ),
        ("401 of the API", fresh().post(format!("{url}/api/orders")).body("{}"), 401, never),
        (
            "400 of the API",
            fresh().post(format!("{url}/api/orders")).bearer_auth(API_KEY).header("idempotency-key", "k").body("{"),
            400,
            never,
        ),
        ("the API's document", get("/api/openapi.json"), 200, never),
        ("health", get("/healthz"), 200, never),
        ("readiness", get("/readyz"), 200, never),
        ("a picture", get(&picture), 200, &Cache::Public),
        ("a file", get("/robots.txt"), 200, &Cache::Public),
    ] {
        let answer = request.send().await.expect("an answer");
        check(kind, &answer, status, cache, tls);
    }
    // 429
    for _ in 0..20 {
        app.state.clock.advance(Duration::from_secs(70));
        form("/login", "email=a%40b.example&password=x").send().await.expect("an answer");
    }
    for _ in 0..25 {
        form("/login", "email=a%40b.example&password=x").send().await.expect("an answer");
    }
    check("429", &form("/login", "email=a%40b.example&password=x").send().await.expect("an answer"), 429, never, tls);
    // 503
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(app.staff.acquire().await.expect("a connection"));
    }
    check("503", &get("/orders").send().await.expect("an answer"), 503, never, tls);
    drop(held);
    // the cookie that removes the cookie
    let out = form("/logout", "sign_out=1").send().await.expect("an answer");
    check("sign-out", &out, 303, never, tls);
    let gone = text(out.headers(), "set-cookie");
    assert!(gone.starts_with(if tls { "__Host-techally=;" } else { "techally=;" }), "{gone}");
    assert!(gone.contains("Max-Age=0") && gone.contains("HttpOnly") && gone.contains("SameSite=Lax"), "{gone}");
    assert_eq!(gone.contains("; Secure"), tls, "{gone}");
}

#[tokio::test]
async fn every_kind_of_response_has_its_headers() {
    every_kind(false).await;
}

#[tokio::test]
async fn over_tls_cookies_are_secure_and_the_browser_stays_there() {
    every_kind(true).await;
}
