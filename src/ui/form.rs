//! The form: works as a plain post to its page's address, and better with JavaScript.

use super::{
    Icon, SafeUrl,
    field::{Bound, Input, around, bind, described_by, input},
    toast,
};
use crate::{
    auth::api::Prove,
    error::AppError,
    forms::{Done, Outcome, PageNotes, Refusal, UNREADABLE},
};
use leptos::{
    ev::SubmitEvent,
    form::form_data_from_event,
    html,
    prelude::*,
    web_sys::{FormData, UrlSearchParams},
};
use server_fn::ServerFn;
use std::{borrow::Cow, collections::BTreeMap};

#[cfg(feature = "hydrate")]
mod send;
#[cfg(not(feature = "hydrate"))]
mod send {
    /// The server draws forms and never sends one.
    pub fn send(_: &str, _: String) -> std::future::Ready<Result<crate::forms::Outcome, crate::error::AppError>> {
        std::future::ready(Err(crate::error::AppError::Offline))
    }

    /// Nor does it ask itself.
    pub fn ask(_: &str, _: String) -> std::future::Ready<Result<String, crate::error::AppError>> {
        std::future::ready(Err(crate::error::AppError::Offline))
    }
}
pub use send::ask;

/// The address of a server function that answers with an [`Outcome`].
#[derive(Clone, Debug)]
pub struct FormTo(Cow<'static, str>);

impl FormTo {
    /// Of this server function.
    #[must_use]
    pub const fn of<F: ServerFn<Output = Outcome, Error = AppError>>() -> Self {
        Self(Cow::Borrowed(F::PATH))
    }

    /// Of the server function at this path, as the server names it in a [`Sheet`](crate::sheet::Sheet).
    pub(super) fn named(path: String) -> Self {
        Self(path.into())
    }
}

/// What the fields of a form read.
#[derive(Clone, Copy)]
pub(super) struct FormState {
    /// Why the last try was refused.
    pub refusal: RwSignal<Option<Refusal>>,
    /// The session had ended: nothing was done, and signing in elsewhere makes it possible again.
    pub signed_out: RwSignal<bool>,
    /// What was typed in a refused plain post.
    pub values: StoredValue<BTreeMap<String, String>>,
    /// A try is under way.
    pub pending: Signal<bool>,
    /// Makes ids of fields unique in the page.
    pub id: StoredValue<String>,
}

/// A form for a server function; its fields carry the function's argument names.
///
/// Without JavaScript it posts to the page's own address, see `server::forms`. With JavaScript the same fields
/// are sent to the function itself: done goes on to where the answer leads, refused shows why and keeps every
/// input. The fields travel as they are, so that a form costs the bundle no code for its function's arguments.
#[component]
pub fn Form(
    /// The server function.
    to: FormTo,
    /// The field and value that tell this form from others of the same function on the page.
    #[prop(optional, into)]
    told_by: Option<(&'static str, String)>,
    /// Class of the form element.
    #[prop(optional)]
    class: &'static str,
    /// Address of the plain post when it isn't the page's own.
    #[prop(optional)]
    action: Option<&'static str>,
    /// Called after success instead of going to where the answer leads.
    #[prop(optional, into)]
    on_done: Option<Callback<Done>>,
    /// The fields.
    children: Children,
) -> AnyView {
    let path = to.0;
    let posted = use_context::<PageNotes>()
        .and_then(|notes| notes.posted)
        .filter(|posted| *posted.form == *path)
        .filter(|posted| told_by.as_ref().is_none_or(|(field, value)| posted.values.get(*field) == Some(value)));
    let (values, refusal) = posted.map_or_else(Default::default, |posted| (posted.values, Some(posted.refusal)));

    let refusal = RwSignal::new(refusal);
    let signed_out = RwSignal::new(false);
    let function = path.rsplit('/').next().unwrap_or_default().to_owned();
    // stored, so that the action holds nothing that must be dropped: on the server that panics on another thread
    let path = StoredValue::new(path);
    let act = Action::new_local(move |fields: &String| {
        let fields = fields.clone();
        async move {
            // the field is there when the last try asked for it
            if fields.starts_with("proof=") || fields.contains("&proof=") {
                let proved = send::send(Prove::PATH, fields.clone()).await;
                if !matches!(proved, Ok(Outcome::Done(_))) {
                    return proved;
                }
            }
            send::send(&path.get_value(), fields).await
        }
    });
    let id =
        told_by.map_or_else(|| function.clone(), |(_, value)| format!("{function}-{}", value.to_ascii_lowercase()));
    provide_context(FormState {
        refusal,
        signed_out,
        values: StoredValue::new(values),
        pending: act.pending().into(),
        id: StoredValue::new(id),
    });

    let form = NodeRef::<html::Form>::new();
    Effect::new(move |_| {
        if let Some(answer) = act.value().get() {
            signed_out.set(answer == Err(AppError::SignedOut));
            settle(answer, refusal, on_done, form);
        }
    });
    let submit = move |event: SubmitEvent| {
        // a browser that can't read its own form sends it the plain way
        if let Some(fields) = form_data_from_event(&event).ok().and_then(|data| encoded(&data)) {
            event.prevent_default();
            if !act.pending().get_untracked() {
                act.dispatch_local(fields);
            }
        }
    };
    let class = (!class.is_empty()).then_some(class);
    view! {
        <form method="post" action=action class=class node_ref=form on:submit=submit>
            {children()}
        </form>
    }
    .into_any()
}

/// A form that sends a picture: by the browser itself, to an address of its own, as [`encoded`] fields hold no file.
pub(super) fn upload(to: String, name: String, label: String, hint: String, submit: String) -> AnyView {
    let posted = use_context::<PageNotes>().and_then(|notes| notes.posted).filter(|posted| posted.form == to);
    let pending = RwSignal::new(false);
    provide_context(FormState {
        refusal: RwSignal::new(posted.map(|posted| posted.refusal)),
        signed_out: RwSignal::new(false),
        values: StoredValue::default(),
        pending: pending.into(),
        id: StoredValue::new("upload".to_owned()),
    });
    let Bound { id, error, .. } = bind(&name);
    let described = described_by(&id, error, true);
    let field = view! {
        <input
            class="input"
            type="file"
            id=id.clone()
            name=name
            accept="image/png,image/jpeg,image/webp"
            required=true
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=described
        />
    }
    .into_any();
    let to = SafeUrl::path(to).into_attribute();
    view! {
        <form method="post" action=to enctype="multipart/form-data" class="stack" on:submit=move |_| pending.set(true)>
            <FormError />
            {around(&id, &label, true, Some(&hint), error, field)}
            <div class="form-end"><SubmitButton>{submit}</SubmitButton></div>
        </form>
    }
    .into_any()
}

/// The fields as the body of a plain post has them.
fn encoded(data: &FormData) -> Option<String> {
    UrlSearchParams::new_with_str_sequence_sequence(data).ok()?.to_string().as_string()
}

/// What an answer changes on the page.
fn settle(
    answer: Result<Outcome, AppError>,
    refusal: RwSignal<Option<Refusal>>,
    on_done: Option<Callback<Done>>,
    form: NodeRef<html::Form>,
) {
    match answer {
        Ok(Outcome::Done(done)) => {
            refusal.set(None);
            match on_done {
                Some(on_done) if !done.reload => {
                    if let Some(form) = form.get_untracked() {
                        form.reset();
                    }
                    if !done.message.is_empty() {
                        toast(done.message.clone());
                    }
                    on_done.run(done);
                }
                _ => {
                    // a full load: the person, the session or the page changed
                    let _ = window().location().assign(&done.to);
                }
            }
        }
        Ok(Outcome::Refused(why)) => refusal.set(Some(why)),
        Err(AppError::BadRequest(_)) => refusal.set(Some(Refusal::input(UNREADABLE))),
        Err(error) => {
            refusal.set(Some(Refusal { status: error.status(), ..Refusal::input(error.to_string()) }));
        }
    }
}

/// Why the whole form was refused; nothing while it wasn't.
#[component]
pub fn FormError() -> AnyView {
    let state = use_context::<FormState>();
    (move || {
        // drawn later, when another form of the page may have been the last to say whose fields are drawn
        if let Some(state) = state {
            provide_context(state);
        }
        state.and_then(|state| state.refusal.get()).map(|refusal| {
            view! {
                <div class="notice bad" role="alert">
                    <Icon name="triangle-alert" />
                    <div>
                        <p>{refusal.message}</p>
                        {state.is_some_and(|state| state.signed_out.get()).then(|| view! {
                            // the input stays in this page; the session that the other tab gets is this one's too
                            <p><a href="/login" target="_blank">"Sign in in a new tab"</a>", then send this again."</p>
                        })}
                    </div>
                </div>
                {refusal.needs_proof.then(proof)}
            }
        })
    })
    .into_any()
}

/// Asks for what shows that it is still the same person; the form sends it along.
fn proof() -> AnyView {
    let bound = bind("proof");
    let what = Input { kind: "password", autocomplete: "current-password", required: true, ..Input::default() };
    let field = input("proof", &bound, true, what);
    let hint = "Your password, or a code of your authenticator app. It holds for ten minutes.";
    around(&bound.id, "Confirm that it is you", true, Some(hint), bound.error, field)
}

/// The version of the row that the form is about. After a refusal that told the person what it is now, sending again
/// is meant.
#[component]
pub fn Version(
    /// When the form was drawn.
    version: i32,
) -> AnyView {
    let state = use_context::<FormState>();
    let version = move || {
        state.and_then(|state| state.refusal.with(|refusal| refusal.as_ref()?.version)).unwrap_or(version).to_string()
    };
    view! { <input type="hidden" name="version" value=version /> }.into_any()
}

/// The button that sends its form; busy while it is under way.
#[component]
pub fn SubmitButton(
    /// Class of the button.
    #[prop(default = "button primary")]
    class: &'static str,
    /// Icon and words.
    children: Children,
) -> AnyView {
    let pending = use_context::<FormState>().map(|state| state.pending);
    let busy = move || pending.is_some_and(|pending| pending.get()).then_some("true");
    view! { <button class=class aria-busy=busy>{children()}</button> }.into_any()
}
