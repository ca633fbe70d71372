// Test types compare exact numbers, and have variants of any size.
#![allow(clippy::float_cmp, clippy::large_enum_variant)]

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::*;

mod derived;

/// A type as generated.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Thing {
    id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    can_write: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
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
    children: Option<Vec<Thing>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    either: Option<OneOrMany>,
    #[serde(
        with = "crate::serde_with::lenient_date_time",
        skip_serializing_if = "Option::is_none"
    )]
    at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plain_time: Option<DateTime<Utc>>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
struct Meta {
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pages: Option<i64>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

crate::__read_members! {
    Thing, extra {
        id required ["id"] with lenient_id;
        name optional ["name"];
        size optional ["size"];
        ratio optional ["ratio"];
        can_write optional ["can_write", "canWrite", "CanWrite"];
        nb_versions optional ["nb_versions", "nbVersions"];
        meta optional ["meta"];
        attributes optional ["attributes"];
        counts optional ["counts"];
        tags optional ["tags"];
        children optional ["children"];
        either optional ["either"];
        at optional ["at"] with lenient_date_time;
        plain_time optional ["plain_time"];
    }
}
crate::__read_members! {
    Meta, extra {
        author optional ["author"];
        pages optional ["pages"];
    }
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum OneOrMany {
    Array(Vec<Meta>),
    Meta(Meta),
}
crate::__one_of! { OneOrMany { Array, Meta } }

fn read(json: &str) -> (Thing, Vec<String>) {
    let (thing, repairs) = from_slice(json.as_bytes()).unwrap();
    (thing, repairs.iter().map(|repair| format!("{} {:?}", repair.path(), repair.kind())).collect())
}

fn fails(json: &str) -> String {
    decode::<Thing>(json.as_bytes(), &[]).unwrap_err().message().to_owned()
}

#[test]
fn a_document_that_is_as_documented_is_not_repaired() {
    let (thing, repairs) = read(r#"{"id":7,"name":"a","meta":{"pages":2},"new":{"a":[1]}}"#);
    assert_eq!((thing.id, thing.meta.unwrap().pages), (7, Some(2)));
    assert_eq!(thing.extra["new"], json!({"a": [1]}));
    assert!(repairs.is_empty());
}

#[test]
fn scalars_are_converted_to_what_is_asked_for() {
    let (thing, repairs) = read(
        r#"{"id":"7","name":5,"size":"123","ratio":" 1.5 ","can_write":1,"nb_versions":"2",
            "attributes":{"Year":[2024, true, 1.5]},"tags":[1]}"#,
    );
    assert_eq!((thing.id, thing.name.as_deref(), thing.size), (7, Some("5"), Some(123)));
    assert_eq!((thing.ratio, thing.can_write, thing.nb_versions), (Some(1.5), Some(true), Some(2)));
    assert_eq!(thing.attributes.unwrap()["Year"], ["2024", "true", "1.5"]);
    assert!(thing.extra.is_empty());
    assert_eq!(repairs.len(), 9);
    assert!(repairs.contains(&"attributes.Year[0] Converted".to_owned()), "{repairs:?}");
    for (json, expected) in [
        ("2.0", Some(2)),
        ("\" 2 \"", Some(2)),
        ("\"2.0\"", Some(2)),
        ("\"-2\"", Some(-2)),
        ("2.5", None),
        ("\"2.5\"", None),
        ("true", None),
        ("\"two\"", None),
        ("\"\"", None),
        ("\"inf\"", None),
        ("9223372036854775808", None),
        ("1e30", None),
    ] {
        let (thing, _) = read(&format!(r#"{{"id":1,"name":"kept","size":{json}}}"#));
        assert_eq!(thing.size, expected, "{json}");
        assert_eq!(thing.name.as_deref(), Some("kept"));
        assert_eq!(thing.extra.contains_key("size"), expected.is_none(), "{json}");
    }
    for (json, expected) in [
        ("0", Some(false)),
        ("1.0", Some(true)),
        ("\"1\"", Some(true)),
        ("\"0\"", Some(false)),
        ("\"TRUE\"", Some(true)),
        ("\"false\"", Some(false)),
        ("2", None),
        ("\"\"", None),
        ("[]", None),
    ] {
        assert_eq!(
            read(&format!(r#"{{"id":1,"can_write":{json}}}"#)).0.can_write,
            expected,
            "{json}"
        );
    }
    // A float is read from an integer or a string; a string is not read from a boolean.
    assert_eq!(read(r#"{"id":1,"ratio":"2"}"#).0.ratio, Some(2.0));
    assert_eq!(read(r#"{"id":1,"ratio":"NaN"}"#).0.ratio, None);
    let (thing, _) = read(r#"{"id":1,"name":false}"#);
    assert_eq!((thing.name, &thing.extra["name"]), (None, &json!(false)));
}

#[test]
fn an_optional_member_that_cannot_be_read_is_absent_and_kept() {
    for odd in [json!([]), json!(""), json!(false), json!(0), json!("text"), json!([{"pages": 1}])]
    {
        let json = json!({"id": 7, "name": "a", "meta": odd, "new": 1}).to_string();
        let (thing, repairs) = read(&json);
        assert_eq!((thing.name.as_deref(), &thing.meta), (Some("a"), &None), "{odd}");
        assert_eq!((&thing.extra["meta"], &thing.extra["new"]), (&odd, &json!(1)));
        assert_eq!(repairs, ["meta Absent"]);
        // Nothing is lost: written, it is what was received, and it is read as the same value again.
        let written = serde_json::to_string(&thing).unwrap();
        assert_eq!(written.parse::<Value>().unwrap(), json.parse::<Value>().unwrap());
        assert_eq!(read(&written).0, thing);
    }
    // Only the member closest to the failure is absent.
    let (thing, repairs) =
        read(r#"{"id":7,"children":[{"id":8,"meta":{"author":"x","pages":{}}},{"id":9}]}"#);
    let children = thing.children.unwrap();
    let meta = children[0].meta.as_ref().unwrap();
    assert_eq!((meta.author.as_deref(), meta.pages), (Some("x"), None));
    assert_eq!((children[1].id, &meta.extra["pages"]), (9, &json!({})));
    assert_eq!(repairs, ["children[0].meta.pages Absent"]);
}

#[test]
fn an_item_that_cannot_be_read_takes_its_list_along_and_is_not_dropped() {
    for items in
        [json!([{"id": 8}, null]), json!([{"id": 8}, "x"]), json!([{"id": 8}, {"id": null}])]
    {
        let (thing, repairs) = read(&json!({"id": 7, "children": items}).to_string());
        assert_eq!((&thing.children, &thing.extra["children"]), (&None, &items));
        assert_eq!(repairs, ["children Absent"]);
    }
    let (thing, _) = read(r#"{"id":7,"counts":{"a":1,"b":{"c":1}}}"#);
    assert_eq!((thing.counts, &thing.extra["counts"]["b"]["c"]), (None, &json!(1)));
}

#[test]
fn what_is_required_stays_strict_with_the_error_of_the_first_pass() {
    for (json, path) in [
        (r#"{"name":"a"}"#, "missing field `id`"),
        (r#"{"id":null}"#, "at `id`"),
        (r#"{"id":[]}"#, "at `id`"),
        (r#"{"id":"x","meta":[]}"#, "at `id`"),
        ("[]", "documented form: "),
        ("null", "documented form: "),
        ("", "documented form: "),
        ("{\"id\":7", "not valid JSON"),
        ("{\"id\":7}x", "not valid JSON"),
    ] {
        assert!(fails(json).contains(path), "{json}: {}", fails(json));
    }
    // Neither a malformed list, nor a malformed item in a list that is required.
    for json in ["{}", "null", r#"{"0":{"id":1}}"#, r#"[{"id":1},null]"#, r#"[{"id":1},{"id":{}}]"#]
    {
        assert!(decode::<Vec<Thing>>(json.as_bytes(), &[]).is_err(), "{json}");
    }
    let error = decode::<Vec<Thing>>(br#"[{"id":1,"meta":[]},{"id":{}}]"#, &[]).unwrap_err();
    assert!(error.message().contains("`[1].id`"), "{error}");
    // What is required even if its type is optional, and what leads to it.
    let with_required =
        |json: &str, path| decode::<Thing>(json.as_bytes(), &[path]).map(|(thing, _)| thing);
    assert!(with_required(r#"{"id":1,"children":"x"}"#, "children").is_err());
    assert!(with_required(r#"{"id":1,"meta":[]}"#, "meta.pages").is_err());
    assert!(with_required(r#"{"id":1,"nbVersions":[]}"#, "nb_versions").is_err());
    assert!(
        with_required(r#"{"id":1,"meta":[],"children":[{"id":2,"children":0}]}"#, "children")
            .is_ok()
    );
}

#[test]
fn an_error_shows_no_value_that_the_second_pass_met() {
    // Where nothing else is malformed, both passes fail at the same place, and the first knows the line.
    let error = decode::<Vec<Thing>>(br#"[{"id":1},{"id":"x"}]"#, &[]).unwrap_err();
    let expected = "the response does not have its documented form at `[1].id`: invalid value: string \"x\", \
        expected an id: an integer, or a string with one at line 1 column 19";
    assert_eq!(error.message(), expected);
    let error = decode::<Thing>(br#"{"meta":[],"id":"canary"}"#, &[]).unwrap_err();
    assert!(error.message().contains("expected an id") && !error.message().contains("canary"));
}

#[test]
fn a_required_member_that_comes_twice_is_an_error() {
    for json in [r#"{"id":1,"id":2}"#, r#"{"id":null,"id":2}"#, r#"{"id":1,"size":[],"id":2}"#] {
        let error = decode::<Thing>(json.as_bytes(), &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{json}");
    }
    // Of an optional member, the last is read.
    let (thing, repairs) = read(r#"{"id":1,"size":2,"size":3}"#);
    assert_eq!((thing.size, repairs.len()), (Some(3), 1));
}

#[test]
fn one_of_two_spellings_is_read_and_the_other_kept() {
    for (json, read_as, other) in [
        (r#"{"id":1,"nb_versions":2,"nbVersions":3}"#, 2, Some(("nbVersions", json!(3)))),
        (r#"{"id":1,"nbVersions":3,"nb_versions":2}"#, 2, Some(("nbVersions", json!(3)))),
        (r#"{"id":1,"nb_versions":null,"nbVersions":3}"#, 3, None),
        (r#"{"id":1,"nbVersions":null,"nb_versions":"2"}"#, 2, None),
        (r#"{"id":1,"nb_versions":[],"nbVersions":3}"#, 3, Some(("nb_versions", json!([])))),
        (r#"{"id":1,"nb_versions":1,"nb_versions":2}"#, 2, None),
        (r#"{"id":1,"nb_versions":2,"nb_versions":null}"#, 2, None),
    ] {
        let (thing, repairs) = read(json);
        assert_eq!(thing.nb_versions, Some(read_as), "{json}");
        let kept = other.into_iter().map(|(name, value)| (name.to_owned(), value));
        assert_eq!(thing.extra, kept.collect::<Map<String, Value>>(), "{json}");
        assert!(!repairs.is_empty(), "{json}");
    }
    let (thing, _) =
        read(r#"{"id":1,"can_write":0,"canWrite":1,"CanWrite":[],"nbVersions":1,"nb_versions":2}"#);
    assert_eq!((thing.can_write, thing.nb_versions), (Some(false), Some(2)));
    assert_eq!(thing.extra.len(), 3);
    // Two aliases, without the documented name.
    let (thing, _) = read(r#"{"id":1,"canWrite":true,"CanWrite":true}"#);
    assert_eq!((thing.can_write, thing.extra.len()), (Some(true), 1));
}

#[test]
fn broken_text_loses_no_more_than_its_characters() {
    for (broken, name) in [
        (&br#"{"id":1,"name":"party \ud83d"}"#[..], Some("party \u{fffd}")),
        (b"{\"id\":1,\"name\":\"caf\xe9\"}", Some("caf\u{fffd}")),
        (b"{\"id\":1,\"unread\":\"\xff\",\"name\":\"a\"}", Some("a")),
        (b"{\"id\":1,\"\xff\":0,\"name\":\"a\nb\"}", Some("a\nb")),
        (b"\xef\xbb\xbf{\"id\":1,\"name\":\"\xff\"}", Some("\u{fffd}")),
        (br#"{"id":1,"ratio":NaN,"name":"a"}"#, Some("a")),
    ] {
        let (thing, repairs) = from_slice::<Thing>(broken).unwrap();
        assert_eq!(thing.name.as_deref(), name);
        assert_eq!((repairs[0].kind(), repairs[0].path()), (RepairKind::MalformedText, ""));
    }
    let broken = any(b"\xef\xbb\xbf{\"code\":\"1\",\"message\":\"\xff\\ud83d\"}").unwrap();
    assert_eq!(broken, json!({"code": "1", "message": "\u{fffd}\u{fffd}"}));
    assert_eq!(any(b"<html>"), None);
}

#[test]
fn times_in_other_notations_are_read_and_no_time_is_none() {
    let expected = "2024-05-06T07:08:09.123Z".parse().unwrap();
    let (thing, repairs) = read(
        r#"{"id":1,"at":"2024-05-06T07:08:09.123+0000","plain_time":"2024-05-06 07:08:09.123"}"#,
    );
    assert_eq!((thing.at, thing.plain_time), (Some(expected), Some(expected)));
    assert_eq!(repairs, ["plain_time Converted"]);
    let (thing, _) = read(r#"{"id":1,"at":"0000-00-00 00:00:00","plain_time":17}"#);
    assert_eq!((thing.at, thing.plain_time), (None, None));
    assert_eq!(thing.extra["at"], "0000-00-00 00:00:00");
}

#[test]
fn a_list_that_comes_as_an_object_is_read_in_the_order_of_its_numbers() {
    let (thing, repairs) =
        read(r#"{"id":1,"tags":{"10":"c","0":"a","2":"b"},"children":{"0":{"id":"2"}}}"#);
    assert_eq!(thing.tags.unwrap(), ["a", "b", "c"]);
    assert_eq!(thing.children.unwrap()[0].id, 2);
    assert_eq!(repairs, ["children Converted", "tags Converted"]);
    assert_eq!(read(r#"{"id":1,"tags":{}}"#).0.tags.unwrap(), [""; 0]);
    for odd in
        [json!({"a": "x"}), json!({"0": "x", "a": "y"}), json!({"-1": "x"}), json!({"": "x"})]
    {
        let (thing, _) = read(&json!({"id": 1, "tags": odd}).to_string());
        assert_eq!((thing.tags, &thing.extra["tags"]), (None, &odd));
    }
    let (thing, _) = read(r#"{"id":1,"attributes":{"Year":{"0":2024}}}"#);
    assert_eq!(thing.attributes.unwrap()["Year"], ["2024"]);
}

#[test]
fn an_entry_that_is_null_where_it_cannot_be_is_left_out() {
    let (thing, repairs) = read(r#"{"id":1,"counts":{"a":null,"b":2,"c":null}}"#);
    assert_eq!(thing.counts.unwrap(), [("b".to_owned(), 2)].into());
    assert_eq!(repairs, ["counts.a NullEntry", "counts.c NullEntry"]);
}

#[test]
fn alternatives_are_repaired_inside() {
    let (thing, repairs) = read(r#"{"id":1,"either":[{"pages":"3","author":[]}]}"#);
    let Some(OneOrMany::Array(many)) = thing.either else { panic!("another alternative") };
    assert_eq!((many[0].pages, &many[0].extra["author"]), (Some(3), &json!([])));
    assert_eq!(repairs, ["either[0].author Absent", "either[0].pages Converted"]);
    let (thing, _) = read(r#"{"id":1,"either":{"pages":"3"},"size":"1"}"#);
    assert!(matches!(thing.either, Some(OneOrMany::Meta(Meta { pages: Some(3), .. }))));
    let (thing, _) = read(r#"{"id":1,"either":7}"#);
    assert_eq!((thing.either, &thing.extra["either"]), (None, &json!(7)));

    // Of alternatives that can all be read, the one with the fewest repairs.
    #[allow(clippy::large_enum_variant)]
    #[derive(Debug, PartialEq)]
    enum Which {
        Meta(Meta),
        Thing(Thing),
    }
    crate::__one_of! { Which { Meta, Thing } }
    let which = |json: &str| from_slice::<Which>(json.as_bytes()).unwrap();
    assert!(matches!(which(r#"{"id":1}"#).0, Which::Meta(_)));
    let (which, repairs) = which(r#"{"id":1,"pages":"x","author":[],"size":"9"}"#);
    assert!(matches!(which, Which::Thing(Thing { size: Some(9), .. })));
    assert_eq!(repairs.len(), 1);
    assert!(from_slice::<Which>(b"[]").is_err());

    // Two spellings for one alternative are two members for the other.
    #[derive(Debug, PartialEq, Deserialize)]
    struct Other {
        nb_versions: Option<i64>,
        #[serde(rename = "nbVersions")]
        camel: Option<i64>,
    }
    #[allow(clippy::large_enum_variant)]
    #[derive(Debug, PartialEq)]
    enum Either {
        Thing(Thing),
        Other(Other),
    }
    crate::__one_of! { Either { Thing, Other } }
    let json = br#"[{"id":1,"nb_versions":1,"nbVersions":2},{"id":"x"},{"id":1,"size":"3"}]"#;
    let (either, _) = from_slice::<Vec<Either>>(json).unwrap();
    assert_eq!(either[0], Either::Other(Other { nb_versions: Some(1), camel: Some(2) }));
    assert_eq!(either[1], Either::Other(Other { nb_versions: None, camel: None }));
}

#[test]
fn a_list_that_an_optional_object_requires_is_read_as_a_list_only() {
    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Inner {
        list: Vec<String>,
    }
    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Outer {
        inner: Option<Inner>,
    }
    let read = |json: &str| from_slice::<Outer>(json.as_bytes()).unwrap().0.inner;
    assert_eq!(read(r#"{"inner":{"list":[1]}}"#).unwrap().list, ["1"]);
    assert_eq!(read(r#"{"inner":{"list":{"0":"a"}}}"#), None);
}

#[test]
fn types_of_other_crates_are_read_too() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Theirs {
        #[serde(default)]
        tags: Vec<String>,
        #[serde(default)]
        size: u8,
        kind: Kind,
        map: HashMap<i64, bool>,
        pair: (i64, String),
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Small,
        Big { by: i64 },
    }
    let read = |json: &str| from_slice::<Theirs>(json.as_bytes()).map(|(value, _)| value);
    let theirs =
        read(r#"{"tags":"x","size":300,"kind":"small","map":{"7":"1"},"pair":["1",2]}"#).unwrap();
    let map = HashMap::from([(7, true)]);
    let pair = (1, "2".to_owned());
    assert_eq!(theirs, Theirs { tags: vec![], size: 0, kind: Kind::Small, map, pair });
    let big = read(r#"{"kind":{"big":{"by":3}},"map":{},"pair":["1","x"]}"#).unwrap();
    assert_eq!(big.kind, Kind::Big { by: 3 });
    // `kind` has no default.
    assert!(read(r#"{"size":[],"kind":7,"map":{},"pair":[1,"x"]}"#).is_err());
    let value = json!({"id": "7", "meta": [], "name": 5});
    assert_eq!(from_value::<Thing>(&value).unwrap().name.as_deref(), Some("5"));
    assert!(from_value::<Thing>(&json!({"id": []})).is_err());
}

#[test]
fn a_page_of_odd_items_is_read_as_a_whole_and_in_one_pass() {
    let item = |id: usize| {
        json!({"id": id, "meta": [], "size": "9", "nb_versions": 1, "nbVersions": 2,
            "children": [{"id": 1, "meta": "", "nbVersions": 1, "nb_versions": 2}]})
    };
    let page = json!((0..2000).map(item).collect::<Vec<_>>()).to_string();
    let (things, repairs) = decode::<Vec<Thing>>(page.as_bytes(), &[]).unwrap();
    assert_eq!((things.len(), repairs.count(), repairs.list().len()), (2000, 10_000, 100));
    assert!(things.iter().all(|thing| thing.size == Some(9) && thing.nb_versions == Some(1)));
}

#[test]
fn work_is_bounded_where_readings_are_nested() {
    // Each level is read three times for its two spellings, and with it everything inside.
    let mut json = format!(r#"{{"id":1,"tags":[{}"x"]}}"#, "\"x\",".repeat(20_000));
    for _ in 0..50 {
        json = format!(
            r#"{{"id":1,"nb_versions":1,"nbVersions":2,"can_write":1,"canWrite":1,"children":[{json}]}}"#
        );
    }
    let error = decode::<Thing>(json.as_bytes(), &[]).unwrap_err();
    assert!(error.message().contains("too long"), "{error}");
    // Many entries that are left out take one more read, not one each.
    let nulls: Map<String, Value> = (0..20_000).map(|n| (n.to_string(), Value::Null)).collect();
    let (thing, _) = read(&json!({"id": 1, "counts": nulls}).to_string());
    assert!(thing.counts.unwrap().is_empty());
}

#[test]
fn depth_is_bounded_as_in_the_first_pass() {
    let nested = |levels: usize| {
        format!("{}{}", r#"{"id":"1","meta":[],"children":["#.repeat(levels), "]}".repeat(levels))
    };
    assert!(decode::<Thing>(nested(60).as_bytes(), &[]).is_ok());
    assert!(decode::<Thing>(nested(100).as_bytes(), &[]).is_err());
    assert!(decode::<Thing>("[".repeat(1_000_000).as_bytes(), &[]).is_err());
    let broken = format!("{{\"id\":1,\"name\":\"\\ud83d\",\"new\":{}", "[".repeat(1_000_000));
    assert!(decode::<Thing>(broken.as_bytes(), &[]).is_err());
}

#[test]
fn no_bytes_make_it_panic_and_what_it_reads_it_writes() {
    let seed = br#"{"id":1,"name":"a\u00e9\ud83d\ude00","size":"12","can_write":1,"nb_versions":2,"nbVersions":"3",
        "meta":{"pages":[]},"attributes":{"Year":[2024]},"counts":{"a":null},"tags":{"0":1},
        "children":[{"id":"2","either":[{}]}],"at":"2024-05-06T07:08:09+0000","either":{"pages":"1"}}"#;
    let mut random = fastrand::Rng::with_seed(7);
    let bytes = b"{}[]\",:\\u0d8ntf-.eE \xff\xed\xa0\x01\x0a";
    let mut read = 0;
    for _ in 0..20_000 {
        let mut json = seed.to_vec();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..json.len());
            match random.u8(..3) {
                0 => json[at] = bytes[random.usize(..bytes.len())],
                1 => json.insert(at, bytes[random.usize(..bytes.len())]),
                _ => drop(json.remove(at)),
            }
        }
        if let Ok((thing, _)) = from_slice::<Thing>(&json) {
            read += 1;
            let written = serde_json::to_vec(&thing).unwrap();
            assert_eq!(from_slice::<Thing>(&written).unwrap().0, thing);
        }
    }
    assert!(read > 2_000, "{read}");
}
