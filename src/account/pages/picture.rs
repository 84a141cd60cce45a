//! `/account/avatar`: where one’s picture is changed.

use crate::{
    account::api::get_picture,
    pages::{self, Page},
    route::AppPage,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// The page: where one’s picture is changed.
#[derive(Debug)]
pub struct PicturePage;

impl AppPage for PicturePage {
    const PAGE: &'static Page = &pages::PICTURE;
}

#[lazy_route]
impl LazyRoute for PicturePage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let PicturePage = this;
        let get = |address| -> std::pin::Pin<Box<dyn Future<Output = _> + Send>> { Box::pin(get_picture(address)) };
        record_page(&pages::PICTURE, get, get)
    }
}
