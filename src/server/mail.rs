//! Mails to customers and colleagues: written into the outbox in the transaction of what they tell of, sent by the worker,
//! tried again when the mail server is away. Without a mail server they wait in the outbox, which the page of the order
//! shows. A one-time link is not in the outbox: its address is put in place of `{link}` when the mail leaves, and a mail
//! whose link is dead by then stays.

use super::{
    config::Config,
    db::{Actor, Stop, transact},
    keys::Keys,
};
use crate::auth::links;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp,
};
use secrecy::ExposeSecret;
use sqlx::{PgConnection, PgPool};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// Longest time for one mail.
const LONGEST: Duration = Duration::from_secs(20);
/// Most mails that leave in one go of the worker.
const BATCH: usize = 50;
/// Tries until a mail is given up: with their growing pauses some two days.
const MOST_TRIES: i32 = 12;
/// Mails that are done are kept so long.
const KEPT: time::Duration = time::Duration::days(90);

/// What stands in a text for the address of its link.
pub const LINK: &str = "{link}";

/// A mail to be sent.
#[derive(Debug)]
pub struct Mail<'a> {
    /// `mails.kind`.
    pub kind: &'static str,
    /// The same key twice is one mail.
    pub key: &'a str,
    /// The order that it is about.
    pub order_id: Option<Uuid>,
    /// The link that stands for [`LINK`] in the text.
    pub link_id: Option<Uuid>,
    /// Who gets it.
    pub recipient: &'a str,
    /// Its subject, one line.
    pub subject: &'a str,
    /// Its text.
    pub body: &'a str,
    /// Who asked for it; the system otherwise.
    pub requested_by: Option<Uuid>,
}

/// Puts a mail into the outbox; returns whether it was not there yet.
///
/// # Errors
/// When the database says no.
pub async fn enqueue(connection: &mut PgConnection, mail: Mail<'_>) -> Result<bool, Stop> {
    // a company or a name may hold what ends a line
    let subject: String = mail.subject.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    let added = sqlx::query!(
        "INSERT INTO mails (kind, idempotency_key, order_id, recipient, subject, body, requested_by, link_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (idempotency_key) DO NOTHING",
        mail.kind,
        mail.key,
        mail.order_id,
        mail.recipient,
        subject,
        mail.body,
        mail.requested_by,
        mail.link_id
    )
    .execute(connection)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// What sends mails.
#[derive(Clone, Debug)]
pub struct Mailer {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    keys: Keys,
    public_url: String,
}

/// Why mails can't be sent as configured.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// The address of the server can't be read. Its words may hold the password, so they aren't told.
    #[error("SMTP_URL is no address of a mail server")]
    Server,
    /// The sender can't be read.
    #[error("MAIL_FROM is “{0}”, which is no sender, such as “TechAlly <shop@techally.example>”")]
    Sender(String),
}

impl Mailer {
    /// As configured; nothing without a mail server.
    ///
    /// # Errors
    /// When server or sender can't be read.
    pub fn new(config: &Config) -> Result<Option<Self>, MailerError> {
        let Some(url) = &config.smtp_url else { return Ok(None) };
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
            .map_err(|_| MailerError::Server)?
            .timeout(Some(LONGEST))
            .build();
        let from = config.mail_from.parse().map_err(|_| MailerError::Sender(config.mail_from.clone()))?;
        Ok(Some(Self { server, from, keys: config.keys.clone(), public_url: config.public_url.clone() }))
    }

    async fn send(&self, db: &PgPool, due: &Due) -> Result<(), Failure> {
        let body = match due.link_id {
            None => due.body.clone(),
            Some(id) => {
                let link = links::address_of(db, &self.keys, &self.public_url, id, OffsetDateTime::now_utc()).await;
                let link = link.map_err(|_| Failure::passing("the link could not be looked up"))?;
                let link = link.ok_or_else(|| Failure::lasting("its link was dead before it left"))?;
                due.body.replace(LINK, &link)
            }
        };
        let host = self.from.email.domain();
        let to = due.recipient.parse().map_err(|_| Failure::lasting("the address can't be read"))?;
        let mail = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(due.subject.clone())
            // the same for every try: a server that had it already can tell
            .message_id(Some(format!("<{}@{host}>", due.id)))
            .header(ContentType::TEXT_PLAIN)
            .body(body)
            .map_err(|_| Failure::lasting("the mail can't be written"))?;
        match tokio::time::timeout(LONGEST, self.server.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Failure::of(&error)),
            Err(_) => Err(Failure::passing("the mail server didn't answer in time")),
        }
    }
}

/// Why a mail didn't leave.
struct Failure {
    is_lasting: bool,
    words: String,
}

impl Failure {
    fn lasting(words: &str) -> Self {
        Self { is_lasting: true, words: words.into() }
    }

    fn passing(words: &str) -> Self {
        Self { is_lasting: false, words: words.into() }
    }

    fn of(error: &smtp::Error) -> Self {
        Self { is_lasting: error.is_permanent(), words: error.to_string().chars().take(300).collect() }
    }
}

/// A mail whose time has come.
struct Due {
    id: Uuid,
    recipient: String,
    subject: String,
    body: String,
    attempts: i32,
    link_id: Option<Uuid>,
}

/// Sends what is due; returns how many left. Each mail is taken before it is sent and due again later, so that of two who
/// send only one has it, and one that died while sending tries again: a mail may come twice, never not at all.
///
/// # Errors
/// When the database says no. What a mail server says is noted with the mail.
pub async fn send_due(db: &PgPool, mailer: &Mailer) -> Result<i64, Stop> {
    let mut sent = 0;
    for _ in 0..BATCH {
        let Some(due) = take(db).await? else { break };
        let result = mailer.send(db, &due).await;
        let (id, is_sent) = (due.id, result.is_ok());
        let is_lasting = result.as_ref().is_err_and(|failure| failure.is_lasting);
        let (gives_up, words) = match result {
            Ok(()) => (true, None),
            Err(failure) => (is_lasting || due.attempts >= MOST_TRIES, Some(failure.words)),
        };
        transact(db, Actor::system("worker:mails", ""), move |connection| {
            Box::pin(async move {
                sqlx::query!(
                    "UPDATE mails SET sent_at = CASE WHEN $2 THEN now() END, last_error = $4,
                                      next_try_at = CASE WHEN $3 THEN NULL ELSE next_try_at END
                     WHERE id = $1",
                    id,
                    is_sent,
                    gives_up,
                    words
                )
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await?;
        if !is_sent {
            tracing::warn!(mail = %id, attempts = due.attempts, gives_up, "a mail could not be sent");
            if is_lasting {
                continue;
            }
            // a server that is away is not asked fifty times
            break;
        }
        sent += 1;
    }
    Ok(sent)
}

async fn take(db: &PgPool) -> Result<Option<Due>, Stop> {
    transact(db, Actor::system("worker:mails", ""), |connection| {
        Box::pin(async move {
            let due = sqlx::query_as!(
                Due,
                "UPDATE mails SET attempts = attempts + 1,
                                  next_try_at = now() + least(interval '1 minute' * power(2, attempts), interval '6 hours')
                 WHERE id = (SELECT id FROM mails WHERE next_try_at <= now() ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED)
                 RETURNING id, recipient, subject, body, attempts, link_id"
            )
            .fetch_optional(connection)
            .await?;
            Ok(due)
        })
    })
    .await
}

/// Deletes mails that were sent or given up 90 days ago; returns how many.
///
/// # Errors
/// When the database says no.
pub async fn delete_old(db: &PgPool, now: OffsetDateTime) -> Result<i64, Stop> {
    transact(db, Actor::system("worker:mails", ""), move |connection| {
        Box::pin(async move {
            let deleted = sqlx::query!(
                "DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE next_try_at IS NULL AND created_at < $1 ORDER BY id LIMIT 1000)",
                now - KEPT
            )
            .execute(connection)
            .await?;
            Ok(i64::try_from(deleted.rows_affected()).unwrap_or(i64::MAX))
        })
    })
    .await
}
