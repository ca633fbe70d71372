//! Which page comes after which.

use std::{collections::HashSet, sync::Arc};

use super::{Continuation, PageRequest};
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
            self.next_to_ask = self.after(&request, self.stride.unwrap_or(request.size));
        }
        Some(request)
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
        let next = self.after(request, items);
        self.finished = next.is_none();
        if let Some(next) = &next {
            self.next_to_read = next.clone();
        }
        // The first page: nothing was asked for ahead of it. Pages that are counted stay where they are,
        // whatever they hold.
        let as_planned =
            stride.is_none() || stride == Some(items) || self.style == PaginationStyle::Page;
        if stride.is_none() || !as_planned || next.is_none() {
            self.next_to_ask = next;
        }
        as_planned
    }

    /// Whether a cursor was there before.
    pub(super) fn is_repeated_cursor(&self) -> bool {
        let next = self.next_to_ask.as_ref().and_then(|next| next.cursor.as_ref());
        next.is_some_and(|cursor| self.seen_cursors.contains(cursor))
    }

    /// The page after one with this many items, unless the total says that there is none. A page that is
    /// shorter than asked for says nothing: servers cap sizes, and leave out what may not be seen.
    fn after(&self, request: &PageRequest, items: u64) -> Option<PageRequest> {
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
        let more = self.total.is_none_or(|total| listed < total);
        more.then(|| PageRequest { start, ..request.clone() })
    }
}
