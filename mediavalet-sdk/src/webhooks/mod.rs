//! SkyHOOK, MediaValet's webhooks: reading deliveries, and responding to the handshake.
//!
//! The functions take bytes and headers, so they work with any web server; `examples/webhook_axum.rs` is a complete
//! one.
//!
//! | Request to the subscribed URL | Meaning | Respond with |
//! |---|---|---|
//! | `OPTIONS` with `WebHook-Request-Origin` | a sender asks whether it may deliver | the [`HandshakeResponse`] of [`handshake`] |
//! | `POST` | an event, or a list of events: [`Event::parse_all`] | 200 as soon as it is stored, 400 if it is not an event |
//! | `POST` with an [`id`](Event::id) that was delivered before | a repeated delivery | 200, and ignore it |
//!
//! ```
//! use mediavalet_sdk::webhooks::{Event, EventData};
//!
//! let body = br#"{"id": "1", "source": "library", "type": "Asset.StatusUpdated", "specversion": "1.0",
//!     "data": {"AssetId": "2", "Status": "Approved"}}"#;
//! let event = Event::parse(body)?;
//! match &event.data {
//!     EventData::AssetStatusUpdated(asset) => assert_eq!(asset.status.as_deref(), Some("Approved")),
//!     EventData::Unknown { kind, .. } => println!("unknown event: {kind}"),
//!     _ => {}
//! }
//! # Ok::<(), mediavalet_sdk::webhooks::ParseEventError>(())
//! ```
//!
//! # What is known
//! Deliveries are CloudEvents 1.0 in their structured JSON form. The vendor promises nothing about how often an event
//! is delivered: assume at least once, and ignore repeated ids. It documents no signature, so anyone who knows the URL
//! can send events: put a secret into the subscription's URL, and read the asset through the API before you act on an
//! event.

mod data;
mod event;
mod handshake;

// This module shadows the generated one of the same name, so it re-exports that.
#[cfg(feature = "webhooks")]
pub use crate::generated::webhooks::*;

pub use data::{
    AssetAttributesAdded, AssetKeywordRemoved, AssetKeywordsAdded, AssetMediaFileAdded,
    AssetStatusUpdated, AssetVideoRenditionsAdded, AudioCodec, AudioTrack, CategoryAssetUnassigned,
    CategoryAssetsAssigned, ChangedAttribute, EventData, EventKeyword, EventKeywordGroup,
    VideoRendition,
};
pub use event::{Event, ParseEventError};
pub use handshake::{HandshakeResponse, handshake};
