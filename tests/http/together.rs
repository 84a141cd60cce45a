//! Everybody at once: twenty people do random things to the same few orders, through the pages' own forms.

use crate::{
    app::{App, Browser, PASSWORD},
    command_line::serving,
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use uuid::Uuid;

/// A random act on an order as this person's page would send it; the version may be another's by then.
async fn act(browser: &Browser, app: &App, random: &mut fastrand::Rng, id: Uuid, others: &[Uuid]) -> u16 {
    let path = format!("/orders/{id}");
    let (status, version) = app.status(id).await;
    // now and then a form from before
    let version = (version - i32::from(random.u8(0..10) == 0)).to_string();
    let words = format!("x{}", random.u32(..));
    let answer = match random.u8(0..12) {
        0 => browser.post(&path, &[("note", &words)]).await,
        1 => browser.post(&path, &[("tags", &words), ("version", &version)]).await,
        2 => {
            let email = format!("{words}@mail.example");
            browser.post(&path, &[("email", &email), ("phone", "+49 1"), ("version", &version)]).await
        }
        3 => {
            let to = if random.bool() { String::new() } else { others[random.usize(..others.len())].to_string() };
            browser.post(&path, &[("assignee", &to), ("version", &version)]).await
        }
        4 => browser.post(&path, &[("mail", &Uuid::new_v4().to_string())]).await,
        _ => {
            let to = match status.as_str() {
                "PENDING" => ["PROCESSING", "CANCELLED"][random.usize(0..2)],
                "PROCESSING" => ["CONFIRMED", "CONFIRMED", "FAILED"][random.usize(0..3)],
                "CONFIRMED" => ["PREPARING", "PREPARING", "CANCELLED"][random.usize(0..3)],
                "PREPARING" => "SHIPPED",
                "SHIPPED" => "DELIVERED",
                _ => ["RETURNED", "COMPLETED"][random.usize(0..2)],
            };
            let line: (Uuid, i32) =
                sqlx::query_as("SELECT id, quantity FROM order_items WHERE order_id = $1 ORDER BY random() LIMIT 1")
                    .bind(id)
                    .fetch_one(&app.db)
                    .await
                    .expect("a line");
            let (item, pieces) = (line.0.to_string(), random.i32(1..=line.1).to_string());
            let mut fields = vec![
                ("status", to),
                ("version", version.as_str()),
                ("reason", "random"),
                ("reference", words.as_str()),
                ("carrier", "DHL"),
                ("tracking_number", words.as_str()),
            ];
            if to == "RETURNED" || random.bool() {
                fields.extend([
                    ("lines[0][item]", item.as_str()),
                    ("lines[0][quantity]", pieces.as_str()),
                    ("lines[0][disposition]", ["restock", "damaged", "lost"][random.usize(0..3)]),
                ]);
            }
            browser.post(&path, &fields).await
        }
    };
    answer.status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_people_at_once_leave_every_order_sound() {
    let app = Arc::new(App::start().await);
    let seed =
        std::env::var("TOGETHER_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM orders WHERE status IN ('PENDING', 'PROCESSING', 'CONFIRMED', 'PREPARING') AND deleted_at IS NULL ORDER BY id DESC LIMIT 8",
    )
    .fetch_all(&app.db)
    .await
    .expect("orders");
    let staff: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM users WHERE role <> 'customer' ORDER BY id")
        .fetch_all(&app.db)
        .await
        .expect("staff");
    let mut tasks = tokio::task::JoinSet::new();
    for (n, who) in ["super", "admin", "support", "warehouse", "super"].iter().cycle().take(20).enumerate() {
        let browser = app.signed_in(who).await;
        let (app, ids, staff) = (Arc::clone(&app), ids.clone(), staff.clone());
        tasks.spawn(async move {
            let mut random = fastrand::Rng::with_seed(seed ^ n as u64);
            let mut answers = BTreeMap::<u16, u32>::new();
            for _ in 0..25 {
                let id = ids[random.usize(..ids.len())];
                *answers.entry(act(&browser, &app, &mut random, id, &staff).await).or_default() += 1;
            }
            answers
        });
    }
    let mut answers = BTreeMap::<u16, u32>::new();
    for one in tasks.join_all().await {
        for (status, count) in one {
            *answers.entry(status).or_default() += count;
        }
    }
    let place = format!("TOGETHER_SEED={seed}: {answers:?}");
    assert!(answers.keys().all(|status| [303, 403, 409, 422].contains(status)), "{place}");
    assert!(answers.get(&303).is_some_and(|done| *done > 50), "{place}");
    assert_eq!(app.broken_invariants().await, [], "{place}");
    // the history of each is one way without a gap, and its last step is where it stands
    let gaps: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT from_status, lag(to_status) OVER (PARTITION BY order_id ORDER BY created_at, id) AS before
                               FROM order_status_history WHERE order_id = ANY ($1)) h
         WHERE from_status IS DISTINCT FROM before",
    )
    .bind(&ids)
    .fetch_one(&app.db)
    .await
    .expect("a count");
    assert_eq!(gaps, 0, "{place}");
    // no version of an order was changed twice. One that a part of a move counted has no entry: nothing else changed in it
    let twice: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT (changed -> 'version' ->> 0)::int AS before,
                                      lag((changed -> 'version' ->> 1)::int) OVER (PARTITION BY row_id ORDER BY (changed -> 'version' ->> 1)::int) AS last
                               FROM audit_log WHERE table_name = 'orders' AND action = 'UPDATE' AND row_id = ANY ($1)) v
         WHERE last IS NOT NULL AND before < last",
    )
    .bind(ids.iter().map(Uuid::to_string).collect::<Vec<_>>())
    .fetch_one(&app.db)
    .await
    .expect("a count");
    assert_eq!(twice, 0, "{place}");
    let browser = app.signed_in("super").await;
    for id in ids {
        assert_eq!(browser.get(&format!("/orders/{id}")).await.status(), 200);
    }
}

/// A server that is killed while it works leaves each act done or not done, never half.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_leaves_nothing_half_done() {
    let app = Arc::new(App::start().await);
    let seed = fastrand::u64(..);
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM orders WHERE status IN ('PENDING', 'PROCESSING', 'CONFIRMED', 'PREPARING') AND deleted_at IS NULL ORDER BY id LIMIT 60",
    )
    .fetch_all(&app.db)
    .await
    .expect("orders");
    let moved = async || -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM order_status_history").fetch_one(&app.db).await.expect("a count")
    };
    for round in 0..3_u64 {
        let before = moved().await;
        let (mut server, url) = serving(&app, &[]).await;
        let browser = Browser { url, ..app.browser() };
        let signed_in = browser.post("/login", &[("email", "super@techally.test"), ("password", PASSWORD)]).await;
        assert_eq!(signed_in.status(), 303);
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..12 {
            let browser = Browser { client: browser.client.clone(), url: browser.url.clone() };
            let (app, ids) = (Arc::clone(&app), ids.clone());
            tasks.spawn(async move {
                let mut random = fastrand::Rng::with_seed(seed ^ (round << 8) ^ n);
                loop {
                    let id = ids[random.usize(..ids.len())];
                    act(&browser, &app, &mut random, id, &[Uuid::nil()]).await;
                }
            });
        }
        let from = std::time::Instant::now();
        while moved().await < before + 5 {
            assert!(from.elapsed() < Duration::from_secs(20), "it works");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..60))).await;
        // those who asked go first: what they asked for is still being done when the server dies
        tasks.abort_all();
        server.kill().await.expect("killed");
        tasks.shutdown().await;
        assert_eq!(app.broken_invariants().await, [], "seed {seed}, round {round}");
        let halves: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM parcels p WHERE NOT EXISTS (SELECT 1 FROM parcel_items i WHERE i.parcel_id = p.id)",
        )
        .fetch_one(&app.db)
        .await
        .expect("a count");
        assert_eq!(halves, 0, "seed {seed}, round {round}");
    }
}
