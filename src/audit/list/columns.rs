//! The columns of the list. Personal values are in none of them: the page of an entry shows those to whose role sees them.

use super::store::ListRow;
use crate::{
    audit::words,
    list::{
        declare::{Column, Viewer, soft, text},
        export::value::Value,
        model::Cell,
    },
    ui::Slot,
};

fn what(row: &ListRow) -> String {
    words::what(&row.kind, &row.action, &row.table_name, row.subject.as_deref())
}

fn who(row: &ListRow) -> String {
    words::who(row.who.as_deref(), &row.actor_kind)
}

fn changes(row: &ListRow, viewer: &Viewer) -> String {
    words::changes(&viewer.zone, &row.action, &row.changed, &row.personal)
}

/// As the trail has it, for machines: `{"status":["PENDING","CONFIRMED"]}`; of personal values hashes, of secrets a word.
fn values(row: &ListRow) -> String {
    if row.changed.as_object().is_some_and(serde_json::Map::is_empty) { String::new() } else { row.changed.to_string() }
}

fn reason(row: &ListRow) -> String {
    row.reason.clone().unwrap_or_default()
}

fn request(row: &ListRow) -> String {
    row.request_id.clone().unwrap_or_default()
}

/// A row's name.
#[must_use]
pub fn name(row: &ListRow) -> String {
    what(row)
}

/// All, the usual ones in their usual order.
pub static COLUMNS: [Column<ListRow>; 10] = [
    Column {
        code: "what",
        label: "What",
        slot: Slot::Lead,
        is_usual: true,
        sort: "",
        cell: |_, _| Cell::Name,
        file: &[("What", 34)],
        values: |row, _| vec![text(what(row))],
    },
    Column {
        code: "kind",
        label: "Kind",
        slot: Slot::State,
        is_usual: true,
        sort: "",
        cell: |row, _| {
            let (class, label) = words::kind(&row.kind);
            Cell::Badge(class.into(), label.into())
        },
        file: &[("Kind", 10)],
        values: |row, _| vec![text(words::kind(&row.kind).1)],
    },
    Column {
        code: "who",
        label: "Who",
        slot: Slot::Aside,
        is_usual: true,
        sort: "",
        cell: |row, _| soft(who(row)),
        file: &[("Who", 22)],
        values: |row, _| vec![text(who(row))],
    },
    Column {
        code: "changes",
        label: "Fields",
        slot: Slot::Wide,
        is_usual: true,
        sort: "",
        cell: |row, viewer| Cell::Text(changes(row, viewer), String::new()),
        file: &[("Fields", 40)],
        values: |row, viewer| vec![text(changes(row, viewer))],
    },
    Column {
        code: "values",
        label: "Every field, before and after",
        slot: Slot::Spare,
        is_usual: false,
        sort: "",
        cell: |row, _| soft(words::short(values(row))),
        file: &[("Every field, before and after", 60)],
        values: |row, _| vec![text(values(row))],
    },
    Column {
        code: "reason",
        label: "Reason",
        slot: Slot::Spare,
        is_usual: true,
        sort: "",
        cell: |row, _| soft(reason(row)),
        file: &[("Reason", 30)],
        values: |row, _| vec![text(reason(row))],
    },
    Column {
        code: "time",
        label: "Time",
        slot: Slot::When,
        is_usual: true,
        sort: "time",
        cell: |row, viewer| Cell::Time(viewer.zone.stamp_of_a_second(row.at)),
        file: &[("Time", 17)],
        values: |row, viewer| vec![Value::Moment(viewer.zone.on_the_wall(row.at))],
    },
    Column {
        code: "table",
        label: "Table",
        slot: Slot::Spare,
        is_usual: false,
        sort: "",
        cell: |row, _| soft(row.table_name.clone()),
        file: &[("Table", 18)],
        values: |row, _| vec![text(row.table_name.clone())],
    },
    Column {
        code: "record",
        label: "Record",
        slot: Slot::Spare,
        is_usual: false,
        sort: "",
        cell: |row, _| soft(row.row_id.clone()),
        file: &[("Record", 36)],
        values: |row, _| vec![text(row.row_id.clone())],
    },
    Column {
        code: "request",
        label: "Request",
        slot: Slot::Spare,
        is_usual: false,
        sort: "",
        cell: |row, _| soft(request(row)),
        file: &[("Request", 36)],
        values: |row, _| vec![text(request(row))],
    },
];
