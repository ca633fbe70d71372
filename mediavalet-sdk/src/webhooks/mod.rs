//! SkyHOOK, MediaValet's webhooks: what is delivered, and the handshake before it.
//!
//! Plain functions over bytes and headers, for any web server; `examples/webhook_axum.rs` is a whole one.
//!
//! ```
//! use mediavalet_sdk::webhooks::{Event, EventData};
//!
//! let body = br#"{"id": "1", "source": "library", "type": "Asset.StatusUpdated", "specversion": "1.0",
//!     "data": {"AssetId": "2", "Status": "Approved"}}"#;
//! let event = Event::parse(body)?;
//! match &event.data {
//!     EventData::AssetStatusUpdated(asset) => assert_eq!(asset.status.as_deref(), Some("Approved")),
//!     EventData::Unknown { kind, .. } => println!("something new: {kind}"),
//!     _ => {}
//! }
//! # Ok::<(), mediavalet_sdk::webhooks::NotAnEvent>(())
//! ```
//!
//! # What is known
//! Deliveries are CloudEvents 1.0 in their structured JSON form. Nothing is promised about how often an
//! event comes: take it for at least once, and drop what has an [`id`](Event::id) that came before. No
//! signature is documented, so a delivery proves nothing: put a secret into the subscription's URL, and read
//! the asset through the API before acting on it.

mod event;
mod handshake;

// This module hides the generated one of the same name.
#[cfg(feature = "webhooks")]
pub use crate::generated::webhooks::*;

pub use event::{
    AssetAttributesAdded, AssetKeywordRemoved, AssetKeywordsAdded, AssetMediaFileAdded,
    AssetStatusUpdated, AssetVideoRenditionsAdded, AudioTrack, CategoryAssetUnassigned,
    CategoryAssetsAssigned, ChangedAttribute, Codec, Event, EventData, Keyword, KeywordGroup,
    NotAnEvent, VideoRendition,
};
pub use handshake::{Handshake, handshake};
