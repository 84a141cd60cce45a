//! What stands in an order: who buys what, to which price and from which shelf. How it goes on is in
//! [`super::course`], how it is written in [`super::order_rows`].

use fastrand::Rng;
use uuid::Uuid;

use super::calendar::{DAY, Millis};
use super::catalog::{Catalog, Cents, Product};
use super::course::{Actor, Course, Method, Placed};
use super::people::{Home, Person, registered_by};
use super::random::{self, chance, id_at, pick, pick_ref, weighted};
use super::stock::Stock;
use super::words::places::{COUNTRIES, Carrier, Country};

/// The first order's number is one more.
pub const FIRST_NUMBER: u64 = 100_000;

pub struct Order {
    pub id: Uuid,
    /// Counts the orders from 0, in order of time.
    pub index: u64,
    pub placed_at: Millis,
    pub person: Person,
    pub source: &'static str,
    pub method: Method,
    pub items: Vec<Item>,
    /// A voucher on the whole.
    pub discount: Cents,
    pub express: bool,
    pub shipping: Cents,
    pub parcel: Parcel,
    pub course: Course,
}

/// Where it goes.
pub struct Parcel {
    pub country: &'static Country,
    pub home: Home,
    /// A present goes to somebody else.
    pub recipient: Option<(&'static str, &'static str)>,
    pub carrier: Carrier,
    pub warehouse: usize,
}

pub struct Item {
    pub id: Uuid,
    pub product: u32,
    pub variant: Option<usize>,
    pub quantity: i32,
    pub unit_price: Cents,
    /// Marked down, for a scratched box or the like.
    pub discount: Cents,
    /// The stock line it comes from.
    pub line: u32,
    pub returned: i32,
}

impl Item {
    pub fn gross(&self) -> Cents {
        self.unit_price * Cents::from(self.quantity)
    }

    pub fn total(&self) -> Cents {
        self.gross() - self.discount
    }
}

impl Order {
    /// The sum of the lines.
    pub fn subtotal(&self) -> Cents {
        self.items.iter().map(Item::total).sum()
    }

    pub fn total(&self) -> Cents {
        self.subtotal() - self.discount + self.shipping
    }

    /// The VAT that is in the total: all goods are taxed alike where they go.
    pub fn tax(&self) -> Cents {
        included_tax(self.total(), self.parcel.country.vat)
    }

    /// What of the price of these pieces was really paid, the voucher taken off.
    pub fn paid_for(&self, item: &Item) -> Cents {
        let subtotal = self.subtotal().max(1);
        item.total() - item.total() * self.discount / subtotal
    }

    pub fn number(&self) -> u64 {
        FIRST_NUMBER + 1 + self.index
    }
}

/// The VAT in a gross amount, rounded to the cent.
pub fn included_tax(gross: Cents, vat: u32) -> Cents {
    let vat = Cents::from(vat);
    (gross * vat * 2 + 10_000 + vat) / (2 * (10_000 + vat))
}

/// The shop at a moment of its history.
pub struct Shop<'a> {
    pub catalog: &'a Catalog,
    pub people: u64,
    /// How many orders there will be.
    pub orders: u64,
    pub now: Millis,
}

impl Shop<'_> {
    /// Makes the order with this index and takes what it needs off the shelves. `settle` is told when
    /// goods had to be bought for it, so that they arrive before they are promised.
    pub fn order(
        &self,
        index: u64,
        placed_at: Millis,
        stock: &mut Stock,
        settle: &mut impl FnMut(&mut Stock),
    ) -> Order {
        let mut rng = random::rng(random::Topic::Order, index);
        let rng = &mut rng;
        let id = id_at(rng, placed_at);
        let person = self.customer(rng, placed_at);
        let (source, by) = match rng.u32(..1000) {
            0..=839 => ("web", Actor::Customer),
            840..=919 => ("marketplace", Actor::Customer),
            920..=964 => ("api", Actor::Customer),
            _ => ("phone", Actor::Support),
        };
        // counted from the newest, which are the ones in these states, so that each is there whatever the hour
        let turn = self.orders.saturating_sub(index + 1);
        let method = match method(rng, person.country) {
            Method::Transfer if turn < 3 => Method::Card,
            any => any,
        };
        let present = chance(rng, 60);
        let country = if present && chance(rng, 200) { pick_ref(rng, &COUNTRIES) } else { person.country };
        let parcel = Parcel {
            country,
            home: if present { Home::new(country, rng) } else { person.home },
            recipient: present.then(|| recipient(rng, country)),
            carrier: pick(rng, country.carriers),
            warehouse: country.nearest_warehouse,
        };
        let mut items = self.items(rng, placed_at, parcel.warehouse, stock, settle);
        let warehouse =
            items.first().map_or(parcel.warehouse, |item| usize::from(stock.lines[item.line as usize].warehouse));
        let parcel = Parcel { warehouse, ..parcel };
        let express = chance(rng, 110);
        let goods: Cents = items.iter().map(Item::total).sum();
        let discount = if chance(rng, 90) { goods * pick(rng, &[5, 10, 10, 15]) / 100 } else { 0 };
        let shipping = match (express, goods >= 9_900, country.code) {
            (true, _, _) => 1_290,
            (_, true, _) => 0,
            (_, _, "DE") => 490,
            (_, _, "AT" | "NL" | "BE" | "FR" | "PL") => 690,
            _ => 890,
        };
        let placed = Placed { at: placed_at, by, method, country, lines: items.len(), turn };
        let course = Course::new(rng, &placed, self.now);
        if let Some(back) = course.returned {
            let some = rng.usize(..items.len().max(1));
            for (place, item) in items.iter_mut().enumerate() {
                if back.whole || place == some {
                    item.returned = item.quantity;
                }
            }
        }
        Order { id, index, placed_at, person, source, method, items, discount, express, shipping, parcel, course }
    }

    /// Half of the orders come from people who have just come to know the shop, half from regulars.
    fn customer(&self, rng: &mut Rng, at: Millis) -> Person {
        let known = registered_by(at, self.people, self.now);
        for _ in 0..8 {
            let share = rng.f64();
            let number = if rng.bool() { share * known as f64 } else { (1.0 - share.powi(4)) * known as f64 };
            let person = Person::new((number as u64).min(known - 1), self.people, self.now);
            // Who is locked or gone has no fresh orders.
            if person.status == "active" || at < self.now - 120 * DAY {
                return person;
            }
        }
        Person::new(0, self.people, self.now)
    }

    fn items(
        &self,
        rng: &mut Rng,
        at: Millis,
        nearest: usize,
        stock: &mut Stock,
        settle: &mut impl FnMut(&mut Stock),
    ) -> Vec<Item> {
        let count = [1, 2, 3, 4, 5][weighted(rng, [560, 250, 120, 50, 20].into_iter())];
        let mut items: Vec<Item> = Vec::with_capacity(count);
        let mut nearest = nearest;
        let tries = count * 3;
        for attempt in 1..=tries {
            if items.len() == count {
                break;
            }
            let must = attempt == tries && items.is_empty();
            let product = self.catalog.choose(rng, at);
            let variant = (!product.variants.is_empty()).then(|| rng.usize(..product.variants.len()));
            let unit_price = product.price_at(at, variant);
            let quantity = quantity(rng, unit_price);
            if items.iter().any(|item| item.product == product.number) {
                continue;
            }
            let wish = Wish { product, variant, quantity, must };
            let Some(line) = shelf(rng, &wish, nearest, at, stock, settle) else { continue };
            stock.reserve(line, quantity, at);
            nearest = usize::from(stock.lines[line as usize].warehouse);
            items.push(Item {
                id: id_at(rng, at),
                product: product.number,
                variant,
                quantity,
                unit_price,
                discount: if chance(rng, 15) { unit_price * Cents::from(quantity) / 10 } else { 0 },
                line,
                returned: 0,
            });
        }
        items
    }
}

/// What somebody wants to put into the basket.
struct Wish<'a> {
    product: &'a Product,
    variant: Option<usize>,
    quantity: i32,
    /// There is nothing else in the basket.
    must: bool,
}

/// The stock line that serves the wish. What is sold out is mostly left; at times it is bought in.
fn shelf(
    rng: &mut Rng,
    wish: &Wish<'_>,
    nearest: usize,
    at: Millis,
    stock: &mut Stock,
    settle: &mut impl FnMut(&mut Stock),
) -> Option<u32> {
    let Wish { product, variant, quantity, must } = *wish;
    stock.find(product, variant, quantity, nearest).or_else(|| {
        if !must && chance(rng, 600) {
            return None;
        }
        stock.rush(product, variant, quantity, at)?;
        settle(stock);
        stock.find(product, variant, quantity, nearest)
    })
}

/// Cheap things are bought by the handful.
fn quantity(rng: &mut Rng, price: Cents) -> i32 {
    match price {
        ..3_000 if chance(rng, 300) => rng.i32(2..=5),
        3_000..12_000 if chance(rng, 120) => 2,
        12_000.. if chance(rng, 15) => rng.i32(2..=4),
        _ => 1,
    }
}

fn method(rng: &mut Rng, country: &Country) -> Method {
    let shares = match country.code {
        "DE" | "AT" => [300, 330, 200, 170],
        "NL" | "BE" => [450, 180, 230, 140],
        "PL" | "CZ" => [520, 160, 80, 240],
        "SE" | "FI" | "DK" => [430, 150, 360, 60],
        _ => [620, 240, 60, 80],
    };
    [Method::Card, Method::Paypal, Method::Klarna, Method::Transfer][weighted(rng, shares.into_iter())]
}

fn recipient(rng: &mut Rng, country: &Country) -> (&'static str, &'static str) {
    let woman = rng.bool();
    let first = pick(rng, if woman { country.names.women } else { country.names.men });
    (first, pick(rng, country.names.last_names(woman)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tax_is_rounded_to_the_cent() {
        assert_eq!(included_tax(11_900, 1_900), 1_900);
        assert_eq!(included_tax(100, 1_900), 16);
        assert_eq!(included_tax(9_990, 2_550), 2_030);
        assert_eq!(included_tax(0, 2_100), 0);
    }
}
