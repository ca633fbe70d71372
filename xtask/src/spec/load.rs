//! YAML to JSON values, keeping the place of each.

use std::{collections::BTreeMap, fs, path::Path};

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use serde_json::{Map, Number, Value};

use super::{INVENTORY, ROOT, Source, child};
use crate::diagnostic::{Diagnostic, Diagnostics, Place};

/// Deeper nesting than any specification has; a parser's stack must not decide.
const DEEPEST: usize = 100;

/// One parsed file: its value and the place of every pointer in it.
pub struct Parsed {
    pub value: Value,
    pub places: BTreeMap<String, Place>,
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
        .filter(|name| name.ends_with(".yaml") && name != INVENTORY)
        .collect();
    names.sort_by_key(|name| (name != ROOT, name.clone()));
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
    let place = |line: usize, column: usize| Place { file: source.path.clone(), line, column };
    let one = |diagnostic| Err(Diagnostics::one(diagnostic));
    let documents = match MarkedYaml::load_from_str(&source.text) {
        Ok(documents) => documents,
        Err(error) => {
            let marker = error.marker();
            return one(Diagnostic::new(
                format!("this is not valid YAML: {}", error.info()),
                Some(place(marker.line(), marker.col() + 1)),
                "correct the syntax; keys must be unique, and indentation is made of spaces",
            ));
        }
    };
    let [document] = documents.as_slice() else {
        return one(Diagnostic::new(
            format!("the file has {} YAML documents", documents.len()),
            Some(place(1, 1)),
            "keep exactly one document a file",
        ));
    };
    let mut reader = Reader { source, places: BTreeMap::new(), faults: Vec::new() };
    let value = reader.value(document, "", 0);
    if reader.faults.is_empty() {
        Ok(Parsed { value, places: reader.places })
    } else {
        Err(Diagnostics(reader.faults))
    }
}

struct Reader<'a> {
    source: &'a Source,
    places: BTreeMap<String, Place>,
    faults: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn place(&self, node: &MarkedYaml<'_>) -> Place {
        let start = node.span.start;
        Place { file: self.source.path.clone(), line: start.line(), column: start.col() + 1 }
    }

    fn fault(&mut self, node: &MarkedYaml<'_>, message: &str, cure: &str) -> Value {
        let place = self.place(node);
        self.faults.push(Diagnostic::new(message, Some(place), cure));
        Value::Null
    }

    fn value(&mut self, node: &MarkedYaml<'_>, pointer: &str, depth: usize) -> Value {
        if depth > DEEPEST {
            return self.fault(node, "this is nested too deeply", "give the inner schemas names");
        }
        let place = self.place(node);
        self.places.entry(pointer.to_owned()).or_insert(place);
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
                    // The key is where a reader looks.
                    let place = self.place(key);
                    self.places.insert(pointer.clone(), place);
                    let value = self.value(member, &pointer, depth + 1);
                    object.insert(name, value);
                }
                Value::Object(object)
            }
            YamlData::Tagged(_, inner) => self.value(inner, pointer, depth + 1),
            YamlData::Alias(_) => self.fault(
                node,
                "YAML aliases are not supported",
                "write the value again, or give the schema a name and use `$ref`",
            ),
            YamlData::Representation(..) | YamlData::BadValue => {
                self.fault(node, "this value cannot be read", "quote it if it is meant as text")
            }
        }
    }

    fn scalar(&mut self, node: &MarkedYaml<'_>, scalar: &Scalar<'_>) -> Value {
        match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(flag) => Value::Bool(*flag),
            Scalar::Integer(number) => Value::Number((*number).into()),
            Scalar::FloatingPoint(number) => match Number::from_f64(number.0) {
                Some(number) => Value::Number(number),
                None => self.fault(node, "JSON has no such number", "use a finite number"),
            },
            Scalar::String(text) => Value::String(text.clone().into_owned()),
        }
    }

    /// Keys are texts; an unquoted `200` or `null` is taken as the text a reader sees.
    fn key(&mut self, node: &MarkedYaml<'_>) -> Option<String> {
        match &node.data {
            YamlData::Value(Scalar::String(text)) if text == "<<" => {
                self.fault(node, "YAML merge keys are not supported", "write the members out");
                None
            }
            YamlData::Value(Scalar::String(text)) => Some(text.clone().into_owned()),
            YamlData::Value(Scalar::Integer(number)) => Some(number.to_string()),
            YamlData::Value(Scalar::Boolean(flag)) => Some(flag.to_string()),
            _ => {
                self.fault(node, "this key is not a text", "quote the key");
                None
            }
        }
    }
}
