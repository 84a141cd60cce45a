//! Rows of reviews with their votes and pictures.

use super::catalog::Catalog;
use super::copy::Sink;
use super::pictures::{self, View};
use super::random::{self, Topic};
use super::reviews::{Review, Verdict};
use super::staff::{MODERATOR, staff_id};
use super::tables::Table;

pub fn write_review(sink: &mut Sink, review: &Review, catalog: &Catalog) {
    let product = &catalog.products[review.product as usize];
    let decided = matches!(review.verdict, Verdict::Approved | Verdict::Rejected);
    sink.row(Table::Reviews)
        .uuid(review.id)
        .uuid(product.id())
        .uuid(review.person.id())
        .opt_uuid(review.order)
        .int(i64::from(review.rating))
        .text(&review.title)
        .text(&review.body)
        .text(review.verdict.code())
        .opt_uuid(decided.then(|| staff_id(MODERATOR)))
        .opt_time(review.decided_at)
        .opt_text(review.reason)
        .time(review.at)
        .time(review.decided_at.unwrap_or(review.at));
    for vote in &review.votes {
        sink.row(Table::ReviewVotes).uuid(review.id).uuid(vote.user).bool(vote.helpful).time(vote.at);
    }
    for image in 0..review.images {
        let number = review.id.as_u128() as u64 ^ image as u64;
        sink.row(Table::ReviewImages)
            .uuid(random::id(Topic::ReviewImage, number))
            .uuid(review.id)
            .text(&pictures::url(product.kind.key, &format!("{}-{}", product.slug, number % 100), View::Home))
            .text(&format!("{}, taken by a customer", product.name))
            .int(image as i64 + 1)
            .time(review.at);
    }
}
