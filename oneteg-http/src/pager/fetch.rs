//! Fetches pages, and decides whether their items are listed.

use std::task::{Context, Poll, ready};

use futures_util::{StreamExt, stream::FuturesOrdered};

use super::{CurrentPage, DoubtedPage, Page, PageRequest, Pager, cycle::CycleVerdict};
use crate::{Error, ErrorKind};

impl<T: Send + 'static> Pager<T> {
    /// Fetches the next page with items, unless the end is reached.
    pub(super) fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while self.items.is_empty() && !self.ended {
            if let Some(doubt) = &mut self.doubt {
                let far_page = ready!(doubt.far_page.as_mut().poll(context));
                if let Err(error) = self.settle_doubt(far_page) {
                    return Poll::Ready(Err(self.fail(error)));
                }
                continue;
            }
            if self.plan.is_repeated_cursor() {
                self.ended = true;
                let message = "the server repeated a cursor, so the listing would never end";
                let error = Error::new(ErrorKind::Cycle, message);
                return Poll::Ready(Err(error.with_operation(self.operation.id)));
            }
            if self.plan.is_incomplete() {
                self.ended = true;
                let message = "the server has more items than it sent, and no way to request them is \
                    documented; see `Pager::by_offset`";
                let error = Error::new(ErrorKind::Incomplete, message);
                return Poll::Ready(Err(error.with_operation(self.operation.id)));
            }
            self.start_requests();
            let Some((request, page)) = ready!(self.fetching.poll_next_unpin(context)) else {
                self.ended = true;
                break;
            };
            let received = match page {
                Ok(page) => self.receive(request, page),
                // Some servers refuse a position beyond the end, and this request only verifies the total.
                Err(error)
                    if means_no_page(&error) && self.plan.is_beyond_total(&request, None) =>
                {
                    self.finish();
                    Ok(())
                }
                Err(error) => Err(error),
            };
            if let Err(error) = received {
                return Poll::Ready(Err(self.fail(error)));
            }
        }
        Poll::Ready(Ok(()))
    }

    fn fail(&mut self, error: Error) -> Error {
        self.ended = true;
        self.fetching = FuturesOrdered::new();
        error.with_operation(self.operation.id)
    }

    fn finish(&mut self) {
        self.ended = true;
        self.plan.finish();
    }

    /// Requests pages up to the limits: one, or with prefetching several.
    fn start_requests(&mut self) {
        let window = if self.plan.can_prefetch() { 1 + self.prefetch } else { 1 };
        while self.fetching.len() < window
            && self.pages_left.is_none_or(|left| left > self.fetching.len() as u64)
            && self.items_left.is_none_or(|left| self.plan.items_requested() < left)
        {
            let Some(request) = self.plan.take_next() else { break };
            let page = (self.fetch)(request.clone());
            self.fetching.push_back(Box::pin(async move { (request, page.await) }));
        }
    }

    /// Decides about a page.
    ///
    /// | Beyond the total | Repeated | Verdict | Next |
    /// |---|---|---|---|
    /// | no | either | progress | the items are listed |
    /// | yes | no | progress | the total is wrong; the items are listed |
    /// | yes | yes | progress or doubt, or cycle at the first repetition | doubted: the server may ignore positions, and the total be right |
    /// | no | yes | doubt | doubted |
    /// | either | yes | cycle | failed |
    fn receive(&mut self, request: PageRequest, page: Page<T>) -> Result<(), Error> {
        if page.items.is_empty() {
            self.finish();
            return Ok(());
        }
        let is_beyond = self.plan.is_beyond_total(&request, page.total);
        let is_repeated = self.guard.has_seen(page.fingerprint);
        let is_first_beyond_total = is_beyond && is_repeated && !self.guard.is_repeating();
        let kind = self.plan.kind_of(&request, page.items.len() as u64);
        match self.guard.judge(page.fingerprint, kind) {
            CycleVerdict::Cycle if !is_first_beyond_total => Err(endless_listing()),
            CycleVerdict::Progress if !(is_beyond && is_repeated) => {
                if is_beyond {
                    self.plan.disprove_total();
                }
                self.accept(request, page);
                Ok(())
            }
            CycleVerdict::Doubt | CycleVerdict::Progress | CycleVerdict::Cycle => {
                let far_page = (self.fetch)(self.plan.far_beyond_end(&request));
                self.doubt = Some(DoubtedPage { request, page, is_first_beyond_total, far_page });
                Ok(())
            }
        }
    }

    /// Decides about a repeated page by the one far beyond the end.
    fn settle_doubt(&mut self, far_page: Result<Page<T>, Error>) -> Result<(), Error> {
        let Some(doubt) = self.doubt.take() else { return Ok(()) };
        let DoubtedPage { request, page, is_first_beyond_total, .. } = doubt;
        match far_page {
            // The server ignores positions, and the total was right.
            Ok(far) if !far.items.is_empty() && is_first_beyond_total => self.finish(),
            Ok(far) if !far.items.is_empty() => return Err(endless_listing()),
            // Empty or refused. A failure shows nothing; more repeated pages cause another request.
            _ => {
                if self.plan.is_beyond_total(&request, page.total) {
                    self.plan.disprove_total();
                }
                self.accept(request, page);
            }
        }
        Ok(())
    }

    /// Lists the items of a page.
    fn accept(&mut self, request: PageRequest, page: Page<T>) {
        let before = self.plan.last_page();
        let is_as_planned =
            self.plan.receive(&request, page.items.len() as u64, page.total, page.next);
        if page.last {
            self.plan.finish();
        }
        if !is_as_planned || page.last {
            // Pages under way were requested at positions that turned out wrong.
            self.fetching = FuturesOrdered::new();
        }
        self.plan.set_last_page(page.fingerprint);
        self.items = page.items.into();
        let length = self.items.len() as u64;
        let skipped = std::mem::take(&mut self.skip).min(self.items.len());
        self.items.drain(..skipped);
        self.current = Some(CurrentPage { request, before, taken: skipped as u64, length });
        if let Some(left) = &mut self.pages_left {
            *left -= 1;
        }
        if let Some(left) = &mut self.items_left {
            self.items.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= self.items.len() as u64;
            self.ended |= *left == 0;
        }
        self.ended |= self.pages_left == Some(0);
    }
}

fn endless_listing() -> Error {
    let message = "the server sends the same page whatever position is requested, so the listing would never end";
    Error::new(ErrorKind::Cycle, message)
}

/// Whether a refusal means that there is no such page.
fn means_no_page(error: &Error) -> bool {
    matches!(error.status().map(|status| status.as_u16()), Some(400 | 404 | 410 | 416 | 422))
}
