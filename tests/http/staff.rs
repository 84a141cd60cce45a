//! Staff: what is done about a person's access, and rights for a time.

use crate::app::{App, Browser, PASSWORD, id_of, login_as};
use std::time::Duration;
use techally::auth::model::{Right, Role};
use uuid::Uuid;

async fn version_of(app: &App, id: Uuid) -> String {
    sqlx::query_scalar("SELECT version::text FROM users WHERE id = $1")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a row")
}

async fn text(app: &App, sql: &'static str, id: Uuid) -> String {
    sqlx::query_scalar(sql).bind(id).fetch_one(&app.db).await.expect(sql)
}

/// Posts an act about a person with the version of now; the status, 401 for who isn't signed in any more.
async fn change(app: &App, browser: &Browser, id: Uuid, fields: &[(&str, &str)]) -> u16 {
    let version = version_of(app, id).await;
    let fields: Vec<(&str, &str)> = [("version", version.as_str()), ("reason", "as agreed")]
        .into_iter()
        .filter(|(name, _)| fields.iter().all(|(own, _)| own != name))
        .chain(fields.iter().copied())
        .collect();
    let answer = browser.post(&format!("/staff/{id}"), &fields).await;
    // who was signed out meanwhile is led to the sign-in: nothing was done
    let is_out = answer.headers().get("location").is_some_and(|to| to.as_bytes().starts_with(b"/login"));
    if is_out { 401 } else { answer.status().as_u16() }
}

/// Whether a page sends the browser to the sign-in.
async fn is_out(browser: &Browser) -> bool {
    browser.get("/inbox").await.status() == 303
}

/// The same browser at another instance: cookies know no ports.
fn at(app: &App, browser: &Browser) -> Browser {
    Browser { client: browser.client.clone(), url: app.url.clone() }
}

async fn ask(browser: &Browser, right: Right, hours: &str) -> u16 {
    let fields = [("ask", right.code()), ("hours", hours), ("reason", "the weekend's count")];
    browser.post("/settings/roles", &fields).await.status().as_u16()
}

/// The last request of a person.
async fn asked(app: &App, who: &str) -> Uuid {
    sqlx::query_scalar("SELECT id FROM access_requests WHERE user_id = $1 ORDER BY id DESC LIMIT 1")
        .bind(id_of(app, who).await)
        .fetch_one(&app.db)
        .await
        .expect("a request")
}

async fn state_of(app: &App, request: Uuid) -> String {
    text(app, "SELECT state FROM access_requests WHERE id = $1", request).await
}

async fn decide(app: &App, browser: &Browser, request: Uuid, fields: &[(&str, &str)]) -> u16 {
    let version = text(app, "SELECT version::text FROM access_requests WHERE id = $1", request).await;
    let asker = text(app, "SELECT user_id::text FROM access_requests WHERE id = $1", request).await;
    let request = request.to_string();
    let fields: Vec<(&str, &str)> = [("request", request.as_str()), ("version", &version)]
        .into_iter()
        .filter(|(name, _)| fields.iter().all(|(own, _)| own != name))
        .chain(fields.iter().copied())
        .collect();
    browser.post(&format!("/staff/{asker}"), &fields).await.status().as_u16()
}

const GRANT: [(&str, &str); 2] = [("decision", "grant"), ("hours", "4")];

#[tokio::test]
async fn a_change_of_role_ends_every_session_on_every_instance_also_while_a_request_is_on_its_way() {
    let app = App::start().await;
    let other = Box::pin(app.another(|_| {})).await;
    let owner = app.signed_in("super").await;
    let person = app.signed_in("support").await;
    let elsewhere = at(&other, &person);
    let id = id_of(&app, "support").await;
    assert!(!is_out(&person).await && !is_out(&elsewhere).await);

    // a note of theirs waits for a row that somebody else holds
    let order = app.order_in("CONFIRMED").await;
    let mut held = app.db.begin().await.expect("a transaction");
    sqlx::query("SELECT 1 FROM orders WHERE id = $1 FOR UPDATE").bind(order).execute(&mut *held).await.expect("held");
    let in_flight = {
        let browser = at(&other, &person);
        tokio::spawn(async move { browser.post(&format!("/orders/{order}"), &[("note", "on its way")]).await.status() })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(change(&app, &owner, id, &[("change", "role"), ("role", "moderator")]).await, 303);
    assert!(is_out(&person).await && is_out(&elsewhere).await, "at the next click");
    held.commit().await.expect("given back");
    assert!(in_flight.await.expect("an answer").as_u16() < 500);
    assert!(is_out(&person).await && is_out(&elsewhere).await, "what was on its way revives nothing");

    let again = app.signed_in("support").await;
    assert_eq!(again.get("/orders").await.status(), 403, "with the rights of the new role");
    let page = owner.page(&format!("/staff/{id}")).await;
    assert!(page.contains("Role Support → Moderator") && page.contains("as agreed") && page.contains("Moderator"));
    let mails: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM mails WHERE recipient = 'support@techally.test' AND subject = 'Your role was changed'",
    )
    .fetch_one(&app.db)
    .await
    .expect("mails");
    assert_eq!(mails, 1, "the person is told");
    assert!(app.broken_invariants().await.is_empty());
}

#[tokio::test]
async fn roles_are_a_super_admins_to_give_never_to_oneself_and_never_to_customers() {
    let app = App::start().await;
    let (owner, admin, support) =
        (app.signed_in("super").await, app.signed_in("admin").await, app.signed_in("support").await);
    let (owner_id, admin_id, support_id) =
        (id_of(&app, "super").await, id_of(&app, "admin").await, id_of(&app, "support").await);
    let to = |role: &'static str| [("change", "role"), ("role", role)];
    assert_eq!(change(&app, &admin, support_id, &to("admin")).await, 403);
    assert_eq!(change(&app, &admin, admin_id, &to("super_admin")).await, 403);
    assert_eq!(change(&app, &support, support_id, &to("admin")).await, 403);
    assert_eq!(change(&app, &owner, owner_id, &to("admin")).await, 403, "never one's own");
    for other in ["suspend", "end-sessions", "reset-factor", "reactivate"] {
        assert_eq!(change(&app, &owner, owner_id, &[("change", other)]).await, 403, "{other} of oneself");
    }
    for role in ["customer", "root", ""] {
        assert_eq!(change(&app, &owner, support_id, &to(role)).await, 422, "{role}");
    }
    assert_eq!(change(&app, &owner, support_id, &[("change", "role"), ("role", "admin"), ("reason", " ")]).await, 422);
    assert_eq!(change(&app, &owner, support_id, &[("change", "adopt")]).await, 422);
    let customer: Uuid = sqlx::query_scalar("SELECT id FROM users WHERE role = 'customer' LIMIT 1")
        .fetch_one(&app.db)
        .await
        .expect("a customer");
    assert_eq!(owner.get(&format!("/staff/{customer}")).await.status(), 404);
    assert_eq!(change(&app, &owner, customer, &to("support")).await, 404);
    for (id, role) in [(owner_id, "super_admin"), (admin_id, "admin"), (support_id, "support")] {
        assert_eq!(text(&app, "SELECT role FROM users WHERE id = $1", id).await, role);
    }
    // the page says why instead of offering
    let page = admin.page(&format!("/staff/{support_id}")).await;
    assert!(page.contains("for these roles only: Super admin") && !page.contains("?act=role"));
    assert!(owner.page(&format!("/staff/{owner_id}")).await.contains("this is you"));
    assert!(owner.page(&format!("/staff/{support_id}?act=role")).await.contains("Change the role of"));

    // past the application: the database guards the same
    let mut login = login_as(&app, "techally_test_roles", "techally_admin").await;
    for (actor, person, role) in [
        (admin_id, support_id, "admin"),
        (owner_id, owner_id, "admin"),
        (admin_id, admin_id, "super_admin"),
        (support_id, owner_id, "support"),
    ] {
        let update = act_as(&mut login, actor, person, &format!("role = '{role}'")).await;
        assert_eq!(update, Err("TA007".into()), "{role}");
    }
    let added = act_as_sql(
        &mut login,
        admin_id,
        "INSERT INTO users (email, password_hash, first_name, last_name, role) VALUES ('x@techally.test', '!', 'X', 'X', 'admin')",
    )
    .await;
    assert_eq!(added, Err("TA007".into()), "nor is one added with a role");
    // a second super admin who was invited and has no password yet keeps nobody's place
    sqlx::query("INSERT INTO users (email, password_hash, first_name, last_name, role) VALUES ('new@techally.test', '!invited', 'N', 'N', 'super_admin')")
        .execute(&app.db)
        .await
        .expect("invited");
    let invited = id_of(&app, "new").await;
    let update = act_as(&mut login, invited, owner_id, "status = 'suspended'").await;
    assert_eq!(update, Err("TA006".into()));
}

/// An update of a person as a login of staff makes it, in the name of somebody; the error's code.
async fn act_as(login: &mut sqlx::PgConnection, actor: Uuid, person: Uuid, set: &str) -> Result<(), String> {
    act_as_sql(login, actor, &format!("UPDATE users SET {set} WHERE id = '{person}'")).await
}

async fn act_as_sql(login: &mut sqlx::PgConnection, actor: Uuid, sql: &str) -> Result<(), String> {
    use sqlx::Connection;
    let mut transaction = login.begin().await.expect("a transaction");
    sqlx::query("SELECT set_config('app.current_user_id', $1, true), set_config('app.actor_kind', 'staff', true)")
        .bind(actor.to_string())
        .execute(&mut *transaction)
        .await
        .expect("an actor");
    match sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut *transaction).await {
        Ok(_) => transaction.commit().await.map_err(|error| error.to_string()),
        Err(error) => {
            Err(error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned())
        }
    }
}

#[tokio::test]
async fn of_two_super_admins_who_put_each_other_down_at_the_same_moment_one_stays() {
    let app = App::start().await;
    let other = Box::pin(app.another(|_| {})).await;
    let (one, two) = (id_of(&app, "super").await, id_of(&app, "moderator").await);
    let both_are = async |sql: &'static str| {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "UPDATE users SET role = 'super_admin', status = 'active' WHERE id IN ($1, $2) AND {sql}"
        )))
        .bind(one)
        .bind(two)
        .execute(&app.db)
        .await
        .expect("both are super admins");
    };
    let left = async || -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM users WHERE role = 'super_admin' AND status = 'active'")
            .fetch_one(&app.db)
            .await
            .expect("a count")
    };
    let (mut first, mut second) = (0, 0);
    for round in 0..8 {
        both_are("true").await;
        let (a, b) = (app.signed_in("super").await, at(&other, &app.signed_in("moderator").await));
        let how = |by: u8| -> [(&'static str, &'static str); 2] {
            if (round + by).is_multiple_of(2) {
                [("change", "role"), ("role", "admin")]
            } else {
                [("change", "suspend"), ("role", "")]
            }
        };
        let (how_a, how_b) = (how(0), how(1));
        let (a_to_b, b_to_a) = tokio::join!(change(&app, &a, two, &how_a), change(&app, &b, one, &how_b));
        assert_eq!(left().await, 1, "round {round}: {a_to_b} {b_to_a}");
        assert_eq!(
            [a_to_b, b_to_a].iter().filter(|status| **status == 303).count(),
            1,
            "round {round}: {a_to_b} {b_to_a}"
        );
        first += i32::from(a_to_b == 303);
        second += i32::from(b_to_a == 303);
    }
    assert_eq!(first + second, 8);
    // the same past the application, as a login of staff
    let mut logins = (
        login_as(&app, "techally_test_race_a", "techally_admin").await,
        login_as(&app, "techally_test_race_b", "techally_admin").await,
    );
    for round in 0..30 {
        both_are("true").await;
        let set = if round % 2 == 0 { "role = 'admin'" } else { "status = 'suspended'" };
        let (a, b) = tokio::join!(act_as(&mut logins.0, one, two, set), act_as(&mut logins.1, two, one, set));
        assert_eq!(left().await, 1, "round {round}: {a:?} {b:?}");
        let refused: Vec<String> = [a, b].into_iter().filter_map(Result::err).collect();
        assert!(
            matches!(refused.as_slice(), [code] if code == "TA006" || code == "TA007"),
            "round {round}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn what_is_done_about_a_person_is_done_once_with_a_fresh_proof_and_the_version_that_was_seen() {
    let app = App::start().await;
    let owner = app.signed_in("super").await;
    let person = app.signed_in("warehouse").await;
    let id = id_of(&app, "warehouse").await;
    let standing = async || text(&app, "SELECT status FROM users WHERE id = $1", id).await;

    // a stale form is told what is now, and can be meant
    sqlx::query("UPDATE users SET first_name = 'Wanda' WHERE id = $1")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("renamed");
    let stale = [("change", "suspend"), ("reason", "left"), ("version", "1")];
    let answer = owner.post(&format!("/staff/{id}"), &stale).await;
    assert_eq!(answer.status(), 409);
    assert!(answer.text().await.expect("a page").contains("meanwhile"));
    assert_eq!(standing().await, "active");

    // ten minutes later the form asks who it is
    app.state.clock.advance(Duration::from_mins(11));
    assert_eq!(change(&app, &owner, id, &[("change", "suspend")]).await, 403);
    assert_eq!(change(&app, &owner, id, &[("change", "suspend"), ("proof", "wrong")]).await, 403);
    assert_eq!(standing().await, "active");
    assert_eq!(change(&app, &owner, id, &[("change", "suspend"), ("proof", PASSWORD)]).await, 303);
    assert_eq!(standing().await, "suspended");
    assert!(is_out(&person).await);
    let answer = app.browser().post("/login", &[("email", "warehouse@techally.test"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status(), 401);
    assert_eq!(change(&app, &owner, id, &[("change", "suspend")]).await, 303, "sent twice: it is so already");
    assert!(owner.page(&format!("/staff/{id}")).await.contains("Suspended"));

    assert_eq!(change(&app, &owner, id, &[("change", "reactivate")]).await, 303);
    let person = app.signed_in("warehouse").await;
    let page = owner.page(&format!("/staff/{id}")).await;
    assert!(page.contains("1 open session") && page.contains("act=end-sessions") && page.contains("Reactivated"));
    assert_eq!(change(&app, &owner, id, &[("change", "end-sessions")]).await, 303);
    assert!(is_out(&person).await);

    let until = "UPDATE users SET locked_until = now() + interval '5 hours' WHERE id = $1";
    sqlx::query(until).bind(id).execute(&app.db).await.expect("locked");
    assert!(owner.page("/staff").await.contains("Locked"));
    assert_eq!(change(&app, &owner, id, &[("change", "unlock")]).await, 303);
    let person = app.signed_in("warehouse").await;

    sqlx::query("UPDATE users SET mfa_enabled = true, mfa_secret = 'closed' WHERE id = $1")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("on");
    sqlx::query("INSERT INTO second_factors (user_id, confirmed_at) VALUES ($1, now())")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("a factor");
    sqlx::query("INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, sha256('x'))")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("a code");
    assert!(owner.page(&format!("/staff/{id}")).await.contains("On since"));
    assert_eq!(change(&app, &owner, id, &[("change", "reset-factor")]).await, 303);
    assert!(is_out(&person).await);
    let rest: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM users WHERE id = $1 AND (mfa_enabled OR mfa_secret IS NOT NULL))
              + (SELECT count(*) FROM second_factors WHERE user_id = $1) + (SELECT count(*) FROM recovery_codes WHERE user_id = $1)",
    )
    .bind(id)
    .fetch_one(&app.db)
    .await
    .expect("a count");
    assert_eq!(rest, 0, "nothing of the second factor is left");
    let mails: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM mails WHERE recipient = 'warehouse@techally.test' AND subject = 'Your second factor was removed'",
    )
    .fetch_one(&app.db)
    .await
    .expect("mails");
    assert_eq!(mails, 1, "the person is told");
    let audited: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM audit_log WHERE table_name = 'users' AND row_id = $1::text AND reason = 'as agreed'",
    )
    .bind(id)
    .fetch_one(&app.db)
    .await
    .expect("entries");
    assert!(audited >= 4, "who did it and why is in the trail: {audited}");
}

#[tokio::test]
async fn an_invitation_makes_an_account_that_nobody_can_sign_in_to_yet() {
    let app = App::start().await;
    let (owner, admin) = (app.signed_in("super").await, app.signed_in("admin").await);
    let fields =
        [("first_name", "Nora"), ("last_name", "Lindqvist"), ("email", "Nora@TechAlly.test"), ("role", "support")];
    assert_eq!(admin.post("/staff", &fields).await.status(), 403);
    assert!(admin.page("/staff").await.contains("for these roles only: Super admin"));
    let answer = owner.post("/staff", &fields).await;
    assert_eq!(answer.status(), 303);
    let id = id_of(&app, "nora").await;
    assert_eq!(answer.headers()["location"], format!("/staff/{id}"));
    assert_eq!(
        text(&app, "SELECT password_hash || ' ' || role || ' ' || email_verified FROM users WHERE id = $1", id).await,
        "!invited support false"
    );
    let links = async || -> i64 {
        sqlx::query_scalar(
            "SELECT count(*) FROM access_links WHERE user_id = $1 AND used_at IS NULL AND ended_at IS NULL",
        )
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("links")
    };
    assert_eq!(links().await, 1);
    assert!(owner.page("/staff").await.contains("Invited"));
    assert!(owner.page(&format!("/staff/{id}")).await.contains("Added as Support"));
    for password in ["", "!invited", PASSWORD] {
        let answer = app.browser().post("/login", &[("email", "nora@techally.test"), ("password", password)]).await;
        assert!([401, 422].contains(&answer.status().as_u16()));
    }
    // again: a new link, the old one ends; with another role too
    assert_eq!(change(&app, &owner, id, &[("change", "invite-again")]).await, 303);
    assert_eq!(change(&app, &owner, id, &[("change", "role"), ("role", "moderator")]).await, 303);
    assert_eq!(links().await, 1);
    let mails: i64 =
        sqlx::query_scalar("SELECT count(*) FROM mails WHERE kind = 'invitation' AND recipient = 'nora@techally.test'")
            .fetch_one(&app.db)
            .await
            .expect("mails");
    assert_eq!(mails, 3);
    // refused with what to do instead
    let customer: String =
        sqlx::query_scalar("SELECT email FROM users WHERE role = 'customer' AND status = 'active' LIMIT 1")
            .fetch_one(&app.db)
            .await
            .expect("a customer");
    for (email, words) in [
        (customer.as_str(), "A customer shops with this address"),
        ("nora@techally.test", "works here already"),
        ("nonsense", "no e-mail address"),
    ] {
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, if *name == "email" { email } else { value })).collect();
        let answer = owner.post("/staff", &fields).await;
        assert!([409, 422].contains(&answer.status().as_u16()), "{email}");
        let page = answer.text().await.expect("a page");
        assert!(page.contains(words) && page.contains("Lindqvist"), "{email}: said, and nothing typed is lost");
    }
    app.state.clock.advance(Duration::from_mins(11));
    assert_eq!(owner.post("/staff", &fields).await.status(), 403, "only with a fresh proof");
}

#[tokio::test]
async fn the_list_finds_people_by_letters_and_role_page_by_page() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    sqlx::query(
        "INSERT INTO users (email, password_hash, first_name, last_name, role)
         SELECT 'many' || n || '@techally.test', '!invited', 'Many', 'Person' || lpad(n::text, 3, '0'), 'warehouse_manager' FROM generate_series(1, 120) n",
    )
    .execute(&app.db)
    .await
    .expect("many people");
    let (mut path, mut seen, mut pages) =
        ("/staff?role=warehouse_manager".to_owned(), std::collections::BTreeSet::new(), 0);
    loop {
        let page = admin.page(&path).await;
        pages += 1;
        for part in page.split("Many Person").skip(1) {
            seen.insert(part[..3].to_owned());
        }
        let Some((before, _)) = page.split_once("Next page") else { break };
        let link = before.rsplit("href=\"/staff").next().and_then(|rest| rest.split('"').next()).expect("a link");
        path = format!("/staff{}", link.replace("&amp;", "&"));
    }
    assert_eq!((seen.len(), pages), (120, 3));
    let page = admin.page("/staff?q=PERSON077").await;
    assert!(page.contains("Many Person077") && !page.contains("Many Person078"));
    assert!(!admin.page("/staff?q=many&role=admin").await.contains("Many Person"));
    assert!(admin.page("/staff?q=%25%27%20OR%201=1").await.contains("Nobody fits this"));
}

#[tokio::test]
async fn a_right_for_a_time_works_at_once_everywhere_and_ends_by_the_clock() {
    let app = App::start().await;
    let other = Box::pin(app.another(|_| {})).await;
    let asker = app.signed_in("moderator").await;
    let admin = app.signed_in("admin").await;
    let refused = asker.get("/orders").await;
    assert_eq!(refused.status(), 403);
    assert!(refused.text().await.expect("a page").contains("/settings/roles?ask=read_orders"), "the way to ask");
    assert!(asker.page("/settings/roles?ask=read_orders").await.contains("Ask for “Read orders”"));
    for (right, hours, status) in [
        (Right::ManageStaff, "4", 409),
        (Right::GrantRights, "4", 409),
        (Right::MoveOrders, "4", 409),
        (Right::SignedIn, "4", 409),
        (Right::ReadOrders, "5", 422),
        (Right::ReadOrders, "-8", 422),
        (Right::ReadOrders, "8", 303),
        (Right::ReadOrders, "8", 303),
    ] {
        assert_eq!(ask(&asker, right, hours).await, status, "{right:?} {hours}");
    }
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM access_requests").fetch_one(&app.db).await.expect("a count");
    assert_eq!(count, 1, "asked twice is asked once");
    let request = asked(&app, "moderator").await;
    assert!(admin.page("/inbox").await.contains("asks for the right"));
    assert!(
        admin.page("/staff").await.contains("the weekend’s count")
            || admin.page("/staff").await.contains("the weekend's count")
    );
    assert_eq!(asker.get("/orders").await.status(), 403, "asking gives nothing");

    assert_eq!(
        decide(&app, &admin, request, &[("decision", "grant"), ("hours", "24")]).await,
        422,
        "not longer than asked"
    );
    assert_eq!(decide(&app, &admin, request, &[GRANT[0], GRANT[1], ("version", "99")]).await, 409, "stale");
    assert_eq!(decide(&app, &admin, request, &GRANT).await, 303);
    assert_eq!(decide(&app, &admin, request, &GRANT).await, 303, "sent twice");
    assert_eq!(asker.get("/orders").await.status(), 200, "at the next click");
    assert_eq!(at(&other, &asker).get("/orders").await.status(), 200, "on every instance");
    assert!(asker.page("/inbox").await.contains("granted you the right"));
    assert!(asker.page("/settings/roles").await.contains("In force"));
    assert!(asker.page("/").await.contains("href=\"/orders\""), "in the navigation");
    // what the role sees of personal data stays
    let order = app.order_in("SHIPPED").await;
    let address = text(&app, "SELECT customer_email FROM orders WHERE id = $1", order).await;
    assert!(!asker.page(&format!("/orders/{order}")).await.contains(&address));

    // in steps, so that the session lives
    for _ in 0..17 {
        app.state.clock.advance(Duration::from_mins(14));
        assert_eq!(asker.get("/orders").await.status(), 200);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    app.state.clock.advance(Duration::from_mins(3));
    assert_eq!(asker.get("/orders").await.status(), 403, "over after four hours");
    assert!(asker.page("/settings/roles").await.contains("Over"));
    assert_eq!(ask(&asker, Right::ReadOrders, "1").await, 303, "it can be asked for again");
    let audited: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_log WHERE table_name = 'access_requests' AND row_id = $1::text AND actor_id IS NOT NULL")
        .bind(request)
        .fetch_one(&app.db)
        .await
        .expect("entries");
    assert_eq!(audited, 2, "asked and granted");
    assert!(app.broken_invariants().await.is_empty());
}

#[tokio::test]
async fn nobody_decides_about_their_own_or_gives_what_their_role_lacks() {
    let app = App::start().await;
    let (owner, admin, support) =
        (app.signed_in("super").await, app.signed_in("admin").await, app.signed_in("support").await);
    // an admin's own
    assert_eq!(ask(&admin, Right::EditSettings, "1").await, 303);
    let own = asked(&app, "admin").await;
    assert_eq!(decide(&app, &admin, own, &[("decision", "grant"), ("hours", "1")]).await, 403);
    // what an admin's role lacks
    assert_eq!(ask(&support, Right::EditSettings, "1").await, 303);
    let request = asked(&app, "support").await;
    assert_eq!(decide(&app, &admin, request, &[("decision", "grant"), ("hours", "1")]).await, 403);
    assert_eq!(decide(&app, &support, request, &[("decision", "grant"), ("hours", "1")]).await, 403);
    // not even while it is lent to them: it is the role that counts
    assert_eq!(decide(&app, &owner, own, &[("decision", "grant"), ("hours", "1")]).await, 303);
    let settings = admin.page("/settings").await;
    assert!(settings.contains("Save settings"), "the admin may change the settings now");
    assert_eq!(decide(&app, &admin, request, &[("decision", "grant"), ("hours", "1")]).await, 403);
    assert_eq!(state_of(&app, request).await, "asked");
    assert!(
        admin
            .page(&format!("/staff/{}", id_of(&app, "support").await))
            .await
            .contains("your role doesn’t have this right itself")
            || admin
                .page(&format!("/staff/{}", id_of(&app, "support").await))
                .await
                .contains("your role doesn't have this right itself")
    );
    // refused, with a reason that the asker reads
    assert_eq!(decide(&app, &owner, request, &[("decision", "refuse")]).await, 422, "why not?");
    assert_eq!(decide(&app, &owner, request, &[("decision", "refuse"), ("reason", "ask the accountant")]).await, 303);
    assert!(support.page("/inbox").await.contains("refused you the right"));
    assert!(support.page("/settings/roles").await.contains("ask the accountant"));
    // a grant needs a fresh proof
    assert_eq!(ask(&support, Right::ManageJobs, "1").await, 303);
    let request = asked(&app, "support").await;
    app.state.clock.advance(Duration::from_mins(11));
    assert_eq!(decide(&app, &admin, request, &[("decision", "grant"), ("hours", "1")]).await, 403);
    assert_eq!(state_of(&app, request).await, "asked");
    assert_eq!(decide(&app, &admin, request, &[("decision", "grant"), ("hours", "1"), ("proof", PASSWORD)]).await, 303);
    // past the application: never one's own
    let mut login = login_as(&app, "techally_test_requests", "techally_admin").await;
    let sql = "INSERT INTO access_requests (user_id, right_name, reason, hours, state, decided_by, decided_at, ends_at)
               SELECT id, 'edit_settings', 'x', 1, 'granted', id, now(), now() + interval '1 hour' FROM users WHERE email = 'support@techally.test'";
    let own = sqlx::query(sql).execute(&mut login).await;
    assert_eq!(own.expect_err("refused").as_database_error().and_then(|e| e.constraint()), Some("chk_request_other"));
}

#[tokio::test]
async fn a_right_for_a_time_ends_early_by_either_and_with_the_role() {
    let app = App::start().await;
    let (owner, admin) = (app.signed_in("super").await, app.signed_in("admin").await);
    let (support, warehouse) = (app.signed_in("support").await, app.signed_in("warehouse").await);
    let grant = async |browser: &Browser, who: &str, right: Right| {
        assert_eq!(ask(browser, right, "4").await, 303);
        let request = asked(&app, who).await;
        assert_eq!(decide(&app, &admin, request, &GRANT).await, 303);
        request
    };
    // by a colleague, with a reason
    let request = grant(&support, "support", Right::ReadStaff).await;
    assert_eq!(support.get("/staff").await.status(), 200);
    let (id, path) = (request.to_string(), format!("/staff/{}", id_of(&app, "support").await));
    assert_eq!(warehouse.post("/settings/roles", &[("end", &id)]).await.status(), 404, "not a stranger's to end");
    assert_eq!(owner.post(&path, &[("end", &id)]).await.status(), 422, "why?");
    assert_eq!(owner.post(&path, &[("end", &id), ("reason", "done sooner")]).await.status(), 303);
    assert_eq!(support.get("/staff").await.status(), 403, "at the next click");
    assert!(support.page("/inbox").await.contains("ended your right"));
    // given back
    let request = grant(&support, "support", Right::ReadStaff).await;
    assert_eq!(support.get("/staff").await.status(), 200);
    assert_eq!(
        support.post("/settings/roles", &[("end", &request.to_string()), ("change", "read_staff")]).await.status(),
        303
    );
    assert_eq!(support.get("/staff").await.status(), 403);
    // taken back before anybody answered: nobody can grant it any more
    assert_eq!(ask(&support, Right::ReadStaff, "4").await, 303);
    let request = asked(&app, "support").await;
    assert_eq!(support.post("/settings/roles", &[("end", &request.to_string())]).await.status(), 303);
    assert_eq!(decide(&app, &admin, request, &GRANT).await, 409);
    assert_eq!(state_of(&app, request).await, "withdrawn");
    // with the role, also one that waits
    let granted = grant(&warehouse, "warehouse", Right::EditOrders).await;
    assert_eq!(ask(&warehouse, Right::RevealData, "4").await, 303);
    let waiting = asked(&app, "warehouse").await;
    let person = id_of(&app, "warehouse").await;
    assert_eq!(change(&app, &owner, person, &[("change", "role"), ("role", "moderator")]).await, 303);
    assert_eq!((state_of(&app, granted).await, state_of(&app, waiting).await), ("ended".into(), "withdrawn".into()));
    assert_eq!(decide(&app, &admin, waiting, &GRANT).await, 409);
    let moved = app.signed_in("warehouse").await;
    assert_eq!(moved.get("/orders").await.status(), 403);
}

#[tokio::test]
async fn of_a_grant_and_a_change_of_role_at_the_same_moment_no_right_is_left() {
    let app = App::start().await;
    let (owner, admin) = (app.signed_in("super").await, app.signed_in("admin").await);
    let person = id_of(&app, "support").await;
    for round in 0..10 {
        let role = if round % 2 == 0 { "moderator" } else { "support" };
        let asker = app.signed_in("support").await;
        assert_eq!(ask(&asker, Right::ManageJobs, "4").await, 303);
        let request = asked(&app, "support").await;
        let how = [("change", "role"), ("role", role)];
        let (granted, changed) =
            tokio::join!(decide(&app, &admin, request, &GRANT), change(&app, &owner, person, &how));
        assert_eq!(changed, 303, "round {round}");
        assert!([303, 409].contains(&granted), "round {round}: {granted}");
        let state = state_of(&app, request).await;
        assert_eq!(state, if granted == 303 { "ended" } else { "withdrawn" }, "round {round}");
    }
}

#[tokio::test]
async fn of_two_decisions_at_the_same_moment_one_counts() {
    let app = App::start().await;
    let (owner, admin, asker) =
        (app.signed_in("super").await, app.signed_in("admin").await, app.signed_in("support").await);
    for round in 0..10 {
        assert_eq!(ask(&asker, Right::ManageJobs, "4").await, 303);
        let request = asked(&app, "support").await;
        let refuse = [("decision", "refuse"), ("reason", "no need")];
        let (granted, refused) =
            tokio::join!(decide(&app, &admin, request, &GRANT), decide(&app, &owner, request, &refuse));
        let state = state_of(&app, request).await;
        let wanted = if state == "granted" { (303, 409) } else { (409, 303) };
        assert_eq!((granted, refused), wanted, "round {round}: {state}");
        if state == "granted" {
            assert_eq!(asker.post("/settings/roles", &[("end", &request.to_string())]).await.status(), 303);
        }
    }
}

#[tokio::test]
async fn acts_of_orders_are_offered_and_done_with_a_right_that_was_lent() {
    let app = App::start().await;
    let (admin, asker) = (app.signed_in("admin").await, app.signed_in("warehouse").await);
    let order = app.order_in("PREPARING").await;
    let path = format!("/orders/{order}");
    let contact = async || {
        let version = app.status(order).await.1.to_string();
        asker
            .post(&path, &[("email", "new@mail.example"), ("phone", ""), ("version", &version)])
            .await
            .status()
            .as_u16()
    };
    assert!(!asker.page(&path).await.contains("act=contact"));
    assert_eq!(contact().await, 403);
    assert_eq!(ask(&asker, Right::EditOrders, "4").await, 303);
    assert_eq!(decide(&app, &admin, asked(&app, "warehouse").await, &GRANT).await, 303);
    let page = asker.page(&path).await;
    assert!(page.contains("act=contact") && page.contains("act=mail"), "offered");
    assert_eq!(contact().await, 303, "and done");
    let key = Uuid::new_v4().to_string();
    assert_eq!(asker.post(&path, &[("mail", &key)]).await.status(), 303);
    assert!(!Right::EditOrders.held_by(Role::WarehouseManager), "by the loan alone");
}

#[tokio::test]
async fn settings_say_when_a_second_factor_is_required_and_need_a_fresh_proof() {
    let app = App::start().await;
    let owner = app.signed_in("super").await;
    let days = async || -> Option<i32> {
        sqlx::query_scalar("SELECT second_factor_grace_days FROM shop_settings").fetch_one(&app.db).await.expect("days")
    };
    let save = async |wanted: Option<&str>, proof: Option<&str>| {
        let version: String =
            sqlx::query_scalar("SELECT version::text FROM shop_settings").fetch_one(&app.db).await.expect("a version");
        let mut fields = vec![("company", "Test"), ("paper", "a4"), ("version", version.as_str())];
        fields.extend(wanted.map(|days| ("second_factor_days", days)));
        fields.extend(proof.map(|proof| ("proof", proof)));
        owner.post("/settings", &fields).await.status().as_u16()
    };
    assert_eq!(days().await, None, "never in the demo");
    for wrong in ["-1", "366", "soon", "1.5"] {
        assert_eq!(save(Some(wrong), None).await, 422, "{wrong}");
    }
    assert_eq!(save(None, None).await, 422, "a form without the field doesn't switch it off");
    assert_eq!(save(Some("30"), None).await, 303);
    assert_eq!(days().await, Some(30));
    let page = owner.page("/staff").await;
    assert!(page.contains("Off, required from"));
    app.state.clock.advance(Duration::from_mins(11));
    assert_eq!(save(Some(""), None).await, 403);
    assert_eq!(days().await, Some(30));
    assert_eq!(save(Some(""), Some(PASSWORD)).await, 303);
    assert_eq!(days().await, None);
}
