//! `/settings/roles`: who may what and who sees what, from the very tables that decide it.

use crate::{
    auth::model::{Me, Right, Role, Sight, address_sight, contact_sight},
    orders::model::MOVES,
    pages::{self, Page},
    route::AppPage,
    staff::api::get_my_rights,
    ui::{Icon, Link, SafeUrl, card, card_body, record_page},
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// Roles, rights and masks.
#[derive(Debug)]
pub struct RolesPage;

impl AppPage for RolesPage {
    const PAGE: &'static Page = &pages::ROLES;
}

#[lazy_route]
impl LazyRoute for RolesPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let RolesPage = this;
        let me = use_context::<Me>();
        let mine = me.as_ref().map(|me| me.role);
        let own = record_page(
            &pages::ROLES,
            |address| Box::pin(get_my_rights(address)),
            |address| Box::pin(get_my_rights(address)),
        );
        let giver = Role::GIVER.label().to_ascii_lowercase();
        view! {
            {own}
            <p class="soft">{format!("Each person has one role. A {giver} gives it.")}</p>
            {matrix("rights", "Rights", "What each role may do", rights(me.as_ref()), mine)}
            {matrix("moves", "Steps of an order", "Which role takes which step; some the shop takes by itself", moves(), mine)}
            {matrix("masks", "Personal data", "How much of a customer’s data each role sees, on every page and in every export", masks(), mine)}
        }
        .into_any()
    }
}

/// A line: its name, what it means, and what it says for each role.
struct Line {
    name: AnyView,
    about: &'static str,
    cells: Vec<AnyView>,
}

fn rights(me: Option<&Me>) -> Vec<Line> {
    let line = |right: Right| Line {
        name: view! { <span>{right.label()}</span> {me.and_then(|me| beside(right, me))} }.into_any(),
        about: right.allows(),
        cells: Role::STAFF.map(|role| yes_or_no(right.held_by(role))).into(),
    };
    Right::ALL.map(line).into()
}

/// What stands beside a right that the role of this person doesn't have: that it was lent, or where to ask for it.
fn beside(right: Right, me: &Me) -> Option<AnyView> {
    if right.held_by(me.role) {
        return None;
    }
    if me.may(right) {
        return Some(view! { " " <small class="yes">"yours for a time"</small> }.into_any());
    }
    right.is_lendable().then(|| {
        let to = SafeUrl::path(format!("/settings/roles?ask={}", right.code()));
        view! { " " <small><Link to>"Ask for it"<span class="visually-hidden">{format!(": {}", right.label())}</span></Link></small> }
            .into_any()
    })
}

fn moves() -> Vec<Line> {
    MOVES
        .iter()
        .map(|step| Line {
            name: view! { {step.action} " " <small>{step.from.label()} " → " {step.to.label()}</small> }.into_any(),
            about: step.effect,
            cells: Role::STAFF.map(|role| yes_or_no(step.allows(role))).into(),
        })
        .collect()
}

fn masks() -> Vec<Line> {
    let line = |name: &'static str, about, sight: &dyn Fn(Role) -> Sight| Line {
        name: name.into_any(),
        about,
        cells: Role::STAFF.map(|role| seen(sight(role))).into(),
    };
    vec![
        line("Email, phone, date of birth", "Masked: o•••@mail.example, •••• ••• 218", &contact_sight),
        line("Address", "Masked: city and country", &|role| address_sight(role, false)),
        line("Address, order in Preparing or Shipped", "For packing and shipping", &|role| address_sight(role, true)),
    ]
}

fn yes_or_no(yes: bool) -> AnyView {
    if yes {
        view! { <span class="yes"><Icon name="check" /><span class="visually-hidden">"Yes"</span></span> }.into_any()
    } else {
        view! { <span class="no"><Icon name="minus" /><span class="visually-hidden">"No"</span></span> }.into_any()
    }
}

fn seen(sight: Sight) -> AnyView {
    let (icon, word) = match sight {
        Sight::Full => ("eye", "Seen"),
        Sight::Masked => ("eye", "Masked"),
        Sight::Hidden => ("eye-off", "Hidden"),
    };
    let class = match sight {
        Sight::Full => "yes",
        Sight::Masked => "half",
        Sight::Hidden => "no",
    };
    view! { <span class=class><Icon name=icon />{word}</span> }.into_any()
}

/// A table with a column for each role; one's own is marked.
fn matrix(
    id: &'static str,
    title: &'static str,
    caption: &'static str,
    lines: Vec<Line>,
    mine: Option<Role>,
) -> AnyView {
    let own = |role: Role| (mine == Some(role)).then_some("own");
    let heads = Role::STAFF
        .into_iter()
        .map(|role| {
            let yours = own(role).map(|_| view! { <small>"your role"</small> });
            view! { <th scope="col" class=own(role) title=role.purpose()>{role.label()} " " {yours}</th> }
        })
        .collect_view();
    let rows = lines
        .into_iter()
        .map(|Line { name, about, cells }| {
            let cells = Role::STAFF
                .into_iter()
                .zip(cells)
                .map(|(role, cell)| view! { <td class=own(role) data-role=role.label()>{cell}</td> })
                .collect_view();
            view! { <tr><th scope="row">{name}<p class="hint">{about}</p></th>{cells}</tr> }.into_any()
        })
        .collect::<Vec<_>>();
    let table = view! {
        <div class="table-frame">
            <table class="table matrix">
                <caption class="visually-hidden">{caption}</caption>
                <thead><tr><td></td>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any();
    let about = view! { <p class="soft">{caption}</p> }.into_any();
    card(title, id, None, vec![card_body(vec![about]), table])
}
