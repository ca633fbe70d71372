//! Rewrites a specification into the subset of OpenAPI that progenitor 0.15.1 supports.
//!
//! Each rule is one function with one reason; `tests/lowering.rs` shows a document before and after each.
//! They run in the order of [`RULES`]. What progenitor cannot express is removed from the document and
//! collected in [`Lowered`], from where the emitters put it back.

mod all_of;
mod bodies;
mod descriptions;
mod document;
mod enums;
mod members;
mod parameters;
mod responses;
mod schemas;
mod unions;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use descriptions::escape_for_rustdoc;
pub use enums::OpenEnum;
pub use unions::{Union, Variant};

use crate::{names, spec::Spec};

/// A document for progenitor, and what was removed from it.
#[derive(Debug, Default)]
pub struct Lowered {
    /// The document for progenitor.
    pub document: Value,
    /// String enums, by type name. They are emitted as open enums.
    pub enums: BTreeMap<String, OpenEnum>,
    /// Types with several forms, by type name.
    pub unions: BTreeMap<String, Union>,
    /// Members that are times, by type name and wire name: the module that reads and writes them.
    pub times: BTreeMap<(String, String), &'static str>,
    /// Other names under which members are read, by type name and wire name.
    pub aliases: BTreeMap<(String, String), Vec<String>>,
    /// Members that are read from a number or a string, by type name and wire name.
    pub lenient: BTreeSet<(String, String)>,
    /// Members that are flags, by type name and wire name.
    pub flags: BTreeSet<(String, String)>,
    /// Members that `Debug` does not print, by type name and wire name.
    pub secret: BTreeSet<(String, String)>,
    /// The members of multipart forms, by type name, in the order of the specification.
    pub forms: BTreeMap<String, Vec<FormMember>>,
    /// The multipart forms that accept parts which the specification lacks.
    pub open_forms: BTreeSet<String>,
}

/// A member of a multipart form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormMember {
    /// The name of the part.
    pub name: String,
    /// What the part contains.
    pub kind: PartKind,
    /// Whether the part may be repeated.
    pub many: bool,
    /// Whether the part is required.
    pub required: bool,
}

/// What a part of a multipart form contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// A string, a number or a boolean.
    Text,
    /// A file.
    File,
    /// Another value: text if it turns out to be a plain value, JSON otherwise.
    Value,
    /// JSON, even of a plain value.
    Json,
}

/// One rule.
pub type Rule = fn(&Spec, &mut Lowered);

/// The rules by name, in the order in which they run.
pub const RULES: &[(&str, Rule)] = &[
    ("inlined_components", parameters::inlined_components),
    ("argument_names", parameters::argument_names),
    ("merged_objects", all_of::merged_objects),
    ("doubts_in_descriptions", descriptions::doubts_in_descriptions),
    ("aliases", members::aliases),
    ("lenient_members", members::lenient_members),
    ("secret_members", members::secret_members),
    ("internal_extensions", document::internal_extensions),
    ("plain_descriptions", descriptions::plain_descriptions),
    ("rpc_params", bodies::rpc_params),
    ("multipart_forms", bodies::multipart_forms),
    ("one_request_media_type", bodies::one_request_media_type),
    ("one_success", responses::one_success),
    ("no_error_responses", responses::no_error_responses),
    ("missing_schemas", responses::missing_schemas),
    ("plain_parameters", parameters::plain_parameters),
    ("open_enums", enums::open_enums),
    ("flags", members::flags),
    ("integer_enums", enums::integer_enums),
    ("plain_strings", schemas::plain_strings),
    ("times", members::times),
    ("nullable_collections", schemas::nullable_collections),
    ("no_constraints", schemas::no_constraints),
    ("no_defaults", schemas::no_defaults),
    ("no_titles", schemas::no_titles),
    ("open_bodies", bodies::open_bodies),
    ("open_objects", schemas::open_objects),
    ("unions", unions::unions),
    ("unset_version", document::unset_version),
];

/// Applies all rules to a vetted specification.
pub fn lower(spec: &Spec) -> Lowered {
    let mut lowered = Lowered { document: spec.root.clone(), ..Lowered::default() };
    for (_, rule) in RULES {
        rule(spec, &mut lowered);
    }
    lowered
}

/// The mark of an object that is declared closed. progenitor ignores it; typify would fail on the unknown
/// members of an object with `additionalProperties: false`.
const CLOSED: &str = "x-closed";

/// Visits every operation, with its id.
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

/// Visits every schema of the document, outer ones first, with the type name of the named schema that it
/// is in; empty outside of named schemas.
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

/// Visits the schemas in parameters, bodies and responses.
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

/// Adds a named schema and returns a reference to it.
fn add_schema(document: &mut Value, name: &str, schema: Value) -> Value {
    document["components"]["schemas"][name] = schema;
    reference(name)
}

fn reference(name: &str) -> Value {
    serde_json::json!({ "$ref": format!("#/components/schemas/{name}") })
}
