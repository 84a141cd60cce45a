//! Rows of stock movements, written as time goes on.

use super::calendar::Millis;
use super::copy::Sink;
use super::order_rows::reservation_id;
use super::random::{self, Topic};
use super::staff::{WAREHOUSE, staff_id};
use super::stock::{Change, Movement, Stock, line_id};
use super::tables::Table;

/// Lets time pass in the warehouses up to `until` and writes what moves.
pub fn write_movements(sink: &mut Sink, stock: &mut Stock, until: Millis) {
    while let Some(movement) = stock.next_movement(until) {
        write_movement(sink, &movement);
    }
}

fn write_movement(sink: &mut Sink, movement: &Movement) {
    let Movement { event, quantity, number } = movement;
    let (code, reason, key) = match (event.change, event.cause) {
        (Change::Sale, Some(cause)) => ("sale", None, format!("sale:{}", reservation_id(cause.item))),
        (Change::Return, Some(cause)) => ("return", None, format!("return:{}", cause.item)),
        (Change::Damage, Some(cause)) => {
            ("damage", Some("returned damaged".to_owned()), format!("return:{}:damage", cause.item))
        }
        (change, _) => {
            let (code, reason) = match change {
                Change::Adjustment(reason) => ("adjustment", reason.to_owned()),
                Change::Damage => ("damage", "Broken in the warehouse".to_owned()),
                Change::TransferIn | Change::TransferOut => ("transfer", "Evened out between warehouses".to_owned()),
                Change::Purchase | Change::Sale | Change::Return | Change::Release => {
                    ("purchase", format!("Delivery note {}", 40_000 + number))
                }
            };
            (code, Some(reason), format!("demo:{number}"))
        }
    };
    let id = random::id(Topic::Movement, *number);
    sink.row(Table::StockMovementKeys).text(&key).uuid(id);
    sink.row_at(Table::StockMovements, event.at)
        .uuid(id)
        .uuid(line_id(event.line))
        .text(code)
        .int(i64::from(*quantity))
        .opt_text(reason.as_deref())
        .text(&key)
        .opt_uuid(event.cause.map(|cause| cause.order))
        .opt_uuid(event.cause.map(|cause| cause.item))
        .uuid(staff_id(WAREHOUSE))
        .time(event.at);
}
