//! `/login/code`: between password and code.

use crate::{
    auth::{
        api::{SignInCode, SignInEnrol, get_sign_in_step},
        model::{Enrolment, SignInStep},
    },
    pages::{self, Page},
    route::AppPage,
    ui::{Field, Form, FormError, FormTo, SubmitButton, brand, drawn, qr},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{LazyRoute, lazy_route};

/// The page for the second factor of a sign-in.
#[derive(Debug)]
pub struct CodePage;

impl AppPage for CodePage {
    const PAGE: &'static Page = &pages::SIGN_IN_CODE;
}

#[lazy_route]
impl LazyRoute for CodePage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let CodePage = this;
        let step = Resource::new(|| (), |()| get_sign_in_step());
        let inside = move || {
            Suspend::new(drawn(step, |step| match step {
                SignInStep::Ended => ended(),
                SignInStep::Code => code(),
                SignInStep::Enrol(enrolment) => enrol(enrolment),
            }))
        };
        view! {
            <Title text="Sign in" />
            <main class="alone" id="main">
                {brand()}
                <Transition>{inside}</Transition>
            </main>
        }
        .into_any()
    }
}

fn ended() -> AnyView {
    view! {
        <div class="card sign-in">
            <div class="body">
                <h1>"Sign in again"</h1>
                <p>"This sign-in took too long or is done already."</p>
                <a class="button primary block" href="/login" rel="external">"Enter your password"</a>
            </div>
        </div>
    }
    .into_any()
}

fn code() -> AnyView {
    let hint = "Six digits from your authenticator app. Without your phone: one of your recovery codes.";
    let to = FormTo::of::<SignInCode>();
    view! {
        <Form to class="card sign-in">
            <div class="body">
                <h1>"Enter your code"</h1>
                <FormError />
                <Field name="code" label="Code" autocomplete="one-time-code" required=true hint />
                <SubmitButton class="button primary block">"Sign in"</SubmitButton>
                <p class="soft"><a href="/login" rel="external">"Sign in as somebody else"</a></p>
            </div>
        </Form>
    }
    .into_any()
}

fn enrol(enrolment: Enrolment) -> AnyView {
    let to = FormTo::of::<SignInEnrol>();
    view! {
        <Form to class="card sign-in">
            <div class="body">
                <h1>"Set up your second factor"</h1>
                <p>"Your role needs one: scan this with an authenticator app, then enter the code that it shows."</p>
                {qr(enrolment.size, enrolment.path, enrolment.manual_key)}
                <FormError />
                <Field name="code" label="Code" autocomplete="one-time-code" required=true />
                <input type="hidden" name="enrol" value="first" />
                <SubmitButton class="button primary block">"Sign in"</SubmitButton>
            </div>
        </Form>
    }
    .into_any()
}
