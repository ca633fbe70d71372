//! Setters of [`RequestOptions`]: which page, in which order, with which parts.

use crate::types::{DataSelector, Page, RequestOptions, Sort, SortOrder};

impl RequestOptions {
    /// No options: the server's defaults, which are not documented.
    ///
    /// ```
    /// use netx_sdk::types::{DataSelector, RequestOptions, SortOrder};
    ///
    /// let options = RequestOptions::new()
    ///     .page(0, 100)
    ///     .sort_by("name", SortOrder::Asc)
    ///     .select([DataSelector::AssetId, DataSelector::AssetBase]);
    /// assert_eq!(options.page.as_ref().map(|page| page.size), Some(100));
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Requests one page, by the index of its first item (from 0) and its number of items.
    #[must_use]
    pub fn page(mut self, start_index: i64, size: i64) -> Self {
        self.page = Some(Page::new(start_index, size));
        self
    }

    /// Requests an order. The fields `name` and `modDate` are known.
    #[must_use]
    pub fn sort_by(mut self, field: impl Into<String>, order: impl Into<SortOrder>) -> Self {
        self.sort = Some(Sort::new(field, order));
        self
    }

    /// Requests only these parts of each item. Include the `.id` of the object: items without an ID cannot be
    /// read.
    #[must_use]
    pub fn select<S: Into<DataSelector>>(mut self, parts: impl IntoIterator<Item = S>) -> Self {
        self.data = Some(parts.into_iter().map(Into::into).collect());
        self
    }
}
