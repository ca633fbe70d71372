//! Listing all assets that a search finds, including those beyond the largest offset of MediaValet's lists.
//!
//! The listing reads the search in windows that stay below that offset, oldest asset first:
//!
//! | State | Action | Next state |
//! |---|---|---|
//! | offset below the limit | request the next page of the window | same window, or ended |
//! | offset at the limit | restart the search at offset 0 with `DateUploaded GE` the date of the last asset | next window |
//! | page empty, or short and the count reached | | ended |
//! | order broken, no dates, or the date did not advance | | failed: `Incomplete` |
//!
//! A window begins with assets of the previous one, since several may have the same date. They are skipped
//! by their ids.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, SubsecRound, Utc};
use oneteg_http::{Error, ErrorKind, Page, PageRequest, Pager};
use tokio::sync::Mutex;

use crate::{
    Client, operations,
    search::{Filter, field},
    types::{Asset, AssetSearchRequest},
};

/// The offset at which MediaValet's lists and searches of assets end: no page may start beyond it.
pub const OFFSET_LIMIT: u64 = 100_000;

/// The order that windows need: the vendor's name of the field, and `A` for ascending.
const OLDEST_FIRST: &str = "record.createdAt A";

impl Client {
    /// Returns a builder for a listing of all assets that a search finds, however many there are.
    ///
    /// A list or a search ends at an offset of [`OFFSET_LIMIT`]. This listing continues there with a search
    /// for assets uploaded since the last one, and returns each asset once.
    ///
    /// ```no_run
    /// # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
    /// use mediavalet_sdk::search::{field, search};
    ///
    /// let images = search().filter(field("AssetType").eq("Image"));
    /// let mut assets = client.all_assets(images).pages().page_size(500);
    /// while let Some(asset) = assets.next().await {
    ///     println!("{}", asset?.title.unwrap_or_default());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn all_assets(&self, search: impl Into<AssetSearchRequest>) -> AllAssets {
        AllAssets { client: self.clone(), search: search.into(), offset_limit: OFFSET_LIMIT }
    }
}

/// Builder for a listing of all assets that a search finds. Made by [`Client::all_assets`].
#[derive(Debug, Clone)]
#[must_use = "call `pages` to start the listing"]
pub struct AllAssets {
    client: Client,
    search: AssetSearchRequest,
    offset_limit: u64,
}

impl AllAssets {
    /// Sets the offset at or beyond which no page may start; at least 1. Default: [`OFFSET_LIMIT`].
    pub fn offset_limit(mut self, offset: u64) -> Self {
        self.offset_limit = offset;
        self
    }

    /// Returns the assets as a stream, oldest first. Set page size, limit and prefetch on the pager.
    ///
    /// As with all paging by position, assets that are added or deleted during the listing may be missed. The
    /// listing assumes that an asset is not uploaded before it is created.
    ///
    /// # Errors
    /// Besides those of every call:
    /// - [`ErrorKind::InvalidRequest`] if the search sets an order, an offset or a count, if the limit is 0, or if
    ///   the pager does not start at the beginning. A [`continuation`](Pager::continuation) cannot be resumed;
    ///   filter by `DateUploaded` instead.
    /// - [`ErrorKind::Incomplete`] if the listing cannot continue: the server ignores the order, reports no
    ///   dates, or more assets than the limit have the same date.
    /// - [`ErrorKind::Cycle`] if the server sends the same assets again.
    pub fn pages(self) -> Pager<Asset> {
        let listing = Arc::new(Mutex::new(Listing::new(self)));
        Pager::new(&operations::SEARCH_ASSETS, move |page| {
            let listing = Arc::clone(&listing);
            async move { listing.lock().await.page(&page).await }
        })
    }
}

/// The position of a listing.
struct Listing {
    settings: AllAssets,
    /// How many assets were yielded.
    yielded: u64,
    window: Window,
    /// The assets that may be sent again: the window that had them first, and when they were uploaded.
    seen: HashMap<String, (u64, Option<DateTime<Utc>>)>,
    /// The number of all assets; unknown if the count may be capped at the limit.
    total: Option<u64>,
    ended: bool,
}

/// A search whose offset does not reach the limit.
#[derive(Debug, Default)]
struct Window {
    number: u64,
    /// The date from which on assets were uploaded; `None` in the first window.
    since: Option<DateTime<Utc>>,
    /// How many assets the pages so far had, including repeated ones.
    offset: u64,
    created: DateOrder,
    uploaded: DateOrder,
}

impl Window {
    /// The window that continues after the last asset of this one.
    fn next(&self) -> Result<Self, Error> {
        let last = match (self.created.last_in_order(), self.uploaded.last_in_order()) {
            // An asset is not uploaded before it is created, so the earlier date misses none.
            (Some(date), _) => Some(self.uploaded.last.map_or(date, |uploaded| uploaded.min(date))),
            // The server ignores the requested order, but lists by upload.
            (None, uploaded) => uploaded,
        };
        let since = last.ok_or_else(|| {
            incomplete("the server does not return the assets in order of their dates")
        })?;
        // The filter may ignore fractions of a second. Assets that are repeated because of this are skipped.
        let since = since.trunc_subsecs(0);
        if self.since.is_some_and(|before| since <= before) {
            return Err(incomplete("more assets have the same date than one list can return"));
        }
        Ok(Self { number: self.number + 1, since: Some(since), ..Self::default() })
    }
}

/// Whether dates came in ascending order, and the last of them.
#[derive(Debug, Default)]
struct DateOrder {
    last: Option<DateTime<Utc>>,
    broken: bool,
}

impl DateOrder {
    fn record(&mut self, date: Option<DateTime<Utc>>) {
        // `None` is less than any date, so a missing date after a date breaks the order.
        self.broken |= date < self.last;
        self.last = date;
    }

    fn last_in_order(&self) -> Option<DateTime<Utc>> {
        self.last.filter(|_| !self.broken)
    }
}

impl Listing {
    fn new(settings: AllAssets) -> Self {
        Self {
            settings,
            yielded: 0,
            window: Window::default(),
            seen: HashMap::new(),
            total: None,
            ended: false,
        }
    }

    /// Returns the next assets that were not yielded yet; none at the end.
    async fn page(&mut self, page: &PageRequest) -> Result<Page<Asset>, Error> {
        self.check(page)?;
        while !self.ended {
            if self.window.offset >= self.settings.offset_limit {
                self.next_window()?;
            }
            let request = self.request(page)?;
            let requested = request.count.and_then(|count| usize::try_from(count).ok());
            let response = self.settings.client.search_assets(request).send().await?.into_inner();
            let found = response.asset_count.and_then(|count| u64::try_from(count).ok());
            let assets = response.assets.unwrap_or_default();
            let is_full = requested.is_some_and(|requested| assets.len() >= requested);
            let assets = self.take_new(assets, is_full, found)?;
            if !assets.is_empty() {
                self.yielded += assets.len() as u64;
                return Ok(Page::new(assets).total(self.total));
            }
        }
        Ok(Page::new(Vec::new()))
    }

    fn check(&self, page: &PageRequest) -> Result<(), Error> {
        let refused = |message: &str| Err(Error::new(ErrorKind::InvalidRequest, message));
        let search = &self.settings.search;
        if search.sort.is_some() || search.offset.is_some() || search.count.is_some() {
            return refused(
                "the search sets an order or a page; leave them out, since a listing of all assets needs \
                 its own order, and set the page size on the pager",
            );
        }
        if self.settings.offset_limit == 0 {
            return refused("the offset limit is 0; set at least 1");
        }
        // With prefetch, a page may turn out to start elsewhere; the pager then drops it and requests it again.
        if page.start::<u64>() != Some(self.yielded) {
            return refused(
                "a listing of all assets can only start at its beginning; add a filter on `DateUploaded` \
                 to the search",
            );
        }
        Ok(())
    }

    fn request(&self, page: &PageRequest) -> Result<AssetSearchRequest, Error> {
        let mut request = self.settings.search.clone();
        let left = self.settings.offset_limit - self.window.offset;
        let offset = i32::try_from(self.window.offset);
        request.offset = Some(offset.map_err(|_| {
            Error::new(
                ErrorKind::InvalidRequest,
                "the offset limit is above 2,147,483,647; set a smaller one",
            )
        })?);
        // A page may not reach beyond the limit.
        request.count = i32::try_from(page.size().unwrap_or(left).min(left)).ok();
        request.sort = Some(OLDEST_FIRST.to_owned());
        if let Some(since) = self.window.since {
            let newer = field("DateUploaded").ge(since);
            let filter = match request.filters.take() {
                Some(given) if !given.trim().is_empty() => Filter::raw(given).and(newer),
                _ => newer,
            };
            request.filters = Some(filter.into());
        }
        Ok(request)
    }

    /// Records the assets of a page, and returns those that no earlier page had.
    fn take_new(
        &mut self,
        assets: Vec<Asset>,
        is_full: bool,
        found: Option<u64>,
    ) -> Result<Vec<Asset>, Error> {
        let window = &mut self.window;
        let page_offset = window.offset;
        window.offset += assets.len() as u64;
        // A count that equals the limit may be capped.
        let reliable_count = found.filter(|found| *found != self.settings.offset_limit);
        if window.number == 0 {
            self.total = reliable_count;
        }
        let is_end = |offset| reliable_count.is_some_and(|count| offset >= count);
        // Other counts may be capped, too, or count the page, so a full page is never taken for the last.
        self.ended = assets.is_empty() || !is_full && is_end(window.offset);
        // Assets of an earlier window are expected again; of the same window, they are a fault of the server.
        let (mut new, mut repeated) = (Vec::new(), 0);
        for asset in assets {
            let (created, uploaded) = dates(&asset);
            window.created.record(created);
            window.uploaded.record(uploaded);
            if uploaded.zip(window.since).is_some_and(|(uploaded, since)| uploaded < since) {
                return Err(incomplete("the server does not filter by `DateUploaded`"));
            }
            match self.seen.get(&asset.id) {
                Some((number, _)) => repeated += usize::from(*number == window.number),
                None => {
                    self.seen.insert(asset.id.clone(), (window.number, uploaded));
                    new.push(asset);
                }
            }
        }
        if new.is_empty() && repeated > 0 && is_end(page_offset) {
            // The server ignores the offset, and the count was right.
            self.ended = true;
        } else if new.is_empty() && repeated > 0 {
            let message = "the server sent the same assets again, so the listing would never end; report \
                           it to the vendor";
            return Err(Error::new(ErrorKind::Cycle, message));
        }
        Ok(new)
    }

    fn next_window(&mut self) -> Result<(), Error> {
        self.window = self.window.next()?;
        // Assets uploaded before the window cannot be sent again.
        let since = self.window.since;
        self.seen.retain(|_, (_, uploaded)| uploaded.is_none() || *uploaded >= since);
        Ok(())
    }
}

fn incomplete(reason: &str) -> Error {
    let message = format!(
        "there are more assets than one list can return, and the listing cannot continue: {reason}; \
         narrow the search with filters"
    );
    Error::new(ErrorKind::Incomplete, message)
}

/// When an asset was created, and when its file was uploaded.
fn dates(asset: &Asset) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let recorded = asset.record.as_ref().and_then(|record| record.created_at);
    let uploaded = asset.file.as_ref().and_then(|file| file.uploaded_at);
    (recorded.or(asset.created_at), uploaded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(second, 500_000_000)
    }

    fn order(seconds: &[Option<i64>]) -> DateOrder {
        let mut order = DateOrder::default();
        seconds.iter().for_each(|date| order.record(date.and_then(second)));
        order
    }

    #[test]
    fn only_ascending_dates_are_in_order() {
        assert_eq!(order(&[Some(1), Some(1), Some(2)]).last_in_order(), second(2));
        assert_eq!(order(&[None, None, Some(2)]).last_in_order(), second(2));
        for broken in [&[Some(2), Some(1)][..], &[Some(1), None, Some(2)], &[Some(1), None], &[]] {
            assert_eq!(order(broken).last_in_order(), None, "{broken:?}");
        }
    }

    #[test]
    fn the_next_window_starts_at_the_earlier_date_in_whole_seconds() {
        let next = |created: &[Option<i64>], uploaded: &[Option<i64>], since| {
            let (created, uploaded) = (order(created), order(uploaded));
            Window { number: 3, since, offset: 9, created, uploaded }.next()
        };
        let window = next(&[Some(1), Some(5)], &[Some(9), Some(7)], None).unwrap();
        assert_eq!((window.number, window.offset), (4, 0));
        assert_eq!(window.since, DateTime::from_timestamp(5, 0));
        // An asset that was uploaded before it was created is not missed.
        let window = next(&[Some(5)], &[Some(4)], None).unwrap();
        assert_eq!(window.since, DateTime::from_timestamp(4, 0));
        let by_upload = next(&[Some(5), Some(1)], &[Some(6), Some(8)], None).unwrap();
        assert_eq!(by_upload.since, DateTime::from_timestamp(8, 0));
        for (created, since) in [(&[Some(5), Some(1)][..], None), (&[Some(5)][..], second(5))] {
            let error = next(created, &[None], since).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Incomplete);
        }
    }
}
