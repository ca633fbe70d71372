//! Converts YAML to JSON values, and keeps the location of each.

use std::{collections::BTreeMap, fs, path::Path};

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use serde_json::{Map, Number, Value};

use super::{INVENTORY_FILE, ROOT_FILE, Source, child};
use crate::diagnostic::{Diagnostic, Diagnostics, Location};

/// Deeper nesting than any real specification has. Without a limit, the stack would be it.
const MAX_DEPTH: usize = 100;

/// A parsed file: its value, and the location of every JSON pointer in it.
pub struct Parsed {
    pub value: Value,
    pub locations: BTreeMap<String, Location>,
}

/// The YAML files of a folder, sorted by name, the root first.
pub fn sources(workspace: &Path, folder: &Path) -> Result<Vec<Source>, Diagnostics> {
    let unreadable = |path: &Path, error: std::io::Error| {
        Diagnostics::one(Diagnostic::new(
            format!("{} cannot be read: {error}", path.display()),
            None,
            "check that the folder `specs/<vendor>` and its files exist and are UTF-8",
        ))
    };
    let absolute = workspace.join(folder);
    let entries = fs::read_dir(&absolute).map_err(|error| unreadable(folder, error))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".yaml") && name != INVENTORY_FILE)
        .collect();
    names.sort_by_key(|name| (name != ROOT_FILE, name.clone()));
    names
        .into_iter()
        .map(|name| {
            let path = folder.join(name);
            let text = fs::read_to_string(workspace.join(&path))
                .map_err(|error| unreadable(&path, error))?;
            Ok(Source { path, text })
        })
        .collect()
}

/// Parses one file.
pub fn parse(source: &Source) -> Result<Parsed, Diagnostics> {
    let location =
        |line: usize, column: usize| Location { file: source.path.clone(), line, column };
    let one = |diagnostic| Err(Diagnostics::one(diagnostic));
    let documents = match MarkedYaml::load_from_str(&source.text) {
        Ok(documents) => documents,
        Err(error) => {
            let marker = error.marker();
            return one(Diagnostic::new(
                format!("this is not valid YAML: {}", error.info()),
                Some(location(marker.line(), marker.col() + 1)),
                "correct the syntax; keys must be unique, and indentation must be spaces",
            ));
        }
    };
    let [document] = documents.as_slice() else {
        return one(Diagnostic::new(
            format!("the file has {} YAML documents", documents.len()),
            Some(location(1, 1)),
            "keep exactly one document in each file",
        ));
    };
    let aliases = aliases(source);
    if !aliases.is_empty() {
        return Err(Diagnostics(aliases));
    }
    let mut reader = Reader { source, locations: BTreeMap::new(), errors: Vec::new() };
    let value = reader.value(document, "", 0);
    if reader.errors.is_empty() {
        Ok(Parsed { value, locations: reader.locations })
    } else {
        Err(Diagnostics(reader.errors))
    }
}

/// The aliases of a file. They are found in the parser's events, since loading replaces each by a copy of its
/// anchor.
fn aliases(source: &Source) -> Vec<Diagnostic> {
    let events = saphyr_parser::Parser::new_from_str(&source.text).filter_map(Result::ok);
    events
        .filter(|(event, _)| matches!(event, saphyr_parser::Event::Alias(_)))
        .map(|(_, span)| {
            let (line, column) = (span.start.line(), span.start.col() + 1);
            Diagnostic::new(
                "YAML aliases are not supported",
                Some(Location { file: source.path.clone(), line, column }),
                "repeat the value, or name the schema and use `$ref`",
            )
        })
        .collect()
}

struct Reader<'a> {
    source: &'a Source,
    locations: BTreeMap<String, Location>,
    errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn location(&self, node: &MarkedYaml<'_>) -> Location {
        let start = node.span.start;
        Location { file: self.source.path.clone(), line: start.line(), column: start.col() + 1 }
    }

    /// Reports an error; the value is `null` in its place.
    fn error(&mut self, node: &MarkedYaml<'_>, message: &str, help: &str) -> Value {
        let location = self.location(node);
        self.errors.push(Diagnostic::new(message, Some(location), help));
        Value::Null
    }

    fn value(&mut self, node: &MarkedYaml<'_>, pointer: &str, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return self.error(
                node,
                "this is nested too deeply",
                "move the inner schemas to `components.schemas`",
            );
        }
        let location = self.location(node);
        self.locations.entry(pointer.to_owned()).or_insert(location);
        match &node.data {
            YamlData::Value(scalar) => self.scalar(node, scalar),
            YamlData::Sequence(items) => {
                let mut values = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    values.push(self.value(item, &format!("{pointer}/{index}"), depth + 1));
                }
                Value::Array(values)
            }
            YamlData::Mapping(members) => {
                let mut object = Map::new();
                for (key, member) in members {
                    let Some(name) = self.key(key) else { continue };
                    let pointer = child(pointer, &name);
                    // The location of a member is that of its key, where a reader looks for it.
                    let location = self.location(key);
                    self.locations.insert(pointer.clone(), location);
                    let value = self.value(member, &pointer, depth + 1);
                    object.insert(name, value);
                }
                Value::Object(object)
            }
            YamlData::Tagged(_, inner) => self.value(inner, pointer, depth + 1),
            YamlData::Alias(_) | YamlData::Representation(..) | YamlData::BadValue => {
                self.error(node, "this value cannot be read", "quote it if it is a string")
            }
        }
    }

    fn scalar(&mut self, node: &MarkedYaml<'_>, scalar: &Scalar<'_>) -> Value {
        match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(boolean) => Value::Bool(*boolean),
            Scalar::Integer(number) => Value::Number((*number).into()),
            Scalar::FloatingPoint(number) => match Number::from_f64(number.0) {
                Some(number) => Value::Number(number),
                None => self.error(node, "JSON has no such number", "write a finite number"),
            },
            Scalar::String(string) => Value::String(string.clone().into_owned()),
        }
    }

    /// Keys are strings. An unquoted `200` or `true` is read as it is written.
    fn key(&mut self, node: &MarkedYaml<'_>) -> Option<String> {
        match &node.data {
            YamlData::Value(Scalar::String(key)) if key == "<<" => {
                self.error(node, "YAML merge keys are not supported", "repeat the members");
                None
            }
            YamlData::Value(Scalar::String(key)) => Some(key.clone().into_owned()),
            YamlData::Value(Scalar::Integer(number)) => Some(number.to_string()),
            YamlData::Value(Scalar::Boolean(boolean)) => Some(boolean.to_string()),
            _ => {
                self.error(node, "this key is not a string", "quote it");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(text: &str) -> Result<Value, String> {
        let source = Source { path: "a.yaml".into(), text: text.to_owned() };
        parse(&source).map(|parsed| parsed.value).map_err(|errors| errors.to_string())
    }

    #[test]
    fn yaml_becomes_json() {
        let text = "a: &unused 1\n200: x\ntrue: [null, 1.5, 'no']\nb: {c: no}\n";
        let expected = json!({ "a": 1, "200": "x", "true": [null, 1.5, "no"], "b": { "c": "no" } });
        assert_eq!(parsed(text), Ok(expected));
    }

    #[test]
    fn what_json_does_not_have_is_refused_with_its_location() {
        for (text, message) in [
            ("a: &x 1\nb: *x\n", "YAML aliases are not supported\n  --> a.yaml:2:4"),
            ("a: [&x {b: 1}, c, *x]\n", "YAML aliases are not supported\n  --> a.yaml:1:19"),
            ("a:\n  <<: {b: 1}\n", "YAML merge keys are not supported\n  --> a.yaml:2:3"),
            ("a: .inf\n", "JSON has no such number\n  --> a.yaml:1:4"),
            ("? [a]\n: 1\n", "this key is not a string\n  --> a.yaml:1:3"),
            ("a: 1\n---\nb: 2\n", "the file has 2 YAML documents"),
            ("a: 1\na: 2\n", "this is not valid YAML"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
