//! Reading and changing the settings.

use super::model::{Shop, ShopSettings};
use crate::{
    auth::{guard::Ctx, model::Right},
    error::AppError,
    forms::{Done, Outcome, Refusal},
    server::{
        db::{Actor, act},
        texts::{is_country, is_line},
    },
};
use sqlx::PgPool;

/// Fields of the form: name, words for people, most characters, whether it may be empty.
const FIELDS: [(&str, usize, bool); 11] = [
    ("company", 200, false),
    ("street", 200, true),
    ("postal_code", 20, true),
    ("city", 100, true),
    ("country", 2, true),
    ("vat_id", 30, true),
    ("register", 200, true),
    ("email", 255, true),
    ("phone", 30, true),
    ("iban", 42, true),
    ("bank", 100, true),
];

/// Longest time without a second factor, in days, as the table has it.
const MOST_DAYS: i32 = 365;

/// The company on what is printed, with the row's version.
///
/// # Errors
/// When the database says no.
pub async fn shop(db: &PgPool) -> Result<(Shop, i32), AppError> {
    let row = sqlx::query!(
        "SELECT company, street, postal_code, city, country, vat_id, register, email, phone, iban, bank, paper, version FROM shop_settings"
    )
    .fetch_one(db)
    .await?;
    let shop = Shop {
        company: row.company,
        street: row.street,
        postal_code: row.postal_code,
        city: row.city,
        country: row.country,
        vat_id: row.vat_id,
        register: row.register,
        email: row.email,
        phone: row.phone,
        iban: row.iban,
        bank: row.bank,
        paper: row.paper,
    };
    Ok((shop, row.version))
}

/// The settings, and whether this person may change them.
///
/// # Errors
/// When the database says no.
pub async fn settings(ctx: &Ctx) -> Result<ShopSettings, AppError> {
    let (shop, version) = shop(&ctx.state.db).await?;
    let days =
        sqlx::query_scalar!("SELECT second_factor_grace_days FROM shop_settings").fetch_one(&ctx.state.db).await?;
    let why_not = if ctx.me.may(Right::EditSettings) {
        String::new()
    } else {
        format!("Only these roles can change this: {}.", Right::EditSettings.holder_names())
    };
    let second_factor_days = days.map(|days| days.to_string()).unwrap_or_default();
    Ok(ShopSettings { shop, second_factor_days, version, why_not })
}

fn trimmed(shop: &Shop) -> Shop {
    let trim = |text: &str| text.trim().to_owned();
    Shop {
        company: trim(&shop.company),
        street: trim(&shop.street),
        postal_code: trim(&shop.postal_code),
        city: trim(&shop.city),
        country: shop.country.trim().to_uppercase(),
        vat_id: trim(&shop.vat_id),
        register: trim(&shop.register),
        email: trim(&shop.email),
        phone: trim(&shop.phone),
        iban: shop.iban.split_whitespace().collect::<String>().to_uppercase(),
        bank: trim(&shop.bank),
        paper: shop.paper.clone(),
    }
}

/// Days as typed; nothing for never.
fn read_days(text: &str) -> Result<Option<i32>, &'static str> {
    let is_number = text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        _ if text.is_empty() => Ok(None),
        Ok(days) if is_number && days <= MOST_DAYS => Ok(Some(days)),
        _ => Err("A number of days from 0 to 365; leave it empty for never."),
    }
}

fn check(shop: &Shop, days: Result<Option<i32>, &'static str>) -> Result<(), Refusal> {
    let mut refusal = Refusal::input("The settings were not changed.");
    if let Err(problem) = days {
        refusal = refusal.field("second_factor_days", problem);
    }
    let texts = [
        &shop.company,
        &shop.street,
        &shop.postal_code,
        &shop.city,
        &shop.country,
        &shop.vat_id,
        &shop.register,
        &shop.email,
        &shop.phone,
        &shop.iban,
        &shop.bank,
    ];
    for ((name, longest, is_optional), text) in FIELDS.into_iter().zip(texts) {
        if text.is_empty() && !is_optional {
            refusal = refusal.field(name, "This is needed.");
        } else if !text.is_empty() && !is_line(text, longest) {
            refusal = refusal.field(name, format!("At most {longest} characters, on one line."));
        }
    }
    if !shop.country.is_empty() && !is_country(&shop.country) {
        refusal = refusal.field("country", "Two letters, as DE.");
    }
    if !shop.iban.is_empty() && !is_iban(&shop.iban) {
        refusal = refusal.field("iban", "This is no IBAN: check its digits.");
    }
    if !["a4", "letter"].contains(&shop.paper.as_str()) {
        refusal = refusal.field("paper", "Choose one of the two.");
    }
    refusal.check()
}

/// Whether the check digits of an IBAN are right (ISO 13616: the number, turned round, leaves 1 by 97).
fn is_iban(text: &str) -> bool {
    if !(15..=34).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let (head, tail) = text.split_at(4);
    let rest = tail.chars().chain(head.chars()).fold(0_u32, |rest, c| {
        let value = c.to_digit(36).unwrap_or_default();
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    });
    rest == 1
}

/// Changes the company on what is printed, and after how many days a second factor is required.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn save(ctx: &Ctx, version: i32, days: &str, shop: Shop) -> Result<Outcome, AppError> {
    let shop = trimmed(&shop);
    let days = read_days(days.trim());
    if let Err(refusal) = check(&shop, days) {
        return Ok(refusal.into());
    }
    // where customers pay to, and who must have a second factor
    if let Err(refusal) = ctx.freshly_proved() {
        return Ok(refusal.into());
    }
    let days = days.unwrap_or_default();
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let now = sqlx::query_scalar!("SELECT version FROM shop_settings FOR UPDATE").fetch_one(&mut *connection).await?;
            if now != version {
                let message = "Somebody changed the settings meanwhile. Nothing was changed; look at theirs in another tab, then send again to replace them.";
                return Err(Refusal { version: Some(now), ..Refusal::conflict(message) }.into());
            }
            sqlx::query!(
                "UPDATE shop_settings SET company = $1, street = $2, postal_code = $3, city = $4, country = $5, vat_id = $6,
                        register = $7, email = $8, phone = $9, iban = $10, bank = $11, paper = $12, second_factor_grace_days = $13",
                shop.company,
                shop.street,
                shop.postal_code,
                shop.city,
                shop.country,
                shop.vat_id,
                shop.register,
                shop.email,
                shop.phone,
                shop.iban,
                shop.bank,
                shop.paper,
                days
            )
            .execute(&mut *connection)
            .await?;
            Ok(Done { to: "/settings".into(), message: "Settings saved.".into(), reload: false })
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iban_has_the_right_check_digits() {
        assert!(is_iban("DE89370400440532013000"));
        assert!(is_iban("GB29NWBK60161331926819"));
        for wrong in ["DE88370400440532013000", "DE", "", "DE89 3704", "ÄÖ89370400440532013000"] {
            assert!(!is_iban(wrong), "{wrong}");
        }
    }

    #[test]
    fn days_are_a_number_or_never() {
        assert_eq!((read_days(""), read_days("0"), read_days("365")), (Ok(None), Ok(Some(0)), Ok(Some(365))));
        for wrong in ["366", "-1", "+1", "1.5", "never", "00001"] {
            assert!(read_days(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_company_needs_a_name_and_a_paper() {
        let shop = Shop { paper: "b5".into(), country: "Germany".into(), ..Shop::default() };
        let refusal = check(&shop, Ok(None)).unwrap_err();
        assert_eq!(refusal.fields.into_keys().collect::<Vec<_>>(), ["company", "country", "paper"]);
    }
}
