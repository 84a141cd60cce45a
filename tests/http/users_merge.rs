//! Two accounts of one customer: who is suggested, what both are shown as, what moves, what doesn't, and how it is undone.

use crate::{
    app::{App, Browser, PASSWORD, id_of},
    checkout,
};
use sqlx::AssertSqlSafe;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The address of the account that goes: that of the checkout's test order.
const OLD: &str = "owen.new@mail.example";

async fn run(app: &App, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&app.db).await.expect(sql);
}

async fn one<T>(app: &App, sql: &str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&app.db).await.expect(sql)
}

/// Two accounts of one customer, with something of everything, and doubles of all that can be double.
#[derive(Clone, Copy)]
struct Two {
    kept: Uuid,
    merged: Uuid,
}

impl Two {
    async fn of(app: &App) -> Self {
        let two = Self { kept: Uuid::new_v4(), merged: Uuid::new_v4() };
        let Self { kept, merged } = two;
        run(
            app,
            &format!(
                "INSERT INTO users (id, email, password_hash, first_name, last_name, phone_number, date_of_birth, tags) VALUES
                     ('{kept}', 'ada.alt@mail.example', '!', 'Ada', 'Alt', NULL, '1984-03-09', '{{vip}}'),
                     ('{merged}', '{OLD}', '!', 'Adele', 'Alt', '+49 40 5550219', NULL, '{{b2b,vip}}');
                 UPDATE orders SET user_id = '{merged}' WHERE id IN (SELECT id FROM orders WHERE deleted_at IS NULL ORDER BY id DESC LIMIT 3);
                 UPDATE orders SET user_id = '{kept}' WHERE id = (SELECT id FROM orders WHERE deleted_at IS NULL AND user_id <> '{merged}' ORDER BY id DESC LIMIT 1);
                 INSERT INTO addresses (user_id, recipient_name, street, postal_code, city, country, is_default_shipping, is_default_billing) VALUES
                     ('{kept}', 'Ada Alt', 'Ring 1', '20259', 'Hamburg', 'DE', true, false),
                     ('{merged}', 'ada alt', 'RING 1', '20 259', 'hamburg', 'DE', false, false),
                     ('{merged}', 'Adele Alt', 'Geheimgasse 2', '1010', 'Wien', 'AT', true, true);
                 INSERT INTO payment_methods (user_id, method, card_brand, card_last4, card_exp_month, card_exp_year, gateway_id, is_default) VALUES
                     ('{kept}', 'card', 'visa', '4242', 12, 2030, 'x', true), ('{merged}', 'card', 'visa', '4242', 12, 2030, 'y', false),
                     ('{merged}', 'paypal', NULL, NULL, NULL, NULL, 'z', true);
                 CREATE TEMP TABLE p ON COMMIT DROP AS SELECT id, row_number() OVER (ORDER BY id) AS n FROM (SELECT id FROM products ORDER BY id LIMIT 3) x;
                 INSERT INTO wishlists (user_id, product_id) SELECT '{kept}', id FROM p WHERE n = 1;
                 INSERT INTO wishlists (user_id, product_id) SELECT '{merged}', id FROM p WHERE n < 3;
                 INSERT INTO cart_items (user_id, product_id, quantity) SELECT '{kept}', id, 1 FROM p WHERE n = 1;
                 INSERT INTO cart_items (user_id, product_id, quantity) SELECT '{merged}', id, 2 FROM p WHERE n < 3;
                 INSERT INTO reviews (user_id, product_id, rating) SELECT '{kept}', id, 5 FROM p WHERE n = 1;
                 INSERT INTO reviews (user_id, product_id, rating) SELECT '{merged}', id, 4 FROM p WHERE n < 3;
                 INSERT INTO reviews (user_id, product_id, rating) SELECT u.id, p.id, 3 FROM p, users u
                     WHERE n = 3 AND u.email = 'warehouse@techally.test' ON CONFLICT DO NOTHING;
                 INSERT INTO review_votes (review_id, user_id, is_helpful)
                     SELECT r.id, '{merged}', true FROM reviews r JOIN users u ON u.id = r.user_id
                     WHERE r.user_id = '{kept}' OR (u.email = 'warehouse@techally.test' AND r.product_id = (SELECT id FROM p WHERE n = 3));
                 INSERT INTO user_notes (user_id, author_id, body) SELECT '{merged}', id, 'Calls twice' FROM users WHERE email = 'support@techally.test';
                 INSERT INTO user_sessions (user_id, token_hash, expires_at) VALUES ('{merged}', sha256('x'), now() + interval '9 hours')"
            ),
        )
        .await;
        two
    }

    fn page(self) -> String {
        format!("/users/{}/merge?with={}", self.kept, self.merged)
    }

    /// The other way round.
    fn swapped(self) -> Self {
        Self { kept: self.merged, merged: self.kept }
    }

    async fn versions(self, app: &App) -> String {
        let Self { kept, merged } = self;
        one::<i64>(app, &format!("SELECT sum(version) FROM users WHERE id IN ('{kept}', '{merged}')")).await.to_string()
    }

    /// Posts the form with the versions of now; the answer's status.
    async fn merge(self, app: &App, browser: &Browser, fields: &[(&str, &str)]) -> u16 {
        self.answer(app, browser, fields).await.status().as_u16()
    }

    async fn answer(self, app: &App, browser: &Browser, fields: &[(&str, &str)]) -> reqwest::Response {
        let (kept, merged, version) = (self.kept.to_string(), self.merged.to_string(), self.versions(app).await);
        let all =
            [("id", kept.as_str()), ("other", &merged), ("version", &version), ("reason", "asked for it by phone")];
        let fields: Vec<(&str, &str)> = all
            .into_iter()
            .filter(|(name, _)| fields.iter().all(|(own, _)| own != name))
            .chain(fields.iter().copied())
            .collect();
        browser.post(&format!("{}&act=merge", self.page()), &fields).await
    }

    /// Undoes the last merge from the page of the account that stayed; status and page.
    async fn undo(self, app: &App, browser: &Browser, fields: &[(&str, &str)]) -> (u16, String) {
        let merge: Uuid = one(app, "SELECT id FROM user_merges ORDER BY id DESC LIMIT 1").await;
        let merge = merge.to_string();
        let fields = [&[("merge", merge.as_str()), ("reason", "not the same person")], fields].concat();
        let answer = browser.post(&format!("/users/{}", self.kept), &fields).await;
        (answer.status().as_u16(), answer.text().await.expect("a page"))
    }

    /// All that belongs to either, a line each: whose it is and what else a merge may change.
    async fn state(self, app: &App) -> Vec<String> {
        let ids = format!("('{}', '{}')", self.kept, self.merged);
        let sql = format!(
            "SELECT 'order ' || id || ' ' || user_id || ' ' || customer_email || ' ' || (deleted_at IS NULL) AS line FROM orders WHERE user_id IN {ids}
             UNION ALL SELECT 'review ' || id || ' ' || user_id FROM reviews WHERE user_id IN {ids}
             UNION ALL SELECT 'vote ' || review_id || ' ' || user_id FROM review_votes WHERE user_id IN {ids}
             UNION ALL SELECT 'address ' || id || ' ' || user_id || ' ' || is_default_shipping || ' ' || is_default_billing FROM addresses WHERE user_id IN {ids}
             UNION ALL SELECT 'method ' || id || ' ' || user_id || ' ' || is_default FROM payment_methods WHERE user_id IN {ids}
             UNION ALL SELECT 'wish ' || id || ' ' || user_id FROM wishlists WHERE user_id IN {ids}
             UNION ALL SELECT 'cart ' || id || ' ' || user_id || ' ' || quantity FROM cart_items WHERE user_id IN {ids}
             UNION ALL SELECT 'note ' || id || ' ' || user_id FROM user_notes WHERE user_id IN {ids}
             UNION ALL SELECT 'user ' || id || ' ' || first_name || ' ' || status || ' ' || tags::text || ' ' || COALESCE(phone_number, '-') || ' '
                 || COALESCE(date_of_birth::text, '-') || ' ' || COALESCE(merged_into::text, '-') || ' ' || email FROM users WHERE id IN {ids}
             UNION ALL SELECT 'facts ' || user_id || ' ' || orders || ' ' || spent || ' ' || COALESCE(country, '-') FROM user_facts WHERE user_id IN {ids}
             ORDER BY line"
        );
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&app.db).await.expect("the state")
    }

    /// How many lines of this kind are whose: of the account that stays, of the one that goes.
    async fn whose(self, app: &App, kind: &str) -> (usize, usize) {
        let state = self.state(app).await;
        let of = |id: Uuid| {
            let id = id.to_string();
            state.iter().filter(|line| line.starts_with(&format!("{kind} ")) && line.contains(&id)).count()
        };
        (of(self.kept), of(self.merged))
    }
}

const KINDS: [&str; 8] = ["order", "review", "vote", "address", "method", "wish", "cart", "note"];

#[tokio::test]
async fn who_could_be_the_same_customer_is_suggested_as_far_as_the_role_sees() {
    let app = App::start().await;
    let kept = Uuid::new_v4();
    let others: Vec<Uuid> = (0..6).map(|_| Uuid::new_v4()).collect();
    let person = |id: Uuid, email: &str, name: &str, phone: &str| {
        let (first, last) = name.split_once(' ').expect("two names");
        format!("('{id}', '{email}', '!', '{first}', '{last}', NULLIF('{phone}', ''))")
    };
    let people = [
        person(kept, "zoe.xaver@mail.example", "Zoë Xaverine", "+49 40 5550987"),
        person(others[0], "z.o.e.xaver+shop@mail.example", "Zora Anders", ""),
        person(others[1], "phone@mail.example", "Petra Phon", "040/5550987"),
        person(others[2], "name@mail.example", "ZOË xaverine", ""),
        person(others[3], "house@mail.example", "Hanna Haus", ""),
        person(others[4], "zoexaver@mail.example", "Zoë Xaverine", "+49 (40) 555 0987"),
        person(others[5], "zoexaver@other.example", "Nobody Near", "+49 40 5550986"),
    ];
    run(
        &app,
        &format!(
            "INSERT INTO users (id, email, password_hash, first_name, last_name, phone_number) VALUES {};
             INSERT INTO addresses (user_id, recipient_name, street, postal_code, city, country) VALUES
                 ('{kept}', 'Zoë', 'Xaverweg 7', '99999', 'Hamburg', 'DE'), ('{}', 'Hanna', 'XAVERWEG 7', '99999', 'Hamburg', 'DE')",
            people.join(", "),
            others[3]
        ),
    )
    .await;
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    let path = format!("/users/{kept}/merge");
    let page = support.page(&path).await;
    let at = |id: &Uuid| page.find(&format!("/users/{kept}/merge?with={id}"));
    let places: Vec<Option<usize>> = others.iter().map(at).collect();
    assert!(places[..5].iter().all(Option::is_some), "{places:?} {page}");
    assert_eq!((places[5], at(&kept)), (None, None), "neither who is somebody else nor the account itself");
    assert!(places[..4].iter().all(|place| *place > places[4]), "with most in common first: {places:?}");
    for (words, is_masked) in [
        ("same phone number", false),
        ("same street and postal code", false),
        ("same e-mail address but for dots", false),
        ("same name", false),
        ("z•••@mail.example", false),
        ("phone@mail.example", true),
        ("5550987", true),
    ] {
        assert_eq!(page.contains(words), !is_masked, "{words}: {page}");
    }
    assert!(admin.page(&path).await.contains("phone@mail.example"), "an admin sees addresses");

    // looked for: by address, id, address of a page, phone, name
    for text in [
        "zoexaver@other.example".to_owned(),
        others[5].to_string(),
        format!("https://shop.example/users/{}?part=orders", others[5]),
        "0405550986".into(),
        "nobody near".into(),
    ] {
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("q", &text).finish();
        let page = support.page(&format!("{path}?{query}")).await;
        assert!(page.contains(&format!("?with={}", others[5])), "{text}: {page}");
    }
    let colleague = id_of(&app, "moderator").await;
    for text in [colleague.to_string(), "moderator@techally.test".into(), kept.to_string()] {
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("q", &text).finish();
        let page = admin.page(&format!("{path}?{query}")).await;
        assert!(page.contains("No other customer was found"), "{text}: {page}");
    }
    let page = support.page(&format!("{path}?q=zoexaver%40oth")).await;
    assert!(page.contains("Type the whole e-mail address"), "no part of what is masked: {page}");
    assert!(support.page(&format!("{path}?with={colleague}")).await.contains("No customer has this id"));
    assert!(support.page(&format!("{path}?with={kept}")).await.contains("the same account"));
    for (who, status) in [("moderator", 403), ("warehouse", 403), ("support", 404)] {
        let answer = app.signed_in(who).await.get(&format!("/users/{}/merge", Uuid::new_v4())).await;
        assert_eq!(answer.status(), status, "{who}");
    }
    assert_eq!(admin.get(&format!("/users/{colleague}/merge")).await.status(), 404, "colleagues aren't merged");
}

#[tokio::test]
async fn both_are_shown_side_by_side_with_what_moves_and_what_is_double() {
    let app = App::start().await;
    let two = Two::of(&app).await;
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    let before = two.state(&app).await;
    let page = support.page(&two.page()).await;
    let row = |page: &str, label: &str, values: [&str; 2]| {
        let row = format!("<th scope=\"row\">{label}</th><td>{}</td><td>{}</td>", values[0], values[1]);
        assert!(page.contains(&row), "{row}\n{page}");
    };
    row(&page, "Name", ["Ada Alt", "Adele Alt"]);
    row(&page, "E-mail", ["a•••@mail.example", "o•••@mail.example"]);
    row(&page, "Phone", ["None", "•••• ••• 219"]);
    row(&page, "Orders", ["1", "3"]);
    row(&page, "Tags", ["vip", "b2b, vip"]);
    for (label, values) in [
        ("Orders", ["3", "0"]),
        ("Reviews", ["1", "1"]),
        ("Votes on reviews", ["1", "1"]),
        ("Addresses", ["1", "1"]),
        ("Ways to pay", ["1", "1"]),
        ("Products of the wish list", ["1", "1"]),
        ("Lines of the cart", ["1", "1"]),
        ("Notes by staff", ["1", "0"]),
    ] {
        row(&page, label, values);
    }
    assert!(!page.contains("5550219") && !page.contains(OLD) && !page.contains("Geheimgasse"), "masked: {page}");
    row(&admin.page(&two.page()).await, "Phone", ["None", "+49 40 5550219"]);
    let form = support.page(&format!("{}&act=merge", two.page())).await;
    for words in [
        "Go to Ada Alt: 3 orders, 1 review, 1 vote on a review, 1 address",
        "Double, and stay with the old account: 1 review",
        "open sessions there end: 1",
        "name=\"name\"",
        "name=\"phone\"",
        "•••• ••• 219 (of the account that goes)",
    ] {
        assert!(form.contains(words), "{words}: {form}");
    }
    assert!(!form.contains("name=\"birth\"") && !form.contains("5550219"), "nothing to choose, nothing told: {form}");
    let other_way = support.page(&two.swapped().page()).await;
    row(&other_way, "Name", ["Adele Alt", "Ada Alt"]);
    assert!(page.contains(&format!("/users/{}/merge?with={}", two.merged, two.kept)), "a link to swap them");
    assert!(support.page(&format!("/users/{}", two.kept)).await.contains("Merge with another account"));
    assert_eq!(two.state(&app).await, before, "looking changes nothing");

    // why not, in words, on the page and when it is done all the same
    for (sql, words) in
        [("status = 'suspended'", "is suspended"), ("status = 'deleted', deleted_at = now()", "is deleted")]
    {
        for id in [two.kept, two.merged] {
            run(&app, &format!("UPDATE users SET {sql} WHERE id = '{id}'")).await;
            for one in [two, two.swapped()] {
                let page = support.page(&format!("{}&act=merge", one.page())).await;
                assert!(page.contains(words) && page.contains("This can’t be done"), "{words}: {page}");
                let answer = one.answer(&app, &support, &[]).await;
                assert_eq!(answer.status(), 409);
                assert!(answer.text().await.expect("a page").contains(words));
            }
            run(&app, &format!("UPDATE users SET status = 'active', deleted_at = NULL WHERE id = '{id}'")).await;
        }
    }
    let suspended = format!("UPDATE users SET status = 'suspended' WHERE id = '{}'", two.kept);
    run(&app, &suspended).await;
    assert!(
        support
            .page(&format!("/users/{}", two.kept))
            .await
            .contains("Merge with another account: the account of Ada Alt is suspended")
    );
    assert!(app.broken_invariants().await.is_empty());
}

#[tokio::test]
async fn everything_moves_but_doubles_and_both_histories_say_so() {
    let app = App::start().await;
    let two = Two::of(&app).await;
    let Two { kept, merged } = two;
    let (support, admin) = (app.signed_in("support").await, app.signed_in("admin").await);
    let spent = format!("SELECT sum(spent) FROM user_facts WHERE user_id IN ('{kept}', '{merged}')");
    let spent_before: rust_decimal::Decimal = one(&app, &spent).await;
    assert_eq!(two.merge(&app, &support, &[("phone", "take"), ("name", "keep")]).await, 303);
    for (kind, whose) in KINDS.into_iter().zip([(4, 0), (2, 1), (1, 1), (2, 1), (2, 1), (2, 1), (2, 1), (1, 0)]) {
        assert_eq!(two.whose(&app, kind).await, whose, "{kind}");
    }
    let state = two.state(&app).await.join("\n");
    assert!(
        state.contains(&format!("user {kept} Ada active {{vip,b2b}} +49 40 5550219 1984-03-09 - ada.alt@")),
        "{state}"
    );
    assert!(
        state.contains(&format!("user {merged} Adele deleted")) && state.contains(OLD),
        "its address stays taken: {state}"
    );
    let defaults: (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM addresses WHERE user_id = $1 AND is_default_shipping), (SELECT count(*) FROM addresses WHERE user_id = $1 AND is_default_billing),
                (SELECT count(*) FROM payment_methods WHERE user_id = $1 AND is_default)",
    )
    .bind(kept)
    .fetch_one(&app.db)
    .await
    .expect("defaults");
    assert_eq!(defaults, (1, 1, 1), "its own stay; the billing address, of which there was none, is one now");
    assert_eq!(one::<rust_decimal::Decimal>(&app, &spent).await, spent_before);
    assert_eq!(
        one::<i64>(
            &app,
            &format!("SELECT count(*) FROM user_sessions WHERE user_id = '{merged}' AND revoked_at IS NULL")
        )
        .await,
        0
    );
    assert_eq!(
        one::<i64>(&app, &format!("SELECT count(*) FROM orders WHERE user_id = '{kept}' AND customer_email = '{OLD}'"))
            .await,
        0,
        "orders keep the contact that they were placed with"
    );
    assert!(app.broken_invariants().await.is_empty(), "{:?}", app.broken_invariants().await);

    // recorded
    let reasons: i64 = one(
        &app,
        "SELECT count(DISTINCT table_name) FROM audit_log WHERE reason = 'asked for it by phone' AND actor_kind = 'staff' AND request_id IS NOT NULL",
    )
    .await;
    assert_eq!(reasons, 11, "people, sessions, the merge, and the eight tables whose rows moved");
    for (id, words) in [(kept, "Adele Alt was merged into this account"), (merged, "Merged into Ada Alt")] {
        for part in ["", "?part=history"] {
            let page = support.page(&format!("/users/{id}{part}")).await;
            assert!(page.contains(words) && page.contains("asked for it by phone"), "{words} {part}: {page}");
            assert!(page.contains("Undo the merge of Adele Alt into Ada Alt"), "{page}");
        }
    }
    let page = support.page(&format!("/users/{merged}?part=history")).await;
    assert!(page.contains("Deleted, merged into another account"), "{page}");
    let page = admin.page(&format!("/users/{merged}")).await;
    assert!(page.contains(&format!("<a href=\"/users/{kept}\"")), "where it went: {page}");
    assert!(page.contains("Bring the account back: it was merged into another one"), "{page}");
    let version: i32 = one(&app, &format!("SELECT version FROM users WHERE id = '{merged}'")).await;
    let fields = [("change", "restore"), ("version", &version.to_string()), ("reason", "x")];
    assert_eq!(admin.post(&format!("/users/{merged}"), &fields).await.status(), 409);

    // found by what it was found by before
    let (order, number): (Uuid, String) = sqlx::query_as(
        "SELECT o.id, o.order_number FROM orders o JOIN user_merge_rows r ON r.row_id = o.id AND r.table_name = 'orders' ORDER BY o.id DESC LIMIT 1",
    )
    .fetch_one(&app.db)
    .await
    .expect("an order that moved");
    let page = support.page(&format!("/orders?q={OLD}")).await;
    assert!(page.contains(&number), "its orders by the address that went: {page}");
    let page = support.page(&format!("/users?q={OLD}")).await;
    assert!(page.contains(&kept.to_string()), "the account that stays, by the address that went: {page}");
    let page = support.page(&format!("/users?q={OLD}&status=deleted")).await;
    assert!(page.contains(&merged.to_string()), "and the one that went, among the deleted ones: {page}");
    let page = support.page(&format!("/orders/{order}")).await;
    assert!(page.contains("customer’s account") && page.contains("Adele Alt → Ada Alt"), "{page}");

    // who orders with the old address orders for the account that stays
    let sku = checkout::sku(&app).await;
    let answer = checkout::request(&app.browser(), "after", &sku, 1).send().await.expect("an answer");
    assert_eq!(answer.status(), 201);
    assert_eq!(two.whose(&app, "order").await, (5, 0));
    // and nobody writes an order for the old one past that
    let sql = format!(
        "INSERT INTO orders (user_id, subtotal, grand_total, customer_name, customer_email) VALUES ('{merged}', 0, 0, 'x', 'x@y.example')"
    );
    let error = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&app.db).await.expect_err("refused");
    assert_eq!(error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(), Some("TA009"));
    assert!(app.broken_invariants().await.is_empty());
}

#[tokio::test]
async fn a_merge_is_refused_in_words_and_changes_nothing_then() {
    let app = App::start().await;
    let two = Two::of(&app).await;
    let support = app.signed_in("support").await;
    let before = two.state(&app).await;
    let colleague = id_of(&app, "moderator").await.to_string();
    let nobody = Uuid::new_v4().to_string();
    for (fields, status) in [
        (vec![("reason", "  ")], 422),
        (vec![("version", "1")], 409),
        (vec![("other", &*colleague)], 404),
        (vec![("other", &*nobody)], 404),
        (vec![("other", "x")], 422),
    ] {
        assert_eq!(two.merge(&app, &support, &fields).await, status, "{fields:?}");
    }
    let of_staff = Two { kept: colleague.parse().expect("an id"), ..two };
    assert_eq!(of_staff.merge(&app, &support, &[]).await, 404, "a colleague’s account is none to merge");
    let same = Two { merged: two.kept, ..two };
    assert_ne!(same.merge(&app, &support, &[]).await, 303, "with itself");
    for who in ["moderator", "warehouse"] {
        assert_eq!(two.merge(&app, &app.signed_in(who).await, &[]).await, 403, "{who}");
    }
    // what was typed is kept, and sent again it is meant
    let stale = two
        .answer(&app, &support, &[("version", "1"), ("reason", "one household")])
        .await
        .text()
        .await
        .expect("a page");
    assert!(
        stale.contains("Somebody changed one of the accounts meanwhile") && stale.contains("one household"),
        "{stale}"
    );
    assert!(stale.contains(&format!("value=\"{}\"", two.versions(&app).await)), "{stale}");
    // tags
    let many: Vec<String> = (0..20).map(|number| format!("t{number}")).collect();
    run(&app, &format!("UPDATE users SET tags = '{{{}}}' WHERE id = '{}'", many.join(","), two.kept)).await;
    let answer = two.answer(&app, &support, &[]).await;
    assert_eq!(answer.status(), 409);
    assert!(answer.text().await.expect("a page").contains("more than 20 tags"));
    run(&app, &format!("UPDATE users SET tags = '{{vip}}' WHERE id = '{}'", two.kept)).await;
    // a month that leaves for the archive
    let old: Uuid = one(&app, "SELECT id FROM orders ORDER BY id LIMIT 1").await;
    let whose: Uuid = one(&app, &format!("SELECT user_id FROM orders WHERE id = '{old}'")).await;
    run(
        &app,
        &format!(
            "UPDATE orders SET user_id = '{}' WHERE id = '{old}'; INSERT INTO retired_months (month, state) VALUES (order_month('{old}'), 'closing')",
            two.merged
        ),
    )
    .await;
    let answer = two.answer(&app, &support, &[]).await;
    assert_eq!(answer.status(), 409);
    assert!(answer.text().await.expect("a page").contains("moved to the archive"));
    run(&app, &format!("DELETE FROM retired_months; UPDATE orders SET user_id = '{whose}' WHERE id = '{old}'")).await;
    // long ago signed in
    app.state.clock.advance(Duration::from_mins(11));
    assert_eq!(two.merge(&app, &support, &[]).await, 403, "a proof first");
    assert_eq!(two.state(&app).await, before);
    assert_eq!(one::<i64>(&app, "SELECT count(*) FROM user_merges").await, 0);
    assert_eq!(two.merge(&app, &support, &[("proof", PASSWORD)]).await, 303);
    let answer = two.answer(&app, &support, &[]).await;
    assert_eq!(answer.status(), 409, "twice");
    assert!(answer.text().await.expect("a page").contains("was merged into another one"));
    assert_eq!(one::<i64>(&app, "SELECT count(*) FROM user_merges").await, 1);
    assert!(app.broken_invariants().await.is_empty());
}

#[tokio::test]
async fn a_merge_is_undone_to_the_last_row_and_once() {
    let app = App::start().await;
    let two = Two::of(&app).await;
    let support = app.signed_in("support").await;
    let before = two.state(&app).await;
    let take = [("name", "take"), ("phone", "take"), ("birth", "take")];
    assert_eq!(two.merge(&app, &support, &take).await, 303);
    assert_ne!(two.state(&app).await, before);
    let merge: Uuid = one(&app, "SELECT id FROM user_merges").await;
    for id in [two.kept, two.merged] {
        let page = support.page(&format!("/users/{id}?act=undo-merge-{merge}")).await;
        assert!(page.contains("Go back to Adele Alt: 3 orders, 1 review"), "{page}");
    }
    assert_eq!(two.undo(&app, &support, &[("reason", " ")]).await.0, 422);
    for who in ["moderator", "warehouse"] {
        assert_eq!(two.undo(&app, &app.signed_in(who).await, &[]).await.0, 403, "{who}");
    }
    app.state.clock.advance(Duration::from_mins(11));
    assert_eq!(two.undo(&app, &support, &[]).await.0, 403, "a proof first");
    assert_eq!(two.undo(&app, &support, &[("proof", PASSWORD)]).await.0, 303);
    assert_eq!(two.state(&app).await, before, "as it was");
    assert!(app.broken_invariants().await.is_empty(), "{:?}", app.broken_invariants().await);
    let (status, page) = two.undo(&app, &support, &[]).await;
    assert_eq!(status, 409, "twice");
    assert!(page.contains("undid it already"), "{page}");
    let page = support.page(&format!("/users/{}", two.kept)).await;
    assert!(page.contains("Undone by") && !page.contains("Undo the merge"), "{page}");
    let page = support.page(&format!("/users/{}?part=history", two.merged)).await;
    assert!(page.contains("Reactivated, merge undone") && page.contains("not the same person"), "{page}");
    let none = Uuid::new_v4().to_string();
    let fields = [("merge", none.as_str()), ("reason", "x")];
    assert_eq!(support.post(&format!("/users/{}", two.kept), &fields).await.status(), 404);

    // again, the other way round, and not after a day
    assert_eq!(two.swapped().merge(&app, &support, &[]).await, 303);
    let after = two.state(&app).await;
    app.state.clock.advance(Duration::from_hours(25));
    let later = app.signed_in("support").await;
    let (status, page) = two.swapped().undo(&app, &later, &[]).await;
    assert_eq!(status, 409);
    assert!(page.contains("more than a day ago"), "{page}");
    let page = later.page(&format!("/users/{}", two.merged)).await;
    assert!(page.contains("Undo the merge of Ada Alt into Adele Alt: it is more than a day ago"), "{page}");
    assert_eq!(two.state(&app).await, after);
}

#[tokio::test]
async fn what_changed_since_a_merge_is_named_and_left() {
    let app = App::start().await;
    let two = Two::of(&app).await;
    let Two { kept, merged } = two;
    let support = app.signed_in("support").await;
    assert_eq!(two.merge(&app, &support, &[("name", "take"), ("phone", "take")]).await, 303);
    let sku = checkout::sku(&app).await;
    let browser = app.browser();
    assert_eq!(checkout::request(&browser, "since", &sku, 1).send().await.expect("an answer").status(), 201);
    run(
        &app,
        &format!(
            "UPDATE users SET phone_number = '+49 30 1' WHERE id = '{kept}';
             DELETE FROM wishlists WHERE id IN (SELECT row_id FROM user_merge_rows WHERE table_name = 'wishlists');
             UPDATE cart_items SET quantity = 7 WHERE id IN (SELECT row_id FROM user_merge_rows WHERE table_name = 'cart_items');
             UPDATE addresses SET deleted_at = now(), is_default_billing = false WHERE id IN (SELECT row_id FROM user_merge_rows WHERE table_name = 'addresses');
             INSERT INTO wishlists (user_id, product_id) SELECT '{kept}', p.id FROM products p
                 WHERE p.id NOT IN (SELECT product_id FROM wishlists WHERE user_id = '{kept}') ORDER BY p.id LIMIT 1"
        ),
    )
    .await;
    let merge: Uuid = one(&app, "SELECT id FROM user_merges").await;
    let form = support.page(&format!("/users/{kept}?act=undo-merge-{merge}")).await;
    let since = [
        "Gone since, and not brought back: 1 address, 1 product of the wish list",
        "1 order that came since stays with Adele Alt",
    ];
    for words in since {
        assert!(form.contains(words), "{words}: {form}");
    }
    assert_eq!(two.undo(&app, &support, &[]).await.0, 303);
    let page = support.page(&format!("/users/{kept}")).await;
    for words in [
        "Back with Adele Alt: 3 orders, 1 review",
        "Gone since: 1 address, 1 product of the wish list",
        "1 order that came since stays",
        "Changed since, and left as it is: phone number",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for (kind, whose) in KINDS.into_iter().zip([(2, 3), (1, 2), (0, 2), (2, 1), (1, 2), (2, 1), (1, 2), (0, 1)]) {
        assert_eq!(two.whose(&app, kind).await, whose, "{kind}");
    }
    let state = two.state(&app).await.join("\n");
    assert!(state.contains(&format!("user {kept} Ada active {{vip}} +49 30 1")), "{state}");
    assert!(state.contains(&format!("{merged} 7")), "the line of the cart went back as it is now: {state}");
    assert!(app.broken_invariants().await.is_empty(), "{:?}", app.broken_invariants().await);
}

#[tokio::test]
async fn an_account_that_went_itself_keeps_its_merges_until_that_is_undone() {
    let app = App::start().await;
    let two = Two::of(&app).await;
    let support = app.signed_in("support").await;
    let third = Uuid::new_v4();
    run(
        &app,
        &format!("INSERT INTO users (id, email, password_hash, first_name, last_name) VALUES ('{third}', 'third@mail.example', '!', 'Adi', 'Alt')"),
    )
    .await;
    let before = two.state(&app).await;
    assert_eq!(two.merge(&app, &support, &[]).await, 303);
    let first: Uuid = one(&app, "SELECT id FROM user_merges").await;
    let next = Two { kept: third, merged: two.kept };
    assert_eq!(next.merge(&app, &support, &[]).await, 303);
    assert_eq!(next.whose(&app, "order").await, (4, 0));
    // through both
    let sku = checkout::sku(&app).await;
    assert_eq!(checkout::request(&app.browser(), "far", &sku, 1).send().await.expect("an answer").status(), 201);
    assert_eq!(next.whose(&app, "order").await, (5, 0));
    let fields = [("merge", &*first.to_string()), ("reason", "x")];
    let answer = support.post(&format!("/users/{}", two.merged), &fields).await;
    assert_eq!(answer.status(), 409);
    assert!(answer.text().await.expect("a page").contains("was merged into another one itself"));
    assert_eq!(next.undo(&app, &support, &[]).await.0, 303);
    assert_eq!(support.post(&format!("/users/{}", two.merged), &fields).await.status(), 303);
    assert_eq!(two.state(&app).await, before);
    assert!(app.broken_invariants().await.is_empty());
}

#[tokio::test]
async fn of_what_is_done_at_once_nothing_gets_lost() {
    let app = App::start().await;
    let two = Two::of(&app).await;
    let support = app.signed_in("support").await;
    let other = app.another(|_| {}).await;
    let colleague = other.signed_in("admin").await;
    // each into the other, and the same twice, on two instances, while the customer orders
    let sku = checkout::sku(&app).await;
    run(&app, "UPDATE inventory SET reorder_point = 0").await;
    let browsers: Vec<Browser> = (0..3).map(|_| app.browser()).collect();
    let orders = browsers.iter().enumerate().map(|(number, browser)| {
        let request = checkout::request(browser, &format!("at-once-{number}"), &sku, 1);
        async move {
            tokio::time::sleep(Duration::from_millis(15 * number as u64)).await;
            request.send().await.expect("an answer").status().as_u16()
        }
    });
    let merges = async {
        tokio::join!(
            two.merge(&app, &support, &[]),
            two.swapped().merge(&app, &colleague, &[]),
            two.merge(&app, &colleague, &[])
        )
    };
    let (placed, (a, b, c)) = tokio::join!(futures_util::future::join_all(orders), merges);
    let done = [a, b, c].into_iter().filter(|status| *status == 303).count();
    assert_eq!(done, 1, "one of them: {a} {b} {c}");
    assert!([a, b, c].iter().all(|status| [303, 409].contains(status)), "{a} {b} {c}");
    let placed_now = placed.iter().filter(|status| **status == 201).count();
    assert!(placed.iter().all(|status| [201, 409].contains(status)), "{placed:?}");
    let merged: Uuid = one(&app, "SELECT merged_id FROM user_merges WHERE undone_at IS NULL").await;
    let left: i64 = one(&app, &format!("SELECT count(*) FROM orders WHERE user_id = '{merged}'")).await;
    let (kept_orders, merged_orders) = two.whose(&app, "order").await;
    assert_eq!((left, kept_orders + merged_orders), (0, 4 + placed_now), "all with the account that stayed");
    assert!(app.broken_invariants().await.is_empty(), "{:?}", app.broken_invariants().await);
    // undone at once by two: by one
    let two = if merged == two.merged { two } else { two.swapped() };
    let (a, b) = tokio::join!(two.undo(&app, &support, &[]), two.undo(&app, &colleague, &[]));
    assert_eq!([a.0, b.0].iter().filter(|status| **status == 303).count(), 1, "{} {}", a.0, b.0);
    assert!([a.0, b.0].contains(&409), "{} {}", a.0, b.0);
    assert!(app.broken_invariants().await.is_empty(), "{:?}", app.broken_invariants().await);
}

#[tokio::test]
async fn ten_thousand_orders_change_hands_in_time_and_back() {
    let app = App::start().await;
    let two = Two::of(&app).await;
    let (support, merged) = (app.signed_in("support").await, two.merged);
    // the facts of one person changed ten thousand times in one transaction take minutes, so not by trigger
    run(
        &app,
        &format!(
            "ALTER TABLE orders DISABLE TRIGGER user_facts_placed;
             WITH placed AS (INSERT INTO orders (user_id, subtotal, grand_total, customer_name, customer_email)
                             SELECT '{merged}', 0, 0, 'Many', 'many@mail.example' FROM generate_series(1, 10000) RETURNING id)
             INSERT INTO order_shipping (order_id, recipient_name, street, postal_code, city, country)
             SELECT id, 'Many', 'Street 1', '10115', 'Berlin', 'DE' FROM placed;
             ALTER TABLE orders ENABLE TRIGGER user_facts_placed;
             SELECT make_user_facts()"
        ),
    )
    .await;
    let start = Instant::now();
    assert!(support.page(&two.page()).await.contains("10,003"));
    let shown = start.elapsed();
    let start = Instant::now();
    assert_eq!(two.merge(&app, &support, &[]).await, 303);
    let took = start.elapsed();
    let start = Instant::now();
    let merge: Uuid = one(&app, "SELECT id FROM user_merges").await;
    assert!(support.page(&format!("/users/{}?act=undo-merge-{merge}", two.kept)).await.contains("10,003 orders"));
    let offered = start.elapsed();
    assert_eq!(two.whose(&app, "order").await, (10_004, 0));
    assert!(app.broken_invariants().await.is_empty(), "{:?}", app.broken_invariants().await);
    let start = Instant::now();
    assert_eq!(two.undo(&app, &support, &[]).await.0, 303);
    let undone = start.elapsed();
    assert_eq!(two.whose(&app, "order").await, (1, 10_003));
    println!("10,003 orders: side by side {shown:?}, merged {took:?}, undo offered {offered:?}, undone {undone:?}");
    assert!(app.broken_invariants().await.is_empty(), "{:?}", app.broken_invariants().await);
}
