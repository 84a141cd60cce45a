//! Everything about a person as a file: a ZIP with one JSON of it all, a CSV a table, and words about it. Made by a job, for
//! who asked for it; it can be downloaded for a week.

use super::map::{self, Place};
use crate::{
    auth::{
        activity::record_taken,
        guard::{Ctx, missing},
        model::Right,
    },
    error::AppError,
    forms::{Done, Outcome, Refusal},
    jobs::{
        FILES_KEPT,
        kind::{Job, Step},
        queue::{Forward, New, hand_over, put},
        run::Run,
    },
    list::{
        export::{Head, Value, csv::Csv},
        limits::set_time,
    },
    server::{
        db::{Actor, Stop, act},
        storage::{self, NewFile, Purpose},
        texts::read_reason,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::{Cursor, Write},
};
use uuid::Uuid;
use zip::{ZipWriter, result::ZipResult, write::SimpleFileOptions};

const TYPE: &str = "application/zip";
/// Longest time to read a table.
const LONGEST: &str = "60s";

/// The person whose data it is.
#[derive(Debug, Serialize, Deserialize)]
pub struct PersonExport {
    /// `users.id`.
    pub person: Uuid,
}

/// A table's title, its name, and its rows about the person.
type Rows = (Place, Vec<Map<String, Json>>);

/// Asks for the file.
///
/// # Errors
/// [`AppError::NotFound`] when there is nobody of that id, and when the database says no; refusals are values.
pub async fn ask(ctx: &Ctx, person: Uuid, reason: &str) -> Result<Outcome, AppError> {
    let reason = match read_reason(reason) {
        Ok(reason) => reason,
        Err(refusal) => return Ok(refusal.into()),
    };
    if let Err(refusal) = ctx.freshly_proved() {
        return Ok(refusal.into());
    }
    let (me, request) = (ctx.me.id, ctx.request_id.clone());
    act(ctx, Actor::of(ctx).because(reason), move |connection| {
        Box::pin(async move {
            let role = sqlx::query_scalar!("SELECT role FROM users WHERE id = $1", person)
                .fetch_optional(&mut *connection)
                .await?
                .ok_or_else(missing)?;
            if role != "customer" {
                return Err(Refusal::conflict("A colleague’s data isn’t exported here. Nothing was begun.").into());
            }
            let new = New {
                kind: PersonExport::KIND,
                title: "Everything about a person".into(),
                args: serde_json::json!({ "person": person }),
                only_one: Some(format!("{}:{me}:{person}", PersonExport::KIND)),
                owner: Some(me),
                ..New::default()
            };
            let Some(job) = put(&mut *connection, new).await? else {
                return Err(Refusal::conflict("You asked for this already: the file is being made.").into());
            };
            // who took what out of the house, as of lists
            let details = serde_json::json!({ "list": "person", "format": "zip", "query": person, "request": request });
            record_taken(connection, me, "exported", details).await?;
            Ok(Done { to: format!("/jobs/{job}"), message: "The file is being made.".into(), reload: false })
        })
    })
    .await
}

impl Job for PersonExport {
    const KIND: &'static str = "privacy.export";

    async fn step<'a>(&'a self, run: &'a mut Run) -> Result<Step, Stop> {
        let ctx = run.owner().await?;
        if !ctx.me.may(Right::HandlePrivacy) {
            return Err(Refusal::input("Who asked for it may no longer export what is known of people.").into());
        }
        let tables = read(run, self.person).await?;
        let now = run.state.clock.now();
        let day = ctx.zone().day_of(now);
        let bytes =
            zipped(&tables, &day.to_string()).map_err(|error| Stop::Database(sqlx::Error::Encode(error.into())))?;
        let file = NewFile {
            purpose: Purpose::Export,
            name: format!("person-{}-{day}.zip", self.person),
            content_type: TYPE.into(),
            owner_id: Some(ctx.me.id),
            job_id: Some(run.taken.id),
            expires_at: Some(now + FILES_KEPT),
        };
        let id = run
            .write(run.actor(), move |connection| {
                Box::pin(async move { Ok((storage::create(connection, &file).await?, Forward::default())) })
            })
            .await?;
        let mut writer = run.state.storage.writer(id, Purpose::Export, TYPE);
        writer.write(&bytes).await?;
        let stored = writer.finish(&run.state.db).await?;
        let job = run.taken.id;
        run.write(run.actor(), move |connection| {
            Box::pin(async move {
                hand_over(connection, job, &stored).await?;
                Ok(((), Forward::default()))
            })
        })
        .await?;
        Ok(Step::Done)
    }
}

async fn read(run: &Run, person: Uuid) -> Result<Vec<Rows>, Stop> {
    let people = map::person(&run.state.db, person).await?;
    // of one moment: what is exported fits together
    let mut transaction = run.state.db.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
    set_time(&mut transaction, LONGEST).await?;
    let mut tables = Vec::new();
    for place in map::whole(&run.state.db).await?.into_iter().filter(|place| place.is_exported) {
        let rows = sqlx::query_scalar!(
            r#"SELECT r AS "row!" FROM personal_rows($1::text::name, $2) AS r"#,
            place.table_name,
            &people
        )
        .fetch_all(&mut *transaction)
        .await?;
        let rows: Vec<_> = rows
            .into_iter()
            .filter_map(|row| match row {
                Json::Object(row) => Some(row),
                _ => None,
            })
            .collect();
        if !rows.is_empty() {
            tables.push((place, rows));
        }
    }
    transaction.commit().await?;
    Ok(tables)
}

/// The file.
fn zipped(tables: &[Rows], day: &str) -> ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("README.txt", options)?;
    zip.write_all(words(tables, day).as_bytes())?;
    zip.start_file("data.json", options)?;
    let all: Map<String, Json> = tables
        .iter()
        .map(|(place, rows)| (place.table_name.clone(), rows.iter().cloned().map(Json::Object).collect()))
        .collect();
    serde_json::to_writer_pretty(&mut zip, &all).map_err(std::io::Error::from)?;
    for (place, rows) in tables {
        zip.start_file(format!("{}.csv", place.table_name), options)?;
        zip.write_all(&csv(rows))?;
    }
    Ok(zip.finish()?.into_inner())
}

fn words(tables: &[Rows], day: &str) -> String {
    let mut text = format!(
        "Everything that the shop knows about you, as of {day}.\r\n\r\n\
         data.json has all of it, for programs; each .csv is one part of it, for spreadsheets. Times are in UTC.\r\n\r\n"
    );
    for (place, rows) in tables {
        // writing to a String can't fail
        let _ = write!(text, "{}.csv: {}, {} rows. {}.\r\n", place.table_name, place.title, rows.len(), place.why);
    }
    text
}

fn csv(rows: &[Map<String, Json>]) -> Vec<u8> {
    let names: BTreeSet<&String> = rows.iter().flat_map(Map::keys).collect();
    let heads: Vec<Head> = names.iter().map(|name| Head { title: (*name).clone(), width: 20 }).collect();
    let mut csv = Csv::new(&heads);
    for row in rows {
        let cells: Vec<Value> = names
            .iter()
            .map(|name| match row.get(*name) {
                None | Some(Json::Null) => Value::Empty,
                Some(Json::String(text)) => Value::Text(text.clone()),
                Some(other) => Value::Text(other.to_string()),
            })
            .collect();
        csv.row(&cells);
    }
    csv.take()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn the_file_has_everything_twice_and_says_what_it_is() {
        let row = |text: &str| Map::from_iter([("note".to_owned(), Json::from(text)), ("n".to_owned(), Json::from(2))]);
        let place = Place {
            table_name: "notes".into(),
            title: "Notes".into(),
            fate: "deleted".into(),
            is_exported: true,
            why: "What was noted".into(),
            found: 0,
            fields: Vec::new(),
        };
        let bytes = zipped(&[(place, vec![row("Grüße"), row("=1+1")])], "2026-11-29").expect("a file");
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a ZIP");
        let mut text = |name: &str| {
            let mut text = String::new();
            zip.by_name(name).expect(name).read_to_string(&mut text).expect(name);
            text
        };
        assert!(text("README.txt").contains("notes.csv: Notes, 2 rows. What was noted."));
        assert!(text("data.json").contains("\"note\": \"Grüße\""));
        assert_eq!(text("notes.csv"), "\u{feff}n,note\r\n2,Grüße\r\n2,'=1+1\r\n");
    }
}
