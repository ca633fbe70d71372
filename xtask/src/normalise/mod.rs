//! Rewrites a specification that was written for other tools into the dialect that the later steps know: the same
//! API, with fewer ways to say it.
//!
//! Each rule is one function over the whole document. What a rule leaves out, or reads as something else, it reports as
//! a warning; a rewrite without loss needs none. The rules run in the order of [`RULES`]; vetting sees only their result.

mod content;
mod draft;
mod forms;
mod keys;
mod media_types;
mod parameters;
mod path_parameters;
mod paths;
mod responses;
mod security;
mod siblings;
mod successes;

pub use draft::Draft;

use crate::{diagnostic::Diagnostic, spec::Spec};

/// One rule.
pub type Rule = fn(&mut Draft);

/// All rules by name, in the order in which they run. What is left out comes first, so that nothing of it is rewritten.
pub const RULES: &[(&str, Rule)] = &[
    // What is described, but not generated.
    ("referenced_paths", paths::referenced),
    ("unsupported_methods", paths::methods),
    ("callbacks", responses::callbacks),
    ("success", responses::success),
    ("error_responses", responses::errors),
    ("response_headers", responses::headers),
    ("ignored_headers", parameters::ignored_headers),
    ("cookies", parameters::cookies),
    // Keys.
    ("reference_siblings", siblings::siblings),
    ("enum_extensions", keys::enum_extensions),
    ("unknown_keys", keys::unknown),
    // Paths, parameters, responses and security.
    ("slashes", paths::slashes),
    ("path_expressions", paths::expressions),
    ("path_queries", paths::queries),
    ("path_parameters", path_parameters::declared),
    ("parameter_content", parameters::content),
    ("parameter_styles", parameters::styles),
    ("parameter_types", parameters::types),
    ("response_descriptions", responses::descriptions),
    ("security_schemes", security::schemes),
    ("equal_paths", paths::equal),
    // Bodies and their media types.
    ("empty_bodies", media_types::empty_bodies),
    ("exact_media_types", media_types::exact_media_types),
    ("one_request_media_type", media_types::one_request_media_type),
    ("multipart_forms", forms::multipart_forms),
    ("url_encoded_forms", forms::url_encoded_forms),
    ("one_kind_of_success", successes::one_kind_of_success),
    ("one_object_of_successes", successes::one_object_of_successes),
];

/// Rewrites a specification. Returns it with the warnings, in the order of the files.
pub fn normalise(spec: Spec) -> (Spec, Vec<Diagnostic>) {
    // Another version of OpenAPI means other things by the same words. Vetting refuses it.
    let is_3_0 = spec.root["openapi"].as_str().is_some_and(|version| version.starts_with("3.0"));
    normalise_by(if is_3_0 { RULES } else { &[] }, spec)
}

/// Rewrites a specification by some of the rules, for the tests.
pub fn normalise_by(rules: &[(&str, Rule)], spec: Spec) -> (Spec, Vec<Diagnostic>) {
    let mut draft = Draft::new(spec);
    for (_, rule) in rules {
        rule(&mut draft);
    }
    draft.warnings.sort_by(|a, b| a.location.cmp(&b.location));
    draft.warnings.dedup();
    (draft.spec, draft.warnings)
}
