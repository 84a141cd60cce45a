//! The orders in which the list can stand, each served by an index. None is by what a role may see masked.

use super::store::ListRow;
use crate::list::sort::{By, Key, Sorted};
use uuid::Uuid;

impl Sorted for ListRow {
    const SORTS: &'static [By<Self>] = &[
        By {
            name: "created",
            key: Key::Time(|row| Some(row.created_at)),
            column: "u.created_at",
            id: "u.id",
            unindexed: "u.created_at + interval '0'",
        },
        By {
            name: "seen",
            key: Key::Time(|row| row.last_login_at),
            column: "COALESCE(u.last_login_at, '-infinity'::timestamptz)",
            id: "u.id",
            unindexed: "u.last_login_at",
        },
        By {
            name: "spent",
            key: Key::Count(|row| row.spent_minor),
            column: "f.spent_minor",
            id: "f.user_id",
            unindexed: "f.spent_minor + 0",
        },
        By {
            name: "orders",
            key: Key::Count(|row| row.orders.into()),
            column: "f.orders",
            id: "f.user_id",
            unindexed: "f.orders + 0",
        },
    ];

    fn id(&self) -> Uuid {
        self.id
    }
}
