//! The typed parts of an OpenAPI document: schemas, operations, parameters and so on, each with its
//! JSON pointer.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    model::METHODS,
    spec::{Spec, child},
};

/// The type of an OpenAPI object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Document,
    Info,
    Tag,
    Components,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    Response,
    Header,
    MediaType,
    Schema,
}

/// How a key holds its objects.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Multiplicity {
    One,
    Map,
    List,
}

/// The keys of each kind that hold other objects.
const CHILDREN: [(Kind, &str, Multiplicity, Kind); 28] = {
    use Kind::*;
    use Multiplicity::*;
    [
        (Document, "info", One, Info),
        (Document, "tags", List, Tag),
        (Document, "paths", Map, PathItem),
        (Document, "components", One, Components),
        (Components, "schemas", Map, Schema),
        (Components, "parameters", Map, Parameter),
        (Components, "requestBodies", Map, RequestBody),
        (Components, "responses", Map, Response),
        (Components, "headers", Map, Header),
        (PathItem, "parameters", List, Parameter),
        (Operation, "parameters", List, Parameter),
        (Operation, "requestBody", One, RequestBody),
        (Operation, "responses", Map, Response),
        (Parameter, "schema", One, Schema),
        (Parameter, "content", Map, MediaType),
        (Header, "schema", One, Schema),
        (Header, "content", Map, MediaType),
        (RequestBody, "content", Map, MediaType),
        (Response, "content", Map, MediaType),
        (Response, "headers", Map, Header),
        (MediaType, "schema", One, Schema),
        (Schema, "properties", Map, Schema),
        (Schema, "items", One, Schema),
        (Schema, "not", One, Schema),
        (Schema, "additionalProperties", One, Schema),
        (Schema, "allOf", List, Schema),
        (Schema, "oneOf", List, Schema),
        (Schema, "anyOf", List, Schema),
    ]
};

/// An object of the document.
pub struct Node<'a> {
    pub kind: Kind,
    pub pointer: String,
    pub value: &'a Value,
    /// The number of schemas around it, if it is a schema.
    pub depth: usize,
}

impl Node<'_> {
    /// Whether it is a `$ref`.
    pub fn is_reference(&self) -> bool {
        self.value.get("$ref").is_some()
    }
}

/// All objects of the document, parents first.
pub fn nodes(spec: &Spec) -> Vec<Node<'_>> {
    let mut all = Vec::new();
    let root = Node { kind: Kind::Document, pointer: String::new(), value: &spec.root, depth: 0 };
    collect(root, &mut all);
    all
}

fn collect<'a>(node: Node<'a>, all: &mut Vec<Node<'a>>) {
    let mut children = Vec::new();
    if !node.is_reference() || node.kind == Kind::PathItem {
        for (_, key, multiplicity, kind) in
            CHILDREN.iter().filter(|(parent, ..)| *parent == node.kind)
        {
            let Some(value) = node.value.get(key) else { continue };
            let pointer = child(&node.pointer, key);
            // A boolean there is not a schema; `unknown_keys` and `wrong_types` check it.
            let is_flag = *key == "additionalProperties" && value.is_boolean();
            match (multiplicity, value) {
                (Multiplicity::One, value) if !is_flag => {
                    children.push(inner(&node, *kind, pointer, value));
                }
                (Multiplicity::Map, Value::Object(members)) => {
                    for (name, value) in members {
                        let has_any_names = *kind == Kind::Schema || node.kind == Kind::Components;
                        if has_any_names || !name.starts_with("x-") {
                            let pointer = child(&pointer, name);
                            children.push(inner(&node, *kind, pointer, value));
                        }
                    }
                }
                (Multiplicity::List, Value::Array(items)) => {
                    for (index, value) in items.iter().enumerate() {
                        let pointer = format!("{pointer}/{index}");
                        children.push(inner(&node, *kind, pointer, value));
                    }
                }
                _ => {}
            }
        }
        if node.kind == Kind::PathItem {
            for method in METHODS {
                if let Some(value) = node.value.get(method) {
                    let pointer = child(&node.pointer, method);
                    children.push(inner(&node, Kind::Operation, pointer, value));
                }
            }
        }
    }
    all.push(node);
    for child in children {
        collect(child, all);
    }
}

fn inner<'a>(parent: &Node<'a>, kind: Kind, pointer: String, value: &'a Value) -> Node<'a> {
    let depth = if parent.kind == Kind::Schema { parent.depth + 1 } else { 0 };
    Node { kind, pointer, value, depth }
}

/// An operation.
pub struct Operation<'a> {
    pub pointer: String,
    /// The path as written, including its fragment.
    pub path: &'a str,
    pub method: &'static str,
    pub item: &'a Value,
    pub value: &'a Value,
    /// The `operationId`; empty if there is none.
    pub id: &'a str,
}

impl<'a> Operation<'a> {
    /// Whether it is a JSON-RPC procedure.
    pub fn is_rpc(&self) -> bool {
        self.value.get("x-rpc-params").is_some()
    }

    /// The parameters that apply to it, each with the pointer where it is used.
    pub fn parameters(&self, root: &'a Value) -> Vec<(String, &'a Value)> {
        let item = self.pointer.rsplit_once('/').map_or("", |(item, _)| item);
        let mut all: BTreeMap<(&str, &str), (String, &Value)> = BTreeMap::new();
        for (pointer, value) in [(item, self.item), (&self.pointer, self.value)] {
            let list = value["parameters"].as_array().into_iter().flatten();
            for (index, parameter) in list.enumerate() {
                let parameter = crate::model::resolve(root, parameter);
                let name = parameter["name"].as_str().unwrap_or_default();
                let location = parameter["in"].as_str().unwrap_or_default();
                // A parameter of the operation overrides one of the path with the same name and location.
                all.insert((name, location), (format!("{pointer}/parameters/{index}"), parameter));
            }
        }
        all.into_values().collect()
    }

    /// The resolved request body, and the pointer of its `content`.
    pub fn body(&self, root: &'a Value) -> Option<(String, &'a Value)> {
        let written = self.value.get("requestBody")?;
        let pointer = match written["$ref"].as_str().and_then(|target| target.strip_prefix('#')) {
            Some(target) => target.to_owned(),
            None => child(&self.pointer, "requestBody"),
        };
        Some((child(&pointer, "content"), crate::model::resolve(root, written)))
    }
}

/// All operations.
pub fn operations(spec: &Spec) -> Vec<Operation<'_>> {
    let mut all = Vec::new();
    for (path, item) in spec.root["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let Some(value) = item.get(method) else { continue };
            let pointer = child(&child("/paths", path), method);
            let id = value["operationId"].as_str().unwrap_or_default();
            all.push(Operation { pointer, path, method, item, value, id });
        }
    }
    all
}
