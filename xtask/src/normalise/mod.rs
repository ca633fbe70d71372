//! Rewrites a specification that was written for other tools into the dialect that the later steps know: the same
//! API, with fewer ways to say it.
//!
//! Each rule is one function over the whole document. What a rule leaves out, or reads as something else, it reports as
//! a warning; a rewrite without loss needs none. The rules run in the order of [`RULES`]; vetting sees only their result.

mod compositions;
mod content;
mod draft;
mod enums;
mod forms;
mod keys;
mod keywords;
mod media_types;
mod members;
mod moved;
mod names;
mod parameters;
mod path_parameters;
mod paths;
mod reached;
mod references;
mod responses;
mod schemas;
mod security;
mod servers;
mod siblings;
mod successes;
mod unions;

pub use draft::Draft;
pub(crate) use schemas::is_annotation;

pub use unions::{FORMS, ambiguous};

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
    ("followed_references", references::followed_references),
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
    ("servers", servers::servers),
    ("equal_paths", paths::equal),
    // Schemas.
    ("key_types", keywords::key_types),
    ("foreign_keywords", keywords::foreign_keywords),
    ("schema_types", keywords::schema_types),
    ("enum_values", enums::enum_values),
    // Bodies and successes.
    ("empty_bodies", media_types::empty_bodies),
    ("exact_media_types", media_types::exact_media_types),
    ("one_request_media_type", media_types::one_request_media_type),
    ("multipart_forms", forms::multipart_forms),
    ("url_encoded_forms", forms::url_encoded_forms),
    ("one_kind_of_success", successes::one_kind_of_success),
    ("one_object_of_successes", successes::one_object_of_successes),
    // Types.
    ("member_names", members::member_names),
    ("free_names", names::free_names),
    ("nullable_types", members::nullable_types),
    ("compositions", compositions::compositions),
    ("required_members", members::required_members),
    ("merged_alternatives", unions::merged_alternatives),
    ("named_types", names::named_types),
    ("distinguished_alternatives", unions::distinguished_alternatives),
    ("finite_types", members::finite_types),
];

/// Rewrites a specification. Returns it with the warnings, in the order of the files.
pub fn normalise(spec: Spec) -> (Spec, Vec<Diagnostic>) {
    // Another version of OpenAPI means other things by the same words. Vetting refuses it.
    let is_3_0 = spec.root["openapi"].as_str().is_some_and(|version| version.starts_with("3.0"));
    normalise_by(if is_3_0 { RULES } else { &[] }, spec)
}

/// Rewrites a specification by some of the rules, for the tests.
pub fn normalise_by(rules: &[(&str, Rule)], spec: Spec) -> (Spec, Vec<Diagnostic>) {
    let unreached = reached::unreached(&spec.root);
    let mut draft = Draft::new(spec);
    for (_, rule) in rules {
        rule(&mut draft);
    }
    reached::without_unreached(&mut draft.spec.root, &unreached);
    draft.warnings.sort_by(|a, b| a.location.cmp(&b.location));
    draft.warnings.dedup();
    (draft.spec, draft.warnings)
}
