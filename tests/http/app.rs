//! A server with its own database, and a browser without JavaScript to use it with.

use crate::logs::lines;
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, postgres::PgPoolOptions};
use std::{path::PathBuf, sync::Arc, time::Duration};
use techally::server::{
    accept,
    clock::Clock,
    config::{Config, Files},
    db, demo,
    keys::Keys,
    migrate, router,
    state::AppState,
};
use time::OffsetDateTime;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Password of the demo staff.
pub const PASSWORD: &str = "techally-demo";
/// What servers in tests encrypt with.
pub const KEYS: &str = "test:0101010101010101010101010101010101010101010101010101010101010101";
/// Key of the checkout in tests.
pub const API_KEY: &str = "test-checkout-key";
/// Name of the template that every test's database is copied from.
const TEMPLATE: &str = "techally_template";

static TEMPLATE_MADE: OnceCell<()> = OnceCell::const_new();

/// A running server.
pub struct App {
    /// Its address: `http://127.0.0.1:port`.
    pub url: String,
    /// Its database as superuser, to look at what happened.
    pub db: PgPool,
    /// Its database's name.
    pub database: String,
    /// The pool that the server has.
    pub staff: PgPool,
    /// The server's state: its clock, its figures.
    pub state: AppState,
    /// All its routes, to look at.
    pub router: axum::Router,
    /// Holds true to stop the server.
    pub stop: tokio::sync::watch::Sender<bool>,
}

/// Where a second server on the same database begins.
pub struct Setup {
    database: String,
    config: Config,
    limits: accept::Limits,
    /// Instances share the time.
    clock: Clock,
}

fn cluster() -> String {
    std::env::var("TEST_DATABASE_URL")
        .expect("TEST_DATABASE_URL is not set: run `make test`, or tools/with-test-services.sh cargo test")
}

/// A folder for a test's files, which goes with the services of the tests.
fn files_in(database: &str) -> Files {
    let services = std::env::var("TECHALLY_SERVICES").map_or_else(|_| std::env::temp_dir(), PathBuf::from);
    let defaults = Config::with_database(String::new().into()).files;
    Files { folder: services.join("files").join(database), ..defaults }
}

fn url_of(database: &str) -> String {
    cluster().replace("/postgres?", &format!("/{database}?"))
}

async fn run(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url).await.expect("the test cluster answers");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.expect("sql of the test set-up");
}

/// Migrates and fills the template once a process; a small shop is enough for every test.
async fn make_template() {
    TEMPLATE_MADE
        .get_or_init(|| async {
            run(&cluster(), format!("DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")).await;
            run(&cluster(), format!("CREATE DATABASE {TEMPLATE}")).await;
            let url = url_of(TEMPLATE);
            migrate::run(&SecretString::from(url.clone())).await.expect("migrations");
            let mut connection = PgConnection::connect(&url).await.expect("template");
            let sizes = demo::Sizes { orders: 1_000, users: 300, products: 100, reviews: 300 };
            demo::load(&mut connection, sizes, OffsetDateTime::now_utc()).await.expect("demo data");
            connection.close().await.expect("template closes");
            let role = "DO $$ BEGIN CREATE ROLE techally_test LOGIN PASSWORD 'test' IN ROLE techally_admin; \
                        EXCEPTION WHEN duplicate_object THEN NULL; END $$";
            run(&cluster(), role.to_owned()).await;
        })
        .await;
}

impl Drop for App {
    /// A test that failed says what its server had to say.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the last warnings of this process's servers:\n{}", lines().last_warnings());
        }
    }
}

impl App {
    /// Starts a server on a copy of the demo shop.
    pub async fn start() -> Self {
        Self::start_with(|_, _| {}).await
    }

    /// Starts a server that is configured differently.
    pub async fn start_with(change: impl FnOnce(&mut Config, &mut accept::Limits)) -> Self {
        Box::pin(make_template()).await;
        let database = format!("t_{}", Uuid::new_v4().simple());
        let copy = format!("CREATE DATABASE {database} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY");
        // PostgreSQL copies a template one at a time
        static COPY: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        {
            let _turn = COPY.lock().await;
            run(&cluster(), copy).await;
        }
        let url = url_of(&database);
        let config = Config {
            database_url: as_login(&url, "techally_test", "test").into(),
            migration_database_url: url.into(),
            database_connections: 8,
            // the machine is shared: a connection that comes late is no fault of what is tested
            database_wait: Duration::from_secs(8),
            public_url: "http://127.0.0.1".into(),
            keys: Keys::parse(&KEYS.to_owned().into()).expect("keys"),
            checkout_api_keys: vec![API_KEY.to_owned().into()],
            files: files_in(&database),
            ..Config::with_database(String::new().into())
        };
        let mut setup = Setup { database, config, limits: accept::Limits::default(), clock: Clock::default() };
        change(&mut setup.config, &mut setup.limits);
        Box::pin(Self::serve(setup)).await
    }

    /// Another instance on the same database, as configured.
    pub async fn another(&self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = (*self.state.config).clone();
        change(&mut config);
        let (database, clock) = (self.database.clone(), self.state.clock.clone());
        Box::pin(Self::serve(Setup { database, config, limits: accept::Limits::default(), clock })).await
    }

    async fn serve(Setup { database, config, limits, clock }: Setup) -> Self {
        lines();
        let db = PgPoolOptions::new().max_connections(4).connect(&url_of(&database)).await.expect("superuser");
        let staff =
            db::pool(&config.database_url, config.database_connections, 0, config.database_wait).expect("staff pool");
        let leptos = leptos::config::LeptosOptions::builder().output_name("techally").site_root("public").build();
        let state = AppState::new(staff.clone(), config, leptos, clock).expect("the state");
        let router = router::build(state.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = tokio::sync::watch::channel(false);
        tokio::spawn(accept::serve(listener, router.clone(), limits, Arc::clone(&state.metrics), stopped));
        Self { url: format!("http://{address}"), db, database, staff, state, router, stop }
    }

    /// A browser that keeps cookies, follows no redirect and says where its requests come from.
    pub fn browser(&self) -> Browser {
        let client = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Browser { client, url: self.url.clone() }
    }

    /// A browser elsewhere: needs a server that trusts what this machine forwards.
    pub fn browser_from(&self, address: &str) -> Browser {
        let mut headers = reqwest::header::HeaderMap::new();
        headers.insert("x-forwarded-for", address.parse().expect("a header"));
        let client = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .default_headers(headers)
            .build()
            .expect("a client");
        Browser { client, url: self.url.clone() }
    }

    /// Starts a server behind a proxy on this machine.
    pub async fn behind_a_proxy() -> Self {
        Self::start_with(|config, _| config.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")]).await
    }

    /// A browser that is signed in.
    pub async fn signed_in(&self, who: &str) -> Browser {
        let browser = self.browser();
        let email = format!("{who}@techally.test");
        let answer = browser.post("/login", &[("email", &email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status(), 303, "{who} can sign in");
        browser
    }

    /// An order of the shop in a state, oldest first.
    pub async fn order_in(&self, status: &str) -> Uuid {
        sqlx::query_scalar("SELECT id FROM orders WHERE status = $1 ORDER BY id LIMIT 1")
            .bind(status)
            .fetch_one(&self.db)
            .await
            .unwrap_or_else(|error| panic!("the demo shop has an order in {status}: {error}"))
    }

    /// Status and version of an order.
    pub async fn status(&self, id: Uuid) -> (String, i32) {
        sqlx::query_as("SELECT status, version FROM orders WHERE id = $1")
            .bind(id)
            .fetch_one(&self.db)
            .await
            .expect("the order")
    }

    /// Names of the invariants that don't hold.
    pub async fn broken_invariants(&self) -> Vec<(String, i64)> {
        sqlx::query_as("SELECT name, violations FROM check_invariants() WHERE violations <> 0")
            .fetch_all(&self.db)
            .await
            .expect("check_invariants")
    }
}

/// `users.id` of a colleague of the demo: `support` is support@techally.test.
pub async fn id_of(app: &App, who: &str) -> Uuid {
    sqlx::query_scalar("SELECT id FROM users WHERE email = $1")
        .bind(format!("{who}@techally.test"))
        .fetch_one(&app.db)
        .await
        .expect("a person")
}

/// A connection of a login that is a member of one role, in the test's database.
pub async fn login_as(app: &App, login: &str, role: &str) -> PgConnection {
    let create = format!(
        "DO $$ BEGIN CREATE ROLE {login} LOGIN PASSWORD 'test' IN ROLE {role}; \
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    );
    run(&cluster(), create).await;
    PgConnection::connect(&as_login(&url_of(&app.database), login, "test")).await.expect("the login")
}

/// Address of a test's database, as superuser.
pub fn superuser_url(app: &App) -> SecretString {
    url_of(&app.database).into()
}

fn as_login(url: &str, user: &str, password: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a url");
    let (_, host) = rest.split_once('@').expect("a url with a login");
    format!("{scheme}://{user}:{password}@{host}")
}

/// A browser without JavaScript.
pub struct Browser {
    pub client: reqwest::Client,
    pub url: String,
}

impl Browser {
    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.url)).send().await.expect("an answer")
    }

    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        // without the marks that hydration finds its way by
        answer.text().await.expect("a page").replace("<!>", "")
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
        let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.client
            .post(format!("{}{path}", self.url))
            .header("origin", &self.url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .expect("an answer")
    }

    /// Posts a move of an order, with its version as of now.
    pub async fn move_order(&self, app: &App, id: Uuid, to: &str, details: &[(&str, &str)]) -> reqwest::Response {
        let version = app.status(id).await.1.to_string();
        let fields: Vec<(&str, &str)> =
            [("status", to), ("version", &version)].into_iter().chain(details.iter().copied()).collect();
        self.post(&format!("/orders/{id}"), &fields).await
    }
}
