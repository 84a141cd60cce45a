//! `techally demo-traffic`: customers of the demo shop who order through `POST /api/orders`, so that it lives.

use super::checkout::{NewAddress, NewCustomer, NewItem, NewOrder, ShippingMethod};
use crate::server::{config::Config, db};
use clap::Args;
use secrecy::ExposeSecret;
use sqlx::PgPool;
use std::{error::Error, time::Duration};
use uuid::Uuid;

/// How customers behave.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Orders a minute, on average
    #[arg(long, default_value_t = 6)]
    per_minute: u32,
    /// Stop after so many orders; 0 goes on until stopped
    #[arg(long, default_value_t = 0)]
    count: u64,
    /// Address of the server; by default `PUBLIC_URL`
    #[arg(long)]
    url: Option<String>,
}

/// Plays customers until `count` orders were placed.
///
/// # Errors
/// When there is no key or no shop to order from, or the server can't be reached.
pub async fn run(config: &Config, options: Options) -> Result<(), Box<dyn Error>> {
    let key = config.checkout_api_keys.first().ok_or("CHECKOUT_API_KEYS has no key to order with")?;
    let url = format!("{}/api/orders", options.url.as_deref().unwrap_or(&config.public_url).trim_end_matches('/'));
    let db = db::pool(&config.database_url, 2, 0, config.database_wait)?;
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
    let mut placed = 0;
    while options.count == 0 || placed < options.count {
        let order = compose(&db).await?;
        let idempotency_key = Uuid::new_v4().to_string();
        // one in ten loses the answer and asks again: it must be the same order
        let tries = if fastrand::u8(..10) == 0 { 2 } else { 1 };
        for _ in 0..tries {
            let response = client
                .post(&url)
                .bearer_auth(key.expose_secret())
                .header("idempotency-key", &idempotency_key)
                .json(&order)
                .send()
                .await?;
            let status = response.status();
            let answer: serde_json::Value = response.json().await?;
            println!("{status} {}", answer.get("order_number").or_else(|| answer.get("detail")).unwrap_or(&answer));
        }
        placed += 1;
        if options.count == 0 || placed < options.count {
            tokio::time::sleep(pause(options.per_minute)).await;
        }
    }
    Ok(())
}

/// Between half and one and a half times the average.
fn pause(per_minute: u32) -> Duration {
    let average = Duration::from_mins(1) / per_minute.max(1);
    average / 2 + average.mul_f64(fastrand::f64())
}

/// A customer of the shop with a basket of things that are in stock.
async fn compose(db: &PgPool) -> Result<NewOrder, Box<dyn Error>> {
    let who = sqlx::query!(
        r#"SELECT u.email, u.first_name, u.last_name, u.phone_number, a.recipient_name, a.street, a.street2, a.postal_code,
                  a.city, a.region, a.country
           FROM users u JOIN addresses a ON a.user_id = u.id
           WHERE u.role = 'customer' AND u.status = 'active' AND u.deleted_at IS NULL AND u.id >= gen_random_uuid()
           ORDER BY u.id LIMIT 1"#
    )
    .fetch_optional(db)
    .await?
    .ok_or("the shop has no customers; load the demo data first")?;
    let lines = i64::from(fastrand::u8(1..=3));
    let items = sqlx::query!(
        r#"SELECT COALESCE(v.sku, p.sku) AS "sku!", least(i.quantity_available, 2) AS "most!"
           FROM inventory i
           JOIN products p ON p.id = i.product_id AND p.is_published AND p.deleted_at IS NULL
           LEFT JOIN product_variants v ON v.id = i.variant_id
           WHERE i.quantity_available > 0 AND i.id >= gen_random_uuid()
           ORDER BY i.id LIMIT $1"#,
        lines
    )
    .fetch_all(db)
    .await?;
    let mut basket: Vec<NewItem> = Vec::new();
    for item in items {
        if basket.iter().all(|other| other.sku != item.sku) {
            basket.push(NewItem { sku: item.sku, quantity: fastrand::i32(1..=item.most.max(1)) });
        }
    }
    Ok(NewOrder {
        customer: NewCustomer {
            email: who.email,
            first_name: who.first_name,
            last_name: who.last_name,
            phone: who.phone_number,
        },
        items: basket,
        shipping_method: if fastrand::u8(..5) == 0 { ShippingMethod::Express } else { ShippingMethod::Standard },
        shipping_address: NewAddress {
            recipient_name: who.recipient_name,
            street: who.street,
            street2: who.street2,
            postal_code: who.postal_code,
            city: who.city,
            region: who.region,
            country: who.country,
        },
        billing_address: None,
    })
}
