//! States of a job, in words.

/// `jobs.state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for a person's word.
    Preview,
    /// For a runner, or for the time of its next try.
    Waiting,
    /// A runner has it.
    Running,
    /// All rows are over.
    Done,
    /// A person stopped it, or it must not go on.
    Stopped,
    /// Given up after its last try.
    Failed,
    /// Its runners were lost again and again.
    Quarantined,
}

impl State {
    /// All.
    pub const ALL: [Self; 7] =
        [Self::Preview, Self::Waiting, Self::Running, Self::Done, Self::Stopped, Self::Failed, Self::Quarantined];

    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Quarantined => "quarantined",
        }
    }

    /// From its stored form.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Class and words of its badge.
    #[must_use]
    pub const fn badge(self) -> (&'static str, &'static str) {
        match self {
            Self::Preview => ("badge info", "Preview"),
            Self::Waiting => ("badge wait", "Waiting"),
            Self::Running => ("badge busy", "Running"),
            Self::Done => ("badge good", "Done"),
            Self::Stopped => ("badge done", "Stopped"),
            Self::Failed => ("badge bad", "Failed"),
            Self::Quarantined => ("badge bad", "Quarantined"),
        }
    }

    /// Whether it changes by itself.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

/// States of a row: as stored, words, class of the badge.
pub const ROW_STATES: [(&str, &str, &str); 4] = [
    ("waiting", "Waiting", "badge wait"),
    ("done", "Done", "badge good"),
    ("failed", "Failed", "badge bad"),
    ("not_eligible", "Not eligible", "badge done"),
];
