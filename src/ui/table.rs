//! The table of a list, declared as data: columns with their place on a phone, rows of cells, and what one can
//! do with them. One function for all lists, so that the bundle has its code once.

use super::{Icon, SafeUrl, browser::has_selection};
use leptos::{
    ev,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement, HtmlInputElement},
};

/// Where a cell goes when a row becomes two lines on a phone: `Lead When Amount` above `Wide State`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// What the row is; its link opens the row.
    Lead,
    /// When it was.
    When,
    /// How much it is; numbers at the end of their column.
    Amount,
    /// A word in the amount's place.
    Aside,
    /// The text that takes the room that is left.
    Wide,
    /// In which state it is.
    State,
    /// Left out where there is no room for it.
    Spare,
    /// A number that is left out where there is no room for it.
    SpareNumber,
}

impl Slot {
    const fn class(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::When => "when",
            Self::Amount => "end number amount",
            Self::Aside => "aside",
            Self::Wide => "wide",
            Self::State => "state",
            Self::Spare => "spare",
            Self::SpareNumber => "end number spare",
        }
    }

    const fn head_class(self) -> Option<&'static str> {
        match self {
            Self::Amount => Some("end"),
            Self::Spare => Some("spare"),
            Self::SpareNumber => Some("end spare"),
            _ => None,
        }
    }
}

/// The order of a sorted column, for `aria-sort`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorted {
    /// Smallest first.
    Up,
    /// Largest or newest first.
    Down,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    head: String,
    slot: Slot,
    sorted: Option<Sorted>,
    sort: SafeUrl,
}

impl Column {
    /// A column with its header.
    #[must_use]
    pub fn new(head: impl Into<String>, slot: Slot) -> Self {
        Self { head: head.into(), slot, sorted: None, sort: SafeUrl::default() }
    }

    /// The rows stand in the order of this column.
    #[must_use]
    pub fn sorted(mut self, sorted: Sorted) -> Self {
        self.sorted = Some(sorted);
        self
    }

    /// Where the header leads: the list sorted by this column, or the other way round.
    #[must_use]
    pub fn sort(mut self, to: SafeUrl) -> Self {
        self.sort = to;
        self
    }
}

/// A row: one cell a column.
pub struct TableRow {
    /// Value of its checkbox and what it is called: an id and `order TA-104818`. Not used where nothing is selected.
    pub choice: Option<(String, String)>,
    /// Its cells.
    pub cells: Vec<AnyView>,
}

/// What can be done with the rows that are checked.
pub struct Selection {
    /// Name of the checkboxes.
    pub name: &'static str,
    /// Id of the form that they belong to.
    pub form: &'static str,
    /// Where that form asks; none: it stands elsewhere on the page.
    pub to: SafeUrl,
    /// What it sends besides.
    pub keep: Vec<(&'static str, String)>,
    /// The buttons, shown while a row is checked.
    pub actions: AnyView,
}

/// Draws a table. `caption` says what the rows are and how they are sorted, for those who don't see it.
pub fn table(
    caption: &'static str,
    columns: Vec<Column>,
    rows: Vec<TableRow>,
    selection: Option<Selection>,
) -> AnyView {
    let slots: Vec<Slot> = columns.iter().map(|column| column.slot).collect();
    let checked = RwSignal::new(0_u32);
    let (names, actions, form) = match selection {
        Some(Selection { name, form, to, keep, actions }) => {
            let keep = keep.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
            let keep = keep.collect_view();
            let own = to.into_attribute().map(|to| view! { <form id=form method="get" action=to hidden>{keep}</form> });
            (Some((name, form)), Some(actions), own)
        }
        None => (None, None, None),
    };
    Effect::new(move |_| {
        // boxes may have been checked before the table was alive
        let Some((_, form)) = names else { return };
        let one = document().query_selector(&format!("tbody .check[form={form}]:checked")).ok().flatten();
        if let Some(one) = one.and_then(|one| one.dyn_into().ok()) {
            count(&one, false, checked);
        }
    });
    let mut heads: Vec<AnyView> = columns.into_iter().map(head).collect();
    if names.is_some() {
        heads.insert(0, view! { <th scope="col" class="choose"><input class="check all needs-script" type="checkbox" aria-label="Select all rows" /></th> }.into_any());
    }
    let rows = rows.into_iter().map(|row| draw_row(row, &slots, names)).collect::<Vec<_>>();
    let bulk = actions.map(|actions| {
        let count = move || match checked.get() {
            0 => String::new(),
            1 => "1 selected".to_owned(),
            many => format!("{many} selected"),
        };
        view! { <div class="bulk" role="group" aria-label="Selected rows"><span aria-live="polite">{count}</span> {actions}</div> }
    });
    view! {
        {form}
        <div class="table-frame" on:change=move |event| choose(&event, checked) on:click=|event| follow(&event)>
            <table class="table stacks">
                <caption class="visually-hidden">{caption}</caption>
                <thead><tr>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
            {bulk}
        </div>
    }
    .into_any()
}

/// A button that takes the rows that are checked to another address than their form's own.
pub fn selection_button(form: &'static str, to: SafeUrl, content: AnyView) -> AnyView {
    view! { <button class="button" form=form formaction=to.into_attribute()>{content}</button> }.into_any()
}

fn head(column: Column) -> AnyView {
    let Column { head, slot, sorted, sort } = column;
    let (aria_sort, icon) = match sorted {
        Some(Sorted::Up) => (Some("ascending"), Some("arrow-up")),
        Some(Sorted::Down) => (Some("descending"), Some("arrow-down")),
        None => (None, None),
    };
    let text = match sort.into_attribute() {
        Some(to) => view! { <a href=to>{head}{icon.map(|name| view! { <Icon name /> })}</a> }.into_any(),
        None => head.into_any(),
    };
    view! { <th scope="col" class=slot.head_class() aria-sort=aria_sort>{text}</th> }.into_any()
}

fn draw_row(row: TableRow, slots: &[Slot], names: Option<(&'static str, &'static str)>) -> AnyView {
    let TableRow { choice, cells } = row;
    let choice = choice.zip(names).map(|((value, label), (name, form))| {
        let label = format!("Select {label}");
        view! { <td class="choose"><input class="check" type="checkbox" name=name form=form value=value aria-label=label /></td> }
    });
    let cells = cells
        .into_iter()
        .zip(slots)
        .map(|(cell, slot)| view! { <td class=slot.class()>{cell}</td> })
        .collect::<Vec<_>>();
    view! { <tr>{choice}{cells}</tr> }.into_any()
}

/// A box was checked: the box of the head checks all others.
fn choose(event: &ev::Event, checked: RwSignal<u32>) {
    let Some(changed) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
    count(&changed, changed.class_list().contains("all"), checked);
}

/// Counts the boxes of the table that this one is in; the box of the head first checks all.
fn count(one: &HtmlInputElement, checks_all: bool, checked: RwSignal<u32>) {
    let Ok(Some(table)) = one.closest("table") else { return };
    let boxes = table.get_elements_by_class_name("check");
    let boxes = || (0..boxes.length()).filter_map(|at| boxes.item(at)?.dyn_into::<HtmlInputElement>().ok());
    let all = |one: &HtmlInputElement| one.class_list().contains("all");
    if checks_all {
        boxes().for_each(|other| other.set_checked(one.checked()));
    }
    let (mut on, mut off) = (0, 0);
    for one in boxes().filter(|one| !all(one)) {
        *(if one.checked() { &mut on } else { &mut off }) += 1;
    }
    if let Some(head) = boxes().find(all) {
        head.set_checked(on > 0 && off == 0);
        head.set_indeterminate(on > 0 && off > 0);
    }
    checked.set(on);
}

/// A click anywhere in a row follows the row's link, unless it was meant for something in it or selects text.
fn follow(event: &ev::MouseEvent) {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let own = target.closest("a, button, input, label, select, summary, .choose").ok().flatten().is_some();
    if own || event.default_prevented() || has_selection() {
        return;
    }
    let link = target.closest("tr").ok().flatten().and_then(|row| row.query_selector(".lead a").ok().flatten());
    let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) else { return };
    if event.ctrl_key() || event.meta_key() {
        let _ = window().open_with_url_and_target(&link.get_attribute("href").unwrap_or_default(), "_blank");
    } else {
        // after this event: a click inside a click would call the app while it is running
        set_timeout(move || link.click(), std::time::Duration::ZERO);
    }
}
