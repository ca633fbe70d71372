//! A command line that calls an operation, for its help page.

use serde_json::{Map, Value, json};

use super::{
    arguments::{Argument, Target},
    schema::{self, Kind},
};
use crate::catalog::{BodyKind, Catalog, Entry};

/// The depth to which objects in bodies are written out.
const DEEPEST: usize = 6;
/// The number of members of an object that are written out.
const MOST_MEMBERS: usize = 6;
const UUID: &str = "6f1a2b3c-0d4e-4f5a-8b6c-7d8e9fa0b1c2";
const TIME: &str = "2026-03-01T12:00:00Z";

/// The widest line, unless a word is longer: help pages are wrapped at 80 columns.
const WIDEST: usize = 76;

/// A call with what an operation requires, on lines that a shell reads as one.
pub(crate) fn lines(
    connection: &str,
    catalog: &Catalog,
    entry: &Entry,
    arguments: &[Argument],
) -> String {
    let mut lines = format!("  oneteg {connection} {}", entry.name);
    let mut width = lines.chars().count();
    let words = words(catalog, entry, arguments);
    let mut words = words.iter().map(|word| quoted(word)).peekable();
    while let Some(mut word) = words.next() {
        // A flag and its value stay together.
        if word.starts_with("--")
            && let Some(value) = words.next_if(|value| !value.starts_with("--"))
        {
            word = format!("{word} {value}");
        }
        let length = word.chars().count() + 1;
        if width + length > WIDEST {
            lines.push_str(" \\\n     ");
            width = 5;
        }
        lines.push(' ');
        lines.push_str(&word);
        width += length;
    }
    lines
}

/// The words after the name of the operation.
pub(crate) fn words(catalog: &Catalog, entry: &Entry, arguments: &[Argument]) -> Vec<String> {
    let mut words: Vec<String> =
        arguments.iter().filter(|argument| argument.positional).map(sample).collect();
    let members = |argument: &&Argument| matches!(argument.target, Target::Member(_));
    let required = |argument: &&Argument| argument.required && !argument.positional;
    // One document, if a required member is no plain value.
    let as_json = arguments
        .iter()
        .filter(members)
        .filter(required)
        .any(|argument| matches!(argument.shape.kind, Kind::Json { .. }));
    for argument in arguments.iter().filter(required) {
        let is_member = members(&argument);
        if !is_member && matches!(argument.shape.kind, Kind::Json { .. }) {
            let Target::Parameter(index) = argument.target else { continue };
            let value = value(catalog, &entry.parameters[index].schema, 0);
            words.extend([format!("--{}", argument.flag), value.to_string()]);
        } else if !is_member || !as_json || argument.shape.kind == Kind::File {
            words.extend([format!("--{}", argument.flag), sample(argument)]);
        }
    }
    let Some(body) = entry.body.as_ref().filter(|body| body.required) else { return words };
    match (body.kind, arguments.iter().find(|argument| argument.target == Target::Body)) {
        (_, Some(whole)) => words.extend([format!("--{}", whole.flag), sample(whole)]),
        (BodyKind::Json | BodyKind::Form | BodyKind::Multipart, None) => {
            let is_object = schema::is_object(catalog, &body.schema);
            let has_required =
                arguments.iter().any(|argument| members(&argument) && argument.required);
            if as_json || !is_object {
                let document = entry.examples.first().filter(|_| !is_object).cloned();
                let document = document.unwrap_or_else(|| value(catalog, &body.schema, 0));
                words.extend(["--json".to_owned(), document.to_string()]);
            } else if !has_required {
                // Something to change: a call without anything would show nothing.
                match arguments
                    .iter()
                    .find(|argument| members(argument) && argument.shape.is_plain())
                {
                    Some(member) => words.extend([format!("--{}", member.flag), sample(member)]),
                    None => words.extend(["--json".to_owned(), "{}".to_owned()]),
                }
            }
        }
        _ => {}
    }
    // `--flag true` would be two words.
    join_booleans(words, arguments)
}

fn join_booleans(words: Vec<String>, arguments: &[Argument]) -> Vec<String> {
    let is_boolean = |flag: &str| {
        arguments.iter().any(|argument| argument.flag == flag && argument.shape.is_boolean())
    };
    let mut joined: Vec<String> = Vec::new();
    for word in words {
        match joined.last_mut() {
            Some(last) if last.strip_prefix("--").is_some_and(is_boolean) => {
                last.push('=');
                last.push_str(&word);
            }
            _ => joined.push(word),
        }
    }
    joined
}

fn sample(argument: &Argument) -> String {
    match &argument.shape.kind {
        _ if argument.secret => "inline:known".to_owned(),
        Kind::Integer => "7".to_owned(),
        Kind::Number => "1.5".to_owned(),
        Kind::Boolean | Kind::FlagNumber | Kind::FlagPresence => "true".to_owned(),
        Kind::String(known) => known.first().cloned().unwrap_or_else(|| argument.flag.clone()),
        Kind::Uuid => UUID.to_owned(),
        Kind::DateTime => TIME.to_owned(),
        Kind::Date => TIME[..10].to_owned(),
        Kind::File => "harbour.jpg".to_owned(),
        Kind::Json { .. } => "{}".to_owned(),
    }
}

/// A value with what a schema requires.
fn value(catalog: &Catalog, schema: &Value, depth: usize) -> Value {
    let schema = &catalog.schemas.resolve(schema);
    if schema["type"] == "array" {
        let items = (depth < DEEPEST).then(|| value(catalog, &schema["items"], depth + 1));
        return items.into_iter().collect();
    }
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    let first = schema::alternatives(schema).and_then(|all| all.first());
    if let Some(first) = first.filter(|_| depth < DEEPEST) {
        return value(catalog, first, depth + 1);
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => json!(7),
        (Some("number"), _) => json!(1.5),
        (Some("boolean"), _) => json!(true),
        (Some("string"), Some("uuid")) => json!(UUID),
        (Some("string"), Some("date-time")) => json!(TIME),
        (Some("string"), Some("date")) => json!(TIME[..10]),
        (Some("string"), _) => json!("text"),
        _ => {
            let members = schema::members(catalog, schema);
            let has_required = members.iter().any(|member| member.required);
            // Without required members, those that are plain show what is meant.
            let shown = members.into_iter().filter(|member| match has_required {
                true => member.required && depth < DEEPEST,
                false => schema::shape(catalog, &member.schema).is_plain() && depth <= 1,
            });
            let object: Map<String, Value> = shown
                .take(if has_required { usize::MAX } else { MOST_MEMBERS })
                .map(|member| (member.name, value(catalog, &member.schema, depth + 1)))
                .collect();
            Value::Object(object)
        }
    }
}

/// A word as a POSIX shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_for_the_shell() {
        for (word, expected) in [
            ("a-b", "a-b"),
            ("", "''"),
            ("a b", "'a b'"),
            (r#"{"a":1}"#, r#"'{"a":1}'"#),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
