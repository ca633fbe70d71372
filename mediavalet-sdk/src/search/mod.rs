//! Searching assets: words, filters and containers.
//!
//! ```no_run
//! # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
//! use mediavalet_sdk::search::{field, in_category, search};
//!
//! let pictures = field("AssetType").eq("Image").and(field("AverageRating").ge(4));
//! let newest = search()
//!     .text("harbour OR port*")
//!     .filter(pictures.and(field("Status").eq(0)))
//!     .within(in_category("7d4bd8b4-6b46-4a8b-9f0f-2d0fb1c1b1de"))
//!     .descending("record.createdAt")
//!     .page(0, 100);
//! let found = client.search_assets(newest).send().await?;
//! println!("{} assets", found.asset_count.unwrap_or_default());
//! # Ok(()) }
//! ```
//!
//! `list_assets`, which is also paged, takes the same filters.
//!
//! # What is known
//! The vendor documents the operators `AND` and `OR`, the comparisons, and these fields: `AssetType` (`Image`,
//! `Video`, `Audio`, `Adobe`, `Document`, `Other`), `Status` (0 approved, 2 pending approval, 5 rejected, 7
//! expired, 9 checked out), `AverageRating`, `CognitiveColor`, `CognitiveTextInImage`, `CreatedBy`,
//! `DateApproved`, `DateCheckedOut`, `DatePendingApproval`, `DateRejected`, `DateUploaded`, `File Extension`,
//! and attributes. Published client code also uses the asset type `File`, the status 10 (probably
//! soft-deleted), `FileExtension`, `DateSoftDeleted` and `DateExpired`.
//!
//! Strings are written in single quotes, as in the vendor's example for containers. A quote within a string is
//! doubled, which is an assumption; use [`Literal::raw`] to write a value differently.
//!
//! Fields to sort by are `record.createdAt`, `record.modifiedAt`, `title` and `file.fileName`. The search
//! string may also be `id:` with an asset's id, or, with `categories` among the [fields](Search::in_fields), a
//! path such as `parent>child`.
//!
//! Lists and searches end at an offset of 100,000; `Client::all_assets` continues beyond it.

mod filter;

#[cfg(feature = "assets")]
use crate::types::AssetSearchRequest;

pub use filter::{
    ContainerFilter, Field, Filter, Literal, directly_in_category, field, in_category, in_lightbox,
};

/// Returns words as a phrase, for [`Search::text`]: they must follow each other.
pub fn phrase(words: &str) -> String {
    // How a quote within a phrase is escaped is not documented.
    format!("\"{}\"", words.replace('"', " "))
}

/// Returns a search without conditions.
#[cfg(feature = "assets")]
pub fn search() -> Search {
    Search(AssetSearchRequest::default())
}

/// A search for assets: the body of `search_assets`. Made by [`search`].
#[cfg(feature = "assets")]
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a search does nothing until it is sent"]
pub struct Search(AssetSearchRequest);

#[cfg(feature = "assets")]
impl Search {
    /// Sets the words to search for. All must occur. `OR`, `NOT`, [phrases](phrase), and `*` before or after a
    /// word are supported.
    pub fn text(mut self, words: impl Into<String>) -> Self {
        self.0.search = Some(words.into());
        self
    }

    /// Sets the fields to search for the words: `title`, `description`, `fileName`, `keywords`, `categories`,
    /// `categoryNames`, `categoryAncestorNames`, `cognitiveTags`, `cognitiveTextInImage`,
    /// `cognitiveContentInDocument`, `videoIntelligence`, `faceRecognition`, and perhaps others.
    pub fn in_fields<F: AsRef<str>>(mut self, fields: impl IntoIterator<Item = F>) -> Self {
        let fields: Vec<F> = fields.into_iter().collect();
        let fields: Vec<&str> = fields.iter().map(AsRef::as_ref).collect();
        self.0.search_fields = Some(fields.join(","));
        self
    }

    /// Finds only assets that match a filter.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.0.filters = Some(filter.into());
        self
    }

    /// Finds only assets in a container.
    pub fn within(mut self, container: ContainerFilter) -> Self {
        self.0.containerfilter = Some(container.into());
        self
    }

    /// Sorts by a field, such as `record.createdAt` or `record.modifiedAt`, in descending order.
    pub fn descending(mut self, field: &str) -> Self {
        self.0.sort = Some(format!("{field} D"));
        self
    }

    /// Sorts by a field, in ascending order.
    pub fn ascending(mut self, field: &str) -> Self {
        self.0.sort = Some(format!("{field} A"));
        self
    }

    /// Requests one page: the index of its first asset, from 0, and the number of assets.
    pub fn page(mut self, offset: i32, count: i32) -> Self {
        self.0.offset = Some(offset);
        self.0.count = Some(count);
        self
    }
}

#[cfg(feature = "assets")]
impl From<Search> for AssetSearchRequest {
    fn from(search: Search) -> Self {
        search.0
    }
}

#[cfg(test)]
#[cfg(feature = "assets")]
mod tests {
    use super::*;

    fn body(search: Search) -> serde_json::Value {
        serde_json::to_value(AssetSearchRequest::from(search)).unwrap()
    }

    #[test]
    fn a_search_is_the_vendors_body() {
        let search = search()
            .text(phrase("old \"harbour"))
            .in_fields(["title", "keywords"])
            .filter(field("Status").eq(0))
            .within(in_lightbox("8"))
            .descending("record.createdAt")
            .page(50, 25);
        let expected = serde_json::json!({
            "search": "\"old  harbour\"", "searchFields": "title,keywords", "filters": "Status EQ 0",
            "containerfilter": "(LightboxIds/ANY(l: l EQ '8'))", "sort": "record.createdAt D",
            "offset": 50, "count": 25,
        });
        assert_eq!(body(search), expected);
    }

    #[test]
    fn a_search_sends_only_what_is_set() {
        assert_eq!(body(search()), serde_json::json!({}));
        let sorted = search().descending("title").ascending("record.modifiedAt");
        assert_eq!(body(sorted), serde_json::json!({ "sort": "record.modifiedAt A" }));
    }
}
