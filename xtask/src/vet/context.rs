//! What the rules read, and where they report.

use serde_json::Value;

pub(super) use crate::openapi::closest;
use crate::{
    diagnostic::Diagnostic,
    model::resolve,
    openapi::{self, Kind, Node, Operation},
    spec::Spec,
};

/// A specification, taken apart once for all rules.
pub struct Context<'a> {
    pub(super) spec: &'a Spec,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) operations: Vec<Operation<'a>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(spec: &'a Spec) -> Self {
        Self { spec, nodes: openapi::nodes(spec), operations: openapi::operations(spec) }
    }

    /// The nodes of one kind.
    pub(super) fn each(&self, kind: Kind) -> impl Iterator<Item = &Node<'a>> {
        self.nodes.iter().filter(move |node| node.kind == kind)
    }

    /// Follows references, as far as they can be followed.
    pub(super) fn resolve(&self, value: &'a Value) -> &'a Value {
        resolve(&self.spec.root, value)
    }

    /// The members of a group of components, by name.
    pub(super) fn components(
        &self,
        group: &str,
    ) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.spec.root["components"][group].as_object().into_iter().flatten()
    }
}

/// The errors that were found so far.
pub struct Report<'a> {
    spec: &'a Spec,
    pub(super) errors: Vec<Diagnostic>,
}

impl<'a> Report<'a> {
    pub(super) fn new(spec: &'a Spec) -> Self {
        Self { spec, errors: Vec::new() }
    }

    /// Reports an error at a JSON pointer, and how to fix it.
    pub(super) fn error(
        &mut self,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.errors.push(self.spec.diagnostic(pointer, message, help));
    }

    /// Reports an error at the first of two pointers, because of what is at the other.
    pub(super) fn conflict(
        &mut self,
        [pointer, other]: [&str; 2],
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let diagnostic = self.spec.diagnostic(pointer, message, help);
        self.errors.push(diagnostic.related("conflicts with", self.spec.location(other)));
    }
}
