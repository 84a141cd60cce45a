//! `/orders/new`: who is found, what can be ordered, what is written, and what is refused.

use crate::{
    app::{App, Browser, id_of},
    checkout::sku,
};
use techally::settings;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A customer with a saved address, and one pinned note.
async fn customer(app: &App) -> (Uuid, Uuid) {
    sqlx::query_as(
        "WITH u AS (INSERT INTO users (email, password_hash, first_name, last_name, phone_number)
                    VALUES ('wilma.anruf@mail.example', '!', 'Wilma', 'Anruf', '+49 40 7654321') RETURNING id),
         n AS (INSERT INTO user_notes (user_id, author_id, body, pinned)
               SELECT u.id, a.id, 'pays late', true FROM u, users a WHERE a.email = 'support@techally.test')
         INSERT INTO addresses (user_id, recipient_name, street, postal_code, city, country, is_default_shipping)
         SELECT id, 'Wilma Anruf', 'Geheimgasse 9', '23552', 'Lübeck', 'DE', true FROM u RETURNING user_id, id",
    )
    .fetch_one(&app.db)
    .await
    .expect("a customer")
}

/// The value of a field that isn't shown.
fn hidden(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name}"));
    let start = page[..at].rfind('<').expect("a tag");
    let end = start + page[start..].find('>').expect("its end");
    let tag = &page[start..end];
    let value = tag.split_once("value=\"").expect("a value").1.split_once('"').expect("its end").0;
    value.replace("&amp;", "&")
}

/// The last step for a customer, as a browser without a script has it: where it posts to, and its hidden fields.
struct Step {
    address: String,
    order: String,
    key: String,
    version: String,
}

impl Step {
    async fn of(browser: &Browser, customer: Uuid, items: &str) -> Self {
        let address = format!("/orders/new?customer={customer}&{items}&act=place");
        let page = browser.page(&address).await;
        let field = |name| hidden(&page, name);
        Self { order: field("order"), key: field("key"), version: field("version"), address }
    }

    async fn send(&self, browser: &Browser, fields: &[(&str, &str)]) -> reqwest::Response {
        let all: Vec<(&str, &str)> =
            [("order", self.order.as_str()), ("key", &self.key), ("version", &self.version), ("hold", "7")]
                .into_iter()
                .filter(|(name, _)| fields.iter().all(|(own, _)| own != name))
                .chain(fields.iter().copied())
                .collect();
        browser.post(&self.address, &all).await
    }
}

/// The order that an answer leads to.
fn order_of(answer: &reqwest::Response) -> Uuid {
    assert_eq!(answer.status(), 303);
    let to = answer.headers()["location"].to_str().expect("an address");
    to.strip_prefix("/orders/").and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("leads to {to}"))
}

async fn price(app: &App, sku: &str) -> i64 {
    sqlx::query_scalar(
        "SELECT (price * 100)::bigint FROM product_variants WHERE sku = $1
         UNION ALL SELECT (base_price * 100)::bigint FROM products WHERE sku = $1",
    )
    .bind(sku)
    .fetch_one(&app.db)
    .await
    .expect("a price")
}

#[tokio::test]
async fn a_caller_is_found_as_far_as_the_role_sees_them() {
    let app = App::start().await;
    let (id, _) = customer(&app).await;
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    let find = async |browser: &Browser, text: &str| {
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("q", text).finish();
        browser.page(&format!("/orders/new?{query}")).await
    };
    let to = format!("/orders/new?customer={id}");
    for text in ["anruf wil", "wilma.anruf@mail.example", "040 7654321"] {
        let page = find(&support, text).await;
        assert!(page.contains(&to), "{text}");
        let shown = page.replace(&text.replace('@', "%40"), "");
        assert!(shown.contains("w•••@mail.example") && !shown.contains("40 7654321\""), "{text}: masked");
    }
    assert!(find(&support, "wilma.anr").await.contains("Nobody found"), "no parts of what is masked");
    assert!(find(&admin, "@anruf").await.contains("Nobody found") && find(&admin, "wilma.anruf@").await.contains(&to));
    assert!(find(&support, "x").await.contains("Type at least"));
    assert!(
        find(&support, "Sam").await.contains("Nobody found") || !find(&support, "Sam").await.contains("techally.test")
    );
    // what was chosen before stays
    let sku = sku(&app).await;
    let kept = support.page(&format!("/orders/new?q=anruf+wilma&order=item%3D{sku}%26n%3D3")).await;
    assert!(kept.contains(&format!("customer={id}&amp;item={sku}&amp;n=3")), "{kept}");

    let page =
        support.get(&format!("/orders/new?customer={id}&item={sku}&act=place")).await.text().await.expect("a page");
    for secret in ["wilma.anruf@", "7654321", "Geheimgasse"] {
        assert!(!page.contains(secret), "support isn't told {secret}, not even in what the browser hydrates from");
    }
    assert!(page.contains("Saved: Lübeck, DE") && page.contains("pays late"));
    let page = admin.page(&format!("/orders/new?customer={id}&item={sku}&act=place")).await;
    assert!(page.contains("Geheimgasse 9") && page.contains("wilma.anruf@mail.example"));
    let colleague = id_of(&app, "warehouse").await;
    for wrong in [format!("customer={colleague}"), format!("customer={}", Uuid::new_v4()), "item=A&n=-x".into()] {
        assert_eq!(admin.get(&format!("/orders/new?{wrong}")).await.status(), 400, "{wrong}");
    }
}

#[tokio::test]
async fn an_order_on_the_phone_is_like_one_of_the_shop_with_a_discount_and_a_longer_hold() {
    let app = App::start().await;
    let ((id, address), sku) = (customer(&app).await, sku(&app).await);
    let shop = settings::model::Shop { iban: "DE02120300000000202051".into(), ..Default::default() };
    sqlx::query("UPDATE shop_settings SET iban = $1, bank = 'Testbank'")
        .bind(&shop.iban)
        .execute(&app.db)
        .await
        .expect("a bank");
    let support = app.signed_in("support").await;
    let step = Step::of(&support, id, &format!("item={sku}&n=2")).await;
    let to = address.to_string();
    let fields = [
        ("ship_to", to.as_str()),
        ("bill_to", "same"),
        ("method", "express"),
        ("discount", "10 %"),
        ("discount_reason", "parcel of before came late"),
        ("note", "calls back on Monday"),
    ];
    let order = order_of(&step.send(&support, &fields).await);
    let goods = 2 * price(&app, &sku).await;
    let off = (goods + 5) / 10;
    let row: (String, String, i64, i64, i64, i64, String, Uuid, i64) = sqlx::query_as(
        "SELECT status, source, (subtotal * 100)::bigint, (discount_total * 100)::bigint, (shipping_total * 100)::bigint,
                (grand_total * 100)::bigint, customer_email, user_id, (EXTRACT(epoch FROM hold_expires_at) / 3600)::bigint
         FROM orders WHERE id = $1",
    )
    .bind(order)
    .fetch_one(&app.db)
    .await
    .expect("the order");
    let until = (OffsetDateTime::now_utc() + Duration::days(7)).unix_timestamp() / 3600;
    assert_eq!((row.0.as_str(), row.1.as_str(), row.2, row.3, row.4), ("PENDING", "phone", goods, off, 1_290));
    assert_eq!((row.5, row.6.as_str(), row.7), (goods - off + 1_290, "wilma.anruf@mail.example", id));
    assert!((row.8 - until).abs() <= 1, "held for a week");
    let (held, street, note, reason, actor): (i64, String, String, String, String) = sqlx::query_as(
        "SELECT (SELECT sum(quantity) FROM stock_reservations WHERE order_id = $1 AND status = 'held'),
                (SELECT street FROM order_shipping WHERE order_id = $1), (SELECT body FROM order_notes WHERE order_id = $1),
                h.reason, (SELECT email FROM users WHERE id = h.actor_id)
         FROM order_status_history h WHERE h.order_id = $1",
    )
    .bind(order)
    .fetch_one(&app.db)
    .await
    .expect("what belongs to it");
    assert_eq!((held, street.as_str(), note.as_str()), (2, "Geheimgasse 9", "calls back on Monday"));
    assert_eq!(
        (reason.as_str(), actor.as_str()),
        ("Discount 10 %: parcel of before came late", "support@techally.test")
    );
    let (recipient, body): (String, String) = sqlx::query_as("SELECT recipient, body FROM mails WHERE order_id = $1")
        .bind(order)
        .fetch_one(&app.db)
        .await
        .expect("a mail");
    assert_eq!(recipient, "wilma.anruf@mail.example");
    assert!(
        body.contains(&format!("to {}, Testbank, with TA-", shop.iban)) && body.contains("is held for you until"),
        "{body}"
    );
    let page = support.page(&format!("/orders/{order}")).await;
    assert!(page.contains("Order placed") && page.contains("parcel of before came late"), "{page}");
    assert_eq!(app.broken_invariants().await, []);

    // an address that was typed, without anything else
    let step = Step::of(&support, id, &format!("item={sku}")).await;
    let typed = [
        ("ship_to", "typed"),
        ("recipient_name", " Otto Anruf "),
        ("street", "Neue Straße 1"),
        ("postal_code", "20457"),
        ("city", "Hamburg"),
        ("country", "de"),
    ];
    let order = order_of(&step.send(&support, &typed).await);
    let (to, bill): (String, String) = sqlx::query_as(
        "SELECT s.recipient_name || s.street || s.country, o.billing_name FROM orders o JOIN order_shipping s ON s.order_id = o.id WHERE o.id = $1",
    )
    .bind(order)
    .fetch_one(&app.db)
    .await
    .expect("its address");
    assert_eq!((to.as_str(), bill.as_str()), ("Otto AnrufNeue Straße 1DE", "Otto Anruf"));
}

#[tokio::test]
async fn a_form_sent_ten_times_at_once_is_one_order() {
    let app = App::start().await;
    let ((id, address), sku) = (customer(&app).await, sku(&app).await);
    let support = app.signed_in("support").await;
    let step = Step::of(&support, id, &format!("item={sku}")).await;
    let to = address.to_string();
    let fields = [("ship_to", to.as_str())];
    let sent = futures_util::future::join_all((0..10).map(|_| step.send(&support, &fields))).await;
    let orders: std::collections::BTreeSet<Uuid> = sent.iter().map(order_of).collect();
    assert_eq!(orders.len(), 1);
    let placed: i64 = sqlx::query_scalar("SELECT count(*) FROM orders WHERE user_id = $1")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!(placed, 1);
}

#[tokio::test]
async fn the_last_piece_is_sold_once_and_a_new_price_is_told_first() {
    let app = App::start().await;
    let ((id, address), sku) = (customer(&app).await, sku(&app).await);
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    let available: i64 =
        sqlx::query_scalar("SELECT sum(quantity_available) FROM inventory i WHERE stock_sku(i.id) = $1")
            .bind(&sku)
            .fetch_one(&app.db)
            .await
            .expect("stock");
    let all = format!("item={sku}&n={available}");
    let (one, two) = (Step::of(&support, id, &all).await, Step::of(&admin, id, &all).await);
    let to = address.to_string();
    let fields = [("ship_to", to.as_str())];
    let (first, second) = tokio::join!(one.send(&support, &fields), two.send(&admin, &fields));
    let mut statuses = [first.status().as_u16(), second.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    let refused = if first.status() == 409 { first } else { second };
    let told = refused.text().await.expect("a page");
    assert!(told.contains("not enough free stock") || told.contains("Sold out"), "{told}");
    assert!(support.page(&format!("/orders/new?customer={id}&item={sku}")).await.contains("Sold out."));
    assert_eq!(app.broken_invariants().await, []);

    let app = App::start().await;
    let ((id, address), sku) = (customer(&app).await, crate::checkout::sku(&app).await);
    let (support, to) = (app.signed_in("support").await, address.to_string());
    let fields = [("ship_to", to.as_str()), ("note", "kept")];
    let step = Step::of(&support, id, &format!("item={sku}")).await;
    for table in [
        "UPDATE product_variants SET price = price + 1 WHERE sku = $1",
        "UPDATE products SET base_price = base_price + 1 WHERE sku = $1",
    ] {
        sqlx::query(table).bind(&sku).execute(&app.db).await.expect("dearer");
    }
    let refused = step.send(&support, &fields).await;
    assert_eq!(refused.status(), 409);
    let page = refused.text().await.expect("a page");
    assert!(page.contains("Prices changed meanwhile") && page.contains("kept"), "what was typed is there: {page}");
    let again = Step { version: hidden(&page, "version"), ..step };
    order_of(&again.send(&support, &fields).await);
}

#[tokio::test]
async fn what_cannot_be_ordered_says_why_beside_its_field() {
    let app = App::start().await;
    let ((id, address), sku) = (customer(&app).await, sku(&app).await);
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    let to = address.to_string();
    let step = Step::of(&support, id, &format!("item={sku}&n=3")).await;
    let stranger: Uuid =
        sqlx::query_scalar("SELECT id FROM addresses WHERE user_id <> $1 AND deleted_at IS NULL LIMIT 1")
            .bind(id)
            .fetch_one(&app.db)
            .await
            .expect("somebody's address");
    let stranger = stranger.to_string();
    let because = ("discount_reason", "late");
    for (status, words, fields) in [
        (422, "This is needed.", vec![("ship_to", "typed"), ("street", "Elbe 1")]),
        (409, "took this address out", vec![("ship_to", stranger.as_str())]),
        (409, "took this address out", vec![("ship_to", &to), ("bill_to", &stranger)]),
        (422, "Say why, in 1 to", vec![("ship_to", &to), ("discount", "5")]),
        (422, "up to 15 %", vec![("ship_to", &to), ("discount", "15.1 %"), because]),
        (422, "This is no amount", vec![("ship_to", &to), ("discount", "-5"), because]),
        (422, "more than the goods cost", vec![("ship_to", &to), ("discount", "999999"), because]),
        (422, "Choose one of them.", vec![("ship_to", &to), ("hold", "365")]),
        (422, "form is incomplete", vec![("ship_to", &to), ("key", "1")]),
        (422, "no articles yet", vec![("ship_to", &to), ("order", &format!("customer={id}"))]),
        (409, "Not for sale any more: NONE", vec![("ship_to", &to), ("order", &format!("customer={id}&item=NONE"))]),
    ] {
        let answer = step.send(&support, &fields).await;
        assert_eq!(answer.status(), status, "{words}");
        let page = answer.text().await.expect("a page");
        assert!(page.contains(words), "{words}: {page}");
    }
    let more = [("ship_to", to.as_str()), ("discount", "50%"), because];
    order_of(&Step::of(&admin, id, &format!("item={sku}")).await.send(&admin, &more).await);
    for (sql, words) in [
        ("UPDATE users SET status = 'suspended' WHERE id = $1", "This account is suspended"),
        ("UPDATE users SET status = 'deleted', deleted_at = now() WHERE id = $1", "This account was deleted"),
    ] {
        sqlx::query(sql).bind(id).execute(&app.db).await.expect(sql);
        let page = support.page(&format!("/orders/new?customer={id}&item={sku}")).await;
        assert!(page.contains(words) && !page.contains("act=place"), "{words}");
        assert_eq!(step.send(&support, &[("ship_to", &to)]).await.status(), 409, "{words}");
    }
    let placed: i64 = sqlx::query_scalar("SELECT count(*) FROM orders WHERE user_id = $1")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!(placed, 1, "the admin's");
    // merged into another account, that one orders
    let other: Uuid = sqlx::query_scalar(
        "INSERT INTO users (email, password_hash, first_name, last_name) VALUES ('w.kept@mail.example', '!', 'Wilma', 'Bleibt') RETURNING id",
    )
    .fetch_one(&app.db)
    .await
    .expect("another account");
    sqlx::query("UPDATE users SET merged_into = $2 WHERE id = $1")
        .bind(id)
        .bind(other)
        .execute(&app.db)
        .await
        .expect("merged");
    assert!(support.page(&format!("/orders/new?customer={id}&item={sku}")).await.contains("Wilma Bleibt"));
}

#[tokio::test]
async fn a_new_customer_is_added_once_and_twins_are_told() {
    let app = App::start().await;
    let (known, _) = customer(&app).await;
    let (support, sku) = (app.signed_in("support").await, sku(&app).await);
    let path = format!("/orders/new?item={sku}&n=2&act=customer");
    let page = support.page(&path).await;
    let order = hidden(&page, "order");
    let send = async |email: &str, name: (&str, &str), phone: &str, version: &str| {
        let fields = [
            ("order", order.as_str()),
            ("version", version),
            ("first_name", name.0),
            ("last_name", name.1),
            ("email", email),
            ("phone", phone),
        ];
        let answer = support.post(&path, &fields).await;
        let to = answer.headers().get("location").map(|to| to.to_str().expect("text").to_owned()).unwrap_or_default();
        (answer.status().as_u16(), to, answer.text().await.expect("a page"))
    };
    let (status, _, page) = send("x", ("", "Neu"), "12", "0").await;
    assert_eq!(status, 422);
    for words in ["A name has 1 to", "This is no e-mail address", "This is no phone number"] {
        assert!(page.contains(words), "{words}");
    }
    let (status, _, page) = send("Wilma.Anruf@mail.example", ("W", "A"), "", "1").await;
    assert!(status == 409 && page.contains("Wilma Anruf has this address"), "{status} {page}");
    let (status, _, page) = send("support@techally.test", ("Q", "Zz"), "", "1").await;
    assert!(status == 409 && page.contains("A colleague works with this address"), "{status}");
    let (status, _, page) = send("wa@mail.example", ("Otto", "Neuer"), "0049 40 7654321", "0").await;
    assert!(status == 409 && page.contains("Wilma Anruf has this phone number"), "{status} {page}");
    let (status, _, page) = send("w2@mail.example", ("Wilma", "Anruf"), "", "0").await;
    assert!(status == 409 && page.contains("has a name like this"), "{status} {page}");
    assert_eq!(hidden(&page, "version"), "1");
    let (status, to, _) = send("w2@mail.example", ("Wilma", "Anruf"), "", "1").await;
    assert_eq!(status, 303);
    let (id, hash): (Uuid, String) =
        sqlx::query_as("SELECT id, password_hash FROM users WHERE email = 'w2@mail.example' AND role = 'customer'")
            .fetch_one(&app.db)
            .await
            .expect("the customer");
    assert_eq!((to, hash.as_str()), (format!("/orders/new?customer={id}&item={sku}&n=2"), "!"));
    assert_ne!(id, known);
    let actor: Option<String> = sqlx::query_scalar(
        "SELECT u.email FROM audit_log l JOIN users u ON u.id = l.actor_id WHERE l.table_name = 'users' AND l.row_id = $1 AND l.action = 'INSERT'",
    )
    .bind(id.to_string())
    .fetch_optional(&app.db)
    .await
    .expect("the trail");
    assert_eq!(actor.as_deref(), Some("support@techally.test"));
    for path in ["/orders", "/users"] {
        assert!(support.page(path).await.contains("/orders/new"), "{path} leads there");
    }
    assert!(!app.signed_in("warehouse").await.page("/orders").await.contains("/orders/new"));
}

#[tokio::test]
async fn articles_are_found_with_their_stock_and_put_together() {
    let app = App::start().await;
    let ((id, _), sku) = (customer(&app).await, sku(&app).await);
    let support = app.signed_in("support").await;
    let page = support.page(&format!("/orders/new?customer={id}&q={sku}")).await;
    assert!(page.contains(&format!("customer={id}&amp;item={sku}&amp;n=1")) && page.contains(" in stock"), "{page}");
    let page = support.page(&format!("/orders/new?customer={id}&item={sku}&n=2")).await;
    let total = techally::money::Money { minor: 2 * price(&app, &sku).await, currency: "EUR".into() }.to_string();
    assert!(page.contains(&total), "{total}");
    assert_eq!(hidden(&page, "n"), "2");
    let page = support.page(&format!("/orders/new?customer={id}&item={sku}&n=999")).await;
    assert!(page.contains("Only ") && page.contains("some articles can’t be had as they stand"));
    assert!(support.page(&format!("/orders/new?customer={id}&item=NONE")).await.contains("There is no article NONE."));
    sqlx::query("UPDATE products SET is_published = false WHERE id IN (SELECT product_id FROM product_variants WHERE sku = $1) OR sku = $1")
        .bind(&sku)
        .execute(&app.db)
        .await
        .expect("taken off");
    assert!(support.page(&format!("/orders/new?customer={id}&item={sku}")).await.contains("Not for sale."));
    assert!(
        support.page(&format!("/orders/new?customer={id}&q={sku}")).await.contains("No article that is for sale fits")
    );
}
