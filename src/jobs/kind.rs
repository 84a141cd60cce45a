//! What a kind of job is, and the table of kinds. A new kind is one file with its `impl Job`, and a line in [`KINDS`].

use super::{cleaning::Cleaning, run::Run};
use crate::{
    audit::check::Verify,
    list::export::job::Export,
    orders::{self, bulk::Bulk},
    privacy::{again::Again, erase::Erase, export::PersonExport, retention::Retention},
    server::db::Stop,
    users,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;
use std::pin::Pin;
use uuid::Uuid;

/// What a step left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is more to do.
    More,
    /// Nothing is left.
    Done,
}

/// A kind of long work; the value is its arguments, read from `jobs.args`.
pub trait Job: DeserializeOwned + Serialize + Send + Sync + 'static {
    /// Its name in `jobs.kind`: `orders.bulk`.
    const KIND: &'static str;
    /// Most that run at the same time, over all instances.
    const AT_ONCE: i32 = 2;
    /// Errors in a row, without a step forward between them, after which it is given up.
    const TRIES: i32 = 6;
    /// When it comes by itself: cron words by the shop's clock (`minute hour day month weekday`); empty: never.
    const EVERY: &'static str = "";

    /// Where a row's record is found: this and its id. Empty: nowhere.
    const SUBJECTS: &'static str = "";

    /// The arguments of the job that sets back what `job` did with these arguments; nothing when that can't be.
    fn reverse(&self, _job: Uuid) -> Option<Self> {
        None
    }

    /// Whether it takes something away, so that who lets it run must have shown who they are.
    fn is_destructive(&self) -> bool {
        false
    }

    /// Does some of it, a second's work at most, and writes only through `run`; called again until nothing is left. What an
    /// earlier runner did is found done: the job goes on where its last write left it.
    fn step<'a>(&'a self, run: &'a mut Run) -> impl Future<Output = Result<Step, Stop>> + Send + 'a;
}

/// A future of a step.
pub type Stepping<'a> = Pin<Box<dyn Future<Output = Result<Step, Stop>> + Send + 'a>>;

/// A job of any kind.
pub trait Running: Send + Sync {
    /// As [`Job::step`].
    fn step<'a>(&'a self, run: &'a mut Run) -> Stepping<'a>;

    /// As [`Job::is_destructive`].
    fn is_destructive(&self) -> bool;

    /// As [`Job::reverse`], as stored.
    fn reverse(&self, job: Uuid) -> Option<Json>;
}

impl<J: Job> Running for J {
    fn step<'a>(&'a self, run: &'a mut Run) -> Stepping<'a> {
        Box::pin(Job::step(self, run))
    }

    fn is_destructive(&self) -> bool {
        Job::is_destructive(self)
    }

    fn reverse(&self, job: Uuid) -> Option<Json> {
        serde_json::to_value(Job::reverse(self, job)?).ok()
    }
}

/// A kind's line in the table.
#[derive(Debug)]
pub struct Kind {
    /// [`Job::KIND`].
    pub name: &'static str,
    /// [`Job::AT_ONCE`].
    pub at_once: i32,
    /// [`Job::TRIES`].
    pub tries: i32,
    /// [`Job::EVERY`].
    pub every: &'static str,
    /// [`Job::SUBJECTS`].
    pub subjects: &'static str,
    /// Reads the arguments.
    pub read: fn(Json) -> serde_json::Result<Box<dyn Running>>,
}

const fn kind<J: Job>() -> Kind {
    Kind {
        name: J::KIND,
        at_once: J::AT_ONCE,
        tries: J::TRIES,
        every: J::EVERY,
        subjects: J::SUBJECTS,
        read: read::<J>,
    }
}

fn read<J: Job>(arguments: Json) -> serde_json::Result<Box<dyn Running>> {
    Ok(Box::new(serde_json::from_value::<J>(arguments)?))
}

/// All kinds.
pub static KINDS: [Kind; 10] = [
    kind::<Bulk>(),
    kind::<Export<orders::list::store::Ask>>(),
    kind::<users::bulk::Bulk>(),
    kind::<Export<users::list::store::Ask>>(),
    kind::<Cleaning>(),
    kind::<Erase>(),
    kind::<PersonExport>(),
    kind::<Again>(),
    kind::<Retention>(),
    kind::<Verify>(),
];

/// A kind by its name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
