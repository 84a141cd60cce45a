//! The cards of a person's page, in words.

use super::{
    path,
    sight::{Sights, Value as Personal},
    store::{AddressRow, Head, MethodRow, MoneyRow, OrderRow, RevealRow, ReviewRow, Value, ViewRow, WantedRow},
};
use crate::{
    auth::model::{Role, Sight, role_name},
    cards::Card,
    error::AppError,
    list::counts,
    money::Money,
    orders::model::Status,
    server::texts::capitalised,
    stamp::Zone,
    users::standing::{role_of, status_of},
};
use rust_decimal::Decimal;
use time::OffsetDateTime;

/// Class and words of the badge beside the name.
///
/// # Errors
/// When this version doesn't know the status.
pub fn badge(head: &Head, now: OffsetDateTime) -> Result<(String, String), AppError> {
    if head.deleted_at.is_none() && head.locked_until.is_some_and(|until| until > now) {
        return Ok(("badge warn".into(), "Locked".into()));
    }
    let status = status_of(&head.status)?;
    Ok((status.badge().into(), status.label().into()))
}

/// Who it is.
///
/// # Errors
/// When this version doesn't know the role.
pub fn profile(head: &Head, sights: &Sights) -> Result<Card, AppError> {
    let role = role_of(&head.role)?;
    let personal = |card: Card, value: Personal, label: &str, text: Option<&str>| match (sights.see(value), text) {
        (Sight::Hidden, _) => card,
        (_, None | Some("")) => card.fact(label, "None"),
        (Sight::Full, Some(text)) => card.fact(label, text),
        (Sight::Masked, Some(text)) => card.masked(label, &sights.show(value, text).unwrap_or_default()),
    };
    let verified = if head.email_verified { "Yes" } else { "No" };
    let birth = head.date_of_birth.map(|day| day.to_string());
    let card = Card::new("profile", "Profile").fact("Name", &head.name());
    let card = personal(card, Personal::Email, "E-mail", Some(&head.email)).fact("E-mail confirmed", verified);
    let card = personal(card, Personal::Phone, "Phone", head.phone_number.as_deref());
    let card = personal(card, Personal::Birth, "Date of birth", birth.as_deref());
    let card = card
        .some("Country", head.country.as_deref())
        .some("Language", head.language.as_deref())
        .some("Time zone", head.time_zone.as_deref());
    let card = card.some("Tags", Some(&head.tags.join(", ")));
    Ok(if role == Role::Customer { card } else { card.fact("Works here as", role.label()) })
}

/// How the account stands.
///
/// # Errors
/// When this version doesn't know the status.
pub fn standing(head: &Head, zone: &Zone, now: OffsetDateTime) -> Result<Card, AppError> {
    let at = |at: Option<OffsetDateTime>| at.map(|at| zone.stamp(at));
    let status = status_of(&head.status)?;
    let card = Card::new("standing", "Account").fact("Status", status.label());
    let card = card.some_time("Suspended until", at(head.suspended_until).as_ref());
    let card = card.some_time("Locked until", at(head.locked_until.filter(|until| *until > now)).as_ref());
    let card = card.some_time("Deleted", at(head.deleted_at).as_ref());
    let card = match (
        head.merged_into,
        head.merges.iter().find(|merge| merge.merged_id == head.id && merge.undone_at.is_none()),
    ) {
        (Some(into), Some(merge)) => card.link("Merged into", &merge.kept, &path(into)),
        _ => card,
    };
    let card = card.time("Here since", &zone.stamp(head.created_at));
    let card = match at(head.last_login_at) {
        Some(at) => card.time("Last sign-in", &at),
        None => card.fact("Last sign-in", "Never"),
    };
    let card = card.fact("Open sessions", &head.sessions.to_string());
    let card = card.fact("Second factor", if head.has_factor { "On" } else { "Off" });
    Ok(if head.reset_due { card.fact("Password", "The shop asks for a new one") } else { card })
}

/// What the person's orders come to.
pub fn value(values: &[Value], zone: &Zone) -> Card {
    let card = Card::new("value", "Value");
    if values.is_empty() {
        return card.remark("No orders yet.");
    }
    let mut is_apart = false;
    values.iter().fold(card, |card, value| {
        let card = if is_apart { card.gap() } else { card };
        is_apart = true;
        let spent = Money::from_numeric(value.spent, &value.currency);
        let average = value.spent.checked_div(Decimal::from(value.orders)).unwrap_or_default().round_dp(2);
        let rate = match value.delivered {
            0 => "Nothing arrived yet".to_owned(),
            all => format!("{} % ({} of {all} that arrived)", percent(value.returned, all), value.returned),
        };
        card.money("Lifetime value", &spent)
            .fact("Orders", &counts::grouped(value.orders))
            .money("Average order", &Money::from_numeric(average, &value.currency))
            .fact("Returns rate", &rate)
            .time("Last order", &zone.stamp(value.last))
    })
}

/// A share of a whole, rounded to the nearest percent.
fn percent(part: i64, whole: i64) -> i64 {
    (part * 200 + whole) / (whole * 2).max(1)
}

/// Orders, newest first.
///
/// # Errors
/// When this version doesn't know a state.
pub fn orders(rows: &[OrderRow], zone: &Zone) -> Result<Card, AppError> {
    let mut card = Card::new("orders", "Orders");
    if rows.is_empty() {
        return Ok(card.remark("No orders yet."));
    }
    for row in rows {
        let status = Status::parse(&row.status)
            .ok_or_else(|| AppError::from(sqlx::Error::Decode(format!("orders.status is “{}”", row.status).into())))?;
        let remark =
            format!("{}, {}", zone.stamp(row.created_at).short, counts::of(row.item_count.into(), ("piece", "pieces")));
        let total = Money::from_numeric(row.grand_total, &row.currency).to_string();
        let to = format!("/orders/{}", row.id);
        card = card.row(&to, &row.order_number, (status.badge(), status.label()), &remark, &total);
    }
    Ok(card)
}

/// A stored word for people: `partially_refunded` is “Partially refunded”.
pub fn words(code: &str) -> String {
    capitalised(&code.replace('_', " "))
}

fn means(method: &str, brand: Option<&str>, last4: Option<&str>) -> String {
    let name = match method {
        "card" => brand.map_or_else(|| "Card".to_owned(), words),
        "paypal" => "PayPal".into(),
        "sepa" => "SEPA direct debit".into(),
        other => words(other),
    };
    last4.map_or(name.clone(), |last4| format!("{name} •••• {last4}"))
}

/// Payments and money given back.
pub fn money(rows: &[MoneyRow], zone: &Zone) -> Card {
    let card = Card::new("money", "Payments and refunds");
    if rows.is_empty() {
        return card.remark("Nothing was paid yet.");
    }
    rows.iter().fold(card, |card, row| {
        let class = match row.status.as_str() {
            "captured" | "succeeded" => "badge good",
            "failed" => "badge bad",
            "refunded" | "partially_refunded" => "badge warn",
            _ => "badge",
        };
        let what = if row.is_refund { "Refund" } else { "Payment" };
        let means = means(&row.method, row.brand.as_deref(), row.last4.as_deref());
        let remark = format!("{what} for {}, {means}, {}", row.order_number, zone.stamp(row.at).short);
        let amount =
            Money::from_numeric(if row.is_refund { -row.amount } else { row.amount }, &row.currency).to_string();
        card.row(
            &format!("/orders/{}", row.order_id),
            &row.order_number,
            (class, &words(&row.status)),
            &remark,
            &amount,
        )
    })
}

/// Reviews.
pub fn reviews(rows: &[ReviewRow], zone: &Zone) -> Card {
    let card = Card::new("reviews", "Reviews");
    if rows.is_empty() {
        return card.remark("This person has written none.");
    }
    rows.iter().fold(card, |card, row| {
        let class = match row.status.as_str() {
            "approved" => "badge good",
            "rejected" => "badge bad",
            _ => "badge warn",
        };
        let title = if row.title.is_empty() { "No title".to_owned() } else { format!("“{}”", row.title) };
        let remark = format!("{} of 5 stars. {title}", row.rating);
        card.row("", &row.product, (class, &words(&row.status)), &remark, &zone.stamp(row.at).short)
    })
}

/// Cart and wish list.
pub fn wanted(rows: &[WantedRow], zone: &Zone) -> [Card; 2] {
    let mut cart = Card::new("cart", "Cart");
    let mut wishes = Card::new("wishes", "Wish list");
    for row in rows {
        let when = zone.stamp(row.at).short;
        match row.quantity {
            Some(quantity) => {
                let sku = row.variant.as_deref().map(|sku| format!(", {sku}")).unwrap_or_default();
                let pieces = counts::of(quantity.into(), ("piece", "pieces"));
                cart = cart.row("", &row.product, ("", ""), &format!("{pieces}{sku}"), &when);
            }
            None => wishes = wishes.row("", &row.product, ("", ""), "", &when),
        }
    }
    let is = |in_cart: bool| rows.iter().any(|row| row.quantity.is_some() == in_cart);
    [if is(true) { cart } else { cart.remark("Empty.") }, if is(false) { wishes } else { wishes.remark("Empty.") }]
}

/// Addresses, as far as they are seen.
pub fn addresses(rows: &[AddressRow], sights: &Sights) -> Card {
    let mut card = Card::new("addresses", "Addresses");
    let sight = sights.see(Personal::Addresses);
    if sight == Sight::Hidden {
        return card.remark("Addresses aren't shown to your role.");
    }
    if rows.is_empty() {
        return card.remark("None.");
    }
    let mut is_apart = false;
    for row in rows {
        if is_apart {
            card = card.gap();
        }
        is_apart = true;
        let uses = match (row.is_default_shipping, row.is_default_billing) {
            (true, true) => ", for parcels and bills",
            (true, false) => ", for parcels",
            (false, true) => ", for bills",
            (false, false) => "",
        };
        card = card.fact("Kind", &format!("{}{uses}", words(&row.kind)));
        card = if sight == Sight::Full {
            let city = format!("{} {}", row.postal_code, row.city);
            let lines = [
                Some(row.recipient_name.clone()),
                Some(row.street.clone()),
                row.street2.clone(),
                Some(city),
                row.region.clone(),
                Some(row.country.clone()),
            ];
            card.address(lines.into_iter().flatten().filter(|line| !line.is_empty()).collect())
        } else {
            card.masked("Place", &format!("{}, {}", row.city, row.country))
        };
    }
    card
}

/// Ways to pay: brand, last four digits, expiry; there is no more.
pub fn methods(rows: &[MethodRow]) -> Card {
    let card = Card::new("methods", "Payment methods");
    if rows.is_empty() {
        return card.remark("None.");
    }
    rows.iter().fold(card, |card, row| {
        let end = row.month.zip(row.year).map(|(month, year)| format!("until {month:02}/{year}")).unwrap_or_default();
        let badge = if row.is_default { ("badge info", "Default") } else { ("", "") };
        card.row("", &means(&row.method, row.brand.as_deref(), row.last4.as_deref()), badge, "", &end)
    })
}

/// Who opened the page of this person.
pub fn views(rows: &[ViewRow], zone: &Zone) -> Card {
    let card = Card::new("views", "Who looked at this page");
    if rows.is_empty() {
        return card.remark("Nobody so far.");
    }
    rows.iter()
        .fold(card, |card, row| card.row("", &row.who, ("", ""), role_name(&row.role), &zone.stamp(row.at).short))
}

/// Who saw masked values of this person.
pub fn reveals(rows: &[RevealRow], zone: &Zone) -> Card {
    let card = Card::new("reveals", "Who saw masked values");
    if rows.is_empty() {
        return card.remark("Nobody so far.");
    }
    rows.iter().fold(card, |card, row| {
        let what = match row.field.as_str() {
            "ship_to" => "shipping address",
            "bill_to" => "billing address",
            code => Personal::parse(code).map_or(code, |value| value.label()),
        };
        let to = row.order_id.map(|id| format!("/orders/{id}")).unwrap_or_default();
        let place = if to.is_empty() { "here" } else { "on an order" };
        let remark = format!("The {what}, {place}: “{}”", row.reason);
        card.row(&to, &row.who, ("", ""), &remark, &zone.stamp(row.at).short)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_words_and_shares_are_told() {
        assert_eq!(words("partially_refunded"), "Partially refunded");
        assert_eq!(means("card", Some("visa"), Some("4242")), "Visa •••• 4242");
        assert_eq!(means("sepa", None, None), "SEPA direct debit");
        assert_eq!([percent(1, 3), percent(2, 3), percent(0, 5), percent(5, 5)], [33, 67, 0, 100]);
    }
}
