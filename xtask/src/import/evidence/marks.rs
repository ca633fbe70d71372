//! Changes of `x-evidence`: grades, sources, doubts and probes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{RULE, Update, text_of, unplaced};
use crate::{
    diagnostic::Diagnostics,
    import::{
        draft::Order,
        edit::Text,
        insert,
        report::Report,
        schemas,
        write::yaml::{self, Style},
    },
    spec::child,
};

/// The grade of what was seen.
pub const OBSERVED: &str = "observed";

/// The changes, by the pointer of what has the evidence.
#[derive(Debug, Default)]
pub struct Marks(BTreeMap<String, Mark>);

#[derive(Debug, Default)]
struct Mark {
    /// It was seen as described.
    is_observed: bool,
    /// What remains of the doubt: nothing, or other words.
    doubt: Option<Option<String>>,
    /// The probes that remain.
    probes: Option<Value>,
    /// Sentences about what was seen, for the description.
    answers: Vec<String>,
}

impl Marks {
    /// Raises the grades of what was seen, where it has evidence.
    pub fn observed(&mut self, document: &Value, pointers: &BTreeSet<String>) {
        for pointer in pointers {
            let evidence = document.pointer(pointer).and_then(|value| value.get("x-evidence"));
            if evidence.is_some_and(|evidence| evidence["confidence"] != OBSERVED) {
                self.0.entry(pointer.clone()).or_default().is_observed = true;
            }
        }
    }

    /// Replaces a doubt and its probes. What was seen instead goes into the description.
    pub fn doubt(
        &mut self,
        pointer: &str,
        doubt: Option<String>,
        probes: Value,
        answers: &[String],
    ) {
        let mark = self.0.entry(pointer.to_owned()).or_default();
        mark.answers = answers.to_vec();
        // What had a doubt, and has none, was seen.
        mark.is_observed |= doubt.is_none();
        mark.doubt = Some(doubt);
        mark.probes = Some(probes);
    }
}

/// Applies all changes.
pub fn apply(update: &mut Update<'_>, marks: Marks) -> Result<(), Diagnostics> {
    let source = update.source.clone();
    update.edit(|current, texts, log| {
        for (pointer, mark) in &marks.0 {
            let at = child(pointer, "x-evidence");
            let Some(old) = current.document.pointer(&at) else { continue };
            let new = changed(old, mark, &source);
            if new == *old {
                continue;
            }
            let Some(text) = text_of(current, texts, &at) else { continue };
            if !write(text, &at, old, &new) {
                unplaced(log, &at, "x-evidence");
                continue;
            }
            if !mark.answers.is_empty() {
                let value = current.document.pointer(pointer).cloned().unwrap_or_default();
                describe(text, pointer, &value, &mark.answers, log);
            }
            if old["confidence"] != new["confidence"] {
                let grade = old["confidence"].as_str().unwrap_or("no grade");
                let message = "what was seen as described has the grade `observed`";
                log.changed(RULE, message, &schemas::place(pointer), &format!("was {grade}"));
            }
        }
    })
}

fn changed(old: &Value, mark: &Mark, source: &str) -> Value {
    let mut new = old.clone();
    if mark.is_observed {
        new["confidence"] = OBSERVED.into();
    }
    if let Some(doubt) = &mark.doubt {
        set(&mut new, "doubt", doubt.clone().map(Value::from));
    }
    if let Some(probes) = &mark.probes {
        set(&mut new, "probe", Some(probes.clone()).filter(|probes| !probes.is_null()));
    }
    if new != *old {
        let mut sources = old["sources"].as_array().cloned().unwrap_or_default();
        if !sources.iter().any(|known| known == source) {
            sources.push(json!(source));
        }
        new["sources"] = sources.into();
    }
    new
}

/// Adds what was seen to a description.
fn describe(
    text: &mut Text<'_>,
    pointer: &str,
    value: &Value,
    answers: &[String],
    log: &mut Report,
) {
    let order = Order::default();
    let sentence = answers.join(" ");
    let at = child(pointer, "description");
    let is_written = match value["description"].as_str() {
        Some(old) => {
            let separator = if old.contains('\n') { "\n\n" } else { " " };
            let new = json!(format!("{}{separator}{sentence}", old.trim_end()));
            let indent = text.indent(&at).unwrap_or_default();
            text.replace(&at, yaml::member("description", &new, Style::Object, indent, &order))
        }
        None => {
            let keys = ["summary", "nullable", "format", "type"];
            match keys.into_iter().find(|key| value.get(*key).is_some()) {
                Some(previous) => {
                    let value = json!(sentence);
                    insert::member_after(text, pointer, previous, "description", &value, &order)
                }
                None => insert::member(text, pointer, "description", &json!(sentence), &order),
            }
        }
    };
    if !is_written {
        unplaced(log, &at, &sentence);
    }
}

fn set(object: &mut Value, key: &str, value: Option<Value>) {
    match (value, object.as_object_mut()) {
        (Some(value), Some(members)) => {
            members.insert(key.to_owned(), value);
        }
        (None, Some(members)) => {
            members.remove(key);
        }
        _ => {}
    }
}

/// Writes the members that differ; all of them if they share a line.
fn write(text: &mut Text<'_>, at: &str, old: &Value, new: &Value) -> bool {
    let order = Order::default();
    if text.is_anchored(at) {
        return false;
    }
    let Some(indent) = text.indent(at) else { return false };
    if text.is_flow(at) {
        let written = yaml::member("x-evidence", new, Style::Object, indent, &order);
        return text.replace(at, written);
    }
    for key in ["confidence", "sources", "doubt", "probe"] {
        let pointer = child(at, key);
        let is_written = match (old.get(key), new.get(key)) {
            (a, b) if a == b => true,
            (Some(_), None) => text.remove(&pointer),
            (Some(Value::Array(old)), Some(Value::Array(new))) if key == "sources" => {
                let mut added = new.iter().skip(old.len());
                added.all(|source| insert::item(text, &pointer, source, &order))
            }
            (Some(_), Some(value)) if key == "probe" => {
                let indent = text.indent(&pointer).unwrap_or(indent + 2);
                text.replace(&pointer, insert::line(key, value, indent, &order))
            }
            (Some(_), Some(value)) => {
                let indent = text.indent(&pointer).unwrap_or(indent + 2);
                text.replace(&pointer, yaml::member(key, value, Style::Object, indent, &order))
            }
            (None, Some(value)) => {
                let previous = if key == "sources" { "confidence" } else { "sources" };
                insert::member_after(text, at, previous, key, value, &order)
            }
            (None, None) => true,
        };
        if !is_written {
            return false;
        }
    }
    true
}
