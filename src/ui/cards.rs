//! Cards that the server wrote as data.

use super::{Link, SafeUrl, badge, sheet::act};
use crate::cards::{Card, Item};
use leptos::prelude::*;

/// Draws what only some pages have in their cards.
pub(super) type More = fn(&str, Vec<String>) -> AnyView;

/// Draws cards, one below the other.
pub fn cards(cards: Vec<Card>) -> AnyView {
    cards.into_iter().map(|card| one(card, None)).collect::<Vec<_>>().into_any()
}

/// Draws a card.
pub(super) fn one(card: Card, more: Option<More>) -> AnyView {
    let [id, title, class, words] = card.head();
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    let aside = (!words.is_empty()).then(|| badge(class, words));
    let mut parts = Parts::default();
    for item in card.items() {
        match (item, more) {
            (Item::Other(kind, texts), Some(more)) => {
                parts.together();
                parts.body.push(more(&kind, texts));
            }
            (item, _) => parts.push(item),
        }
    }
    view! {
        <section class="card" aria-labelledby=labelled_by>
            <header><h2 id=title_id>{title}</h2>{aside}</header>
            {parts.end()}
        </section>
    }
    .into_any()
}

/// What was drawn, and what waits to be put together: lines of facts, rows of records, acts.
#[derive(Default)]
struct Parts {
    bodies: Vec<AnyView>,
    body: Vec<AnyView>,
    facts: Vec<AnyView>,
    records: Vec<AnyView>,
    acts: Vec<AnyView>,
}

impl Parts {
    fn push(&mut self, item: Item) {
        match item {
            Item::Fact { label, class, value, to } => {
                let value = if to.is_empty() {
                    value.into_any()
                } else {
                    view! { <Link to=SafeUrl::parse(&to)>{value}</Link> }.into_any()
                };
                self.fact(label, class, value);
            }
            Item::Time { label, utc, short } => {
                let title = format!("{} UTC", utc.trim_end_matches('Z').replace('T', " "));
                let time = view! { <time datetime=utc title=title>{short}</time> }.into_any();
                self.fact(label, String::new(), time);
            }
            Item::Record { to, name, class, state, when, amount } => self.records.push(
                view! {
                    <li>
                        {if to.is_empty() { name.into_any() } else { view! { <Link to=SafeUrl::path(to)>{name}</Link> }.into_any() }}
                        {badge(class, state)}
                        <small class="soft">{when}</small>
                        <span class="number">{amount}</span>
                    </li>
                }
                .into_any(),
            ),
            Item::Act { label, icon, to, why_not } => self.acts.push(act(label, icon, to, why_not)),
            Item::Address(lines) => {
                self.together();
                let lines = lines.into_iter().map(|line| view! { {line} <br /> }.into_any()).collect::<Vec<_>>();
                self.body.push(view! { <address>{lines}</address> }.into_any());
            }
            Item::Remark(text) => {
                self.together();
                self.body.push(view! { <p class="soft">{text}</p> }.into_any());
            }
            Item::Gap => self.close(),
            Item::Other(..) => {}
        }
    }

    fn fact(&mut self, label: String, class: String, value: AnyView) {
        let class = (!class.is_empty()).then_some(class);
        self.facts.push(view! { <dt>{label}</dt><dd class=class>{value}</dd> }.into_any());
    }

    fn together(&mut self) {
        let (facts, records) = (std::mem::take(&mut self.facts), std::mem::take(&mut self.records));
        if !facts.is_empty() {
            self.body.push(view! { <dl class="facts">{facts}</dl> }.into_any());
        }
        if !records.is_empty() {
            self.body.push(view! { <ul class="others">{records}</ul> }.into_any());
        }
    }

    fn close(&mut self) {
        self.together();
        let acts = std::mem::take(&mut self.acts);
        if !acts.is_empty() {
            self.body.push(view! { <div class="card-acts">{acts}</div> }.into_any());
        }
        let body = std::mem::take(&mut self.body);
        if !body.is_empty() {
            self.bodies.push(view! { <div class="body">{body}</div> }.into_any());
        }
    }

    fn end(mut self) -> Vec<AnyView> {
        self.close();
        self.bodies
    }
}
