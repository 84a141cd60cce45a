//! Rights, and which roles hold them. No I/O.

use super::Role;
use serde::{Deserialize, Serialize};

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
    fn rights_survive_the_way_to_the_database_and_back() {
        for right in Right::ALL {
            assert_eq!(Right::parse(right.code()), Some(right));
        }
    }
}
