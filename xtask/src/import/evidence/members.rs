//! Changes of schemas: new members, other spellings, `null`, and values of enums.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{RULE, Update, collect::Facts, places, shapes, text_of, unplaced};
use crate::{
    change::sent_schemas,
    diagnostic::Diagnostics,
    import::{draft::Order, edit::Text, insert, schemas, write::yaml},
    spec::child,
};

/// The description of what the vendor does not describe.
const DESCRIPTION: &str = "Seen in responses; not documented.";

/// Makes members nullable.
pub fn nullable(update: &mut Update<'_>, facts: &Facts) -> Result<(), Diagnostics> {
    update.edit(|current, texts, log| {
        for member in &facts.nulls {
            let value = current.document.pointer(member).cloned().unwrap_or_default();
            let Some(text) = text_of(current, texts, member) else { continue };
            if make_nullable(text, member, &value) {
                log.changed(RULE, "members may be `null`", &schemas::place(member), "");
            } else {
                unplaced(log, member, "nullable: true");
            }
        }
    })
}

fn make_nullable(text: &mut Text<'_>, member: &str, value: &Value) -> bool {
    let order = Order::default();
    if text.is_anchored(member) {
        return false;
    }
    // Nothing may stand next to a reference, so the reference becomes a part.
    if let Some(target) = value.get("$ref") {
        let Some((_, name)) = places::split(member) else { return false };
        let mut new = value.clone();
        if let Some(members) = new.as_object_mut() {
            members.remove("$ref");
        }
        new["nullable"] = true.into();
        new["allOf"] = json!([{ "$ref": target }]);
        let Some(indent) = text.indent(member) else { return false };
        let written = yaml::member(&name, &new, yaml::Style::Names, indent, &order);
        return text.replace(member, written);
    }
    match ["format", "type"].into_iter().find(|key| value.get(*key).is_some()) {
        Some(previous) => {
            insert::member_after(text, member, previous, "nullable", &json!(true), &order)
        }
        None => insert::member(text, member, "nullable", &json!(true), &order),
    }
}

/// Adds values to enums.
pub fn values(update: &mut Update<'_>, facts: &Facts) -> Result<(), Diagnostics> {
    update.edit(|current, texts, log| {
        for (schema, values) in &facts.values {
            let value = current.document.pointer(schema).cloned().unwrap_or_default();
            let at = |key: &str| child(schema, key);
            let Some(text) = text_of(current, texts, schema) else { continue };
            for new in values {
                let has = |key: &str| value.get(key).is_some();
                if has("x-enum-names") {
                    let message =
                        "values that an enum does not have; add each with a name in `x-enum-names`";
                    log.to_decide(RULE, message, &schemas::place(schema), new);
                    continue;
                }
                // The lists have an entry for each value.
                let is_described = has("x-enum-descriptions");
                let is_placed = text.place(&at("enum")).is_some()
                    && (!is_described || text.place(&at("x-enum-descriptions")).is_some())
                    && !text.is_anchored(schema);
                if !is_placed {
                    unplaced(log, &at("enum"), new);
                    continue;
                }
                insert::item(text, &at("enum"), &json!(new), &Order::default());
                if is_described {
                    let description = json!(DESCRIPTION);
                    insert::item(text, &at("x-enum-descriptions"), &description, &Order::default());
                }
                log.changed(RULE, "values were added to enums", &schemas::place(schema), new);
            }
        }
    })
}

/// Adds other spellings to members.
pub fn aliases(update: &mut Update<'_>, facts: &Facts) -> Result<(), Diagnostics> {
    update.edit(|current, texts, log| {
        for (member, names) in &facts.aliases {
            let Some(text) = text_of(current, texts, member) else { continue };
            let list = child(member, "x-aliases");
            let is_listed = current.document.pointer(&list).is_some();
            let is_placed = match is_listed {
                true => names
                    .iter()
                    .all(|name| insert::item(text, &list, &json!(name), &Order::default())),
                false => {
                    insert::member(text, member, "x-aliases", &json!(names), &Order::default())
                }
            };
            for name in names {
                match is_placed {
                    true => log.changed(
                        RULE,
                        "other spellings of members",
                        &schemas::place(member),
                        name,
                    ),
                    false => unplaced(log, &list, name),
                }
            }
        }
    })
}

/// Adds members to schemas.
pub fn add(update: &mut Update<'_>, facts: &Facts) -> Result<(), Diagnostics> {
    let source = update.source.clone();
    update.edit(|current, texts, log| {
        let sent = sent_schemas(&current.document);
        let mut by_schema: BTreeMap<&str, BTreeMap<&str, Value>> = BTreeMap::new();
        for ((schema, name), shape) in &facts.members {
            let place = schemas::place(&child(schema, name));
            let Some(mut value) = shapes::schema(shape) else {
                let message = match shape.types.is_empty() {
                    true => "new members that were only `null`",
                    false => "new members with values of several types",
                };
                log.left_out(RULE, message, &place, &shapes::shown(shape));
                continue;
            };
            value["description"] = DESCRIPTION.into();
            value["x-evidence"] = json!({ "confidence": "observed", "sources": [source] });
            if shape.formats.contains_key("uri") {
                let message =
                    "new members are links; if they open without a credential, mark them with `x-secret: true`";
                log.to_decide(RULE, message, &place, "");
            }
            if sent.iter().any(|name| is_within(schema, name)) {
                let message =
                    "new members of schemas that are sent too; if they cannot be, separate the schemas";
                log.guessed(RULE, message, &place, "");
            }
            by_schema.entry(schema).or_default().insert(name, value);
        }
        // Inner objects first: an insertion at the end of both belongs to the inner one.
        let mut all: Vec<_> = by_schema.into_iter().collect();
        all.sort_by_key(|(schema, _)| std::cmp::Reverse(schema.matches('/').count()));
        for (schema, members) in all {
            let Some(text) = text_of(current, texts, schema) else { continue };
            let properties = child(schema, "properties");
            let has_members = current.document.pointer(&properties).is_some_and(Value::is_object);
            let order = Order::default();
            let is_placed = match has_members {
                true => members
                    .iter()
                    .all(|(name, value)| insert::member(text, &properties, name, value, &order)),
                false => insert::member(text, schema, "properties", &json!(members), &order),
            };
            for name in members.keys() {
                match is_placed {
                    true => log.changed(RULE, "members were added", &schemas::place(schema), name),
                    false => unplaced(log, schema, name),
                }
            }
        }
    })
}

fn is_within(pointer: &str, schema: &str) -> bool {
    let at = child("/components/schemas", schema);
    pointer == at || pointer.starts_with(&format!("{at}/"))
}
