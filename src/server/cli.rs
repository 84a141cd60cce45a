//! The command line: one binary, a subcommand for each thing an operator does.

use super::{
    archive,
    config::{Config, ConfigError},
    db, demo,
    metrics::Metrics,
    migrate, serve, staff,
    storage::Storage,
    telemetry, verify_audit,
};
use crate::{
    auth::{model::Role, second_factor::rotate},
    orders::traffic,
    privacy::again,
};
use clap::{Args, Parser, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};
use std::{error::Error, io::BufRead, path::PathBuf, sync::Arc, time::Duration};
use time::OffsetDateTime;

/// How long an archive waits for others, at each place where they can be in its way.
const PATIENCE: Duration = Duration::from_mins(10);

/// TechAlly Admin: the back office of an electronics shop.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the application (what happens without a subcommand)
    Serve,
    /// Bring the database's schema up to date
    Migrate,
    /// Fill an empty database with the demo shop
    DemoData(DemoData),
    /// Play customers against a running server
    DemoTraffic(traffic::Options),
    /// Create a person who can sign in; reads the password from standard input
    CreateStaff(CreateStaff),
    /// Reckon the audit trail's hash chain anew; name what was changed, deleted, inserted or reordered
    VerifyAudit(VerifyAudit),
    /// After a restore: erase the people again who were erased since that backup; the servers do it, each night as well
    ReapplyErasures,
    /// Encrypt secrets anew that an older key of `ENCRYPTION_KEYS` closed; then that key can go
    RotateKeys,
    /// Move a month of orders out of the database into files, or back; take people out of those files
    #[command(subcommand)]
    Archive(Archive),
}

#[derive(Debug, Subcommand)]
enum Archive {
    /// Move a month of orders into a folder of its own; run again, it goes on where it was stopped
    Retire {
        /// The month, in UTC
        #[arg(value_name = "YYYY-MM")]
        month: archive::Month,
        /// Where the month's folder is made; its files hold people's data
        #[arg(long, value_name = "DIRECTORY")]
        to: PathBuf,
        /// Months that stay in the database, this one included
        #[arg(long, default_value_t = 24)]
        active_months: i32,
    },
    /// Bring a month back
    Restore {
        /// The month's folder
        folder: PathBuf,
    },
    /// Take the people who were erased out of archived months; run again, it goes on where it was stopped
    Erase {
        /// The folders of the months
        #[arg(required = true)]
        folders: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
struct DemoData {
    /// Orders of the last 24 months
    #[arg(long, default_value_t = demo::Sizes::default().orders)]
    orders: u64,
    /// Customers
    #[arg(long, default_value_t = demo::Sizes::default().users)]
    users: u64,
    /// Products
    #[arg(long, default_value_t = demo::Sizes::default().products)]
    products: u64,
    /// Reviews
    #[arg(long, default_value_t = demo::Sizes::default().reviews)]
    reviews: u64,
    /// Do nothing when the shop has data already, instead of failing
    #[arg(long)]
    if_empty: bool,
}

#[derive(Debug, Args)]
struct VerifyAudit {
    /// A head that was kept elsewhere (`NUMBER:DIGEST`) and must still be in the chain
    #[arg(long, value_name = "NUMBER:DIGEST")]
    expect: Option<verify_audit::Head>,
}

#[derive(Debug, Args)]
struct CreateStaff {
    /// Sign-in address
    #[arg(long)]
    email: String,
    /// First name
    #[arg(long)]
    first_name: String,
    /// Last name
    #[arg(long)]
    last_name: String,
    /// `support`, `moderator`, `warehouse_manager`, `admin` or `super_admin`
    #[arg(long)]
    role: String,
}

/// Runs what the command line asks for.
///
/// # Errors
/// What went wrong, for people.
pub async fn run() -> Result<(), Box<dyn Error>> {
    let cli = Cli::parse();
    let config = Config::from_env()?;
    let _telemetry = telemetry::start(config.log_json, config.traces)?;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(config).await,
        Command::Migrate => Ok(migrate::run(&config.migration_database_url).await?),
        Command::DemoData(options) => demo_data(&config, &options).await,
        Command::DemoTraffic(options) => traffic::run(&config, options).await,
        Command::CreateStaff(options) => create_staff(&config, options).await,
        Command::ReapplyErasures => reapply_erasures(&config).await,
        Command::RotateKeys => rotate_keys(&config).await,
        Command::Archive(command) => archive(&config, command).await,
        Command::VerifyAudit(options) => verify_audit(&config, &options).await,
    }
}

/// One connection for work that takes its time and says so itself: no warnings about slow statements.
async fn connect(url: &SecretString) -> sqlx::Result<PgConnection> {
    let options: PgConnectOptions = url.expose_secret().parse()?;
    options.disable_statement_logging().connect().await
}

/// Prints each finding; an error (exit code 1) when there are any.
async fn verify_audit(config: &Config, options: &VerifyAudit) -> Result<(), Box<dyn Error>> {
    let mut connection = connect(&config.database_url).await?;
    let report =
        verify_audit::verify(&mut connection, options.expect.as_ref(), |finding| println!("{finding}")).await?;
    println!("{} rows under {} seals, {} not sealed yet", report.rows, report.seals, report.unsealed);
    if let Some(head) = &report.head {
        println!("head {head}");
    }
    match report.findings {
        0 => Ok(()),
        findings => Err(format!("the audit trail is broken: {findings} findings").into()),
    }
}

/// Prints what was done; an error (exit code 1) when a secret can't be opened.
async fn rotate_keys(config: &Config) -> Result<(), Box<dyn Error>> {
    if config.keys.is_empty() {
        return Err(ConfigError::Missing("ENCRYPTION_KEYS").into());
    }
    let db = db::pool(&config.database_url, 1, 0, config.database_wait)?;
    let report = rotate::rotate(&db, &config.keys).await.map_err(|stop| format!("{stop:?}"))?;
    println!("{} secrets encrypted anew, {} were under the key in use", report.rotated, report.current);
    match report.lost {
        0 => Ok(()),
        lost => Err(format!("{lost} secrets are under a key that is not in ENCRYPTION_KEYS").into()),
    }
}

/// Prints how many erasures were put in; the list is in the file storage.
async fn reapply_erasures(config: &Config) -> Result<(), Box<dyn Error>> {
    let db = db::pool(&config.database_url, 1, 0, config.database_wait)?;
    let storage = Storage::new(&config.files, Arc::new(Metrics::default()));
    let put = again::put_due(&db, &storage, OffsetDateTime::now_utc()).await.map_err(|stop| format!("{stop:?}"))?;
    println!("{put} people are erased again, by the jobs of the servers");
    Ok(())
}

async fn archive(config: &Config, command: Archive) -> Result<(), Box<dyn Error>> {
    let url = &config.migration_database_url;
    let report = match command {
        Archive::Retire { month, to, active_months } => {
            archive::retire(url, month, &archive::Options { to, active_months, patience: PATIENCE }).await?
        }
        Archive::Restore { folder } => archive::restore(url, &folder, PATIENCE).await?,
        Archive::Erase { folders } => {
            for folder in folders {
                println!("{}", archive::erase(url, &folder).await?);
            }
            return Ok(());
        }
    };
    println!("{report}");
    Ok(())
}

async fn demo_data(config: &Config, options: &DemoData) -> Result<(), Box<dyn Error>> {
    let mut connection = connect(&config.migration_database_url).await?;
    if !demo::is_empty(&mut connection).await? {
        return if options.if_empty { Ok(()) } else { Err("the shop has data already".into()) };
    }
    let sizes = demo::Sizes {
        orders: options.orders,
        users: options.users,
        products: options.products,
        reviews: options.reviews,
    };
    let report = demo::load(&mut connection, sizes, OffsetDateTime::now_utc()).await?;
    println!("{report}");
    Ok(())
}

async fn create_staff(config: &Config, options: CreateStaff) -> Result<(), Box<dyn Error>> {
    let role = Role::parse(&options.role).ok_or_else(|| format!("“{}” is no role", options.role))?;
    let mut password = String::new();
    std::io::stdin().lock().read_line(&mut password)?;
    let password = SecretString::from(password.trim_end_matches(['\r', '\n']).to_owned());
    let CreateStaff { email, first_name, last_name, .. } = options;
    let id =
        staff::create(&config.migration_database_url, staff::NewStaff { email, first_name, last_name, role, password })
            .await?;
    println!("created {id}");
    Ok(())
}
