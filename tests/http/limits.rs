//! Limits of signing in: by network, by account, with and without Redis.

use crate::app::{App, Browser, PASSWORD};
use std::time::Duration;

/// Tries to sign in; status and `Retry-After`.
async fn try_in(browser: &Browser, email: &str, password: &str) -> (u16, Option<u64>) {
    let answer = browser.post("/login", &[("email", email), ("password", password)]).await;
    let wait = answer.headers().get("retry-after").map(|value| value.to_str().expect("text").parse().expect("seconds"));
    (answer.status().as_u16(), wait)
}

fn nobody(n: usize) -> String {
    format!("nobody{n}@techally.test")
}

#[tokio::test]
async fn the_21st_failure_from_one_network_waits_and_successes_do_not_count() {
    let app = App::behind_a_proxy().await;
    let here = "203.0.113.7";
    for n in 0..25 {
        assert_eq!(try_in(&app.browser_from(here), "support@techally.test", PASSWORD).await.0, 303, "{n}");
    }
    for n in 0..20 {
        assert_eq!(try_in(&app.browser_from(here), &nobody(n), "wrong").await, (401, None), "{n}");
    }
    let answer =
        app.browser_from(here).post("/login", &[("email", "support@techally.test"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status(), 429, "also with the right password");
    let wait: u64 = answer.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((200..=300).contains(&wait), "{wait}");
    let page = answer.text().await.expect("a page");
    assert!(page.contains("Try again in 5 minutes"), "it says how long");
    assert!(page.contains("value=\"support@techally.test\""), "and keeps the address");
    assert_eq!(try_in(&app.browser_from("203.0.113.8"), "support@techally.test", PASSWORD).await.0, 303, "elsewhere");
    app.state.clock.advance(Duration::from_secs(wait + 1));
    assert_eq!(try_in(&app.browser_from(here), "support@techally.test", PASSWORD).await.0, 303, "after the wait");
}

#[tokio::test]
async fn a_hundred_at_once_do_not_slip_through() {
    let app = App::behind_a_proxy().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..60 {
        let browser = app.browser_from("203.0.113.7");
        tasks.spawn(async move { try_in(&browser, &nobody(n), "wrong").await.0 });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == 401).count(), 20, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 40, "{answers:?}");
}

#[tokio::test]
async fn a_forged_x_forwarded_for_helps_nobody() {
    let app = App::start().await;
    for n in 0..20 {
        assert_eq!(try_in(&app.browser_from(&format!("203.0.113.{n}")), &nobody(n), "wrong").await.0, 401);
    }
    assert_eq!(try_in(&app.browser_from("198.51.100.9"), &nobody(99), "wrong").await.0, 429);
    // behind a proxy: what stands left of its own word is the client's invention
    let app = App::behind_a_proxy().await;
    for n in 0..20 {
        assert_eq!(try_in(&app.browser_from(&format!("1.2.3.{n}, 203.0.113.7")), &nobody(n), "wrong").await.0, 401);
    }
    assert_eq!(try_in(&app.browser_from("9.9.9.9, 203.0.113.7"), &nobody(99), "wrong").await.0, 429);
    // addresses of one IPv6 customer are one network
    for n in 0..20 {
        assert_eq!(try_in(&app.browser_from(&format!("2001:db8:1:2::{n:x}")), &nobody(n), "wrong").await.0, 401);
    }
    assert_eq!(try_in(&app.browser_from("2001:db8:1:2:ffff::1"), &nobody(99), "wrong").await.0, 429);
    assert_eq!(try_in(&app.browser_from("2001:db8:1:3::1"), &nobody(99), "wrong").await.0, 401);
}

#[tokio::test]
async fn waits_on_an_account_grow_for_known_and_unknown_alike_and_only_where_it_was_guessed() {
    let app = App::behind_a_proxy().await;
    let mut all = Vec::new();
    for (n, email) in ["support@techally.test", "nobody@techally.test"].into_iter().enumerate() {
        let guesser = app.browser_from(&format!("203.0.113.{n}"));
        let mut waits = Vec::new();
        for _ in 0..9 {
            let (mut status, mut wait) = try_in(&guesser, email, "wrong").await;
            if status == 429 {
                let seconds = wait.expect("a wait");
                waits.push(seconds);
                app.state.clock.advance(Duration::from_secs(seconds));
                (status, wait) = try_in(&guesser, email, "wrong").await;
            }
            assert_eq!((status, wait), (401, None), "{email}");
        }
        all.push(waits);
    }
    assert_eq!(all[0], [1, 2, 4, 8]);
    assert_eq!(all[0], all[1], "no word on who exists");
    // the person, elsewhere, doesn't wait
    assert_eq!(try_in(&app.browser_from("198.51.100.1"), "support@techally.test", PASSWORD).await.0, 303);
}

#[tokio::test]
async fn a_success_ends_the_wait_of_that_network() {
    let app = App::behind_a_proxy().await;
    let here = "203.0.113.7";
    for _ in 0..5 {
        assert_eq!(try_in(&app.browser_from(here), "support@techally.test", "wrong").await.0, 401);
    }
    assert_eq!(try_in(&app.browser_from(here), "support@techally.test", PASSWORD).await.0, 429);
    app.state.clock.advance(Duration::from_secs(2));
    assert_eq!(try_in(&app.browser_from(here), "support@techally.test", PASSWORD).await.0, 303);
    assert_eq!(try_in(&app.browser_from(here), "support@techally.test", "wrong").await.0, 401, "from the beginning");
}

#[tokio::test]
async fn guessers_everywhere_do_not_keep_out_a_known_browser() {
    let app = App::behind_a_proxy().await;
    let known = app.browser_from("198.51.100.1");
    assert_eq!(try_in(&known, "support@techally.test", PASSWORD).await.0, 303);
    for n in 0..100 {
        let guesser = app.browser_from(&format!("203.0.{}.7", n / 5));
        assert_eq!(try_in(&guesser, "support@techally.test", "wrong").await.0, 401, "{n}");
    }
    let (status, wait) = try_in(&app.browser_from("192.0.2.50"), "support@techally.test", PASSWORD).await;
    assert!(status == 429 && wait.is_some(), "a browser that nobody knows waits: {status}");
    assert_eq!(try_in(&known, "support@techally.test", PASSWORD).await.0, 303, "the known one gets in at once");
    // even from a network that is blocked
    for n in 0..20 {
        try_in(&app.browser_from("198.51.100.1"), &nobody(n), "wrong").await;
    }
    assert_eq!(try_in(&app.browser_from("198.51.100.1"), "admin@techally.test", PASSWORD).await.0, 429);
    assert_eq!(try_in(&known, "support@techally.test", PASSWORD).await.0, 303);
    // but is no free ticket for guessing
    let mut statuses = Vec::new();
    for _ in 0..21 {
        statuses.push(try_in(&known, "support@techally.test", "wrong").await.0);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 20, "{statuses:?}");
}

#[tokio::test]
async fn a_device_cookie_is_new_at_each_sign_in_and_worth_nothing_for_others() {
    let app = App::behind_a_proxy().await;
    let device = |answer: &reqwest::Response| {
        answer
            .headers()
            .get_all("set-cookie")
            .iter()
            .filter_map(|cookie| cookie.to_str().ok()?.strip_prefix("techally-device="))
            .map(str::to_owned)
            .next()
            .expect("a device cookie")
    };
    let browser = app.browser_from("198.51.100.1");
    let fields = [("email", "support@techally.test"), ("password", PASSWORD)];
    let first = device(&browser.post("/login", &fields).await);
    assert!(first.contains("HttpOnly") && first.contains("SameSite=Lax") && first.contains("Max-Age="), "{first}");
    let second = device(&browser.post("/login", &fields).await);
    assert_ne!(first[..32], second[..32]);
    let tokens: String = sqlx::query_scalar("SELECT string_agg(encode(token_hash, 'hex'), ' ') FROM known_devices")
        .fetch_one(&app.db)
        .await
        .expect("devices");
    assert!(!tokens.contains(&second[..32]) && tokens.len() == 64, "one row, and not the token itself: {tokens}");
    // the old token, copied before, does not pass a wait
    for n in 0..100 {
        try_in(&app.browser_from(&format!("203.0.{}.7", n / 5)), "support@techally.test", "wrong").await;
    }
    let with = async |token: &str, email: &str| {
        app.browser_from("192.0.2.9")
            .client
            .post(format!("{}/login", app.url))
            .header("origin", &app.url)
            .header("cookie", format!("techally-device={}", &token[..32]))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("email={email}&password={PASSWORD}"))
            .send()
            .await
            .expect("an answer")
            .status()
            .as_u16()
    };
    assert_eq!(with(&first, "support@techally.test").await, 429);
    assert_eq!(with(&second, "support@techally.test").await, 303);
}

#[tokio::test]
async fn attempts_are_kept_with_address_and_person() {
    let app = App::behind_a_proxy().await;
    sqlx::query("DELETE FROM user_activity").execute(&app.db).await.expect("empty");
    let browser = app.browser_from("203.0.113.7");
    for _ in 0..6 {
        try_in(&browser, "support@techally.test", "wrong").await;
    }
    try_in(&browser, &nobody(1), "wrong").await;
    app.state.clock.advance(Duration::from_secs(2));
    try_in(&browser, "support@techally.test", PASSWORD).await;
    let rows: Vec<(String, Option<String>, String)> = sqlx::query_as(
        "SELECT a.action_type, u.email, host(a.ip) FROM user_activity a LEFT JOIN users u ON u.id = a.user_id ORDER BY a.\"timestamp\"",
    )
    .fetch_all(&app.db)
    .await
    .expect("activity");
    let support = || Some("support@techally.test".to_owned());
    let here = || "203.0.113.7".to_owned();
    let mut wanted = vec![("sign_in_failed".to_owned(), support(), here()); 5];
    wanted.push(("sign_in_limited".to_owned(), support(), here()));
    wanted.push(("sign_in_failed".to_owned(), None, here()));
    wanted.push(("sign_in".to_owned(), support(), here()));
    assert_eq!(rows, wanted);
    let session: String =
        sqlx::query_scalar("SELECT host(ip) FROM user_sessions").fetch_one(&app.db).await.expect("a session");
    assert_eq!(session, "203.0.113.7");
}
