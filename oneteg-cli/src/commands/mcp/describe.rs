//! The description of an operation, with the schema of its arguments.

use oneteg_http::{Confidence, Operation, Pagination, PaginationStyle};
use serde_json::{Map, Value, json};

use super::access::Exposed;
use crate::catalog::{BodyKind, Entry, ResponseKind};

/// Schemas are shown to this depth if they fit, and to a smaller one if they do not.
const DEEPEST: usize = 5;

/// Describes an operation in up to about `limit` bytes.
pub(super) fn describe(
    exposed: &Exposed,
    entry: &Entry,
    operation: &Operation,
    limit: usize,
) -> Value {
    let mut depth = DEEPEST;
    loop {
        let described = at_depth(exposed, entry, operation, depth);
        if depth == 0 || described.to_string().len() <= limit {
            return described;
        }
        depth -= 1;
    }
}

fn at_depth(exposed: &Exposed, entry: &Entry, operation: &Operation, depth: usize) -> Value {
    let mut described = json!({
        "operation": entry.name,
        "tag": entry.tag,
        "summary": entry.summary,
        "changes_something": entry.writes,
        "request": request(operation),
        "certainty": certainty(operation),
        "arguments": arguments(exposed, entry, depth),
        "returns": returns(exposed, entry, depth.min(3)),
    });
    let mut set = |name: &str, value: Value| {
        if !value.is_null() {
            described[name] = value;
        }
    };
    if !entry.description.is_empty() {
        set("description", entry.description.as_str().into());
    }
    if entry.deprecated {
        set("deprecated", true.into());
    }
    if let Some(pagination) = &operation.pagination {
        set("pages", pages(pagination).into());
    }
    if let Some(example) = entry.examples.first() {
        let example = match &entry.body {
            Some(_) => json!({ "body": example }),
            None => example.clone(),
        };
        set("example_arguments", example);
    }
    described
}

fn request(operation: &Operation) -> String {
    match operation.rpc {
        Some(rpc) => format!("JSON-RPC {}", rpc.method),
        None => format!("{} {}", operation.method, operation.path),
    }
}

fn certainty(operation: &Operation) -> String {
    let known = match operation.evidence.confidence {
        Confidence::Observed => "seen in the vendor's responses",
        Confidence::Documented => "shown by vendor documentation",
        Confidence::Corroborated => {
            "seen in published client code, not confirmed by vendor documentation"
        }
        _ => "inferred from incomplete evidence",
    };
    match operation.evidence.doubt {
        Some(doubt) => format!("{known}. {doubt}"),
        None => known.to_owned(),
    }
}

/// The JSON Schema of the arguments of a call: a member for each parameter, and `body`.
fn arguments(exposed: &Exposed, entry: &Entry, depth: usize) -> Value {
    let schemas = &exposed.catalog.schemas;
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in &entry.parameters {
        let mut schema = schemas.inlined(&parameter.schema, depth);
        if !parameter.description.is_empty() && schema.is_object() {
            schema["description"] = parameter.description.as_str().into();
        }
        properties.insert(parameter.name.clone(), schema);
        if parameter.required {
            required.push(Value::from(parameter.name.as_str()));
        }
    }
    if let Some(body) = &entry.body {
        let mut schema = schemas.inlined(&body.schema, depth);
        if !body.description.is_empty() && schema.is_object() {
            schema["description"] = body.description.as_str().into();
        }
        properties.insert("body".to_owned(), schema);
        if body.required {
            required.push("body".into());
        }
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn returns(exposed: &Exposed, entry: &Entry, depth: usize) -> Value {
    match (&entry.response.kind, &entry.response.schema) {
        (ResponseKind::Json, Some(schema)) => exposed.catalog.schemas.inlined(schema, depth),
        (ResponseKind::Json, None) => "JSON".into(),
        (ResponseKind::Text, _) => "a string".into(),
        (ResponseKind::Empty, _) => "nothing".into(),
        (ResponseKind::File, _) => "a file, which cannot be returned here".into(),
    }
}

/// How to get more than the first page.
fn pages(pagination: &Pagination) -> String {
    let Pagination { start, size, .. } = pagination;
    let by = match pagination.style {
        PaginationStyle::Single => return "The whole list is returned.".to_owned(),
        PaginationStyle::Page => format!("`{start}` is the number of the page, from 1"),
        PaginationStyle::Cursor => {
            format!("`{start}` is the string that the previous page ends with")
        }
        _ => format!("`{start}` is the index of the first item, from 0"),
    };
    let size =
        if size.is_empty() { String::new() } else { format!("; `{size}` is the length of a page") };
    format!(
        "{by}{size}. Or set `max_items` of the tool to get the items of several pages as one list."
    )
}

/// Why an operation cannot be called by an assistant, although it is allowed: it sends or returns a file.
pub(super) fn needs_a_file(exposed: &Exposed, entry: &Entry) -> Option<String> {
    let sends = entry.body.as_ref().is_some_and(|body| match body.kind {
        BodyKind::Upload => true,
        BodyKind::Multipart => {
            let schema = exposed.catalog.schemas.inlined(&body.schema, DEEPEST).to_string();
            schema.contains(r#""format":"binary""#)
        }
        _ => false,
    });
    let (name, connection) = (&entry.name, &exposed.name);
    let (what, command) = match (sends, entry.response.kind) {
        (true, _) => ("sends", "upload"),
        (false, ResponseKind::File) => ("returns", "download"),
        _ => return None,
    };
    Some(format!(
        "`{name}` {what} a file; a person can run `oneteg {connection} {name}` or `oneteg {command}`"
    ))
}
