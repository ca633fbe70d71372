//! Whether the parameters of the specification select pages as it describes.

use super::{List, Outcome, Page, Stop, finding, place, row};
use crate::catalog::Entry;

/// The number of items of the page that is compared with two smaller ones.
const BASE: u64 = 4;

/// Requests one page, and its halves one after the other.
///
/// # Errors
/// If the run ends.
pub(super) async fn experiment(list: &mut impl List, entry: &Entry) -> Result<Outcome, Stop> {
    let mut outcome = Outcome::default();
    let Some(said) = &entry.paging else { return Ok(outcome) };
    let (start, size) = (said.start.as_str(), said.size.as_str());
    let is_offset = said.style == "offset";
    let Some(base) = list.page(&[(start, 0), (size, BASE)]).await? else { return Ok(outcome) };
    let half = if base.items.len() as u64 >= BASE { BASE / 2 } else { 1 };
    if base.items.len() < 2 {
        return Ok(outcome);
    }
    let second_at = if is_offset { half } else { 1 };
    let first = list.page(&[(start, 0), (size, half)]).await?;
    let second = list.page(&[(start, second_at), (size, half)]).await?;
    let (Some(first), Some(second)) = (first, second) else {
        let said = format!("`{start}` and `{size}` select a page");
        outcome.findings.push(finding(&place(&said_items(entry)), said, "refused"));
        return Ok(outcome);
    };
    let mut row = row(entry);
    row.style.clone_from(&said.style);
    row.pages_read = 3;
    row.overlaps = first.overlap(&second);
    row.stable = first.begins(&base);
    row.first = Some(0);
    let works = compare(entry, half, &base, &first, &second, &mut outcome);
    row.start = works.start.then(|| start.to_owned());
    row.size = works.size.then(|| size.to_owned());
    if !works.start {
        "single".clone_into(&mut row.style);
        row.first = None;
    }
    outcome.paging = Some(row);
    Ok(outcome)
}

struct Works {
    start: bool,
    size: bool,
}

fn said_items(entry: &Entry) -> String {
    entry.paging.as_ref().map(|paging| paging.items.clone()).unwrap_or_default()
}

fn compare(
    entry: &Entry,
    half: u64,
    base: &Page,
    first: &Page,
    second: &Page,
    outcome: &mut Outcome,
) -> Works {
    let Some(said) = &entry.paging else { return Works { start: false, size: false } };
    let (start, size) = (said.start.as_str(), said.size.as_str());
    let items = place(&said.items);
    let mut differs = |place: &str, said: String, seen: &str| {
        outcome.findings.push(finding(place, said, seen));
    };
    let length = first.items.len() as u64;
    let size_works = length == half;
    if length > half {
        differs(
            &items,
            format!("`{size}` limits the items of a page"),
            "more items than requested",
        );
    } else if length < half {
        differs(
            &items,
            format!("`{size}` limits the items of a page"),
            "fewer items than requested",
        );
    }
    // All that is known of the order is one longer page.
    let is_same = !first.items.is_empty() && first.items.first() == second.items.first();
    let start_works = !is_same;
    if is_same {
        differs(&items, format!("`{start}` selects a page"), "the same page again");
    } else if size_works && first.overlap(second) > 0 {
        differs(&items, "a page continues the one before".to_owned(), "items of the page before");
    } else if size_works
        && first.begins(base)
        && second.items.first() != base.items.get(first.items.len())
    {
        differs(&items, "a page continues the one before".to_owned(), "items were skipped");
    } else if size_works && !first.begins(base) {
        differs(&items, "the order of the items is stable".to_owned(), "another order");
    }
    let total = place(&said.total);
    let counted = if said.total.is_empty() { &items } else { &total };
    match (base.total, first.total) {
        (Some(all), Some(part)) if all != part && size_works && part == length => {
            differs(
                counted,
                "the number of all items".to_owned(),
                "the number of items of the page",
            );
        }
        (Some(all), Some(part)) if all != part => {
            differs(counted, "the same number on every page".to_owned(), "another number");
        }
        (Some(all), _) if all < base.items.len() as u64 => {
            differs(
                counted,
                "the number of all items".to_owned(),
                "less than the items of the page",
            );
        }
        _ => {}
    }
    Works { start: start_works, size: size_works }
}
