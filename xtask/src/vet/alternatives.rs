//! Several successes, which are alternatives.
//!
//! The runtime takes the first alternative that fits a value, so an earlier one must not fit the values of a
//! later one. What distinguishes them is their type, or a member that the earlier one requires and the later
//! one does not have.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    context::Context,
    schemas::{COMPOSITIONS, MAX_DEPTH, members_of},
};

/// The first pair of alternatives of which the earlier one accepts the values of the later one.
pub fn ambiguous<'a>(context: &Context<'a>, list: &[&'a Value]) -> Option<(usize, usize)> {
    for (second, later) in list.iter().enumerate() {
        for (first, earlier) in list[..second].iter().enumerate() {
            if accepts(context, context.resolve(earlier), context.resolve(later)) {
                return Some((first, second));
            }
        }
    }
    None
}

/// Whether the earlier alternative accepts values of the later one, as far as types and members tell.
fn accepts<'a>(context: &Context<'a>, earlier: &'a Value, later: &'a Value) -> bool {
    let kind = |schema: &Value| {
        let word = schema["type"].as_str().unwrap_or_default().to_owned();
        let is_object = schema.get("properties").is_some() || schema.get("allOf").is_some();
        if word.is_empty() && is_object { "object".to_owned() } else { word }
    };
    match (kind(earlier).as_str(), kind(later).as_str()) {
        ("object", "object") => {
            let (mut required, mut known) = (BTreeSet::new(), BTreeSet::new());
            required_of(context, earlier, &mut required, 0);
            members_of(context, later, &mut known, 0);
            required.is_subset(&known)
        }
        ("array", "array") => false,
        // A format accepts fewer strings.
        ("string", "string") => earlier.get("format").is_none(),
        ("number", "integer") => true,
        // Any value. The alternatives of a composition are not compared.
        ("", _) => !COMPOSITIONS.iter().any(|key| earlier.get(key).is_some()),
        (one, other) => one == other,
    }
}

fn required_of<'a>(
    context: &Context<'a>,
    schema: &'a Value,
    all: &mut BTreeSet<&'a str>,
    depth: usize,
) {
    if depth > MAX_DEPTH {
        return;
    }
    let schema = context.resolve(schema);
    all.extend(schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str));
    for part in schema["allOf"].as_array().into_iter().flatten() {
        required_of(context, part, all, depth + 1);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::{ROOT_FILE, Source, Spec};

    /// Whether the first of two alternatives accepts values of the second.
    fn is_ambiguous(first: &Value, second: &Value) -> bool {
        let document = json!({ "components": { "schemas": {
            "Named": { "type": "object", "required": ["id"], "properties": { "id": {}, "name": {} } }
        } } });
        let source = Source { path: ROOT_FILE.into(), text: document.to_string() };
        let spec = Spec::from_sources(&[source]).unwrap();
        let context = Context::new(&spec);
        ambiguous(&context, &[first, second]) == Some((0, 1))
    }

    #[test]
    fn types_distinguish_alternatives() {
        let (string, integer) = (json!({ "type": "string" }), json!({ "type": "integer" }));
        let number = json!({ "type": "number" });
        let uuid = json!({ "type": "string", "format": "uuid" });
        assert!(!is_ambiguous(&string, &integer));
        assert!(is_ambiguous(&string, &string));
        assert!(is_ambiguous(&number, &integer) && !is_ambiguous(&integer, &number));
        assert!(is_ambiguous(&string, &uuid) && !is_ambiguous(&uuid, &string));
        assert!(is_ambiguous(&json!({}), &string));
    }

    #[test]
    fn required_members_distinguish_objects() {
        let named = json!({ "$ref": "#/components/schemas/Named" });
        let other = json!({ "properties": { "name": {} } });
        let composed = json!({ "allOf": [named.clone(), { "required": ["size"], "properties": { "size": {} } }] });
        assert!(!is_ambiguous(&named, &other), "`other` has no `id`");
        assert!(is_ambiguous(&other, &named), "`other` requires nothing");
        assert!(is_ambiguous(&named, &composed) && !is_ambiguous(&composed, &named));
    }
}
