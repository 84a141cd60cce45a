//! `/inbox`: notes that name this person, orders given to them, jobs of theirs that ended.

use super::{
    api::{MarkItems, get_inbox},
    model::{Inbox, Item},
};
use crate::{
    forms::Done,
    pages::{self, Page},
    route::AppPage,
    ui::{Form, FormError, FormTo, Icon, Link, PageHead, SafeUrl, Time, badge, drawn, empty, skeleton_cards},
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_query_map, lazy_route};

/// The inbox.
#[derive(Debug)]
pub struct InboxPage;

impl AppPage for InboxPage {
    const PAGE: &'static Page = &pages::INBOX;
}

#[lazy_route]
impl LazyRoute for InboxPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let InboxPage = this;
        let address = use_query_map();
        let inbox = Resource::new(move || address.read().get("before").unwrap_or_default(), get_inbox);
        let changed = Callback::new(move |_: Done| inbox.refetch());
        view! {
            <Transition fallback=|| view! { {skeleton_cards("Loading the inbox…", 2)} }>
                {move || Suspend::new(drawn(inbox, move |inbox| page(inbox, changed)))}
            </Transition>
        }
        .into_any()
    }
}

fn page(inbox: Inbox, changed: Callback<Done>) -> AnyView {
    let Inbox { items, has_unread, older } = inbox;
    if items.is_empty() {
        let text =
            "When a colleague writes @ and your name into a note or gives you an order, when a long job of yours ends, and when somebody asks for what you can grant, it appears here.".to_owned();
        return view! { <PageHead title="Inbox".to_owned() /> {empty("bell", "Nothing here", text, Vec::new())} }
            .into_any();
    }
    let all = has_unread.then(|| marking("all", "", "Mark all as read", changed));
    let items = items.into_iter().map(|one| item(one, changed)).collect::<Vec<_>>();
    let older = (!older.is_empty()).then(|| {
        view! { <nav class="pager" aria-label="Pages"><Link class="button" rel="next" to=SafeUrl::path(older)>"Older"</Link></nav> }
    });
    view! {
        <PageHead title="Inbox".to_owned()>{all}</PageHead>
        <section class="card"><ul class="inbox" aria-label="For you">{items}</ul></section>
        {older}
    }
    .into_any()
}

fn item(item: Item, changed: Callback<Done>) -> AnyView {
    let Item { id, from, what, about, to, text, at, is_read } = item;
    let (class, new) = if is_read { ("", None) } else { ("new", Some(badge("badge info", "New"))) };
    let (mark, words) = if is_read { ("unread", "Mark as unread") } else { ("read", "Mark as read") };
    let quote = (!text.is_empty()).then(|| view! { <blockquote>{text}</blockquote> });
    view! {
        <li class=class>
            <p>{new}<b>{from}</b>" "{what}" "<Link to=SafeUrl::path(to)>{about}</Link></p>
            <Time at short=true />
            {quote}
            {marking(mark, &id.to_string(), words, changed)}
        </li>
    }
    .into_any()
}

/// A button that marks.
fn marking(mark: &'static str, item: &str, words: &'static str, changed: Callback<Done>) -> AnyView {
    let told_by = if item.is_empty() { ("mark", mark.to_owned()) } else { ("item", item.to_owned()) };
    let (to, item) = (FormTo::of::<MarkItems>(), item.to_owned());
    view! {
        <Form to class="inline" told_by=told_by on_done=changed>
            <input type="hidden" name="item" value=item />
            <button class="button quiet" name="mark" value=mark><Icon name="check" />{words}</button>
            <FormError />
        </Form>
    }
    .into_any()
}
