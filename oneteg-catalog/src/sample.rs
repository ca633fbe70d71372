//! A value of a schema, the same each time: for stand-ins that have nothing better to return.
//!
//! | Schema | Value |
//! |---|---|
//! | `example`, `default` | that value |
//! | `enum` | the first value that is not null |
//! | string | by its format, such as `2024-01-15T10:30:00Z`; otherwise the name of the member |
//! | integer, number | 1, or the nearest value that the bounds allow |
//! | boolean | `true` |
//! | array | one item, or the fewest that `minItems` allows |
//! | object | every member; a member whose type contains itself is left out |
//! | `oneOf`, `anyOf` | the first alternative |
//! | anything | `{}` |
//!
//! ```
//! let catalog = oneteg_catalog::of("netexplorer").expect("the vendor is known");
//! let folder = serde_json::json!({ "$ref": "#/components/schemas/Folder" });
//! let sample = catalog.schemas.sample(&folder);
//! assert_eq!(sample, catalog.schemas.sample(&folder));
//! assert!(sample["id"].is_number());
//! ```

use serde_json::{Map, Number, Value};

use crate::schema::Schemas;

/// The largest nesting of a sample. Deeper objects are empty.
const MAX_DEPTH: usize = 24;
/// More items than any schema needs.
const MAX_ITEMS: u64 = 16;

impl Schemas {
    /// A value of a schema, which may refer to others.
    #[must_use]
    pub fn sample(&self, schema: &Value) -> Value {
        self.sample_named(schema, "value")
    }

    /// The same for the value of a parameter or a member of this name, which is the value of plain strings.
    #[must_use]
    pub fn sample_named(&self, schema: &Value, name: &str) -> Value {
        Sampler { schemas: self, path: Vec::new(), depth: 0 }
            .value(schema, name)
            .unwrap_or_default()
    }
}

struct Sampler<'a> {
    schemas: &'a Schemas,
    /// The names of the schemas around the value.
    path: Vec<String>,
    depth: usize,
}

impl Sampler<'_> {
    /// `None` if the schema contains itself here.
    fn value(&mut self, schema: &Value, name: &str) -> Option<Value> {
        let named = Schemas::name(schema).or_else(|| single_reference(schema)).map(str::to_owned);
        if let Some(named) = &named {
            if self.path.contains(named) {
                return None;
            }
            self.path.push(named.clone());
        }
        self.depth += 1;
        let value = match self.depth > MAX_DEPTH {
            true => None,
            false => self.resolved(&self.schemas.resolve(schema), name),
        };
        self.depth -= 1;
        if named.is_some() {
            self.path.pop();
        }
        value
    }

    fn resolved(&mut self, schema: &Value, name: &str) -> Option<Value> {
        for key in ["example", "default"] {
            if let Some(value) = schema.get(key).filter(|value| !value.is_null()) {
                return Some(value.clone());
            }
        }
        if let Some(value) =
            schema["enum"].as_array().and_then(|all| all.iter().find(|value| !value.is_null()))
        {
            return Some(value.clone());
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(alternatives) = schema[key].as_array() {
                return alternatives.iter().find_map(|alternative| self.value(alternative, name));
            }
        }
        Some(match schema["type"].as_str() {
            Some("string") => string(schema, name).into(),
            Some("integer") => integer(schema),
            Some("number") => number(schema),
            Some("boolean") => true.into(),
            Some("array") => return self.array(schema, name),
            _ => self.object(schema),
        })
    }

    /// An array that would contain itself is empty.
    fn array(&mut self, schema: &Value, name: &str) -> Option<Value> {
        let item = self.value(&schema["items"], singular(name));
        let fewest = schema["minItems"].as_u64().unwrap_or(0);
        let count =
            fewest.max(1).min(schema["maxItems"].as_u64().unwrap_or(u64::MAX)).min(MAX_ITEMS);
        match item {
            Some(item) => Some((0..count).map(|_| item.clone()).collect()),
            None => (fewest == 0).then(|| Value::Array(Vec::new())),
        }
    }

    fn object(&mut self, schema: &Value) -> Value {
        let mut object = Map::new();
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            if member["writeOnly"] == true {
                continue;
            }
            if let Some(value) = self.value(member, name) {
                object.insert(name.clone(), value);
            }
        }
        let further = &schema["additionalProperties"];
        if object.is_empty()
            && further.as_object().is_some_and(|further| !further.is_empty())
            && let Some(value) = self.value(further, "value")
        {
            object.insert("key".to_owned(), value);
        }
        Value::Object(object)
    }
}

/// The schema that a composition of one part refers to: `nullable` and descriptions stand next to such an `allOf`.
fn single_reference(schema: &Value) -> Option<&str> {
    match schema["allOf"].as_array()?.as_slice() {
        [only] => Schemas::name(only),
        _ => None,
    }
}

/// `tag` for `tags`.
fn singular(name: &str) -> &str {
    name.strip_suffix('s').filter(|name| !name.is_empty()).unwrap_or(name)
}

fn string(schema: &Value, name: &str) -> String {
    let by_format = match schema["format"].as_str().unwrap_or_default() {
        "date-time" => "2024-01-15T10:30:00Z",
        "date" => "2024-01-15",
        "time" => "10:30:00Z",
        "uuid" => "00000000-0000-4000-8000-000000000001",
        "email" => "ada@example.com",
        "uri" | "url" => "https://example.com/",
        "hostname" => "example.com",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "byte" => "c2FtcGxl",
        _ => name,
    };
    let length = |key: &str| schema[key].as_u64().and_then(|length| usize::try_from(length).ok());
    let mut string: String =
        by_format.chars().take(length("maxLength").unwrap_or(usize::MAX)).collect();
    let fewest = length("minLength").unwrap_or(0).min(1024);
    let missing = fewest.saturating_sub(string.chars().count());
    string.extend(std::iter::repeat_n('x', missing));
    string
}

fn integer(schema: &Value) -> Value {
    if schema["format"] == "unix-ms" {
        return 1_705_314_600_000_i64.into();
    }
    let bound = |key: &str| schema[key].as_i64();
    1_i64.max(bound("minimum").unwrap_or(i64::MIN)).min(bound("maximum").unwrap_or(i64::MAX)).into()
}

fn number(schema: &Value) -> Value {
    let bound = |key: &str| schema[key].as_f64();
    let value =
        1.5_f64.max(bound("minimum").unwrap_or(f64::MIN)).min(bound("maximum").unwrap_or(f64::MAX));
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::{Checker, Direction};

    fn schemas(of: Value) -> Schemas {
        serde_json::from_str(&of.to_string()).unwrap()
    }

    #[test]
    fn a_value_follows_its_schema() {
        let none = schemas(json!({}));
        for (schema, expected) in [
            (json!({ "type": "string" }), json!("value")),
            (json!({ "type": "string", "format": "date-time" }), json!("2024-01-15T10:30:00Z")),
            (json!({ "type": "string", "maxLength": 2 }), json!("va")),
            (json!({ "type": "string", "minLength": 7 }), json!("valuexx")),
            (json!({ "type": "integer", "minimum": 5 }), json!(5)),
            (json!({ "type": "integer", "maximum": 0 }), json!(0)),
            (json!({ "type": "number", "maximum": 1 }), json!(1.0)),
            (json!({ "type": "boolean" }), json!(true)),
            (json!({ "type": "string", "enum": [null, "b"] }), json!("b")),
            (json!({ "type": "string", "example": "x" }), json!("x")),
            (
                json!({ "type": "array", "items": { "type": "integer" }, "minItems": 2 }),
                json!([1, 1]),
            ),
            (json!({ "oneOf": [{ "type": "integer" }, { "type": "string" }] }), json!(1)),
            (json!({ "additionalProperties": { "type": "integer" } }), json!({ "key": 1 })),
            (json!({ "additionalProperties": {} }), json!({})),
            (json!({}), json!({})),
            (
                json!({ "properties": { "tags": { "type": "array", "items": { "type": "string" } } } }),
                json!({ "tags": ["tag"] }),
            ),
        ] {
            assert_eq!(none.sample(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn a_schema_that_contains_itself_ends() {
        let all = schemas(json!({
            "Node": { "properties": {
                "id": { "type": "integer" },
                "parent": { "allOf": [{ "$ref": "#/components/schemas/Node" }], "nullable": true },
                "children": { "type": "array", "items": { "$ref": "#/components/schemas/Node" } },
                "other": { "$ref": "#/components/schemas/Other" }
            } },
            "Other": { "properties": { "node": { "$ref": "#/components/schemas/Node" } } }
        }));
        let node = json!({ "$ref": "#/components/schemas/Node" });
        assert_eq!(all.sample(&node), json!({ "id": 1, "children": [], "other": {} }));
    }

    #[test]
    fn the_sample_of_every_documented_response_fits_it() {
        for vendor in crate::VENDORS {
            let catalog = crate::of(vendor).unwrap();
            let checker = Checker::new(&catalog.schemas);
            for entry in &catalog.operations {
                for schema in entry.responses.iter().flat_map(|response| response.content.values())
                {
                    let sample = catalog.schemas.sample(schema);
                    let findings = checker.check(schema, &sample, Direction::Response);
                    assert!(findings.is_empty(), "{vendor} {}: {findings:?}", entry.name);
                }
            }
        }
    }
}
