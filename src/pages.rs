//! The table of pages: address, title, right and place in the navigation of each, written once. Router,
//! gate, navigation, breadcrumbs, shortcuts and tests read it. No I/O.
//!
//! A new page: a constant here, in [`PAGES`]; `impl AppPage` beside its `LazyRoute`; a line in `app::Pages`.
//! Without a right it doesn't compile, without a line in the table a test fails.

use crate::auth::model::{Me, Right};
use serde::{Deserialize, Serialize};

/// One page.
#[derive(Debug)]
pub struct Page {
    /// Its address: `/orders/{id}`.
    pub path: &'static str,
    /// Its name in navigation and breadcrumbs.
    pub title: &'static str,
    /// Who may open it.
    pub access: Access,
    /// Its place in the navigation, if it has one.
    pub nav: Option<Nav>,
}

/// Who may open a page.
#[derive(Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone, for this reason.
    Everyone(&'static str),
    /// Staff with this right.
    Holders(Right),
    /// Staff, on a developer's machine only (`DEV_PAGES`).
    Developers,
    /// Who manages staff, where no mail leaves ([`Extras::mails`]): mails hold links that open accounts.
    Outbox,
}

/// Pages that only some installations have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extras {
    /// Those of developers.
    pub components: bool,
    /// The mails that wait.
    pub mails: bool,
}

/// A place in the navigation.
#[derive(Debug)]
pub struct Nav {
    /// Under which heading.
    pub group: Group,
    /// Icon of the sprite.
    pub icon: &'static str,
    /// The second key after `g`.
    pub key: char,
}

/// Headings of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Above all headings.
    Top,
    /// Orders and customers.
    Sell,
    /// How the shop and its people are set up.
    Settings,
    /// For those who build this.
    Development,
}

impl Group {
    /// All, from top to bottom.
    pub const ALL: [Self; 4] = [Self::Top, Self::Sell, Self::Settings, Self::Development];

    /// The heading; nothing for the top.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Top => "",
            Self::Sell => "Sell",
            Self::Settings => "Settings",
            Self::Development => "Development",
        }
    }
}

/// `/`
pub static HOME: Page = Page {
    path: "/",
    title: "Today",
    access: Access::Holders(Right::SignedIn),
    nav: Some(Nav { group: Group::Top, icon: "house", key: 'h' }),
};
/// `/inbox`
pub static INBOX: Page = Page {
    path: "/inbox",
    title: "Inbox",
    access: Access::Holders(Right::SignedIn),
    nav: Some(Nav { group: Group::Top, icon: "bell", key: 'i' }),
};
/// `/login`
pub static LOGIN: Page =
    Page { path: "/login", title: "Sign in", access: Access::Everyone("this is how one gets a session"), nav: None };
/// `/login/code`
pub static SIGN_IN_CODE: Page = Page {
    path: "/login/code",
    title: "Sign in",
    access: Access::Everyone("stands between password and code"),
    nav: None,
};
/// `/login/forgot`
pub static FORGOT: Page = Page {
    path: "/login/forgot",
    title: "Forgot your password?",
    access: Access::Everyone("who can't sign in asks here for a link"),
    nav: None,
};
/// `/login/link`
pub static LINK: Page = Page {
    path: "/login/link",
    title: "One-time link",
    access: Access::Everyone("who has a link of a mail has no session yet"),
    nav: None,
};
/// `/orders`
pub static ORDERS: Page = Page {
    path: "/orders",
    title: "Orders",
    access: Access::Holders(Right::ReadOrders),
    nav: Some(Nav { group: Group::Sell, icon: "shopping-cart", key: 'o' }),
};
/// `/orders/bulk`
pub static BULK: Page =
    Page { path: "/orders/bulk", title: "Change orders", access: Access::Holders(Right::NoteOrders), nav: None };
/// `/orders/new`
pub static NEW_ORDER: Page =
    Page { path: "/orders/new", title: "New order", access: Access::Holders(Right::PlaceOrders), nav: None };
/// `/orders/slips`
pub static SLIPS: Page =
    Page { path: "/orders/slips", title: "Packing slips", access: Access::Holders(Right::ReadOrders), nav: None };
/// `/orders/{id}`
pub static ORDER: Page =
    Page { path: "/orders/{id}", title: "Order", access: Access::Holders(Right::ReadOrders), nav: None };
/// `/orders/{id}/invoice`
pub static INVOICE: Page =
    Page { path: "/orders/{id}/invoice", title: "Invoice", access: Access::Holders(Right::ReadOrders), nav: None };
/// `/orders/{id}/packing-slip`
pub static PACKING_SLIP: Page = Page {
    path: "/orders/{id}/packing-slip",
    title: "Packing slip",
    access: Access::Holders(Right::ReadOrders),
    nav: None,
};
/// `/orders/{id}/history`
pub static HISTORY: Page =
    Page { path: "/orders/{id}/history", title: "As it was", access: Access::Holders(Right::ReadOrders), nav: None };
/// `/users`
pub static USERS: Page = Page {
    path: "/users",
    title: "Users",
    access: Access::Holders(Right::ReadUsers),
    nav: Some(Nav { group: Group::Sell, icon: "users", key: 'u' }),
};
/// `/users/bulk`
pub static USERS_BULK: Page =
    Page { path: "/users/bulk", title: "Change users", access: Access::Holders(Right::EditUsers), nav: None };
/// `/jobs`
pub static JOBS: Page = Page {
    path: "/jobs",
    title: "Jobs",
    access: Access::Holders(Right::SignedIn),
    nav: Some(Nav { group: Group::Top, icon: "list-checks", key: 'b' }),
};
/// `/jobs/{id}`
pub static JOB: Page = Page { path: "/jobs/{id}", title: "Job", access: Access::Holders(Right::SignedIn), nav: None };
/// `/views`
pub static VIEWS: Page =
    Page { path: "/views", title: "Saved views", access: Access::Holders(Right::SignedIn), nav: None };
/// `/search`; the link in the head of every page leads to it.
pub static SEARCH: Page =
    Page { path: "/search", title: "Search", access: Access::Holders(Right::SignedIn), nav: None };
/// `/account`; the person's menu leads to it.
pub static ACCOUNT: Page =
    Page { path: "/account", title: "Your account", access: Access::Holders(Right::SignedIn), nav: None };
/// `/account/avatar`
pub static PICTURE: Page =
    Page { path: "/account/avatar", title: "Your picture", access: Access::Holders(Right::SignedIn), nav: None };
/// `/account/second-factor`
pub static SECOND_FACTOR: Page = Page {
    path: "/account/second-factor",
    title: "Second factor",
    access: Access::Holders(Right::SignedIn),
    nav: None,
};
/// `/settings`
pub static SETTINGS: Page = Page {
    path: "/settings",
    title: "Settings",
    access: Access::Holders(Right::SignedIn),
    nav: Some(Nav { group: Group::Settings, icon: "settings", key: 's' }),
};
/// `/settings/roles`
pub static ROLES: Page = Page {
    path: "/settings/roles",
    title: "Roles and rights",
    access: Access::Holders(Right::SignedIn),
    nav: Some(Nav { group: Group::Settings, icon: "shield-check", key: 'r' }),
};
/// `/staff`
pub static STAFF: Page = Page {
    path: "/staff",
    title: "Staff",
    access: Access::Holders(Right::ReadStaff),
    nav: Some(Nav { group: Group::Settings, icon: "id-card", key: 't' }),
};
/// `/staff/{id}`
pub static PERSON: Page =
    Page { path: "/staff/{id}", title: "Person", access: Access::Holders(Right::ReadStaff), nav: None };
/// `/users/{id}`
pub static USER: Page =
    Page { path: "/users/{id}", title: "User", access: Access::Holders(Right::ReadUsers), nav: None };
/// `/users/{id}/merge`
pub static MERGE: Page =
    Page { path: "/users/{id}/merge", title: "Merge accounts", access: Access::Holders(Right::EditUsers), nav: None };
/// `/audit`
pub static AUDIT: Page = Page {
    path: "/audit",
    title: "Audit",
    access: Access::Holders(Right::ReadAudit),
    nav: Some(Nav { group: Group::Settings, icon: "activity", key: 'a' }),
};
/// `/audit/record`
pub static AUDIT_RECORD: Page =
    Page { path: "/audit/record", title: "Then and now", access: Access::Holders(Right::ReadAudit), nav: None };
/// `/audit/seal`
pub static AUDIT_SEAL: Page =
    Page { path: "/audit/seal", title: "Seal", access: Access::Holders(Right::ReadAudit), nav: None };
/// `/audit/{id}`
pub static AUDIT_ENTRY: Page =
    Page { path: "/audit/{id}", title: "Entry", access: Access::Holders(Right::ReadAudit), nav: None };
/// `/privacy`
pub static PRIVACY: Page = Page {
    path: "/privacy",
    title: "Privacy",
    access: Access::Holders(Right::HandlePrivacy),
    nav: Some(Nav { group: Group::Settings, icon: "eye-off", key: 'y' }),
};
/// `/privacy/{id}`
pub static ERASURE: Page =
    Page { path: "/privacy/{id}", title: "Erasure", access: Access::Holders(Right::HandlePrivacy), nav: None };
/// `/dev/components`
pub static COMPONENTS: Page = Page {
    path: "/dev/components",
    title: "Components",
    access: Access::Developers,
    nav: Some(Nav { group: Group::Development, icon: "shapes", key: 'c' }),
};
/// `/dev/mail`
pub static MAILS: Page = Page {
    path: "/dev/mail",
    title: "Mails",
    access: Access::Outbox,
    nav: Some(Nav { group: Group::Development, icon: "mail", key: 'e' }),
};

/// All pages, in the order of the navigation.
pub static PAGES: [&Page; 37] = [
    &HOME,
    &INBOX,
    &SEARCH,
    &JOBS,
    &JOB,
    &LOGIN,
    &SIGN_IN_CODE,
    &FORGOT,
    &LINK,
    &ORDERS,
    &BULK,
    &NEW_ORDER,
    &SLIPS,
    &ORDER,
    &INVOICE,
    &PACKING_SLIP,
    &HISTORY,
    &USERS,
    &USERS_BULK,
    &VIEWS,
    &ACCOUNT,
    &PICTURE,
    &SECOND_FACTOR,
    &SETTINGS,
    &ROLES,
    &STAFF,
    &PERSON,
    &USER,
    &MERGE,
    &AUDIT,
    &AUDIT_RECORD,
    &AUDIT_SEAL,
    &AUDIT_ENTRY,
    &PRIVACY,
    &ERASURE,
    &COMPONENTS,
    &MAILS,
];

impl Page {
    /// Whether this person may open it; `extras`: what this installation has besides.
    #[must_use]
    pub fn is_open_to(&self, me: Option<&Me>, extras: Extras) -> bool {
        match self.access {
            Access::Everyone(_) => true,
            Access::Holders(right) => me.is_some_and(|me| me.may(right)),
            Access::Developers => extras.components && me.is_some(),
            Access::Outbox => extras.mails && me.is_some_and(|me| me.may(Right::ManageStaff)),
        }
    }

    /// The values of its parameters, if `path` is this page's address.
    #[must_use]
    pub fn matches<'a>(&self, path: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
        let (mut pattern, mut segments) =
            (self.path[1..].split('/'), path.strip_prefix('/').unwrap_or(path).split('/'));
        let mut parameters = Vec::new();
        loop {
            match (pattern.next(), segments.next()) {
                (None, None) => return Some(parameters),
                (Some(wanted), Some(found)) => match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                    Some(name) if !found.is_empty() => parameters.push((name, found)),
                    None if wanted == found => {}
                    _ => return None,
                },
                _ => return None,
            }
        }
    }
}

/// The page at an address.
#[must_use]
pub fn find(path: &str) -> Option<&'static Page> {
    PAGES.into_iter().find(|page| page.matches(path).is_some())
}

/// The pages above an address, each with its own, the highest first: where its breadcrumbs lead.
pub fn above(path: &str) -> impl Iterator<Item = (&'static Page, &str)> + use<'_> {
    path.match_indices('/').filter(|(at, _)| *at > 0).filter_map(|(at, _)| Some((find(&path[..at])?, &path[..at])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::model::Role;
    use std::collections::BTreeSet;

    #[test]
    fn addresses_find_their_page_and_no_other() {
        for (path, page) in [
            ("/", Some(&HOME)),
            ("/orders", Some(&ORDERS)),
            ("/orders/0193", Some(&ORDER)),
            ("/orders/bulk", Some(&BULK)),
            ("/orders/slips", Some(&SLIPS)),
            ("/orders/new", Some(&NEW_ORDER)),
            ("/settings/roles", Some(&ROLES)),
            ("/orders/", None),
            ("/orders/1/2", None),
            ("/settings", Some(&SETTINGS)),
            ("/nowhere", None),
            ("//", None),
        ] {
            assert_eq!(find(path).map(|found| found.path), page.map(|page| page.path), "{path}");
        }
        assert_eq!(ORDER.matches("/orders/0193"), Some(vec![("id", "0193")]));
        let above_it: Vec<_> = above("/orders/0193/invoice").map(|(page, path)| (page.title, path)).collect();
        assert_eq!(above_it, [("Orders", "/orders"), ("Order", "/orders/0193")]);
        assert_eq!(above("/orders").count(), 0);
    }

    #[test]
    fn addresses_and_keys_are_nobody_elses() {
        let paths: BTreeSet<_> = PAGES.iter().map(|page| page.path).collect();
        let keys: Vec<_> = PAGES.iter().filter_map(|page| page.nav.as_ref().map(|nav| nav.key)).collect();
        assert_eq!(paths.len(), PAGES.len());
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
    }

    #[test]
    fn every_page_but_the_public_ones_is_closed_to_strangers_and_customers() {
        let person = |role| Me {
            id: uuid::Uuid::nil(),
            name: String::new(),
            role,
            lent: Vec::new(),
            avatar: String::new(),
            time_zone: String::new(),
            locale: String::new(),
            theme: String::new(),
            density: String::new(),
        };
        let everything = Extras { components: true, mails: true };
        for page in PAGES {
            let public = matches!(page.access, Access::Everyone(_));
            assert_eq!(page.is_open_to(None, everything), public, "{}", page.path);
            if let Access::Holders(right) = page.access {
                assert!(!page.is_open_to(Some(&person(Role::Customer)), everything), "{}", page.path);
                assert!(
                    right.holders().iter().all(|role| page.is_open_to(Some(&person(*role)), Extras::default())),
                    "{}",
                    page.path
                );
            }
        }
        for page in [&COMPONENTS, &MAILS] {
            assert!(!page.is_open_to(Some(&person(Role::SuperAdmin)), Extras::default()), "{}", page.path);
        }
        assert!(MAILS.is_open_to(Some(&person(Role::SuperAdmin)), everything));
        assert!(!MAILS.is_open_to(Some(&person(Role::Admin)), everything));
    }
}
