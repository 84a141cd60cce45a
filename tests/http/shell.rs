//! What every page has around it: who may open it, what a refusal says, the navigation, the look.

use crate::app::App;
use techally::{
    auth::model::{Right, Role},
    pages::{Access, PAGES},
};

const STAFF: [(&str, Role); 5] = [
    ("support", Role::Support),
    ("moderator", Role::Moderator),
    ("warehouse", Role::WarehouseManager),
    ("admin", Role::Admin),
    ("super", Role::SuperAdmin),
];

/// The navigation and the breadcrumbs: all before the content.
fn around(page: &str) -> &str {
    page.split_once("<main").expect("a page with content").0
}

#[tokio::test]
async fn every_page_opens_for_its_roles_and_tells_the_others_why_not() {
    let app = App::start().await;
    let order = app.order_in("CONFIRMED").await.to_string();
    let stranger = app.browser();
    for page in PAGES {
        let path = page.path.replace("{id}", &order);
        let expected = match page.access {
            // without a token there is no link
            _ if page.path == "/login/link" => 404,
            Access::Everyone(_) => 200,
            _ => 303,
        };
        assert_eq!(stranger.get(&path).await.status(), expected, "{path} without a session");
    }
    for (who, role) in STAFF {
        let browser = app.signed_in(who).await;
        for page in PAGES.iter().filter(|page| !matches!(page.access, Access::Everyone(_))) {
            let path = page.path.replace("{id}", &order);
            let answer = browser.get(&path).await;
            let status = answer.status().as_u16();
            let body = answer.text().await.expect("a page");
            assert!(body.contains("</html>"), "{who} {path}");
            match page.access {
                Access::Holders(right) if !right.held_by(role) => {
                    assert_eq!(status, 403, "{who} {path}");
                    assert!(body.contains(right.label()) && body.contains(&right.holder_names()), "{who} {path}");
                    assert!(body.contains(right.allows()) && body.contains("Ask a super admin"), "{who} {path}");
                    assert!(!around(&body).contains(&format!("href=\"{path}\"")), "{who} {path}: no link to it");
                }
                Access::Developers | Access::Outbox => {
                    assert_eq!(status, 404, "{who} {path}: there is none without its setting");
                }
                // a job is its owner's: tested in jobs.rs; an order is nobody who works here, and no entry of a trail
                _ if [
                    "/jobs/{id}",
                    "/staff/{id}",
                    "/users/{id}",
                    "/users/{id}/merge",
                    "/audit/{id}",
                    "/privacy/{id}",
                    "/audit/record",
                ]
                .contains(&page.path) =>
                {
                    assert_eq!(status, 404, "{who} {path}");
                }
                _ => {
                    assert_eq!(status, 200, "{who} {path}");
                    let linked = around(&body).contains(&format!("href=\"{path}\""));
                    // the search has a link in the head instead, the account one in the person's menu
                    let has_link = page.nav.is_some() || ["/search", "/account"].contains(&page.path);
                    assert_eq!(linked, has_link, "{who} {path}: in the navigation");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_table_of_rights_is_the_one_that_decides() {
    let app = App::start().await;
    let browser = app.signed_in("moderator").await;
    let page = browser.page("/settings/roles").await;
    for right in Right::ALL {
        assert!(page.contains(right.label()) && page.contains(right.allows()), "{right:?}");
        let row = page
            .split(&format!(">{}<", right.label()))
            .nth(1)
            .and_then(|rest| rest.split("</tr>").next())
            .expect("a row");
        for role in Role::STAFF {
            let cell = row.split(&format!("data-role=\"{}\"", role.label())).nth(1).expect("a cell");
            let yes = cell.split("</td>").next().is_some_and(|cell| cell.contains(">Yes<"));
            assert_eq!(yes, right.held_by(role), "{right:?} {role:?}");
        }
    }
    assert!(page.contains("your role"));
}

#[tokio::test]
async fn breadcrumbs_and_titles_come_from_the_table_of_pages() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let order = app.order_in("SHIPPED").await;
    let page = browser.page(&format!("/orders/{order}")).await;
    let crumbs = page.split("class=\"crumbs\"").nth(1).and_then(|rest| rest.split("</nav>").next()).expect("crumbs");
    assert!(crumbs.contains("<a href=\"/orders\">Orders</a>") && crumbs.contains("aria-current=\"page\">Order<"));
    let page = browser.get("/nowhere").await.text().await.expect("a page");
    assert!(around(&page).contains("Not found") && page.contains("<title>Not found · TechAlly</title>"));
}

#[tokio::test]
async fn the_look_is_kept_for_the_person_and_for_the_sign_in_page() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    assert!(!browser.page("/").await.contains("data-theme"), "the system's until chosen");
    let answer = browser.post("/look", &[("theme", "dark"), ("back", "/orders?status=PENDING")]).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/orders?status=PENDING");
    browser.post("/look", &[("density", "relaxed"), ("back", "//evil.example")]).await;
    let page = browser.page("/orders?status=PENDING").await;
    let html = page.split_once("<head>").expect("a head").0;
    assert!(html.contains("data-theme=\"dark\"") && html.contains("data-density=\"relaxed\""), "{html}");
    browser.post("/logout", &[("sign_out", "1")]).await;
    let page = browser.page("/login").await;
    assert!(page.split_once("<head>").expect("a head").0.contains("data-theme=\"dark\""), "by the cookie");
    let (theme, density): (String, String) = sqlx::query_as(
        "SELECT theme, density FROM user_preferences p JOIN users u ON u.id = p.user_id WHERE u.email = 'support@techally.test'",
    )
    .fetch_one(&app.db)
    .await
    .expect("preferences");
    assert_eq!((theme.as_str(), density.as_str()), ("dark", "relaxed"));

    let browser = app.signed_in("admin").await;
    let answer = browser.post("/look", &[("theme", "<script>"), ("back", "/")]).await;
    assert!(answer.status().is_client_error(), "{}", answer.status());
    assert!(!browser.page("/").await.contains("data-theme"), "nothing was changed");
    let answer = browser.post("/look", &[("theme", "light"), ("back", "//evil.example")]).await;
    assert_eq!(answer.headers()["location"], "/", "back stays on this site");
    let answer = app.browser().client.get(format!("{}/login", app.url)).header("cookie", "techally_theme=x\" onload=");
    let page = answer.send().await.expect("an answer").text().await.expect("a page");
    assert!(!page.contains("data-theme") && !page.contains("onload"), "a cookie says light or dark or nothing");
}

#[tokio::test]
async fn the_page_of_last_resort_has_its_sheet() {
    let file = std::fs::read_to_string("public/error.css").expect("public/error.css");
    assert!(file.contains("main {") && !file.contains("@import") && !file.contains("url("));
    assert!(techally::ui::plain_error_page(500, "a", "b", "c").contains("href=\"/error.css\""));
}
