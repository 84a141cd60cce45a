//! How a page of a list travels: as lines of texts.
//!
//! Decoders made by `serde` for its twelve types would be a fifth of the list's code in the browser (48 kB, 11 kB packed);
//! that of a `Vec<Vec<String>>` is there anyway.

use super::model::{Cell, Chip, ColumnChoice, FieldKind, FilterField, Head, List, Row, Tab};
use crate::{money::Money, stamp::Stamp, ui::Slot};
use std::vec::IntoIter;
use uuid::Uuid;

/// One line for the list itself, one for each of its parts; a part's first text says what it is.
pub type Lines = Vec<Vec<String>>;

/// Between the parts of a cell. No text of ours has it: it is a control character.
const BETWEEN: char = '\u{1f}';

const SLOTS: [Slot; 8] =
    [Slot::Lead, Slot::When, Slot::Amount, Slot::Wide, Slot::State, Slot::Spare, Slot::SpareNumber, Slot::Aside];
const KINDS: [FieldKind; 4] = [FieldKind::Choice, FieldKind::Text, FieldKind::Day, FieldKind::Amount];

/// The texts of a line, one after the other; those that are missing are empty.
struct Texts(IntoIter<String>);

impl Texts {
    fn text(&mut self) -> String {
        self.0.next().unwrap_or_default()
    }

    fn is(&mut self) -> bool {
        self.text() == "1"
    }

    fn pairs(mut self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        while let Some(first) = self.0.next() {
            pairs.push((first, self.text()));
        }
        pairs
    }
}

fn flag(is: bool) -> String {
    if is { "1".into() } else { String::new() }
}

fn place<T: PartialEq>(all: &[T], one: &T) -> String {
    all.iter().position(|other| other == one).unwrap_or_default().to_string()
}

fn at<T: Copy>(all: &[T], text: &str) -> Option<T> {
    all.get(text.parse::<u8>().ok().map(usize::from)?).copied()
}

impl From<List> for Lines {
    fn from(list: List) -> Self {
        let (open, closed) = list.panel_address;
        let [csv, xlsx, json] = list.files;
        let mut lines = vec![vec![
            list.row_path,
            list.row_tail,
            list.previous,
            list.next,
            list.summary,
            list.problem,
            list.note,
            flag(list.is_narrowed),
            list.cleared,
            list.all,
            list.panel,
            open,
            closed,
            list.save,
            csv,
            xlsx,
            json,
            list.bulk,
            list.bulk_chosen,
            list.add.0,
            list.add.1,
        ]];
        let mut line = |kind: &str, texts: Vec<String>| {
            lines.push(std::iter::once(kind.to_owned()).chain(texts).collect());
        };
        for Head { label, slot, sort, sorted } in list.heads {
            let sorted = sorted.map(|is_up| if is_up { "up" } else { "down" }).unwrap_or_default();
            line("head", vec![label, place(&SLOTS, &slot), sort, sorted.into()]);
        }
        for Row { id, name, cells } in list.rows {
            line("row", [id.to_string(), name].into_iter().chain(cells.into_iter().map(write_cell)).collect());
        }
        for (size, to, current) in list.sizes {
            line("size", vec![size.to_string(), to, flag(current)]);
        }
        for Chip { label, value, without } in list.chips {
            line("chip", vec![label, value, without]);
        }
        for Tab { label, to, current, count } in list.tabs {
            line("tab", vec![label, to, flag(current), count]);
        }
        for FilterField { name, label, value, kind, options } in list.fields {
            let options = options.into_iter().flat_map(|(value, label)| [value, label]);
            line("field", [name, label, value, place(&KINDS, &kind)].into_iter().chain(options).collect());
        }
        for (name, value) in list.kept {
            line("kept", vec![name, value]);
        }
        for (words, to) in list.alarm {
            line("alarm", vec![words, to]);
        }
        for ColumnChoice { label, shown, turn, left, right } in list.columns {
            line("column", vec![label, flag(shown), turn, left, right]);
        }
        for (name, to, current) in list.views {
            line("view", vec![name, to, flag(current)]);
        }
        lines
    }
}

impl From<Lines> for List {
    fn from(lines: Lines) -> Self {
        let mut lines = lines.into_iter();
        let mut own = Texts(lines.next().unwrap_or_default().into_iter());
        let mut list = Self {
            row_path: own.text(),
            row_tail: own.text(),
            previous: own.text(),
            next: own.text(),
            summary: own.text(),
            problem: own.text(),
            note: own.text(),
            is_narrowed: own.is(),
            cleared: own.text(),
            all: own.text(),
            panel: own.text(),
            panel_address: (own.text(), own.text()),
            save: own.text(),
            files: [own.text(), own.text(), own.text()],
            bulk: own.text(),
            bulk_chosen: own.text(),
            add: (own.text(), own.text()),
            ..Self::default()
        };
        for line in lines {
            let mut texts = Texts(line.into_iter());
            match texts.text().as_str() {
                "head" => {
                    let (label, slot, sort) = (texts.text(), texts.text(), texts.text());
                    let sorted = match texts.text().as_str() {
                        "up" => Some(true),
                        "down" => Some(false),
                        _ => None,
                    };
                    list.heads.push(Head { label, slot: at(&SLOTS, &slot).unwrap_or(Slot::Spare), sort, sorted });
                }
                "row" => {
                    let (id, name) = (texts.text().parse::<Uuid>().unwrap_or_default(), texts.text());
                    list.rows.push(Row { id, name, cells: texts.0.map(|cell| read_cell(&cell)).collect() });
                }
                "size" => list.sizes.push((texts.text().parse().unwrap_or_default(), texts.text(), texts.is())),
                "chip" => {
                    list.chips.push(Chip { label: texts.text(), value: texts.text(), without: texts.text() });
                }
                "tab" => list.tabs.push(Tab {
                    label: texts.text(),
                    to: texts.text(),
                    current: texts.is(),
                    count: texts.text(),
                }),
                "field" => {
                    let (name, label, value, kind) = (texts.text(), texts.text(), texts.text(), texts.text());
                    let kind = at(&KINDS, &kind).unwrap_or(FieldKind::Text);
                    list.fields.push(FilterField { name, label, value, kind, options: texts.pairs() });
                }
                "kept" => list.kept.push((texts.text(), texts.text())),
                "alarm" => list.alarm.extend(texts.pairs()),
                "column" => list.columns.push(ColumnChoice {
                    label: texts.text(),
                    shown: texts.is(),
                    turn: texts.text(),
                    left: texts.text(),
                    right: texts.text(),
                }),
                "view" => list.views.push((texts.text(), texts.text(), texts.is())),
                _ => {}
            }
        }
        list
    }
}

fn write_cell(cell: Cell) -> String {
    let (kind, parts) = match cell {
        Cell::Name => ('n', Vec::new()),
        Cell::Text(text, small) => ('t', vec![text, small]),
        Cell::Soft(text) => ('s', vec![text]),
        Cell::Badge(class, label) => ('b', vec![class, label]),
        Cell::Time(Stamp { utc, long, short }) => ('w', vec![utc, long, short]),
        Cell::Count(count) => ('c', vec![count.to_string()]),
        Cell::Money(Money { minor, currency }) => ('m', vec![minor.to_string(), currency]),
    };
    let parts: Vec<String> = parts.into_iter().map(|part| part.replace(BETWEEN, " ")).collect();
    format!("{kind}{}", parts.join("\u{1f}"))
}

fn read_cell(text: &str) -> Cell {
    let (kind, text) = text.split_at_checked(1).unwrap_or_default();
    let mut parts = text.split(BETWEEN).map(str::to_owned);
    let mut part = || parts.next().unwrap_or_default();
    match kind {
        "n" => Cell::Name,
        "t" => Cell::Text(part(), part()),
        "b" => Cell::Badge(part(), part()),
        "w" => Cell::Time(Stamp { utc: part(), long: part(), short: part() }),
        "c" => Cell::Count(part().parse().unwrap_or_default()),
        "m" => Cell::Money(Money { minor: part().parse().unwrap_or_default(), currency: part() }),
        _ => Cell::Soft(part()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_the_same_after_its_way() {
        let text = |text: &str| text.to_owned();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let stamp =
            Stamp { utc: text("2026-11-21T08:49:00Z"), long: text("21 Nov 2026, 09:49"), short: text("21 Nov 09:49") };
        let list = List {
            heads: SLOTS
                .into_iter()
                .zip([None, Some(true), Some(false)].into_iter().cycle())
                .map(|(slot, sorted)| Head { label: text("Order"), slot, sort: text("/x?sort=-a"), sorted })
                .collect(),
            rows: vec![Row {
                id: Uuid::from_u128(7),
                name: text("TA-1"),
                cells: vec![
                    Cell::Name,
                    Cell::Text(text("Ünal “x”"), text("")),
                    Cell::Soft(text("")),
                    Cell::Badge(text("badge good"), text("Paid")),
                    Cell::Time(stamp),
                    Cell::Count(-3),
                    Cell::Money(Money { minor: -12, currency: text("EUR") }),
                ],
            }],
            row_path: text("/orders/"),
            row_tail: text("?in=q"),
            previous: text("/p"),
            next: text("/n"),
            summary: text("1 of 2"),
            sizes: vec![(25, text("/s"), true), (50, text(""), false)],
            problem: text("a problem"),
            note: text("a note"),
            is_narrowed: true,
            chips: vec![Chip { label: text("Total"), value: text("over 5"), without: text("/w") }],
            cleared: text("/c"),
            all: text("/a"),
            tabs: vec![Tab { label: text("All"), to: text("/t"), current: true, count: text("3") }],
            fields: KINDS
                .into_iter()
                .map(|kind| FilterField {
                    name: text("tag"),
                    label: text("Tag"),
                    value: text("vip"),
                    kind,
                    options: vec![pair("a", "A"), pair("b", "")],
                })
                .collect(),
            kept: vec![pair("status", "FAILED")],
            alarm: vec![pair("Look", "/audit/seal"), pair("There", "")],
            panel: text("columns"),
            columns: vec![ColumnChoice {
                label: text("Total"),
                shown: true,
                turn: text("/1"),
                left: text(""),
                right: text("/2"),
            }],
            panel_address: pair("/open", "/closed"),
            views: vec![(text("Mine"), text("/v"), true)],
            save: text("/views"),
            files: ["/csv", "/xlsx", "/json"].map(str::to_owned),
            bulk: text("/b?q=x"),
            bulk_chosen: text("/b"),
            add: (text("New"), text("/new")),
        };
        assert_eq!(List::from(Lines::from(list.clone())), list);
        assert_eq!(List::from(Lines::from(List::default())), List::default());
    }

    #[test]
    fn what_is_broken_or_newer_is_read_as_far_as_it_goes() {
        assert_eq!(List::from(Vec::new()), List::default());
        let lines = vec![vec![], vec!["head".to_owned()], vec!["hologram".to_owned(), "x".to_owned()], vec![]];
        assert_eq!(List::from(lines).heads.len(), 1);
        assert_eq!(read_cell(""), Cell::Soft(String::new()));
        let cell = Cell::Text("a\u{1f}b".into(), "c".into());
        assert_eq!(read_cell(&write_cell(cell)), Cell::Text("a b".into(), "c".into()));
    }
}
