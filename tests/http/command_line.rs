//! The program as an operator runs it: exit codes, what it prints, what it sends.

use crate::app::{App, KEYS, superuser_url};
use secrecy::ExposeSecret;
use std::{
    process::{Output, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

fn techally(app: &App) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_techally"));
    let url = superuser_url(app);
    command
        .env_clear()
        .env("DATABASE_URL", url.expose_secret())
        .env("ENCRYPTION_KEYS", KEYS)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn run(app: &App, arguments: &[&str]) -> Output {
    techally(app).args(arguments).output().await.expect("it runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

/// A real server on the test's database, with more settings; its address. Killed when it is dropped.
pub async fn serving(app: &App, settings: &[(&str, String)]) -> (Child, String) {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let mut command = techally(app);
    command
        .arg("serve")
        .env("LEPTOS_SITE_ADDR", address.to_string())
        .env("PUBLIC_URL", format!("http://{address}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    for (name, value) in settings {
        command.env(name, value);
    }
    let server = command.spawn().expect("it runs");
    for _ in 0..200 {
        if TcpStream::connect(address).await.is_ok() {
            return (server, format!("http://{address}"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server doesn't serve");
}

#[tokio::test]
async fn verify_audit_says_by_its_exit_code_whether_the_trail_is_whole() {
    let app = App::start().await;
    sqlx::query("UPDATE brands SET description = 'one'").execute(&app.db).await.expect("a change");
    let whole = run(&app, &["verify-audit"]).await;
    assert!(whole.status.success(), "{}", said(&whole));
    // sealed once all older transactions of the cluster are over
    while sqlx::query_scalar::<_, bool>("SELECT seal_audit_log() IS NOT NULL AND audit_unsealed_age() IS NOT NULL")
        .fetch_one(&app.db)
        .await
        .expect("a seal")
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let whole = run(&app, &["verify-audit"]).await;
    let text = said(&whole);
    assert!(whole.status.success() && text.contains(" 0 not sealed yet") && text.contains("\nhead "), "{text}");
    let head = text.lines().find_map(|line| line.strip_prefix("head ")).expect("a head").to_owned();
    assert!(run(&app, &["verify-audit", "--expect", &head]).await.status.success());
    let forged = format!("1:{}", "0".repeat(64));
    assert_eq!(run(&app, &["verify-audit", "--expect", &forged]).await.status.code(), Some(1));

    sqlx::raw_sql(
        "SET session_replication_role = replica;
         UPDATE audit_log SET reason = 'forged' WHERE id = (SELECT max(id) FROM audit_log WHERE table_name = 'brands')",
    )
    .execute(&mut app.db.acquire().await.expect("a connection").detach())
    .await
    .expect("a superuser can");
    let broken = run(&app, &["verify-audit"]).await;
    let text = said(&broken);
    assert_eq!(broken.status.code(), Some(1), "{text}");
    assert!(text.contains("brands/") && text.contains("the audit trail is broken: 1 findings"), "{text}");
}

#[tokio::test]
async fn what_an_operator_mistypes_is_explained_and_changes_nothing() {
    let app = App::start().await;
    for (arguments, code, words) in [
        (&["archive", "retire", "2024", "--to", "/nowhere"][..], 2, "it looks like 2024-01"),
        (&["archive", "retire", "2035-01", "--to", "/nowhere"], 1, "24 months stay in the database"),
        (&["archive", "restore", "/nowhere"], 1, "/nowhere/manifest.json"),
        (&["verify-audit", "--expect", "12"], 2, "it looks like 123:9f86"),
        (&["demo-data"], 1, "the shop has data already"),
        (
            &["create-staff", "--email", "a@b.de", "--first-name", "A", "--last-name", "B", "--role", "king"],
            1,
            "no role",
        ),
    ] {
        let output = run(&app, arguments).await;
        let text = said(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(words), "{arguments:?}: {text}");
    }
}

/// A collector that keeps what is posted to it.
async fn collect(listener: TcpListener, wanted: &[&str]) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut bytes = Vec::new();
        let mut piece = [0; 4096];
        // the answer comes when the body's length is there
        loop {
            let read = stream.read(&mut piece).await.expect("bytes");
            bytes.extend_from_slice(&piece[..read]);
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            let length = text
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.split("\r\n").next()?.parse::<usize>().ok())
                .unwrap_or(0);
            let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(usize::MAX, |place| place + 4);
            if read == 0 || (head != usize::MAX && bytes.len() >= head + length) {
                break;
            }
        }
        let ok = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(ok).await.expect("an answer");
        all.extend_from_slice(&bytes);
        let text = String::from_utf8_lossy(&all);
        if wanted.iter().all(|word| text.contains(word)) {
            return all;
        }
    }
}

#[tokio::test]
async fn each_request_is_a_span_when_a_collector_is_configured_and_has_no_personal_data() {
    let app = App::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let collector = listener.local_addr().expect("an address");
    let settings =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{collector}")), ("OTEL_BSP_SCHEDULE_DELAY", "200".to_owned())];
    let (_server, url) = serving(&app, &settings).await;
    let asking = async {
        let answer = reqwest::get(format!("{url}/login?next=/orders%3Fsearch%3Derika@example.com")).await;
        assert_eq!(answer.expect("an answer").status(), 200);
        std::future::pending::<()>().await;
    };
    let wanted = ["POST /v1/traces", "GET /login", "http.response.status_code", "techally"];
    let spans = tokio::select! {
        spans = tokio::time::timeout(Duration::from_secs(20), collect(listener, &wanted)) => spans.expect("spans in time"),
        () = asking => unreachable!(),
    };
    assert!(!String::from_utf8_lossy(&spans).contains("erika"), "what was searched for is nobody's business");
}
