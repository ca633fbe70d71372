//! Generates what can be generated of a specification: operations that the generator refuses are left out, each with
//! the reasons.
//!
//! An error in an operation blocks that operation; an error in a component blocks every operation that reaches it. An
//! error anywhere else blocks the whole specification.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    emit::{self, Emitted, GeneratedFile},
    spec::{Source, Spec, walk},
    vet,
};

/// After this number of rounds of leaving operations out, the rest is given up. Each round needs a new error.
const MOST_ROUNDS: usize = 40;
/// The name of the rule that stands for what progenitor rejects.
const PROGENITOR: &str = "progenitor";

/// Every method that a path may have; two of them are never generated.
pub const ALL_METHODS: [&str; 8] =
    ["get", "put", "post", "delete", "patch", "head", "options", "trace"];

/// Why an operation is blocked.
#[derive(Debug, Clone)]
pub struct Cause {
    /// The rule of vetting, or `progenitor`.
    pub rule: &'static str,
    /// The error.
    pub error: Diagnostic,
}

/// What the generator accepts of a specification.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The files, relative to the crate of the SDK.
    pub files: Vec<GeneratedFile>,
    /// The features of the tags.
    pub features: BTreeSet<String>,
    /// How many operations are generated.
    pub operations: usize,
    /// The operations that are not, such as `get /assets`, with the reasons.
    pub blocked: BTreeMap<String, Vec<Cause>>,
}

/// Runs the pipeline after reading and rewriting, and leaves out what blocks it.
///
/// # Errors
/// The errors that block the whole specification.
pub fn generate(mut spec: Spec, sources: &[Source]) -> Result<Accepted, Diagnostics> {
    let mut blocked = BTreeMap::new();
    for _ in 0..MOST_ROUNDS {
        if !blocked.is_empty() && Reach::new(&spec.root).operations.is_empty() {
            let (files, features) = (Vec::new(), BTreeSet::new());
            return Ok(Accepted { files, features, operations: 0, blocked });
        }
        let errors = vet::errors(&spec);
        let errors = if errors.is_empty() {
            match emit::of_vetted(&spec, sources) {
                Ok(Emitted { files, features, operations }) => {
                    return Ok(Accepted { files, features, operations, blocked });
                }
                Err(Diagnostics(errors)) => {
                    errors.into_iter().map(|error| (PROGENITOR, error)).collect()
                }
            }
        } else {
            errors
        };
        leave_out(&mut spec, errors, &mut blocked)?;
    }
    Err(Diagnostics::one(Diagnostic::new(
        format!("after {MOST_ROUNDS} rounds of leaving operations out, the rest is still refused"),
        None,
        "correct the errors of the operations that were left out first",
    )))
}

/// Removes the operations that the errors block.
fn leave_out(
    spec: &mut Spec,
    errors: Vec<(&'static str, Diagnostic)>,
    blocked: &mut BTreeMap<String, Vec<Cause>>,
) -> Result<(), Diagnostics> {
    let reach = Reach::new(&spec.root);
    let mut whole = Vec::new();
    let mut gone: BTreeSet<Key> = BTreeSet::new();
    for (rule, error) in errors {
        let pointer = error.pointer.clone().unwrap_or_default();
        let operations = reach.operations_of(&pointer);
        if operations.is_empty() && !pointer.starts_with("/components/") {
            whole.push(error);
            continue;
        }
        for (path, method) in operations {
            let causes = blocked.entry(format!("{method} {path}")).or_default();
            causes.push(Cause { rule, error: error.clone() });
            gone.insert((path, method));
        }
    }
    if !whole.is_empty() {
        return Err(Diagnostics(whole));
    }
    let none_is_left = gone.is_empty();
    for (path, method) in gone {
        let Some(Value::Object(paths)) = spec.root.get_mut("paths") else { continue };
        let Some(Value::Object(item)) = paths.get_mut(&path) else { continue };
        item.remove(&method);
        if !ALL_METHODS.iter().any(|method| item.contains_key(*method)) {
            paths.remove(&path);
        }
    }
    if remove_unused(&mut spec.root) || !none_is_left {
        return Ok(());
    }
    let message = "errors remain that are in no operation";
    Err(Diagnostics::one(Diagnostic::new(message, None, "remove the unused components")))
}

/// The path and the method of an operation.
type Key = (String, String);

/// The operations of a document as `(path, method)`, and the components that each reaches.
struct Reach {
    operations: BTreeMap<Key, BTreeSet<String>>,
}

impl Reach {
    fn new(root: &Value) -> Self {
        let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (group, members) in root["components"].as_object().into_iter().flatten() {
            for (name, component) in members.as_object().into_iter().flatten() {
                graph.insert(format!("{group}/{name}"), references(component));
            }
        }
        let mut operations = BTreeMap::new();
        for (path, item) in root["paths"].as_object().into_iter().flatten() {
            let shared = item.get("parameters").map(references).unwrap_or_default();
            for method in ALL_METHODS {
                let Some(operation) = item.get(method) else { continue };
                let mut reached = BTreeSet::new();
                let mut todo: Vec<String> = references(operation).into_iter().collect();
                todo.extend(shared.iter().cloned());
                while let Some(name) = todo.pop() {
                    if let Some(next) = graph.get(&name)
                        && reached.insert(name)
                    {
                        todo.extend(next.iter().cloned());
                    }
                }
                operations.insert((path.clone(), method.to_owned()), reached);
            }
        }
        Self { operations }
    }

    /// The operations that an error at a JSON pointer blocks.
    fn operations_of(&self, pointer: &str) -> Vec<Key> {
        let mut parts =
            pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~"));
        let is_of = |wanted: &dyn Fn(&Key, &BTreeSet<String>) -> bool| {
            let all = self.operations.iter().filter(|(key, reached)| wanted(key, reached));
            all.map(|(key, _)| key.clone()).collect()
        };
        match (parts.next().as_deref(), parts.next(), parts.next()) {
            (Some("paths"), Some(path), Some(method)) if ALL_METHODS.contains(&method.as_str()) => {
                is_of(&|key, _| key.0 == path && key.1 == method)
            }
            (Some("paths"), Some(path), _) => is_of(&|key, _| key.0 == path),
            (Some("components"), Some(group), Some(name)) => {
                let component = format!("{group}/{name}");
                is_of(&|_, reached| reached.contains(&component))
            }
            _ => Vec::new(),
        }
    }
}

/// The components that a value refers to directly, such as `schemas/Asset`.
fn references(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(value, "", &mut |value, _| {
        let inside = value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix("#/components/"));
        let mapped = value["discriminator"]["mapping"].as_object().into_iter().flatten();
        let mapped = mapped.filter_map(|(_, to)| to.as_str()?.strip_prefix("#/components/"));
        for inside in inside.into_iter().chain(mapped) {
            let mut parts = inside.split('/');
            if let (Some(group), Some(name)) = (parts.next(), parts.next()) {
                found.insert(format!("{group}/{}", name.replace("~1", "/").replace("~0", "~")));
            }
        }
    });
    found
}

/// Removes the components that no operation reaches, and returns whether there were any. Security schemes are referred
/// to by name, and stay.
fn remove_unused(root: &mut Value) -> bool {
    let mut found = false;
    let used: BTreeSet<String> = Reach::new(root).operations.into_values().flatten().collect();
    for (group, members) in root["components"].as_object_mut().into_iter().flatten() {
        if group != "securitySchemes"
            && let Some(members) = members.as_object_mut()
        {
            let before = members.len();
            members.retain(|name, _| used.contains(&format!("{group}/{name}")));
            found |= members.len() < before;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_blocks_what_reaches_it() {
        let reference = |to: &str| json!({ "$ref": format!("#/components/schemas/{to}") });
        let root = json!({
            "paths": {
                "/a": { "get": { "x": reference("A") }, "post": {} },
                "/b": { "parameters": [reference("B")], "get": {}, "trace": {} },
            },
            "components": { "schemas": { "A": reference("B"), "B": reference("A"), "C": {} } },
        });
        let reach = Reach::new(&root);
        let shown = |pointer: &str| {
            let found = reach.operations_of(pointer).into_iter();
            found.map(|(path, method)| format!("{method} {path}")).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(shown("/paths/~1a/get/summary"), "get /a");
        assert_eq!(shown("/paths/~1b/trace"), "trace /b");
        assert_eq!(shown("/paths/~1b/parameters/0"), "get /b, trace /b");
        assert_eq!(shown("/components/schemas/B/type"), "get /a, get /b, trace /b");
        assert_eq!(shown("/components/schemas/C"), "");
        assert_eq!(shown("/info"), "");
        let mut left = root.clone();
        assert!(remove_unused(&mut left));
        assert_eq!(left["components"]["schemas"].as_object().unwrap().len(), 2);
        assert!(!remove_unused(&mut left));
    }
}
