//! What is looked for, and for whom. At most two statements wait for each other: people and products at once, then the
//! orders.

use super::{
    model::{Found, Group, Hit},
    store::{Person, Product, people_statement, product_statement},
};
use crate::{
    auth::{guard::Ctx, model::Right},
    error::AppError,
    list::{
        model::Query,
        search::Reads,
        words::{check, tokens},
    },
    money::Money,
    orders::list::{
        number::Number,
        search::{Filter, Names, Reader},
        service::known,
        store::{self, Ask, ListRow},
    },
    pages::{self, Access, PAGES, Page},
    users::find::Who,
};
use sqlx::PgPool;
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Most hits of a kind.
pub const MOST: usize = 6;
/// Letters or digits from which on an index helps.
const ENOUGH: usize = 3;
/// People whose orders are looked for; with more of them the list of orders is the place.
const FEW_PEOPLE: usize = 20;

/// Looks for a text in everything that the caller may see. An empty one finds the pages.
///
/// # Errors
/// When the database says no.
pub async fn search(ctx: &Ctx, text: &str) -> Result<Found, AppError> {
    if let Err(problem) = check(text) {
        return Ok(Found { problem, ..Found::default() });
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = Found { groups: vec![pages(ctx, &text)], ..Found::default() };
    if !text.is_empty() && ctx.me.may(Right::ReadOrders) {
        let asked = Asked::read(ctx, &text);
        let db = &ctx.state.db;
        let (people, products) = tokio::try_join!(people(db, &asked), products(db, &asked))?;
        let rows = orders(db, &asked, &people).await?;
        found.groups.push(order_group(ctx, rows)?);
        found.groups.push(customer_group(&people));
        found.groups.push(product_group(products));
        found.more = Some(all_orders(&text));
        found.problem = asked.problem;
    }
    found.groups.retain(|group| !group.hits.is_empty());
    Ok(found)
}

/// A text as the list of orders reads it.
struct Asked<'a> {
    text: &'a str,
    words: Vec<String>,
    /// What orders are looked for by; nothing where no index would find them.
    filter: Option<Filter>,
    /// Words of a name.
    name: Vec<String>,
    problem: String,
}

impl<'a> Asked<'a> {
    fn read(ctx: &Ctx, text: &'a str) -> Self {
        let tokens = tokens(text);
        let words: Vec<String> = tokens.iter().map(|token| token.text.clone()).collect();
        let mut asked = Self { text, words, filter: None, name: Vec::new(), problem: String::new() };
        // fields are the list's own language: what leads there has them
        if tokens.iter().any(|token| token.field().is_some()) {
            return asked;
        }
        let (zone, names) = (ctx.zone(), Names::default());
        let reader = Reader::of(&ctx.me, &zone, &names, OffsetDateTime::now_utc());
        let mut search = reader.read(text);
        if !search.problems.is_empty() {
            // too short a name is no mistake while one types
            let told = search.problems.into_iter().filter(|problem| !problem.starts_with("Type at least"));
            asked.problem = told.collect::<Vec<_>>().join(" ");
            return asked;
        }
        if let Some(Who::Name(words)) = &search.filter.customer {
            asked.name.clone_from(words);
        }
        // products are a kind of their own here: a code among orders is a parcel's number
        search.filter.tracking = search.filter.code.take();
        asked.filter = Some(search.filter);
        asked
    }

    fn is_long_enough(word: &str) -> bool {
        word.chars().filter(|letter| letter.is_alphanumeric()).count() >= ENOUGH
    }
}

/// Pages that this person may open and whose name or address has all the words; all of the navigation for no words.
fn pages(ctx: &Ctx, text: &str) -> Group {
    let text = text.to_lowercase();
    let fits = |page: &&Page| {
        let name = format!("{} {}", page.title, page.path).to_lowercase();
        if text.is_empty() { page.nav.is_some() } else { text.split(' ').all(|word| name.contains(word)) }
    };
    let own = |page: &&Page| {
        let elsewhere = page.path.contains('{')
            || page.path == pages::SEARCH.path
            // for those who aren't signed in
            || matches!(page.access, Access::Everyone(_));
        !elsewhere && page.is_open_to(Some(&ctx.me), ctx.state.config.extras())
    };
    let most = if text.is_empty() { PAGES.len() } else { MOST };
    let hits = PAGES
        .into_iter()
        .filter(own)
        .filter(fits)
        .take(most)
        .map(|page| Hit { title: page.title.into(), about: page.path.into(), to: page.path.into() })
        .collect();
    Group { title: "Pages".into(), icon: "file-text".into(), hits }
}

async fn people(db: &PgPool, asked: &Asked<'_>) -> sqlx::Result<Vec<Person>> {
    if asked.name.is_empty() {
        return Ok(Vec::new());
    }
    people_statement(&asked.name, FEW_PEOPLE).build_query_as().fetch_all(db).await
}

async fn products(db: &PgPool, asked: &Asked<'_>) -> sqlx::Result<Vec<Product>> {
    // without a longer word the index would be read as a whole
    if asked.filter.is_none() || !asked.words.iter().any(|word| Asked::is_long_enough(word)) {
        return Ok(Vec::new());
    }
    product_statement(&asked.words, asked.text, MOST).build_query_as().fetch_all(db).await
}

/// The newest orders that fit, where an index finds them.
async fn orders(db: &PgPool, asked: &Asked<'_>, people: &[Person]) -> sqlx::Result<Vec<ListRow>> {
    let Some(mut filter) = asked.filter.clone() else { return Ok(Vec::new()) };
    match &filter.customer {
        Some(Who::Name(_)) if people.is_empty() || people.len() > FEW_PEOPLE => return Ok(Vec::new()),
        Some(Who::Name(_)) => filter.customer = Some(Who::Ids(people.iter().map(|one| one.id).collect())),
        // an address or a phone number: looked up as the list does
        Some(_) => match store::look_up(db, filter).await? {
            store::LookedUp::Filter(found) => filter = *found,
            store::LookedUp::Nobody | store::LookedUp::TooMany => return Ok(Vec::new()),
        },
        None => {}
    }
    let is_served = match (&filter.number, &filter.customer) {
        (Some(Number::Whole(_)), _) => true,
        (Some(Number::End(end)), None) => end.len() >= ENOUGH,
        (_, Some(Who::Ids(ids))) => ids.len() <= FEW_PEOPLE,
        _ => filter.tracking.is_some(),
    };
    if !is_served {
        return Ok(Vec::new());
    }
    let ask = Ask::newest(filter, None, u16::try_from(MOST - 1).unwrap_or(u16::MAX));
    Ok(store::list(db, &ask, OffsetDateTime::now_utc()).await?.rows)
}

/// The list of orders, searched for the same.
fn all_orders(text: &str) -> Hit {
    Hit {
        title: format!("All orders for “{text}”"),
        about: "In the list, with its filters".into(),
        to: Query::default().with("q", text).address("/orders"),
    }
}

fn order_group(ctx: &Ctx, rows: Vec<ListRow>) -> Result<Group, AppError> {
    let (zone, now) = (ctx.zone(), OffsetDateTime::now_utc());
    let mut hits = Vec::new();
    for row in rows.into_iter().take(MOST) {
        let known = known(row, now)?;
        let (state, row) = (known.status.label(), known.row);
        let (total, when) = (Money::from_numeric(row.grand_total, &row.currency), zone.stamp(row.created_at).long);
        let about = format!("{} · {state} · {total} · {when}", row.customer_name);
        hits.push(Hit { title: row.order_number, about, to: format!("/orders/{}", row.id) });
    }
    Ok(Group { title: "Orders".into(), icon: "shopping-cart".into(), hits })
}

/// People by name. They have no page yet: their orders do.
fn customer_group(people: &[Person]) -> Group {
    let mut names = BTreeMap::<&str, usize>::new();
    for person in people.iter().filter(|person| person.is_customer) {
        *names.entry(&person.name).or_default() += 1;
    }
    let hits = names
        .into_iter()
        .take(MOST)
        .map(|(name, count)| Hit {
            title: name.to_owned(),
            about: match count {
                1 => "Orders of this customer".into(),
                many => format!("Orders of {many} customers of this name"),
            },
            to: orders_with("customer", name),
        })
        .collect();
    Group { title: "Customers".into(), icon: "user".into(), hits }
}

/// What is sold. It has no page yet: the orders with it are shown.
fn product_group(products: Vec<Product>) -> Group {
    let hits = products
        .into_iter()
        .map(|product| {
            let price = Money::from_numeric(product.price, &product.currency);
            let hidden = if product.is_published { "" } else { " · not in the shop" };
            let variant = product.variant.map(|variant| format!(", {variant}")).unwrap_or_default();
            Hit {
                title: format!("{}{variant}", product.name),
                about: format!("Orders with {} · {price}{hidden}", product.sku),
                to: orders_with("sku", &product.sku),
            }
        })
        .collect();
    Group { title: "Products".into(), icon: "package".into(), hits }
}

/// The list of orders with one word of its search; a quote would end the value.
fn orders_with(field: &str, value: &str) -> String {
    let word = format!("{field}:\"{}\"", value.replace('"', " "));
    Query::default().with("q", &word).address("/orders")
}
