//! Which page comes after which.

use std::{collections::HashSet, sync::Arc};

use super::{Continuation, PageRequest, cycle::Kind};
use crate::{Operation, PaginationStyle};

const PAGE_SIZE: u64 = 100;

pub(super) struct Plan {
    style: PaginationStyle,
    /// The page after the last one that arrived.
    next_to_read: PageRequest,
    /// The page to ask for next, ahead of the former by what is under way; `None` at the end.
    next_to_ask: Option<PageRequest>,
    /// How many items pages have, as the last one showed: servers cap what is asked for.
    stride: Option<u64>,
    /// The most items a page had.
    fullest: u64,
    /// Whether the last page arrived.
    finished: bool,
    total: Option<u64>,
    /// Whether there were items beyond the total: it is capped, or counts the page.
    total_is_wrong: bool,
    /// What comes after the last prefetched page, whether the total allows requesting it or not.
    horizon: u64,
    seen_cursors: HashSet<String>,
    last_page: Option<u64>,
}

impl Plan {
    pub(super) fn new(operation: &Operation) -> Self {
        let style = operation.pagination.map_or(PaginationStyle::Single, |paging| paging.style);
        let start = u64::from(style == PaginationStyle::Page);
        let first = PageRequest { start, size: PAGE_SIZE, cursor: None, named: None };
        Self {
            style,
            next_to_ask: Some(first.clone()),
            next_to_read: first,
            stride: None,
            fullest: 0,
            finished: false,
            total: None,
            total_is_wrong: false,
            horizon: 0,
            seen_cursors: HashSet::new(),
            last_page: None,
        }
    }

    pub(super) fn set_size(&mut self, size: u64) {
        self.next_to_read.size = size;
        self.next_to_ask = Some(self.next_to_read.clone());
    }

    pub(super) fn set_start(&mut self, start: u64) {
        self.next_to_read.start = start;
        self.next_to_ask = Some(self.next_to_read.clone());
    }

    /// Asks for pages by position, with query parameters of these names.
    pub(super) fn by_offset(&mut self, start: String, size: String) {
        self.style = PaginationStyle::Offset;
        self.next_to_read.named = Some(Arc::new((start, size)));
        self.next_to_ask = self.next_to_ask.is_some().then(|| self.next_to_read.clone());
    }

    /// Whether there is more than the one answer had, and no way to ask for it.
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
        self.next_to_ask = (!from.ended).then(|| self.next_to_read.clone());
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

    /// Whether the last page that there is has arrived.
    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    pub(super) fn finish(&mut self) {
        self.finished = true;
        self.next_to_ask = None;
    }

    /// Whether pages can be asked for before the one in front of them came.
    pub(super) fn can_look_ahead(&self) -> bool {
        let counted = matches!(self.style, PaginationStyle::Offset | PaginationStyle::Page);
        counted && self.stride.is_some()
    }

    /// How many items the pages under way are expected to bring.
    pub(super) fn items_under_way(&self) -> u64 {
        let Some(ask) = &self.next_to_ask else { return u64::MAX };
        let ahead = ask.start.saturating_sub(self.next_to_read.start);
        match self.style {
            PaginationStyle::Page => ahead.saturating_mul(self.stride.unwrap_or(ask.size)),
            _ => ahead,
        }
    }

    /// The page to ask for, and moves on to the one after it.
    pub(super) fn take_next(&mut self) -> Option<PageRequest> {
        let request = self.next_to_ask.take()?;
        if self.can_look_ahead() {
            let stride = self.stride.unwrap_or(request.size);
            let (next, listed) = self.successor(&request, stride);
            self.horizon = next.start;
            // Ahead, the total is believed: whether the last page is full, only it can tell.
            self.next_to_ask = (!self.is_all(listed)).then_some(next);
        } else {
            self.horizon = u64::MAX;
        }
        Some(request)
    }

    /// Whether a page begins beyond the total.
    pub(super) fn is_behind_the_total(&self, request: &PageRequest, total: Option<u64>) -> bool {
        let counted = matches!(self.style, PaginationStyle::Offset | PaginationStyle::Page);
        let (_, before) = self.successor(request, 0);
        let total = total.or(self.total);
        counted && !self.total_is_wrong && total.is_some_and(|total| before >= total)
    }

    /// Requests again what is under way.
    pub(super) fn rewind(&mut self) {
        self.next_to_ask = (!self.finished).then(|| self.next_to_read.clone());
    }

    /// There are items beyond the total.
    pub(super) fn disprove_total(&mut self) {
        self.total_is_wrong = true;
    }

    /// A page far beyond any end, which a server that honours positions does not have. It still fits into 32
    /// bits, as the item that it would begin with does.
    pub(super) fn far_behind(&self, request: &PageRequest) -> PageRequest {
        const ITEMS: u64 = 1_000_000_000;
        let start = match self.style {
            PaginationStyle::Page => ITEMS / request.size.max(1),
            _ => ITEMS,
        };
        PageRequest { start: start.max(request.start.saturating_mul(2)), ..request.clone() }
    }

    /// How a page was requested, and whether it is as long as requested.
    pub(super) fn kind_of(&self, request: &PageRequest, items: u64) -> Kind {
        match self.style {
            PaginationStyle::Cursor => Kind::Cursor,
            _ if items >= request.size => Kind::Full,
            _ => Kind::Short,
        }
    }

    /// Notes what a page had. Whether the pages that were asked for since are the right ones.
    pub(super) fn arrived(
        &mut self,
        request: &PageRequest,
        items: u64,
        total: Option<u64>,
        next: Option<String>,
    ) -> bool {
        self.total = total.or(self.total);
        // Servers cap what is asked for: another page as long as those before may be as full as they get.
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
                self.next_to_ask = next;
                return true;
            }
            PaginationStyle::Offset | PaginationStyle::Page => {}
        }
        let (next, listed) = self.successor(request, items);
        let asked_ahead = stride.is_some() && self.horizon != next.start;
        // What ends a listing is the total and a page that has room left: totals are capped, and some count
        // the page. A page that is shorter than asked for says nothing alone: servers cap sizes, and leave out
        // what may not be seen.
        let next = (is_full || !self.is_all(listed)).then_some(next);
        self.finished = next.is_none();
        if let Some(next) = &next {
            self.next_to_read = next.clone();
        }
        // The first page: nothing was asked for ahead of it. Pages that are counted stay where they are,
        // whatever they hold.
        let as_planned =
            stride.is_none() || stride == Some(items) || self.style == PaginationStyle::Page;
        if !asked_ahead || !as_planned || next.is_none() {
            self.next_to_ask = next;
        }
        as_planned
    }

    /// Whether a cursor was there before.
    pub(super) fn is_repeated_cursor(&self) -> bool {
        let next = self.next_to_ask.as_ref().and_then(|next| next.cursor.as_ref());
        next.is_some_and(|cursor| self.seen_cursors.contains(cursor))
    }

    /// The page after one with this many items, and how many items come before it.
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

    /// Whether this many items are all, according to the total.
    fn is_all(&self, listed: u64) -> bool {
        !self.total_is_wrong && self.total.is_some_and(|total| listed >= total)
    }
}
