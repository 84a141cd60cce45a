//! `/users`: customers and colleagues, found and filtered by anything that the role sees.

use crate::{
    list::page::{Words, list_page},
    pages::{self, Page},
    route::AppPage,
    users::api::{SuggestUsers, list_users},
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
use server_fn::ServerFn;

/// The list of users.
#[derive(Debug)]
pub struct UserListPage;

impl AppPage for UserListPage {
    const PAGE: &'static Page = &pages::USERS;
}

static WORDS: Words = Words {
    path: "/users",
    title: "Users",
    row: "user",
    search: "Search users",
    suggest: SuggestUsers::PATH,
    example: "Name, e-mail, phone, or spent:>500",
    examples: &[
        ("Erika Brandt", "the name, or parts of it"),
        ("@mail.example", "the e-mail address, in part where your role sees it"),
        ("phone:5550218", "the phone number’s digits"),
        ("status:suspended,inactive", "also role:support where you may see staff"),
        ("verified:no locked:yes", "address not confirmed, kept out by wrong passwords"),
        ("orders:yes", "or orders:no, orders:>5"),
        ("spent:>500", "or spent:100..200"),
        ("country:DE,AT", "where they live"),
        ("created:7d", "or today, 2026-03, 2026-01..2026-03, >2026-03-05"),
        ("seen:<2026", "last sign-in; seen:never for those who never did"),
        ("tag:vip", "a word that colleagues put on them"),
    ],
    nothing: "Users appear here as soon as customers register.",
};

#[lazy_route]
impl LazyRoute for UserListPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let UserListPage = this;
        list_page(&WORDS, |query| Box::pin(list_users(query)))
    }
}
