//! What a person chose: `/orders/bulk` with the orders in its address, and the form of each act.

use super::Bulk;
use crate::{
    auth::{guard::Ctx, model::Right},
    error::AppError,
    forms::{Outcome, Refusal},
    list::{
        bulk::{
            form::{Choice, Offer, file_fields, file_offer, ids, make_file, read_tags, sent_ids, tag_fields},
            preview::preview,
        },
        listing::Listing,
        model::Query,
    },
    orders::{
        api::PreviewBulk,
        assignment::{colleague, colleagues},
        documents,
        list::store::{self, Ask},
        model::{BulkChoice, Slips, Status},
        moves::{ends_it, problem_of},
    },
    record::Record,
    server::texts::read_note,
    sheet::SheetField,
};
use server_fn::ServerFn;
use time::OffsetDateTime;

/// Most packing slips that are printed together.
const MOST_SLIPS: usize = 100;
/// The acts: word of the address, icon, label, right.
static OFFERS: [Offer; 5] = [
    ("move", "arrow-right", "Move along", Right::MoveOrders),
    ("tags", "tag", "Change tags", Right::NoteOrders),
    ("assign", "user", "Assign", Right::NoteOrders),
    ("note", "message-square", "Add a note", Right::NoteOrders),
    file_offer::<Ask>(),
];

/// The page: which orders, what can be done, the form of the act that is opened.
///
/// # Errors
/// [`AppError::BadRequest`] for an address that no page of ours leads to, and when the database says no.
pub async fn page(ctx: &Ctx, address: &str) -> Result<Record, AppError> {
    let choice = Box::pin(Choice::<Ask>::read(ctx, address)).await?;
    let sheet = match choice.open(&OFFERS) {
        Some(offer) => Some(choice.sheet(&ctx.me, offer, PreviewBulk::PATH, fields(ctx, offer.0).await?)),
        None => None,
    };
    let slips = choice.link("Packing slips", "printer", "slips");
    Ok(choice.record(&ctx.me, &[slips], &OFFERS, sheet))
}

/// The packing slips of the orders that an address names, the first of them.
///
/// # Errors
/// As [`page`].
pub async fn slips(ctx: &Ctx, text: &str) -> Result<Slips, AppError> {
    let query = Query::parse(text).without(&["id", "ids", "do", "panel"]);
    let list = if query.get("in").is_empty() { query.first_page() } else { Query::parse(query.get("in")) };
    let mut ids = ids::<Ask>(text)?;
    let mut is_more = ids.len() > MOST_SLIPS;
    if ids.is_empty() {
        let asked = Ask::read(ctx, &query.first_page().without(&["in", "limit"])).await?;
        if let Some(problem) = asked.problem() {
            return Err(AppError::BadRequest(problem));
        }
        if let Some(mut ask) = asked.looked_up(ctx).await? {
            ask.paging.limit = u16::try_from(MOST_SLIPS).unwrap_or(u16::MAX);
            let found = store::list(&ctx.state.db, &ask, OffsetDateTime::now_utc()).await?;
            is_more = found.rows.len() > MOST_SLIPS;
            ids = found.rows.into_iter().map(|row| row.id).collect();
        }
    }
    ids.truncate(MOST_SLIPS);
    let mut slips = documents::slips(ctx, &ids).await?;
    if is_more {
        slips.notices.insert(
            0,
            format!("These are the first {MOST_SLIPS} orders; more fit. Print them, then narrow the filter."),
        );
    }
    slips.back = list.address(Ask::PATH);
    Ok(slips)
}

/// The fields of an act.
async fn fields(ctx: &Ctx, act: &str) -> Result<Vec<SheetField>, AppError> {
    Ok(match act {
        "export" => file_fields::<Ask>(ctx),
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
        "tags" => tag_fields(),
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
    })
}

/// Reads what was chosen and makes the preview.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn make_preview(ctx: &Ctx, bulk: &str, choice: BulkChoice) -> Result<Outcome, AppError> {
    let ids = match sent_ids::<Ask>(&choice.ids)? {
        Ok(ids) => ids,
        Err(refusal) => return Ok(refusal.into()),
    };
    let query = Query::parse(&choice.query).first_page();
    if bulk == "export" {
        return make_file::<Ask>(ctx, &query, ids, choice.text.trim()).await;
    }
    let bulk = match act(ctx, bulk, &choice).await? {
        Ok(bulk) => bulk,
        Err(refusal) => return Ok(refusal.into()),
    };
    if !ctx.me.may(bulk.right()) {
        return Err(AppError::Forbidden { right: bulk.right() });
    }
    preview(ctx, ids, &query, bulk).await
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
        "tags" => match read_tags(&choice.add, &choice.remove) {
            Ok((add, remove)) => Bulk::Tags { add, remove },
            Err(refusal) => return Ok(Err(refusal)),
        },
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
