//! What a person's page offers about their data: the file of everything, and the erasure; and the form of each.

use super::{
    api::{AskErasure, ExportPerson},
    erasure::{blocked, path},
    map,
};
use crate::{
    auth::{guard::Ctx, model::Right},
    error::AppError,
    list::counts,
    sheet::{Act, Sheet, SheetField, why_not_right},
    users::person::store::Head,
};
use server_fn::ServerFn;

/// Words of the addresses.
const EXPORT: &str = "data";
const ERASE: &str = "erase";

/// Links, or why not, for the card of the account.
pub fn offered(ctx: &Ctx, head: &Head) -> Vec<Act> {
    let why_not = why_not_right(Right::HandlePrivacy, &ctx.me);
    let here = |act: &str| format!("/users/{}?act={act}", head.id);
    let act = |label: &str, icon: &str, to: String, why_not: Option<String>| Act {
        place: "standing".into(),
        label: label.into(),
        icon: icon.into(),
        to: if why_not.is_none() { to } else { String::new() },
        why_not: why_not.unwrap_or_default(),
    };
    let mut acts = vec![act("Everything about this person as a file", "download", here(EXPORT), why_not.clone())];
    match (&head.erasure, &why_not) {
        (Some(erasure), None) => acts.push(act("See the erasure", "trash-2", path(erasure.id), None)),
        _ => acts.push(act("Erase this person", "trash-2", here(ERASE), why_not.or_else(|| why_merged(head)))),
    }
    acts
}

/// Why an account that was merged isn't the place to erase the person.
fn why_merged(head: &Head) -> Option<String> {
    head.merged_into.map(|_| "it was merged into another account. Do it there.".to_owned())
}

/// The form that the address opens; nothing when it is none of these.
///
/// # Errors
/// When the database says no.
pub async fn sheet(ctx: &Ctx, head: &Head, act: &str) -> Result<Option<Sheet>, AppError> {
    let is_export = match act {
        EXPORT => true,
        ERASE if head.erasure.is_none() => false,
        _ => return Ok(None),
    };
    if !ctx.me.may(Right::HandlePrivacy) {
        return Ok(None);
    }
    let people = map::person(&ctx.state.db, head.id).await?;
    let places = map::of_person(&ctx.state.db, &people).await?;
    let found = places.iter().filter(|place| place.found > 0);
    let lines = |fate: &str| {
        let named: Vec<String> = found
            .clone()
            .filter(|place| if is_export { place.is_exported } else { place.fate == fate })
            .map(|place| format!("{} ({})", place.title, counts::grouped(place.found)))
            .collect();
        if named.is_empty() { "nothing".to_owned() } else { named.join(", ") }
    };
    let accounts = i64::try_from(people.len()).unwrap_or(i64::MAX);
    let merged = (accounts > 1).then(|| {
        format!(
            "It is about {}: this one and those that were merged into it.",
            counts::of(accounts, ("account", "accounts"))
        )
    });
    let back = format!("/users/{}", head.id);
    let reason = SheetField::text("reason", "Reason", 2).required();
    if is_export {
        let mut effects = vec![
            format!("A ZIP with JSON and CSV of: {}.", lines("")),
            "A job makes it; you can download it for seven days. Who took it, when and why is recorded.".into(),
            "Give it to nobody but this person: it is not masked.".into(),
        ];
        effects.extend(merged);
        return Ok(Some(Sheet {
            title: format!("Everything about {}", head.name()),
            effects,
            to: ExportPerson::PATH.into(),
            hidden: vec![("subject".into(), head.id.to_string())],
            fields: vec![reason.hint("How the person asked. Name nobody.")],
            submit: "Make the file".into(),
            back,
            ..Sheet::default()
        }));
    }
    let why_not = blocked(ctx, head.id).await?.or_else(|| why_merged(head));
    let mut effects = vec![
        format!("Deleted: {}.", lines("deleted")),
        format!("Emptied of everything personal: {}.", lines("blanked")),
        format!("Kept, as it names nobody: {}.", lines("kept")),
        "Wherever else the address, the number or the whole name is written (the audit trail, jobs, saved views) it is erased too. \
         All lists that were exported are withdrawn."
            .into(),
        "A colleague decides. Until then nothing is erased.".into(),
    ];
    effects.extend(merged);
    Ok(Some(Sheet {
        title: format!("Ask to erase {}", head.name()),
        effects,
        to: AskErasure::PATH.into(),
        hidden: vec![("erase".into(), head.id.to_string())],
        fields: vec![reason.hint("How the person asked, and how you know that it was them. Name nobody.")],
        submit: "Ask for the erasure".into(),
        is_danger: true,
        why_not: why_not.map(|why| format!("This can’t be done: {why}")).unwrap_or_default(),
        back,
        ..Sheet::default()
    }))
}
