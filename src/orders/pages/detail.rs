//! `/orders/{id}`: everything about one order, and what to do next.

use super::{
    detail_parts::{items, progress, tags, timeline},
    next::{next, overtaken},
};
use crate::{
    forms::Done,
    list::model::Query,
    live::page::together,
    orders::{
        api::get_order,
        model::{Around, Detail},
    },
    pages::{self, Page},
    route::AppPage,
    ui::{Icon, Link, PageHead, SafeUrl, Time, acts, badge, cards, drawn, sheet, skeleton_cards},
};
use leptos::prelude::*;
use leptos_router::{
    LazyRoute,
    hooks::{use_params_map, use_query_map},
    lazy_route,
};

/// One order.
#[derive(Debug)]
pub struct OrderPage;

impl AppPage for OrderPage {
    const PAGE: &'static Page = &pages::ORDER;
}

#[lazy_route]
impl LazyRoute for OrderPage {
    // the data is asked for in `view`: what `data` needs would be in the first bundle of every page
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let OrderPage = this;
        let parameters = use_params_map();
        let id = move || parameters.read().get("id").unwrap_or_default();
        let address = use_query_map();
        let query =
            move || Query::new(address.read().clone().into_iter().map(|(name, value)| (name.into_owned(), value)));
        let order = Resource::new(move || (id(), query()), |(id, query)| get_order(id, query));
        // an act of this page draws its new state in place
        let changed = Callback::new(move |_: Done| order.refetch());
        view! {
            <Transition fallback=|| view! { {skeleton_cards("Loading the order…", 3)} }>
                {move || Suspend::new(drawn(order, move |order| page(order, changed)))}
            </Transition>
        }
        .into_any()
    }
}

/// The way back to the list, and to the orders beside this one in it.
fn around(around: Around) -> AnyView {
    let Around { list, previous, next } = around;
    if list.is_empty() {
        return ().into_any();
    }
    let step = |to: String, rel: &'static str, icon: &'static str, words: &'static str, key: &'static str| {
        if to.is_empty() {
            return view! { <span class="button quiet" aria-disabled="true"><Icon name=icon /></span> }.into_any();
        }
        view! {
            <Link class="button quiet" rel=rel to=SafeUrl::path(to)>
                <Icon name=icon /><span class="visually-hidden">{words}</span><kbd class="needs-script" aria-hidden="true">{key}</kbd>
            </Link>
        }
        .into_any()
    };
    view! {
        <nav class="actions" aria-label="In the list">
            <Link class="button quiet" to=SafeUrl::path(list)><Icon name="arrow-left" />"Back to the list"</Link>
            {step(previous, "prev", "chevron-up", "Previous order in the list", "k")}
            {step(next, "next", "chevron-down", "Next order in the list", "j")}
        </nav>
    }
    .into_any()
}

fn page(order: Detail, changed: Callback<Done>) -> AnyView {
    let hold = order.hold_until.clone().map(|until| {
        view! {
            <div class="notice">
                <Icon name="clock" />
                <div>
                    <b>"Not paid yet"</b>
                    <p>"Its stock is held until " <Time at=until short=true /> ", then the order is cancelled by itself."</p>
                </div>
            </div>
        }
    });
    let (around, papers) = (around(order.around.clone()), acts(order.papers.clone()));
    let (status, placed, buyer) = (order.status, order.placed.clone(), order.buyer.clone());
    view! {
        <PageHead title=order.number.clone()>
            {badge(status.badge(), status.label())}
            <p>"Placed " <Time at=placed /> " by " {buyer}</p>
            {papers}
            {around}
        </PageHead>
        {together(order.id, Callback::new(move |()| changed.run(Done::default())))}
        {progress(&order)}
        {overtaken(&order)}
        {order.sheet.clone().map(|opened| sheet(opened, changed))}
        {hold}
        <div class="two">
            {next(&order, changed)}
            <div class="stack">
                {items(&order)}
                {timeline(&order, changed)}
            </div>
            <aside class="stack" aria-label="Customer, delivery and payment">
                {cards(order.cards.clone())}
                {tags(&order, changed)}
            </aside>
        </div>
    }
    .into_any()
}
