//! The words of the specification, which recorded calls keep: names of members and of parameters in paths and
//! headers, segments of paths, and the values of enumerations. One a line, so that a change of the specification changes few
//! of them. Names in queries are not among them: a recorded call keeps them in any case.

use std::{collections::BTreeSet, fmt::Write as _};

use serde_json::Value;

use super::{Input, docs};

/// The source of the module.
pub fn words(input: &Input<'_>) -> String {
    let (mut names, mut values) = (BTreeSet::new(), BTreeSet::new());
    collect(&input.spec.root, &mut names, &mut values);
    for operation in input.operations {
        let segments = operation.path.split('/').filter(|segment| !segment.contains('{'));
        names.extend(segments.filter(|segment| !segment.is_empty()).map(str::to_owned));
        values.extend(operation.query.iter().map(|(_, value)| value.clone()));
        if let Some(rpc) = &operation.rpc {
            names.extend(rpc.params.iter().flatten().cloned());
            values.insert(rpc.method.clone());
        }
    }
    let overview = docs::inner(
        "The words of the specification: what recorded calls keep, because it is the vendor's and not an account's.",
    );
    let mut text = String::new();
    let overview = super::print::tokens(quote::quote!(#(#overview)*));
    let _ = writeln!(text, "{overview}");
    list(
        &mut text,
        "NAMES",
        "Names of members, of parameters outside queries, and segments of paths.",
        &names,
    );
    text.push('\n');
    list(&mut text, "VALUES", "Values of enumerations.", &values);
    text
}

fn list(text: &mut String, name: &str, doc: &str, words: &BTreeSet<String>) {
    let _ = writeln!(text, "/// {doc}\npub(crate) static {name}: &[&str] = &[");
    for word in words {
        let _ = writeln!(text, "    {word:?},");
    }
    text.push_str("];\n");
}

/// Collects the names and values in a part of the specification. An example contains no schemas.
fn collect(part: &Value, names: &mut BTreeSet<String>, values: &mut BTreeSet<String>) {
    match part {
        Value::Array(items) => items.iter().for_each(|item| collect(item, names, values)),
        Value::Object(members) => {
            for (key, member) in members {
                match (key.as_str(), member) {
                    ("properties", Value::Object(properties)) => {
                        names.extend(properties.keys().cloned());
                        properties.values().for_each(|schema| collect(schema, names, values));
                    }
                    ("name", Value::String(name))
                        if members.get("in").is_some_and(|place| place != "query") =>
                    {
                        names.insert(name.clone());
                    }
                    ("propertyName", Value::String(name)) => {
                        names.insert(name.clone());
                    }
                    ("x-aliases", Value::Array(aliases)) => {
                        names.extend(aliases.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    ("enum", Value::Array(items)) => {
                        values.extend(items.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    ("const", Value::String(value)) => {
                        values.insert(value.clone());
                    }
                    ("mapping", Value::Object(mapping)) => values.extend(mapping.keys().cloned()),
                    ("example" | "examples" | "x-sources" | "x-evidence", _) => {}
                    (_, member) => collect(member, names, values),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_values_are_found_and_examples_are_not() {
        let (mut names, mut values) = (BTreeSet::new(), BTreeSet::new());
        let spec = json!({
            "paths": {"/a": {"get": {"parameters": [
                {"name": "page", "in": "query", "schema": {"enum": ["x", 1]}},
                {"name": "id", "in": "path", "schema": {}}
            ]}}},
            "components": {"schemas": {"A": {
                "properties": {"kind": {"const": "k"}, "enum": {"x-aliases": ["Enum"]}},
                "discriminator": {"propertyName": "type", "mapping": {"m": "#/x"}},
                "example": {"properties": {"canary": 1}},
            }}},
            "tags": [{"name": "canary"}],
        });
        collect(&spec, &mut names, &mut values);
        assert_eq!(Vec::from_iter(names), ["Enum", "enum", "id", "kind", "type"]);
        assert_eq!(Vec::from_iter(values), ["k", "m", "x"]);
    }
}
