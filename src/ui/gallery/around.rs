//! What isn't a list or a form.

use super::{here, section, stamp};
use crate::ui::{
    Dialog, Fact, Happening, Icon, MenuItem, Paper, SafeUrl, badge, changes, dialog, dialog_closer, dialog_opener,
    empty, facts, menu, paper, timeline, toast,
};
use leptos::prelude::*;

pub(super) fn marks() -> AnyView {
    let badges = [
        ("badge", "Neutral"),
        ("badge wait", "Waiting"),
        ("badge info", "Information"),
        ("badge busy", "Under way"),
        ("badge good", "Good"),
        ("badge bad", "Bad"),
        ("badge done", "Ended"),
        ("badge good done", "Ended well"),
        ("badge bad done", "Ended badly"),
    ];
    let badges = badges.map(|(class, label)| view! { {badge(class, label)} " " }).collect_view();
    let items = vec![
        MenuItem::Link { icon: "copy", label: "Copy".into(), to: here() },
        MenuItem::Link { icon: "printer", label: "Print".into(), to: here() },
        MenuItem::Off { icon: "ban", label: "Cancel order", why: "It is shipped already" },
    ];
    let button = view! { "More" <Icon name="chevron-down" /> }.into_any();
    let parts = vec![
        view! { <p class="row">{badges}</p> }.into_any(),
        view! {
            <p class="row">
                <button class="button" type="button">"Button"</button>
                <button class="button primary" type="button">"Primary"</button>
                <button class="button danger" type="button"><Icon name="ban" />"Danger"</button>
                <button class="button quiet" type="button">"Quiet"</button>
                <button class="button" type="button" disabled>"Disabled"</button>
                <button class="button primary" type="button" aria-busy="true">"Busy"</button>
                <kbd>"g"</kbd> <kbd>"o"</kbd>
            </p>
            <div class="row">{menu("gallery-menu", "button", button, items)}</div>
        }
        .into_any(),
    ];
    section("marks", "Badges, buttons, menu", parts)
}

pub(super) fn messages() -> AnyView {
    let notice = |class: &'static str, icon: &'static str, text: &'static str| {
        view! { <div class=class><Icon name=icon /><div><p>{text}</p></div></div> }.into_any()
    };
    let tell = |_| toast("Note added.".into());
    let parts = vec![
        notice("notice", "info", "For your information: the stock count runs until noon."),
        notice("notice wait", "clock", "Its stock is held until 21 Nov 10:30."),
        notice("notice good", "circle-check", "TA-104818 is confirmed now."),
        notice("notice bad", "triangle-alert", "Sam changed this order a moment ago. Your input is kept."),
        view! { <p class="row"><button class="button" type="button" on:click=tell>"Show a toast"</button></p> }
            .into_any(),
    ];
    section("messages", "Notices and toast", parts)
}

pub(super) fn dialogs(ask: &str) -> AnyView {
    let back = here;
    let plain = Dialog { id: "gallery-dialog", title: "Edit tags".into(), open: ask == "dialog", back: back() };
    let confirm =
        Dialog { id: "gallery-confirm", title: "Cancel TA-104818?".into(), open: ask == "confirm", back: back() };
    let effect = vec![
        "2 × Kelvin 55 headphones are free for others in Hamburg".to_owned(),
        "129.90 EUR stay paid until they are refunded".to_owned(),
        "This can’t be undone.".to_owned(),
    ];
    let end = |id: &'static str, label: &'static str, class: &'static str| {
        view! {
            <div class="form-end">
                {dialog_closer(id, here(), class, label.into_any())}
                {dialog_closer(id, here(), "button", "Keep it".into_any())}
            </div>
        }
        .into_any()
    };
    let parts = vec![
        view! {
            <p class="row">
                {dialog_opener("gallery-dialog", SafeUrl::path("/dev/components?ask=dialog"), "button", "Open a dialog…".into_any())}
                {dialog_opener("gallery-confirm", SafeUrl::path("/dev/components?ask=confirm"), "button danger", "Confirm with effect…".into_any())}
            </p>
        }
        .into_any(),
        dialog(plain, vec![
            view! { <p>"The focus stays inside until it is closed, and goes back to where it was."</p> }.into_any(),
            end("gallery-dialog", "Done", "button primary"),
        ]),
        dialog(confirm, vec![
            changes(effect),
            end("gallery-confirm", "Cancel the order", "button danger"),
        ]),
    ];
    section("dialogs", "Dialogs", parts)
}

pub(super) fn texts() -> AnyView {
    let happening = |tone: &'static str, icon: &'static str, what: &'static str, day, quote: Option<&str>| Happening {
        then: SafeUrl::default(),
        tone: tone.into(),
        icon: icon.into(),
        class: "".into(),
        what: view! { <b>"Sam Moreno"</b> " " {what} }.into_any(),
        at: stamp(day),
        quote: quote.map(str::to_owned),
        acts: ().into_any(),
    };
    let parts = vec![
        timeline(vec![
            happening("bad", "circle-x", "refused the payment", 22, None),
            happening(
                "",
                "message-square",
                "left a note",
                21,
                Some("Customer called: deliver to the neighbour & ring <twice>.\nThanks!"),
            ),
            happening("good", "circle-check", "confirmed the payment", 20, None),
        ]),
        facts(
            "facts",
            vec![
                Fact::text("Customer", "Ida Testa"),
                Fact::masked("Email", "i•••@mail.example"),
                Fact::code("Reference", "TA-104818/7"),
                Fact::time("Placed", stamp(20)),
            ],
        ),
        empty(
            "package-open",
            "Nothing here",
            "Orders appear here as soon as customers place them.".into(),
            vec![view! { <a class="button" href="/orders">"Show all orders"</a> }.into_any()],
        ),
    ];
    section("texts", "Timeline, facts, nothing there", parts)
}

pub(super) fn sheet() -> AnyView {
    let about = Paper {
        sender: vec!["TechAlly GmbH".into(), "Speicherstadt 4".into(), "20457 Hamburg".into()],
        title: "Packing slip TA-104818".into(),
        aside: facts("facts", vec![Fact::time("Placed", stamp(20)), Fact::code("Order", "TA-104818")]),
        foot: "Questions? Call +49 40 5550100 on weekdays from 9 to 17.".into(),
        is_letter: false,
    };
    let lines = view! { <p>"2 × Kelvin 55 headphones, black"</p> }.into_any();
    section("paper", "Print frame", vec![paper(about, vec![lines])])
}
