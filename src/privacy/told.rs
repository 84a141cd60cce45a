//! The cards of the pages of privacy, in words.

use super::{
    erasure::path,
    map::Place,
    retention::Due,
    store::{Erasure, Run},
};
use crate::{cards::Card, list::counts, stamp::Zone};

/// Class and words of a state's badge.
pub(super) fn state(code: &str) -> (&'static str, &'static str) {
    match code {
        "asked" => ("badge wait", "Waits for a decision"),
        "granted" => ("badge info", "Being erased"),
        "done" => ("badge good", "Erased"),
        "refused" => ("badge", "Refused"),
        _ => ("badge", "Withdrawn"),
    }
}

/// What a log is called.
fn rule(code: &str) -> &'static str {
    match code {
        "user_sessions" => "Sessions",
        "user_activity" => "Sign-ins and other acts",
        _ => "Words with payment providers",
    }
}

/// All erasures.
pub(super) fn erasures(erasures: &[Erasure], zone: &Zone) -> Card {
    let card = Card::new("erasures", "Erasures");
    if erasures.is_empty() {
        return card.remark(
            "Nobody asked for one yet. An erasure is asked for on the person’s page, and granted by a colleague here.",
        );
    }
    erasures.iter().fold(card, |card, erasure| {
        let (class, words) = state(&erasure.state);
        let remark = format!("asked by {}", erasure.asker);
        let remark = match &erasure.decider {
            Some(decider) => format!("{remark}, decided by {decider}"),
            None => remark,
        };
        card.row(&path(erasure.id), &erasure.who, (class, words), &remark, &zone.stamp(erasure.asked_at).short)
    })
}

/// Where personal data lives: a card for each that becomes of it when a person is erased.
pub(super) fn map(places: &[Place]) -> [Card; 3] {
    [
        ("deleted", "Deleted when a person is erased", "Table"),
        ("blanked", "Emptied when a person is erased", "Fields that are emptied"),
        ("kept", "Kept when a person is erased", "Table"),
    ]
    .map(|(fate, title, second)| {
        let rows: Vec<[String; 3]> = places
            .iter()
            .filter(|place| place.fate == fate)
            .map(|place| {
                let spot = if fate == "blanked" {
                    place.fields.join(", ").replace('_', " ")
                } else {
                    place.table_name.clone()
                };
                [place.title.clone(), spot, place.why.clone()]
            })
            .collect();
        Card::new(fate, title).table(["Data", second, "Why"], &rows)
    })
}

/// What the next night takes away: of each log the months together, as there can be years of them.
pub(super) fn due(due: &[Due], sessions: i64) -> Card {
    let card = Card::new("due", "Goes next night").fact("Sessions over for 30 days", &counts::grouped(sessions));
    let card = ["user_activity", "payment_logs"].into_iter().fold(card, |card, log| {
        let months = || due.iter().filter(move |month| month.table_name == log && month.entries > 0);
        let Some(oldest) = months().next() else { return card };
        let count = i64::try_from(months().count()).unwrap_or(i64::MAX);
        let entries: i64 = months().map(|month| month.entries).sum();
        // what statistics say of many is not to the last one
        let about = if entries < 1_000 { "" } else { "about " };
        let label = format!("{} since {}", rule(log), oldest.month.to_string().get(..7).unwrap_or_default());
        let gone =
            format!("{}, {about}{}", counts::of(count, ("month", "months")), counts::of(entries, ("entry", "entries")));
        card.fact(&label, &gone)
    });
    card.remark("Logs leave the database 90 days after their month, for a file without anything personal that is kept for a year.")
}

/// What an operator has to do for the archive, whose files the server doesn't reach.
pub(super) fn unclean(months: &[String]) -> Option<Card> {
    let (first, last) = (months.first()?, months.last()?);
    let count = i64::try_from(months.len()).unwrap_or(i64::MAX);
    let which = if first == last { first.clone() } else { format!("{first} to {last}") };
    Some(
        Card::new("archive", "Archive")
            .badge("badge wait", "To do")
            .fact("Months of orders", &format!("{}, {which}", counts::grouped(count)))
            .remark("Somebody was erased after they were archived, and may still be in their files. An operator takes them out with:")
            .code("Command", "techally archive erase FOLDER…", ""),
    )
}

/// What went.
pub(super) fn runs(runs: &[Run], zone: &Zone) -> Card {
    let card = Card::new("runs", "Went in time");
    if runs.is_empty() {
        return card.remark("Nothing yet.");
    }
    runs.iter().fold(card, |card, run| {
        let name = format!("{} before {}", rule(&run.rule), zone.day_of(run.before));
        let kept = if run.file_id.is_some() { ("badge info", "Archived") } else { ("badge", "Deleted") };
        let to = run.file_id.map(|id| format!("/files/{id}")).unwrap_or_default();
        card.row(&to, &name, kept, &counts::of(run.rows_gone, ("row", "rows")), &zone.stamp(run.ran_at).short)
    })
}

/// Who asked and who decided.
pub(super) fn erasure(erasure: &Erasure, zone: &Zone) -> Card {
    let at = |at| zone.stamp(at);
    let card = Card::new("erasure", "Request")
        .link("Person", &erasure.who, &format!("/users/{}", erasure.user_id))
        .fact("Asked by", &erasure.asker)
        .time("Asked", &at(erasure.asked_at))
        .fact("Why", &erasure.reason)
        .some("Decided by", erasure.decider.as_deref())
        .some_time("Decided", erasure.decided_at.map(at).as_ref())
        .some_time("Erased", erasure.done_at.map(at).as_ref());
    match erasure.job_id {
        Some(job) => card.link("Done by", "its job", &format!("/jobs/{job}")),
        None => card,
    }
}

/// What would become of the person's data.
pub(super) fn preview(places: &[Place]) -> Card {
    let rows: Vec<[String; 3]> = places
        .iter()
        .filter(|place| place.found > 0)
        .map(|place| [place.title.clone(), counts::grouped(place.found), place.fate_in_words().to_owned()])
        .collect();
    Card::new("preview", "What becomes of it")
        .table(["Data", "Rows", "Becomes"], &rows)
        .remark("Wherever else the address, the number or the whole name is written, it is erased too: in the audit trail, jobs and saved views.")
}

/// What was done, or that it is being done.
pub(super) fn counted(erasure: &Erasure, map: &[Place]) -> Card {
    let rows: Vec<[String; 3]> = map
        .iter()
        .filter_map(|place| {
            let count = erasure.counted.get(&place.table_name)?.as_i64()?;
            Some([place.title.clone(), counts::grouped(count), place.fate_in_words().to_owned()])
        })
        .collect();
    let card = Card::new("counted", "What was done");
    if erasure.state != "done" {
        return card.remark("The job is at work. It says here what it did when it is done.");
    }
    if rows.is_empty() {
        card.remark("There was nothing left to erase.")
    } else {
        card.table(["Data", "Rows", "Became"], &rows)
    }
}
