//! Who works here as what. No I/O.

use serde::{Deserialize, Serialize};

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

/// A role for people, from its stored form; one that isn't known as it is stored.
#[must_use]
pub fn role_name(code: &str) -> &str {
    Role::parse(code).map_or(code, |role| role.label())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_survive_the_way_to_the_database_and_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.code()), Some(role));
        }
        assert_eq!(Role::parse("root"), None);
    }
}
