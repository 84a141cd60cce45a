//! The page of an order: contact, address, reveals, notes, mentions, the timeline; each as the roles that may and may not.

use crate::app::{App, Browser};
use sqlx::AssertSqlSafe;
use techally::{
    auth::model::{Right, Role},
    orders::model::Status,
};
use uuid::Uuid;

async fn text(app: &App, sql: &str, id: Uuid) -> String {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT COALESCE(({sql})::text, 'none')")))
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a value")
}

const EMAIL: &str = "SELECT customer_email FROM orders WHERE id = $1";
const PHONE: &str = "SELECT customer_phone FROM orders WHERE id = $1";

/// Posts a form of the order's page.
async fn send(browser: &Browser, id: Uuid, act: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let answer = browser.post(&format!("/orders/{id}?act={act}"), fields).await;
    (answer.status().as_u16(), answer.text().await.expect("a body").replace("<!>", ""))
}

async fn version(app: &App, table: &str, key: &str, id: Uuid) -> String {
    text(app, &format!("SELECT version FROM {table} WHERE {key} = $1"), id).await
}

#[tokio::test]
async fn changes_to_different_fields_both_stand_and_the_same_field_shows_both_values() {
    let app = App::start().await;
    let id = app.order_in("CONFIRMED").await;
    let (first, second) = (app.signed_in("admin").await, app.signed_in("super").await);
    let page = second.page(&format!("/orders/{id}?act=contact")).await;
    let email = text(&app, EMAIL, id).await;
    let phone = text(&app, PHONE, id).await;
    assert!(page.contains(&format!("value=\"{email}\"")), "the form begins with what is there");
    let drawn = version(&app, "orders", "id", id).await;

    let (status, _) =
        send(&first, id, "contact", &[("email", "new@mail.example"), ("phone", &phone), ("version", &drawn)]).await;
    assert_eq!(status, 303);
    // the second form still has the old address, which its person left as it was
    let (status, _) = send(&second, id, "contact", &[("email", &email), ("phone", "+49 1"), ("version", &drawn)]).await;
    assert_eq!(status, 303);
    assert_eq!(text(&app, EMAIL, id).await, "new@mail.example", "nobody set back what another changed");
    assert_eq!(text(&app, PHONE, id).await, "+49 1");

    let mine = [("email", "mine@mail.example"), ("phone", "+49 1"), ("version", drawn.as_str())];
    let (status, page) = send(&second, id, "contact", &mine).await;
    assert_eq!(status, 409);
    let who = text(
        &app,
        "SELECT first_name || ' ' || last_name FROM users WHERE email = 'admin@techally.test' AND $1 IS NOT NULL",
        id,
    )
    .await;
    assert!(page.contains(&format!("{who} changed it to “new@mail.example”")), "by whom and to what");
    assert!(page.contains("value=\"mine@mail.example\""), "what was typed is kept");
    assert_eq!(text(&app, EMAIL, id).await, "new@mail.example");
    // the page drawn again has the version that its person was told of: sending again is meant
    let now = version(&app, "orders", "id", id).await;
    assert!(page.contains(&format!("name=\"version\" value=\"{now}\"")));
    let (status, _) = send(&second, id, "contact", &[mine[0], mine[1], ("version", &now)]).await;
    assert_eq!(status, 303);
    assert_eq!(text(&app, EMAIL, id).await, "mine@mail.example");
    let page = second.page(&format!("/orders/{id}?show=changes")).await;
    assert!(page.contains("changed the e-mail address") && page.contains("new@mail.example → mine@mail.example"));
}

#[tokio::test]
async fn masked_values_can_be_replaced_unseen_and_are_kept_when_left_empty() {
    let app = App::start().await;
    let id = app.order_in("PENDING").await;
    let support = app.signed_in("support").await;
    let email = text(&app, EMAIL, id).await;
    let page = support.page(&format!("/orders/{id}?act=contact")).await;
    assert!(!page.contains(&email), "not in the form, nor in its data");
    let drawn = version(&app, "orders", "id", id).await;
    let (status, _) =
        send(&support, id, "contact", &[("email", ""), ("phone", "+49 40 123"), ("version", &drawn)]).await;
    assert_eq!(status, 303);
    assert_eq!((text(&app, EMAIL, id).await, text(&app, PHONE, id).await), (email.clone(), "+49 40 123".into()));
    let page = support.page(&format!("/orders/{id}?show=changes")).await;
    assert!(
        page.contains("changed the phone number") && !page.contains("+49 40 123"),
        "the timeline is masked as well"
    );
    let (status, page) = send(&support, id, "contact", &[("email", "nonsense"), ("version", "1")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("This is no e-mail address.") && page.contains("value=\"nonsense\""));
}

const ADDRESS: [(&str, &str); 7] = [
    ("recipient_name", "Ida Testa"),
    ("street", "Elbchaussee 1"),
    ("street2", ""),
    ("postal_code", "22765"),
    ("city", "Hamburg"),
    ("region", ""),
    ("country", "de"),
];

#[tokio::test]
async fn an_address_is_changed_as_one_and_stays_once_the_parcel_is_gone() {
    let app = App::start().await;
    let id = app.order_in("PREPARING").await;
    let (first, second) = (app.signed_in("support").await, app.signed_in("admin").await);
    let drawn = version(&app, "order_shipping", "order_id", id).await;
    let with = |street: &'static str, version: &str| {
        let mut fields: Vec<(&str, String)> =
            ADDRESS.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        fields[1].1 = street.into();
        fields.push(("version", version.to_owned()));
        fields
    };
    let post = async |browser: &Browser, fields: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        send(browser, id, "address", &fields).await
    };
    assert_eq!(post(&first, &with("Elbchaussee 1", &drawn)).await.0, 303);
    let stored = "SELECT street || '|' || city || '|' || country || '|' || COALESCE(street2, 'none') FROM order_shipping WHERE order_id = $1";
    assert_eq!(text(&app, stored, id).await, "Elbchaussee 1|Hamburg|DE|none");
    let (status, page) = post(&second, &with("Another 2", &drawn)).await;
    assert_eq!(status, 409);
    assert!(page.contains("“Ida Testa, Elbchaussee 1, 22765, Hamburg, DE”") && page.contains("value=\"Another 2\""));
    assert_eq!(post(&second, &with("Elbchaussee 1", &drawn)).await.0, 303, "the same twice is done");

    // shipped meanwhile: the form is kept, nothing changes, whoever asks the database
    let details = [("carrier", "DHL"), ("tracking_number", "JJD0123")];
    assert_eq!(second.move_order(&app, id, "SHIPPED", &details).await.status(), 303);
    let (status, page) = post(&second, &with("Too late 3", &drawn)).await;
    assert_eq!(status, 409);
    assert!(page.contains("only until an order is shipped") && page.contains("value=\"Too late 3\""), "input kept");
    let refused = sqlx::raw_sql(AssertSqlSafe(format!(
        "BEGIN; SELECT set_config('app.actor_kind', 'staff', true); UPDATE order_shipping SET city = 'Berlin' WHERE order_id = '{id}'"
    )))
    .execute(&app.staff)
    .await
    .expect_err("the table refuses");
    assert_eq!(refused.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(), Some("TA006"));
}

#[tokio::test]
async fn a_masked_value_is_seen_for_a_reason_that_stays() {
    let app = App::start().await;
    let id = app.order_in("CONFIRMED").await;
    let support = app.signed_in("support").await;
    let email = text(&app, EMAIL, id).await;
    assert!(!support.page(&format!("/orders/{id}")).await.contains(&email));
    let (status, page) = send(&support, id, "reveal-email", &[("reveal", "email"), ("reason", " x ")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("Say in 3 to 300 characters"));
    assert!(!page.contains(&email));
    let (status, _) =
        send(&support, id, "reveal-email", &[("reveal", "email"), ("reason", "calls back  about a parcel")]).await;
    assert_eq!(status, 303);
    let page = support.page(&format!("/orders/{id}")).await;
    assert!(page.contains(&email), "seen now");
    assert!(page.contains("looked at the e-mail address") && page.contains("calls back about a parcel"));
    let street = text(&app, "SELECT street FROM order_shipping WHERE order_id = $1", id).await;
    assert!(!page.contains(&street), "the rest stays masked");
    // another order of the same person, another colleague, ten minutes later: masked
    let row: (String, String, String) = sqlx::query_as(
        "SELECT u.email, r.field, r.reason FROM reveals r JOIN users u ON u.id = r.actor_id WHERE r.order_id = $1 AND r.request_id <> ''",
    )
    .bind(id)
    .fetch_one(&app.db)
    .await
    .expect("the record");
    assert_eq!(row, ("support@techally.test".into(), "email".into(), "calls back about a parcel".into()));
    sqlx::raw_sql(
        "ALTER TABLE reveals DISABLE TRIGGER USER; UPDATE reveals SET created_at = now() - interval '11 minutes'",
    )
    .execute(&app.db)
    .await
    .expect("time passes");
    assert!(!support.page(&format!("/orders/{id}")).await.contains(&email), "masked again");
    for (who, wanted) in [("admin", 403), ("warehouse", 403)] {
        let browser = app.signed_in(who).await;
        let (status, _) = send(&browser, id, "reveal-email", &[("reveal", "email"), ("reason", "because")]).await;
        assert_eq!(status, wanted, "{who}");
    }
    let refused = sqlx::query("DELETE FROM reveals").execute(&app.staff).await.expect_err("append-only");
    assert_eq!(refused.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(), Some("42501"));
}

#[tokio::test]
async fn notes_are_their_authors_and_pinning_is_everybodys() {
    let app = App::start().await;
    let id = app.order_in("CONFIRMED").await;
    let (author, other) = (app.signed_in("support").await, app.signed_in("warehouse").await);
    let path = format!("/orders/{id}");
    assert_eq!(author.post(&path, &[("note", "First words")]).await.status(), 303);
    let note: Uuid = sqlx::query_scalar("SELECT id FROM order_notes WHERE order_id = $1 AND body = 'First words'")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("the note");
    let note_id = note.to_string();
    let act = format!("note-{note}");
    assert!(author.page(&format!("{path}?act={act}")).await.contains("Change your note"));
    assert!(!other.page(&format!("{path}?act={act}")).await.contains("Change your note"), "not another's");
    let change =
        |body: &'static str| [("note_id", note_id.clone()), ("version", "1".to_owned()), ("body", body.to_owned())];
    let post = async |browser: &Browser, fields: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        send(browser, id, &act, &fields).await
    };
    assert_eq!(post(&other, &change("Not mine")).await.0, 403);
    let pin = |change: &'static str| [("note_id", note_id.clone()), ("change", change.to_owned())];
    assert_eq!(post(&other, &pin("pin")).await.0, 303);
    // pinned meanwhile: the text is still the one that the author saw
    assert_eq!(post(&author, &change("Better words")).await.0, 303);
    let page = author.page(&path).await;
    assert!(
        page.contains("pinned and changed this note") && page.contains("Better words") && !page.contains("First words")
    );
    assert!(page.find("Better words") < page.find("Order placed"), "it stands first");
    let (status, page) = post(&author, &change("From another tab")).await;
    assert_eq!(status, 409);
    assert!(page.contains("it says now: “Better words”") && page.contains("From another tab"));

    assert_eq!(post(&other, &pin("delete")).await.0, 403);
    assert_eq!(post(&author, &pin("delete")).await.0, 303);
    assert!(!other.page(&path).await.contains("Better words"), "gone for the others");
    assert!(author.page(&path).await.contains("for a day it can be put back"));
    assert_eq!(post(&author, &pin("restore")).await.0, 303);
    assert!(other.page(&path).await.contains("Better words"));
    assert_eq!(post(&author, &pin("delete")).await.0, 303);
    sqlx::query("UPDATE order_notes SET deleted_at = now() - interval '25 hours' WHERE id = $1")
        .bind(note)
        .execute(&app.db)
        .await
        .expect("a day passes");
    assert_eq!(post(&author, &pin("restore")).await.0, 409);
    assert!(!author.page(&path).await.contains("Better words"));
}

#[tokio::test]
async fn a_colleague_who_is_called_finds_the_note_once() {
    let app = App::start().await;
    let id = app.order_in("CONFIRMED").await;
    let author = app.signed_in("support").await;
    let path = format!("/orders/{id}");
    let answer = author.post(&path, &[("note", "@nobody can you look?")]).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("Nobody here is called @nobody") && page.contains("@nobody can you look?"), "kept");
    let key = "7b0e7f9e-5f0a-4b6e-9d5e-0a7a52f1a002";
    for _ in 0..2 {
        let answer = author.post(&path, &[("note", "@warehouse can you look? @support too"), ("key", key)]).await;
        assert_eq!(answer.status(), 303);
    }
    let called: Vec<String> = sqlx::query_scalar(
        "SELECT u.email FROM inbox_items i JOIN users u ON u.id = i.user_id WHERE i.order_id = $1 AND i.kind = 'mention'",
    )
    .bind(id)
    .fetch_all(&app.db)
    .await
    .expect("items");
    assert_eq!(called, ["warehouse@techally.test"], "once, and not oneself");
}

#[tokio::test]
async fn the_timeline_has_its_parts() {
    let app = App::start().await;
    let id = app.order_in("RETURNED").await;
    let admin = app.signed_in("admin").await;
    let all = admin.page(&format!("/orders/{id}")).await;
    for (part, has, has_not) in [
        ("status", "Order placed", "Sold</b>"),
        ("money", "Payment</b>", "Order placed"),
        ("stock", "Sold</b>", "Payment</b>"),
    ] {
        let page = admin.page(&format!("/orders/{id}?show={part}")).await;
        let (_, timeline) = page.split_once("Parts of the timeline").expect("the timeline");
        let timeline = timeline.split("</section>").next().unwrap_or_default();
        assert!(timeline.contains(has) && !timeline.contains(has_not), "{part}");
        assert!(all.contains(has), "{has} among all");
    }
}

/// Every role in every state: what the page offers is what the function does, and what it says no to is refused.
#[tokio::test]
async fn what_is_offered_is_what_is_done_for_every_role_and_state() {
    let app = App::start().await;
    let colleague =
        text(&app, "SELECT id FROM users WHERE email = 'support@techally.test' AND $1 IS NOT NULL", Uuid::nil()).await;
    for (role, who) in [
        (Role::Support, "support"),
        (Role::WarehouseManager, "warehouse"),
        (Role::Admin, "admin"),
        (Role::SuperAdmin, "super"),
    ] {
        let browser = app.signed_in(who).await;
        for status in Status::ALL {
            let id = app.order_in(status.code()).await;
            let parcel: Uuid = sqlx::query_scalar(
                "INSERT INTO parcels (order_id, carrier, tracking_number) VALUES ($1, 'DHL', 'JJD1') RETURNING id",
            )
            .bind(id)
            .fetch_one(&app.db)
            .await
            .expect("a parcel");
            let page = browser.page(&format!("/orders/{id}")).await;
            let is_open =
                matches!(status, Status::Pending | Status::Processing | Status::Confirmed | Status::Preparing);
            let may = Right::EditOrders.held_by(role) && is_open;
            for (act, table, key, fields) in [
                ("contact", "orders", "id", vec![("email", "x@mail.example"), ("phone", "")]),
                ("address", "order_shipping", "order_id", ADDRESS.to_vec()),
            ] {
                let offered = page.contains(&format!("/orders/{id}?act={act}\""));
                assert_eq!(offered, may, "{who} {status:?} {act} is offered");
                let version = version(&app, table, key, id).await;
                let fields = [fields, vec![("version", version.as_str())]].concat();
                let (answer, body) = send(&browser, id, act, &fields).await;
                assert_eq!(answer == 303, may, "{who} {status:?} {act}: {answer}");
                if !may {
                    assert!(
                        answer == 403 || answer == 409 && body.contains("only until"),
                        "{who} {status:?} {act}: {answer}"
                    );
                    assert!(
                        page.contains(if is_open { "for these roles only" } else { "only until an order is shipped" })
                            || !is_open,
                        "it says why not"
                    );
                }
            }
            let (parcel, mail) = (parcel.to_string(), Uuid::new_v4().to_string());
            let version = version(&app, "orders", "id", id).await;
            let ships = Status::Preparing.move_to(Status::Shipped).is_some_and(|step| step.allows(role));
            for (act, may, fields) in [
                (
                    "assign".to_owned(),
                    Right::NoteOrders.held_by(role),
                    vec![("assignee", colleague.as_str()), ("version", version.as_str())],
                ),
                (
                    "mail".to_owned(),
                    Right::EditOrders.held_by(role) && !matches!(status, Status::Cancelled | Status::Failed),
                    vec![("mail", mail.as_str())],
                ),
                (
                    format!("parcel-{parcel}"),
                    ships && status.is_to_ship(),
                    vec![("parcel", parcel.as_str()), ("version", "1"), ("carrier", "UPS"), ("tracking_number", "1Z")],
                ),
            ] {
                let offered = page.contains(&format!("/orders/{id}?act={act}\""));
                assert_eq!(offered, may, "{who} {status:?} {act} is offered");
                let (answer, _) = send(&browser, id, &act, &fields).await;
                assert_eq!(answer, if may { 303 } else { 403 }, "{who} {status:?} {act}");
            }
        }
    }
    assert_eq!(app.broken_invariants().await, []);
}

#[tokio::test]
async fn the_inbox_shows_what_is_for_me_until_it_is_read() {
    let app = App::start().await;
    let id = app.order_in("CONFIRMED").await;
    let (author, reader) = (app.signed_in("support").await, app.signed_in("warehouse").await);
    assert!(reader.page("/inbox").await.contains("Nothing here"));
    for n in 0..52 {
        let note = format!("@warehouse look at shelf {n}.");
        assert_eq!(author.post(&format!("/orders/{id}"), &[("note", &note)]).await.status(), 303);
    }
    let page = reader.page("/inbox").await;
    assert!(page.contains("look at shelf 51.") && !page.contains("look at shelf 1."), "the newest fifty");
    let older = page.split_once("/inbox?before=").expect("older ones").1.split('"').next().expect("an id").to_owned();
    assert!(reader.page(&format!("/inbox?before={older}")).await.contains("look at shelf 1."));
    assert_eq!(reader.get("/inbox?before=x").await.status(), 400);
    assert!(app.signed_in("admin").await.page("/inbox").await.contains("Nothing here"), "nobody else's");
    assert_eq!(author.post("/inbox", &[("mark", "all")]).await.status(), 303, "marks the caller's own only");
    assert!(
        reader.page("/orders").await.contains("52<span class=\"visually-hidden\"> unread"),
        "the navigation counts them"
    );
    assert_eq!(reader.post("/inbox", &[("mark", "all")]).await.status(), 303);
    let page = reader.page("/inbox").await;
    assert!(!page.contains("Mark all as read") && page.contains("Mark as unread") && !page.contains("> unread<"));
    assert_eq!(reader.post("/inbox", &[("mark", "everything")]).await.status(), 422);
}

#[tokio::test]
async fn a_change_is_set_back_within_a_day_unless_somebody_changed_it_again() {
    let app = App::start().await;
    let id = app.order_in("CONFIRMED").await;
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    let before = text(&app, EMAIL, id).await;
    let set = async |email: &str| {
        let version = version(&app, "orders", "id", id).await;
        let (status, _) =
            send(&admin, id, "contact", &[("email", email), ("phone", "+49 1"), ("version", &version)]).await;
        assert_eq!(status, 303);
    };
    set("first@mail.example").await;
    set("second@mail.example").await;
    let numbers = async |browser: &Browser| {
        let page = browser.page(&format!("/orders/{id}?show=changes")).await;
        let numbers =
            page.split("name=\"undo\" value=\"").skip(1).filter_map(|rest| rest.split('"').next().map(str::to_owned));
        numbers.collect::<Vec<_>>()
    };
    let offered = numbers(&support).await;
    assert_eq!(offered.len(), 2, "newest first");
    assert_eq!(numbers(&app.signed_in("warehouse").await).await.len(), 0, "not theirs to change");
    let (status, page) = send(&support, id, "", &[("undo", &offered[1])]).await;
    assert_eq!(status, 409);
    assert!(page.contains("changed the same again"));
    assert_eq!(send(&support, id, "", &[("undo", &offered[0])]).await.0, 303);
    assert_eq!(text(&app, EMAIL, id).await, "first@mail.example");
    let newest = numbers(&support).await;
    assert_eq!(send(&support, id, "", &[("undo", &newest[0])]).await.0, 303, "an undo can be undone");
    assert_eq!(text(&app, EMAIL, id).await, "second@mail.example");
    let (status, _) = send(&app.signed_in("warehouse").await, id, "", &[("undo", &newest[0])]).await;
    assert_eq!(status, 409);
    assert_ne!(before, "second@mail.example");

    let tags = version(&app, "orders", "id", id).await;
    assert_eq!(send(&support, id, "", &[("tags", "gift"), ("version", &tags)]).await.0, 303);
    let newest = numbers(&support).await;
    assert_eq!(send(&support, id, "", &[("undo", &newest[0])]).await.0, 303);
    assert_eq!(text(&app, "SELECT array_to_string(tags, ',') FROM orders WHERE id = $1", id).await, "");
    for wrong in ["0", "999999999"] {
        assert_eq!(send(&support, id, "", &[("undo", wrong)]).await.0, 409);
    }
}

#[tokio::test]
async fn papers_say_who_sends_and_hide_what_their_reader_may_not_see() {
    let app = App::start().await;
    let admin = app.signed_in("admin").await;
    let owner = app.signed_in("super").await;
    let settings = |company: &'static str, version: String| {
        vec![
            ("company", company.to_owned()),
            ("city", "Hamburg".into()),
            ("country", "de".into()),
            ("paper", "letter".into()),
            ("second_factor_days", String::new()),
            ("version", version),
        ]
    };
    let save = async |browser: &Browser, fields: Vec<(&str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post("/settings", &fields).await.status().as_u16()
    };
    let version = async || text(&app, "SELECT version FROM shop_settings WHERE $1 IS NOT NULL", Uuid::nil()).await;
    assert_eq!(save(&admin, settings("Mine", version().await)).await, 403);
    assert_eq!(save(&owner, settings("", version().await)).await, 422);
    assert_eq!(save(&owner, settings("Test & Söhne", version().await)).await, 303);
    assert_eq!(save(&owner, settings("Late", "0".into())).await, 409);
    assert!(admin.page("/settings").await.contains("Only these roles can change this"));

    let id = app.order_in("CONFIRMED").await;
    let street = text(&app, "SELECT billing_street FROM orders WHERE id = $1", id).await;
    let total = text(&app, "SELECT to_char(grand_total, 'FM999,990.00') FROM orders WHERE id = $1", id).await;
    let invoice = admin.page(&format!("/orders/{id}/invoice")).await;
    assert!(
        invoice.contains("Test &amp; Söhne")
            && invoice.contains("paper letter")
            && invoice.contains(&street)
            && invoice.contains(&total)
    );
    let masked = app.signed_in("support").await.page(&format!("/orders/{id}/invoice")).await;
    assert!(!masked.contains(&street) && masked.contains("reveal it on the order first"));
    let preparing = app.order_in("PREPARING").await;
    let slip = app.signed_in("warehouse").await.page(&format!("/orders/{preparing}/packing-slip")).await;
    let street = text(&app, "SELECT street FROM order_shipping WHERE order_id = $1", preparing).await;
    assert!(slip.contains(&street) && slip.contains("☐") && !slip.contains("VAT"));
    let pending = app.order_in("PENDING").await;
    assert!(admin.page(&format!("/orders/{pending}")).await.contains("there is one once the order is confirmed"));
    assert_eq!(admin.get("/orders/nonsense/invoice").await.status(), 404);
}
