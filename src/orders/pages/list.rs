//! `/orders`: newest first, by state, found by number.

use crate::{
    orders::{
        api::list_orders,
        model::{List, ListQuery, Row, Status},
    },
    paging::{DEFAULT_LIMIT, LIMITS},
    ui::{Failed, Icon, PageHead, Pager, Time},
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_query_map, lazy_route};

/// The list of orders.
#[derive(Debug)]
pub struct OrderListPage;

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
            <Suspense fallback=|| view! { <p class="soft">"Loading orders…"</p> }>
                {move || Suspend::new(async move {
                    match list.await {
                        Err(error) => view! { <Failed error /> }.into_any(),
                        Ok(list) => page(&query.get_untracked(), list),
                    }
                })}
            </Suspense>
        }
        .into_any()
    }
}

fn page(query: &ListQuery, list: List) -> AnyView {
    let rows = if list.page.rows.is_empty() { empty(query, list.hint) } else { table(query, list) };
    view! {
        <PageHead title="Orders" />
        <section class="card" aria-label="Orders">
            {tabs(query)}
            {search(query)}
            {rows}
        </section>
    }
    .into_any()
}

/// One tab a state; the search stays when the tab changes.
fn tabs(query: &ListQuery) -> impl IntoView {
    let tab = |label: &'static str, code: &str| {
        let current = (query.status == code).then_some("page");
        let href = ListQuery { status: code.to_owned(), ..query.first_page() }.address();
        view! { <a class="tab" href=href aria-current=current>{label}</a> }
    };
    let states = Status::ALL.map(|status| tab(status.label(), status.code())).collect_view();
    view! { <nav class="tabs" aria-label="Status">{tab("All", "")} {states}</nav> }
}

fn search(query: &ListQuery) -> impl IntoView {
    let hidden = |name: &'static str, value: &str| {
        (!value.is_empty()).then(|| view! { <input type="hidden" name=name value=value.to_owned() /> })
    };
    let clear = (!query.q.is_empty()).then(|| {
        let href = ListQuery { q: String::new(), ..query.first_page() }.address();
        view! { <a class="button quiet" href=href>"Clear"</a> }
    });
    view! {
        <form class="filters" method="get" action="/orders" role="search">
            <div class="search">
                <Icon name="search" />
                <input
                    class="input"
                    type="search"
                    name="q"
                    value=query.q.clone()
                    aria-label="Search by order number"
                    placeholder="Order number, or its last digits"
                    maxlength="40"
                />
            </div>
            {hidden("status", &query.status)}
            {hidden("limit", &query.limit)}
            <button class="button">"Search"</button>
            {clear}
        </form>
    }
}

fn table(query: &ListQuery, list: List) -> AnyView {
    let List { page, limit, .. } = list;
    let count = page.rows.len();
    let turn = |after: Option<uuid::Uuid>, before: Option<uuid::Uuid>| {
        let text = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        ListQuery { after: text(after), before: text(before), ..query.clone() }.address()
    };
    let newer = page.newer.map(|id| turn(None, Some(id)));
    let older = page.older.map(|id| turn(Some(id), None));
    let sizes = LIMITS
        .into_iter()
        .map(|size| {
            let limit_text = if size == DEFAULT_LIMIT { String::new() } else { size.to_string() };
            (size, ListQuery { limit: limit_text, ..query.first_page() }.address(), size == limit)
        })
        .collect();
    let summary = if count == 1 { "1 order on this page".to_owned() } else { format!("{count} orders on this page") };
    view! {
        <div class="table-frame">
            <table class="table stacks">
                <caption class="visually-hidden">"Orders, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Order"</th>
                        <th scope="col" aria-sort="descending">"Placed"</th>
                        <th scope="col">"Customer"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col" class="spare">"Payment"</th>
                        <th scope="col" class="end spare">"Items"</th>
                        <th scope="col" class="end">"Total"</th>
                    </tr>
                </thead>
                <tbody>{page.rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
        <Pager summary sizes newer older />
    }
    .into_any()
}

fn row(row: Row) -> impl IntoView {
    let title = if row.place.is_empty() { row.customer.clone() } else { format!("{}, {}", row.customer, row.place) };
    view! {
        <tr>
            <td class="lead"><a class="name" href=format!("/orders/{}", row.id)>{row.number}</a></td>
            <td class="when"><Time at=row.placed short=true /></td>
            <td class="wide" title=title>{row.customer} " " <small>{row.place}</small></td>
            <td class="state"><span class=row.status.badge()>{row.status.label()}</span></td>
            <td class="soft spare">{row.payment.label()}</td>
            <td class="end number spare">{row.items}</td>
            <td class="end number amount"><b>{row.total.amount()}</b> " " <small>{row.total.currency}</small></td>
        </tr>
    }
}

fn empty(query: &ListQuery, hint: Option<String>) -> AnyView {
    let filtered = !query.q.is_empty() || !query.status.is_empty();
    let (title, text) = match hint {
        Some(hint) => ("This can't be searched for", hint),
        None if filtered => ("No orders match", "No order fits this search and status.".to_owned()),
        None => ("No orders here", "Orders appear here as soon as customers place them.".to_owned()),
    };
    view! {
        <div class="empty">
            <Icon name="package-open" />
            <h2>{title}</h2>
            <p>{text}</p>
            {(filtered || !query.after.is_empty() || !query.before.is_empty())
                .then(|| view! { <div class="actions"><a class="button" href="/orders">"Show all orders"</a></div> })}
        </div>
    }
    .into_any()
}
