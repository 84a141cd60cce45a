//! What is printed for an order: invoice and packing slip. An address that the reader sees masked is masked on paper.

use super::{
    model::{Document, DocumentKind, Slips, Status},
    service::{address_of, status_of},
    sight::{Sights, Value},
    store::{self, Head, LineRow},
};
use crate::{
    auth::{
        guard::{Ctx, missing},
        model::Sight,
    },
    error::AppError,
    money::Money,
    settings::{self, model::Shop},
};
use rust_decimal::Decimal;
use uuid::Uuid;

/// Why there are no papers for an order in this state; nothing: there are.
pub const fn why_not(status: Status) -> Option<&'static str> {
    match status {
        Status::Pending | Status::Processing => Some("there is one once the order is confirmed."),
        Status::Cancelled | Status::Failed => Some("there is none for an order that was called off."),
        _ => None,
    }
}

/// The packing slips of these orders, in this order.
///
/// # Errors
/// When one of them is missing, and when the database says no.
pub async fn slips(ctx: &Ctx, ids: &[Uuid]) -> Result<Slips, AppError> {
    let kind = DocumentKind::PackingSlip;
    let (heads, lines, shop) = read(ctx, ids).await?;
    if heads.len() < ids.len() {
        return Err(missing());
    }
    let mut slips = Slips::default();
    for head in &heads {
        match why_not(status_of(&head.status)?) {
            Some(why) => slips.notices.push(format!("{}: no packing slip, {why}", head.order_number)),
            None => slips.papers.push(draw(ctx, kind, head, of(&lines, head.id), &shop)?),
        }
    }
    Ok(slips)
}

async fn read(ctx: &Ctx, ids: &[Uuid]) -> Result<(Vec<Head>, Vec<LineRow>, Shop), AppError> {
    let db = &ctx.state.db;
    let ((heads, lines), (shop, _)) = tokio::try_join!(
        async { store::with_lines(db, ids, ctx.me.id).await.map_err(AppError::from) },
        settings::service::shop(db)
    )?;
    Ok((heads, lines, shop))
}

/// The lines of an order among those of several, which stand together.
fn of(lines: &[LineRow], order: Uuid) -> &[LineRow] {
    lines
        .chunk_by(|one, next| one.order_id == next.order_id)
        .find(|lines| lines.iter().any(|line| line.order_id == order))
        .unwrap_or_default()
}

/// The paper of an order.
///
/// # Errors
/// When there is no such order, when its state has no such paper, and when the database says no.
pub async fn document(ctx: &Ctx, id: &str, kind: DocumentKind) -> Result<Document, AppError> {
    let id: Uuid = id.parse().map_err(|_| missing())?;
    let (heads, lines, shop) = read(ctx, &[id]).await?;
    draw(ctx, kind, heads.first().ok_or_else(missing)?, &lines, &shop)
}

fn draw(ctx: &Ctx, kind: DocumentKind, head: &Head, lines: &[LineRow], shop: &Shop) -> Result<Document, AppError> {
    let status = status_of(&head.status)?;
    let sights = Sights::new(ctx.me.role, status, &head.revealed);
    let zone = ctx.zone();
    let notice = why_not(status).map(|why| format!("{}: {why}", kind.title())).unwrap_or_default();
    let value = match kind {
        DocumentKind::Invoice => Value::BillTo,
        DocumentKind::PackingSlip => Value::ShipTo,
    };
    let to = address_of(head, sights, value);
    let masked = match sights.of(value) {
        Sight::Full => "",
        Sight::Masked => "The address is masked for your role: reveal it on the order first.",
        Sight::Hidden => "The address is shown to your role while the order is being prepared or shipped.",
    };
    let notice = if notice.is_empty() { masked.to_owned() } else { notice };
    let facts = vec![
        ("Order".to_owned(), head.order_number.clone()),
        ("Placed".to_owned(), zone.day_of(head.created_at).strftime("%-d %B %Y").to_string()),
        ("Shipping".to_owned(), head.method.clone()),
    ];
    let (heads, rows, sums) = match kind {
        DocumentKind::Invoice => invoice(head, lines),
        DocumentKind::PackingSlip => packing_slip(lines),
    };
    Ok(Document {
        title: format!("{} {}", kind.title(), head.order_number),
        sender: sender(shop),
        foot: foot(kind, shop),
        is_letter: shop.paper == "letter",
        back: format!("/orders/{}", head.id),
        to,
        facts,
        heads,
        rows,
        sums,
        notice,
    })
}

type Table = (Vec<String>, Vec<Vec<String>>, Vec<(String, String)>);

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn invoice(head: &Head, lines: &[LineRow]) -> Table {
    let money = |amount: Decimal| Money::from_numeric(amount, &head.currency);
    let rows = lines.iter().map(|line| {
        vec![
            line.sku.clone(),
            line.name(),
            line.quantity.to_string(),
            money(line.unit_price).amount(),
            format!("{} %", line.tax_rate.normalize()),
            money(line.line_total).amount(),
        ]
    });
    let mut sums = vec![("Subtotal".to_owned(), money(head.subtotal).amount())];
    if !head.discount_total.is_zero() {
        sums.push(("Discount".into(), money(-head.discount_total).amount()));
    }
    sums.push(("Shipping".into(), money(head.shipping_total).amount()));
    sums.push(("Total".into(), money(head.grand_total).to_string()));
    sums.push(("VAT, included".into(), money(head.tax_total).to_string()));
    sums.push(("Paid".into(), money(head.paid_total).to_string()));
    if !head.refunded_total.is_zero() {
        sums.push(("Refunded".into(), money(head.refunded_total).to_string()));
    }
    let due = (head.grand_total - head.paid_total).max(Decimal::ZERO);
    sums.push(("To pay".into(), money(due).to_string()));
    (words(&["SKU", "Article", "Qty", "Price", "VAT", "Total"]), rows.collect(), sums)
}

fn packing_slip(lines: &[LineRow]) -> Table {
    let rows = lines.iter().map(|line| {
        vec![
            line.sku.clone(),
            line.name(),
            line.stock.clone().unwrap_or_default(),
            line.quantity.to_string(),
            "☐".into(),
        ]
    });
    let pieces: i32 = lines.iter().map(|line| line.quantity).sum();
    let sums = vec![("Pieces".to_owned(), pieces.to_string())];
    (words(&["SKU", "Article", "From", "Qty", "Packed"]), rows.collect(), sums)
}

fn sender(shop: &Shop) -> Vec<String> {
    let city = format!("{} {}", shop.postal_code, shop.city);
    let lines = [shop.company.clone(), shop.street.clone(), city.trim().to_owned(), shop.country.clone()];
    lines.into_iter().filter(|line| !line.is_empty()).collect()
}

/// The small print: on an invoice what the law and the bank ask for.
fn foot(kind: DocumentKind, shop: &Shop) -> String {
    let labelled = |label: &str, text: &str| (!text.is_empty()).then(|| format!("{label} {text}"));
    let contact = [labelled("Mail", &shop.email), labelled("Phone", &shop.phone)];
    let legal = [
        labelled("VAT id", &shop.vat_id),
        (!shop.register.is_empty()).then(|| shop.register.clone()),
        labelled("IBAN", &shop.iban),
        (!shop.bank.is_empty()).then(|| shop.bank.clone()),
    ];
    let legal = legal.into_iter().filter(|_| kind == DocumentKind::Invoice);
    contact.into_iter().chain(legal).flatten().collect::<Vec<_>>().join(" · ")
}
