//! Plays the shop's two years and writes its rows as they come.

use super::calendar::{Millis, OrderTimes};
use super::catalog::Catalog;
use super::catalog_rows::{write_catalog, write_inventory, write_warehouses};
use super::copy::{Sink, Stopped};
use super::course::Status;
use super::order_rows::{Scratch, write_order, write_return};
use super::orders::{Order, Shop};
use super::payments::write_payments;
use super::people_rows::{write_customers, write_staff};
use super::random::{self, Topic};
use super::review_rows::write_review;
use super::reviews::Reviewers;
use super::shelf_rows::write_shelves;
use super::stock::{OrderLine, Stock};
use super::stock_rows::write_movements;
use super::{DemoError, Sizes};

/// Orders hold about this many pieces.
const PIECES_AN_ORDER: f64 = 2.0;

impl From<Stopped> for DemoError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// Writes everything into the sink. Runs for as long as the load and blocks, so it wants a thread of its own.
pub fn generate(mut sink: Sink, sizes: Sizes, now: Millis) -> Result<(), DemoError> {
    let sink_ref = &mut sink;
    write_staff(sink_ref, now)?;
    write_customers(sink_ref, sizes.users, now)?;
    write_warehouses(sink_ref, now);
    let catalog = Catalog::new(sizes.products, now);
    write_catalog(sink_ref, &catalog, now)?;
    let mut stock = Stock::new(&catalog, (sizes.orders as f64 * PIECES_AN_ORDER) as u64, now);
    let mut reviewers = Reviewers::new(&catalog, sizes.users, sizes.reviews, now);
    write_orders(sink_ref, sizes, &catalog, &mut stock, &mut reviewers, now)?;
    while let Some(review) = reviewers.without_order() {
        write_review(sink_ref, &review, &catalog);
        sink_ref.send_full()?;
    }
    write_movements(sink_ref, &mut stock, now);
    write_inventory(sink_ref, &catalog, &stock)?;
    write_shelves(sink_ref, &catalog, sizes.users, now)?;
    Ok(sink.finish()?)
}

fn write_orders(
    sink: &mut Sink,
    sizes: Sizes,
    catalog: &Catalog,
    stock: &mut Stock,
    reviewers: &mut Reviewers<'_>,
    now: Millis,
) -> Result<(), Stopped> {
    let shop = Shop { catalog, people: sizes.users, orders: sizes.orders, now };
    let mut rng = random::rng(Topic::Order, u64::MAX);
    let mut times = OrderTimes::new(now, sizes.orders, (sizes.orders / 400).clamp(5, 14));
    let mut text = Scratch::default();
    for index in 0..sizes.orders {
        let at = times.next(&mut rng);
        write_movements(sink, stock, at);
        let order = shop.order(index, at, stock, &mut |stock| write_movements(sink, stock, at));
        let paid = write_payments(sink, &order, now);
        write_order(sink, &order, &paid, catalog, &mut text);
        move_stock(&order, stock);
        write_return(sink, &order, stock);
        for review in reviewers.of_order(&order, sizes.orders - index) {
            write_review(sink, &review, catalog);
        }
        sink.send_full()?;
    }
    Ok(())
}

/// What an order takes leaves the house when it is sent, or becomes free again when it is not.
fn move_stock(order: &Order, stock: &mut Stock) {
    let last = order.course.last();
    for item in &order.items {
        if let Some(shipped) = order.course.shipped_at {
            stock.ship(item.line, item.quantity, shipped, OrderLine { order: order.id, item: item.id });
        } else if matches!(last.status, Status::Cancelled | Status::Failed) {
            stock.release(item.line, item.quantity, last.at);
        }
    }
}
