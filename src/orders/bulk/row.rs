//! One order of a bulk act, in the transaction of its row.

use super::Bulk;
use crate::{
    auth::model::Me,
    forms::Refusal,
    jobs::rows::undone,
    orders::{
        assignment::{assign_in, give_back_in},
        model::MoveDetails,
        moves::move_in,
        notes::{add_in, take_back_in},
        tags::change_in,
    },
    server::db::Stop,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sqlx::PgConnection;
use uuid::Uuid;

/// What was changed, for setting it back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Undo {
    Note(Uuid),
    Tags { added: Vec<String>, removed: Vec<String> },
    Assigned { was: Option<Uuid>, is: Option<Uuid> },
}

/// Does it to an order. What setting it back needs to know; null when there is nothing to set back.
pub async fn act(connection: &mut PgConnection, act: &Bulk, me: &Me, order: Uuid, tells: bool) -> Result<Json, Stop> {
    let undo = match act {
        Bulk::Move { to, reason } => {
            let details = MoveDetails { reason: reason.clone(), ..MoveDetails::default() };
            move_in(connection, me.role, order, None, *to, &details).await?;
            return Ok(Json::Null);
        }
        Bulk::Note { text } => {
            let note = Uuid::new_v4();
            add_in(connection, order, note, me.id, text).await?;
            Undo::Note(note)
        }
        Bulk::Tags { add, remove } => {
            let (was, is) = change_in(connection, order, add, remove).await?;
            let only = |these: &[String], those: &[String]| {
                these.iter().filter(|tag| !those.contains(tag)).cloned().collect::<Vec<_>>()
            };
            let (added, removed) = (only(&is, &was), only(&was, &is));
            if added.is_empty() && removed.is_empty() {
                return Ok(Json::Null);
            }
            Undo::Tags { added, removed }
        }
        Bulk::Assign { to, .. } => {
            let was = assign_in(connection, me.id, order, *to, tells).await?;
            if was == *to {
                return Ok(Json::Null);
            }
            Undo::Assigned { was, is: *to }
        }
        Bulk::Revert { job } => {
            set_back(connection, *job, me, order).await?;
            return Ok(Json::Null);
        }
    };
    Ok(serde_json::to_value(undo)?)
}

async fn set_back(connection: &mut PgConnection, job: Uuid, me: &Me, order: Uuid) -> Result<(), Stop> {
    let undo = undone(connection, job, order).await?;
    let undo = serde_json::from_value(undo)?;
    match undo {
        Undo::Note(note) => {
            if !take_back_in(connection, order, note, me.id).await? {
                return Err(Refusal::conflict("Its note was changed or deleted since, or is somebody else’s.").into());
            }
        }
        // what others put on or took off since stays
        Undo::Tags { added, removed } => drop(change_in(connection, order, &removed, &added).await?),
        Undo::Assigned { was, is } => give_back_in(connection, me.id, order, (was, is)).await?,
    }
    Ok(())
}
