//! Types that are read by a table are read as serde's derived code reads them.

use super::*;

/// The type of the other tests, read by serde's derived code.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Derived {
    #[serde(deserialize_with = "crate::serde_with::lenient_id::deserialize")]
    id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", alias = "canWrite", alias = "CanWrite")]
    can_write: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", alias = "nbVersions")]
    nb_versions: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<BTreeMap<String, Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<BTreeMap<String, i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    children: Option<Vec<Derived>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    either: Option<OneOrMany>,
    #[serde(
        default,
        with = "crate::serde_with::lenient_date_time",
        skip_serializing_if = "Option::is_none"
    )]
    at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plain_time: Option<DateTime<Utc>>,
    #[serde(flatten, deserialize_with = "crate::serde_with::extra::deserialize")]
    extra: Map<String, Value>,
}

/// What becomes of a document: the value with its repairs, or the message of the error.
fn outcome<T: DeserializeOwned + Serialize>(json: &str) -> Result<(Value, String), String> {
    let read: Result<(T, Vec<Repair>), Error> = from_slice(json.as_bytes());
    let (value, repairs) = read.map_err(|error| error.message().to_owned())?;
    Ok((serde_json::to_value(value).unwrap(), format!("{repairs:?}")))
}

/// The values that a member is given: of every kind, and such that can be repaired.
const VALUES: [&str; 14] = [
    "null",
    "true",
    "7",
    "-7",
    "1.5",
    "1e400",
    r#""7""#,
    r#""text""#,
    "[]",
    r#"["a", null]"#,
    "{}",
    r#"{"author": 1, "new": [1, {"a": null}]}"#,
    r#""2024-01-02 03:04""#,
    r#"{"0": "a"}"#,
];
const NAMES: [&str; 17] = [
    "id",
    "name",
    "size",
    "ratio",
    "can_write",
    "canWrite",
    "nb_versions",
    "nbVersions",
    "meta",
    "attributes",
    "counts",
    "tags",
    "children",
    "at",
    "plain_time",
    "new",
    "\\u0000name",
];

#[test]
fn a_table_reads_what_derived_code_reads() {
    let compare = |json: &str| {
        let (ours, derived) = (outcome::<Thing>(json), outcome::<Derived>(json));
        let named = |message: String| message.replace("struct Derived", "struct Thing");
        assert_eq!(ours, derived.map_err(named), "{json}");
        let ours = serde_json::from_str::<Thing>(json).map_err(|error| error.to_string());
        let derived = serde_json::from_str::<Derived>(json).map_err(|error| error.to_string());
        assert_eq!(
            ours.map(|value| serde_json::to_value(value).unwrap()),
            derived.map(|value| serde_json::to_value(value).unwrap()).map_err(named),
            "{json}"
        );
    };
    for whole in ["null", "[]", "7", "{}", r#"{"id": 1"#, r#"{"id": 1,}"#, r#"{"id": 1} x"#] {
        compare(whole);
    }
    for name in NAMES {
        for value in VALUES {
            // Before and after a required member, without it, in a list, and twice under one name.
            compare(&format!(r#"{{"{name}": {value}, "id": 1}}"#));
            compare(&format!(r#"{{"id": "1", "{name}": {value}}}"#));
            compare(&format!(r#"{{"{name}": {value}}}"#));
            compare(&format!(r#"{{"id": 1, "children": [{{"id": 2, "{name}": {value}}}]}}"#));
            compare(&format!(r#"{{"id": 1, "{name}": {value}, "{name}": 2}}"#));
        }
    }
    for (first, second) in [("canWrite", "can_write"), ("can_write", "CanWrite"), ("id", "id")] {
        for value in VALUES {
            compare(&format!(r#"{{"id": 1, "{first}": true, "{second}": {value}}}"#));
            compare(&format!(r#"{{"id": 1, "{first}": {value}, "{second}": true}}"#));
        }
    }
}

#[test]
fn members_in_any_order_are_found() {
    let members = [r#""id": 1"#, r#""name": "a""#, r#""size": 2"#, r#""new": 3"#, r#""tags": []"#];
    let expected = outcome::<Derived>(&format!("{{{}}}", members.join(", "))).unwrap();
    for offset in 0..members.len() {
        let mut order = members;
        order.rotate_left(offset);
        for json in [order.join(", "), order.iter().rev().copied().collect::<Vec<_>>().join(", ")] {
            assert_eq!(outcome::<Thing>(&format!("{{{json}}}")).unwrap(), expected, "{json}");
        }
    }
}
