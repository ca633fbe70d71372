//! The experiments of a run: which lists, and how they are called.

use oneteg_auth::Vendor;
use serde_json::{Map, Value};

use super::{Learned, List, Outcome, Page, place, stated, tried, tried::Candidates};
use crate::{
    catalog::{Catalog, Entry},
    verify::{
        arguments,
        compare::{Content, Observed},
        engine,
        session::{Extra, Session, Stop},
    },
};

/// Calls of an experiment with parameters of the specification.
const STATED: u64 = 3;

/// The names that may select a page, where the specification states none.
fn candidates(vendor: Vendor) -> Candidates {
    match vendor {
        // An offset and a limit are likely, as far as known; the pages have the members `offset_start` and
        // `nb_objects`.
        Vendor::NetExplorer => {
            Candidates::new(&["offset", "offset_start"], &["limit", "nb_objects"])
        }
        // What the vendor's general pages state of every list.
        Vendor::MediaValet => Candidates::new(&["offset"], &["count"]),
        // Its procedures have no query.
        _ => Candidates::new(&[], &[]),
    }
}

/// The lists that are looked at.
fn lists(catalog: &'static Catalog) -> impl Iterator<Item = &'static Entry> {
    let is_read = move |entry: &&Entry| engine::left_out(catalog, entry).is_none();
    catalog.operations.iter().filter(|entry| entry.paging.is_some()).filter(is_read)
}

fn is_stated(entry: &Entry) -> bool {
    entry.paging.as_ref().is_some_and(|paging| {
        paging.style == "offset" && !paging.start.is_empty() && !paging.size.is_empty()
    })
}

/// The most requests of all experiments.
pub(crate) fn bound(vendor: Vendor, catalog: &'static Catalog) -> u64 {
    let (first, others) = candidates(vendor).cost();
    let (stated, tried): (Vec<_>, Vec<_>) = lists(catalog).partition(|entry| is_stated(entry));
    let tried = tried.into_iter().filter(|entry| entry.procedure.is_none()).count() as u64;
    stated.len() as u64 * STATED + if tried > 0 { first + (tried - 1) * others } else { 0 }
}

/// Experiments with the lists that were seen with several items, except those that an earlier part of the run has
/// looked at. Deviations are added to what was seen of them.
///
/// # Errors
/// If the run ends; `learned` has what was found until then.
pub(crate) async fn run(session: &mut Session, learned: &mut Learned) -> Result<(), Stop> {
    let mut candidates = learned.candidates.clone().unwrap_or_else(|| candidates(session.vendor));
    let lists: Vec<_> = lists(session.catalog).collect();
    for entry in lists {
        if learned.lists.contains(&entry.operation_id) {
            continue;
        }
        let Some(given) = session.worked(entry) else { continue };
        if !has_items(session, entry) || (!is_stated(entry) && entry.procedure.is_some()) {
            continue;
        }
        let mut list = Calls { session, entry, given };
        let outcome = match is_stated(entry) {
            true => stated::experiment(&mut list, entry).await?,
            false => tried::experiment(&mut list, entry, &mut candidates).await?,
        };
        let Outcome { paging, findings } = outcome;
        learned.pages.extend(paging);
        learned.lists.insert(entry.operation_id.clone());
        learned.candidates = Some(candidates.clone());
        for finding in findings {
            session.seen(entry).comparison.note(finding);
        }
    }
    Ok(())
}

/// Whether a response of the list had several items.
fn has_items(session: &mut Session, entry: &'static Entry) -> bool {
    let items = entry.paging.as_ref().map_or("", |paging| paging.items.as_str());
    let item = format!("{}/*", place(items));
    let comparison = &session.seen(entry).comparison;
    let count = |place: &str| comparison.member(place).map_or(0, |member| member.present);
    // A list may also come without its page.
    count(&item).max(count("/*")) > 1
}

/// A list of the vendor.
struct Calls<'a> {
    session: &'a mut Session,
    entry: &'static Entry,
    given: Map<String, Value>,
}

impl List for Calls<'_> {
    async fn page(&mut self, parameters: &[(&str, u64)]) -> Result<Option<Page>, Stop> {
        let mut given = self.given.clone();
        let mut extra = Extra::default();
        for (name, value) in parameters {
            if is_stated(self.entry) {
                let path = arguments::body_path(self.entry, name);
                arguments::set(&mut given, &path, (*value).into());
            } else {
                extra.query.push(((*name).to_owned(), *value));
            }
        }
        let observed = self.session.experiment(self.entry, &given, &extra).await?;
        Ok(observed.is_success().then(|| page(self.entry, &observed)).flatten())
    }
}

/// The items of a response, with their ids alone if they have one.
fn page(entry: &Entry, observed: &Observed) -> Option<Page> {
    let identity = |item: &Value| match item.get("id") {
        Some(id) if !id.is_null() => id.clone(),
        _ => item.clone(),
    };
    let items = items(entry, observed)?.iter().map(identity).collect();
    Some(Page { items, total: total(entry, observed) })
}

/// The number of all items, according to a response.
pub(crate) fn total(entry: &Entry, observed: &Observed) -> Option<u64> {
    let Content::Json(content) = &observed.content else { return None };
    let total = match entry.paging.as_ref()?.total.as_str() {
        "" => observed.envelope.get("recordCount").and_then(|count| count.get("totalRecordsFound")),
        total => content.pointer(&place(total)),
    };
    total.and_then(Value::as_u64)
}

/// The items of a list in a response, which may be the list or a page.
pub(crate) fn items<'a>(entry: &Entry, observed: &'a Observed) -> Option<&'a Vec<Value>> {
    let Content::Json(content) = &observed.content else { return None };
    let path = entry.paging.as_ref().map_or("", |paging| paging.items.as_str());
    content.as_array().or_else(|| content.pointer(&place(path))?.as_array())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn experiments_cost_a_few_calls_a_list() {
        for vendor in Vendor::ALL {
            let catalog = crate::catalog::of(*vendor).unwrap();
            let lists = lists(catalog).count() as u64;
            let bound = bound(*vendor, catalog);
            assert!(lists > 5 && bound < lists * 7 + 10, "{vendor}: {bound} for {lists} lists");
        }
    }
}
