//! `/jobs/{id}`: what a job does, how far it is, what became of each row.

use crate::{
    jobs::api::{get_job, watch_job},
    pages::{self, Page},
    route::AppPage,
    ui::record_page,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// One job.
#[derive(Debug)]
pub struct JobPage;

impl AppPage for JobPage {
    const PAGE: &'static Page = &pages::JOB;
}

#[lazy_route]
impl LazyRoute for JobPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let JobPage = this;
        record_page(&pages::JOB, |address| Box::pin(get_job(address)), |address| Box::pin(watch_job(address)))
    }
}
