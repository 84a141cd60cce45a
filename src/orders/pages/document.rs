//! `/orders/{id}/invoice` and `/orders/{id}/packing-slip`: what is printed for an order. `/orders/slips`: the packing slips
//! of several.

use crate::{
    orders::{
        api::{get_document, get_slips},
        model::{Document, DocumentKind, Slips},
    },
    pages::{self, Page},
    route::AppPage,
    ui::{Fact, Icon, Link, PageHead, Paper, PrintButton, SafeUrl, drawn, facts, paper, skeleton_cards},
};
use leptos::prelude::*;
use leptos_router::{
    LazyRoute,
    hooks::{use_location, use_params_map},
    lazy_route,
};

/// The bill.
#[derive(Debug)]
pub struct InvoicePage;

impl AppPage for InvoicePage {
    const PAGE: &'static Page = &pages::INVOICE;
}

#[lazy_route]
impl LazyRoute for InvoicePage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let InvoicePage = this;
        page(DocumentKind::Invoice)
    }
}

/// What goes into the parcel.
#[derive(Debug)]
pub struct PackingSlipPage;

impl AppPage for PackingSlipPage {
    const PAGE: &'static Page = &pages::PACKING_SLIP;
}

#[lazy_route]
impl LazyRoute for PackingSlipPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let PackingSlipPage = this;
        page(DocumentKind::PackingSlip)
    }
}

/// Packing slips of several orders.
#[derive(Debug)]
pub struct SlipsPage;

impl AppPage for SlipsPage {
    const PAGE: &'static Page = &pages::SLIPS;
}

#[lazy_route]
impl LazyRoute for SlipsPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let SlipsPage = this;
        // read once: another address is another page
        let query = use_location().search.get_untracked();
        let slips = Resource::new(move || query.clone(), get_slips);
        view! {
            <Suspense fallback=|| view! { {skeleton_cards("Loading…", 2)} }>
                {move || Suspend::new(drawn(slips, all_slips))}
            </Suspense>
        }
        .into_any()
    }
}

fn all_slips(slips: Slips) -> AnyView {
    let Slips { papers, notices, back } = slips;
    let notices = notices.into_iter().map(notice).collect::<Vec<_>>();
    let title = match papers.len() {
        1 => "1 packing slip".to_owned(),
        many => format!("{many} packing slips"),
    };
    let papers = papers
        .into_iter()
        .map(|document| {
            let remark = notice(document.notice.clone());
            view! { {remark} {one_paper(document)} }.into_any()
        })
        .collect::<Vec<_>>();
    view! { {head(title, back, "Back to the list")} {notices} {papers} }.into_any()
}

/// A remark above a paper; nothing when there is none.
fn notice(text: String) -> AnyView {
    if text.is_empty() {
        return ().into_any();
    }
    view! { <div class="notice"><Icon name="info" /><p>{text}</p></div> }.into_any()
}

/// The page's head, which isn't printed.
fn head(title: String, back: String, words: &'static str) -> AnyView {
    view! {
        <PageHead title=title>
            <nav class="actions" aria-label="This paper">
                <Link class="button quiet" to=SafeUrl::path(back)><Icon name="arrow-left" />{words}</Link>
                <PrintButton />
            </nav>
        </PageHead>
    }
    .into_any()
}

fn page(kind: DocumentKind) -> AnyView {
    let parameters = use_params_map();
    let id = move || parameters.read().get("id").unwrap_or_default();
    let document = Resource::new(id, move |id| get_document(id, kind));
    view! {
        <Suspense fallback=|| view! { {skeleton_cards("Loading…", 1)} }>
            {move || Suspend::new(drawn(document, sheet))}
        </Suspense>
    }
    .into_any()
}

fn sheet(document: Document) -> AnyView {
    let remark = notice(document.notice.clone());
    let head = head(document.title.clone(), document.back.clone(), "Back to the order");
    view! { {head} {remark} {one_paper(document)} }.into_any()
}

fn one_paper(document: Document) -> AnyView {
    let Document { title, sender, to, facts: about, heads, rows, sums, foot, is_letter, .. } = document;
    let to = to.into_iter().map(|line| view! { {line} <br /> }).collect_view();
    // numbers stand at the end of their column: all but the first two and words
    let is_end = |head: &str| matches!(head, "Qty" | "Price" | "VAT" | "Total" | "Packed");
    let ends: Vec<bool> = heads.iter().map(|head| is_end(head)).collect();
    let class = |at: usize, ends: &[bool]| if ends.get(at) == Some(&true) { "end number" } else { "" };
    let head = heads
        .iter()
        .enumerate()
        .map(|(at, head)| view! { <th scope="col" class=class(at, &ends)>{head.clone()}</th> })
        .collect_view();
    let rows = rows
        .into_iter()
        .map(|cells| {
            let cells = cells
                .into_iter()
                .enumerate()
                .map(|(at, cell)| {
                    let head = heads.get(at).cloned();
                    view! { <td class=class(at, &ends) data-head=head>{cell}</td> }
                })
                .collect_view();
            view! { <tr>{cells}</tr> }
        })
        .collect_view();
    let fact = |(label, value): (String, String)| Fact::text(label, value);
    let about = facts("facts", about.into_iter().map(fact).collect());
    let sums = facts("facts sums", sums.into_iter().map(fact).collect());
    let parts = vec![
        view! { <address class="to">{to}</address> }.into_any(),
        view! {
            <table class="table plain">
                <caption class="visually-hidden">"Articles"</caption>
                <thead><tr>{head}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any(),
        sums,
    ];
    paper(Paper { sender, title, aside: about, foot, is_letter }, parts)
}
