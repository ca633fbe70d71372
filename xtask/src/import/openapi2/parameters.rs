//! Parameters: those of the body and of forms become request bodies, the others get a schema.

use serde_json::{Map, Value, json};

use super::{Defaults, JSON};
use crate::import::report::Report;

/// The keys of a parameter that belong to its schema.
const SCHEMA: [&str; 20] = [
    "type",
    "format",
    "items",
    "default",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "enum",
    "multipleOf",
    "x-nullable",
    "x-enum-varnames",
    "x-enum-descriptions",
    "x-enumNames",
];

/// The shared parameters of 3.0, and the shared bodies. Form parameters stay with the operations.
pub fn shared(
    defaults: &Defaults,
    report: &mut Report,
) -> (Map<String, Value>, Map<String, Value>) {
    let (mut parameters, mut bodies) = (Map::new(), Map::new());
    for (name, parameter) in &defaults.parameters {
        match parameter["in"].as_str() {
            Some("body") => {
                bodies.insert(name.clone(), body(parameter, &defaults.consumes));
            }
            Some("formData") => {}
            _ => {
                parameters.insert(name.clone(), plain(parameter, name, report));
            }
        }
    }
    (parameters, bodies)
}

/// What the parameters of an operation become.
#[derive(Default)]
pub struct Split {
    pub parameters: Vec<Value>,
    pub body: Option<Value>,
}

/// Divides the parameters of an operation.
pub fn split(
    list: &[Value],
    consumes: &[String],
    defaults: &Defaults,
    place: &str,
    report: &mut Report,
) -> Split {
    let mut split = Split::default();
    let mut form: Vec<Value> = Vec::new();
    for parameter in list {
        let shared =
            parameter["$ref"].as_str().and_then(|target| target.strip_prefix("#/parameters/"));
        let shared = shared.map(|name| name.replace("~1", "/").replace("~0", "~"));
        let written =
            shared.as_ref().and_then(|name| defaults.parameters.get(name)).unwrap_or(parameter);
        match (written["in"].as_str(), &shared) {
            (Some("body"), Some(name)) if consumes == defaults.consumes => {
                let target = crate::spec::child("#/components/requestBodies", name);
                split.body = Some(json!({ "$ref": target }));
            }
            (Some("body"), _) => split.body = Some(body(written, consumes)),
            (Some("formData"), _) => form.push(written.clone()),
            // A reference is followed when all references are.
            (_, Some(_)) => split.parameters.push(parameter.clone()),
            _ => split.parameters.push(plain(written, place, report)),
        }
    }
    if !form.is_empty() {
        if split.body.is_some() {
            report.left_out("openapi_2", "form parameters next to a body", place, "");
        } else {
            split.body = Some(self::form(&form, consumes));
        }
    }
    split
}

/// A parameter with a schema.
fn plain(parameter: &Value, place: &str, report: &mut Report) -> Value {
    let mut all = parameter.as_object().cloned().unwrap_or_default();
    if all.contains_key("$ref") {
        return parameter.clone();
    }
    let location = all.get("in").and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_list = all.get("type").is_some_and(|kind| kind == "array");
    let format = all.remove("collectionFormat");
    let format = format.as_ref().and_then(Value::as_str).unwrap_or("csv");
    let schema = schema(&mut all);
    if is_list && location == "query" {
        let (style, explode) = match format {
            "multi" => ("form", true),
            "ssv" => ("spaceDelimited", false),
            "pipes" => ("pipeDelimited", false),
            "tsv" => {
                report.to_decide(
                    "openapi_2",
                    "lists separated by tabs are sent with commas",
                    place,
                    "",
                );
                ("form", false)
            }
            _ => ("form", false),
        };
        all.insert("style".to_owned(), json!(style));
        all.insert("explode".to_owned(), json!(explode));
    }
    if location != "query" {
        all.remove("allowEmptyValue");
    }
    if let Some(example) = all.remove("x-example") {
        all.insert("example".to_owned(), example);
    }
    all.entry("schema").or_insert(schema);
    Value::Object(all)
}

/// Takes the keys of the schema out of a parameter.
pub fn schema(parameter: &mut Map<String, Value>) -> Value {
    let mut schema = Map::new();
    for key in SCHEMA {
        if let Some(value) = parameter.remove(key) {
            schema.insert(key.to_owned(), value);
        }
    }
    strip_formats(schema.get_mut("items"));
    Value::Object(schema)
}

/// In 3.0, lists in lists have no format.
fn strip_formats(items: Option<&mut Value>) {
    if let Some(items) = items.and_then(Value::as_object_mut) {
        items.remove("collectionFormat");
        strip_formats(items.get_mut("items"));
    }
}

fn body(parameter: &Value, consumes: &[String]) -> Value {
    let schema = parameter.get("schema").cloned().unwrap_or_else(|| json!({}));
    let json_only = [JSON.to_owned()];
    let is_form = |media_type: &&String| {
        media_type.contains("form-data") || media_type.contains("urlencoded")
    };
    let types: Vec<&String> = consumes.iter().filter(|media_type| !is_form(media_type)).collect();
    let types = if types.is_empty() { json_only.iter().collect() } else { types };
    let mut content = Map::new();
    for media_type in types {
        let mut value = json!({ "schema": schema });
        if let Some(example) = parameter["x-examples"].get(media_type) {
            value["example"] = example.clone();
        }
        content.insert(media_type.clone(), value);
    }
    let mut body = Map::new();
    for key in ["description", "required"] {
        if let Some(value) = parameter.get(key) {
            body.insert(key.to_owned(), value.clone());
        }
    }
    body.insert("content".to_owned(), Value::Object(content));
    // The name of a body parameter is not sent, but states what it is.
    Value::Object(body)
}

fn form(parameters: &[Value], consumes: &[String]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    let mut encoding = Map::new();
    for parameter in parameters {
        let mut all = parameter.as_object().cloned().unwrap_or_default();
        let Some(Value::String(name)) = all.remove("name") else { continue };
        let is_list = all.get("type").is_some_and(|kind| kind == "array");
        let format = all.remove("collectionFormat");
        let mut schema = schema(&mut all);
        if let (Some(description), Some(schema)) =
            (all.remove("description"), schema.as_object_mut())
        {
            schema.insert("description".to_owned(), description);
        }
        if all.get("required").is_some_and(|flag| *flag == true) {
            required.push(name.clone());
        }
        if is_list && format.as_ref().and_then(Value::as_str) != Some("multi") {
            encoding.insert(name.clone(), json!({ "style": "form", "explode": false }));
        }
        properties.insert(name, schema);
    }
    let has_files = parameters.iter().any(|parameter| parameter["type"] == "file");
    let urlencoded = "application/x-www-form-urlencoded";
    let is_multipart = has_files
        || consumes.iter().any(|media_type| media_type.starts_with("multipart/"))
            && !consumes.iter().any(|media_type| media_type == urlencoded);
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    let mut value = json!({ "schema": schema });
    if !encoding.is_empty() && !is_multipart {
        value["encoding"] = Value::Object(encoding);
    }
    let media_type = if is_multipart { "multipart/form-data" } else { urlencoded };
    let mut body = json!({ "content": { media_type: value } });
    if !required.is_empty() {
        body["required"] = json!(true);
    }
    body
}
