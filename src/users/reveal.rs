//! Seeing a masked value for a reason: recorded, for ten minutes, and so many in an hour as the norm says. Who wants more
//! asks a colleague for the right; those who can grant it are told.

use crate::{
    auth::{
        guard::Ctx,
        model::{Me, Right, Role, Sight},
    },
    error::AppError,
    forms::{Done, Outcome, Refusal},
    server::{
        db::{Actor, Stop, Work, act, code, transact},
        texts::is_line,
    },
    sheet::{Sheet, SheetField},
};
use sqlx::PgConnection;
use uuid::Uuid;

/// What is seen: as `reveals.field` has it, in words, and the page that it is seen on.
#[derive(Debug)]
pub struct Seen {
    pub field: &'static str,
    pub label: &'static str,
    pub to: String,
}

/// Why a value that the role sees so can't be revealed; nothing: it can.
#[must_use]
pub fn why_not(sight: Sight, label: &str, me: &Me) -> Option<String> {
    match sight {
        Sight::Full => Some(format!("You see the {label} anyway.")),
        Sight::Hidden => Some(format!("The {label} isn't shown to your role.")),
        Sight::Masked if !me.may(Right::RevealData) => {
            Some(format!("For these roles only: {}.", Right::RevealData.holder_names()))
        }
        Sight::Masked => None,
    }
}

/// The form; where it is sent to, the row that it is about and the way back are its page's.
#[must_use]
pub fn sheet((code, label): (&str, &str), effects: [&str; 2], why_not: Option<String>) -> Sheet {
    Sheet {
        title: format!("Reveal the {label}"),
        effects: effects.map(str::to_owned).into(),
        hidden: vec![("reveal".into(), code.into())],
        fields: vec![
            SheetField::text("reason", "Why you need it", 2)
                .required()
                .hint("Without names, as “calls back about a missing parcel”"),
        ],
        submit: "Reveal".into(),
        why_not: why_not.unwrap_or_default(),
        ..Sheet::default()
    }
}

/// The state that the table's guard answers with beyond the norm.
const BEYOND: &str = "TA008";

/// Records that the caller sees a value. `whose` looks in the transaction whether they may, and says whose it is and on which
/// order.
///
/// # Errors
/// As `whose`, and when the database says no; refusals are values.
pub async fn reveal<F>(ctx: &Ctx, seen: Seen, reason: &str, whose: F) -> Result<Outcome, AppError>
where
    F: for<'c> FnOnce(&'c mut PgConnection) -> Work<'c, (Uuid, Option<Uuid>)> + Send + 'static,
{
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    if reason.chars().count() < 3 || !is_line(&reason, 300) {
        let problem = "Say in 3 to 300 characters why you need it, as “calls back about a missing parcel”.";
        return Ok(Refusal::input("Nothing was revealed.").field("reason", problem).into());
    }
    let (me, request) = (ctx.me.id, ctx.request_id.clone());
    let outcome = act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let (user_id, order_id) = whose(&mut *connection).await?;
            let kept = sqlx::query!(
                "INSERT INTO reveals (actor_id, user_id, order_id, field, reason, request_id) VALUES ($1, $2, $3, $4, $5, $6)",
                me,
                user_id,
                order_id,
                seen.field,
                reason,
                request
            )
            .execute(connection)
            .await;
            match kept {
                Err(error) if code(&error).as_deref() == Some(BEYOND) => {
                    Err(beyond().into())
                }
                Err(error) => Err(error.into()),
                Ok(_) => {
                    let message = format!("You see the {} for ten minutes. That is recorded.", seen.label);
                    Ok(Done { to: seen.to, message, reload: false })
                }
            }
        })
    })
    .await?;
    if matches!(&outcome, Outcome::Refused(refusal) if refusal.status == 429) {
        alert(ctx).await;
    }
    Ok(outcome)
}

fn beyond() -> Refusal {
    Refusal {
        status: 429,
        ..Refusal::input(format!(
            "You looked at as many masked values in the last hour as the norm allows. Nothing was revealed, and the admins are \
             told. If you need more, ask for the right “{}” on the page “Roles and rights”: a colleague grants it.",
            Right::RevealMore.label()
        ))
    }
}

/// Tells those who can grant more, once an hour for each person.
async fn alert(ctx: &Ctx) {
    tracing::warn!(actor = %ctx.me.id, request_id = ctx.request_id, "more masked values than the norm");
    let me = ctx.me.id;
    let roles: Vec<String> = Right::GrantRights.holders().iter().copied().map(Role::code).map(str::to_owned).collect();
    let told = transact(&ctx.state.db, Actor::system("reveals", "More masked values than the norm"), move |connection| {
        Box::pin(async move {
            // of several refusals at the same moment one tells
            sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('techally:norm:' || $1::uuid, 0))", me)
                .execute(&mut *connection)
                .await?;
            sqlx::query!(
                "INSERT INTO inbox_items (user_id, kind, from_id)
                 SELECT u.id, 'norm', $1 FROM users u
                 WHERE u.role = ANY ($2) AND u.status = 'active' AND u.deleted_at IS NULL AND u.id <> $1
                   AND NOT EXISTS (SELECT 1 FROM inbox_items i WHERE i.user_id = u.id AND i.kind = 'norm' AND i.from_id = $1
                                   AND i.created_at > now() - interval '1 hour')",
                me,
                &roles
            )
            .execute(connection)
            .await?;
            Ok::<_, Stop>(())
        })
    })
    .await;
    if let Err(stop) = told {
        tracing::warn!(?stop, "nobody was told of a person beyond the norm");
    }
}
