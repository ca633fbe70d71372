//! Fetching pages and judging them.

use std::task::{Context, Poll, ready};

use futures_util::{StreamExt, stream::FuturesOrdered};

use super::{Doubt, Page, PageRequest, Pager, Reading, cycle::Verdict};
use crate::{Error, ErrorKind};

impl<'a, T: Send + 'a> Pager<'a, T> {
    /// Gets the next page with items in it, unless the end is reached.
    pub(super) fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while self.items.is_empty() && !self.ended {
            if let Some(doubt) = &mut self.doubt {
                let far = ready!(doubt.far.as_mut().poll(context));
                if let Err(error) = self.settle(far) {
                    return Poll::Ready(Err(self.fail(error)));
                }
                continue;
            }
            if self.plan.is_repeated_cursor() {
                self.ended = true;
                let message = "the server gave a cursor again, so the listing would never end";
                let error = Error::new(ErrorKind::Cycle, message);
                return Poll::Ready(Err(error.with_operation(self.operation.id)));
            }
            if self.plan.is_incomplete() {
                self.ended = true;
                let message = "the server has more items than it gave, and no way to ask for them is \
                    documented; see `Pager::by_offset`";
                let error = Error::new(ErrorKind::Incomplete, message);
                return Poll::Ready(Err(error.with_operation(self.operation.id)));
            }
            self.send_ahead();
            let Some((request, page)) = ready!(self.fetching.poll_next_unpin(context)) else {
                self.ended = true;
                break;
            };
            let taken = match page {
                Ok(page) => self.take(request, page),
                // Some servers refuse a position behind the end, where we only look whether the total is right.
                Err(error)
                    if is_no_page(&error) && self.plan.is_behind_the_total(&request, None) =>
                {
                    self.finish();
                    Ok(())
                }
                Err(error) => Err(error),
            };
            if let Err(error) = taken {
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

    /// Keeps as many pages under way as may be.
    fn send_ahead(&mut self) {
        let window = if self.plan.can_look_ahead() { 1 + self.prefetch } else { 1 };
        while self.fetching.len() < window
            && self.pages_left.is_none_or(|left| left > self.fetching.len() as u64)
            && self.items_left.is_none_or(|left| self.plan.items_under_way() < left)
        {
            let Some(request) = self.plan.take_next() else { break };
            let page = (self.fetch)(request.clone());
            self.fetching.push_back(Box::pin(async move { (request, page.await) }));
        }
    }

    fn take(&mut self, request: PageRequest, page: Page<T>) -> Result<(), Error> {
        if page.items.is_empty() {
            self.finish();
            return Ok(());
        }
        let behind = self.plan.is_behind_the_total(&request, page.total);
        let repeated = self.guard.has_seen(page.fingerprint);
        let beyond = behind && repeated && !self.guard.is_repeating();
        let kind = self.plan.kind_of(&request, page.items.len() as u64);
        match self.guard.judge(page.fingerprint, kind) {
            Verdict::Cycle if !beyond => Err(never_ends()),
            Verdict::Fine if !(behind && repeated) => {
                if behind {
                    self.plan.disprove_total();
                }
                self.accept(request, page);
                Ok(())
            }
            Verdict::Doubt | Verdict::Fine | Verdict::Cycle => {
                let far = (self.fetch)(self.plan.far_behind(&request));
                self.doubt = Some(Doubt { request, page, beyond, far });
                Ok(())
            }
        }
    }

    /// What the page far beyond the end shows about the one that was seen before.
    fn settle(&mut self, far: Result<Page<T>, Error>) -> Result<(), Error> {
        let Some(Doubt { request, page, beyond, .. }) = self.doubt.take() else { return Ok(()) };
        match far {
            // The server does not look at positions, and the total was right.
            Ok(far) if !far.items.is_empty() && beyond => self.finish(),
            Ok(far) if !far.items.is_empty() => return Err(never_ends()),
            // Empty or refused. A failure says nothing; with more such pages it is asked again.
            _ => {
                if self.plan.is_behind_the_total(&request, page.total) {
                    self.plan.disprove_total();
                }
                self.accept(request, page);
            }
        }
        Ok(())
    }

    fn accept(&mut self, request: PageRequest, page: Page<T>) {
        let before = self.plan.last_page();
        let as_planned =
            self.plan.arrived(&request, page.items.len() as u64, page.total, page.next);
        if page.last {
            self.plan.finish();
        }
        if !as_planned || page.last {
            // Pages under way were asked for at positions that turned out wrong.
            self.fetching = FuturesOrdered::new();
        }
        self.plan.set_last_page(page.fingerprint);
        self.items = page.items.into();
        let length = self.items.len() as u64;
        let skipped = std::mem::take(&mut self.skip).min(self.items.len());
        self.items.drain(..skipped);
        self.reading = Some(Reading { at: request, before, taken: skipped as u64, length });
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

fn never_ends() -> Error {
    let message =
        "the server sends the same page whatever page is requested, so the listing would never end";
    Error::new(ErrorKind::Cycle, message)
}

/// Whether a refusal means that there is no such page.
fn is_no_page(error: &Error) -> bool {
    matches!(error.status().map(|status| status.as_u16()), Some(400 | 404 | 410 | 416 | 422))
}
