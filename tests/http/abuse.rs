//! What the application must bear: hostile text that was stored, nonsense in every field, load.

use crate::app::{API_KEY, App};
use std::time::Duration;

/// Ends every context that HTML and the page's data have.
const HOSTILE: &str = "x\"'>-->]]></script></textarea></title><script>alert(7)</script><img src=x onerror=alert(7)>";

#[tokio::test]
async fn hostile_text_in_every_stored_field_is_shown_inert() {
    let app = App::start().await;
    let id = app.order_in("SHIPPED").await;
    let mut connection = app.db.acquire().await.expect("a connection");
    // as it might come from an import or another program: past our own checks, not past the table's
    sqlx::query("SET session_replication_role = replica").execute(&mut *connection).await.expect("superuser");
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns
         WHERE table_schema = 'public' AND data_type IN ('text', 'character varying')
           AND table_name IN ('orders', 'order_items', 'order_shipping', 'order_notes', 'order_status_history', 'payments', 'users', 'user_preferences')
           AND column_name NOT IN ('status', 'from_status', 'to_status', 'role', 'email', 'password_hash')",
    )
    .fetch_all(&mut *connection)
    .await
    .expect("columns");
    let mut planted = Vec::new();
    for (table, column) in columns {
        let of = match table.as_str() {
            "orders" => "id = $1",
            "users" => "email = 'super@techally.test' OR id = (SELECT user_id FROM orders WHERE id = $1)",
            "user_preferences" => {
                "user_id = (SELECT id FROM users WHERE email = 'super@techally.test') AND $1 IS NOT NULL"
            }
            _ => "order_id = $1",
        };
        let sql = format!("UPDATE {table} SET {column} = $2 WHERE {of}");
        let update = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).bind(HOSTILE).execute(&mut *connection).await;
        if update.is_ok_and(|done| done.rows_affected() > 0) {
            planted.push(format!("{table}.{column}"));
        }
    }
    drop(connection);
    for must in [
        "orders.customer_name",
        "order_shipping.street",
        "order_shipping.carrier",
        "order_items.product_name",
        "users.first_name",
    ] {
        assert!(planted.iter().any(|one| one == must), "{must} could not be planted: {planted:?}");
    }
    let browser = app.signed_in("super").await;
    browser.post(&format!("/orders/{id}"), &[("note", HOSTILE)]).await;
    let reflected: String =
        form_urlencoded::Serializer::new(String::new()).append_pair("q", HOSTILE).append_pair("tag", HOSTILE).finish();
    let mut seen = 0;
    for path in [
        "/".into(),
        "/orders".into(),
        "/orders?status=SHIPPED".into(),
        "/staff".into(),
        format!("/staff?{reflected}"),
        format!("/orders/{id}"),
        format!("/orders?{reflected}"),
        format!("/login?next=%2F{reflected}"),
        "/users".into(),
        format!("/users?{reflected}"),
        "/account".into(),
        "/account?act=profile".into(),
        format!("/account?act=preferences&{reflected}"),
        "/account/avatar".into(),
        format!("/audit/record?table=orders&row={id}"),
        format!("/audit/record?table=orders&row={id}&{reflected}"),
    ] {
        let page = browser.get(&path).await.text().await.expect("a page");
        assert!(page.contains("</html>"), "{path}");
        for bad in ["<script>alert(7)", "<img src=x", "=\"x\"'>", "</script></textarea>"] {
            assert!(!page.contains(bad), "{path} has {bad} as markup");
        }
        seen += page.matches("alert(7)").count();
    }
    assert!(seen > 10, "the text is there, inert: {seen}");
}

/// Values that fields are not made for.
pub fn nonsense() -> Vec<String> {
    let mut values: Vec<String> = [
        "",
        " ",
        "0",
        "-1",
        "99999999999999999999999999",
        "-9223372036854775809",
        "1e309",
        "NaN",
        "null",
        "true",
        "[]",
        "{}",
        "' OR 1=1 --",
        "a\u{0}b",
        "\u{202e}\u{feff}",
        "../../etc/passwd",
        "%00",
        "%ff",
        "{{7*7}}",
        "\r\nSet-Cookie: a=b",
        "0192f3a4-5b6c-7000-8000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "2026-02-30",
        "🦀",
    ]
    .map(str::to_owned)
    .into();
    values.push("x".repeat(20_000));
    values
}

#[tokio::test]
async fn nonsense_in_every_field_of_every_form_and_function_is_a_clear_4xx() {
    let app = App::start().await;
    let browser = app.signed_in("super").await;
    let id = app.order_in("CONFIRMED").await;
    let before: String = sqlx::query_scalar("SELECT string_agg(o::text, '' ORDER BY o.id) FROM orders o")
        .fetch_one(&app.db)
        .await
        .expect("orders");
    let forms: [(&str, &[&str]); 17] = [
        ("assign_order", &["id", "assignee"]),
        ("resend_confirmation", &["mail", "id"]),
        ("correct_parcel", &["id", "parcel", "carrier", "tracking_number"]),
        ("get_order_history", &["id", "at"]),
        ("edit_note", &["id", "note_id", "version", "body"]),
        ("change_note", &["id", "note_id", "change"]),
        ("change_contact", &["id", "version", "email", "phone"]),
        ("change_address", &["id", "version", "recipient_name", "street", "postal_code", "city", "country"]),
        ("reveal", &["id", "reveal", "reason"]),
        ("undo_change", &["id", "undo"]),
        ("add_note", &["id", "key"]),
        (
            "move_order",
            &["id", "version", "status", "carrier", "lines", "lines[0][item]", "lines[0][quantity]", "close"],
        ),
        ("get_order", &["id"]),
        ("preview_bulk", &["bulk", "ids", "query", "status", "assignee"]),
        ("get_new_order", &["address"]),
        ("create_customer", &["order", "version", "email", "phone", "first_name"]),
        ("place_order", &["order", "key", "version", "ship_to", "discount", "hold", "street"]),
    ];
    let mut answers = std::collections::BTreeMap::<u16, u32>::new();
    for value in nonsense() {
        for (function, fields) in forms {
            for field in fields {
                let valid = [("id", id.to_string()), ("version", "999".into()), ("status", "PREPARING".into())];
                let mut pairs: Vec<(String, String)> =
                    valid.iter().filter(|(name, _)| name != field).map(|(n, v)| ((*n).into(), v.clone())).collect();
                pairs.push(((*field).into(), value.clone()));
                let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
                // a wrong content type is refused before a field is looked at: once for each form is enough
                let kinds: &[&str] = if *field == fields[0] {
                    &["application/x-www-form-urlencoded", "application/json"]
                } else {
                    &["application/x-www-form-urlencoded"]
                };
                for path in [format!("/api/techally/orders/api/{function}"), format!("/orders/{id}")] {
                    for kind in kinds {
                        let answer = browser
                            .client
                            .post(format!("{}{path}", app.url))
                            .header("origin", &app.url)
                            .header("content-type", *kind)
                            .body(body.clone())
                            .send()
                            .await
                            .expect("an answer");
                        let status = answer.status().as_u16();
                        assert!(status < 500, "{path} {kind} {field}={value:.40}: {status}");
                        *answers.entry(status).or_default() += 1;
                    }
                }
            }
        }
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("at", &value).finish();
        let answer = browser.get(&format!("/orders/{id}/history?{query}")).await;
        assert!(answer.status().as_u16() < 500, "history at={value:.40}: {}", answer.status());
        for name in ["act", "show", "in"] {
            let query: String = form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).finish();
            let answer = browser.get(&format!("/orders/{id}?{query}")).await;
            assert!(answer.status().as_u16() < 500, "order {name}={value:.40}: {}", answer.status());
        }
        for name in [
            "q",
            "status",
            "after",
            "before",
            "limit",
            "sort",
            "cols",
            "panel",
            "view",
            "placed",
            "from",
            "to",
            "min",
            "max",
            "payment",
            "age",
            "country",
            "warehouse",
            "carrier",
            "tag",
            "assigned",
            "source",
            "sku",
            "tracking",
        ] {
            let query: String = form_urlencoded::Serializer::new(String::new())
                .append_pair(name, &value)
                .append_pair(name, "twice")
                .finish();
            let answer = browser.get(&format!("/orders?{query}")).await;
            let status = answer.status().as_u16();
            assert!(status < 500, "{name}={value:.40}: {status}");
            let json = serde_json::json!({"query": [[name, value], [value, name]]});
            let answer = browser
                .client
                .post(format!("{}/api/techally/orders/api/list_orders", app.url))
                .header("origin", &app.url)
                .header("content-type", "application/json")
                .body(json.to_string())
                .send()
                .await
                .expect("an answer");
            assert!(answer.status().as_u16() < 500, "list_orders {name}={value:.40}: {}", answer.status());
            let answer = browser.get(&format!("/orders/export?format=csv&limit=25&status=FAILED&{query}")).await;
            assert!(answer.status().as_u16() < 500, "export {name}={value:.40}: {}", answer.status());
        }
        let order = serde_json::json!({"customer": {"email": value, "first_name": value, "last_name": value, "phone": value},
            "items": [{"sku": value, "quantity": 1}], "shipping_address": {"recipient_name": value, "street": value, "postal_code": value, "city": value, "country": value}});
        for body in [order.to_string(), value.clone()] {
            let answer = browser
                .client
                .post(format!("{}/api/orders", app.url))
                .bearer_auth(API_KEY)
                .header("idempotency-key", "k")
                .body(body)
                .send()
                .await
                .expect("an answer");
            assert!(answer.status().is_client_error(), "the checkout, {value:.40}: {}", answer.status());
        }
    }
    // names that say something else, twice, nested, without end
    for body in [
        "note=a&note=b",
        "note[]=a",
        "note[a][b][c][d][e][f][g]=x",
        "note=x&id[]=1",
        "=x",
        "&&&",
        "note",
        "%=%&note=%ZZ",
        "status[0]=PREPARING",
    ] {
        let answer = browser
            .client
            .post(format!("{}/orders/{id}", app.url))
            .header("origin", &app.url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .expect("an answer");
        let status = answer.status().as_u16();
        assert!(status == 303 || (400..500).contains(&status), "{body}: {status}");
    }
    assert!(answers.keys().all(|status| (200..500).contains(status)) && answers.contains_key(&400), "{answers:?}");
    let after: String = sqlx::query_scalar("SELECT string_agg(o::text, '' ORDER BY o.id) FROM orders o")
        .fetch_one(&app.db)
        .await
        .expect("orders");
    assert!(before == after, "no order changed");
    assert_eq!(app.broken_invariants().await, []);
}

#[tokio::test]
async fn nonsense_in_the_forms_of_ones_own_account_is_a_clear_4xx() {
    let app = App::start().await;
    let browser = app.signed_in("support").await;
    let people = "SELECT string_agg(u::text, '' ORDER BY id) FROM users u WHERE email <> 'support@techally.test'";
    let before: String = sqlx::query_scalar(people).fetch_one(&app.db).await.expect("people");
    let forms: [(&str, &[(&str, &str)]); 5] = [
        ("change_email", &[("email", "x")]),
        ("change_profile", &[("version", "1"), ("first_name", "A"), ("last_name", "B"), ("phone", "")]),
        ("change_password", &[("current_password", "x"), ("new_password", "x"), ("new_password_again", "x")]),
        ("end_sessions", &[("change", "x"), ("sessions", "1")]),
        (
            "save_preferences",
            &[
                ("time_zone", "x"),
                ("locale", "x"),
                ("theme", "x"),
                ("density", "x"),
                ("start_page", "x"),
                ("mention", "x"),
                ("assignment", "x"),
                ("job", "x"),
            ],
        ),
    ];
    for value in nonsense() {
        for (function, fields) in forms {
            for (field, _) in fields {
                let pairs: Vec<(&str, &str)> = fields
                    .iter()
                    .map(|(name, usual)| (*name, if name == field { value.as_str() } else { *usual }))
                    .collect();
                for path in [format!("/api/techally/account/api/{function}"), "/account".to_owned()] {
                    let status = browser.post(&path, &pairs).await.status().as_u16();
                    assert!(status < 500, "{path} {field}={value:.40}: {status}");
                }
            }
        }
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("act", &value).finish();
        for path in [format!("/account?{query}"), format!("/account/avatar?{query}")] {
            let answer = browser.get(&path).await;
            assert!(answer.status().as_u16() < 500, "{path:.60}: {}", answer.status());
        }
        let query: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let answer = browser.get(&format!("/avatars/{query}")).await;
        assert!(answer.status().as_u16() < 500, "avatars {value:.40}: {}", answer.status());
    }
    let after: String = sqlx::query_scalar(people).fetch_one(&app.db).await.expect("people");
    assert!(before == after, "nobody else changed");
}

// on several threads, as the server: what a page leaves behind is dropped on another one than it was made on
#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_whole_under_load() {
    let app = App::start().await;
    let id = app.order_in("SHIPPED").await;
    let mut tasks = tokio::task::JoinSet::new();
    for who in ["super", "admin", "support", "warehouse"] {
        let browser = app.signed_in(who).await;
        for _ in 0..4 {
            let browser = crate::app::Browser { client: browser.client.clone(), url: browser.url.clone() };
            tasks.spawn(async move {
                for n in 0..40 {
                    let paths = [
                        "/".to_owned(),
                        "/orders?limit=100".to_owned(),
                        format!("/orders/{id}"),
                        format!("/orders/{id}?act=address"),
                        "/inbox".to_owned(),
                        "/orders?panel=filters".to_owned(),
                    ];
                    let path = paths[n % paths.len()].clone();
                    let answer =
                        tokio::time::timeout(Duration::from_secs(20), browser.get(&path)).await.expect("in time");
                    assert_eq!(answer.status(), 200, "{path}");
                    assert!(answer.text().await.expect("a whole body").contains("</html>"), "{path}");
                }
            });
        }
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("pages");
    }
}

#[tokio::test]
async fn nonsense_in_the_forms_about_people_is_a_clear_4xx() {
    let app = App::start().await;
    let browser = app.signed_in("super").await;
    let person: uuid::Uuid = sqlx::query_scalar("SELECT id FROM users WHERE email = 'support@techally.test'")
        .fetch_one(&app.db)
        .await
        .expect("a person");
    let customer: uuid::Uuid = sqlx::query_scalar("SELECT id FROM users WHERE role = 'customer' LIMIT 1")
        .fetch_one(&app.db)
        .await
        .expect("a customer");
    let (customer_page, customer) = (format!("/users/{customer}"), customer.to_string());
    let merge_page = format!("{customer_page}/merge");
    let page = format!("/staff/{person}");
    let request = uuid::Uuid::nil().to_string();
    let erasure_page = format!("/privacy/{request}");
    let id = person.to_string();
    /// Function, address of its page, fields.
    type Form<'f> = (&'f str, &'f str, &'f [(&'f str, &'f str)]);
    let forms: [Form; 16] = [
        (
            "staff/api/invite_person",
            "/staff",
            &[("first_name", "A"), ("last_name", "B"), ("email", "x"), ("role", "support")],
        ),
        (
            "staff/api/change_person",
            &page,
            &[("id", &id), ("version", "0"), ("change", "role"), ("role", "admin"), ("reason", "x")],
        ),
        ("staff/api/ask_for_right", "/settings/roles", &[("ask", "edit_settings"), ("hours", "4"), ("reason", "x")]),
        (
            "staff/api/decide_request",
            &page,
            &[("request", &request), ("version", "0"), ("decision", "grant"), ("hours", "4"), ("reason", "x")],
        ),
        ("staff/api/end_right", "/settings/roles", &[("end", &request), ("reason", "x")]),
        (
            "users/api/change_user",
            &customer_page,
            &[("id", &customer), ("version", "0"), ("change", "suspend"), ("until", ""), ("reason", "x")],
        ),
        (
            "users/api/edit_user",
            &customer_page,
            &[
                ("id", &customer),
                ("version", "0"),
                ("first_name", "A"),
                ("last_name", "B"),
                ("email", "x"),
                ("phone", ""),
                ("birth", "x"),
            ],
        ),
        (
            "users/api/merge_users",
            &merge_page,
            &[
                ("id", &customer),
                ("other", &request),
                ("version", "0"),
                ("name", "take"),
                ("phone", "take"),
                ("birth", "take"),
                ("reason", "x"),
            ],
        ),
        ("users/api/undo_merge", &customer_page, &[("merge", &request), ("reason", "x")]),
        ("privacy/api/export_person", &customer_page, &[("subject", &request), ("reason", "x")]),
        ("privacy/api/ask_erasure", &customer_page, &[("erase", &request), ("reason", "x")]),
        (
            "privacy/api/decide_erasure",
            &erasure_page,
            &[("erasure", &request), ("version", "0"), ("change", "grant"), ("reason", "x")],
        ),
        ("users/api/reveal_user", &customer_page, &[("id", &customer), ("reveal", "phone"), ("reason", "because")]),
        ("users/api/add_user_note", &customer_page, &[("id", &customer), ("pin", "no"), ("key", "x")]),
        ("users/api/change_user_note", &customer_page, &[("note_id", &request), ("change", "delete")]),
        ("audit/api/check_audit", "/audit/seal", &[("change", "check")]),
    ];
    for value in nonsense() {
        for (function, page, fields) in forms {
            for (field, _) in fields {
                let fields =
                    fields.iter().map(|(name, valid)| (*name, if name == field { value.as_str() } else { valid }));
                let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                for path in [format!("/api/techally/{function}"), page.to_owned()] {
                    let answer = browser
                        .client
                        .post(format!("{}{path}", app.url))
                        .header("origin", &app.url)
                        .header("content-type", "application/x-www-form-urlencoded")
                        .body(body.clone())
                        .send()
                        .await
                        .expect("an answer");
                    let status = answer.status().as_u16();
                    let is_clear = (400..500).contains(&status) || (status == 200 && path.starts_with("/api/"));
                    assert!(is_clear, "{path} {field}={value:.40}: {status}");
                }
            }
        }
        for (page, names) in [
            ("/staff", ["q", "role", "after", "act"].as_slice()),
            (&page, &["act", "request"]),
            (&customer_page, &["act", "part", "at", "before"]),
            (&merge_page, &["with", "q", "act"]),
            (&format!("{customer_page}?part=history"), &["at"]),
            ("/settings/roles", &["ask"]),
        ] {
            for name in names {
                let query: String = form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).finish();
                let status = browser.get(&format!("{page}?{query}")).await.status().as_u16();
                assert!(status < 500, "{page} {name}={value:.40}: {status}");
            }
        }
    }
    let changed: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM access_requests) + (SELECT count(*) FROM users WHERE id = $1 AND role <> 'support')",
    )
    .bind(person)
    .fetch_one(&app.db)
    .await
    .expect("a count");
    assert_eq!(changed, 0);
    assert!(app.broken_invariants().await.is_empty());
}

#[tokio::test]
async fn nonsense_asked_of_the_list_of_users_is_a_clear_4xx_and_hostile_names_are_inert() {
    let app = App::start().await;
    let browser = app.signed_in("super").await;
    let people = "SELECT string_agg(u::text, '' ORDER BY id) FROM users u WHERE email <> 'super@techally.test'";
    let customer: uuid::Uuid = sqlx::query_scalar(
        "UPDATE users SET first_name = $1, last_name = $1, phone_number = '<b>+1' WHERE id = (SELECT id FROM users WHERE role = 'customer' LIMIT 1) RETURNING id",
    )
    .bind(&HOSTILE[..60])
    .fetch_one(&app.db)
    .await
    .expect("a customer");
    let before: String = sqlx::query_scalar(people).fetch_one(&app.db).await.expect("people");
    for path in [
        format!("/users?q={customer}&cols=user,email,phone"),
        format!("/users/bulk?id={customer}&do=tags&in=%22%3E%3Cscript%3Ealert(7)"),
    ] {
        let page = browser.page(&path).await;
        assert!(!page.contains("<script>alert(7)") && !page.contains("<b>+1"), "{path}");
    }
    for value in nonsense() {
        for name in [
            "q",
            "status",
            "after",
            "before",
            "limit",
            "sort",
            "cols",
            "panel",
            "view",
            "role",
            "verified",
            "locked",
            "orders",
            "min",
            "max",
            "country",
            "created",
            "from",
            "to",
            "seen",
            "seen_from",
            "seen_to",
            "tag",
            "name",
        ] {
            let query: String = form_urlencoded::Serializer::new(String::new())
                .append_pair(name, &value)
                .append_pair(name, "twice")
                .finish();
            for path in ["/users?", "/users/export?format=csv&status=suspended&", "/users/bulk?do=tags&"] {
                let status = browser.get(&format!("{path}{query}")).await.status().as_u16();
                assert!(status < 500, "{path} {name}={value:.40}: {status}");
            }
            let json = serde_json::json!({"query": [[name, value], [value, name]]});
            let answer = browser
                .client
                .post(format!("{}/api/techally/users/api/list_users", app.url))
                .header("origin", &app.url)
                .header("content-type", "application/json")
                .body(json.to_string())
                .send()
                .await
                .expect("an answer");
            assert!(answer.status().as_u16() < 500, "list_users {name}={value:.40}: {}", answer.status());
        }
        for field in ["bulk", "ids", "query", "reason", "add", "remove", "text"] {
            let fields: Vec<(&str, &str)> =
                [("bulk", "suspend"), ("ids", ""), ("query", "tag=nobody has it"), ("reason", "x")]
                    .into_iter()
                    .filter(|(name, _)| *name != field)
                    .chain([(field, value.as_str())])
                    .collect();
            for path in ["/users/bulk", "/api/techally/users/api/preview_users"] {
                let status = browser.post(path, &fields).await.status().as_u16();
                assert!(status < 500, "{path} {field}={value:.40}: {status}");
            }
        }
    }
    let after: String = sqlx::query_scalar(people).fetch_one(&app.db).await.expect("people");
    assert!(before == after, "nobody changed");
    assert!(app.broken_invariants().await.is_empty());
}
