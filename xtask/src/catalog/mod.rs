//! The catalog of a vendor's operations as compressed JSON inside `oneteg-catalog`, for the command and the sandbox.
//!
//! The catalog is read from the same model as the SDK is generated from, so that both call an operation alike.
//! `oneteg-catalog/src/entry.rs` documents the members.

mod doubts;
mod read_only;

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};

use crate::{
    emit::Provenance,
    model::{self, Body, BodyKind, Operation, Pagination, ParameterStyle, ResponseKind},
    names, normalise,
    spec::{Spec, child},
    workspace::Vendor,
};

/// The folder of the compressed catalogs, relative to the workspace.
pub const FOLDER: &str = "oneteg-catalog/catalogs";
/// Compresses best (RFC 1951); written once, read often.
const LEVEL: u8 = 10;
/// Far more than any catalog; a limit against a damaged file.
const MAX_BYTES: usize = 64 << 20;

/// Writes the catalogs of the vendors whose SDK `oneteg-cli` uses. With `check`, returns the names of those that are
/// out of date instead.
///
/// # Errors
/// [`crate::diagnostic::Diagnostics`] of an invalid specification; if a file cannot be read or written.
pub fn update(root: &Path, vendors: &[Vendor], check: bool) -> anyhow::Result<String> {
    let manifest = fs::read_to_string(root.join("oneteg-cli/Cargo.toml")).unwrap_or_default();
    let mut outdated = String::new();
    for vendor in vendors {
        if !manifest.lines().any(|line| line.starts_with(&format!("{}-sdk ", vendor.name))) {
            continue;
        }
        let name = format!("{FOLDER}/{}.json.deflate", vendor.name);
        let catalog = of_vendor(root, vendor)?;
        let committed = fs::read(root.join(&name)).unwrap_or_default();
        if inflate(&committed).is_ok_and(|committed| committed == catalog) {
            continue;
        }
        if check {
            outdated.push_str(&format!("{name} is out of date\n"));
        } else {
            let text = catalog.to_string();
            let compressed = miniz_oxide::deflate::compress_to_vec(text.as_bytes(), LEVEL);
            fs::write(root.join(&name), compressed)
                .with_context(|| format!("{name} cannot be written"))?;
        }
    }
    Ok(outdated)
}

/// The catalog of a vendor's specification.
///
/// # Errors
/// [`crate::diagnostic::Diagnostics`] of an invalid specification.
pub fn of_vendor(root: &Path, vendor: &Vendor) -> anyhow::Result<Value> {
    let (spec, sources) = Spec::read(root, &vendor.specs())?;
    let mut catalog = catalog(&normalise::normalise(spec).0);
    catalog["specification"] = Provenance::of(&sources).sha256().into();
    Ok(catalog)
}

/// Reads a packed catalog.
///
/// # Errors
/// If it is damaged.
pub fn inflate(compressed: &[u8]) -> anyhow::Result<Value> {
    match miniz_oxide::inflate::decompress_to_vec_with_limit(compressed, MAX_BYTES) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(error) => bail!("{error}"),
    }
}

/// The catalog of a specification that passes vetting.
pub fn catalog(spec: &Spec) -> Value {
    let mut operations = model::operations(spec);
    operations.sort_by_key(Operation::ident);
    let mut entries: Vec<Value> =
        operations.iter().map(|operation| entry(spec, operation)).collect();
    let mut schemas = Map::new();
    let mut wanted: Vec<String> = entries.iter().flat_map(references).collect();
    while let Some(name) = wanted.pop() {
        let schema = &spec.root["components"]["schemas"][&name];
        if !schema.is_null() && !schemas.contains_key(&name) {
            wanted.extend(references(schema));
            schemas.insert(name, schema.clone());
        }
    }
    for entry in &mut entries {
        strip(entry);
    }
    for (_, schema) in &mut schemas {
        strip(schema);
    }
    let tags: Map<String, Value> = spec.root["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tag| Some((tag["name"].as_str()?.to_owned(), tag["description"].clone())))
        .collect();
    json!({
        "base_path": base_path(spec.root["servers"][0]["url"].as_str().unwrap_or_default()),
        "tags": tags,
        "operations": entries,
        "schemas": schemas,
        "doubts": doubts::doubts(spec),
    })
}

/// The path of a server, without a slash at its end.
fn base_path(server: &str) -> &str {
    let after_scheme = server.split_once("://").map_or(server, |(_, rest)| rest);
    after_scheme.find('/').map_or("", |start| after_scheme[start..].trim_end_matches('/'))
}

fn entry(spec: &Spec, operation: &Operation) -> Value {
    let source = spec.root.pointer(&operation.pointer).unwrap_or(&Value::Null);
    let mut entry = json!({
        "name": flag(&operation.id),
        "operation_id": operation.id,
        "tag": operation.tag,
        "method": operation.method,
        "path": operation.path,
        "envelope": operation.envelope,
        "summary": operation.summary,
    });
    let mut set = |name: &str, value: Value| {
        if !matches!(value, Value::Null | Value::Bool(false)) && value != json!([]) && value != "" {
            entry[name] = value;
        }
    };
    set("description", operation.description.clone().into());
    set("deprecated", operation.deprecated.into());
    set("writes", (!read_only::is_read_only(operation)).into());
    set("server", operation.server.as_ref().map(|server| server.url.clone()).into());
    set("query", json!(operation.query));
    set("procedure", operation.rpc.as_ref().map(|rpc| rpc.method.clone()).into());
    set("public", operation.public.into());
    set("paging", operation.pagination.as_ref().map(paging).into());
    set(
        "evidence",
        json!({ "confidence": operation.evidence.confidence, "doubt": operation.evidence.doubt }),
    );
    set("parameters", parameters(spec, operation).into());
    if let Some(body) = operation.body.as_ref().filter(|body| body.kind != BodyKind::Rpc) {
        set("body", described_body(spec, operation, body));
    }
    set("response", response(operation));
    set("responses", responses(spec, source).into());
    set("examples", examples(spec, source).into());
    entry
}

/// The parameters, and those of a remote procedure in their order.
fn parameters(spec: &Spec, operation: &Operation) -> Vec<Value> {
    let own = operation.parameters.iter().map(|parameter| {
        let mut value = json!({
            "name": parameter.name,
            "flag": flag(parameter.argument.trim_start_matches("r#")),
            "place": parameter.location.word(),
            "required": parameter.required,
            "schema": parameter.schema,
        });
        if parameter.style != ParameterStyle::Exploded {
            value["style"] = style(parameter.style).into();
        }
        describe(value, &parameter.description)
    });
    let mut all: Vec<Value> = own.collect();
    let Some((rpc, body)) = operation.rpc.as_ref().zip(operation.body.as_ref()) else { return all };
    let schema = model::resolve(&spec.root, &body.schema);
    all.extend(rpc.params.iter().flatten().map(|name| {
        let member = &schema["properties"][name];
        let required =
            schema["required"].as_array().is_some_and(|required| required.contains(&json!(name)));
        let value = json!({
            "name": name,
            "flag": flag(name),
            "place": "procedure",
            "required": required,
            "schema": member,
        });
        describe(value, member["description"].as_str().unwrap_or_default())
    }));
    all
}

fn describe(mut value: Value, description: &str) -> Value {
    let description = description.trim();
    if !description.is_empty() {
        value["description"] = description.into();
        // It is not needed twice.
        if let Some(schema) = value["schema"].as_object_mut() {
            schema.remove("description");
        }
    }
    value
}

fn described_body(spec: &Spec, operation: &Operation, body: &Body) -> Value {
    let mut styles: Map<String, Value> =
        body.styles.iter().map(|(name, of)| (name.clone(), style(*of).into())).collect();
    let order = match body.kind {
        BodyKind::Multipart => parts(spec, operation, &mut styles),
        _ => Vec::new(),
    };
    let kind = match body.kind {
        BodyKind::Json | BodyKind::Rpc => "json",
        BodyKind::Multipart => "multipart",
        BodyKind::FormUrlencoded => "form",
        BodyKind::Text => "text",
        BodyKind::Upload => "upload",
    };
    let mut value = json!({
        "kind": kind,
        "media_type": body.media_type,
        "required": body.required,
        "schema": body.schema,
    });
    if !styles.is_empty() {
        value["styles"] = styles.into();
    }
    if !order.is_empty() {
        value["order"] = order.into();
    }
    describe(value, &body.description)
}

/// The parts of a form in the order of the specification, and which of them are JSON even if they are plain values.
fn parts(spec: &Spec, operation: &Operation, styles: &mut Map<String, Value>) -> Vec<String> {
    let root = &spec.root;
    let follow = |pointer: String| -> String {
        let target = root.pointer(&pointer).and_then(|value| value["$ref"].as_str());
        target.map_or(pointer, |target| target.trim_start_matches('#').to_owned())
    };
    let body = follow(child(&operation.pointer, "requestBody"));
    let form = child(&child(&body, "content"), "multipart/form-data");
    let encoding = root.pointer(&child(&form, "encoding")).and_then(Value::as_object);
    for (name, encoding) in encoding.into_iter().flatten() {
        if encoding["contentType"].as_str().is_some_and(model::is_json) {
            styles.insert(name.clone(), style(ParameterStyle::Json).into());
        }
    }
    spec.keys(&child(&follow(child(&form, "schema")), "properties"))
}

fn response(operation: &Operation) -> Value {
    match operation.response {
        ResponseKind::Empty => Value::Null,
        ResponseKind::Text => json!({ "kind": "text" }),
        ResponseKind::Binary => json!({ "kind": "file" }),
        ResponseKind::Json => json!({ "kind": "json", "schema": operation.response_schema }),
    }
}

/// Every documented response.
fn responses(spec: &Spec, operation: &Value) -> Vec<Value> {
    let documented = operation["responses"].as_object().into_iter().flatten();
    documented
        .map(|(status, response)| {
            let response = model::resolve(&spec.root, response);
            let content: Map<String, Value> = response["content"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(media_type, content)| (media_type.clone(), content["schema"].clone()))
                .collect();
            match content.is_empty() {
                true => json!({ "status": status }),
                false => json!({ "status": status, "content": content }),
            }
        })
        .collect()
}

fn paging(pagination: &Pagination) -> Value {
    json!({
        "style": pagination.style,
        "start": pagination.start,
        "size": pagination.size,
        "items": pagination.items,
        "total": pagination.total,
    })
}

/// The examples of a body; for a procedure, of the object of its parameters.
fn examples(spec: &Spec, operation: &Value) -> Vec<Value> {
    let body = model::resolve(&spec.root, &operation["requestBody"]);
    let content = body["content"].as_object().into_iter().flatten().map(|(_, content)| content);
    let mut all = Vec::new();
    for content in content {
        all.extend(content.get("example").cloned());
        for (_, example) in content["examples"].as_object().into_iter().flatten() {
            all.extend(model::resolve(&spec.root, example).get("value").cloned());
        }
    }
    all
}

fn style(style: ParameterStyle) -> &'static str {
    match style {
        ParameterStyle::Exploded => "exploded",
        ParameterStyle::Commas => "commas",
        ParameterStyle::Spaces => "spaces",
        ParameterStyle::Pipes => "pipes",
        ParameterStyle::DeepObject => "deep_object",
        ParameterStyle::Json => "json",
    }
}

/// A name as it is written on the command line.
fn flag(name: &str) -> String {
    names::snake(name).trim_start_matches("r#").trim_end_matches('_').replace('_', "-")
}

/// The names of the schemas that a value refers to.
fn references(value: &Value) -> Vec<String> {
    let mut names = BTreeSet::new();
    let mut values = vec![value];
    while let Some(value) = values.pop() {
        match value {
            Value::Object(members) => {
                let target = members.get("$ref").and_then(Value::as_str);
                names.extend(
                    target
                        .and_then(|to| to.strip_prefix("#/components/schemas/"))
                        .map(str::to_owned),
                );
                values.extend(members.values());
            }
            Value::Array(items) => values.extend(items),
            _ => {}
        }
    }
    names.into_iter().collect()
}

/// What readers of the catalog need of the extensions: what is secret, how tolerant the SDK is, how well it is known.
const KEPT: [&str; 4] = ["x-secret", "x-lenient", "x-aliases", "x-evidence"];

/// Removes what only the generator reads.
fn strip(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.retain(|name, _| !name.starts_with("x-") || KEPT.contains(&name.as_str()));
            if let Some(evidence) = members.get_mut("x-evidence").and_then(Value::as_object_mut) {
                evidence.retain(|name, _| name != "sources" && name != "probe");
            }
            for (name, value) in members {
                // Values, not schemas.
                if !matches!(name.as_str(), "example" | "examples" | "enum" | "default") {
                    strip(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{ROOT_FILE, Source};

    fn of(document: &Value) -> Value {
        let source = Source { path: ROOT_FILE.into(), text: document.to_string() };
        catalog(&Spec::from_sources(&[source]).unwrap())
    }

    #[test]
    fn an_operation_has_what_people_need_to_call_it() {
        let catalog = of(&json!({
            "tags": [{ "name": "assets", "description": "Files." }],
            "paths": { "/assets/{assetId}": { "put": {
                "operationId": "updateAsset", "tags": ["assets"], "summary": "Changes an asset.",
                "parameters": [
                    { "name": "assetId", "in": "path", "required": true, "schema": { "type": "string" } },
                    { "name": "withTags", "in": "query", "style": "form", "explode": false,
                      "description": "Which.", "schema": { "type": "array", "items": { "type": "string" } } }
                ],
                "requestBody": { "required": true, "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Asset" }, "example": { "x-name": "a" }
                } } },
                "responses": { "204": { "description": "Done." } }
            } } },
            "components": { "schemas": {
                "Asset": { "properties": {
                    "owner": { "$ref": "#/components/schemas/User" },
                    "key": { "type": "string", "x-secret": true, "x-prefix": "k" }
                } },
                "User": { "type": "object" },
                "Unused": { "type": "object" }
            } }
        }));
        assert_eq!(catalog["tags"], json!({ "assets": "Files." }));
        assert_eq!(
            catalog["operations"],
            json!([{
                "name": "update-asset", "operation_id": "updateAsset", "tag": "assets", "method": "PUT",
                "path": "/assets/{assetId}", "envelope": "none", "evidence": { "confidence": "", "doubt": null },
                "summary": "Changes an asset.", "writes": true, "responses": [{ "status": "204" }],
                "parameters": [
                    { "name": "assetId", "flag": "asset-id", "place": "path", "required": true,
                      "schema": { "type": "string" } },
                    { "name": "withTags", "flag": "with-tags", "place": "query", "required": false,
                      "style": "commas", "description": "Which.",
                      "schema": { "type": "array", "items": { "type": "string" } } }
                ],
                "body": { "kind": "json", "media_type": "application/json", "required": true,
                    "schema": { "$ref": "#/components/schemas/Asset" } },
                "examples": [{ "x-name": "a" }]
            }])
        );
        assert_eq!(
            catalog["schemas"],
            json!({
                "Asset": { "properties": {
                    "owner": { "$ref": "#/components/schemas/User" },
                    "key": { "type": "string", "x-secret": true }
                } },
                "User": { "type": "object" }
            })
        );
    }

    #[test]
    fn the_base_path_is_that_of_the_server() {
        for (server, expected) in [
            ("https://{platform}/api/", "/api"),
            ("https://api.example.com", ""),
            ("/v2", "/v2"),
            ("", ""),
        ] {
            assert_eq!(base_path(server), expected, "{server}");
        }
    }

    #[test]
    fn a_catalog_that_lags_behind_its_specification_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let specification = |summary: &str| {
            let operation = json!({
                "operationId": "getA", "tags": ["a"], "summary": summary,
                "responses": { "204": { "description": "Done." } }
            });
            let paths = json!({ "/a": { "get": operation } });
            json!({ "openapi": "3.0.3", "info": { "title": "A", "version": "1" }, "paths": paths })
                .to_string()
        };
        write("oneteg-cli/Cargo.toml", "acme-sdk = { workspace = true }\n");
        write(&format!("{FOLDER}/other.txt"), "");
        write("specs/acme/openapi.yaml", &specification("Gets a."));
        write("specs/unused/openapi.yaml", &specification("Gets a."));
        let vendors = crate::workspace::vendors(root, &[]).unwrap();
        let update = |check| update(root, &vendors, check).unwrap();
        let file = format!("{FOLDER}/acme.json.deflate");
        assert_eq!(update(true), format!("{file} is out of date\n"));
        assert_eq!(update(false), "");
        assert_eq!(update(true), "");
        write("specs/acme/openapi.yaml", &specification("Gets the a."));
        assert_eq!(update(true), format!("{file} is out of date\n"));
        update(false);
        let catalog = inflate(&fs::read(root.join(file)).unwrap()).unwrap();
        assert_eq!(catalog["operations"][0]["summary"], "Gets the a.");
        assert!(!root.join(FOLDER).join("unused.json.deflate").exists(), "oneteg does not use it");
    }

    #[test]
    fn the_parameters_of_a_procedure_are_in_their_order() {
        let catalog = of(&json!({ "paths": { "/rpc#getB": { "post": {
            "operationId": "getB", "tags": ["b"], "summary": "Gets b.", "x-idempotent": true,
            "x-rpc-params": ["second", null, "first"],
            "requestBody": { "content": { "application/json": { "schema": {
                "type": "object", "required": ["second"], "properties": {
                    "first": { "type": "integer", "description": "One." },
                    "second": { "type": "string" }
                }
            } } } },
            "responses": { "200": { "description": "b", "content": { "application/json": {
                "schema": { "type": "string" } } } } }
        } } } }));
        let entry = &catalog["operations"][0];
        assert_eq!(
            entry["parameters"],
            json!([
                { "name": "second", "flag": "second", "place": "procedure", "required": true,
                  "schema": { "type": "string" } },
                { "name": "first", "flag": "first", "place": "procedure", "required": false,
                  "description": "One.", "schema": { "type": "integer" } }
            ])
        );
        assert_eq!(entry.get("writes"), None);
        assert_eq!(entry.get("body"), None);
        assert_eq!(entry["response"], json!({ "kind": "json", "schema": { "type": "string" } }));
    }
}
