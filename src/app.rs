//! The document, the app and the route table.

use crate::{
    account::pages::{account::AccountPage, picture::PicturePage},
    audit::pages::{entry::AuditEntryPage, list::AuditPage, record::AuditRecordPage, seal::AuditSealPage},
    auth::{
        model::Me,
        pages::{
            code::CodePage, forgot::ForgotPage, link::OneTimeLinkPage, login::LoginPage,
            second_factor::SecondFactorPage,
        },
    },
    error::AppError,
    forms::PageNotes,
    home::page::HomePage,
    inbox::page::InboxPage,
    jobs::pages::{job::JobPage, list::JobsPage},
    list::views::{navigation::pins, page::ViewsPage},
    orders::pages::{
        bulk::BulkPage,
        detail::OrderPage,
        document::{InvoicePage, PackingSlipPage, SlipsPage},
        history::HistoryPage,
        list::OrderListPage,
        new::NewOrderPage,
    },
    outbox::page::MailsPage,
    privacy::pages::{erasure::ErasurePage, overview::PrivacyPage},
    route::{Gate, at},
    search::page::SearchPage,
    settings::pages::{roles::RolesPage, shop::ShopPage},
    staff::pages::{list::StaffPage, person::PersonPage},
    ui::{Failed, Shell, Toasts, gallery::ComponentsPage},
    users::pages::{bulk::UserBulkPage, list::UserListPage, merge::MergePage, user::UserPage},
};
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
};

/// The theme that the document is drawn in, `light` or `dark` when one was chosen; put into context by
/// `server::pages`.
#[derive(Clone, Debug)]
pub struct Theme(pub Option<String>);

/// The document around the app.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let me = use_context::<Me>();
    let scripts = me.is_some().then(|| {
        view! {
            <script src="/live.js" defer nonce=use_nonce()></script>
            <script src="/palette.js" defer nonce=use_nonce()></script>
        }
    });
    // whose page it is: what others change is told, what one visited is kept
    let id = me.as_ref().map(|me| me.id.to_string());
    let theme = use_context::<Theme>().and_then(|Theme(theme)| theme);
    let density = me.map(|me| me.density).filter(|density| density != "compact");
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme data-density=density data-me=id>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="preload" href="/fonts/inter-latin-wght.woff2" r#as="font" r#type="font/woff2" crossorigin="" />
                <AutoReload options=options.clone() />
                <HydrationScripts options=options.clone() />
                {scripts}
                <HashedStylesheet options id="style" />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The app: who is signed in decides what surrounds the pages.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // the server's word on both, carried to the browser in the page
    let me = SharedValue::new(use_context::<Me>).into_inner();
    let notes = SharedValue::new(|| use_context::<PageNotes>().unwrap_or_default()).into_inner();
    provide_context(notes);
    if let Some(me) = &me {
        provide_context(me.clone());
    }
    view! {
        <Title formatter=page_title />
        <Router>
            {match me {
                Some(me) => view! { <Shell me pins=pins()><Pages /></Shell> }.into_any(),
                None => view! { <Pages /> }.into_any(),
            }}
        </Router>
        <Toasts />
    }
}

/// The tab's title. `leptos_meta` prints it as it is on the server, and a person's name is in it: encoded there, and
/// plain in the browser, which sets it as text.
fn page_title(title: String) -> String {
    let title = if title.is_empty() { "TechAlly".to_owned() } else { format!("{title} · TechAlly") };
    if cfg!(feature = "ssr") { html_escape::encode_text(&title).into_owned() } else { title }
}

/// The route table: each page with the address and the right that `pages` has for it.
#[component]
fn Pages() -> impl IntoView {
    view! {
        <FlatRoutes fallback=|| view! { <Failed error=AppError::NotFound /> }>
            <Route path={at::<HomePage>()} view={Gate::<HomePage>::new()} ssr=SsrMode::Async />
            <Route path={at::<InboxPage>()} view={Gate::<InboxPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<SearchPage>()} view={Gate::<SearchPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<LoginPage>()} view={Gate::<LoginPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<CodePage>()} view={Gate::<CodePage>::new()} ssr=SsrMode::Async />
            <Route path={at::<ForgotPage>()} view={Gate::<ForgotPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<OneTimeLinkPage>()} view={Gate::<OneTimeLinkPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<OrderListPage>()} view={Gate::<OrderListPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<BulkPage>()} view={Gate::<BulkPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<NewOrderPage>()} view={Gate::<NewOrderPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<SlipsPage>()} view={Gate::<SlipsPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<OrderPage>()} view={Gate::<OrderPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<InvoicePage>()} view={Gate::<InvoicePage>::new()} ssr=SsrMode::Async />
            <Route path={at::<PackingSlipPage>()} view={Gate::<PackingSlipPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<HistoryPage>()} view={Gate::<HistoryPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<UserListPage>()} view={Gate::<UserListPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<UserBulkPage>()} view={Gate::<UserBulkPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<JobsPage>()} view={Gate::<JobsPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<JobPage>()} view={Gate::<JobPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<ViewsPage>()} view={Gate::<ViewsPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<AccountPage>()} view={Gate::<AccountPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<PicturePage>()} view={Gate::<PicturePage>::new()} ssr=SsrMode::Async />
            <Route path={at::<SecondFactorPage>()} view={Gate::<SecondFactorPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<ShopPage>()} view={Gate::<ShopPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<RolesPage>()} view={Gate::<RolesPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<StaffPage>()} view={Gate::<StaffPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<PersonPage>()} view={Gate::<PersonPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<UserPage>()} view={Gate::<UserPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<MergePage>()} view={Gate::<MergePage>::new()} ssr=SsrMode::Async />
            <Route path={at::<AuditPage>()} view={Gate::<AuditPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<AuditRecordPage>()} view={Gate::<AuditRecordPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<AuditSealPage>()} view={Gate::<AuditSealPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<AuditEntryPage>()} view={Gate::<AuditEntryPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<PrivacyPage>()} view={Gate::<PrivacyPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<ErasurePage>()} view={Gate::<ErasurePage>::new()} ssr=SsrMode::Async />
            <Route path={at::<ComponentsPage>()} view={Gate::<ComponentsPage>::new()} ssr=SsrMode::Async />
            <Route path={at::<MailsPage>()} view={Gate::<MailsPage>::new()} ssr=SsrMode::Async />
        </FlatRoutes>
    }
}
