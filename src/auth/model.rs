//! Roles, rights and what each role sees of personal data. No I/O.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `users.role`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Buys; may not sign in here.
    Customer,
    /// Answers customers: orders, users, refund requests.
    Support,
    /// Works the review queue.
    Moderator,
    /// Picks, packs, ships, counts.
    WarehouseManager,
    /// Everything but staff roles and system settings.
    Admin,
    /// Everything.
    SuperAdmin,
}

impl Role {
    /// All roles, in the order of the table of rights.
    pub const ALL: [Self; 6] =
        [Self::Customer, Self::Support, Self::Moderator, Self::WarehouseManager, Self::Admin, Self::SuperAdmin];

    /// Roles that work here, from the fewest rights to all.
    pub const STAFF: [Self; 5] =
        [Self::Support, Self::Moderator, Self::WarehouseManager, Self::Admin, Self::SuperAdmin];

    /// Who gives people their role.
    pub const GIVER: Self = Self::SuperAdmin;

    /// What the role is for.
    #[must_use]
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Customer => "Buys in the shop; doesn't work here",
            Self::Support => "Answers customers",
            Self::Moderator => "Works the review queue",
            Self::WarehouseManager => "Picks, packs, ships and counts",
            Self::Admin => "Runs the shop",
            Self::SuperAdmin => "Everything, and gives roles",
        }
    }

    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Support => "support",
            Self::Moderator => "moderator",
            Self::WarehouseManager => "warehouse_manager",
            Self::Admin => "admin",
            Self::SuperAdmin => "super_admin",
        }
    }

    /// From its stored form.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Customer => "Customer",
            Self::Support => "Support",
            Self::Moderator => "Moderator",
            Self::WarehouseManager => "Warehouse manager",
            Self::Admin => "Admin",
            Self::SuperAdmin => "Super admin",
        }
    }
}

/// What a server function or page asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Right {
    /// Be signed in as staff.
    SignedIn,
    /// See orders.
    ReadOrders,
    /// Write internal notes on orders.
    NoteOrders,
    /// Change contact and address of an order.
    EditOrders,
    /// Place orders for customers, and add customers.
    PlaceOrders,
    /// See a masked value for a reason.
    RevealData,
    /// Move an order along; which move is a matter of `order_transitions`.
    MoveOrders,
    /// Take lists of orders out of the house as files.
    ExportOrders,
    /// See the list of users: customers, and for those who see staff colleagues as well.
    ReadUsers,
    /// Change, suspend, reactivate and merge customers' accounts, put tags on users.
    EditUsers,
    /// Take lists of users out of the house as files.
    ExportUsers,
    /// Delete customers' accounts and bring them back.
    DeleteUsers,
    /// See more masked values in an hour than the norm.
    RevealMore,
    /// See and stop everybody's jobs, and the system's.
    ManageJobs,
    /// Change what the shop says of itself.
    EditSettings,
    /// Share saved views with everybody, and make one the first that a role sees.
    ShareViews,
    /// See colleagues: roles, second factors, sign-ins.
    ReadStaff,
    /// Lend rights that one's own role has, for a time.
    GrantRights,
    /// Invite colleagues, give roles, reset second factors.
    ManageStaff,
    /// See the audit trail.
    ReadAudit,
    /// Export everything about a person, and have people erased.
    HandlePrivacy,
}

impl Right {
    /// All rights.
    pub const ALL: [Self; 21] = [
        Self::SignedIn,
        Self::ReadOrders,
        Self::NoteOrders,
        Self::EditOrders,
        Self::PlaceOrders,
        Self::RevealData,
        Self::MoveOrders,
        Self::ExportOrders,
        Self::ReadUsers,
        Self::EditUsers,
        Self::ExportUsers,
        Self::DeleteUsers,
        Self::RevealMore,
        Self::ShareViews,
        Self::ManageJobs,
        Self::ReadStaff,
        Self::GrantRights,
        Self::ManageStaff,
        Self::EditSettings,
        Self::ReadAudit,
        Self::HandlePrivacy,
    ];

    /// Roles that hold this right: the table of rights.
    #[must_use]
    pub const fn holders(self) -> &'static [Role] {
        use Role::{Admin, Moderator, SuperAdmin, Support, WarehouseManager};
        match self {
            Self::SignedIn => &[Support, Moderator, WarehouseManager, Admin, SuperAdmin],
            Self::ReadOrders | Self::NoteOrders | Self::MoveOrders | Self::ExportOrders => {
                &[Support, WarehouseManager, Admin, SuperAdmin]
            }
            Self::EditOrders
            | Self::PlaceOrders
            | Self::RevealData
            | Self::ReadUsers
            | Self::EditUsers
            | Self::ExportUsers => &[Support, Admin, SuperAdmin],
            Self::ShareViews
            | Self::ManageJobs
            | Self::ReadStaff
            | Self::GrantRights
            | Self::DeleteUsers
            | Self::ReadAudit
            | Self::HandlePrivacy
            | Self::RevealMore => &[Admin, SuperAdmin],
            Self::EditSettings | Self::ManageStaff => &[SuperAdmin],
        }
    }

    /// For people, as in “You need the right “Read orders””.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::SignedIn => "Sign in",
            Self::ReadOrders => "Read orders",
            Self::NoteOrders => "Write notes on orders",
            Self::EditOrders => "Change orders",
            Self::PlaceOrders => "Place orders",
            Self::RevealData => "Reveal personal data",
            Self::MoveOrders => "Move orders along",
            Self::ExportOrders => "Export orders",
            Self::ReadUsers => "Read users",
            Self::EditUsers => "Change users",
            Self::ExportUsers => "Export users",
            Self::DeleteUsers => "Delete users",
            Self::RevealMore => "Reveal more than the norm",
            Self::ShareViews => "Share saved views",
            Self::ManageJobs => "Manage jobs",
            Self::ReadStaff => "See staff",
            Self::GrantRights => "Grant rights for a time",
            Self::ManageStaff => "Manage staff",
            Self::ReadAudit => "Read the audit trail",
            Self::HandlePrivacy => "Handle personal data",
            Self::EditSettings => "Change settings",
        }
    }

    /// What it lets a person do.
    #[must_use]
    pub const fn allows(self) -> &'static str {
        match self {
            Self::SignedIn => {
                "Sign in to the back office, see the start page and this table, change one’s own settings."
            }
            Self::ReadOrders => {
                "Find orders and open them. How much of the customer’s data one sees depends on the role."
            }
            Self::NoteOrders => "Write internal notes on orders and put tags on them, for colleagues only.",
            Self::EditOrders => {
                "Change the e-mail address, phone number and shipping address of an order until it is shipped."
            }
            Self::PlaceOrders => {
                "Take orders for customers on the phone, with a discount for a reason, and add customers who are new."
            }
            Self::RevealData => {
                "See one masked value of a customer for a reason. Who saw what, when and why is recorded."
            }
            Self::ExportOrders => {
                "Download lists of orders as CSV or Excel. The files hold what the role may see, and who took them is recorded."
            }
            Self::ReadUsers => {
                "Find customers. How much of their data one sees depends on the role; colleagues are among them for those who may see staff."
            }
            Self::EditUsers => {
                "Change, suspend, reactivate and merge customers’ accounts, and put tags on users, for colleagues only."
            }
            Self::ExportUsers => {
                "Download lists of users as CSV or Excel. The files hold what the role may see, and who took them is recorded."
            }
            Self::DeleteUsers => "Delete customers’ accounts and bring them back. Orders and reviews stay as they are.",
            Self::RevealMore => {
                "See more masked values in an hour than 20. Granted for hours to who needs it, and recorded like the others."
            }
            Self::ManageJobs => {
                "See everybody’s jobs and the system’s, stop them and let them go on. One’s own jobs need no right."
            }
            Self::EditSettings => {
                "Change the company on invoices and packing slips, and when a second factor is required."
            }
            Self::ReadAudit => {
                "See who changed, revealed and exported what, who signed in and what was refused, and take it as a file."
            }
            Self::HandlePrivacy => {
                "Take everything about a person as a file when they ask for it, ask that they be erased, and decide what a colleague asked."
            }
            Self::ReadStaff => "See who works here: role, second factor, last sign-in, rights for a time.",
            Self::GrantRights => {
                "Grant a colleague a right that one’s own role has, for hours, when they ask for it and say why."
            }
            Self::ManageStaff => {
                "Invite colleagues, give them their role, end their sessions, reset their second factor."
            }
            Self::ShareViews => {
                "Save filters of a list for the whole team, and choose which of them a role sees first."
            }
            Self::MoveOrders => "Take an order to its next state. Which role may take which step depends on the step.",
        }
    }

    /// As stored: `export_orders`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::ReadOrders => "read_orders",
            Self::NoteOrders => "note_orders",
            Self::EditOrders => "edit_orders",
            Self::PlaceOrders => "place_orders",
            Self::RevealData => "reveal_data",
            Self::MoveOrders => "move_orders",
            Self::ExportOrders => "export_orders",
            Self::ReadUsers => "read_users",
            Self::EditUsers => "edit_users",
            Self::ExportUsers => "export_users",
            Self::DeleteUsers => "delete_users",
            Self::RevealMore => "reveal_more",
            Self::ShareViews => "share_views",
            Self::ManageJobs => "manage_jobs",
            Self::ReadStaff => "read_staff",
            Self::GrantRights => "grant_rights",
            Self::ManageStaff => "manage_staff",
            Self::ReadAudit => "read_audit",
            Self::HandlePrivacy => "handle_privacy",
            Self::EditSettings => "edit_settings",
        }
    }

    /// From its stored form.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.code() == code)
    }

    /// Whether a person whose role doesn't hold it can be granted it for a time. Not those that decide who may what,
    /// not steps of orders, which are each a role's own, and not the list of users or the audit trail:
    /// other roles don't see who and what is in them.
    #[must_use]
    pub const fn is_lendable(self) -> bool {
        !matches!(
            self,
            Self::SignedIn
                | Self::MoveOrders
                | Self::PlaceOrders
                | Self::ReadUsers
                | Self::EditUsers
                | Self::ExportUsers
                | Self::GrantRights
                | Self::ManageStaff
                | Self::ReadAudit
                | Self::HandlePrivacy
        )
    }

    /// Names of the roles that hold it: “Support, Admin, Super admin”.
    #[must_use]
    pub fn holder_names(self) -> String {
        self.holders().iter().copied().map(Role::label).collect::<Vec<_>>().join(", ")
    }

    /// Whether a role holds it.
    #[must_use]
    pub fn held_by(self, role: Role) -> bool {
        self.holders().contains(&role)
    }
}

/// A role for people, from its stored form; one that isn't known as it is stored.
#[must_use]
pub fn role_name(code: &str) -> &str {
    Role::parse(code).map_or(code, |role| role.label())
}

/// How much of a person's data a role sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// As it is.
    Full,
    /// Enough to recognise, not to use: `o•••@mail.example`, city and country.
    Masked,
    /// Nothing.
    Hidden,
}

/// Who sees e-mail, phone and date of birth.
#[must_use]
pub const fn contact_sight(role: Role) -> Sight {
    match role {
        Role::Admin | Role::SuperAdmin => Sight::Full,
        Role::Support => Sight::Masked,
        Role::WarehouseManager | Role::Moderator | Role::Customer => Sight::Hidden,
    }
}

/// Who sees a postal address; `to_ship` is true for an order in PREPARING or SHIPPED.
#[must_use]
pub const fn address_sight(role: Role, to_ship: bool) -> Sight {
    match role {
        Role::Admin | Role::SuperAdmin => Sight::Full,
        Role::WarehouseManager if to_ship => Sight::Full,
        Role::Support => Sight::Masked,
        Role::WarehouseManager | Role::Moderator | Role::Customer => Sight::Hidden,
    }
}

/// The signed-in person, as the shell shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// `users.id`.
    pub id: Uuid,
    /// First and last name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Rights that they were granted for a time, besides those of the role.
    #[serde(default)]
    pub lent: Vec<Right>,
    /// Address of their picture; empty: none.
    #[serde(default)]
    pub avatar: String,
    /// IANA time zone that times are shown in.
    pub time_zone: String,
    /// How dates are written, as `stamp::Dates` has it.
    #[serde(default)]
    pub locale: String,
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// `compact` or `relaxed`.
    pub density: String,
}

impl Me {
    /// Up to two initials for the avatar.
    #[must_use]
    pub fn initials(&self) -> String {
        self.name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect()
    }

    /// Whether this person holds a right.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        right.held_by(self.role) || self.lent.contains(&right)
    }
}

/// What stands between password and code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignInStep {
    /// Nothing any more: it took too long, or is done.
    Ended,
    /// A code is asked for.
    Code,
    /// A second factor must be set up first.
    Enrol(Enrolment),
}

/// A secret that is shown and waits for its first code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// For those who can't scan: base 32, in groups.
    pub manual_key: String,
    /// Modules of the picture's side.
    pub size: i32,
    /// The picture: an SVG path of its dark modules.
    pub path: String,
}

/// `o•••@mail.example`: first letter and domain.
#[must_use]
pub fn mask_email(email: &str) -> String {
    match (email.chars().next(), email.split_once('@')) {
        (Some(first), Some((_, domain))) => format!("{first}•••@{domain}"),
        _ => "•••".into(),
    }
}

/// `•••• ••• 218`: the last three digits.
#[must_use]
pub fn mask_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 6 {
        return "••••".into();
    }
    let tail: String = digits.iter().skip(digits.len() - 3).collect();
    format!("•••• ••• {tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_hold_no_right_and_super_admins_hold_all() {
        for right in Right::ALL {
            assert!(!right.held_by(Role::Customer), "{right:?}");
            assert!(right.held_by(Role::SuperAdmin), "{right:?}");
        }
    }

    #[test]
    fn roles_survive_the_way_to_the_database_and_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.code()), Some(role));
        }
        assert_eq!(Role::parse("root"), None);
    }

    #[test]
    fn rights_survive_the_way_to_the_database_and_back() {
        for right in Right::ALL {
            assert_eq!(Right::parse(right.code()), Some(right));
        }
    }

    #[test]
    fn personal_data_follows_the_table() {
        assert_eq!(contact_sight(Role::Support), Sight::Masked);
        assert_eq!(contact_sight(Role::WarehouseManager), Sight::Hidden);
        assert_eq!(address_sight(Role::WarehouseManager, true), Sight::Full);
        assert_eq!(address_sight(Role::WarehouseManager, false), Sight::Hidden);
        assert_eq!(address_sight(Role::Moderator, true), Sight::Hidden);
    }

    #[test]
    fn masks_keep_no_more_than_they_say() {
        assert_eq!(mask_email("owen@mail.example"), "o•••@mail.example");
        assert_eq!(mask_email("nonsense"), "•••");
        assert_eq!(mask_phone("+49 40 5550218"), "•••• ••• 218");
        assert_eq!(mask_phone("123"), "••••");
    }
}
