//! The data of the documented events.

use chrono::{DateTime, Utc};
use oneteg_http::codegen;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// What happened, and to what.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum EventData {
    /// `Asset.StatusUpdated`: the status of an asset changed.
    AssetStatusUpdated(AssetStatusUpdated),
    /// `Asset.MediaFileAdded`: the file of an asset, or of a new version, is available.
    AssetMediaFileAdded(AssetMediaFileAdded),
    /// `Category.AssetsAssigned`: assets were added to a category.
    CategoryAssetsAssigned(CategoryAssetsAssigned),
    /// `Category.AssetUnassigned`: an asset was removed from a category.
    CategoryAssetUnassigned(CategoryAssetUnassigned),
    /// `Asset.KeywordsAdded`: keywords were added to an asset.
    AssetKeywordsAdded(AssetKeywordsAdded),
    /// `Asset.KeywordRemoved`: a keyword was removed from an asset.
    AssetKeywordRemoved(AssetKeywordRemoved),
    /// `Asset.AttributesAdded`: attributes were set on an asset.
    AssetAttributesAdded(AssetAttributesAdded),
    /// `Asset.VideoRenditionsAdded`: renditions of a video are available.
    AssetVideoRenditionsAdded(Box<AssetVideoRenditionsAdded>),
    /// An event of another type, or one whose data is not as documented.
    Unknown {
        /// The event's type.
        kind: String,
        /// The raw data.
        data: Value,
    },
}

/// The documented events: their type names and their variants.
macro_rules! documented_events {
    ($($kind:literal => $variant:ident,)*) => {
        impl EventData {
            /// The type names of the documented events, such as `Asset.MediaFileAdded`.
            pub const KINDS: &'static [&'static str] = &[$($kind),*];

            pub(super) fn new(kind: String, data: Value) -> Self {
                fn read<T: DeserializeOwned>(data: &Value) -> Option<T> {
                    data.is_object().then(|| codegen::from_value(data).ok()).flatten()
                }
                // A sender that encodes the object as JSON twice sends a string.
                let data = match data.as_str().and_then(|json| codegen::any(json.as_bytes())) {
                    Some(inner) if inner.is_object() => inner,
                    _ => data,
                };
                let known = match &*kind {
                    $($kind => read(&data).map(Self::$variant),)*
                    _ => None,
                };
                known.unwrap_or(Self::Unknown { kind, data })
            }

            /// The type name of the event, such as `Asset.MediaFileAdded`: the `type` of its delivery.
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $kind,)*
                    Self::Unknown { kind, .. } => kind,
                }
            }
        }

        /// The data alone, as in a delivery, without the type name.
        impl Serialize for EventData {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(data) => data.serialize(serializer),)*
                    Self::Unknown { data, .. } => data.serialize(serializer),
                }
            }
        }
    };
}

documented_events! {
    "Asset.StatusUpdated" => AssetStatusUpdated,
    "Asset.MediaFileAdded" => AssetMediaFileAdded,
    "Category.AssetsAssigned" => CategoryAssetsAssigned,
    "Category.AssetUnassigned" => CategoryAssetUnassigned,
    "Asset.KeywordsAdded" => AssetKeywordsAdded,
    "Asset.KeywordRemoved" => AssetKeywordRemoved,
    "Asset.AttributesAdded" => AssetAttributesAdded,
    "Asset.VideoRenditionsAdded" => AssetVideoRenditionsAdded,
}

impl EventData {
    /// Returns the id of the asset, for events about one asset.
    pub fn asset_id(&self) -> Option<&str> {
        match self {
            Self::AssetStatusUpdated(data) => data.asset_id.as_deref(),
            Self::AssetMediaFileAdded(data) => data.asset_id.as_deref(),
            Self::CategoryAssetUnassigned(data) => data.asset_id.as_deref(),
            Self::AssetKeywordsAdded(data) => data.asset_id.as_deref(),
            Self::AssetKeywordRemoved(data) => data.asset_id.as_deref(),
            Self::AssetAttributesAdded(data) => data.asset_id.as_deref(),
            Self::AssetVideoRenditionsAdded(data) => data.asset_id.as_deref(),
            Self::CategoryAssetsAssigned(_) | Self::Unknown { .. } => None,
        }
    }
}

/// Defines the type of an event's data: every member is optional, unknown and unreadable ones are in `extra`.
macro_rules! event_data {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$field_doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
            /// Unknown members, and the raw values of the above that could not be read.
            #[serde(flatten, deserialize_with = "codegen::serde_with::extra::deserialize")]
            pub extra: Map<String, Value>,
        }
    )*};
}

event_data! {
    /// The status of an asset changed.
    AssetStatusUpdated {
        /// The id of the library.
        library_id: String,
        /// The id of the asset.
        asset_id: String,
        /// The id of the asset's current version.
        current_version: String,
        /// The file's name.
        file_name: String,
        /// The new status, such as `Approved`.
        status: String,
    }

    /// The file of an asset, or of a new version, is available.
    AssetMediaFileAdded {
        /// The id of the library.
        library_id: String,
        /// The id of the asset.
        asset_id: String,
        /// The number of the version.
        version: i64,
        /// The file's name.
        file_name: String,
        /// The file's length in bytes.
        file_size: i64,
        /// The reason, such as `FromUploadProcess`.
        reason: String,
        /// When the file was added.
        created_at: DateTime<Utc>,
        /// The URL of the file.
        media_file_blob_url: String,
    }

    /// Assets were added to a category.
    CategoryAssetsAssigned {
        /// The ids of the assets.
        asset_ids: Vec<String>,
        /// The id of the category.
        category_id: String,
        /// The id of the library.
        library_id: String,
        /// The category's name.
        name: String,
    }

    /// An asset was removed from a category.
    CategoryAssetUnassigned {
        /// The id of the asset.
        asset_id: String,
        /// The id of the category.
        category_id: String,
        /// The id of the library.
        library_id: String,
        /// The category's name.
        name: String,
    }

    /// Keywords were added to an asset.
    AssetKeywordsAdded {
        /// The id of the asset.
        asset_id: String,
        /// The id of the library.
        library_id: String,
        /// The keywords.
        keywords: Vec<EventKeyword>,
    }

    /// A keyword was removed from an asset.
    AssetKeywordRemoved {
        /// The id of the asset.
        asset_id: String,
        /// The id of the library.
        library_id: String,
        /// The keyword.
        keyword: EventKeyword,
    }

    /// A keyword in an event.
    EventKeyword {
        /// Its id.
        id: String,
        /// The keyword itself.
        value: String,
        /// Its group.
        keyword_group: EventKeywordGroup,
        /// Whether it is approved; 1 is a known value.
        approval_status: i64,
        /// When it was created.
        created_date_time: DateTime<Utc>,
        /// Who created it.
        created_by: String,
        /// When it was approved.
        approved_date_time: DateTime<Utc>,
        /// Who approved it.
        approved_by: String,
    }

    /// A group of keywords in an event.
    EventKeywordGroup {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// Its path.
        path: String,
        /// Its parent group.
        parent_keyword_group_id: String,
    }

    /// Attributes were set on an asset.
    AssetAttributesAdded {
        /// The id of the library.
        library_id: String,
        /// The id of the asset.
        asset_id: String,
        /// The attributes.
        attributes: Vec<ChangedAttribute>,
    }

    /// An attribute that was set.
    ChangedAttribute {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// The value.
        embedded_data_value: String,
    }

    /// Renditions of a video are available.
    AssetVideoRenditionsAdded {
        /// The id of the library.
        library_id: String,
        /// The id of the asset.
        asset_id: String,
        /// The renditions.
        renditions: Vec<VideoRendition>,
    }

    /// A rendition of a video.
    VideoRendition {
        /// Its URL.
        destination_url: String,
        /// Its audio track.
        audio: AudioTrack,
        /// Its video track, whose members are not documented.
        video: Value,
        /// The id of its kind.
        rendition_kind_id: String,
    }

    /// The audio track of a rendition.
    AudioTrack {
        /// Bits per second.
        bitrate: i64,
        /// The codec and its encoder.
        codec_settings: AudioCodec,
        /// Samples per second.
        sampling_rate: i64,
        /// The number of channels.
        channels: i64,
    }

    /// The codec of an audio track.
    AudioCodec {
        /// The codec's name.
        name: String,
        /// The encoder.
        encoder: String,
    }
}
