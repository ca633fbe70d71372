//! The specification while it is being rewritten.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    diagnostic::Diagnostic,
    model::{METHODS, resolve},
    spec::{Spec, child},
};

/// A specification that is being rewritten.
pub struct Draft {
    /// The specification; its locations are those of the files.
    pub spec: Spec,
    pub(super) warnings: Vec<Diagnostic>,
}

impl Draft {
    /// Begins to rewrite a specification.
    pub fn new(spec: Spec) -> Self {
        Self { spec, warnings: Vec::new() }
    }

    /// Reports what is left out, or read as something else, at a JSON pointer.
    pub fn warn(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.warnings.push(self.spec.diagnostic(pointer, message, help).warning());
    }

    /// The value at a JSON pointer.
    pub fn value(&mut self, pointer: &str) -> Option<&mut Value> {
        self.spec.root.pointer_mut(pointer)
    }

    /// A copy of the value at a JSON pointer, with its reference followed; `null` if there is none.
    pub(super) fn resolved(&self, pointer: &str) -> Value {
        let root = &self.spec.root;
        root.pointer(pointer).map(|value| resolve(root, value).clone()).unwrap_or_default()
    }

    /// Sets a member of the object at a JSON pointer.
    pub(super) fn set(&mut self, pointer: &str, key: &str, value: Value) {
        if let Some(members) = self.value(pointer).and_then(Value::as_object_mut) {
            members.insert(key.to_owned(), value);
        }
    }

    /// Removes the value at a JSON pointer. The items that follow it in a list keep their locations.
    pub(super) fn remove(&mut self, pointer: &str) -> Option<Value> {
        let (parent, key) = pointer.rsplit_once('/')?;
        let count = match self.value(parent)? {
            Value::Object(members) => {
                return members.remove(&key.replace("~1", "/").replace("~0", "~"));
            }
            Value::Array(items) => items.len(),
            _ => return None,
        };
        let index: usize = key.parse().ok().filter(|index| *index < count)?;
        for next in index + 1..count {
            self.spec
                .move_locations(&format!("{parent}/{next}"), &format!("{parent}/{}", next - 1));
        }
        Some(self.value(parent)?.as_array_mut()?.remove(index))
    }

    /// Gives the member of an object another key.
    pub(super) fn rename(&mut self, pointer: &str, key: &str, to: &str) {
        let Some(members) = self.value(pointer).and_then(Value::as_object_mut) else { return };
        if let Some(value) = members.remove(key) {
            members.insert(to.to_owned(), value);
            self.spec.move_locations(&child(pointer, key), &child(pointer, to));
        }
    }

    /// The pointers of all paths.
    pub(super) fn paths(&self) -> Vec<String> {
        let paths = self.spec.root["paths"].as_object().into_iter().flatten();
        paths
            .filter(|(path, item)| item.is_object() && !path.starts_with("x-"))
            .map(|(path, _)| child("/paths", path))
            .collect()
    }

    /// The pointers of all operations.
    pub(super) fn operations(&self) -> Vec<String> {
        let mut all = Vec::new();
        for pointer in self.paths() {
            let Some(item) = self.spec.root.pointer(&pointer) else { continue };
            let methods = METHODS.iter().filter(|method| item[**method].is_object());
            all.extend(methods.map(|method| child(&pointer, method)));
        }
        all
    }

    /// The pointers of all lists of parameters: those of paths and of operations.
    pub(super) fn parameter_lists(&self) -> Vec<String> {
        let owners = self.paths().into_iter().chain(self.operations());
        owners.map(|owner| child(&owner, "parameters")).collect()
    }

    /// The pointers of all parameters that are described in place, and of those in the components.
    pub(super) fn parameters(&self) -> Vec<String> {
        let root = &self.spec.root;
        let mut all = Vec::new();
        for list in self.parameter_lists() {
            let items = root.pointer(&list).and_then(Value::as_array).into_iter().flatten();
            for (index, item) in items.enumerate() {
                if item.is_object() && item.get("$ref").is_none() {
                    all.push(format!("{list}/{index}"));
                }
            }
        }
        for (name, value) in root["components"]["parameters"].as_object().into_iter().flatten() {
            if value.is_object() && value.get("$ref").is_none() {
                all.push(child("/components/parameters", name));
            }
        }
        all
    }

    /// Makes a change, and removes the components that nothing but what was removed refers to.
    pub(super) fn with_unreached(&mut self, change: impl FnOnce(&mut Self)) {
        let before = reached(&self.spec.root);
        change(self);
        let after = reached(&self.spec.root);
        for target in before.difference(&after) {
            let pointer = target.trim_start_matches('#');
            if pointer.starts_with("/components/") && pointer.matches('/').count() == 3 {
                self.remove(pointer);
            }
        }
    }
}

/// The targets of the references that lead from the operations, directly or through others.
fn reached(root: &Value) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut pending: Vec<&Value> = vec![&root["paths"]];
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref")
                    && reached.insert(target.clone())
                {
                    pending.extend(root.pointer(target.trim_start_matches('#')));
                }
                pending.extend(members.values());
            }
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    reached
}
