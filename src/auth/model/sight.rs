//! What each role sees of personal data, and what masks leave of it. No I/O.

use super::Role;

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
