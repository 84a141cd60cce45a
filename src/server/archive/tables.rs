//! What belongs to an order, and how it leaves.

/// How a table lets go of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Its partition is dropped.
    Partition,
    /// Its rows are deleted.
    Delete,
    /// The row stays and forgets its order.
    Forget,
}

/// A table with rows of orders.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The column with the order's id.
    pub order: &'static str,
    /// What its rows are told apart by, beside the order.
    pub key: &'static str,
    /// How it lets go.
    pub way: Way,
}

const fn table(name: &'static str, key: &'static str, way: Way) -> Table {
    Table { name, order: "order_id", key, way }
}

/// All, referred to before referring: restored in this order, removed in the opposite one. A test compares it with the
/// foreign keys that lead to orders.
pub const TABLES: [Table; 14] = [
    Table { name: "orders", order: "id", key: "id", way: Way::Partition },
    table("order_numbers", "order_number", Way::Delete),
    table("order_items", "id", Way::Partition),
    table("order_shipping", "order_id", Way::Partition),
    table("order_status_history", "id", Way::Partition),
    table("order_notes", "id", Way::Partition),
    table("payments", "id", Way::Delete),
    table("refunds", "id", Way::Delete),
    table("refund_items", "refund_id, order_item_id", Way::Delete),
    table("order_returns", "id", Way::Delete),
    table("order_return_items", "return_id, order_item_id, disposition", Way::Delete),
    table("stock_reservations", "id", Way::Delete),
    table("checkout_requests", "client, idempotency_key", Way::Delete),
    table("reviews", "id", Way::Forget),
];

impl Table {
    /// The columns that are kept: all that aren't computed, or what a row needs to find its order again.
    pub const COLUMNS: &'static str = "SELECT quote_ident(attname) FROM pg_attribute
         WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum";

    /// Rows of a window of ids.
    pub fn window(&self, from: uuid::Uuid, to: uuid::Uuid) -> String {
        format!("{} >= '{from}' AND {} < '{to}'", self.order, self.order)
    }
}
