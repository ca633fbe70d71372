//! Which parameters select a page, where the specification states none.

use serde::{Deserialize, Serialize};

use super::{List, Outcome, Page, Stop, finding, place, row};
use crate::catalog::Entry;

/// Names of parameters that may select a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Candidates {
    pub(super) start: Vec<String>,
    pub(super) size: Vec<String>,
    /// What has worked for an earlier list.
    known: Option<(Option<String>, Option<String>)>,
}

impl Candidates {
    /// `offset` and `limit`, and the names that the members of the vendor's pages suggest.
    pub(super) fn new(start: &[&str], size: &[&str]) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self { start: owned(start), size: owned(size), known: None }
    }

    /// The most calls for the first list, and for each of the others.
    pub(super) fn cost(&self) -> (u64, u64) {
        let (start, size) = (self.start.len() as u64, self.size.len() as u64);
        // The base, each set at once and each alone, the base again, three to tell an offset from the number of a page.
        (1 + (1 + size) + (1 + start) + 1 + 3, 1 + 2 + 1 + 3)
    }
}

/// Requests one list, which has several items, with the candidates.
///
/// # Errors
/// If the run ends.
pub(super) async fn experiment(
    list: &mut impl List,
    entry: &Entry,
    candidates: &mut Candidates,
) -> Result<Outcome, Stop> {
    let mut outcome = Outcome::default();
    let Some(base) = list.page(&[]).await? else { return Ok(outcome) };
    if base.items.len() < 2 {
        return Ok(outcome);
    }
    let (starts, sizes) = match &candidates.known {
        Some((start, size)) => {
            (start.iter().cloned().collect(), size.iter().cloned().collect::<Vec<_>>())
        }
        None => (candidates.start.clone(), candidates.size.clone()),
    };
    let mut list = Watched { list, base: &base, read: 1, was_repeated: false, is_stable: true };
    let shorter = |page: &Page| page.items.len() < base.items.len() && page.begins(&base);
    let size = found(&mut list, &sizes, &[], 1, &shorter).await?;
    let fixed: Vec<(&str, u64)> = size.iter().map(|size| (size.as_str(), 1)).collect();
    // Item 1 is the second one of an offset, and of pages of one item that are counted from 0.
    let moved = |page: &Page| {
        !page.items.is_empty()
            && page.items.first() != base.items.first()
            && base.items.contains(&page.items[0])
    };
    let mut start = found(&mut list, &starts, &fixed, 1, &moved).await?;
    let mut first = 0;
    if start.is_none() && size.is_some() {
        // Counted from 1, the second page has the number 2.
        start = found(&mut list, &starts, &fixed, 2, &moved).await?;
        first = 1;
    }
    // A server that refuses parameters, or limits the page, may have shown its whole list only once.
    if start.is_some() || !list.was_repeated {
        list.page(&[]).await?;
        start = start.filter(|_| list.is_stable);
    }
    let mut row = row(entry);
    row.style = "single".to_owned();
    if let Some(start) = &start {
        let (style, overlaps) = style(&mut list, start, size.as_deref(), first).await?;
        style.clone_into(&mut row.style);
        row.overlaps = overlaps;
        row.first = Some(first);
    }
    if start.is_some() || size.is_some() {
        candidates.known = Some((start.clone(), size.clone()));
    }
    row.pages_read = list.read;
    row.stable = list.is_stable;
    row.start = start;
    row.size = size;
    if !row.stable {
        let said = "the order of the items is stable".to_owned();
        let items = entry.paging.as_ref().map_or("", |paging| paging.items.as_str());
        outcome.findings.push(finding(&place(items), said, "another order"));
    }
    outcome.paging = Some(row);
    Ok(outcome)
}

/// A list whose pages are compared with the whole list.
struct Watched<'a, L> {
    list: &'a mut L,
    base: &'a Page,
    /// How many pages were read.
    read: u64,
    /// Whether a page was as long as the whole list.
    was_repeated: bool,
    is_stable: bool,
}

impl<L: List> Watched<'_, L> {
    async fn page(&mut self, parameters: &[(&str, u64)]) -> Result<Option<Page>, Stop> {
        let page = self.list.page(parameters).await?;
        if let Some(page) = &page {
            self.read += 1;
            self.was_repeated |= page.items.len() == self.base.items.len();
            self.is_stable &= !page.is_reordered(self.base);
        }
        Ok(page)
    }
}

/// The name whose value has an effect: first all at once, then each alone.
async fn found(
    list: &mut Watched<'_, impl List>,
    names: &[String],
    fixed: &[(&str, u64)],
    value: u64,
    has_effect: &(dyn Fn(&Page) -> bool + Sync),
) -> Result<Option<String>, Stop> {
    let with = |names: &[String]| -> Vec<(String, u64)> {
        let fixed = fixed.iter().map(|(name, value)| ((*name).to_owned(), *value));
        fixed.chain(names.iter().map(|name| (name.clone(), value))).collect()
    };
    let mut attempts = vec![names.to_vec()];
    if names.len() > 1 {
        attempts.extend(names.iter().map(|name| vec![name.clone()]));
    }
    for (index, names) in attempts.iter().enumerate().filter(|(_, names)| !names.is_empty()) {
        let parameters = with(names);
        let parameters: Vec<(&str, u64)> =
            parameters.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let page = list.page(&parameters).await?;
        let works = page.as_ref().is_some_and(has_effect);
        match names.as_slice() {
            [name] if works => return Ok(Some(name.clone())),
            // A refusal of one name hides the effect of the others.
            _ if index == 0 && page.is_some() && !works => return Ok(None),
            _ => {}
        }
    }
    Ok(None)
}

/// Whether the start is an offset or the number of a page, and how many items two pages share.
async fn style(
    list: &mut Watched<'_, impl List>,
    start: &str,
    size: Option<&str>,
    first: u64,
) -> Result<(&'static str, u64), Stop> {
    let Some(size) = size else { return Ok(("offset", 0)) };
    // Two pages of two items: the second one begins with item 1, 2 or 3.
    let length = 2;
    let number = first + 1;
    let second = list.page(&[(size, length), (start, number)]).await?;
    let base = list.base;
    let begins = second.as_ref().and_then(|second| second.items.first());
    let style = match begins.and_then(|item| base.items.iter().position(|known| known == item)) {
        Some(2) => "page",
        _ => "offset",
    };
    let next = if style == "page" { number } else { first + length };
    if base.items.len() < 4 {
        return Ok((style, 0));
    }
    let one = list.page(&[(size, length), (start, first)]).await?.unwrap_or_default();
    let two = match style {
        "page" => second,
        _ => list.page(&[(size, length), (start, next)]).await?,
    };
    Ok((style, one.overlap(&two.unwrap_or_default())))
}
