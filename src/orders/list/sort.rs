//! The orders in which the list can stand, each served by an index.

use super::store::ListRow;
use crate::list::sort::{self, By, Key, Sorted};
use uuid::Uuid;

/// An order of the list.
pub type Sort = sort::Sort<ListRow>;

impl Sorted for ListRow {
    // the id has the time at which an order was placed
    const SORTS: &'static [By<Self>] = &[
        By { name: "placed", key: Key::Id, column: "id", id: "id", unindexed: "id" },
        By {
            name: "updated",
            key: Key::Time(|row| Some(row.updated_at)),
            column: "updated_at",
            id: "id",
            unindexed: "updated_at + interval '0'",
        },
        By {
            name: "total",
            key: Key::Amount(|row| row.grand_total),
            column: "grand_total",
            id: "id",
            unindexed: "grand_total + 0",
        },
    ];

    fn id(&self) -> Uuid {
        self.id
    }
}
