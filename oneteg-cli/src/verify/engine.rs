//! The order of a run: lists first, then single objects with the ids that lists contained.
//!
//! | Step | Calls |
//! |---|---|
//! | 1 | operations without required arguments |
//! | 2 | operations whose arguments earlier responses contained, lists before single objects |
//! | 3 | the same with values of a similar name, one operation at a time |
//! | 4 | single objects that the vendor did not find, with ids that were found since |
//!
//! A list is requested once, in a small page. A single object is requested for up to three ids. Nothing is requested that is not known to only read.

use std::collections::BTreeMap;

use oneteg_catalog::evidence::Outcome;
use oneteg_http::ErrorKind;
use serde_json::{Map, Value};

use super::{
    arguments::{self, Missing},
    pool::{EXACT, Rank, SIMILAR},
    session::{Session, Stop},
};
use crate::catalog::{Catalog, Entry, ResponseKind};

/// Calls for a single object, with different ids.
const SAMPLES: usize = 3;
/// Calls with other ids, if the vendor found none of the first ones.
const FURTHER: usize = 2;
/// How many ids are considered for them.
const CONSIDERED: usize = 20;
/// Requests for retries and for checks whether the connection still works, as a share of the calls.
const RESERVE: u64 = 8;

/// Called after each operation with the number of those that are left, and of requests so far.
pub(crate) type Progress<'p> = dyn FnMut(usize, u64) + Send + 'p;

/// Why operations were not called.
pub(crate) type Unseen = BTreeMap<&'static str, (Outcome, String)>;

/// The operations that a run calls, those without required arguments first.
pub(crate) fn plan(catalog: &'static Catalog) -> Vec<&'static Entry> {
    let mut plan: Vec<&Entry> =
        catalog.operations.iter().filter(|entry| left_out(catalog, entry).is_none()).collect();
    plan.sort_by_key(|entry| (required(entry), !is_list(entry), is_file(entry), &entry.name));
    plan
}

/// The most requests that a plan needs, with retries.
pub(crate) fn bound(plan: &[&'static Entry]) -> u64 {
    let further = |entry: &Entry| if required(entry) == 0 { 0 } else { FURTHER };
    let calls: u64 = plan.iter().map(|entry| (attempts(entry) + further(entry)) as u64).sum();
    calls + calls / RESERVE + RESERVE
}

/// Why an operation is not called at all.
pub(crate) fn left_out(catalog: &Catalog, entry: &Entry) -> Option<&'static str> {
    if entry.writes {
        return Some("It may change something.");
    }
    if arguments::takes_secret(catalog, entry) {
        return Some("It takes a secret, and none is guessed.");
    }
    None
}

/// Calls the operations of a plan. What could not be called is in `unseen`.
///
/// # Errors
/// If the run ends before everything was looked at.
pub(crate) async fn run(
    session: &mut Session,
    plan: &[&'static Entry],
    progress: &mut Progress<'_>,
) -> Result<(), Stop> {
    let mut open: Vec<&'static Entry> =
        plan.iter().copied().filter(|entry| !session.was_called(entry)).collect();
    let mut worst = EXACT;
    let mut not_found = Vec::new();
    loop {
        let ready = open.iter().position(|entry| {
            let (vendor, catalog) = (session.vendor, session.catalog);
            arguments::of(vendor, catalog, entry, &session.pool, 0, worst).is_ok()
        });
        match ready {
            Some(index) => {
                let entry = open.remove(index);
                session.set_current(Some(entry));
                not_found.extend(visit(session, entry, worst).await?.map(|tried| (entry, tried)));
                session.set_current(None);
                progress(open.len(), session.sent());
                worst = EXACT;
            }
            None if worst == EXACT => worst = SIMILAR,
            None => break,
        }
    }
    for (entry, tried) in not_found {
        session.set_current(Some(entry));
        visit_again(session, entry, &tried).await?;
        session.set_current(None);
        progress(open.len(), session.sent());
    }
    Ok(())
}

/// The arguments with which the vendor found nothing.
type Tried = Vec<Map<String, Value>>;

/// Calls one operation, with different ids if it needs some. Returns what was tried if the vendor found none of them.
async fn visit(
    session: &mut Session,
    entry: &'static Entry,
    worst: Rank,
) -> Result<Option<Tried>, Stop> {
    let samples = if is_list(entry) || is_file(entry) { 1 } else { SAMPLES };
    let mut compared = 0;
    let mut tried = Vec::new();
    for attempt in 0..attempts(entry) {
        let (vendor, catalog) = (session.vendor, session.catalog);
        let Ok(given) = arguments::of(vendor, catalog, entry, &session.pool, attempt, worst) else {
            break;
        };
        tried.push(given.clone());
        let observed = session.observe(entry, given).await?;
        compared += usize::from(observed.is_success());
        // Another id would be refused as well.
        if observed.failure.is_some_and(|kind| kind != ErrorKind::NotFound) {
            return Ok(None);
        }
        if compared == samples {
            break;
        }
    }
    Ok((compared == 0 && required(entry) > 0).then_some(tried))
}

/// Calls an operation with ids that were not known when it was called first.
async fn visit_again(
    session: &mut Session,
    entry: &'static Entry,
    tried: &Tried,
) -> Result<(), Stop> {
    let (vendor, catalog) = (session.vendor, session.catalog);
    let all = (0..CONSIDERED).map_while(|attempt| {
        arguments::of(vendor, catalog, entry, &session.pool, attempt, EXACT).ok()
    });
    let others: Tried = all.filter(|given| !tried.contains(given)).take(FURTHER).collect();
    for given in others {
        if session.observe(entry, given).await?.is_success() {
            return Ok(());
        }
    }
    Ok(())
}

/// Why each operation that was not called was not.
pub(crate) fn unseen(session: &Session, stop: Option<Stop>) -> Unseen {
    let mut unseen = Unseen::new();
    for entry in &session.catalog.operations {
        if session.was_called(entry) {
            continue;
        }
        let (vendor, catalog) = (session.vendor, session.catalog);
        let reason = left_out(catalog, entry);
        let why = match reason {
            Some(reason) => (Outcome::NotTried, reason.to_owned()),
            None => {
                let found = arguments::of(vendor, catalog, entry, &session.pool, 0, SIMILAR);
                let reason = match (found, stop) {
                    (Err(Missing::Values(names)), _) => missing(&names),
                    (_, Some(stop)) => stop.sentence().to_owned(),
                    (_, None) => "It was not called.".to_owned(),
                };
                (Outcome::NotReached, reason)
            }
        };
        unseen.insert(&entry.operation_id, why);
    }
    unseen
}

fn missing(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("No response contained a value for {}.", names.join(", "))
}

fn attempts(entry: &Entry) -> usize {
    match (required(entry), is_list(entry) || is_file(entry)) {
        (0, _) => 1,
        (_, true) => 2,
        (_, false) => SAMPLES,
    }
}

fn required(entry: &Entry) -> usize {
    let body = entry.body.as_ref().is_some_and(|body| body.required);
    entry.parameters.iter().filter(|parameter| parameter.required).count() + usize::from(body)
}

fn is_list(entry: &Entry) -> bool {
    entry.paging.is_some()
}

fn is_file(entry: &Entry) -> bool {
    entry.response.kind == ResponseKind::File
}

#[cfg(test)]
mod tests {
    use oneteg_auth::Vendor;

    use super::*;

    #[test]
    fn a_plan_only_reads_and_begins_with_what_needs_no_ids() {
        for vendor in Vendor::ALL {
            let catalog = crate::catalog::of(*vendor).unwrap();
            let plan = plan(catalog);
            assert!(plan.iter().all(|entry| !entry.writes), "{vendor}");
            assert!(plan.len() > 15 && bound(&plan) < 800, "{vendor}: {}", bound(&plan));
            let counts: Vec<usize> = plan.iter().map(|entry| required(entry)).collect();
            assert!(counts.is_sorted(), "{vendor}");
            assert!(plan.iter().all(|entry| !entry.name.contains("password")), "{vendor}");
        }
    }
}
