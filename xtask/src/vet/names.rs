//! Rules about the names of types and fields in Rust.

use std::collections::BTreeMap;

use super::context::{Context, Report};
use crate::openapi::Kind;
use crate::{
    names::{self, RESERVED_SCHEMAS, is_identifier},
    spec::child,
};

/// Every named schema has a valid, unique type name that is not reserved.
pub fn schemas(context: &Context<'_>, report: &mut Report<'_>) {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for (name, _) in context.components("schemas") {
        let pointer = child("/components/schemas", name);
        let type_name = names::pascal(name);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if !is_identifier(&type_name) || !name.chars().all(is_plain) {
            report.error(
                &pointer,
                format!("the schema `{name}` is not a valid type name in Rust"),
                "use ASCII letters and digits, such as `FolderPage`",
            );
        } else if RESERVED_SCHEMAS.contains(&type_name.as_str()) {
            report.error(
                &pointer,
                format!("the schema `{name}` has a reserved name"),
                "make it more specific, such as `SearchResult`",
            );
        }
        if let Some(first) = taken.insert(type_name.clone(), pointer.clone()) {
            report.conflict(
                [&pointer, &first],
                format!("two schemas become the type `{type_name}`"),
                "rename one of them",
            );
        }
    }
}

/// Every member of an object has a valid, unique field name that is not reserved.
pub fn members(context: &Context<'_>, report: &mut Report<'_>) {
    for node in context.each(Kind::Schema) {
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        let is_form = node.pointer.contains("/multipart~1form-data/schema");
        let is_open = node.value.get("additionalProperties").is_some_and(|open| *open != false);
        let pointer = child(&node.pointer, "properties");
        for (name, _) in node.value["properties"].as_object().into_iter().flatten() {
            let pointer = child(&pointer, name);
            let field = names::snake(name);
            let has_letters = name.chars().any(char::is_alphanumeric);
            if !has_letters || !is_identifier(&field) {
                report.error(
                    &pointer,
                    format!("the member `{name}` is not a valid field name in Rust"),
                    "remove it, and keep unknown members with `additionalProperties: true`",
                );
            } else if is_form
                && (matches!(field.as_str(), "new" | "into_form")
                    || is_open && matches!(field.as_str(), "extra_text" | "extra_file"))
            {
                report.error(
                    &pointer,
                    format!("the part `{name}` has the name of a method of every form"),
                    "remove it",
                );
            } else if is_open && field == "extra" {
                report.error(
                    &pointer,
                    "`extra` is the name of the field for unknown members",
                    "close the object, or remove the member so that it is kept as an unknown one",
                );
            }
            if let Some(first) = taken.insert(field.clone(), pointer.clone()) {
                report.conflict(
                    [&pointer, &first],
                    format!("two members become the field `{field}`"),
                    "keep the one that the vendor sends",
                );
            }
        }
    }
}
