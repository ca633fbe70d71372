//! Finds the part of a document that progenitor does not accept.
//!
//! progenitor's message seldom tells where the problem is. So it is run again, on less of the document: on each schema
//! alone, where those it refers to are harmless, on each schema with those it reaches, and on each operation.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    model::METHODS,
    spec::{Spec, child},
};

/// A message is cut after this many characters: progenitor prints whole schemas.
const LONGEST: usize = 300;
const HELP: &str = "describe it in another way; docs/generator.md lists what is supported";

/// Names every schema and operation because of which `generate` fails, with progenitor's reason for each.
pub(super) fn diagnose(
    spec: &Spec,
    document: &Value,
    reason: &str,
    generate: &dyn Fn(&Value) -> Result<(), String>,
) -> Diagnostics {
    let mut found = schemas(spec, document, generate);
    if found.is_empty() {
        found = operations(spec, document, generate);
    }
    if found.is_empty() {
        let message = format!("progenitor rejects the specification: {}", one_line(reason));
        found.push(spec.diagnostic("", message, HELP));
    }
    Diagnostics(found)
}

/// The schemas that are rejected by themselves; if there are none, those that are rejected with the fewest others.
fn schemas(
    spec: &Spec,
    document: &Value,
    generate: &dyn Fn(&Value) -> Result<(), String>,
) -> Vec<Diagnostic> {
    let all = document["components"]["schemas"].as_object().into_iter().flatten();
    let mut found = Vec::new();
    let mut together: Option<(usize, &String, String)> = None;
    for (name, schema) in all {
        let mut alone = Map::from_iter([(name.clone(), schema.clone())]);
        for target in targets(schema) {
            alone.entry(target).or_insert_with(|| json!({ "type": "string" }));
        }
        if let Err(reason) = generate(&part(document, json!({}), alone)) {
            found.push(rejected_schema(spec, name, &reason));
        }
    }
    if !found.is_empty() {
        return found;
    }
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let reached = reached(document, schema, name);
        let is_smaller = together.as_ref().is_none_or(|(count, ..)| reached.len() < *count);
        if is_smaller && let Err(reason) = generate(&part(document, json!({}), reached.clone())) {
            together = Some((reached.len(), name, reason));
        }
    }
    together.map(|(_, name, reason)| rejected_schema(spec, name, &reason)).into_iter().collect()
}

fn rejected_schema(spec: &Spec, name: &str, reason: &str) -> Diagnostic {
    let message = format!("progenitor rejects the schema `{name}`: {}", one_line(reason));
    spec.diagnostic(&child("/components/schemas", name), message, HELP)
}

/// The operations that are rejected, each with the schemas that it reaches.
fn operations(
    spec: &Spec,
    document: &Value,
    generate: &dyn Fn(&Value) -> Result<(), String>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let paths = json!({ path: { method: operation } });
            let Err(reason) = generate(&part(document, paths, reached(document, operation, "")))
            else {
                continue;
            };
            let first_line = reason.lines().next().unwrap_or_default();
            let message = format!("progenitor rejects this operation: {}", one_line(first_line));
            found.push(spec.diagnostic(&child(&child("/paths", path), method), message, HELP));
        }
    }
    found
}

/// A document with other paths and schemas.
fn part(document: &Value, paths: Value, schemas: Map<String, Value>) -> Value {
    let mut part = Map::new();
    for (key, value) in document.as_object().into_iter().flatten() {
        if key != "paths" && key != "components" {
            part.insert(key.clone(), value.clone());
        }
    }
    part.insert("paths".to_owned(), paths);
    part.insert("components".to_owned(), json!({ "schemas": schemas }));
    Value::Object(part)
}

/// The schema itself, and those that it reaches.
fn reached(document: &Value, from: &Value, name: &str) -> Map<String, Value> {
    let mut all = Map::new();
    if !name.is_empty() {
        all.insert(name.to_owned(), from.clone());
    }
    let mut pending: Vec<String> = targets(from).into_iter().collect();
    while let Some(name) = pending.pop() {
        let Some(schema) = document["components"]["schemas"].get(&name) else { continue };
        if !all.contains_key(&name) {
            pending.extend(targets(schema));
            all.insert(name, schema.clone());
        }
    }
    all
}

/// The names of the schemas that a value refers to.
fn targets(value: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    crate::spec::walk(value, "", &mut |value, _| {
        let target = value["$ref"].as_str();
        all.extend(
            target.and_then(|to| to.strip_prefix("#/components/schemas/")).map(str::to_owned),
        );
    });
    all
}

fn one_line(message: &str) -> String {
    message.chars().take(LONGEST).map(|c| if c == '\n' { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{ROOT_FILE, Source};

    /// Diagnoses a document that is rejected as long as it contains the word "bad".
    fn diagnosed(document: &Value) -> Vec<Diagnostic> {
        let source = Source { path: ROOT_FILE.into(), text: format!("{document:#}") };
        let spec = Spec::from_sources(&[source]).unwrap();
        let generate = |document: &Value| match document.to_string().contains("bad") {
            true => Err("it is\nbad".to_owned()),
            false => Ok(()),
        };
        diagnose(&spec, document, "it is\nbad", &generate).0
    }

    fn document(paths: &Value, schemas: &Value) -> Value {
        json!({ "paths": paths, "components": { "schemas": schemas } })
    }

    #[test]
    fn every_schema_is_found() {
        let reference = json!({ "$ref": "#/components/schemas/B" });
        let schemas = json!({
            "A": { "type": "string" }, "B": { "type": "bad" }, "C": { "format": "bad" },
            "D": { "items": reference }
        });
        let found = diagnosed(&document(&json!({ "/x": { "get": {} } }), &schemas));
        let messages: Vec<&str> = found.iter().map(|found| found.message.as_str()).collect();
        let expected =
            ["B", "C"].map(|name| format!("progenitor rejects the schema `{name}`: it is bad"));
        assert_eq!(messages, expected);
        assert!(found[0].location.clone().unwrap().line > 5);
    }

    #[test]
    fn schemas_that_are_bad_together_are_found() {
        let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let schemas = json!({
            "A": reference("B"), "B": reference("C"), "C": { "type": "string", "title": "ok" }
        });
        let spec = Spec::from_sources(&[Source { path: ROOT_FILE.into(), text: "{}".to_owned() }])
            .unwrap();
        let generate = |document: &Value| {
            let schemas = &document["components"]["schemas"];
            let is_bad = schemas["B"]["$ref"].is_string() && schemas["C"]["title"] == "ok";
            if is_bad { Err("bad".to_owned()) } else { Ok(()) }
        };
        let found = diagnose(&spec, &document(&json!({}), &schemas), "bad", &generate).0;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, "progenitor rejects the schema `B`: bad");
    }

    #[test]
    fn every_operation_is_found() {
        let paths = json!({
            "/x": { "get": {}, "post": { "summary": "bad" } }, "/y": { "post": { "summary": "bad" } }
        });
        let found = diagnosed(&document(&paths, &json!({ "A": {} })));
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].message, "progenitor rejects this operation: it is");
    }

    #[test]
    fn a_long_reason_is_cut() {
        assert_eq!(one_line(&"x".repeat(1000)).len(), LONGEST);
    }
}
