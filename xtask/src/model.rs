//! What the emitters need to know of an operation, read from the specification as it is written.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    names,
    spec::{Spec, child},
};

/// The HTTP methods of a path item that can be generated.
pub const METHODS: [&str; 6] = ["get", "put", "post", "delete", "patch", "head"];

/// The Rust name of a request body's schema for a remote procedure.
pub fn params_type(operation_id: &str) -> String {
    format!("{}Params", names::pascal(operation_id))
}

/// The Rust name of a multipart form.
pub fn form_type(operation_id: &str) -> String {
    format!("{}Form", names::pascal(operation_id))
}

/// One operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The `operationId` as written.
    pub id: String,
    /// Its JSON pointer.
    pub pointer: String,
    pub tag: String,
    pub method: String,
    /// The path without the fragment that names a procedure.
    pub path: String,
    pub rpc: Option<Rpc>,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub answer: Answer,
    /// The schema of a JSON answer.
    pub answer_schema: Value,
    pub envelope: String,
    pub idempotent: bool,
    pub public: bool,
    pub pagination: Option<Pagination>,
    pub evidence: Evidence,
    pub summary: String,
    pub description: String,
    pub deprecated: bool,
}

#[derive(Debug, Clone)]
pub struct Rpc {
    pub method: String,
    pub params: Vec<Option<String>>,
}

#[derive(Debug, Clone)]
pub struct Parameter {
    pub name: String,
    pub place: ParameterPlace,
    pub style: Style,
    pub description: String,
    pub schema: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterPlace {
    Path,
    Query,
    Header,
}

/// A query parameter's style, as the runtime names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Exploded,
    Commas,
    Spaces,
    Pipes,
    DeepObject,
}

#[derive(Debug, Clone)]
pub struct Body {
    pub kind: BodyKind,
    pub media_type: String,
    pub required: bool,
    pub description: String,
    pub schema: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    Json,
    Rpc,
    Multipart,
    FormUrlencoded,
    Text,
    Upload,
}

/// What a successful answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Empty,
    Json,
    Text,
    Binary,
}

#[derive(Debug, Clone)]
pub struct Pagination {
    pub style: String,
    pub start: String,
    pub size: String,
    pub items: String,
    pub total: String,
}

#[derive(Debug, Clone, Default)]
pub struct Evidence {
    pub confidence: String,
    pub sources: Vec<String>,
    pub doubt: Option<String>,
}

impl Operation {
    /// The generated method's name.
    pub fn ident(&self) -> String {
        names::snake(&self.id)
    }

    /// The generated builder's name.
    pub fn type_name(&self) -> String {
        names::pascal(&self.id)
    }
}

/// All operations, sorted by tag and id. The specification must have been vetted.
pub fn operations(spec: &Spec) -> Vec<Operation> {
    let mut all = Vec::new();
    let Some(Value::Object(paths)) = spec.root.get("paths") else { return all };
    for (path, item) in paths {
        for method in METHODS {
            if item.get(method).is_some() {
                let pointer = child(&child("/paths", path), method);
                all.push(operation(spec, path, method, item, pointer));
            }
        }
    }
    all.sort_by(|a, b| (&a.tag, &a.id).cmp(&(&b.tag, &b.id)));
    all
}

fn operation(spec: &Spec, path: &str, method: &str, item: &Value, pointer: String) -> Operation {
    let value = &item[method];
    let (path, fragment) = path.split_once('#').unwrap_or((path, ""));
    let rpc = value["x-rpc-params"].as_array().map(|params| Rpc {
        method: fragment.to_owned(),
        params: params.iter().map(|param| param.as_str().map(str::to_owned)).collect(),
    });
    let default_envelope = spec.root["x-envelope"].as_str().unwrap_or("none");
    Operation {
        id: text(&value["operationId"]),
        tag: text(&value["tags"][0]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        parameters: parameters(spec, item, value),
        body: body(spec, value, rpc.is_some()),
        answer: answer(spec, value),
        answer_schema: answer_schema(spec, value),
        envelope: value["x-envelope"].as_str().unwrap_or(default_envelope).to_owned(),
        idempotent: value["x-idempotent"]
            .as_bool()
            .unwrap_or(matches!(method, "get" | "head" | "put" | "delete")),
        public: is_public(&spec.root["security"], &value["security"]),
        pagination: pagination(&value["x-pagination"]),
        evidence: evidence(&value["x-evidence"]),
        summary: text(&value["summary"]),
        description: text(&value["description"]),
        deprecated: value["deprecated"] == true,
        rpc,
        pointer,
    }
}

/// Whether an operation needs less than every alternative of the whole API does. What it still needs, such
/// as a gateway's key, the client sends with every request.
fn is_public(everywhere: &Value, here: &Value) -> bool {
    let Some(here) = here.as_array() else { return false };
    let schemes = |requirement: &Value| -> BTreeSet<String> {
        requirement.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    };
    let everywhere: Vec<BTreeSet<String>> =
        everywhere.as_array().into_iter().flatten().map(schemes).collect();
    here.iter().map(schemes).all(|needed| {
        needed.is_empty()
            || everywhere.iter().any(|all| needed.is_subset(all) && needed.len() < all.len())
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().trim().to_owned()
}

/// Follows references; vetting made sure that they lead somewhere.
pub fn resolve<'a>(root: &'a Value, mut value: &'a Value) -> &'a Value {
    for _ in 0..32 {
        let Some(target) = value["$ref"].as_str().and_then(|to| to.strip_prefix('#')) else {
            break;
        };
        let Some(found) = root.pointer(target) else { break };
        value = found;
    }
    value
}

fn parameters(spec: &Spec, item: &Value, operation: &Value) -> Vec<Parameter> {
    let mut all: Vec<Parameter> = Vec::new();
    for list in [&item["parameters"], &operation["parameters"]] {
        for value in list.as_array().into_iter().flatten() {
            let value = resolve(&spec.root, value);
            let place = match value["in"].as_str() {
                Some("path") => ParameterPlace::Path,
                Some("header") => ParameterPlace::Header,
                _ => ParameterPlace::Query,
            };
            let parameter = Parameter {
                name: text(&value["name"]),
                place,
                style: style(value),
                description: described(value),
                schema: value["schema"].clone(),
            };
            // An operation's parameter replaces the path's of the same name and place.
            all.retain(|other| (&other.name, other.place) != (&parameter.name, place));
            all.push(parameter);
        }
    }
    all
}

/// What is said about a parameter, with what is doubtful about it in the same paragraph: descriptions of
/// arguments stand in lists.
fn described(parameter: &Value) -> String {
    let doubt = text(&parameter["x-evidence"]["doubt"]);
    let doubt = if doubt.is_empty() { doubt } else { format!(" Caveat: {doubt}") };
    format!("{}{doubt}", text(&parameter["description"])).trim().to_owned()
}

fn style(parameter: &Value) -> Style {
    let style = parameter["style"].as_str().unwrap_or("form");
    match (style, parameter["explode"].as_bool()) {
        ("deepObject", _) => Style::DeepObject,
        ("spaceDelimited", Some(false) | None) => Style::Spaces,
        ("pipeDelimited", Some(false) | None) => Style::Pipes,
        ("form", Some(false)) => Style::Commas,
        _ => Style::Exploded,
    }
}

fn body(spec: &Spec, operation: &Value, is_rpc: bool) -> Option<Body> {
    let body = resolve(&spec.root, operation.get("requestBody")?);
    let (media_type, content) = body["content"].as_object()?.iter().next()?;
    let kind = match media_type.as_str() {
        _ if is_rpc => BodyKind::Rpc,
        "multipart/form-data" => BodyKind::Multipart,
        "application/x-www-form-urlencoded" => BodyKind::FormUrlencoded,
        json if is_json(json) => BodyKind::Json,
        "text/plain" => BodyKind::Text,
        _ => BodyKind::Upload,
    };
    let described = [&body["description"], &content["schema"]["description"]];
    Some(Body {
        kind,
        media_type: media_type.clone(),
        required: body["required"] == true,
        schema: content["schema"].clone(),
        description: described.map(text).into_iter().find(|t| !t.is_empty()).unwrap_or_default(),
    })
}

/// Whether a media type is JSON (RFC 6839 section 3.1).
pub fn is_json(media_type: &str) -> bool {
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    media_type == "application/json" || media_type == "text/json" || media_type.ends_with("+json")
}

fn answer(spec: &Spec, operation: &Value) -> Answer {
    let mut media_types = Vec::new();
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        if status.starts_with('2') {
            let response = resolve(&spec.root, response);
            media_types.extend(
                response["content"].as_object().into_iter().flatten().map(|c| c.0.as_str()),
            );
        }
    }
    match media_types.as_slice() {
        [] => Answer::Empty,
        some if some.iter().any(|media_type| is_json(media_type)) => Answer::Json,
        some if some.iter().all(|media_type| media_type.starts_with("text/plain")) => Answer::Text,
        _ => Answer::Binary,
    }
}

/// The schema of the first JSON answer for success.
fn answer_schema(spec: &Spec, operation: &Value) -> Value {
    let responses = operation["responses"].as_object().into_iter().flatten();
    responses
        .filter(|(status, _)| status.starts_with('2'))
        .filter_map(|(_, response)| resolve(&spec.root, response)["content"].as_object())
        .flatten()
        .find(|(media_type, _)| is_json(media_type))
        .map(|(_, content)| content["schema"].clone())
        .unwrap_or_default()
}

fn pagination(value: &Value) -> Option<Pagination> {
    value.is_object().then(|| Pagination {
        style: text(&value["style"]),
        start: text(&value["start"]),
        size: text(&value["size"]),
        items: text(&value["items"]),
        total: text(&value["total"]),
    })
}

fn evidence(value: &Value) -> Evidence {
    Evidence {
        confidence: text(&value["confidence"]),
        sources: value["sources"].as_array().into_iter().flatten().map(text).collect(),
        doubt: Some(text(&value["doubt"])).filter(|doubt| !doubt.is_empty()),
    }
}
