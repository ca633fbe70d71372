//! The rule about objects in parts.

use serde_json::{Map, Value};

use super::{Lowered, each_schema};
use crate::{model::resolve, spec::Spec};

/// More parts of parts than any reader follows.
const DEEPEST: usize = 12;

/// typify merges the parts of an `allOf` too, but drops what is said about their members and names the
/// types of members twice. Parts that are plain objects and do not contradict each other become one
/// object; the rest is left to typify.
pub(super) fn merged_objects(_: &Spec, lowered: &mut Lowered) {
    let root = lowered.document.clone();
    each_schema(&mut lowered.document, |_, schema| {
        let has_parts = schema["allOf"].as_array().is_some_and(|parts| parts.len() > 1);
        let mut whole = Object::default();
        if !has_parts || whole.add(&root, schema, 0).is_none() {
            return;
        }
        let Some(schema) = schema.as_object_mut() else { return };
        schema.remove("allOf");
        schema.insert("type".to_owned(), "object".into());
        schema.insert("properties".to_owned(), whole.properties.into());
        if !whole.required.is_empty() {
            schema.insert("required".to_owned(), whole.required.into());
        }
        if let Some(others) = whole.others {
            schema.insert("additionalProperties".to_owned(), others);
        }
    });
}

/// What the parts say together.
#[derive(Default)]
struct Object {
    properties: Map<String, Value>,
    required: Vec<Value>,
    others: Option<Value>,
}

impl Object {
    /// Adds a part and its own parts; `None` when it does not fit.
    fn add(&mut self, root: &Value, part: &Value, depth: usize) -> Option<()> {
        let part = resolve(root, part).as_object().filter(|_| depth < DEEPEST)?;
        for (key, value) in part {
            match key.as_str() {
                "type" if value == "object" => {}
                "description" | "title" | "nullable" => {}
                key if key.starts_with("x-") => {}
                "properties" => {
                    for (name, member) in value.as_object()? {
                        let before = self.properties.insert(name.clone(), member.clone());
                        if before.is_some_and(|before| before != *member) {
                            return None;
                        }
                    }
                }
                "required" => {
                    for name in value.as_array()? {
                        if !self.required.contains(name) {
                            self.required.push(name.clone());
                        }
                    }
                }
                "additionalProperties" => match &self.others {
                    Some(others) if others != value => return None,
                    _ => self.others = Some(value.clone()),
                },
                "allOf" => {
                    value
                        .as_array()?
                        .iter()
                        .try_for_each(|part| self.add(root, part, depth + 1))?;
                }
                _ => return None,
            }
        }
        Some(())
    }
}
