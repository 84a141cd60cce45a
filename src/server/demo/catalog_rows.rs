//! Rows of the catalogue: brands, categories, products with all that hangs on them, and the stock lines.

use super::calendar::{DAY, HISTORY_DAYS, Millis};
use super::catalog::{Catalog, Cents, Product, slug};
use super::copy::{Sink, Stopped};
use super::pictures::{self, View};
use super::random::{self, Topic, hash};
use super::staff::{ADMIN, staff_id};
use super::stock::{Stock, WAREHOUSES, line_id, warehouse_id};
use super::tables::Table;
use super::words::kinds::{BRANDS, PARENT_CATEGORIES};

pub fn write_catalog(sink: &mut Sink, catalog: &Catalog, now: Millis) -> Result<(), Stopped> {
    let opened = now - (HISTORY_DAYS + 30) * DAY;
    write_brands(sink, opened);
    write_categories(sink, catalog, opened);
    for product in &catalog.products {
        write_product(sink, product);
        write_prices(sink, product);
        sink.send_full()?;
    }
    Ok(())
}

fn write_brands(sink: &mut Sink, opened: Millis) {
    for (index, (name, country)) in BRANDS.iter().enumerate() {
        let place = match *country {
            "DE" => "Germany",
            "IT" => "Italy",
            "NL" => "the Netherlands",
            "CZ" => "Czechia",
            "SE" => "Sweden",
            "DK" => "Denmark",
            "NO" => "Norway",
            "FI" => "Finland",
            "FR" => "France",
            "ES" => "Spain",
            "AT" => "Austria",
            "BE" => "Belgium",
            "PL" => "Poland",
            _ => "Portugal",
        };
        sink.row(Table::Brands)
            .uuid(random::id(Topic::Brand, index as u64))
            .text(name)
            .text(&slug(name))
            .text(&format!("{name} designs consumer electronics in {place}."))
            .time(opened)
            .time(opened);
    }
}

/// The categories that hold categories come first, then one for each kind of goods.
fn write_categories(sink: &mut Sink, catalog: &Catalog, opened: Millis) {
    let leaves = catalog.kinds.iter().map(|kind| (kind.category, Some(kind.parent)));
    for (index, (name, parent)) in PARENT_CATEGORIES.into_iter().chain(leaves).enumerate() {
        sink.row(Table::Categories)
            .uuid(random::id(Topic::Category, index as u64))
            .opt_uuid(parent.and_then(parent_index).map(|parent| random::id(Topic::Category, parent as u64)))
            .text(name)
            .text(&slug(name))
            .text(&path(name, parent))
            .int(index as i64 + 1)
            .time(opened)
            .time(opened);
    }
}

fn parent_index(name: &str) -> Option<usize> {
    PARENT_CATEGORIES.iter().position(|(parent, _)| *parent == name)
}

/// Slugs from the root.
fn path(name: &str, parent: Option<&str>) -> String {
    match parent.and_then(parent_index).map(|index| PARENT_CATEGORIES[index]) {
        Some((parent, above)) => format!("{}/{}", path(parent, above), slug(name)),
        None => slug(name),
    }
}

fn write_product(sink: &mut Sink, product: &Product) {
    let id = product.id();
    let created = product.created_at;
    let changed = product.prices.last().map_or(created, |(from, _)| *from);
    sink.row(Table::Products)
        .uuid(id)
        .text(&product.sku)
        .text(&product.name)
        .text(&product.slug)
        .text(&product.description())
        .uuid(random::id(Topic::Category, (PARENT_CATEGORIES.len() + product.kind_index) as u64))
        .uuid(random::id(Topic::Brand, product.brand as u64))
        .hundredths(product.price())
        .hundredths(1_900)
        .bool(product.published)
        .time(created)
        .time(changed);

    for (index, value) in product.variants.iter().enumerate() {
        let variant = product.variant_id(index);
        sink.row(Table::ProductVariants)
            .uuid(variant)
            .uuid(id)
            .text(&product.variant_sku(index))
            .text(value.label)
            .hundredths(product.variant_price(product.price(), index))
            .int(index as i64 + 1)
            .time(created)
            .time(changed);
        let name = product.kind.axis.as_ref().map_or("Form", |axis| axis.name);
        sink.row(Table::VariantAttributes).uuid(variant).text(name).text(value.label).int(1);
    }

    let views = [(View::Front, "from the front"), (View::Table, "on a table"), (View::Near, "from near")];
    for (index, (view, words)) in views.into_iter().take(1 + (hash(&product.slug) % 3) as usize).enumerate() {
        sink.row(Table::ProductImages)
            .uuid(random::id(Topic::Picture, u64::from(product.number) * 4 + index as u64))
            .uuid(id)
            .text(&pictures::url(product.kind.key, &product.slug, view))
            .text(&format!("{}, {words}", product.name))
            .int(index as i64 + 1)
            .time(created);
    }

    for (index, (name, value)) in product.specifications().into_iter().enumerate() {
        sink.row(Table::ProductSpecifications)
            .uuid(random::id(Topic::Specification, u64::from(product.number) * 16 + index as u64))
            .uuid(id)
            .text(name)
            .text(value)
            .int(index as i64 + 1);
    }
    let weight = format!("{:.2} kg", f64::from(product.grams()) / 1000.0);
    let last = product.kind.specs.len() as u64;
    sink.row(Table::ProductSpecifications)
        .uuid(random::id(Topic::Specification, u64::from(product.number) * 16 + last))
        .uuid(id)
        .text("Parcel weight")
        .text(&weight)
        .int(last as i64 + 1);
}

/// The periods of the base price and of each variant's.
fn write_prices(sink: &mut Sink, product: &Product) {
    for form in 0..=product.variants.len() {
        let variant = form.checked_sub(1);
        let mut periods: Vec<(Millis, Cents)> = Vec::with_capacity(product.prices.len());
        for (from, base) in &product.prices {
            let price = variant.map_or(*base, |variant| product.variant_price(*base, variant));
            if periods.last().is_none_or(|(_, before)| *before != price) {
                periods.push((*from, price));
            }
        }
        for (index, (from, price)) in periods.iter().enumerate() {
            let number = (u64::from(product.number) * 8 + form as u64) * 16 + index as u64;
            sink.row(Table::PriceHistory)
                .uuid(random::id(Topic::Price, number))
                .uuid(product.id())
                .opt_uuid(variant.map(|variant| product.variant_id(variant)))
                .hundredths(*price)
                .period(*from, periods.get(index + 1).map(|(next, _)| *next))
                .opt_uuid((index > 0).then(|| staff_id(ADMIN)))
                .time(*from);
        }
    }
}

pub fn write_warehouses(sink: &mut Sink, now: Millis) {
    let opened = now - (HISTORY_DAYS + 30) * DAY;
    for (index, warehouse) in WAREHOUSES.iter().enumerate() {
        sink.row(Table::Warehouses)
            .uuid(warehouse_id(index))
            .text(warehouse.code)
            .text(warehouse.name)
            .text(warehouse.street)
            .text(warehouse.postal_code)
            .text(warehouse.city)
            .text(warehouse.country)
            .int(index as i64 + 1)
            .time(opened)
            .time(opened);
    }
}

/// The stock lines as they are now, with where the goods lie.
pub fn write_inventory(sink: &mut Sink, catalog: &Catalog, stock: &Stock) -> Result<(), Stopped> {
    for (index, line) in stock.lines.iter().enumerate() {
        let product = &catalog.products[line.product as usize];
        let place = hash(&product.sku) >> (8 * line.warehouse);
        let bin = format!(
            "{}-{:02}-{}{}",
            char::from(b'A' + (product.kind_index / 3) as u8),
            place % 24 + 1,
            place / 24 % 6 + 1,
            char::from(b'a' + (line.variant.unwrap_or_default() + (place / 144 % 4) as u8) % 8)
        );
        sink.row(Table::Inventory)
            .uuid(line_id(index as u32))
            .uuid(product.id())
            .opt_uuid(line.variant.map(|variant| product.variant_id(usize::from(variant))))
            .uuid(warehouse_id(usize::from(line.warehouse)))
            .int(i64::from(line.on_hand))
            .int(i64::from(line.reserved))
            .int(i64::from(line.reorder_point))
            .int(i64::from(line.reorder_quantity))
            .text(&bin)
            .time(line.since)
            .time(line.changed_at);
        sink.send_full()?;
    }
    Ok(())
}
