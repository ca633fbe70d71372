use serde_json::{Map, json};

use super::*;
use crate::evidence::Kind;

fn schemas() -> Schemas {
    let text = json!({
        "Base": { "type": "object", "required": ["id"], "properties": {
            "id": { "type": "integer", "format": "int64" }
        } },
        "Asset": {
            "allOf": [{ "$ref": "#/components/schemas/Base" }, {
                "type": "object", "additionalProperties": true, "properties": {
                    "name": { "type": "string", "nullable": true },
                    "kind": { "type": "string", "enum": ["image", "video"] },
                    "parent": { "allOf": [{ "$ref": "#/components/schemas/Asset" }], "nullable": true,
                        "description": "Above it." },
                    "created": { "type": "string", "format": "date-time", "nullable": true },
                    "can_edit": { "type": "boolean", "x-aliases": ["canEdit"] },
                    "tags": { "type": "object", "additionalProperties": { "type": "array",
                        "items": { "type": "string" } } },
                    "meta": { "type": "object", "additionalProperties": true },
                    "code": { "type": "string", "x-lenient": true },
                    "any": { "description": "Any value." }
                }
            }]
        },
        "AssetOrList": { "oneOf": [
            { "$ref": "#/components/schemas/Asset" },
            { "type": "array", "items": { "$ref": "#/components/schemas/Asset" } }
        ] }
    });
    serde_json::from_str(&text.to_string()).unwrap()
}

fn found(schema: &str, value: &Value, direction: Direction) -> Vec<(String, Kind, bool)> {
    let schemas = schemas();
    let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
    Checker::new(&schemas)
        .check(&schema, value, direction)
        .into_iter()
        .map(|finding| (finding.place, finding.kind, finding.lenient))
        .collect()
}

fn asset(value: &Value) -> Vec<(String, Kind, bool)> {
    found("Asset", value, Direction::Response)
}

#[test]
fn a_value_that_fits_has_no_differences() {
    let value = json!({
        "id": 1, "name": null, "kind": "image", "parent": { "id": 2.0, "parent": null },
        "created": "2024-01-01T00:00:00Z", "canEdit": true, "tags": { "Ann Lee": ["a"], "12": [] },
        "meta": { "anything": [1, "a"] }, "any": [null], "code": "a"
    });
    assert_eq!(asset(&value), []);
    assert_eq!(found("AssetOrList", &value, Direction::Response), []);
    assert_eq!(found("AssetOrList", &json!([value, { "id": 3 }]), Direction::Response), []);
}

#[test]
fn each_kind_of_difference_is_found_at_its_place() {
    let at = |place: &str, kind, lenient| vec![(place.to_owned(), kind, lenient)];
    for (value, expected) in [
        (json!({ "id": 1, "colour": "red" }), at("/colour", Kind::UnknownMember, false)),
        (json!({ "id": 1, "Ann Lee": "red" }), at("/*", Kind::UnknownMember, false)),
        (json!({ "name": "a" }), at("/id", Kind::Missing, false)),
        (json!({ "id": null }), at("/id", Kind::Null, false)),
        (json!({ "id": 1, "can_edit": null }), at("/can_edit", Kind::Null, false)),
        (json!({ "id": 1, "name": 5 }), at("/name", Kind::Type, false)),
        (json!({ "id": 1.5 }), at("/id", Kind::Type, true)),
        (json!({ "id": "1" }), at("/id", Kind::Type, true)),
        (json!({ "id": true }), at("/id", Kind::Type, false)),
        (json!({ "id": 1, "code": 7 }), at("/code", Kind::Type, true)),
        (json!({ "id": 1, "kind": "audio" }), at("/kind", Kind::EnumValue, false)),
        (json!({ "id": 1, "created": "yesterday" }), at("/created", Kind::Format, false)),
        (json!({ "id": 1, "created": "2024-01-01 00:00:00" }), at("/created", Kind::Format, true)),
        (json!({ "id": u64::MAX }), at("/id", Kind::Format, false)),
        (
            json!({ "id": 1, "parent": { "id": 1, "b": 1 } }),
            at("/parent/b", Kind::UnknownMember, false),
        ),
        (json!({ "id": 1, "tags": { "Ann": [1] } }), at("/tags/*/*", Kind::Type, false)),
        (json!({ "id": 1, "meta": [] }), at("/meta", Kind::Type, false)),
        (json!([]), at("", Kind::Type, false)),
        (json!(null), at("", Kind::Null, false)),
    ] {
        assert_eq!(asset(&value), expected, "{value}");
    }
}

#[test]
fn of_alternatives_the_one_that_fits_best_counts() {
    let list = json!([{ "id": 1, "colour": 1 }, { "id": 2, "colour": 1 }]);
    let expected = [("/*/colour".to_owned(), Kind::UnknownMember, false)];
    assert_eq!(found("AssetOrList", &list, Direction::Response), expected);
    let one = json!({ "colour": 1 });
    assert_eq!(found("AssetOrList", &one, Direction::Response).len(), 2);
}

#[test]
fn requests_may_have_unknown_members_where_the_schema_is_open() {
    let value = json!({ "id": 1, "colour": "red" });
    let expected = [("/colour".to_owned(), Kind::UnknownMember, true)];
    assert_eq!(found("Asset", &value, Direction::Request), expected);
    let expected = [("/colour".to_owned(), Kind::UnknownMember, false)];
    assert_eq!(found("Base", &value, Direction::Request), expected);
}

#[test]
fn differences_of_many_values_are_counted_by_place() {
    let schemas = schemas();
    let checker = Checker::new(&schemas);
    let schema = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Asset" } });
    let mut comparison = Comparison::default();
    let mut fake = |_: &str, _: &Value| json!("fake");
    comparison.add(
        &checker,
        &schema,
        &json!([
            { "id": 1, "colour": "red", "canEdit": true, "any": { "x": 1 } },
            { "id": 2, "colour": null, "name": null, "kind": "audio" },
            { "id": "3", "name": "c", "kind": "Ann Lee", "any": { "x": "a", "y": [{ "Ann Lee": 1 }] } },
        ]),
        Some(&mut fake),
    );
    let any = comparison.member("/*/any").unwrap().seen.clone().unwrap();
    assert_eq!(any.members["x"].types.len(), 2);
    assert!(any.members["y"].items.as_ref().unwrap().members.contains_key("*"));
    let (findings, members) = comparison.finish();
    let restored = Comparison::restore(findings.clone(), members.clone());
    assert_eq!(restored.finish(), (findings.clone(), members.clone()));
    let [colour, id, kind] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!((colour.place.as_str(), colour.count, colour.of), ("/*/colour", 2, 3));
    assert_eq!((colour.seen.null, colour.seen.types["string"]), (1, 1));
    assert_eq!(colour.seen.example, Some(json!("fake")));
    assert_eq!(colour.schema.as_deref(), Some("Asset"));
    assert_eq!(
        (id.count, id.of, id.lenient, id.said.as_deref()),
        (1, 3, true, Some("integer (int64)"))
    );
    // The name of a person is no word of the vendor.
    assert_eq!(kind.seen.values.iter().collect::<Vec<_>>(), ["audio"]);
    let member = |place: &str| members.iter().find(|member| member.place == place).unwrap();
    let name = member("/*/name");
    assert_eq!((name.present, name.null, name.absent), (2, 1, 1));
    assert_eq!(member("/*/can_edit").aliases["canEdit"], 1);
    let shown = serde_json::to_string(&(&findings, &members)).unwrap();
    assert!(!shown.contains("Ann Lee") && !shown.contains("red"), "{shown}");
}

#[test]
fn hostile_values_are_bounded() {
    let many: Map<String, Value> =
        (0..5000).map(|index| (format!("member{index}"), json!(index))).collect();
    let findings = asset(&many.into());
    assert_eq!(findings.len(), 102);
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!({ "id": 1, "parent": deep });
    }
    assert_eq!(asset(&deep).len(), 1);
}

#[test]
fn every_schema_of_every_vendor_is_read() {
    for vendor in crate::VENDORS {
        let catalog = crate::of(vendor).unwrap();
        let checker = Checker::new(&catalog.schemas);
        for entry in &catalog.operations {
            if let Some(schema) = &entry.response.schema {
                for value in [json!({}), json!([{}]), json!(null)] {
                    checker.check(schema, &value, Direction::Response);
                }
            }
        }
    }
}

#[test]
fn objects_are_visited_with_their_schemas() {
    let schemas = schemas();
    let schema = json!({ "$ref": "#/components/schemas/AssetOrList" });
    let value = json!([{ "id": 1, "parent": { "id": 2 }, "meta": { "id": 3 } }]);
    let mut seen = Vec::new();
    Checker::new(&schemas).visit_objects(&schema, &value, &mut |place, schema, object| {
        seen.push(format!("{place} {} {}", schema.unwrap_or_default(), object["id"]));
    });
    assert_eq!(seen, ["/* Asset 1", "/*/parent Asset 2"]);
}
