//! How far the trail is sealed, and the head to keep elsewhere.

use sqlx::{FromRow, PgPool, QueryBuilder};

/// The last seal.
#[derive(Clone, Debug, Default, FromRow)]
pub struct Seal {
    number: i64,
    digest: String,
    up_to: String,
    last_id: i64,
    /// Seconds since the oldest entry that isn't sealed.
    unsealed: Option<i64>,
}

impl Seal {
    /// `12:9f86…`, as `techally verify-audit --expect` reads it.
    #[must_use]
    pub fn head(&self) -> String {
        format!("{}:{}", self.number, self.digest)
    }

    /// For people.
    #[must_use]
    pub fn in_words(&self) -> String {
        let open = match self.unsealed {
            None => "Every entry is sealed.".to_owned(),
            Some(seconds) => format!("The oldest entry that is not sealed yet is {seconds} s old."),
        };
        if self.number == 0 {
            return format!("Nothing is sealed yet. {open}");
        }
        format!(
            "Sealed up to {}. {open} Keep that head elsewhere: techally verify-audit --expect takes it.",
            self.head()
        )
    }

    /// Whether it covers an entry of this transaction.
    #[must_use]
    pub fn covers(&self, transaction: &str, id: i64) -> bool {
        let number = |text: &str| text.parse::<u64>().unwrap_or(0);
        self.number > 0 && (number(transaction), id) <= (number(&self.up_to), self.last_id)
    }
}

/// The state of now.
///
/// # Errors
/// When the database says no.
pub async fn state(db: &PgPool) -> sqlx::Result<Seal> {
    let mut sql = QueryBuilder::new(
        "SELECT COALESCE(s.number, 0) AS number, COALESCE(encode(s.digest, 'hex'), '') AS digest, \
         COALESCE(s.up_to::text, '0') AS up_to, COALESCE(s.last_id, 0) AS last_id, \
         extract(epoch FROM audit_unsealed_age())::bigint AS unsealed \
         FROM (SELECT 1) one LEFT JOIN (SELECT number, digest, up_to, last_id FROM audit_seals ORDER BY number DESC LIMIT 1) s ON true",
    );
    sql.build_query_as().fetch_one(db).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_covers_what_stands_before_its_last_row() {
        let seal = Seal { number: 3, up_to: "900".into(), last_id: 7, ..Seal::default() };
        assert!(seal.covers("900", 7) && seal.covers("99", 70) && !seal.covers("900", 8) && !seal.covers("1000", 1));
        assert!(!Seal::default().covers("0", 0));
    }
}
