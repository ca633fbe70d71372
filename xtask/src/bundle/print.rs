//! Writes JSON in the order of the specification, with short objects and lists on one line.

use serde_json::Value;

use crate::spec::{Spec, child};

/// The longest line on which a whole object or list is written.
const WIDTH: usize = 110;

/// The sections of a document in their usual order; the others follow.
const SECTIONS: [&str; 7] =
    ["openapi", "info", "servers", "security", "tags", "paths", "components"];

/// Writes a document.
pub(super) fn print(document: &Value, spec: &Spec) -> String {
    let mut text = String::new();
    Printer { spec, text: &mut text }.value(document, "", 0, 0);
    text.push('\n');
    text
}

/// Keys of schemas and bodies in their usual order, for those that are not in the specification.
const KEYS: [&str; 12] = [
    "name",
    "in",
    "title",
    "type",
    "format",
    "description",
    "required",
    "nullable",
    "enum",
    "properties",
    "items",
    "content",
];

struct Printer<'a> {
    spec: &'a Spec,
    text: &'a mut String,
}

impl Printer<'_> {
    /// Writes a value; `column` is where it begins.
    fn value(&mut self, value: &Value, pointer: &str, depth: usize, column: usize) {
        let (open, close, is_empty) = match value {
            Value::Object(members) => ('{', '}', members.is_empty()),
            Value::Array(items) => ('[', ']', items.is_empty()),
            scalar => return self.text.push_str(&scalar.to_string()),
        };
        let room = WIDTH.saturating_sub(column);
        // A description is a sentence: what has one is easier to read on several lines.
        if is_empty
            || (!pointer.is_empty() && value.get("description").is_none() && fits(value, room))
        {
            return self.line(value, pointer);
        }
        self.text.push(open);
        for (index, (key, pointer, member)) in self.members(value, pointer).into_iter().enumerate()
        {
            self.text.push_str(if index == 0 { "\n" } else { ",\n" });
            let start = self.text.len();
            self.text.extend(std::iter::repeat_n("  ", depth + 1));
            self.text.push_str(&key);
            let column = self.text.len() - start;
            self.value(member, &pointer, depth + 1, column);
        }
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n("  ", depth));
        self.text.push(close);
    }

    /// Writes a value on one line.
    fn line(&mut self, value: &Value, pointer: &str) {
        let (open, close) = match value {
            Value::Object(_) => ("{", "}"),
            Value::Array(_) => ("[", "]"),
            scalar => return self.text.push_str(&scalar.to_string()),
        };
        let members = self.members(value, pointer);
        let pad = if value.is_object() && !members.is_empty() { " " } else { "" };
        self.text.push_str(open);
        self.text.push_str(pad);
        for (index, (key, pointer, member)) in members.into_iter().enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            self.text.push_str(&key);
            self.line(member, &pointer);
        }
        self.text.push_str(pad);
        self.text.push_str(close);
    }

    /// The members or items of a value in order, with what is written before each, and their pointers.
    fn members<'v>(&self, value: &'v Value, pointer: &str) -> Vec<(String, String, &'v Value)> {
        match value {
            Value::Object(members) => {
                let mut all: Vec<(&String, String, &Value)> = members
                    .iter()
                    .map(|(key, member)| (key, child(pointer, key), member))
                    .collect();
                all.sort_by_cached_key(|(key, pointer_of_member, _)| {
                    let section = match pointer {
                        "" => SECTIONS
                            .iter()
                            .position(|section| section == key)
                            .unwrap_or(SECTIONS.len()),
                        _ => 0,
                    };
                    // Members that were added have the location of what they were added to, which is before all
                    // others of it.
                    let location = self.spec.location(pointer_of_member);
                    let is_added = self.spec.root.pointer(pointer_of_member).is_none();
                    let position = KEYS.iter().position(|known| known == key).unwrap_or(KEYS.len());
                    (section, is_added, location.filter(|_| !is_added), position)
                });
                all.into_iter()
                    .map(|(key, pointer, member)| {
                        (format!("{}: ", Value::from(key.as_str())), pointer, member)
                    })
                    .collect()
            }
            Value::Array(items) => {
                let pointer_of = |index: usize| format!("{pointer}/{index}");
                let numbered = items.iter().enumerate();
                numbered.map(|(index, item)| (String::new(), pointer_of(index), item)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Whether a value fits on a line of this length.
fn fits(value: &Value, room: usize) -> bool {
    length(value, room).is_some()
}

/// The length of a value on one line, if it is at most `room`.
fn length(value: &Value, room: usize) -> Option<usize> {
    let mut length_so_far = 4;
    let mut add = |more: usize| {
        length_so_far += more;
        (length_so_far <= room).then_some(())
    };
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                add(key.len() + 6)?;
                add(length(member, room)?)?;
            }
        }
        Value::Array(items) => {
            for item in items {
                add(2)?;
                add(length(item, room)?)?;
            }
        }
        Value::String(string) => add(string.len())?,
        _ => add(2)?,
    }
    Some(length_so_far)
}
