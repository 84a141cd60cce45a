//! Files in the storage: the same on the server of ours and on one that we did not write (`juicefs gateway`, whose
//! S3 half is that of `minio`), written piece by piece, read, shared, cleaned up; and what people see when it is gone.

use crate::{app::App, logs::lines};
use aws_sdk_s3::{
    Client,
    config::{Builder, Credentials, Region},
};
use futures_util::StreamExt;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};
use techally::server::{
    config::{Files, S3},
    storage::{self, NewFile, Patience, Place, Purpose, Storage, StorageError, Stored, clean},
};
use time::OffsetDateTime;
use uuid::Uuid;

const BUCKET: &str = "files-of-tests";
const MIB: usize = 1 << 20;

/// A server that we did not write, of one test; ends with it.
struct Gateway {
    process: Child,
    folder: PathBuf,
    port: u16,
    secret: String,
}

impl Gateway {
    async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("techally-s3-{}", Uuid::new_v4().simple()));
        std::fs::create_dir_all(folder.join("data")).expect("a folder");
        let program = std::env::var("JUICEFS")
            .unwrap_or_else(|_| format!("{}/tools/s3/venv/bin/juicefs", env!("CARGO_MANIFEST_DIR")));
        let database = format!("sqlite3://{}/meta.db", folder.display());
        let formatted = Command::new(&program)
            .args(["format", "--storage", "file", "--trash-days", "0", "--bucket"])
            .arg(format!("{}/data/", folder.display()))
            .args([&database, "techally"])
            .stderr(Stdio::null())
            .status();
        assert!(formatted.expect("the S3 server of the tests: run tools/setup.sh test").success());
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let secret = format!("secret{}", Uuid::new_v4().simple());
        let process = Command::new(&program)
            .args(["gateway", "--no-banner", "--no-bgjob", "--no-usage-report", "--multi-buckets", "--keep-etag"])
            .args(["--backup-meta", "0", "--cache-dir", "memory", "--metrics", "127.0.0.1:0", "--log"])
            .arg(folder.join("log"))
            .args([&database, &format!("127.0.0.1:{port}")])
            .env("MINIO_ROOT_USER", "techallytests")
            .env("MINIO_ROOT_PASSWORD", &secret)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a gateway");
        let gateway = Self { process, folder, port, secret };
        let from = Instant::now();
        while let Err(error) = gateway.client(&gateway.secret).create_bucket().bucket(BUCKET).send().await {
            assert!(from.elapsed() < Duration::from_secs(20), "{error:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        gateway
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn client(&self, secret: &str) -> Client {
        let settings = Builder::new()
            .behavior_version_latest()
            .region(Region::new("us-east-1"))
            .endpoint_url(self.endpoint())
            .force_path_style(true)
            .credentials_provider(Credentials::new("techallytests", secret, None, None, "test"));
        Client::from_conf(settings.build())
    }

    fn files(&self) -> Files {
        files_at(&self.endpoint(), &self.secret)
    }

    fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn files_at(endpoint: &str, secret: &str) -> Files {
    Files {
        folder: "/nowhere".into(),
        s3: Some(S3 {
            endpoint: Some(endpoint.to_owned()),
            public_endpoint: None,
            region: "us-east-1".into(),
            bucket: BUCKET.into(),
            access_key_id: "techallytests".to_owned().into(),
            secret_access_key: secret.to_owned().into(),
            path_style: true,
        }),
        patience: Patience::default(),
    }
}

/// Each test of contents runs on both servers.
async fn both() -> [(App, Option<Gateway>); 2] {
    let gateway = Gateway::start().await;
    let files = gateway.files();
    let theirs = App::start_with(|config, _| config.files = files).await;
    [(App::start().await, None), (theirs, Some(gateway))]
}

async fn user(app: &App, who: &str) -> Uuid {
    let email = format!("{who}@techally.test");
    sqlx::query_scalar("SELECT id FROM users WHERE email = $1").bind(email).fetch_one(&app.db).await.expect("a person")
}

async fn begin(app: &App, name: &str) -> Uuid {
    let file = NewFile {
        purpose: Purpose::Export,
        name: name.to_owned(),
        content_type: "text/csv; charset=utf-8".into(),
        owner_id: Some(user(app, "support").await),
        job_id: Some(Uuid::from_u128(7)),
        expires_at: Some(OffsetDateTime::now_utc() + time::Duration::days(7)),
    };
    let mut connection = app.staff.acquire().await.expect("a connection");
    storage::create(&mut connection, &file).await.expect("noted")
}

async fn publish(app: &App, stored: &Stored) -> bool {
    let mut connection = app.staff.acquire().await.expect("a connection");
    storage::publish(&mut connection, stored).await.expect("published")
}

/// A file of these contents, ready.
async fn kept(app: &App, name: &str, contents: &[u8]) -> Stored {
    let id = begin(app, name).await;
    let mut writer = app.state.storage.writer(id, Purpose::Export, "text/csv; charset=utf-8");
    for piece in contents.chunks(300_000) {
        writer.write(piece).await.expect("written");
    }
    let stored = writer.finish(&app.staff).await.expect("finished");
    assert!(publish(app, &stored).await);
    stored
}

/// Contents that are nowhere the same.
fn noise(bytes: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(bytes as u64);
    let mut noise = vec![0; bytes];
    random.fill(&mut noise);
    noise
}

async fn read(storage: &Storage, key: &str, range: Option<&str>) -> Result<Vec<u8>, StorageError> {
    let mut reading = storage.read(key, range).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = reading.pieces.next().await {
        bytes.extend_from_slice(&piece.expect("a piece"));
    }
    assert_eq!(bytes.len() as u64, reading.bytes);
    Ok(bytes)
}

async fn names(app: &App) -> Vec<String> {
    let mut names = Vec::new();
    let mut after = None;
    loop {
        // two at a time: pages go on where the last one ended
        let page = app.state.storage.names(after.as_deref(), 2).await.expect("a list");
        let Some(last) = page.last().cloned() else { return names };
        names.extend(page);
        after = Some(last);
    }
}

async fn age(app: &App, file: Uuid, columns: &str) {
    let sql = format!("UPDATE files SET {columns} WHERE id = '{file}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&app.db).await.expect("aged");
}

#[tokio::test]
async fn contents_come_back_as_they_were_under_the_name_of_their_hash() {
    for (app, _gateway) in both().await {
        let storage = &app.state.storage;
        for contents in [Vec::new(), b"a".to_vec(), noise(3 * MIB), noise(8 * MIB), noise(20 * MIB + 17)] {
            let stored = kept(&app, "a.csv", &contents).await;
            let sha256: [u8; 32] = Sha256::digest(&contents).into();
            assert_eq!((stored.bytes, stored.sha256), (contents.len() as u64, sha256));
            let hash = techally::server::hex::hex(&sha256);
            assert_eq!(stored.key, format!("export/{}/{}/{hash}", &hash[..2], &hash[2..4]));
            let key: String = sqlx::query_scalar("SELECT key FROM files WHERE id = $1 AND state = 'ready'")
                .bind(stored.file)
                .fetch_one(&app.db)
                .await
                .expect("the row");
            assert_eq!(key, stored.key);
            assert!(read(storage, &key, None).await.expect("there") == contents);
            if contents.len() > 1_000 {
                let part = read(storage, &key, Some("bytes=500-699")).await.expect("a range");
                assert!(part == contents[500..700]);
                let end = read(storage, &key, Some("bytes=-10")).await.expect("a range");
                assert!(end == contents[contents.len() - 10..]);
            }
            let beyond = read(storage, &key, Some("bytes=99999999-")).await;
            assert!(matches!(beyond, Err(StorageError::Range)));
        }
        assert!(names(&app).await.iter().all(|name| name.starts_with("export/")), "nothing is left under writing/");
        assert_eq!(names(&app).await.len(), 5);
        assert!(matches!(read(storage, "export/aa/bb/none", None).await, Err(StorageError::Missing)));
        assert_eq!(app.broken_invariants().await, []);
    }
}

#[tokio::test]
async fn thirty_megabytes_are_never_more_than_a_part_in_memory() {
    for (app, _gateway) in both().await {
        let id = begin(&app, "large.csv").await;
        let mut writer = app.state.storage.writer(id, Purpose::Export, "text/csv");
        let (piece, mut sent, mut places) = (noise(64 * 1024), 0, 0);
        while sent < 30 * MIB {
            sent += piece.len();
            let place = writer.write(&piece).await.expect("written");
            let stored = place.map(|place| {
                places += 1;
                assert_eq!(place.bytes, sent as u64, "all that was given is stored");
            });
            assert!(stored.is_some() || writer.waiting() < storage::PART, "{}", writer.waiting());
        }
        assert_eq!(places, 3);
        let stored = writer.finish(&app.staff).await.expect("finished");
        assert_eq!(stored.bytes, 30 * MIB as u64);
        let mut reading = app.state.storage.read(&stored.key, None).await.expect("there");
        let (mut hash, mut largest) = (Sha256::new(), 0);
        while let Some(piece) = reading.pieces.next().await {
            let piece = piece.expect("a piece");
            largest = largest.max(piece.len());
            hash.update(&piece);
        }
        assert_eq!(hash.finalize().as_slice(), stored.sha256);
        assert!(largest <= MIB, "{largest}");
    }
}

#[tokio::test]
async fn a_writer_that_died_between_parts_goes_on_byte_for_byte() {
    for (app, _gateway) in both().await {
        let contents = noise(27 * MIB + 5);
        let id = begin(&app, "resumed.csv").await;
        let mut writer = app.state.storage.writer(id, Purpose::Export, "text/csv");
        let mut saved: Option<String> = None;
        let mut parts = 0;
        for piece in contents.chunks(100_001) {
            if let Some(place) = writer.write(piece).await.expect("written") {
                parts += 1;
                // the second part is stored, and the crash comes before its place is saved
                if parts == 2 {
                    break;
                }
                let mut connection = app.staff.acquire().await.expect("a connection");
                assert!(storage::keep(&mut connection, &place).await.expect("kept"));
                saved = Some(serde_json::to_string(&place).expect("a text"));
            }
        }
        drop(writer);
        assert!(app.state.storage.finished(&app.staff, id).await.expect("asked").is_none());
        // another process, from the text alone
        let place: Place = serde_json::from_str(&saved.expect("a place")).expect("a place");
        assert!(place.upload.is_some() && place.bytes >= 8 * MIB as u64);
        let another = Storage::new(&app.state.config.files, Arc::default());
        let another = if app.state.config.files.s3.is_some() { another } else { app.state.storage.clone() };
        let rest = &contents[usize::try_from(place.bytes).expect("small")..];
        let mut writer = another.resume(place.clone()).expect("a writer");
        for piece in rest.chunks(77_777) {
            writer.write(piece).await.expect("written");
        }
        let stored = writer.finish(&app.staff).await.expect("finished");
        assert_eq!(stored.sha256, <[u8; 32]>::from(Sha256::digest(&contents)));
        assert!(read(&another, &stored.key, None).await.expect("there") == contents);
        // finished, and died before it could say so
        assert_eq!(another.finished(&app.staff, id).await.expect("asked"), Some(stored.clone()));
        // asked again it says the same
        assert_eq!(writer.finish(&app.staff).await.expect("again"), stored);
        assert!(publish(&app, &stored).await && !publish(&app, &stored).await);
        // the upload is over: who comes with the old place is told
        let mut late = another.resume(place).expect("a writer");
        assert!(matches!(late.write(&noise(9 * MIB)).await, Err(StorageError::UploadGone)));
        let broken = Place { hash: "00".into(), ..serde_json::from_value(serde_json::json!({
            "file": id, "purpose": "export", "content_type": "text/csv", "upload": null, "etags": [], "bytes": 0, "hash": "",
        })).expect("a place") };
        assert!(matches!(another.resume(broken), Err(StorageError::Place)));
    }
}

#[tokio::test]
async fn the_same_contents_twice_are_one_object_that_goes_with_the_last() {
    for (app, _gateway) in both().await {
        for contents in [noise(2 * MIB), noise(17 * MIB)] {
            let one = kept(&app, "one.csv", &contents).await;
            let two = kept(&app, "two.csv", &contents).await;
            assert_eq!((&one.key, one.sha256), (&two.key, two.sha256));
            assert_eq!(names(&app).await, std::slice::from_ref(&one.key));
            let clean = async || {
                clean::expire(&app.staff, OffsetDateTime::now_utc()).await.expect("expired");
                clean::drop_gone(&app.staff, &app.state.storage).await.expect("dropped")
            };
            assert_eq!(clean().await, 0);
            age(&app, one.file, "created_at = now() - interval '9 days', expires_at = now() - interval '1 second'")
                .await;
            assert_eq!(clean().await, 1);
            assert!(read(&app.state.storage, &two.key, None).await.is_ok(), "the second file needs it");
            let mut connection = app.staff.acquire().await.expect("a connection");
            assert!(storage::give_up(&mut connection, two.file).await.expect("given up"));
            assert!(!storage::give_up(&mut connection, two.file).await.expect("it is gone"));
            drop(connection);
            assert_eq!(clean().await, 1);
            assert_eq!(names(&app).await, Vec::<String>::new());
            assert_eq!(clean().await, 0, "twice is once");
        }
    }
}

#[tokio::test]
async fn an_object_that_is_being_claimed_is_not_deleted_and_one_that_is_being_deleted_is_written_anew() {
    let app = App::start().await;
    let contents = noise(MIB);
    for round in 0..6 {
        let old = kept(&app, "old.csv", &contents).await;
        let mut connection = app.staff.acquire().await.expect("a connection");
        storage::give_up(&mut connection, old.file).await.expect("given up");
        drop(connection);
        let (_, new) = tokio::join!(clean::drop_gone(&app.staff, &app.state.storage), kept(&app, "new.csv", &contents));
        assert!(read(&app.state.storage, &new.key, None).await.is_ok(), "{round}");
        clean::drop_gone(&app.staff, &app.state.storage).await.expect("the rest");
        assert!(read(&app.state.storage, &new.key, None).await.is_ok(), "{round}");
    }
}

#[tokio::test]
async fn what_nobody_needs_is_cleaned_and_what_is_being_written_stays() {
    for (app, _gateway) in both().await {
        let storage = &app.state.storage;
        let now = OffsetDateTime::now_utc();
        let (soon, later) = (now + time::Duration::hours(1), now + time::Duration::hours(25));
        let upload = async |name: &str| {
            let id = begin(&app, name).await;
            let mut writer = storage.writer(id, Purpose::Export, "text/csv");
            let place = writer.write(&noise(9 * MIB)).await.expect("written").expect("a place");
            (id, place)
        };
        let ready = kept(&app, "ready.csv", b"ready").await;
        let forgotten = kept(&app, "forgotten.csv", b"forgotten").await;
        sqlx::query("DELETE FROM files WHERE id = $1").bind(forgotten.file).execute(&app.db).await.expect("deleted");
        // one that nobody saved a place of, one that is alive, one that nobody went on with
        let (lost, _) = upload("lost.csv").await;
        let (_, alive_place) = upload("alive.csv").await;
        let (abandoned, abandoned_place) = upload("abandoned.csv").await;
        let mut connection = app.staff.acquire().await.expect("a connection");
        for place in [&alive_place, &abandoned_place] {
            assert!(storage::keep(&mut connection, place).await.expect("kept"));
        }
        drop(connection);
        age(&app, abandoned, "written_at = now() - interval '25 hours'").await;
        let sweep = async |at: OffsetDateTime| {
            let expired = clean::expire(&app.staff, now).await.expect("expired");
            let dropped = clean::drop_gone(&app.staff, storage).await.expect("dropped");
            let aborted = clean::abort_unfinished(&app.staff, storage, at).await.expect("aborted");
            let (orphans, next) = clean::sweep_objects(&app.staff, storage, at, None).await.expect("swept");
            assert_eq!(next, None);
            (expired, dropped, aborted, orphans)
        };
        assert_eq!(sweep(soon).await, (1, 1, 0, 0), "what is young stays, but what nobody went on with goes");
        assert_eq!(sweep(later).await, (0, 0, 1, 1), "lost.csv's upload, forgotten.csv's object");
        assert_eq!(sweep(later).await, (0, 0, 0, 0), "twice is once");
        assert_eq!(names(&app).await, std::slice::from_ref(&ready.key));
        // the one that is alive goes on
        let mut writer = storage.resume(alive_place).expect("a writer");
        writer.write(b"the end").await.expect("written");
        let stored = writer.finish(&app.staff).await.expect("finished");
        assert!(publish(&app, &stored).await);
        for file in [lost, abandoned] {
            let mut connection = app.staff.acquire().await.expect("a connection");
            storage::give_up(&mut connection, file).await.expect("given up");
        }
        // the writer of a file that was given up meanwhile is told
        let mut writer = storage.writer(abandoned, Purpose::Export, "text/csv");
        writer.write(b"x").await.expect("waits");
        assert!(matches!(writer.finish(&app.staff).await, Err(StorageError::Missing)));
        let forgotten = clean::forget(&app.staff, now + time::Duration::days(91)).await.expect("forgotten");
        assert_eq!(forgotten, 1, "what was dropped 90 days ago");
    }
}

#[tokio::test]
async fn a_bucket_belongs_to_one_database() {
    for (app, _gateway) in both().await {
        let storage = &app.state.storage;
        assert!(clean::belongs(&app.staff, storage).await.expect("asked"), "the first that asks");
        assert!(clean::belongs(&app.staff, storage).await.expect("asked"), "and stays");
        let files = app.state.config.files.clone();
        let copy = App::start_with(|config, _| config.files = files).await;
        assert!(!clean::belongs(&copy.staff, storage).await.expect("asked"));
        // the worker of the copy leaves it alone
        let orphan = kept(&app, "orphan.csv", b"orphan").await;
        let gone = kept(&copy, "orphan.csv", b"orphan").await;
        sqlx::query("UPDATE files SET state = 'gone'").execute(&copy.db).await.expect("gone");
        let mut sweep = clean::Sweep::default();
        clean::look(&copy.staff, &copy.state.storage, &mut sweep);
        sweep.over().await;
        assert!(read(storage, &orphan.key, None).await.is_ok());
        sqlx::query("UPDATE files SET state = 'gone'").execute(&app.db).await.expect("gone");
        let mut sweep = clean::Sweep::default();
        clean::look(&app.staff, storage, &mut sweep);
        sweep.over().await;
        assert!(matches!(read(storage, &gone.key, None).await, Err(StorageError::Missing)));
    }
}

#[tokio::test]
async fn an_owner_gets_a_link_and_nobody_else_learns_that_there_is_a_file() {
    for (app, gateway) in both().await {
        let contents = noise(700_000);
        let stored = kept(&app, "orders 2026 ä.csv", &contents).await;
        let path = format!("/files/{}", stored.file);
        for who in ["admin", "super", "moderator", "warehouse"] {
            assert_eq!(app.signed_in(who).await.get(&path).await.status(), 404, "{who}");
        }
        let stranger = app.browser().get(&path).await;
        assert_eq!(stranger.status(), 303);
        assert!(stranger.headers()["location"].to_str().expect("text").starts_with("/login"));
        let owner = app.signed_in("support").await;
        for nothing in ["/files/none", "/files/0192f3a4-5b6c-7000-8000-000000000000"] {
            assert_eq!(owner.get(nothing).await.status(), 404, "{nothing}");
        }
        let answer = owner.get(&path).await;
        assert_eq!(answer.status(), 303);
        let link = answer.headers()["location"].to_str().expect("text").to_owned();
        assert!(link.starts_with(&gateway.as_ref().map_or("/files/signed/".to_owned(), Gateway::endpoint)), "{link}");
        let link = if gateway.is_some() { link } else { format!("{}{link}", app.url) };
        // no cookie: the link is the right
        let client = app.browser().client;
        let file = client.get(&link).header("accept-encoding", "gzip, br").send().await.expect("an answer");
        assert_eq!(file.status(), 200);
        let header = |name: &str| file.headers()[name].to_str().expect("text").to_owned();
        assert_eq!(header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(
            header("content-disposition"),
            "attachment; filename=\"orders 2026 _.csv\"; filename*=UTF-8''orders%202026%20%C3%A4.csv"
        );
        assert_eq!(header("content-length"), "700000");
        assert!(header("cache-control").contains("no-store"));
        assert!(file.bytes().await.expect("contents") == contents);
        let part = client.get(&link).header("range", "bytes=10-19").send().await.expect("an answer");
        assert_eq!(
            (part.status().as_u16(), &part.headers()["content-range"]),
            (206, &"bytes 10-19/700000".parse().expect("a header"))
        );
        assert!(part.bytes().await.expect("a range") == contents[10..20]);
        let beyond = client.get(&link).header("range", "bytes=700000-").send().await.expect("an answer");
        assert_eq!(beyond.status(), 416);
        // as exports are
        let (who, details): (String, serde_json::Value) = sqlx::query_as(
            "SELECT u.email, a.details FROM user_activity a JOIN users u ON u.id = a.user_id WHERE a.action_type = 'downloaded'",
        )
        .fetch_one(&app.db)
        .await
        .expect("one record");
        assert_eq!(
            (who.as_str(), details["file"].as_str()),
            ("support@techally.test", Some(stored.file.to_string().as_str()))
        );
        // its time is over, whether or not the cleaner was there
        app.state.clock.advance(Duration::from_hours(7 * 24));
        let late = app.signed_in("support").await.get(&path).await;
        assert_eq!(late.status(), 410);
        assert!(late.text().await.expect("words").contains("deleted"));
    }
}

#[tokio::test]
async fn links_end_and_say_nothing_when_changed() {
    for (app, gateway) in both().await {
        let stored = kept(&app, "linked.csv", b"contents").await;
        let owner = user(&app, "support").await;
        let file = storage::of_owner(&app.staff, stored.file, owner, false).await.expect("asked").expect("a file");
        let client = app.browser().client;
        let get = async |link: &str| {
            let link = if link.starts_with("http") { link.to_owned() } else { format!("{}{link}", app.url) };
            client.get(link).send().await.expect("an answer").status().as_u16()
        };
        let now = OffsetDateTime::now_utc();
        let signed = async |at: OffsetDateTime, minutes: u32| {
            app.state.storage.signed_link(&file, minutes, at).await.expect("a link").address().to_owned()
        };
        let link = signed(now, 5).await;
        assert_eq!(get(&link).await, 200);
        // five minutes at most, whatever is asked for
        assert_eq!(get(&signed(now - time::Duration::minutes(4), 60).await).await, 200);
        assert_eq!(get(&signed(now - time::Duration::minutes(6), 60).await).await, 403);
        for at in [link.len() - 1, link.len() - 20] {
            let mut changed = link.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).expect("text");
            assert!([400, 403].contains(&get(&changed).await), "{changed}");
        }
        let other =
            link.replace(&stored.file.to_string(), &Uuid::new_v4().to_string()).replace("/export/", "/writing/");
        assert_eq!(get(&other).await, 403);
        if gateway.is_none() {
            for wrong in [
                "/files/signed/x".to_owned(),
                format!("/files/signed/{}", stored.file),
                format!("{link}0"),
                format!("{link}ä"),
            ] {
                assert_eq!(get(&wrong).await, 403, "{wrong}");
            }
            let later = link.replace("until=", "until=9");
            assert_eq!(get(&later).await, 403);
            // another process with the same folder knows it; the file that is taken back has no link any more
            let twin = app.another(|_| {}).await;
            assert_eq!(client.get(format!("{}{link}", twin.url)).send().await.expect("an answer").status(), 200);
            let mut connection = app.staff.acquire().await.expect("a connection");
            storage::give_up(&mut connection, stored.file).await.expect("given up");
            assert_eq!(get(&link).await, 404);
        }
    }
}

#[tokio::test]
async fn browsers_may_reach_the_server_by_another_address() {
    let gateway = Gateway::start().await;
    let mut files = gateway.files();
    if let Some(s3) = &mut files.s3 {
        s3.public_endpoint = Some(format!("http://localhost:{}", gateway.port));
    }
    let app = App::start_with(|config, _| config.files = files).await;
    let stored = kept(&app, "public.csv", b"contents").await;
    let answer = app.signed_in("support").await.get(&format!("/files/{}", stored.file)).await;
    let link = answer.headers()["location"].to_str().expect("text").to_owned();
    assert!(link.starts_with(&format!("http://localhost:{}/", gateway.port)), "{link}");
    let file = app.browser().client.get(link).send().await.expect("an answer");
    assert_eq!(file.bytes().await.expect("contents"), "contents");
    // nothing is public
    let bare = format!("{}/{BUCKET}/{}", gateway.endpoint(), stored.key);
    assert_eq!(app.browser().client.get(bare).send().await.expect("an answer").status(), 403);
}

#[tokio::test]
async fn a_storage_that_is_gone_is_an_error_in_time_and_pages_do_not_mind() {
    let mut gateway = Gateway::start().await;
    let mut files = gateway.files();
    files.patience = Patience {
        connect: Duration::from_millis(300),
        attempt: Duration::from_millis(500),
        whole: Duration::from_millis(1_500),
        transfer_attempt: Duration::from_millis(700),
        transfer: Duration::from_secs(2),
    };
    let patience = files.patience;
    let app = App::start_with(|config, _| config.files = files).await;
    let stored = kept(&app, "kept.csv", b"contents").await;
    assert!(app.state.storage.is_up());
    gateway.kill();
    let is_away = async |storage: &Storage| {
        let id = begin(&app, "unlucky.csv").await;
        let from = Instant::now();
        assert!(matches!(read(storage, &stored.key, None).await, Err(StorageError::Away)));
        assert!(from.elapsed() < Duration::from_secs(3), "{:?}", from.elapsed());
        let from = Instant::now();
        let mut writer = storage.writer(id, Purpose::Export, "text/csv");
        assert!(matches!(writer.write(&noise(9 * MIB)).await, Err(StorageError::Away)));
        assert!(from.elapsed() < Duration::from_secs(4), "{:?}", from.elapsed());
        assert_eq!(writer.waiting(), 9 * MIB, "not lost: it may be tried again");
        assert!(!storage.is_up());
    };
    is_away(&app.state.storage).await;
    let owner = app.signed_in("support").await;
    assert_eq!(owner.get("/orders").await.status(), 200);
    assert_eq!(owner.get("/readyz").await.status(), 200);
    assert_eq!(owner.get(&format!("/files/{}", stored.file)).await.status(), 303, "a link needs no storage");
    let figures = app.state.metrics.render(&app.state);
    assert!(
        figures.contains("\ntechally_storage_up 0") && !figures.contains("\ntechally_storage_failures_total 0"),
        "{figures}"
    );
    let errors: Vec<_> = [
        clean::drop_gone(&app.staff, &app.state.storage).await.err(),
        clean::abort_unfinished(&app.staff, &app.state.storage, OffsetDateTime::now_utc()).await.err(),
    ]
    .into();
    assert!(matches!(errors[..], [None, Some(StorageError::Away)]), "{errors:?}");
    // a black hole
    let hole = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let files = Files { patience, ..files_at(&format!("http://{}", hole.local_addr().expect("an address")), "x") };
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = hole.accept().await {
            held.push(stream);
        }
    });
    is_away(&Storage::new(&files, Arc::clone(&app.state.metrics))).await;
    assert!(app.state.metrics.storage_failures.load(Ordering::Relaxed) >= 4);
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_no_key_is_in_the_log() {
    let lines = lines();
    let gateway = Gateway::start().await;
    let wrong = "wrongsecretzq".to_owned();
    let files = files_at(&gateway.endpoint(), &wrong);
    let storage = Storage::new(&files, Arc::default());
    assert!(matches!(read(&storage, "export/aa/bb/cc", None).await, Err(StorageError::Denied)));
    let app = App::start_with(|config, _| config.files = gateway.files()).await;
    let stored = kept(&app, "logged.csv", b"contents").await;
    let answer = app.signed_in("support").await.get(&format!("/files/{}", stored.file)).await;
    let link = answer.headers()["location"].to_str().expect("text").to_owned();
    let signature = link.split("X-Amz-Signature=").nth(1).and_then(|rest| rest.split('&').next()).expect("a signature");
    let ours = App::start().await;
    let stored = kept(&ours, "logged.csv", b"contents").await;
    let answer = ours.signed_in("support").await.get(&format!("/files/{}", stored.file)).await;
    let path = answer.headers()["location"].to_str().expect("text").to_owned();
    assert_eq!(ours.browser().get(&path).await.status(), 200);
    let token = path.split("signature=").nth(1).expect("a signature");
    let text = lines.text();
    assert!(text.contains("the file storage refused a call"), "it is said");
    let configured = app.state.config.files.s3.as_ref().expect("configured");
    for secret in [&gateway.secret, &wrong, configured.access_key_id.expose_secret(), signature, token] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(!format!("{:?} {:?}", app.state.config, app.state).contains(&gateway.secret));
}
