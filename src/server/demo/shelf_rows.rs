//! Rows of baskets and wishlists: what people have put aside lately.

use super::calendar::{DAY, MINUTE, Millis, ago};
use super::catalog::Catalog;
use super::copy::{Sink, Stopped};
use super::people::Person;
use super::random::{self, Topic, chance};
use super::tables::Table;

/// A person puts at most this many articles into each.
const MOST: u64 = 4;

pub fn write_shelves(sink: &mut Sink, catalog: &Catalog, people: u64, now: Millis) -> Result<(), Stopped> {
    for number in 0..people {
        let mut rng = random::rng(Topic::Shelf, number);
        let (basket, wishes) = (chance(&mut rng, 110), chance(&mut rng, 170));
        if !basket && !wishes {
            continue;
        }
        let person = Person::new(number, people, now);
        if person.status != "active" {
            continue;
        }
        let mut taken: Vec<u32> = Vec::new();
        for place in 0..2 * MOST {
            let wish = place >= MOST;
            let at = ago(&mut rng, now, MINUTE, if wish { 200 * DAY } else { 20 * DAY }).max(person.registered_at);
            let product = catalog.choose(&mut rng, at);
            let wanted = if wish { wishes } else { basket };
            if !wanted || chance(&mut rng, 400) || taken.contains(&product.number) {
                continue;
            }
            taken.push(product.number);
            let id = random::id(Topic::Shelf, number * 2 * MOST + place);
            if wish {
                sink.row(Table::Wishlists).uuid(id).uuid(person.id()).uuid(product.id()).time(at);
            } else {
                let variant = (!product.variants.is_empty()).then(|| rng.usize(..product.variants.len()));
                sink.row(Table::CartItems)
                    .uuid(id)
                    .uuid(person.id())
                    .uuid(product.id())
                    .opt_uuid(variant.map(|variant| product.variant_id(variant)))
                    .int(i64::from(rng.u32(1..=2)))
                    .time(at)
                    .time(at);
            }
        }
        sink.send_full()?;
    }
    Ok(())
}
