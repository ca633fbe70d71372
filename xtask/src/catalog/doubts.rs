//! Every doubt of a specification with its probes.

use serde_json::{Map, Value, json};

use crate::{
    model::METHODS,
    spec::{Spec, walk},
};

/// The doubts in the order of the document.
pub(super) fn doubts(spec: &Spec) -> Vec<Value> {
    let mut doubts = Vec::new();
    walk(&spec.root, "", &mut |value, pointer| {
        let evidence = &value["x-evidence"];
        let Some(doubt) = evidence["doubt"].as_str() else { return };
        let mut entry = subject(spec, pointer, value);
        entry.insert("doubt".to_owned(), doubt.trim().into());
        if let Some(probes) = evidence["probe"].as_array() {
            entry.insert("probes".to_owned(), json!(probes));
        }
        doubts.push(entry.into());
    });
    doubts
}

/// What the object at a pointer is: an operation, a parameter, a schema, a member.
fn subject(spec: &Spec, pointer: &str, value: &Value) -> Map<String, Value> {
    let keys: Vec<String> =
        pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut subject = Map::new();
    let mut set = |name: &str, value: &str| {
        if !value.is_empty() {
            subject.insert(name.to_owned(), value.into());
        }
    };
    match keys.as_slice() {
        ["components", "schemas", name, rest @ ..] => {
            set("schema", name);
            set("member", &member(rest));
        }
        ["components", "parameters", ..] => {
            set("parameter", value["name"].as_str().unwrap_or_default());
        }
        ["paths", path, method, rest @ ..] if METHODS.contains(method) => {
            let operation = &spec.root["paths"][path][method]["operationId"];
            set("operation", operation.as_str().unwrap_or_default());
            match rest {
                ["parameters", ..] => set("parameter", value["name"].as_str().unwrap_or_default()),
                rest => set("member", &member(rest)),
            }
        }
        _ => {}
    }
    subject
}

/// The place of a member from the keys below a schema: `/a/*/b`.
fn member(keys: &[&str]) -> String {
    let mut place = String::new();
    let mut keys = keys.iter();
    while let Some(key) = keys.next() {
        match *key {
            "properties" => {
                let name = keys.next().copied().unwrap_or_default();
                place = crate::spec::child(&place, name);
            }
            "items" | "additionalProperties" => place.push_str("/*"),
            _ => {}
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{ROOT_FILE, Source};

    #[test]
    fn a_doubt_names_what_it_is_about() {
        let evidence = |doubt: &str| json!({ "doubt": doubt, "probe": [{ "ask": "write" }] });
        let document = json!({
            "paths": { "/a~b/{id}": { "post": {
                "operationId": "createA",
                "x-evidence": evidence("1"),
                "parameters": [{ "name": "full", "x-evidence": evidence("2") }],
                "requestBody": { "content": { "multipart/form-data": { "schema": {
                    "properties": { "picture": { "x-evidence": evidence("3") } }
                } } } }
            } } },
            "components": {
                "parameters": { "Count": { "name": "count", "x-evidence": evidence("4") } },
                "schemas": { "A": { "x-evidence": evidence("5"), "allOf": [{ "properties": {
                    "b": { "items": { "properties": { "c": { "x-evidence": evidence("6") } } } }
                } }] } },
                "securitySchemes": { "oauth2": { "x-evidence": { "doubt": " 7\n" } } }
            }
        });
        let source = Source { path: ROOT_FILE.into(), text: document.to_string() };
        let mut doubts = doubts(&Spec::from_sources(&[source]).unwrap());
        doubts.sort_by_key(|doubt| doubt["doubt"].to_string());
        let probes = json!([{ "ask": "write" }]);
        assert_eq!(
            json!(doubts),
            json!([
                { "operation": "createA", "doubt": "1", "probes": probes },
                { "operation": "createA", "parameter": "full", "doubt": "2", "probes": probes },
                { "operation": "createA", "member": "/picture", "doubt": "3", "probes": probes },
                { "parameter": "count", "doubt": "4", "probes": probes },
                { "schema": "A", "doubt": "5", "probes": probes },
                { "schema": "A", "member": "/b/*/c", "doubt": "6", "probes": probes },
                { "doubt": "7" }
            ])
        );
    }
}
