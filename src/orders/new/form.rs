//! The last step: where it goes, how it is paid, a discount. What is asked, and what was typed.

use super::{
    draft::Draft,
    store::{Customer, Saved},
};
use crate::{
    auth::{
        guard::Ctx,
        model::{Me, Right, Role, Sight, address_sight},
    },
    forms::Refusal,
    money::Money,
    orders::{
        api::PlaceOrder,
        checkout::{self, ShippingMethod},
        model::{NewAddress, PhoneOrder},
        placing::{Article, CURRENCY, sums},
    },
    server::texts::{is_line, read_note},
    sheet::{Sheet, SheetField, why_not_right},
};
use rust_decimal::Decimal;
use server_fn::ServerFn;
use uuid::Uuid;

/// Days that an unpaid order can be held for.
const HOLDS: [u8; 4] = [1, 3, 7, 14];
/// The one that is chosen unless somebody chooses another: what a transfer takes with a weekend in it.
const USUAL_HOLD: &str = "7";
/// Longest reason of a discount.
const LONGEST_REASON: usize = 300;
/// Says that the address is typed.
const TYPED: &str = "typed";
/// Says that the bill goes where the goods go.
const SAME: &str = "same";

/// Highest discount that a role may give, in percent of the goods.
const fn most_discount(role: Role) -> u8 {
    match role {
        Role::Admin | Role::SuperAdmin => 100,
        _ => 15,
    }
}

/// What tells whether the prices are still those that were on show: the same for the same articles, pieces and prices.
pub fn seal(articles: &[Article]) -> i32 {
    // FNV-1a
    let mut seal = 0x811c_9dc5_u32;
    for article in articles {
        let line = format!("{} {} {}\n", article.sku, article.quantity, article.price.normalize());
        for byte in line.bytes() {
            seal = (seal ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    i32::from_ne_bytes(seal.to_ne_bytes())
}

/// An address in one line, as far as the role sees it.
fn line_of(saved: &Saved, sight: Sight) -> String {
    let city = format!("{} {}", saved.postal_code, saved.city);
    match sight {
        Sight::Full => {
            let parts = [&saved.recipient_name, &saved.street, &city, &saved.country];
            parts.map(String::as_str).join(", ")
        }
        Sight::Masked | Sight::Hidden => format!("Saved: {}, {}", saved.city, saved.country),
    }
}

/// The form.
pub fn sheet(ctx: &Ctx, draft: &Draft, customer: &Customer, articles: &[Article]) -> Sheet {
    let money = |amount: Decimal| Money::from_numeric(amount, CURRENCY).to_string();
    let of = |method| sums(articles, method, Decimal::ZERO);
    let (standard, express) = (of(ShippingMethod::Standard), of(ShippingMethod::Express));
    let saved = &customer.addresses.0;
    let sight = address_sight(ctx.me.role, false);
    let known = || saved.iter().map(|one| (one.id.to_string(), line_of(one, sight)));
    let ship: Vec<_> = known().chain([(TYPED.to_owned(), "Another address, typed below".to_owned())]).collect();
    let bill: Vec<_> = [(SAME.to_owned(), "The same".to_owned())].into_iter().chain(known()).collect();
    let first = ship.first().map(|(id, _)| id.clone()).unwrap_or_default();
    let method = |code: &str, label: &str, sums: &crate::orders::placing::Sums| {
        let cost = if sums.shipping.is_zero() { "free".to_owned() } else { money(sums.shipping) };
        (code.to_owned(), format!("{label}: {cost}, in all {}", money(sums.total)))
    };
    let holds = HOLDS.map(|days| {
        let words = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        (days.to_string(), words)
    });
    let mut fields = vec![
        SheetField::choice(
            "method",
            "Shipping",
            "standard",
            vec![method("standard", "Standard", &standard), method("express", "Express", &express)],
        )
        .required(),
        // while a saved address is chosen, the fields of another are out of sight (style/orders.css)
        SheetField::choice("ship_to", "It goes to", &first, ship).required(),
    ];
    let part = |name: &str, label: &str| SheetField::line(name, label, "");
    fields.extend([
        part("recipient_name", "Name on the door"),
        part("street", "Street and number"),
        part("street2", "Second line"),
        part("postal_code", "Postal code"),
        part("city", "City"),
        part("region", "State or province").hint("Where addresses have one"),
        SheetField::line("country", "Country", saved.first().map_or("", |one| one.country.as_str()))
            .hint("Two letters, as DE"),
    ]);
    if !saved.is_empty() {
        fields.push(SheetField::choice("bill_to", "The bill goes to", SAME, bill).required());
    }
    let most = most_discount(ctx.me.role);
    let limit = if most < 100 { format!(" Your role may give up to {most} %.") } else { String::new() };
    fields.extend([
        SheetField::line("discount", "Discount", "").hint(format!("Off the goods: 10.00 ({CURRENCY}) or 10 %.{limit}")),
        SheetField::line("discount_reason", "Reason of the discount", "").hint("Kept with the order, for colleagues"),
        SheetField::choice("hold", "Held unpaid for", USUAL_HOLD, holds.into()).required(),
        SheetField::text("note", "Note", 2).hint("For colleagues only"),
    ]);
    let warnings = customer.warnings.iter().map(|body| {
        format!("Note about {}: “{}”", customer.name, body.split_whitespace().collect::<Vec<_>>().join(" "))
    });
    Sheet {
        title: format!("Order for {}", customer.name),
        effects: [
            format!(
                "The order is placed as PENDING and its {} held until it is paid, or the time is over.",
                pieces(standard.pieces)
            ),
            "A confirmation goes to the customer’s e-mail address, with how to pay.".to_owned(),
        ]
        .into_iter()
        .chain(warnings)
        .collect(),
        to: PlaceOrder::PATH.into(),
        hidden: vec![("order".into(), draft.chosen()), ("key".into(), Uuid::new_v4().to_string())],
        version: Some(seal(articles)),
        fields,
        submit: "Place the order".into(),
        why_not: why_not_right(Right::PlaceOrders, &ctx.me).map(|why| format!("This is {why}")).unwrap_or_default(),
        back: draft.opened("").address(),
        ..Sheet::default()
    }
}

/// A number of pieces, with its verb.
fn pieces(count: i32) -> String {
    if count == 1 { "piece is".to_owned() } else { format!("{count} pieces are") }
}

/// Where something goes.
#[derive(Clone, Debug)]
pub enum Place {
    /// An address that the customer saved.
    Saved(Uuid),
    /// An address that was typed.
    Typed(checkout::NewAddress),
}

/// Off the goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    Amount(Decimal),
    Percent(Decimal),
}

impl Discount {
    /// What it takes off goods of this price.
    pub fn of(self, subtotal: Decimal) -> Decimal {
        match self {
            Self::Amount(amount) => amount,
            Self::Percent(percent) => (subtotal * percent / Decimal::ONE_HUNDRED).round_dp(2),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches(CURRENCY).trim();
        let (number, is_percent) = text.strip_suffix('%').map_or((text, false), |number| (number.trim(), true));
        let number = number.replacen(',', ".", 1);
        let is_sound = (1..=10).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let number = number.parse::<Decimal>().ok().filter(|number| is_sound && number.scale() <= 2)?;
        if is_percent {
            return (number <= Decimal::ONE_HUNDRED).then_some(Self::Percent(number));
        }
        Some(Self::Amount(number))
    }
}

/// What was typed, once it is checked as far as that goes without the database.
#[derive(Clone, Debug)]
pub struct Typed {
    pub method: ShippingMethod,
    pub ship_to: Place,
    /// Nothing: where the goods go.
    pub bill_to: Option<Uuid>,
    pub discount: Option<Discount>,
    /// Why there is one; else empty.
    pub reason: String,
    pub days: u8,
    pub note: Option<String>,
}

/// What is told of an order that wasn't placed.
pub const NOT_PLACED: &str = "The order was not placed.";

impl Typed {
    /// Reads what the form sent.
    ///
    /// # Errors
    /// What is wrong, beside its field.
    pub fn read(form: &PhoneOrder, address: &NewAddress) -> Result<Self, Refusal> {
        let mut refusal = Refusal::input(NOT_PLACED);
        let method = match form.method.as_str() {
            "standard" | "" => ShippingMethod::Standard,
            "express" => ShippingMethod::Express,
            _ => {
                refusal = refusal.field("method", "Choose one of them.");
                ShippingMethod::Standard
            }
        };
        let ship_to = if matches!(form.ship_to.as_str(), TYPED | "") {
            match address.checked(NOT_PLACED) {
                Ok(address) => Some(Place::Typed(address.into())),
                Err(wrong) => {
                    refusal.fields.extend(wrong.fields);
                    None
                }
            }
        } else if let Ok(id) = form.ship_to.parse() {
            if [&address.street, &address.city, &address.postal_code].iter().any(|text| !text.trim().is_empty()) {
                let why = "A saved address is chosen, and another is typed below. Choose “Another address”, or empty the fields.";
                refusal = refusal.field("ship_to", why);
            }
            Some(Place::Saved(id))
        } else {
            refusal = refusal.field("ship_to", "Choose one of them.");
            None
        };
        let bill_to = match form.bill_to.as_str() {
            SAME | "" => None,
            id => {
                let id = id.parse().ok();
                if id.is_none() {
                    refusal = refusal.field("bill_to", "Choose one of them.");
                }
                id
            }
        };
        let (discount, reason) = match (form.discount.trim(), form.discount_reason.trim()) {
            ("", "") => (None, String::new()),
            ("", _) => {
                refusal = refusal.field("discount", "There is a reason and no discount.");
                (None, String::new())
            }
            (text, reason) => {
                let discount = Discount::read(text);
                if discount.is_none() {
                    refusal = refusal.field("discount", "This is no amount. Type it as 10.00 or 10 %.");
                }
                let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
                if !is_line(&reason, LONGEST_REASON) {
                    let why = format!("Say why, in 1 to {LONGEST_REASON} characters.");
                    refusal = refusal.field("discount_reason", why);
                }
                (discount, reason)
            }
        };
        let days = HOLDS.into_iter().find(|days| days.to_string() == form.hold);
        if days.is_none() {
            refusal = refusal.field("hold", "Choose one of them.");
        }
        let note = match form.note.trim() {
            "" => None,
            text => match read_note(text, "note") {
                Ok(note) => Some(note),
                Err(wrong) => {
                    refusal.fields.extend(wrong.fields);
                    None
                }
            },
        };
        refusal.clone().check()?;
        let (Some(ship_to), Some(days)) = (ship_to, days) else { return Err(refusal) };
        Ok(Self { method, ship_to, bill_to, discount, reason, days, note })
    }

    /// What is taken off goods of this price.
    ///
    /// # Errors
    /// That it is more than the goods, or than the role may give.
    pub fn discount_of(&self, me: &Me, subtotal: Decimal) -> Result<Decimal, Refusal> {
        let Some(discount) = self.discount else { return Ok(Decimal::ZERO) };
        let amount = discount.of(subtotal);
        let most = most_discount(me.role);
        let limit = subtotal * Decimal::from(most) / Decimal::ONE_HUNDRED;
        let refuse = |why: String| Err(Refusal::input(NOT_PLACED).field("discount", why));
        if amount > subtotal {
            let goods = Money::from_numeric(subtotal, CURRENCY);
            return refuse(format!("This is more than the goods cost, {goods}."));
        }
        if amount > limit.round_dp(2) {
            return refuse(format!(
                "Your role may give up to {most} %, here {}. An admin may give more.",
                Money::from_numeric(limit.round_dp(2), CURRENCY)
            ));
        }
        Ok(amount)
    }
}

impl From<NewAddress> for checkout::NewAddress {
    fn from(address: NewAddress) -> Self {
        let some = |text: String| (!text.is_empty()).then_some(text);
        Self {
            recipient_name: address.recipient_name,
            street: address.street,
            street2: some(address.street2),
            postal_code: address.postal_code,
            city: address.city,
            region: some(address.region),
            country: address.country,
        }
    }
}

impl From<&Saved> for checkout::NewAddress {
    fn from(saved: &Saved) -> Self {
        let Saved { recipient_name, street, street2, postal_code, city, region, country, .. } = saved.clone();
        Self { recipient_name, street, street2, postal_code, city, region, country }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> PhoneOrder {
        PhoneOrder { ship_to: Uuid::nil().to_string(), hold: "7".into(), ..PhoneOrder::default() }
    }

    fn wrong(form: &PhoneOrder, address: &NewAddress) -> Vec<String> {
        Typed::read(form, address).unwrap_err().fields.into_keys().collect()
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let sound = Typed::read(&form(), &NewAddress::default()).unwrap();
        assert_eq!((sound.days, sound.bill_to, sound.discount), (7, None, None));
        let bad = PhoneOrder {
            method: "pigeon".into(),
            ship_to: "typed".into(),
            bill_to: "me".into(),
            discount: "much".into(),
            hold: "90".into(),
            ..PhoneOrder::default()
        };
        let named = [
            "bill_to",
            "city",
            "country",
            "discount",
            "discount_reason",
            "hold",
            "method",
            "postal_code",
            "recipient_name",
            "street",
        ];
        assert_eq!(wrong(&bad, &NewAddress::default()), named);
        let half = NewAddress { street: "Elbe 1".into(), ..NewAddress::default() };
        assert_eq!(wrong(&form(), &half), ["ship_to"], "what was typed would be lost");
        assert_eq!(
            wrong(&PhoneOrder { discount_reason: "late".into(), ..form() }, &NewAddress::default()),
            ["discount"]
        );
    }

    #[test]
    fn discounts_are_amounts_or_percent() {
        let percent = |text| Discount::read(text).map(|discount| discount.of(Decimal::from(80)));
        assert_eq!(percent("10 %"), Some(Decimal::from(8)));
        assert_eq!(percent("12,5%"), Some(Decimal::from(10)));
        assert_eq!(percent("4.90 EUR"), Some(Decimal::new(490, 2)));
        for none in ["", "%", "-5", "101 %", "1.234", "1e3", "5 USD"] {
            assert_eq!(Discount::read(none), None, "{none}");
        }
    }

    #[test]
    fn a_changed_price_breaks_the_seal() {
        let article = |price| Article {
            sku: "A".into(),
            quantity: 1,
            product_id: Uuid::nil(),
            variant_id: None,
            name: String::new(),
            variant: None,
            price,
            tax_rate: Decimal::ZERO,
        };
        let (one, other) = (article(Decimal::new(100, 2)), article(Decimal::new(101, 2)));
        assert_eq!(seal(std::slice::from_ref(&one)), seal(&[article(Decimal::ONE)]));
        assert_ne!(seal(&[one]), seal(&[other]));
    }
}
