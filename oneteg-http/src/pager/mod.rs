//! Listings page by page, or item by item.
//!
//! # States of a listing
//! | State | Event | Next |
//! |---|---|---|
//! | fetching | a page with items | reading; ended after it, if [the plan](plan) finds that it is the last |
//! | fetching | a page without items | ended |
//! | fetching | a page that [was seen before](cycle) | reading, in doubt, or failed ([`ErrorKind::Cycle`]) |
//! | fetching | 400, 404, 410, 416 or 422 for a page beyond the total | ended: there is no such page |
//! | fetching | another error | failed |
//! | fetching | the next cursor was used before | failed ([`ErrorKind::Cycle`]) |
//! | fetching | the total is larger than the only page of an operation | failed ([`ErrorKind::Incomplete`]) |
//! | in doubt | a page far beyond the end has items | failed ([`ErrorKind::Cycle`]), or ended if only the total was doubted |
//! | in doubt | it has none, or is refused | reading |
//! | reading | the items of the page were read | fetching |
//! | reading | the limit of items or pages is reached | ended |
//!
//! A [`Continuation`] is the place after the last item that was returned, in any state. A failed listing yields no
//! more, and its continuation is where to retry.
//!
//! [`ErrorKind::Cycle`]: crate::ErrorKind::Cycle
//! [`ErrorKind::Incomplete`]: crate::ErrorKind::Incomplete
//!
//! # What generated code does
//! A list operation has `Operation::paged(Pagination::new(style, start, size, items, total))` in its table, and a
//! method `pages` next to `send`. Its closure sets the requested page where `Pagination::start` and
//! `Pagination::size` point, sends the request, and reads what `items` and `total` (or, with cursors, the next
//! cursor) point to:
//!
//! ```ignore
//! pub fn pages(self) -> Pager<Asset> {
//!     Pager::new(&GET_ASSETS_BY_QUERY, move |page| {
//!         let mut request = self.clone();                      // the operation's builder is `Clone`
//!         let at = request.options.get_or_insert_default().page.get_or_insert_default();
//!         (at.start_index, at.size) = (page.start(), page.size());        // `Option<integer>` members
//!         async move {
//!             let response = request.send().await?.into_inner();
//!             Ok(Page::new(response.results).total(response.size))
//!         }
//!     })
//! }
//! ```
//!
//! - `page.start()` and `page.size()` return `Option<N>` for any integer type `N`. With `PaginationStyle::Cursor`,
//!   `page.cursor()`, an `Option<String>`, replaces `start`.
//! - [`Page::new`] accepts `Vec<T>` or `Option<Vec<T>>`. `T` is `Serialize`, which cycle detection needs.
//! - [`Page::total`] accepts any integer, or an `Option` of one. It is omitted if `total` is empty.
//! - With cursors: `.next(response.next_cursor)`, a `String` or an `Option<String>`.
//! - If the response is the array itself (`items` is empty): `Page::new(response)`.
//! - An operation that returns the whole list at once is `PaginationStyle::Single`, and ignores `page`.
//! - Function and future are `Send` and `'static`: a request owns a clone of its runtime.

mod continuation;
mod cycle;
mod fetch;
mod page;
mod plan;

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

pub use continuation::Continuation;
use cycle::CycleGuard;
use futures_core::Stream;
use futures_util::stream::FuturesOrdered;
use oneteg_auth::BoxFuture;
pub use page::{IntoTotal, Page, PageRequest};
use plan::PagePlan;

use crate::{Error, Operation, PaginationStyle};

type FetchPage<T> =
    Arc<dyn Fn(PageRequest) -> BoxFuture<'static, Result<Page<T>, Error>> + Send + Sync>;
type PageFuture<T> = BoxFuture<'static, (PageRequest, Result<Page<T>, Error>)>;

/// A listing: a stream of items, fetched page by page on demand.
///
/// An error ends the stream; [`continuation`](Self::continuation) returns where to resume. A server that repeats a
/// cursor, or sends the same page whatever position is requested, would be listed forever: that fails with
/// [`ErrorKind::Cycle`](crate::ErrorKind::Cycle). Pages that merely look alike are listed: after three in a row
/// that were seen before, a page far beyond the end is requested, which a server that honours positions does not
/// have.
///
/// A total that the server reports ends the listing, but is verified: a full page that ends at the total is followed
/// by one more request, and items there prove the total wrong.
///
/// Dropping any of its futures loses nothing. Items that change places during the listing may be missed or listed
/// twice, as with any paging by position.
pub struct Pager<T> {
    operation: &'static Operation,
    fetch: FetchPage<T>,
    plan: PagePlan,
    prefetch: usize,
    items_left: Option<u64>,
    pages_left: Option<u64>,
    fetching: FuturesOrdered<PageFuture<T>>,
    guard: CycleGuard,
    /// A page that was seen before, until the page far beyond the end decides about it.
    doubt: Option<DoubtedPage<T>>,
    /// The unread items of the current page.
    items: VecDeque<T>,
    /// Where the current page is, for a continuation from its middle.
    current: Option<CurrentPage>,
    /// The number of items of the next page that were read before, according to a continuation.
    skip: usize,
    ended: bool,
}

struct DoubtedPage<T> {
    request: PageRequest,
    page: Page<T>,
    /// Whether it is the first repetition, and at a position beyond the total.
    is_first_beyond_total: bool,
    /// The page far beyond the end.
    far_page: BoxFuture<'static, Result<Page<T>, Error>>,
}

struct CurrentPage {
    request: PageRequest,
    /// The fingerprint of the page before it.
    before: Option<u64>,
    /// The number of items that were read.
    taken: u64,
    length: u64,
}

impl<T: Send + 'static> Pager<T> {
    /// A pager for an operation, from a function that fetches one page.
    pub fn new<F, A>(operation: &'static Operation, fetch: F) -> Self
    where
        F: Fn(PageRequest) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Page<T>, Error>> + Send + 'static,
    {
        Self {
            operation,
            fetch: Arc::new(move |request| Box::pin(fetch(request))),
            plan: PagePlan::new(operation),
            prefetch: 0,
            items_left: None,
            pages_left: None,
            fetching: FuturesOrdered::new(),
            guard: CycleGuard::new(),
            doubt: None,
            items: VecDeque::new(),
            current: None,
            skip: 0,
            ended: false,
        }
    }

    /// The number of items to request per page; 0 counts as 1. Default: 100. Servers may send fewer.
    #[must_use]
    pub fn page_size(mut self, items: u64) -> Self {
        self.plan.set_size(items.max(1));
        self
    }

    /// Starts at this item (or page, if the operation counts pages) instead of the first.
    #[must_use]
    pub fn start(mut self, start: u64) -> Self {
        self.plan.set_start(start);
        self
    }

    /// Requests pages by position, with query parameters of these names. For operations whose response reports more
    /// items than it has, while the vendor documents no way to request them. Operations with documented parameters
    /// ignore it.
    #[must_use]
    pub fn by_offset(mut self, start: impl Into<String>, size: impl Into<String>) -> Self {
        let style = self.operation.pagination.map_or(PaginationStyle::Single, |pages| pages.style);
        if style == PaginationStyle::Single {
            self.plan.by_offset(start.into(), size.into());
        }
        self
    }

    /// The number of pages to fetch ahead of the current one, at the same time. Default: 0.
    ///
    /// Prefetching begins when the first page has shown the length of pages. Pages are fetched while the pager is
    /// awaited, not in the background. It has no effect with cursors, because each page contains the next cursor.
    #[must_use]
    pub fn prefetch(mut self, pages: usize) -> Self {
        self.prefetch = pages;
        self
    }

    /// The maximum number of items to list. Default: all.
    #[must_use]
    pub fn limit(mut self, items: u64) -> Self {
        self.items_left = Some(items);
        self
    }

    /// The maximum number of pages to fetch. Default: all.
    #[must_use]
    pub fn max_pages(mut self, pages: u64) -> Self {
        self.pages_left = Some(pages);
        self
    }

    /// Resumes a listing of the same operation with the same arguments, even from another process. The page size is
    /// that of the continuation; limits and prefetching are those of this pager.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if the continuation belongs to another
    /// operation.
    pub fn resume(mut self, from: Continuation) -> Result<Self, Error> {
        if from.operation != self.operation.id {
            let message = format!("the continuation belongs to `{}`", from.operation);
            return Err(Error::invalid_request(message).with_operation(self.operation.id));
        }
        self.skip = usize::try_from(from.taken).unwrap_or(usize::MAX);
        if let Some(before) = from.before {
            self.guard.remember(before);
        }
        self.ended = from.ended;
        self.plan.resume(&from);
        Ok(self)
    }

    /// The place after the last item that was returned. Serialisable.
    pub fn continuation(&self) -> Continuation {
        let (request, before, taken) = match &self.current {
            // Also if a limit cut the page short.
            Some(current) if current.taken < current.length => {
                (&current.request, current.before, current.taken)
            }
            _ => (self.plan.next_to_read(), self.plan.last_page(), self.skip as u64),
        };
        let is_read = self.current.as_ref().is_none_or(|page| page.taken == page.length);
        let ended = is_read && self.plan.is_finished();
        Continuation::new(self.operation.id, request, before, taken, ended)
    }

    /// The listing with a function applied to each item.
    #[must_use]
    pub fn map<U, F>(self, change: F) -> Pager<U>
    where
        U: Send + 'static,
        F: Fn(T) -> U + Send + Sync + 'static,
    {
        let (fetch, change, mut plan) = (self.fetch, Arc::new(change), self.plan);
        if self.doubt.is_some() || !self.fetching.is_empty() {
            plan.rewind();
        }
        let items = self.items.into_iter().map(&*change).collect();
        Pager {
            operation: self.operation,
            fetch: Arc::new(move |request| {
                let (page, change) = (fetch(request), Arc::clone(&change));
                Box::pin(async move { Ok(page.await?.map(|item| change(item))) })
            }),
            plan,
            prefetch: self.prefetch,
            items_left: self.items_left,
            pages_left: self.pages_left,
            fetching: FuturesOrdered::new(),
            guard: self.guard,
            doubt: None,
            items,
            current: self.current,
            skip: self.skip,
            ended: self.ended,
        }
    }

    /// The number of all items, if the server reported it.
    pub fn total(&self) -> Option<u64> {
        self.plan.total()
    }

    /// The next item, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        std::future::poll_fn(|context| self.poll_item(context)).await
    }

    /// The next item, or `None` at the end. The same as [`next`](Self::next), for `?`:
    ///
    /// ```
    /// # async fn run(mut names: oneteg_http::Pager<String>) -> Result<(), oneteg_http::Error> {
    /// while let Some(name) = names.try_next().await? {
    ///     println!("{name}");
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The error of a page, which ends the listing.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        self.next().await.transpose()
    }

    /// The rest of the current page, or the next page; `None` at the end. No page is empty.
    pub async fn next_page(&mut self) -> Option<Result<Vec<T>, Error>> {
        std::future::poll_fn(|context| self.poll_page(context)).await
    }

    /// All remaining items.
    ///
    /// ```
    /// # async fn run(names: oneteg_http::Pager<String>) -> Result<(), oneteg_http::Error> {
    /// let first_hundred: Vec<String> = names.limit(100).all().await?;
    /// # let _ = first_hundred; Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The first error of a page; the items before it are lost.
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(page) = self.next_page().await {
            all.extend(page?);
        }
        Ok(all)
    }

    /// The listing as a stream of pages.
    pub fn into_pages(self) -> impl Stream<Item = Result<Vec<T>, Error>> + Send + 'static {
        futures_util::stream::unfold(self, |mut pager| async move {
            let page = pager.next_page().await?;
            Some((page, pager))
        })
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        if self.items.is_empty()
            && let Err(error) = ready!(self.poll_fill(context))
        {
            return Poll::Ready(Some(Err(error)));
        }
        let item = self.items.pop_front();
        if let (Some(_), Some(current)) = (&item, &mut self.current) {
            current.taken += 1;
        }
        Poll::Ready(item.map(Ok))
    }

    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Vec<T>, Error>>> {
        if self.items.is_empty()
            && let Err(error) = ready!(self.poll_fill(context))
        {
            return Poll::Ready(Some(Err(error)));
        }
        let page: Vec<T> = std::mem::take(&mut self.items).into();
        if let Some(current) = &mut self.current {
            current.taken += page.len() as u64;
        }
        Poll::Ready((!page.is_empty()).then_some(Ok(page)))
    }
}

impl<T: Send + Unpin + 'static> Stream for Pager<T> {
    type Item = Result<T, Error>;

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, Error>>> {
        self.get_mut().poll_item(context)
    }
}

impl<T> fmt::Debug for Pager<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager")
            .field("operation", &self.operation.id)
            .field("next", self.plan.next_to_read())
            .finish_non_exhaustive()
    }
}
