//! All assets that a search finds, including those beyond the offset at which MediaValet's lists
//! end.
//!
//! | State | What happens |
//! |---|---|
//! | offset below the limit | the next page of the window, oldest asset first |
//! | offset at the limit | a new window: the question and `DateUploaded GE` the date of the last asset, offset 0 |
//! | page empty, or the window's count reached | the end |
//!
//! The new window begins with assets that the old one had, since several may have the same date; these
//! are skipped by their ids.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, SubsecRound, Utc};
use oneteg_http::{Error, ErrorKind, Page, PageRequest, Pager};
use tokio::sync::Mutex;

use crate::{
    Client, operations,
    search::{Filter, field},
    types::{Asset, AssetSearchRequest},
};

/// The offset at which MediaValet's lists and searches of assets end: no page may begin beyond it.
pub const OFFSET_LIMIT: u64 = 100_000;

/// The order that windows need. It is MediaValet's name of the field with the letter for ascending.
const OLDEST_FIRST: &str = "record.createdAt A";

impl Client {
    /// Begins a listing of all assets that a search finds, however many there are.
    ///
    /// A list or a search ends at an offset of [`OFFSET_LIMIT`]. This listing continues there with a search
    /// for what was uploaded since the last asset it has, and returns every asset once.
    ///
    /// ```no_run
    /// # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
    /// use mediavalet_sdk::search::{field, search};
    ///
    /// let question = search().filter(field("AssetType").eq("Image"));
    /// let mut assets = client.all_assets(question).pages().page_size(500);
    /// while let Some(asset) = assets.next().await {
    ///     println!("{}", asset?.title.unwrap_or_default());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn all_assets(&self, question: impl Into<AssetSearchRequest>) -> AllAssets<'_> {
        AllAssets { client: self, question: question.into(), offset_limit: OFFSET_LIMIT }
    }
}

/// A listing of all assets that a search finds. Made by [`Client::all_assets`].
#[derive(Debug, Clone)]
#[must_use = "the listing begins with `pages`"]
pub struct AllAssets<'a> {
    client: &'a Client,
    question: AssetSearchRequest,
    offset_limit: u64,
}

impl<'a> AllAssets<'a> {
    /// The offset at or beyond which no page may begin; at least 1. Default: [`OFFSET_LIMIT`].
    pub fn offset_limit(mut self, offset: u64) -> Self {
        self.offset_limit = offset;
        self
    }

    /// The assets as a stream, the oldest first. Page size, limits and prefetch are the pager's own.
    ///
    /// Assets that are added or deleted while they are listed may be missed, as with every paging by
    /// position. An asset counts as uploaded when it was created or later.
    ///
    /// # Errors
    /// Besides those of the call: [`ErrorKind::InvalidRequest`] when the search has an order, an offset or a
    /// count, or the limit is 0, and when the pager is to begin in the middle (a
    /// [`continuation`](Pager::continuation) cannot be resumed: add a filter on `DateUploaded` to the search
    /// instead); [`ErrorKind::Incomplete`] when the server does not keep the order or reports no dates, so
    /// that the listing cannot continue, or when more assets than the limit allows have the same second;
    /// [`ErrorKind::Cycle`] when it repeats what it has sent before.
    pub fn pages(self) -> Pager<'a, Asset> {
        let listing = Arc::new(Mutex::new(Listing::new(self)));
        Pager::new(&operations::SEARCH_ASSETS, move |page| {
            let listing = Arc::clone(&listing);
            async move { listing.lock().await.page(&page).await }
        })
    }
}

/// Where a listing is.
struct Listing<'a> {
    question: AllAssets<'a>,
    /// How many assets were yielded.
    given: u64,
    window: Window,
    /// The assets that a page could have again: the number of the window that had them first, and when
    /// they were uploaded.
    seen: HashMap<String, (u64, Option<DateTime<Utc>>)>,
    /// Of all assets, unless the count may be cut off at the limit.
    total: Option<u64>,
    ended: bool,
}

/// A search whose offset does not reach the limit.
#[derive(Default)]
struct Window {
    number: u64,
    /// Only what was uploaded since; `None` in the first window.
    since: Option<DateTime<Utc>>,
    /// How many assets the pages so far had, repeated ones too.
    offset: u64,
    created: Order,
    uploaded: Order,
}

/// Whether dates come in ascending order, and the last of them.
#[derive(Default)]
struct Order {
    last: Option<DateTime<Utc>>,
    broken: bool,
}

impl Order {
    fn note(&mut self, date: Option<DateTime<Utc>>) {
        // No date is less than any date.
        self.broken |= date < self.last;
        self.last = date;
    }

    fn kept(&self) -> Option<DateTime<Utc>> {
        self.last.filter(|_| !self.broken)
    }
}

impl<'a> Listing<'a> {
    fn new(question: AllAssets<'a>) -> Self {
        Self {
            question,
            given: 0,
            window: Window::default(),
            seen: HashMap::new(),
            total: None,
            ended: false,
        }
    }

    /// The next assets that were not yielded yet; none at the end.
    async fn page(&mut self, page: &PageRequest) -> Result<Page<Asset>, Error> {
        self.check(page)?;
        while !self.ended {
            if self.window.offset >= self.question.offset_limit {
                self.next_window()?;
            }
            let request = self.request(page)?;
            let asked = request.count.and_then(|count| usize::try_from(count).ok());
            let answer = self.question.client.search_assets(request).send().await?.into_inner();
            let found = answer.asset_count.and_then(|count| u64::try_from(count).ok());
            let assets = answer.assets.unwrap_or_default();
            let is_full = asked.is_some_and(|asked| assets.len() >= asked);
            let assets = self.take(assets, is_full, found)?;
            if !assets.is_empty() {
                self.given += assets.len() as u64;
                return Ok(Page::new(assets).total(self.total));
            }
        }
        Ok(Page::new(Vec::new()))
    }

    fn check(&self, page: &PageRequest) -> Result<(), Error> {
        let refused = |message: &str| Err(Error::new(ErrorKind::InvalidRequest, message));
        let question = &self.question.question;
        if question.sort.is_some() || question.offset.is_some() || question.count.is_some() {
            return refused(
                "the question has an order or a page; a listing of all assets needs its own order, so \
                 leave them out and set the size of pages on the pager",
            );
        }
        if self.question.offset_limit == 0 {
            return refused("the offset limit is 0, but must be at least 1");
        }
        // With pages fetched ahead, one may turn out to begin elsewhere; the pager drops it and asks again.
        if page.start::<u64>() != Some(self.given) {
            return refused(
                "a listing of all assets cannot begin in its middle; add a filter on `DateUploaded` to \
                 the question",
            );
        }
        Ok(())
    }

    fn request(&self, page: &PageRequest) -> Result<AssetSearchRequest, Error> {
        let mut request = self.question.question.clone();
        let left = self.question.offset_limit - self.window.offset;
        let offset = i32::try_from(self.window.offset);
        request.offset = Some(offset.map_err(|_| {
            Error::new(ErrorKind::InvalidRequest, "the offset limit is above 2,147,483,647")
        })?);
        // What lies beyond the limit may not be had.
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

    /// Notes what a page had, and leaves out what an earlier one had.
    fn take(
        &mut self,
        assets: Vec<Asset>,
        is_full: bool,
        found: Option<u64>,
    ) -> Result<Vec<Asset>, Error> {
        let window = &mut self.window;
        let before = window.offset;
        window.offset += assets.len() as u64;
        // At the limit, the count may be no more than it.
        let whole = found.filter(|found| *found != self.question.offset_limit);
        if window.number == 0 {
            self.total = whole;
        }
        let reaches = |offset| whole.is_some_and(|found| offset >= found);
        // Some counts are capped, or count the page: behind a full page it is looked whether there is more.
        self.ended = assets.is_empty() || !is_full && reaches(window.offset);
        let (mut fresh, mut old) = (Vec::new(), 0);
        for asset in assets {
            let (created, uploaded) = dates(&asset);
            window.created.note(created);
            window.uploaded.note(uploaded);
            if uploaded.zip(window.since).is_some_and(|(uploaded, since)| uploaded < since) {
                return Err(incomplete("the server does not filter by `DateUploaded`"));
            }
            let known = asset.id.as_ref().and_then(|id| self.seen.get(id));
            match known {
                Some((number, _)) => old += usize::from(*number == window.number),
                None => {
                    if let Some(id) = &asset.id {
                        self.seen.insert(id.clone(), (window.number, uploaded));
                    }
                    fresh.push(asset);
                }
            }
        }
        if fresh.is_empty() && old > 0 && reaches(before) {
            // The server does not look at the offset, and the count was right.
            self.ended = true;
        } else if fresh.is_empty() && old > 0 {
            let message = "the server sent the same assets again, so the listing would never end";
            return Err(Error::new(ErrorKind::Cycle, message));
        }
        Ok(fresh)
    }

    /// Continues after the last asset of a window that is used up.
    fn next_window(&mut self) -> Result<(), Error> {
        let Window { created, uploaded, .. } = &self.window;
        let last = match (created.kept(), uploaded.kept()) {
            // An asset is uploaded when it is created or later, so the earlier date misses none.
            (Some(date), _) => Some(uploaded.last.map_or(date, |uploaded| uploaded.min(date))),
            // A server that knows one order only.
            (None, uploaded) => uploaded,
        };
        let since = last.ok_or_else(|| {
            incomplete("the server does not keep the order of the dates, or reports no dates")
        })?;
        // The filter may not know parts of a second; what it repeats for that is left out by its id.
        let since = since.trunc_subsecs(0);
        if self.window.since.is_some_and(|before| since <= before) {
            return Err(incomplete("more assets have the same date than a list can return"));
        }
        // What was uploaded before cannot come again.
        self.seen.retain(|_, (_, uploaded)| uploaded.is_none_or(|uploaded| uploaded >= since));
        let number = self.window.number + 1;
        self.window = Window { number, since: Some(since), ..Window::default() };
        Ok(())
    }
}

fn incomplete(why: &str) -> Error {
    let message = format!(
        "there are more assets than one list can have, and no place to continue at: {why}; narrow the \
         question with filters"
    );
    Error::new(ErrorKind::Incomplete, message)
}

/// When an asset was created and when its file was uploaded.
fn dates(asset: &Asset) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let recorded = asset.record.as_ref().and_then(|record| record.created_at);
    let uploaded = asset.file.as_ref().and_then(|file| file.uploaded_at);
    (recorded.or(asset.created_at), uploaded)
}
