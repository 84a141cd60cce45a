//! The outbox as data.

use crate::{
    auth::{
        guard::{Ctx, missing},
        links,
    },
    cards::Card,
    error::AppError,
    record::Record,
    server::mail::LINK,
};

/// The newest 50 mails, with the links that they would have if they left now.
///
/// # Errors
/// [`AppError::NotFound`] where mails leave, and when the database says no.
pub async fn mails(ctx: &Ctx) -> Result<Record, AppError> {
    let (config, now) = (&ctx.state.config, ctx.state.clock.now());
    if !config.extras().mails {
        return Err(missing());
    }
    let rows = sqlx::query!(
        "SELECT recipient, subject, body, link_id, created_at, sent_at, next_try_at, last_error
         FROM mails ORDER BY id DESC LIMIT 50"
    )
    .fetch_all(&ctx.state.db)
    .await?;
    let mut cards = vec![Card::new("about", "About these mails").remark(
        "No mail server is set (SMTP_URL), so that they wait here. Who has a link of a mail can use it: this page is for those who manage staff.",
    )];
    if rows.is_empty() {
        cards.push(Card::new("none", "No mails").remark("Place an order, or ask for a new password at /login/forgot."));
    }
    for (n, row) in rows.into_iter().enumerate() {
        let (class, words) = match (row.sent_at, row.next_try_at) {
            (Some(_), _) => ("badge good done", "Sent"),
            (None, Some(_)) => ("badge wait", "Waits"),
            (None, None) => ("badge bad done", "Given up"),
        };
        let link = match row.link_id {
            Some(id) => links::address_of(&ctx.state.db, &config.keys, &config.public_url, id, now).await?,
            None => None,
        };
        let body = row.body.replace(LINK, link.as_deref().unwrap_or("(this link is dead)"));
        let mut card = Card::new(&format!("mail-{n}"), &row.subject)
            .badge(class, words)
            .fact("To", &row.recipient)
            .time("Written", &ctx.zone().stamp(row.created_at))
            .some("Last try", row.last_error.as_deref());
        if let Some(link) = &link {
            card = card.code("Link", link, link);
        }
        cards.push(card.gap().address(body.lines().map(str::to_owned).collect()));
    }
    Ok(Record { title: "Mails".into(), cards, ..Record::default() })
}
