//! Saved views: one's own, the team's, what a role sees first; pinned with numbers; deleted and brought back.

use crate::{
    app::{App, Browser},
    lists::numbers,
};
use uuid::Uuid;

async fn post(browser: &Browser, fields: &[(&str, &str)]) -> (u16, String) {
    let answer = browser
        .client
        .post(format!("{}/views", browser.url))
        .header("origin", &browser.url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish())
        .send()
        .await
        .expect("an answer");
    let status = answer.status().as_u16();
    let to = answer.headers().get("location").map(|to| to.to_str().expect("text").to_owned());
    (
        status,
        match to {
            Some(to) => to,
            None => answer.text().await.expect("a page"),
        },
    )
}

async fn save(browser: &Browser, name: &str, query: &str, more: &[(&str, &str)]) -> (u16, String) {
    let fields: Vec<_> =
        [("list", "orders"), ("query", query), ("name", name)].into_iter().chain(more.iter().copied()).collect();
    post(browser, &fields).await
}

async fn change(app: &App, browser: &Browser, view: Uuid, act: &str, more: &[(&str, &str)]) -> (u16, String) {
    let version: i32 = sqlx::query_scalar("SELECT version FROM saved_views WHERE id = $1")
        .bind(view)
        .fetch_one(&app.db)
        .await
        .expect("a version");
    let (view, version) = (view.to_string(), version.to_string());
    let fields: Vec<_> = [("view", view.as_str()), ("version", &version), ("act", act)]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    post(browser, &fields).await
}

async fn id_of(app: &App, name: &str) -> Uuid {
    sqlx::query_scalar("SELECT id FROM saved_views WHERE name = $1 ORDER BY created_at DESC LIMIT 1")
        .bind(name)
        .fetch_one(&app.db)
        .await
        .expect("a view")
}

#[tokio::test]
async fn a_view_is_saved_shown_pinned_and_counted() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    let (status, to) = save(
        &support,
        "  Big   failures ",
        "status=FAILED&sort=-total&cols=order,total&after=x&panel=columns",
        &[("pin", "yes")],
    )
    .await;
    assert_eq!(status, 303, "{to}");
    let id = id_of(&app, "Big failures").await;
    assert_eq!(to, format!("/orders?view={id}"));
    let page = support.page(&to).await;
    let wanted: Vec<String> = sqlx::query_scalar(
        "SELECT order_number FROM orders WHERE status = 'FAILED' ORDER BY grand_total DESC, id DESC LIMIT 50",
    )
    .fetch_all(&app.db)
    .await
    .expect("orders");
    assert_eq!(numbers(&page), wanted);
    let failed: i64 = sqlx::query_scalar("SELECT count(*) FROM orders WHERE status = 'FAILED'")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    let navigation =
        page.split("id=\"nav-views\"").nth(1).expect("pinned").split("</ul>").next().expect("a list").to_owned();
    assert!(navigation.contains("Big failures") && navigation.contains(&format!(">{failed}<")), "{navigation}");
    // it is nobody else's
    let admin = app.signed_in("admin").await;
    assert!(!admin.page("/views").await.contains("Big failures"));
    assert!(!admin.page("/").await.contains("nav-views"));
    assert_eq!(change(&app, &admin, id, "delete", &[]).await.0, 404);
    assert_eq!(numbers(&admin.page(&to).await).len(), 50, "a view that one doesn't see is the whole list");
    let reason: i64 =
        sqlx::query_scalar("SELECT count(*) FROM audit_log WHERE table_name = 'saved_views' AND row_id = $1::text")
            .bind(id)
            .fetch_one(&app.db)
            .await
            .expect("the trail");
    assert_eq!(reason, 1);
}

#[tokio::test]
async fn names_are_given_and_unique_and_input_is_kept() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    assert_eq!(save(&support, "Mine", "q=x1", &[]).await.0, 303);
    let (status, page) = save(&support, "mINE", "q=x1", &[]).await;
    assert_eq!(status, 409);
    assert!(page.contains("You have a view") && page.contains("mINE"), "{page}");
    for (name, why) in [("  ", "Give the view a name"), (&*"x".repeat(61), "at most 60")] {
        let (status, page) = save(&support, name, "q=x1", &[]).await;
        assert!(status == 422 && page.contains(why), "{name}: {status}");
    }
    assert_eq!(post(&support, &[("list", "secrets"), ("query", ""), ("name", "x")]).await.0, 422);
    let long = format!("q={}", "x".repeat(3_000));
    assert_eq!(save(&support, "Long", &long, &[]).await.0, 422);
    // of a list that one may not open
    let moderator = app.signed_in("moderator").await;
    assert_eq!(save(&moderator, "Orders", "q=x1", &[]).await.0, 403);
    let id = id_of(&app, "Mine").await;
    assert_eq!(save(&support, "Other", "q=x2", &[]).await.0, 303);
    assert_eq!(change(&app, &support, id, "rename", &[("name", "other")]).await.0, 409);
    assert_eq!(change(&app, &support, id, "rename", &[("name", "Renamed")]).await.0, 303);
    assert_eq!(change(&app, &support, id, "explode", &[]).await.0, 422);
    // drawn before somebody changed it
    let stale =
        post(&support, &[("view", &id.to_string()), ("version", "1"), ("act", "rename"), ("name", "Late")]).await;
    assert!(stale.0 == 409 && stale.1.contains("changed this view"), "{}", stale.0);
}

#[tokio::test]
async fn deleted_views_come_back_for_a_day() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    save(&support, "Gone", "status=FAILED", &[("pin", "yes")]).await;
    let id = id_of(&app, "Gone").await;
    assert_eq!(change(&app, &support, id, "delete", &[]).await.0, 303);
    let page = support.page("/views").await;
    assert!(page.contains("Deleted today") && page.contains("Bring back") && !page.contains("nav-views"));
    assert_eq!(save(&support, "Gone", "q=new1", &[]).await.0, 303, "its name is free");
    let (status, page) = change(&app, &support, id, "restore", &[]).await;
    assert!(status == 409 && page.contains("another view"), "{status}");
    let other = id_of(&app, "Gone").await;
    assert_ne!(other, id);
    change(&app, &support, other, "rename", &[("name", "Gone too")]).await;
    assert_eq!(change(&app, &support, id, "restore", &[]).await.0, 303);
    assert!(support.page("/").await.contains("nav-views"), "pinned as it was");
    change(&app, &support, id, "delete", &[]).await;
    sqlx::query("UPDATE saved_views SET deleted_at = now() - interval '25 hours' WHERE id = $1")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("a day on");
    app.state.views.forget_all().await;
    assert!(!support.page("/views").await.contains("Deleted today"));
}

#[tokio::test]
async fn sharing_needs_its_right_and_a_role_has_one_first_view() {
    let app = App::start().await;
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    assert_eq!(save(&support, "Ours", "status=FAILED", &[("share", "yes")]).await.0, 403);
    assert_eq!(save(&support, "Ours", "status=FAILED", &[("default_of", "support")]).await.0, 403);
    assert_eq!(save(&admin, "First", "status=FAILED", &[("default_of", "support")]).await.0, 303);
    let first = id_of(&app, "First").await;
    let failed: Vec<String> =
        sqlx::query_scalar("SELECT order_number FROM orders WHERE status = 'FAILED' ORDER BY id DESC LIMIT 50")
            .fetch_all(&app.db)
            .await
            .expect("orders");
    app.state.views.forget_all().await;
    let page = support.page("/orders").await;
    assert_eq!(numbers(&page), failed, "what support sees first");
    let tab = page.find(">All ").or_else(|| page.find(">All<")).expect("the tab All");
    let tab = &page[page[..tab].rfind("<a").expect("a link")..];
    let all = tab.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("its address");
    assert_eq!(all, "/orders?view=none", "and how to see all");
    assert_eq!(numbers(&support.page(all).await).len(), 50);
    assert_eq!(numbers(&support.page("/orders?view=none").await).len(), 50);
    assert_eq!(numbers(&admin.page("/orders").await).len(), 50, "an admin sees all");
    // who may not share can pin, and nothing more
    assert_eq!(change(&app, &support, first, "pin", &[]).await.0, 303);
    for act in ["delete", "unshare", "rename"] {
        assert_eq!(change(&app, &support, first, act, &[("name", "x")]).await.0, 403, "{act}");
    }
    assert_eq!(save(&admin, "Second", "status=PENDING", &[("default_of", "support")]).await.0, 303);
    let defaults: Vec<String> = sqlx::query_scalar("SELECT name FROM saved_views WHERE default_of = 'support'")
        .fetch_all(&app.db)
        .await
        .expect("views");
    assert_eq!(defaults, ["Second"]);
}

#[tokio::test]
async fn pinned_views_keep_the_order_that_one_gives_them() {
    let app = App::start().await;
    let support = app.signed_in("support").await;
    let mut ids = Vec::new();
    for name in ["A", "B", "C"] {
        save(&support, name, &format!("q=x{name}1"), &[("pin", "yes")]).await;
        ids.push(id_of(&app, name).await);
    }
    let order = async || -> Vec<String> {
        sqlx::query_scalar(
            "SELECT v.name FROM saved_view_pins p JOIN saved_views v ON v.id = p.view_id ORDER BY p.position",
        )
        .fetch_all(&app.db)
        .await
        .expect("pins")
    };
    assert_eq!(order().await, ["A", "B", "C"]);
    change(&app, &support, ids[2], "up", &[]).await;
    assert_eq!(order().await, ["A", "C", "B"]);
    change(&app, &support, ids[0], "down", &[]).await;
    assert_eq!(order().await, ["C", "A", "B"]);
    for (view, act) in [(ids[2], "up"), (ids[1], "down")] {
        change(&app, &support, view, act, &[]).await;
    }
    assert_eq!(order().await, ["C", "A", "B"], "the ends stay where they are");
    change(&app, &support, ids[0], "unpin", &[]).await;
    assert_eq!(order().await, ["C", "B"]);
}
