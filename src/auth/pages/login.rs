//! `/login`.

use crate::{
    auth::api::SignIn,
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
        let next = use_query_map().read_untracked().get("next").unwrap_or_default();
        view! {
            <Title text="Sign in" />
            <main class="alone" id="main">
                {brand()}
                <Form to class="card sign-in">
                    <div class="body">
                        <h1>"Sign in"</h1>
                        <FormError />
                        <Field name="email" label="Email" kind="email" autocomplete="username" required=true />
                        <Field name="password" label="Password" kind="password" autocomplete="current-password" required=true />
                        <input type="hidden" name="next" value=next />
                        <button class="button primary block">"Sign in"</button>
                    </div>
                </Form>
            </main>
        }
        .into_any()
    }
}
