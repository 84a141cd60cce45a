//! The loop of each instance: takes jobs that are due, runs them, hands them back when the server stops.

use super::{
    kind::{Running, Step, find},
    queue::{End, Taken, end, renew, take},
    run::Run,
};
use crate::server::{db::Stop, state::AppState};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep},
};
use tracing::Instrument;
use uuid::Uuid;

/// How often an idle instance looks for jobs.
const POLL: Duration = Duration::from_millis(500);
/// The wait after the database said no.
const TROUBLE: Duration = Duration::from_secs(2);

/// Runs jobs until the server stops; then those that run are handed back between two of their rows.
pub async fn run(state: AppState) {
    let places = Arc::new(Semaphore::new(state.config.job_runners));
    let name = format!("{}:{}", std::process::id(), Uuid::new_v4().simple());
    let mut running = JoinSet::new();
    while !is_over(&state) {
        while running.try_join_next().is_some() {}
        // closed never, so a place comes
        let Ok(place) = tokio::time::timeout(POLL, Arc::clone(&places).acquire_owned()).await else { continue };
        match take(&state.db, &name, state.config.job_lease).await {
            Ok(Some(taken)) => {
                let span = tracing::info_span!("job", job = %taken.id, kind = taken.kind, fence = taken.fence);
                let state = state.clone();
                let work = async move {
                    work(state, taken).await;
                    drop(place);
                };
                running.spawn(work.instrument(span));
            }
            Ok(None) => sleep(POLL).await,
            Err(error) => {
                tracing::warn!(?error, "no job could be taken; tried again soon");
                sleep(TROUBLE).await;
            }
        }
    }
    while running.join_next().await.is_some() {}
}

fn is_over(state: &AppState) -> bool {
    state.draining.load(Ordering::Relaxed)
}

/// One job, from its taking to its end here.
async fn work(state: AppState, taken: Taken) {
    let Some(kind) = find(&taken.kind) else { return };
    tracing::info!("job taken");
    let lease = state.config.job_lease;
    let mut run = Run::new(state.clone(), taken.clone(), lease);
    let how = match (kind.read)(taken.args.clone()) {
        Ok(job) => tokio::select! {
            how = steps(job.as_ref(), &mut run) => how,
            () = lose(&state, &taken, lease) => None,
        },
        Err(error) => Some(End::Failed(format!("Its arguments can't be read: {error}"))),
    };
    let Some(how) = how else {
        tracing::warn!("the job's lease was lost: it is somebody else's now");
        return;
    };
    tracing::info!(?how, "job ended here");
    // as long as the lease is good it is worth trying; after that another runner takes it
    let until = Instant::now() + lease;
    let taken = Taken { attempts: run.taken.attempts, ..taken };
    while let Err(error) = end(&state.db, &taken, kind.tries, how.clone()).await {
        tracing::warn!(?error, "the end of a job was not noted; tried again");
        if Instant::now() > until {
            return;
        }
        sleep(POLL).await;
    }
}

/// Steps until the end; nothing when the lease was lost.
async fn steps(job: &dyn Running, run: &mut Run) -> Option<End> {
    loop {
        match job.step(run).await {
            Ok(Step::Done) => return Some(End::Done),
            Ok(Step::More) if run.stop_asked => return Some(End::Stopped),
            Ok(Step::More) if is_over(&run.state) => return Some(End::HandedBack),
            Ok(Step::More) => {}
            Err(Stop::Lost) => return None,
            Err(Stop::Gone) => {
                return Some(End::Refused("Who asked for it may no longer sign in, so it doesn't go on.".into()));
            }
            Err(Stop::Refused(refusal)) => return Some(End::Refused(refusal.message)),
            Err(error) => {
                tracing::warn!(?error, "a step of a job failed");
                return Some(End::Failed(format!("{error:?}")));
            }
        }
    }
}

/// Keeps the lease alive; ends when it is lost.
async fn lose(state: &AppState, taken: &Taken, lease: Duration) {
    loop {
        sleep(lease / 3).await;
        match renew(&state.db, taken.id, taken.fence, lease).await {
            Ok(true) => {}
            Ok(false) => return,
            // every write checks the lease itself
            Err(error) => tracing::warn!(cause = %crate::server::db::describe(&error), "a job's lease was not renewed"),
        }
    }
}
