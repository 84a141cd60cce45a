//! What a list declares as data: its columns and its filters. From them come heads, cells, files, the panels and chips.

use super::{
    export::value::Value,
    model::{Cell, Chip, ColumnChoice, FieldKind, FilterField, Head, Query},
    words::check,
};
use crate::{auth::model::Role, stamp::Zone, ui::Slot};

/// Who looks at a list.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// Days and times are those of this zone.
    pub zone: Zone,
    /// What is masked depends on it.
    pub role: Role,
}

/// A column of a list of `R`.
pub struct Column<R: 'static> {
    /// Its name in the address.
    pub code: &'static str,
    /// Its head.
    pub label: &'static str,
    /// Its place.
    pub slot: Slot,
    /// Whether it is on show unless one chooses.
    pub is_usual: bool,
    /// The sort that it is the head of; empty: none.
    pub sort: &'static str,
    /// What its cell shows.
    pub cell: fn(&R, &Viewer) -> Cell,
    /// Its columns in a file: head and width in characters.
    pub file: &'static [(&'static str, u8)],
    /// Its values in a file, one for each of those.
    pub values: fn(&R, &Viewer) -> Vec<Value>,
}

/// A cell with a text of less weight.
pub fn soft(text: impl Into<String>) -> Cell {
    Cell::Soft(text.into())
}

/// A text in a file; an empty one is nothing.
pub fn text(text: impl Into<String>) -> Value {
    let text = text.into();
    if text.is_empty() { Value::Empty } else { Value::Text(text) }
}

/// The columns that are asked for, in their order. The first of all is always there: it leads to the row.
pub fn chosen<'a, R>(all: &'a [Column<R>], query: &Query) -> Vec<&'a Column<R>> {
    let asked = query.get("cols");
    if asked.is_empty() {
        return all.iter().filter(|column| column.is_usual).collect();
    }
    let mut columns: Vec<&Column<R>> = Vec::new();
    for code in asked.split(',') {
        if let Some(column) = all.iter().find(|column| column.code == code)
            && !columns.iter().any(|other| other.code == code)
        {
            columns.push(column);
        }
    }
    if let Some(first) = all.first()
        && !columns.iter().any(|other| other.code == first.code)
    {
        columns.insert(0, first);
    }
    columns
}

/// The heads of columns. `sort` is the order in use, `-placed`.
pub fn heads<R>(columns: &[&Column<R>], sort: &str, query: &Query, path: &str) -> Vec<Head> {
    columns
        .iter()
        .map(|column| {
            let (is_up, by) = sort.strip_prefix('-').map_or((true, sort), |by| (false, by));
            let sorted = (by == column.sort && !by.is_empty()).then_some(is_up);
            let to = match (column.sort, sorted) {
                ("", _) => String::new(),
                // largest or newest first, and the other way round at the second click
                (by, Some(false)) => query.first_page().with("sort", by).address(path),
                (by, _) => query.first_page().with("sort", &format!("-{by}")).address(path),
            };
            Head { label: column.label.to_owned(), slot: column.slot, sort: to, sorted }
        })
        .collect()
}

/// The columns to choose from: those on show in their order, then the others.
pub fn choices<R>(all: &[Column<R>], shown: &[&Column<R>], query: &Query, path: &str) -> Vec<ColumnChoice> {
    let codes: Vec<&str> = shown.iter().map(|column| column.code).collect();
    let fixed = all.first().map_or("", |column| column.code);
    let with = |codes: &[&str]| query.with("cols", &codes.join(",")).with("panel", "columns").address(path);
    let swapped = |at: usize, other: Option<usize>| {
        let mut codes = codes.clone();
        match other.filter(|other| *other < codes.len()) {
            Some(other) => {
                codes.swap(at, other);
                with(&codes)
            }
            None => String::new(),
        }
    };
    let on = shown.iter().enumerate().map(|(at, column)| {
        let others: Vec<&str> = codes.iter().copied().filter(|code| *code != column.code).collect();
        ColumnChoice {
            label: column.label.to_owned(),
            shown: true,
            turn: if column.code == fixed { String::new() } else { with(&others) },
            left: swapped(at, at.checked_sub(1)),
            right: swapped(at, Some(at + 1)),
        }
    });
    let off = all.iter().filter(|column| !codes.contains(&column.code)).map(|column| {
        let more: Vec<&str> = codes.iter().copied().chain([column.code]).collect();
        ColumnChoice {
            label: column.label.to_owned(),
            shown: false,
            turn: with(&more),
            left: String::new(),
            right: String::new(),
        }
    });
    on.chain(off).collect()
}

/// A filter with a parameter of its own; it means the same as its word in the search.
pub struct Filter {
    /// The parameter.
    pub name: &'static str,
    /// The word of the search, and what stands before the value there: `total`, `>=`.
    pub word: (&'static str, &'static str),
    /// Its label in the form.
    pub label: &'static str,
    /// What it takes.
    pub kind: FieldKind,
    /// What it offers.
    pub options: &'static [(&'static str, &'static str)],
}

/// Countries that the shop sends to; others may be typed.
pub const COUNTRIES: [(&str, &str); 12] = [
    ("DE", "Germany"),
    ("AT", "Austria"),
    ("CH", "Switzerland"),
    ("NL", "Netherlands"),
    ("BE", "Belgium"),
    ("FR", "France"),
    ("IT", "Italy"),
    ("ES", "Spain"),
    ("PL", "Poland"),
    ("DK", "Denmark"),
    ("SE", "Sweden"),
    ("FI", "Finland"),
];

/// Reads the filters of an address as words of the search: chips for those that could be read, and what is wrong with
/// the others.
pub fn read_filters(
    filters: &[Filter],
    query: &Query,
    path: &str,
    mut read: impl FnMut(&str, &str) -> Result<(&'static str, String), String>,
) -> (Vec<Chip>, Vec<String>) {
    let (mut chips, mut problems) = (Vec::new(), Vec::new());
    for filter in filters {
        let value = query.get(filter.name).trim();
        if value.is_empty() {
            continue;
        }
        let (word, before) = filter.word;
        match check(value).and_then(|()| read(word, &format!("{before}{value}"))) {
            Ok((label, value)) => chips.push(Chip {
                label: label.to_owned(),
                value,
                without: query.first_page().with(filter.name, "").address(path),
            }),
            Err(problem) => problems.push(problem),
        }
    }
    (chips, problems)
}

/// The fields of the form of filters, filled; `more` gives the options that aren't known beforehand.
pub fn fields(filters: &[Filter], query: &Query, more: impl Fn(&str) -> Vec<(String, String)>) -> Vec<FilterField> {
    filters
        .iter()
        .map(|filter| {
            let own = filter.options.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned()));
            FilterField {
                name: filter.name.to_owned(),
                label: filter.label.to_owned(),
                value: query.get(filter.name).to_owned(),
                kind: filter.kind,
                options: own.chain(more(filter.name)).collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column<i64>> {
        let column = |code: &'static str, is_usual, sort| Column {
            code,
            label: code,
            slot: Slot::Spare,
            is_usual,
            sort,
            cell: |row: &i64, _: &Viewer| Cell::Count(*row),
            file: &[("n", 5)],
            values: |row: &i64, _: &Viewer| vec![Value::Whole(*row)],
        };
        vec![column("a", true, "a"), column("b", true, ""), column("c", false, "c")]
    }

    fn codes(text: &str) -> Vec<&'static str> {
        chosen(&columns(), &Query::parse(text)).iter().map(|column| column.code).collect()
    }

    #[test]
    fn columns_are_the_usual_ones_or_those_asked_for() {
        assert_eq!(codes(""), ["a", "b"]);
        assert_eq!(codes("cols=c,a"), ["c", "a"]);
        assert_eq!(codes("cols=c,c,x,,b"), ["a", "c", "b"]);
    }

    #[test]
    fn choices_lead_to_the_list_with_one_thing_changed() {
        let (all, query) = (columns(), Query::parse("cols=a,c"));
        let shown = chosen(&all, &query);
        let choices = choices(&all, &shown, &query, "/x");
        assert_eq!(
            choices.iter().map(|c| (c.label.as_str(), c.shown)).collect::<Vec<_>>(),
            [("a", true), ("c", true), ("b", false)]
        );
        assert_eq!((choices[0].turn.as_str(), choices[0].left.as_str()), ("", ""));
        assert_eq!(choices[0].right, "/x?cols=c%2Ca&panel=columns");
        assert_eq!(choices[1].turn, "/x?cols=a&panel=columns");
        assert_eq!(choices[2].turn, "/x?cols=a%2Cc%2Cb&panel=columns");
    }

    #[test]
    fn heads_sort_downwards_first_and_upwards_at_the_second_click() {
        let all = columns();
        let query = Query::parse("after=1&q=x");
        let heads = heads(&chosen(&all, &Query::parse("cols=a,b,c")), "-a", &query, "/x");
        assert_eq!((heads[0].sorted, heads[0].sort.as_str()), (Some(false), "/x?q=x&sort=a"));
        assert_eq!((heads[1].sorted, heads[1].sort.as_str()), (None, ""));
        assert_eq!((heads[2].sorted, heads[2].sort.as_str()), (None, "/x?q=x&sort=-c"));
    }
}
