//! What a person sees of the customer's data on an order: by role, and for some minutes what they revealed for a reason.

use super::{acts, model::Status, service::status_of};
use crate::{
    auth::{
        guard::Ctx,
        model::{Role, Sight, address_sight, contact_sight, mask_email, mask_phone},
    },
    error::AppError,
    forms::{Outcome, Refusal},
    users::reveal::{self, Seen},
};
use uuid::Uuid;

/// A value that may be masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// The e-mail address.
    Email,
    /// The phone number.
    Phone,
    /// Where it goes.
    ShipTo,
    /// Who gets the bill.
    BillTo,
}

impl Value {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Email, Self::Phone, Self::ShipTo, Self::BillTo];

    /// As stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::ShipTo => "ship_to",
            Self::BillTo => "bill_to",
        }
    }

    /// For people, in a sentence.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Email => "e-mail address",
            Self::Phone => "phone number",
            Self::ShipTo => "shipping address",
            Self::BillTo => "billing address",
        }
    }

    /// From its stored form.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|value| value.code() == code)
    }
}

/// What one person sees of each value.
#[derive(Clone, Copy, Debug)]
pub struct Sights([Sight; 4]);

impl Sights {
    /// By role and state, and by what the person revealed.
    pub fn new(role: Role, status: Status, revealed: &[String]) -> Self {
        Self(Value::ALL.map(|value| {
            let sight = match value {
                Value::Email | Value::Phone => contact_sight(role),
                Value::ShipTo => address_sight(role, status.is_to_ship()),
                Value::BillTo => address_sight(role, false),
            };
            if sight == Sight::Masked && revealed.iter().any(|code| code == value.code()) { Sight::Full } else { sight }
        }))
    }

    /// Of one value.
    pub const fn of(self, value: Value) -> Sight {
        self.0[value as usize]
    }

    /// A value as this person sees it; nothing when it is hidden. Addresses aren't masked in a word: empty.
    pub fn show(self, value: Value, text: &str) -> Option<String> {
        match (self.of(value), value) {
            (Sight::Full, _) => Some(text.to_owned()),
            (Sight::Masked, Value::Email) => Some(mask_email(text)),
            (Sight::Masked, Value::Phone) => Some(mask_phone(text)),
            (Sight::Masked | Sight::Hidden, _) => None,
        }
    }
}

/// Lets a person see one masked value of an order's customer for ten minutes, and records why.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn reveal(ctx: &Ctx, id: Uuid, code: &str, reason: &str) -> Result<Outcome, AppError> {
    let Some(value) = Value::parse(code) else {
        return Ok(Refusal::input("There is no such value to reveal. Load the page again.").into());
    };
    let me = ctx.me.clone();
    let seen = Seen { field: value.code(), label: value.label(), to: format!("/orders/{id}") };
    reveal::reveal(ctx, seen, reason, move |connection| {
        Box::pin(async move {
            let order = sqlx::query!("SELECT user_id, status FROM orders WHERE id = $1 AND deleted_at IS NULL", id)
                .fetch_optional(connection)
                .await?
                .ok_or(AppError::NotFound)?;
            let status = status_of(&order.status)?;
            if let Some(why_not) = acts::why_not_reveal(value, &me, status) {
                return Err(Refusal { status: 403, ..Refusal::input(why_not) }.into());
            }
            Ok((order.user_id, Some(id)))
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_revealed_is_seen_where_it_was_masked_and_nowhere_else() {
        let revealed = vec!["email".to_owned()];
        let support = Sights::new(Role::Support, Status::Pending, &revealed);
        assert_eq!(support.show(Value::Email, "owen@mail.example").as_deref(), Some("owen@mail.example"));
        assert_eq!(support.show(Value::Phone, "+49 40 5550218").as_deref(), Some("•••• ••• 218"));
        assert_eq!(support.of(Value::ShipTo), Sight::Masked);
        let floor = Sights::new(Role::WarehouseManager, Status::Pending, &revealed);
        assert_eq!(floor.show(Value::Email, "owen@mail.example"), None, "hidden stays hidden");
    }
}
