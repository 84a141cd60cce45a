//! A page that the server wrote as a record.

use super::{
    Form, FormError, FormTo, Icon, Link, PageHead, SafeUrl, SubmitButton, badge, cards,
    filters::{self, Tab},
    form::upload,
    page::drawn,
    qr, sheet, skeleton_cards,
};
use crate::{
    cards::Card,
    error::AppError,
    forms::Done,
    pages::{self, Page},
    record::Record,
};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use leptos_router::hooks::{use_location, use_navigate};
use std::{pin::Pin, time::Duration};

/// How often a page that is alive is asked for.
const EVERY: Duration = Duration::from_millis(1_500);
/// The same without JavaScript, in seconds.
const REFRESH: &str = r#"<meta http-equiv="refresh" content="4">"#;

/// Asks for the page of an address.
pub type Fetch = fn(String) -> Pin<Box<dyn Future<Output = Result<Record, AppError>> + Send>>;

/// What is done after an act of the page.
#[derive(Clone, Copy)]
struct Changed(Callback<Done>);

/// Draws the page of the address that the browser shows; `watch` asks for it again without being taken for a person's work.
pub fn record_page(page: &'static Page, fetch: Fetch, watch: Fetch) -> AnyView {
    let location = use_location();
    // while another page comes this one is still there, and the address is the other's
    let address = Memo::new(move |before: Option<&String>| {
        let path = location.pathname.get();
        match before {
            // `/audit/{id}` fits `/audit/record` too, which is another page
            Some(before) if pages::find(&path).is_none_or(|found| found.path != page.path) => before.clone(),
            _ => format!("{path}?{}", location.search.get()),
        }
    });
    let record = Resource::new(move || address.get(), fetch);
    let navigate = use_navigate();
    let here = location.pathname;
    let changed = Callback::new(move |done: Done| {
        if done.to == here.get_untracked() {
            record.refetch();
        } else {
            navigate(&done.to, leptos_router::NavigateOptions::default());
        }
    });
    provide_context(Changed(changed));
    view! {
        <Transition fallback=|| view! { {skeleton_cards("Loading…", 2)} }>
            {move || Suspend::new(drawn(record, move |record| draw(record, watch, address, changed)))}
        </Transition>
    }
    .into_any()
}

fn draw(first: Record, watch: Fetch, address: Memo<String>, changed: Callback<Done>) -> AnyView {
    let Record { title, links, tabs, .. } = first.clone();
    let count = first.cards.len();
    let opened = first.sheet.clone();
    let refreshes = first.is_live.then(|| view! { <noscript inner_html=REFRESH></noscript> });
    let now = RwSignal::new(first);
    Effect::new(move |_| follow(now, watch, address.get_untracked()));
    let state = Memo::new(move |_| now.with(|now| now.badge.clone()));
    let state = move || {
        let (class, words) = state.get();
        (!words.is_empty()).then(|| badge(class, words))
    };
    let links = links
        .into_iter()
        .map(|(icon, words, to)| {
            view! { <Link class="button quiet" to=SafeUrl::path(to)><Icon name=icon />{words}</Link> }.into_any()
        })
        .collect::<Vec<_>>();
    // each by itself: what didn't change isn't drawn anew, and keeps its focus
    let one = move |at: usize| {
        let card = Memo::new(move |_| now.with(|now| now.cards.get(at).cloned()));
        (move || card.get().map(|card| cards::one(card, Some(more)))).into_any()
    };
    let (wide, others): (Vec<usize>, Vec<usize>) =
        (0..count).partition(|at| now.with_untracked(|now| now.cards.get(*at).is_some_and(Card::is_wide)));
    let all = |places: Vec<usize>| places.into_iter().map(one).collect::<Vec<_>>();
    let cards = if wide.is_empty() || others.is_empty() {
        view! { <div class="record">{all((0..count).collect())}</div> }.into_any()
    } else {
        view! {
            <div class="record columns">
                <div class="aside">{all(others)}</div>
                <div class="wide">{all(wide)}</div>
            </div>
        }
        .into_any()
    };
    let parts = (!tabs.is_empty()).then(|| {
        let one = |(label, to, current)| Tab { label, to: SafeUrl::path(to), current, count: String::new() };
        filters::tabs("Parts", tabs.into_iter().map(one).collect())
    });
    view! {
        <PageHead title=title>
            {state}
            <nav class="actions" aria-label="This page">{links}</nav>
        </PageHead>
        {refreshes}
        {parts}
        {cards}
        {opened.map(|opened| sheet(opened, changed))}
    }
    .into_any()
}

/// Asks again while the page is alive.
fn follow(now: RwSignal<Record>, watch: Fetch, address: String) {
    if !now.with(|now| now.is_live) {
        return;
    }
    let next = StoredValue::new(None::<TimeoutHandle>);
    on_cleanup(move || {
        if let Some(timer) = next.try_get_value().flatten() {
            timer.clear();
        }
    });
    let ask = move || {
        let address = address.clone();
        leptos::task::spawn_local(async move {
            let record = if document().hidden() { None } else { watch(address).await.ok() };
            // without an answer as before: the next one may get through. Gone meanwhile: then nobody looks
            let _ = now.try_update(|now| *now = record.unwrap_or_else(|| std::mem::take(now)));
        });
    };
    // each answer, good or bad, asks for the next
    next.set_value(set_timeout_with_handle(ask, EVERY).ok());
}

/// What the cards of these pages have besides.
fn more(kind: &str, texts: Vec<String>) -> AnyView {
    let mut texts = texts.into_iter();
    let mut text = || texts.next().unwrap_or_default();
    match kind {
        "points" => {
            let points = texts.map(|text| view! { <li>{text}</li> }).collect_view();
            view! { <ul class="points">{points}</ul> }.into_any()
        }
        "sides" | "table" => {
            let heads = [text(), text(), text()].map(|head| view! { <th scope="col">{head}</th> }.into_any());
            let mut rows = Vec::new();
            while let Some(label) = texts.next() {
                let (first, second) = (texts.next(), texts.next());
                let class = (kind == "sides" && first != second).then_some("differs");
                rows.push(
                    view! { <tr class=class><th scope="row">{label}</th><td>{first}</td><td>{second}</td></tr> }
                        .into_any(),
                );
            }
            view! { <table class="sides"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table> }.into_any()
        }
        "codes" => {
            let codes = texts.map(|text| view! { <li><code>{text}</code></li> }).collect_view();
            view! { <ol class="codes">{codes}</ol> }.into_any()
        }
        "qr" => {
            let (size, path, key) = (text(), text(), text());
            qr(size.parse().unwrap_or_default(), path, key)
        }
        "note" => {
            let (author, utc, short) = (text(), text(), text());
            let (state, body) = (text(), text());
            let state = (!state.is_empty()).then(|| badge("badge info", state));
            view! {
                <div class="staff-note">
                    <p><b>{author}</b>" "<time datetime=utc class="soft">{short}</time>" "{state}</p>
                    <p class="said">{body}</p>
                </div>
            }
            .into_any()
        }
        "progress" => {
            let (done, all, words) = (text(), text(), text());
            view! {
                <p class="progress">
                    <progress max=all value=done aria-label="Done"></progress>
                    <span class="number">{words}</span>
                </p>
            }
            .into_any()
        }
        "find" => {
            let (to, label, value) = (SafeUrl::path(text()).into_attribute(), text(), text());
            let (kept, filter) = (text(), text());
            let kept = (!filter.is_empty()).then(|| view! { <input type="hidden" name=kept value=filter /> });
            let name = label.clone();
            view! {
                <form class="filters" method="get" action=to role="search">
                    <div class="search">
                        <Icon name="search" />
                        <input class="input" type="search" name="q" value=value maxlength="100" aria-label=label placeholder=name />
                    </div>
                    {kept}
                    <button class="button">"Search"</button>
                </form>
            }
            .into_any()
        }
        "moments" => {
            let (to, submit) = (SafeUrl::path(text()).into_attribute(), text());
            let mut fields = Vec::new();
            while let Some(name) = texts.next() {
                let (label, value) = (texts.next().unwrap_or_default(), texts.next());
                let id = (!label.is_empty()).then(|| name.clone());
                let kind = if id.is_some() { "datetime-local" } else { "hidden" };
                let label = id.clone().map(|id| view! { <label for=id>{label}</label> }.into_any());
                fields.push(
                    view! { {label} <input class="input" id=id type=kind step="1" name=name value=value /> }.into_any(),
                );
            }
            view! { <form class="moment" method="get" action=to>{fields}<button class="button">{submit}</button></form> }
                .into_any()
        }
        "offer" => {
            let (name, remark, class, state) = (text(), text(), text(), text());
            let (price, to) = (text(), SafeUrl::path(text()));
            let named = view! { <span class="visually-hidden">" " {name.clone()}</span> };
            let can = to.as_str().is_some();
            let add = can.then(|| view! { <Link class="button" to=to><Icon name="plus" />"Add" {named}</Link> });
            view! {
                <div class="offer">
                    <p><b>{name}</b> " " <small class="soft">{remark}</small></p>
                    {badge(class, state)}
                    <span class="number">{price}</span>
                    {add}
                </div>
            }
            .into_any()
        }
        "next" => {
            let (label, icon, to, why_not) = (text(), text(), SafeUrl::path(text()), text());
            if to.as_str().is_none() {
                return view! { <p class="why">{label} ": " {why_not}</p> }.into_any();
            }
            view! { <p><Link class="button primary block" to=to>{label}<Icon name=icon /></Link></p> }.into_any()
        }
        "basket" => {
            let (to, name, value) = (SafeUrl::path(text()), text(), text());
            basket(to, name, value, texts.collect())
        }
        "portrait" => {
            let at = SafeUrl::path(text()).into_attribute();
            view! { <p><img class="portrait" src=at alt="Your picture" width="96" height="96" /></p> }.into_any()
        }
        "upload" => {
            let (to, name, label) = (text(), text(), text());
            upload(to, name, label, text(), text())
        }
        "file" => {
            let (label, to) = (text(), text());
            // no page of the app: the browser itself must ask for it
            view! { <p><Link class="button" rel="external" to=SafeUrl::path(to)><Icon name="download" />{label}</Link></p> }
                .into_any()
        }
        "button" => {
            let (kind, icon, label, to) = (text(), text(), text(), text());
            let (change, name, value) = (text(), text(), text());
            let class = match kind.as_str() {
                "primary" => "button primary",
                "danger" => "button danger",
                _ => "button",
            };
            button(class, icon, label, to, change, (name, value))
        }
        _ => ().into_any(),
    }
}

/// What was taken: pieces can be changed, lines taken out.
fn basket(to: SafeUrl, name: String, value: String, texts: Vec<String>) -> AnyView {
    let kept = (!value.is_empty()).then(|| view! { <input type="hidden" name=name value=value /> });
    let lines = texts
        .chunks_exact(8)
        .map(|line| {
            let text = |at: usize| line.get(at).cloned().unwrap_or_default();
            let (sku, name, remark, problem) = (text(0), text(1), text(2), text(3));
            let problem = (!problem.is_empty()).then(|| badge("badge bad", problem));
            let (pieces, remove) = (format!("Pieces of {name}"), format!("Take out {name}"));
            let remove = view! { <Icon name="trash-2" /><span class="visually-hidden">{remove}</span> };
            view! {
                <li>
                    <p><b>{name}</b> " " <small class="soft">{remark}</small> {problem}</p>
                    <input type="hidden" name="item" value=sku />
                    <input class="input" type="number" name="n" min="0" max="999" value=text(4) aria-label=pieces />
                    <span class="number soft">{text(5)}</span>
                    <b class="number">{text(6)}</b>
                    <Link class="button quiet" to=SafeUrl::path(text(7))>{remove}</Link>
                </li>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <form method="get" action=to.into_attribute() class="basket">
            {kept}
            <ul>{lines}</ul>
            <p class="form-end"><button class="button"><Icon name="refresh-cw" />"Update pieces"</button></p>
        </form>
    }
    .into_any()
}

fn button(
    class: &'static str,
    icon: String,
    label: String,
    to: String,
    change: String,
    (name, value): (String, String),
) -> AnyView {
    let Some(Changed(on_done)) = use_context() else { return ().into_any() };
    let told = change.clone();
    let inside = move || {
        view! {
            <input type="hidden" name=name value=value />
            <input type="hidden" name="change" value=change />
            <SubmitButton class=class><Icon name=icon />{label}</SubmitButton>
            <FormError />
        }
    };
    view! { <Form to=FormTo::named(to) class="inline" told_by=("change", told) on_done=on_done>{inside()}</Form> }
        .into_any()
}
