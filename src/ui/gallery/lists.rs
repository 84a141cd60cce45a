//! What lists are made of.

use super::{here, section};
use crate::ui::{
    Chip, Column, Link, Pager, SafeUrl, SearchBox, Selection, Slot, Sorted, Tab, TableRow, badge, chips, search_box,
    skeleton_cards, skeleton_rows, table, tabs,
};
use leptos::prelude::*;

pub(super) fn filters() -> AnyView {
    let tab = |label: &str, current, count: &str| Tab { label: label.into(), to: here(), current, count: count.into() };
    let chip = |label: &str, value: &str| Chip { label: label.into(), value: value.into(), without: here() };
    let search = |text: &str| SearchBox {
        action: here(),
        text: text.into(),
        label: if text.is_empty() { "Search by number" } else { "Search by name" },
        example: "Order number, or its last digits",
        longest: 40,
        keep: Vec::new(),
        suggest: None,
        clear: here(),
        more: ().into_any(),
    };
    let parts = vec![
        tabs("Views", vec![tab("All", true, ""), tab("Pending", false, "12"), tab("Late", false, "1,000+")]),
        search_box(search("")),
        search_box(search("818")),
        chips(
            vec![
                chip("Total", "over 500 EUR"),
                chip("Country", "Germany"),
                chip("Customer", "Wolfeschlegelsteinhausenbergerdorff the Third"),
            ],
            here(),
        ),
    ];
    section("filters", "Tabs, search, chips", parts)
}

pub(super) fn tables() -> AnyView {
    let columns = || {
        vec![
            Column::new("Order", Slot::Lead).sort(here()),
            Column::new("Placed", Slot::When).sorted(Sorted::Down).sort(here()),
            Column::new("Customer", Slot::Wide),
            Column::new("Status", Slot::State),
            Column::new("Payment", Slot::Spare),
            Column::new("Items", Slot::SpareNumber),
            Column::new("Total", Slot::Amount).sort(here()),
        ]
    };
    let row = |number: &'static str, who: &'static str, state: AnyView, total: &'static str| TableRow {
        choice: Some((number.into(), format!("order {number}"))),
        cells: vec![
            view! { <Link class="name" to=SafeUrl::path("/orders")>{number}</Link> }.into_any(),
            "24 Nov 09:49".into_any(),
            who.into_any(),
            state,
            view! { <span class="soft">"Paid"</span> }.into_any(),
            "3".into_any(),
            view! { <b>{total}</b> " " <small>"EUR"</small> }.into_any(),
        ],
    };
    let rows = || {
        vec![
            row("TA-104818", "Ida Testa", badge("badge wait", "Pending"), "129.90"),
            row(
                "TA-104817",
                "Hubert Blaine Wolfeschlegelsteinhausenbergerdorff, Llanfairpwllgwyngyll",
                badge("badge busy", "Preparing"),
                "12,999.00",
            ),
            row("TA-104816", "Li", badge("badge bad done", "Returned"), "5.00"),
        ]
    };
    let actions = view! {
        <button class="button" type="submit" form="gallery-bulk">"Print slips"</button>
        <button class="button danger" type="submit" form="gallery-bulk">"Cancel…"</button>
    }
    .into_any();
    let selection =
        Selection { name: "order", form: "gallery-bulk", to: SafeUrl::default(), keep: Vec::new(), actions };
    let sizes = || [25, 50, 100].map(|size| (size, here(), size == 50)).into();
    let parts = vec![
        table("Orders, newest first", columns(), rows(), None),
        view! { <Pager summary="3 orders on this page" sizes=sizes() newer=None older=Some(here()) /> }.into_any(),
        view! { <form id="gallery-bulk" method="get" action="/dev/components"></form> }.into_any(),
        table("Orders to select, newest first", columns(), rows(), Some(selection)),
        view! { <Pager label="Pages of the selection" summary="3 orders on this page" sizes=sizes() newer=Some(here()) older=None /> }.into_any(),
    ];
    section("tables", "Table, with and without selection; pager", parts)
}

pub(super) fn waiting() -> AnyView {
    section("waiting", "On its way", vec![skeleton_rows("Loading orders…", 3), skeleton_cards("Loading the order…", 1)])
}
