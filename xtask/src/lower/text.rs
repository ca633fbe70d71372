//! Rules about words.

use serde_json::{Value, json};

use super::{Lowered, each_operation};
use crate::spec::Spec;

/// What is doubtful about a type or a member is said where its reader looks.
pub(super) fn doubts_in_descriptions(_: &Spec, lowered: &mut Lowered) {
    super::each_schema(&mut lowered.document, |_, schema| {
        let Some(doubt) = schema.pointer("/x-evidence/doubt").and_then(Value::as_str) else {
            return;
        };
        let doubt = doubt.trim().to_owned();
        let described =
            schema.get("description").and_then(Value::as_str).unwrap_or_default().trim();
        schema["description"] = format!("{described}\n\nCaveat: {doubt}").trim().into();
    });
}

/// Examples and our own extensions are not for progenitor, which would read an example as a schema's.
pub(super) fn internal_extensions(_: &Spec, lowered: &mut Lowered) {
    fn strip(value: &mut Value, is_map_of_names: bool) {
        match value {
            Value::Object(members) => {
                if !is_map_of_names {
                    members.retain(|key, _| {
                        let kept = ["x-rpc-params", "x-enum-names", "x-enum-descriptions"];
                        !matches!(key.as_str(), "example" | "examples" | "externalDocs")
                            && (!key.starts_with("x-") || kept.contains(&key.as_str()))
                    });
                }
                for (key, member) in members.iter_mut() {
                    // A property may be called `example`, and a header `X-Trace`.
                    let names =
                        matches!(key.as_str(), "properties" | "schemas" | "headers" | "paths");
                    strip(member, names && !is_map_of_names);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| strip(item, false)),
            _ => {}
        }
    }
    strip(&mut lowered.document, false);
}

/// rustdoc takes indented text for code and brackets for links: descriptions become plain paragraphs.
pub(super) fn plain_descriptions(_: &Spec, lowered: &mut Lowered) {
    fn clean(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (key, member) in members.iter_mut() {
                    match member {
                        Value::String(text) if key == "description" || key == "summary" => {
                            *text = plain(text);
                        }
                        _ => clean(member),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(clean),
            _ => {}
        }
    }
    clean(&mut lowered.document);
}

/// A text that rustdoc shows as it reads.
pub fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut in_code = false;
    for (index, line) in text.trim().lines().enumerate() {
        if index > 0 {
            shown.push('\n');
        }
        for c in line.trim().chars() {
            match c {
                '`' => {
                    in_code = !in_code;
                    shown.push(c);
                }
                '[' | ']' | '<' | '>' | '*' | '_' if !in_code => {
                    shown.push('\\');
                    shown.push(c);
                }
                _ => shown.push(c),
            }
        }
    }
    if in_code {
        shown.push('`');
    }
    shown
}

/// progenitor sends `info.version` as a header with every request; our emitters do not, and the
/// version is kept out of the output so that it changes nothing. Servers and credentials are the
/// runtime's business too.
pub(super) fn unset_version(_: &Spec, lowered: &mut Lowered) {
    const OURS: [&str; 4] = ["security", "servers", "tags", "externalDocs"];
    let title = lowered.document["info"]["title"].take();
    lowered.document["info"] = json!({ "title": title, "version": "0" });
    if let Some(document) = lowered.document.as_object_mut() {
        document.retain(|key, _| !OURS.contains(&key.as_str()));
    }
    each_operation(&mut lowered.document, |_, operation| {
        if let Some(operation) = operation.as_object_mut() {
            operation.remove("security");
            operation.remove("servers");
        }
    });
}
