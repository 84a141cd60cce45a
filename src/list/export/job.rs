//! The list as a file made by a job: for as many rows as there are, kept for a week, whoever closes the page. It is written
//! part by part into the storage; each part that is stored is saved with the last row in it, in one transaction, and a
//! server that is killed is followed by another that goes on from there.

use super::{csv::Csv, file::heads};
use crate::{
    auth::guard::Ctx,
    error::AppError,
    forms::Refusal,
    jobs::{
        FILES_KEPT,
        kind::{Job, Step},
        queue::{Forward, hand_over},
        run::Run,
    },
    list::{
        declare::Viewer,
        limits::set_time,
        listing::{Listing, Paging},
        model::Query,
        sort::Sort,
    },
    paging::Place,
    server::{
        db::Stop,
        storage::{self, NewFile, Purpose, StorageError, Stored, Writer},
    },
};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use time::OffsetDateTime;
use uuid::Uuid;

/// Rows that are read together.
const PAGE: u16 = 2_000;
/// Longest time to read them.
const LONGEST: &str = "60s";
const TYPE: &str = "text/csv; charset=utf-8";

/// Which rows and columns of a list, as its address says it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Export<A> {
    /// The list's address.
    pub query: String,
    /// Those that were checked; none: all that fit.
    pub ids: Vec<Uuid>,
    /// What the file is called, without its end.
    pub name: String,
    #[serde(skip)]
    list: PhantomData<fn(&A)>,
}

/// How far it is: what is stored, and the last row in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct At {
    file: Uuid,
    writer: Option<storage::Place>,
    /// Its cursor.
    last: Option<String>,
    /// Rows so far; the job's page shows it.
    rows: i64,
}

impl<A: Listing> Job for Export<A> {
    const KIND: &'static str = A::EXPORT_JOB;

    async fn step<'a>(&'a self, run: &'a mut Run) -> Result<Step, Stop> {
        let ctx = run.owner().await?;
        if !ctx.me.may(A::EXPORT) {
            let why = format!("Who asked for it may no longer export {}.", A::NOUN.1);
            return Err(Refusal::input(why).into());
        }
        let at = match run.place() {
            Some(place) => serde_json::from_value(place.clone())?,
            None => self.begin(run, &ctx).await?,
        };
        // a server was lost between the file's last part and its end
        if let Some(stored) = run.state.storage.finished(&run.state.db, at.file).await.map_err(stop)? {
            publish(run, at, stored).await?;
            return Ok(Step::Done);
        }
        let writer = match at.writer.clone() {
            None => run.state.storage.writer(at.file, Purpose::Export, TYPE),
            Some(place) => match run.state.storage.resume(place) {
                Ok(writer) => writer,
                Err(_) => return again(run, at).await,
            },
        };
        match Box::pin(self.write(run, &ctx, at.clone(), writer)).await {
            Err(Broken::Upload) => again(run, at).await,
            Err(Broken::Stop(stop)) => Err(stop),
            Ok(step) => Ok(step),
        }
    }
}

/// Why writing ended.
enum Broken {
    /// The upload is gone: from the beginning.
    Upload,
    Stop(Stop),
}

impl From<Stop> for Broken {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<AppError> for Broken {
    fn from(error: AppError) -> Self {
        Self::Stop(error.into())
    }
}

impl From<StorageError> for Broken {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::UploadGone | StorageError::Place => Self::Upload,
            other => Self::Stop(stop(other)),
        }
    }
}

fn stop(error: StorageError) -> Stop {
    match error {
        StorageError::Missing => Refusal::conflict("The unfinished file was deleted: start the export again.").into(),
        other => other.into(),
    }
}

impl<A: Listing> Export<A> {
    /// Notes the file.
    async fn begin(&self, run: &mut Run, ctx: &Ctx) -> Result<At, Stop> {
        let now = OffsetDateTime::now_utc();
        let file = NewFile {
            purpose: Purpose::Export,
            name: format!("{}.csv", self.name),
            content_type: TYPE.into(),
            owner_id: Some(ctx.me.id),
            job_id: Some(run.taken.id),
            expires_at: Some(now + FILES_KEPT),
        };
        run.write(run.actor(), move |connection| {
            Box::pin(async move {
                let at = At { file: storage::create(connection, &file).await?, writer: None, last: None, rows: 0 };
                let place = Some(serde_json::to_value(&at)?);
                Ok((at, Forward { place, ..Forward::default() }))
            })
        })
        .await
    }

    async fn write(&self, run: &mut Run, ctx: &Ctx, mut at: At, mut writer: Writer) -> Result<Step, Broken> {
        let query = Query::parse(&self.query).first_page().with("sort", "");
        let asked = A::read(ctx, &query).await?;
        let ask = if asked.problem().is_some() { None } else { asked.looked_up(ctx).await? };
        let heads = heads::<A>(ctx, &asked.columns);
        let mut csv = if at.rows == 0 { Csv::new(&heads) } else { Csv::going_on() };
        let Some(mut ask) = ask else { return finish(run, at, writer, csv.take()).await };
        ask.ids().clone_from(&self.ids);
        let viewer = Viewer { zone: ctx.zone(), role: ctx.me.role };
        let sort = Sort::default();
        loop {
            if run.should_end() {
                return Ok(Step::More);
            }
            let place = Place::parse(at.last.as_deref(), None).map_err(AppError::BadRequest)?;
            *ask.paging() = Paging { sort, place, limit: PAGE };
            let mut rows = page(run, &ask).await?;
            let is_last = rows.len() <= usize::from(PAGE);
            rows.truncate(usize::from(PAGE));
            at.last = rows.last().map(|row| sort.cursor(row).text()).or(at.last);
            at.rows += i64::try_from(rows.len()).unwrap_or_default();
            let now = OffsetDateTime::now_utc();
            for row in rows {
                let known = A::known(row, now)?;
                let values: Vec<_> = asked.columns.iter().flat_map(|column| (column.values)(&known, &viewer)).collect();
                csv.row(&values);
            }
            let piece = csv.take();
            if is_last {
                return finish(run, at, writer, piece).await;
            }
            if let Some(place) = writer.write(&piece).await? {
                at.writer = Some(place);
                keep(run, at.clone()).await?;
            }
        }
    }
}

async fn page<A: Listing>(run: &Run, ask: &A) -> Result<Vec<A::Row>, Stop> {
    let mut transaction = run.state.db.begin().await?;
    set_time(&mut transaction, LONGEST).await?;
    Ok(ask.page_statement().build_query_as().fetch_all(&mut *transaction).await?)
}

/// Saves what is stored.
async fn keep(run: &mut Run, at: At) -> Result<(), Stop> {
    run.write(run.actor(), move |connection| {
        Box::pin(async move {
            let place = Some(serde_json::to_value(&at)?);
            if let Some(writer) = &at.writer
                && !storage::keep(connection, writer).await?
            {
                return Err(stop(StorageError::Missing));
            }
            Ok(((), Forward { place, ..Forward::default() }))
        })
    })
    .await
}

async fn finish(run: &mut Run, at: At, mut writer: Writer, piece: Vec<u8>) -> Result<Step, Broken> {
    writer.write(&piece).await?;
    let stored = writer.finish(&run.state.db).await?;
    publish(run, at, stored).await?;
    Ok(Step::Done)
}

/// Its owner may have it.
async fn publish(run: &mut Run, at: At, stored: Stored) -> Result<(), Stop> {
    let job = run.taken.id;
    run.write(run.actor(), move |connection| {
        Box::pin(async move {
            hand_over(connection, job, &stored).await?;
            Ok(((), Forward { place: Some(serde_json::to_value(&at)?), ..Forward::default() }))
        })
    })
    .await
}

/// From the beginning of the same file.
async fn again(run: &mut Run, at: At) -> Result<Step, Stop> {
    let place = serde_json::to_value(At { writer: None, last: None, rows: 0, ..at })?;
    run.write(run.actor(), move |_| {
        Box::pin(async move { Ok(((), Forward { place: Some(place), ..Forward::default() })) })
    })
    .await?;
    Ok(Step::More)
}

/// What was asked for, checked: the job's arguments.
///
/// # Errors
/// [`AppError::BadRequest`] for what can't be looked for.
pub async fn asked<A: Listing>(ctx: &Ctx, query: &Query, ids: Vec<Uuid>, name: &str) -> Result<Export<A>, AppError> {
    let asked = A::read(ctx, &query.first_page()).await?;
    if let Some(problem) = asked.problem() {
        return Err(AppError::BadRequest(problem));
    }
    Ok(Export { query: asked.query.text(), ids, name: name.to_owned(), list: PhantomData })
}
