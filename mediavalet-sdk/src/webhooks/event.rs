use base64::{Engine, alphabet, engine};
use chrono::{DateTime, Utc};
use oneteg_http::codegen;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// A delivered event.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The event's id. A delivery that comes again has the same.
    pub id: Option<String>,
    /// The event's source: the id that the subject has after `/library/`. It need not be the id of the
    /// library in the event's data.
    pub source: Option<String>,
    /// When it happened.
    pub time: Option<DateTime<Utc>>,
    /// The path of the thing, with the event's name as its last segment. For
    /// [`EventData::AssetMediaFileAdded`] that is `MediaFile.` and the reason instead.
    pub subject: Option<String>,
    /// What happened.
    pub data: EventData,
    /// All other members, and those of the above that could not be read, as they came.
    pub extra: Map<String, Value>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum EventData {
    /// `Asset.StatusUpdated`
    AssetStatusUpdated(AssetStatusUpdated),
    /// `Asset.MediaFileAdded`: the file of an asset, or of a new version, is there.
    AssetMediaFileAdded(AssetMediaFileAdded),
    /// `Category.AssetsAssigned`
    CategoryAssetsAssigned(CategoryAssetsAssigned),
    /// `Category.AssetUnassigned`
    CategoryAssetUnassigned(CategoryAssetUnassigned),
    /// `Asset.KeywordsAdded`
    AssetKeywordsAdded(AssetKeywordsAdded),
    /// `Asset.KeywordRemoved`
    AssetKeywordRemoved(AssetKeywordRemoved),
    /// `Asset.AttributesAdded`
    AssetAttributesAdded(AssetAttributesAdded),
    /// `Asset.VideoRenditionsAdded`
    AssetVideoRenditionsAdded(Box<AssetVideoRenditionsAdded>),
    /// An event of another type, or one whose data has another form than documented.
    Unknown {
        /// The type as it came.
        kind: String,
        /// The data as it came.
        data: Value,
    },
}

/// The bytes are not an event.
#[derive(Debug)]
pub struct NotAnEvent(&'static str);

impl std::fmt::Display for NotAnEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the delivery {}", self.0)
    }
}

impl std::error::Error for NotAnEvent {}

impl Event {
    /// Reads a delivery of one event. Its data may be an object, a string with one, or the base64 of one
    /// (`data_base64`); a member of the data that cannot be read is in its `extra`.
    ///
    /// # Errors
    /// [`NotAnEvent`] for bytes that are no JSON object, or one without a `type`. Unknown types and members
    /// are no errors.
    pub fn parse(body: &[u8]) -> Result<Self, NotAnEvent> {
        Self::from_value(codegen::any(body).ok_or(NotAnEvent("is not JSON"))?)
    }

    /// Reads a delivery of one event or of a list of them (CloudEvents JSON format, section 4). That
    /// MediaValet sends lists was not seen.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), when one of them is no event.
    pub fn parse_all(body: &[u8]) -> Result<Vec<Self>, NotAnEvent> {
        match codegen::any(body).ok_or(NotAnEvent("is not JSON"))? {
            Value::Array(events) => events.into_iter().map(Self::from_value).collect(),
            event => Ok(vec![Self::from_value(event)?]),
        }
    }

    fn from_value(value: Value) -> Result<Self, NotAnEvent> {
        let Value::Object(mut members) = value else {
            return Err(NotAnEvent("is not a JSON object"));
        };
        let mut text = |name: &str| match members.remove(name)? {
            Value::String(text) => Some(text),
            other @ (Value::Number(_) | Value::Bool(_)) => Some(other.to_string()),
            Value::Null => None,
            // Anything else is not what it should be, and no reason to lose the event.
            other => {
                members.insert(name.to_owned(), other);
                None
            }
        };
        let kind = text("type").ok_or(NotAnEvent("has no `type`, so it is no CloudEvent"))?;
        let (id, source, subject) = (text("id"), text("source"), text("subject"));
        let unread = members.remove("time").filter(|time| !time.is_null());
        let time = unread.as_ref().and_then(|time| {
            codegen::serde_with::lenient_date_time::deserialize(time).ok().flatten()
        });
        if let Some(unread) = unread.filter(|_| time.is_none()) {
            members.insert("time".to_owned(), unread);
        }
        let data = match (members.remove("data"), members.remove("data_base64")) {
            (Some(data), None) => data,
            (data, Some(encoded)) => decoded(&encoded).or(data).unwrap_or(encoded),
            (None, None) => Value::Null,
        };
        Ok(Self { id, source, subject, time, data: EventData::of(kind, data), extra: members })
    }
}

/// The data of an event whose bytes are in `data_base64` (CloudEvents JSON format, section 3.1), when they are
/// JSON.
fn decoded(encoded: &Value) -> Option<Value> {
    const PADDING: engine::DecodePaddingMode = engine::DecodePaddingMode::Indifferent;
    let text: String = encoded.as_str()?.split_ascii_whitespace().collect();
    // Both alphabets: encoders mix them up.
    let text = text.replace('-', "+").replace('_', "/");
    let config = engine::GeneralPurposeConfig::new().with_decode_padding_mode(PADDING);
    let bytes = engine::GeneralPurpose::new(&alphabet::STANDARD, config).decode(text).ok()?;
    codegen::any(&bytes)
}

impl EventData {
    fn of(kind: String, data: Value) -> Self {
        fn read<T: DeserializeOwned>(data: &Value) -> Option<T> {
            data.is_object().then(|| codegen::from_value(data).ok()).flatten()
        }
        // Senders that write JSON twice put a string with the object here.
        let data = match data.as_str().and_then(|text| codegen::any(text.as_bytes())) {
            Some(inner) if inner.is_object() => inner,
            _ => data,
        };
        let known = match &*kind {
            "Asset.StatusUpdated" => read(&data).map(Self::AssetStatusUpdated),
            "Asset.MediaFileAdded" => read(&data).map(Self::AssetMediaFileAdded),
            "Category.AssetsAssigned" => read(&data).map(Self::CategoryAssetsAssigned),
            "Category.AssetUnassigned" => read(&data).map(Self::CategoryAssetUnassigned),
            "Asset.KeywordsAdded" => read(&data).map(Self::AssetKeywordsAdded),
            "Asset.KeywordRemoved" => read(&data).map(Self::AssetKeywordRemoved),
            "Asset.AttributesAdded" => read(&data).map(Self::AssetAttributesAdded),
            "Asset.VideoRenditionsAdded" => read(&data).map(Self::AssetVideoRenditionsAdded),
            _ => None,
        };
        known.unwrap_or(Self::Unknown { kind, data })
    }

    /// The asset that it happened to, where it is one.
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

macro_rules! data {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Option<$type>,)*
            /// All other members.
            #[serde(flatten, deserialize_with = "codegen::serde_with::extra::deserialize")]
            pub extra: Map<String, Value>,
        }
    )*};
}

data! {
    /// An asset has another status.
    AssetStatusUpdated {
        /// The library.
        library_id: String,
        /// The asset.
        asset_id: String,
        /// The id of the asset's current version.
        current_version: String,
        /// The file's name.
        file_name: String,
        /// The status; `Approved` was seen.
        status: String,
    }

    /// The file of an asset, or of a new version, is there.
    AssetMediaFileAdded {
        /// The library.
        library_id: String,
        /// The asset.
        asset_id: String,
        /// The number of the version.
        version: i64,
        /// The file's name.
        file_name: String,
        /// The file's length in bytes.
        file_size: i64,
        /// Why; `FromUploadProcess` was seen.
        reason: String,
        /// When.
        created_at: DateTime<Utc>,
        /// Where the file is.
        media_file_blob_url: String,
    }

    /// Assets were put into a category.
    CategoryAssetsAssigned {
        /// The assets.
        asset_ids: Vec<String>,
        /// The category.
        category_id: String,
        /// The library.
        library_id: String,
        /// The category's name.
        name: String,
    }

    /// An asset was taken out of a category.
    CategoryAssetUnassigned {
        /// The asset.
        asset_id: String,
        /// The category.
        category_id: String,
        /// The library.
        library_id: String,
        /// The category's name.
        name: String,
    }

    /// Keywords were added to an asset.
    AssetKeywordsAdded {
        /// The asset.
        asset_id: String,
        /// The library.
        library_id: String,
        /// The keywords.
        keywords: Vec<Keyword>,
    }

    /// A keyword was taken from an asset.
    AssetKeywordRemoved {
        /// The asset.
        asset_id: String,
        /// The library.
        library_id: String,
        /// The keyword.
        keyword: Keyword,
    }

    /// A keyword.
    Keyword {
        /// Its id.
        id: String,
        /// The word.
        value: String,
        /// The group that it is in.
        keyword_group: KeywordGroup,
        /// Whether it is approved; 1 was seen.
        approval_status: i64,
        /// When it was made.
        created_date_time: DateTime<Utc>,
        /// Who made it.
        created_by: String,
        /// When it was approved.
        approved_date_time: DateTime<Utc>,
        /// Who approved it.
        approved_by: String,
    }

    /// A group of keywords.
    KeywordGroup {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// Its path.
        path: String,
        /// The group that it is in.
        parent_keyword_group_id: String,
    }

    /// Attributes were set on an asset.
    AssetAttributesAdded {
        /// The library.
        library_id: String,
        /// The asset.
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

    /// Renditions of a video are there.
    AssetVideoRenditionsAdded {
        /// The library.
        library_id: String,
        /// The asset.
        asset_id: String,
        /// The renditions.
        renditions: Vec<VideoRendition>,
    }

    /// A rendition of a video.
    VideoRendition {
        /// Where it is.
        destination_url: String,
        /// Its sound.
        audio: AudioTrack,
        /// Its picture; the members are not documented.
        video: Value,
        /// Its kind.
        rendition_kind_id: String,
    }

    /// The sound of a rendition.
    AudioTrack {
        /// Bits a second.
        bitrate: i64,
        /// How it is coded.
        codec_settings: Codec,
        /// Samples a second.
        sampling_rate: i64,
        /// The number of channels.
        channels: i64,
    }

    /// How a sound is coded.
    Codec {
        /// The codec's name.
        name: String,
        /// The encoder.
        encoder: String,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "00000000-0000-0000-0000-000000000000";

    fn parse(kind: &str, data: &Value) -> Event {
        let event = json!({
            "id": ID, "source": ID, "type": kind, "data": data,
            "time": "2022-05-04T20:49:57.8570052+00:00", "specversion": "1.0", "dataschema": "#",
            "subject": format!("/library/{ID}/assets/{ID}/{kind}"), "contenttype": "application/json",
        });
        Event::parse(event.to_string().as_bytes()).unwrap()
    }

    fn keyword() -> Value {
        json!({
            "Id": ID, "Value": "snow", "ApprovalStatus": 1, "CreatedBy": ID, "ApprovedBy": ID,
            "KeywordGroup": {"Id": ID, "Name": "n", "Path": "p", "ParentKeywordGroupId": ID},
            "CreatedDateTime": "2022-05-04T20:49:57.8570052+00:00",
            "ApprovedDateTime": "2022-05-04T20:49:57.8570052+00:00",
        })
    }

    fn documented() -> Vec<(&'static str, Value)> {
        let base = json!({"LibraryId": ID, "AssetId": ID});
        let with = |more: Value| {
            let mut all = base.clone();
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            all
        };
        vec![
            (
                "Asset.StatusUpdated",
                with(json!({"CurrentVersion": ID, "FileName": "a.png", "Status": "Approved"})),
            ),
            (
                "Asset.MediaFileAdded",
                with(json!({
                    "Version": 29, "FileName": "a.png", "FileSize": 43249, "Reason": "FromUploadProcess",
                    "CreatedAt": "2022-05-04T20:48:48.4938572+00:00", "MediaFileBlobUrl": "https://x",
                })),
            ),
            (
                "Category.AssetsAssigned",
                json!({"AssetIds": [ID], "CategoryId": ID, "LibraryId": ID, "Name": "Category"}),
            ),
            ("Category.AssetUnassigned", with(json!({"CategoryId": ID, "Name": "Category"}))),
            ("Asset.KeywordsAdded", with(json!({"Keywords": [keyword()]}))),
            ("Asset.KeywordRemoved", with(json!({"Keyword": keyword()}))),
            (
                "Asset.AttributesAdded",
                with(json!({"Attributes": [{"Id": ID, "Name": "n", "EmbeddedDataValue": "v"}]})),
            ),
            (
                "Asset.VideoRenditionsAdded",
                with(json!({"Renditions": [{
                    "DestinationUrl": "https://x", "RenditionKindId": ID, "Video": {"Width": 1},
                    "Audio": {"Bitrate": 1, "SamplingRate": 2, "Channels": 3,
                        "CodecSettings": {"Name": "n", "Encoder": "e"}},
                }]})),
            ),
        ]
    }

    #[test]
    fn every_documented_event_is_typed_and_nothing_of_it_is_lost() {
        for (kind, data) in documented() {
            let event = parse(kind, &data);
            assert!(!matches!(event.data, EventData::Unknown { .. }), "{kind}");
            assert_eq!((event.id.as_deref(), event.source.as_deref()), (Some(ID), Some(ID)));
            assert!(event.time.is_some() && event.subject.unwrap().ends_with(kind));
            assert_eq!(event.extra.len(), 3, "{:?}", event.extra);
            let expected = (kind != "Category.AssetsAssigned").then_some(ID);
            assert_eq!(event.data.asset_id(), expected, "{kind}");
        }
        let EventData::AssetMediaFileAdded(added) =
            parse("Asset.MediaFileAdded", &documented()[1].1).data
        else {
            panic!("another event");
        };
        assert_eq!((added.version, added.file_size), (Some(29), Some(43249)));
        assert!(added.created_at.is_some() && added.extra.is_empty());
    }

    #[test]
    fn what_is_new_or_missing_or_strange_is_kept() {
        for (kind, data) in documented() {
            let mut more = data.clone();
            more["Brand"] = json!("new");
            assert!(!matches!(parse(kind, &more).data, EventData::Unknown { .. }), "{kind}");
            for name in data.as_object().unwrap().keys() {
                let mut less = data.clone();
                less.as_object_mut().unwrap().remove(name);
                assert!(!matches!(parse(kind, &less).data, EventData::Unknown { .. }), "{kind}");
                less[name] = Value::Null;
                assert!(!matches!(parse(kind, &less).data, EventData::Unknown { .. }), "{kind}");
                less[name] = json!({"an": "object"});
                let strange = parse(kind, &less);
                if let EventData::Unknown { kind: of, data } = strange.data {
                    assert_eq!((&*of, &data), (kind, &less));
                }
            }
            for strange in [json!(null), json!([]), json!("text"), json!(7)] {
                assert!(matches!(parse(kind, &strange).data, EventData::Unknown { .. }), "{kind}");
            }
        }
        let EventData::Unknown { kind, data } = parse("Asset.Sold", &json!({"Price": 1})).data
        else {
            panic!("a known event");
        };
        assert_eq!((&*kind, &data["Price"]), ("Asset.Sold", &json!(1)));
        let odd = br#"{"type":"x","id":7,"time":"yesterday","subject":{}}"#;
        let odd = Event::parse(odd).unwrap();
        assert_eq!((odd.id.as_deref(), odd.time, odd.subject), (Some("7"), None, None));
    }

    #[test]
    fn data_comes_in_three_forms() {
        use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

        for (kind, data) in documented() {
            let expected = parse(kind, &data).data;
            let text = Value::from(data.to_string());
            assert_eq!(parse(kind, &text).data, expected, "{kind}");
            // With a byte order mark, whose base64 has a `/`.
            let bytes = format!("\u{feff}{data:#}");
            for encoded in [BASE64_STANDARD.encode(&bytes), BASE64_URL_SAFE_NO_PAD.encode(&bytes)] {
                let event = json!({"type": kind, "data_base64": encoded, "specversion": "1.0"});
                let event = Event::parse(event.to_string().as_bytes()).unwrap();
                assert_eq!((&event.data, event.extra.len()), (&expected, 1), "{kind}");
            }
        }
        for odd in [json!("%"), json!("AAAA"), json!(7), json!([1])] {
            let event = json!({"type": "Asset.StatusUpdated", "data_base64": odd});
            let event = Event::parse(event.to_string().as_bytes()).unwrap();
            let EventData::Unknown { data, .. } = event.data else { panic!("read {odd}") };
            assert_eq!(data, odd);
        }
    }

    #[test]
    fn an_odd_member_does_not_lose_an_event() {
        let data = json!({"AssetId": 7, "Version": "29", "FileSize": [], "FileName": "a.png",
            "CreatedAt": "2022-05-04 20:48:48", "LibraryId": ID});
        let EventData::AssetMediaFileAdded(added) = parse("Asset.MediaFileAdded", &data).data
        else {
            panic!("another event");
        };
        assert_eq!((added.asset_id.as_deref(), added.version), (Some("7"), Some(29)));
        assert_eq!((added.file_size, &added.extra["FileSize"]), (None, &json!([])));
        assert_eq!(added.created_at.unwrap().to_rfc3339(), "2022-05-04T20:48:48+00:00");
        // A byte order mark, half an emoji and a byte that is not UTF-8.
        let body =
            b"\xef\xbb\xbf{\"type\":\"Asset.StatusUpdated\",\"time\":\"2022-05-04T20:48:48+0000\",\
            \"data\":{\"AssetId\":\"1\",\"FileName\":\"\\ud83d\xff\"}}";
        let event = Event::parse(body).unwrap();
        let EventData::AssetStatusUpdated(updated) = event.data else { panic!("another event") };
        assert_eq!(updated.file_name.as_deref(), Some("\u{fffd}\u{fffd}"));
        assert!(event.time.is_some());
        // Around the data, too.
        let body = br#"{"type":"a","id":{"n":1},"source":null,"subject":7,"time":1714979289}"#;
        let event = Event::parse(body).unwrap();
        assert_eq!((event.id, event.subject.as_deref(), event.time), (None, Some("7"), None));
        assert_eq!(Value::from(event.extra), json!({"id": {"n": 1}, "time": 1_714_979_289}));
        let event = Event::parse(br#"{"type":"a","time":"0000-00-00 00:00:00"}"#).unwrap();
        assert_eq!((event.time, event.extra.len()), (None, 1));
        assert_eq!(Event::parse_all(b"\xef\xbb\xbf[{\"type\":\"\xff\"}]").unwrap().len(), 1);
    }

    #[test]
    fn lists_are_read_and_other_bytes_are_errors() {
        let two = br#"[{"type":"a"},{"type":"b"}]"#;
        assert_eq!(Event::parse_all(two).unwrap().len(), 2);
        assert_eq!(Event::parse_all(br#"{"type":"a"}"#).unwrap().len(), 1);
        for bad in [&b""[..], b"{", b"[]", b"7", b"{}", b"{\"type\":null}", b"\xff", two] {
            assert!(Event::parse(bad).is_err());
        }
        assert!(Event::parse_all(br#"[{"type":"a"},7]"#).is_err());
    }
}
