//! `/login/forgot`.

use super::alone;
use crate::{
    auth::api::AskReset,
    forms::PageNotes,
    pages::{self, Page},
    route::AppPage,
    ui::{Field, Form, FormError, FormTo, SubmitButton},
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_query_map, lazy_route};

/// The page that asks for a new password.
#[derive(Debug)]
pub struct ForgotPage;

impl AppPage for ForgotPage {
    const PAGE: &'static Page = &pages::FORGOT;
}

#[lazy_route]
impl LazyRoute for ForgotPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ForgotPage = this;
        let is_sent = use_query_map().read_untracked().get("done").is_some_and(|done| done == "sent");
        alone("Forgot your password?", if is_sent { sent() } else { ask() })
    }
}

fn ask() -> AnyView {
    let to = FormTo::of::<AskReset>();
    view! {
        <Form to class="card sign-in">
            <div class="body">
                <h1>"Forgot your password?"</h1>
                <p>"We mail you a link with which you choose a new one."</p>
                <FormError />
                <Field name="email" label="Email" kind="email" autocomplete="username" required=true />
                <SubmitButton class="button primary block">"Send the link"</SubmitButton>
                <p class="soft"><a href="/login">"Back to sign-in"</a></p>
            </div>
        </Form>
    }
    .into_any()
}

/// The same whether there is such a person or not.
fn sent() -> AnyView {
    let has_outbox = use_context::<PageNotes>().is_some_and(|notes| notes.extras.mails);
    view! {
        <div class="card sign-in">
            <div class="body">
                <h1>"Look into your mail"</h1>
                <p>"If this address is that of a colleague who can sign in here, a mail with a link is on its way to it. The link works once, within an hour."</p>
                <p class="soft">"Nothing came? Look into the folder for spam, or ask an administrator whether you have this address here."</p>
                {has_outbox.then(|| view! {
                    <p class="soft">"No mail leaves this installation: a super admin finds it at /dev/mail."</p>
                })}
                <a class="button block" href="/login">"Back to sign-in"</a>
            </div>
        </div>
    }
    .into_any()
}
