//! Bundles: valid OpenAPI 3.0, current, and true to what the SDKs send.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{collections::BTreeMap, fs, path::Path};

use jsonschema::Validator;
use serde_json::{Value, json};
use support::{base, spec};
use xtask::{
    bundle,
    model::{self, METHODS, resolve},
    names,
    spec::{BUNDLE_FILE, Spec, walk},
    workspace::{self, Vendor},
};

fn vendors() -> Vec<Vendor> {
    workspace::vendors(&workspace::root(), &[]).unwrap()
}

fn committed(vendor: &Vendor) -> Value {
    let path = workspace::root().join(vendor.specs()).join(BUNDLE_FILE);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_committed_bundles_are_current() {
    let root = workspace::root();
    for vendor in vendors() {
        let (spec, _) = Spec::read(&root, &vendor.specs()).unwrap();
        let text = fs::read_to_string(root.join(vendor.specs()).join(BUNDLE_FILE)).unwrap();
        assert!(text == bundle::bundle(&spec), "{}: run `cargo xtask bundle`", vendor.name);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), bundle::document(&spec));
    }
}

#[test]
fn bundles_are_openapi_with_every_operation_and_no_house_keys() {
    let root = workspace::root();
    for vendor in vendors() {
        let bundle = committed(&vendor);
        serde_json::from_value::<openapiv3::OpenAPI>(bundle.clone()).unwrap();
        let (spec, _) = Spec::read(&root, &vendor.specs()).unwrap();
        let mut expected: Vec<String> =
            model::operations(&spec).into_iter().map(|operation| operation.id).collect();
        let mut found: Vec<String> =
            operations(&bundle).map(|(_, _, operation)| id(operation)).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
        let mut used = std::collections::BTreeSet::new();
        walk(&bundle, "", &mut |value, pointer| {
            if let Some(target) = value.get("$ref").and_then(Value::as_str) {
                let found = target.strip_prefix('#').and_then(|target| bundle.pointer(target));
                assert!(found.is_some(), "{pointer}: {target}");
                used.insert(target.to_owned());
            }
            for key in ["x-envelope", "x-rpc-params", "x-aliases", "x-lenient", "x-vendor"] {
                assert!(value.get(key).is_none(), "{pointer}: {key}");
            }
            if value.get("nullable") == Some(&json!(true)) {
                assert!(value.get("type").is_some(), "{pointer}: nullable without a type");
                for key in ["allOf", "oneOf", "anyOf", "enum"] {
                    assert!(value.get(key).is_none(), "{pointer}: nullable next to {key}");
                }
            }
        });
        for name in bundle["components"]["schemas"].as_object().unwrap().keys() {
            let target = format!("#/components/schemas/{name}");
            assert!(used.contains(&target), "{}: {name} is not used", vendor.name);
        }
    }
}

#[test]
fn requests_that_the_sdks_send_are_described() {
    for vendor in vendors() {
        let bundle = committed(&vendor);
        let mut checked = 0;
        for (path, method, operation) in operations(&bundle) {
            let name = format!("wire__{}.snap", names::snake(&id(operation)));
            let file = workspace::root().join(vendor.sdk()).join("tests/snapshots").join(&name);
            for request in requests(&file) {
                check_request(&bundle, path, method, operation, &request)
                    .unwrap_or_else(|error| panic!("{}: {name}: {error}", vendor.name));
                checked += 1;
            }
        }
        assert!(checked >= operations(&bundle).count(), "{}: {checked}", vendor.name);
    }
}

#[test]
fn values_of_the_sdks_types_are_described() {
    for vendor in vendors() {
        let bundle = committed(&vendor);
        let samples = workspace::root().join(vendor.sdk()).join("tests/generated/samples.json");
        let samples: Value = serde_json::from_str(&fs::read_to_string(samples).unwrap()).unwrap();
        let schemas: BTreeMap<String, &String> = bundle["components"]["schemas"]
            .as_object()
            .unwrap()
            .keys()
            .map(|name| (names::pascal(name), name))
            .collect();
        let mut checked = 0;
        for (name, sample) in samples.as_object().unwrap() {
            let Some(schema) = schemas.get(name) else { continue };
            let reference = json!({ "$ref": format!("#/components/schemas/{schema}") });
            let sample = expanded(sample, &samples, 0).unwrap();
            validate(&bundle, &reference, &sample)
                .unwrap_or_else(|error| panic!("{}: {name}: {error}\n{sample}", vendor.name));
            checked += 1;
        }
        assert!(checked > 20, "{}: {checked}", vendor.name);
    }
}

/// `nullable` adds `null` to the type next to it, and to nothing else: other keywords may still refuse it.
#[test]
fn null_is_accepted_where_the_specification_has_it() {
    let root = workspace::root();
    for vendor in vendors() {
        let bundle = committed(&vendor);
        let (spec, _) = Spec::read(&root, &vendor.specs()).unwrap();
        let mut nullable = Vec::new();
        walk(&spec.root["components"]["schemas"], "/components/schemas", &mut |value, pointer| {
            let is_limited =
                ["allOf", "oneOf", "anyOf", "enum"].iter().any(|key| value.get(key).is_some());
            if value.get("nullable") == Some(&json!(true)) && is_limited {
                nullable.push(pointer.to_owned());
            }
        });
        assert!(nullable.len() > 5, "{}: {}", vendor.name, nullable.len());
        for pointer in nullable {
            let schema = bundle.pointer(&pointer).unwrap_or_else(|| panic!("{pointer}"));
            validate(&bundle, schema, &Value::Null)
                .unwrap_or_else(|error| panic!("{}: {pointer}: {error}", vendor.name));
        }
    }
}

#[test]
fn what_only_the_generator_understands_becomes_openapi() {
    let mut document = base();
    document["x-client-headers"] =
        json!({ "X-Version": { "value": "2", "description": "The version." } });
    document["components"]["schemas"]["Item"]["properties"]["seen"] = json!({
        "type": "integer", "format": "unix-ms", "x-aliases": ["seenAt"], "description": "When."
    });
    document["x-errors"] = json!([{ "code": 404, "name": "Missing", "meaning": "Not there." }]);
    let bundle = bundle::document(&spec(&document));
    assert_eq!(
        bundle["components"]["schemas"]["Item"]["properties"]["seen"],
        json!({
            "type": "integer",
            "format": "int64",
            "description": "When. Responses may name it `seenAt`. In milliseconds since 1970-01-01 UTC."
        })
    );
    let item = &bundle["paths"]["/items/{id}"];
    assert_eq!(item["parameters"], json!([{ "$ref": "#/components/parameters/X-Version" }]));
    assert_eq!(
        bundle["components"]["parameters"]["X-Version"],
        json!({
            "name": "X-Version", "in": "header", "description": "The version.",
            "schema": { "type": "string", "default": "2" }
        })
    );
    assert_eq!(
        item["get"]["responses"]["4XX"],
        json!({ "$ref": "#/components/responses/Failure" })
    );
    let failure = bundle["components"]["responses"]["Failure"]["description"].as_str().unwrap();
    assert!(failure.ends_with("- 404: Not there."), "{failure}");
}

#[test]
fn what_other_authors_write_becomes_valid() {
    let mut document = base();
    let list = document["paths"]["/items"]["get"].clone();
    for (method, id) in [("photos.find", "findPhotos"), ("photos.add", "addPhoto")] {
        let mut operation = list.clone();
        operation["operationId"] = id.into();
        document["paths"][format!("/rest?method={method}&v=2")] = json!({ "get": operation });
    }
    document["components"]["schemas"]["Item"]["properties"]["kind"]["description"] =
        "Next to it.".into();
    let bundle = bundle::document(&spec(&document));
    let constant = |name: &str, value: &str| json!({ "name": name, "in": "query", "required": true, "schema": { "type": "string", "enum": [value] } });
    let rest = &bundle["paths"]["/rest"];
    assert_eq!(rest["parameters"], json!([constant("method", "photos.add"), constant("v", "2")]));
    assert_eq!(rest["get"]["operationId"], "addPhoto");
    let other = &bundle["paths"]["/rest#method_photos.find_v_2"];
    assert_eq!(other["get"]["operationId"], "findPhotos");
    let kind = &bundle["components"]["schemas"]["Item"]["properties"]["kind"];
    assert_eq!(kind["description"], "Next to it.");
    assert!(kind.get("$ref").is_none(), "{kind}");
    serde_json::from_value::<openapiv3::OpenAPI>(bundle).unwrap();
}

fn id(operation: &Value) -> String {
    operation["operationId"].as_str().unwrap().to_owned()
}

fn operations(bundle: &Value) -> impl Iterator<Item = (&String, &'static str, &Value)> {
    bundle["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| Some((path, method, item.get(method)?)))
    })
}

/// A request in a snapshot of an SDK.
struct Request {
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    body: String,
}

fn requests(file: &Path) -> Vec<Request> {
    let text =
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut requests: Vec<Request> = Vec::new();
    let mut in_headers = false;
    for line in text.splitn(3, "---\n").last().unwrap().lines() {
        let begin = line.split_once(' ').filter(|(method, target)| {
            METHODS.contains(&method.to_lowercase().as_str()) && target.starts_with('/')
        });
        if let Some((method, target)) = begin {
            let (method, target) = (method.to_owned(), target.to_owned());
            requests.push(Request {
                method,
                target,
                headers: BTreeMap::new(),
                body: String::new(),
            });
            in_headers = true;
        } else if let Some(request) = requests.last_mut() {
            if line.starts_with("## ") {
                continue;
            } else if !in_headers {
                request.body.push_str(line);
                request.body.push('\n');
            } else if let Some((name, value)) = line.split_once(": ") {
                request.headers.insert(name.to_owned(), value.to_owned());
            } else {
                in_headers = false;
            }
        }
    }
    requests
}

fn check_request(
    bundle: &Value,
    path: &str,
    method: &str,
    operation: &Value,
    request: &Request,
) -> Result<(), String> {
    if request.method.to_lowercase() != method {
        return Err(format!("{} instead of {method}", request.method));
    }
    let base = bundle["servers"][0]["url"].as_str().unwrap().splitn(4, '/').nth(3).unwrap_or("");
    let base = if base.is_empty() { String::new() } else { format!("/{base}") };
    let expected = format!("{base}{}", path.split('#').next().unwrap());
    let (target, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let (expected_parts, parts): (Vec<_>, Vec<_>) =
        (expected.split('/').collect(), target.split('/').collect());
    let is_same = |(template, part): (&&str, &&str)| template.contains('{') || template == part;
    if expected_parts.len() != parts.len() || !expected_parts.iter().zip(&parts).all(is_same) {
        return Err(format!("{target} instead of {expected}"));
    }
    let item = &bundle["paths"][path];
    let parameters: Vec<&Value> = [&item["parameters"], &operation["parameters"]]
        .into_iter()
        .flat_map(|list| list.as_array().into_iter().flatten())
        .map(|parameter| resolve(bundle, parameter))
        .collect();
    let is_known = |place: &str, name: &str| {
        parameters.iter().any(|parameter| {
            parameter["in"] == place
                && parameter["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name))
        })
    };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let name = pair.split('=').next().unwrap().replace("%5B", "[").replace("%5D", "]");
        if !is_known("query", &name) && !is_known("query", name.split('[').next().unwrap()) {
            return Err(format!("the query parameter `{name}` is not described"));
        }
    }
    if request.headers.contains_key("x-mv-api-version") && !is_known("header", "x-mv-api-version") {
        return Err("the header `x-mv-api-version` is not described".to_owned());
    }
    let content_type = request.headers.get("content-type").map(String::as_str).unwrap_or_default();
    let content = &operation["requestBody"]["content"];
    if content_type.starts_with("application/json") {
        let sent: Value = serde_json::from_str(&request.body).map_err(|error| error.to_string())?;
        return validate(bundle, &content["application/json"]["schema"], &sent);
    }
    let sent = content_type.split(';').next().unwrap();
    let mut described = content.as_object().into_iter().flatten();
    if !sent.is_empty() && !described.any(|(name, _)| name.split(';').next() == Some(sent)) {
        return Err(format!("the media type {sent} is not described"));
    }
    Ok(())
}

/// A sample with references to others replaced; those that are too deep are left out.
fn expanded(value: &Value, samples: &Value, depth: usize) -> Option<Value> {
    match value {
        Value::String(string) => {
            let name = string.strip_prefix('$').map(|name| name.trim_end_matches('!'));
            match name.and_then(|name| samples.get(name)) {
                Some(_) if depth > 4 => None,
                Some(sample) => expanded(sample, samples, depth + 1),
                None => Some(value.clone()),
            }
        }
        Value::Array(items) => {
            Some(items.iter().filter_map(|item| expanded(item, samples, depth)).collect())
        }
        Value::Object(members) => {
            let members = members.iter();
            Some(
                members
                    .filter_map(|(key, member)| {
                        Some((key.clone(), expanded(member, samples, depth)?))
                    })
                    .collect(),
            )
        }
        scalar => Some(scalar.clone()),
    }
}

/// Checks a value against a schema of the bundle.
fn validate(bundle: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let mut document = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "allOf": [schema],
        "components": { "schemas": reachable(bundle, schema) },
    });
    nullable_types(&mut document);
    let validator = Validator::new(&document).map_err(|error| error.to_string())?;
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

/// The schemas that a schema refers to, directly or not.
fn reachable(bundle: &Value, schema: &Value) -> Value {
    let mut found = serde_json::Map::new();
    let mut waiting = vec![schema];
    while let Some(schema) = waiting.pop() {
        walk(schema, "", &mut |value, _| {
            let name = value.get("$ref").and_then(Value::as_str);
            let Some(name) = name.and_then(|name| name.strip_prefix("#/components/schemas/"))
            else {
                return;
            };
            if !found.contains_key(name) {
                let schema = &bundle["components"]["schemas"][name];
                found.insert(name.to_owned(), schema.clone());
                waiting.push(schema);
            }
        });
    }
    Value::Object(found)
}

/// Rewrites `nullable` of OpenAPI 3.0 to JSON Schema by its letter: `null` is one more type, and whatever else is next to
/// it still applies.
fn nullable_types(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(nullable_types);
            let is_nullable = members.remove("nullable") == Some(json!(true));
            if let Some(kind) = members.get_mut("type").filter(|_| is_nullable) {
                *kind = json!([kind, "null"]);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(nullable_types),
        _ => {}
    }
}
