//! Merging: its form, and one transaction under the rows of both accounts, which holds up whatever would be added to
//! either meanwhile.

use super::{
    cards::shown,
    rows::{give_orders, move_rows},
    rules::{self, Counts, Side, in_words},
    store,
};
use crate::{
    auth::guard::Ctx,
    error::AppError,
    forms::{Outcome, Refusal},
    list::tags::{MOST_TAGS, changed},
    server::{
        db::{Actor, Stop, act},
        texts::read_reason,
    },
    sheet::{Sheet, SheetField},
    users::{
        api::MergeUsers,
        model::MergeChoice,
        person::{
            done,
            sight::{Sights, Value},
            store::Head,
        },
    },
};
use serde_json::{Map, Value as Json};
use server_fn::ServerFn;
use sqlx::{PgConnection, types::Json as AsJson};
use time::Date;
use uuid::Uuid;

/// The form.
pub fn sheet(
    [kept, other]: [&Head; 2],
    sights: &[Sights; 2],
    (moves, doubles): (&Counts, &Counts),
    here: &str,
    why_not: Option<String>,
) -> Sheet {
    let mut effects = vec![
        match in_words(moves) {
            Some(what) => format!("Go to {}: {what}.", kept.name()),
            None => format!("{} has nothing that would move.", other.name()),
        },
        format!(
            "{} can’t sign in any more with the address that goes; open sessions there end: {}.",
            other.name(),
            other.sessions
        ),
        "For a day this can be undone from the page of either account. What was added since stays where it is then."
            .to_owned(),
    ];
    if let Some(what) = in_words(doubles) {
        effects.insert(1, format!("Double, and stay with the old account: {what}."));
    }
    let birth = |head: &Head| head.date_of_birth.map(|day| day.to_string());
    let choices = [
        ("name", "Name", Some(kept.name()), Some(other.name())),
        (
            "phone",
            "Phone",
            shown(&sights[0], Value::Phone, kept.phone_number.as_deref()),
            shown(&sights[1], Value::Phone, other.phone_number.as_deref()),
        ),
        (
            "birth",
            "Date of birth",
            shown(&sights[0], Value::Birth, birth(kept).as_deref()),
            shown(&sights[1], Value::Birth, birth(other).as_deref()),
        ),
    ];
    let mut fields = Vec::new();
    for (field, label, of_kept, of_other) in choices {
        let (is_same, has_one, has_other) = match field {
            "name" => (kept.name() == other.name(), true, true),
            "phone" => {
                (kept.phone_number == other.phone_number, kept.phone_number.is_some(), other.phone_number.is_some())
            }
            _ => {
                (kept.date_of_birth == other.date_of_birth, kept.date_of_birth.is_some(), other.date_of_birth.is_some())
            }
        };
        if let (Some(of_kept), Some(of_other), false, true) = (of_kept, of_other, is_same, has_other) {
            let options = vec![
                ("keep".to_owned(), format!("{of_kept} (of the account that stays)")),
                ("take".to_owned(), format!("{of_other} (of the account that goes)")),
            ];
            fields.push(SheetField::choice(field, label, if has_one { "keep" } else { "take" }, options));
        }
    }
    fields.push(SheetField::text("reason", "Reason", 2).required().hint("For the record. Name no other people."));
    Sheet {
        title: format!("Merge {} into {}", other.name(), kept.name()),
        effects,
        to: MergeUsers::PATH.into(),
        hidden: vec![("id".into(), kept.id.to_string()), ("other".into(), other.id.to_string())],
        version: Some(kept.version.saturating_add(other.version)),
        fields,
        submit: "Merge".into(),
        is_danger: true,
        why_not: why_not.map(|why| format!("This can’t be done: {why}")).unwrap_or_default(),
        back: here.to_owned(),
    }
}

/// The row of an account, locked until the transaction ends.
#[derive(Clone, Debug)]
pub struct Locked {
    pub id: Uuid,
    pub first_name: String,
    pub last_name: String,
    pub phone_number: Option<String>,
    pub date_of_birth: Option<Date>,
    pub role: String,
    pub status: String,
    pub tags: Vec<String>,
    pub version: i32,
    pub merged_into: Option<Uuid>,
}

impl Locked {
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    fn side(&self) -> Side {
        Side {
            id: self.id,
            name: self.name(),
            role: self.role.clone(),
            status: self.status.clone(),
            is_merged: self.merged_into.is_some(),
        }
    }
}

/// Locks both, always in the same order, so that two merges of the same accounts wait for each other; first and second as
/// asked for. Whatever would be added to either, an order above all, waits too.
///
/// # Errors
/// [`AppError::NotFound`] when one of them isn't there or is a colleague, and when the database says no.
pub async fn lock(connection: &mut PgConnection, first: Uuid, second: Uuid) -> Result<(Locked, Locked), Stop> {
    let rows = sqlx::query_as!(
        Locked,
        "SELECT id, first_name, last_name, phone_number, date_of_birth, role, status, tags, version, merged_into FROM users
         WHERE id = ANY ($1) AND role = 'customer' ORDER BY id FOR UPDATE",
        &[first, second]
    )
    .fetch_all(connection)
    .await?;
    let one = |id: Uuid| rows.iter().find(|row| row.id == id).cloned().ok_or(AppError::NotFound);
    Ok((one(first)?, one(second)?))
}

/// Merges the second account into the first; `version` is the sum of both rows' versions when the form was drawn, which
/// either's change makes another one.
///
/// # Errors
/// [`AppError::NotFound`] when one of them is no customer, and when the database says no; refusals are values.
pub async fn merge(ctx: &Ctx, [id, other]: [Uuid; 2], version: i32, choice: MergeChoice) -> Result<Outcome, AppError> {
    let reason = match read_reason(&choice.reason) {
        Ok(reason) => reason,
        Err(refusal) => return Ok(refusal.into()),
    };
    if let Err(refusal) = ctx.freshly_proved() {
        return Ok(refusal.into());
    }
    let (by, now) = (ctx.me.id, ctx.state.clock.now());
    act(ctx, Actor::of(ctx).because(reason.clone()), move |connection| {
        Box::pin(async move {
            let (kept, merged) = lock(connection, id, other).await?;
            if let Some(why) = rules::why_not(&kept.side(), &merged.side()) {
                return Err(Refusal::conflict(format!("Nothing was merged: {why}")).into());
            }
            let versions = kept.version.saturating_add(merged.version);
            if versions != version {
                let message = "Somebody changed one of the accounts meanwhile. Nothing was merged; look at both, and send again if you still mean it.";
                return Err(Refusal { version: Some(versions), ..Refusal::conflict(message) }.into());
            }
            let orders = sqlx::query_scalar!("SELECT id FROM orders WHERE user_id = $1 ORDER BY id", merged.id)
                .fetch_all(&mut *connection)
                .await?;
            if let Some(why) = rules::why_too_many(i64::try_from(orders.len()).unwrap_or(i64::MAX)) {
                return Err(Refusal::conflict(format!("Nothing was merged: {why}")).into());
            }
            let new = Taken::of(&kept, &merged, &choice)?;
            let (mut moves, doubles) = store::belongings(&mut *connection, kept.id, merged.id).await?;
            moves.insert("orders".into(), i64::try_from(orders.len()).unwrap_or(i64::MAX));
            let merge = sqlx::query_scalar!(
                "INSERT INTO user_merges (kept_id, merged_id, merged_by, reason, merged_status, moved, doubles, replaced, tags_added)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
                kept.id,
                merged.id,
                by,
                reason,
                merged.status,
                AsJson(&moves) as _,
                AsJson(&doubles) as _,
                Json::Object(new.replaced.clone()),
                &new.tags_added
            )
            .fetch_one(&mut *connection)
            .await?;
            sqlx::query!(
                "INSERT INTO user_merge_rows (merge_id, table_name, row_id, was)
                 SELECT $1::uuid, table_name, row_id, was FROM merge_rows($2, $3) WHERE NOT is_double
                 UNION ALL SELECT $1::uuid, 'orders', o, NULL::jsonb FROM unnest($4::uuid[]) AS o",
                merge,
                kept.id,
                merged.id,
                &orders
            )
            .execute(&mut *connection)
            .await?;
            move_rows(connection, merge, kept.id, merged.id).await?;
            give_orders(connection, merged.id, kept.id, &orders).await?;
            sqlx::query!(
                "UPDATE users SET status = 'deleted', deleted_at = $2, merged_into = $3 WHERE id = $1",
                merged.id,
                now,
                kept.id
            )
            .execute(&mut *connection)
            .await?;
            new.write(connection, kept.id).await?;
            let what = in_words(&moves).unwrap_or_else(|| "nothing".into());
            let stayed = in_words(&doubles).map(|what| format!(" Double, and stayed: {what}.")).unwrap_or_default();
            let message = format!(
                "{} is merged into {}. Moved: {what}.{stayed} For a day it can be undone here.",
                merged.name(),
                kept.name()
            );
            Ok(done(kept.id, message))
        })
    })
    .await
}

/// What the account that stays gets of the other's own row, and what that replaces.
struct Taken {
    first_name: String,
    last_name: String,
    phone_number: Option<String>,
    date_of_birth: Option<Date>,
    tags: Vec<String>,
    replaced: Map<String, Json>,
    tags_added: Vec<String>,
}

impl Taken {
    fn of(kept: &Locked, merged: &Locked, choice: &MergeChoice) -> Result<Self, Refusal> {
        let takes = |field: &str| field == "take";
        let tags_added: Vec<String> = merged.tags.iter().filter(|tag| !kept.tags.contains(tag)).cloned().collect();
        let tags = changed(&kept.tags, &tags_added, &[]).ok_or_else(|| {
            let why =
                format!("Nothing was merged: together they have more than {MOST_TAGS} tags. Take some off first.");
            Refusal::conflict(why)
        })?;
        let mut new = Self {
            first_name: kept.first_name.clone(),
            last_name: kept.last_name.clone(),
            phone_number: kept.phone_number.clone(),
            date_of_birth: kept.date_of_birth,
            tags,
            replaced: Map::new(),
            tags_added,
        };
        if takes(&choice.name) {
            new.replaced.insert("first_name".into(), kept.first_name.clone().into());
            new.replaced.insert("last_name".into(), kept.last_name.clone().into());
            (new.first_name, new.last_name) = (merged.first_name.clone(), merged.last_name.clone());
        }
        if takes(&choice.phone) && merged.phone_number.is_some() {
            new.replaced.insert("phone_number".into(), kept.phone_number.clone().into());
            new.phone_number.clone_from(&merged.phone_number);
        }
        if takes(&choice.birth) && merged.date_of_birth.is_some() {
            new.replaced.insert("date_of_birth".into(), kept.date_of_birth.map(|day| day.to_string()).into());
            new.date_of_birth = merged.date_of_birth;
        }
        Ok(new)
    }

    async fn write(&self, connection: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
        // always: who has a form about this account open is told that it is another one now
        sqlx::query!(
            "UPDATE users SET first_name = $2, last_name = $3, phone_number = $4, date_of_birth = $5, tags = $6 WHERE id = $1",
            id,
            self.first_name,
            self.last_name,
            self.phone_number,
            self.date_of_birth,
            &self.tags
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(first_name: &str, phone: Option<&str>, tags: &[&str]) -> Locked {
        Locked {
            id: Uuid::nil(),
            first_name: first_name.into(),
            last_name: "Alt".into(),
            phone_number: phone.map(str::to_owned),
            date_of_birth: None,
            role: "customer".into(),
            status: "active".into(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            version: 1,
            merged_into: None,
        }
    }

    #[test]
    fn what_was_chosen_replaces_and_is_remembered_and_nothing_is_taken_that_is_not_there() {
        let (kept, merged) = (account("Ada", None, &["vip"]), account("Adele", Some("1"), &["b2b", "vip"]));
        let choice = |name: &str, phone: &str| MergeChoice {
            name: name.into(),
            phone: phone.into(),
            birth: "take".into(),
            ..MergeChoice::default()
        };
        let new = Taken::of(&kept, &merged, &choice("take", "take")).unwrap();
        assert_eq!((new.first_name.as_str(), new.phone_number.as_deref()), ("Adele", Some("1")));
        assert_eq!(
            Json::Object(new.replaced),
            serde_json::json!({"first_name": "Ada", "last_name": "Alt", "phone_number": null})
        );
        assert_eq!(new.tags_added, ["b2b"]);
        let new = Taken::of(&merged, &kept, &choice("keep", "take")).unwrap();
        assert_eq!((new.first_name.as_str(), new.phone_number.as_deref(), new.replaced.len()), ("Adele", Some("1"), 0));
        let many: Vec<String> = (0..20).map(|number| format!("t{number}")).collect();
        let full = account("Ada", None, &many.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(Taken::of(&full, &merged, &choice("", "")).is_err());
    }
}
