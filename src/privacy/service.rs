//! The pages of privacy, as data.

use super::{
    erasure::{DECISIONS, blocked, path, sheet, why_not},
    map, retention, store, told,
};
use crate::{
    auth::guard::{Ctx, missing},
    cards::Card,
    error::AppError,
    list::model::Query,
    record::Record,
    server::sessions,
    sheet::Act,
};
use uuid::Uuid;

/// Erasures, and entries of what went.
const ENTRIES: i64 = 50;

/// `/privacy`.
///
/// # Errors
/// When the database says no.
pub async fn privacy(ctx: &Ctx, _address: &str) -> Result<Record, AppError> {
    let (db, now, zone) = (&ctx.state.db, ctx.state.clock.now(), ctx.zone());
    let (erasures, runs, due, sessions, map, unclean) = tokio::try_join!(
        store::erasures(db, None, ENTRIES),
        store::runs(db, ENTRIES),
        retention::due(db, now),
        sessions::count_old(db, now),
        map::whole(db),
        store::unclean_months(db)
    )?;
    let mut cards = vec![told::erasures(&erasures, &zone).wide(), told::due(&due, sessions), told::runs(&runs, &zone)];
    cards.extend(told::unclean(&unclean));
    cards.extend(told::map(&map).map(Card::wide));
    Ok(Record { title: "Privacy".into(), cards, ..Record::default() })
}

/// `/privacy/{id}`.
///
/// # Errors
/// [`AppError::NotFound`] when there is none of that id, and when the database says no.
pub async fn erasure(ctx: &Ctx, address: &str) -> Result<Record, AppError> {
    let (way, query) = Query::of_address(address);
    let id: Uuid = way.rsplit('/').next().unwrap_or_default().parse().map_err(|_| missing())?;
    let db = &ctx.state.db;
    let erasure = store::erasures(db, Some(id), 1).await?.pop().ok_or_else(missing)?;
    let mut facts = told::erasure(&erasure, &ctx.zone());
    let mut cards = Vec::new();
    let mut open = None;
    if erasure.state == "asked" {
        let people = map::person(db, erasure.user_id).await?;
        let (places, blocked) = tokio::try_join!(
            async { map::of_person(db, &people).await.map_err(AppError::from) },
            blocked(ctx, erasure.user_id)
        )?;
        for (code, icon, label) in DECISIONS {
            let why = why_not(ctx.me.id, &erasure, code).or_else(|| blocked.clone().filter(|_| code == "grant"));
            let to = if why.is_none() { format!("{}?act={code}", path(id)) } else { String::new() };
            let why_not = why.unwrap_or_default();
            facts = facts.acts(&[Act { place: "erasure".into(), label: label.into(), icon: icon.into(), to, why_not }]);
        }
        open = sheet(ctx.me.id, &erasure, query.get("act"), blocked);
        cards.push(told::preview(&places).wide());
    } else if ["granted", "done"].contains(&erasure.state.as_str()) {
        // one card more from the beginning: the page is alive until it is done
        cards.push(told::counted(&erasure, &map::whole(db).await?).wide());
    }
    cards.insert(0, facts);
    let (class, words) = told::state(&erasure.state);
    Ok(Record {
        title: format!("Erasure of {}", erasure.who),
        badge: (class.into(), words.into()),
        links: vec![("arrow-left".into(), "Privacy".into(), "/privacy".into())],
        cards,
        sheet: open,
        is_live: erasure.state == "granted",
        ..Record::default()
    })
}
