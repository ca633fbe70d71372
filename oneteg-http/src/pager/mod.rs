//! Listings page by page, or item by item.
//!
//! # What generated code does
//! A list operation has `Operation::paged(Pagination::new(style, start, size, items, total))` in its
//! table and, beside `send`, one method. Its closure writes the page asked for to where
//! `Pagination::start` and `Pagination::size` point, sends, and reads what `items`, `total` (or, with
//! cursors, the next cursor) point to:
//!
//! ```ignore
//! pub fn pages(self) -> Pager<'a, Asset> {
//!     Pager::new(&GET_ASSETS_BY_QUERY, move |page| {
//!         let mut request = self.clone();                      // the operation's builder: `Clone`
//!         let at = request.options.get_or_insert_default().page.get_or_insert_default();
//!         (at.start_index, at.size) = (page.start(), page.size());        // `Option<integer>` members
//!         async move {
//!             let answer = request.send().await?.into_inner();
//!             Ok(Page::new(answer.results).total(answer.size))
//!         }
//!     })
//! }
//! ```
//!
//! - `page.start()` and `page.size()` give `Option<N>` for any integer type `N`. With
//!   `PaginationStyle::Cursor` it is `page.cursor()`, an `Option<String>`, in place of `start`.
//! - [`Page::new`] takes `Vec<T>` or `Option<Vec<T>>`; `T` is `Serialize`, which the cycle guard needs.
//! - [`Page::total`] takes any integer or an `Option` of one; leave it out where `total` is empty.
//! - With cursors: `.next(answer.next_cursor)`, a `String` or an `Option<String>`.
//! - Where the answer is the array itself (`items` is empty): `Page::new(answer)`.
//! - An operation that answers the whole list at once is `PaginationStyle::Single` and ignores `page`.
//! - The future must be `Send`. It may borrow the client; the pager has the client's lifetime.

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
use cycle::Guard;
use futures_core::Stream;
use futures_util::stream::FuturesOrdered;
use oneteg_auth::BoxFuture;
pub use page::{IntoTotal, Page, PageRequest};
use plan::Plan;

use crate::{Error, Operation, PaginationStyle};

type Fetch<'a, T> =
    Arc<dyn Fn(PageRequest) -> BoxFuture<'a, Result<Page<T>, Error>> + Send + Sync + 'a>;
type Fetching<'a, T> = BoxFuture<'a, (PageRequest, Result<Page<T>, Error>)>;

/// A listing: a stream of its items, fetched page by page as they are asked for.
///
/// An error ends the stream; [`continuation`](Self::continuation) returns where to resume. A server that
/// repeats a cursor, or sends the same page whatever position is requested, would be listed forever: that is
/// [`ErrorKind::Cycle`](crate::ErrorKind::Cycle). Pages that merely look alike are listed: after three in a
/// row that were seen before, a page far beyond the end is requested, which a server that honours positions
/// does not have.
///
/// A total that the server reports ends the listing, but is verified: a full page that ends at it is followed
/// by one more request, and items there prove it wrong.
///
/// Dropping any of its futures loses nothing. Items that change places while they are listed may be
/// missed or come twice, as with every paging by position.
pub struct Pager<'a, T> {
    operation: &'static Operation,
    fetch: Fetch<'a, T>,
    plan: Plan,
    prefetch: usize,
    items_left: Option<u64>,
    pages_left: Option<u64>,
    fetching: FuturesOrdered<Fetching<'a, T>>,
    guard: Guard,
    /// A page that was seen before, until the page far beyond the end decides about it.
    doubt: Option<Doubt<'a, T>>,
    /// The items of the page that is being read.
    items: VecDeque<T>,
    /// Where that page is, for a continuation from its middle.
    reading: Option<Reading>,
    /// Items to leave out of the next page, which a continuation says were read before.
    skip: usize,
    ended: bool,
}

struct Doubt<'a, T> {
    request: PageRequest,
    page: Page<T>,
    /// Whether it is the first one that repeats, at a position beyond the total.
    beyond: bool,
    far: BoxFuture<'a, Result<Page<T>, Error>>,
}

struct Reading {
    at: PageRequest,
    before: Option<u64>,
    taken: u64,
    length: u64,
}

impl<'a, T: Send + 'a> Pager<'a, T> {
    /// A pager for an operation, from a function that fetches one page.
    pub fn new<F, A>(operation: &'static Operation, fetch: F) -> Self
    where
        F: Fn(PageRequest) -> A + Send + Sync + 'a,
        A: Future<Output = Result<Page<T>, Error>> + Send + 'a,
    {
        Self {
            operation,
            fetch: Arc::new(move |request| Box::pin(fetch(request))),
            plan: Plan::new(operation),
            prefetch: 0,
            items_left: None,
            pages_left: None,
            fetching: FuturesOrdered::new(),
            guard: Guard::new(),
            doubt: None,
            items: VecDeque::new(),
            reading: None,
            skip: 0,
            ended: false,
        }
    }

    /// How many items a page is asked to have. Default: 100. Servers may give fewer.
    #[must_use]
    pub fn page_size(mut self, items: u64) -> Self {
        self.plan.set_size(items.max(1));
        self
    }

    /// Begins at this item (or page, where the operation counts pages) instead of the first.
    #[must_use]
    pub fn start(mut self, start: u64) -> Self {
        self.plan.set_start(start);
        self
    }

    /// Asks for pages by position with query parameters of these names. For operations whose answer tells
    /// of more items than it has, while the vendor does not document how to ask for them; others know
    /// their parameters and ignore it.
    #[must_use]
    pub fn by_offset(mut self, start: impl Into<String>, size: impl Into<String>) -> Self {
        let style = self.operation.pagination.map_or(PaginationStyle::Single, |pages| pages.style);
        if style == PaginationStyle::Single {
            self.plan.by_offset(start.into(), size.into());
        }
        self
    }

    /// How many pages are fetched ahead of the one that is read, at the same time. Default: 0.
    ///
    /// It begins once the first page has shown how long pages are. Pages are fetched while the pager is
    /// waited on, not in the background. It has no effect with cursors, where only a page tells the next.
    #[must_use]
    pub fn prefetch(mut self, pages: usize) -> Self {
        self.prefetch = pages;
        self
    }

    /// The most items that are listed. Default: all.
    #[must_use]
    pub fn limit(mut self, items: u64) -> Self {
        self.items_left = Some(items);
        self
    }

    /// The most pages that are fetched. Default: all.
    #[must_use]
    pub fn max_pages(mut self, pages: u64) -> Self {
        self.pages_left = Some(pages);
        self
    }

    /// Goes on where another pager of the same operation with the same arguments was, perhaps in
    /// another process. Sizes and limits are this pager's own, but for the page's size.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) when the continuation belongs to
    /// another operation.
    pub fn resume(mut self, from: Continuation) -> Result<Self, Error> {
        if from.operation != self.operation.id {
            let message = format!("the continuation is of `{}`", from.operation);
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

    /// Where the listing is: after the last item that was given out. Serialisable.
    pub fn continuation(&self) -> Continuation {
        let (at, before, taken) = match &self.reading {
            // Also when a limit cut the page short.
            Some(reading) if reading.taken < reading.length => {
                (&reading.at, reading.before, reading.taken)
            }
            _ => (self.plan.next_to_read(), self.plan.last_page(), self.skip as u64),
        };
        let read = self.reading.as_ref().is_none_or(|page| page.taken == page.length);
        let ended = read && self.plan.is_finished();
        Continuation::new(self.operation.id, at, before, taken, ended)
    }

    /// The listing with its items changed into something else.
    #[must_use]
    pub fn map<U, F>(self, change: F) -> Pager<'a, U>
    where
        U: Send + 'a,
        F: Fn(T) -> U + Send + Sync + 'a,
        T: 'a,
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
            reading: self.reading,
            skip: self.skip,
            ended: self.ended,
        }
    }

    /// The number of all items, where the server told it.
    pub fn total(&self) -> Option<u64> {
        self.plan.total()
    }

    /// The next item, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        std::future::poll_fn(|context| self.poll_item(context)).await
    }

    /// The rest of the page being read, or the next page; `None` at the end. No page is empty.
    pub async fn next_page(&mut self) -> Option<Result<Vec<T>, Error>> {
        std::future::poll_fn(|context| self.poll_page(context)).await
    }

    /// All items that are left.
    ///
    /// # Errors
    /// The first error of a page; what came before it is lost.
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(page) = self.next_page().await {
            all.extend(page?);
        }
        Ok(all)
    }

    /// The listing as a stream of pages.
    pub fn into_pages(self) -> impl Stream<Item = Result<Vec<T>, Error>> + Send + 'a {
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
        if let (Some(_), Some(reading)) = (&item, &mut self.reading) {
            reading.taken += 1;
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
        if let Some(reading) = &mut self.reading {
            reading.taken += page.len() as u64;
        }
        Poll::Ready((!page.is_empty()).then_some(Ok(page)))
    }
}

impl<'a, T: Send + Unpin + 'a> Stream for Pager<'a, T> {
    type Item = Result<T, Error>;

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, Error>>> {
        self.get_mut().poll_item(context)
    }
}

impl<T> fmt::Debug for Pager<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager")
            .field("operation", &self.operation.id)
            .field("next", self.plan.next_to_read())
            .finish_non_exhaustive()
    }
}
