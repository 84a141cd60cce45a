//! `/views`: saving what a list shows, and putting one's views in order.

use super::{
    api::{ChangeView, SaveView, saved_views},
    model::{View, Views},
};
use crate::{
    auth::model::Role,
    pages::{self, Page},
    route::AppPage,
    ui::{
        CheckBox, Field, Form, FormError, FormTo, Icon, Link, PageHead, SafeUrl, Select, SubmitButton, badge, card,
        drawn, empty, skeleton_cards,
    },
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_query_map, lazy_route};

const SAVING: FormTo = FormTo::of::<SaveView>();
const CHANGING: FormTo = FormTo::of::<ChangeView>();

/// Saved views.
#[derive(Debug)]
pub struct ViewsPage;

impl AppPage for ViewsPage {
    const PAGE: &'static Page = &pages::VIEWS;
}

#[lazy_route]
impl LazyRoute for ViewsPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ViewsPage = this;
        let address = use_query_map();
        let asked = Memo::new(move |_| {
            let address = address.read();
            (address.get("list").unwrap_or_default(), address.get("query").unwrap_or_default())
        });
        let views = Resource::new(move || asked.get(), |(list, query)| saved_views(list, query));
        view! {
            <Transition fallback=|| view! { {skeleton_cards("Loading views…", 2)} }>
                {move || Suspend::new(drawn(views, move |views| page(views, asked.get_untracked())))}
            </Transition>
        }
        .into_any()
    }
}

fn page(views: Views, (list, query): (String, String)) -> AnyView {
    let Views { views, deleted, save, may_share } = views;
    let save = save.map(|asks| save_form(list, query, asks, may_share));
    let count = views.len();
    let own = if count == 0 {
        let text = "Open a list, choose what it shows, then “Views” and “Save this view”.".to_owned();
        empty(
            "bookmark",
            "No views yet",
            text,
            vec![view! { <a class="button" href="/orders">"Go to orders"</a> }.into_any()],
        )
    } else {
        let rows = views.into_iter().map(|one| row(one, may_share)).collect::<Vec<_>>();
        view! { <ul class="saved-views">{rows}</ul> }.into_any()
    };
    let deleted = (!deleted.is_empty()).then(|| {
        let rows = deleted
            .into_iter()
            .map(|view| {
                let restore = act(&view, "restore", "undo-2", "Bring back");
                view! { <li><div><b>{view.name}</b> <small>{view.asks}</small></div>{restore}</li> }.into_any()
            })
            .collect::<Vec<_>>();
        card("Deleted today", "deleted", None, vec![view! { <ul class="saved-views">{rows}</ul> }.into_any()])
    });
    view! {
        <PageHead title="Saved views" />
        <div class="stack">
            {save}
            {card("Views", "views", None, vec![own])}
            {deleted}
        </div>
    }
    .into_any()
}

fn save_form(list: String, query: String, asks: String, may_share: bool) -> AnyView {
    let share = may_share.then(|| {
        let roles = Role::STAFF.map(|role| (role.code(), role.label()));
        let options = std::iter::once(("", "No role")).chain(roles).collect::<Vec<_>>();
        view! {
            <CheckBox name="share" label="Share with the team" />
            <Select name="default_of" label="First view of" options=options hint="What people of this role see when they open the list." />
        }
    });
    let form = view! {
        <Form to=SAVING class="body stack">
            <FormError />
            <p>"It shows: " <b>{asks}</b></p>
            <input type="hidden" name="list" value=list />
            <input type="hidden" name="query" value=query />
            <Field name="name" label="Name" required=true />
            <CheckBox name="pin" label="Show it in the navigation, with its number" checked=true />
            {share}
            <p><SubmitButton>"Save view"</SubmitButton></p>
        </Form>
    }
    .into_any();
    card("Save this view", "save", None, vec![form])
}

fn row(view: View, may_share: bool) -> AnyView {
    let to = SafeUrl::path(view.to.clone());
    let name = view.name.clone();
    let role = view.default_of.map(|role| badge("badge info", format!("First view of {}", role.label())));
    let shared = view.is_shared.then(|| badge("badge done", "Team"));
    let whose = view.is_shared.then(|| format!("by {}", view.owner));
    let order = view.pinned.is_some().then(|| {
        view! { {act(&view, "up", "arrow-up", "Move up")} {act(&view, "down", "arrow-down", "Move down")} }
    });
    let pin = if view.pinned.is_some() {
        act(&view, "unpin", "pin-off", "Unpin")
    } else {
        act(&view, "pin", "pin", "Pin to the navigation")
    };
    let change = view.is_mine.then(|| {
        let share = may_share.then(|| {
            if view.is_shared {
                act(&view, "unshare", "eye-off", "Make it my own")
            } else {
                act(&view, "share", "users", "Share with the team")
            }
        });
        view! { {share} {act(&view, "delete", "trash-2", "Delete")} {rename(&view)} }
    });
    view! {
        <li>
            <div>
                <Link class="name" to=to>{name}</Link> " " {shared} " " {role}
                <small>{view.list} ": " {view.asks} " " {whose}</small>
            </div>
            <div class="actions">{order} {pin} {change}</div>
        </li>
    }
    .into_any()
}

/// A button that does one thing with a view.
fn act(view: &View, act: &'static str, icon: &'static str, words: &'static str) -> AnyView {
    let (id, version) = (view.id.to_string(), view.version.to_string());
    let told_by = ("view", id.clone());
    let label = format!("{words}: {}", view.name);
    view! {
        <Form to=CHANGING told_by=told_by>
            <input type="hidden" name="view" value=id />
            <input type="hidden" name="version" value=version />
            <input type="hidden" name="act" value=act />
            <button class="button quiet" aria-label=label.clone() title=label><Icon name=icon /></button>
        </Form>
    }
    .into_any()
}

fn rename(view: &View) -> AnyView {
    let (id, version, name) = (view.id.to_string(), view.version.to_string(), view.name.clone());
    let told_by = ("view", id.clone());
    view! {
        <details class="rename">
            <summary class="button quiet"><Icon name="pencil" /><span class="visually-hidden">{format!("Rename: {name}")}</span></summary>
            <Form to=CHANGING told_by=told_by>
                <input type="hidden" name="view" value=id />
                <input type="hidden" name="version" value=version />
                <input type="hidden" name="act" value="rename" />
                <Field name="name" label="New name" value=name required=true />
                <FormError />
                <SubmitButton>"Rename"</SubmitButton>
            </Form>
        </details>
    }
    .into_any()
}
