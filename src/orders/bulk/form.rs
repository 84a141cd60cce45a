//! What a person chose: `/orders/bulk` with the orders in its address, and the form of each act.

use super::{
    Bulk,
    preview::{Chosen, MOST, preview},
};
use crate::{
    auth::{
        guard::{Ctx, set_refusal},
        model::Right,
    },
    cards::Card,
    error::AppError,
    forms::{Done, Outcome, Refusal},
    jobs::{
        kind::Job,
        queue::{New, put},
    },
    list::{counts, export::Format, model::Query},
    orders::{
        acts::why_not_right,
        api,
        assignment::{colleague, colleagues},
        documents,
        list::{
            export::{checked, record},
            export_job::{self, Export},
            service::{count_of, looked_up, read},
            store::{self, Ask},
        },
        model::{BulkChoice, Slips, Status},
        moves::{ends_it, problem_of},
        tags,
    },
    record::Record,
    server::{
        db::{self, Actor},
        texts::read_note,
    },
    sheet::{Act, Sheet, SheetField},
};
use server_fn::ServerFn;
use time::OffsetDateTime;
use uuid::Uuid;

/// The page's address.
const PATH: &str = "/orders/bulk";
/// Longest name of a file.
const LONGEST_NAME: usize = 100;
/// Most packing slips that are printed together.
const MOST_SLIPS: usize = 100;
/// The acts: word of the address, icon, label, right.
const ACTS: [(&str, &str, &str, Right); 5] = [
    ("move", "arrow-right", "Move along", Right::MoveOrders),
    ("tags", "tag", "Change tags", Right::NoteOrders),
    ("assign", "user", "Assign", Right::NoteOrders),
    ("note", "message-square", "Add a note", Right::NoteOrders),
    ("export", "download", "Make a file", Right::ExportOrders),
];

/// The page: which orders, what can be done, the form of the act that is opened.
///
/// # Errors
/// [`AppError::BadRequest`] for an address that no page of ours leads to, and when the database says no.
pub async fn page(ctx: &Ctx, address: &str) -> Result<Record, AppError> {
    let text = address.split_once('?').map_or("", |(_, query)| query);
    let ids = ids(text).inspect_err(set_refusal)?;
    let own = Query::parse(text).without(&["id"]);
    let query = own.first_page().without(&["ids", "do", "in", "limit", "panel", "format"]);
    let asked = read(ctx, &query).await.inspect_err(set_refusal)?;
    let list = if own.get("in").is_empty() { query.clone() } else { Query::parse(own.get("in")) };
    let (what, can) = if !ids.is_empty() {
        let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        (format!("{} that you chose.", counts::of(count, ("order", "orders"))), true)
    } else if let Some(problem) = asked.problem() {
        (problem, false)
    } else {
        let most = i64::try_from(MOST).unwrap_or(i64::MAX);
        match count_of(ctx, &query, most).await? {
            Some(0) => ("No order fits this search.".into(), false),
            Some(count) if count > most => (
                format!("More than {} orders fit. Narrow the filter, by a time or a status.", counts::grouped(most)),
                false,
            ),
            Some(count) => {
                let all = if query.is_empty() { "all there are" } else { "all that fit the list’s filter" };
                (format!("{}: {all}.", counts::of(count, ("order", "orders"))), true)
            }
            None => ("All orders that fit the list’s filter. Their number is told in the preview.".into(), true),
        }
    };
    let here = |act: &str| own.with("ids", &dotted(&ids)).with("do", act).address(PATH);
    let mut card = Card::new("acts", "What to do with them").remark(&what);
    if can {
        let slips = own.with("ids", &dotted(&ids)).without(&["do"]).address("/orders/slips");
        card = card.act(&Act::link("Packing slips", "printer", slips));
        for (act, icon, label, right) in ACTS {
            let why_not = why_not_right(right, &ctx.me);
            card = card.act(&Act {
                place: "acts".into(),
                label: label.into(),
                icon: icon.into(),
                to: if why_not.is_none() { here(act) } else { String::new() },
                why_not: why_not.unwrap_or_default(),
            });
        }
    }
    card = card.gap().remark(
        "Each act is previewed first: which orders, which of them can’t and why, what changes. Nothing changes before you run it.",
    );
    let sheet = if can { sheet(ctx, own.get("do"), &ids, &query, here("")).await? } else { None };
    Ok(Record {
        title: "Change orders".into(),
        links: vec![("arrow-left".into(), "Back to the list".into(), list.address("/orders"))],
        cards: vec![card],
        sheet,
        ..Record::default()
    })
}

/// The packing slips of the orders that an address names, the first of them.
///
/// # Errors
/// As [`page`].
pub async fn slips(ctx: &Ctx, text: &str) -> Result<Slips, AppError> {
    let query = Query::parse(text).without(&["id", "ids", "do", "panel"]);
    let list = if query.get("in").is_empty() { query.first_page() } else { Query::parse(query.get("in")) };
    let mut ids = ids(text)?;
    let mut is_more = ids.len() > MOST_SLIPS;
    if ids.is_empty() {
        let asked = read(ctx, &query.first_page().without(&["in", "limit"])).await?;
        if let Some(problem) = asked.problem() {
            return Err(AppError::BadRequest(problem));
        }
        if let Some(filter) = looked_up(ctx, &asked).await? {
            let limit = u16::try_from(MOST_SLIPS).unwrap_or(u16::MAX);
            let ask = Ask { filter, limit, ..asked.ask };
            let found = store::list(&ctx.state.db, &ask, OffsetDateTime::now_utc()).await?;
            is_more = found.rows.len() > MOST_SLIPS;
            ids = found.rows.into_iter().map(|row| row.id).collect();
        }
    }
    ids.truncate(MOST_SLIPS);
    let mut slips = documents::slips(ctx, ids).await?;
    if is_more {
        slips.notices.insert(
            0,
            format!("These are the first {MOST_SLIPS} orders; more fit. Print them, then narrow the filter."),
        );
    }
    slips.back = list.address("/orders");
    Ok(slips)
}

/// The orders that were checked: `id` again and again, as the list's form sends it, or `ids` with dots between them.
fn ids(text: &str) -> Result<Vec<Uuid>, AppError> {
    let words = form_urlencoded::parse(text.as_bytes()).into_owned().flat_map(|(name, value)| match name.as_str() {
        "id" => vec![value],
        "ids" => value.split('.').filter(|id| !id.is_empty()).map(str::to_owned).collect(),
        _ => Vec::new(),
    });
    let mut ids = checked(words)?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

fn dotted(ids: &[Uuid]) -> String {
    ids.iter().map(|id| id.simple().to_string()).collect::<Vec<_>>().join(".")
}

async fn sheet(ctx: &Ctx, act: &str, ids: &[Uuid], query: &Query, back: String) -> Result<Option<Sheet>, AppError> {
    let Some((act, _, title, right)) = ACTS.into_iter().find(|(word, ..)| *word == act) else { return Ok(None) };
    let is_export = act == "export";
    let fields = match act {
        "export" => {
            let name = format!("orders-{}", ctx.zone().day_of(OffsetDateTime::now_utc()));
            vec![SheetField::line("text", "Name of the file", name).required().hint(
                "CSV, newest first, with the columns of the list and what your role may see. The job keeps it for 7 days; \
                 who made it is recorded.",
            )]
        }
        "move" => {
            let targets = Bulk::TARGETS
                .into_iter()
                .filter(|to| {
                    Status::ALL.into_iter().any(|from| from.move_to(*to).is_some_and(|step| step.allows(ctx.me.role)))
                })
                .map(|to| (to.code().to_owned(), to.label().to_owned()))
                .collect();
            let status = SheetField { options: targets, ..SheetField::line("status", "New status", "").required() };
            let reason = SheetField::line("reason", "Reason", "")
                .hint("Needed when orders are cancelled or fail. History and colleagues see it.");
            vec![
                status.hint("Shipping, returns and transfers need details of each order: they are done one by one."),
                reason,
            ]
        }
        "tags" => vec![
            SheetField::line("add", "Put on", "").hint("Separated by commas."),
            SheetField::line("remove", "Take off", "").hint("Separated by commas."),
        ],
        "assign" => {
            let mut options: Vec<(String, String)> =
                colleagues(&ctx.state.db).await?.into_iter().map(|one| (one.id.to_string(), one.name)).collect();
            options.insert(0, (String::new(), "Nobody".into()));
            vec![SheetField {
                options,
                ..SheetField::line("assignee", "Who takes care of them", ctx.me.id.to_string())
            }]
        }
        _ => vec![SheetField::text("text", "Note", 4).required().hint("For colleagues only. Nobody is called by it.")],
    };
    Ok(Some(Sheet {
        title: title.into(),
        to: api::PreviewBulk::PATH.into(),
        hidden: vec![("bulk".into(), act.into()), ("ids".into(), dotted(ids)), ("query".into(), query.text())],
        fields,
        submit: if is_export { "Make the file" } else { "Preview" }.into(),
        why_not: why_not_right(right, &ctx.me).map(|why| format!("This is {why}")).unwrap_or_default(),
        back,
        ..Sheet::default()
    }))
}

/// Reads what was chosen and makes the preview.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn make_preview(ctx: &Ctx, bulk: &str, choice: BulkChoice) -> Result<Outcome, AppError> {
    let ids = match ids(&format!("ids={}", choice.ids)) {
        Ok(ids) => ids,
        Err(AppError::BadRequest(why)) => return Ok(Refusal::input(why).into()),
        Err(error) => return Err(error),
    };
    let query = Query::parse(&choice.query).first_page();
    if bulk == "export" {
        return make_file(ctx, &query, ids, choice.text.trim()).await;
    }
    let bulk = match act(ctx, bulk, &choice).await? {
        Ok(bulk) => bulk,
        Err(refusal) => return Ok(refusal.into()),
    };
    if !ctx.me.may(bulk.right()) {
        return Err(AppError::Forbidden { right: bulk.right() });
    }
    preview(ctx, &Chosen { ids, query }, bulk).await
}

/// Puts in the job that makes a file; nothing of it needs a preview.
async fn make_file(ctx: &Ctx, query: &Query, ids: Vec<Uuid>, name: &str) -> Result<Outcome, AppError> {
    if !ctx.me.may(Right::ExportOrders) {
        return Err(AppError::Forbidden { right: Right::ExportOrders });
    }
    if name.is_empty()
        || name.chars().count() > LONGEST_NAME
        || name.chars().any(|letter| letter.is_control() || "/\\".contains(letter))
    {
        let why = format!("A name has 1 to {LONGEST_NAME} letters and no slash.");
        return Ok(Refusal::input("The file was not made.").field("text", why).into());
    }
    let export = match export_job::asked(ctx, query, ids, name).await {
        Ok(export) => export,
        Err(AppError::BadRequest(why)) => return Ok(Refusal::input(why).into()),
        Err(error) => return Err(error),
    };
    record(ctx, Format::Csv, query, export.ids.len()).await?;
    let me = ctx.me.id;
    db::act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let new = New {
                kind: Export::KIND,
                title: "A file of orders".into(),
                args: serde_json::to_value(&export).map_err(|error| sqlx::Error::Encode(error.into()))?,
                owner: Some(me),
                ..New::default()
            };
            let id = put(connection, new).await?.ok_or(AppError::Busy)?;
            Ok(Done { to: format!("/jobs/{id}"), message: "The file is being made.".into(), reload: false })
        })
    })
    .await
}

async fn act(ctx: &Ctx, act: &str, choice: &BulkChoice) -> Result<Result<Bulk, Refusal>, AppError> {
    let refuse = |field: &str, why: String| Ok(Err(Refusal::input("Nothing was changed.").field(field, why)));
    Ok(Ok(match act {
        "move" => {
            let Some(to) = Bulk::TARGETS.into_iter().find(|to| to.code() == choice.status) else {
                return refuse("status", "Choose one of these.".into());
            };
            let reason = choice.reason.trim().to_owned();
            if let Some(problem) = problem_of(&reason) {
                return refuse("reason", problem);
            }
            if reason.is_empty() && ends_it(to) {
                return refuse("reason", "Say why, for the colleagues.".into());
            }
            Bulk::Move { to, reason }
        }
        "tags" => {
            let (add, remove) = (tags::tags(&choice.add), tags::tags(&choice.remove));
            match (add, remove) {
                (Err(why), _) => return refuse("add", why),
                (_, Err(why)) => return refuse("remove", why),
                (Ok(add), Ok(remove)) if add.is_empty() && remove.is_empty() => {
                    return refuse("add", "Name a tag to put on or to take off.".into());
                }
                (Ok(add), Ok(remove)) if add.iter().any(|tag| remove.contains(tag)) => {
                    return refuse("remove", "A tag can't be put on and taken off.".into());
                }
                (Ok(add), Ok(remove)) => Bulk::Tags { add, remove },
            }
        }
        "assign" => match choice.assignee.trim() {
            "" => Bulk::Assign { to: None, name: String::new() },
            id => {
                let nobody = || refuse("assignee", "Choose one of the colleagues.".into());
                let Ok(id) = id.parse() else { return nobody() };
                let mut connection = ctx.state.db.acquire().await?;
                let Some(name) = colleague(&mut connection, id).await? else { return nobody() };
                Bulk::Assign { to: Some(id), name }
            }
        },
        "note" => match read_note(&choice.text, "text") {
            Ok(text) => Bulk::Note { text },
            Err(refusal) => return Ok(Err(refusal)),
        },
        _ => return Ok(Err(Refusal::input("There is no such act. Load the page again."))),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_one_by_one_or_together_and_each_once() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(ids(&format!("id={two}&id={one}&q=x&id={one}")).unwrap(), [one, two]);
        assert_eq!(ids(&format!("ids={}", dotted(&[one, two]))).unwrap(), [one, two]);
        assert!(ids("q=x").unwrap().is_empty());
        assert!(ids("id=7").is_err());
        let many: Vec<Uuid> = (0..1_001).map(Uuid::from_u128).collect();
        assert!(ids(&format!("ids={}", dotted(&many))).is_err());
    }
}
