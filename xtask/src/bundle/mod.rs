//! One self-contained OpenAPI 3.0 document for other tools, made from a vendor's specification.
//!
//! A specification describes what an SDK's user sees: the values inside the envelope, with `x-` keys for what OpenAPI
//! cannot say. Other tools know neither, so a bundle describes what is sent: see [decision
//! 0145](../../../docs/decisions/0145-bundles-describe-the-wire.md).
//!
//! | Rule | What it does |
//! |---|---|
//! | `json_rpc` | Bodies and responses of procedures get the envelope of JSON-RPC 2.0, with positional parameters |
//! | `payload` | Responses get the envelope with `payload` |
//! | `nullable` | `null` is accepted wherever the specification has `nullable`, also by strict readers |
//! | `house_keys` | `x-` keys that only the generator understands become OpenAPI, or words in a description |
//! | `queries` | Constant queries of paths become parameters |
//! | [`document`] | Headers of every call, the failure of every call, and URLs that are not templates |

mod document;
mod house_keys;
mod json_rpc;
mod members;
mod nullable;
mod payload;
mod print;
mod queries;

use serde_json::Value;

use crate::{
    normalise::{RULES, Rule, normalise_by},
    spec::Spec,
};

/// The bundle of a specification that passes vetting: JSON in the order of the specification.
pub fn bundle(spec: &Spec) -> String {
    print::print(&document(spec), spec)
}

/// The rules of [`normalise`] that make a document valid for other tools. The others adapt it to our generator.
const VALIDITY: [&str; 13] = [
    "referenced_paths",
    "followed_references",
    "reference_siblings",
    "unknown_keys",
    "path_expressions",
    "path_queries",
    "path_parameters",
    "response_descriptions",
    "security_schemes",
    "key_types",
    "foreign_keywords",
    "schema_types",
    "enum_values",
];

/// The document of a bundle.
pub fn document(spec: &Spec) -> Value {
    let rules: Vec<(&str, Rule)> =
        RULES.iter().filter(|(name, _)| VALIDITY.contains(name)).copied().collect();
    let (spec, _) = normalise_by(&rules, spec.clone());
    let mut root = spec.root;
    let envelope = root["x-envelope"].as_str().unwrap_or("none").to_owned();
    json_rpc::wrap(&mut root, &envelope);
    payload::wrap(&mut root, &envelope);
    queries::move_queries(&mut root);
    document::complete(&mut root);
    nullable::make_explicit(&mut root);
    house_keys::replace(&mut root);
    root
}
