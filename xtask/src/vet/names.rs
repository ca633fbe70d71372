//! Rules about the names that things get in Rust.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Context, Faults, Kind};
use crate::{
    model::{form_type, params_type},
    names,
    spec::child,
};

/// Names of types that generated code uses for something else.
const RESERVED: [&str; 36] = [
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

/// Whether a name made of a specification's words can stand in Rust code.
pub fn is_identifier(name: &str) -> bool {
    syn::parse_str::<syn::Ident>(name).is_ok()
}

/// Named schemas are different types, and none has the name of something else.
pub fn schemas(context: &Context<'_>, faults: &mut Faults<'_>) {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for (name, _) in context.components("schemas") {
        let pointer = child("/components/schemas", name);
        let type_name = names::pascal(name);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if !is_identifier(&type_name) || !name.chars().all(is_plain) {
            faults.add(
                &pointer,
                format!("the schema `{name}` cannot be a type in Rust"),
                "use words of English letters and digits, such as `FolderPage`",
            );
        } else if RESERVED.contains(&type_name.as_str()) {
            faults.add(
                &pointer,
                format!("the schema `{name}` has the name of a type that generated code needs"),
                "add what it is about, such as `SearchResult`",
            );
        }
        if let Some(first) = taken.insert(type_name.clone(), pointer.clone()) {
            faults.clash(
                [&pointer, &first],
                format!("two schemas become the type `{type_name}`"),
                "rename one of them",
            );
        }
    }
}

/// The members of an object are different fields.
pub fn members(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in context.each(Kind::Schema) {
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        let is_form = node.pointer.contains("/multipart~1form-data/schema");
        let is_open = node.value.get("additionalProperties").is_some_and(|open| *open != false);
        let pointer = child(&node.pointer, "properties");
        for (name, _) in node.value["properties"].as_object().into_iter().flatten() {
            let pointer = child(&pointer, name);
            let field = names::snake(name);
            let has_words = name.chars().any(char::is_alphanumeric);
            if !has_words || !is_identifier(&field) {
                faults.add(
                    &pointer,
                    format!("the member `{name}` cannot be a field in Rust"),
                    "leave it out, and keep unknown members by `additionalProperties: true`",
                );
            } else if is_form && matches!(field.as_str(), "new" | "into_form") {
                faults.add(
                    &pointer,
                    format!("the part `{name}` has the name of a function of every form"),
                    "leave it out",
                );
            } else if is_open && field == "extra" {
                faults.add(
                    &pointer,
                    "the member `extra` has the name of the field for unknown members",
                    "close the object, or leave the member to the unknown ones",
                );
            }
            if let Some(first) = taken.insert(field.clone(), pointer.clone()) {
                faults.clash(
                    [&pointer, &first],
                    format!("two members become the field `{field}`"),
                    "keep the one that the vendor sends",
                );
            }
        }
    }
}

/// Types that the generator makes have the name of no other type: progenitor would take the one for
/// the other without a word.
pub fn made(context: &Context<'_>, faults: &mut Faults<'_>) {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for (name, _) in context.components("schemas") {
        taken.insert(names::pascal(name), child("/components/schemas", name));
    }
    let mut made: Vec<(String, String)> = Vec::new();
    for operation in context.operations.iter().filter(|operation| !operation.id.is_empty()) {
        if operation.is_rpc() {
            made.push((params_type(operation.id), operation.pointer.clone()));
        }
        let is_form = operation
            .body(&context.spec.root)
            .is_some_and(|(_, body)| body["content"].get("multipart/form-data").is_some());
        if is_form {
            made.push((form_type(operation.id), operation.pointer.clone()));
        }
        for (pointer, parameter) in operation.parameters(&context.spec.root) {
            let schema = &parameter["schema"];
            let schema = if schema["type"] == "array" { &schema["items"] } else { schema };
            if let Some(name) = parameter["name"].as_str().filter(|_| is_string_enum(schema)) {
                let own = names::pascal(operation.id);
                made.push((format!("{own}{}", names::pascal(name)), pointer));
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
            faults.add(
                &node.pointer,
                "a shared body or answer describes a type without a name",
                "give it a name in `components.schemas`, so that its users share the type too",
            );
            continue;
        }
        let name = made_name(context, node.pointer.as_str(), &node.name, is_struct);
        if let Some(name) = name {
            made.push((name, node.pointer.clone()));
        }
    }
    for (name, pointer) in made {
        if let Some(first) = taken.get(&name) {
            faults.clash(
                [&pointer, first],
                format!("the type made for this is called `{name}`, as another one is"),
                "rename the other one, or give this one a name in `components.schemas`",
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

/// The name of a type without one: that of what it is in, and the names on the way.
fn made_name(context: &Context<'_>, pointer: &str, name: &str, is_struct: bool) -> Option<String> {
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
            // The parameters themselves have their name already.
            (!is_top("/content/application~1json/schema"))
                .then(|| format!("{}{rest}", params_type(operation.id)))
        }
        body if body.contains("/multipart~1form-data/") => {
            (!is_top("/multipart~1form-data/schema"))
                .then(|| format!("{}{rest}", form_type(operation.id)))
        }
        body if body.starts_with("/requestBody") && is_struct => Some(format!("{own}Body{rest}")),
        answer if answer.starts_with("/responses") && is_struct => {
            Some(format!("{own}Response{rest}"))
        }
        _ => Some(name.to_owned()),
    }
}
