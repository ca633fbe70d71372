//! Rules about the names of types and fields in Rust.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    context::{Context, Report},
    nodes::Kind,
};
use crate::{
    model::{form_type, params_type},
    names,
    spec::child,
};

/// Names that generated code uses for other types.
pub const RESERVED: [&str; 36] = [
    "Option",
    "Some",
    "None",
    "Vec",
    "String",
    "Result",
    "Ok",
    "Err",
    "Default",
    "From",
    "Into",
    "TryFrom",
    "TryInto",
    "Box",
    "Client",
    "Self",
    "Error",
    "Clone",
    "Copy",
    "Debug",
    "Display",
    "Drop",
    "Send",
    "Sync",
    "Sized",
    "Fn",
    "FnMut",
    "FnOnce",
    "Iterator",
    "IntoIterator",
    "Extend",
    "ToString",
    "ToOwned",
    "AsRef",
    "AsMut",
    "Self_",
];

/// Whether a name is a Rust identifier.
pub fn is_identifier(name: &str) -> bool {
    syn::parse_str::<syn::Ident>(name).is_ok()
}

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
        } else if RESERVED.contains(&type_name.as_str()) {
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
            } else if is_form && matches!(field.as_str(), "new" | "into_form") {
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

/// The type names that the generator derives are not those of other types: progenitor would silently
/// merge the two.
pub fn generated(context: &Context<'_>, report: &mut Report<'_>) {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for (name, _) in context.components("schemas") {
        taken.insert(names::pascal(name), child("/components/schemas", name));
    }
    let mut generated: Vec<(String, String)> = Vec::new();
    for operation in context.operations.iter().filter(|operation| !operation.id.is_empty()) {
        if operation.is_rpc() {
            generated.push((params_type(operation.id), operation.pointer.clone()));
        }
        let is_form = operation
            .body(&context.spec.root)
            .is_some_and(|(_, body)| body["content"].get("multipart/form-data").is_some());
        if is_form {
            generated.push((form_type(operation.id), operation.pointer.clone()));
        }
        for (pointer, parameter) in operation.parameters(&context.spec.root) {
            let schema = &parameter["schema"];
            let schema = if schema["type"] == "array" { &schema["items"] } else { schema };
            if let Some(name) = parameter["name"].as_str().filter(|_| is_string_enum(schema)) {
                let own = names::pascal(operation.id);
                generated.push((format!("{own}{}", names::pascal(name)), pointer));
            }
        }
    }
    for node in context.each(Kind::Schema).filter(|node| !node.is_named && !node.is_reference()) {
        let is_enum = is_string_enum(node.value);
        let is_struct = node.value["properties"].is_object() && !in_composition(&node.pointer);
        let is_error = ["/responses/4", "/responses/5", "/responses/default"]
            .iter()
            .any(|part| node.pointer.contains(part));
        if is_error || !(is_enum || is_struct) || node.pointer.contains("/parameters/") {
            continue;
        }
        let is_shared = ["/components/requestBodies/", "/components/responses/"]
            .iter()
            .any(|group| node.pointer.starts_with(group));
        if is_shared && !node.pointer.contains("/multipart~1form-data/") {
            report.error(
                &node.pointer,
                "a shared body or response describes an unnamed type",
                "move it to `components.schemas`, so that the operations share its type",
            );
            continue;
        }
        let name = generated_name(context, node.pointer.as_str(), &node.name, is_struct);
        if let Some(name) = name {
            generated.push((name, node.pointer.clone()));
        }
    }
    for (name, pointer) in generated {
        if let Some(first) = taken.get(&name) {
            report.conflict(
                [&pointer, first],
                format!("the generated type `{name}` has the name of another one"),
                "rename the other one, or move this one to `components.schemas`",
            );
        } else {
            taken.insert(name, pointer);
        }
    }
}

fn is_string_enum(schema: &Value) -> bool {
    schema["enum"].is_array() && schema["type"] == "string"
}

fn in_composition(pointer: &str) -> bool {
    ["/allOf/", "/oneOf/", "/anyOf/"].iter().any(|part| pointer.contains(part))
}

/// The derived name of an unnamed type: the name of what contains it, and the names on the path.
fn generated_name(
    context: &Context<'_>,
    pointer: &str,
    name: &str,
    is_struct: bool,
) -> Option<String> {
    if pointer.starts_with("/components/schemas/") {
        return Some(match is_struct {
            // typify names the items of a list and the values of a map.
            true if pointer.ends_with("/items") => format!("{name}Item"),
            true if pointer.ends_with("/additionalProperties") => format!("{name}Value"),
            _ => name.to_owned(),
        });
    }
    let operation = context
        .operations
        .iter()
        .find(|operation| pointer.starts_with(&format!("{}/", operation.pointer)))?;
    let inside = pointer.strip_prefix(&operation.pointer)?;
    let is_top = |end: &str| inside.ends_with(end);
    let own = names::pascal(operation.id);
    let rest = name.strip_prefix(&own).unwrap_or_default();
    match inside {
        body if body.starts_with("/requestBody") && operation.is_rpc() => {
            // The parameters themselves are already named.
            (!is_top("/content/application~1json/schema"))
                .then(|| format!("{}{rest}", params_type(operation.id)))
        }
        body if body.contains("/multipart~1form-data/") => {
            (!is_top("/multipart~1form-data/schema"))
                .then(|| format!("{}{rest}", form_type(operation.id)))
        }
        body if body.starts_with("/requestBody") && is_struct => Some(format!("{own}Body{rest}")),
        response if response.starts_with("/responses") && is_struct => {
            Some(format!("{own}Response{rest}"))
        }
        _ => Some(name.to_owned()),
    }
}
