//! `/login`.

use crate::{
    auth::{api::SignIn, links::model::done_words},
    pages::{self, Page},
    route::AppPage,
    ui::{Field, Form, FormError, FormTo, brand},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{LazyRoute, hooks::use_query_map, lazy_route};

/// The sign-in page.
#[derive(Debug)]
pub struct LoginPage;

impl AppPage for LoginPage {
    const PAGE: &'static Page = &pages::LOGIN;
}

#[lazy_route]
impl LazyRoute for LoginPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let LoginPage = this;
        let to = FormTo::of::<SignIn>();
        let query = use_query_map().read_untracked();
        let next = query.get("next").unwrap_or_default();
        let done = query.get("done").and_then(|word| done_words(&word));
        view! {
            <Title text="Sign in" />
            <main class="alone" id="main">
                {brand()}
                <Form to class="card sign-in">
                    <div class="body">
                        <h1>"Sign in"</h1>
                        {done.map(|words| view! { <p class="notice good" role="status">{words}</p> })}
                        <FormError />
                        <Field name="email" label="Email" kind="email" autocomplete="username" required=true />
                        <Field name="password" label="Password" kind="password" autocomplete="current-password" required=true />
                        <input type="hidden" name="next" value=next />
                        <button class="button primary block">"Sign in"</button>
                        <p class="soft"><a href="/login/forgot">"Forgot your password?"</a></p>
                    </div>
                </Form>
            </main>
        }
        .into_any()
    }
}
