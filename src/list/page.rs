//! How a list is drawn: head, tabs, search, filters, rows, pager. One function for all lists; each says its own words.

use super::model::{Cell, ColumnChoice, FieldKind, FilterField, Head, List, Query, Row};
use crate::{
    error::AppError,
    ui::{
        Chip, Column, Icon, Link, MenuItem, PageHead, Pager, SafeUrl, SearchBox, Selection, Sorted, Tab, TableRow,
        Time, badge, chips, drawn, empty, examples, menu, search_box, selection_button, skeleton_rows, table, tabs,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use std::pin::Pin;

/// What a list is called and what can be searched for in it.
#[derive(Debug)]
pub struct Words {
    /// Its address.
    pub path: &'static str,
    /// `Orders`.
    pub title: &'static str,
    /// What a row is: `order`.
    pub row: &'static str,
    /// What the search box is called.
    pub search: &'static str,
    /// Path of the server function that says how a search could go on.
    pub suggest: &'static str,
    /// An example, shown in the empty box.
    pub example: &'static str,
    /// Examples of searches, and what each finds.
    pub examples: &'static [(&'static str, &'static str)],
    /// What is told when there is nothing at all.
    pub nothing: &'static str,
}

/// The call that brings a page of a list.
pub type Asking = Pin<Box<dyn Future<Output = Result<List, AppError>> + Send>>;

/// The page of a list: what its address asks for, drawn.
pub fn list_page(words: &'static Words, ask: fn(Query) -> Asking) -> AnyView {
    let address = use_query_map();
    let query = Memo::new(move |_| {
        Query::new(address.read().clone().into_iter().map(|(name, value)| (name.into_owned(), value)))
    });
    let list = Resource::new(move || query.get(), ask);
    // public/news.js says when there is more to show, and is told to show it
    Effect::new(move |_| {
        let wanted = window_event_listener_untyped("techally:show", move |_| list.refetch());
        on_cleanup(move || wanted.remove());
    });
    view! {
        <Transition fallback=|| view! { <section class="card">{skeleton_rows("Loading the list…", 12)}</section> }>
            {move || Suspend::new(drawn(list, move |list| draw(words, &query.get_untracked(), list)))}
        </Transition>
    }
    .into_any()
}

/// Draws a list that was asked for with `query`.
fn draw(words: &'static Words, query: &Query, mut list: List) -> AnyView {
    let take = |text: &mut String| SafeUrl::path(std::mem::take(text));
    let states = std::mem::take(&mut list.tabs)
        .into_iter()
        .map(|tab| Tab { label: tab.label, to: SafeUrl::path(tab.to), current: tab.current, count: tab.count })
        .collect();
    let in_use = std::mem::take(&mut list.chips)
        .into_iter()
        .map(|chip| Chip { label: chip.label, value: chip.value, without: SafeUrl::path(chip.without) })
        .collect();
    let cleared = take(&mut list.cleared);
    let help = words
        .examples
        .iter()
        .map(|(example, what)| {
            (*example, *what, SafeUrl::path(query.first_page().with("q", example).address(words.path)))
        })
        .collect();
    let note = std::mem::take(&mut list.note);
    let note = (!note.is_empty()).then(|| view! { <p class="list-note">{note}</p> });
    let alarm = alarm(std::mem::take(&mut list.alarm));
    let head = actions(&mut list);
    let search = search(words, query, &mut list);
    let panel = columns_panel(&mut list);
    let body = if list.rows.is_empty() { nothing(words, list) } else { rows(words, query, list) };
    view! {
        <PageHead title=words.title>{head}</PageHead>
        {alarm}
        <section class="card" aria-label=words.title>
            {tabs("Status", states)}
            {search}
            {chips(in_use, cleared)}
            {panel}
            {examples(help)}
            {body}
            {note}
        </section>
    }
    .into_any()
}

/// What must not be overlooked, above the list.
fn alarm(lines: Vec<(String, String)>) -> Option<AnyView> {
    let lines = lines
        .into_iter()
        .map(|(words, to)| view! { <p><Link to=SafeUrl::path(to)>{words}</Link></p> }.into_any())
        .collect::<Vec<_>>();
    (!lines.is_empty()).then(|| {
        view! { <div class="notice bad" role="alert"><Icon name="triangle-alert" /><div>{lines}</div></div> }.into_any()
    })
}

/// Saved views, columns and files, at the head of the page.
fn actions(list: &mut List) -> AnyView {
    let (open, closed) = std::mem::take(&mut list.panel_address);
    let to = SafeUrl::path(if list.panel == "columns" { closed } else { open });
    let (words, add) = std::mem::take(&mut list.add);
    let add = (!add.is_empty()).then(|| {
        view! { <Link class="button primary" to=SafeUrl::path(add)><Icon name="plus" />{words}</Link> }
    });
    let bulk = std::mem::take(&mut list.bulk);
    let bulk = (!bulk.is_empty()).then(|| {
        view! { <Link class="button" to=SafeUrl::path(bulk)><Icon name="list-checks" />"Change…"</Link> }
    });
    let [csv, xlsx, json] = std::mem::take(&mut list.files);
    let file = |label: &'static str, path: String| MenuItem::File { label, to: SafeUrl::path(path) };
    let button = view! { <Icon name="download" />"Export"<Icon name="chevron-down" /> }.into_any();
    let files = menu(
        "files",
        "button",
        button,
        vec![file("As CSV", csv), file("As Excel (XLSX)", xlsx), file("As JSON", json)],
    );
    view! {
        <div class="actions">
            {views(list)}
            <Link class="button" to=to><Icon name="columns-3" />"Columns"</Link>
            {bulk}
            {files}
            {add}
        </div>
    }
    .into_any()
}

fn views(list: &mut List) -> AnyView {
    if list.save.is_empty() {
        return ().into_any();
    }
    let mut items: Vec<MenuItem> = std::mem::take(&mut list.views)
        .into_iter()
        .map(|(name, to, current)| {
            let icon = if current { "check" } else { "bookmark" };
            MenuItem::Link { icon, label: name, to: SafeUrl::path(to) }
        })
        .collect();
    items.push(MenuItem::Part(view! { <hr /> }.into_any()));
    let save = SafeUrl::path(std::mem::take(&mut list.save));
    items.push(MenuItem::Link { icon: "plus", label: "Save this view…".into(), to: save });
    items.push(MenuItem::Link { icon: "pencil", label: "Manage views".into(), to: SafeUrl::path("/views") });
    let button = view! { <Icon name="bookmark" />"Views"<Icon name="chevron-down" /> }.into_any();
    menu("views", "button", button, items)
}

/// The search and the filters: one form, so that each keeps the other.
fn search(words: &'static Words, query: &Query, list: &mut List) -> AnyView {
    let fields = std::mem::take(&mut list.fields);
    let mut keep = std::mem::take(&mut list.kept);
    keep.retain(|(name, _)| fields.iter().all(|field| field.name != *name));
    search_box(SearchBox {
        action: SafeUrl::path(words.path),
        text: query.get("q").to_owned(),
        label: words.search,
        example: words.example,
        longest: 200,
        keep,
        suggest: Some(words.suggest),
        clear: SafeUrl::path(query.first_page().with("q", "").address(words.path)),
        more: filters(fields, list.panel == "filters"),
    })
}

/// The fields of the filters, folded.
fn filters(fields: Vec<FilterField>, open: bool) -> AnyView {
    if fields.is_empty() {
        return ().into_any();
    }
    let used = fields.iter().filter(|field| !field.value.is_empty()).count();
    let used = (used > 0).then(|| view! { <span class="count">{used.to_string()}</span> });
    let fields = fields.into_iter().map(field).collect::<Vec<_>>();
    view! {
        <details class="more" open=open>
            <summary class="button"><Icon name="sliders-horizontal" />"Filters" {used}</summary>
            <div class="more-panel">
                {fields}
                <p class="form-end"><button class="button primary">"Apply filters"</button></p>
            </div>
        </details>
    }
    .into_any()
}

fn field(field: FilterField) -> AnyView {
    let FilterField { name, label, value, kind, options } = field;
    let id = format!("filter-{name}");
    let of = id.clone();
    let known = options.iter().any(|(option, _)| *option == value);
    let typed = (!value.is_empty() && !known && kind == FieldKind::Choice).then(|| value.clone());
    let choices = options
        .into_iter()
        .map(|(option, label)| {
            view! { <option value=option.clone() selected=option == value>{label}</option> }.into_any()
        })
        .collect::<Vec<_>>();
    let input = match kind {
        FieldKind::Choice => view! {
            <select class="input" id=id name=name>
                <option value="">"Any"</option>
                {typed.map(|typed| view! { <option value=typed.clone() selected=true>{typed.clone()}</option> })}
                {choices}
            </select>
        }
        .into_any(),
        FieldKind::Text => {
            let list = format!("{id}-offers");
            let offers = list.clone();
            let offered = !choices.is_empty();
            view! {
                <input class="input" id=id name=name value=value maxlength="100" list=offered.then_some(list) autocomplete="off" />
                {offered.then(|| view! { <datalist id=offers>{choices}</datalist> })}
            }
            .into_any()
        }
        FieldKind::Day => view! { <input class="input" id=id name=name value=value type="date" /> }.into_any(),
        FieldKind::Amount => {
            view! { <input class="input" id=id name=name value=value inputmode="decimal" maxlength="13" autocomplete="off" /> }
                .into_any()
        }
    };
    view! { <div class="field"><label for=of>{label}</label>{input}</div> }.into_any()
}

/// Which columns, and in which order: each change is a link.
fn columns_panel(list: &mut List) -> AnyView {
    if list.panel != "columns" {
        return ().into_any();
    }
    let columns = std::mem::take(&mut list.columns).into_iter().map(column_choice).collect::<Vec<_>>();
    view! { <section class="columns-panel" aria-label="Columns"><ul>{columns}</ul></section> }.into_any()
}

fn column_choice(column: ColumnChoice) -> AnyView {
    let ColumnChoice { label, shown, turn, left, right } = column;
    let step = |to: String, icon: &'static str, words: String| {
        (!to.is_empty()).then(|| {
            view! { <Link class="button quiet" to=SafeUrl::path(to)><Icon name=icon /><span class="visually-hidden">{words}</span></Link> }
        })
    };
    let (earlier, later) = (format!("Move {label} to the left"), format!("Move {label} to the right"));
    let turn = (!turn.is_empty()).then(|| {
        let hidden = format!(" {label}");
        view! {
            <Link class="button quiet" to=SafeUrl::path(turn)>
                {if shown { "Hide" } else { "Show" }}<span class="visually-hidden">{hidden}</span>
            </Link>
        }
    });
    view! {
        <li class:off=!shown>
            <span>{label}</span>
            {step(left, "chevron-left", earlier)}
            {step(right, "chevron-right", later)}
            {turn}
        </li>
    }
    .into_any()
}

fn rows(words: &'static Words, query: &Query, list: List) -> AnyView {
    let List { heads, rows, row_path, row_tail, previous, next, summary, sizes, bulk_chosen, .. } = list;
    let heads: Vec<Column> = heads.into_iter().map(head).collect();
    let rows = rows.into_iter().map(|row| table_row(words, row, &row_path, &row_tail)).collect();
    let sizes = sizes.into_iter().map(|(size, to, current)| (size, SafeUrl::path(to), current)).collect();
    let page = |to: String| (!to.is_empty()).then(|| SafeUrl::path(to));
    let form = "selection";
    let change = (!bulk_chosen.is_empty()).then(|| {
        let content = view! { <Icon name="list-checks" />"Change…" }.into_any();
        selection_button(form, SafeUrl::path(bulk_chosen), content)
    });
    let actions = view! {
        {change}
        <button class="button" form=form name="format" value="csv"><Icon name="download" />"CSV"</button>
        <button class="button" form=form name="format" value="xlsx"><Icon name="download" />"Excel"</button>
    }
    .into_any();
    let columns = query.get("cols").to_owned();
    let to = SafeUrl::path(format!("{}/export", words.path));
    let keep = vec![("cols", columns), ("in", query.text())];
    let keep = keep.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    view! {
        {table(words.title, heads, rows, Some(Selection { name: "id", form, to, keep, actions }))}
        <Pager summary sizes newer=page(previous) older=page(next) />
    }
    .into_any()
}

fn head(head: Head) -> Column {
    let Head { label, slot, sort, sorted } = head;
    let mut column = Column::new(label, slot);
    if !sort.is_empty() {
        column = column.sort(SafeUrl::path(sort));
    }
    match sorted {
        Some(true) => column.sorted(Sorted::Up),
        Some(false) => column.sorted(Sorted::Down),
        None => column,
    }
}

fn table_row(words: &'static Words, row: Row, path: &str, tail: &str) -> TableRow {
    let Row { id, name, cells } = row;
    let choice = Some((id.to_string(), format!("{} {name}", words.row)));
    let address = format!("{path}{id}{tail}");
    let cells = cells
        .into_iter()
        .map(|cell| match cell {
            Cell::Name => {
                let name = name.clone();
                if path.is_empty() {
                    return view! { <b class="name">{name}</b> }.into_any();
                }
                view! { <Link class="name" to=SafeUrl::path(address.clone())>{name}</Link> }.into_any()
            }
            Cell::Text(text, small) => {
                let title = if small.is_empty() { text.clone() } else { format!("{text}, {small}") };
                view! { <span title=title>{text} " " <small>{small}</small></span> }.into_any()
            }
            Cell::Soft(text) => view! { <span class="soft">{text}</span> }.into_any(),
            Cell::Badge(class, label) => badge(class, label),
            Cell::Time(at) => view! { <Time at=at short=true /> }.into_any(),
            Cell::Count(count) => count.into_any(),
            Cell::Money(money) => view! { <b>{money.amount()}</b> " " <small>{money.currency}</small> }.into_any(),
        })
        .collect();
    TableRow { choice, cells }
}

fn nothing(words: &'static Words, list: List) -> AnyView {
    let (title, text) = if !list.problem.is_empty() {
        ("This can't be searched for".to_owned(), list.problem)
    } else if list.is_narrowed {
        (
            format!("No {}s match", words.row),
            "Nothing fits this search and these filters. Take one away, or look at another status.".to_owned(),
        )
    } else {
        (format!("No {}s here", words.row), words.nothing.to_owned())
    };
    let all = SafeUrl::path(list.all);
    let action = view! { <Link class="button" to=all>{format!("Show all {}s", words.row)}</Link> }.into_any();
    empty("package-open", title, text, vec![action])
}
