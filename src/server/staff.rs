//! `techally create-staff`: the first person who can sign in to a shop without demo data.

use crate::auth::{model::Role, password, password_rules};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};

/// A person to create.
#[derive(Debug)]
pub struct NewStaff {
    /// Sign-in address; stored in lower case.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Any role but customer.
    pub role: Role,
    /// As `password_rules` has it.
    pub password: SecretString,
}

/// Creates the person.
///
/// # Errors
/// When the input can't be taken or the address exists.
pub async fn create(url: &SecretString, staff: NewStaff) -> Result<uuid::Uuid, Box<dyn std::error::Error>> {
    if staff.role == Role::Customer {
        return Err("a customer is no staff; choose another role".into());
    }
    password_rules::check(staff.password.expose_secret(), &[&staff.email, &staff.first_name, &staff.last_name])?;
    let hash = password::hash(staff.password).await?;
    let mut connection = PgConnection::connect(url.expose_secret()).await?;
    let id = sqlx::query_scalar!(
        "INSERT INTO users (email, email_verified, password_hash, first_name, last_name, role)
         VALUES (lower($1), true, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING
         RETURNING id",
        staff.email,
        hash,
        staff.first_name,
        staff.last_name,
        staff.role.code(),
    )
    .fetch_optional(&mut connection)
    .await?;
    id.ok_or_else(|| format!("{} exists already", staff.email).into())
}
