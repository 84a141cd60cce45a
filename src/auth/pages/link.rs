//! `/login/link`: what a one-time link of a mail leads to. Looking changes nothing; the form uses the link.

use super::alone;
use crate::{
    auth::{
        api::{ChoosePassword, ConfirmAddress, get_link},
        links::model::LinkPage,
    },
    pages::{self, Page},
    route::AppPage,
    ui::{Field, Form, FormError, FormTo, SubmitButton, drawn},
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_query_map, lazy_route};

/// The page of a one-time link.
#[derive(Debug)]
pub struct OneTimeLinkPage;

impl AppPage for OneTimeLinkPage {
    const PAGE: &'static Page = &pages::LINK;
}

#[lazy_route]
impl LazyRoute for OneTimeLinkPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let OneTimeLinkPage = this;
        let token = use_query_map().read_untracked().get("token").unwrap_or_default();
        let asked = token.clone();
        let link = Resource::new(move || asked.clone(), get_link);
        let inside = move || {
            let token = token.clone();
            Suspend::new(drawn(link, move |link| match link {
                LinkPage::Unknown => none(
                    404,
                    "This is no link of ours",
                    "It may have been cut off on its way. Open it from the mail again, whole.",
                ),
                LinkPage::Dead => none(
                    410,
                    "This link does not work any more",
                    "It was used, is too old, or a newer one took its place. Nothing was changed by opening it.",
                ),
                LinkPage::Password { email, is_first, needs_code } => choose(token, email, is_first, needs_code),
                LinkPage::Email { email } => confirm(token, email),
            }))
        };
        alone("Sign in", view! { <Transition>{inside}</Transition> }.into_any())
    }
}

fn none(status: u16, title: &'static str, text: &'static str) -> AnyView {
    #[cfg(feature = "ssr")]
    crate::auth::guard::set_status(status);
    #[cfg(not(feature = "ssr"))]
    let _ = status;
    view! {
        <div class="card sign-in">
            <div class="body">
                <h1>{title}</h1>
                <p>{text}</p>
                <a class="button primary block" href="/login/forgot" rel="external">"Ask for a new one"</a>
                <p class="soft">"For an invitation, ask who invited you. "<a href="/login" rel="external">"Back to sign-in"</a></p>
            </div>
        </div>
    }
    .into_any()
}

fn choose(token: String, email: String, is_first: bool, needs_code: bool) -> AnyView {
    let to = FormTo::of::<ChoosePassword>();
    let title = if is_first { "Welcome: choose your password" } else { "Choose a new password" };
    let hint = "12 to 128 characters, whichever you like, that are not soon guessed.";
    let code_hint = "Six digits from your authenticator app, or one of your recovery codes.";
    view! {
        <Form to class="card sign-in">
            <div class="body">
                <h1>{title}</h1>
                <p>"For " {email} ". All sessions of this account end with it."</p>
                <FormError />
                <Field name="password" label="New password" kind="password" autocomplete="new-password" required=true hint />
                {needs_code.then(|| view! {
                    <Field name="code" label="Code" autocomplete="one-time-code" required=true hint=code_hint />
                })}
                <input type="hidden" name="token" value=token />
                <SubmitButton class="button primary block">"Set password"</SubmitButton>
            </div>
        </Form>
    }
    .into_any()
}

fn confirm(token: String, email: String) -> AnyView {
    let to = FormTo::of::<ConfirmAddress>();
    view! {
        <Form to class="card sign-in">
            <div class="body">
                <h1>"Confirm your new address"</h1>
                <p>"From then on you sign in with " {email} ", and mails go there."</p>
                <FormError />
                <input type="hidden" name="token" value=token />
                <input type="hidden" name="confirm" value="yes" />
                <SubmitButton class="button primary block">"Confirm"</SubmitButton>
            </div>
        </Form>
    }
    .into_any()
}
