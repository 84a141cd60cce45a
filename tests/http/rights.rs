//! Every address of the application, with every role, without a session, and in every state of an account, against
//! one table. An address that the table doesn't name fails the test: say there who may.

use crate::app::{App, Browser, PASSWORD};
use std::collections::BTreeSet;
use techally::auth::model::{Right, Role};

/// Who may.
enum Rule {
    /// A page: 200 with the right, 403 without, sign-in first for strangers.
    Page(Right),
    /// What scripts of pages ask for: 200 with the right, 403 without, 401 for strangers.
    Data(Right),
    /// A server function with arguments that it can read: 401, 403, or past the door.
    Function(Right, &'static str, &'static str),
    /// Anyone; the reason is part of the table.
    Open(&'static str),
    /// A page of a record that isn't there: 404 with the right, 403 without, sign-in first for strangers.
    Record(Right),
    /// A page of somebody's own, here of nobody's: 404, sign-in first for strangers.
    Own,
    /// Machines with a key: 401 without.
    Key,
    /// A form's address without a page of its own.
    FormOnly(&'static str),
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// The table. `{id}` stands for an order.
const RULES: &[(&str, Rule)] = &[
    ("/", Rule::Page(Right::SignedIn)),
    ("/orders", Rule::Page(Right::ReadOrders)),
    ("/orders/{id}", Rule::Page(Right::ReadOrders)),
    ("/orders/export", Rule::Page(Right::ExportOrders)),
    ("/orders/bulk", Rule::Page(Right::NoteOrders)),
    ("/api/techally/orders/api/get_bulk", Rule::Function(Right::NoteOrders, JSON, r#"{"address":"/orders/bulk"}"#)),
    ("/api/techally/orders/api/preview_bulk", Rule::Function(Right::NoteOrders, FORM, "bulk=none")),
    ("/orders/new", Rule::Page(Right::PlaceOrders)),
    (
        "/api/techally/orders/api/get_new_order",
        Rule::Function(Right::PlaceOrders, JSON, r#"{"address":"/orders/new"}"#),
    ),
    ("/api/techally/orders/api/place_order", Rule::Function(Right::PlaceOrders, FORM, "order=&key=1&version=0")),
    ("/api/techally/orders/api/create_customer", Rule::Function(Right::PlaceOrders, FORM, "order=&version=0")),
    ("/api/techally/users/api/undo_user", Rule::Function(Right::EditUsers, FORM, "id={id}&undo=0")),
    ("/audit", Rule::Page(Right::ReadAudit)),
    ("/audit/{id}", Rule::Record(Right::ReadAudit)),
    ("/audit/export", Rule::Page(Right::ReadAudit)),
    ("/audit/record", Rule::Record(Right::ReadAudit)),
    ("/audit/seal", Rule::Page(Right::ReadAudit)),
    // nothing is sealed in a test
    ("/audit/head", Rule::Record(Right::ReadAudit)),
    (
        "/api/techally/audit/api/get_audit_record",
        Rule::Function(Right::ReadAudit, JSON, r#"{"address":"/audit/record?table=orders&row={id}"}"#),
    ),
    ("/api/techally/audit/api/get_audit_seal", Rule::Function(Right::ReadAudit, JSON, r#"{"address":"/audit/seal"}"#)),
    (
        "/api/techally/audit/api/watch_audit_seal",
        Rule::Function(Right::ReadAudit, JSON, r#"{"address":"/audit/seal"}"#),
    ),
    ("/api/techally/audit/api/check_audit", Rule::Function(Right::ReadAudit, FORM, "change=none")),
    (
        "/api/techally/audit/api/list_audit",
        Rule::Function(Right::ReadAudit, JSON, r#"{"query":[["q","table:orders"]]}"#),
    ),
    ("/api/techally/audit/api/suggest_audit", Rule::Function(Right::ReadAudit, FORM, "q=act")),
    ("/api/techally/audit/api/get_audit_entry", Rule::Function(Right::ReadAudit, JSON, r#"{"address":"/audit/{id}"}"#)),
    ("/users", Rule::Page(Right::ReadUsers)),
    ("/users/export", Rule::Page(Right::ExportUsers)),
    ("/users/bulk", Rule::Page(Right::EditUsers)),
    (
        "/api/techally/users/api/list_users",
        Rule::Function(Right::ReadUsers, JSON, r#"{"query":[["q","brandt"],["limit","25"]]}"#),
    ),
    ("/api/techally/users/api/suggest_users", Rule::Function(Right::ReadUsers, FORM, "q=sta")),
    ("/api/techally/users/api/get_user_bulk", Rule::Function(Right::EditUsers, JSON, r#"{"address":"/users/bulk"}"#)),
    ("/api/techally/users/api/preview_users", Rule::Function(Right::EditUsers, FORM, "bulk=none")),
    ("/orders/slips", Rule::Page(Right::ReadOrders)),
    ("/api/techally/orders/api/get_slips", Rule::Function(Right::ReadOrders, JSON, r#"{"query":"status=PREPARING"}"#)),
    ("/jobs", Rule::Page(Right::SignedIn)),
    ("/jobs/{id}", Rule::Own),
    ("/jobs/{id}/rows.csv", Rule::Own),
    ("/api/techally/jobs/api/get_jobs", Rule::Function(Right::SignedIn, JSON, r#"{"address":"/jobs"}"#)),
    ("/api/techally/jobs/api/watch_jobs", Rule::Function(Right::SignedIn, JSON, r#"{"address":"/jobs"}"#)),
    ("/api/techally/jobs/api/get_job", Rule::Function(Right::SignedIn, JSON, r#"{"address":"/jobs/{id}"}"#)),
    ("/api/techally/jobs/api/watch_job", Rule::Function(Right::SignedIn, JSON, r#"{"address":"/jobs/{id}"}"#)),
    ("/api/techally/jobs/api/change_job", Rule::Function(Right::SignedIn, FORM, "id={id}&change=none")),
    ("/orders/{id}/invoice", Rule::Page(Right::ReadOrders)),
    ("/orders/{id}/packing-slip", Rule::Page(Right::ReadOrders)),
    (
        "/api/techally/orders/api/get_document",
        Rule::Function(Right::ReadOrders, JSON, r#"{"id":"{id}","kind":"Invoice"}"#),
    ),
    ("/orders/{id}/history", Rule::Page(Right::ReadOrders)),
    ("/api/techally/orders/api/get_order_history", Rule::Function(Right::ReadOrders, JSON, r#"{"id":"{id}"}"#)),
    ("/api/techally/orders/api/assign_order", Rule::Function(Right::NoteOrders, FORM, "id={id}&version=0&assignee=x")),
    ("/api/techally/orders/api/resend_confirmation", Rule::Function(Right::EditOrders, FORM, "id={id}&mail=x")),
    (
        "/api/techally/orders/api/correct_parcel",
        Rule::Function(Right::MoveOrders, FORM, "id={id}&version=0&parcel=00000000-0000-0000-0000-000000000000"),
    ),
    ("/account", Rule::Page(Right::SignedIn)),
    ("/account/avatar", Rule::Page(Right::SignedIn)),
    ("/avatars/{id}", Rule::Open("pictures for who is signed in; tested in account.rs")),
    ("/api/techally/account/api/get_account", Rule::Function(Right::SignedIn, JSON, r#"{"address":"/account"}"#)),
    (
        "/api/techally/account/api/get_picture",
        Rule::Function(Right::SignedIn, JSON, r#"{"address":"/account/avatar"}"#),
    ),
    (
        "/api/techally/account/api/change_profile",
        Rule::Function(Right::SignedIn, FORM, "version=0&first_name=&last_name=&phone="),
    ),
    ("/api/techally/account/api/change_email", Rule::Function(Right::SignedIn, FORM, "email=none")),
    (
        "/api/techally/account/api/change_password",
        Rule::Function(Right::SignedIn, FORM, "current_password=x&new_password=short"),
    ),
    ("/api/techally/account/api/end_sessions", Rule::Function(Right::SignedIn, FORM, "change=none")),
    (
        "/api/techally/account/api/save_preferences",
        Rule::Function(
            Right::SignedIn,
            FORM,
            "time_zone=x&locale=&theme=&density=&start_page=&mention=&assignment=&job=",
        ),
    ),
    ("/api/techally/account/api/remove_picture", Rule::Function(Right::SignedIn, FORM, "picture=1")),
    ("/settings", Rule::Page(Right::SignedIn)),
    ("/api/techally/settings/api/get_shop", Rule::Function(Right::SignedIn, FORM, "")),
    (
        "/api/techally/settings/api/save_shop",
        Rule::Function(Right::EditSettings, FORM, "version=0&second_factor_days=&company="),
    ),
    ("/settings/roles", Rule::Page(Right::SignedIn)),
    ("/users/{id}", Rule::Record(Right::ReadUsers)),
    ("/api/techally/users/api/get_user", Rule::Function(Right::ReadUsers, JSON, r#"{"address":"/users/{id}"}"#)),
    (
        "/api/techally/users/api/change_user",
        Rule::Function(Right::EditUsers, FORM, "id={id}&version=0&change=none&reason=x"),
    ),
    (
        "/api/techally/users/api/edit_user",
        Rule::Function(Right::EditUsers, FORM, "id={id}&version=0&first_name=&last_name="),
    ),
    ("/users/{id}/merge", Rule::Record(Right::EditUsers)),
    ("/api/techally/users/api/get_merge", Rule::Function(Right::EditUsers, JSON, r#"{"address":"/users/{id}/merge"}"#)),
    (
        "/api/techally/users/api/merge_users",
        Rule::Function(Right::EditUsers, FORM, "id={id}&other={id}&version=0&name=&phone=&birth=&reason=x"),
    ),
    ("/api/techally/users/api/undo_merge", Rule::Function(Right::EditUsers, FORM, "merge={id}&reason=x")),
    ("/api/techally/users/api/reveal_user", Rule::Function(Right::RevealData, FORM, "id={id}&reveal=none&reason=")),
    ("/api/techally/users/api/add_user_note", Rule::Function(Right::ReadUsers, FORM, "id={id}&note=")),
    ("/api/techally/users/api/change_user_note", Rule::Function(Right::ReadUsers, FORM, "note_id={id}&change=none")),
    ("/privacy", Rule::Page(Right::HandlePrivacy)),
    ("/privacy/{id}", Rule::Record(Right::HandlePrivacy)),
    ("/api/techally/privacy/api/get_privacy", Rule::Function(Right::HandlePrivacy, JSON, r#"{"address":"/privacy"}"#)),
    (
        "/api/techally/privacy/api/get_erasure",
        Rule::Function(Right::HandlePrivacy, JSON, r#"{"address":"/privacy/{id}"}"#),
    ),
    ("/api/techally/privacy/api/export_person", Rule::Function(Right::HandlePrivacy, FORM, "subject={id}&reason=x")),
    ("/api/techally/privacy/api/ask_erasure", Rule::Function(Right::HandlePrivacy, FORM, "erase={id}&reason=x")),
    (
        "/api/techally/privacy/api/decide_erasure",
        Rule::Function(Right::HandlePrivacy, FORM, "erasure={id}&version=0&change=withdraw"),
    ),
    ("/staff", Rule::Page(Right::ReadStaff)),
    ("/staff/{id}", Rule::Record(Right::ReadStaff)),
    ("/api/techally/staff/api/get_staff", Rule::Function(Right::ReadStaff, JSON, r#"{"address":"/staff"}"#)),
    ("/api/techally/staff/api/get_person", Rule::Function(Right::ReadStaff, JSON, r#"{"address":"/staff/{id}"}"#)),
    (
        "/api/techally/staff/api/get_my_rights",
        Rule::Function(Right::SignedIn, JSON, r#"{"address":"/settings/roles"}"#),
    ),
    (
        "/api/techally/staff/api/invite_person",
        Rule::Function(Right::ManageStaff, FORM, "first_name=&last_name=&email=&role="),
    ),
    (
        "/api/techally/staff/api/change_person",
        Rule::Function(Right::ManageStaff, FORM, "id={id}&version=0&change=none&reason=x"),
    ),
    ("/api/techally/staff/api/ask_for_right", Rule::Function(Right::SignedIn, FORM, "ask=none&hours=1&reason=x")),
    (
        "/api/techally/staff/api/decide_request",
        Rule::Function(Right::GrantRights, FORM, "request={id}&version=0&decision=none"),
    ),
    ("/api/techally/staff/api/end_right", Rule::Function(Right::SignedIn, FORM, "end={id}")),
    ("/files/{id}", Rule::Open("one's own files; not found for all others; tested in storage.rs")),
    ("/files/signed/{id}", Rule::Open("who has a link that hasn't ended; tested in storage.rs")),
    ("/events", Rule::Open("hints for who is signed in, by right; nothing for others; tested in live.rs")),
    ("/live.js", Rule::Open("a file")),
    ("/numbers.js", Rule::Open("a file")),
    ("/news.js", Rule::Open("a file")),
    ("/suggest.js", Rule::Open("a file")),
    ("/palette.js", Rule::Open("a file")),
    ("/palette-dialog.js", Rule::Open("a file")),
    ("/live/numbers", Rule::Data(Right::SignedIn)),
    ("/search/hits", Rule::Data(Right::SignedIn)),
    ("/search", Rule::Page(Right::SignedIn)),
    ("/api/techally/search/api/search_everything", Rule::Function(Right::SignedIn, JSON, r#"{"q":"bra"}"#)),
    (
        "/api/techally/orders/api/fitting_orders",
        Rule::Function(Right::ReadOrders, JSON, r#"{"query":[["q","x1"]],"ids":["{id}"]}"#),
    ),
    ("/api/techally/live/api/here", Rule::Function(Right::ReadOrders, JSON, r#"{"order":"{id}"}"#)),
    ("/inbox", Rule::Page(Right::SignedIn)),
    ("/api/techally/inbox/api/get_inbox", Rule::Function(Right::SignedIn, JSON, r#"{"before":""}"#)),
    ("/api/techally/inbox/api/mark_items", Rule::Function(Right::SignedIn, FORM, "mark=none")),
    ("/views", Rule::Page(Right::SignedIn)),
    (
        "/api/techally/list/views/api/saved_views",
        Rule::Function(Right::SignedIn, JSON, r#"{"list":"orders","query":""}"#),
    ),
    ("/api/techally/list/views/api/save_view", Rule::Function(Right::SignedIn, FORM, "list=none&query=&name=")),
    (
        "/api/techally/list/views/api/change_view",
        Rule::Function(Right::SignedIn, FORM, "view=00000000-0000-0000-0000-000000000000&version=1&act=pin"),
    ),
    ("/login", Rule::Open("where one signs in")),
    ("/dev/error/{status}", Rule::Open("the page of last resort, on a developer's machine; 404 elsewhere")),
    ("/login/code", Rule::Open("shows the form for the code, to whoever; tested in second_factor.rs")),
    (
        "/api/techally/auth/api/get_sign_in_step",
        Rule::Open("says what this browser's own half sign-in waits for; tested in second_factor.rs"),
    ),
    ("/api/techally/auth/api/sign_in_code", Rule::Open("this is how one signs in")),
    ("/api/techally/auth/api/sign_in_enrol", Rule::Open("this is how one signs in")),
    ("/account/second-factor", Rule::Page(Right::SignedIn)),
    (
        "/api/techally/auth/api/get_second_factor",
        Rule::Function(Right::SignedIn, JSON, r#"{"address":"/account/second-factor"}"#),
    ),
    ("/api/techally/auth/api/change_second_factor", Rule::Function(Right::SignedIn, FORM, "change=none")),
    ("/api/techally/auth/api/confirm_second_factor", Rule::Function(Right::SignedIn, FORM, "code=none")),
    ("/api/techally/auth/api/prove", Rule::Function(Right::SignedIn, FORM, "proof=")),
    ("/login/forgot", Rule::Open("where one asks for a link; limited, tested in links.rs")),
    ("/login/link", Rule::Open("who has a one-time link; tested in links.rs")),
    ("/api/techally/auth/api/ask_reset", Rule::Open("one answer to everybody; limited, tested in links.rs")),
    ("/api/techally/auth/api/get_link", Rule::Open("who has a one-time link; tested in links.rs")),
    ("/api/techally/auth/api/choose_password", Rule::Open("who has a one-time link; tested in links.rs")),
    ("/api/techally/auth/api/confirm_address", Rule::Open("who has a one-time link; tested in links.rs")),
    ("/api/techally/auth/api/set_look", Rule::Function(Right::SignedIn, FORM, "theme=none")),
    ("/look", Rule::FormOnly("one's own theme and density")),
    ("/settings/roles", Rule::Page(Right::SignedIn)),
    ("/dev/components", Rule::Own),
    ("/dev/mail", Rule::Own),
    ("/api/techally/outbox/api/get_mails", Rule::Function(Right::ManageStaff, JSON, r#"{"address":"/dev/mail"}"#)),
    ("/logout", Rule::FormOnly("ends the caller's own session, if there is one")),
    ("/api/techally/home/api/days_work", Rule::Function(Right::SignedIn, FORM, "")),
    (
        "/api/techally/orders/api/list_orders",
        Rule::Function(Right::ReadOrders, JSON, r#"{"query":[["q","x1"],["limit","25"]]}"#),
    ),
    ("/api/techally/orders/api/suggest_orders", Rule::Function(Right::ReadOrders, FORM, "q=sta")),
    ("/api/techally/orders/api/get_order", Rule::Function(Right::ReadOrders, JSON, r#"{"id":"{id}"}"#)),
    ("/api/techally/orders/api/add_note", Rule::Function(Right::NoteOrders, FORM, "id={id}&note=")),
    (
        "/api/techally/orders/api/edit_note",
        Rule::Function(Right::NoteOrders, FORM, "id={id}&note_id={id}&version=1&body="),
    ),
    (
        "/api/techally/orders/api/change_note",
        Rule::Function(Right::NoteOrders, FORM, "id={id}&note_id={id}&change=none"),
    ),
    (
        "/api/techally/orders/api/change_contact",
        Rule::Function(Right::EditOrders, FORM, "id={id}&version=1&email=none&phone="),
    ),
    ("/api/techally/orders/api/change_address", Rule::Function(Right::EditOrders, FORM, "id={id}&version=1&street=")),
    ("/api/techally/orders/api/undo_change", Rule::Function(Right::NoteOrders, FORM, "id={id}&undo=0")),
    ("/api/techally/orders/api/reveal", Rule::Function(Right::RevealData, FORM, "id={id}&reveal=none&reason=")),
    ("/api/techally/orders/api/set_tags", Rule::Function(Right::NoteOrders, FORM, "id={id}&version=x&tags=")),
    (
        "/api/techally/orders/api/move_order",
        Rule::Function(Right::MoveOrders, FORM, "id={id}&version=0&status=PREPARING"),
    ),
    ("/api/techally/auth/api/sign_in", Rule::Open("how one gets a session; limited by tries")),
    ("/api/techally/auth/api/sign_out", Rule::Open("ends the caller's own session, if there is one")),
    ("/api/techally/{*function}", Rule::Open("names that no function has")),
    ("/api/orders", Rule::Key),
    ("/api/openapi.json", Rule::Open("how to call the checkout")),
    ("/healthz", Rule::Open("whether the process lives")),
    ("/readyz", Rule::Open("whether it may get requests")),
    ("/metrics", Rule::Open("not found without the token; tested in server.rs")),
    ("/pkg/", Rule::Open("the browser's half")),
    ("/fonts/", Rule::Open("the font")),
    ("/icons.svg", Rule::Open("a file")),
    ("/favicon.svg", Rule::Open("a file")),
    ("/favicon.ico", Rule::Open("a file")),
    ("/error.css", Rule::Open("a file")),
    ("/{*__private__axum_fallback}", Rule::Open("what no address has: not found")),
    ("/robots.txt", Rule::Open("a file")),
    ("/demo/pictures/{name}", Rule::Open("drawn pictures of the demo shop")),
];

/// Paths of the router, as axum's Debug names them; it has no list of its own.
fn paths_of(router: &axum::Router) -> BTreeSet<String> {
    let debug = format!("{router:?}");
    debug.split('"').skip(1).step_by(2).filter(|text| text.starts_with('/')).map(str::to_owned).collect()
}

#[tokio::test]
async fn no_address_is_without_a_rule() {
    let app = App::start().await;
    let mut unnamed = paths_of(&app.router);
    assert!(unnamed.contains("/orders/{id}") && unnamed.contains("/api/orders"), "the list is readable: {unnamed:?}");
    unnamed.extend(server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()));
    for (path, _) in RULES {
        // what is nested is named by its folder
        unnamed.retain(|one| {
            one != path
                && !(path.len() > 1 && path.ends_with('/') && (one.starts_with(path) || *one == path[..path.len() - 1]))
        });
    }
    assert!(unnamed.is_empty(), "say in RULES who may open these: {unnamed:?}");
    for (path, method) in server_fn::axum::server_fn_paths() {
        assert_eq!(method, http::Method::POST, "{path}");
    }
}

async fn call(browser: &Browser, path: &str, kind: &str, body: &str, order: uuid::Uuid) -> u16 {
    browser
        .client
        .post(format!("{}{path}", browser.url))
        .header("origin", &browser.url)
        .header("content-type", kind)
        .body(body.replace("{id}", &order.to_string()))
        .send()
        .await
        .expect("an answer")
        .status()
        .as_u16()
}

/// Tries all addresses as somebody: a role, or nobody.
pub async fn walk(browser: &Browser, order: uuid::Uuid, role: Option<Role>, who: &str) {
    for (path, rule) in RULES {
        let address = path
            .replace("{id}", &order.to_string())
            .replace("/orders/export", "/orders/export?format=csv&status=FAILED")
            .replace("/audit/export", "/audit/export?format=csv&created=today&status=reveal")
            .replace("/users/export", "/users/export?format=csv&status=suspended");
        match rule {
            Rule::Page(right) => {
                let wanted = match role {
                    None => 303,
                    Some(role) if right.held_by(role) => 200,
                    Some(_) => 403,
                };
                let answer = browser.get(&address).await;
                assert_eq!(answer.status(), wanted, "{path} as {who}");
                if wanted == 303 {
                    let to = answer.headers()["location"].to_str().expect("text");
                    assert!(to.starts_with("/login"), "{path} as {who} leads to {to}");
                }
            }
            Rule::Record(right) => {
                let wanted = match role {
                    None => 303,
                    Some(role) if right.held_by(role) => 404,
                    Some(_) => 403,
                };
                assert_eq!(browser.get(&address).await.status(), wanted, "{path} as {who}");
            }
            Rule::Own => {
                let wanted = if role.is_some() { 404 } else { 303 };
                assert_eq!(browser.get(&address).await.status(), wanted, "{path} as {who}");
            }
            Rule::Data(right) => {
                let wanted = match role {
                    None => 401,
                    Some(role) if right.held_by(role) => 200,
                    Some(_) => 403,
                };
                assert_eq!(browser.get(&address).await.status(), wanted, "{path} as {who}");
            }
            Rule::Function(right, kind, body) => {
                let status = call(browser, path, kind, body, order).await;
                match role {
                    None => assert_eq!(status, 401, "{path} as {who}"),
                    Some(role) if right.held_by(role) => {
                        assert!(status < 500 && ![400, 401, 403].contains(&status), "{path} as {who}: {status}");
                    }
                    Some(_) => assert_eq!(status, 403, "{path} as {who}"),
                }
            }
            Rule::Key => {
                assert_eq!(call(browser, path, JSON, "{}", order).await, 401, "{path} as {who}");
            }
            Rule::Open(why) | Rule::FormOnly(why) => assert!(!why.is_empty(), "{path}: say why"),
        }
    }
}

#[tokio::test]
async fn every_role_and_nobody_can_open_what_the_table_says_and_no_more() {
    let app = App::start().await;
    let order = app.order_in("CONFIRMED").await;
    for (who, role) in [
        ("super", Role::SuperAdmin),
        ("admin", Role::Admin),
        ("support", Role::Support),
        ("warehouse", Role::WarehouseManager),
        ("moderator", Role::Moderator),
    ] {
        walk(&app.signed_in(who).await, order, Some(role), who).await;
    }
    walk(&app.browser(), order, None, "nobody").await;
}

#[tokio::test]
async fn no_state_of_an_account_but_active_opens_anything() {
    let app = App::start().await;
    let order = app.order_in("CONFIRMED").await;
    sqlx::query("UPDATE users SET role = 'super_admin' WHERE email = 'moderator@techally.test'")
        .execute(&app.db)
        .await
        .expect("another super admin, so that this one may go");
    for (state, sql) in [
        ("suspended", "status = 'suspended'"),
        ("inactive", "status = 'inactive'"),
        ("deleted", "status = 'deleted', deleted_at = now()"),
        ("locked", "locked_until = now() + interval '1 hour'"),
        ("a customer", "role = 'customer'"),
    ] {
        let browser = app.signed_in("super").await;
        let change = format!("UPDATE users SET {sql} WHERE email = 'super@techally.test'");
        sqlx::query(sqlx::AssertSqlSafe(change)).execute(&app.db).await.expect(sql);
        walk(&browser, order, None, state).await;
        let again = app.browser().post("/login", &[("email", "super@techally.test"), ("password", PASSWORD)]).await;
        assert_eq!(again.status(), 401, "{state} signs in");
        sqlx::query("UPDATE users SET status = 'active', role = 'super_admin', deleted_at = NULL, locked_until = NULL WHERE email = 'super@techally.test'")
            .execute(&app.db)
            .await
            .expect("restored");
    }
    walk(&app.signed_in("super").await, order, Some(Role::SuperAdmin), "active again").await;
}
