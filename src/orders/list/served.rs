//! Which indexes serve what is asked for: by what orders are found, and how the planner has to be helped. No I/O.

use super::{number::Number, search::Filter, store::Ask};
use crate::{orders::model::Status, users::find::Who};

/// Digits from which on the index over reversed numbers is asked; fewer are found soon by walking the list, while
/// the index would give a tenth or a hundredth of all orders.
const INDEXED_DIGITS: usize = 3;

/// What gives the ids of the orders, which are then looked up each in its own month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    NumberEnd,
    Tracking,
    Code,
    Sku,
}

/// The index that finds the fewest, if one serves. A whole number needs none: it is one order.
pub(super) fn source(filter: &Filter) -> Option<Source> {
    match &filter.number {
        Some(Number::Whole(_)) => return None,
        Some(Number::End(end)) if end.len() >= INDEXED_DIGITS => return Some(Source::NumberEnd),
        _ => {}
    }
    let by = |source, wanted: &Option<String>| wanted.as_ref().map(|_| source);
    by(Source::Tracking, &filter.tracking)
        .or_else(|| by(Source::Code, &filter.code))
        .or_else(|| by(Source::Sku, &filter.sku))
}

/// People whose orders are looked for in all months at once; with more the newest months are looked at first.
const FEW_PEOPLE: usize = 20;

/// Whether the planner takes what is asked for as rarer than it is: parts of names, and what is in other tables.
pub(super) fn is_misjudged(filter: &Filter) -> bool {
    let Filter { customer, warehouse, carrier, sku, tracking, code, .. } = filter;
    matches!(customer, Some(Who::Name(_)))
        || !warehouse.is_empty()
        || carrier.is_some()
        || sku.is_some()
        || tracking.is_some()
        || code.is_some()
}

/// Whether only orders in open states are wanted: few, so that they are found by their state and sorted. The planner
/// would walk all orders by what they are sorted by until it has met enough of them.
pub(super) fn is_open_only(filter: &Filter, tab: Option<Status>) -> bool {
    let mut states = filter.status.iter().copied().chain(tab).peekable();
    states.peek().is_some() && states.all(|status| Status::OPEN.contains(&status))
}

/// Whether an index finds what fits over all months, so that no window is needed.
pub(super) fn is_found_by_index(filter: &Filter) -> bool {
    !filter.ids.is_empty()
        || source(filter).is_some()
        || filter.assigned.as_ref().is_some_and(|people| !people.is_empty())
        || matches!(filter.number, Some(Number::Whole(_)))
        || matches!(&filter.customer, Some(Who::Ids(ids)) if ids.len() <= FEW_PEOPLE)
}

/// Whether the orders of a few people are wanted and no index leads to fewer: all of theirs are found, then sorted.
pub(super) fn is_of_few_people(filter: &Filter) -> bool {
    matches!(&filter.customer, Some(Who::Ids(ids)) if ids.len() <= FEW_PEOPLE)
        && source(filter).is_none()
        && filter.ids.is_empty()
        && filter.number.is_none()
}

/// Whether the statement of a page is best carried out in the same way for any values, so that its plan is kept: by an index
/// that finds few in all months, or by walking in the list's order when everything fits.
pub(super) fn keeps_its_plan(ask: &Ask) -> bool {
    let Ask { filter, tab, .. } = ask;
    source(filter).is_some()
        || is_of_few_people(filter)
        || matches!(filter.number, Some(Number::Whole(_)))
        || (tab.is_none() && *filter == Filter::default())
}

/// Whether walking in the list's order, or by state, meets little that doesn't fit.
pub(super) fn is_served(filter: &Filter) -> bool {
    // who takes care of an order has an index; that nobody does is true of nearly all
    let Filter { payment, country, source, total, customer, warehouse, carrier, tags, age, .. } = filter;
    payment.is_empty()
        && country.is_empty()
        && source.is_none()
        && total.is_empty()
        && matches!(customer, None | Some(Who::Ids(_)))
        && warehouse.is_empty()
        && carrier.is_none()
        && tags.is_empty()
        && age.is_empty()
}
