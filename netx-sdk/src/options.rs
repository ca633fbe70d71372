//! Reading like the question: which page, in which order, which parts.

use crate::types::{DataSelector, Page, RequestOptions, Sort, SortOrder};

impl RequestOptions {
    /// Nothing asked for: the server's defaults, which are not documented.
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

    /// Asks for one page: the index of its first item, from 0, and how many items it has.
    #[must_use]
    pub fn page(mut self, start_index: i64, size: i64) -> Self {
        self.page = Some(Page { start_index, size });
        self
    }

    /// Asks for an order. Of the fields, `name` and `modDate` have been seen.
    #[must_use]
    pub fn sort_by(mut self, field: impl Into<String>, order: impl Into<SortOrder>) -> Self {
        self.sort = Some(Sort { field: field.into(), order: order.into() });
        self
    }

    /// Asks for these parts of each item, and no others. Include the `.id` of the object: results
    /// without one do not decode.
    #[must_use]
    pub fn select<S: Into<DataSelector>>(mut self, parts: impl IntoIterator<Item = S>) -> Self {
        self.data = Some(parts.into_iter().map(Into::into).collect());
        self
    }
}
