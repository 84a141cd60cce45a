//! What the search box of the list asks for. No I/O.

use crate::{
    auth::model::Me,
    list::{
        search::{Reads, Understood},
        words::{days, narrow},
    },
    orders::list::number::whole_number,
    stamp::Zone,
};
use time::OffsetDateTime;
use uuid::Uuid;

/// What an entry can be: word and name, in the order of the tabs.
pub const KINDS: [(&str, &str); 5] = [
    ("change", "Changes"),
    ("sign_in", "Sign-ins"),
    ("reveal", "Reveals"),
    ("export", "Exports"),
    ("refusal", "Refusals"),
];

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// One of these people.
    Ids(Vec<Uuid>),
    /// Whose name or address is like this; to be looked up.
    Named(String),
    /// The system, or an operator in the database, as `audit_log.actor_kind` has it.
    Kind(&'static str),
}

/// What the rows must fit; all at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// These rows only.
    pub ids: Vec<Uuid>,
    /// Who did it.
    pub who: Option<Who>,
    /// What was done, in small letters.
    pub action: Option<String>,
    /// With what.
    pub table: Option<String>,
    /// Which column.
    pub field: Option<String>,
    /// The record's id.
    pub row: Option<String>,
    /// Everything of the order with this number.
    pub order: Option<String>,
    /// Its rows, tables and ids; to be looked up.
    pub rows: (Vec<String>, Vec<String>),
    /// The request or job.
    pub request: Option<String>,
    /// One of [`KINDS`].
    pub kind: Option<&'static str>,
    /// From …
    pub from: Option<OffsetDateTime>,
    /// … until before.
    pub until: Option<OffsetDateTime>,
}

/// For whom and when a search is read.
#[derive(Debug)]
pub struct Reader<'a> {
    /// Days begin in this zone.
    pub zone: &'a Zone,
    /// The time.
    pub now: OffsetDateTime,
    /// Who asks: “me”.
    pub me: &'a Me,
}

/// A kind by its word.
#[must_use]
pub fn kind(code: &str) -> Option<&'static str> {
    KINDS.iter().map(|(own, _)| *own).find(|own| *own == code)
}

fn name_of_column(value: &str) -> Result<String, String> {
    let name = value.to_ascii_lowercase();
    let sound = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if sound {
        Ok(name)
    } else {
        Err(format!("“{value}” is no name of a table or field. Use letters and underscores, such as order_shipping."))
    }
}

impl Reads for Reader<'_> {
    type Filter = Filter;
    const NAMED: &'static str = "Who";
    const ONCE: &'static [&'static str] =
        &["action", "table", "field", "row", "record", "order", "request", "job", "kind"];

    fn plain(&self, filter: &mut Filter, text: &str) -> Option<Understood> {
        if text.parse::<Uuid>().is_ok() {
            return Some(self.field(filter, "row", text));
        }
        whole_number(text).is_some().then(|| self.field(filter, "order", text))
    }

    fn name(&self, filter: &mut Filter, words: Vec<String>) -> Result<(), String> {
        self.field(filter, "actor", &words.join(" ")).map(|_| ())
    }

    fn field(&self, filter: &mut Filter, field: &str, value: &str) -> Understood {
        let small = value.to_ascii_lowercase();
        match field {
            "actor" | "who" => {
                if filter.who.is_some() {
                    return Err("There can be one actor at a time. Take the other away.".into());
                }
                filter.who = Some(match small.as_str() {
                    "me" => Who::Ids(vec![self.me.id]),
                    "system" => Who::Kind("system"),
                    "database" => Who::Kind("database"),
                    _ => value.parse().map_or_else(|_| Who::Named(value.to_lowercase()), |id| Who::Ids(vec![id])),
                });
                Ok(("Who", value.to_owned()))
            }
            "action" => {
                filter.action = Some(name_of_column(value)?);
                Ok(("What", small))
            }
            "table" => {
                filter.table = Some(name_of_column(value)?);
                Ok(("Table", small))
            }
            "field" => {
                filter.field = Some(name_of_column(value)?);
                Ok(("Field", small))
            }
            "row" | "record" => {
                filter.row = Some(value.to_owned());
                Ok(("Record", value.to_owned()))
            }
            "order" => {
                let number = whole_number(value)
                    .or_else(|| whole_number(&format!("TA-{value}")))
                    .ok_or_else(|| format!("“{value}” is no number of an order. It looks like TA-104818."))?;
                filter.order = Some(number.clone());
                Ok(("Order", number))
            }
            "request" | "job" => {
                filter.request = Some(value.to_owned());
                Ok(("Request", value.to_owned()))
            }
            "kind" => {
                let known = kind(&small).ok_or_else(|| {
                    let all: Vec<&str> = KINDS.iter().map(|(code, _)| *code).collect();
                    format!("“{value}” is no kind of entry. There are {}.", all.join(", "))
                })?;
                filter.kind = Some(known);
                Ok(("Kind", small))
            }
            "created" | "time" => {
                let (from, until, words) = days(self.zone, self.now, value)?;
                narrow((&mut filter.from, &mut filter.until), (from, until));
                Ok(("When", words))
            }
            _ => Err(format!(
                "“{field}” can't be searched by. You can search by actor, action, order, table, field, row, kind, request or created."
            )),
        }
    }
}
