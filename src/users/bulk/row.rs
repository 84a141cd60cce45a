//! One user of a bulk act, in the transaction of its row.

use super::Bulk;
use crate::{
    jobs::rows::undone,
    server::db::Stop,
    users::{
        model::Status,
        standing::{set_back_in, set_in},
        tags::change_in,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sqlx::PgConnection;
use uuid::Uuid;

/// What was changed, for setting it back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Undo {
    Standing { was: Status, is: Status },
    Tags { added: Vec<String>, removed: Vec<String> },
}

/// Does it to a user. What setting it back needs to know; null when there is nothing to set back.
pub async fn act(connection: &mut PgConnection, act: &Bulk, user: Uuid) -> Result<Json, Stop> {
    let undo = match act {
        Bulk::Standing { to, .. } => Undo::Standing { was: set_in(connection, user, *to, None).await?, is: *to },
        Bulk::Tags { add, remove } => {
            let (was, is) = change_in(connection, user, add, remove).await?;
            let only = |these: &[String], those: &[String]| {
                these.iter().filter(|tag| !those.contains(tag)).cloned().collect::<Vec<_>>()
            };
            let (added, removed) = (only(&is, &was), only(&was, &is));
            if added.is_empty() && removed.is_empty() {
                return Ok(Json::Null);
            }
            Undo::Tags { added, removed }
        }
        Bulk::Revert { job, .. } => {
            set_back(connection, *job, user).await?;
            return Ok(Json::Null);
        }
    };
    Ok(serde_json::to_value(undo)?)
}

async fn set_back(connection: &mut PgConnection, job: Uuid, user: Uuid) -> Result<(), Stop> {
    let undo = undone(connection, job, user).await?;
    let undo = serde_json::from_value(undo)?;
    match undo {
        Undo::Standing { was, is } => set_back_in(connection, user, was, is).await,
        // what others put on or took off since stays
        Undo::Tags { added, removed } => change_in(connection, user, &removed, &added).await.map(drop),
    }
}
