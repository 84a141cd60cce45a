//! `/orders`: newest first, by state, found by number.

use crate::{
    orders::{
        api::list_orders,
        model::{List, ListQuery, Row, Status},
    },
    pages::{self, Page},
    paging::{DEFAULT_LIMIT, LIMITS},
    route::AppPage,
    ui::{
        Chip, Column, Failed, Link, PageHead, Pager, SafeUrl, SearchBox, Slot, Sorted, Tab, TableRow, Time, badge,
        chips, empty, examples, search_box, skeleton_rows, table, tabs,
    },
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_query_map, lazy_route};

/// The list of orders.
#[derive(Debug)]
pub struct OrderListPage;

impl AppPage for OrderListPage {
    const PAGE: &'static Page = &pages::ORDERS;
}

#[lazy_route]
impl LazyRoute for OrderListPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let OrderListPage = this;
        let address = use_query_map();
        let query = Memo::new(move |_| {
            let address = address.read();
            let text = |name: &str| address.get(name).unwrap_or_default();
            ListQuery {
                q: text("q"),
                status: text("status"),
                after: text("after"),
                before: text("before"),
                limit: text("limit"),
            }
        });
        let list = Resource::new(move || query.get(), list_orders);
        view! {
            <Transition fallback=|| view! { <section class="card">{skeleton_rows("Loading orders…", 12)}</section> }>
                {move || Suspend::new(async move {
                    match list.await {
                        Err(error) => view! { <Failed error /> }.into_any(),
                        Ok(list) => page(&query.get_untracked(), list),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

fn page(query: &ListQuery, mut list: List) -> AnyView {
    let words = std::mem::take(&mut list.words)
        .into_iter()
        .map(|word| Chip { label: word.label, value: word.value, without: SafeUrl::path(word.without) })
        .collect();
    let without = SafeUrl::path(ListQuery { q: String::new(), ..query.first_page() }.address());
    let note = std::mem::take(&mut list.note);
    let note = (!note.is_empty()).then(|| view! { <p class="list-note">{note}</p> });
    let list_counts = std::mem::take(&mut list.counts);
    let rows = if list.page.rows.is_empty() { nothing(query, list.hint) } else { rows(query, list) };
    view! {
        <PageHead title="Orders" />
        <section class="card" aria-label="Orders">
            {views(query, &list_counts)}
            {search(query)}
            {chips(words, without)}
            {help(query)}
            {rows}
            {note}
        </section>
    }
    .into_any()
}

/// One tab a state, with the number of all orders in it, whatever is searched for; the search stays when the tab changes.
fn views(query: &ListQuery, counts: &[i64]) -> AnyView {
    let tab = |label: &'static str, code: &str, count: Option<i64>| Tab {
        label,
        to: SafeUrl::path(ListQuery { status: code.to_owned(), ..query.first_page() }.address()),
        current: query.status == code,
        count: match count {
            None | Some(0) => String::new(),
            Some(1_000..) => "1,000+".to_owned(),
            Some(few) => few.to_string(),
        },
    };
    let count = |wanted: &Status| {
        Status::OPEN.iter().zip(counts).find(|(status, _)| *status == wanted).map(|(_, count)| *count)
    };
    let states = Status::ALL.iter().map(|status| tab(status.label(), status.code(), count(status)));
    tabs("Status", std::iter::once(tab("All", "", None)).chain(states).collect())
}

fn search(query: &ListQuery) -> AnyView {
    search_box(SearchBox {
        action: SafeUrl::path("/orders"),
        text: query.q.clone(),
        label: "Search orders",
        example: "Number, customer, SKU, tracking, or total:>500",
        longest: 200,
        keep: vec![("status", query.status.clone()), ("limit", query.limit.clone())],
        clear: SafeUrl::path(ListQuery { q: String::new(), ..query.first_page() }.address()),
    })
}

/// Words of the search, each with an example that is a link.
fn help(query: &ListQuery) -> AnyView {
    const EXAMPLES: [(&str, &str); 9] = [
        ("104818", "the number, or its last digits"),
        ("Erika Brandt", "the customer's name, e-mail address, or phone with +"),
        ("status:shipped,delivered", "also payment:failed, source:phone"),
        ("total:>500", "or total:100..200"),
        ("placed:7d", "or today, 2026-03, 2026-01..2026-03, >2026-03-05"),
        ("country:DE", "country of the bill"),
        ("sku:LAP-1", "an article among the lines"),
        ("tracking:JJD0", "the parcel's number"),
        ("customer:\"van der Berg\" total:>100", "several words: all must fit"),
    ];
    let address = |example: &str| ListQuery { q: example.to_owned(), ..query.first_page() }.address();
    examples(EXAMPLES.iter().map(|(example, what)| (*example, *what, SafeUrl::path(address(example)))).collect())
}

fn rows(query: &ListQuery, list: List) -> AnyView {
    let List { page, limit, .. } = list;
    let count = page.rows.len();
    let turn = |after: Option<uuid::Uuid>, before: Option<uuid::Uuid>| {
        let text = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        SafeUrl::path(ListQuery { after: text(after), before: text(before), ..query.clone() }.address())
    };
    let newer = page.newer.map(|id| turn(None, Some(id)));
    let older = page.older.map(|id| turn(Some(id), None));
    let sizes = LIMITS
        .into_iter()
        .map(|size| {
            let limit_text = if size == DEFAULT_LIMIT { String::new() } else { size.to_string() };
            (size, SafeUrl::path(ListQuery { limit: limit_text, ..query.first_page() }.address()), size == limit)
        })
        .collect();
    let summary = if count == 1 { "1 order on this page".to_owned() } else { format!("{count} orders on this page") };
    let columns = vec![
        Column::new("Order", Slot::Lead),
        Column::new("Placed", Slot::When).sorted(Sorted::Down),
        Column::new("Customer", Slot::Wide),
        Column::new("Status", Slot::State),
        Column::new("Payment", Slot::Spare),
        Column::new("Items", Slot::SpareNumber),
        Column::new("Total", Slot::Amount),
    ];
    let rows = page.rows.into_iter().map(row).collect();
    view! {
        {table("Orders, newest first", columns, rows, None)}
        <Pager summary sizes newer older />
    }
    .into_any()
}

fn row(row: Row) -> TableRow {
    let title = if row.place.is_empty() { row.customer.clone() } else { format!("{}, {}", row.customer, row.place) };
    let address = SafeUrl::path(format!("/orders/{}", row.id));
    let cells = vec![
        view! { <Link class="name" to=address>{row.number}</Link> }.into_any(),
        view! { <Time at=row.placed short=true /> }.into_any(),
        view! { <span title=title>{row.customer} " " <small>{row.place}</small></span> }.into_any(),
        badge(row.status.badge(), row.status.label()),
        view! { <span class="soft">{row.payment.label()}</span> }.into_any(),
        row.items.into_any(),
        view! { <b>{row.total.amount()}</b> " " <small>{row.total.currency}</small> }.into_any(),
    ];
    TableRow { choice: None, cells }
}

fn nothing(query: &ListQuery, hint: Option<String>) -> AnyView {
    let filtered = !query.q.is_empty() || !query.status.is_empty();
    let (title, text) = match hint {
        Some(hint) => ("This can't be searched for", hint),
        None if filtered => (
            "No orders match",
            "No order fits this search and status. Take a word away, or look at another status.".to_owned(),
        ),
        None => ("No orders here", "Orders appear here as soon as customers place them.".to_owned()),
    };
    let all = filtered || !query.after.is_empty() || !query.before.is_empty();
    let actions = all.then(|| view! { <a class="button" href="/orders">"Show all orders"</a> }.into_any());
    empty("package-open", title, text, actions.into_iter().collect())
}
