//! Applies the actions of an overlay.

use serde_json::Value;
use serde_json_path::{JsonPath, PathElement};

use super::{
    Action, Change, Overlay, Version,
    merge::{Kind, into_node},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    spec::child,
};

/// What an action did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The target as it is written.
    pub target: String,
    /// The number of nodes that it selected.
    pub nodes: usize,
}

/// Applies an overlay: every action to the result of the one before. Returns the changed document.
///
/// # Errors
/// The first action that cannot be applied.
pub fn apply(overlay: &Overlay, document: &Value) -> Result<(Value, Vec<Applied>), Diagnostics> {
    let mut document = document.clone();
    let mut applied = Vec::new();
    for action in &overlay.actions {
        let nodes = apply_action(action, &mut document, overlay.version).map_err(|error| {
            let (message, help) = error;
            Diagnostics::one(Diagnostic::new(message, action.location.clone(), help))
        })?;
        applied.push(Applied { target: action.target.to_string(), nodes });
    }
    Ok((document, applied))
}

type Failure = (String, &'static str);

fn apply_action(action: &Action, document: &mut Value, version: Version) -> Result<usize, Failure> {
    let nodes = select(&action.target, document);
    match &action.change {
        Change::Nothing => {}
        Change::Update(value) => merge_all(&nodes, value, document, version)?,
        Change::Copy(source) => {
            let value = single(source, document)?;
            merge_all(&nodes, &value, document, version)?;
        }
        Change::Remove => remove_all(&nodes, document, version)?,
    }
    Ok(nodes.len())
}

/// A step from a value to a member or an item of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Item(usize),
    Member(String),
}

/// The nodes that a path selects, each once, in ascending order.
fn select(path: &JsonPath, document: &Value) -> Vec<Vec<Step>> {
    let mut nodes: Vec<Vec<Step>> = path
        .query_located(document)
        .iter()
        .map(|node| {
            node.location()
                .iter()
                .map(|element| match element {
                    PathElement::Name(name) => Step::Member((*name).to_owned()),
                    PathElement::Index(index) => Step::Item(*index),
                })
                .collect()
        })
        .collect();
    nodes.sort();
    nodes.dedup();
    nodes
}

fn pointer(node: &[Step]) -> String {
    node.iter().fold(String::new(), |pointer, step| match step {
        Step::Item(index) => format!("{pointer}/{index}"),
        Step::Member(name) => child(&pointer, name),
    })
}

/// The value of the one node that a path selects.
fn single(path: &JsonPath, document: &Value) -> Result<Value, Failure> {
    let nodes = path.query(document);
    match nodes.exactly_one() {
        Ok(value) => Ok(value.clone()),
        Err(_) => Err((
            format!("`copy` must select one node; `{path}` selects {}", nodes.len()),
            "select a single node, or copy in several actions",
        )),
    }
}

fn merge_all(
    nodes: &[Vec<Step>],
    value: &Value,
    document: &mut Value,
    version: Version,
) -> Result<(), Failure> {
    let pointers: Vec<String> = nodes.iter().map(|node| pointer(node)).collect();
    let mut kinds = pointers.iter().filter_map(|at| document.pointer(at)).map(Kind::of);
    let first = kinds.next();
    if let Some(other) = kinds.find(|kind| Some(*kind) != first) {
        let first = first.map_or("", Kind::name);
        return Err((
            format!("the target selects different kinds of nodes: {first} and {}", other.name()),
            "select only objects, only lists or only plain values",
        ));
    }
    if first == Some(Kind::Primitive) && version == Version::V1_0 {
        return Err((
            "the target selects a plain value, which version 1.0 cannot update".to_owned(),
            "select the object that contains it, or write `overlay: 1.1.0`",
        ));
    }
    for at in &pointers {
        let Some(node) = document.pointer_mut(at) else { continue };
        into_node(node, value, version).map_err(|error| {
            (
                format!("the action does not fit the node `{at}`: {error}"),
                "correct the target or the value; to replace a value by one of another kind, remove it first",
            )
        })?;
    }
    Ok(())
}

/// Removes nodes from the last to the first, so that the indices of the others stay what they are.
fn remove_all(nodes: &[Vec<Step>], document: &mut Value, version: Version) -> Result<(), Failure> {
    for node in nodes.iter().rev() {
        let Some((last, parent)) = node.split_last() else {
            return Err((
                "the root of the document cannot be removed".to_owned(),
                "select members of it",
            ));
        };
        match (document.pointer_mut(&pointer(parent)), last) {
            (Some(Value::Object(members)), Step::Member(name)) => {
                members.remove(name);
            }
            (Some(Value::Array(items)), Step::Item(index)) => {
                let kind = items.get(*index).map(Kind::of);
                if kind == Some(Kind::Primitive) && version == Version::V1_0 {
                    return Err((
                        "the target selects plain values of a list, which version 1.0 cannot remove"
                            .to_owned(),
                        "remove the whole list, or write `overlay: 1.1.0`",
                    ));
                }
                if kind.is_some() {
                    items.remove(*index);
                }
            }
            _ => {}
        }
    }
    Ok(())
}
