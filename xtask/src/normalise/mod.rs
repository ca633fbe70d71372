//! Rewrites a specification that was written for other tools into the dialect that the later steps know: the same
//! API, with fewer ways to say it.
//!
//! Each rule is one function over the whole document. What a rule leaves out, or reads as something else, it reports as
//! a warning; a rewrite without loss needs none. The rules run in the order of [`RULES`]; vetting sees only their result.

use serde_json::Value;

use crate::{diagnostic::Diagnostic, spec::Spec};

/// One rule.
pub type Rule = fn(&mut Draft);

/// All rules by name, in the order in which they run.
pub const RULES: [(&str, Rule); 0] = [];

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
    let mut draft = Draft { spec, warnings: Vec::new() };
    for (_, rule) in RULES {
        rule(&mut draft);
    }
    draft.warnings.sort_by(|a, b| a.location.cmp(&b.location));
    draft.warnings.dedup();
    (draft.spec, draft.warnings)
}
