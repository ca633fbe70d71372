//! Subscriptions of webhooks.

use url::Url;

/// The documented events.
pub(crate) const EVENT_TYPES: [&str; 8] = [
    "Asset.StatusUpdated",
    "Asset.MediaFileAdded",
    "Category.AssetsAssigned",
    "Category.AssetUnassigned",
    "Asset.KeywordsAdded",
    "Asset.KeywordRemoved",
    "Asset.AttributesAdded",
    "Asset.VideoRenditionsAdded",
];

#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    /// Some of [`EVENT_TYPES`].
    pub(crate) events: Vec<String>,
    pub(crate) url: Url,
}
