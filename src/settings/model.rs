//! What the settings pages show and send. No I/O.

use serde::{Deserialize, Serialize};

/// `shop_settings`: the company on invoices and packing slips.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shop {
    /// Its name, as registered.
    pub company: String,
    /// Street and number.
    pub street: String,
    /// Postal code.
    pub postal_code: String,
    /// City.
    pub city: String,
    /// Two letters.
    pub country: String,
    /// VAT id.
    pub vat_id: String,
    /// Court and number of the register.
    pub register: String,
    /// Where customers write to.
    pub email: String,
    /// Where customers call.
    pub phone: String,
    /// Account that customers pay to.
    pub iban: String,
    /// Its bank.
    pub bank: String,
    /// `a4` or `letter`.
    pub paper: String,
}

/// The settings as one person sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopSettings {
    /// What they are.
    pub shop: Shop,
    /// Days until admins must have a second factor; empty: they never must.
    pub second_factor_days: String,
    /// Row version.
    pub version: i32,
    /// Why this person can't change them; empty: they can.
    pub why_not: String,
}
