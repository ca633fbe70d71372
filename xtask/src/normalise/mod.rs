//! Rewrites a specification that was written for other tools into the dialect that the later steps know: the same
//! API, with fewer ways to say it.
//!
//! Each rule is one function over the whole document. What a rule leaves out, or reads as something else, it reports as
//! a warning; a rewrite without loss needs none. The rules run in the order of [`RULES`]; vetting sees only their result.

mod compositions;
mod enums;
mod keywords;
mod members;
mod moved;
mod names;
mod reached;
mod references;
mod schemas;
mod unions;

use serde_json::Value;

pub use unions::{FORMS, ambiguous};

use crate::{diagnostic::Diagnostic, spec::Spec};

/// One rule.
pub type Rule = fn(&mut Draft);

/// All rules by name, in the order in which they run.
pub const RULES: &[(&str, Rule)] = &[
    ("followed_references", references::followed_references),
    ("free_names", names::free_names),
    ("key_types", keywords::key_types),
    ("foreign_keywords", keywords::foreign_keywords),
    ("schema_types", keywords::schema_types),
    ("enum_values", enums::enum_values),
    ("member_names", members::member_names),
    ("nullable_types", members::nullable_types),
    ("compositions", compositions::compositions),
    ("required_members", members::required_members),
    ("merged_alternatives", unions::merged_alternatives),
    ("named_types", names::named_types),
    ("distinguished_alternatives", unions::distinguished_alternatives),
    ("finite_types", members::finite_types),
];

/// A specification that is being rewritten.
pub struct Draft {
    /// The specification; its locations are those of the files.
    pub spec: Spec,
    warnings: Vec<Diagnostic>,
}

impl Draft {
    /// Reports what is left out, or read as something else, at a JSON pointer.
    pub fn warn(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.warnings.push(self.spec.diagnostic(pointer, message, help).warning());
    }

    /// The value at a JSON pointer.
    pub fn value(&mut self, pointer: &str) -> Option<&mut Value> {
        self.spec.root.pointer_mut(pointer)
    }
}

/// Rewrites a specification. Returns it with the warnings, in the order of the files.
pub fn normalise(spec: Spec) -> (Spec, Vec<Diagnostic>) {
    let unreached = reached::unreached(&spec.root);
    let mut draft = Draft { spec, warnings: Vec::new() };
    for (_, rule) in RULES {
        rule(&mut draft);
    }
    reached::without_unreached(&mut draft.spec.root, &unreached);
    draft.warnings.sort_by(|a, b| a.location.cmp(&b.location));
    draft.warnings.dedup();
    (draft.spec, draft.warnings)
}
