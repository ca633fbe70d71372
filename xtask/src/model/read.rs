//! Reads operations from a specification.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    document::{METHODS, is_json, resolve},
    operation::{
        Body, BodyKind, Evidence, Operation, Pagination, Parameter, ParameterLocation,
        ParameterStyle, ResponseKind, Rpc, Server,
    },
};
use crate::{
    names,
    spec::{Spec, child},
};

const JSON: &str = "application/json";

/// All operations, sorted by tag and id. The specification must have passed vetting.
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
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let rpc = value["x-rpc-params"].as_array().map(|params| Rpc {
        method: fragment.to_owned(),
        params: params.iter().map(|param| param.as_str().map(str::to_owned)).collect(),
    });
    let default_envelope = spec.root["x-envelope"].as_str().unwrap_or("none");
    Operation {
        id: trimmed(&value["operationId"]),
        tag: trimmed(&value["tags"][0]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        server: server(&spec.root, value),
        query: constants(query),
        parameters: parameters(spec, item, value),
        body: body(spec, value, rpc.is_some()),
        response: response_kind(spec, value),
        json: json_type(spec, value),
        response_schema: response_schema(spec, value),
        envelope: value["x-envelope"].as_str().unwrap_or(default_envelope).to_owned(),
        idempotent: value["x-idempotent"]
            .as_bool()
            .unwrap_or(matches!(method, "get" | "head" | "options" | "put" | "delete")),
        public: is_public(&spec.root["security"], &value["security"]),
        pagination: pagination(&value["x-pagination"]),
        evidence: evidence(&value["x-evidence"]),
        summary: trimmed(&value["summary"]),
        description: trimmed(&value["description"]),
        deprecated: value["deprecated"] == true,
        rpc,
        pointer,
    }
}

/// The server of an operation, which normalisation left only if it is not that of the whole API.
fn server(root: &Value, operation: &Value) -> Option<Server> {
    let url =
        |server: &Value| server["url"].as_str().map(|url| url.trim_end_matches('/').to_owned());
    let own = operation["servers"].as_array()?.first()?;
    let roots = root["servers"].as_array().into_iter().flatten();
    let roots = roots.filter_map(url).filter(|root| root.starts_with("https://"));
    Some(Server { url: trimmed(&own["url"]), roots: roots.collect() })
}

/// The entries of a query, decoded.
fn constants(query: &str) -> Vec<(String, String)> {
    let entries = query.split('&').filter(|entry| !entry.is_empty());
    let pairs = entries.map(|entry| entry.split_once('=').unwrap_or((entry, "")));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// A string without percent-encoding; what is not well-formed stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| *first == b'%');
        (bytes, rest) = match (byte, first) {
            (Some(byte), _) => ([bytes, vec![byte]].concat(), &tail[2..]),
            (None, b'+') => ([bytes, vec![b' ']].concat(), tail),
            (None, other) => ([bytes, vec![*other]].concat(), tail),
        };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Whether an operation is sent without the bearer token: each of its alternatives needs nothing, or less
/// than an alternative of the whole API. The client sends the rest, such as the key of a gateway, with
/// every request.
fn is_public(root_security: &Value, operation_security: &Value) -> bool {
    let Some(alternatives) = operation_security.as_array() else { return false };
    let schemes = |requirement: &Value| -> BTreeSet<String> {
        requirement.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    };
    let root_alternatives: Vec<BTreeSet<String>> =
        root_security.as_array().into_iter().flatten().map(schemes).collect();
    alternatives.iter().map(schemes).all(|needed| {
        needed.is_empty()
            || root_alternatives.iter().any(|all| needed.is_subset(all) && needed.len() < all.len())
    })
}

fn parameters(spec: &Spec, item: &Value, operation: &Value) -> Vec<Parameter> {
    let mut all: Vec<Parameter> = Vec::new();
    for list in [&item["parameters"], &operation["parameters"]] {
        for value in list.as_array().into_iter().flatten() {
            let value = resolve(&spec.root, value);
            let location = match value["in"].as_str() {
                Some("path") => ParameterLocation::Path,
                Some("header") => ParameterLocation::Header,
                _ => ParameterLocation::Query,
            };
            let parameter = Parameter {
                name: trimmed(&value["name"]),
                argument: String::new(),
                location,
                required: location == ParameterLocation::Path || value["required"] == true,
                style: style(value),
                description: described(value),
                schema: value["schema"].clone(),
            };
            // A parameter of the operation overrides one of the path with the same name and location.
            all.retain(|other| (&other.name, other.location) != (&parameter.name, location));
            all.push(parameter);
        }
    }
    let named = all.iter().map(|parameter| (parameter.name.as_str(), parameter.location.word()));
    let arguments = names::arguments(named.collect::<Vec<_>>());
    for (parameter, argument) in all.iter_mut().zip(arguments) {
        parameter.argument = argument;
    }
    all
}

/// The description of a parameter with its doubt, in one paragraph, since descriptions of arguments are list
/// items.
fn described(parameter: &Value) -> String {
    let doubt = trimmed(&parameter["x-evidence"]["doubt"]);
    let doubt = if doubt.is_empty() { doubt } else { format!(" Caveat: {doubt}") };
    format!("{}{doubt}", trimmed(&parameter["description"])).trim().to_owned()
}

fn style(parameter: &Value) -> ParameterStyle {
    let style = parameter["style"].as_str().unwrap_or("form");
    match (style, parameter["explode"].as_bool()) {
        ("deepObject", _) => ParameterStyle::DeepObject,
        ("json", _) => ParameterStyle::Json,
        ("spaceDelimited", Some(false) | None) => ParameterStyle::Spaces,
        ("pipeDelimited", Some(false) | None) => ParameterStyle::Pipes,
        ("form", Some(false)) => ParameterStyle::Commas,
        _ => ParameterStyle::Exploded,
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
        styles: match kind {
            BodyKind::FormUrlencoded => styles(&spec.root, content),
            _ => Vec::new(),
        },
        description: described
            .map(trimmed)
            .into_iter()
            .find(|description| !description.is_empty())
            .unwrap_or_default(),
    })
}

/// The styles of a form's fields, where `encoding` states another than the runtime uses by default.
fn styles(root: &Value, form: &Value) -> Vec<(String, ParameterStyle)> {
    let encoding = form["encoding"].as_object().into_iter().flatten();
    let stated = encoding.filter_map(|(name, encoding)| {
        if encoding["contentType"].as_str().is_some_and(is_json) {
            return Some((name.clone(), ParameterStyle::Json));
        }
        let is_stated = encoding.get("style").is_some() || encoding.get("explode").is_some();
        is_stated.then(|| (name.clone(), style(encoding)))
    });
    let properties = &resolve(root, &form["schema"])["properties"];
    stated
        .filter(|(name, style)| {
            let field = resolve(root, &properties[name]);
            let items = resolve(root, &field["items"]);
            match (field["type"].as_str(), style) {
                (_, ParameterStyle::Json) => true,
                (Some("string" | "integer" | "number" | "boolean"), _) => false,
                (Some("object"), style) => *style != ParameterStyle::DeepObject,
                (Some("array"), ParameterStyle::Exploded) => items["type"] == "object",
                (Some("array"), ParameterStyle::DeepObject) => {
                    items["type"] != "object" && items["type"] != "array"
                }
                _ => true,
            }
        })
        .collect()
}

fn response_kind(spec: &Spec, operation: &Value) -> ResponseKind {
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
        [] => ResponseKind::Empty,
        some if some.iter().any(|media_type| is_json(media_type)) => ResponseKind::Json,
        some if some.iter().all(|media_type| media_type.starts_with("text/plain")) => {
            ResponseKind::Text
        }
        _ => ResponseKind::Binary,
    }
}

/// The media type of JSON successes: `application/json` if there is one, else the first. Servers of other types may refuse
/// requests that accept only `application/json`.
fn json_type(spec: &Spec, operation: &Value) -> String {
    let responses = operation["responses"].as_object().into_iter().flatten();
    let successes = responses.filter(|(status, _)| status.starts_with('2'));
    let content = successes
        .filter_map(|(_, response)| resolve(&spec.root, response)["content"].as_object())
        .flatten();
    let mut all: Vec<&str> = content
        .map(|(media_type, _)| media_type.split(';').next().unwrap_or_default().trim())
        .filter(|media_type| is_json(media_type))
        .collect();
    all.sort_by_key(|media_type| *media_type != JSON);
    all.first().map_or(JSON, |media_type| media_type).to_owned()
}

/// The schema of the first JSON success.
fn response_schema(spec: &Spec, operation: &Value) -> Value {
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
        style: trimmed(&value["style"]),
        start: trimmed(&value["start"]),
        size: trimmed(&value["size"]),
        items: trimmed(&value["items"]),
        total: trimmed(&value["total"]),
    })
}

fn evidence(value: &Value) -> Evidence {
    Evidence {
        confidence: trimmed(&value["confidence"]),
        sources: value["sources"].as_array().into_iter().flatten().map(trimmed).collect(),
        doubt: Some(trimmed(&value["doubt"])).filter(|doubt| !doubt.is_empty()),
    }
}

/// A string without surrounding white space; empty for other values.
fn trimmed(value: &Value) -> String {
    value.as_str().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::{ROOT_FILE, Source};

    /// The only operation of a document.
    fn only(document: &Value) -> Operation {
        let source = Source { path: ROOT_FILE.into(), text: document.to_string() };
        operations(&Spec::from_sources(&[source]).unwrap()).remove(0)
    }

    #[test]
    fn an_operation_that_needs_less_is_public() {
        let everything = json!([{ "token": [], "key": [] }]);
        for (security, is_public_there) in [
            (json!(null), false),
            (json!([]), true),
            (json!([{}]), true),
            (json!([{ "key": [] }]), true),
            (json!([{ "token": [], "key": [] }]), false),
            (json!([{ "key": [] }, { "token": [], "key": [] }]), false),
            (json!([{ "other": [] }]), false),
        ] {
            assert_eq!(is_public(&everything, &security), is_public_there, "{security}");
        }
    }

    #[test]
    fn the_query_of_a_path_is_sent_with_every_call() {
        let operation =
            only(&json!({ "paths": { "/rest?method=a.b&refresh&q=a%20b%zz#c": { "get": {} } } }));
        assert_eq!((operation.path.as_str(), operation.rpc.is_none()), ("/rest", true));
        let pairs = [("method", "a.b"), ("refresh", ""), ("q", "a b%zz")];
        assert_eq!(operation.query, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(operation.request_line(), "GET /rest?method=a.b&refresh&q=a b%zz");
    }

    #[test]
    fn the_style_of_a_parameter_is_that_of_openapi() {
        for (parameter, expected) in [
            (json!({}), ParameterStyle::Exploded),
            (json!({ "style": "form", "explode": false }), ParameterStyle::Commas),
            (json!({ "style": "spaceDelimited" }), ParameterStyle::Spaces),
            (json!({ "style": "pipeDelimited", "explode": true }), ParameterStyle::Exploded),
            (json!({ "style": "deepObject", "explode": true }), ParameterStyle::DeepObject),
        ] {
            assert_eq!(style(&parameter), expected, "{parameter}");
        }
    }

    #[test]
    fn parameters_of_an_operation_override_those_of_its_path() {
        let operation = only(&json!({ "paths": { "/a": {
            "parameters": [
                { "name": "id", "in": "query", "description": "Shared." },
                { "name": "id", "in": "header" }
            ],
            "get": { "parameters": [{
                "name": "id", "in": "query", "description": "Own.", "x-evidence": { "doubt": "Unused?" }
            }] }
        } } }));
        let found: Vec<(ParameterLocation, &str)> = operation
            .parameters
            .iter()
            .map(|parameter| (parameter.location, parameter.description.as_str()))
            .collect();
        let own = (ParameterLocation::Query, "Own. Caveat: Unused?");
        assert_eq!(found, [(ParameterLocation::Header, ""), own]);
    }

    #[test]
    fn the_accepted_type_of_json_is_the_vendors() {
        let json = |content: Value| {
            let responses = json!({ "200": { "content": content } });
            only(&json!({ "paths": { "/a": { "get": { "responses": responses } } } })).json
        };
        assert_eq!(
            json(json!({ "application/vnd.api+json; v=1": {} })),
            "application/vnd.api+json"
        );
        let both = json!({ "application/hal+json": {}, "application/json": {} });
        assert_eq!(json(both), "application/json");
        assert_eq!(json(json!({ "image/png": {} })), "application/json");
    }

    #[test]
    fn a_procedure_and_its_response() {
        let operation = only(&json!({ "x-envelope": "payload", "paths": { "/rpc#getA": { "post": {
            "operationId": "getA", "tags": ["things"], "x-rpc-params": ["id", null],
            "requestBody": { "content": { "application/json": { "schema": { "type": "object" } } } },
            "responses": {
                "204": { "description": "Nothing." },
                "200": { "content": { "application/json": { "schema": { "type": "string" } } } }
            }
        } } } }));
        let rpc = operation.rpc.clone().unwrap();
        assert_eq!((rpc.method.as_str(), rpc.params), ("getA", vec![Some("id".to_owned()), None]));
        assert_eq!((operation.path.as_str(), operation.envelope.as_str()), ("/rpc", "payload"));
        assert!(!operation.idempotent);
        assert_eq!(operation.body.unwrap().kind, BodyKind::Rpc);
        assert_eq!(operation.response, ResponseKind::Json);
        assert_eq!(operation.json, "application/json");
        assert_eq!(operation.response_schema, json!({ "type": "string" }));
    }
}
