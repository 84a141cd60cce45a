//! What the shop has on offer: products, their variants and what they cost at which time.

use std::collections::HashMap;

use fastrand::Rng;
use uuid::Uuid;

use super::calendar::{DAY, HISTORY_DAYS, Millis, ago};
use super::random::{self, Topic, chance, pick, weighted};
use super::words::kinds::{self, AxisValue, BRANDS, GENERAL_CLOSING, Kind};
use super::words::names::push_ascii;

/// Hundredths of a euro.
pub type Cents = i64;

/// A product has at most this many variants; its variants' numbers are spaced by it.
const VARIANT_SPACE: u64 = 8;

pub struct Catalog {
    pub kinds: Vec<&'static Kind>,
    pub products: Vec<Product>,
    /// Products of each kind, the best-selling first.
    by_kind: Vec<Vec<u32>>,
    demand: Vec<u32>,
}

pub struct Product {
    pub number: u32,
    pub kind: &'static Kind,
    pub kind_index: usize,
    /// Index in [`BRANDS`].
    pub brand: usize,
    pub name: String,
    pub slug: String,
    pub sku: String,
    /// 0 is the cheapest of its kind, 1 the dearest.
    tier: f64,
    model: usize,
    pub created_at: Millis,
    /// What it costs from when on, in order of time; never empty.
    pub prices: Vec<(Millis, Cents)>,
    pub variants: &'static [AxisValue],
    pub published: bool,
    /// Reorders are sized by it: how much more than the average it sells.
    pub popularity: f64,
}

impl Catalog {
    pub fn new(products: u64, now: Millis) -> Self {
        let kinds: Vec<&'static Kind> = kinds::all().collect();
        let brands: HashMap<&str, usize> = BRANDS.iter().enumerate().map(|(index, (name, _))| (*name, index)).collect();
        let mut by_kind: Vec<Vec<u32>> = vec![Vec::new(); kinds.len()];
        let products = (0..u32::try_from(products).unwrap_or(u32::MAX))
            .map(|number| {
                let mut rng = random::rng(Topic::Product, u64::from(number));
                // The first products make sure that no kind is missing.
                let kind_index = if (number as usize) < kinds.len() {
                    number as usize
                } else {
                    weighted(&mut rng, kinds.iter().map(|kind| kind.share))
                };
                by_kind[kind_index].push(number);
                let of_kind = by_kind[kind_index].len() - 1;
                Product::new(number, kinds[kind_index], kind_index, of_kind, &brands, now, &mut rng)
            })
            .collect();
        let demand = kinds
            .iter()
            .zip(&by_kind)
            .map(|(kind, members)| if members.is_empty() { 0 } else { kind.demand })
            .collect();
        Self { kinds, products, by_kind, demand }
    }

    /// A product somebody buys at that time: few sell often, most now and then.
    pub fn choose(&self, rng: &mut Rng, at: Millis) -> &Product {
        let members = &self.by_kind[weighted(rng, self.demand.iter().copied())];
        let mut place = (rng.f64().powf(POPULARITY) * members.len() as f64) as usize;
        loop {
            let product = &self.products[members[place.min(members.len() - 1)] as usize];
            // The first of a kind has always been there.
            if product.created_at < at || place == 0 {
                return product;
            }
            place /= 2;
        }
    }
}

/// The higher, the more the best-selling products sell compared with the others.
const POPULARITY: f64 = 1.8;

impl Product {
    fn new(
        number: u32,
        kind: &'static Kind,
        kind_index: usize,
        of_kind: usize,
        brands: &HashMap<&str, usize>,
        now: Millis,
        rng: &mut Rng,
    ) -> Self {
        // Walks through brand × series × model in a mixed order, then begins the next generation.
        let (brand_count, series_count, model_count) = (kind.brands.len(), kind.series.len(), kind.models.len());
        let names = brand_count * series_count * model_count;
        let step = (1..names).rev().find(|step| gcd(*step, names) == 1 && *step <= names * 3 / 5).unwrap_or(1);
        let mixed = (of_kind % names) * step % names;
        let generation = of_kind / names + 1;
        let brand_name = kind.brands[mixed % brand_count];
        let series = kind.series[mixed / brand_count % series_count];
        let model = mixed / (brand_count * series_count);
        let model_name = kind.models[model];
        let name = match generation {
            1 => format!("{brand_name} {series} {model_name}"),
            _ => format!("{brand_name} {series} {model_name} G{generation}"),
        };
        let sku = format!("{}-{}-{:04}", kind.code, brand_name[..3].to_uppercase(), number + 1);

        let tier = ((model as f64 + rng.f64()) / model_count as f64).min(1.0);
        let (low, high) = (f64::from(kind.price.0), f64::from(kind.price.1));
        let first_price = shop_price((low * (high / low).powf(tier) * 100.0) as Cents);
        // Two thirds are older than the first order; the first of a kind always is.
        let history = HISTORY_DAYS * DAY;
        let created_at = if of_kind == 0 || chance(rng, 660) {
            ago(rng, now, history + 30 * DAY, history + 700 * DAY)
        } else {
            ago(rng, now, 10 * DAY, history)
        };
        Self {
            number,
            kind,
            kind_index,
            brand: brands.get(brand_name).copied().unwrap_or_default(),
            slug: slug(&name),
            name,
            sku,
            tier,
            model,
            created_at,
            prices: price_periods(first_price, created_at, now, rng),
            variants: match &kind.axis {
                // One in six comes in one form only.
                Some(axis) if !chance(rng, 160) => &axis.values[..rng.usize(2..=axis.values.len())],
                _ => &[],
            },
            published: !chance(rng, 35),
            popularity: if of_kind < 4 { 3.0 } else { 0.6 },
        }
    }

    pub fn id(&self) -> Uuid {
        random::id(Topic::Product, u64::from(self.number))
    }

    pub fn variant_id(&self, variant: usize) -> Uuid {
        random::id(Topic::Variant, u64::from(self.number) * VARIANT_SPACE + variant as u64)
    }

    pub fn variant_sku(&self, variant: usize) -> String {
        match self.variants.get(variant) {
            Some(value) => format!("{}-{}", self.sku, value.code),
            None => self.sku.clone(),
        }
    }

    /// The base price now.
    pub fn price(&self) -> Cents {
        self.prices.last().map_or(0, |(_, price)| *price)
    }

    /// What it cost then, in this variant (or in its only form).
    pub fn price_at(&self, at: Millis, variant: Option<usize>) -> Cents {
        let base = self
            .prices
            .iter()
            .rev()
            .find(|(from, _)| *from <= at)
            .or(self.prices.first())
            .map_or(0, |(_, price)| *price);
        variant.map_or(base, |variant| self.variant_price(base, variant))
    }

    /// What the variant costs when the base price is this.
    pub fn variant_price(&self, base: Cents, variant: usize) -> Cents {
        match self.variants.get(variant) {
            Some(AxisValue { surcharge, .. }) if *surcharge > 0 => {
                shop_price(base + base * i64::from(*surcharge) / 100)
            }
            _ => base,
        }
    }

    /// Name and value of each specification.
    pub fn specifications(&self) -> Vec<(&'static str, &'static str)> {
        let mut rng = random::rng(Topic::Specification, u64::from(self.number));
        self.kind
            .specs
            .iter()
            .map(|(name, values)| {
                // A list as long as that of the models belongs to them, one by one.
                let index = if values.len() == self.kind.models.len() {
                    self.model
                } else {
                    ((self.tier + rng.f64() * 0.3 - 0.15) * values.len() as f64).max(0.0) as usize
                };
                (*name, values[index.min(values.len() - 1)])
            })
            .collect()
    }

    /// Three sentences that sell it.
    pub fn description(&self) -> String {
        let specifications = self.specifications();
        let mut rng = random::rng(Topic::Specification, u64::from(self.number) | 1 << 40);
        let closing = if chance(&mut rng, 450) { self.kind.closing } else { &GENERAL_CLOSING };
        let mut text = String::with_capacity(360);
        for sentences in [self.kind.opening, self.kind.detail, closing] {
            if !text.is_empty() {
                text.push(' ');
            }
            let start = text.len();
            random::fill(pick(&mut rng, sentences), &mut text, |key| match key {
                "name" => Some(self.name.as_str()),
                "brand" => Some(BRANDS[self.brand].0),
                _ => specifications.iter().find(|(name, _)| *name == key).map(|(_, value)| *value),
            });
            capitalise(&mut text, start);
        }
        text
    }

    /// Weight of the parcel.
    pub fn grams(&self) -> u32 {
        let (light, heavy) = self.kind.grams;
        (light + (f64::from(heavy - light) * self.tier) as u32) / 5 * 5
    }
}

/// Base prices over time: a slow decline, and a week of sale now and then.
fn price_periods(first: Cents, created_at: Millis, now: Millis, rng: &mut Rng) -> Vec<(Millis, Cents)> {
    let mut prices = vec![(created_at, first)];
    let mut price = first;
    let mut at = created_at;
    for _ in 0..rng.usize(..5) {
        at += rng.i64(60 * DAY..260 * DAY);
        if at > now - 3 * DAY {
            break;
        }
        if chance(rng, 400) {
            let sale = shop_price(price * rng.i64(82..93) / 100);
            let end = at + rng.i64(4 * DAY..10 * DAY);
            if sale < price && end < now - DAY {
                prices.push((at, sale));
                prices.push((end, price));
                at = end;
            }
        } else {
            let next = shop_price(price * rng.i64(90..104) / 100);
            if next != price {
                prices.push((at, next));
                price = next;
            }
        }
    }
    prices
}

/// The nearest price a shop would write on a label: 1,299.00, 149.00, 34.90, 12.90.
pub fn shop_price(cents: Cents) -> Cents {
    match cents {
        ..2_000 => (cents / 100).max(4) * 100 + 90,
        2_000..10_000 => ((cents + 10) / 500).max(4) * 500 + 490,
        10_000..50_000 => (cents / 1_000) * 1_000 + 900,
        _ => (cents / 5_000) * 5_000 + 4_900,
    }
}

/// The name as it stands in addresses.
pub fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for word in name.split(|letter: char| !letter.is_alphanumeric()) {
        if !word.is_empty() {
            if !slug.is_empty() {
                slug.push('-');
            }
            push_ascii(&mut slug, word);
        }
    }
    slug
}

/// Makes the letter at `start` a capital, for sentences that begin with a value.
fn capitalise(text: &mut String, start: usize) {
    if let Some(first) = text[start..].chars().next() {
        let upper: String = first.to_uppercase().collect();
        text.replace_range(start..start + first.len_utf8(), &upper);
    }
}

const fn gcd(mut a: usize, mut b: usize) -> usize {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const NOW: Millis = 1_795_521_600_000;

    #[test]
    fn names_and_numbers_are_unique() {
        let catalog = Catalog::new(20_000, NOW);
        let mut slugs = HashSet::new();
        let mut skus = HashSet::new();
        for product in &catalog.products {
            assert!(slugs.insert(product.slug.as_str()), "{}", product.slug);
            assert!(skus.insert(product.sku.clone()));
            for variant in 0..product.variants.len() {
                assert!(skus.insert(product.variant_sku(variant)));
            }
        }
    }

    #[test]
    fn texts_have_no_gaps() {
        for product in &Catalog::new(3_000, NOW).products {
            let text = product.description();
            assert!(!text.contains(['{', '}', '[', ']']), "{text}");
            assert!(text.len() > 100 && text.ends_with('.'), "{text}");
        }
    }

    #[test]
    fn prices_are_those_of_a_shop() {
        for product in &Catalog::new(2_000, NOW).products {
            assert!(product.prices.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1));
            for (_, price) in &product.prices {
                assert!(*price % 100 == 90 || *price % 1000 == 900, "{price}");
            }
            assert!(product.created_at < NOW);
        }
    }

    #[test]
    fn slugs_are_plain() {
        assert_eq!(slug("Nordlys Aero 14 Pro"), "nordlys-aero-14-pro");
        assert_eq!(slug("Phones & wearables"), "phones-wearables");
        assert_eq!(slug("5.1.2 Größe"), "5-1-2-groesse");
    }
}
