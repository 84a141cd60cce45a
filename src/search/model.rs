//! What a search of everything found. No I/O.

#[cfg(feature = "ssr")]
use serde::Serialize;

/// Longest text that is searched for.
pub const LONGEST: u16 = 200;

/// How it travels to the page: decoders for its types would cost more than the page itself.
pub type Lines = Vec<Vec<String>>;

/// What was found, by kind; kinds without hits are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "ssr", derive(Serialize))]
pub struct Found {
    /// What can't be looked for, in sentences; else empty.
    pub problem: String,
    /// The kinds.
    pub groups: Vec<Group>,
    /// Where there may be more: the list of orders with the same text. No hit: it may be empty.
    pub more: Option<Hit>,
}

/// The hits of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ssr", derive(Serialize))]
pub struct Group {
    /// Its name: `Orders`.
    pub title: String,
    /// Icon of the sprite.
    pub icon: String,
    /// The best first.
    pub hits: Vec<Hit>,
}

/// Something that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "ssr", derive(Serialize))]
pub struct Hit {
    /// What it is called.
    pub title: String,
    /// Its second line: state, total, when; or where it leads.
    pub about: String,
    /// Where it is: a path of ours.
    pub to: String,
}

impl Found {
    /// How many hits there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.groups.iter().map(|group| group.hits.len()).sum()
    }
}

/// Three texts and a word for what they are, the problem first.
impl From<Found> for Lines {
    fn from(found: Found) -> Self {
        let line = |kind: &str, hit: Hit| vec![kind.to_owned(), hit.title, hit.about, hit.to];
        let mut lines = vec![vec![found.problem]];
        for Group { title, icon, hits } in found.groups {
            lines.push(vec!["group".into(), title, icon]);
            lines.extend(hits.into_iter().map(|hit| line("hit", hit)));
        }
        lines.extend(found.more.map(|hit| line("more", hit)));
        lines
    }
}

impl From<Lines> for Found {
    fn from(lines: Lines) -> Self {
        let mut found = Self::default();
        for (number, line) in lines.into_iter().enumerate() {
            let mut texts = line.into_iter();
            let mut text = || texts.next().unwrap_or_default();
            let (kind, title, about, to) = (text(), text(), text(), text());
            match (number, kind.as_str()) {
                (0, _) => found.problem = kind,
                (_, "group") => found.groups.push(Group { title, icon: about, hits: Vec::new() }),
                (_, "more") => found.more = Some(Hit { title, about, to }),
                _ => {
                    if let Some(group) = found.groups.last_mut() {
                        group.hits.push(Hit { title, about, to });
                    }
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_the_same_after_its_way() {
        let hit =
            |title: &str| Hit { title: title.into(), about: "PENDING · 1.00 EUR".into(), to: "/orders/1".into() };
        let group = |title: &str, hits: &[&str]| Group {
            title: title.into(),
            icon: "user".into(),
            hits: hits.iter().map(|one| hit(one)).collect(),
        };
        let found = Found {
            problem: "group".into(),
            groups: vec![group("Orders", &["TA-1", "hit"]), group("Customers", &[])],
            more: Some(hit("more")),
        };
        assert_eq!(Found::from(Lines::from(found.clone())), found);
        assert_eq!(Found::from(Lines::from(Found::default())), Found::default());
        assert_eq!(found.count(), 2);
    }
}
