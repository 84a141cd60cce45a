//! Asking that a customer be erased, and deciding it: never the same person. Granting closes the account for good at once and
//! puts in the job that erases.

use super::{
    api::DecideErasure,
    erase::Erase,
    map,
    store::{Erasure, Obstacles, obstacles},
};
use crate::{
    auth::{
        guard::{Ctx, missing},
        model::Right,
    },
    error::AppError,
    forms::{Done, Outcome, Refusal},
    inbox::tell::{About, others_of, tell},
    jobs::{
        kind::Job,
        queue::{New, put},
    },
    list::counts,
    server::{
        db::{Actor, Stop, act},
        texts::read_reason,
    },
    sheet::{Sheet, SheetField},
};
use server_fn::ServerFn;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// The address of an erasure's page.
pub(super) fn path(id: Uuid) -> String {
    format!("/privacy/{id}")
}

/// A decision, as its form names it: word of the address, icon, words.
pub(super) const DECISIONS: [(&str, &str, &str); 3] =
    [("grant", "trash-2", "Grant and erase"), ("refuse", "ban", "Refuse"), ("withdraw", "undo-2", "Withdraw")];

impl Obstacles {
    /// Why the person can't be erased now; nothing: they can.
    pub fn why_not(self) -> Option<String> {
        if self.orders > 0 {
            let orders = counts::of(self.orders, ("order is", "orders are"));
            return Some(format!("{orders} not over yet. Complete, cancel or take back first."));
        }
        (self.money > 0)
            .then(|| format!("{} on the way. Wait for it.", counts::of(self.money, ("refund is", "refunds are"))))
    }
}

/// Why this colleague can't decide so; nothing: they can.
pub(super) fn why_not(me: Uuid, erasure: &Erasure, decision: &str) -> Option<String> {
    if erasure.state != "asked" {
        return Some("this is decided already.".into());
    }
    match (decision, erasure.asked_by == me) {
        ("withdraw", false) => Some("who asked withdraws it; you can refuse it.".into()),
        ("grant" | "refuse", true) => Some("you asked for it yourself: a colleague decides.".into()),
        _ => None,
    }
}

/// The form of a decision.
pub(super) fn sheet(me: Uuid, erasure: &Erasure, decision: &str, blocked: Option<String>) -> Option<Sheet> {
    let (code, _, label) = DECISIONS.into_iter().find(|(code, ..)| *code == decision)?;
    let effects = match code {
        "grant" => vec![
            "The account closes at once and nobody can bring it back.".into(),
            "Then a job deletes or empties what the table on this page says. It can’t be undone.".into(),
            "The account is put on the list of people who are erased again after a backup was restored.".into(),
        ],
        "refuse" => vec![
            "Nothing is erased. It can be asked for again.".into(),
            format!("{} is told in the inbox.", erasure.asker),
        ],
        _ => vec!["Nothing is erased.".into()],
    };
    let fields = if code == "refuse" {
        vec![SheetField::text("reason", "Why not", 2).required().hint("For the record. Name nobody.")]
    } else {
        Vec::new()
    };
    let blocked = blocked.filter(|_| code == "grant");
    Some(Sheet {
        title: format!("{label}: {}", erasure.who),
        effects,
        to: DecideErasure::PATH.into(),
        hidden: vec![("erasure".into(), erasure.id.to_string()), ("change".into(), code.into())],
        version: Some(erasure.version),
        fields,
        submit: label.into(),
        is_danger: code == "grant",
        why_not: why_not(me, erasure, code)
            .or(blocked)
            .map(|why| format!("This can’t be done: {why}"))
            .unwrap_or_default(),
        back: path(erasure.id),
    })
}

/// The customer's row, locked until the transaction ends.
async fn lock(connection: &mut PgConnection, user: Uuid) -> Result<(), Stop> {
    let person = sqlx::query!("SELECT role, merged_into FROM users WHERE id = $1 FOR NO KEY UPDATE", user)
        .fetch_optional(connection)
        .await?
        .ok_or_else(missing)?;
    if person.role != "customer" {
        return Err(Refusal::conflict("A colleague’s account isn’t erased here. Nothing was changed.").into());
    }
    if person.merged_into.is_some() {
        let why = "This account was merged into another one. Nothing was changed: erase the person there.";
        return Err(Refusal::conflict(why).into());
    }
    Ok(())
}

async fn must_be_free(connection: &mut PgConnection, user: Uuid) -> Result<Vec<Uuid>, Stop> {
    let people =
        sqlx::query_scalar!(r#"SELECT accounts_of($1) AS "people!""#, user).fetch_one(&mut *connection).await?;
    match obstacles(connection, &people).await?.why_not() {
        Some(why) => Err(Refusal::conflict(format!("Nothing was changed: {why}")).into()),
        None => Ok(people),
    }
}

/// Asks for the erasure of a customer.
///
/// # Errors
/// [`AppError::NotFound`] when there is nobody of that id, and when the database says no; refusals are values.
pub async fn ask(ctx: &Ctx, user: Uuid, reason: &str) -> Result<Outcome, AppError> {
    let reason = match read_reason(reason) {
        Ok(reason) => reason,
        Err(refusal) => return Ok(refusal.into()),
    };
    if let Err(refusal) = ctx.freshly_proved() {
        return Ok(refusal.into());
    }
    let (me, now) = (ctx.me.id, ctx.state.clock.now());
    let outcome = act(ctx, Actor::of(ctx).because(reason.clone()), move |connection| {
        Box::pin(async move {
            lock(connection, user).await?;
            let open = sqlx::query!(
                "SELECT id, state FROM erasures WHERE user_id = $1 AND state IN ('asked', 'granted', 'done') ORDER BY id DESC LIMIT 1",
                user
            )
            .fetch_optional(&mut *connection)
            .await?;
            if let Some(open) = open {
                let message = if open.state == "asked" { "It was asked for already." } else { "It was decided already." };
                return Ok(Done { to: path(open.id), message: message.into(), reload: false });
            }
            must_be_free(connection, user).await?;
            let id = sqlx::query_scalar!(
                "INSERT INTO erasures (user_id, reason, asked_by, asked_at) VALUES ($1, $2, $3, $4) RETURNING id",
                user,
                reason,
                me,
                now
            )
            .fetch_one(&mut *connection)
            .await?;
            let deciders = others_of(connection, Right::HandlePrivacy.holders(), me).await?;
            tell(connection, &deciders, me, About::Erasure(id), now).await?;
            let message = if deciders.is_empty() {
                "You asked for it. Nobody else may decide it yet: a super admin can give a colleague the role for it."
            } else {
                "You asked for it. A colleague decides; the answer comes into your inbox."
            };
            Ok(Done { to: path(id), message: message.into(), reload: false })
        })
    })
    .await;
    ctx.state.unread.forget_all().await;
    outcome
}

/// Grants, refuses or withdraws an erasure.
///
/// # Errors
/// [`AppError::NotFound`] when there is none of that id, and when the database says no; refusals are values.
pub async fn decide(ctx: &Ctx, id: Uuid, version: i32, (decision, reason): (&str, &str)) -> Result<Outcome, AppError> {
    let Some((decision, ..)) = DECISIONS.into_iter().find(|(code, ..)| *code == decision) else {
        return Ok(Refusal::input("There is no such decision. Load the page again.").into());
    };
    let reason = if decision == "refuse" {
        match read_reason(reason) {
            Ok(reason) => reason,
            Err(refusal) => return Ok(refusal.into()),
        }
    } else {
        String::new()
    };
    if decision == "grant"
        && let Err(refusal) = ctx.freshly_proved()
    {
        return Ok(refusal.into());
    }
    let (me, now) = (ctx.me.id, ctx.state.clock.now());
    let outcome = act(ctx, Actor::of(ctx).because(reason), move |connection| {
        Box::pin(async move {
            let user = sqlx::query_scalar!("SELECT user_id FROM erasures WHERE id = $1", id)
                .fetch_optional(&mut *connection)
                .await?
                .ok_or_else(missing)?;
            lock(connection, user).await?;
            let row =
                sqlx::query!("SELECT state, asked_by, decided_by, version FROM erasures WHERE id = $1 FOR UPDATE", id)
                    .fetch_one(&mut *connection)
                    .await?;
            let done = |message: &str| Ok(Done { to: path(id), message: message.into(), reload: false });
            let wanted = match decision {
                "grant" => "granted",
                "refuse" => "refused",
                _ => "withdrawn",
            };
            if row.state == wanted || (row.state == "done" && wanted == "granted") {
                return done("It is so already.");
            }
            if row.state != "asked" || row.version != version {
                let why = "This was decided meanwhile. Nothing was changed by you: load the page again.";
                return Err(Refusal::conflict(why).into());
            }
            if (row.asked_by == me) != (decision == "withdraw") {
                let why = if decision == "withdraw" {
                    "Who asked withdraws it. Nothing was changed: you can refuse it."
                } else {
                    "You asked for it yourself. Nothing was changed: a colleague decides."
                };
                return Err(Refusal { status: 403, ..Refusal::input(why) }.into());
            }
            if decision != "withdraw" {
                tell(connection, &[row.asked_by], me, About::Erasure(id), now).await?;
            }
            if decision == "grant" {
                must_be_free(connection, user).await?;
                grant(connection, (id, user), (me, now)).await?;
                return done("Granted. The account is closed, and the job erases now.");
            }
            sqlx::query!(
                "UPDATE erasures SET state = $2, decided_by = CASE WHEN $2 = 'refused' THEN $3::uuid END, \
                 decided_at = CASE WHEN $2 = 'refused' THEN $4::timestamptz END WHERE id = $1",
                id,
                wanted,
                me,
                now
            )
            .execute(connection)
            .await?;
            done(if wanted == "refused" { "Refused. Nothing is erased." } else { "Withdrawn. Nothing is erased." })
        })
    })
    .await;
    ctx.state.unread.forget_all().await;
    outcome
}

/// Closes the person's accounts, and puts in the job that erases.
///
/// # Errors
/// When the database says no.
pub(super) async fn grant(
    connection: &mut PgConnection,
    (id, user): (Uuid, Uuid),
    (by, now): (Uuid, OffsetDateTime),
) -> Result<(), Stop> {
    sqlx::query!(
        "UPDATE users SET status = 'deleted', deleted_at = $2 WHERE id = ANY (accounts_of($1)) AND deleted_at IS NULL",
        user,
        now
    )
    .execute(&mut *connection)
    .await?;
    let job = put_job(connection, id, Some(by)).await?;
    sqlx::query!(
        "UPDATE erasures SET state = 'granted', decided_by = $2, decided_at = $3, job_id = $4 WHERE id = $1",
        id,
        by,
        now,
        job
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The job that erases, unless it waits or runs.
///
/// # Errors
/// When the database says no.
pub(super) async fn put_job(
    connection: &mut PgConnection,
    id: Uuid,
    owner: Option<Uuid>,
) -> Result<Option<Uuid>, Stop> {
    let new = New {
        kind: Erase::KIND,
        title: "Erasure of a person".into(),
        args: serde_json::json!({ "erasure": id }),
        only_one: Some(format!("{}:{id}", Erase::KIND)),
        owner,
        ..New::default()
    };
    Ok(put(connection, new).await?)
}

/// What keeps a person from being erased now, for the page.
///
/// # Errors
/// When the database says no.
pub(super) async fn blocked(ctx: &Ctx, user: Uuid) -> Result<Option<String>, AppError> {
    let people = map::person(&ctx.state.db, user).await?;
    Ok(obstacles(&ctx.state.db, &people).await?.why_not())
}
