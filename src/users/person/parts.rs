//! The tabs of a person's page: one is shown at a time, so that a page costs what is looked at.

/// A tab, as the address names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Overview,
    Orders,
    Money,
    Reviews,
    Cart,
    Addresses,
    Activity,
    History,
}

impl Part {
    const ALL: [Self; 8] = [
        Self::Overview,
        Self::Orders,
        Self::Money,
        Self::Reviews,
        Self::Cart,
        Self::Addresses,
        Self::Activity,
        Self::History,
    ];

    const fn code(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Orders => "orders",
            Self::Money => "money",
            Self::Reviews => "reviews",
            Self::Cart => "cart",
            Self::Addresses => "addresses",
            Self::Activity => "activity",
            Self::History => "history",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Orders => "Orders",
            Self::Money => "Payments and refunds",
            Self::Reviews => "Reviews",
            Self::Cart => "Cart and wish list",
            Self::Addresses => "Addresses and payment methods",
            Self::Activity => "Sessions and activity",
            Self::History => "History",
        }
    }

    /// The tab that an address names; the first when it names none.
    pub fn parse(code: &str) -> Self {
        Self::ALL.into_iter().find(|part| part.code() == code).unwrap_or(Self::Overview)
    }

    /// All of them, as links: words, where, whether it is this one.
    pub fn tabs(self, path: &str) -> Vec<(String, String, bool)> {
        let to = |part: Self| match part.code() {
            "" => path.to_owned(),
            code => format!("{path}?part={code}"),
        };
        Self::ALL.into_iter().map(|part| (part.label().into(), to(part), part == self)).collect()
    }
}
