//! Which page to request next.
//!
//! | Style | The next page begins at | The last page is |
//! |---|---|---|
//! | offset | the position, plus the items that the page had | one that is not full, at or beyond the total |
//! | page | the number, plus 1 | the same |
//! | cursor | the cursor in the page | one without a next cursor |
//! | single | | the first |
//!
//! A page is full if it has as many items as requested, or as the fullest page so far: servers cap sizes, so a full
//! page may be shorter than requested. Without a total, only an empty page ends a listing by position.
//!
//! Pages are prefetched on the assumption that all are as long as the last one. If a page is not, those that were
//! requested after it are requested again, at the right positions.

use std::{collections::HashSet, sync::Arc};

use super::{Continuation, PageRequest, cycle::PageKind};
use crate::{Operation, PaginationStyle};

const DEFAULT_PAGE_SIZE: u64 = 100;

pub(super) struct PagePlan {
    style: PaginationStyle,
    /// The page after the last one that was received.
    next_to_read: PageRequest,
    /// The page to request next, ahead of the former by the pages under way; `None` at the end.
    next_to_request: Option<PageRequest>,
    /// The number of items in the last page, which the next ones are assumed to have.
    stride: Option<u64>,
    /// The largest number of items in a page so far.
    fullest: u64,
    /// Whether the last page was received.
    finished: bool,
    total: Option<u64>,
    /// Whether there were items beyond the total: some servers cap it, or count the page.
    is_total_wrong: bool,
    /// The position after the last prefetched page, whether the total allows requesting it or not.
    horizon: u64,
    seen_cursors: HashSet<String>,
    last_page: Option<u64>,
}

impl PagePlan {
    pub(super) fn new(operation: &Operation) -> Self {
        let style = operation.pagination.map_or(PaginationStyle::Single, |paging| paging.style);
        let start = u64::from(style == PaginationStyle::Page);
        let first = PageRequest { start, size: DEFAULT_PAGE_SIZE, cursor: None, named: None };
        Self {
            style,
            next_to_request: Some(first.clone()),
            next_to_read: first,
            stride: None,
            fullest: 0,
            finished: false,
            total: None,
            is_total_wrong: false,
            horizon: 0,
            seen_cursors: HashSet::new(),
            last_page: None,
        }
    }

    pub(super) fn set_size(&mut self, size: u64) {
        self.next_to_read.size = size;
        self.next_to_request = Some(self.next_to_read.clone());
    }

    pub(super) fn set_start(&mut self, start: u64) {
        self.next_to_read.start = start;
        self.next_to_request = Some(self.next_to_read.clone());
    }

    /// Requests pages by position, with query parameters of these names.
    pub(super) fn by_offset(&mut self, start: String, size: String) {
        self.style = PaginationStyle::Offset;
        self.next_to_read.named = Some(Arc::new((start, size)));
        self.next_to_request = self.next_to_request.is_some().then(|| self.next_to_read.clone());
    }

    /// Whether there are more items than in the only response, and no way to request them.
    pub(super) fn is_incomplete(&self) -> bool {
        self.style == PaginationStyle::Single
            && self.total.is_some_and(|total| total > self.fullest)
    }

    pub(super) fn resume(&mut self, from: &Continuation) {
        self.next_to_read = PageRequest {
            start: from.start,
            size: from.size.max(1),
            cursor: from.cursor.clone(),
            named: self.next_to_read.named.clone(),
        };
        self.last_page = from.before;
        self.finished = from.ended;
        self.next_to_request = (!from.ended).then(|| self.next_to_read.clone());
    }

    pub(super) fn next_to_read(&self) -> &PageRequest {
        &self.next_to_read
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    pub(super) fn last_page(&self) -> Option<u64> {
        self.last_page
    }

    pub(super) fn set_last_page(&mut self, fingerprint: u64) {
        self.last_page = Some(fingerprint);
    }

    /// Whether the last page was received.
    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    pub(super) fn finish(&mut self) {
        self.finished = true;
        self.next_to_request = None;
    }

    /// Whether pages can be requested before those in front of them were received.
    pub(super) fn can_prefetch(&self) -> bool {
        self.is_positional() && self.stride.is_some()
    }

    /// The number of items that the pages under way are expected to have.
    pub(super) fn items_requested(&self) -> u64 {
        let Some(next) = &self.next_to_request else { return u64::MAX };
        let ahead = next.start.saturating_sub(self.next_to_read.start);
        match self.style {
            PaginationStyle::Page => ahead.saturating_mul(self.stride.unwrap_or(next.size)),
            _ => ahead,
        }
    }

    /// Returns the page to request, and advances to the one after it.
    pub(super) fn take_next(&mut self) -> Option<PageRequest> {
        let request = self.next_to_request.take()?;
        if self.can_prefetch() {
            let stride = self.stride.unwrap_or(request.size);
            let (next, listed) = self.successor(&request, stride);
            self.horizon = next.start;
            // Pages are prefetched up to the total only: whether the last of them is full is not known yet.
            self.next_to_request = (!self.is_all(listed)).then_some(next);
        } else {
            self.horizon = u64::MAX;
        }
        Some(request)
    }

    /// Whether a page begins at or beyond the total.
    pub(super) fn is_beyond_total(&self, request: &PageRequest, total: Option<u64>) -> bool {
        let (_, before) = self.successor(request, 0);
        let total = total.or(self.total);
        self.is_positional() && !self.is_total_wrong && total.is_some_and(|total| before >= total)
    }

    fn is_positional(&self) -> bool {
        matches!(self.style, PaginationStyle::Offset | PaginationStyle::Page)
    }

    /// Plans the pages under way again, because their requests were dropped.
    pub(super) fn rewind(&mut self) {
        self.next_to_request = (!self.finished).then(|| self.next_to_read.clone());
    }

    /// Records that there are items beyond the total.
    pub(super) fn disprove_total(&mut self) {
        self.is_total_wrong = true;
    }

    /// A page far beyond any end, which a server that honours positions does not have. Its number, and that of its
    /// first item, still fit into 32 bits.
    pub(super) fn far_beyond_end(&self, request: &PageRequest) -> PageRequest {
        const ITEMS: u64 = 1_000_000_000;
        let start = match self.style {
            PaginationStyle::Page => ITEMS / request.size.max(1),
            _ => ITEMS,
        };
        PageRequest { start: start.max(request.start.saturating_mul(2)), ..request.clone() }
    }

    /// How a page was requested, and whether it is as long as requested.
    pub(super) fn kind_of(&self, request: &PageRequest, items: u64) -> PageKind {
        match self.style {
            PaginationStyle::Cursor => PageKind::Cursor,
            _ if items >= request.size => PageKind::Full,
            _ => PageKind::Short,
        }
    }

    /// Records a page. Returns whether the pages that were requested after it are at the right positions.
    pub(super) fn receive(
        &mut self,
        request: &PageRequest,
        items: u64,
        total: Option<u64>,
        next: Option<String>,
    ) -> bool {
        self.total = total.or(self.total);
        // Servers cap sizes: a page as long as the longest before may be as full as pages get.
        let is_full = items >= request.size || self.fullest > 0 && items >= self.fullest;
        self.fullest = self.fullest.max(items);
        let stride = self.stride.replace(items);
        match self.style {
            PaginationStyle::Single => {
                self.finish();
                return true;
            }
            PaginationStyle::Cursor => {
                self.seen_cursors.extend(request.cursor.clone());
                let next =
                    next.map(|cursor| PageRequest { cursor: Some(cursor), ..request.clone() });
                self.finished = next.is_none();
                if let Some(next) = &next {
                    self.next_to_read = next.clone();
                }
                self.next_to_request = next;
                return true;
            }
            PaginationStyle::Offset | PaginationStyle::Page => {}
        }
        let (next, listed) = self.successor(request, items);
        let was_prefetched = stride.is_some() && self.horizon != next.start;
        // A listing ends when the total is reached by a page that is not full; neither is enough. A total may be
        // capped, or count the page. A page may be shorter than requested because servers cap sizes, and omit what the
        // caller may not see.
        let next = (is_full || !self.is_all(listed)).then_some(next);
        self.finished = next.is_none();
        if let Some(next) = &next {
            self.next_to_read = next.clone();
        }
        // Nothing is prefetched before the first page. Pages that are numbered begin where they do, whatever the
        // length of those before.
        let is_as_planned =
            stride.is_none() || stride == Some(items) || self.style == PaginationStyle::Page;
        if !was_prefetched || !is_as_planned || next.is_none() {
            self.next_to_request = next;
        }
        is_as_planned
    }

    /// Whether the next cursor was used before.
    pub(super) fn is_repeated_cursor(&self) -> bool {
        let next = self.next_to_request.as_ref().and_then(|next| next.cursor.as_ref());
        next.is_some_and(|cursor| self.seen_cursors.contains(cursor))
    }

    /// The page after one with this number of items, and the number of items before it.
    fn successor(&self, request: &PageRequest, items: u64) -> (PageRequest, u64) {
        let (start, listed) = match self.style {
            PaginationStyle::Page => {
                let before = request.start.saturating_sub(1).saturating_mul(self.fullest);
                (request.start.saturating_add(1), before.saturating_add(items))
            }
            _ => {
                let start = request.start.saturating_add(items);
                (start, start)
            }
        };
        (PageRequest { start, ..request.clone() }, listed)
    }

    /// Whether this number of items is all, according to the total.
    fn is_all(&self, listed: u64) -> bool {
        !self.is_total_wrong && self.total.is_some_and(|total| listed >= total)
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::{Confidence, Evidence, Pagination};

    fn plan(style: PaginationStyle) -> PagePlan {
        let operation = Operation::new(
            "list",
            "test",
            Method::GET,
            "/items",
            true,
            Evidence::new(Confidence::Documented, &[], None),
        );
        let mut plan =
            PagePlan::new(&operation.paged(Pagination::new(style, "start", "size", "items", "")));
        plan.set_size(10);
        plan
    }

    /// Requests a page and receives it; returns where it began.
    fn page(plan: &mut PagePlan, items: u64, total: Option<u64>) -> Option<u64> {
        let request = plan.take_next()?;
        plan.receive(&request, items, total, None);
        Some(request.start)
    }

    #[test]
    fn positions_follow_the_items_and_numbers_the_pages() {
        let mut offset = plan(PaginationStyle::Offset);
        let starts = [10, 10, 3].map(|items| page(&mut offset, items, None));
        assert_eq!(starts, [Some(0), Some(10), Some(20)]);
        let mut numbered = plan(PaginationStyle::Page);
        let starts = [10, 10, 3].map(|items| page(&mut numbered, items, None));
        assert_eq!(starts, [Some(1), Some(2), Some(3)]);
        // A server that caps the size: what counts is what it sent.
        let mut capped = plan(PaginationStyle::Offset);
        let starts = [5, 5, 5].map(|items| page(&mut capped, items, None));
        assert_eq!(starts, [Some(0), Some(5), Some(10)]);
    }

    #[test]
    fn a_page_that_is_not_full_is_the_last_at_the_total() {
        for (pages, finished) in [
            // 25 items: the last page is short.
            (&[10, 10, 5][..], true),
            // 30 items: the last page is full, so the total may be capped.
            (&[10, 10, 10], false),
            // Pages are capped to 5: the last is as full as the others.
            (&[5, 5, 5, 5, 5], false),
            // Short of the total.
            (&[10, 5], false),
        ] {
            for style in [PaginationStyle::Offset, PaginationStyle::Page] {
                let total = if pages == [10, 10, 10] { 30 } else { 25 };
                let mut plan = plan(style);
                for items in pages {
                    page(&mut plan, *items, Some(total)).unwrap();
                }
                assert_eq!(plan.is_finished(), finished, "{style:?} {pages:?}");
                assert_eq!(plan.take_next().is_none(), finished);
            }
        }
    }

    #[test]
    fn a_disproved_total_ends_nothing() {
        let mut plan = plan(PaginationStyle::Offset);
        page(&mut plan, 10, Some(10));
        let request = plan.take_next().unwrap();
        assert!(plan.is_beyond_total(&request, None));
        plan.disprove_total();
        assert!(!plan.is_beyond_total(&request, None));
        plan.receive(&request, 5, Some(10), None);
        assert!(!plan.is_finished());
    }

    #[test]
    fn pages_are_prefetched_up_to_the_total_and_again_after_one_of_another_length() {
        let mut plan = plan(PaginationStyle::Offset);
        assert!(!plan.can_prefetch(), "no page has shown how long pages are");
        page(&mut plan, 10, Some(40));
        let ahead: Vec<PageRequest> = std::iter::from_fn(|| plan.take_next()).collect();
        assert_eq!(ahead.iter().map(|page| page.start).collect::<Vec<_>>(), [10, 20, 30]);
        assert!(plan.receive(&ahead[0], 10, Some(40), None));
        // Shorter: the pages after it were requested at the wrong positions.
        assert!(!plan.receive(&ahead[1], 7, Some(40), None));
        assert_eq!(plan.take_next().unwrap().start, 27);
    }

    #[test]
    fn cursors_come_from_the_page_and_may_not_repeat() {
        let mut plan = plan(PaginationStyle::Cursor);
        for cursor in ["a", "b"] {
            let request = plan.take_next().unwrap();
            plan.receive(&request, 10, None, Some(cursor.to_owned()));
            assert!(!plan.is_repeated_cursor());
        }
        let request = plan.take_next().unwrap();
        assert_eq!(request.cursor.as_deref(), Some("b"));
        plan.receive(&request, 10, None, Some("a".to_owned()));
        assert!(plan.is_repeated_cursor());
        let request = plan.take_next().unwrap();
        plan.receive(&request, 10, None, None);
        assert!(plan.is_finished());
    }

    #[test]
    fn a_single_response_with_a_larger_total_is_incomplete() {
        let mut plan = plan(PaginationStyle::Single);
        page(&mut plan, 10, Some(25));
        assert!(plan.is_incomplete() && plan.take_next().is_none());
    }

    #[test]
    fn the_page_far_beyond_the_end_fits_into_32_bits() {
        for style in [PaginationStyle::Offset, PaginationStyle::Page] {
            let mut plan = plan(style);
            let request = plan.take_next().unwrap();
            let far = plan.far_beyond_end(&request);
            assert!(far.start::<i32>().is_some() && far.start > 1_000_000, "{style:?}");
            let beyond = PageRequest { start: 3_000_000_000, ..request };
            assert_eq!(plan.far_beyond_end(&beyond).start, 6_000_000_000);
        }
    }
}
