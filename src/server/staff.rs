//! `techally create-staff`: the first person who can sign in to a shop without demo data.

use crate::auth::{model::Role, password};
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
    /// At least 12 characters.
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
    if staff.password.expose_secret().chars().count() < 12 || staff.password.expose_secret().len() > password::LONGEST {
        return Err("the password needs 12 to 128 characters".into());
    }
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
