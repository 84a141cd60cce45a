//! What a colleague sees of a person's data on their page: by role, and for ten minutes what they revealed for a reason.

use super::{path, store::Head};
use crate::{
    auth::{
        guard::Ctx,
        model::{Me, Right, Role, Sight, address_sight, contact_sight, mask_email, mask_phone},
    },
    error::AppError,
    forms::{Outcome, Refusal},
    users::reveal::{self, Seen},
};
use uuid::Uuid;

/// A value that may be masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    Email,
    Phone,
    Birth,
    Addresses,
}

impl Value {
    pub const ALL: [Self; 4] = [Self::Email, Self::Phone, Self::Birth, Self::Addresses];

    /// As stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Birth => "birth",
            Self::Addresses => "addresses",
        }
    }

    /// For people, in a sentence.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Email => "e-mail address",
            Self::Phone => "phone number",
            Self::Birth => "date of birth",
            Self::Addresses => "addresses",
        }
    }

    /// From its stored form.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|value| value.code() == code)
    }
}

/// What one colleague sees of each value.
#[derive(Clone, Debug)]
pub struct Sights {
    role: Role,
    revealed: Vec<String>,
}

impl Sights {
    /// Of the person on the page.
    pub fn of(ctx: &Ctx, head: &Head) -> Self {
        Self { role: ctx.me.role, revealed: head.revealed.clone() }
    }

    /// Of one value.
    pub fn see(&self, value: Value) -> Sight {
        let sight = by_role(self.role, value);
        if sight == Sight::Masked && self.revealed.iter().any(|code| code == value.code()) {
            Sight::Full
        } else {
            sight
        }
    }

    /// A value as this colleague sees it; nothing when it is hidden.
    pub fn show(&self, value: Value, text: &str) -> Option<String> {
        match (self.see(value), value) {
            (Sight::Full, _) => Some(text.to_owned()),
            (Sight::Masked, Value::Email) => Some(mask_email(text)),
            (Sight::Masked, Value::Phone) => Some(mask_phone(text)),
            (Sight::Masked, Value::Birth) => Some("••••-••-••".into()),
            (Sight::Masked, Value::Addresses) | (Sight::Hidden, _) => None,
        }
    }
}

const fn by_role(role: Role, value: Value) -> Sight {
    match value {
        Value::Email | Value::Phone | Value::Birth => contact_sight(role),
        Value::Addresses => address_sight(role, false),
    }
}

/// Why a value can't be revealed to this colleague; nothing: it can.
pub fn why_not_reveal(value: Value, me: &Me) -> Option<String> {
    reveal::why_not(by_role(me.role, value), value.label(), me)
}

/// Lets a colleague see one masked value of a person for ten minutes, and records why.
///
/// # Errors
/// When nobody of that id is there, and when the database says no; refusals are values.
pub async fn reveal(ctx: &Ctx, id: Uuid, code: &str, reason: &str) -> Result<Outcome, AppError> {
    let Some(value) = Value::parse(code) else {
        return Ok(Refusal::input("There is no such value to reveal. Load the page again.").into());
    };
    if let Some(why_not) = why_not_reveal(value, &ctx.me) {
        return Ok(Refusal { status: 403, ..Refusal::input(why_not) }.into());
    }
    let with_staff = ctx.me.may(Right::ReadStaff);
    let seen = Seen { field: value.code(), label: value.label(), to: path(id) };
    reveal::reveal(ctx, seen, reason, move |connection| {
        Box::pin(async move {
            let role =
                sqlx::query_scalar!("SELECT role FROM users WHERE id = $1", id).fetch_optional(connection).await?;
            match role {
                Some(role) if role == Role::Customer.code() || with_staff => Ok((id, None)),
                _ => Err(AppError::NotFound.into()),
            }
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_revealed_is_seen_where_it_was_masked_and_nowhere_else() {
        let sights = |role| Sights { role, revealed: vec!["phone".into()] };
        let support = sights(Role::Support);
        assert_eq!(support.show(Value::Phone, "+49 40 5550218").as_deref(), Some("+49 40 5550218"));
        assert_ne!(support.show(Value::Email, "owen@mail.example").as_deref(), Some("owen@mail.example"));
        assert_eq!(support.show(Value::Birth, "1990-02-03").as_deref(), Some("••••-••-••"));
        assert_eq!(support.see(Value::Addresses), Sight::Masked);
        assert_eq!(sights(Role::Admin).see(Value::Birth), Sight::Full);
        assert_eq!(sights(Role::WarehouseManager).show(Value::Phone, "+49 40 5550218"), None, "hidden stays hidden");
    }
}
