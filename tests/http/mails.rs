//! The outbox: a mail for each order once, sent by a real conversation with a mail server, tried again, given up.

use crate::{
    app::App,
    checkout::{self, request},
};
use secrecy::SecretString;
use std::sync::{Arc, Mutex};
use techally::server::{
    config::Config,
    mail::{Mailer, send_due},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};
use uuid::Uuid;

/// A mail server that keeps what it gets, or refuses recipients with a code.
pub struct Server {
    address: String,
    mails: Arc<Mutex<Vec<String>>>,
    refusal: Arc<Mutex<Option<&'static str>>>,
}

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let server = Self { address, mails: Arc::default(), refusal: Arc::default() };
        let (mails, refusal) = (Arc::clone(&server.mails), Arc::clone(&server.refusal));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, Arc::clone(&mails), Arc::clone(&refusal)));
            }
        });
        server
    }

    fn mailer(&self) -> Mailer {
        self.mailer_as(&Config::with_database(SecretString::from(String::new())))
    }

    /// What sends mails here, as an instance with this configuration.
    pub fn mailer_as(&self, config: &Config) -> Mailer {
        let mut config = config.clone();
        config.smtp_url = Some(format!("smtp://{}", self.address).into());
        Mailer::new(&config).expect("a mailer").expect("with a server")
    }

    pub fn got(&self) -> Vec<String> {
        self.mails.lock().expect("mails").clone()
    }

    fn refuse(&self, with: Option<&'static str>) {
        *self.refusal.lock().expect("a refusal") = with;
    }
}

async fn talk(
    mut stream: tokio::net::TcpStream,
    mails: Arc<Mutex<Vec<String>>>,
    refusal: Arc<Mutex<Option<&'static str>>>,
) {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    let _ = writer.write_all(b"220 test ESMTP\r\n").await;
    let mut mail: Option<String> = None;
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match &mut mail {
            Some(text) if line == "." => {
                mails.lock().expect("mails").push(std::mem::take(text));
                mail = None;
                "250 kept"
            }
            Some(text) => {
                text.push_str(&line);
                text.push('\n');
                continue;
            }
            None if line == "DATA" => {
                mail = Some(String::new());
                "354 go on"
            }
            None if line.starts_with("EHLO") => "250-test\r\n250 8BITMIME",
            None if line.starts_with("RCPT") => refusal.lock().expect("a refusal").unwrap_or("250 fine"),
            None if line == "QUIT" => "221 bye",
            None => "250 fine",
        };
        if writer.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn outbox(app: &App, id: Uuid) -> Vec<(String, bool, bool, i32, Option<String>)> {
    sqlx::query_as(
        "SELECT recipient, sent_at IS NOT NULL, next_try_at IS NOT NULL, attempts, last_error FROM mails WHERE order_id = $1 ORDER BY id",
    )
    .bind(id)
    .fetch_all(&app.db)
    .await
    .expect("the outbox")
}

async fn due_now(app: &App) {
    sqlx::query("UPDATE mails SET next_try_at = now() WHERE next_try_at IS NOT NULL")
        .execute(&app.db)
        .await
        .expect("due");
}

async fn placed(app: &App, key: &str) -> Uuid {
    let sku = checkout::sku(app).await;
    let browser = app.browser();
    for _ in 0..2 {
        // the same key twice is one order, and one mail
        let answer = request(&browser, key, &sku, 2).send().await.expect("an answer");
        assert_eq!(answer.status(), 201);
    }
    sqlx::query_scalar("SELECT order_id FROM checkout_requests WHERE idempotency_key = $1")
        .bind(key)
        .fetch_one(&app.db)
        .await
        .expect("the order")
}

#[tokio::test]
async fn an_order_is_confirmed_by_mail_once_and_again_when_staff_ask() {
    let app = App::start().await;
    let (server, id) = (Server::start().await, placed(&app, "mail").await);
    let waiting = ("owen.new@mail.example".to_owned(), false, true, 0, None);
    assert_eq!(outbox(&app, id).await, [waiting], "without a mail server it waits");
    let support = app.signed_in("support").await;
    let page = support.page(&format!("/orders/{id}?show=mails")).await;
    assert!(page.contains("waits to be sent") && !page.contains("owen.new@"), "masked for support");

    let mailer = server.mailer();
    let (one, two) = tokio::join!(send_due(&app.staff, &mailer), send_due(&app.staff, &mailer));
    assert_eq!(one.expect("sent") + two.expect("sent"), 1, "two who send at once send it once");
    let mails = server.got();
    let number: String = sqlx::query_scalar("SELECT order_number FROM orders WHERE id = $1")
        .bind(id)
        .fetch_one(&app.db)
        .await
        .expect("a number");
    assert_eq!(mails.len(), 1);
    for part in [
        "To: owen.new@mail.example",
        &format!("Subject: Your order {number} at TechAlly"),
        "Message-ID: <",
        "Lindenallee 14",
        "EUR",
    ] {
        assert!(mails[0].contains(part), "{part} in {}", mails[0]);
    }
    assert_eq!(send_due(&app.staff, &mailer).await.expect("nothing"), 0);

    // staff ask for it: the address that the order has now, the same form twice is one mail
    let key = Uuid::new_v4().to_string();
    for _ in 0..2 {
        let answer = support.post(&format!("/orders/{id}?act=mail"), &[("mail", &key)]).await;
        assert_eq!(answer.status(), 303);
    }
    assert_eq!(send_due(&app.staff, &mailer).await.expect("sent"), 1);
    assert_eq!(server.got().len(), 2);
    let page = app.signed_in("admin").await.page(&format!("/orders/{id}?show=mails")).await;
    assert!(page.contains("owen.new@mail.example") && page.contains(": sent"));
    let floor = app.signed_in("warehouse").await;
    assert_eq!(
        floor.post(&format!("/orders/{id}?act=mail"), &[("mail", &Uuid::new_v4().to_string())]).await.status(),
        403
    );
    assert!(floor.page(&format!("/orders/{id}")).await.contains("Send confirmation again: for these roles only"));
    let cancel = support.move_order(&app, id, "CANCELLED", &[("reason", "test")]).await;
    assert_eq!(cancel.status(), 303);
    assert_eq!(
        support.post(&format!("/orders/{id}?act=mail"), &[("mail", &Uuid::new_v4().to_string())]).await.status(),
        403
    );
    assert_eq!(outbox(&app, id).await.len(), 2);
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_asked_again_and_a_lasting_no_is_an_end() {
    let app = App::start().await;
    let (server, id) = (Server::start().await, placed(&app, "mail").await);
    let mailer = server.mailer();
    server.refuse(Some("451 come back later"));
    assert_eq!(send_due(&app.staff, &mailer).await.expect("none"), 0);
    let state = outbox(&app, id).await.remove(0);
    assert!(
        !state.1 && state.2 && state.3 == 1 && state.4.is_some_and(|why| why.contains("451") || why.contains("later"))
    );
    assert_eq!(send_due(&app.staff, &mailer).await.expect("none"), 0);
    assert_eq!(outbox(&app, id).await.remove(0).3, 1, "not before its pause is over");
    due_now(&app).await;
    server.refuse(None);
    assert_eq!(send_due(&app.staff, &mailer).await.expect("sent"), 1);
    assert!(matches!(outbox(&app, id).await.remove(0), (_, true, false, 2, None)));

    let id = placed(&app, "mail-2").await;
    server.refuse(Some("550 nobody here"));
    assert_eq!(send_due(&app.staff, &mailer).await.expect("none"), 0);
    assert!(matches!(outbox(&app, id).await.remove(0), (_, false, false, 1, Some(_))), "given up");
    let page = app.signed_in("admin").await.page(&format!("/orders/{id}?show=mails")).await;
    assert!(page.contains("could not be sent"));

    // nobody listens: the mail waits, and the worker goes on
    let id = placed(&app, "mail-3").await;
    let mut config = Config::with_database(SecretString::from(String::new()));
    config.smtp_url = Some("smtp://127.0.0.1:1".to_owned().into());
    let away = Mailer::new(&config).expect("a mailer").expect("with a server");
    assert_eq!(send_due(&app.staff, &away).await.expect("none"), 0);
    assert!(matches!(outbox(&app, id).await.remove(0), (_, false, true, 1, Some(_))));
}

#[tokio::test]
async fn settings_that_can_not_be_used_are_said_without_their_secret() {
    let mut config = Config::with_database(SecretString::from(String::new()));
    assert!(Mailer::new(&config).expect("none").is_none());
    config.smtp_url = Some("nonsense://user:geheim@host".to_owned().into());
    let error = Mailer::new(&config).expect_err("no mail server").to_string();
    assert!(error.contains("SMTP_URL") && !error.contains("geheim"), "{error}");
    config.smtp_url = Some("smtp://localhost:25".to_owned().into());
    config.mail_from = "nobody".into();
    assert!(Mailer::new(&config).expect_err("no sender").to_string().contains("MAIL_FROM"));
}
