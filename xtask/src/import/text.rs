//! Reads a JSON or YAML file, with the order of its members. Unlike our own files, a vendor's may have aliases and
//! merge keys.

use std::fmt;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::draft::Order;

/// Deeper nesting than any real file has. Without a limit, the stack would be it.
const MAX_DEPTH: usize = 120;
/// More values than any real file has: aliases of aliases grow without a bound.
const MAX_VALUES: usize = 20_000_000;

/// The value of a file.
///
/// # Errors
/// A message with the line and column.
pub fn parse(text: &str, order: &mut Order) -> Result<Value, String> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err("the file is empty".to_owned());
    }
    let is_json = text.trim_start().starts_with(['{', '[']);
    if !is_json {
        return yaml(text, order);
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    match (Ordered { order }).deserialize(&mut reader).and_then(|value| {
        reader.end()?;
        Ok(value)
    }) {
        Ok(value) => Ok(value),
        // A flow mapping of YAML also begins with a brace.
        Err(error) => yaml(text, order).map_err(|_| format!("this is not valid JSON: {error}")),
    }
}

/// Reads a JSON value and learns the order of its objects.
struct Ordered<'a> {
    order: &'a mut Order,
}

impl<'de> DeserializeSeed<'de> for Ordered<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Ordered<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Ordered { order: &mut *self.order })? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        let mut names = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(Ordered { order: &mut *self.order })?;
            if members.insert(name.clone(), value).is_none() {
                names.push(name);
            }
        }
        self.order.learn(&names);
        Ok(Value::Object(members))
    }
}

fn yaml(text: &str, order: &mut Order) -> Result<Value, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| {
        let marker = error.marker();
        let (line, column) = (marker.line(), marker.col() + 1);
        format!("this is not valid YAML: {} at line {line}, column {column}", error.info())
    })?;
    match documents.as_slice() {
        [document] => Reader { order, values: 0 }.value(document, 0),
        [] => Err("the file is empty".to_owned()),
        _ => Err(format!("the file has {} YAML documents; keep one", documents.len())),
    }
}

struct Reader<'a> {
    order: &'a mut Order,
    values: usize,
}

impl Reader<'_> {
    fn value(&mut self, node: &Yaml<'_>, depth: usize) -> Result<Value, String> {
        self.values += 1;
        if depth > MAX_DEPTH || self.values > MAX_VALUES {
            return Err("the file is nested too deeply, or its aliases expand too far".to_owned());
        }
        match node {
            Yaml::Value(scalar) => Ok(self::scalar(scalar)),
            Yaml::Sequence(items) => items
                .iter()
                .map(|item| self.value(item, depth + 1))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            Yaml::Mapping(pairs) => {
                let mut members = Map::new();
                let mut names = Vec::new();
                let mut merged = Vec::new();
                for (key, member) in pairs {
                    let name = self::key(key)?;
                    let value = self.value(member, depth + 1)?;
                    if name == "<<" {
                        merged.push(value);
                        continue;
                    }
                    names.push(name.clone());
                    members.insert(name, value);
                }
                for value in merged.into_iter().flat_map(|value| match value {
                    Value::Array(items) => items,
                    value => vec![value],
                }) {
                    let Value::Object(inherited) = value else { continue };
                    for (name, value) in inherited {
                        if !members.contains_key(&name) {
                            names.push(name.clone());
                            members.insert(name, value);
                        }
                    }
                }
                self.order.learn(&names);
                Ok(Value::Object(members))
            }
            Yaml::Tagged(_, inner) => self.value(inner, depth + 1),
            Yaml::Representation(text, ..) => Ok(Value::String(text.clone().into_owned())),
            Yaml::Alias(_) | Yaml::BadValue => Err("a value of the file cannot be read".to_owned()),
        }
    }
}

fn scalar(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(boolean) => Value::Bool(*boolean),
        Scalar::Integer(number) => (*number).into(),
        Scalar::FloatingPoint(number) => {
            Number::from_f64(number.0).map_or(Value::Null, Value::Number)
        }
        Scalar::String(string) => Value::String(string.clone().into_owned()),
    }
}

/// Keys are strings. An unquoted `200`, `true` or `1.0` is read as it is written.
fn key(node: &Yaml<'_>) -> Result<String, String> {
    match node {
        Yaml::Value(Scalar::String(key)) => Ok(key.clone().into_owned()),
        Yaml::Value(Scalar::Integer(number)) => Ok(number.to_string()),
        Yaml::Value(Scalar::Boolean(boolean)) => Ok(boolean.to_string()),
        Yaml::Value(Scalar::FloatingPoint(number)) => Ok(format!("{:?}", number.0)),
        Yaml::Value(Scalar::Null) => Ok("null".to_owned()),
        Yaml::Representation(text, ..) => Ok(text.clone().into_owned()),
        _ => Err("a key of the file is a list or a mapping; write it as a string".to_owned()),
    }
}
