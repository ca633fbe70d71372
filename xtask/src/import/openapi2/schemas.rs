//! Schemas, and the references to everything that has moved.

use serde_json::{Value, json};

use crate::import::{
    draft::{Draft, each_value},
    schemas,
};

/// The groups that have moved.
const GROUPS: [(&str, &str); 3] = [
    ("#/definitions/", "#/components/schemas/"),
    ("#/parameters/", "#/components/parameters/"),
    ("#/responses/", "#/components/responses/"),
];

/// The place to which the target of a reference has moved.
fn moved(target: &str) -> Option<String> {
    GROUPS.iter().find_map(|(from, to)| Some(format!("{to}{}", target.strip_prefix(from)?)))
}

/// Rewrites them in the whole document.
pub fn rewrite(draft: &mut Draft) {
    each_value(&mut draft.document, &mut |value| {
        let Some(target) = value.get("$ref").and_then(Value::as_str) else { return };
        if let Some(target) = moved(target) {
            value["$ref"] = json!(target);
        }
    });
    let dangling = std::mem::take(&mut draft.dangling).into_iter();
    draft.dangling =
        dangling.map(|(target, location)| (moved(&target).unwrap_or(target), location)).collect();
    schemas::each(&mut draft.document, &mut |schema, _| {
        let Some(members) = schema.as_object_mut() else { return };
        for key in ["x-nullable", "x-isnullable"] {
            if let Some(flag) = members.remove(key).filter(Value::is_boolean) {
                members.entry("nullable").or_insert(flag);
            }
        }
        if let Some(Value::String(name)) = members.get("discriminator") {
            let name = name.clone();
            members.insert("discriminator".to_owned(), json!({ "propertyName": name }));
        }
        if members.get("type").is_some_and(|kind| kind == "file") {
            members.insert("type".to_owned(), json!("string"));
            members.insert("format".to_owned(), json!("binary"));
        }
        // Parameters say it for themselves; in schemas, `required` is a list.
        if members.get("required").is_some_and(Value::is_boolean) {
            members.remove("required");
        }
        if let Some(example) = members.remove("x-example") {
            members.entry("example").or_insert(example);
        }
    });
}
