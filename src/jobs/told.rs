//! How far a job is, in words.

use super::{model::State, store::JobRow};
use crate::{cards::Card, list::counts, stamp::Zone};
use time::Duration;

/// Shortest run from which a speed is told.
const MEASURED: Duration = Duration::seconds(2);

/// The card of its progress.
pub fn progress(job: &JobRow, state: State, zone: &Zone) -> Card {
    let mut card = Card::new("progress", "Progress");
    if job.total > 0 {
        let over = job.done + job.failed;
        let words = format!("{} of {}", counts::grouped(i64::from(over)), counts::grouped(i64::from(job.total)));
        card = card.progress(over, job.total, &words);
        if job.failed > 0 {
            card = card.fact("Failed", &counts::grouped(i64::from(job.failed)));
        }
    }
    if job.total == 0 {
        card = card.some("So far", job.so_far.map(|rows| counts::of(rows, ("row", "rows"))).as_deref());
    }
    if job.not_eligible > 0 {
        card = card.fact("Left out", &counts::grouped(i64::from(job.not_eligible)));
    }
    if let Some((speed, left)) = pace(job, state) {
        card = card.fact("Speed", &speed).some("Time left", Some(&left));
    }
    if let Some(why) = &job.last_error {
        card = card.fact(if state == State::Waiting { "Last try" } else { "Why" }, why);
    }
    if state == State::Waiting && job.due_at > job.now {
        card = card.time("Next try", &zone.stamp(job.due_at));
    }
    if state == State::Running && job.stop_asked {
        card = card.fact("Stop", "Asked for: it ends after the row that it is at.");
    }
    card.fact("Asked by", job.owner.as_deref().unwrap_or("The system"))
        .time(if state == State::Preview { "Previewed" } else { "Asked" }, &zone.stamp(job.created_at))
        .some_time("Begun", job.started_at.map(|at| zone.stamp(at)).as_ref())
        .some_time("Ended", job.ended_at.map(|at| zone.stamp(at)).as_ref())
}

/// Rows a second, and how long the rest takes at that pace.
fn pace(job: &JobRow, state: State) -> Option<(String, String)> {
    if job.total == 0 || state == State::Preview || state == State::Waiting {
        return None;
    }
    let took = job.ended_at.unwrap_or(job.now) - job.run_at?;
    let rows = job.done + job.failed - job.run_from;
    if took < MEASURED || rows <= 0 {
        return None;
    }
    let speed = f64::from(rows) / took.as_seconds_f64();
    let words = if speed < 1.0 { format!("{speed:.1} a second") } else { format!("{speed:.0} a second") };
    let left = f64::from(job.total - job.done - job.failed) / speed;
    Some((words, if state == State::Running { in_words(left) } else { String::new() }))
}

/// A time that is about so long.
fn in_words(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 1.0 => "a moment".into(),
        seconds if seconds < 90.0 => format!("{seconds:.0} s"),
        seconds if seconds < 5_400.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.1} h", seconds / 3_600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_roughly_as_they_are_known() {
        for (seconds, words) in [(0.2, "a moment"), (1.2, "1 s"), (89.0, "89 s"), (90.0, "2 min"), (7_200.0, "2.0 h")] {
            assert_eq!(in_words(seconds), words);
        }
    }
}
