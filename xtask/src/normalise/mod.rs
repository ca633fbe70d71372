//! Rewrites a specification that was written for other tools into the dialect that the later steps know: the same
//! API, with fewer ways to say it.
//!
//! Each rule is one function over the whole document. What a rule leaves out, or reads as something else, it reports as
//! a warning; a rewrite without loss needs none. The rules run in the order of [`RULES`]; vetting sees only their result.

mod content;
mod forms;
mod media_types;
mod successes;

use serde_json::Value;

use crate::{diagnostic::Diagnostic, spec::Spec};

/// One rule.
pub type Rule = fn(&mut Draft);

/// All rules by name, in the order in which they run.
pub const RULES: [(&str, Rule); 7] = [
    ("empty_bodies", media_types::empty_bodies),
    ("exact_media_types", media_types::exact_media_types),
    ("one_request_media_type", media_types::one_request_media_type),
    ("multipart_forms", forms::multipart_forms),
    ("url_encoded_forms", forms::url_encoded_forms),
    ("one_kind_of_success", successes::one_kind_of_success),
    ("one_object_of_successes", successes::one_object_of_successes),
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
    normalise_by(&RULES, spec)
}

/// Rewrites a specification by some of the rules, for the tests.
pub fn normalise_by(rules: &[(&str, Rule)], spec: Spec) -> (Spec, Vec<Diagnostic>) {
    let mut draft = Draft { spec, warnings: Vec::new() };
    for (_, rule) in rules {
        rule(&mut draft);
    }
    draft.warnings.sort_by(|a, b| a.location.cmp(&b.location));
    draft.warnings.dedup();
    (draft.spec, draft.warnings)
}
