//! The page as data: who orders, what, what it comes to, and what is still missing.

use super::{
    PATH, customer,
    draft::Draft,
    form,
    store::{self, Customer, Found, Stocked},
};
use crate::{
    auth::{
        guard::{Ctx, set_refusal},
        model::{Sight, contact_sight, mask_email, mask_phone},
    },
    cards::{BasketLine, Card},
    error::AppError,
    list::{counts, words::check},
    money::Money,
    orders::{
        checkout::ShippingMethod,
        placing::{Article, CURRENCY, sums},
    },
    record::Record,
    sheet::Act,
    users::{find::Who, model::Status},
};
use rust_decimal::Decimal;

/// Customers that a search shows.
const MOST_CUSTOMERS: usize = 8;
/// Articles that a search shows.
const MOST_ARTICLES: usize = 10;

/// `/orders/new`.
///
/// # Errors
/// [`AppError::BadRequest`] for an address that no page of ours leads to, and when the database says no.
pub async fn page(ctx: &Ctx, address: &str) -> Result<Record, AppError> {
    let draft = Draft::read(address).inspect_err(set_refusal)?;
    let db = &ctx.state.db;
    let mut record = Record { title: "New order".into(), ..Record::default() };
    let Some(id) = draft.customer else {
        let lines = lines_of(&draft, &store::stocked(db, &skus_of(&draft)).await?);
        record.cards.push(search_customers(ctx, &draft).await?);
        record.cards.extend([basket(&draft, &lines), sums_card(&draft, None, &lines)]);
        record.sheet = (draft.act == "customer").then(|| customer::sheet(ctx, &draft));
        return Ok(record);
    };
    let looked_for = if check(&draft.text).is_ok() { draft.text.as_str() } else { "" };
    let (customer, found) = tokio::try_join!(store::customer(db, id), async {
        if looked_for.is_empty() { Ok(Vec::new()) } else { store::skus(db, looked_for, MOST_ARTICLES).await }
    })?;
    let Some(customer) = customer else {
        return Err(AppError::BadRequest("There is no such customer.".into())).inspect_err(set_refusal);
    };
    let stocked = store::stocked(db, &[skus_of(&draft), found.clone()].concat()).await?;
    let lines = lines_of(&draft, &stocked);
    record.cards = vec![
        customer_card(ctx, &draft, &customer),
        basket(&draft, &lines),
        search_articles(&draft, &found, &stocked),
        sums_card(&draft, Some(&customer), &lines),
    ];
    if draft.act == "place" && why_not(Some(&customer), &lines).is_none() {
        record.sheet = Some(form::sheet(ctx, &draft, &customer, &articles(&lines)));
    }
    Ok(record)
}

/// A line of the draft: what was asked for, and the article if there is one.
type Line = (String, i32, Option<Stocked>);

fn skus_of(draft: &Draft) -> Vec<String> {
    draft.items.iter().map(|(sku, _)| sku.clone()).collect()
}

fn lines_of(draft: &Draft, stocked: &[Stocked]) -> Vec<Line> {
    let find = |sku: &String| stocked.iter().find(|one| one.sku == *sku).cloned();
    draft.items.iter().map(|(sku, pieces)| (sku.clone(), *pieces, find(sku))).collect()
}

/// The articles that there are.
fn articles(lines: &[Line]) -> Vec<Article> {
    lines.iter().filter_map(|(_, pieces, stocked)| Some(stocked.as_ref()?.article(*pieces))).collect()
}

fn money(amount: Decimal) -> String {
    Money::from_numeric(amount, CURRENCY).to_string()
}

/// Why nothing can be ordered for a customer; nothing: it can.
pub fn why_not_for(customer: &Customer) -> Option<String> {
    if customer.is_deleted {
        return Some("This account was deleted. Bring it back first.".into());
    }
    match Status::parse(&customer.status) {
        Some(Status::Active) => None,
        Some(status) => {
            let status = status.label().to_lowercase();
            Some(format!("This account is {status}. Reactivate it on the customer’s page first."))
        }
        None => Some("This account can’t order.".into()),
    }
}

/// Why a line can't be ordered; nothing: it can.
fn why_not_line((sku, pieces, stocked): &Line) -> Option<String> {
    match stocked {
        None => Some(format!("There is no article {sku}.")),
        Some(article) if !article.is_for_sale => Some("Not for sale.".into()),
        Some(article) if article.available < i64::from(*pieces) => Some(match article.available {
            0 => "Sold out.".into(),
            available => format!("Only {available} in stock."),
        }),
        Some(_) => None,
    }
}

/// What is still missing before the order can be placed; nothing: it can.
fn why_not(customer: Option<&Customer>, lines: &[Line]) -> Option<String> {
    let Some(customer) = customer else { return Some("choose who orders first.".into()) };
    if let Some(why) = why_not_for(customer) {
        return Some(why);
    }
    if lines.is_empty() {
        return Some("add an article first.".into());
    }
    lines.iter().any(|line| why_not_line(line).is_some()).then(|| "some articles can’t be had as they stand.".into())
}

/// E-mail address and phone number as the role sees them.
fn contact(ctx: &Ctx, email: &str, phone: Option<&str>) -> (Option<String>, Option<String>) {
    match contact_sight(ctx.me.role) {
        Sight::Full => (Some(email.to_owned()), phone.map(str::to_owned)),
        Sight::Masked => (Some(mask_email(email)), phone.map(mask_phone)),
        Sight::Hidden => (None, None),
    }
}

fn customer_card(ctx: &Ctx, draft: &Draft, customer: &Customer) -> Card {
    let (email, phone) = contact(ctx, &customer.email, customer.phone.as_deref());
    let mut card = Card::new("customer", "Customer")
        .link("Name", &customer.name, &format!("/users/{}", customer.id))
        .some("E-mail", email.as_deref())
        .some("Phone", phone.as_deref())
        .fact("Saved addresses", &counts::grouped(i64::try_from(customer.addresses.0.len()).unwrap_or(i64::MAX)));
    if let Some(why) = why_not_for(customer) {
        card = card.badge("badge bad", "Can’t order").remark(&why);
    }
    for warning in &customer.warnings {
        card = card.remark(&format!("Note: “{}”", warning.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    card.act(&Act::link("Choose somebody else", "users", draft.of(None).address()))
}

async fn search_customers(ctx: &Ctx, draft: &Draft) -> Result<Card, AppError> {
    let keep = Draft { text: String::new(), act: String::new(), ..draft.clone() };
    let mut card = Card::new("who", "Who orders?").wide().find(
        PATH,
        "Name, e-mail address or phone number",
        &draft.text,
        ("order", &keep.chosen()),
    );
    if !draft.text.is_empty() {
        let who = check(&draft.text).and_then(|()| Who::read(contact_sight(ctx.me.role), &draft.text));
        card = match who {
            Err(problem) => card.remark(&problem),
            Ok(who) => candidates(ctx, draft, &store::customers(&ctx.state.db, &who, MOST_CUSTOMERS).await?, card),
        };
    }
    Ok(card.act(&Act::link(
        "New customer",
        "plus",
        Draft { text: String::new(), ..draft.opened("customer") }.address(),
    )))
}

fn candidates(ctx: &Ctx, draft: &Draft, found: &[Found], card: Card) -> Card {
    if found.is_empty() {
        return card.remark("Nobody found. Check the spelling, or add them as a new customer.");
    }
    let mut card = card;
    for one in found.iter().take(MOST_CUSTOMERS) {
        let (email, phone) = contact(ctx, &one.email, one.phone.as_deref());
        let facts: Vec<String> = [email, phone, one.country.clone()].into_iter().flatten().collect();
        let status = match Status::parse(&one.status) {
            Some(Status::Active) | None => ("", ""),
            Some(status) => ("badge wait", status.label()),
        };
        let orders = counts::of(i64::from(one.orders), ("order", "orders"));
        card = card.row(&draft.of(Some(one.id)).address(), &one.name, status, &facts.join(" · "), &orders);
    }
    if found.len() > MOST_CUSTOMERS { card.remark("More fit: type more of it.") } else { card }
}

fn basket(draft: &Draft, lines: &[Line]) -> Card {
    let card = Card::new("basket", "Articles").wide();
    if lines.is_empty() {
        return card.remark("Nothing yet.");
    }
    let lines: Vec<BasketLine> = lines
        .iter()
        .map(|line| {
            let (sku, pieces, stocked) = line;
            let article = stocked.as_ref().map(|stocked| stocked.article(*pieces));
            BasketLine {
                sku: sku.clone(),
                name: stocked.as_ref().map_or_else(|| sku.clone(), Stocked::title),
                remark: stocked.as_ref().map_or_else(String::new, remark),
                problem: why_not_line(line).unwrap_or_default(),
                pieces: *pieces,
                price: article.as_ref().map(|article| money(article.price)).unwrap_or_default(),
                total: article.as_ref().map(|article| money(article.total())).unwrap_or_default(),
                without: draft.without(sku).address(),
            }
        })
        .collect();
    let customer = draft.customer.map(|id| id.to_string()).unwrap_or_default();
    card.basket(PATH, ("customer", &customer), &lines)
}

/// SKU, and where there is some of it.
fn remark(article: &Stocked) -> String {
    [article.sku.as_str(), article.places.as_str()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

fn search_articles(draft: &Draft, found: &[String], stocked: &[Stocked]) -> Card {
    let mut card = Card::new("articles", "Add articles").wide().find(
        PATH,
        "Name or SKU of an article",
        &draft.text,
        ("order", &draft.chosen()),
    );
    if draft.text.is_empty() {
        return card;
    }
    if let Err(problem) = check(&draft.text) {
        return card.remark(&problem);
    }
    if found.is_empty() {
        return card.remark("No article that is for sale fits. Check the spelling, or type less of it.");
    }
    for sku in found {
        let Some(article) = stocked.iter().find(|one| one.sku == *sku) else { continue };
        let stock = match article.available {
            0 => ("badge bad", "Sold out".to_owned()),
            available => ("badge good", format!("{} in stock", counts::grouped(available))),
        };
        let to = if article.available > 0 { draft.with(sku).address() } else { String::new() };
        card = card.offer(&article.title(), &remark(article), (stock.0, &stock.1), &money(article.price), &to);
    }
    card
}

fn sums_card(draft: &Draft, customer: Option<&Customer>, lines: &[Line]) -> Card {
    let sums = sums(&articles(lines), ShippingMethod::Standard, Decimal::ZERO);
    let mut card = Card::new("sums", "Order").fact("Pieces", &counts::grouped(i64::from(sums.pieces)));
    if sums.pieces > 0 {
        let amount = |amount| Money::from_numeric(amount, CURRENCY);
        card = card
            .money("Goods", &amount(sums.subtotal))
            .money("Standard shipping", &amount(sums.shipping))
            .money("Total", &amount(sums.total))
            .money("VAT, included", &amount(sums.tax));
    }
    let why_not = why_not(customer, lines);
    let to = if why_not.is_none() { draft.opened("place").address() } else { String::new() };
    card.next("Address and payment", "arrow-right", &to, &why_not.unwrap_or_default())
}
