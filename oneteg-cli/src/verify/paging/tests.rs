use serde_json::json;

use super::{tried::Candidates, *};
use crate::catalog::Catalog;

/// A list whose server behaves in some way.
struct Server<F> {
    items: u64,
    behaves: F,
    calls: u64,
}

/// What a server makes of the parameters: the first item, the number of items, the total; `None` refuses.
type Answer = Option<(u64, u64, Option<u64>)>;

impl<F: Fn(&[(&str, u64)]) -> Answer> List for Server<F> {
    async fn page(&mut self, parameters: &[(&str, u64)]) -> Result<Option<Page>, Stop> {
        self.calls += 1;
        let Some((start, size, total)) = (self.behaves)(parameters) else { return Ok(None) };
        let end = start.saturating_add(size).min(self.items);
        let items = (start.min(end)..end).map(|id| json!(id)).collect();
        Ok(Some(Page { items, total }))
    }
}

fn server<F: Fn(&[(&str, u64)]) -> Answer>(items: u64, behaves: F) -> Server<F> {
    Server { items, behaves, calls: 0 }
}

fn parameter(parameters: &[(&str, u64)], name: &str) -> Option<u64> {
    parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

fn catalog(vendor: &str) -> &'static Catalog {
    oneteg_catalog::of(vendor).unwrap()
}

fn candidates() -> Candidates {
    Candidates::new(&["offset", "offset_start"], &["limit", "nb_objects"])
}

/// Style, start, size, first, and the number of calls.
type Found = (String, Option<String>, Option<String>, Option<u64>, u64);

async fn tried<F: Fn(&[(&str, u64)]) -> Answer>(items: u64, behaves: F) -> Option<Found> {
    let entry = catalog("netexplorer").find("listUsers").unwrap();
    let mut list = server(items, behaves);
    let outcome = tried::experiment(&mut list, entry, &mut candidates()).await.unwrap();
    assert!(list.calls <= candidates().cost().0, "{}", list.calls);
    let row = outcome.paging?;
    assert_eq!(row.overlaps, 0);
    Some((row.style, row.start, row.size, row.first, list.calls))
}

fn words(style: &str, start: &str, size: &str, first: u64, calls: u64) -> Option<Found> {
    Some((style.to_owned(), Some(start.to_owned()), Some(size.to_owned()), Some(first), calls))
}

#[tokio::test]
async fn parameters_that_work_are_found() {
    // An offset and a limit.
    let offset = |all: &[(&str, u64)]| {
        let start = parameter(all, "offset").unwrap_or(0);
        Some((start, parameter(all, "limit").unwrap_or(99), None))
    };
    assert_eq!(tried(9, offset).await, words("offset", "offset", "limit", 0, 9));
    // Pages that are counted from 1, by other names.
    let pages = |all: &[(&str, u64)]| {
        let size = parameter(all, "nb_objects").unwrap_or(5);
        let page = parameter(all, "offset_start").unwrap_or(1).max(1);
        Some(((page - 1) * size, size, None))
    };
    let (style, start, size, first, _) = tried(9, pages).await.unwrap();
    assert_eq!((style.as_str(), first), ("page", Some(1)));
    assert_eq!((start.as_deref(), size.as_deref()), (Some("offset_start"), Some("nb_objects")));
    // A limit alone.
    let limit = |all: &[(&str, u64)]| Some((0, parameter(all, "limit").unwrap_or(99), None));
    let (style, start, size, ..) = tried(9, limit).await.unwrap();
    assert_eq!((style.as_str(), start, size.as_deref()), ("single", None, Some("limit")));
}

#[tokio::test]
async fn a_list_without_pages_costs_three_calls() {
    let plain = tried(9, |_| Some((0, 99, None))).await.unwrap();
    assert_eq!(plain, ("single".to_owned(), None, None, None, 3));
    assert_eq!(tried(1, |_| Some((0, 99, None))).await, None);
}

#[tokio::test]
async fn a_server_that_refuses_unknown_parameters_is_asked_with_each_alone() {
    let strict = |all: &[(&str, u64)]| {
        let known = all.iter().all(|(name, _)| matches!(*name, "offset" | "limit"));
        let start = parameter(all, "offset").unwrap_or(0);
        known.then(|| (start, parameter(all, "limit").unwrap_or(99), None))
    };
    let (style, start, size, ..) = tried(9, strict).await.unwrap();
    assert_eq!(style, "offset");
    assert_eq!((start.as_deref(), size.as_deref()), (Some("offset"), Some("limit")));
    // One that refuses everything.
    let none = tried(9, |all| all.is_empty().then_some((0, 99, None))).await.unwrap();
    assert_eq!((none.0.as_str(), none.1, none.2), ("single", None, None));
}

#[tokio::test]
async fn what_worked_once_is_tried_first() {
    let entry = catalog("netexplorer").find("listUsers").unwrap();
    let mut candidates = candidates();
    let behaves = |all: &[(&str, u64)]| {
        let start = parameter(all, "offset").unwrap_or(0);
        Some((start, parameter(all, "limit").unwrap_or(99), None))
    };
    let mut first = server(9, behaves);
    tried::experiment(&mut first, entry, &mut candidates).await.unwrap();
    let mut second = server(9, behaves);
    let outcome = tried::experiment(&mut second, entry, &mut candidates).await.unwrap();
    assert_eq!(outcome.paging.unwrap().start.as_deref(), Some("offset"));
    assert!(second.calls < first.calls && second.calls <= candidates.cost().1, "{}", second.calls);
}

#[tokio::test]
async fn a_list_in_another_order_each_time_has_no_start() {
    /// A list whose items are rotated with each request.
    struct Rotating(u64);
    impl List for Rotating {
        async fn page(&mut self, _: &[(&str, u64)]) -> Result<Option<Page>, Stop> {
            self.0 += 1;
            let items = (0..4).map(|index| json!((index + self.0) % 4)).collect();
            Ok(Some(Page { items, total: None }))
        }
    }
    let entry = catalog("netexplorer").find("listUsers").unwrap();
    let mut candidates = candidates();
    let outcome = tried::experiment(&mut Rotating(0), entry, &mut candidates).await.unwrap();
    let row = outcome.paging.unwrap();
    assert_eq!(
        (row.style.as_str(), row.start, row.size, row.stable),
        ("single", None, None, false)
    );
    assert_eq!(outcome.findings.len(), 1);
    assert!(outcome.findings[0].seen.values.contains("another order"));
}

async fn stated<F: Fn(&[(&str, u64)]) -> Answer>(items: u64, behaves: F) -> Vec<String> {
    let entry = catalog("mediavalet").find("listAssets").unwrap();
    let mut list = server(items, behaves);
    let outcome = stated::experiment(&mut list, entry).await.unwrap();
    assert!(list.calls <= 3);
    let seen = |finding: &Finding| finding.seen.values.iter().next().unwrap().clone();
    outcome.findings.iter().map(seen).collect()
}

#[tokio::test]
async fn pages_that_continue_each_other_are_no_difference() {
    let good = |all: &[(&str, u64)]| {
        Some((parameter(all, "offset").unwrap(), parameter(all, "count").unwrap(), Some(9)))
    };
    for items in [0, 1, 2, 3, 4, 9] {
        assert_eq!(stated(items, good).await, [] as [&str; 0], "{items}");
    }
}

#[tokio::test]
async fn each_deviation_of_pages_is_named() {
    let start = |all: &[(&str, u64)]| parameter(all, "offset").unwrap();
    let size = |all: &[(&str, u64)]| parameter(all, "count").unwrap();
    assert_eq!(stated(9, |all| Some((0, size(all), None))).await, ["the same page again"]);
    assert_eq!(stated(9, |all| Some((start(all), 9, None))).await, ["more items than requested"]);
    assert_eq!(
        stated(9, |all| Some((start(all), size(all) - 1, None))).await,
        ["fewer items than requested"]
    );
    // The number of a page instead of an offset.
    assert_eq!(
        stated(9, |all| Some((start(all) * size(all), size(all), None))).await,
        ["items were skipped"]
    );
    // An offset that is counted from 1.
    assert_eq!(
        stated(9, |all| Some((start(all).saturating_sub(1), size(all), None))).await,
        ["items of the page before"]
    );
    assert_eq!(
        stated(9, |all| Some((start(all), size(all), Some(size(all).min(9))))).await,
        ["the number of items of the page"]
    );
    assert_eq!(stated(9, |all| (size(all) > 2).then_some((0, 9, None))).await, ["refused"]);
}
