//! The type of a value, from all examples of it.

use serde_json::{Map, Value, json};

use super::json::{Member, Sample};
use crate::import::draft::Order;

/// The types that the examples of one value have. Merging more examples only adds to it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shape {
    is_null: bool,
    is_boolean: bool,
    is_integer: bool,
    is_number: bool,
    strings: Strings,
    list: Option<Box<Shape>>,
    object: Option<Object>,
    /// What people wrote about it.
    pub note: String,
}

/// How many strings there were, and how many of them are times.
#[derive(Debug, Clone, Default, PartialEq)]
struct Strings {
    all: usize,
    times: usize,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Object {
    /// How many examples there were.
    seen: usize,
    /// In the order of the first example; with the number of examples that have the member.
    members: Vec<(String, Shape, usize)>,
}

impl Shape {
    /// The type of one example.
    pub fn of(sample: &Sample) -> Self {
        let mut shape = Self::default();
        shape.add(sample);
        shape
    }

    /// A string.
    pub fn string() -> Self {
        Self { strings: Strings { all: 1, times: 0 }, ..Self::default() }
    }

    /// Adds an example.
    pub fn add(&mut self, sample: &Sample) {
        match sample {
            Sample::Null => self.is_null = true,
            Sample::Boolean => self.is_boolean = true,
            Sample::Integer => self.is_integer = true,
            Sample::Number => self.is_number = true,
            // A variable without quotation marks is mostly a number, but only its name is known.
            Sample::Variable(name) => {
                if names_an_id(name) {
                    self.is_integer = true;
                }
            }
            Sample::String(text) => self.add_string(text),
            Sample::List(items) => {
                let list = self.list.get_or_insert_default();
                for (item, note) in items {
                    list.add(item);
                    add_note(&mut list.note, note);
                }
            }
            Sample::Object(members) => {
                let object = self.object.get_or_insert_default();
                object.seen += 1;
                members.iter().for_each(|member| object.add(member));
            }
        }
    }

    fn add_string(&mut self, text: &str) {
        match placeholder(text) {
            Some("integer" | "int" | "long" | "int32" | "int64") => self.is_integer = true,
            Some("number" | "float" | "double" | "decimal") => self.is_number = true,
            Some("boolean" | "bool") => self.is_boolean = true,
            Some("any" | "null" | "object" | "array") => {}
            Some("datetime" | "date-time" | "timestamp") => {
                self.strings.all += 1;
                self.strings.times += 1;
            }
            _ => {
                self.strings.all += 1;
                self.strings.times += usize::from(is_time(text));
            }
        }
    }

    /// Merges the type of another value with the same meaning.
    pub fn merge(&mut self, other: &Self) {
        self.is_null |= other.is_null;
        self.is_boolean |= other.is_boolean;
        self.is_integer |= other.is_integer;
        self.is_number |= other.is_number;
        self.strings.all += other.strings.all;
        self.strings.times += other.strings.times;
        if let Some(list) = &other.list {
            self.list.get_or_insert_default().merge(list);
        }
        if let Some(object) = &other.object {
            let own = self.object.get_or_insert_default();
            own.seen += object.seen;
            for (name, shape, seen) in &object.members {
                own.member(name, *seen).merge(shape);
            }
        }
        add_note(&mut self.note, &other.note);
    }

    /// Learns the order of the members of all objects in it.
    pub fn learn(&self, order: &mut Order) {
        if let Some(list) = &self.list {
            list.learn(order);
        }
        if let Some(object) = &self.object {
            let names: Vec<String> = object.members.iter().map(|(name, ..)| name.clone()).collect();
            order.learn(&names);
            object.members.iter().for_each(|(_, shape, _)| shape.learn(order));
        }
    }

    /// The members of an object, if it is nothing else.
    pub fn members(&self) -> Option<Vec<(&str, &Self)>> {
        let object = self.object.as_ref().filter(|_| self.kinds() == 1)?;
        Some(object.members.iter().map(|(name, shape, _)| (name.as_str(), shape)).collect())
    }

    /// The members that every one of several examples has.
    pub fn always(&self) -> Vec<String> {
        let Some(object) = self.object.as_ref().filter(|object| object.seen > 1) else {
            return Vec::new();
        };
        let always = object.members.iter().filter(|(_, _, seen)| *seen == object.seen);
        always.map(|(name, ..)| name.clone()).collect()
    }

    fn kinds(&self) -> usize {
        [
            self.is_boolean,
            self.is_integer || self.is_number,
            self.strings.all > 0,
            self.list.is_some(),
            self.object.is_some(),
        ]
        .into_iter()
        .filter(|has| *has)
        .count()
    }

    /// The schema. Names the members whose examples have several types, which become any value.
    pub fn schema(&self, place: &str, mixed: &mut Vec<String>) -> Value {
        let mut schema = Map::new();
        match self.kinds() {
            1 => self.one_type(place, mixed, &mut schema),
            0 => {}
            _ => mixed.push(place.to_owned()),
        }
        if self.is_null && schema.contains_key("type") {
            schema.insert("nullable".to_owned(), json!(true));
        }
        if !self.note.is_empty() {
            schema.insert("description".to_owned(), json!(self.note));
        }
        Value::Object(schema)
    }

    fn one_type(&self, place: &str, mixed: &mut Vec<String>, schema: &mut Map<String, Value>) {
        let mut set = |key: &str, value: Value| {
            schema.insert(key.to_owned(), value);
        };
        if self.is_boolean {
            set("type", json!("boolean"));
        } else if self.is_number {
            set("type", json!("number"));
        } else if self.is_integer {
            set("type", json!("integer"));
            set("format", json!("int64"));
        } else if self.strings.all > 0 {
            set("type", json!("string"));
            if self.strings.times == self.strings.all {
                set("format", json!("date-time"));
            }
        } else if let Some(items) = &self.list {
            set("type", json!("array"));
            set("items", items.schema(&format!("{place}[]"), mixed));
        } else if let Some(object) = &self.object {
            set("type", json!("object"));
            set("additionalProperties", json!(true));
            if object.is_map() {
                let mut values = Self::default();
                object.members.iter().for_each(|(_, shape, _)| values.merge(shape));
                set("additionalProperties", values.schema(&format!("{place}.*"), mixed));
            } else if !object.members.is_empty() {
                let members = object.members.iter().map(|(name, shape, _)| {
                    (name.clone(), shape.schema(&format!("{place}.{name}"), mixed))
                });
                set("properties", Value::Object(members.collect()));
            }
        }
    }
}

impl Object {
    fn add(&mut self, member: &Member) {
        let shape = self.member(&member.name, usize::from(!member.is_optional));
        shape.add(&member.value);
        add_note(&mut shape.note, &member.note);
    }

    fn member(&mut self, name: &str, seen: usize) -> &mut Shape {
        let found = self.members.iter().position(|(own, ..)| own == name);
        let index = found.unwrap_or_else(|| {
            self.members.push((name.to_owned(), Shape::default(), 0));
            self.members.len() - 1
        });
        let (_, shape, count) = &mut self.members[index];
        *count += seen;
        shape
    }

    /// Whether the names are data, such as IDs.
    fn is_map(&self) -> bool {
        !self.members.is_empty() && self.members.iter().all(|(name, ..)| is_id(name))
    }
}

fn add_note(note: &mut String, more: &str) {
    if !more.is_empty() && !note.contains(more) {
        if !note.is_empty() {
            note.push(' ');
        }
        note.push_str(more);
    }
}

/// The word in a placeholder such as `<string>`, in lower case.
pub fn placeholder(text: &str) -> Option<&'static str> {
    const WORDS: [&str; 24] = [
        "string",
        "integer",
        "int",
        "long",
        "int32",
        "int64",
        "number",
        "float",
        "double",
        "decimal",
        "boolean",
        "bool",
        "any",
        "null",
        "object",
        "array",
        "datetime",
        "date-time",
        "timestamp",
        "date",
        "uuid",
        "uri",
        "url",
        "email",
    ];
    let word = text.trim().strip_prefix('<')?.strip_suffix('>')?.to_ascii_lowercase();
    WORDS.into_iter().find(|known| *known == word)
}

/// Whether a string is an ID: digits, a UUID, or a long hexadecimal number.
pub fn is_id(text: &str) -> bool {
    let is_hex = text.chars().all(|c| c.is_ascii_hexdigit());
    let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    is_number || is_uuid(text) || (is_hex && text.len() >= 16)
}

/// Whether a string is a UUID in its usual form.
pub fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && parts.iter().all(|part| part.chars().all(|c| c.is_ascii_hexdigit()))
}

/// Whether a variable is named like an ID, such as `assetId`.
fn names_an_id(name: &str) -> bool {
    let words = crate::names::snake(name);
    words.ends_with("id")
        || ["index", "size", "count", "limit", "offset", "page"]
            .iter()
            .any(|word| words.ends_with(word))
}

/// Whether a string is a date and a time, with a time zone.
fn is_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let is_date = date.len() == 10
        && date
            .char_indices()
            .all(|(index, c)| if matches!(index, 4 | 7) { c == '-' } else { c.is_ascii_digit() });
    let zone = time.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ':' | '.'));
    let clock = &time[..time.len() - zone.len()];
    let is_offset = zone.len() == 6 && zone.starts_with(['+', '-']) && zone.as_bytes()[3] == b':';
    is_date && clock.len() >= 8 && (zone == "Z" || is_offset)
}

#[cfg(test)]
mod tests {
    use super::{super::json::parse, *};

    fn schema(examples: &[&str]) -> Value {
        let mut shape = Shape::default();
        for example in examples {
            shape.add(&parse(example).unwrap().0);
        }
        let mut mixed = Vec::new();
        let schema = shape.schema("body", &mut mixed);
        json!({ "schema": schema, "mixed": mixed, "always": shape.always() })
    }

    #[test]
    fn several_examples_become_one_type() {
        let merged = schema(&[
            r#"{"id": 7, "size": 1, "tags": [], "at": "2024-05-06T07:08:09Z"}"#,
            r#"{"id": null, "size": 1.5, "tags": ["a"], "at": "2024-05-06T07:08:09.1+02:00", "x": {}}"#,
        ]);
        assert_eq!(
            merged,
            json!({
                "schema": { "type": "object", "additionalProperties": true, "properties": {
                    "id": { "type": "integer", "format": "int64", "nullable": true },
                    "size": { "type": "number" },
                    "tags": { "type": "array", "items": { "type": "string" } },
                    "at": { "type": "string", "format": "date-time" },
                    "x": { "type": "object", "additionalProperties": true },
                } },
                "mixed": [],
                "always": ["id", "size", "tags", "at"],
            })
        );
    }

    #[test]
    fn mixed_types_are_any_value_and_named() {
        let merged = schema(&[r#"{"a": [1, "x"], "b": {"1": 2, "2": 3}}"#]);
        assert_eq!(merged["schema"]["properties"]["a"], json!({ "type": "array", "items": {} }));
        assert_eq!(merged["mixed"], json!(["body.a[]"]));
        assert_eq!(
            merged["schema"]["properties"]["b"]["additionalProperties"],
            json!({ "type": "integer", "format": "int64" })
        );
        // One example does not show what is required.
        assert_eq!(merged["always"], json!([]));
    }

    #[test]
    fn placeholders_have_types() {
        let merged = schema(&[
            r#"{"a": "<long>", "b": "<boolean>", "c": "{{name}}", "d": {{assetId}}, "e": {{x}}}"#,
        ]);
        let types: Vec<_> = ["a", "b", "c", "d", "e"]
            .map(|name| {
                merged["schema"]["properties"][name]["type"].as_str().unwrap_or("any").to_owned()
            })
            .into();
        assert_eq!(types, ["integer", "boolean", "string", "integer", "any"]);
    }

    #[test]
    fn ids_are_recognised() {
        for id in ["7", "0af3c2d4-0000-1111-2222-333344445555", "507f1f77bcf86cd799439011"] {
            assert!(is_id(id), "{id}");
        }
        for word in ["", "v2", "assets", "face", "2x", "0af3c2d4-0000"] {
            assert!(!is_id(word), "{word}");
        }
    }
}
