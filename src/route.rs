//! What stands between the router and a page: its address and who may open it, both from [`crate::pages`].

use crate::{
    auth::model::Me,
    error::AppError,
    forms::PageNotes,
    pages::{Access, Page},
    ui::Failed,
};
use leptos::prelude::*;
use leptos_router::{ChooseView, Lazy, LazyRoute, PartialPathMatch, PathSegment, PossibleRouteMatch};
use std::borrow::Cow;

/// A lazy page with its line in the table of pages. [`Gate`] takes nothing else, so that no page is without a right.
pub trait AppPage: LazyRoute + Sync {
    /// Its line.
    const PAGE: &'static Page;
}

/// Draws the page, or says why this person may not see it: in the browser before its code is asked for, on the
/// server before anything is drawn, with the status.
pub struct Gate<P>(Lazy<P>);

impl<P> Gate<P> {
    /// The gate of a page.
    #[must_use]
    pub fn new() -> Self {
        Self(Lazy::new())
    }
}

impl<P> Default for Gate<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> Clone for Gate<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: AppPage> ChooseView for Gate<P> {
    async fn choose(self) -> AnyView {
        match refusal(P::PAGE) {
            Some(error) => view! { <Failed error /> }.into_any(),
            None => self.0.choose().await,
        }
    }

    async fn preload(&self) {
        self.0.preload().await;
    }
}

fn refusal(page: &Page) -> Option<AppError> {
    let me = use_context::<Me>();
    let extras = use_context::<PageNotes>().map(|notes| notes.extras).unwrap_or_default();
    if page.is_open_to(me.as_ref(), extras) {
        return None;
    }
    Some(match page.access {
        _ if me.is_none() => AppError::SignedOut,
        Access::Holders(right) => AppError::Forbidden { right },
        Access::Developers | Access::Outbox | Access::Everyone(_) => AppError::NotFound,
    })
}

/// A page's address for the router; one type for all pages, so that the bundle has its code once.
#[derive(Clone, Copy, Debug)]
pub struct RoutePath(&'static Page);

/// The address of a page.
#[must_use]
pub fn at<P: AppPage>() -> RoutePath {
    RoutePath(P::PAGE)
}

impl PossibleRouteMatch for RoutePath {
    fn optional(&self) -> bool {
        false
    }

    fn test<'a>(&self, path: &'a str) -> Option<PartialPathMatch<'a>> {
        let parameters = self.0.matches(path)?;
        let parameters = parameters.into_iter().map(|(name, value)| (Cow::Borrowed(name), value.to_owned())).collect();
        Some(PartialPathMatch::new("", parameters, path))
    }

    fn generate_path(&self, path: &mut Vec<PathSegment>) {
        path.extend(self.0.path[1..].split('/').map(|part| {
            match part.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => PathSegment::Param(name.into()),
                None => PathSegment::Static(part.into()),
            }
        }));
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use crate::{app::App, pages::PAGES};
    use std::collections::BTreeSet;

    #[tokio::test]
    async fn every_route_is_a_line_of_the_table_of_pages_and_every_line_a_route() {
        let routes = leptos_axum::generate_route_list(App);
        let routes: BTreeSet<String> = routes.iter().map(|route| route.path().to_owned()).collect();
        let pages: BTreeSet<String> = PAGES.iter().map(|page| page.path.to_owned()).collect();
        assert_eq!(routes, pages);
    }
}
