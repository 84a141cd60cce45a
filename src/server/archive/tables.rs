//! What belongs to an order, and how it leaves.

use super::{RETENTION, name_actor};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Postgres, Transaction};

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
pub const TABLES: [Table; 16] = [
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
    table("parcels", "id", Way::Delete),
    table("parcel_items", "parcel_id, order_item_id", Way::Delete),
    table("checkout_requests", "client, idempotency_key", Way::Delete),
    table("reviews", "id", Way::Forget),
];

impl Table {
    /// The columns that are kept: all that aren't computed, or what a row needs to find its order again.
    pub const COLUMNS: &'static str = "SELECT quote_ident(attname) FROM pg_attribute
         WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum";

    /// Rows of a window of ids, of the row called so (`f.`) or of the only one.
    pub fn window(&self, row: &str, from: uuid::Uuid, to: uuid::Uuid) -> String {
        let order = self.order;
        format!("{row}{order} >= '{from}' AND {row}{order} < '{to}'")
    }
}

/// What making or dropping a month locks, in the order in which those who write take it: who writes a payment, a refund,
/// a note or a review looks at its order afterwards; who places an order goes on to its number, lines and claims. In
/// another order nearly every order being written would be a deadlock, ended by the time-out.
const LOCKS: [(&str, &str); 16] = [
    ("reviews", "SHARE ROW EXCLUSIVE"),
    ("order_notes", "ACCESS EXCLUSIVE"),
    ("order_returns", "SHARE ROW EXCLUSIVE"),
    ("order_return_items", "SHARE ROW EXCLUSIVE"),
    ("refund_items", "SHARE ROW EXCLUSIVE"),
    ("refunds", "SHARE ROW EXCLUSIVE"),
    ("payments", "SHARE ROW EXCLUSIVE"),
    ("checkout_requests", "SHARE ROW EXCLUSIVE"),
    ("orders", "ACCESS EXCLUSIVE"),
    ("order_numbers", "SHARE ROW EXCLUSIVE"),
    ("order_status_history", "ACCESS EXCLUSIVE"),
    ("order_items", "ACCESS EXCLUSIVE"),
    ("order_shipping", "ACCESS EXCLUSIVE"),
    ("stock_reservations", "SHARE ROW EXCLUSIVE"),
    ("parcels", "SHARE ROW EXCLUSIVE"),
    ("parcel_items", "SHARE ROW EXCLUSIVE"),
];

/// Begins a transaction that makes every statement on orders wait, so it gives way after half a second for each lock.
pub async fn lock_all<'c>(connection: &'c mut PgConnection, job: &str) -> sqlx::Result<Transaction<'c, Postgres>> {
    let mut transaction = connection.begin().await?;
    name_actor(&mut transaction, job, RETENTION).await?;
    sqlx::raw_sql("SET LOCAL lock_timeout = '500ms'").execute(&mut *transaction).await?;
    for (table, mode) in LOCKS {
        sqlx::query(AssertSqlSafe(format!("LOCK TABLE ONLY {table} IN {mode} MODE")))
            .execute(&mut *transaction)
            .await?;
    }
    Ok(transaction)
}
