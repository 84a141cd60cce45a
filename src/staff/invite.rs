//! Inviting people, and telling them by mail what was done about their access.

use super::{
    acts::{one_at_a_time, still_may},
    api::InvitePerson,
    store::INVITED,
};
use crate::{
    auth::{
        guard::Ctx,
        links::{self, Kind, NewLink},
        model::{Me, Right, Role},
        notice::{Notice, notice},
    },
    error::AppError,
    forms::{Done, Outcome, Refusal},
    server::{
        db::{Actor, Stop, act},
        texts::{is_email, is_line},
    },
    sheet::{Sheet, SheetField},
};
use server_fn::ServerFn;
use sqlx::PgConnection;
use uuid::Uuid;

/// Longest first or last name, as the table has it.
const LONGEST: usize = 100;

/// Who is invited, as typed.
#[derive(Debug)]
pub struct Invited {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The address that they will sign in with.
    pub email: String,
    /// Their role.
    pub role: String,
}

/// Why somebody can't invite; nothing: they can.
pub fn why_not(me: &Me) -> Option<String> {
    (!me.may(Right::ManageStaff)).then(|| format!("for these roles only: {}.", Right::ManageStaff.holder_names()))
}

/// The form.
pub fn sheet(me: &Me, back: String) -> Sheet {
    let roles = Role::STAFF.map(|role| (role.code().to_owned(), format!("{}: {}", role.label(), role.purpose())));
    Sheet {
        title: "Invite somebody".into(),
        effects: vec![
            "A mail with a link goes to the address. Whoever opens it chooses a password and can sign in.".into(),
            "The link works once and ends by itself; it can be sent again.".into(),
        ],
        to: InvitePerson::PATH.into(),
        fields: vec![
            SheetField::line("first_name", "First name", "").required(),
            SheetField::line("last_name", "Last name", "").required(),
            SheetField { kind: "email".into(), ..SheetField::line("email", "E-mail address", "") }
                .required()
                .hint("For work; no address that somebody shops with"),
            SheetField::choice("role", "Role", Role::Support.code(), roles.into()).required(),
        ],
        submit: "Invite".into(),
        why_not: why_not(me).map(|why| format!("This is {why}")).unwrap_or_default(),
        back,
        ..Sheet::default()
    }
}

/// Makes the account and sends the invitation.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn invite(ctx: &Ctx, invited: Invited) -> Result<Outcome, AppError> {
    let [first, last, email] =
        [&invited.first_name, &invited.last_name, &invited.email].map(|text| text.trim().to_owned());
    let email = email.to_lowercase();
    let role = Role::STAFF.into_iter().find(|role| role.code() == invited.role);
    let mut refusal = Refusal::input("Nobody was invited.");
    for (name, text) in [("first_name", &first), ("last_name", &last)] {
        if !is_line(text, LONGEST) {
            refusal = refusal.field(name, format!("Enter 1 to {LONGEST} characters."));
        }
    }
    if !is_email(&email) {
        refusal = refusal.field("email", "This is no e-mail address.");
    }
    let Some(role) = role else {
        return Ok(refusal.field("role", "Choose one of the roles.").into());
    };
    if let Err(refusal) = refusal.check() {
        return Ok(refusal.into());
    }
    if let Err(refusal) = ctx.freshly_proved() {
        return Ok(refusal.into());
    }
    let own = ctx.clone();
    act(ctx, Actor::of(ctx).because("Invited"), move |connection| {
        Box::pin(async move {
            one_at_a_time(connection).await?;
            still_may(connection, own.me.id, Right::ManageStaff, own.state.clock.now()).await?;
            let id = sqlx::query_scalar!(
                "INSERT INTO users (email, password_hash, first_name, last_name, role) VALUES (lower($1), $2, $3, $4, $5)
                 ON CONFLICT (email) DO NOTHING RETURNING id",
                email,
                INVITED,
                first,
                last,
                role.code()
            )
            .fetch_optional(&mut *connection)
            .await?;
            let Some(id) = id else {
                return Err(taken(connection, &email).await?);
            };
            send(connection, &own, id, &email).await?;
            let message = format!("{first} {last} is invited as {}. The mail leaves in a moment.", role.label());
            Ok(Done { to: format!("/staff/{id}"), message, reload: false })
        })
    })
    .await
}

/// Why an address can't be invited, and what to do instead. An account of a customer never becomes one of staff: their
/// orders, cart and password would come along.
async fn taken(connection: &mut PgConnection, email: &str) -> Result<Stop, Stop> {
    let row = sqlx::query!(
        r#"SELECT first_name || ' ' || last_name AS "name!", role, status FROM users WHERE email = lower($1)"#,
        email
    )
    .fetch_one(connection)
    .await?;
    let problem = match (row.role.as_str(), row.status.as_str()) {
        (_, "deleted") => "An account with this address was deleted. Use another address.".to_owned(),
        ("customer", _) => {
            "A customer shops with this address. Use one that belongs to work: staff and customers have accounts of their own."
                .to_owned()
        }
        (_, "active") => format!("{} has this address and works here already. Find them in the list.", row.name),
        _ => format!("{} has this address and is suspended. Find them in the list and reactivate them.", row.name),
    };
    Ok(Refusal::conflict("Nobody was invited.").field("email", problem).into())
}

/// Sends an invitation; one that was sent before ends.
pub async fn send(connection: &mut PgConnection, ctx: &Ctx, id: Uuid, email: &str) -> Result<(), Stop> {
    let link = NewLink { kind: Kind::Invitation, user_id: id, email: email.to_owned(), created_by: Some(ctx.me.id) };
    links::issue(connection, &ctx.state, link).await
}

/// Tells a person that their second factor was taken away.
pub async fn tell_of_reset(connection: &mut PgConnection, id: Uuid) -> Result<(), Stop> {
    notice(connection, id, Notice::SecondFactorOff).await
}

/// Tells a person that they have another role.
pub async fn tell_of_role(connection: &mut PgConnection, id: Uuid, role: Role) -> Result<(), Stop> {
    notice(connection, id, Notice::RoleChanged { role }).await
}
