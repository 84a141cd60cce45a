//! What a person chose: `/users/bulk` with the users in its address, and the form of each act.

use super::Bulk;
use crate::{
    auth::{guard::Ctx, model::Right},
    error::AppError,
    forms::{Outcome, Refusal},
    list::{
        bulk::{
            form::{Choice, Offer, file_fields, file_offer, make_file, read_tags, sent_ids, tag_fields},
            preview::preview,
        },
        model::Query,
    },
    record::Record,
    server::texts::read_reason,
    sheet::SheetField,
    users::{
        api::PreviewUsers,
        list::store::Ask,
        model::{BulkChoice, Status},
    },
};
use server_fn::ServerFn;

/// The acts: word of the address, icon, label, right.
static OFFERS: [Offer; 4] = [
    ("suspend", "ban", "Suspend", Right::EditUsers),
    ("reactivate", "circle-check", "Reactivate", Right::EditUsers),
    ("tags", "tag", "Change tags", Right::EditUsers),
    file_offer::<Ask>(),
];

/// The page: which users, what can be done, the form of the act that is opened.
///
/// # Errors
/// [`AppError::BadRequest`] for an address that no page of ours leads to, and when the database says no.
pub async fn page(ctx: &Ctx, address: &str) -> Result<Record, AppError> {
    let choice = Box::pin(Choice::<Ask>::read(ctx, address)).await?;
    let sheet = choice.open(&OFFERS).map(|offer| {
        let fields = match offer.0 {
            "export" => file_fields::<Ask>(ctx),
            "tags" => tag_fields(),
            _ => vec![SheetField::text("reason", "Reason", 2).required().hint("For the record. Name no other people.")],
        };
        choice.sheet(&ctx.me, offer, PreviewUsers::PATH, fields)
    });
    Ok(choice.record(&ctx.me, &[], &OFFERS, sheet))
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
    match read(bulk, &choice) {
        Ok(bulk) => preview(ctx, ids, &query, bulk).await,
        Err(refusal) => Ok(refusal.into()),
    }
}

fn read(bulk: &str, choice: &BulkChoice) -> Result<Bulk, Refusal> {
    let standing = |to| Ok(Bulk::Standing { to, reason: read_reason(&choice.reason)? });
    match bulk {
        "suspend" => standing(Status::Suspended),
        "reactivate" => standing(Status::Active),
        "tags" => read_tags(&choice.add, &choice.remove).map(|(add, remove)| Bulk::Tags { add, remove }),
        _ => Err(Refusal::input("There is no such act. Load the page again.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_act_needs_a_reason_or_tags_and_survives_the_way_to_the_database() {
        let choice =
            |reason: &str, add: &str| BulkChoice { reason: reason.into(), add: add.into(), ..BulkChoice::default() };
        assert!(read("suspend", &choice("  ", "")).is_err() && read("tags", &choice("", "")).is_err());
        assert!(read("delete", &choice("x", "x")).is_err());
        let suspend = read("suspend", &choice(" Fraud\n ring ", "")).unwrap();
        assert_eq!(suspend, Bulk::Standing { to: Status::Suspended, reason: "Fraud ring".into() });
        for bulk in [
            suspend,
            read("reactivate", &choice("Paid", "")).unwrap(),
            read("tags", &choice("", "vip")).unwrap(),
            Bulk::Revert { job: Uuid::nil(), of_standing: true },
        ] {
            assert_eq!(serde_json::from_value::<Bulk>(serde_json::to_value(&bulk).unwrap()).unwrap(), bulk);
        }
    }
}
