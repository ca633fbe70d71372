//! A delivered event: a CloudEvent in its structured JSON form.

use base64::{Engine, alphabet, engine};
use chrono::{DateTime, Utc};
use oneteg_http::codegen;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeMap as _,
};
use serde_json::{Map, Value};

use super::data::EventData;

/// A delivered event.
///
/// It can be serialised, for example to a queue, and read again: as the structured JSON form of a CloudEvent, with
/// all of its members. What is written has the same meaning as what was delivered, but not the same bytes.
///
/// ```
/// use mediavalet_sdk::webhooks::Event;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let event = Event::parse(br#"{"type": "Asset.StatusUpdated", "data": {"AssetId": "a"}}"#)?;
/// let queued = serde_json::to_string(&event)?;
/// let event: Event = serde_json::from_str(&queued)?;
/// assert_eq!((event.kind(), event.data.asset_id()), ("Asset.StatusUpdated", Some("a")));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The event's id. A repeated delivery has the same id.
    pub id: Option<String>,
    /// The event's source: the id that follows `/library/` in the subject. It may differ from the library id in
    /// the event's data.
    pub source: Option<String>,
    /// When the event happened.
    pub time: Option<DateTime<Utc>>,
    /// The path of the object, with the event's name as its last segment. For
    /// [`EventData::AssetMediaFileAdded`], the last segment is `MediaFile.` and the reason.
    pub subject: Option<String>,
    /// What happened.
    pub data: EventData,
    /// Unknown members, and the raw values of the above that could not be read.
    pub extra: Map<String, Value>,
}

/// The error for a delivery that is not an event.
#[derive(Debug)]
pub struct ParseEventError(&'static str);

impl std::fmt::Display for ParseEventError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the delivery {}", self.0)
    }
}

impl std::error::Error for ParseEventError {}

impl Event {
    /// The type name of the event, such as `Asset.MediaFileAdded`; see [`EventData::KINDS`].
    pub fn kind(&self) -> &str {
        self.data.kind()
    }

    /// Reads a delivery of one event. Its data may be an object, a string that contains one, or the base64 of one
    /// (`data_base64`). A member of the data that cannot be read is in its `extra`.
    ///
    /// # Errors
    /// [`ParseEventError`] for bytes that are not a JSON object with a `type`. Unknown types and members are not
    /// errors.
    pub fn parse(body: &[u8]) -> Result<Self, ParseEventError> {
        Self::from_value(codegen::any(body).ok_or(ParseEventError("is not JSON"))?)
    }

    /// Reads a delivery of one event or of a list of events (CloudEvents JSON format, section 4). It is not known
    /// whether MediaValet sends lists.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), if one of them is not an event.
    pub fn parse_all(body: &[u8]) -> Result<Vec<Self>, ParseEventError> {
        match codegen::any(body).ok_or(ParseEventError("is not JSON"))? {
            Value::Array(events) => events.into_iter().map(Self::from_value).collect(),
            event => Ok(vec![Self::from_value(event)?]),
        }
    }

    fn from_value(value: Value) -> Result<Self, ParseEventError> {
        let Value::Object(mut members) = value else {
            return Err(ParseEventError("is not a JSON object"));
        };
        let mut string = |name: &str| match members.remove(name)? {
            Value::String(string) => Some(string),
            other @ (Value::Number(_) | Value::Bool(_)) => Some(other.to_string()),
            Value::Null => None,
            // An unexpected value is kept in `extra`; the event must not be lost for it.
            other => {
                members.insert(name.to_owned(), other);
                None
            }
        };
        let kind =
            string("type").ok_or(ParseEventError("has no `type`, so it is not a CloudEvent"))?;
        let (id, source, subject) = (string("id"), string("source"), string("subject"));
        let unread = members.remove("time").filter(|time| !time.is_null());
        let time = unread.as_ref().and_then(|time| {
            codegen::serde_with::lenient_date_time::deserialize(time).ok().flatten()
        });
        if let Some(unread) = unread.filter(|_| time.is_none()) {
            members.insert("time".to_owned(), unread);
        }
        let data = match (members.remove("data"), members.remove("data_base64")) {
            (Some(data), None) => data,
            (data, Some(encoded)) => decode_data(&encoded).or(data).unwrap_or(encoded),
            (None, None) => Value::Null,
        };
        Ok(Self { id, source, subject, time, data: EventData::new(kind, data), extra: members })
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        if !self.extra.contains_key("specversion") {
            members.serialize_entry("specversion", "1.0")?;
        }
        members.serialize_entry("type", self.kind())?;
        let strings = [("id", &self.id), ("source", &self.source), ("subject", &self.subject)];
        for (name, value) in strings {
            if let Some(value) = value {
                members.serialize_entry(name, value)?;
            }
        }
        if let Some(time) = &self.time {
            members.serialize_entry("time", time)?;
        }
        members.serialize_entry("data", &self.data)?;
        // A program may have set a member whose unreadable value is still here.
        let is_set = |name: &str| match name {
            "type" | "data" | "data_base64" => true,
            "id" => self.id.is_some(),
            "source" => self.source.is_some(),
            "subject" => self.subject.is_some(),
            "time" => self.time.is_some(),
            _ => false,
        };
        for (name, value) in self.extra.iter().filter(|(name, _)| !is_set(name)) {
            members.serialize_entry(name, value)?;
        }
        members.end()
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Decodes `data_base64` (CloudEvents JSON format, section 3.1), if it contains JSON.
fn decode_data(encoded: &Value) -> Option<Value> {
    const PADDING: engine::DecodePaddingMode = engine::DecodePaddingMode::Indifferent;
    let encoded: String = encoded.as_str()?.split_ascii_whitespace().collect();
    // Accepts both alphabets and optional padding: encoders differ.
    let encoded = encoded.replace('-', "+").replace('_', "/");
    let config = engine::GeneralPurposeConfig::new().with_decode_padding_mode(PADDING);
    let bytes = engine::GeneralPurpose::new(&alphabet::STANDARD, config).decode(encoded).ok()?;
    codegen::any(&bytes)
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
    fn every_documented_event_is_typed_without_loss() {
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
            panic!("the data has another type");
        };
        assert_eq!((added.version, added.file_size), (Some(29), Some(43249)));
        assert!(added.created_at.is_some() && added.extra.is_empty());
    }

    #[test]
    fn a_serialised_event_is_read_as_the_same_event() {
        let again = |event: &Event| {
            let json = serde_json::to_string(event).unwrap();
            serde_json::from_str::<Event>(&json).unwrap()
        };
        for (kind, data) in documented() {
            let event = parse(kind, &data);
            assert_eq!(event.kind(), kind);
            assert!(EventData::KINDS.contains(&kind));
            assert_eq!(again(&event), event, "{kind}");
            assert_eq!(serde_json::to_value(&event.data).unwrap(), round_times(data), "{kind}");
        }
        assert_eq!(EventData::KINDS.len(), documented().len());
        let unknown = parse("Asset.Sold", &json!({"Price": 1}));
        assert_eq!((unknown.kind(), again(&unknown)), ("Asset.Sold", unknown.clone()));
        // Members that could not be read keep their raw values, and what was set wins over them.
        let odd = br#"{"type":"x","id":{"n":1},"time":"yesterday","specversion":"0.3"}"#;
        let mut odd = Event::parse(odd).unwrap();
        odd = again(&odd);
        assert_eq!(odd.extra["time"], "yesterday");
        odd.id = Some("7".to_owned());
        let written = serde_json::to_value(&odd).unwrap();
        assert_eq!((&written["id"], &written["specversion"]), (&json!("7"), &json!("0.3")));
        assert!(serde_json::from_str::<Event>("{}").is_err());
    }

    /// The data with its times as this crate writes them: in UTC, with as many digits as needed.
    fn round_times(data: Value) -> Value {
        let json = data.to_string();
        let times = [
            ("2022-05-04T20:49:57.8570052+00:00", "2022-05-04T20:49:57.857005200Z"),
            ("2022-05-04T20:48:48.4938572+00:00", "2022-05-04T20:48:48.493857200Z"),
        ];
        let json = times.iter().fold(json, |json, (from, to)| json.replace(from, to));
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn new_missing_and_malformed_members_are_kept() {
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
                let malformed = parse(kind, &less);
                if let EventData::Unknown { kind: type_name, data } = malformed.data {
                    assert_eq!((&*type_name, &data), (kind, &less));
                }
            }
            for malformed in [json!(null), json!([]), json!("text"), json!(7)] {
                assert!(
                    matches!(parse(kind, &malformed).data, EventData::Unknown { .. }),
                    "{kind}"
                );
            }
        }
        let EventData::Unknown { kind, data } = parse("Asset.Sold", &json!({"Price": 1})).data
        else {
            panic!("an unknown event was typed");
        };
        assert_eq!((&*kind, &data["Price"]), ("Asset.Sold", &json!(1)));
        let odd = br#"{"type":"x","id":7,"time":"yesterday","subject":{}}"#;
        let odd = Event::parse(odd).unwrap();
        assert_eq!((odd.id.as_deref(), odd.time, odd.subject), (Some("7"), None, None));
    }

    #[test]
    fn data_is_an_object_a_string_or_base64() {
        use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

        for (kind, data) in documented() {
            let expected = parse(kind, &data).data;
            let string = Value::from(data.to_string());
            assert_eq!(parse(kind, &string).data, expected, "{kind}");
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
            let EventData::Unknown { data, .. } = event.data else { panic!("{odd} was read") };
            assert_eq!(data, odd);
        }
    }

    #[test]
    fn an_odd_member_does_not_lose_an_event() {
        let data = json!({"AssetId": 7, "Version": "29", "FileSize": [], "FileName": "a.png",
            "CreatedAt": "2022-05-04 20:48:48", "LibraryId": ID});
        let EventData::AssetMediaFileAdded(added) = parse("Asset.MediaFileAdded", &data).data
        else {
            panic!("the data has another type");
        };
        assert_eq!((added.asset_id.as_deref(), added.version), (Some("7"), Some(29)));
        assert_eq!((added.file_size, &added.extra["FileSize"]), (None, &json!([])));
        assert_eq!(added.created_at.unwrap().to_rfc3339(), "2022-05-04T20:48:48+00:00");
        // A byte order mark, half an emoji and a byte that is not UTF-8.
        let body =
            b"\xef\xbb\xbf{\"type\":\"Asset.StatusUpdated\",\"time\":\"2022-05-04T20:48:48+0000\",\
            \"data\":{\"AssetId\":\"1\",\"FileName\":\"\\ud83d\xff\"}}";
        let event = Event::parse(body).unwrap();
        let EventData::AssetStatusUpdated(updated) = event.data else {
            panic!("the data has another type")
        };
        assert_eq!(updated.file_name.as_deref(), Some("\u{fffd}\u{fffd}"));
        assert!(event.time.is_some());
        // The same for members of the event itself.
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
