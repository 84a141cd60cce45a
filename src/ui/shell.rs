//! What surrounds every signed-in page: navigation, breadcrumbs, the person's menu.

use super::{Form, FormTo, Icon};
use crate::{
    auth::{
        api::SignOut,
        model::{Me, Right},
    },
    forms::PageNotes,
};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_location};

/// The shell around the pages.
#[component]
pub fn Shell(
    /// Who is signed in.
    me: Me,
    /// The page.
    children: Children,
) -> impl IntoView {
    let to = FormTo::of::<SignOut>();
    let initials = me.initials();
    let orders = me.may(Right::ReadOrders);
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <div class="shell">
            <nav class="side" aria-label="Main">
                <a class="brand" href="/">
                    <svg class="mark" aria-hidden="true"><use href="/icons.svg#brand"></use></svg>
                    "TechAlly"
                </a>
                <ul class="nav">
                    <li><A href="/" exact=true><Icon name="house" /><span>"Today"</span></A></li>
                </ul>
                {orders.then(|| view! {
                    <p class="nav-title" id="nav-sell">"Sell"</p>
                    <ul class="nav" aria-labelledby="nav-sell">
                        <li><A href="/orders"><Icon name="shopping-cart" /><span>"Orders"</span></A></li>
                    </ul>
                })}
            </nav>
            <header class="top">
                <Crumbs />
                <button class="me" type="button" popovertarget="me-menu">
                    <span class="avatar" aria-hidden="true">{initials}</span>
                    <span class="me-name">{me.name.clone()}</span>
                    <Icon name="chevron-down" />
                </button>
                <div class="menu" id="me-menu" popover>
                    <div class="menu-head"><b>{me.name.clone()}</b><span class="soft">{me.role.label()}</span></div>
                    <Form to action="/logout">
                        <input type="hidden" name="sign_out" value="1" />
                        <button class="menu-item"><Icon name="log-out" />"Sign out"</button>
                    </Form>
                </div>
            </header>
            <main class="main" id="main" tabindex="-1">
                <Flash />
                {children()}
            </main>
        </div>
    }
}

/// Where this page is, from its address; the last part is the page's own title.
#[component]
fn Crumbs() -> impl IntoView {
    let path = use_location().pathname;
    let crumbs = move || {
        path.with(|path| match path.trim_matches('/') {
            "" => view! { <li aria-current="page">"Today"</li> }.into_any(),
            "orders" => view! { <li aria-current="page">"Orders"</li> }.into_any(),
            path if path.starts_with("orders/") => {
                view! { <li><a href="/orders">"Orders"</a></li><li aria-current="page">"Order"</li> }.into_any()
            }
            _ => view! { <li aria-current="page">"Not found"</li> }.into_any(),
        })
    };
    view! { <nav class="crumbs" aria-label="You are here"><ol>{crumbs}</ol></nav> }
}

/// What the post before this page did; gone on the next page.
#[component]
fn Flash() -> impl IntoView {
    let flash = use_context::<PageNotes>().and_then(|notes| notes.flash);
    let here = use_location().pathname;
    let drawn_at = here.get_untracked();
    let visible = Memo::new(move |_| here.with(|path| *path == drawn_at));
    flash.map(|message| {
        view! {
            <Show when=move || visible.get()>
                <div class="notice good" role="status"><Icon name="circle-check" /><div><p>{message.clone()}</p></div></div>
            </Show>
        }
    })
}
