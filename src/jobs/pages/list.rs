//! `/jobs`: the jobs that a person may see.

use crate::{
    jobs::api::{get_jobs, watch_jobs},
    pages::{self, Page},
    route::AppPage,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// Jobs.
#[derive(Debug)]
pub struct JobsPage;

impl AppPage for JobsPage {
    const PAGE: &'static Page = &pages::JOBS;
}

#[lazy_route]
impl LazyRoute for JobsPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let JobsPage = this;
        record_page(&pages::JOBS, |address| Box::pin(get_jobs(address)), |address| Box::pin(watch_jobs(address)))
    }
}
