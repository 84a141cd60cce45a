//! The columns of the list: what each shows on the page and holds in a file, masked for the role that looks.

use super::store::ListRow;
use crate::{
    auth::model::{Role, Sight, address_sight, contact_sight, mask_email, mask_phone},
    list::{
        declare::{Column, Viewer, soft, text},
        export::value::Value,
        model::Cell,
    },
    money::Money,
    ui::Slot,
    users::model::Status,
};
use time::OffsetDateTime;

/// A row whose words are known to this version.
#[derive(Clone, Debug)]
pub struct Known {
    /// As stored.
    pub row: ListRow,
    /// `users.role`
    pub role: Role,
    /// `users.status`
    pub status: Status,
    /// The time at which it was read.
    pub now: OffsetDateTime,
}

impl Known {
    fn email(&self, viewer: &Viewer) -> String {
        seen(contact_sight(viewer.role), &self.row.email, mask_email)
    }

    fn phone(&self, viewer: &Viewer) -> String {
        let phone = self.row.phone_number.as_deref().unwrap_or_default();
        if phone.is_empty() { String::new() } else { seen(contact_sight(viewer.role), phone, mask_phone) }
    }

    fn country(&self, viewer: &Viewer) -> String {
        match address_sight(viewer.role, false) {
            Sight::Hidden => String::new(),
            Sight::Masked | Sight::Full => self.row.country.clone().unwrap_or_default(),
        }
    }

    fn is_locked(&self) -> bool {
        self.row.locked_until.is_some_and(|until| until > self.now)
    }

    /// Nothing for who never ordered.
    fn spent(&self) -> Option<Money> {
        Some(Money { minor: self.row.spent_minor, currency: self.row.currency.clone()? })
    }
}

fn seen(sight: Sight, value: &str, mask: fn(&str) -> String) -> String {
    match sight {
        Sight::Full => value.to_owned(),
        Sight::Masked => mask(value),
        Sight::Hidden => String::new(),
    }
}

const fn yes_or_no(is: bool) -> &'static str {
    if is { "Yes" } else { "No" }
}

/// All, the usual ones in their usual order.
pub static COLUMNS: [Column<Known>; 13] = [
    Column {
        code: "user",
        label: "Name",
        slot: Slot::Lead,
        is_usual: true,
        sort: "",
        cell: |_, _| Cell::Name,
        file: &[("Name", 24)],
        values: |known, _| vec![text(&*known.row.name)],
    },
    Column {
        code: "email",
        label: "E-mail",
        slot: Slot::Wide,
        is_usual: true,
        sort: "",
        cell: |known, viewer| Cell::Text(known.email(viewer), String::new()),
        file: &[("E-mail", 28)],
        values: |known, viewer| vec![text(known.email(viewer))],
    },
    Column {
        code: "status",
        label: "Status",
        slot: Slot::State,
        is_usual: true,
        sort: "",
        cell: |known, _| {
            if known.is_locked() && known.status == Status::Active {
                return Cell::Badge("badge wait".into(), "Locked".into());
            }
            Cell::Badge(known.status.badge().into(), known.status.label().into())
        },
        file: &[("Status", 11)],
        values: |known, _| vec![text(known.status.label())],
    },
    Column {
        code: "role",
        label: "Role",
        slot: Slot::Spare,
        is_usual: true,
        sort: "",
        cell: |known, _| soft(known.role.label()),
        file: &[("Role", 17)],
        values: |known, _| vec![text(known.role.label())],
    },
    Column {
        code: "country",
        label: "Country",
        slot: Slot::Spare,
        is_usual: true,
        sort: "",
        cell: |known, viewer| soft(known.country(viewer)),
        file: &[("Country", 8)],
        values: |known, viewer| vec![text(known.country(viewer))],
    },
    Column {
        code: "orders",
        label: "Orders",
        slot: Slot::SpareNumber,
        is_usual: true,
        sort: "orders",
        cell: |known, _| Cell::Count(known.row.orders.into()),
        file: &[("Orders", 8)],
        values: |known, _| vec![Value::Whole(known.row.orders.into())],
    },
    Column {
        code: "spent",
        label: "Spent",
        slot: Slot::Amount,
        is_usual: true,
        sort: "spent",
        cell: |known, _| known.spent().map_or_else(|| soft(""), Cell::Money),
        file: &[("Spent", 12), ("Currency", 9)],
        values: |known, _| match known.spent() {
            Some(spent) => vec![Value::Hundredths(spent.minor), text(spent.currency)],
            None => vec![Value::Empty, Value::Empty],
        },
    },
    Column {
        code: "seen",
        label: "Last sign-in",
        slot: Slot::Spare,
        is_usual: true,
        sort: "seen",
        cell: |known, viewer| {
            known.row.last_login_at.map_or_else(|| soft("Never"), |at| Cell::Time(viewer.zone.stamp(at)))
        },
        file: &[("Last sign-in", 17)],
        values: |known, viewer| {
            vec![known.row.last_login_at.map_or(Value::Empty, |at| Value::Moment(viewer.zone.on_the_wall(at)))]
        },
    },
    Column {
        code: "created",
        label: "Created",
        slot: Slot::When,
        is_usual: true,
        sort: "created",
        cell: |known, viewer| Cell::Time(viewer.zone.stamp(known.row.created_at)),
        file: &[("Created", 17)],
        values: |known, viewer| vec![Value::Moment(viewer.zone.on_the_wall(known.row.created_at))],
    },
    Column {
        code: "phone",
        label: "Phone",
        slot: Slot::Spare,
        is_usual: false,
        sort: "",
        cell: |known, viewer| soft(known.phone(viewer)),
        file: &[("Phone", 18)],
        values: |known, viewer| vec![text(known.phone(viewer))],
    },
    Column {
        code: "verified",
        label: "E-mail confirmed",
        slot: Slot::Spare,
        is_usual: false,
        sort: "",
        cell: |known, _| soft(yes_or_no(known.row.email_verified)),
        file: &[("E-mail confirmed", 16)],
        values: |known, _| vec![text(yes_or_no(known.row.email_verified))],
    },
    Column {
        code: "locked",
        label: "Locked",
        slot: Slot::Spare,
        is_usual: false,
        sort: "",
        cell: |known, _| soft(yes_or_no(known.is_locked())),
        file: &[("Locked", 8)],
        values: |known, _| vec![text(yes_or_no(known.is_locked()))],
    },
    Column {
        code: "tags",
        label: "Tags",
        slot: Slot::Spare,
        is_usual: false,
        sort: "",
        cell: |known, _| soft(known.row.tags.join(", ")),
        file: &[("Tags", 20)],
        values: |known, _| vec![text(known.row.tags.join(", "))],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn columns_have_names_of_their_own() {
        let codes: BTreeSet<_> = COLUMNS.iter().map(|column| column.code).collect();
        assert_eq!(codes.len(), COLUMNS.len());
    }
}
