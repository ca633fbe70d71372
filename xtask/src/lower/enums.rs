//! Rules about enums.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Lowered, each_operation, reference};
use crate::{names, spec::Spec};

/// A string enum, emitted as an open enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenEnum {
    /// The documentation of the enum.
    pub description: String,
    /// The wire value, the name of the variant, and the description of each value.
    pub values: Vec<(String, String, String)>,
}

/// Removes string enums, which are emitted as open enums. Those of typify are closed, and typify panics on
/// values that differ only in case or punctuation. Unnamed enums are named after what contains them.
pub(super) fn open_enums(_: &Spec, lowered: &mut Lowered) {
    let mut found = Found::default();
    let schemas = lowered.document["components"]["schemas"].as_object().into_iter().flatten();
    found.taken = schemas.map(|(name, _)| names::pascal(name)).collect();
    let schemas = lowered
        .document
        .get_mut("components")
        .and_then(|v| v.get_mut("schemas"))
        .and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        let type_name = names::pascal(name);
        if is_string_enum(schema) {
            found.enums.insert(type_name, open_enum(schema));
            // References to it must still resolve. progenitor is told to use the open enum.
            *schema = json!({ "type": "string" });
        } else {
            hoist(&type_name, schema, &mut found);
        }
    }
    each_operation(&mut lowered.document, |id, operation| {
        hoist(&names::pascal(id), operation, &mut found);
    });
    for name in found.added {
        lowered.document["components"]["schemas"][name] = json!({ "type": "string" });
    }
    lowered.enums = found.enums;
}

/// The enums that were found.
#[derive(Default)]
struct Found {
    enums: BTreeMap<String, OpenEnum>,
    /// The names of those that had none.
    added: BTreeSet<String>,
    /// The names of the document's types.
    taken: BTreeSet<String>,
}

impl Found {
    /// Adds an enum without a name. Returns the wanted name, with a number if another type has it.
    fn add(&mut self, wanted: &str, found: OpenEnum) -> String {
        let is_free = |name: &String| {
            !self.taken.contains(name) && self.enums.get(name).is_none_or(|known| *known == found)
        };
        let numbered = (2..).map(|number| format!("{wanted}{number}"));
        let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
        let name = names.find(is_free).unwrap_or_default();
        self.enums.insert(name.clone(), found);
        self.added.insert(name.clone());
        name
    }
}

fn is_string_enum(schema: &Value) -> bool {
    schema["enum"].is_array() && schema["type"] == "string"
}

/// Moves the unnamed enums in a value to `found`. Their name is the path to them, without the keys that only
/// structure the document: the enum of `status` in `Asset` is `AssetStatus`, even if it is a list of them.
fn hoist(path: &str, value: &mut Value, found: &mut Found) {
    const STRUCTURE: [&str; 15] = [
        "properties",
        "items",
        "schema",
        "allOf",
        "oneOf",
        "anyOf",
        "content",
        "application/json",
        "application/x-www-form-urlencoded",
        "requestBody",
        "responses",
        "2XX",
        "parameters",
        "additionalProperties",
        "not",
    ];
    if is_string_enum(value) {
        let nullable = value["nullable"] == true;
        let name = found.add(path, open_enum(value));
        *value = reference(&name);
        if nullable {
            *value = json!({ "nullable": true, "allOf": [value.take()] });
        }
        return;
    }
    match value {
        Value::Object(members) => {
            for (key, member) in members.iter_mut() {
                if STRUCTURE.contains(&key.as_str()) {
                    hoist(path, member, found);
                } else if !matches!(key.as_str(), "enum" | "default" | "required" | "description") {
                    hoist(&format!("{path}{}", names::pascal(key)), member, found);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                // Parameters are in a list, but have a name.
                let name = item["name"].as_str().map(names::pascal).unwrap_or_default();
                hoist(&format!("{path}{name}"), item, found);
            }
        }
        _ => {}
    }
}

fn open_enum(schema: &Value) -> OpenEnum {
    let list = |key: &str| -> Vec<String> {
        let items = schema[key].as_array().into_iter().flatten();
        items.map(|item| item.as_str().unwrap_or_default().to_owned()).collect()
    };
    let (variants, descriptions) = (list("x-enum-names"), list("x-enum-descriptions"));
    let values = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    // Every open enum has this variant for unknown values.
    let mut taken = vec!["Other".to_owned()];
    let values = values.enumerate().map(|(index, value)| {
        let mut name = variants.get(index).cloned().unwrap_or_else(|| names::variant(value));
        if name == "Other" {
            name.push_str("Value");
        }
        // `asc` and `ASC` are different values with the same variant name.
        while taken.contains(&name) {
            let upper = value.chars().any(char::is_uppercase);
            name.push_str(if upper { "Upper" } else { "Again" });
        }
        taken.push(name.clone());
        (value.to_owned(), name, descriptions.get(index).cloned().unwrap_or_default())
    });
    OpenEnum {
        values: values.collect(),
        description: schema["description"].as_str().unwrap_or_default().to_owned(),
    }
}

/// Makes integer enums plain integers: those of typify fail on numbers that a vendor adds later.
pub(super) fn integer_enums(_: &Spec, lowered: &mut Lowered) {
    super::each_schema(&mut lowered.document, |_, schema| {
        if schema["enum"].is_array()
            && let Some(schema) = schema.as_object_mut()
        {
            schema.remove("enum");
            schema.remove("x-enum-names");
            schema.remove("x-enum-descriptions");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variants(schema: Value) -> Vec<String> {
        open_enum(&schema).values.into_iter().map(|(_, variant, _)| variant).collect()
    }

    #[test]
    fn variant_names_are_unique() {
        let schema = json!({ "enum": ["asc", "ASC", "a-sc", "other", null] });
        assert_eq!(variants(schema), ["Asc", "AscUpper", "ASc", "OtherValue"]);
        assert_eq!(
            variants(json!({ "enum": ["a-b", "a_b", "a b"] })),
            ["AB", "ABAgain", "ABAgainAgain"]
        );
    }

    #[test]
    fn given_names_and_descriptions_are_used() {
        let schema = json!({
            "description": "The kind.", "enum": ["1", "2"],
            "x-enum-names": ["First", "Second"], "x-enum-descriptions": ["The first.", "The second."]
        });
        let open = open_enum(&schema);
        assert_eq!(open.description, "The kind.");
        assert_eq!(open.values[1], ("2".to_owned(), "Second".to_owned(), "The second.".to_owned()));
    }

    #[test]
    fn unnamed_enums_are_named_after_their_path() {
        let mut found = Found::default();
        let mut schema = json!({ "properties": {
            "state": { "type": "array", "items": { "type": "string", "enum": ["new"] } },
            "kind": { "type": "string", "enum": ["film"], "nullable": true }
        } });
        hoist("Asset", &mut schema, &mut found);
        assert_eq!(found.enums.keys().collect::<Vec<_>>(), ["AssetKind", "AssetState"]);
        assert_eq!(schema["properties"]["state"]["items"], reference("AssetState"));
        assert_eq!(schema["properties"]["kind"]["allOf"][0], reference("AssetKind"));
    }
}
