//! What a move will change, exactly, said before it is confirmed: money, stock and state.

use super::{
    model::{Move, Status, Totals},
    store::LineRow,
};
use crate::money::Money;

/// The sentences below a move's button.
pub fn effects(step: &Move, totals: &Totals, lines: &[LineRow]) -> Vec<String> {
    let mut effects = Vec::new();
    let stock = |verb: &str| {
        let claims =
            lines.iter().filter_map(|line| line.stock.as_ref().map(|claim| format!("{verb}: {} ({claim})", line.sku)));
        claims.collect::<Vec<_>>()
    };
    match step.to {
        Status::Processing => {
            effects.push(format!("A transfer of {} is awaited.", totals.due));
            effects.push("The stock stays held for 14 days.".into());
        }
        Status::Confirmed => {
            if totals.due.minor > 0 {
                effects.push(format!("{} is recorded as received.", totals.due));
            }
            effects.extend(stock("Becomes firm"));
        }
        Status::Preparing => {
            effects.push("The order goes to picking and packing; from here it can't be cancelled.".into());
        }
        Status::Shipped => {
            effects.extend(stock("Leaves as sold"));
            if lines.iter().map(|line| line.quantity - line.shipped).sum::<i32>() > 1 {
                effects.push(
                    "With fewer pieces in the parcel the order stays in preparation until the rest is shipped.".into(),
                );
            }
        }
        Status::Delivered => effects.push("The order completes by itself after 14 days.".into()),
        Status::Completed => effects.push("The order is closed; no return can be taken after.".into()),
        Status::Cancelled | Status::Failed => {
            effects.extend(stock("Free again at once"));
            let kept =
                Money { minor: totals.paid.minor - totals.refunded.minor, currency: totals.paid.currency.clone() };
            if kept.minor > 0 {
                effects.push(format!("{kept} stays paid until it is refunded."));
            } else if step.to == Status::Failed {
                effects.push("The open payment is closed as failed.".into());
            }
            effects.push("This can't be undone.".into());
        }
        Status::Returned => {
            effects.push("What comes back sound goes into stock again, where it came from.".into());
            effects.push("Money is refunded separately.".into());
        }
        Status::Pending => {}
    }
    effects
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;

    fn line(sku: &str, stock: &str) -> LineRow {
        LineRow {
            order_id: uuid::Uuid::nil(),
            id: uuid::Uuid::nil(),
            sku: sku.into(),
            product_name: String::new(),
            variant_name: None,
            quantity: 2,
            shipped: 0,
            returned_quantity: 0,
            unit_price: Decimal::ONE,
            line_total: Decimal::TWO,
            tax_rate: Decimal::ZERO,
            stock: Some(stock.into()),
            picture: None,
        }
    }

    fn totals(total: i64, paid: i64) -> Totals {
        let money = |minor| Money { minor, currency: "EUR".into() };
        Totals {
            subtotal: money(total),
            discount: money(0),
            shipping: money(0),
            tax: money(0),
            total: money(total),
            paid: money(paid),
            refunded: money(0),
            due: money(total - paid),
        }
    }

    #[test]
    fn money_and_stock_are_named() {
        let step = |from: Status, to| from.move_to(to).unwrap();
        let lines = [line("LAP-1", "2 reserved in Hamburg A-1")];
        let cancel = effects(step(Status::Confirmed, Status::Cancelled), &totals(5_000, 5_000), &lines);
        assert_eq!(
            cancel,
            [
                "Free again at once: LAP-1 (2 reserved in Hamburg A-1)",
                "50.00 EUR stays paid until it is refunded.",
                "This can't be undone."
            ]
        );
        let confirm = effects(step(Status::Processing, Status::Confirmed), &totals(5_000, 2_000), &lines);
        assert_eq!(confirm[0], "30.00 EUR is recorded as received.");
    }
}
