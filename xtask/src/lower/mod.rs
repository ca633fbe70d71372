//! Lowering: what an honest specification says, in the words that progenitor 0.15.1 understands.
//!
//! Each rule is one function with one reason; `tests/lowering.rs` has a before and after of each. They
//! run in the order of [`lower`], and what a rule takes out for the emitters to put back is in
//! [`Lowered`].

mod all_of;
mod bodies;
mod descriptions;
mod enums;
mod parameters;
mod responses;
mod schemas;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use descriptions::escape_for_rustdoc;
pub use enums::OpenEnum;

use crate::{names, spec::Spec};

/// A specification for progenitor, and what was taken out of it.
#[derive(Debug, Default)]
pub struct Lowered {
    /// The document for progenitor.
    pub document: Value,
    /// String enums by type name, emitted as open enums.
    pub enums: BTreeMap<String, OpenEnum>,
    /// Members with times, by type name and wire name: the module that reads and writes them.
    pub times: BTreeMap<(String, String), &'static str>,
    /// Other spellings of members that are read, by type name and wire name.
    pub aliases: BTreeMap<(String, String), Vec<String>>,
    /// Members that are read from a number or a text, by type name and wire name.
    pub lenient: BTreeSet<(String, String)>,
    /// Members that `Debug` does not show, by type name and wire name.
    pub secret: BTreeSet<(String, String)>,
    /// Multipart forms by type name: their members in the order of the specification.
    pub forms: BTreeMap<String, Vec<FormMember>>,
}

/// A member of a multipart form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormMember {
    /// The name of the part.
    pub name: String,
    /// Whether it is a file.
    pub file: bool,
    /// Whether the part may be repeated.
    pub many: bool,
    /// Whether it must be there.
    pub required: bool,
}

/// One rule.
pub type Rule = fn(&Spec, &mut Lowered);

/// The rules in their order, by name.
pub const RULES: [(&str, Rule); 25] = [
    ("inlined_components", parameters::inlined_components),
    ("merged_objects", all_of::merged_objects),
    ("doubts_in_descriptions", descriptions::doubts_in_descriptions),
    ("aliases", schemas::aliases),
    ("lenient_members", schemas::lenient_members),
    ("secret_members", schemas::secret_members),
    ("internal_extensions", descriptions::internal_extensions),
    ("plain_descriptions", descriptions::plain_descriptions),
    ("rpc_params", bodies::rpc_params),
    ("multipart_forms", bodies::multipart_forms),
    ("one_request_media_type", bodies::one_request_media_type),
    ("one_success", responses::one_success),
    ("no_error_responses", responses::no_error_responses),
    ("missing_schemas", responses::missing_schemas),
    ("plain_parameters", schemas::plain_parameters),
    ("open_enums", enums::open_enums),
    ("integer_enums", enums::integer_enums),
    ("plain_strings", schemas::plain_strings),
    ("times", schemas::times),
    ("nullable_collections", schemas::nullable_collections),
    ("no_constraints", schemas::no_constraints),
    ("no_defaults", schemas::no_defaults),
    ("no_titles", schemas::no_titles),
    ("open_objects", schemas::open_objects),
    ("unset_version", descriptions::unset_version),
];

/// Applies all rules.
pub fn lower(spec: &Spec) -> Lowered {
    let mut lowered = Lowered { document: spec.root.clone(), ..Lowered::default() };
    for (_, rule) in RULES {
        rule(spec, &mut lowered);
    }
    lowered
}

/// Visits every operation with its id.
fn each_operation(document: &mut Value, mut visit: impl FnMut(&str, &mut Value)) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for item in paths.values_mut().filter_map(Value::as_object_mut) {
        for (method, operation) in item.iter_mut() {
            if !crate::model::METHODS.contains(&method.as_str()) {
                continue;
            }
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            visit(&id, operation);
        }
    }
}

/// Visits every schema of the document, inner ones last, with the type name that typify would give to
/// the named schema it is in (empty outside of one).
fn each_schema(document: &mut Value, mut visit: impl FnMut(&str, &mut Value)) {
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        for (group, members) in components.iter_mut() {
            for (name, member) in members.as_object_mut().into_iter().flatten() {
                if group == "schemas" {
                    schema(&names::pascal(name), member, &mut visit);
                } else {
                    schemas_in(member, &mut visit);
                }
            }
        }
    }
    if let Some(paths) = document.get_mut("paths") {
        schemas_in(paths, &mut visit);
    }
}

/// Finds the schemas inside parameters, bodies and answers.
fn schemas_in(value: &mut Value, visit: &mut dyn FnMut(&str, &mut Value)) {
    match value {
        Value::Object(members) => {
            for (key, member) in members.iter_mut() {
                if key == "schema" {
                    schema("", member, visit);
                } else if key != "example" && key != "examples" {
                    schemas_in(member, visit);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| schemas_in(item, visit)),
        _ => {}
    }
}

fn schema(owner: &str, value: &mut Value, visit: &mut dyn FnMut(&str, &mut Value)) {
    visit(owner, value);
    let Some(members) = value.as_object_mut() else { return };
    for (key, member) in members.iter_mut() {
        match key.as_str() {
            "properties" => {
                for property in member.as_object_mut().into_iter().flatten() {
                    schema(owner, property.1, visit);
                }
            }
            "items" | "additionalProperties" | "not" if member.is_object() => {
                schema(owner, member, visit);
            }
            "allOf" | "oneOf" | "anyOf" => {
                for part in member.as_array_mut().into_iter().flatten() {
                    schema(owner, part, visit);
                }
            }
            _ => {}
        }
    }
}

/// Adds a named schema and answers the reference to it.
fn add_schema(document: &mut Value, name: &str, schema: Value) -> Value {
    document["components"]["schemas"][name] = schema;
    reference(name)
}

fn reference(name: &str) -> Value {
    serde_json::json!({ "$ref": format!("#/components/schemas/{name}") })
}
