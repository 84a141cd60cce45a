//! `POST /api/orders`: a storefront's checkout. Creates a PENDING order that holds its stock until it is paid
//! or the hold ends.
//!
//! Prices, tax and totals are ours: the request names articles and quantities only. The same idempotency key
//! with the same body is the same order, however often and however parallel it comes.
//!
//! Files: here the endpoint and its words (documented at `/api/openapi.json`) · `checkout/place` the transaction.

mod place;

use crate::server::{
    db::Stop,
    state::AppState,
    texts::{is_country, is_email, is_line},
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

/// The routes of the checkout.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/orders", post(create))
        .route("/api/openapi.json", get(async || Json(Documentation::openapi())))
}

#[derive(OpenApi)]
#[openapi(
    info(title = "TechAlly checkout", description = "What a storefront calls to place an order."),
    paths(create),
    components(schemas(NewOrder, NewCustomer, NewItem, NewAddress, ShippingMethod, Placed, Problem)),
    modifiers(&KeyInHeader)
)]
struct Documentation;

struct KeyInHeader;

impl utoipa::Modify for KeyInHeader {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
}

/// An order to place.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// Who buys; an address that is new becomes a customer without a password.
    pub customer: NewCustomer,
    /// What: 1 to 100 lines, each article once.
    pub items: Vec<NewItem>,
    /// How it goes.
    #[serde(default)]
    pub shipping_method: ShippingMethod,
    /// Where it goes.
    pub shipping_address: NewAddress,
    /// Who gets the bill, when it isn't the shipping address.
    #[serde(default)]
    pub billing_address: Option<NewAddress>,
}

/// A buyer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// E-mail address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Phone number.
    #[serde(default)]
    pub phone: Option<String>,
}

/// An article and how many of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewItem {
    /// Stock keeping unit of a product or variant.
    pub sku: String,
    /// 1 to 999 pieces.
    pub quantity: i32,
}

/// A postal address.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAddress {
    /// Name on the door.
    pub recipient_name: String,
    /// Street and number.
    pub street: String,
    /// Second line.
    #[serde(default)]
    pub street2: Option<String>,
    /// Postal code.
    pub postal_code: String,
    /// City.
    pub city: String,
    /// State or province, where addresses have one.
    #[serde(default)]
    pub region: Option<String>,
    /// ISO 3166 code of two letters.
    pub country: String,
}

/// How an order goes.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ShippingMethod {
    /// 4.90 EUR, free from 75.00 EUR.
    #[default]
    Standard,
    /// 12.90 EUR.
    Express,
}

/// The order as it was placed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Placed {
    /// Its id.
    pub id: Uuid,
    /// Its number, for people.
    pub order_number: String,
    /// PENDING.
    pub status: String,
    /// ISO 4217.
    pub currency: String,
    /// Lines, in cents.
    pub subtotal_minor: i64,
    /// Carriage, in cents.
    pub shipping_minor: i64,
    /// VAT inside the prices, in cents.
    pub tax_minor: i64,
    /// To pay, in cents.
    pub total_minor: i64,
    /// Until when the stock is held, RFC 3339.
    pub hold_expires_at: String,
}

/// Why a request was refused (RFC 9457).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// Errors by field, with its path: `items[0].quantity`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub errors: BTreeMap<String, String>,
}

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status: status.as_u16(), detail: detail.into(), errors: BTreeMap::new() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

/// Place an order.
#[utoipa::path(
    post,
    path = "/api/orders",
    request_body = NewOrder,
    params(("Idempotency-Key" = String, Header, description = "1 to 255 characters; one for each order that is meant")),
    security(("key" = [])),
    responses(
        (status = 201, description = "Placed; or placed before by this key and body", body = Placed),
        (status = 400, description = "No JSON of this shape, or no idempotency key", body = Problem),
        (status = 401, description = "No key that we know", body = Problem),
        (status = 409, description = "Not enough stock, or the customer can't order", body = Problem),
        (status = 422, description = "A field can't be taken, or the key was used for another order", body = Problem),
    )
)]
async fn create(State(state): State<AppState>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let client = client(&state, &headers)
        .ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "Send a key that we know: Authorization: Bearer …"))?;
    let key = headers
        .get("idempotency-key")
        .and_then(|value| value.to_str().ok())
        .filter(|key| !key.is_empty() && key.len() <= 255)
        .ok_or_else(|| {
            Problem::new(StatusCode::BAD_REQUEST, "Send an Idempotency-Key of 1 to 255 visible characters.")
        })?
        .to_owned();
    let order: NewOrder = serde_json::from_slice(&body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("This is not an order: {error}")))?;
    check(&order)?;
    let request = place::Request {
        client,
        key,
        hash: Sha256::digest(&body).to_vec(),
        order,
        hold_until: OffsetDateTime::now_utc() + state.config.order_hold,
        trace: headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or("none").to_owned(),
    };
    match place::place(&state, request).await {
        Ok(place::Answer::Placed(placed)) => Ok((StatusCode::CREATED, Json(placed)).into_response()),
        Ok(place::Answer::KeyTaken) => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This Idempotency-Key was used for another order. Use a new key for a new order.",
        )),
        Err(Stop::Refused(refusal)) => {
            Err(Problem { status: refusal.status, detail: refusal.message, errors: refusal.fields })
        }
        Err(Stop::Database(sqlx::Error::PoolTimedOut)) => {
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Busy. Repeat the request with the same key."))
        }
        Err(error) => {
            tracing::error!(?error, "checkout");
            Err(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong. Repeat the request with the same key.",
            ))
        }
    }
}

/// Which key this is, as a name that may be stored and logged.
fn client(state: &AppState, headers: &HeaderMap) -> Option<String> {
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    let given = Sha256::digest(given.as_bytes());
    // digests are compared: the time it takes tells nothing about a key
    let known =
        state.config.checkout_api_keys.iter().any(|key| Sha256::digest(key.expose_secret().as_bytes()) == given);
    let name = given.iter().take(8).fold(0_u64, |name, byte| (name << 8) | u64::from(*byte));
    known.then(|| format!("{name:016x}"))
}

/// What can be said about an order without the database: every bad field at once.
fn check(order: &NewOrder) -> Result<(), Problem> {
    let mut errors = BTreeMap::new();
    check_customer(&order.customer, &mut errors);
    check_address("shipping_address", &order.shipping_address, &mut errors);
    if let Some(address) = &order.billing_address {
        check_address("billing_address", address, &mut errors);
    }
    check_items(&order.items, &mut errors);
    if errors.is_empty() {
        return Ok(());
    }
    Err(Problem {
        errors,
        ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Some fields can't be taken; nothing was ordered.")
    })
}

/// Errors by the path of their field.
type Errors = BTreeMap<String, String>;

fn check_text(errors: &mut Errors, path: String, value: &str, longest: usize) {
    if value.trim().is_empty() {
        errors.insert(path, "must not be empty".into());
    } else if !is_line(value, longest) {
        errors.insert(path, format!("at most {longest} characters, on one line"));
    }
}

fn check_customer(customer: &NewCustomer, errors: &mut Errors) {
    check_text(errors, "customer.first_name".into(), &customer.first_name, 100);
    check_text(errors, "customer.last_name".into(), &customer.last_name, 100);
    check_text(errors, "customer.email".into(), &customer.email, 255);
    if let Some(phone) = &customer.phone {
        check_text(errors, "customer.phone".into(), phone, 20);
    }
    if !is_email(customer.email.trim()) {
        errors.insert("customer.email".into(), "no e-mail address".into());
    }
}

fn check_address(name: &str, address: &NewAddress, errors: &mut Errors) {
    let fields = [
        ("recipient_name", Some(&address.recipient_name), 200),
        ("street", Some(&address.street), 200),
        ("street2", address.street2.as_ref(), 200),
        ("postal_code", Some(&address.postal_code), 20),
        ("city", Some(&address.city), 100),
        ("region", address.region.as_ref(), 100),
    ];
    for (field, value, longest) in fields {
        if let Some(value) = value {
            check_text(errors, format!("{name}.{field}"), value, longest);
        }
    }
    if !is_country(&address.country) {
        errors.insert(format!("{name}.country"), "two capital letters, such as DE".into());
    }
}

fn check_items(items: &[NewItem], errors: &mut Errors) {
    if items.is_empty() || items.len() > 100 {
        errors.insert("items".into(), "1 to 100 lines".into());
    }
    for (index, item) in items.iter().enumerate() {
        if !(1..=999).contains(&item.quantity) {
            errors.insert(format!("items[{index}].quantity"), "1 to 999".into());
        }
        if item.sku.is_empty() || item.sku.len() > 100 || item.sku.chars().any(char::is_control) {
            errors.insert(format!("items[{index}].sku"), "1 to 100 characters".into());
        }
        if items.iter().take(index).any(|other| other.sku == item.sku) {
            errors.insert(format!("items[{index}].sku"), "named twice".into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> NewOrder {
        serde_json::from_value(serde_json::json!({
            "customer": {"email": "owen@mail.example", "first_name": "Owen", "last_name": "Castellanos"},
            "items": [{"sku": "A", "quantity": 1}],
            "shipping_address": {"recipient_name": "Owen", "street": "Lindenallee 14", "postal_code": "20259", "city": "Hamburg", "country": "DE"}
        }))
        .unwrap()
    }

    #[test]
    fn a_sound_order_passes() {
        assert!(check(&order()).is_ok());
    }

    #[test]
    fn every_bad_field_is_named_at_once() {
        let mut bad = order();
        bad.customer.email = "owen".into();
        bad.shipping_address.country = "Germany".into();
        bad.items = vec![NewItem { sku: "A".into(), quantity: 0 }, NewItem { sku: "A".into(), quantity: 1 }];
        let errors: Vec<String> = check(&bad).unwrap_err().errors.into_keys().collect();
        assert_eq!(errors, ["customer.email", "items[0].quantity", "items[1].sku", "shipping_address.country"]);
    }

    #[test]
    fn prices_in_the_request_are_refused_as_unknown() {
        let with_price = serde_json::json!({"sku": "A", "quantity": 1, "price": 1});
        assert!(serde_json::from_value::<NewItem>(with_price).is_err());
    }
}
