//! What a person chose: a page below the list's with the rows in its address, and the form of each act.

use super::{MOST, dotted};
use crate::{
    auth::{
        guard::{Ctx, set_refusal},
        model::{Me, Right},
    },
    cards::Card,
    error::AppError,
    forms::{Done, Outcome, Refusal},
    jobs::{
        kind::Job,
        queue::{New, put},
    },
    list::{
        counts,
        export::{
            Format,
            file::{checked, record},
            job::{self, Export},
        },
        listing::{Listing, below},
        model::Query,
        tags::tags,
    },
    record::Record,
    server::db::{Actor, act},
    sheet::{Act, Sheet, SheetField, why_not_right},
};
use std::marker::PhantomData;
use time::OffsetDateTime;
use uuid::Uuid;

/// Longest name of a file.
const LONGEST_NAME: usize = 100;

/// An act: word of the address, icon, label, right.
pub type Offer = (&'static str, &'static str, &'static str, Right);

/// The act that makes a file; it is no change and needs no preview.
#[must_use]
pub const fn file_offer<A: Listing>() -> Offer {
    ("export", "download", "Make a file", A::EXPORT)
}

/// What the address of a page for many rows says.
pub struct Choice<A> {
    /// Those that were checked; none: all that fit.
    pub ids: Vec<Uuid>,
    /// The list's address.
    pub query: Query,
    own: Query,
    /// Which they are, in a sentence.
    what: String,
    /// Whether there is anything to do.
    can: bool,
    list: PhantomData<fn(&A)>,
}

impl<A: Listing> Choice<A> {
    /// Reads the page's address.
    ///
    /// # Errors
    /// [`AppError::BadRequest`] for an address that no page of ours leads to, and when the database says no.
    pub async fn read(ctx: &Ctx, address: &str) -> Result<Self, AppError> {
        let text = address.split_once('?').map_or("", |(_, query)| query);
        let ids = ids::<A>(text).inspect_err(set_refusal)?;
        let own = Query::parse(text).without(&["id"]);
        let query = own.first_page().without(&["ids", "do", "in", "limit", "panel", "format"]);
        let asked = A::read(ctx, &query).await.inspect_err(set_refusal)?;
        let (one, many) = A::NOUN;
        let (what, can) = if !ids.is_empty() {
            let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
            (format!("{} that you chose.", counts::of(count, A::NOUN)), true)
        } else if let Some(problem) = asked.problem() {
            (problem, false)
        } else {
            let most = i64::try_from(MOST).unwrap_or(i64::MAX);
            match A::count(ctx, &query, most).await? {
                Some(0) => (format!("No {one} fits this search."), false),
                Some(count) if count > most => (
                    format!(
                        "More than {} {many} fit. Narrow the filter, by a time or a status.",
                        counts::grouped(most)
                    ),
                    false,
                ),
                Some(count) => {
                    let all = if query.is_empty() { "all there are" } else { "all that fit the list’s filter" };
                    (format!("{}: {all}.", counts::of(count, A::NOUN)), true)
                }
                None => (format!("All {many} that fit the list’s filter. Their number is told in the preview."), true),
            }
        };
        Ok(Self { ids, query, own, what, can, list: PhantomData })
    }

    /// The act whose form is open, of these.
    #[must_use]
    pub fn open(&self, offers: &'static [Offer]) -> Option<&'static Offer> {
        offers.iter().filter(|_| self.can).find(|(word, ..)| *word == self.own.get("do"))
    }

    fn here(&self, act: &str) -> String {
        self.own.with("ids", &dotted(&self.ids)).with("do", act).address(&below::<A>("bulk"))
    }

    /// Another page about the same rows, below the list's.
    #[must_use]
    pub fn link(&self, label: &str, icon: &str, name: &str) -> Act {
        Act::link(label, icon, self.own.with("ids", &dotted(&self.ids)).without(&["do"]).address(&below::<A>(name)))
    }

    /// The page: what can be done, besides `links`, and the form that is open.
    #[must_use]
    pub fn record(&self, me: &Me, links: &[Act], offers: &'static [Offer], sheet: Option<Sheet>) -> Record {
        let mut card = Card::new("acts", "What to do with them").remark(&self.what);
        if self.can {
            for link in links {
                card = card.act(link);
            }
            for (act, icon, label, right) in offers {
                let why_not = why_not_right(*right, me);
                card = card.act(&Act {
                    place: "acts".into(),
                    label: (*label).into(),
                    icon: (*icon).into(),
                    to: if why_not.is_none() { self.here(act) } else { String::new() },
                    why_not: why_not.unwrap_or_default(),
                });
            }
        }
        card = card.gap().remark(&format!(
            "Each act is previewed first: which {}, which of them can’t and why, what changes. Nothing changes before you run it.",
            A::NOUN.1
        ));
        let list = if self.own.get("in").is_empty() { self.query.clone() } else { Query::parse(self.own.get("in")) };
        Record {
            title: format!("Change {}", A::NOUN.1),
            links: vec![("arrow-left".into(), "Back to the list".into(), list.address(A::PATH))],
            cards: vec![card],
            sheet,
            ..Record::default()
        }
    }

    /// The form of an act with these fields, for the server function at `to`.
    #[must_use]
    pub fn sheet(&self, me: &Me, (act, _, title, right): &Offer, to: &str, fields: Vec<SheetField>) -> Sheet {
        let is_export = *act == "export";
        Sheet {
            title: (*title).into(),
            to: to.into(),
            hidden: vec![
                ("bulk".into(), (*act).into()),
                ("ids".into(), dotted(&self.ids)),
                ("query".into(), self.query.text()),
            ],
            fields,
            submit: if is_export { "Make the file" } else { "Preview" }.into(),
            why_not: why_not_right(*right, me).map(|why| format!("This is {why}")).unwrap_or_default(),
            back: self.here(""),
            ..Sheet::default()
        }
    }
}

/// The fields of the act that makes a file.
#[must_use]
pub fn file_fields<A: Listing>(ctx: &Ctx) -> Vec<SheetField> {
    let name = format!("{}-{}", A::CODE, ctx.zone().day_of(OffsetDateTime::now_utc()));
    vec![SheetField::line("text", "Name of the file", name).required().hint(
        "CSV, newest first, with the columns of the list and what your role may see. The job keeps it for 7 days; \
         who made it is recorded.",
    )]
}

/// The fields of the act that changes tags.
#[must_use]
pub fn tag_fields() -> Vec<SheetField> {
    vec![
        SheetField::line("add", "Put on", "").hint("Separated by commas."),
        SheetField::line("remove", "Take off", "").hint("Separated by commas."),
    ]
}

/// Reads the tags to put on and to take off.
///
/// # Errors
/// What is wrong with them, beside the field.
pub fn read_tags(add: &str, remove: &str) -> Result<(Vec<String>, Vec<String>), Refusal> {
    let refuse = |field: &str, why: String| Err(Refusal::input("Nothing was changed.").field(field, why));
    match (tags(add), tags(remove)) {
        (Err(why), _) => refuse("add", why),
        (_, Err(why)) => refuse("remove", why),
        (Ok(add), Ok(remove)) if add.is_empty() && remove.is_empty() => {
            refuse("add", "Name a tag to put on or to take off.".into())
        }
        (Ok(add), Ok(remove)) if add.iter().any(|tag| remove.contains(tag)) => {
            refuse("remove", "A tag can't be put on and taken off.".into())
        }
        (Ok(add), Ok(remove)) => Ok((add, remove)),
    }
}

/// The rows that were checked: `id` again and again, as the list's form sends it, or `ids` with dots between them.
///
/// # Errors
/// [`AppError::BadRequest`] when one is none, or they are too many.
pub fn ids<A: Listing>(text: &str) -> Result<Vec<Uuid>, AppError> {
    let words = form_urlencoded::parse(text.as_bytes()).into_owned().flat_map(|(name, value)| match name.as_str() {
        "id" => vec![value],
        "ids" => value.split('.').filter(|id| !id.is_empty()).map(str::to_owned).collect(),
        _ => Vec::new(),
    });
    let mut ids = checked::<A>(words)?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// The rows that a form of ours was sent for.
///
/// # Errors
/// The refusal of ids that are none, or too many.
pub fn sent_ids<A: Listing>(ids: &str) -> Result<Result<Vec<Uuid>, Refusal>, AppError> {
    match self::ids::<A>(&format!("ids={ids}")) {
        Ok(ids) => Ok(Ok(ids)),
        Err(AppError::BadRequest(why)) => Ok(Err(Refusal::input(why))),
        Err(error) => Err(error),
    }
}

/// Puts in the job that makes a file.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn make_file<A: Listing>(ctx: &Ctx, query: &Query, ids: Vec<Uuid>, name: &str) -> Result<Outcome, AppError> {
    if !ctx.me.may(A::EXPORT) {
        return Err(AppError::Forbidden { right: A::EXPORT });
    }
    if name.is_empty()
        || name.chars().count() > LONGEST_NAME
        || name.chars().any(|letter| letter.is_control() || "/\\".contains(letter))
    {
        let why = format!("A name has 1 to {LONGEST_NAME} letters and no slash.");
        return Ok(Refusal::input("The file was not made.").field("text", why).into());
    }
    let export = match job::asked::<A>(ctx, query, ids, name).await {
        Ok(export) => export,
        Err(AppError::BadRequest(why)) => return Ok(Refusal::input(why).into()),
        Err(error) => return Err(error),
    };
    record::<A>(ctx, Format::Csv, query, export.ids.len()).await?;
    let me = ctx.me.id;
    act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let new = New {
                kind: Export::<A>::KIND,
                title: format!("A file of {}", A::NOUN.1),
                args: serde_json::to_value(&export)?,
                owner: Some(me),
                ..New::default()
            };
            let id = put(connection, new).await?.ok_or(AppError::Busy)?;
            Ok(Done { to: format!("/jobs/{id}"), message: "The file is being made.".into(), reload: false })
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::list::store::Ask;

    #[test]
    fn ids_come_one_by_one_or_together_and_each_once() {
        let ids = |text: &str| ids::<Ask>(text);
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(ids(&format!("id={two}&id={one}&q=x&id={one}")).unwrap(), [one, two]);
        assert_eq!(ids(&format!("ids={}", dotted(&[one, two]))).unwrap(), [one, two]);
        assert!(ids("q=x").unwrap().is_empty());
        assert!(ids("id=7").is_err());
        let many: Vec<Uuid> = (0..1_001).map(Uuid::from_u128).collect();
        assert!(ids(&format!("ids={}", dotted(&many))).is_err());
    }
}
