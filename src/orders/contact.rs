//! Changing contact and shipping address of an order, until it is shipped. Who saves second is told what the first
//! changed; changes to different fields both stand.

use super::{
    acts::why_not_edit,
    model::NewAddress,
    service::{done, status_of},
    sight::{Sights, Value},
};
use crate::{
    auth::{guard::Ctx, model::Sight},
    error::AppError,
    forms::{Outcome, Refusal},
    server::{
        db::{Actor, Stop, act},
        since::{Change, Since, changed_since},
        texts::{is_country, is_email, is_line},
    },
    stamp::Zone,
};
use sqlx::PgConnection;
use uuid::Uuid;

/// The order as it stands, locked.
struct Locked {
    version: i32,
    status: String,
    customer_email: String,
    customer_phone: Option<String>,
}

async fn lock(connection: &mut PgConnection, ctx: &Ctx, id: Uuid) -> Result<(Locked, Sights), Stop> {
    let order = sqlx::query_as!(
        Locked,
        "SELECT version, status, customer_email, customer_phone FROM orders WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE",
        id
    )
    .fetch_optional(&mut *connection)
    .await?
    .ok_or(AppError::NotFound)?;
    let status = status_of(&order.status)?;
    if let Some(why_not) = why_not_edit(&ctx.me, status) {
        return Err(Refusal::conflict(format!("Nothing was changed: {why_not} What you typed is kept.")).into());
    }
    let revealed = sqlx::query_scalar!(
        "SELECT field FROM reveals WHERE order_id = $1 AND actor_id = $2 AND created_at > now() - interval '10 minutes'",
        id,
        ctx.me.id
    )
    .fetch_all(connection)
    .await?;
    Ok((order, Sights::new(ctx.me.role, status, &revealed)))
}

/// Says that somebody changed a value meanwhile, what it is now, and what sending again does.
fn meanwhile(change: &Change, zone: &Zone, shown: Option<&str>) -> String {
    let who = change.who.as_deref().unwrap_or("The system");
    let at = zone.stamp(change.at).short;
    match shown {
        Some("") => format!("{who} removed it at {at}. Yours is kept here; send again to set it."),
        Some(value) => {
            format!("{who} changed it to “{value}” at {at}. Yours is kept here; send again to replace theirs.")
        }
        None => format!("{who} changed it at {at}. Yours is kept here; send again to replace theirs."),
    }
}

const CONFLICT: &str = "A colleague changed the same meanwhile. Nothing was changed.";

/// What becomes of a value: mine, or theirs where I left it as I found it. Both changed it: nothing, and the change.
fn settle<'a>(since: &'a Since, column: &str, mine: String, theirs: &str) -> Result<String, &'a Change> {
    match since.of(column) {
        Some(change) if mine == change.base.as_deref().unwrap_or_default() => Ok(theirs.to_owned()),
        Some(change) if mine != theirs => Err(change),
        _ => Ok(mine),
    }
}

/// Sets e-mail address and phone number. Where they are masked for this person, an empty field keeps what is there.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn change_contact(ctx: &Ctx, id: Uuid, version: i32, email: &str, phone: &str) -> Result<Outcome, AppError> {
    let (email, phone) = (email.trim().to_lowercase(), phone.trim().to_owned());
    let (own, zone) = (ctx.clone(), ctx.zone());
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let (order, sights) = lock(connection, &own, id).await?;
            let old_phone = order.customer_phone.unwrap_or_default();
            let mut refusal = Refusal::input("The contact was not changed.");
            if email.is_empty() && sights.of(Value::Email) == Sight::Full || !email.is_empty() && !is_email(&email) {
                refusal = refusal.field("email", "This is no e-mail address.");
            }
            if !phone.is_empty() && !is_line(&phone, 20) {
                refusal = refusal.field("phone", "At most 20 characters.");
            }
            refusal.check()?;
            let since = changed_since(connection, "orders", &id.to_string(), version, order.version).await?;
            let mut conflict = Refusal { version: Some(order.version), ..Refusal::conflict(CONFLICT) };
            let mut settled = Vec::with_capacity(2);
            for (column, field, value, typed, theirs) in [
                ("customer_email", "email", Value::Email, email, &order.customer_email),
                ("customer_phone", "phone", Value::Phone, phone, &old_phone),
            ] {
                // masked and left empty: kept as it is
                let mine = if typed.is_empty() && sights.of(value) != Sight::Full { theirs.clone() } else { typed };
                match settle(&since, column, mine, theirs) {
                    Ok(text) => settled.push(text),
                    Err(change) => {
                        let shown = sights.show(value, theirs);
                        conflict = conflict.field(field, meanwhile(change, &zone, shown.as_deref()));
                    }
                }
            }
            conflict.check()?;
            if let [email, phone] = settled.as_slice()
                && (email, phone) != (&order.customer_email, &old_phone)
            {
                sqlx::query!(
                    "UPDATE orders SET customer_email = $2, customer_phone = NULLIF($3, '') WHERE id = $1",
                    id,
                    email,
                    phone
                )
                .execute(&mut *connection)
                .await?;
            }
            Ok(done(id, "Contact saved."))
        })
    })
    .await
}

impl NewAddress {
    fn trimmed(&self) -> Self {
        let trim = |text: &str| text.trim().to_owned();
        Self {
            recipient_name: trim(&self.recipient_name),
            street: trim(&self.street),
            street2: trim(&self.street2),
            postal_code: trim(&self.postal_code),
            city: trim(&self.city),
            region: trim(&self.region),
            country: self.country.trim().to_uppercase(),
        }
    }

    /// Its columns, in the order of the form.
    const fn columns(&self) -> [(&'static str, &String); 7] {
        [
            ("recipient_name", &self.recipient_name),
            ("street", &self.street),
            ("street2", &self.street2),
            ("postal_code", &self.postal_code),
            ("city", &self.city),
            ("region", &self.region),
            ("country", &self.country),
        ]
    }

    /// The same without spaces around; `what` is told when it is wrong.
    ///
    /// # Errors
    /// What is wrong, beside its field.
    pub(super) fn checked(&self, what: &str) -> Result<Self, Refusal> {
        let address = self.trimmed();
        address.check(what)?;
        Ok(address)
    }

    fn check(&self, what: &str) -> Result<(), Refusal> {
        let mut refusal = Refusal::input(what);
        for (name, text) in self.columns() {
            let (is_optional, longest) = match name {
                "street2" => (true, 200),
                "region" => (true, 100),
                "city" => (false, 100),
                "postal_code" => (false, 20),
                _ => (false, 200),
            };
            if text.is_empty() && !is_optional {
                refusal = refusal.field(name, "This is needed.");
            } else if !text.is_empty() && !is_line(text, longest) {
                refusal = refusal.field(name, format!("At most {longest} characters, on one line."));
            }
        }
        if !self.country.is_empty() && !is_country(&self.country) {
            refusal = refusal.field("country", "Two letters, as DE.");
        }
        refusal.check()
    }

    fn line(&self) -> String {
        let parts = self.columns().map(|(_, text)| text.as_str());
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// Sets the shipping address. An address is one value: two halves of two people's would lead nowhere.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn change_address(ctx: &Ctx, id: Uuid, version: i32, address: NewAddress) -> Result<Outcome, AppError> {
    let mine = match address.checked("The address was not changed.") {
        Ok(address) => address,
        Err(refusal) => return Ok(refusal.into()),
    };
    let (own, zone) = (ctx.clone(), ctx.zone());
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let (_, sights) = lock(connection, &own, id).await?;
            let now = sqlx::query!(
                "SELECT version, recipient_name, street, street2, postal_code, city, region, country FROM order_shipping WHERE order_id = $1 FOR UPDATE",
                id
            )
            .fetch_one(&mut *connection)
            .await?;
            let theirs = NewAddress {
                recipient_name: now.recipient_name,
                street: now.street,
                street2: now.street2.unwrap_or_default(),
                postal_code: now.postal_code,
                city: now.city,
                region: now.region.unwrap_or_default(),
                country: now.country,
            };
            if mine == theirs {
                return Ok(done(id, "Address saved."));
            }
            let since = changed_since(connection, "order_shipping", &id.to_string(), version, now.version).await?;
            let changes: Vec<&Change> = theirs.columns().into_iter().filter_map(|(column, _)| since.of(column)).collect();
            let was = |(column, text): (&'static str, &String)| {
                since.of(column).map_or_else(|| text.clone(), |change| change.base.clone().unwrap_or_default())
            };
            let base = theirs.columns().map(was);
            if let Some(last) = changes.iter().max_by_key(|change| change.at) {
                if mine.columns().map(|(_, text)| text.clone()) == base {
                    return Ok(done(id, "Nothing to save: the address that a colleague has set meanwhile stays."));
                }
                let shown = (sights.of(Value::ShipTo) == Sight::Full).then(|| theirs.line());
                let refusal = Refusal { version: Some(now.version), ..Refusal::conflict(CONFLICT) };
                return Err(refusal.field("recipient_name", meanwhile(last, &zone, shown.as_deref())).into());
            }
            sqlx::query!(
                "UPDATE order_shipping SET recipient_name = $2, street = $3, street2 = NULLIF($4, ''), postal_code = $5, city = $6,
                        region = NULLIF($7, ''), country = $8 WHERE order_id = $1",
                id,
                mine.recipient_name,
                mine.street,
                mine.street2,
                mine.postal_code,
                mine.city,
                mine.region,
                mine.country
            )
            .execute(&mut *connection)
            .await?;
            Ok(done(id, "Address saved."))
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_what_a_parcel_needs() {
        let address = NewAddress {
            recipient_name: " Ida Testa ".into(),
            street: "Elbe 1".into(),
            postal_code: "20457".into(),
            city: "Hamburg".into(),
            country: "de".into(),
            ..NewAddress::default()
        };
        let address = address.checked("no").unwrap();
        assert_eq!(address.line(), "Ida Testa, Elbe 1, 20457, Hamburg, DE");
        let wrong = NewAddress { city: String::new(), country: "Germany".into(), ..address };
        assert_eq!(wrong.checked("no").unwrap_err().fields.into_keys().collect::<Vec<_>>(), ["city", "country"]);
    }
}
