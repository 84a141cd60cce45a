//! The page of a person: what each role sees of them, and what is done about an account.

use crate::app::{App, Browser, PASSWORD, id_of};
use sqlx::AssertSqlSafe;
use techally::{stamp::Zone, users::person::reactivate_due};
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

/// A customer with everything that is personal, and an order that is on its way.
async fn customer(app: &App) -> Uuid {
    let order = app.order_in("CONFIRMED").await;
    let id: Uuid = sqlx::query_scalar("SELECT user_id FROM orders WHERE id = $1")
        .bind(order)
        .fetch_one(&app.db)
        .await
        .expect("whose it is");
    sqlx::query(
        "UPDATE users SET first_name = 'Wilma', last_name = 'Testfrau', email = 'wilma.testfrau@mail.example',
                phone_number = '+49 40 7654321', date_of_birth = '1984-03-09', email_verified = true WHERE id = $1",
    )
    .bind(id)
    .execute(&app.db)
    .await
    .expect("a person");
    sqlx::query("UPDATE addresses SET street = 'Geheimgasse 9', city = 'Lübeck', country = 'DE' WHERE user_id = $1")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("addresses");
    sqlx::query(
        "INSERT INTO addresses (user_id, recipient_name, street, postal_code, city, country)
         SELECT $1, 'Wilma Testfrau', 'Geheimgasse 9', '23552', 'Lübeck', 'DE' WHERE NOT EXISTS (SELECT 1 FROM addresses WHERE user_id = $1)",
    )
    .bind(id)
    .execute(&app.db)
    .await
    .expect("an address");
    id
}

/// What a statement about the person says, as text.
async fn text(app: &App, columns: &str, id: Uuid) -> String {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT ({columns})::text FROM users WHERE id = $1")))
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a value")
}

async fn count(app: &App, sql: &'static str, id: Uuid) -> i64 {
    sqlx::query_scalar(sql).bind(id).fetch_one(&app.db).await.expect(sql)
}

/// Posts a form about the person with the version of now; the status.
async fn post(app: &App, browser: &Browser, id: Uuid, fields: &[(&str, &str)]) -> u16 {
    let version = text(app, "version", id).await;
    let fields: Vec<(&str, &str)> = [("version", version.as_str()), ("reason", "as the caller asked")]
        .into_iter()
        .filter(|(name, _)| fields.iter().all(|(own, _)| own != name))
        .chain(fields.iter().copied())
        .collect();
    browser.post(&format!("/users/{id}"), &fields).await.status().as_u16()
}

const PARTS: [&str; 8] = [
    "",
    "?part=orders",
    "?part=money",
    "?part=reviews",
    "?part=cart",
    "?part=addresses",
    "?part=activity",
    "?part=history",
];
const SECRETS: [&str; 4] = ["wilma.testfrau@mail.example", "7654321", "1984-03-09", "Geheimgasse"];

#[tokio::test]
async fn each_role_sees_of_a_person_what_the_table_says_in_every_part() {
    let app = App::start().await;
    let id = customer(&app).await;
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    let mut all = String::new();
    for part in PARTS {
        let path = format!("/users/{id}{part}");
        let answer = support.get(&path).await;
        assert_eq!(answer.status(), 200, "{path}");
        // as it came: markup and what the browser hydrates from
        let page = answer.text().await.expect("a page");
        for secret in SECRETS {
            assert!(!page.contains(secret), "{path} tells support {secret}");
        }
        assert!(page.contains("Wilma Testfrau"), "{path}");
        all += &admin.page(&path).await;
    }
    for secret in SECRETS {
        assert!(all.contains(secret), "an admin sees {secret}");
    }
    let masked = support.page(&format!("/users/{id}")).await;
    assert!(masked.contains("w•••@mail.example") && masked.contains("Reveal the phone number"), "{masked}");
    assert!(support.page(&format!("/users/{id}?part=addresses")).await.contains("Lübeck, DE"));
    for who in ["warehouse", "moderator"] {
        assert_eq!(app.signed_in(who).await.get(&format!("/users/{id}")).await.status(), 403, "{who}");
    }
    // colleagues are for those who see staff
    let colleague: Uuid = sqlx::query_scalar("SELECT id FROM users WHERE email = 'warehouse@techally.test'")
        .fetch_one(&app.db)
        .await
        .expect("a colleague");
    assert_eq!(support.get(&format!("/users/{colleague}")).await.status(), 404);
    let page = admin.page(&format!("/users/{colleague}")).await;
    assert!(page.contains(&format!("/staff/{colleague}")) && !page.contains("Suspend"), "decided elsewhere");
    assert_eq!(post(&app, &admin, colleague, &[("change", "unlock")]).await, 404);
    assert_eq!(admin.get(&format!("/users/{}", Uuid::new_v4())).await.status(), 404);
    assert_eq!(admin.get("/users/none").await.status(), 404);
}

#[tokio::test]
async fn a_value_is_seen_for_ten_minutes_for_a_reason_and_so_many_an_hour() {
    let app = App::start().await;
    let id = customer(&app).await;
    let support = app.signed_in("support").await;
    let path = format!("/users/{id}");
    let ask = |value: &'static str| [("reveal", value), ("reason", "calls back about a parcel")];
    assert_eq!(support.post(&path, &[("reveal", "phone"), ("reason", "x")]).await.status(), 422);
    assert_eq!(support.post(&path, &ask("phone")).await.status(), 303);
    let page = support.page(&path).await;
    assert!(page.contains("7654321") && !page.contains("wilma.testfrau@"), "the phone number only");
    assert!(!app.signed_in("support").await.page("/orders").await.contains("7654321"), "here and nowhere else");
    assert!(support.page(&format!("{path}?part=history")).await.contains("calls back about a parcel"));
    sqlx::raw_sql("ALTER TABLE reveals DISABLE TRIGGER USER; UPDATE reveals SET created_at = now() - interval '11 minutes'; ALTER TABLE reveals ENABLE TRIGGER USER")
        .execute(&app.db)
        .await
        .expect("eleven minutes");
    assert!(!support.page(&path).await.contains("7654321"), "over");

    let norm: i32 = sqlx::query_scalar("SELECT reveal_norm()").fetch_one(&app.db).await.expect("a norm");
    // many at once: not one more than the norm gets through
    let form = ask("birth");
    let many = (0..norm + 3).map(|_| support.post(&path, &form));
    let mut refused = 0;
    for answer in futures_util::future::join_all(many).await {
        match answer.status().as_u16() {
            303 => {}
            429 => refused += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!(refused, 4, "one was used before");
    assert_eq!(count(&app, "SELECT count(*) FROM reveals WHERE user_id = $1", id).await, i64::from(norm));
    let admin = app.signed_in("admin").await;
    assert!(admin.page("/inbox").await.contains("wanted to see more masked values"));
    let told: Vec<i64> = sqlx::query_scalar("SELECT count(*) FROM inbox_items WHERE kind = 'norm' GROUP BY user_id")
        .fetch_all(&app.db)
        .await
        .expect("items");
    assert!(!told.is_empty() && told.iter().all(|count| *count == 1), "each admin once: {told:?}");

    // a colleague grants more
    assert_eq!(
        support
            .post("/settings/roles", &[("ask", "reveal_more"), ("hours", "4"), ("reason", "the recall")])
            .await
            .status(),
        303
    );
    let (request, version, asker): (Uuid, i32, Uuid) =
        sqlx::query_as("SELECT id, version, user_id FROM access_requests").fetch_one(&app.db).await.expect("a request");
    let (request, version) = (request.to_string(), version.to_string());
    let grant = [("request", request.as_str()), ("version", &version), ("decision", "grant"), ("hours", "4")];
    assert_eq!(admin.post(&format!("/staff/{asker}"), &grant).await.status(), 303);
    assert_eq!(support.post(&path, &ask("email")).await.status(), 303);
    assert!(support.page(&path).await.contains("wilma.testfrau@mail.example"));
    assert!(app.broken_invariants().await.is_empty());
}

#[tokio::test]
async fn an_account_is_suspended_for_a_time_and_comes_back_by_itself() {
    let app = App::start().await;
    let id = customer(&app).await;
    let support = app.signed_in("support").await;
    sqlx::query("INSERT INTO user_sessions (user_id, token_hash, expires_at) VALUES ($1, sha256('x'), now() + interval '9 hours')")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("a session");
    let page = support.page(&format!("/users/{id}?act=suspend")).await;
    assert!(page.contains("1 open session end at once") || page.contains("1 open session"), "{page}");
    let until = (app.state.clock.now() + Duration::days(3)).date().to_string();
    for wrong in ["yesterday", "2001-01-01", "2099-01-01"] {
        assert_eq!(post(&app, &support, id, &[("change", "suspend"), ("until", wrong)]).await, 422, "{wrong}");
    }
    assert_eq!(post(&app, &support, id, &[("change", "suspend"), ("until", &until), ("reason", " ")]).await, 422);
    assert_eq!(post(&app, &support, id, &[("change", "suspend"), ("until", &until)]).await, 303);
    assert_eq!(text(&app, "status", id).await, "suspended");
    assert_eq!(
        count(&app, "SELECT count(*) FROM user_sessions WHERE user_id = $1 AND revoked_at IS NULL", id).await,
        0
    );
    let page = support.page(&format!("/users/{id}")).await;
    assert!(page.contains("Suspended until") && page.contains("Reactivate"), "{page}");
    let history = support.page(&format!("/users/{id}?part=history")).await;
    assert!(history.contains("as the caller asked") && history.contains("Suspended"), "{history}");

    assert_eq!(reactivate_due(&app.db, OffsetDateTime::now_utc()).await.ok(), Some(0), "not yet");
    let later = OffsetDateTime::now_utc() + Duration::days(5);
    assert_eq!(reactivate_due(&app.db, later).await.ok(), Some(1));
    assert_eq!(text(&app, "status || COALESCE(suspended_until::text, '')", id).await, "active", "no end is left");
    assert_eq!(reactivate_due(&app.db, later).await.ok(), Some(0), "once");

    // long ago signed in: who it is is asked for what takes something away
    app.state.clock.advance(std::time::Duration::from_mins(11));
    assert_eq!(post(&app, &support, id, &[("change", "suspend")]).await, 403, "a proof first");
    assert_eq!(post(&app, &support, id, &[("change", "suspend"), ("proof", PASSWORD)]).await, 303);
    assert_eq!(post(&app, &support, id, &[("change", "reactivate")]).await, 303);
    assert!(app.broken_invariants().await.is_empty());
}

#[tokio::test]
async fn what_else_is_done_about_an_account_and_by_whom() {
    let app = App::start().await;
    let id = customer(&app).await;
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    sqlx::query("UPDATE users SET locked_until = now() + interval '1 hour', failed_login_attempts = 9, mfa_enabled = true, mfa_secret = 'x' WHERE id = $1")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("locked");
    assert!(support.page(&format!("/users/{id}")).await.contains("Locked until"));
    assert_eq!(post(&app, &support, id, &[("change", "unlock")]).await, 303);
    assert_eq!(text(&app, "locked_until IS NULL AND failed_login_attempts = 0", id).await, "true");
    assert_eq!(post(&app, &support, id, &[("change", "reset-factor")]).await, 303);
    assert_eq!(text(&app, "mfa_enabled", id).await, "false");
    assert_eq!(post(&app, &support, id, &[("change", "reset-password")]).await, 303);
    assert_eq!(text(&app, "reset_due", id).await, "true");
    sqlx::query("UPDATE users SET password_hash = 'another' WHERE id = $1")
        .bind(id)
        .execute(&app.db)
        .await
        .expect("set");
    assert_eq!(text(&app, "reset_due", id).await, "false", "done with the new one");

    // twice is once, and what was seen must be what is
    let stale = text(&app, "version - 1", id).await;
    assert_eq!(post(&app, &support, id, &[("change", "suspend"), ("version", &stale)]).await, 409);
    assert_eq!(text(&app, "status", id).await, "active");

    // deleting is for admins, and not while something is on its way
    assert_eq!(post(&app, &support, id, &[("change", "delete")]).await, 403);
    let page = admin.page(&format!("/users/{id}")).await;
    assert!(page.contains("on the way. Deliver or cancel first"), "{page}");
    assert_eq!(post(&app, &admin, id, &[("change", "delete")]).await, 409);
    sqlx::raw_sql("SET session_replication_role = replica; UPDATE orders SET status = 'COMPLETED' WHERE status NOT IN ('COMPLETED', 'CANCELLED', 'FAILED', 'RETURNED'); SET session_replication_role = origin")
        .execute(&app.db)
        .await
        .expect("all arrived");
    assert_eq!(post(&app, &admin, id, &[("change", "delete")]).await, 303);
    assert_eq!(text(&app, "status || ' ' || (deleted_at IS NOT NULL)", id).await, "deleted true");
    assert_eq!(post(&app, &admin, id, &[("change", "suspend")]).await, 409, "nothing else is done about it then");
    assert!(admin.page(&format!("/users/{id}")).await.contains("Bring the account back"));
    assert_eq!(post(&app, &support, id, &[("change", "restore")]).await, 403);
    assert_eq!(post(&app, &admin, id, &[("change", "restore")]).await, 303);
    assert_eq!(text(&app, "status || ' ' || (deleted_at IS NULL)", id).await, "active true");
    for who in ["warehouse", "moderator"] {
        assert_eq!(post(&app, &app.signed_in(who).await, id, &[("change", "suspend")]).await, 403, "{who}");
    }
    assert_eq!(post(&app, &admin, id, &[("change", "explode")]).await, 422);
}

#[tokio::test]
async fn contact_is_changed_by_who_sees_it_and_nothing_gets_lost() {
    let app = App::start().await;
    let id = customer(&app).await;
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    let form = support.page(&format!("/users/{id}?act=edit")).await;
    assert!(
        form.contains("name=\"first_name\"") && !form.contains("name=\"phone\""),
        "masked values are no fields: {form}"
    );
    let forged =
        [("first_name", "Wilhelmina"), ("last_name", "Testfrau"), ("email", "taken@over.example"), ("phone", "1")];
    assert_eq!(post(&app, &support, id, &forged).await, 303);
    assert_eq!(
        text(&app, "first_name || ' ' || email || ' ' || phone_number", id).await,
        "Wilhelmina wilma.testfrau@mail.example +49 40 7654321",
        "what isn't seen isn't changed"
    );
    let full = |email: &'static str, birth: &'static str| {
        [("first_name", "Wilma"), ("last_name", "Testfrau"), ("email", email), ("phone", "+49 40 1"), ("birth", birth)]
    };
    assert_eq!(post(&app, &admin, id, &full("support@techally.test", "1984-03-09")).await, 422, "somebody else's");
    assert_eq!(post(&app, &admin, id, &full("none", "1984-03-09")).await, 422);
    assert_eq!(post(&app, &admin, id, &full("w@mail.example", "2084-03-09")).await, 422);
    assert_eq!(post(&app, &admin, id, &full("W@Mail.example ", "1984-03-10")).await, 303);
    assert_eq!(
        text(&app, "email || ' ' || email_verified || ' ' || date_of_birth || ' ' || phone_number", id).await,
        "w@mail.example false 1984-03-10 +49 40 1"
    );

    // somebody else was first: on another matter both stand, on the same the second is told
    let before = text(&app, "version", id).await;
    assert_eq!(post(&app, &support, id, &[("change", "reset-password")]).await, 303);
    let mut mine = full("w@mail.example", "1984-03-11").to_vec();
    mine.push(("version", &before));
    assert_eq!(post(&app, &admin, id, &mine).await, 303, "another matter");
    assert_eq!(post(&app, &admin, id, &mine).await, 409, "the same one: it was changed since that version");
    let answer = admin.post(&format!("/users/{id}?act=edit"), &mine).await;
    assert!(answer.text().await.expect("a page").contains("what you typed is kept"));

    // as it was
    let history = admin.page(&format!("/users/{id}?part=history")).await;
    let at = history
        .split("part=history&amp;at=")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a moment")
        .to_owned();
    let then = admin.page(&format!("/users/{id}?part=history&at={at}")).await;
    assert!(then.contains("1984-03-10 (now 1984-03-11)"), "{then}");
    let then = support.page(&format!("/users/{id}?part=history&at={at}")).await;
    assert!(then.contains("As it was before") && !then.contains("1984-03"), "masked there too: {then}");
    let early = Zone::exact(datetime!(1999-01-01 0:00 UTC));
    assert!(admin.page(&format!("/users/{id}?part=history&at={early}")).await.contains("was not here yet"));
}

#[tokio::test]
async fn notes_are_shown_at_every_decision() {
    let app = App::start().await;
    let id = customer(&app).await;
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    let path = format!("/users/{id}");
    let key = Uuid::new_v4().to_string();
    let note = [("note", "Pays by transfer only,\r\nafter two chargebacks"), ("key", key.as_str()), ("pin", "yes")];
    for _ in 0..2 {
        assert_eq!(support.post(&path, &note).await.status(), 303);
    }
    assert_eq!(
        count(&app, "SELECT count(*) FROM user_notes WHERE user_id = $1", id).await,
        1,
        "sent twice, written once"
    );
    assert_eq!(support.post(&path, &[("note", " "), ("key", "x")]).await.status(), 422);
    let page = admin.page(&path).await;
    assert!(page.contains("after two chargebacks") && page.contains("Pinned"), "{page}");
    for act in ["suspend", "reset-password", "delete"] {
        let page = admin.page(&format!("{path}?act={act}")).await;
        assert!(page.contains("“Pays by transfer only, after two chargebacks”"), "{act}: {page}");
    }
    let note_id = key.as_str();
    assert_eq!(
        admin.post(&path, &[("note_id", note_id), ("change", "delete")]).await.status(),
        403,
        "its author's only"
    );
    assert_eq!(admin.post(&path, &[("note_id", note_id), ("change", "unpin")]).await.status(), 303);
    assert!(!admin.page(&format!("{path}?act=suspend")).await.contains("chargebacks”"));
    assert_eq!(support.post(&path, &[("note_id", note_id), ("change", "delete")]).await.status(), 303);
    assert!(!admin.page(&path).await.contains("chargebacks"));
    assert!(support.page(&path).await.contains("Put back"));
    assert_eq!(support.post(&path, &[("note_id", note_id), ("change", "restore")]).await.status(), 303);
    assert!(admin.page(&path).await.contains("chargebacks"));
    for who in ["warehouse", "moderator"] {
        assert_eq!(app.signed_in(who).await.post(&path, &note).await.status(), 403, "{who}");
    }
}

#[tokio::test]
async fn who_looked_at_whom_is_recorded_once_for_ten_minutes_and_by_nobody_changed() {
    let app = App::start().await;
    let id = customer(&app).await;
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    for part in PARTS {
        support.page(&format!("/users/{id}{part}")).await;
    }
    let looks = "SELECT count(*) FROM user_views WHERE user_id = $1";
    assert_eq!(count(&app, looks, id).await, 1);
    let history = admin.page(&format!("/users/{id}?part=history")).await;
    assert!(history.contains("Who looked at this page") && history.contains("Sam Alvarez"), "{history}");
    assert_eq!(count(&app, looks, id).await, 2, "the admin's own look");
    // both sides of a comparison are looked at
    let other: Uuid =
        sqlx::query_scalar("SELECT id FROM users WHERE role = 'customer' AND status = 'active' AND id <> $1 LIMIT 1")
            .bind(id)
            .fetch_one(&app.db)
            .await
            .expect("somebody else");
    app.signed_in("super").await.page(&format!("/users/{id}/merge?with={other}")).await;
    assert_eq!((count(&app, looks, id).await, count(&app, looks, other).await), (3, 1));
    // what isn't there, and what may not be seen, is nobody's look
    assert_eq!(support.get(&format!("/users/{}", Uuid::new_v4())).await.status(), 404);
    let colleague = id_of(&app, "warehouse").await;
    assert_eq!(support.get(&format!("/users/{colleague}")).await.status(), 404);
    assert_eq!(count(&app, looks, colleague).await, 0);
    for sql in
        ["DELETE FROM user_views WHERE user_id = $1", "UPDATE user_views SET created_at = now() WHERE user_id = $1"]
    {
        assert!(sqlx::query(sql).bind(id).execute(&app.state.db).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn an_edit_is_set_back_for_a_day_unless_somebody_changed_the_same_again() {
    let app = App::start().await;
    let id = customer(&app).await;
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    let edit = async |browser: &Browser, fields: &[(&str, &str)]| post(&app, browser, id, fields).await;
    let last = async || {
        count(&app, "SELECT max(id) FROM audit_log WHERE table_name = 'users' AND row_id = $1::uuid::text AND action = 'UPDATE'", id)
            .await
            .to_string()
    };
    let all = [
        ("first_name", "Wilhelmine"),
        ("last_name", "Testfrau"),
        ("email", "wilhelmine@mail.example"),
        ("phone", "+49 40 7654321"),
        ("birth", "1984-03-09"),
    ];
    assert_eq!(edit(&admin, &all).await, 303);
    let first = last().await;
    let address = format!("/users/{id}?part=history&act=undo-{first}");
    assert!(admin.page(&format!("/users/{id}?part=history")).await.contains(&address.replace('&', "&amp;")));
    assert!(
        !support.page(&format!("/users/{id}?part=history")).await.contains("act=undo-"),
        "the address is masked for support"
    );
    assert_eq!(edit(&support, &[("undo", &first)]).await, 409, "not by the form either");
    assert!(admin.page(&address).await.contains("Undo this change"));
    assert_eq!(edit(&admin, &[("undo", &first)]).await, 303);
    let now = "first_name || ' ' || email || ' ' || email_verified::text";
    assert_eq!(text(&app, now, id).await, "Wilma wilma.testfrau@mail.example true");
    let reason: String = sqlx::query_scalar("SELECT reason FROM audit_log WHERE id = $1")
        .bind(last().await.parse::<i64>().expect("a number"))
        .fetch_one(&app.db)
        .await
        .expect("the trail");
    assert_eq!(reason, "Undo");

    // a name is no secret: support undoes it, once, and not over a colleague
    assert_eq!(edit(&support, &[("first_name", "Anna"), ("last_name", "Testfrau")]).await, 303);
    let name = last().await;
    assert_eq!(edit(&support, &[("first_name", "Hanna"), ("last_name", "Testfrau")]).await, 303);
    assert_eq!(edit(&support, &[("undo", &name)]).await, 409, "changed again since");
    let again = last().await;
    assert_eq!(edit(&support, &[("undo", &again)]).await, 303);
    assert_eq!(text(&app, "first_name", id).await, "Anna");
    assert_eq!(edit(&support, &[("undo", &again)]).await, 409, "it was undone");
    // a suspension is no edit, and an entry of somebody else is nobody's here
    assert_eq!(edit(&support, &[("change", "suspend"), ("proof", PASSWORD)]).await, 303);
    assert_eq!(edit(&support, &[("undo", &last().await)]).await, 409);
    let other = count(&app, "SELECT COALESCE(max(id), 1) FROM audit_log WHERE row_id <> $1::uuid::text", id).await;
    assert_eq!(edit(&support, &[("undo", &other.to_string())]).await, 409);
    // the address of before is somebody else's by now
    assert_eq!(edit(&admin, &[("change", "reactivate")]).await, 303);
    assert_eq!(edit(&admin, &all).await, 303);
    let moved = last().await;
    sqlx::query("UPDATE users SET email = 'wilma.testfrau@mail.example' WHERE email = 'moderator@techally.test'")
        .execute(&app.db)
        .await
        .expect("taken");
    assert_eq!(edit(&admin, &[("undo", &moved)]).await, 409);
    assert_eq!(text(&app, "email", id).await, "wilhelmine@mail.example");
}

#[tokio::test]
async fn orders_of_one_moment_are_each_on_one_page_of_their_part() {
    let app = App::start().await;
    let id = customer(&app).await;
    // as after a merge of two accounts, or an import: many of one moment
    sqlx::query(
        "WITH new AS (INSERT INTO orders (user_id, subtotal, grand_total, item_count, customer_name, customer_email)
                      SELECT $1, 1, 1, 1, 'W', 'w@mail.example' FROM generate_series(1, 60) RETURNING id)
         INSERT INTO order_items (order_id, product_id, sku, product_name, quantity, unit_price, line_total)
         SELECT n.id, p.id, p.sku, p.name, 1, 1, 1 FROM new n CROSS JOIN (SELECT id, sku, name FROM products LIMIT 1) p",
    )
    .bind(id)
    .execute(&app.db)
    .await
    .expect("orders");
    let admin = app.signed_in("admin").await;
    let mut seen = std::collections::BTreeSet::new();
    let mut next = format!("/users/{id}?part=orders");
    loop {
        let page = admin.page(&next).await;
        let (_, markup) = page.split_once("<main").expect("the content");
        for (at, _) in markup.match_indices("href=\"/orders/") {
            let order = &markup[at + 14..at + 50];
            if order.parse::<Uuid>().is_ok() {
                assert!(seen.insert(order.to_owned()), "{order} on two pages");
            }
        }
        let Some((_, rest)) = markup.split_once("part=orders&amp;before=") else { break };
        next = format!("/users/{id}?part=orders&before={}", &rest[..36]);
    }
    assert_eq!(
        i64::try_from(seen.len()).expect("few"),
        count(&app, "SELECT count(*) FROM orders WHERE user_id = $1", id).await
    );
}
