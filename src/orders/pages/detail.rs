//! `/orders/{id}`: everything about one order, and what to do next.

use super::{
    detail_parts::{addresses, customer, items, payments, progress, shipping, timeline},
    next::{next, overtaken},
};
use crate::{
    forms::Done,
    orders::{api::get_order, model::Detail},
    pages::{self, Page},
    route::AppPage,
    ui::{Failed, Icon, PageHead, Time, badge, skeleton_cards},
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_params_map, lazy_route};

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
        let order = Resource::new(id, get_order);
        // an act of this page draws its new state in place
        let changed = Callback::new(move |_: Done| order.refetch());
        view! {
            <Transition fallback=|| view! { {skeleton_cards("Loading the order…", 3)} }>
                {move || Suspend::new(async move {
                    match order.await {
                        Err(error) => view! { <Failed error /> }.into_any(),
                        Ok(order) => page(order, changed),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
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
    let (status, placed, buyer) = (order.status, order.placed.clone(), order.customer.name.clone());
    view! {
        <PageHead title=order.number.clone()>
            {badge(status.badge(), status.label())}
            <p>"Placed " <Time at=placed /> " by " {buyer}</p>
        </PageHead>
        {progress(&order)}
        {overtaken(&order)}
        {hold}
        <div class="two">
            {next(&order, changed)}
            <div class="stack">
                {items(&order)}
                {timeline(&order, changed)}
            </div>
            <aside class="stack" aria-label="Customer, delivery and payment">
                {customer(&order)}
                {addresses(&order)}
                {shipping(&order)}
                {payments(&order)}
            </aside>
        </div>
    }
    .into_any()
}
