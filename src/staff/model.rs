//! States of people and requests, in words. No I/O.

use super::store::{PersonRow, RequestRow};
use crate::{
    auth::model::{Right, Role},
    stamp::Zone,
};
use time::{Duration, OffsetDateTime};

/// What a person's access is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Has no password yet.
    Invited,
    /// May sign in.
    Active,
    /// Kept out by a colleague.
    Suspended,
    /// Kept out for some time.
    Locked,
}

impl Standing {
    /// Of a person at a time.
    pub fn of(person: &PersonRow, now: OffsetDateTime) -> Self {
        if person.status != "active" {
            Self::Suspended
        } else if person.locked_until.is_some_and(|until| until > now) {
            Self::Locked
        } else if person.is_invited {
            Self::Invited
        } else {
            Self::Active
        }
    }

    /// Class and words of its badge.
    pub const fn badge(self) -> (&'static str, &'static str) {
        match self {
            Self::Invited => ("badge info", "Invited"),
            Self::Active => ("badge good", "Active"),
            Self::Suspended => ("badge bad", "Suspended"),
            Self::Locked => ("badge wait", "Locked"),
        }
    }
}

impl PersonRow {
    /// First and last name.
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// From when the second factor is required of this person; nothing: it isn't.
    pub fn factor_due(&self) -> Option<OffsetDateTime> {
        let is_asked = Role::parse(&self.role).is_some_and(needs_factor);
        let days = self.grace_days.filter(|_| is_asked)?;
        Some(self.role_since + Duration::days(days.into()))
    }

    /// The second factor in words.
    pub fn factor(&self, zone: &Zone, now: OffsetDateTime) -> String {
        match (self.has_factor, self.factor_since, self.factor_due()) {
            (true, Some(since), _) => format!("On since {}", zone.stamp(since).short),
            (true, None, _) => "On".into(),
            (false, _, None) => "Off".into(),
            (false, _, Some(due)) if due <= now => "Off, asked for at the next sign-in".into(),
            (false, _, Some(due)) => format!("Off, required from {}", zone.stamp(due).short),
        }
    }
}

/// Roles that must have a second factor when the shop asks for it.
pub const fn needs_factor(role: Role) -> bool {
    matches!(role, Role::Admin | Role::SuperAdmin)
}

/// A right for people; one that isn't known any more as it is stored.
pub fn right_name(code: &str) -> &str {
    Right::parse(code).map_or(code, |right| right.label())
}

/// `an hour`, `8 hours`.
pub fn hours(count: i32) -> String {
    if count == 1 { "an hour".into() } else { format!("{count} hours") }
}

impl RequestRow {
    /// Granted and not over.
    pub fn is_in_force(&self, now: OffsetDateTime) -> bool {
        self.state == "granted" && self.ends_at.is_some_and(|at| at > now)
    }

    /// Class and words of its badge.
    pub fn badge(&self, now: OffsetDateTime) -> (&'static str, &'static str) {
        match self.state.as_str() {
            "asked" => ("badge wait", "Asked for"),
            "granted" if self.is_in_force(now) => ("badge good", "In force"),
            "granted" => ("badge done", "Over"),
            "refused" => ("badge bad", "Refused"),
            "withdrawn" => ("badge done", "Withdrawn"),
            _ => ("badge done", "Ended early"),
        }
    }

    /// Who asked when, why, and what became of it.
    pub fn remark(&self, zone: &Zone) -> String {
        let mut text = format!("{}, for {}: “{}”.", zone.stamp(self.asked_at).short, hours(self.hours), self.reason);
        if let (Some(who), Some(at)) = (&self.decided_by, self.decided_at) {
            let did = if self.state == "refused" { "Refused" } else { "Granted" };
            text = format!("{text} {did} by {who}, {}.", zone.stamp(at).short);
        }
        match self.why.as_deref() {
            Some(why) if !why.is_empty() => format!("{text} “{why}”"),
            _ => text,
        }
    }

    /// When it ends or ended, for the end of its line.
    pub fn end(&self, zone: &Zone, now: OffsetDateTime) -> String {
        match (self.ended_at, self.ends_at) {
            (None, Some(at)) if at > now => format!("until {}", zone.stamp(at).short),
            (Some(at), _) | (None, Some(at)) => format!("ended {}", zone.stamp(at).short),
            (None, None) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> PersonRow {
        PersonRow {
            id: uuid::Uuid::nil(),
            first_name: "Ada".into(),
            last_name: "Weber".into(),
            email: "ada@techally.test".into(),
            role: "admin".into(),
            role_since: OffsetDateTime::UNIX_EPOCH,
            status: "active".into(),
            is_invited: false,
            locked_until: None,
            has_factor: false,
            factor_since: None,
            last_login_at: None,
            created_at: OffsetDateTime::UNIX_EPOCH,
            version: 1,
            sessions: 0,
            last_use: None,
            lent: Vec::new(),
            grace_days: Some(14),
        }
    }

    #[test]
    fn who_is_kept_out_is_told_before_who_has_no_password() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::DAY;
        let invited = PersonRow { is_invited: true, ..person() };
        assert_eq!(Standing::of(&person(), now), Standing::Active);
        assert_eq!(Standing::of(&invited, now), Standing::Invited);
        let locked = PersonRow { locked_until: Some(now + Duration::HOUR), ..invited };
        assert_eq!(Standing::of(&locked, now), Standing::Locked);
        assert_eq!(Standing::of(&locked, now + Duration::HOUR), Standing::Invited);
        let suspended = PersonRow { status: "suspended".into(), ..locked };
        assert_eq!(Standing::of(&suspended, now), Standing::Suspended);
    }

    #[test]
    fn a_second_factor_is_asked_of_admins_when_the_shop_asks_for_it() {
        let zone = Zone::named("UTC");
        let due = OffsetDateTime::UNIX_EPOCH + Duration::days(14);
        assert_eq!(person().factor_due(), Some(due));
        assert!(person().factor(&zone, due - Duration::SECOND).starts_with("Off, required from 15 Jan"));
        assert_eq!(person().factor(&zone, due), "Off, asked for at the next sign-in");
        for person in [PersonRow { grace_days: None, ..person() }, PersonRow { role: "support".into(), ..person() }] {
            assert_eq!(person.factor(&zone, due), "Off");
        }
        let on = PersonRow { has_factor: true, factor_since: Some(due), ..person() };
        assert!(on.factor(&zone, due).starts_with("On since 15 Jan"));
    }
}
