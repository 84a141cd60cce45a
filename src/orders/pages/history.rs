//! `/orders/{id}/history`: the order as it was at a moment, beside what it is now.

use crate::{
    orders::{api::get_order_history, model::AsItWas},
    pages::{self, Page},
    route::AppPage,
    ui::{Icon, Link, PageHead, SafeUrl, Time, cards, drawn, skeleton_cards},
};
use leptos::prelude::*;
use leptos_router::{
    LazyRoute,
    hooks::{use_params_map, use_query_map},
    lazy_route,
};

/// An order at a moment.
#[derive(Debug)]
pub struct HistoryPage;

impl AppPage for HistoryPage {
    const PAGE: &'static Page = &pages::HISTORY;
}

#[lazy_route]
impl LazyRoute for HistoryPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let HistoryPage = this;
        let (parameters, address) = (use_params_map(), use_query_map());
        let asked =
            move || (parameters.read().get("id").unwrap_or_default(), address.read().get("at").unwrap_or_default());
        let order = Resource::new(asked, |(id, at)| get_order_history(id, at));
        view! {
            <Transition fallback=|| view! { {skeleton_cards("Loading the order…", 3)} }>
                {move || Suspend::new(drawn(order, page))}
            </Transition>
        }
        .into_any()
    }
}

fn page(order: AsItWas) -> AnyView {
    let AsItWas { number, at, field, earlier, later, back, trail, remark, cards: parts } = order;
    let step = |to: String, icon: &'static str, words: &'static str| {
        (!to.is_empty()).then(|| {
            view! { <Link class="button quiet" to=SafeUrl::path(to)><Icon name=icon />{words}</Link> }.into_any()
        })
    };
    let remark = (!remark.is_empty()).then(|| view! { <div class="notice"><Icon name="info" /><p>{remark}</p></div> });
    view! {
        <PageHead title=format!("{number} as it was")>
            <p>"On " <Time at /></p>
            <nav class="actions" aria-label="Moments">
                <Link class="button quiet" to=SafeUrl::path(back)><Icon name="arrow-left" />"Back to the order"</Link>
                {step(earlier, "chevron-left", "Change before")}
                {step(later, "chevron-right", "Change after")}
                {step(trail, "activity", "In the audit trail")}
            </nav>
        </PageHead>
        <form method="get" class="moment">
            <label for="at">"At"</label>
            <input class="input" id="at" type="datetime-local" step="1" name="at" value=field required />
            <button class="button">"Show"</button>
        </form>
        {remark}
        <div class="grid-cards">{cards(parts)}</div>
    }
    .into_any()
}
