//! Every value of a response with what the specification states of it, found without the comparison of `verify`.

use oneteg_catalog::Schemas;
use serde_json::{Map, Value};

/// A value in a response.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// Where it is, as a JSON pointer into the content.
    pub(crate) pointer: String,
    /// The same with `*` for items and entries, and the name of the specification for members.
    pub(crate) place: String,
    /// What is stated of it, without references. With `oneOf`, its type is one of several.
    pub(crate) schema: Value,
    pub(crate) nullable: bool,
    /// Whether the object around it must have it; `None` if it is no member of a known name.
    pub(crate) required: Option<bool>,
}

impl Site {
    /// The JSON types that are stated; none if any value is possible.
    pub(crate) fn types(&self, schemas: &Schemas) -> Vec<String> {
        alternatives(schemas, &self.schema).iter().filter_map(ty).collect()
    }

    pub(crate) fn is_choice(&self) -> bool {
        self.schema.get("oneOf").is_some()
    }

    /// Whether it is an object of which the specification states all members.
    pub(crate) fn is_closed_object(&self) -> bool {
        let entries = &self.schema["additionalProperties"];
        let is_map = entries.as_object().is_some_and(|schema| !schema.is_empty());
        let is_stated = !properties(&self.schema).is_empty() || *entries == false;
        !self.is_choice() && ty(&self.schema).as_deref() == Some("object") && is_stated && !is_map
    }

    /// Whether a member has a name of the specification.
    pub(crate) fn knows(&self, name: &str) -> bool {
        properties(&self.schema)
            .iter()
            .any(|(known, schema)| known == name || aliases(schema).contains(&name))
    }
}

/// The sites of a value, from the outside to the inside.
pub(crate) fn of(schemas: &Schemas, schema: &Value, value: &Value) -> Vec<Site> {
    let mut sites = Vec::new();
    let root = Site {
        pointer: String::new(),
        place: String::new(),
        schema: schemas.resolve(schema),
        nullable: is_nullable(schema),
        required: None,
    };
    visit(schemas, root, value, &mut sites);
    sites
}

fn visit(schemas: &Schemas, mut site: Site, value: &Value, sites: &mut Vec<Site>) {
    site.nullable |= is_nullable(&site.schema);
    if site.is_choice() {
        let all = alternatives(schemas, &site.schema);
        site.nullable |= all.iter().any(is_nullable);
        let fitting: Vec<&Value> =
            all.iter().filter(|schema| ty(schema).is_some_and(|ty| is_of(&ty, value))).collect();
        if let [only] = fitting.as_slice() {
            inside(schemas, &Site { schema: (*only).clone(), ..site.clone() }, value, sites);
        }
    } else {
        inside(schemas, &site, value, sites);
    }
    sites.push(site);
}

fn inside(schemas: &Schemas, site: &Site, value: &Value, sites: &mut Vec<Site>) {
    let below = |pointer: &str, place: &str, schema: &Value, required| Site {
        pointer: format!("{}/{}", site.pointer, escaped(pointer)),
        place: format!("{}/{}", site.place, escaped(place)),
        schema: schemas.resolve(schema),
        nullable: is_nullable(schema),
        required,
    };
    match value {
        Value::Array(items) => {
            let Some(schema) = site.schema.get("items") else { return };
            for (index, item) in items.iter().enumerate() {
                visit(schemas, below(&index.to_string(), "*", schema, None), item, sites);
            }
        }
        Value::Object(object) => {
            let known = properties(&site.schema);
            let required = site.schema["required"].as_array().cloned().unwrap_or_default();
            let mut names = Vec::new();
            for (name, schema) in &known {
                let mut present = vec![name.as_str()];
                present.extend(aliases(schema));
                present.retain(|name| object.contains_key(*name));
                names.extend(present.iter().map(|name| (*name).to_owned()));
                // Of a member with two names, nothing is expected.
                if let [only] = present.as_slice() {
                    let is_required = required.iter().any(|required| required == name);
                    let member = below(only, name, schema, Some(is_required));
                    visit(schemas, member, &object[*only], sites);
                }
            }
            let entries = &site.schema["additionalProperties"];
            if entries.as_object().is_some_and(|schema| !schema.is_empty()) {
                for (name, value) in object.iter().filter(|(name, _)| !names.contains(name)) {
                    visit(schemas, below(name, "*", entries, None), value, sites);
                }
            }
        }
        _ => {}
    }
}

fn alternatives(schemas: &Schemas, schema: &Value) -> Vec<Value> {
    match schema["oneOf"].as_array() {
        Some(all) => all.iter().map(|schema| schemas.resolve(schema)).collect(),
        None => vec![schema.clone()],
    }
}

/// The type of a schema; that of one with members is an object.
fn ty(schema: &Value) -> Option<String> {
    let is_object = !properties(schema).is_empty();
    schema["type"].as_str().map(str::to_owned).or(is_object.then(|| "object".to_owned()))
}

fn is_of(ty: &str, value: &Value) -> bool {
    match ty {
        "string" => value.is_string(),
        "integer" | "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        _ => value.is_array(),
    }
}

fn is_nullable(schema: &Value) -> bool {
    schema["nullable"] == true
}

fn properties(schema: &Value) -> Map<String, Value> {
    schema["properties"].as_object().cloned().unwrap_or_default()
}

fn aliases(schema: &Value) -> Vec<&str> {
    schema["x-aliases"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
